//! Logins that pages were given and that wait for the user's word: whether they are saved.

use countersign_seal::{
    id::{CaptureId, ItemId, UnixMillis},
    origin::{Origin, OriginChain},
    secret::SecretBytes,
};
use serde::{Deserialize, Serialize};

/// The most characters of a user name that is captured.
pub const USERNAME_LIMIT: usize = 200;
/// The most bytes of a password that is captured.
pub const PASSWORD_LIMIT: usize = 1024;

/// What a page was given.
#[derive(Debug, Serialize, Deserialize)]
pub struct Captured {
    /// Where.
    pub chain: OriginChain,
    /// Empty if the page asked for none. At most [`USERNAME_LIMIT`] characters.
    pub username: String,
    /// The password; where one was changed, the new one. At most [`PASSWORD_LIMIT`] bytes.
    pub password: SecretBytes,
    /// The password that stood beside a new one: it may tell whose it is.
    pub present: Option<SecretBytes>,
    /// When.
    pub at: UnixMillis,
}

/// How a capture came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CaptureSource {
    /// The user gave it to a page.
    Submitted,
    /// It was made for a page, and stored before the page got it.
    Generated,
}

/// A capture without its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptureSummary {
    /// Which.
    pub id: CaptureId,
    /// The document that was given it.
    pub site: Origin,
    /// The registrable domain of that document's host (public suffix list); the host itself where it has none. Other hosts under it are of the same site.
    pub domain: String,
    /// Empty if the page asked for none.
    pub username: String,
    /// How it came to be.
    pub source: CaptureSource,
    /// When.
    pub at: UnixMillis,
    /// Whether the site took it, as far as the browser could tell.
    pub accepted: bool,
    /// The items whose password it could become: those with its user name first.
    pub updates: Vec<CaptureTarget>,
}

/// An item whose password a capture could become.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaptureTarget {
    /// The item.
    pub item: ItemId,
    /// Its title.
    pub title: String,
    /// Its user name.
    pub username: String,
    /// Whether that is the capture's, as sites take names: in any case.
    pub is_users: bool,
    /// Whether its password is known to be another; else nobody could tell.
    pub differs: bool,
}
