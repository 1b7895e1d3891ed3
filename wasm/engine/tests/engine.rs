//! The engine against a scripted browser and daemon, with real cryptography in between.

mod world;

use countersign_engine::{FrameId, Input, ProbeId, Sender, TabId};
use countersign_forms::{Field, RawSnapshot};
use countersign_seal::{id::ItemId, log::DeviceKind, request::Refusal, secret::SecretBytes};
use countersign_wire::{
    local::{Event, Fault, Method, Progress, Reply},
    native::{Packet, PairProgress, to_data},
    page::{FromProbe, ToProbe},
    panel::{FillOutcome, FromPanel, Link, PanelKind, PlaceKind, Showing},
};
use world::*;

fn pair(code: &str) -> FromPanel {
    FromPanel::Pair { code: SecretBytes::from(code.to_owned()), name: "Browser on the desk".into() }
}

fn unlock(pin: &str) -> FromPanel {
    FromPanel::Unlock { pin: SecretBytes::from(pin.to_owned()) }
}

#[test]
fn a_stranger_pairs_by_code_and_gets_a_session() {
    let mut world = World::stranger();
    let popup = world.popup(1);
    assert_eq!(world.views[&popup].link, Link::NotPaired);
    world.say(popup, pair(DIGITS));
    assert_eq!(world.views[&popup].link, Link::Up);
    assert_eq!(world.pins.as_ref().unwrap().account, world.daemon.offer.account);
    assert_eq!(world.views[&popup].status, Some(world.daemon.status()));
}

#[test]
fn a_wrong_code_says_so_and_pairs_nothing() {
    let mut world = World::stranger();
    let popup = world.popup(1);
    world.say(popup, pair("000000"));
    assert_eq!(world.views[&popup].fault, Some(Fault::WrongCode));
    assert_eq!(world.views[&popup].link, Link::NotPaired);
    assert_eq!(world.pins, None);
    world.pass(3_000);
    world.say(popup, pair(DIGITS));
    assert_eq!(world.views[&popup].link, Link::Up);
}

#[test]
fn the_phone_signs_the_entry_over_the_browsers_own_number() {
    let mut world = World::stranger();
    world.daemon.draft = Some(add_self);
    let popup = world.popup(1);
    world.say(popup, pair(DIGITS));
    assert_eq!(world.views[&popup].link, Link::Up);
    assert!(world.daemon.signed.is_some());
}

#[test]
fn only_the_browsers_own_entry_is_signed() {
    let mut world = World::stranger();
    world.daemon.draft = Some(add_other);
    let popup = world.popup(1);
    world.say(popup, pair(DIGITS));
    assert_eq!(world.signatures, 0);
    assert_eq!(world.views[&popup].fault, Some(Fault::Malformed));
    assert_eq!(world.pins, None);
}

#[test]
fn the_number_shows_while_the_phone_decides() {
    let mut world = World::stranger();
    world.daemon.draft = Some(add_self);
    world.daemon.waits = true;
    let popup = world.popup(1);
    world.say(popup, pair(DIGITS));
    let number = world.daemon.signed.as_ref().unwrap().ask().unwrap().number;
    assert_eq!(world.views[&popup].link, Link::Pairing { number: Some(number), progress: Some(Progress::Asked) });
    world.native(Packet::PairProgress { data: to_data(&PairProgress::Phone(Progress::Delivered)).unwrap() });
    assert_eq!(world.views[&popup].link, Link::Pairing { number: Some(number), progress: Some(Progress::Delivered) });
    world.native(Packet::PairDone);
    assert_eq!(world.views[&popup].link, Link::Up);
}

#[test]
fn a_pairing_that_the_phone_refuses_says_so_and_another_code_is_tried() {
    let mut world = World::stranger();
    world.daemon.draft = Some(add_self);
    world.daemon.waits = true;
    let popup = world.popup(1);
    world.say(popup, pair(DIGITS));
    let refused = Progress::Refused(Refusal::Refused);
    world.native(Packet::PairProgress { data: to_data(&PairProgress::Phone(refused)).unwrap() });
    assert_eq!(world.views[&popup].link, Link::Pairing { number: None, progress: Some(refused) });
    world.say(popup, FromPanel::Cancel);
    assert_eq!(world.views[&popup].link, Link::NotPaired);
    world.daemon.draft = None;
    world.say(popup, pair(DIGITS));
    assert_eq!(world.views[&popup].link, Link::Up);
}

