//! A server asks for user name and password by itself: what is offered, what is answered, and what is left to the browser's own dialog.
#![allow(clippy::unwrap_used, clippy::panic, reason = "test code")]

#[allow(dead_code, reason = "the other tests use more of it")]
mod world;

use countersign_engine::{AuthRequired, ChallengeId, FrameId, Input, PanelId, TabId};
use countersign_seal::{
    id::{FieldId, ItemId},
    origin::{Origin, Site},
    request::{Action, Refusal},
};
use countersign_wire::{
    item::{ItemKind, ItemSummary},
    local::{Fault, Method, Progress},
    page::FromProbe,
    panel::{FillOutcome, FromPanel, PlaceKind},
};
use world::*;

const FIRST: ChallengeId = ChallengeId(901);
const SECOND: ChallengeId = ChallengeId(902);
const THIRD: ChallengeId = ChallengeId(903);

/// A tab's document.
fn page() -> AuthRequired {
    AuthRequired {
        request: "11".into(),
        tab: TAB,
        frame: FrameId(0),
        parent: FrameId(-1),
        kind: "main_frame".into(),
        origin: Some(SITE.into()),
        initiator: None,
        scheme: "basic".into(),
        realm: Some("Staff only".into()),
        proxy: false,
        front: true,
    }
}

fn asks(world: &mut World, challenge: ChallengeId, required: AuthRequired) {
    world.feed(Input::AuthRequired { challenge, required });
}

/// What was answered: `None` while it waits, `Some(None)` if it is left to the browser.
fn answer(world: &World, challenge: ChallengeId) -> Option<Option<(String, String)>> {
    let text = |(username, password): &(String, countersign_seal::secret::SecretBytes)| {
        (username.clone(), password.expose_str().unwrap().to_owned())
    };
    world.answers.get(&challenge).map(|answer| answer.as_ref().map(text))
}

/// A question that a popup shows.
fn offered() -> (World, PanelId) {
    let mut world = World::paired();
    asks(&mut world, FIRST, page());
    let popup = world.popup(1);
    (world, popup)
}

/// The same, once the user has picked and the phone shows it.
fn asked() -> (World, PanelId) {
    let (mut world, popup) = offered();
    world.choose(popup);
    world.progress(Progress::Delivered);
    (world, popup)
}

#[test]
fn it_is_answered_after_a_pick_and_the_phones_yes() {
    let (mut world, popup) = offered();
    let view = &world.views[&popup];
    let place = view.place.as_ref().unwrap();
    assert_eq!(
        (place.kind, place.chain.origins()),
        (PlaceKind::HttpAuthentication, &[Origin::parse(SITE).unwrap()][..])
    );
    assert_eq!(view.realm.as_deref(), Some("Staff only"));
    assert_eq!(view.items, [login()]);
    assert_eq!((world.summons, answer(&world, FIRST)), (1, None));
    world.choose(popup);
    let asked = world.daemon.asked().pop().unwrap();
    let Action::Fill { item, fields, chain, sign_in, submit } = asked.action else { panic!("{:?}", asked.action) };
    assert!(!submit);
    assert_eq!((item, fields, sign_in), (login().id, vec![FieldId([2; 16])], None));
    assert_eq!(chain.origins(), [Origin::parse(SITE).unwrap()]);
    assert_eq!(answer(&world, FIRST), None, "nothing before the phone's answer");
    world.progress(Progress::Delivered);
    assert_eq!(answer(&world, FIRST), None);
    world.release();
    assert_eq!(answer(&world, FIRST), Some(Some(("ada".into(), "lantern".into()))));
    assert_eq!(world.views[&popup].request.as_ref().unwrap().filled, Some(FillOutcome::Filled));
    assert_eq!(world.summons, 0);
    assert_eq!(world.commits().len(), 0, "nothing goes into a page");
}

