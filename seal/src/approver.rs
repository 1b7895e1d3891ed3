//! The approver key: an RSA-OAEP pair whose private half only phones hold, stored only wrapped.
//!
//! On the phone: PKCS#8 under AES-256-GCM with a key that [`derive_pin_key`] makes from the PIN (Argon2id, RFC 9106) and a device secret.
//! For recovery: HPKE-sealed (RFC 9180, X-Wing) to the recovery key, inside the device log.

use crate::{
    Result,
    secret::{Key256, SecretBytes},
};
use serde::{Deserialize, Serialize};

/// How a PIN becomes a key. Stored beside the wrapped key; bounds are checked when parsed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinParameters {
    /// Argon2id salt.
    #[serde(with = "serde_bytes")]
    pub salt: [u8; 16],
    /// Argon2id memory in KiB.
    pub memory_kib: u32,
    /// Argon2id passes.
    pub passes: u32,
}

impl PinParameters {
    /// Fresh salt, 64 MiB, 3 passes: for a desktop.
    pub fn make_desktop() -> Result<Self> {
        todo!()
    }

    /// Fresh salt, 19 MiB, 2 passes (the OWASP minimum): for a phone's WebAssembly.
    pub fn make_phone() -> Result<Self> {
        todo!()
    }
}

/// HKDF-SHA256 over `device_secret` and Argon2id(PIN): the key that wraps a store key or an approver key. `info` separates uses.
pub fn derive_pin_key(
    device_secret: &Key256,
    pin: &SecretBytes,
    parameters: &PinParameters,
    info: &'static str,
) -> Result<Key256> {
    let _ = (device_secret, pin, parameters, info);
    todo!()
}

/// Secret bytes (a PKCS#8 private key, a store key) under AES-256-GCM: version, nonce, ciphertext; `info` is the additional data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WrappedSecret(#[serde(with = "serde_bytes")] pub Vec<u8>);

impl WrappedSecret {
    /// Encrypts.
    pub fn make(key: &Key256, secret: &SecretBytes, info: &[u8]) -> Result<Self> {
        let _ = (key, secret, info);
        todo!()
    }

    /// Decrypts; a wrong key is [`crate::Error::CannotOpen`].
    pub fn open(&self, key: &Key256, info: &[u8]) -> Result<SecretBytes> {
        let _ = (key, info);
        todo!()
    }
}
