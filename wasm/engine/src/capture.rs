//! What pages are given: from a password that its user submits to the word whether the site took it.
//!
//! ```text
//! Submitted ─ the document goes ─→ Gone ─────────────────────────→ Judging ─→ taken: offered
//!     │    └─ its form goes ─→ Judging ─→ Settling, once more ──────┘
//!     └─ the form stays, or is asked for again, or an error is shown ─→ forgotten
//! ```
//!
//! Where no document comes that could be looked at, as when the tab is closed, nobody knows: nothing is offered, and the popup of that site lists it for a day. So it is where a button
//! was pressed that does not seem to submit anything, and with a new password whose form stays without a word, or after which a page speaks of something that failed: a site may have
//! taken it, and what it took must not be lost.
//!
//! A password is sealed to the daemon within the call that brings it here; what is kept until the daemon has taken it, in memory and on disk, is that deposit. So
//! nothing is lost when the page goes, the worker sleeps, the daemon is locked or the browser quits: who does not live to see how it ended hands over what is kept at
//! the next chance, and the daemon lists it as something of which nobody knows.

use crate::{
    effect::{Effect, Frame, FrameId, ProbeId, Sender, TabId},
    engine::{Engine, Purpose, Read},
    fill::Look,
    offer::{Offer, is_of_site},
};
use countersign_forms::{FormKind, FormSnapshot, RawSnapshot, says_refusal};
use countersign_seal::{
    codec,
    deposit::Deposit,
    id::{CaptureId, ItemId},
    origin::{Origin, OriginChain},
    secret::SecretBytes,
};
use countersign_wire::{
    capture::{CaptureSummary, Captured, PASSWORD_LIMIT, USERNAME_LIMIT},
    local::{Fault, Method, Reply},
    page::{Entered, JUDGED_LIMIT, ToProbe},
};

/// How long a site may take to answer, in milliseconds.
const ANSWER_PATIENCE: u64 = 60_000;
/// How long after something was submitted its page is asked whether it shows an error, in milliseconds.
const ERROR_PAUSE: u64 = 2_500;
/// How long after a document has gone the next one is looked at, in milliseconds.
const PAGE_PAUSE: u64 = 700;
/// How long after a form has gone from its document that is looked at once more, in milliseconds: what shows that something is under way shows no error yet.
const SETTLING: u64 = 2_000;
/// How long the events of one press may take, in milliseconds.
const ONE_PRESS: u64 = 500;
/// How long the next document may take to say how it looks, in milliseconds. What never does has no form of ours.
const LOOK_PATIENCE: u64 = 12_000;
/// How long a user name that was typed is good for on the page of its password, in milliseconds.
const NAME_LIFETIME: u64 = 300_000;
/// The most that waits for the daemon: what is older goes.
const KEPT_LIMIT: usize = 50;
/// The most attempts and names that are remembered.
const ATTEMPT_LIMIT: usize = 16;

/// All that pages were given and that is not settled yet.
#[derive(Default)]
pub(crate) struct Captures {
    attempts: Vec<Attempt>,
    kept: Vec<Kept>,
    ended: Vec<Ended>,
    names: Vec<TypedName>,
    /// What documents said when they took nothing, by their tabs.
    refusals: Vec<(TabId, String)>,
    pub(crate) offer: Option<Offer>,
}

/// A deposit that the daemon has not taken yet.
struct Kept {
    number: u32,
    deposit: Vec<u8>,
    /// Whether it is on its way.
    sent: bool,
}

/// What came of a capture, of which the daemon has not said yet that it knows.
struct Ended {
    capture: CaptureId,
    accepted: bool,
    /// Whether it is being told.
    told: bool,
}

