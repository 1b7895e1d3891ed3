//! The classifier. Fields are grouped into forms; each field is scored by itself; then the form decides together what its fields are.

mod captions;
mod cards;
mod codes;
mod context;
mod correct;
mod form;
mod group;
mod kind;
mod local;
mod login_ids;
mod numbers;
mod options;
mod passwords;
mod people;
mod prefix;
mod scores;
mod sums;
mod view;

#[cfg(test)]
mod tests;

pub use correct::apply;

use crate::{Classification, FormSnapshot};

/// Reads the lexicon, which the first classification would else do: some milliseconds that a user need not wait for.
pub fn prepare() {
    crate::lexicon::field_concepts(" ", false);
    crate::lexicon::form_concepts(" ", false);
}

/// Says what a snapshot's forms and fields are for.
#[must_use]
pub fn classify(snapshot: &FormSnapshot) -> Classification {
    let groups = group::groups(snapshot);
    Classification { forms: groups.iter().map(|group| context::decide(snapshot, group)).collect() }
}
