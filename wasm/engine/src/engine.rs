//! The worker's state and how it moves. [`Engine::handle`] takes what happened and returns what is to be done.
//!
//! The parts: the way to the daemon ([`crate::link`]), the pages ([`crate::pages`]), what panels show ([`crate::panels`]), and the one request in hand
//! ([`crate::request`]). Each is an `impl` of [`Engine`] in its own file.

use crate::{
    capture::{CaptureDeed, Captures},
    challenge::Challenges,
    copy::Copies,
    corrections::Corrections,
    effect::{ChallengeId, Effect, Identity, Input, Now, PanelId, Pins, ProbeId, ReadId, TabId},
    fill::{CountryNames, Typed},
    generate::{Making, Wish},
    link::Way,
    pages::{Probe, Ticket},
    panels::Panel,
    press::Press,
    request::{Edit, Pending},
    sign_in::SignIns,
    watch::Watched,
};
use countersign_seal::id::{CaptureId, ItemId, RequestId};
use countersign_wire::local::Status;
use std::collections::BTreeMap;

/// The worker's engine.
pub struct Engine {
    pub(crate) now: Now,
    pub(crate) identity: Identity,
    pub(crate) pins: Option<Pins>,
    pub(crate) way: Way,
    pub(crate) status: Option<Status>,
    pub(crate) calls: BTreeMap<u32, Purpose>,
    pub(crate) probes: BTreeMap<ProbeId, Probe>,
    pub(crate) panels: BTreeMap<PanelId, Panel>,
    pub(crate) tickets: BTreeMap<String, Ticket>,
    pub(crate) reads: BTreeMap<ReadId, Read>,
    pub(crate) press: Option<Press>,
    pub(crate) request: Option<Pending>,
    pub(crate) edit: Option<Edit>,
    pub(crate) sign_ins: SignIns,
    pub(crate) watched: Vec<Watched>,
    pub(crate) corrections: Corrections,
    pub(crate) country_names: Box<CountryNames>,
    pub(crate) captures: Captures,
    pub(crate) making: Option<Making>,
    pub(crate) challenges: Challenges,
    pub(crate) copies: Copies,
    /// The tab where the menu's entry for a new password opens the popup, and until when.
    pub(crate) wish_to_make: Option<(TabId, u64)>,
    next: u32,
    wake: Option<u64>,
    pub(crate) effects: Vec<Effect>,
}

/// Why the daemon was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To know how it is.
    Status,
    /// For a panel's items; the number tells a newer wish from an older one.
    Items(PanelId, u32),
    /// Unlock or lock, for a panel.
    Unlock(PanelId),
    /// Add, edit, remove or restore, for a panel.
    Save(PanelId),
    /// For the vault page's list of devices.
    Devices(PanelId),
    /// To show a code or link on the vault page.
    Show(PanelId),
    /// To ask for a release.
    Ask(RequestId),
    /// To confirm or withdraw one.
    Settle(RequestId),
    /// To know what the user said of fields; the number tells a newer wish from an older one.
    Corrections(u32),
    /// To remember or forget what the user says of fields, for a panel.
    Correct(PanelId),
    /// For a panel's report.
    Report(PanelId),
    /// To hand over what a page was given, kept under this number.
    Deliver(u32),
    /// To say what came of what a page was given.
    CaptureEnded(CaptureId),
    /// For a panel's captures.
    Captures(PanelId),
    /// For the sites that the vault page lists.
    IgnoredSites(PanelId),
    /// To ask about a site again, for a vault page.
    AskAgain(PanelId),
    /// To make a new password; the number names which.
    Generate(u32),
    /// To save or to forget a capture, or to ignore its site, for a panel.
    Capture(PanelId, CaptureDeed),
    /// For the items that may answer a server.
    Challenge(ChallengeId),
}

/// Why a frame tree is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Read {
    /// To know a panel's place.
    Place(PanelId),
    /// To ask for an item's fields, at a panel's place.
    Ask(PanelId, ItemId, Typed),
    /// To see whether the place is still the same, while the request waits.
    Watch(RequestId),
    /// To see whether the place is still the same, before the commit.
    Commit(RequestId),
    /// To make a new password at a panel's place.
    Generate(PanelId, Wish),
    /// To see whether the place is still the same, before that password is written.
    CommitMade(u32),
    /// To know where a document is that may be given a password.
    Attend(ProbeId),
    /// To know a popup's site.
    Captures(PanelId),
    /// To know whether the page that came is still one of the site that an offer is about.
    Offer,
    /// To know where a popup lists codes to copy.
    CopyPlace(PanelId),
    /// To ask for an item's code, to be copied.
    AskCopy(PanelId, ItemId),
    /// To see whether the page of the code that is shown is still there.
    Code,
    /// To know in which page a server asks for user name and password.
    Challenge(ChallengeId),
}

