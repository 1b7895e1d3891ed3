//! A one-time code to copy, for pages whose box for it nobody can fill: asked for in the popup, shown there, and written nowhere.
//!
//! The phone is asked as for a fill, and told that the code is copied ([`Action::Copy`](countersign_seal::request::Action::Copy)). Which items there are is decided by the frame tree, as for a
//! fill in that frame. Of a document without a probe only its address is known; nothing is given to it.

use crate::{
    chain::origin_chain,
    effect::{Effect, Frame, FrameId, PanelId, Sender, TabId},
    engine::Engine,
    fill::field_of,
    request::RELEASE_LIFETIME,
};
use countersign_seal::{
    field::FieldKind,
    id::{FieldId, ItemId},
    origin::OriginChain,
};
use countersign_wire::{
    local::{Fault, Method, ReleasedField},
    panel::{CodeView, Place, PlaceKind},
};

/// How long a popup has to open after the menu's entry, in milliseconds.
pub(crate) const WISH_LIFETIME: u64 = 30_000;

/// A frame whose site's codes are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spot {
    pub(crate) tab: TabId,
    pub(crate) frame: FrameId,
}

/// What the popup is to show.
#[derive(Default)]
pub(crate) struct Copies {
    /// The menu's entry, until the popup opens.
    wish: Option<(Spot, u64)>,
    shown: Option<Copied>,
}

/// A code that was released.
struct Copied {
    spot: Spot,
    chain: OriginChain,
    title: String,
    field: ReleasedField,
    since: u64,
}

impl Copied {
    /// Milliseconds since the release at which another code takes the place of this one, and at which it is forgotten.
    fn ends(&self) -> (Option<u64>, u64) {
        let next = self.field.next.as_ref();
        let last = next.map_or(RELEASE_LIFETIME, |next| next.until_millis.min(RELEASE_LIFETIME));
        (next.map(|next| next.from_millis).filter(|from| *from < last), last)
    }

    fn view(&self, now: u64) -> Option<CodeView> {
        let elapsed = now.saturating_sub(self.since);
        let (gives_way, last) = self.ends();
        let until = gives_way.filter(|from| elapsed < *from).unwrap_or(last);
        let digits = self.field.value_after(elapsed).filter(|_| elapsed < last)?.clone();
        Some(CodeView { title: self.title.clone(), digits, remaining_millis: until.saturating_sub(elapsed) })
    }

    /// When something changes by itself.
    fn deadline(&self, now: u64) -> u64 {
        let (gives_way, last) = self.ends();
        let at = |millis: u64| self.since.saturating_add(millis);
        gives_way.map(at).filter(|at| *at > now).unwrap_or_else(|| at(last))
    }
}

/// The origins from the top document down to this frame.
fn chain_of(spot: Spot, frames: &[Frame]) -> Option<OriginChain> {
    let origin = frames.iter().find(|frame| frame.frame == spot.frame)?.origin.clone()?;
    origin_chain(&Sender { tab: spot.tab, frame: spot.frame, document: None, origin, private: false }, frames)
}

impl Engine {
    /// The menu's entry: the popup opens for it.
    pub(crate) fn wish_to_copy(&mut self, spot: Spot) {
        self.copies.wish = Some((spot, self.now.monotonic.saturating_add(WISH_LIFETIME)));
        let open = self.panels.iter().find(|(_, panel)| panel.popup_tab() == Some(spot.tab)).map(|(id, _)| *id);
        match open {
            Some(panel) => self.take_wish_to_copy(panel, spot.tab),
            None => self.effects.push(Effect::OpenPopup),
        }
    }

    /// A popup has opened about this tab.
    pub(crate) fn take_wish_to_copy(&mut self, id: PanelId, tab: TabId) {
        let now = self.now.monotonic;
        let Some((spot, _)) = self.copies.wish.take().filter(|(spot, until)| spot.tab == tab && now < *until) else {
            return;
        };
        self.begin_to_copy(id, Some(spot));
    }

    /// The popup's own way there, and back.
    pub(crate) fn show_copies(&mut self, id: PanelId, shown: bool) {
        let tab = self.panels.get(&id).and_then(|panel| panel.popup_tab());
        if let Some(tab) = tab {
            self.begin_to_copy(id, shown.then_some(Spot { tab, frame: FrameId(0) }));
        }
    }

