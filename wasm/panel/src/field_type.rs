//! What fields can be, in words.

use crate::message::Msg;
use countersign_wire::correction::FieldType;

/// What a field can be said to be, in the order of the list.
pub const TYPES: [(FieldType, Msg); 26] = [
    (FieldType::Username, Msg("field_username")),
    (FieldType::Email, Msg("field_email")),
    (FieldType::Tel, Msg("field_tel")),
    (FieldType::CurrentPassword, Msg("field_current_password")),
    (FieldType::NewPassword, Msg("field_new_password")),
    (FieldType::OneTimeCode, Msg("field_one_time_code")),
    (FieldType::CcNumber, Msg("field_cc_number")),
    (FieldType::CcName, Msg("field_cc_name")),
    (FieldType::CcExp, Msg("field_cc_exp")),
    (FieldType::CcExpMonth, Msg("field_cc_exp_month")),
    (FieldType::CcExpYear, Msg("field_cc_exp_year")),
    (FieldType::CcCsc, Msg("field_cc_csc")),
    (FieldType::CcType, Msg("field_cc_type")),
    (FieldType::Name, Msg("field_name")),
    (FieldType::GivenName, Msg("field_given_name")),
    (FieldType::FamilyName, Msg("field_family_name")),
    (FieldType::Organization, Msg("field_organization")),
    (FieldType::StreetAddress, Msg("field_street_address")),
    (FieldType::AddressLine1, Msg("field_address_line1")),
    (FieldType::AddressLine2, Msg("field_address_line2")),
    (FieldType::PostalCode, Msg("field_postal_code")),
    (FieldType::AddressLevel2, Msg("field_address_level2")),
    (FieldType::AddressLevel1, Msg("field_address_level1")),
    (FieldType::Country, Msg("field_country")),
    (FieldType::Search, Msg("field_search")),
    (FieldType::None, Msg("field_none")),
];

/// What a type is called; one that is not in the list is something else.
#[must_use]
pub fn name(field_type: FieldType) -> Msg {
    TYPES.iter().find(|(known, _)| *known == field_type).map_or(Msg("field_other"), |(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_in_the_list_is_something_else() {
        assert_eq!(name(FieldType::BdayYear), Msg("field_other"));
        assert_eq!(name(FieldType::CcNumber), Msg("field_cc_number"));
    }
}
