//! Other clocks for a program under test.

use crate::desk::Dress;
use std::{
    fs::File,
    os::unix::fs::FileExt as _,
    path::{Path, PathBuf},
    process::Command,
    sync::LazyLock,
    time::Duration,
};
use tempfile::NamedTempFile;

/// The library, compiled once by each run of these tests.
static LIBRARY: LazyLock<PathBuf> = LazyLock::new(|| {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/daemon/robust/shim/clock.rs");
    let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("libclock-{}.so", std::process::id()));
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(compiler)
        .args(["--edition", "2024", "--crate-type", "cdylib", "-o"])
        .args([&library, &source])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    library
});

/// Clocks that a test sets.
pub(super) struct Clock {
    file: File,
    path: NamedTempFile,
}

impl Clock {
    pub(super) fn new() -> Self {
        let path = NamedTempFile::new().unwrap();
        let clock = Self { file: path.reopen().unwrap(), path };
        clock.set_wall(0);
        clock.sleep(Duration::ZERO);
        clock
    }

    /// Sets the wall clock so many milliseconds off.
    pub(super) fn set_wall(&self, millis: i64) {
        self.file.write_all_at(&millis.to_ne_bytes(), 0).unwrap();
    }

    /// The computer has slept for so long in all. Relay and phone live on in the test's time, so the wall clock of the computer does, too.
    pub(super) fn sleep(&self, time: Duration) {
        let millis = i64::try_from(time.as_millis()).unwrap();
        self.file.write_all_at(&millis.to_ne_bytes(), 8).unwrap();
    }

    /// Lets a program have these clocks.
    pub(super) fn dress(&self) -> Dress {
        let path = self.path.path().to_owned();
        Box::new(move |mut program| {
            program.env("LD_PRELOAD", &*LIBRARY).env("COUNTERSIGN_TEST_CLOCK", &path);
            program
        })
    }
}
