//! What panels show and what their users do.

use crate::{
    chain::origin_chain,
    copy::Spot,
    corrections::Fields,
    devices::Devices,
    effect::{Effect, Frame, PanelId, TabId},
    engine::{Engine, Purpose, Read},
    fill::{Typed, suits},
    generate::Wish,
    pages::{Opening, Target},
    press::Deed,
    request::Pending,
};
use countersign_forms::ItemValue;
use countersign_seal::{id::ItemId, origin::Origin, secret::SecretBytes};
use countersign_wire::{
    capture::CaptureSummary,
    item::ItemSummary,
    local::{Fault, Method, Reply},
    page::ToProbe,
    panel::{FromPanel, GeneratorView, Link, OverwriteView, PanelKind, Place, PlaceKind, Showing, View},
};

/// An open popup, chooser or vault page.
pub(crate) struct Panel {
    page: PanelKind,
    /// The tab it is in, or, for the popup, about.
    tab: Option<TabId>,
    standing: Standing,
    pub(crate) target: Option<Target>,
    pub(crate) place: Option<Place>,
    pub(crate) items: Vec<ItemSummary>,
    total: u32,
    /// Whether the newest wish for items is unanswered.
    seeking: bool,
    query: String,
    offset: u32,
    /// What it asks of what the user typed.
    overwrite: Option<OverwriteView>,
    pub(crate) fault: Option<Fault>,
    cycled: u32,
    saved: u32,
    /// The newest wish for items; answers to older ones are not shown.
    wish: u32,
    /// Whether the item that was picked on the page before is asked for as soon as it is listed: once, in a chooser, which only the user opens.
    pub(crate) may_go_straight: bool,
    /// That item, once it was asked for.
    pub(crate) carried: Option<ItemId>,
    /// Where it lists codes to copy, if it does (popup).
    pub(crate) copies: Option<Spot>,
    /// Whether it was opened to make a new password.
    pub(crate) makes: bool,
    /// Whether the last press did nothing because something may cover it.
    pub(crate) covered: bool,
    /// Whether the last pick was surely seen by who made it.
    pub(crate) in_sight: bool,
    pub(crate) devices: Devices,
    /// What is shown of the form's fields, if it is.
    pub(crate) fields: Option<Fields>,
    /// Whether it lists what was said of fields.
    pub(crate) lists_corrections: bool,
    /// What can be made for its form.
    pub(crate) generator: Option<GeneratorView>,
    /// What pages were given, of the site in front; for an offer, the one that it is about; for a vault page that lists them, all.
    pub(crate) captures: Vec<CaptureSummary>,
    /// Whether it is a vault page that lists them.
    pub(crate) lists_captures: bool,
    /// The sites that are never asked about, once it knows.
    pub(crate) ignored: Option<Vec<Origin>>,
    sent: Option<View>,
}

impl Panel {
    /// The tab that an open popup is about.
    pub(crate) fn popup_tab(&self) -> Option<TabId> {
        self.tab.filter(|_| self.page == PanelKind::Popup && self.standing == Standing::Open)
    }

    pub(crate) fn is(&self, page: PanelKind) -> bool {
        self.page == page
    }

    /// Its page sees from this that what it asked for is done.
    pub(crate) fn note_saved(&mut self) {
        self.saved = self.saved.wrapping_add(1);
    }
}

/// Whether a panel may do anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It has not said what it is.
    Silent,
    /// It is what it says.
    Open,
    /// It said what it is not, or came without a ticket, as one does that a page has framed: it sees nothing and does nothing.
    Refused,
}

impl Engine {
    pub(crate) fn panel_connected(&mut self, panel: PanelId, page: PanelKind, tab: Option<TabId>) {
        let fresh = Panel {
            page,
            tab,
            standing: Standing::Silent,
            target: None,
            place: None,
            items: Vec::new(),
            total: 0,
            seeking: false,
            query: String::new(),
            offset: 0,
            overwrite: None,
            fault: None,
            cycled: 0,
            saved: 0,
            wish: 0,
            may_go_straight: false,
            carried: None,
            copies: None,
            makes: false,
            covered: false,
            in_sight: false,
            devices: Devices::default(),
            fields: None,
            lists_corrections: false,
            generator: None,
            captures: Vec::new(),
            lists_captures: false,
            ignored: None,
            sent: None,
        };
        self.panels.insert(panel, fresh);
    }

