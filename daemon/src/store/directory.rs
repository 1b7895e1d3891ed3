//! The data directory: only its owner may enter, and only one daemon at a time works in it.

use super::{Error, Result};
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{Read as _, Seek as _, Write as _},
    path::{Path, PathBuf},
};

/// Holds the process id of the daemon that has the directory, and [`OPEN`] while that has the store open.
const LOCK: &str = "daemon.lock";
const OPEN: &str = "open";
const PROBE: &str = "daemon.probe";

/// The directory, locked until dropped. The operating system releases the lock when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct Directory {
    path: PathBuf,
    lock: File,
    /// Whether the last daemon ended with the store open.
    was_open: bool,
}

impl Directory {
    pub(super) fn open(path: &Path) -> Result<Self> {
        make_private(path).map_err(|source| Error::of_file(path, source))?;
        let path_of_lock = path.join(LOCK);
        let mut lock = open_private(&path_of_lock)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(Error::InUse { pid: pid(&read(&mut lock)) }),
            Err(TryLockError::Error(source)) => return Err(Error::of_file(&path_of_lock, source)),
        }
        let was_open = read(&mut lock).contains(OPEN);
        Ok(Self { path: path.to_owned(), lock, was_open })
    }

    /// Whether a daemon has it. Makes nothing.
    pub(super) fn is_locked(path: &Path) -> bool {
        let lock = OpenOptions::new().read(true).write(true).open(path.join(LOCK));
        lock.is_ok_and(|lock| matches!(lock.try_lock(), Err(TryLockError::WouldBlock)))
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether the last daemon ended without closing the store: its write-ahead log must be there then.
    pub(super) const fn was_open(&self) -> bool {
        self.was_open
    }

    /// The store is open from now on.
    pub(super) fn mark_open(&mut self) {
        self.mark(&format!("{}\n{OPEN}\n", std::process::id()));
    }

    /// The store is being closed in order.
    pub(super) fn mark_closed(&mut self) {
        self.mark("");
    }

    /// Why nothing can be written here, if that is so: SQLite calls much of it an I/O error.
    pub(super) fn trouble(&self) -> Option<Error> {
        let path = self.path.join(PROBE);
        let written = fs::write(&path, [0; 64]);
        let _ = fs::remove_file(&path);
        written.err().map(|source| Error::of_file(&path, source))
    }

    /// A note for others, and not worth failing for: a full disk has its say where something is saved.
    fn mark(&mut self, text: &str) {
        let mut write = || {
            self.lock.set_len(0)?;
            self.lock.rewind()?;
            self.lock.write_all(text.as_bytes())
        };
        if let Err(error) = write() {
            tracing::debug!(%error, "the lock file is not marked");
        }
    }
}

fn make_private(path: &Path) -> std::io::Result<()> {
    fs::create_dir_all(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // Not where there is nothing to change: the disk may be read-only.
        if fs::metadata(path)?.permissions().mode() & 0o777 != 0o700 {
            fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
        }
    }
    Ok(())
}

/// Opens a file that only its owner may read; makes it if it is not there.
pub(super) fn open_private(path: &Path) -> Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let open = || {
        let file = options.open(path)?;
        #[cfg(unix)]
        file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        Ok(file)
    };
    open().map_err(|source: std::io::Error| Error::of_file(path, source))
}

fn read(file: &mut File) -> String {
    let mut text = String::new();
    let _ = file.rewind();
    let _ = file.take(40).read_to_string(&mut text);
    text
}

fn pid(text: &str) -> Option<u32> {
    text.lines().next()?.trim().parse().ok()
}
