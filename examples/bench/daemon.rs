//! A vault of 10,000 items: searching it, and the memory that its daemon takes.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use countersign_daemon::{
    store::{OpenStore, Store},
    unlock::Keystore,
};
use countersign_harness::{Home, Process, Program, binary};
use countersign_seal::{
    field::{FieldKind, Policy},
    id::UnixMillis,
    keys::DeviceKeys as _,
    log::{Action, Approver, Author, Device, DeviceKind, Log},
    native::{NativeApprover, NativeKeys},
    origin::{Origin, Site},
    recovery::RecoveryWords,
    secret::SecretBytes,
};
use countersign_vault::item::{FieldDraft, ItemDraft, ItemKind, MetadataDraft};
use countersign_wire::{
    control::{Command, Report as Answer},
    native::{Packet, from_data, to_data},
    socket,
};
use tokio::time::sleep;

use crate::clock::millis;
use crate::report::{Bound, Report, Row};

const ITEMS: usize = 10_000;
const PASSPHRASE: &str = "correct horse battery staple";
const PATIENCE: Duration = Duration::from_secs(60);
/// When the account's log says that it was made; any time does.
const THEN: UnixMillis = UnixMillis(1_700_000_000_000);

pub(crate) async fn measure(samples: usize, report: &mut Report) -> Result<()> {
    let home = Home::new()?;
    let data = home.path().join("vault");
    report.progress(&format!("{ITEMS} sealed items are added"));
    let begun = Instant::now();
    fill_store(&data).await?;
    report.progress(&format!("that took {} s", begun.elapsed().as_secs()));

    let socket = home.runtime().join("daemon.sock");
    let daemon = Program::new(binary("countersign-daemon")?)
        .args(["--no-keystore", "--data-dir"])
        .arg(&data)
        .arg("--socket")
        .arg(&socket)
        .home(&home)
        .spawn()?;
    wait_for_socket(&socket).await?;
    let unlocking = timed(&socket, &Command::Unlock { pin: SecretBytes::from(PASSPHRASE.to_owned()) }).await?;
    ensure!(matches!(&unlocking.0, Answer::Status(status) if !status.status.locked), "not unlocked: {:?}", unlocking.0);
    report.add(
        Row::single("unlock 10,000 items", "daemon", "ms", unlocking.1, Bound::None)
            .note("the passphrase's Argon2id is in it"),
    );

    for (what, query, found) in
        [("search 10,000 items, one found", "site-7777.example", 1), ("search 10,000 items, none found", "nowhere", 0)]
    {
        let mut times = Vec::new();
        for _ in 0..samples {
            let (answer, time) = timed(&socket, &Command::List { query: query.to_owned() }).await?;
            let Answer::Items(items) = answer else { bail!("no items: {answer:?}") };
            ensure!(items.len() == found, "{} items for {query}", items.len());
            times.push(time);
        }
        report.add(Row::timed(what, "daemon", times, Bound::Median(5.0)).note("over the daemon's socket"));
    }
    report.add(
        Row::single("RSS with 10,000 items, unlocked", "daemon", "MB", resident(&daemon)?, Bound::AtMost(64.0))
            .note("after the searches"),
    );
    Ok(())
}

/// Sends one command on a connection of its own that is open already; the answer, and the milliseconds until it came.
async fn timed(path: &Path, command: &Command) -> Result<(Answer, f64)> {
    let (mut receiver, mut sender) = socket::connect(path).await?;
    let packet = Packet::Command { data: to_data(command)? };
    let begun = Instant::now();
    sender.send(&packet).await?;
    let answer = receiver.receive().await?.context("the daemon hung up")?;
    let time = millis(begun.elapsed());
    match answer {
        Packet::Report { data } => Ok((from_data(&data, "report")?, time)),
        other => bail!("no report: {other:?}"),
    }
}

async fn wait_for_socket(path: &Path) -> Result<()> {
    let begun = Instant::now();
    while socket::connect(path).await.is_err() {
        ensure!(begun.elapsed() < PATIENCE, "the daemon does not listen");
        sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// Resident megabytes.
fn resident(process: &Process) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{}/status", process.id()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let kilobytes: u32 = line.trim().trim_end_matches(" kB").trim().parse()?;
    Ok(f64::from(kilobytes) / 1024.0)
}

/// Makes a vault whose fields are all sealed to a phone.
async fn fill_store(data: &Path) -> Result<()> {
    let store = Store::open(data).await?;
    let mut open = store.set_up(SecretBytes::from(PASSPHRASE.to_owned()), "Desk", &Keystore::absent()).await?;
    pair_phone(&mut open).await?;
    for item in 0..ITEMS {
        open.add(login(item)?).await?;
    }
    ensure!(open.not_sealed() == 0, "{} fields are not sealed", open.not_sealed());
    drop(open);
    Ok(())
}

fn login(item: usize) -> Result<ItemDraft> {
    let site = Site::exact(Origin::parse(&format!("https://site-{item}.example"))?);
    let metadata =
        MetadataDraft { title: format!("Account {item} at the library"), sites: vec![site], policy: Policy::default() };
    let value = SecretBytes::from(format!("a password {item}"));
    let fields = vec![FieldDraft { id: None, kind: FieldKind::Password, value }];
    let username = format!("reader-{item}@example.com");
    Ok(ItemDraft { kind: ItemKind::Login, metadata, username, fields, identity: None })
}

async fn pair_phone(open: &mut OpenStore) -> Result<()> {
    let (phone, approver) = (NativeKeys::make()?, NativeApprover::make()?);
    let device = Device { keys: phone.public().clone(), kind: DeviceKind::Phone, name: "Phone".into() };
    let recovery = RecoveryWords::make()?.derive_keys()?.public()?;
    let recovery_wrap = recovery.wrap(&approver.to_pkcs8()?)?;
    let id = device.id();
    let approver = Box::new(Approver { key: approver.public().clone(), recovery, recovery_wrap });
    for action in [Action::AddDevice { device }, Action::MakeApprover { device: id, approver }] {
        let author = Author::Device(open.keys().public().fingerprint());
        let entry = open.log().draft(author, action, THEN)?;
        let entry = Log::sign(&entry, open.keys()).await?;
        open.append_log(entry).await?;
    }
    Ok(())
}
