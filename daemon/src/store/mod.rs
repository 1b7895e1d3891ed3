//! The local store: one SQLite file, `vault.db`, in the data directory.
//!
//! [`Store`] is the file, opened and locked against a second daemon; it lives as long as the daemon. [`OpenStore`] holds the keys and an index of the
//! metadata; it lives from unlock to lock. Dropping it *is* locking.
//!
//! ```text
//! PIN + keystore secret ─ wraps ─ store key ─┬─ device keys
//!                                            ├─ head of the device log
//!                                            ├─ what the user said of sites' fields
//!                                            ├─ logins that wait to be saved: items, and values for items; sites that are ignored
//!                                            └─ vault key ─ folder keys ─ items: summary, head, fields
//!                                                                              fields' values: content keys, each in a seal
//! ```
//!
//! Without unlocking the file tells how many items of what size there are and when they were written, the device log, the relay, this computer's name and
//! the ids of pending requests: no title, no site, no user name.

mod backup;
mod captures;
mod corrections;
mod database;
mod days;
mod directory;
mod error;
mod ignored;
mod index;
mod known;
mod open;
mod records;
mod rows;
mod write_ahead_log;

pub use backup::{Condition, Prospect, Restored, prospect, restore};
pub use captures::{CAPTURE_LIMIT, Comparison, LIFETIME_MILLIS as CAPTURE_LIFETIME_MILLIS, UPDATE_LIMIT};
pub use corrections::SITE_LIMIT as CORRECTED_SITES_LIMIT;
pub use countersign_vault::record::Reseal;
pub use error::{Error, Result};
pub use ignored::IGNORED_LIMIT;
pub use open::{OpenStore, Sealed};

use crate::unlock::{Keystore, Opener, Tries, Wrapped, no_keystore_secret};
use countersign_seal::{
    approver::WrappedSecret,
    codec,
    id::{DeviceId, RequestId, UnixMillis},
    keys::{DeviceKeys as _, Signature},
    log::{Device, DeviceKind, ENTRY_LIMIT, Log, SignedEntry},
    native::NativeKeys,
    origin::Origin,
    secret::{Key256, SecretBytes, random},
};
use countersign_wire::local::Fault;
use directory::Directory;
use records::Folder;
use sqlx::{Row as _, SqliteConnection};
use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// The store's file. Cheap to clone. What it tells without unlocking names no item and no site.
#[derive(Debug, Clone)]
pub struct Store(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    // Before the lock, so that the file is closed before another daemon may open it.
    connection: tokio::sync::Mutex<SqliteConnection>,
    directory: Directory,
    gate: Mutex<Option<Gate>>,
    /// One try at a time.
    trying: tokio::sync::Mutex<()>,
    /// Why the last write failed, until one succeeds.
    trouble: Mutex<Option<Fault>>,
    lost_writes: bool,
}

impl Drop for Inner {
    fn drop(&mut self) {
        // First of all: SQLite takes the write-ahead log away when it closes the file.
        self.directory.mark_closed();
    }
}

impl Inner {
    fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// Notes what came of a write.
    fn noted<T>(&self, result: Result<T>) -> Result<T> {
        let result = match result {
            Err(Error::Database(error)) => Err(self.directory.trouble().unwrap_or(Error::Database(error))),
            other => other,
        };
        let trouble = match &result {
            Ok(_) => None,
            Err(error) => Some(error.fault()).filter(|fault| fault.is_of_store()),
        };
        if trouble.is_some() || result.is_ok() {
            *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
        }
        result
    }
}

/// What opens the store, once it is set up.
#[derive(Clone)]
struct Gate {
    opener: Opener,
    name: [u8; 16],
    wrapped: Wrapped,
    tries: Tries,
}

impl core::fmt::Debug for Gate {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Gate({:?})", self.opener)
    }
}

/// A request that a phone may still show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PendingRequest {
    /// Which.
    pub id: RequestId,
    /// The phone that was asked.
    pub phone: DeviceId,
    /// When.
    pub created: UnixMillis,
}

const DEVICE_KEYS: &str = "device-keys";
const VAULT_KEY: &str = "vault-key";
const LOG_HEAD: &str = "log-head";
const RELAY: &str = "relay";
const PHONE_ORIGIN: &str = "phone-origin";
const NAME: &str = "name";

