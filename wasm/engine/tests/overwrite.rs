//! What the user typed where an item would go: nothing is written over it without asking.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code")]

#[allow(dead_code, reason = "the other tests use more of it")]
mod world;

use countersign_engine::{Input, PanelId, ProbeId};
use countersign_forms::RawSnapshot;
use countersign_wire::{
    local::{Fault, Progress},
    page::FromProbe,
    panel::{FromPanel, OverwriteView, PanelKind},
};
use world::*;

/// A chooser of a form in whose fields with these names something is typed.
fn chooser(typed: &[&str]) -> (World, PanelId) {
    let (world, _, panel) = chooser_of(typed);
    (world, panel)
}

fn chooser_of(typed: &[&str]) -> (World, ProbeId, PanelId) {
    let mut world = World::paired();
    let probe = world.focus(1, 0, SITE);
    let ticket = world.ticket_at(probe, form(typed), 1);
    let panel = world.panel(2, PanelKind::Chooser, PanelKind::Chooser, Some(ticket));
    (world, probe, panel)
}

fn form(typed: &[&str]) -> RawSnapshot {
    let mut form = login_form();
    for field in &mut form.fields {
        field.has_value = typed.contains(&field.name.as_str());
    }
    form
}

fn say(keep: bool, trusted: bool) -> FromPanel {
    FromPanel::Overwrite { item: login().id, keep, trusted, in_sight: true }
}

fn question(world: &World, panel: PanelId) -> Option<&OverwriteView> {
    world.views[&panel].overwrite.as_ref()
}

/// What is written once the phone has said yes.
fn written(world: &mut World) -> Vec<(u32, String)> {
    world.progress(Progress::Delivered);
    world.release();
    texts(world.commits().last().unwrap())
}

#[test]
fn nothing_is_asked_of_anyone_before_the_user_has_said() {
    let (mut world, panel) = chooser(&["username"]);
    world.choose(panel);
    assert_eq!(
        question(&world, panel),
        Some(&OverwriteView { item: login().id, title: login().title, rest: true, mixes: true })
    );
    assert!(world.signatures == 0 && world.daemon.asked().is_empty());
    // The control: nothing typed, nothing to say.
    let (mut world, panel) = chooser(&[]);
    world.choose(panel);
    assert!(question(&world, panel).is_none() && world.daemon.asked().len() == 1);
}

#[test]
fn what_stays_is_not_written() {
    let (mut world, panel) = chooser(&["username"]);
    world.choose(panel);
    world.say(panel, say(true, true));
    assert!(question(&world, panel).is_none());
    assert_eq!(written(&mut world).iter().map(|(field, _)| *field).collect::<Vec<_>>(), [2]);
}

#[test]
fn what_goes_is_written_over() {
    let (mut world, panel) = chooser(&["username", "password"]);
    world.choose(panel);
    assert!(!question(&world, panel).unwrap().rest);
    world.say(panel, say(false, true));
    assert_eq!(written(&mut world).iter().map(|(field, _)| *field).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn where_all_of_it_stays_there_is_nothing_to_fill() {
    let (mut world, panel) = chooser(&["username", "password"]);
    world.choose(panel);
    world.say(panel, say(true, true));
    assert!(world.daemon.asked().is_empty() && world.views[&panel].fault.is_some());
}

#[test]
fn scripts_say_nothing_and_one_step_back_are_the_items() {
    let (mut world, panel) = chooser(&["username"]);
    world.choose(panel);
    world.say(panel, say(false, false));
    assert!(world.daemon.asked().is_empty());
    world.choose(panel);
    world.say(panel, FromPanel::Cancel);
    let view = &world.views[&panel];
    assert!(view.overwrite.is_none() && !view.items.is_empty() && world.daemon.asked().is_empty());
}

/// Which steps may write over what was typed since.
fn replaces(world: &mut World) -> Vec<(u32, bool)> {
    world.progress(Progress::Delivered);
    world.release();
    world.commits().last().unwrap().steps.iter().map(|step| (step.field, step.replaces)).collect()
}

#[test]
fn only_what_was_asked_about_may_be_replaced() {
    let (mut world, panel) = chooser(&["username"]);
    world.choose(panel);
    world.say(panel, say(false, true));
    assert_eq!(replaces(&mut world), [(1, true), (2, false)]);
    let (mut world, panel) = chooser(&[]);
    world.choose(panel);
    assert_eq!(replaces(&mut world), [(1, false), (2, false)]);
}

#[test]
fn what_is_typed_between_the_pick_and_the_frames_is_asked_about_by_the_next_pick() {
    let (mut world, probe, panel) = chooser_of(&[]);
    world.hold_frames = true;
    world.choose(panel);
    world.feed(Input::Probe { probe, message: FromProbe::Looked { snapshot: form(&["username"]), focused: Some(1) } });
    world.release_frames();
    assert_eq!(world.views[&panel].fault, Some(Fault::PageChanged));
    assert!(world.signatures == 0 && world.daemon.asked().is_empty());
    world.choose(panel);
    assert!(question(&world, panel).is_some());
}
