//! Two browsers, a phone, a relay and the daemon, doing what they may do in any order that a seed draws: ask, approve, refuse, type a wrong number, cancel, both at
//! once, answer too late, replay, lose the session, lose the phone, restart, let time pass.
//!
//! Whatever happens: a browser has at most one request; a value is released once, to the session that asked, and only after the phone's approval of that very
//! request; and what was withdrawn leaves the phone's screen.

use crate::{
    browser::{Browser, Session, now},
    chance::Chance,
    desk::{Desk, Relay, SITE, login},
    phone::{Phone, Shown},
};
use countersign_seal::{
    id::RequestId,
    request::{Ask, LIFETIME_MILLIS, Refusal},
};
use countersign_vault::item::ItemSummary;
use countersign_wire::{
    local::{Event, Fault, Method, Progress, Reply},
    mail::{ToDesktop, ToPhone, Withdrawal},
};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use tokio::time::sleep;

const VALUE: &[u8] = b"hunter2";

#[tokio::test(flavor = "multi_thread")]
async fn requests_in_any_order() {
    run(1, Place::Process, Duration::from_secs(3)).await;
}

#[tokio::test]
async fn requests_in_any_order_while_time_passes() {
    run(2, Place::Inside, Duration::from_secs(2)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "soak: simulates requests for two minutes"]
async fn soak_requests_in_any_order() {
    run(now().0, Place::Process, Duration::from_secs(120)).await;
}

#[tokio::test]
#[ignore = "soak: simulates requests for a minute"]
async fn soak_requests_in_any_order_while_time_passes() {
    run(now().0, Place::Inside, Duration::from_secs(60)).await;
}

/// Where the daemon runs: in a process that can be killed, or inside the test, whose clock it shares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Process,
    Inside,
}

/// What may happen next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Ask,
    AskTwice,
    Approve,
    Refuse,
    WrongNumber,
    Cancel,
    CancelAndApprove,
    AnswerLate,
    Replay,
    LoseSession,
    LeavePhone,
    Restart,
    PassTime,
}

const STEPS: [Step; 16] = [
    Step::Ask,
    Step::Ask,
    Step::Ask,
    Step::AskTwice,
    Step::Approve,
    Step::Approve,
    Step::Approve,
    Step::Refuse,
    Step::WrongNumber,
    Step::Cancel,
    Step::CancelAndApprove,
    Step::AnswerLate,
    Step::Replay,
    Step::LoseSession,
    Step::LeavePhone,
    // One of them, as the place allows.
    Step::Restart,
];

/// A browser with its session and the request that waits.
struct Asker {
    browser: Browser,
    session: Session,
    pending: Option<Ask>,
}

struct World {
    _relay: Relay,
    desk: Desk,
    place: Place,
    phone: Phone,
    item: ItemSummary,
    askers: Vec<Asker>,
    /// What the phone shows.
    screen: BTreeMap<RequestId, Shown>,
    /// What it does not show any more, with the number.
    past: Vec<(Shown, u8)>,
    /// Envelopes with approvals that it sent.
    sent: Vec<Vec<u8>>,
    /// A second refusal in a row would mute requests for a while.
    refused: bool,
    releases: u32,
}

async fn run(seed: u64, place: Place, time: Duration) {
    let mut chance = Chance::from_seed(seed);
    let mut world = World::start(place).await;
    let (end, mut steps) = (Instant::now() + time, Vec::new());
    while Instant::now() < end || steps.len() < 20 {
        let step = match *chance.of(&STEPS) {
            Step::Restart if place == Place::Inside => Step::PassTime,
            step => step,
        };
        let who = usize::try_from(chance.below(2)).unwrap();
        steps.push((step, who));
        world.step(step, who, &mut chance).await;
        world.nothing_more(&steps).await;
    }
    assert!(world.releases > 0, "nothing was ever released in {} steps", steps.len());
}

impl World {
    async fn start(place: Place) -> Self {
        let relay = Relay::start().await;
        let desk = match place {
            Place::Process => Desk::start(Some(&relay)).await,
            Place::Inside => Desk::inside(&relay).await,
        };
        let browsers = [Browser::paired(&desk).await, Browser::paired(&desk).await];
        let phone = Phone::paired(&desk).await;
        let mut askers = Vec::new();
        for browser in browsers {
            let session = browser.session(&desk).await;
            askers.push(Asker { browser, session, pending: None });
        }
        let draft = login("Example", SITE, std::str::from_utf8(VALUE).unwrap());
        let Ok(Reply::Item(item)) = askers[0].session.call(Method::Add { draft }).await else { panic!("not added") };
        Self {
            _relay: relay,
            desk,
            place,
            phone,
            item,
            askers,
            screen: BTreeMap::new(),
            past: Vec::new(),
            sent: Vec::new(),
            refused: false,
            releases: 0,
        }
    }