impl Engine {
    /// A worker that has just started.
    #[must_use]
    pub fn new(identity: Identity, pins: Option<Pins>, now: Now) -> Self {
        Self {
            now,
            identity,
            way: Way::new(pins.is_some()),
            pins,
            status: None,
            calls: BTreeMap::new(),
            probes: BTreeMap::new(),
            panels: BTreeMap::new(),
            tickets: BTreeMap::new(),
            reads: BTreeMap::new(),
            press: None,
            request: None,
            edit: None,
            sign_ins: SignIns::default(),
            watched: Vec::new(),
            corrections: Corrections::default(),
            country_names: Box::new(|_, _| Vec::new()),
            captures: Captures::default(),
            making: None,
            challenges: Challenges::default(),
            copies: Copies::default(),
            wish_to_make: None,
            next: 0,
            wake: None,
            effects: Vec::new(),
        }
    }

    /// Who knows what a country with these two letters (ISO 3166-1) is called: first in the language of a page (BCP 47), then in others.
    #[must_use]
    pub fn with_country_names(mut self, names: impl Fn(&str, &str) -> Vec<String> + 'static) -> Self {
        self.country_names = Box::new(names);
        self
    }

    /// Takes what happened; returns what is to be done.
    pub fn handle(&mut self, now: Now, input: Input) -> Vec<Effect> {
        self.now = now;
        self.take(input);
        self.tend_challenge();
        self.pass_deadlines();
        self.tend_code();
        self.watch_changes();
        self.show_changes();
        self.wish_wake();
        core::mem::take(&mut self.effects)
    }

    fn take(&mut self, input: Input) {
        match input {
            Input::Tick => self.wake = None,
            Input::ProbeConnected { probe, sender } => self.probe_connected(probe, sender),
            Input::Probe { probe, message } => self.probe_said(probe, message),
            Input::ProbeGone(probe) => self.probe_gone(probe),
            Input::PanelConnected { panel, page, tab } => self.panel_connected(panel, page, tab),
            Input::Panel { panel, message } => self.panel_said(panel, message),
            Input::PanelGone(panel) => self.panel_gone(panel),
            Input::Tab { panel, tab } => self.tab_found(panel, tab),
            Input::Shortcut { tab } => self.shortcut(tab),
            Input::Menu { tab, frame, entry } => self.menu(tab, frame, entry),
            Input::Navigated { tab } => self.navigated(tab),
            Input::Moved { tab } => self.moved(tab),
            Input::Unjudged { tab, frame } => self.unjudged(tab, frame),
            Input::Frames { read, frames } => self.frames_read(read, &frames),
            Input::Native { port, packet } => self.native_said(port, packet),
            Input::NativeGone { port, missing } => self.native_gone(port, missing),
            Input::Signed(result) => self.signed(result),
            Input::Proved { port, result } => self.proved(port, result),
            Input::AuthRequired { challenge, required } => self.challenged(challenge, required),
            Input::ChallengeGone(challenge) => self.challenge_gone(challenge),
        }
    }

    fn frames_read(&mut self, read: ReadId, frames: &[crate::effect::Frame]) {
        match self.reads.remove(&read) {
            Some(Read::Place(panel)) => self.place_read(panel, frames),
            Some(Read::Ask(panel, item, typed)) => self.ask_read(panel, item, typed, frames),
            Some(Read::Watch(request)) => self.watch_read(request, frames),
            Some(Read::Commit(request)) => self.commit_read(request, frames),
            Some(Read::Generate(panel, wish)) => self.generate_read(panel, wish, frames),
            Some(Read::CommitMade(number)) => self.commit_made(number, frames),
            Some(Read::Attend(probe)) => self.attend_read(probe, frames),
            Some(Read::Offer) => self.offer_page_read(frames),
            Some(Read::Captures(panel)) => self.captures_read(panel, frames),
            Some(Read::CopyPlace(panel)) => self.copy_place_read(panel, frames),
            Some(Read::AskCopy(panel, item)) => self.ask_copy_read(panel, item, frames),
            Some(Read::Code) => self.code_page_read(frames),
            Some(Read::Challenge(challenge)) => self.challenge_placed(challenge, frames),
            None => {}
        }
    }

    fn pass_deadlines(&mut self) {
        self.pass_link_deadline();
        self.pass_request_deadline();
        self.pass_press_deadline();
        self.pass_making_deadline();
        self.pass_capture_deadlines();
        let now = self.now.monotonic;
        self.tickets.retain(|_, ticket| ticket.until > now);
        self.sign_ins.forget(now);
    }

    fn wish_wake(&mut self) {
        let request = self.request.as_ref().and_then(Pending::deadline);
        let press = self.press.map(|press| press.until);
        let making = self.making.as_ref().and_then(Making::deadline);
        let others = [self.captures.deadline(), self.challenge_deadline(), self.code_deadline()];
        let deadlines = [self.way.deadline(), request, press, making].into_iter().chain(others);
        let deadline = deadlines.flatten().min();
        if deadline != self.wake {
            self.wake = deadline;
            if let Some(deadline) = deadline {
                // One more, since timers may fire within the same millisecond.
                self.effects.push(Effect::Wake(deadline.saturating_sub(self.now.monotonic).saturating_add(1)));
            }
        }
    }

    /// A number that was not used before.
    pub(crate) fn number(&mut self) -> u32 {
        self.next = self.next.wrapping_add(1);
        self.next
    }

    pub(crate) fn read_frames(&mut self, tab: crate::effect::TabId, why: Read) {
        let read = ReadId(self.number());
        self.reads.insert(read, why);
        self.effects.push(Effect::ReadFrames { read, tab });
    }
}
