//! A phone against a desktop that holds real keys: what goes right, and all that must not.

mod compare;
mod follow_up;

use std::{
    cell::RefCell,
    collections::BTreeMap,
    pin::pin,
    rc::Rc,
    sync::LazyLock,
    task::{Context as TaskContext, Poll, Waker},
};

use countersign_seal::{
    Result, codec,
    context::Context,
    envelope::Envelope,
    field::{FieldAddress, FieldKind, FieldSeal, Meaning, Policy},
    id::{DeviceId, FieldId, Hash, ItemId, RequestId, UnixMillis},
    keys::{DeviceKeys as _, PublicKeys, VerifyingKey, WrappingKey},
    log::{Action as LogAction, Approver, Author, Device, DeviceKind, Entry, Log, SignedEntry},
    native::{NativeApprover, NativeKeys},
    origin::{Origin, OriginChain, Site},
    pairing::Link,
    request::{Action, Answer, Ask, Decision, Number, Pending, Refusal, Request, SignedAsk, Yield},
    secret::{Key256, SecretBytes},
};
use countersign_wire::{
    RELAY_PROTOCOL,
    mail::{ToDesktop, ToPhone, Withdrawal},
    relay::{FromRelay, LIMIT, LoginStatement, RelayFault, ToRelay},
};
use proptest::prelude::*;

use super::{AUTO_LOCK_MILLIS, App, Effect, GUARD_MILLIS, Input};
use crate::{
    activity::Outcome,
    platform::{Platform, StoreFault},
    record::{Record, Records, Stop},
    replay::Replay,
    screen::{AnswerFault, Connection, News, PairingFault, Screen, View, Warning},
};

static DESKTOP: LazyLock<NativeKeys> = LazyLock::new(|| NativeKeys::make().unwrap());
static BROWSER: LazyLock<NativeKeys> = LazyLock::new(|| NativeKeys::make().unwrap());
static PHONE: LazyLock<NativeKeys> = LazyLock::new(|| NativeKeys::make().unwrap());
static STRANGER: LazyLock<NativeKeys> = LazyLock::new(|| NativeKeys::make().unwrap());
static APPROVER: LazyLock<NativeApprover> = LazyLock::new(|| NativeApprover::make().unwrap());
static OTHER_APPROVER: LazyLock<NativeApprover> = LazyLock::new(|| NativeApprover::make().unwrap());

const START: UnixMillis = UnixMillis(1_700_000_000_000);
const RELAY: &str = "https://relay.example";
const PIN: &str = "271828";
const SITE: &str = "https://bank.example";

/// Runs a future that never waits: the native backend's.
fn run<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut TaskContext::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a native future waits for nothing"),
    }
}

fn secret(text: &str) -> SecretBytes {
    SecretBytes::from(text.to_owned())
}

fn device(keys: &NativeKeys, kind: DeviceKind, name: &str) -> Device {
    let wrapping = keys.public().wrapping.clone().filter(|_| kind != DeviceKind::Browser);
    Device { keys: PublicKeys { verifying: keys.public().verifying.clone(), wrapping }, kind, name: name.into() }
}

/// Memory in place of IndexedDB; it outlives the app that writes it.
#[derive(Clone, Default)]
struct Disk(Rc<RefCell<Shelf>>);

#[derive(Default)]
struct Shelf {
    records: BTreeMap<Record, Vec<u8>>,
    is_full: bool,
}

struct Memory {
    disk: Disk,
    device: &'static NativeKeys,
}

impl Platform for Memory {
    type Device = NativeKeys;
    type Approver = NativeApprover;

    fn device(&self) -> &NativeKeys {
        self.device
    }

    async fn make_approver(&self) -> Result<(SecretBytes, WrappingKey)> {
        Ok((APPROVER.to_pkcs8()?, APPROVER.public().clone()))
    }

    async fn import_approver(&self, pkcs8: &SecretBytes, _key: &WrappingKey) -> Result<NativeApprover> {
        NativeApprover::from_pkcs8(pkcs8)
    }

    async fn device_secret(&self) -> Result<Key256> {
        Ok(Key256::new([7; 32]))
    }

    async fn save(&self, record: Record, bytes: Vec<u8>) -> core::result::Result<(), StoreFault> {
        let mut shelf = self.disk.0.borrow_mut();
        if shelf.is_full {
            return Err(StoreFault);
        }
        shelf.records.insert(record, bytes);
        Ok(())
    }

    async fn erase(&self) -> core::result::Result<(), StoreFault> {
        self.disk.0.borrow_mut().records.clear();
        Ok(())
    }
}

/// The app, the clock, and what it has sent.
struct Phone {
    app: App<Memory>,
    disk: Disk,
    now: UnixMillis,
    connection: u32,
    sent: Vec<ToRelay>,
    restarted: bool,
}

impl Phone {
    fn new() -> Self {
        Self::wake(Disk::default(), START)
    }

    /// The app starts with what is on the disk.
    fn wake(disk: Disk, now: UnixMillis) -> Self {
        let records = Records::decode(|record| disk.0.borrow().records.get(&record).cloned()).unwrap();
        let app = App::new(Memory { disk: disk.clone(), device: &PHONE }, records, now).unwrap();
        let mut phone = Self { app, disk, now, connection: 0, sent: Vec::new(), restarted: false };
        phone.act(Input::Started);
        phone
    }

    /// Closes the app and opens it again.
    fn reopen(self) -> Self {
        Self::wake(self.disk.clone(), self.now)
    }

    fn act(&mut self, input: Input) {
        let first = run(self.app.handle(input, self.now));
        let later = run(self.app.wind_up(self.now));
        for effect in first.into_iter().chain(later) {
            match effect {
                Effect::Connect { connection, .. } => self.connection = connection,
                Effect::Transmit(bytes) => self.sent.push(codec::from_slice(&bytes, "sent", LIMIT).unwrap()),
                Effect::Restart => self.restarted = true,
                Effect::Disconnect | Effect::Alert => {}
            }
        }
    }

