//! What one field says about itself.

use super::scores::Scores;
use super::view::{Options, View};
use crate::lexicon::Concept as C;
use crate::{EvidenceSource as Source, Field, FieldTag, FieldType as T};

/// A concept, its name as evidence, and what it counts for and against types.
type Rule = (C, &'static str, &'static [(T, f32)]);

/// What each concept counts for and against each type, per unit of its strength.
#[rustfmt::skip]
const RULES: &[Rule] = &[
    (C::Email, "email", &[(T::Email, 1.25), (T::Username, 0.3), (T::Name, -0.4), (T::OneTimeCode, -0.3), (T::StreetAddress, -1.0)]),
    (C::Username, "username", &[(T::Username, 1.2), (T::Name, -0.4)]),
    (C::Account, "account", &[(T::Username, 0.7)]),
    (C::CustomerId, "customer-id", &[(T::CcCsc, -0.8), (T::Username, 0.75), (T::OneTimeCode, -0.6), (T::CcNumber, -0.8)]),
    (C::NationalId, "national-id", &[(T::CcCsc, -0.8), (T::CurrentPassword, -1.0), (T::NewPassword, -1.0), (T::Username, 0.3), (T::OneTimeCode, -0.5), (T::CcNumber, -0.8), (T::CcExp, -1.0), (T::CcName, -1.2), (T::Organization, -0.8), (T::Tel, -0.4)]),
    (C::Password, "password", &[(T::CurrentPassword, 0.8), (T::NewPassword, 0.8), (T::OneTimeCode, -0.2), (T::Username, -0.4), (T::Email, -0.4), (T::Name, -0.6), (T::FamilyName, -0.6)]),
    (C::Pin, "pin", &[(T::OneTimeCode, 0.5), (T::CurrentPassword, 0.4), (T::CcCsc, 0.1)]),
    (C::OneTimeCode, "one-time-code", &[(T::OneTimeCode, 1.15), (T::CurrentPassword, -0.6), (T::NewPassword, -0.6), (T::CcCsc, -0.3), (T::Username, -0.4), (T::Tel, -0.7), (T::Email, -0.8)]),
    (C::Code, "code", &[(T::OneTimeCode, 0.4), (T::CcCsc, 0.15)]),
    (C::InviteCode, "invitation", &[(T::Username, -1.2), (T::OneTimeCode, -1.5), (T::CcNumber, -1.0), (T::CcCsc, -1.0)]),
    (C::CardNumber, "card-number", &[(T::CcNumber, 1.2), (T::CcName, -0.3), (T::OneTimeCode, -0.5)]),
    (C::Recipient, "recipient", &[(T::Email, -1.6), (T::Name, -1.4), (T::GivenName, -1.4), (T::FamilyName, -1.4), (T::Bday, -1.4), (T::Tel, -1.4), (T::AddressLine1, -0.7), (T::StreetAddress, -0.7), (T::CcNumber, -1.5), (T::CcName, -0.8)]),
    (C::CardWord, "card", &[(T::CurrentPassword, -0.8), (T::NewPassword, -0.8), (T::CcNumber, 0.25), (T::CcCsc, 0.2), (T::CcExp, 0.15), (T::CcExpMonth, 0.15), (T::CcExpYear, 0.15), (T::CcName, 0.15), (T::CcType, 0.25)]),
    (C::Csc, "card-security-code", &[(T::CcCsc, 1.2), (T::OneTimeCode, -0.9), (T::CcNumber, -0.8), (T::CurrentPassword, -0.9), (T::NewPassword, -0.9)]),
    (C::SecurityCode, "security-code", &[(T::CcCsc, 0.95), (T::OneTimeCode, 0.1), (T::CcNumber, -0.8), (T::CurrentPassword, -1.2), (T::NewPassword, -1.2)]),
    (C::Nickname, "nickname", &[(T::Username, 0.95), (T::Name, -0.3), (T::CcName, -1.2)]),
    (C::Newsletter, "newsletter", &[(T::Email, 0.35)]),
    (C::Expiry, "expiry", &[(T::CcExp, 1.0), (T::CcExpMonth, 0.45), (T::CcExpYear, 0.45), (T::Bday, -1.0), (T::BdayMonth, -1.0), (T::BdayYear, -1.0), (T::BdayDay, -1.0), (T::CcNumber, -0.6), (T::CcCsc, -0.4)]),
    (C::Digits, "six-digits", &[(T::OneTimeCode, 0.55)]),
    (C::IssueDate, "issue-date", &[(T::Bday, -1.5), (T::BdayMonth, -1.5), (T::BdayYear, -1.5), (T::BdayDay, -1.5), (T::CcExp, -1.5), (T::CcExpMonth, -1.5), (T::CcExpYear, -1.5), (T::CcCsc, -1.0), (T::CcNumber, -1.0)]),
    (C::Month, "month", &[(T::CcExpMonth, 0.7), (T::BdayMonth, 0.65), (T::CcExp, -0.1), (T::CcNumber, -0.5)]),
    (C::Year, "year", &[(T::CcExpYear, 0.7), (T::BdayYear, 0.65), (T::CcExp, -0.1), (T::CcNumber, -0.5)]),
    (C::Day, "day", &[(T::BdayDay, 0.7)]),
    (C::Cardholder, "cardholder", &[(T::CcName, 1.3), (T::CcNumber, -1.2), (T::Name, -0.5), (T::Username, -0.8)]),
    (C::CardType, "card-type", &[(T::CcType, 1.2), (T::CcNumber, -0.8)]),
    (C::GiftCard, "gift-card", &[(T::CurrentPassword, -1.0), (T::NewPassword, -1.0), (T::CcNumber, -2.0), (T::CcCsc, -1.2), (T::OneTimeCode, -1.6), (T::CcName, -1.5), (T::CcExp, -0.8), (T::Username, -0.5)]),
    (C::BankAccount, "bank-account", &[(T::CurrentPassword, -1.0), (T::NewPassword, -1.0), (T::CcNumber, -1.2), (T::CcCsc, -0.8), (T::OneTimeCode, -1.0), (T::Username, -0.3), (T::CcName, -0.3)]),
    (C::Captcha, "captcha", &[(T::PostalCode, -1.5), (T::FamilyName, -1.5), (T::GivenName, -1.5), (T::Name, -1.5), (T::Url, -1.5), (T::OneTimeCode, -1.8), (T::CcCsc, -1.2), (T::Username, -2.0), (T::Email, -1.4), (T::CurrentPassword, -1.0), (T::NewPassword, -1.0)]),
    (C::Answer, "security-question", &[(T::Tel, -1.2), (T::CcNumber, -1.2), (T::CurrentPassword, -1.6), (T::NewPassword, -1.6), (T::Username, -1.2), (T::OneTimeCode, -1.0), (T::Email, -0.7), (T::Name, -0.8), (T::AddressLevel2, -0.7)]),
    (C::Hint, "password-hint", &[(T::CurrentPassword, -1.6), (T::NewPassword, -1.6), (T::Username, -0.8)]),
    (C::Name, "name", &[(T::Name, 1.0), (T::CcName, 0.45), (T::GivenName, 0.1), (T::FamilyName, 0.1)]),
    (C::GivenName, "given-name", &[(T::GivenName, 1.1), (T::CcGivenName, 0.4), (T::Name, 0.45), (T::Username, -0.3)]),
    (C::AdditionalName, "additional-name", &[(T::AdditionalName, 1.25), (T::Username, -0.6)]),
    (C::FamilyName, "family-name", &[(T::FamilyName, 1.1), (T::CcFamilyName, 0.4), (T::Name, 0.4), (T::Username, -0.3)]),
    (C::HonorificPrefix, "honorific", &[(T::HonorificPrefix, 0.9)]),
    (C::Organization, "organization", &[(T::Organization, 1.1), (T::Username, -0.8), (T::Name, -0.5), (T::Email, -0.2)]),
    (C::Address, "address", &[(T::StreetAddress, 0.9), (T::AddressLine1, 0.95), (T::Email, -0.1)]),
    (C::Street, "street", &[(T::AddressLine1, 1.1), (T::StreetAddress, 0.9), (T::CcNumber, -0.8)]),
    (C::HouseNumber, "house-number", &[(T::AddressLine2, 0.3), (T::AddressLine1, 0.2), (T::CcNumber, -0.3)]),
    (C::AddressLine2, "address-line2", &[(T::AddressLine2, 1.2)]),
    (C::City, "city", &[(T::AddressLevel2, 1.1), (T::Username, -0.5)]),
    (C::State, "state", &[(T::AddressLevel1, 1.1)]),
    (C::PostalCode, "postal-code", &[(T::PostalCode, 1.25), (T::OneTimeCode, -1.2), (T::CcCsc, -1.0), (T::Email, -0.3)]),
    (C::Country, "country", &[(T::Country, 1.1), (T::OneTimeCode, -0.9)]),
    (C::Phone, "telephone", &[(T::Tel, 1.2), (T::CcName, -1.2), (T::OneTimeCode, -0.4), (T::CcNumber, -0.8)]),
    (C::AreaCode, "area-code", &[(T::TelAreaCode, 0.9), (T::TelCountryCode, 0.85), (T::OneTimeCode, -1.4)]),
    (C::PhoneExtension, "extension", &[(T::Tel, -0.8)]),
    (C::Fax, "fax", &[(T::Tel, -1.5)]),
    (C::Birth, "birth", &[(T::Bday, 1.1), (T::BdayDay, 0.5), (T::BdayMonth, 0.5), (T::BdayYear, 0.5), (T::AddressLevel2, -1.2), (T::CcExpMonth, -0.7), (T::CcExpYear, -0.7), (T::CcExp, -0.7)]),
    (C::Gender, "gender", &[(T::Sex, 1.1)]),
    (C::Website, "website", &[(T::Url, 1.0), (T::Username, -0.5)]),
    (C::Search, "search", &[(T::Search, 1.3), (T::Username, -0.8), (T::Email, -0.8), (T::OneTimeCode, -0.8)]),
    (C::Quantity, "quantity", &[(T::CcNumber, -1.0), (T::CcCsc, -1.0), (T::OneTimeCode, -1.0)]),
    (C::Message, "message", &[(T::Email, -0.3), (T::Username, -0.8), (T::Name, -0.4)]),
    (C::Date, "date", &[(T::CcExp, 0.1), (T::Bday, 0.2), (T::Username, -0.8)]),
    (C::Order, "order", &[(T::Username, -0.6), (T::OneTimeCode, -0.9), (T::CcNumber, -0.8)]),
    (C::Network, "network", &[(T::Username, -1.5), (T::CurrentPassword, -0.4), (T::NewPassword, -0.4), (T::Name, -1.0), (T::OneTimeCode, -1.0)]),
    (C::Choice, "choice", &[(T::Username, -0.7), (T::CcExpMonth, -0.4)]),
];

