//! Recovery words: 128 bits as twelve BIP-39 English words, made and shown on the phone only. HKDF derives the recovery key (Ed25519 to sign, X-Wing to
//! unwrap) and an age identity, of which others know the recipient only.

use crate::{
    Error, Result, codec,
    context::{self, Context},
    kdf, kem,
    keys::Signature,
    secret::{SecretBytes, random},
};
use bech32::{Bech32, Hrp};
use bip39::{Language, Mnemonic};
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

/// The largest secret that is sealed to the recovery key, and its sealed size, in bytes.
const SECRET_LIMIT: usize = 4 * 1024;
pub(crate) const WRAP_LIMIT: usize = 1 + kem::ENCAPSULATED + SECRET_LIMIT + 16;
/// Version of what [`RecoveryPublic::wrap`] makes.
const VERSION: u8 = 1;
/// Prefixes of age's X25519 recipients and identities (age-encryption.org/v1).
const AGE_RECIPIENT: Hrp = Hrp::parse_unchecked("age");
const AGE_IDENTITY: Hrp = Hrp::parse_unchecked("age-secret-key-");
/// Bytes behind twelve words.
const ENTROPY: usize = 16;

/// The words. `Debug` shows none.
pub struct RecoveryWords(SecretBytes);

/// What everybody may know of the recovery key; stands in the device log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecoveryPublic {
    /// Ed25519 public key (RFC 8032).
    #[serde(with = "serde_bytes")]
    pub verifying: [u8; 32],
    /// X-Wing public key, 1216 bytes.
    #[serde(with = "serde_bytes")]
    pub sealing: Vec<u8>,
    /// age X25519 recipient, `age1…`.
    pub age_recipient: String,
}

/// The private halves.
pub struct RecoveryKeys {
    signing: SigningKey,
    unwrapping: SecretBytes,
    sealing: Vec<u8>,
    age: x25519_dalek::StaticSecret,
}

impl RecoveryWords {
    /// Draws 128 random bits.
    pub fn make() -> Result<Self> {
        random::<ENTROPY>().map(|entropy| Self(SecretBytes::new(entropy.to_vec())))
    }

    /// Parses twelve words and checks their checksum; case and spacing do not matter.
    pub fn parse(text: &str) -> Result<Self> {
        // Words of our list are plain lowercase ASCII.
        let mut normal = text.split_whitespace().map(str::to_ascii_lowercase).collect::<Vec<_>>().join(" ");
        let parsed = Mnemonic::parse_in_normalized(Language::English, &normal);
        normal.zeroize();
        let entropy = SecretBytes::new(parsed.map_err(|_| Error::Malformed("recovery words"))?.to_entropy());
        if entropy.expose().len() != ENTROPY {
            return Err(Error::Malformed("recovery words"));
        }
        Ok(Self(entropy))
    }

    /// The twelve words, in order.
    pub fn words(&self) -> Result<Vec<&'static str>> {
        let mnemonic = Mnemonic::from_entropy_in(Language::English, self.0.expose());
        Ok(mnemonic.map_err(|_| Error::Malformed("recovery words"))?.words().collect())
    }

    /// Derives the recovery key.
    pub fn derive_keys(&self) -> Result<RecoveryKeys> {
        let derive = |info: &str| kdf::derive(&[], self.0.expose(), &[info.as_bytes()]);
        let (unwrapping, sealing) = kem::derive_pair(&derive(context::RECOVERY_UNWRAP)?);
        Ok(RecoveryKeys {
            signing: SigningKey::from_bytes(derive(context::RECOVERY_SIGN)?.expose()),
            unwrapping,
            sealing,
            age: x25519_dalek::StaticSecret::from(*derive(context::RECOVERY_AGE)?.expose()),
        })
    }
}

impl RecoveryKeys {
    /// The public half.
    pub fn public(&self) -> Result<RecoveryPublic> {
        let recipient = x25519_dalek::PublicKey::from(&self.age);
        Ok(RecoveryPublic {
            verifying: self.signing.verifying_key().to_bytes(),
            sealing: self.sealing.clone(),
            age_recipient: bech32::encode_lower::<Bech32>(AGE_RECIPIENT, recipient.as_bytes())
                .map_err(|_| Error::Malformed("age recipient"))?,
        })
    }

    /// The age identity, `AGE-SECRET-KEY-1…`.
    pub fn age_identity(&self) -> Result<SecretBytes> {
        bech32::encode_upper::<Bech32>(AGE_IDENTITY, self.age.as_bytes())
            .map(SecretBytes::from)
            .map_err(|_| Error::Malformed("age identity"))
    }

    /// Signs `context · 0x00 · message` (Ed25519).
    #[must_use]
    pub fn sign(&self, context: Context, message: &[u8]) -> Signature {
        Signature(self.signing.sign(&context.message(message)).to_bytes().to_vec())
    }

    /// Opens what [`RecoveryPublic::wrap`] sealed.
    pub fn unwrap(&self, wrapped: &[u8]) -> Result<SecretBytes> {
        let (version, rest) = wrapped.split_first().ok_or(Error::CannotOpen)?;
        codec::check_version((*version).into(), "recovery seal", VERSION.into())?;
        let (encapsulated, ciphertext) = rest.split_at_checked(kem::ENCAPSULATED).ok_or(Error::CannotOpen)?;
        kem::open(&self.unwrapping, context::RECOVERY_SEAL.as_bytes(), encapsulated, ciphertext)
    }
}

impl RecoveryPublic {
    /// HPKE-seals a secret (the approver's PKCS#8) to the recovery key.
    pub fn wrap(&self, secret: &SecretBytes) -> Result<Vec<u8>> {
        if secret.expose().len() > SECRET_LIMIT {
            return Err(Error::TooLarge { what: "secret", limit: SECRET_LIMIT });
        }
        let (encapsulated, ciphertext) = kem::seal(&self.sealing, context::RECOVERY_SEAL.as_bytes(), secret.expose())?;
        Ok([&[VERSION], encapsulated.as_slice(), &ciphertext].concat())
    }

    /// Verifies what [`RecoveryKeys::sign`] signed; `what` names the thing for the error.
    pub fn verify(&self, context: Context, message: &[u8], signature: &Signature, what: &'static str) -> Result<()> {
        let bad = || Error::BadSignature(what);
        let signature = ed25519_dalek::Signature::from_slice(&signature.0).map_err(|_| bad())?;
        VerifyingKey::from_bytes(&self.verifying)
            .and_then(|key| key.verify_strict(&context.message(message), &signature))
            .map_err(|_| bad())
    }

    /// Checks that all three keys are keys.
    pub fn check(&self) -> Result<()> {
        const MALFORMED: Error = Error::Malformed("recovery key");
        let verifying = VerifyingKey::from_bytes(&self.verifying).map_err(|_| MALFORMED)?;
        kem::check_public(&self.sealing).map_err(|_| MALFORMED)?;
        // Bech32 and not Bech32m, lowercase: the one spelling that age writes.
        let (prefix, recipient) = bech32::decode(&self.age_recipient).map_err(|_| MALFORMED)?;
        let again = bech32::encode_lower::<Bech32>(AGE_RECIPIENT, &recipient).map_err(|_| MALFORMED)?;
        if verifying.is_weak() || prefix != AGE_RECIPIENT || recipient.len() != 32 || again != self.age_recipient {
            return Err(MALFORMED);
        }
        Ok(())
    }
}

impl core::fmt::Debug for RecoveryWords {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("RecoveryWords(…)")
    }
}

impl core::fmt::Debug for RecoveryKeys {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("RecoveryKeys(…)")
    }
}
