//! The relay as devices meet it: over real sockets, with real keys and a real store.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub,
    reason = "test code"
)]

mod support;

use countersign_seal::{
    codec,
    envelope::Envelope,
    id::{AccountId, UnixMillis},
    log::{Action, Author, DeviceKind, Log},
};
use countersign_wire::relay::{FromRelay, RelayFault, ToRelay};
use std::time::Duration;
use support::{Client, Member, RelayProcess, account, now};

#[tokio::test]
async fn an_envelope_waits_for_its_recipient_and_survives_a_restart() {
    let (log, desktop, phone) = account().await;
    let mut relay = RelayProcess::start().await;
    let mut sender = Client::register_and_login(&relay, &log, &desktop).await.unwrap();
    let envelope = seal(&desktop, &phone, log.account(), b"hello").await;
    assert_eq!(sender.send(&envelope).await, Ok(false), "the phone is not connected");
    assert_eq!(sender.send(&envelope).await, Ok(false), "posting twice is not an error");

    relay.restart().await;

    let mut receiver = Client::login(&relay, log.account(), &phone).await.unwrap();
    let (delivery, bytes) = receiver.delivery().await;
    assert_eq!(bytes, envelope);
    assert!(receiver.is_silent().await, "the second posting was the same message");
    receiver.tell(&ToRelay::Ack { delivery }).await;
    receiver.settle().await;

    let mut again = Client::login(&relay, log.account(), &phone).await.unwrap();
    assert!(again.is_silent().await, "an acknowledged envelope is gone");
}

#[tokio::test]
async fn a_connected_recipient_gets_it_at_once() {
    let (log, desktop, phone) = account().await;
    let relay = RelayProcess::start().await;
    let mut sender = Client::register_and_login(&relay, &log, &desktop).await.unwrap();
    let mut receiver = Client::login(&relay, log.account(), &phone).await.unwrap();
    for text in [b"one".as_slice(), b"two"] {
        let envelope = seal(&desktop, &phone, log.account(), text).await;
        assert_eq!(sender.send(&envelope).await, Ok(true));
        assert_eq!(receiver.delivery().await.1, envelope);
    }
}

#[tokio::test]
async fn many_envelopes_arrive_in_order_as_far_as_they_are_acknowledged() {
    let (log, desktop, phone) = account().await;
    let relay = RelayProcess::start().await;
    let mut sender = Client::register_and_login(&relay, &log, &desktop).await.unwrap();
    let mut sent = Vec::new();
    for n in 0..80_u8 {
        sent.push(seal(&desktop, &phone, log.account(), &[n]).await);
        assert_eq!(sender.send(sent.last().unwrap()).await, Ok(false));
    }
    let mut receiver = Client::login(&relay, log.account(), &phone).await.unwrap();
    for expected in &sent {
        let (delivery, bytes) = receiver.delivery().await;
        assert_eq!(bytes, *expected);
        receiver.tell(&ToRelay::Ack { delivery }).await;
    }
}

#[tokio::test]
async fn an_expired_envelope_is_not_delivered() {
    let (log, desktop, phone) = account().await;
    let relay = RelayProcess::start().await;
    let mut sender = Client::register_and_login(&relay, &log, &desktop).await.unwrap();
    let phone_keys = &log.active(phone.id).unwrap().device.keys;
    let envelope = Envelope::seal(&desktop.keys, log.account(), phone_keys, now(), 300, b"late").await.unwrap();
    sender.send(envelope.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(400)).await;
    let mut receiver = Client::login(&relay, log.account(), &phone).await.unwrap();
    assert!(receiver.is_silent().await);
}

#[tokio::test]
async fn an_envelope_that_outlives_a_week_is_not_kept() {
    let (log, desktop, phone) = account().await;
    let relay = RelayProcess::start().await;
    let mut sender = Client::register_and_login(&relay, &log, &desktop).await.unwrap();
    let phone_keys = &log.active(phone.id).unwrap().device.keys;
    let day = 24 * 60 * 60 * 1000;
    for (ahead, expected) in
        [(0, Ok(false)), (day, Err(RelayFault::Malformed)), (u64::MAX / 2, Err(RelayFault::Malformed))]
    {
        let sent = now().plus(ahead);
        let envelope = Envelope::seal(&desktop.keys, log.account(), phone_keys, sent, 7 * day, b"news").await.unwrap();
        assert_eq!(sender.send(envelope.as_bytes()).await, expected, "{ahead}");
    }
}

