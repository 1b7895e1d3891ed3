//! Which password fields take the present password and which a new one: decided for all of a form's together.

use super::form::FormWords;
use super::local::autocomplete_type;
use super::view::View;
use crate::FieldType;
use crate::lexicon::{Concept, FormConcept};

/// What a password field is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Current,
    New,
    /// The new one again.
    Again,
    /// Another secret: a code, a PIN for something else, part of an identity number.
    Other,
}

/// What else a form asks that tells an old password from a new one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Beside {
    /// Names, birthdays and the like, as for a new account.
    pub(super) person: bool,
    /// Whether there are terms to agree to.
    pub(super) terms: bool,
    /// Whether to stay logged in.
    pub(super) remember: bool,
}

impl Beside {
    /// What that counts for a new password, in log-odds.
    fn weight(self) -> f32 {
        let when = |asked: bool, weight: f32| if asked { weight } else { 0.0 };
        when(self.person, 1.2) + when(self.terms && !self.remember, 1.2) - when(self.remember, 1.5)
    }
}

/// The orders in which authors put passwords, and how usual each is.
const ORDERS: &[(&[Role], f32)] = {
    use Role::{Again as A, Current as C, New as N, Other as X};
    &[
        (&[X], -3.5),
        (&[C, X], 0.0),
        (&[X, C], -1.0),
        (&[C, X, X], -1.0),
        (&[N, X], -1.0),
        (&[C, N, X], -1.0),
        (&[N, A, X], 0.5),
        (&[C, N, A, X], 0.5),
        (&[X, N, A], -0.5),
        (&[C], 1.0),
        (&[N], 0.0),
        (&[N, A], 1.6),
        (&[C, N], 0.6),
        (&[C, C], -1.5),
        (&[N, N], -1.0),
        (&[C, N, A], 2.0),
        (&[N, A, C], -0.5),
        (&[C, C, N], -2.0),
        (&[N, N, A], -2.0),
    ]
};

