//! What a desktop asks a phone, and what the phone answers.
//!
//! An [`Ask`] is signed by who asks (the browser profile; for the command line the desktop, never for a fill). A [`Request`] carries it with the seals
//! of the named fields and a fresh HPKE public key. The phone shows what stands inside the seals and the signed ask, and answers with what the action yields, HPKE-sealed to that key
//! and bound to the request's hash.

use crate::{
    Error, Result, codec,
    compare::Compared,
    context::{self, Context},
    field::{self, FieldCiphertext, FieldSeal, Policy},
    id::{AccountId, DeviceId, FieldId, Hash, ItemId, RequestId, UnixMillis},
    kdf, kem,
    keys::{Sign, Signature},
    log::{self, DeviceKind, Entry, Log, SignedEntry},
    origin::{OriginChain, Site},
    secret::{Key256, SecretBytes, random},
};
use serde::{Deserialize, Serialize};

/// The largest encoded request in bytes.
pub const REQUEST_LIMIT: usize = 240 * 1024;
/// How long a request waits for its answer, in milliseconds.
pub const LIFETIME_MILLIS: u64 = 120_000;

/// The most fields of a fill.
pub const FILL_LIMIT: usize = 8;
/// The most fields of a reseal.
pub const RESEAL_LIMIT: usize = 32;
/// The largest answer in bytes.
pub const ANSWER_LIMIT: usize = 240 * 1024;
/// Version of [`Ask`], [`Request`] and [`Answer`]. An action that comes later comes with a higher one: a phone that does not know it says so ([`Newer`]).
pub const VERSION: u16 = 1;

/// The two-digit number that the asker draws and shows, and the user types on the phone: 10 to 99.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Number(u8);

impl Number {
    /// Draws one, uniformly.
    pub fn make() -> Result<Self> {
        loop {
            // 180 is the largest multiple of the 90 numbers that fits a byte.
            let [drawn] = random::<1>()?;
            if drawn < 180 {
                return Ok(Self(10 + drawn % 90));
            }
        }
    }

    /// The number.
    #[must_use]
    pub const fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for Number {
    type Error = crate::Error;

    fn try_from(number: u8) -> Result<Self> {
        if (10..=99).contains(&number) { Ok(Self(number)) } else { Err(crate::Error::Malformed("number")) }
    }
}

impl From<Number> for u8 {
    fn from(number: Number) -> Self {
        number.0
    }
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Action {
    /// The content keys of these fields, to be filled into the last frame of this chain.
    Fill {
        /// The item.
        item: ItemId,
        /// Its fields, 1 to 8.
        fields: Vec<FieldId>,
        /// Where.
        chain: OriginChain,
        /// What it has to do with another fill of the same sign-in.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        sign_in: Option<SignIn>,
        /// Whether the form is submitted then: only where the seals say so ([`Policy::submit_after_fill`]).
        #[serde(default, skip_serializing_if = "field::is_off")]
        submit: bool,
    },
    /// A one-time code of this seed, to be shown to who asks, who copies it: nothing is filled. No follow-up grants it ([`crate::follow_up`]).
    Copy {
        /// The item.
        item: ItemId,
        /// The seed.
        field: FieldId,
        /// The page that it is for.
        chain: OriginChain,
    },
    /// New seals for these fields with this meaning in place of the old one.
    Reseal {
        /// The item.
        item: ItemId,
        /// All its sealed fields, 1 to 32.
        fields: Vec<FieldId>,
        /// The new title.
        title: String,
        /// The new sites.
        sites: Vec<Site>,
        /// The new policy.
        policy: Policy,
    },
    /// Whether the value that comes with the request is the one that this field has: yes or no ([`crate::compare`]).
    Compare {
        /// The item.
        item: ItemId,
        /// Its password.
        field: FieldId,
    },
    /// A signature under this device-log entry ([`crate::log::Entry`], encoded), which adds a device. The new device itself signs the ask.
    AddDevice {
        /// The encoded draft.
        #[serde(with = "serde_bytes")]
        entry: Vec<u8>,
    },
}

/// How two fills belong to one sign-in, in one tab of one browser: the browser's word, which it signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignIn {
    /// The one-time code of the same item may be asked for next ([`crate::follow_up`]).
    Begins {
        /// Its seed, which is not among the fields that are asked for now.
        code: FieldId,
    },
    /// This is that code, and the only field asked for.
    Follows {
        /// The request that began the sign-in.
        request: RequestId,
    },
}

/// The part that the asker signs ([`crate::context::Context::Request`]).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ask {
    /// Format version; 1.
    pub version: u16,
    /// The account.
    pub account: AccountId,
    /// Drawn by the asker.
    pub id: RequestId,
    /// By the asker's clock.
    pub time: UnixMillis,
    /// Who asks.
    pub asker: DeviceId,
    /// What for.
    pub action: Action,
    /// What the user types.
    pub number: Number,
}

/// An ask as sent: the signed bytes and the signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedAsk {
    /// The encoded [`Ask`].
    #[serde(with = "serde_bytes")]
    pub bytes: Vec<u8>,
    /// The asker's signature.
    pub signature: Signature,
}

