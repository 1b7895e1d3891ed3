//! The open store.

use super::{
    Error, Result, Store,
    captures::{Captures, SealedCaptures},
    corrections::Corrections,
    database, days,
    ignored::Ignored,
    index::{Index, Indexed},
    known::Known,
    now,
    records::{Folder, indexed},
    write_log,
};
use crate::sites;
use countersign_seal::{
    field::{FieldKind, FieldSeal},
    id::{AccountId, FieldId, ItemId, UnixMillis},
    keys::{DeviceKeys as _, WrappingKey},
    log::{Log, SignedEntry},
    native::NativeKeys,
    origin::{Origin, Site},
    request::SealedSeed,
    secret::{Key256, SecretBytes},
};
use countersign_vault::{
    Rule,
    clock::{Clock, HybridClock},
    draft::CheckedDraft,
    field::Field,
    item::{ItemDraft, ItemSummary},
    one_time_code::{Seed, choose},
    record::{Item, RESTORE_MILLIS, Record, Reseal, Writer},
};
use countersign_wire::local::ReleasedField;
use sqlx::SqliteConnection;
use std::path::PathBuf;

/// The open store: keys and metadata in memory. Drop it to lock; the keys are wiped then.
#[derive(Debug)]
pub struct OpenStore {
    pub(super) store: Store,
    pub(super) store_key: Key256,
    keys: NativeKeys,
    log: Log,
    pub(super) folder: Folder,
    pub(super) index: Index,
    clock: HybridClock,
    /// Backups from before a phone sealed the store.
    unsealed_backups: Vec<PathBuf>,
    /// How many items cannot be read.
    damaged: u32,
    pub(super) corrections: Corrections,
    pub(super) captures: Captures,
    pub(super) ignored: Ignored,
    pub(super) known: Known,
}

/// What the first pairing did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    /// How many values, past ones too, were re-encrypted and sealed.
    pub values: usize,
    /// Backups from before, to be deleted: they hold values that are not sealed.
    pub backups: Vec<PathBuf>,
}

impl OpenStore {
    pub(super) async fn load(
        store: Store,
        store_key: Key256,
        keys: NativeKeys,
        log: Log,
        folder: Folder,
    ) -> Result<Self> {
        let clock = HybridClock::new(keys.public().fingerprint());
        let index = Index::default();
        let mut open = Self {
            store,
            store_key,
            keys,
            log,
            folder,
            index,
            clock,
            unsealed_backups: Vec::new(),
            damaged: 0,
            corrections: Corrections::default(),
            captures: Captures::default(),
            ignored: Ignored::default(),
            known: Known::new()?,
        };
        open.load_index().await?;
        match open.note_days().await {
            Ok(until) => {
                open.purge_removed(until).await?;
                open.captures.believe(until);
                // They are not offered any more; a disk that cannot be written keeps nobody from unlocking.
                if let Err(error) = open.drop_expired().await {
                    tracing::warn!(%error, "captures whose time is over are not deleted");
                }
            }
            // A disk that cannot be written keeps nobody from unlocking.
            Err(error) => tracing::warn!(%error, "it is not known how many days have passed: nothing is purged"),
        }
        Ok(open)
    }

    /// Notes that the store is opened now; returns until when days have passed for sure.
    async fn note_days(&mut self) -> Result<UnixMillis> {
        let last_write = self.clock.last();
        let mut connection = self.store.0.connection.lock().await;
        let days = days::note(&mut connection, last_write, now()).await?;
        drop(connection);
        // Nothing is dated before that, whatever the clock says: it would be over too soon.
        let device = self.keys.public().fingerprint();
        self.clock.recall(Clock { millis: days.believed().0, counter: 0, device });
        Ok(days.believed())
    }