/// The likeliest roles of a form's password fields, in order, and how far they are ahead of the next likeliest (log-odds). A field without a role is for
/// something else.
pub(super) fn roles(views: &[&View<'_>], words: &FormWords<'_>, beside: Beside) -> (Vec<Option<Role>>, f32) {
    if words.are_silent() && views.len() > 1 && views.iter().all(|view| is_silent(view)) {
        return (by_place(views), 0.5);
    }
    let score = |(order, prior): &(&'static [Role], f32)| (prior + fit(order, views, words, beside), *order);
    let mut ranked: Vec<(f32, &[Role])> =
        ORDERS.iter().filter(|(order, _)| order.len() == views.len()).map(score).collect();
    ranked.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    match ranked.as_slice() {
        [] => (views.iter().map(|view| Some(alone(view))).collect(), 0.5),
        [(best, order), rest @ ..] => {
            (order.iter().copied().map(Some).collect(), rest.first().map_or(3.0, |(next, _)| best - next))
        }
    }
}

fn alone(view: &View<'_>) -> Role {
    if by_words(view, Role::New) > by_words(view, Role::Current) { Role::New } else { Role::Current }
}

/// Whether a field says nothing about its role but by `autocomplete`.
fn is_silent(view: &View<'_>) -> bool {
    [Concept::New, Concept::Current, Concept::Confirm].into_iter().all(|concept| view.says(concept) == 0.0)
}

/// Where no word says anything: what `autocomplete` names, else the present password first and the new one after it.
fn by_place(views: &[&View<'_>]) -> Vec<Option<Role>> {
    let named = |view: &&View<'_>| match autocomplete_type(&view.field.autocomplete) {
        Some(FieldType::NewPassword) => Some(Role::New),
        Some(FieldType::CurrentPassword) => Some(Role::Current),
        _ => None,
    };
    let told: Vec<Option<Role>> = views.iter().map(named).collect();
    if told.iter().any(Option::is_some) {
        return told;
    }
    (0..views.len())
        .map(|place| match place {
            0 => Some(Role::Current),
            1 => Some(Role::New),
            2 => Some(Role::Again),
            _ => None,
        })
        .collect()
}

fn fit(order: &[Role], views: &[&View<'_>], words: &FormWords<'_>, beside: Beside) -> f32 {
    let mut fields: f32 = order.iter().zip(views).map(|(role, view)| by_words(view, *role)).sum();
    if let ([Role::Current], [view]) = (order, views) {
        // "Confirm with your password" asks for the one there is.
        fields += 0.6 * view.says(Concept::Confirm);
    }
    let makes_new = order.contains(&Role::New);
    let asks_old = order.contains(&Role::Current);
    let sign_up = words.says(FormConcept::SignUp).min(4.0);
    let log_in = words.says(FormConcept::LogIn).min(4.0);
    let change = words.says(FormConcept::ChangePassword).max(words.says(FormConcept::Recover) * 0.5).min(4.0);
    let mut fit = fields;
    let told = |view: &&View<'_>| view.shows(Concept::Confirm) || view.says(Concept::New) > 0.0;
    if let ([Role::New, Role::Again] | [Role::Current, Role::New], [first, _]) = (order, views)
        && log_in > 1.0
        && sign_up + change == 0.0
        && !views.iter().any(told)
    {
        // Where one logs in, a second password that repeats nothing is another secret; what numbers the first confirms nothing either.
        fit -= 1.5 + if asks_old { 0.0 } else { 0.7 * first.says(Concept::Confirm) };
    }
    if makes_new && !asks_old {
        fit += 0.8 * sign_up + 0.5 * change - 0.8 * log_in + beside.weight();
        // What one gives to somebody else is new to them.
        fit += 1.2 * words.says(FormConcept::OthersAccount).min(4.0);
        fit += if words.links_to(FormConcept::LogIn) { 1.2 } else { 0.0 };
        fit -= if words.links_to(FormConcept::Recover) { 1.4 } else { 0.0 };
        fit -= if words.links_to(FormConcept::SignUp) { 0.5 } else { 0.0 };
    }
    // Many authors write `new-password` on a login to keep browsers from filling it.
    let login = log_in > 1.0 && sign_up == 0.0 && change == 0.0 && beside.weight() <= 0.0;
    if let ([Role::New], [view], true) = (order, views, login) {
        fit -= if view.says(Concept::New) == 0.0 { 3.0 } else { 0.0 };
    }
    if makes_new && asks_old {
        fit += 0.5 * change - 0.4 * sign_up - if change == 0.0 { 0.6 * log_in } else { 0.0 };
    }
    fit
}

/// What a field's own words say for another secret than a password.
fn other(view: &View<'_>) -> f32 {
    let codes = view.says(Concept::OneTimeCode) + 0.8 * view.says(Concept::Pin) + 0.6 * view.says(Concept::Code);
    let network = 2.0 * view.says(Concept::Network) + if view.shows(Concept::Network) { 2.0 } else { 0.0 };
    let numbers = [Concept::NationalId, Concept::BankAccount, Concept::GiftCard, Concept::Answer, Concept::Captcha];
    let called = numbers.into_iter().any(|concept| view.shows(concept));
    let numbers: f32 = numbers.into_iter().map(|concept| view.says(concept)).sum();
    let numbers =
        numbers + if called && !view.names(Concept::Password) && !view.names(Concept::Pin) { 3.0 } else { 0.0 };
    let account = if view.shows(Concept::Account) && view.is_all(Concept::Account) && !view.names(Concept::Password) {
        5.0
    } else {
        0.0
    };
    codes + numbers + network + account
        - if view.is_all(Concept::Password) { 2.0 } else { 0.5 * view.says(Concept::Password) }
}

/// What a field's own words say for a role.
fn by_words(view: &View<'_>, role: Role) -> f32 {
    let (new, current, confirm) = (view.says(Concept::New), view.says(Concept::Current), view.says(Concept::Confirm));
    let named = match autocomplete_type(&view.field.autocomplete) {
        Some(FieldType::NewPassword) => (2.2, -2.2),
        Some(FieldType::CurrentPassword) => (-2.2, 2.2),
        _ => (0.0, 0.0),
    };
    match role {
        Role::Current => current - 0.8 * new - 0.6 * confirm + named.1,
        Role::New => 0.8 * new - current - 0.3 * confirm + named.0,
        Role::Again => confirm + 0.2 * new - current + named.0,
        Role::Other => other(view) - 0.6 * (new + current + confirm) - named.0.abs(),
    }
}
