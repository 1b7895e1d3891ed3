//! Counting the secrets of a recipe, and drawing one.

use super::{
    CharacterSet, PIN_DIGITS, PasswordRecipe, PinRecipe, Recipe, RecipeError, passphrase::Passphrases,
    password::Passwords,
};
use crate::Result;
use countersign_seal::secret::{SecretBytes, random};
use crypto_bigint::U1024;
use zeroize::Zeroizing;

/// How many bytes a draw takes: more bits than any recipe has secrets.
pub(super) const DRAW: usize = 128;
/// A draw is below *N* at least every second time. So many misses in a row say that the random generator is broken.
const MISSES: u32 = 256;

/// Makes the secrets of one recipe.
#[derive(Debug)]
pub struct Generator {
    secrets: Secrets,
}

/// All secrets of a recipe, in an order.
#[derive(Debug)]
enum Secrets {
    Passwords(Passwords),
    Passphrases(Passphrases),
}

impl Generator {
    /// Counts the secrets of a recipe.
    ///
    /// # Errors
    /// [`RecipeError`] where there are none, or too many to count.
    pub fn new(recipe: &Recipe) -> core::result::Result<Self, RecipeError> {
        let secrets = match recipe {
            Recipe::Password(recipe) => Secrets::Passwords(Passwords::new(recipe)?),
            Recipe::Passphrase(recipe) => Secrets::Passphrases(Passphrases::new(recipe)?),
            Recipe::Pin(recipe) => Secrets::Passwords(Passwords::new(&digits(*recipe)?)?),
        };
        Ok(Self { secrets })
    }

    /// Makes a secret.
    pub fn make(&self) -> Result<SecretBytes> {
        self.make_from(|| Ok(random()?))
    }

    /// As [`Self::make`], from a given source.
    pub(super) fn make_from(&self, source: impl FnMut() -> Result<[u8; DRAW]>) -> Result<SecretBytes> {
        let number = below(&self.count(), source)?;
        Ok(self.secret(number))
    }

    /// How unpredictable its secrets are, in bits: log₂ of how many there are, all equally likely.
    #[must_use]
    pub fn entropy_bits(&self) -> f64 {
        log2(&self.count())
    }

    /// How many secrets there are, at least 1.
    pub(super) fn count(&self) -> U1024 {
        match &self.secrets {
            Secrets::Passwords(passwords) => passwords.count(),
            Secrets::Passphrases(passphrases) => passphrases.count(),
        }
    }

    /// The secret of a number below [`Self::count`]; each number has its own.
    pub(super) fn secret(&self, number: Zeroizing<U1024>) -> SecretBytes {
        match &self.secrets {
            Secrets::Passwords(passwords) => passwords.write(number),
            Secrets::Passphrases(passphrases) => passphrases.write(number),
        }
    }
}

/// A PIN is a password of digits. Every one is as likely as any other: leaving out `000000` would only make the rest easier to guess.
fn digits(PinRecipe { digits }: PinRecipe) -> core::result::Result<PasswordRecipe, RecipeError> {
    let (least, most) = PIN_DIGITS;
    if !(least..=most).contains(&digits) {
        return Err(RecipeError::Digits(digits));
    }
    Ok(PasswordRecipe {
        length: digits.into(),
        allowed: CharacterSet::DIGITS,
        required: vec![],
        max_consecutive: None,
        avoid_look_alikes: false,
    })
}

/// A number below a limit, all equally likely.
fn below(limit: &U1024, mut source: impl FnMut() -> Result<[u8; DRAW]>) -> Result<Zeroizing<U1024>> {
    let spare = U1024::BITS.saturating_sub(limit.bits_vartime());
    for _ in 0..MISSES {
        let bytes = Zeroizing::new(source()?);
        let number = Zeroizing::new(U1024::from_le_slice(bytes.as_slice()).wrapping_shr_vartime(spare));
        if *number < *limit {
            return Ok(number);
        }
    }
    Err(countersign_seal::Error::Platform("random generator").into())
}

/// log₂ of a number that is not 0, from its 53 highest bits: right to 15 digits.
fn log2(number: &U1024) -> f64 {
    let low = number.bits_vartime().saturating_sub(53);
    let head = number.wrapping_shr_vartime(low);
    let words = head.to_le_bytes();
    let value = words.as_ref().iter().take(8).rev().fold(0.0, |value, byte| value * 256.0 + f64::from(*byte));
    f64::from(low) + f64::log2(value)
}
