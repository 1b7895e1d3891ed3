//! The approver key: an RSA-OAEP pair whose private half only phones hold, stored only wrapped.
//!
//! On the phone: PKCS#8 under AES-256-GCM with a key that [`derive_pin_key`] makes from the PIN (Argon2id, RFC 9106) and a device secret.
//! For recovery: HPKE-sealed (RFC 9180, X-Wing) to the recovery key, inside the device log.

use crate::{
    Error, Result, cipher, context, kdf,
    secret::{Key256, SecretBytes, random},
};
use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

/// Bounds of [`PinParameters::memory_kib`]: the OWASP minimum, and what no phone has to spare.
pub const MEMORY_KIB: core::ops::RangeInclusive<u32> = 19 * 1024..=512 * 1024;
/// Bounds of [`PinParameters::passes`].
pub const PASSES: core::ops::RangeInclusive<u32> = 2..=32;
/// The largest secret that [`WrappedSecret`] takes, in bytes.
pub const SECRET_LIMIT: usize = 64 * 1024;

/// How a PIN becomes a key. Stored beside the wrapped key; bounds are checked when used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
        Ok(Self { salt: random()?, memory_kib: 64 * 1024, passes: 3 })
    }

    /// Fresh salt, 19 MiB, 2 passes (the OWASP minimum): for a phone's WebAssembly.
    pub fn make_phone() -> Result<Self> {
        Ok(Self { salt: random()?, memory_kib: 19 * 1024, passes: 2 })
    }
}

/// HKDF-SHA256 over `device_secret` and Argon2id(PIN): the key that wraps a store key or an approver key. `info` separates uses.
pub fn derive_pin_key(
    device_secret: &Key256,
    pin: &SecretBytes,
    parameters: &PinParameters,
    info: &'static str,
) -> Result<Key256> {
    let mut stretched = [0; 32];
    parameters
        .argon2()?
        .hash_password_into(pin.expose(), &parameters.salt, &mut stretched)
        .map_err(|_| Error::Platform("Argon2"))?;
    let key = kdf::derive(device_secret.expose(), &stretched, &[info.as_bytes()]);
    stretched.zeroize();
    key
}

impl PinParameters {
    fn argon2(&self) -> Result<Argon2<'static>> {
        const MALFORMED: Error = Error::Malformed("PIN parameters");
        if !MEMORY_KIB.contains(&self.memory_kib) || !PASSES.contains(&self.passes) {
            return Err(MALFORMED);
        }
        let parameters = Params::new(self.memory_kib, self.passes, 1, Some(32)).map_err(|_| MALFORMED)?;
        Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters))
    }
}

/// Version of [`WrappedSecret`].
const VERSION: u8 = 1;

/// Secret bytes (a PKCS#8 private key, a store key) under AES-256-GCM: version, nonce, ciphertext; `info` is the additional data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WrappedSecret(#[serde(with = "serde_bytes")] pub Vec<u8>);

impl WrappedSecret {
    /// Encrypts.
    pub fn make(key: &Key256, secret: &SecretBytes, info: &[u8]) -> Result<Self> {
        if secret.expose().len() > SECRET_LIMIT {
            return Err(Error::TooLarge { what: "secret", limit: SECRET_LIMIT });
        }
        let mut wrapped = vec![VERSION];
        wrapped.extend_from_slice(&cipher::seal(key, secret.expose(), &additional(info))?);
        Ok(Self(wrapped))
    }

    /// Decrypts; a wrong key is [`crate::Error::CannotOpen`].
    pub fn open(&self, key: &Key256, info: &[u8]) -> Result<SecretBytes> {
        let (&version, sealed) = self.0.split_first().ok_or(Error::CannotOpen)?;
        crate::codec::check_version(version.into(), "wrapped secret", VERSION.into())?;
        cipher::open(key, sealed, &additional(info))
    }
}

fn additional(info: &[u8]) -> Vec<u8> {
    kdf::join(&[context::WRAPPED_SECRET.as_bytes(), &[VERSION], info])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters() -> PinParameters {
        PinParameters { salt: [9; 16], ..PinParameters::make_phone().unwrap() }
    }

    fn derive(secret: u8, pin: &str, parameters: &PinParameters, info: &'static str) -> Result<Key256> {
        derive_pin_key(&Key256::new([secret; 32]), &SecretBytes::from(pin.to_owned()), parameters, info)
    }

    #[test]
    fn every_input_counts() {
        let key = derive(1, "2468", &parameters(), "a").unwrap();
        assert_eq!(derive(1, "2468", &parameters(), "a"), Ok(key.clone()));
        assert_ne!(derive(2, "2468", &parameters(), "a"), Ok(key.clone()));
        assert_ne!(derive(1, "2469", &parameters(), "a"), Ok(key.clone()));
        assert_ne!(derive(1, "2468", &PinParameters { salt: [8; 16], ..parameters() }, "a"), Ok(key.clone()));
        assert_ne!(derive(1, "2468", &PinParameters { passes: 3, ..parameters() }, "a"), Ok(key.clone()));
        assert_ne!(derive(1, "2468", &parameters(), "b"), Ok(key));
    }

    #[test]
    fn weak_and_ruinous_parameters_are_refused() {
        for parameters in [
            PinParameters { memory_kib: 19 * 1024 - 1, ..parameters() },
            PinParameters { memory_kib: u32::MAX, ..parameters() },
            PinParameters { passes: 1, ..parameters() },
            PinParameters { passes: u32::MAX, ..parameters() },
        ] {
            assert_eq!(derive(1, "2468", &parameters, "a"), Err(Error::Malformed("PIN parameters")));
        }
        assert!(derive(1, "", &PinParameters::make_desktop().unwrap(), "a").is_ok());
        assert_ne!(PinParameters::make_phone().unwrap().salt, PinParameters::make_phone().unwrap().salt);
    }

    #[test]
    fn a_wrapped_secret_opens_for_its_key_and_use() {
        let (key, secret) = (Key256::new([3; 32]), SecretBytes::from(String::from("private key")));
        let wrapped = WrappedSecret::make(&key, &secret, b"use").unwrap();
        assert_eq!(wrapped.open(&key, b"use"), Ok(secret));
        assert_eq!(wrapped.open(&Key256::new([4; 32]), b"use"), Err(Error::CannotOpen));
        assert_eq!(wrapped.open(&key, b"another use"), Err(Error::CannotOpen));
        for length in 0..wrapped.0.len() {
            assert_eq!(WrappedSecret(wrapped.0[..length].to_vec()).open(&key, b"use"), Err(Error::CannotOpen));
        }
        let mut newer = wrapped;
        newer.0[0] = 2;
        assert!(matches!(newer.open(&key, b"use"), Err(Error::NewerVersion { found: 2, .. })));
        let large = SecretBytes::new(vec![0; SECRET_LIMIT + 1]);
        assert!(matches!(WrappedSecret::make(&key, &large, b"use"), Err(Error::TooLarge { .. })));
    }
}
