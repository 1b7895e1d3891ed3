//! What pages are given: kept until it is known what came of it, and offered only where the site took it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code")]

#[allow(dead_code, reason = "the other tests use more of it")]
mod world;

use countersign_engine::{FrameId, Input, PanelId, ProbeId, Sender};
use countersign_forms::{Button, RawSnapshot};
use countersign_seal::{id::CaptureId, origin::Origin, secret::SecretBytes};
use countersign_wire::{
    capture::{CaptureSummary, CaptureTarget},
    local::{Event, Fault, Method},
    page::{Entered, FromProbe, ToProbe},
    panel::{FromPanel, PanelKind},
};
use world::*;

fn entered(values: &[(u32, &str)]) -> FromProbe {
    entered_where(values, "")
}

/// The same in a document whose alerts say this.
fn entered_where(values: &[(u32, &str)], text: &str) -> FromProbe {
    let value = |(field, text): &(u32, &str)| Entered { field: *field, text: SecretBytes::from((*text).to_owned()) };
    let (values, snapshot) = (values.iter().map(value).collect(), RawSnapshot::default());
    FromProbe::Submitted { values, snapshot, button: None, text: text.into() }
}

fn judged(snapshot: RawSnapshot, text: &str) -> FromProbe {
    FromProbe::Judged { snapshot, text: text.into() }
}

/// A page whose login was submitted.
fn submitted() -> (World, ProbeId) {
    let mut world = World::paired();
    let probe = world.focus(1, 0, SITE);
    world.feed(Input::Probe { probe, message: entered(&[(1, "ada"), (2, "lantern")]) });
    (world, probe)
}

/// The document goes, and the next one says how it looks.
fn next_page(world: &mut World, gone: ProbeId, snapshot: RawSnapshot, text: &str) {
    world.feed(Input::ProbeGone(gone));
    world.pass(1_000);
    assert_eq!(world.judged, [FrameId(0)]);
    let next = ProbeId(40);
    let sender =
        Sender { tab: TAB, frame: FrameId(0), document: Some("next".into()), origin: SITE.into(), private: false };
    world.feed(Input::ProbeConnected { probe: next, sender });
    world.feed(Input::Probe { probe: next, message: judged(snapshot, text) });
}

/// The document says a moment later how it looks.
fn looks_once_more(world: &mut World, probe: ProbeId, snapshot: RawSnapshot, text: &str) {
    let looks = |world: &World| world.to_probe[&probe].iter().filter(|said| matches!(said, ToProbe::Judge {})).count();
    let before = looks(world);
    world.pass(2_100);
    assert_eq!(looks(world), before + 1);
    world.feed(Input::Probe { probe, message: judged(snapshot, text) });
}

/// A page whose user sets a password anew.
fn new_password_form(heading: &str) -> RawSnapshot {
    let mut form = login_form();
    form.headings = vec![heading.into()];
    form.fields[0].autocomplete = "current-password".into();
    form.fields[0].input_type = "password".into();
    form.fields[1].autocomplete = "new-password".into();
    form
}

fn ended(world: &World) -> Vec<bool> {
    let of = |method: &Method| match method {
        Method::CaptureEnded { accepted, .. } => Some(*accepted),
        _ => None,
    };
    world.daemon.calls.iter().filter_map(of).collect()
}

/// Opens the offer with its last ticket.
fn open_offer(world: &mut World, panel: u32) -> PanelId {
    let ticket = world.offers.last().cloned();
    world.panel(panel, PanelKind::Offer, PanelKind::Offer, ticket)
}

#[test]
fn only_logins_are_attended_and_only_of_a_paired_profile() {
    let attends = |world: &World, probe| {
        world.to_probe[&probe].iter().find_map(|message| match message {
            ToProbe::Attend { fields, secrets } => Some((fields.clone(), secrets.clone())),
            _ => None,
        })
    };
    let mut world = World::paired();
    let probe = world.focus(1, 0, SITE);
    assert_eq!(attends(&world, probe), Some((vec![1, 2], vec![2])));
    let mut world = World::stranger();
    let probe = world.focus(1, 0, SITE);
    assert_eq!(attends(&world, probe), None);
}

#[test]
fn in_a_private_window_nothing_is_captured_and_all_else_is_as_elsewhere() {
    let mut world = World::paired();
    let probe = world.focus_in(true, 1, 0, SITE);
    assert!(!world.to_probe[&probe].iter().any(|said| matches!(said, ToProbe::Attend { .. })));
    // Nor is it if a probe says more than it was asked for.
    world.feed(Input::Probe { probe, message: entered(&[(1, "ada"), (2, "lantern")]) });
    assert!(world.daemon.delivered.is_empty() && world.kept.is_empty());
    let chooser = world.chooser(probe, 2);
    assert_eq!(world.views[&chooser].items, [login()], "what is saved is filled");
}

