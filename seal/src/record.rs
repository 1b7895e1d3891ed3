//! What a vault's folder key encrypts: items and fields as they are stored. The values in them stand under content keys of their own
//! ([`crate::field`]); this hides everything else.

use crate::{
    Error, Result, cipher, codec, context, kdf,
    secret::{Key256, SecretBytes},
};
use serde::{Deserialize, Serialize};

/// The largest plaintext in bytes: a field with a long history.
pub const RECORD_LIMIT: usize = 8 * 1024 * 1024;
/// Version of [`RecordCiphertext`].
const VERSION: u8 = 1;

/// A part of a record under a folder key: version, nonce, AES-256-GCM with its address as additional data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecordCiphertext(#[serde(with = "serde_bytes")] pub Vec<u8>);

impl RecordCiphertext {
    /// Encrypts. `address` says which part of which record it is; each part is bound to its place by it.
    pub fn make(key: &Key256, plaintext: &SecretBytes, address: &[&[u8]]) -> Result<Self> {
        if plaintext.expose().len() > RECORD_LIMIT {
            return Err(Error::TooLarge { what: "record", limit: RECORD_LIMIT });
        }
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&cipher::seal(key, plaintext.expose(), &additional(address))?);
        Ok(Self(bytes))
    }

    /// Decrypts; a wrong key or place is [`Error::CannotOpen`].
    pub fn open(&self, key: &Key256, address: &[&[u8]]) -> Result<SecretBytes> {
        let (&version, sealed) = self.0.split_first().ok_or(Error::CannotOpen)?;
        codec::check_version(version.into(), "record", VERSION.into())?;
        cipher::open(key, sealed, &additional(address))
    }
}

fn additional(address: &[&[u8]]) -> Vec<u8> {
    let mut parts = vec![context::RECORD.as_bytes(), &[VERSION]];
    parts.extend_from_slice(address);
    kdf::join(&parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_in_its_place_only() {
        let (key, text) = (Key256::make().unwrap(), SecretBytes::from(String::from("a title")));
        let record = RecordCiphertext::make(&key, &text, &[b"item", b"summary"]).unwrap();
        assert_eq!(record.open(&key, &[b"item", b"summary"]), Ok(text));
        for address in [&[b"item".as_slice(), b"head"][..], &[b"itemsummary"], &[b"other", b"summary"]] {
            assert_eq!(record.open(&key, address), Err(Error::CannotOpen));
        }
        assert_eq!(record.open(&Key256::make().unwrap(), &[b"item", b"summary"]), Err(Error::CannotOpen));
        assert_eq!(RecordCiphertext(vec![]).open(&key, &[]), Err(Error::CannotOpen));
        let newer = RecordCiphertext(vec![2; 40]);
        assert_eq!(newer.open(&key, &[]), Err(Error::NewerVersion { what: "record", found: 2, known: 1 }));
    }
}