#[test]
fn a_worker_that_was_woken_by_it_waits_for_the_daemon() {
    let mut world = World::paired();
    assert_eq!(world.port, None);
    asks(&mut world, FIRST, page());
    assert_eq!((world.summons, answer(&world, FIRST)), (1, None));
}

#[test]
fn without_an_item_for_that_very_origin_the_browser_asks_at_once() {
    let elsewhere = |site: &str| ItemSummary { sites: vec![Site::exact(Origin::parse(site).unwrap())], ..login() };
    for item in [
        elsewhere("https://www.bank.example"),
        elsewhere("https://bank.example:8443"),
        elsewhere("http://bank.example"),
        ItemSummary { fields: vec![], ..login() },
        ItemSummary { kind: ItemKind::Card, ..login() },
    ] {
        let mut world = World::paired();
        world.daemon.items = vec![item];
        asks(&mut world, FIRST, page());
        assert_eq!((answer(&world, FIRST), world.summons), (Some(None), 0));
    }
}

#[test]
fn without_a_daemon_a_vault_or_a_pairing_the_browser_asks_at_once() {
    let mut locked = World::paired();
    locked.daemon.locked = true;
    asks(&mut locked, FIRST, page());
    assert_eq!(answer(&locked, FIRST), Some(None));
    let mut asleep = World::paired();
    asleep.daemon.asleep = true;
    asks(&mut asleep, FIRST, page());
    assert_eq!(answer(&asleep, FIRST), Some(None));
    let mut stranger = World::stranger();
    asks(&mut stranger, FIRST, page());
    assert_eq!((answer(&stranger, FIRST), stranger.port), (Some(None), None));
    let mut alone = World::paired();
    let popup = alone.popup(1);
    alone.native(countersign_wire::native::Packet::Fault(Fault::NoDaemon));
    asks(&mut alone, FIRST, page());
    assert_eq!((answer(&alone, FIRST), &alone.views[&popup].realm), (Some(None), &None));
}

#[test]
fn a_popup_that_is_open_shows_it_and_none_is_opened() {
    let mut world = World::paired();
    let popup = world.popup(1);
    asks(&mut world, FIRST, page());
    assert_eq!(world.views[&popup].realm.as_deref(), Some("Staff only"));
    assert_eq!(world.summons, 0);
}

#[test]
fn a_proxy_is_answered_nothing_and_the_daemon_hears_nothing() {
    let mut world = World::paired();
    world.popup(1);
    asks(&mut world, FIRST, AuthRequired { proxy: true, ..page() });
    assert_eq!(answer(&world, FIRST), Some(None));
    assert!(!world.daemon.calls.iter().any(|call| matches!(call, Method::Match { .. })));
}

#[test]
fn what_is_not_in_front_is_left_to_the_browser() {
    let mut world = World::paired();
    asks(&mut world, FIRST, AuthRequired { front: false, ..page() });
    assert_eq!((answer(&world, FIRST), world.summons), (Some(None), 0));
}

#[test]
fn a_part_of_another_sites_page_is_left_to_the_browser() {
    let image = || AuthRequired { kind: "image".into(), initiator: Some(SITE.into()), ..page() };
    let mut world = World::paired();
    world.frames = vec![frame(0, -1, SITE)];
    asks(&mut world, FIRST, image());
    assert_eq!((answer(&world, FIRST), world.summons), (None, 1), "a page's own picture is offered");
    for (initiator, top) in [("https://other.example", "https://other.example"), (SITE, "https://other.example")] {
        let mut world = World::paired();
        world.frames = vec![frame(0, -1, top)];
        asks(&mut world, FIRST, AuthRequired { initiator: Some(initiator.into()), ..image() });
        assert_eq!((answer(&world, FIRST), world.summons), (Some(None), 0));
    }
}