    fn hear(&mut self, message: &FromRelay) {
        let bytes = codec::to_vec(message).unwrap();
        self.act(Input::Received(self.connection, bytes));
    }

    fn pass(&mut self, millis: u64) {
        self.now = self.now.plus(millis);
        self.act(Input::Tick);
    }

    fn view(&self) -> View {
        self.app.view(self.now)
    }

    fn screen(&self) -> Screen {
        self.view().screen
    }

    fn log_in(&mut self, log_length: usize) {
        self.hear(&FromRelay::Challenge { protocol: RELAY_PROTOCOL, challenge: [9; 32] });
        assert!(matches!(self.sent.pop(), Some(ToRelay::Login { .. })));
        let (log_length, time) = (u64::try_from(log_length).unwrap(), self.now);
        self.hear(&FromRelay::LoggedIn { log_length, time });
        assert_eq!(self.view().connection, Connection::Online);
    }

    /// Answers every log read from `log`, as the relay does.
    fn serve_log(&mut self, log: &Log) {
        while let Some(at) = self.sent.iter().position(|message| matches!(message, ToRelay::LogRead { .. })) {
            let ToRelay::LogRead { call, from } = self.sent.remove(at) else { unreachable!() };
            let entries = log.entries().iter().skip(usize::try_from(from).unwrap()).cloned().collect();
            self.hear(&FromRelay::Log { call, entries });
        }
    }

    fn deliver(&mut self, envelope: Vec<u8>) {
        self.hear(&FromRelay::Deliver { delivery: 1, envelope });
    }

    fn approval(&self) -> crate::screen::Approval {
        match self.screen() {
            Screen::Approval(approval) => *approval,
            other => panic!("{other:?}"),
        }
    }

    /// Approves what is on the screen, once it takes answers.
    fn approve(&mut self, number: &str) {
        self.now = self.now.plus(GUARD_MILLIS);
        let request = self.approval().request;
        self.act(Input::Approve { request, number: number.into(), consent: false, pin: None });
    }

    fn refuse(&mut self, not_me: bool) {
        let request = self.approval().request;
        self.act(Input::Refuse { request, not_me });
    }

    fn news(&self) -> Option<News> {
        match self.screen() {
            Screen::Home(home) => home.news,
            other => panic!("{other:?}"),
        }
    }

    fn outcomes(&self) -> Vec<Outcome> {
        self.view().activity.iter().map(|past| past.outcome).collect()
    }
}

/// The desktop's side, and the account's true log.
struct Desk {
    log: Log,
    item: ItemId,
    field: FieldId,
    content_key: Key256,
    sites: Vec<Site>,
    policy: Policy,
    kind: FieldKind,
}

impl Desk {
    fn new() -> Self {
        let log = run(Log::create(device(&DESKTOP, DeviceKind::Desktop, "Desk"), &*DESKTOP, START)).unwrap();
        let mut desk = Self {
            log,
            item: ItemId::make().unwrap(),
            field: FieldId::make().unwrap(),
            content_key: Key256::make().unwrap(),
            sites: vec![Site::exact(Origin::parse(SITE).unwrap())],
            policy: Policy::default(),
            kind: FieldKind::Password,
        };
        desk.append(LogAction::AddDevice { device: device(&BROWSER, DeviceKind::Browser, "Firefox") });
        desk
    }

    fn author() -> Author {
        Author::Device(DESKTOP.public().fingerprint())
    }

    fn append(&mut self, action: LogAction) {
        let entry = self.log.draft(Self::author(), action, START).unwrap();
        self.log.append(run(Log::sign(&entry, &*DESKTOP)).unwrap()).unwrap();
    }

    /// Once there is an approver, only it adds devices.
    fn append_by_phone(&mut self, action: LogAction) {
        let entry = self.log.draft(Author::Device(PHONE.public().fingerprint()), action, START).unwrap();
        self.log.append(run(Log::sign(&entry, &*PHONE)).unwrap()).unwrap();
    }

    fn ask(&self, action: Action, now: UnixMillis) -> Ask {
        Ask {
            version: 1,
            account: self.log.account(),
            id: RequestId::make().unwrap(),
            time: now,
            asker: device(&BROWSER, DeviceKind::Browser, "").id(),
            action,
            number: Number::try_from(42).unwrap(),
        }
    }

    fn fill(&self, site: &str) -> Action {
        let chain = OriginChain::new(vec![Origin::parse(site).unwrap()]).unwrap();
        Action::Fill { item: self.item, fields: vec![self.field], chain, sign_in: None, submit: false }
    }

    fn meaning(&self) -> Meaning {
        Meaning {
            address: FieldAddress { account: self.log.account(), item: self.item, field: self.field, version: 1 },
            kind: self.kind,
            title: "Bank".into(),
            sites: self.sites.clone(),
            policy: self.policy.clone(),
        }
    }

    fn seal(&self) -> FieldSeal {
        FieldSeal::make(APPROVER.public(), &self.content_key, &self.meaning()).unwrap()
    }

    fn request(&self, ask: &Ask, seals: Vec<FieldSeal>) -> (Pending, Vec<u8>) {
        let signed = run(SignedAsk::make(ask, &*BROWSER)).unwrap();
        let (pending, request) = Pending::make(signed, seals, self.log.head()).unwrap();
        (pending, request.to_bytes().unwrap())
    }

    /// An envelope with a request to fill on the item's own site.
    fn fill_request(&self, now: UnixMillis) -> (Pending, Vec<u8>) {
        let (pending, request) = self.request(&self.ask(self.fill(SITE), now), vec![self.seal()]);
        (pending, self.envelope(&ToPhone::Request { request, computer: "Desk".into() }, now))
    }

    fn envelope(&self, message: &ToPhone, now: UnixMillis) -> Vec<u8> {
        let body = codec::to_vec(message).unwrap();
        seal_envelope(&DESKTOP, &self.log, PHONE.public(), now, &body)
    }

