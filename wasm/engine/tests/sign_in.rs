//! Sign-ins of more than one page: the pick of the user name carries over to the password, and a code names the password that it was approved with.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "test code")]

#[allow(dead_code, reason = "the other tests use more of it")]
mod world;

use countersign_engine::{FrameId, Input, MenuEntry, PanelId, ProbeId, Sender, TabId};
use countersign_forms::{Button, Field, FieldTexts, Form, RawSnapshot};
use countersign_seal::{
    field::FieldKind,
    id::{FieldId, ItemId, RequestId},
    request::{Action, Refusal, SignIn},
    secret::SecretBytes,
};
use countersign_wire::{
    NextCode,
    item::{FieldSummary, Guard, ItemSummary},
    local::{Event, Fault, Progress, ReleasedField},
    page::{FromProbe, ToProbe},
    panel::{FillOutcome, FromPanel, PanelKind, View},
};
use world::*;

const SEED: FieldId = FieldId([3; 16]);
const OTHER_TAB: TabId = TabId(8);
const MINUTE: u64 = 60_000;

fn with_code(guard: Guard) -> ItemSummary {
    let mut item = login();
    item.fields.push(FieldSummary { id: SEED, kind: FieldKind::OneTimeCodeSeed, version: 1, guard });
    item
}

fn form(field: &str, input_type: &str, label: &str) -> RawSnapshot {
    let texts = FieldTexts { label: label.into(), ..FieldTexts::default() };
    let field = Field {
        id: 1,
        input_type: input_type.into(),
        name: field.into(),
        html_id: field.into(),
        autocomplete: field.into(),
        visible: true,
        form: Some(0),
        texts,
        ..Field::default()
    };
    let form =
        Form { action: format!("{SITE}/next"), method: "post".into(), heading: "Sign in".into(), ..Form::default() };
    let button = Button { text: "Next".into(), form: Some(0), after: 1, submit: true };
    RawSnapshot { forms: vec![form], fields: vec![field], buttons: vec![button], ..RawSnapshot::default() }
}

fn first_page() -> RawSnapshot {
    form("username", "text", "User name")
}

fn second_page() -> RawSnapshot {
    form("current-password", "password", "Password")
}

fn code_page() -> RawSnapshot {
    form("one-time-code", "text", "Code")
}

/// One tab's pages, one after the other.
struct Tabs {
    world: World,
    next: u32,
}

impl Tabs {
    fn new() -> Self {
        let mut world = World::paired();
        world.daemon.items = vec![with_code(Guard::Sealed)];
        Self { world, next: 1 }
    }

    /// Goes to a page; its field has focus.
    fn open(&mut self, tab: TabId, snapshot: &RawSnapshot) -> ProbeId {
        let probe = ProbeId(self.next);
        self.next += 1;
        let origin = self.world.frames[0].origin.clone().unwrap();
        let sender = Sender { tab, frame: FrameId(0), document: Some("document-0".into()), origin, private: false };
        self.world.feed(Input::ProbeConnected { probe, sender });
        let message = FromProbe::Looked { snapshot: snapshot.clone(), focused: Some(1) };
        self.world.feed(Input::Probe { probe, message });
        probe
    }

    /// Leaves it.
    fn leave(&mut self, probe: ProbeId) {
        self.world.feed(Input::ProbeGone(probe));
    }

    /// Presses the icon; the chooser opens.
    fn summon(&mut self, tab: TabId, probe: ProbeId, snapshot: &RawSnapshot) -> PanelId {
        let ticket = self.world.ticket_at(probe, snapshot.clone(), 1);
        let panel = PanelId(self.next);
        self.next += 1;
        self.world.feed(Input::PanelConnected { panel, page: PanelKind::Chooser, tab: Some(tab) });
        let message = FromPanel::Open { kind: PanelKind::Chooser, ticket: Some(ticket) };
        self.world.feed(Input::Panel { panel, message });
        panel
    }