impl Store {
    /// Opens `vault.db` in `dir`; makes both if they are not there (0600, 0700). Takes the lock; migrates an older version after a backup copy; finishes
    /// what [`OpenStore::seal_everything`] had begun.
    ///
    /// # Errors
    /// [`Error::InUse`], [`Error::NewerVersion`], [`Error::Corrupt`], [`Error::ReadOnly`], [`Error::Full`], [`Error::File`].
    pub async fn open(dir: &Path) -> Result<Self> {
        let mut directory = Directory::open(dir)?;
        let lost_writes = directory.was_open() && !database::has_log(dir);
        if lost_writes {
            tracing::error!("the write-ahead log was lost: what was saved last may be missing");
        }
        let mut connection = database::open(directory.path()).await?;
        let gate = read_gate(&mut connection).await?;
        directory.mark_open();
        Ok(Self(Arc::new(Inner {
            connection: tokio::sync::Mutex::new(connection),
            directory,
            gate: Mutex::new(gate),
            trying: tokio::sync::Mutex::new(()),
            trouble: Mutex::new(None),
            lost_writes,
        })))
    }

    /// What stands in the way of saving, as the last write found it; and what was lost before this start.
    #[must_use]
    pub fn faults(&self) -> Vec<Fault> {
        let trouble = *self.0.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        trouble.into_iter().chain(self.0.lost_writes.then_some(Fault::LostWrites)).collect()
    }

    /// Brings the write-ahead log into the file: whoever copies the file alone then has it all. Where that fails it is done at the next start.
    pub async fn settle(&self) {
        let mut connection = self.0.connection.lock().await;
        if let Err(error) = database::truncate_log(&mut connection).await {
            tracing::debug!(%error, "the write-ahead log stays");
        }
    }

    /// Tries once more to write, if the last write failed: the disk may have room again.
    pub async fn recheck(&self) {
        if self.0.trouble.lock().unwrap_or_else(PoisonError::into_inner).is_none() {
            return;
        }
        let mut connection = self.0.connection.lock().await;
        let written = write_setting(&mut connection, "recheck", "").await;
        let _ = self.0.noted(written);
    }

    /// Whether an account exists.
    #[must_use]
    pub fn is_set_up(&self) -> bool {
        self.opener().is_some()
    }

    /// What opens it; `None` before set-up.
    #[must_use]
    pub fn opener(&self) -> Option<Opener> {
        self.gate().map(|gate| gate.opener)
    }

    /// How long until the next try is accepted.
    #[must_use]
    pub fn retry_after(&self) -> Duration {
        self.gate().map_or(Duration::ZERO, |gate| gate.tries.retry_after())
    }

    /// The first run: makes the account, its keys and its first log entry. Makes RSA keys, which takes seconds. If it fails, nothing is set up.
    ///
    /// # Errors
    /// [`Error::AlreadySetUp`], [`Error::TooShort`], [`Error::Keystore`], or the file's.
    pub async fn set_up(&self, pin: SecretBytes, name: &str, keystore: &Keystore) -> Result<OpenStore> {
        let _one = self.0.trying.lock().await;
        if self.is_set_up() {
            return Err(Error::AlreadySetUp);
        }
        let opener = keystore.opener().await?;
        opener.check(&pin)?;
        let store_name: [u8; 16] = random()?;
        let keystore_secret = match opener {
            Opener::Pin => Key256::make()?,
            Opener::Passphrase => no_keystore_secret(),
        };
        let (store_key, for_wrapping) = (Key256::make()?, keystore_secret.clone());
        let (wrapped, keys, store_key) = blocking(move || {
            let wrapped = Wrapped::make(&store_key, &for_wrapping, &pin)?;
            Ok((wrapped, NativeKeys::make()?, store_key))
        })
        .await?;
        let device = Device { keys: keys.public().clone(), kind: DeviceKind::Desktop, name: name.trim().to_owned() };
        let log = Log::create(device, &keys, now()).await?;
        if opener == Opener::Pin {
            keystore.write(hex(&store_name), keystore_secret).await?;
        }
        let gate = Gate { opener, name: store_name, wrapped, tries: Tries::recall(0, None) };
        let folder = self.write_account(&gate, &store_key, &keys, &log, name.trim()).await?;
        *self.0.gate.lock().unwrap_or_else(PoisonError::into_inner) = Some(gate);
        OpenStore::load(self.clone(), store_key, keys, log, folder).await
    }

