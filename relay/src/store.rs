//! The SQLite file: device logs and mailboxes.

use crate::{Error, Result, writer::Writer};
use countersign_seal::{
    id::{AccountId, DeviceId, UnixMillis},
    keys::Signature,
    log::{Log, SignedEntry},
};
use sqlx::{
    ConnectOptions as _, Executor as _, Row, SqliteConnection, SqlitePool,
    migrate::Migrator,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::path::Path;

/// A handle on the store; clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    pool: SqlitePool,
    writer: Writer,
}

/// A waiting envelope.
pub(crate) struct Mail {
    pub(crate) delivery: u64,
    pub(crate) envelope: Vec<u8>,
}

impl Store {
    /// Opens or makes `relay.db` in `directory`.
    pub(crate) async fn open(directory: &Path) -> Result<Self> {
        Self::open_with(directory, &sqlx::migrate!("./migrations")).await
    }

    async fn open_with(directory: &Path, migrations: &Migrator) -> Result<Self> {
        let unusable = |error| Error::DataDirectory(directory.to_owned(), error);
        make_private(directory).map_err(unusable)?;
        let path = directory.join("relay.db");
        Self::open_file(directory, &path, migrations).await.map_err(|error| error.of_store(&path))
    }

    async fn open_file(directory: &Path, path: &Path, migrations: &Migrator) -> Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .disable_statement_logging();
        let pool = SqlitePoolOptions::new().max_connections(4).connect_with(options).await?;
        migrate(&pool, directory, migrations).await?;
        Ok(Self { writer: Writer::start(pool.clone()), pool })
    }

    /// Reads an account's log; `None` if there is no such account.
    pub(crate) async fn log(&self, account: AccountId) -> Result<Option<Log>> {
        let rows = sqlx::query("SELECT entry, signature FROM log WHERE account = ? ORDER BY sequence")
            .bind(account.as_bytes().as_slice())
            .fetch_all(&self.pool)
            .await?;
        if rows.is_empty() {
            return Ok(None);
        }
        let entries = rows.iter().map(signed_entry).collect::<std::result::Result<_, _>>()?;
        Ok(Some(Log::verify(entries)?))
    }

    /// Writes the entries of `log` from `from` on. A sequence number that is taken is an error, so that two writers cannot both win.
    pub(crate) async fn append(&self, log: &Log, from: usize) -> Result<()> {
        let mut connection = self.pool.acquire().await?;
        begin(&mut connection).await?;
        let written = insert_entries(&mut connection, log, from).await;
        end(&mut connection, written).await
    }

    /// Who puts envelopes into mailboxes and takes them out.
    pub(crate) const fn writer(&self) -> &Writer {
        &self.writer
    }

    /// The next envelopes for a device after `delivery`, oldest first, that have not expired.
    pub(crate) async fn mail(
        &self,
        account: AccountId,
        recipient: DeviceId,
        after: u64,
        limit: u32,
        now: UnixMillis,
    ) -> Result<Vec<Mail>> {
        let rows = sqlx::query(
            "SELECT delivery, envelope FROM mail WHERE account = ? AND recipient = ? AND delivery > ? AND expires > ? ORDER BY delivery LIMIT ?",
        )
        .bind(account.as_bytes().as_slice())
        .bind(recipient.as_bytes().as_slice())
        .bind(i64::try_from(after).unwrap_or(i64::MAX))
        .bind(i64::try_from(now.0).unwrap_or(i64::MAX))
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                let delivery: i64 = row.try_get("delivery")?;
                Ok(Mail { delivery: delivery.unsigned_abs(), envelope: row.try_get("envelope")? })
            })
            .collect()
    }

    /// Deletes expired envelopes.
    pub(crate) async fn sweep(&self, now: UnixMillis) -> Result<u64> {
        let result = sqlx::query("DELETE FROM mail WHERE expires <= ?")
            .bind(i64::try_from(now.0).unwrap_or(i64::MAX))
            .execute(&self.pool)
            .await?;
        Ok(result.rows_affected())
    }

    /// Waits for writes in hand and closes the file.
    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }
}

