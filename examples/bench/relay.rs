//! The relay under load: 10,000 devices connected, and approvals among them.
//!
//! An approval is a request's envelope from a desktop to its phone, and the answer's back; both are delivered and acknowledged. Envelopes are real ones, signed,
//! encrypted and as large as those of a fill; they are made before the clock runs, for making them is the devices' work, not the relay's. Devices differ in
//! account and login; key pairs are shared among accounts, since making 10,000 takes an hour and the relay cannot tell. Relay and load run on the same cores.

mod load;

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use countersign_harness::{Home, PATIENCE, Process, Program, binary};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::clock::number;
use crate::report::{Bound, Report, Row};
use load::Load;

/// Approvals a second that are begun, whatever becomes of earlier ones.
const RATE: u32 = 1000;
/// For how long.
const STEADY: Duration = Duration::from_secs(8);
/// Approvals for the most that the relay can do.
const RUSH: usize = 6000;
/// How many of those are under way at any time.
const ABREAST: usize = 64;
/// Files that a process needs beside its sockets.
const SPARE: usize = 300;

pub(crate) async fn measure(wanted: usize, samples: usize, report: &mut Report) -> Result<()> {
    let sockets = wanted.min(raise_file_limit()?.saturating_sub(SPARE));
    let home = Home::new()?;
    let relay = Program::new(binary("countersign-relay")?).args(["--listen", "127.0.0.1:0"]).home(&home);
    let mut relay = relay.env("COUNTERSIGN_LOG", "warn").spawn()?;
    let ready: serde_json::Value = serde_json::from_str(&relay.wait_for_line("{", PATIENCE).await?)?;
    let api = ready["api"].as_str().context("the relay does not say where it is")?.to_owned();

    report.progress(&format!("{} accounts of two devices are made", sockets / 2));
    let mut load = Load::make(&api, sockets / 2).await?;
    report.progress("they log in");
    let begun = Instant::now();
    load.connect().await?;
    let logins = number(load.sockets()) / begun.elapsed().as_secs_f64();
    report.add(Row::single("logins a second, accounts new to the relay", "relay", "/s", logins, Bound::None));
    let open = Row::single("open sockets", "relay", "", number(load.sockets()), Bound::AtLeast(10_000.0));
    report.add(if sockets < wanted {
        open.note("as many as this machine's limit of open files allows")
    } else {
        open.note("each logged in")
    });
    report.add(Row::single("RSS with that many sockets", "relay", "MB", resident(&relay)?, Bound::None));

    let steady = usize::try_from(u64::from(RATE) * STEADY.as_secs())?.max(samples);
    report.progress(&format!("{} envelopes are sealed", 2 * (steady + RUSH)));
    load.seal(steady + RUSH).await?;
    report.progress(&format!("{RATE} approvals a second for {} s", STEADY.as_secs()));
    let (latencies, rate) = load.steady(steady, RATE).await?;
    ensure!(latencies.len() == steady, "{} of {steady} approvals came back", latencies.len());
    report.add(
        Row::timed("approval, from its due time to the answer delivered", "relay", latencies, Bound::Tail(100.0, 100.0))
            .note(format!("{RATE} begun every second with all sockets open, whatever became of earlier ones; {rate:.0} a second until the last came back")),
    );
    report.progress(&format!("{RUSH} approvals, {ABREAST} abreast"));
    let (latencies, rate) = load.rush(RUSH, ABREAST).await?;
    report.add(Row::single("approvals a second, as many as can be", "relay", "/s", rate, Bound::AtLeast(1000.0)));
    report.add(Row::timed("  approval, in that", "relay", latencies, Bound::None));
    Ok(())
}

/// Raises our limit of open files, which the relay inherits, to what we may have; returns it.
fn raise_file_limit() -> Result<usize> {
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
    Ok(getrlimit(Resource::Nofile).current.map_or(usize::MAX, |files| usize::try_from(files).unwrap_or(usize::MAX)))
}

/// Resident megabytes.
fn resident(process: &Process) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let kilobytes: u32 = line.trim().trim_end_matches(" kB").trim().parse()?;
    Ok(f64::from(kilobytes) / 1024.0)
}
