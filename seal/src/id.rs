//! Identifiers and hashes as types, so that one cannot stand in for another.
//!
//! All of them serialize as CBOR byte strings (or byte arrays in JavaScript) and print as lowercase base32-free hex.

use crate::{Error, Result};
use core::fmt;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! bytes_type {
    ($(#[$doc:meta])* $name:ident, $len:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub [u8; $len]);

        impl $name {
            /// Length in bytes.
            pub const LEN: usize = $len;

            /// The bytes.
            #[must_use]
            pub const fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }

            /// Parses exactly this type's length of bytes.
            pub fn from_slice(bytes: &[u8]) -> Result<Self> {
                bytes.try_into().map(Self).map_err(|_| Error::Malformed(stringify!($name)))
            }

            /// Parses lowercase or uppercase hex.
            pub fn from_hex(text: &str) -> Result<Self> {
                let malformed = || Error::Malformed(stringify!($name));
                let text = text.as_bytes();
                if text.len() != 2 * $len {
                    return Err(malformed());
                }
                let mut bytes = [0; $len];
                for (byte, pair) in bytes.iter_mut().zip(text.chunks_exact(2)) {
                    let pair = core::str::from_utf8(pair).map_err(|_| malformed())?;
                    *byte = u8::from_str_radix(pair, 16).map_err(|_| malformed())?;
                }
                Ok(Self(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    serializer.serialize_bytes(&self.0)
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> core::result::Result<Self, D::Error> {
                use serde::de::Error as _;
                if deserializer.is_human_readable() {
                    let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                    Self::from_hex(&text).map_err(D::Error::custom)
                } else {
                    let bytes = <serde_bytes::ByteBuf>::deserialize(deserializer)?;
                    Self::from_slice(&bytes).map_err(D::Error::custom)
                }
            }
        }
    };
}

macro_rules! random_id {
    ($($name:ident),*) => {$(
        impl $name {
            /// Draws a fresh random identifier.
            pub fn make() -> Result<Self> {
                crate::secret::random().map(Self)
            }
        }
    )*};
}

bytes_type!(
    /// An account: the SHA-256 of its device log's first entry.
    AccountId, 32
);
bytes_type!(
    /// A device: the SHA-256 fingerprint of its public keys ([`crate::keys::PublicKeys::fingerprint`]).
    DeviceId, 32
);
bytes_type!(
    /// An approver key: the SHA-256 of its SubjectPublicKeyInfo.
    ApproverId, 32
);
bytes_type!(
    /// An item of the vault.
    ItemId, 16
);
bytes_type!(
    /// A field of an item; unique within its item.
    FieldId, 16
);
bytes_type!(
    /// A request to a phone.
    RequestId, 16
);
bytes_type!(
    /// A login that a page was given, until the user says whether it is saved.
    CaptureId, 16
);
bytes_type!(
    /// An envelope.
    MessageId, 16
);
bytes_type!(
    /// SHA-256 of a device-log entry, a request, or another signed message.
    Hash, 32
);
random_id!(ItemId, FieldId, RequestId, CaptureId, MessageId);

impl Hash {
    /// SHA-256 (FIPS 180-4) of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        use sha2::Digest;
        Self(sha2::Sha256::digest(bytes).into())
    }
}

/// Milliseconds since the Unix epoch, by the clock of whoever wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixMillis(pub u64);

impl UnixMillis {
    /// This time plus `millis`, saturating.
    #[must_use]
    pub const fn plus(self, millis: u64) -> Self {
        Self(self.0.saturating_add(millis))
    }
}
