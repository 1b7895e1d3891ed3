//! What a new secret is to be like, and why that can be impossible.

use super::CharacterSet;
use serde::{Deserialize, Serialize};

/// The most characters of a new password.
pub const LENGTH_LIMIT: u16 = 128;
/// The least and the most words of a passphrase: 38.8 bits and 258.5.
pub const WORDS: (u8, u8) = (3, 20);
/// The most characters between two words.
pub const SEPARATOR_LIMIT: usize = 4;
/// The least and the most digits of a PIN.
pub const PIN_DIGITS: (u8, u8) = (3, 16);

/// The most numbers in the table by which passwords are counted: 16 MiB. A recipe of a page or of a person has some thousands.
pub(super) const TABLE_LIMIT: usize = 1 << 17;

/// What a new secret is to be like.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Recipe {
    /// Random characters.
    Password(PasswordRecipe),
    /// Random words.
    Passphrase(PassphraseRecipe),
    /// Random digits.
    Pin(PinRecipe),
}

impl Default for Recipe {
    fn default() -> Self {
        Self::Password(PasswordRecipe::default())
    }
}

/// A password of random characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PasswordRecipe {
    /// How many characters, 1 to [`LENGTH_LIMIT`].
    pub length: u16,
    /// What it may be made of.
    pub allowed: CharacterSet,
    /// What must be in it. A set counts with those of its characters that are allowed.
    pub required: Vec<Requirement>,
    /// How often the same character may stand in a row; no limit if none.
    pub max_consecutive: Option<u16>,
    /// Whether to leave out [`CharacterSet::LOOK_ALIKES`].
    pub avoid_look_alikes: bool,
}

/// Characters that a password must have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Requirement {
    /// Any of these.
    pub characters: CharacterSet,
    /// How many of them at least.
    pub at_least: u16,
}

impl Requirement {
    /// At least one of these characters.
    #[must_use]
    pub const fn one_of(characters: CharacterSet) -> Self {
        Self { characters, at_least: 1 }
    }
}

impl Default for PasswordRecipe {
    /// 20 letters, digits and special characters that pages rarely refuse, each kind at least once: 122 bits.
    fn default() -> Self {
        use CharacterSet as Set;
        let required = [Set::LOWER, Set::UPPER, Set::DIGITS, Set::PLAIN_SPECIAL];
        Self {
            length: 20,
            allowed: required.into_iter().fold(Set::EMPTY, Set::or),
            required: required.map(Requirement::one_of).to_vec(),
            max_consecutive: None,
            avoid_look_alikes: false,
        }
    }
}

impl PasswordRecipe {
    /// Whether so much can be required at once that the passwords can still be counted; else there is [`RecipeError::TooManyRequired`].
    #[must_use]
    pub fn is_countable(&self) -> bool {
        let states = self.required.iter().map(|required| usize::from(required.at_least).saturating_add(1));
        let kinds = parts(self.allowed, &self.required).len();
        let rows = usize::from(self.length).saturating_add(1);
        states.chain([rows, kinds.saturating_add(1)]).fold(1, usize::saturating_mul) <= TABLE_LIMIT
    }
}

/// The allowed characters by the requirements that count them.
pub(super) fn parts(allowed: CharacterSet, required: &[Requirement]) -> Vec<CharacterSet> {
    let mut parts = vec![allowed];
    for requirement in required {
        let split = |part: CharacterSet| [part.and(requirement.characters), part.without(requirement.characters)];
        parts = parts.into_iter().flat_map(split).filter(|part| !part.is_empty()).collect();
    }
    parts
}

/// A passphrase of words from the EFF's large list (7,776 words, 12.9 bits each).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PassphraseRecipe {
    /// How many words, within [`WORDS`].
    pub words: u8,
    /// What stands between two words: at most [`SEPARATOR_LIMIT`] characters of [`CharacterSet::SPECIAL`].
    pub separator: String,
    /// What is written in capitals.
    pub capitals: Capitals,
    /// Whether a random digit follows a random word.
    pub number: bool,
}

impl Default for PassphraseRecipe {
    /// Six words with hyphens between them: 77.5 bits.
    fn default() -> Self {
        Self { words: 6, separator: "-".into(), capitals: Capitals::None, number: false }
    }
}

/// What of a passphrase is written in capitals.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Capitals {
    /// Nothing.
    #[default]
    None,
    /// The first letter of every word.
    Initials,
    /// All letters of one random word.
    OneWord,
}

/// A PIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PinRecipe {
    /// How many digits, within [`PIN_DIGITS`].
    pub digits: u8,
}

impl Default for PinRecipe {
    /// Six digits: 19.9 bits.
    fn default() -> Self {
        Self { digits: 6 }
    }
}

/// Why nothing can be made of a recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RecipeError {
    /// The length is not one that can be.
    #[error("a password has 1 to {LENGTH_LIMIT} characters, not {0}")]
    Length(u16),
    /// No character is allowed.
    #[error("no character is allowed: allow some")]
    NothingAllowed,
    /// None of the characters of a requirement is allowed.
    #[error("the password must have one of “{0}”, of which none is allowed: allow one, or do not require it")]
    RequiredNotAllowed(CharacterSet),
    /// The requirements ask for more characters than the password has.
    #[error("the password must have characters that {length} have no room for: make it longer, or require less")]
    NoRoom {
        /// How long it was to be.
        length: u16,
    },
    /// Nobody can write a character without it standing once in a row.
    #[error("a character stands at least once in a row: allow one or more")]
    NoneConsecutive,
    /// So few characters are allowed that they would have to repeat.
    #[error(
        "too few characters are allowed for passwords in which so few repeat: allow more of them, or more in a row"
    )]
    MustRepeat,
    /// There are too many requirements to count the passwords that meet them.
    #[error("too many characters are required at once: require fewer kinds, or fewer of each")]
    TooManyRequired,
    /// The number of words is not one that can be.
    #[error("a passphrase has {least} to {most} words, not {0}", least = WORDS.0, most = WORDS.1)]
    Words(u8),
    /// What is to stand between words is too long, or could be part of a word or a number.
    #[error("between words stand at most {SEPARATOR_LIMIT} characters that are neither letters nor digits")]
    Separator,
    /// The number of digits is not one that can be.
    #[error("a PIN has {least} to {most} digits, not {0}", least = PIN_DIGITS.0, most = PIN_DIGITS.1)]
    Digits(u8),
}
