/// What went wrong. A variant says whose fault it is; none carries secret bytes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The bytes are not a well-formed value of the expected type.
    #[error("malformed {0}")]
    Malformed(&'static str),
    /// The value is larger than its bound.
    #[error("{what} is larger than {limit} bytes")]
    TooLarge {
        /// The name of the value.
        what: &'static str,
        /// The bound in bytes.
        limit: usize,
    },
    /// The version is newer than this program knows.
    #[error("{what} has version {found}; this program knows up to {known}. Update Countersign")]
    NewerVersion {
        /// The name of the value.
        what: &'static str,
        /// The version found.
        found: u16,
        /// The newest version known here.
        known: u16,
    },
    /// A signature or MAC does not verify.
    #[error("the signature of the {0} is wrong")]
    BadSignature(&'static str),
    /// The sender is not a device that this account's log lists, or is suspended.
    #[error("the sender is not a known device")]
    UnknownDevice,
    /// The value is addressed to somebody else.
    #[error("addressed to another device")]
    WrongRecipient,
    /// The value's time is over.
    #[error("expired")]
    Expired,
    /// The value's time lies too far in the future: one of the two clocks is wrong.
    #[error("dated in the future: check the clock of both devices")]
    FromFuture,
    /// The value was received before.
    #[error("received before")]
    Replayed,
    /// Authenticated decryption failed.
    #[error("cannot be opened")]
    CannotOpen,
    /// The author may not do this (see the authority rules of the device log).
    #[error("not allowed: {0}")]
    NotAllowed(&'static str),
    /// Two different logs of one account: a fork. The account stops until a person looks.
    #[error("the device log is forked")]
    Forked,
    /// The value does not continue what is known (wrong sequence number or hash).
    #[error("does not follow what is known")]
    OutOfOrder,
    /// The platform refused a cryptographic operation.
    #[error("the platform's cryptography failed: {0}")]
    Platform(&'static str),
}

/// This crate's result.
pub type Result<T> = core::result::Result<T, Error>;
