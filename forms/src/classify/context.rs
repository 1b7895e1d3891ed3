//! The joint decision: what the fields of one form are, together.

use super::form::FormWords;
use super::group::Group;
use super::local;
use super::passwords::{self, Role};
use super::scores::Scores;
use super::view::{Options, View};
use crate::lexicon::{Concept, FormConcept};
use crate::{
    ClassifiedField, ClassifiedForm, Confidence, EvidenceSource as Source, FieldType as T, FormSnapshot, Part,
};

/// One field with its scores and, in the end, its type.
struct Candidate<'a, 'b> {
    view: &'b View<'a>,
    scores: Scores,
    field_type: T,
    part: Option<Part>,
    repeats: Option<usize>,
}

/// Decides what a group of fields is.
pub(super) fn decide(snapshot: &FormSnapshot, group: &Group<'_>) -> ClassifiedForm {
    let words = FormWords::of(snapshot, group);
    let mut fields: Vec<Candidate<'_, '_>> = group.views.iter().map(candidate).collect();
    cards(&mut fields, &words);
    dates(&mut fields);
    codes(&mut fields, &words);
    login_ids(&mut fields, &words);
    searches(&mut fields, &words);
    settle(&mut fields);
    passwords(&mut fields, &words);
    one_name(&mut fields);
    let (kind, confidence, evidence) = super::kind::of(&summary(&fields), &words);
    ClassifiedForm { form: group.form, kind, confidence, evidence, fields: answer(&fields) }
}

fn candidate<'a, 'b>(view: &'b View<'a>) -> Candidate<'a, 'b> {
    Candidate { view, scores: local::score(view), field_type: T::None, part: None, repeats: None }
}

fn settle(fields: &mut [Candidate<'_, '_>]) {
    fields.iter_mut().for_each(|field| field.field_type = field.scores.best());
}

/// How much speaks for a payment card in the form: the surest field that only a card has.
fn card_strength(fields: &[Candidate<'_, '_>]) -> f32 {
    let of = |field: &Candidate<'_, '_>| {
        [T::CcNumber, T::CcCsc, T::CcExp, T::CcName]
            .into_iter()
            .map(|field_type| field.scores.get(field_type))
            .fold(0.0, f32::max)
            - field.scores.get(T::None)
    };
    fields.iter().map(of).fold(0.0, f32::max)
}

/// Card fields support each other: month, year and code mean a card's beside its number, and little elsewhere.
fn cards(fields: &mut [Candidate<'_, '_>], words: &FormWords) {
    let strength = card_strength(fields);
    let is_card = strength > 0.8 || (strength > 0.0 && words.says(FormConcept::Checkout) > 2.0);
    let number = fields.iter().position(|field| field.scores.best() == T::CcNumber);
    for (place, field) in fields.iter_mut().enumerate() {
        let near = number.is_some_and(|number| place.abs_diff(number) <= 6);
        if is_card {
            if near {
                for (field_type, weight) in
                    [(T::CcExpMonth, 0.8), (T::CcExpYear, 0.8), (T::CcCsc, 0.8), (T::CcExp, 0.4), (T::CcName, 0.2)]
                {
                    field.scores.add(field_type, Source::Neighbours, "near-card-number", weight);
                }
            }
            field.scores.add(T::OneTimeCode, Source::Neighbours, "card-form", -1.0);
        } else {
            for (field_type, weight) in [
                (T::CcExpMonth, -1.5),
                (T::CcExpYear, -1.5),
                (T::CcCsc, -0.8),
                (T::CcExp, -0.8),
                (T::CcName, -0.8),
                (T::CcType, -0.8),
            ] {
                field.scores.add(field_type, Source::Neighbours, "no-card-form", weight);
            }
        }
    }
}

/// Day, month and year stand together; what they are the date of is said once.
fn dates(fields: &mut [Candidate<'_, '_>]) {
    let birth: Vec<bool> = fields
        .iter()
        .map(|field| {
            field.view.options == Options::YearsBack
                || field.view.options == Options::Days
                || field.view.names(Concept::Birth)
        })
        .collect();
    for (place, field) in fields.iter_mut().enumerate() {
        let beside = (place.saturating_sub(2)..=place + 2)
            .any(|other| other != place && birth.get(other).copied().unwrap_or_default());
        if beside {
            for (field_type, weight) in [
                (T::BdayMonth, 1.0),
                (T::BdayYear, 1.0),
                (T::BdayDay, 0.8),
                (T::CcExpMonth, -1.2),
                (T::CcExpYear, -1.2),
            ] {
                field.scores.add(field_type, Source::Neighbours, "beside-birthday", weight);
            }
        }
    }
}