    /// Opens a page and its chooser.
    fn go(&mut self, tab: TabId, snapshot: &RawSnapshot) -> (ProbeId, PanelId) {
        let probe = self.open(tab, snapshot);
        let panel = self.summon(tab, probe, snapshot);
        (probe, panel)
    }

    fn committed(&mut self, probe: ProbeId) {
        let commit = self.world.to_probe[&probe].iter().rev().find_map(|message| match message {
            ToProbe::Commit(commit) => Some(commit.commit),
            _ => None,
        });
        let commit = commit.expect("a commit");
        let message = FromProbe::Committed { commit, outcome: FillOutcome::Filled };
        self.world.feed(Input::Probe { probe, message });
        self.world.pass(2_000);
    }

    /// Picks the item for its user name, and goes on.
    fn pick_username(&mut self, tab: TabId) {
        let (probe, panel) = self.go(tab, &first_page());
        self.world.choose(panel);
        self.committed(probe);
        self.leave(probe);
    }

    fn view(&self, panel: PanelId) -> &View {
        &self.world.views[&panel]
    }

    fn asked(&self) -> usize {
        self.world.daemon.asked().len()
    }

    fn sign_in(&self) -> (RequestId, Option<SignIn>) {
        let ask = self.world.daemon.asked().pop().unwrap();
        match ask.action {
            Action::Fill { sign_in, .. } => (ask.id, sign_in),
            other => panic!("{other:?}"),
        }
    }

    /// Signs in with the password and has it approved; the request's id.
    fn sign_in_with_password(&mut self, tab: TabId) -> RequestId {
        let (probe, panel) = self.go(tab, &second_page());
        self.world.choose(panel);
        let (id, sign_in) = self.sign_in();
        assert_eq!(sign_in, Some(SignIn::Begins { code: SEED }));
        self.world.progress(Progress::Approved);
        self.world.release();
        self.committed(probe);
        self.leave(probe);
        id
    }

    /// Picks the item for its code; what the ask says of it.
    fn ask_code(&mut self, tab: TabId) -> Option<SignIn> {
        let (_, panel) = self.go(tab, &code_page());
        assert_eq!(self.view(panel).request, None, "a code takes a pick");
        self.world.choose(panel);
        self.sign_in().1
    }
}

fn follows(request: RequestId) -> Option<SignIn> {
    Some(SignIn::Follows { request })
}

#[test]
fn a_pick_carries_over_to_the_password_and_only_there() {
    let mut tabs = Tabs::new();
    tabs.pick_username(TAB);
    assert_eq!(tabs.asked(), 0, "a user name needs nobody's word");
    let (probe, panel) = tabs.go(TAB, &second_page());
    let request = tabs.view(panel).request.clone().unwrap();
    assert!(request.carried && !request.follows, "{request:?}");
    assert_eq!((request.title.as_str(), request.progress, tabs.asked()), ("Bank", Progress::Asked, 1));
    assert!(tabs.world.commits().len() == 1, "nothing is written before the phone answers");
    tabs.world.release();
    assert_eq!(texts(tabs.world.commits().last().unwrap()), [(1, "lantern".into())]);
    tabs.committed(probe);
    // Once: the next time it is a list again.
    let panel = tabs.summon(TAB, probe, &second_page());
    assert_eq!((tabs.view(panel).request.clone(), tabs.view(panel).items.len(), tabs.asked()), (None, 1, 1));
}

