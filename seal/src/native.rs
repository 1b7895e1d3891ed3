//! Private keys held in this process's memory, by the `rsa` crate: blinded, zeroized on drop.

use crate::{
    Error, Result, codec,
    context::Context,
    keys::{BITS, DeviceKeys, PublicKeys, SALT, Sign, Signature, Unwrap, VerifyingKey, WrappedKey, WrappingKey},
    secret::{Key256, SecretBytes, rng},
};
use rsa::{
    Oaep, RsaPrivateKey,
    pkcs8::{DecodePrivateKey, EncodePrivateKey, EncodePublicKey},
    pss,
    signature::{RandomizedSigner, SignatureEncoding},
};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use zeroize::Zeroize;

/// Version of [`NativeKeys::to_secret`].
const VERSION: u16 = 1;
/// The largest encoding of both private keys.
const SECRET_LIMIT: usize = 8 * 1024;

/// A desktop's keys.
pub struct NativeKeys {
    public: PublicKeys,
    signing: pss::SigningKey<Sha256>,
    wrapping: RsaPrivateKey,
}

/// Both private keys, each as DER PKCS#8 (RFC 5958).
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    version: u16,
    signing: SecretBytes,
    wrapping: SecretBytes,
}

impl NativeKeys {
    /// Makes both pairs. Takes about a second.
    pub fn make() -> Result<Self> {
        Self::from_pairs(make_pair()?, make_pair()?)
    }

    fn from_pairs(signing: RsaPrivateKey, wrapping: RsaPrivateKey) -> Result<Self> {
        let public = PublicKeys {
            verifying: VerifyingKey::from_spki(&public_of(&signing)?)?,
            wrapping: Some(WrappingKey::from_spki(&public_of(&wrapping)?)?),
        };
        Ok(Self { public, signing: pss::SigningKey::new_with_salt_len(signing, SALT), wrapping })
    }

    /// Both private keys in one versioned encoding, to be stored encrypted only.
    pub fn to_secret(&self) -> Result<SecretBytes> {
        let stored =
            Stored { version: VERSION, signing: to_pkcs8(self.signing.as_ref())?, wrapping: to_pkcs8(&self.wrapping)? };
        codec::to_vec(&stored).map(SecretBytes::new)
    }

    /// Reads [`NativeKeys::to_secret`].
    pub fn from_secret(secret: &SecretBytes) -> Result<Self> {
        let stored: Stored = codec::from_slice_versioned(secret.expose(), "device keys", SECRET_LIMIT, VERSION)?;
        Self::from_pairs(from_pkcs8(&stored.signing)?, from_pkcs8(&stored.wrapping)?)
    }
}

impl core::fmt::Debug for NativeKeys {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "NativeKeys({})", self.public.fingerprint())
    }
}

impl Sign for NativeKeys {
    async fn sign(&self, context: Context, message: &[u8]) -> Result<Signature> {
        self.signing
            .try_sign_with_rng(&mut rng()?, &context.message(message))
            .map(|signature| Signature(signature.to_vec()))
            .map_err(|_| Error::Platform("RSA-PSS"))
    }
}

impl Unwrap for NativeKeys {
    async fn unwrap_key(&self, wrapped: &WrappedKey) -> Result<Key256> {
        unwrap(&self.wrapping, wrapped)
    }
}

impl DeviceKeys for NativeKeys {
    fn public(&self) -> &PublicKeys {
        &self.public
    }
}

/// An approver key in this process's memory: for recovery, and for tests of both sides. A desktop never has one.
pub struct NativeApprover {
    public: WrappingKey,
    private: RsaPrivateKey,
}

impl NativeApprover {
    /// Makes the pair.
    pub fn make() -> Result<Self> {
        Self::from_private(make_pair()?)
    }

    /// Reads DER PKCS#8 (RFC 5958).
    pub fn from_pkcs8(secret: &SecretBytes) -> Result<Self> {
        Self::from_private(from_pkcs8(secret)?)
    }

    fn from_private(private: RsaPrivateKey) -> Result<Self> {
        Ok(Self { public: WrappingKey::from_spki(&public_of(&private)?)?, private })
    }

    /// The private half as DER PKCS#8, to be wrapped.
    pub fn to_pkcs8(&self) -> Result<SecretBytes> {
        to_pkcs8(&self.private)
    }

    /// The public half.
    #[must_use]
    pub const fn public(&self) -> &WrappingKey {
        &self.public
    }
}

impl core::fmt::Debug for NativeApprover {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "NativeApprover({})", self.public.approver_id())
    }
}

impl Unwrap for NativeApprover {
    async fn unwrap_key(&self, wrapped: &WrappedKey) -> Result<Key256> {
        unwrap(&self.private, wrapped)
    }
}

fn make_pair() -> Result<RsaPrivateKey> {
    RsaPrivateKey::new(&mut rng()?, BITS).map_err(|_| Error::Platform("RSA key generation"))
}

fn unwrap(private: &RsaPrivateKey, wrapped: &WrappedKey) -> Result<Key256> {
    let mut key =
        private.decrypt_blinded(&mut rng()?, Oaep::<Sha256>::new(), &wrapped.0).map_err(|_| Error::CannotOpen)?;
    let unwrapped = key.as_slice().try_into().map(Key256::new).map_err(|_| Error::CannotOpen);
    key.zeroize();
    unwrapped
}

fn public_of(private: &RsaPrivateKey) -> Result<Vec<u8>> {
    private
        .to_public_key()
        .to_public_key_der()
        .map(|der| der.as_bytes().to_vec())
        .map_err(|_| Error::Malformed("private key"))
}

fn to_pkcs8(private: &RsaPrivateKey) -> Result<SecretBytes> {
    private
        .to_pkcs8_der()
        .map(|der| SecretBytes::new(der.as_bytes().to_vec()))
        .map_err(|_| Error::Malformed("private key"))
}

fn from_pkcs8(secret: &SecretBytes) -> Result<RsaPrivateKey> {
    const MALFORMED: Error = Error::Malformed("private key");
    let private = RsaPrivateKey::from_pkcs8_der(secret.expose()).map_err(|_| MALFORMED)?;
    private.validate().map_err(|_| MALFORMED)?;
    Ok(private)
}
