//! Logins that pages were given: sealed at once, told to no file, and saved when the user says so.

use crate::{
    browser::{Browser, Session, now},
    desk::{Desk, Relay, SITE, chain, login, secret},
    phone::Phone,
    with_phone::Home,
};
use countersign_seal::{
    codec,
    deposit::Deposit,
    id::UnixMillis,
    keys::{DeviceKeys as _, PublicKeys},
    native::NativeKeys,
    origin::{Origin, Site},
    request::Refusal,
    secret::SecretBytes,
};
use countersign_vault::{
    generator::{CharacterSet, PasswordRecipe, PinRecipe, Recipe},
    item::{Guard, ItemDraft, ItemSummary},
};
use countersign_wire::{
    capture::{CaptureSource, CaptureSummary, Captured},
    local::{Event, Fault, Method, Reply},
    mail::ToDesktop,
};

const FRAME: &str = "https://frame.example.org";
/// As the desk's own login has it.
const USER: &str = "me@example.com";
const DAY: u64 = 24 * 60 * 60 * 1000;

fn captured(password: &str) -> Captured {
    let (username, password) = (String::from(USER), secret(password));
    Captured { chain: chain(&[SITE]), username, password, present: None, at: now() }
}

async fn capture(session: &mut Session, captured: Captured) -> Result<Option<CaptureSummary>, Fault> {
    match session.call(Method::Capture(captured)).await? {
        Reply::Capture(capture) => Ok(capture),
        other => panic!("{other:?}"),
    }
}

async fn captures(session: &mut Session) -> Vec<CaptureSummary> {
    match session.call(Method::Captures { chain: chain(&[SITE]) }).await.unwrap() {
        Reply::Captures(captures) => captures,
        other => panic!("{other:?}"),
    }
}

async fn save(session: &mut Session, of: &CaptureSummary, item: Option<&ItemSummary>) -> ItemSummary {
    let (capture, item, username) = (of.id, item.map(|item| item.id), of.username.clone());
    match session.call(Method::SaveCapture { capture, item, username }).await.unwrap() {
        Reply::Item(item) => item,
        other => panic!("{other:?}"),
    }
}

async fn generate(session: &mut Session) -> (CaptureSummary, SecretBytes) {
    let (length, allowed) = (24, CharacterSet::DIGITS);
    let recipe = PasswordRecipe { length, allowed, required: vec![], max_consecutive: None, avoid_look_alikes: false };
    let recipe = Recipe::Password(recipe);
    let generate = Method::Generate { chain: chain(&[SITE]), username: USER.into(), recipe };
    match session.call(generate).await.unwrap() {
        Reply::Generated { capture, value } => (capture, value),
        other => panic!("{other:?}"),
    }
}

/// A whole fill of an item.
async fn released(browser: &Browser, session: &mut Session, phone: &mut Phone, item: &ItemSummary) -> SecretBytes {
    let ask = browser.ask(session, item).await.unwrap();
    let shown = phone.request().await;
    phone.approve(&shown, ask.number.get()).await;
    session.released_after(ask.id).await.remove(0).value
}

fn stands_in_a_file(desk: &Desk, text: &[u8]) -> bool {
    let files = std::fs::read_dir(desk.data()).unwrap().map(|file| file.unwrap().path());
    let mut contents = files.filter(|path| path.is_file()).map(|path| std::fs::read(path).unwrap());
    contents.any(|bytes| memchr::memmem::find(&bytes, text).is_some())
}

async fn deliver(session: &mut Session, deposit: &Deposit) -> Result<Reply, Fault> {
    session.call(Method::Deliver { deposit: deposit.to_bytes() }).await
}

fn deposit(keys: &PublicKeys, captured: &Captured) -> Deposit {
    Deposit::make(keys, &SecretBytes::new(codec::to_vec(captured).unwrap())).unwrap()
}

