//! The `passwordrules` attribute, as Apple documents it ("Customizing Password AutoFill Rules") and WebKit proposed it to the WHATWG.
//!
//! `required: upper; required: lower, [-_]; allowed: ascii-printable; max-consecutive: 2; minlength: 12`. Values of one property, parted by commas, are
//! one class: any of its characters will do. A property that is not understood is skipped, and the others count.

use super::{Characters, Rule};

/// The rules that an attribute states. Without `allowed`, what is required is all that is allowed; without either, all of ASCII that prints.
pub(super) fn read(attribute: &str) -> Vec<Rule> {
    let mut rules = vec![];
    let mut allowed: Option<Characters> = None;
    let mut rest = attribute;
    while !rest.is_empty() {
        let (property, after) = split_property(rest);
        rest = after;
        let Some((name, value)) = property.split_once(':') else { continue };
        let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
        match name.as_str() {
            "required" => {
                let Some(class) = class(value) else { continue };
                allowed = Some(allowed.unwrap_or_default().or(class));
                rules.push(Rule::Required { characters: class, at_least: 1 });
            }
            "allowed" => {
                let Some(class) = class(value) else { continue };
                allowed = Some(allowed.unwrap_or_default().or(class));
            }
            _ => {
                if let Some(rule) = number(value).and_then(|number| limit(&name, number)) {
                    rules.push(rule);
                }
            }
        }
    }
    if let Some(allowed) = allowed.filter(|allowed| *allowed != Characters::PRINTABLE) {
        rules.push(Rule::Allowed(allowed));
    }
    rules
}

fn limit(name: &str, number: u32) -> Option<Rule> {
    match name {
        "minlength" => Some(Rule::MinLength(number)),
        "maxlength" => Some(Rule::MaxLength(number)),
        "max-consecutive" => Some(Rule::MaxConsecutive(number)),
        _ => None,
    }
}

/// Digits only; 0 says nothing.
fn number(value: &str) -> Option<u32> {
    let digits = value.bytes().all(|code| code.is_ascii_digit());
    value.parse().ok().filter(|number| digits && *number > 0)
}

/// A property, and what follows its semicolon. A class in brackets may hold one.
fn split_property(text: &str) -> (&str, &str) {
    let mut rest = text;
    loop {
        let Some(at) = rest.find([';', '[']) else { return (text, "") };
        let (_, from) = rest.split_at(at);
        if let Some(after) = from.strip_prefix(';') {
            return (text.get(..text.len().saturating_sub(from.len())).unwrap_or_default(), after);
        }
        // A bracket that is never closed ends with its property.
        let Some((_, after)) = bracket(from) else {
            let (property, after) = text.split_once(';').unwrap_or((text, ""));
            return (property, after);
        };
        rest = after;
    }
}

/// The characters in the brackets at the start of a text, and what follows them. `-` counts only as the first, `]` only as the last.
fn bracket(text: &str) -> Option<(Characters, &str)> {
    let (inside, after) = text.strip_prefix('[')?.split_once(']')?;
    let hyphen = if inside.starts_with('-') { Characters::NONE } else { Characters::one('-') };
    let class = Characters::of(inside).without(hyphen);
    match after.strip_prefix(']') {
        Some(after) => Some((class.or(Characters::one(']')), after)),
        None => Some((class, after)),
    }
}

/// Names and brackets, parted by commas. One that is wrong makes all of them so.
fn class(value: &str) -> Option<Characters> {
    let mut found = Characters::NONE;
    let mut rest = value;
    loop {
        let (class, after) = if rest.starts_with('[') {
            bracket(rest)?
        } else {
            let end = rest.find(|part: char| !part.is_ascii_alphabetic() && part != '-').unwrap_or(rest.len());
            let (name, after) = rest.split_at(end);
            (named(name)?, after)
        };
        found = found.or(class);
        let after = after.trim_start();
        if after.is_empty() {
            return Some(found).filter(|found| !found.is_empty());
        }
        rest = after.strip_prefix(',')?.trim_start();
    }
}

