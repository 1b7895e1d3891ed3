//! The operating system's keystore: Secret Service, Keychain or Credential Manager. Each call runs in a thread of its own, because a keystore may ask its
//! user first and then waits for as long as that takes.

use super::Opener;
use crate::store::{Error, Result};
use countersign_seal::secret::{Key256, SecretBytes};
use keyring_core::{CredentialStore, Entry};
use std::{sync::Arc, thread, time::Duration};
use tokio::{sync::oneshot, time::timeout};

/// The service under which the secret stands.
const SERVICE: &str = "countersign";
const PATIENCE: Duration = Duration::from_secs(10);

type Connect = dyn Fn() -> keyring_core::Result<Arc<CredentialStore>> + Send + Sync;

/// The keystore of this user, or none at all.
#[derive(Clone)]
pub struct Keystore {
    connect: Arc<Connect>,
    patience: Duration,
}

impl core::fmt::Debug for Keystore {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Keystore")
    }
}

impl Keystore {
    /// This user's keystore. Each call gives up after 10 seconds.
    #[must_use]
    pub fn system() -> Self {
        Self { connect: Arc::new(connect_system), patience: PATIENCE }
    }

    /// No keystore: set-up asks for a passphrase.
    #[must_use]
    pub fn absent() -> Self {
        Self { connect: Arc::new(|| Err(keyring_core::Error::NoDefaultStore)), patience: PATIENCE }
    }

    /// The same keystore with another patience than 10 seconds.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// What set-up should ask for here: a PIN if the keystore answers.
    ///
    /// # Errors
    /// [`Error::Keystore`] if there is one and it doesn't answer in time.
    pub async fn opener(&self) -> Result<Opener> {
        let connect = self.connect.clone();
        let reachable = self.in_thread(move || Ok(connect().map(drop))).await?;
        Ok(match reachable {
            Ok(()) => Opener::Pin,
            Err(error) => {
                tracing::info!(%error, "no keystore");
                Opener::Passphrase
            }
        })
    }

    /// Keeps a secret under this name, and reads it back to be sure.
    pub(crate) async fn write(&self, name: String, secret: Key256) -> Result<()> {
        self.with_entry(name, move |entry| {
            entry.set_secret(secret.expose())?;
            let kept = SecretBytes::new(entry.get_secret()?);
            if kept.expose() == secret.expose() {
                Ok(())
            } else {
                Err(Error::Keystore("it did not keep the secret".into()))
            }
        })
        .await
    }

    /// The secret of this name.
    pub(crate) async fn read(&self, name: String) -> Result<Key256> {
        self.with_entry(name, |entry| {
            let secret = SecretBytes::new(entry.get_secret()?);
            secret
                .expose()
                .try_into()
                .map(Key256::new)
                .map_err(|_| Error::Keystore("its secret has another length".into()))
        })
        .await
    }

    async fn with_entry<T: Send + 'static>(
        &self,
        name: String,
        act: impl FnOnce(Entry) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let connect = self.connect.clone();
        self.in_thread(move || act(connect()?.build(SERVICE, &name, None)?)).await
    }

    async fn in_thread<T: Send + 'static>(&self, act: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let (sender, receiver) = oneshot::channel();
        let spawned = thread::Builder::new().name("keystore".into()).spawn(move || drop(sender.send(act())));
        spawned.map_err(|_| Error::Interrupted)?;
        match timeout(self.patience, receiver).await {
            Ok(outcome) => outcome.map_err(|_| Error::Interrupted)?,
            // The thread is left to itself: nothing can end a call that waits for a person.
            Err(_) => Err(Error::Keystore("it does not answer: is it locked?".into())),
        }
    }
}

impl From<keyring_core::Error> for Error {
    fn from(error: keyring_core::Error) -> Self {
        // Never the variants that carry the secret's bytes.
        Self::Keystore(match error {
            keyring_core::Error::NoEntry => "it has no secret for this store".into(),
            keyring_core::Error::NoDefaultStore => "there is none".into(),
            keyring_core::Error::PlatformFailure(error) | keyring_core::Error::NoStorageAccess(error) => {
                error.to_string()
            }
            keyring_core::Error::BadEncoding(_) | keyring_core::Error::BadDataFormat(..) => {
                "its secret is malformed".into()
            }
            keyring_core::Error::Ambiguous(_) => "it has several secrets for this store".into(),
            _ => "it refused".into(),
        })
    }
}

#[cfg(target_os = "linux")]
fn connect_system() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(zbus_secret_service_keyring_store::Store::new()?)
}

#[cfg(target_os = "macos")]
fn connect_system() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(apple_native_keyring_store::keychain::Store::new()?)
}

#[cfg(windows)]
fn connect_system() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(windows_native_keyring_store::Store::new()?)
}

#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
fn connect_system() -> keyring_core::Result<Arc<CredentialStore>> {
    Err(keyring_core::Error::NoDefaultStore)
}

#[cfg(test)]
mod testing {
    use super::*;

    impl Keystore {
        pub(crate) fn of(store: Arc<CredentialStore>) -> Self {
            Self { connect: Arc::new(move || Ok(store.clone())), patience: PATIENCE }
        }
    }
}
