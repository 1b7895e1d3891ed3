//! HPKE (RFC 9180) in base mode: X-Wing (X25519 + ML-KEM-768), HKDF-SHA256, ChaCha20Poly1305.

use crate::{
    Error, Result,
    secret::{Key256, SecretBytes, rng},
};
use hpke::{
    Deserializable, Kem as _, OpModeR, OpModeS, Serializable, aead::ChaCha20Poly1305, kdf::HkdfSha256, kem::XWing,
    setup_receiver, setup_sender_with_rng,
};

/// Bytes of an encapsulated key.
pub(crate) const ENCAPSULATED: usize = 1120;

type Private = <XWing as hpke::Kem>::PrivateKey;
type Public = <XWing as hpke::Kem>::PublicKey;
type Encapsulated = <XWing as hpke::Kem>::EncappedKey;

/// Derives a pair from a secret (RFC 9180, section 4, `DeriveKeyPair`): the private half's encoding and the public half's.
pub(crate) fn derive_pair(secret: &Key256) -> (SecretBytes, Vec<u8>) {
    let (private, public) = XWing::derive_keypair(secret.expose());
    (SecretBytes::new(private.to_bytes().to_vec()), public.to_bytes().to_vec())
}

/// Whether these bytes are a public key.
pub(crate) fn check_public(public: &[u8]) -> Result<()> {
    parse_public(public).map(|_| ())
}

fn parse_public(public: &[u8]) -> Result<Public> {
    Public::from_bytes(public).map_err(|_| Error::Malformed("X-Wing public key"))
}

/// Seals to a public key: encapsulated key and ciphertext.
pub(crate) fn seal(public: &[u8], info: &[u8], plaintext: &[u8]) -> Result<(Vec<u8>, Vec<u8>)> {
    let public = parse_public(public)?;
    let (encapsulated, mut sender) =
        setup_sender_with_rng::<ChaCha20Poly1305, HkdfSha256, XWing>(&OpModeS::Base, &public, info, &mut rng()?)
            .map_err(|_| Error::Platform("HPKE"))?;
    let ciphertext = sender.seal(plaintext, &[]).map_err(|_| Error::Platform("HPKE"))?;
    Ok((encapsulated.to_bytes().to_vec(), ciphertext))
}

/// Opens with a private key; every failure is [`Error::CannotOpen`].
pub(crate) fn open(private: &SecretBytes, info: &[u8], encapsulated: &[u8], ciphertext: &[u8]) -> Result<SecretBytes> {
    let private = Private::from_bytes(private.expose()).map_err(|_| Error::CannotOpen)?;
    let encapsulated = Encapsulated::from_bytes(encapsulated).map_err(|_| Error::CannotOpen)?;
    let mut receiver =
        setup_receiver::<ChaCha20Poly1305, HkdfSha256, XWing>(&OpModeR::Base, &private, &encapsulated, info)
            .map_err(|_| Error::CannotOpen)?;
    receiver.open(ciphertext, &[]).map(SecretBytes::new).map_err(|_| Error::CannotOpen)
}