#[test]
fn a_pairing_is_given_up_while_the_phone_decides() {
    let mut world = World::stranger();
    world.daemon.draft = Some(add_self);
    world.daemon.waits = true;
    let popup = world.popup(1);
    world.say(popup, pair(DIGITS));
    world.say(popup, FromPanel::Cancel);
    assert_eq!(world.views[&popup].link, Link::Connecting);
    world.pass(3_000);
    assert_eq!(world.views[&popup].link, Link::NotPaired);
    assert_eq!(world.pins, None);
}

#[test]
fn a_profile_that_the_daemon_removed_pairs_again() {
    let mut world = World::paired();
    world.daemon.lists = false;
    let popup = world.popup(1);
    assert_eq!(world.views[&popup].link, Link::NotPaired);
    world.pass(3_000);
    world.say(popup, pair(DIGITS));
    assert_eq!(world.views[&popup].link, Link::Up);
}

#[test]
fn another_account_is_never_greeted() {
    let mut world = World::paired();
    world.daemon.offer.account.0[0] ^= 1;
    let popup = world.popup(1);
    assert_eq!(world.views[&popup].link, Link::NotPaired);
}

#[test]
fn without_a_host_it_says_so_and_tries_again() {
    let mut world = World::paired();
    let popup = world.popup(1);
    let port = world.port.take().unwrap();
    world.feed(Input::NativeGone { port, missing: true });
    assert_eq!(world.views[&popup].link, Link::NoHost);
    world.pass(3_000);
    assert_eq!(world.views[&popup].link, Link::Up);
}

#[test]
fn without_a_daemon_the_port_waits_for_its_offer() {
    let mut world = World::paired();
    let popup = world.popup(1);
    world.native(Packet::Fault(Fault::NoDaemon));
    assert_eq!(world.views[&popup].link, Link::NoDaemon);
    assert_eq!(world.views[&popup].status, None);
    world.offer();
    assert_eq!(world.views[&popup].link, Link::Up);
    world.native(Packet::Offer { protocol: 1, version: "1".into(), data: None });
    assert_eq!(world.views[&popup].link, Link::NotSetUp);
}

#[test]
fn a_daemon_that_was_not_unlocked_yet_brings_the_session_with_its_next_offer() {
    let mut world = World::paired();
    world.daemon.asleep = true;
    let popup = world.popup(1);
    assert_eq!((world.views[&popup].link, world.views[&popup].fault), (Link::Locked, None));
    world.daemon.asleep = false;
    world.offer();
    assert_eq!(world.views[&popup].link, Link::Up);
}

#[test]
fn a_daemon_that_was_not_unlocked_yet_is_unlocked_from_a_panel() {
    let mut world = World::paired();
    world.daemon.asleep = true;
    let popup = world.popup(1);
    assert!(world.views[&popup].status.as_ref().is_some_and(|status| status.locked && status.pin));
    world.say(popup, unlock("000000"));
    assert_eq!((world.views[&popup].link, world.views[&popup].fault), (Link::Locked, Some(Fault::WrongPin)));
    assert!(world.views[&popup].status.is_some());
    world.say(popup, unlock(PIN));
    assert_eq!((world.views[&popup].link, world.views[&popup].fault), (Link::Up, None));
}

#[test]
fn an_unlock_that_the_daemon_says_it_needs_is_asked_only_of_the_pinned_daemon() {
    let mut world = World::stranger();
    world.daemon.asleep = true;
    let popup = world.popup(1);
    world.native(Packet::Locked { status: world.daemon.status(), fault: None });
    world.say(popup, unlock(PIN));
    assert!(world.daemon.asleep, "a PIN went to a daemon that nobody paired with");
}

#[test]
fn without_a_shown_code_it_says_so_and_the_port_goes_on() {
    let mut world = World::stranger();
    let popup = world.popup(1);
    let port = world.port;
    world.daemon.shows = false;
    world.say(popup, pair(DIGITS));
    assert_eq!((world.views[&popup].link, world.views[&popup].fault), (Link::NotPaired, Some(Fault::NoCode)));
    world.daemon.shows = true;
    world.say(popup, pair(DIGITS));
    assert_eq!((world.views[&popup].link, world.port), (Link::Up, port));
}

#[test]
fn a_newer_protocol_is_refused() {
    let mut world = World::paired();
    let popup = world.popup(1);
    world.native(Packet::Offer { protocol: 2, version: "2".into(), data: None });
    assert_eq!(world.views[&popup].fault, Some(Fault::Version));
    assert_ne!(world.views[&popup].link, Link::Up);
}

