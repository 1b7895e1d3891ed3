//! Public keys, and the traits for private-key operations.
//!
//! RSA 2048 bits, e = 65537 everywhere (RFC 8017): RSASSA-PSS with SHA-256, MGF1-SHA-256, 32 bytes of salt to sign; RSAES-OAEP with SHA-256, MGF1-SHA-256 and
//! no label to wrap keys. Separate pairs for the two.

use crate::{
    Error, Result,
    context::{self, Context},
    id::{ApproverId, DeviceId, Hash},
    kdf,
    secret::{Key256, rng},
};
use core::future::Future;
use rsa::{
    Oaep, RsaPublicKey,
    pkcs8::{DecodePublicKey, EncodePublicKey},
    pss,
    signature::Verifier,
    traits::PublicKeyParts,
};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// Bits of every modulus.
pub(crate) const BITS: usize = 2048;
/// Bytes of a signature and of a wrapped key.
pub const BLOCK: usize = BITS / 8;
/// Bytes of the salt of a signature.
pub(crate) const SALT: usize = 32;

/// An RSASSA-PSS signature: 256 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Signature(#[serde(with = "serde_bytes")] pub Vec<u8>);

/// A 256-bit key wrapped by RSAES-OAEP: 256 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WrappedKey(#[serde(with = "serde_bytes")] pub Vec<u8>);

/// The public half of a signing pair, as DER SubjectPublicKeyInfo (RFC 5280) with algorithm rsaEncryption; checked to be RSA 2048, e = 65537 when parsed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "serde_bytes::ByteBuf", into = "serde_bytes::ByteBuf")]
pub struct VerifyingKey(Vec<u8>);

/// The public half of a key-wrapping pair, as DER SubjectPublicKeyInfo with algorithm rsaEncryption; checked to be RSA 2048, e = 65537 when parsed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "serde_bytes::ByteBuf", into = "serde_bytes::ByteBuf")]
pub struct WrappingKey(Vec<u8>);

impl VerifyingKey {
    /// Parses and checks DER SubjectPublicKeyInfo.
    pub fn from_spki(der: &[u8]) -> Result<Self> {
        parse_spki(der).map(|_| Self(der.to_vec()))
    }

    /// The DER SubjectPublicKeyInfo.
    #[must_use]
    pub fn as_spki(&self) -> &[u8] {
        &self.0
    }

    /// Verifies `signature` over `context · 0x00 · message`; `what` names the thing for the error.
    pub fn verify(&self, context: Context, message: &[u8], signature: &Signature, what: &'static str) -> Result<()> {
        let bad = || Error::BadSignature(what);
        let signature = pss::Signature::try_from(signature.0.as_slice()).map_err(|_| bad())?;
        pss::VerifyingKey::<Sha256>::new_with_salt_len(parse_spki(&self.0)?, SALT)
            .verify(&context.message(message), &signature)
            .map_err(|_| bad())
    }
}

/// Parses DER SubjectPublicKeyInfo. Only the one encoding that we would write ourselves is taken, so that a key has one fingerprint.
pub(crate) fn parse_spki(der: &[u8]) -> Result<RsaPublicKey> {
    const MALFORMED: Error = Error::Malformed("public key");
    let key = RsaPublicKey::from_public_key_der(der).map_err(|_| MALFORMED)?;
    let is_ours = key.n_bytes().len() == BLOCK && *key.e_bytes() == *EXPONENT && leading_bit(&key.n_bytes());
    let encoded = key.to_public_key_der().map_err(|_| MALFORMED)?;
    if is_ours && encoded.as_bytes() == der { Ok(key) } else { Err(MALFORMED) }
}

/// 65537, big-endian.
const EXPONENT: &[u8] = &[1, 0, 1];

fn leading_bit(bytes: &[u8]) -> bool {
    bytes.first().is_some_and(|byte| *byte & 0x80 != 0)
}

impl WrappingKey {
    /// Parses and checks DER SubjectPublicKeyInfo.
    pub fn from_spki(der: &[u8]) -> Result<Self> {
        parse_spki(der).map(|_| Self(der.to_vec()))
    }

    /// The DER SubjectPublicKeyInfo.
    #[must_use]
    pub fn as_spki(&self) -> &[u8] {
        &self.0
    }