    async fn load_index(&mut self) -> Result<()> {
        let mut connection = self.store.0.connection.lock().await;
        let (indexed, clocks, damaged) = self.folder.read_index(&mut connection).await?;
        self.unsealed_backups = database::unsealed(&mut connection, self.store.0.directory.path()).await?;
        self.corrections = Corrections::read(&mut connection, &self.store_key).await?;
        self.captures = Captures::read(&mut connection, &self.store_key).await?;
        self.ignored = Ignored::read(&mut connection, &self.store_key).await?;
        drop(connection);
        self.damaged = count(damaged);
        indexed.into_iter().for_each(|indexed| self.index.put(indexed));
        clocks.into_iter().for_each(|clock| self.clock.recall(clock));
        Ok(())
    }

    /// Items whose time to be restored was over by then go for good.
    async fn purge_removed(&mut self, until: UnixMillis) -> Result<()> {
        let due = |removed: UnixMillis| removed.plus(RESTORE_MILLIS) <= until;
        let ids: Vec<_> = self
            .index
            .all()
            .filter(|indexed| indexed.removed.is_some_and(due))
            .map(|indexed| indexed.summary.id)
            .collect();
        for id in ids {
            let item = match self.read(id).await {
                Ok(item) => item,
                Err(error) if is_damage(&error) => {
                    tracing::error!(%error, "a removed item cannot be read, and is left as it is");
                    continue;
                }
                Err(error) => return Err(error),
            };
            let mut record = Record::Item(Box::new(item));
            if record.purge(self.clock.tick(now())) {
                self.write(record).await?;
            }
        }
        Ok(())
    }

    /// This desktop's private keys.
    #[must_use]
    pub const fn keys(&self) -> &NativeKeys {
        &self.keys
    }

    /// The account.
    #[must_use]
    pub const fn account(&self) -> AccountId {
        self.log.account()
    }

    /// The device log.
    #[must_use]
    pub const fn log(&self) -> &Log {
        &self.log
    }

    /// The file, with what can be told without unlocking.
    #[must_use]
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// Verifies, appends and stores one entry. On error nothing changes.
    ///
    /// # Errors
    /// [`Error::Seal`], or the file's.
    pub async fn append_log(&mut self, entry: SignedEntry) -> Result<()> {
        let mut log = self.log.clone();
        log.append(entry)?;
        self.store_log(log).await
    }

    /// Takes another's longer copy ([`Log::extend`]) and stores what is new. Returns how many entries were new. On error nothing changes.
    ///
    /// # Errors
    /// [`Error::Seal`], or the file's.
    pub async fn extend_log(&mut self, entries: &[SignedEntry]) -> Result<usize> {
        let mut log = self.log.clone();
        let new = log.extend(entries)?;
        if new > 0 {
            self.store_log(log).await?;
        }
        Ok(new)
    }

    async fn store_log(&mut self, log: Log) -> Result<()> {
        self.store.0.noted(self.write_log(&log).await)?;
        self.log = log;
        Ok(())
    }

    async fn write_log(&self, log: &Log) -> Result<()> {
        let mut connection = self.store.0.connection.lock().await;
        database::begin(&mut connection).await?;
        let written = write_log(&mut connection, &self.store_key, log, self.log.entries().len()).await;
        database::end(&mut connection, written).await
    }

    /// Items whose title, user name or site contains `query` (empty: all), by title; and how many there are in all.
    #[must_use]
    pub fn items(&self, query: &str, offset: u32, limit: usize) -> (Vec<ItemSummary>, u32) {
        let (page, total) = self.index.search(query, usize::try_from(offset).unwrap_or(usize::MAX), limit);
        (page, count(total))
    }

    /// One item that is not removed.
    ///
    /// # Errors
    /// [`Error::NoSuchItem`].
    pub fn item(&self, item: ItemId) -> Result<ItemSummary> {
        let indexed = self.index.get(item).filter(|indexed| indexed.removed.is_none());
        indexed.map(|indexed| indexed.summary.clone()).ok_or(Error::NoSuchItem)
    }

    /// Items that may be used on this page, by title.
    #[must_use]
    pub fn matching(&self, page: &Origin) -> Vec<ItemSummary> {
        self.index.matching(page)
    }

