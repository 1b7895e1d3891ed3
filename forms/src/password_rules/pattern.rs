//! The part of regular expressions in which authors write `pattern`s for passwords: lookaheads, then one class with a length.
//!
//! `(?=.*[a-z])(?=.*\d)(?!.*\s)[A-Za-z\d@$!%*?&]{8,20}`. A browser takes a pattern for the whole value. A pattern that says anything else is not
//! understood at all: half of one would be a guess.

use super::{Characters, Rule};

/// The rules that a pattern states; none if it is not understood.
pub(super) fn read(pattern: &str) -> Option<Vec<Rule>> {
    let mut cursor = Cursor { rest: pattern };
    cursor.eat("^");
    let mut rules = vec![];
    loop {
        if cursor.eat("(?=") {
            rules.extend(ahead(&mut cursor)?);
        } else if cursor.eat("(?!.*") {
            let class = cursor.class()?;
            rules.push(Rule::Forbidden(class));
            cursor.eat("+");
            cursor.expect(")")?;
        } else {
            break;
        }
    }
    let body = cursor.atoms()?;
    cursor.eat("$");
    (cursor.rest.is_empty()).then_some(())?;
    rules.extend(whole(&body)?);
    Some(rules)
}

/// A class and how often it stands.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Atom {
    class: Characters,
    least: u32,
    most: Option<u32>,
}

impl Atom {
    fn is_any_number(self) -> bool {
        self.least == 0 && self.most.is_none()
    }
}

/// What a value is that these atoms are all of: one class, and a length.
fn whole(atoms: &[Atom]) -> Option<Vec<Rule>> {
    let class = atoms.first()?.class;
    let same = atoms.iter().all(|atom| atom.class == class);
    let least = atoms.iter().fold(0_u32, |sum, atom| sum.saturating_add(atom.least));
    let most = atoms.iter().try_fold(0_u32, |sum, atom| Some(sum.saturating_add(atom.most?)));
    let allowed = (class != Characters::PRINTABLE).then_some(Rule::Allowed(class));
    let least = (least > 1).then_some(Rule::MinLength(least));
    let rules = least.into_iter().chain(most.map(Rule::MaxLength)).chain(allowed).collect();
    (same && !class.is_empty()).then_some(rules)
}

/// What stands in a lookahead, after its `(?=`.
fn ahead(cursor: &mut Cursor<'_>) -> Option<Vec<Rule>> {
    // `(?=(.*\d){2})`, and `(?:` for it.
    if cursor.eat("(") {
        cursor.eat("?:");
        let atoms = cursor.atoms()?;
        cursor.expect(")")?;
        let (times, _) = cursor.repeated()?;
        cursor.eat(".*");
        cursor.expect(")")?;
        let (characters, at_least) = holds(&atoms)?;
        return Some(vec![Rule::Required { characters, at_least: at_least.saturating_mul(times) }]);
    }
    let mut atoms = cursor.atoms()?;
    if cursor.eat("$") {
        cursor.expect(")")?;
        return whole(&atoms);
    }
    cursor.expect(")")?;
    if let [Atom { class: Characters::PRINTABLE, least, .. }] = *atoms.as_slice() {
        return Some(vec![Rule::MinLength(least)]);
    }
    if atoms.len() % 2 == 1 && atoms.last().is_some_and(|last| last.is_any_number()) {
        atoms.pop();
    }
    let (characters, at_least) = holds(&atoms)?;
    Some(vec![Rule::Required { characters, at_least }])
}

/// The class that a value holds which begins with these atoms, and how often: `.*\d`, `\D*\d`, `.*\d.*\d`.
fn holds(atoms: &[Atom]) -> Option<(Characters, u32)> {
    let class = atoms.get(1)?.class;
    let pairs = atoms.chunks(2).map(|pair| match pair {
        [skipped, found]
            if skipped.is_any_number()
                && skipped.class.or(class) == Characters::PRINTABLE
                && found.class == class
                && found.least == 1 =>
        {
            Some(1_u32)
        }
        _ => None,
    });
    let count = pairs.sum::<Option<u32>>()?;
    (!class.is_empty()).then_some((class, count))
}

