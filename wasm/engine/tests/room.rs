//! Fields that have no room for what was approved: said, and never called filled.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code")]

#[allow(dead_code, reason = "the other tests use more of it")]
mod world;

use countersign_engine::{Input, PanelId, ProbeId};
use countersign_forms::{Field, RawSnapshot};
use countersign_seal::{field::FieldKind, id::FieldId, secret::SecretBytes};
use countersign_wire::{
    item::{FieldSummary, Guard},
    local::{Event, Progress, ReleasedField},
    page::FromProbe,
    panel::{FillOutcome, PanelKind},
};
use world::*;

const SEED: FieldId = FieldId([3; 16]);

/// A login form that asks for a code, too, and takes so many digits.
fn form(most: u32) -> RawSnapshot {
    let mut form = login_form();
    form.fields.push(Field {
        id: 3,
        input_type: "text".into(),
        name: "otp".into(),
        html_id: "otp".into(),
        autocomplete: "one-time-code".into(),
        max_length: Some(most),
        visible: true,
        form: Some(0),
        ..Field::default()
    });
    form
}

fn code() -> ReleasedField {
    let value = SecretBytes::from(String::from("755224"));
    ReleasedField { field: SEED, kind: FieldKind::OneTimeCodeSeed, value, next: None }
}

/// A chooser of this form, for a login with codes.
fn asked(form: RawSnapshot, field: u32) -> (World, ProbeId, PanelId) {
    let mut world = World::paired();
    let seed = FieldSummary { id: SEED, kind: FieldKind::OneTimeCodeSeed, version: 1, guard: Guard::Sealed };
    world.daemon.items[0].fields.push(seed);
    let probe = world.focus(1, 0, SITE);
    let ticket = world.ticket_at(probe, form, field);
    let panel = world.panel(2, PanelKind::Chooser, PanelKind::Chooser, Some(ticket));
    world.choose(panel);
    world.progress(Progress::Delivered);
    (world, probe, panel)
}

fn outcome(world: &World, panel: PanelId) -> Option<FillOutcome> {
    world.views[&panel].request.as_ref().unwrap().filled
}

/// What is said once the probe has written.
fn filled(most: u32) -> (usize, Option<FillOutcome>) {
    let (mut world, probe, panel) = asked(form(most), 2);
    let request = world.daemon.asked().last().unwrap().id;
    world.event(Event::Released { request, values: vec![password(), code()] });
    let (commit, steps) = world.commits().last().map(|written| (written.commit, written.steps.len())).unwrap();
    world.feed(Input::Probe { probe, message: FromProbe::Committed { commit, outcome: FillOutcome::Filled } });
    (steps, outcome(&world, panel))
}

#[test]
fn a_secret_that_its_field_has_no_room_for_is_left_out_and_said() {
    assert_eq!(filled(6), (3, Some(FillOutcome::Filled)));
    assert_eq!(filled(4), (2, Some(FillOutcome::FilledInPart)));
}

#[test]
fn where_nothing_fits_nothing_is_written_and_the_form_is_not_said_to_have_changed() {
    let mut alone = form(4);
    alone.fields.drain(..2);
    let (mut world, _, panel) = asked(alone, 3);
    let request = world.daemon.asked().last().unwrap().id;
    world.event(Event::Released { request, values: vec![code()] });
    assert!(world.commits().is_empty());
    assert_eq!(outcome(&world, panel), Some(FillOutcome::NoRoom));
}