/// Scores a field by itself.
pub(super) fn score(view: &View<'_>) -> Scores {
    let mut scores = Scores::new();
    for (concept, says, types) in RULES {
        let strength = view.says(*concept);
        if strength > 0.0 {
            let source = view.source_of(*concept);
            types.iter().for_each(|(field_type, weight)| scores.add(*field_type, source, says, strength * weight));
        }
    }
    let elsewhere = [C::Street, C::HouseNumber, C::City, C::Organization, C::BankAccount]
        .into_iter()
        .any(|place| view.names(place));
    if !elsewhere && [C::Name, C::GivenName, C::FamilyName].into_iter().any(|name| view.says_both(C::CardWord, name)) {
        scores.add(T::CcName, Source::Label, "name-of-card", 3.0);
    }
    if view.is_all(C::CardWord) {
        scores.add(T::CcNumber, Source::Label, "card-alone", 2.5);
    }
    if view.names(C::Expiry) && view.names(C::Month) != view.names(C::Year) && view.is_choice() {
        let part = if view.names(C::Month) { T::CcExpMonth } else { T::CcExpYear };
        scores.add(part, Source::Label, "part-of-expiry", 1.5);
    }
    let dated = [C::Month, C::Year, C::Expiry, C::Date, C::Birth].into_iter().any(|concept| view.shows(concept));
    if !dated && !view.field.texts.label.is_empty() && view.field.max_length.is_none() && !view.is_choice() {
        scores.add(T::CcExpMonth, Source::Label, "no-date-in-label", -1.5);
        scores.add(T::CcExpYear, Source::Label, "no-date-in-label", -1.5);
    }
    if view.shows(C::SecurityCode) && !view.shows(C::PostalCode) {
        scores.add(T::PostalCode, Source::Label, "shown-as-code", -4.0);
    }
    if view.shows(C::OneTimeCode) && view.says(C::PostalCode) > 0.0 && !view.shows(C::PostalCode) {
        scores.add(T::PostalCode, Source::Label, "shown-as-code", -4.0);
        scores.add(T::OneTimeCode, Source::Label, "shown-as-code", 3.0);
    }
    if [C::Code, C::Number, C::Account].into_iter().any(|number| view.says_both(C::Organization, number)) {
        scores.add(T::Organization, Source::Label, "number-of-company", -4.0);
    }
    if is_card_example(&view.field.texts.placeholder) {
        scores.add(T::CcNumber, Source::Placeholder, "card-as-example", 3.0);
    }
    if is_dialled(&view.field.texts.placeholder, view.field.input_type == "tel") {
        scores.add(T::Tel, Source::Placeholder, "number-as-example", 2.0);
    }
    let listed = |text: &String| text.contains(['/', ',', '+', '&', '-', '|']);
    let texts = &view.field.texts;
    let parted = [&texts.label, &texts.aria, &texts.placeholder, &texts.before].into_iter().any(listed);
    if view.shows(C::PostalCode) && view.says_both(C::PostalCode, C::City) && !parted {
        // "Postcode or town" is what shops and branches are looked for by; what is parted by a sign stands before two boxes.
        scores.add(T::AddressLevel2, Source::Label, "postcode-or-town", -4.0);
        scores.add(T::PostalCode, Source::Label, "postcode-or-town", -4.0);
    }
    if view.says_both(C::Pin, C::Address) || view.says_both(C::Pin, C::City) {
        // As the code of a place is called in India.
        scores.add(T::PostalCode, Source::Label, "code-of-place", 4.0);
        scores.add(T::OneTimeCode, Source::Label, "code-of-place", -4.0);
    }
    if is_address(&view.field.texts.placeholder) {
        scores.add(T::Email, Source::Placeholder, "address-as-example", 3.0);
    }
    let other_part = [C::Month, C::Day, C::Date].into_iter().any(|part| view.names(part));
    let example = view.field.texts.placeholder.split([' ', '/', '.', '-']).filter(|part| !part.is_empty()).count() > 1;
    if view.names(C::Birth) && view.names(C::Year) && !other_part && !example {
        scores.add(T::BdayYear, Source::Label, "year-of-birth", 2.5);
    }
    if view.shows(C::GivenName) && view.shows(C::FamilyName) && !view.shows(C::Username) {
        scores.add(T::Name, Source::Label, "whole-name", 2.0);
        scores.add(T::Username, Source::Label, "whole-name", -3.0);
    }
    if view.is_all(C::Nothing) {
        // A floor, the code of a door: whatever it is a part of, an identity has none.
        for part in [T::AddressLine1, T::AddressLine2, T::StreetAddress] {
            scores.add(part, Source::Label, "called-otherwise", -3.0);
        }
    }
    if view.begins_with(C::Search) {
        scores.add(T::Search, Source::Label, "begins-with-search", 2.5);
    }
    if view.begins_with(C::Email) && !view.names(C::Code) {
        scores.add(T::Email, Source::Label, "begins-with-email", 1.0);
    }
    let asks = view.field.texts.label.contains(['?', '？', '؟']);
    if asks && view.is_named(C::Newsletter) && view.says(C::Email) < 2.0 {
        scores.add(T::Email, Source::Identifier, "consent", -2.0);
    }
    if view.names(C::Birth)
        && [C::City, C::Country, C::Name, C::FamilyName, C::Number].into_iter().any(|part| view.names(part))
    {
        for date in [T::Bday, T::BdayDay, T::BdayMonth, T::BdayYear] {
            scores.add(date, Source::Label, "not-the-date-of-birth", -4.0);
        }
    }
    match shape(&view.field.texts.placeholder) {
        Shape::MonthYear => scores.add(T::CcExp, Source::Placeholder, "month-and-year", 2.2),
        Shape::Day => {
            scores.add(T::CcExp, Source::Placeholder, "date-with-day", -4.0);
        }
        Shape::Other => {}
    }
    if view.shows(C::GivenName) != view.shows(C::FamilyName) && !view.shows(C::Name) {
        scores.add(T::Name, Source::Label, "part-of-name", -1.5);
    }
    if view.is_about_other_person() {
        of_other_person(&mut scores);
    }
    element(&mut scores, view);
    constraints(&mut scores, view);
    autocomplete(&mut scores, view);
    limit(&mut scores, view);
    scores
}

