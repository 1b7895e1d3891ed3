//! What the names of a form's fields have in common says nothing about one of them: `reg-email`, `reg-password`, `reg-name`.

use crate::Field;
use crate::lexicon::{Concept, field_concepts};
use crate::text::fold_identifier;

/// What most names and most ids of a form's fields begin with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Prefix<'a> {
    pub(super) name: &'a str,
    pub(super) id: &'a str,
    /// What names, and ids, consist of but for a number, where a box for a password and one for text are both called so: a machine counted them.
    counted: [Option<&'a str>; 2],
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

impl<'a> Prefix<'a> {
    /// The common beginnings in a form's fields.
    pub(super) fn of(fields: &[&'a Field]) -> Self {
        let written = |field: &&&'a Field| !matches!(field.input_type.as_str(), "checkbox" | "radio");
        let names: Vec<&str> = fields.iter().filter(written).map(|field| field.name.as_str()).collect();
        let ids: Vec<&str> = fields.iter().filter(written).map(|field| field.html_id.as_str()).collect();
        Self {
            name: common(&names),
            id: common(&ids),
            counted: [counted(fields, |field| &field.name), counted(fields, |field| &field.html_id)],
        }
    }

    /// An identifier without what it shares with the others of its form.
    pub(super) fn cut(self, identifier: &'a str, prefix: &str) -> &'a str {
        if self.counted.contains(&Some(stem(identifier))) {
            return "";
        }
        identifier.strip_prefix(prefix).filter(|rest| !rest.is_empty()).unwrap_or(identifier)
    }
}

/// An identifier without the number that it ends in.
fn stem(identifier: &str) -> &str {
    identifier.trim_end_matches(|letter: char| letter.is_ascii_digit())
}

/// The name that fields of all kinds share but for a number.
fn counted<'a>(fields: &[&'a Field], identifier: fn(&'a Field) -> &'a str) -> Option<&'a str> {
    let named = |secret: bool| {
        let fields = fields.iter().filter(move |field| (field.input_type == "password") == secret);
        fields.map(|field| identifier(field)).filter(|name| stem(name).len() < name.len() && !stem(name).is_empty())
    };
    let shared = named(true).map(stem).find(|name| named(false).any(|other| stem(other) == *name))?;
    (!field_concepts(&fold_identifier(shared), true).has(Concept::Password)).then_some(shared)
}

/// The longest beginning up to a mark that three of four have in common. Of sorted names the middle one has it.
fn common<'a>(names: &[&'a str]) -> &'a str {
    let mut names: Vec<&str> = names.iter().copied().filter(|name| !name.is_empty()).collect();
    names.sort_unstable();
    names.dedup();
    let Some(middle) = names.get(names.len() / 2).filter(|_| names.len() >= 3) else { return "" };
    let marks = middle.bytes().enumerate().filter(|(_, byte)| matches!(byte, b'_' | b'-')).map(|(at, _)| at + 1);
    let beginnings = marks.collect::<Vec<_>>().into_iter().rev().filter_map(|end| middle.get(..end));
    let most =
        |beginning: &&str| names.iter().filter(|name| name.starts_with(beginning)).count() * 4 >= names.len() * 3;
    let Some(beginning) = beginnings.into_iter().find(most) else { return "" };
    let hits = field_concepts(&fold_identifier(beginning), true);
    if TELLING.into_iter().any(|concept| hits.has(concept)) { "" } else { beginning }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings_are_cut_where_a_word_ends() {
        assert_eq!(common(&["reg-email", "reg-pass", "reg-name"]), "reg-");
        assert_eq!(common(&["user_email", "user_name", "user_mail"]), "user_");
        assert_eq!(common(&["email", "empty", "emu"]), "");
    }

    #[test]
    fn what_a_machine_counted_says_nothing() {
        let field = |name: &str, input_type: &str| Field {
            name: name.into(),
            input_type: input_type.into(),
            ..Field::default()
        };
        let of = |fields: [Field; 2]| Prefix::of(&fields.iter().collect::<Vec<_>>()).counted[0].map(str::to_owned);
        assert_eq!(of([field("name0", "text"), field("name1", "password")]).as_deref(), Some("name"));
        assert_eq!(of([field("password1", "text"), field("password2", "password")]), None);
        assert_eq!(of([field("name", "text"), field("name1", "password")]), None);
    }

    #[test]
    fn two_fields_are_no_pattern_and_telling_beginnings_stay() {
        assert_eq!(common(&["login-email", "login-pass"]), "");
        assert_eq!(common(&["cc-number", "cc-name", "cc-code"]), "");
    }
}
