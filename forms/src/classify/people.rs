//! Names, birthdays and telephones in several fields: what only their order tells.

use super::context::Candidate;
use super::numbers;
use super::view::{Options, View};
use crate::lexicon::Concept;
use crate::text::fold;
use crate::{EvidenceSource as Source, FieldType as T};

/// Settles what the parts of names, birthdays and telephone numbers are.
pub(super) fn settle(fields: &mut [Candidate<'_, '_>]) {
    readings(fields);
    names(fields);
    birthdays(fields);
    other_dates(fields);
    further_lines(fields);
    house_numbers(fields);
    numbers::settle(fields);
}

pub(super) fn set(field: &mut Candidate<'_, '_>, field_type: T, says: &'static str) {
    // What it seemed to be by itself is surer for what stands around it.
    let weight = if field.field_type == field_type { 1.5 } else { 3.0 };
    field.field_type = field_type;
    field.scores.add(field_type, Source::Neighbours, says, weight);
}

fn kind(fields: &[Candidate<'_, '_>], place: Option<usize>) -> Option<T> {
    fields.get(place?).map(|field| field.field_type)
}

/// "Name" beside a first name is the last name, and the other way round.
fn names(fields: &mut [Candidate<'_, '_>]) {
    for place in 0..fields.len() {
        let plain = fields.get(place).is_some_and(|field| {
            field.field_type == T::Name && field.view.field.autocomplete.is_empty() && is_one_word(field.view)
        });
        if !plain {
            continue;
        }
        let beside = [place.checked_sub(1), Some(place + 1)].map(|place| kind(fields, place));
        let whole = |wanted: T| beside.contains(&Some(wanted));
        let near = |wanted: T| {
            let from = place.saturating_sub(2);
            fields.iter().skip(from).take(place + 3 - from).any(|field| field.field_type == wanted)
        };
        let other = match (whole(T::GivenName), whole(T::FamilyName)) {
            (true, false) if !near(T::FamilyName) => T::FamilyName,
            (false, true) if !near(T::GivenName) => T::GivenName,
            _ => continue,
        };
        fields.get_mut(place).into_iter().for_each(|field| set(field, other, "other-part-of-name"));
    }
}

/// How the user is addressed before what is asked for.
#[rustfmt::skip]
const YOUR: [&str; 20] = [
    "your", "ihr", "dein", "votre", "ton", "tu", "su", "seu", "il", "tuo", "suo", "uw", "je", "jouw", "twoje", "vase", "tvoje", "ваше", "твое", "твоє",
];

/// Whether a field is called a name in one word, which leaves room for the name's other part beside it. "Your" is none, nor is what is added in brackets.
fn is_one_word(view: &View<'_>) -> bool {
    let texts = &view.field.texts;
    let shown = [&texts.label, &texts.aria, &texts.placeholder, &texts.heading, &texts.before];
    let shown = shown.into_iter().find(|text| !text.is_empty());
    let words = |text: &str| {
        let name = fold(text.split(['(', '（']).next().unwrap_or_default());
        name.split_whitespace().filter(|word| !YOUR.contains(word)).count()
    };
    shown.is_none_or(|text| words(text) < 2)
}

/// How a Japanese name is read is asked for beside the name, and is no name by itself.
fn readings(fields: &mut [Candidate<'_, '_>]) {
    let is_name = |field: &Candidate<'_, '_>| matches!(field.field_type, T::Name | T::GivenName | T::FamilyName);
    let written = fields.iter().any(|field| is_name(field) && !is_reading(field.view));
    if !written {
        return;
    }
    for field in fields.iter_mut().filter(|field| is_name(field) && is_reading(field.view)) {
        set(field, T::None, "reading-of-name");
    }
}

fn is_reading(view: &View<'_>) -> bool {
    let texts = &view.field.texts;
    let named =
        [&view.field.name, &view.field.html_id].into_iter().any(|name| name.to_ascii_lowercase().contains("kana"));
    let marks = ["フリガナ", "ふりがな", "カナ", "セイ", "メイ"];
    named
        || [&texts.label, &texts.aria, &texts.before, &texts.placeholder, &texts.heading]
            .into_iter()
            .any(|text| marks.into_iter().any(|mark| text.contains(mark)))
}

/// Which part of a date a field of it surely is.
fn date_part(view: &View<'_>) -> Option<T> {
    let told = match view.options {
        Options::Days => Some(T::BdayDay),
        Options::Months => Some(T::BdayMonth),
        Options::YearsBack | Options::YearsAhead => Some(T::BdayYear),
        _ => None,
    };
    told.or_else(|| view.date_letter())
        .or_else(|| called_part(view))
        .or_else(|| (view.field.max_length == Some(4)).then_some(T::BdayYear))
}

/// The part of a date that a field is called, and nothing else.
fn called_part(view: &View<'_>) -> Option<T> {
    [(Concept::Day, T::BdayDay), (Concept::Month, T::BdayMonth), (Concept::Year, T::BdayYear)]
        .into_iter()
        .find(|(concept, _)| view.is_all(*concept))
        .map(|(_, part)| part)
}