#[test]
fn a_forged_frame_ends_the_session() {
    let mut world = World::paired();
    let popup = world.popup(1);
    world.native(Packet::Frame { data: "AAAA".into() });
    assert_eq!(world.views[&popup].link, Link::NoDaemon);
    assert_eq!(world.port, None);
}

#[test]
fn progress_that_nobody_asked_for_breaks_the_protocol() {
    let mut world = World::paired();
    let popup = world.popup(1);
    world.native(Packet::PairProgress { data: to_data(&PairProgress::Phone(Progress::Approved)).unwrap() });
    assert_eq!(world.views[&popup].link, Link::NoDaemon);
}

#[test]
fn a_login_form_is_marked_and_shown() {
    let mut world = World::paired();
    let probe = world.focus(1, 0, SITE);
    assert!(
        matches!(&world.to_probe[&probe][..], [ToProbe::Marks { fields }, ToProbe::Attend { .. }] if *fields == [1, 2])
    );
    let panel = world.chooser(probe, 2);
    let view = &world.views[&panel];
    assert_eq!(view.place.as_ref().unwrap().kind, PlaceKind::Login);
    assert_eq!(view.place.as_ref().unwrap().chain.single().unwrap().to_string(), SITE);
    assert_eq!(view.items, [login()]);
}

#[test]
fn opaque_and_foreign_origins_are_dropped() {
    let mut world = World::paired();
    for (id, origin) in [(1, "null"), (2, "file://"), (3, "moz-extension://x"), (4, "")] {
        let probe = world.focus(id, 0, origin);
        assert!(world.dropped.contains(&probe), "{origin:?}");
        assert!(!world.to_probe.contains_key(&probe));
    }
}

#[test]
fn a_page_of_frames_does_not_crowd_out_other_tabs() {
    let mut world = World::paired();
    for id in 1..=600 {
        world.focus(id, i64::from(id), SITE);
    }
    assert_eq!(world.dropped.len(), 600 - 64);
    let sender = Sender { tab: TabId(99), frame: FrameId(0), document: None, origin: SITE.into(), private: false };
    let other = ProbeId(1_000);
    world.feed(Input::ProbeConnected { probe: other, sender });
    world.feed(Input::Probe { probe: other, message: FromProbe::Looked { snapshot: login_form(), focused: Some(2) } });
    assert!(world.to_probe.contains_key(&other) && !world.dropped.contains(&other));
}

#[test]
fn a_forged_snapshot_drops_the_probe() {
    let mut world = World::paired();
    let probe = world.focus(1, 0, SITE);
    let fields = vec![Field { id: 1, ..Field::default() }, Field { id: 1, ..Field::default() }];
    let snapshot = RawSnapshot { fields, ..RawSnapshot::default() };
    world.feed(Input::Probe { probe, message: FromProbe::Looked { snapshot, focused: None } });
    assert_eq!(world.dropped, [probe]);
}

#[test]
fn a_fill_writes_what_was_asked_for_once() {
    let (mut world, probe, panel) = World::waiting();
    let ask = world.daemon.asked().pop().unwrap();
    let shown = world.views[&panel].request.clone().unwrap();
    assert_eq!((shown.number, shown.progress), (ask.number, Progress::Delivered));
    world.progress(Progress::Approved);
    world.release();
    world.release();
    let commits = world.commits();
    assert_eq!(commits.len(), 1);
    assert_eq!(texts(commits[0]), [(1, "ada".to_owned()), (2, "lantern".to_owned())]);
    let commit = commits[0].commit;
    world.feed(Input::Probe { probe, message: FromProbe::Committed { commit, outcome: FillOutcome::Filled } });
    assert_eq!(world.views[&panel].request.as_ref().unwrap().filled, Some(FillOutcome::Filled));
    world.release();
    assert_eq!(world.commits().len(), 1);
    world.pass(2_000);
    assert!(matches!(world.to_probe[&probe].last(), Some(ToProbe::Close { refocus: true })));
}

#[test]
fn a_new_chooser_begins_afresh() {
    let (mut world, probe, panel) = World::waiting();
    world.progress(Progress::Refused(Refusal::Refused));
    assert!(world.views[&panel].request.is_some());
    let popup = world.popup(5);
    assert!(world.views[&popup].request.is_some(), "a popup tells how it ended");
    let chooser = world.chooser(probe, 6);
    assert_eq!(world.views[&chooser].request, None);
    assert_eq!(world.views[&chooser].items, [login()]);
}

