//! A browser and a daemon by script, around a real engine: what the engine wishes is done at once, in order, with real keys on both sides.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    unreachable_pub,
    reason = "a test and its surroundings"
)]

use base64::{Engine as _, engine::general_purpose::STANDARD};
use core::{
    future::Future,
    task::{Context, Poll, Waker},
};
use countersign_engine::{
    ChallengeId, Effect, Engine, Frame, FrameId, Identity, Input, Now, PanelId, Pins, PortId, ProbeId, ReadId, Sender,
    TabId,
};
use countersign_forms::{Field, Form, RawSnapshot};
use countersign_seal::{
    codec,
    deposit::Deposit,
    field::{FieldKind, Policy},
    id::{AccountId, CaptureId, FieldId, ItemId, RequestId, UnixMillis},
    keys::{DeviceKeys, PublicKeys},
    log::{self, Author, Device, DeviceKind},
    native::NativeKeys,
    origin::{Origin, Site},
    pairing::{Code, CodeOffer, CodeShower, CodeStart},
    request::{Action, Ask, SignedAsk},
    secret::SecretBytes,
    session::{Channel, Hello, Proof, Responder, Setting},
};
use countersign_wire::{
    LOCAL_PROTOCOL,
    capture::{CaptureSource, CaptureSummary, Captured},
    correction::{CorrectedGuess, FieldIdentity, SiteSaid},
    item::{FieldSummary, Guard, ItemKind, ItemSummary},
    local::{Answer, Call, Event, Fault, Method, Progress, ReleasedField, Reply, Status},
    native::{Packet, PairConfirm, PairProgress, Unlock, from_data, to_data},
    page::{Commit, FromProbe, ToProbe, Write},
    panel::{FromPanel, PanelKind, View},
};
use std::{
    collections::{BTreeMap, VecDeque},
    sync::OnceLock,
};

pub const TAB: TabId = TabId(7);
pub const SITE: &str = "https://bank.example";
pub const DIGITS: &str = "271828";
const EXTENSION: &str = "countersign@countersign.example";
const PROFILE: &str = "profile-one";
/// The new password that the daemon makes.
pub const MADE: &str = "6-harbour-Lights";
/// What opens the daemon's store.
pub const PIN: &str = "271828";

/// Real keys take a second to make.
fn keys(index: usize) -> &'static NativeKeys {
    static KEYS: [OnceLock<NativeKeys>; 2] = [OnceLock::new(), OnceLock::new()];
    KEYS[index].get_or_init(|| NativeKeys::make().unwrap())
}

pub fn browser_keys() -> PublicKeys {
    PublicKeys { verifying: keys(0).public().verifying.clone(), wrapping: None }
}

pub fn now_done<T>(future: impl Future<Output = T>) -> T {
    let mut future = Box::pin(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("native keys never wait"),
    }
}

/// The daemon's end of the native port.
pub struct Daemon {
    pub offer: CodeOffer,
    /// Whether the daemon lists this browser.
    pub lists: bool,
    /// The code that it shows.
    pub code: Code,
    /// Whether it shows it.
    pub shows: bool,
    /// What it has the browser sign before it lists it.
    pub draft: Option<fn(&Device, AccountId) -> Action>,
    /// Whether the phone takes its time.
    pub waits: bool,
    pub items: Vec<ItemSummary>,
    pub locked: bool,
    /// Not unlocked since it started: it has no keys to greet with.
    pub asleep: bool,
    /// What stands in its way.
    pub faults: Vec<Fault>,
    /// What it answers to an ask.
    pub ask_fault: Option<Fault>,
    /// What it answers to who would let a device in.
    pub shows_to_pair: Option<Result<Reply, Fault>>,
    pub calls: Vec<Method>,
    pub signed: Option<SignedAsk>,
    /// What was said of sites' fields.
    pub corrections: BTreeMap<String, Vec<CorrectedGuess>>,
    gone: Vec<CorrectedGuess>,
    /// What was handed over, opened.
    pub delivered: Vec<Captured>,
    pub ignored: Vec<Origin>,
    /// What it says of that: by default that it is new.
    pub captures: fn(&Captured) -> Option<CaptureSummary>,
    /// Whether it takes its time over a new password.
    pub makes_slowly: bool,
    /// Why it makes no new password.
    pub make_fault: Option<Fault>,
    shower: Option<CodeShower>,
    responder: Option<Responder>,
    channel: Option<Channel>,
}

