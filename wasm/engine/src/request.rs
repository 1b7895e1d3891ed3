//! The one request in hand, from the pick to the written form.
//!
//! ```text
//! Signing → Asking → Waiting → Checking → Committing → Over
//! ```
//!
//! A release is bound to what the pick was bound to: the probe's port (and so tab, frame and document), the origin chain, the item and its fields. It is good for
//! one commit within 30 s, after the frame tree has been read once more. What answers a server ([`crate::challenge`]) is bound to the browser's request instead of
//! a probe, and goes the same way.

use crate::{
    challenge::password_of,
    copy::Spot,
    effect::{ChallengeId, Effect, Frame, PanelId, ProbeId, TabId},
    engine::{Engine, Purpose, Read},
    fill::{Typed, commit_steps, fields_for},
    pages::Target,
    panels::may_say_who,
};
use countersign_forms::FillPlan;
use countersign_seal::{
    field::FieldKind,
    id::{FieldId, ItemId, RequestId},
    origin::OriginChain,
    request::{Action, Ask, LIFETIME_MILLIS, Number, SignIn, SignedAsk},
    secret::SecretBytes,
};
use countersign_wire::{
    item::ItemSummary,
    local::{Fault, Method, Progress, ReleasedField},
    page::{Commit, ToProbe},
    panel::{FillOutcome, PanelKind, PlaceKind, RequestView},
};

/// How long a release is good for, in milliseconds.
pub(crate) const RELEASE_LIFETIME: u64 = 30_000;
/// How long the browser may take to sign, and the daemon to take an ask, in milliseconds.
const SIGN_PATIENCE: u64 = 10_000;
/// How much longer than a request lives its end may take to be told, in milliseconds.
const GRACE: u64 = 5_000;
/// How long a probe may take to write, in milliseconds.
pub(crate) const COMMIT_PATIENCE: u64 = 5_000;
/// How long a chooser shows that it filled, in milliseconds.
pub(crate) const SHOWN_FILLED: u64 = 1_200;

/// What a release is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Goal {
    /// The form of this field.
    Form(Target),
    /// The server that asks.
    Challenge(ChallengeId),
    /// The popup, for a code to copy.
    Copy(Spot),
}

/// What a request asks for.
struct What {
    fields: Vec<FieldId>,
    sign_in: Option<SignIn>,
    /// What the button says that is pressed after it was filled.
    submit: Option<String>,
}

/// A request.
pub(crate) struct Pending {
    id: RequestId,
    goal: Goal,
    panel: PanelId,
    chain: OriginChain,
    item: ItemSummary,
    fields: Vec<FieldId>,
    sign_in: Option<SignIn>,
    /// What the button says that the form is submitted with.
    submit: Option<String>,
    /// Whether it was picked on the page before.
    carried: bool,
    plan: FillPlan,
    /// Whether a secret does not go into its field.
    leaves_out: bool,
    number: Number,
    progress: Progress,
    filled: Option<FillOutcome>,
    started: u64,
    phase: Phase,
}

/// An edit that waits for the phone. The daemon asks; here is only what to type there.
pub(crate) struct Edit {
    id: RequestId,
    view: RequestView,
    started: u64,
}

enum Phase {
    /// The profile's key signs the ask.
    Signing,
    /// The daemon has the ask, but has not taken it yet.
    Asking,
    /// The phone, or the user in the chooser, has to answer.
    Waiting,
    /// Released; the place is looked at once more.
    Checking { values: Vec<ReleasedField>, since: u64 },
    /// The probe writes.
    Committing { commit: u32, since: u64 },
    /// Done, one way or the other. The chooser goes away at the given time.
    Over { close: Option<u64> },
}

