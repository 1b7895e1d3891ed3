//! Corrections as a report to whoever works on the form engine: what a wrong guess was made of, and nothing about a person.
//!
//! Nothing that a page says is in it as the page says it. Of `name`, `id` and what stands at a field come words that the lexicon has; of `type` and `autocomplete`
//! the standard's own tokens. What else there was is a `?`, a number a `#`.

use crate::{Confidence, CorrectedGuess, FieldType, Reason, lexicon::known_words};
use serde::Serialize;

/// The report's version.
const VERSION: u16 = 1;
/// The input types of the HTML standard, and the roles that stand for them in ARIA fields.
pub(crate) const TYPES: [&str; 27] = [
    "",
    "button",
    "checkbox",
    "color",
    "date",
    "datetime-local",
    "email",
    "file",
    "hidden",
    "image",
    "month",
    "number",
    "password",
    "radio",
    "range",
    "reset",
    "search",
    "submit",
    "tel",
    "text",
    "time",
    "url",
    "week",
    "combobox",
    "listbox",
    "textbox",
    "searchbox",
];
/// What elements fields are.
const TAGS: [&str; 5] = ["input", "select", "textarea", "editable", "aria"];
/// Stands for what is not of a standard.
const UNKNOWN: &str = "?";
/// What may stand in `autocomplete` beside the types of fields.
const TOKENS: [&str; 11] =
    ["on", "off", "shipping", "billing", "home", "work", "mobile", "fax", "pager", "webauthn", "cc-additional-name"];

/// A report.
#[derive(Debug, Serialize)]
pub struct CorrectionReport<'a> {
    format: &'static str,
    version: u16,
    /// The product's version.
    product: &'a str,
    corrections: Vec<Corrected<'a>>,
}

#[derive(Debug, Serialize)]
struct Corrected<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    site: Option<&'a str>,
    tag: &'a str,
    #[serde(rename = "type")]
    input_type: &'a str,
    autocomplete: Vec<&'a str>,
    name: Vec<&'static str>,
    id: Vec<&'static str>,
    words: Vec<&'static str>,
    place: &'a str,
    guessed: FieldType,
    confidence: Confidence,
    evidence: Vec<&'a Reason>,
    said: FieldType,
}

impl<'a> CorrectionReport<'a> {
    /// An empty one of this version of the product.
    #[must_use]
    pub const fn new(product: &'a str) -> Self {
        Self { format: "countersign-corrections", version: VERSION, product, corrections: Vec::new() }
    }

    /// Adds the corrections of a site; `site` only if the user wants it named.
    pub fn add(&mut self, site: Option<&'a str>, corrections: impl IntoIterator<Item = &'a CorrectedGuess>) {
        self.corrections.extend(corrections.into_iter().map(|corrected| report(site, corrected)));
    }

    /// Whether there is nothing to report.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.corrections.is_empty()
    }
}

fn report<'a>(site: Option<&'a str>, corrected: &'a CorrectedGuess) -> Corrected<'a> {
    let guess = &corrected.guess;
    let [tag, own_type, name, id, autocomplete, .., place] = corrected.correction.field.parts().unwrap_or_default();
    let input_type = if guess.input_type.is_empty() { own_type } else { &guess.input_type };
    Corrected {
        site,
        tag: if TAGS.contains(&tag) { tag } else { UNKNOWN },
        input_type: if TYPES.contains(&input_type) { input_type } else { UNKNOWN },
        autocomplete: autocomplete.split_ascii_whitespace().map(token).collect(),
        name: known_words(name, true),
        id: known_words(id, true),
        words: known_words(&guess.words, false),
        place: if place.bytes().all(|byte| byte.is_ascii_digit()) { place } else { UNKNOWN },
        guessed: guess.field_type,
        confidence: guess.confidence,
        evidence: guess.reasons.iter().filter(|reason| reason.is_a_rule()).collect(),
        said: corrected.correction.said,
    }
}

