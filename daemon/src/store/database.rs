//! The SQLite file: how it is opened, its version, and how old bytes are made to vanish from it.

use super::{Error, Result, directory::open_private};
use sqlx::{
    ConnectOptions as _, Connection as _, Executor as _, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use std::path::{Path, PathBuf};

const FILE: &str = "vault.db";
/// `CSGN`: marks the file as ours (https://www.sqlite.org/pragma.html#pragma_application_id).
const APPLICATION_ID: i64 = 0x4353_474e;
/// One step a version, from the empty file on. `PRAGMA user_version` says how many were taken.
const MIGRATIONS: &[&str] = &[include_str!("migrations/1.sql")];
/// The setting that stands while old bytes may still be in the file.
const PURGE_DUE: &str = "purge-due";
/// The setting that lists, a line each, the backups from before a phone sealed the store.
const UNSEALED_BACKUPS: &str = "unsealed-backups";

pub(super) async fn open(directory: &Path) -> Result<SqliteConnection> {
    open_with(directory, MIGRATIONS).await
}

async fn open_with(directory: &Path, migrations: &[&str]) -> Result<SqliteConnection> {
    let path = directory.join(FILE);
    // SQLite gives its other files the permissions of the first.
    drop(open_private(&path)?);
    let mut connection = connect(&path).await?;
    check(&mut connection).await?;
    migrate(&mut connection, directory, migrations).await?;
    if is_purge_due(&mut connection).await? {
        purge(&mut connection).await?;
    }
    Ok(connection)
}

async fn connect(path: &Path) -> Result<SqliteConnection> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        // Each commit is on the disk before it is answered.
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .pragma("secure_delete", "ON")
        // VACUUM's and sorting's temporary copies stay in memory.
        .pragma("temp_store", "MEMORY")
        .disable_statement_logging();
    Ok(options.connect().await?)
}

async fn check(connection: &mut SqliteConnection) -> Result<()> {
    let application: i64 = sqlx::query_scalar("PRAGMA application_id").fetch_one(&mut *connection).await?;
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema").fetch_one(&mut *connection).await?;
    if application != APPLICATION_ID && (application, tables) != (0, 0) {
        return Err(Error::Corrupt("another program's database"));
    }
    let verdict: String = sqlx::query_scalar("PRAGMA quick_check(1)").fetch_one(connection).await?;
    if verdict == "ok" { Ok(()) } else { Err(Error::Corrupt("the database")) }
}

async fn migrate(connection: &mut SqliteConnection, directory: &Path, migrations: &[&str]) -> Result<()> {
    let found: i64 = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut *connection).await?;
    let known = i64::try_from(migrations.len()).unwrap_or(i64::MAX);
    let taken = usize::try_from(found).map_err(|_| Error::Corrupt("version"))?;
    if found > known {
        return Err(Error::NewerVersion { found, known });
    }
    if found == known {
        return Ok(());
    }
    if found > 0 {
        back_up(connection, &directory.join(backup_name(found))).await?;
    }
    let mut transaction = connection.begin().await?;
    for step in migrations.iter().skip(taken) {
        transaction.execute(sqlx::AssertSqlSafe((*step).to_owned())).await?;
    }
    let mark = format!("PRAGMA user_version = {known}; PRAGMA application_id = {APPLICATION_ID}");
    transaction.execute(sqlx::AssertSqlSafe(mark)).await?;
    Ok(transaction.commit().await?)
}

fn backup_name(version: i64) -> String {
    format!("vault-before-version-{}.db", version.saturating_add(1))
}

/// A copy of the file as it is, made by SQLite itself.
async fn back_up(connection: &mut SqliteConnection, path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
            return Err(Error::File { path: path.to_owned(), source });
        }
        _ => {}
    }
    // VACUUM INTO accepts an empty file, which has the right permissions.
    drop(open_private(path)?);
    let name = path.to_str().ok_or(Error::Corrupt("the path is no text"))?;
    sqlx::query("VACUUM INTO ?").bind(name).execute(connection).await?;
    Ok(())
}

/// Backups of older versions that lie beside the store.
pub(super) fn backups(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(directory) else { return Vec::new() };
    let is_backup = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        name.starts_with("vault-before-version-")
    };
    let mut backups: Vec<_> =
        entries.filter_map(|entry| entry.ok().map(|entry| entry.path())).filter(is_backup).collect();
    backups.sort();
    backups
}

/// Notes, within the transaction that seals everything, which backups still hold values that are not sealed.
pub(super) async fn note_unsealed(connection: &mut SqliteConnection, backups: &[PathBuf]) -> Result<()> {
    let names: Vec<_> = backups.iter().filter_map(|path| path.file_name()?.to_str()).collect();
    sqlx::query("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)")
        .bind(UNSEALED_BACKUPS)
        .bind(names.join("\n"))
        .execute(connection)
        .await?;
    Ok(())
}

/// The backups that [`note_unsealed`] noted.
pub(super) async fn unsealed(connection: &mut SqliteConnection, directory: &Path) -> Result<Vec<PathBuf>> {
    let names: Option<String> = sqlx::query_scalar("SELECT value FROM settings WHERE name = ?")
        .bind(UNSEALED_BACKUPS)
        .fetch_optional(connection)
        .await?;
    Ok(names.unwrap_or_default().lines().map(|name| directory.join(name)).collect())
}