impl Pending {
    pub(crate) const fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over { .. })
    }

    /// Whether it was made and nothing is being written yet.
    pub(crate) const fn waits(&self) -> bool {
        !matches!(self.phase, Phase::Committing { .. } | Phase::Over { .. })
    }

    pub(crate) const fn id(&self) -> RequestId {
        self.id
    }

    /// The field whose form is filled.
    pub(crate) const fn target(&self) -> Option<Target> {
        match self.goal {
            Goal::Form(target) => Some(target),
            Goal::Challenge(_) | Goal::Copy(_) => None,
        }
    }

    /// Where the code that is copied is for.
    pub(crate) const fn spot(&self) -> Option<Spot> {
        match self.goal {
            Goal::Copy(spot) => Some(spot),
            Goal::Form(_) | Goal::Challenge(_) => None,
        }
    }

    /// The question that is answered.
    pub(crate) const fn challenge(&self) -> Option<ChallengeId> {
        match self.goal {
            Goal::Form(_) | Goal::Copy(_) => None,
            Goal::Challenge(challenge) => Some(challenge),
        }
    }

    pub(crate) const fn chain(&self) -> &OriginChain {
        &self.chain
    }

    /// The numbers of the fields to be written.
    pub(crate) fn planned_fields(&self) -> Vec<u32> {
        self.plan.steps.iter().map(|step| step.field.0).collect()
    }

    pub(crate) fn went_well(&self) -> bool {
        self.filled == Some(FillOutcome::Filled)
    }

    /// When to stop waiting.
    pub(crate) fn deadline(&self) -> Option<u64> {
        match &self.phase {
            Phase::Signing | Phase::Asking => Some(self.started.saturating_add(SIGN_PATIENCE)),
            Phase::Waiting => Some(self.started.saturating_add(LIFETIME_MILLIS + GRACE)),
            Phase::Checking { since, .. } => Some(since.saturating_add(RELEASE_LIFETIME)),
            Phase::Committing { since, .. } => Some(since.saturating_add(COMMIT_PATIENCE)),
            Phase::Over { close } => *close,
        }
    }

    fn view(&self, now: u64, again: bool) -> RequestView {
        RequestView {
            item: self.item.id,
            title: self.item.title.clone(),
            edit: false,
            copy: self.spot().is_some(),
            again,
            fields: self.fields.clone(),
            carried: self.carried,
            follows: matches!(self.sign_in, Some(SignIn::Follows { .. })),
            number: self.number,
            progress: self.progress,
            filled: self.filled,
            remaining_millis: if self.is_over() {
                0
            } else {
                self.started.saturating_add(LIFETIME_MILLIS).saturating_sub(now)
            },
        }
    }
}

impl Engine {
    /// The frame tree is read for a pick: draws the number and has the ask signed.
    pub(crate) fn ask_read(&mut self, panel: PanelId, item: ItemId, typed: Typed, frames: &[Frame]) {
        if self.request.as_ref().is_some_and(|request| !request.is_over()) {
            return self.fault(panel, Some(Fault::Busy));
        }
        match self.make_request(panel, item, typed, frames) {
            // A user name is no secret, nor is who somebody is: nobody has to be asked for it. It goes the same way into the page.
            Ok((request, _)) if request.fields.is_empty() => {
                let (id, since) = (request.id, self.now.monotonic);
                self.note_pick(&request);
                let phase = Phase::Checking { values: Vec::new(), since };
                self.request = Some(Pending { progress: Progress::Approved, phase, ..request });
                self.commit_read(id, frames);
            }
            Ok((request, ask)) => {
                if let Some(SignIn::Follows { request }) = request.sign_in {
                    self.sign_ins.spend(request);
                }
                self.request = Some(request);
                self.effects.push(Effect::Sign(Box::new(ask)));
            }
            Err(fault) => self.fault(panel, Some(fault)),
        }
    }

