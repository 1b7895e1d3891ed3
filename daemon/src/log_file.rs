//! The log file: `daemon.log` in the data directory, and the three before it.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// A file grows to this many bytes; then another one begins.
const LIMIT: u64 = 2 * 1024 * 1024;
/// How many older files are kept.
const KEPT: u32 = 3;

/// Where the daemon writes what it does. Never a payload, never a site that was not filled.
#[derive(Debug)]
pub struct LogFile {
    path: PathBuf,
    file: File,
    size: u64,
    limit: u64,
}

impl LogFile {
    /// Opens `daemon.log` in `directory`.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn open(directory: &Path) -> io::Result<Self> {
        Self::with_limit(directory, LIMIT)
    }

    fn with_limit(directory: &Path, limit: u64) -> io::Result<Self> {
        let path = directory.join("daemon.log");
        let file = open(&path)?;
        let size = file.metadata()?.len();
        Ok(Self { path, file, size, limit })
    }

    /// The newest moves to `.1`, that to `.2`, and so on; the oldest goes.
    fn rotate(&mut self) -> io::Result<()> {
        for number in (1..KEPT).rev() {
            rename(&older(&self.path, number), &older(&self.path, number + 1))?;
        }
        rename(&self.path, &older(&self.path, 1))?;
        self.file = open(&self.path)?;
        self.size = 0;
        Ok(())
    }
}

impl Write for LogFile {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.size > 0 && self.size.saturating_add(u64::try_from(line.len()).unwrap_or(u64::MAX)) > self.limit {
            self.rotate()?;
        }
        let written = self.file.write(line)?;
        self.size = self.size.saturating_add(u64::try_from(written).unwrap_or(u64::MAX));
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// All log files of a data directory that exist, the newest first.
#[must_use]
pub fn log_files(directory: &Path) -> Vec<PathBuf> {
    let newest = directory.join("daemon.log");
    let all = (0..=KEPT).map(|number| if number == 0 { newest.clone() } else { older(&newest, number) });
    all.filter(|path| path.is_file()).collect()
}

fn older(path: &Path, number: u32) -> PathBuf {
    path.with_extension(format!("log.{number}"))
}

fn rename(from: &Path, to: &Path) -> io::Result<()> {
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        outcome => outcome,
    }
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = fs::OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: PathBuf) -> String {
        fs::read_to_string(path).unwrap()
    }

    #[test]
    fn a_full_file_makes_room_and_the_oldest_goes() {
        let directory = tempfile::tempdir().unwrap();
        let mut log = LogFile::with_limit(directory.path(), 12).unwrap();
        for line in ["one\n", "two\n", "three\n", "four\n", "a line longer than any file\n", "five\n", "six\n"] {
            log.write_all(line.as_bytes()).unwrap();
        }
        let files = log_files(directory.path());
        assert_eq!(files.len(), 4);
        let texts: Vec<_> = files.into_iter().map(read).collect();
        assert_eq!(texts, ["five\nsix\n", "a line longer than any file\n", "three\nfour\n", "one\ntwo\n"]);
        // The next start goes on where the last one ended; and what falls off is the oldest.
        let mut log = LogFile::with_limit(directory.path(), 12).unwrap();
        log.write_all(b"seven\n").unwrap();
        let texts: Vec<_> = log_files(directory.path()).into_iter().map(read).collect();
        assert_eq!(texts, ["seven\n", "five\nsix\n", "a line longer than any file\n", "three\nfour\n"]);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_reads_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        drop(LogFile::open(directory.path()).unwrap());
        let mode = fs::metadata(directory.path().join("daemon.log")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
