//! Extension ⇄ native host ⇄ daemon, outside the session.
//!
//! The host is a bridge: it sends one [`Packet::Caller`] of its own first and then forwards frames both ways. On stdio a frame is a native message (32-bit
//! native-endian length, JSON); on the daemon's socket the length is 32-bit little-endian. `data` is Base64 (RFC 4648, padded) of CBOR.
//!
//! The port outlives the daemon. While there is none the host says [`Fault::NoDaemon`](crate::local::Fault::NoDaemon) at once, and again to every packet; it keeps looking, and when the daemon
//! is there it asks [`Packet::Who`] itself: an unasked [`Packet::Offer`] means "begin anew". The daemon offers anew by itself when its account is made or unlocked.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use countersign_seal::secret::SecretBytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};
use zeroize::Zeroizing;

/// The largest frame in bytes, in either direction: below the browser's 1 MiB.
pub const FRAME_LIMIT: usize = 1_000_000;

/// One frame.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Packet {
    /// Host → daemon, first: who started the host, as the browser says on its command line.
    Caller {
        /// `chrome-extension://…/` reduced to its id, or Firefox's add-on id.
        extension: String,
    },
    /// Extension → daemon: who is there? Answered by `Offer`, or `Fault`.
    Who,
    /// Daemon → extension: protocol version, and, once the daemon is set up, a CBOR [`countersign_seal::pairing::CodeOffer`].
    Offer {
        /// [`crate::LOCAL_PROTOCOL`].
        protocol: u16,
        /// The product's version.
        version: String,
        /// `CodeOffer`; absent before the first `countersign unlock`.
        data: Option<String>,
    },
    /// Extension → daemon: CBOR [`countersign_seal::pairing::CodeStart`].
    PairStart {
        /// Base64.
        data: String,
    },
    /// Daemon → extension: CBOR [`countersign_seal::pairing::CodeReply`].
    PairReply {
        /// Base64.
        data: String,
    },
    /// Extension → daemon: CBOR [`PairConfirm`].
    PairConfirm {
        /// Base64.
        data: String,
    },
    /// Daemon → extension: CBOR [`PairProgress`]: once a phone exists it signs the log entry.
    PairProgress {
        /// Base64.
        data: String,
    },
    /// Extension → daemon: CBOR [`countersign_seal::request::SignedAsk`] over the ask from [`PairProgress::Sign`], which the extension has checked: action
    /// `AddDevice` with its own device record, its own number.
    PairAsk {
        /// Base64.
        data: String,
    },
    /// Daemon → extension: the browser is listed now; it begins a session.
    PairDone,
    /// Extension → daemon: CBOR [`countersign_seal::session::Hello`].
    Hello {
        /// Base64.
        data: String,
    },
    /// Daemon → extension: CBOR [`countersign_seal::session::Welcome`].
    Welcome {
        /// Base64.
        data: String,
    },
    /// Extension → daemon: CBOR [`countersign_seal::session::Proof`].
    Proof {
        /// Base64.
        data: String,
    },
    /// Daemon → extension, in place of `Welcome`: it has started and was not unlocked since, and its keys lie under the PIN. It brings an `Offer` once it is
    /// unlocked, here or elsewhere.
    Locked {
        /// How it is.
        status: crate::local::Status,
        /// What was wrong with the last [`Packet::Unlock`].
        fault: Option<crate::local::Fault>,
    },
    /// Extension → daemon, after `Locked`: CBOR [`Unlock`]. It has no session to travel in, and needs none: the command line says the same on the same socket.
    Unlock {
        /// Base64.
        data: SecretData,
    },
    /// Both ways: an encrypted frame of the session, whose plaintext is a [`crate::local`] message.
    Frame {
        /// Base64.
        data: String,
    },
    /// Command line → daemon (never accepted after `Caller`): CBOR [`crate::control::Command`].
    Command {
        /// Base64.
        data: SecretData,
    },
    /// Daemon → command line: CBOR [`crate::control::Report`].
    Report {
        /// Base64.
        data: String,
    },
    /// Something failed; the sender closes the connection unless the fault says it may go on.
    Fault(crate::local::Fault),
}

