//! The data directory: only its owner may enter, and only one daemon at a time works in it.

use super::{Error, Result};
use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{Read as _, Seek as _, Write as _},
    path::{Path, PathBuf},
};

const LOCK: &str = "daemon.lock";

/// The directory, locked until dropped. The operating system releases the lock when the process ends, however it ends.
#[derive(Debug)]
pub(super) struct Directory {
    path: PathBuf,
    _lock: File,
}

impl Directory {
    pub(super) fn open(path: &Path) -> Result<Self> {
        let failed = |source| Error::File { path: path.to_owned(), source };
        make_private(path).map_err(failed)?;
        Ok(Self { path: path.to_owned(), _lock: lock(&path.join(LOCK))? })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }
}

fn make_private(path: &Path) -> std::io::Result<()> {
    fs::create_dir_all(path)?;
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o700))?;
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
    open().map_err(|source: std::io::Error| match source.kind() {
        std::io::ErrorKind::StorageFull => Error::Full,
        std::io::ErrorKind::ReadOnlyFilesystem | std::io::ErrorKind::PermissionDenied => Error::ReadOnly,
        _ => Error::File { path: path.to_owned(), source },
    })
}

fn lock(path: &Path) -> Result<File> {
    let mut file = open_private(path)?;
    let failed = |source| Error::File { path: path.to_owned(), source };
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(Error::InUse { pid: read_pid(&mut file) }),
        Err(TryLockError::Error(source)) => return Err(failed(source)),
    }
    let mut write = || {
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{}", std::process::id())
    };
    write().map_err(failed)?;
    Ok(file)
}

fn read_pid(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.take(20).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
