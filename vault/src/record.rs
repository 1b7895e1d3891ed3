//! An item as stored.
//!
//! What stands inside the seals (title, sites, policy) exists twice: as the user wants it, field by field, and as it is *in force*, which is what the seals
//! say. They differ until the phone has re-sealed. An item without sealed values has no such gap.
//!
//! Two versions of an item merge by taking, of each part, what was written last, and of a seed's counter the highest; nothing of the result depends on the
//! order of merges.

use crate::{
    Error, Result, Rule,
    clock::Clock,
    draft::{self, CheckedDraft, CheckedField},
    field::{Field, Place, SealWith},
    identity::Identity,
    item::{Guard, ItemKind, ItemSummary, MetadataDraft},
    register::{Register, Stamped},
};
use countersign_seal::{
    field::{FieldSeal, Policy},
    id::{AccountId, FieldId, ItemId, UnixMillis},
    keys::WrappingKey,
    origin::Site,
};
use serde::{Deserialize, Serialize};

/// For how long a removed item can be restored: 30 days.
pub const RESTORE_MILLIS: u64 = 30 * 24 * 60 * 60 * 1000;

/// Who writes, when, and to whom values are sealed.
#[derive(Debug, Clone, Copy)]
pub struct Writer<'a> {
    /// The account.
    pub account: AccountId,
    /// When: drawn fresh for each write.
    pub clock: Clock,
    /// The approver key; `None` before the first phone.
    pub approver: Option<&'a WrappingKey>,
}

/// An item without its fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// The item.
    pub id: ItemId,
    /// What it is.
    pub kind: ItemKind,
    /// Counts the writes of the record.
    pub version: u64,
    /// When it was added.
    pub added: Clock,
    title: Register<String>,
    sites: Register<Vec<Site>>,
    policy: Register<Policy>,
    username: Register<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    identity: Option<Register<Box<Identity>>>,
    in_force: Option<Stamped<MetadataDraft>>,
    removed: Stamped<Option<UnixMillis>>,
}

/// An item with all of its fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// All but the fields.
    pub head: Head,
    /// Its fields: by when they were added, and those of one draft by what they are.
    pub fields: Vec<Field>,
}

/// What the phone must seal anew, so that an edit comes into force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reseal {
    /// The item.
    pub item: ItemId,
    /// What is to stand inside its seals.
    pub metadata: MetadataDraft,
    /// Its sealed fields, each with when its current value was written.
    pub fields: Vec<(FieldId, Clock)>,
}

/// What is stored under an item's id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Record {
    /// The item; perhaps removed, but still to be restored.
    Item(Box<Item>),
    /// It was removed for longer than [`RESTORE_MILLIS`]: gone for good.
    Purged {
        /// Which item it was.
        id: ItemId,
        /// When it was purged.
        clock: Clock,
    },
}

impl Head {
    /// What the user wants.
    #[must_use]
    pub fn wanted(&self) -> MetadataDraft {
        MetadataDraft {
            title: self.title.get().clone(),
            sites: self.sites.get().clone(),
            policy: self.policy.get().clone(),
        }
    }

    /// What the seals say; for an item without sealed values, what the user wants.
    #[must_use]
    pub fn in_force(&self) -> MetadataDraft {
        self.in_force.as_ref().map_or_else(|| self.wanted(), |in_force| in_force.value.clone())
    }

    /// When it was removed, unless it was not or was restored.
    #[must_use]
    pub const fn removed(&self) -> Option<UnixMillis> {
        self.removed.value
    }

    /// Titles that it had, newest first.
    #[must_use]
    pub fn past_titles(&self) -> &[Stamped<String>] {
        self.title.past()
    }

    fn wanted_since(&self) -> Clock {
        self.title.clock().max(self.sites.clock()).max(self.policy.clock())
    }

    /// When anything of it that the user writes was written last.
    fn unsealed_since(&self) -> Clock {
        let identity = self.identity.as_ref().map(Register::clock);
        let written = self.wanted_since().max(self.username.clock());
        identity.map_or(written, |identity| written.max(identity))
    }

    fn set_identity(&mut self, identity: Option<Box<Identity>>, clock: Clock) {
        let Some(identity) = identity else { return };
        match &mut self.identity {
            Some(register) => drop(register.set(identity, clock)),
            None => self.identity = Some(Register::new(identity, clock)),
        }
    }

    fn want(&mut self, wanted: MetadataDraft, clock: Clock) {
        self.title.set(wanted.title, clock);
        self.sites.set(wanted.sites, clock);
        self.policy.set(wanted.policy, clock);
    }

