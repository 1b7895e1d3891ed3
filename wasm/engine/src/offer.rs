//! The offer to save what a page was given: in a frame of the extension's in the tab's top document, and in the popup.
//!
//! It stays through the page's own navigations until the user has said something, or for two minutes; after that it is found in the popup.

use crate::{
    capture::CaptureDeed,
    effect::{Effect, Frame, PanelId, TabId},
    engine::{Engine, Purpose, Read},
    pages::new_ticket,
};
use countersign_seal::{
    id::{CaptureId, ItemId},
    origin::{Origin, OriginChain},
};
use countersign_wire::{
    capture::CaptureSummary,
    local::{Fault, Method, Reply},
    panel::PanelKind,
};

/// How long an offer is made, in milliseconds.
const OFFERED: u64 = 120_000;
/// How long after a page has gone the next one shows it, in milliseconds.
const PAGE_PAUSE: u64 = 900;
/// How long a page may take to show it, in milliseconds: one that went meanwhile never does, and the next one is asked.
const OPEN_PATIENCE: u64 = 4_000;
/// How long it shows that it saved, in milliseconds.
const SHOWN_SAVED: u64 = 1_500;

/// What is offered now.
pub(crate) struct Offer {
    tab: TabId,
    capture: CaptureSummary,
    ticket: Option<String>,
    panel: Option<PanelId>,
    /// When the next page is to show it.
    again: Option<u64>,
    until: u64,
}

impl Offer {
    pub(crate) fn deadline(&self) -> Option<u64> {
        Some(self.again.map_or(self.until, |again| again.min(self.until)))
    }
}

/// The origin of a tab's page.
fn top_origin(frames: &[Frame]) -> Option<Origin> {
    let top = frames.iter().find(|frame| frame.frame.0 == 0 && frame.active)?;
    Origin::parse(top.origin.as_deref()?).ok()
}

/// Whether a host is of a site: of its registrable domain, once the daemon has said which that is.
pub(crate) fn is_of_site(host: &str, site: &Origin, domain: Option<&str>) -> bool {
    is_near(host, site.host()) || domain.is_some_and(|domain| is_under(host, domain))
}

