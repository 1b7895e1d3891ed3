use std::path::PathBuf;

/// Why the relay cannot start or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The data directory cannot be made or used.
    #[error("cannot use the directory {0}: {1}. Choose another with --data-dir, or mend its permissions")]
    DataDirectory(PathBuf, #[source] std::io::Error),
    /// SQLite failed.
    #[error("the store failed: {0}")]
    Store(#[from] sqlx::Error),
    /// The store could not be written to; what was wrong stands in the log.
    #[error("the store could not be written to")]
    NotWritten,
    /// A newer relay wrote the store. It is left as it is.
    #[error("a newer relay wrote the store (version {found}; this one knows {known}): update this relay")]
    NewerStore {
        /// The store's version.
        found: i64,
        /// The newest version known here.
        known: i64,
    },
    /// The store cannot be migrated.
    #[error("the store cannot be brought up to date: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// An address cannot be listened on.
    #[error("cannot listen on {0}: {1}. Is another relay running?")]
    Listen(std::net::SocketAddr, #[source] std::io::Error),
    /// A certificate or key file cannot be used.
    #[error("cannot use the TLS file {0}: {1}")]
    Tls(PathBuf, String),
    /// Input or output failed.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// Cryptography failed.
    #[error(transparent)]
    Seal(#[from] countersign_seal::Error),
}

/// This crate's result.
pub type Result<T> = std::result::Result<T, Error>;