    /// Opens the store. A try is counted on disk before it is evaluated, and one that works sets the count back.
    ///
    /// # Errors
    /// [`Error::NotSetUp`], [`Error::TryLater`], [`Error::WrongPin`], [`Error::Keystore`], [`Error::Corrupt`], or the file's.
    pub async fn unlock(&self, pin: SecretBytes, keystore: &Keystore) -> Result<OpenStore> {
        let store_key = self.try_pin(pin, keystore).await?;
        self.load(store_key).await
    }

    /// Whether this PIN opens the store. It is a try like any other.
    ///
    /// # Errors
    /// As [`Store::unlock`].
    pub async fn check_pin(&self, pin: SecretBytes, keystore: &Keystore) -> Result<()> {
        self.try_pin(pin, keystore).await.map(drop)
    }

    async fn try_pin(&self, pin: SecretBytes, keystore: &Keystore) -> Result<Key256> {
        let _one = self.0.trying.lock().await;
        let gate = self.gate().ok_or(Error::NotSetUp)?;
        let wait = gate.tries.retry_after();
        if !wait.is_zero() {
            return Err(Error::TryLater(wait));
        }
        // A keystore that doesn't answer is no wrong try.
        let keystore_secret = match gate.opener {
            Opener::Pin => keystore.read(hex(&gate.name)).await?,
            Opener::Passphrase => no_keystore_secret(),
        };
        self.count_try().await?;
        let store_key = blocking(move || gate.wrapped.open(&keystore_secret, &pin)).await?;
        self.forget_tries().await?;
        Ok(store_key)
    }

    async fn load(&self, store_key: Key256) -> Result<OpenStore> {
        let log = self.log().await?.ok_or(Error::Corrupt("device log"))?;
        let mut connection = self.0.connection.lock().await;
        let head = read_secret(&mut connection, &store_key, LOG_HEAD).await?;
        if head.expose() != log_head(&log)? {
            return Err(Error::Corrupt("device log"));
        }
        let keys = read_secret(&mut connection, &store_key, DEVICE_KEYS).await?;
        let keys = blocking(move || Ok(NativeKeys::from_secret(&keys)?)).await?;
        log.active(keys.public().fingerprint())?;
        let vault_key = read_secret(&mut connection, &store_key, VAULT_KEY).await?;
        let vault_key = vault_key.expose().try_into().map(Key256::new).map_err(|_| Error::Corrupt("vault key"))?;
        let folder = Folder::read(&mut connection, &vault_key).await?;
        drop(connection);
        OpenStore::load(self.clone(), store_key, keys, log, folder).await
    }

    /// The device log as stored, wholly verified; `None` before set-up. Readable while locked; only unlocking tells whether it is the one that this device wrote.
    ///
    /// # Errors
    /// [`Error::Seal`] if it does not verify, or the file's.
    pub async fn log(&self) -> Result<Option<Log>> {
        let mut connection = self.0.connection.lock().await;
        let rows =
            sqlx::query("SELECT bytes, signature FROM log ORDER BY sequence").fetch_all(&mut *connection).await?;
        drop(connection);
        if rows.is_empty() {
            return Ok(None);
        }
        let entries =
            rows.iter().map(|row| Ok(SignedEntry { bytes: row.try_get(0)?, signature: Signature(row.try_get(1)?) }));
        let entries = entries.collect::<Result<Vec<_>>>()?;
        Ok(Some(blocking(move || Ok(Log::verify(entries)?)).await?))
    }

    /// The relay's origin, if one is set.
    ///
    /// # Errors
    /// The file's.
    pub async fn relay(&self) -> Result<Option<Origin>> {
        self.origin(RELAY).await
    }

    /// Sets or clears the relay's origin.
    ///
    /// # Errors
    /// The file's.
    pub async fn set_relay(&self, relay: Option<&Origin>) -> Result<()> {
        self.set_origin(RELAY, relay).await
    }

    /// Where the phone app is served, if that is known.
    ///
    /// # Errors
    /// The file's.
    pub async fn phone_origin(&self) -> Result<Option<Origin>> {
        self.origin(PHONE_ORIGIN).await
    }

    /// Sets or clears where the phone app is served.
    ///
    /// # Errors
    /// The file's.
    pub async fn set_phone_origin(&self, phone: Option<&Origin>) -> Result<()> {
        self.set_origin(PHONE_ORIGIN, phone).await
    }

    async fn origin(&self, name: &'static str) -> Result<Option<Origin>> {
        let text = self.setting(name).await?;
        text.map(|text| Origin::parse(&text).map_err(|_| Error::Corrupt(name))).transpose()
    }

