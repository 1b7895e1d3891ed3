//! Before the first phone: set-up, pairing by code, items, and fills that are confirmed in the chooser.

use crate::{
    browser::{Browser, Wire},
    desk::{Desk, PASSPHRASE, SITE, chain, login, metadata, secret},
};
use countersign_seal::{
    id::{ItemId, RequestId},
    request::{Number, SignedAsk},
};
use countersign_vault::item::{Guard, ItemDraft, ItemKind, MetadataDraft};
use countersign_wire::{
    control::{Command, Report},
    device::DeviceState,
    local::{Fault, Method, Progress, Reply},
    native::{Packet, Unlock, to_data},
};

#[tokio::test]
async fn first_run_from_nothing_to_a_filled_login() {
    let desk = Desk::bare(None).await;
    assert!(!desk.status(Command::Status).await.set_up);
    assert_eq!(desk.fault(Command::Unlock { pin: secret(PASSPHRASE) }).await, Fault::NotSetUp);
    assert_eq!(desk.fault(Command::PairBrowser).await, Fault::NotSetUp);
    let short = Command::SetUp { pin: secret("too short"), name: String::from("Desk") };
    assert_eq!(desk.fault(short).await, Fault::ShortPin);
    assert_eq!(Wire::open(&desk).await.offer().await, None);

    let set_up = || Command::SetUp { pin: secret(PASSPHRASE), name: String::from("Desk") };
    assert!(desk.status(set_up()).await.set_up);
    assert_eq!(desk.fault(set_up()).await, Fault::NotAllowed);

    let browser = Browser::paired(&desk).await;
    let mut session = browser.session(&desk).await;
    let item = desk.add_login("hunter2").await;
    assert_eq!(item.fields.iter().map(|field| field.guard).collect::<Vec<_>>(), [Guard::NotSealed]);
    let status = desk.status(Command::Status).await;
    assert_eq!((status.items, status.not_sealed, status.browsers), (1, 1, 1));

    let found = session.call(Method::Match { chain: chain(&[SITE]) }).await.unwrap();
    assert!(matches!(found, Reply::Items { items, total: 1 } if items == [item.clone()]));

    let ask = browser.ask(&mut session, &item).await.unwrap();
    assert_eq!(session.progress(ask.id).await, Progress::ConfirmHere);
    assert!(matches!(session.call(Method::Confirm { request: ask.id }).await, Ok(Reply::Done)));
    assert_eq!(session.progress(ask.id).await, Progress::Approved);
    let values = session.released(ask.id).await;
    assert_eq!(values.len(), 1);
    assert_eq!(values[0].value, secret("hunter2"));
    // Once only.
    assert_eq!(session.call(Method::Confirm { request: ask.id }).await.unwrap_err(), Fault::NotFound);

    let Report::Devices(devices) = desk.report(Command::Devices).await else { panic!("no devices") };
    assert_eq!(devices.iter().map(|device| device.name.as_str()).collect::<Vec<_>>(), ["Desk", "Browser"]);
    assert!(devices.iter().all(|device| device.state == DeviceState::Active && !device.approver));
}

#[tokio::test]
async fn a_wrong_code_burns_the_code() {
    let desk = Desk::start(None).await;
    let mut shower = desk.command(Command::PairBrowser).await;
    let Report::Code { digits, .. } = shower.report().await else { panic!("no code") };
    let right = digits.expose_str().unwrap();
    let wrong = if right == "123456" { "654321" } else { "123456" };

    let mut browser = Browser::new();
    let mut wire = Wire::open(&desk).await;
    assert_eq!(browser.pair(&mut wire, wrong, Number::make().unwrap()).await, None);
    drop(wire);
    assert!(matches!(shower.report().await, Report::Fault(Fault::WrongCode)));

    let mut wire = Wire::open(&desk).await;
    assert_eq!(browser.pair(&mut wire, right, Number::make().unwrap()).await, Some(Packet::Fault(Fault::NoCode)));
    let Report::Devices(devices) = desk.report(Command::Devices).await else { panic!("no devices") };
    assert_eq!(devices.len(), 1);

    // The connection goes on, and a new code pairs.
    let mut shower = desk.command(Command::PairBrowser).await;
    let Report::Code { digits, .. } = shower.report().await else { panic!("no code") };
    let last = browser.pair(&mut wire, digits.expose_str().unwrap(), Number::make().unwrap()).await;
    assert_eq!(last, Some(Packet::PairDone));
}