impl SignedAsk {
    /// Encodes and signs.
    pub async fn make(ask: &Ask, keys: &impl Sign) -> Result<Self> {
        ask.action.check()?;
        let bytes = codec::to_vec(ask)?;
        let signature = keys.sign(Context::Request, &bytes).await?;
        Ok(Self { bytes, signature })
    }

    /// Decodes without verifying: to look at one's own.
    pub fn ask(&self) -> Result<Ask> {
        let ask: Ask = codec::from_slice_versioned(&self.bytes, "request", REQUEST_LIMIT, VERSION)?;
        ask.action.check()?;
        Ok(ask)
    }

    /// Verifies that an active browser of `log` (for other actions than fill also a desktop) signed it; for [`Action::AddDevice`] that the new device itself did.
    pub fn verify(&self, log: &Log) -> Result<Ask> {
        let ask = self.ask()?;
        if ask.account != log.account() {
            return Err(Error::WrongRecipient);
        }
        let verify = |asker: &log::Device| {
            asker.keys.verifying.verify(Context::Request, &self.bytes, &self.signature, "request")
        };
        if let Action::AddDevice { entry } = &ask.action {
            let device = added_device(&Entry::from_bytes(entry)?)?;
            if device.id() != ask.asker {
                return Err(Error::NotAllowed("a new device asks for itself"));
            }
            verify(&device)?;
            return Ok(ask);
        }
        let asker = &log.active(ask.asker)?.device;
        match (asker.kind, &ask.action) {
            (DeviceKind::Browser, _) => {}
            (DeviceKind::Desktop, Action::Reseal { .. } | Action::Compare { .. }) => {}
            _ => return Err(Error::NotAllowed("this device may not ask for that")),
        }
        verify(asker)?;
        Ok(ask)
    }
}

impl Action {
    /// Checks counts and texts; that nothing is named twice.
    pub fn check(&self) -> Result<()> {
        match self {
            Self::Fill { fields, sign_in, .. } => {
                check_fields(fields, FILL_LIMIT)?;
                check_sign_in(fields, *sign_in)
            }
            Self::Reseal { fields, title, sites, .. } => {
                check_fields(fields, RESEAL_LIMIT)?;
                field::check_item(title, sites)
            }
            Self::Copy { .. } | Self::Compare { .. } => Ok(()),
            Self::AddDevice { entry } => added_device(&Entry::from_bytes(entry)?)?.check(),
        }
    }

    /// The item and the fields whose seals go with the request.
    #[must_use]
    pub fn fields(&self) -> Option<(ItemId, &[FieldId])> {
        match self {
            Self::Fill { item, fields, .. } | Self::Reseal { item, fields, .. } => Some((*item, fields)),
            Self::Copy { item, field, .. } | Self::Compare { item, field } => {
                Some((*item, core::slice::from_ref(field)))
            }
            Self::AddDevice { .. } => None,
        }
    }
}

fn check_fields(fields: &[FieldId], limit: usize) -> Result<()> {
    let is_repeated = |(index, field): (usize, &FieldId)| fields.iter().skip(index + 1).any(|other| other == field);
    if fields.is_empty() || fields.len() > limit || fields.iter().enumerate().any(is_repeated) {
        return Err(Error::Malformed("fields"));
    }
    Ok(())
}

fn check_sign_in(fields: &[FieldId], sign_in: Option<SignIn>) -> Result<()> {
    let is_sound = match sign_in {
        None => true,
        Some(SignIn::Begins { code }) => !fields.contains(&code),
        Some(SignIn::Follows { .. }) => fields.len() == 1,
    };
    if is_sound { Ok(()) } else { Err(Error::Malformed("sign-in")) }
}

/// The device that an entry adds; another entry is not allowed here.
pub(crate) fn added_device(entry: &Entry) -> Result<log::Device> {
    match &entry.action {
        log::Action::AddDevice { device } => Ok(device.clone()),
        _ => Err(Error::NotAllowed("only an entry that adds a device is signed on request")),
    }
}

/// The public half of a fresh HPKE pair (X-Wing, 1216 bytes). Its private half lives in the asking desktop's memory only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReplyKey(#[serde(with = "serde_bytes")] pub Vec<u8>);

/// The private half of a [`ReplyKey`].
pub struct ReplySecret(SecretBytes);

impl ReplySecret {
    fn make() -> Result<(Self, ReplyKey)> {
        let (secret, public) = kem::derive_pair(&Key256::make()?);
        Ok((Self(secret), ReplyKey(public)))
    }
}

impl core::fmt::Debug for ReplySecret {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("ReplySecret(…)")
    }
}

/// HPKE's info of a yield: the request's hash and the phone that answers.
fn yield_info(hash: Hash, device: DeviceId) -> Vec<u8> {
    kdf::join(&[context::YIELD.as_bytes(), hash.as_bytes(), device.as_bytes()])
}

/// A seed of one-time codes as it lies in the vault. Its content key is inside the field's seal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedSeed {
    /// Which of the ask's fields it is.
    pub field: FieldId,
    /// The encrypted seed.
    pub ciphertext: FieldCiphertext,
    /// Where the counter of a counter-based seed stands (RFC 4226); it is no secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counter: Option<u64>,
}