#[test]
fn an_untrusted_pick_asks_for_nothing() {
    let mut world = World::paired();
    let probe = world.focus(1, 0, SITE);
    let panel = world.chooser(probe, 2);
    world.say(panel, FromPanel::Choose { item: login().id, trusted: false, in_sight: true });
    world.say(panel, FromPanel::Choose { item: ItemId([9; 16]), trusted: true, in_sight: true });
    assert!(world.daemon.asked().is_empty());
    assert_eq!(world.signatures, 0);
}

#[test]
fn other_fields_than_asked_for_are_not_written() {
    let (mut world, _, panel) = World::waiting();
    let request = world.daemon.asked()[0].id;
    let mut other = password();
    other.field.0[0] ^= 1;
    world.event(Event::Released { request, values: vec![password(), other] });
    assert!(world.commits().is_empty());
    assert_eq!(world.views[&panel].request.as_ref().unwrap().filled, Some(FillOutcome::TargetChanged));
}

#[test]
fn a_release_for_another_request_is_not_written() {
    let (mut world, _, _) = World::waiting();
    let mut request = world.daemon.asked()[0].id;
    request.0[0] ^= 1;
    world.event(Event::Released { request, values: vec![password()] });
    assert!(world.commits().is_empty());
}

#[test]
fn a_page_that_leaves_withdraws_the_request() {
    let (mut world, probe, panel) = World::waiting();
    world.feed(Input::ProbeGone(probe));
    assert_eq!(world.daemon.cancelled(), [world.daemon.asked()[0].id]);
    assert_eq!(world.views[&panel].request.as_ref().unwrap().filled, Some(FillOutcome::PageGone));
    // The same page again, in the same tab and frame: the old approval is not for it.
    world.focus(11, 0, SITE);
    world.release();
    assert!(world.commits().is_empty());
}

/// The fields that a probe was last told to watch.
fn watched(world: &World, probe: ProbeId) -> Vec<u32> {
    let told = world.to_probe[&probe].iter().rev();
    let mut told =
        told.filter_map(|said| if let ToProbe::Watch { fields } = said { Some(fields.clone()) } else { None });
    told.next().unwrap_or_default()
}

#[test]
fn a_page_is_watched_only_while_a_request_waits() {
    let mut world = World::paired();
    let probe = world.focus(1, 0, SITE);
    let panel = world.chooser(probe, 2);
    assert_eq!((&world.watched, watched(&world, probe)), (&vec![], vec![]));
    world.choose(panel);
    assert_eq!((&world.watched, watched(&world, probe)), (&vec![TAB], vec![1, 2]));
    world.progress(Progress::Delivered);
    world.release();
    assert_eq!((&world.watched, watched(&world, probe)), (&vec![], vec![]));
    assert_eq!(world.commits().len(), 1);
}

#[test]
fn a_form_that_leaves_its_document_withdraws_the_request() {
    let (mut world, probe, panel) = World::waiting();
    let other = world.focus(12, 4, SITE);
    world.feed(Input::Probe { probe: other, message: FromProbe::Lost });
    assert!(world.daemon.cancelled().is_empty(), "another document has no say");
    world.feed(Input::Probe { probe, message: FromProbe::Lost });
    assert_eq!(world.daemon.cancelled(), [world.daemon.asked()[0].id]);
    assert_eq!(world.views[&panel].request.as_ref().unwrap().filled, Some(FillOutcome::TargetChanged));
    assert!(world.watched.is_empty());
    world.release();
    assert!(world.commits().is_empty());
    world.choose(panel);
    assert_eq!(world.daemon.asked().len(), 2, "the next try works");
    world.feed(Input::Probe { probe, message: FromProbe::Closed });
}

#[test]
fn a_document_that_leaves_its_frame_withdraws_the_request_though_its_port_stays_open() {
    let (mut world, _, panel) = World::waiting();
    world.feed(Input::Navigated { tab: TabId(99) });
    world.feed(Input::Navigated { tab: TAB });
    assert!(world.daemon.cancelled().is_empty(), "some other frame of the tab moved");
    world.frames[0].document = Some("the next".into());
    world.feed(Input::Navigated { tab: TAB });
    assert_eq!(world.daemon.cancelled(), [world.daemon.asked()[0].id]);
    assert_eq!(world.views[&panel].request.as_ref().unwrap().filled, Some(FillOutcome::PageGone));
    // Back again, from the back-forward cache: the old approval is not for it.
    world.frames[0].document = Some("document-0".into());
    world.release();
    assert!(world.commits().is_empty());
}