#[test]
fn what_was_submitted_is_sealed_at_once_and_offered_when_the_site_took_it() {
    let (mut world, probe) = submitted();
    assert_eq!(world.daemon.delivered.len(), 1);
    let captured = &world.daemon.delivered[0];
    assert_eq!((captured.username.as_str(), captured.password.expose()), ("ada", b"lantern".as_slice()));
    assert!(world.offers.is_empty() && ended(&world).is_empty());
    next_page(&mut world, probe, RawSnapshot::default(), "Welcome, Ada");
    assert_eq!(ended(&world), [true]);
    let offer = open_offer(&mut world, 50);
    assert_eq!(world.views[&offer].captures.len(), 1);
    assert!(world.views[&offer].items.is_empty());
}

#[test]
fn nothing_is_offered_after_a_login_that_failed() {
    for (snapshot, text) in [(login_form(), "Sign in"), (RawSnapshot::default(), "Wrong password")] {
        let (mut world, probe) = submitted();
        next_page(&mut world, probe, snapshot, text);
        assert!(world.offers.is_empty(), "{text}");
        assert_eq!(ended(&world), [false]);
    }
}

#[test]
fn a_form_that_goes_within_its_document_counts_and_one_that_stays_does_not() {
    let (mut world, probe) = submitted();
    world.feed(Input::Probe { probe, message: FromProbe::Left });
    assert!(matches!(world.to_probe[&probe].last(), Some(ToProbe::Judge {})));
    world.feed(Input::Probe { probe, message: judged(RawSnapshot::default(), "Hello") });
    assert!(world.offers.is_empty(), "it may show an error yet");
    looks_once_more(&mut world, probe, RawSnapshot::default(), "Hello");
    assert_eq!((ended(&world), world.offers.len()), (vec![true], 1));
    let (mut world, _) = submitted();
    world.pass(61_000);
    assert_eq!((ended(&world), world.offers.len()), (vec![false], 0));
}

#[test]
fn an_error_beside_the_form_ends_it_and_a_closed_tab_leaves_it_unknown() {
    let (mut world, probe) = submitted();
    world.pass(3_000);
    assert!(matches!(world.to_probe[&probe].last(), Some(ToProbe::Judge {})));
    world.feed(Input::Probe { probe, message: judged(login_form(), "Wrong password") });
    assert_eq!(ended(&world), [false]);
    let (mut world, probe) = submitted();
    world.feed(Input::ProbeGone(probe));
    world.pass(1_000);
    world.feed(Input::Unjudged { tab: TAB, frame: FrameId(0) });
    world.pass(60_000);
    assert!(world.offers.is_empty() && ended(&world).is_empty());
}

#[test]
fn what_the_daemon_knows_already_is_not_offered() {
    let mut world = World::paired();
    world.daemon.captures = |_| None;
    let probe = world.focus(1, 0, SITE);
    world.feed(Input::Probe { probe, message: entered(&[(1, "ada"), (2, "lantern")]) });
    world.feed(Input::ProbeGone(probe));
    world.pass(20_000);
    assert!(world.offers.is_empty() && world.judged.is_empty());
}

#[test]
fn nothing_is_lost_while_the_daemon_is_locked_or_the_worker_dies() {
    let mut world = World::paired();
    world.daemon.locked = true;
    let probe = world.focus(1, 0, SITE);
    world.feed(Input::Probe { probe, message: entered(&[(1, "ada"), (2, "lantern")]) });
    assert!(world.daemon.delivered.is_empty());
    assert_eq!(world.kept.len(), 1);
    // Sealed to the daemon: nothing of it can be read.
    assert!(!world.kept[0].windows(7).any(|bytes| bytes == b"lantern"));
    world.restart();
    world.daemon.locked = false;
    world.popup(9);
    assert_eq!(world.daemon.delivered.len(), 1);
    assert!(world.kept.is_empty());
    let status = world.daemon.status();
    world.event(Event::Changed(status));
    assert_eq!(world.daemon.delivered.len(), 1, "handed over once");
}

