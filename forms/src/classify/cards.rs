//! Payment cards: their fields support each other, and mean little apart.

use super::context::{Candidate, mark_parts};
use super::form::FormWords;
use super::view::{Options, View};
use crate::lexicon::{Concept, FormConcept, field_concepts};
use crate::text::fold;
use crate::{EvidenceSource as Source, FieldType as T};

/// What only a card has.
const SURE: [T; 4] = [T::CcNumber, T::CcCsc, T::CcExp, T::CcName];
/// The digits of the shortest number (ISO/IEC 7812-1): a box for fewer holds a part of one.
const SHORTEST_NUMBER: u32 = 12;

/// Lets card fields support each other. Month, year and code mean a card's beside its number, and little elsewhere.
pub(super) fn support(fields: &mut [Candidate<'_, '_>], words: &FormWords<'_>) {
    split_numbers(fields);
    unsaid_number(fields);
    other_cards(fields);
    other_documents(fields);
    bank_accounts(fields);
    prepaid_cards(fields, words);
    codes_of_other_cards(fields);
    lone_dates(fields, words);
    lone_numbers(fields);
    let strength = strength(fields, words);
    let number = fields.iter().position(|field| field.scores.best() == T::CcNumber);
    let known = words.says(FormConcept::LogIn).max(words.says(FormConcept::Recover)) > 1.8;
    let known = known && words.says(FormConcept::Checkout) == 0.0;
    let by_number = known && !fields.iter().any(Candidate::is_password);
    let login = (known || fields.iter().any(Candidate::is_password)) && strength < 2;
    let signs_up = words.says(FormConcept::SignUp) > words.says(FormConcept::LogIn);
    let lone = fields.iter().filter(|field| field.is_open_text()).count() == 1;
    for (place, field) in fields.iter_mut().enumerate() {
        if strength == 0 || login {
            alone(field, login, signs_up, lone);
            if by_number && field.view.says(Concept::CardNumber) > 1.5 {
                field.scores.add(T::CcNumber, Source::Form, "card-number-to-log-in", -3.0);
                field.scores.add(T::Username, Source::Form, "card-number-to-log-in", 2.5);
            }
        } else {
            field.scores.add(T::OneTimeCode, Source::Neighbours, "card-form", -1.0);
            if number.is_some_and(|number| place.abs_diff(number) <= 6) {
                near_number(field);
            }
        }
    }
}

/// A number alone, in a form of vouchers or the like, is no payment card's.
fn prepaid_cards(fields: &mut [Candidate<'_, '_>], words: &FormWords<'_>) {
    let other = [Concept::Csc, Concept::Expiry, Concept::Cardholder];
    let with_others = fields.iter().any(|field| other.into_iter().any(|concept| field.view.names(concept)));
    let number = fields.iter_mut().find(|field| !with_others && field.is_likely(T::CcNumber));
    let Some(field) = number else { return };
    // The words around the form tell whose card it is, and a page that wants to be paid says so.
    let of_customers = words.speak_of(Concept::GiftCard);
    let paying = [FormConcept::Checkout, FormConcept::LogIn, FormConcept::Continue];
    let unpaid = paying.into_iter().all(|concept| words.says(concept) == 0.0);
    let bare = unpaid && words.name_the_form() && field.view.field.autocomplete.is_empty();
    if words.says(FormConcept::OtherCode) > 1.0 || of_customers || bare {
        field.scores.add(T::CcNumber, Source::Form, "prepaid-card", if bare && !of_customers { -3.0 } else { -5.0 });
    }
}

/// The check digits that follow a gift card's number are that card's.
fn codes_of_other_cards(fields: &mut [Candidate<'_, '_>]) {
    if !fields.iter().any(|field| field.is_likely(T::CcCsc)) || fields.iter().any(|field| field.is_likely(T::CcNumber))
    {
        return;
    }
    for place in 1..fields.len() {
        let other = fields.get(place - 1).is_some_and(|before| {
            before.is_open_text() && before.view.says(Concept::GiftCard) > 1.5 && !before.view.is_all(Concept::GiftCard)
        });
        if let Some(field) = fields.get_mut(place).filter(|field| other && field.is_likely(T::CcCsc)) {
            field.scores.add(T::CcCsc, Source::Neighbours, "code-of-other-card", -9.0);
        }
    }
}

