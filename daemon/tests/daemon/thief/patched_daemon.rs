//! What a daemon gets that was changed to lie to the phone, with every key of the desktop and of a paired browser.

use super::{
    OTHER_SITE,
    house::{House, Recording, all},
    keys_of,
    loot::windows,
};
use crate::{
    browser::now,
    desk::{SITE, fields, login, metadata},
};
use countersign_seal::{
    Error, codec,
    field::FieldSeal,
    id::UnixMillis,
    keys::DeviceKeys as _,
    log::{self, Author, Device, DeviceKind, Log, SignedEntry},
    native::{NativeApprover, NativeKeys},
    recovery::RecoveryWords,
    request::{Action, Answer, Ask, Decision, LIFETIME_MILLIS, Pending, Refusal, SignedAsk, Yield},
    review::{Change, Subject},
};
use countersign_vault::item::ItemDraft;
use countersign_wire::{
    mail::{LIMIT as MAIL_LIMIT, ToDesktop, ToPhone},
    relay::{FromRelay, RelayFault, ToRelay},
};

#[tokio::test]
async fn editing_its_store_widens_no_seal() {
    let mut thief = House::start().await.rob().await;
    let (item, sealed) = (thief.item.id, fields(&thief.item));
    let seals = thief.open().seals(item, &sealed).await.unwrap();

    // It writes another site into its store and says that it is in force, around a seal of its own.
    let wanted = metadata("Renamed", OTHER_SITE);
    let edit = ItemDraft { metadata: wanted.clone(), fields: Vec::new(), ..login("", SITE, "") };
    thief.loot.open.edit(item, edit).await.unwrap();
    let reseal = thief.open().reseal(item).await.unwrap().unwrap();
    let own = (thief.own_seal(0, OTHER_SITE).await.0, thief.own_seal(1, OTHER_SITE).await.0);
    let own = vec![(sealed[0], own.0), (sealed[1], own.1)];
    let edited = thief.loot.open.apply_reseal(&reseal, own).await.unwrap();
    assert_eq!((edited.title.as_str(), edited.sites, edited.waiting), ("Renamed", wanted.sites.clone(), None));

    // The phone goes by the real seals, which say no such thing.
    let signed = thief.signed_by_browser(&thief.fill(item, &sealed, OTHER_SITE)).await;
    assert_eq!(thief.refusal(signed, seals.clone()).await, Refusal::OtherSite);
    for near in ["http://login.example.com", "https://example.com", "https://login.example.com.evil.example"] {
        let signed = thief.signed_by_browser(&thief.fill(item, &sealed, near)).await;
        assert_eq!(thief.refusal(signed, seals.clone()).await, Refusal::OtherSite, "{near}");
    }
    // On its own site the screen has the sealed title, whatever the store says.
    let signed = thief.signed_by_browser(&thief.fill(item, &sealed, SITE)).await;
    let (subject, yields) = thief.request(signed, seals.clone()).await.unwrap();
    assert!(matches!(subject, Subject::Fill { title, .. } if title == "Example"));
    assert_eq!(keys_of(yields).len(), 2);

    // To ask for a wider seal is allowed; the screen then names the site and asks for consent, and what comes back is a seal, no key.
    let action = Action::Reseal {
        item,
        fields: sealed.clone(),
        title: wanted.title,
        sites: wanted.sites.clone(),
        policy: wanted.policy,
    };
    let desktop = thief.keys().public().fingerprint();
    let ask = Ask { asker: desktop, action, ..thief.fill(item, &sealed, SITE) };
    let signed = thief.signed_by_desktop(&ask).await;
    let (subject, yields) = thief.request(signed, seals).await.unwrap();
    let Subject::Reseal { title, changes, .. } = subject else { panic!("{subject:?}") };
    assert_eq!(title, "Example");
    assert!(changes.contains(&Change::SiteAdded(wanted.sites[0].clone())) && changes.iter().any(Change::needs_consent));
    let Yield::Seals(seals) = &yields else { panic!("{yields:?}") };
    for (_, seal) in seals {
        assert_eq!(seal.open(thief.keys()).await.unwrap_err(), Error::CannotOpen);
    }
    assert_eq!(thief.loot.opened_by(&windows([codec::to_vec(&yields).unwrap().as_slice()])), all(&[]));
}

