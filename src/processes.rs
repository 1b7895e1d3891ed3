//! `countersign up` and `down`: the daemon, and what it and the relay have in common as processes.

use crate::{
    Outcome, Result,
    arguments::Up,
    daemon::Daemon,
    print,
    relay::{self, OwnRelay},
    text::{Failure, Text},
};
use countersign_wire::{
    control::{Command as Order, FullStatus},
    local::Fault,
    socket,
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

/// Starts what is not running, waits until it is ready, and says what to do next.
pub(crate) async fn up(text: &Text, options: &Up) -> Result {
    let data = private_directory(&data_directory()?)?;
    // Another relay, or none, takes the place of one's own.
    let (relay, forgotten) = if options.without_relay || options.relay.is_some() {
        (None, relay::forget(text, &data).await?)
    } else {
        (relay::up(text, options, &data)?, None)
    };
    if options.foreground {
        return foreground(options, relay.as_ref());
    }
    if Daemon::connect().await.is_err() {
        start_daemon(text).await?;
    }
    let mut daemon = Daemon::connect().await?;
    print(&text.say("up-running"));
    if let Some(relay) = &relay {
        print(&text.say_with("up-relay", &[("api", relay.api.as_str().into())]));
        match &relay.phone {
            Some(phone) => print(&text.say_with("up-phone", &[("phone", phone.as_str().into())])),
            None => print(&text.say("up-no-phone-app")),
        }
    }
    let (api, phone) = chosen(options, relay.as_ref());
    if api.is_some() {
        daemon.status(Order::SetRelay { relay: api, phone }).await?;
    }
    let mut status = daemon.status(Order::Status).await?;
    if forgotten.is_some_and(|own| status.relay == Some(own.api)) {
        status = daemon.status(Order::SetRelay { relay: None, phone: None }).await?;
    }
    print(&text.say(next(&status)));
    Ok(Outcome::Done)
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

fn chosen(options: &Up, relay: Option<&OwnRelay>) -> (Option<String>, Option<String>) {
    match relay {
        Some(relay) => (Some(relay.api.clone()), options.phone.clone().or_else(|| relay.phone.clone())),
        None => (options.relay.clone(), options.phone.clone()),
    }
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

fn foreground(options: &Up, relay: Option<&OwnRelay>) -> Result {
    let (api, phone) = chosen(options, relay);
    let mut command = Command::new(program(DAEMON)?);
    for (name, value) in [("--relay", api), ("--phone", phone)] {
        if let Some(value) = value {
            command.args([name, &value]);
        }
    }
    if command.status()?.success() {
        Ok(Outcome::Done)
    } else {
        Err(ended_at_once(DAEMON, &data_directory()?.join("daemon.log")))
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
