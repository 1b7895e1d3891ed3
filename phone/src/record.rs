//! What is kept between visits: one versioned CBOR value a record, none of them a secret in the clear.

use countersign_seal::{
    Result,
    approver::{PinParameters, WrappedSecret},
    codec,
    id::{AccountId, DeviceId},
    keys::WrappingKey,
    log::{Approver, SignedEntry},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::{activity::Activity, caution::Caution, pin::Attempts, replay::Replay};

/// The version that this program writes.
pub const VERSION: u16 = 1;
/// The largest record in bytes: a log of the most and largest entries would be larger, and is refused before it is kept.
const LIMIT: usize = 16 * 1024 * 1024;

/// A record's name in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Record {
    /// [`Account`]
    Account,
    /// [`Entries`]
    Log,
    /// [`ApproverKey`]
    Approver,
    /// [`Attempts`]
    Attempts,
    /// [`Replay`]
    Replay,
    /// [`Activity`]
    Activity,
    /// [`Caution`]
    Caution,
    /// [`Waiting`]
    Waiting,
}

impl Record {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Account,
        Self::Log,
        Self::Approver,
        Self::Attempts,
        Self::Replay,
        Self::Activity,
        Self::Caution,
        Self::Waiting,
    ];

    /// Its key in the store.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Log => "log",
            Self::Approver => "approver",
            Self::Attempts => "attempts",
            Self::Replay => "replay",
            Self::Activity => "activity",
            Self::Caution => "caution",
            Self::Waiting => "waiting",
        }
    }
}

/// Why the app stopped for good: a person has to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stop {
    /// Somebody showed a different log of this account.
    Forked,
    /// The log names an approver or recovery key that this phone did not make.
    ForeignApprover,
}

/// The account this phone belongs to.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Account {
    /// Format version.
    pub version: u16,
    /// The relay's API origin.
    pub relay: String,
    /// The account.
    pub id: AccountId,
    /// The desktop that showed the pairing link.
    pub shower: DeviceId,
    /// Set once the app stopped.
    pub stop: Option<Stop>,
}

/// The device log.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Entries {
    /// Format version.
    pub version: u16,
    /// All entries.
    pub entries: Vec<SignedEntry>,
}

/// The approver key, wrapped under PIN and device secret.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ApproverKey {
    /// Format version.
    pub version: u16,
    /// The public half.
    pub key: WrappingKey,
    /// How the PIN becomes a key.
    pub parameters: PinParameters,
    /// The private half.
    pub wrapped: WrappedSecret,
    /// What goes into the log; present once the user has confirmed the recovery words.
    pub proposal: Option<Approver>,
}

/// Requests that wait for an answer, as they came: sealed to this device.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Waiting {
    /// Format version.
    pub version: u16,
    /// Their envelopes.
    pub envelopes: Vec<serde_bytes::ByteBuf>,
}

impl Default for Waiting {
    fn default() -> Self {
        Self { version: VERSION, envelopes: Vec::new() }
    }
}

/// Encodes a record.
pub fn encode<T: Serialize>(record: &T) -> Result<Vec<u8>> {
    codec::to_vec(record)
}

/// Decodes a record; a newer program's is [`countersign_seal::Error::NewerVersion`].
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    codec::from_slice_versioned(bytes, "record", LIMIT, VERSION)
}

/// All records, as read at start.
#[derive(Debug, Default)]
pub struct Records {
    /// [`Record::Account`]
    pub account: Option<Account>,
    /// [`Record::Log`]
    pub log: Option<Entries>,
    /// [`Record::Approver`]
    pub approver: Option<ApproverKey>,
    /// [`Record::Attempts`]
    pub attempts: Attempts,
    /// [`Record::Replay`]
    pub replay: Replay,
    /// [`Record::Activity`]
    pub activity: Activity,
    /// [`Record::Caution`]
    pub caution: Caution,
    /// [`Record::Waiting`]
    pub waiting: Waiting,
}

impl Records {
    /// Decodes what the store holds.
    ///
    /// # Errors
    /// If a record is not what this program writes, or a newer program wrote it.
    pub fn decode(find: impl Fn(Record) -> Option<Vec<u8>>) -> Result<Self> {
        Ok(Self {
            account: read(find(Record::Account))?,
            log: read(find(Record::Log))?,
            approver: read(find(Record::Approver))?,
            attempts: read(find(Record::Attempts))?.unwrap_or_default(),
            replay: read(find(Record::Replay))?.unwrap_or_default(),
            activity: read(find(Record::Activity))?.unwrap_or_default(),
            caution: read(find(Record::Caution))?.unwrap_or_default(),
            waiting: read(find(Record::Waiting))?.unwrap_or_default(),
        })
    }
}

fn read<T: DeserializeOwned>(bytes: Option<Vec<u8>>) -> Result<Option<T>> {
    bytes.map(|bytes| decode(&bytes)).transpose()
}