    fn begin_to_copy(&mut self, id: PanelId, spot: Option<Spot>) {
        if let Some(panel) = self.panels.get_mut(&id) {
            panel.copies = spot;
            self.set_place(id, None);
            self.refresh_panel(id);
        }
    }

    /// Where a popup lists codes to copy.
    pub(crate) fn copying_in(&self, id: PanelId) -> Option<Spot> {
        let panel = self.panels.get(&id)?;
        panel.copies.filter(|spot| panel.popup_tab() == Some(spot.tab))
    }

    pub(crate) fn copy_place_read(&mut self, id: PanelId, frames: &[Frame]) {
        let Some(spot) = self.copying_in(id) else { return };
        let chain = chain_of(spot, frames);
        self.set_place(id, chain.clone().map(|chain| Place { chain, kind: PlaceKind::CopiedCode }));
        if let Some(chain) = chain {
            self.wish_items(id, Method::Match { chain });
        }
    }

    /// The frame tree is read for a pick.
    pub(crate) fn ask_copy_read(&mut self, id: PanelId, item: ItemId, frames: &[Frame]) {
        if self.request.as_ref().is_some_and(|request| !request.is_over()) {
            return self.fault(id, Some(Fault::Busy));
        }
        if let Err(fault) = self.ask_to_copy(id, item, frames) {
            self.fault(id, Some(fault));
        }
    }

    fn ask_to_copy(&mut self, id: PanelId, item: ItemId, frames: &[Frame]) -> Result<(), Fault> {
        if !self.way.is_up() {
            return Err(self.link_fault());
        }
        let spot = self.copying_in(id).ok_or(Fault::NotFound)?;
        let chain = chain_of(spot, frames).ok_or(Fault::OtherSite)?;
        let panel = self.panels.get(&id).ok_or(Fault::NotFound)?;
        // The user picked for the place that was shown.
        if panel.place.as_ref().map(|place| &place.chain) != Some(&chain) {
            return Err(Fault::OtherSite);
        }
        let item = panel.items.iter().find(|known| known.id == item).ok_or(Fault::NotFound)?.clone();
        let field: FieldId = field_of(&item, FieldKind::OneTimeCodeSeed).ok_or(Fault::NotFound)?;
        self.copies.shown = None;
        self.ask_for_copy(id, &item, field, spot, chain)
    }

    /// Whether the frame is still of the site that was approved.
    pub(crate) fn is_there_still(spot: Spot, chain: &OriginChain, frames: &[Frame]) -> bool {
        chain_of(spot, frames).as_ref() == Some(chain)
    }

    pub(crate) fn show_code(
        &mut self,
        spot: Spot,
        chain: OriginChain,
        title: String,
        field: ReleasedField,
        since: u64,
    ) {
        self.copies.shown = Some(Copied { spot, chain, title, field, since });
    }

    /// The tab of the code that is shown.
    pub(crate) fn code_tab(&self) -> Option<TabId> {
        self.copies.shown.as_ref().map(|copied| copied.spot.tab)
    }

    /// The page of the code that is shown may have gone elsewhere.
    pub(crate) fn code_page_read(&mut self, frames: &[Frame]) {
        self.copies.shown.take_if(|copied| !Self::is_there_still(copied.spot, &copied.chain, frames));
    }

    /// The user has put it away.
    pub(crate) fn put_code_away(&mut self, id: PanelId) {
        if self.code_view(id).is_some() {
            self.copies.shown = None;
        }
    }

    /// Nothing is kept of it once it is over, nor while the vault is shut.
    pub(crate) fn tend_code(&mut self) {
        let now = self.now.monotonic;
        let is_open = self.way.is_up() && self.status.as_ref().is_some_and(|status| !status.locked);
        self.copies.shown.take_if(|copied| !is_open || copied.view(now).is_none());
        self.copies.wish.take_if(|(_, until)| *until <= now);
    }

    /// What a popup about that tab shows; no other panel does.
    pub(crate) fn code_view(&self, id: PanelId) -> Option<CodeView> {
        let tab = self.panels.get(&id)?.popup_tab()?;
        let copied = self.copies.shown.as_ref().filter(|copied| copied.spot.tab == tab)?;
        copied.view(self.now.monotonic)
    }

    pub(crate) fn code_deadline(&self) -> Option<u64> {
        self.copies.shown.as_ref().map(|copied| copied.deadline(self.now.monotonic))
    }
}

impl core::fmt::Debug for Copied {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Copied({:?})", self.spot)
    }
}
