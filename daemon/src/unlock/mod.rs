//! What opens the store: a PIN with the operating system's keystore, or a passphrase where there is none.
#![allow(clippy::todo, unused_variables, clippy::unused_async)]

use std::time::Duration;

/// The operating system's keystore (Secret Service, Keychain, Credential Manager), or none at all.
#[derive(Debug, Clone)]
pub struct Keystore {
    _timeout: Duration,
}

/// What the user types to open the store. Chosen at set-up and recorded: a keystore that is missing later is an error, never a downgrade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opener {
    /// At least 6 characters, together with a secret in the keystore.
    Pin,
    /// At least 12 characters; there was no keystore.
    Passphrase,
}

impl Keystore {
    /// This user's keystore. Each call gives up after 10 seconds.
    #[must_use]
    pub fn system() -> Self {
        todo!()
    }

    /// No keystore: set-up asks for a passphrase.
    #[must_use]
    pub fn absent() -> Self {
        todo!()
    }

    /// What set-up should ask for here.
    pub async fn opener(&self) -> crate::store::Result<Opener> {
        todo!()
    }
}
