//! What a form is for, from its fields' types and its words.

use super::form::FormWords;
use crate::lexicon::FormConcept as W;
use crate::{Confidence, Evidence, FieldType as T, FormKind as K};

/// The form's kind, how sure that is, and why.
pub(super) fn of(types: &[T], words: &FormWords) -> (K, Confidence, Vec<Evidence>) {
    let mut ranked: Vec<(f32, K)> = scores(types, words);
    ranked.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let (most, kind) = ranked.first().copied().unwrap_or((0.0, K::Other));
    let all: f32 = ranked.iter().map(|(score, _)| (score - most).exp()).sum();
    (kind, Confidence::new(1.0 / all.max(1.0)), evidence(kind, words))
}

fn scores(types: &[T], words: &FormWords) -> Vec<(f32, K)> {
    let count = |wanted: &[T]| types.iter().filter(|field_type| wanted.contains(field_type)).count();
    let some = |wanted: &[T], weight: f32| if count(wanted) > 0 { weight } else { 0.0 };
    let (current, new) = (count(&[T::CurrentPassword]), count(&[T::NewPassword]));
    let ids = count(&[T::Username, T::Email]);
    let people = count(&[T::GivenName, T::FamilyName, T::Name, T::Tel, T::Bday, T::BdayYear, T::Country]);
    let login = words.says(W::LogIn).min(4.0);
    let sign_up = words.says(W::SignUp).min(4.0);
    let recover = words.says(W::Recover).min(4.0);
    let change = words.says(W::ChangePassword).min(4.0);
    let no_password = current + new == 0;
    let impossible = -20.0;
    vec![
        (if current == 1 && new == 0 && ids > 0 { 4.0 + login } else { impossible }, K::Login),
        (if current >= 1 && new == 0 && ids == 0 { 4.0 + login } else { impossible }, K::LoginPassword),
        (
            if no_password && ids > 0 && people == 0 {
                login + 0.5 * words.says(W::Continue).min(3.0) + if words.links_to(W::SignUp) { 0.8 } else { 0.0 }
                    - 0.4 * recover
            } else {
                impossible
            },
            K::LoginUsername,
        ),
        (
            if new > 0 && current == 0 {
                3.0 + sign_up + if ids > 0 { 2.0 } else { -2.0 } + if people > 0 { 1.0 } else { 0.0 }
            } else if no_password && ids > 0 {
                sign_up - 0.5 + if people > 1 { 0.5 } else { 0.0 }
            } else {
                impossible
            },
            K::SignUp,
        ),
        (
            if new > 0 {
                3.0 + change + 0.5 * recover + if current > 0 { 3.0 } else { 0.0 } + if ids == 0 { 2.0 } else { 0.0 }
            } else {
                impossible
            },
            K::ChangePassword,
        ),
        (
            if no_password && ids > 0 && people == 0 { 0.2 + 1.2 * recover + 0.6 * change } else { impossible },
            K::Recovery,
        ),
        (some(&[T::OneTimeCode], 4.0 + words.says(W::TwoFactor).min(3.0)), K::TwoFactor),
        (
            some(&[T::CcNumber, T::CcCsc, T::CcExp, T::CcExpMonth], 5.0) + words.says(W::Checkout).min(3.0) * 0.5,
            K::Checkout,
        ),
        (some(&[T::Search], 3.0) + if no_password { 0.8 * words.says(W::Search).min(4.0) } else { 0.0 }, K::Search),
        (
            if no_password && count(&[T::Email]) == 1 && people <= 2 {
                0.8 + words.says(W::Newsletter).min(4.0)
            } else {
                impossible
            },
            K::Newsletter,
        ),
        (1.5 + if no_password { 0.6 * words.says(W::Contact).min(3.0) } else { 0.0 }, K::Other),
    ]
}

fn evidence(kind: K, words: &FormWords) -> Vec<Evidence> {
    let concepts: &[(W, &'static str)] = match kind {
        K::Login | K::LoginUsername | K::LoginPassword => {
            &[(W::LogIn, "log-in-words"), (W::Continue, "continue-words")]
        }
        K::SignUp => &[(W::SignUp, "sign-up-words")],
        K::ChangePassword => &[(W::ChangePassword, "change-password-words"), (W::Recover, "recovery-words")],
        K::Recovery => &[(W::Recover, "recovery-words")],
        K::TwoFactor => &[(W::TwoFactor, "second-factor-words")],
        K::Checkout => &[(W::Checkout, "checkout-words")],
        K::Search => &[(W::Search, "search-words")],
        K::Newsletter => &[(W::Newsletter, "newsletter-words")],
        K::Other => &[(W::Contact, "contact-words"), (W::Profile, "profile-words")],
    };
    concepts.iter().filter_map(|(concept, says)| words.evidence(*concept, says)).collect()
}
