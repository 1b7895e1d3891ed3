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

#[cfg(test)]
mod tests {
    use super::*;

    const ABANDON: &str =
        "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";

    #[test]
    fn words_are_bip_39s() {
        // From BIP-39's test vectors (trezor/python-mnemonic vectors.json), 128 bits.
        for (entropy, words) in [
            ([0x00; 16], ABANDON),
            ([0x7f; 16], "legal winner thank year wave sausage worth useful legal winner thank yellow"),
            ([0x80; 16], "letter advice cage absurd amount doctor acoustic avoid letter advice cage above"),
            ([0xff; 16], "zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo wrong"),
        ] {
            let parsed = RecoveryWords::parse(words).unwrap();
            assert_eq!(parsed.0.expose(), entropy);
            assert_eq!(parsed.words().unwrap().join(" "), words);
        }
        let spaced = RecoveryWords::parse(
            "  Abandon\nabandon ABANDON abandon abandon abandon\tabandon abandon abandon abandon abandon  about ",
        );
        assert_eq!(spaced.unwrap().words().unwrap().join(" "), ABANDON);
    }

    #[test]
    fn other_words_are_refused() {
        for words in [
            "",
            "abandon",
            "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon",
            "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon aboot",
            "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon art",
        ] {
            assert_eq!(RecoveryWords::parse(words).unwrap_err(), Error::Malformed("recovery words"), "{words}");
        }
    }

    #[test]
    fn drawn_words_differ_and_parse() {
        let words = RecoveryWords::make().unwrap().words().unwrap().join(" ");
        assert_eq!(RecoveryWords::parse(&words).unwrap().words().unwrap().join(" "), words);
        assert_ne!(RecoveryWords::make().unwrap().words().unwrap().join(" "), words);
    }

    fn keys() -> RecoveryKeys {
        RecoveryWords::parse(ABANDON).unwrap().derive_keys().unwrap()
    }

    fn other_keys() -> RecoveryKeys {
        RecoveryWords::parse("zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo wrong").unwrap().derive_keys().unwrap()
    }

    #[test]
    fn the_same_words_are_the_same_keys() {
        let public = keys().public().unwrap();
        assert_eq!(public.check(), Ok(()));
        assert_eq!(keys().public().unwrap(), public);
        assert_ne!(other_keys().public().unwrap(), public);
        // So that words written down today open tomorrow.
        let digest = crate::id::Hash::of(&crate::codec::to_vec(&public).unwrap());
        assert_eq!(digest.to_string(), "23a0799c8d8578db43c8a225f2dabc958419ff302c766fe5b01681204efa606d");
        assert_eq!(public.age_recipient, "age13yhuenwxn7mj4mlprg90d8dyyu7xclm5yrqr732y0xgsxqznyfqqwue6zf");
        let identity = keys().age_identity().unwrap();
        assert!(identity.expose_str().unwrap().starts_with("AGE-SECRET-KEY-1"));
    }

    #[test]
    fn only_the_words_open() {
        let secret = SecretBytes::from(String::from("private key"));
        let public = keys().public().unwrap();
        let wrapped = public.wrap(&secret).unwrap();
        assert_eq!(keys().unwrap(&wrapped), Ok(secret.clone()));
        assert_eq!(other_keys().unwrap(&wrapped), Err(Error::CannotOpen));
        for index in [1, kem::ENCAPSULATED - 1, kem::ENCAPSULATED + 1, wrapped.len() - 1] {
            let mut spoiled = wrapped.clone();
            spoiled[index] ^= 1;
            assert_eq!(keys().unwrap(&spoiled), Err(Error::CannotOpen), "{index}");
        }
        for length in [0, 1, 2, kem::ENCAPSULATED, wrapped.len() - 1] {
            assert_eq!(keys().unwrap(&wrapped[..length]), Err(Error::CannotOpen), "{length}");
        }
        let mut newer = wrapped;
        newer[0] = 2;
        assert!(matches!(keys().unwrap(&newer), Err(Error::NewerVersion { found: 2, .. })));
        let large = SecretBytes::new(vec![0; SECRET_LIMIT + 1]);
        assert!(matches!(public.wrap(&large), Err(Error::TooLarge { .. })));
    }

    #[test]
    fn signatures_are_of_one_context() {
        let public = keys().public().unwrap();
        let signature = keys().sign(Context::Log, b"entry");
        assert_eq!(public.verify(Context::Log, b"entry", &signature, "x"), Ok(()));
        let bad = Err(Error::BadSignature("x"));
        assert_eq!(public.verify(Context::Login, b"entry", &signature, "x"), bad);
        assert_eq!(public.verify(Context::Log, b"other", &signature, "x"), bad);
        assert_eq!(other_keys().public().unwrap().verify(Context::Log, b"entry", &signature, "x"), bad);
        assert_eq!(public.verify(Context::Log, b"entry", &Signature(vec![]), "x"), bad);
    }

    #[test]
    fn public_keys_are_checked() {
        let good = keys().public().unwrap();
        let spoils: [fn(&mut RecoveryPublic); 6] = [
            // The identity, a point of order one.
            |public| {
                public.verifying = [0; 32];
                public.verifying[0] = 1;
            },
            |public| public.sealing.truncate(1215),
            |public| public.sealing.fill(0xff),
            |public| public.age_recipient = public.age_recipient.to_uppercase(),
            |public| public.age_recipient.push('q'),
            |public| public.age_recipient = String::from("age1"),
        ];
        for (index, spoil) in spoils.into_iter().enumerate() {
            let mut public = good.clone();
            spoil(&mut public);
            assert_eq!(public.check(), Err(Error::Malformed("recovery key")), "{index}");
        }
    }

    #[test]
    fn debug_shows_nothing() {
        let words = RecoveryWords::parse(ABANDON).unwrap();
        assert_eq!(format!("{words:?} {:?}", keys()), "RecoveryWords(…) RecoveryKeys(…)");
    }
}
