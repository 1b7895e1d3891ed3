//! Other clocks for a program under test.

use std::{
    fs::{self, File},
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
    time::Duration,
};
use tempfile::NamedTempFile;

/// The library, compiled once by each run of these tests.
static LIBRARY: LazyLock<PathBuf> = LazyLock::new(|| {
    let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("libclock-{}.so", std::process::id()));
    let source = library.with_extension("rs");
    fs::write(&source, include_str!("shim/clock.rs")).unwrap();
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(compiler)
        .args(["--edition", "2024", "--crate-type", "cdylib", "-o"])
        .args([&library, &source])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::remove_file(source).unwrap();
    library
});

/// Clocks that a test sets.
pub(crate) struct Clock {
    file: File,
    path: NamedTempFile,
}

impl Clock {
    pub(crate) fn new() -> Self {
        let path = NamedTempFile::new().unwrap();
        let clock = Self { file: path.reopen().unwrap(), path };
        clock.set_wall(0);
        clock.sleep(Duration::ZERO);
        clock
    }

    /// Sets the wall clock so many milliseconds off.
    pub(crate) fn set_wall(&self, millis: i64) {
        self.file.write_all_at(&millis.to_ne_bytes(), 0).unwrap();
    }

    /// The computer has slept for so long in all. Relay and phone live on in the test's time, so the wall clock of the computer does, too.
    pub(crate) fn sleep(&self, time: Duration) {
        let millis = i64::try_from(time.as_millis()).unwrap();
        self.file.write_all_at(&millis.to_ne_bytes(), 8).unwrap();
    }

    /// What lets a program have these clocks.
    pub(crate) fn environment(&self) -> [(&'static str, PathBuf); 2] {
        [("LD_PRELOAD", LIBRARY.clone()), ("COUNTERSIGN_TEST_CLOCK", self.path.path().to_owned())]
    }
}
