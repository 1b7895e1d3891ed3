//! What a page demands of a new password, as far as it says so: in the `passwordrules` attribute, in `minlength`, `maxlength` and `pattern`, and in
//! the text beside the field.
//!
//! # When sources disagree
//! Rules are taken one by one, the most reliable source first ([`RuleSource`] in its order), and each narrows what the ones before left. A rule that would leave nothing
//! is not taken: so of two rules the stricter holds as long as both can be met, and else that of the better source. Every rule that was found is in
//! [`PasswordRules::evidence`], with whether it was taken.
//!
//! `maxlength` comes before all others: a browser lets nobody type more, so a longer password would be cut, and the site would store another one than the
//! vault.
//!
//! # What is not understood
//! A `pattern` beyond the usual ones sets [`PasswordRules::unknown_pattern`]: then no rule of it is known, nor can a password be checked against it
//! here. "Not your name", "no dictionary words" and the like are not rules here: random passwords do not break them.

mod attribute;
mod characters;
mod pattern;
mod stated;

pub use characters::Characters;

use crate::{ClassifiedForm, Field, FieldId, FieldType, FormSnapshot, snapshot::limits};
use serde::Serialize;
use stated::Place;

/// What a new password must be like.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PasswordRules {
    /// The least length, in characters.
    pub min_length: Option<u32>,
    /// The greatest length, in characters.
    pub max_length: Option<u32>,
    /// What must be in it. Each set shares characters with `allowed`.
    pub required: Vec<RequiredCharacters>,
    /// What it may be made of; none if the page does not say. Never empty.
    pub allowed: Option<Characters>,
    /// How often the same character may stand in a row.
    pub max_consecutive: Option<u32>,
    /// Whether there is a `pattern` that is not understood.
    pub unknown_pattern: bool,
    /// Every rule that was found, the most reliable first.
    pub evidence: Vec<RuleEvidence>,
}

/// Characters that a password must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequiredCharacters {
    /// Any of these.
    pub characters: Characters,
    /// How many of them at least.
    pub at_least: u32,
}

/// One rule as a page states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase")]
pub enum Rule {
    /// At least so many characters.
    MinLength(u32),
    /// At most so many characters.
    MaxLength(u32),
    /// So many of these at least.
    Required {
        /// Any of these.
        characters: Characters,
        /// How many of them.
        at_least: u32,
    },
    /// Only these.
    Allowed(Characters),
    /// None of these.
    Forbidden(Characters),
    /// The same character at most so often in a row.
    MaxConsecutive(u32),
    /// Something that is not understood.
    UnknownPattern,
}

/// Where a rule was found, the most reliable first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuleSource {
    /// `maxlength`.
    MaxLength,
    /// `passwordrules`.
    PasswordRules,
    /// `minlength`.
    MinLength,
    /// `pattern`.
    Pattern,
    /// Label, description, placeholder and the like of the field.
    Text,
    /// The text of its form.
    FormText,
}

/// A rule, where it was found, and whether it was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleEvidence {
    /// Where it was found.
    pub source: RuleSource,
    /// What it says.
    pub rule: Rule,
    /// Whether it is part of the rules; else it contradicts a better source.
    pub taken: bool,
}

impl PasswordRules {
    /// The rules for the new password of a form: those of every field that asks for it, the repetition too.
    #[must_use]
    pub fn for_form(snapshot: &FormSnapshot, form: &ClassifiedForm) -> Self {
        let fields: Vec<FieldId> = form.of_type(FieldType::NewPassword).map(|field| field.id).collect();
        Self::for_fields(snapshot, &fields)
    }

    /// The rules for a password that is to go into all of these fields.
    #[must_use]
    pub fn for_fields(snapshot: &FormSnapshot, fields: &[FieldId]) -> Self {
        let mut found = Found::new();
        for (place, field) in fields.iter().filter_map(|id| snapshot.field(*id)).enumerate() {
            of_field(field, &mut found);
            if place == 0 {
                of_form(snapshot, field, &mut found);
            }
        }
        let mut rules = Self::default();
        // The rules are few, and this is less code in the extension than to sort them.
        for source in SOURCES {
            for order in 0..=LAST {
                for (_, rule) in found.iter().filter(|found| found.0 == source && self::order(found.1) == order) {
                    rules.take(source, *rule);
                }
            }
        }
        rules
    }

    /// Whether only digits are allowed: a PIN.
    #[must_use]
    pub fn is_digits_only(&self) -> bool {
        self.allowed.is_some_and(|allowed| allowed.without(Characters::DIGITS).is_empty())
    }

    fn take(&mut self, source: RuleSource, rule: Rule) {
        let mut narrowed = self.narrowed(rule);
        let taken = narrowed.can_be_met();
        if taken {
            narrowed.evidence = core::mem::take(&mut self.evidence);
            *self = narrowed;
        }
        let evidence = RuleEvidence { source, rule, taken };
        if !self.evidence.contains(&evidence) {
            self.evidence.push(evidence);
        }
    }

