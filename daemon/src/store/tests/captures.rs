//! Captures: sealed at once, compared in memory only, and lost by nothing.

use super::*;
use crate::store::captures::{CAPTURE_LIMIT, SITE_LIMIT, UPDATE_LIMIT};
use countersign_seal::{id::CaptureId, origin::OriginChain};
use countersign_vault::generator::{CharacterSet, PasswordRecipe, PinRecipe, Recipe};
use countersign_wire::capture::{CaptureSource, CaptureSummary, Captured, PASSWORD_LIMIT, USERNAME_LIMIT};
use std::collections::HashSet;

const HOST: &str = "example.com";
const DAY: u64 = 24 * 60 * 60 * 1000;

fn chain(hosts: &[&str]) -> OriginChain {
    OriginChain::new(hosts.iter().map(|host| origin(&format!("https://{host}"))).collect()).unwrap()
}

fn captured(username: &str, password: &str) -> Captured {
    let (username, password) = (username.into(), secret(password));
    Captured { chain: chain(&[HOST]), username, password, present: None, at: now() }
}

async fn capture(open: &mut OpenStore, username: &str, password: &str) -> CaptureSummary {
    open.capture(captured(username, password)).await.unwrap().unwrap()
}

fn listed(open: &OpenStore) -> Vec<CaptureId> {
    open.captures(&chain(&[HOST])).unwrap().iter().map(|capture| capture.id).collect()
}

fn recipe() -> Recipe {
    let (length, allowed) = (20, CharacterSet::DIGITS);
    Recipe::Password(PasswordRecipe {
        length,
        allowed,
        required: vec![],
        max_consecutive: None,
        avoid_look_alikes: false,
    })
}

/// The current value of an item's first field, by the phone's answer if it is sealed.
async fn opened(open: &mut OpenStore, item: &ItemSummary) -> SecretBytes {
    let field = item.fields[0].id;
    if item.fields[0].guard == Guard::NotSealed {
        return value(open, item.id, field).await;
    }
    let key = approve(open, item.id, field).await;
    open.open_fields(item.id, &[key]).await.unwrap().remove(0).value
}

#[tokio::test]
async fn a_capture_is_sealed_at_once_and_saved_as_a_new_item() {
    let dir = tempfile::tempdir().unwrap();
    let mut open = new(dir.path()).await;
    pair_phone(&mut open).await;
    let kept = capture(&mut open, " me ", "hunter2-hunter2").await;
    assert_eq!((kept.username.as_str(), kept.source, kept.accepted), ("me", CaptureSource::Submitted, false));
    assert!(kept.updates.is_empty() && open.is_sealed() && open.count() == 0);
    assert!(!holds(&raw(dir.path()), b"hunter2-hunter2") && !holds(&raw(dir.path()), HOST.as_bytes()));

    let mut open = restart(open, dir.path()).await;
    assert_eq!(open.captures(&chain(&[HOST])).unwrap(), core::slice::from_ref(&kept));
    assert!(open.captures(&chain(&["other.example.com"])).unwrap().is_empty());
    let item = open.save_capture(kept.id, None, "renamed").await.unwrap();
    assert_eq!((item.title.as_str(), item.username.as_str()), (HOST, "renamed"));
    assert_eq!(
        (item.sites.as_slice(), item.waiting.is_some()),
        (&[Site::exact(origin("https://example.com"))][..], false)
    );
    assert!(listed(&open).is_empty());
    assert!(matches!(open.save_capture(kept.id, None, "me").await, Err(Error::NoSuchCapture)));
    let mut open = restart(open, dir.path()).await;
    assert!(listed(&open).is_empty());
    assert_eq!(opened(&mut open, &item).await, secret("hunter2-hunter2"));
}