/// The most bytes of a sealed seed: an `otpauth:` address has a few hundred.
const SEED_LIMIT: usize = 4096;

/// What goes to the phone in an envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// Format version; 1.
    pub version: u16,
    /// The signed ask.
    pub ask: SignedAsk,
    /// The seals of the named fields, in the ask's order.
    pub seals: Vec<FieldSeal>,
    /// The sealed seeds of those fields that are of one-time codes: the phone, which has no replica, answers their codes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seeds: Vec<SealedSeed>,
    /// What is compared: for [`Action::Compare`] alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub compared: Option<Compared>,
    /// Where the answer's yield is sealed to.
    pub reply_key: ReplyKey,
    /// Head of the sender's device log.
    pub log_head: Hash,
}

/// A request of a version that came after this program: all of it that can be read is what an answer is bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Newer {
    id: RequestId,
    hash: Hash,
}

impl Newer {
    /// Decodes foreign bytes that [`Request::from_bytes`] calls newer. The sender is whoever signed the envelope; nothing else in it is known to be true.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        #[derive(Deserialize)]
        struct Outer {
            ask: Signed,
        }
        #[derive(Deserialize)]
        struct Signed {
            #[serde(with = "serde_bytes")]
            bytes: Vec<u8>,
        }
        #[derive(Deserialize)]
        struct Inner {
            id: RequestId,
        }
        let Outer { ask } = codec::from_slice(bytes, "request", REQUEST_LIMIT)?;
        let Inner { id } = codec::from_slice(&ask.bytes, "request", REQUEST_LIMIT)?;
        Ok(Self { id, hash: Hash::of(bytes) })
    }
}

impl Request {
    /// Encodes; the hash of these bytes is what the answer is bound to.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let bytes = codec::to_vec(self)?;
        if bytes.len() > REQUEST_LIMIT {
            return Err(Error::TooLarge { what: "request", limit: REQUEST_LIMIT });
        }
        Ok(bytes)
    }

    /// Decodes foreign bytes and returns their hash too.
    pub fn from_bytes(bytes: &[u8]) -> Result<(Self, Hash)> {
        let request: Self = codec::from_slice_versioned(bytes, "request", REQUEST_LIMIT, VERSION)?;
        request.check()?;
        Ok((request, Hash::of(bytes)))
    }

    /// Checks that there is one seal for each field of the ask, at most one seed, and that the reply key is a key.
    fn check(&self) -> Result<()> {
        let ask = self.ask.ask()?;
        let fields = ask.action.fields().map_or(&[][..], |(_, fields)| fields);
        if self.seals.len() != fields.len() {
            return Err(Error::Malformed("seals"));
        }
        let is_sound = |(index, seed): (usize, &SealedSeed)| {
            let is_first = !self.seeds.iter().take(index).any(|other| other.field == seed.field);
            is_first && fields.contains(&seed.field) && seed.ciphertext.0.len() <= SEED_LIMIT
        };
        if !self.seeds.iter().enumerate().all(is_sound) {
            return Err(Error::Malformed("seeds"));
        }
        if self.compared.is_some() != matches!(ask.action, Action::Compare { .. }) {
            return Err(Error::Malformed("compared"));
        }
        self.compared.as_ref().map_or(Ok(()), Compared::check)?;
        kem::check_public(&self.reply_key.0)
    }
}

/// Why a phone says no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Refusal {
    /// The user refused.
    Refused,
    /// The user says that somebody else asked: requests are muted and the daemon locks.
    NotMe,
    /// The typed number is wrong: the request is over.
    WrongNumber,
    /// The page is not among the sites inside the seal.
    OtherSite,
    /// The request, its signatures or its seals are not in order.
    Invalid,
    /// The request came too late, or one of the clocks is wrong.
    Expired,
    /// This phone app does not know the action: update it.
    Unsupported,
    /// Too many requests: answer or cancel the first, or wait.
    Busy,
    /// The two device logs differ: bring them together first.
    LogsDiffer,
}

/// A one-time code of a moment (RFC 6238).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OneTimeCode {
    /// Its 6 to 8 digits.
    pub digits: SecretBytes,
    /// Milliseconds from the answer until it is over.
    pub remaining_millis: u64,
}

/// What a phone answers in place of a seed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Codes {
    /// Of a seed by time: the code of now, and the next.
    Timed([OneTimeCode; 2]),
    /// Of a seed by counter: its code for the counter of the request, good until the site has seen it or a later one.
    Counted {
        /// Its 6 to 8 digits.
        digits: SecretBytes,
        /// The counter: whoever releases the code stores a higher one first.
        counter: u64,
    },
}

/// What an approval yields.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Yield {
    /// What the fields of a fill are opened with: content keys, by field and value version; and codes in place of the seeds that make them.
    Release {
        /// Content keys.
        keys: Vec<(FieldId, u32, Key256)>,
        /// Codes.
        codes: Vec<(FieldId, Codes)>,
    },
    /// New seals, by field.
    Seals(Vec<(FieldId, FieldSeal)>),
    /// A signed device-log entry.
    Entry(SignedEntry),
    /// Whether the compared values are equal.
    Equal(bool),
}