/// "Valid until" without a card is the date of a licence, a contract, a certificate.
fn lone_dates(fields: &mut [Candidate<'_, '_>], words: &FormWords<'_>) {
    // What expires is called a card on a health card's form, too: that alone tells nothing.
    let of_card = |field: &Candidate<'_, '_>| {
        let view = field.view;
        let called = view.names(Concept::CardWord) && !view.names(Concept::GiftCard) && !view.names(Concept::Expiry);
        let named = [Concept::CardNumber, Concept::CardType, Concept::Csc, Concept::Cardholder];
        let chosen = view.is_choice() && view.names(Concept::Expiry);
        called || chosen || named.into_iter().any(|of| view.names(of)) || !view.field.autocomplete.is_empty()
    };
    let alone = fields.iter().filter(|field| field.is_open_text()).count() < 2;
    let dated = |field: &Candidate<'_, '_>| field.is_likely(T::CcExp);
    let paid = words.says(FormConcept::Checkout) > 0.0 || !words.name_the_form();
    let paid = paid || fields.iter().any(|field| field.is_likely(T::CcNumber));
    if paid || alone || !fields.iter().any(dated) || fields.iter().any(of_card) || words.speak_of(Concept::CardWord) {
        return;
    }
    for field in fields.iter_mut().filter(|field| dated(field)) {
        field.scores.add(T::CcExp, Source::Neighbours, "date-without-card", -6.0);
    }
}

/// Of several card numbers under different headings the payment card's is the one under the heading of its expiry or code; the others are customer cards'.
fn other_cards(fields: &mut [Candidate<'_, '_>]) {
    let is_number = |field: &Candidate<'_, '_>| field.scores.best() == T::CcNumber;
    let beside = |field: &Candidate<'_, '_>| matches!(field.scores.best(), T::CcCsc | T::CcExp | T::CcExpMonth);
    if fields.iter().filter(|field| field.scores.get(T::CcNumber) > 0.0).nth(1).is_none() {
        return;
    }
    let own: Vec<&str> =
        fields.iter().filter(|field| beside(field)).map(|field| field.view.field.texts.section.as_str()).collect();
    let at_home = |field: &Candidate<'_, '_>| own.contains(&field.view.field.texts.section.as_str());
    if own.is_empty() || !fields.iter().any(|field| is_number(field) && at_home(field)) {
        return;
    }
    for field in fields.iter_mut().filter(|field| is_number(field) && !at_home(field)) {
        field.scores.add(T::CcNumber, Source::Neighbours, "other-card", -7.0);
    }
}

/// What follows the number of a passport or an identity card is that document's date.
fn other_documents(fields: &mut [Candidate<'_, '_>]) {
    let document = |field: &Candidate<'_, '_>| field.view.says(Concept::NationalId) > 1.5;
    let documents: Vec<usize> = places(fields, document);
    let paid = |field: &Candidate<'_, '_>| field.view.names(Concept::CardNumber) || field.view.says(Concept::Csc) > 0.0;
    let carded = !documents.is_empty() && fields.iter().any(paid);
    for place in documents {
        let mut expires = false;
        let dates = fields.iter_mut().skip(place).take(6);
        for field in dates.take_while(|field| !field.view.names(Concept::CardNumber) && !field.view.names(Concept::Csc))
        {
            // A health card expires, too; it is the payment card's date only where that has a number.
            let of_card = field.view.says(Concept::CardWord) > 1.0;
            if of_card && (carded || field.view.says(Concept::Expiry) == 0.0) {
                break;
            }
            for date in [T::CcExp, T::CcExpMonth, T::CcExpYear] {
                field.scores.add(date, Source::Neighbours, "date-of-document", if carded { -3.0 } else { -6.0 });
            }
            // Nor is what is chosen beside the first part of its expiry a month or a year of birth.
            if expires && field.view.is_choice() && field.view.says(Concept::Birth) == 0.0 {
                field.scores.add(T::BdayMonth, Source::Neighbours, "date-of-document", -6.0);
                field.scores.add(T::BdayYear, Source::Neighbours, "date-of-document", -6.0);
            }
            expires = field.view.says(Concept::Expiry) > 0.0;
        }
    }
}