    /// Items that were removed and can be restored, by title.
    #[must_use]
    pub fn removed(&self) -> Vec<ItemSummary> {
        self.index.all().filter(|indexed| indexed.removed.is_some()).map(|indexed| indexed.summary.clone()).collect()
    }

    /// Items with an edit that waits for the phone, by title.
    #[must_use]
    pub fn waiting(&self) -> Vec<ItemSummary> {
        let waiting = |indexed: &&super::index::Indexed| indexed.removed.is_none() && indexed.summary.waiting.is_some();
        self.index.all().filter(waiting).map(|indexed| indexed.summary.clone()).collect()
    }

    /// How many items there are.
    #[must_use]
    pub fn count(&self) -> u32 {
        count(self.index.count())
    }

    /// Backups from before a phone sealed the store that are still there: they hold values that are not sealed.
    #[must_use]
    pub fn old_backups(&self) -> Vec<String> {
        let still = self.unsealed_backups.iter().filter(|path| path.exists());
        still.map(|path| path.display().to_string()).collect()
    }

    /// How many items cannot be read, because their bytes changed on the disk. They are left as they are.
    #[must_use]
    pub const fn damaged(&self) -> u32 {
        self.damaged
    }

    /// How many fields are not sealed.
    #[must_use]
    pub fn not_sealed(&self) -> u32 {
        count(self.index.not_sealed())
    }

    /// Whether every value, also of what is captured, is sealed.
    #[must_use]
    pub fn is_sealed(&self) -> bool {
        self.index.all().all(|indexed| indexed.not_sealed == 0) && self.captures_are_sealed()
    }

    /// Adds an item. Its values are sealed at once if there is an approver key.
    ///
    /// # Errors
    /// [`countersign_vault::Error::InvalidDraft`], or the file's.
    pub async fn add(&mut self, draft: ItemDraft) -> Result<ItemSummary> {
        check_sites(&draft.metadata.sites, &[])?;
        let password = password_of(&draft);
        let item = Item::make(CheckedDraft::try_from(draft)?, &self.writer())?;
        let summary = self.write_item(item).await?;
        self.note_password(&summary, password)?;
        Ok(summary)
    }

    /// What the user has just saved is known for a while.
    fn note_password(&mut self, item: &ItemSummary, password: Option<SecretBytes>) -> Result<()> {
        let field = item.fields.iter().find(|field| field.kind == FieldKind::Password);
        match (field, password) {
            (Some(field), Some(password)) => self.known.note((item.id, field.id, field.version), &password),
            _ => Ok(()),
        }
    }

    /// Changes an item. Where that changes what stands inside its seals, it becomes [`ItemSummary::waiting`]: then ask for [`OpenStore::reseal`].
    ///
    /// # Errors
    /// [`Error::NoSuchItem`], [`countersign_vault::Error`], or the file's; nothing changes then.
    pub async fn edit(&mut self, item: ItemId, draft: ItemDraft) -> Result<ItemSummary> {
        let mut item = self.read_present(item).await?;
        check_sites(&draft.metadata.sites, &item.head.wanted().sites)?;
        let password = password_of(&draft);
        item.edit(CheckedDraft::try_from(draft)?, &self.writer())?;
        let summary = self.write_item(item).await?;
        self.note_password(&summary, password)?;
        Ok(summary)
    }

    /// Removes an item; [`OpenStore::restore`] undoes it for 30 days.
    ///
    /// # Errors
    /// [`Error::NoSuchItem`], or the file's.
    pub async fn remove(&mut self, item: ItemId) -> Result<()> {
        let mut item = self.read_present(item).await?;
        item.remove(&writer(&mut self.clock, &self.log));
        self.write_item(item).await.map(drop)
    }

    /// Undoes a removal.
    ///
    /// # Errors
    /// [`Error::NoSuchItem`], or the file's.
    pub async fn restore(&mut self, item: ItemId) -> Result<ItemSummary> {
        let mut item = self.read(item).await?;
        item.restore(&writer(&mut self.clock, &self.log));
        self.write_item(item).await
    }

