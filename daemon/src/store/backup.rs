//! Backups that the daemon makes by itself, and how one is put back.
//!
//! Once a day, while the vault is open and everything in it is sealed, the store is copied beside itself; the copy before is kept too. A copy holds what the
//! store holds: ciphertext. Before a phone seals the store there are none, for what they held would lie there unsealed for ever.

use super::{
    Error, Result, Store,
    database::{self, BESIDE, DAMAGED, FILE, REPLACED, beside, remove_if_there},
    directory::Directory,
};
use sqlx::Connection as _;
use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

/// The newest, and the one before.
const BACKUPS: [&str; 2] = ["vault-backup.db", "vault-backup-before.db"];
const NEW: &str = "vault-backup.new";
const INTERVAL: Duration = Duration::from_secs(20 * 60 * 60);
/// A copy is made only where there is room for it and for much else.
const ROOM: u64 = 4;

/// How the store is, as far as its file tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// There is none.
    Missing,
    /// It can be read.
    Sound,
    /// It cannot: [`restore`] is for this.
    Damaged,
}

/// What [`restore`] would find.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prospect {
    /// The store as it is.
    pub store: Condition,
    /// When the backup was made that would be put in its place; `None` if none can be read.
    pub backup: Option<SystemTime>,
}

/// What [`restore`] did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// Where the file is that was in the way; `None` if there was none.
    pub kept: Option<PathBuf>,
    /// When the backup was made that is the vault now.
    pub made: SystemTime,
}

impl Store {
    /// Copies the store if the newest copy is a day old. Whether it did.
    ///
    /// # Errors
    /// The file's. No backup is lost then.
    pub async fn back_up_daily(&self) -> Result<bool> {
        let directory = self.0.directory();
        let [newest, before] = BACKUPS.map(|name| directory.join(name));
        if is_recent(&newest) || !has_room(directory) {
            return Ok(false);
        }
        let new = directory.join(NEW);
        let copied = {
            let mut connection = self.0.connection.lock().await;
            database::back_up(&mut connection, &new).await
        };
        if let Err(error) = copied {
            remove_if_there(&new)?;
            return Err(error);
        }
        let failed = |error| Error::of_file(&new, error);
        File::open(&new).and_then(|file| file.sync_all()).map_err(failed)?;
        if newest.exists() {
            fs::rename(&newest, &before).map_err(failed)?;
        }
        fs::rename(&new, &newest).map_err(failed)?;
        Ok(true)
    }
}

/// Looks at the store and its backups without changing anything. A daemon may run.
///
/// # Errors
/// The file's, if it cannot be told how the store is.
pub async fn prospect(directory: &Path) -> Result<Prospect> {
    let is_open = Directory::is_locked(directory);
    let store = condition(directory, is_open).await?;
    for backup in BACKUPS.map(|name| directory.join(name)) {
        let Ok(made) = fs::metadata(&backup).and_then(|metadata| metadata.modified()) else { continue };
        if database::check_only(&backup, false).await.is_ok() {
            return Ok(Prospect { store, backup: Some(made) });
        }
    }
    Ok(Prospect { store, backup: None })
}

async fn condition(directory: &Path, is_open: bool) -> Result<Condition> {
    if !directory.join(FILE).exists() {
        return Ok(Condition::Missing);
    }
    match database::look(directory, is_open).await {
        Ok(()) => Ok(Condition::Sound),
        Err(Error::Corrupt(_)) => Ok(Condition::Damaged),
        Err(error) => Err(error),
    }
}

/// Puts the newest backup that can be read in the store's place, and keeps what was there. No daemon may run. [`prospect`] tells what that would replace.
///
/// # Errors
/// [`Error::InUse`], [`Error::NoBackup`], or the file's; nothing is lost then.
pub async fn restore(directory: &Path) -> Result<Restored> {
    let mut lock = Directory::open(directory)?;
    // What cannot be told is put aside as if it were damaged.
    let is_sound = condition(directory, false).await.is_ok_and(|condition| condition == Condition::Sound);
    let aside = if is_sound { REPLACED } else { DAMAGED };
    let path = directory.join(FILE);
    let failed = |error| Error::of_file(&path, error);
    for backup in BACKUPS.map(|name| directory.join(name)) {
        let Ok(made) = fs::metadata(&backup).and_then(|metadata| metadata.modified()) else { continue };
        let new = directory.join(NEW);
        fs::copy(&backup, &new).map_err(failed)?;
        if let Err(error) = check(&new).await {
            tracing::warn!(%error, "a backup cannot be used");
            remove_if_there(&new)?;
            continue;
        }
        let kept = keep(directory, aside)?;
        fs::rename(&new, &path).map_err(failed)?;
        lock.mark_closed();
        return Ok(Restored { kept, made });
    }
    Err(Error::NoBackup)
}

