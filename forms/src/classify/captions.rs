//! Where the words about a field stand: mostly before it, on some pages after it.

use super::codes::same_stem;
use super::group::Placed;
use crate::lexicon::{Bits, Concept as C, Hits, field_concepts};
use crate::text::{fold, fold_identifier};
use crate::{Button, Field};

/// How many fields further on a password's box is looked for.
const NEAR: usize = 3;
/// Columns of fields in a table, at most.
const COLUMNS: usize = 4;
/// Fewer fields than this tell nothing by what they call themselves.
const FIELDS: usize = 4;
/// A box for fewer characters is part of something.
const WHOLE: u32 = 5;

/// What a caption and a field are called by the same words, but mean nothing by.
const VAGUE: Bits = bits(&[C::Code, C::Number, C::Nothing]);
/// What hides as it is typed.
const SECRETS: Bits = bits(&[
    C::Password,
    C::Pin,
    C::Csc,
    C::SecurityCode,
    C::OneTimeCode,
    C::Code,
    C::New,
    C::Current,
    C::Confirm,
    C::Answer,
    C::Captcha,
    C::Hint,
    C::NationalId,
    C::CustomerId,
]);
/// What does not hide, and is longer than a few characters.
const SHOWN: Bits = bits(&[C::Email, C::Username, C::CardNumber, C::Cardholder, C::Name, C::GivenName, C::FamilyName]);
/// What numbers a box for a telephone's is not for, though some use its keyboard.
const ACCOUNTS: Bits = bits(&[C::Account, C::CustomerId, C::NationalId, C::Username]);
/// What a box that hides its text is not for.
const OPEN: Bits = SHOWN | bits(&[C::Expiry, C::Phone, C::Birth, C::Address, C::Street, C::City]);

const fn bits(concepts: &[C]) -> Bits {
    let mut all = 0;
    let mut at = 0;
    while at < concepts.len() {
        if let [concept, ..] = concepts.split_at(at).1 {
            all |= 1 << (*concept as u8);
        }
        at += 1;
    }
    all
}

/// The text about a field that is no label of its own.
#[derive(Clone, Copy, Default)]
pub(super) struct Caption<'a> {
    pub(super) text: &'a str,
    /// Whether it is that of the field before, beside which this one stands in a column of its own.
    pub(super) is_shared: bool,
}

/// The caption of each field, in order.
pub(super) fn of<'a>(fields: &[Placed<'a>], buttons: &[Button]) -> Vec<Caption<'a>> {
    let before: Vec<&str> = fields.iter().map(|placed| before(*placed, buttons)).collect();
    let follow = follow(fields, &before);
    let caption = |at: usize| {
        let text = |at: usize| before.get(at).copied().unwrap_or_default();
        if is_of_password_after(fields, at) {
            Caption::default()
        } else if follow {
            Caption { text: text(at + 1), is_shared: false }
        } else if is_second_of_row(fields, &before, at) {
            Caption { text: text(at.saturating_sub(1)), is_shared: true }
        } else {
            Caption { text: of_row(fields, &before, at), is_shared: false }
        }
    };
    (0..fields.len()).map(caption).collect()
}

/// The text before a field, but not what the button before it says: that is about what the button does.
fn before<'a>((place, field): Placed<'a>, buttons: &[Button]) -> &'a str {
    let text = field.texts.before.as_str();
    let pressed = |button: &Button| button.after == place && !text.is_empty() && button.text == text;
    if buttons.iter().any(pressed) { "" } else { text }
}