/// Notes, within the transaction that replaces them, that old bytes must go.
pub(super) async fn demand_purge(connection: &mut SqliteConnection) -> Result<()> {
    sqlx::query("INSERT OR REPLACE INTO settings (name, value) VALUES (?, 'yes')")
        .bind(PURGE_DUE)
        .execute(connection)
        .await?;
    Ok(())
}

async fn is_purge_due(connection: &mut SqliteConnection) -> Result<bool> {
    let due: Option<String> = sqlx::query_scalar("SELECT value FROM settings WHERE name = ?")
        .bind(PURGE_DUE)
        .fetch_optional(connection)
        .await?;
    Ok(due.is_some())
}

/// Removes what was deleted or replaced from file and write-ahead log: `secure_delete` has zeroed freed cells, VACUUM rebuilds every page, and the
/// checkpoints bring both into the file and cut the log to nothing. Whatever interrupts it, the next start does it again.
pub(super) async fn purge(connection: &mut SqliteConnection) -> Result<()> {
    truncate_log(connection).await?;
    connection.execute("VACUUM").await?;
    truncate_log(connection).await?;
    sqlx::query("DELETE FROM settings WHERE name = ?").bind(PURGE_DUE).execute(&mut *connection).await?;
    truncate_log(connection).await
}

async fn truncate_log(connection: &mut SqliteConnection) -> Result<()> {
    let (busy, _, _): (i64, i64, i64) = sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(connection).await?;
    if busy == 0 { Ok(()) } else { Err(Error::InUse { pid: None }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn version(directory: &Path, migrations: &[&str]) -> Result<i64> {
        let mut connection = open_with(directory, migrations).await?;
        let version = sqlx::query_scalar("PRAGMA user_version").fetch_one(&mut connection).await?;
        connection.close().await?;
        Ok(version)
    }

    const NEXT: &[&str] = &[include_str!("migrations/1.sql"), "ALTER TABLE pending ADD COLUMN note TEXT"];
    const BROKEN: &[&str] =
        &[include_str!("migrations/1.sql"), "CREATE TABLE half (x INTEGER) STRICT; no such statement"];

    #[tokio::test]
    async fn an_older_version_is_migrated_after_a_backup() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(version(dir.path(), MIGRATIONS).await.unwrap(), 1);
        let mut connection = open(dir.path()).await.unwrap();
        connection.execute("INSERT INTO settings (name, value) VALUES ('name', 'Desk')").await.unwrap();
        connection.close().await.unwrap();
        assert_eq!(version(dir.path(), NEXT).await.unwrap(), 2);
        let backup = dir.path().join("vault-before-version-2.db");
        assert_eq!(backups(dir.path()), std::slice::from_ref(&backup));
        let mut copy = connect(&backup).await.unwrap();
        let name: String =
            sqlx::query_scalar("SELECT value FROM settings WHERE name = 'name'").fetch_one(&mut copy).await.unwrap();
        assert_eq!(name, "Desk");
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&backup.metadata().unwrap().permissions()) & 0o777, 0o600);
    }

    #[tokio::test]
    async fn a_failed_migration_changes_nothing() {
        let dir = tempfile::tempdir().unwrap();
        version(dir.path(), MIGRATIONS).await.unwrap();
        assert!(matches!(version(dir.path(), BROKEN).await, Err(Error::Database(_))));
        assert_eq!(version(dir.path(), MIGRATIONS).await.unwrap(), 1);
        assert_eq!(version(dir.path(), NEXT).await.unwrap(), 2);
    }

    #[tokio::test]
    async fn a_newer_version_is_refused_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        version(dir.path(), NEXT).await.unwrap();
        let before = std::fs::read(dir.path().join(FILE)).unwrap();
        assert!(matches!(version(dir.path(), MIGRATIONS).await, Err(Error::NewerVersion { found: 2, known: 1 })));
        assert_eq!(std::fs::read(dir.path().join(FILE)).unwrap(), before);
    }

    #[tokio::test]
    async fn what_is_no_store_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(FILE), "this is a text of someone's, longer than a header".repeat(40)).unwrap();
        assert!(matches!(version(dir.path(), MIGRATIONS).await, Err(Error::Corrupt("no database"))));
        std::fs::remove_file(dir.path().join(FILE)).unwrap();
        let mut other = connect(&dir.path().join(FILE)).await.err();
        assert!(other.take().is_some());
        open_private(&dir.path().join(FILE)).unwrap();
        let mut other = connect(&dir.path().join(FILE)).await.unwrap();
        other.execute("CREATE TABLE theirs (x)").await.unwrap();
        other.close().await.unwrap();
        assert!(matches!(version(dir.path(), MIGRATIONS).await, Err(Error::Corrupt("another program's database"))));
    }

    #[tokio::test]
    async fn a_damaged_page_is_noticed() {
        let dir = tempfile::tempdir().unwrap();
        version(dir.path(), MIGRATIONS).await.unwrap();
        let path = dir.path().join(FILE);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes.iter_mut().skip(4096).take(4096).for_each(|byte| *byte = 0x5a);
        std::fs::write(&path, bytes).unwrap();
        assert!(matches!(version(dir.path(), MIGRATIONS).await, Err(Error::Corrupt(_))));
    }
}