async fn check(path: &Path) -> Result<()> {
    let mut connection = database::connect(path).await?;
    let checked = database::check(&mut connection).await;
    connection.close().await?;
    checked
}

/// Moves the store's files out of the way, all of them under one new name that begins with `name`.
fn keep(directory: &Path, name: &str) -> Result<Option<PathBuf>> {
    let path = directory.join(FILE);
    let names = (1..).map(|number| directory.join(format!("{name}{number}.db")));
    let is_free = |name: &PathBuf| !name.exists() && BESIDE.iter().all(|ending| !beside(name, ending).exists());
    let Some(name) = names.take(10_000).find(is_free) else { return Err(Error::Corrupt("too many stores are kept")) };
    let mut kept = None;
    for ending in BESIDE.into_iter().chain([""]) {
        let (from, to) = (beside(&path, ending), beside(&name, ending));
        if from.exists() {
            fs::rename(&from, &to).map_err(|error| Error::of_file(&from, error))?;
            kept = Some(name.clone());
        }
    }
    Ok(kept)
}

fn is_recent(path: &Path) -> bool {
    let made = fs::metadata(path).and_then(|metadata| metadata.modified());
    // One that is dated in the future tells nothing about its age.
    made.is_ok_and(|made| SystemTime::now().duration_since(made).is_ok_and(|age| age < INTERVAL))
}

#[cfg(unix)]
fn has_room(directory: &Path) -> bool {
    let size = fs::metadata(directory.join(FILE)).map_or(0, |metadata| metadata.len());
    let free = rustix::fs::statvfs(directory).map_or(u64::MAX, |found| found.f_bavail.saturating_mul(found.f_frsize));
    free >= size.saturating_mul(ROOM)
}

