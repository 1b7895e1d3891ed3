//! Any device ⇄ relay: one WebSocket at `/v1/socket`, one CBOR message in each binary message.
//!
//! A client first says [`ToRelay::Register`] (optional: creates the account), [`ToRelay::Login`] or [`ToRelay::Join`].

use countersign_seal::{
    id::{AccountId, DeviceId, Hash, UnixMillis},
    keys::Signature,
    log::SignedEntry,
};
use serde::{Deserialize, Serialize};

/// The largest message in bytes.
pub const LIMIT: usize = 512 * 1024;

/// What a login signs ([`countersign_seal::context::Context::Login`]), encoded as CBOR.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoginStatement {
    /// The relay's API origin, as the device knows it.
    pub relay: String,
    /// The account.
    pub account: AccountId,
    /// The device.
    pub device: DeviceId,
    /// By the device's clock.
    pub time: UnixMillis,
    /// The relay's challenge.
    #[serde(with = "serde_bytes")]
    pub challenge: [u8; 32],
}

/// Device → relay. `call` is drawn by the device; the reply repeats it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToRelay {
    /// Creates the account from its log; does nothing if the relay has that log already.
    Register {
        /// The whole log.
        entries: Vec<SignedEntry>,
    },
    /// Logs in: an encoded [`LoginStatement`] and its signature.
    Login {
        /// The statement.
        #[serde(with = "serde_bytes")]
        statement: Vec<u8>,
        /// The device's signature.
        signature: Signature,
    },
    /// Not logged in: joins an open pairing slot. May then only [`ToRelay::SlotSend`].
    Join {
        /// The slot.
        #[serde(with = "serde_bytes")]
        slot: [u8; 16],
    },
    /// Puts an envelope into its recipient's mailbox → `Done`.
    Send {
        /// Call number.
        call: u32,
        /// The envelope.
        #[serde(with = "serde_bytes")]
        envelope: Vec<u8>,
    },
    /// The device has dealt with all deliveries up to this one: delete them.
    Ack {
        /// Delivery number.
        delivery: u64,
    },
    /// Appends to the account's log if `head` is still its head → `Done` or [`RelayFault::Conflict`].
    LogAppend {
        /// Call number.
        call: u32,
        /// The head that the entry follows.
        head: Hash,
        /// The entry.
        entry: SignedEntry,
    },
    /// → [`FromRelay::Log`].
    LogRead {
        /// Call number.
        call: u32,
        /// First entry wanted.
        from: u64,
    },
    /// Opens a pairing slot for two minutes → `Done`. What the other side sends comes as [`FromRelay::Slot`].
    SlotOpen {
        /// Call number.
        call: u32,
        /// The slot's random name.
        #[serde(with = "serde_bytes")]
        slot: [u8; 16],
    },
    /// Sends one message to the slot's other side.
    SlotSend {
        /// The slot.
        #[serde(with = "serde_bytes")]
        slot: [u8; 16],
        /// The message.
        #[serde(with = "serde_bytes")]
        message: Vec<u8>,
    },
}

/// Relay → device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FromRelay {
    /// First message on every connection.
    Challenge {
        /// [`crate::RELAY_PROTOCOL`].
        protocol: u16,
        /// Random.
        #[serde(with = "serde_bytes")]
        challenge: [u8; 32],
    },
    /// The account exists now.
    Registered,
    /// Logged in; deliveries follow.
    LoggedIn {
        /// Length of the account's log at the relay.
        log_length: u64,
        /// By the relay's clock.
        time: UnixMillis,
    },
    /// The slot is joined.
    Joined,
    /// An envelope from the mailbox.
    Deliver {
        /// Counts up.
        delivery: u64,
        /// The envelope.
        #[serde(with = "serde_bytes")]
        envelope: Vec<u8>,
    },
    /// A call succeeded. For `Send`: whether the recipient is connected now.
    Done {
        /// Call number.
        call: u32,
        /// The recipient is connected now.
        online: bool,
    },
    /// A call failed.
    Failed {
        /// Call number; absent if it belongs to no call (the relay then closes the connection).
        call: Option<u32>,
        /// Why.
        fault: RelayFault,
    },
    /// Log entries.
    Log {
        /// Call number.
        call: u32,
        /// The entries asked for.
        entries: Vec<SignedEntry>,
    },
    /// The account's log grew.
    LogGrew {
        /// Its length.
        length: u64,
    },
    /// A message from the slot's other side.
    Slot {
        /// The slot.
        #[serde(with = "serde_bytes")]
        slot: [u8; 16],
        /// The message.
        #[serde(with = "serde_bytes")]
        message: Vec<u8>,
    },
}

/// Why a relay refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RelayFault {
    /// Malformed, unknown or too large.
    Malformed,
    /// Another protocol version: update.
    Version,
    /// Wrong signature, unknown account or device, or the clock is off by more than two minutes.
    LoginRefused,
    /// Not allowed in this state.
    NotAllowed,
    /// The recipient is not a device of this account.
    UnknownRecipient,
    /// A quota is used up: wait.
    Quota,
    /// The log moved on: read it and try again.
    Conflict,
    /// No such slot, or it was used, or its time is over.
    NoSlot,
    /// The log does not verify.
    BadLog,
    /// A fault of the relay.
    Internal,
}
