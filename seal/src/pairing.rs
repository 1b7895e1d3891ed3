//! Adding a device.
//!
//! **By link** (phone): a QR code or link holds the desktop's fingerprint and a one-time secret; both messages carry a MAC over both identities and are encrypted under keys derived from
//! that secret. Two minutes, single use.
//!
//! **By code** (browser): six digits through SPAKE2 with both fingerprints and the account in the transcript, and explicit key confirmation. A wrong
//! guess burns the code.

use crate::{
    Error, Result, cipher, codec,
    context::{self, Context},
    id::{AccountId, DeviceId},
    kdf,
    log::{Device, DeviceKind, Log, SignedEntry},
    secret::{Key256, SecretBytes, random, rng},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use spake2::{Ed25519Group, Identity, Password, Spake2};
use subtle::ConstantTimeEq;

/// How long a link or a code is good for, in milliseconds.
pub const LIFETIME_MILLIS: u64 = 120_000;
/// The largest pairing message in bytes.
pub const MESSAGE_LIMIT: usize = 256 * 1024;
/// The longest relay origin in a link, in bytes.
const RELAY_LIMIT: usize = 512;
/// The longest fragment in characters.
const FRAGMENT_LIMIT: usize = 2048;
/// Version of [`Link`] and of its messages.
const VERSION: u16 = 1;

/// What a pairing link holds. It stands in the URL's fragment, Base64url (RFC 4648) of its CBOR, and never reaches a server.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
        if relay.len() > RELAY_LIMIT {
            return Err(Error::TooLarge { what: "relay origin", limit: RELAY_LIMIT });
        }
        Ok(Self { version: VERSION, relay, slot: random()?, account, shower, secret: Key256::make()? })
    }

    /// For a URL's fragment.
    pub fn to_fragment(&self) -> Result<String> {
        let bytes = SecretBytes::new(codec::to_vec(self)?);
        Ok(URL_SAFE_NO_PAD.encode(bytes.expose()))
    }

    /// Parses a URL's fragment, without its `#`.
    pub fn from_fragment(fragment: &str) -> Result<Self> {
        if fragment.len() > FRAGMENT_LIMIT {
            return Err(Error::TooLarge { what: "pairing link", limit: FRAGMENT_LIMIT });
        }
        let bytes = URL_SAFE_NO_PAD.decode(fragment).map(SecretBytes::new);
        let bytes = bytes.map_err(|_| Error::Malformed("pairing link"))?;
        let link: Self = codec::from_slice_versioned(bytes.expose(), "pairing link", FRAGMENT_LIMIT, VERSION)?;
        if link.relay.len() > RELAY_LIMIT {
            return Err(Error::TooLarge { what: "relay origin", limit: RELAY_LIMIT });
        }
        Ok(link)
    }

    /// The phone's message: its device record, encrypted, with a MAC over both identities.
    pub fn hello(&self, joiner: &Device) -> Result<Vec<u8>> {
        joiner.check()?;
        self.seal(context::LINK_HELLO, joiner.id(), joiner)
    }

    /// Opens [`Link::hello`] on the desktop.
    pub fn open_hello(&self, message: &[u8]) -> Result<Device> {
        let Sealed { joiner, body } = self.open::<Device>(context::LINK_HELLO, message)?;
        body.check()?;
        if body.id() != joiner { Err(Error::Malformed("pairing message")) } else { Ok(body) }
    }

    /// The desktop's message: the whole log, in which the phone is listed by now.
    pub fn welcome(&self, joiner: DeviceId, log: &[SignedEntry]) -> Result<Vec<u8>> {
        self.seal(context::LINK_WELCOME, joiner, &log)
    }

    /// Opens [`Link::welcome`] on the phone: verifies the MAC, the whole log, that its account and shower are the link's, and that it lists `joiner`.
    pub fn open_welcome(&self, joiner: DeviceId, message: &[u8]) -> Result<crate::log::Log> {
        let sealed = self.open::<Vec<SignedEntry>>(context::LINK_WELCOME, message)?;
        let log = Log::verify(sealed.body)?;
        if sealed.joiner != joiner || log.account() != self.account {
            return Err(Error::WrongRecipient);
        }
        log.active(self.shower)?;
        log.active(joiner)?;
        Ok(log)
    }

    /// `body` with a MAC over both identities, encrypted.
    fn seal<T: Serialize>(&self, info: &str, joiner: DeviceId, body: &T) -> Result<Vec<u8>> {
        let body = codec::to_vec(body)?;
        let mac = kdf::authenticate(&self.key(context::LINK_MAC)?, &[&self.identities(info, joiner, &body)])?;
        let mut message = vec![MESSAGE_VERSION];
        let sealed = codec::to_vec(&Authenticated { joiner, body, mac })?;
        message.extend_from_slice(&cipher::seal(&self.key(info)?, &sealed, &[MESSAGE_VERSION])?);
        if message.len() > MESSAGE_LIMIT {
            return Err(Error::TooLarge { what: "pairing message", limit: MESSAGE_LIMIT });
        }
        Ok(message)
    }

    fn open<T: DeserializeOwned>(&self, info: &str, message: &[u8]) -> Result<Sealed<T>> {
        if message.len() > MESSAGE_LIMIT {
            return Err(Error::TooLarge { what: "pairing message", limit: MESSAGE_LIMIT });
        }
        let (version, sealed) = message.split_first().ok_or(Error::Malformed("pairing message"))?;
        codec::check_version((*version).into(), "pairing message", MESSAGE_VERSION.into())?;
        let opened = cipher::open(&self.key(info)?, sealed, &[MESSAGE_VERSION])?;
        let Authenticated { joiner, body, mac } = codec::from_slice(opened.expose(), "pairing message", MESSAGE_LIMIT)?;
        let key = self.key(context::LINK_MAC)?;
        kdf::check(&key, &[&self.identities(info, joiner, &body)], &mac, "pairing message")?;
        Ok(Sealed { joiner, body: codec::from_slice(&body, "pairing message", MESSAGE_LIMIT)? })
    }

    fn key(&self, info: &str) -> Result<Key256> {
        kdf::derive(&self.slot, self.secret.expose(), &[info.as_bytes()])
    }

    /// What the MAC covers: direction, relay, account, both identities and the body.
    fn identities<'a>(&'a self, info: &'a str, joiner: DeviceId, body: &'a [u8]) -> Vec<u8> {
        kdf::join(&[
            info.as_bytes(),
            self.relay.as_bytes(),
            self.account.as_bytes(),
            self.shower.as_bytes(),
            joiner.as_bytes(),
            body,
        ])
    }
}

