//! Runs the suite for private keys on WebCrypto in a real browser, alone and against the `rsa` crate in the same module.
//!
//! To load it, serve the two files that wasm-bindgen makes (target `web`) from a secure context and evaluate
//!
//! ```js
//! const { default: init, run } = await import('./webcrypto-test.js');
//! await init({ module_or_path: './webcrypto-test_bg.wasm' });
//! JSON.parse(await run())   // { passed: ["…"], failed: [{ name, error }] }
//! ```
//!
//! in a window, a worker or a service worker.
#![allow(clippy::indexing_slicing, reason = "test code")]

#[path = "../../../seal/tests/suite/mod.rs"]
mod suite;

use countersign_seal::{
    Error, approver,
    context::Context,
    keys::{DeviceKeys, Sign, Signature, Unwrap, VerifyingKey, WrappedKey, WrappingKey},
    native::{NativeApprover, NativeKeys},
    secret::{Key256, SecretBytes},
    web::{DeviceSecret, WebApprover, WebKeys},
};
use js_sys::{Array, Object, Promise, Reflect, Uint8Array};
use serde_json::{Value, json};
use std::pin::Pin;
use wasm_bindgen::{JsCast, JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Crypto, CryptoKey, SubtleCrypto};

use suite::Outcome;

/// Runs everything; the report is JSON.
#[wasm_bindgen]
pub async fn run() -> String {
    let (mut passed, mut failed) = (Vec::new(), Vec::new());
    for (name, test) in tests() {
        match test.await {
            Ok(()) => passed.push(name),
            Err(error) => failed.push(json!({ "name": name, "error": error })),
        }
    }
    json!({ "passed": passed, "failed": failed }).to_string()
}

type Test = Pin<Box<dyn Future<Output = Outcome>>>;

fn tests() -> Vec<(&'static str, Test)> {
    vec![
        ("the whole suite on WebCrypto", Box::pin(all_web())),
        ("a WebCrypto phone and browser with a native desktop", Box::pin(web_phone())),
        ("a native phone and approver with a WebCrypto desktop", Box::pin(native_phone())),
        ("WebCrypto verifies what rsa signs", Box::pin(web_verifies_native())),
        ("rsa opens what WebCrypto wraps", Box::pin(native_opens_web())),
        ("OpenSSL's vectors", Box::pin(openssl_vectors())),
        ("handles come back, and only ours", Box::pin(handles())),
        ("private keys cannot be exported", Box::pin(not_extractable())),
        ("an approver key goes through its wrap", Box::pin(approver_wrap())),
        ("a device secret stays the same", Box::pin(device_secret())),
        ("a browser opens nothing", Box::pin(browser_opens_nothing())),
    ]
}

fn text(error: impl core::fmt::Debug) -> String {
    format!("{error:?}")
}

fn ensure(condition: bool, what: &str) -> Outcome {
    if condition { Ok(()) } else { Err(what.to_owned()) }
}

async fn all_web() -> Outcome {
    let desktop = WebKeys::make_phone().await.map_err(text)?;
    let browser = WebKeys::make_browser().await.map_err(text)?;
    let phone = WebKeys::make_phone().await.map_err(text)?;
    let (approver, pkcs8) = WebApprover::make().await.map_err(text)?;
    suite::run(&desktop, &browser, &phone, (&approver, approver.public(), &pkcs8)).await
}

async fn web_phone() -> Outcome {
    let desktop = NativeKeys::make().map_err(text)?;
    let browser = WebKeys::make_browser().await.map_err(text)?;
    let phone = WebKeys::make_phone().await.map_err(text)?;
    let (approver, pkcs8) = WebApprover::make().await.map_err(text)?;
    suite::run(&desktop, &browser, &phone, (&approver, approver.public(), &pkcs8)).await
}

async fn native_phone() -> Outcome {
    let desktop = WebKeys::make_phone().await.map_err(text)?;
    let browser = WebKeys::make_browser().await.map_err(text)?;
    let phone = NativeKeys::make().map_err(text)?;
    // Made by WebCrypto, used by rsa: as a recovery on a desktop would.
    let (web, pkcs8) = WebApprover::make().await.map_err(text)?;
    let native = NativeApprover::from_pkcs8(&pkcs8).map_err(text)?;
    ensure(native.public() == web.public(), "one pair has two public halves")?;
    suite::run(&desktop, &browser, &phone, (&native, web.public(), &pkcs8)).await
}

