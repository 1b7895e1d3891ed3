//! Words. They live in `extension/_locales/<language>/messages.json`, and never here.
//!
//! `_locales` knows no plurals: a [`Plural`] named `items_found` has one message for each of the language's plural categories (CLDR): `items_found_one`,
//! `items_found_other` and, where a language has them, `_zero`, `_two`, `_few`, `_many`. `Intl.PluralRules` picks; `_other` must exist. `$1` is the number.

use crate::web_extension;
use std::fmt;

/// The name of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Msg(pub &'static str);

impl Msg {
    /// In the user's language.
    #[must_use]
    pub fn text(self) -> String {
        self.with(&[])
    }

    /// In the user's language, with its placeholders filled in their order.
    #[must_use]
    pub fn with(self, substitutions: &[&dyn fmt::Display]) -> String {
        look_up(self.0, substitutions)
    }
}

/// The stem of messages that depend on a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Plural(pub &'static str);

impl Plural {
    /// In the user's language, for this many.
    #[must_use]
    pub fn of(self, count: u32, more: &[&dyn fmt::Display]) -> String {
        let language = web_extension::language().unwrap_or_else(|| "en".to_owned());
        let mut substitutions: Vec<String> = vec![grouped(count, &language)];
        substitutions.extend(more.iter().map(isolated));
        let category = category(count, &language);
        let found = web_extension::message(&format!("{}_{category}", self.0), &substitutions);
        found
            .or_else(|| web_extension::message(&format!("{}_other", self.0), &substitutions))
            .unwrap_or_else(|| self.0.to_owned())
    }
}

fn look_up(key: &str, substitutions: &[&dyn fmt::Display]) -> String {
    let substitutions: Vec<String> = substitutions.iter().map(isolated).collect();
    // A missing message shows its name: better than nothing where a button's words should be.
    web_extension::message(key, &substitutions).unwrap_or_else(|| key.to_owned())
}

/// A name in a sentence. One that is written from right to left, or that says how it is written, is kept from turning the words around it (Unicode UAX #9, section 2.4).
fn isolated(substitution: &&dyn fmt::Display) -> String {
    let text = substitution.to_string();
    if text.chars().any(turns) { format!("\u{2068}{text}\u{2069}") } else { text }
}

/// Whether a character belongs to a script that is written from right to left, or says how text is.
const fn turns(character: char) -> bool {
    matches!(
        character,
        '\u{590}'..='\u{8ff}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}'
    )
}

fn category(count: u32, language: &str) -> String {
    let rules = js_sys::Intl::PluralRules::new(&languages(language), &js_sys::Object::new());
    String::from(rules.select(count.into()))
}

/// The number as the user's language writes it.
#[must_use]
pub fn number(count: u32) -> String {
    grouped(count, &web_extension::language().unwrap_or_else(|| "en".to_owned()))
}

/// The day of a time in milliseconds since 1970, as the user's language writes it.
#[must_use]
pub fn day(millis: u64) -> String {
    let (date, language) = (date(millis), language());
    String::from(date.to_locale_date_string(&language, &style(&[DATE])))
}

/// A day and a time of day in the browser's language, of milliseconds since 1970.
#[must_use]
pub fn moment(millis: u64) -> String {
    let (date, language) = (date(millis), language());
    String::from(date.to_locale_string(&language, &style(&[DATE, TIME])))
}

fn date(millis: u64) -> js_sys::Date {
    let seconds = u32::try_from(millis / 1000).unwrap_or(u32::MAX);
    js_sys::Date::new(&(f64::from(seconds) * 1000.0).into())
}

fn language() -> String {
    web_extension::language().unwrap_or_else(|| "en".to_owned())
}

/// With the month in letters.
const DATE: (&str, &str) = ("dateStyle", "medium");
/// To the minute.
const TIME: (&str, &str) = ("timeStyle", "short");

fn style(options: &[(&str, &str)]) -> js_sys::Object {
    let style = js_sys::Object::new();
    for (name, size) in options {
        // A plain object takes any property.
        let _ = js_sys::Reflect::set(&style, &(*name).into(), &(*size).into());
    }
    style
}

fn grouped(count: u32, language: &str) -> String {
    let written = js_sys::Number::from(f64::from(count)).to_locale_string(language);
    String::from(written)
}

fn languages(language: &str) -> js_sys::Array {
    js_sys::Array::of1(&language.into())
}

#[cfg(test)]
mod tests {
    use super::isolated;

    #[test]
    fn names_from_right_to_left_turn_no_words_around_them() {
        assert_eq!(isolated(&(&"Harbour (2)" as &dyn std::fmt::Display)), "Harbour (2)");
        assert_eq!(isolated(&(&"ספרייה (2)" as &dyn std::fmt::Display)), "\u{2068}ספרייה (2)\u{2069}");
        assert_eq!(isolated(&(&"a\u{202e}b" as &dyn std::fmt::Display)), "\u{2068}a\u{202e}b\u{2069}");
    }
}