    fn make_request(&self, id: PanelId, item: ItemId, typed: Typed, frames: &[Frame]) -> Result<(Pending, Ask), Fault> {
        if !self.way.is_up() {
            return Err(self.link_fault());
        }
        let panel = self.panels.get(&id).ok_or(Fault::NotFound)?;
        let item = panel.items.iter().find(|known| known.id == item).ok_or(Fault::NotFound)?;
        let target = panel.target.ok_or(Fault::NotFound)?;
        let place = self.place_of(target, frames).ok_or(Fault::OtherSite)?;
        // The user picked for the place that was shown.
        if panel.place.as_ref() != Some(&place) {
            return Err(Fault::OtherSite);
        }
        if !may_say_who(item, &place) {
            return Err(Fault::OtherSite);
        }
        let look = self.probes.get(&target.probe).and_then(|probe| probe.look.as_ref()).ok_or(Fault::NotFound)?;
        let plan = look.plan_with(target.field, item, typed, &*self.country_names).ok_or(Fault::NotFound)?;
        // What was typed since the list was shown: the next pick asks.
        if typed == Typed::Ask && plan.is_occupied() {
            return Err(Fault::PageChanged);
        }
        let fields = fields_for(&plan, item);
        let sign_in = self.sign_in_of(target, &place.chain, item, &fields);
        // Nobody is asked again for a code that follows, so the pick is the word: a chooser that a page may have covered gives none.
        let sign_in = sign_in.filter(|sign_in| panel.in_sight || !matches!(sign_in, SignIn::Follows { .. }));
        // What the user typed and kept may be another's: then its user looks once more.
        let wants = item.submits_after_fill() && typed != Typed::Keep && !fields.is_empty();
        let page = place.chain.single().filter(|_| wants).map(ToString::to_string);
        let submit = page.and_then(|page| look.submitter(target.field, &page));
        let what = What { fields, sign_in, submit };
        let (pending, ask) = self.draw(Goal::Form(target), id, item, place.chain, what)?;
        Ok((Pending { carried: panel.carried == Some(item.id), plan, ..pending }, ask))
    }

    /// Draws the number of a request.
    fn draw(
        &self,
        goal: Goal,
        panel: PanelId,
        item: &ItemSummary,
        chain: OriginChain,
        what: What,
    ) -> Result<(Pending, Ask), Fault> {
        let What { fields, sign_in, submit } = what;
        let account = self.pins.as_ref().ok_or(Fault::NotPaired)?.account;
        let (id, number) = RequestId::make().and_then(|id| Ok((id, Number::make()?))).map_err(|_| Fault::Internal)?;
        let ask = Ask {
            version: 1,
            account,
            id,
            time: self.now.unix,
            asker: self.identity.keys.fingerprint(),
            action: action(goal, item.id, &chain, (&fields, sign_in, submit.is_some())),
            number,
        };
        let pending = Pending {
            id,
            goal,
            panel,
            chain,
            item: item.clone(),
            fields,
            sign_in,
            submit,
            carried: false,
            plan: FillPlan::default(),
            leaves_out: false,
            number,
            progress: Progress::Asked,
            filled: None,
            started: self.now.monotonic,
            phase: Phase::Signing,
        };
        Ok((pending, ask))
    }

    /// Asks for a code to copy.
    pub(crate) fn ask_for_copy(
        &mut self,
        panel: PanelId,
        item: &ItemSummary,
        field: FieldId,
        spot: Spot,
        chain: OriginChain,
    ) -> Result<(), Fault> {
        let what = What { fields: vec![field], sign_in: None, submit: None };
        let (request, ask) = self.draw(Goal::Copy(spot), panel, item, chain, what)?;
        self.request = Some(request);
        self.effects.push(Effect::Sign(Box::new(ask)));
        Ok(())
    }

    /// Asks for what answers a server.
    pub(crate) fn ask_for_challenge(
        &mut self,
        panel: PanelId,
        item: ItemId,
        challenge: ChallengeId,
        chain: OriginChain,
    ) {
        let known = self.panels.get(&panel).and_then(|panel| panel.items.iter().find(|known| known.id == item));
        let password = |item: &ItemSummary| password_of(item).map(|password| vec![password]);
        let wished = known.and_then(|item| Some((item, password(item)?))).ok_or(Fault::NotFound);
        let drawn = wished.and_then(|(item, fields)| {
            let what = What { fields, sign_in: None, submit: None };
            self.draw(Goal::Challenge(challenge), panel, item, chain, what)
        });
        match drawn {
            Ok(_) if !self.way.is_up() => self.fault(panel, Some(self.link_fault())),
            Ok((request, ask)) => {
                self.request = Some(request);
                self.effects.push(Effect::Sign(Box::new(ask)));
            }
            Err(fault) => self.fault(panel, Some(fault)),
        }
    }