async fn web_verifies_native() -> Outcome {
    let keys = NativeKeys::make().map_err(text)?;
    let signature = keys.sign(Context::Record, b"message").await.map_err(text)?;
    let spki = keys.public().verifying.as_spki();
    ensure(web_verifies(spki, &Context::Record.message(b"message"), &signature).await?, "a right signature")?;
    ensure(!web_verifies(spki, b"other", &signature).await?, "a wrong signature")
}

async fn web_verifies(spki: &[u8], message: &[u8], signature: &Signature) -> Result<bool, String> {
    let key = import("spki", spki, "RSA-PSS", "verify").await?;
    let algorithm = object(&[("name", "RSA-PSS".into()), ("saltLength", 32.into())])?;
    let verified = subtle()?.verify_with_object_and_u8_array_and_u8_array(&algorithm, &key, &signature.0, message);
    Ok(settle(verified).await?.is_truthy())
}

async fn native_opens_web() -> Outcome {
    let approver = NativeApprover::make().map_err(text)?;
    let key = import("spki", approver.public().as_spki(), "RSA-OAEP", "encrypt").await?;
    let algorithm = object(&[("name", "RSA-OAEP".into())])?;
    let wrapped = settle(subtle()?.encrypt_with_object_and_u8_array(&algorithm, &key, &[0x33; 32])).await?;
    let wrapped = WrappedKey(Uint8Array::new(&wrapped).to_vec());
    let opened = approver.unwrap_key(&wrapped).await.map_err(text)?;
    ensure(opened == Key256::new([0x33; 32]), "another key")
}

async fn openssl_vectors() -> Outcome {
    let vectors: Value =
        serde_json::from_str(include_str!("../../../seal/tests/vectors/rsa-openssl.json")).map_err(text)?;
    let bytes = |name: &str| unhex(vectors[name].as_str().unwrap_or_default());
    let signature = Signature(bytes("signature")?);
    let message = Context::Envelope.message(&bytes("message")?);
    ensure(web_verifies(&bytes("signing_spki")?, &message, &signature).await?, "WebCrypto verifies OpenSSL")?;
    let verifying = VerifyingKey::from_spki(&bytes("signing_spki")?).map_err(text)?;
    verifying.verify(Context::Envelope, &bytes("message")?, &signature, "vector").map_err(text)?;
    let public = WrappingKey::from_spki(&bytes("wrapping_spki")?).map_err(text)?;
    let pkcs8 = SecretBytes::new(bytes("wrapping_pkcs8")?);
    let approver = WebApprover::import(&pkcs8, public.clone()).await.map_err(text)?;
    let key = approver.unwrap_key(&WrappedKey(bytes("wrapped")?)).await.map_err(text)?;
    ensure(key.expose()[..] == bytes("key")?, "WebCrypto opens OpenSSL")?;
    let other = SecretBytes::new(bytes("signing_pkcs8")?);
    ensure(
        WebApprover::import(&other, public).await.is_err_and(|error| error == Error::Malformed("private key")),
        "a private key of another pair",
    )
}

fn unhex(text: &str) -> Result<Vec<u8>, String> {
    let digit = |index: usize| text.get(index..index + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok());
    (0..text.len()).step_by(2).map(|index| digit(index).ok_or_else(|| "hex".to_owned())).collect()
}

async fn handles() -> Outcome {
    let keys = WebKeys::make_phone().await.map_err(text)?;
    let public = keys.public().clone();
    let (signing, unwrapping) = (keys.signing().clone(), keys.unwrapping().cloned());
    let again = WebKeys::from_handles(public.clone(), signing.clone(), unwrapping.clone()).map_err(text)?;
    let signature = again.sign(Context::Login, b"x").await.map_err(text)?;
    public.verifying.verify(Context::Login, b"x", &signature, "test").map_err(text)?;
    let swapped = WebKeys::from_handles(public.clone(), unwrapping.clone().ok_or("none")?, Some(signing.clone()));
    ensure(swapped.is_err(), "swapped handles")?;
    ensure(WebKeys::from_handles(public.clone(), signing, None).is_err(), "a handle is missing")?;
    let readable = generate_extractable().await?;
    ensure(WebKeys::from_handles(public, readable, unwrapping).is_err(), "a handle that can be read out")
}