/// What is asked about somebody else is not the user's.
#[inline(never)]
pub(super) fn of_other_person(scores: &mut Scores) {
    for own in [
        T::Email,
        T::Username,
        T::Tel,
        T::Name,
        T::GivenName,
        T::FamilyName,
        T::Bday,
        T::AddressLine1,
        T::StreetAddress,
    ] {
        scores.add(own, Source::Label, "other-person", -12.0);
    }
}

/// Whether a placeholder is a card's number: four groups of four digits, or of signs for them.
fn is_card_example(placeholder: &str) -> bool {
    let fits = |(place, letter): (usize, char)| match place % 5 {
        4 => matches!(letter, ' ' | '-'),
        _ => matches!(letter, '0'..='9' | 'x' | 'X' | '*' | '_' | '#' | '•'),
    };
    placeholder.chars().count() == 19 && placeholder.chars().enumerate().all(fits)
}

/// Whether a placeholder is a telephone number: with its country's code, or, in a box for one, with as many digits.
fn is_dialled(placeholder: &str, tel: bool) -> bool {
    let digits = placeholder.bytes().filter(u8::is_ascii_digit).count();
    let written = |letter: char| letter.is_ascii_digit() || " -.()_xX#+".contains(letter);
    let number = (8..=12).contains(&digits) && placeholder.chars().all(written);
    let code =
        placeholder.trim().strip_prefix('+').is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()));
    (code && placeholder.len() > 6) || (tel && number)
}