fn token(token: &str) -> &str {
    let known = FieldType::from_token(token).is_some() || TOKENS.contains(&token);
    if known { token } else { UNKNOWN }
}

#[cfg(test)]
mod tests {
    use crate::*;

    /// Nobody's.
    const PERSONAL: [&str; 8] =
        ["Zebulon", "Quuxley", "zquuxley", "mail.example", "4929", "Blorbstreet", "Fnordheim", "31.12.1969"];

    /// A page that knows its visitor, and says so wherever it can.
    fn page() -> FormSnapshot {
        let texts = FieldTexts {
            label: "Password of Zebulon Quuxley".into(),
            aria: "Zebulon Quuxley, Blorbstreet 7, Fnordheim".into(),
            description: "4929 0000 0000 0006".into(),
            placeholder: "zquuxley@mail.example".into(),
            title: "born 31.12.1969".into(),
            before: "Welcome back, Zebulon!".into(),
            heading: "Quuxley".into(),
            section: "Fnordheim".into(),
        };
        let field = |id: u32, kind: &str| Field {
            id,
            input_type: kind.into(),
            name: "zquuxley@mail.example[password]".into(),
            html_id: "zebulonQuuxley4929_pw".into(),
            autocomplete: "section-Zebulon-Quuxley username".into(),
            visible: true,
            form: Some(0),
            texts: texts.clone(),
            ..Field::default()
        };
        let form = Form {
            name: "quuxley".into(),
            html_id: "zebulon".into(),
            heading: "Hello Zebulon".into(),
            ..Form::default()
        };
        let fields = vec![field(1, "text"), field(2, "password")];
        FormSnapshot::parse(RawSnapshot {
            title: "Zebulon".into(),
            forms: vec![form],
            fields,
            ..RawSnapshot::default()
        })
        .unwrap()
    }

    fn corrected(snapshot: &FormSnapshot) -> Vec<CorrectedGuess> {
        let classification = classify(snapshot);
        FieldIdentity::all(snapshot)
            .into_iter()
            .map(|(id, field)| {
                let guessed = classification.field(id).unwrap().1;
                let guess = guessed.guess(snapshot);
                let correction = Correction::new(field, FieldType::CcNumber);
                CorrectedGuess { correction, guess }
            })
            .collect()
    }

    #[test]
    fn a_report_holds_nothing_of_what_a_page_says_about_a_person() {
        let snapshot = page();
        let raw = corrected(&snapshot);
        // The material holds it, or this would prove nothing.
        let before = serde_json::to_string(&raw).unwrap();
        assert!(PERSONAL.iter().filter(|word| before.contains(**word)).count() >= 5, "{before}");
        for kept in [raw.clone(), raw.into_iter().map(|one| one.reduced().unwrap()).collect()] {
            let mut report = CorrectionReport::new("0.1.0");
            report.add(None, &kept);
            let text = serde_json::to_string_pretty(&report).unwrap().to_lowercase();
            for word in PERSONAL {
                assert!(!text.contains(&word.to_lowercase()), "{word} in {text}");
            }
            assert!(text.contains("cc-number") && text.contains("\"password\"") && text.contains("username"), "{text}");
        }
    }

    #[test]
    fn what_is_kept_of_the_words_is_the_lexicons() {
        for kept in corrected(&page()) {
            let words = kept.reduced().unwrap().guess.words.to_lowercase();
            assert!(words.contains("password"), "{words}");
            assert!(PERSONAL.iter().all(|word| !words.contains(&word.to_lowercase())), "{words}");
        }
    }

    #[test]
    fn a_site_is_named_only_if_asked() {
        let kept = corrected(&page());
        let text = |site| {
            let mut report = CorrectionReport::new("0.1.0");
            report.add(site, &kept);
            serde_json::to_string(&report).unwrap()
        };
        assert!(!text(None).contains("site"));
        assert!(text(Some("https://shop.example")).contains("https://shop.example"));
    }
}
