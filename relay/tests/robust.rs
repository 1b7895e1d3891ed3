//! The ground gives way under the relay: a full disk, a damaged store, a store from a newer version.
#![cfg(target_os = "linux")]
#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "test code"
)]

#[path = "../../daemon/tests/daemon/robust/small_disk.rs"]
mod small_disk;
mod support;

use countersign_seal::envelope::Envelope;
use countersign_wire::relay::RelayFault;
use small_disk::SmallDisk;
use sqlx::{ConnectOptions as _, Connection as _, Executor as _, sqlite::SqliteConnectOptions};
use std::fs;
use support::{Client, RelayProcess, account, now};

#[tokio::test]
async fn a_full_disk_refuses_mail_and_keeps_what_was_accepted() {
    let directory = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(directory.path(), "4m") else { return };
    let mut relay = RelayProcess::start_in(directory, &[], Box::new(disk.inside())).await;
    let (log, desktop, phone) = account().await;
    let mut sender = Client::register_and_login(&relay, &log, &desktop).await.unwrap();
    let keys = phone.device().keys;
    let seal = async |size: usize| {
        let envelope = Envelope::seal(&desktop.keys, log.account(), &keys, now(), 3_600_000, &vec![7; size]).await;
        envelope.unwrap().as_bytes().to_vec()
    };
    let mut accepted = vec![seal(10).await];
    assert_eq!(sender.send(&accepted[0]).await, Ok(false));
    disk.fill();
    let refused = loop {
        let envelope = seal(60_000).await;
        match sender.send(&envelope).await {
            Ok(_) => accepted.push(envelope),
            Err(fault) => break fault,
        }
        assert!(accepted.len() < 100, "the disk is not full");
    };
    assert_eq!(refused, RelayFault::Internal);

    // The same connection goes on once there is room; so does a relay that was killed meanwhile.
    disk.make_room();
    accepted.push(seal(60_000).await);
    assert_eq!(sender.send(accepted.last().unwrap()).await, Ok(false));
    disk.fill();
    relay.restart().await;
    disk.make_room();
    let mut receiver = Client::login(&relay, log.account(), &phone).await.unwrap();
    for envelope in &accepted {
        assert_eq!(&receiver.delivery().await.1, envelope);
    }
}

#[tokio::test]
async fn a_store_that_is_damaged_or_newer_ends_the_relay_with_words_and_is_left_alone() {
    let mut relay = RelayProcess::start().await;
    relay.kill();
    let path = relay.data().join("relay.db");
    let mut connection = SqliteConnectOptions::new().filename(&path).connect().await.unwrap();
    let insert = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (9, 'later', TRUE, x'00', 1)";
    connection.execute(insert).await.unwrap();
    connection.close().await.unwrap();
    let newer = fs::read(&path).unwrap();
    let said = relay.refuses_to_start_again();
    assert!(said.contains("a newer relay wrote the store") && said.contains("update this relay"), "{said}");
    assert_eq!(fs::read(&path).unwrap(), newer);

    let mut damaged = newer;
    damaged[3] ^= 1;
    fs::write(&path, &damaged).unwrap();
    let said = relay.refuses_to_start_again();
    assert!(said.contains("relay.db is damaged") && said.contains("a new one is made"), "{said}");
    assert!(!said.contains('\u{1b}'), "colours in a log: {said}");
    assert_eq!(fs::read(&path).unwrap(), damaged);
}