    fn merge(&mut self, other: Self) -> Result<()> {
        if (self.id, self.kind) != (other.id, other.kind) {
            return Err(Error::DifferentItems);
        }
        self.version = self.version.max(other.version);
        self.added = self.added.min(other.added);
        self.title.merge(other.title);
        self.sites.merge(other.sites);
        self.policy.merge(other.policy);
        self.username.merge(other.username);
        self.removed.merge(other.removed);
        match (&mut self.identity, other.identity) {
            (Some(mine), Some(other)) => mine.merge(other),
            (mine @ None, other) => *mine = other,
            (Some(_), None) => {}
        }
        match (&mut self.in_force, other.in_force) {
            (Some(mine), Some(other)) => mine.merge(other),
            (mine @ None, other) => *mine = other,
            (Some(_), None) => {}
        }
        Ok(())
    }
}

impl Item {
    /// A new item. Its values are sealed at once if the writer knows an approver.
    ///
    /// # Errors
    /// [`Error::InvalidDraft`], or the cryptography's.
    pub fn make(draft: CheckedDraft, writer: &Writer<'_>) -> Result<Self> {
        draft.check_complete()?;
        let clock = writer.clock;
        let CheckedDraft { kind, metadata, username, fields, identity } = draft;
        let MetadataDraft { title, sites, policy } = metadata;
        let head = Head {
            id: ItemId::make()?,
            kind,
            version: 1,
            added: clock,
            title: Register::new(title, clock),
            sites: Register::new(sites, clock),
            policy: Register::new(policy, clock),
            username: Register::new(username, clock),
            identity: identity.map(|identity| Register::new(identity, clock)),
            in_force: None,
            removed: Stamped { clock, value: None },
        };
        let mut item = Self { head, fields: Vec::new() };
        item.set_fields(fields, writer)?;
        Ok(item)
    }

    /// Changes it. User name and values change at once; title, sites and policy too, unless values are sealed: then they wait for the phone. On error
    /// nothing changes.
    ///
    /// # Errors
    /// [`Error::InvalidDraft`], [`Error::NoSuchField`], or the cryptography's.
    pub fn edit(&mut self, draft: CheckedDraft, writer: &Writer<'_>) -> Result<()> {
        if draft.kind != self.head.kind {
            return Err(Error::InvalidDraft(Rule::Kind));
        }
        let mut edited = self.clone();
        edited.head.want(draft.metadata, writer.clock);
        edited.head.username.set(draft.username, writer.clock);
        edited.head.set_identity(draft.identity, writer.clock);
        edited.set_fields(draft.fields, writer)?;
        edited.head.version = edited.head.version.saturating_add(1);
        *self = edited;
        Ok(())
    }

    /// Puts the fields into their order.
    pub fn arrange(&mut self) {
        self.fields.sort_by_key(|field| (field.added, field.kind, field.id));
    }

    fn set_fields(&mut self, fields: Vec<CheckedField>, writer: &Writer<'_>) -> Result<()> {
        for field in fields {
            match field.id {
                Some(id) => self.change_field(id, &field, writer)?,
                None => self.add_field(&field, writer)?,
            }
        }
        self.arrange();
        draft::check_count(self.fields.len())
    }

    fn add_field(&mut self, new: &CheckedField, writer: &Writer<'_>) -> Result<()> {
        if draft::is_single(new.kind) && self.fields.iter().any(|field| field.kind == new.kind) {
            return Err(Error::InvalidDraft(Rule::OneOnly(new.kind)));
        }
        let id = FieldId::make()?;
        let field =
            self.with_place(id, new.kind, writer, |place| Field::make(place, &new.value, new.counter, writer.clock))?;
        self.fields.push(field);
        Ok(())
    }

    fn change_field(&mut self, id: FieldId, new: &CheckedField, writer: &Writer<'_>) -> Result<()> {
        let mut field = self.field(id)?.clone();
        if field.kind != new.kind {
            return Err(Error::InvalidDraft(Rule::Kind));
        }
        self.with_place(id, new.kind, writer, |place| field.set(place, &new.value, new.counter, writer.clock))?;
        if let Some(slot) = self.fields.iter_mut().find(|slot| slot.id == id) {
            *slot = field;
        }
        Ok(())
    }

