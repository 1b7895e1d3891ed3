//! What ends a request in the page while it waits: a field leaves its document, the document leaves its frame, the tab leaves its window.
//!
//! The end of a document closes its probe's port as well, but in Firefox only if the page lets the probe hear `pagehide`. So the browser itself is asked too, for as
//! long as a request waits, or a code is shown, and about their tabs alone: browsing is not followed.
//!
//! A same-document navigation (`history.pushState`) ends nothing by itself: addresses change while people type. What counts is whether the fields are still there.

use crate::{
    effect::{Effect, Frame, ProbeId, TabId},
    engine::{Engine, Read},
    request::Pending,
};
use countersign_seal::id::RequestId;
use countersign_wire::{page::ToProbe, panel::FillOutcome};

/// What is watched: for the request in hand, and for the code that is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Watched {
    tab: TabId,
    what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum What {
    /// The form of a request.
    Form(Form),
    /// The page of a request for a code to copy.
    Copy(RequestId),
    /// The page of the code that is shown.
    Code,
}

impl Watched {
    const fn form(&self) -> Option<&Form> {
        match &self.what {
            What::Form(form) => Some(form),
            What::Copy(_) | What::Code => None,
        }
    }
}

/// The form of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Form {
    request: RequestId,
    probe: ProbeId,
    fields: Vec<u32>,
}

fn tabs_of(watched: &[Watched]) -> Vec<TabId> {
    let mut tabs: Vec<TabId> = watched.iter().map(|watched| watched.tab).collect();
    tabs.dedup();
    tabs
}

impl Engine {
    /// Begins or ends to watch, after whatever happened.
    pub(crate) fn watch_changes(&mut self) {
        let wanted = self.to_watch();
        if wanted == self.watched {
            return;
        }
        let before = core::mem::replace(&mut self.watched, wanted.clone());
        let (old, new) = (before.iter().find_map(Watched::form), wanted.iter().find_map(Watched::form));
        let changes = old != new;
        if let Some(old) = old.filter(|old| changes && self.probes.contains_key(&old.probe)) {
            self.effects.push(Effect::ToProbe(old.probe, ToProbe::Watch { fields: Vec::new() }));
        }
        if tabs_of(&before) != tabs_of(&wanted) {
            self.effects.push(Effect::Watch(tabs_of(&wanted)));
        }
        if let Some(new) = new.filter(|_| changes) {
            self.effects.push(Effect::ToProbe(new.probe, ToProbe::Watch { fields: new.fields.clone() }));
        }
    }

    /// A code that is shown may be of another page than what is asked for since.
    fn to_watch(&self) -> Vec<Watched> {
        let code = self.code_tab().map(|tab| Watched { tab, what: What::Code });
        self.request_to_watch().into_iter().chain(code).collect()
    }

    fn request_to_watch(&self) -> Option<Watched> {
        let request = self.request.as_ref().filter(|request| request.waits())?;
        if let Some(spot) = request.spot() {
            return Some(Watched { tab: spot.tab, what: What::Copy(request.id()) });
        }
        let target = request.target()?;
        let tab = self.probes.get(&target.probe)?.sender.tab;
        let form = Form { request: request.id(), probe: target.probe, fields: request.planned_fields() };
        Some(Watched { tab, what: What::Form(form) })
    }

    /// A document was committed in some frame of a tab, or the tab is gone.
    pub(crate) fn navigated(&mut self, tab: TabId) {
        let read = |watched: &Watched| match &watched.what {
            What::Form(Form { request, .. }) | What::Copy(request) => Read::Watch(*request),
            What::Code => Read::Code,
        };
        let reads: Vec<Read> = self.watched.iter().filter(|watched| watched.tab == tab).map(read).collect();
        for read in reads {
            self.read_frames(tab, read);
        }
    }

    /// The frame tree is read: is the document still where it was?
    pub(crate) fn watch_read(&mut self, id: RequestId, frames: &[Frame]) {
        let Some(request) = self.request.as_ref().filter(|request| request.id() == id && request.waits()) else {
            return;
        };
        if let Some(spot) = request.spot() {
            if !Self::is_there_still(spot, request.chain(), frames) {
                self.copy_lost(id);
            }
            return;
        }
        let Some(probe) = request.target().map(|target| target.probe) else { return };
        let here = self.probes.get(&probe).and_then(|probe| crate::chain::origin_chain(&probe.sender, frames));
        if here.as_ref() != Some(request.chain()) {
            self.request_lost(probe, FillOutcome::PageGone);
        }
    }

    /// A tab was moved to another window: what the user sees there is not what they picked in.
    pub(crate) fn moved(&mut self, tab: TabId) {
        let mut here = self.watched.iter().filter(|watched| watched.tab == tab);
        if let Some(probe) = here.find_map(Watched::form).map(|form| form.probe) {
            self.request_lost(probe, FillOutcome::Moved);
        }
    }

    /// A field of the request has left the document.
    pub(crate) fn field_lost(&mut self, probe: ProbeId) {
        if self.request.as_ref().is_some_and(Pending::waits) {
            self.request_lost(probe, FillOutcome::TargetChanged);
        }
    }
}