/// Version byte of a link's messages.
const MESSAGE_VERSION: u8 = 1;

/// What is encrypted in a link's message.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Authenticated {
    joiner: DeviceId,
    #[serde(with = "serde_bytes")]
    body: Vec<u8>,
    #[serde(with = "serde_bytes")]
    mac: [u8; 32],
}

/// What an authentic message holds.
struct Sealed<T> {
    joiner: DeviceId,
    body: T,
}

/// Six digits. `Debug` shows none.
#[derive(Clone)]
pub struct Code(SecretBytes);

/// How many codes there are.
const CODES: u32 = 1_000_000;

impl Code {
    /// Draws a code, uniformly.
    pub fn make() -> Result<Self> {
        // The largest multiple of a million below 2^32: what lies above would favour small codes.
        const FAIR: u32 = u32::MAX - u32::MAX % CODES;
        loop {
            let drawn = u32::from_be_bytes(random()?);
            if drawn < FAIR {
                return Ok(Self(SecretBytes::from(format!("{:06}", drawn % CODES))));
            }
        }
    }

    /// Parses six ASCII digits; spaces and hyphens between them are ignored.
    pub fn parse(text: &str) -> Result<Self> {
        let digits = SecretBytes::new(text.bytes().filter(|byte| !matches!(byte, b' ' | b'-')).collect());
        let is_code = digits.expose().len() == 6 && digits.expose().iter().all(u8::is_ascii_digit);
        if is_code { Ok(Self(digits)) } else { Err(Error::Malformed("code")) }
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
#[serde(deny_unknown_fields)]
pub struct CodeOffer {
    /// The account.
    pub account: AccountId,
    /// The daemon's device record.
    pub daemon: Device,
}

/// Browser → daemon: SPAKE2's first message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodeStart {
    /// The browser's device record.
    pub browser: Device,
    /// SPAKE2 message.
    #[serde(with = "serde_bytes")]
    pub message: Vec<u8>,
}

/// Daemon → browser: SPAKE2's second message and the daemon's key confirmation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
#[serde(deny_unknown_fields)]
pub struct CodeConfirm {
    /// HMAC-SHA256 over the transcript.
    #[serde(with = "serde_bytes")]
    pub confirmation: [u8; 32],
}

/// The browser's side: the user types the code.
pub struct CodeTyper {
    offer: CodeOffer,
    start: CodeStart,
    exchange: Spake2<Ed25519Group>,
}

/// The daemon's side: it showed the code. One guess; drop it after an error.
pub struct CodeShower {
    browser: Device,
    confirmation: [u8; 32],
}

impl CodeTyper {
    /// Begins with what the user typed.
    pub fn start(offer: CodeOffer, browser: Device, code: &Code) -> Result<(Self, CodeStart)> {
        offer.daemon.check()?;
        browser.check()?;
        let (typer, shower) = identities(&offer, &browser);
        let (exchange, message) = Spake2::start_a_with_rng(&password(code), &typer, &shower, rng()?);
        let start = CodeStart { browser, message };
        Ok((Self { offer, start: start.clone(), exchange }, start))
    }