impl Daemon {
    fn new() -> Self {
        let daemon = Device { keys: keys(1).public().clone(), kind: DeviceKind::Desktop, name: "Desk".into() };
        Self {
            offer: CodeOffer { account: AccountId([7; 32]), daemon },
            lists: true,
            code: Code::parse(DIGITS).unwrap(),
            shows: true,
            draft: None,
            waits: false,
            items: vec![login()],
            locked: false,
            asleep: false,
            faults: Vec::new(),
            ask_fault: None,
            shows_to_pair: None,
            calls: Vec::new(),
            signed: None,
            corrections: BTreeMap::new(),
            gone: Vec::new(),
            delivered: Vec::new(),
            ignored: Vec::new(),
            captures: |captured| Some(summary(captured)),
            makes_slowly: false,
            make_fault: None,
            shower: None,
            responder: None,
            channel: None,
        }
    }

    pub fn status(&self) -> Status {
        Status {
            version: "1".into(),
            locked: self.locked || self.asleep,
            pin: true,
            phone: true,
            relay: Some(true),
            retry_after_millis: 0,
            faults: self.faults.clone(),
        }
    }

    fn offer_packet(&self) -> Packet {
        Packet::Offer { protocol: LOCAL_PROTOCOL, version: "1".into(), data: Some(to_data(&self.offer).unwrap()) }
    }

    fn hear(&mut self, packet: Packet) -> Vec<Packet> {
        match packet {
            Packet::Who => vec![self.offer_packet()],
            Packet::PairStart { data } => self.pair_start(&data),
            Packet::PairConfirm { data } => self.pair_confirm(&data),
            Packet::PairAsk { data } => {
                self.signed = Some(from_data(&data, "ask").unwrap());
                self.lists = true;
                if self.waits { Vec::new() } else { vec![Packet::PairDone] }
            }
            Packet::Hello { data } => self.hello(&data),
            Packet::Proof { data } => {
                let proof: Proof = from_data(&data, "proof").unwrap();
                self.channel = Some(self.responder.take().unwrap().finish(&proof, &browser_keys()).unwrap());
                Vec::new()
            }
            Packet::Frame { data } => self.frame(&data),
            Packet::Unlock { data } => self.unlock(&data),
            other => panic!("the engine sent {other:?}"),
        }
    }

    fn pair_start(&mut self, data: &str) -> Vec<Packet> {
        if !self.shows {
            return vec![Packet::Fault(Fault::NoCode)];
        }
        let start: CodeStart = from_data(data, "start").unwrap();
        let (shower, reply) = CodeShower::answer(self.offer.clone(), &self.code, &start).unwrap();
        self.shower = Some(shower);
        vec![Packet::PairReply { data: to_data(&reply).unwrap() }]
    }

    fn pair_confirm(&mut self, data: &str) -> Vec<Packet> {
        let confirm: PairConfirm = from_data(data, "confirm").unwrap();
        let browser = self.shower.take().unwrap().finish(&confirm.confirm).unwrap();
        assert_eq!(confirm.profile, PROFILE);
        let Some(draft) = self.draft else {
            self.lists = true;
            return vec![Packet::PairDone];
        };
        let ask = Ask {
            version: 1,
            account: self.offer.account,
            id: RequestId([9; 16]),
            time: UnixMillis(1),
            asker: browser.id(),
            action: draft(&browser, self.offer.account),
            number: confirm.number,
        };
        let data = to_data(&PairProgress::Sign(codec::to_vec(&ask).unwrap())).unwrap();
        vec![Packet::PairProgress { data }]
    }

    fn hello(&mut self, data: &str) -> Vec<Packet> {
        if self.asleep {
            return vec![Packet::Locked { status: self.status(), fault: None }];
        }
        if !self.lists {
            return vec![Packet::Fault(Fault::NotPaired)];
        }
        let hello: Hello = from_data(data, "hello").unwrap();
        let setting = Setting { protocol: LOCAL_PROTOCOL, extension: EXTENSION.into(), profile: PROFILE.into() };
        let (responder, welcome) =
            now_done(Responder::answer(hello, &setting, self.offer.daemon.id(), keys(1))).unwrap();
        self.responder = Some(responder);
        vec![Packet::Welcome { data: to_data(&welcome).unwrap() }]
    }

