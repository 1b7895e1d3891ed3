//! CBOR (RFC 8949) for all that is signed, sealed or sent between devices.
//!
//! Signatures always cover received bytes, so no canonical form is needed: parse once, keep the bytes.

use crate::{Error, Result};
use serde::{Serialize, de::DeserializeOwned};

/// Encodes `value` as CBOR; structs become maps keyed by field name.
pub fn to_vec<T: Serialize>(value: &T) -> Result<Vec<u8>> {
    minicbor_serde::to_vec(value).map_err(|_| Error::Malformed("value"))
}

/// Decodes one CBOR value of at most `limit` bytes; trailing bytes are an error.
pub fn from_slice<T: DeserializeOwned>(bytes: &[u8], what: &'static str, limit: usize) -> Result<T> {
    if bytes.len() > limit {
        return Err(Error::TooLarge { what, limit });
    }
    let mut decoder = minicbor_serde::Deserializer::new(bytes);
    let value = T::deserialize(&mut decoder).map_err(|_| Error::Malformed(what))?;
    if decoder.decoder().position() != bytes.len() {
        return Err(Error::Malformed(what));
    }
    Ok(value)
}