struct Cursor<'a> {
    rest: &'a str,
}

impl Cursor<'_> {
    fn eat(&mut self, text: &str) -> bool {
        let after = self.rest.strip_prefix(text);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn expect(&mut self, text: &str) -> Option<()> {
        self.eat(text).then_some(())
    }

    fn next(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let next = characters.next()?;
        self.rest = characters.as_str();
        Some(next)
    }

    /// Classes with their numbers, up to what can be none: a bracket, the end.
    fn atoms(&mut self) -> Option<Vec<Atom>> {
        let mut atoms = vec![];
        while !self.rest.is_empty() && !self.rest.starts_with([')', '$']) {
            let class = self.class()?;
            let (least, most) = self.repeated()?;
            atoms.push(Atom { class, least, most });
        }
        Some(atoms)
    }

    fn class(&mut self) -> Option<Characters> {
        match self.next()? {
            '.' => Some(Characters::PRINTABLE),
            '[' => self.bracket(),
            '\\' => self.escaped(),
            '(' | ')' | '{' | '}' | ']' | '|' | '*' | '+' | '?' | '^' | '$' => None,
            other => Some(Characters::one(other)),
        }
    }

    fn bracket(&mut self) -> Option<Characters> {
        let negated = self.eat("^");
        let mut class = Characters::NONE;
        while !self.eat("]") {
            let first = match self.next()? {
                '\\' => {
                    let escaped = self.escaped()?;
                    class = class.or(escaped);
                    escaped.codes().next().filter(|_| escaped.len() == 1)
                }
                // A class in a class: the newer syntax, which is not read.
                '[' => return None,
                other => {
                    class = class.or(Characters::one(other));
                    u8::try_from(other).ok()
                }
            };
            class = class.or(self.range(first)?);
        }
        Some(if negated { Characters::PRINTABLE.without(class) } else { class })
    }

    /// The rest of a range, if one begins here. Characters beyond ASCII are left out.
    fn range(&mut self, first: Option<u8>) -> Option<Characters> {
        if !self.rest.starts_with('-') || self.rest.starts_with("-]") {
            return Some(Characters::NONE);
        }
        self.expect("-")?;
        let last = match self.next()? {
            '\\' => self.escaped().filter(|escaped| escaped.len() == 1)?.codes().next(),
            other => u8::try_from(other).ok(),
        };
        Some(first.zip(last).map_or(Characters::NONE, |(first, last)| Characters::range(first, last)))
    }

    fn escaped(&mut self) -> Option<Characters> {
        let word = Characters::ALPHANUMERIC.or(Characters::one('_'));
        Some(match self.next()? {
            'd' => Characters::DIGITS,
            'D' => Characters::PRINTABLE.without(Characters::DIGITS),
            'w' => word,
            'W' => Characters::PRINTABLE.without(word),
            's' => Characters::SPACE,
            'S' => Characters::PRINTABLE.without(Characters::SPACE),
            other if other.is_ascii_alphanumeric() => return None,
            other => Characters::one(other),
        })
    }

    /// `{8,20}`, `+` and the like; once if nothing is said.
    fn repeated(&mut self) -> Option<(u32, Option<u32>)> {
        let repeated = if self.eat("{") {
            let (inside, after) = self.rest.split_once('}')?;
            self.rest = after;
            let number = |text: &str| text.trim().parse::<u32>().ok();
            match inside.split_once(',') {
                None => (number(inside)?, Some(number(inside)?)),
                Some((least, "")) => (number(least)?, None),
                Some((least, most)) => (number(least)?, Some(number(most)?)),
            }
        } else if self.eat("+") {
            (1, None)
        } else if self.eat("*") {
            (0, None)
        } else if self.eat("?") {
            return Some((0, Some(1)));
        } else {
            return Some((1, Some(1)));
        };
        // As few as can be: the same values.
        self.eat("?");
        Some(repeated)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Characters as Set;
    use proptest::prelude::*;

    const fn required(characters: Set, at_least: u32) -> Rule {
        Rule::Required { characters, at_least }
    }

    #[test]
    fn the_common_patterns_are_understood() {
        let cases: [(&str, Vec<Rule>); 14] = [
            (".{8,}", vec![Rule::MinLength(8)]),
            (".{8,64}", vec![Rule::MinLength(8), Rule::MaxLength(64)]),
            ("\\S+", vec![Rule::Allowed(Set::PRINTABLE.without(Set::SPACE))]),
            ("[0-9]{6}", vec![Rule::MinLength(6), Rule::MaxLength(6), Rule::Allowed(Set::DIGITS)]),
            ("\\d\\d\\d\\d", vec![Rule::MinLength(4), Rule::MaxLength(4), Rule::Allowed(Set::DIGITS)]),
            (
                "(?=.*\\d)(?=.*[a-z])(?=.*[A-Z]).{8,}",
                vec![required(Set::DIGITS, 1), required(Set::LOWER, 1), required(Set::UPPER, 1), Rule::MinLength(8)],
            ),
            (
                "^(?=.*[A-Za-z])(?=.*\\d)(?=.*[@$!%*?&])[A-Za-z\\d@$!%*?&]{8,20}$",
                vec![
                    required(Set::LETTERS, 1),
                    required(Set::DIGITS, 1),
                    required(Set::of("@$!%*?&"), 1),
                    Rule::MinLength(8),
                    Rule::MaxLength(20),
                    Rule::Allowed(Set::ALPHANUMERIC.or(Set::of("@$!%*?&"))),
                ],
            ),
            (
                "(?=.*?[A-Z])(?=.*?[^\\w\\s]).+",
                vec![required(Set::UPPER, 1), required(Set::SPECIAL.without(Set::of("_ ")), 1)],
            ),
            ("(?=(.*\\d){2}).*", vec![required(Set::DIGITS, 2)]),
            ("(?=(?:.*[A-Z]){2,}).*", vec![required(Set::UPPER, 2)]),
            ("(?=.*\\d.*\\d).*", vec![required(Set::DIGITS, 2)]),
            (
                "(?=\\D*\\d)(?=[^a-z]*[a-z]).{6,}",
                vec![required(Set::DIGITS, 1), required(Set::LOWER, 1), Rule::MinLength(6)],
            ),
            ("(?=.{10,}$)(?!.*\\s).*", vec![Rule::MinLength(10), Rule::Forbidden(Set::SPACE)]),
            ("[\\x2d\\-.A-Z]", vec![]),
        ];
        for (pattern, rules) in cases {
            let read = read(pattern);
            if pattern.contains("\\x") {
                assert_eq!(read, None, "an escape that is not read");
            } else {
                assert_eq!(read, Some(rules), "{pattern}");
            }
        }
    }

    #[test]
    fn all_of_a_pattern_is_understood_or_nothing() {
        for pattern in [
            "",
            "[A-Za-z][A-Za-z0-9]{7,}",
            "\\d{4}|\\d{6}",
            "(?=.*[a-z]{2}).*",
            "(?=.*\\d)",
            "(?!.*(.)\\1).*",
            "(?=[a-z]*\\d).*",
            "(\\d{4})",
            "[a-z",
            "[[a-z]&&[^q]]+",
            "\\p{L}+",
            "[é]{8,}",
            ".{8,20}$x",
            "a{2",
            "(?=.*\\d",
            "(?<=a).*",
        ] {
            assert_eq!(read(pattern), None, "{pattern}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(pattern in "\\PC{0,60}") {
            read(&pattern);
        }

        #[test]
        fn never_panics_on_what_is_nearly_right(pattern in "\\^?(\\(\\?[=!]|\\.\\*|\\\\[dDwWsS]|\\[\\^?|[a-z]-[A-Z0-9]|\\]|\\)|\\{[0-9]{0,12},?[0-9]{0,3}\\}?|[+*?$|-]){0,14}") {
            read(&pattern);
        }
    }
}