#[test]
fn a_tab_that_leaves_its_window_withdraws_the_request() {
    let (mut world, _, panel) = World::waiting();
    world.feed(Input::Moved { tab: TabId(99) });
    assert!(world.daemon.cancelled().is_empty());
    world.feed(Input::Moved { tab: TAB });
    assert_eq!(world.daemon.cancelled(), [world.daemon.asked()[0].id]);
    assert_eq!(world.views[&panel].request.as_ref().unwrap().filled, Some(FillOutcome::Moved));
    world.release();
    assert!(world.commits().is_empty());
}

#[test]
fn another_document_in_the_frame_gets_nothing() {
    let (mut world, _, _) = World::waiting();
    world.frames[0].document = Some("another".into());
    world.release();
    assert!(world.commits().is_empty());
}

#[test]
fn another_origin_in_the_frame_gets_nothing() {
    let (mut world, _, panel) = World::waiting();
    world.frames[0].origin = Some("https://evil.example".into());
    world.release();
    assert!(world.commits().is_empty());
    assert_eq!(world.views[&panel].request.as_ref().unwrap().filled, Some(FillOutcome::PageGone));
}

#[test]
fn a_page_that_was_put_into_a_frame_meanwhile_gets_nothing() {
    let (mut world, _, _) = World::waiting();
    world.frames = vec![frame(5, -1, "https://evil.example"), frame(0, 5, SITE)];
    world.release();
    assert!(world.commits().is_empty());
}

#[test]
fn a_release_lives_thirty_seconds() {
    let (mut world, _, _) = World::waiting();
    world.hold_frames = true;
    world.release();
    world.pass(30_000);
    world.release_frames();
    assert!(world.commits().is_empty());
}

#[test]
fn a_page_that_changes_between_sight_and_pick_asks_for_nothing() {
    let mut world = World::paired();
    let probe = world.focus(1, 0, SITE);
    let panel = world.chooser(probe, 2);
    world.frames[0].origin = Some("https://evil.example".into());
    world.choose(panel);
    assert!(world.daemon.asked().is_empty());
    assert_eq!(world.views[&panel].fault, Some(Fault::OtherSite));
}

#[test]
fn a_second_pick_is_told_to_wait() {
    let (mut world, _, panel) = World::waiting();
    world.choose(panel);
    assert_eq!(world.views[&panel].fault, Some(Fault::Busy));
    assert_eq!(world.daemon.asked().len(), 1);
}

#[test]
fn two_picks_at_once_make_one_ask() {
    let mut world = World::paired();
    let probe = world.focus(1, 0, SITE);
    let panel = world.chooser(probe, 2);
    world.hold_frames = true;
    world.choose(panel);
    world.choose(panel);
    world.release_frames();
    assert_eq!(world.daemon.asked().len(), 1);
}

#[test]
fn cancel_withdraws_and_the_next_try_works() {
    let (mut world, _, panel) = World::waiting();
    world.say(panel, FromPanel::Cancel);
    assert_eq!(world.daemon.cancelled().len(), 1);
    assert_eq!(world.views[&panel].request.as_ref().unwrap().progress, Progress::Cancelled);
    world.release();
    assert!(world.commits().is_empty());
    world.choose(panel);
    world.release();
    assert_eq!(world.commits().len(), 1);
}

#[test]
fn a_refusal_is_shown_and_final() {
    let (mut world, _, panel) = World::waiting();
    world.progress(Progress::Refused(Refusal::WrongNumber));
    world.release();
    assert!(world.commits().is_empty());
    assert_eq!(world.views[&panel].request.as_ref().unwrap().progress, Progress::Refused(Refusal::WrongNumber));
    world.say(panel, FromPanel::Dismiss);
    assert_eq!(world.views[&panel].request, None);
}

#[test]
fn an_ask_that_the_daemon_does_not_take_leaves_its_reason() {
    let mut world = World::paired();
    world.daemon.ask_fault = Some(Fault::Muted);
    let probe = world.focus(1, 0, SITE);
    let panel = world.chooser(probe, 2);
    world.choose(panel);
    assert_eq!(world.views[&panel].fault, Some(Fault::Muted));
    assert_eq!(world.views[&panel].request, None);
}

#[test]
fn silence_ends_the_request() {
    let (mut world, _, panel) = World::waiting();
    world.pass(125_000);
    assert_eq!(world.views[&panel].request.as_ref().unwrap().progress, Progress::Expired);
    assert_eq!(world.daemon.cancelled().len(), 1);
}

