//! One-time codes: in one box, or one character a box.

use super::context::{Candidate, mark_parts};
use super::form::FormWords;
use super::local::is_numeric;
use crate::lexicon::{Concept, FormConcept, form_concepts};
use crate::text::fold;
use crate::{EvidenceSource as Source, FieldType as T};

/// A row of boxes for one character each is a code; a lone field in a form that speaks of a second factor is one too.
pub(super) fn support(fields: &mut [Candidate<'_, '_>], words: &FormWords<'_>) {
    let two_factor = words.says(FormConcept::TwoFactor).min(4.0);
    let other = words.says(FormConcept::OtherCode) > 0.0 && two_factor == 0.0;
    rows(fields, two_factor > 0.0, other);
    sent(fields, words);
    grids(fields);
    let texts = fields.iter().filter(|field| (field.is_open_text()) || field.is_password()).count();
    let lone = texts == 1;
    let called = |field: &Candidate<'_, '_>| {
        let named = field.view.is_named(Concept::OneTimeCode);
        field.view.says(Concept::OneTimeCode) > 2.0 && (named || field.view.says(Concept::Password) == 0.0)
    };
    for field in fields.iter_mut().filter(|field| field.is_password() && (called(field) || (lone && takes_code(field))))
    {
        field.scores.add(T::OneTimeCode, Source::Form, "second-factor-form", two_factor * 1.6);
    }
    for field in fields.iter_mut().filter(|field| lone && field.is_password()) {
        // A password that came by text message is a code, whatever its name and `autocomplete` say.
        let asks = two_factor + words.says(FormConcept::Checkout) > 0.0 && words.says(FormConcept::LogIn) == 0.0;
        let told = field.view.shows(Concept::OneTimeCode) && !field.view.shows(Concept::Password);
        if told && (takes_code(field) || asks) {
            field.scores.add(T::OneTimeCode, Source::Label, "password-for-once", 9.0);
        }
    }
    for field in fields.iter_mut().filter(|field| field.view.is_shown_password()) {
        // What proves somebody a second time and is not hidden is a code, although it is called a password.
        if two_factor > 0.0 && texts == 1 {
            field.scores.add(T::OneTimeCode, Source::Form, "passcode-of-second-factor", 8.0);
        }
    }
    if lone && two_factor > 0.0 && words.says(FormConcept::LogIn) <= 1.0 {
        // A passcode that was sent is a code, though the box hides it.
        for field in fields.iter_mut().filter(|field| field.is_password() && is_called_code(field)) {
            field.scores.add(T::OneTimeCode, Source::Form, "passcode-of-second-factor", 9.0);
        }
    }
    if lone && words.says(FormConcept::Checkout) == 0.0 {
        // A card's code is not asked for without the card.
        let safe = |field: &Candidate<'_, '_>| {
            field.view.says(Concept::SecurityCode) > 2.0 && !field.view.names(Concept::Csc) && field.is_open_text()
        };
        for field in fields.iter_mut().filter(|field| safe(field)) {
            field.scores.add(T::OneTimeCode, Source::Form, "security-code-without-card", 3.0);
        }
    }
    if lone && words.links_to(FormConcept::TwoFactor) {
        // What a button sends again was sent.
        for field in fields.iter_mut().filter(|field| field.is_password() && takes_code(field)) {
            field.scores.add(T::OneTimeCode, Source::Form, "form-sends-again", 8.0);
        }
    }
    let hidden = fields.iter().any(Candidate::is_password);
    let sends = words.links_to(FormConcept::SendCode);
    for field in fields.iter_mut().filter(|field| field.view.is_text()) {
        if two_factor > 0.0 && !hidden && field.view.says(Concept::Password) + field.view.says(Concept::Pin) > 2.0 {
            field.scores.add(T::OneTimeCode, Source::Form, "passcode-of-second-factor", 2.8);
        }
        if lone && two_factor > 0.0 && field.view.is_silent() {
            field.scores.add(T::OneTimeCode, Source::Form, "only-field-of-second-factor", 2.0);
        }
        let view = field.view;
        let resets = words.says(FormConcept::Recover).max(words.says(FormConcept::ChangePassword)) > 1.0;
        if hidden && resets && view.is_all(Concept::Code) {
            field.scores.add(T::OneTimeCode, Source::Form, "code-to-reset", 2.5);
        }
        let code = view.says(Concept::Code) + view.says(Concept::Digits) + view.says(Concept::Pin) > 0.0;
        let all = view.is_all(Concept::Code) || view.is_all(Concept::Pin) || view.is_all(Concept::Digits);
        if two_factor == 0.0 && code && !all && view.says(Concept::OneTimeCode) == 0.0 {
            let among_others = texts > 3 && !is_in_row(field);
            let weight = if among_others { -3.0 } else { -1.4 };
            field.scores.add(T::OneTimeCode, Source::Label, "some-other-code", weight);
        }
        if two_factor == 0.0 && view.shows(Concept::Captcha) && !sends {
            field.scores.add(T::OneTimeCode, Source::Label, "read-off-a-picture", -3.0);
        }
        if two_factor == 0.0
            && hidden
            && !sends
            && view.field.max_length == Some(4)
            && !view.is_named(Concept::OneTimeCode)
        {
            // Four characters beside a password, which nothing sends, are read off a picture.
            field.scores.add(T::OneTimeCode, Source::Form, "nothing-sends-it", -4.0);
        }
        if view.field.has_value && view.says(Concept::Code) == 0.0 && view.says(Concept::OneTimeCode) < 1.0 {
            field.scores.add(T::OneTimeCode, Source::Constraint, "filled-in", -3.0);
        }
        let weight = if lone { 0.7 } else { 0.2 };
        field.scores.add(T::OneTimeCode, Source::Form, "second-factor-form", two_factor * weight);
    }
}

