//! What the daemon has just had in hand, so that it can tell whether it is captured once more. In memory only: tags under a random key, each for ten minutes; they go
//! when the store is locked.

use super::Result;
use crate::clock::Moment;
use countersign_seal::{
    comparison::{Comparer, Tag},
    id::{CaptureId, FieldId, ItemId},
    secret::SecretBytes,
};
use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

/// For how long a value is known.
const LIFETIME: Duration = Duration::from_secs(10 * 60);

/// A field's value, by its version: another value has another one.
type Place = (ItemId, FieldId, u32);

#[derive(Debug)]
pub(super) struct Known {
    comparer: Comparer,
    values: HashMap<Place, (Tag, Moment)>,
    captures: HashMap<CaptureId, (Tag, Moment)>,
    /// The items whose value was known to be another one when this was captured.
    different: HashMap<CaptureId, HashSet<ItemId>>,
}

impl Known {
    pub(super) fn new() -> Result<Self> {
        let (values, captures) = (HashMap::new(), HashMap::new());
        Ok(Self { comparer: Comparer::make()?, values, captures, different: HashMap::new() })
    }

    pub(super) fn tag(&self, value: &SecretBytes) -> Result<Tag> {
        Ok(self.comparer.tag(value)?)
    }

    pub(super) fn note(&mut self, place: Place, value: &SecretBytes) -> Result<()> {
        let tag = self.tag(value)?;
        self.note_tag(place, tag);
        Ok(())
    }

    fn note_tag(&mut self, place: Place, tag: Tag) {
        self.forget_old();
        self.values.insert(place, (tag, Moment::now()));
    }

    /// Whether the value there is this one; `None` if it is not known.
    pub(super) fn is(&self, place: Place, tag: Tag) -> Option<bool> {
        let (known, since) = self.values.get(&place)?;
        is_recent(*since).then_some(*known == tag)
    }

    pub(super) fn note_capture(&mut self, capture: CaptureId, tag: Tag, different: HashSet<ItemId>) {
        self.forget_old();
        self.captures.insert(capture, (tag, Moment::now()));
        self.different.insert(capture, different);
    }

    /// Whether this capture is known to hold the value.
    pub(super) fn is_captured(&self, capture: CaptureId, tag: Tag) -> bool {
        self.captures.get(&capture).is_some_and(|(known, since)| is_recent(*since) && *known == tag)
    }

    /// Whether the item's value is known to be another one than the capture's.
    pub(super) fn differs(&self, capture: CaptureId, item: ItemId) -> bool {
        self.different.get(&capture).is_some_and(|items| items.contains(&item))
    }

    /// A capture is saved there.
    pub(super) fn saved(&mut self, capture: CaptureId, place: Place) {
        let known = self.captures.get(&capture).filter(|(_, since)| is_recent(*since));
        if let Some((tag, _)) = known.copied() {
            self.note_tag(place, tag);
        }
        self.forget(capture);
    }

    pub(super) fn forget(&mut self, capture: CaptureId) {
        self.captures.remove(&capture);
        self.different.remove(&capture);
    }

    fn forget_old(&mut self) {
        self.values.retain(|_, (_, since)| is_recent(*since));
        self.captures.retain(|_, (_, since)| is_recent(*since));
    }
}

fn is_recent(since: Moment) -> bool {
    since.elapsed() < LIFETIME
}
