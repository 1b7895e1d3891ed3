//! Telephone numbers and postal codes in several boxes: what only their order and their lengths tell.

use super::codes::numbered_alike;
use super::context::{Candidate, is_unsaid, mark_parts};
use super::people::set;
use super::view::View;
use crate::FieldType as T;
use crate::lexicon::Concept;

/// A box for more characters than this takes no part of a number but the last.
const PART: u32 = 5;
/// Nor does a box for more than this take the last.
const LAST: u32 = 8;

/// Settles what the parts of numbers are.
pub(super) fn settle(fields: &mut [Candidate<'_, '_>]) {
    unsaid_after_code(fields);
    rows(fields);
    telephones(fields);
}

/// A list of countries' codes that is called a telephone, and a box without a word after it, are such a number.
fn unsaid_after_code(fields: &mut [Candidate<'_, '_>]) {
    for place in 1..fields.len() {
        let (Some(list), Some(number)) = (fields.get(place - 1), fields.get(place)) else { continue };
        let called = list.view.is_choice() && list.view.says(Concept::Phone) > 1.0 && is_country_code(list);
        if called && is_free(number) && is_unsaid(number.view) {
            fields.get_mut(place).into_iter().for_each(|field| set(field, T::Tel, "number-after-code"));
        }
    }
}

fn is_free(field: &Candidate<'_, '_>) -> bool {
    field.field_type == T::None && field.is_open_text() && field.view.field.autocomplete.is_empty()
}

/// Boxes in a row of which only the first is called a telephone number or a postal code hold its parts.
fn rows(fields: &mut [Candidate<'_, '_>]) {
    let mut place = 0;
    while place < fields.len() {
        let row = row_length(fields, place);
        let first = fields.get(place).map_or(T::None, |field| field.field_type);
        let whole = if first == T::PostalCode { T::PostalCode } else { T::Tel };
        for field in fields.iter_mut().skip(place).take(if row > 1 { row } else { 0 }) {
            set(field, whole, "part-of-number");
        }
        mark_parts(fields, &(place..place + row).collect::<Vec<_>>());
        place += row;
    }
}

/// How many boxes hold the number that begins in one; one, where that is all of it.
fn row_length(fields: &[Candidate<'_, '_>], place: usize) -> usize {
    let Some(first) = fields.get(place) else { return 1 };
    let most = match first.field_type {
        T::Tel | T::TelNational => 3,
        T::PostalCode => 2,
        T::None | T::TelAreaCode if is_dialled_first(first.view) => 3,
        _ => return 1,
    };
    let short = |field: &Candidate<'_, '_>, most: u32| field.view.field.max_length.is_none_or(|length| length <= most);
    let belongs = |field: &Candidate<'_, '_>| {
        let called = matches!(field.field_type, T::None | T::Tel) && field.is_open_text();
        let told = [&field.view.field.autocomplete, &field.view.field.texts.label, &field.view.field.texts.before];
        let silent = field.view.is_silent() || field.field_type == T::Tel;
        called && short(field, LAST) && told.into_iter().all(String::is_empty) && silent
    };
    if !short(first, PART) || !first.view.field.autocomplete.is_empty() {
        return 1;
    }
    let row = 1 + fields.iter().skip(place + 1).take(most - 1).take_while(|field| belongs(field)).count();
    let boxes = fields.get(place..place + row).unwrap_or_default();
    // Boxes of any length are parts only where they are counted.
    let counted = || boxes.windows(2).all(|pair| matches!(pair, [one, other] if numbered_alike(one, other)));
    let limited = boxes.iter().all(|field| field.view.field.max_length.is_some() || field.view.is_choice());
    if limited || (row == 3 && counted()) { row } else { 1 }
}

/// Whether a list is called a telephone and holds what numbers in a country begin with: `010`, `02`.
fn is_dialled_first(view: &View<'_>) -> bool {
    let begins = |text: &str| {
        (2..=4).contains(&text.len()) && text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let options = &view.field.options;
    let known = options.iter().filter(|option| begins(option.text.trim())).count();
    view.is_choice() && view.says(Concept::Phone) > 1.0 && known > 1 && known + 1 >= options.len()
}

/// Whether a text is a country's code for telephones, as `+49`.
pub(super) fn is_dial_code(text: &str) -> bool {
    let text = text.trim().trim_matches(['(', ')']);
    text.strip_prefix('+')
        .is_some_and(|code| (1..=4).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A country's code stands before a telephone number, which is then without it.
fn telephones(fields: &mut [Candidate<'_, '_>]) {
    for place in 0..fields.len() {
        let Some(number) = fields.get(place).filter(|field| field.field_type == T::Tel) else { continue };
        let printed = is_dial_code(&number.view.field.texts.before);
        let before = place.checked_sub(1).and_then(|before| fields.get(before));
        let code = before.is_some_and(|field| is_country_code(field));
        if let Some(field) = place.checked_sub(1).and_then(|before| fields.get_mut(before)).filter(|_| code) {
            set(field, T::TelCountryCode, "country-code-before-number");
        }
        if let Some(field) = fields.get_mut(place).filter(|_| code || printed) {
            set(field, T::TelNational, "after-country-code");
        }
    }
}

/// Whether what stands before a telephone number is its country's code.
fn is_country_code(field: &Candidate<'_, '_>) -> bool {
    let view = field.view;
    match field.field_type {
        T::TelCountryCode => true,
        T::TelAreaCode => view.is_choice() || view.field.texts.placeholder.starts_with('+'),
        T::None | T::Country | T::Search if view.is_choice() => {
            let zero = view.field.options.iter().any(|option| option.text.starts_with('0') && option.text.len() > 1);
            let called = view.names(Concept::AreaCode) || view.names(Concept::Phone);
            let plus = view.field.options.iter().filter(|option| option.text.contains('+')).count();
            let digits = |text: &str| (1..=4).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
            let numbers =
                view.field.options.iter().filter(|option| digits(&option.text) || digits(&option.value)).count();
            !zero && (called || plus > 0 || (numbers > 2 && numbers + 1 >= view.field.options.len()))
        }
        _ => false,
    }
}