#[test]
fn what_a_restarted_worker_first_hears_of_a_page_is_not_lost() {
    for (private, frame, kept) in [(false, 0, 1), (true, 0, 0), (false, 4, 0)] {
        let mut world = World::paired();
        world.daemon.locked = true;
        let probe = ProbeId(1);
        let document = Some("page".to_owned());
        let sender = Sender { tab: TAB, frame: FrameId(frame), document, origin: SITE.into(), private };
        world.feed(Input::ProbeConnected { probe, sender });
        let message = match entered(&[(1, "ada"), (2, "lantern")]) {
            FromProbe::Submitted { values, button, text, .. } => {
                FromProbe::Submitted { values, snapshot: login_form(), button, text }
            }
            other => other,
        };
        world.feed_all([Input::Probe { probe, message }, Input::ProbeGone(probe)]);
        assert_eq!(world.kept.len(), kept, "private {private}, frame {frame}");
    }
}

#[test]
fn a_user_name_of_the_page_before_goes_with_the_password() {
    let mut form = login_form();
    form.fields.truncate(1);
    let mut world = World::paired();
    let probe = world.focus(1, 0, SITE);
    world.feed(Input::Probe { probe, message: FromProbe::Looked { snapshot: form, focused: Some(1) } });
    world.feed(Input::Probe { probe, message: entered(&[(1, "grace")]) });
    assert!(world.daemon.delivered.is_empty());
    let mut form = login_form();
    form.fields.remove(0);
    let probe = world.focus(2, 0, SITE);
    world.feed(Input::Probe { probe, message: FromProbe::Looked { snapshot: form, focused: Some(2) } });
    world.feed(Input::Probe { probe, message: entered(&[(2, "lantern")]) });
    assert_eq!(world.daemon.delivered[0].username, "grace");
}

#[test]
fn an_offer_outlives_its_page_until_something_is_said() {
    let (mut world, probe) = submitted();
    next_page(&mut world, probe, RawSnapshot::default(), "Welcome");
    let offer = open_offer(&mut world, 50);
    world.feed(Input::PanelGone(offer));
    world.pass(1_000);
    assert_eq!(world.offers.len(), 2);
    // A ticket is good once, and an old one for nothing.
    let old = world.offers[0].clone();
    let forged = world.panel(51, PanelKind::Offer, PanelKind::Offer, Some(old));
    assert_eq!(world.views[&forged].fault, Some(Fault::NotFound));
    let offer = open_offer(&mut world, 52);
    let save =
        |trusted| FromPanel::SaveCapture { capture: CaptureId([3; 16]), item: None, username: "ada".into(), trusted };
    world.say(offer, save(false));
    world.say(forged, save(true));
    assert!(!world.daemon.calls.iter().any(|call| matches!(call, Method::SaveCapture { .. })));
    world.say(offer, save(true));
    assert!(world.daemon.calls.iter().any(|call| matches!(call, Method::SaveCapture { .. })));
    assert_eq!(world.views[&offer].saved, 1);
    world.pass(2_000);
    assert_eq!(world.offers_ended, 1);
}

#[test]
fn another_site_is_shown_no_offer() {
    for (host, offers) in [("https://www.bank.example", 2), ("https://evil.example", 1), ("https://notbank.example", 1)]
    {
        let (mut world, probe) = submitted();
        next_page(&mut world, probe, RawSnapshot::default(), "Welcome");
        let offer = open_offer(&mut world, 50);
        world.frames = vec![frame(0, -1, host)];
        world.feed(Input::PanelGone(offer));
        world.pass(1_000);
        assert_eq!(world.offers.len(), offers, "{host}");
    }
}

#[test]
fn a_page_of_another_site_that_comes_first_is_shown_no_offer_and_one_of_the_same_site_is() {
    for (host, offers) in [("https://evil.example", 0), ("https://login.bank.example", 1), ("https://bank.example", 1)]
    {
        let (mut world, probe) = submitted();
        world.frames = vec![frame(0, -1, host)];
        next_page(&mut world, probe, RawSnapshot::default(), "Welcome");
        assert_eq!((ended(&world), world.offers.len()), (vec![true], offers), "{host}");
    }
}

#[test]
fn an_error_that_comes_after_the_form_has_gone_counts() {
    let after: [(RawSnapshot, &str); 2] = [(RawSnapshot::default(), "Wrong password"), (login_form(), "Sign in")];
    for (snapshot, text) in after {
        let (mut world, probe) = submitted();
        world.feed(Input::Probe { probe, message: FromProbe::Left });
        world.feed(Input::Probe { probe, message: judged(RawSnapshot::default(), "") });
        looks_once_more(&mut world, probe, snapshot, text);
        assert_eq!((ended(&world), world.offers.len()), (vec![false], 0), "{text}");
    }
}

