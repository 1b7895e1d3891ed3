//! `countersign restore`: puts the newest backup in the place of a vault that cannot be read, and keeps what was there. One that can be read it replaces only
//! when told to.

use crate::{
    Outcome, Result, print, processes, prompt,
    text::{Failure, Text},
};
use countersign_daemon::store::{self, Condition, Error};
use std::{path::Path, time::SystemTime};

/// Looks before anything is stopped; then stops the daemon, restores, and says what to do next.
pub(crate) async fn run(text: &Text, yes: bool) -> Result {
    let data = processes::data_directory()?;
    let found = store::prospect(&data).await.map_err(|error| failure(&error, &data))?;
    let Some(made) = found.backup else { return Err(no_backup(found.store, &data)) };
    let hours = age_hours(made);
    if found.store == Condition::Sound && !yes {
        let question = text.say_with("confirm-restore", &[("hours", hours.into())]);
        if !prompt::answers(&question, &text.say("answer-yes"))? {
            print(&text.say("left-alone"));
            return Ok(Outcome::Declined);
        }
    }
    processes::stop_daemon().await?;
    let restored = store::restore(&data).await.map_err(|error| failure(&error, &data))?;
    print(&text.say_with("restore-done", &[("hours", age_hours(restored.made).into())]));
    if let Some(kept) = restored.kept {
        print(&text.say_with("restore-kept", &[("file", kept.display().to_string().into())]));
    }
    print(&text.say("restore-next"));
    Ok(Outcome::Done)
}

fn age_hours(made: SystemTime) -> u64 {
    SystemTime::now().duration_since(made).map_or(0, |age| age.as_secs() / 3600)
}

/// To set up anew is advice for whoever has nothing left to lose.
fn no_backup(store: Condition, data: &Path) -> Failure {
    let message = match store {
        Condition::Missing => "error-no-vault",
        Condition::Sound => "error-nothing-to-restore",
        Condition::Damaged => "error-no-backup",
    };
    Failure::new(message).with("directory", data.display())
}

fn failure(error: &Error, data: &Path) -> Failure {
    match error {
        Error::NoBackup => no_backup(Condition::Damaged, data),
        Error::InUse { .. } => Failure::new("error-in-use"),
        other => other.fault().into(),
    }
}