    async fn set_origin(&self, name: &'static str, origin: Option<&Origin>) -> Result<()> {
        let mut connection = self.0.connection.lock().await;
        self.0.noted(match origin {
            Some(origin) => write_setting(&mut connection, name, &origin.to_string()).await,
            None => {
                let query = sqlx::query("DELETE FROM settings WHERE name = ?").bind(name);
                query.execute(&mut *connection).await.map(drop).map_err(Error::from)
            }
        })
    }

    /// This computer's name; `None` before set-up.
    ///
    /// # Errors
    /// The file's.
    pub async fn name(&self) -> Result<Option<String>> {
        self.setting(NAME).await
    }

    async fn setting(&self, name: &str) -> Result<Option<String>> {
        let mut connection = self.0.connection.lock().await;
        let found = sqlx::query_scalar("SELECT value FROM settings WHERE name = ?")
            .bind(name)
            .fetch_optional(&mut *connection)
            .await?;
        Ok(found)
    }

    /// Remembers a request that is on its way to a phone.
    ///
    /// # Errors
    /// The file's.
    pub async fn add_pending(&self, request: PendingRequest) -> Result<()> {
        let mut connection = self.0.connection.lock().await;
        let written = sqlx::query("INSERT OR REPLACE INTO pending (request, phone, created) VALUES (?, ?, ?)")
            .bind(&request.id.as_bytes()[..])
            .bind(&request.phone.as_bytes()[..])
            .bind(signed(request.created.0)?)
            .execute(&mut *connection)
            .await;
        self.0.noted(written.map(drop).map_err(Error::from))
    }

    /// Forgets it.
    ///
    /// # Errors
    /// The file's.
    pub async fn remove_pending(&self, request: RequestId) -> Result<()> {
        let mut connection = self.0.connection.lock().await;
        sqlx::query("DELETE FROM pending WHERE request = ?")
            .bind(&request.as_bytes()[..])
            .execute(&mut *connection)
            .await?;
        Ok(())
    }

    /// What was pending when the daemon ended, oldest first: to be withdrawn.
    ///
    /// # Errors
    /// The file's.
    pub async fn pending(&self) -> Result<Vec<PendingRequest>> {
        let mut connection = self.0.connection.lock().await;
        let rows = sqlx::query("SELECT request, phone, created FROM pending ORDER BY created")
            .fetch_all(&mut *connection)
            .await?;
        let read = |row: &sqlx::sqlite::SqliteRow| {
            Ok(PendingRequest {
                id: RequestId::from_slice(row.try_get(0)?)?,
                phone: DeviceId::from_slice(row.try_get(1)?)?,
                created: UnixMillis(unsigned(row.try_get(2)?)?),
            })
        };
        rows.iter().map(read).collect()
    }

    fn gate(&self) -> Option<Gate> {
        self.0.gate.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn count_try(&self) -> Result<()> {
        let mut connection = self.0.connection.lock().await;
        let query = sqlx::query("UPDATE unlock SET tries = tries + 1, last_try = ?").bind(signed(now().0)?);
        self.0.noted(query.execute(&mut *connection).await.map_err(Error::from))?;
        if let Some(gate) = self.0.gate.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            gate.tries.count_one();
        }
        Ok(())
    }

    async fn forget_tries(&self) -> Result<()> {
        let mut connection = self.0.connection.lock().await;
        sqlx::query("UPDATE unlock SET tries = 0").execute(&mut *connection).await?;
        if let Some(gate) = self.0.gate.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            gate.tries = Tries::recall(0, None);
        }
        Ok(())
    }

    /// Writes the account in one transaction.
    async fn write_account(
        &self,
        gate: &Gate,
        store_key: &Key256,
        keys: &NativeKeys,
        log: &Log,
        name: &str,
    ) -> Result<Folder> {
        let vault_key = Key256::make()?;
        let mut connection = self.0.connection.lock().await;
        database::begin(&mut connection).await?;
        let written = write_account_rows(&mut connection, gate, store_key, keys, log, name, &vault_key).await;
        self.0.noted(database::end(&mut connection, written).await)
    }
}