#[test]
fn a_lost_daemon_ends_the_request_and_the_next_try_works() {
    let (mut world, _, panel) = World::waiting();
    world.host_dies();
    let view = &world.views[&panel];
    assert_eq!((view.link, view.fault), (Link::NoDaemon, None));
    assert_eq!(view.request.as_ref().unwrap().filled, Some(FillOutcome::Interrupted));
    assert_eq!(view.request.as_ref().unwrap().progress, Progress::Cancelled);
    world.pass(3_000);
    assert_eq!(world.views[&panel].link, Link::Up);
    world.choose(panel);
    world.release();
    assert_eq!(world.commits().len(), 1);
}

#[test]
fn a_restarted_worker_knows_of_no_request() {
    let (mut world, _, _) = World::waiting();
    world.restart();
    let probe = world.focus(21, 0, SITE);
    world.release();
    assert!(world.commits().is_empty());
    let panel = world.chooser(probe, 22);
    assert_eq!(world.views[&panel].request, None);
    world.choose(panel);
    world.release();
    assert_eq!(world.commits().len(), 1);
}

#[test]
fn only_the_probe_that_wrote_says_how_it_went() {
    let (mut world, _, panel) = World::waiting();
    world.release();
    let commit = world.commits()[0].commit;
    world.frames.push(frame(3, 0, "https://ads.example"));
    let other = world.focus(31, 3, "https://ads.example");
    world.feed(Input::Probe { probe: other, message: FromProbe::Committed { commit, outcome: FillOutcome::Filled } });
    assert_eq!(world.views[&panel].request.as_ref().unwrap().filled, None);
}

#[test]
fn what_is_not_sealed_is_confirmed_here() {
    let (mut world, probe, panel) = World::waiting();
    world.say(panel, FromPanel::Confirm { in_sight: true });
    let confirmed =
        |world: &World| world.daemon.calls.iter().filter(|method| matches!(method, Method::Confirm { .. })).count();
    assert_eq!(confirmed(&world), 0, "a sealed field's request cannot be confirmed here");
    world.progress(Progress::ConfirmHere);
    world.say(panel, FromPanel::Confirm { in_sight: false });
    let press = world.press(probe).unwrap();
    world.vouch(probe, press, true);
    assert_eq!(confirmed(&world), 1);
    world.release();
    assert_eq!(world.commits().len(), 1);
}

#[test]
fn a_ticket_opens_one_chooser() {
    let mut world = World::paired();
    let probe = world.focus(1, 0, SITE);
    let ticket = world.ticket(probe);
    let first = world.panel(2, PanelKind::Chooser, PanelKind::Chooser, Some(ticket.clone()));
    assert_eq!(world.views[&first].items.len(), 1);
    let second = world.panel(3, PanelKind::Chooser, PanelKind::Chooser, Some(ticket));
    let view = &world.views[&second];
    assert_eq!((view.items.len(), &view.place, &view.status, view.fault), (0, &None, &None, Some(Fault::NotFound)));
    world.say(second, FromPanel::Lock);
    assert!(!world.daemon.calls.iter().any(|method| matches!(method, Method::Lock)));
}

#[test]
fn a_ticket_is_for_its_tab_and_soon_over() {
    let mut world = World::paired();
    let probe = world.focus(1, 0, SITE);
    let ticket = world.ticket(probe);
    let panel = countersign_engine::PanelId(2);
    world.feed(Input::PanelConnected { panel, page: PanelKind::Chooser, tab: Some(TabId(99)) });
    world.say(panel, FromPanel::Open { kind: PanelKind::Chooser, ticket: Some(ticket) });
    assert_eq!(world.views[&panel].fault, Some(Fault::NotFound));

    let ticket = world.ticket(probe);
    world.pass(31_000);
    let late = world.panel(3, PanelKind::Chooser, PanelKind::Chooser, Some(ticket));
    assert_eq!(world.views[&late].fault, Some(Fault::NotFound));
}

#[test]
fn a_framed_chooser_cannot_call_itself_something_else() {
    let mut world = World::paired();
    world.focus(1, 0, SITE);
    for (panel, kind) in [(2, PanelKind::Popup), (3, PanelKind::Vault), (4, PanelKind::Chooser)] {
        let panel = world.panel(panel, PanelKind::Chooser, kind, None);
        assert_eq!(world.views[&panel].fault, Some(Fault::NotFound));
        assert!(world.views[&panel].items.is_empty());
    }
}

#[test]
fn the_popup_is_about_the_field_in_focus() {
    let mut world = World::paired();
    // As large as Firefox's are.
    let inner = 6_442_450_945;
    world.frames.push(frame(inner, 0, "https://login.example"));
    world.focus(1, 0, SITE);
    world.pass(10);
    world.focus(2, inner, "https://login.example");
    let popup = world.popup(5);
    let chain = &world.views[&popup].place.as_ref().unwrap().chain;
    assert_eq!(chain.origins().iter().map(ToString::to_string).collect::<Vec<_>>(), [SITE, "https://login.example"]);
    assert_eq!(world.looks, 1);
    world.feed(Input::ProbeGone(countersign_engine::ProbeId(2)));
    assert_eq!(world.views[&popup].place.as_ref().unwrap().chain.single().unwrap().to_string(), SITE);
}

