//! The local store: one SQLite file, `vault.db`, in the data directory.
//!
//! [`Store`] is the file, opened and locked against a second daemon; it lives as long as the daemon. [`OpenStore`] holds the keys and an index of the
//! metadata; it lives from unlock to lock. Dropping it *is* locking.
#![allow(clippy::todo, unused_variables, clippy::unused_async)]

use crate::unlock::{Keystore, Opener};
use countersign_seal::{
    field::FieldSeal,
    id::{AccountId, DeviceId, FieldId, ItemId, RequestId, UnixMillis},
    log::{Log, SignedEntry},
    native::NativeKeys,
    origin::Origin,
    secret::{Key256, SecretBytes},
};
use countersign_vault::item::{ItemDraft, ItemSummary, MetadataDraft};
use countersign_wire::local::{Fault, ReleasedField};
use std::{path::{Path, PathBuf}, time::Duration};

/// Why the store refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another daemon has it open.
    #[error("another daemon (process {pid:?}) has the store open; stop it first")]
    InUse {
        /// Its process id, if the lock file tells.
        pid: Option<u32>,
    },
}

/// This module's result.
pub type Result<T> = core::result::Result<T, Error>;

impl Error {
    /// What pages and commands are told.
    #[must_use]
    pub const fn fault(&self) -> Fault {
        Fault::Store
    }
}

/// The store's file. Cheap to clone. What it tells without unlocking names no item and no site.
#[derive(Debug, Clone)]
pub struct Store {}

/// A re-seal to ask the phone for. Keep it while the request is pending and hand it back with the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reseal {
    /// The item.
    pub item: ItemId,
    /// What is to stand inside its seals.
    pub metadata: MetadataDraft,
    /// Its sealed fields, in the ask's order, each with its current version.
    pub fields: Vec<(FieldId, u32)>,
}

/// What the first pairing did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// How many fields were re-encrypted and sealed.
    pub fields: usize,
    /// Backups from before, to be deleted: they hold values that are not sealed.
    pub backups: Vec<PathBuf>,
}

/// A request that a phone may still show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PendingRequest {
    /// Which.
    pub id: RequestId,
    /// The phone that was asked.
    pub phone: DeviceId,
    /// When.
    pub created: UnixMillis,
}

impl Store {
    /// Opens `vault.db` in `dir`; makes both if they are not there (0700, 0600). Takes the lock, migrates an older version after a backup copy.
    pub async fn open(dir: &Path) -> Result<Self> {
        todo!()
    }

    /// Whether an account exists.
    #[must_use]
    pub fn is_set_up(&self) -> bool {
        todo!()
    }

    /// What opens it; `None` before set-up.
    #[must_use]
    pub fn opener(&self) -> Option<Opener> {
        todo!()
    }

    /// How long until the next try is accepted.
    #[must_use]
    pub fn retry_after(&self) -> Duration {
        todo!()
    }

    /// The account, its keys and its first log entry: first run. Makes RSA keys: takes seconds.
    pub async fn set_up(&self, pin: SecretBytes, name: &str, keystore: &Keystore) -> Result<OpenStore> {
        todo!()
    }

    /// Opens the store. A wrong PIN is counted on disk before it is tried.
    pub async fn unlock(&self, pin: SecretBytes, keystore: &Keystore) -> Result<OpenStore> {
        todo!()
    }

    /// The device log as stored, wholly verified; `None` before set-up. Readable while locked.
    pub async fn log(&self) -> Result<Option<Log>> {
        todo!()
    }

    /// The relay's origin, if one is set.
    pub async fn relay(&self) -> Result<Option<Origin>> {
        todo!()
    }

    /// Sets or clears the relay's origin.
    pub async fn set_relay(&self, relay: Option<&Origin>) -> Result<()> {
        todo!()
    }

    /// This computer's name; `None` before set-up.
    pub async fn name(&self) -> Result<Option<String>> {
        todo!()
    }

    /// Remembers a request that is on its way to a phone.
    pub async fn add_pending(&self, request: PendingRequest) -> Result<()> {
        todo!()
    }

    /// Forgets it.
    pub async fn remove_pending(&self, request: RequestId) -> Result<()> {
        todo!()
    }

