//! How much speaks for each type of a field, and what said so.

use crate::{Confidence, Evidence, EvidenceSource, FieldType};

/// Log-odds of each type, against the odds that a field is nothing we know.
#[derive(Clone, Debug)]
pub(super) struct Scores {
    odds: [f32; FieldType::ALL.len()],
    evidence: Vec<(FieldType, Evidence)>,
}

/// What a field has to overcome to be more than nothing.
const NOTHING: f32 = 2.2;

impl Scores {
    pub(super) fn new() -> Self {
        let mut scores = Self { odds: [0.0; FieldType::ALL.len()], evidence: Vec::new() };
        scores.set(FieldType::None, NOTHING);
        scores
    }

    pub(super) fn get(&self, field_type: FieldType) -> f32 {
        self.odds.get(index(field_type)).copied().unwrap_or_default()
    }

    /// Adds to a type's odds.
    pub(super) fn add(&mut self, field_type: FieldType, source: EvidenceSource, says: &'static str, weight: f32) {
        if weight == 0.0 {
            return;
        }
        self.set(field_type, self.get(field_type) + weight);
        self.evidence.push((field_type, Evidence { source, says, weight }));
    }

    /// Rules a type out.
    pub(super) fn forbid(&mut self, field_type: FieldType) {
        self.set(field_type, f32::NEG_INFINITY);
    }

    /// Leaves only these types, and nothing.
    pub(super) fn only(&mut self, types: &[FieldType]) {
        for field_type in FieldType::ALL {
            if field_type != FieldType::None && !types.contains(&field_type) {
                self.forbid(field_type);
            }
        }
    }

    fn set(&mut self, field_type: FieldType, odds: f32) {
        if let Some(slot) = self.odds.get_mut(index(field_type)) {
            *slot = odds;
        }
    }

    /// The likeliest type. Of equals the first in the enum's order.
    pub(super) fn best(&self) -> FieldType {
        self.best_of(&FieldType::ALL)
    }

    /// The likeliest of some types.
    pub(super) fn best_of(&self, types: &[FieldType]) -> FieldType {
        let better = |one: FieldType, other: FieldType| if self.get(other) > self.get(one) { other } else { one };
        types.iter().copied().reduce(better).unwrap_or_default()
    }

    /// The probability of a type. Types that are filled alike (user name and email, old and new password) count together for the first and are told apart for the
    /// second by [`super::passwords`].
    pub(super) fn confidence(&self, field_type: FieldType) -> Confidence {
        let most = self.odds.iter().copied().fold(f32::MIN, f32::max);
        let weight = |odds: f32| ((odds - most) / TEMPERATURE).exp();
        let all: f32 = self.odds.iter().map(|odds| weight(*odds)).sum();
        let alike = |other: FieldType| {
            other == field_type
                || (other.is_login_id() && field_type.is_login_id())
                || (other.is_password() && field_type.is_password())
        };
        let ours: f32 =
            FieldType::ALL.into_iter().filter(|other| alike(*other)).map(|other| weight(self.get(other))).sum();
        Confidence::new(ours / all)
    }

    /// What spoke for and against a type.
    pub(super) fn evidence_for(&self, field_type: FieldType) -> Vec<Evidence> {
        self.evidence.iter().filter(|(about, _)| *about == field_type).map(|(_, evidence)| *evidence).collect()
    }
}

/// Evidence overlaps, so that the sum of its weights is too sure of itself: fitted so that answers given with confidence p are right p of the time.
const TEMPERATURE: f32 = 1.0;

fn index(field_type: FieldType) -> usize {
    field_type as usize
}
