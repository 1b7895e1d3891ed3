//! Comparisons: answered without a tap, ten an hour, and listed.

use super::*;
use countersign_seal::{compare::Compared, field::FieldCiphertext};

/// A request to compare what is stored with a guess: signed by the desktop, as a daemon does.
fn comparison(desk: &Desk, guess: &str, now: UnixMillis) -> (Pending, Vec<u8>) {
    comparison_of(desk, desk.item, guess, now)
}

/// The same of another item, with this one's value.
fn comparison_of(desk: &Desk, item: ItemId, guess: &str, now: UnixMillis) -> (Pending, Vec<u8>) {
    let lock = |meaning: &Meaning, key: &Key256, text: &str| {
        FieldCiphertext::make(key, &meaning.address, &secret(text)).unwrap()
    };
    let (stored, key) = (desk.meaning(), Key256::make().unwrap());
    let other = Meaning { address: FieldAddress { version: 2, ..stored.address }, ..stored.clone() };
    let compared = Compared {
        stored: lock(&stored, &desk.content_key, "hunter2"),
        seal: FieldSeal::make(APPROVER.public(), &key, &other).unwrap(),
        other: lock(&other, &key, guess),
    };
    let asker = DESKTOP.public().fingerprint();
    let ask = Ask { asker, ..desk.ask(Action::Compare { item, field: desk.field }, now) };
    let signed = run(SignedAsk::make(&ask, &*DESKTOP)).unwrap();
    let (pending, request) = Pending::make_to_compare(signed, desk.seal(), compared, desk.log.head()).unwrap();
    let request = request.to_bytes().unwrap();
    (pending, desk.envelope(&ToPhone::Request { request, computer: "Desk".into() }, now))
}

/// Asks; what came back.
fn ask(phone: &mut Phone, desk: &Desk, guess: &str) -> core::result::Result<bool, Refusal> {
    let (pending, envelope) = comparison(desk, guess, phone.now);
    phone.deliver(envelope);
    match desk.answer(phone, pending)? {
        Yield::Equal(equal) => Ok(equal),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_app_says_yes_or_no_by_itself_and_lists_it() {
    let (mut phone, desk) = ready();
    assert_eq!((ask(&mut phone, &desk, "hunter2"), ask(&mut phone, &desk, "hunter3")), (Ok(true), Ok(false)));
    assert!(matches!(phone.screen(), Screen::Home(_)), "nothing is asked of anybody");
    let past = phone.view().activity;
    assert!(past.iter().all(|past| past.asked == crate::activity::Asked::Compare && past.title == "Bank"));
    assert_eq!(phone.outcomes(), [Outcome::Approved, Outcome::Approved]);
}

#[test]
fn it_is_in_nobodys_way() {
    let (mut phone, desk) = ready();
    let (pending, envelope) = desk.fill_request(phone.now);
    phone.deliver(envelope);
    let shown = phone.approval().request;
    assert_eq!(ask(&mut phone, &desk, "hunter2"), Ok(true));
    assert_eq!(phone.approval().request, shown);
    phone.approve("42");
    assert!(desk.answer(&mut phone, pending).is_ok());
}

#[test]
fn the_eleventh_in_an_hour_is_refused_whatever_happens_to_the_app() {
    let (mut phone, desk) = ready();
    for guess in 0..10 {
        assert_eq!(ask(&mut phone, &desk, &guess.to_string()), Ok(false), "{guess}");
    }
    assert_eq!(ask(&mut phone, &desk, "hunter2"), Err(Refusal::Busy));
    // An approval forgives refusals, and gives no guesses.
    let (pending, envelope) = desk.fill_request(phone.now);
    phone.deliver(envelope);
    phone.approve("42");
    assert!(desk.answer(&mut phone, pending).is_ok());
    assert_eq!(ask(&mut phone, &desk, "hunter2"), Err(Refusal::Busy));
    let open = |phone: Phone| {
        let mut phone = phone.reopen();
        phone.log_in(desk.log.entries().len());
        phone.act(Input::Unlock(secret(PIN)));
        phone
    };
    let mut phone = open(phone);
    assert_eq!(ask(&mut phone, &desk, "hunter2"), Err(Refusal::Busy));
    phone.now = phone.now.plus(countersign_seal::compare::PERIOD_MILLIS);
    let mut phone = open(phone);
    assert_eq!(ask(&mut phone, &desk, "hunter2"), Ok(true));
}

#[test]
fn a_replay_is_answered_once() {
    let (mut phone, desk) = ready();
    let (pending, envelope) = comparison(&desk, "hunter2", phone.now);
    phone.deliver(envelope.clone());
    assert!(desk.answer(&mut phone, pending).is_ok());
    phone.deliver(envelope);
    assert!(desk.take_mail(&mut phone).is_empty());
    assert_eq!(phone.outcomes().len(), 1);
}

#[test]
fn a_locked_or_hidden_app_answers_nothing() {
    let (mut phone, desk) = ready();
    phone.act(Input::Visible(false));
    assert_eq!(ask(&mut phone, &desk, "hunter2"), Err(Refusal::Busy));
    assert!(phone.outcomes().is_empty(), "no answer is listed as one");
    let mut phone = phone.reopen();
    phone.log_in(desk.log.entries().len());
    let (pending, envelope) = comparison(&desk, "hunter2", phone.now);
    phone.deliver(envelope);
    assert_eq!(desk.answer(&mut phone, pending).unwrap_err(), Refusal::Busy);
    assert!(matches!(phone.screen(), Screen::Locked(locked) if locked.waiting == 0), "it is not kept");
}

#[test]
fn what_is_not_asked_of_its_own_item_is_refused() {
    let (mut phone, mut desk) = ready();
    let (pending, envelope) = comparison_of(&desk, ItemId::make().unwrap(), "hunter2", phone.now);
    phone.deliver(envelope);
    assert_eq!(desk.answer(&mut phone, pending).unwrap_err(), Refusal::Invalid);
    // Nor of an item whose owner wants the PIN each time.
    desk.policy.verify_user = true;
    assert_eq!(ask(&mut phone, &desk, "hunter2"), Err(Refusal::Invalid));
}