#[tokio::test]
async fn a_stranger_hands_in_one_log_a_connection() {
    let (log, _, _) = account().await;
    let (other, _, _) = account().await;
    let relay = RelayProcess::start().await;
    let mut client = Client::connect(&relay).await;
    client.tell(&ToRelay::Register { entries: log.entries().to_vec() }).await;
    assert_eq!(client.next().await, Some(FromRelay::Registered));
    client.tell(&ToRelay::Register { entries: other.entries().to_vec() }).await;
    assert_eq!(client.next().await, Some(FromRelay::Failed { call: None, fault: RelayFault::NotAllowed }));
}

#[tokio::test]
async fn only_a_listed_device_logs_in_and_only_with_a_fresh_signature_for_this_relay() {
    let (log, desktop, phone) = account().await;
    let (_, _, stranger) = account().await;
    let relay = RelayProcess::start().await;
    Client::register_and_login(&relay, &log, &desktop).await.unwrap();
    let account = log.account();

    assert_eq!(refused(&relay, account, &stranger).await, RelayFault::LoginRefused);
    assert_eq!(refused(&relay, AccountId([9; 32]), &desktop).await, RelayFault::LoginRefused);

    let mut client = Client::connect(&relay).await;
    let mut statement = client.statement(account, &phone);
    statement.relay = "https://other.example".into();
    assert_eq!(client.login_with(&statement, &phone).await, Err(RelayFault::LoginRefused));

    let mut client = Client::connect(&relay).await;
    let mut statement = client.statement(account, &phone);
    statement.time = UnixMillis(now().0 - 180_000);
    assert_eq!(client.login_with(&statement, &phone).await, Err(RelayFault::LoginRefused));

    let mut client = Client::connect(&relay).await;
    let mut statement = client.statement(account, &phone);
    statement.challenge = [0; 32];
    assert_eq!(client.login_with(&statement, &phone).await, Err(RelayFault::LoginRefused));

    let mut client = Client::connect(&relay).await;
    let statement = client.statement(account, &phone);
    assert_eq!(
        client.login_with(&statement, &desktop).await,
        Err(RelayFault::LoginRefused),
        "signed by another device"
    );
}

#[tokio::test]
async fn a_device_writes_only_in_its_own_name_within_its_own_account() {
    let (log, desktop, phone) = account().await;
    let (other_log, other_desktop, other_phone) = account().await;
    let relay = RelayProcess::start().await;
    Client::register_and_login(&relay, &other_log, &other_desktop).await.unwrap();
    let mut sender = Client::register_and_login(&relay, &log, &desktop).await.unwrap();

    let forged = seal(&phone, &desktop, log.account(), b"x").await;
    assert_eq!(sender.send(&forged).await, Err(RelayFault::NotAllowed));
    let elsewhere = seal(&desktop, &other_phone, other_log.account(), b"x").await;
    assert_eq!(sender.send(&elsewhere).await, Err(RelayFault::NotAllowed));
    let stranger = seal(&desktop, &other_phone, log.account(), b"x").await;
    assert_eq!(sender.send(&stranger).await, Err(RelayFault::UnknownRecipient));
    assert_eq!(sender.send(b"not an envelope").await, Err(RelayFault::Malformed));
}

#[tokio::test]
async fn a_mailbox_takes_only_so_much_from_one_sender() {
    let (log, desktop, phone) = account().await;
    let relay = RelayProcess::start().await;
    let mut sender = Client::register_and_login(&relay, &log, &desktop).await.unwrap();
    let mut taken = 0;
    let fault = loop {
        let envelope = seal(&desktop, &phone, log.account(), b"x").await;
        match sender.send(&envelope).await {
            Ok(_) => taken += 1,
            Err(fault) => break fault,
        }
    };
    assert_eq!((taken, fault), (500, RelayFault::Quota));
}

