//! Secret bytes: zeroized on drop, silent in `Debug`.

use crate::{Error, Result};
use core::fmt;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// 256 secret bits: a content key, a wrapping key, a session key.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Key256(#[serde(with = "serde_bytes")] [u8; 32]);

impl Key256 {
    /// Takes the bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Draws a fresh key.
    pub fn make() -> Result<Self> {
        random().map(Self)
    }

    /// The bytes, for a cipher. Do not copy them.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Key256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key256(…)")
    }
}

/// A secret byte string: a password, a TOTP seed, a private key's encoding.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretBytes(#[serde(with = "serde_bytes")] Vec<u8>);

impl SecretBytes {
    /// Takes the bytes.
    #[must_use]
    pub const fn new(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes. Do not copy them.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The bytes as UTF-8 text.
    pub fn expose_str(&self) -> Result<&str> {
        core::str::from_utf8(&self.0).map_err(|_| Error::Malformed("text"))
    }
}

impl From<String> for SecretBytes {
    fn from(text: String) -> Self {
        Self(text.into_bytes())
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretBytes(…)")
    }
}

/// `N` bytes from the platform's random generator.
pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| Error::Platform("random generator"))?;
    Ok(bytes)
}

/// The platform's generator for crates that draw for themselves. It is asked once first, so that a platform without one is an error here and no panic there.
pub(crate) fn rng() -> Result<getrandom::rand_core::UnwrapErr<getrandom::SysRng>> {
    random::<1>()?;
    Ok(getrandom::rand_core::UnwrapErr(getrandom::SysRng))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", Key256::new([0x5e; 32])), "Key256(…)");
        assert_eq!(format!("{:?}", SecretBytes::from(String::from("hunter2"))), "SecretBytes(…)");
    }

    #[test]
    fn draws_differ() {
        assert_ne!(random::<32>(), random::<32>());
    }
}
