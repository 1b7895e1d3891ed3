//! Public keys, and the traits for private-key operations.
//!
//! RSA 2048 bits, e = 65537 everywhere (RFC 8017): RSASSA-PSS with SHA-256, MGF1-SHA-256, 32 bytes of salt to sign; RSAES-OAEP with SHA-256, MGF1-SHA-256 and
//! no label to wrap keys. Separate pairs for the two.

use crate::{
    Result,
    context::Context,
    id::{ApproverId, DeviceId},
    secret::Key256,
};
use core::future::Future;
use serde::{Deserialize, Serialize};

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
        let _ = der;
        todo!()
    }

    /// The DER SubjectPublicKeyInfo.
    #[must_use]
    pub fn as_spki(&self) -> &[u8] {
        &self.0
    }

    /// Verifies `signature` over `context · 0x00 · message`; `what` names the thing for the error.
    pub fn verify(&self, context: Context, message: &[u8], signature: &Signature, what: &'static str) -> Result<()> {
        let _ = (context, message, signature, what);
        todo!()
    }
}

impl WrappingKey {
    /// Parses and checks DER SubjectPublicKeyInfo.
    pub fn from_spki(der: &[u8]) -> Result<Self> {
        let _ = der;
        todo!()
    }

    /// The DER SubjectPublicKeyInfo.
    #[must_use]
    pub fn as_spki(&self) -> &[u8] {
        &self.0
    }

    /// Wraps a key (RSAES-OAEP, SHA-256).
    pub fn wrap(&self, key: &Key256) -> Result<WrappedKey> {
        let _ = key;
        todo!()
    }

    /// This key's identifier when it is an approver key.
    #[must_use]
    pub fn approver_id(&self) -> ApproverId {
        todo!()
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
        todo!()
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