    fn unlock(&mut self, data: &str) -> Vec<Packet> {
        let Unlock { pin } = from_data(data, "unlock").unwrap();
        self.asleep = pin.expose() != PIN.as_bytes();
        if self.asleep {
            return vec![Packet::Locked { status: self.status(), fault: Some(Fault::WrongPin) }];
        }
        vec![self.offer_packet()]
    }

    fn frame(&mut self, data: &str) -> Vec<Packet> {
        let plaintext = self.channel.as_mut().unwrap().open(&STANDARD.decode(data).unwrap()).unwrap();
        let Call { call, method } = codec::from_slice(plaintext.expose(), "call", 1 << 20).unwrap();
        if self.makes_slowly && matches!(method, Method::Generate { .. }) {
            self.calls.push(method);
            return Vec::new();
        }
        let result = match &method {
            Method::Status => Ok(Reply::Status(self.status())),
            Method::Match { .. } | Method::List { .. } if self.locked => Err(Fault::Locked),
            Method::Match { .. } | Method::List { .. } => {
                Ok(Reply::Items { items: self.items.clone(), total: u32::try_from(self.items.len()).unwrap() })
            }
            Method::Ask { .. } => self.ask_fault.map_or(Ok(Reply::Done), Err),
            Method::Unlock { .. } => {
                self.locked = false;
                Ok(Reply::Status(self.status()))
            }
            Method::PairBrowser { .. } | Method::PairPhone { .. } => self.shown_to_pair(),
            Method::Add { .. } => Ok(Reply::Item(self.items[0].clone())),
            Method::Corrections { .. } | Method::Correct(_) | Method::ReportCorrections { .. } if self.locked => {
                Err(Fault::Locked)
            }
            Method::Corrections { offset } => {
                let said = |(site, kept): (&String, &Vec<CorrectedGuess>)| SiteSaid {
                    site: Origin::parse(site).unwrap(),
                    said: kept.iter().map(|one| one.correction.clone()).collect(),
                };
                // One at a time, so that there is more than one page.
                let sites = self.corrections.iter().skip(usize::try_from(*offset).unwrap()).take(1).map(said).collect();
                Ok(Reply::Corrections { sites, total: u32::try_from(self.corrections.len()).unwrap() })
            }
            Method::Correct(said) => {
                let kept = self.corrections.entry(said.site.to_string()).or_default();
                let goes = |field: &FieldIdentity| {
                    said.withdrawn.contains(field) || said.corrections.iter().any(|one| one.correction.field == *field)
                };
                let (gone, stay): (Vec<_>, Vec<_>) = kept.drain(..).partition(|one| goes(&one.correction.field));
                *kept = stay;
                self.gone = gone;
                kept.extend(said.corrections.iter().cloned());
                Ok(Reply::Done)
            }
            Method::RestoreCorrection { site, .. } => match self.gone.pop() {
                Some(one) => {
                    self.corrections.entry(site.to_string()).or_default().push(one);
                    Ok(Reply::Done)
                }
                None => Err(Fault::NotFound),
            },
            Method::ForgetCorrections { site } => {
                self.corrections.remove(&site.to_string());
                Ok(Reply::Done)
            }
            Method::Deliver { .. }
            | Method::Captures { .. }
            | Method::AllCaptures
            | Method::IgnoredSites
            | Method::SaveCapture { .. }
            | Method::CaptureEnded { .. }
                if self.locked =>
            {
                Err(Fault::Locked)
            }
            Method::Deliver { deposit } => {
                let deposit = Deposit::from_bytes(deposit).unwrap();
                let opened = now_done(deposit.open(keys(1))).unwrap();
                let captured: Captured = codec::from_slice(opened.expose(), "captured", 1 << 16).unwrap();
                let capture = (self.captures)(&captured);
                self.delivered.push(captured);
                Ok(Reply::Capture(capture))
            }
            Method::Generate { .. } if self.locked => Err(Fault::Locked),
            Method::Generate { chain, username, .. } => {
                let (username, password) = (username.clone(), SecretBytes::from(MADE.to_owned()));
                let made = Captured { chain: chain.clone(), username, password, present: None, at: UnixMillis(1) };
                let capture = CaptureSummary { source: CaptureSource::Generated, ..summary(&made) };
                self.make_fault.map_or_else(|| Ok(Reply::Generated { capture, value: made.password.clone() }), Err)
            }
            Method::Captures { .. } | Method::AllCaptures => {
                Ok(Reply::Captures(self.delivered.iter().filter_map(self.captures).collect()))
            }
            Method::DropCapture { .. } => {
                self.delivered.clear();
                Ok(Reply::Done)
            }
            Method::IgnoreSite { site, ignored } => {
                self.ignored.retain(|other| other != site);
                self.ignored.extend(ignored.then(|| site.clone()));
                Ok(Reply::Done)
            }
            Method::IgnoredSites => Ok(Reply::Sites(self.ignored.clone())),
            Method::SaveCapture { .. } => Ok(Reply::Item(self.items[0].clone())),
            Method::ReportCorrections { with_site, .. } => Ok(Reply::Report(format!("report {with_site}"))),
            _ => Ok(Reply::Done),
        };
        self.calls.push(method);
        vec![self.seal(&Answer::Reply { call, result })]
    }