#[test]
fn a_part_is_answered_only_while_its_page_is_there() {
    let mut world = World::paired();
    world.frames = vec![frame(0, -1, SITE)];
    asks(&mut world, FIRST, AuthRequired { kind: "image".into(), initiator: Some(SITE.into()), ..page() });
    let popup = world.popup(1);
    world.choose(popup);
    world.frames = vec![frame(0, -1, "https://other.example")];
    world.release();
    assert_eq!(world.views[&popup].request.as_ref().unwrap().filled, Some(FillOutcome::PageGone));
    world.feed(Input::PanelGone(popup));
    assert_eq!(answer(&world, FIRST), Some(None));
}

#[test]
fn a_popup_that_closes_before_a_pick_leaves_it_to_the_browser() {
    let (mut world, popup) = offered();
    world.feed(Input::PanelGone(popup));
    assert_eq!((answer(&world, FIRST), world.summons), (Some(None), 0));
    assert!(world.daemon.asked().is_empty());
}

#[test]
fn the_user_may_rather_have_the_browsers_dialog() {
    let (mut world, popup) = offered();
    world.say(popup, FromPanel::Cancel);
    assert_eq!(answer(&world, FIRST), Some(None));
    let view = &world.views[&popup];
    assert_eq!((&view.place, &view.realm, view.items.len()), (&None, &None, 0));
}

#[test]
fn a_request_that_is_withdrawn_leaves_it_to_the_browser() {
    let (mut world, popup) = asked();
    world.say(popup, FromPanel::Cancel);
    assert_eq!(answer(&world, FIRST), Some(None));
    assert_eq!(world.daemon.cancelled().len(), 1);
    assert!(!world.views[&popup].request.as_ref().unwrap().again);
    world.release();
    assert_eq!(answer(&world, FIRST), Some(None), "too late");
}

#[test]
fn after_a_no_it_waits_for_another_try_or_the_popups_end() {
    let (mut world, popup) = asked();
    world.progress(Progress::Refused(Refusal::WrongNumber));
    assert_eq!(answer(&world, FIRST), None);
    assert!(world.views[&popup].request.as_ref().unwrap().again);
    world.say(popup, FromPanel::Dismiss);
    world.choose(popup);
    assert_eq!(world.daemon.asked().len(), 2);
    world.progress(Progress::Refused(Refusal::Refused));
    world.feed(Input::PanelGone(popup));
    assert_eq!(answer(&world, FIRST), Some(None));
}

#[test]
fn a_popup_that_closes_after_a_pick_leaves_the_request_with_the_phone() {
    let (mut world, popup) = asked();
    world.feed(Input::PanelGone(popup));
    assert_eq!(answer(&world, FIRST), None);
    world.pass(70_000);
    assert_eq!(answer(&world, FIRST), None, "for as long as the request lives");
    world.release();
    assert!(matches!(answer(&world, FIRST), Some(Some(_))));
}

#[test]
fn nobody_waits_for_ever() {
    let mut world = World::paired();
    asks(&mut world, FIRST, page());
    world.pass(14_000);
    assert_eq!(answer(&world, FIRST), None);
    world.pass(2_000);
    assert_eq!(answer(&world, FIRST), Some(None), "no popup opens");
    let (mut world, _) = offered();
    world.pass(59_000);
    assert_eq!(answer(&world, FIRST), None);
    world.pass(2_000);
    assert_eq!(answer(&world, FIRST), Some(None), "nobody picks");
    let (mut world, _) = asked();
    world.pass(126_000);
    assert_eq!(answer(&world, FIRST), Some(None), "nobody approves");
}

#[test]
fn what_the_browser_gave_up_is_withdrawn() {
    let (mut world, popup) = asked();
    world.feed(Input::ChallengeGone(FIRST));
    assert_eq!(world.daemon.cancelled().len(), 1);
    assert_eq!(world.views[&popup].request.as_ref().unwrap().filled, Some(FillOutcome::PageGone));
    assert_eq!(world.summons, 0);
    world.release();
    assert!(world.answers.is_empty());
}

