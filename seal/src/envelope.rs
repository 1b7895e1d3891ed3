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
    use crate::{log::Action, testing::*};
    use proptest::prelude::*;
    use std::{cell::Cell, collections::HashSet, sync::LazyLock};

    #[derive(Default)]
    struct Seen(HashSet<(DeviceId, MessageId)>);

    impl ReplayGuard for Seen {
        fn admit(&mut self, sender: DeviceId, id: MessageId, _expires: UnixMillis) -> bool {
            self.0.insert((sender, id))
        }
    }

    static LOG: LazyLock<Log> = LazyLock::new(log);

    fn sealed(body: &[u8]) -> Envelope {
        run(Envelope::seal(&*DESKTOP, LOG.account(), PHONE.public(), NOW, 60_000, body)).unwrap()
    }

    fn receive(bytes: &[u8], now: UnixMillis) -> Result<SecretBytes> {
        let verified = Envelope::parse(bytes)?.verify(&LOG, phone().id())?;
        run(verified.admit(&mut Seen::default(), now)?.open(&*PHONE))
    }

    /// Signs again what was changed, as a patched sender would.
    fn resign(mut bytes: Vec<u8>) -> Vec<u8> {
        use crate::keys::Sign;
        bytes.truncate(bytes.len() - BLOCK);
        let signature = run(DESKTOP.sign(Context::Envelope, &bytes)).unwrap();
        bytes.extend_from_slice(&signature.0);
        bytes
    }

    #[test]
    fn arrives_once() {
        let envelope = sealed(b"hello");
        let mut seen = Seen::default();
        let mut receive = || {
            let admitted = envelope.clone().verify(&LOG, phone().id())?.admit(&mut seen, NOW)?;
            run(admitted.open(&*PHONE))
        };
        assert_eq!(receive().unwrap().expose(), b"hello");
        assert_eq!(receive().unwrap_err(), Error::Replayed);
    }

    #[test]
    fn is_padded_to_buckets() {
        let size = |body: usize| sealed(&vec![1; body]).as_bytes().len();
        assert_eq!(size(0), size(1020));
        assert_eq!(size(1021), size(4092));
        assert!(size(1020) < size(1021) && size(BODY_LIMIT) <= LIMIT);
        let too_large = vec![0; BODY_LIMIT + 1];
        let made = run(Envelope::seal(&*DESKTOP, LOG.account(), PHONE.public(), NOW, 1, &too_large));
        assert_eq!(made.unwrap_err(), Error::TooLarge { what: "envelope", limit: BODY_LIMIT });
    }

    #[test]
    fn only_a_known_active_device_is_heard() {
        let from = |keys: &crate::native::NativeKeys| {
            run(Envelope::seal(keys, LOG.account(), PHONE.public(), NOW, 60_000, b"x")).unwrap()
        };
        assert_eq!(from(&STRANGER).verify(&LOG, phone().id()).unwrap_err(), Error::UnknownDevice);
        let mut log = LOG.clone();
        extend(&mut log, &PHONE, &phone(), Action::SuspendDevice { device: desktop().id() });
        assert_eq!(from(&DESKTOP).verify(&log, phone().id()).unwrap_err(), Error::UnknownDevice);
        extend(&mut log, &PHONE, &phone(), Action::ResumeDevice { device: desktop().id() });
        assert!(from(&DESKTOP).verify(&log, phone().id()).is_ok());
        extend(&mut log, &PHONE, &phone(), Action::RemoveDevice { device: desktop().id() });
        assert_eq!(from(&DESKTOP).verify(&log, phone().id()).unwrap_err(), Error::UnknownDevice);
    }

    #[test]
    fn a_browser_sends_and_receives_none() {
        let mut bytes = sealed(b"x").as_bytes().to_vec();
        bytes[34..66].copy_from_slice(browser().id().as_bytes());
        let verified = Envelope::parse(&bytes).unwrap().verify(&LOG, phone().id());
        assert_eq!(verified.unwrap_err(), Error::NotAllowed("a browser sends no envelopes"));
        let made = run(Envelope::seal(&*DESKTOP, LOG.account(), &browser().keys, NOW, 1, b"x"));
        assert_eq!(made.unwrap_err(), Error::NotAllowed("nobody sends envelopes to a browser"));
    }

    #[test]
    fn another_recipient_and_another_account_are_refused() {
        assert_eq!(sealed(b"x").verify(&LOG, desktop().id()).unwrap_err(), Error::WrongRecipient);
        assert_eq!(sealed(b"x").verify(&new_log(), phone().id()).unwrap_err(), Error::WrongRecipient);
    }

    #[test]
    fn time_is_checked() {
        let envelope = sealed(b"x");
        let at = |now: u64| receive(envelope.as_bytes(), UnixMillis(now)).map(|_| ());
        assert_eq!(at(NOW.0 - CLOCK_SKEW_MILLIS), Ok(()));
        assert_eq!(at(NOW.0 - CLOCK_SKEW_MILLIS - 1), Err(Error::FromFuture));
        assert_eq!(at(NOW.0 + 59_999), Ok(()));
        assert_eq!(at(NOW.0 + 60_000), Err(Error::Expired));
        for lifetime in [0, LIFETIME_LIMIT_MILLIS + 1] {
            let made = run(Envelope::seal(&*DESKTOP, LOG.account(), PHONE.public(), NOW, lifetime, b"x"));
            assert!(matches!(made, Err(Error::NotAllowed(_))));
        }
        // A sender of its own making cannot live longer either.
        let mut bytes = envelope.as_bytes().to_vec();
        bytes[122..130].copy_from_slice(&(NOW.0 + LIFETIME_LIMIT_MILLIS + 1).to_be_bytes());
        assert!(matches!(receive(&resign(bytes), NOW), Err(Error::NotAllowed(_))));
    }

    #[test]
    fn an_expired_envelope_is_not_remembered() {
        let mut seen = Seen::default();
        let verified = sealed(b"x").verify(&LOG, phone().id()).unwrap();
        assert!(verified.admit(&mut seen, NOW.plus(60_000)).is_err());
        assert!(seen.0.is_empty());
    }

    #[test]
    fn a_newer_version_says_so() {
        let mut bytes = sealed(b"x").as_bytes().to_vec();
        bytes[0] = 2;
        let newer = Error::NewerVersion { what: "envelope", found: 2, known: 1 };
        assert_eq!(Envelope::parse(&bytes).unwrap_err(), newer);
        bytes[0] = 1;
        bytes[1] = 2;
        assert_eq!(Envelope::parse(&bytes).unwrap_err(), Error::Malformed("envelope"));
    }

    /// Fails the test if a private key is used.
    struct Untouched(Cell<u32>);

    impl Unwrap for Untouched {
        async fn unwrap_key(&self, _wrapped: &WrappedKey) -> Result<Key256> {
            self.0.set(self.0.get() + 1);
            Err(Error::CannotOpen)
        }
    }

    #[test]
    fn the_private_key_waits_for_the_signature() {
        let keys = Untouched(Cell::new(0));
        let mut bytes = sealed(b"x").as_bytes().to_vec();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        let opened = Envelope::parse(&bytes)
            .and_then(|envelope| envelope.verify(&LOG, phone().id()))
            .and_then(|verified| verified.admit(&mut Seen::default(), NOW))
            .map(|admitted| run(admitted.open(&keys)));
        assert_eq!(opened.unwrap_err(), Error::BadSignature("envelope"));
        assert_eq!(keys.0.get(), 0);
    }

    #[test]
    fn what_cannot_be_opened_says_no_more() {
        let bytes = sealed(b"x").as_bytes().to_vec();
        // Message id (header, so additional data), wrapped key, nonce, ciphertext, tag: each signed again.
        for index in [100, HEADER, HEADER + BLOCK, HEADER + BLOCK + 20, bytes.len() - BLOCK - 1] {
            let mut spoiled = bytes.clone();
            spoiled[index] ^= 1;
            assert_eq!(receive(&resign(spoiled), NOW).unwrap_err(), Error::CannotOpen, "{index}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn every_byte_is_signed(index in any::<prop::sample::Index>(), flip in 1u8..) {
            let mut bytes = sealed(b"hello").as_bytes().to_vec();
            let index = index.index(bytes.len());
            bytes[index] ^= flip;
            prop_assert!(receive(&bytes, NOW).is_err());
        }

        #[test]
        fn a_cut_envelope_is_malformed(length in 0usize..1900) {
            let bytes = sealed(b"hello").as_bytes().to_vec();
            if length < bytes.len() {
                prop_assert!(Envelope::parse(&bytes[..length]).is_err());
            }
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
            let _ = Envelope::parse(&bytes);
        }
    }
}
