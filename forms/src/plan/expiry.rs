//! A card's month and year of expiry, as the field they go into writes them.

use super::date_hint::{DatePart, month_and_year};
use super::year_month::YearMonth;
use crate::{Field, months};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// How an expiry date is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExpiryFormat {
    /// Whether the year comes first.
    pub year_first: bool,
    /// Digits of the month: 2, or 1 for one without a leading zero.
    pub month_digits: u8,
    /// Digits of the year, 2 or 4.
    pub year_digits: u8,
    /// What stands between month and year; may be empty.
    pub separator: String,
}

/// The usual ways to write it, the most usual first. Fields that say nothing but their `pattern` or length get the first that they accept.
#[rustfmt::skip]
const USUAL: [(bool, u8, u8, &str); 18] = [
    (false, 2, 2, "/"), (false, 2, 4, "/"), (false, 2, 2, ""), (false, 2, 4, ""), (false, 2, 2, "-"), (false, 2, 4, "-"),
    (false, 2, 2, " / "), (false, 2, 4, " / "), (true, 2, 4, "-"), (true, 2, 2, "-"), (true, 2, 4, "/"), (true, 2, 2, "/"),
    (false, 2, 2, "."), (false, 2, 4, "."), (false, 2, 2, " "), (false, 2, 4, " "), (false, 1, 2, "/"), (false, 1, 4, "/"),
];

impl ExpiryFormat {
    fn new((year_first, month_digits, year_digits, separator): (bool, u8, u8, &str)) -> Self {
        Self { year_first, month_digits, year_digits, separator: separator.into() }
    }

    /// `MM/YY`.
    pub(super) fn usual() -> Self {
        Self::new((false, 2, 2, "/"))
    }

    /// How a field wants it, by what it says; else by its length; `MM/YY` where nothing tells.
    pub(super) fn of(field: &Field) -> Self {
        if field.input_type == "month" {
            return Self::new((true, 2, 4, "-"));
        }
        Self::said(field).unwrap_or_else(|| match field.max_length {
            Some(4) => Self::new((false, 2, 2, "")),
            Some(6) => Self::new((false, 2, 4, "")),
            Some(7) => Self::new((false, 2, 4, "/")),
            Some(9) => Self::new((false, 2, 4, " / ")),
            _ => Self::usual(),
        })
    }

    fn said(field: &Field) -> Option<Self> {
        let hint = shown(field).into_iter().find_map(|text| month_and_year(text))?;
        let digits = |wanted: DatePart| hint.parts.iter().find(|(part, _)| *part == wanted).map(|(_, digits)| *digits);
        let (month_digits, year_digits) = (digits(DatePart::Month)?, digits(DatePart::Year)?);
        let year_first = hint.parts.first().is_some_and(|(part, _)| *part == DatePart::Year);
        Some(Self { year_first, month_digits, year_digits, separator: hint.separator })
    }

    /// The same a little differently: without the spaces, with the other number of digits for the year.
    fn variations(&self) -> [Self; 4] {
        let tight = Self { separator: self.separator.trim().into(), ..self.clone() };
        let other = |format: &Self| Self { year_digits: if format.year_digits == 2 { 4 } else { 2 }, ..format.clone() };
        [self.clone(), tight.clone(), other(self), other(&tight)]
    }

    fn write(&self, date: &YearMonth<'_>) -> Zeroizing<String> {
        let (year, month) = (date.year(self.year_digits), date.month(self.month_digits));
        let (first, second) = if self.year_first { (year, month) } else { (month, year) };
        Zeroizing::new([first, &self.separator, second].concat())
    }
}

/// What a field shows, the clearest first.
pub(super) fn shown(field: &Field) -> [&String; 7] {
    let texts = &field.texts;
    [&texts.placeholder, &texts.label, &texts.aria, &texts.description, &texts.title, &texts.before, &texts.heading]
}

impl YearMonth<'_> {
    /// Every way to write it, the one that the field asks for first.
    pub(super) fn spellings(&self, asked: &ExpiryFormat) -> Vec<Zeroizing<String>> {
        let usual = USUAL.into_iter().map(ExpiryFormat::new);
        asked.variations().into_iter().chain(usual).map(|format| format.write(self)).collect()
    }

    /// What an option of a list may say for its month: its number, and what its name begins with in the page's language and in English.
    pub(super) fn month_options(&self, lang: &str) -> Vec<Zeroizing<String>> {
        let numbers = [self.month(2), self.month(1)].map(|number| Zeroizing::new(number.to_owned()));
        let names = self.month(2).parse().map_or_else(|_| Vec::new(), |month| months::beginnings(month, lang));
        numbers.into_iter().chain(names.into_iter().map(Zeroizing::new)).collect()
    }
}

/// How many digits of the month a field takes.
pub(super) fn month_digits(field: &Field) -> u8 {
    let single = ["m", "м", "μ"].contains(&field.texts.placeholder.trim().to_lowercase().as_str());
    if single || field.max_length == Some(1) { 1 } else { 2 }
}

/// How many digits of the year a field takes: `usual`, if it does not say.
pub(super) fn year_digits(field: &Field, usual: u8) -> u8 {
    let letters = |text: &&String| {
        let text = text.to_lowercase();
        let says =
            |digits: usize| "yjarгεåévtnש年".chars().any(|letter| text.contains(&letter.to_string().repeat(digits)));
        if says(4) {
            Some(4)
        } else if text.chars().count() == 2 && says(2) {
            Some(2)
        } else {
            None
        }
    };
    let example = |text: &str| match text.trim().len() {
        digits @ (2 | 4) if text.trim().bytes().all(|byte| byte.is_ascii_digit()) => u8::try_from(digits).ok(),
        _ => None,
    };
    match field.max_length {
        Some(4) => 4,
        Some(2 | 3) => 2,
        _ => example(&field.texts.placeholder).or_else(|| shown(field).iter().find_map(letters)).unwrap_or(usual),
    }
}
