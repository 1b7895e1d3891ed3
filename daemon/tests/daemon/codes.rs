//! One-time codes: the phone makes them, and a counter that one is made of is spent before the code is released.

use crate::{
    browser::{Browser, Session, now},
    desk::{Desk, Relay, SITE, chain, login, secret},
    phone::Phone,
    with_phone::Home,
};
use countersign_seal::{
    field::FieldKind,
    id::{FieldId, RequestId, UnixMillis},
    request::{Action, Ask, Codes, Refusal, SignIn, SignedAnswer, SignedAsk, Yield},
    secret::Key256,
};
use countersign_vault::{
    item::{FieldDraft, ItemDraft, ItemSummary},
    one_time_code::{Seed, choose},
};
use countersign_wire::{
    control::Command,
    local::{Fault, Method, Progress, ReleasedField, Reply},
    mail::ToDesktop,
};

/// RFC 4226 and RFC 6238 make their examples of it.
const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const COUNTED: &str = "otpauth://hotp/Example?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=0";
/// RFC 4226, appendix D.
const CODES: [&str; 6] = ["755224", "287082", "359152", "969429", "338314", "254676"];

fn with_seed(title: &str, seed: &str) -> ItemDraft {
    let field = |kind, value| FieldDraft { id: None, kind, value: secret(value) };
    let fields = vec![field(FieldKind::Password, "hunter2"), field(FieldKind::OneTimeCodeSeed, seed)];
    ItemDraft { fields, ..login(title, SITE, "") }
}

async fn add(session: &mut Session, draft: ItemDraft) -> ItemSummary {
    match session.call(Method::Add { draft }).await {
        Ok(Reply::Item(item)) => item,
        other => panic!("{other:?}"),
    }
}

fn seed_of(item: &ItemSummary) -> FieldId {
    item.fields.iter().find(|field| field.kind == FieldKind::OneTimeCodeSeed).unwrap().id
}

fn code(values: &[ReleasedField]) -> &str {
    values.iter().find(|value| value.kind == FieldKind::OneTimeCodeSeed).unwrap().value.expose_str().unwrap()
}

/// An ask for these fields, with its place in a sign-in.
fn ask(browser: &Browser, item: &ItemSummary, asked: Vec<FieldId>, place: Option<SignIn>) -> Ask {
    let mut ask = browser.fill(item, chain(&[SITE]));
    if let Action::Fill { fields, sign_in, .. } = &mut ask.action {
        (*fields, *sign_in) = (asked, place);
    }
    ask
}

async fn send(browser: &Browser, session: &mut Session, ask: &Ask) -> Result<(), Fault> {
    let signed = SignedAsk::make(ask, &browser.keys).await.unwrap();
    session.call(Method::Ask { ask: signed }).await.map(drop)
}

#[tokio::test]
async fn a_code_comes_from_the_phone_and_its_seed_never_does() {
    let mut home = Home::start().await;
    home.item = add(&mut home.session, with_seed("With codes", SECRET)).await;

    let (ask, shown) = home.asked().await;
    home.phone.approve(&shown, ask.number.get()).await;
    assert_eq!(home.session.progress(ask.id).await, Progress::Approved);
    let values = home.session.released(ask.id).await;
    let value = |kind| values.iter().find(|value| value.kind == kind).unwrap().value.expose_str().unwrap().to_owned();
    assert_eq!((values.len(), value(FieldKind::Password).as_str()), (2, "hunter2"));
    let code = value(FieldKind::OneTimeCodeSeed);
    let now = crate::browser::now();
    let near = [now.0 - 30_000, now.0, now.0 + 30_000]
        .map(|millis| choose(Seed::parse(SECRET).unwrap().codes(None, UnixMillis(millis)).unwrap()).0);
    assert!(near.iter().any(|near| near.expose_str().unwrap() == code), "{code}");
    // The code after it goes along: it may be over when the page is written into.
    let seed = values.iter().find(|value| value.kind == FieldKind::OneTimeCodeSeed).unwrap();
    assert!(seed.next.as_ref().is_some_and(|next| near.contains(&next.digits) || next.until_millis > 30_000));

    // A phone that hands out the seed's key, or less than was asked for, is not understood.
    for (index, kinds) in [FieldKind::Password, FieldKind::OneTimeCodeSeed].into_iter().enumerate() {
        let (ask, shown) = home.asked().await;
        let field = home.item.fields.iter().find(|field| field.kind == kinds).unwrap();
        let mut keys = vec![(field.id, field.version, Key256::new([1; 32]))];
        if index == 1 {
            let other = home.item.fields.iter().find(|field| field.kind == FieldKind::Password).unwrap();
            keys.push((other.id, other.version, Key256::new([2; 32])));
        }
        let yields = Yield::Release { keys, codes: Vec::new() };
        let (me, head) = (home.phone.device.id(), home.phone.log.head());
        let answer =
            SignedAnswer::approve(&shown.request, shown.hash, &yields, me, &home.phone.keys, head, now).await.unwrap();
        home.phone.mail(&ToDesktop::Answer(answer)).await;
        assert_eq!(home.session.progress(ask.id).await, Progress::Refused(Refusal::Invalid));
    }
}

