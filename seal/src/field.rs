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

/// What a secret field is, in the order in which an item's fields are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
    /// A login's form is submitted once it is filled.
    #[serde(default, skip_serializing_if = "is_off")]
    pub submit_after_fill: bool,
}

/// What is off is not written: seals from before it was known stay as they are.
#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes it so")]
pub(crate) const fn is_off(wish: &bool) -> bool {
    !*wish
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

#[cfg(test)]
#[cfg(feature = "native")]
mod tests {
    use super::*;
    use crate::{origin::SiteRule, testing::*};
    use proptest::prelude::*;

    fn example() -> Meaning {
        meaning(AccountId([1; 32]), ItemId([2; 16]), FieldId([3; 16]), FieldKind::Password)
    }

    fn key() -> Key256 {
        Key256::new([7; 32])
    }

    #[test]
    fn only_the_approver_opens_a_seal() {
        let seal = seal(&example(), &key());
        let opened = run(seal.open(&*APPROVER)).unwrap();
        assert_eq!((opened.content_key, opened.meaning), (key(), example()));
        assert_eq!(seal.approver(), APPROVER.public().approver_id());
        assert_eq!(run(seal.open(&*OTHER_APPROVER)).unwrap_err(), Error::CannotOpen);
        assert_eq!(run(seal.open(&*DESKTOP)).unwrap_err(), Error::CannotOpen);
    }

    #[test]
    fn a_seal_hides_its_title() {
        let long = Meaning { title: "A somewhat longer title".into(), ..example() };
        let (short, long) = (seal(&example(), &key()), seal(&long, &key()));
        assert_eq!(short.as_bytes().len(), long.as_bytes().len());
        assert_ne!(short, seal(&example(), &key()));
    }

    #[test]
    fn a_meaning_is_checked_on_both_sides() {
        let spoils: [fn(&mut Meaning); 6] = [
            |meaning| meaning.title = "x".repeat(TITLE_LIMIT + 1),
            |meaning| meaning.title = "two\nlines".into(),
            |meaning| meaning.title = "\u{202e}moc".into(),
            |meaning| meaning.sites = vec![meaning.sites[0].clone(); SITE_LIMIT + 1],
            |meaning| meaning.sites[0].rule = SiteRule::Domain { domain: "evil.example".into() },
            |meaning| meaning.address.version = 0,
        ];
        for (index, spoil) in spoils.into_iter().enumerate() {
            let mut meaning = example();
            spoil(&mut meaning);
            assert!(FieldSeal::make(APPROVER.public(), &key(), &meaning).is_err(), "{index}");
            assert!(run(forge(&meaning).open(&*APPROVER)).is_err(), "{index}");
        }
        assert!(run(forge(&example()).open(&*APPROVER)).is_ok());
    }

    /// A seal that a patched desktop makes: well encrypted, with a meaning that ours would not seal.
    fn forge(meaning: &Meaning) -> FieldSeal {
        let content = Content { content_key: key(), meaning: meaning.clone() };
        let padded = pad(&codec::to_vec(&content).unwrap(), SEAL_STEP).unwrap();
        let approver = APPROVER.public();
        let mut bytes = vec![VERSION, SUITE];
        bytes.extend_from_slice(approver.approver_id().as_bytes());
        let sealed = cipher::seal(&key(), padded.expose(), &bytes).unwrap();
        bytes.extend_from_slice(&approver.wrap(&key()).unwrap().0);
        bytes.extend_from_slice(&sealed);
        FieldSeal::from_bytes(&bytes).unwrap()
    }

    #[test]
    fn seals_are_parsed_strictly() {
        let bytes = seal(&example(), &key()).as_bytes().to_vec();
        for length in 0..bytes.len() {
            let cut = FieldSeal::from_bytes(&bytes[..length]);
            assert!(cut.and_then(|seal| run(seal.open(&*APPROVER))).is_err(), "{length}");
        }
        let mut newer = bytes.clone();
        newer[0] = 2;
        let error = Error::NewerVersion { what: "field seal", found: 2, known: 1 };
        assert_eq!(FieldSeal::from_bytes(&newer), Err(error));
        assert!(matches!(FieldSeal::from_bytes(&vec![1; SEAL_LIMIT + 1]), Err(Error::TooLarge { .. })));
        let value = codec::to_vec(&seal(&example(), &key())).unwrap();
        assert!(codec::from_slice::<FieldSeal>(&value, "seal", SEAL_LIMIT).is_ok());
    }

    #[test]
    fn a_value_is_bound_to_its_address() {
        let (address, value) = (example().address, SecretBytes::from(String::from("hunter2")));
        let ciphertext = FieldCiphertext::make(&key(), &address, &value).unwrap();
        assert_eq!(ciphertext.open(&key(), &address), Ok(value.clone()));
        let spoils: [fn(&mut FieldAddress); 4] = [
            |address| address.account.0[0] ^= 1,
            |address| address.item.0[0] ^= 1,
            |address| address.field.0[0] ^= 1,
            |address| address.version += 1,
        ];
        for spoil in spoils {
            let mut other = address;
            spoil(&mut other);
            assert_eq!(ciphertext.open(&key(), &other), Err(Error::CannotOpen));
        }
        assert_eq!(ciphertext.open(&Key256::new([8; 32]), &address), Err(Error::CannotOpen));
        for length in 0..ciphertext.0.len() {
            let cut = FieldCiphertext(ciphertext.0[..length].to_vec());
            assert_eq!(cut.open(&key(), &address), Err(Error::CannotOpen));
        }
        let size = |length: usize| {
            let value = SecretBytes::new(vec![b'x'; length]);
            FieldCiphertext::make(&key(), &address, &value).unwrap().0.len()
        };
        assert!(size(1) == size(28) && size(28) < size(29));
        let large = SecretBytes::new(vec![0; VALUE_LIMIT + 1]);
        assert!(matches!(FieldCiphertext::make(&key(), &address, &large), Err(Error::TooLarge { .. })));
    }

    #[test]
    fn debug_shows_no_key() {
        let opened = run(seal(&example(), &Key256::new([0xab; 32])).open(&*APPROVER)).unwrap();
        let shown = format!("{opened:?}");
        assert!(shown.contains("content_key: Key256(…)") && !shown.contains("171"), "{shown}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn no_byte_of_a_seal_can_change(index in any::<prop::sample::Index>(), flip in 1u8..) {
            let mut bytes = seal(&example(), &key()).as_bytes().to_vec();
            let index = index.index(bytes.len());
            bytes[index] ^= flip;
            let opened = FieldSeal::from_bytes(&bytes).and_then(|seal| run(seal.open(&*APPROVER)).map(|_| ()));
            prop_assert!(opened.is_err());
        }

        #[test]
        fn values_round_trip(value in prop::collection::vec(any::<u8>(), 0..200)) {
            let (address, value) = (example().address, SecretBytes::new(value));
            let ciphertext = FieldCiphertext::make(&key(), &address, &value).unwrap();
            prop_assert_eq!(ciphertext.open(&key(), &address), Ok(value));
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..900)) {
            let _ = FieldSeal::from_bytes(&bytes);
            let _ = FieldCiphertext(bytes).open(&key(), &example().address);
        }
    }
}
