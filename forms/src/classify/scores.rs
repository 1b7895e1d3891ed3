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
    #[inline(never)]
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

    #[inline(never)]
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
    #[inline(never)]
    pub(super) fn best_of(&self, types: &[FieldType]) -> FieldType {
        let better = |one: FieldType, other: FieldType| if self.get(other) > self.get(one) { other } else { one };
        types.iter().copied().reduce(better).unwrap_or_default()
    }

    /// The probability of a type, by how far it is ahead of the likeliest other. Types that are told apart by what stands around them (user name and email, old and
    /// new password) are no others to each other.
    pub(super) fn confidence(&self, field_type: FieldType) -> Confidence {
        let alike = |other: FieldType| {
            other == field_type
                || (other.is_login_id() && field_type.is_login_id())
                || (other.is_password() && field_type.is_password())
        };
        let most = |wanted: bool| {
            let odds = FieldType::ALL.into_iter().filter(|other| alike(*other) == wanted).map(|other| self.get(other));
            odds.fold(f32::MIN, f32::max)
        };
        let ahead = most(true) - most(false);
        let Curve { base, slope, bound } = curve(field_type);
        // What stands around a field may settle it against its own words.
        let lead = if ahead <= 0.0 { SETTLED } else { ahead };
        Confidence::new((1.0 / (1.0 + (-(base + slope * lead.clamp(-20.0, 20.0))).exp())).min(bound))
    }

    /// What spoke for and against a type.
    pub(super) fn evidence_for(&self, field_type: FieldType) -> Vec<Evidence> {
        self.evidence.iter().filter(|(about, _)| *about == field_type).map(|(_, evidence)| *evidence).collect()
    }
}

/// How a lead turns into a probability: a logistic curve that stays below a bound, fitted so that answers given with confidence p are right p of the time. The form
/// suite holds it to that.
struct Curve {
    base: f32,
    slope: f32,
    bound: f32,
}

/// What is filled, or left alone, is told more surely than names and addresses are.
fn curve(field_type: FieldType) -> Curve {
    let secret = field_type.is_login_id() || field_type.is_password() || field_type.is_card();
    if secret || matches!(field_type, FieldType::None | FieldType::OneTimeCode) {
        Curve { base: 1.6, slope: 0.67, bound: 0.99 }
    } else {
        Curve { base: 0.22, slope: 0.7, bound: 0.985 }
    }
}

/// The lead that counts for what order and neighbours have settled.
const SETTLED: f32 = 2.5;

fn index(field_type: FieldType) -> usize {
    field_type as usize
}
