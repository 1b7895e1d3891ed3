//! The joint decision: what the fields of one form are, together.

use super::form::FormWords;
use super::group::Group;
use super::kind::{self, Facts};
use super::local;
use super::passwords::{self, Beside, Role};
use super::scores::Scores;
use super::view::{Options, View};
use super::{cards, codes, login_ids, people};
use crate::lexicon::{Concept, FormConcept, form_concepts};
use crate::text::{fold, fold_identifier};
use crate::{ClassifiedField, ClassifiedForm, EvidenceSource as Source, FieldTag, FieldType as T, FormSnapshot, Part};

/// One field with its scores and, in the end, its type.
pub(super) struct Candidate<'a, 'b> {
    pub(super) view: &'b View<'a>,
    pub(super) scores: Scores,
    pub(super) field_type: T,
    pub(super) part: Option<Part>,
    repeats: Option<usize>,
}

impl Candidate<'_, '_> {
    /// Whether a user can type a line of text into it.
    pub(super) fn is_open_text(&self) -> bool {
        self.view.is_text() && self.view.visible
    }

    /// Whether nothing is likelier for it than this type.
    pub(super) fn is_likely(&self, field_type: T) -> bool {
        self.scores.get(field_type) > 0.0 && self.scores.best() == field_type
    }

    /// Whether it is a box that hides what is typed, and still looks like one for a password.
    pub(super) fn is_password(&self) -> bool {
        self.view.is_password() && self.view.visible && self.scores.best().is_password()
    }
}

