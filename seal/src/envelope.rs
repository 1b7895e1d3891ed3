//! The envelope: what devices say to each other through a relay.
//!
//! ```text
//! version · suite · account · sender and recipient fingerprints · message id · sent · expires
//! · RSA-2048-OAEP-SHA256(content key) · nonce · AES-256-GCM(body; header as AAD)
//! · RSA-PSS-SHA256 signature over the received bytes of all of it
//! ```
//!
//! The types walk the receiver through the only safe order: [`Envelope::parse`], [`Envelope::verify`] against a *known* device, [`Verified::admit`] (expiry, replay), and only
//! then [`Admitted::open`], the first private-key operation.

use crate::{
    Result,
    id::{AccountId, DeviceId, MessageId, UnixMillis},
    keys::{DeviceKeys, PublicKeys, Unwrap},
    log::Log,
    secret::SecretBytes,
};

/// The largest envelope in bytes.
pub const LIMIT: usize = 256 * 1024;

/// What stands outside: all that a relay learns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// The account both ends belong to.
    pub account: AccountId,
    /// Who sealed it.
    pub sender: DeviceId,
    /// Who can open it.
    pub recipient: DeviceId,
    /// Drawn by the sender.
    pub id: MessageId,
    /// By the sender's clock.
    pub sent: UnixMillis,
    /// From then on receivers refuse it and relays delete it.
    pub expires: UnixMillis,
}

/// A well-formed envelope whose sender is not verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    header: Header,
    bytes: Vec<u8>,
}

/// An envelope signed by a device that the log lists, addressed to us.
#[derive(Debug)]
pub struct Verified(Envelope);

/// A verified envelope that is in time and new.
#[derive(Debug)]
pub struct Admitted(Envelope);

/// Remembers message ids until they expire.
pub trait ReplayGuard {
    /// Records `id` until `expires`; `false` if it was recorded before.
    fn admit(&mut self, sender: DeviceId, id: MessageId, expires: UnixMillis) -> bool;
}

impl Envelope {
    /// Pads `body` to a size bucket, encrypts it to `recipient`, and signs.
    pub async fn seal(
        sender: &impl DeviceKeys,
        account: AccountId,
        recipient: &PublicKeys,
        now: UnixMillis,
        lifetime_millis: u64,
        body: &[u8],
    ) -> Result<Self> {
        let _ = (sender, account, recipient, now, lifetime_millis, body);
        todo!()
    }

    /// Parses foreign bytes; checks form and version, nothing else.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        let _ = bytes;
        todo!()
    }

    /// The encoded envelope.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The header; unverified.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.header
    }

    /// Checks account, recipient (`me`), and the signature of an active device of `log`.
    pub fn verify(self, log: &Log, me: DeviceId) -> Result<Verified> {
        let _ = (log, me);
        todo!()
    }
}

impl Verified {
    /// Checks time (at most two minutes from the future) and replay.
    pub fn admit(self, guard: &mut impl ReplayGuard, now: UnixMillis) -> Result<Admitted> {
        let _ = (guard, now);
        todo!()
    }
}

impl Admitted {
    /// The verified header.
    #[must_use]
    pub const fn header(&self) -> &Header {
        &self.0.header
    }

    /// Decrypts and unpads the body.
    pub async fn open(&self, keys: &impl Unwrap) -> Result<SecretBytes> {
        let _ = keys;
        todo!()
    }
}
