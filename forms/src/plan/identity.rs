//! What a form may ask about a person, of what an identity item says.

#[cfg(test)]
mod tests;

use super::format::Format;
use super::telephone::Telephone;
use super::{FillPlan, FillStep, Misfit, Written, names};
use crate::FieldType;
use zeroize::Zeroizing;

/// A person's name, address and ways to be reached. What is empty is not known. It is no secret, but shows in no `Debug`.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Identity {
    /// Title before the name.
    pub honorific_prefix: String,
    /// First name.
    pub given_name: String,
    /// Middle names.
    pub additional_name: String,
    /// Last name.
    pub family_name: String,
    /// Company.
    pub organization: String,
    /// Street and number, with a line feed between lines.
    pub street_address: String,
    /// City.
    pub address_level2: String,
    /// State or province.
    pub address_level1: String,
    /// Postal code.
    pub postal_code: String,
    /// Two letters (ISO 3166-1).
    pub country: String,
    /// What the country is called, in the page's language first: the browser knows (`Intl.DisplayNames`).
    pub country_names: Vec<String>,
    /// Telephone number: `+` and digits (ITU-T E.164); digits alone for one of the person's own country.
    pub tel: String,
    /// Email address.
    pub email: String,
    /// Birthday: `YYYY-MM-DD`.
    pub bday: String,
}

impl core::fmt::Debug for Identity {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Identity(…)")
    }
}

impl FillPlan {
    /// Leaves out the steps that this person has nothing for.
    #[must_use]
    pub fn for_identity(mut self, identity: &Identity) -> Self {
        let steps = core::mem::take(&mut self.steps);
        self.steps = steps.into_iter().filter(|step| self.write_identity(step, identity).is_ok()).collect();
        self
    }

    /// What is written into a field about a person.
    ///
    /// # Errors
    /// Why the field cannot take it.
    pub fn write_identity(&self, step: &FillStep, identity: &Identity) -> Result<Written, Misfit> {
        use FieldType as T;
        match step.field_type {
            T::Bday | T::BdayDay | T::BdayMonth | T::BdayYear => {
                if identity.bday.is_empty() {
                    Err(Misfit::Empty)
                } else {
                    self.write(step, &identity.bday)
                }
            }
            T::Country => {
                let named = identity.country_names.iter();
                let texts = if step.is_list() {
                    named.chain([&identity.country]).cloned().collect()
                } else {
                    // Where there is room for two letters only, those are meant.
                    named.filter(|name| step.takes.accepts(name)).take(1).chain([&identity.country]).cloned().collect()
                };
                place(step, texts)
            }
            T::Tel | T::TelNational | T::TelCountryCode | T::TelAreaCode => telephone(step, identity),
            T::PostalCode if matches!(step.format, Format::Slice { .. }) => {
                let tight = identity.postal_code.chars().filter(|letter| letter.is_alphanumeric()).collect();
                part(step, &[Zeroizing::new(tight)])
            }
            _ => place(step, self.texts(step, identity)),
        }
    }

    fn texts(&self, step: &FillStep, identity: &Identity) -> Vec<String> {
        use FieldType as T;
        let Identity { given_name, additional_name, family_name, .. } = identity;
        let one = |text: &String| vec![text.clone()];
        match step.field_type {
            T::Name => names::join(given_name, additional_name, family_name, &self.lang).into_iter().collect(),
            T::HonorificPrefix => one(&identity.honorific_prefix),
            T::GivenName => one(given_name),
            T::AdditionalName => {
                let initial: String = additional_name.chars().take(1).collect();
                vec![additional_name.clone(), initial]
            }
            T::FamilyName => one(family_name),
            T::Organization => one(&identity.organization),
            T::StreetAddress => {
                let in_one = identity.street_address.replace('\n', ", ");
                let keeps_lines = step.signature.tag == crate::FieldTag::Textarea;
                vec![if keeps_lines { identity.street_address.clone() } else { in_one }]
            }
            T::AddressLine1 | T::AddressLine2 | T::AddressLine3 => lines(step, &identity.street_address),
            T::AddressLevel2 => one(&identity.address_level2),
            T::AddressLevel1 => one(&identity.address_level1),
            T::PostalCode => postal_codes(&identity.postal_code),
            T::Email | T::Username => one(&identity.email),
            _ => Vec::new(),
        }
    }
}

