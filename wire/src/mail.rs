//! Daemon ⇄ phone: the body of an envelope.

use countersign_seal::{
    id::RequestId,
    log::{Approver, SignedEntry},
    request::SignedAnswer,
};
use serde::{Deserialize, Serialize};

/// The largest body in bytes.
pub const LIMIT: usize = 192 * 1024;

/// Desktop → phone.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToPhone {
    /// Please countersign: an encoded [`countersign_seal::request::Request`].
    Request {
        /// Its bytes, which the answer hashes.
        #[serde(with = "serde_bytes")]
        request: Vec<u8>,
        /// The desktop's name, as shown until the log is read.
        computer: String,
    },
    /// Never mind: clear the screen.
    Withdraw {
        /// Which request.
        request: RequestId,
        /// Why.
        reason: Withdrawal,
    },
    /// The log grew.
    Log {
        /// Entries after those the phone was last known to have, or all.
        entries: Vec<SignedEntry>,
    },
    /// An answer was received: the phone may show it as done.
    Received {
        /// Which request.
        request: RequestId,
    },
}

/// Why a request is withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Withdrawal {
    /// The user cancelled it where it was asked.
    Cancelled,
    /// The tab or the browser that asked is gone.
    AskerGone,
    /// The daemon restarted.
    Restarted,
    /// Its time is over.
    Expired,
    /// The daemon was locked.
    Locked,
}

/// Phone → desktop.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ToDesktop {
    /// The phone has the request and shows it.
    Delivered {
        /// Which request.
        request: RequestId,
    },
    /// The phone's decision.
    Answer(SignedAnswer),
    /// Before the first approver exists: the phone made the approver key and its user has confirmed the recovery words. The first desktop signs the log entry.
    BecomeApprover(Box<Approver>),
    /// The phone's user allows requests again, after refusals or "this wasn't me".
    AllowRequests,
    /// The log as the phone has it, when it is longer.
    Log {
        /// All entries.
        entries: Vec<SignedEntry>,
    },
}