/// `unicode` allows more than ASCII; a password of ASCII meets it.
fn named(name: &str) -> Option<Characters> {
    Some(match name.to_ascii_lowercase().as_str() {
        "upper" => Characters::UPPER,
        "lower" => Characters::LOWER,
        "digit" => Characters::DIGITS,
        "special" => Characters::SPECIAL,
        "ascii-printable" | "unicode" => Characters::PRINTABLE,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn required(characters: Characters) -> Rule {
        Rule::Required { characters, at_least: 1 }
    }

    #[test]
    fn properties_are_read() {
        let (upper, lower, digit) = (Characters::UPPER, Characters::LOWER, Characters::DIGITS);
        for (attribute, rules) in [
            ("", vec![]),
            ("minlength: 20;", vec![Rule::MinLength(20)]),
            (
                "minlength: 20; required: lower; required: upper; required: digit; required: [-];",
                vec![
                    Rule::MinLength(20),
                    required(lower),
                    required(upper),
                    required(digit),
                    required(Characters::of("-")),
                    Rule::Allowed(Characters::ALPHANUMERIC.or(Characters::of("-"))),
                ],
            ),
            (
                "required: upper, lower; allowed: [;,]]; max-consecutive: 2; maxlength: 16",
                vec![
                    required(Characters::LETTERS),
                    Rule::MaxConsecutive(2),
                    Rule::MaxLength(16),
                    Rule::Allowed(Characters::LETTERS.or(Characters::of(";,]"))),
                ],
            ),
            ("REQUIRED: Upper; allowed: ascii-printable", vec![required(upper)]),
            ("allowed: unicode", vec![]),
            ("allowed: digit", vec![Rule::Allowed(digit)]),
            ("allowed: [a-z]", vec![Rule::Allowed(Characters::of("az"))]),
            ("allowed: [-a]", vec![Rule::Allowed(Characters::of("-a"))]),
        ] {
            assert_eq!(read(attribute), rules, "{attribute}");
        }
    }

    #[test]
    fn a_property_that_is_not_understood_is_skipped() {
        for attribute in [
            "allowed: [供应商责任进展]",
            "allowed: upper,,",
            "allowed: upper,;",
            "allowed: upper [a]",
            "dummy: upper",
            "max-consecutive: [ABC]",
            "max-consecutive: 1+1",
            "max-consecutive: +1",
            "max-consecutive: 0",
            "max-consecutive: 99999999999",
            "required: 1",
            "required: required: upper",
            "required",
            "required: [abc",
            ";;;: ;",
        ] {
            assert_eq!(read(attribute), [], "{attribute}");
            assert_eq!(read(&format!("{attribute}; minlength: 9")).last(), Some(&Rule::MinLength(9)), "{attribute}");
        }
    }

    /// A set as the attribute writes it.
    fn written(set: Characters) -> String {
        let text = set.without(Characters::of("-]")).to_string();
        let has = |character| !set.and(Characters::one(character)).is_empty();
        format!("[{}{text}{}]", if has('-') { "-" } else { "" }, if has(']') { "]" } else { "" })
    }

    proptest! {
        #[test]
        fn never_panics(attribute in "\\PC{0,80}") {
            read(&attribute);
        }

        #[test]
        fn never_panics_on_what_is_nearly_right(attribute in "((required|allowed|minlength|max-consecutive)[:; ]{1,2}(upper|digit|[0-9]|\\[|\\]|[,;-]|\\PC){0,6}){0,4}") {
            read(&attribute);
        }

        #[test]
        fn what_is_written_is_read(classes in prop::collection::vec("[ -~]{1,12}", 1..4), min in 1_u32..99, spread: bool) {
            let sets: Vec<Characters> = classes.iter().map(|class| Characters::of(class)).collect();
            let space = if spread { " " } else { "" };
            let attribute: String = sets.iter().map(|set| format!("{space}required:{space}{}{space};", written(*set))).collect();
            let mut rules: Vec<Rule> = sets.iter().map(|set| required(*set)).collect();
            rules.push(Rule::MinLength(min));
            let all = sets.into_iter().fold(Characters::NONE, Characters::or);
            rules.extend((all != Characters::PRINTABLE).then_some(Rule::Allowed(all)));
            prop_assert_eq!(read(&format!("{attribute}minlength:{space}{min}")), rules);
        }
    }
}