    async fn step(&mut self, step: Step, who: usize, chance: &mut Chance) {
        let pending = self.askers[who].pending.clone();
        match (step, pending) {
            (Step::Ask, None) => self.ask(who).await,
            (Step::AskTwice, Some(_)) => {
                let asker = &mut self.askers[who];
                let again = asker.browser.ask(&mut asker.session, &self.item).await;
                assert_eq!(again.unwrap_err(), Fault::Busy, "a second request is refused");
            }
            (Step::Approve, Some(ask)) => self.approve(who, ask).await,
            (Step::Refuse, Some(ask)) if !self.refused => {
                self.phone.refuse(&self.screen[&ask.id], Refusal::Refused).await;
                self.refusal(who, &ask, Refusal::Refused).await;
            }
            (Step::WrongNumber, Some(ask)) if !self.refused => {
                let wrong = if ask.number.get() == 42 { 43 } else { 42 };
                self.phone.approve(&self.screen[&ask.id], wrong).await;
                self.refusal(who, &ask, Refusal::WrongNumber).await;
            }
            (Step::Cancel, Some(ask)) => {
                assert!(matches!(self.call(who, Method::Cancel { request: ask.id }).await, Ok(Reply::Done)));
                assert_eq!(self.end(who, ask.id).await, Progress::Cancelled);
                self.leaves_the_screen(&ask, Withdrawal::Cancelled).await;
            }
            (Step::CancelAndApprove, Some(ask)) => self.cancel_and_approve(who, ask).await,
            (Step::AnswerLate, _) if !self.past.is_empty() => {
                let (shown, number) = chance.of(&self.past);
                let answer = self.phone.answer(shown, *number).await;
                self.phone.mail(&ToDesktop::Answer(answer)).await;
            }
            (Step::Replay, _) if !self.sent.is_empty() => {
                let envelope = chance.of(&self.sent).clone();
                self.phone.post(envelope).await;
            }
            (Step::LoseSession, pending) => {
                self.renew_session(who).await;
                if let Some(ask) = pending {
                    self.leaves_the_screen(&ask, Withdrawal::AskerGone).await;
                }
            }
            (Step::LeavePhone, _) => {
                self.phone.leave().await;
                self.phone.come_back().await;
            }
            (Step::Restart, _) => self.restart().await,
            (Step::PassTime, _) => self.pass_time().await,
            _ => {}
        }
    }

    async fn ask(&mut self, who: usize) {
        let asker = &mut self.askers[who];
        let ask = asker.browser.ask(&mut asker.session, &self.item).await.unwrap();
        asker.pending = Some(ask.clone());
        while !self.screen.contains_key(&ask.id) {
            assert_eq!(self.hear().await, None, "withdrawn before it was shown");
        }
        self.phone.delivered(&self.screen[&ask.id]).await;
    }

    async fn approve(&mut self, who: usize, ask: Ask) {
        let answer = self.phone.answer(&self.screen[&ask.id], ask.number.get()).await;
        let envelope = self.phone.envelope(&ToDesktop::Answer(answer)).await;
        self.phone.post(envelope.clone()).await;
        self.sent.push(envelope);
        assert_eq!(self.end(who, ask.id).await, Progress::Approved);
        self.released(who, &ask).await;
    }

    async fn released(&mut self, who: usize, ask: &Ask) {
        let values = self.askers[who].session.released(ask.id).await;
        assert_eq!(values.iter().map(|field| field.value.expose()).collect::<Vec<_>>(), [VALUE]);
        self.releases += 1;
        self.refused = false;
        self.done(ask);
    }

    async fn refusal(&mut self, who: usize, ask: &Ask, refusal: Refusal) {
        assert_eq!(self.end(who, ask.id).await, Progress::Refused(refusal));
        self.refused = true;
        self.done(ask);
    }

    /// Whichever comes first counts, and the other changes nothing.
    async fn cancel_and_approve(&mut self, who: usize, ask: Ask) {
        let answer = self.phone.answer(&self.screen[&ask.id], ask.number.get()).await;
        let envelope = self.phone.envelope(&ToDesktop::Answer(answer)).await;
        let cancelling = self.askers[who].session.call(Method::Cancel { request: ask.id });
        let (cancelled, ()) = tokio::join!(cancelling, self.phone.post(envelope.clone()));
        self.sent.push(envelope);
        match self.end(who, ask.id).await {
            Progress::Cancelled => {
                assert!(matches!(cancelled, Ok(Reply::Done)));
                self.leaves_the_screen(&ask, Withdrawal::Cancelled).await;
            }
            Progress::Approved => {
                assert_eq!(cancelled.unwrap_err(), Fault::NotFound);
                self.released(who, &ask).await;
            }
            other => panic!("{other:?}"),
        }
    }