#[tokio::test]
async fn an_update_keeps_the_old_value_and_takes_an_item_that_changed_meanwhile() {
    let dir = tempfile::tempdir().unwrap();
    let mut open = new(dir.path()).await;
    pair_phone(&mut open).await;
    let item = open.add(login("Example", HOST, "Me", "first")).await.unwrap();
    let mut open = restart(open, dir.path()).await;
    let kept = capture(&mut open, "me", "third").await;
    let [target] = kept.updates.as_slice() else { panic!("{kept:?}") };
    assert_eq!((target.item, target.title.as_str(), target.differs), (item.id, "Example", false));
    // Meanwhile it gets another value, and another title that waits for the phone.
    let mut edit = new_value(&item, "second");
    edit.metadata.title = "Renamed".into();
    open.edit(item.id, edit).await.unwrap();
    let saved = open.save_capture(kept.id, Some(item.id), "").await.unwrap();
    assert!(saved.waiting.is_some() && saved.username == "Me");
    assert_eq!(opened(&mut open, &saved).await, secret("third"));
    let read = open.read(item.id).await.unwrap();
    assert_eq!(read.fields[0].history().len(), 2);
    // Only what it proposes to is updated.
    let other = open.add(login("Other", "other.example.com", "me", "x")).await.unwrap();
    let kept = capture(&mut open, "me", "fourth").await;
    assert!(matches!(open.save_capture(kept.id, Some(other.id), "").await, Err(Error::NoSuchItem)));
    open.remove(item.id).await.unwrap();
    assert!(matches!(open.save_capture(kept.id, Some(item.id), "").await, Err(Error::NoSuchItem)));
    let left = open.captures(&chain(&[HOST])).unwrap();
    assert_eq!((left[0].id, left[0].updates.len()), (kept.id, 0));
    assert!(open.save_capture(kept.id, None, "me").await.is_ok());
}

#[tokio::test]
async fn what_is_known_to_be_stored_is_not_captured() {
    let dir = tempfile::tempdir().unwrap();
    let mut open = new(dir.path()).await;
    pair_phone(&mut open).await;
    let item = open.add(login("Example", HOST, "me", "first")).await.unwrap();
    // Just saved: known. By that user's name, in any case, or by none.
    for username in ["me", "ME", ""] {
        assert!(open.capture(captured(username, "first")).await.unwrap().is_none(), "{username}");
    }
    // Of another user it is another login; nothing would change in the item.
    let other = capture(&mut open, "you", "first").await;
    assert!(other.updates.is_empty());
    let differs = capture(&mut open, "me", "second").await;
    assert!(differs.updates[0].differs);

    // After a restart nobody knows; the page asks neutrally.
    let mut open = restart(open, dir.path()).await;
    assert!(!open.captures(&chain(&[HOST])).unwrap().iter().any(|kept| kept.updates.iter().any(|one| one.differs)));
    assert!(!capture(&mut open, "me", "first").await.updates[0].differs);
    // A release makes it known.
    let key = approve(&open, item.id, item.fields[0].id).await;
    open.release_fields(item.id, &[key]).await.unwrap();
    assert!(open.capture(captured("me", "first")).await.unwrap().is_none());
    // So does saving what was captured.
    let kept = capture(&mut open, "me", "second").await;
    open.save_capture(kept.id, Some(item.id), "").await.unwrap();
    assert!(open.capture(captured("me", "second")).await.unwrap().is_none());
    assert!(capture(&mut open, "me", "first").await.updates[0].differs);
}

#[tokio::test]
async fn before_the_first_phone_stored_values_are_looked_at() {
    let dir = tempfile::tempdir().unwrap();
    let mut open = new(dir.path()).await;
    open.add(login("Example", HOST, "me", "first")).await.unwrap();
    let mut open = restart(open, dir.path()).await;
    assert!(open.capture(captured("me", "first")).await.unwrap().is_none());
    assert!(capture(&mut open, "me", "second").await.updates[0].differs);
}

#[tokio::test]
async fn the_likeliest_items_come_first() {
    let dir = tempfile::tempdir().unwrap();
    let mut open = new(dir.path()).await;
    for n in 0..7 {
        open.add(login(&format!("Item {n}"), HOST, &format!("user {n}"), &format!("password {n}"))).await.unwrap();
    }
    let titles = |kept: &CaptureSummary| kept.updates.iter().map(|one| one.title.clone()).collect::<Vec<_>>();
    let named = capture(&mut open, "USER 6", "new").await;
    assert_eq!(titles(&named), ["Item 6", "Item 0", "Item 1", "Item 2", "Item 3"]);
    assert_eq!(named.updates.len(), UPDATE_LIMIT);
    assert_eq!(named.updates.iter().map(|one| one.is_users).collect::<Vec<_>>(), [true, false, false, false, false]);
    let with_present = Captured { present: Some(secret("password 5")), ..captured("user 6", "newer") };
    let kept = open.capture(with_present).await.unwrap().unwrap();
    assert_eq!(titles(&kept)[..2], ["Item 5", "Item 6"]);
    // What two items have tells nothing.
    open.add(login("Twin", HOST, "twin", "password 5")).await.unwrap();
    let with_present = Captured { present: Some(secret("password 5")), ..captured("user 6", "newest") };
    let kept = open.capture(with_present).await.unwrap().unwrap();
    assert_eq!(titles(&kept)[..2], ["Item 6", "Item 0"]);
}