/// A row of boxes for one character each is a code; a lone field in a form that speaks of a second factor is one too.
fn codes(fields: &mut [Candidate<'_, '_>], words: &FormWords) {
    let two_factor = words.says(FormConcept::TwoFactor);
    let single: Vec<bool> = fields.iter().map(|field| takes_one_character(field.view)).collect();
    let boxes = single.iter().filter(|single| **single).count();
    let lone = fields
        .iter()
        .filter(|field| (field.view.is_text() || field.view.is_password()) && field.view.field.visible)
        .count()
        == 1;
    for (field, single) in fields.iter_mut().zip(single) {
        if single && (4..=10).contains(&boxes) {
            field.scores.add(T::OneTimeCode, Source::Neighbours, "row-of-boxes", 4.0);
        } else if single {
            field.scores.add(T::OneTimeCode, Source::Neighbours, "no-row-of-boxes", -2.0);
        }
        let open = field.view.is_text() && two_factor > 0.0;
        if open && lone {
            field.scores.add(T::OneTimeCode, Source::Form, "second-factor-form", two_factor.min(4.0) * 0.7);
        } else if open {
            field.scores.add(T::OneTimeCode, Source::Form, "second-factor-form", two_factor.min(4.0) * 0.2);
        }
    }
}

fn takes_one_character(view: &View<'_>) -> bool {
    view.field.max_length == Some(1) && (view.is_text() || view.is_password())
}

/// Whether a password box still looks like one for a password.
fn is_password(field: &Candidate<'_, '_>) -> bool {
    field.view.is_password() && field.view.field.visible && field.scores.best().is_password()
}

/// Before a password stands the name under which one logs in.
fn login_ids(fields: &mut [Candidate<'_, '_>], words: &FormWords) {
    let first_password = fields.iter().position(is_password);
    let log_in = words.says(FormConcept::LogIn).min(4.0);
    let sign_up = words.says(FormConcept::SignUp).min(4.0);
    let recover = words.says(FormConcept::Recover).min(4.0);
    let open: Vec<bool> = fields
        .iter()
        .map(|field| field.view.is_text() && field.view.field.visible && !field.view.field.disabled)
        .collect();
    let before = first_password.and_then(|password| open.iter().take(password).rposition(|open| *open));
    let texts = open.iter().filter(|open| **open).count();
    let passwords = fields.iter().filter(|field| is_password(field)).count();
    let has_id = first_password.is_some_and(|password| {
        fields.iter().take(password).any(|field| field.view.is_text() && field.scores.best().is_login_id())
    });
    for (place, field) in fields.iter_mut().enumerate() {
        if !field.view.is_text() {
            continue;
        }
        if first_password.is_none() {
            field.scores.add(T::Username, Source::Form, "no-password", -1.0);
            let lone = texts == 1 && (log_in > 1.0 || recover > 1.0);
            if lone {
                field.scores.add(T::Username, Source::Form, "lone-field-of-login", log_in.max(recover) * 0.5);
            }
            continue;
        }
        if before == Some(place) {
            let weight = match (passwords, texts) {
                (1, 1) => 3.0,
                (1, 2..) if log_in > sign_up => 1.6,
                _ => 0.6,
            };
            let weight = if has_id && !field.scores.best().is_login_id() { weight * 0.3 } else { weight };
            field.scores.add(T::Username, Source::Neighbours, "before-password", weight);
        } else {
            field.scores.add(T::Username, Source::Neighbours, "with-password", 0.3);
        }
    }
}

/// A lone text box in a form that searches is a search box.
fn searches(fields: &mut [Candidate<'_, '_>], words: &FormWords) {
    let search = words.says(FormConcept::Search).min(4.0);
    let texts = fields.iter().filter(|field| field.view.is_text()).count();
    if search > 0.0 && texts <= 2 && !fields.iter().any(is_password) {
        for field in fields.iter_mut().filter(|field| field.view.is_text()) {
            field.scores.add(T::Search, Source::Form, "search-form", search * 0.8);
        }
    }
}

