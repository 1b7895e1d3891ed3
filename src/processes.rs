//! `countersign up` and `down`: the daemon, and what it and the relay have in common as processes.

use crate::{
    Outcome, Result,
    arguments::Up,
    complain,
    daemon::Daemon,
    print,
    relay::{self, OwnRelay},
    text::{Failure, Text},
};
use countersign_daemon::relay::socket_url;
use countersign_seal::origin::Origin;
use countersign_wire::{
    control::{Command as Order, FullStatus},
    local::Fault,
    log_file, socket,
};
use std::{
    fs::{self, File, OpenOptions},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

const DAEMON: &str = "countersign-daemon";
/// What the daemon ends with where another one has the vault or the socket.
const IN_USE: i32 = 3;
const START_SECONDS: u64 = 20;
const STOP_SECONDS: u64 = 10;
const LOOK_INTERVAL: Duration = Duration::from_millis(25);
/// How much of a program's name every system shows.
#[cfg(not(target_os = "linux"))]
const SHOWN_NAME: usize = 15;

/// Starts what is not running, waits until it is ready, and says what to do next. The vault is to be had without a relay: one that does not start is told of last.
pub(crate) async fn up(text: &Text, options: &Up) -> Result {
    let elsewhere = Elsewhere::parse(options)?;
    let data = private_directory(&data_directory()?)?;
    if options.foreground {
        return foreground(text, options, elsewhere, &data).await;
    }
    // What leaves the terminal cannot tell it what it does not heed.
    let _ = log_file::filter();
    if Daemon::connect().await.is_err() {
        start_daemon(text).await?;
    }
    let mut daemon = Daemon::connect().await?;
    print(&text.say("up-running"));
    let (own, trouble) = start_own(text, options, &data);
    let mut status = daemon.status(Order::Status).await?;
    let Elsewhere { relay, phone } = elsewhere.or(own.as_ref());
    if relay.is_some() || phone.is_some() {
        let relay = relay.or(status.relay);
        status = daemon.status(Order::SetRelay { relay, phone }).await?;
    }
    // Another relay, or none, takes the place of one's own; only now, when it surely does.
    if !options.may_own() {
        let forgotten = relay::forget(text, &data).await?;
        if forgotten.is_some_and(|own| status.relay == Some(own.api)) {
            status = daemon.status(Order::SetRelay { relay: None, phone: None }).await?;
        }
    }
    print(&text.say(next(&status)));
    trouble.map_or(Ok(Outcome::Done), Err)
}

/// Starts one's own relay, if there is to be one, and says where it is; or why it did not start.
fn start_own(text: &Text, options: &Up, data: &Path) -> (Option<OwnRelay>, Option<Failure>) {
    let own = if options.may_own() { relay::up(text, options, data) } else { Ok(None) };
    let own = match own {
        Ok(own) => own,
        Err(failure) => return (None, Some(failure)),
    };
    if let Some(relay) = &own {
        print(&text.say_with("up-relay", &[("api", relay.api.as_str().into())]));
        match &relay.phone {
            Some(phone) => print(&text.say_with("up-phone", &[("phone", phone.as_str().into())])),
            None => print(&text.say("up-no-phone-app")),
        }
    }
    (own, None)
}

/// Stops the daemon and the relay that `up` started.
pub(crate) async fn down(text: &Text) -> Result {
    print(&text.say(if stop().await? { "down-done" } else { "down-nothing" }));
    Ok(Outcome::Done)
}

/// Ends the daemon and the relay that `up` started, and waits until they have let go of their files. Whether there was anything to end.
pub(crate) async fn stop() -> Result<bool> {
    let daemon = stop_daemon().await?;
    let relay = relay::stop().await?;
    Ok(daemon || relay)
}

/// Ends the daemon and waits until it has let go of its files. Whether there was one.
pub(crate) async fn stop_daemon() -> Result<bool> {
    let Ok(mut daemon) = Daemon::connect().await else { return Ok(false) };
    // One that cannot open its store says why in place of its status; and has no files to let go of.
    let status = daemon.status(Order::Status).await.ok();
    daemon.done(Order::Stop).await?;
    match status {
        Some(status) => gone(DAEMON, status.pid).await?,
        None => silent().await?,
    }
    Ok(true)
}

/// Waits until nobody listens at the socket any more.
async fn silent() -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(STOP_SECONDS);
    while Daemon::connect().await.is_ok() {
        if Instant::now() > deadline {
            return Err(Failure::new("error-still-running").with("program", DAEMON).with("seconds", STOP_SECONDS));
        }
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
    Ok(())
}

/// Waits until a process that was told to end has.
pub(crate) async fn gone(program: &'static str, pid: u32) -> Result<()> {
    let deadline = Instant::now() + Duration::from_secs(STOP_SECONDS);
    while is_running(program, pid) {
        if Instant::now() > deadline {
            return Err(Failure::new("error-still-running").with("program", program).with("seconds", STOP_SECONDS));
        }
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
    Ok(())
}

/// A program of ours: it stands beside this one.
pub(crate) fn program(name: &'static str) -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let path = own.with_file_name(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    if path.is_file() { Ok(path) } else { Err(Failure::new("error-daemon-missing").with("program", name)) }
}

/// A folder of the source tree that this program was built in, if it still stands in it.
pub(crate) fn beside_sources(folder: &str) -> Option<PathBuf> {
    let own = std::env::current_exe().ok()?;
    own.ancestors().map(|above| above.join(folder)).find(|path| path.join("phone/index.html").is_file())
}

/// Whether a program of this name can be started.
pub(crate) fn is_on_path(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|directory| directory.join(program).is_file()))
}