/// A phone's decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// Yes: an HPKE-sealed [`Yield`] (encapsulated key, then ciphertext), with the request's hash in its info.
    Approved {
        /// HPKE encapsulated key.
        #[serde(with = "serde_bytes")]
        encapsulated: Vec<u8>,
        /// HPKE ciphertext.
        #[serde(with = "serde_bytes")]
        ciphertext: Vec<u8>,
    },
    /// No.
    Refused(Refusal),
}

/// The signed part of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// Format version; 1.
    pub version: u16,
    /// The request's id.
    pub request: RequestId,
    /// The request's hash.
    pub request_hash: Hash,
    /// The phone.
    pub device: DeviceId,
    /// By the phone's clock.
    pub time: UnixMillis,
    /// Head of the phone's copy of the device log.
    pub log_head: Hash,
    /// Yes or no.
    pub decision: Decision,
}

/// An answer as sent: the signed bytes and the signature ([`crate::context::Context::Answer`]).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedAnswer {
    /// The encoded [`Answer`].
    #[serde(with = "serde_bytes")]
    pub bytes: Vec<u8>,
    /// The phone's signature.
    pub signature: Signature,
}

/// What the asking desktop keeps in memory until the answer comes.
pub struct Pending {
    /// Which request.
    pub id: RequestId,
    /// Its hash.
    pub hash: Hash,
    secret: ReplySecret,
}

impl Pending {
    /// Makes the request for a signed ask, with a fresh reply key.
    pub fn make(ask: SignedAsk, seals: Vec<FieldSeal>, log_head: Hash) -> Result<(Self, Request)> {
        Self::make_with_seeds(ask, seals, Vec::new(), log_head)
    }

    /// The same, for fields of which some are answered by codes.
    pub fn make_with_seeds(
        ask: SignedAsk,
        seals: Vec<FieldSeal>,
        seeds: Vec<SealedSeed>,
        log_head: Hash,
    ) -> Result<(Self, Request)> {
        Self::make_with(ask, (seals, seeds, None), log_head)
    }

    /// The same, to have two values compared.
    pub fn make_to_compare(
        ask: SignedAsk,
        seal: FieldSeal,
        compared: Compared,
        log_head: Hash,
    ) -> Result<(Self, Request)> {
        Self::make_with(ask, (vec![seal], Vec::new(), Some(compared)), log_head)
    }

    /// With all that may go along: seals, seeds, and what is compared.
    pub fn make_with(
        ask: SignedAsk,
        (seals, seeds, compared): (Vec<FieldSeal>, Vec<SealedSeed>, Option<Compared>),
        log_head: Hash,
    ) -> Result<(Self, Request)> {
        let (secret, reply_key) = ReplySecret::make()?;
        let request = Request { version: VERSION, ask, seals, seeds, compared, reply_key, log_head };
        request.check()?;
        let hash = Hash::of(&request.to_bytes()?);
        Ok((Self { id: request.ask.ask()?.id, hash, secret }, request))
    }

    /// Verifies that an active approver of `log` answered this request, and opens what it yields.
    pub fn finish(self, answer: &SignedAnswer, log: &Log) -> Result<core::result::Result<Yield, Refusal>> {
        let decoded: Answer = codec::from_slice_versioned(&answer.bytes, "answer", ANSWER_LIMIT, VERSION)?;
        let phone = log.active(decoded.device)?;
        if !phone.approver {
            return Err(Error::NotAllowed("only an approver answers"));
        }
        phone.device.keys.verifying.verify(Context::Answer, &answer.bytes, &answer.signature, "answer")?;
        if decoded.request != self.id || decoded.request_hash != self.hash {
            return Err(Error::NotAllowed("the answer is to another request"));
        }
        let (encapsulated, ciphertext) = match &decoded.decision {
            Decision::Refused(refusal) => return Ok(Err(*refusal)),
            Decision::Approved { encapsulated, ciphertext } => (encapsulated, ciphertext),
        };
        let opened = kem::open(&self.secret.0, &yield_info(self.hash, decoded.device), encapsulated, ciphertext)?;
        let yields: Yield = codec::from_slice(opened.expose(), "yield", ANSWER_LIMIT)?;
        // A phone that knows more of the log than we do must not be answered from our older copy. What it signs just now it may count in.
        let is_new = matches!(&yields, Yield::Entry(entry) if entry.hash() == decoded.log_head);
        if !is_new && !log.contains(decoded.log_head) {
            return Err(Error::OutOfOrder);
        }
        Ok(Ok(yields))
    }
}

impl core::fmt::Debug for Pending {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Pending({})", self.id)
    }
}

impl SignedAnswer {
    /// Refuses.
    pub async fn refuse(
        request: &Request,
        hash: Hash,
        refusal: Refusal,
        device: DeviceId,
        keys: &impl Sign,
        log_head: Hash,
        now: UnixMillis,
    ) -> Result<Self> {
        Self::make(request.ask.ask()?.id, hash, Decision::Refused(refusal), device, keys, log_head, now).await
    }