    fn narrowed(&self, rule: Rule) -> Self {
        let mut rules = Self { evidence: vec![], required: self.required.clone(), ..*self };
        match rule {
            Rule::MinLength(length) => rules.min_length = rules.min_length.max(Some(length)),
            Rule::MaxLength(length) => rules.max_length = Some(rules.max_length.unwrap_or(length).min(length)),
            Rule::MaxConsecutive(run) => rules.max_consecutive = Some(rules.max_consecutive.unwrap_or(run).min(run)),
            Rule::Allowed(these) => rules.allowed = Some(rules.allowed.unwrap_or(Characters::PRINTABLE).and(these)),
            Rule::Forbidden(these) => {
                rules.allowed = Some(rules.allowed.unwrap_or(Characters::PRINTABLE).without(these));
            }
            Rule::Required { characters, at_least } => rules.require(characters, at_least),
            Rule::UnknownPattern => rules.unknown_pattern = true,
        }
        rules
    }

    fn require(&mut self, characters: Characters, at_least: u32) {
        match self.required.iter_mut().find(|other| other.characters == characters) {
            Some(same) => same.at_least = same.at_least.max(at_least),
            None => self.required.push(RequiredCharacters { characters, at_least }),
        }
    }

    /// Whether some password meets them: a length is left, characters are, and there is room for what is required.
    fn can_be_met(&self) -> bool {
        let most = self.max_length.unwrap_or(u32::MAX);
        let allowed = self.allowed.unwrap_or(Characters::PRINTABLE);
        let needed = self.required.iter().fold(0_u32, |sum, required| sum.saturating_add(required.at_least));
        let run = self.max_consecutive.unwrap_or(u32::MAX);
        (1..=most).contains(&self.min_length.unwrap_or(1))
            && (allowed.len() > 1 || (allowed.len() == 1 && self.min_length.unwrap_or(1) <= run))
            && run > 0
            && needed <= most
            && self.required.iter().all(|required| !required.characters.and(allowed).is_empty())
    }
}

const SOURCES: [RuleSource; 6] = {
    use RuleSource::{FormText, MaxLength, MinLength, PasswordRules, Pattern, Text};
    [MaxLength, PasswordRules, MinLength, Pattern, Text, FormText]
};

/// The last of [`order`].
const LAST: u8 = 5;

/// Within a source, what is required before what is forbidden: a page that asks for a sign means to allow it.
const fn order(rule: Rule) -> u8 {
    match rule {
        Rule::MinLength(_) | Rule::UnknownPattern => 0,
        Rule::MaxLength(_) => 1,
        Rule::Required { .. } => 2,
        Rule::Allowed(_) => 3,
        Rule::Forbidden(_) => 4,
        Rule::MaxConsecutive(_) => 5,
    }
}

/// Rules and where they were found.
type Found = Vec<(RuleSource, Rule)>;

fn add(found: &mut Found, source: RuleSource, rules: Vec<Rule>) {
    for rule in rules {
        found.push((source, rule));
    }
}

fn of_field(field: &Field, found: &mut Found) {
    if let Some(length @ 1..) = field.max_length {
        found.push((RuleSource::MaxLength, Rule::MaxLength(length)));
    }
    if let Some(length @ 1..) = field.min_length {
        found.push((RuleSource::MinLength, Rule::MinLength(length)));
    }
    let attribute = uncut(&field.password_rules, limits::PASSWORD_RULES, |last| last != ';');
    add(found, RuleSource::PasswordRules, attribute::read(attribute));
    add(found, RuleSource::Pattern, of_pattern(&field.pattern));
    let texts = &field.texts;
    for text in
        [&texts.label, &texts.aria, &texts.description, &texts.placeholder, &texts.title, &texts.before, &texts.section]
    {
        let text = uncut(text, limits::LABEL, char::is_alphanumeric);
        add(found, RuleSource::Text, stated::read(text, Place::Field));
    }
}

/// What the form says after the field's label. Where that is not found, a limit may be another field's.
fn of_form(snapshot: &FormSnapshot, field: &Field, found: &mut Found) {
    let Some(form) = snapshot.form_of(field) else { return };
    let text = uncut(&form.text, limits::FORM_TEXT, char::is_alphanumeric);
    let label = field.texts.label.trim();
    let own = text.split_once(label).filter(|_| !label.is_empty()).map(|(_, after)| after);
    let mut rules = stated::read(own.unwrap_or(text), Place::Form);
    if own.is_none() {
        rules.retain(|rule| !matches!(rule, Rule::MaxLength(_)));
    }
    add(found, RuleSource::FormText, rules);
}

/// A text without its last piece, if the probe may have cut it there: half of `128` is another number.
fn uncut(text: &str, limit: usize, is_piece: fn(char) -> bool) -> &str {
    let may_be_cut = text.len() >= limit && text.encode_utf16().count() >= limit;
    if may_be_cut { text.trim_end_matches(is_piece) } else { text }
}

/// A pattern as long as the snapshot lets it be may have been cut: then it says something else.
fn of_pattern(pattern: &str) -> Vec<Rule> {
    if pattern.is_empty() {
        return vec![];
    }
    let whole = pattern.encode_utf16().count() < limits::PATTERN;
    whole.then(|| pattern::read(pattern)).flatten().unwrap_or_else(|| vec![Rule::UnknownPattern])
}

#[cfg(test)]
mod tests;
