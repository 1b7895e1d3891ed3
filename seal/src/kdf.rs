//! HKDF-SHA256 (RFC 5869) and HMAC-SHA256 (RFC 2104).

use crate::{Error, Result, secret::Key256};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroize;

/// Derives a key. `info` is a context string of [`crate::context`], then what else the key is bound to.
pub(crate) fn derive(salt: &[u8], secret: &[u8], info: &[&[u8]]) -> Result<Key256> {
    let mut key = [0; 32];
    Hkdf::<Sha256>::new(Some(salt), secret).expand_multi_info(info, &mut key).map_err(|_| Error::Platform("HKDF"))?;
    let derived = Key256::new(key);
    key.zeroize();
    Ok(derived)
}

/// The MAC over `parts`, each behind its length so that no two lists run together.
pub(crate) fn authenticate(key: &Key256, parts: &[&[u8]]) -> Result<[u8; 32]> {
    Ok(mac(key, parts)?.finalize().into_bytes().into())
}

/// Checks a MAC in constant time.
pub(crate) fn check(key: &Key256, parts: &[&[u8]], found: &[u8; 32], what: &'static str) -> Result<()> {
    mac(key, parts)?.verify(found.into()).map_err(|_| Error::BadSignature(what))
}

fn mac(key: &Key256, parts: &[&[u8]]) -> Result<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key.expose()).map_err(|_| Error::Platform("HMAC"))?;
    mac.update(&join(parts));
    Ok(mac)
}

/// `parts`, each behind its length (8 bytes, big-endian).
pub(crate) fn join(parts: &[&[u8]]) -> Vec<u8> {
    let mut joined = Vec::with_capacity(parts.iter().map(|part| part.len() + 8).sum());
    for part in parts {
        joined.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        joined.extend_from_slice(part);
    }
    joined
}