/// A disk that fills up is no event that the daemon tells of.
#[test]
fn a_popup_says_what_stands_in_the_way_as_it_opens() {
    let mut world = World::paired();
    world.focus(1, 0, SITE);
    for (number, faults) in [(5, vec![Fault::DiskFull]), (6, vec![])] {
        world.daemon.faults.clone_from(&faults);
        let popup = world.popup(number);
        assert_eq!(world.views[&popup].status.as_ref().unwrap().faults, faults);
    }
}

#[test]
fn the_shortcut_goes_to_the_next_item_of_an_open_chooser() {
    let mut world = World::paired();
    let probe = world.focus(1, 0, SITE);
    let panel = world.chooser(probe, 2);
    let said = world.to_probe[&probe].len();
    for times in 1..=3 {
        world.feed(Input::Shortcut { tab: TAB });
        assert_eq!(world.views[&panel].cycled, times);
    }
    assert_eq!(world.to_probe[&probe].len(), said, "no other chooser");
    assert!(world.daemon.asked().is_empty(), "nothing is picked by it");
    // Another tab's shortcut is none of this chooser's.
    world.feed(Input::Shortcut { tab: TabId(8) });
    assert_eq!((world.views[&panel].cycled, world.popups), (3, 1));
    // While a request waits there is no list to go on in.
    world.choose(panel);
    world.feed(Input::Shortcut { tab: TAB });
    assert!(matches!(world.to_probe[&probe].last(), Some(ToProbe::Open { keyboard: true, .. })));
    assert_eq!(world.views[&panel].cycled, 3);
}

#[test]
fn the_shortcut_opens_the_chooser_or_else_the_popup() {
    let mut world = World::paired();
    world.feed(Input::Shortcut { tab: TAB });
    assert_eq!(world.popups, 1);
    let probe = world.focus(1, 0, SITE);
    world.feed(Input::Shortcut { tab: TAB });
    let Some(ToProbe::Open { ticket, keyboard: true, field: 2 }) = world.to_probe[&probe].last() else {
        panic!("no chooser");
    };
    let ticket = ticket.clone();
    world.feed(Input::Probe { probe, message: FromProbe::NoRoom { ticket } });
    assert_eq!(world.popups, 2);
}

#[test]
fn a_locked_daemon_is_unlocked_from_the_chooser() {
    let mut world = World::paired();
    world.daemon.locked = true;
    let probe = world.focus(1, 0, SITE);
    let panel = world.chooser(probe, 2);
    let view = &world.views[&panel];
    assert!(view.status.as_ref().unwrap().locked && view.items.is_empty() && view.fault.is_none());
    world.say(panel, FromPanel::Unlock { pin: SecretBytes::from(String::from("123456")) });
    assert_eq!(world.views[&panel].items, [login()]);
}

#[test]
fn only_the_vault_page_edits() {
    let mut world = World::paired();
    let popup = world.popup(1);
    world.say(popup, FromPanel::Remove { item: login().id });
    let removed = |world: &World| world.daemon.calls.iter().any(|method| matches!(method, Method::Remove { .. }));
    assert!(!removed(&world));
    let vault = world.panel(2, PanelKind::Vault, PanelKind::Vault, None);
    assert_eq!(world.views[&vault].items, [login()]);
    world.say(vault, FromPanel::Remove { item: login().id });
    assert!(removed(&world));
    assert_eq!(world.views[&vault].saved, 1);
}

#[test]
fn a_sender_outside_of_the_tree_has_no_place() {
    let mut world = World::paired();
    let probe = countersign_engine::ProbeId(1);
    let sender = Sender { tab: TAB, frame: FrameId(44), document: None, origin: SITE.into(), private: false };
    world.feed(Input::ProbeConnected { probe, sender });
    world.feed(Input::Probe { probe, message: FromProbe::Looked { snapshot: login_form(), focused: Some(2) } });
    let panel = world.chooser(probe, 2);
    assert_eq!(world.views[&panel].place, None);
    assert!(!world.daemon.calls.iter().any(|method| matches!(method, Method::Match { .. })));
}