#[tokio::test]
async fn a_newer_capture_takes_the_place_of_one_that_nobody_needs() {
    let dir = tempfile::tempdir().unwrap();
    let mut open = new(dir.path()).await;
    let first = capture(&mut open, "me", "first").await;
    let second = capture(&mut open, "Me", "second").await;
    assert_eq!(listed(&open), [second.id]);
    let other = capture(&mut open, "you", "other").await;
    assert_eq!(listed(&open).len(), 2);
    assert!(matches!(open.end_capture(first.id, true).await, Err(Error::NoSuchCapture)));
    // What the site took is not lost for what it may not take.
    open.end_capture(second.id, true).await.unwrap();
    let third = capture(&mut open, "me", "third").await;
    assert_eq!(listed(&open).len(), 3);
    open.end_capture(third.id, false).await.unwrap();
    open.end_capture(second.id, false).await.unwrap();
    let mut left = listed(&open);
    left.sort_unstable();
    let mut expected = [second.id, other.id];
    expected.sort_unstable();
    assert_eq!(left, expected);
    // What it is said to take later takes the place once it is saved: a browser may be wrong.
    let fourth = capture(&mut open, "me", "fourth").await;
    open.end_capture(fourth.id, true).await.unwrap();
    assert!([fourth.id, second.id].iter().all(|id| listed(&open).contains(id)));
    let fifth = capture(&mut open, "me", "fifth").await;
    open.end_capture(fifth.id, true).await.unwrap();
    open.save_capture(fourth.id, None, "me").await.unwrap();
    let left: HashSet<CaptureId> = listed(&open).into_iter().collect();
    assert_eq!(left, HashSet::from([fifth.id, other.id]), "what came after it stays");
    open.drop_capture(fifth.id).await.unwrap();
    let fourth = capture(&mut open, "me", "again").await;
    open.end_capture(fourth.id, true).await.unwrap();
    // The same once more is the same.
    let again = capture(&mut open, "me", "again").await;
    assert_eq!((again.id, again.accepted), (fourth.id, true));
    open.drop_capture(fourth.id).await.unwrap();
    assert_eq!(listed(&open), [other.id]);
}

#[tokio::test]
async fn a_generated_secret_is_stored_before_anybody_has_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut open = new(dir.path()).await;
    pair_phone(&mut open).await;
    let (made, value) = open.generate(&chain(&[HOST]), "", &recipe()).await.unwrap();
    assert_eq!((made.source, value.expose().len()), (CaptureSource::Generated, 20));
    assert!(open.is_sealed() && !holds(&raw(dir.path()), value.expose()));
    // Given to the page, it is the same capture, which has a user name then; and a site that does not take it takes it from nobody.
    let mut given = captured("me", "");
    given.password = value.clone();
    let same = open.capture(given).await.unwrap().unwrap();
    assert_eq!((same.id, same.source, same.username.as_str()), (made.id, CaptureSource::Generated, "me"));
    let other = capture(&mut open, "me", "other").await;
    open.end_capture(made.id, false).await.unwrap();
    open.end_capture(other.id, true).await.unwrap();
    assert_eq!(listed(&open).len(), 2);
    let mut open = restart(open, dir.path()).await;
    let item = open.save_capture(made.id, None, "me").await.unwrap();
    assert_eq!(opened(&mut open, &item).await, value);

    let impossible = Recipe::Pin(PinRecipe { digits: 0 });
    let error = open.generate(&chain(&[HOST]), "", &impossible).await.unwrap_err();
    assert_eq!((error.fault(), listed(&open)), (Fault::InvalidRecipe, vec![other.id]));
}

