//! The way to the daemon: the native port, pairing, the session's handshake, calls.
//!
//! A port's life: `Who` → `Offer` → (pairing →) `Hello` → `Welcome` → `Proof` → encrypted frames. An offer that nobody asked for begins anew; so does the next
//! port after whatever goes wrong.

use crate::{
    effect::{Effect, Pins, PortId},
    engine::{Engine, Purpose},
    panels,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use countersign_seal::{
    Error, codec,
    log::{self, Device, DeviceKind},
    pairing::{Code, CodeOffer, CodeReply, CodeTyper},
    request::{Action, Ask, Number, REQUEST_LIMIT, SignedAsk},
    secret::SecretBytes,
    session::{Channel, Initiator, Proof, Setting, Welcome},
};
use countersign_wire::{
    LOCAL_PROTOCOL,
    local::{Answer, Call, Event, Fault, Method, Progress, Reply, Status},
    native::{Packet, PairConfirm, PairProgress, Unlock, from_data, to_data},
    panel::{Link, Showing},
};

/// Milliseconds before the second try; doubles with each.
const FIRST_RETRY: u64 = 500;
/// Milliseconds between tries while a panel waits for it.
const WATCHED_RETRY: u64 = 2_000;
/// Milliseconds between tries at most.
const LAST_RETRY: u64 = 30_000;
/// Milliseconds within which a daemon answers each message of the handshake.
const PATIENCE: u64 = 10_000;

/// The way to the daemon.
pub(crate) struct Way {
    stage: Stage,
    port: PortId,
    /// What panels are told while the stage itself says nothing better.
    shown: Link,
    /// Tries since the last session.
    tries: u32,
    /// When to try again, or when to give up waiting.
    deadline: Option<u64>,
    /// No try before this.
    not_before: u64,
}

enum Stage {
    /// No port.
    Down,
    /// `Who` is sent.
    Asking,
    /// There is no daemon, or it has no account, or this profile is not paired with it: the next offer or the user moves this on.
    Waiting(Option<CodeOffer>),
    /// `PairStart` is sent.
    Typing { typer: Box<CodeTyper>, pairing: Pairing },
    /// `PairConfirm` is sent; perhaps the phone has to sign.
    Confirmed(Pairing),
    /// `Hello` is sent.
    Greeting(Box<Initiator>, CodeOffer),
    /// The proof is being signed.
    Proving(CodeOffer),
    /// Session established.
    Up(Box<Channel>),
}

impl Stage {
    /// Who is at the other end, once it is known.
    const fn offer(&self) -> Option<&CodeOffer> {
        match self {
            Self::Waiting(Some(offer)) | Self::Greeting(_, offer) | Self::Proving(offer) => Some(offer),
            Self::Typing { pairing, .. } | Self::Confirmed(pairing) => Some(&pairing.offer),
            _ => None,
        }
    }
}

struct Pairing {
    offer: CodeOffer,
    browser: Device,
    number: Number,
    progress: Option<Progress>,
    /// Only one entry is signed.
    signing: bool,
}

impl Way {
    pub(crate) fn new(paired: bool) -> Self {
        let shown = if paired { Link::Connecting } else { Link::NotPaired };
        Self { stage: Stage::Down, port: PortId(0), shown, tries: 0, deadline: None, not_before: 0 }
    }

    pub(crate) const fn deadline(&self) -> Option<u64> {
        self.deadline
    }

    pub(crate) fn link(&self) -> Link {
        match &self.stage {
            Stage::Up(_) => Link::Up,
            Stage::Typing { .. } => Link::Pairing { number: None, progress: None },
            Stage::Confirmed(pairing) => Link::Pairing {
                // Before a phone exists there is nothing to type the number into; nor is there after its answer.
                number: pairing.progress.filter(|progress| !progress.has_failed()).map(|_| pairing.number),
                progress: pairing.progress,
            },
            _ => self.shown,
        }
    }

    pub(crate) const fn is_up(&self) -> bool {
        matches!(self.stage, Stage::Up(_))
    }
}

impl Engine {
    /// Opens the port unless it is open, or was tried just now.
    pub(crate) fn want_link(&mut self) {
        if !matches!(self.way.stage, Stage::Down) || self.now.monotonic < self.way.not_before {
            return;
        }
        self.way.port = PortId(self.number());
        self.way.stage = Stage::Asking;
        self.way.not_before = self.now.monotonic.saturating_add(FIRST_RETRY);
        self.be_patient();
        self.effects.push(Effect::Connect(self.way.port));
        self.send(Packet::Who);
    }

    /// Lets go of a port that waits for a user who has left. A paired profile keeps it: the daemon may come up.
    pub(crate) fn release_link(&mut self) {
        if self.panels.is_empty() && self.pins.is_none() && matches!(self.way.stage, Stage::Waiting(_)) {
            self.hang_up(self.way.shown);
            self.way.deadline = None;
        }
    }

    fn be_patient(&mut self) {
        self.way.deadline = Some(self.now.monotonic.saturating_add(PATIENCE));
    }

    pub(crate) fn pass_link_deadline(&mut self) {
        if self.way.deadline.is_none_or(|deadline| deadline > self.now.monotonic) {
            return;
        }
        self.way.deadline = None;
        match self.way.stage {
            Stage::Down => {
                self.way.not_before = 0;
                self.want_link();
            }
            Stage::Asking | Stage::Greeting(..) => self.hang_up(Link::NoDaemon),
            _ => {}
        }
    }

    fn send(&mut self, packet: Packet) {
        self.effects.push(Effect::Send(self.way.port, packet));
    }

    /// Closes the port and plans the next try.
    fn hang_up(&mut self, shown: Link) {
        if !matches!(self.way.stage, Stage::Down) {
            self.effects.push(Effect::Disconnect(self.way.port));
        }
        self.link_lost(shown);
    }

    fn link_lost(&mut self, shown: Link) {
        self.session_lost(shown);
        self.plan_retry();
    }

    fn session_lost(&mut self, shown: Link) {
        self.way.stage = Stage::Down;
        self.way.shown = shown;
        self.way.deadline = None;
        self.status = None;
        self.corrections.lost();
        self.captures.undelivered();
        self.calls.clear();
        self.pairing_over(&Showing::Failed(Fault::NoDaemon));
        self.request_lost_daemon();
        self.making_lost_daemon();
    }

    fn plan_retry(&mut self) {
        let doubled = FIRST_RETRY.saturating_mul(1 << self.way.tries.min(10));
        let watched = !self.panels.is_empty();
        // With nobody looking, a paired profile looks for its daemon a few times and then waits for the next focus or panel.
        if watched || (self.pins.is_some() && self.way.tries < 6) {
            let pause = doubled.min(if watched { WATCHED_RETRY } else { LAST_RETRY });
            self.way.deadline = Some(self.now.monotonic.saturating_add(pause));
        }
        self.way.tries = self.way.tries.saturating_add(1);
    }

    pub(crate) fn native_gone(&mut self, port: PortId, missing: bool) {
        if port != self.way.port || matches!(self.way.stage, Stage::Down) {
            return;
        }
        let shown = match (missing, self.way.shown) {
            (true, _) => Link::NoHost,
            (false, Link::NotPaired) if self.pins.is_none() => Link::NotPaired,
            // The host is there, so it ended, or was ended: it comes again with the next try.
            _ => Link::NoDaemon,
        };
        self.link_lost(shown);
    }

    pub(crate) fn native_said(&mut self, port: PortId, packet: Packet) {
        if port != self.way.port {
            return;
        }
        let stage = core::mem::replace(&mut self.way.stage, Stage::Down);
        match (stage, packet) {
            (Stage::Down, _) => {}
            (stage, Packet::Fault(fault)) => {
                self.way.stage = stage;
                self.native_fault(fault);
            }
            (stage, Packet::Offer { protocol, data, .. }) => {
                if !matches!(stage, Stage::Asking) {
                    self.session_lost(self.way.shown);
                }
                self.offered(protocol, data);
            }
            (Stage::Typing { typer, pairing }, Packet::PairReply { data }) => self.pair_replied(*typer, pairing, &data),
            (Stage::Greeting(_, offer), Packet::Locked { status, fault }) => self.daemon_locked(offer, status, fault),
            (Stage::Waiting(Some(offer)), Packet::Locked { status, fault }) if self.way.shown == Link::Locked => {
                self.daemon_locked(offer, status, fault);
            }
            (Stage::Confirmed(pairing), Packet::PairProgress { data }) => self.pair_progressed(pairing, &data),
            (Stage::Confirmed(pairing), Packet::PairDone) => self.paired(pairing),
            (Stage::Greeting(initiator, offer), Packet::Welcome { data }) => self.welcomed(initiator, offer, &data),
            (Stage::Up(channel), Packet::Frame { data }) => self.frame(channel, &data),
            (stage, _) => {
                self.way.stage = stage;
                self.fail(Fault::Malformed);
            }
        }
    }

    /// The other side, or a forgery of it, broke the protocol.
    fn fail(&mut self, fault: Fault) {
        self.tell_panels(fault);
        self.hang_up(Link::NoDaemon);
    }

    fn native_fault(&mut self, fault: Fault) {
        if fault == Fault::NoDaemon {
            // The native host looks for the daemon and will bring its offer.
            self.session_lost(Link::NoDaemon);
            self.way.stage = Stage::Waiting(None);
            return self.release_link();
        }
        match self.way.stage.offer().filter(|_| fault.keeps_connection()).cloned() {
            Some(offer) => self.wait_after(fault, offer),
            None => {
                self.tell_panels(fault);
                self.hang_up(if fault == Fault::NotSetUp { Link::NotSetUp } else { Link::NoDaemon });
            }
        }
    }

    /// The daemon goes on after a fault: the port waits for the user, or for the daemon's next offer.
    fn wait_after(&mut self, fault: Fault, offer: CodeOffer) {
        let pairing = matches!(self.way.stage, Stage::Typing { .. } | Stage::Confirmed(_));
        let shown = match fault {
            Fault::Locked if !pairing => Link::Locked,
            Fault::NotSetUp => Link::NotSetUp,
            _ => Link::NotPaired,
        };
        if pairing {
            self.tell_panels(fault);
        } else if fault == Fault::NotPaired {
            // The daemon does not know this profile any more: a code is needed, not another greeting.
            self.pins = None;
        }
        self.session_lost(shown);
        self.way.stage = Stage::Waiting(Some(offer));
        self.release_link();
    }

    /// The daemon has started and was not unlocked since: there is no session before it is.
    fn daemon_locked(&mut self, offer: CodeOffer, status: Status, fault: Option<Fault>) {
        self.session_lost(Link::Locked);
        self.status = Some(status);
        self.way.stage = Stage::Waiting(Some(offer));
        if let Some(fault) = fault {
            self.tell_panels(fault);
        }
        self.release_link();
    }

    /// Sends what the user typed to a daemon that has no keys yet to begin a session with.
    pub(crate) fn unlock_without_session(&mut self, pin: &SecretBytes) -> bool {
        let locked = matches!((&self.way.stage, self.way.shown), (Stage::Waiting(Some(_)), Link::Locked));
        let data = if locked { to_data(&Unlock { pin: pin.clone() }).ok() } else { None };
        let Some(data) = data else { return false };
        self.send(Packet::Unlock { data });
        true
    }

    /// Pairing broke on this side: the next port begins anew.
    fn pairing_broke(&mut self, fault: Fault) {
        self.tell_panels(fault);
        self.hang_up(Link::NotPaired);
    }

    fn offered(&mut self, protocol: u16, data: Option<String>) {
        if protocol != LOCAL_PROTOCOL {
            return self.fail_in_asking(Fault::Version);
        }
        self.way.deadline = None;
        let Some(data) = data else {
            self.way.stage = Stage::Waiting(None);
            self.way.shown = Link::NotSetUp;
            return self.release_link();
        };
        match from_data::<CodeOffer>(&data, "pairing offer") {
            Ok(offer) => self.offer_read(offer),
            Err(_) => self.fail_in_asking(Fault::Malformed),
        }
    }

    fn fail_in_asking(&mut self, fault: Fault) {
        self.way.stage = Stage::Asking;
        self.fail(fault);
    }

    fn offer_read(&mut self, offer: CodeOffer) {
        let pinned = self
            .pins
            .as_ref()
            .is_some_and(|pins| pins.account == offer.account && pins.daemon.id() == offer.daemon.id());
        if pinned {
            return self.greet(offer);
        }
        self.way.stage = Stage::Waiting(Some(offer));
        self.way.shown = Link::NotPaired;
        self.release_link();
    }

    /// Begins pairing with what the user typed.
    pub(crate) fn pair(&mut self, code: &SecretBytes, name: String) -> Result<(), Fault> {
        let Stage::Waiting(Some(offer)) = &self.way.stage else {
            self.want_link();
            return Err(if self.way.is_up() { Fault::Busy } else { Fault::NoDaemon });
        };
        let offer = offer.clone();
        let code = code.expose_str().and_then(Code::parse).map_err(|_| Fault::WrongCode)?;
        let browser = Device { keys: self.identity.keys.clone(), kind: DeviceKind::Browser, name };
        let number = Number::make().map_err(|_| Fault::Internal)?;
        let (typer, start) = CodeTyper::start(offer.clone(), browser.clone(), &code).map_err(|_| Fault::Malformed)?;
        let data = to_data(&start).map_err(|_| Fault::Internal)?;
        let pairing = Pairing { offer, browser, number, progress: None, signing: false };
        self.way.stage = Stage::Typing { typer: Box::new(typer), pairing };
        self.send(Packet::PairStart { data });
        Ok(())
    }

    fn pair_replied(&mut self, typer: CodeTyper, pairing: Pairing, data: &str) {
        let confirmed = from_data::<CodeReply>(data, "pairing reply").and_then(|reply| {
            let confirm = typer.finish(&reply)?;
            to_data(&PairConfirm { confirm, number: pairing.number, profile: self.identity.profile.clone() })
        });
        self.way.stage = Stage::Confirmed(pairing);
        match confirmed {
            Ok(data) => self.send(Packet::PairConfirm { data }),
            Err(Error::BadSignature(_)) => self.pairing_broke(Fault::WrongCode),
            Err(_) => self.pairing_broke(Fault::Malformed),
        }
    }

    fn pair_progressed(&mut self, mut pairing: Pairing, data: &str) {
        match from_data::<PairProgress>(data, "pairing progress") {
            Ok(PairProgress::Phone(progress)) => {
                pairing.progress = Some(progress);
                self.way.stage = Stage::Confirmed(pairing);
            }
            Ok(PairProgress::Sign(bytes)) => match codec::from_slice::<Ask>(&bytes, "ask", REQUEST_LIMIT) {
                Ok(ask) if !pairing.signing && self.is_own_entry(&ask, &pairing) => {
                    pairing.signing = true;
                    pairing.progress.get_or_insert(Progress::Asked);
                    self.way.stage = Stage::Confirmed(pairing);
                    self.effects.push(Effect::Sign(Box::new(ask)));
                }
                _ => {
                    self.way.stage = Stage::Confirmed(pairing);
                    self.pairing_broke(Fault::Malformed);
                }
            },
            Err(_) => {
                self.way.stage = Stage::Confirmed(pairing);
                self.pairing_broke(Fault::Malformed);
            }
        }
    }

    /// The user gives it up, or has read that nothing came of it.
    pub(crate) fn give_up_pairing(&mut self) -> bool {
        match core::mem::replace(&mut self.way.stage, Stage::Down) {
            // The daemon takes another code.
            Stage::Confirmed(pairing) if pairing.progress.is_some_and(Progress::has_failed) => {
                self.session_lost(Link::NotPaired);
                self.way.stage = Stage::Waiting(Some(pairing.offer));
                self.release_link();
                true
            }
            // The end of the port withdraws what the phone was asked.
            stage @ (Stage::Typing { .. } | Stage::Confirmed(_)) => {
                self.way.stage = stage;
                self.hang_up(Link::Connecting);
                true
            }
            stage => {
                self.way.stage = stage;
                false
            }
        }
    }

    /// Whether an ask adds this very profile, under this profile's number, and nothing else.
    fn is_own_entry(&self, ask: &Ask, pairing: &Pairing) -> bool {
        let Action::AddDevice { entry } = &ask.action else { return false };
        let Ok(entry) = codec::from_slice::<log::Entry>(entry, "log entry", log::ENTRY_LIMIT) else { return false };
        let own = matches!(&entry.action, log::Action::AddDevice { device } if *device == pairing.browser);
        own && entry.account == Some(pairing.offer.account)
            && ask.account == pairing.offer.account
            && ask.asker == self.identity.keys.fingerprint()
            && ask.number == pairing.number
    }

    /// Passes on the signed ask, if it was for pairing.
    pub(crate) fn pairing_signed(&mut self, ask: &SignedAsk) -> bool {
        let signing = matches!(&self.way.stage, Stage::Confirmed(pairing) if pairing.signing);
        let adds = signing && ask.ask().is_ok_and(|ask| matches!(ask.action, Action::AddDevice { .. }));
        if adds {
            match to_data(ask) {
                Ok(data) => self.send(Packet::PairAsk { data }),
                Err(_) => self.pairing_broke(Fault::Internal),
            }
        }
        adds
    }

    fn paired(&mut self, pairing: Pairing) {
        let Pairing { offer, browser, .. } = pairing;
        let pins = Pins { version: 1, account: offer.account, daemon: offer.daemon.clone(), name: browser.name };
        self.pins = Some(pins.clone());
        self.effects.push(Effect::Pin(Box::new(pins)));
        self.way.shown = Link::Connecting;
        self.greet(offer);
    }

    fn greet(&mut self, offer: CodeOffer) {
        let setting = Setting {
            protocol: LOCAL_PROTOCOL,
            extension: self.identity.extension.clone(),
            profile: self.identity.profile.clone(),
        };
        let hello = Initiator::start(setting, self.identity.keys.fingerprint(), offer.daemon.id())
            .and_then(|(initiator, hello)| Ok((initiator, to_data(&hello)?)));
        match hello {
            Ok((initiator, data)) => {
                self.way.stage = Stage::Greeting(Box::new(initiator), offer);
                self.be_patient();
                self.send(Packet::Hello { data });
            }
            Err(_) => self.fail_in_asking(Fault::Internal),
        }
    }

    fn welcomed(&mut self, initiator: Box<Initiator>, offer: CodeOffer, data: &str) {
        self.way.deadline = None;
        match from_data::<Welcome>(data, "welcome") {
            Ok(welcome) => {
                // The keys are the pinned ones: `offer` was compared with the pins by fingerprint.
                let daemon = offer.daemon.keys.clone();
                self.way.stage = Stage::Proving(offer);
                self.effects.push(Effect::Prove { port: self.way.port, initiator, welcome, daemon });
            }
            Err(_) => self.fail_in_asking(Fault::Malformed),
        }
    }

    pub(crate) fn proved(&mut self, port: PortId, result: Result<(Channel, Proof), Error>) {
        if port != self.way.port || !matches!(self.way.stage, Stage::Proving(_)) {
            return;
        }
        match result.and_then(|(channel, proof)| Ok((channel, to_data(&proof)?))) {
            Ok((channel, data)) => {
                self.send(Packet::Proof { data });
                self.way.stage = Stage::Up(Box::new(channel));
                self.way.tries = 0;
                self.call(Method::Status, Purpose::Status);
                self.refresh_panels();
            }
            Err(_) => self.fail(Fault::Malformed),
        }
    }

    /// Calls the daemon; without a session the call fails at once.
    pub(crate) fn call(&mut self, method: Method, purpose: Purpose) {
        let call = self.number();
        if !self.way.is_up() {
            return self.replied(purpose, Err(self.link_fault()));
        }
        let Ok(plaintext) = codec::to_vec(&Call { call, method }).map(SecretBytes::new) else {
            return self.replied(purpose, Err(Fault::Internal));
        };
        let Stage::Up(channel) = &mut self.way.stage else { return };
        match channel.seal(plaintext.expose()) {
            Ok(frame) => {
                self.calls.insert(call, purpose);
                self.send(Packet::Frame { data: STANDARD.encode(frame) });
            }
            Err(_) => self.replied(purpose, Err(Fault::Malformed)),
        }
    }

    /// Why there is no session.
    pub(crate) fn link_fault(&self) -> Fault {
        match self.way.link() {
            Link::NotPaired | Link::Pairing { .. } => Fault::NotPaired,
            Link::NotSetUp => Fault::NotSetUp,
            Link::Locked => Fault::Locked,
            _ => Fault::NoDaemon,
        }
    }

    fn frame(&mut self, mut channel: Box<Channel>, data: &str) {
        let answer = STANDARD
            .decode(data)
            .map_err(|_| Error::Malformed("frame"))
            .and_then(|frame| channel.open(&frame))
            .and_then(|plaintext| {
                codec::from_slice::<Answer>(plaintext.expose(), "answer", countersign_seal::session::FRAME_LIMIT)
            });
        self.way.stage = Stage::Up(channel);
        match answer {
            Ok(Answer::Reply { call, result }) => {
                if let Some(purpose) = self.calls.remove(&call) {
                    self.replied(purpose, result);
                }
            }
            Ok(Answer::Event(event)) => self.event(event),
            Err(_) => self.fail(Fault::Malformed),
        }
    }

    fn event(&mut self, event: Event) {
        match event {
            Event::Progress { request, progress } => self.progressed(request, progress),
            Event::Released { request, values } => self.released(request, values),
            Event::Number { request, item, number } => self.edit_asked(request, item, number),
            Event::Changed(status) => {
                self.status = Some(status);
                self.refresh_panels();
                self.refresh_devices();
                self.learn_corrections();
                self.deliver();
            }
            Event::Compared { capture, left } => self.compared(capture, left),
            Event::Corrected => self.ask_corrections(),
            Event::Paired { name, kind } => self.pairing_over(&Showing::Paired { name, kind }),
            Event::PairingFailed(fault) => self.pairing_over(&Showing::Failed(fault)),
        }
    }

    fn replied(&mut self, purpose: Purpose, result: Result<Reply, Fault>) {
        if let Ok(Reply::Status(status)) = &result {
            self.status = Some(status.clone());
        }
        match purpose {
            Purpose::Status => {
                self.learn_corrections();
                self.deliver();
            }
            Purpose::Corrections(wish) => self.corrections_came(wish, result),
            Purpose::Correct(panel) => self.corrected(panel, result.err()),
            Purpose::Report(panel) => self.report_came(panel, result),
            Purpose::Items(panel, wish) => self.items_came(panel, wish, result),
            Purpose::Unlock(panel) => self.unlocked(panel, result.err()),
            Purpose::Devices(panel) => self.devices_came(panel, result),
            Purpose::Show(panel) => self.shown_to_pair(panel, result),
            Purpose::Save(panel) => self.saved(panel, result.err()),
            Purpose::Ask(request) => self.ask_taken(request, result.err()),
            Purpose::Settle(request) => self.settled(request, result.err()),
            Purpose::Generate(number) => self.generated(number, result),
            Purpose::Deliver(number) => self.delivered(number, result),
            Purpose::CaptureEnded(capture) => self.capture_ended(capture, result.err()),
            Purpose::Captures(panel) => self.captures_came(panel, result),
            Purpose::IgnoredSites(panel) => self.ignored_sites_came(panel, result),
            Purpose::AskAgain(panel) => self.asked_again(panel, result.err()),
            Purpose::Capture(panel, deed) => self.capture_done(panel, deed, result.err()),
            Purpose::Challenge(challenge) => self.challenge_matched(challenge, result),
        }
    }

    fn tell_panels(&mut self, fault: Fault) {
        self.panels.values_mut().for_each(|panel: &mut panels::Panel| panel.fault = Some(fault));
    }
}