/// Whether the words of a search box say that it takes the user's own name.
fn is_called_otherwise(view: &View<'_>) -> bool {
    !view.names(C::Search) && view.says(C::Username) > 2.6
}

/// Whether a placeholder is an email address: its words are those of an example.
pub(super) fn is_address(placeholder: &str) -> bool {
    let Some((name, host)) = placeholder.trim().split_once('@') else { return false };
    !name.is_empty() && !name.contains(char::is_whitespace) && host.contains('.') && !host.contains(char::is_whitespace)
}

/// What a placeholder's letters or digits show.
enum Shape {
    /// Two of one, two or four of another: `MM/YY`, `HH / ÉÉ`, `12/29`.
    MonthYear,
    /// Three groups: `DD/MM/YYYY`.
    Day,
    Other,
}

/// Bytes of the longest example of a date.
const EXAMPLE: usize = 24;

/// Reads a placeholder as an example of a date, whatever its language's letters.
fn shape(placeholder: &str) -> Shape {
    if placeholder.is_empty() || placeholder.len() > EXAMPLE {
        return Shape::Other;
    }
    let groups: Vec<&str> = placeholder.split(['/', '-', '.', ' ']).filter(|group| !group.is_empty()).collect();
    let slashed = placeholder.contains('/');
    let same = |group: &&str| {
        let mut letters = group.chars();
        let first = letters.next();
        first.is_some_and(char::is_alphabetic) && letters.all(|letter| Some(letter) == first)
    };
    let digits = |group: &&str| group.bytes().all(|byte| byte.is_ascii_digit());
    let lengths: Vec<usize> = groups.iter().map(|group| group.chars().count()).collect();
    let alike = groups.iter().all(same) || groups.iter().all(digits);
    match lengths.as_slice() {
        [2, 2 | 4] | [4, 2] if alike && slashed && groups.first() != groups.last() => Shape::MonthYear,
        [1 | 2, 1 | 2, 4] | [4, 1 | 2, 1 | 2] if alike => Shape::Day,
        _ => Shape::Other,
    }
}

