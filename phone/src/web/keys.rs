//! [`Platform`] by WebCrypto and IndexedDB. Private keys are handles that cannot be exported; only an approver key is bytes once, to be wrapped.

use countersign_seal::{
    Error, Result, codec,
    keys::{DeviceKeys as _, PublicKeys, WrappingKey},
    secret::{Key256, SecretBytes},
    web::{DeviceSecret, WebApprover, WebKeys},
};
use js_sys::Uint8Array;
use web_sys::CryptoKey;

use super::database::Store;
use crate::{
    platform::{Platform, StoreFault},
    record::{Record, Records},
};

const SIGNING: &str = "signing";
const UNWRAPPING: &str = "unwrapping";
const SECRET: &str = "device-secret";
const PUBLIC: &str = "public";
/// The largest encoding of a device's public keys.
const PUBLIC_LIMIT: usize = 4096;

/// Why the app cannot start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum StartFault {
    /// The browser keeps nothing.
    Storage,
    /// The browser's cryptography is missing or failed.
    Platform,
    /// A newer version of the app wrote what is stored.
    Newer,
    /// What is stored is damaged.
    Records,
}

/// The browser.
pub(super) struct Browser {
    store: Store,
    device: WebKeys,
    secret: DeviceSecret,
}

impl Browser {
    /// Opens the store and takes or makes the device's keys.
    pub(super) async fn open() -> core::result::Result<(Self, Records), StartFault> {
        let store = Store::open().await.map_err(|_| StartFault::Storage)?;
        let records = store.records().await.map_err(|_| StartFault::Storage)?.map_err(|error| match error {
            Error::NewerVersion { .. } => StartFault::Newer,
            _ => StartFault::Records,
        })?;
        let (device, secret) = match load(&store).await? {
            Some(keys) => keys,
            // An account without the keys that belong to it is none.
            None if records.account.is_some() => return Err(StartFault::Records),
            None => make(&store).await?,
        };
        Ok((Self { store, device, secret }, records))
    }
}

async fn load(store: &Store) -> core::result::Result<Option<(WebKeys, DeviceSecret)>, StartFault> {
    let storage = |_: StoreFault| StartFault::Storage;
    let signing: Option<CryptoKey> = store.handle(SIGNING).await.map_err(storage)?;
    let unwrapping: Option<CryptoKey> = store.handle(UNWRAPPING).await.map_err(storage)?;
    let secret: Option<CryptoKey> = store.handle(SECRET).await.map_err(storage)?;
    let public = store.bytes(PUBLIC).await.map_err(storage)?;
    let (Some(signing), Some(unwrapping), Some(secret), Some(public)) = (signing, unwrapping, secret, public) else {
        return Ok(None);
    };
    let keys = codec::from_slice::<PublicKeys>(&public, "device keys", PUBLIC_LIMIT)
        .and_then(|public| WebKeys::from_handles(public, signing, Some(unwrapping)));
    let secret = DeviceSecret::from_handle(secret);
    match (keys, secret) {
        (Ok(keys), Ok(secret)) => Ok(Some((keys, secret))),
        _ => Err(StartFault::Records),
    }
}

async fn make(store: &Store) -> core::result::Result<(WebKeys, DeviceSecret), StartFault> {
    let device = WebKeys::make_phone().await.map_err(|_| StartFault::Platform)?;
    let secret = DeviceSecret::make().await.map_err(|_| StartFault::Platform)?;
    keep(store, &device, &secret).await.map_err(|_| StartFault::Storage)?;
    Ok((device, secret))
}

async fn keep(store: &Store, device: &WebKeys, secret: &DeviceSecret) -> core::result::Result<(), StoreFault> {
    let public = codec::to_vec(device.public()).map_err(|_| StoreFault)?;
    store.put_handle(SIGNING, device.signing()).await?;
    store.put_handle(UNWRAPPING, device.unwrapping().ok_or(StoreFault)?).await?;
    store.put_handle(SECRET, secret.handle()).await?;
    store.put_handle(PUBLIC, &Uint8Array::from(public.as_slice())).await
}

impl Platform for Browser {
    type Device = WebKeys;
    type Approver = WebApprover;

    fn device(&self) -> &WebKeys {
        &self.device
    }

    async fn make_approver(&self) -> Result<(SecretBytes, WrappingKey)> {
        let (approver, pkcs8) = WebApprover::make().await?;
        Ok((pkcs8, approver.public().clone()))
    }

    async fn import_approver(&self, pkcs8: &SecretBytes, key: &WrappingKey) -> Result<WebApprover> {
        WebApprover::import(pkcs8, key.clone()).await
    }

    async fn device_secret(&self) -> Result<Key256> {
        self.secret.derive().await
    }

    async fn save(&self, record: Record, bytes: Vec<u8>) -> core::result::Result<(), StoreFault> {
        self.store.put(record, &bytes).await
    }

    async fn erase(&self) -> core::result::Result<(), StoreFault> {
        self.store.clear().await
    }
}