#[tokio::test]
async fn what_was_made_and_never_submitted_updates_nothing_after_a_later_change() {
    let dir = tempfile::tempdir().unwrap();
    let mut open = new(dir.path()).await;
    pair_phone(&mut open).await;
    let item = open.add(login("Bank", HOST, "me", "old-password")).await.unwrap();
    let (made, _) = open.generate(&chain(&[HOST]), "me", &recipe()).await.unwrap();
    let (others, _) = open.generate(&chain(&[HOST]), "you", &recipe()).await.unwrap();
    assert_eq!((made.updates.len(), others.updates.len()), (1, 1));
    let updates = |open: &OpenStore, of: CaptureId| {
        let all = open.captures(&chain(&[HOST])).unwrap();
        all.iter().find(|capture| capture.id == of).unwrap().updates.len()
    };

    // The user gave up and typed one of their own.
    let typed = capture(&mut open, "ME", "typed-by-hand").await;
    assert_eq!(updates(&open, made.id), 1, "nobody knows yet what the site takes");
    open.end_capture(typed.id, true).await.unwrap();
    assert_eq!((updates(&open, made.id), updates(&open, typed.id), updates(&open, others.id)), (0, 1, 1));
    let mut open = restart(open, dir.path()).await;
    assert_eq!((updates(&open, made.id), updates(&open, others.id)), (0, 1));

    // What is made later is no older.
    let (later, _) = open.generate(&chain(&[HOST]), "me", &recipe()).await.unwrap();
    open.end_capture(typed.id, true).await.unwrap();
    assert_eq!(updates(&open, later.id), 1);

    // Nothing is lost: it becomes an item of its own.
    let saved = open.save_capture(made.id, None, "me").await.unwrap();
    assert_ne!(saved.id, item.id);
}

#[tokio::test]
async fn what_is_saved_outdates_what_was_made_before_it() {
    let dir = tempfile::tempdir().unwrap();
    let mut open = new(dir.path()).await;
    pair_phone(&mut open).await;
    let item = open.add(login("Bank", HOST, "me", "old-password")).await.unwrap();
    // A page for a new password may ask for no user name.
    let (made, _) = open.generate(&chain(&[HOST]), "", &recipe()).await.unwrap();
    let typed = capture(&mut open, "me", "typed-by-hand").await;
    open.save_capture(typed.id, Some(item.id), "me").await.unwrap();
    let left = |open: &OpenStore| {
        let left = open.captures(&chain(&[HOST])).unwrap();
        left.iter().map(|capture| (capture.id, capture.updates.len())).collect::<Vec<_>>()
    };
    assert_eq!(left(&open), [(made.id, 0)]);
    assert_eq!(left(&restart(open, dir.path()).await), [(made.id, 0)]);
}

#[tokio::test]
async fn foreign_frames_ignored_sites_and_what_is_no_login_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let mut open = new(dir.path()).await;
    let framed = || chain(&[HOST, "frame.example.com"]);
    let foreign = Captured { chain: framed(), ..captured("me", "x") };
    assert_eq!(open.capture(foreign).await.unwrap_err().fault(), Fault::OtherSite);
    assert!(matches!(open.generate(&framed(), "", &recipe()).await, Err(Error::OtherSite)));
    assert!(matches!(open.captures(&framed()), Err(Error::OtherSite)));
    let long = "x".repeat(PASSWORD_LIMIT + 1);
    let name = "x".repeat(USERNAME_LIMIT + 1);
    let present = Captured { present: Some(secret(&long)), ..captured("me", "x") };
    for (capture, fault) in [
        (captured("me", &long), Fault::Malformed),
        (captured(&name, "x"), Fault::Malformed),
        (present, Fault::Malformed),
        (captured("me", ""), Fault::InvalidDraft),
        (captured("me", "two\nlines"), Fault::InvalidDraft),
        (captured("m\u{202e}e", "x"), Fault::InvalidDraft),
    ] {
        assert_eq!(open.capture(capture).await.unwrap_err().fault(), fault);
    }
    let site = origin("https://example.com");
    open.ignore_site(site.clone(), true).await.unwrap();
    open.ignore_site(site.clone(), true).await.unwrap();
    assert!(open.capture(captured("me", "x")).await.unwrap().is_none());
    assert!(!holds(&raw(dir.path()), HOST.as_bytes()));
    let mut open = restart(open, dir.path()).await;
    assert_eq!(open.ignored_sites(), core::slice::from_ref(&site));
    assert!(open.capture(captured("me", "x")).await.unwrap().is_none() && listed(&open).is_empty());
    // What waited before is not lost by that.
    open.ignore_site(site.clone(), false).await.unwrap();
    let waits = capture(&mut open, "other", "y").await;
    open.ignore_site(site.clone(), true).await.unwrap();
    let mut open = restart(open, dir.path()).await;
    assert!(open.capture(captured("me", "x")).await.unwrap().is_none());
    assert_eq!(listed(&open), [waits.id]);
    open.drop_capture(waits.id).await.unwrap();
    // A secret that the user asks for is made and kept all the same.
    open.generate(&chain(&[HOST]), "", &recipe()).await.unwrap();
    open.ignore_site(site, false).await.unwrap();
    let mut open = restart(open, dir.path()).await;
    assert!(open.ignored_sites().is_empty());
    assert!(open.capture(captured("me", "x")).await.unwrap().is_some());
}