#[tokio::test]
async fn a_code_is_void_once_nobody_shows_it() {
    let desk = Desk::start(None).await;
    let mut shower = desk.command(Command::PairBrowser).await;
    let Report::Code { digits, .. } = shower.report().await else { panic!("no code") };
    drop(shower);
    let mut wire = Wire::open(&desk).await;
    let mut browser = Browser::new();
    // The daemon may need a moment to notice.
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    let last = browser.pair(&mut wire, digits.expose_str().unwrap(), Number::make().unwrap()).await;
    assert_eq!(last, Some(Packet::Fault(Fault::NoCode)));
}

#[tokio::test]
async fn items_are_kept_found_changed_removed_and_restored() {
    let desk = Desk::start(None).await;
    let browser = Browser::paired(&desk).await;
    let mut session = browser.session(&desk).await;
    let Ok(Reply::Item(item)) = session.call(Method::Add { draft: login("Example", SITE, "a") }).await else {
        panic!("not added")
    };
    desk.add_login("b").await;
    assert_eq!(session.items().await.len(), 2);

    let other = "https://other.example";
    let draft = ItemDraft { metadata: metadata("Renamed", other), fields: Vec::new(), ..login("", SITE, "") };
    let Ok(Reply::Item(changed)) = session.call(Method::Edit { item: item.id, draft }).await else {
        panic!("not changed")
    };
    // Nothing is sealed yet: no phone has to agree.
    assert_eq!((changed.title.as_str(), &changed.waiting), ("Renamed", &None));
    let Report::Items(found) = desk.report(Command::List { query: String::from("renamed") }).await else {
        panic!("no items")
    };
    assert_eq!(found, [changed]);

    assert!(matches!(session.call(Method::Remove { item: item.id }).await, Ok(Reply::Done)));
    assert_eq!(session.items().await.len(), 1);
    assert!(
        matches!(session.call(Method::Restore { item: item.id }).await, Ok(Reply::Item(restored)) if restored.title == "Renamed")
    );
    assert_eq!(session.items().await.len(), 2);

    assert_eq!(desk.fault(Command::Remove { item: ItemId::make().unwrap() }).await, Fault::NotFound);
    let empty = ItemDraft { metadata: metadata("", other), ..login("", SITE, "c") };
    assert_eq!(session.call(Method::Add { draft: empty }).await.unwrap_err(), Fault::InvalidDraft);
}

#[tokio::test]
async fn an_ask_must_fit_the_browser_the_page_and_the_item() {
    let desk = Desk::start(None).await;
    let (browser, other) = (Browser::paired(&desk).await, Browser::paired(&desk).await);
    let mut session = browser.session(&desk).await;
    let item = desk.add_login("hunter2").await;
    let mut fault = async |ask| {
        let signed = SignedAsk::make(&ask, &browser.keys).await.unwrap();
        session.call(Method::Ask { ask: signed }).await.unwrap_err()
    };
    for elsewhere in [
        &["https://example.com"][..],
        &["http://login.example.com"],
        &["https://login.example.com:444"],
        &["https://login.example.com.evil.example"],
        &["https://evil.example", SITE],
        &[SITE, "https://evil.example"],
        &[SITE, "https://evil.example", SITE],
    ] {
        assert_eq!(fault(browser.fill(&item, chain(elsewhere))).await, Fault::OtherSite, "{elsewhere:?}");
    }
    let page = || chain(&[SITE]);
    let mut old = browser.fill(&item, page());
    old.time.0 -= 1_000_000;
    assert_eq!(fault(old).await, Fault::NotAllowed);
    let mut unknown = item.clone();
    unknown.id = ItemId::make().unwrap();
    assert_eq!(fault(browser.fill(&unknown, page())).await, Fault::NotFound);
    // Another browser's ask, though well signed, is not this session's.
    let signed = SignedAsk::make(&other.fill(&item, page()), &other.keys).await.unwrap();
    assert_eq!(session.call(Method::Ask { ask: signed }).await.unwrap_err(), Fault::NotAllowed);
    // Another's signature under this browser's ask.
    let signed = SignedAsk::make(&browser.fill(&item, page()), &other.keys).await.unwrap();
    assert_eq!(session.call(Method::Ask { ask: signed }).await.unwrap_err(), Fault::Malformed);
    assert!(browser.ask(&mut session, &item).await.is_ok());
}

