//! What a field is for, in the words of the HTML standard's autofill section.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::borrow::Cow;

/// What a field is for. Every name but `None` and `Search` is an `autocomplete` token of the
/// [HTML standard](https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#autofill-field).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names are the standard's tokens")]
pub enum FieldType {
    /// Nothing that Countersign fills.
    #[default]
    None,
    /// A search or filter box. Never offered anything.
    Search,
    Username,
    Email,
    Tel,
    CurrentPassword,
    NewPassword,
    OneTimeCode,
    CcNumber,
    CcName,
    CcGivenName,
    CcFamilyName,
    CcExp,
    CcExpMonth,
    CcExpYear,
    CcCsc,
    CcType,
    Name,
    HonorificPrefix,
    GivenName,
    AdditionalName,
    FamilyName,
    Organization,
    StreetAddress,
    AddressLine1,
    AddressLine2,
    AddressLine3,
    AddressLevel1,
    AddressLevel2,
    PostalCode,
    Country,
    TelCountryCode,
    TelAreaCode,
    TelNational,
    Bday,
    BdayDay,
    BdayMonth,
    BdayYear,
    Sex,
    Url,
}

impl FieldType {
    /// Every type, in the order of the enum.
    pub const ALL: [Self; 40] = [
        Self::None,
        Self::Search,
        Self::Username,
        Self::Email,
        Self::Tel,
        Self::CurrentPassword,
        Self::NewPassword,
        Self::OneTimeCode,
        Self::CcNumber,
        Self::CcName,
        Self::CcGivenName,
        Self::CcFamilyName,
        Self::CcExp,
        Self::CcExpMonth,
        Self::CcExpYear,
        Self::CcCsc,
        Self::CcType,
        Self::Name,
        Self::HonorificPrefix,
        Self::GivenName,
        Self::AdditionalName,
        Self::FamilyName,
        Self::Organization,
        Self::StreetAddress,
        Self::AddressLine1,
        Self::AddressLine2,
        Self::AddressLine3,
        Self::AddressLevel1,
        Self::AddressLevel2,
        Self::PostalCode,
        Self::Country,
        Self::TelCountryCode,
        Self::TelAreaCode,
        Self::TelNational,
        Self::Bday,
        Self::BdayDay,
        Self::BdayMonth,
        Self::BdayYear,
        Self::Sex,
        Self::Url,
    ];

    /// The token as `autocomplete` has it; `none` and `search` for the two that it has not.
    #[must_use]
    pub fn token(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Search => "search",
            Self::Username => "username",
            Self::Email => "email",
            Self::Tel => "tel",
            Self::CurrentPassword => "current-password",
            Self::NewPassword => "new-password",
            Self::OneTimeCode => "one-time-code",
            Self::CcNumber => "cc-number",
            Self::CcName => "cc-name",
            Self::CcGivenName => "cc-given-name",
            Self::CcFamilyName => "cc-family-name",
            Self::CcExp => "cc-exp",
            Self::CcExpMonth => "cc-exp-month",
            Self::CcExpYear => "cc-exp-year",
            Self::CcCsc => "cc-csc",
            Self::CcType => "cc-type",
            Self::Name => "name",
            Self::HonorificPrefix => "honorific-prefix",
            Self::GivenName => "given-name",
            Self::AdditionalName => "additional-name",
            Self::FamilyName => "family-name",
            Self::Organization => "organization",
            Self::StreetAddress => "street-address",
            Self::AddressLine1 => "address-line1",
            Self::AddressLine2 => "address-line2",
            Self::AddressLine3 => "address-line3",
            Self::AddressLevel1 => "address-level1",
            Self::AddressLevel2 => "address-level2",
            Self::PostalCode => "postal-code",
            Self::Country => "country",
            Self::TelCountryCode => "tel-country-code",
            Self::TelAreaCode => "tel-area-code",
            Self::TelNational => "tel-national",
            Self::Bday => "bday",
            Self::BdayDay => "bday-day",
            Self::BdayMonth => "bday-month",
            Self::BdayYear => "bday-year",
            Self::Sex => "sex",
            Self::Url => "url",
        }
    }

    /// The type that an `autocomplete` token names. Tokens whose difference means nothing to filling map to one type (`nickname` to `username`,
    /// `country-name` to `country`, `tel-local` to `tel-national`).
    #[must_use]
    pub fn from_token(token: &str) -> Option<Self> {
        match token {
            "nickname" => Some(Self::Username),
            "country-name" => Some(Self::Country),
            "tel-local" => Some(Self::TelNational),
            "cc-additional-name" => None,
            "none" | "search" => None,
            _ => Self::ALL.into_iter().find(|field_type| field_type.token() == token),
        }
    }

    /// Whether this is the name under which a user logs in.
    #[must_use]
    pub fn is_login_id(self) -> bool {
        matches!(self, Self::Username | Self::Email)
    }

    /// Whether this is a password, old or new.
    #[must_use]
    pub fn is_password(self) -> bool {
        matches!(self, Self::CurrentPassword | Self::NewPassword)
    }

    /// Whether this belongs to a payment card.
    #[must_use]
    pub fn is_card(self) -> bool {
        (Self::CcNumber..=Self::CcType).contains(&self)
    }

    /// Whether this is part of a person's identity: name, address, telephone, birthday.
    #[must_use]
    pub fn is_identity(self) -> bool {
        matches!(self, Self::Email | Self::Tel) || self >= Self::Name
    }
}

// By hand: what serde derives for forty names is many times as large, in each module and for each format.
impl Serialize for FieldType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.token())
    }
}

impl<'de> Deserialize<'de> for FieldType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let token = Cow::<str>::deserialize(deserializer)?;
        let found = Self::ALL.into_iter().find(|field_type| field_type.token() == token);
        found.ok_or_else(|| D::Error::custom("no type of field"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_and_serde_agree() {
        for field_type in FieldType::ALL {
            let json = serde_json::to_string(&field_type).unwrap();
            assert_eq!(json, format!("\"{}\"", field_type.token()));
            assert_eq!(serde_json::from_str::<FieldType>(&json).unwrap(), field_type);
            if !matches!(field_type, FieldType::None | FieldType::Search) {
                assert_eq!(FieldType::from_token(field_type.token()), Some(field_type));
            }
        }
    }

    #[test]
    fn groups_do_not_overlap() {
        for field_type in FieldType::ALL {
            let groups = [field_type.is_password(), field_type.is_card(), field_type.is_identity()];
            assert!(groups.iter().filter(|member| **member).count() <= 1, "{field_type:?}");
        }
    }
}
