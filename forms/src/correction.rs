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

/// What tells a field from the others of its site, and is the same after a reload: tag, `type`, `name`, `id` and `autocomplete`, its form's `name` and `id`, what else
/// there is to know it by, and how many fields that are equal in all this stand before it.
///
/// Numbers in names and ids, which frameworks draw anew, do not count, nor does whether a password is shown as text. A field of which neither `name` nor `id` says
/// anything then, as of every field of some frameworks, is also known by the lexicon's words that stand at it, and by its form: what fields that has, and the lexicon's
/// words of the address that it submits to. One correction would hit all such fields of a site else.
///
/// One text: the parts in this order, with [`SEPARATOR`] between them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FieldIdentity(String);

/// Stands between the parts of an identity. Control characters do not come through from pages.
const SEPARATOR: char = '\u{1f}';
const SEPARATOR_TEXT: &str = "\u{1f}";
/// Stands in a name for what may be drawn anew at the next load.
const DRAWN: char = '#';
/// How many parts there are.
const PARTS: usize = 10;

/// What a user says that a field is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// Which field.
    pub field: FieldIdentity,
    /// What it is; [`FieldType::None`]: nothing that Countersign should fill.
    pub said: FieldType,
    /// When that was said, in milliseconds since 1970 by the daemon's clock; `None` before the daemon has it.
    #[serde(default)]
    pub at: Option<u64>,
}

impl Correction {
    /// What a user says now.
    #[must_use]
    pub const fn new(field: FieldIdentity, said: FieldType) -> Self {
        Self { field, said, at: None }
    }
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
    /// `type` of the input, which is not part of its identity as it was.
    #[serde(default)]
    pub input_type: String,
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
        let field = snapshot.field(self.id);
        let words = field.map(|field| {
            let texts = &field.texts;
            [&texts.label, &texts.aria, &texts.placeholder, &texts.before].map(String::as_str).join(" ")
        });
        Guess {
            field_type: self.field_type,
            confidence: self.confidence,
            reasons: self.evidence.iter().map(Reason::from).collect(),
            input_type: field.map(|field| field.input_type.clone()).unwrap_or_default(),
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
        let mut shapes: Vec<(Option<u32>, String)> = Vec::new();
        for field in snapshot.fields() {
            if !shapes.iter().any(|(form, _)| *form == field.form) {
                shapes.push((field.form, shape(snapshot, field.form)));
            }
        }
        let shape = |field: &Field| shapes.iter().find(|(form, _)| *form == field.form).map_or("", |(_, shape)| shape);
        let stem = |field: &Field| stem(field, snapshot.form_of(field), shape(field));
        let stems: Vec<String> = snapshot.fields().iter().map(stem).collect();
        let ordinal = |place: usize, stem: &str| stems.iter().take(place).filter(|other| *other == stem).count();
        let identity = |(place, stem): (usize, &String)| Self(format!("{stem}{}", ordinal(place, stem)));
        let ids = snapshot.fields().iter().map(Field::field_id);
        ids.zip(stems.iter().enumerate().map(identity)).collect()
    }

    /// For people to know the field by: its `name`, else its `id`, without numbers, and the words that stand at it where those are part of what tells it from others.
    /// Control characters are not in it.
    #[must_use]
    pub fn name(&self) -> String {
        let [_, _, name, html_id, _, _, _, words, ..] = self.parts().unwrap_or_default();
        let has_letters = |part: &&str| part.chars().any(char::is_alphabetic);
        let name = [name, html_id].into_iter().find(has_letters).unwrap_or_default();
        // Of a sentence the lexicon may have nothing but an "of".
        let tells = words.split(' ').any(|word| word.chars().count() > 2 || !word.is_ascii());
        let shown = match (name, words) {
            (name, _) if !tells => name.to_owned(),
            ("", words) => words.to_owned(),
            (name, words) => format!("{name} ({words})"),
        };
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
fn stem(field: &Field, form: Option<&Form>, shape: &str) -> String {
    let (form_name, form_id) = form.map(|form| (form.name.as_str(), form.html_id.as_str())).unwrap_or_default();
    let tag = match field.tag {
        FieldTag::Input => "input",
        FieldTag::Select => "select",
        FieldTag::Textarea => "textarea",
        FieldTag::Editable => "editable",
        FieldTag::Aria => "aria",
    };
    let [name, html_id, form_name, form_id] =
        [field.name.as_str(), field.html_id.as_str(), form_name, form_id].map(lasting);
    let tells = |name: &String| !name.is_empty() && !name.contains(DRAWN);
    let (words, around) = if tells(&name) || tells(&html_id) {
        (String::new(), String::new())
    } else {
        let path = form.map_or("", |form| path(&form.action));
        (words(own_text(field), false), short([shape, &words(path, true)].into_iter().filter(|part| !part.is_empty())))
    };
    let (input_type, autocomplete) = (plain(lasting_type(field)), plain(&field.autocomplete));
    let parts = [tag, &input_type, &name, &html_id, &autocomplete, &form_name, &form_id, &words, &around];
    parts.into_iter().flat_map(|part| [part, SEPARATOR_TEXT]).collect()
}

/// A text of the page without what could be taken for the end of a part.
fn plain(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).collect()
}

/// `type` of an input. A button beside a password may show it as text.
fn lasting_type(field: &Field) -> &str {
    if field.tag == FieldTag::Input && field.input_type == "password" { "text" } else { &field.input_type }
}

/// What fields the form of a field has, seen or not: how many, and in their order how many of which kind follow each other.
fn shape(snapshot: &FormSnapshot, form: Option<u32>) -> String {
    let kind = |field: &Field| match field.tag {
        FieldTag::Input => plain(lasting_type(field)),
        FieldTag::Select => "select".to_owned(),
        FieldTag::Textarea => "textarea".to_owned(),
        FieldTag::Editable | FieldTag::Aria => "other".to_owned(),
    };
    let kinds: Vec<String> = snapshot.fields().iter().filter(|field| field.form == form).map(kind).collect();
    let runs = kinds.chunk_by(|one, other| one == other);
    let runs = runs.filter_map(|run| Some(format!("{}*{}", run.first()?, run.len())));
    let all: Vec<String> = core::iter::once(kinds.len().to_string()).chain(runs).collect();
    short(all.iter().map(String::as_str))
}

/// The first of what an author wrote at a field; where there is none, the text before it.
fn own_text(field: &Field) -> &str {
    let texts = &field.texts;
    let all = [&texts.label, &texts.aria, &texts.placeholder, &texts.title, &texts.before];
    all.into_iter().find(|text| !text.trim().is_empty()).map_or("", String::as_str)
}

/// The lexicon's words of a text, as many as a part may hold. All else may be about a person, or of this day.
fn words(text: &str, identifier: bool) -> String {
    let is_word = |word: &&str| word.chars().all(char::is_alphanumeric);
    short(known_words(text, identifier).into_iter().filter(is_word))
}

/// Texts with a space between them, as many as a part may hold.
fn short<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    let (mut all, mut length) = (String::new(), 0);
    for text in texts {
        length += 1 + text.encode_utf16().count();
        if length > limits::IDENTIFIER {
            break;
        }
        if !all.is_empty() {
            all.push(' ');
        }
        all.push_str(text);
    }
    all
}