    fn withdraw(&self, request: RequestId, now: UnixMillis) -> Vec<u8> {
        self.envelope(&ToPhone::Withdraw { request, reason: Withdrawal::Cancelled }, now)
    }

    /// Opens what the phone sent to this desktop, and forgets it.
    fn take_mail(&self, phone: &mut Phone) -> Vec<ToDesktop> {
        let me = DESKTOP.public().fingerprint();
        let open = |envelope: &[u8]| {
            let verified = Envelope::parse(envelope).unwrap().verify(&self.log, me).unwrap();
            let body = run(verified.admit(&mut Replay::default(), phone.now).unwrap().open(&*DESKTOP)).unwrap();
            codec::from_slice(body.expose(), "mail", LIMIT).unwrap()
        };
        let mail = phone.sent.iter().filter_map(|message| match message {
            ToRelay::Send { envelope, .. } => Some(open(envelope)),
            _ => None,
        });
        let mail = mail.collect();
        phone.sent.clear();
        mail
    }

    fn answer(&self, phone: &mut Phone, pending: Pending) -> core::result::Result<Yield, Refusal> {
        let answers = self.take_mail(phone).into_iter().filter_map(|message| match message {
            ToDesktop::Answer(answer) => Some(answer),
            _ => None,
        });
        let answers: Vec<_> = answers.collect();
        assert_eq!(answers.len(), 1, "one answer to one request");
        pending.finish(&answers[0], &self.log).unwrap()
    }

    fn gets_no_answer(&self, phone: &mut Phone) {
        assert!(!self.take_mail(phone).iter().any(|message| matches!(message, ToDesktop::Answer(_))));
    }
}

fn seal_envelope(from: &NativeKeys, log: &Log, to: &PublicKeys, now: UnixMillis, body: &[u8]) -> Vec<u8> {
    run(Envelope::seal(from, log.account(), to, now, 120_000, body)).unwrap().as_bytes().to_vec()
}

/// Joins the account by a link, up to the choice of a PIN.
fn join(phone: &mut Phone, desk: &mut Desk) {
    let link = Link::make(RELAY.into(), desk.log.account(), DESKTOP.public().fingerprint()).unwrap();
    phone.act(Input::LinkOpened(format!("https://phone.example/#{}", link.to_fragment().unwrap())));
    assert_eq!(phone.screen(), Screen::Invited);
    phone.act(Input::Join { name: "  Phone  ".into() });
    phone.hear(&FromRelay::Challenge { protocol: RELAY_PROTOCOL, challenge: [1; 32] });
    assert!(matches!(phone.sent.pop(), Some(ToRelay::Join { slot }) if slot == link.slot));
    phone.hear(&FromRelay::Joined);
    let Some(ToRelay::SlotSend { message, .. }) = phone.sent.pop() else { panic!("no hello") };
    let device = link.open_hello(&message).unwrap();
    assert_eq!(device.name, "Phone");
    desk.append(LogAction::AddDevice { device: device.clone() });
    let message = link.welcome(device.id(), desk.log.entries()).unwrap();
    phone.hear(&FromRelay::Slot { slot: link.slot, message });
    assert_eq!(phone.screen(), Screen::ChoosePin(None));
    phone.log_in(desk.log.entries().len());
}

fn type_words_back(phone: &mut Phone) {
    let Screen::Words(words) = phone.screen() else { panic!("{:?}", phone.screen()) };
    phone.act(Input::WordsSeen);
    let Screen::CheckWords { positions, .. } = phone.screen() else { panic!("{:?}", phone.screen()) };
    phone.act(Input::WordsTyped(positions.map(|position| format!(" {} ", words.0[position - 1].to_uppercase()))));
    assert_eq!(phone.screen(), Screen::Confirming);
}

fn proposal(phone: &mut Phone, desk: &Desk) -> Box<Approver> {
    let proposed = desk.take_mail(phone).into_iter().find_map(|message| match message {
        ToDesktop::BecomeApprover(approver) => Some(approver),
        _ => None,
    });
    proposed.unwrap()
}

fn make_approver(desk: &mut Desk, approver: Box<Approver>) {
    desk.append(LogAction::MakeApprover { device: PHONE.public().fingerprint(), approver });
}

fn tell_of_log(phone: &mut Phone, desk: &Desk) {
    phone.hear(&FromRelay::LogGrew { length: u64::try_from(desk.log.entries().len()).unwrap() });
    phone.serve_log(&desk.log);
}

/// A phone that approves for an account, unlocked and online.
fn ready() -> (Phone, Desk) {
    let (mut phone, mut desk) = (Phone::new(), Desk::new());
    join(&mut phone, &mut desk);
    phone.act(Input::NewPin { pin: secret(PIN), again: secret(PIN) });
    type_words_back(&mut phone);
    let approver = proposal(&mut phone, &desk);
    make_approver(&mut desk, approver);
    tell_of_log(&mut phone, &desk);
    assert_eq!(phone.news(), Some(News::Ready));
    phone.sent.clear();
    (phone, desk)
}

#[test]
fn the_first_run_ends_with_a_key_that_the_log_names() {
    let (phone, desk) = ready();
    assert_eq!(desk.log.approver().map(|approver| &approver.key), Some(APPROVER.public()));
    assert!(phone.view().devices.iter().any(|device| device.this && device.approver));
    // Nothing that is kept holds the private key in the clear.
    let pkcs8 = APPROVER.to_pkcs8().unwrap();
    let needle = &pkcs8.expose()[pkcs8.expose().len() - 64..];
    for bytes in phone.disk.0.borrow().records.values() {
        assert!(!bytes.windows(needle.len()).any(|window| window == needle));
    }
}

