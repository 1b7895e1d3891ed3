//! A store that a newer version wrote.

use crate::desk::{Desk, PASSPHRASE, secret};
use countersign_wire::{control::Command, local::Fault};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, sqlite::SqliteConnectOptions};
use std::{collections::BTreeMap, fs, path::Path};

/// All files but those that a daemon writes whenever it starts.
fn files(data: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    files
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(&path).unwrap()))
        .filter(|(name, _)| !name.starts_with("daemon."))
        .collect()
}

#[tokio::test]
async fn a_store_from_a_newer_version_is_refused_and_not_touched() {
    let mut desk = Desk::start(None).await;
    desk.add_login("hunter2").await;
    desk.stop().await;
    let data = desk.data();
    let mut connection = SqliteConnectOptions::new().filename(data.join("vault.db")).connect().await.unwrap();
    // The newer program was killed: what it did stands in the log only.
    connection.execute("PRAGMA user_version = 7; CREATE TABLE later (x)").await.unwrap();
    let with_log = files(&data);
    assert!(with_log["vault.db-wal"].len() > 4096);
    connection.close().await.unwrap();
    let without_log = files(&data);
    assert!(!without_log.contains_key("vault.db-wal"));

    for wanted in [without_log, with_log] {
        wanted.iter().for_each(|(name, bytes)| fs::write(data.join(name), bytes).unwrap());
        let before = files(&data);
        desk.spawn().await;
        assert_eq!(desk.fault(Command::Status).await, Fault::NewerStore);
        assert_eq!(desk.fault(Command::Unlock { pin: secret(PASSPHRASE) }).await, Fault::NewerStore);
        assert_eq!(files(&data), before, "the files were touched");
        desk.stop().await;
        assert_eq!(files(&data), before, "the files were touched");
    }
}