    /// A user name that was picked for a login carries over to the page of its password.
    fn note_pick(&mut self, request: &Pending) {
        let now = self.now.monotonic;
        if let Some(target) = request.target()
            && self.kind_of(target) == Some(PlaceKind::Login)
            && let Some(probe) = self.probes.get(&target.probe)
        {
            self.sign_ins.pick(probe.sender.tab, request.chain.clone(), request.item.id, now);
        }
    }

    pub(crate) fn signed(&mut self, result: Result<SignedAsk, countersign_seal::Error>) {
        let Ok(ask) = result else {
            return self.abandon(Fault::Internal);
        };
        if self.pairing_signed(&ask) {
            return;
        }
        let signed = ask.ask().map(|ask| ask.id);
        let Some(request) =
            self.request.as_mut().filter(|request| matches!(request.phase, Phase::Signing) && Ok(request.id) == signed)
        else {
            return;
        };
        request.phase = Phase::Asking;
        let id = request.id;
        self.call(Method::Ask { ask }, Purpose::Ask(id));
    }

    /// A request that never got as far as the daemon, or that the daemon did not take: nothing is left of it but the reason.
    fn abandon(&mut self, fault: Fault) {
        if let Some(request) = self.request.take_if(|request| matches!(request.phase, Phase::Signing | Phase::Asking)) {
            self.fault(request.panel, Some(fault));
        }
    }

    pub(crate) fn ask_taken(&mut self, id: RequestId, fault: Option<Fault>) {
        match (self.request_mut(id), fault) {
            (Some(_), Some(fault)) => self.abandon(fault),
            (Some(request), None) if matches!(request.phase, Phase::Asking) => request.phase = Phase::Waiting,
            _ => {}
        }
    }

    fn request_mut(&mut self, id: RequestId) -> Option<&mut Pending> {
        self.request.as_mut().filter(|request| request.id == id)
    }

    pub(crate) fn edit_asked(&mut self, id: RequestId, item: ItemId, number: Number) {
        let title = self.known_title(item).unwrap_or_default();
        let view = RequestView {
            item,
            title,
            edit: true,
            copy: false,
            again: false,
            fields: Vec::new(),
            carried: false,
            follows: false,
            number,
            progress: Progress::Asked,
            filled: None,
            remaining_millis: LIFETIME_MILLIS,
        };
        self.edit = Some(Edit { id, view, started: self.now.monotonic });
    }

    /// The request to show: a pending fill, else an edit, else how the last fill ended.
    pub(crate) fn request_view(&self) -> Option<RequestView> {
        let now = self.now.monotonic;
        // What a server asked can be asked again for as long as it waits.
        let waits = |request: &Pending| {
            request.spot().is_none() && request.challenge().is_none_or(|challenge| self.is_held(challenge))
        };
        let fill = self.request.as_ref().map(|request| request.view(now, waits(request)));
        if self.request.as_ref().is_some_and(|request| !request.is_over()) {
            return fill;
        }
        let edit = self.edit.as_ref().map(|edit| RequestView {
            remaining_millis: edit.started.saturating_add(LIFETIME_MILLIS).saturating_sub(now),
            ..edit.view.clone()
        });
        edit.or(fill)
    }

    pub(crate) fn progressed(&mut self, id: RequestId, progress: Progress) {
        if let Some(edit) = self.edit.as_mut().filter(|edit| edit.id == id) {
            edit.view.progress = progress;
            return;
        }
        let Some(request) = self.request_mut(id) else { return };
        match &request.phase {
            Phase::Asking | Phase::Waiting => {}
            _ => return,
        }
        // News may overtake the reply that the ask was taken.
        request.phase = Phase::Waiting;
        request.progress = progress;
        if progress.has_failed() {
            request.phase = Phase::Over { close: None };
        }
    }

