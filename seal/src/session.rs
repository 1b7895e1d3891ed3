//! The session between a paired browser profile and the daemon: a signed ephemeral X25519 exchange (RFC 7748), HKDF-SHA256 (RFC 5869), one AES-256-GCM key a
//! direction, counters as nonces. Each signature covers role, protocol version, both pinned identities, both ephemerals, extension id and profile.
//!
//! ```text
//! browser                         daemon
//!   Hello{…, ephemeral}      →
//!                            ←    Welcome{ephemeral, signature}
//!   Proof{signature}         →
//!   frames                  ⇄     frames
//! ```

use crate::{
    Result,
    id::DeviceId,
    keys::{PublicKeys, Sign, Signature},
    secret::Key256,
};
use serde::{Deserialize, Serialize};

/// The largest plaintext of a frame in bytes: what one native message (1 MiB of JSON) can carry in Base64.
pub const FRAME_LIMIT: usize = 700_000;

/// What both ends must agree on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// The local protocol's version.
    pub protocol: u16,
    /// The extension's id, as the browser told the native messaging host.
    pub extension: String,
    /// A random name that the extension drew for this browser profile.
    pub profile: String,
}

/// The browser's first message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// What the browser believes.
    pub setting: Setting,
    /// The browser's identity.
    pub browser: DeviceId,
    /// The daemon it wants.
    pub daemon: DeviceId,
    /// X25519 public key.
    #[serde(with = "serde_bytes")]
    pub ephemeral: [u8; 32],
}

/// The daemon's answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// X25519 public key.
    #[serde(with = "serde_bytes")]
    pub ephemeral: [u8; 32],
    /// The daemon's signature.
    pub signature: Signature,
}

/// The browser's proof of possession.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The browser's signature.
    pub signature: Signature,
}

/// The browser's side, waiting for [`Welcome`].
pub struct Initiator {
    #[expect(dead_code, reason = "filled in next")]
    hello: Hello,
}

/// The daemon's side, waiting for [`Proof`].
pub struct Responder {
    #[expect(dead_code, reason = "filled in next")]
    hello: Hello,
}

/// An established session.
pub struct Channel {
    #[expect(dead_code, reason = "filled in next")]
    sending: Key256,
    #[expect(dead_code, reason = "filled in next")]
    receiving: Key256,
}

impl Initiator {
    /// Begins.
    pub fn start(setting: Setting, browser: DeviceId, daemon: DeviceId) -> Result<(Self, Hello)> {
        let _ = (setting, browser, daemon);
        todo!()
    }

    /// Verifies the pinned daemon's signature and proves possession of the browser's key.
    pub async fn finish(self, welcome: &Welcome, daemon: &PublicKeys, keys: &impl Sign) -> Result<(Channel, Proof)> {
        let _ = (welcome, daemon, keys);
        todo!()
    }
}

impl Responder {
    /// Answers a hello that is addressed to this daemon and whose setting matches `expected` (as the native host reported it).
    pub async fn answer(
        hello: Hello,
        expected: &Setting,
        daemon: DeviceId,
        keys: &impl Sign,
    ) -> Result<(Self, Welcome)> {
        let _ = (hello, expected, daemon, keys);
        todo!()
    }

    /// Verifies the browser's proof with its keys from the device log.
    pub fn finish(self, proof: &Proof, browser: &PublicKeys) -> Result<Channel> {
        let _ = (proof, browser);
        todo!()
    }
}

impl Channel {
    /// Encrypts the next frame to send.
    pub fn seal(&mut self, plaintext: &[u8]) -> Result<Vec<u8>> {
        let _ = plaintext;
        todo!()
    }

    /// Decrypts the next received frame. After any error the session is over.
    pub fn open(&mut self, frame: &[u8]) -> Result<crate::secret::SecretBytes> {
        let _ = frame;
        todo!()
    }
}
