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
    Error, Result, cipher, codec,
    context::Context,
    id::{AccountId, DeviceId, MessageId, UnixMillis},
    keys::{BLOCK, DeviceKeys, PublicKeys, Signature, Unwrap, WrappedKey},
    log::{DeviceKind, Log},
    secret::{Key256, SecretBytes},
};

/// The largest envelope in bytes.
pub const LIMIT: usize = 256 * 1024;
/// The largest body in bytes.
pub const BODY_LIMIT: usize = 255 * 1024 - cipher::LENGTH;
/// How long an envelope may live, in milliseconds: a week.
pub const LIFETIME_LIMIT_MILLIS: u64 = 7 * 24 * 60 * 60 * 1000;
/// How far two clocks may differ, in milliseconds.
pub const CLOCK_SKEW_MILLIS: u64 = 120_000;

const VERSION: u8 = 1;
/// RSA-2048-OAEP-SHA256, AES-256-GCM, RSA-PSS-SHA256.
const SUITE: u8 = 1;
/// Version, suite, account, sender, recipient, message id, sent, expires.
const HEADER: usize = 2 + AccountId::LEN + 2 * DeviceId::LEN + MessageId::LEN + 2 * 8;
/// What a body is padded to, its length included: a relay learns no more than which of these it is.
const BUCKETS: [usize; 5] = [1024, 4 * 1024, 16 * 1024, 64 * 1024, 255 * 1024];

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

impl Header {
    fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER);
        bytes.extend_from_slice(&[VERSION, SUITE]);
        bytes.extend_from_slice(self.account.as_bytes());
        bytes.extend_from_slice(self.sender.as_bytes());
        bytes.extend_from_slice(self.recipient.as_bytes());
        bytes.extend_from_slice(self.id.as_bytes());
        bytes.extend_from_slice(&self.sent.0.to_be_bytes());
        bytes.extend_from_slice(&self.expires.0.to_be_bytes());
        bytes
    }

    fn decode(bytes: &[u8]) -> Result<Self> {
        const MALFORMED: Error = Error::Malformed("envelope");
        let (version, mut rest) = bytes.split_first().ok_or(MALFORMED)?;
        codec::check_version((*version).into(), "envelope", VERSION.into())?;
        if take(&mut rest)? != [SUITE] {
            return Err(MALFORMED);
        }
        Ok(Self {
            account: AccountId(take(&mut rest)?),
            sender: DeviceId(take(&mut rest)?),
            recipient: DeviceId(take(&mut rest)?),
            id: MessageId(take(&mut rest)?),
            sent: UnixMillis(u64::from_be_bytes(take(&mut rest)?)),
            expires: UnixMillis(u64::from_be_bytes(take(&mut rest)?)),
        })
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N]> {
    let (taken, after) = rest.split_first_chunk::<N>().ok_or(Error::Malformed("envelope"))?;
    *rest = after;
    Ok(*taken)
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
        if body.len() > BODY_LIMIT {
            return Err(Error::TooLarge { what: "envelope", limit: BODY_LIMIT });
        }
        if !(1..=LIFETIME_LIMIT_MILLIS).contains(&lifetime_millis) {
            return Err(Error::NotAllowed("an envelope lives at most a week"));
        }
        let wrapping = recipient.wrapping.as_ref().ok_or(Error::NotAllowed("nobody sends envelopes to a browser"))?;
        let header = Header {
            account,
            sender: sender.public().fingerprint(),
            recipient: recipient.fingerprint(),
            id: MessageId::make()?,
            sent: now,
            expires: now.plus(lifetime_millis),
        };
        let content_key = Key256::make()?;
        let mut bytes = header.encode();
        let size = BUCKETS.into_iter().find(|size| body.len() + cipher::LENGTH <= *size).unwrap_or_default();
        let sealed = cipher::seal(&content_key, cipher::pad(body, size)?.expose(), &bytes)?;
        bytes.extend_from_slice(&wrapping.wrap(&content_key)?.0);
        bytes.extend_from_slice(&sealed);
        let signature = sender.sign(Context::Envelope, &bytes).await?;
        bytes.extend_from_slice(&signature.0);
        Self::parse(&bytes)
    }

    /// Parses foreign bytes; checks form and version, nothing else.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        if bytes.len() > LIMIT {
            return Err(Error::TooLarge { what: "envelope", limit: LIMIT });
        }
        let header = Header::decode(bytes)?;
        let sealed = bytes.len().checked_sub(HEADER + 2 * BLOCK + cipher::NONCE + cipher::TAG);
        if !sealed.is_some_and(|size| BUCKETS.contains(&size)) {
            return Err(Error::Malformed("envelope"));
        }
        Ok(Self { header, bytes: bytes.to_vec() })
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
        if self.header.account != log.account() || self.header.recipient != me {
            return Err(Error::WrongRecipient);
        }
        let sender = &log.active(self.header.sender)?.device;
        if sender.kind == DeviceKind::Browser {
            return Err(Error::NotAllowed("a browser sends no envelopes"));
        }
        let (signed, signature) = self.bytes.split_last_chunk::<BLOCK>().ok_or(Error::Malformed("envelope"))?;
        sender.keys.verifying.verify(Context::Envelope, signed, &Signature(signature.to_vec()), "envelope")?;
        Ok(Verified(self))
    }
}

