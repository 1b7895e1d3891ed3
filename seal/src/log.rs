//! The device log: an append-only, hash-linked log of signed entries. Its first entry is the account's identity.
//!
//! Authority. Before the first approver exists, the first desktop signs everything. Afterwards adding a device, making or removing an approver, rotating the
//! approver key and changing the recovery key need an approver's (or the recovery key's) signature; a desktop may remove only itself, or suspend a device.
//! Everyone checks the whole log; a fork stops the account and is never merged.

use crate::{
    Result,
    id::{AccountId, DeviceId, Hash, UnixMillis},
    keys::{PublicKeys, Sign, Signature, WrappingKey},
    recovery::RecoveryPublic,
};
use serde::{Deserialize, Serialize};

/// The largest entry in bytes.
pub const ENTRY_LIMIT: usize = 16 * 1024;
/// The most entries a log may have.
pub const LOG_LIMIT: usize = 10_000;

/// What a device is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DeviceKind {
    /// A computer with a daemon and a store.
    Desktop,
    /// A paired browser profile: it signs requests and receives no envelopes.
    Browser,
    /// A phone. It countersigns once it is made an approver.
    Phone,
}

/// A device as the log lists it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Device {
    /// Its public keys; their fingerprint is its identity.
    pub keys: PublicKeys,
    /// What it is.
    pub kind: DeviceKind,
    /// What its owner calls it, at most 64 characters.
    pub name: String,
}

impl Device {
    /// Its identity.
    #[must_use]
    pub fn id(&self) -> DeviceId {
        self.keys.fingerprint()
    }
}

/// The current approver key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approver {
    /// The public half: seals are made with it.
    pub key: WrappingKey,
    /// The recovery key's public half.
    pub recovery: RecoveryPublic,
    /// The private half, HPKE-sealed to the recovery key.
    #[serde(with = "serde_bytes")]
    pub recovery_wrap: Vec<u8>,
}

/// Who signs an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Author {
    /// A device of the log.
    Device(DeviceId),
    /// The recovery key.
    Recovery,
}

/// What an entry changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// The account begins with its first desktop.
    Create {
        /// The first desktop.
        device: Device,
        /// Random, so that two accounts of one device differ.
        #[serde(with = "serde_bytes")]
        nonce: [u8; 16],
    },
    /// A device joins.
    AddDevice {
        /// The device.
        device: Device,
    },
    /// A listed phone becomes an approver; the first one brings the approver key.
    MakeApprover {
        /// The phone.
        device: DeviceId,
        /// The approver key; later approvers must repeat the current one.
        approver: Box<Approver>,
    },
    /// A device leaves for good.
    RemoveDevice {
        /// The device.
        device: DeviceId,
    },
    /// A device may do nothing until resumed.
    SuspendDevice {
        /// The device.
        device: DeviceId,
    },
    /// A suspended device may act again.
    ResumeDevice {
        /// The device.
        device: DeviceId,
    },
    /// A new approver key and recovery key replace the old ones.
    RotateApprover {
        /// The new keys.
        approver: Box<Approver>,
    },
}

/// An entry before it is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Format version; 1.
    pub version: u16,
    /// The account; absent in the first entry, whose hash it is.
    pub account: Option<AccountId>,
    /// Counts from 0.
    pub sequence: u64,
    /// Hash of the previous signed entry; absent in the first.
    pub previous: Option<Hash>,
    /// By the author's clock.
    pub time: UnixMillis,
    /// Who signs.
    pub author: Author,
    /// What changes.
    pub action: Action,
}

/// An entry as sent and stored: the signed bytes and the signature ([`crate::context::Context::Log`]; Ed25519 when the author is the recovery key).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedEntry {
    /// The encoded [`Entry`].
    #[serde(with = "serde_bytes")]
    pub bytes: Vec<u8>,
    /// The author's signature.
    pub signature: Signature,
}

impl SignedEntry {
    /// SHA-256 over the entry's bytes: what the next entry links to.
    #[must_use]
    pub fn hash(&self) -> Hash {
        Hash::of(&self.bytes)
    }

    /// Decodes the entry; says nothing about its signature or place.
    pub fn entry(&self) -> Result<Entry> {
        todo!()
    }
}

/// Whether a listed device may act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It may.
    Active,
    /// Not until resumed.
    Suspended,
    /// Never again.
    Removed,
}

/// A device with its present standing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The device.
    pub device: Device,
    /// Whether it may act.
    pub state: State,
    /// Whether it holds the approver key.
    pub approver: bool,
}

/// A wholly verified log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    account: AccountId,
    entries: Vec<SignedEntry>,
    devices: Vec<Listed>,
    approver: Option<Approver>,
}

impl Log {
    /// Begins an account with its first desktop, which signs.
    pub async fn create(device: Device, keys: &impl Sign, now: UnixMillis) -> Result<Self> {
        let _ = (device, keys, now);
        todo!()
    }

    /// Verifies all of a log received from elsewhere.
    pub fn verify(entries: Vec<SignedEntry>) -> Result<Self> {
        let _ = entries;
        todo!()
    }

    /// Verifies and appends one entry; on error nothing changes.
    pub fn append(&mut self, entry: SignedEntry) -> Result<()> {
        let _ = entry;
        todo!()
    }

    /// Takes another's longer copy: known entries must be identical (else [`crate::Error::Forked`]), new ones are verified. Returns how many were new.
    pub fn extend(&mut self, entries: &[SignedEntry]) -> Result<usize> {
        let _ = entries;
        todo!()
    }

    /// Drafts the next entry, unsigned: what a phone is asked to sign.
    pub fn draft(&self, author: Author, action: Action, now: UnixMillis) -> Result<Entry> {
        let _ = (author, action, now);
        todo!()
    }

    /// Signs a draft with a device's key.
    pub async fn sign(entry: &Entry, keys: &impl Sign) -> Result<SignedEntry> {
        let _ = (entry, keys);
        todo!()
    }

    /// The account.
    #[must_use]
    pub const fn account(&self) -> AccountId {
        self.account
    }

    /// Hash of the newest entry.
    #[must_use]
    pub fn head(&self) -> Hash {
        self.entries.last().map_or(Hash([0; 32]), SignedEntry::hash)
    }

    /// All entries.
    #[must_use]
    pub fn entries(&self) -> &[SignedEntry] {
        &self.entries
    }

    /// All devices that were ever listed.
    #[must_use]
    pub fn devices(&self) -> &[Listed] {
        &self.devices
    }

    /// A device that may act now.
    pub fn active(&self, device: DeviceId) -> Result<&Listed> {
        self.devices
            .iter()
            .find(|listed| listed.device.id() == device && listed.state == State::Active)
            .ok_or(crate::Error::UnknownDevice)
    }

    /// The current approver key, once a phone exists.
    #[must_use]
    pub const fn approver(&self) -> Option<&Approver> {
        self.approver.as_ref()
    }
}
