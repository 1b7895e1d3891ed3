//! A birthday, as the field it goes into writes it.

use super::date_hint::{DateHint, DatePart, whole_date};
use super::expiry::shown;
use super::year_month::{YearMonth, unpadded};
use crate::Field;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// The order of a date's parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DateOrder {
    /// 31.12.1990
    DayMonthYear,
    /// 12/31/1990
    MonthDayYear,
    /// 1990-12-31
    YearMonthDay,
}

/// How a date is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DateFormat {
    /// What comes first.
    pub order: DateOrder,
    /// Whether day and month have a leading zero.
    pub padded: bool,
    /// Digits of the year, 2 or 4.
    pub year_digits: u8,
    /// What stands between the parts; may be empty.
    pub separator: String,
}

impl DateFormat {
    /// How a field wants a date: by its type, by what it says, else as its page's language writes dates. None if none of them tells, as for English without a region:
    /// a birthday with day and month exchanged is worse than none.
    pub(super) fn of(field: &Field, lang: &str) -> Option<Self> {
        let new = |order, separator: &str| Self { order, padded: true, year_digits: 4, separator: separator.into() };
        if field.input_type == "date" {
            return Some(new(DateOrder::YearMonthDay, "-"));
        }
        let hint = shown(field).into_iter().find_map(|text| whole_date(text));
        hint.map(Self::said).or_else(|| by_language(lang).map(|(order, separator)| new(order, separator)))
    }

    fn said(hint: DateHint) -> Self {
        let digits =
            |wanted: DatePart| hint.parts.iter().find(|(part, _)| *part == wanted).map_or(2, |(_, digits)| *digits);
        let order = match hint.parts.first() {
            Some((DatePart::Year, _)) => DateOrder::YearMonthDay,
            Some((DatePart::Month, _)) => DateOrder::MonthDayYear,
            _ => DateOrder::DayMonthYear,
        };
        Self {
            order,
            padded: digits(DatePart::Day) == 2,
            year_digits: digits(DatePart::Year),
            separator: hint.separator,
        }
    }

    fn write(&self, date: &Date<'_>) -> Zeroizing<String> {
        let digits = if self.padded { 2 } else { 1 };
        let (day, month, year) = (date.day(digits), date.month(digits), date.year(self.year_digits));
        let parts = match self.order {
            DateOrder::DayMonthYear => [day, month, year],
            DateOrder::MonthDayYear => [month, day, year],
            DateOrder::YearMonthDay => [year, month, day],
        };
        Zeroizing::new(parts.join(&self.separator))
    }
}

/// CLDR's short dates with four digits for the year.
fn by_language(lang: &str) -> Option<(DateOrder, &'static str)> {
    use DateOrder::{DayMonthYear, MonthDayYear, YearMonthDay};
    let lang = lang.to_ascii_lowercase().replace('_', "-");
    let (primary, region) = lang.split_once('-').unwrap_or((&lang, ""));
    Some(match (primary, region.rsplit('-').next().unwrap_or_default()) {
        ("en", "us") => (MonthDayYear, "/"),
        ("en" | "fr", "ca") | ("en", "za") | ("sv" | "hu" | "ko" | "lt", _) => (YearMonthDay, "-"),
        ("en", "") => return None,
        ("zh" | "ja", _) => (YearMonthDay, "/"),
        (
            "de" | "pl" | "cs" | "sk" | "tr" | "ru" | "uk" | "fi" | "nb" | "no" | "da" | "ro" | "bg" | "hr" | "sl"
            | "et" | "lv",
            _,
        ) => (DayMonthYear, "."),
        ("nl", _) => (DayMonthYear, "-"),
        ("en" | "fr" | "es" | "pt" | "it" | "el" | "ar" | "he" | "hi" | "th" | "id" | "vi" | "ca", _) => {
            (DayMonthYear, "/")
        }
        _ => return None,
    })
}

/// A day of a year.
#[derive(Clone, Copy)]
pub(super) struct Date<'a> {
    of: YearMonth<'a>,
    day: &'a str,
}

impl<'a> Date<'a> {
    /// Reads `YYYY-MM-DD`.
    pub(super) fn parse(value: &'a str) -> Option<Self> {
        let (of, day) = value.rsplit_once('-')?;
        let whole = day.len() == 2 && day.bytes().all(|byte| byte.is_ascii_digit()) && ("01"..="31").contains(&day);
        YearMonth::parse(of).filter(|_| whole).map(|of| Self { of, day })
    }

    pub(super) fn day(&self, digits: u8) -> &'a str {
        unpadded(self.day, digits)
    }

    pub(super) fn month(&self, digits: u8) -> &'a str {
        self.of.month(digits)
    }

    pub(super) fn year(&self, digits: u8) -> &'a str {
        self.of.year(digits)
    }

    /// Ways to write it in the order asked for; the separator may be another.
    pub(super) fn spellings(&self, asked: &DateFormat) -> Vec<Zeroizing<String>> {
        let others =
            ["/", ".", "-", "", " "].map(|separator| DateFormat { separator: separator.into(), ..asked.clone() });
        core::iter::once(asked).chain(&others).map(|format| format.write(self)).collect()
    }
}
