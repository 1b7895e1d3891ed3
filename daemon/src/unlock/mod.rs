//! What opens the store: a PIN with the operating system's keystore, or a passphrase where there is none.
//!
//! The store key is drawn at random and wrapped under HKDF(keystore secret, Argon2id(PIN)) ([`seal::derive_pin_key`]). Without a keystore the passphrase
//! takes the PIN's place, and 32 zero bytes the keystore secret's: all the strength is the passphrase's then, which is why it must be longer. Which of the
//! two it is is chosen at set-up and recorded; a keystore that is missing later is an error, never a downgrade.
//!
//! Wrong tries are counted on disk before they are evaluated, and back off. That deters whoever sits at the keyboard; against a copied disk only the
//! keystore secret and Argon2id count.
//!
//! [`seal::derive_pin_key`]: countersign_seal::approver::derive_pin_key

mod keystore;
mod tries;

pub use keystore::Keystore;
pub(crate) use tries::Tries;

use crate::store::{Error, Result};
use countersign_seal::{
    approver::{PinParameters, WrappedSecret, derive_pin_key},
    context,
    secret::{Key256, SecretBytes},
};

/// The fewest characters of a PIN.
pub const PIN_MIN: usize = 6;
/// The fewest characters of a passphrase.
pub const PASSPHRASE_MIN: usize = 12;
/// The longest of either in bytes.
const LIMIT: usize = 1024;

/// What the user types to open the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opener {
    /// At least [`PIN_MIN`] characters, together with a secret in the keystore.
    Pin,
    /// At least [`PASSPHRASE_MIN`] characters; there was no keystore.
    Passphrase,
}

impl Opener {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Pin => "pin",
            Self::Passphrase => "passphrase",
        }
    }

    pub(crate) fn parse(text: &str) -> Result<Self> {
        match text {
            "pin" => Ok(Self::Pin),
            "passphrase" => Ok(Self::Passphrase),
            _ => Err(Error::Corrupt("opener")),
        }
    }

    /// Checks a new PIN or passphrase.
    ///
    /// # Errors
    /// [`Error::TooShort`], also for more than 1024 bytes and for what is no text.
    pub fn check(self, typed: &SecretBytes) -> Result<()> {
        let (what, min) = match self {
            Self::Pin => ("PIN", PIN_MIN),
            Self::Passphrase => ("passphrase", PASSPHRASE_MIN),
        };
        let characters = typed.expose_str().map_or(0, |text| text.chars().count());
        if characters < min || typed.expose().len() > LIMIT { Err(Error::TooShort { what, min }) } else { Ok(()) }
    }
}

/// The store key, wrapped: what lies in the file.
#[derive(Clone)]
pub(crate) struct Wrapped {
    pub(crate) parameters: PinParameters,
    pub(crate) store_key: WrappedSecret,
}

impl Wrapped {
    /// Wraps a store key. Takes a good part of a second.
    pub(crate) fn make(store_key: &Key256, keystore_secret: &Key256, typed: &SecretBytes) -> Result<Self> {
        let parameters = PinParameters::make_desktop()?;
        let key = derive_pin_key(keystore_secret, typed, &parameters, context::STORE_KEY)?;
        let secret = SecretBytes::new(store_key.expose().to_vec());
        Ok(Self { parameters, store_key: WrappedSecret::make(&key, &secret, INFO)? })
    }

    /// Undoes it. Takes a good part of a second.
    pub(crate) fn open(&self, keystore_secret: &Key256, typed: &SecretBytes) -> Result<Key256> {
        if typed.expose().len() > LIMIT {
            return Err(Error::WrongPin);
        }
        let key = derive_pin_key(keystore_secret, typed, &self.parameters, context::STORE_KEY)?;
        let secret = self.store_key.open(&key, INFO).map_err(|error| match error {
            countersign_seal::Error::CannotOpen => Error::WrongPin,
            other => Error::Seal(other),
        })?;
        secret.expose().try_into().map(Key256::new).map_err(|_| Error::Corrupt("store key"))
    }
}

/// What the wrapped store key is bound to.
const INFO: &[u8] = b"store-key";

/// What stands in for the keystore secret where there is no keystore.
pub(crate) const fn no_keystore_secret() -> Key256 {
    Key256::new([0; 32])
}
