//! The pages: what probes see, the icon, and the tickets that choosers open with.

use crate::{
    effect::{Effect, FrameId, ProbeId, Sender, TabId},
    engine::Engine,
    fill::Look,
};
use countersign_forms::{FormSnapshot, RawSnapshot};
use countersign_seal::{
    origin::{Origin, OriginChain},
    secret::random,
};
use countersign_wire::{
    page::{FromProbe, ToProbe},
    panel::{FillOutcome, PlaceKind},
};

/// How long a chooser has to open, in milliseconds.
const TICKET_LIFETIME: u64 = 30_000;
/// The most probes that are remembered: one document each.
const PROBE_LIMIT: usize = 512;
/// The most of them in one tab: a page of frames must not crowd out all others.
const TAB_LIMIT: usize = 64;

/// A document with forms.
pub(crate) struct Probe {
    pub(crate) sender: Sender,
    pub(crate) look: Option<Look>,
    /// The field that last had focus.
    pub(crate) focused: Option<u32>,
    /// When it last said so.
    pub(crate) seen: u64,
    /// Where it is, if what it is given may be captured.
    pub(crate) chain: Option<OriginChain>,
    /// The fields of which it says what is submitted, and those of them that hold passwords.
    pub(crate) attended: (Vec<u32>, Vec<u32>),
}

/// A field of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) probe: ProbeId,
    pub(crate) field: u32,
}

/// The right to open one chooser for one field.
pub(crate) struct Ticket {
    pub(crate) target: Target,
    pub(crate) tab: TabId,
    pub(crate) until: u64,
    pub(crate) opening: Opening,
}

/// What a chooser is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Opening {
    /// For the items; the one that was picked on the page before is asked for by itself.
    Items,
    /// For the items, and none is asked for by itself.
    OtherItems,
    /// For a new password, and no item is asked for by itself.
    Generator,
}

/// What nobody can guess: for the fragment of a panel's URL in a page.
pub(crate) fn new_ticket() -> Option<String> {
    let bytes = random::<16>().ok()?;
    Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The field that last had focus, of those that can be filled. Of a document that left a field for one that cannot be filled, none.
fn last_focused<'a>(probes: impl Iterator<Item = (&'a ProbeId, &'a Probe)>) -> Option<Target> {
    let focused = |(id, probe): (&ProbeId, &Probe)| Some((probe.seen, Target { probe: *id, field: probe.focused()? }));
    probes.filter_map(focused).max_by_key(|(seen, _)| *seen).map(|(_, target)| target)
}

impl Probe {
    fn kind_at(&self, field: u32) -> Option<PlaceKind> {
        self.look.as_ref()?.kind_at(field)
    }

    /// The field in focus, if it can be filled.
    fn focused(&self) -> Option<u32> {
        self.focused.filter(|field| self.kind_at(*field).is_some())
    }
}

impl Engine {
    pub(crate) fn probe_connected(&mut self, probe: ProbeId, sender: Sender) {
        // An opaque origin, or one that is not of the web, gets nothing, not even marks.
        let crowded = self.probes.len() >= PROBE_LIMIT || self.probes_of(sender.tab).count() >= TAB_LIMIT;
        if Origin::parse(&sender.origin).is_err() || crowded {
            return self.effects.push(Effect::DropProbe(probe));
        }
        self.probes.insert(
            probe,
            Probe { sender, look: None, focused: None, seen: 0, chain: None, attended: Default::default() },
        );
    }

    pub(crate) fn probe_said(&mut self, probe: ProbeId, message: FromProbe) {
        if !self.probes.contains_key(&probe) {
            return;
        }
        match message {
            FromProbe::Looked { snapshot, focused } => self.looked(probe, snapshot, focused),
            FromProbe::Summoned { snapshot, field, keyboard } => {
                self.looked(probe, snapshot, Some(field));
                self.open_chooser(Target { probe, field }, keyboard, Opening::Items);
            }
            FromProbe::NoRoom { ticket } => {
                if self.tickets.get(&ticket).is_some_and(|ticket| ticket.target.probe == probe) {
                    let ticket = self.tickets.remove(&ticket);
                    self.open_popup_instead(ticket.map(|ticket| (ticket.tab, ticket.opening)));
                }
            }
            FromProbe::Vouched { press, in_sight } => self.vouched(probe, press, in_sight),
            FromProbe::Closed => self.tickets.retain(|_, ticket| ticket.target.probe != probe),
            FromProbe::Lost => self.field_lost(probe),
            FromProbe::Committed { commit, outcome } => self.committed(probe, commit, outcome),
            FromProbe::Submitted { values, snapshot, button, text } => {
                self.recall(probe, snapshot);
                self.submitted(probe, &values, button.as_deref(), text);
            }
            FromProbe::Left => self.form_left(probe),
            FromProbe::Judged { snapshot, text } => self.judged(probe, snapshot, &text),
        }
    }