#[test]
fn a_press_that_submits_nothing_is_offered_nowhere_and_costs_nothing() {
    let press = |button: Option<&str>| match entered(&[(1, "ada"), (2, "lantern")]) {
        FromProbe::Submitted { values, snapshot, text, .. } => {
            FromProbe::Submitted { values, snapshot, button: button.map(Into::into), text }
        }
        other => other,
    };
    let page = || {
        let mut world = World::paired();
        let probe = world.focus(1, 0, SITE);
        let mut snapshot = login_form();
        let button = |(text, submit): (&str, bool)| Button { text: text.into(), form: Some(0), after: 2, submit };
        snapshot.buttons = [("Show password", false), ("Sign in", true)].map(button).to_vec();
        world.feed(Input::Probe { probe, message: FromProbe::Looked { snapshot, focused: Some(2) } });
        (world, probe)
    };
    for (button, offers) in [(Some("Show password"), 0), (Some("Sign in"), 1), (None, 1)] {
        let (mut world, probe) = page();
        world.feed(Input::Probe { probe, message: press(button) });
        next_page(&mut world, probe, RawSnapshot::default(), "Welcome");
        assert_eq!((world.daemon.delivered.len(), world.offers.len()), (1, offers), "{button:?}");
        assert_eq!(ended(&world), vec![true; offers], "what nobody knows is kept");
    }
    // The form's own event after such a press is one, and presses after that take nothing back.
    let (mut world, probe) = page();
    for button in [Some("Show password"), None, Some("Accept all")] {
        world.feed(Input::Probe { probe, message: press(button) });
    }
    next_page(&mut world, probe, RawSnapshot::default(), "Welcome");
    assert_eq!(world.offers.len(), 1);
    // A press and its event are one.
    let (mut world, probe) = page();
    for button in [Some("Sign in"), None] {
        world.feed(Input::Probe { probe, message: press(button) });
    }
    assert_eq!(world.daemon.delivered.len(), 1);
}

#[test]
fn a_new_password_that_nobody_refused_is_kept() {
    let values = [(1, "lantern"), (2, "quayside")];
    let changed = || {
        let mut world = World::paired();
        let probe = world.focus(1, 0, SITE);
        let snapshot = new_password_form("Change your password");
        world.feed(Input::Probe { probe, message: FromProbe::Looked { snapshot, focused: Some(2) } });
        world.feed(Input::Probe { probe, message: entered(&values) });
        assert_eq!(world.daemon.delivered[0].password.expose(), b"quayside");
        (world, probe)
    };
    // The form stays, and says nothing.
    let (mut world, _) = changed();
    world.pass(61_000);
    assert_eq!((ended(&world), world.offers.len()), (vec![], 0));
    // A page comes that speaks of something else that failed.
    let (mut world, probe) = changed();
    next_page(&mut world, probe, RawSnapshot::default(), "2 failed sign-ins since your last visit");
    assert_eq!((ended(&world), world.offers.len()), (vec![], 0));
    // The form comes again, and says why.
    let (mut world, probe) = changed();
    next_page(&mut world, probe, new_password_form("Change your password"), "Wrong password");
    assert_eq!((ended(&world), world.offers.len()), (vec![false], 0));
}

#[test]
fn a_later_login_in_the_same_tab_costs_no_earlier_one() {
    let mut world = World::paired();
    world.daemon.locked = true;
    let probe = world.focus(1, 0, SITE);
    world.feed(Input::Probe { probe, message: entered(&[(1, "ada"), (2, "lantern")]) });
    next_page(&mut world, probe, RawSnapshot::default(), "Welcome");
    let probe = world.focus(60, 0, SITE);
    world.feed(Input::Probe { probe, message: entered(&[(1, "bea"), (2, "quayside")]) });
    assert_eq!(world.kept.len(), 2);
    world.daemon.locked = false;
    let status = world.daemon.status();
    world.event(Event::Changed(status));
    assert_eq!(world.daemon.delivered.len(), 2);
}