/// Something was submitted, and nobody knows yet what came of it.
struct Attempt {
    /// That of its deposit.
    number: u32,
    tab: TabId,
    frame: FrameId,
    probe: ProbeId,
    site: Origin,
    kind: FormKind,
    /// What its document said when it was submitted.
    said: String,
    /// Whether it was submitted, as far as anybody can tell.
    sent: bool,
    /// Once the daemon has it.
    capture: Option<CaptureSummary>,
    phase: Phase,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Until then the site may answer; once before, its page is asked whether it shows an error.
    Submitted { until: u64, look: Option<u64> },
    /// The document is gone; the next one is looked at then.
    Gone(u64),
    /// Until then it may say how it looks. Once more after that, where it is the document that had the form.
    Judging { until: u64, once_more: bool },
    /// It looks as if the site took it; it is looked at once more then.
    Settling(u64),
    /// The site took it; the daemon has yet to say what it is.
    Taken,
}

/// A user name on the first page of a login.
struct TypedName {
    tab: TabId,
    site: Origin,
    name: String,
    until: u64,
}

/// What a user wants of a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CaptureDeed {
    Save(CaptureId),
    Forget(CaptureId),
    Ignore(CaptureId),
}

impl Attempt {
    /// Whether its document is still there, and its form, as far as is known.
    fn waits_in(&self, probe: ProbeId) -> bool {
        self.probe == probe && matches!(self.phase, Phase::Submitted { .. })
    }

    /// Whether the document of this frame is to say what came of it.
    fn is_judged_in(&self, tab: TabId, frame: FrameId) -> bool {
        self.tab == tab && self.frame == frame && matches!(self.phase, Phase::Judging { .. })
    }

    /// Whether its password is new to the site, too.
    const fn makes_password(&self) -> bool {
        matches!(self.kind, FormKind::SignUp | FormKind::ChangePassword)
    }

    /// Whether a document is of its site: one that asks for a login there asks for this one once more.
    fn is_of_site(&self, origin: &str) -> bool {
        let domain = self.capture.as_ref().map(|capture| capture.domain.as_str());
        Origin::parse(origin).is_ok_and(|origin| is_of_site(origin.host(), &self.site, domain))
    }

    /// Whether a document says that it was not taken. What one said before it was given anything is a hint, or an answer to what was given before.
    fn is_refused(&self, text: &str) -> bool {
        let is_new = |line: &&str| !self.said.lines().any(|said| said == *line);
        says_refusal(&text.lines().filter(is_new).collect::<Vec<_>>().join("\n"))
    }
}

/// The probe cuts it, and a probe is foreign.
fn cut(text: &mut String) {
    if let Some((end, _)) = text.char_indices().nth(JUDGED_LIMIT) {
        text.truncate(end);
    }
}

impl Captures {
    pub(crate) fn deadline(&self) -> Option<u64> {
        let of = |attempt: &Attempt| match attempt.phase {
            Phase::Submitted { until, look } => Some(look.map_or(until, |look| look.min(until))),
            Phase::Gone(at) | Phase::Settling(at) | Phase::Judging { until: at, .. } => Some(at),
            Phase::Taken => None,
        };
        self.attempts.iter().filter_map(of).chain(self.offer.as_ref().and_then(Offer::deadline)).min()
    }

    /// The session is gone: whatever was on its way has to go once more.
    pub(crate) fn undelivered(&mut self) {
        self.kept.iter_mut().for_each(|kept| kept.sent = false);
        self.ended.iter_mut().for_each(|ended| ended.told = false);
    }

    fn name_here(&self, tab: TabId, site: &Origin, now: u64) -> Option<&str> {
        let is_here = |name: &&TypedName| name.tab == tab && name.site == *site && now < name.until;
        self.names.iter().rfind(is_here).map(|name| name.name.as_str())
    }
}

impl Engine {
    /// With what an earlier worker could not hand over.
    #[must_use]
    pub fn with_deposits(mut self, deposits: Vec<Vec<u8>>) -> Self {
        for deposit in deposits.into_iter().take(KEPT_LIMIT) {
            let number = self.number();
            self.captures.kept.push(Kept { number, deposit, sent: false });
        }
        self
    }