    pub(crate) fn released(&mut self, id: RequestId, values: Vec<ReleasedField>) {
        let since = self.now.monotonic;
        let Some(request) =
            self.request_mut(id).filter(|request| matches!(request.phase, Phase::Waiting | Phase::Asking))
        else {
            return;
        };
        request.progress = Progress::Approved;
        let mut released: Vec<FieldId> = values.iter().map(|value| value.field).collect();
        let mut asked = request.fields.clone();
        released.sort_unstable();
        asked.sort_unstable();
        if released != asked {
            return self.finish(id, FillOutcome::TargetChanged);
        }
        let has_password = values.iter().any(|value| value.kind == FieldKind::Password);
        request.phase = Phase::Checking { values, since };
        let goal = request.goal;
        let begun = (request.chain.clone(), request.item.id, request.sign_in);
        let begins = has_password && self.begins_sign_in(goal);
        match self.tab_of(goal) {
            Some(tab) => {
                if begins {
                    self.sign_ins.begin(tab);
                }
                if let (chain, item, Some(SignIn::Begins { code })) = begun {
                    self.sign_ins.approve(tab, chain, item, (id, code), since);
                }
                self.read_frames(tab, Read::Commit(id));
            }
            None => self.finish(id, FillOutcome::PageGone),
        }
    }

    fn begins_sign_in(&self, goal: Goal) -> bool {
        matches!(goal, Goal::Form(target) if self.kind_of(target) == Some(PlaceKind::Login))
    }

    fn tab_of(&self, goal: Goal) -> Option<TabId> {
        match goal {
            Goal::Form(target) => self.probes.get(&target.probe).map(|probe| probe.sender.tab),
            Goal::Challenge(challenge) => self.challenge_tab(challenge),
            Goal::Copy(spot) => Some(spot.tab),
        }
    }

    /// The frame tree is read once more: commits, if the place is the one that was approved.
    pub(crate) fn commit_read(&mut self, id: RequestId, frames: &[Frame]) {
        let (now, commit) = (self.now.monotonic, self.number());
        let until = self.now.unix.plus(COMMIT_PATIENCE);
        let Some(request) = self.request.as_mut().filter(|request| request.id == id) else { return };
        let phase = core::mem::replace(&mut request.phase, Phase::Committing { commit, since: now });
        let Phase::Checking { values, since } = phase else {
            request.phase = phase;
            return;
        };
        let elapsed = now.saturating_sub(since);
        let fresh = elapsed < RELEASE_LIFETIME;
        let probe = match request.goal {
            Goal::Form(target) => target.probe,
            Goal::Copy(spot) => {
                let value = values.into_iter().next().filter(|value| fresh && value.value_after(elapsed).is_some());
                return self.hand_over(id, spot, value.map(|value| (value, since)), frames);
            }
            Goal::Challenge(challenge) => {
                let answer = fresh.then(|| login_of(&request.item, &values)).flatten();
                return self.answer(id, challenge, answer, frames);
            }
        };
        let made = commit_steps(&request.plan, &request.item, &values, elapsed, &*self.country_names);
        let made = made.filter(|_| fresh);
        request.leaves_out = made.as_ref().is_some_and(|made| made.leaves_out);
        let steps = made.map(|made| made.steps);
        let here = self.probes.get(&probe).and_then(|probe| crate::chain::origin_chain(&probe.sender, frames));
        let same = here.as_ref() == self.request.as_ref().map(|request| &request.chain);
        match (same, steps) {
            (true, Some(steps)) if steps.is_empty() => self.finish(id, FillOutcome::NoRoom),
            (true, Some(steps)) => {
                // What could not take its value is for its user to fill in.
                let whole = |request: &&Pending| request.plan.steps.len() == steps.len();
                let submit = self.request.as_ref().filter(whole).and_then(|request| request.submit.clone());
                let commit = Commit { commit, until, steps, submit };
                self.effects.push(Effect::ToProbe(probe, ToProbe::Commit(commit)));
            }
            (false, _) => self.finish(id, FillOutcome::PageGone),
            (true, None) => self.finish(id, FillOutcome::TargetChanged),
        }
    }