#[test]
fn a_server_that_asks_again_is_given_nothing_more() {
    let elsewhere = AuthRequired { front: false, ..page() };
    for again in [page(), elsewhere] {
        let (mut world, popup) = asked();
        world.release();
        asks(&mut world, SECOND, again);
        assert_eq!(answer(&world, SECOND), Some(None));
        assert_eq!(world.views[&popup].request.as_ref().unwrap().filled, Some(FillOutcome::NotAccepted));
        assert_eq!(world.daemon.asked().len(), 1);
    }
}

/// Only the request that had the answer says that it was not taken.
#[test]
fn another_request_is_no_refusal() {
    let (mut world, popup) = asked();
    world.release();
    asks(&mut world, SECOND, AuthRequired { request: "12".into(), ..page() });
    assert_eq!(answer(&world, SECOND), None, "it is offered");
    assert_eq!(world.views[&popup].request.as_ref().unwrap().filled, Some(FillOutcome::Filled));
    asks(&mut world, THIRD, page());
    assert_eq!(answer(&world, THIRD), Some(None));
    assert_eq!(world.views[&popup].request.as_ref().unwrap().filled, Some(FillOutcome::NotAccepted));
}

#[test]
fn after_a_refusal_the_next_visit_is_offered_again() {
    let (mut world, _) = asked();
    world.release();
    asks(&mut world, SECOND, page());
    asks(&mut world, THIRD, AuthRequired { request: "13".into(), ..page() });
    assert_eq!(answer(&world, THIRD), None);
    // In the same visit the browser has asked, and its user was wrong.
    let mut world = offered().0;
    world.feed(Input::ChallengeGone(FIRST));
    asks(&mut world, SECOND, page());
    assert_eq!(answer(&world, SECOND), Some(None));
}

#[test]
fn another_realm_or_tab_is_another_question() {
    for other in [
        AuthRequired { request: "12".into(), realm: Some("Attic".into()), ..page() },
        AuthRequired { request: "12".into(), tab: TabId(8), ..page() },
    ] {
        let (mut world, _) = asked();
        world.release();
        asks(&mut world, SECOND, other);
        assert_eq!(answer(&world, SECOND), None);
    }
}

#[test]
fn one_is_offered_at_a_time_and_none_beside_a_request() {
    let (mut world, popup) = offered();
    asks(&mut world, SECOND, AuthRequired { request: "12".into(), realm: Some("Attic".into()), ..page() });
    assert_eq!(answer(&world, SECOND), Some(None));
    assert_eq!(world.views[&popup].realm.as_deref(), Some("Staff only"));
    let (mut world, _, _) = World::waiting();
    asks(&mut world, FIRST, page());
    assert_eq!(answer(&world, FIRST), Some(None));
}

#[test]
fn only_a_popup_about_that_tab_shows_it() {
    let mut world = World::paired();
    asks(&mut world, FIRST, AuthRequired { tab: TabId(8), ..page() });
    let popup = world.popup(1);
    let probe = world.focus(1, 0, SITE);
    let chooser = world.chooser(probe, 2);
    for panel in [popup, chooser] {
        assert_eq!(world.views[&panel].realm, None);
        assert_eq!(world.views[&panel].place.as_ref().unwrap().kind, PlaceKind::Login);
    }
    world.say(chooser, FromPanel::Cancel);
    assert_eq!(answer(&world, FIRST), None);
}

#[test]
fn an_untrusted_pick_and_a_strange_item_do_nothing() {
    let (mut world, popup) = offered();
    world.say(popup, FromPanel::Choose { item: login().id, trusted: false, in_sight: true });
    world.say(popup, FromPanel::Choose { item: ItemId([9; 16]), trusted: true, in_sight: true });
    assert!(world.daemon.asked().is_empty());
}

