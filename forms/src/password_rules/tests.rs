use super::*;
use crate::{FieldTexts, Form, RawSnapshot, classify};
use proptest::prelude::*;

fn field(id: u32, html_id: &str) -> Field {
    Field {
        id,
        input_type: "password".into(),
        html_id: html_id.into(),
        autocomplete: "new-password".into(),
        visible: true,
        form: Some(0),
        ..Field::default()
    }
}

fn described(description: &str) -> Field {
    Field { texts: FieldTexts { description: description.into(), ..FieldTexts::default() }, ..field(1, "new") }
}

fn snapshot(fields: Vec<Field>, text: &str) -> FormSnapshot {
    let form = Form { heading: "Create your account".into(), text: text.into(), ..Form::default() };
    FormSnapshot::parse(RawSnapshot { forms: vec![form], fields, ..RawSnapshot::default() }).unwrap()
}

fn rules(field: Field) -> PasswordRules {
    let id = field.field_id();
    PasswordRules::for_fields(&snapshot(vec![field], ""), &[id])
}

fn required(rules: &PasswordRules) -> Vec<Characters> {
    rules.required.iter().map(|required| required.characters).collect()
}

fn refused(rules: &PasswordRules) -> Vec<(RuleSource, Rule)> {
    let refused = rules.evidence.iter().filter(|evidence| !evidence.taken);
    refused.map(|evidence| (evidence.source, evidence.rule)).collect()
}

#[test]
fn a_page_that_says_nothing_has_no_rules() {
    assert_eq!(rules(field(1, "new")), PasswordRules::default());
}

#[test]
fn a_bank_with_every_kind_of_rule() {
    let rules = rules(Field {
        password_rules: "required: upper; required: digit; allowed: lower, [-.]; max-consecutive: 2".into(),
        min_length: Some(8),
        max_length: Some(32),
        pattern: "\\S{10,}".into(),
        ..described("12–24 characters. Must not contain your customer number.")
    });
    assert_eq!((rules.min_length, rules.max_length, rules.max_consecutive), (Some(12), Some(24), Some(2)));
    assert_eq!(required(&rules), [Characters::UPPER, Characters::DIGITS]);
    assert_eq!(rules.allowed, Some(Characters::ALPHANUMERIC.or(Characters::of("-."))));
    assert_eq!((refused(&rules), rules.unknown_pattern), (vec![], false));
    let sources: Vec<RuleSource> = rules.evidence.iter().map(|evidence| evidence.source).collect();
    assert!(sources.is_sorted() && sources.first() == Some(&RuleSource::MaxLength));
}

#[test]
fn what_a_box_cannot_hold_is_never_made() {
    let rules = rules(Field {
        max_length: Some(10),
        password_rules: "minlength: 16; required: lower".into(),
        ..field(1, "new")
    });
    assert_eq!((rules.min_length, rules.max_length), (None, Some(10)));
    assert_eq!(refused(&rules), [(RuleSource::PasswordRules, Rule::MinLength(16))]);
}

#[test]
fn a_worse_source_narrows_and_never_contradicts() {
    let rules = rules(Field {
        password_rules: "required: special; minlength: 12".into(),
        pattern: "[A-Za-z0-9]{6,16}".into(),
        ..described("4–8 characters, no spaces")
    });
    assert_eq!((rules.min_length, rules.max_length), (Some(12), Some(16)));
    assert_eq!(rules.allowed, Some(Characters::SPECIAL.without(Characters::SPACE)));
    assert_eq!(
        refused(&rules),
        [(RuleSource::Pattern, Rule::Allowed(Characters::ALPHANUMERIC)), (RuleSource::Text, Rule::MaxLength(8)),]
    );
}

#[test]
fn a_pattern_that_is_not_understood_is_said() {
    for pattern in ["(?=.*[a-z]{3}).*", &format!("[a-z]{{{}}}", "0".repeat(limits::PATTERN - 8) + "8")] {
        let rules = rules(Field { pattern: pattern.into(), min_length: Some(8), ..field(1, "new") });
        assert_eq!((rules.unknown_pattern, rules.min_length), (true, Some(8)), "{pattern}");
        assert_eq!(rules.evidence.last().unwrap().rule, Rule::UnknownPattern);
    }
}

