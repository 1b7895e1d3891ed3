//! A relay that cannot be reached for an hour.

use super::filled;
use crate::{
    browser::Browser,
    desk::{Desk, Relay, SITE, login, soon},
    phone::Phone,
};
use countersign_seal::log::{Action, Author, Log};
use countersign_wire::{
    control::{Command, Report},
    device::DeviceState,
    local::{Fault, Method, Progress, Reply},
    mail::ToDesktop,
};
use std::{
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// Once the pauses are long a daemon that nobody hurries lets a quarter of a minute pass between two tries, and at most twice that.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// What is done by then, on a loaded computer too, was not left to the next pause's end.
const HURRY: Duration = Duration::from_secs(12);

/// Something that hangs up on everybody, in the relay's place.
struct Hole {
    tries: Arc<AtomicU32>,
    ended: Arc<AtomicBool>,
    port: u16,
    thread: Option<JoinHandle<()>>,
}

impl Hole {
    fn open(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        let (tries, ended) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(false)));
        let (counted, over) = (Arc::clone(&tries), Arc::clone(&ended));
        let thread = std::thread::spawn(move || {
            while let Ok((stream, _)) = listener.accept() {
                drop(stream);
                if over.load(Ordering::SeqCst) {
                    return;
                }
                counted.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { tries, ended, port, thread: Some(thread) }
    }

    fn tries(&self) -> u32 {
        self.tries.load(Ordering::SeqCst)
    }

    fn close(mut self) {
        self.ended.store(true, Ordering::SeqCst);
        let _ = std::net::TcpStream::connect(("127.0.0.1", self.port));
        self.thread.take().unwrap().join().unwrap();
    }
}

/// Lets so much of the daemon's time pass, timer by timer.
async fn pass(time: Duration) {
    tokio::time::pause();
    tokio::time::sleep(time).await;
    tokio::time::resume();
}

/// Lets the daemon's time pass until it has just tried: its next try by itself is a long pause away.
async fn just_tried(hole: &Hole) {
    let before = hole.tries();
    while hole.tries() == before {
        pass(Duration::from_secs(1)).await;
        // The try itself takes time of the world's.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn an_hour_without_the_relay_is_borne_and_nothing_is_lost() {
    let mut relay = Relay::start().await;
    let desk = Desk::inside(&relay).await;
    let (browser, other) = (Browser::paired(&desk).await, Browser::paired(&desk).await);
    desk.add_login("hunter2").await;
    let mut phone = Phone::paired(&desk).await;
    let mut session = browser.session(&desk).await;
    let [item] = session.items().await.try_into().unwrap();

    relay.stop().await;
    let hole = Hole::open(relay.port());
    desk.wait_for(|status| status.status.relay == Some(false)).await;
    pass(Duration::from_secs(3600)).await;
    // At most one each quarter of a minute once the pauses are long, and still some.
    let tries = hole.tries();
    assert!((60..=260).contains(&tries), "{tries} tries in an hour");

    // Who asks is told at once, after one more try, and not after all that a request's patience has room for; what needs no phone goes on.
    just_tried(&hole).await;
    let (tries, begun) = (hole.tries(), Instant::now());
    let ask = browser.ask(&mut session, &item).await.unwrap();
    assert_eq!(session.progress(ask.id).await, Progress::Asked);
    assert_eq!(session.progress(ask.id).await, Progress::RelayUnreachable);
    assert!(begun.elapsed() < HURRY, "{:?}", begun.elapsed());
    let more = hole.tries() - tries;
    assert!((1..=3).contains(&more), "told after {more} tries");
    assert_eq!(session.call(Method::Confirm { request: ask.id }).await.unwrap_err(), Fault::NotFound);
    assert!(matches!(session.call(Method::Add { draft: login("Other", SITE, "x") }).await, Ok(Reply::Item(_))));
    assert_eq!(session.items().await.len(), 2);

    // The pauses are long again. It is back: the phone is faster, and what it says waits for us there.
    pass(Duration::from_secs(600)).await;
    just_tried(&hole).await;
    hole.close();
    relay.start_again().await;
    phone.come_back().await;
    let mut log = phone.log.clone();
    let suspend = Action::SuspendDevice { device: other.device.id() };
    let entry = log.draft(Author::Device(phone.device.id()), suspend, crate::browser::now()).unwrap();
    log.append(Log::sign(&entry, &phone.keys).await.unwrap()).unwrap();
    phone.mail(&ToDesktop::Log { entries: log.entries().to_vec() }).await;

    // The next ask hurries the connection up.
    let begun = Instant::now();
    let ask = browser.ask(&mut session, &item).await.unwrap();
    let shown = phone.request().await;
    assert!(begun.elapsed() < HURRY, "{:?}", begun.elapsed());
    assert_eq!(shown.id, ask.id, "the request from the outage was not sent after all");
    phone.approve(&shown, ask.number.get()).await;
    filled(&mut session, ask.id).await;
    soon(async {
        loop {
            let Report::Devices(devices) = desk.report(Command::Devices).await else { panic!("no devices") };
            if devices.iter().any(|device| device.id == other.device.id() && device.state == DeviceState::Suspended) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn without_anybody_asking_the_relay_is_found_again_within_half_a_minute() {
    let mut relay = Relay::start().await;
    let desk = Desk::inside(&relay).await;
    desk.wait_for(|status| status.status.relay == Some(true)).await;
    relay.stop().await;
    desk.wait_for(|status| status.status.relay == Some(false)).await;
    pass(Duration::from_secs(600)).await;
    relay.start_again().await;
    // The longest pause goes by on the daemon's clock alone: what is left takes as long as connecting does.
    tokio::time::pause();
    tokio::time::advance(LONGEST_PAUSE).await;
    tokio::time::resume();
    let begun = Instant::now();
    desk.wait_for(|status| status.status.relay == Some(true)).await;
    assert!(begun.elapsed() < HURRY, "{:?}", begun.elapsed());
}
