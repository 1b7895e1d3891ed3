//! A card's number in one box or in several, with the separators that the field wants; and codes, which are grouped in the same way.

use crate::Field;
use zeroize::Zeroizing;

/// The separator in which an example writes a long number: `1234 5678 9012 3456`, `XXXX-XXXX-XXXX-XXXX`, `•••• ••••`. `Some(None)` if it writes one without.
pub(super) fn separator(field: &Field, digits: usize) -> Option<Option<char>> {
    let texts = [&field.texts.placeholder, &field.texts.title, &field.texts.description];
    texts.into_iter().find_map(|text| separator_in(text, digits))
}

fn separator_in(text: &str, digits: usize) -> Option<Option<char>> {
    let is_digit =
        |letter: char| letter.is_ascii_digit() || matches!(letter, 'x' | 'X' | '•' | '*' | '#' | '_' | '●' | '·');
    let inside = text.trim_matches(|letter| !is_digit(letter));
    let mut separators = inside.chars().filter(|letter| !is_digit(*letter));
    let first = separators.next();
    let alike = separators.all(|other| Some(other) == first) && first.is_none_or(|first| !first.is_alphanumeric());
    (alike && inside.chars().filter(|letter| is_digit(*letter)).count() >= digits)
        .then(|| first.map(|first| if first.is_whitespace() { ' ' } else { first }))
}

/// How many digits stand together on a card with a number of that length and beginning.
pub(super) fn groups(number: &str) -> &'static [usize] {
    match number.len() {
        15 => &[4, 6, 5],
        14 => &[4, 6, 4],
        13 => &[4, 3, 3, 3],
        _ => &[4, 4, 4, 4, 3],
    }
}

/// One of its groups; the last takes the rest.
pub(super) fn group(number: &str, index: u32, last: bool) -> Option<&str> {
    let index = usize::try_from(index).ok()?;
    let lengths = groups(number);
    let start: usize = lengths.iter().take(index).sum();
    let rest = number.get(start..).filter(|rest| !rest.is_empty())?;
    let length = lengths.get(index).copied().unwrap_or(rest.len());
    if last { Some(rest) } else { rest.get(..length).or(Some(rest)) }
}

/// A card's number in one box: as asked for, else plain, with spaces, with hyphens.
pub(super) fn spellings(number: &str, asked: Option<char>) -> Vec<Zeroizing<String>> {
    separated(number, groups(number), asked)
}

/// A code in one box: as asked for, else plain; in two halves.
pub(super) fn code_spellings(code: &str, asked: Option<char>) -> Vec<Zeroizing<String>> {
    let half = code.chars().count().div_ceil(2);
    separated(code, &[half, half], asked)
}

fn separated(digits: &str, groups: &[usize], asked: Option<char>) -> Vec<Zeroizing<String>> {
    let ways = asked.map(Some).into_iter().chain([None, Some(' '), Some('-')]);
    ways.map(|separator| join(digits, groups, separator)).collect()
}

fn join(digits: &str, groups: &[usize], separator: Option<char>) -> Zeroizing<String> {
    let ends: Vec<usize> = groups
        .iter()
        .scan(0, |end, group| {
            *end += group;
            Some(*end)
        })
        .collect();
    let mut joined = Zeroizing::new(String::with_capacity(digits.len() + 4 * groups.len()));
    for (place, digit) in digits.chars().enumerate() {
        joined.extend(separator.filter(|_| ends.contains(&place)));
        joined.push(digit);
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_say_the_separator() {
        for (example, expected) in [
            ("1234 5678 9012 3456", Some(Some(' '))),
            ("0000-0000-0000-0000", Some(Some('-'))),
            ("XXXX XXXX XXXX XXXX", Some(Some(' '))),
            ("•••• •••• •••• ••••", Some(Some(' '))),
            ("e.g. 4111111111111111", Some(None)),
            ("1234\u{a0}5678\u{a0}9012\u{a0}3456", Some(Some(' '))),
            ("Card number", None),
            ("16 digits", None),
            ("1234 5678-9012 3456", None),
        ] {
            assert_eq!(separator_in(example, 12), expected, "{example}");
        }
    }

    #[test]
    fn numbers_are_grouped_as_on_the_card() {
        let spaced = |number| join(number, groups(number), Some(' ')).to_string();
        assert_eq!(spaced("4111111111111111"), "4111 1111 1111 1111");
        assert_eq!(spaced("378282246310005"), "3782 822463 10005");
        assert_eq!(spaced("30569309025904"), "3056 930902 5904");
        assert_eq!(spaced("6304000000000000000"), "6304 0000 0000 0000 000");
        assert_eq!(group("378282246310005", 1, false), Some("822463"));
        assert_eq!(group("378282246310005", 2, true), Some("10005"));
        assert_eq!(group("378282246310005", 3, true), None);
        assert_eq!(group("4111111111111111", 3, true), Some("1111"));
    }
}