    /// The current seals of these fields, in this order.
    ///
    /// # Errors
    /// [`Error::NoSuchItem`], [`countersign_vault::Error::NoSuchField`], [`countersign_vault::Error::NotSealed`], or the file's.
    pub async fn seals(&self, item: ItemId, fields: &[FieldId]) -> Result<Vec<FieldSeal>> {
        self.sealed(item, fields).await.map(|(seals, _)| seals)
    }

    /// The same, with the sealed seeds of those of these fields that are of one-time codes.
    ///
    /// # Errors
    /// As [`OpenStore::seals`].
    pub async fn sealed(&self, item: ItemId, fields: &[FieldId]) -> Result<(Vec<FieldSeal>, Vec<SealedSeed>)> {
        let fields = self.fields(item, fields).await?;
        let seals = fields.iter().map(|field| Ok(field.seal()?.clone())).collect::<Result<_>>()?;
        let seeds = fields.into_iter().filter(|field| field.kind == FieldKind::OneTimeCodeSeed);
        let seeds = seeds.map(|field| SealedSeed {
            field: field.id,
            ciphertext: field.current().ciphertext.clone(),
            counter: field.current().counter,
        });
        Ok((seals, seeds.collect()))
    }

    /// Opens sealed fields with the keys that a phone's answer held: field, version, content key.
    ///
    /// # Errors
    /// [`Error::NoSuchItem`], [`countersign_vault::Error::NoSuchField`], [`Error::Seal`] if a key does not fit, or the file's.
    pub async fn open_fields(&self, item: ItemId, keys: &[(FieldId, u32, Key256)]) -> Result<Vec<ReleasedField>> {
        let ids: Vec<_> = keys.iter().map(|(field, ..)| *field).collect();
        let fields = self.fields(item, &ids).await?;
        let open = |(field, (_, version, key)): (&Field, &(FieldId, u32, Key256))| {
            // A phone answers codes, and keeps the keys of their seeds.
            if field.kind == FieldKind::OneTimeCodeSeed {
                return Err(countersign_vault::Error::NoSuchField.into());
            }
            release(field, field.open(self.account(), item, *version, key)?, None)
        };
        fields.iter().zip(keys).map(open).collect()
    }

    /// The same, to be handed out: a password is known for a while then, so that it is not taken for a new one when its page is given it.
    ///
    /// # Errors
    /// As [`OpenStore::open_fields`].
    pub async fn release_fields(
        &mut self,
        item: ItemId,
        keys: &[(FieldId, u32, Key256)],
    ) -> Result<Vec<ReleasedField>> {
        let values = self.open_fields(item, keys).await?;
        for (released, (_, version, _)) in values.iter().zip(keys) {
            if released.kind == FieldKind::Password {
                self.known.note((item, released.field, *version), &released.value)?;
            }
        }
        Ok(values)
    }

    /// Opens fields that are not sealed. A seed of one-time codes by time is released as its code; one by counter only by [`OpenStore::release_local`].
    ///
    /// # Errors
    /// [`Error::NoSuchItem`], [`countersign_vault::Error::NoSuchField`], [`countersign_vault::Error::Sealed`], or the file's.
    pub async fn open_local(&self, item: ItemId, fields: &[FieldId]) -> Result<Vec<ReleasedField>> {
        let fields = self.fields(item, fields).await?;
        fields.iter().map(|field| release(field, field.open_local(self.account(), item)?, None)).collect()
    }

    /// The same, to be handed out: a counter that a code is made of is spent, and stored, before this returns.
    ///
    /// # Errors
    /// As [`OpenStore::open_local`]; nothing is spent then.
    pub async fn release_local(&mut self, item: ItemId, fields: &[FieldId]) -> Result<Vec<ReleasedField>> {
        let fields = self.fields(item, fields).await?;
        let counter = |field: &Field| field.current().counter;
        let open = |field: &Field| release(field, field.open_local(self.account(), item)?, counter(field));
        let values = fields.iter().map(open).collect::<Result<_>>()?;
        let counters = fields.iter().filter_map(|field| Some((field.id, counter(field)?)));
        self.spend(item, &counters.collect::<Vec<_>>()).await?;
        Ok(values)
    }