#[test]
fn a_form_of_the_page_before_does_not_take_the_pick() {
    let mut world = World::paired();
    let probe = world.focus(1, 0, SITE);
    asks(&mut world, FIRST, page());
    let popup = world.popup(1);
    let view = &world.views[&popup];
    assert_eq!((view.place.as_ref().unwrap().kind, view.has_form), (PlaceKind::HttpAuthentication, false));
    world.choose(popup);
    // The page before goes, as it may at any time.
    world.feed(Input::Probe { probe, message: FromProbe::Lost });
    world.feed(Input::ProbeGone(probe));
    world.release();
    assert!(matches!(answer(&world, FIRST), Some(Some(_))));
    assert_eq!(world.commits().len(), 0);
}

#[test]
fn a_session_that_breaks_off_leaves_it_to_the_browser_once_the_popup_closes() {
    let (mut world, popup) = asked();
    world.host_dies();
    assert_eq!(world.views[&popup].request.as_ref().unwrap().filled, Some(FillOutcome::Interrupted));
    world.feed(Input::PanelGone(popup));
    assert_eq!(answer(&world, FIRST), Some(None));
}

/// Who opens a tab sees when its document comes: held back for a login, and at once without one.
#[test]
fn a_page_that_sends_a_tab_to_another_site_does_not_learn_of_logins_there() {
    for initiator in ["https://other.example", "null"] {
        for has_login in [true, false] {
            let mut world = World::paired();
            if !has_login {
                world.daemon.items.clear();
            }
            asks(&mut world, FIRST, AuthRequired { initiator: Some(initiator.into()), ..page() });
            assert_eq!(answer(&world, FIRST), Some(None), "{initiator} {has_login}");
        }
    }
    let mut world = World::paired();
    asks(&mut world, FIRST, AuthRequired { initiator: Some(SITE.into()), ..page() });
    assert_eq!(answer(&world, FIRST), None, "a link of its own page is offered");
}

/// A picture in a page's own frame.
fn image(request: &str, frame: i64) -> AuthRequired {
    let initiator = Some(SITE.into());
    AuthRequired { request: request.into(), kind: "image".into(), frame: FrameId(frame), initiator, ..page() }
}

/// Two pictures of one page: what a popup shows is for both.
fn album() -> (World, PanelId) {
    let mut world = World::paired();
    world.frames = vec![frame(0, -1, SITE), frame(4, 0, SITE)];
    asks(&mut world, FIRST, image("11", 4));
    asks(&mut world, SECOND, image("12", 0));
    let popup = world.popup(1);
    (world, popup)
}

fn login_given() -> Option<Option<(String, String)>> {
    Some(Some(("ada".into(), "lantern".into())))
}

#[test]
fn pictures_of_one_page_have_one_answer() {
    let (mut world, popup) = album();
    assert_eq!((answer(&world, FIRST), answer(&world, SECOND), world.summons), (None, None, 1));
    world.choose(popup);
    // One more, while the phone is asked.
    asks(&mut world, THIRD, image("13", 0));
    assert_eq!(answer(&world, THIRD), None);
    world.release();
    for picture in [FIRST, SECOND, THIRD] {
        assert_eq!(answer(&world, picture), login_given(), "{picture:?}");
    }
    assert_eq!((world.daemon.asked().len(), world.summons), (1, 0));
    assert_eq!(world.views[&popup].request.as_ref().unwrap().filled, Some(FillOutcome::Filled));
}

#[test]
fn any_picture_that_asks_again_says_that_the_server_did_not_take_it() {
    for again in ["11", "12"] {
        let (mut world, popup) = album();
        world.choose(popup);
        world.release();
        asks(&mut world, THIRD, image(again, 0));
        assert_eq!(answer(&world, THIRD), Some(None));
        assert_eq!(world.views[&popup].request.as_ref().unwrap().filled, Some(FillOutcome::NotAccepted));
    }
}

