//! The SQLite file: how it is opened, its version, and how old bytes are made to vanish from it.

use super::{Error, Result, directory::open_private, write_ahead_log};
use sqlx::{
    ConnectOptions as _, Connection as _, Executor as _, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

pub(super) const FILE: &str = "vault.db";
/// What SQLite keeps beside it.
pub(super) const BESIDE: [&str; 2] = ["-wal", "-shm"];
/// What damaged stores are called once they are put aside: this, and a number.
pub(super) const DAMAGED: &str = "vault-damaged-";
/// The same for sound ones that a backup replaced.
pub(super) const REPLACED: &str = "vault-replaced-";
/// A new store until it is complete.
const NEW: &str = "vault.db.new";
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
    inspect(&path, migrations.len())?;
    if !path.exists() {
        make(directory, migrations).await?;
    }
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

/// Whether the store can be read, or a newer version can read it. The store is left as it is. Where a daemon `is_open` on it, its write-ahead log changes under
/// whoever looks, and only SQLite can read it.
pub(super) async fn look(directory: &Path, is_open: bool) -> Result<()> {
    let path = directory.join(FILE);
    if !is_open {
        match inspect(&path, MIGRATIONS.len()) {
            Ok(()) => {}
            Err(Error::NewerVersion { .. }) => return Ok(()),
            Err(error) => return Err(error),
        }
    }
    let has_log = fs::metadata(beside(&path, "-wal")).is_ok_and(|log| log.len() > 0);
    check_only(&path, is_open || has_log).await
}

/// Reads a whole file. Where it `has_log`, SQLite may make its index of that; otherwise it makes nothing: a log that was lost is not to be replaced.
pub(super) async fn check_only(path: &Path, has_log: bool) -> Result<()> {
    let options = SqliteConnectOptions::new().filename(path).read_only(true).immutable(!has_log);
    let mut connection = options.disable_statement_logging().connect().await?;
    let checked = check(&mut connection).await;
    connection.close().await?;
    checked
}

/// Looks at the files before SQLite does: that takes what it can read of a damaged log and drops the rest, takes an empty file for a new one, and brings
/// a log into the file even where a newer version wrote both.
fn inspect(path: &Path, known: usize) -> Result<()> {
    let log = read_if_there(&beside(path, "-wal"))?.unwrap_or_default();
    let Some(start) = read_start(path)? else {
        return if log.is_empty() { Ok(()) } else { Err(Error::Corrupt("a write-ahead log without its database")) };
    };
    if start.is_empty() {
        return Err(Error::Corrupt("an empty file"));
    }
    let look = write_ahead_log::look(&log);
    let version = look.version.or_else(|| write_ahead_log::version_in_file(&start)).unwrap_or_default();
    if usize::try_from(version).is_ok_and(|version| version > known) {
        let known = i64::try_from(known).unwrap_or(i64::MAX);
        return Err(Error::NewerVersion { found: version.into(), known });
    }
    if look.is_damaged { Err(Error::Corrupt("the write-ahead log")) } else { Ok(()) }
}

/// Whether there is a write-ahead log, be it empty.
pub(super) fn has_log(directory: &Path) -> bool {
    beside(&directory.join(FILE), "-wal").exists()
}

/// Makes a store aside and then puts it in its place: an empty or half-made `vault.db` is never ours.
async fn make(directory: &Path, migrations: &[&str]) -> Result<()> {
    let new = directory.join(NEW);
    for path in BESIDE.map(|ending| beside(&new, ending)).into_iter().chain([new.clone()]) {
        remove_if_there(&path)?;
    }
    drop(open_private(&new)?);
    let mut connection = connect(&new).await?;
    migrate(&mut connection, directory, migrations).await?;
    connection.close().await?;
    fs::rename(&new, directory.join(FILE)).map_err(|error| Error::of_file(&new, error))
}

/// A file that SQLite keeps beside `path`.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}

fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::of_file(path, error)),
    }
}

/// The start of a file; `None` if it is not there.
fn read_start(path: &Path) -> Result<Option<Vec<u8>>> {
    use io::Read as _;
    let file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::of_file(path, error)),
    };
    let mut start = Vec::new();
    file.take(100).read_to_end(&mut start).map_err(|error| Error::of_file(path, error))?;
    Ok(Some(start))
}

pub(super) fn remove_if_there(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::of_file(path, error)),
        _ => Ok(()),
    }
}

pub(super) async fn connect(path: &Path) -> Result<SqliteConnection> {
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

pub(super) async fn check(connection: &mut SqliteConnection) -> Result<()> {
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
    begin(connection).await?;
    let migrated = take_steps(connection, migrations.get(taken..).unwrap_or_default(), known).await;
    end(connection, migrated).await
}

async fn take_steps(connection: &mut SqliteConnection, steps: &[&str], version: i64) -> Result<()> {
    for step in steps {
        connection.execute(sqlx::AssertSqlSafe((*step).to_owned())).await?;
    }
    let mark = format!("PRAGMA user_version = {version}; PRAGMA application_id = {APPLICATION_ID}");
    connection.execute(sqlx::AssertSqlSafe(mark)).await?;
    Ok(())
}

/// Begins a transaction; one that somebody left open is rolled back. To be followed by [`end`].
///
/// Not sqlx's own transactions: where SQLite itself has rolled back, as it does on a full disk, those count on being inside one from then on
/// (<https://www.sqlite.org/lang_transaction.html>, section 3).
pub(super) async fn begin(connection: &mut SqliteConnection) -> Result<()> {
    if connection.execute("BEGIN IMMEDIATE").await.is_err() {
        let _ = connection.execute("ROLLBACK").await;
        connection.execute("BEGIN IMMEDIATE").await?;
    }
    Ok(())
}

/// Commits what went well, and rolls back what did not.
pub(super) async fn end<T>(connection: &mut SqliteConnection, result: Result<T>) -> Result<T> {
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

fn backup_name(version: i64) -> String {
    format!("vault-before-version-{}.db", version.saturating_add(1))
}

/// A copy of the file as it is, made by SQLite itself.
pub(super) async fn back_up(connection: &mut SqliteConnection, path: &Path) -> Result<()> {
    remove_if_there(path)?;
    // VACUUM INTO accepts an empty file, which has the right permissions.
    drop(open_private(path)?);
    let name = path.to_str().ok_or(Error::Corrupt("the path is no text"))?;
    sqlx::query("VACUUM INTO ?").bind(name).execute(connection).await?;
    Ok(())
}

/// What else may hold what the store held: backups of older versions, and stores that were put aside, each with its write-ahead log.
pub(super) fn backups(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(directory) else { return Vec::new() };
    let is_backup = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        ["vault-before-version-", DAMAGED, REPLACED].iter().any(|start| name.starts_with(start))
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

pub(super) async fn truncate_log(connection: &mut SqliteConnection) -> Result<()> {
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
        drop(open_private(&dir.path().join(FILE)).unwrap());
        assert!(matches!(version(dir.path(), MIGRATIONS).await, Err(Error::Corrupt("an empty file"))));
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
