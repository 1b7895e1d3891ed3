//! An identity item as the form engine takes it.

use crate::item::Identity;

/// What an identity item says, ready to be filled in; with what its country is called, in the page's language first: the browser knows (`Intl.DisplayNames`).
#[must_use]
pub fn to_fill(identity: &Identity, country_names: Vec<String>) -> countersign_forms::Identity {
    countersign_forms::Identity {
        honorific_prefix: identity.honorific_prefix.clone(),
        given_name: identity.given_name.clone(),
        additional_name: identity.additional_name.clone(),
        family_name: identity.family_name.clone(),
        organization: identity.organization.clone(),
        street_address: identity.street_address.clone(),
        address_level2: identity.address_level2.clone(),
        address_level1: identity.address_level1.clone(),
        postal_code: identity.postal_code.clone(),
        country: identity.country.clone(),
        country_names,
        tel: identity.tel.clone(),
        email: identity.email.clone(),
        bday: identity.bday.clone(),
    }
}
