//! `countersign status --diagnose`: what works, what does not, and what to do; and a bundle for bug reports, from which everything personal is left out.

mod bundle;
mod checks;

use crate::{
    Outcome,
    daemon::Daemon,
    print, processes,
    text::{Text, fault_message},
};
use checks::{Check, State};
use countersign_wire::{
    control::{Command, FullStatus},
    local::Fault,
};
use fluent::FluentValue;
use std::path::Path;

/// Prints every check, and writes the bundle if a file is named. Fails if something does not work.
pub(crate) async fn run(text: &Text, bundle: Option<&Path>) -> crate::Result {
    let data = processes::data_directory()?;
    let status = status().await;
    let checks = checks::all(&data, &status);
    let status = status.ok();
    checks.iter().flat_map(|check| lines(text, check)).for_each(|line| print(&line));
    if let Some(path) = bundle {
        bundle::write(path, &data, status.as_ref(), &checks)?;
        print(&text.say_with("diagnose-bundle", &[("file", path.display().to_string().into())]));
    }
    let failed = checks.iter().any(|check| check.state == State::Fails);
    Ok(if failed { Outcome::Failed } else { Outcome::Done })
}

/// The daemon's status, or why there is none.
async fn status() -> Result<FullStatus, Fault> {
    let mut daemon = Daemon::connect().await.map_err(|_| Fault::NoDaemon)?;
    daemon.status(Command::Status).await.map_err(|failure| failure.fault.unwrap_or(Fault::NoDaemon))
}

/// What is so, and what to do about it.
fn lines(text: &Text, check: &Check) -> Vec<String> {
    let mark = text.say(match check.state {
        State::Works => "diagnose-works",
        State::Incomplete => "diagnose-incomplete",
        State::Fails => "diagnose-fails",
    });
    // Counts as numbers, so that languages choose their plurals.
    let argument = |value: &str| value.parse::<u32>().map_or_else(|_| value.to_owned().into(), FluentValue::from);
    let mut arguments: Vec<_> = check.arguments.iter().map(|(name, value)| (*name, argument(value))).collect();
    if let Some(fault) = check.fault.map(fault_message) {
        arguments.extend([("what", text.say(fault).into()), ("remedy", text.remedy(fault, &[]).into())]);
    }
    let mut lines = vec![format!("{mark:<4}  {}", text.say_with(check.message, &arguments))];
    if check.state != State::Works {
        lines.push(format!("      {}", text.remedy(check.message, &arguments)));
    }
    lines
}