#[test]
fn nothing_is_proposed_before_the_words_are_typed_back() {
    let (mut phone, mut desk) = (Phone::new(), Desk::new());
    join(&mut phone, &mut desk);
    phone.act(Input::NewPin { pin: secret(PIN), again: secret("271829") });
    assert!(matches!(phone.screen(), Screen::ChoosePin(Some(_))));
    phone.act(Input::NewPin { pin: secret(PIN), again: secret(PIN) });
    phone.act(Input::WordsSeen);
    phone.act(Input::WordsTyped(["zebra".into(), "zebra".into()]));
    assert!(matches!(phone.screen(), Screen::CheckWords { wrong: true, .. }));
    assert!(desk.take_mail(&mut phone).is_empty());
}

#[test]
fn an_interrupted_first_run_goes_on_with_other_words() {
    let (mut phone, mut desk) = (Phone::new(), Desk::new());
    join(&mut phone, &mut desk);
    phone.act(Input::NewPin { pin: secret(PIN), again: secret(PIN) });
    let Screen::Words(first) = phone.screen() else { panic!() };
    let mut phone = phone.reopen();
    assert!(matches!(phone.screen(), Screen::Locked(locked) if locked.resumes_setup));
    phone.log_in(desk.log.entries().len());
    phone.act(Input::Unlock(secret(PIN)));
    let Screen::Words(second) = phone.screen() else { panic!("{:?}", phone.screen()) };
    assert_ne!(first, second);
    type_words_back(&mut phone);
    // Interrupted again while the computer is away: the proposal is the same one.
    let approver = proposal(&mut phone, &desk);
    let mut phone = phone.reopen();
    assert_eq!(phone.screen(), Screen::Confirming);
    phone.log_in(desk.log.entries().len());
    assert_eq!(proposal(&mut phone, &desk), approver);
    make_approver(&mut desk, approver);
    tell_of_log(&mut phone, &desk);
    phone.act(Input::Unlock(secret(PIN)));
    assert!(matches!(phone.screen(), Screen::Home(_)));
}

#[test]
fn a_desktop_that_swaps_the_recovery_key_stops_the_app() {
    let (mut phone, mut desk) = (Phone::new(), Desk::new());
    join(&mut phone, &mut desk);
    phone.act(Input::NewPin { pin: secret(PIN), again: secret(PIN) });
    type_words_back(&mut phone);
    let mut approver = proposal(&mut phone, &desk);
    let evil = countersign_seal::recovery::RecoveryWords::make().unwrap().derive_keys().unwrap().public().unwrap();
    approver.recovery = evil;
    make_approver(&mut desk, approver);
    tell_of_log(&mut phone, &desk);
    assert_eq!(phone.screen(), Screen::Stopped(Stop::ForeignApprover));
    assert_eq!(phone.reopen().screen(), Screen::Stopped(Stop::ForeignApprover));
}

#[test]
fn an_approver_key_of_another_phone_is_not_ours() {
    let (mut phone, mut desk) = (Phone::new(), Desk::new());
    join(&mut phone, &mut desk);
    phone.act(Input::NewPin { pin: secret(PIN), again: secret(PIN) });
    type_words_back(&mut phone);
    let mut approver = proposal(&mut phone, &desk);
    approver.key = OTHER_APPROVER.public().clone();
    make_approver(&mut desk, approver);
    tell_of_log(&mut phone, &desk);
    assert_eq!(phone.screen(), Screen::Stopped(Stop::ForeignApprover));
}