fn telephone(step: &FillStep, identity: &Identity) -> Result<Written, Misfit> {
    if identity.tel.is_empty() {
        return Err(Misfit::Empty);
    }
    if matches!(step.format, Format::Slice { .. }) {
        let number = Telephone::parse(&identity.tel);
        let digits = identity.tel.chars().filter(char::is_ascii_digit).collect();
        return part(step, &number.map_or_else(|| vec![Zeroizing::new(digits)], |number| number.in_country()));
    }
    if !identity.tel.starts_with('+') && matches!(step.field_type, FieldType::Tel | FieldType::TelNational) {
        // A number of the person's own country goes in as it is.
        return place(step, vec![identity.tel.clone()]);
    }
    let number = Telephone::parse(&identity.tel).ok_or(Misfit::Malformed)?;
    let spellings = match (step.field_type, &step.format) {
        (FieldType::TelCountryCode, Format::Choose { .. }) => return dial_code(step, &number, identity),
        (FieldType::TelCountryCode, _) => number.country_codes(),
        (FieldType::TelAreaCode, _) => {
            let (area, _) = number.area_and_local().ok_or(Misfit::Unknown)?;
            vec![Zeroizing::new(area.to_owned())]
        }
        (_, Format::Telephone { beside_area: true, .. }) => {
            let (_, local) = number.area_and_local().ok_or(Misfit::Unknown)?;
            vec![Zeroizing::new(local.to_owned())]
        }
        (FieldType::Tel, Format::Telephone { example, beside_code: false, .. }) => number.spellings(example),
        (_, Format::Telephone { example, beside_code, .. }) => number.national_spellings(example, *beside_code),
        _ => number.spellings(""),
    };
    step.place(&[], spellings)
}

/// Part of a number, of which the boxes together have to take as many characters as it has: else nobody knows where it is parted.
fn part(step: &FillStep, spellings: &[Zeroizing<String>]) -> Result<Written, Misfit> {
    let Format::Slice { start, length, of: Some(of) } = step.format else { return Err(Misfit::Unknown) };
    let fits = |text: &&Zeroizing<String>| u32::try_from(text.chars().count()).is_ok_and(|count| count == of);
    let whole = spellings.iter().find(fits).ok_or(Misfit::Unknown)?;
    step.place(&[], vec![super::write::slice(whole, start, length, Some(of))?])
}

/// The option of the country's code; of several with the same code the one that names the person's country.
fn dial_code(step: &FillStep, number: &Telephone<'_>, identity: &Identity) -> Result<Written, Misfit> {
    let Format::Choose { choices } = &step.format else { return Err(Misfit::NoOption) };
    let code = number.country_codes().into_iter().find(|code| code.starts_with('+')).ok_or(Misfit::Malformed)?;
    let coded: Vec<u32> = choices.iter().filter(|choice| choice.meaning == *code).map(|choice| choice.option).collect();
    let names: Vec<&String> = identity.country_names.iter().chain([&identity.country]).collect();
    let own = choices.iter().find(|choice| coded.contains(&choice.option) && names.contains(&&choice.meaning));
    own.map(|choice| choice.option).or_else(|| coded.first().copied()).map(Written::Choice).ok_or(Misfit::NoOption)
}

fn place(step: &FillStep, texts: Vec<String>) -> Result<Written, Misfit> {
    let texts: Vec<Zeroizing<String>> = texts.into_iter().filter(|text| !text.is_empty()).map(Zeroizing::new).collect();
    if texts.is_empty() { Err(Misfit::Empty) } else { step.place(&texts.clone(), texts) }
}

fn lines(step: &FillStep, address: &str) -> Vec<String> {
    let Format::Lines { from, rest } = step.format else { return Vec::new() };
    let mut lines = address.lines().skip(usize::try_from(from).unwrap_or(usize::MAX));
    if rest {
        let rest: Vec<&str> = lines.collect();
        return vec![rest.join(", ")];
    }
    lines.next().map(str::to_owned).into_iter().collect()
}

/// As stored, without what stands between its groups, and without what follows a hyphen (ZIP+4).
fn postal_codes(code: &str) -> Vec<String> {
    let tight: String = code.chars().filter(|letter| letter.is_alphanumeric()).collect();
    let short = code.split_once('-').filter(|(zip, _)| zip.len() == 5).map(|(zip, _)| zip.to_owned());
    [code.to_owned(), tight].into_iter().chain(short).collect()
}