/// Decides what a group of fields is.
pub(super) fn decide(snapshot: &FormSnapshot, group: &Group<'_>) -> ClassifiedForm {
    let words = FormWords::of(snapshot, group);
    let mut fields: Vec<Candidate<'_, '_>> = group.views.iter().map(candidate).collect();
    cards::support(&mut fields, &words);
    dates(&mut fields);
    codes::support(&mut fields, &words);
    invitations(&mut fields, &words);
    login_ids::support(&mut fields, &words);
    searches(&mut fields, &words);
    subscriptions(&mut fields, &words);
    for field in &mut fields {
        field.field_type = field.scores.best();
    }
    passwords(&mut fields, &words);
    login_ids::settle(&mut fields);
    cards::settle(&mut fields);
    codes::settle(&mut fields);
    halved_emails(&mut fields);
    repeated_emails(&mut fields);
    people::settle(&mut fields);
    let decided: Vec<(&View<'_>, T)> = fields.iter().map(|field| (field.view, field.field_type)).collect();
    let (kind, confidence, evidence) = kind::of(&facts(&decided), &words);
    ClassifiedForm { form: group.form, kind, confidence, evidence, fields: answer(&fields) }
}

fn candidate<'a, 'b>(view: &'b View<'a>) -> Candidate<'a, 'b> {
    Candidate { view, scores: local::score(view), field_type: T::None, part: None, repeats: None }
}

/// Day, month and year stand together; what they are the date of is said once.
fn dates(fields: &mut [Candidate<'_, '_>]) {
    let is_part = |field: &Candidate<'_, '_>| {
        let named = [Concept::Day, Concept::Month, Concept::Year].into_iter().any(|concept| field.view.names(concept));
        let short = field.view.field.max_length.is_some_and(|length| length <= 2);
        field.view.names(Concept::Birth) && (named || short || field.view.is_choice())
    };
    let is_birth =
        |field: &Candidate<'_, '_>| matches!(field.view.options, Options::YearsBack | Options::Days) || is_part(field);
    let birth: Vec<bool> = fields.iter().map(is_birth).collect();
    for (place, field) in fields.iter_mut().enumerate() {
        let beside = |other: usize| other != place && birth.get(other).copied().unwrap_or_default();
        if (place.saturating_sub(2)..=place + 2).any(beside) {
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

/// Who is invited is somebody else.
fn invitations(fields: &mut [Candidate<'_, '_>], words: &FormWords<'_>) {
    let own =
        |field: &Candidate<'_, '_>| field.is_likely(T::Email) || field.is_likely(T::Name) || field.is_likely(T::Tel);
    if !fields.iter().any(own) || fields.iter().any(Candidate::is_password) {
        return;
    }
    let [by_button, by_heading] = words.invite();
    if !by_button && !by_heading {
        return;
    }
    for field in fields.iter_mut().filter(|field| field.view.is_text() && !field.view.is_about_other_person()) {
        if by_button || (by_heading && field.view.field.texts.section.is_empty()) {
            local::of_other_person(&mut field.scores);
        }
    }
}

/// A lone text box in a form that searches is a search box.
fn searches(fields: &mut [Candidate<'_, '_>], words: &FormWords<'_>) {
    let search = words.says(FormConcept::Search).min(4.0);
    let texts = fields.iter().filter(|field| field.is_open_text()).count();
    if fields.iter().any(Candidate::is_password) {
        return;
    }
    let others = [FormConcept::LogIn, FormConcept::SignUp, FormConcept::Checkout, FormConcept::Contact];
    let filters = search > 1.8 && others.into_iter().all(|other| words.says(other) < search);
    for field in fields.iter_mut().filter(|field| field.view.is_text() || field.view.is_choice()) {
        let namespace = field.view.namespace();
        let filter =
            !namespace.is_empty() && form_concepts(&fold_identifier(namespace), true).has_form(FormConcept::Search);
        if filter || (filters && texts > 2) {
            field.scores.add(T::Search, Source::Form, "filter", if filter { 4.0 } else { 1.0 });
            for other in [T::Username, T::Email, T::CcNumber, T::CcType, T::CcExp, T::CcExpMonth, T::CcExpYear] {
                field.scores.add(other, Source::Form, "filter", -3.0);
            }
        }
    }
    if search > 0.0 && texts <= 2 {
        // One's own order is found by its number, and not chosen.
        let own = [Concept::Order, Concept::CustomerId, Concept::NationalId];
        let record = fields.iter().any(|field| field.is_open_text() && own.iter().any(|of| field.view.shows(*of)));
        for field in fields.iter_mut().filter(|field| field.view.is_text()) {
            let found = if record { T::None } else { T::Search };
            let weight = if record && !field.view.is_silent() { 0.4 } else { 0.8 };
            field.scores.add(found, Source::Form, "search-form", search * weight);
        }
    }
}

/// What a newsletter asks for, where it does not say so, is an email address.
fn subscriptions(fields: &mut [Candidate<'_, '_>], words: &FormWords<'_>) {
    let own = fields.iter().map(|field| field.view.says(Concept::Newsletter)).fold(0.0, f32::max);
    let newsletter = (words.says(FormConcept::Newsletter) + own * 0.5).min(5.0);
    let mut texts: Vec<&mut Candidate<'_, '_>> = fields.iter_mut().filter(|field| field.view.is_text()).collect();
    if let ([field], true) = (texts.as_mut_slice(), newsletter > 1.5) {
        field.scores.add(T::Email, Source::Form, "newsletter-form", newsletter * 0.6);
    }
    if let ([field], true) = (texts.as_mut_slice(), words.says(FormConcept::Newsletter) > 1.0) {
        let silent = field.view.is_silent() && field.view.field.input_type == "text";
        field.scores.add(T::Email, Source::Form, "only-field-of-newsletter", if silent { 2.3 } else { 0.0 });
    }
}

/// Gives the password fields their roles. Those that cannot be seen or written beside others have none.
fn passwords(fields: &mut [Candidate<'_, '_>], words: &FormWords<'_>) {
    rows_of_words(fields);
    revealed(fields);
    shown_pins(fields, words);
    let places = password_places(fields);
    for (place, field) in fields.iter_mut().enumerate() {
        if field.field_type.is_password() && !places.contains(&place) {
            field.field_type = T::None;
            field.scores.add(T::None, Source::Neighbours, "other-password-field", 3.0);
        }
    }
    if is_of_server(fields, words) {
        return others_credentials(fields);
    }
    // Under "log in" a customer card's number is a name.
    let logs_in = words.says(FormConcept::LogIn) > 1.0;
    let about_order = |field: &Candidate<'_, '_>| {
        let voucher = if logs_in { 0.0 } else { field.view.says(Concept::GiftCard) };
        field.view.is_text() && field.view.says(Concept::Order) + voucher > 2.0
    };
    let invites = |field: &Candidate<'_, '_>| field.view.is_text() && field.view.shows(Concept::InviteCode);
    let invited = words.says(FormConcept::OtherCode) > 0.0
        && words.says(FormConcept::LogIn) == 0.0
        && fields.iter().any(invites)
        && !fields.iter().any(|field| field.view.shows(Concept::Username) || field.view.shows(Concept::Email));
    let known_by_name =
        |field: &Candidate<'_, '_>| field.view.says(Concept::Username) + field.view.says(Concept::Email) > 1.0;
    let about_voucher = words.says(FormConcept::OtherCode) > words.says(FormConcept::LogIn)
        && fields.iter().any(|field| field.view.is_text() && field.view.says(Concept::CardNumber) > 2.0);
    let about_other = (fields.iter().any(about_order) || about_voucher) && !fields.iter().any(known_by_name);
    if places.len() == 1 && (about_other || invited) {
        for field in fields.iter_mut().filter(|field| field.field_type.is_password() || field.field_type == T::Username)
        {
            field.field_type = T::None;
            field.scores.add(T::None, Source::Neighbours, "opens-an-order", 3.0);
        }
        return;
    }
    if is_for_no_account(fields, &places, words) {
        return others_credentials(fields);
    }
    let views: Vec<&View<'_>> = places.iter().filter_map(|place| fields.get(*place)).map(|field| field.view).collect();
    let (roles, margin) = passwords::roles(&views, words, beside_passwords(fields));
    let mut new = None;
    for (place, role) in places.into_iter().zip(roles) {
        let Some(field) = fields.get_mut(place) else { continue };
        let Some(role) = role else {
            field.field_type = T::None;
            field.scores.add(T::None, Source::Neighbours, "no-password-role", 3.0);
            continue;
        };
        let (field_type, says) = match role {
            Role::Other if is_code_beside_password(field.view) => (T::OneTimeCode, "code-beside-password"),
            Role::Other => (T::None, "other-secret"),
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

/// Whether another secret than the password is a code that is used once.
fn is_code_beside_password(view: &View<'_>) -> bool {
    view.says(Concept::OneTimeCode) > 1.5
        || (view.says_both(Concept::Password, Concept::Code) && view.shows(Concept::Code))
}

/// After a password, a box for plain text that is called "new" or "confirm" and nothing else is one whose text was revealed.
fn revealed(fields: &mut [Candidate<'_, '_>]) {
    for place in 1..fields.len() {
        let after = fields.get(place - 1).is_some_and(|before| before.field_type.is_password());
        let Some(field) = fields.get_mut(place).filter(|field| after && field.field_type == T::None) else { continue };
        let view = field.view;
        let called = view.is_all(Concept::New) || view.is_all(Concept::Confirm);
        if called && field.is_open_text() && view.field.input_type == "text" {
            field.field_type = T::NewPassword;
            field.scores.add(T::NewPassword, Source::Neighbours, "revealed-password", 8.0);
        }
    }
}

/// A PIN that is asked for beside a name to log in with, where nothing is sent, is the lasting one, though its box shows it.
fn shown_pins(fields: &mut [Candidate<'_, '_>], words: &FormWords<'_>) {
    let logs_in = words.says(FormConcept::LogIn) > 1.0 && words.says(FormConcept::TwoFactor) == 0.0;
    if !logs_in || words.links_to(FormConcept::SendCode) || fields.iter().any(|field| field.field_type.is_password()) {
        return;
    }
    let pin = |field: &Candidate<'_, '_>| {
        let told = !field.view.field.autocomplete.is_empty() || field.view.says(Concept::OneTimeCode) > 0.0;
        let free = matches!(field.field_type, T::None | T::OneTimeCode) && field.is_open_text();
        free && !told && field.view.is_all(Concept::Pin)
    };
    let named = fields.iter().position(|field| field.field_type.is_login_id());
    let after = fields.iter_mut().skip(named.map_or(usize::MAX, |place| place + 1));
    if let Some(field) = after.into_iter().find(|field| pin(field)) {
        field.field_type = T::CurrentPassword;
        field.scores.add(T::CurrentPassword, Source::Neighbours, "pin-to-log-in", 6.0);
    }
}

/// Five and more boxes in a row that differ in a number only hold the words of a phrase, or the letters of something.
fn rows_of_words(fields: &mut [Candidate<'_, '_>]) {
    let mut start = 0;
    while start < fields.len() {
        let row = codes::row_length(fields, start);
        let bare = |field: &Candidate<'_, '_>| field.view.visible && field.view.field.autocomplete.is_empty();
        if row >= 5 && fields.iter().skip(start).take(row).all(bare) {
            let passwords = fields.iter_mut().skip(start).take(row).filter(|field| field.field_type.is_password());
            passwords.for_each(|field| {
                field.field_type = T::None;
                field.scores.add(T::None, Source::Neighbours, "row-of-secrets", 3.0);
            });
        }
        start += row.max(1);
    }
}

/// A server is named at the top of its form, if at all.
const SERVER_FIELDS: usize = 12;

/// Whether a form that nobody logs in with says where a server is: the name and the password in it are that server's.
fn is_of_server(fields: &[Candidate<'_, '_>], words: &FormWords<'_>) -> bool {
    let server = |field: &Candidate<'_, '_>| {
        let texts = &field.view.field.texts;
        let caption = if texts.label.is_empty() { &texts.before } else { &texts.label };
        form_concepts(&fold(caption), false).strong & (1 << FormConcept::Server.index()) != 0
    };
    let silent = words.says(FormConcept::LogIn) + words.says(FormConcept::SignUp) < 1.0;
    let password = silent && fields.iter().any(|field| field.field_type.is_password());
    let written = |field: &&Candidate<'_, '_>| field.is_open_text() || field.view.is_open_password();
    password && fields.iter().filter(written).take(SERVER_FIELDS).any(server)
}

/// Whether nothing speaks of an account where one password is asked for beside a message, to take it back later, or is shown and nobody named.
fn is_for_no_account(fields: &[Candidate<'_, '_>], places: &[usize], words: &FormWords<'_>) -> bool {
    let [place] = places else { return false };
    let about = [FormConcept::LogIn, FormConcept::SignUp, FormConcept::ChangePassword, FormConcept::Recover];
    if about.into_iter().any(|concept| words.says(concept) > 0.0) {
        return false;
    }
    let writes = fields.iter().any(|field| field.view.field.tag == FieldTag::Textarea && field.view.visible);
    let shown = fields.get(*place).is_some_and(|field| {
        let named = !field.view.field.autocomplete.is_empty();
        field.view.field.input_type != "password" && !named && field.view.visible
    });
    let known = fields.iter().any(|field| {
        let says = field.view.says(Concept::Username) + field.view.says(Concept::Email);
        field.field_type.is_login_id() && says > 1.0
    });
    // A step that asks for the password alone goes on to the next; but what changes by the day is no account's.
    let step = words.says(FormConcept::Continue) > 0.0
        && !words.speak_of(Concept::Day)
        && fields.get(*place).is_some_and(|field| field.view.says(Concept::Day) == 0.0);
    writes || (shown && !known && !step)
}

fn others_credentials(fields: &mut [Candidate<'_, '_>]) {
    for field in fields.iter_mut().filter(|field| field.field_type.is_password() || field.field_type.is_login_id()) {
        field.field_type = T::None;
        field.scores.add(T::None, Source::Neighbours, "server-credentials", 3.0);
    }
}

fn beside_passwords(fields: &[Candidate<'_, '_>]) -> Beside {
    let people = fields.iter().filter(|field| field.field_type.is_identity()).count();
    let named =
        |field: &Candidate<'_, '_>| matches!(field.field_type, T::GivenName | T::FamilyName | T::Bday | T::BdayYear);
    let ticks = |concept| fields.iter().any(|field| field.view.is_tick() && field.view.names(concept));
    Beside {
        person: people >= 3 || fields.iter().any(named),
        terms: ticks(Concept::Terms),
        remember: ticks(Concept::Remember),
    }
}

/// The password fields that take part: those that hide and can be seen; where there are none, all.
fn password_places(fields: &[Candidate<'_, '_>]) -> Vec<usize> {
    let all = || fields.iter().enumerate().filter(|(_, field)| field.field_type.is_password());
    let revealed = |field: &Candidate<'_, '_>| field.is_open_text() && field.view.field.input_type == "text";
    let usable = |field: &Candidate<'_, '_>| {
        let typed = matches!(field.view.field.input_type.as_str(), "number" | "tel") && field.is_open_text();
        (field.view.is_open_password() || revealed(field) || typed) && !field.view.field.read_only
    };
    let seen: Vec<usize> = all().filter(|(_, field)| usable(field)).map(|(place, _)| place).collect();
    // What `autocomplete` calls a card's, in words that are none of the standard's, is no password beside another.
    let of_card = |place: &usize| {
        fields.get(*place).is_some_and(|field| local::card_token(&field.view.field.autocomplete).is_some())
    };
    let own: Vec<usize> = seen.iter().copied().filter(|place| !of_card(place)).collect();
    let seen = if own.is_empty() { seen } else { own };
    if seen.is_empty() { all().map(|(place, _)| place).collect() } else { seen }
}

/// Where the part after the `@` has its own box, neither box takes an address.
fn halved_emails(fields: &mut [Candidate<'_, '_>]) {
    for place in 1..fields.len() {
        let is_email =
            |field: &Candidate<'_, '_>| field.field_type == T::Email && field.view.field.input_type == "text";
        let is_host = |field: &Candidate<'_, '_>| is_email(field) && field.view.says(Concept::Website) > 0.0;
        let (Some(one), Some(other)) = (fields.get(place - 1), fields.get(place)) else { continue };
        // Where one text is about both, and hosts to choose from follow, nothing but the sign stands between them.
        let chosen = fields.get(place + 1).is_some_and(|field| field.view.is_choice());
        let shared = chosen && is_unsaid(other.view) && !is_unsaid(one.view);
        let halved = is_email(one) && (is_host(other) || (shared && is_email(other)));
        for field in fields.iter_mut().skip(place - 1).take(if halved { 2 } else { 0 }) {
            field.field_type = T::None;
            field.scores.add(T::None, Source::Neighbours, "half-of-address", 5.0);
        }
    }
}

/// Whether no text at all is about a field.
pub(super) fn is_unsaid(view: &View<'_>) -> bool {
    let texts = &view.field.texts;
    [&texts.label, &texts.aria, &texts.before, &texts.placeholder, &texts.title, &texts.heading]
        .into_iter()
        .all(String::is_empty)
}

/// An email address that is asked for twice in a row is the same one.
fn repeated_emails(fields: &mut [Candidate<'_, '_>]) {
    let emails: Vec<usize> =
        (0..).zip(fields.iter()).filter(|(_, field)| field.field_type == T::Email).map(|(place, _)| place).collect();
    for pair in emails.windows(2) {
        if let [one, other] = pair
            && let Some(field) = fields.get_mut(*other).filter(|field| field.view.says(Concept::Confirm) > 0.0)
        {
            field.repeats = Some(*one);
        }
    }
}

/// A name to log in with that is only shown, in a step that asks for the password.
fn is_shown_name(view: &View<'_>, field_type: T) -> bool {
    field_type.is_login_id() && (view.field.read_only || view.field.disabled)
}

/// What the kind depends on. In a form that is not shown yet all fields count.
pub(super) fn facts(fields: &[(&View<'_>, T)]) -> Facts {
    let shown = fields.iter().any(|(view, _)| view.visible && !view.is_tick());
    let seen = |(view, field_type): &&(&View<'_>, T)| (view.visible || !shown) && !is_shown_name(view, *field_type);
    let new_email = |(view, field_type): &(&View<'_>, T)| *field_type == T::Email && view.says(Concept::New) > 2.0;
    let letter = |(view, field_type): &&(&View<'_>, T)| {
        *field_type == T::None && view.is_open_password() && view.field.max_length == Some(1)
    };
    Facts {
        types: fields.iter().filter(seen).map(|(_, field_type)| *field_type).collect(),
        hides_password: shown && fields.iter().any(|(view, _)| view.is_password() && !view.visible),
        changes_email: fields.iter().any(new_email),
        about_record: fields.iter().any(|(view, _)| view.is_text() && view.visible && view.says(Concept::Order) > 2.0),
        about_number: fields.iter().any(|(view, _)| {
            let number = view.says(Concept::CustomerId).max(view.says(Concept::NationalId));
            view.is_text() && view.visible && number > 2.0
        }),
        offers_newsletter: fields.iter().any(|(view, _)| view.is_tick() && view.names(Concept::Newsletter)),
        asks_letters: fields.iter().filter(letter).count() > 1,
        texts: fields.iter().filter(|(view, _)| view.visible && (view.is_text() || view.is_password())).count(),
    }
}

/// Marks fields of one type, each too short for the whole value, as its parts.
pub(super) fn mark_parts(fields: &mut [Candidate<'_, '_>], places: &[usize]) {
    let Ok(count) = u32::try_from(places.len()) else { return };
    for (place, index) in places.iter().zip(0..) {
        if let Some(field) = fields.get_mut(*place).filter(|_| count > 1) {
            field.part = Some(Part { index, count });
        }
    }
}

fn answer(fields: &[Candidate<'_, '_>]) -> Vec<ClassifiedField> {
    let id = |place: usize| fields.get(place).map(|field| field.view.field.field_id());
    let answer = |field: &Candidate<'_, '_>| ClassifiedField {
        id: field.view.field.field_id(),
        field_type: field.field_type,
        confidence: field.scores.confidence(field.field_type),
        part: field.part,
        repeats: field.repeats.and_then(id),
        evidence: field.scores.evidence_for(field.field_type),
    };
    fields.iter().map(answer).collect()
}