/// What the element and its `type` say.
fn element(scores: &mut Scores, view: &View<'_>) {
    let says = match (view.field.tag, view.field.input_type.as_str()) {
        (FieldTag::Input, "email") => &[(T::Email, "type-email", 4.5)][..],
        (FieldTag::Input, "tel") => {
            &[(T::Tel, "type-tel", 1.2), (T::CcNumber, "type-tel", 0.4), (T::OneTimeCode, "type-tel", 0.4)]
        }
        (FieldTag::Input, "number") => &[
            (T::OneTimeCode, "type-number", 0.4),
            (T::CcNumber, "type-number", 0.2),
            (T::Username, "type-number", -0.8),
        ],
        (FieldTag::Input, "search") if !view.searches => &[],
        (FieldTag::Input, "search")
            if autocomplete_type(&view.field.autocomplete).is_some() || is_called_otherwise(view) =>
        {
            &[(T::Search, "type-search", 2.5)]
        }
        (FieldTag::Input, "search") => &[(T::Search, "type-search", 6.0)],
        (FieldTag::Input, "url") => &[(T::Url, "type-url", 3.5)],
        (FieldTag::Input, "month") => &[(T::CcExp, "type-month", 1.0)],
        (FieldTag::Input, "date") => &[(T::Bday, "type-date", 1.0)],
        (FieldTag::Aria, "searchbox") => &[(T::Search, "role-searchbox", 6.0)],
        (FieldTag::Input, "text") if view.is_shown_password() => {
            &[(T::CurrentPassword, "named-password", 1.5), (T::NewPassword, "named-password", 1.5)]
        }
        (FieldTag::Input, "password") => {
            &[(T::CurrentPassword, "type-password", 4.5), (T::NewPassword, "type-password", 4.5)]
        }
        _ => &[],
    };
    says.iter().for_each(|(field_type, rule, weight)| scores.add(*field_type, Source::Type, rule, *weight));
    let options = match view.options {
        Options::Unknown => &[][..],
        Options::Months => &[(T::CcExpMonth, "months", 1.8), (T::BdayMonth, "months", 1.8)],
        Options::Days => &[(T::BdayDay, "days", 2.0)],
        Options::YearsAhead => &[(T::CcExpYear, "years-ahead", 2.2)],
        Options::YearsBack => &[(T::BdayYear, "years-back", 2.6), (T::CcExpYear, "years-back", -1.5)],
        Options::CardTypes => &[(T::CcType, "card-types", 4.0)],
        Options::Countries => &[(T::Country, "countries", 3.5)],
        Options::States => &[(T::AddressLevel1, "states", 3.0)],
        Options::Genders => &[(T::Sex, "genders", 3.0)],
        Options::Titles => &[(T::HonorificPrefix, "honorifics", 3.5)],
        Options::DialCodes => &[(T::TelCountryCode, "dial-codes", 3.5)],
    };
    options.iter().for_each(|(field_type, rule, weight)| scores.add(*field_type, Source::Options, rule, *weight));
}