/// Where the vault is: as the daemon sees it.
pub(crate) fn data_directory() -> Result<PathBuf> {
    match std::env::var_os("COUNTERSIGN_DATA_DIR").filter(|path| !path.is_empty()) {
        Some(path) => Ok(path.into()),
        None => Ok(countersign_daemon::options::default_data_directory()?),
    }
}

impl Up {
    /// Whether one's own relay may run beside what was asked for.
    const fn may_own(&self) -> bool {
        !self.without_relay && self.relay.is_none()
    }
}

/// Where relay and phone app are, as the command line says: origins that devices can use.
#[derive(Debug, PartialEq, Eq)]
struct Elsewhere {
    relay: Option<String>,
    phone: Option<String>,
}

impl Elsewhere {
    fn parse(options: &Up) -> Result<Self> {
        Ok(Self {
            relay: options.relay.as_deref().map(origin).transpose()?,
            phone: options.phone.as_deref().map(origin).transpose()?,
        })
    }

    /// One's own, where nothing else is named.
    fn or(self, own: Option<&OwnRelay>) -> Self {
        Self {
            relay: self.relay.or_else(|| own.map(|own| own.api.clone())),
            phone: self.phone.or_else(|| own.and_then(|own| own.phone.clone())),
        }
    }
}

/// What is typed for an address, as an origin; `http` is for this very computer only.
fn origin(typed: &str) -> Result<String> {
    let failure = |message| Failure::new(message).with("address", typed);
    let origin = Origin::parse(typed.trim_end_matches('/')).map_err(|_| failure("error-address"))?;
    socket_url(&origin).map_err(|_| failure("error-address-insecure"))?;
    Ok(origin.to_string())
}

const fn next(status: &FullStatus) -> &'static str {
    if !status.set_up {
        "up-next-set-up"
    } else if status.status.locked {
        "up-next-unlock"
    } else {
        "up-next-pair"
    }
}

async fn foreground(text: &Text, options: &Up, elsewhere: Elsewhere, data: &Path) -> Result {
    if !options.may_own() {
        relay::forget(text, data).await?;
    }
    let (own, trouble) = start_own(text, options, data);
    if let Some(failure) = &trouble {
        complain(text, failure);
    }
    let Elsewhere { relay, phone } = elsewhere.or(own.as_ref());
    let mut command = Command::new(program(DAEMON)?);
    for (name, value) in [("--relay", relay), ("--phone", phone)] {
        if let Some(value) = value {
            command.args([name, &value]);
        }
    }
    match command.status()?.success() {
        true if trouble.is_none() => Ok(Outcome::Done),
        true => Ok(Outcome::Failed),
        false => Err(ended_at_once(DAEMON, &data.join("daemon.log"))),
    }
}

async fn start_daemon(text: &Text) -> Result<()> {
    print(&text.say_with("up-starting", &[("program", DAEMON.into())]));
    let data = private_directory(&data_directory()?)?;
    // The daemon keeps its own log; here goes what it says before that is open.
    let log = data.join("start.log");
    let mut command = Command::new(program(DAEMON)?);
    command.arg("--detach").stdin(Stdio::null()).stdout(Stdio::null()).stderr(open_log(&log)?);
    leave_terminal(&mut command);
    let mut child = command.spawn()?;
    let path = socket::path()?;
    let deadline = Instant::now() + Duration::from_secs(START_SECONDS);
    while socket::connect(&path).await.is_err() {
        match child.try_wait()? {
            Some(status) if status.code() == Some(IN_USE) => return Err(Failure::new("error-in-use")),
            Some(_) => return Err(ended_at_once(DAEMON, &log)),
            None => {}
        }
        if Instant::now() > deadline {
            return Err(Failure::new("error-daemon-slow")
                .with("program", DAEMON)
                .with("seconds", START_SECONDS)
                .with("log", log.display()));
        }
        tokio::time::sleep(LOOK_INTERVAL).await;
    }
    Ok(())
}

