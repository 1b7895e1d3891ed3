//! Private keys held in this process's memory, by the `rsa` crate: blinded, zeroized on drop.

use crate::{
    Result,
    context::Context,
    keys::{DeviceKeys, PublicKeys, Sign, Signature, Unwrap, WrappedKey},
    secret::{Key256, SecretBytes},
};

/// A desktop's keys.
pub struct NativeKeys {
    public: PublicKeys,
}

impl NativeKeys {
    /// Makes both pairs. Takes about a second.
    pub fn make() -> Result<Self> {
        todo!()
    }

    /// Both private keys in one versioned encoding, to be stored encrypted only.
    pub fn to_secret(&self) -> Result<SecretBytes> {
        todo!()
    }

    /// Reads [`NativeKeys::to_secret`].
    pub fn from_secret(secret: &SecretBytes) -> Result<Self> {
        let _ = secret;
        todo!()
    }
}

impl core::fmt::Debug for NativeKeys {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "NativeKeys({})", self.public.fingerprint())
    }
}

impl Sign for NativeKeys {
    async fn sign(&self, context: Context, message: &[u8]) -> Result<Signature> {
        let _ = (context, message);
        todo!()
    }
}

impl Unwrap for NativeKeys {
    async fn unwrap_key(&self, wrapped: &WrappedKey) -> Result<Key256> {
        let _ = wrapped;
        todo!()
    }
}

impl DeviceKeys for NativeKeys {
    fn public(&self) -> &PublicKeys {
        &self.public
    }
}
