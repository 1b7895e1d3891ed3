//! New passwords: kept before the page gets them, by its rules, where the user pressed and nowhere else.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code")]

#[allow(dead_code, reason = "the other tests use more of it")]
mod world;

use countersign_engine::{Input, PanelId, ProbeId};
use countersign_forms::{Button, Field, FieldTexts, Form, RawSnapshot};
use countersign_wire::{
    local::{Fault, Method},
    new_password::{SecretKind, Wanted, generator::Recipe},
    page::{FromProbe, ToProbe},
    panel::{FillOutcome, FromPanel, PanelKind},
};
use world::*;

fn field(id: u32, label: &str, change: impl FnOnce(&mut Field)) -> Field {
    let mut field = Field {
        id,
        input_type: "password".into(),
        visible: true,
        form: Some(0),
        texts: FieldTexts { label: label.into(), ..FieldTexts::default() },
        ..Field::default()
    };
    change(&mut field);
    field
}

fn form(fields: Vec<Field>) -> RawSnapshot {
    RawSnapshot {
        forms: vec![Form { action: format!("{SITE}/do"), heading: "Change your password".into(), ..Form::default() }],
        fields,
        buttons: vec![Button { text: "Save".into(), form: Some(0), after: 3, submit: true }],
        ..RawSnapshot::default()
    }
}

fn change(rule: impl FnOnce(&mut Field)) -> RawSnapshot {
    form(vec![
        field(1, "Current password", |_| {}),
        field(2, "New password", rule),
        field(3, "Confirm new password", |_| {}),
    ])
}

/// A chooser for the box for the new password.
fn chooser(snapshot: RawSnapshot) -> (World, ProbeId, PanelId) {
    chooser_in(false, snapshot)
}

/// In a private window, or in another.
fn chooser_in(private: bool, snapshot: RawSnapshot) -> (World, ProbeId, PanelId) {
    let mut world = World::paired();
    let probe = world.focus_in(private, 1, 0, SITE);
    let ticket = world.ticket_at(probe, snapshot, 2);
    let panel = world.panel(2, PanelKind::Chooser, PanelKind::Chooser, Some(ticket));
    (world, probe, panel)
}

fn wish(kind: SecretKind, trusted: bool) -> FromPanel {
    FromPanel::Generate { wanted: Wanted::new(kind), replaces: false, trusted, in_sight: true }
}

fn kinds(world: &World, panel: PanelId) -> Vec<SecretKind> {
    world.views[&panel].generator.as_ref().unwrap().kinds.iter().map(|kind| kind.kind).collect()
}

fn made(world: &World) -> Vec<(&str, &Recipe)> {
    let parts = world.daemon.calls.iter().filter_map(|method| match method {
        Method::Generate { username, recipe, .. } => Some((username.as_str(), recipe)),
        _ => None,
    });
    parts.collect()
}

#[test]
fn it_is_kept_and_then_written_into_every_box_for_it_and_into_no_other() {
    let (mut world, probe, panel) = chooser(change(|_| {}));
    assert_eq!(kinds(&world, panel), [SecretKind::Password, SecretKind::Passphrase, SecretKind::Pin]);
    world.hold_frames = true;
    world.say(panel, wish(SecretKind::Password, true));
    world.release_held_frames();
    assert_eq!(made(&world).len(), 1);
    assert!(world.commits().is_empty(), "the place is looked at once more");
    assert!(world.views[&panel].making.is_some_and(|making| making.kept && making.filled.is_none()));
    world.release_frames();
    let commits = world.commits();
    let commit = commits[0].commit;
    assert_eq!(texts(commits[0]), [(2, MADE.to_owned()), (3, MADE.to_owned())]);
    assert!(world.daemon.asked().is_empty(), "the phone has no part in it");
    let outcome = FillOutcome::Filled;
    world.feed(Input::Probe { probe, message: FromProbe::Committed { commit, outcome } });
    assert_eq!(world.views[&panel].making.unwrap().filled, Some(outcome));
    world.pass(1_300);
    assert!(matches!(world.to_probe[&probe].last(), Some(ToProbe::Close { refocus: true })));
}

#[test]
fn the_rules_of_the_page_come_first() {
    let (mut world, _, panel) = chooser(change(|field| field.max_length = Some(12)));
    let generator = world.views[&panel].generator.clone().unwrap();
    assert_eq!(generator.max_length, Some(12));
    assert_eq!(kinds(&world, panel), [SecretKind::Password, SecretKind::Pin]);
    world.say(panel, wish(SecretKind::Password, true));
    let calls = made(&world);
    let (_, Recipe::Password(recipe)) = calls[0] else { panic!() };
    assert_eq!(recipe.length, 12);
    let (world, _, panel) = chooser(change(|field| field.texts.label = "New PIN, 6 digits".into()));
    let generator = world.views[&panel].generator.clone().unwrap();
    assert_eq!((generator.kinds[0].kind, generator.kinds[0].amount), (SecretKind::Pin, 6));
}

/// Nobody is asked there to keep it.
#[test]
fn a_private_window_is_said() {
    for private in [false, true] {
        let (world, _, panel) = chooser_in(private, change(|_| {}));
        assert_eq!(world.views[&panel].generator.as_ref().unwrap().private, private);
    }
}

#[test]
fn what_surely_breaks_the_rules_is_not_made() {
    let (mut world, _, panel) = chooser(change(|field| field.texts.label = "New password, at least one letter".into()));
    assert!(!kinds(&world, panel).contains(&SecretKind::Pin));
    world.say(panel, wish(SecretKind::Pin, true));
    assert!(made(&world).is_empty());
    assert_eq!(world.views[&panel].fault, Some(Fault::InvalidRecipe));
}