#[test]
fn another_item_can_still_be_taken() {
    let mut tabs = Tabs::new();
    let other = ItemSummary { id: ItemId([9; 16]), title: "Another".into(), ..login() };
    tabs.world.daemon.items.push(other);
    tabs.pick_username(TAB);
    let (probe, panel) = tabs.go(TAB, &second_page());
    let first = tabs.sign_in().0;
    tabs.world.say(panel, FromPanel::Cancel);
    tabs.world.say(panel, FromPanel::Dismiss);
    assert_eq!(tabs.world.daemon.cancelled(), [first]);
    assert_eq!((tabs.view(panel).request.clone(), tabs.view(panel).items.len()), (None, 2));
    tabs.world.say(panel, FromPanel::Choose { item: ItemId([9; 16]), trusted: true, in_sight: true });
    let request = tabs.view(panel).request.clone().unwrap();
    assert_eq!((request.title.as_str(), request.carried), ("Another", false));
    // The chooser of the same field opens with its list, too.
    tabs.world.say(panel, FromPanel::Cancel);
    let panel = tabs.summon(TAB, probe, &second_page());
    assert_eq!((tabs.view(panel).request.clone(), tabs.asked()), (None, 2));
}

#[test]
fn a_pick_survives_reloads_and_detours_for_five_minutes() {
    let mut tabs = Tabs::new();
    tabs.pick_username(TAB);
    // Elsewhere and back.
    let home = tabs.world.frames[0].clone();
    tabs.world.frames[0].origin = Some("https://elsewhere.example".into());
    let (probe, panel) = tabs.go(TAB, &second_page());
    assert_eq!(tabs.view(panel).request, None, "another site");
    tabs.leave(probe);
    tabs.world.frames[0] = home;
    let probe = tabs.open(TAB, &second_page());
    tabs.leave(probe);
    tabs.world.pass(4 * MINUTE);
    let (_, panel) = tabs.go(TAB, &second_page());
    assert!(tabs.view(panel).request.as_ref().is_some_and(|request| request.carried));

    let mut tabs = Tabs::new();
    tabs.pick_username(TAB);
    tabs.world.pass(5 * MINUTE);
    let (_, panel) = tabs.go(TAB, &second_page());
    assert_eq!(tabs.view(panel).request, None, "too late");
}

#[test]
fn three_pages_with_reloads_and_detours_between_them_are_one_sign_in() {
    let mut tabs = Tabs::new();
    tabs.pick_username(TAB);
    // Reloaded; back to the first page and forth.
    for page in [second_page(), second_page(), first_page()] {
        let probe = tabs.open(TAB, &page);
        tabs.leave(probe);
    }
    let (probe, panel) = tabs.go(TAB, &second_page());
    assert!(tabs.view(panel).request.as_ref().is_some_and(|request| request.carried));
    let (first, sign_in) = tabs.sign_in();
    assert_eq!(sign_in, Some(SignIn::Begins { code: SEED }));
    tabs.world.release();
    tabs.committed(probe);
    tabs.leave(probe);
    // The same before the code; back at the password nothing is asked by itself any more.
    let (probe, panel) = tabs.go(TAB, &code_page());
    assert_eq!((tabs.view(panel).request.clone(), tabs.asked()), (None, 1));
    tabs.leave(probe);
    let (probe, panel) = tabs.go(TAB, &second_page());
    assert_eq!((tabs.view(panel).request.clone(), tabs.asked()), (None, 1));
    tabs.leave(probe);
    let written = tabs.world.commits().len();
    assert_eq!(tabs.ask_code(TAB), follows(first));
    assert_eq!(tabs.world.commits().len(), written, "nothing before the phone's answer");
}

#[test]
fn steps_of_another_origin_know_of_nothing() {
    let mut tabs = Tabs::new();
    tabs.pick_username(TAB);
    tabs.world.frames[0].origin = Some("https://other.example".into());
    let (probe, panel) = tabs.go(TAB, &second_page());
    assert_eq!((tabs.view(panel).request.clone(), tabs.asked()), (None, 0));
    tabs.leave(probe);
    tabs.world.frames[0].origin = Some(SITE.into());
    let (probe, panel) = tabs.go(TAB, &second_page());
    assert!(tabs.view(panel).request.as_ref().is_some_and(|request| request.carried), "the control");
    tabs.world.release();
    tabs.committed(probe);
    tabs.leave(probe);
    tabs.world.frames[0].origin = Some("https://other.example".into());
    assert_eq!(tabs.ask_code(TAB), None);
}