impl Verified {
    /// Checks time (at most two minutes from the future) and replay.
    pub fn admit(self, guard: &mut impl ReplayGuard, now: UnixMillis) -> Result<Admitted> {
        let Header { sender, id, sent, expires, .. } = self.0.header;
        if sent > now.plus(CLOCK_SKEW_MILLIS) {
            return Err(Error::FromFuture);
        }
        if expires <= now {
            return Err(Error::Expired);
        }
        if expires > sent.plus(LIFETIME_LIMIT_MILLIS) || expires <= sent {
            return Err(Error::NotAllowed("an envelope lives at most a week"));
        }
        if !guard.admit(sender, id, expires) {
            return Err(Error::Replayed);
        }
        Ok(Admitted(self.0))
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
        let (header, rest) = self.0.bytes.split_at_checked(HEADER).ok_or(Error::CannotOpen)?;
        let (wrapped, rest) = rest.split_at_checked(BLOCK).ok_or(Error::CannotOpen)?;
        let (sealed, _signature) = rest.split_last_chunk::<BLOCK>().ok_or(Error::CannotOpen)?;
        let content_key = keys.unwrap_key(&WrappedKey(wrapped.to_vec())).await?;
        cipher::unpad(&cipher::open(&content_key, sealed, header)?)
    }
}

#[cfg(test)]
#[cfg(feature = "native")]
mod tests {
    use super::*;
    use crate::testing::*;
    use std::collections::HashSet;

    #[derive(Default)]
    struct Seen(HashSet<(DeviceId, MessageId)>);

    impl ReplayGuard for Seen {
        fn admit(&mut self, sender: DeviceId, id: MessageId, _expires: UnixMillis) -> bool {
            self.0.insert((sender, id))
        }
    }

    fn sealed(body: &[u8]) -> Envelope {
        let account = log().account();
        run(Envelope::seal(&*DESKTOP, account, PHONE.public(), NOW, 60_000, body)).unwrap()
    }

    #[test]
    fn travels() {
        let bytes = sealed(b"hello").as_bytes().to_vec();
        let verified = Envelope::parse(&bytes).unwrap().verify(&log_of(&bytes), phone().id());
        assert!(verified.is_err(), "another account's log");
        let log = log();
        let envelope = run(Envelope::seal(&*DESKTOP, log.account(), PHONE.public(), NOW, 60_000, b"hello")).unwrap();
        let mut seen = Seen::default();
        let open = |seen: &mut Seen| {
            let admitted = envelope.clone().verify(&log, phone().id())?.admit(seen, NOW)?;
            run(admitted.open(&*PHONE))
        };
        assert_eq!(open(&mut seen).unwrap().expose(), b"hello");
        assert_eq!(open(&mut seen).unwrap_err(), Error::Replayed);
    }

    fn log_of(_: &[u8]) -> Log {
        log()
    }
}
