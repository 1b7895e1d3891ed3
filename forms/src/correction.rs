//! What users say of fields that were taken for something else, and what tells such a field from others after a reload.

use crate::{
    ClassifiedField, Confidence, Evidence, EvidenceSource, Field, FieldId, FieldTag, FieldType, Form, FormSnapshot,
    lexicon::known_words, limits,
};
use serde::{Deserialize, Serialize};

/// The most corrections that one site may have.
pub const CORRECTION_LIMIT: usize = 64;
/// The most reasons that are kept of a guess: the weightiest.
const REASON_LIMIT: usize = 16;
/// The longest name of a reason.
const RULE_LIMIT: usize = 40;
/// How much of what stands at a field is looked through for known words, in UTF-16 units.
const WORDS_LIMIT: usize = 4 * limits::LABEL;

/// What tells a field from the others of its document, and is the same after a reload: tag, `type`, `name`, `id` and `autocomplete`, its form's `name` and `id`, and how
/// many fields that are equal in all this stand before it. Numbers in names and ids, which frameworks draw anew, do not count.
///
/// One text: the parts in this order, with [`SEPARATOR`] between them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FieldIdentity(String);

/// Stands between the parts of an identity. Control characters do not come through from pages.
const SEPARATOR: char = '\u{1f}';
/// How many parts there are.
const PARTS: usize = 8;

/// What a user says that a field is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// Which field.
    pub field: FieldIdentity,
    /// What it is; [`FieldType::None`]: nothing that Countersign should fill.
    pub said: FieldType,
}

/// A correction with what it corrects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CorrectedGuess {
    /// What the user says.
    pub correction: Correction,
    /// What the field was taken for.
    pub guess: Guess,
}

/// What a field was taken for, and why.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Guess {
    /// What for.
    #[serde(rename = "type")]
    pub field_type: FieldType,
    /// How sure that was.
    pub confidence: Confidence,
    /// Why.
    pub reasons: Vec<Reason>,
    /// What stands at the field. [`CorrectedGuess::reduced`] leaves the lexicon's own words of it, and nothing else is ever kept.
    pub words: String,
}

/// [`Evidence`] that can be read back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// Where it was found.
    pub source: EvidenceSource,
    /// The name of a concept or rule.
    pub says: String,
    /// What it counted for, in natural log-odds.
    pub weight: f32,
}

impl From<&Evidence> for Reason {
    fn from(evidence: &Evidence) -> Self {
        Self { source: evidence.source, says: evidence.says.to_owned(), weight: evidence.weight }
    }
}

impl ClassifiedField {
    /// What a field was taken for, to go with a correction.
    #[must_use]
    pub fn guess(&self, snapshot: &FormSnapshot) -> Guess {
        let words = snapshot.field(self.id).map(|field| {
            let texts = &field.texts;
            [&texts.label, &texts.aria, &texts.placeholder, &texts.before].map(String::as_str).join(" ")
        });
        Guess {
            field_type: self.field_type,
            confidence: self.confidence,
            reasons: self.evidence.iter().map(Reason::from).collect(),
            words: words.unwrap_or_default(),
        }
    }
}

/// A correction names what cannot be a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a correction names what cannot be a field")]
pub struct CorrectionError;

impl FieldIdentity {
    /// The identities of all fields of a document, in their order.
    #[must_use]
    pub fn all(snapshot: &FormSnapshot) -> Vec<(FieldId, Self)> {
        let stems: Vec<String> = snapshot.fields().iter().map(|field| stem(field, snapshot.form_of(field))).collect();
        let ordinal = |place: usize, stem: &str| stems.iter().take(place).filter(|other| *other == stem).count();
        let identity = |(place, stem): (usize, &String)| Self(format!("{stem}{}", ordinal(place, stem)));
        let ids = snapshot.fields().iter().map(Field::field_id);
        ids.zip(stems.iter().enumerate().map(identity)).collect()
    }

    /// The field's `name`, else its `id`, without numbers, for people to know it by. Control characters are not in it.
    #[must_use]
    pub fn name(&self) -> String {
        let parts = self.parts().unwrap_or_default();
        let [_, _, name, html_id, ..] = parts;
        let shown = if name.is_empty() { html_id } else { name };
        shown.chars().filter(|letter| !letter.is_control()).collect()
    }

    /// Its parts; `None` if it is no identity.
    pub(crate) fn parts(&self) -> Option<[&str; PARTS]> {
        let parts: Vec<&str> = self.0.split(SEPARATOR).collect();
        let parts: [&str; PARTS] = parts.try_into().ok()?;
        let fits = |part: &&str| part.encode_utf16().nth(limits::IDENTIFIER).is_none();
        parts.iter().all(fits).then_some(parts)
    }
}

/// All parts but the ordinal, each with a separator after it.
fn stem(field: &Field, form: Option<&Form>) -> String {
    let (form_name, form_id) = form.map(|form| (form.name.as_str(), form.html_id.as_str())).unwrap_or_default();
    let tag = match field.tag {
        FieldTag::Input => "input",
        FieldTag::Select => "select",
        FieldTag::Textarea => "textarea",
        FieldTag::Editable => "editable",
        FieldTag::Aria => "aria",
    };
    let mut stem = String::new();
    let parts = [tag, &field.input_type, &field.name, &field.html_id, &field.autocomplete, form_name, form_id];
    for (place, part) in parts.into_iter().enumerate() {
        let part: String = part.chars().filter(|letter| !letter.is_control()).collect();
        let is_name = !matches!(place, 0 | 1 | 4);
        stem.push_str(&if is_name { lasting(&part) } else { part });
        stem.push(SEPARATOR);
    }
    stem
}

