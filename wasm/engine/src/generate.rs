//! A new password for a form that asks for one: made and kept by the daemon, and then written.
//!
//! ```text
//! Asked ─ the daemon has made and kept it ─→ Checking ─ the place is the same ─→ Committing → Over
//! ```
//!
//! It is a capture before the page gets it ([`Method::Generate`]): whatever becomes of the page, the popup of its site has it. When the page is submitted the capture of
//! what was submitted is this one ([`crate::capture`]), and once the site took it, it is offered to be saved.

use crate::{
    chain::origin_chain,
    copy::WISH_LIFETIME,
    effect::{Effect, Frame, PanelId, ProbeId, TabId},
    engine::{Engine, Purpose, Read},
    fill::new_password_steps,
    pages::Target,
    request::{COMMIT_PATIENCE, RELEASE_LIFETIME, SHOWN_FILLED},
};
use countersign_forms::{FillPlan, PasswordRules};
use countersign_seal::{origin::OriginChain, secret::SecretBytes};
use countersign_wire::{
    local::{Fault, Method, Reply},
    new_password::{
        SecretKind, Wanted, adapted, bounds,
        generator::{CharacterSet, Recipe},
        may_be_refused,
    },
    page::{Commit, ToProbe},
    panel::{FillOutcome, GeneratorKind, GeneratorView, MakingView, PanelKind, Place, PlaceKind},
};

/// How long the daemon may take to make and keep it, in milliseconds.
const MAKE_PATIENCE: u64 = 10_000;

/// A new password on its way.
pub(crate) struct Making {
    /// Names it to the daemon's answers and to the probe's.
    number: u32,
    panel: PanelId,
    target: Target,
    chain: OriginChain,
    plan: FillPlan,
    /// Whether the daemon has said that it is kept.
    kept: bool,
    phase: Phase,
}

/// What the user pressed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wish {
    pub(crate) wanted: Wanted,
    /// Whether it was said that it replaces what stands in the boxes.
    pub(crate) replaces: bool,
}

enum Phase {
    /// The daemon makes and keeps it.
    Asked { until: u64 },
    /// It is kept; the place is looked at once more.
    Checking { value: SecretBytes, until: u64 },
    /// The probe writes.
    Committing { until: u64 },
    /// Done, one way or the other. The chooser goes away at the given time.
    Over { outcome: FillOutcome, close: Option<u64> },
}

impl Making {
    pub(crate) const fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over { .. })
    }

    pub(crate) const fn deadline(&self) -> Option<u64> {
        match self.phase {
            Phase::Asked { until } | Phase::Checking { until, .. } | Phase::Committing { until } => Some(until),
            Phase::Over { close, .. } => close,
        }
    }

    const fn view(&self) -> MakingView {
        let filled = match self.phase {
            Phase::Over { outcome, .. } => Some(outcome),
            _ => None,
        };
        MakingView { kept: self.kept, filled }
    }
}

/// The kinds that meet a page's rules, the one that is proposed first.
fn kinds(rules: &PasswordRules) -> Vec<GeneratorKind> {
    let kind = |kind| {
        let (least, most) = bounds(rules, kind)?;
        Some(GeneratorKind { kind, least, most, amount: Wanted::new(kind).amount.clamp(least, most) })
    };
    let mut kinds = [SecretKind::Password, SecretKind::Passphrase, SecretKind::Pin];
    if rules.is_digits_only() {
        kinds.reverse();
    }
    kinds.into_iter().filter_map(kind).collect()
}

/// Whether a page takes any of what makes passwords by default.
fn takes_special(rules: &PasswordRules) -> bool {
    let recipe = adapted(rules, &Wanted::new(SecretKind::Password).recipe());
    matches!(recipe, Some(Recipe::Password(recipe)) if !recipe.allowed.and(CharacterSet::SPECIAL).is_empty())
}

impl Engine {
    /// What can be made at a place. What goes into a frame of another site is not kept, so nothing is made for one.
    pub(crate) fn generator_at(&self, place: &Place, target: Target) -> Option<GeneratorView> {
        place.chain.single()?;
        let probe = self.probes.get(&target.probe)?;
        let (plan, rules) = probe.look.as_ref()?.new_password_at(target.field)?;
        Some(GeneratorView {
            kinds: kinds(&rules),
            min_length: rules.min_length,
            max_length: rules.max_length,
            special: takes_special(&rules),
            unknown: may_be_refused(&rules),
            private: probe.sender.private,
            occupied: plan.is_occupied(),
        })
    }

