//! A telephone number, stored as `+` and digits (ITU-T E.164), as the field it goes into writes it.

use zeroize::Zeroizing;

/// The country codes that have one or two digits; all others have three.
const SHORT_CODES: &[&str] = &[
    "1", "7", "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47", "48",
    "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65", "66", "81", "82", "84",
    "86", "90", "91", "92", "93", "94", "95", "98",
];

/// The country codes behind which a `0` stands before numbers that are called from within the country.
const TRUNK_ZERO: &[&str] = &[
    "20", "27", "31", "32", "33", "40", "41", "43", "44", "46", "49", "54", "55", "60", "61", "62", "63", "64", "66",
    "81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98", "212", "213", "234", "249", "250", "251", "254",
    "255", "256", "353", "355", "358", "359", "380", "381", "382", "385", "386", "387", "389", "421", "855", "856",
    "880", "886", "961", "962", "963", "964", "966", "967", "971", "972", "976", "977", "996",
];

/// A number in its parts.
#[derive(Clone, Copy)]
pub(super) struct Telephone<'a> {
    country: &'a str,
    rest: &'a str,
}

impl<'a> Telephone<'a> {
    /// Reads `+4930123456`.
    pub(super) fn parse(value: &'a str) -> Option<Self> {
        let digits = value.strip_prefix('+').filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))?;
        let short = SHORT_CODES.iter().find(|code| digits.starts_with(**code)).map(|code| code.len());
        let (country, rest) = digits.split_at_checked(short.unwrap_or(3))?;
        (rest.len() >= 4).then_some(Self { country, rest })
    }

    /// The country's code with and without `+`, and as `00`.
    pub(super) fn country_codes(&self) -> Vec<Zeroizing<String>> {
        ["+", "", "00"].map(|prefix| Zeroizing::new([prefix, self.country].concat())).to_vec()
    }

    /// The area's code and the rest, where the numbering plan has areas of a fixed length (North America).
    pub(super) fn area_and_local(&self) -> Option<(&'a str, &'a str)> {
        (self.country == "1" && self.rest.len() == 10).then(|| self.rest.split_at(3))
    }

    /// As called from within the country.
    fn national(&self) -> Zeroizing<String> {
        let trunk = if TRUNK_ZERO.contains(&self.country) { "0" } else { "" };
        Zeroizing::new([trunk, self.rest].concat())
    }

    /// As called from within the country, and without the `0` that stands before it there.
    pub(super) fn in_country(&self) -> Vec<Zeroizing<String>> {
        vec![self.national(), Zeroizing::new(self.rest.to_owned())]
    }

    /// Ways to write it without the country's code: beside a field for that code without the `0` that it replaces.
    pub(super) fn national_spellings(&self, example: &str, beside_code: bool) -> Vec<Zeroizing<String>> {
        let (bare, national) = (Zeroizing::new(self.rest.to_owned()), self.national());
        let order = if beside_code { [bare, national] } else { [national, bare] };
        let mut spellings: Vec<Zeroizing<String>> =
            order.iter().filter_map(|digits| by_example(example, digits)).collect();
        spellings.extend(order);
        spellings.extend(self.north_american());
        spellings
    }

    /// Ways to write the whole number: with its country's code; without it where the field takes no more, or shows so.
    pub(super) fn spellings(&self, example: &str) -> Vec<Zeroizing<String>> {
        let whole = Zeroizing::new(["+", self.country, self.rest].concat());
        let mut spellings: Vec<Zeroizing<String>> = by_example(example, &self.national()).into_iter().collect();
        spellings.push(whole);
        spellings.extend(self.national_spellings(example, false));
        spellings.push(Zeroizing::new([self.country, self.rest].concat()));
        spellings.push(Zeroizing::new(["00", self.country, self.rest].concat()));
        spellings
    }

    fn north_american(&self) -> Vec<Zeroizing<String>> {
        let parts = self.area_and_local().and_then(|(area, local)| Some((area, local.get(..3)?, local.get(3..)?)));
        let Some((area, exchange, line)) = parts else { return Vec::new() };
        [
            format!("{area}-{exchange}-{line}"),
            format!("({area}) {exchange}-{line}"),
            format!("{area} {exchange} {line}"),
            format!("{area}.{exchange}.{line}"),
        ]
        .map(Zeroizing::new)
        .to_vec()
    }
}

/// The digits in the place of an example's, if it has as many: `(555) 555-5555`.
fn by_example(example: &str, digits: &str) -> Option<Zeroizing<String>> {
    let example = example.trim();
    let is_digit = |letter: char| letter.is_ascii_digit() || matches!(letter, 'x' | 'X' | '_' | '#');
    let only = example
        .chars()
        .all(|letter| is_digit(letter) || matches!(letter, ' ' | '-' | '.' | '/' | '(' | ')' | '\u{a0}'));
    let count = example.chars().filter(|letter| is_digit(*letter)).count();
    if !only || count != digits.len() {
        return None;
    }
    let mut digits = digits.chars();
    let written = example.chars().map(|letter| if is_digit(letter) { digits.next().unwrap_or(letter) } else { letter });
    Some(Zeroizing::new(written.collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    fn first(value: &str, placeholder: &str) -> String {
        Telephone::parse(value).unwrap().spellings(placeholder)[0].to_string()
    }

    #[test]
    fn numbers_as_their_fields_show_them() {
        assert_eq!(first("+12125550123", "(555) 555-5555"), "(212) 555-0123");
        assert_eq!(first("+12125550123", "555-555-5555"), "212-555-0123");
        assert_eq!(first("+12125550123", ""), "+12125550123");
        assert_eq!(first("+4930123456", "030 123456"), "030 123456");
        assert_eq!(first("+4930123456", "Telefon"), "+4930123456");
    }

    #[test]
    fn numbers_in_parts() {
        let parts = |value| {
            let number = Telephone::parse(value).unwrap();
            (number.country_codes()[0].to_string(), number.national().to_string())
        };
        assert_eq!(parts("+4930123456"), ("+49".into(), "030123456".into()));
        assert_eq!(parts("+390612345678"), ("+39".into(), "0612345678".into()));
        assert_eq!(parts("+35312345678"), ("+353".into(), "012345678".into()));
        assert_eq!(parts("+12125550123"), ("+1".into(), "2125550123".into()));
        assert_eq!(parts("+79121234567"), ("+7".into(), "9121234567".into()));
        assert!(Telephone::parse("030 123").is_none() && Telephone::parse("+49").is_none());
        assert_eq!(Telephone::parse("+12125550123").unwrap().area_and_local(), Some(("212", "5550123")));
        assert!(Telephone::parse("+4930123456").unwrap().area_and_local().is_none());
    }
}