#[tokio::test]
async fn a_capture_outlives_a_crash_and_becomes_an_item() {
    let mut desk = Desk::start(None).await;
    let browser = Browser::paired(&desk).await;
    let mut session = browser.session(&desk).await;
    let kept = capture(&mut session, captured("hunter2-hunter2")).await.unwrap().unwrap();
    assert_eq!((kept.source, kept.accepted, kept.updates.len()), (CaptureSource::Submitted, false, 0));
    let ended = Method::CaptureEnded { capture: kept.id, accepted: true };
    assert!(matches!(session.call(ended).await.unwrap(), Reply::Done));
    assert!(!stands_in_a_file(&desk, b"hunter2-hunter2") && !stands_in_a_file(&desk, b"login.example.com"));

    drop(session);
    desk.kill_and_restart().await;
    desk.unlock().await;
    let mut session = browser.session(&desk).await;
    assert_eq!(captures(&mut session).await, [CaptureSummary { accepted: true, ..kept.clone() }]);
    let item = save(&mut session, &kept, None).await;
    session.changed(|_| true).await;
    assert_eq!((item.title.as_str(), item.username.as_str()), ("login.example.com", USER));
    assert_eq!(session.items().await, [item]);
    assert!(captures(&mut session).await.is_empty());
    let again = Method::SaveCapture { capture: kept.id, item: None, username: String::new() };
    assert_eq!(session.call(again).await.unwrap_err(), Fault::NotFound);
    // Without a phone what is stored can be looked at.
    assert!(capture(&mut session, captured("hunter2-hunter2")).await.unwrap().is_none());
    let other = capture(&mut session, captured("other")).await.unwrap().unwrap();
    assert!(other.updates[0].differs);
    assert!(matches!(session.call(Method::DropCapture { capture: other.id }).await.unwrap(), Reply::Done));
    assert!(captures(&mut session).await.is_empty());
}

#[tokio::test]
async fn an_update_is_sealed_and_what_was_released_is_known() {
    let mut home = Home::start().await;
    let item = home.item.clone();
    let kept = capture(&mut home.session, captured("second-second")).await.unwrap().unwrap();
    assert_eq!(kept.updates.iter().map(|target| target.item).collect::<Vec<_>>(), [item.id]);
    assert!(!stands_in_a_file(&home.desk, b"second-second"));
    let saved = save(&mut home.session, &kept, Some(&item)).await;
    assert_eq!((saved.fields[0].guard, saved.fields[0].version, saved.waiting.as_ref()), (Guard::Sealed, 2, None));

    // Just saved, it is known. What is known goes with the lock: then the page asks neutrally.
    assert!(capture(&mut home.session, captured("second-second")).await.unwrap().is_none());
    home.desk.stop().await;
    home.desk.spawn().await;
    home.desk.unlock().await;
    home.desk.wait_for(|status| status.status.relay == Some(true)).await;
    let mut session = home.browser.session(&home.desk).await;
    let unsure = capture(&mut session, captured("second-second")).await.unwrap().unwrap();
    assert!(!unsure.updates[0].differs);
    // What is released is known again.
    let value = released(&home.browser, &mut session, &mut home.phone, &saved).await;
    assert_eq!(value, secret("second-second"));
    assert!(capture(&mut session, captured("second-second")).await.unwrap().is_none());
    assert!(capture(&mut session, captured("hunter2")).await.unwrap().unwrap().updates[0].differs);
}

