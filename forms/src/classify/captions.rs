//! Where the words about a field stand: mostly before it, on some pages after it.

use super::group::Placed;
use crate::Field;
use crate::lexicon::{Bits, Concept, field_concepts};
use crate::text::{fold, fold_identifier};

/// How many fields further on a password's box is looked for.
const NEAR: usize = 3;
/// Columns of fields in a table, at most.
const COLUMNS: usize = 4;
/// Fewer fields than this tell nothing.
const FIELDS: usize = 4;

/// Whether most of a form's fields have no labels, and the text after each is about it: what fields call themselves agrees with the text before the next.
pub(super) fn follow(fields: &[Placed<'_>]) -> bool {
    let bare = fields.iter().filter(|(_, field)| field.texts.label.is_empty() && field.texts.aria.is_empty()).count();
    if bare < FIELDS || bare * 3 < fields.len() * 2 {
        return false;
    }
    let vague = (1 << Concept::Code.index()) | (1 << Concept::Number.index()) | (1 << Concept::Nothing.index());
    let shown = |text: &str| field_concepts(&fold(text), false).all & !vague;
    let texts: Vec<Bits> = fields.iter().map(|(_, field)| shown(&field.texts.before)).collect();
    let named = fields.iter().map(|(_, field)| field_concepts(&fold_identifier(&field.name), true).all & !vague);
    let named: Vec<Bits> = named.collect();
    let agree =
        |from: usize| named.iter().zip(texts.iter().skip(from)).filter(|(name, text)| **name & **text != 0).count();
    let unsaid = fields.first().is_some_and(|(_, field)| field.texts.before.is_empty());
    agree(0) == 0 && agree(1) >= if unsaid { 1 } else { 2 }
}

/// The text before a field; in a table whose columns have headings that of the row's first field, which names the row: "Town", under "Old address" and "New address".
pub(super) fn of_row<'a>(fields: &[Placed<'a>], at: usize) -> &'a str {
    let under_heading = |(_, field): &&Placed<'a>| !field.texts.heading.is_empty();
    let row = fields.get(..=at).unwrap_or_default().iter().rev().take(COLUMNS).take_while(under_heading);
    let own = fields.get(at).map_or("", |(_, field)| field.texts.before.as_str());
    let first = row.map(|(_, field)| field.texts.before.as_str()).find(|text| !text.is_empty());
    if own.is_empty() { first.unwrap_or_default() } else { own }
}

/// Whether the text before a box for plain text speaks of a password, and the box that hides what is typed comes after it without a word of its own: the text is a
/// message ("wrong password"), or the heads of a table, and not what the box is called.
pub(super) fn is_of_password_after(fields: &[Placed<'_>], at: usize) -> bool {
    let Some((_, field)) = fields.get(at) else { return false };
    let hidden = |field: &Field| field.input_type == "password" && field.visible && !field.read_only;
    let bare = |field: &Field| field.texts.label.is_empty() && field.texts.aria.is_empty();
    if field.input_type == "password" || !bare(field) || field.texts.before.is_empty() {
        return false;
    }
    let mut after = fields.iter().skip(at + 1).take(NEAR).filter(|(_, other)| hidden(other));
    let Some((_, password)) = after.next() else { return false };
    let unsaid = bare(password) && password.texts.before.is_empty();
    unsaid && field_concepts(&fold(&field.texts.before), false).has(Concept::Password)
}
