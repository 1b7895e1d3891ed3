//! A store whose bytes changed, or are gone: said, left alone, and put right by putting the bytes back.

use crate::{
    browser::Wire,
    desk::{Desk, PASSPHRASE, SITE, login, secret},
};
use countersign_wire::{
    control::{Command, Report},
    local::Fault,
    native::Packet,
};
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, sqlite::SqliteConnectOptions};
use std::{collections::BTreeMap, fs, path::Path, time::Duration};
use tempfile::TempDir;

const ITEMS: u32 = 12;

/// The store's files with their bytes.
type Files = BTreeMap<&'static str, Vec<u8>>;

fn read(data: &Path) -> Files {
    let read = |name| fs::read(data.join(name)).ok().map(|bytes| (name, bytes));
    // An empty log is as good as none: SQLite removes it with the last connection.
    let is_there = |(name, bytes): &(&str, Vec<u8>)| *name == "vault.db" || !bytes.is_empty();
    ["vault.db", "vault.db-wal"].into_iter().filter_map(read).filter(is_there).collect()
}

fn write(data: &Path, files: &Files) {
    for name in ["vault.db", "vault.db-wal", "vault.db-shm"] {
        let _ = fs::remove_file(data.join(name));
    }
    files.iter().for_each(|(name, bytes)| fs::write(data.join(name), bytes).unwrap());
}

/// A data directory as a killed daemon leaves it, and as one that was told to end does.
async fn directories() -> [TempDir; 2] {
    let mut desk = Desk::start(None).await;
    for number in 0..ITEMS {
        let item = login(&format!("Item {number}"), SITE, &"hunter2".repeat(300));
        assert!(matches!(desk.report(Command::Add(item)).await, Report::Item(_)));
    }
    desk.kill();
    let killed = copy(&desk.data());
    desk.spawn().await;
    desk.stop().await;
    [killed, copy(&desk.data())]
}

fn copy(data: &Path) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    let to = directory.path().join("data");
    fs::create_dir(&to).unwrap();
    for entry in fs::read_dir(data).unwrap().map(Result::unwrap).filter(|entry| entry.path().is_file()) {
        fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
    directory
}

/// What is done to the bytes of a file.
type Damage = (&'static str, &'static str, fn(&mut Vec<u8>));

const OF_THE_FILE: [Damage; 6] = [
    ("a flipped bit in the header", "vault.db", |bytes| bytes[5] ^= 1),
    ("nonsense at the start of the pages in the middle", "vault.db", |bytes| {
        let quarter = bytes.len() / 4096 / 4;
        let pages = bytes.chunks_mut(4096).skip(quarter).take(2 * quarter);
        pages.flat_map(|page| page.iter_mut().take(16)).for_each(|byte| *byte = 0x5a);
    }),
    ("nonsense in the first page behind the header", "vault.db", |bytes| {
        bytes.iter_mut().skip(100).take(60).for_each(|byte| *byte ^= 0xa5);
    }),
    ("half of it", "vault.db", |bytes| bytes.truncate(bytes.len() / 2)),
    ("nothing of it", "vault.db", Vec::clear),
    ("a text", "vault.db", |bytes| *bytes = "This was a vault. ".repeat(500).into_bytes()),
];

const OF_THE_LOG: [Damage; 3] = [
    ("a flipped bit in the log's header", "vault.db-wal", |bytes| bytes[17] ^= 4),
    ("a flipped bit early in the log", "vault.db-wal", |bytes| bytes[32 + 24 + 300] ^= 8),
    ("a flipped bit in the middle of the log", "vault.db-wal", |bytes| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
    }),
];

#[tokio::test]
async fn a_damaged_store_is_left_as_it_is_and_opens_once_its_bytes_are_back() {
    let [killed, stopped] = directories().await;
    let cases = OF_THE_FILE.iter().map(|case| (case, &stopped)).chain(OF_THE_LOG.iter().map(|case| (case, &killed)));
    for ((what, name, damage), from) in cases {
        let directory = copy(&from.path().join("data"));
        let data = directory.path().join("data");
        let whole = read(&data);
        let mut damaged = whole.clone();
        damage(damaged.get_mut(name).unwrap());
        write(&data, &damaged);

        println!("{what}");
        let desk = Desk::bare_in(directory, None, Box::new(|program| program)).await;
        assert_eq!(desk.fault(Command::Status).await, Fault::Damaged, "{what}");
        assert_eq!(desk.fault(Command::Unlock { pin: secret(PASSPHRASE) }).await, Fault::Damaged, "{what}");
        let set_up = Command::SetUp { pin: secret(PASSPHRASE), name: String::from("Desk") };
        assert_eq!(desk.fault(set_up).await, Fault::Damaged, "{what}");
        let mut wire = Wire::open(&desk).await;
        wire.send(&Packet::Who).await;
        assert_eq!(wire.next().await, Some(Packet::Fault(Fault::Damaged)), "{what}");
        assert_eq!(read(&data), damaged, "{what}: the files were touched");

        write(&data, &whole);
        tokio::time::sleep(Duration::from_millis(600)).await;
        desk.unlock().await;
        assert_eq!(desk.status(Command::Status).await.items, ITEMS, "{what}");
        desk.add_login("hunter3").await;
    }
}

#[tokio::test]
async fn a_lost_log_is_told_of_and_a_damaged_item_keeps_nobody_from_the_others() {
    let [killed, stopped] = directories().await;
    fs::remove_file(killed.path().join("data/vault.db-wal")).unwrap();
    let mut desk = Desk::bare_in(killed, None, Box::new(|program| program)).await;
    let status = desk.status(Command::Status).await;
    assert_eq!(status.status.faults, [Fault::LostWrites]);
    desk.stop().await;
    desk.spawn().await;
    assert_eq!(desk.status(Command::Status).await.status.faults, [], "it is said until the next orderly start");

    let path = stopped.path().join("data/vault.db");
    let mut connection = SqliteConnectOptions::new().filename(&path).connect().await.unwrap();
    let change =
        "UPDATE records SET summary = zeroblob(length(summary)) WHERE rowid = (SELECT max(rowid) FROM records)";
    connection.execute(change).await.unwrap();
    connection.close().await.unwrap();
    let desk = Desk::bare_in(stopped, None, Box::new(|program| program)).await;
    desk.unlock().await;
    let status = desk.status(Command::Status).await;
    assert_eq!((status.items, status.status.faults.as_slice()), (ITEMS - 1, [Fault::Damaged].as_slice()));
    desk.add_login("hunter3").await;
}