#[test]
fn a_password_of_another_item_ends_what_came_before() {
    let other = ItemSummary { id: ItemId([9; 16]), title: "Another".into(), ..login() };
    let choose = |item| FromPanel::Choose { item, trusted: true, in_sight: true };
    let mut tabs = Tabs::new();
    tabs.world.daemon.items.push(other.clone());
    tabs.sign_in_with_password(TAB);
    let (probe, panel) = tabs.go(TAB, &second_page());
    tabs.world.say(panel, choose(other.id));
    tabs.world.release();
    tabs.committed(probe);
    tabs.leave(probe);
    assert_eq!(tabs.ask_code(TAB), None, "the code is of whom it was before");

    // So does its user name.
    let mut tabs = Tabs::new();
    tabs.world.daemon.items.push(other.clone());
    tabs.sign_in_with_password(TAB);
    let (probe, panel) = tabs.go(TAB, &first_page());
    tabs.world.say(panel, choose(other.id));
    tabs.committed(probe);
    tabs.leave(probe);
    assert_eq!(tabs.ask_code(TAB), None);
    // And the user name of the same item does not.
    let mut tabs = Tabs::new();
    let first = tabs.sign_in_with_password(TAB);
    tabs.pick_username(TAB);
    assert_eq!(tabs.ask_code(TAB), follows(first));
}

#[test]
fn a_pick_is_used_up_by_its_password_wherever_that_was_picked() {
    let mut tabs = Tabs::new();
    tabs.pick_username(TAB);
    let probe = tabs.open(TAB, &second_page());
    let popup = tabs.world.popup(70);
    tabs.world.say(popup, FromPanel::Choose { item: login().id, trusted: true, in_sight: true });
    tabs.world.release();
    tabs.committed(probe);
    let panel = tabs.summon(TAB, probe, &second_page());
    assert_eq!((tabs.view(panel).request.clone(), tabs.asked()), (None, 1));
}

#[test]
fn a_pick_is_of_its_tab_its_origin_and_an_item_that_is_there() {
    let mut tabs = Tabs::new();
    tabs.pick_username(TAB);
    let (probe, panel) = tabs.go(OTHER_TAB, &second_page());
    assert_eq!(tabs.view(panel).request, None, "another tab");
    tabs.leave(probe);
    // A frame of the same site has another chain.
    tabs.world.frames.push(frame(4, 0, SITE));
    let probe = tabs.world.focus(90, 4, SITE);
    let panel = tabs.world.chooser(probe, 91);
    assert_eq!(tabs.view(panel).request, None, "a frame in it");
    tabs.leave(probe);
    // The item is gone.
    let items = core::mem::take(&mut tabs.world.daemon.items);
    tabs.world.daemon.items = vec![ItemSummary { id: ItemId([9; 16]), ..items[0].clone() }];
    let (_, panel) = tabs.go(TAB, &second_page());
    assert_eq!((tabs.view(panel).request.clone(), tabs.asked()), (None, 0), "another item");
}

#[test]
fn the_user_name_once_more_takes_another_pick() {
    let mut tabs = Tabs::new();
    tabs.world.daemon.items.insert(0, ItemSummary { id: ItemId([9; 16]), title: "Another".into(), ..login() });
    tabs.pick_username(TAB);
    let commits = tabs.world.commits().len();
    let (_, panel) = tabs.go(TAB, &first_page());
    assert_eq!((tabs.view(panel).request.clone(), tabs.world.commits().len()), (None, commits));
    // What was picked stands first.
    assert_eq!(tabs.view(panel).items.iter().map(|item| item.title.as_str()).collect::<Vec<_>>(), ["Bank", "Another"]);
}

#[test]
fn the_popup_lists_and_asks_nothing_by_itself() {
    let mut tabs = Tabs::new();
    tabs.pick_username(TAB);
    tabs.open(TAB, &second_page());
    let popup = tabs.world.popup(70);
    assert_eq!((tabs.view(popup).items.len(), tabs.view(popup).request.clone(), tabs.asked()), (1, None, 0));
}

