//! The SQLite file: device logs and mailboxes.

use crate::{Error, Result, writer::Writer};
use countersign_seal::{
    id::{AccountId, DeviceId, UnixMillis},
    keys::Signature,
    log::{Log, SignedEntry},
};
use sqlx::{
    ConnectOptions as _, Row, SqlitePool,
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
        let unusable = |error| Error::DataDirectory(directory.to_owned(), error);
        make_private(directory).map_err(unusable)?;
        let options = SqliteConnectOptions::new()
            .filename(directory.join("relay.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .disable_statement_logging();
        let pool = SqlitePoolOptions::new().max_connections(4).connect_with(options).await?;
        sqlx::migrate!("./migrations").run(&pool).await?;
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
        let mut transaction = self.pool.begin().await?;
        for (sequence, entry) in log.entries().iter().enumerate().skip(from) {
            sqlx::query("INSERT INTO log (account, sequence, entry, signature) VALUES (?, ?, ?, ?)")
                .bind(log.account().as_bytes().as_slice())
                .bind(i64::try_from(sequence).unwrap_or(i64::MAX))
                .bind(&entry.bytes)
                .bind(&entry.signature.0)
                .execute(&mut *transaction)
                .await?;
        }
        Ok(transaction.commit().await?)
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
