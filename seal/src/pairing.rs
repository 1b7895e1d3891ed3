//! Adding a device.
//!
//! **By link** (phone): a QR code or link holds the desktop's fingerprint and a one-time secret; both messages carry a MAC over both identities and are encrypted under keys derived from
//! that secret. Two minutes, single use.
//!
//! **By code** (browser): six digits through SPAKE2 with both fingerprints and the account in the transcript, and explicit key confirmation. A wrong
//! guess burns the code.

use crate::{
    Result,
    id::{AccountId, DeviceId},
    log::{Device, SignedEntry},
    secret::{Key256, SecretBytes},
};
use serde::{Deserialize, Serialize};

/// How long a link or a code is good for, in milliseconds.
pub const LIFETIME_MILLIS: u64 = 120_000;
/// The largest pairing message in bytes.
pub const MESSAGE_LIMIT: usize = 64 * 1024;

/// What a pairing link holds. It stands in the URL's fragment, Base64url (RFC 4648) of its CBOR, and never reaches a server.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Link {
    /// Format version; 1.
    pub version: u16,
    /// The relay's API origin, such as `https://relay.example`.
    pub relay: String,
    /// The pairing slot on the relay.
    #[serde(with = "serde_bytes")]
    pub slot: [u8; 16],
    /// The account to join.
    pub account: AccountId,
    /// The desktop that shows the link.
    pub shower: DeviceId,
    /// The one-time secret.
    pub secret: Key256,
}

impl Link {
    /// Draws a link's slot and secret.
    pub fn make(relay: String, account: AccountId, shower: DeviceId) -> Result<Self> {
        let _ = (relay, account, shower);
        todo!()
    }

    /// For a URL's fragment.
    pub fn to_fragment(&self) -> Result<String> {
        todo!()
    }

    /// Parses a URL's fragment, without its `#`.
    pub fn from_fragment(fragment: &str) -> Result<Self> {
        let _ = fragment;
        todo!()
    }

    /// The phone's message: its device record, encrypted, with a MAC over both identities.
    pub fn hello(&self, joiner: &Device) -> Result<Vec<u8>> {
        let _ = joiner;
        todo!()
    }

    /// Opens [`Link::hello`] on the desktop.
    pub fn open_hello(&self, message: &[u8]) -> Result<Device> {
        let _ = message;
        todo!()
    }

    /// The desktop's message: the whole log, in which the phone is listed by now.
    pub fn welcome(&self, joiner: DeviceId, log: &[SignedEntry]) -> Result<Vec<u8>> {
        let _ = (joiner, log);
        todo!()
    }

    /// Opens [`Link::welcome`] on the phone: verifies the MAC, the whole log, that its account and shower are the link's, and that it lists `joiner`.
    pub fn open_welcome(&self, joiner: DeviceId, message: &[u8]) -> Result<crate::log::Log> {
        let _ = (joiner, message);
        todo!()
    }
}

/// Six digits. `Debug` shows none.
#[derive(Clone)]
pub struct Code(SecretBytes);

impl Code {
    /// Draws a code, uniformly.
    pub fn make() -> Result<Self> {
        todo!()
    }

    /// Parses six ASCII digits; spaces and hyphens between them are ignored.
    pub fn parse(text: &str) -> Result<Self> {
        let _ = text;
        todo!()
    }

    /// The digits, to show on the side that drew them.
    pub fn digits(&self) -> Result<&str> {
        self.0.expose_str()
    }
}

impl core::fmt::Debug for Code {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Code(…)")
    }
}

/// Daemon → browser, first: who would be paired with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeOffer {
    /// The account.
    pub account: AccountId,
    /// The daemon's device record.
    pub daemon: Device,
}

/// Browser → daemon: SPAKE2's first message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeStart {
    /// The browser's device record.
    pub browser: Device,
    /// SPAKE2 message.
    #[serde(with = "serde_bytes")]
    pub message: Vec<u8>,
}

/// Daemon → browser: SPAKE2's second message and the daemon's key confirmation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeReply {
    /// SPAKE2 message.
    #[serde(with = "serde_bytes")]
    pub message: Vec<u8>,
    /// HMAC-SHA256 over the transcript.
    #[serde(with = "serde_bytes")]
    pub confirmation: [u8; 32],
}

/// Browser → daemon: the browser's key confirmation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeConfirm {
    /// HMAC-SHA256 over the transcript.
    #[serde(with = "serde_bytes")]
    pub confirmation: [u8; 32],
}

/// The browser's side: the user types the code.
pub struct CodeTyper {
    #[expect(dead_code, reason = "filled in next")]
    offer: CodeOffer,
}

/// The daemon's side: it showed the code. One guess; drop it after an error.
pub struct CodeShower {
    #[expect(dead_code, reason = "filled in next")]
    offer: CodeOffer,
}

impl CodeTyper {
    /// Begins with what the user typed.
    pub fn start(offer: CodeOffer, browser: Device, code: &Code) -> Result<(Self, CodeStart)> {
        let _ = (offer, browser, code);
        todo!()
    }

    /// Checks the daemon's confirmation; a wrong code is [`crate::Error::BadSignature`].
    pub fn finish(self, reply: &CodeReply) -> Result<CodeConfirm> {
        let _ = reply;
        todo!()
    }
}

impl CodeShower {
    /// Answers the browser's start.
    pub fn answer(offer: CodeOffer, code: &Code, start: &CodeStart) -> Result<(Self, CodeReply)> {
        let _ = (offer, code, start);
        todo!()
    }

    /// Checks the browser's confirmation; returns the now proven device.
    pub fn finish(self, confirm: &CodeConfirm) -> Result<Device> {
        let _ = confirm;
        todo!()
    }
}