#[test]
fn scripts_make_nothing_and_two_presses_make_one() {
    let (mut world, _, panel) = chooser(change(|_| {}));
    world.say(panel, wish(SecretKind::Password, false));
    assert!(made(&world).is_empty());
    world.say(panel, wish(SecretKind::Password, true));
    world.say(panel, wish(SecretKind::Password, true));
    assert_eq!((made(&world).len(), world.commits().len()), (1, 1));
}

#[test]
fn a_press_that_may_be_covered_waits_for_the_probe() {
    let wanted = Wanted::new(SecretKind::Password);
    let press = || FromPanel::Generate { wanted, replaces: false, trusted: true, in_sight: false };
    let (mut world, probe, panel) = chooser(change(|_| {}));
    world.say(panel, press());
    assert!(made(&world).is_empty());
    let number = world.press(probe).unwrap();
    world.vouch(probe, number, false);
    assert!(made(&world).is_empty() && world.views[&panel].covered);
    world.say(panel, press());
    let number = world.press(probe).unwrap();
    world.vouch(probe, number, true);
    assert_eq!(made(&world).len(), 1);
}

#[test]
fn a_page_that_went_elsewhere_gets_nothing_and_it_stays_kept() {
    let (mut world, _, panel) = chooser(change(|_| {}));
    world.hold_frames = true;
    world.say(panel, wish(SecretKind::Password, true));
    world.release_held_frames();
    world.frames = vec![frame(0, -1, "https://elsewhere.example")];
    world.release_frames();
    assert!(world.commits().is_empty());
    let making = world.views[&panel].making.unwrap();
    assert!(making.kept && making.filled == Some(FillOutcome::PageGone));
}

#[test]
fn what_the_daemon_does_not_keep_no_page_gets() {
    for fault in [Fault::Locked, Fault::TooManyCaptures, Fault::DiskFull] {
        let (mut world, _, panel) = chooser(change(|_| {}));
        world.daemon.make_fault = Some(fault);
        world.say(panel, wish(SecretKind::Password, true));
        assert!(world.commits().is_empty() && world.views[&panel].making.is_none());
        assert_eq!(world.views[&panel].fault, Some(fault));
    }
}

#[test]
fn what_was_typed_is_replaced_only_where_that_was_said() {
    let typed = || {
        change(|field| {
            field.has_value = true;
            field.typed = Some(true);
        })
    };
    let (mut world, probe, panel) = chooser(change(|_| {}));
    world.feed(Input::Probe { probe, message: FromProbe::Looked { snapshot: typed(), focused: Some(2) } });
    world.say(panel, wish(SecretKind::Password, true));
    assert!(made(&world).is_empty());
    assert_eq!(world.views[&panel].fault, Some(Fault::PageChanged));
    assert!(world.views[&panel].generator.as_ref().unwrap().occupied);
    // A press from before the panel said so.
    world.say(panel, wish(SecretKind::Password, true));
    assert!(made(&world).is_empty());
    let (wanted, trusted, in_sight) = (Wanted::new(SecretKind::Password), true, true);
    world.say(panel, FromPanel::Generate { wanted, replaces: true, trusted, in_sight });
    assert_eq!((made(&world).len(), world.commits().len()), (1, 1));
}

#[test]
fn a_frame_of_another_site_is_offered_none() {
    let mut world = World::paired();
    world.frames = vec![frame(0, -1, "https://shop.example"), frame(5, 0, SITE)];
    let probe = world.focus(1, 5, SITE);
    let ticket = world.ticket_at(probe, change(|_| {}), 2);
    let panel = world.panel(2, PanelKind::Chooser, PanelKind::Chooser, Some(ticket));
    assert!(world.views[&panel].generator.is_none());
    world.say(panel, wish(SecretKind::Password, true));
    assert!(made(&world).is_empty() && world.commits().is_empty());
}

#[test]
fn a_form_that_asks_for_none_is_offered_none() {
    let mut world = World::paired();
    let probe = world.focus(1, 0, SITE);
    let panel = world.chooser(probe, 2);
    assert!(world.views[&panel].generator.is_none());
}

#[test]
fn that_it_is_kept_is_said_only_if_it_is_known() {
    let (mut world, _, panel) = chooser(change(|_| {}));
    world.daemon.makes_slowly = true;
    world.say(panel, wish(SecretKind::Password, true));
    assert!(world.views[&panel].making.is_some_and(|making| !making.kept && making.filled.is_none()));
    world.host_dies();
    let making = world.views[&panel].making.unwrap();
    assert!(!making.kept && making.filled == Some(FillOutcome::Interrupted));
}

#[test]
fn two_presses_before_the_place_is_known_make_one() {
    let (mut world, _, panel) = chooser(change(|_| {}));
    world.hold_frames = true;
    world.say(panel, wish(SecretKind::Password, true));
    world.say(panel, wish(SecretKind::Password, true));
    world.release_frames();
    assert_eq!((made(&world).len(), world.commits().len()), (1, 1));
}

#[test]
fn a_panel_cannot_have_a_short_one_made() {
    let (mut world, _, panel) = chooser(change(|_| {}));
    let wanted = Wanted { amount: 1, ..Wanted::new(SecretKind::Password) };
    world.say(panel, FromPanel::Generate { wanted, replaces: false, trusted: true, in_sight: true });
    let calls = made(&world);
    let (_, Recipe::Password(recipe)) = calls[0] else { panic!() };
    assert_eq!(recipe.length, 8);
}
