//! Finds the browsers that the tests drive. A missing one fails the run: nothing skips it.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

/// A browser on this machine.
pub(crate) struct Found {
    /// The environment variable that tells tests where it is (and lets a user choose another).
    pub(crate) variable: &'static str,
    /// Its program.
    pub(crate) path: PathBuf,
    /// What it calls itself, with its version.
    pub(crate) version: String,
}

const WANTED: [(&str, &[&str]); 2] =
    [("COUNTERSIGN_CHROMIUM", &["chromium", "chromium-browser"]), ("COUNTERSIGN_FIREFOX", &["firefox-esr", "firefox"])];

/// Both browsers, asked for their versions.
pub(crate) fn find() -> Result<Vec<Found>> {
    WANTED.into_iter().map(|(variable, names)| find_one(variable, names)).collect()
}

fn find_one(variable: &'static str, names: &[&str]) -> Result<Found> {
    let path = std::env::var_os(variable)
        .map(PathBuf::from)
        .or_else(|| names.iter().find_map(|name| on_path(name)))
        .with_context(|| format!("no {} here: run scripts/set-up, or set {variable}", names.join(" or ")))?;
    let output = Command::new(&path)
        .arg("--version")
        .stderr(Stdio::null())
        .output()
        .with_context(|| format!("cannot start {}", path.display()))?;
    let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    Ok(Found { variable, path, version })
}

fn on_path(name: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|dir| dir.join(name)).find(|path| path.is_file())
}
