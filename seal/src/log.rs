//! The device log: an append-only, hash-linked log of signed entries. Its first entry is the account's identity.
//!
//! Authority. Before the first approver exists, the first desktop signs everything. Afterwards adding a device, making or removing an approver, rotating the
//! approver key and changing the recovery key need an approver's (or the recovery key's) signature; a desktop may remove only itself, or suspend a device.
//! Everyone checks the whole log; a fork stops the account and is never merged.

use crate::{
    Error, Result, codec,
    context::Context,
    id::{AccountId, DeviceId, Hash, UnixMillis},
    keys::{PublicKeys, Sign, Signature, WrappingKey},
    recovery::{self, RecoveryKeys, RecoveryPublic},
    secret::random,
    text,
};
use serde::{Deserialize, Serialize};

/// The largest entry in bytes.
pub const ENTRY_LIMIT: usize = 16 * 1024;
/// The most entries a log may have.
pub const LOG_LIMIT: usize = 10_000;

/// The longest device name in characters.
pub const NAME_LIMIT: usize = 64;
/// Version of [`Entry`].
pub const VERSION: u16 = 1;
/// The latest time that an entry may bear: the last millisecond of the year 9999.
const LATEST: UnixMillis = UnixMillis(253_402_300_799_999);

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
#[serde(deny_unknown_fields)]
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

    /// Checks its name (one line of 1 to 64 characters) and that whoever receives envelopes has a wrapping key.
    pub fn check(&self) -> Result<()> {
        if self.name.trim().is_empty() {
            return Err(Error::Malformed("device name"));
        }
        text::check_line(&self.name, NAME_LIMIT, "device name")?;
        if self.kind != DeviceKind::Browser && self.keys.wrapping.is_none() {
            return Err(Error::Malformed("device keys"));
        }
        Ok(())
    }
}

impl Approver {
    /// Checks the recovery key and the size of the wrapped key.
    pub fn check(&self) -> Result<()> {
        if self.recovery_wrap.len() > recovery::WRAP_LIMIT {
            return Err(Error::TooLarge { what: "recovery wrap", limit: recovery::WRAP_LIMIT });
        }
        self.recovery.check()
    }
}

/// The current approver key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
#[serde(deny_unknown_fields)]
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

impl Entry {
    /// Decodes; says nothing about the entry's place in a log.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        codec::from_slice_versioned(bytes, "log entry", ENTRY_LIMIT, VERSION)
    }

    /// Encodes.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        let bytes = codec::to_vec(self)?;
        if bytes.len() > ENTRY_LIMIT {
            return Err(Error::TooLarge { what: "log entry", limit: ENTRY_LIMIT });
        }
        Ok(bytes)
    }
}

/// An entry as sent and stored: the signed bytes and the signature ([`crate::context::Context::Log`]; Ed25519 when the author is the recovery key).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
        Entry::from_bytes(&self.bytes)
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
    /// The newest entry's.
    time: UnixMillis,
}

impl Log {
    /// Begins an account with its first desktop, which signs.
    pub async fn create(device: Device, keys: &impl Sign, now: UnixMillis) -> Result<Self> {
        let entry = Entry {
            version: VERSION,
            account: None,
            sequence: 0,
            previous: None,
            time: now,
            author: Author::Device(device.id()),
            action: Action::Create { device, nonce: random()? },
        };
        Self::begin(Self::sign(&entry, keys).await?)
    }

    /// Verifies all of a log received from elsewhere.
    pub fn verify(entries: Vec<SignedEntry>) -> Result<Self> {
        let mut entries = entries.into_iter();
        let mut log = Self::begin(entries.next().ok_or(Error::Malformed("device log"))?)?;
        entries.try_for_each(|entry| log.append(entry))?;
        Ok(log)
    }

    /// Verifies the first entry, which is its own authority: whoever trusts the account trusts its hash.
    fn begin(signed: SignedEntry) -> Result<Self> {
        let Entry { account, sequence, previous, time, author, action, .. } = signed.entry()?;
        let Action::Create { device, .. } = action else {
            return Err(Error::NotAllowed("an account begins with its first desktop"));
        };
        if account.is_some() || previous.is_some() || sequence != 0 || time > LATEST {
            return Err(Error::OutOfOrder);
        }
        device.check()?;
        if device.kind != DeviceKind::Desktop || author != Author::Device(device.id()) {
            return Err(Error::NotAllowed("an account begins with its first desktop"));
        }
        device.keys.verifying.verify(Context::Log, &signed.bytes, &signed.signature, "log entry")?;
        Ok(Self {
            account: AccountId(signed.hash().0),
            entries: vec![signed],
            devices: vec![Listed { device, state: State::Active, approver: false }],
            approver: None,
            time,
        })
    }