/// A card's number alone, among much else that is no card's, is that of a customer card.
fn lone_numbers(fields: &mut [Candidate<'_, '_>]) {
    let texts = fields.iter().filter(|field| field.is_open_text()).count();
    let other = [Concept::Csc, Concept::SecurityCode, Concept::Expiry, Concept::Cardholder];
    let others = fields.iter().any(|field| other.into_iter().any(|concept| field.view.says(concept) > 0.0));
    if texts > 4 && !others {
        for field in fields.iter_mut().filter(|field| field.view.field.autocomplete.is_empty()) {
            if field.scores.get(T::CcNumber) > 0.0 && field.scores.best() == T::CcNumber {
                field.scores.add(T::CcNumber, Source::Neighbours, "lone-number", -4.0);
            }
        }
    }
}

/// The owner of a bank account holds no card.
fn bank_accounts(fields: &mut [Candidate<'_, '_>]) {
    let says = |fields: &[Candidate<'_, '_>], concept| fields.iter().any(|field| field.view.says(concept) > 2.0);
    if !says(fields, Concept::BankAccount) {
        return;
    }
    let carded = says(fields, Concept::CardNumber);
    let beside = |place: usize, concept| {
        let near = [place.checked_sub(1), Some(place + 1)].into_iter().flatten().filter_map(|near| fields.get(near));
        near.filter(|field| field.view.is_text()).any(|field| field.view.says(concept) > 2.0)
    };
    let of_bank = |place: usize| beside(place, Concept::BankAccount) && !beside(place, Concept::CardNumber);
    let owners: Vec<bool> = (0..fields.len()).map(|place| !carded || of_bank(place)).collect();
    for (field, _) in fields.iter_mut().zip(owners).filter(|(_, owner)| *owner) {
        field.scores.add(T::CcName, Source::Neighbours, "bank-account", -5.0);
    }
}

/// How many kinds of card fields are there, not counting what could be another thing alone.
fn strength(fields: &[Candidate<'_, '_>], words: &FormWords<'_>) -> usize {
    let kinds = SURE.into_iter().filter(|kind| fields.iter().any(|field| is_sure(field, *kind))).count();
    kinds
        + usize::from(
            words.says(FormConcept::Checkout) > 2.0 && fields.iter().any(|field| SURE.contains(&field.scores.best())),
        )
}

fn is_sure(field: &Candidate<'_, '_>, kind: T) -> bool {
    let ambiguous = kind == T::CcCsc && !field.view.names(Concept::Csc) && field.scores.get(kind) < 5.0;
    field.scores.best() == kind && !ambiguous
}

fn alone(field: &mut Candidate<'_, '_>, login: bool, signs_up: bool, lone: bool) {
    for (field_type, weight) in [
        (T::CcExpMonth, -1.5),
        (T::CcExpYear, -1.5),
        (T::CcCsc, -1.2),
        (T::CcExp, -1.6),
        (T::CcName, -0.8),
        (T::CcType, -0.8),
    ] {
        field.scores.add(field_type, Source::Neighbours, "no-card-form", weight);
    }
    let said = field.view.says(Concept::Expiry) + field.view.says(Concept::CardWord) > 0.0;
    if !said && field.view.field.autocomplete.is_empty() {
        // A month and a year of something else, as of a statement.
        [T::CcExpMonth, T::CcExpYear]
            .into_iter()
            .for_each(|part| field.scores.add(part, Source::Neighbours, "no-card-form", -3.0));
    }
    if !field.view.names(Concept::Csc) {
        field.scores.add(T::CcCsc, Source::Neighbours, "no-card-form", -2.5);
    }
    if login && lone {
        // Whatever `autocomplete` says.
        field.scores.add(T::CcName, Source::Neighbours, "no-card-form", -4.0);
    }
    if login && field.view.says(Concept::CardNumber) > 1.5 && field.view.says(Concept::Recipient) == 0.0 {
        field.scores.add(T::CcNumber, Source::Neighbours, "card-number-to-log-in", -3.0);
        let known = if signs_up { 0.0 } else { 2.5 };
        field.scores.add(T::Username, Source::Neighbours, "card-number-to-log-in", known);
    }
}

