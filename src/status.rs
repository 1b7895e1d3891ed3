//! `countersign status`.

use crate::{
    Outcome, Result,
    daemon::Daemon,
    print,
    text::{Text, fault_message},
};
use countersign_wire::control::{Command, FullStatus};

/// Prints how everything is.
pub(crate) async fn run(text: &Text, json: bool) -> Result {
    let status = Daemon::connect().await?.status(Command::Status).await?;
    if json {
        print(&serde_json::to_string_pretty(&status).map_err(std::io::Error::other)?);
    } else {
        lines(text, &status).iter().for_each(|line| print(line));
    }
    Ok(Outcome::Done)
}

fn lines(text: &Text, status: &FullStatus) -> Vec<String> {
    let daemon = text.say_with(
        "status-daemon",
        &[("version", status.status.version.as_str().into()), ("pid", status.pid.to_string().into())],
    );
    let mut lines = vec![daemon, vault(text, status), phone(text, status), relay(text, status), browsers(text, status)];
    for fault in status.status.faults.iter().map(|fault| fault_message(*fault)) {
        lines.push(text.say_with("status-fault", &[("what", text.say(fault).into())]));
        lines.push(format!("          {}", text.remedy(fault, &[])));
    }
    if !status.old_backups.is_empty() {
        lines.push(text.say("status-old-backups"));
        lines.extend(status.old_backups.iter().map(|path| format!("          {path}")));
    }
    lines
}

fn vault(text: &Text, status: &FullStatus) -> String {
    match &status.status {
        _ if !status.set_up => text.say("status-not-set-up"),
        inner if inner.locked && inner.retry_after_millis > 0 => {
            text.say_with("status-locked-wait", &[("seconds", inner.retry_after_millis.div_ceil(1000).into())])
        }
        inner if inner.locked => text.say("status-locked"),
        _ => text.say_with("status-unlocked", &[("items", status.items.into())]),
    }
}

fn phone(text: &Text, status: &FullStatus) -> String {
    if status.status.phone {
        text.say("status-phone")
    } else {
        text.say_with("status-no-phone", &[("fields", status.not_sealed.into())])
    }
}

fn relay(text: &Text, status: &FullStatus) -> String {
    match &status.relay {
        None => text.say("status-no-relay"),
        Some(relay) => {
            let message = match status.status.relay {
                Some(true) => "status-relay-up",
                // A locked daemon has no keys to log in with.
                _ if status.status.locked => "status-relay-locked",
                _ => "status-relay-down",
            };
            text.say_with(message, &[("relay", relay.as_str().into())])
        }
    }
}

fn browsers(text: &Text, status: &FullStatus) -> String {
    text.say_with("status-browsers", &[("browsers", status.browsers.into())])
}