#[test]
fn panels_have_no_say_in_what_they_do_not_show() {
    let (mut world, _) = submitted();
    let vault = world.panel(8, PanelKind::Vault, PanelKind::Vault, None);
    world.say(
        vault,
        FromPanel::SaveCapture { capture: CaptureId([3; 16]), item: None, username: String::new(), trusted: true },
    );
    world.say(vault, FromPanel::DropCapture { capture: CaptureId([3; 16]), trusted: true });
    let said = |call: &Method| matches!(call, Method::SaveCapture { .. } | Method::DropCapture { .. });
    assert!(!world.daemon.calls.iter().any(said));
    let popup = world.popup(9);
    assert_eq!(world.views[&popup].captures.len(), 1);
    world.say(popup, FromPanel::DropCapture { capture: CaptureId([3; 16]), trusted: true });
    assert!(world.daemon.calls.iter().any(said));
}

#[test]
fn the_vault_page_lists_what_waits_and_the_sites_that_are_never_asked_about() {
    let (mut world, _) = submitted();
    let popup = world.popup(9);
    world.say(popup, FromPanel::ShowCaptures { shown: true });
    assert_eq!(world.views[&popup].ignored, None, "only the vault page lists them");
    let vault = world.panel(8, PanelKind::Vault, PanelKind::Vault, None);
    let site = Origin::parse(SITE).unwrap();
    let again = |trusted| FromPanel::AskAgain { site: Origin::parse(SITE).unwrap(), trusted };
    world.daemon.ignored = vec![site.clone()];
    world.say(vault, again(true));
    assert_eq!(world.daemon.ignored.len(), 1, "it shows none yet");
    world.say(vault, FromPanel::ShowCaptures { shown: true });
    let lists = |world: &World| (world.views[&vault].captures.len(), world.views[&vault].ignored.clone().unwrap());
    assert_eq!(lists(&world), (1, vec![site.clone()]));

    world.say(vault, again(false));
    assert_eq!(world.daemon.ignored.len(), 1, "no person did that");
    world.say(vault, again(true));
    assert_eq!(lists(&world), (1, vec![]), "and what was captured there stays");
    world.say(vault, FromPanel::DropCapture { capture: CaptureId([3; 16]), trusted: true });
    assert_eq!(lists(&world), (0, vec![]));

    world.say(vault, FromPanel::ShowCaptures { shown: false });
    assert_eq!(world.views[&vault].ignored, None);
}

#[test]
fn never_for_this_site_holds_though_its_page_is_closed_at_once() {
    let (mut world, probe) = submitted();
    next_page(&mut world, probe, RawSnapshot::default(), "Welcome");
    let panel = open_offer(&mut world, 50);
    let message = FromPanel::IgnoreSite { capture: CaptureId([3; 16]), trusted: true };
    world.feed_all([Input::Panel { panel, message }, Input::PanelGone(panel)]);
    assert_eq!((world.daemon.ignored.len(), world.daemon.delivered.len()), (1, 0));
}

#[test]
fn what_the_vault_page_lists_is_news_to_it() {
    let mut world = World::paired();
    let vault = world.panel(8, PanelKind::Vault, PanelKind::Vault, None);
    world.say(vault, FromPanel::ShowCaptures { shown: true });
    assert!(world.views[&vault].captures.is_empty());
    let probe = world.focus(1, 0, SITE);
    world.feed(Input::Probe { probe, message: entered(&[(1, "ada"), (2, "lantern")]) });
    assert_eq!(world.views[&vault].captures.len(), 1);
    world.say(vault, FromPanel::IgnoreSite { capture: CaptureId([3; 16]), trusted: true });
    let view = &world.views[&vault];
    assert_eq!((view.captures.len(), view.ignored.as_ref().map(Vec::len)), (0, Some(1)));
}

#[test]
fn what_a_page_said_before_is_no_answer() {
    let hint = "Wrong password three times locks your account\nSign in";
    let mut world = World::paired();
    let probe = world.focus(1, 0, SITE);
    world.feed(Input::Probe { probe, message: entered_where(&[(1, "ada"), (2, "lantern")], hint) });
    world.pass(3_000);
    world.feed(Input::Probe { probe, message: judged(login_form(), hint) });
    assert!(ended(&world).is_empty(), "the page has not answered yet");
    world.feed(Input::Probe { probe, message: FromProbe::Left });
    world.feed(Input::Probe { probe, message: judged(RawSnapshot::default(), hint) });
    looks_once_more(&mut world, probe, RawSnapshot::default(), hint);
    assert_eq!((ended(&world), world.offers.len()), (vec![true], 1));
    let (mut world, probe) = submitted();
    next_page(&mut world, probe, RawSnapshot::default(), hint);
    assert_eq!((ended(&world), world.offers.len()), (vec![false], 0), "said anew");
}