    pub(crate) fn panel_gone(&mut self, panel: PanelId) {
        self.stop_pairing(panel);
        self.forget_press(panel);
        self.offer_gone(panel);
        self.panels.remove(&panel);
        self.release_link();
    }

    /// The shortcut, while a chooser lists items in a tab: its focus goes to the next of them.
    pub(crate) fn cycle(&mut self, tab: TabId) -> bool {
        let is_asking = self.request.as_ref().is_some_and(|request| !request.is_over());
        let lists = |panel: &&mut Panel| {
            let is_open = panel.page == PanelKind::Chooser && panel.standing == Standing::Open;
            is_open && panel.tab == Some(tab) && panel.overwrite.is_none() && !panel.items.is_empty()
        };
        let Some(panel) = self.panels.values_mut().find(lists).filter(|_| !is_asking) else { return false };
        panel.cycled = panel.cycled.wrapping_add(1);
        true
    }

    pub(crate) fn panel_said(&mut self, id: PanelId, message: FromPanel) {
        let Some(panel) = self.panels.get_mut(&id) else { return };
        if let FromPanel::Open { kind, ticket } = message {
            return self.open(id, kind, ticket.as_deref());
        }
        if panel.standing != Standing::Open {
            return;
        }
        panel.fault = None;
        panel.covered = false;
        let asked = panel.overwrite.take();
        self.forget_press(id);
        // One step back: to the items.
        if asked.is_none() || !matches!(message, FromPanel::Cancel) {
            self.act(id, message);
        }
    }

    fn open(&mut self, id: PanelId, kind: PanelKind, ticket: Option<&str>) {
        let tab = self.panels.get(&id).and_then(|panel| panel.tab);
        let offered = if kind == PanelKind::Offer { self.offer_opened(id, tab, ticket) } else { None };
        let ticket = ticket.and_then(|ticket| self.tickets.remove(ticket));
        let Some(panel) = self.panels.get_mut(&id) else { return };
        let ticket = ticket.filter(|ticket| Some(ticket.tab) == panel.tab);
        let honest = panel.standing == Standing::Silent
            && panel.page == kind
            && (kind != PanelKind::Chooser || ticket.is_some())
            && (kind != PanelKind::Offer || offered.is_some());
        panel.standing = if honest { Standing::Open } else { Standing::Refused };
        if !honest {
            panel.fault = Some(Fault::NotFound);
            return;
        }
        panel.captures = offered.into_iter().collect();
        panel.target = ticket.as_ref().map(|ticket| ticket.target);
        let opening = ticket.map(|ticket| ticket.opening);
        panel.may_go_straight = opening == Some(Opening::Items);
        panel.makes = opening == Some(Opening::Generator);
        self.begin_afresh(kind);
        self.want_link();
        if kind != PanelKind::Chooser {
            // Not all that stands in the way is an event that the daemon tells of: a disk fills up silently. Who asks from the chooser hears of it then.
            self.call_status();
        }
        match kind {
            PanelKind::Popup => self.effects.push(Effect::FindTab(id)),
            PanelKind::Chooser | PanelKind::Vault | PanelKind::Offer => self.refresh_panel(id),
        }
    }

    /// How the last fill ended is no news any more: never for a new chooser, and for others not if it went well.
    fn begin_afresh(&mut self, kind: PanelKind) {
        if kind == PanelKind::Chooser || self.request.as_ref().is_some_and(Pending::went_well) {
            self.dismiss();
        }
    }

