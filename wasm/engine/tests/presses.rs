//! Presses in a chooser of which the browser cannot tell whether anything covers it: the probe looks first.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code")]

#[allow(dead_code, reason = "the other tests use more of it")]
mod world;

use countersign_engine::{Input, PanelId, ProbeId};
use countersign_wire::{
    local::{Method, Progress},
    panel::{FromPanel, PanelKind},
};
use world::*;

/// How long a probe may take, in milliseconds.
const PATIENCE: u64 = 500;

fn pick(in_sight: bool) -> FromPanel {
    FromPanel::Choose { item: login().id, trusted: true, in_sight }
}

/// A chooser in which the item was pressed, and the number of that press.
fn pressed() -> (World, ProbeId, PanelId, u32) {
    let mut world = World::paired();
    let probe = world.focus(1, 0, SITE);
    let panel = world.chooser(probe, 2);
    world.say(panel, pick(false));
    let press = world.press(probe).unwrap();
    assert!(!did_anything(&world, panel));
    (world, probe, panel, press)
}

fn did_anything(world: &World, panel: PanelId) -> bool {
    world.signatures > 0 || world.views[&panel].request.is_some()
}

fn is_covered(world: &World, panel: PanelId) -> bool {
    world.views[&panel].covered
}

#[test]
fn it_counts_once_the_probe_has_seen_the_chooser() {
    let (mut world, probe, panel, press) = pressed();
    world.pass(PATIENCE - 1);
    world.vouch(probe, press, true);
    assert_eq!(world.daemon.asked().len(), 1);
    assert!(!is_covered(&world, panel));
    // Once.
    world.progress(Progress::Refused(countersign_seal::request::Refusal::Refused));
    world.vouch(probe, press, true);
    assert_eq!(world.signatures, 1);
}

#[test]
fn where_the_probe_sees_no_chooser_it_does_nothing_and_says_why() {
    let (mut world, probe, panel, press) = pressed();
    world.vouch(probe, press, false);
    assert!(is_covered(&world, panel) && !did_anything(&world, panel));
    // The next press has its own look.
    world.say(panel, pick(false));
    assert!(!is_covered(&world, panel));
    world.vouch(probe, press, true);
    assert!(!did_anything(&world, panel), "the look of an older press");
    let press = world.press(probe).unwrap();
    world.vouch(probe, press, true);
    assert_eq!(world.daemon.asked().len(), 1);
}

#[test]
fn where_the_probe_is_kept_from_looking_it_does_nothing() {
    let (mut world, probe, panel, press) = pressed();
    assert!(world.wake.is_some_and(|millis| millis <= PATIENCE + 1), "nothing ends the wait");
    world.pass(PATIENCE);
    assert!(is_covered(&world, panel));
    world.vouch(probe, press, true);
    assert!(!did_anything(&world, panel), "a late answer");
    // Also where the answer overtakes the end of the wait.
    let (mut world, probe, panel, press) = pressed();
    world.monotonic += PATIENCE;
    world.vouch(probe, press, true);
    assert!(is_covered(&world, panel) && !did_anything(&world, panel));
}

#[test]
fn another_documents_probe_has_no_say() {
    let (mut world, _, panel, press) = pressed();
    world.frames.push(frame(3, 0, SITE));
    let other = world.focus(31, 3, SITE);
    world.vouch(other, press, true);
    assert!(!did_anything(&world, panel));
}

#[test]
fn what_the_user_does_next_takes_its_place() {
    let (mut world, probe, panel, press) = pressed();
    world.say(panel, FromPanel::Cancel);
    world.vouch(probe, press, true);
    assert!(!did_anything(&world, panel));
    let (mut world, probe, panel, press) = pressed();
    world.feed(Input::PanelGone(panel));
    world.vouch(probe, press, true);
    assert_eq!(world.signatures, 0);
}

#[test]
fn a_confirmation_waits_for_its_own_look() {
    let (mut world, probe, panel, press) = pressed();
    world.vouch(probe, press, true);
    let confirmed =
        |world: &World| world.daemon.calls.iter().filter(|method| matches!(method, Method::Confirm { .. })).count();
    world.progress(Progress::ConfirmHere);
    world.say(panel, FromPanel::Confirm { in_sight: false });
    let press = world.press(probe).unwrap();
    world.vouch(probe, press, false);
    assert!(is_covered(&world, panel) && confirmed(&world) == 0);
    world.say(panel, FromPanel::Confirm { in_sight: false });
    world.pass(PATIENCE);
    assert!(is_covered(&world, panel) && confirmed(&world) == 0);
    world.say(panel, FromPanel::Confirm { in_sight: false });
    let press = world.press(probe).unwrap();
    world.vouch(probe, press, true);
    assert_eq!(confirmed(&world), 1);
    assert!(!is_covered(&world, panel));
}

#[test]
fn a_confirmation_is_of_the_request_that_was_shown() {
    let (mut world, probe, panel, press) = pressed();
    world.vouch(probe, press, true);
    world.progress(Progress::ConfirmHere);
    world.say(panel, FromPanel::Confirm { in_sight: false });
    let press = world.press(probe).unwrap();
    world.progress(Progress::Expired);
    let popup = world.popup(7);
    world.say(popup, pick(true));
    world.progress(Progress::ConfirmHere);
    world.vouch(probe, press, true);
    assert!(!world.daemon.calls.iter().any(|method| matches!(method, Method::Confirm { .. })));
}

#[test]
fn who_is_surely_seen_is_not_kept_waiting() {
    let mut world = World::paired();
    let probe = world.focus(1, 0, SITE);
    let panel = world.chooser(probe, 2);
    world.say(panel, pick(true));
    assert_eq!((world.press(probe), world.daemon.asked().len()), (None, 1));
    world.progress(Progress::ConfirmHere);
    world.say(panel, FromPanel::Confirm { in_sight: true });
    assert!(world.press(probe).is_none());
    // No page lies over the popup.
    let mut world = World::paired();
    let probe = world.focus(1, 0, SITE);
    let popup = world.panel(3, PanelKind::Popup, PanelKind::Popup, None);
    world.say(popup, pick(false));
    assert_eq!((world.press(probe), world.daemon.asked().len()), (None, 1));
}
