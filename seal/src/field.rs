//! Sealed fields. Each secret field has its own content key a version. That key is encrypted, *together with its meaning*, to the approver key:
//! AES-256-GCM under a key that RSAES-OAEP wraps. A desktop can make a seal and cannot open one.

use crate::{
    Error, Result, cipher, codec, context,
    id::{AccountId, ApproverId, FieldId, ItemId},
    keys::{BLOCK, Unwrap, WrappedKey, WrappingKey},
    origin::Site,
    secret::{Key256, SecretBytes},
    text,
};
use serde::{Deserialize, Serialize};

/// The largest seal in bytes.
pub const SEAL_LIMIT: usize = 16 * 1024;
/// The longest title in characters.
pub const TITLE_LIMIT: usize = 256;
/// The most sites of an item.
pub const SITE_LIMIT: usize = 32;
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
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// The phone asks for its PIN again before each answer.
    #[serde(default)]
    pub verify_user: bool,
}

/// Which value a content key belongs to: the additional data of its ciphertext.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
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
#[serde(deny_unknown_fields)]
pub struct Meaning {
    /// Which value it opens.
    pub address: FieldAddress,
    /// What the field is.
    pub kind: FieldKind,
    /// The item's title.
    pub title: String,
    /// Where the item may be used. Empty: nowhere by filling; for a card on any `https` page, as the phone shows it.
    pub sites: Vec<Site>,
    /// What the user decided.
    pub policy: Policy,
}

impl FieldKind {
    /// Whether it belongs to a payment card, which may be filled into a cross-origin frame.
    #[must_use]
    pub const fn is_card(self) -> bool {
        matches!(self, Self::CardNumber | Self::CardHolder | Self::CardExpiry | Self::CardSecurityCode)
    }
}

/// Checks an item's title and sites, as they stand in seals and in requests to change them.
pub(crate) fn check_item(title: &str, sites: &[Site]) -> Result<()> {
    text::check_line(title, TITLE_LIMIT, "title")?;
    if sites.len() > SITE_LIMIT || !sites.iter().all(Site::is_sound) {
        return Err(Error::Malformed("sites"));
    }
    Ok(())
}

impl Meaning {
    /// Checks title (one line, at most [`TITLE_LIMIT`] characters), sites (at most [`SITE_LIMIT`], each sound) and version (from 1).
    pub fn check(&self) -> Result<()> {
        if self.address.version == 0 {
            return Err(Error::Malformed("field version"));
        }
        check_item(&self.title, &self.sites)
    }
}

/// What is encrypted in a seal.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    content_key: Key256,
    meaning: Meaning,
}

/// Version of [`FieldSeal`] and of [`FieldCiphertext`].
const VERSION: u8 = 1;
/// RSA-2048-OAEP-SHA256 and AES-256-GCM.
const SUITE: u8 = 1;
/// Version, suite, approver.
const HEADER: usize = 2 + ApproverId::LEN;
/// A seal's content is padded to multiples of this, a value's to multiples of [`VALUE_STEP`].
const SEAL_STEP: usize = 256;
const VALUE_STEP: usize = 32;

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
        meaning.check()?;
        let content = Content { content_key: content_key.clone(), meaning: meaning.clone() };
        let content = SecretBytes::new(codec::to_vec(&content)?);
        let padded = pad(content.expose(), SEAL_STEP)?;
        let seal_key = Key256::make()?;
        let mut bytes = vec![VERSION, SUITE];
        bytes.extend_from_slice(approver.approver_id().as_bytes());
        let sealed = cipher::seal(&seal_key, padded.expose(), &bytes)?;
        bytes.extend_from_slice(&approver.wrap(&seal_key)?.0);
        bytes.extend_from_slice(&sealed);
        Self::from_bytes(&bytes)
    }

    /// Parses foreign bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        const MALFORMED: Error = Error::Malformed("field seal");
        if bytes.len() > SEAL_LIMIT {
            return Err(Error::TooLarge { what: "field seal", limit: SEAL_LIMIT });
        }
        let [version, suite, rest @ ..] = bytes else { return Err(MALFORMED) };
        codec::check_version((*version).into(), "field seal", VERSION.into())?;
        let sealed = bytes.get(HEADER + BLOCK..).ok_or(MALFORMED)?;
        let padded = sealed.len().checked_sub(cipher::NONCE + cipher::TAG).ok_or(MALFORMED)?;
        if *suite != SUITE || padded == 0 || !padded.is_multiple_of(SEAL_STEP) {
            return Err(MALFORMED);
        }
        let approver = rest.get(..ApproverId::LEN).ok_or(MALFORMED)?;
        Ok(Self { approver: ApproverId::from_slice(approver)?, bytes: bytes.to_vec() })
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
        let (header, rest) = self.bytes.split_at_checked(HEADER).ok_or(Error::CannotOpen)?;
        let (wrapped, sealed) = rest.split_at_checked(BLOCK).ok_or(Error::CannotOpen)?;
        let seal_key = approver.unwrap_key(&WrappedKey(wrapped.to_vec())).await?;
        let content = cipher::unpad(&cipher::open(&seal_key, sealed, header)?)?;
        let Content { content_key, meaning } = codec::from_slice(content.expose(), "field seal", SEAL_LIMIT)?;
        meaning.check()?;
        Ok(OpenedSeal { content_key, meaning })
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
        if value.expose().len() > VALUE_LIMIT {
            return Err(Error::TooLarge { what: "field", limit: VALUE_LIMIT });
        }
        let padded = pad(value.expose(), VALUE_STEP)?;
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&cipher::seal(content_key, padded.expose(), &address.additional())?);
        Ok(Self(bytes))
    }

    /// Decrypts.
    pub fn open(&self, content_key: &Key256, address: &FieldAddress) -> Result<SecretBytes> {
        let (version, sealed) = self.0.split_first().ok_or(Error::CannotOpen)?;
        codec::check_version((*version).into(), "field", VERSION.into())?;
        cipher::unpad(&cipher::open(content_key, sealed, &address.additional())?)
    }
}

impl FieldAddress {
    /// The additional data of the value's ciphertext.
    fn additional(&self) -> Vec<u8> {
        let mut bytes = context::FIELD.as_bytes().to_vec();
        bytes.extend_from_slice(&[0, VERSION]);
        bytes.extend_from_slice(self.account.as_bytes());
        bytes.extend_from_slice(self.item.as_bytes());
        bytes.extend_from_slice(self.field.as_bytes());
        bytes.extend_from_slice(&self.version.to_be_bytes());
        bytes
    }
}

fn pad(value: &[u8], step: usize) -> Result<SecretBytes> {
    cipher::pad(value, (value.len() + cipher::LENGTH).next_multiple_of(step))
}
