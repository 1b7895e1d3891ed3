//! What the daemon has just had in hand, so that it can tell whether it is captured once more. In memory only: tags under a random key, each for ten minutes, but of what was made for a page
//! until that is settled; they go when the store is locked.

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
/// For how long a value counts as tried, and how many of one user on one site are told from what is stored in that time: whether something is offered would tell a page which
/// guess was right.
const TRIAL: Duration = Duration::from_secs(5 * 60);
const TRIALS: usize = 3;
/// The most users of sites whose trials are remembered.
const TRIED_LIMIT: usize = 256;

/// A field's value, by its version: another value has another one.
type Place = (ItemId, FieldId, u32);

#[derive(Debug)]
pub(super) struct Known {
    comparer: Comparer,
    values: HashMap<Place, (Tag, Moment)>,
    captures: HashMap<CaptureId, (Tag, Moment)>,
    /// What was made for pages: its user may take long over a form.
    made: HashMap<CaptureId, Tag>,
    /// The items whose value was known to be another one when this was captured.
    different: HashMap<CaptureId, HashSet<ItemId>>,
    /// By site and user name.
    tried: HashMap<(String, String), Vec<(Tag, Moment)>>,
}

impl Known {
    pub(super) fn new() -> Result<Self> {
        let (values, captures, made, different, tried) = Default::default();
        Ok(Self { comparer: Comparer::make()?, values, captures, made, different, tried })
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

    /// The capture was made here.
    pub(super) fn note_made(&mut self, capture: CaptureId, tag: Tag) {
        self.made.insert(capture, tag);
    }

    /// Whether this capture is known to hold the value.
    pub(super) fn is_captured(&self, capture: CaptureId, tag: Tag) -> bool {
        if self.made.get(&capture) == Some(&tag) {
            return true;
        }
        self.captures.get(&capture).is_some_and(|(known, since)| is_recent(*since) && *known == tag)
    }

    /// A phone said that the item's value there is another one than the capture's.
    pub(super) fn note_different(&mut self, capture: CaptureId, item: ItemId) {
        self.different.entry(capture).or_default().insert(item);
    }

    /// A phone said that the value there is the capture's.
    pub(super) fn note_equal(&mut self, capture: CaptureId, place: Place) {
        let known = self.captures.get(&capture).filter(|(_, since)| is_recent(*since)).copied();
        if let Some((tag, _)) = known {
            self.note_tag(place, tag);
        }
    }

    /// Whether the item's value is known to be another one than the capture's.
    pub(super) fn differs(&self, capture: CaptureId, item: ItemId) -> bool {
        self.different.get(&capture).is_some_and(|items| items.contains(&item))
    }

    /// A capture is saved there.
    pub(super) fn saved(&mut self, capture: CaptureId, place: Place) {
        self.note_equal(capture, place);
        self.forget(capture);
    }

    pub(super) fn forget(&mut self, capture: CaptureId) {
        self.captures.remove(&capture);
        self.made.remove(&capture);
        self.different.remove(&capture);
    }

    /// Whether it may be told if a site's user has this value; it counts as tried then.
    pub(super) fn may_tell(&mut self, who: (String, String), tag: Tag) -> bool {
        self.forget_old();
        if self.is_tried(&who, tag) {
            return true;
        }
        if self.tried.len() >= TRIED_LIMIT && !self.tried.contains_key(&who) {
            return false;
        }
        let tried = self.tried.entry(who).or_default();
        let has_room = tried.len() < TRIALS;
        if has_room {
            tried.push((tag, Moment::now()));
        }
        has_room
    }

    fn is_tried(&self, who: &(String, String), tag: Tag) -> bool {
        self.tried.get(who).is_some_and(|tried| tried.iter().any(|(known, _)| *known == tag))
    }

    /// Whether a phone may be asked about this capture: it is one of the few values that are told.
    pub(super) fn may_ask(&self, who: &(String, String), capture: CaptureId) -> bool {
        self.captures.get(&capture).is_some_and(|(tag, since)| is_recent(*since) && self.is_tried(who, *tag))
    }

    /// What has been known for long enough goes.
    pub(super) fn forget_old(&mut self) {
        self.values.retain(|_, (_, since)| is_recent(*since));
        self.captures.retain(|_, (_, since)| is_recent(*since));
        self.tried.values_mut().for_each(|tried| tried.retain(|(_, since)| since.elapsed() < TRIAL));
        self.tried.retain(|_, tried| !tried.is_empty());
    }
}

fn is_recent(since: Moment) -> bool {
    since.elapsed() < LIFETIME
}