#[tokio::test]
async fn the_first_pairing_seals_what_is_captured_and_leaves_no_old_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let mut open = new(dir.path()).await;
    let item = open.add(login("Example", HOST, "me", "first")).await.unwrap();
    let gone = open.add(login("Gone", HOST, "gone", "x")).await.unwrap();
    let kept = capture(&mut open, "me", "second").await;
    let (made, value) = open.generate(&chain(&["other.example.com"]), "", &recipe()).await.unwrap();
    let rows = async |open: &OpenStore| -> Vec<Vec<u8>> {
        let mut connection = open.store.0.connection.lock().await;
        let query = "SELECT data FROM secrets WHERE name LIKE 'captures/%'";
        sqlx::query_scalar(query).fetch_all(&mut *connection).await.unwrap()
    };
    let old = rows(&open).await;
    assert!(old.len() == 2 && old.iter().all(|row| holds(&raw(dir.path()), &row[..32])));
    open.remove(gone.id).await.unwrap();
    pair_phone(&mut open).await;
    assert!(!open.is_sealed());
    // Two items, two captures, and what one of those proposes to both items.
    assert_eq!(open.seal_everything().await.unwrap().values, 6);
    assert!(open.is_sealed());
    let left = raw(dir.path());
    assert!(!old.iter().flat_map(|row| row.chunks_exact(32)).any(|part| holds(&left, part)));

    let mut open = restart(open, dir.path()).await;
    assert!(open.is_sealed());
    let saved = open.save_capture(kept.id, Some(item.id), "").await.unwrap();
    assert_eq!((saved.fields[0].guard, saved.waiting.is_some()), (Guard::Sealed, false));
    assert_eq!(opened(&mut open, &saved).await, secret("second"));
    let saved = open.save_capture(made.id, None, "me").await.unwrap();
    assert_eq!(opened(&mut open, &saved).await, value);
}

#[tokio::test]
async fn captures_expire_and_are_limited() {
    let dir = tempfile::tempdir().unwrap();
    let mut open = new(dir.path()).await;
    let mut ids = Vec::new();
    let elsewhere = |n: usize| chain(&[&format!("site{n}.example")]);
    for n in 0..CAPTURE_LIMIT {
        let place = if n < SITE_LIMIT { chain(&[HOST]) } else { elsewhere(n / SITE_LIMIT) };
        let captured = Captured { chain: place, ..captured(&format!("user {n}"), "x") };
        ids.push(open.capture(captured).await.unwrap().unwrap().id);
    }
    let more = |n| Captured { chain: elsewhere(n), ..captured("one more", "x") };
    assert_eq!(open.capture(more(99)).await.unwrap_err().fault(), Fault::TooManyCaptures);
    assert!(matches!(open.generate(&elsewhere(99), "g", &recipe()).await, Err(Error::TooManyCaptures)));
    assert_eq!(listed(&open).len(), SITE_LIMIT);
    // One that is captured anew needs no room, and one whose time is over makes some.
    capture(&mut open, "user 0", "y").await;
    open.let_expire(ids[1], UnixMillis(now().0 - 60_000)).await;
    assert!(!listed(&open).contains(&ids[1]));
    open.capture(more(99)).await.unwrap().unwrap();

    open.let_expire(ids[2], UnixMillis(now().0 + 2 * DAY)).await;
    open.let_expire(ids[3], UnixMillis(now().0 - 60_000)).await;
    let open = restart(open, dir.path()).await;
    let mut connection = open.store.0.connection.lock().await;
    let query = "SELECT count(*) FROM secrets WHERE name LIKE 'captures/%'";
    let rows: i64 = sqlx::query_scalar(query).fetch_one(&mut *connection).await.unwrap();
    drop(connection);
    assert_eq!(usize::try_from(rows).unwrap(), CAPTURE_LIMIT - 1);
    assert!(listed(&open).contains(&ids[2]) && !listed(&open).contains(&ids[3]));
}

