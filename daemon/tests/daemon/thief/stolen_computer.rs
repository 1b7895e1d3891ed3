//! What the stolen files, keys and recordings open.

use super::{
    house::{House, Recording, all, change, write},
    keys_of,
    loot::{Loot, all_bytes, holds, windows},
};
use crate::{
    browser::Browser,
    desk::{Desk, Relay, SITE, chain, fields, metadata, secret},
    phone::{Phone, Shown},
};
use countersign_daemon::store::Error as StoreError;
use countersign_seal::{
    Error, codec,
    context::Context,
    field::FieldKind,
    id::ApproverId,
    keys::{BLOCK, Sign as _, Unwrap as _, WrappedKey},
    native::NativeApprover,
    request::{Answer, Decision, Pending, SignedAnswer},
    review::Subject,
    secret::Key256,
};
use countersign_vault::field::Lock;
use countersign_wire::{
    control::Command,
    local::Progress,
    mail::{LIMIT as MAIL_LIMIT, ToDesktop},
};
use std::collections::HashSet;

#[tokio::test]
async fn the_disk_and_the_passphrase_tell_metadata_and_open_no_sealed_field() {
    let House { desk, phone, item, other, .. } = House::start().await;
    let mut loot = Loot::take(&desk).await;
    drop(desk);
    let open = &loot.open;
    let (found, total) = open.items("", 0, 10);
    assert_eq!(total, 2);
    assert!(found.iter().all(|item| item.username == "me@example.com" && item.sites == metadata("", SITE).sites));
    assert_eq!(found.iter().map(|item| item.title.as_str()).collect::<Vec<_>>(), ["Example", "Other"]);

    let fresh = NativeApprover::make().unwrap();
    for item in [&item, &other] {
        for field in fields(item) {
            let local = open.open_local(item.id, &[field]).await;
            assert!(matches!(local, Err(StoreError::Vault(countersign_vault::Error::Sealed))));
            let seal = open.seals(item.id, &[field]).await.unwrap().remove(0);
            assert_eq!(seal.open(open.keys()).await.unwrap_err(), Error::CannotOpen);
            assert_eq!(seal.open(&fresh).await.unwrap_err(), Error::CannotOpen);
            let opened = seal.open(&phone.approver).await.unwrap();
            let version = opened.meaning.address.version;
            for guess in [Key256::new([0; 32]), Key256::new([0xff; 32]), Key256::make().unwrap()] {
                let guessed = open.open_fields(item.id, &[(field, version, guess)]).await;
                assert!(matches!(guessed, Err(StoreError::Vault(_) | StoreError::Seal(_))));
            }
            // The same call, with what a phone would answer.
            assert!(open.open_fields(item.id, &[(field, version, opened.content_key)]).await.is_ok());
        }
    }

    // By hand: each 32 bytes in a row of all files and of all that can be decrypted, as content key and as the key under each seal.
    assert_eq!((loot.values.len(), loot.values.iter().filter(|value| value.seal().is_some()).count()), (4, 4));
    let keys = loot.keys();
    assert!(keys.len() > 10_000);
    assert_eq!(loot.opened_by(&keys), all(&[]));

    // One content key among what was found, or one key of a seal, and the same search opens that value alone.
    let seal = loot.open.seals(other.id, &fields(&other)).await.unwrap().remove(0);
    let content_key = seal.open(&phone.approver).await.unwrap().content_key;
    loot.texts = vec![[b"x", content_key.expose().as_slice(), b"y"].concat()];
    assert_eq!(loot.opened_by(&windows(loot.texts.iter().map(Vec::as_slice))), all(&["other"]));
    let wrapped = seal.as_bytes()[2 + ApproverId::LEN..][..BLOCK].to_vec();
    let seal_key = phone.approver.unwrap_key(&WrappedKey(wrapped)).await.unwrap();
    assert_eq!(loot.opened_by(&HashSet::from([*seal_key.expose()])), all(&["other"]));
}

#[tokio::test]
async fn a_recorded_answer_opens_nothing_later() {
    let mut house = House::start().await;
    let Recording { ask, asked, request, hash, answered } = house.fill().await;
    let mut thief = house.rob().await;

    // The stolen keys open the envelope that the answer came in.
    let ToDesktop::Answer(answer) = thief.read(&answered).await.unwrap() else { panic!("no answer") };
    let decoded: Answer = codec::from_slice(&answer.bytes, "answer", MAIL_LIMIT).unwrap();
    assert_eq!(decoded.request_hash, hash);
    let Decision::Approved { encapsulated, ciphertext } = decoded.decision.clone() else { panic!("no approval") };
    // What the desktop sent to the phone, they do not.
    assert_eq!(thief.read(&asked).await.unwrap_err(), Error::WrongRecipient);

    // The same ask again, and another ask: the answer is to neither.
    let other = thief.signed_by_browser(&thief.fill(thief.item.id, &fields(&thief.item), SITE)).await;
    for ask in [ask.clone(), other] {
        let (pending, _) = Pending::make(ask, request.seals.clone(), request.log_head).unwrap();
        let refused = pending.finish(&answer, thief.log()).unwrap_err();
        assert_eq!(refused, Error::NotAllowed("the answer is to another request"));
    }

    // Even a phone that signed the recorded ciphertext under the new request's hash would not help: it is encrypted to a key that is gone.
    let signed_anew = async |pending: &Pending, decision: Decision| {
        let answer = Answer { request: pending.id, request_hash: pending.hash, decision, ..decoded.clone() };
        let bytes = codec::to_vec(&answer).unwrap();
        let signature = thief.phone.keys.sign(Context::Answer, &bytes).await.unwrap();
        SignedAnswer { bytes, signature }
    };
    let (pending, _) = Pending::make(ask.clone(), request.seals.clone(), request.log_head).unwrap();
    let moved = signed_anew(&pending, Decision::Approved { encapsulated, ciphertext }).await;
    assert_eq!(pending.finish(&moved, thief.log()).unwrap_err(), Error::CannotOpen);
    // A real answer to such a request, signed anew in the same way, opens.
    let (pending, request) = Pending::make(ask, request.seals.clone(), request.log_head).unwrap();
    let hash = pending.hash;
    let shown = Shown { id: pending.id, request, hash };
    let real = thief.phone.answer(&shown, shown.request.ask.ask().unwrap().number.get()).await;
    let real: Answer = codec::from_slice(&real.bytes, "answer", MAIL_LIMIT).unwrap();
    let real = signed_anew(&pending, real.decision).await;
    let keys = keys_of(pending.finish(&real, thief.log()).unwrap().unwrap());
    assert_eq!(thief.open().open_fields(thief.item.id, &keys).await.unwrap()[0].value, secret("second"));

    // No key stands in what passed the relay, opened where it can be opened.
    let body = codec::to_vec(&ToDesktop::Answer(answer)).unwrap();
    let recorded = windows([asked.as_slice(), &answered, &body, &shown.request.to_bytes().unwrap()]);
    assert_eq!(thief.loot.opened_by(&recorded), all(&[]));
    thief.assert_honest_request_works().await;
}

