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
        let fields: Vec<&Field> = fields.iter().filter_map(|id| snapshot.field(*id)).collect();
        let mut found: Vec<(RuleSource, Rule)> = fields.iter().flat_map(|field| of_field(field)).collect();
        found.extend(fields.first().into_iter().flat_map(|field| of_form(snapshot, field)));
        found.sort_by_key(|(source, rule)| (*source, order(*rule)));
        found.dedup();
        found.into_iter().fold(Self::default(), Self::with)
    }

    /// Whether only digits are allowed: a PIN.
    #[must_use]
    pub fn is_digits_only(&self) -> bool {
        self.allowed.is_some_and(|allowed| allowed.without(Characters::DIGITS).is_empty())
    }

    fn with(mut self, (source, rule): (RuleSource, Rule)) -> Self {
        let narrowed = self.narrowed(rule);
        let taken = narrowed.can_be_met();
        if taken {
            self = Self { evidence: self.evidence, ..narrowed };
        }
        self.evidence.push(RuleEvidence { source, rule, taken });
        self
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

fn of_field(field: &Field) -> Vec<(RuleSource, Rule)> {
    let mut found = vec![];
    let length = |length: Option<u32>| length.filter(|length| *length > 0);
    found.extend(length(field.max_length).map(|length| (RuleSource::MaxLength, Rule::MaxLength(length))));
    let attribute = uncut(&field.password_rules, limits::PASSWORD_RULES, |last| last != ';');
    found.extend(attribute::read(attribute).into_iter().map(|rule| (RuleSource::PasswordRules, rule)));
    found.extend(length(field.min_length).map(|length| (RuleSource::MinLength, Rule::MinLength(length))));
    found.extend(of_pattern(&field.pattern).into_iter().map(|rule| (RuleSource::Pattern, rule)));
    let texts = &field.texts;
    for text in
        [&texts.label, &texts.aria, &texts.description, &texts.placeholder, &texts.title, &texts.before, &texts.section]
    {
        let text = uncut(text, limits::LABEL, char::is_alphanumeric);
        found.extend(stated::read(text, Place::Field).into_iter().map(|rule| (RuleSource::Text, rule)));
    }
    found
}

/// What the form says after the field's label. Where that is not found, a limit may be another field's.
fn of_form(snapshot: &FormSnapshot, field: &Field) -> Vec<(RuleSource, Rule)> {
    let Some(form) = snapshot.form_of(field) else { return vec![] };
    let text = uncut(&form.text, limits::FORM_TEXT, char::is_alphanumeric);
    let label = field.texts.label.trim();
    let own = text.split_once(label).filter(|_| !label.is_empty()).map(|(_, after)| after);
    let rules = stated::read(own.unwrap_or(text), Place::Form).into_iter();
    let meant = rules.filter(|rule| own.is_some() || !matches!(rule, Rule::MaxLength(_)));
    meant.map(|rule| (RuleSource::FormText, rule)).collect()
}

/// A text without its last piece, if the probe may have cut it there: half of `128` is another number.
fn uncut(text: &str, limit: usize, is_piece: impl Fn(char) -> bool) -> &str {
    let may_be_cut = text.len() >= limit && text.encode_utf16().count() >= limit;
    if may_be_cut { text.trim_end_matches(is_piece) } else { text }
}

/// A pattern as long as the snapshot lets it be may have been cut: then it says something else.
fn of_pattern(pattern: &str) -> Vec<Rule> {
    match pattern {
        "" => vec![],
        _ if pattern.encode_utf16().count() >= limits::PATTERN => vec![Rule::UnknownPattern],
        _ => pattern::read(pattern).unwrap_or_else(|| vec![Rule::UnknownPattern]),
    }
}

#[cfg(test)]
mod tests;