    /// Verifies and appends one entry; on error nothing changes.
    pub fn append(&mut self, entry: SignedEntry) -> Result<()> {
        let decoded = entry.entry()?;
        self.check_place(&decoded)?;
        self.check_signature(&decoded.author, &entry)?;
        self.check_authority(&decoded.author, &decoded.action)?;
        self.check_action(&decoded.author, &decoded.action)?;
        self.time = decoded.time;
        self.apply(decoded.action);
        self.entries.push(entry);
        Ok(())
    }

    /// Takes another's longer copy: known entries must be identical (else [`crate::Error::Forked`]), new ones are verified. Returns how many were new.
    pub fn extend(&mut self, entries: &[SignedEntry]) -> Result<usize> {
        // Signatures are randomised, so the same entry may bear another one; its bytes are what is linked.
        if self.entries.iter().zip(entries).any(|(mine, other)| mine.bytes != other.bytes) {
            return Err(Error::Forked);
        }
        let new = entries.get(self.entries.len()..).unwrap_or_default();
        let mut longer = self.clone();
        new.iter().try_for_each(|entry| longer.append(entry.clone()))?;
        *self = longer;
        Ok(new.len())
    }

    /// Drafts the next entry, unsigned: what a phone is asked to sign. Time never runs backwards in a log, whatever the author's clock says.
    pub fn draft(&self, author: Author, action: Action, now: UnixMillis) -> Result<Entry> {
        let entry = Entry {
            version: VERSION,
            account: Some(self.account),
            sequence: self.next_sequence()?,
            previous: Some(self.head()),
            time: now.max(self.time),
            author,
            action,
        };
        self.check_draft(&entry)?;
        Ok(entry)
    }

    /// Checks all but the signature of an entry that is to be appended next.
    pub fn check_draft(&self, entry: &Entry) -> Result<()> {
        self.check_place(entry)?;
        self.check_author(&entry.author)?;
        self.check_authority(&entry.author, &entry.action)?;
        self.check_action(&entry.author, &entry.action)
    }

    /// Signs a draft with a device's key.
    pub async fn sign(entry: &Entry, keys: &impl Sign) -> Result<SignedEntry> {
        let bytes = entry.to_bytes()?;
        let signature = keys.sign(Context::Log, &bytes).await?;
        Ok(SignedEntry { bytes, signature })
    }

