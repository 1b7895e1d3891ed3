//! The editor's fields of an identity: what each is called, and what is wrong with it. Their names are the HTML standard's `autocomplete` tokens.

use countersign_panel::message::Msg;
use countersign_wire::item::Identity;
use leptos::prelude::*;

/// A value's field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PersonInput {
    pub(crate) token: &'static str,
    pub(crate) value: RwSignal<String>,
    pub(crate) error: RwSignal<Option<Msg>>,
}

/// What a value's field is called.
pub(crate) fn label(token: &str) -> Msg {
    match token {
        "honorific-prefix" => Msg("field_honorific_prefix"),
        "given-name" => Msg("field_given_name"),
        "additional-name" => Msg("field_additional_name"),
        "family-name" => Msg("field_family_name"),
        "organization" => Msg("field_organization"),
        "street-address" => Msg("field_street_address"),
        "address-level2" => Msg("field_address_level2"),
        "address-level1" => Msg("field_address_level1"),
        "postal-code" => Msg("field_postal_code"),
        "country" => Msg("field_country"),
        "tel" => Msg("field_tel"),
        "email" => Msg("field_email"),
        _ => Msg("field_bday"),
    }
}

/// What helps to fill it, where one would not know.
pub(crate) fn hint(token: &str) -> Option<Msg> {
    match token {
        "street-address" => Some(Msg("identity_street_hint")),
        "country" => Some(Msg("identity_country_hint")),
        "tel" => Some(Msg("identity_tel_hint")),
        "bday" => Some(Msg("identity_bday_hint")),
        _ => None,
    }
}

/// What the keyboard of a phone or tablet shows for it.
pub(crate) fn input_mode(token: &str) -> &'static str {
    match token {
        "tel" => "tel",
        "email" => "email",
        _ => "text",
    }
}

fn error(token: &str) -> Msg {
    match token {
        "street-address" => Msg("error_street_address"),
        "country" => Msg("error_country"),
        "tel" => Msg("error_tel"),
        "email" => Msg("error_email"),
        "bday" => Msg("error_bday"),
        _ => Msg("error_identity_value"),
    }
}

/// The fields of a person.
pub(crate) fn inputs(person: &Identity) -> Vec<PersonInput> {
    let input = |(token, value): (&'static str, &str)| PersonInput {
        token,
        value: RwSignal::new(value.to_owned()),
        error: RwSignal::new(None),
    };
    person.values().into_iter().map(input).collect()
}

/// Reads the fields. `None` if something is wrong: then it stands at its field; of what is missing altogether at the first.
pub(crate) fn read(inputs: &[PersonInput]) -> Option<Box<Identity>> {
    let mut person = Identity::default();
    for input in inputs {
        person.set(input.token, input.value.get_untracked().trim());
    }
    let (wrong, empty) = (person.wrong(), person.is_empty());
    for (at, input) in inputs.iter().enumerate() {
        let missing = (empty && at == 0).then_some(Msg("error_no_identity"));
        input.error.set(wrong.contains(&input.token).then(|| error(input.token)).or(missing));
    }
    (wrong.is_empty() && !empty).then(|| Box::new(person))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn typed(values: &[(&str, &str)]) -> Vec<PersonInput> {
        let inputs = inputs(&Identity::default());
        for (token, value) in values {
            inputs.iter().find(|input| input.token == *token).unwrap().value.set((*value).to_owned());
        }
        inputs
    }

    fn errors(inputs: &[PersonInput]) -> Vec<(&str, Msg)> {
        inputs.iter().filter_map(|input| Some((input.token, input.error.get_untracked()?))).collect()
    }

    #[test]
    fn every_value_has_words_of_its_own() {
        let owner = Owner::new();
        owner.set();
        let labels: HashSet<_> = inputs(&Identity::default()).iter().map(|input| label(input.token).0).collect();
        assert_eq!(labels.len(), 13);
    }

    #[test]
    fn what_is_wrong_stands_at_its_field() {
        let owner = Owner::new();
        owner.set();
        let inputs = typed(&[("given-name", " Jane "), ("country", "Germany"), ("bday", "soon")]);
        assert_eq!(read(&inputs), None);
        assert_eq!(errors(&inputs), [("country", Msg("error_country")), ("bday", Msg("error_bday"))]);
        for (token, right) in [("country", "de"), ("bday", "1992-02-29")] {
            inputs.iter().find(|input| input.token == token).unwrap().value.set(right.to_owned());
        }
        assert_eq!(read(&inputs).unwrap().given_name, "Jane");
        assert!(errors(&inputs).is_empty());
    }

    #[test]
    fn an_identity_says_something() {
        let owner = Owner::new();
        owner.set();
        let inputs = typed(&[]);
        assert_eq!(read(&inputs), None);
        assert_eq!(errors(&inputs), [("honorific-prefix", Msg("error_no_identity"))]);
    }
}
