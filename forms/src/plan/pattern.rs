//! Whether a value matches an input's `pattern`, where the pattern says no more than authors of forms usually write.
//!
//! All places of the value that a part of the pattern can begin at are kept at once, as the bits of a number: so nothing is ever tried twice, and a pattern made
//! to be slow runs out of steps instead.

/// How many steps a pattern may take.
const STEPS: u32 = 20_000;
/// How deep groups may nest.
const DEPTH: u32 = 12;

/// Places in the value: bit `n` stands for the place before its character `n`.
type Places = u64;

/// Whether the whole value matches; none if the pattern is not understood (back references, Unicode properties, word boundaries), or the value is longer than 63
/// characters.
pub(super) fn matches(pattern: &str, value: &str) -> Option<bool> {
    let text: Vec<char> = value.chars().collect();
    if text.len() > 63 {
        return None;
    }
    let mut matcher = Matcher { rest: pattern, text: &text, steps: STEPS, depth: 0 };
    let reached = matcher.either(1)?;
    matcher.rest.is_empty().then_some(reached & (1 << text.len()) != 0)
}

struct Matcher<'a> {
    /// What of the pattern is still to be read.
    rest: &'a str,
    text: &'a [char],
    steps: u32,
    depth: u32,
}

/// What one character may be.
#[derive(Default)]
struct Class {
    ranges: Vec<(char, char)>,
    negated: bool,
}

impl Class {
    fn has(&self, letter: char) -> bool {
        self.ranges.iter().any(|(from, to)| (*from..=*to).contains(&letter)) != self.negated
    }

    fn one(letter: char) -> Self {
        Self { ranges: vec![(letter, letter)], negated: false }
    }

    /// `\d`, `\W` and the like.
    fn escaped(letter: char) -> Option<Self> {
        let ranges: &[(char, char)] = match letter.to_ascii_lowercase() {
            'd' => &[('0', '9')],
            'w' => &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')],
            's' => &[('\t', '\r'), (' ', ' '), ('\u{a0}', '\u{a0}')],
            _ => return (!letter.is_alphanumeric()).then(|| Self::one(letter)),
        };
        Some(Self { ranges: ranges.to_vec(), negated: letter.is_ascii_uppercase() })
    }
}

impl<'a> Matcher<'a> {
    fn eat(&mut self, text: &str) -> bool {
        let after = self.rest.strip_prefix(text);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }

    fn next(&mut self) -> Option<char> {
        let mut letters = self.rest.chars();
        let next = letters.next()?;
        self.rest = letters.as_str();
        Some(next)
    }

    /// `one|other`.
    fn either(&mut self, from: Places) -> Option<Places> {
        let mut reached = self.sequence(from)?;
        while self.eat("|") {
            reached |= self.sequence(from)?;
        }
        Some(reached)
    }

    fn sequence(&mut self, from: Places) -> Option<Places> {
        let mut at = from;
        while !self.rest.is_empty() && !self.rest.starts_with(['|', ')']) {
            at = self.repeated(at)?;
        }
        Some(at)
    }

    /// An atom and how often it stands.
    fn repeated(&mut self, from: Places) -> Option<Places> {
        let atom = self.rest;
        let once = self.atom(from)?;
        let Some((least, most)) = self.quantifier()? else { return Some(once) };
        let after = self.rest;
        let mut reached = if least == 0 { from } else { 0 };
        let mut at = from;
        for count in 1..=most {
            if at == 0 {
                break;
            }
            self.rest = atom;
            at = self.atom(at)?;
            if count >= least {
                // Places that were reached before lead nowhere new.
                at &= !reached;
                reached |= at;
            }
        }
        self.rest = after;
        Some(reached)
    }

    fn quantifier(&mut self) -> Option<Option<(u32, u32)>> {
        let found = match self.rest.chars().next() {
            Some('*') => (0, u32::MAX),
            Some('+') => (1, u32::MAX),
            Some('?') => (0, 1),
            Some('{') => {
                let (inside, after) = self.rest.get(1..)?.split_once('}')?;
                self.rest = after;
                let (least, most) = match inside.split_once(',') {
                    None => (inside, inside),
                    Some(bounds) => bounds,
                };
                let most = if most.is_empty() { u32::MAX } else { most.parse().ok()? };
                self.eat("?");
                return Some(Some((least.parse().ok()?, most)));
            }
            _ => return Some(None),
        };
        self.next();
        self.eat("?");
        Some(Some(found))
    }

    fn atom(&mut self, from: Places) -> Option<Places> {
        self.steps = self.steps.checked_sub(1)?;
        match self.next()? {
            '(' => self.group(from),
            '[' => {
                let class = self.class()?;
                Some(self.step(from, &class))
            }
            '.' => Some(self.step(from, &Class { ranges: vec![], negated: true })),
            '^' => Some(from & 1),
            '$' => Some(from & (1 << self.text.len())),
            '\\' => {
                let class = Class::escaped(self.next()?)?;
                Some(self.step(from, &class))
            }
            '*' | '+' | '?' | '{' | '}' | ')' | ']' => None,
            letter => Some(self.step(from, &Class::one(letter))),
        }
    }