    fn shown_to_pair(&self) -> Result<Reply, Fault> {
        match self.shows_to_pair.as_ref().unwrap() {
            Ok(Reply::Code { digits, lifetime_millis }) => {
                Ok(Reply::Code { digits: digits.clone(), lifetime_millis: *lifetime_millis })
            }
            Ok(other) => panic!("{other:?}"),
            Err(fault) => Err(*fault),
        }
    }

    fn seal(&mut self, answer: &Answer) -> Packet {
        let frame = self.channel.as_mut().unwrap().seal(&codec::to_vec(answer).unwrap()).unwrap();
        Packet::Frame { data: STANDARD.encode(frame) }
    }

    pub fn asked(&self) -> Vec<Ask> {
        let asks = self
            .calls
            .iter()
            .filter_map(|method| if let Method::Ask { ask } = method { Some(ask.ask().unwrap()) } else { None });
        asks.collect()
    }

    pub fn cancelled(&self) -> Vec<RequestId> {
        self.calls
            .iter()
            .filter_map(|method| if let Method::Cancel { request } = method { Some(*request) } else { None })
            .collect()
    }
}

/// The engine and all around it.
pub struct World {
    pub engine: Engine,
    pub daemon: Daemon,
    pub monotonic: u64,
    pub port: Option<PortId>,
    pub frames: Vec<Frame>,
    /// Frame trees are held back while this is set.
    pub hold_frames: bool,
    held: Vec<ReadId>,
    pub to_probe: BTreeMap<ProbeId, Vec<ToProbe>>,
    pub dropped: Vec<ProbeId>,
    pub views: BTreeMap<PanelId, View>,
    pub pins: Option<Pins>,
    pub popups: u32,
    pub looks: u32,
    /// The tab that the engine wants to hear about.
    pub watched: Vec<TabId>,
    pub signatures: u32,
    /// What a worker that starts finds.
    pub kept: Vec<Vec<u8>>,
    /// Frames whose document was asked how it looks.
    pub judged: Vec<FrameId>,
    /// The tickets of offers.
    pub offers: Vec<String>,
    pub offers_ended: u32,
    /// What servers that asked were answered: user name and password, or nothing.
    pub answers: BTreeMap<ChallengeId, Option<(String, SecretBytes)>>,
    /// How often the user was called to the popup, less how often that was taken back.
    pub summons: i32,
    /// In how many milliseconds the engine last wished to be woken.
    pub wake: Option<u64>,
    queue: VecDeque<Input>,
}

impl World {
    /// A paired profile, not connected.
    pub fn paired() -> Self {
        let daemon = Daemon::new();
        let pins = Pins {
            version: 1,
            account: daemon.offer.account,
            daemon: daemon.offer.daemon.clone(),
            name: "Here".into(),
        };
        Self::new(daemon, Some(pins))
    }