    fn act(&mut self, id: PanelId, message: FromPanel) {
        match message {
            FromPanel::Open { .. } => {}
            FromPanel::Pair { code, name } => {
                if let Err(fault) = self.pair(&code, name) {
                    self.fault(id, Some(fault));
                }
            }
            FromPanel::Unlock { pin } => self.unlock(id, pin),
            FromPanel::Lock => self.call(Method::Lock, Purpose::Unlock(id)),
            FromPanel::Choose { trusted: false, .. }
            | FromPanel::Overwrite { trusted: false, .. }
            | FromPanel::Generate { trusted: false, .. } => {}
            FromPanel::Generate { wanted, replaces, in_sight, .. } => {
                self.press(id, in_sight, Deed::Generate(Wish { wanted, replaces }));
            }
            FromPanel::Choose { item, in_sight, .. } => self.pick(id, in_sight, item, Typed::Ask),
            FromPanel::Overwrite { item, keep, in_sight, .. } => {
                self.pick(id, in_sight, item, if keep { Typed::Keep } else { Typed::Replace });
            }
            FromPanel::Confirm { in_sight } => {
                if let Some(request) = self.confirmable() {
                    self.press(id, in_sight, Deed::Confirm(request));
                }
            }
            // Not now: the popup has it still.
            FromPanel::Cancel if self.panels.get(&id).is_some_and(|panel| panel.page == PanelKind::Offer) => {
                self.end_offer()
            }
            FromPanel::Cancel => self.cancel(id),
            FromPanel::Dismiss => {
                self.put_code_away(id);
                self.dismiss();
            }
            FromPanel::ShowCopies { shown } => self.show_copies(id, shown),
            FromPanel::List { query, offset } => self.list(id, query, offset),
            FromPanel::Add { draft } => self.save(id, Method::Add { draft }),
            FromPanel::Edit { item, draft } => self.save(id, Method::Edit { item, draft }),
            FromPanel::Remove { item } => self.save(id, Method::Remove { item }),
            FromPanel::Restore { item } => self.save(id, Method::Restore { item }),
            FromPanel::OpenVault => self.effects.push(Effect::OpenVault),
            FromPanel::Devices => self.list_devices(id),
            FromPanel::PairBrowser { pin } => self.show_to_pair(id, Method::PairBrowser { pin }),
            FromPanel::PairPhone { pin } => self.show_to_pair(id, Method::PairPhone { pin }),
            FromPanel::StopPairing => self.stop_pairing(id),
            FromPanel::ShowFields { shown } => self.show_fields(id, shown),
            FromPanel::Correct { shown, fields, trusted } => self.correct(id, shown, &fields, trusted),
            FromPanel::ForgetCorrections { shown, trusted } => self.forget_corrections(id, shown, trusted),
            FromPanel::ReportCorrections { shown, with_site } => self.report_corrections(id, shown, with_site),
            FromPanel::ShowCorrections { shown } => self.show_corrections(id, shown),
            FromPanel::WithdrawCorrection { site, field } => self.withdraw_correction(id, site, field),
            FromPanel::RestoreCorrection { site, field } => self.restore_correction(id, site, field),
            FromPanel::SaveCapture { trusted: false, .. }
            | FromPanel::DropCapture { trusted: false, .. }
            | FromPanel::IgnoreSite { trusted: false, .. }
            | FromPanel::AskAgain { trusted: false, .. } => {}
            FromPanel::ShowCaptures { shown } => self.show_captures(id, shown),
            FromPanel::SaveCapture { capture, item, username, .. } => self.save_capture(id, capture, item, username),
            FromPanel::DropCapture { capture, .. } => self.drop_capture(id, capture),
            FromPanel::IgnoreSite { capture, .. } => self.ignore_site(id, capture),
            FromPanel::AskAgain { site, .. } => self.ask_again(id, site),
        }
    }

    pub(crate) fn fault(&mut self, id: PanelId, fault: Option<Fault>) {
        if let Some(panel) = self.panels.get_mut(&id) {
            panel.fault = fault;
        }
    }

    /// An item's title, if a panel shows it.
    pub(crate) fn known_title(&self, item: ItemId) -> Option<String> {
        self.panels
            .values()
            .flat_map(|panel| &panel.items)
            .find(|known| known.id == item)
            .map(|item| item.title.clone())
    }

    fn pick(&mut self, id: PanelId, in_sight: bool, item: ItemId, typed: Typed) {
        if let Some(panel) = self.panels.get_mut(&id) {
            panel.in_sight = in_sight;
        }
        self.press(id, in_sight, Deed::Choose(item, typed));
    }

