//! What a form is for, from its fields' types and its words.

use super::form::FormWords;
use crate::lexicon::FormConcept as W;
use crate::{Confidence, Evidence, FieldType as T, FormKind as K};

/// What the fields of a form say about its kind.
pub(super) struct Facts {
    /// The types of the fields that a user can see.
    pub(super) types: Vec<T>,
    /// Whether a password field waits out of sight, as in logins that ask for the name first.
    pub(super) hides_password: bool,
    /// Whether an email address is asked for as a new one.
    pub(super) changes_email: bool,
    /// Whether some letters of a password are asked for, which nobody fills.
    pub(super) asks_letters: bool,
    /// Whether an order, a booking, a bill is asked for by its number.
    pub(super) about_record: bool,
    /// Whether a customer's, a contract's or a person's number is asked for.
    pub(super) about_number: bool,
    /// Whether a newsletter can be ticked, which is then not what the form is for.
    pub(super) offers_newsletter: bool,
    /// How many fields are written into.
    pub(super) texts: usize,
}

impl Facts {
    fn count(&self, wanted: &[T]) -> usize {
        self.types.iter().filter(|field_type| wanted.contains(field_type)).count()
    }

    fn current(&self) -> usize {
        self.count(&[T::CurrentPassword])
    }

    fn new_passwords(&self) -> usize {
        self.count(&[T::NewPassword])
    }

    fn has_id(&self) -> bool {
        self.count(&[T::Username, T::Email]) > 0
    }

    /// Whether beside the name to log in with only a telephone is asked for, which gets a code.
    fn sends_code(&self, words: &FormWords<'_>) -> bool {
        words.links_to(W::SendCode) && self.persons() == self.count(&[T::Tel]) && self.count(&[T::Username]) == 1
    }

    fn has_password(&self) -> bool {
        self.current() + self.new_passwords() > 0
    }

    fn has_card(&self) -> bool {
        self.count(&[T::CcNumber, T::CcCsc]) > 0
    }

    /// Fields that say who somebody is; the country beside a telephone number is none.
    fn persons(&self) -> usize {
        self.count(&[T::GivenName, T::FamilyName, T::Name, T::Tel, T::Bday, T::BdayYear])
    }

    /// Fields about a person.
    fn people(&self) -> usize {
        self.count(&[T::GivenName, T::FamilyName, T::Name, T::Tel, T::Bday, T::BdayYear, T::Country])
    }
}

/// The form's kind, how sure that is, and why.
pub(super) fn of(facts: &Facts, words: &FormWords<'_>) -> (K, Confidence, Vec<Evidence>) {
    let score = |kind: K| score(kind, facts, words).map(|score| (score, kind));
    let mut ranked: Vec<(f32, K)> = KINDS.into_iter().filter_map(score).collect();
    ranked.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let (most, kind) = ranked.first().copied().unwrap_or((0.0, K::Other));
    let all: f32 = ranked.iter().map(|(score, _)| (score - most).exp()).sum();
    (kind, confidence(1.0 / all.max(1.0)), evidence(kind, words))
}

/// The share that a kind has of all as a probability: a logistic curve, fitted to forms that the engine of their time had not seen. Kinds whose scores are near
/// each other are mostly told right.
fn confidence(share: f32) -> Confidence {
    let odds = (share / (1.0 - share).max(1e-6)).ln();
    Confidence::new((1.0 / (1.0 + (-(0.17 + 0.53 * odds)).exp())).min(0.985))
}

const KINDS: [K; 11] = [
    K::Login,
    K::LoginUsername,
    K::LoginPassword,
    K::SignUp,
    K::ChangePassword,
    K::Recovery,
    K::TwoFactor,
    K::Checkout,
    K::Search,
    K::Newsletter,
    K::Other,
];

/// Whether two things are asked for to log in, of which none is a password or a code.
fn asks_proof(facts: &Facts) -> bool {
    let one_name = facts.count(&[T::Username, T::Email]) == 1
        && facts.count(&[T::Tel, T::TelNational, T::TelCountryCode, T::Country, T::OneTimeCode]) == 0;
    facts.texts == 2 && one_name && !facts.has_password() && !facts.hides_password
}

