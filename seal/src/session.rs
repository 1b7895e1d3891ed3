//! The session between a paired browser profile and the daemon: a signed ephemeral X25519 exchange (RFC 7748), HKDF-SHA256 (RFC 5869), one AES-256-GCM key a
//! direction, counters as nonces. Each signature covers role, protocol version, both pinned identities, both ephemerals, extension id and profile.
//!
//! ```text
//! browser                         daemon
//!   Hello{…, ephemeral}      →
//!                            ←    Welcome{ephemeral, signature}
//!   Proof{signature}         →
//!   frames                  ⇄     frames
//! ```

use crate::{
    Error, Result, cipher,
    context::{self, Context},
    id::DeviceId,
    kdf,
    keys::{PublicKeys, Sign, Signature},
    secret::{Key256, SecretBytes, random},
};
use serde::{Deserialize, Serialize};
use x25519_dalek::{PublicKey, StaticSecret};

/// The largest plaintext of a frame in bytes: what one native message (1 MiB of JSON) can carry in Base64.
pub const FRAME_LIMIT: usize = 700_000;

/// The longest extension id and profile name in bytes.
const NAME_LIMIT: usize = 256;

/// What both ends must agree on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Setting {
    /// The local protocol's version.
    pub protocol: u16,
    /// The extension's id, as the browser told the native messaging host.
    pub extension: String,
    /// A random name that the extension drew for this browser profile.
    pub profile: String,
}

/// The browser's first message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hello {
    /// What the browser believes.
    pub setting: Setting,
    /// The browser's identity.
    pub browser: DeviceId,
    /// The daemon it wants.
    pub daemon: DeviceId,
    /// X25519 public key.
    #[serde(with = "serde_bytes")]
    pub ephemeral: [u8; 32],
}

/// The daemon's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Welcome {
    /// X25519 public key.
    #[serde(with = "serde_bytes")]
    pub ephemeral: [u8; 32],
    /// The daemon's signature.
    pub signature: Signature,
}

/// The browser's proof of possession.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// The browser's signature.
    pub signature: Signature,
}

/// The browser's side, waiting for [`Welcome`].
pub struct Initiator {
    hello: Hello,
    ephemeral: StaticSecret,
}

/// The daemon's side, waiting for [`Proof`].
pub struct Responder {
    transcript: Transcript,
    channel: Channel,
    browser: DeviceId,
}

/// An established session.
pub struct Channel {
    sending: Direction,
    receiving: Direction,
}

/// One direction's key and the count of its frames, which is the next nonce.
struct Direction {
    key: Key256,
    /// `None` once the session is over.
    count: Option<u64>,
}

/// All that both ends must have seen alike.
struct Transcript(Vec<u8>);

/// Whose signature it is.
#[derive(Clone, Copy)]
enum Role {
    Browser,
    Daemon,
}

impl Initiator {
    /// Begins.
    pub fn start(setting: Setting, browser: DeviceId, daemon: DeviceId) -> Result<(Self, Hello)> {
        setting.check()?;
        let ephemeral = StaticSecret::from(random::<32>()?);
        let hello = Hello { setting, browser, daemon, ephemeral: PublicKey::from(&ephemeral).to_bytes() };
        Ok((Self { hello: hello.clone(), ephemeral }, hello))
    }

    /// Verifies the pinned daemon's signature and proves possession of the browser's key.
    pub async fn finish(self, welcome: &Welcome, daemon: &PublicKeys, keys: &impl Sign) -> Result<(Channel, Proof)> {
        if daemon.fingerprint() != self.hello.daemon {
            return Err(Error::UnknownDevice);
        }
        let transcript = Transcript::new(&self.hello, &welcome.ephemeral);
        transcript.verify(Role::Daemon, daemon, &welcome.signature)?;
        let channel = Channel::derive(Role::Browser, &self.ephemeral, welcome.ephemeral, &transcript)?;
        let signature = keys.sign(Context::Session, &transcript.message(Role::Browser)).await?;
        Ok((channel, Proof { signature }))
    }
}

impl Responder {
    /// Answers a hello that is addressed to this daemon and whose setting matches `expected` (as the native host reported it).
    pub async fn answer(
        hello: Hello,
        expected: &Setting,
        daemon: DeviceId,
        keys: &impl Sign,
    ) -> Result<(Self, Welcome)> {
        hello.setting.check()?;
        hello.setting.check_against(expected)?;
        if hello.daemon != daemon {
            return Err(Error::WrongRecipient);
        }
        let ephemeral = StaticSecret::from(random::<32>()?);
        let public = PublicKey::from(&ephemeral).to_bytes();
        let transcript = Transcript::new(&hello, &public);
        let channel = Channel::derive(Role::Daemon, &ephemeral, hello.ephemeral, &transcript)?;
        let signature = keys.sign(Context::Session, &transcript.message(Role::Daemon)).await?;
        Ok((Self { transcript, channel, browser: hello.browser }, Welcome { ephemeral: public, signature }))
    }