#[tokio::test]
async fn ignored_sites_foreign_frames_and_a_locked_daemon_capture_nothing() {
    let desk = Desk::start(None).await;
    let browser = Browser::paired(&desk).await;
    let mut session = browser.session(&desk).await;
    let framed = || chain(&[SITE, FRAME]);
    let foreign = Captured { chain: framed(), ..captured("x") };
    assert_eq!(capture(&mut session, foreign).await.unwrap_err(), Fault::OtherSite);
    assert_eq!(session.call(Method::Captures { chain: framed() }).await.unwrap_err(), Fault::OtherSite);
    let recipe = Recipe::Pin(PinRecipe { digits: 6 });
    let made = Method::Generate { chain: framed(), username: String::new(), recipe };
    assert_eq!(session.call(made).await.unwrap_err(), Fault::OtherSite);
    let recipe = Recipe::Pin(PinRecipe { digits: 0 });
    let impossible = Method::Generate { chain: chain(&[SITE]), username: String::new(), recipe };
    assert_eq!(session.call(impossible).await.unwrap_err(), Fault::InvalidRecipe);

    let site = Origin::parse(SITE).unwrap();
    session.call(Method::IgnoreSite { site: site.clone(), ignored: true }).await.unwrap();
    assert!(capture(&mut session, captured("x")).await.unwrap().is_none());
    assert!(
        matches!(session.call(Method::IgnoredSites).await.unwrap(), Reply::Sites(sites) if sites == [site.clone()])
    );
    session.call(Method::IgnoreSite { site, ignored: false }).await.unwrap();
    let kept = capture(&mut session, captured("x")).await.unwrap().unwrap();

    session.call(Method::Lock).await.unwrap();
    let site = Origin::parse(SITE).unwrap();
    for method in [
        Method::Capture(captured("y")),
        Method::Deliver { deposit: deposit(&browser.daemons_keys(), &captured("y")).to_bytes() },
        Method::Captures { chain: chain(&[SITE]) },
        Method::AllCaptures,
        Method::SaveCapture { capture: kept.id, item: None, username: String::new() },
        Method::DropCapture { capture: kept.id },
        Method::CaptureEnded { capture: kept.id, accepted: false },
        Method::IgnoreSite { site, ignored: true },
        Method::IgnoredSites,
    ] {
        assert_eq!(session.call(method).await.unwrap_err(), Fault::Locked);
    }
    desk.unlock().await;
    assert_eq!(captures(&mut session).await.len(), 1);
}

/// A site of many, and a long name.
fn numbered(site: usize) -> (String, String) {
    (format!("https://s{site:03}.example.org"), "\u{1f30a}".repeat(197))
}

#[tokio::test]
async fn captures_of_all_sites_are_listed_as_far_as_a_message_holds_them() {
    const ALL: usize = 200;
    let desk = Desk::start(None).await;
    let browser = Browser::paired(&desk).await;
    let mut session = browser.session(&desk).await;
    for first in (0..ALL).step_by(32) {
        let sites = (first..first + 32).map(|site| Site::exact(Origin::parse(&numbered(site).0).unwrap()));
        let sites: Vec<_> = sites.collect();
        for item in 0..5 {
            let name = format!("{item:03}{}", numbered(first).1);
            let mut draft = ItemDraft { username: name.clone(), ..login(&name, SITE, "y") };
            draft.metadata.sites = sites.clone();
            session.call(Method::Add { draft }).await.unwrap();
        }
    }
    let begun = now().0;
    for site in 0..ALL {
        let (page, username) = numbered(site);
        let at = UnixMillis(begun - 1_000 + u64::try_from(site).unwrap());
        let given = Captured { chain: chain(&[&page]), username, password: secret("x"), present: None, at };
        assert_eq!(capture(&mut session, given).await.unwrap().unwrap().updates.len(), 5);
    }
    let mut listed = Vec::new();
    loop {
        let Reply::Captures(page) = session.call(Method::AllCaptures).await.unwrap() else { panic!() };
        assert!(page.len() < ALL, "more than a message holds");
        if page.is_empty() {
            break;
        }
        for capture in page {
            session.call(Method::DropCapture { capture: capture.id }).await.unwrap();
            listed.push(capture.site.to_string());
        }
    }
    let expected: Vec<String> = (0..ALL).rev().map(|site| numbered(site).0).collect();
    assert_eq!(listed, expected, "all of them, newest first");
}