    pub(crate) fn choose(&mut self, id: PanelId, item: ItemId, typed: Typed) {
        let Some(panel) = self.panels.get(&id) else { return };
        let Some(known) = panel.items.iter().find(|known| known.id == item) else { return };
        if self.request.as_ref().is_some_and(|request| !request.is_over()) {
            return self.fault(id, Some(Fault::Busy));
        }
        if let Some((challenge, chain)) = self.challenge_in(id) {
            return self.ask_for_challenge(id, item, challenge, chain);
        }
        if let Some(spot) = self.copying_in(id) {
            return self.read_frames(spot.tab, Read::AskCopy(id, item));
        }
        let question = self.overwrite(panel, known).filter(|_| typed == Typed::Ask);
        if question.is_some() {
            if let Some(panel) = self.panels.get_mut(&id) {
                panel.overwrite = question;
            }
            return;
        }
        let tab = panel.target.and_then(|target| self.probes.get(&target.probe)).map(|probe| probe.sender.tab);
        match tab {
            Some(tab) => self.read_frames(tab, Read::Ask(id, item, typed)),
            None => self.fault(id, Some(Fault::NotFound)),
        }
    }

    /// What the user typed is never written over without asking.
    fn overwrite(&self, panel: &Panel, item: &ItemSummary) -> Option<OverwriteView> {
        let target = panel.target?;
        let plan = self.probes.get(&target.probe)?.look.as_ref()?.plan_at(target.field, item, &*self.country_names)?;
        let occupied = plan.steps.iter().filter(|step| step.occupied).count();
        let is_name = |value| matches!(value, ItemValue::Username | ItemValue::Email);
        let mixes = plan.steps.iter().any(|step| step.occupied && is_name(step.value))
            && plan.steps.iter().any(|step| !step.occupied && step.value == ItemValue::Password);
        let view = OverwriteView { item: item.id, title: item.title.clone(), rest: occupied < plan.steps.len(), mixes };
        (occupied > 0).then_some(view)
    }

    /// Withdraws the request in hand or ends a pairing, else closes the chooser.
    fn cancel(&mut self, id: PanelId) {
        let withdrawn = self.withdraw();
        self.give_up_challenge(id);
        if withdrawn || self.give_up_pairing() {
            return;
        }
        let target =
            self.panels.get(&id).filter(|panel| panel.page == PanelKind::Chooser).and_then(|panel| panel.target);
        if let Some(target) = target {
            self.effects.push(Effect::ToProbe(target.probe, ToProbe::Close { refocus: true }));
        }
    }

    fn list(&mut self, id: PanelId, query: String, offset: u32) {
        if let Some(panel) = self.panels.get_mut(&id).filter(|panel| panel.page == PanelKind::Vault) {
            panel.query = query;
            panel.offset = offset;
            self.refresh_panel(id);
        }
    }

    fn save(&mut self, id: PanelId, method: Method) {
        if self.is_vault(id) {
            self.call(method, Purpose::Save(id));
        }
    }

    pub(crate) fn saved(&mut self, id: PanelId, fault: Option<Fault>) {
        let Some(panel) = self.panels.get_mut(&id) else { return };
        panel.fault = fault;
        if fault.is_none() {
            panel.saved = panel.saved.wrapping_add(1);
            self.refresh_panels();
        }
    }

    pub(crate) fn unlocked(&mut self, id: PanelId, fault: Option<Fault>) {
        self.fault(id, fault);
        if fault.is_none() {
            self.refresh_panels();
        } else {
            // How long to wait stands in the status.
            self.call_status();
        }
    }

    fn unlock(&mut self, id: PanelId, pin: SecretBytes) {
        if !self.unlock_without_session(&pin) {
            self.call(Method::Unlock { pin }, Purpose::Unlock(id));
        }
    }

    pub(crate) fn call_status(&mut self) {
        if self.way.is_up() {
            self.call(Method::Status, Purpose::Status);
        }
    }

    pub(crate) fn tab_found(&mut self, id: PanelId, tab: TabId) {
        if let Some(panel) =
            self.panels.get_mut(&id).filter(|panel| panel.page == PanelKind::Popup && panel.standing == Standing::Open)
        {
            panel.tab = Some(tab);
            self.effects.push(Effect::Look(tab));
            self.take_wish_to_copy(id, tab);
            self.take_wish_to_make(id, tab);
            self.retarget_popups(tab);
            self.wish_captures(id);
        }
    }

    /// Forms came or went in a tab.
    pub(crate) fn retarget_popups(&mut self, tab: TabId) {
        let best = self.best_target(tab);
        let about = |panel: &Panel| panel.page == PanelKind::Popup && panel.tab == Some(tab);
        let ids: Vec<PanelId> = self.panels.iter().filter(|(_, panel)| about(panel)).map(|(id, _)| *id).collect();
        for id in ids {
            if let Some(panel) = self.panels.get_mut(&id) {
                // What was asked was asked of another form.
                panel.overwrite.take_if(|_| panel.target != best);
                panel.target = best;
                self.refresh_panel(id);
            }
        }
    }