#[test]
fn a_code_names_the_password_that_it_was_approved_with() {
    let mut tabs = Tabs::new();
    let first = tabs.sign_in_with_password(TAB);
    assert_eq!(tabs.ask_code(TAB), follows(first));
    let request = tabs.world.views.values().find_map(|view| view.request.clone()).unwrap();
    assert!(request.follows && !request.carried);
    let code = SecretBytes::from(String::from("755224"));
    let value = ReleasedField { field: SEED, kind: FieldKind::OneTimeCodeSeed, value: code, next: None };
    let id = tabs.sign_in().0;
    tabs.world.event(Event::Released { request: id, values: vec![value] });
    assert_eq!(texts(tabs.world.commits().last().unwrap()), [(1, "755224".into())]);
}

/// What is filled so many milliseconds after the phone's answer, if the place takes that long to be looked at again.
fn code_after(elapsed: u64) -> Option<Vec<(u32, String)>> {
    let mut tabs = Tabs::new();
    tabs.sign_in_with_password(TAB);
    tabs.ask_code(TAB);
    let before = tabs.world.commits().len();
    tabs.world.hold_frames = true;
    let digits = |digits: &str| SecretBytes::from(String::from(digits));
    let next = NextCode { digits: digits("287082"), from_millis: 1_001, until_millis: 20_000 };
    let kind = FieldKind::OneTimeCodeSeed;
    let value = ReleasedField { field: SEED, kind, value: digits("755224"), next: Some(next) };
    let id = tabs.sign_in().0;
    tabs.world.event(Event::Released { request: id, values: vec![value] });
    tabs.world.monotonic += elapsed;
    tabs.world.release_frames();
    let commits = tabs.world.commits();
    (commits.len() > before).then(|| texts(commits.last().unwrap()))
}

#[test]
fn a_code_that_is_over_by_the_time_of_the_commit_gives_way_to_the_next() {
    assert_eq!(code_after(1_000), Some(vec![(1, "755224".into())]));
    assert_eq!(code_after(1_001), Some(vec![(1, "287082".into())]));
    assert_eq!(code_after(19_999), Some(vec![(1, "287082".into())]));
    assert_eq!(code_after(20_000), None, "both are over");
}

#[test]
fn a_pick_that_may_have_been_covered_is_asked_for_and_one_in_the_popup_still_follows() {
    let mut tabs = Tabs::new();
    let first = tabs.sign_in_with_password(TAB);
    let (probe, panel) = tabs.go(TAB, &code_page());
    let pick = |in_sight| FromPanel::Choose { item: login().id, trusted: true, in_sight };
    let pick_unvouched = |tabs: &mut Tabs, probe, panel| {
        tabs.world.say(panel, pick(false));
        let press = tabs.world.press(probe).unwrap();
        tabs.world.vouch(probe, press, true);
    };
    pick_unvouched(&mut tabs, probe, panel);
    assert_eq!(tabs.sign_in().1, None);
    assert!(tabs.view(panel).request.as_ref().is_some_and(|request| !request.follows));
    tabs.world.say(panel, FromPanel::Cancel);
    tabs.world.say(panel, FromPanel::Dismiss);
    let popup = tabs.world.popup(70);
    tabs.world.say(popup, pick(true));
    assert_eq!(tabs.sign_in().1, follows(first));
    // What a password says of its code is no right: the phone shows it.
    let mut tabs = Tabs::new();
    let (probe, panel) = tabs.go(TAB, &second_page());
    pick_unvouched(&mut tabs, probe, panel);
    assert_eq!(tabs.sign_in().1, Some(SignIn::Begins { code: SEED }));
}