/// The orders in which authors put the parts of a date.
const DATE_ORDERS: [[T; 3]; 3] = [
    [T::BdayDay, T::BdayMonth, T::BdayYear],
    [T::BdayYear, T::BdayMonth, T::BdayDay],
    [T::BdayMonth, T::BdayDay, T::BdayYear],
];

/// Three short fields or selects in a row, where a birthday is asked for, are its parts, each once.
fn birthdays(fields: &mut [Candidate<'_, '_>]) {
    // Who makes an account is asked for no other day.
    let signs_up = fields.iter().any(|field| field.field_type == T::NewPassword);
    let called = |field: &Candidate<'_, '_>| called_part(field.view).is_some();
    let born = fields.iter().any(|field| field.view.says(Concept::Birth) > 0.0)
        || (signs_up && fields.iter().filter(|field| called(field)).count() == 3);
    if !born && !fields.iter().any(is_date_part) {
        return;
    }
    let told: Vec<Option<T>> = fields.iter().map(|field| date_part(field.view)).collect();
    for place in 0..fields.len().saturating_sub(2) {
        let (Some(row), Some(told)) = (fields.get(place..place + 3), told.get(place..place + 3)) else { return };
        let known = told.iter().flatten().count();
        let born = row.iter().any(|field| field.view.says(Concept::Birth) > 0.0)
            || (known == 3 && row.iter().any(is_date_part))
            || (signs_up && row.iter().all(called));
        let fits = |order: &&[T; 3]| order.iter().zip(told).all(|(part, told)| told.is_none_or(|told| told == *part));
        let order = DATE_ORDERS.iter().find(fits).filter(|_| born && known > 0);
        let free = row.iter().zip(told).all(|(field, told)| may_be_part(field, *told)) && !row.iter().any(expires);
        for (field, part) in fields.iter_mut().skip(place).zip(order.filter(|_| free).into_iter().flatten()) {
            set(field, *part, "part-of-birthday");
        }
    }
}

/// Where nothing speaks of birth, a month or a year without the other parts is that of something else.
fn other_dates(fields: &mut [Candidate<'_, '_>]) {
    let all = [T::BdayDay, T::BdayMonth, T::BdayYear].into_iter();
    let has = |part: T| fields.iter().any(|field| field.field_type == part);
    let born = fields.iter().any(|field| {
        field.view.says(Concept::Birth) > 0.0 || (is_date_part(field) && !field.view.field.autocomplete.is_empty())
    });
    if !born && !all.into_iter().all(has) {
        fields.iter_mut().filter(|field| is_date_part(field)).for_each(|field| set(field, T::None, "date-of-nobody"));
    }
}

fn is_date_part(field: &Candidate<'_, '_>) -> bool {
    matches!(field.field_type, T::BdayDay | T::BdayMonth | T::BdayYear)
}

/// Whether a field is short, and not known to be anything else than part of a birthday.
fn may_be_part(field: &Candidate<'_, '_>, told: Option<T>) -> bool {
    let view = field.view;
    let short = view.field.max_length.is_some_and(|length| length <= 4) || view.field.input_type == "number";
    let short = view.is_choice() || (view.is_text() && (short || told.is_some()));
    let types = [T::None, T::Bday, T::BdayDay, T::BdayMonth, T::BdayYear];
    short && (types.contains(&field.field_type) || view.names(Concept::Birth) || told.is_some())
}

/// Whether a date is that of a document.
fn expires(field: &Candidate<'_, '_>) -> bool {
    let dated = field.view.says(Concept::Expiry) + field.view.says(Concept::IssueDate) > 0.0;
    dated && field.view.says(Concept::Birth) == 0.0
}

/// Beside a street, what is called a house's number and nothing else takes no line of an address.
fn house_numbers(fields: &mut [Candidate<'_, '_>]) {
    let line =
        |field: &Candidate<'_, '_>| matches!(field.field_type, T::AddressLine1 | T::AddressLine2 | T::AddressLine3);
    let numbered = |field: &Candidate<'_, '_>| {
        let view = field.view;
        let others = [Concept::Street, Concept::AddressLine2].into_iter().any(|other| view.names(other));
        view.is_all(Concept::HouseNumber) && !others && view.field.autocomplete.is_empty()
    };
    let streets = fields.iter().any(|field| line(field) && !numbered(field));
    for field in fields.iter_mut().filter(|field| streets && line(field) && numbered(field)) {
        set(field, T::None, "number-of-house");
    }
}

/// The line of an address after the first, called as that but for a number.
fn further_lines(fields: &mut [Candidate<'_, '_>]) {
    for place in 1..fields.len() {
        let (Some(before), Some(field)) = (fields.get(place - 1), fields.get(place)) else { continue };
        let next = match before.field_type {
            T::AddressLine1 | T::StreetAddress => T::AddressLine2,
            T::AddressLine2 => T::AddressLine3,
            _ => continue,
        };
        let line = matches!(field.field_type, T::AddressLine1 | T::StreetAddress);
        // In another column stands another address.
        let headings = (&before.view.field.texts.heading, &field.view.field.texts.heading);
        let other = headings.0 != headings.1 || field.view.is_beside;
        let numbered = super::codes::numbered_alike(before, field) && !other;
        if let Some(field) = fields.get_mut(place).filter(|_| line && numbered) {
            set(field, next, "further-line-of-address");
        }
    }
}