async fn write_account_rows(
    connection: &mut SqliteConnection,
    gate: &Gate,
    store_key: &Key256,
    keys: &NativeKeys,
    log: &Log,
    name: &str,
    vault_key: &Key256,
) -> Result<Folder> {
    sqlx::query("INSERT INTO unlock (id, opener, store, parameters, store_key) VALUES (1, ?, ?, ?, ?)")
        .bind(gate.opener.as_str())
        .bind(&gate.name[..])
        .bind(codec::to_vec(&gate.wrapped.parameters)?)
        .bind(&gate.wrapped.store_key.0)
        .execute(&mut *connection)
        .await?;
    write_secret(connection, store_key, DEVICE_KEYS, &keys.to_secret()?).await?;
    write_secret(connection, store_key, VAULT_KEY, &SecretBytes::new(vault_key.expose().to_vec())).await?;
    let folder = Folder::make(connection, vault_key).await?;
    write_log(connection, store_key, log, 0).await?;
    write_setting(connection, NAME, name).await?;
    Ok(folder)
}

async fn read_gate(connection: &mut SqliteConnection) -> Result<Option<Gate>> {
    let query = "SELECT opener, store, parameters, store_key, tries, last_try FROM unlock";
    let Some(row) = sqlx::query(query).fetch_optional(connection).await? else { return Ok(None) };
    let parameters = codec::from_slice(row.try_get(2)?, "PIN parameters", 256)?;
    let count: i64 = row.try_get(4)?;
    let last = unsigned(row.try_get(5)?)?;
    let ago = now().0.checked_sub(last).map(Duration::from_millis);
    Ok(Some(Gate {
        opener: Opener::parse(row.try_get(0)?)?,
        name: row.try_get::<&[u8], _>(1)?.try_into().map_err(|_| Error::Corrupt("store name"))?,
        wrapped: Wrapped { parameters, store_key: WrappedSecret(row.try_get(3)?) },
        tries: Tries::recall(u32::try_from(count).unwrap_or(u32::MAX), ago),
    }))
}

/// A secret under the store key.
async fn read_secret(connection: &mut SqliteConnection, store_key: &Key256, name: &'static str) -> Result<SecretBytes> {
    let data: Option<Vec<u8>> =
        sqlx::query_scalar("SELECT data FROM secrets WHERE name = ?").bind(name).fetch_optional(connection).await?;
    let data = data.ok_or(Error::Corrupt(name))?;
    WrappedSecret(data).open(store_key, name.as_bytes()).map_err(|_| Error::Corrupt(name))
}

async fn write_secret(
    connection: &mut SqliteConnection,
    store_key: &Key256,
    name: &str,
    secret: &SecretBytes,
) -> Result<()> {
    let wrapped = WrappedSecret::make(store_key, secret, name.as_bytes())?;
    sqlx::query("INSERT OR REPLACE INTO secrets (name, data) VALUES (?, ?)")
        .bind(name)
        .bind(wrapped.0)
        .execute(connection)
        .await?;
    Ok(())
}

async fn write_setting(connection: &mut SqliteConnection, name: &str, value: &str) -> Result<()> {
    sqlx::query("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)")
        .bind(name)
        .bind(value)
        .execute(connection)
        .await?;
    Ok(())
}

/// Writes the log's entries from `start` on, and its head under the store key: a log that was cut or exchanged is noticed at the next unlock.
async fn write_log(connection: &mut SqliteConnection, store_key: &Key256, log: &Log, start: usize) -> Result<()> {
    for (sequence, entry) in log.entries().iter().enumerate().skip(start) {
        if entry.bytes.len() > ENTRY_LIMIT {
            return Err(countersign_seal::Error::TooLarge { what: "log entry", limit: ENTRY_LIMIT }.into());
        }
        sqlx::query("INSERT INTO log (sequence, bytes, signature) VALUES (?, ?, ?)")
            .bind(i64::try_from(sequence).map_err(|_| Error::Corrupt("device log"))?)
            .bind(&entry.bytes)
            .bind(&entry.signature.0)
            .execute(&mut *connection)
            .await?;
    }
    write_secret(connection, store_key, LOG_HEAD, &SecretBytes::new(log_head(log)?)).await
}

fn log_head(log: &Log) -> Result<Vec<u8>> {
    Ok(codec::to_vec(&(log.entries().len(), log.head()))?)
}

fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMillis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

fn signed(number: u64) -> Result<i64> {
    i64::try_from(number).map_err(|_| Error::Corrupt("number"))
}

fn unsigned(number: i64) -> Result<u64> {
    u64::try_from(number).map_err(|_| Error::Corrupt("number"))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Runs what keeps a core busy for long.
async fn blocking<T: Send + 'static>(act: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(act).await.map_err(|_| Error::Interrupted)?
}

#[cfg(test)]
mod tests;