/// Approves with the right number; the code.
async fn next_code(home: &mut Home) -> String {
    let (ask, shown) = home.asked().await;
    home.phone.approve(&shown, ask.number.get()).await;
    assert_eq!(home.session.progress(ask.id).await, Progress::Approved);
    code(&home.session.released(ask.id).await).to_owned()
}

#[tokio::test]
async fn codes_by_counter_come_one_after_the_other_over_restarts() {
    let mut home = Home::start().await;
    home.item = add(&mut home.session, with_seed("With counter", COUNTED)).await;
    assert_eq!(next_code(&mut home).await, CODES[0]);
    assert_eq!(next_code(&mut home).await, CODES[1]);

    // What is refused, mistyped or cancelled spends nothing.
    let (ask, shown) = home.asked().await;
    assert_eq!(shown.request.seeds[0].counter, Some(2));
    home.phone.refuse(&shown, Refusal::Refused).await;
    assert_eq!(home.session.progress(ask.id).await, Progress::Refused(Refusal::Refused));
    let (ask, shown) = home.asked().await;
    home.phone.approve(&shown, if ask.number.get() == 99 { 10 } else { 99 }).await;
    assert_eq!(home.session.progress(ask.id).await, Progress::Refused(Refusal::WrongNumber));

    home.desk.kill_and_restart().await;
    home.desk.unlock().await;
    home.session = home.browser.session(&home.desk).await;
    assert_eq!(next_code(&mut home).await, CODES[2]);

    // A phone that answers a code of before, or of no counter, hands out nothing.
    let used = Codes::Counted { digits: secret(CODES[1]), counter: 1 };
    for codes in [used, Codes::Counted { digits: secret("000000"), counter: u64::MAX }] {
        let (ask, shown) = home.asked().await;
        let password = home.item.fields.iter().find(|field| field.kind == FieldKind::Password).unwrap();
        let Yield::Release { keys, .. } = home.phone.yields(&shown, ask.number.get()).await else { panic!() };
        assert_eq!(keys[0].0, password.id);
        let yields = Yield::Release { keys, codes: vec![(seed_of(&home.item), codes)] };
        home.phone.answer_with(&shown, &yields).await;
        assert_eq!(home.session.progress(ask.id).await, Progress::Refused(Refusal::Invalid));
    }
    assert_eq!(next_code(&mut home).await, CODES[3]);
}

#[tokio::test]
async fn two_browsers_never_get_the_code_of_one_counter() {
    let relay = Relay::start().await;
    let desk = Desk::start(Some(&relay)).await;
    let (one, two) = (Browser::paired(&desk).await, Browser::paired(&desk).await);
    let mut phone = Phone::paired(&desk).await;
    let (mut first, mut second) = (one.session(&desk).await, two.session(&desk).await);
    let item = add(&mut first, with_seed("With counter", COUNTED)).await;
    let (mine, theirs) = (ask(&one, &item, vec![seed_of(&item)], None), ask(&two, &item, vec![seed_of(&item)], None));
    send(&one, &mut first, &mine).await.unwrap();
    assert_eq!(send(&two, &mut second, &theirs).await, Err(Fault::Busy));
    let shown = phone.request().await;
    phone.approve(&shown, mine.number.get()).await;
    assert_eq!(code(&first.released_after(mine.id).await), CODES[0]);
    // The other's turn: the next code.
    let theirs = ask(&two, &item, vec![seed_of(&item)], None);
    send(&two, &mut second, &theirs).await.unwrap();
    let shown = phone.request().await;
    phone.approve(&shown, theirs.number.get()).await;
    assert_eq!(code(&second.released_after(theirs.id).await), CODES[1]);
}