/// What speaks for a kind, in log-odds; none where the fields rule it out.
fn score(kind: K, facts: &Facts, words: &FormWords<'_>) -> Option<f32> {
    let says = |concept: W| words.says(concept).min(4.0);
    let when = |condition: bool, weight: f32| if condition { weight } else { 0.0 };
    let letters = facts.asks_letters && says(W::LogIn) > 0.0;
    let logs_in = (facts.current() > 0 || letters) && facts.new_passwords() == 0 && !facts.changes_email;
    // A name and another proof than a password.
    let proves = asks_proof(facts) && words.says(W::LogIn) > 2.0;
    let coded = facts.count(&[T::OneTimeCode]) > 0;
    // A purchase that is paid elsewhere.
    let addressed = facts.count(&[T::AddressLine1, T::StreetAddress, T::PostalCode]) > 0;
    let sends_goods = addressed && facts.persons() > 0 && says(W::Checkout) > 0.0;
    // Who looks for a number of the own finds the own record.
    let finds = facts.about_number && says(W::Search) > says(W::LogIn) + says(W::Recover);
    let subscribes = says(W::Newsletter) > 0.0 && !facts.offers_newsletter;
    let asks_name = !facts.has_password() && facts.has_id() && (facts.persons() == 0 || facts.sends_code(words));
    match kind {
        K::Login => ((logs_in || proves) && facts.has_id()).then(|| 4.0 + says(W::LogIn)),
        K::LoginPassword => (logs_in && !facts.has_id())
            .then(|| 4.0 + says(W::LogIn) - when(coded, 1.5) - when(says(W::LogIn) == 0.0 && facts.texts > 2, 3.0)),
        K::LoginUsername => asks_name.then(|| {
            let links = when(words.links_to(W::SignUp), 0.8) + when(facts.hides_password, 2.5);
            let newsletter = when(says(W::Newsletter) > 0.0, 2.5);
            // A user name alone is asked for by nothing else.
            let name =
                when(facts.count(&[T::Username]) == 1 && facts.count(&[T::Email]) == 0 && facts.types.len() < 3, 1.8);
            // Where a code is asked for beside the name, that is what logs in.
            let coded = when(coded, 4.0);
            name + says(W::LogIn) + 0.5 * says(W::Continue) + links - 0.4 * says(W::Recover) - newsletter - coded
        }),
        K::SignUp if facts.new_passwords() > 0 => (facts.current() == 0).then(|| {
            3.0 + says(W::SignUp) + if facts.has_id() { 2.0 } else { -2.0 } + when(facts.people() > 0, 1.0)
                - when(facts.has_card() || sends_goods, 4.0)
                - when(says(W::SignUp) == 0.0, says(W::Profile))
        }),
        K::SignUp => {
            let named = facts.count(&[T::Name, T::GivenName]) == facts.people();
            let lone = facts.has_id() && facts.people() < 2 && named;
            (!facts.has_password() && (facts.has_id() || (facts.persons() > 0 && says(W::SignUp) > 0.0)))
                .then(|| says(W::SignUp) - 0.5 + when(facts.people() > 1, 0.5) - when(lone && subscribes, 2.0))
        }
        K::ChangePassword => (facts.new_passwords() > 0).then(|| {
            let joins = says(W::SignUp) > says(W::ChangePassword) + says(W::Recover);
            let alone = if joins { 0.5 } else { 2.0 };
            let fields = when(facts.current() > 0, 3.0) + if facts.has_id() { 0.3 } else { alone };
            3.0 + says(W::ChangePassword) + 0.9 * says(W::Recover) + fields - when(facts.has_card() || sends_goods, 4.0)
        }),
        K::Recovery => (!facts.has_password() && (asks_name || says(W::Recover) > 1.0))
            .then(|| 0.2 + 1.2 * says(W::Recover) + 0.6 * says(W::ChangePassword)),
        K::TwoFactor => coded.then(|| {
            let proof = if facts.persons() > 1 && says(W::SignUp) > 0.0 { 1.0 } else { 4.0 };
            proof + says(W::TwoFactor).min(3.0)
        }),
        K::Checkout => {
            let card = facts.has_card() || facts.count(&[T::CcExp, T::CcExpMonth, T::CcName]) > 1;
            Some(when(card, 5.0) + when(sends_goods, 1.5) + 0.5 * says(W::Checkout).min(3.0))
        }
        K::Search => Some(when(facts.count(&[T::Search]) > 0, 3.0) + when(!facts.has_password(), says(W::Search))),
        K::Newsletter => {
            let one_email = !facts.has_password() && facts.count(&[T::Email]) == 1 && facts.people() <= 2;
            let others = facts.texts > 1 + facts.people();
            one_email.then(|| {
                // Who signs up for news subscribes.
                let joins = when(subscribes && !others, 0.5 * says(W::SignUp));
                when(others, -1.5)
                    + 0.8
                    + says(W::Newsletter)
                    + joins
                    + when(words.are_silent() && facts.types.len() < 3, 0.9)
            })
        }
        K::Other => Some(
            1.5 + when((facts.about_record || finds) && !facts.has_password(), 2.5)
                + 0.5 * says(W::OtherCode)
                + when(!facts.has_password(), 0.6 * says(W::Contact).min(3.0)),
        ),
    }
}

fn evidence(kind: K, words: &FormWords<'_>) -> Vec<Evidence> {
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