async fn generate_extractable() -> Result<CryptoKey, String> {
    let algorithm = object(&[
        ("name", "RSA-PSS".into()),
        ("modulusLength", 2048.into()),
        ("publicExponent", Uint8Array::from(&[1, 0, 1][..]).into()),
        ("hash", "SHA-256".into()),
    ])?;
    let pair = settle(subtle()?.generate_key_with_object(&algorithm, true, &usages(&["sign", "verify"]))).await?;
    Reflect::get(&pair, &"privateKey".into()).map(JsCast::unchecked_into).map_err(text)
}

async fn not_extractable() -> Outcome {
    let keys = WebKeys::make_phone().await.map_err(text)?;
    let (approver, _) = WebApprover::make().await.map_err(text)?;
    let secret = DeviceSecret::make().await.map_err(text)?;
    for (handle, format) in
        [(Some(keys.signing()), "pkcs8"), (keys.unwrapping(), "pkcs8"), (Some(secret.handle()), "raw")]
    {
        let exported = settle(subtle()?.export_key(format, handle.ok_or("no handle")?)).await;
        ensure(exported.is_err(), "a private key was exported")?;
    }
    ensure(!format!("{approver:?}{keys:?}{secret:?}").contains("CryptoKey"), "Debug shows a handle")
}

async fn approver_wrap() -> Outcome {
    let (approver, pkcs8) = WebApprover::make().await.map_err(text)?;
    let device_secret = DeviceSecret::make().await.map_err(text)?.derive().await.map_err(text)?;
    let parameters = approver::PinParameters::make_phone().map_err(text)?;
    let key = |pin: &str| {
        let pin = SecretBytes::from(pin.to_owned());
        approver::derive_pin_key(&device_secret, &pin, &parameters, "test").map_err(text)
    };
    let wrapped = approver::WrappedSecret::make(&key("246810")?, &pkcs8, b"test").map_err(text)?;
    ensure(wrapped.open(&key("246811")?, b"test") == Err(Error::CannotOpen), "a wrong PIN")?;
    let opened = wrapped.open(&key("246810")?, b"test").map_err(text)?;
    let again = WebApprover::import(&opened, approver.public().clone()).await.map_err(text)?;
    let content_key = Key256::make().map_err(text)?;
    let sealed = approver.public().wrap(&content_key).map_err(text)?;
    ensure(again.unwrap_key(&sealed).await == Ok(content_key), "another key")
}

async fn device_secret() -> Outcome {
    let secret = DeviceSecret::make().await.map_err(text)?;
    let derived = secret.derive().await.map_err(text)?;
    let again = DeviceSecret::from_handle(secret.handle().clone()).map_err(text)?;
    ensure(again.derive().await == Ok(derived.clone()), "the same secret differs")?;
    let other = DeviceSecret::make().await.map_err(text)?;
    ensure(other.derive().await != Ok(derived), "another secret is the same")
}

async fn browser_opens_nothing() -> Outcome {
    let keys = WebKeys::make_browser().await.map_err(text)?;
    let opened = keys.unwrap_key(&WrappedKey(vec![0; 256])).await;
    ensure(opened == Err(Error::CannotOpen) && keys.public().wrapping.is_none(), "a browser has a wrapping key")
}

fn subtle() -> Result<SubtleCrypto, String> {
    let crypto = Reflect::get(&js_sys::global(), &"crypto".into()).map_err(text)?;
    Ok(crypto.unchecked_into::<Crypto>().subtle())
}

async fn import(format: &str, key: &[u8], name: &str, usage: &str) -> Result<CryptoKey, String> {
    let algorithm = object(&[("name", name.into()), ("hash", "SHA-256".into())])?;
    let data = Uint8Array::from(key);
    let imported = subtle()?.import_key_with_object(format, data.as_ref(), &algorithm, true, &usages(&[usage]));
    settle(imported).await.map(JsCast::unchecked_into)
}

async fn settle(promise: Result<Promise, JsValue>) -> Result<JsValue, String> {
    JsFuture::from(promise.map_err(text)?).await.map_err(text)
}

fn object(entries: &[(&str, JsValue)]) -> Result<Object, String> {
    let object = Object::new();
    for (name, value) in entries {
        Reflect::set(&object, &(*name).into(), value).map_err(text)?;
    }
    Ok(object)
}

fn usages(names: &[&str]) -> JsValue {
    names.iter().map(|name| JsValue::from(*name)).collect::<Array>().into()
}
