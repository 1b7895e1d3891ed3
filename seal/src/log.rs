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

    /// Takes another's longer copy: known entries must be identical, new ones are verified. Returns how many were new.
    ///
    /// [`crate::Error::Forked`] is only what verifies from the first entry on: a stranger's nonsense must not stop an account.
    pub fn extend(&mut self, entries: &[SignedEntry]) -> Result<usize> {
        // Signatures are randomised, so the same entry may bear another one; its bytes are what is linked.
        if self.entries.iter().zip(entries).any(|(mine, other)| mine.bytes != other.bytes) {
            Self::verify(entries.to_vec())?;
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

#[cfg(test)]
#[cfg(feature = "native")]
mod tests {
    use super::*;
    use crate::{keys::DeviceKeys, native::NativeKeys, testing::*};
    use proptest::prelude::*;
    use std::sync::LazyLock;

    static LOG: LazyLock<Log> = LazyLock::new(log);
    static STRANGER_PHONE: LazyLock<Device> = LazyLock::new(|| device(&STRANGER, DeviceKind::Phone, "Another phone"));

    /// Signs an action for this place in the log, whatever the rules say, and tries to append it.
    fn try_append(log: &Log, keys: &NativeKeys, author: Author, action: Action) -> Result<Log> {
        let entry = Entry {
            version: VERSION,
            account: Some(log.account()),
            sequence: u64::try_from(log.entries().len()).unwrap(),
            previous: Some(log.head()),
            time: NOW,
            author,
            action,
        };
        let mut longer = log.clone();
        let appended = longer.append(run(Log::sign(&entry, keys)).unwrap());
        assert!(appended.is_ok() || longer == *log, "an error changed the log");
        appended.map(|()| longer)
    }

    fn by(device: &Device) -> Author {
        Author::Device(device.id())
    }

    fn add(device: &Device) -> Action {
        Action::AddDevice { device: device.clone() }
    }

    fn appoint(device: &Device) -> Action {
        Action::MakeApprover { device: device.id(), approver: Box::new(LOG.approver().unwrap().clone()) }
    }

    fn rotate() -> Action {
        Action::RotateApprover { approver: Box::new(approver_of(&OTHER_APPROVER)) }
    }

    fn is_refused(result: Result<Log>) -> bool {
        matches!(result, Err(Error::NotAllowed(_)))
    }

    #[test]
    fn a_whole_log_verifies_again() {
        let again = Log::verify(LOG.entries().to_vec()).unwrap();
        assert_eq!(again, *LOG);
        assert_eq!(again.account(), AccountId(LOG.entries()[0].hash().0));
        assert!(again.active(phone().id()).unwrap().approver);
        assert_eq!(again.approver(), LOG.approver());
        assert_eq!(Log::verify(vec![]), Err(Error::Malformed("device log")));
    }

    #[test]
    fn an_account_begins_with_its_desktop() {
        for kind in [DeviceKind::Browser, DeviceKind::Phone] {
            assert!(run(Log::create(device(&DESKTOP, kind, "x"), &*DESKTOP, NOW)).is_err());
        }
        let signed_by_another = run(Log::create(desktop(), &*STRANGER, NOW));
        assert_eq!(signed_by_another, Err(Error::BadSignature("log entry")));
        assert_ne!(new_log().account(), new_log().account());
    }

    #[test]
    fn before_the_first_approver_only_the_first_desktop_signs() {
        let log = log_without_approver();
        assert!(is_refused(try_append(&log, &PHONE, by(&phone()), add(&STRANGER_PHONE))));
        assert!(is_refused(try_append(&log, &BROWSER, by(&browser()), add(&STRANGER_PHONE))));
        let log = try_append(&log, &DESKTOP, by(&desktop()), add(&device(&STRANGER, DeviceKind::Desktop, "Second")));
        let log = log.unwrap();
        let second = Author::Device(device(&STRANGER, DeviceKind::Desktop, "Second").id());
        let remove = |device: &Device| Action::RemoveDevice { device: device.id() };
        assert!(is_refused(try_append(&log, &STRANGER, second, remove(&phone()))));
        assert!(is_refused(try_append(&log, &DESKTOP, by(&desktop()), remove(&desktop()))));
        assert!(is_refused(try_append(
            &log,
            &DESKTOP,
            by(&desktop()),
            Action::SuspendDevice { device: desktop().id() }
        )));
        assert!(try_append(&log, &DESKTOP, by(&desktop()), remove(&phone())).is_ok());
        assert_eq!(
            Log::sign_recovery(&log.draft(by(&desktop()), remove(&phone()), NOW).unwrap(), &recovery_keys())
                .and_then(|entry| log.clone().append(entry)),
            Err(Error::BadSignature("log entry"))
        );
    }

    #[test]
    fn afterwards_a_desktop_adds_and_appoints_nobody() {
        for action in [
            add(&STRANGER_PHONE),
            rotate(),
            Action::RemoveDevice { device: phone().id() },
            Action::RemoveDevice { device: browser().id() },
            Action::ResumeDevice { device: browser().id() },
        ] {
            assert!(
                matches!(try_append(&LOG, &DESKTOP, by(&desktop()), action.clone()), Err(Error::NotAllowed(_))),
                "{action:?}"
            );
        }
        let with_phone = try_append(&LOG, &PHONE, by(&phone()), add(&STRANGER_PHONE)).unwrap();
        assert!(is_refused(try_append(&with_phone, &DESKTOP, by(&desktop()), appoint(&STRANGER_PHONE))));
        // A phone that is no approver says nothing either.
        assert!(is_refused(try_append(&with_phone, &STRANGER, by(&STRANGER_PHONE), appoint(&STRANGER_PHONE))));
        assert!(try_append(&with_phone, &PHONE, by(&phone()), appoint(&STRANGER_PHONE)).is_ok());
    }

    #[test]
    fn a_desktop_removes_itself_and_suspends_others() {
        let suspend = |device: &Device| Action::SuspendDevice { device: device.id() };
        let remove = |device: &Device| Action::RemoveDevice { device: device.id() };
        assert!(try_append(&LOG, &DESKTOP, by(&desktop()), remove(&desktop())).is_ok());
        let suspended = try_append(&LOG, &DESKTOP, by(&desktop()), suspend(&phone())).unwrap();
        assert_eq!(suspended.active(phone().id()), Err(Error::UnknownDevice));
        let resume = Action::ResumeDevice { device: phone().id() };
        assert!(is_refused(try_append(&suspended, &DESKTOP, by(&desktop()), resume.clone())));
        assert_eq!(try_append(&suspended, &PHONE, by(&phone()), resume), Err(Error::UnknownDevice));
        assert_eq!(try_append(&suspended, &DESKTOP, by(&desktop()), suspend(&phone())), Err(Error::UnknownDevice));
    }

    #[test]
    fn a_browser_authors_nothing() {
        for action in [add(&STRANGER_PHONE), Action::RemoveDevice { device: browser().id() }, rotate()] {
            assert!(is_refused(try_append(&LOG, &BROWSER, by(&browser()), action)));
        }
    }

    #[test]
    fn an_approver_does_all_but_remove_the_last() {
        let log = try_append(&LOG, &PHONE, by(&phone()), add(&STRANGER_PHONE)).unwrap();
        let log = try_append(&log, &PHONE, by(&phone()), appoint(&STRANGER_PHONE)).unwrap();
        let remove = |device: &Device| Action::RemoveDevice { device: device.id() };
        let alone = try_append(&log, &STRANGER, by(&STRANGER_PHONE), remove(&phone())).unwrap();
        assert_eq!(try_append(&alone, &PHONE, by(&phone()), rotate()), Err(Error::UnknownDevice));
        assert!(is_refused(try_append(&alone, &STRANGER, by(&STRANGER_PHONE), remove(&STRANGER_PHONE))));
        assert!(is_refused(try_append(&alone, &STRANGER, by(&STRANGER_PHONE), add(&phone()))), "removed keys");
        let rotated = try_append(&alone, &STRANGER, by(&STRANGER_PHONE), rotate()).unwrap();
        assert_eq!(rotated.approver().unwrap().key, *OTHER_APPROVER.public());
        assert!(is_refused(try_append(&rotated, &STRANGER, by(&STRANGER_PHONE), rotate())), "the same key");
    }

    #[test]
    fn only_a_listed_phone_becomes_an_approver() {
        let log = log_without_approver();
        let make = |device: DeviceId, approver: Approver| Action::MakeApprover { device, approver: Box::new(approver) };
        let by_desktop = |action| try_append(&log, &DESKTOP, by(&desktop()), action);
        assert!(is_refused(by_desktop(make(desktop().id(), approver()))));
        assert!(is_refused(by_desktop(make(browser().id(), approver()))));
        assert_eq!(by_desktop(make(STRANGER_PHONE.id(), approver())), Err(Error::UnknownDevice));
        let mut broken = approver();
        broken.recovery.sealing.pop();
        assert_eq!(by_desktop(make(phone().id(), broken)), Err(Error::Malformed("recovery key")));
        assert!(is_refused(try_append(&LOG, &PHONE, by(&phone()), appoint(&phone()))), "twice");
        let with_phone = try_append(&LOG, &PHONE, by(&phone()), add(&STRANGER_PHONE)).unwrap();
        let other_key = make(STRANGER_PHONE.id(), approver_of(&OTHER_APPROVER));
        assert!(is_refused(try_append(&with_phone, &PHONE, by(&phone()), other_key)));
    }

    #[test]
    fn the_recovery_key_signs_what_an_approver_may() {
        let keys = recovery_keys();
        let mut log = LOG.clone();
        for action in
            [Action::RemoveDevice { device: phone().id() }, add(&STRANGER_PHONE), appoint(&STRANGER_PHONE), rotate()]
        {
            let entry = log.draft(Author::Recovery, action, NOW).unwrap();
            log.append(Log::sign_recovery(&entry, &keys).unwrap()).unwrap();
        }
        assert!(log.active(STRANGER_PHONE.id()).unwrap().approver);
        assert_eq!(Log::verify(log.entries().to_vec()), Ok(log.clone()));
        let entry = log.draft(Author::Recovery, add(&phone()), NOW);
        assert!(entry.is_err(), "removed keys stay out");
        let forged = try_append(&LOG, &DESKTOP, Author::Recovery, rotate());
        assert_eq!(forged, Err(Error::BadSignature("log entry")));
    }

    #[test]
    fn names_and_keys_are_bounded() {
        let by_phone = |device: Device| try_append(&LOG, &PHONE, by(&phone()), Action::AddDevice { device });
        for name in ["", "  ", "two\nlines", "\u{202e}enohp", &"x".repeat(65)] {
            let device = Device { name: name.to_owned(), ..STRANGER_PHONE.clone() };
            assert_eq!(by_phone(device), Err(Error::Malformed("device name")), "{name:?}");
        }
        let mut deaf = STRANGER_PHONE.clone();
        deaf.keys.wrapping = None;
        assert_eq!(by_phone(deaf), Err(Error::Malformed("device keys")));
        // The browser's signing key under another fingerprint.
        let mut double = browser();
        double.keys.wrapping = STRANGER.public().wrapping.clone();
        assert!(is_refused(by_phone(double)));
    }

    #[test]
    fn an_entry_has_one_place() {
        let good = LOG.draft(by(&phone()), add(&STRANGER_PHONE), NOW).unwrap();
        let spoils: [fn(&mut Entry); 8] = [
            |entry| entry.sequence += 1,
            |entry| entry.sequence -= 1,
            |entry| entry.previous = None,
            |entry| entry.previous = Some(Hash([0; 32])),
            |entry| entry.account = None,
            |entry| entry.account = Some(AccountId([1; 32])),
            |entry| entry.time.0 -= 1,
            |entry| entry.time = UnixMillis(u64::MAX),
        ];
        for (index, spoil) in spoils.into_iter().enumerate() {
            let mut entry = good.clone();
            spoil(&mut entry);
            let mut log = LOG.clone();
            let appended = log.append(run(Log::sign(&entry, &*PHONE)).unwrap());
            assert_eq!((appended, &log), (Err(Error::OutOfOrder), &*LOG), "{index}");
        }
        let mut newer = good.clone();
        newer.version = 2;
        let appended = LOG.clone().append(run(Log::sign(&newer, &*PHONE)).unwrap());
        assert_eq!(appended, Err(Error::NewerVersion { what: "log entry", found: 2, known: 1 }));
        let signed = run(Log::sign(&good, &*PHONE)).unwrap();
        let mut log = LOG.clone();
        log.append(signed.clone()).unwrap();
        assert_eq!(log.append(signed), Err(Error::OutOfOrder), "twice");
    }

    #[test]
    fn a_draft_never_runs_backwards() {
        let early = LOG.draft(by(&phone()), add(&STRANGER_PHONE), UnixMillis(5)).unwrap();
        assert_eq!(early.time, NOW);
        let late = LOG.draft(by(&phone()), add(&STRANGER_PHONE), NOW.plus(7)).unwrap();
        assert_eq!(late.time, NOW.plus(7));
    }

    #[test]
    fn logs_extend_and_forks_stop() {
        let mut mine = LOG.clone();
        let longer = try_append(&LOG, &PHONE, by(&phone()), add(&STRANGER_PHONE)).unwrap();
        let fork = try_append(&LOG, &PHONE, by(&phone()), Action::SuspendDevice { device: browser().id() }).unwrap();
        assert_eq!(mine.extend(longer.entries()), Ok(1));
        assert_eq!(mine, longer);
        assert_eq!(mine.extend(longer.entries()), Ok(0));
        assert_eq!(mine.extend(LOG.entries()), Ok(0), "an older copy");
        assert_eq!(mine.extend(fork.entries()), Err(Error::Forked));
        assert_eq!(mine.extend(new_log().entries()), Err(Error::Forked));
        // What no device of the account signed is no history of it.
        let mut nonsense = fork.entries().to_vec();
        nonsense.last_mut().unwrap().signature = Signature(vec![0; 256]);
        assert_eq!(mine.extend(&nonsense), Err(Error::BadSignature("log entry")));
        // Nothing is taken of a copy that goes bad in the middle.
        let mut bad = longer.entries().to_vec();
        bad.push(bad[2].clone());
        let mut older = LOG.clone();
        assert_eq!(older.extend(&bad), Err(Error::OutOfOrder));
        assert_eq!(older, *LOG);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn every_byte_of_an_entry_is_signed(index in any::<prop::sample::Index>(), flip in 1u8..) {
            let mut entries = LOG.entries().to_vec();
            let last = entries.last_mut().unwrap();
            let index = index.index(last.bytes.len());
            last.bytes[index] ^= flip;
            prop_assert!(Log::verify(entries).is_err());
        }

        #[test]
        fn arbitrary_entries_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
            let mut log = LOG.clone();
            let entry = SignedEntry { bytes, signature: Signature(vec![0; 256]) };
            prop_assert!(log.append(entry).is_err());
            prop_assert_eq!(&log, &*LOG);
        }
    }
}
