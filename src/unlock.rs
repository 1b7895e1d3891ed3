//! `countersign unlock`: the first time it sets the vault up.

use crate::{Outcome, Result, daemon::Daemon, print, prompt, text::Text};
use countersign_wire::control::{Command, FullStatus};

/// Unlocks, or sets up.
pub(crate) async fn run(text: &Text) -> Result {
    let mut daemon = Daemon::connect().await?;
    let status = daemon.status(Command::Status).await?;
    if !status.set_up {
        return set_up(text, &mut daemon, &status).await;
    }
    if !status.status.locked {
        print(&text.say("unlock-already"));
        return Ok(Outcome::Done);
    }
    let pin = prompt::secret(text, if status.status.pin { "prompt-pin" } else { "prompt-passphrase" })?;
    daemon.status(Command::Unlock { pin }).await?;
    print(&text.say("unlock-done"));
    Ok(Outcome::Done)
}

async fn set_up(text: &Text, daemon: &mut Daemon, status: &FullStatus) -> Result {
    let keystore = status.status.pin;
    let pin = prompt::new_secret(text, if keystore { "prompt-new-pin" } else { "prompt-new-passphrase" })?;
    daemon.status(Command::SetUp { pin, name: computer_name() }).await?;
    print(&text.say_with("set-up-done", &[("pin", if keystore { "yes" } else { "no" }.into())]));
    print(&text.say("up-next-pair"));
    Ok(Outcome::Done)
}

/// The computer's host name, as its owner knows it.
fn computer_name() -> String {
    let name = gethostname::gethostname().to_string_lossy().into_owned();
    let plain: String = name.chars().filter(|c| !c.is_control()).take(64).collect();
    if plain.is_empty() { "Computer".to_owned() } else { plain }
}
