//! What a neighbour on the socket might send that it must not: a typed fault, the end of that connection, and no other change.

use crate::{
    browser::{Browser, EXTENSION, Session, Wire},
    desk::{Desk, PASSPHRASE, SITE, secret, soon},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use countersign_seal::{
    id::DeviceId,
    keys::DeviceKeys as _,
    native::NativeKeys,
    session::{Hello, Initiator, Proof, Setting},
};
use countersign_wire::{
    LOCAL_PROTOCOL,
    control::Command,
    local::{Fault, Method, Reply},
    native::{FRAME_LIMIT, Packet, to_data},
};
use std::{fs, os::unix::fs::PermissionsExt as _};
use tokio::{io::AsyncWriteExt as _, net::UnixStream};

/// Sends bytes and returns the fault; the daemon must have closed the connection.
async fn fault_of(desk: &Desk, caller: bool, frame: &[u8]) -> Option<Fault> {
    let mut wire = if caller { Wire::open(desk).await } else { Wire::silent(desk).await };
    wire.sender.send_bytes(frame).await.unwrap();
    let fault = match wire.next().await {
        Some(Packet::Fault(fault)) => Some(fault),
        Some(other) => panic!("{other:?}"),
        None => None,
    };
    assert_eq!(wire.next().await, None);
    fault
}

#[tokio::test]
async fn malformed_frames_get_a_fault_and_end_their_connection_only() {
    let desk = Desk::start(None).await;
    let browser = Browser::paired(&desk).await;
    let mut session = browser.session(&desk).await;
    let data = |value: &str| format!("{{\"type\":\"{value}\",\"data\":\"oA==\"}}");
    let nested = "[".repeat(100_000);
    let frames: [&[u8]; 16] = [
        b"x",
        b"{}",
        b"null",
        b"[]",
        b"\xff\xfe",
        b"{\"type\":\"nonsense\"}",
        b"{\"type\":\"who\"",
        b"{\"type\":\"hello\"}",
        b"{\"type\":\"hello\",\"data\":7}",
        b"{\"type\":\"hello\",\"data\":\"!\"}",
        b"{\"type\":\"hello\",\"data\":\"\"}",
        nested.as_bytes(),
        &data("hello").into_bytes(),
        &data("frame").into_bytes(),
        &data("proof").into_bytes(),
        &data("pair-confirm").into_bytes(),
    ];
    for frame in frames {
        for caller in [false, true] {
            let fault = fault_of(&desk, caller, frame).await;
            assert_eq!(fault, Some(Fault::Malformed), "{:?}", String::from_utf8_lossy(&frame[..frame.len().min(40)]));
        }
    }
    assert_eq!(fault_of(&desk, true, &data("pair-start").into_bytes()).await, Some(Fault::Malformed));
    // Another session does not notice.
    assert!(matches!(session.call(Method::Status).await, Ok(Reply::Status(_))));
}

#[tokio::test]
async fn oversize_and_truncated_frames() {
    let desk = Desk::start(None).await;
    for length in [0, u32::try_from(FRAME_LIMIT).unwrap() + 1, u32::MAX] {
        let mut stream = UnixStream::connect(desk.socket()).await.unwrap();
        stream.write_all(&length.to_le_bytes()).await.unwrap();
        let mut reply = Vec::new();
        soon(tokio::io::AsyncReadExt::read_to_end(&mut stream, &mut reply)).await.unwrap();
        assert_eq!(Packet::from_json(&reply[4..]), Some(Packet::Fault(Fault::Malformed)), "{length}");
    }
    let mut stream = UnixStream::connect(desk.socket()).await.unwrap();
    stream.write_all(&100_u32.to_le_bytes()).await.unwrap();
    stream.write_all(b"{\"type\"").await.unwrap();
    drop(stream);
    desk.status(Command::Status).await;
}

#[tokio::test]
async fn only_our_extension_and_only_in_order() {
    let desk = Desk::start(None).await;
    let caller = |extension: &str| Packet::Caller { extension: extension.to_owned() }.to_json();
    assert_eq!(fault_of(&desk, false, &caller("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")).await, Some(Fault::NotAllowed));
    assert_eq!(fault_of(&desk, false, &Packet::Who.to_json()).await, Some(Fault::Malformed));
    // A browser cannot speak as the command line, nor change who it is.
    let command = Packet::Command { data: to_data(&Command::Lock).unwrap() }.to_json();
    assert_eq!(fault_of(&desk, true, &command).await, Some(Fault::Malformed));
    assert_eq!(fault_of(&desk, true, &caller(EXTENSION)).await, Some(Fault::Malformed));
    // Nor the command line as a browser.
    let mut wire = Wire::silent(&desk).await;
    wire.send(&Packet::Command { data: to_data(&Command::Status).unwrap() }).await;
    assert!(matches!(wire.next().await, Some(Packet::Report { .. })));
    wire.send(&Packet::Caller { extension: EXTENSION.to_owned() }).await;
    assert_eq!(wire.next().await, Some(Packet::Fault(Fault::Malformed)));
    assert!(!desk.status(Command::Status).await.status.locked);
}

#[tokio::test]
async fn a_handshake_needs_a_listed_browser_with_its_key_and_its_setting() {
    let desk = Desk::start(None).await;
    let browser = Browser::paired(&desk).await;
    let offer = Wire::open(&desk).await.offer().await.unwrap();
    let daemon = offer.daemon.id();
    let hello = async |setting: Setting, id: DeviceId, to: DeviceId| {
        let mut wire = Wire::open(&desk).await;
        let (initiator, hello) = Initiator::start(setting, id, to).unwrap();
        wire.send(&Packet::Hello { data: to_data(&hello).unwrap() }).await;
        (wire.next().await, initiator, wire)
    };
    let stranger = NativeKeys::make().unwrap();
    let unlisted = hello(browser.setting(), stranger.public().fingerprint(), daemon).await.0;
    assert_eq!(unlisted, Some(Packet::Fault(Fault::NotPaired)));
    let desktop = hello(browser.setting(), daemon, daemon).await.0;
    assert_eq!(desktop, Some(Packet::Fault(Fault::NotPaired)));
    let other_daemon = hello(browser.setting(), browser.device.id(), DeviceId([7; 32])).await.0;
    assert_eq!(other_daemon, Some(Packet::Fault(Fault::Malformed)));
    let other = Setting { extension: String::from("countersign@countersign.example"), ..browser.setting() };
    assert_eq!(hello(other, browser.device.id(), daemon).await.0, Some(Packet::Fault(Fault::NotAllowed)));
    let newer = Setting { protocol: LOCAL_PROTOCOL + 1, ..browser.setting() };
    assert_eq!(hello(newer, browser.device.id(), daemon).await.0, Some(Packet::Fault(Fault::Version)));

    // The right identity without its key.
    let (welcome, initiator, mut wire) = hello(browser.setting(), browser.device.id(), daemon).await;
    let Some(Packet::Welcome { data }) = welcome else { panic!("{welcome:?}") };
    let welcome = countersign_wire::native::from_data(&data, "welcome").unwrap();
    let (_, proof) = initiator.finish(&welcome, &offer.daemon.keys, &stranger).await.unwrap();
    wire.send(&Packet::Proof { data: to_data(&proof).unwrap() }).await;
    assert_eq!(wire.next().await, Some(Packet::Fault(Fault::NotPaired)));
}

#[tokio::test]
async fn a_recorded_handshake_or_frame_cannot_be_played_again() {
    let desk = Desk::start(None).await;
    let browser = Browser::paired(&desk).await;
    let offer = Wire::open(&desk).await.offer().await.unwrap();
    let mut wire = Wire::open(&desk).await;
    let (initiator, hello): (_, Hello) =
        Initiator::start(browser.setting(), browser.device.id(), offer.daemon.id()).unwrap();
    wire.send(&Packet::Hello { data: to_data(&hello).unwrap() }).await;
    let Some(Packet::Welcome { data }) = wire.next().await else { panic!("no welcome") };
    let welcome = countersign_wire::native::from_data(&data, "welcome").unwrap();
    let (mut channel, proof): (_, Proof) = initiator.finish(&welcome, &offer.daemon.keys, &browser.keys).await.unwrap();
    wire.send(&Packet::Proof { data: to_data(&proof).unwrap() }).await;
    assert!(matches!(wire.next().await, Some(Packet::Frame { .. })));
    let call = countersign_wire::local::Call { call: 1, method: Method::Lock };
    let frame = STANDARD.encode(channel.seal(&countersign_seal::codec::to_vec(&call).unwrap()).unwrap());

    let mut second = Wire::open(&desk).await;
    second.send(&Packet::Hello { data: to_data(&hello).unwrap() }).await;
    assert!(matches!(second.next().await, Some(Packet::Welcome { .. })));
    second.send(&Packet::Proof { data: to_data(&proof).unwrap() }).await;
    assert_eq!(second.next().await, Some(Packet::Fault(Fault::NotPaired)));
    second.send(&Packet::Frame { data: frame.clone() }).await;
    assert_eq!(second.next().await, Some(Packet::Fault(Fault::Malformed)));
    assert!(!desk.status(Command::Status).await.status.locked);

    // In its own session it counts once.
    wire.send(&Packet::Frame { data: frame.clone() }).await;
    desk.wait_for(|status| status.status.locked).await;
    desk.status(Command::Unlock { pin: secret(PASSPHRASE) }).await;
    wire.send(&Packet::Frame { data: frame }).await;
    while let Some(packet) = wire.next().await {
        assert!(matches!(packet, Packet::Frame { .. } | Packet::Fault(Fault::Malformed)), "{packet:?}");
    }
    assert!(!desk.status(Command::Status).await.status.locked);
}

#[tokio::test]
async fn what_is_malformed_inside_a_session_ends_it() {
    let desk = Desk::start(None).await;
    let browser = Browser::paired(&desk).await;
    desk.add_login("hunter2").await;
    let ends = async |mut session: Session, plaintext: &[u8]| {
        session.send_plain(plaintext).await;
        loop {
            match session.wire.next().await {
                Some(Packet::Frame { .. }) => {}
                other => return assert_eq!(other, Some(Packet::Fault(Fault::Malformed))),
            }
        }
    };
    for plaintext in [&b""[..], b"\xff", &[0x81; 5000], b"\xa1\x64call\x01"] {
        ends(browser.session(&desk).await, plaintext).await;
    }
    let mut session = browser.session(&desk).await;
    session.wire.send(&Packet::Frame { data: STANDARD.encode([0; 40]) }).await;
    assert_eq!(session.wire.next().await, Some(Packet::Fault(Fault::Malformed)));
    let mut session = browser.session(&desk).await;
    assert_eq!(session.items().await[0].sites[0].origin.to_string(), SITE);
}

#[tokio::test]
async fn socket_and_files_are_the_owners_alone() {
    let desk = Desk::start(None).await;
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(desk.socket().parent().unwrap()), 0o700);
    assert_eq!(mode(&desk.data()), 0o700);
    for entry in fs::read_dir(desk.data()).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path) & 0o077, 0, "{}", path.display());
    }
    #[cfg(target_os = "linux")]
    {
        // No core dump, no debugger: /proc shows a process that is not dumpable as root's.
        let limits = fs::read_to_string(format!("/proc/{}/limits", desk.pid())).unwrap();
        let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
        assert_eq!(core.split_whitespace().skip(4).take(2).collect::<Vec<_>>(), ["0", "0"]);
    }
}

#[tokio::test]
async fn the_log_file_names_no_site_no_title_no_secret() {
    let desk = Desk::start(None).await;
    let browser = Browser::paired(&desk).await;
    let mut session = browser.session(&desk).await;
    let item = desk.add_login("hunter2-in-no-log").await;
    let visited = crate::desk::chain(&["https://visited.example"]);
    assert!(session.call(Method::Match { chain: visited }).await.is_ok());
    let ask = browser.ask(&mut session, &item).await.unwrap();
    assert!(session.call(Method::Confirm { request: ask.id }).await.is_ok());
    desk.status(Command::Lock).await;
    let log = fs::read_to_string(desk.data().join("daemon.log")).unwrap();
    assert!(log.contains("ready"));
    for word in ["hunter2", "visited", "example.com", "Example", "me@", PASSPHRASE, "horse"] {
        assert!(!log.contains(word), "{word} in {log}");
    }
}