/// What length, pattern and keyboard say.
fn constraints(scores: &mut Scores, view: &View<'_>) {
    let field = view.field;
    let add = |scores: &mut Scores, field_type, says, weight| scores.add(field_type, Source::Constraint, says, weight);
    // Nobody's name is a number, or has two letters at most.
    let tiny = field.max_length.is_some_and(|length| length <= 2);
    if (tiny && view.is_text()) || matches!(field.input_type.as_str(), "number" | "date" | "month" | "range") {
        for name in [T::Name, T::GivenName, T::FamilyName] {
            add(scores, name, "no-room-for-a-name", -4.0);
        }
    }
    match field.max_length {
        Some(1) => add(scores, T::OneTimeCode, "one-character", 1.0),
        Some(2) => {
            add(scores, T::CcExpMonth, "two-characters", 0.5);
            add(scores, T::CcExpYear, "two-characters", 0.4);
            add(scores, T::CcExp, "two-characters", -4.0);
            add(scores, T::CcCsc, "two-characters", -2.0);
        }
        Some(3) => add(scores, T::CcCsc, "three-characters", 1.2),
        Some(4) => {
            add(scores, T::CcCsc, "four-characters", 0.9);
            add(scores, T::CcExpYear, "four-characters", 0.4);
            add(scores, T::CcExp, "four-characters", 0.2);
            add(scores, T::OneTimeCode, "four-characters", 0.5);
        }
        Some(5) => add(scores, T::CcExp, "five-characters", 0.6),
        Some(6) => add(scores, T::OneTimeCode, "six-characters", 1.3),
        Some(7) => add(scores, T::CcExp, "seven-characters", 0.6),
        Some(8) => {
            add(scores, T::OneTimeCode, "eight-characters", 0.5);
            add(scores, T::CcNumber, "too-short", -2.0);
        }
        // A whole card's number is longer, a part of one shorter.
        Some(9..=12) => add(scores, T::CcNumber, "too-short", -2.0),
        Some(25..) => add(scores, T::OneTimeCode, "long", -1.5),
        Some(15..=19) => add(scores, T::CcNumber, "card-length", 0.7),
        _ => {}
    }
    if field.max_length.is_some_and(|length| (1..=8).contains(&length)) {
        [T::Email, T::Name, T::CcName, T::HonorificPrefix]
            .into_iter()
            .for_each(|field_type| add(scores, field_type, "short", -1.2));
        if field.max_length.is_some_and(|length| length < 5) {
            [T::CcNumber, T::Email, T::Username]
                .into_iter()
                .for_each(|field_type| add(scores, field_type, "very-short", -1.5));
        }
        if field.max_length == Some(5) {
            add(scores, T::Username, "very-short", -1.5);
        }
    }
    if field.max_length.is_some_and(|length| (1..=2).contains(&length)) {
        [T::CurrentPassword, T::NewPassword]
            .into_iter()
            .for_each(|field_type| add(scores, field_type, "one-or-two-characters", -2.0));
    }
    if field.max_length.is_some_and(|length| length <= 4) && view.is_shown_password() {
        [T::CurrentPassword, T::NewPassword]
            .into_iter()
            .for_each(|field_type| add(scores, field_type, "shown-and-short", -3.0));
    }
    if field.max_length.is_some_and(|length| (1..=3).contains(&length)) {
        [T::CurrentPassword, T::NewPassword]
            .into_iter()
            .for_each(|field_type| add(scores, field_type, "very-short", -6.0));
    }
    if is_numeric(field) {
        add(scores, T::OneTimeCode, "digits", 0.9);
        add(scores, T::CcNumber, "digits", 0.4);
        add(scores, T::CcCsc, "digits", 0.4);
        [T::Email, T::Name, T::CcName, T::GivenName, T::FamilyName]
            .into_iter()
            .for_each(|field_type| add(scores, field_type, "digits", -1.5));
    }
    if field.input_mode == "email" {
        add(scores, T::Email, "inputmode-email", 3.0);
    }
    if field.input_mode == "search" {
        add(scores, T::Search, "inputmode-search", 3.0);
    }
}

