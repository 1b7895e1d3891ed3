//! Which command does what.

use crate::{
    Outcome, Result, arguments::Command, daemon::Daemon, devices, inspect, install, items, pair, print, processes,
    status, text::Text, unlock,
};
use countersign_wire::control;

/// Runs one command.
pub(crate) async fn run(text: &Text, command: Command) -> Result {
    match command {
        Command::Install(options) => install::run(text, &options).await,
        Command::Up(options) => processes::up(text, &options).await,
        Command::Down => processes::down(text).await,
        Command::Status { json } => status::run(text, json).await,
        Command::Unlock => unlock::run(text).await,
        Command::Lock => lock(text).await,
        Command::Pair { what } => pair::run(text, what).await,
        Command::Devices => devices::run(text).await,
        Command::Item(command) => items::run(text, command).await,
        Command::Inspect(options) => inspect::run(text, &options),
    }
}

async fn lock(text: &Text) -> Result {
    Daemon::connect().await?.status(control::Command::Lock).await?;
    print(&text.say("lock-done"));
    Ok(Outcome::Done)
}
