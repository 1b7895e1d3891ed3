//! Published vectors, so that every primitive is the one its standard describes.

use crate::{
    cipher, kdf,
    keys::{Signature, Unwrap, VerifyingKey, WrappedKey, WrappingKey},
    native::NativeApprover,
    secret::{Key256, SecretBytes},
    testing::run,
};
use hex_literal::hex;
use serde_json::Value;

fn bytes(vectors: &Value, name: &str) -> Vec<u8> {
    let text = vectors[name].as_str().unwrap();
    (0..text.len()).step_by(2).map(|index| u8::from_str_radix(&text[index..index + 2], 16).unwrap()).collect()
}

/// The GCM submission's test cases 13, 14 and 16 (McGrew and Viega), which NIST took over.
#[test]
fn aes_256_gcm() {
    let key = hex!("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
    let plaintext = hex!(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
    );
    let sealed = hex!(
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
        "76fc6ece0f4e1768cddf8853bb2d551b"
    );
    let additional = hex!("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    let one_block = hex!("cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919");
    for (key, nonce, plaintext, additional, sealed) in [
        ([0; 32], [0; 12], &[][..], &[][..], &hex!("530f8afbc74536b9a963b4f1c4cb738b")[..]),
        ([0; 32], [0; 12], &[0; 16], &[], &one_block),
        (key, hex!("cafebabefacedbaddecaf888"), &plaintext, &additional, &sealed),
    ] {
        let key = Key256::new(key);
        assert_eq!(cipher::seal_at(&key, nonce, plaintext, additional).unwrap(), sealed);
        assert_eq!(cipher::open_at(&key, nonce, sealed, additional).unwrap().expose(), plaintext);
    }
}

/// RFC 5869, appendix A.1 and A.3, the first 32 bytes.
#[test]
fn hkdf_sha256() {
    let info = hex!("f0f1f2f3f4f5f6f7f8f9");
    let key = kdf::derive(&hex!("000102030405060708090a0b0c"), &[0x0b; 22], &[&info[..4], &info[4..]]).unwrap();
    assert_eq!(key.expose(), &hex!("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"));
    let key = kdf::derive(&[], &[0x0b; 22], &[]).unwrap();
    assert_eq!(key.expose(), &hex!("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"));
}

/// RFC 9106, section 5.3.
#[test]
fn argon2id() {
    use argon2::{Algorithm, Argon2, AssociatedData, ParamsBuilder, Version};
    let mut parameters = ParamsBuilder::new();
    parameters.m_cost(32).t_cost(3).p_cost(4).data(AssociatedData::new(&[4; 12]).unwrap());
    let parameters = parameters.build().unwrap();
    let argon2 = Argon2::new_with_secret(&[3; 8], Algorithm::Argon2id, Version::V0x13, parameters).unwrap();
    let mut tag = [0; 32];
    argon2.hash_password_into(&[1; 32], &[2; 16], &mut tag).unwrap();
    assert_eq!(tag, hex!("0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"));
}

/// RFC 7748, section 5.2.
#[test]
fn x25519() {
    let scalar = hex!("a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4");
    let point = hex!("e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c");
    let shared = x25519_dalek::StaticSecret::from(scalar).diffie_hellman(&point.into());
    assert_eq!(shared.as_bytes(), &hex!("c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552"));
}

/// RFC 8032, section 7.1, test 1.
#[test]
fn ed25519() {
    use ed25519_dalek::{Signer, SigningKey};
    let key = SigningKey::from_bytes(&hex!("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"));
    let public = hex!("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a");
    let signature = hex!(
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
    );
    assert_eq!(key.verifying_key().to_bytes(), public);
    assert_eq!(key.sign(b"").to_bytes(), signature);
}

/// draft-connolly-cfrg-xwing-kem, the first vector: what HPKE encapsulates with.
#[test]
fn x_wing() {
    use hpke::{Deserializable, Kem, Serializable, kem::XWing};
    let vectors: Value = serde_json::from_str(include_str!("../tests/vectors/x-wing.json")).unwrap();
    let private = <XWing as Kem>::PrivateKey::from_bytes(&bytes(&vectors, "sk")).unwrap();
    assert_eq!(XWing::sk_to_pk(&private).to_bytes().to_vec(), bytes(&vectors, "pk"));
    let encapsulated = <XWing as Kem>::EncappedKey::from_bytes(&bytes(&vectors, "ct")).unwrap();
    let shared = XWing::decap(&private, None, &encapsulated).unwrap();
    assert_eq!(shared.0.to_vec(), bytes(&vectors, "ss"));
}

/// What OpenSSL signed and wrapped; the browsers' suite takes the same file.
#[test]
fn rsa_of_openssl() {
    let vectors: Value = serde_json::from_str(include_str!("../tests/vectors/rsa-openssl.json")).unwrap();
    let verifying = VerifyingKey::from_spki(&bytes(&vectors, "signing_spki")).unwrap();
    let signature = Signature(bytes(&vectors, "signature"));
    let context = crate::context::Context::Envelope;
    verifying.verify(context, &bytes(&vectors, "message"), &signature, "vector").unwrap();
    let approver = NativeApprover::from_pkcs8(&SecretBytes::new(bytes(&vectors, "wrapping_pkcs8"))).unwrap();
    assert_eq!(Ok(approver.public()), WrappingKey::from_spki(&bytes(&vectors, "wrapping_spki")).as_ref());
    let key = run(approver.unwrap_key(&WrappedKey(bytes(&vectors, "wrapped")))).unwrap();
    assert_eq!(key.expose()[..], bytes(&vectors, "key"));
}

/// A public key has one encoding, one size and one exponent.
#[test]
fn other_public_keys_are_refused() {
    let vectors: Value = serde_json::from_str(include_str!("../tests/vectors/rsa-openssl.json")).unwrap();
    let good = bytes(&vectors, "signing_spki");
    assert!(VerifyingKey::from_spki(&good).is_ok());
    let spoils: [fn(&mut Vec<u8>); 6] = [
        |der| der.push(0),
        |der| der.truncate(der.len() - 1),
        // The last byte of the exponent: 65539.
        |der| *der.last_mut().unwrap() = 3,
        // id-RSASSA-PSS instead of rsaEncryption.
        |der| der[16] = 10,
        // An even modulus.
        |der| der[288] &= 0xfe,
        Vec::clear,
    ];
    for (index, spoil) in spoils.into_iter().enumerate() {
        let mut der = good.clone();
        spoil(&mut der);
        assert_eq!(VerifyingKey::from_spki(&der), Err(crate::Error::Malformed("public key")), "{index}");
        assert!(WrappingKey::from_spki(&der).is_err());
    }
    for bits in ["1024", "3072"] {
        let other: Value = serde_json::from_str(include_str!("../tests/vectors/rsa-other-sizes.json")).unwrap();
        assert!(VerifyingKey::from_spki(&bytes(&other, bits)).is_err(), "{bits}");
    }
}
