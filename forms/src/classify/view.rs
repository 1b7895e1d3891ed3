//! One field as the classifier sees it: its words as concepts, its options and constraints as facts.

use super::captions::Caption;
use super::prefix::Prefix;
use super::sums::is_sum;
use crate::lexicon::{Concept, Hits, field_concepts};
use crate::text::{fold, fold_identifier};
use crate::{EvidenceSource, Field, FieldTag, FieldType};

/// How much a concept counts by where it stands: (source, all of the text, much of it, part of it).
const SOURCES: [(EvidenceSource, f32, f32, f32); 4] = [
    (EvidenceSource::Identifier, 3.2, 2.5, 1.7),
    (EvidenceSource::Label, 3.4, 2.8, 1.9),
    (EvidenceSource::Placeholder, 2.8, 2.5, 1.6),
    (EvidenceSource::Nearby, 0.9, 0.8, 0.5),
];

/// What is no password, although the word stands beside it.
const OTHER_THAN_PASSWORD: [Concept; 13] = [
    Concept::Email,
    Concept::Username,
    Concept::CustomerId,
    Concept::OneTimeCode,
    Concept::Hint,
    Concept::Answer,
    Concept::Captcha,
    Concept::Code,
    Concept::Csc,
    Concept::Search,
    Concept::Phone,
    Concept::InviteCode,
    Concept::Message,
];

/// How much a sum to work out says that it keeps programs out.
const SUM: f32 = 4.0;

/// As many words as a label has that asks for one thing.
const SENTENCE: usize = 10;

/// As many words as a label has that names a thing.
const FEW: usize = 5;

/// What stands before an example, whose words say nothing.
const EXAMPLES: [&str; 8] = ["e.g.", "E.g.", "z. B.", "z.B.", "p. ej.", "np.", "např.", "напр"];

/// How much each further place adds that says the same.
const AGAIN: f32 = 0.35;

/// What a select offers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Options {
    /// Not a select, or nothing recognised.
    #[default]
    Unknown,
    Months,
    Days,
    /// A few years ahead.
    YearsAhead,
    /// Many years, as for a birthday.
    YearsBack,
    CardTypes,
    Countries,
    States,
    Genders,
    Titles,
    DialCodes,
}

/// One field, read once.
pub(super) struct View<'a> {
    pub(super) field: &'a Field,
    /// How many fields of the snapshot stand before it.
    pub(super) place: u32,
    /// Whether it is of the type for searching, and that means something.
    pub(super) searches: bool,
    /// Words by place, in the order of [`SOURCES`].
    hits: [Hits; 4],
    /// What each concept counts for, all places together.
    pub(super) concepts: [f32; Concept::COUNT],
    pub(super) options: Options,
    /// Whether a user can see it, or could once its form is shown.
    pub(super) visible: bool,
    /// Whether it stands in a column of its own beside the field before it, and is called what that is.
    pub(super) is_beside: bool,
}

impl<'a> View<'a> {
    pub(super) fn new(field: &'a Field, place: u32, prefix: Prefix<'_>, caption: Caption<'_>) -> Self {
        let (label, nearby) = label_and_nearby(field, caption.text);
        let example = super::local::is_address(&field.texts.placeholder)
            || EXAMPLES.into_iter().any(|mark| field.texts.placeholder.starts_with(mark));
        let placeholder =
            if example || field.texts.placeholder.is_empty() { String::new() } else { fold(&field.texts.placeholder) };
        let names = [identifier(prefix.cut(&field.name, prefix.name)), own_id(field, prefix), hints(field)];
        let hits =
            [either(&names, true), either(&label, false), field_concepts(&placeholder, false), either(&nearby, false)];
        let mut concepts = weigh(&hits);
        let [_, label, placeholder, _] = hits;
        let shown = label.and(placeholder);
        if shown.has(Concept::NationalId) {
            // What a name abbreviates (a booking, a user) is what the label spells out.
            for abbreviated in [Concept::Order, Concept::Username].into_iter().filter(|concept| !shown.has(*concept)) {
                concepts.get_mut(abbreviated.index()).into_iter().for_each(|weight| *weight = 0.0);
            }
        }
        if [&field.texts.label, &field.texts.placeholder].into_iter().any(|text| is_sum(text)) {
            // Whatever the box is called, "cap" or "name": its answer is the sum.
            concepts = [0.0; Concept::COUNT];
            concepts.get_mut(Concept::Captcha.index()).into_iter().for_each(|weight| *weight = SUM);
        }
        let searches = field.tag == FieldTag::Input && field.input_type == "search";
        let options = super::options::recognise(&field.options);
        Self { field, place, searches, hits, concepts, options, visible: field.visible, is_beside: caption.is_shared }
    }

