//! Sets of printable ASCII characters: what a password may or must be made of.

use core::fmt;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A set of printable ASCII characters, space included. Serialized as the text of its characters in the order of their codes.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct CharacterSet(u128);

impl CharacterSet {
    /// No character.
    pub const EMPTY: Self = Self(0);
    /// `A` to `Z`.
    pub const UPPER: Self = Self::range(b'A', b'Z');
    /// `a` to `z`.
    pub const LOWER: Self = Self::range(b'a', b'z');
    /// `0` to `9`.
    pub const DIGITS: Self = Self::range(b'0', b'9');
    /// All that is printable and neither letter nor digit, space included.
    pub const SPECIAL: Self = Self::PRINTABLE.without(Self::UPPER.or(Self::LOWER).or(Self::DIGITS));
    /// The special characters that pages refuse least, and that no shell, URL or spreadsheet gives a meaning in the middle of a word.
    pub const PLAIN_SPECIAL: Self = Self::listed(b"!*+-.=?@_");
    /// All of ASCII that prints, space included.
    pub const PRINTABLE: Self = Self::range(b' ', b'~');
    /// Characters that are read as one another, in print or aloud.
    pub const LOOK_ALIKES: Self = Self::listed(b"0Oo1Il|");

    /// The characters of a text; none if one of them does not print or is not ASCII.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        let printable = text.bytes().all(|byte| Self::PRINTABLE.contains(byte));
        printable.then(|| Self::listed(text.as_bytes()))
    }

    /// What is in either.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is in this and not in the other.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Whether it has this character, given by its code.
    #[must_use]
    pub const fn contains(self, code: u8) -> bool {
        code < 0x80 && self.0 >> code & 1 == 1
    }

    /// How many characters it has.
    #[must_use]
    pub const fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// Whether it has none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The codes of its characters, in order.
    pub fn codes(self) -> impl Iterator<Item = u8> {
        (b' '..=b'~').filter(move |code| self.contains(*code))
    }

    const fn range(first: u8, last: u8) -> Self {
        Self((1 << (last + 1)) - (1 << first))
    }

    const fn listed(mut codes: &[u8]) -> Self {
        let mut set = 0;
        while let Some((code, rest)) = codes.split_first() {
            set |= 1 << *code;
            codes = rest;
        }
        Self(set)
    }
}

/// The text of its characters.
impl fmt::Display for CharacterSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.codes().try_for_each(|code| fmt::Write::write_char(f, code.into()))
    }
}

impl fmt::Debug for CharacterSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CharacterSet({self})")
    }
}

impl Serialize for CharacterSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for CharacterSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::of(&text).ok_or_else(|| D::Error::custom("a set of characters has printable ASCII only"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_named_sets_are_what_they_are_called() {
        for (set, len) in [
            (CharacterSet::UPPER, 26),
            (CharacterSet::LOWER, 26),
            (CharacterSet::DIGITS, 10),
            (CharacterSet::SPECIAL, 33),
            (CharacterSet::PRINTABLE, 95),
            (CharacterSet::PLAIN_SPECIAL, 9),
            (CharacterSet::LOOK_ALIKES, 7),
            (CharacterSet::EMPTY, 0),
        ] {
            assert_eq!((set.len(), set.codes().count()), (len, usize::try_from(len).unwrap()), "{set:?}");
        }
        assert!(CharacterSet::UPPER.codes().all(|code| code.is_ascii_uppercase()));
        assert!(CharacterSet::LOWER.codes().all(|code| code.is_ascii_lowercase()));
        assert!(CharacterSet::SPECIAL.codes().all(|code| code.is_ascii_punctuation() || code == b' '));
        assert_eq!(CharacterSet::PLAIN_SPECIAL.without(CharacterSet::SPECIAL), CharacterSet::EMPTY);
    }

    #[test]
    fn only_printable_ascii_makes_a_set() {
        assert_eq!(CharacterSet::of("cab").map(|set| set.codes().collect::<Vec<_>>()), Some(b"abc".to_vec()));
        assert_eq!(CharacterSet::of(""), Some(CharacterSet::EMPTY));
        for wrong in ["é", "a\n", "\u{7f}", "a\u{0}"] {
            assert_eq!(CharacterSet::of(wrong), None, "{wrong:?}");
        }
        assert!(!CharacterSet::PRINTABLE.contains(0xe9));
    }
}
