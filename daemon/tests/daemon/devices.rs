//! Letting devices in from a browser's session: the PIN first, then a code or a link.

use crate::{
    browser::{Browser, Session, Wire},
    desk::{Desk, PASSPHRASE, Relay, secret},
    phone::Phone,
};
use countersign_seal::{log::DeviceKind, request::Number};
use countersign_wire::{
    local::{Event, Fault, Method, Reply},
    native::Packet,
};

async fn paired(session: &mut Session) -> (String, DeviceKind) {
    loop {
        match session.event().await {
            Event::Paired { name, kind } => return (name, kind),
            Event::Changed(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

async fn failed(session: &mut Session) -> Fault {
    loop {
        match session.event().await {
            Event::PairingFailed(fault) => return fault,
            Event::Changed(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

async fn names(session: &mut Session) -> Vec<String> {
    match session.call(Method::Devices).await.unwrap() {
        Reply::Devices(devices) => devices.into_iter().map(|device| device.name).collect(),
        other => panic!("{other:?}"),
    }
}

async fn code(session: &mut Session) -> String {
    match session.call(Method::PairBrowser { pin: secret(PASSPHRASE) }).await.unwrap() {
        Reply::Code { digits, .. } => digits.expose_str().unwrap().to_owned(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_session_lets_a_browser_in_by_code_and_a_phone_by_link() {
    let relay = Relay::start().await;
    let desk = Desk::start(Some(&relay)).await;
    let first = Browser::paired(&desk).await;
    let mut session = first.session(&desk).await;

    let digits = code(&mut session).await;
    let mut second = Browser::new();
    let mut wire = Wire::open(&desk).await;
    let done = second.pair(&mut wire, &digits, Number::make().unwrap()).await;
    assert!(matches!(done, Some(Packet::PairDone)), "{done:?}");
    assert_eq!(paired(&mut session).await, (String::from("Browser"), DeviceKind::Browser));
    assert_eq!(names(&mut session).await, ["Desk", "Browser", "Browser"]);

    desk.wait_for(|status| status.status.relay == Some(true)).await;
    let Ok(Reply::Link { url, .. }) = session.call(Method::PairPhone { pin: secret(PASSPHRASE) }).await else {
        panic!("no link")
    };
    let mut phone = Phone::join(url.expose_str().unwrap()).await;
    assert_eq!(paired(&mut session).await.1, DeviceKind::Phone);
    phone.become_approver().await;
    session.changed(|status| status.phone).await;
    let again = session.call(Method::PairPhone { pin: secret(PASSPHRASE) }).await.unwrap_err();
    assert_eq!(again, Fault::NotAllowed);
}

#[tokio::test]
async fn nobody_is_let_in_without_the_pin() {
    let relay = Relay::start().await;
    let desk = Desk::start(Some(&relay)).await;
    let browser = Browser::paired(&desk).await;
    let mut session = browser.session(&desk).await;
    desk.wait_for(|status| status.status.relay == Some(true)).await;
    let wrong = || secret("not the passphrase");
    assert_eq!(session.call(Method::PairBrowser { pin: wrong() }).await.unwrap_err(), Fault::WrongPin);
    assert_eq!(session.call(Method::PairPhone { pin: wrong() }).await.unwrap_err(), Fault::WrongPin);
    // They count as wrong ones do at the lock.
    let mut last = Fault::WrongPin;
    for _ in 0..5 {
        last = session.call(Method::PairBrowser { pin: wrong() }).await.unwrap_err();
    }
    assert_eq!(last, Fault::TryLater);
    assert_eq!(names(&mut session).await, ["Desk", "Browser"]);
    // A locked vault lets nobody in, whatever is typed.
    session.call(Method::Lock).await.unwrap();
    assert_eq!(session.call(Method::PairBrowser { pin: secret(PASSPHRASE) }).await.unwrap_err(), Fault::Locked);
}

#[tokio::test]
async fn what_is_shown_no_longer_is_void() {
    let desk = Desk::start(None).await;
    let browser = Browser::paired(&desk).await;
    let mut session = browser.session(&desk).await;
    let try_code = async |digits: String| {
        let mut wire = Wire::open(&desk).await;
        Browser::new().pair(&mut wire, &digits, Number::make().unwrap()).await
    };

    let digits = code(&mut session).await;
    session.call(Method::StopPairing).await.unwrap();
    assert!(matches!(try_code(digits).await, Some(Packet::Fault(Fault::NoCode))));

    // A new one voids the old one without a word to who asked for it; another session is told.
    let old = code(&mut session).await;
    let new = code(&mut session).await;
    assert_ne!(old, new);
    let mut other = browser.session(&desk).await;
    let digits = code(&mut other).await;
    assert_eq!(failed(&mut session).await, Fault::WrongCode);

    // With the session goes what it shows.
    drop(other);
    desk.wait_for(|status| status.browsers == 1).await;
    assert!(matches!(try_code(digits).await, Some(Packet::Fault(Fault::NoCode))));
    assert_eq!(names(&mut session).await, ["Desk", "Browser"]);
}