    fn step(&self, from: Places, class: &Class) -> Places {
        let steps =
            self.text.iter().enumerate().filter(|(place, letter)| from & (1 << place) != 0 && class.has(**letter));
        steps.fold(0, |reached, (place, _)| reached | (1 << (place + 1)))
    }

    fn group(&mut self, from: Places) -> Option<Places> {
        self.depth = self.depth.checked_add(1).filter(|depth| *depth <= DEPTH)?;
        let reached = if self.eat("?=") {
            self.ahead(from, true)?
        } else if self.eat("?!") {
            self.ahead(from, false)?
        } else {
            if !self.eat("?:") && self.rest.starts_with('?') {
                return None;
            }
            self.either(from)?
        };
        self.depth -= 1;
        self.eat(")").then_some(reached)
    }

    /// The places at which what stands here matches, or does not.
    fn ahead(&mut self, from: Places, wanted: bool) -> Option<Places> {
        let (inside, mut kept) = (self.rest, 0);
        for place in 0..=self.text.len() {
            self.rest = inside;
            if (self.either(1 << place)? != 0) == wanted {
                kept |= from & (1 << place);
            }
        }
        Some(kept)
    }

    /// The rest of `[…]`.
    fn class(&mut self) -> Option<Class> {
        let mut class = Class { negated: self.eat("^"), ranges: vec![] };
        loop {
            let first = match self.next()? {
                ']' => return Some(class),
                // Classes in classes are rare, and mean something else to older browsers.
                '[' => return None,
                '\\' => {
                    let escaped = self.next()?;
                    if !escaped.is_alphanumeric() {
                        escaped
                    } else {
                        let inner = Class::escaped(escaped).filter(|inner| !inner.negated)?;
                        class.ranges.extend(inner.ranges);
                        continue;
                    }
                }
                letter => letter,
            };
            let is_range = self.rest.starts_with('-') && !self.rest.starts_with("-]");
            let last = if is_range { self.range_end()? } else { first };
            class.ranges.push((first, last));
        }
    }

    fn range_end(&mut self) -> Option<char> {
        self.next();
        match self.next()? {
            '\\' => self.next().filter(|letter| !letter.is_alphanumeric()),
            letter => Some(letter),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_of_forms() {
        for (pattern, good, bad) in [
            (r"\d{2}/\d{2}", "05/31", "0531"),
            (r"(0[1-9]|1[0-2])\/?([0-9]{4}|[0-9]{2})", "0531", "13/31"),
            (r"(0[1-9]|1[0-2])\s?\/\s?(\d{4}|\d{2})", "05 / 2031", "5/31"),
            (r"^(?:0?[1-9]|1[012])-20\d\d$", "5-2031", "05-1931"),
            (r"[0-9\s]{13,19}", "4111 1111 1111 1111", "4111-1111-1111-1111"),
            (r"(?=.*\d)(?!.* )[\w.+\-]{3,8}", "ab.1", "ab c1"),
            (r"\d{4}( \d{4}){3}", "4111 1111 1111 1111", "4111111111111111"),
            (r"\+?[\d\-() ]+", "+49 (30) 12-34", "49.30"),
            (r"[^0-9]*", "abc", "a1"),
            (r"a*?b", "aaab", "aaa"),
            (r"(a|ab)(c|bcd)d*", "abcd", "abd"),
        ] {
            assert_eq!(matches(pattern, good), Some(true), "{pattern} {good}");
            assert_eq!(matches(pattern, bad), Some(false), "{pattern} {bad}");
        }
    }

    #[test]
    fn what_is_not_understood_says_nothing() {
        for pattern in [r"(\d)\1", r"\p{L}+", r"\bx", "(", "a)", "[a", "*", "(?<year>x)", r"[[a-z]--[b]]", "a{x}"] {
            assert_eq!(matches(pattern, "a"), None, "{pattern}");
        }
        assert_eq!(matches(".*", &"x".repeat(64)), None);
        let deep = format!("{}a{}", "(".repeat(20), ")".repeat(20));
        assert_eq!(matches(&deep, "a"), None);
    }

    #[test]
    fn what_is_made_to_be_slow_stops() {
        let slow = "((((((a*)*)*)*)*)*)*b";
        let started = std::time::Instant::now();
        let _ = matches(slow, &"a".repeat(63));
        let _ = matches("(((((x{0,9}){0,9}){0,9}){0,9}){0,9}){9}", &"x".repeat(63));
        assert!(started.elapsed().as_secs() < 5, "a bound, not a measurement");
    }
}
