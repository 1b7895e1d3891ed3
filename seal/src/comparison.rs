//! Telling whether two secrets are equal, within one process and for a while, without keeping them.
//!
//! A tag tells nothing without the key that it was made with. That key is random, never leaves the [`Comparer`], and is wiped with it: so tags are never stored.

use crate::{
    Result, context, kdf,
    secret::{Key256, SecretBytes},
};
use core::fmt;
use subtle::ConstantTimeEq as _;

/// Makes tags.
pub struct Comparer(Key256);

/// Stands for a secret: equal for equal ones of one [`Comparer`].
#[derive(Clone, Copy)]
pub struct Tag([u8; 32]);

impl Comparer {
    /// Draws a key.
    ///
    /// # Errors
    /// [`crate::Error::Platform`].
    pub fn make() -> Result<Self> {
        Key256::make().map(Self)
    }

    /// The tag of a secret: HMAC-SHA256.
    ///
    /// # Errors
    /// [`crate::Error::Platform`].
    pub fn tag(&self, secret: &SecretBytes) -> Result<Tag> {
        kdf::authenticate(&self.0, &[context::COMPARISON.as_bytes(), secret.expose()]).map(Tag)
    }
}

impl PartialEq for Tag {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Tag {}

impl fmt::Debug for Comparer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Comparer(…)")
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tag(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_secrets_have_equal_tags_of_one_key() {
        let (one, other) = (Comparer::make().unwrap(), Comparer::make().unwrap());
        let secret = |text: &str| SecretBytes::from(String::from(text));
        let tag = one.tag(&secret("hunter2")).unwrap();
        assert_eq!(tag, one.tag(&secret("hunter2")).unwrap());
        assert_ne!(tag, one.tag(&secret("hunter3")).unwrap());
        assert_ne!(tag, other.tag(&secret("hunter2")).unwrap());
        assert_eq!(format!("{tag:?} {one:?}"), "Tag(…) Comparer(…)");
    }
}