impl CorrectedGuess {
    /// What may be kept of it: texts within their limits, and of what stands at the field the words that the lexicon has. Everything else there may be about a person.
    ///
    /// # Errors
    /// [`CorrectionError`] if it names what cannot be a field.
    pub fn reduced(mut self) -> Result<Self, CorrectionError> {
        self.correction.field.parts().ok_or(CorrectionError)?;
        let guess = &mut self.guess;
        guess.reasons.retain(Reason::is_a_rule);
        guess.reasons.sort_by(|one, other| other.weight.abs().total_cmp(&one.weight.abs()));
        guess.reasons.truncate(REASON_LIMIT);
        let words: String = guess.words.chars().take(WORDS_LIMIT).collect();
        guess.words = known_words(&words, false).join(" ");
        Ok(self)
    }
}

impl Reason {
    /// Whether it is named like a rule of ours.
    pub(crate) fn is_a_rule(&self) -> bool {
        self.says.len() <= RULE_LIMIT && self.says.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    }
}

/// An identifier without what may differ at the next load: the numbers at the ends of its words, and words that mix letters and digits.
fn lasting(identifier: &str) -> String {
    let mut lasting = String::with_capacity(identifier.len());
    let mut word = String::new();
    for letter in identifier.chars().chain(['\0']) {
        if letter.is_alphanumeric() {
            word.push(letter);
            continue;
        }
        push_lasting(&mut lasting, &word);
        word.clear();
        if letter != '\0' {
            lasting.push(letter);
        }
    }
    lasting
}

fn push_lasting(lasting: &mut String, word: &str) {
    let letters = word.trim_end_matches(|letter: char| letter.is_ascii_digit());
    if !letters.bytes().any(|byte| byte.is_ascii_digit()) {
        lasting.push_str(letters);
    }
    if word.len() > letters.len() || letters.bytes().any(|byte| byte.is_ascii_digit()) {
        lasting.push('#');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::RawSnapshot;

    fn named(id: u32, name: &str, html_id: &str) -> Field {
        Field { id, name: name.into(), html_id: html_id.into(), visible: true, ..Field::default() }
    }

    fn identities(fields: Vec<Field>) -> Vec<FieldIdentity> {
        let snapshot = FormSnapshot::parse(RawSnapshot { fields, ..RawSnapshot::default() }).unwrap();
        FieldIdentity::all(&snapshot).into_iter().map(|(_, identity)| identity).collect()
    }

    #[test]
    fn numbers_that_a_framework_draws_do_not_count() {
        for (one, other) in [
            ("mat-input-3", "mat-input-17"),
            (":r1a:", ":r2c:"),
            ("field_8f3ca20b", "field_0d11ee2f"),
            ("ctl00$main$txtPin", "ctl01$main$txtPin"),
        ] {
            assert_eq!(lasting(one), lasting(other), "{one}");
        }
        assert_ne!(lasting("user"), lasting("pass"));
        assert_eq!(lasting("password"), "password");
        assert_eq!(lasting("address2"), "address#");
    }

    #[test]
    fn equal_fields_differ_by_their_order() {
        let found = identities(vec![named(7, "d1", ""), named(3, "other", ""), named(9, "d2", "")]);
        let ordinals: Vec<&str> = found.iter().map(|identity| identity.parts().unwrap()[7]).collect();
        assert_eq!(ordinals, ["0", "0", "1"]);
        // The probe's numbers are not part of it.
        assert_eq!(found, identities(vec![named(1, "d5", ""), named(2, "other", ""), named(3, "d6", "")]));
    }

    #[test]
    fn a_page_cannot_write_into_the_parts() {
        let odd = Field { autocomplete: "a\u{1f}b".into(), ..named(1, "x\u{1f}y\n", "") };
        assert_eq!(identities(vec![odd])[0].parts().unwrap()[2..5], ["xy", "", "ab"]);
        assert_eq!(FieldIdentity("input".into()).parts(), None);
    }

    fn corrected(field: FieldIdentity, words: &str, says: &str) -> CorrectedGuess {
        let reason = Reason { source: EvidenceSource::Label, says: says.into(), weight: 1.0 };
        let guess = Guess {
            field_type: FieldType::Username,
            confidence: Confidence::new(0.5),
            reasons: vec![reason; 40],
            words: words.into(),
        };
        CorrectedGuess { correction: Correction { field, said: FieldType::None }, guess }
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let field = identities(vec![named(1, "pw", "")]).remove(0);
        let long = FieldIdentity(field.0.replace("pw", &"x".repeat(limits::IDENTIFIER + 1)));
        assert!(corrected(long, "", "a").reduced().is_err());
        assert!(corrected(FieldIdentity::default(), "", "a").reduced().is_err());
        let kept = corrected(field.clone(), "Hello Ada, your password", "log-in-words").reduced().unwrap();
        assert_eq!((kept.guess.words.as_str(), kept.guess.reasons.len()), ("your password", REASON_LIMIT));
        let kept = corrected(field, "", "Ada said so").reduced().unwrap();
        assert!(kept.guess.reasons.is_empty());
    }
}