#[tokio::test]
async fn the_log_grows_by_compare_and_set_and_everyone_hears() {
    let (log, desktop, phone) = account().await;
    let relay = RelayProcess::start().await;
    let mut first = Client::register_and_login(&relay, &log, &desktop).await.unwrap();
    let mut second = Client::login(&relay, log.account(), &phone).await.unwrap();
    let head = log.head();

    let mut grown = log.clone();
    let suspend = Action::SuspendDevice { device: phone.id };
    let draft = grown.draft(Author::Device(desktop.id), suspend, now()).unwrap();
    let entry = Log::sign(&draft, &desktop.keys).await.unwrap();
    grown.append(entry.clone()).unwrap();

    let append = |call| ToRelay::LogAppend { call, head, entry: entry.clone() };
    first.tell(&append(7)).await;
    assert_eq!(first.done(7).await, Ok(false));
    assert_eq!(
        second.next().await,
        Some(FromRelay::Failed { call: None, fault: RelayFault::NotAllowed }),
        "a suspended device is disconnected"
    );
    first.tell(&append(8)).await;
    assert_eq!(first.done(8).await, Err(RelayFault::Conflict), "the head has moved");

    first.tell(&ToRelay::LogRead { call: 9, from: 0 }).await;
    let FromRelay::Log { entries, .. } = first.next_but(|m| matches!(m, FromRelay::LogGrew { .. })).await else {
        panic!("no log")
    };
    assert_eq!(entries, grown.entries());
    assert_eq!(refused(&relay, log.account(), &phone).await, RelayFault::LoginRefused);
}

#[tokio::test]
async fn a_forked_log_is_refused() {
    let (log, desktop, _) = account().await;
    let relay = RelayProcess::start().await;
    Client::register_and_login(&relay, &log, &desktop).await.unwrap();
    let mut fork = Log::verify(vec![log.entries()[0].clone()]).unwrap();
    let joiner = Member::make(DeviceKind::Phone, "Other phone");
    let draft = fork.draft(Author::Device(desktop.id), Action::AddDevice { device: joiner.device() }, now()).unwrap();
    fork.append(Log::sign(&draft, &desktop.keys).await.unwrap()).unwrap();
    let mut client = Client::connect(&relay).await;
    client.tell(&ToRelay::Register { entries: fork.entries().to_vec() }).await;
    assert_eq!(client.next().await, Some(FromRelay::Failed { call: None, fault: RelayFault::Conflict }));
}

#[tokio::test]
async fn a_slot_connects_a_device_with_one_stranger() {
    let (log, desktop, _) = account().await;
    let relay = RelayProcess::start().await;
    let mut opener = Client::register_and_login(&relay, &log, &desktop).await.unwrap();
    let slot = [5; 16];
    let mut early = Client::connect(&relay).await;
    early.tell(&ToRelay::Join { slot }).await;
    assert_eq!(early.next().await, Some(FromRelay::Failed { call: None, fault: RelayFault::NoSlot }));

    opener.tell(&ToRelay::SlotOpen { call: 1, slot }).await;
    assert_eq!(opener.done(1).await, Ok(false));
    let mut joiner = Client::connect(&relay).await;
    joiner.tell(&ToRelay::Join { slot }).await;
    assert_eq!(joiner.next().await, Some(FromRelay::Joined));
    joiner.tell(&ToRelay::SlotSend { slot, message: vec![1] }).await;
    assert_eq!(opener.next().await, Some(FromRelay::Slot { slot, message: vec![1] }));
    opener.tell(&ToRelay::SlotSend { slot, message: vec![2] }).await;
    assert_eq!(joiner.next().await, Some(FromRelay::Slot { slot, message: vec![2] }));

    let mut late = Client::connect(&relay).await;
    late.tell(&ToRelay::Join { slot }).await;
    assert_eq!(late.next().await, Some(FromRelay::Failed { call: None, fault: RelayFault::NoSlot }));
    joiner.tell(&ToRelay::LogRead { call: 1, from: 0 }).await;
    assert_eq!(joiner.next().await, Some(FromRelay::Failed { call: None, fault: RelayFault::NotAllowed }));
}