/// Whether a field says of itself that it is nothing else.
fn is_open(field: &Candidate<'_, '_>) -> bool {
    matches!(field.scores.best(), T::None | T::OneTimeCode)
}

/// Whether what a password's box is called ends in "code".
fn is_called_code(field: &Candidate<'_, '_>) -> bool {
    let texts = &field.view.field.texts;
    let text = [&texts.label, &texts.aria, &texts.placeholder, &texts.before].into_iter().find(|text| !text.is_empty());
    text.is_some_and(|text| fold(text).split_whitespace().any(|word| word.ends_with("code")))
}

/// Whether a field takes a few digits.
fn is_short(field: &Candidate<'_, '_>) -> bool {
    let field = field.view.field;
    field.max_length.is_some_and(|length| length <= 4) || (field.max_length.is_none() && field.input_type == "number")
}

/// Whether a field's length or keyboard is a code's.
fn takes_code(field: &Candidate<'_, '_>) -> bool {
    is_numeric(field.view.field) || field.view.field.max_length.is_some_and(|length| (4..=8).contains(&length))
}

/// A code that a button of the form sends is no captcha, unless it is in a picture.
fn sent(fields: &mut [Candidate<'_, '_>], words: &FormWords<'_>) {
    if !words.links_to(FormConcept::SendCode) {
        return;
    }
    for field in fields.iter_mut().filter(|field| field.view.is_text()) {
        let view = field.view;
        if view.shows(Concept::OneTimeCode) || (view.says(Concept::OneTimeCode) > 1.5 && !view.names(Concept::Captcha))
        {
            field.scores.add(T::OneTimeCode, Source::Form, "form-sends-code", 6.0);
        }
    }
    // What the form sends is a code, too, where its box hides it.
    for field in fields.iter_mut().filter(|field| field.is_password() && takes_code(field)) {
        if field.view.shows(Concept::OneTimeCode) && !field.view.shows(Concept::Password) {
            field.scores.add(T::OneTimeCode, Source::Form, "form-sends-code", 9.0);
        }
    }
}

/// Whether the heading above a field speaks of another code than one that proves who somebody is.
fn is_under_other_code(field: &Candidate<'_, '_>) -> bool {
    form_concepts(&fold(&field.view.field.texts.section), false).has_form(FormConcept::OtherCode)
}

/// Short boxes called by a letter and a number are cells of a card of codes.
fn grids(fields: &mut [Candidate<'_, '_>]) {
    let is_cell = |field: &Candidate<'_, '_>| {
        let texts = &field.view.field.texts;
        let called = [&texts.label, &texts.aria, &texts.before].into_iter().find(|text| !text.is_empty());
        let cell = called.is_some_and(|text| {
            let mut letters = text.trim().chars();
            letters.next().is_some_and(char::is_alphabetic)
                && (1..=2).contains(&letters.as_str().len())
                && letters.all(|letter| letter.is_ascii_digit())
        });
        cell && field.view.field.max_length.is_some_and(|length| length <= 5)
    };
    if fields.iter().filter(|field| is_cell(field)).count() < 2 {
        return;
    }
    for field in fields.iter_mut().filter(|field| is_cell(field)) {
        field.scores.add(T::OneTimeCode, Source::Label, "cell-of-code-card", 9.0);
    }
}

