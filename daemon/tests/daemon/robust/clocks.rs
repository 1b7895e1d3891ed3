//! Clocks that are wrong, that jump, and that went on while the computer slept.

use super::{filled, shim::Clock};
use crate::{
    browser::{Browser, Session, now},
    desk::{Desk, Relay, SITE, chain, login, soon},
    phone::{Phone, Shown},
};
use countersign_seal::{
    id::UnixMillis,
    log::{Action, Author, Log},
    request::{Ask, SignedAsk},
};
use countersign_vault::item::ItemSummary;
use countersign_wire::{
    control::{Command, Report},
    device::DeviceState,
    local::{Fault, Method, Progress},
    mail::{ToDesktop, Withdrawal},
};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use std::{process::Command as Program, time::Duration};
use tokio::time::sleep;

const DAY: i64 = 24 * 3600 * 1000;

/// A desk whose clocks the test sets, with a browser, a phone, and one sealed login.
struct Home {
    _relay: Relay,
    clock: Clock,
    desk: Desk,
    browser: Browser,
    session: Session,
    phone: Phone,
    item: ItemSummary,
}

impl Home {
    async fn start() -> Self {
        let (relay, clock) = (Relay::start().await, Clock::new());
        let directory = tempfile::tempdir().unwrap();
        let environment = clock.environment();
        let dress = Box::new(move |mut program: Program| {
            program.envs(environment.clone());
            program
        });
        let desk = Desk::bare_in(directory, Some(relay.api.clone()), dress).await.set_up().await;
        let browser = Browser::paired(&desk).await;
        desk.add_login("hunter2").await;
        let phone = Phone::paired(&desk).await;
        let mut session = browser.session(&desk).await;
        let [item] = session.items().await.try_into().unwrap();
        Self { _relay: relay, clock, desk, browser, session, phone, item }
    }

    /// Asks by the computer's clock, which is so many milliseconds off: browser and daemon share it.
    async fn ask_at(&mut self, off: i64) -> Result<Ask, Fault> {
        let time = UnixMillis(now().0.checked_add_signed(off).unwrap());
        let ask = Ask { time, ..self.browser.fill(&self.item, chain(&[SITE])) };
        let signed = SignedAsk::make(&ask, &self.browser.keys).await.unwrap();
        self.session.call(Method::Ask { ask: signed }).await.map(|_| ask)
    }

    async fn asked(&mut self) -> (Ask, Shown) {
        let ask = self.ask_at(0).await.unwrap();
        assert_eq!(self.session.progress(ask.id).await, Progress::Asked);
        let shown = self.phone.request().await;
        self.phone.delivered(&shown).await;
        assert_eq!(self.session.progress(ask.id).await, Progress::Delivered);
        (ask, shown)
    }

    async fn fill(&mut self) {
        let (ask, shown) = self.asked().await;
        self.phone.approve(&shown, ask.number.get()).await;
        filled(&mut self.session, ask.id).await;
        // The values come first: a daemon that is killed before the rest withdraws this request as it starts again.
        self.phone.received(ask.id).await;
    }

    async fn faults(&self) -> Vec<Fault> {
        self.desk.status(Command::Status).await.status.faults
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.desk.pid()).unwrap()), signal).unwrap();
    }
}

#[tokio::test]
async fn a_clock_that_is_a_day_off_is_named_and_costs_nothing() {
    let mut home = Home::start().await;
    for off in [DAY, -DAY] {
        home.desk.kill();
        home.clock.set_wall(off);
        home.desk.spawn().await;
        home.desk.unlock().await;
        let status = home.desk.wait_for(|status| status.status.faults == [Fault::Clock]).await;
        assert_eq!((status.status.relay, status.items > 0), (Some(false), true), "{off}");
        // Everything but the phone goes on.
        home.session = home.browser.session(&home.desk).await;
        assert_eq!(home.ask_at(off).await.unwrap_err(), Fault::Clock, "{off}");
        let draft = login("By a wrong clock", SITE, "hunter3");
        assert!(home.session.call(Method::Add { draft }).await.is_ok(), "{off}");
        // Set right, nothing is left of it: no device is locked out, nothing needs a restart.
        home.clock.set_wall(0);
        assert_eq!(home.faults().await, [], "{off}");
        home.fill().await;
    }
    assert_eq!(home.session.items().await.len(), 3);
}

#[tokio::test]
async fn what_comes_while_the_clock_is_wrong_waits_until_it_is_right() {
    let mut home = Home::start().await;
    home.fill().await;
    home.clock.set_wall(DAY);
    // The connection is still there, and the daemon takes nothing over it that it would judge by this clock.
    let (me, browser) = (home.phone.device.id(), home.browser.device.id());
    let mut log = home.phone.log.clone();
    let entry = log.draft(Author::Device(me), Action::SuspendDevice { device: browser }, now()).unwrap();
    log.append(Log::sign(&entry, &home.phone.keys).await.unwrap()).unwrap();
    home.phone.mail(&ToDesktop::Log { entries: log.entries().to_vec() }).await;
    assert_eq!(home.faults().await, [Fault::Clock]);
    home.desk.wait_for(|status| status.status.relay == Some(false)).await;
    home.clock.set_wall(0);
    soon(async {
        loop {
            let Report::Devices(devices) = home.desk.report(Command::Devices).await else { panic!("no devices") };
            if devices.iter().any(|device| device.id == browser && device.state == DeviceState::Suspended) {
                return;
            }
            sleep(Duration::from_millis(50)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn what_waited_through_a_sleep_is_over_and_the_next_works() {
    let mut home = Home::start().await;
    let mut shower = home.desk.command(Command::PairBrowser).await;
    assert!(matches!(shower.report().await, Report::Code { .. }));
    let (ask, shown) = home.asked().await;

    home.clock.sleep(Duration::from_secs(3600));
    // Approved at once, before anybody has told the phone.
    home.phone.approve(&shown, ask.number.get()).await;
    assert_eq!(home.session.progress(ask.id).await, Progress::Expired);
    assert!(matches!(shower.report().await, Report::Fault(Fault::WrongCode)), "a code outlived its time");
    assert_eq!(home.phone.withdrawn().await, (ask.id, Withdrawal::Expired));
    // The vault is as open as it was; the relay is reached anew.
    home.desk.wait_for(|status| status.status.relay == Some(true) && !status.status.locked).await;
    home.fill().await;
}

#[tokio::test]
async fn a_daemon_that_stood_still_goes_on() {
    let mut home = Home::start().await;
    let (ask, shown) = home.asked().await;
    home.signal(Signal::SIGSTOP);
    home.phone.approve(&shown, ask.number.get()).await;
    sleep(Duration::from_secs(2)).await;
    home.signal(Signal::SIGCONT);
    filled(&mut home.session, ask.id).await;
    home.fill().await;
}
