//! Sets of printable ASCII characters.

use core::fmt;
use serde::{Serialize, Serializer};

/// A set of printable ASCII characters, space included. Serialized as the text of its characters in the order of their codes.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Characters(u128);

impl Characters {
    /// No character.
    pub const NONE: Self = Self(0);
    /// `A` to `Z`.
    pub const UPPER: Self = Self::range(b'A', b'Z');
    /// `a` to `z`.
    pub const LOWER: Self = Self::range(b'a', b'z');
    /// `A` to `Z` and `a` to `z`.
    pub const LETTERS: Self = Self::UPPER.or(Self::LOWER);
    /// `0` to `9`.
    pub const DIGITS: Self = Self::range(b'0', b'9');
    /// Letters and digits.
    pub const ALPHANUMERIC: Self = Self::LETTERS.or(Self::DIGITS);
    /// All that prints and is neither letter nor digit, space included.
    pub const SPECIAL: Self = Self::PRINTABLE.without(Self::ALPHANUMERIC);
    /// The space.
    pub const SPACE: Self = Self::range(b' ', b' ');
    /// All of ASCII that prints, space included.
    pub const PRINTABLE: Self = Self::range(b' ', b'~');

    /// Those characters of a text that print and are ASCII.
    #[must_use]
    pub fn of(text: &str) -> Self {
        text.chars().fold(Self::NONE, |set, character| set.or(Self::one(character)))
    }

    /// One character; none if it is not printable ASCII.
    #[must_use]
    pub fn one(character: char) -> Self {
        match u8::try_from(character) {
            Ok(code @ b' '..=b'~') => Self(1 << code),
            _ => Self::NONE,
        }
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
        (b' '..=b'~').filter(move |code| self.0 >> *code & 1 == 1)
    }

    /// What lies between two codes, both included.
    pub(super) const fn range(first: u8, last: u8) -> Self {
        if first < b' ' || last > b'~' || first > last { Self(0) } else { Self((1 << (last + 1)) - (1 << first)) }
    }
}

/// The text of its characters.
impl fmt::Display for Characters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.codes().try_for_each(|code| fmt::Write::write_char(f, code.into()))
    }
}

impl fmt::Debug for Characters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Characters({self})")
    }
}

impl Serialize for Characters {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