/// The path of an address, without what differs from one visit to the next.
fn path(address: &str) -> &str {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let path = rest.find('/').and_then(|start| rest.get(start..)).unwrap_or_default();
    path.split(['?', '#', ';']).next().unwrap_or_default()
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
        if !crate::report::TYPES.contains(&guess.input_type.as_str()) {
            guess.input_type.clear();
        }
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
    let identifier = plain(identifier);
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
        lasting.push(DRAWN);
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
        let ordinals: Vec<&str> = found.iter().map(|identity| identity.parts().unwrap()[9]).collect();
        assert_eq!(ordinals, ["0", "0", "1"]);
        // The probe's numbers are not part of it.
        assert_eq!(found, identities(vec![named(1, "d5", ""), named(2, "other", ""), named(3, "d6", "")]));
    }

    fn labelled(id: u32, form: u32, label: &str) -> Field {
        let texts = crate::FieldTexts { label: label.into(), ..crate::FieldTexts::default() };
        Field { form: Some(form), texts, input_type: "text".into(), ..named(id, "", ":r1a:") }
    }

    fn on_page(forms: &[&str], fields: Vec<Field>) -> Vec<FieldIdentity> {
        let forms = forms.iter().map(|action| Form { action: (*action).into(), ..Form::default() }).collect();
        let snapshot = FormSnapshot::parse(RawSnapshot { forms, fields, ..RawSnapshot::default() }).unwrap();
        FieldIdentity::all(&snapshot).into_iter().map(|(_, identity)| identity).collect()
    }

    #[test]
    fn fields_without_a_name_are_known_by_their_words_and_their_form() {
        const LOGIN: &str = "https://shop.example/login;jsessionid=8f3c?next=/7";
        let login = on_page(&[LOGIN], vec![labelled(1, 0, "User name"), labelled(2, 0, "Password")]);
        // The same page again, in the other order; and only that.
        let again = on_page(&[LOGIN], vec![labelled(5, 0, "Password Ada"), labelled(4, 0, "User name")]);
        assert_eq!(again, [login[1].clone(), login[0].clone()]);
        assert_eq!(login[1].name(), "password");
        let drawn = |label: &str| {
            on_page(&[LOGIN], vec![Field { name: "mat-input-7".into(), ..labelled(1, 0, label) }])[0].name()
        };
        assert_eq!([drawn("Password"), drawn("Shibboleth of Ada")], ["mat-input-# (password)", "mat-input-#"]);
        for (what, other) in [
            ("another label", on_page(&[LOGIN], vec![labelled(1, 0, "Search"), labelled(2, 0, "Code")])),
            (
                "another form",
                on_page(&[LOGIN], vec![labelled(1, 0, "User name"), labelled(2, 0, "Password"), labelled(3, 0, "")]),
            ),
            (
                "another address",
                on_page(
                    &["https://shop.example/search"],
                    vec![labelled(1, 0, "User name"), labelled(2, 0, "Password")],
                ),
            ),
        ] {
            assert!(other.iter().all(|field| !login.contains(field)), "{what}: {other:?}");
        }
        // A form before it changes nothing.
        let fields = vec![labelled(1, 1, "User name"), labelled(2, 0, "User name"), labelled(3, 0, "Password")];
        assert_eq!(on_page(&[LOGIN, "https://shop.example/search"], fields)[1..], login);
    }

    #[test]
    fn who_has_a_name_needs_no_words() {
        let member = |label: &str| Field { name: "member".into(), ..labelled(1, 0, label) };
        assert_eq!(
            on_page(&["/a"], vec![member("Member")]),
            on_page(&["/b"], vec![member("Mitglied"), labelled(2, 0, "")])[..1]
        );
    }

    #[test]
    fn a_password_that_is_shown_is_the_same_field() {
        let field = |shown: bool, name: &str| Field {
            input_type: if shown { "text" } else { "password" }.into(),
            ..named(1, name, "")
        };
        for name in ["pw", ""] {
            assert_eq!(identities(vec![field(true, name)]), identities(vec![field(false, name)]));
        }
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
            input_type: "text".into(),
            words: words.into(),
        };
        CorrectedGuess { correction: Correction::new(field, FieldType::None), guess }
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
