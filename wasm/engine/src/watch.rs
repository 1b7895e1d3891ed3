//! What ends a request in the page while it waits: a field leaves its document, the document leaves its frame, the tab leaves its window.
//!
//! The end of a document closes its probe's port as well, but in Firefox only if the page lets the probe hear `pagehide`. So the browser itself is asked too, for as
//! long as a request waits and about its tab alone: browsing is not followed.
//!
//! A same-document navigation (`history.pushState`) ends nothing by itself: addresses change while people type. What counts is whether the fields are still there.

use crate::{
    effect::{Effect, Frame, ProbeId, TabId},
    engine::{Engine, Read},
    request::Pending,
};
use countersign_seal::id::RequestId;
use countersign_wire::{page::ToProbe, panel::FillOutcome};

/// What is watched for the request in hand.
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

impl Engine {
    /// Begins or ends to watch, after whatever happened.
    pub(crate) fn watch_changes(&mut self) {
        let wanted = self.to_watch();
        if wanted == self.watched {
            return;
        }
        let before = self.watched.take();
        let before = before.as_ref().and_then(Watched::form);
        if let Some(before) = before.filter(|before| self.probes.contains_key(&before.probe)) {
            self.effects.push(Effect::ToProbe(before.probe, ToProbe::Watch { fields: Vec::new() }));
        }
        self.effects.push(Effect::Watch(wanted.as_ref().map(|watched| watched.tab)));
        if let Some(form) = wanted.as_ref().and_then(Watched::form) {
            self.effects.push(Effect::ToProbe(form.probe, ToProbe::Watch { fields: form.fields.clone() }));
        }
        self.watched = wanted;
    }

    fn to_watch(&self) -> Option<Watched> {
        let code = self.code_tab().map(|tab| Watched { tab, what: What::Code });
        let Some(request) = self.request.as_ref().filter(|request| request.waits()) else { return code };
        if let Some(spot) = request.spot() {
            return Some(Watched { tab: spot.tab, what: What::Copy(request.id()) });
        }
        let Some(target) = request.target() else { return code };
        let tab = self.probes.get(&target.probe)?.sender.tab;
        let form = Form { request: request.id(), probe: target.probe, fields: request.planned_fields() };
        Some(Watched { tab, what: What::Form(form) })
    }

    /// A document was committed in some frame of a tab, or the tab is gone.
    pub(crate) fn navigated(&mut self, tab: TabId) {
        if let Some(watched) = self.watched.as_ref().filter(|watched| watched.tab == tab) {
            let read = match &watched.what {
                What::Form(Form { request, .. }) | What::Copy(request) => Read::Watch(*request),
                What::Code => Read::Code,
            };
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
        let watched = self.watched.as_ref().filter(|watched| watched.tab == tab);
        if let Some(form) = watched.and_then(Watched::form) {
            self.request_lost(form.probe, FillOutcome::Moved);
        }
    }

    /// A field of the request has left the document.
    pub(crate) fn field_lost(&mut self, probe: ProbeId) {
        if self.request.as_ref().is_some_and(Pending::waits) {
            self.request_lost(probe, FillOutcome::TargetChanged);
        }
    }
}