    /// Forms were seen: has the probe say when a login is submitted. Not in a private window: what people do there is to leave nothing behind.
    pub(crate) fn attend(&mut self, id: ProbeId) {
        let paired = self.pins.is_some();
        let Some(probe) = self.probes.get_mut(&id) else { return };
        let attends = paired && !probe.sender.private;
        let wanted = probe.look.as_ref().filter(|_| attends).map(Look::attended).unwrap_or_default();
        if wanted != probe.attended {
            probe.attended = wanted.clone();
            let (fields, secrets) = wanted;
            self.effects.push(Effect::ToProbe(id, ToProbe::Attend { fields, secrets }));
        }
        let Some(probe) = self.probes.get(&id).filter(|probe| probe.chain.is_none() && !probe.attended.0.is_empty())
        else {
            return;
        };
        self.read_frames(probe.sender.tab, Read::Attend(id));
    }

    /// Where a document is stays so for as long as it lives; when it is given something it may be too late to ask.
    pub(crate) fn attend_read(&mut self, id: ProbeId, frames: &[Frame]) {
        if let Some(probe) = self.probes.get_mut(&id) {
            probe.chain = crate::chain::origin_chain(&probe.sender, frames);
        }
    }

    /// A worker that has restarted knows of no form. Where a document is that a tab shows is certain without a look at the frame tree, which would come too late: a page goes with what it
    /// was given.
    pub(crate) fn recall(&mut self, id: ProbeId, snapshot: RawSnapshot) {
        let paired = self.pins.is_some();
        let Some(probe) = self.probes.get_mut(&id).filter(|probe| paired && probe.look.is_none()) else { return };
        let Sender { frame, origin, private, .. } = &probe.sender;
        let corrections = self.corrections.of(origin);
        probe.look = FormSnapshot::parse(snapshot).ok().filter(|_| !private).map(|known| Look::new(known, corrections));
        if probe.chain.is_none() && *frame == FrameId(0) {
            probe.chain = Origin::parse(origin).ok().and_then(|origin| OriginChain::new(vec![origin]).ok());
        }
    }

    /// The user submitted a login, or may have.
    pub(crate) fn submitted(&mut self, id: ProbeId, values: &[Entered], button: Option<&str>, mut text: String) {
        cut(&mut text);
        let Some(probe) = self.probes.get(&id) else { return };
        let given = probe.look.as_ref().and_then(|look| look.credentials(values, button));
        let Some((chain, given)) = probe.chain.clone().zip(given) else { return };
        if self.is_said(id, given.sent) {
            return;
        }
        let (tab, frame) = (probe.sender.tab, probe.sender.frame);
        // A frame of another site is given nothing that belongs to one.
        let Some(site) = chain.single().cloned() else { return };
        if given.username.chars().count() > USERNAME_LIMIT {
            return;
        }
        let Some(password) = given.password else { return self.note_name(tab, site, given.username) };
        if password.expose().len() > PASSWORD_LIMIT {
            return;
        }
        let username = self.username_here(given.username, tab, &chain, &site);
        let present = given.present.filter(|present| present.expose().len() <= PASSWORD_LIMIT);
        let captured = Captured { chain, username, password, present, at: self.now.unix };
        let Some(number) = self.deposit(&captured) else { return };
        drop(captured);
        // Another try in the same document: the one before led nowhere.
        self.forget_attempts(|attempt| attempt.waits_in(id));
        let now = self.now.monotonic;
        let (until, look) = (now.saturating_add(ANSWER_PATIENCE), Some(now.saturating_add(ERROR_PAUSE)));
        let phase = Phase::Submitted { until, look };
        self.captures.attempts.push(Attempt {
            number,
            tab,
            frame,
            probe: id,
            site,
            kind: given.kind,
            said: self.hints(tab, &text),
            sent: given.sent,
            capture: None,
            phase,
        });
        if self.captures.attempts.len() > ATTEMPT_LIMIT {
            self.captures.attempts.remove(0);
        }
        self.want_link();
        self.deliver();
    }

    /// Whether a document said so already: with the press before a form's own event, or before some other button was pressed.
    fn is_said(&self, id: ProbeId, sent: bool) -> bool {
        let now = self.now.monotonic;
        let mut before = self.captures.attempts.iter().filter(|attempt| attempt.waits_in(id) && attempt.sent);
        let is_one_press = |attempt: &Attempt| {
            let rest = ANSWER_PATIENCE.saturating_sub(ONE_PRESS);
            matches!(attempt.phase, Phase::Submitted { until, .. } if now.saturating_add(rest) < until)
        };
        before.any(|attempt| !sent || is_one_press(attempt))
    }