    async fn restart(&mut self) {
        self.desk.kill_and_restart().await;
        self.desk.unlock().await;
        self.desk.wait_for(|status| status.status.relay == Some(true)).await;
        let pending: Vec<Ask> = self.askers.iter().filter_map(|asker| asker.pending.clone()).collect();
        // In any order.
        while !self.screen.is_empty() {
            if let Some((withdrawn, reason)) = self.hear().await {
                let ask = pending.iter().find(|ask| ask.id == withdrawn).expect("nobody asked for that");
                assert_eq!(reason, Withdrawal::Restarted);
                self.done(ask);
            }
        }
        for who in 0..self.askers.len() {
            self.renew_session(who).await;
        }
        self.refused = false;
    }

    /// Lets the lifetime of a request pass.
    async fn pass_time(&mut self) {
        // All that is under way arrives before.
        sleep(Duration::from_millis(30)).await;
        tokio::time::pause();
        tokio::time::advance(Duration::from_millis(LIFETIME_MILLIS + 1000)).await;
        tokio::time::resume();
        for who in 0..self.askers.len() {
            if let Some(ask) = self.askers[who].pending.clone() {
                assert_eq!(self.end(who, ask.id).await, Progress::Expired);
                self.done(&ask);
            }
        }
        // So long a silence ends every connection to the relay; both come back.
        sleep(Duration::from_millis(200)).await;
        self.desk.wait_for(|status| status.status.relay == Some(true)).await;
        self.phone.come_back().await;
    }

    async fn renew_session(&mut self, who: usize) {
        let asker = &mut self.askers[who];
        asker.session = asker.browser.session(&self.desk).await;
    }

    async fn call(&mut self, who: usize, method: Method) -> Result<Reply, Fault> {
        self.askers[who].session.call(method).await
    }

    /// How a request ends, as its browser is told.
    async fn end(&mut self, who: usize, request: RequestId) -> Progress {
        loop {
            match self.askers[who].session.progress(request).await {
                Progress::Asked | Progress::Delivered => {}
                end => return end,
            }
        }
    }

    /// Waits until the phone is told that a request is over.
    async fn leaves_the_screen(&mut self, ask: &Ask, reason: Withdrawal) {
        while self.screen.contains_key(&ask.id) {
            if let Some((withdrawn, why)) = self.hear().await {
                assert_eq!((withdrawn, why), (ask.id, reason));
                self.done(ask);
            }
        }
        self.done(ask);
    }

    /// The request is over, on all sides.
    fn done(&mut self, ask: &Ask) {
        if let Some(shown) = self.screen.remove(&ask.id) {
            self.past.push((shown, ask.number.get()));
        }
        for asker in &mut self.askers {
            asker.pending.take_if(|pending| pending.id == ask.id);
        }
    }

    /// What the phone is told next; a withdrawal is returned.
    async fn hear(&mut self) -> Option<(RequestId, Withdrawal)> {
        match self.phone.next().await {
            ToPhone::Request { request, .. } => {
                let shown = Shown::read(&request);
                assert!(self.screen.insert(shown.id, shown).is_none(), "shown twice");
                None
            }
            // Of what expired the phone may hear later: it knows by its own clock.
            ToPhone::Withdraw { request, reason } => self.screen.contains_key(&request).then_some((request, reason)),
            ToPhone::Log { .. } | ToPhone::Received { .. } => None,
        }
    }

    /// After every step: nobody is told or given anything that was not awaited, and each browser has what it should have.
    async fn nothing_more(&mut self, steps: &[(Step, usize)]) {
        if self.place == Place::Process {
            // What was mailed last is dealt with.
            sleep(Duration::from_millis(15)).await;
        }
        for asker in &mut self.askers {
            for event in asker.session.settle().await {
                match event {
                    Event::Changed(_) => {}
                    Event::Progress { request, progress: Progress::Asked | Progress::Delivered }
                        if asker.pending.as_ref().is_some_and(|pending| pending.id == request) => {}
                    other => panic!("{other:?} after {steps:?}"),
                }
            }
        }
        let waiting = self.askers.iter().filter(|asker| asker.pending.is_some()).count();
        assert_eq!(self.screen.len(), waiting, "the phone shows what waits, after {steps:?}");
    }
}