    /// Verifies the browser's proof with its keys from the device log.
    pub fn finish(self, proof: &Proof, browser: &PublicKeys) -> Result<Channel> {
        if browser.fingerprint() != self.browser {
            return Err(Error::UnknownDevice);
        }
        self.transcript.verify(Role::Browser, browser, &proof.signature)?;
        Ok(self.channel)
    }
}

impl Channel {
    fn derive(role: Role, mine: &StaticSecret, theirs: [u8; 32], transcript: &Transcript) -> Result<Self> {
        let shared = mine.diffie_hellman(&PublicKey::from(theirs));
        // A point of low order would make the key independent of our share (RFC 7748, section 6.1).
        if !shared.was_contributory() {
            return Err(Error::Malformed("X25519 public key"));
        }
        let direction = |info: &str| {
            let key = kdf::derive(&[], shared.as_bytes(), &[info.as_bytes(), &[0], &transcript.0])?;
            Ok(Direction { key, count: Some(0) })
        };
        let from_browser = direction(context::SESSION_FROM_BROWSER)?;
        let from_daemon = direction(context::SESSION_FROM_DAEMON)?;
        Ok(match role {
            Role::Browser => Self { sending: from_browser, receiving: from_daemon },
            Role::Daemon => Self { sending: from_daemon, receiving: from_browser },
        })
    }

    /// Encrypts the next frame to send.
    pub fn seal(&mut self, plaintext: &[u8]) -> Result<Vec<u8>> {
        if plaintext.len() > FRAME_LIMIT {
            return Err(Error::TooLarge { what: "frame", limit: FRAME_LIMIT });
        }
        let nonce = self.sending.next()?;
        cipher::seal_at(&self.sending.key, nonce, plaintext, &[])
    }

    /// Decrypts the next received frame. After any error the session is over.
    pub fn open(&mut self, frame: &[u8]) -> Result<SecretBytes> {
        let opened = self.try_open(frame);
        if opened.is_err() {
            self.end();
        }
        opened
    }

    fn try_open(&mut self, frame: &[u8]) -> Result<SecretBytes> {
        if frame.len() > FRAME_LIMIT + cipher::TAG {
            return Err(Error::TooLarge { what: "frame", limit: FRAME_LIMIT });
        }
        let nonce = self.receiving.next()?;
        cipher::open_at(&self.receiving.key, nonce, frame, &[])
    }

    fn end(&mut self) {
        self.sending.count = None;
        self.receiving.count = None;
    }
}

impl Direction {
    fn next(&mut self) -> Result<[u8; cipher::NONCE]> {
        let count = self.count.ok_or(Error::NotAllowed("the session is over"))?;
        self.count = count.checked_add(1);
        let mut nonce = [0; cipher::NONCE];
        if let Some(counter) = nonce.last_chunk_mut::<8>() {
            *counter = count.to_be_bytes();
        }
        Ok(nonce)
    }
}

impl Setting {
    fn check(&self) -> Result<()> {
        if self.extension.len() > NAME_LIMIT || self.profile.len() > NAME_LIMIT {
            return Err(Error::TooLarge { what: "session setting", limit: NAME_LIMIT });
        }
        Ok(())
    }

    fn check_against(&self, expected: &Self) -> Result<()> {
        if self.protocol > expected.protocol {
            return Err(Error::NewerVersion { what: "session", found: self.protocol, known: expected.protocol });
        }
        if self != expected {
            return Err(Error::NotAllowed("the session's setting is not what the native messaging host reported"));
        }
        Ok(())
    }
}

impl Transcript {
    fn new(hello: &Hello, daemon_ephemeral: &[u8; 32]) -> Self {
        let Hello { setting, browser, daemon, ephemeral } = hello;
        Self(kdf::join(&[
            &setting.protocol.to_be_bytes(),
            browser.as_bytes(),
            daemon.as_bytes(),
            ephemeral,
            daemon_ephemeral,
            setting.extension.as_bytes(),
            setting.profile.as_bytes(),
        ]))
    }

    fn message(&self, role: Role) -> Vec<u8> {
        let role: &[u8] = match role {
            Role::Browser => b"browser",
            Role::Daemon => b"daemon",
        };
        kdf::join(&[role, &self.0])
    }

