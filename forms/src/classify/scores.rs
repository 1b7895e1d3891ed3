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
        // What stands around a field may settle it against its own words.
        Confidence::new(curve(field_type).at(if ahead <= 0.0 { SETTLED } else { ahead }))
    }

    /// What spoke for and against a type.
    pub(super) fn evidence_for(&self, field_type: FieldType) -> Vec<Evidence> {
        self.evidence.iter().filter(|(about, _)| *about == field_type).map(|(_, evidence)| *evidence).collect()
    }
}

/// How a lead turns into a probability: a logistic curve that stays below a bound. What it is fitted to are answers about pages that the engine of their time had
/// not seen, so that on such pages answers given with confidence p are right p of the time; on pages that rules were learnt from they are so more often.
struct Curve {
    base: f32,
    slope: f32,
    bound: f32,
}

impl Curve {
    fn at(&self, lead: f32) -> f32 {
        (1.0 / (1.0 + (-(self.base + self.slope * lead.clamp(-20.0, 20.0))).exp())).min(self.bound)
    }
}

/// What is filled, what is left alone, and names and addresses are each told more or less surely.
fn curve(field_type: FieldType) -> Curve {
    let secret = field_type.is_login_id() || field_type.is_password() || field_type.is_card();
    if secret || field_type == FieldType::OneTimeCode {
        Curve { base: 0.91, slope: 0.48, bound: 0.985 }
    } else if field_type == FieldType::None {
        Curve { base: 0.15, slope: 1.16, bound: 0.99 }
    } else {
        Curve { base: -0.49, slope: 1.25, bound: 0.985 }
    }
}

/// The lead that counts for what order and neighbours have settled.
const SETTLED: f32 = 2.5;

fn index(field_type: FieldType) -> usize {
    field_type as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers about pages 377 to 680 of the form suite by the engine that had not seen them, each batch by the one of its time: mean lead, answers, right ones.
    type FirstSight = (FieldType, &'static [(f32, u16, u16)]);

    const FIRST_SIGHT: [FirstSight; 3] = [
        (
            FieldType::Email,
            &[
                (0.6, 40, 27),
                (1.5, 78, 67),
                (2.2, 42, 34),
                (2.6, 72, 69),
                (3.5, 78, 71),
                (4.8, 166, 163),
                (8.0, 288, 283),
                (11.4, 27, 27),
            ],
        ),
        (
            FieldType::None,
            &[(0.5, 51, 33), (1.5, 91, 80), (2.2, 153, 144), (2.5, 11, 8), (3.0, 26, 26), (20.0, 106, 106)],
        ),
        (
            FieldType::Name,
            &[(0.5, 52, 30), (1.6, 101, 81), (2.3, 25, 23), (2.7, 70, 66), (3.3, 65, 63), (4.9, 34, 34), (8.3, 24, 24)],
        ),
    ];

    #[test]
    fn confidence_holds_on_pages_that_were_not_seen() {
        for (field_type, rows) in FIRST_SIGHT {
            let (mut apart, mut all) = (0.0, 0.0);
            for (lead, answers, right) in rows {
                let (said, right) = (curve(field_type).at(*lead), f32::from(*right) / f32::from(*answers));
                let enough = *answers >= 40;
                assert!(!enough || (said - right).abs() < 0.1, "{field_type:?} ahead by {lead}: {said}, but {right}");
                apart += (said - right).abs() * f32::from(*answers);
                all += f32::from(*answers);
            }
            assert!(apart / all < 0.03, "{field_type:?}: {}", apart / all);
        }
    }

    #[test]
    fn who_is_further_ahead_is_surer() {
        for (field_type, _) in FIRST_SIGHT {
            let at = |lead| curve(field_type).at(lead);
            assert!(at(0.1) < at(1.0) && at(1.0) < at(3.0) && at(3.0) <= at(30.0) && at(30.0) < 1.0);
        }
    }
}