    /// The menu's entry, where no chooser can open: the popup has the generator, or says that there is nothing to make.
    pub(crate) fn wish_to_make(&mut self, tab: TabId) {
        self.wish_to_make = Some((tab, self.now.monotonic.saturating_add(WISH_LIFETIME)));
        let open = self.panels.iter().find(|(_, panel)| panel.popup_tab() == Some(tab)).map(|(id, _)| *id);
        match open {
            Some(panel) => self.take_wish_to_make(panel, tab),
            None => self.effects.push(Effect::OpenPopup),
        }
    }

    /// A popup has opened about this tab.
    pub(crate) fn take_wish_to_make(&mut self, id: PanelId, tab: TabId) {
        let now = self.now.monotonic;
        let wish = self.wish_to_make.take().filter(|(wished, until)| *wished == tab && now < *until);
        if let Some(panel) = self.panels.get_mut(&id) {
            panel.makes |= wish.is_some();
        }
    }

    /// The user pressed: makes what the panel wants.
    pub(crate) fn generate(&mut self, id: PanelId, wish: Wish) {
        if self.is_asking() || self.is_making() {
            return self.fault(id, Some(Fault::Busy));
        }
        let target = self.panels.get(&id).and_then(|panel| panel.target);
        match target.and_then(|target| self.probes.get(&target.probe)).map(|probe| probe.sender.tab) {
            Some(tab) => self.read_frames(tab, Read::Generate(id, wish)),
            None => self.fault(id, Some(Fault::NotFound)),
        }
    }

    pub(crate) fn generate_read(&mut self, id: PanelId, wish: Wish, frames: &[Frame]) {
        // Another press may have been faster.
        if self.is_asking() || self.is_making() {
            return self.fault(id, Some(Fault::Busy));
        }
        match self.begin_making(id, wish, frames) {
            Ok((making, method)) => {
                let number = making.number;
                self.making = Some(making);
                self.call(method, Purpose::Generate(number));
            }
            Err(fault) => {
                self.fault(id, Some(fault));
                self.regenerate(id);
            }
        }
    }

    /// What can be made there now: the page may have other rules, and the user may have typed.
    fn regenerate(&mut self, id: PanelId) {
        let Some(panel) = self.panels.get(&id) else { return };
        let place = panel.place.as_ref().zip(panel.target);
        let generator = place.and_then(|(place, target)| self.generator_at(place, target));
        if let Some(panel) = self.panels.get_mut(&id) {
            panel.generator = generator;
        }
    }

    fn begin_making(&mut self, id: PanelId, wish: Wish, frames: &[Frame]) -> Result<(Making, Method), Fault> {
        if !self.way.is_up() {
            return Err(self.link_fault());
        }
        let number = self.number();
        let panel = self.panels.get(&id).ok_or(Fault::NotFound)?;
        let Wish { wanted, replaces } = wish;
        let target = panel.target.ok_or(Fault::NotFound)?;
        let place = self.place_of(target, frames).ok_or(Fault::OtherSite)?;
        // The user pressed for the place that was shown.
        if panel.place.as_ref() != Some(&place) {
            return Err(Fault::OtherSite);
        }
        let site = place.chain.single().ok_or(Fault::OtherSite)?;
        let probe = self.probes.get(&target.probe).ok_or(Fault::NotFound)?;
        let look = probe.look.as_ref().ok_or(Fault::NotFound)?;
        let (plan, rules) = look.new_password_at(target.field).ok_or(Fault::NotFound)?;
        // What was typed since is replaced only where that was said.
        if plan.is_occupied() && !replaces {
            return Err(Fault::PageChanged);
        }
        let (least, most) = bounds(&rules, wanted.kind).ok_or(Fault::InvalidRecipe)?;
        let wanted = Wanted { amount: wanted.amount.clamp(least, most), ..wanted };
        let recipe = adapted(&rules, &wanted.recipe()).ok_or(Fault::InvalidRecipe)?;
        // Who signs up is not whoever signed in before.
        let is_new = place.kind == PlaceKind::SignUp;
        let known = || self.username_here(String::new(), probe.sender.tab, &place.chain, site);
        let username = if is_new { String::new() } else { known() };
        let phase = Phase::Asked { until: self.now.monotonic.saturating_add(MAKE_PATIENCE) };
        let chain = place.chain;
        let method = Method::Generate { chain: chain.clone(), username, recipe };
        Ok((Making { number, panel: id, target, chain, plan, kept: false, phase }, method))
    }

    fn making_mut(&mut self, number: u32) -> Option<&mut Making> {
        self.making.as_mut().filter(|making| making.number == number)
    }