fn near_number(field: &mut Candidate<'_, '_>) {
    let short = field.view.field.max_length.is_some_and(|length| (3..=4).contains(&length));
    if short && field.view.says(Concept::OneTimeCode) + field.view.says(Concept::Code) > 1.0 {
        field.scores.add(T::CcCsc, Source::Neighbours, "short-code-near-card-number", 3.0);
        field.scores.add(T::OneTimeCode, Source::Neighbours, "short-code-near-card-number", -3.0);
    }
    if field.view.is_all(Concept::Code) && field.is_open_text() && field.view.field.max_length.is_none() {
        // Nothing else of a card is called a code.
        field.scores.add(T::CcCsc, Source::Neighbours, "code-near-card-number", 2.0);
    }
    if short && field.view.is_open_password() && field.view.is_silent() {
        // Nothing else of a card is short and hidden.
        field.scores.add(T::CcCsc, Source::Neighbours, "hidden-near-card-number", 2.0);
    }
    for (field_type, weight) in
        [(T::CcExpMonth, 0.8), (T::CcExpYear, 0.8), (T::CcCsc, 0.8), (T::CcExp, 0.4), (T::CcName, 0.2)]
    {
        field.scores.add(field_type, Source::Neighbours, "near-card-number", weight);
    }
}

/// Three to five short boxes in a row, of which the first is called a card's number and the others that or nothing, hold its parts; so do four boxes for four
/// digits each that are called nothing or a number, where a card's code is asked for.
fn split_numbers(fields: &mut [Candidate<'_, '_>]) {
    let carded = fields.iter().any(|field| field.view.names(Concept::Csc) || field.view.names(Concept::SecurityCode));
    let mut start = 0;
    while start < fields.len() {
        let row = number_row(fields, start).max(if carded { fours(fields, start) } else { 0 });
        if (3..=5).contains(&row) {
            for field in fields.iter_mut().skip(start).take(row) {
                field.scores.add(T::CcNumber, Source::Neighbours, "row-of-number-boxes", 6.0);
            }
        }
        start += row.max(1);
    }
}

/// All that a form asks for is a box without any word and a month, a year or both: a card's number and its expiry. Nothing else is asked for with a month and no day.
fn unsaid_number(fields: &mut [Candidate<'_, '_>]) {
    let open = places(fields, |field| field.view.visible && !field.view.is_tick());
    let expires = |place: &usize| fields.get(*place).is_some_and(is_part_of_expiry);
    let whole = |place: &usize| fields.get(*place).is_some_and(|field| field.is_likely(T::CcExp));
    let unsaid =
        |place: &usize| fields.get(*place).is_some_and(|field| field.is_open_text() && is_nameless(field.view));
    let number = match open.as_slice() {
        [number, dates @ ..] if (1..=2).contains(&dates.len()) && dates.iter().all(expires) => *number,
        [date, number] if whole(date) => *number,
        _ => return,
    };
    if !unsaid(&number) {
        return;
    }
    for (place, field) in fields.iter_mut().enumerate() {
        if place == number {
            field.scores.add(T::CcNumber, Source::Neighbours, "only-box-beside-expiry", 6.0);
        } else if !field.is_likely(T::CcExp) {
            let part = if field.view.is_all(Concept::Year) { T::CcExpYear } else { T::CcExpMonth };
            field.scores.add(part, Source::Neighbours, "beside-only-box", 4.0);
        }
    }
}