#[tokio::test]
async fn foreign_bytes_end_the_connection_with_a_typed_fault_and_nothing_else() {
    let (log, desktop, _) = account().await;
    let relay = RelayProcess::start().await;
    let valid = codec::to_vec(&ToRelay::Register { entries: log.entries().to_vec() }).unwrap();
    let mut cases: Vec<Vec<u8>> = vec![vec![], b"\xff".to_vec(), vec![0x9f; 4096], b"{\"login\":1}".to_vec()];
    cases.extend([1, 2, valid.len() / 2, valid.len() - 1].map(|end| valid[..end].to_vec()));
    cases.push([valid.clone(), vec![0]].concat());
    for bytes in cases {
        let mut client = Client::connect(&relay).await;
        client.send_bytes(bytes.clone()).await;
        assert_eq!(
            client.next().await,
            Some(FromRelay::Failed { call: None, fault: RelayFault::Malformed }),
            "{bytes:02x?}"
        );
        assert_eq!(client.next().await, None);
    }
    let mut tampered = log.entries().to_vec();
    let last = tampered[1].signature.0.len() - 1;
    tampered[1].signature.0[last] ^= 1;
    let mut client = Client::connect(&relay).await;
    client.tell(&ToRelay::Register { entries: tampered }).await;
    assert_eq!(client.next().await, Some(FromRelay::Failed { call: None, fault: RelayFault::BadLog }));

    let mut client = Client::connect(&relay).await;
    client.send_bytes(vec![0; 600 * 1024]).await;
    assert_eq!(client.next().await, None, "an oversize message ends the connection");
    assert_eq!(refused(&relay, log.account(), &desktop).await, RelayFault::LoginRefused, "no account was made");
}

#[tokio::test]
async fn pages_of_other_origins_may_not_connect() {
    let phone_files = tempfile::tempdir().unwrap();
    std::fs::write(phone_files.path().join("index.html"), "<!doctype html><title>Phone</title>").unwrap();
    let relay = RelayProcess::start_with(&[
        "--phone-listen",
        "127.0.0.1:0",
        "--phone-dir",
        phone_files.path().to_str().unwrap(),
    ])
    .await;
    let phone = relay.phone.clone().unwrap();
    assert_ne!(phone, relay.api);
    assert!(relay.handshake_from(Some(&phone)).await);
    assert!(relay.handshake_from(None).await);
    assert!(!relay.handshake_from(Some("https://evil.example")).await);
    assert!(!relay.handshake_from(Some("null")).await);

    let page = support::http_get(&phone, "/").await;
    assert!(page.starts_with("HTTP/1.1 200"), "{page}");
    let policy = page.lines().find(|line| line.to_ascii_lowercase().starts_with("content-security-policy:")).unwrap();
    for part in [
        "default-src 'none'",
        "require-trusted-types-for 'script'",
        "frame-ancestors 'none'",
        &relay.api.replacen("http", "ws", 1),
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(support::http_get(&phone, "/../Cargo.toml").await.starts_with("HTTP/1.1 404"));
}

#[tokio::test]
async fn it_serves_tls_from_files_and_says_what_is_wrong_with_them() {
    let files = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (files.path().join("cert.pem"), files.path().join("key.pem"));
    std::fs::write(&certificate, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let paths = [certificate.to_str().unwrap(), key.to_str().unwrap()];

    let (log, desktop, _) = account().await;
    let relay = RelayProcess::start_with(&["--tls-cert", paths[0], "--tls-key", paths[1]]).await;
    assert!(relay.api.starts_with("https://localhost:"));
    // A peer that connects and says nothing holds up nobody.
    let _silent = relay.raw_connection().await;
    let mut client = Client::connect_tls(&relay, made.cert.der()).await;
    client.tell(&ToRelay::Register { entries: log.entries().to_vec() }).await;
    assert_eq!(client.next().await, Some(FromRelay::Registered));
    let statement = client.statement(log.account(), &desktop);
    client.login_with(&statement, &desktop).await.unwrap();

    std::fs::write(&key, "not a key").unwrap();
    let error = RelayProcess::fails_to_start(&["--tls-cert", paths[0], "--tls-key", paths[1]]);
    assert!(error.contains("cannot use the TLS file") && error.contains("key.pem"), "{error}");
}

async fn refused(relay: &RelayProcess, account: AccountId, member: &Member) -> RelayFault {
    Client::login(relay, account, member).await.map(|_| ()).unwrap_err()
}

async fn seal(from: &Member, to: &Member, account: AccountId, body: &[u8]) -> Vec<u8> {
    let to = to.device().keys;
    Envelope::seal(&from.keys, account, &to, now(), 60_000, body).await.unwrap().as_bytes().to_vec()
}
