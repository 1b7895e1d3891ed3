//! The daily copy: of a sealed vault only.

use crate::{
    desk::{Desk, Relay},
    phone::Phone,
};
use std::time::Duration;

/// Lets the daemon look once, and waits until it has.
async fn look(desk: &Desk) -> bool {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(61)).await;
    tokio::time::resume();
    let backup = desk.data().join("vault-backup.db");
    for _ in 0..50 {
        if backup.exists() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    false
}

#[tokio::test]
async fn what_is_not_sealed_is_copied_nowhere_and_what_is_sealed_every_day() {
    let relay = Relay::start().await;
    let desk = Desk::inside(&relay).await;
    desk.add_login("hunter2").await;
    assert!(!look(&desk).await, "a copy would keep what is not sealed");
    let _phone = Phone::paired(&desk).await;
    assert!(look(&desk).await, "there is no copy of a sealed vault");
    assert!(!desk.data().join("vault-backup.new").exists());
}