/// Whether a field is called the month or the year of nothing, or is an expiry.
fn is_part_of_expiry(field: &Candidate<'_, '_>) -> bool {
    let view = field.view;
    let part = view.is_all(Concept::Month) || view.is_all(Concept::Year);
    (part && view.is_text() && view.says(Concept::Birth) == 0.0) || field.is_likely(T::CcExp)
}

/// Whether no text is about a field, and no word that we know is in its names.
fn is_nameless(view: &View<'_>) -> bool {
    view.is_silent() && super::context::is_unsaid(view)
}

/// How many boxes for four characters stand here in a row, if they are as many as a card's number has.
fn fours(fields: &[Candidate<'_, '_>], start: usize) -> usize {
    let four = |field: &&Candidate<'_, '_>| {
        let view = field.view;
        let open = field.is_open_text() || view.is_open_password();
        let unnamed = view.is_silent() || view.is_all(Concept::Number) || view.names(Concept::CardWord);
        open && view.field.max_length == Some(4) && (unnamed || view.says(Concept::CardNumber) > 0.0)
    };
    let row = fields.iter().skip(start).take_while(four).count();
    if row == 4 { row } else { 0 }
}

fn number_row(fields: &[Candidate<'_, '_>], start: usize) -> usize {
    let short = |field: &Candidate<'_, '_>| {
        (field.is_open_text() || field.view.is_open_password())
            && field.view.field.max_length.is_some_and(|length| (3..=7).contains(&length))
    };
    let says_number = |field: &Candidate<'_, '_>| field.view.says(Concept::CardNumber) > 0.0;
    let silent = |field: &Candidate<'_, '_>| {
        let texts = &field.view.field.texts;
        texts.label.is_empty() && texts.aria.is_empty() && texts.placeholder.is_empty() && texts.before.is_empty()
    };
    if !fields.get(start).is_some_and(|first| short(first) && says_number(first)) {
        return 0;
    }
    fields.iter().skip(start).take_while(|field| short(field) && (says_number(field) || silent(field))).count()
}

/// Tells apart what only their order tells: month before year, the card's name from the person's.
pub(super) fn settle(fields: &mut [Candidate<'_, '_>]) {
    account_number(fields);
    expiry_pairs(fields);
    names(fields);
    let parts: Vec<usize> = places(fields, |field| {
        field.field_type == T::CcNumber && field.view.field.max_length.is_some_and(|length| length < SHORTEST_NUMBER)
    });
    mark_parts(fields, &parts);
}

fn places(fields: &[Candidate<'_, '_>], wanted: impl Fn(&Candidate<'_, '_>) -> bool) -> Vec<usize> {
    fields.iter().enumerate().filter(|(_, field)| wanted(field)).map(|(place, _)| place).collect()
}

fn set(fields: &mut [Candidate<'_, '_>], place: usize, field_type: T, says: &'static str) {
    if let Some(field) = fields.get_mut(place) {
        field.field_type = field_type;
        field.scores.add(field_type, Source::Neighbours, says, 2.0);
    }
}

/// Where expiry or code stand without a number, the account before them is the card.
fn account_number(fields: &mut [Candidate<'_, '_>]) {
    let first = fields.iter().position(|field| matches!(field.field_type, T::CcExp | T::CcExpMonth | T::CcCsc));
    let Some(first) = first.filter(|_| !fields.iter().any(|field| field.field_type == T::CcNumber)) else { return };
    let is_account = |field: &Candidate<'_, '_>| {
        let number = field.view.is_all(Concept::Number)
            || (field.view.names(Concept::CardWord) && !field.view.names(Concept::GiftCard));
        let account = field.view.says(Concept::Account) > 2.0;
        field.is_open_text() && (account || (number && field.field_type == T::None)) && !field.view.names(Concept::Name)
    };
    if let Some(place) = fields.iter().take(first).position(is_account) {
        set(fields, place, T::CcNumber, "account-beside-expiry");
        let holder = fields.get(place + 1).is_some_and(|field| place + 1 < first && field.view.names(Concept::Name));
        if holder {
            set(fields, place + 1, T::CcName, "name-beside-account");
        }
    }
}