    /// Spends counters of counter-based seeds: what is released only after this returns is handed out once, whenever the daemon ends.
    ///
    /// # Errors
    /// [`Error::NoSuchItem`], [`countersign_vault::Error::CounterSpent`] if a code of one was handed out before, or the file's; nothing is spent then.
    pub async fn spend(&mut self, item: ItemId, counters: &[(FieldId, u64)]) -> Result<()> {
        if counters.is_empty() {
            return Ok(());
        }
        let mut item = self.read_present(item).await?;
        for (field, counter) in counters {
            item.spend(*field, *counter)?;
        }
        self.write_item(item).await.map(drop)
    }

    pub(super) async fn fields(&self, item: ItemId, fields: &[FieldId]) -> Result<Vec<Field>> {
        self.item(item)?;
        let mut connection = self.store.0.connection.lock().await;
        self.folder.read_fields(&mut connection, item, fields).await
    }

    /// What to ask the phone for, if an edit of this item waits. Keep it while the request is pending, and hand it back with the answer.
    ///
    /// # Errors
    /// [`Error::NoSuchItem`], or the file's.
    pub async fn reseal(&self, item: ItemId) -> Result<Option<Reseal>> {
        Ok(self.read_present(item).await?.reseal())
    }

    /// Puts the phone's new seals in place; what was asked for is then in force.
    ///
    /// # Errors
    /// [`Error::NoSuchItem`], [`countersign_vault::Error::NoSuchField`] if the seals are not those asked for, or the file's; nothing changes then.
    pub async fn apply_reseal(&mut self, reseal: &Reseal, seals: Vec<(FieldId, FieldSeal)>) -> Result<ItemSummary> {
        let mut item = self.read_present(reseal.item).await?;
        item.apply_reseal(reseal, seals, &writer(&mut self.clock, &self.log))?;
        self.write_item(item).await
    }

    /// Drops an edit that waits: the phone refused it, or the user changed their mind.
    ///
    /// # Errors
    /// [`Error::NoSuchItem`], or the file's.
    pub async fn discard_waiting(&mut self, item: ItemId) -> Result<ItemSummary> {
        let mut item = self.read_present(item).await?;
        item.discard_waiting(&writer(&mut self.clock, &self.log));
        self.write_item(item).await
    }

    /// The first pairing: re-encrypts every value that is not sealed, past ones and those of removed items too, under fresh keys; seals them to the log's
    /// approver key, all in one transaction; and then removes the old bytes from the file.
    ///
    /// # Errors
    /// [`Error::NoApprover`], or the file's; nothing is sealed then. [`Error::Full`] may also come after, when there is no room to rebuild the file: the
    /// next start tries that again.
    pub async fn seal_everything(&mut self) -> Result<Sealed> {
        if self.log.approver().is_none() {
            return Err(Error::NoApprover);
        }
        let backups = database::backups(self.store.0.directory.path());
        let due: Vec<_> =
            self.index.all().filter(|indexed| indexed.not_sealed > 0).map(|indexed| indexed.summary.id).collect();
        let store = self.store.clone();
        let mut connection = store.0.connection.lock().await;
        database::begin(&mut connection).await?;
        let sealed = self.seal_items(&mut connection, due, &backups).await;
        let (values, changed, captures) = store.0.noted(database::end(&mut connection, sealed).await)?;
        changed.into_iter().for_each(|indexed| self.index.put(indexed));
        self.remember_sealed(captures);
        self.unsealed_backups.clone_from(&backups);
        database::purge(&mut connection).await?;
        Ok(Sealed { values, backups })
    }