/// Whether a field takes digits only.
pub(super) fn is_numeric(field: &Field) -> bool {
    let pattern = field.pattern.trim_start_matches('^').trim_end_matches('$');
    matches!(field.input_mode.as_str(), "numeric" | "decimal")
        || pattern.starts_with("[0-9]")
        || pattern.starts_with("\\d")
}

/// What `autocomplete` says: strong, but not the truth. A field that is no password box is not made one by it.
fn autocomplete(scores: &mut Scores, view: &View<'_>) {
    let Some(field_type) = autocomplete_type(&view.field.autocomplete) else { return };
    let weight = match field_type {
        T::NewPassword | T::CurrentPassword if view.is_password() => 2.5,
        T::NewPassword | T::CurrentPassword => 0.6,
        T::OneTimeCode if view.is_password() => 6.0,
        T::Username | T::Name => 3.5,
        _ => 5.0,
    };
    scores.add(field_type, Source::Autocomplete, field_type.token(), weight);
}

/// What the last token says of a card where it is none of the standard's, as `cvv` in `cc-cvv`.
pub(super) fn card_token(attribute: &str) -> Option<&str> {
    let last = attribute.split_ascii_whitespace().next_back()?;
    let card = last.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("cc-"));
    last.get(3..).filter(|_| card && autocomplete_type(attribute).is_none())
}

