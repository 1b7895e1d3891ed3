use std::path::{Path, PathBuf};

/// Why the relay cannot start or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The data directory cannot be made or used.
    #[error("cannot use the directory {0}: {1}. Choose another with --data-dir, or mend its permissions")]
    DataDirectory(PathBuf, #[source] std::io::Error),
    /// The log file cannot be written.
    #[error("cannot write the log file {0}: {1}. Choose another with --log")]
    Log(PathBuf, #[source] std::io::Error),
    /// The store's file is damaged, or another program's. It is left as it is.
    #[error(
        "the store {0} is damaged, and was left as it is. Move it away, and what else begins with its name: a new one is made, and your computers bring \
         it their lists of devices. Only messages that waited in it are lost"
    )]
    Damaged(PathBuf),
    /// SQLite failed.
    #[error("the store failed: {0}. Look at the disk that holds it: whether it has room, and may be written")]
    Store(#[from] sqlx::Error),
    /// The store could not be written to; what was wrong stands in the log.
    #[error("the store could not be written to: look whether its disk has room, and may be written")]
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
    #[error("cannot listen on {0}: {1}. Is another relay running? End it, or choose another address")]
    Listen(std::net::SocketAddr, #[source] std::io::Error),
    /// A certificate or key file cannot be used.
    #[error("cannot use the TLS file {0}: {1}. Give PEM files that this user may read")]
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

// Primary result codes of SQLite (https://www.sqlite.org/rescode.html); the extended code's low byte.
const CORRUPT: i64 = 11;
const NOTADB: i64 = 26;

impl Error {
    /// The same, by its name if it is the store's file at `path` that is damaged.
    pub(crate) fn of_store(self, path: &Path) -> Self {
        use sqlx::migrate::MigrateError;
        let cause = match &self {
            Self::Store(cause)
            | Self::Migration(MigrateError::Execute(cause) | MigrateError::ExecuteMigration(cause, _)) => cause,
            _ => return self,
        };
        let code = cause.as_database_error().and_then(|error| error.code()).and_then(|code| code.parse::<i64>().ok());
        match code.map(|code| code & 0xff) {
            Some(CORRUPT | NOTADB) => Self::Damaged(path.to_owned()),
            _ => self,
        }
    }
}
