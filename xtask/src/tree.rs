//! Where things are in the work tree.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The root of the work tree.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// What is built for use: packages, the phone app, notices.
pub(crate) fn dist() -> PathBuf {
    root().join("dist")
}

/// Cargo's target folder, which holds everything else that is built.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Waits until no other run of this tool holds the lock, and holds it until dropped.
pub(crate) fn lock(name: &str) -> std::io::Result<std::fs::File> {
    std::fs::create_dir_all(target())?;
    let file = std::fs::File::create(target().join(name))?;
    file.lock()?;
    Ok(file)
}

/// An npm program.
pub(crate) fn npm_program(name: &str) -> PathBuf {
    root().join("node_modules/.bin").join(name)
}

/// All files under `dir`, as paths relative to it, sorted; nothing if there is no such folder.
pub(crate) fn files(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![dir.to_owned()];
    while let Some(folder) = open.pop() {
        if !folder.is_dir() {
            continue;
        }
        for entry in fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path.strip_prefix(dir)?.to_owned());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Writes `bytes` to `path` unless they stand there already, so that what depends on the file's time stays fresh.
pub(crate) fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|present| present == bytes) {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}
