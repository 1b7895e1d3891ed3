//! The name under which a user logs in: user name, email address, or whatever stands before the password.

use super::context::Candidate;
use super::form::FormWords;
use crate::lexicon::{Concept, FormConcept};
use crate::{EvidenceSource as Source, FieldType as T};

/// What a field needs to be a login's name by its own words.
const SAYS_SO: f32 = 2.4;

/// Lets passwords and the form's words speak for user names.
pub(super) fn support(fields: &mut [Candidate<'_, '_>], words: &FormWords<'_>) {
    phone_or_email(fields);
    shown_only(fields);
    let passwords: Vec<usize> =
        (0..fields.len()).filter(|place| fields.get(*place).is_some_and(Candidate::is_password)).collect();
    match passwords.as_slice() {
        [] => without_password(fields, words),
        // Before the first there may be no box at all, and one between it and the next, as where a password stands above a whole login.
        [first, second, _, ..] if nearest(fields, *first).is_none() && *second == first + 2 => {
            before_password(fields, words, *second);
        }
        [first, ..] => before_password(fields, words, *first),
    }
}

/// "Email or mobile number" is a login's name, whatever else is said.
fn phone_or_email(fields: &mut [Candidate<'_, '_>]) {
    for field in fields.iter_mut().filter(|field| field.view.is_text()) {
        let email = field.view.names(Concept::Email);
        if field.view.says_both(Concept::Email, Concept::Phone) && field.view.field.input_type != "tel" {
            field.scores.add(T::Tel, Source::Label, "telephone-or-email", -5.0);
            field.scores.add(T::Email, Source::Label, "telephone-or-email", 2.0);
        }
        if field.view.is_all(Concept::Account) && field.view.names(Concept::Phone) {
            field.scores.add(T::Username, Source::Identifier, "account-by-telephone", 2.0);
        }
        if email && field.view.says(Concept::Username) > 0.0 {
            field.scores.add(T::Username, Source::Label, "username-or-email", 0.5);
        }
    }
}

/// What can only be read and copied, and is not called a name to log in with, is none.
fn shown_only(fields: &mut [Candidate<'_, '_>]) {
    let named =
        [Concept::Username, Concept::Email, Concept::CustomerId, Concept::NationalId, Concept::Phone, Concept::Account];
    // But a step that asks for the password shows the name.
    let lone = fields.iter().filter(|field| field.is_open_text()).count() == 1;
    if lone && fields.iter().filter(|field| field.is_password()).count() == 1 {
        return;
    }
    for field in fields.iter_mut().filter(|field| field.view.field.read_only) {
        if named.into_iter().all(|concept| field.view.says(concept) == 0.0) {
            field.scores.add(T::Username, Source::Constraint, "read-only", -4.0);
        }
    }
}

fn is_code(field: &Candidate<'_, '_>) -> bool {
    let view = field.view;
    let coded =
        [Concept::OneTimeCode, Concept::Captcha, Concept::SecurityCode].into_iter().any(|code| view.says(code) > 0.0);
    coded || view.is_all(Concept::Code)
}

/// A telephone number under which one logs in is a login's name.
fn by_telephone(field: &mut Candidate<'_, '_>) {
    if field.scores.best() == T::Tel {
        let lead = field.scores.get(T::Tel) - field.scores.get(T::Username);
        field.scores.add(T::Username, Source::Form, "telephone-to-log-in", lead + 1.8);
    }
}