    /// Hands what was released to the browser, for the server that asked.
    fn answer(
        &mut self,
        id: RequestId,
        challenge: ChallengeId,
        answer: Option<(String, SecretBytes)>,
        frames: &[Frame],
    ) {
        let answered = answer.is_some_and(|answer| self.answer_challenge(challenge, id, answer, frames));
        self.finish(id, if answered { FillOutcome::Filled } else { FillOutcome::PageGone });
    }

    /// Hands a code to the popup, and nobody else.
    fn hand_over(&mut self, id: RequestId, spot: Spot, code: Option<(ReleasedField, u64)>, frames: &[Frame]) {
        let is_there = |request: &mut Pending| request.id == id && Self::is_there_still(spot, &request.chain, frames);
        match code.and_then(|code| Some((code, self.request.take_if(is_there)?))) {
            Some(((field, since), request)) => {
                self.show_code(spot, request.chain, request.item.title, field, since);
                self.refresh_panels();
            }
            None => self.finish(id, FillOutcome::PageGone),
        }
    }

    /// A code's page went elsewhere, or is gone.
    pub(crate) fn copy_lost(&mut self, id: RequestId) {
        self.lose(id, FillOutcome::PageGone);
    }

    /// The server asked again for what it was just given.
    pub(crate) fn not_accepted(&mut self, id: RequestId) {
        if let Some(request) = self.request_mut(id).filter(|request| request.went_well()) {
            request.filled = Some(FillOutcome::NotAccepted);
        }
    }

    /// The browser does not wait for an answer any more.
    pub(crate) fn challenge_lost(&mut self, challenge: ChallengeId) {
        let lost = self.request.as_ref().filter(|request| request.challenge() == Some(challenge) && !request.is_over());
        if let Some(id) = lost.map(Pending::id) {
            self.lose(id, FillOutcome::PageGone);
        }
    }

    pub(crate) fn committed(&mut self, probe: ProbeId, number: u32, outcome: FillOutcome) {
        self.made_committed(probe, number, outcome);
        let Some(request) = &self.request else { return };
        let awaited = matches!(request.phase, Phase::Committing { commit, .. } if commit == number);
        if awaited && request.target().is_some_and(|target| target.probe == probe) {
            let is_part = outcome == FillOutcome::Filled && request.leaves_out;
            self.finish(request.id, if is_part { FillOutcome::FilledInPart } else { outcome });
        }
    }

    fn finish(&mut self, id: RequestId, outcome: FillOutcome) {
        let now = self.now.monotonic;
        if let Some(request) = self.request_mut(id) {
            let close = (outcome == FillOutcome::Filled).then(|| now.saturating_add(SHOWN_FILLED));
            request.filled = Some(outcome);
            request.phase = Phase::Over { close };
        }
    }

    /// The request that waits for a press in the panel, if one does.
    pub(crate) fn confirmable(&self) -> Option<RequestId> {
        let waits =
            |request: &&Pending| matches!(request.phase, Phase::Waiting) && request.progress == Progress::ConfirmHere;
        self.request.as_ref().filter(waits).map(Pending::id)
    }

    pub(crate) fn confirm(&mut self, id: RequestId) {
        if self.confirmable() == Some(id) {
            self.call(Method::Confirm { request: id }, Purpose::Settle(id));
        }
    }

    pub(crate) fn settled(&mut self, id: RequestId, fault: Option<Fault>) {
        let panel = self.request_mut(id).map(|request| request.panel);
        if let (Some(panel), Some(_)) = (panel, fault) {
            self.fault(panel, fault);
        }
    }

    /// Withdraws the request, if one is pending.
    pub(crate) fn withdraw(&mut self) -> bool {
        let Some(request) = self.request.as_mut().filter(|request| !request.is_over()) else {
            return self.withdraw_edit();
        };
        // What is already being written cannot be taken back.
        if matches!(request.phase, Phase::Committing { .. }) {
            return true;
        }
        let known = !matches!(request.phase, Phase::Signing);
        let id = request.id;
        request.progress = Progress::Cancelled;
        request.phase = Phase::Over { close: None };
        if known && self.way.is_up() {
            self.call(Method::Cancel { request: id }, Purpose::Settle(id));
        }
        true
    }