    fn note_name(&mut self, tab: TabId, site: Origin, name: String) {
        let until = self.now.monotonic.saturating_add(NAME_LIFETIME);
        self.captures.names.retain(|other| other.tab != tab);
        self.captures.names.push(TypedName { tab, site, name, until });
        if self.captures.names.len() > ATTEMPT_LIMIT {
            self.captures.names.remove(0);
        }
    }

    /// The user name beside a password; where there is none, the one of the page before.
    pub(crate) fn username_here(&self, typed: String, tab: TabId, chain: &OriginChain, site: &Origin) -> String {
        let now = self.now.monotonic;
        if !typed.is_empty() {
            return typed;
        }
        let picked = self.sign_ins.picked(tab, chain, now).and_then(|item| self.known_username(item));
        picked.or_else(|| self.captures.name_here(tab, site, now).map(str::to_owned)).unwrap_or_default()
    }

    fn known_username(&self, item: ItemId) -> Option<String> {
        let mut items = self.panels.values().flat_map(|panel| &panel.items);
        items.find(|known| known.id == item).map(|item| item.username.clone())
    }

    /// Seals something to the daemon and keeps it; says under which number.
    fn deposit(&mut self, captured: &Captured) -> Option<u32> {
        let daemon = &self.pins.as_ref()?.daemon.keys;
        let plaintext = SecretBytes::new(codec::to_vec(captured).ok()?);
        let deposit = Deposit::make(daemon, &plaintext).ok()?.to_bytes();
        let number = self.number();
        self.captures.kept.push(Kept { number, deposit, sent: false });
        if self.captures.kept.len() > KEPT_LIMIT {
            self.captures.kept.remove(0);
        }
        self.keep();
        Some(number)
    }

    fn keep(&mut self) {
        let deposits = self.captures.kept.iter().map(|kept| kept.deposit.clone()).collect();
        self.effects.push(Effect::Keep(deposits));
    }

    /// Hands over all that is kept, if there is somebody to take it.
    pub(crate) fn deliver(&mut self) {
        if !self.way.is_up() || self.status.as_ref().is_none_or(|status| status.locked) {
            return;
        }
        // What came of an earlier one comes before the next: of one value they are one capture.
        self.tell_ended();
        let mut due = Vec::new();
        for kept in self.captures.kept.iter_mut().filter(|kept| !kept.sent) {
            kept.sent = true;
            due.push((kept.number, kept.deposit.clone()));
        }
        for (number, deposit) in due {
            self.call(Method::Deliver { deposit }, Purpose::Deliver(number));
        }
    }

    /// The daemon has it, or says why not.
    pub(crate) fn delivered(&mut self, number: u32, result: Result<Reply, Fault>) {
        let capture = match result {
            Ok(Reply::Capture(capture)) => capture,
            Err(Fault::OtherSite | Fault::Malformed | Fault::InvalidDraft | Fault::NotAllowed) => None,
            // Locked, or no room: it stays for the next chance.
            _ => return self.captures.undelivered(),
        };
        self.drop_kept(number);
        self.relist_captures();
        let Some(at) = self.captures.attempts.iter().position(|attempt| attempt.number == number) else { return };
        match capture {
            Some(capture) => {
                let attempt = self.captures.attempts.get_mut(at);
                let taken = attempt.is_some_and(|attempt| {
                    attempt.capture = Some(capture);
                    attempt.phase == Phase::Taken
                });
                if taken {
                    self.take_attempt(at);
                }
            }
            // Stored already, or not wanted.
            None => drop(self.captures.attempts.remove(at)),
        }
    }

    fn drop_kept(&mut self, number: u32) {
        let before = self.captures.kept.len();
        self.captures.kept.retain(|kept| kept.number != number);
        if self.captures.kept.len() != before {
            self.keep();
        }
    }