/// Digits of a code in few boxes, at least.
const CODE: usize = 6;

/// Whether two or three boxes for as many digits each are all that a form asks for, and nothing else is said of them.
fn is_whole_form(fields: &[Candidate<'_, '_>], start: usize) -> bool {
    let open = |field: &&Candidate<'_, '_>| field.is_open_text() || field.is_password();
    let row: Vec<&Candidate<'_, '_>> = fields.iter().filter(open).collect();
    let first = fields.get(start).map(|field| field.view.place);
    let length = row.first().and_then(|field| field.view.field.max_length);
    (2..=3).contains(&row.len())
        && row.first().map(|field| field.view.place) == first
        && length.is_some_and(|length| {
            (2..=5).contains(&length) && usize::try_from(length).is_ok_and(|length| length * row.len() >= CODE)
        })
        && row
            .iter()
            .all(|field| field.view.field.max_length == length && is_numeric(field.view.field) && is_open(field))
}

fn rows(fields: &mut [Candidate<'_, '_>], second_factor: bool, other: bool) {
    let few = fields.iter().filter(|field| field.is_open_text() || field.is_password()).count() <= 3;
    let mut start = 0;
    while start < fields.len() {
        let whole = few && is_whole_form(fields, start);
        let row = if whole {
            fields.iter().skip(start).take_while(|field| field.is_open_text()).count()
        } else {
            row_length(fields, start)
        };
        let says_code = |field: &Candidate<'_, '_>| {
            field.view.says(Concept::OneTimeCode) + field.view.says(Concept::Code) + field.view.says(Concept::Pin) > 0.0
        };
        let single =
            fields.get(start + usize::from(row > 1)).is_some_and(|field| field.view.field.max_length == Some(1));
        let coded = second_factor || fields.iter().skip(start).take(row).any(says_code);
        let other = other || fields.get(start).is_some_and(is_under_other_code);
        let called = second_factor
            || whole
            || fields.get(start).is_some_and(|field| field.view.is_shown_password() && is_short(field))
            || fields.get(start).is_some_and(|field| field.view.says(Concept::OneTimeCode) > 2.0);
        let masked = row > 2 && !second_factor && is_masked(fields.get(start..start + row).unwrap_or_default());
        for field in fields.iter_mut().skip(start).take(row) {
            if masked {
                field.scores.add(T::OneTimeCode, Source::Neighbours, "letters-of-password", -6.0);
            } else if other && !second_factor {
                field.scores.add(T::OneTimeCode, Source::Form, "other-code", -6.0);
            } else if (2..=3).contains(&row) && called && is_short(field) && is_open(field) {
                // "The last four digits" are those of the code.
                let weight = if field.view.shows(Concept::Answer) { 8.0 } else { 4.5 };
                field.scores.add(T::OneTimeCode, Source::Neighbours, "row-of-boxes", weight);
            } else if (4..=10).contains(&row) && (single || coded) {
                field.scores.add(T::OneTimeCode, Source::Neighbours, "row-of-boxes", 4.5);
                field.scores.add(T::Email, Source::Neighbours, "row-of-boxes", -3.0);
            } else if field.view.field.max_length == Some(1) {
                field.scores.add(T::OneTimeCode, Source::Neighbours, "no-row-of-boxes", -2.0);
            }
        }
        start += row.max(1);
    }
}

/// Whether a row of boxes asks for some letters of a password: it is called one, or some of its boxes are closed.
fn is_masked(row: &[Candidate<'_, '_>]) -> bool {
    let secret =
        |field: &Candidate<'_, '_>| field.view.field.input_type == "password" && field.view.field.max_length == Some(1);
    let called = |field: &Candidate<'_, '_>| {
        field.view.says(Concept::Password) > 0.0 && field.view.says(Concept::OneTimeCode) == 0.0
    };
    let closed = row.iter().filter(|field| field.view.field.disabled || field.view.field.read_only).count();
    row.iter().all(secret) && (row.iter().any(called) || (closed > 0 && closed < row.len()))
}