#[test]
fn bad_links_are_told_apart() {
    let mut phone = Phone::new();
    let fault = |phone: &mut Phone, text: &str| {
        phone.act(Input::LinkOpened(text.into()));
        match phone.screen() {
            Screen::Welcome(fault) => fault,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(fault(&mut phone, "https://phone.example/#abc"), Some(PairingFault::NotALink));
    assert_eq!(fault(&mut phone, ""), Some(PairingFault::NotALink));
    let (account, shower) = (Desk::new().log.account(), DESKTOP.public().fingerprint());
    let insecure = Link::make("http://relay.example".into(), account, shower).unwrap();
    assert_eq!(fault(&mut phone, &insecure.to_fragment().unwrap()), Some(PairingFault::InsecureRelay));
    let local = Link::make("http://localhost:7780".into(), account, shower).unwrap();
    phone.act(Input::LinkOpened(local.to_fragment().unwrap()));
    assert_eq!(phone.screen(), Screen::Invited);
}

#[test]
fn a_link_ends_with_its_time_its_slot_or_its_proof() {
    let desk = Desk::new();
    let begin = || {
        let mut phone = Phone::new();
        let link = Link::make(RELAY.into(), desk.log.account(), DESKTOP.public().fingerprint()).unwrap();
        phone.act(Input::LinkOpened(link.to_fragment().unwrap()));
        phone.act(Input::Join { name: "Phone".into() });
        phone.hear(&FromRelay::Challenge { protocol: RELAY_PROTOCOL, challenge: [1; 32] });
        (phone, link)
    };
    let (mut phone, _) = begin();
    phone.pass(130_000);
    assert!(matches!(phone.screen(), Screen::Welcome(Some(_))));
    let (mut phone, _) = begin();
    phone.hear(&FromRelay::Failed { call: None, fault: RelayFault::NoSlot });
    assert_eq!(phone.screen(), Screen::Welcome(Some(PairingFault::TooLate)));
    let (mut phone, link) = begin();
    phone.hear(&FromRelay::Joined);
    phone.hear(&FromRelay::Slot { slot: link.slot, message: vec![0; 64] });
    assert_eq!(phone.screen(), Screen::Welcome(Some(PairingFault::NotProven)));
    assert!(!phone.disk.0.borrow().records.contains_key(&Record::Account));
}

#[test]
fn an_approved_fill_yields_that_key() {
    let (mut phone, desk) = ready();
    let (pending, envelope) = desk.fill_request(phone.now);
    let id = pending.id;
    phone.deliver(envelope);
    assert_eq!(phone.approval().asker, "Firefox");
    assert_eq!(phone.approval().computer, "Desk");
    assert!(phone.sent.contains(&ToRelay::Ack { delivery: 1 }));
    phone.approve("42");
    let yielded = desk.answer(&mut phone, pending);
    assert!(
        matches!(&yielded, Ok(Yield::Release { keys, .. }) if keys.len() == 1 && keys[0].2 == desk.content_key),
        "{yielded:?}"
    );
    let received = desk.envelope(&ToPhone::Received { request: id }, phone.now);
    phone.deliver(received);
    assert!(matches!(phone.news(), Some(News::Answered(past)) if past.received));
}

#[test]
fn a_new_screen_takes_no_answer_and_an_answer_needs_its_number() {
    let (mut phone, desk) = ready();
    let (pending, envelope) = desk.fill_request(phone.now);
    phone.deliver(envelope);
    let request = pending.id;
    phone.now = phone.now.plus(GUARD_MILLIS - 1);
    phone.act(Input::Approve { request, number: "42".into(), consent: false, pin: None });
    desk.gets_no_answer(&mut phone);
    phone.approve("");
    assert_eq!(phone.approval().fault, Some(AnswerFault::NumberMissing));
    // An answer meant for another request is none.
    phone.act(Input::Approve { request: RequestId([0; 16]), number: "42".into(), consent: false, pin: None });
    desk.gets_no_answer(&mut phone);
    phone.approve("43");
    assert!(matches!(desk.answer(&mut phone, pending), Err(Refusal::WrongNumber)));
}

#[test]
fn a_replayed_request_is_answered_once() {
    let (mut phone, desk) = ready();
    let (pending, envelope) = desk.fill_request(phone.now);
    phone.deliver(envelope.clone());
    phone.approve("42");
    assert!(desk.answer(&mut phone, pending).is_ok());
    phone.deliver(envelope.clone());
    assert!(matches!(phone.screen(), Screen::Home(_)));
    desk.gets_no_answer(&mut phone);
    // Not after a restart either.
    let mut phone = phone.reopen();
    phone.log_in(desk.log.entries().len());
    phone.act(Input::Unlock(secret(PIN)));
    phone.deliver(envelope);
    assert!(matches!(phone.screen(), Screen::Home(_)));
}

#[test]
fn the_same_request_in_a_new_envelope_is_not_shown_again() {
    let (mut phone, desk) = ready();
    let (pending, request) = desk.request(&desk.ask(desk.fill(SITE), phone.now), vec![desk.seal()]);
    let wrap = |phone: &Phone| {
        desk.envelope(&ToPhone::Request { request: request.clone(), computer: String::new() }, phone.now)
    };
    let envelope = wrap(&phone);
    phone.deliver(envelope);
    phone.refuse(false);
    assert!(matches!(desk.answer(&mut phone, pending), Err(Refusal::Refused)));
    let envelope = wrap(&phone);
    phone.deliver(envelope);
    assert!(matches!(phone.screen(), Screen::Home(_)));
    desk.gets_no_answer(&mut phone);
}

#[test]
fn a_waiting_request_survives_a_restart() {
    let (mut phone, desk) = ready();
    let (pending, envelope) = desk.fill_request(phone.now);
    phone.deliver(envelope);
    let mut phone = phone.reopen();
    assert!(matches!(phone.screen(), Screen::Locked(locked) if locked.waiting == 1));
    phone.log_in(desk.log.entries().len());
    phone.act(Input::Unlock(secret(PIN)));
    phone.approve("42");
    assert!(desk.answer(&mut phone, pending).is_ok());
}

#[test]
fn what_strangers_send_changes_nothing() {
    let (mut phone, desk) = ready();
    let (_, request) = desk.request(&desk.ask(desk.fill(SITE), phone.now), vec![desk.seal()]);
    let body = codec::to_vec(&ToPhone::Request { request, computer: "Desk".into() }).unwrap();
    let good = seal_envelope(&DESKTOP, &desk.log, PHONE.public(), phone.now, &body);
    let before = phone.view();
    let mut bad = vec![
        seal_envelope(&STRANGER, &desk.log, PHONE.public(), phone.now, &body),
        seal_envelope(&DESKTOP, &desk.log, STRANGER.public(), phone.now, &body),
        seal_envelope(&DESKTOP, &Desk::new().log, PHONE.public(), phone.now, &body),
        seal_envelope(&DESKTOP, &desk.log, PHONE.public(), UnixMillis(phone.now.0 - 300_000), &body),
        seal_envelope(&DESKTOP, &desk.log, PHONE.public(), phone.now.plus(300_000), &body),
        seal_envelope(&DESKTOP, &desk.log, PHONE.public(), phone.now, b"nonsense"),
        seal_envelope(&DESKTOP, &desk.log, PHONE.public(), phone.now, &vec![0; 180 * 1024]),
        Vec::new(),
        vec![1; 300 * 1024],
    ];
    for at in [0, 40, good.len() / 2, good.len() - 1] {
        let mut tampered = good.clone();
        tampered[at] ^= 1;
        bad.push(tampered);
    }
    for envelope in bad {
        phone.deliver(envelope);
        phone.serve_log(&desk.log);
        assert_eq!(phone.view(), before);
        desk.gets_no_answer(&mut phone);
    }
    phone.deliver(good);
    phone.approval();
}

#[test]
fn requests_that_are_not_in_order_are_refused_by_themselves() {
    type Change = fn(&mut Desk, &mut Ask);
    let cases: [(&str, Refusal, Change); 6] = [
        ("another site", Refusal::OtherSite, |desk, ask| ask.action = desk.fill("https://evil.example")),
        ("another item", Refusal::Invalid, |desk, ask| {
            let chain = OriginChain::new(vec![Origin::parse(SITE).unwrap()]).unwrap();
            ask.action = Action::Fill {
                item: ItemId::make().unwrap(),
                fields: vec![desk.field],
                chain,
                sign_in: None,
                submit: false,
            };
        }),
        ("a seed without its ciphertext", Refusal::Invalid, |desk, _| desk.kind = FieldKind::OneTimeCodeSeed),
        ("another account", Refusal::Invalid, |_, ask| ask.account = Desk::new().log.account()),
        ("too late", Refusal::Expired, |_, ask| ask.time = UnixMillis(ask.time.0 - 500_000)),
        ("a stranger asks", Refusal::Invalid, |_, ask| ask.asker = STRANGER.public().fingerprint()),
    ];
    for (name, expected, change) in cases {
        let (mut phone, mut desk) = ready();
        let mut ask = desk.ask(desk.fill(SITE), phone.now);
        change(&mut desk, &mut ask);
        let (pending, request) = desk.request(&ask, vec![desk.seal()]);
        let envelope = desk.envelope(&ToPhone::Request { request, computer: "Desk".into() }, phone.now);
        phone.deliver(envelope);
        phone.serve_log(&desk.log);
        let answer = desk.answer(&mut phone, pending);
        assert!(matches!(&answer, Err(refusal) if *refusal == expected), "{name}: {answer:?}");
        assert!(matches!(phone.screen(), Screen::Home(_)), "{name}");
        assert_eq!(phone.outcomes(), [Outcome::Refused(expected)], "{name}");
    }
}

#[test]
fn a_withdrawal_clears_the_screen_and_only_its_sender_may() {
    let (mut phone, desk) = ready();
    let (pending, envelope) = desk.fill_request(phone.now);
    phone.deliver(envelope);
    let other = desk.withdraw(RequestId([0; 16]), phone.now);
    phone.deliver(other);
    phone.approval();
    let withdrawal = desk.withdraw(pending.id, phone.now);
    phone.deliver(withdrawal);
    assert_eq!(phone.news(), Some(News::Withdrawn(Withdrawal::Cancelled)));
    // What was on the screen can no longer be approved.
    phone.act(Input::Approve { request: pending.id, number: "42".into(), consent: false, pin: None });
    desk.gets_no_answer(&mut phone);
}

#[test]
fn one_request_is_shown_at_a_time_and_a_flood_is_turned_away() {
    let (mut phone, desk) = ready();
    let mut pending = Vec::new();
    for _ in 0..9 {
        let (asked, envelope) = desk.fill_request(phone.now);
        phone.deliver(envelope);
        pending.push(asked);
    }
    assert_eq!(phone.approval().more, 7);
    assert_eq!(phone.approval().request, pending[0].id);
    assert!(matches!(desk.answer(&mut phone, pending.pop().unwrap()), Err(Refusal::Busy)));
    phone.approve("42");
    assert!(desk.answer(&mut phone, pending.remove(0)).is_ok());
    assert_eq!(phone.approval().request, pending[0].id);
    assert_eq!(phone.approval().more, 6);
    // All that wait run out together.
    phone.pass(150_000);
    assert!(matches!(phone.screen(), Screen::Home(_)));
}

#[test]
fn this_was_not_me_mutes_until_the_user_allows_requests_again() {
    let (mut phone, desk) = ready();
    let (pending, envelope) = desk.fill_request(phone.now);
    phone.deliver(envelope);
    phone.refuse(true);
    assert!(matches!(desk.answer(&mut phone, pending), Err(Refusal::NotMe)));
    let mut phone = phone.reopen();
    phone.log_in(desk.log.entries().len());
    phone.act(Input::Unlock(secret(PIN)));
    assert!(phone.view().muted);
    let (pending, envelope) = desk.fill_request(phone.now);
    phone.deliver(envelope);
    assert!(matches!(desk.answer(&mut phone, pending), Err(Refusal::Busy)));
    phone.act(Input::AllowRequests);
    let told = desk.take_mail(&mut phone);
    assert!(told.iter().any(|message| matches!(message, ToDesktop::AllowRequests)), "the computer mutes, too");
    let (_, envelope) = desk.fill_request(phone.now);
    phone.deliver(envelope);
    phone.approval();
}

#[test]
fn a_pin_guards_the_key_and_wrong_ones_are_counted_across_restarts() {
    let (phone, desk) = ready();
    let mut phone = phone.reopen();
    for _ in 0..5 {
        phone.act(Input::Unlock(secret("000000")));
        assert!(matches!(phone.screen(), Screen::Locked(locked) if locked.wrong));
    }
    let mut phone = phone.reopen();
    phone.log_in(desk.log.entries().len());
    phone.act(Input::Unlock(secret(PIN)));
    assert!(matches!(phone.screen(), Screen::Locked(locked) if locked.blocked_until.is_some()));
    phone.now = phone.now.plus(30_000);
    phone.act(Input::Unlock(secret(PIN)));
    assert!(matches!(phone.screen(), Screen::Home(_)));
}

#[test]
fn a_changed_pin_opens_and_the_old_one_does_not() {
    let (mut phone, _) = ready();
    let change =
        |present: &str, pin: &str| Input::ChangePin { present: secret(present), pin: secret(pin), again: secret(pin) };
    phone.act(change("000000", "314159"));
    assert_eq!(phone.news(), Some(News::PinWrong));
    phone.act(change(PIN, "111111"));
    assert!(matches!(phone.news(), Some(News::PinRefused(_))));
    phone.act(change(PIN, "314159"));
    assert_eq!(phone.news(), Some(News::PinChanged));
    let mut phone = phone.reopen();
    phone.act(Input::Unlock(secret(PIN)));
    assert!(matches!(phone.screen(), Screen::Locked(locked) if locked.wrong));
    phone.act(Input::Unlock(secret("314159")));
    assert!(matches!(phone.screen(), Screen::Home(_)));
}

#[test]
fn an_idle_app_locks_and_its_request_waits_behind_the_lock() {
    let (mut phone, desk) = ready();
    phone.pass(AUTO_LOCK_MILLIS - 1000);
    let (_, envelope) = desk.fill_request(phone.now);
    phone.deliver(envelope);
    phone.approval();
    phone.pass(1000);
    assert!(matches!(phone.screen(), Screen::Locked(locked) if locked.waiting == 1));
    phone.act(Input::Unlock(secret(PIN)));
    phone.approval();
}

#[test]
fn a_clock_that_is_set_back_does_not_keep_an_idle_app_open() {
    let (mut phone, _) = ready();
    phone.act(Input::Used);
    phone.pass(AUTO_LOCK_MILLIS - 60_000);
    phone.now = UnixMillis(phone.now.0 - AUTO_LOCK_MILLIS);
    phone.act(Input::Tick);
    phone.pass(59_000);
    assert!(matches!(phone.screen(), Screen::Home(_)));
    phone.pass(1000);
    assert!(matches!(phone.screen(), Screen::Locked(_)), "{:?}", phone.screen());
}

#[test]
fn a_touch_after_a_long_pause_finds_the_app_locked() {
    let (mut phone, desk) = ready();
    let (pending, envelope) = desk.fill_request(phone.now);
    phone.deliver(envelope);
    phone.sent.clear();
    phone.now = phone.now.plus(AUTO_LOCK_MILLIS);
    phone.act(Input::Approve { request: pending.id, number: "42".into(), consent: false, pin: None });
    assert!(matches!(phone.screen(), Screen::Locked(_)));
    desk.gets_no_answer(&mut phone);
}

#[test]
fn an_item_that_asks_for_the_pin_gets_it() {
    let (mut phone, mut desk) = ready();
    desk.policy.verify_user = true;
    let (pending, envelope) = desk.fill_request(phone.now);
    phone.deliver(envelope);
    assert!(phone.approval().verify_user);
    phone.approve("42");
    assert_eq!(phone.approval().fault, Some(AnswerFault::PinWrong));
    let approve =
        |pin: &str| Input::Approve { request: pending.id, number: "42".into(), consent: false, pin: Some(secret(pin)) };
    phone.act(approve("000000"));
    assert_eq!(phone.approval().fault, Some(AnswerFault::PinWrong));
    phone.act(approve(PIN));
    assert!(desk.answer(&mut phone, pending).is_ok());
}

#[test]
fn a_wider_use_needs_consent() {
    let (mut phone, desk) = ready();
    let mut sites = desk.sites.clone();
    sites.push(Site::exact(Origin::parse("https://other.example").unwrap()));
    let action = Action::Reseal {
        item: desk.item,
        fields: vec![desk.field],
        title: "Bank".into(),
        sites: sites.clone(),
        policy: Policy::default(),
    };
    let (pending, request) = desk.request(&desk.ask(action, phone.now), vec![desk.seal()]);
    let envelope = desk.envelope(&ToPhone::Request { request, computer: "Desk".into() }, phone.now);
    phone.deliver(envelope);
    assert!(phone.approval().needs_consent());
    phone.approve("42");
    assert_eq!(phone.approval().fault, Some(AnswerFault::ConsentMissing));
    phone.act(Input::Approve { request: pending.id, number: "42".into(), consent: true, pin: None });
    let Ok(Yield::Seals(seals)) = desk.answer(&mut phone, pending) else { panic!("no seals") };
    let opened = run(seals[0].1.open(&*APPROVER)).unwrap();
    assert_eq!(opened.meaning.sites, sites);
    assert_eq!(opened.content_key, desk.content_key);
}

#[test]
fn a_browser_that_was_suspended_meanwhile_gets_nothing() {
    let (mut phone, mut desk) = ready();
    let (pending, envelope) = desk.fill_request(phone.now);
    phone.deliver(envelope);
    desk.append(LogAction::SuspendDevice { device: device(&BROWSER, DeviceKind::Browser, "").id() });
    tell_of_log(&mut phone, &desk);
    phone.approve("42");
    assert!(matches!(desk.answer(&mut phone, pending), Err(Refusal::Invalid)));
}

#[test]
fn a_request_on_newer_entries_waits_for_the_log() {
    let (mut phone, mut desk) = ready();
    desk.append_by_phone(LogAction::AddDevice { device: device(&STRANGER, DeviceKind::Browser, "Other") });
    let (_, envelope) = desk.fill_request(phone.now);
    phone.deliver(envelope);
    assert!(matches!(phone.screen(), Screen::Home(_)));
    phone.serve_log(&desk.log);
    phone.approval();
}

#[test]
fn a_request_that_the_app_is_too_old_for_is_answered_at_once() {
    let (mut phone, desk) = ready();
    let (_, request) = desk.request(&desk.ask(desk.fill(SITE), phone.now), vec![desk.seal()]);
    let version = b"gversion\x01";
    let at = request.windows(version.len()).position(|bytes| bytes == version).unwrap() + version.len() - 1;
    let newer: Vec<u8> = request.iter().enumerate().map(|(place, byte)| if place == at { 9 } else { *byte }).collect();
    let id = Request::from_bytes(&request).unwrap().0.ask.ask().unwrap().id;
    let computer = || "Desk".to_owned();
    let envelope = desk.envelope(&ToPhone::Request { request: newer.clone(), computer: computer() }, phone.now);
    phone.deliver(envelope);
    assert!(matches!(phone.screen(), Screen::Home(_)));
    let answers = desk.take_mail(&mut phone).into_iter().filter_map(|message| match message {
        ToDesktop::Answer(answer) => Some(answer),
        _ => None,
    });
    let [answer] = &answers.collect::<Vec<_>>()[..] else { panic!("one answer") };
    let decoded: Answer = codec::from_slice(&answer.bytes, "answer", LIMIT).unwrap();
    assert_eq!((decoded.request, decoded.request_hash), (id, Hash::of(&newer)));
    assert_eq!(decoded.decision, Decision::Refused(Refusal::Unsupported));
    // What cannot be read at all is answered by nobody.
    let envelope = desk.envelope(&ToPhone::Request { request: newer[..40].to_vec(), computer: computer() }, phone.now);
    phone.deliver(envelope);
    desk.gets_no_answer(&mut phone);
}

#[test]
fn a_head_that_nobody_knows_is_refused() {
    let (mut phone, mut desk) = ready();
    let known = desk.log.clone();
    desk.append_by_phone(LogAction::AddDevice { device: device(&STRANGER, DeviceKind::Browser, "Other") });
    let (_, envelope) = desk.fill_request(phone.now);
    phone.deliver(envelope);
    phone.serve_log(&known);
    assert_eq!(phone.outcomes(), [Outcome::Refused(Refusal::LogsDiffer)]);
}

#[test]
fn a_fork_stops_the_app_and_nonsense_does_not() {
    let (mut phone, desk) = ready();
    let at = desk.log.entries().len() - 1;
    let mut other = Log::verify(desk.log.entries()[..at].to_vec()).unwrap();
    let garbled = SignedEntry { bytes: vec![0; 40], signature: desk.log.entries()[at].signature.clone() };
    let envelope = desk.envelope(&ToPhone::Log { entries: vec![garbled] }, phone.now);
    phone.deliver(envelope);
    assert!(matches!(phone.screen(), Screen::Home(_)));
    let entry: Entry = other
        .draft(Desk::author(), LogAction::AddDevice { device: device(&STRANGER, DeviceKind::Browser, "Other") }, START)
        .unwrap();
    other.append(run(Log::sign(&entry, &*DESKTOP)).unwrap()).unwrap();
    let envelope = desk.envelope(&ToPhone::Log { entries: other.entries().to_vec() }, phone.now);
    phone.deliver(envelope);
    assert_eq!(phone.screen(), Screen::Stopped(Stop::Forked));
    let mut phone = phone.reopen();
    assert_eq!(phone.screen(), Screen::Stopped(Stop::Forked));
    assert_eq!(phone.view().connection, Connection::None);
    phone.act(Input::Forget);
    assert!(phone.restarted && phone.disk.0.borrow().records.is_empty());
}

#[test]
fn a_phone_that_was_removed_does_nothing_more() {
    let (mut phone, mut desk) = ready();
    desk.append(LogAction::SuspendDevice { device: PHONE.public().fingerprint() });
    tell_of_log(&mut phone, &desk);
    assert!(matches!(phone.screen(), Screen::Dismissed(_)));
}

#[test]
fn a_full_disk_answers_nothing() {
    let (mut phone, desk) = ready();
    phone.disk.0.borrow_mut().is_full = true;
    let (_, envelope) = desk.fill_request(phone.now);
    phone.deliver(envelope);
    assert!(matches!(phone.screen(), Screen::Home(_)));
    assert_eq!(phone.view().warning, Some(Warning::Storage));
    desk.gets_no_answer(&mut phone);
}

#[test]
fn an_answer_given_offline_is_sent_once_the_relay_is_back() {
    let (mut phone, desk) = ready();
    let (pending, envelope) = desk.fill_request(phone.now);
    phone.deliver(envelope);
    phone.act(Input::Closed(phone.connection));
    assert_eq!(phone.view().connection, Connection::Offline);
    phone.sent.clear();
    phone.approve("42");
    desk.gets_no_answer(&mut phone);
    phone.pass(3_000);
    phone.log_in(desk.log.entries().len());
    let mail = desk.take_mail(&mut phone);
    let answer = mail.iter().find_map(|message| match message {
        ToDesktop::Answer(answer) => Some(answer),
        _ => None,
    });
    assert!(pending.finish(answer.unwrap(), &desk.log).unwrap().is_ok());
}

#[test]
fn a_login_signs_the_relay_that_was_paired() {
    let (phone, desk) = ready();
    let mut phone = phone.reopen();
    phone.hear(&FromRelay::Challenge { protocol: RELAY_PROTOCOL, challenge: [5; 32] });
    let Some(ToRelay::Login { statement, signature }) = phone.sent.pop() else { panic!("no login") };
    let verifying: &VerifyingKey = &PHONE.public().verifying;
    verifying.verify(Context::Login, &statement, &signature, "login").unwrap();
    let statement: LoginStatement = codec::from_slice(&statement, "statement", LIMIT).unwrap();
    assert_eq!((statement.relay.as_str(), statement.challenge), (RELAY, [5; 32]));
    assert_eq!(statement.account, desk.log.account());
}

#[test]
fn a_relay_that_rolls_back_is_noticed() {
    let (phone, desk) = ready();
    let mut phone = phone.reopen();
    phone.log_in(desk.log.entries().len() - 1);
    assert_eq!(phone.view().warning, Some(Warning::RelayBehind));
}

#[test]
fn events_of_an_old_connection_are_ignored() {
    let (mut phone, desk) = ready();
    let old = phone.connection;
    phone.act(Input::Closed(old));
    phone.pass(3_000);
    assert_ne!(phone.connection, old);
    let (_, envelope) = desk.fill_request(phone.now);
    let bytes = codec::to_vec(&FromRelay::Deliver { delivery: 1, envelope }).unwrap();
    phone.act(Input::Received(old, bytes));
    assert!(matches!(phone.screen(), Screen::Home(_)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn relay_bytes_never_panic_nor_approve(messages in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..200), 1..8)) {
        let mut phone = Phone::new();
        let link = Link::make(RELAY.into(), countersign_seal::id::AccountId([1; 32]), DESKTOP.public().fingerprint()).unwrap();
        phone.act(Input::LinkOpened(link.to_fragment().unwrap()));
        phone.act(Input::Join { name: "Phone".into() });
        for bytes in messages {
            phone.act(Input::Received(phone.connection, bytes));
            prop_assert!(matches!(phone.screen(), Screen::Joining | Screen::Welcome(_)));
        }
    }
}