fn is_under(host: &str, top: &str) -> bool {
    host.strip_suffix(top).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Whether one host is the other, or lies under it.
fn is_near(one: &str, other: &str) -> bool {
    is_under(one, other) || is_under(other, one)
}

impl Engine {
    /// Offers to save this. One that is still open stays in the popup.
    pub(crate) fn offer(&mut self, tab: TabId, capture: CaptureSummary) {
        self.end_offer();
        let until = self.now.monotonic.saturating_add(OFFERED);
        self.captures.offer = Some(Offer { tab, capture, ticket: None, panel: None, again: None, until });
        self.read_frames(tab, Read::Offer);
        self.refresh_panels();
    }

    fn show_offer(&mut self) {
        let again = self.now.monotonic.saturating_add(OPEN_PATIENCE);
        let Some((offer, ticket)) = self.captures.offer.as_mut().zip(new_ticket()) else { return };
        offer.ticket = Some(ticket.clone());
        offer.again = Some(again);
        self.effects.push(Effect::Offer { tab: offer.tab, ticket });
    }

    pub(crate) fn end_offer(&mut self) {
        if let Some(offer) = self.captures.offer.take() {
            self.effects.push(Effect::EndOffer(offer.tab));
        }
    }

    /// The panel that came with the offer's ticket, in its tab: what it may show.
    pub(crate) fn offer_opened(
        &mut self,
        panel: PanelId,
        tab: Option<TabId>,
        ticket: Option<&str>,
    ) -> Option<CaptureSummary> {
        let offer = self.captures.offer.as_mut()?;
        if offer.ticket.is_none() || offer.ticket.as_deref() != ticket || Some(offer.tab) != tab {
            return None;
        }
        offer.ticket = None;
        offer.again = None;
        offer.panel = Some(panel);
        Some(offer.capture.clone())
    }

    /// What is offered, or listed, is known better, or is nothing to ask about any more.
    pub(crate) fn offer_compared(&mut self, capture: CaptureId, left: Option<CaptureSummary>) {
        if self.captures.offer.as_ref().is_some_and(|offer| offer.capture.id == capture) {
            match (&left, self.captures.offer.as_mut()) {
                (Some(left), Some(offer)) => {
                    offer.capture = CaptureSummary { accepted: offer.capture.accepted, ..left.clone() };
                }
                _ => self.end_offer(),
            }
        }
        for panel in self.panels.values_mut() {
            match &left {
                Some(left) => panel.captures.iter_mut().filter(|shown| shown.id == capture).for_each(|shown| {
                    *shown = CaptureSummary { accepted: shown.accepted, ..left.clone() };
                }),
                None => panel.captures.retain(|shown| shown.id != capture),
            }
        }
    }

    /// Its page is gone: the next one shows it.
    pub(crate) fn offer_gone(&mut self, panel: PanelId) {
        let again = self.now.monotonic.saturating_add(PAGE_PAUSE);
        if let Some(offer) = self.captures.offer.as_mut().filter(|offer| offer.panel == Some(panel)) {
            offer.panel = None;
            offer.again = Some(again);
        }
    }

    pub(crate) fn pass_offer_deadline(&mut self) {
        let now = self.now.monotonic;
        let Some(offer) = &self.captures.offer else { return };
        if offer.until <= now {
            self.end_offer();
        } else if offer.again.is_some_and(|again| again <= now) {
            let tab = offer.tab;
            if let Some(offer) = self.captures.offer.as_mut() {
                offer.again = None;
            }
            self.read_frames(tab, Read::Offer);
        }
    }

    /// The page that shows it: another site learns nothing of what was given to this one, and lays nothing over it. There the popup has it.
    pub(crate) fn offer_page_read(&mut self, frames: &[Frame]) {
        let Some(Offer { capture, .. }) = &self.captures.offer else { return };
        match top_origin(frames) {
            Some(origin) if is_of_site(origin.host(), &capture.site, Some(&capture.domain)) => self.show_offer(),
            _ => self.end_offer(),
        }
    }

    /// A popup asks what its site was given, a vault page that lists them what all were.
    pub(crate) fn wish_captures(&mut self, id: PanelId) {
        let Some(panel) = self.panels.get(&id) else { return };
        if let Some(tab) = panel.popup_tab() {
            self.read_frames(tab, Read::Captures(id));
        } else if panel.lists_captures && self.way.is_up() {
            // What came is shown only once both are here.
            self.call(Method::AllCaptures, Purpose::Captures(id));
            self.call(Method::IgnoredSites, Purpose::IgnoredSites(id));
        }
    }

    pub(crate) fn show_captures(&mut self, id: PanelId, shown: bool) {
        let Some(panel) = self.panels.get_mut(&id).filter(|panel| panel.is(PanelKind::Vault)) else { return };
        panel.lists_captures = shown;
        panel.captures.clear();
        panel.ignored = None;
        self.wish_captures(id);
    }

    /// What pages were given is not what it was: whoever lists it asks anew.
    pub(crate) fn relist_captures(&mut self) {
        let lists = self.panels.iter().filter(|(_, panel)| panel.lists_captures);
        let ids: Vec<PanelId> = lists.map(|(id, _)| *id).collect();
        ids.into_iter().for_each(|id| self.wish_captures(id));
    }

    pub(crate) fn ignored_sites_came(&mut self, id: PanelId, result: Result<Reply, Fault>) {
        let Some(panel) = self.panels.get_mut(&id).filter(|panel| panel.lists_captures) else { return };
        match result {
            Ok(Reply::Sites(sites)) => panel.ignored = Some(sites),
            // The status says so, in better words.
            Ok(_) | Err(Fault::Locked) => panel.ignored = None,
            Err(fault) => panel.fault = Some(fault),
        }
    }

    /// A vault page's word about a site that it shows.
    pub(crate) fn ask_again(&mut self, id: PanelId, site: Origin) {
        let shown = self.panels.get(&id).and_then(|panel| panel.ignored.as_ref());
        if shown.is_some_and(|sites| sites.contains(&site)) {
            self.call(Method::IgnoreSite { site, ignored: false }, Purpose::AskAgain(id));
        }
    }

    pub(crate) fn asked_again(&mut self, id: PanelId, fault: Option<Fault>) {
        self.fault(id, fault);
        self.relist_captures();
    }

    pub(crate) fn captures_read(&mut self, id: PanelId, frames: &[Frame]) {
        match top_origin(frames).and_then(|origin| OriginChain::new(vec![origin]).ok()) {
            Some(chain) if self.way.is_up() => self.call(Method::Captures { chain }, Purpose::Captures(id)),
            _ => self.set_captures(id, Vec::new()),
        }
    }

    pub(crate) fn captures_came(&mut self, id: PanelId, result: Result<Reply, Fault>) {
        // It shows them no more.
        if self.panels.get(&id).is_some_and(|panel| panel.is(PanelKind::Vault) && !panel.lists_captures) {
            return;
        }
        let captures = if let Ok(Reply::Captures(captures)) = result { captures } else { Vec::new() };
        self.set_captures(id, captures);
    }

    fn set_captures(&mut self, id: PanelId, captures: Vec<CaptureSummary>) {
        if let Some(panel) = self.panels.get_mut(&id) {
            panel.captures = captures;
        }
    }

    /// Whether a panel shows this capture: what it does not show it has no say in.
    fn shows(&self, id: PanelId, capture: CaptureId) -> bool {
        self.panels.get(&id).is_some_and(|panel| panel.captures.iter().any(|shown| shown.id == capture))
    }

    pub(crate) fn save_capture(&mut self, id: PanelId, capture: CaptureId, item: Option<ItemId>, username: String) {
        if self.shows(id, capture) {
            let purpose = Purpose::Capture(id, CaptureDeed::Save(capture));
            self.call(Method::SaveCapture { capture, item, username }, purpose);
        }
    }

    pub(crate) fn drop_capture(&mut self, id: PanelId, capture: CaptureId) {
        if self.shows(id, capture) {
            self.call(Method::DropCapture { capture }, Purpose::Capture(id, CaptureDeed::Forget(capture)));
        }
    }

    pub(crate) fn ignore_site(&mut self, id: PanelId, capture: CaptureId) {
        let shown = self.panels.get(&id).and_then(|panel| panel.captures.iter().find(|shown| shown.id == capture));
        let Some(site) = shown.map(|shown| shown.site.clone()) else { return };
        self.call(Method::IgnoreSite { site, ignored: true }, Purpose::Capture(id, CaptureDeed::Ignore(capture)));
    }

    /// The daemon did it, or says why not. Who wanted it may be gone by then, with its page.
    pub(crate) fn capture_done(&mut self, id: PanelId, deed: CaptureDeed, fault: Option<Fault>) {
        self.fault(id, fault);
        if fault.is_some() {
            return;
        }
        let capture = match deed {
            CaptureDeed::Save(capture) | CaptureDeed::Forget(capture) => capture,
            // Only what is surely not asked for any more is forgotten.
            CaptureDeed::Ignore(capture) => {
                let purpose = Purpose::Capture(id, CaptureDeed::Forget(capture));
                return self.call(Method::DropCapture { capture }, purpose);
            }
        };
        if let Some(panel) = self.panels.get_mut(&id) {
            if matches!(deed, CaptureDeed::Save(_)) {
                panel.note_saved();
            }
            if !panel.is(PanelKind::Offer) {
                panel.captures.retain(|shown| shown.id != capture);
            }
        }
        let shown = if matches!(deed, CaptureDeed::Save(_)) { SHOWN_SAVED } else { 0 };
        let until = self.now.monotonic.saturating_add(shown);
        if let Some(offer) = self.captures.offer.as_mut().filter(|offer| offer.capture.id == capture) {
            // For as long as it takes to read that it is done; the page after it shows nothing any more.
            offer.until = offer.until.min(until);
        }
        self.relist_captures();
    }
}