#[tokio::test]
async fn a_page_crowds_out_its_own_oldest_and_no_others() {
    let dir = tempfile::tempdir().unwrap();
    let mut open = new(dir.path()).await;
    let other = Captured { chain: chain(&["other.example"]), ..captured("me", "x") };
    let other = open.capture(other).await.unwrap().unwrap();
    let made = open.generate(&chain(&[HOST]), "g", &recipe()).await.unwrap().0;
    let taken = capture(&mut open, "taken", "x").await;
    open.end_capture(taken.id, true).await.unwrap();
    for n in 0..SITE_LIMIT + 5 {
        capture(&mut open, &format!("user {n}"), "x").await;
    }
    let kept = listed(&open);
    assert_eq!(kept.len(), SITE_LIMIT);
    assert!(kept.contains(&made.id) && kept.contains(&taken.id));
    assert_eq!(open.captures(&chain(&["other.example"])).unwrap()[0].id, other.id);
}

#[tokio::test]
async fn a_page_that_guesses_is_told_nothing_after_three_tries() {
    let dir = tempfile::tempdir().unwrap();
    let mut open = new(dir.path()).await;
    open.add(login("Example", HOST, "me", "right")).await.unwrap();
    for guess in ["a", "b", "c"] {
        assert!(capture(&mut open, "me", guess).await.updates[0].differs);
    }
    let neutral = capture(&mut open, "ME ", "right").await;
    assert!(!neutral.updates[0].differs, "neither that it is another, nor that it is the same");
    // What was tried is told as before, and another user's is too.
    assert!(capture(&mut open, "me", "a").await.updates[0].differs);
    open.add(login("Second", HOST, "you", "left")).await.unwrap();
    assert!(open.capture(captured("you", "left")).await.unwrap().is_none());
}

#[tokio::test]
async fn a_phone_is_asked_what_it_answers_and_what_tells_something() {
    let dir = tempfile::tempdir().unwrap();
    let mut open = new(dir.path()).await;
    open.add(login("Plain", HOST, "me", "right")).await.unwrap();
    let mut guarded = login("With PIN", "guarded.example", "me", "right");
    guarded.metadata.policy.verify_user = true;
    open.add(guarded).await.unwrap();
    for user in ["one", "two"] {
        open.add(login(user, "two.example", user, "right")).await.unwrap();
    }
    pair_phone(&mut open).await;
    open.seal_everything().await.unwrap();
    // What was known of the values goes with that.
    let mut open = restart(open, dir.path()).await;
    for (host, user, is_asked) in [
        (HOST, "me", true),
        (HOST, "", true),
        ("guarded.example", "me", false),
        ("two.example", "two", true),
        ("two.example", "", false),
    ] {
        let given = Captured { chain: chain(&[host]), ..captured(user, &format!("given {host}")) };
        let kept = open.capture(given).await.unwrap().unwrap();
        assert_eq!(open.comparison(kept.id).await.unwrap().is_some(), is_asked, "{host} {user}");
    }
}

#[tokio::test]
async fn another_host_of_the_domain_gives_no_more_guesses() {
    let dir = tempfile::tempdir().unwrap();
    let mut open = new(dir.path()).await;
    let mut example = login("Example", "example.org", "me", "right");
    let rule = SiteRule::Domain { domain: "example.org".into() };
    example.metadata.sites = vec![Site { origin: origin("https://example.org"), rule }];
    open.add(example).await.unwrap();
    let mut told = 0;
    for host in ["a.example.org", "b.example.org", "c.example.org", "d.example.org", "e.example.org"] {
        let given = Captured { chain: chain(&[host]), ..captured("me", host) };
        let kept = open.capture(given).await.unwrap().unwrap();
        told += kept.updates.iter().filter(|update| update.differs).count();
    }
    assert_eq!(told, 3);
}

#[tokio::test]
async fn a_clock_that_leaps_ahead_lets_none_expire() {
    let dir = tempfile::tempdir().unwrap();
    let mut open = new(dir.path()).await;
    let kept = capture(&mut open, "me", "x").await;
    // The store was opened last, for all that it knows, ten days before what the clock says now.
    last_seen(&open, 10, None).await;
    open.let_expire(kept.id, UnixMillis(now().0 - DAY)).await;
    let open = restart(open, dir.path()).await;
    assert_eq!(listed(&open), [kept.id]);
}