#[test]
fn it_does_so_once_whatever_came_of_it() {
    let mut tabs = Tabs::new();
    let first = tabs.sign_in_with_password(TAB);
    let (_, panel) = tabs.go(TAB, &code_page());
    tabs.world.daemon.ask_fault = Some(Fault::Busy);
    tabs.world.choose(panel);
    assert_eq!(tabs.sign_in().1, follows(first));
    tabs.world.daemon.ask_fault = None;
    assert_eq!(tabs.ask_code(TAB), None);
    tabs.world.progress(Progress::Refused(Refusal::Refused));
    assert_eq!(tabs.ask_code(TAB), None);
}

#[test]
fn another_tab_site_item_or_hour_asks_as_usual() {
    let mut tabs = Tabs::new();
    tabs.sign_in_with_password(TAB);
    assert_eq!(tabs.ask_code(OTHER_TAB), None, "another tab");

    let mut tabs = Tabs::new();
    tabs.sign_in_with_password(TAB);
    tabs.world.frames[0].origin = Some("https://other.example".into());
    assert_eq!(tabs.ask_code(TAB), None, "another site");

    let mut tabs = Tabs::new();
    tabs.sign_in_with_password(TAB);
    let other = ItemId([9; 16]);
    tabs.world.daemon.items.push(ItemSummary { id: other, ..with_code(Guard::Sealed) });
    let (_, panel) = tabs.go(TAB, &code_page());
    tabs.world.say(panel, FromPanel::Choose { item: other, trusted: true, in_sight: true });
    assert_eq!(tabs.sign_in().1, None, "another item");

    let mut tabs = Tabs::new();
    let first = tabs.sign_in_with_password(TAB);
    tabs.world.pass(5 * MINUTE - 10_000);
    assert_eq!(tabs.ask_code(TAB), follows(first));
    let mut tabs = Tabs::new();
    tabs.sign_in_with_password(TAB);
    tabs.world.pass(5 * MINUTE);
    assert_eq!(tabs.ask_code(TAB), None, "too late");
}

#[test]
fn a_password_that_was_not_released_begins_nothing() {
    for end in [Progress::Refused(Refusal::Refused), Progress::Expired] {
        let mut tabs = Tabs::new();
        let (probe, panel) = tabs.go(TAB, &second_page());
        tabs.world.choose(panel);
        tabs.world.progress(end);
        tabs.leave(probe);
        assert_eq!(tabs.ask_code(TAB), None, "{end:?}");
    }
}

#[test]
fn a_worker_that_was_restarted_knows_of_nothing() {
    let mut tabs = Tabs::new();
    tabs.sign_in_with_password(TAB);
    tabs.world.restart();
    assert_eq!(tabs.ask_code(TAB), None);
}

#[test]
fn what_has_no_sealed_seed_announces_none() {
    for item in [login(), with_code(Guard::NotSealed)] {
        let mut tabs = Tabs::new();
        tabs.world.daemon.items = vec![item];
        let (_, panel) = tabs.go(TAB, &second_page());
        tabs.world.choose(panel);
        assert_eq!(tabs.sign_in().1, None);
    }
}

#[test]
fn of_the_context_menu_only_fill_goes_straight() {
    for (entry, straight) in [(MenuEntry::Fill, 1), (MenuEntry::PickAnother, 0), (MenuEntry::NewPassword, 0)] {
        let mut tabs = Tabs::new();
        tabs.pick_username(TAB);
        let probe = tabs.open(TAB, &second_page());
        tabs.world.feed(Input::Menu { tab: TAB, frame: FrameId(0), entry });
        let open = tabs.world.to_probe[&probe].iter().find_map(|message| match message {
            ToProbe::Open { ticket, .. } => Some(ticket.clone()),
            _ => None,
        });
        let panel = tabs.world.panel(90, PanelKind::Chooser, PanelKind::Chooser, open);
        assert_eq!((tabs.asked(), tabs.view(panel).items.len()), (straight, 1), "{entry:?}");
        // A pick asks, whichever entry it was.
        tabs.world.choose(panel);
        assert_eq!(tabs.asked(), 1, "{entry:?}");
    }
}
