//! A home directory of its own for each test.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// A temporary home with everything in it that programs look for: `.config`, `.local/share`, a runtime directory. Removed on drop.
///
/// The path is short, because a Unix socket's may have at most 107 bytes.
#[derive(Debug)]
pub struct Home {
    root: PathBuf,
}

impl Home {
    /// Makes a new one.
    ///
    /// # Errors
    /// If the temporary directory cannot be written.
    pub fn new() -> Result<Self> {
        let root = tempfile::Builder::new().prefix("cs-").tempdir()?.keep();
        let home = Self { root };
        for dir in [home.config(), home.data(), home.cache(), home.runtime()] {
            fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
        }
        // As the XDG base directory specification demands.
        fs::set_permissions(home.runtime(), Permissions::from_mode(0o700))?;
        Ok(home)
    }

    /// The home directory.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// `$XDG_CONFIG_HOME`.
    pub fn config(&self) -> PathBuf {
        self.root.join(".config")
    }

    /// `$XDG_DATA_HOME`.
    pub fn data(&self) -> PathBuf {
        self.root.join(".local/share")
    }

    /// `$XDG_CACHE_HOME`.
    pub fn cache(&self) -> PathBuf {
        self.root.join(".cache")
    }

    /// `$XDG_RUNTIME_DIR`.
    pub fn runtime(&self) -> PathBuf {
        self.root.join("run")
    }

    /// The variables that make a program live here: set these on every process of a test.
    pub fn environment(&self) -> Vec<(String, String)> {
        [
            ("HOME", self.root.clone()),
            ("XDG_CONFIG_HOME", self.config()),
            ("XDG_DATA_HOME", self.data()),
            ("XDG_CACHE_HOME", self.cache()),
            ("XDG_RUNTIME_DIR", self.runtime()),
        ]
        .map(|(name, path)| (name.to_owned(), path.display().to_string()))
        .into()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        // A browser's last processes may still write for a moment after its exit: ENOTEMPTY.
        for _ in 0..50 {
            if fs::remove_dir_all(&self.root).is_ok() || !self.root.exists() {
                return;
            }
            thread::sleep(Duration::from_millis(100));
        }
    }
}
