//! Codes to copy: asked for as such, shown in the popup of that tab and nowhere else, and forgotten when they are over.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code")]

#[allow(dead_code, reason = "the other tests use more of it")]
mod world;

use countersign_engine::{FrameId, Input, MenuEntry, PanelId, TabId};
use countersign_seal::{
    field::FieldKind,
    id::{FieldId, ItemId},
    request::Action,
    secret::SecretBytes,
};
use countersign_wire::{
    NextCode,
    item::{FieldSummary, Guard, ItemSummary},
    local::{Event, Fault, Progress, ReleasedField},
    panel::{FillOutcome, FromPanel, PlaceKind},
};
use world::*;

const SEED: FieldId = FieldId([3; 16]);

fn with_code() -> ItemSummary {
    let mut item = login();
    item.fields.push(FieldSummary { id: SEED, kind: FieldKind::OneTimeCodeSeed, version: 1, guard: Guard::Sealed });
    item
}

/// Beside it an item of the site that has no code. No document has a field.
fn world() -> World {
    let mut world = World::paired();
    world.daemon.items = vec![with_code(), ItemSummary { id: ItemId([9; 16]), ..login() }];
    world
}

fn digits(text: &str) -> SecretBytes {
    SecretBytes::from(text.to_owned())
}

/// A code that is over in ten seconds, so that the next one takes its place in seven.
fn code() -> ReleasedField {
    let next = NextCode { digits: digits("222222"), from_millis: 7_001, until_millis: 40_000 };
    ReleasedField { field: SEED, kind: FieldKind::OneTimeCodeSeed, value: digits("111111"), next: Some(next) }
}

fn release(world: &mut World, value: ReleasedField) {
    let request = world.daemon.asked().last().unwrap().id;
    world.event(Event::Released { request, values: vec![value] });
    world.event(Event::Progress { request, progress: Progress::Approved });
}

/// The digits that a panel shows, and for how long.
fn shown(world: &World, panel: PanelId) -> Option<(String, u64)> {
    let code = world.views[&panel].code.as_ref()?;
    Some((code.digits.expose_str().unwrap().to_owned(), code.remaining_millis))
}

fn popup(world: &mut World, panel: u32) -> PanelId {
    let panel = world.popup(panel);
    world.say(panel, FromPanel::ShowCopies { shown: true });
    panel
}

/// A popup that shows a code.
fn copied(value: ReleasedField) -> (World, PanelId) {
    let mut world = world();
    let panel = popup(&mut world, 2);
    world.choose(panel);
    world.progress(Progress::Delivered);
    release(&mut world, value);
    (world, panel)
}

#[test]
fn it_is_asked_for_as_a_copy_and_shown_in_the_popup_alone() {
    let mut world = world();
    let probe = world.focus(1, 0, SITE);
    let panel = popup(&mut world, 2);
    let view = &world.views[&panel];
    assert_eq!(view.place.as_ref().unwrap().kind, PlaceKind::CopiedCode);
    assert_eq!((view.copies, view.items.len(), view.items[0].id), (true, 1, with_code().id));
    world.choose(panel);
    let ask = world.daemon.asked().pop().unwrap();
    let Action::Copy { item, field, chain } = ask.action else { panic!("{:?}", ask.action) };
    assert_eq!((item, field, chain.origins()[0].to_string().as_str()), (with_code().id, SEED, SITE));
    assert!(world.views[&panel].request.as_ref().is_some_and(|request| request.copy && !request.again));
    assert_eq!(shown(&world, panel), None);

    release(&mut world, code());
    assert_eq!(shown(&world, panel), Some(("111111".into(), 7_001)));
    assert_eq!(world.views[&panel].request, None);
    assert!(world.commits().is_empty(), "no page gets it");
    let chooser = world.chooser(probe, 3);
    assert_eq!(shown(&world, chooser), None);
    // A popup about another tab.
    let other = world.popup(4);
    world.feed(Input::Tab { panel: other, tab: TabId(8) });
    assert_eq!(shown(&world, other), None);
}

#[test]
fn it_gives_way_to_the_next_before_it_is_over_and_is_not_kept_longer_than_it_is_good() {
    let (mut world, panel) = copied(code());
    world.pass(7_000);
    assert_eq!(shown(&world, panel).unwrap().0, "111111");
    assert!(world.wake.is_some_and(|millis| millis <= 2));
    world.pass(1);
    assert_eq!(shown(&world, panel), Some(("222222".into(), 30_000 - 7_001)));
    world.pass(30_000 - 7_001);
    assert_eq!(shown(&world, panel), None, "half a minute, whatever its period");
    // A short period is over sooner.
    let mut short = code();
    short.next.as_mut().unwrap().until_millis = 12_000;
    let (mut world, panel) = copied(short);
    world.pass(11_999);
    assert_eq!(shown(&world, panel).unwrap().0, "222222");
    world.pass(1);
    assert_eq!(shown(&world, panel), None);
}

#[test]
fn a_code_by_counter_is_shown_for_half_a_minute() {
    let (mut world, panel) = copied(ReleasedField { next: None, ..code() });
    assert_eq!(shown(&world, panel), Some(("111111".into(), 30_000)));
    world.pass(30_000);
    assert_eq!(shown(&world, panel), None);
}

#[test]
fn a_popup_that_opens_again_shows_it_until_it_is_put_away() {
    let (mut world, panel) = copied(code());
    world.feed(Input::PanelGone(panel));
    world.pass(1_000);
    let panel = world.popup(5);
    assert_eq!(shown(&world, panel), Some(("111111".into(), 6_001)));
    world.say(panel, FromPanel::Dismiss);
    assert_eq!(shown(&world, panel), None);
    world.feed(Input::PanelGone(panel));
    let panel = world.popup(6);
    assert_eq!(shown(&world, panel), None);
}

