//! Forms about a person: filled by an identity on the pick, with nobody asked, and nowhere in a frame of another origin.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code")]

#[allow(dead_code, reason = "the other tests use more of it")]
mod world;

use countersign_engine::{Engine, Input, PanelId, ProbeId};
use countersign_forms::{Button, Field, FieldOption, FieldTag, FieldTexts, Form, RawSnapshot};
use countersign_seal::{
    field::FieldKind,
    id::{FieldId, ItemId},
};
use countersign_wire::{
    item::{FieldSummary, Guard, Identity, ItemKind, ItemSummary},
    local::Fault,
    page::{FromProbe, ToProbe, Write},
    panel::{FromPanel, PanelKind, PlaceKind},
};
use world::*;

const JANE: ItemId = ItemId([8; 16]);

fn identity(person: Identity) -> ItemSummary {
    ItemSummary {
        id: JANE,
        kind: ItemKind::Identity,
        title: "Me".into(),
        username: String::new(),
        sites: Vec::new(),
        fields: Vec::new(),
        identity: Some(Box::new(person)),
        ..login()
    }
}

fn jane() -> ItemSummary {
    identity(Identity {
        given_name: "Jane".into(),
        family_name: "Roe".into(),
        street_address: "Kai 5".into(),
        postal_code: "10115".into(),
        address_level2: "Berlin".into(),
        country: "DE".into(),
        email: "jane@example.org".into(),
        ..Identity::default()
    })
}

fn card() -> ItemSummary {
    let field = FieldSummary { id: FieldId([6; 16]), kind: FieldKind::CardNumber, version: 1, guard: Guard::Sealed };
    ItemSummary {
        id: ItemId([7; 16]),
        kind: ItemKind::Card,
        title: "Blue card".into(),
        username: String::new(),
        sites: Vec::new(),
        fields: vec![field],
        ..login()
    }
}

fn form(heading: &str, fields: &[(&str, &str)]) -> RawSnapshot {
    let field = |(id, (token, label)): (u32, &(&str, &str))| Field {
        id,
        input_type: if token.ends_with("password") { "password".into() } else { "text".into() },
        name: (*token).into(),
        autocomplete: (*token).into(),
        visible: true,
        form: Some(0),
        texts: FieldTexts { label: (*label).into(), ..FieldTexts::default() },
        ..Field::default()
    };
    let fields: Vec<Field> = (1..).zip(fields).map(field).collect();
    let after = u32::try_from(fields.len()).unwrap();
    RawSnapshot {
        lang: "de".into(),
        forms: vec![Form { action: format!("{SITE}/do"), heading: heading.into(), ..Form::default() }],
        fields,
        buttons: vec![Button { text: "Continue".into(), form: Some(0), after, submit: true }],
        ..RawSnapshot::default()
    }
}

fn address() -> RawSnapshot {
    let fields = [("name", "Name"), ("street-address", "Street"), ("postal-code", "Postcode"), ("country", "Country")];
    form("Delivery address", &fields)
}

/// A card and an address in one form.
fn checkout() -> RawSnapshot {
    form("Checkout", &[("name", "Name"), ("postal-code", "Postcode"), ("cc-number", "Card number")])
}

fn sign_up() -> RawSnapshot {
    let fields = [("given-name", "First name"), ("email", "Email"), ("new-password", "Choose a password")];
    form("Create your account", &fields)
}

fn world(items: Vec<ItemSummary>) -> World {
    let mut world = World::paired();
    world.daemon.items = items;
    world
}

fn chooser(world: &mut World, snapshot: RawSnapshot, field: u32) -> (ProbeId, PanelId) {
    let probe = world.focus(1, 0, SITE);
    let ticket = world.ticket_at(probe, snapshot, field);
    (probe, world.panel(2, PanelKind::Chooser, PanelKind::Chooser, Some(ticket)))
}

fn pick(world: &mut World, panel: PanelId, item: ItemId) {
    world.say(panel, FromPanel::Choose { item, trusted: true, in_sight: true });
}

fn kind(world: &World, panel: PanelId) -> Option<PlaceKind> {
    world.views[&panel].place.as_ref().map(|place| place.kind)
}

fn titles(world: &World, panel: PanelId) -> Vec<&str> {
    world.views[&panel].items.iter().map(|item| item.title.as_str()).collect()
}