    /// Wraps a key (RSAES-OAEP, SHA-256).
    pub fn wrap(&self, key: &Key256) -> Result<WrappedKey> {
        parse_spki(&self.0)?
            .encrypt(&mut rng()?, Oaep::<Sha256>::new(), key.expose())
            .map(WrappedKey)
            .map_err(|_| Error::Platform("RSA-OAEP"))
    }

    /// This key's identifier when it is an approver key.
    #[must_use]
    pub fn approver_id(&self) -> ApproverId {
        ApproverId(Hash::of(&self.0).0)
    }
}

impl TryFrom<serde_bytes::ByteBuf> for VerifyingKey {
    type Error = crate::Error;

    fn try_from(der: serde_bytes::ByteBuf) -> Result<Self> {
        Self::from_spki(&der)
    }
}

impl From<VerifyingKey> for serde_bytes::ByteBuf {
    fn from(key: VerifyingKey) -> Self {
        Self::from(key.0)
    }
}

impl TryFrom<serde_bytes::ByteBuf> for WrappingKey {
    type Error = crate::Error;

    fn try_from(der: serde_bytes::ByteBuf) -> Result<Self> {
        Self::from_spki(&der)
    }
}

impl From<WrappingKey> for serde_bytes::ByteBuf {
    fn from(key: WrappingKey) -> Self {
        Self::from(key.0)
    }
}

/// A device's public keys. A browser only signs and has no wrapping key: nobody sends it envelopes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PublicKeys {
    /// Verifies what the device signs.
    pub verifying: VerifyingKey,
    /// Wraps content keys for the device.
    pub wrapping: Option<WrappingKey>,
}

impl PublicKeys {
    /// SHA-256 over the length-prefixed encodings of both keys, after the context string of device fingerprints.
    #[must_use]
    pub fn fingerprint(&self) -> DeviceId {
        let wrapping = self.wrapping.as_ref().map_or(&[][..], WrappingKey::as_spki);
        DeviceId(Hash::of(&kdf::join(&[context::DEVICE_FINGERPRINT.as_bytes(), self.verifying.as_spki(), wrapping])).0)
    }
}

/// Signs with a private key that this process may use but perhaps not see.
pub trait Sign {
    /// Signs `context · 0x00 · message`.
    fn sign(&self, context: Context, message: &[u8]) -> impl Future<Output = Result<Signature>>;
}

/// Unwraps keys with a private key that this process may use but perhaps not see.
///
/// Callers verify the sender's signature first: nothing a stranger sent reaches this (RUSTSEC-2023-0071).
pub trait Unwrap {
    /// Undoes [`WrappingKey::wrap`]. Every failure is [`crate::Error::CannotOpen`].
    fn unwrap_key(&self, wrapped: &WrappedKey) -> impl Future<Output = Result<Key256>>;
}

/// A device's private keys: both operations and the public half.
pub trait DeviceKeys: Sign + Unwrap {
    /// The public half.
    fn public(&self) -> &PublicKeys;
}

#[cfg(test)]
#[cfg(feature = "native")]
mod tests {
    use super::*;
    use crate::testing::*;

    #[test]
    fn foreign_signatures_of_any_length_are_bad_and_nothing_worse() {
        let key = &DESKTOP.public().verifying;
        for length in [0, 1, 255, 256, 257, 512, 4096] {
            for byte in [0, 1, 0x7f, 0xff] {
                let signature = Signature(vec![byte; length]);
                let verified = key.verify(Context::Log, b"message", &signature, "test");
                assert_eq!(verified, Err(Error::BadSignature("test")), "{length} of {byte}");
            }
        }
    }

    #[test]
    fn a_modulus_that_is_no_product_of_primes_is_refused_or_harmless() {
        let der = DESKTOP.public().verifying.as_spki();
        // The modulus ends before the exponent: two bytes of DER and three of 65537.
        let last = der.len() - 6;
        let mut even = der.to_vec();
        even[last] &= 0xfe;
        assert_eq!(VerifyingKey::from_spki(&even), Err(Error::Malformed("public key")));
        let mut odd = der.to_vec();
        odd[last] ^= 2;
        odd[last] |= 1;
        let odd = WrappingKey::from_spki(&odd).unwrap();
        assert_eq!(odd.wrap(&Key256::new([7; 32])).map(|wrapped| wrapped.0.len()), Ok(BLOCK));
        for length in 0..der.len() {
            assert!(VerifyingKey::from_spki(&der[..length]).is_err(), "{length}");
        }
    }
}
