//! With a phone: nothing is released without its answer.

use crate::{
    browser::{Browser, Session, Wire},
    desk::{Desk, Relay, SITE, chain, fields, login, metadata, secret},
    phone::{Phone, log_in},
};
use countersign_seal::{
    codec,
    envelope::Envelope,
    keys::DeviceKeys as _,
    log::{Action, Author, Device, DeviceKind, Log, SignedEntry},
    native::{NativeApprover, NativeKeys},
    request::{Number, Refusal, SignedAnswer, SignedAsk, Yield},
};
use countersign_vault::item::{Guard, ItemDraft, ItemSummary};
use countersign_wire::{
    control::{Command, Report},
    local::{Event, Fault, Method, PAGE_LIMIT, Progress, Reply},
    mail::{ToDesktop, ToPhone, Withdrawal},
    native::{Packet, PairProgress, from_data},
    relay::{FromRelay, ToRelay},
};
use std::time::Duration;

/// A desk with a paired browser, a phone, and one sealed login.
pub(crate) struct Home {
    _relay: Relay,
    pub(crate) desk: Desk,
    pub(crate) browser: Browser,
    pub(crate) session: Session,
    pub(crate) phone: Phone,
    pub(crate) item: ItemSummary,
}

impl Home {
    pub(crate) async fn start() -> Self {
        let relay = Relay::start().await;
        let desk = Desk::start(Some(&relay)).await;
        let browser = Browser::paired(&desk).await;
        desk.add_login("hunter2").await;
        let phone = Phone::paired(&desk).await;
        let mut session = browser.session(&desk).await;
        let [item] = session.items().await.try_into().unwrap();
        assert_eq!(item.fields[0].guard, Guard::Sealed);
        Self { _relay: relay, desk, browser, session, phone, item }
    }

    /// Asks; the phone shows it.
    pub(crate) async fn asked(&mut self) -> (countersign_seal::request::Ask, crate::phone::Shown) {
        let ask = self.browser.ask(&mut self.session, &self.item).await.unwrap();
        assert_eq!(self.session.progress(ask.id).await, Progress::Asked);
        let shown = self.phone.request().await;
        assert_eq!(shown.id, ask.id);
        self.phone.delivered(&shown).await;
        assert_eq!(self.session.progress(ask.id).await, Progress::Delivered);
        (ask, shown)
    }

    /// A whole fill.
    async fn fill(&mut self) {
        let (ask, shown) = self.asked().await;
        self.phone.approve(&shown, ask.number.get()).await;
        assert_eq!(self.session.progress(ask.id).await, Progress::Approved);
        let values = self.session.released(ask.id).await;
        assert_eq!(values.iter().map(|field| field.value.expose()).collect::<Vec<_>>(), [b"hunter2"]);
    }
}

#[tokio::test]
async fn a_fill_after_approval() {
    let mut home = Home::start().await;
    home.fill().await;
    // What is added from now on is sealed at once, and filled the same way.
    let draft = login("Second", SITE, "second");
    let Ok(Reply::Item(second)) = home.session.call(Method::Add { draft }).await else { panic!("not added") };
    assert_eq!(second.fields[0].guard, Guard::Sealed);
    assert_eq!(home.desk.status(Command::Status).await.not_sealed, 0);
    home.fill().await;
}

#[tokio::test]
async fn a_browser_that_is_suspended_meanwhile_gets_nothing() {
    let mut home = Home::start().await;
    let (ask, shown) = home.asked().await;
    let answer = home.phone.answer(&shown, ask.number.get()).await;

    let (me, browser) = (home.phone.device.id(), home.browser.device.id());
    let mut log = home.phone.log.clone();
    let suspend = Action::SuspendDevice { device: browser };
    let entry = log.draft(Author::Device(me), suspend, crate::browser::now()).unwrap();
    log.append(Log::sign(&entry, &home.phone.keys).await.unwrap()).unwrap();
    home.phone.mail(&ToDesktop::Log { entries: log.entries().to_vec() }).await;
    home.phone.mail(&ToDesktop::Answer(answer)).await;
    assert_eq!(home.session.progress(ask.id).await, Progress::Refused(Refusal::Invalid));
}

#[tokio::test]
async fn nothing_sealed_is_released_by_a_confirmation_here() {
    let mut home = Home::start().await;
    let (ask, _shown) = home.asked().await;
    assert_eq!(home.session.call(Method::Confirm { request: ask.id }).await.unwrap_err(), Fault::NotFound);
}