/// How many fields from here on are alike: boxes for one character, or boxes whose names differ only in a number.
pub(super) fn row_length(fields: &[Candidate<'_, '_>], start: usize) -> usize {
    let Some(first) = fields.get(start).filter(|first| first.is_open_text() || first.view.is_password()) else {
        return 0;
    };
    let alike = |field: &&Candidate<'_, '_>| {
        let (one, other) = (first.view.field, field.view.field);
        one.input_type == other.input_type
            && one.max_length == other.max_length
            && (one.max_length == Some(1) || (is_numeric(one) == is_numeric(other) && numbered_alike(first, field)))
    };
    if let Some(row) = row_after_whole(fields, start) {
        return row;
    }
    let row = fields.iter().skip(start).take_while(alike).count();
    // Boxes that take a pasted code have no limit, but for the last, where nothing is left to paste.
    let is_one = |at: usize| fields.get(at).is_some_and(|field| field.view.field.max_length == Some(1));
    let closes = |last: &Candidate<'_, '_>| {
        last.view.field.input_type == first.view.field.input_type
            && is_numeric(last.view.field) == is_numeric(first.view.field)
            && numbered_alike(first, last)
    };
    let end = start + row;
    let is_closed =
        row >= 3 && !is_one(start) && is_one(end) && !is_one(end + 1) && fields.get(end).is_some_and(closes);
    row + usize::from(is_closed)
}

/// A row whose first box takes the whole code, to be pasted or told by the system, and shares it out to boxes for one character each.
fn row_after_whole(fields: &[Candidate<'_, '_>], start: usize) -> Option<usize> {
    let first = fields.get(start).filter(|first| first.view.field.max_length != Some(1))?;
    let is_box = |field: &&Candidate<'_, '_>| {
        field.view.field.max_length == Some(1) && field.view.field.input_type == first.view.field.input_type
    };
    let boxes = fields.iter().skip(start + 1).take_while(is_box).count();
    let whole = u32::try_from(boxes + 1).ok();
    let alike = fields.get(start + 1).is_some_and(|next| numbered_alike(first, next));
    ((3..10).contains(&boxes) && (first.view.field.max_length == whole || alike)).then_some(boxes + 1)
}

pub(super) fn numbered_alike(one: &Candidate<'_, '_>, other: &Candidate<'_, '_>) -> bool {
    let (one, other) = (one.view.field, other.view.field);
    let (name, other_name) =
        if one.name.is_empty() { (&one.html_id, &other.html_id) } else { (&one.name, &other.name) };
    let numbered = name.bytes().any(|byte| byte.is_ascii_digit()) || (name.is_empty() && other_name.is_empty());
    let (texts, others) = (&one.texts, &other.texts);
    numbered
        && same_stem(name, other_name)
        && same_stem(&texts.label, &others.label)
        && same_stem(&texts.aria, &others.aria)
        && same_stem(&texts.placeholder, &others.placeholder)
}

/// Whether two texts differ in digits at most.
pub(super) fn same_stem(one: &str, other: &str) -> bool {
    let digit = |byte: &u8| byte.is_ascii_digit();
    one.bytes().filter(|byte| !digit(byte)).eq(other.bytes().filter(|byte| !digit(byte)))
}

/// Marks the boxes of a split code: one character each, or a few each that make a code's length together.
pub(super) fn settle(fields: &mut [Candidate<'_, '_>]) {
    let is_code = |field: &Candidate<'_, '_>| field.field_type == T::OneTimeCode;
    let boxes: Vec<(usize, u32)> = (0..)
        .zip(fields.iter())
        .filter(|(_, field)| is_code(field))
        .filter_map(|(place, field)| Some((place, box_length(field)?)))
        .collect();
    for row in boxes.chunk_by(|(one, _), (next, _)| one + 1 == *next) {
        let length: u32 = row.iter().map(|(_, length)| length).sum();
        if (4..=12).contains(&length) {
            let places: Vec<usize> = row.iter().map(|(place, _)| *place).collect();
            mark_parts(fields, &places);
        }
    }
}

/// How many characters a box takes; none for a field that takes a whole code. The first of a row's boxes may take all, to be pasted into.
fn box_length(field: &Candidate<'_, '_>) -> Option<u32> {
    let most = if is_in_row(field) { 5 } else { 3 };
    field.view.field.max_length.filter(|length| (1..=most).contains(length)).or_else(|| is_in_row(field).then_some(1))
}

fn is_in_row(field: &Candidate<'_, '_>) -> bool {
    field.scores.evidence_for(T::OneTimeCode).iter().any(|evidence| evidence.says == "row-of-boxes")
}