    fn withdraw_edit(&mut self) -> bool {
        let Some(edit) = self
            .edit
            .as_mut()
            .filter(|edit| !edit.view.progress.has_failed() && edit.view.progress != Progress::Approved)
        else {
            return false;
        };
        edit.view.progress = Progress::Cancelled;
        let id = edit.id;
        self.call(Method::Cancel { request: id }, Purpose::Settle(id));
        true
    }

    pub(crate) fn dismiss(&mut self) {
        self.request.take_if(|request| request.is_over());
        self.making.take_if(|making| making.is_over());
        self.edit.take_if(|edit| edit.view.progress.has_failed() || edit.view.progress == Progress::Approved);
    }

    /// The page is gone, or the form in it, or it went elsewhere: nothing is left to fill.
    pub(crate) fn request_lost(&mut self, probe: ProbeId, outcome: FillOutcome) {
        let is_there = |request: &&Pending| request.target().is_some_and(|target| target.probe == probe);
        if let Some(request) = self.request.as_ref().filter(is_there).filter(|request| !request.is_over()) {
            self.lose(request.id, outcome);
        }
    }

    fn lose(&mut self, id: RequestId, outcome: FillOutcome) {
        let writing = self.request.as_ref().is_some_and(|request| matches!(request.phase, Phase::Committing { .. }));
        if !writing {
            self.withdraw();
        }
        if let Some(request) = self.request_mut(id) {
            request.filled = Some(outcome);
            request.phase = Phase::Over { close: None };
        }
    }

    /// The session is over: the daemon withdraws what it was asked in it.
    pub(crate) fn request_lost_daemon(&mut self) {
        self.edit = None;
        let Some(request) = self.request.as_mut() else { return };
        if matches!(request.phase, Phase::Signing | Phase::Asking | Phase::Waiting) {
            request.progress = Progress::Cancelled;
            request.filled = Some(FillOutcome::Interrupted);
            request.phase = Phase::Over { close: None };
        }
    }

    pub(crate) fn pass_request_deadline(&mut self) {
        let now = self.now.monotonic;
        let Some(request) =
            self.request.as_mut().filter(|request| request.deadline().is_some_and(|deadline| deadline <= now))
        else {
            return;
        };
        let (id, target, panel) = (request.id, request.target(), request.panel);
        match &request.phase {
            Phase::Signing | Phase::Asking => {
                self.withdraw();
                self.fault(panel, Some(Fault::Internal));
            }
            Phase::Waiting => {
                self.withdraw();
                if let Some(request) = self.request_mut(id) {
                    request.progress = Progress::Expired;
                }
            }
            Phase::Checking { .. } | Phase::Committing { .. } => self.finish(id, FillOutcome::PageGone),
            Phase::Over { .. } => {
                request.phase = Phase::Over { close: None };
                let is_chooser = self.panels.get(&panel).is_some_and(|panel| panel.is(PanelKind::Chooser));
                if let Some(target) = target.filter(|_| is_chooser) {
                    self.effects.push(Effect::ToProbe(target.probe, ToProbe::Close { refocus: true }));
                }
            }
        }
    }
}

/// What is asked for: a code to copy, else a fill.
fn action(
    goal: Goal,
    item: ItemId,
    chain: &OriginChain,
    (fields, sign_in, submit): (&[FieldId], Option<SignIn>, bool),
) -> Action {
    let chain = chain.clone();
    match (goal, fields) {
        (Goal::Copy(_), [field]) => Action::Copy { item, field: *field, chain },
        _ => Action::Fill { item, fields: fields.to_vec(), chain, sign_in, submit },
    }
}

/// The user name and the password.
fn login_of(item: &ItemSummary, values: &[ReleasedField]) -> Option<(String, SecretBytes)> {
    let password = values.iter().find(|value| value.kind == FieldKind::Password)?;
    Some((item.username.clone(), password.value.clone()))
}