    fn looked(&mut self, id: ProbeId, snapshot: RawSnapshot, focused: Option<u32>) {
        let Ok(snapshot) = FormSnapshot::parse(snapshot) else {
            self.effects.push(Effect::DropProbe(id));
            return self.probe_gone(id);
        };
        let now = self.now.monotonic;
        let Some(probe) = self.probes.get_mut(&id) else { return };
        let look = Look::new(snapshot, self.corrections.of(&probe.sender.origin));
        let fields = look.marks();
        probe.look = Some(look);
        if focused.is_some() {
            probe.focused = focused;
            probe.seen = now;
        }
        let tab = probe.sender.tab;
        self.mark(id, fields);
        self.attend(id);
        // Where nothing is found, the user may have said more.
        if self.pins.is_some() {
            self.want_link();
        }
        self.retarget_popups(tab);
    }

    /// Shows which fields can be filled.
    pub(crate) fn mark(&mut self, id: ProbeId, fields: Vec<u32>) {
        if !self.probes.contains_key(&id) {
            return;
        }
        // The marks first: they wait there for the code that shows them, and injecting it takes longer than sending them.
        let equip = (!fields.is_empty()).then(|| Effect::Equip(id));
        self.effects.push(Effect::ToProbe(id, ToProbe::Marks { fields }));
        self.effects.extend(equip);
    }

    pub(crate) fn probe_gone(&mut self, probe: ProbeId) {
        let Some(gone) = self.probes.remove(&probe) else { return };
        self.tickets.retain(|_, ticket| ticket.target.probe != probe);
        self.request_lost(probe, FillOutcome::PageGone);
        self.making_lost(probe);
        self.page_left(probe);
        self.retarget_popups(gone.sender.tab);
    }

    pub(crate) fn shortcut(&mut self, tab: TabId) {
        match self.focused_target(tab) {
            _ if self.cycle(tab) => {}
            Some(target) => self.open_chooser(target, true, Opening::Items),
            None => self.effects.push(Effect::OpenPopup),
        }
    }

    pub(crate) fn open_chooser(&mut self, target: Target, keyboard: bool, opening: Opening) {
        let Some(probe) = self.probes.get(&target.probe) else { return };
        if probe.kind_at(target.field).is_none() {
            return;
        }
        let Some(ticket) = new_ticket() else { return };
        let until = self.now.monotonic.saturating_add(TICKET_LIFETIME);
        // One chooser a document.
        let tab = probe.sender.tab;
        self.tickets.retain(|_, ticket| ticket.target.probe != target.probe);
        self.tickets.insert(ticket.clone(), Ticket { target, tab, until, opening });
        self.effects.push(Effect::Equip(target.probe));
        self.effects.push(Effect::ToProbe(target.probe, ToProbe::Open { ticket, field: target.field, keyboard }));
    }

    /// Where no chooser can open, the popup does, for the same.
    pub(crate) fn open_popup_instead(&mut self, wished: Option<(TabId, Opening)>) {
        match wished {
            Some((tab, Opening::Generator)) => self.wish_to_make(tab),
            _ => self.effects.push(Effect::OpenPopup),
        }
    }

    /// The field in a tab that last had focus, if it can be filled.
    fn focused_target(&self, tab: TabId) -> Option<Target> {
        last_focused(self.probes_of(tab))
    }

    /// The field in a frame that last had focus, if it can be filled.
    pub(crate) fn focused_in_frame(&self, tab: TabId, frame: FrameId) -> Option<Target> {
        last_focused(self.probes_of(tab).filter(|(_, probe)| probe.sender.frame == frame))
    }

    /// What the popup would fill: the field in focus, else the best form of the top frame, else of another.
    pub(crate) fn best_target(&self, tab: TabId) -> Option<Target> {
        let best = |(id, probe): (&ProbeId, &Probe)| {
            let field = probe.look.as_ref()?.best_field()?;
            let nothing = probe.kind_at(field) == Some(PlaceKind::NewPassword);
            Some(((nothing, probe.sender.frame), Target { probe: *id, field }))
        };
        self.focused_target(tab)
            .or_else(|| self.probes_of(tab).filter_map(best).min_by_key(|(rank, _)| *rank).map(|(_, target)| target))
    }

    pub(crate) fn probes_of(&self, tab: TabId) -> impl Iterator<Item = (&ProbeId, &Probe)> {
        self.probes.iter().filter(move |(_, probe)| probe.sender.tab == tab)
    }

    pub(crate) fn kind_of(&self, target: Target) -> Option<PlaceKind> {
        self.probes.get(&target.probe)?.kind_at(target.field)
    }
}
