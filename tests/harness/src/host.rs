//! The native messaging host: tells a browser of the test where it is, and ends it.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::render::{self, Sources};
use crate::{Home, Kind};

/// The root of the work tree.
pub fn tree() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The unpacked extension for a browser, as built: `dist/<browser>`.
pub fn packaged_extension(kind: Kind) -> PathBuf {
    tree().join("dist").join(match kind {
        Kind::Chromium => "chrome",
        Kind::Firefox => "firefox",
    })
}

/// A binary of the workspace in the target folder that this test was built in, for example `countersign-native-host`.
///
/// # Errors
/// If it is not built.
pub fn binary(name: &str) -> Result<PathBuf> {
    // target/debug/deps/<test> → target/debug
    let test = std::env::current_exe()?;
    let found = test.ancestors().skip(1).take(2).map(|dir| dir.join(name)).find(|path| path.is_file());
    found.ok_or_else(|| anyhow::anyhow!("{name} is not built: run `cargo build --workspace --bins` (npm test does)"))
}

/// The names under which browsers know the extension and the host.
pub(crate) fn ids() -> Result<render::Ids> {
    Ok(Sources::read(&tree().join("manifest"))?.ids().clone())
}

/// Writes the host manifest to where a browser with this profile and home looks for it.
pub(crate) fn install(kind: Kind, profile: &Path, home: &Home, host: &Path) -> Result<()> {
    let sources = Sources::read(&tree().join("manifest"))?;
    let (dir, browser) = match kind {
        Kind::Chromium => (profile.join("NativeMessagingHosts"), render::Browser::Chrome),
        Kind::Firefox => (home.path().join(".mozilla/native-messaging-hosts"), render::Browser::Firefox),
    };
    fs::create_dir_all(&dir)?;
    let manifest = sources.host(browser, &host.canonicalize()?.display().to_string());
    fs::write(dir.join(format!("{}.json", sources.ids().host)), manifest.to_string())?;
    Ok(())
}

/// What `/proc/<pid>/stat` says of a process.
struct Stat {
    pid: i32,
    name: String,
    parent: i32,
}

/// Kills the native messaging hosts that `browser` or a process of it has started.
pub(crate) fn kill_hosts(browser: i32) -> Result<()> {
    // The kernel keeps fifteen bytes of a name.
    const NAME: &str = "countersign-nat";
    let all: Vec<Stat> = fs::read_dir("/proc")?.flatten().filter_map(|entry| stat(&entry.path())).collect();
    let parent = |pid: i32| all.iter().find(|stat| stat.pid == pid).map(|stat| stat.parent);
    let is_of_browser =
        |stat: &&Stat| std::iter::successors(Some(stat.pid), |pid| parent(*pid)).any(|pid| pid == browser);
    let hosts: Vec<i32> =
        all.iter().filter(|stat| stat.name == NAME).filter(is_of_browser).map(|stat| stat.pid).collect();
    ensure!(!hosts.is_empty(), "no native messaging host runs");
    for host in hosts {
        kill(Pid::from_raw(host), Signal::SIGKILL)?;
    }
    Ok(())
}

/// `None` for what is no process, or is gone. See proc_pid_stat(5): the name stands in parentheses and may hold any byte.
fn stat(process: &Path) -> Option<Stat> {
    let line = fs::read_to_string(process.join("stat")).ok()?;
    let (pid, rest) = line.split_once(" (")?;
    let (name, rest) = rest.rsplit_once(") ")?;
    let parent = rest.split(' ').nth(1)?.parse().ok()?;
    Some(Stat { pid: pid.parse().ok()?, name: name.to_owned(), parent })
}
