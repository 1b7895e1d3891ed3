//! The relay that `countersign up` starts for whoever wants one at home. That it was wanted is remembered: after a restart of the computer `up` alone starts it again.

use crate::{
    Result,
    arguments::Up,
    print,
    processes::{data_directory, gone, is_running, leave_terminal, phone_files, program, terminate},
    text::{Failure, Text},
};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    net::{IpAddr, Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

const RELAY: &str = "countersign-relay";
/// The most that a relay says of why it does not start.
const REASON_BYTES: u64 = 16 * 1024;
/// Where the API listens, if nothing else was ever said.
const LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 7780);
/// Where the phone app is served, if nothing else was ever said.
const PHONE_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 7781);

/// `relay.json` in the data directory. While it is there, `up` starts a relay.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct OwnRelay {
    /// Its process, until `down` ends it; after a restart of the computer it is another's.
    pid: Option<u32>,
    /// The API's origin.
    pub(crate) api: String,
    /// Where it serves the phone app.
    pub(crate) phone: Option<String>,
    listen: SocketAddr,
    phone_listen: SocketAddr,
}

/// What a relay says on its first line.
#[derive(Debug, Deserialize)]
struct Ready {
    api: String,
    phone: Option<String>,
}

/// Starts the relay if it is wanted and does not run: wanted now, or since an earlier `up`.
pub(crate) fn up(text: &Text, options: &Up, data: &Path) -> Result<Option<OwnRelay>> {
    let kept = read(data);
    if !options.with_relay && kept.is_none() {
        return Ok(None);
    }
    if let Some(kept) = running(data) {
        return Ok(Some(kept));
    }
    let listen = options.relay_listen.or(kept.as_ref().map(|kept| kept.listen)).unwrap_or(LISTEN);
    let phone_listen = options.phone_listen.or(kept.as_ref().map(|kept| kept.phone_listen)).unwrap_or(PHONE_LISTEN);
    let started = start(text, data, listen, phone_listen)?;
    if kept.is_none() {
        print(&text.say("up-relay-kept"));
    }
    Ok(Some(started))
}

/// Ends the relay and starts none from now on; returns what it was.
pub(crate) async fn forget(text: &Text, data: &Path) -> Result<Option<OwnRelay>> {
    let Some(kept) = read(data) else { return Ok(None) };
    stop().await?;
    fs::remove_file(path(data))?;
    print(&text.say("up-relay-forgotten"));
    Ok(Some(kept))
}

/// Ends the relay if it runs; the next `up` starts it again. Whether it ran.
pub(crate) async fn stop() -> Result<bool> {
    let data = data_directory()?;
    let Some((relay, pid)) = running(&data).and_then(|relay| relay.pid.map(|pid| (relay, pid))) else {
        return Ok(false);
    };
    terminate(pid);
    gone(RELAY, pid).await?;
    write(&data, &OwnRelay { pid: None, ..relay })?;
    Ok(true)
}

fn start(text: &Text, data: &Path, listen: SocketAddr, phone_listen: SocketAddr) -> Result<OwnRelay> {
    print(&text.say_with("up-starting", &[("program", RELAY.into())]));
    let log = data.join("relay.log");
    let mut command = Command::new(program(RELAY)?);
    command.args(["--listen", &listen.to_string()]).arg("--data-dir").arg(data.join("relay")).arg("--log").arg(&log);
    if let Some(files) = phone_files() {
        command.args(["--phone-listen", &phone_listen.to_string()]).arg("--phone-dir").arg(files);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    leave_terminal(&mut command);
    let mut child = command.spawn()?;
    let Some(Ready { api, phone }) = read_ready(&mut child) else { return Err(not_started(child, &log)) };
    let relay = OwnRelay { pid: Some(child.id()), api, phone, listen, phone_listen };
    write(data, &relay)?;
    Ok(relay)
}

fn read_ready(child: &mut Child) -> Option<Ready> {
    let mut line = String::new();
    BufReader::new(child.stdout.take()?).read_line(&mut line).ok()?;
    serde_json::from_str(&line).ok()
}

/// A relay that does not start says why.
fn not_started(mut child: Child, log: &Path) -> Failure {
    let _ = child.kill();
    let mut said = Vec::new();
    if let Some(stderr) = child.stderr.take() {
        let _ = stderr.take(REASON_BYTES).read_to_end(&mut said);
    }
    let _ = child.wait();
    let said = String::from_utf8_lossy(&said);
    let reason = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("?").trim();
    Failure::new("error-relay-ended").with("reason", reason).with("log", log.display())
}

/// The relay, if its process still is one.
fn running(data: &Path) -> Option<OwnRelay> {
    read(data).filter(|relay| relay.pid.is_some_and(|pid| is_running(RELAY, pid)))
}

fn read(data: &Path) -> Option<OwnRelay> {
    serde_json::from_slice(&fs::read(path(data)).ok()?).ok()
}

fn write(data: &Path, relay: &OwnRelay) -> Result<()> {
    let bytes = serde_json::to_vec(relay).map_err(std::io::Error::other)?;
    fs::write(path(data), bytes).map_err(Failure::from)
}

fn path(data: &Path) -> PathBuf {
    data.join("relay.json")
}
