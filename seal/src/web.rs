//! Private keys held by the browser as non-extractable WebCrypto `CryptoKey`s.
//!
//! Works in windows, workers and service workers, in secure contexts only. Nothing here can read a private key back; the one exception is
//! [`WebApprover::make`], whose bytes exist to be wrapped and forgotten. Handles go into IndexedDB as they are.

use crate::{
    Error, Result,
    context::Context,
    keys::{DeviceKeys, PublicKeys, SALT, Sign, Signature, Unwrap, VerifyingKey, WrappedKey, WrappingKey},
    secret::{Key256, SecretBytes},
};
use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Crypto, CryptoKey, CryptoKeyPair, SubtleCrypto};

const PSS: &str = "RSA-PSS";
const OAEP: &str = "RSA-OAEP";
const HMAC: &str = "HMAC";
/// What [`DeviceSecret::derive`] authenticates.
const DEVICE_SECRET: &[u8] = b"countersign/v1/device-secret";

/// A device's keys: a browser's, which only signs, or a phone's.
pub struct WebKeys {
    public: PublicKeys,
    signing: CryptoKey,
    unwrapping: Option<CryptoKey>,
}

impl WebKeys {
    /// Makes a signing pair only: for a browser.
    pub async fn make_browser() -> Result<Self> {
        let (verifying, signing) = make_pair(PSS, &["sign", "verify"], false).await?;
        let public = PublicKeys { verifying: VerifyingKey::from_spki(&verifying)?, wrapping: None };
        Ok(Self { public, signing, unwrapping: None })
    }

    /// Makes both pairs: for a phone.
    pub async fn make_phone() -> Result<Self> {
        let (verifying, signing) = make_pair(PSS, &["sign", "verify"], false).await?;
        let (wrapping, unwrapping) = make_pair(OAEP, &["encrypt", "decrypt"], false).await?;
        let public = PublicKeys {
            verifying: VerifyingKey::from_spki(&verifying)?,
            wrapping: Some(WrappingKey::from_spki(&wrapping)?),
        };
        Ok(Self { public, signing, unwrapping: Some(unwrapping) })
    }

    /// Takes back stored handles; refuses any that could be read out or used otherwise.
    pub fn from_handles(public: PublicKeys, signing: CryptoKey, unwrapping: Option<CryptoKey>) -> Result<Self> {
        check_handle(&signing, PSS, "private", "sign")?;
        unwrapping.as_ref().map_or(Ok(()), |handle| check_handle(handle, OAEP, "private", "decrypt"))?;
        if public.wrapping.is_some() != unwrapping.is_some() {
            return Err(Error::Malformed("device keys"));
        }
        Ok(Self { public, signing, unwrapping })
    }

    /// The handle of the signing key, to be stored.
    #[must_use]
    pub const fn signing(&self) -> &CryptoKey {
        &self.signing
    }

    /// The handle of the unwrapping key, to be stored.
    #[must_use]
    pub const fn unwrapping(&self) -> Option<&CryptoKey> {
        self.unwrapping.as_ref()
    }
}

impl core::fmt::Debug for WebKeys {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "WebKeys({})", self.public.fingerprint())
    }
}

impl Sign for WebKeys {
    async fn sign(&self, context: Context, message: &[u8]) -> Result<Signature> {
        let algorithm =
            object(&[("name", &PSS.into()), ("saltLength", &JsValue::from(u32::try_from(SALT).unwrap_or(0)))])?;
        let message = context.message(message);
        let signature = subtle()?.sign_with_object_and_u8_array(&algorithm, &self.signing, &message);
        Ok(Signature(bytes(&settle(signature, "RSA-PSS").await?)))
    }
}

impl Unwrap for WebKeys {
    async fn unwrap_key(&self, wrapped: &WrappedKey) -> Result<Key256> {
        decrypt(self.unwrapping.as_ref().ok_or(Error::CannotOpen)?, wrapped).await
    }
}

impl DeviceKeys for WebKeys {
    fn public(&self) -> &PublicKeys {
        &self.public
    }
}

/// An approver key, imported for use: its private half cannot be read.
pub struct WebApprover {
    public: WrappingKey,
    private: CryptoKey,
}

impl WebApprover {
    /// Makes the pair. The DER PKCS#8 is returned this once, to be wrapped to the PIN and to the recovery key.
    pub async fn make() -> Result<(Self, SecretBytes)> {
        let (public, extractable) = make_pair(OAEP, &["encrypt", "decrypt"], true).await?;
        let exported = settle(subtle()?.export_key("pkcs8", &extractable), "RSA-OAEP export").await?;
        let pkcs8 = take_secret(&exported);
        let public = WrappingKey::from_spki(&public)?;
        Ok((Self::import(&pkcs8, public).await?, pkcs8))
    }

    /// Imports DER PKCS#8, as non-extractable; checks that it is the private half of `public`.
    pub async fn import(pkcs8: &SecretBytes, public: WrappingKey) -> Result<Self> {
        let algorithm = object(&[("name", &OAEP.into()), ("hash", &"SHA-256".into())])?;
        let copy = Uint8Array::from(pkcs8.expose());
        let imported =
            subtle()?.import_key_with_object("pkcs8", copy.as_ref(), &algorithm, false, &usages(&["decrypt"]));
        // WebCrypto has its own copy by now.
        copy.fill(0, 0, copy.length());
        let private: CryptoKey =
            settle(imported, "RSA-OAEP import").await.map_err(|_| Error::Malformed("private key"))?.unchecked_into();
        let approver = Self { public, private };
        let probe = Key256::make()?;
        let same = approver.unwrap_key(&approver.public.wrap(&probe)?).await.is_ok_and(|key| key == probe);
        if same { Ok(approver) } else { Err(Error::Malformed("private key")) }
    }

