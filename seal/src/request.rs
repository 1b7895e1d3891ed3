//! What a desktop asks a phone, and what the phone answers.
//!
//! An [`Ask`] is signed by who asks (the browser profile; for the command line the desktop, never for a fill). A [`Request`] carries it with the seals
//! of the named fields and a fresh HPKE public key. The phone shows what stands inside the seals and the signed ask, and answers with what the action yields, HPKE-sealed to that key
//! and bound to the request's hash.

use crate::{
    Result,
    field::{FieldSeal, Policy},
    id::{AccountId, DeviceId, FieldId, Hash, ItemId, RequestId, UnixMillis},
    keys::{Sign, Signature},
    log::{Log, SignedEntry},
    origin::{OriginChain, Site},
    secret::Key256,
};
use serde::{Deserialize, Serialize};

/// The largest encoded request in bytes.
pub const REQUEST_LIMIT: usize = 128 * 1024;
/// How long a request waits for its answer, in milliseconds.
pub const LIFETIME_MILLIS: u64 = 120_000;

/// The two-digit number that the asker draws and shows, and the user types on the phone: 10 to 99.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Number(u8);

impl Number {
    /// Draws one, uniformly.
    pub fn make() -> Result<Self> {
        todo!()
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
    /// A signature under this device-log entry ([`crate::log::Entry`], encoded), which adds a device. The new device itself signs the ask.
    AddDevice {
        /// The encoded draft.
        #[serde(with = "serde_bytes")]
        entry: Vec<u8>,
    },
}

/// The part that the asker signs ([`crate::context::Context::Request`]).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
        let _ = (ask, keys);
        todo!()
    }

    /// Decodes without verifying: to look at one's own.
    pub fn ask(&self) -> Result<Ask> {
        todo!()
    }

    /// Verifies that an active browser of `log` (for other actions than fill also a desktop) signed it; for [`Action::AddDevice`] that the new device itself did.
    pub fn verify(&self, log: &Log) -> Result<Ask> {
        let _ = log;
        todo!()
    }
}

/// The public half of a fresh HPKE pair (X-Wing, 1216 bytes). Its private half lives in the asking desktop's memory only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReplyKey(#[serde(with = "serde_bytes")] pub Vec<u8>);

/// The private half of a [`ReplyKey`].
pub struct ReplySecret(#[expect(dead_code, reason = "filled in next")] crate::secret::SecretBytes);

/// What goes to the phone in an envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// Format version; 1.
    pub version: u16,
    /// The signed ask.
    pub ask: SignedAsk,
    /// The seals of the named fields, in the ask's order.
    pub seals: Vec<FieldSeal>,
    /// Where the answer's yield is sealed to.
    pub reply_key: ReplyKey,
    /// Head of the sender's device log.
    pub log_head: Hash,
}

impl Request {
    /// Encodes; the hash of these bytes is what the answer is bound to.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        crate::codec::to_vec(self)
    }

    /// Decodes foreign bytes and returns their hash too.
    pub fn from_bytes(bytes: &[u8]) -> Result<(Self, Hash)> {
        let _ = bytes;
        todo!()
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
}

/// What an approval yields.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Yield {
    /// Content keys, by field and value version.
    Keys(Vec<(FieldId, u32, Key256)>),
    /// New seals, by field.
    Seals(Vec<(FieldId, FieldSeal)>),
    /// A signed device-log entry.
    Entry(SignedEntry),
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
    #[expect(dead_code, reason = "filled in next")]
    secret: ReplySecret,
}

impl Pending {
    /// Makes the request for a signed ask, with a fresh reply key.
    pub fn make(ask: SignedAsk, seals: Vec<FieldSeal>, log_head: Hash) -> Result<(Self, Request)> {
        let _ = (ask, seals, log_head);
        todo!()
    }

    /// Verifies that an active approver of `log` answered this request, and opens what it yields.
    pub fn finish(self, answer: &SignedAnswer, log: &Log) -> Result<core::result::Result<Yield, Refusal>> {
        let _ = (answer, log);
        todo!()
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
        let _ = (request, hash, refusal, device, keys, log_head, now);
        todo!()
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
        let _ = (request, hash, yields, device, keys, log_head, now);
        todo!()
    }
}