#[tokio::test]
async fn a_second_request_waits_for_the_first() {
    let desk = Desk::start(None).await;
    let (browser, other) = (Browser::paired(&desk).await, Browser::paired(&desk).await);
    let mut session = browser.session(&desk).await;
    let item = desk.add_login("hunter2").await;
    let first = browser.ask(&mut session, &item).await.unwrap();
    assert_eq!(browser.ask(&mut session, &item).await.unwrap_err(), Fault::Busy);

    // Another session of the same browser is no way around; another browser is another asker, and cannot meddle.
    let mut second_session = browser.session(&desk).await;
    assert_eq!(browser.ask(&mut second_session, &item).await.unwrap_err(), Fault::Busy);
    let mut other_session = other.session(&desk).await;
    assert!(other.ask(&mut other_session, &item).await.is_ok());
    for method in [Method::Confirm { request: first.id }, Method::Cancel { request: first.id }] {
        assert_eq!(other_session.call(method).await.unwrap_err(), Fault::NotFound);
    }

    assert_eq!(session.progress(first.id).await, Progress::ConfirmHere);
    assert!(matches!(session.call(Method::Cancel { request: first.id }).await, Ok(Reply::Done)));
    assert_eq!(session.progress(first.id).await, Progress::Cancelled);
    assert!(browser.ask(&mut session, &item).await.is_ok());
}

#[tokio::test]
async fn what_a_lost_session_asked_is_forgotten() {
    let desk = Desk::start(None).await;
    let browser = Browser::paired(&desk).await;
    let item = desk.add_login("hunter2").await;
    let mut session = browser.session(&desk).await;
    let ask = browser.ask(&mut session, &item).await.unwrap();
    drop(session);
    let mut session = browser.session(&desk).await;
    desk.wait_for(|status| status.browsers == 1).await;
    assert_eq!(session.call(Method::Confirm { request: ask.id }).await.unwrap_err(), Fault::NotFound);
    assert!(browser.ask(&mut session, &item).await.is_ok());
}

#[tokio::test]
async fn locked_means_locked_and_a_session_can_unlock() {
    let mut desk = Desk::start(None).await;
    let browser = Browser::paired(&desk).await;
    let item = desk.add_login("hunter2").await;
    let mut session = browser.session(&desk).await;
    let ask = browser.ask(&mut session, &item).await.unwrap();
    assert_eq!(session.progress(ask.id).await, Progress::ConfirmHere);

    assert!(desk.status(Command::Lock).await.status.locked);
    assert_eq!(session.progress(ask.id).await, Progress::Cancelled);
    session.changed(|status| status.locked).await;
    let request = ask.id;
    for method in [
        Method::List { query: String::new(), offset: 0 },
        Method::Match { chain: chain(&[SITE]) },
        Method::Add { draft: login("Example", SITE, "x") },
        Method::Remove { item: item.id },
    ] {
        assert_eq!(session.call(method).await.unwrap_err(), Fault::Locked);
    }
    assert_eq!(session.call(Method::Confirm { request }).await.unwrap_err(), Fault::NotFound);
    assert_eq!(browser.ask(&mut session, &item).await.unwrap_err(), Fault::Locked);

    // A new session begins while locked, and unlocks.
    let mut session = browser.session(&desk).await;
    assert_eq!(session.call(Method::Unlock { pin: secret("wrong passphrase") }).await.unwrap_err(), Fault::WrongPin);
    let Ok(Reply::Status(status)) = session.call(Method::Unlock { pin: secret(PASSPHRASE) }).await else {
        panic!("locked")
    };
    assert!(!status.locked);
    assert_eq!(session.items().await, core::slice::from_ref(&item));

    // After a restart there are no keys to begin a session with; the connection is told when there are.
    desk.kill_and_restart().await;
    let wire = Wire::open(&desk).await;
    let Some(Some(Packet::Locked { status, fault: None })) = browser.session_on(wire).await.err() else {
        panic!("no word of the lock")
    };
    assert!(status.locked && !status.pin);
    let mut wire = Wire::open(&desk).await;
    assert!(wire.offer().await.is_some());
    desk.unlock().await;
    assert!(matches!(wire.next().await, Some(Packet::Offer { data: Some(_), .. })));
    let mut session = browser.session_on(wire).await.ok().unwrap();
    assert_eq!(session.items().await, [item]);
}

