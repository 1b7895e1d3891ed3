//! The context menu of a field: its frame alone says where the chooser opens, and each entry opens it its own way.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code")]

#[allow(dead_code, reason = "the other tests use more of it")]
mod world;

use countersign_engine::{FrameId, Input, MenuEntry, PanelId, ProbeId, TabId};
use countersign_forms::{Field, Form, RawSnapshot};
use countersign_wire::{
    page::{FromProbe, ToProbe},
    panel::{FromPanel, PanelKind},
};
use serde::{
    Deserialize,
    de::value::{Error, StrDeserializer},
};
use world::*;

fn menu(world: &mut World, frame: i64, entry: MenuEntry) {
    world.feed(Input::Menu { tab: TAB, frame: FrameId(frame), entry });
}

/// The last chooser that a document was told to open: ticket, field, and whether its list takes the focus.
fn opened(world: &World, probe: ProbeId) -> Option<(String, u32, bool)> {
    let open = |message: &ToProbe| match message {
        ToProbe::Open { ticket, field, keyboard } => Some((ticket.clone(), *field, *keyboard)),
        _ => None,
    };
    world.to_probe.get(&probe)?.iter().rev().find_map(open)
}

fn looks(world: &mut World, probe: ProbeId, snapshot: RawSnapshot, focused: Option<u32>) {
    world.feed(Input::Probe { probe, message: FromProbe::Looked { snapshot, focused } });
}

/// The chooser opens as the page opens it.
fn chooser(world: &mut World, probe: ProbeId, panel: u32) -> PanelId {
    let (ticket, ..) = opened(world, probe).unwrap();
    world.panel(panel, PanelKind::Chooser, PanelKind::Chooser, Some(ticket))
}

/// A form that asks for a new password.
fn sign_up() -> RawSnapshot {
    let field = |id, name: &str, input_type: &str, autocomplete: &str| Field {
        id,
        name: name.into(),
        html_id: name.into(),
        input_type: input_type.into(),
        autocomplete: autocomplete.into(),
        visible: true,
        form: Some(0),
        ..Field::default()
    };
    RawSnapshot {
        forms: vec![Form { action: format!("{SITE}/join"), heading: "Create an account".into(), ..Form::default() }],
        fields: vec![field(1, "email", "email", "username"), field(2, "password", "password", "new-password")],
        ..RawSnapshot::default()
    }
}

#[test]
fn the_chooser_opens_at_the_field_of_that_frame_that_had_the_focus_last() {
    let mut world = World::paired();
    world.frames.push(frame(3, 0, SITE));
    let top = world.focus(1, 0, SITE);
    world.monotonic += 1_000;
    let inner = world.focus(2, 3, SITE);
    // The frame where the focus was before, though another had it since.
    menu(&mut world, 0, MenuEntry::Fill);
    let (_, field, keyboard) = opened(&world, top).unwrap();
    assert_eq!((field, keyboard, opened(&world, inner)), (2, true, None));
    menu(&mut world, 3, MenuEntry::Fill);
    assert!(opened(&world, inner).is_some());
    assert_eq!(world.popups, 0);
}

#[test]
fn where_that_frame_has_nothing_to_fill_in_focus_the_popup_opens() {
    for entry in [MenuEntry::Fill, MenuEntry::PickAnother, MenuEntry::NewPassword] {
        let mut world = World::paired();
        let probe = world.focus(1, 0, SITE);
        menu(&mut world, 5, entry);
        world.feed(Input::Menu { tab: TabId(8), frame: FrameId(0), entry });
        assert_eq!((world.popups, opened(&world, probe)), (2, None), "{entry:?}");
        // A field is in focus that is none of ours.
        let search = Field { id: 9, input_type: "search".into(), visible: true, ..Field::default() };
        looks(&mut world, probe, RawSnapshot { fields: vec![search], ..RawSnapshot::default() }, Some(9));
        menu(&mut world, 0, entry);
        assert_eq!((world.popups, opened(&world, probe)), (3, None), "{entry:?}");
    }
}