    /// A phone has said whether a capture is stored already. What is offered by then says so, or goes.
    pub(crate) fn compared(&mut self, capture: CaptureId, left: Option<CaptureSummary>) {
        let is_it = |attempt: &Attempt| attempt.capture.as_ref().is_some_and(|known| known.id == capture);
        match &left {
            Some(left) => self
                .captures
                .attempts
                .iter_mut()
                .filter(|attempt| is_it(attempt))
                .for_each(|attempt| attempt.capture = Some(left.clone())),
            None => self.captures.attempts.retain(|attempt| !is_it(attempt)),
        }
        self.offer_compared(capture, left);
    }

    /// What these gave was not taken.
    fn forget_attempts(&mut self, is_it: impl Fn(&Attempt) -> bool) {
        let (gone, rest): (Vec<_>, Vec<_>) =
            core::mem::take(&mut self.captures.attempts).into_iter().partition(|attempt| is_it(attempt));
        self.captures.attempts = rest;
        for attempt in gone {
            match attempt.capture {
                Some(capture) => self.end_capture(capture.id, false),
                None => self.drop_kept(attempt.number),
            }
        }
    }

    fn end_capture(&mut self, capture: CaptureId, accepted: bool) {
        self.captures.ended.push(Ended { capture, accepted, told: false });
        if self.captures.ended.len() > ATTEMPT_LIMIT {
            self.captures.ended.remove(0);
        }
        self.deliver();
    }

    /// The daemon may have locked just then: it is told again once it can hear.
    fn tell_ended(&mut self) {
        let mut due = Vec::new();
        for ended in self.captures.ended.iter_mut().filter(|ended| !ended.told) {
            ended.told = true;
            due.push((ended.capture, ended.accepted));
        }
        for (capture, accepted) in due {
            self.call(Method::CaptureEnded { capture, accepted }, Purpose::CaptureEnded(capture));
        }
    }

    pub(crate) fn capture_ended(&mut self, capture: CaptureId, fault: Option<Fault>) {
        match fault {
            None | Some(Fault::NotFound) => self.captures.ended.retain(|ended| ended.capture != capture),
            Some(_) => self
                .captures
                .ended
                .iter_mut()
                .filter(|ended| ended.capture == capture)
                .for_each(|ended| ended.told = false),
        }
    }

    /// A document is gone.
    pub(crate) fn page_left(&mut self, probe: ProbeId) {
        let at = self.now.monotonic.saturating_add(PAGE_PAUSE);
        let of_it = |attempt: &&mut Attempt| attempt.probe == probe && attempt.phase != Phase::Taken;
        self.captures.attempts.iter_mut().filter(of_it).for_each(|attempt| attempt.phase = Phase::Gone(at));
    }

    /// The form is gone, and its document is still there.
    pub(crate) fn form_left(&mut self, probe: ProbeId) {
        let until = self.now.monotonic.saturating_add(LOOK_PATIENCE);
        if let Some(attempt) = self.captures.attempts.iter_mut().find(|attempt| attempt.waits_in(probe)) {
            attempt.phase = Phase::Judging { until, once_more: true };
            self.effects.push(Effect::ToProbe(probe, ToProbe::Judge {}));
        }
    }

    /// Nobody can say how it looks.
    pub(crate) fn unjudged(&mut self, tab: TabId, frame: FrameId) {
        self.captures.attempts.retain(|attempt| !attempt.is_judged_in(tab, frame));
    }

    /// What refused one attempt may refuse the next in the same words: then it is no hint that was there before.
    fn note_refusal(&mut self, probe: ProbeId, sender: &Sender, text: &str) {
        let here = |attempt: &Attempt| attempt.waits_in(probe) || attempt.is_judged_in(sender.tab, sender.frame);
        if self.captures.attempts.iter().any(|attempt| here(attempt) && attempt.is_refused(text)) {
            let mut text = text.to_owned();
            cut(&mut text);
            self.captures.refusals.push((sender.tab, text));
            if self.captures.refusals.len() > ATTEMPT_LIMIT {
                self.captures.refusals.remove(0);
            }
        }
    }