    pub(crate) fn refresh_panels(&mut self) {
        let ids: Vec<PanelId> = self.panels.keys().copied().collect();
        for id in ids {
            self.refresh_panel(id);
            self.wish_captures(id);
        }
    }

    pub(crate) fn refresh_panel(&mut self, id: PanelId) {
        let Some(panel) = self.panels.get_mut(&id).filter(|panel| panel.standing == Standing::Open) else { return };
        if panel.page == PanelKind::Offer {
            return;
        }
        if panel.page == PanelKind::Vault {
            let method = Method::List { query: panel.query.clone(), offset: panel.offset };
            return self.wish_items(id, method);
        }
        if let Some((place, items)) = self.challenge_place(id) {
            return self.show_challenge(id, place, items);
        }
        if let Some(spot) = self.copying_in(id) {
            return self.read_frames(spot.tab, Read::CopyPlace(id));
        }
        let target = self.panels.get(&id).and_then(|panel| panel.target);
        let tab = target.and_then(|target| self.probes.get(&target.probe)).map(|probe| probe.sender.tab);
        match tab {
            Some(tab) => self.read_frames(tab, Read::Place(id)),
            None => self.set_place(id, None),
        }
    }

    /// What a server asks comes before what the page before it has to fill.
    fn show_challenge(&mut self, id: PanelId, place: Place, items: Vec<ItemSummary>) {
        // An answer to an older wish is for another list.
        let wish = self.number();
        let Some(panel) = self.panels.get_mut(&id) else { return };
        panel.wish = wish;
        panel.seeking = false;
        panel.place = Some(place);
        panel.total = u32::try_from(items.len()).unwrap_or(u32::MAX);
        panel.items = items;
    }

    pub(crate) fn place_read(&mut self, id: PanelId, frames: &[Frame]) {
        if self.challenge_in(id).is_some() || self.copying_in(id).is_some() {
            return;
        }
        let target = self.panels.get(&id).and_then(|panel| panel.target);
        let place = target.and_then(|target| self.place_of(target, frames));
        let method = place.as_ref().map(|place| Method::Match { chain: place.chain.clone() });
        let generator = place.as_ref().zip(target).and_then(|(place, target)| self.generator_at(place, target));
        self.set_place(id, place);
        if let Some(panel) = self.panels.get_mut(&id) {
            panel.generator = generator;
        }
        if let Some(method) = method {
            self.wish_items(id, method);
        }
    }

    /// Where a target is, by a frame tree just read.
    pub(crate) fn place_of(&self, target: Target, frames: &[Frame]) -> Option<Place> {
        let sender = &self.probes.get(&target.probe)?.sender;
        let place = Place { chain: origin_chain(sender, frames)?, kind: self.kind_of(target)? };
        // Nothing else goes there, so nothing is to be picked.
        (place.kind != PlaceKind::Identity || place.chain.allows_identity()).then_some(place)
    }

    pub(crate) fn set_place(&mut self, id: PanelId, place: Option<Place>) {
        if let Some(panel) = self.panels.get_mut(&id) {
            if place.is_none() {
                panel.items.clear();
                panel.total = 0;
                panel.seeking = false;
            }
            panel.generator = None;
            panel.place = place;
        }
    }

    pub(crate) fn wish_items(&mut self, id: PanelId, method: Method) {
        if self.status.as_ref().is_some_and(|status| status.locked) {
            return self.set_items(id, Vec::new(), 0);
        }
        if !self.way.is_up() {
            return;
        }
        let wish = self.number();
        if let Some(panel) = self.panels.get_mut(&id) {
            panel.wish = wish;
            panel.seeking = true;
            self.call(method, Purpose::Items(id, wish));
        }
    }

    pub(crate) fn items_came(&mut self, id: PanelId, wish: u32, result: Result<Reply, Fault>) {
        let Some(panel) = self.panels.get_mut(&id).filter(|panel| panel.wish == wish) else { return };
        panel.seeking = false;
        match result {
            Ok(Reply::Items { items, total }) => {
                self.set_items(id, items, total);
                self.go_straight(id);
            }
            // The status says so, in better words.
            Ok(_) | Err(Fault::Locked) => self.set_items(id, Vec::new(), 0),
            Err(fault) => self.fault(id, Some(fault)),
        }
    }