#[test]
fn an_open_chooser_opens_anew_and_does_not_go_on_to_the_next_item() {
    let mut world = World::paired();
    let probe = world.focus(1, 0, SITE);
    menu(&mut world, 0, MenuEntry::Fill);
    let panel = chooser(&mut world, probe, 2);
    let (first, ..) = opened(&world, probe).unwrap();
    menu(&mut world, 0, MenuEntry::Fill);
    assert_ne!(opened(&world, probe).unwrap().0, first);
    assert_eq!(world.views[&panel].cycled, 0);
    // The shortcut does.
    world.feed(Input::Shortcut { tab: TAB });
    assert_eq!(world.views[&panel].cycled, 1);
}

#[test]
fn new_password_begins_at_the_generator_of_that_chooser_alone() {
    let mut world = World::paired();
    let probe = world.focus(1, 0, SITE);
    looks(&mut world, probe, sign_up(), Some(2));
    menu(&mut world, 0, MenuEntry::NewPassword);
    let panel = chooser(&mut world, probe, 2);
    assert!(world.views[&panel].makes && world.views[&panel].generator.is_some());
    // Nothing is made before its button was pressed.
    assert!(world.commits().is_empty());
    world.feed(Input::PanelGone(panel));
    menu(&mut world, 0, MenuEntry::Fill);
    let panel = chooser(&mut world, probe, 3);
    assert!(!world.views[&panel].makes);
    // A form that asks for none is told apart.
    looks(&mut world, probe, login_form(), Some(2));
    menu(&mut world, 0, MenuEntry::NewPassword);
    let panel = chooser(&mut world, probe, 4);
    assert!(world.views[&panel].makes && world.views[&panel].generator.is_none());
    // Whatever opened before, a popup begins at its items.
    let popup = world.popup(5);
    assert!(!world.views[&popup].makes);
    world.say(panel, FromPanel::Cancel);
}

/// No chooser can open: the popup says what can be made there, or that nothing is.
#[test]
fn new_password_in_the_popup_goes_to_the_generator_of_that_tab() {
    let mut world = World::paired();
    let probe = world.focus(1, 0, SITE);
    looks(&mut world, probe, sign_up(), Some(2));
    // No room at the field.
    menu(&mut world, 0, MenuEntry::NewPassword);
    let (ticket, ..) = opened(&world, probe).unwrap();
    world.feed(Input::Probe { probe, message: FromProbe::NoRoom { ticket } });
    let popup = world.popup(2);
    assert!(world.views[&popup].makes && world.views[&popup].generator.is_some());
    world.feed(Input::PanelGone(popup));
    let popup = world.popup(3);
    assert!(!world.views[&popup].makes, "once");
    world.feed(Input::PanelGone(popup));
    // A field of which nothing is known.
    menu(&mut world, 5, MenuEntry::NewPassword);
    looks(&mut world, probe, RawSnapshot::default(), None);
    let popup = world.popup(4);
    assert!(world.views[&popup].makes && world.views[&popup].place.is_none());
    world.feed(Input::PanelGone(popup));
    // Another tab, another entry, too late.
    world.feed(Input::Menu { tab: TabId(8), frame: FrameId(0), entry: MenuEntry::NewPassword });
    let popup = world.popup(5);
    assert!(!world.views[&popup].makes);
    world.feed(Input::PanelGone(popup));
    menu(&mut world, 5, MenuEntry::Fill);
    let popup = world.popup(6);
    assert!(!world.views[&popup].makes);
    world.feed(Input::PanelGone(popup));
    menu(&mut world, 5, MenuEntry::NewPassword);
    world.pass(31_000);
    let popup = world.popup(7);
    assert!(!world.views[&popup].makes);
}

#[test]
fn entries_are_known_by_their_ids_and_no_others_are() {
    let parse = |id: &str| MenuEntry::deserialize(StrDeserializer::<Error>::new(id)).ok();
    assert_eq!(parse("fill"), Some(MenuEntry::Fill));
    assert_eq!(parse("pick-another"), Some(MenuEntry::PickAnother));
    assert_eq!(parse("new-password"), Some(MenuEntry::NewPassword));
    assert_eq!((parse("Fill"), parse("")), (None, None));
}
