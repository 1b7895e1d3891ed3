//! Forms that ask for a new password: what is offered there, and what is never written.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code")]

#[allow(dead_code, reason = "the other tests use more of it")]
mod world;

use countersign_engine::{FrameId, Input, PanelId, ProbeId, Sender};
use countersign_forms::{Button, Field, FieldTexts, Form, RawSnapshot};
use countersign_wire::{
    local::{Fault, Progress},
    page::{FromProbe, ToProbe},
    panel::{PanelKind, PlaceKind},
};
use world::*;

fn form(heading: &str, button: &str, fields: &[(&str, &str)]) -> RawSnapshot {
    let field = |(id, (input_type, label)): (u32, &(&str, &str))| Field {
        id,
        input_type: (*input_type).into(),
        visible: true,
        form: Some(0),
        texts: FieldTexts { label: (*label).into(), ..FieldTexts::default() },
        ..Field::default()
    };
    let fields: Vec<Field> = (1..).zip(fields).map(field).collect();
    let after = u32::try_from(fields.len()).unwrap();
    RawSnapshot {
        forms: vec![Form { action: format!("{SITE}/do"), heading: heading.into(), ..Form::default() }],
        fields,
        buttons: vec![Button { text: button.into(), form: Some(0), after, submit: true }],
        ..RawSnapshot::default()
    }
}

fn sign_up() -> RawSnapshot {
    let fields =
        [("text", "User name"), ("email", "E-mail"), ("password", "Password"), ("password", "Repeat password")];
    form("Create your account", "Sign up", &fields)
}

fn change() -> RawSnapshot {
    let fields = [("password", "Current password"), ("password", "New password"), ("password", "Confirm new password")];
    form("Change your password", "Save", &fields)
}

fn reset() -> RawSnapshot {
    form("Reset your password", "Save", &[("password", "New password"), ("password", "Confirm new password")])
}

/// A chooser for a field of a form, and what it is told it is for.
fn chooser(world: &mut World, snapshot: RawSnapshot, field: u32) -> (ProbeId, PanelId) {
    let probe = world.focus(1, 0, SITE);
    let ticket = world.ticket_at(probe, snapshot, field);
    (probe, world.panel(2, PanelKind::Chooser, PanelKind::Chooser, Some(ticket)))
}

fn kind(world: &World, panel: PanelId) -> PlaceKind {
    world.views[&panel].place.as_ref().unwrap().kind
}

fn marks(world: &mut World, snapshot: RawSnapshot) -> Vec<u32> {
    let probe = world.focus(1, 0, SITE);
    world.feed(Input::Probe { probe, message: FromProbe::Looked { snapshot, focused: None } });
    let marks = |message: &ToProbe| if let ToProbe::Marks { fields } = message { Some(fields.clone()) } else { None };
    world.to_probe[&probe].iter().rev().find_map(marks).unwrap()
}

#[test]
fn a_sign_up_gets_a_user_name_and_nobody_is_asked() {
    let mut world = World::paired();
    assert_eq!(marks(&mut world, sign_up()), [1, 2, 3, 4]);
    let (_, panel) = chooser(&mut world, sign_up(), 1);
    assert_eq!(kind(&world, panel), PlaceKind::SignUp);
    world.choose(panel);
    assert!(world.daemon.asked().is_empty(), "a user name is no secret");
    let commits = world.commits();
    assert_eq!(commits.len(), 1);
    assert_eq!(texts(commits[0]), [(1, "ada".to_owned())], "no address, so none where one is asked for");
}

#[test]
fn a_user_name_that_is_an_address_goes_where_one_is_asked_for() {
    let mut world = World::paired();
    world.daemon.items[0].username = "ada@example.org".into();
    let (_, panel) = chooser(&mut world, sign_up(), 1);
    world.choose(panel);
    assert_eq!(texts(world.commits()[0]), [(2, "ada@example.org".to_owned())]);
}

#[test]
fn a_login_without_a_user_name_gives_a_sign_up_nothing() {
    let mut world = World::paired();
    world.daemon.items[0].username.clear();
    let (_, panel) = chooser(&mut world, sign_up(), 1);
    assert!(world.views[&panel].items.is_empty());
}

#[test]
fn a_change_of_password_gets_the_present_one_after_approval_and_nothing_else() {
    let mut world = World::paired();
    assert_eq!(marks(&mut world, change()), [1, 2, 3]);
    let (_, panel) = chooser(&mut world, change(), 1);
    assert_eq!(kind(&world, panel), PlaceKind::ChangePassword);
    world.choose(panel);
    world.progress(Progress::Delivered);
    assert!(world.commits().is_empty(), "nothing before the phone's word");
    world.progress(Progress::Approved);
    world.release();
    assert_eq!(texts(world.commits()[0]), [(1, "lantern".to_owned())]);
}

#[test]
fn a_box_for_a_new_password_alone_is_given_none_that_is_saved() {
    let mut world = World::paired();
    assert_eq!(marks(&mut world, reset()), [1, 2]);
    let (_, panel) = chooser(&mut world, reset(), 1);
    assert_eq!(kind(&world, panel), PlaceKind::NewPassword);
    assert!(world.views[&panel].items.is_empty());
    world.choose(panel);
    assert!(world.daemon.asked().is_empty() && world.commits().is_empty());
    assert_ne!(world.views[&panel].fault, Some(Fault::Internal));
}

/// A document of the tab has these forms, and none of its fields has focus.
fn looked(world: &mut World, frame: i64, snapshot: RawSnapshot) {
    let probe = ProbeId(u32::try_from(frame + 10).unwrap());
    let document = Some(format!("document-{frame}"));
    let sender = Sender { tab: TAB, frame: FrameId(frame), document, origin: SITE.into(), private: false };
    world.feed(Input::ProbeConnected { probe, sender });
    world.feed(Input::Probe { probe, message: FromProbe::Looked { snapshot, focused: None } });
}

#[test]
fn the_popup_explains_a_box_for_a_new_password_and_prefers_a_form_that_can_be_filled() {
    let mut world = World::paired();
    world.frames = vec![frame(0, -1, SITE), frame(5, 0, SITE)];
    looked(&mut world, 0, reset());
    let popup = world.popup(3);
    assert_eq!(kind(&world, popup), PlaceKind::NewPassword);
    looked(&mut world, 5, login_form());
    assert_eq!(kind(&world, popup), PlaceKind::Login);
}
