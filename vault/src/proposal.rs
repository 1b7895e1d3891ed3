//! A value that is sealed for a field ahead of time: whether the item gets it is decided later, when nobody has the value in hand any more.
//!
//! A browser captures a password before it is known whether it is to be saved. [`Item::propose`] seals it at once, for each item that it could belong to;
//! [`Item::accept`] makes it the field's value, whatever the item went through meanwhile:
//!
//! - Another value may have taken its version number. That is so after merges too, and [`crate::field::Field::open`] tries each.
//! - The metadata in force may be other ones. Then its seal is stale, and [`Item::reseal`] asks the phone.

use crate::{
    Error, Result, draft,
    field::{Field, Place, Value},
    item::Guard,
    record::{Item, Writer},
};
use countersign_seal::{
    field::{FieldCiphertext, FieldKind, FieldSeal},
    id::{FieldId, ItemId},
    secret::SecretBytes,
};
use serde::{Deserialize, Serialize};

/// A value for a field of an item, under a lock of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    item: ItemId,
    field: FieldId,
    kind: FieldKind,
    value: Value,
}

impl Proposal {
    /// The item.
    #[must_use]
    pub const fn item(&self) -> ItemId {
        self.item
    }

    /// Its field.
    #[must_use]
    pub const fn field(&self) -> FieldId {
        self.field
    }

    /// Who guards the value.
    #[must_use]
    pub const fn guard(&self) -> Guard {
        self.value.guard()
    }

    /// The value as it is sealed, to be compared by a phone.
    ///
    /// # Errors
    /// [`Error::NotSealed`].
    pub fn sealed(&self) -> Result<(&FieldSeal, &FieldCiphertext)> {
        Ok((self.value.field_seal()?, &self.value.ciphertext))
    }

    /// The first pairing: re-encrypts a value that is not sealed under a fresh content key, and seals it with the metadata that its item has in force. Says whether it did.
    ///
    /// # Errors
    /// [`Error::DifferentItems`], or the cryptography's; nothing changes then.
    pub fn seal(&mut self, item: &Item, writer: &Writer<'_>) -> Result<bool> {
        if item.head.id != self.item {
            return Err(Error::DifferentItems);
        }
        if writer.approver.is_none() || self.guard() == Guard::Sealed {
            return Ok(false);
        }
        let mut value = self.value.clone();
        // A copy: what is in force for the item begins with a value of its own.
        item.clone().with_place(self.field, self.kind, writer, |place| value.seal(place, writer.clock))?;
        self.value = value;
        Ok(true)
    }
}

impl Item {
    /// Seals a value for the one field of this kind, without changing the item.
    ///
    /// # Errors
    /// [`Error::NoSuchField`] if it has none, [`Error::InvalidDraft`] for what cannot be such a value, or the cryptography's.
    pub fn propose(&self, kind: FieldKind, secret: &SecretBytes, writer: &Writer<'_>) -> Result<Proposal> {
        let field = self.fields.iter().find(|field| field.kind == kind).ok_or(Error::NoSuchField)?;
        let (secret, counter) = draft::check_value(kind, secret)?;
        let make = |place: &Place<'_>| field.next(place, &secret, counter, writer.clock);
        let value = self.clone().with_place(field.id, kind, writer, make)?;
        Ok(Proposal { item: self.head.id, field: field.id, kind, value })
    }

    /// Makes a proposed value the field's. The value before it goes to the history with its lock; so does one that was written after the proposal was made.
    ///
    /// # Errors
    /// [`Error::DifferentItems`], [`Error::NoSuchField`], [`Error::NotSealed`] for a value that is not sealed where there is a phone; nothing changes then.
    pub fn accept(&mut self, proposal: Proposal, writer: &Writer<'_>) -> Result<()> {
        let Proposal { item, field, kind, value } = proposal;
        if item != self.head.id {
            return Err(Error::DifferentItems);
        }
        if writer.approver.is_some() && value.guard() == Guard::NotSealed {
            return Err(Error::NotSealed);
        }
        let is_it = |known: &&mut Field| known.id == field && known.kind == kind;
        let known = self.fields.iter_mut().find(is_it).ok_or(Error::NoSuchField)?;
        let is_sealed = value.guard() == Guard::Sealed;
        known.accept(value, writer.clock);
        if is_sealed {
            self.force();
        }
        self.head.version = self.head.version.saturating_add(1);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