    /// A profile that never met the daemon.
    pub fn stranger() -> Self {
        let mut daemon = Daemon::new();
        daemon.lists = false;
        Self::new(daemon, None)
    }

    fn new(daemon: Daemon, pins: Option<Pins>) -> Self {
        Self {
            engine: Engine::new(identity(), pins, time(1_000)),
            daemon,
            monotonic: 1_000,
            port: None,
            frames: vec![frame(0, -1, SITE)],
            hold_frames: false,
            held: Vec::new(),
            to_probe: BTreeMap::new(),
            dropped: Vec::new(),
            views: BTreeMap::new(),
            pins: None,
            popups: 0,
            looks: 0,
            watched: Vec::new(),
            signatures: 0,
            kept: Vec::new(),
            judged: Vec::new(),
            offers: Vec::new(),
            offers_ended: 0,
            answers: BTreeMap::new(),
            summons: 0,
            wake: None,
            queue: VecDeque::new(),
        }
    }

    /// The worker dies and starts again; ports are gone.
    pub fn restart(&mut self) {
        let pins = Pins {
            version: 1,
            account: self.daemon.offer.account,
            daemon: self.daemon.offer.daemon.clone(),
            name: "Here".into(),
        };
        self.engine = Engine::new(identity(), Some(pins), time(self.monotonic)).with_deposits(self.kept.clone());
        self.port = None;
        self.views.clear();
        self.to_probe.clear();
    }

    pub fn feed(&mut self, input: Input) {
        self.feed_all([input]);
    }

    /// What comes before anything of it is answered.
    pub fn feed_all(&mut self, inputs: impl IntoIterator<Item = Input>) {
        self.queue.extend(inputs);
        while let Some(input) = self.queue.pop_front() {
            for effect in self.engine.handle(time(self.monotonic), input) {
                self.perform(effect);
            }
        }
    }