fn code(digits: &str) -> Reply {
    Reply::Code { digits: SecretBytes::from(digits.to_owned()), lifetime_millis: 120_000 }
}

#[test]
fn a_vault_page_shows_a_code_and_what_came_of_it() {
    let mut world = World::paired();
    let vault = world.panel(1, PanelKind::Vault, PanelKind::Vault, None);
    world.daemon.shows_to_pair = Some(Ok(code("271828")));
    world.say(vault, FromPanel::PairBrowser { pin: SecretBytes::from(PIN.to_owned()) });
    let Some(Showing::Code { digits, remaining_millis: 120_000 }) = &world.views[&vault].showing else {
        panic!("no code")
    };
    assert_eq!(digits.expose(), b"271828");
    // A second page takes the pairing over.
    let other = world.panel(2, PanelKind::Vault, PanelKind::Vault, None);
    world.say(other, FromPanel::PairBrowser { pin: SecretBytes::from(PIN.to_owned()) });
    assert_eq!(world.views[&vault].showing, Some(Showing::Failed(Fault::WrongCode)));
    world.event(Event::Paired { name: "Other".into(), kind: DeviceKind::Browser });
    let paired = Showing::Paired { name: "Other".into(), kind: DeviceKind::Browser };
    assert_eq!(world.views[&other].showing, Some(paired));
    world.say(other, FromPanel::StopPairing);
    assert_eq!(world.views[&other].showing, None);
}

#[test]
fn a_page_that_closes_shows_its_code_no_longer() {
    let mut world = World::paired();
    let vault = world.panel(1, PanelKind::Vault, PanelKind::Vault, None);
    world.daemon.shows_to_pair = Some(Ok(code("271828")));
    world.say(vault, FromPanel::PairBrowser { pin: SecretBytes::from(PIN.to_owned()) });
    world.feed(Input::PanelGone(vault));
    assert!(matches!(world.daemon.calls.last(), Some(Method::StopPairing)));
}

#[test]
fn only_the_vault_page_lets_devices_in() {
    let mut world = World::paired();
    let popup = world.popup(1);
    world.daemon.shows_to_pair = Some(Ok(code("271828")));
    world.say(popup, FromPanel::PairBrowser { pin: SecretBytes::from(PIN.to_owned()) });
    world.say(popup, FromPanel::Devices);
    assert!(!world.daemon.calls.iter().any(|call| matches!(call, Method::PairBrowser { .. } | Method::Devices)));
    assert_eq!((&world.views[&popup].showing, &world.views[&popup].devices), (&None, &None));
}

#[test]
fn a_wrong_pin_shows_no_code_and_a_lost_daemon_ends_one() {
    let mut world = World::paired();
    let vault = world.panel(1, PanelKind::Vault, PanelKind::Vault, None);
    world.daemon.shows_to_pair = Some(Err(Fault::WrongPin));
    world.say(vault, FromPanel::PairPhone { pin: SecretBytes::from("000000".to_owned()) });
    assert_eq!((&world.views[&vault].showing, world.views[&vault].fault), (&None, Some(Fault::WrongPin)));
    world.daemon.shows_to_pair = Some(Ok(code("271828")));
    world.say(vault, FromPanel::PairBrowser { pin: SecretBytes::from(PIN.to_owned()) });
    assert!(world.views[&vault].showing.is_some() && world.views[&vault].fault.is_none());
    world.native(Packet::Fault(Fault::NoDaemon));
    assert_eq!(world.views[&vault].showing, Some(Showing::Failed(Fault::NoDaemon)));
}

/// The first page of a login: the user name alone.
fn first_page() -> RawSnapshot {
    let mut snapshot = login_form();
    snapshot.fields.truncate(1);
    snapshot.fields[0].autocomplete = "username".into();
    snapshot.headings = vec!["Sign in".into()];
    snapshot.buttons = vec![countersign_forms::Button { text: "Next".into(), form: Some(0), after: 1, submit: true }];
    snapshot
}

#[test]
fn a_user_name_is_filled_without_asking_anybody() {
    let mut world = World::paired();
    let probe = world.focus(1, 0, SITE);
    let ticket = world.ticket_at(probe, first_page(), 1);
    let panel = world.panel(2, PanelKind::Chooser, PanelKind::Chooser, Some(ticket));
    assert_eq!(world.views[&panel].place.as_ref().unwrap().kind, PlaceKind::Login);
    world.choose(panel);
    assert!(world.daemon.asked().is_empty(), "nobody was asked");
    let commits = world.commits();
    assert_eq!(commits.len(), 1);
    assert_eq!(texts(commits[0]), [(1, login().username)]);
}