    /// Says of a request that this program is too old for it.
    pub async fn refuse_newer(
        newer: Newer,
        device: DeviceId,
        keys: &impl Sign,
        log_head: Hash,
        now: UnixMillis,
    ) -> Result<Self> {
        let Newer { id, hash } = newer;
        Self::make(id, hash, Decision::Refused(Refusal::Unsupported), device, keys, log_head, now).await
    }

    /// Approves: seals `yields` to the request's reply key.
    pub async fn approve(
        request: &Request,
        hash: Hash,
        yields: &Yield,
        device: DeviceId,
        keys: &impl Sign,
        log_head: Hash,
        now: UnixMillis,
    ) -> Result<Self> {
        let plaintext = SecretBytes::new(codec::to_vec(yields)?);
        let (encapsulated, ciphertext) =
            kem::seal(&request.reply_key.0, &yield_info(hash, device), plaintext.expose())?;
        let decision = Decision::Approved { encapsulated, ciphertext };
        Self::make(request.ask.ask()?.id, hash, decision, device, keys, log_head, now).await
    }

    async fn make(
        id: RequestId,
        hash: Hash,
        decision: Decision,
        device: DeviceId,
        keys: &impl Sign,
        log_head: Hash,
        now: UnixMillis,
    ) -> Result<Self> {
        let answer =
            Answer { version: VERSION, request: id, request_hash: hash, device, time: now, log_head, decision };
        let bytes = codec::to_vec(&answer)?;
        let signature = keys.sign(Context::Answer, &bytes).await?;
        Ok(Self { bytes, signature })
    }
}

#[cfg(test)]
#[cfg(feature = "native")]
mod tests {
    use super::*;
    use crate::{field::FieldKind, testing::*};

    struct Asked {
        log: Log,
        pending: Pending,
        request: Request,
        hash: Hash,
        field: FieldId,
        key: Key256,
    }

    fn ask_fill() -> Asked {
        let log = log();
        let (item, field, key) = (ItemId::make().unwrap(), FieldId::make().unwrap(), Key256::make().unwrap());
        let chain = OriginChain::new(vec![origin("https://login.example.com")]).unwrap();
        let ask = Ask {
            version: VERSION,
            account: log.account(),
            id: RequestId::make().unwrap(),
            time: NOW,
            asker: browser().id(),
            action: Action::Fill { item, fields: vec![field], chain, sign_in: None, submit: false },
            number: Number::make().unwrap(),
        };
        let signed = run(SignedAsk::make(&ask, &*BROWSER)).unwrap();
        assert_eq!(signed.verify(&log), Ok(ask));
        let seal = seal(&meaning(log.account(), item, field, FieldKind::Password), &key);
        let (pending, request) = Pending::make(signed, vec![seal], log.head()).unwrap();
        let (received, hash) = Request::from_bytes(&request.to_bytes().unwrap()).unwrap();
        assert_eq!((&received, hash), (&request, pending.hash));
        Asked { log, pending, request, hash, field, key }
    }

