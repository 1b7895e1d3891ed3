//! Who somebody is: what an identity item fills into forms about a person.
//!
//! It is metadata and no secret: nothing of it is sealed, and no phone is asked.

use crate::{Error, Result, Rule, draft::is_line};
use serde::{Deserialize, Serialize};

/// The most lines of a street address.
pub const LINE_LIMIT: usize = 4;
/// How many values there are.
const COUNT: usize = 13;

/// A person's name, address and ways to be reached. The names are the HTML standard's `autocomplete` tokens; what is empty is not known. `Debug` shows nothing of it.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub struct Identity {
    /// Title before the name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub honorific_prefix: String,
    /// First name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub given_name: String,
    /// Middle names.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub additional_name: String,
    /// Last name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub family_name: String,
    /// Company.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub organization: String,
    /// Street and number, with a line feed between at most [`LINE_LIMIT`] lines.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub street_address: String,
    /// City.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub address_level2: String,
    /// State or province.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub address_level1: String,
    /// Postal code.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub postal_code: String,
    /// Two capital letters (ISO 3166-1).
    #[serde(skip_serializing_if = "String::is_empty")]
    pub country: String,
    /// `+` and digits (ITU-T E.164); digits alone for a number of the person's own country.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub tel: String,
    /// Email address.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub email: String,
    /// `YYYY-MM-DD`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub bday: String,
}

impl core::fmt::Debug for Identity {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Identity(…)")
    }
}

impl Identity {
    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Every value with its name, in the order in which people write them.
    #[must_use]
    pub fn values(&self) -> [(&'static str, &str); COUNT] {
        [
            ("honorific-prefix", self.honorific_prefix.as_str()),
            ("given-name", self.given_name.as_str()),
            ("additional-name", self.additional_name.as_str()),
            ("family-name", self.family_name.as_str()),
            ("organization", self.organization.as_str()),
            ("street-address", self.street_address.as_str()),
            ("address-level2", self.address_level2.as_str()),
            ("address-level1", self.address_level1.as_str()),
            ("postal-code", self.postal_code.as_str()),
            ("country", self.country.as_str()),
            ("tel", self.tel.as_str()),
            ("email", self.email.as_str()),
            ("bday", self.bday.as_str()),
        ]
    }

    fn slots(&mut self) -> [(&'static str, &mut String); COUNT] {
        [
            ("honorific-prefix", &mut self.honorific_prefix),
            ("given-name", &mut self.given_name),
            ("additional-name", &mut self.additional_name),
            ("family-name", &mut self.family_name),
            ("organization", &mut self.organization),
            ("street-address", &mut self.street_address),
            ("address-level2", &mut self.address_level2),
            ("address-level1", &mut self.address_level1),
            ("postal-code", &mut self.postal_code),
            ("country", &mut self.country),
            ("tel", &mut self.tel),
            ("email", &mut self.email),
            ("bday", &mut self.bday),
        ]
    }

    /// Sets the value of this name. `false` if none is called so.
    pub fn set(&mut self, token: &str, value: &str) -> bool {
        let slot = self.slots().into_iter().find(|(name, _)| *name == token);
        slot.map(|(_, slot)| value.clone_into(slot)).is_some()
    }

    /// The names of the values that cannot be.
    #[must_use]
    pub fn wrong(&self) -> Vec<&'static str> {
        self.values()
            .into_iter()
            .filter(|(token, value)| spell(token, value).is_none())
            .map(|(token, _)| token)
            .collect()
    }

    /// Brings every value into its one spelling.
    ///
    /// # Errors
    /// [`Error::InvalidDraft`] with [`Rule::Identity`]: which value cannot be.
    pub(crate) fn check(mut self) -> Result<Self> {
        for (token, slot) in self.slots() {
            *slot = spell(token, slot).ok_or(Error::InvalidDraft(Rule::Identity(token)))?;
        }
        Ok(self)
    }
}

/// A value in its one spelling; `None` if it cannot be.
fn spell(token: &str, text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() {
        return Some(String::new());
    }
    match token {
        "street-address" => lines(text),
        "country" => country(text),
        "tel" => tel(text),
        "email" => email(text),
        "bday" => bday(text),
        _ => is_line(text).then(|| text.to_owned()),
    }
}

fn lines(text: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    (lines.len() <= LINE_LIMIT && lines.iter().all(|line| is_line(line))).then(|| lines.join("\n"))
}

fn country(text: &str) -> Option<String> {
    (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic())).then(|| text.to_ascii_uppercase())
}

/// From `+49 (30) 123-456`, `0049 30 123456` or `030/123456`: 5 to 15 digits (ITU-T E.164).
fn tel(text: &str) -> Option<String> {
    let is_sign = |letter: char| matches!(letter, ' ' | '\u{a0}' | '-' | '.' | '/' | '(' | ')');
    let (plus, rest) = match text.strip_prefix('+').or_else(|| text.strip_prefix("00")) {
        Some(rest) => ("+", rest),
        None => ("", text),
    };
    let digits: String = rest.chars().filter(|letter| !is_sign(*letter)).collect();
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit()) && (5..=15).contains(&digits.len());
    (is_number && !(plus == "+" && digits.starts_with('0'))).then(|| [plus, &digits].concat())
}