#[test]
fn a_pick_fills_and_nobody_is_asked() {
    let mut world = world(vec![login(), card(), jane()]);
    let (_, panel) = chooser(&mut world, address(), 1);
    assert_eq!((kind(&world, panel), titles(&world, panel)), (Some(PlaceKind::Identity), vec!["Me"]));
    assert!(world.commits().is_empty(), "a pick is needed");
    pick(&mut world, panel, JANE);
    assert!(world.daemon.asked().is_empty() && world.signatures == 0);
    let written = [(1, "Jane Roe".into()), (2, "Kai 5".into()), (3, "10115".into()), (4, "DE".into())];
    assert_eq!(texts(world.commits()[0]), written);
}

#[test]
fn a_script_picks_nothing_and_a_press_that_may_be_covered_waits_for_its_look() {
    let mut world = world(vec![jane()]);
    let (probe, panel) = chooser(&mut world, address(), 1);
    world.say(panel, FromPanel::Choose { item: JANE, trusted: false, in_sight: true });
    assert!(world.commits().is_empty());
    world.say(panel, FromPanel::Choose { item: JANE, trusted: true, in_sight: false });
    assert!(world.commits().is_empty());
    let press = world.press(probe).unwrap();
    world.vouch(probe, press, true);
    assert_eq!(world.commits().len(), 1);
}

#[test]
fn what_was_typed_is_not_written_over_without_asking() {
    let mut world = world(vec![jane()]);
    let mut form = address();
    form.fields[0].has_value = true;
    let (_, panel) = chooser(&mut world, form, 2);
    pick(&mut world, panel, JANE);
    assert!(world.commits().is_empty() && world.views[&panel].overwrite.as_ref().unwrap().rest);
    world.say(panel, FromPanel::Overwrite { item: JANE, keep: true, trusted: true, in_sight: true });
    assert_eq!(texts(world.commits()[0])[0], (2, "Kai 5".into()));
}

#[test]
fn each_part_of_a_checkout_is_filled_by_its_own_item() {
    let mut world = world(vec![card(), jane()]);
    let (_, panel) = chooser(&mut world, checkout(), 3);
    assert_eq!((kind(&world, panel), titles(&world, panel)), (Some(PlaceKind::Card), vec!["Blue card"]));
    let (_, panel) = chooser(&mut world, checkout(), 2);
    assert_eq!((kind(&world, panel), titles(&world, panel)), (Some(PlaceKind::Identity), vec!["Me"]));
    pick(&mut world, panel, JANE);
    assert_eq!(texts(world.commits()[0]), [(1, "Jane Roe".into()), (2, "10115".into())]);
}

#[test]
fn a_sign_up_takes_a_user_name_or_a_person_and_no_password() {
    let mut account = login();
    account.username = "ada@example.org".into();
    let mut world = world(vec![account, jane()]);
    let (_, panel) = chooser(&mut world, sign_up(), 2);
    assert_eq!((kind(&world, panel), titles(&world, panel)), (Some(PlaceKind::SignUp), vec!["Bank", "Me"]));
    pick(&mut world, panel, JANE);
    assert_eq!(texts(world.commits()[0]), [(1, "Jane".into()), (2, "jane@example.org".into())]);
    // At a name only a person has anything to give.
    let (_, panel) = chooser(&mut world, sign_up(), 1);
    assert_eq!((kind(&world, panel), titles(&world, panel)), (Some(PlaceKind::Identity), vec!["Me"]));
}

#[test]
fn a_profile_and_a_recovery_take_a_person_where_they_ask_for_one() {
    let mut world = world(vec![login(), jane()]);
    let profile = [("given-name", "First name"), ("family-name", "Last name"), ("new-password", "New password")];
    let (_, panel) = chooser(&mut world, form("Your profile", &profile), 1);
    assert_eq!((kind(&world, panel), titles(&world, panel)), (Some(PlaceKind::Identity), vec!["Me"]));
    pick(&mut world, panel, JANE);
    assert_eq!(texts(world.commits()[0]), [(1, "Jane".into()), (2, "Roe".into())]);
    let forgotten = [("given-name", "First name"), ("postal-code", "ZIP code"), ("email", "Email")];
    let (_, panel) = chooser(&mut world, form("Forgot your user name?", &forgotten), 2);
    assert_eq!((kind(&world, panel), titles(&world, panel)), (Some(PlaceKind::Identity), vec!["Me"]));
    // An address alone is what the account is called.
    let probe = world.focus(1, 0, SITE);
    let snapshot = form("Forgot your password?", &[("email", "Email")]);
    world.feed(Input::Probe { probe, message: FromProbe::Summoned { snapshot, field: 1, keyboard: false } });
    assert!(!matches!(world.to_probe[&probe].last(), Some(ToProbe::Open { .. })));
}