    /// Signs a draft with the recovery key; its author must be [`Author::Recovery`].
    pub fn sign_recovery(entry: &Entry, keys: &RecoveryKeys) -> Result<SignedEntry> {
        let bytes = entry.to_bytes()?;
        let signature = keys.sign(Context::Log, &bytes);
        Ok(SignedEntry { bytes, signature })
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

    /// Whether this is the hash of one of the entries.
    #[must_use]
    pub fn contains(&self, hash: Hash) -> bool {
        self.entries.iter().rev().any(|entry| entry.hash() == hash)
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
        self.listed(device).filter(|listed| listed.state == State::Active).ok_or(Error::UnknownDevice)
    }

    /// A device that was ever listed.
    #[must_use]
    pub fn listed(&self, device: DeviceId) -> Option<&Listed> {
        self.devices.iter().find(|listed| listed.device.id() == device)
    }

    /// The current approver key, once a phone exists.
    #[must_use]
    pub const fn approver(&self) -> Option<&Approver> {
        self.approver.as_ref()
    }

    fn next_sequence(&self) -> Result<u64> {
        u64::try_from(self.entries.len()).map_err(|_| Error::OutOfOrder)
    }

    fn check_place(&self, entry: &Entry) -> Result<()> {
        if self.entries.len() >= LOG_LIMIT {
            return Err(Error::TooLarge { what: "device log", limit: LOG_LIMIT });
        }
        let follows = entry.account == Some(self.account)
            && entry.sequence == self.next_sequence()?
            && entry.previous == Some(self.head())
            && (self.time..=LATEST).contains(&entry.time);
        if follows { Ok(()) } else { Err(Error::OutOfOrder) }
    }

    fn check_author(&self, author: &Author) -> Result<()> {
        match author {
            Author::Device(device) => self.active(*device).map(|_| ()),
            Author::Recovery => self.recovery().map(|_| ()),
        }
    }

    fn check_signature(&self, author: &Author, entry: &SignedEntry) -> Result<()> {
        let SignedEntry { bytes, signature } = entry;
        match author {
            Author::Device(device) => {
                self.active(*device)?.device.keys.verifying.verify(Context::Log, bytes, signature, "log entry")
            }
            Author::Recovery => self.recovery()?.verify(Context::Log, bytes, signature, "log entry"),
        }
    }

    fn recovery(&self) -> Result<&RecoveryPublic> {
        self.approver.as_ref().map(|approver| &approver.recovery).ok_or(Error::UnknownDevice)
    }

    /// Who may say what: the rules at the head of this module.
    fn check_authority(&self, author: &Author, action: &Action) -> Result<()> {
        let Author::Device(author) = author else { return Ok(()) };
        let listed = self.active(*author)?;
        if listed.device.kind == DeviceKind::Browser {
            return Err(Error::NotAllowed("a browser changes no devices"));
        }
        if self.approver.is_none() {
            let is_first = self.creator() == Some(*author);
            return if is_first { Ok(()) } else { Err(Error::NotAllowed("only the first desktop signs as yet")) };
        }
        if listed.approver {
            return Ok(());
        }
        let is_desktop = listed.device.kind == DeviceKind::Desktop;
        match action {
            Action::RemoveDevice { device } if is_desktop && device == author => Ok(()),
            Action::SuspendDevice { .. } if is_desktop => Ok(()),
            _ => Err(Error::NotAllowed("this needs an approver's signature")),
        }
    }

    /// Whether an action makes sense now, whoever says it.
    fn check_action(&self, author: &Author, action: &Action) -> Result<()> {
        match action {
            Action::Create { .. } => Err(Error::NotAllowed("an account begins once")),
            Action::AddDevice { device } => self.check_addition(device),
            Action::MakeApprover { device, approver } => self.check_appointment(*device, approver),
            Action::RemoveDevice { device } => self.check_removal(author, *device),
            Action::SuspendDevice { device } => {
                self.check_not_creator(*device)?;
                self.active(*device).map(|_| ())
            }
            Action::ResumeDevice { device } => match self.listed(*device).map(|listed| listed.state) {
                Some(State::Suspended) => Ok(()),
                _ => Err(Error::NotAllowed("only a suspended device resumes")),
            },
            Action::RotateApprover { approver } => self.check_rotation(approver),
        }
    }

    fn check_addition(&self, device: &Device) -> Result<()> {
        device.check()?;
        // A removed device comes back with fresh keys only. A key shared between two devices would make one of them the other.
        let shares = |listed: &Listed| listed.device.keys.verifying == device.keys.verifying;
        if self.listed(device.id()).is_some() || self.devices.iter().any(shares) {
            return Err(Error::NotAllowed("these keys were listed before"));
        }
        Ok(())
    }

    fn check_appointment(&self, device: DeviceId, approver: &Approver) -> Result<()> {
        let listed = self.active(device)?;
        if listed.device.kind != DeviceKind::Phone || listed.approver {
            return Err(Error::NotAllowed("only a phone becomes an approver, once"));
        }
        match &self.approver {
            Some(current) if current != approver => Err(Error::NotAllowed("there is another approver key")),
            _ => approver.check(),
        }
    }

    fn check_removal(&self, author: &Author, device: DeviceId) -> Result<()> {
        self.check_not_creator(device)?;
        let listed = self.listed(device).filter(|listed| listed.state != State::Removed).ok_or(Error::UnknownDevice)?;
        let is_other_approver = |other: &Listed| other.approver && other.device.id() != device;
        if listed.approver && *author != Author::Recovery && !self.devices.iter().any(is_other_approver) {
            return Err(Error::NotAllowed("the last approver stays, unless the recovery key removes it"));
        }
        Ok(())
    }

    /// Until there is an approver, nobody could sign anything without the first desktop.
    fn check_not_creator(&self, device: DeviceId) -> Result<()> {
        if self.approver.is_none() && self.creator() == Some(device) {
            return Err(Error::NotAllowed("the first desktop stays until there is an approver"));
        }
        Ok(())
    }

    fn check_rotation(&self, approver: &Approver) -> Result<()> {
        match &self.approver {
            Some(current) if current.key != approver.key => approver.check(),
            _ => Err(Error::NotAllowed("a new approver key replaces another")),
        }
    }

    fn creator(&self) -> Option<DeviceId> {
        self.devices.first().map(|listed| listed.device.id())
    }

    fn apply(&mut self, action: Action) {
        match action {
            Action::Create { .. } => {}
            Action::AddDevice { device } => {
                self.devices.push(Listed { device, state: State::Active, approver: false });
            }
            Action::MakeApprover { device, approver } => {
                self.change(device, |listed| listed.approver = true);
                self.approver = Some(*approver);
            }
            Action::RemoveDevice { device } => self.change(device, |listed| {
                listed.state = State::Removed;
                listed.approver = false;
            }),
            Action::SuspendDevice { device } => self.change(device, |listed| listed.state = State::Suspended),
            Action::ResumeDevice { device } => self.change(device, |listed| listed.state = State::Active),
            Action::RotateApprover { approver } => self.approver = Some(*approver),
        }
    }

    fn change(&mut self, device: DeviceId, change: impl FnOnce(&mut Listed)) {
        if let Some(listed) = self.devices.iter_mut().find(|listed| listed.device.id() == device) {
            change(listed);
        }
    }
}