#[tokio::test]
async fn a_daemon_that_has_just_started_is_unlocked_from_a_browser_too() {
    let mut desk = Desk::start(None).await;
    let browser = Browser::paired(&desk).await;
    let item = desk.add_login("hunter2").await;
    desk.kill_and_restart().await;
    let mut wire = Wire::open(&desk).await;
    assert!(wire.offer().await.is_some());
    let unlock = |pin| Packet::Unlock { data: to_data(&Unlock { pin: secret(pin) }).unwrap() };
    for _ in 0..2 {
        wire.send(&unlock("wrong passphrase")).await;
        let Some(Packet::Locked { status, fault: Some(Fault::WrongPin) }) = wire.next().await else {
            panic!("a wrong passphrase")
        };
        assert!(status.locked);
    }
    wire.send(&unlock(PASSPHRASE)).await;
    assert!(matches!(wire.next().await, Some(Packet::Offer { data: Some(_), .. })));
    let mut session = browser.session_on(wire).await.ok().unwrap();
    assert_eq!(session.items().await, [item]);
}

#[tokio::test]
async fn cards_go_into_a_cross_origin_frame_on_a_page_of_their_site() {
    let desk = Desk::start(None).await;
    let browser = Browser::paired(&desk).await;
    let mut session = browser.session(&desk).await;
    let draft = ItemDraft { kind: ItemKind::Card, ..card("https://shop.example") };
    let Ok(Reply::Item(item)) = session.call(Method::Add { draft }).await else { panic!("not added") };
    let shop = || chain(&["https://shop.example", "https://pay.example"]);
    assert!(matches!(session.call(Method::Match { chain: shop() }).await, Ok(Reply::Items { total: 1, .. })));
    let signed = SignedAsk::make(&browser.fill(&item, shop()), &browser.keys).await.unwrap();
    assert!(matches!(session.call(Method::Ask { ask: signed }).await, Ok(Reply::Done)));

    let elsewhere = || chain(&["https://pay.example"]);
    assert!(matches!(session.call(Method::Match { chain: elsewhere() }).await, Ok(Reply::Items { total: 0, .. })));
    // One that names no site is for every shop, and for none that others overhear.
    let metadata = MetadataDraft { sites: Vec::new(), ..metadata("Any card", SITE) };
    let draft = ItemDraft { metadata, ..card(SITE) };
    assert!(matches!(session.call(Method::Add { draft }).await, Ok(Reply::Item(_))));
    assert!(matches!(session.call(Method::Match { chain: elsewhere() }).await, Ok(Reply::Items { total: 1, .. })));
    let overheard = chain(&["http://pay.example"]);
    assert!(matches!(session.call(Method::Match { chain: overheard }).await, Ok(Reply::Items { total: 0, .. })));
}

fn card(site: &str) -> ItemDraft {
    use countersign_seal::field::FieldKind;
    use countersign_vault::item::FieldDraft;
    let number = FieldDraft { id: None, kind: FieldKind::CardNumber, value: secret("4111111111111111") };
    let metadata = metadata("Card", site);
    ItemDraft { kind: ItemKind::Card, metadata, username: String::new(), fields: vec![number], identity: None }
}

#[tokio::test]
async fn one_daemon_at_a_time_and_a_clean_end() {
    let mut desk = Desk::start(None).await;
    let second = std::process::Command::new(env!("CARGO_BIN_EXE_countersign-daemon"))
        .arg("--no-keystore")
        .arg("--data-dir")
        .arg(desk.data())
        .arg("--socket")
        .arg(desk.data().join("other.sock"))
        .output()
        .unwrap();
    assert_eq!(second.status.code(), Some(3));

    let browser = Browser::paired(&desk).await;
    let mut session = browser.session(&desk).await;
    assert!(matches!(desk.report(Command::Stop).await, Report::Done));
    while session.wire.next().await.is_some() {}
    for _ in 0..500 {
        if desk.has_ended() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(desk.has_ended());
    assert!(!desk.socket().exists());
}

#[tokio::test]
async fn an_unknown_request_cannot_be_confirmed() {
    let desk = Desk::start(None).await;
    let browser = Browser::paired(&desk).await;
    let mut session = browser.session(&desk).await;
    let request = RequestId::make().unwrap();
    assert_eq!(session.call(Method::Confirm { request }).await.unwrap_err(), Fault::NotFound);
    assert!(matches!(session.call(Method::Status).await, Ok(Reply::Status(_))));
}