    /// Checks the daemon's confirmation; a wrong code is [`crate::Error::BadSignature`].
    pub fn finish(self, reply: &CodeReply) -> Result<CodeConfirm> {
        let Self { offer, start, exchange } = self;
        let shared = finish_exchange(exchange, &reply.message)?;
        let transcript = transcript(&offer, &start, &reply.message)?;
        let shower = confirmation_key(&shared, context::CODE_SHOWER)?;
        kdf::check(&shower, &[&transcript], &reply.confirmation, "code")?;
        let typer = confirmation_key(&shared, context::CODE_TYPER)?;
        Ok(CodeConfirm { confirmation: kdf::authenticate(&typer, &[&transcript])? })
    }
}

impl CodeShower {
    /// Answers the browser's start.
    pub fn answer(offer: CodeOffer, code: &Code, start: &CodeStart) -> Result<(Self, CodeReply)> {
        start.browser.check()?;
        if start.browser.kind != DeviceKind::Browser {
            return Err(Error::NotAllowed("only a browser joins by code"));
        }
        let (typer, shower) = identities(&offer, &start.browser);
        let (exchange, message) = Spake2::start_b_with_rng(&password(code), &typer, &shower, rng()?);
        let shared = finish_exchange(exchange, &start.message)?;
        let transcript = transcript(&offer, start, &message)?;
        let expected = kdf::authenticate(&confirmation_key(&shared, context::CODE_TYPER)?, &[&transcript])?;
        let confirmation = kdf::authenticate(&confirmation_key(&shared, context::CODE_SHOWER)?, &[&transcript])?;
        Ok((Self { browser: start.browser.clone(), confirmation: expected }, CodeReply { message, confirmation }))
    }

