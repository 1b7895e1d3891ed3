//! `countersign devices`.

use crate::{Outcome, Result, daemon::Daemon, print, text::Text};
use countersign_seal::log::DeviceKind;
use countersign_wire::{
    control::{Command, Report},
    device::{DeviceState, DeviceSummary},
    local::Fault,
};

/// Lists the account's devices.
pub(crate) async fn run(text: &Text) -> Result {
    let mut daemon = Daemon::connect().await?;
    daemon.tell(&Command::Devices).await?;
    let Report::Devices(devices) = daemon.hear().await? else { return Err(Fault::Malformed.into()) };
    devices.iter().for_each(|device| print(&line(text, device)));
    Ok(Outcome::Done)
}

fn line(text: &Text, device: &DeviceSummary) -> String {
    let kind = match (device.kind, device.approver) {
        (_, true) => "device-approver",
        (DeviceKind::Desktop, _) => "device-desktop",
        (DeviceKind::Browser, _) => "device-browser",
        (DeviceKind::Phone, _) => "device-phone",
    };
    let state = match device.state {
        DeviceState::Active => String::new(),
        DeviceState::Suspended => format!(", {}", text.say("device-suspended")),
        DeviceState::Removed => format!(", {}", text.say("device-removed")),
    };
    let id: String = device.id.to_string().chars().take(16).collect();
    format!("{id}  {}  ({}{state})", device.name, text.say(kind))
}