    fn verify(&self, role: Role, signer: &PublicKeys, signature: &Signature) -> Result<()> {
        signer.verifying.verify(Context::Session, &self.message(role), signature, "session")
    }
}

macro_rules! silent {
    ($($name:ident),*) => {$(
        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )*};
}

silent!(Initiator, Responder, Channel);

#[cfg(test)]
#[cfg(feature = "native")]
mod tests {
    use super::*;
    use crate::{keys::DeviceKeys, testing::*};

    fn setting() -> Setting {
        Setting { protocol: 1, extension: "extension@countersign".into(), profile: "profile".into() }
    }

    fn connect() -> (Channel, Channel) {
        let (desktop, browser) = (DESKTOP.public(), BROWSER.public());
        let (initiator, hello) = Initiator::start(setting(), browser.fingerprint(), desktop.fingerprint()).unwrap();
        let (responder, welcome) = run(Responder::answer(hello, &setting(), desktop.fingerprint(), &*DESKTOP)).unwrap();
        let (initiator, proof) = run(initiator.finish(&welcome, desktop, &*BROWSER)).unwrap();
        (initiator, responder.finish(&proof, browser).unwrap())
    }

    #[test]
    fn frames_travel_both_ways_in_order() {
        let (mut browser, mut daemon) = connect();
        for text in ["one", "two", "three"] {
            let frame = browser.seal(text.as_bytes()).unwrap();
            assert_eq!(daemon.open(&frame).unwrap().expose(), text.as_bytes());
            let frame = daemon.seal(text.as_bytes()).unwrap();
            assert_eq!(browser.open(&frame).unwrap().expose(), text.as_bytes());
        }
    }

    #[test]
    fn a_replayed_reordered_or_reflected_frame_ends_the_session() {
        let spoils: [fn(&mut Channel, &mut Channel) -> Vec<u8>; 4] = [
            |browser, daemon| {
                let frame = browser.seal(b"one").unwrap();
                daemon.open(&frame).unwrap();
                frame
            },
            |browser, _| {
                browser.seal(b"lost").unwrap();
                browser.seal(b"two").unwrap()
            },
            |_, daemon| daemon.seal(b"mine").unwrap(),
            |browser, _| {
                let mut frame = browser.seal(b"one").unwrap();
                frame[0] ^= 1;
                frame
            },
        ];
        for spoil in spoils {
            let (mut browser, mut daemon) = connect();
            let frame = spoil(&mut browser, &mut daemon);
            assert_eq!(daemon.open(&frame), Err(Error::CannotOpen));
            let over = Error::NotAllowed("the session is over");
            assert_eq!(daemon.open(&browser.seal(b"next").unwrap()), Err(over.clone()));
            assert_eq!(daemon.seal(b"answer"), Err(over));
        }
    }

    #[test]
    fn frames_are_bounded() {
        let (mut browser, mut daemon) = connect();
        let largest = browser.seal(&vec![0; FRAME_LIMIT]).unwrap();
        assert_eq!(daemon.open(&largest).unwrap().expose().len(), FRAME_LIMIT);
        let too_large = Error::TooLarge { what: "frame", limit: FRAME_LIMIT };
        assert_eq!(browser.seal(&vec![0; FRAME_LIMIT + 1]), Err(too_large.clone()));
        assert_eq!(daemon.open(&vec![0; FRAME_LIMIT + cipher::TAG + 1]), Err(too_large));
    }

    #[test]
    fn sessions_share_no_keys() {
        let ((mut browser, _), (_, mut daemon)) = (connect(), connect());
        assert_eq!(daemon.open(&browser.seal(b"x").unwrap()), Err(Error::CannotOpen));
    }

    fn hello() -> (Initiator, Hello) {
        Initiator::start(setting(), BROWSER.public().fingerprint(), DESKTOP.public().fingerprint()).unwrap()
    }

    #[test]
    fn both_ends_must_be_who_was_pinned() {
        let desktop = DESKTOP.public().fingerprint();
        let answer = |hello, keys: &crate::native::NativeKeys| run(Responder::answer(hello, &setting(), desktop, keys));
        // A daemon without the pinned key.
        let (initiator, sent) = hello();
        let (_, welcome) = answer(sent, &STRANGER).unwrap();
        let finished = run(initiator.finish(&welcome, DESKTOP.public(), &*BROWSER));
        assert_eq!(finished.unwrap_err(), Error::BadSignature("session"));
        let (initiator, _) = hello();
        let finished = run(initiator.finish(&welcome, STRANGER.public(), &*BROWSER));
        assert_eq!(finished.unwrap_err(), Error::UnknownDevice);
        // A browser without the pinned key.
        let (initiator, sent) = hello();
        let (responder, welcome) = answer(sent, &DESKTOP).unwrap();
        let (_, proof) = run(initiator.finish(&welcome, DESKTOP.public(), &*STRANGER)).unwrap();
        assert_eq!(responder.finish(&proof, BROWSER.public()).unwrap_err(), Error::BadSignature("session"));
        // Another daemon's hello.
        let (_, sent) = hello();
        let other = run(Responder::answer(sent, &setting(), phone().id(), &*PHONE));
        assert_eq!(other.unwrap_err(), Error::WrongRecipient);
    }

