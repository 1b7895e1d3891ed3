//! Sealed fields. Each secret field has its own content key a version. That key is encrypted, *together with its meaning*, to the approver key:
//! AES-256-GCM under a key that RSAES-OAEP wraps. A desktop can make a seal and cannot open one.

use crate::{
    Result,
    id::{AccountId, ApproverId, FieldId, ItemId},
    keys::{Unwrap, WrappingKey},
    origin::Site,
    secret::{Key256, SecretBytes},
};
use serde::{Deserialize, Serialize};

/// The largest seal in bytes.
pub const SEAL_LIMIT: usize = 16 * 1024;
/// The largest field value in bytes, before padding.
pub const VALUE_LIMIT: usize = 64 * 1024;

/// What a secret field is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FieldKind {
    /// A password.
    Password,
    /// An `otpauth:` URI: the seed of time-based or counter-based codes. Phones answer codes, never this.
    OneTimeCodeSeed,
    /// A payment card's number.
    CardNumber,
    /// A payment card's holder.
    CardHolder,
    /// A payment card's expiry, `YYYY-MM`.
    CardExpiry,
    /// A payment card's security code.
    CardSecurityCode,
    /// The body of a note.
    Note,
    /// A hidden custom field.
    Hidden,
}

/// What the user decided for an item.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Policy {
    /// The phone asks for its PIN again before each answer.
    #[serde(default)]
    pub verify_user: bool,
}

/// Which value a content key belongs to: the additional data of its ciphertext.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FieldAddress {
    /// The account.
    pub account: AccountId,
    /// The item.
    pub item: ItemId,
    /// The field.
    pub field: FieldId,
    /// Counts the field's values from 1.
    pub version: u32,
}

/// What stands inside the seal beside the content key. The phone shows and enforces this, not what a desktop says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meaning {
    /// Which value it opens.
    pub address: FieldAddress,
    /// What the field is.
    pub kind: FieldKind,
    /// The item's title.
    pub title: String,
    /// Where the item may be used. Empty: nowhere by filling.
    pub sites: Vec<Site>,
    /// What the user decided.
    pub policy: Policy,
}

/// A content key with its meaning, encrypted to an approver key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "serde_bytes::ByteBuf", into = "serde_bytes::ByteBuf")]
pub struct FieldSeal {
    approver: ApproverId,
    bytes: Vec<u8>,
}

/// What a phone finds in a seal.
#[derive(Debug)]
pub struct OpenedSeal {
    /// Opens the field's value.
    pub content_key: Key256,
    /// What it is.
    pub meaning: Meaning,
}

impl FieldSeal {
    /// Seals. Needs only the public key.
    pub fn make(approver: &WrappingKey, content_key: &Key256, meaning: &Meaning) -> Result<Self> {
        let _ = (approver, content_key, meaning);
        todo!()
    }

    /// Parses foreign bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let _ = bytes;
        todo!()
    }

    /// The encoded seal.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Which approver key opens it.
    #[must_use]
    pub const fn approver(&self) -> ApproverId {
        self.approver
    }

    /// Opens it with the approver's private key.
    pub async fn open(&self, approver: &impl Unwrap) -> Result<OpenedSeal> {
        let _ = approver;
        todo!()
    }
}

impl TryFrom<serde_bytes::ByteBuf> for FieldSeal {
    type Error = crate::Error;

    fn try_from(bytes: serde_bytes::ByteBuf) -> Result<Self> {
        Self::from_bytes(&bytes)
    }
}

impl From<FieldSeal> for serde_bytes::ByteBuf {
    fn from(seal: FieldSeal) -> Self {
        Self::from(seal.bytes)
    }
}

/// A field's value under its content key: version, nonce, AES-256-GCM over the padded value with the [`FieldAddress`] as additional data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FieldCiphertext(#[serde(with = "serde_bytes")] pub Vec<u8>);

impl FieldCiphertext {
    /// Pads (to 32-byte steps) and encrypts `value`.
    pub fn make(content_key: &Key256, address: &FieldAddress, value: &SecretBytes) -> Result<Self> {
        let _ = (content_key, address, value);
        todo!()
    }

    /// Decrypts.
    pub fn open(&self, content_key: &Key256, address: &FieldAddress) -> Result<SecretBytes> {
        let _ = (content_key, address);
        todo!()
    }
}
