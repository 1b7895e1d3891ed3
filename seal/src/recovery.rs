//! Recovery words: 128 bits as twelve BIP-39 English words, made and shown on the phone only. HKDF derives the recovery key (Ed25519 to sign, X-Wing to
//! unwrap) and an age identity, of which others know the recipient only.

use crate::{Result, secret::SecretBytes};
use serde::{Deserialize, Serialize};

/// The words. `Debug` shows none.
pub struct RecoveryWords(SecretBytes);

/// What everybody may know of the recovery key; stands in the device log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryPublic {
    /// Ed25519 public key (RFC 8032).
    #[serde(with = "serde_bytes")]
    pub verifying: [u8; 32],
    /// X-Wing public key, 1216 bytes.
    #[serde(with = "serde_bytes")]
    pub sealing: Vec<u8>,
    /// age X25519 recipient, `age1…`.
    pub age_recipient: String,
}

/// The private halves.
pub struct RecoveryKeys {
    #[expect(dead_code, reason = "filled in next")]
    seed: SecretBytes,
}

impl RecoveryWords {
    /// Draws 128 random bits.
    pub fn make() -> Result<Self> {
        todo!()
    }

    /// Parses twelve words and checks their checksum; case and spacing do not matter.
    pub fn parse(text: &str) -> Result<Self> {
        let _ = text;
        todo!()
    }

    /// The twelve words, in order.
    pub fn words(&self) -> Result<Vec<&'static str>> {
        let _ = &self.0;
        todo!()
    }

    /// Derives the recovery key.
    pub fn derive_keys(&self) -> Result<RecoveryKeys> {
        todo!()
    }
}

impl RecoveryKeys {
    /// The public half.
    pub fn public(&self) -> Result<RecoveryPublic> {
        todo!()
    }

    /// Opens what [`RecoveryPublic::wrap`] sealed.
    pub fn unwrap(&self, wrapped: &[u8]) -> Result<SecretBytes> {
        let _ = wrapped;
        todo!()
    }
}

impl RecoveryPublic {
    /// HPKE-seals a secret (the approver's PKCS#8) to the recovery key.
    pub fn wrap(&self, secret: &SecretBytes) -> Result<Vec<u8>> {
        let _ = secret;
        todo!()
    }
}

impl core::fmt::Debug for RecoveryWords {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("RecoveryWords(…)")
    }
}

impl core::fmt::Debug for RecoveryKeys {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("RecoveryKeys(…)")
    }
}