    /// The daemon has kept it, or says why not.
    pub(crate) fn generated(&mut self, number: u32, result: Result<Reply, Fault>) {
        let until = self.now.monotonic.saturating_add(RELEASE_LIFETIME);
        let Some(making) = self.making_mut(number).filter(|making| matches!(making.phase, Phase::Asked { .. })) else {
            return;
        };
        let (panel, probe) = (making.panel, making.target.probe);
        match result {
            Ok(Reply::Generated { value, .. }) => {
                making.kept = true;
                making.phase = Phase::Checking { value, until };
                match self.probes.get(&probe).map(|probe| probe.sender.tab) {
                    Some(tab) => self.read_frames(tab, Read::CommitMade(number)),
                    None => self.made(FillOutcome::PageGone),
                }
            }
            other => {
                self.making = None;
                self.fault(panel, Some(other.err().unwrap_or(Fault::Internal)));
            }
        }
    }

    /// The frame tree is read once more: commits, if the place is the one that it was made for.
    pub(crate) fn commit_made(&mut self, number: u32, frames: &[Frame]) {
        let now = self.now.monotonic;
        let until = self.now.unix.plus(COMMIT_PATIENCE);
        let Some(making) = self.making_mut(number) else { return };
        let phase = Phase::Committing { until: now.saturating_add(COMMIT_PATIENCE) };
        let (value, expires) = match core::mem::replace(&mut making.phase, phase) {
            Phase::Checking { value, until } => (value, until),
            other => {
                making.phase = other;
                return;
            }
        };
        let is_fresh = now < expires;
        let steps = value.expose_str().ok().and_then(|value| new_password_steps(&making.plan, value));
        let (probe, chain) = (making.target.probe, making.chain.clone());
        let here = self.probes.get(&probe).and_then(|probe| origin_chain(&probe.sender, frames));
        match steps {
            _ if !is_fresh || here != Some(chain) => self.made(FillOutcome::PageGone),
            None => self.made(FillOutcome::TargetChanged),
            Some(steps) => {
                self.effects.push(Effect::ToProbe(
                    probe,
                    ToProbe::Commit(Commit { commit: number, until, steps, submit: None }),
                ));
            }
        }
    }

    pub(crate) fn made_committed(&mut self, probe: ProbeId, number: u32, outcome: FillOutcome) {
        let is_it = |making: &Making| {
            making.number == number && making.target.probe == probe && matches!(making.phase, Phase::Committing { .. })
        };
        if self.making.as_ref().is_some_and(is_it) {
            self.made(outcome);
        }
    }

    fn made(&mut self, outcome: FillOutcome) {
        let close = self.now.monotonic.saturating_add(SHOWN_FILLED);
        if let Some(making) = &mut self.making {
            let close = (outcome == FillOutcome::Filled).then_some(close);
            making.phase = Phase::Over { outcome, close };
        }
        // The popup of its site has it.
        self.refresh_panels();
    }

    /// The page is gone. What the daemon has kept by then stays kept.
    pub(crate) fn making_lost(&mut self, probe: ProbeId) {
        if self.making.as_ref().is_some_and(|making| making.target.probe == probe && !making.is_over()) {
            self.made(FillOutcome::PageGone);
        }
    }

    /// The session is over: nobody says any more whether it is kept.
    pub(crate) fn making_lost_daemon(&mut self) {
        if self.making.as_ref().is_some_and(|making| matches!(making.phase, Phase::Asked { .. })) {
            self.made(FillOutcome::Interrupted);
        }
    }

    fn is_asking(&self) -> bool {
        self.request.as_ref().is_some_and(|request| !request.is_over())
    }

    /// Whether one is under way: it goes on, since it is kept or being written.
    pub(crate) fn is_making(&self) -> bool {
        self.making.as_ref().is_some_and(|making| !making.is_over())
    }

    pub(crate) fn pass_making_deadline(&mut self) {
        let now = self.now.monotonic;
        let is_due = |making: &&mut Making| making.deadline().is_some_and(|deadline| deadline <= now);
        let Some(making) = self.making.as_mut().filter(is_due) else { return };
        let (panel, probe) = (making.panel, making.target.probe);
        match &mut making.phase {
            Phase::Asked { .. } => {
                self.making = None;
                self.fault(panel, Some(Fault::Internal));
            }
            Phase::Checking { .. } | Phase::Committing { .. } => self.made(FillOutcome::PageGone),
            Phase::Over { close, .. } => {
                *close = None;
                if self.panels.get(&panel).is_some_and(|panel| panel.is(PanelKind::Chooser)) {
                    self.effects.push(Effect::ToProbe(probe, ToProbe::Close { refocus: true }));
                }
            }
        }
    }

    pub(crate) fn making_view(&self, panel: PanelId) -> Option<MakingView> {
        self.making.as_ref().filter(|making| making.panel == panel).map(Making::view)
    }
}
