//! What a test pulls away from under a desk: its disk, and its clocks.

#[path = "../../daemon/tests/daemon/robust/shim.rs"]
mod shim;
#[path = "../../daemon/tests/daemon/robust/small_disk.rs"]
#[allow(dead_code, reason = "shared with the daemon's tests")]
mod small_disk;

use std::path::PathBuf;

use anyhow::Result;
use countersign_harness::{
    Ground, Home,
    spine::{Desk, Unlock},
};

use self::{shim::Clock, small_disk::SmallDisk};

/// A desk whose clocks and disk are the test's.
pub(crate) struct Shaky {
    pub(crate) desk: Desk,
    /// The clocks of all that runs on the computer, its browsers included.
    pub(crate) clock: Clock,
    /// What the vault stands on; `None` where nothing may be mounted.
    pub(crate) disk: Option<SmallDisk>,
}

impl Shaky {
    pub(crate) async fn start(unlock: Unlock) -> Result<Self> {
        let (home, clock) = (Home::new()?, Clock::new());
        let disk = SmallDisk::mount(&data(&home), "16m");
        let variable = |(name, value): (&str, PathBuf)| (name.to_owned(), value.display().to_string());
        let ground = Ground {
            environment: clock.environment().map(variable).into(),
            wrapper: disk.as_ref().map(SmallDisk::entrance).unwrap_or_default(),
        };
        Ok(Self { desk: Desk::start_on(home, ground, unlock).await?, clock, disk })
    }

    /// The vault's directory, as the test sees it.
    pub(crate) fn data(&self) -> PathBuf {
        self.disk.as_ref().map_or_else(|| data(&self.desk.home), SmallDisk::path)
    }
}

fn data(home: &Home) -> PathBuf {
    home.data().join("countersign")
}
