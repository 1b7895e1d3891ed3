//! What a field accepts: its lengths, its `pattern`, its kind of input.

use super::pattern;
use crate::snapshot::limits;
use crate::{Field, FieldTag};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// What a browser, or the page, checks of a field's value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Takes {
    /// `minlength`, in UTF-16 code units.
    pub min_length: Option<u32>,
    /// `maxlength`, in UTF-16 code units.
    pub max_length: Option<u32>,
    /// `pattern`; empty where there is none, or it was too long for the snapshot.
    pub pattern: String,
    /// Whether it takes a number and nothing else (`type=number`).
    pub number: bool,
}

impl Takes {
    /// What a field accepts. Attributes count where the [standard](https://html.spec.whatwg.org/multipage/input.html#input-type-attr-summary) lets them.
    pub(super) fn of(field: &Field) -> Self {
        let kind = field.input_type.as_str();
        let number = field.tag == FieldTag::Input && kind == "number";
        let is_text = field.tag == FieldTag::Textarea
            || matches!(kind, "" | "text" | "search" | "url" | "tel" | "email" | "password");
        if !is_text || !matches!(field.tag, FieldTag::Input | FieldTag::Textarea) {
            return Self { number, ..Self::default() };
        }
        let is_whole = field.tag == FieldTag::Input && field.pattern.encode_utf16().count() < limits::PATTERN;
        Self {
            min_length: field.min_length,
            max_length: field.max_length,
            pattern: if is_whole { field.pattern.clone() } else { String::new() },
            number,
        }
    }

    /// The first spelling that a field accepts; else the first that is not too long. A pattern that is not understood forbids nothing.
    pub(super) fn choose(&self, spellings: Vec<Zeroizing<String>>) -> Option<Zeroizing<String>> {
        let mut first = None;
        for spelling in spellings.into_iter().filter(|spelling| self.holds(spelling)) {
            if self.accepts(&spelling) {
                return Some(spelling);
            }
            first.get_or_insert(spelling);
        }
        first
    }

    /// Whether a text is not too long, and a number where one is asked for.
    fn holds(&self, text: &str) -> bool {
        let length = length(text);
        !text.is_empty()
            && self.max_length.is_none_or(|most| length <= most)
            && (!self.number || text.bytes().all(|byte| byte.is_ascii_digit()))
    }

    /// Whether nothing that a browser checks speaks against a text.
    pub(super) fn accepts(&self, text: &str) -> bool {
        self.holds(text)
            && self.min_length.is_none_or(|least| length(text) >= least)
            && (self.pattern.is_empty() || pattern::matches(&self.pattern, text).unwrap_or(true))
    }

    /// As much of a text as goes in, as if it were typed.
    pub(super) fn cut(&self, text: &str) -> Zeroizing<String> {
        let most = self.max_length.unwrap_or(u32::MAX);
        let mut kept = Zeroizing::new(String::with_capacity(text.len()));
        let mut units = 0;
        for letter in text.chars() {
            units += if letter.len_utf16() == 2 { 2 } else { 1 };
            if units > most {
                break;
            }
            kept.push(letter);
        }
        kept
    }
}

/// In UTF-16 code units, as `maxlength` counts.
fn length(text: &str) -> u32 {
    u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX)
}
