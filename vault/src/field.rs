//! A secret field: its value, its past values, and the lock of each.

use crate::{
    Error, Result,
    clock::Clock,
    item::{FieldSummary, Guard, MetadataDraft},
    one_time_code::COUNTER_LIMIT,
};
use countersign_seal::{
    codec,
    field::{FieldAddress, FieldCiphertext, FieldKind, FieldSeal, Meaning},
    id::{AccountId, FieldId, ItemId},
    keys::WrappingKey,
    secret::{Key256, SecretBytes},
};
use serde::{Deserialize, Serialize};

/// How many past values a field keeps.
pub const PAST_LIMIT: usize = 50;

/// Where a value's content key is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lock {
    /// Here: there is no phone yet. PIN and keystore guard it, nothing else.
    Local {
        /// Opens the value.
        content_key: Key256,
    },
    /// Encrypted to the approver key.
    Sealed {
        /// The seal.
        seal: FieldSeal,
        /// Clock of the metadata that stands inside.
        metadata: Clock,
    },
}

/// A value, encrypted under a content key of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Value {
    /// Counts the field's values from 1. Part of the [`FieldAddress`]; two devices may draw the same number at once.
    pub version: u32,
    /// When the user wrote it.
    pub written: Clock,
    /// When ciphertext and lock were made; later than `written` after a re-seal or the first pairing.
    pub locked: Clock,
    /// The value.
    pub ciphertext: FieldCiphertext,
    /// Its content key.
    pub lock: Lock,
    /// Where the counter of a counter-based seed stands (RFC 4226): the next code is made of it. It is no secret, so that it merges while the seed is sealed; it
    /// never goes down. Another value is another seed, with a counter of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counter: Option<u64>,
}

/// A secret field of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// Unique within its item.
    pub id: FieldId,
    /// What it is.
    pub kind: FieldKind,
    /// When it was added: fields are listed in this order.
    pub added: Clock,
    current: Value,
    history: Vec<Value>,
}

/// Which field of which item of which account, what it is called, and to whom it is sealed.
pub(crate) struct Place<'a> {
    pub(crate) account: AccountId,
    pub(crate) item: ItemId,
    pub(crate) field: FieldId,
    pub(crate) kind: FieldKind,
    /// To whom, and what stands inside.
    pub(crate) seal_with: Option<SealWith<'a>>,
}

/// The approver key and the metadata in force.
#[derive(Clone, Copy)]
pub(crate) struct SealWith<'a> {
    pub(crate) approver: &'a WrappingKey,
    pub(crate) metadata: &'a MetadataDraft,
    pub(crate) since: Clock,
}

impl Place<'_> {
    fn address(&self, version: u32) -> FieldAddress {
        FieldAddress { account: self.account, item: self.item, field: self.field, version }
    }

    /// Encrypts under a fresh content key; seals it at once if there is an approver.
    fn lock(&self, version: u32, secret: &SecretBytes) -> Result<(FieldCiphertext, Lock)> {
        let address = self.address(version);
        let content_key = Key256::make()?;
        let ciphertext = FieldCiphertext::make(&content_key, &address, secret)?;
        let Some(SealWith { approver, metadata, since }) = self.seal_with else {
            return Ok((ciphertext, Lock::Local { content_key }));
        };
        let MetadataDraft { title, sites, policy } = metadata.clone();
        let meaning = Meaning { address, kind: self.kind, title, sites, policy };
        let seal = FieldSeal::make(approver, &content_key, &meaning)?;
        Ok((ciphertext, Lock::Sealed { seal, metadata: since }))
    }
}

impl Value {
    /// Who guards it.
    #[must_use]
    pub const fn guard(&self) -> Guard {
        match self.lock {
            Lock::Local { .. } => Guard::NotSealed,
            Lock::Sealed { .. } => Guard::Sealed,
        }
    }

    /// Re-encrypts it under a fresh content key and seals that, unless it is sealed. Says whether it did.
    pub(crate) const fn field_seal(&self) -> Result<&FieldSeal> {
        match &self.lock {
            Lock::Sealed { seal, .. } => Ok(seal),
            Lock::Local { .. } => Err(Error::NotSealed),
        }
    }