    /// What was pending when the daemon ended: to be withdrawn.
    pub async fn pending(&self) -> Result<Vec<PendingRequest>> {
        todo!()
    }
}

/// The open store: keys and metadata in memory. Drop it to lock.
#[derive(Debug)]
pub struct OpenStore {}

impl OpenStore {
    /// This desktop's private keys.
    #[must_use]
    pub fn keys(&self) -> &NativeKeys {
        todo!()
    }

    /// The account.
    #[must_use]
    pub fn account(&self) -> AccountId {
        self.log().account()
    }

    /// The device log.
    #[must_use]
    pub fn log(&self) -> &Log {
        todo!()
    }

    /// Verifies, appends and stores one entry.
    pub async fn append_log(&mut self, entry: SignedEntry) -> Result<()> {
        todo!()
    }

    /// Takes another's longer copy ([`Log::extend`]) and stores what is new. Returns how many entries were new.
    pub async fn extend_log(&mut self, entries: &[SignedEntry]) -> Result<usize> {
        todo!()
    }

    /// Items whose title, user name or site contains `query` (empty: all), by title; and how many there are in all.
    #[must_use]
    pub fn items(&self, query: &str, offset: u32, limit: usize) -> (Vec<ItemSummary>, u32) {
        todo!()
    }

    /// One item.
    pub fn item(&self, item: ItemId) -> Result<ItemSummary> {
        todo!()
    }

    /// Items that may be used on this page, by title.
    #[must_use]
    pub fn matching(&self, page: &Origin) -> Vec<ItemSummary> {
        todo!()
    }

    /// How many items there are.
    #[must_use]
    pub fn count(&self) -> u32 {
        todo!()
    }

    /// How many fields are not sealed.
    #[must_use]
    pub fn not_sealed(&self) -> u32 {
        todo!()
    }

    /// Adds an item. Sealed at once if there is an approver key.
    pub async fn add(&mut self, draft: ItemDraft) -> Result<ItemSummary> {
        todo!()
    }

    /// Changes an item. A change of what stands inside seals becomes [`ItemSummary::waiting`]: then ask for [`OpenStore::reseal`].
    pub async fn edit(&mut self, item: ItemId, draft: ItemDraft) -> Result<ItemSummary> {
        todo!()
    }

    /// Removes an item; [`OpenStore::restore`] undoes it for 30 days.
    pub async fn remove(&mut self, item: ItemId) -> Result<()> {
        todo!()
    }

    /// Undoes a removal.
    pub async fn restore(&mut self, item: ItemId) -> Result<ItemSummary> {
        todo!()
    }

    /// The current seals of these fields, in this order.
    pub async fn seals(&self, item: ItemId, fields: &[FieldId]) -> Result<Vec<FieldSeal>> {
        todo!()
    }

    /// Opens sealed fields with the keys that a phone's answer held (field, version, content key). A one-time code's seed is released as its code.
    pub async fn open_fields(&self, item: ItemId, keys: &[(FieldId, u32, Key256)]) -> Result<Vec<ReleasedField>> {
        todo!()
    }

    /// Opens fields that are not sealed. A one-time code's seed is released as its code.
    pub async fn open_local(&self, item: ItemId, fields: &[FieldId]) -> Result<Vec<ReleasedField>> {
        todo!()
    }

    /// What to ask the phone for, if an edit of this item waits.
    pub async fn reseal(&self, item: ItemId) -> Result<Option<Reseal>> {
        todo!()
    }

    /// Puts the phone's new seals in place; what was asked for is then in force.
    pub async fn apply_reseal(&mut self, reseal: &Reseal, seals: Vec<(FieldId, FieldSeal)>) -> Result<ItemSummary> {
        todo!()
    }

    /// Drops an edit that waits: the phone refused it.
    pub async fn discard_waiting(&mut self, item: ItemId) -> Result<ItemSummary> {
        todo!()
    }

    /// The first pairing: re-encrypts every field that is not sealed, and its history, under fresh keys; seals them to the log's approver key; and removes the
    /// old bytes from the file. Does nothing when all is sealed. Needs an approver in [`OpenStore::log`].
    pub async fn seal_everything(&mut self) -> Result<Sealed> {
        todo!()
    }
}