/// What follows the month of a card's expiry, or a box that says no more than "month", is the year.
fn unnamed_years(fields: &mut [Candidate<'_, '_>]) {
    for place in 1..fields.len() {
        let (Some(before), Some(field)) = (fields.get(place - 1), fields.get(place)) else { continue };
        let short = before.view.field.max_length == Some(2) && field.view.field.max_length.is_some();
        let year = field.view.names(Concept::Year) || (field.view.is_silent() && (field.view.is_choice() || short));
        let alike = before.view.is_choice() == field.view.is_choice() && field.field_type == T::None;
        let month = before.field_type == T::CcExpMonth
            || (before.field_type == T::CcExp
                && (short || is_part(before.view) || before.view.names(Concept::Month))
                && !before.view.names(Concept::Year));
        let whole = before.view.field.max_length.is_some_and(|length| length > 4);
        let lists = before.view.is_choice() && alike && before.field_type == T::CcExpYear;
        if lists && field.view.is_silent() && is_part(field.view) {
            set(fields, place, T::CcExpMonth, "month-after-year");
        }
        let Some(field) = fields.get(place) else { continue };
        let alike = alike && field.field_type == T::None;
        if year && alike && month && !whole {
            set(fields, place - 1, T::CcExpMonth, "month-before-year");
            set(fields, place, T::CcExpYear, "year-after-month");
        }
    }
}

/// Whether a list offers a part of a date, and not months with their years.
fn is_part(view: &View<'_>) -> bool {
    let parted = |text: &str| text.contains(['/', '-', '.']) || text.len() > 4;
    let options = || view.field.options.iter().map(|option| option.text.as_str());
    view.is_choice() && options().count() > 1 && !options().skip(1).any(parted)
}

/// Of two boxes for two digits each of which only the second says that it is about the expiry, the first is the month.
fn unnamed_months(fields: &mut [Candidate<'_, '_>]) {
    let two = |field: &Candidate<'_, '_>| field.view.is_text() && field.view.field.max_length == Some(2);
    for place in 1..fields.len() {
        let (Some(before), Some(field)) = (fields.get(place - 1), fields.get(place)) else { continue };
        let dated = matches!(field.field_type, T::CcExp | T::CcExpMonth | T::CcExpYear)
            || field.view.says(Concept::Expiry) > 1.0;
        let free = matches!(before.field_type, T::None | T::CcExpMonth);
        let carded = fields.iter().any(|field| field.field_type == T::CcNumber);
        if carded && two(before) && two(field) && dated && free && before.view.says(Concept::Day) == 0.0 {
            set(fields, place - 1, T::CcExpMonth, "month-before-year");
            set(fields, place, T::CcExpYear, "year-after-month");
        }
    }
}

/// Two expiry fields in a row are month and year; a month or year without the other is the whole date.
fn expiry_pairs(fields: &mut [Candidate<'_, '_>]) {
    unnamed_years(fields);
    unnamed_months(fields);
    let expiry = places(fields, |field| matches!(field.field_type, T::CcExp | T::CcExpMonth | T::CcExpYear));
    let number = fields.iter().position(|field| field.field_type == T::CcNumber);
    let mut rest = expiry.as_slice();
    while let [one, others @ ..] = rest {
        let next = others.first().filter(|next| next.abs_diff(*one) <= 2);
        rest = match next {
            Some(next) => {
                pair(fields, *one, *next);
                others.get(1..).unwrap_or_default()
            }
            None => {
                single(fields, *one, number);
                others
            }
        };
    }
}