    /// Seals these items, then what is captured, and notes what that makes due; returns how many values were sealed, and what is to be held in memory then.
    async fn seal_items(
        &mut self,
        connection: &mut SqliteConnection,
        due: Vec<ItemId>,
        backups: &[PathBuf],
    ) -> Result<(usize, Vec<Indexed>, SealedCaptures)> {
        let (mut values, mut changed) = (0, Vec::with_capacity(due.len()));
        for id in due {
            let mut item = match self.folder.read_item(connection, id).await {
                Ok(item) => item,
                // It keeps nobody from the others, nor from unlocking.
                Err(error) if is_damage(&error) => {
                    tracing::error!(%error, "an item cannot be read, and is not sealed");
                    continue;
                }
                Err(error) => return Err(error),
            };
            values += item.seal_everything(&writer(&mut self.clock, &self.log))?;
            changed.push(indexed(&item));
            self.folder.write(connection, &Record::Item(Box::new(item))).await?;
            // Each seal is a public-key operation: others get their turn in between.
            tokio::task::yield_now().await;
        }
        let (captured, captures) = self.seal_captures(connection).await?;
        database::note_unsealed(connection, backups).await?;
        database::demand_purge(connection).await?;
        Ok((values + captured, changed, captures))
    }

    /// Who writes now, and to whom values are sealed.
    pub(super) fn writer(&mut self) -> Writer<'_> {
        writer(&mut self.clock, &self.log)
    }

    pub(super) async fn read(&self, item: ItemId) -> Result<Item> {
        let mut connection = self.store.0.connection.lock().await;
        self.folder.read_item(&mut connection, item).await
    }

    pub(super) async fn read_present(&self, item: ItemId) -> Result<Item> {
        self.item(item)?;
        self.read(item).await
    }

    async fn write_item(&mut self, item: Item) -> Result<ItemSummary> {
        let summary = item.summary();
        self.write(Record::Item(Box::new(item))).await?;
        Ok(summary)
    }

    async fn write_record(&self, record: &Record) -> Result<()> {
        let mut connection = self.store.0.connection.lock().await;
        database::begin(&mut connection).await?;
        let written = self.folder.write(&mut connection, record).await;
        database::end(&mut connection, written).await
    }

    async fn write(&mut self, record: Record) -> Result<()> {
        let store = self.store.clone();
        store.0.noted(self.write_record(&record).await)?;
        match &record {
            Record::Item(item) => self.index.put(indexed(item)),
            Record::Purged { id, .. } => self.index.remove(*id),
        }
        Ok(())
    }
}

fn writer<'a>(clock: &mut HybridClock, log: &'a Log) -> Writer<'a> {
    let approver: Option<&WrappingKey> = log.approver().map(|approver| &approver.key);
    Writer { account: log.account(), clock: clock.tick(now()), approver }
}

/// The password that a draft sets.
fn password_of(draft: &ItemDraft) -> Option<SecretBytes> {
    draft.fields.iter().find(|field| field.kind == FieldKind::Password).map(|field| field.value.clone())
}

/// A domain rule must say what the public suffix list says, unless it was there before.
fn check_sites(sites: &[Site], before: &[Site]) -> Result<()> {
    let fits = |site: &Site| before.contains(site) || sites::is_registrable(site);
    if sites.iter().all(fits) { Ok(()) } else { Err(countersign_vault::Error::InvalidDraft(Rule::Site).into()) }
}

/// A seed never leaves: its code does.
fn release(field: &Field, value: SecretBytes, counter: Option<u64>) -> Result<ReleasedField> {
    let (value, next) = match field.kind {
        FieldKind::OneTimeCodeSeed => {
            let seed = Seed::parse(value.expose_str()?).map_err(|_| Error::Corrupt("a seed"))?;
            choose(seed.codes(counter, now()).ok_or(countersign_vault::Error::NoCounter)?)
        }
        _ => (value, None),
    };
    Ok(ReleasedField { field: field.id, kind: field.kind, value, next })
}

fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Whether it is what was read, and not the reading, that is wrong.
pub(super) const fn is_damage(error: &Error) -> bool {
    matches!(error, Error::Corrupt(_) | Error::Seal(_))
}