#[test]
fn what_ends_the_offer_leaves_all_pictures_to_the_browser() {
    let ends: [fn(&mut World, PanelId); 4] = [
        |world, popup| world.say(popup, FromPanel::Cancel),
        |world, popup| world.feed(Input::PanelGone(popup)),
        |world, _| world.pass(61_000),
        |world, popup| {
            world.choose(popup);
            world.say(popup, FromPanel::Cancel);
        },
    ];
    for end in ends {
        let (mut world, popup) = album();
        end(&mut world, popup);
        assert_eq!((answer(&world, FIRST), answer(&world, SECOND), world.summons), (Some(None), Some(None), 0));
    }
    let mut world = World::paired();
    world.daemon.items.clear();
    world.frames = vec![frame(0, -1, SITE)];
    world.hold_frames = true;
    asks(&mut world, FIRST, image("11", 0));
    asks(&mut world, SECOND, image("12", 0));
    world.release_frames();
    assert_eq!((answer(&world, FIRST), answer(&world, SECOND)), (Some(None), Some(None)), "no item");
}

/// The user picks for the place, not for a picture.
#[test]
fn the_offer_stays_while_any_picture_waits() {
    let (mut world, popup) = album();
    world.feed(Input::ChallengeGone(FIRST));
    assert_eq!(world.views[&popup].realm.as_deref(), Some("Staff only"));
    world.choose(popup);
    world.release();
    assert_eq!((answer(&world, FIRST), answer(&world, SECOND)), (None, login_given()));
    let (mut world, popup) = album();
    world.choose(popup);
    world.feed(Input::ChallengeGone(SECOND));
    assert!(world.daemon.cancelled().is_empty());
    world.feed(Input::ChallengeGone(FIRST));
    assert_eq!((world.daemon.cancelled().len(), world.summons), (1, 0));
    assert_eq!(world.views[&popup].request.as_ref().unwrap().filled, Some(FillOutcome::PageGone));
    assert!(world.answers.is_empty());
}

#[test]
fn a_picture_elsewhere_does_not_wait_with_those_of_the_page() {
    let (mut world, popup) = offered();
    world.frames = vec![frame(0, -1, SITE), frame(5, 0, "https://other.example"), frame(6, 5, SITE)];
    asks(&mut world, SECOND, image("12", 6));
    assert_eq!((answer(&world, FIRST), answer(&world, SECOND)), (None, Some(None)));
    // The first to ask may be the one.
    let mut other = World::paired();
    other.frames = world.frames.clone();
    other.hold_frames = true;
    asks(&mut other, FIRST, image("11", 6));
    asks(&mut other, SECOND, image("12", 0));
    other.release_frames();
    assert_eq!((answer(&other, FIRST), answer(&other, SECOND), other.summons), (Some(None), None, 1));
    world.choose(popup);
    world.release();
    assert_eq!(answer(&world, FIRST), login_given());
}

#[test]
fn each_picture_is_answered_only_while_its_page_is_there() {
    let (mut world, popup) = album();
    world.choose(popup);
    world.frames.pop();
    world.release();
    assert_eq!((answer(&world, FIRST), answer(&world, SECOND)), (Some(None), login_given()));
    assert_eq!(world.views[&popup].request.as_ref().unwrap().filled, Some(FillOutcome::Filled));
}

#[test]
fn so_many_pictures_wait_and_no_more() {
    let (mut world, _) = album();
    for number in 3..=17 {
        asks(&mut world, ChallengeId(number), image(&format!("r{number}"), 0));
    }
    assert_eq!(answer(&world, ChallengeId(16)), None);
    assert_eq!(answer(&world, ChallengeId(17)), Some(None));
}

#[test]
fn a_picture_of_a_tab_behind_or_of_another_tab_does_not_wait() {
    for other in [
        AuthRequired { front: false, ..image("13", 0) },
        AuthRequired { tab: TabId(8), ..image("13", 0) },
        AuthRequired { realm: Some("Attic".into()), ..image("13", 0) },
        image("12", 0),
    ] {
        let (mut world, _) = album();
        asks(&mut world, THIRD, other);
        assert_eq!((answer(&world, FIRST), answer(&world, THIRD)), (None, Some(None)));
    }
}