    pub fn pass(&mut self, millis: u64) {
        self.monotonic += millis;
        self.feed(Input::Tick);
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Connect(port) => {
                assert_eq!(self.port, None, "one port at a time");
                self.port = Some(port);
            }
            Effect::Disconnect(port) => {
                assert_eq!(self.port, Some(port));
                self.port = None;
            }
            Effect::Send(port, packet) => {
                assert_eq!(self.port, Some(port));
                let answers = self.daemon.hear(packet);
                self.queue.extend(answers.into_iter().map(|packet| Input::Native { port, packet }));
            }
            Effect::Sign(ask) => {
                self.signatures += 1;
                self.queue.push_back(Input::Signed(now_done(SignedAsk::make(&ask, keys(0)))));
            }
            Effect::Prove { port, initiator, welcome, daemon } => {
                let result = now_done(initiator.finish(&welcome, &daemon, keys(0)));
                self.queue.push_back(Input::Proved { port, result });
            }
            Effect::Pin(pins) => self.pins = Some(*pins),
            Effect::ReadFrames { read, .. } if self.hold_frames => self.held.push(read),
            Effect::ReadFrames { read, .. } => {
                self.queue.push_back(Input::Frames { read, frames: self.frames.clone() })
            }
            Effect::FindTab(panel) => self.queue.push_back(Input::Tab { panel, tab: TAB }),
            Effect::Look(_) => self.looks += 1,
            Effect::Watch(tabs) => self.watched = tabs,
            Effect::Wake(millis) => self.wake = Some(millis),
            Effect::Equip(..) | Effect::OpenVault => {}
            Effect::ToProbe(probe, message) => self.to_probe.entry(probe).or_default().push(message),
            Effect::DropProbe(probe) => self.dropped.push(probe),
            Effect::Show(panel, view) => {
                self.views.insert(panel, *view);
            }
            Effect::OpenPopup => self.popups += 1,
            Effect::Keep(deposits) => self.kept = deposits,
            Effect::Judge { frame, .. } => self.judged.push(frame),
            Effect::Offer { ticket, .. } => self.offers.push(ticket),
            Effect::EndOffer(_) => self.offers_ended += 1,
            Effect::AnswerChallenge { challenge, answer } => {
                assert!(self.answers.insert(challenge, answer).is_none(), "{challenge:?} is answered twice");
            }
            Effect::Summon(_) => self.summons += 1,
            Effect::Unsummon(_) => self.summons -= 1,
        }
    }

    pub fn release_frames(&mut self) {
        self.hold_frames = false;
        self.release_held_frames();
    }

    /// Those that were read until now; later ones are held still.
    pub fn release_held_frames(&mut self) {
        for read in core::mem::take(&mut self.held) {
            self.feed(Input::Frames { read, frames: self.frames.clone() });
        }
    }

    pub fn native(&mut self, packet: Packet) {
        let port = self.port.expect("a port is open");
        self.feed(Input::Native { port, packet });
    }

    pub fn offer(&mut self) {
        let packet = self.daemon.offer_packet();
        self.native(packet);
    }

    /// The native host's process ends.
    pub fn host_dies(&mut self) {
        let port = self.port.take().expect("a port is open");
        self.feed(Input::NativeGone { port, missing: false });
    }

    pub fn event(&mut self, event: Event) {
        let packet = self.daemon.seal(&Answer::Event(event));
        self.native(packet);
    }

    pub fn progress(&mut self, progress: Progress) {
        let request = self.daemon.asked().last().unwrap().id;
        self.event(Event::Progress { request, progress });
    }

    pub fn release(&mut self) {
        let request = self.daemon.asked().last().unwrap().id;
        self.event(Event::Released { request, values: vec![password()] });
    }

    /// A document with a login form gets focus.
    pub fn focus(&mut self, probe: u32, frame: i64, origin: &str) -> ProbeId {
        self.focus_in(false, probe, frame, origin)
    }

    /// The same in a private window, or in another.
    pub fn focus_in(&mut self, private: bool, probe: u32, frame: i64, origin: &str) -> ProbeId {
        let probe = ProbeId(probe);
        let sender = Sender {
            tab: TAB,
            frame: FrameId(frame),
            document: Some(format!("document-{frame}")),
            origin: origin.into(),
            private,
        };
        self.feed(Input::ProbeConnected { probe, sender });
        self.feed(Input::Probe { probe, message: FromProbe::Looked { snapshot: login_form(), focused: Some(2) } });
        probe
    }

    pub fn panel(&mut self, panel: u32, page: PanelKind, kind: PanelKind, ticket: Option<String>) -> PanelId {
        let panel = PanelId(panel);
        let tab = matches!(page, PanelKind::Chooser | PanelKind::Offer).then_some(TAB);
        self.feed(Input::PanelConnected { panel, page, tab });
        self.feed(Input::Panel { panel, message: FromPanel::Open { kind, ticket } });
        panel
    }

    pub fn popup(&mut self, panel: u32) -> PanelId {
        self.panel(panel, PanelKind::Popup, PanelKind::Popup, None)
    }

    /// The icon is pressed, and the chooser opens with the ticket.
    pub fn chooser(&mut self, probe: ProbeId, panel: u32) -> PanelId {
        let ticket = self.ticket(probe);
        self.panel(panel, PanelKind::Chooser, PanelKind::Chooser, Some(ticket))
    }

    pub fn ticket(&mut self, probe: ProbeId) -> String {
        self.ticket_at(probe, login_form(), 2)
    }

    /// The ticket that a press on the icon in this field of this form brings.
    pub fn ticket_at(&mut self, probe: ProbeId, snapshot: RawSnapshot, field: u32) -> String {
        let message = FromProbe::Summoned { snapshot, field, keyboard: false };
        self.feed(Input::Probe { probe, message });
        match self.to_probe[&probe].last() {
            Some(ToProbe::Open { ticket, .. }) => ticket.clone(),
            other => panic!("no chooser but {other:?}"),
        }
    }

    pub fn say(&mut self, panel: PanelId, message: FromPanel) {
        self.feed(Input::Panel { panel, message });
    }

    pub fn choose(&mut self, panel: PanelId) {
        self.say(panel, FromPanel::Choose { item: login().id, trusted: true, in_sight: true });
    }

    /// The press that a probe is asked to vouch for, if that is the last that it was told.
    pub fn press(&self, probe: ProbeId) -> Option<u32> {
        match self.to_probe[&probe].last() {
            Some(ToProbe::Vouch { press }) => Some(*press),
            _ => None,
        }
    }

    /// The probe has looked.
    pub fn vouch(&mut self, probe: ProbeId, press: u32, in_sight: bool) {
        self.feed(Input::Probe { probe, message: FromProbe::Vouched { press, in_sight } });
    }

    pub fn commits(&self) -> Vec<&Commit> {
        self.to_probe
            .values()
            .flatten()
            .filter_map(|message| if let ToProbe::Commit(commit) = message { Some(commit) } else { None })
            .collect()
    }

    /// A page with a focused login form, a chooser, and a request that the phone shows.
    pub fn waiting() -> (Self, ProbeId, PanelId) {
        let mut world = Self::paired();
        let probe = world.focus(1, 0, SITE);
        let panel = world.chooser(probe, 2);
        world.choose(panel);
        world.progress(Progress::Delivered);
        (world, probe, panel)
    }
}