    fn set_items(&mut self, id: PanelId, mut items: Vec<ItemSummary>, total: u32) {
        let now = self.now.monotonic;
        let Some(panel) = self.panels.get_mut(&id) else { return };
        let all = items.len();
        if let Some(place) = &panel.place {
            items.retain(|item| suits(item, place.kind) && may_say_who(item, place));
            // Of who somebody is, many a form asks for what an item does not say.
            let look = panel.target.and_then(|target| Some((target, self.probes.get(&target.probe)?.look.as_ref()?)));
            let gives = |item: &ItemSummary| {
                item.identity.is_none()
                    || look.is_some_and(|(at, look)| look.plan_at(at.field, item, &*self.country_names).is_some())
            };
            items.retain(gives);
            // What was picked on the page before stands first.
            let tab = panel.target.and_then(|target| self.probes.get(&target.probe)).map(|probe| probe.sender.tab);
            let picked = tab.and_then(|tab| self.sign_ins.picked(tab, &place.chain, now));
            if let Some(place) = items.iter().position(|item| Some(item.id) == picked) {
                let item = items.remove(place);
                items.insert(0, item);
            }
        }
        let left_out = u32::try_from(all.saturating_sub(items.len())).unwrap_or(u32::MAX);
        panel.total = total.saturating_sub(left_out);
        panel.items = items;
    }

    pub(crate) fn show_changes(&mut self) {
        let ids: Vec<PanelId> = self.panels.keys().copied().collect();
        for id in ids {
            self.note_form(id);
            let Some(view) = self.view(id) else { continue };
            let Some(panel) = self.panels.get_mut(&id) else { continue };
            if panel.sent.as_ref().is_none_or(|sent| differs(sent, &view)) {
                panel.sent = Some(view.clone());
                self.effects.push(Effect::Show(id, Box::new(view)));
            }
        }
    }

    fn view(&self, id: PanelId) -> Option<View> {
        let panel = self.panels.get(&id).filter(|panel| panel.standing != Standing::Silent)?;
        let open = panel.standing == Standing::Open;
        Some(View {
            // A refused panel is told nothing, not even that.
            link: if open { self.way.link() } else { Link::Up },
            status: self.status.clone().filter(|_| open),
            place: panel.place.clone(),
            realm: self.realm_in(id),
            items: panel.items.clone(),
            total: panel.total,
            seeking: panel.seeking,
            query: panel.query.clone(),
            offset: panel.offset,
            overwrite: panel.overwrite.clone().filter(|_| open),
            generator: panel.generator.clone(),
            makes: panel.makes,
            copies: self.copying_in(id).is_some(),
            code: self.code_view(id),
            making: self.making_view(id),
            request: self.request_view().filter(|_| open),
            fault: panel.fault,
            covered: panel.covered,
            cycled: panel.cycled,
            saved: panel.saved,
            devices: panel.devices.list.clone(),
            showing: panel.devices.showing(self.now.monotonic),
            has_form: self.challenge_in(id).is_none()
                && panel.copies.is_none()
                && panel.popup_tab().is_some_and(|tab| self.form_in_front(tab).is_some()),
            form: self.form_view(panel),
            corrections: self.corrections_view(panel),
            captures: if open { panel.captures.clone() } else { Vec::new() },
            ignored: panel.ignored.clone(),
        })
    }
}

/// Who somebody is goes into no frame of another origin, whatever the daemon lists.
pub(crate) fn may_say_who(item: &ItemSummary, place: &Place) -> bool {
    item.identity.is_none() || place.chain.allows_identity()
}

/// Whether there is more news than that time passed.
fn differs(sent: &View, view: &View) -> bool {
    let timeless = |view: &View| {
        let mut view = view.clone();
        if let Some(request) = &mut view.request {
            request.remaining_millis = 0;
        }
        if let Some(code) = &mut view.code {
            code.remaining_millis = 0;
        }
        if let Some(Showing::Code { remaining_millis, .. } | Showing::Link { remaining_millis, .. }) = &mut view.showing
        {
            *remaining_millis = 0;
        }
        view
    };
    timeless(sent) != timeless(view)
}
