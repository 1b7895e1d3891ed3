//! AES-256-GCM (SP 800-38D). A nonce is either random under a key used a few times, or a counter.

use crate::{
    Error, Result,
    secret::{Key256, SecretBytes, random},
};
use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};

/// Bytes of a nonce.
pub(crate) const NONCE: usize = 12;
/// Bytes that encryption adds.
pub(crate) const TAG: usize = 16;

/// Encrypts under a random nonce: nonce, then ciphertext and tag.
pub(crate) fn seal(key: &Key256, plaintext: &[u8], additional: &[u8]) -> Result<Vec<u8>> {
    let nonce = random::<NONCE>()?;
    let ciphertext = seal_at(key, nonce, plaintext, additional)?;
    let mut sealed = Vec::with_capacity(NONCE + ciphertext.len());
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(&ciphertext);
    Ok(sealed)
}

/// Undoes [`seal`]; every failure is [`Error::CannotOpen`].
pub(crate) fn open(key: &Key256, sealed: &[u8], additional: &[u8]) -> Result<SecretBytes> {
    let (nonce, ciphertext) = sealed.split_first_chunk::<NONCE>().ok_or(Error::CannotOpen)?;
    open_at(key, *nonce, ciphertext, additional)
}

/// Encrypts under a nonce that the caller never repeats for this key.
pub(crate) fn seal_at(key: &Key256, nonce: [u8; NONCE], plaintext: &[u8], additional: &[u8]) -> Result<Vec<u8>> {
    Aes256Gcm::new(key.expose().into())
        .encrypt(&nonce.into(), Payload { msg: plaintext, aad: additional })
        .map_err(|_| Error::Platform("AES-GCM"))
}

/// Decrypts; every failure is [`Error::CannotOpen`].
pub(crate) fn open_at(key: &Key256, nonce: [u8; NONCE], ciphertext: &[u8], additional: &[u8]) -> Result<SecretBytes> {
    Aes256Gcm::new(key.expose().into())
        .decrypt(&nonce.into(), Payload { msg: ciphertext, aad: additional })
        .map(SecretBytes::new)
        .map_err(|_| Error::CannotOpen)
}

/// `value` behind its length (4 bytes, big-endian), filled with zeros up to `size` bytes.
pub(crate) fn pad(value: &[u8], size: usize) -> Result<SecretBytes> {
    let length = u32::try_from(value.len()).map_err(|_| Error::Malformed("length"))?;
    let mut padded = Vec::with_capacity(size.max(LENGTH + value.len()));
    padded.extend_from_slice(&length.to_be_bytes());
    padded.extend_from_slice(value);
    padded.resize(size.max(padded.len()), 0);
    Ok(SecretBytes::new(padded))
}

/// Bytes of the length that [`pad`] puts first.
pub(crate) const LENGTH: usize = 4;

/// Undoes [`pad`]; padding other than zeros cannot be opened.
pub(crate) fn unpad(padded: &SecretBytes) -> Result<SecretBytes> {
    let (length, rest) = padded.expose().split_first_chunk::<LENGTH>().ok_or(Error::CannotOpen)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| Error::CannotOpen)?;
    let (value, zeros) = rest.split_at_checked(length).ok_or(Error::CannotOpen)?;
    if zeros.iter().any(|byte| *byte != 0) {
        return Err(Error::CannotOpen);
    }
    Ok(SecretBytes::new(value.to_vec()))
}