    /// What stands before the field's own name, as `register` in `register[email]`.
    pub(super) fn namespace(&self) -> &'a str {
        let name = &self.field.name;
        name.find(last_name(name)).and_then(|start| name.get(..start)).unwrap_or_default()
    }

    /// What a concept counts for.
    #[inline(never)]
    pub(super) fn says(&self, concept: Concept) -> f32 {
        self.concepts.get(concept.index()).copied().unwrap_or_default()
    }

    /// Whether a concept stands in the identifiers, the label or the placeholder.
    #[inline(never)]
    pub(super) fn names(&self, concept: Concept) -> bool {
        let [identifier, label, placeholder, _] = self.hits;
        identifier.has(concept) || label.has(concept) || placeholder.has(concept)
    }

    /// Whether a concept stands in the label or the placeholder.
    #[inline(never)]
    pub(super) fn shows(&self, concept: Concept) -> bool {
        let [_, label, placeholder, _] = self.hits;
        label.has(concept) || placeholder.has(concept)
    }

    /// Whether a name, the label or the placeholder says this and nothing else.
    #[inline(never)]
    pub(super) fn is_all(&self, concept: Concept) -> bool {
        let [identifier, label, placeholder, _] = self.hits;
        (identifier.whole | label.whole | placeholder.whole) & (1 << concept.index()) != 0
    }

    /// Whether what is shown begins with a word for this, and goes on: "search by user name".
    pub(super) fn begins_with(&self, concept: Concept) -> bool {
        let texts = &self.field.texts;
        self.shows(concept)
            && [&texts.placeholder, &texts.label, &texts.aria].into_iter().any(|text| {
                let folded = fold(text);
                let mut words = folded.split_whitespace();
                let first = words.next().is_some_and(|word| field_concepts(&format!(" {word} "), false).has(concept));
                first && words.next().is_some()
            })
    }

    /// Whether the identifiers say this and nothing else.
    pub(super) fn is_named(&self, concept: Concept) -> bool {
        let [identifier, ..] = self.hits;
        identifier.whole & (1 << concept.index()) != 0
    }

    /// The part of a date that the last name in its identifiers stands for: `dob_m`, `by`, `birthYear`.
    pub(super) fn date_letter(&self) -> Option<FieldType> {
        let part = |name: &str| {
            let folded = fold_identifier(last_name(name));
            let last =
                folded.split(' ').rfind(|word| !word.is_empty() && word.bytes().any(|byte| !byte.is_ascii_digit()));
            match last?.strip_prefix('b').unwrap_or(last?) {
                "d" | "dd" | "day" | "dia" | "jour" | "tag" | "dag" | "den" | "giorno" => Some(FieldType::BdayDay),
                "m" | "mm" | "month" | "mes" | "mois" | "monat" | "maand" | "mesic" | "mese" => {
                    Some(FieldType::BdayMonth)
                }
                "y" | "yy" | "yyyy" | "year" | "ano" | "annee" | "jahr" | "jaar" | "rok" | "anno" => {
                    Some(FieldType::BdayYear)
                }
                _ => None,
            }
        };
        part(&self.field.name).or_else(|| part(&self.field.html_id))
    }

    /// Whether nothing about the field is a word that we know, but for "code" and words that mean nothing.
    pub(super) fn is_silent(&self) -> bool {
        let [identifier, label, placeholder, _] = self.hits;
        let meaningless = (1 << Concept::Code.index()) | (1 << Concept::Nothing.index());
        identifier.and(label).and(placeholder).all & !meaningless == 0
    }

    /// Where a concept counts most.
    pub(super) fn source_of(&self, concept: Concept) -> EvidenceSource {
        let best = SOURCES.iter().zip(self.hits).map(|((source, whole, strong, weak), hits)| {
            (*source, strength(hits, concept.index(), (*whole, *strong, *weak)))
        });
        best.max_by(|(_, one), (_, other)| one.total_cmp(other)).map_or(EvidenceSource::Nearby, |(source, _)| source)
    }

    /// Whether it is an input that takes a line of text.
    #[inline(never)]
    pub(super) fn is_text(&self) -> bool {
        match self.field.tag {
            FieldTag::Input if self.is_shown_password() || self.searches => false,
            FieldTag::Input => !matches!(
                self.field.input_type.as_str(),
                "password"
                    | "checkbox"
                    | "radio"
                    | "date"
                    | "month"
                    | "file"
                    | "color"
                    | "range"
                    | "time"
                    | "week"
                    | "datetime-local"
            ),
            FieldTag::Editable => true,
            FieldTag::Aria => self.field.input_type == "textbox",
            FieldTag::Select | FieldTag::Textarea => false,
        }
    }

    /// Whether it takes a password: what is typed into it is hidden, or would be but for a button that shows it.
    pub(super) fn is_password(&self) -> bool {
        self.field.tag == FieldTag::Input && (self.field.input_type == "password" || self.is_shown_password())
    }

    /// Whether a box for plain text is called a password and nothing else.
    #[inline(never)]
    pub(super) fn is_shown_password(&self) -> bool {
        let [identifier, label, placeholder, _] = self.hits;
        let all = identifier.and(label).and(placeholder).all;
        let bit = 1 << Concept::Password.index();
        let plain = self.field.tag == FieldTag::Input && self.field.input_type == "text" && !self.field.read_only;
        let other = || OTHER_THAN_PASSWORD.into_iter().any(|concept| all & (1 << concept.index()) != 0);
        if !plain || all & bit == 0 || other() {
            return false;
        }
        (label.strong | placeholder.strong) & bit != 0
            || (identifier.whole & bit != 0 && label.and(placeholder).all == 0)
            || (identifier.has(Concept::Password) && label.strong & (1 << Concept::Confirm.index()) != 0)
            || self.asks_for_password()
    }

    /// Whether its label is a short sentence that speaks of a password and of nothing else: "repeat the new password", "please enter your password".
    fn asks_for_password(&self) -> bool {
        let [_, label, ..] = self.hits;
        let of_password = [Concept::Password, Concept::New, Concept::Current, Concept::Confirm, Concept::Account];
        let others = of_password.into_iter().fold(label.all, |all, concept| all & !(1 << concept.index()));
        let texts = &self.field.texts;
        let text = if texts.label.is_empty() { &texts.aria } else { &texts.label };
        let words = text.split_whitespace().count();
        label.has(Concept::Password) && others == 0 && (1..=SENTENCE).contains(&words)
    }

    /// Whether it hides what is typed and can be seen.
    pub(super) fn is_open_password(&self) -> bool {
        self.is_password() && self.visible
    }

    /// Whether one text of it (its identifiers, its label, its placeholder) speaks of both.
    #[inline(never)]
    pub(super) fn says_both(&self, one: Concept, other: Concept) -> bool {
        let [identifier, label, placeholder, nearby] = self.hits;
        let both = |hits: Hits| hits.has(one) && hits.has(other);
        let shown = label.and(placeholder);
        // What is shown decides; identifiers speak only where it says neither.
        both(label)
            || both(placeholder)
            || (both(identifier) && !shown.has(one) && !shown.has(other) && nearby.has(one) == nearby.has(other))
    }

    /// Whether its label in a few words, or the heading above it, speaks of somebody else than the user.
    #[inline(never)]
    pub(super) fn is_about_other_person(&self) -> bool {
        if self.says(Concept::OtherPerson) == 0.0 {
            return false;
        }
        let texts = &self.field.texts;
        let label = if texts.label.is_empty() { &texts.aria } else { &texts.label };
        let called = self.shows(Concept::OtherPerson) && label.split_whitespace().count() <= FEW;
        called || super::form::speaks_of_other_person(&texts.section)
    }

    /// Whether something is chosen in it.
    pub(super) fn is_choice(&self) -> bool {
        self.field.tag == FieldTag::Select || (self.field.tag == FieldTag::Aria && self.field.input_type != "textbox")
    }

    /// Whether it is ticked, not written.
    pub(super) fn is_tick(&self) -> bool {
        matches!(self.field.input_type.as_str(), "checkbox" | "radio") && self.field.tag == FieldTag::Input
    }
}