/// Whether most of a form's fields have no labels, and the text after each is about it.
fn follow(fields: &[Placed<'_>], before: &[&str]) -> bool {
    let bare = fields.iter().filter(|(_, field)| is_bare(field)).count();
    if bare * 3 < fields.len() * 2 {
        return false;
    }
    let texts: Vec<Hits> = before.iter().map(|text| field_concepts(&fold(text), false)).collect();
    let names: Vec<Bits> = fields.iter().map(|(_, field)| named(field)).collect();
    let unsaid = before.first().is_some_and(|text| text.is_empty());
    let heading = fields.first().map_or("", |(_, field)| field.texts.section.as_str());
    let untitled = unsaid || before.first() == Some(&heading);
    (bare >= FIELDS && named_by_text_after(&names, &texts, unsaid)) || fits_text_after(fields, &names, &texts, untitled)
}

/// Whether what fields call themselves agrees with the text before the next, and never with that before them.
fn named_by_text_after(names: &[Bits], texts: &[Hits], unsaid: bool) -> bool {
    let agree = |from: usize| names.iter().zip(texts.iter().skip(from)).filter(|(name, text)| **name & text.all != 0);
    agree(0).count() == 0 && agree(1).count() >= if unsaid { 1 } else { 2 }
}

/// Whether the texts before fields cannot be about them, and those after them can: a box that hides its text after "user name", a box for five characters after
/// "card number".
fn fits_text_after(fields: &[Placed<'_>], names: &[Bits], texts: &[Hits], unsaid: bool) -> bool {
    let fits = |from: usize| {
        let pairs = fields.iter().zip(names).zip(texts.iter().skip(from)).filter(|(((_, field), _), _)| is_bare(field));
        let fits: Vec<Fit> = pairs.map(|(((_, field), named), hits)| fit(field, *named, *hits)).collect();
        let count = |wanted: Fit| fits.iter().filter(|fit| **fit == wanted).count();
        (count(Fit::Agrees), count(Fit::Contradicts))
    };
    let (own, wrong) = fits(0);
    if wrong == 0 {
        return false;
    }
    let (after, wrong_after) = fits(1);
    wrong_after == 0 && (after > own || (unsaid && after == own))
}

/// How a text fits a field of that type and length.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fit {
    Agrees,
    Contradicts,
    Unknown,
}

fn fit(field: &Field, named: Bits, hits: Hits) -> Fit {
    let says = |concept: C| hits.has(concept);
    let named = named & hits.all != 0;
    let secret = hits.all & SECRETS != 0;
    let length = field.max_length.unwrap_or(u32::MAX);
    let (agrees, contradicts) = match field.input_type.as_str() {
        "checkbox" | "radio" => (false, false),
        "password" => (secret, !secret && hits.strong & OPEN != 0),
        "tel" if hits.strong & ACCOUNTS != 0 => (false, !says(C::Phone)),
        "email" => (says(C::Email), !says(C::Email) && hits.strong & (SHOWN | SECRETS) & !VAGUE != 0),
        _ => {
            let number = says(C::CardNumber) && (13..=24).contains(&length);
            let code = says(C::Csc) && (3..=4).contains(&length);
            let date = says(C::Expiry) && matches!(length, 2 | 5 | 7);
            let short = matches!(length, 2 | 3 | 5 | 6) && hits.strong & SHOWN != 0;
            let password = field.input_type == "text" && hits.strong & (1 << C::Password.index()) != 0;
            (number || code || date, short || (password && hits.all & SHOWN == 0))
        }
    };
    match (agrees || named, contradicts && !named) {
        (true, _) => Fit::Agrees,
        (false, true) => Fit::Contradicts,
        (false, false) => Fit::Unknown,
    }
}

/// What a field calls itself.
fn named(field: &Field) -> Bits {
    field_concepts(&fold_identifier(&field.name), true).all & !VAGUE
}

/// Whether nothing labels a field.
fn is_bare(field: &Field) -> bool {
    field.texts.label.is_empty() && field.texts.aria.is_empty()
}

/// The text before a field; in a table whose columns have headings that of the row's first field, which names the row: "Town", under "Old address" and "New address".
fn of_row<'a>(fields: &[Placed<'a>], before: &[&'a str], at: usize) -> &'a str {
    let own = before.get(at).copied().unwrap_or_default();
    let under_heading = |at: &usize| fields.get(*at).is_some_and(|(_, field)| !field.texts.heading.is_empty());
    let row = (0..=at).rev().take(COLUMNS).take_while(under_heading);
    let first = row.filter_map(|at| before.get(at)).find(|text| !text.is_empty()).copied();
    if own.is_empty() { first.unwrap_or_default() } else { own }
}

/// Whether a field without a word stands in the second of two columns: it is called as the one before it is but for a number, and so it is in the row above or below.
fn is_second_of_row(fields: &[Placed<'_>], before: &[&str], at: usize) -> bool {
    let row = |first: usize| {
        let ([one, other], [text, unsaid]) = (fields.get(first..first + 2)?, before.get(first..first + 2)?) else {
            return None;
        };
        let ((_, one), (_, other)) = (one, other);
        let alike = one.tag == other.tag && one.input_type == other.input_type && is_bare(one) && is_bare(other);
        let whole = [one, other].into_iter().all(|field| field.max_length.is_none_or(|length| length >= WHOLE));
        let called = !text.is_empty() && unsaid.is_empty() && other.texts.placeholder.is_empty();
        let numbered = one.name != other.name && same_stem(&one.name, &other.name);
        let parted = field_concepts(&fold(text), false).all & bits(&[C::Phone, C::Birth, C::Date, C::Expiry]) != 0;
        (alike && whole && called && numbered && !parted).then_some(one.name.as_str())
    };
    let Some(own) = at.checked_sub(1).and_then(row) else { return false };
    let other = |first: Option<usize>| first.and_then(row).is_some_and(|name| !same_stem(name, own));
    other(at.checked_sub(3)) || other(Some(at + 1))
}

/// Whether the text before a box for plain text speaks of a password, and the box that hides what is typed comes after it without a word of its own: the text is a
/// message ("wrong password"), or the heads of a table, and not what the box is called.
fn is_of_password_after(fields: &[Placed<'_>], at: usize) -> bool {
    let Some((_, field)) = fields.get(at) else { return false };
    let hidden = |field: &Field| field.input_type == "password" && field.visible && !field.read_only;
    if field.input_type == "password" || !is_bare(field) || field.texts.before.is_empty() {
        return false;
    }
    let mut after = fields.iter().skip(at + 1).take(NEAR).filter(|(_, other)| hidden(other));
    let Some((_, password)) = after.next() else { return false };
    let unsaid = is_bare(password) && password.texts.before.is_empty();
    unsaid && field_concepts(&fold(&field.texts.before), false).has(C::Password)
}