pub fn identity() -> Identity {
    Identity { keys: browser_keys(), profile: PROFILE.into(), extension: EXTENSION.into() }
}

pub fn time(monotonic: u64) -> Now {
    Now { monotonic, unix: UnixMillis(1_800_000_000_000 + monotonic) }
}

pub fn frame(id: i64, parent: i64, origin: &str) -> Frame {
    Frame {
        frame: FrameId(id),
        parent: FrameId(parent),
        origin: Some(origin.into()),
        document: Some(format!("document-{id}")),
        active: true,
    }
}

pub fn login() -> ItemSummary {
    ItemSummary {
        id: ItemId([1; 16]),
        kind: ItemKind::Login,
        title: "Bank".into(),
        username: "ada".into(),
        sites: vec![Site::exact(Origin::parse(SITE).unwrap())],
        policy: Policy::default(),
        fields: vec![FieldSummary {
            id: FieldId([2; 16]),
            kind: FieldKind::Password,
            version: 1,
            guard: Guard::Sealed,
        }],
        waiting: None,
        changed: UnixMillis(1),
        identity: None,
    }
}

/// What a daemon that knows nothing says of a capture.
pub fn summary(captured: &Captured) -> CaptureSummary {
    CaptureSummary {
        id: CaptureId([3; 16]),
        site: captured.chain.origins().last().unwrap().clone(),
        domain: "bank.example".into(),
        username: captured.username.clone(),
        source: CaptureSource::Submitted,
        at: captured.at,
        accepted: false,
        updates: vec![],
    }
}

pub fn password() -> ReleasedField {
    ReleasedField {
        field: FieldId([2; 16]),
        kind: FieldKind::Password,
        value: SecretBytes::from(String::from("lantern")),
        next: None,
    }
}

pub fn login_form() -> RawSnapshot {
    let field = |id, kind: &str, name: &str| Field {
        id,
        input_type: kind.into(),
        name: name.into(),
        html_id: name.into(),
        visible: true,
        form: Some(0),
        ..Field::default()
    };
    RawSnapshot {
        lang: "en".into(),
        title: "Sign in".into(),
        forms: vec![Form { action: format!("{SITE}/login"), method: "post".into(), ..Form::default() }],
        fields: vec![field(1, "text", "username"), field(2, "password", "password")],
        ..RawSnapshot::default()
    }
}

pub fn texts(commit: &Commit) -> Vec<(u32, String)> {
    let text = |write: &Write| match write {
        Write::Text(text) => text.expose_str().unwrap().to_owned(),
        Write::Choice(index) => format!("#{index}"),
        other => format!("{other:?}"),
    };
    commit.steps.iter().map(|step| (step.field, text(&step.write))).collect()
}

/// A draft that adds the browser itself.
pub fn add_self(browser: &Device, account: AccountId) -> Action {
    entry(browser.clone(), account)
}

/// A draft that adds another device in the browser's name.
pub fn add_other(browser: &Device, account: AccountId) -> Action {
    entry(Device { kind: DeviceKind::Phone, ..browser.clone() }, account)
}

fn entry(device: Device, account: AccountId) -> Action {
    let entry = log::Entry {
        version: 1,
        account: Some(account),
        sequence: 3,
        previous: None,
        time: UnixMillis(1),
        author: Author::Recovery,
        action: log::Action::AddDevice { device },
    };
    Action::AddDevice { entry: codec::to_vec(&entry).unwrap() }
}
