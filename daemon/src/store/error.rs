use countersign_wire::local::Fault;
use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

/// Why the store refused. What it says is for logs and tests; pages and commands get its [`Error::fault`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Another daemon has it open.
    #[error("another daemon (process {}) has the store open: stop it first", pid.map_or("unknown".into(), |pid| pid.to_string()))]
    InUse {
        /// Its process id, if the lock file tells.
        pid: Option<u32>,
    },
    /// A newer program wrote it.
    #[error("the store has version {found}; this program knows up to {known}. Update Countersign")]
    NewerVersion {
        /// The store's version.
        found: i64,
        /// The newest version known here.
        known: i64,
    },
    /// The disk is full; nothing has changed.
    #[error("the disk is full: free some space and try again")]
    Full,
    /// The file or its directory cannot be written; nothing has changed.
    #[error("the store cannot be written: check the owner and the permissions of its directory")]
    ReadOnly,
    /// The file is damaged, or is no store.
    #[error("the store is damaged ({0}), and left as it is: restore a backup")]
    Corrupt(&'static str),
    /// There is nothing to restore.
    #[error("there is no backup that can be read")]
    NoBackup,
    /// Another failure of the file system.
    #[error("cannot use {path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Another failure of the database.
    #[error("the database failed: {0}")]
    Database(sqlx::Error),
    /// There is no account yet.
    #[error("not set up yet")]
    NotSetUp,
    /// There is an account already.
    #[error("set up already")]
    AlreadySetUp,
    /// The PIN or passphrase is too short (or absurdly long).
    #[error("too short: a {what} has at least {min} characters")]
    TooShort {
        /// `PIN` or `passphrase`.
        what: &'static str,
        /// How many characters it needs.
        min: usize,
    },
    /// The PIN or passphrase is wrong.
    #[error("wrong PIN or passphrase")]
    WrongPin,
    /// Too many wrong tries.
    #[error("too many wrong tries: wait {} s", .0.as_secs())]
    TryLater(Duration),
    /// The keystore does not answer, refuses, or has lost the secret.
    #[error("the keystore failed: {0}")]
    Keystore(String),
    /// There is no such item.
    #[error("there is no such item")]
    NoSuchItem,
    /// The item is there, but the draft, field or key does not fit.
    #[error(transparent)]
    Vault(#[from] countersign_vault::Error),
    /// A text that is no site, or a domain that is not registrable.
    #[error("not a site: give a URL or a host; a domain must be registrable")]
    NotASite,
    /// What is said of a field cannot be about one.
    #[error(transparent)]
    Correction(countersign_wire::correction::CorrectionError),
    /// As much is remembered of fields as can be.
    #[error("too many corrections are kept: forget some")]
    TooManyCorrections,
    /// There is no such capture any more.
    #[error("there is no such capture")]
    NoSuchCapture,
    /// What was captured cannot be a login.
    #[error("what was captured is too long")]
    Capture,
    /// As many logins wait, or sites are ignored, as can be.
    #[error("too many captures or ignored sites are kept: save or forget some")]
    TooManyCaptures,
    /// Nothing can be made of a recipe.
    #[error(transparent)]
    Recipe(countersign_vault::generator::RecipeError),
    /// A frame of another site.
    #[error("a frame of another site captures nothing")]
    OtherSite,
    /// There is no approver key to seal with.
    #[error("no phone is paired")]
    NoApprover,
    /// The cryptography refused.
    #[error(transparent)]
    Seal(#[from] countersign_seal::Error),
    /// A worker thread ended early.
    #[error("interrupted")]
    Interrupted,
}

/// This module's result.
pub type Result<T> = core::result::Result<T, Error>;

impl Error {
    /// A failure of the file system at `path`.
    pub(crate) fn of_file(path: &Path, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::Full,
            io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied => Self::ReadOnly,
            _ => Self::File { path: path.to_owned(), source },
        }
    }

    /// What pages and commands are told.
    #[must_use]
    pub const fn fault(&self) -> Fault {
        use countersign_seal::Error as Seal;
        use countersign_vault::Error as Vault;
        match self {
            Self::InUse { .. } | Self::File { .. } | Self::Database(_) | Self::NoBackup => Fault::Store,
            Self::Full => Fault::DiskFull,
            Self::ReadOnly => Fault::ReadOnly,
            Self::Corrupt(_) => Fault::Damaged,
            Self::NewerVersion { .. } | Self::Seal(Seal::NewerVersion { .. }) => Fault::NewerStore,
            Self::NotSetUp => Fault::NotSetUp,
            Self::WrongPin => Fault::WrongPin,
            Self::TryLater(_) => Fault::TryLater,
            Self::Keystore(_) => Fault::Keystore,
            Self::NoSuchItem | Self::NoSuchCapture | Self::Vault(Vault::NoSuchField) => Fault::NotFound,
            Self::TooShort { .. } => Fault::ShortPin,
            Self::AlreadySetUp => Fault::NotAllowed,
            Self::NotASite | Self::Vault(Vault::InvalidDraft(_)) => Fault::InvalidDraft,
            Self::Correction(_) | Self::Capture => Fault::Malformed,
            Self::TooManyCaptures => Fault::TooManyCaptures,
            Self::Recipe(_) => Fault::InvalidRecipe,
            Self::OtherSite => Fault::OtherSite,
            Self::TooManyCorrections => Fault::TooManyCorrections,
            Self::Seal(Seal::Forked) => Fault::Forked,
            Self::Vault(_) | Self::NoApprover | Self::Seal(_) | Self::Interrupted => Fault::Internal,
        }
    }
}

// Primary result codes of SQLite (https://www.sqlite.org/rescode.html); the extended code's low byte.
const PERM: i64 = 3;
const READONLY: i64 = 8;
const CORRUPT: i64 = 11;
const FULL: i64 = 13;
const CANTOPEN: i64 = 14;
const NOTADB: i64 = 26;
/// Extended: the shared memory file could not be made large enough.
const IOERR_SHMSIZE: i64 = 4874;

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let code = error.as_database_error().and_then(|error| error.code()).and_then(|code| code.parse::<i64>().ok());
        if code == Some(IOERR_SHMSIZE) {
            return Self::Full;
        }
        match code.map(|code| code & 0xff) {
            Some(FULL) => Self::Full,
            Some(READONLY | PERM | CANTOPEN) => Self::ReadOnly,
            Some(CORRUPT) => Self::Corrupt("the database"),
            Some(NOTADB) => Self::Corrupt("no database"),
            _ => Self::Database(error),
        }
    }
}