    #[test]
    fn a_proof_is_for_one_session_and_one_role() {
        let desktop = DESKTOP.public().fingerprint();
        let begin = || {
            let (initiator, sent) = hello();
            let (responder, welcome) = run(Responder::answer(sent, &setting(), desktop, &*DESKTOP)).unwrap();
            let (_, proof) = run(initiator.finish(&welcome, DESKTOP.public(), &*BROWSER)).unwrap();
            (responder, welcome, proof)
        };
        let (first, welcome, _) = begin();
        let (_, _, proof) = begin();
        let bad = Error::BadSignature("session");
        assert_eq!(first.finish(&proof, BROWSER.public()).unwrap_err(), bad);
        // The daemon's own signature, sent back to it, proves nothing.
        let (initiator, mut sent) = hello();
        sent.browser = desktop;
        drop(initiator);
        let (responder, own) = run(Responder::answer(sent, &setting(), desktop, &*DESKTOP)).unwrap();
        let reflected = Proof { signature: own.signature };
        assert_eq!(responder.finish(&reflected, DESKTOP.public()).unwrap_err(), bad);
        let (initiator, _) = hello();
        assert_eq!(run(initiator.finish(&welcome, DESKTOP.public(), &*BROWSER)).unwrap_err(), bad);
    }

    #[test]
    fn the_setting_must_be_what_the_host_reported() {
        let answer = |change: fn(&mut Setting)| {
            let (_, mut sent) = hello();
            change(&mut sent.setting);
            run(Responder::answer(sent, &setting(), DESKTOP.public().fingerprint(), &*DESKTOP)).map(|_| ())
        };
        assert_eq!(answer(|_| {}), Ok(()));
        assert!(matches!(answer(|setting| setting.extension.push('x')), Err(Error::NotAllowed(_))));
        assert!(matches!(answer(|setting| setting.profile.clear()), Err(Error::NotAllowed(_))));
        assert!(matches!(answer(|setting| setting.protocol = 0), Err(Error::NotAllowed(_))));
        let newer = Error::NewerVersion { what: "session", found: 2, known: 1 };
        assert_eq!(answer(|setting| setting.protocol = 2), Err(newer));
        let long = Setting { profile: "x".repeat(NAME_LIMIT + 1), ..setting() };
        assert!(Initiator::start(long, browser().id(), desktop().id()).is_err());
    }

    #[test]
    fn a_changed_setting_or_ephemeral_breaks_the_signature() {
        let desktop = DESKTOP.public().fingerprint();
        for change in [|hello: &mut Hello| hello.ephemeral[0] ^= 1, |hello: &mut Hello| hello.setting.profile.push('x')]
        {
            let (initiator, mut sent) = hello();
            change(&mut sent);
            let reported = sent.setting.clone();
            let (_, welcome) = run(Responder::answer(sent, &reported, desktop, &*DESKTOP)).unwrap();
            let finished = run(initiator.finish(&welcome, DESKTOP.public(), &*BROWSER));
            assert_eq!(finished.unwrap_err(), Error::BadSignature("session"));
        }
    }

    #[test]
    fn points_of_low_order_are_refused() {
        // Zero, one, and p - 1 (order 4), from the list in RFC 7748's security considerations.
        let mut last = [0xff; 32];
        (last[0], last[31]) = (0xec, 0x7f);
        let mut one = [0; 32];
        one[0] = 1;
        for ephemeral in [[0; 32], one, last] {
            let (_, mut sent) = hello();
            sent.ephemeral = ephemeral;
            let answered = run(Responder::answer(sent, &setting(), DESKTOP.public().fingerprint(), &*DESKTOP));
            assert_eq!(answered.unwrap_err(), Error::Malformed("X25519 public key"));
        }
    }

    #[test]
    fn debug_shows_nothing() {
        let (browser, daemon) = connect();
        assert_eq!(format!("{browser:?} {daemon:?} {:?}", hello().0), "Channel(…) Channel(…) Initiator(…)");
    }
}