/// The field type that an `autocomplete` attribute names.
pub(super) fn autocomplete_type(attribute: &str) -> Option<T> {
    let mut tokens =
        attribute.split_ascii_whitespace().rev().map(str::to_ascii_lowercase).filter(|token| token != "webauthn");
    let field_type = tokens.next().and_then(|token| T::from_token(&token))?;
    // Of two names neither holds.
    let other = tokens.next().and_then(|token| T::from_token(&token));
    (field_type.is_password() || other.is_none()).then_some(field_type)
}

/// What an element cannot be.
fn limit(scores: &mut Scores, view: &View<'_>) {
    if view.field.tag == FieldTag::Aria && view.field.input_type == "listbox" && !view.visible {
        // What a closed combobox opens.
        scores.only(&[]);
    } else if view.is_tick() {
        if super::options::is_card_type(&view.field.texts.label) {
            scores.add(T::CcType, Source::Label, "card-type", 3.0);
        }
        scores.only(if view.field.input_type == "radio" { &[T::CcType] } else { &[] });
    } else if view.is_password() {
        // Some banks hide what a user is called, too.
        if view.says(C::Username) > 2.0 && view.says(C::Password) == 0.0 {
            [T::CurrentPassword, T::NewPassword]
                .into_iter()
                .for_each(|password| scores.add(password, Source::Label, "hidden-username", -3.0));
        }
        scores.only(&[T::CurrentPassword, T::NewPassword, T::CcCsc, T::OneTimeCode, T::CcNumber]);
    } else if matches!(view.options, Options::Months | Options::Days | Options::YearsAhead | Options::YearsBack) {
        let date = [T::CcExpMonth, T::CcExpYear, T::CcExp, T::BdayDay, T::BdayMonth, T::BdayYear, T::CcType];
        scores.only(&date);
    } else if view.is_choice() {
        scores.only(&[
            T::CcExpMonth,
            T::CcExpYear,
            T::CcExp,
            T::CcType,
            T::Country,
            T::AddressLevel1,
            T::AddressLevel2,
            T::HonorificPrefix,
            T::Sex,
            T::BdayDay,
            T::BdayMonth,
            T::BdayYear,
            T::TelCountryCode,
            T::TelAreaCode,
        ]);
    } else if view.field.tag == FieldTag::Textarea {
        // Of the addresses only the whole one has several lines.
        let lead = scores.get(T::AddressLine1) - scores.get(T::StreetAddress);
        scores.add(T::StreetAddress, Source::Type, "several-lines", if lead >= 0.0 { lead + 0.1 } else { 0.0 });
        scores.only(&[T::StreetAddress, T::AddressLine1]);
    } else {
        [T::CurrentPassword, T::NewPassword]
            .into_iter()
            .for_each(|password| scores.add(password, Source::Type, "shown-text", -2.0));
        match view.field.input_type.as_str() {
            "email" => scores.only(&[T::Email, T::Username]),
            "date" => scores.only(&[T::Bday]),
            "month" => scores.only(&[T::CcExp]),
            "file" | "color" | "range" | "time" | "week" | "datetime-local" => scores.only(&[]),
            "url" => scores.only(&[T::Url]),
            _ => {}
        }
    }
}