    /// What a document says that is no answer to what it was given before.
    fn hints(&self, tab: TabId, text: &str) -> String {
        let answers: Vec<&str> = self
            .captures
            .refusals
            .iter()
            .filter(|(other, _)| *other == tab)
            .flat_map(|(_, said)| said.lines())
            .collect();
        text.lines().filter(|line| !answers.contains(line)).collect::<Vec<_>>().join("\n")
    }

    /// How the document looks that came after; or, while the form is still there, its own.
    pub(crate) fn judged(&mut self, probe: ProbeId, snapshot: RawSnapshot, text: &str) {
        let Some(sender) = self.probes.get(&probe).map(|probe| probe.sender.clone()) else { return };
        self.note_refusal(probe, &sender, text);
        self.forget_attempts(|attempt| attempt.waits_in(probe) && attempt.is_refused(text));
        let is_it = |attempt: &Attempt| attempt.is_judged_in(sender.tab, sender.frame);
        let Some(at) = self.captures.attempts.iter().position(is_it) else { return };
        let look =
            FormSnapshot::parse(snapshot).ok().map(|snapshot| Look::new(snapshot, self.corrections.of(&sender.origin)));
        let settled = self.now.monotonic.saturating_add(SETTLING);
        let Some(attempt) = self.captures.attempts.get_mut(at) else { return };
        // It may go on to yet another document.
        attempt.probe = probe;
        let (number, refuses) = (attempt.number, attempt.is_refused(text));
        let look = look.filter(|_| attempt.is_of_site(&sender.origin));
        let again = look.as_ref().is_some_and(|look| look.asks_again(attempt.kind));
        let stays = again || look.is_some_and(|look| look.has_form(attempt.kind));
        match (again, refuses, attempt.phase) {
            (false, true, _) if attempt.makes_password() && !stays => self.leave_unknown(at),
            (true, _, _) | (_, true, _) => self.forget_attempts(|attempt| attempt.number == number),
            (_, _, Phase::Judging { once_more: true, .. }) => attempt.phase = Phase::Settling(settled),
            _ if attempt.sent => self.take_attempt(at),
            _ => self.leave_unknown(at),
        }
    }

    /// Nobody knows whether the site took it: the daemon keeps it, and the popup lists it.
    fn leave_unknown(&mut self, at: usize) {
        drop(self.captures.attempts.remove(at));
    }

    /// The site took it: offers to save it, once the daemon has said what it is.
    fn take_attempt(&mut self, at: usize) {
        let Some(attempt) = self.captures.attempts.get_mut(at) else { return };
        attempt.phase = Phase::Taken;
        if attempt.capture.is_none() {
            return;
        }
        let attempt = self.captures.attempts.remove(at);
        if let Some(capture) = attempt.capture {
            self.end_capture(capture.id, true);
            self.offer(attempt.tab, CaptureSummary { accepted: true, ..capture });
        }
    }

    pub(crate) fn pass_capture_deadlines(&mut self) {
        let now = self.now.monotonic;
        self.captures.names.retain(|name| name.until > now);
        for attempt in &mut self.captures.attempts {
            let judge = match attempt.phase {
                Phase::Gone(at) if at <= now => Effect::Judge { tab: attempt.tab, frame: attempt.frame },
                Phase::Settling(at) if at <= now => Effect::ToProbe(attempt.probe, ToProbe::Judge {}),
                _ => continue,
            };
            attempt.phase = Phase::Judging { until: now.saturating_add(LOOK_PATIENCE), once_more: false };
            self.effects.push(judge);
        }
        // The form still stands there.
        let stands = |attempt: &Attempt| matches!(attempt.phase, Phase::Submitted { until, .. } if until <= now);
        self.forget_attempts(|attempt| stands(attempt) && !attempt.makes_password());
        let is_late = |attempt: &Attempt| matches!(attempt.phase, Phase::Judging { until, .. } if until <= now);
        self.captures.attempts.retain(|attempt| !stands(attempt) && !is_late(attempt));
        for attempt in &mut self.captures.attempts {
            if let Phase::Submitted { look, .. } = &mut attempt.phase
                && look.take_if(|look| *look <= now).is_some()
            {
                self.effects.push(Effect::ToProbe(attempt.probe, ToProbe::Judge {}));
            }
        }
        self.pass_offer_deadline();
    }
}
