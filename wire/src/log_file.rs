//! Log files of programs that run for long: one, and the three before it; and what goes into them.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
};

/// What is logged unless somebody says otherwise.
const DEFAULT_FILTER: &str = "info,sqlx=warn";
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// What to log, as `tracing_subscriber::EnvFilter` takes it: what the variable `COUNTERSIGN_LOG` says, which is a level, or `target=level`, or several with
/// commas between. Of what it cannot mean standard error is told, and it changes nothing.
#[must_use]
pub fn filter() -> String {
    let wanted = std::env::var_os("COUNTERSIGN_LOG").unwrap_or_default().to_string_lossy().into_owned();
    if wanted.is_empty() || is_filter(&wanted) {
        return if wanted.is_empty() { DEFAULT_FILTER.to_owned() } else { wanted };
    }
    let _ = writeln!(io::stderr(), "COUNTERSIGN_LOG is no level ({}): it is not heeded", LEVELS.join(", "));
    DEFAULT_FILTER.to_owned()
}

/// `EnvFilter` takes any word for the name of a target, of which it then logs everything, and of all else nothing.
fn is_filter(text: &str) -> bool {
    let is_level = |word: &str| LEVELS.iter().any(|level| word.eq_ignore_ascii_case(level));
    text.split(',').map(str::trim).all(|part| match part.rsplit_once('=') {
        Some((target, level)) => !target.is_empty() && is_level(level),
        None => is_level(part),
    })
}

/// A file grows to this many bytes; then another one begins.
const LIMIT: u64 = 2 * 1024 * 1024;
/// How many older files are kept.
const KEPT: u32 = 3;

/// Where a program writes what it does. Never a payload, never a site that was not filled.
#[derive(Debug)]
pub struct LogFile {
    path: PathBuf,
    file: File,
    size: u64,
    limit: u64,
}

impl LogFile {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn open(path: &Path) -> io::Result<Self> {
        Self::with_limit(path, LIMIT)
    }

    fn with_limit(path: &Path, limit: u64) -> io::Result<Self> {
        let file = open(path)?;
        let size = file.metadata()?.len();
        Ok(Self { path: path.to_owned(), file, size, limit })
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

/// A log file and those before it, as far as they exist, the newest first.
#[must_use]
pub fn log_files(newest: &Path) -> Vec<PathBuf> {
    let all = (0..=KEPT).map(|number| if number == 0 { newest.to_owned() } else { older(newest, number) });
    all.filter(|path| path.is_file()).collect()
}

fn older(path: &Path, number: u32) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{number}"));
    name.into()
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
        let path = directory.path().join("a.log");
        let mut log = LogFile::with_limit(&path, 12).unwrap();
        for line in ["one\n", "two\n", "three\n", "four\n", "a line longer than any file\n", "five\n", "six\n"] {
            log.write_all(line.as_bytes()).unwrap();
        }
        let files = log_files(&path);
        assert_eq!(files.len(), 4);
        let texts: Vec<_> = files.into_iter().map(read).collect();
        assert_eq!(texts, ["five\nsix\n", "a line longer than any file\n", "three\nfour\n", "one\ntwo\n"]);
        // The next start goes on where the last one ended; and what falls off is the oldest.
        let mut log = LogFile::with_limit(&path, 12).unwrap();
        log.write_all(b"seven\n").unwrap();
        let texts: Vec<_> = log_files(&path).into_iter().map(read).collect();
        assert_eq!(texts, ["seven\n", "five\nsix\n", "a line longer than any file\n", "three\nfour\n"]);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_reads_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.log");
        drop(LogFile::open(&path).unwrap());
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_word_that_is_no_level_is_no_filter() {
        for right in ["debug", "WARN", "info,sqlx=warn", "info, countersign_relay=trace", "off"] {
            assert!(is_filter(right), "{right}");
        }
        for wrong in ["nonsense", "verbose", "info,nonsense", "=info", "sqlx=", "sqlx=loud", "5", ","] {
            assert!(!is_filter(wrong), "{wrong}");
        }
        assert!(is_filter(DEFAULT_FILTER));
    }
}
