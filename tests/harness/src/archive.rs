//! The extension as one file, as stores take it.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use zip::ZipArchive;

use crate::{Kind, tree};

/// The packaged extension for a browser, as built: `dist/countersign-<browser>.<zip or xpi>`.
pub fn packaged_archive(kind: Kind) -> PathBuf {
    tree().join("dist").join(match kind {
        Kind::Chromium => "countersign-chrome.zip",
        Kind::Firefox => "countersign-firefox.xpi",
    })
}

/// The files of an archive, by their names.
///
/// # Errors
/// If it is no archive, or a name in it leads out of it.
pub fn read_archive(path: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    let file = File::open(path).with_context(|| format!("cannot read {}: run `npm run build`", path.display()))?;
    let mut archive = ZipArchive::new(file)?;
    let mut files = BTreeMap::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index)?;
        let name = entry.enclosed_name().context("a name leads out of the archive")?;
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes)?;
        files.insert(name, bytes);
    }
    Ok(files)
}

/// Writes the files of an archive into a directory.
///
/// # Errors
/// If one cannot be read or written.
pub fn unpack(archive: &Path, into: &Path) -> Result<()> {
    for (name, bytes) in read_archive(archive)? {
        let path = into.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path, bytes)?;
    }
    Ok(())
}