#[test]
fn the_popup_may_be_closed_while_the_phone_is_asked() {
    let mut world = world();
    let panel = popup(&mut world, 2);
    world.choose(panel);
    world.feed(Input::PanelGone(panel));
    release(&mut world, code());
    let panel = world.popup(3);
    assert!(shown(&world, panel).is_some());
}

#[test]
fn a_locked_vault_a_lost_session_and_a_page_that_goes_end_it() {
    let (mut world, panel) = copied(code());
    world.daemon.locked = true;
    let status = world.daemon.status();
    world.event(Event::Changed(status));
    assert_eq!(shown(&world, panel), None);
    world.daemon.locked = false;
    let status = world.daemon.status();
    world.event(Event::Changed(status));
    assert_eq!(shown(&world, panel), None, "it does not come back");

    let (mut world, panel) = copied(code());
    world.host_dies();
    assert_eq!(shown(&world, panel), None);

    for frames in [vec![], vec![frame(0, -1, "https://other.example")]] {
        let (mut world, panel) = copied(code());
        assert_eq!(world.watched, [TAB]);
        world.feed(Input::Navigated { tab: TAB });
        assert!(shown(&world, panel).is_some(), "another page of the site");
        world.frames = frames;
        world.feed(Input::Navigated { tab: TAB });
        assert_eq!((shown(&world, panel), &world.watched), (None, &vec![]));
    }
}

#[test]
fn a_page_that_goes_while_another_request_waits_ends_it() {
    let elsewhere = TabId(8);
    let mut world = world();
    let panel = world.popup(2);
    world.feed(Input::Tab { panel, tab: elsewhere });
    world.say(panel, FromPanel::ShowCopies { shown: true });
    world.choose(panel);
    release(&mut world, code());
    assert_eq!(world.watched, [elsewhere]);
    let probe = world.focus(1, 0, SITE);
    let chooser = world.chooser(probe, 3);
    world.choose(chooser);
    world.progress(Progress::Delivered);
    assert_eq!(world.watched, [TAB, elsewhere]);
    assert!(shown(&world, panel).is_some());
    let page = core::mem::take(&mut world.frames);
    world.feed(Input::Navigated { tab: elsewhere });
    assert_eq!((shown(&world, panel), &world.watched), (None, &vec![TAB]));
    assert!(world.daemon.cancelled().is_empty(), "the request waits in its own tab");
    world.frames = page;
    world.release();
    assert!(!world.commits().is_empty());
}

#[test]
fn a_page_that_goes_while_the_phone_is_asked_ends_the_request() {
    let mut world = world();
    let panel = popup(&mut world, 2);
    world.choose(panel);
    world.frames = vec![frame(0, -1, "https://other.example")];
    world.feed(Input::Navigated { tab: TAB });
    assert_eq!(world.daemon.cancelled().len(), 1);
    assert_eq!(world.views[&panel].request.as_ref().unwrap().filled, Some(FillOutcome::PageGone));
    release(&mut world, code());
    assert_eq!(shown(&world, panel), None);

    // Or between the answer and the last look.
    let mut world = self::world();
    let panel = popup(&mut world, 2);
    world.choose(panel);
    world.hold_frames = true;
    release(&mut world, code());
    world.frames = vec![frame(0, -1, "https://other.example")];
    world.release_frames();
    assert_eq!(shown(&world, panel), None);
}

#[test]
fn a_pick_is_for_the_place_that_was_shown_and_asks_for_nothing_without_a_code() {
    let mut world = world();
    let panel = popup(&mut world, 2);
    world.frames = vec![frame(0, -1, "https://other.example")];
    world.choose(panel);
    assert_eq!((world.daemon.asked().len(), world.views[&panel].fault), (0, Some(Fault::OtherSite)));
    world.frames = vec![frame(0, -1, SITE)];
    world.say(panel, FromPanel::Choose { item: ItemId([9; 16]), trusted: true, in_sight: true });
    world.say(panel, FromPanel::Choose { item: with_code().id, trusted: false, in_sight: true });
    assert_eq!(world.daemon.asked().len(), 0);
    // Back to what a fill would list.
    world.say(panel, FromPanel::ShowCopies { shown: false });
    assert!(!world.views[&panel].copies && world.views[&panel].place.is_none());
}

#[test]
fn the_menu_opens_the_popup_for_the_frame_that_it_was_opened_in() {
    let mut world = world();
    world.frames.push(frame(4, 0, SITE));
    let menu = |frame| Input::Menu { tab: TAB, frame: FrameId(frame), entry: MenuEntry::CopyCode };
    world.feed(menu(4));
    assert_eq!(world.popups, 1);
    let panel = world.popup(2);
    let origins =
        |world: &World, panel: PanelId| world.views[&panel].place.as_ref().map(|place| place.chain.origins().len());
    assert_eq!((world.views[&panel].copies, origins(&world, panel)), (true, Some(2)));
    // Once.
    world.feed(Input::PanelGone(panel));
    let panel = world.popup(3);
    assert!(!world.views[&panel].copies);
    // One that is open takes it as it is.
    world.feed(menu(0));
    assert_eq!((world.popups, world.views[&panel].copies, origins(&world, panel)), (1, true, Some(1)));
    // A popup that comes much later is about something else.
    world.feed(Input::PanelGone(panel));
    world.feed(menu(0));
    world.pass(30_000);
    let panel = world.popup(4);
    assert!(!world.views[&panel].copies);
    // A frame that is gone has no site.
    world.feed(menu(77));
    assert!(world.views[&panel].copies && world.views[&panel].place.is_none() && world.views[&panel].items.is_empty());
}