#[test]
fn a_page_that_goes_before_it_showed_the_offer_costs_nothing() {
    let (mut world, probe) = submitted();
    next_page(&mut world, probe, RawSnapshot::default(), "Welcome, Ada");
    assert_eq!(world.offers.len(), 1);
    world.pass(4_100);
    assert_eq!(world.offers.len(), 2, "the next page is asked to show it");
    let offer = open_offer(&mut world, 51);
    assert_eq!(world.views[&offer].captures.len(), 1);
    world.pass(10_000);
    assert_eq!(world.offers.len(), 2, "it is shown");
}

fn compared(world: &mut World, differs: bool) {
    let of = |captured| {
        let target = CaptureTarget {
            item: login().id,
            title: "Bank".into(),
            username: "ada".into(),
            is_users: true,
            differs: true,
        };
        CaptureSummary { updates: vec![target], ..summary(captured) }
    };
    let left = differs.then(|| of(&world.daemon.delivered[0]));
    world.event(Event::Compared { capture: CaptureId([3; 16]), left });
}

#[test]
fn what_the_phone_finds_stored_already_is_not_offered() {
    let (mut world, probe) = submitted();
    compared(&mut world, false);
    world.feed(Input::ProbeGone(probe));
    world.pass(1_000);
    assert!(world.judged.is_empty() && world.offers.is_empty() && ended(&world).is_empty());
}

#[test]
fn what_the_phone_finds_to_be_another_is_offered_as_that() {
    let (mut world, probe) = submitted();
    compared(&mut world, true);
    next_page(&mut world, probe, RawSnapshot::default(), "Welcome, Ada");
    let offer = open_offer(&mut world, 50);
    let shown = &world.views[&offer].captures[0];
    assert!(shown.accepted && shown.updates[0].differs);
}

#[test]
fn an_offer_that_was_faster_than_the_phone_is_put_right() {
    let offered = || {
        let (mut world, probe) = submitted();
        next_page(&mut world, probe, RawSnapshot::default(), "Welcome, Ada");
        let offer = open_offer(&mut world, 50);
        assert!(world.views[&offer].captures[0].updates.is_empty());
        (world, offer)
    };
    let (mut world, offer) = offered();
    compared(&mut world, true);
    assert!(world.views[&offer].captures[0].updates[0].differs && world.views[&offer].captures[0].accepted);
    let (mut world, offer) = offered();
    compared(&mut world, false);
    assert!(world.views[&offer].captures.is_empty());
    assert_eq!(world.offers_ended, 1);
}

#[test]
fn what_came_of_it_is_told_again_if_the_daemon_locks_just_then() {
    let (mut world, probe) = submitted();
    world.daemon.locked = true;
    next_page(&mut world, probe, RawSnapshot::default(), "Welcome, Ada");
    assert_eq!(ended(&world), [true]);
    world.daemon.locked = false;
    let status = world.daemon.status();
    world.event(Event::Changed(status));
    assert_eq!(ended(&world), [true, true]);
    let status = world.daemon.status();
    world.event(Event::Changed(status));
    assert_eq!(ended(&world), [true, true], "it is known now");
}

#[test]
fn a_second_press_on_the_same_login_costs_nothing() {
    let (mut world, probe) = submitted();
    world.pass(600);
    world.feed(Input::Probe { probe, message: entered(&[(1, "ada"), (2, "lantern")]) });
    let order = world.daemon.calls.iter().filter_map(|method| match method {
        Method::Deliver { .. } => Some("deliver"),
        Method::CaptureEnded { accepted: false, .. } => Some("end"),
        _ => None,
    });
    assert_eq!(order.collect::<Vec<_>>(), ["deliver", "end", "deliver"], "of one value they are one capture");
}

#[test]
fn a_site_that_refuses_twice_in_the_same_words_has_refused_twice() {
    let alert = "Current password is wrong";
    let mut world = World::paired();
    let probe = world.focus(1, 0, SITE);
    world.feed(Input::Probe { probe, message: entered(&[(1, "ada"), (2, "lantern")]) });
    world.feed(Input::Probe { probe, message: judged(login_form(), alert) });
    assert_eq!(ended(&world), [false]);
    world.pass(1_000);
    world.feed(Input::Probe { probe, message: entered_where(&[(1, "ada"), (2, "lanterns")], alert) });
    world.feed(Input::Probe { probe, message: FromProbe::Left });
    world.feed(Input::Probe { probe, message: judged(RawSnapshot::default(), alert) });
    assert_eq!((ended(&world), world.offers.len()), (vec![false, false], 0));
}
