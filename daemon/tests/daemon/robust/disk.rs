//! A disk that is full, and one that is read-only.

use super::{filled, small_disk::SmallDisk};
use crate::{
    browser::{Browser, Wire},
    desk::{Desk, PASSPHRASE, Relay, SITE, login, secret},
    phone::Phone,
};
use countersign_wire::{
    control::{Command, Report},
    local::{Event, Fault, Method, Progress},
    mail::ToDesktop,
    native::Packet,
};
use std::{path::Path, time::Duration};

/// Adds until the disk takes no more; returns how many were taken.
async fn add_until_refused(desk: &Desk) -> u32 {
    for taken in 0..100 {
        match desk.report(Command::Add(login(&format!("Item {taken}"), SITE, "hunter2"))).await {
            Report::Item(_) => {}
            Report::Fault(Fault::DiskFull) => return taken,
            other => panic!("{other:?}"),
        }
    }
    panic!("the disk is not full")
}

#[tokio::test]
async fn a_full_disk_refuses_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(&directory.path().join("data"), "4m") else { return };
    let received = disk.path().join("received");
    std::fs::write(&received, [0xff; RECORD].repeat(PAGE_OF_RECORDS - 8)).unwrap();
    number_records(&received);
    let relay = Relay::start().await;
    let mut desk = Desk::bare_in(directory, Some(relay.api.clone()), Box::new(disk.inside())).await.set_up().await;
    let browser = Browser::paired(&desk).await;
    let item = desk.add_login("hunter2").await;
    let mut phone = Phone::paired(&desk).await;
    let mut session = browser.session(&desk).await;
    let item = session.items().await.into_iter().find(|found| found.id == item.id).unwrap();

    // Log and standard error are as full as the rest: that ends nothing.
    disk.fill();
    let taken = add_until_refused(&desk).await;
    let count = taken + 1;
    let status = desk.status(Command::Status).await;
    assert_eq!((status.items, status.status.faults.as_slice()), (count, [Fault::DiskFull].as_slice()));
    // What is there is read. Nobody is asked: the request must be on the disk before it goes out.
    assert_eq!(session.items().await.len(), usize::try_from(count).unwrap());
    assert_eq!(browser.ask(&mut session, &item).await.unwrap_err(), Fault::DiskFull);
    let (titles, refused) =
        (title_of(&mut session, item.id).await, Command::Edit { item: item.id, draft: login("Other", SITE, "") });
    assert!(matches!(desk.report(refused).await, Report::Fault(Fault::DiskFull | Fault::InvalidDraft)));
    assert_eq!(title_of(&mut session, item.id).await, titles);

    // With room again all goes on by itself, and stays: no transaction is left open.
    disk.make_room();
    for number in 0..3 {
        desk.add_login(&format!("after {number}")).await;
    }
    desk.kill_and_restart().await;
    desk.unlock().await;
    let count = count + 3;
    session = browser.session(&desk).await;
    assert_eq!(desk.status(Command::Status).await.items, count);
    assert_eq!(desk.status(Command::Status).await.status.faults, []);
    let ask = browser.ask(&mut session, &item).await.unwrap();
    assert_eq!(session.progress(ask.id).await, Progress::Asked);
    let shown = phone.request().await;
    assert_eq!(shown.id, ask.id, "none of the refused requests went out");
    // It fills up while the phone has the request, and with the record of envelopes at the very end of a page. The answer waits at the relay until it can be
    // recorded, and the half that was written of its record is gone.
    let length = || std::fs::metadata(&received).unwrap().len();
    let page = u64::try_from(RECORD * PAGE_OF_RECORDS).unwrap();
    while length() < page {
        let before = length();
        phone.mail(&ToDesktop::AllowRequests).await;
        while length() == before {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    assert_eq!(length(), page);
    disk.fill();
    phone.approve(&shown, ask.number.get()).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(!session.settle().await.iter().any(|event| matches!(event, Event::Released { .. })));
    assert_eq!(length(), page);
    disk.make_room();
    filled(&mut session, ask.id).await;

    // Killed while it was full, and started while it still is.
    disk.fill();
    add_until_refused(&desk).await;
    desk.kill_and_restart().await;
    let report = desk.report(Command::Unlock { pin: secret(PASSPHRASE) }).await;
    assert!(matches!(report, Report::Fault(Fault::DiskFull) | Report::Status(_)), "{report:?}");
    disk.make_room();
    desk.unlock().await;
    assert!(desk.status(Command::Status).await.items >= count);
    desk.add_login("hunter3").await;
}

/// One envelope in the record of those that were received, and how many fit into a page of the disk.
const RECORD: usize = 32 + 16 + 8;
const PAGE_OF_RECORDS: usize = 4096 / RECORD;

/// Makes each record another one.
fn number_records(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    for (number, record) in bytes.chunks_mut(RECORD).enumerate() {
        record[0] = u8::try_from(number).unwrap();
        // Expires in thousands of years.
        record[RECORD - 8..].copy_from_slice(&(1_u64 << 48).to_be_bytes());
    }
    std::fs::write(path, bytes).unwrap();
}

async fn title_of(session: &mut crate::browser::Session, item: countersign_seal::id::ItemId) -> String {
    session.items().await.into_iter().find(|found| found.id == item).unwrap().title
}

#[tokio::test]
async fn a_read_only_disk_is_said_to_be_one_until_it_is_writable() {
    let directory = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount(&directory.path().join("data"), "8m") else { return };
    let mut desk = Desk::bare_in(directory, None, Box::new(disk.inside())).await.set_up().await;
    desk.add_login("hunter2").await;
    let browser = Browser::paired(&desk).await;
    desk.stop().await;
    disk.remount("ro");
    let before = std::fs::read(disk.path().join("vault.db")).unwrap();
    desk.spawn().await;
    // It stays, and tells the command line and browsers alike.
    assert_eq!(desk.fault(Command::Status).await, Fault::ReadOnly);
    assert_eq!(desk.fault(Command::Unlock { pin: secret(PASSPHRASE) }).await, Fault::ReadOnly);
    let mut wire = Wire::open(&desk).await;
    wire.send(&Packet::Who).await;
    assert_eq!(wire.next().await, Some(Packet::Fault(Fault::ReadOnly)));
    assert_eq!(std::fs::read(disk.path().join("vault.db")).unwrap(), before);
    // Writable again: the next word opens the vault, on the same connection too.
    disk.remount("rw");
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert!(wire.offer().await.is_some());
    desk.unlock().await;
    let mut session = browser.session(&desk).await;
    assert_eq!(session.items().await.len(), 1);
    assert!(session.call(Method::Add { draft: login("Another", SITE, "x") }).await.is_ok());
}

/// What Linux does to a disk that fails under a running program.
#[tokio::test]
async fn a_disk_that_turns_read_only_refuses_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let Some(disk) = SmallDisk::mount_image(&directory.path().join("data")) else { return };
    let desk = Desk::bare_in(directory, None, Box::new(disk.inside())).await.set_up().await;
    let item = desk.add_login("hunter2").await;
    disk.remount("abort");
    assert_eq!(desk.fault(Command::Add(login("Another", SITE, "x"))).await, Fault::ReadOnly);
    let status = desk.status(Command::Status).await;
    assert_eq!((status.items, status.status.faults.as_slice()), (1, [Fault::ReadOnly].as_slice()));
    let Report::Items(items) = desk.report(Command::List { query: String::new() }).await else { panic!("no items") };
    assert_eq!(items, [item]);
}