#[tokio::test]
async fn a_damaged_row_keeps_nobody_from_the_others() {
    let dir = tempfile::tempdir().unwrap();
    let mut open = new(dir.path()).await;
    let (one, two) = (capture(&mut open, "one", "x").await, capture(&mut open, "two", "x").await);
    let name = "SELECT name FROM secrets WHERE name LIKE 'captures/%' LIMIT 1";
    let mut connection = open.store.0.connection.lock().await;
    let name: String = sqlx::query_scalar(name).fetch_one(&mut *connection).await.unwrap();
    let damage = "UPDATE secrets SET data = zeroblob(length(data)) WHERE name = ?";
    sqlx::query(damage).bind(&name).execute(&mut *connection).await.unwrap();
    drop(connection);
    let mut open = restart(open, dir.path()).await;
    let left = listed(&open);
    assert!(left == [one.id] || left == [two.id]);
    pair_phone(&mut open).await;
    open.seal_everything().await.unwrap();
    let mut connection = open.store.0.connection.lock().await;
    let query = "SELECT count(*) FROM secrets WHERE name LIKE 'captures/%'";
    let rows: i64 = sqlx::query_scalar(query).fetch_one(&mut *connection).await.unwrap();
    assert_eq!(rows, 2, "it is left as it is");
}

#[tokio::test]
async fn a_full_disk_loses_and_forgets_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut open = new(dir.path()).await;
    let item = open.add(login("Example", HOST, "me", "first")).await.unwrap();
    let kept = capture(&mut open, "me", &"x".repeat(1000)).await;
    let limit = async |open: &OpenStore, pages: i64| {
        let mut connection = open.store.0.connection.lock().await;
        let query = format!("PRAGMA max_page_count = {pages}");
        let _: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(query)).fetch_one(&mut *connection).await.unwrap();
    };
    limit(&open, 1).await;
    let mut long = captured("you", &"y".repeat(1000));
    for host in ["a.example.com", "b.example.com", "c.example.com", "d.example.com", "e.example.com"] {
        long.chain = chain(&[host]);
        let again = Captured { chain: chain(&[host]), ..captured("you", &"y".repeat(1000)) };
        if let Err(error) = open.capture(again).await {
            assert!(matches!(error, Error::Full), "{error:?}");
        }
    }
    let error = open.capture(long).await.unwrap_err();
    assert!(matches!(error, Error::Full), "{error:?}");
    assert!(open.captures(&chain(&["e.example.com"])).unwrap().is_empty());
    assert_eq!(listed(&open), [kept.id]);
    limit(&open, 1_000_000).await;
    let saved = open.save_capture(kept.id, Some(item.id), "").await.unwrap();
    assert_eq!(opened(&mut open, &saved).await, secret(&"x".repeat(1000)));
}

#[tokio::test]
async fn what_cannot_be_written_is_neither_saved_nor_forgotten() {
    let dir = tempfile::tempdir().unwrap();
    let mut open = new(dir.path()).await;
    let item = open.add(login("Example", HOST, "me", "first")).await.unwrap();
    let kept = capture(&mut open, "me", "second").await;
    // The row cannot be deleted: so the item, which is written before it, is not changed either.
    let mut connection = open.store.0.connection.lock().await;
    let trigger = "CREATE TEMP TRIGGER refuse BEFORE DELETE ON main.secrets BEGIN SELECT RAISE(ABORT, 'no'); END";
    connection.execute(trigger).await.unwrap();
    drop(connection);
    assert!(open.save_capture(kept.id, Some(item.id), "").await.is_err());
    assert!(open.save_capture(kept.id, None, "").await.is_err());
    assert!(open.drop_capture(kept.id).await.is_err());
    assert_eq!((open.item(item.id).unwrap(), open.count(), listed(&open)), (item.clone(), 1, vec![kept.id]));
    let mut open = restart(open, dir.path()).await;
    assert_eq!((open.item(item.id).unwrap(), open.count(), listed(&open)), (item.clone(), 1, vec![kept.id]));
    assert!(open.save_capture(kept.id, Some(item.id), "").await.is_ok());
}

#[tokio::test]
async fn debug_shows_no_captured_secret() {
    let dir = tempfile::tempdir().unwrap();
    let mut open = new(dir.path()).await;
    let shown = format!("{:?}", captured("me", "hunter2"));
    capture(&mut open, "me", "hunter2").await;
    assert!(!format!("{open:?}{shown}").contains("hunter2"));
}