#[tokio::test]
async fn a_deposit_is_opened_and_kept_as_if_it_were_captured() {
    let desk = Desk::start(None).await;
    let browser = Browser::paired(&desk).await;
    let mut session = browser.session(&desk).await;
    let keys = browser.daemons_keys();
    let at = UnixMillis(now().0 - DAY);
    let given = Captured { at, ..captured("hunter2-hunter2") };
    let good = deposit(&keys, &given);
    let Reply::Capture(Some(kept)) = deliver(&mut session, &good).await.unwrap() else { panic!("nothing kept") };
    assert_eq!((kept.at, kept.username.as_str()), (at, USER));
    assert!(!stands_in_a_file(&desk, b"hunter2-hunter2"));
    // Twice is once.
    deliver(&mut session, &good).await.unwrap();
    assert_eq!(captures(&mut session).await.len(), 1);

    let mut spoiled = good.to_bytes();
    let last = spoiled.len() - 1;
    spoiled[last] ^= 1;
    let stranger = NativeKeys::make().unwrap();
    let nonsense = Deposit::make(&keys, &secret("no capture")).unwrap();
    let old = Captured { at: UnixMillis(now().0 - 31 * DAY), ..captured("x") };
    let framed = Captured { chain: chain(&[SITE, FRAME]), ..captured("x") };
    for (deposit, fault) in [
        (spoiled, Fault::Malformed),
        (Vec::new(), Fault::Malformed),
        (deposit(stranger.public(), &captured("x")).to_bytes(), Fault::Malformed),
        (nonsense.to_bytes(), Fault::Malformed),
        (deposit(&keys, &old).to_bytes(), Fault::Malformed),
        (deposit(&keys, &framed).to_bytes(), Fault::OtherSite),
    ] {
        assert_eq!(session.call(Method::Deliver { deposit }).await.unwrap_err(), fault);
    }
    assert_eq!(captures(&mut session).await.len(), 1);
}

#[tokio::test]
async fn a_generated_secret_outlives_a_crash_at_once() {
    let mut desk = Desk::start(None).await;
    let browser = Browser::paired(&desk).await;
    let mut session = browser.session(&desk).await;
    let (made, value) = generate(&mut session).await;
    desk.kill_and_restart().await;
    assert!(!stands_in_a_file(&desk, value.expose()));
    desk.unlock().await;
    let mut session = browser.session(&desk).await;
    let [kept] = captures(&mut session).await.try_into().unwrap();
    assert_eq!((kept.id, kept.source), (made.id, CaptureSource::Generated));
    // The site does not take it: it is kept all the same.
    session.call(Method::CaptureEnded { capture: kept.id, accepted: false }).await.unwrap();
    let item = save(&mut session, &kept, None).await;
    let given = Captured { password: value, ..captured("") };
    assert!(capture(&mut session, given).await.unwrap().is_none(), "{item:?} has another value");
}

/// The same login submitted with another name is the one that was made, under that name: the page's form was filled in after it.
#[tokio::test]
async fn what_was_made_is_known_when_it_is_submitted_until_the_vault_is_locked() {
    let desk = Desk::start(None).await;
    let mut session = Browser::paired(&desk).await.session(&desk).await;
    let (first, _) = generate(&mut session).await;
    let (made, value) = generate(&mut session).await;
    assert_ne!(first.id, made.id, "each is kept");
    let submitted = || Captured { username: "ada".into(), password: value.clone(), ..captured("") };
    let given = capture(&mut session, submitted()).await.unwrap().unwrap();
    assert_eq!((given.id, given.source, given.username.as_str()), (made.id, CaptureSource::Generated, "ada"));
    assert_eq!(captures(&mut session).await.len(), 2);

    session.call(Method::Lock).await.unwrap();
    desk.unlock().await;
    let given = capture(&mut session, submitted()).await.unwrap().unwrap();
    assert_ne!(given.id, made.id, "nothing is stored by which it could be told");
    assert_eq!(captures(&mut session).await.len(), 3);
}

#[tokio::test]
async fn a_site_that_is_never_asked_about_gets_new_passwords_all_the_same() {
    let desk = Desk::start(None).await;
    let mut session = Browser::paired(&desk).await.session(&desk).await;
    let site = Origin::parse(SITE).unwrap();
    session.call(Method::IgnoreSite { site, ignored: true }).await.unwrap();
    let (made, value) = generate(&mut session).await;
    let submitted = Captured { password: value, ..captured("") };
    let given = capture(&mut session, submitted).await.unwrap();
    assert_eq!(given.map(|given| given.id), Some(made.id), "nobody but we has it");
    assert!(capture(&mut session, captured("typed")).await.unwrap().is_none());
}

