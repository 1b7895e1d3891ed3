//! A second daemon on the same vault or at the same socket: it says so and ends; the first goes on.

use crate::{
    browser::Browser,
    desk::{Desk, SITE, login},
};
use countersign_wire::{
    control,
    local::{Fault, Method},
};
use std::{path::Path, process::Command};

/// Ends with code 3, and with words.
fn is_refused(data: &Path, socket: &Path) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_countersign-daemon"));
    let output = program.arg("--no-keystore").arg("--data-dir").arg(data).arg("--socket").arg(socket).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("another daemon"), "{said}");
}

#[tokio::test]
async fn the_second_ends_and_the_first_goes_on() {
    let mut desk = Desk::start(None).await;
    let browser = Browser::paired(&desk).await;
    let mut session = browser.session(&desk).await;
    let elsewhere = tempfile::tempdir().unwrap();

    let (other_data, other_socket) = (elsewhere.path().join("data"), elsewhere.path().join("run/daemon.sock"));
    is_refused(&desk.data(), &other_socket);
    is_refused(&other_data, &desk.socket());
    is_refused(&desk.data(), &desk.socket());
    assert!(session.call(Method::Add { draft: login("Example", SITE, "hunter2") }).await.is_ok());

    // A killed one leaves lock and socket behind: the next takes both over.
    desk.kill_and_restart().await;
    desk.unlock().await;
    assert_eq!(desk.status(control::Command::Status).await.items, 1);

    // One that cannot open its vault is there, too.
    desk.stop().await;
    let vault = desk.data().join("vault.db");
    let whole = std::fs::read(&vault).unwrap();
    std::fs::write(&vault, "").unwrap();
    desk.spawn().await;
    is_refused(&desk.data(), &desk.socket());
    assert_eq!(desk.fault(control::Command::Status).await, Fault::Damaged);
    std::fs::write(&vault, whole).unwrap();
    desk.stop().await;
}