    /// Spends a counter of a counter-based seed: the codes of it and of all before it are not handed out again. Store the item before anyone sees the code.
    ///
    /// # Errors
    /// [`Error::NoSuchField`], [`Error::NoCounter`], [`Error::CounterSpent`]; nothing changes then.
    pub fn spend(&mut self, id: FieldId, counter: u64) -> Result<()> {
        let field = self.fields.iter_mut().find(|field| field.id == id).ok_or(Error::NoSuchField)?;
        field.spend(counter)?;
        self.head.version = self.head.version.saturating_add(1);
        Ok(())
    }

    /// Lends the place of a field. From the first seal on, the metadata in force is what that seal says.
    pub(crate) fn with_place<T>(
        &mut self,
        field: FieldId,
        kind: countersign_seal::field::FieldKind,
        writer: &Writer<'_>,
        act: impl FnOnce(&Place<'_>) -> Result<T>,
    ) -> Result<T> {
        let in_force = writer.approver.map(|approver| (approver, self.force()));
        let seal_with = in_force.as_ref().map(|(approver, in_force)| SealWith {
            approver,
            metadata: &in_force.value,
            since: in_force.clock,
        });
        act(&Place { account: writer.account, item: self.head.id, field, kind, seal_with })
    }

    pub(crate) fn force(&mut self) -> Stamped<MetadataDraft> {
        let (wanted, since) = (self.head.wanted(), self.head.wanted_since());
        self.head.in_force.get_or_insert(Stamped { clock: since, value: wanted }).clone()
    }

    /// One field.
    ///
    /// # Errors
    /// [`Error::NoSuchField`].
    pub fn field(&self, id: FieldId) -> Result<&Field> {
        self.fields.iter().find(|field| field.id == id).ok_or(Error::NoSuchField)
    }

    /// What is to be asked of the phone: `None` unless an edit waits, or a seal says something else than is in force.
    #[must_use]
    pub fn reseal(&self) -> Option<Reseal> {
        let in_force = self.head.in_force.as_ref()?;
        let metadata = self.head.wanted();
        let stale = self.fields.iter().any(|field| field.is_stale(in_force.clock));
        let sealed = self.fields.iter().filter(|field| field.current().guard() == Guard::Sealed);
        let fields: Vec<_> = sealed.map(|field| (field.id, field.current().written)).collect();
        let waits = stale || metadata != in_force.value;
        (waits && !fields.is_empty()).then_some(Reseal { item: self.head.id, metadata, fields })
    }

    /// Puts the phone's new seals in place, all of them; what was asked for is then in force.
    ///
    /// # Errors
    /// [`Error::NoSuchField`] if a seal is missing or was not asked for; nothing changes then.
    pub fn apply_reseal(
        &mut self,
        reseal: &Reseal,
        seals: Vec<(FieldId, FieldSeal)>,
        writer: &Writer<'_>,
    ) -> Result<()> {
        let mut resealed = self.clone();
        if seals.len() != reseal.fields.len() {
            return Err(Error::NoSuchField);
        }
        for (id, written) in &reseal.fields {
            let (_, seal) = seals.iter().find(|(sealed, _)| sealed == id).ok_or(Error::NoSuchField)?;
            let field = resealed.fields.iter_mut().find(|field| field.id == *id).ok_or(Error::NoSuchField)?;
            field.reseal(*written, seal.clone(), writer.clock)?;
        }
        resealed.head.in_force = Some(Stamped { clock: writer.clock, value: reseal.metadata.clone() });
        resealed.head.version = resealed.head.version.saturating_add(1);
        *self = resealed;
        Ok(())
    }

    /// Drops the edit that waits: what is in force is what is wanted.
    pub fn discard_waiting(&mut self, writer: &Writer<'_>) {
        if let Some(in_force) = &self.head.in_force {
            let value = in_force.value.clone();
            self.head.want(value, writer.clock);
            self.head.version = self.head.version.saturating_add(1);
        }
    }

    /// The first pairing: re-encrypts each value that is not sealed, past ones too, under a fresh content key, and seals it. Versions stay. Says how many
    /// values; 0 also without an approver.
    ///
    /// # Errors
    /// The cryptography's; nothing changes then.
    pub fn seal_everything(&mut self, writer: &Writer<'_>) -> Result<usize> {
        if writer.approver.is_none() || self.not_sealed() == 0 {
            return Ok(0);
        }
        let mut sealed = self.clone();
        let mut count = 0;
        let mut fields = core::mem::take(&mut sealed.fields);
        for field in &mut fields {
            count += sealed.with_place(field.id, field.kind, writer, |place| field.seal_all(place, writer.clock))?;
        }
        sealed.fields = fields;
        sealed.head.version = sealed.head.version.saturating_add(1);
        *self = sealed;
        Ok(count)
    }

    /// How many values, past ones too, are not sealed.
    #[must_use]
    pub fn not_sealed(&self) -> usize {
        let values = self.fields.iter().flat_map(|field| core::iter::once(field.current()).chain(field.history()));
        values.filter(|value| value.guard() == Guard::NotSealed).count()
    }

    /// Removes it; [`Item::restore`] undoes that for [`RESTORE_MILLIS`].
    pub fn remove(&mut self, writer: &Writer<'_>) {
        self.set_removed(Some(writer.clock.time()), writer.clock);
    }

    /// Undoes a removal.
    pub fn restore(&mut self, writer: &Writer<'_>) {
        self.set_removed(None, writer.clock);
    }

    fn set_removed(&mut self, value: Option<UnixMillis>, clock: Clock) {
        if self.head.removed.value.is_some() != value.is_some() {
            self.head.removed = Stamped { clock, value };
            self.head.version = self.head.version.saturating_add(1);
        }
    }

    /// What lists, choosers and pages get.
    #[must_use]
    pub fn summary(&self) -> ItemSummary {
        let MetadataDraft { title, sites, policy } = self.head.in_force();
        ItemSummary {
            id: self.head.id,
            kind: self.head.kind,
            title,
            username: self.head.username.get().clone(),
            sites,
            policy,
            fields: self.fields.iter().map(Field::summary).collect(),
            waiting: self.reseal().map(|reseal| reseal.metadata),
            changed: self.changed(),
            identity: self.head.identity.as_ref().map(|identity| identity.get().clone()),
        }
    }

    /// When the user last changed something.
    fn changed(&self) -> UnixMillis {
        let head = self.head.unsealed_since().max(self.head.removed.clock);
        self.fields.iter().map(Field::changed).fold(head, Clock::max).time()
    }

    /// The latest clock in it: a clock that recalled this one makes only later ones.
    #[must_use]
    pub fn latest(&self) -> Clock {
        let in_force = self.head.in_force.as_ref().map_or(self.head.added, |in_force| in_force.clock);
        let head = self.head.unsealed_since().max(self.head.removed.clock).max(in_force);
        self.fields.iter().map(Field::latest).fold(head, Clock::max)
    }

    /// Takes over what another version of this item holds. The result does not depend on the order of merges, and merging twice changes nothing.
    ///
    /// # Errors
    /// [`Error::DifferentItems`]; nothing changes then.
    pub fn merge(&mut self, other: Self) -> Result<()> {
        let mut merged = self.clone();
        merged.head.merge(other.head)?;
        for theirs in other.fields {
            match merged.fields.iter_mut().find(|field| field.id == theirs.id) {
                Some(mine) => mine.merge(theirs)?,
                None => merged.fields.push(theirs),
            }
        }
        merged.arrange();
        *self = merged;
        Ok(())
    }

    /// Whether any value, past ones too, is sealed.
    #[must_use]
    pub fn is_sealed(&self) -> bool {
        self.fields.iter().any(Field::is_sealed)
    }
}

impl Record {
    /// The item's id.
    #[must_use]
    pub const fn id(&self) -> ItemId {
        match self {
            Self::Item(item) => item.head.id,
            Self::Purged { id, .. } => *id,
        }
    }

    /// Purges an item that was removed longer than [`RESTORE_MILLIS`] before the writer's clock. Says whether it did.
    pub fn purge(&mut self, clock: Clock) -> bool {
        let Self::Item(item) = self else { return false };
        let due = item.head.removed().is_some_and(|removed| removed.plus(RESTORE_MILLIS) <= clock.time());
        if due {
            *self = Self::Purged { id: item.head.id, clock };
        }
        due
    }

    /// Merges. Purged is for good: a restore that comes later than the purge finds nothing to restore.
    ///
    /// # Errors
    /// [`Error::DifferentItems`]; nothing changes then.
    pub fn merge(&mut self, other: Self) -> Result<()> {
        if self.id() != other.id() {
            return Err(Error::DifferentItems);
        }
        match (&mut *self, other) {
            (Self::Item(mine), Self::Item(other)) => return mine.merge(*other),
            (Self::Purged { clock, .. }, Self::Purged { clock: other, .. }) => *clock = (*clock).max(other),
            (Self::Item(_), purged @ Self::Purged { .. }) => *self = purged,
            (Self::Purged { .. }, Self::Item(_)) => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
