//! What a tab's sign-in has come to: which item was picked for its user name, and whether its one-time code was approved with its password.
//!
//! A pick carries over to the password's page of the same tab, origin and item: the chooser, which the user opens there, goes straight to the number. No value
//! is kept: the phone answers the password then, as for any other page. A code that was approved with its password is asked for with the name of the request that
//! it follows; whether anybody has to approve again is the phone's to say. Only a pick that was surely seen is asked for so: in the popup, or in a chooser of which
//! the browser vouches that nothing covers it.

use crate::{
    effect::{PanelId, TabId},
    engine::Engine,
    fill::{Typed, fields_for},
    pages::Target,
};
use countersign_seal::{
    field::FieldKind,
    follow_up::FOLLOW_UP_MILLIS,
    id::{FieldId, ItemId, RequestId},
    origin::OriginChain,
    request::SignIn,
};
use countersign_wire::{
    item::{Guard, ItemSummary},
    panel::PlaceKind,
};

/// All sign-ins that are under way: of each tab at most one step of a kind.
#[derive(Default)]
pub(crate) struct SignIns(Vec<Step>);

/// Where a sign-in stands.
struct Step {
    tab: TabId,
    chain: OriginChain,
    item: ItemId,
    until: u64,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    /// The user picked the item for its user name.
    Picked,
    /// The phone approved the password, and said that the code is included.
    Approved { request: RequestId, code: FieldId },
}

impl Step {
    fn is_here(&self, tab: TabId, chain: &OriginChain, now: u64) -> bool {
        self.tab == tab && self.chain == *chain && now < self.until
    }
}

impl SignIns {
    pub(crate) fn forget(&mut self, now: u64) {
        self.drop_where(&|step| now >= step.until);
    }

    /// One function for all that end.
    fn drop_where(&mut self, is_over: &dyn Fn(&Step) -> bool) {
        self.0.retain(|step| !is_over(step));
    }

    /// A password was released in this tab, to whichever item it belongs: what another sign-in there had come to is over.
    pub(crate) fn begin(&mut self, tab: TabId) {
        self.drop_where(&|step| step.tab == tab);
    }

    /// The user picked an item for its user name.
    pub(crate) fn pick(&mut self, tab: TabId, chain: OriginChain, item: ItemId, now: u64) {
        self.unpick(tab);
        // Somebody else signs in: no code of whom it was before.
        self.drop_where(&|step| step.tab == tab && step.item != item);
        self.0.push(Step { tab, chain, item, until: now.saturating_add(FOLLOW_UP_MILLIS), kind: Kind::Picked });
    }

    /// The item that was picked here.
    pub(crate) fn picked(&self, tab: TabId, chain: &OriginChain, now: u64) -> Option<ItemId> {
        let is_it = |step: &&Step| matches!(step.kind, Kind::Picked) && step.is_here(tab, chain, now);
        self.0.iter().find(is_it).map(|step| step.item)
    }

    fn unpick(&mut self, tab: TabId) {
        self.drop_where(&|step| step.tab == tab && matches!(step.kind, Kind::Picked));
    }

    /// The phone approved a password with the code that comes next.
    pub(crate) fn approve(
        &mut self,
        tab: TabId,
        chain: OriginChain,
        item: ItemId,
        request: (RequestId, FieldId),
        now: u64,
    ) {
        let (request, code) = request;
        self.drop_where(&|step| step.tab == tab && matches!(step.kind, Kind::Approved { .. }));
        let until = now.saturating_add(FOLLOW_UP_MILLIS);
        self.0.push(Step { tab, chain, item, until, kind: Kind::Approved { request, code } });
    }

    /// The request that a code asked for here follows.
    fn followed(&self, tab: TabId, chain: &OriginChain, item: ItemId, asked: FieldId, now: u64) -> Option<RequestId> {
        self.0.iter().filter(|step| step.item == item && step.is_here(tab, chain, now)).find_map(|step| {
            match step.kind {
                Kind::Approved { request, code } if code == asked => Some(request),
                _ => None,
            }
        })
    }

    /// It is followed once.
    pub(crate) fn spend(&mut self, followed: RequestId) {
        self.drop_where(&|step| matches!(step.kind, Kind::Approved { request, .. } if request == followed));
    }
}

impl Engine {
    /// What a fill has to do with another of the same sign-in.
    pub(crate) fn sign_in_of(
        &self,
        target: Target,
        chain: &OriginChain,
        item: &ItemSummary,
        fields: &[FieldId],
    ) -> Option<SignIn> {
        let tab = self.probes.get(&target.probe)?.sender.tab;
        let is_of =
            |kind: FieldKind| move |id: &FieldId| item.fields.iter().any(|field| field.id == *id && field.kind == kind);
        if let [asked] = fields
            && is_of(FieldKind::OneTimeCodeSeed)(asked)
        {
            let followed = self.sign_ins.followed(tab, chain, item.id, *asked, self.now.monotonic);
            return followed.map(|request| SignIn::Follows { request });
        }
        let code = item
            .fields
            .iter()
            .find(|field| field.kind == FieldKind::OneTimeCodeSeed && field.guard == Guard::Sealed)?;
        let begins = fields.iter().any(is_of(FieldKind::Password)) && !fields.contains(&code.id);
        (begins && self.kind_of(target) == Some(PlaceKind::Login)).then_some(SignIn::Begins { code: code.id })
    }

    /// The items of a chooser came, which the user opened by the icon or the shortcut: if one of them was picked for the user name just before, asks for it.
    pub(crate) fn go_straight(&mut self, id: PanelId) {
        let Some((tab, item)) = self.straight_pick(id) else { return };
        self.sign_ins.unpick(tab);
        if let Some(panel) = self.panels.get_mut(&id) {
            panel.carried = Some(item);
        }
        self.choose(id, item, Typed::Ask);
    }

    fn straight_pick(&mut self, id: PanelId) -> Option<(TabId, ItemId)> {
        let panel = self.panels.get_mut(&id).filter(|panel| !panel.items.is_empty())?;
        if !core::mem::take(&mut panel.may_go_straight) {
            return None;
        }
        let (target, place) = (panel.target?, panel.place.as_ref().filter(|place| place.kind == PlaceKind::Login)?);
        let probe = self.probes.get(&target.probe)?;
        let tab = probe.sender.tab;
        let item = self.sign_ins.picked(tab, &place.chain, self.now.monotonic)?;
        let known = panel.items.iter().find(|known| known.id == item)?;
        // The user name once more takes another pick: nobody would be asked.
        let plan = probe.look.as_ref()?.plan_at(target.field, known, &*self.country_names)?;
        (!fields_for(&plan, known).is_empty()).then_some((tab, item))
    }
}