#[test]
fn a_login_takes_no_person() {
    let mut world = world(vec![login(), jane()]);
    let (_, panel) = chooser(&mut world, login_form(), 1);
    assert_eq!(titles(&world, panel), ["Bank"]);
    pick(&mut world, panel, JANE);
    assert!(world.commits().is_empty());
}

#[test]
fn who_has_nothing_to_give_is_not_listed() {
    let person = Identity { tel: "+4930123456".into(), ..Identity::default() };
    let mut world = world(vec![identity(person)]);
    let (_, panel) = chooser(&mut world, address(), 1);
    assert!(titles(&world, panel).is_empty());
}

#[test]
fn a_frame_of_another_origin_gets_nothing_whatever_the_daemon_lists() {
    let mut world = world(vec![jane(), login()]);
    world.frames = vec![frame(0, -1, SITE), frame(4, 0, "https://other.example")];
    for (form, field) in [(address(), 1), (sign_up(), 2)] {
        let probe = world.focus(3, 4, "https://other.example");
        let ticket = world.ticket_at(probe, form, field);
        let panel = world.panel(9, PanelKind::Chooser, PanelKind::Chooser, Some(ticket));
        assert!(!titles(&world, panel).contains(&"Me"));
        pick(&mut world, panel, JANE);
        assert!(world.commits().is_empty());
    }
    // The control: a frame of the page's own.
    world.frames[1] = frame(4, 0, SITE);
    let probe = world.focus(5, 4, SITE);
    let ticket = world.ticket_at(probe, address(), 1);
    let panel = world.panel(10, PanelKind::Chooser, PanelKind::Chooser, Some(ticket));
    pick(&mut world, panel, JANE);
    assert_eq!(world.commits().len(), 1);
}

#[test]
fn a_page_that_moves_under_the_pick_gets_nothing() {
    let mut world = world(vec![jane()]);
    let (_, panel) = chooser(&mut world, address(), 1);
    world.frames[0] = frame(0, -1, "https://other.example");
    pick(&mut world, panel, JANE);
    assert!(world.commits().is_empty());
    assert_eq!(world.views[&panel].fault, Some(Fault::OtherSite));
}

#[test]
fn a_country_is_named_as_the_page_names_it() {
    let mut world = world(vec![jane()]);
    let engine = core::mem::replace(&mut world.engine, Engine::new(world::identity(), None, world::time(0)));
    world.engine = engine.with_country_names(|country, lang| {
        assert_eq!((country, lang), ("DE", "de"));
        vec!["Deutschland".into(), "Germany".into()]
    });
    let mut form = address();
    let option = |(value, text): (&str, &str)| FieldOption { value: value.into(), text: text.into() };
    form.fields[3].tag = FieldTag::Select;
    form.fields[3].options = [("", "–"), ("40", "Österreich"), ("49", "Deutschland")].map(option).to_vec();
    let (_, panel) = chooser(&mut world, form, 1);
    pick(&mut world, panel, JANE);
    let commit = world.commits()[0];
    assert!(matches!(commit.steps[3].write, Write::Choice(2)), "{:?}", texts(commit));
}

#[test]
fn the_popup_is_about_what_only_its_user_knows_before_who_that_is() {
    let mut world = world(vec![login(), jane()]);
    let probe = world.focus(1, 0, SITE);
    let mut both = address();
    let shift = u32::try_from(both.fields.len()).unwrap();
    let login_form = login_form();
    both.forms.extend(login_form.forms);
    both.fields.extend(login_form.fields.into_iter().map(|field| Field {
        id: field.id + shift,
        form: Some(1),
        ..field
    }));
    let message = countersign_wire::page::FromProbe::Looked { snapshot: both, focused: None };
    // Nothing has the focus: the page was only looked at.
    world.feed(countersign_engine::Input::ProbeGone(probe));
    let probe = ProbeId(20);
    let sender = countersign_engine::Sender {
        tab: TAB,
        frame: countersign_engine::FrameId(0),
        document: Some("document-0".into()),
        origin: SITE.into(),
        private: false,
    };
    world.feed(countersign_engine::Input::ProbeConnected { probe, sender });
    world.feed(countersign_engine::Input::Probe { probe, message });
    let popup = world.popup(9);
    assert_eq!(kind(&world, popup), Some(PlaceKind::Login));
}
