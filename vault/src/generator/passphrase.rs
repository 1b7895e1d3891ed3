//! The passphrases of a recipe, counted and numbered.
//!
//! No word of the list begins another, and what stands between words is no letter and no digit: so two numbers never give the same passphrase, not even without
//! separator.

use super::{Capitals, CharacterSet, PassphraseRecipe, RecipeError, SEPARATOR_LIMIT, WORDS};
use countersign_seal::secret::SecretBytes;
use crypto_bigint::{NonZero, U1024};
use zeroize::{Zeroize as _, Zeroizing};

/// The EFF's large list for passphrases, one word a line; `README.md` beside it says where it is from.
pub(super) const LIST: &str = include_str!("eff-large.txt");
/// The words of the list.
const LIST_LENGTH: usize = 7776;

/// All passphrases that meet a recipe.
#[derive(Debug)]
pub(super) struct Passphrases {
    recipe: PassphraseRecipe,
    list: Vec<&'static str>,
}

impl Passphrases {
    /// Checks a recipe.
    pub(super) fn new(recipe: &PassphraseRecipe) -> Result<Self, RecipeError> {
        let (least, most) = WORDS;
        if !(least..=most).contains(&recipe.words) {
            return Err(RecipeError::Words(recipe.words));
        }
        let special = CharacterSet::of(&recipe.separator).map(|set| set.without(CharacterSet::SPECIAL));
        if recipe.separator.len() > SEPARATOR_LIMIT || special != Some(CharacterSet::EMPTY) {
            return Err(RecipeError::Separator);
        }
        Ok(Self { recipe: recipe.clone(), list: LIST.lines().collect() })
    }

    /// How many there are.
    pub(super) fn count(&self) -> U1024 {
        self.choices().fold(U1024::ONE, |count, choice| count.wrapping_mul(&large(choice)))
    }

    /// Writes the passphrase of a number below [`Self::count`].
    pub(super) fn write(&self, mut number: Zeroizing<U1024>) -> SecretBytes {
        let mut chosen: Zeroizing<Vec<usize>> = Zeroizing::new(Vec::with_capacity(self.choices().count()));
        chosen.extend(self.choices().map(|choices| divide(&mut number, choices)));
        let mut places = chosen.iter().copied();
        let capitals = (self.recipe.capitals == Capitals::OneWord).then(|| places.next()).flatten();
        let number = self.recipe.number.then(|| Some((places.next()?, places.next()?))).flatten();
        // Enough for any: a buffer that grew would leave a copy behind.
        let mut text = Vec::with_capacity(usize::from(self.recipe.words).saturating_mul(16));
        for (place, word) in places.enumerate() {
            if place > 0 {
                text.extend(self.recipe.separator.bytes());
            }
            let from = text.len();
            text.extend(self.list.get(word).copied().unwrap_or_default().bytes());
            capitalise(&mut text, from, self.recipe.capitals, capitals == Some(place));
            text.extend(number.filter(|(at, _)| *at == place).and_then(|(_, digit)| digit_code(digit)));
        }
        SecretBytes::new(text)
    }

    /// How many choices there are of each thing to choose: the word in capitals, the word before the number and the number, the words.
    fn choices(&self) -> impl Iterator<Item = usize> {
        let words = usize::from(self.recipe.words);
        let capitals = (self.recipe.capitals == Capitals::OneWord).then_some(words);
        let number = self.recipe.number.then_some([words, 10]);
        let list = std::iter::repeat_n(LIST_LENGTH, words);
        capitals.into_iter().chain(number.into_iter().flatten()).chain(list)
    }
}

fn capitalise(text: &mut [u8], from: usize, capitals: Capitals, chosen: bool) {
    let letters = match capitals {
        Capitals::None => 0,
        Capitals::Initials => 1,
        Capitals::OneWord if chosen => usize::MAX,
        Capitals::OneWord => 0,
    };
    text.iter_mut().skip(from).take(letters).for_each(|letter| letter.make_ascii_uppercase());
}

fn digit_code(digit: usize) -> Option<u8> {
    b"0123456789".get(digit).copied()
}

/// Takes one choice out of a number.
fn divide(number: &mut U1024, choices: usize) -> usize {
    let divisor = NonZero::new(large(choices)).unwrap_or(NonZero::<U1024>::ONE);
    let (rest, mut choice) = number.div_rem_vartime(&divisor);
    *number = rest;
    let word = choice.to_le_bytes();
    choice.zeroize();
    let [low, high, ..] = *word.as_ref() else { return 0 };
    usize::from(u16::from_le_bytes([low, high]))
}

/// A number below 2¹⁶.
fn large(number: usize) -> U1024 {
    U1024::from_u16(u16::try_from(number).unwrap_or(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_the_effs() {
        let words: Vec<&str> = LIST.lines().collect();
        assert_eq!((words.len(), words.first(), words.last()), (LIST_LENGTH, Some(&"abacus"), Some(&"zoom")));
        // Sorted and distinct; and no word begins another: any that did would stand right before the next in order.
        assert!(words.windows(2).all(|pair| pair[0] < pair[1] && !pair[1].starts_with(pair[0])));
        assert!(words.iter().all(|word| (3..=9).contains(&word.len())));
        assert!(words.iter().all(|word| word.bytes().all(|code| code.is_ascii_lowercase() || code == b'-')));
        assert!(!LIST.contains('\r') && LIST.ends_with("zoom\n"));
    }
}