fn without_password(fields: &mut [Candidate<'_, '_>], words: &FormWords<'_>) {
    let log_in = words.says(FormConcept::LogIn).max(words.says(FormConcept::Recover)).min(4.0);
    let lone = fields.iter().filter(|field| field.is_open_text()).count() == 1;
    let coded = fields.iter().any(is_code);
    let proved = fields.iter().any(|field| field.scores.best() == T::OneTimeCode);
    let paid = fields.iter().any(|field| field.scores.best() == T::CcNumber);
    let dialled =
        |field: &Candidate<'_, '_>| matches!(field.scores.best(), T::Country | T::TelCountryCode | T::TelAreaCode);
    let texts = fields.iter().filter(|field| field.is_open_text() && !dialled(field));
    let lone = lone || texts.clone().count() == 1;
    let others = texts.filter(|field| !is_code(field)).count();
    let silent = [FormConcept::TwoFactor, FormConcept::Checkout, FormConcept::Profile]
        .into_iter()
        .all(|concept| words.says(concept) == 0.0);
    let sent = proved && words.links_to(FormConcept::SendCode) && silent && !paid;
    if sent && others == 1 && words.says(FormConcept::LogIn) >= words.says(FormConcept::SignUp) {
        fields.iter_mut().filter(|field| field.is_open_text() && !is_code(field)).for_each(by_telephone);
    }
    if others == 1 && (lone || coded) && log_in > words.says(FormConcept::SignUp).max(1.0) {
        fields.iter_mut().filter(|field| field.is_open_text() && !is_code(field)).for_each(by_telephone);
    }
    let about_person = fields.iter().any(|field| {
        let best = field.scores.best();
        best == T::Email || matches!(best, T::Name | T::GivenName | T::FamilyName)
    });
    for field in fields.iter_mut().filter(|field| field.view.is_text()) {
        field.scores.add(T::Username, Source::Form, "no-password", -1.0);
        let number = field.view.says(Concept::CustomerId).max(field.view.says(Concept::NationalId));
        if number > 1.0 && field.view.says(Concept::Username) == 0.0 {
            let known =
                !paid && (log_in > 0.0 || (!about_person && (words.says(FormConcept::TwoFactor) > 0.0 || proved)));
            // A code beside it proves whose number it is.
            let weight = if known && proved && others == 1 { 3.0 } else { 2.0 };
            field.scores.add(T::Username, Source::Form, "number-to-be-known-by", if known { weight } else { -1.0 });
        }
        let for_account = log_in.max(words.says(FormConcept::SignUp)).max(words.says(FormConcept::TwoFactor)) > 0.0;
        if paid || (!for_account && !lone && !words.are_silent()) {
            field.scores.add(T::Username, Source::Form, "not-for-an-account", -1.0);
        }
        if !for_account && field.view.says(Concept::Nickname) > 0.0 && !words.are_silent() {
            field.scores.add(T::Username, Source::Form, "name-for-no-account", -2.0);
        }
        if lone && log_in > 1.0 {
            field.scores.add(T::Username, Source::Form, "lone-field-of-login", log_in * 0.5);
        }
    }
}

/// Before a password stands the name under which one logs in. If no field says that it is that, the nearest is.
fn before_password(fields: &mut [Candidate<'_, '_>], words: &FormWords<'_>, password: usize) {
    let says_so = |field: &Candidate<'_, '_>| {
        field.view.is_text()
            && [T::Username, T::Email].into_iter().any(|id| field.scores.get(id) > SAYS_SO && field.scores.best() == id)
    };
    let said = fields.iter().any(says_so);
    let log_in = words.says(FormConcept::LogIn).min(4.0) >= words.says(FormConcept::SignUp).min(4.0);
    let passwords = fields.iter().filter(|field| field.is_password()).count();
    // A password that confirms something else stands after that, not after a name.
    let confirms = passwords == 1 && fields.get(password).is_some_and(|field| field.view.shows(Concept::Confirm));
    let nearest = nearest(fields, password);
    let known = words.says(FormConcept::LogIn).max(words.says(FormConcept::Recover));
    if !said && passwords == 1 && known > words.says(FormConcept::SignUp) {
        nearest.and_then(|place| fields.get_mut(place)).into_iter().for_each(by_telephone);
    }
    for (place, field) in fields.iter_mut().enumerate().filter(|(_, field)| field.view.is_text()) {
        if field.view.is_named(Concept::Username) {
            field.scores.add(T::Username, Source::Identifier, "named-username", 1.2);
        }
        if nearest != Some(place) {
            field.scores.add(T::Username, Source::Neighbours, "with-password", 0.3);
        } else if said || (confirms && words.says(FormConcept::LogIn) + words.says(FormConcept::SignUp) == 0.0) {
            field.scores.add(T::Username, Source::Neighbours, "before-password", 0.6);
        } else {
            let weight = if passwords == 1 && log_in { 3.5 } else { 2.8 };
            // Where one logs in, a customer card's number is the name.
            let card =
                if words.says(FormConcept::LogIn) > 1.0 { 0.5 * field.view.says(Concept::GiftCard) } else { 0.0 };
            let weight = weight + card;
            field.scores.add(T::Username, Source::Neighbours, "before-password", weight);
            for other in [
                T::AddressLine1,
                T::StreetAddress,
                T::Name,
                T::Tel,
                T::Organization,
                T::Url,
                T::CcNumber,
                T::Search,
                T::GivenName,
            ] {
                field.scores.add(other, Source::Neighbours, "before-password", -1.0);
            }
        }
    }
}