    /// The public half.
    #[must_use]
    pub const fn public(&self) -> &WrappingKey {
        &self.public
    }
}

impl core::fmt::Debug for WebApprover {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "WebApprover({})", self.public.approver_id())
    }
}

impl Unwrap for WebApprover {
    async fn unwrap_key(&self, wrapped: &WrappedKey) -> Result<Key256> {
        decrypt(&self.private, wrapped).await
    }
}

/// A secret that stays in this browser profile: a non-extractable HMAC-SHA256 key. A wrapped approver key copied without it cannot be opened,
/// whatever the PIN.
pub struct DeviceSecret(CryptoKey);

impl DeviceSecret {
    /// Makes one.
    pub async fn make() -> Result<Self> {
        let algorithm = object(&[("name", &HMAC.into()), ("hash", &"SHA-256".into()), ("length", &256.into())])?;
        let made = subtle()?.generate_key_with_object(&algorithm, false, &usages(&["sign"]));
        Ok(Self(settle(made, "HMAC").await?.unchecked_into()))
    }

    /// Takes back a stored handle.
    pub fn from_handle(handle: CryptoKey) -> Result<Self> {
        check_handle(&handle, HMAC, "secret", "sign")?;
        Ok(Self(handle))
    }

    /// The handle, to be stored.
    #[must_use]
    pub const fn handle(&self) -> &CryptoKey {
        &self.0
    }

    /// The secret for [`crate::approver::derive_pin_key`]: always the same one.
    pub async fn derive(&self) -> Result<Key256> {
        let mac = subtle()?.sign_with_str_and_u8_array(HMAC, &self.0, DEVICE_SECRET);
        let secret = take_secret(&settle(mac, "HMAC").await?);
        secret.expose().try_into().map(Key256::new).map_err(|_| Error::Platform("HMAC"))
    }
}

impl core::fmt::Debug for DeviceSecret {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("DeviceSecret(…)")
    }
}

/// Every global scope has `crypto`; `crypto.subtle` only a secure context.
fn subtle() -> Result<SubtleCrypto> {
    const NONE: Error = Error::Platform("WebCrypto needs a secure context");
    let crypto = Reflect::get(&js_sys::global(), &"crypto".into()).map_err(|_| NONE)?;
    let subtle = Reflect::get(&crypto, &"subtle".into()).map_err(|_| NONE)?;
    if subtle.is_undefined() { Err(NONE) } else { Ok(crypto.unchecked_into::<Crypto>().subtle()) }
}

/// A fresh RSA pair: the public half's SubjectPublicKeyInfo and the private half's handle.
async fn make_pair(name: &str, wanted: &[&str], extractable: bool) -> Result<(Vec<u8>, CryptoKey)> {
    let algorithm = object(&[
        ("name", &name.into()),
        ("modulusLength", &2048.into()),
        ("publicExponent", &Uint8Array::from(&[1, 0, 1][..])),
        ("hash", &"SHA-256".into()),
    ])?;
    let made = subtle()?.generate_key_with_object(&algorithm, extractable, &usages(wanted));
    let pair: CryptoKeyPair = settle(made, "RSA key generation").await?.unchecked_into();
    let half = |name: &str| {
        Reflect::get(&pair, &name.into())
            .map(JsCast::unchecked_into::<CryptoKey>)
            .map_err(|_| Error::Platform("RSA key generation"))
    };
    let exported = settle(subtle()?.export_key("spki", &half("publicKey")?), "RSA export").await?;
    Ok((bytes(&exported), half("privateKey")?))
}

async fn decrypt(private: &CryptoKey, wrapped: &WrappedKey) -> Result<Key256> {
    let algorithm = object(&[("name", &OAEP.into())])?;
    let opened = subtle()?.decrypt_with_object_and_u8_array(&algorithm, private, &wrapped.0);
    let opened = settle(opened, "RSA-OAEP").await.map_err(|_| Error::CannotOpen)?;
    take_secret(&opened).expose().try_into().map(Key256::new).map_err(|_| Error::CannotOpen)
}

/// Refuses a stored handle that is not the non-extractable key for its one use.
fn check_handle(handle: &CryptoKey, algorithm: &str, kind: &str, usage: &str) -> Result<()> {
    const MALFORMED: Error = Error::Malformed("stored key");
    let name = handle.algorithm().and_then(|described| Reflect::get(&described, &"name".into()));
    let is_ours = name.is_ok_and(|name| name.as_string().as_deref() == Some(algorithm))
        && !handle.extractable()
        && handle.type_() == kind
        && handle.usages().includes(&usage.into(), 0);
    if is_ours { Ok(()) } else { Err(MALFORMED) }
}

async fn settle(promise: core::result::Result<Promise, JsValue>, what: &'static str) -> Result<JsValue> {
    let failed = |_| Error::Platform(what);
    JsFuture::from(promise.map_err(failed)?).await.map_err(failed)
}

fn object(entries: &[(&str, &JsValue)]) -> Result<Object> {
    let object = Object::new();
    for (name, value) in entries {
        Reflect::set(&object, &(*name).into(), value).map_err(|_| Error::Platform("WebCrypto"))?;
    }
    Ok(object)
}

fn usages(names: &[&str]) -> JsValue {
    names.iter().map(|name| JsValue::from(*name)).collect::<Array>().into()
}

fn bytes(buffer: &JsValue) -> Vec<u8> {
    Uint8Array::new(buffer).to_vec()
}

/// Takes secret bytes out of a JavaScript buffer and clears it.
fn take_secret(buffer: &JsValue) -> SecretBytes {
    let view = Uint8Array::new(buffer);
    let secret = SecretBytes::new(view.to_vec());
    view.fill(0, 0, view.length());
    secret
}
