//! What the machine needs of its surroundings: [`crate::web`] in a browser, memory and the `rsa` crate in tests.

use core::future::Future;

use countersign_seal::{
    Result,
    keys::{DeviceKeys, Unwrap, WrappingKey},
    secret::{Key256, SecretBytes},
};

use crate::record::Record;

/// The record could not be written: the device's storage is full or refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the device's storage refused")]
pub struct StoreFault;

/// Keys and a store.
pub trait Platform {
    /// This phone's device keys.
    type Device: DeviceKeys;
    /// An imported approver key that cannot be exported again.
    type Approver: Unwrap;

    /// The device keys, made once and kept.
    fn device(&self) -> &Self::Device;

    /// Makes an approver key: its PKCS#8 (RFC 5958), to be wrapped at once, and its public half.
    fn make_approver(&self) -> impl Future<Output = Result<(SecretBytes, WrappingKey)>>;

    /// Imports an approver key's PKCS#8 for use; checks that it belongs to `key`.
    fn import_approver(&self, pkcs8: &SecretBytes, key: &WrappingKey) -> impl Future<Output = Result<Self::Approver>>;

    /// The half of the PIN key that never leaves this device.
    fn device_secret(&self) -> impl Future<Output = Result<Key256>>;

    /// Writes a record; it is durable when this returns.
    fn save(&self, record: Record, bytes: Vec<u8>) -> impl Future<Output = core::result::Result<(), StoreFault>>;

    /// Deletes every record and the device keys.
    fn erase(&self) -> impl Future<Output = core::result::Result<(), StoreFault>>;
}
