//! Which command does what.

use crate::{
    Outcome, Result, arguments::Command, corrections, daemon::Daemon, devices, diagnose, inspect, install, items, pair,
    print, processes, restore, status, text::Text, unlock,
};
use countersign_wire::control;

/// Runs one command.
pub(crate) async fn run(text: &Text, command: Command) -> Result {
    match command {
        Command::Install(options) => install::run(text, &options).await,
        Command::Up(options) => processes::up(text, &options).await,
        Command::Down => processes::down(text).await,
        Command::Status(options) if options.diagnose => diagnose::run(text, options.bundle.as_deref()).await,
        Command::Status(options) => status::run(text, options.json).await,
        Command::Restore { yes } => restore::run(text, yes).await,
        Command::Unlock => unlock::run(text).await,
        Command::Lock => lock(text).await,
        Command::Pair { what } => pair::run(text, what).await,
        Command::Devices => devices::run(text).await,
        Command::Item(command) => items::run(text, command).await,
        Command::Corrections(options) => corrections::run(text, &options).await,
        Command::Inspect(options) => inspect::run(text, &options),
    }
}

async fn lock(text: &Text) -> Result {
    Daemon::connect().await?.status(control::Command::Lock).await?;
    print(&text.say("lock-done"));
    Ok(Outcome::Done)
}