/// The `data` of a packet that holds a PIN, or what a command line saves: wiped when it is dropped, and not shown by `Debug`.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct SecretData(Zeroizing<String>);

impl From<String> for SecretData {
    fn from(data: String) -> Self {
        Self(Zeroizing::new(data))
    }
}

impl core::ops::Deref for SecretData {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl core::fmt::Debug for SecretData {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("SecretData(…)")
    }
}

impl Serialize for SecretData {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl<'de> Deserialize<'de> for SecretData {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

/// Encodes `value` for a packet's `data`: text, or [`SecretData`].
///
/// # Errors
/// If it has no CBOR encoding.
pub fn to_data<T: Serialize, D: From<String>>(value: &T) -> countersign_seal::Result<D> {
    let bytes = SecretBytes::new(countersign_seal::codec::to_vec(value)?);
    Ok(D::from(STANDARD.encode(bytes.expose())))
}

/// Decodes a packet's `data`; `what` names the value for the error.
///
/// # Errors
/// If it is no Base64 of one such value, or larger than a frame can be.
pub fn from_data<T: DeserializeOwned>(data: &str, what: &'static str) -> countersign_seal::Result<T> {
    let bytes = SecretBytes::new(STANDARD.decode(data).map_err(|_| countersign_seal::Error::Malformed(what))?);
    countersign_seal::codec::from_slice(bytes.expose(), what, FRAME_LIMIT)
}

#[cfg(feature = "socket")]
impl Packet {
    /// Decodes a frame.
    #[must_use]
    pub fn from_json(frame: &[u8]) -> Option<Self> {
        serde_json::from_slice(frame).ok()
    }

    /// Encodes a frame.
    #[must_use]
    pub fn to_json(&self) -> zeroize::Zeroizing<Vec<u8>> {
        // Strings and numbers alone: there is nothing in a packet that JSON cannot say.
        zeroize::Zeroizing::new(serde_json::to_vec(self).unwrap_or_default())
    }
}

/// What opens a daemon's store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unlock {
    /// The PIN or passphrase.
    pub pin: SecretBytes,
}

/// The browser's key confirmation, with what must be signed to enter the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairConfirm {
    /// Key confirmation.
    pub confirm: countersign_seal::pairing::CodeConfirm,
    /// The number that the browser drew and shows: the user types it on the phone, if there is one.
    pub number: countersign_seal::request::Number,
    /// The browser's random profile name.
    pub profile: String,
}

/// Daemon → browser inside `PairProgress`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PairProgress {
    /// The phone must sign the log entry: sign this encoded [`countersign_seal::request::Ask`] and send it back in [`Packet::PairAsk`].
    Sign(#[serde(with = "serde_bytes")] Vec<u8>),
    /// How far the phone is.
    Phone(crate::local::Progress),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_a_pin_is_not_shown_and_reads_as_text() {
        let data: SecretData = to_data(&Unlock { pin: SecretBytes::from(String::from("314159")) }).unwrap();
        let (text, packet) = (data.to_string(), Packet::Unlock { data });
        assert_eq!(format!("{packet:?}"), "Unlock { data: SecretData(…) }");
        let read: Unlock = from_data(&text, "unlock").unwrap();
        assert_eq!(read.pin.expose(), b"314159");
    }

    #[cfg(feature = "socket")]
    #[test]
    fn it_travels_as_any_other_data() {
        let packet = Packet::Command { data: String::from("AAAA").into() };
        let json = packet.to_json();
        assert_eq!(&json[..], br#"{"type":"command","data":"AAAA"}"#);
        assert_eq!(Packet::from_json(&json), Some(packet));
    }
}