    #[test]
    fn an_approval_yields_the_keys() {
        let Asked { log, pending, request, hash, field, key } = ask_fill();
        let yields = Yield::Release { keys: vec![(field, 3, key.clone())], codes: vec![] };
        let answer =
            run(SignedAnswer::approve(&request, hash, &yields, phone().id(), &*PHONE, log.head(), NOW)).unwrap();
        match pending.finish(&answer, &log).unwrap().unwrap() {
            Yield::Release { keys, codes } => assert_eq!((keys, codes), (vec![(field, 3, key)], vec![])),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_request_that_is_newer_is_refused_as_such() {
        #[derive(Serialize)]
        struct Later {
            version: u16,
            id: RequestId,
            action: &'static str,
            window: u8,
        }
        #[derive(Serialize)]
        struct LaterRequest {
            version: u16,
            ask: SignedAsk,
            colour: u8,
        }
        let Asked { log, mut pending, request, .. } = ask_fill();
        let id = request.ask.ask().unwrap().id;
        let inner = Later { version: VERSION + 1, id, action: "dance", window: 7 };
        let ask = SignedAsk { bytes: codec::to_vec(&inner).unwrap(), ..request.ask };
        let bytes = codec::to_vec(&LaterRequest { version: VERSION + 1, ask, colour: 3 }).unwrap();
        assert!(matches!(Request::from_bytes(&bytes), Err(Error::NewerVersion { .. })));
        let newer = Newer::from_bytes(&bytes).unwrap();
        let answer = run(SignedAnswer::refuse_newer(newer, phone().id(), &*PHONE, log.head(), NOW)).unwrap();
        // Bound to just that request.
        assert_eq!(finish(ask_fill(), &answer), Error::NotAllowed("the answer is to another request"));
        pending.hash = Hash::of(&bytes);
        assert_eq!(pending.finish(&answer, &log).unwrap().unwrap_err(), Refusal::Unsupported);
        for bytes in [&b""[..], b"\xa0", &codec::to_vec(&3_u8).unwrap()] {
            assert!(Newer::from_bytes(bytes).is_err());
        }
    }

    #[test]
    fn a_refusal_yields_its_reason() {
        let Asked { log, pending, request, hash, .. } = ask_fill();
        let head = log.head();
        let answer = run(SignedAnswer::refuse(&request, hash, Refusal::NotMe, phone().id(), &*PHONE, head, NOW));
        assert_eq!(pending.finish(&answer.unwrap(), &log).unwrap().unwrap_err(), Refusal::NotMe);
    }

    fn approve(asked: &Asked) -> SignedAnswer {
        let yields = Yield::Release { keys: vec![(asked.field, 3, asked.key.clone())], codes: vec![] };
        let Asked { request, hash, log, .. } = asked;
        run(SignedAnswer::approve(request, *hash, &yields, phone().id(), &*PHONE, log.head(), NOW)).unwrap()
    }

    /// Signs again what was changed, as a phone could.
    fn change(
        answer: &SignedAnswer,
        keys: &crate::native::NativeKeys,
        change: impl FnOnce(&mut Answer),
    ) -> SignedAnswer {
        let mut decoded: Answer = codec::from_slice(&answer.bytes, "answer", ANSWER_LIMIT).unwrap();
        change(&mut decoded);
        let bytes = codec::to_vec(&decoded).unwrap();
        let signature = run(keys.sign(Context::Answer, &bytes)).unwrap();
        SignedAnswer { bytes, signature }
    }

    fn finish(asked: Asked, answer: &SignedAnswer) -> Error {
        asked.pending.finish(answer, &asked.log).unwrap_err()
    }

    #[test]
    fn an_answer_to_another_request_opens_nothing() {
        let other = Error::NotAllowed("the answer is to another request");
        let earlier = approve(&ask_fill());
        let asked = ask_fill();
        let log = &asked.log;
        // The earlier answer came from another account's phone with the same key, so it is known here.
        assert!(log.active(phone().id()).is_ok());
        assert_eq!(finish(asked, &earlier), other);
        let asked = ask_fill();
        let answer = change(&approve(&asked), &PHONE, |answer| answer.request_hash.0[0] ^= 1);
        assert_eq!(finish(asked, &answer), other);
        let asked = ask_fill();
        let answer = change(&approve(&asked), &PHONE, |answer| answer.request.0[0] ^= 1);
        assert_eq!(finish(asked, &answer), other);
    }

    #[test]
    fn a_recorded_yield_does_not_open_under_another_request() {
        // The patched daemon swaps the recorded decision into a fresh answer: the key pair and the hash are others.
        let recorded: Answer = codec::from_slice(&approve(&ask_fill()).bytes, "answer", ANSWER_LIMIT).unwrap();
        let asked = ask_fill();
        let answer = change(&approve(&asked), &PHONE, |answer| answer.decision = recorded.decision);
        assert_eq!(finish(asked, &answer), Error::CannotOpen);
        // The same reply key under another hash: the info differs.
        let asked = ask_fill();
        let yields = Yield::Release { keys: vec![], codes: vec![] };
        let (head, hash) = (asked.log.head(), Hash([9; 32]));
        let sealed = run(SignedAnswer::approve(&asked.request, hash, &yields, phone().id(), &*PHONE, head, NOW));
        let answer = change(&sealed.unwrap(), &PHONE, |answer| answer.request_hash = asked.hash);
        assert_eq!(finish(asked, &answer), Error::CannotOpen);
    }

    #[test]
    fn only_an_active_approver_answers() {
        let asked = ask_fill();
        let answer = change(&approve(&asked), &DESKTOP, |answer| answer.device = desktop().id());
        assert_eq!(finish(asked, &answer), Error::NotAllowed("only an approver answers"));
        let asked = ask_fill();
        let answer = change(&approve(&asked), &STRANGER, |_| {});
        assert_eq!(finish(asked, &answer), Error::BadSignature("answer"));
        let asked = ask_fill();
        let answer = change(&approve(&asked), &STRANGER, |answer| answer.device = DeviceId([0; 32]));
        assert_eq!(finish(asked, &answer), Error::UnknownDevice);
        let mut asked = ask_fill();
        let answer = approve(&asked);
        let suspend = crate::log::Action::SuspendDevice { device: phone().id() };
        extend(&mut asked.log, &DESKTOP, &desktop(), suspend);
        assert_eq!(finish(asked, &answer), Error::UnknownDevice);
    }

    #[test]
    fn a_phone_that_knows_more_is_not_answered_from_an_older_log() {
        let asked = ask_fill();
        let answer = change(&approve(&asked), &PHONE, |answer| answer.log_head = Hash([4; 32]));
        assert_eq!(finish(asked, &answer), Error::OutOfOrder);
    }

    #[test]
    fn a_newer_answer_says_so() {
        let asked = ask_fill();
        let answer = change(&approve(&asked), &PHONE, |answer| answer.version = 2);
        assert_eq!(finish(asked, &answer), Error::NewerVersion { what: "answer", found: 2, known: 1 });
    }

    #[test]
    fn seeds_are_those_of_the_ask_and_each_once() {
        let log = log();
        let ask = ask_with(&log, browser().id(), fill(2));
        let signed = run(SignedAsk::make(&ask, &*BROWSER)).unwrap();
        let seal_of = |field: u8| {
            let meaning = meaning(log.account(), ItemId([1; 16]), FieldId([field; 16]), FieldKind::OneTimeCodeSeed);
            seal(&meaning, &Key256::new([field; 32]))
        };
        let seals = vec![seal_of(0), seal_of(1)];
        let seed = |field: u8, length: usize| SealedSeed {
            field: FieldId([field; 16]),
            ciphertext: FieldCiphertext(vec![1; length]),
            counter: (field == 0).then_some(7),
        };
        let make = |seeds: Vec<SealedSeed>| {
            let (_, request) = Pending::make_with_seeds(signed.clone(), seals.clone(), seeds, log.head())?;
            Request::from_bytes(&request.to_bytes()?).map(|(decoded, _)| assert_eq!(decoded, request))
        };
        assert_eq!(make(vec![]), Ok(()));
        assert_eq!(make(vec![seed(0, 64), seed(1, SEED_LIMIT)]), Ok(()));
        let bad = Err(Error::Malformed("seeds"));
        assert_eq!(make(vec![seed(2, 64)]), bad, "of no field of the ask");
        assert_eq!(make(vec![seed(1, 64), seed(1, 64)]), bad, "twice");
        assert_eq!(make(vec![seed(1, SEED_LIMIT + 1)]), bad, "too long");
    }

    #[test]
    fn numbers_are_two_digits_and_all_come_up() {
        for number in [0, 9, 100, 255] {
            assert!(Number::try_from(number).is_err());
        }
        let drawn: std::collections::BTreeSet<_> = (0..4000).map(|_| Number::make().unwrap().get()).collect();
        assert_eq!(drawn, (10..=99).collect());
    }

    fn ask_with(log: &Log, asker: DeviceId, action: Action) -> Ask {
        let (id, number) = (RequestId([1; 16]), Number(42));
        Ask { version: VERSION, account: log.account(), id, time: NOW, asker, action, number }
    }

    fn fill(fields: usize) -> Action {
        let chain = OriginChain::new(vec![origin("https://login.example.com")]).unwrap();
        let fields = (0..fields).map(|index| FieldId([u8::try_from(index).unwrap(); 16])).collect();
        Action::Fill { item: ItemId([1; 16]), fields, chain, sign_in: None, submit: false }
    }

    fn reseal() -> Action {
        let (title, sites, policy) = ("New".into(), vec![], Policy::default());
        Action::Reseal { item: ItemId([1; 16]), fields: vec![FieldId([1; 16])], title, sites, policy }
    }

    #[test]
    fn who_may_ask_for_what() {
        let log = log();
        let ask = |keys: &crate::native::NativeKeys, asker: DeviceId, action: Action| {
            run(SignedAsk::make(&ask_with(&log, asker, action), keys)).unwrap().verify(&log).map(|_| ())
        };
        assert_eq!(ask(&BROWSER, browser().id(), fill(1)), Ok(()));
        assert_eq!(ask(&BROWSER, browser().id(), reseal()), Ok(()));
        assert_eq!(ask(&DESKTOP, desktop().id(), reseal()), Ok(()));
        let not_allowed = Err(Error::NotAllowed("this device may not ask for that"));
        assert_eq!(ask(&DESKTOP, desktop().id(), fill(1)), not_allowed);
        assert_eq!(ask(&PHONE, phone().id(), fill(1)), not_allowed);
        assert_eq!(ask(&PHONE, phone().id(), reseal()), not_allowed);
        assert_eq!(ask(&STRANGER, browser().id(), fill(1)), Err(Error::BadSignature("request")));
        assert_eq!(ask(&STRANGER, DeviceId([0; 32]), fill(1)), Err(Error::UnknownDevice));
        let foreign = run(SignedAsk::make(&ask_with(&new_log(), browser().id(), fill(1)), &*BROWSER)).unwrap();
        assert_eq!(foreign.verify(&log), Err(Error::WrongRecipient));
    }

    fn copy() -> Action {
        let chain = OriginChain::new(vec![origin("https://login.example.com")]).unwrap();
        Action::Copy { item: ItemId([1; 16]), field: FieldId([0; 16]), chain }
    }

    #[test]
    fn only_browsers_ask_for_a_code_to_copy() {
        let log = log();
        let ask = |keys: &crate::native::NativeKeys, asker: DeviceId| {
            run(SignedAsk::make(&ask_with(&log, asker, copy()), keys)).unwrap().verify(&log).map(|ask| ask.action)
        };
        assert_eq!(ask(&BROWSER, browser().id()), Ok(copy()));
        let not_allowed = Err(Error::NotAllowed("this device may not ask for that"));
        assert_eq!(ask(&DESKTOP, desktop().id()), not_allowed);
        assert_eq!(ask(&PHONE, phone().id()), not_allowed);
    }

    #[test]
    fn what_is_copied_stands_in_the_signed_bytes() {
        let log = log();
        let signed = |action: Action| run(SignedAsk::make(&ask_with(&log, browser().id(), action), &*BROWSER)).unwrap();
        let (copies, fills) = (signed(copy()), signed(fill(1)));
        assert_eq!((copies.ask().unwrap().action, fills.ask().unwrap().action), (copy(), fill(1)));
        let swapped = SignedAsk { bytes: copies.bytes, signature: fills.signature };
        assert_eq!(swapped.verify(&log), Err(Error::BadSignature("request")));
    }

    #[test]
    fn asks_are_bounded() {
        assert_eq!(fill(8).check(), Ok(()));
        assert_eq!(fill(0).check(), Err(Error::Malformed("fields")));
        assert_eq!(fill(9).check(), Err(Error::Malformed("fields")));
        let mut twice = fill(2);
        if let Action::Fill { fields, .. } = &mut twice {
            fields[1] = fields[0];
        }
        assert_eq!(twice.check(), Err(Error::Malformed("fields")));
        let with = |fields: usize, is: SignIn| {
            let mut action = fill(fields);
            if let Action::Fill { sign_in, .. } = &mut action {
                *sign_in = Some(is);
            }
            action.check()
        };
        let begins = |code: u8| SignIn::Begins { code: FieldId([code; 16]) };
        let follows = SignIn::Follows { request: RequestId([9; 16]) };
        assert_eq!((with(2, begins(2)), with(1, follows)), (Ok(()), Ok(())));
        assert_eq!(with(2, begins(1)), Err(Error::Malformed("sign-in")), "a code asked for now does not come next");
        assert_eq!(with(2, follows), Err(Error::Malformed("sign-in")), "a follow-up is of the code alone");
        let mut titled = reseal();
        if let Action::Reseal { title, .. } = &mut titled {
            title.push('\n');
        }
        assert_eq!(titled.check(), Err(Error::Malformed("title")));
        assert_eq!(Action::AddDevice { entry: vec![0] }.check(), Err(Error::Malformed("log entry")));
    }

    #[test]
    fn a_request_has_a_seal_for_each_field() {
        let log = log();
        let signed = run(SignedAsk::make(&ask_with(&log, browser().id(), fill(1)), &*BROWSER)).unwrap();
        assert_eq!(Pending::make(signed.clone(), vec![], log.head()).unwrap_err(), Error::Malformed("seals"));
        let Asked { request, .. } = ask_fill();
        let mut without_seals = request.clone();
        without_seals.seals.clear();
        let bytes = without_seals.to_bytes().unwrap();
        assert_eq!(Request::from_bytes(&bytes), Err(Error::Malformed("seals")));
        let mut bad_key = request.clone();
        bad_key.reply_key.0.truncate(100);
        assert!(Request::from_bytes(&bad_key.to_bytes().unwrap()).is_err());
        let mut newer = request;
        newer.version = 2;
        let bytes = newer.to_bytes().unwrap();
        let error = Error::NewerVersion { what: "request", found: 2, known: 1 };
        assert_eq!(Request::from_bytes(&bytes), Err(error));
    }

    #[test]
    fn debug_shows_no_secret() {
        let Asked { pending, .. } = ask_fill();
        assert_eq!(format!("{pending:?}"), format!("Pending({})", pending.id));
        let yields = Yield::Release { keys: vec![(FieldId([0; 16]), 1, Key256::new([0xab; 32]))], codes: vec![] };
        assert!(format!("{yields:?}").contains("Key256(…)"));
        assert_eq!(format!("{:?}", ReplySecret::make().unwrap().0), "ReplySecret(…)");
    }

    mod foreign {
        use super::*;
        use proptest::prelude::*;
        use std::sync::LazyLock;

        static BYTES: LazyLock<(Vec<u8>, SignedAnswer)> = LazyLock::new(|| {
            let asked = ask_fill();
            (asked.request.to_bytes().unwrap(), approve(&asked))
        });

        proptest! {
            #![proptest_config(ProptestConfig::with_cases(64))]

            #[test]
            fn arbitrary_requests_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
                prop_assert!(Request::from_bytes(&bytes).is_err());
                let signature = Signature(vec![0; 256]);
                let ask = SignedAsk { bytes, signature };
                prop_assert!(ask.ask().is_err());
            }

            #[test]
            fn changed_requests_have_another_hash_or_none(index in any::<prop::sample::Index>(), flip in 1u8..) {
                let mut bytes = BYTES.0.clone();
                let index = index.index(bytes.len());
                bytes[index] ^= flip;
                if let Ok((_, hash)) = Request::from_bytes(&bytes) {
                    prop_assert_ne!(hash, Hash::of(&BYTES.0));
                }
            }

            #[test]
            fn cut_requests_are_refused(length in any::<prop::sample::Index>()) {
                let bytes = &BYTES.0;
                prop_assert!(Request::from_bytes(&bytes[..length.index(bytes.len())]).is_err());
            }

            #[test]
            fn changed_answers_open_nothing(index in any::<prop::sample::Index>(), flip in 1u8..) {
                let asked = ask_fill();
                let mut answer = approve(&asked);
                let index = index.index(answer.bytes.len());
                answer.bytes[index] ^= flip;
                prop_assert!(asked.pending.finish(&answer, &asked.log).is_err());
            }
        }
    }
}