    pub(crate) fn seal(&mut self, place: &Place<'_>, clock: Clock) -> Result<bool> {
        let Lock::Local { content_key } = &self.lock else { return Ok(false) };
        let secret = self.ciphertext.open(content_key, &place.address(self.version))?;
        (self.ciphertext, self.lock) = place.lock(self.version, &secret)?;
        self.locked = clock;
        Ok(true)
    }

    /// Takes the later lock and the higher counter of the same value.
    fn merge(&mut self, other: Self) {
        let counter = self.counter.max(other.counter);
        // The counter has no say in which lock is later.
        let rank = |value: &Self| {
            let uncounted = Self { counter: None, ..value.clone() };
            (value.locked, codec::to_vec(&uncounted).unwrap_or_default())
        };
        if rank(&other) > rank(self) {
            *self = other;
        }
        self.counter = counter;
    }
}

impl Field {
    pub(crate) fn make(place: &Place<'_>, secret: &SecretBytes, counter: Option<u64>, clock: Clock) -> Result<Self> {
        let (ciphertext, lock) = place.lock(1, secret)?;
        let current = Value { version: 1, written: clock, locked: clock, ciphertext, lock, counter };
        Ok(Self { id: place.field, kind: place.kind, added: clock, current, history: Vec::new() })
    }

    /// The value that counts.
    #[must_use]
    pub const fn current(&self) -> &Value {
        &self.current
    }

    /// The values before, newest first, each with its own lock.
    #[must_use]
    pub fn history(&self) -> &[Value] {
        &self.history
    }

    /// The field without its value.
    #[must_use]
    pub const fn summary(&self) -> FieldSummary {
        FieldSummary { id: self.id, kind: self.kind, version: self.current.version, guard: self.current.guard() }
    }

    /// The seal of the current value.
    ///
    /// # Errors
    /// [`Error::NotSealed`].
    pub const fn seal(&self) -> Result<&FieldSeal> {
        self.current.field_seal()
    }

    /// Opens the current value, if it is not sealed.
    ///
    /// # Errors
    /// [`Error::Sealed`], or the cryptography's.
    pub fn open_local(&self, account: AccountId, item: ItemId) -> Result<SecretBytes> {
        let value = &self.current;
        match &value.lock {
            Lock::Local { content_key } => {
                Ok(value.ciphertext.open(content_key, &self.address(account, item, value.version))?)
            }
            Lock::Sealed { .. } => Err(Error::Sealed),
        }
    }

    /// Opens the value of this version with the content key that a phone released.
    ///
    /// # Errors
    /// [`Error::NoSuchField`] if there is no such version, or the cryptography's.
    pub fn open(&self, account: AccountId, item: ItemId, version: u32, content_key: &Key256) -> Result<SecretBytes> {
        let address = self.address(account, item, version);
        let mut outcome = Err(Error::NoSuchField);
        // Two devices may have drawn the same version; the key fits one of them.
        for value in self.values().filter(|value| value.version == version) {
            outcome = value.ciphertext.open(content_key, &address).map_err(Error::from);
            if outcome.is_ok() {
                break;
            }
        }
        outcome
    }

    fn address(&self, account: AccountId, item: ItemId, version: u32) -> FieldAddress {
        FieldAddress { account, item, field: self.id, version }
    }

    fn values(&self) -> impl Iterator<Item = &Value> {
        core::iter::once(&self.current).chain(&self.history)
    }

    fn values_mut(&mut self) -> impl Iterator<Item = &mut Value> {
        core::iter::once(&mut self.current).chain(&mut self.history)
    }

    /// A new value; the old one goes to the history with its own lock.
    pub(crate) fn set(
        &mut self,
        place: &Place<'_>,
        secret: &SecretBytes,
        counter: Option<u64>,
        clock: Clock,
    ) -> Result<()> {
        self.insert(self.next(place, secret, counter, clock)?);
        Ok(())
    }