/// The disk has its say.
#[cfg(windows)]
fn has_room(_directory: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unlock::Keystore;
    use countersign_seal::secret::SecretBytes;

    fn pin() -> SecretBytes {
        SecretBytes::from(String::from("correct horse battery"))
    }

    async fn set_up(dir: &Path) -> Store {
        let store = Store::open(dir).await.unwrap();
        drop(store.set_up(pin(), "Desk", &Keystore::absent()).await.unwrap());
        store
    }

    fn age(path: &Path, hours: u64) {
        let file = File::options().write(true).open(path).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(hours * 3600)).unwrap();
    }

    /// Waits until SQLite, on a thread of its own, has closed a store that was dropped: it takes the write-ahead log away.
    async fn closed(dir: &Path) {
        let look = async {
            while database::has_log(dir) {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), look).await.unwrap();
    }

    #[tokio::test]
    async fn a_copy_a_day_is_made_and_the_one_before_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let store = set_up(dir.path()).await;
        let [newest, before] = BACKUPS.map(|name| dir.path().join(name));
        assert!(store.back_up_daily().await.unwrap());
        assert!(!store.back_up_daily().await.unwrap(), "one a day");
        assert!(newest.exists() && !before.exists());
        let first = fs::read(&newest).unwrap();
        age(&newest, 21);
        store
            .set_relay(Some(&countersign_seal::origin::Origin::parse("https://relay.example").unwrap()))
            .await
            .unwrap();
        assert!(store.back_up_daily().await.unwrap());
        assert_eq!(fs::read(&before).unwrap(), first);
        assert_ne!(fs::read(&newest).unwrap(), first);
        #[cfg(unix)]
        assert_eq!(std::os::unix::fs::PermissionsExt::mode(&newest.metadata().unwrap().permissions()) & 0o777, 0o600);
        // One that is dated in the future, by a clock that was wrong, does not end the backups.
        File::options().write(true).open(&newest).unwrap().set_modified(SystemTime::now() + INTERVAL).unwrap();
        assert!(store.back_up_daily().await.unwrap());
    }

    #[tokio::test]
    async fn the_newest_that_can_be_read_is_put_back_and_what_was_there_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let (path, [newest, before]) = (dir.path().join(FILE), BACKUPS.map(|name| dir.path().join(name)));
        let store = set_up(dir.path()).await;
        assert!(matches!(restore(dir.path()).await, Err(Error::InUse { .. })));
        store.back_up_daily().await.unwrap();
        age(&newest, 30);
        store.back_up_daily().await.unwrap();
        drop(store);
        closed(dir.path()).await;
        for (number, damaged_backup) in [(1, false), (2, true)] {
            fs::write(&path, "no vault").unwrap();
            fs::write(beside(&path, "-wal"), "no log").unwrap();
            if damaged_backup {
                fs::write(&newest, "no backup").unwrap();
            }
            let restored = restore(dir.path()).await.unwrap();
            let kept = dir.path().join(format!("vault-damaged-{number}.db"));
            assert_eq!(restored.kept.as_ref(), Some(&kept));
            assert_eq!(
                (fs::read(&kept).unwrap(), fs::read(beside(&kept, "-wal")).unwrap()),
                (b"no vault".into(), b"no log".into())
            );
            let hours = SystemTime::now().duration_since(restored.made).unwrap().as_secs() / 3600;
            assert_eq!(hours, if damaged_backup { 30 } else { 0 });
            let store = Store::open(dir.path()).await.unwrap();
            assert_eq!(store.faults(), []);
            drop(store.unlock(pin(), &Keystore::absent()).await.unwrap());
            drop(store);
            closed(dir.path()).await;
        }
        let whole = fs::read(&path).unwrap();
        assert_eq!(prospect(dir.path()).await.unwrap().store, Condition::Sound);
        fs::write(&before, "no backup").unwrap();
        assert_eq!(prospect(dir.path()).await.unwrap(), Prospect { store: Condition::Sound, backup: None });
        assert!(matches!(restore(dir.path()).await, Err(Error::NoBackup)));
        assert_eq!(fs::read(&path).unwrap(), whole, "nothing was changed");
    }

    #[tokio::test]
    async fn a_sound_store_is_told_from_a_damaged_one_and_kept_under_another_name() {
        let dir = tempfile::tempdir().unwrap();
        let (path, newest) = (dir.path().join(FILE), dir.path().join(BACKUPS[0]));
        let files = || {
            let names = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name());
            let mut files: Vec<_> = names.map(|name| (fs::read(dir.path().join(&name)).unwrap(), name)).collect();
            files.sort();
            files
        };
        let looks = async || {
            let before = files();
            let found = prospect(dir.path()).await.unwrap();
            assert!(files() == before, "looking changed something");
            (found.store, found.backup.is_some())
        };
        assert_eq!(looks().await, (Condition::Missing, false));
        let store = set_up(dir.path()).await;
        // With the daemon at work, too, and with what only the write-ahead log holds yet.
        assert_eq!(prospect(dir.path()).await.unwrap(), Prospect { store: Condition::Sound, backup: None });
        let killed = tempfile::tempdir().unwrap();
        for name in [FILE, "vault.db-wal"] {
            fs::copy(dir.path().join(name), killed.path().join(name)).unwrap();
        }
        assert_eq!(prospect(killed.path()).await.unwrap().store, Condition::Sound);
        store.back_up_daily().await.unwrap();
        let found = prospect(dir.path()).await.unwrap();
        assert!(found.store == Condition::Sound && found.backup.is_some());
        drop(store);
        closed(dir.path()).await;
        assert_eq!(looks().await, (Condition::Sound, true));

        let whole = fs::read(&path).unwrap();
        let restored = restore(dir.path()).await.unwrap();
        let kept = dir.path().join("vault-replaced-1.db");
        assert_eq!((restored.kept.as_ref(), fs::read(&kept).unwrap()), (Some(&kept), whole));
        assert_eq!(database::backups(dir.path()), [kept], "what a phone does not seal is told of");

        for damage in ["no vault", ""] {
            fs::write(&path, damage).unwrap();
            assert_eq!(looks().await, (Condition::Damaged, true), "{damage:?}");
        }
        fs::write(&newest, "no backup").unwrap();
        assert_eq!(looks().await, (Condition::Damaged, false));
        fs::remove_file(&path).unwrap();
        assert_eq!(looks().await, (Condition::Missing, false));
        let nowhere = dir.path().join("nowhere");
        assert_eq!(prospect(&nowhere).await.unwrap(), Prospect { store: Condition::Missing, backup: None });
        assert!(!nowhere.exists());
    }
}
