//! Presses in a chooser of which the browser cannot tell whether anything covers it: they count once its probe has looked.
//!
//! A look of the probe's by its own clock is no bar to a page that keeps its thread busy: the chooser's process takes presses meanwhile.

use crate::{
    effect::{Effect, PanelId, ProbeId},
    engine::Engine,
    fill::Typed,
    generate::Wish,
};
use countersign_seal::id::{ItemId, RequestId};
use countersign_wire::{page::ToProbe, panel::PanelKind};

/// How long the probe may take to look, in milliseconds.
const LOOK_PATIENCE: u64 = 500;

/// What a press does once it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Deed {
    Choose(ItemId, Typed),
    /// Makes a new password.
    Generate(Wish),
    /// Confirms this request and no later one.
    Confirm(RequestId),
}

/// The newest press that waits for its look.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Press {
    number: u32,
    panel: PanelId,
    probe: ProbeId,
    deed: Deed,
    pub(crate) until: u64,
}

impl Engine {
    /// Does what was pressed, if it was surely seen; else asks.
    pub(crate) fn press(&mut self, id: PanelId, in_sight: bool, deed: Deed) {
        let Some(panel) = self.panels.get(&id) else { return };
        if in_sight || !panel.is(PanelKind::Chooser) {
            return self.carry_out(id, deed);
        }
        let Some(probe) = panel.target.map(|target| target.probe) else { return };
        let (number, until) = (self.number(), self.now.monotonic.saturating_add(LOOK_PATIENCE));
        self.press = Some(Press { number, panel: id, probe, deed, until });
        self.effects.push(Effect::ToProbe(probe, ToProbe::Vouch { press: number }));
    }

    /// What the probe saw. An answer to an older press, or one that comes too late, is not heard.
    pub(crate) fn vouched(&mut self, probe: ProbeId, number: u32, in_sight: bool) {
        let now = self.now.monotonic;
        let answered = |press: &mut Press| press.number == number && press.probe == probe && now < press.until;
        let Some(press) = self.press.take_if(answered) else { return };
        if in_sight {
            self.carry_out(press.panel, press.deed);
        } else {
            self.cover(press.panel);
        }
    }

    pub(crate) fn pass_press_deadline(&mut self) {
        let now = self.now.monotonic;
        if let Some(press) = self.press.take_if(|press| press.until <= now) {
            self.cover(press.panel);
        }
    }

    /// The user has done something else in the panel, or it is gone.
    pub(crate) fn forget_press(&mut self, panel: PanelId) {
        self.press.take_if(|press| press.panel == panel);
    }

    fn carry_out(&mut self, id: PanelId, deed: Deed) {
        match deed {
            Deed::Choose(item, typed) => self.choose(id, item, typed),
            Deed::Generate(wish) => self.generate(id, wish),
            Deed::Confirm(request) => self.confirm(request),
        }
    }

    fn cover(&mut self, id: PanelId) {
        if let Some(panel) = self.panels.get_mut(&id) {
            panel.covered = true;
        }
    }
}