    /// The value that would come next.
    pub(crate) fn next(
        &self,
        place: &Place<'_>,
        secret: &SecretBytes,
        counter: Option<u64>,
        clock: Clock,
    ) -> Result<Value> {
        let version = self.values().map(|value| value.version).max().unwrap_or(0).saturating_add(1);
        let (ciphertext, lock) = place.lock(version, secret)?;
        Ok(Value { version, written: clock, locked: clock, ciphertext, lock, counter })
    }

    /// Takes over a value that was made before, as one that is written now.
    pub(crate) fn accept(&mut self, value: Value, clock: Clock) {
        self.insert(Value { written: clock, locked: clock, ..value });
    }

    /// Spends the current value's counter: no code is made of it again.
    pub(crate) fn spend(&mut self, counter: u64) -> Result<()> {
        let stands = self.current.counter.ok_or(Error::NoCounter)?;
        if counter < stands {
            return Err(Error::CounterSpent);
        }
        let next = counter.checked_add(1).filter(|next| *next <= COUNTER_LIMIT).ok_or(Error::CounterSpent)?;
        self.current.counter = Some(next);
        Ok(())
    }

    /// Re-encrypts every value that is not sealed, the history too, under fresh content keys and seals them. Says how many.
    pub(crate) fn seal_all(&mut self, place: &Place<'_>, clock: Clock) -> Result<usize> {
        let mut sealed = 0;
        for value in self.values_mut() {
            sealed += usize::from(value.seal(place, clock)?);
        }
        Ok(sealed)
    }

    /// Puts a new seal, of the metadata since `metadata`, on the value that was written then. Not on that of a version: two values may have one number, and the seal of one
    /// would lose the other.
    pub(crate) fn reseal(&mut self, written: Clock, new: FieldSeal, metadata: Clock) -> Result<()> {
        let is_it = |value: &&mut Value| value.written == written && value.guard() == Guard::Sealed;
        let value = self.values_mut().find(is_it).ok_or(Error::NoSuchField)?;
        value.lock = Lock::Sealed { seal: new, metadata };
        value.locked = metadata;
        Ok(())
    }

    /// Whether any value is sealed.
    pub(crate) fn is_sealed(&self) -> bool {
        self.values().any(|value| value.guard() == Guard::Sealed)
    }

    /// Whether the current value's seal states other metadata than those since `metadata`.
    pub(crate) fn is_stale(&self, metadata: Clock) -> bool {
        matches!(&self.current.lock, Lock::Sealed { metadata: sealed, .. } if *sealed != metadata)
    }

    /// When it was last written.
    pub(crate) const fn changed(&self) -> Clock {
        self.current.written
    }

    /// The latest clock in it.
    pub(crate) fn latest(&self) -> Clock {
        self.values().map(|value| value.locked.max(value.written)).fold(self.added, Clock::max)
    }

    /// Takes over what the other holds: the newest [`PAST_LIMIT`] + 1 values of both, each with its later lock.
    pub(crate) fn merge(&mut self, other: Self) -> Result<()> {
        if (self.id, self.kind) != (other.id, other.kind) {
            return Err(Error::DifferentItems);
        }
        self.added = self.added.min(other.added);
        self.insert(other.current);
        other.history.into_iter().for_each(|value| self.insert(value));
        Ok(())
    }

    fn insert(&mut self, mut new: Value) {
        if new.written == self.current.written {
            return self.current.merge(new);
        }
        if new.written > self.current.written {
            core::mem::swap(&mut self.current, &mut new);
        }
        match self.history.binary_search_by(|value| new.written.cmp(&value.written)) {
            Ok(place) => {
                if let Some(value) = self.history.get_mut(place) {
                    value.merge(new);
                }
            }
            Err(place) => self.history.insert(place, new),
        }
        self.history.truncate(PAST_LIMIT);
    }
}

#[cfg(test)]
mod testing {
    use super::*;

    impl Field {
        pub(crate) fn replace_current(&mut self, value: Value) {
            self.current = value;
        }
    }
}
