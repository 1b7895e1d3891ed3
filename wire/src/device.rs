//! The account's devices, as commands and pages see them.

use countersign_seal::{
    id::DeviceId,
    log::{DeviceKind, State},
};
use serde::{Deserialize, Serialize};

/// A device of the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceSummary {
    /// Its fingerprint.
    pub id: DeviceId,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: DeviceKind,
    /// Whether it may act: `active`, `suspended`, `removed`.
    pub state: DeviceState,
    /// Whether it countersigns.
    pub approver: bool,
}

/// [`State`] on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceState {
    /// It may.
    Active,
    /// Not until resumed.
    Suspended,
    /// Never again.
    Removed,
}

impl From<State> for DeviceState {
    fn from(state: State) -> Self {
        match state {
            State::Active => Self::Active,
            State::Suspended => Self::Suspended,
            State::Removed => Self::Removed,
        }
    }
}