/// The phone app's files: in an installation beside the programs, in a source tree in `dist`.
pub(crate) fn phone_files() -> Option<PathBuf> {
    let own = std::env::current_exe().ok()?;
    let installed = own.parent()?.parent()?.join("share/countersign/phone");
    if installed.join("index.html").is_file() {
        Some(installed)
    } else {
        beside_sources("dist").map(|dist| dist.join("phone"))
    }
}

/// The unpacked extension for Chromium browsers: in an installation beside the programs, in a source tree in `dist`.
pub(crate) fn chromium_extension() -> Option<PathBuf> {
    let own = std::env::current_exe().ok()?;
    let installed = own.parent()?.parent()?.join("share/countersign/chrome");
    let found = if installed.is_dir() { installed } else { beside_sources("dist")?.join("chrome") };
    Some(found).filter(|path| path.join("manifest.json").is_file())
}

/// Process ids are used again: look at the program's name before trusting one.
#[cfg(target_os = "linux")]
pub(crate) fn is_running(name: &str, pid: u32) -> bool {
    fs::read(format!("/proc/{pid}/cmdline")).is_ok_and(|line| {
        let program = line.split(|byte| *byte == 0).next().unwrap_or_default();
        Path::new(&*String::from_utf8_lossy(program)).file_name().is_some_and(|found| found == name)
    })
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn is_running(name: &str, pid: u32) -> bool {
    let listed = if cfg!(windows) {
        Command::new("tasklist").args(["/FI", &format!("PID eq {pid}"), "/NH"]).output()
    } else {
        Command::new("ps").args(["-p", &pid.to_string(), "-o", "comm="]).output()
    };
    // Both cut long names short.
    let name: String = name.chars().take(SHOWN_NAME).collect();
    listed.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(&name))
}

#[cfg(unix)]
pub(crate) fn terminate(pid: u32) {
    let pid = i32::try_from(pid).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(pid) = pid {
        let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
    }
}

#[cfg(windows)]
pub(crate) fn terminate(pid: u32) {
    let _ = Command::new("taskkill").args(["/PID", &pid.to_string(), "/F"]).status();
}

/// Closing the terminal, or Ctrl-C in it, must not end what was started from it.
pub(crate) fn leave_terminal(command: &mut Command) {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    #[cfg(windows)]
    std::os::windows::process::CommandExt::creation_flags(command, 0x0000_0208); // DETACHED_PROCESS | CREATE_NEW_PROCESS_GROUP
}

fn private_directory(directory: &Path) -> Result<PathBuf> {
    fs::create_dir_all(directory)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(directory, fs::Permissions::from_mode(0o700))?;
    }
    Ok(directory.to_owned())
}

pub(crate) fn open_log(path: &Path) -> Result<File> {
    Ok(OpenOptions::new().create(true).append(true).open(path)?)
}

pub(crate) fn ended_at_once(program: &'static str, log: &Path) -> Failure {
    Failure::new("error-daemon-ended").with("program", program).with("log", log.display())
}

impl From<serde_json::Error> for Failure {
    fn from(_: serde_json::Error) -> Self {
        Fault::Internal.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_an_origin_that_devices_can_use() {
        let read = |typed| origin(typed).map_err(|failure| failure.message);
        assert_eq!(read("https://relay.example:7780/"), Ok("https://relay.example:7780".into()));
        assert_eq!(read("http://localhost:7780"), Ok("http://localhost:7780".into()));
        assert_eq!(read("http://127.0.0.1:7780"), Ok("http://127.0.0.1:7780".into()));
        for insecure in ["http://relay.example", "http://192.168.1.2:7780", "http://localhost.relay.example"] {
            assert_eq!(read(insecure), Err("error-address-insecure"), "{insecure}");
        }
        for wrong in ["nonsense", "", "relay.example:7780", "https://relay.example/path", "wss://relay.example"] {
            assert_eq!(read(wrong), Err("error-address"), "{wrong}");
        }
    }
}