async fn insert_entries(connection: &mut SqliteConnection, log: &Log, from: usize) -> Result<()> {
    for (sequence, entry) in log.entries().iter().enumerate().skip(from) {
        sqlx::query("INSERT INTO log (account, sequence, entry, signature) VALUES (?, ?, ?, ?)")
            .bind(log.account().as_bytes().as_slice())
            .bind(i64::try_from(sequence).unwrap_or(i64::MAX))
            .bind(&entry.bytes)
            .bind(&entry.signature.0)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Begins a transaction; one that somebody left open is rolled back. To be followed by [`end`].
///
/// Not sqlx's own transactions: where SQLite itself has rolled back, as it does on a full disk, a connection with one of those is of no use any more
/// (<https://www.sqlite.org/lang_transaction.html>, section 3).
pub(crate) async fn begin(connection: &mut SqliteConnection) -> Result<()> {
    // From the start, so that nobody else's write comes between what it reads and what it writes.
    if connection.execute("BEGIN IMMEDIATE").await.is_err() {
        let _ = connection.execute("ROLLBACK").await;
        connection.execute("BEGIN IMMEDIATE").await?;
    }
    Ok(())
}

/// Commits what went well, and rolls back what did not.
pub(crate) async fn end<T>(connection: &mut SqliteConnection, result: Result<T>) -> Result<T> {
    let result = match result {
        Ok(value) => connection.execute("COMMIT").await.map(|_| value).map_err(Error::from),
        Err(error) => Err(error),
    };
    if result.is_err() {
        // SQLite may have done so itself.
        let _ = connection.execute("ROLLBACK").await;
    }
    result
}

/// Brings an older store up to date after a copy of it was made; leaves a newer one alone.
async fn migrate(pool: &SqlitePool, directory: &Path, migrations: &Migrator) -> Result<()> {
    let newest = migrations.iter().map(|step| step.version).max().unwrap_or_default();
    let found = version(pool).await?;
    if found > newest {
        return Err(Error::NewerStore { found, known: newest });
    }
    if (1..newest).contains(&found) {
        let backup = directory.join(format!("relay-before-version-{newest}.db"));
        match std::fs::remove_file(&backup) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::DataDirectory(directory.to_owned(), error));
            }
            _ => {}
        }
        sqlx::query("VACUUM INTO ?").bind(backup.to_string_lossy()).execute(pool).await?;
    }
    Ok(migrations.run(pool).await?)
}

/// The newest migration that the store has seen; 0 for a new one.
async fn version(pool: &SqlitePool) -> Result<i64> {
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'")
        .fetch_one(pool)
        .await?;
    if tables == 0 {
        return Ok(0);
    }
    Ok(sqlx::query_scalar("SELECT coalesce(max(version), 0) FROM _sqlx_migrations").fetch_one(pool).await?)
}

fn signed_entry(row: &sqlx::sqlite::SqliteRow) -> std::result::Result<SignedEntry, sqlx::Error> {
    Ok(SignedEntry { bytes: row.try_get("entry")?, signature: Signature(row.try_get("signature")?) })
}

/// Makes a directory that only its owner can enter.
fn make_private(directory: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(directory)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::Connection as _;

    /// The migrations as a later version has them.
    async fn later(directory: &Path) -> Migrator {
        std::fs::write(directory.join("0001_first.sql"), include_str!("../migrations/0001_first.sql")).unwrap();
        std::fs::write(directory.join("0002_later.sql"), "CREATE TABLE later (x)").unwrap();
        Migrator::new(directory).await.unwrap()
    }

    #[tokio::test]
    async fn an_older_store_is_migrated_after_a_backup_and_a_newer_one_is_left_alone() {
        let (data, steps) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let later = later(steps.path()).await;
        Store::open(data.path()).await.unwrap().close().await;
        Store::open_with(data.path(), &later).await.unwrap().close().await;
        let backup = SqliteConnectOptions::new().filename(data.path().join("relay-before-version-2.db"));
        let mut backup = backup.connect().await.unwrap();
        let tables: Vec<String> = sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE type = 'table'")
            .fetch_all(&mut backup)
            .await
            .unwrap();
        assert!(tables.iter().any(|name| name == "mail") && !tables.iter().any(|name| name == "later"), "{tables:?}");
        backup.close().await.unwrap();

        let read = || std::fs::read(data.path().join("relay.db")).unwrap();
        let before = read();
        let refused = Store::open(data.path()).await.unwrap_err();
        assert!(matches!(refused, Error::NewerStore { found: 2, known: 1 }), "{refused}");
        assert_eq!(read(), before);
        Store::open_with(data.path(), &later).await.unwrap().close().await;
    }
}
