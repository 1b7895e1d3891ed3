//! A saved page as the shipped probe sees it: in a headless Chromium of its own, with the packaged extension.
//!
//! The page is laid out, and that is all: none of its scripts run, and nothing of it is fetched but style sheets that were saved beside it. The browser has a
//! new profile, resolves no name, and listens on no port: it is driven through a pipe.

mod devtools;
mod program;
mod tab;

use countersign_forms::RawSnapshot;
use devtools::DevTools;
use serde_json::json;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use tab::Tab;
use tempfile::TempDir;

pub(crate) use program::find;

/// How long a browser may take to end.
const END: Duration = Duration::from_secs(5);
/// What the shell does: it gives the browser's DevTools the pipes that stand at its own input and output, and becomes the browser.
const BECOME: &str = r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#;
const FLAGS: [&str; 15] = [
    "--headless=new",
    "--remote-debugging-pipe",
    // Only through a pipe, and for this browser alone: lets DevTools load the extension.
    "--enable-unsafe-extension-debugging",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--window-size=1280,900",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-gpu",
    "--disable-quic",
    "--password-store=basic",
    "--use-mock-keychain",
    "about:blank",
];

/// Why a page could not be looked at in a browser.
#[derive(Debug)]
pub(crate) enum BrowserError {
    /// There is no way to drive one on this system.
    System,
    /// None was found.
    Missing,
    /// It does not start, or has ended.
    Ended,
    /// It did not answer within so many seconds.
    Slow(u64),
    /// It refused something, and said this.
    Refused(String),
    /// A file or pipe failed.
    Io(std::io::Error),
}

impl From<std::io::Error> for BrowserError {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

/// What the probe saw of a page.
#[derive(Debug)]
pub(crate) struct Seen {
    /// What the engine gets. Fields are numbered as [`super::page::Place::id`] numbers them.
    pub(crate) snapshot: RawSnapshot,
    /// For each field: how many `input`, `select` and `textarea` elements of the document itself stand before it; none for anything else.
    pub(crate) indices: Vec<Option<u32>>,
}

/// A browser that looks at one page after the other.
pub(crate) struct Browser {
    process: Child,
    devtools: DevTools,
    tab: Tab,
    profile: Option<TempDir>,
}

impl Browser {
    /// Starts `program` with the unpacked extension in `extension`.
    ///
    /// # Errors
    /// If it does not start, or refuses the extension.
    pub(crate) fn start(program: &Path, extension: &Path) -> Result<Self, BrowserError> {
        if cfg!(not(unix)) {
            return Err(BrowserError::System);
        }
        // The worker brings it into a page when a field there gets the focus; here none has it.
        let look = std::fs::read_to_string(extension.join("look.js"))?;
        let profile = tempfile::Builder::new().prefix("countersign-inspect-").tempdir()?;
        let mut process = spawn(program, profile.path())?;
        let (Some(input), Some(output)) = (process.stdin.take(), process.stdout.take()) else {
            return Err(BrowserError::Ended);
        };
        let mut devtools = DevTools::new(input, output);
        let opened = devtools
            .call("", "Extensions.loadUnpacked", json!({ "path": extension.canonicalize()? }))
            .and_then(|loaded| Tab::open(&mut devtools, loaded["id"].as_str().unwrap_or_default(), &look));
        match opened {
            Ok(tab) => Ok(Self { process, devtools, tab, profile: Some(profile) }),
            Err(error) => {
                end(&mut process);
                remove(Some(profile));
                Err(error)
            }
        }
    }

    /// What the probe sees of a page, which was read from `file`.
    ///
    /// # Errors
    /// If the browser fails.
    pub(crate) fn look(&mut self, file: &Path, html: &str) -> Result<Seen, BrowserError> {
        self.tab.look(&mut self.devtools, file, html)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.devtools.send("", "Browser.close", json!({}));
        let deadline = Instant::now() + END;
        while Instant::now() < deadline && matches!(self.process.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(10));
        }
        end(&mut self.process);
        remove(self.profile.take());
    }
}

fn end(process: &mut Child) {
    let _ = process.kill();
    let _ = process.wait();
}

/// What the browser's helpers still write while they end would be left behind: tries again.
fn remove(profile: Option<TempDir>) {
    let Some(path) = profile.map(TempDir::keep) else { return };
    for _ in 0..50 {
        if std::fs::remove_dir_all(&path).is_ok() || !path.exists() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Chromium refuses to run its sandbox as root.
#[cfg(unix)]
pub(crate) fn is_without_sandbox() -> bool {
    rustix::process::geteuid().is_root()
}

/// No browser is started there.
#[cfg(not(unix))]
pub(crate) fn is_without_sandbox() -> bool {
    false
}

#[cfg(unix)]
fn spawn(program: &Path, profile: &Path) -> Result<Child, BrowserError> {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", BECOME]).arg(program);
    if is_without_sandbox() {
        command.arg("--no-sandbox");
    }
    command.arg(format!("--user-data-dir={}", profile.display())).args(FLAGS);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    Ok(command.spawn()?)
}

/// Only Unix lets a shell hand over the pipes.
#[cfg(not(unix))]
fn spawn(_program: &Path, _profile: &Path) -> Result<Child, BrowserError> {
    Err(BrowserError::System)
}
