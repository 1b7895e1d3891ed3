//! Submitting what was filled: only where the item says so, and never where it would lead elsewhere.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code")]

#[allow(dead_code, reason = "the other tests use more of it")]
mod world;

use countersign_engine::PanelId;
use countersign_forms::{Button, RawSnapshot};
use countersign_seal::{
    field::{FieldKind, Policy},
    request::Action,
};
use countersign_wire::{
    item::{ItemSummary, MetadataDraft},
    local::Progress,
    panel::{FromPanel, PanelKind},
};
use world::*;

fn form() -> RawSnapshot {
    let button = Button { text: "Sign in".into(), form: Some(0), after: 2, submit: true };
    RawSnapshot { buttons: vec![button], ..login_form() }
}

/// A chooser of this form, for a login whose owner wants forms submitted or not.
fn chooser(form: RawSnapshot, wanted: bool) -> (World, PanelId) {
    chooser_for(form, |item| item.policy.submit_after_fill = wanted)
}

/// The same for a login that is submitted, and changed so.
fn chooser_for(form: RawSnapshot, change: impl Fn(&mut ItemSummary)) -> (World, PanelId) {
    let mut world = World::paired();
    world.daemon.items[0].policy = Policy { submit_after_fill: true, ..Policy::default() };
    change(&mut world.daemon.items[0]);
    let probe = world.focus(1, 0, SITE);
    let ticket = world.ticket_at(probe, form, 2);
    let panel = world.panel(2, PanelKind::Chooser, PanelKind::Chooser, Some(ticket));
    (world, panel)
}

/// Whether the browser signed that the form will be submitted, and what the probe was told to press.
fn outcome(world: &mut World) -> (bool, Option<String>) {
    let asked = world.daemon.asked();
    let Action::Fill { submit, .. } = &asked.last().unwrap().action else { panic!("no fill") };
    world.progress(Progress::Delivered);
    world.release();
    (*submit, world.commits().last().unwrap().submit.clone())
}

fn picked(form: RawSnapshot, wanted: bool) -> (bool, Option<String>) {
    let (mut world, panel) = chooser(form, wanted);
    world.choose(panel);
    outcome(&mut world)
}

const NOTHING: (bool, Option<String>) = (false, None);

#[test]
fn a_form_is_submitted_where_the_item_says_so() {
    assert_eq!(picked(form(), true), (true, Some("Sign in".into())));
    assert_eq!(picked(form(), false), NOTHING);
}

#[test]
fn a_form_that_leads_to_another_site_is_not() {
    let mut elsewhere = form();
    elsewhere.forms[0].action = "https://evil.example/in".into();
    assert_eq!(picked(elsewhere, true), NOTHING);
}

#[test]
fn a_change_of_password_is_not() {
    let mut change = form();
    let mut new = change.fields[1].clone();
    change.fields[0].input_type = "password".into();
    change.fields[0].autocomplete = "current-password".into();
    change.fields[0].name = "old".into();
    (new.id, new.name, new.autocomplete) = (3, "again".into(), "new-password".into());
    change.fields[1].autocomplete = "new-password".into();
    change.fields.push(new);
    let (mut world, panel) = chooser(change, true);
    world.choose(panel);
    assert_eq!(outcome(&mut world), NOTHING);
}

#[test]
fn what_the_user_typed_and_kept_is_not_submitted() {
    let mut typed = form();
    typed.fields[0].has_value = true;
    let (mut world, panel) = chooser(typed, true);
    world.choose(panel);
    world.say(panel, FromPanel::Overwrite { item: login().id, keep: true, trusted: true, in_sight: true });
    assert_eq!(outcome(&mut world), NOTHING);
}

#[test]
fn a_code_is_submitted_as_well() {
    let mut code = form();
    code.fields.remove(0);
    let field = &mut code.fields[0];
    (field.input_type, field.autocomplete) = ("text".into(), "one-time-code".into());
    (field.name, field.html_id) = ("otp".into(), "otp".into());
    (code.buttons[0].text, code.buttons[0].after) = ("Verify".into(), 1);
    let (mut world, panel) = chooser_for(code, |item| item.fields[0].kind = FieldKind::OneTimeCodeSeed);
    world.choose(panel);
    let asked = world.daemon.asked();
    assert!(matches!(&asked.last().unwrap().action, Action::Fill { submit: true, .. }));
}

/// The phone has not sealed it so yet, and may never: the user's newest word counts.
#[test]
fn what_the_user_took_back_is_submitted_no_more() {
    let (mut world, panel) = chooser_for(form(), |item| {
        let (title, sites) = (item.title.clone(), item.sites.clone());
        item.waiting = Some(MetadataDraft { title, sites, policy: Policy::default() });
    });
    world.choose(panel);
    assert_eq!(outcome(&mut world), NOTHING);
}