/// Gives the password fields their roles.
fn passwords(fields: &mut [Candidate<'_, '_>], words: &FormWords) {
    let places: Vec<usize> = fields
        .iter()
        .enumerate()
        .filter(|(_, field)| field.field_type.is_password() && field.view.is_password() && field.view.field.visible)
        .map(|(place, _)| place)
        .collect();
    let places = if places.is_empty() {
        fields.iter().enumerate().filter(|(_, field)| field.field_type.is_password()).map(|(place, _)| place).collect()
    } else {
        places
    };
    let views: Vec<&View<'_>> = places.iter().filter_map(|place| fields.get(*place)).map(|field| field.view).collect();
    let sign_up_fields = fields.iter().filter(|field| field.field_type.is_identity()).count() >= 3
        || fields.iter().any(|field| matches!(field.field_type, T::GivenName | T::FamilyName | T::Bday | T::BdayYear));
    let (roles, margin) = passwords::roles(&views, words, sign_up_fields);
    let mut new = None;
    for (place, role) in places.into_iter().zip(roles) {
        let Some(field) = fields.get_mut(place) else { continue };
        let (field_type, says) = match role {
            Role::Current => (T::CurrentPassword, "present-password"),
            Role::New => (T::NewPassword, "new-password"),
            Role::Again => (T::NewPassword, "new-password-again"),
        };
        field.field_type = field_type;
        field.scores.add(field_type, Source::Neighbours, says, margin.min(3.0));
        field.repeats = if role == Role::Again { new } else { None };
        new = if role == Role::New { Some(place) } else { new };
    }
}

/// A login has one name: where both a user name and an email address stand before one password, both stay; further user names that only their place made so go.
fn one_name(fields: &mut [Candidate<'_, '_>]) {
    parts(fields, T::OneTimeCode, 1);
    parts(fields, T::CcNumber, 6);
    let card = fields.iter().any(|field| field.field_type == T::CcNumber);
    let split = |fields: &[Candidate<'_, '_>]| {
        fields
            .iter()
            .position(|field| field.field_type == T::CcName)
            .filter(|place| fields.get(place + 1).is_some_and(|next| next.field_type == T::CcName))
    };
    if let (true, Some(place)) = (card, split(fields)) {
        let first = fields.get(place).is_some_and(|field| field.view.names(Concept::GivenName));
        let last = fields.get(place + 1).is_some_and(|field| field.view.names(Concept::FamilyName));
        if first && last {
            for (offset, field_type) in [(0, T::CcGivenName), (1, T::CcFamilyName)] {
                if let Some(field) = fields.get_mut(place + offset) {
                    field.field_type = field_type;
                }
            }
        }
    }
}

/// Several fields of one type in a row, each too short for the whole value, hold a part each.
fn parts(fields: &mut [Candidate<'_, '_>], field_type: T, longest: u32) {
    let places: Vec<usize> = fields
        .iter()
        .enumerate()
        .filter(|(_, field)| {
            field.field_type == field_type && field.view.field.max_length.is_some_and(|length| length <= longest)
        })
        .map(|(place, _)| place)
        .collect();
    let Ok(count) = u32::try_from(places.len()) else { return };
    if count < 2 {
        return;
    }
    for (place, index) in places.into_iter().zip(0..) {
        if let Some(field) = fields.get_mut(place) {
            field.part = Some(Part { index, count });
        }
    }
}

/// The types and facts that the form's kind depends on.
fn summary(fields: &[Candidate<'_, '_>]) -> Vec<T> {
    fields.iter().filter(|field| field.view.field.visible).map(|field| field.field_type).collect()
}

fn answer(fields: &[Candidate<'_, '_>]) -> Vec<ClassifiedField> {
    let id = |place: usize| fields.get(place).map(|field| field.view.field.field_id());
    let answer = |field: &Candidate<'_, '_>| ClassifiedField {
        id: field.view.field.field_id(),
        field_type: field.field_type,
        confidence: confidence(field),
        part: field.part,
        repeats: field.repeats.and_then(id),
        evidence: field.scores.evidence_for(field.field_type),
    };
    fields.iter().map(answer).collect()
}

fn confidence(field: &Candidate<'_, '_>) -> Confidence {
    field.scores.confidence(field.field_type)
}