#[test]
fn what_may_have_been_cut_is_not_read() {
    let attribute = format!("required: upper; allowed: [{}]; maxlength: 12", "!".repeat(limits::PASSWORD_RULES - 43));
    assert_eq!(attribute.len(), limits::PASSWORD_RULES);
    let rules = |password_rules: &str, description: &str| {
        super::tests::rules(Field { password_rules: password_rules.into(), ..described(description) }).max_length
    };
    assert_eq!(rules(&attribute, ""), None);
    assert_eq!(rules(attribute.replacen('!', "", 1).as_str(), ""), Some(12));
    let text = format!("{} max 12", "x".repeat(limits::LABEL - 7));
    assert_eq!(text.len(), limits::LABEL);
    assert_eq!(rules("", &text), None);
    assert_eq!(rules("", text.replacen('x', "", 1).as_str()), Some(12));
}

#[test]
fn a_pin_is_digits_only() {
    let rules = rules(described("Choose a 6-digit PIN"));
    assert!(rules.is_digits_only());
    assert_eq!((rules.min_length, rules.max_length), (Some(6), Some(6)));
    assert!(!PasswordRules::default().is_digits_only());
}

#[test]
fn every_box_of_the_new_password_counts() {
    let first = Field { max_length: Some(40), ..field(1, "new") };
    let again = Field { max_length: Some(20), ..field(2, "confirm") };
    let snapshot = snapshot(vec![first, again], "");
    let classification = classify(&snapshot);
    let rules = PasswordRules::for_form(&snapshot, classification.forms.first().unwrap());
    assert_eq!(rules.max_length, Some(20));
    assert_eq!(PasswordRules::for_fields(&snapshot, &[FieldId(1)]).max_length, Some(40));
}

#[test]
fn a_list_below_the_field_counts_from_its_label_on() {
    let text = "Create your account User name max 12 characters New password At least 10 characters One number Max 40 characters";
    let labelled =
        Field { texts: FieldTexts { label: "New password".into(), ..FieldTexts::default() }, ..field(1, "new") };
    let rules = |field: Field| PasswordRules::for_fields(&snapshot(vec![field], text), &[FieldId(1)]);
    let found = rules(labelled);
    assert_eq!((found.min_length, found.max_length), (Some(10), Some(40)));
    assert_eq!(required(&found), [Characters::DIGITS]);
    assert_eq!(rules(field(1, "new")).max_length, None, "whose limit it is, is not known");
}

#[test]
fn rules_are_written_as_json() {
    let json = serde_json::to_value(rules(described("At least 8 characters, one number"))).unwrap();
    assert_eq!(json["minLength"], 8);
    assert_eq!(json["required"][0]["characters"], "0123456789");
    assert_eq!(json["evidence"][0]["rule"]["min-length"], 8);
}

proptest! {
    /// Whatever a page says, some password meets what is taken of it.
    #[test]
    fn rules_can_always_be_met(
        password_rules in "((required|allowed): (upper|digit|special|\\[[!-~]{1,4}\\]); |minlength: [0-9]{1,3}; |max-consecutive: [0-9]; ){0,4}",
        pattern in prop::sample::select(vec!["", "[0-9]{4}", "\\S{8,}", "(?=.*\\d)[a-z\\d]{6,12}", "(?!.*[a-z]).*", "[x]+"]),
        lengths in (prop::option::of(0_u32..30), prop::option::of(0_u32..30)),
        text in "((no|only|at least|max|[0-9]{1,2}|digits|characters|spaces|letters|symbols|and|[!-~]{2,4}|,|\\.) ){0,12}",
    ) {
        let rules = rules(Field {
            password_rules: password_rules.chars().take(limits::PASSWORD_RULES).collect(),
            pattern: pattern.into(),
            min_length: lengths.0,
            max_length: lengths.1,
            ..described(&text.chars().take(limits::LABEL).collect::<String>())
        });
        let allowed = rules.allowed.unwrap_or(Characters::PRINTABLE);
        prop_assert!(!allowed.is_empty());
        prop_assert!(rules.required.iter().all(|required| !required.characters.and(allowed).is_empty()));
        prop_assert!(rules.min_length.unwrap_or(1) <= rules.max_length.unwrap_or(u32::MAX));
        let needed: u32 = rules.required.iter().map(|required| required.at_least).sum();
        prop_assert!(needed <= rules.max_length.unwrap_or(u32::MAX));
    }
}