    /// Checks the browser's confirmation; returns the now proven device.
    pub fn finish(self, confirm: &CodeConfirm) -> Result<Device> {
        if !bool::from(self.confirmation.ct_eq(&confirm.confirmation)) {
            return Err(Error::BadSignature("code"));
        }
        Ok(self.browser)
    }
}

fn password(code: &Code) -> Password {
    Password::new(code.0.expose())
}

/// SPAKE2's identities: account and fingerprint of the side that types, then of the side that shows.
fn identities(offer: &CodeOffer, browser: &Device) -> (Identity, Identity) {
    let identity = |device: &Device| {
        Identity::new(&kdf::join(&[
            Context::Pairing.as_str().as_bytes(),
            offer.account.as_bytes(),
            device.id().as_bytes(),
        ]))
    };
    (identity(browser), identity(&offer.daemon))
}

fn finish_exchange(exchange: Spake2<Ed25519Group>, message: &[u8]) -> Result<SecretBytes> {
    exchange.finish(message).map(SecretBytes::new).map_err(|_| Error::Malformed("pairing message"))
}

/// What both sides confirm to have seen alike: account, both whole device records (name and kind too) and both messages.
fn transcript(offer: &CodeOffer, start: &CodeStart, reply: &[u8]) -> Result<Vec<u8>> {
    Ok(kdf::join(&[
        Context::Pairing.as_str().as_bytes(),
        offer.account.as_bytes(),
        &codec::to_vec(&offer.daemon)?,
        &codec::to_vec(&start.browser)?,
        &start.message,
        reply,
    ]))
}

fn confirmation_key(shared: &SecretBytes, info: &str) -> Result<Key256> {
    kdf::derive(&[], shared.expose(), &[info.as_bytes()])
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

silent!(CodeTyper, CodeShower);

#[cfg(test)]
#[cfg(feature = "native")]
mod tests {
    use super::*;
    use crate::{keys::DeviceKeys, testing::*};

    fn pair(typed: &Code, shown: &Code) -> Result<Device> {
        let offer = CodeOffer { account: log().account(), daemon: desktop() };
        let (typer, start) = CodeTyper::start(offer.clone(), browser(), typed)?;
        let (shower, reply) = CodeShower::answer(offer, shown, &start)?;
        shower.finish(&typer.finish(&reply)?)
    }

    #[test]
    fn the_right_code_pairs_and_a_wrong_one_does_not() {
        let code = Code::parse("123 456").unwrap();
        assert_eq!(pair(&code, &code), Ok(browser()));
        assert_eq!(pair(&Code::parse("123457").unwrap(), &code), Err(Error::BadSignature("code")));
    }

    #[test]
    fn a_link_pairs() {
        let log = log();
        let link = Link::make("https://relay.example".into(), log.account(), desktop().id()).unwrap();
        let other = Link::from_fragment(&link.to_fragment().unwrap()).unwrap();
        let hello = other.hello(&phone()).unwrap();
        assert_eq!(link.open_hello(&hello), Ok(phone()));
        let welcome = link.welcome(phone().id(), log.entries()).unwrap();
        assert_eq!(other.open_welcome(phone().id(), &welcome), Ok(log));
    }

    #[test]
    fn codes_are_six_digits() {
        for text in ["123456", "123 456", " 12-34-56 "] {
            assert_eq!(Code::parse(text).unwrap().digits(), Ok("123456"));
        }
        for text in ["", "12345", "1234567", "12345a", "١٢٣٤٥٦", "+12345"] {
            assert_eq!(Code::parse(text).unwrap_err(), Error::Malformed("code"), "{text:?}");
        }
        let drawn: std::collections::HashSet<_> =
            (0..20).map(|_| Code::make().unwrap().digits().unwrap().to_owned()).collect();
        assert!(drawn.len() > 15 && drawn.iter().all(|digits| digits.len() == 6));
    }

    fn offer() -> CodeOffer {
        CodeOffer { account: crate::id::AccountId([5; 32]), daemon: desktop() }
    }

    /// Pairs with messages and views that somebody in the middle changed.
    fn pair_with(
        change_offer: fn(&mut CodeOffer),
        change_start: fn(&mut CodeStart),
        change_reply: fn(&mut CodeReply),
        change_confirm: fn(&mut CodeConfirm),
    ) -> Result<Device> {
        let code = Code::parse("123456").unwrap();
        let mut seen = offer();
        change_offer(&mut seen);
        let (typer, mut start) = CodeTyper::start(seen, browser(), &code)?;
        change_start(&mut start);
        let (shower, mut reply) = CodeShower::answer(offer(), &code, &start)?;
        change_reply(&mut reply);
        let mut confirm = typer.finish(&reply)?;
        change_confirm(&mut confirm);
        shower.finish(&confirm)
    }

    #[test]
    fn whoever_sits_between_cannot_change_a_thing() {
        assert_eq!(pair_with(|_| {}, |_| {}, |_| {}, |_| {}), Ok(browser()));
        let bad = Err(Error::BadSignature("code"));
        assert_eq!(pair_with(|offer| offer.account.0[0] ^= 1, |_| {}, |_| {}, |_| {}), bad);
        assert_eq!(pair_with(|offer| offer.daemon.name.push('x'), |_| {}, |_| {}, |_| {}), bad);
        assert_eq!(pair_with(|offer| offer.daemon.keys = STRANGER.public().clone(), |_| {}, |_| {}, |_| {}), bad);
        assert_eq!(pair_with(|_| {}, |start| start.browser.name.push('x'), |_| {}, |_| {}), bad);
        let steal: fn(&mut CodeStart) = |start| start.browser.keys.verifying = STRANGER.public().verifying.clone();
        assert_eq!(pair_with(|_| {}, steal, |_| {}, |_| {}), bad);
        assert_eq!(pair_with(|_| {}, |_| {}, |reply| reply.confirmation[0] ^= 1, |_| {}), bad);
        assert_eq!(pair_with(|_| {}, |_| {}, |_| {}, |confirm| confirm.confirmation[0] ^= 1), bad);
        // The other side's confirmation, reflected.
        let code = Code::parse("123456").unwrap();
        let (_, start) = CodeTyper::start(offer(), browser(), &code).unwrap();
        let (shower, reply) = CodeShower::answer(offer(), &code, &start).unwrap();
        assert_eq!(shower.finish(&CodeConfirm { confirmation: reply.confirmation }), bad);
        // The message itself, reflected or cut.
        let malformed = Err(Error::Malformed("pairing message"));
        assert_eq!(pair_with(|_| {}, |start| start.message.truncate(5), |_| {}, |_| {}), malformed);
        let (typer, start) = CodeTyper::start(offer(), browser(), &code).unwrap();
        let reflected = CodeReply { message: start.message, confirmation: [0; 32] };
        assert!(typer.finish(&reflected).is_err());
    }

    #[test]
    fn only_a_browser_joins_by_code() {
        let code = Code::make().unwrap();
        let (_, start) = CodeTyper::start(offer(), phone(), &code).unwrap();
        assert_eq!(
            CodeShower::answer(offer(), &code, &start).unwrap_err(),
            Error::NotAllowed("only a browser joins by code")
        );
    }

    fn link(log: &Log) -> Link {
        Link::make("https://relay.example".into(), log.account(), desktop().id()).unwrap()
    }

    #[test]
    fn a_link_is_for_its_account_its_shower_and_one_joiner() {
        let log = log();
        let link = link(&log);
        let welcome = |link: &Link, joiner, log: &Log| link.welcome(joiner, log.entries()).unwrap();
        let open = |message: &[u8]| link.open_welcome(phone().id(), message).map(|_| ());
        assert_eq!(open(&welcome(&link, phone().id(), &log)), Ok(()));
        assert_eq!(open(&welcome(&link, browser().id(), &log)), Err(Error::WrongRecipient));
        let other = log_without_approver();
        assert_eq!(open(&welcome(&link, phone().id(), &other)), Err(Error::WrongRecipient));
        let too_early = new_log();
        let early = Link { account: too_early.account(), ..link.clone() };
        let unlisted = early.open_welcome(phone().id(), &welcome(&early, phone().id(), &too_early));
        assert_eq!(unlisted.unwrap_err(), Error::UnknownDevice);
        let another = Link { secret: Key256::make().unwrap(), ..link.clone() };
        assert_eq!(open(&welcome(&another, phone().id(), &log)), Err(Error::CannotOpen));
        let by_another = Link { shower: browser().id(), ..link.clone() };
        assert_eq!(open(&welcome(&by_another, phone().id(), &log)), Err(Error::BadSignature("pairing message")));
        // One direction's message is not the other's.
        assert_eq!(open(&link.hello(&phone()).unwrap()), Err(Error::CannotOpen));
        assert_eq!(link.open_hello(&welcome(&link, phone().id(), &log)), Err(Error::CannotOpen));
    }

    #[test]
    fn messages_and_fragments_are_parsed_strictly() {
        let link = link(&log());
        let hello = link.hello(&phone()).unwrap();
        for length in 0..hello.len() {
            assert!(link.open_hello(&hello[..length]).is_err());
        }
        let mut newer = hello.clone();
        newer[0] = 2;
        assert!(matches!(link.open_hello(&newer), Err(Error::NewerVersion { found: 2, .. })));
        assert!(matches!(link.open_hello(&vec![1; MESSAGE_LIMIT + 1]), Err(Error::TooLarge { .. })));
        let fragment = link.to_fragment().unwrap();
        for length in 0..fragment.len() {
            assert!(Link::from_fragment(&fragment[..length]).is_err());
        }
        for text in ["", "#", "====", "not a link", &"A".repeat(FRAGMENT_LIMIT + 1)] {
            assert!(Link::from_fragment(text).is_err());
        }
        let later = Link { version: 2, ..link.clone() }.to_fragment().unwrap();
        assert!(matches!(Link::from_fragment(&later), Err(Error::NewerVersion { found: 2, .. })));
    }

    #[test]
    fn debug_shows_no_secret() {
        let mut link = link(&log());
        link.secret = Key256::new([0xab; 32]);
        assert!(format!("{link:?}").contains("secret: Key256(…)"));
        let code = Code::parse("123456").unwrap();
        let (typer, start) = CodeTyper::start(offer(), browser(), &code).unwrap();
        let (shower, _) = CodeShower::answer(offer(), &code, &start).unwrap();
        assert_eq!(format!("{code:?} {typer:?} {shower:?}"), "Code(…) CodeTyper(…) CodeShower(…)");
    }
}