/// The first of two boxes where the text between them is the first one's unit, as in `expiry [ ] month [ ] year`: what it is called stands before it.
fn unit_after(fields: &[Candidate<'_, '_>], one: usize, next: usize) -> Option<T> {
    let (one, other) = (fields.get(one)?.view, fields.get(next)?.view);
    let bare = |view: &View<'_>| view.field.texts.label.is_empty() && view.field.texts.aria.is_empty();
    let unit = |view: &View<'_>| {
        let whole = field_concepts(&fold(&view.field.texts.before), false).whole;
        let is = |concept: Concept| whole & (1 << concept.index()) != 0;
        match (is(Concept::Month), is(Concept::Year)) {
            (true, false) => Some(T::CcExpMonth),
            (false, true) => Some(T::CcExpYear),
            _ => None,
        }
    };
    let both = one.is_text() && other.is_text() && bare(one) && bare(other);
    unit(other).filter(|_| both && unit(one).is_none() && !one.field.texts.before.is_empty())
}

fn pair(fields: &mut [Candidate<'_, '_>], one: usize, next: usize) {
    if let Some(first) = unit_after(fields, one, next) {
        let second = if first == T::CcExpMonth { T::CcExpYear } else { T::CcExpMonth };
        set(fields, one, first, "unit-after-box");
        return set(fields, next, second, "unit-after-box");
    }
    let of =
        |place: usize| fields.get(place).map(|field| (field.field_type, field.view.options, field.view.is_choice()));
    let (Some((first, first_options, first_choice)), Some((second, second_options, second_choice))) =
        (of(one), of(next))
    else {
        return;
    };
    let explicit = [one, next]
        .iter()
        .all(|place| fields.get(*place).is_some_and(|field| !field.view.field.autocomplete.is_empty()));
    let whole = first == T::CcExp && !first_choice && !repeats(fields, one, next);
    let part = rest_of_pair(first, second).is_some();
    if (first != second && !part) || first_choice != second_choice || explicit || whole {
        return;
    }
    let year_first = first_options == Options::YearsAhead || second_options == Options::Months;
    if let Some(place) = rest_of_pair(first, second) {
        let (place, part) = if place == 0 { (one, second) } else { (next, first) };
        let other = if part == T::CcExpMonth { T::CcExpYear } else { T::CcExpMonth };
        return set(fields, place, other, "expiry-pair");
    }
    let (month, year) = if year_first && second_options != Options::YearsAhead { (next, one) } else { (one, next) };
    set(fields, month, T::CcExpMonth, "expiry-pair");
    set(fields, year, T::CcExpYear, "expiry-pair");
}

/// Which of two expiry fields is only known to be some of it, where the other is known to be month or year.
fn rest_of_pair(first: T, second: T) -> Option<usize> {
    match (first, second) {
        (T::CcExp, T::CcExpMonth | T::CcExpYear) => Some(0),
        (T::CcExpMonth | T::CcExpYear, T::CcExp) => Some(1),
        _ => None,
    }
}

/// Whether a second expiry field has no words of its own, or the first one's.
fn repeats(fields: &[Candidate<'_, '_>], one: usize, next: usize) -> bool {
    let (Some(one), Some(next)) = (fields.get(one), fields.get(next)) else { return false };
    let same_name = !one.view.field.name.is_empty() && one.view.field.name == next.view.field.name;
    same_name || next.view.says(Concept::Expiry) < 2.0
}

