//! What the names of a form's fields have in common says nothing about one of them: `reg-email`, `reg-password`, `reg-name`.

use crate::Field;
use crate::lexicon::{Concept, field_concepts};
use crate::text::fold_identifier;

/// How many bytes the names and the ids of a form's fields have in common.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Prefix {
    pub(super) name: usize,
    pub(super) id: usize,
}

/// What a common beginning may say about every field of a form after all.
const TELLING: [Concept; 9] = [
    Concept::CardNumber,
    Concept::CardWord,
    Concept::GiftCard,
    Concept::BankAccount,
    Concept::Birth,
    Concept::Expiry,
    Concept::OneTimeCode,
    Concept::Search,
    Concept::Recipient,
];

impl Prefix {
    /// The common beginnings in a form's fields.
    pub(super) fn of(fields: &[&Field]) -> Self {
        let written = |field: &&&Field| !matches!(field.input_type.as_str(), "checkbox" | "radio");
        let names: Vec<&str> = fields.iter().filter(written).map(|field| field.name.as_str()).collect();
        let ids: Vec<&str> = fields.iter().filter(written).map(|field| field.html_id.as_str()).collect();
        Self { name: common(&names), id: common(&ids) }
    }
}

fn common(names: &[&str]) -> usize {
    let mut names: Vec<&str> = names.iter().copied().filter(|name| !name.is_empty()).collect();
    names.sort_unstable();
    names.dedup();
    let (Some(first), Some(last)) = (names.first(), names.last()) else { return 0 };
    if names.len() < 3 {
        return 0;
    }
    // Of sorted names the first and the last differ most.
    let same = first.bytes().zip(last.bytes()).take_while(|(one, other)| one == other).count();
    let length = first
        .bytes()
        .take(same)
        .collect::<Vec<_>>()
        .iter()
        .rposition(|byte| matches!(byte, b'_' | b'-'))
        .map_or(0, |at| at + 1);
    let hits = field_concepts(&fold_identifier(first.get(..length).unwrap_or_default()), true);
    if TELLING.into_iter().any(|concept| hits.has(concept)) { 0 } else { length }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_are_cut_where_a_word_ends() {
        assert_eq!(common(&["reg-email", "reg-pass", "reg-name"]), 4);
        assert_eq!(common(&["user_email", "user_name", "user_mail"]), 5);
        assert_eq!(common(&["email", "empty", "emu"]), 0);
    }

    #[test]
    fn two_fields_are_no_pattern_and_telling_beginnings_stay() {
        assert_eq!(common(&["login-email", "login-pass"]), 0);
        assert_eq!(common(&["cc-number", "cc-name", "cc-code"]), 0);
    }
}