#[tokio::test]
async fn the_first_pairing_seals_what_waits() {
    let relay = Relay::start().await;
    let desk = Desk::start(Some(&relay)).await;
    let browser = Browser::paired(&desk).await;
    let item = desk.add_login("hunter2").await;
    let mut session = browser.session(&desk).await;
    let kept = capture(&mut session, captured("second-second")).await.unwrap().unwrap();
    let mut phone = Phone::paired(&desk).await;
    let saved = save(&mut session, &kept, Some(&item)).await;
    assert_eq!((saved.fields[0].guard, saved.waiting.as_ref()), (Guard::Sealed, None));
    assert_eq!(released(&browser, &mut session, &mut phone, &saved).await, secret("second-second"));
}

/// What was known of the password went with the lock.
async fn forgetful() -> Home {
    forgetful_with(&[]).await
}

/// The same, with logins of these users too.
async fn forgetful_with(users: &[&str]) -> Home {
    let mut home = Home::start().await;
    for user in users {
        let draft = ItemDraft { username: (*user).into(), ..login(user, SITE, "hunter2") };
        assert!(matches!(home.session.call(Method::Add { draft }).await, Ok(Reply::Item(_))));
    }
    home.desk.stop().await;
    home.desk.spawn().await;
    home.desk.unlock().await;
    home.desk.wait_for(|status| status.status.relay == Some(true)).await;
    home.session = home.browser.session(&home.desk).await;
    home
}

/// What the daemon says of a capture once the phone has compared.
async fn compared(session: &mut Session) -> Option<CaptureSummary> {
    loop {
        match session.event().await {
            Event::Compared { left, .. } => return left,
            Event::Changed(_) | Event::Progress { .. } => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn the_phone_says_whether_it_is_the_same_password() {
    let mut home = forgetful().await;
    let unsure = capture(&mut home.session, captured("hunter2")).await.unwrap().unwrap();
    assert!(!unsure.updates[0].differs);
    let shown = home.phone.comparison().await;
    home.phone.compare(&shown).await;
    assert_eq!(compared(&mut home.session).await, None);
    assert!(captures(&mut home.session).await.is_empty());
    // Now it is known: nobody is asked again.
    assert!(capture(&mut home.session, captured("hunter2")).await.unwrap().is_none());

    let other = capture(&mut home.session, captured("hunter3")).await.unwrap().unwrap();
    assert!(other.updates[0].differs, "what is known needs no phone");
}

#[tokio::test]
async fn another_password_is_an_update_and_no_request_is_in_the_way() {
    let mut home = forgetful().await;
    let unsure = capture(&mut home.session, captured("hunter3")).await.unwrap().unwrap();
    let shown = home.phone.comparison().await;
    // A fill is asked for meanwhile.
    let ask = home.browser.ask(&mut home.session, &home.item).await.unwrap();
    let fill = home.phone.request().await;
    home.phone.compare(&shown).await;
    let left = compared(&mut home.session).await.unwrap();
    assert_eq!((left.id, left.updates[0].differs), (unsure.id, true));
    assert!(captures(&mut home.session).await[0].updates[0].differs);
    home.phone.approve(&fill, ask.number.get()).await;
    assert_eq!(home.session.released_after(ask.id).await.len(), 1);
}

#[tokio::test]
async fn a_phone_that_does_not_answer_is_asked_no_longer_and_ten_times_an_hour() {
    let users = ["a", "b", "c", "d"];
    let mut home = forgetful_with(&users).await;
    // Of each user on a site three are told.
    let guess = |n: usize| Captured { username: users[n / 3].into(), ..captured(&format!("guess {n}")) };
    for n in 0..10 {
        assert!(capture(&mut home.session, guess(n)).await.unwrap().is_some());
        let shown = home.phone.comparison().await;
        let refusal = home.phone.refusal(&shown, Refusal::Busy).await;
        home.phone.mail(&ToDesktop::Answer(refusal)).await;
        home.phone.received(shown.id).await;
    }
    let last = capture(&mut home.session, guess(10)).await.unwrap().unwrap();
    assert!(!last.updates[0].differs);
    // The eleventh does not come: what comes is the fill.
    let ask = home.browser.ask(&mut home.session, &home.item).await.unwrap();
    let shown = home.phone.request().await;
    assert_eq!(shown.id, ask.id);
}