#[tokio::test]
async fn a_refusal_and_a_wrong_number_end_the_request_and_slow_the_next() {
    let mut home = Home::start().await;
    let (ask, shown) = home.asked().await;
    home.phone.refuse(&shown, Refusal::Refused).await;
    assert_eq!(home.session.progress(ask.id).await, Progress::Refused(Refusal::Refused));

    let (ask, shown) = home.asked().await;
    let wrong = if ask.number.get() == 42 { 43 } else { 42 };
    home.phone.approve(&shown, wrong).await;
    assert_eq!(home.session.progress(ask.id).await, Progress::Refused(Refusal::WrongNumber));
    // A late approval of the same request opens nothing.
    home.phone.approve(&shown, ask.number.get()).await;
    assert_eq!(home.browser.ask(&mut home.session, &home.item).await.unwrap_err(), Fault::Muted);
    tokio::time::sleep(Duration::from_millis(5200)).await;
    home.fill().await;
}

#[tokio::test]
async fn not_me_locks_and_mutes() {
    let mut home = Home::start().await;
    let (ask, shown) = home.asked().await;
    home.phone.refuse(&shown, Refusal::NotMe).await;
    assert_eq!(home.session.progress(ask.id).await, Progress::Refused(Refusal::NotMe));
    home.session.changed(|status| status.locked).await;
    home.desk.unlock().await;
    assert_eq!(home.browser.ask(&mut home.session, &home.item).await.unwrap_err(), Fault::Muted);
}