/// A month or year without the other is the whole date, but before a card's number only if it says so.
fn single(fields: &mut [Candidate<'_, '_>], place: usize, number: Option<usize>) {
    let unsaid = |field: &Candidate<'_, '_>| {
        let said = field.view.says(Concept::Expiry) + field.view.says(Concept::CardWord) > 0.0;
        field.view.is_text() && !said && field.view.field.autocomplete.is_empty()
    };
    let lone_year = |field: &Candidate<'_, '_>| {
        let said = field.view.says(Concept::Expiry) > 0.0 || !field.view.field.autocomplete.is_empty();
        number.is_none() && field.view.is_choice() && field.field_type == T::CcExpYear && !said
    };
    if fields.get(place).is_some_and(lone_year) {
        return set(fields, place, T::None, "year-without-month");
    }
    if number.is_some_and(|number| place < number) && fields.get(place).is_some_and(unsaid) {
        return set(fields, place, T::None, "before-card-number");
    }
    let after = number.is_some_and(|number| number < place);
    let after = after && !fields.iter().any(|field| field.view.names(Concept::Month));
    let whole = |field: &Candidate<'_, '_>| {
        field.view.is_text()
            && field.view.field.max_length.is_none_or(|length| length >= 4)
            && field.view.options == Options::Unknown
            && (after || !field.view.names(Concept::Year) || field.view.names(Concept::Expiry))
    };
    if fields.get(place).is_some_and(|field| field.field_type != T::CcExp && whole(field)) {
        set(fields, place, T::CcExp, "expiry-in-one");
    }
}

/// In a form that has a card's number, the name beside it is the one on the card, unless the card has a name already or an address follows it.
fn names(fields: &mut [Candidate<'_, '_>]) {
    let Some(number) = fields.iter().position(|field| field.field_type == T::CcNumber) else { return };
    split_names(fields);
    if fields.iter().any(|field| matches!(field.field_type, T::CcName | T::CcGivenName | T::CcFamilyName)) {
        return;
    }
    let address = |field: &Candidate<'_, '_>| {
        matches!(
            field.field_type,
            T::StreetAddress | T::AddressLine1 | T::AddressLevel2 | T::Country | T::Tel | T::Email
        )
    };
    let last =
        fields.iter().rposition(|field| matches!(field.field_type, T::CcCsc | T::CcExp | T::CcExpMonth | T::CcExpYear));
    let among = |place: usize| place > number && last.is_some_and(|last| place < last);
    let addressed = fields.iter().any(address);
    let is_name = |field: &Candidate<'_, '_>| {
        matches!(field.field_type, T::Name | T::GivenName | T::FamilyName) && field.view.field.autocomplete.is_empty()
    };
    let near = places(fields, is_name).into_iter().filter(|place| place.abs_diff(number) <= 4);
    // Between a card's number and its other fields nobody's name stands but the holder's.
    let near: Vec<usize> = near.filter(|place| !addressed || among(*place)).collect();
    let before = near.iter().any(|place| *place < number);
    for place in near.into_iter().filter(|place| !before || *place < number) {
        let field_type = match fields.get(place).map(|field| field.field_type) {
            Some(T::GivenName) => T::CcGivenName,
            Some(T::FamilyName) => T::CcFamilyName,
            Some(T::Name) => T::CcName,
            _ => continue,
        };
        set(fields, place, field_type, "beside-card-number");
    }
}

/// A card's name in two fields.
fn split_names(fields: &mut [Candidate<'_, '_>]) {
    let holds = |field: &Candidate<'_, '_>| {
        let view = field.view;
        let of_card = |part| view.names(Concept::Cardholder) || view.says_both(Concept::CardWord, part);
        let part = (field.field_type == T::GivenName && of_card(Concept::GivenName))
            || (field.field_type == T::FamilyName && of_card(Concept::FamilyName));
        field.field_type == T::CcName || part
    };
    let names = places(fields, holds);
    let [first, last] = names.as_slice() else { return };
    let is = |place: usize, concept| fields.get(place).is_some_and(|field| field.view.names(concept));
    let swapped = is(*last, Concept::GivenName) || (is(*first, Concept::FamilyName) && !is(*last, Concept::FamilyName));
    let (given, family) = if swapped { (*last, *first) } else { (*first, *last) };
    let told = is(family, Concept::FamilyName) != is(given, Concept::FamilyName)
        || is(given, Concept::GivenName) != is(family, Concept::GivenName);
    if last.abs_diff(*first) <= 2 && told {
        set(fields, given, T::CcGivenName, "name-in-two");
        set(fields, family, T::CcFamilyName, "name-in-two");
    }
}