#[tokio::test]
async fn a_request_with_all_stolen_keys_opens_the_approved_field_and_no_other() {
    let mut thief = House::start().await.rob().await;
    let [password, hidden] = fields(&thief.item).try_into().unwrap();
    let (item, other) = (thief.item.id, thief.other.clone());
    let signed = thief.signed_by_browser(&thief.fill(item, &[password], SITE)).await;
    let seals = vec![thief.seal_of(item, password).await];
    let (subject, yields) = thief.request(signed, seals).await.unwrap();
    let Subject::Fill { title, kinds, chain: place, .. } = subject else { panic!("{subject:?}") };
    assert_eq!((title.as_str(), kinds.as_slice(), place), ("Example", &[FieldKind::Password][..], chain(&[SITE])));
    let bytes = codec::to_vec(&yields).unwrap();
    let [(field, version, key)] = keys_of(yields).try_into().unwrap();
    assert_eq!((field, version), (password, 2));
    let open = thief.open();
    let released = open.open_fields(item, &[(field, version, key.clone())]).await.unwrap();
    assert_eq!(released[0].value, secret("second"));

    // Not the password before, not the other field, not the other item.
    for (item, field, version) in [(item, field, 1), (item, hidden, 1), (other.id, fields(&other)[0], 1)] {
        assert!(open.open_fields(item, &[(field, version, key.clone())]).await.is_err());
    }
    // Nor by hand: all that the phone gave opens one value of four.
    assert_eq!(thief.loot.opened_by(&windows([bytes.as_slice()])), all(&["second"]));
}

#[tokio::test]
async fn the_first_pairing_of_a_running_daemon_leaves_no_old_bytes() {
    let relay = Relay::start().await;
    let desk = Desk::start(Some(&relay)).await;
    let browser = Browser::paired(&desk).await;
    let item = desk.add_login("first").await;
    write(&desk, Command::Edit { item: item.id, draft: change("Example", item.fields[0].id, "second") }).await;

    // Until then the passphrase is all it takes: the search of a sealed store finds the keys of this one.
    let before = Loot::take(&desk).await;
    assert_eq!(before.opened_by(&before.keys()), all(&["first", "second"]));
    let (mut old, mut plain) = (before.columns.clone(), Vec::new());
    for value in &before.values {
        let Lock::Local { content_key } = &value.lock else { panic!("sealed") };
        plain.extend([content_key.expose().to_vec(), value.ciphertext.0.clone()]);
    }
    old.extend(plain.clone());
    assert_eq!((before.columns.len(), plain.len()), (3, 4));
    assert!(before.columns.iter().all(|column| holds(&all_bytes(&desk.data()), &column[..32])));
    assert!(plain.iter().all(|bytes| before.texts.iter().any(|text| holds(text, bytes))));

    let mut phone = Phone::paired(&desk).await;
    let left = all_bytes(&desk.data());
    for part in old.iter().flat_map(|bytes| bytes.chunks_exact(16)) {
        assert!(!holds(&left, part));
    }
    let after = Loot::take(&desk).await;
    assert!(after.columns.iter().all(|column| holds(&after.files, &column[..32])));
    assert!(
        plain
            .iter()
            .flat_map(|bytes| bytes.chunks_exact(16))
            .all(|part| !after.texts.iter().any(|text| holds(text, part)))
    );
    assert_eq!((after.values.len(), after.opened_by(&after.keys())), (2, all(&[])));
    // The old keys do not open the new ciphertexts.
    assert_eq!(after.opened_by(&windows(plain.iter().map(Vec::as_slice))), all(&[]));

    // The value itself is still there, behind the phone.
    let mut session = browser.session(&desk).await;
    let [item] = session.items().await.try_into().unwrap();
    let ask = browser.ask(&mut session, &item).await.unwrap();
    let shown = phone.request().await;
    phone.approve(&shown, ask.number.get()).await;
    assert_eq!(session.progress(ask.id).await, Progress::Asked);
    assert_eq!(session.progress(ask.id).await, Progress::Approved);
    assert_eq!(session.released(ask.id).await[0].value, secret("second"));
}