fn email(text: &str) -> Option<String> {
    let (name, host) = text.rsplit_once('@')?;
    let sound = !name.is_empty() && !host.is_empty() && is_line(text) && !text.contains(char::is_whitespace);
    sound.then(|| text.to_owned())
}

/// A day that was.
fn bday(text: &str) -> Option<String> {
    let mut parts = text.split('-');
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    let shaped = (year.len(), month.len(), day.len()) == (4, 2, 2) && parts.next().is_none();
    let number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten();
    let (year, month, day): (u32, u32, u32) = (number(year)?, number(month)?, number(day)?);
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (shaped && (1850..=2200).contains(&year) && (1..=days).contains(&day)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_seal::codec;

    fn person() -> Identity {
        Identity {
            given_name: " Jane ".into(),
            family_name: "Roe".into(),
            street_address: "Musterstraße 5 \r\n\n Hinterhaus\n".into(),
            country: "de".into(),
            tel: "+49 (30) 123-456".into(),
            email: " jane@example.org".into(),
            bday: "1992-02-29".into(),
            ..Identity::default()
        }
    }

    #[test]
    fn values_get_one_spelling() {
        let checked = person().check().unwrap();
        assert_eq!(checked.given_name, "Jane");
        assert_eq!(checked.street_address, "Musterstraße 5\nHinterhaus");
        assert_eq!((checked.country.as_str(), checked.tel.as_str()), ("DE", "+4930123456"));
        assert_eq!(checked.email, "jane@example.org");
        assert_eq!(checked.clone().check(), Ok(checked));
        assert!(Identity::default().check().unwrap().is_empty());
    }

    #[test]
    fn telephones() {
        for (typed, stored) in [
            ("0049 30 123456", "+4930123456"),
            ("030/123456", "030123456"),
            ("(212) 555-0123", "2125550123"),
            ("+1.212.555.0123", "+12125550123"),
        ] {
            assert_eq!(tel(typed).as_deref(), Some(stored));
        }
        for wrong in ["+", "1234", "+0 12345", "call me", "+49 30 123456 ext. 7", "+1234567890123456", "٠٣٠١٢٣٤٥٦"]
        {
            assert_eq!(tel(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        let wrong = |change: fn(&mut Identity)| {
            let mut identity = person();
            change(&mut identity);
            identity.check().unwrap_err()
        };
        let rule = |token| Error::InvalidDraft(Rule::Identity(token));
        assert_eq!(wrong(|identity| identity.bday = "1990-02-29".into()), rule("bday"));
        assert_eq!(wrong(|identity| identity.bday = "29.02.1992".into()), rule("bday"));
        assert_eq!(wrong(|identity| identity.bday = "1992-13-01".into()), rule("bday"));
        assert_eq!(wrong(|identity| identity.country = "Germany".into()), rule("country"));
        assert_eq!(wrong(|identity| identity.email = "jane".into()), rule("email"));
        assert_eq!(wrong(|identity| identity.email = "jane roe@example.org".into()), rule("email"));
        assert_eq!(wrong(|identity| identity.given_name = "a\u{202e}b".into()), rule("given-name"));
        assert_eq!(wrong(|identity| identity.family_name = "x".repeat(201)), rule("family-name"));
        assert_eq!(wrong(|identity| identity.street_address = "a\nb\nc\nd\ne".into()), rule("street-address"));
    }

    #[test]
    fn each_value_has_its_name() {
        let mut identity = Identity::default();
        for (at, (token, _)) in Identity::default().values().into_iter().enumerate() {
            assert!(identity.set(token, &at.to_string()), "{token}");
            assert_eq!(identity.values()[at], (token, at.to_string().as_str()));
        }
        assert!(!identity.set("cc-number", "4111111111111111"));
        let wrong = Identity { country: "Germany".into(), bday: "soon".into(), ..person() }.wrong();
        assert_eq!(wrong, ["country", "bday"]);
        assert!(person().wrong().is_empty());
        // The names are those that it is stored under.
        let json = serde_json::to_value(&identity).unwrap();
        assert!(identity.values().iter().all(|(token, value)| json[*token] == *value), "{json}");
    }

    #[test]
    fn only_what_is_known_is_stored_and_none_of_it_is_shown() {
        let identity = person().check().unwrap();
        let bytes = codec::to_vec(&identity).unwrap();
        let again: Identity = codec::from_slice(&bytes, "identity", 1000).unwrap();
        assert_eq!(again, identity);
        assert!(codec::to_vec(&Identity::default()).unwrap().len() < 4);
        assert_eq!(format!("{identity:?}"), "Identity(…)");
    }
}