/// What the user reads as the field's name, and the words further off. Where nothing labels a field, the nearest text does.
fn label_and_nearby(field: &Field, caption: &str) -> (Vec<String>, Vec<String>) {
    let texts = &field.texts;
    let mut label: Vec<String> =
        [&texts.label, &texts.aria].into_iter().filter(|text| !text.is_empty()).map(|text| fold(text)).collect();
    let mut nearby: Vec<String> = [&texts.description, &texts.section]
        .into_iter()
        .filter(|text| !text.is_empty())
        .map(|text| fold(text))
        .collect();
    for (fallback, is_caption) in [(texts.heading.as_str(), false), (caption, true), (texts.title.as_str(), false)] {
        // A heading is about what follows it, not about the first field.
        if is_caption && caption == texts.section {
            continue;
        }
        let folded = if fallback.is_empty() { String::new() } else { fold(fallback) };
        if folded.len() < 2 {
            continue;
        }
        // A column's heading and the row's name say together what the field is.
        let is_row = is_caption && !texts.heading.is_empty() && texts.label.is_empty() && texts.aria.is_empty();
        if label.is_empty() || is_row { label.push(folded) } else { nearby.push(folded) }
    }
    (label, nearby)
}

/// An identifier without what stands around it: frameworks write `user[email]`, `ctl00$Main$Email` or `loginForm:email`, where only the last name is the field's.
fn identifier(written: &str) -> String {
    let name = last_name(written);
    // A letter and a number count fields: the first question, the second cell.
    let mut letters = name.chars();
    let numbered = letters.next().is_some_and(char::is_alphabetic) && letters.all(|letter| letter.is_ascii_digit());
    if numbered && name.len() > 1 { " ".into() } else { fold_identifier(name) }
}