#[tokio::test]
async fn the_phones_owner_allows_requests_again() {
    let mut home = Home::start().await;
    let (ask, shown) = home.asked().await;
    home.phone.refuse(&shown, Refusal::NotMe).await;
    assert_eq!(home.session.progress(ask.id).await, Progress::Refused(Refusal::NotMe));
    home.session.changed(|status| status.locked).await;
    // While it is locked the daemon hears nothing: the relay keeps the word for it.
    home.phone.mail(&ToDesktop::AllowRequests).await;
    home.desk.unlock().await;
    crate::desk::soon(async {
        while home.browser.ask(&mut home.session, &home.item).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

/// It is on its way still when its asker takes it back: the last that the phone hears is that.
#[tokio::test]
async fn what_is_cancelled_at_once_does_not_stay_on_the_phone() {
    let mut home = Home::start().await;
    for _ in 0..5 {
        let ask = home.browser.ask(&mut home.session, &home.item).await.unwrap();
        assert!(matches!(home.session.call(Method::Cancel { request: ask.id }).await, Ok(Reply::Done)));
        let mut is_shown = false;
        while let Ok(message) = tokio::time::timeout(Duration::from_millis(700), home.phone.next()).await {
            match message {
                ToPhone::Request { .. } => is_shown = true,
                ToPhone::Withdraw { request, .. } if request == ask.id => is_shown = false,
                _ => {}
            }
        }
        assert!(!is_shown, "it came after it was withdrawn");
    }
}

#[tokio::test]
async fn cancel_and_a_lost_session_clear_the_phone() {
    let mut home = Home::start().await;
    let (ask, shown) = home.asked().await;
    assert!(matches!(home.session.call(Method::Cancel { request: ask.id }).await, Ok(Reply::Done)));
    assert_eq!(home.session.progress(ask.id).await, Progress::Cancelled);
    assert_eq!(home.phone.withdrawn().await, (ask.id, Withdrawal::Cancelled));
    home.phone.approve(&shown, ask.number.get()).await;

    let (ask, _) = home.asked().await;
    home.session = home.browser.session(&home.desk).await;
    assert_eq!(home.phone.withdrawn().await, (ask.id, Withdrawal::AskerGone));
    home.fill().await;
}

#[tokio::test]
async fn locking_withdraws() {
    let mut home = Home::start().await;
    let (ask, _) = home.asked().await;
    assert!(matches!(home.session.call(Method::Lock).await, Ok(Reply::Status(status)) if status.locked));
    assert_eq!(home.session.progress(ask.id).await, Progress::Cancelled);
    assert_eq!(home.phone.withdrawn().await, (ask.id, Withdrawal::Locked));
    home.desk.unlock().await;
    home.fill().await;
}

#[tokio::test]
async fn a_killed_daemon_withdraws_when_it_is_back() {
    let mut home = Home::start().await;
    let (ask, shown) = home.asked().await;
    home.desk.kill_and_restart().await;
    home.desk.unlock().await;
    assert_eq!(home.phone.withdrawn().await, (ask.id, Withdrawal::Restarted));
    // The answer to the earlier request opens nothing: its key is gone with the process.
    home.phone.approve(&shown, ask.number.get()).await;
    home.session = home.browser.session(&home.desk).await;
    home.fill().await;
    assert_eq!(home.desk.status(Command::Status).await.not_sealed, 0);
}

#[tokio::test]
async fn a_phone_that_is_away_gets_the_request_when_it_is_back() {
    let mut home = Home::start().await;
    home.phone.leave().await;
    let ask = home.browser.ask(&mut home.session, &home.item).await.unwrap();
    assert_eq!(home.session.progress(ask.id).await, Progress::Asked);
    home.phone.come_back().await;
    let shown = home.phone.request().await;
    home.phone.approve(&shown, ask.number.get()).await;
    assert_eq!(home.session.progress(ask.id).await, Progress::Approved);
}

#[tokio::test]
async fn without_the_relay_the_phone_is_unreachable() {
    let mut home = Home::start().await;
    let nowhere = Some(String::from("http://127.0.0.1:1"));
    let status = home.desk.status(Command::SetRelay { relay: nowhere, phone: None }).await;
    assert_eq!(status.status.relay, Some(false));
    let ask = home.browser.ask(&mut home.session, &home.item).await.unwrap();
    assert_eq!(home.session.progress(ask.id).await, Progress::Asked);
    assert_eq!(home.session.progress(ask.id).await, Progress::RelayUnreachable);
    assert_eq!(
        home.desk.fault(Command::SetRelay { relay: Some(String::from("http://relay.example")), phone: None }).await,
        Fault::NotAllowed
    );
    assert_eq!(
        home.desk.fault(Command::SetRelay { relay: Some(String::from("relay")), phone: None }).await,
        Fault::Malformed
    );
}

#[tokio::test]
async fn an_answer_counts_once_and_only_from_the_phone_that_was_asked() {
    let mut home = Home::start().await;
    let (first, shown) = home.asked().await;
    let answer = home.phone.answer(&shown, first.number.get()).await;
    let envelope = home.phone.envelope(&ToDesktop::Answer(answer.clone())).await;
    home.phone.post(envelope.clone()).await;
    assert_eq!(home.session.progress(first.id).await, Progress::Approved);
    home.session.released(first.id).await;

    // The same envelope again, the same answer in a new envelope, and the old answer while another request waits: nothing comes of any.
    home.phone.post(envelope).await;
    home.phone.mail(&ToDesktop::Answer(answer.clone())).await;
    let (second, shown) = home.asked().await;
    home.phone.mail(&ToDesktop::Answer(answer)).await;
    let late = home.session.call(Method::Status).await;
    assert!(matches!(late, Ok(Reply::Status(_))));
    home.phone.approve(&shown, second.number.get()).await;
    assert_eq!(home.session.progress(second.id).await, Progress::Approved);
}

#[tokio::test]
async fn nobody_but_the_approver_answers() {
    let mut home = Home::start().await;
    let (ask, shown) = home.asked().await;
    let account = home.phone.log.account();

    // The browser is listed, and signs an approval and its envelope with its own keys. A relay would not carry it; a hostile one might.
    let now = crate::browser::now();
    let (me, head) = (home.browser.device.id(), home.phone.log.head());
    let yields = Yield::Release { keys: Vec::new(), codes: Vec::new() };
    let forged =
        SignedAnswer::approve(&shown.request, shown.hash, &yields, me, &home.browser.keys, head, now).await.unwrap();
    let body = codec::to_vec(&ToDesktop::Answer(forged)).unwrap();
    let envelope =
        Envelope::seal(&home.browser.keys, account, &home.phone.desktop.keys, now, 60_000, &body).await.unwrap();
    let mut hostile = HostileRelay::of(&home).await;
    hostile.deliver(envelope.as_bytes().to_vec()).await;

    // A stranger who is not listed at all.
    let stranger = NativeKeys::make().unwrap();
    let id = stranger.public().fingerprint();
    let forged =
        SignedAnswer::refuse(&shown.request, shown.hash, Refusal::NotMe, id, &stranger, head, now).await.unwrap();
    let body = codec::to_vec(&ToDesktop::Answer(forged)).unwrap();
    let envelope = Envelope::seal(&stranger, account, &home.phone.desktop.keys, now, 60_000, &body).await.unwrap();
    hostile.deliver(envelope.as_bytes().to_vec()).await;

    // Nonsense, and the phone's own approval cut short.
    hostile.deliver(vec![0; 64]).await;
    let real = home.phone.answer(&shown, ask.number.get()).await;
    let mut cut = home.phone.envelope(&ToDesktop::Answer(real)).await;
    cut.truncate(cut.len() / 2);
    hostile.deliver(cut).await;

    // The request still waits.
    assert_eq!(home.browser.ask(&mut home.session, &home.item).await.unwrap_err(), Fault::Busy);
    assert!(!home.desk.status(Command::Status).await.status.locked);
    drop(hostile);
}

/// A relay that lets the daemon log in and delivers what it likes.
struct HostileRelay {
    socket: tokio_tungstenite::WebSocketStream<tokio::net::TcpStream>,
    deliveries: u64,
}

impl HostileRelay {
    /// Makes the desk use it.
    async fn of(home: &Home) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let accept = async {
            let socket = tokio_tungstenite::accept_async(listener.accept().await.unwrap().0).await.unwrap();
            let mut relay = Self { socket, deliveries: 0 };
            relay.say(&FromRelay::Challenge { protocol: 1, challenge: [0; 32] }).await;
            let ToRelay::Register { entries } = relay.hear().await else { panic!("no register") };
            relay.say(&FromRelay::Registered).await;
            let ToRelay::Login { .. } = relay.hear().await else { panic!("no login") };
            let log_length = u64::try_from(entries.len()).unwrap();
            relay.say(&FromRelay::LoggedIn { log_length, time: crate::browser::now() }).await;
            relay
        };
        let set = home.desk.status(Command::SetRelay { relay: Some(origin), phone: None });
        crate::desk::soon(async { tokio::join!(accept, set).0 }).await
    }

    async fn say(&mut self, message: &FromRelay) {
        use futures_util::SinkExt as _;
        let bytes = codec::to_vec(message).unwrap();
        self.socket.send(tokio_tungstenite::tungstenite::Message::Binary(bytes.into())).await.unwrap();
    }

    async fn hear(&mut self) -> ToRelay {
        use futures_util::StreamExt as _;
        match crate::desk::soon(self.socket.next()).await.unwrap().unwrap() {
            tokio_tungstenite::tungstenite::Message::Binary(bytes) => {
                codec::from_slice(&bytes, "message", 1 << 20).unwrap()
            }
            other => panic!("{other:?}"),
        }
    }

    /// Says that the log grew, and answers what the daemon reads of it, from its beginning if it asks for that.
    async fn tell_log(&mut self, entries: &[SignedEntry]) {
        self.say(&FromRelay::LogGrew { length: u64::try_from(entries.len() + 1).unwrap() }).await;
        use futures_util::StreamExt as _;
        let patience = Duration::from_secs(2);
        // A daemon that has noticed a fork hangs up.
        while let Ok(Some(Ok(message))) = tokio::time::timeout(patience, self.socket.next()).await {
            match codec::from_slice(&message.into_data(), "message", 1 << 20).unwrap() {
                ToRelay::LogRead { call, from } => {
                    let from = usize::try_from(from).unwrap();
                    let entries = entries.get(from..).unwrap_or_default().to_vec();
                    self.say(&FromRelay::Log { call, entries }).await;
                }
                ToRelay::Send { call, .. } | ToRelay::LogAppend { call, .. } => {
                    self.say(&FromRelay::Done { call, online: false }).await;
                }
                other => panic!("{other:?}"),
            }
        }
    }

    /// Delivers and waits until the daemon has dealt with it.
    async fn deliver(&mut self, envelope: Vec<u8>) {
        self.deliveries += 1;
        let delivery = self.deliveries;
        self.say(&FromRelay::Deliver { delivery, envelope }).await;
        loop {
            match self.hear().await {
                ToRelay::Ack { delivery: acknowledged } => return assert_eq!(acknowledged, delivery),
                ToRelay::Send { call, .. } => self.say(&FromRelay::Done { call, online: false }).await,
                other => panic!("{other:?}"),
            }
        }
    }
}

#[tokio::test]
async fn a_forked_log_stops_the_account() {
    let mut home = Home::start().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    assert_eq!(
        home.desk.status(Command::SetRelay { relay: Some(origin), phone: None }).await.status.relay,
        Some(false)
    );
    let socket = tokio_tungstenite::accept_async(listener.accept().await.unwrap().0).await.unwrap();
    let mut relay = HostileRelay { socket, deliveries: 0 };
    relay.say(&FromRelay::Challenge { protocol: 1, challenge: [0; 32] }).await;
    let ToRelay::Register { .. } = relay.hear().await else { panic!("no register") };
    let fault = countersign_wire::relay::RelayFault::Conflict;
    relay.say(&FromRelay::Failed { call: None, fault }).await;
    crate::desk::soon(async {
        while home.browser.ask(&mut home.session, &home.item).await.map(drop) != Err(Fault::Forked) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_fork_is_noticed_wherever_it_begins_and_nonsense_is_none() {
    let mut home = Home::start().await;
    let common = home.phone.log.clone();
    let mine = histories(&home, &common, "Mine").await;
    let theirs = histories(&home, &common, "Theirs").await;
    home.phone.mail(&ToDesktop::Log { entries: mine.entries().to_vec() }).await;
    crate::desk::soon(async {
        // One of the entries makes the phone an approver; each other one is a device's.
        while !matches!(home.desk.report(Command::Devices).await, Report::Devices(devices) if devices.len() == mine.entries().len() - 1)
        {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;

    let mut nonsense = theirs.entries().to_vec();
    for entry in nonsense.iter_mut().skip(common.entries().len()) {
        entry.signature.0.reverse();
    }
    let mut hostile = HostileRelay::of(&home).await;
    hostile.tell_log(&nonsense).await;
    // The account goes on: what is asked for finds a phone's mailbox, not a stopped account.
    assert!(home.browser.ask(&mut home.session, &home.item).await.is_ok());

    hostile.tell_log(theirs.entries()).await;
    crate::desk::soon(async {
        while home.browser.ask(&mut home.session, &home.item).await.map(drop) != Err(Fault::Forked) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

/// The log, grown by two devices of this name, signed by the phone.
async fn histories(home: &Home, common: &Log, name: &str) -> Log {
    let mut log = common.clone();
    for _ in 0..2 {
        let keys = NativeKeys::make().unwrap().public().clone();
        let device = Device { keys, kind: DeviceKind::Desktop, name: name.into() };
        let author = Author::Device(home.phone.device.id());
        let entry = log.draft(author, Action::AddDevice { device }, crate::browser::now()).unwrap();
        log.append(Log::sign(&entry, &home.phone.keys).await.unwrap()).unwrap();
    }
    log
}

#[tokio::test]
async fn a_browser_is_listed_by_the_phone() {
    let mut home = Home::start().await;
    let mut second = Browser::new();
    let mut shower = home.desk.command(Command::PairBrowser).await;
    let Report::Code { digits, .. } = shower.report().await else { panic!("no code") };
    let number = Number::make().unwrap();
    let mut wire = Wire::open(&home.desk).await;
    let sign = second.pair(&mut wire, digits.expose_str().unwrap(), number).await.unwrap();
    let ask = second.sign_join(&sign, number).await;
    wire.send(&ask).await;
    assert_eq!(phone_progress(&wire.next().await.unwrap()), Progress::Asked);
    let shown = home.phone.request().await;
    home.phone.approve(&shown, number.get()).await;
    assert_eq!(phone_progress(&wire.next().await.unwrap()), Progress::Approved);
    assert_eq!(wire.next().await, Some(Packet::PairDone));
    loop {
        match shower.report().await {
            Report::Progress(_) => {}
            Report::Paired { kind: DeviceKind::Browser, .. } => break,
            other => panic!("{other:?}"),
        }
    }
    let mut session = second.session_on(wire).await.ok().unwrap();
    assert_eq!(session.items().await.len(), 1);

    // And a refused one is not.
    let mut third = Browser::new();
    let mut shower = home.desk.command(Command::PairBrowser).await;
    let Report::Code { digits, .. } = shower.report().await else { panic!("no code") };
    let mut wire = Wire::open(&home.desk).await;
    let sign = third.pair(&mut wire, digits.expose_str().unwrap(), number).await.unwrap();
    wire.send(&third.sign_join(&sign, number).await).await;
    assert_eq!(phone_progress(&wire.next().await.unwrap()), Progress::Asked);
    let shown = home.phone.request().await;
    home.phone.refuse(&shown, Refusal::Refused).await;
    assert_eq!(phone_progress(&wire.next().await.unwrap()), Progress::Refused(Refusal::Refused));
    assert!(matches!(third.session_on(wire).await.err(), Some(Some(Packet::Fault(Fault::NotPaired)))));
    let Report::Devices(devices) = home.desk.report(Command::Devices).await else { panic!("no devices") };
    assert_eq!(devices.iter().filter(|device| device.kind == DeviceKind::Browser).count(), 2);
    assert_eq!(devices.iter().filter(|device| device.approver).count(), 1);
}

fn phone_progress(packet: &Packet) -> Progress {
    let Packet::PairProgress { data } = packet else { panic!("{packet:?}") };
    match from_data(data, "progress").unwrap() {
        PairProgress::Phone(progress) => progress,
        PairProgress::Sign(_) => panic!("signed already"),
    }
}

#[tokio::test]
async fn an_edit_of_what_is_sealed_waits_for_the_phone() {
    let mut home = Home::start().await;
    let other = "https://other.example";
    let draft = |title: &str| ItemDraft { metadata: metadata(title, other), fields: Vec::new(), ..login("", SITE, "") };
    let edit = Method::Edit { item: home.item.id, draft: draft("Renamed") };
    let Ok(Reply::Item(item)) = home.session.call(edit).await else { panic!("not changed") };
    assert_eq!((item.title.as_str(), &item.waiting), ("Example", &Some(metadata("Renamed", other))));
    let (request, number) = number_of(&mut home.session).await;
    assert_eq!(home.session.progress(request).await, Progress::Asked);
    let shown = home.phone.request().await;
    home.phone.approve(&shown, number.get()).await;
    assert_eq!(home.session.progress(request).await, Progress::Approved);
    let [item] = home.session.items().await.try_into().unwrap();
    assert_eq!((item.title.as_str(), &item.waiting, fields(&item)), ("Renamed", &None, fields(&home.item)));

    // From the command line, and refused: the old metadata stays.
    let command = Command::Edit { item: item.id, draft: draft("Renamed again") };
    let mut command_line = home.desk.command(command).await;
    assert!(matches!(command_line.report().await, Report::Item(item) if item.waiting.is_some()));
    assert!(matches!(command_line.report().await, Report::Number(_)));
    assert!(matches!(command_line.report().await, Report::Progress(Progress::Asked)));
    let shown = home.phone.request().await;
    home.phone.refuse(&shown, Refusal::Refused).await;
    assert!(matches!(command_line.report().await, Report::Progress(Progress::Refused(Refusal::Refused))));
    assert!(
        matches!(command_line.report().await, Report::Item(item) if item.waiting.is_none() && item.title == "Renamed")
    );

    // The item is now used on its new site, and there alone.
    home.item = item;
    assert_eq!(home.browser.ask(&mut home.session, &home.item).await.unwrap_err(), Fault::OtherSite);
    let ask = home.browser.fill(&home.item, chain(&[other]));
    let signed = SignedAsk::make(&ask, &home.browser.keys).await.unwrap();
    assert!(matches!(home.session.call(Method::Ask { ask: signed }).await, Ok(Reply::Done)));
    let shown = home.phone.request().await;
    home.phone.approve(&shown, ask.number.get()).await;
    assert_eq!(home.session.progress(ask.id).await, Progress::Asked);
    assert_eq!(home.session.progress(ask.id).await, Progress::Approved);
    assert_eq!(home.session.released(ask.id).await[0].value, secret("hunter2"));
}

async fn number_of(session: &mut Session) -> (countersign_seal::id::RequestId, Number) {
    loop {
        match session.event().await {
            Event::Number { request, number, .. } => return (request, number),
            Event::Changed(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_second_link_and_a_second_approver_are_refused() {
    let mut home = Home::start().await;
    assert_eq!(home.desk.fault(Command::PairPhone).await, Fault::NotAllowed);
    // A phone that is the approver already, or any other device, cannot become the first one again.
    let before = home.phone.log.head();
    let other = NativeApprover::make().unwrap();
    let recovery = countersign_seal::recovery::RecoveryWords::make().unwrap().derive_keys().unwrap().public().unwrap();
    let recovery_wrap = recovery.wrap(&other.to_pkcs8().unwrap()).unwrap();
    let approver = countersign_seal::log::Approver { key: other.public().clone(), recovery, recovery_wrap };
    home.phone.mail(&ToDesktop::BecomeApprover(Box::new(approver))).await;
    home.fill().await;
    assert_eq!(home.phone.log.head(), before);
    let Report::Devices(devices) = home.desk.report(Command::Devices).await else { panic!("no devices") };
    assert_eq!(devices.len(), 3);
}

#[tokio::test]
async fn a_link_is_good_once() {
    let relay = Relay::start().await;
    let desk = Desk::start(Some(&relay)).await;
    desk.wait_for(|status| status.status.relay == Some(true)).await;
    let mut shower = desk.command(Command::PairPhone).await;
    let Report::Link { url, .. } = shower.report().await else { panic!("no link") };
    let url = url.expose_str().unwrap();
    assert!(url.starts_with("http://localhost:7781/#"), "{url}");
    let phone = Phone::join(url).await;
    assert!(matches!(shower.report().await, Report::Paired { kind: DeviceKind::Phone, .. }));
    let link = countersign_seal::pairing::Link::from_fragment(url.split_once("/#").unwrap().1).unwrap();
    let (mut socket, _) = crate::phone::Socket::open(&relay.api).await;
    socket.send(&ToRelay::Join { slot: link.slot }).await;
    assert!(matches!(socket.receive().await, FromRelay::Failed { .. }));
    drop(phone);
}

#[tokio::test]
async fn a_browser_dressed_as_a_phone_is_not_listed_by_a_link() {
    let relay = Relay::start().await;
    let desk = Desk::start(Some(&relay)).await;
    desk.wait_for(|status| status.status.relay == Some(true)).await;
    let mut shower = desk.command(Command::PairPhone).await;
    let Report::Link { url, .. } = shower.report().await else { panic!("no link") };
    let link =
        countersign_seal::pairing::Link::from_fragment(url.expose_str().unwrap().split_once("/#").unwrap().1).unwrap();
    let keys = NativeKeys::make().unwrap();
    let device = Device { keys: keys.public().clone(), kind: DeviceKind::Desktop, name: String::from("Evil") };
    let (mut socket, _) = crate::phone::Socket::open(&relay.api).await;
    socket.send(&ToRelay::Join { slot: link.slot }).await;
    assert_eq!(socket.receive().await, FromRelay::Joined);
    socket.send(&ToRelay::SlotSend { slot: link.slot, message: link.hello(&device).unwrap() }).await;
    assert!(matches!(shower.report().await, Report::Fault(Fault::NotAllowed)));
    let Report::Devices(devices) = desk.report(Command::Devices).await else { panic!("no devices") };
    assert_eq!(devices.len(), 1);
}

#[tokio::test]
async fn the_log_survives_a_relay_that_forgot_it() {
    let mut home = Home::start().await;
    let second = Relay::start().await;
    home.desk.status(Command::SetRelay { relay: Some(second.api.clone()), phone: None }).await;
    home.desk.wait_for(|status| status.status.relay == Some(true)).await;
    // The phone follows.
    let socket = log_in(&second.api, &home.phone.log, &home.phone.keys).await;
    home.phone.move_to(&second.api, socket);
    home.fill().await;
    drop(second);
}

#[tokio::test]
async fn long_lists_come_in_pages_that_fit_a_frame() {
    let desk = Desk::start(None).await;
    let browser = Browser::paired(&desk).await;
    let mut session = browser.session(&desk).await;
    let sites: Vec<_> = (0..32).map(|n| format!("https://{}.{n}.example", "a".repeat(60))).collect();
    for n in 0..PAGE_LIMIT + 5 {
        let mut draft = login(&format!("{n:03}{}", "\u{1f511}".repeat(190)), SITE, "x");
        draft.metadata.sites = sites.iter().flat_map(|site| metadata("x", site).sites).collect();
        assert!(matches!(session.call(Method::Add { draft }).await, Ok(Reply::Item(_))));
    }
    let mut all = Vec::new();
    loop {
        let offset = u32::try_from(all.len()).unwrap();
        let Ok(Reply::Items { items, total }) = session.call(Method::List { query: String::new(), offset }).await
        else {
            panic!("no list")
        };
        assert_eq!(total, 205);
        assert!(!items.is_empty() && items.len() <= PAGE_LIMIT);
        all.extend(items);
        if all.len() == 205 {
            break;
        }
    }
    let mut ids: Vec<_> = all.iter().map(|item| item.id).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 205);
}