/// Replaces the item's seed by another.
async fn replace_seed(session: &mut Session, item: &ItemSummary, seed: &str) -> ItemSummary {
    let field = FieldDraft { id: Some(seed_of(item)), kind: FieldKind::OneTimeCodeSeed, value: secret(seed) };
    let draft = ItemDraft { fields: vec![field], ..login(&item.title, SITE, "") };
    match session.call(Method::Edit { item: item.id, draft }).await {
        Ok(Reply::Item(item)) => item,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_code_counts_only_for_the_seed_that_it_was_asked_of() {
    let mut home = Home::start().await;
    home.item = add(&mut home.session, with_seed("With counter", COUNTED)).await;
    assert_eq!(next_code(&mut home).await, CODES[0]);
    // Replaced while the phone shows the request: by counter, and by time.
    let other = "otpauth://hotp/Example?secret=GEZDGNBVGY3TQOJQ&counter=0";
    for seed in [other, SECRET, COUNTED] {
        let (ask, shown) = home.asked().await;
        home.item = replace_seed(&mut home.session, &home.item, seed).await;
        home.phone.approve(&shown, ask.number.get()).await;
        assert_eq!(home.session.progress(ask.id).await, Progress::Refused(Refusal::Invalid), "{seed}");
    }
    // Nothing of the last seed was spent by a code of the one before.
    assert_eq!(next_code(&mut home).await, CODES[0]);
    // Nor does another counter count than the one that was asked with.
    let (ask, shown) = home.asked().await;
    let Yield::Release { keys, .. } = home.phone.yields(&shown, ask.number.get()).await else { panic!() };
    let later = Codes::Counted { digits: secret(CODES[5]), counter: 5 };
    home.phone.answer_with(&shown, &Yield::Release { keys, codes: vec![(seed_of(&home.item), later)] }).await;
    assert_eq!(home.session.progress(ask.id).await, Progress::Refused(Refusal::Invalid));
    assert_eq!(next_code(&mut home).await, CODES[1]);
}

#[tokio::test]
async fn before_the_first_phone_a_counter_is_spent_here() {
    let relay = Relay::start().await;
    let desk = Desk::start(Some(&relay)).await;
    let browser = Browser::paired(&desk).await;
    let mut session = browser.session(&desk).await;
    let item = add(&mut session, with_seed("With counter", COUNTED)).await;
    for expected in &CODES[..2] {
        let ask = ask(&browser, &item, vec![seed_of(&item)], None);
        send(&browser, &mut session, &ask).await.unwrap();
        assert_eq!(session.progress(ask.id).await, Progress::ConfirmHere);
        assert!(matches!(session.call(Method::Confirm { request: ask.id }).await, Ok(Reply::Done)));
        assert_eq!(code(&session.released_after(ask.id).await), *expected);
    }
    // The first pairing seals the seed, and the counter goes on.
    let mut phone = Phone::paired(&desk).await;
    assert_eq!(desk.status(Command::Status).await.not_sealed, 0);
    let ask = ask(&browser, &item, vec![seed_of(&item)], None);
    send(&browser, &mut session, &ask).await.unwrap();
    let shown = phone.request().await;
    phone.approve(&shown, ask.number.get()).await;
    assert_eq!(code(&session.released_after(ask.id).await), CODES[2]);
}

#[tokio::test]
async fn what_a_fill_says_of_its_sign_in_must_be_so() {
    let mut home = Home::start().await;
    let item = add(&mut home.session, with_seed("With codes", SECRET)).await;
    let (password, seed) = (item.fields[0].id, seed_of(&item));
    let begins = |code| Some(SignIn::Begins { code });
    let first = RequestId([7; 16]);
    let follows = Some(SignIn::Follows { request: first });
    for (fields, place) in [
        (vec![password], begins(FieldId([9; 16]))),
        (vec![password], begins(home.item.fields[0].id)),
        (vec![seed], begins(password)),
        (vec![password], follows),
    ] {
        let wrong = ask(&home.browser, &item, fields, place);
        assert_eq!(send(&home.browser, &mut home.session, &wrong).await, Err(Fault::Malformed), "{place:?}");
    }
    // A login that says that its code comes next, and that code: each goes to the phone, with the sealed seed and nothing held here.
    let begin = ask(&home.browser, &item, vec![password], begins(seed));
    send(&home.browser, &mut home.session, &begin).await.unwrap();
    let shown = home.phone.request().await;
    assert!(shown.request.seeds.is_empty());
    let review = home.phone.review(&shown, now()).await.unwrap();
    assert!(matches!(review.subject, countersign_seal::review::Subject::Fill { code_next: true, .. }));
    let granted = countersign_seal::follow_up::FollowUp::of(&review, now()).unwrap();
    home.phone.approve(&shown, begin.number.get()).await;
    assert_eq!(home.session.released_after(begin.id).await.len(), 1);

    let follow = ask(&home.browser, &item, vec![seed], Some(SignIn::Follows { request: begin.id }));
    send(&home.browser, &mut home.session, &follow).await.unwrap();
    let shown = home.phone.request().await;
    assert_eq!(shown.request.seeds.len(), 1);
    let review = home.phone.review(&shown, now()).await.unwrap();
    let codes = |seed: &countersign_seal::secret::SecretBytes, counter, now| {
        Seed::parse(seed.expose_str().ok()?).ok()?.codes(counter, now)
    };
    let yields = review.approve_follow_up(granted, now(), codes).unwrap();
    home.phone.answer_with(&shown, &yields).await;
    assert_eq!(code(&home.session.released_after(follow.id).await).len(), 6);
}

/// All that a process has in memory and may write to, where these bytes stand. `None` if this user may not look.
#[cfg(target_os = "linux")]
fn found_in_memory(pid: u32, needles: &[&[u8]]) -> Option<Vec<String>> {
    use std::os::unix::fs::FileExt as _;
    let memory = std::fs::File::open(format!("/proc/{pid}/mem")).ok()?;
    let maps = std::fs::read_to_string(format!("/proc/{pid}/maps")).ok()?;
    let mut found = Vec::new();
    for line in maps.lines().filter(|line| line.split(' ').nth(1).is_some_and(|rights| rights.starts_with("rw"))) {
        let (start, end) = line.split(' ').next()?.split_once('-')?;
        let [start, end] = [start, end].map(|at| u64::from_str_radix(at, 16).unwrap());
        let mut bytes = vec![0; usize::try_from(end - start).ok()?];
        if memory.read_exact_at(&mut bytes, start).is_err() {
            continue;
        }
        for needle in needles {
            for at in memchr::memmem::find_iter(&bytes, needle) {
                let around = &bytes[at.saturating_sub(40)..(at + 60).min(bytes.len())];
                found.push(format!("{}: {}", line, String::from_utf8_lossy(around)));
            }
        }
    }
    Some(found)
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_seed_that_was_saved_is_not_in_memory_either() {
    let mut home = Home::start().await;
    // `a-seed-of-this-test!`, spelled out nowhere else.
    let secret = ["MEWX", "GZLF", "MQWW", "6ZRN", "ORUG", "S4ZN", "ORSX", "G5BB"].concat();
    let item = add(&mut home.session, with_seed("With codes", &secret)).await;
    let (ask, shown) = {
        home.item = item;
        home.asked().await
    };
    home.phone.approve(&shown, ask.number.get()).await;
    assert_eq!(home.session.progress(ask.id).await, Progress::Approved);
    home.session.released(ask.id).await;
    let Some(titles) = found_in_memory(home.desk.pid(), &[b"With codes"]) else {
        return println!("only root may look");
    };
    assert!(!titles.is_empty(), "metadata are there, or the search finds nothing");
    let found = found_in_memory(home.desk.pid(), &[secret.as_bytes(), b"a-seed-of-this-test!"]).unwrap();
    assert!(found.is_empty(), "{}: {found:#?}", found.len());
    // Nor in what lies on the disk.
    let files = crate::thief::all_bytes(&home.desk.data());
    for needle in [secret.as_bytes(), b"a-seed-of-this-test!", b"otpauth"] {
        assert!(memchr::memmem::find(&files, needle).is_none());
    }
}

#[tokio::test]
async fn a_code_is_copied_on_the_items_sites_and_nothing_else_is() {
    let mut home = Home::start().await;
    home.item = add(&mut home.session, with_seed("With codes", SECRET)).await;
    let item = home.item.clone();
    let password = item.fields.iter().find(|field| field.kind == FieldKind::Password).unwrap().id;
    let copy = |field, site: &str| {
        let action = Action::Copy { item: item.id, field, chain: chain(&[site]) };
        Ask { action, ..home.browser.fill(&item, chain(&[SITE])) }
    };
    let (good, elsewhere, other) =
        (copy(seed_of(&item), SITE), copy(seed_of(&item), "https://evil.example"), copy(password, SITE));
    assert_eq!(send(&home.browser, &mut home.session, &elsewhere).await, Err(Fault::OtherSite));
    assert_eq!(send(&home.browser, &mut home.session, &other).await, Err(Fault::NotAllowed));

    send(&home.browser, &mut home.session, &good).await.unwrap();
    assert_eq!(home.session.progress(good.id).await, Progress::Asked);
    let shown = home.phone.request().await;
    home.phone.delivered(&shown).await;
    assert_eq!(home.session.progress(good.id).await, Progress::Delivered);
    home.phone.approve(&shown, good.number.get()).await;
    assert_eq!(home.session.progress(good.id).await, Progress::Approved);
    let values = home.session.released(good.id).await;
    assert_eq!((values.len(), values[0].field, code(&values).len()), (1, seed_of(&item), 6));
}