#[tokio::test]
async fn swapping_seals_is_refused() {
    let mut thief = House::start().await.rob().await;
    let (item, [password, hidden]) = (thief.item.id, fields(&thief.item).try_into().unwrap());
    let (other, [elsewhere]) = (thief.other.id, fields(&thief.other).try_into().unwrap());
    let (of_password, of_hidden) = (thief.seal_of(item, password).await, thief.seal_of(item, hidden).await);
    let of_other = thief.seal_of(other, elsewhere).await;
    let (one, two) = (&[password][..], &[password, hidden][..]);
    let cases = [
        ("another item's", item, one, vec![of_other.clone()]),
        ("another field's", item, one, vec![of_hidden.clone()]),
        ("this one in another item's name", other, one, vec![of_password.clone()]),
        ("exchanged", item, two, vec![of_hidden.clone(), of_password.clone()]),
        ("one twice", item, two, vec![of_password.clone(), of_password.clone()]),
        ("another item's beside it", item, two, vec![of_password.clone(), of_other]),
    ];
    for (what, item, asked, seals) in cases {
        let signed = thief.signed_by_browser(&thief.fill(item, asked, SITE)).await;
        assert_eq!(thief.refusal(signed, seals).await, Refusal::Invalid, "{what}");
    }
    let signed = thief.signed_by_browser(&thief.fill(item, two, SITE)).await;
    let (_, yields) = thief.request(signed, vec![of_password, of_hidden]).await.unwrap();
    assert_eq!(thief.open().open_fields(item, &keys_of(yields)).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_seal_of_its_own_making_gives_its_own_key_back() {
    let mut thief = House::start().await.rob().await;
    let (item, field) = (thief.item.id, thief.item.fields[0].id);
    let (seal, made_up) = thief.own_seal(0, OTHER_SITE).await;
    let signed = thief.signed_by_browser(&thief.fill(item, &[field], OTHER_SITE)).await;
    // Nobody can tell that this seal is not ours, so the phone shows it; but it holds nothing that the thief did not know.
    let (subject, yields) = thief.request(signed, vec![seal.clone()]).await.unwrap();
    assert!(matches!(subject, Subject::Fill { title, .. } if title == "Harmless"));
    let bytes = codec::to_vec(&yields).unwrap();
    let keys = keys_of(yields);
    assert_eq!(keys, [(field, 2, made_up)]);
    assert!(thief.open().open_fields(item, &keys).await.is_err());
    assert_eq!(thief.loot.opened_by(&windows([bytes.as_slice()])), all(&[]));

    // Beside a real one it is refused: the two do not agree.
    let hidden = thief.item.fields[1].id;
    let real = thief.seal_of(item, hidden).await;
    for site in [SITE, OTHER_SITE] {
        let signed = thief.signed_by_browser(&thief.fill(item, &[field, hidden], site)).await;
        assert_eq!(thief.refusal(signed, vec![seal.clone(), real.clone()]).await, Refusal::Invalid);
    }
    // And one to an approver key of the thief's is no seal of this account.
    let own = NativeApprover::make().unwrap();
    let opened = seal.open(&thief.phone.approver).await.unwrap();
    let foreign = FieldSeal::make(own.public(), &opened.content_key, &opened.meaning).unwrap();
    let signed = thief.signed_by_browser(&thief.fill(item, &[field], OTHER_SITE)).await;
    assert_eq!(thief.refusal(signed, vec![foreign]).await, Refusal::Invalid);
    thief.assert_honest_request_works().await;
}

/// An approver whose keys the thief holds.
fn own_approver() -> Box<log::Approver> {
    let own = NativeApprover::make().unwrap();
    let recovery = RecoveryWords::make().unwrap().derive_keys().unwrap().public().unwrap();
    let recovery_wrap = recovery.wrap(&own.to_pkcs8().unwrap()).unwrap();
    Box::new(log::Approver { key: own.public().clone(), recovery, recovery_wrap })
}

#[tokio::test]
async fn an_approver_of_its_own_is_refused_by_phone_and_relay() {
    let mut thief = House::start().await.rob().await;
    let keys = NativeKeys::make().unwrap();
    let own = Device { keys: keys.public().clone(), kind: DeviceKind::Phone, name: String::from("Phone") };
    let (desktop, phone) = (thief.keys().public().fingerprint(), thief.phone.device.id());
    let before = thief.phone.log.head();
    let actions = [
        log::Action::AddDevice { device: own.clone() },
        log::Action::MakeApprover { device: phone, approver: own_approver() },
        log::Action::MakeApprover { device: desktop, approver: own_approver() },
        log::Action::RotateApprover { approver: own_approver() },
        log::Action::RemoveDevice { device: phone },
    ];
    for action in actions {
        let entry = thief.entry(action).await;
        assert_eq!(thief.appended(&entry).await, Err(RelayFault::BadLog));
        let refused = thief.told(vec![entry.clone()]).await.unwrap_err();
        assert!(matches!(refused, Error::NotAllowed(_)), "{refused:?}");
        let mut whole = thief.log().entries().to_vec();
        whole.push(entry);
        assert_eq!(thief.registered(whole).await, RelayFault::BadLog);
    }

    // As the first desktop it could have signed another approver before there was one: a fork of what everyone else holds.
    let is_appointment =
        |entry: &SignedEntry| matches!(entry.entry().unwrap().action, log::Action::MakeApprover { .. });
    let place = thief.log().entries().iter().position(is_appointment).unwrap();
    let mut fork = Log::verify(thief.log().entries()[..place].to_vec()).unwrap();
    for action in [
        log::Action::AddDevice { device: own.clone() },
        log::Action::MakeApprover { device: own.id(), approver: own_approver() },
    ] {
        let entry = fork.draft(Author::Device(desktop), action, now()).unwrap();
        fork.append(Log::sign(&entry, thief.keys()).await.unwrap()).unwrap();
    }
    assert!(fork.active(own.id()).unwrap().approver);
    assert_eq!(thief.phone.log.clone().extend(fork.entries()).unwrap_err(), Error::Forked);
    assert_eq!(thief.registered(fork.entries().to_vec()).await, RelayFault::Conflict);
    let head = fork.entries()[place - 1].hash();
    let entry = fork.entries()[place].clone();
    let appended = thief.call(|call| ToRelay::LogAppend { call, head, entry }).await;
    assert!(matches!(appended, FromRelay::Failed { fault: RelayFault::Conflict, .. }), "{appended:?}");
    assert_eq!(thief.phone.log.head(), before);
    thief.assert_honest_request_works().await;

    // What a desktop may say is taken by both, in the same way.
    let entry = thief.entry(log::Action::SuspendDevice { device: thief.browser.device.id() }).await;
    assert_eq!(thief.appended(&entry).await, Ok(()));
    assert_eq!(thief.told(vec![entry]).await, Ok(1));
}

#[tokio::test]
async fn reflecting_the_phones_messages_is_not_heard() {
    let mut house = House::start().await;
    let recording = house.fill().await;
    let mut thief = house.rob().await;
    let account = thief.open().account();
    // As they came: addressed to the desktop, and not the desktop's to send.
    let envelope = recording.answered.clone();
    let posted = thief.call(|call| ToRelay::Send { call, envelope }).await;
    assert!(matches!(posted, FromRelay::Failed { fault: RelayFault::NotAllowed, .. }), "{posted:?}");
    assert_eq!(thief.phone.open(&recording.answered).await.unwrap_err(), Error::WrongRecipient);
    // In the phone's name, which the desktop cannot sign in.
    let phone = &thief.phone.device;
    let mut forged = thief.envelope(b"x").await;
    let sender = 2 + account.as_bytes().len();
    forged[sender..sender + 32].copy_from_slice(phone.id().as_bytes());
    assert_eq!(thief.phone.open(&forged).await.unwrap_err(), Error::BadSignature("envelope"));
    // In envelopes of the desktop's own: they mean nothing to a phone.
    let answer = thief.read(&recording.answered).await.unwrap();
    let approver = thief.log().approver().unwrap().clone();
    let delivered = ToDesktop::Delivered { request: recording.ask.ask().unwrap().id };
    for message in [answer, delivered, ToDesktop::BecomeApprover(Box::new(approver))] {
        let envelope = thief.envelope(&codec::to_vec(&message).unwrap()).await;
        assert_eq!(thief.phone.open(&envelope).await.unwrap_err(), Error::Malformed("mail"), "{message:?}");
    }
    let received = ToPhone::Received { request: recording.ask.ask().unwrap().id };
    let envelope = thief.envelope(&codec::to_vec(&received).unwrap()).await;
    assert!(matches!(thief.phone.open(&envelope).await, Ok(ToPhone::Received { .. })));
    thief.assert_honest_request_works().await;
}

#[tokio::test]
async fn a_replayed_request_gives_nothing_it_can_open() {
    let mut house = House::start().await;
    let Recording { ask, asked, request, hash, .. } = house.fill().await;
    let mut thief = house.rob().await;
    // The envelope.
    assert_eq!(thief.phone.open(&asked).await.unwrap_err(), Error::Replayed);

    // The same request in a new envelope, to a user who approves once more: the answer is to a key that died with the daemon.
    let number = ask.ask().unwrap().number.get();
    let shown = thief.send(request.to_bytes().unwrap()).await;
    assert_eq!(shown.hash, hash);
    thief.phone.approve(&shown, number).await;
    let answer = thief.answer().await;
    let decoded: Answer = codec::from_slice(&answer.bytes, "answer", MAIL_LIMIT).unwrap();
    assert!(matches!(decoded.decision, Decision::Approved { .. }));
    let (pending, _) = Pending::make(ask.clone(), request.seals.clone(), request.log_head).unwrap();
    assert!(pending.finish(&answer, thief.log()).is_err());
    assert_eq!(thief.loot.opened_by(&windows([answer.bytes.as_slice()])), all(&[]));

    // The old ask with a new reply key is the same question on the screen, and only as long as an ask lives.
    let late = UnixMillis(now().0 + LIFETIME_MILLIS * 2 + 1);
    let refused = thief.phone.review(&shown, late).await.map(|review| review.subject).unwrap_err();
    assert_eq!(refused, Refusal::Expired);
    let (subject, yields) = thief.request(ask.clone(), request.seals.clone()).await.unwrap();
    assert!(matches!(subject, Subject::Fill { title, .. } if title == "Example"));
    assert_eq!(keys_of(yields).len(), 2);

    // What it signed cannot be changed: not the item, not the site, not the number, not the time.
    let (other, field) = (thief.other.id, fields(&thief.other)[0]);
    let original = ask.ask().unwrap();
    let changed = [
        Ask { action: thief.fill(other, &[field], SITE).action, ..original.clone() },
        Ask { action: thief.fill(thief.item.id, &fields(&thief.item), OTHER_SITE).action, ..original.clone() },
        Ask { number: if number == 42 { 43 } else { 42 }.try_into().unwrap(), ..original.clone() },
        Ask { time: UnixMillis(original.time.0 + 1), ..original },
    ];
    for changed in changed {
        let seals =
            thief.open().seals(changed.action.fields().unwrap().0, changed.action.fields().unwrap().1).await.unwrap();
        let forged = SignedAsk { bytes: codec::to_vec(&changed).unwrap(), signature: ask.signature.clone() };
        assert_eq!(thief.refusal(forged, seals).await, Refusal::Invalid, "{changed:?}");
    }
}

#[tokio::test]
async fn it_cannot_ask_for_a_fill_itself() {
    let mut thief = House::start().await.rob().await;
    let (item, field) = (thief.item.id, thief.item.fields[0].id);
    let seals = vec![thief.seal_of(item, field).await];
    let desktop = thief.keys().public().fingerprint();
    let ask = thief.fill(item, &[field], SITE);
    let stranger = NativeKeys::make().unwrap();
    let own = SignedAsk::make(&Ask { asker: desktop, ..ask.clone() }, thief.keys()).await.unwrap();
    let in_the_browsers_name = SignedAsk::make(&ask, thief.keys()).await.unwrap();
    let unknown =
        SignedAsk::make(&Ask { asker: stranger.public().fingerprint(), ..ask.clone() }, &stranger).await.unwrap();
    for (what, signed) in [("its own", own), ("the browser's", in_the_browsers_name), ("a stranger's", unknown)] {
        assert_eq!(thief.refusal(signed, seals.clone()).await, Refusal::Invalid, "{what}");
    }
    // A browser of its own needs the phone's signature to be listed, and that asks by name.
    thief.assert_honest_request_works().await;
}