/// The text field nearest before the password: one that can be seen, else any.
fn nearest(fields: &[Candidate<'_, '_>], password: usize) -> Option<usize> {
    let before = |wanted: &dyn Fn(&Candidate<'_, '_>) -> bool| {
        fields.iter().take(password).rposition(|field| field.view.is_text() && wanted(field) && !is_other(field))
    };
    before(&|field| field.view.visible).or_else(|| before(&|_| true))
}

/// Whether a field surely is something else.
fn is_other(field: &Candidate<'_, '_>) -> bool {
    let best = field.scores.best();
    let named = field.view.says(Concept::Username) > 2.0;
    let placed = matches!(best, T::StreetAddress | T::AddressLine1) && !field.view.names(Concept::Address);
    let could_be = [
        T::None,
        T::CcName,
        T::StreetAddress,
        T::AddressLine1,
        T::Username,
        T::Email,
        T::Name,
        T::Tel,
        T::Organization,
        T::Url,
        T::CcNumber,
        T::Search,
    ];
    let held = best == T::CcName && !field.view.field.autocomplete.is_empty();
    let named_other = held || !could_be.contains(&best);
    let searched = best == T::Search && (field.view.searches || field.view.shows(Concept::Search));
    let otherwise = [Concept::Captcha, Concept::Recipient, Concept::Quantity, Concept::Network];
    let said_otherwise = otherwise.into_iter().any(|concept| field.view.says(concept) > 1.5)
        || (field.view.is_all(Concept::Code) && field.view.field.texts.label.len() > 3);
    (named_other && !named) || placed || searched || said_otherwise
}

/// Beside a login's name, a name that is only shown to others is none.
pub(super) fn settle(fields: &mut [Candidate<'_, '_>]) {
    let shown_only = |field: &Candidate<'_, '_>| {
        field.view.says(Concept::Nickname) > 0.0 && field.view.says(Concept::Username) < 2.0
    };
    let username = fields.iter().any(|field| field.field_type == T::Username && !shown_only(field));
    let email = fields.iter().any(|field| field.field_type == T::Email);
    let password = fields.iter().position(|field| field.field_type.is_password()).unwrap_or(usize::MAX);
    let signs_up = email && fields.iter().any(|field| field.field_type == T::NewPassword);
    let signs_up = signs_up && !fields.iter().any(|field| field.field_type == T::CurrentPassword);
    // Who makes an account under an email address gives a contract's or a card's number to be known, not to log in.
    let number = |field: &Candidate<'_, '_>| {
        let number = field.view.says(Concept::CustomerId) + field.view.says(Concept::NationalId);
        number > 0.0 && field.view.says(Concept::Username) == 0.0 && !field.view.names(Concept::Email)
    };
    // Beside a user name an identity number is a second proof.
    let proof = |field: &Candidate<'_, '_>| {
        field.view.says(Concept::NationalId) > 0.0 && field.view.says(Concept::Username) == 0.0
    };
    let named = fields
        .iter()
        .any(|field| field.field_type == T::Username && !proof(field) && field.view.says(Concept::Username) > 2.0);
    // Beside a user name, or after the password, a number says for whom one logs in: a company, a branch.
    let logs_in = fields.iter().any(|field| field.field_type == T::CurrentPassword);
    let called = fields.iter().any(|field| field.field_type == T::Username && field.view.says(Concept::Username) > 2.0);
    let company = |place: usize, field: &Candidate<'_, '_>| {
        let number = field.view.says(Concept::CustomerId) > 0.0 && field.view.says(Concept::Username) == 0.0;
        number && (place > password || (logs_in && called))
    };
    for (place, field) in fields.iter_mut().enumerate() {
        if field.field_type == T::Username && (named || email) && company(place, field) {
            field.field_type = T::None;
            field.scores.add(T::None, Source::Neighbours, "beside-username", 2.0);
        }
        if field.field_type == T::Username && named && proof(field) {
            field.field_type = T::None;
            field.scores.add(T::None, Source::Neighbours, "beside-username", 2.0);
        }
        let shown_to_others = shown_only(field) && (username || (email && place > password));
        if field.field_type == T::Username && (shown_to_others || (signs_up && number(field))) {
            field.field_type = T::None;
            field.scores.add(T::None, Source::Neighbours, "other-login-name", 2.0);
        }
    }
}
