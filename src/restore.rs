//! `countersign restore`: puts the newest backup in the place of a vault that cannot be read, and keeps what was there.

use crate::{Outcome, Result, print, processes, text::Failure, text::Text};
use countersign_daemon::store::{self, Error};
use std::time::SystemTime;

/// Stops the daemon, restores, and says what to do next.
pub(crate) async fn run(text: &Text) -> Result {
    let data = processes::data_directory()?;
    processes::stop_daemon().await?;
    let restored = store::restore(&data).await.map_err(|error| match error {
        Error::NoBackup => Failure::new("error-no-backup").with("directory", data.display()),
        Error::InUse { .. } => Failure::new("error-in-use"),
        other => other.fault().into(),
    })?;
    let hours = SystemTime::now().duration_since(restored.made).map_or(0, |age| age.as_secs() / 3600);
    print(&text.say_with("restore-done", &[("hours", hours.into())]));
    if let Some(kept) = restored.kept {
        print(&text.say_with("restore-kept", &[("file", kept.display().to_string().into())]));
    }
    print(&text.say("restore-next"));
    Ok(Outcome::Done)
}