/// What a framework's own attributes say, and an `autocomplete` that is no standard's but about a card.
fn hints(field: &Field) -> String {
    let hints = fold_identifier(&field.hints);
    match super::local::card_token(&field.autocomplete) {
        Some(token) => hints + &fold_identifier(token),
        None => hints,
    }
}

fn last_name(written: &str) -> &str {
    let names = |part: &&str| part.chars().filter(|letter| letter.is_alphabetic()).count() > 1;
    written.split(['[', ']', '.', ':', '$', '/']).rfind(names).unwrap_or(written)
}

/// The `id` where it is more than the `name` with its brackets flattened, as in `user[name]` and `user_name`.
fn own_id(field: &Field, prefix: Prefix<'_>) -> String {
    let flat =
        |text: &str| text.chars().map(|letter| if letter.is_alphanumeric() { letter } else { '_' }).collect::<String>();
    let (name, id) = (flat(&field.name), flat(&field.html_id));
    if name.trim_matches('_') == id.trim_matches('_') {
        " ".into()
    } else {
        identifier(prefix.cut(&field.html_id, prefix.id))
    }
}

fn either(texts: &[String], identifier: bool) -> Hits {
    texts.iter().map(|text| field_concepts(text, identifier)).fold(Hits::default(), Hits::and)
}

fn strength(hits: Hits, concept: usize, (whole, strong, weak): (f32, f32, f32)) -> f32 {
    let bit = 1 << concept;
    if hits.whole & bit != 0 {
        whole
    } else if hits.strong & bit != 0 {
        strong
    } else if hits.all & bit != 0 {
        weak
    } else {
        0.0
    }
}

/// Only the concepts that were found anywhere cost anything.
fn weigh(hits: &[Hits; 4]) -> [f32; Concept::COUNT] {
    let mut weights = [0.0; Concept::COUNT];
    let found = hits.iter().fold(0, |all, hits| all | hits.all | hits.strong | hits.whole);
    for (concept, weight) in weights.iter_mut().enumerate().filter(|(concept, _)| found & (1 << concept) != 0) {
        let (mut most, mut sum) = (0.0_f32, 0.0);
        for ((_, whole, strong, weak), hits) in SOURCES.iter().zip(hits) {
            let counts = strength(*hits, concept, (*whole, *strong, *weak));
            most = most.max(counts);
            sum += counts;
        }
        *weight = most + AGAIN * (sum - most);
    }
    weights
}
