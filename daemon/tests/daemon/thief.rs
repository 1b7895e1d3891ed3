//! A thief with a copy of the data directory, its passphrase, and a program of their own: what they can open, and what the phone does for them.
//!
//! The thief holds to none of our daemon's rules: they sign what they like with the stolen keys, and log in at the relay as the desktop.

mod loot;

use crate::{
    browser::{Browser, Session, now},
    desk::{Desk, Relay, SITE, chain, fields, login, metadata, secret},
    phone::{Phone, Shown, Socket, log_in},
};
use countersign_daemon::store::{Error as StoreError, OpenStore};
use countersign_seal::{
    Error, codec,
    context::Context,
    envelope::{Envelope, ReplayGuard},
    field::{FieldAddress, FieldKind, FieldSeal, Meaning, Policy},
    id::{ApproverId, DeviceId, FieldId, Hash, ItemId, MessageId, UnixMillis},
    keys::{BLOCK, DeviceKeys as _, Sign as _, Unwrap as _, WrappedKey},
    log::{self, Author, Device, DeviceKind, Entry, Log, SignedEntry},
    native::{NativeApprover, NativeKeys},
    recovery::RecoveryWords,
    request::{
        Action, Answer, Ask, Decision, LIFETIME_MILLIS, Pending, Refusal, Request, SignedAnswer, SignedAsk, Yield,
    },
    review::{Change, Subject},
    secret::Key256,
};
use countersign_vault::{
    field::Lock,
    item::{FieldDraft, ItemDraft, ItemSummary},
};
use countersign_wire::{
    control::{Command, Report},
    local::{Method, Progress},
    mail::{LIMIT as MAIL_LIMIT, ToDesktop, ToPhone},
    relay::{FromRelay, RelayFault, ToRelay},
};
use loot::{Loot, all_bytes, holds, windows};
use std::collections::{BTreeSet, HashSet};

const OTHER_SITE: &str = "https://evil.example";

/// A desk with a paired browser and a phone, one item with two fields and one with one, all sealed; one password has been changed.
struct House {
    relay: Relay,
    desk: Desk,
    browser: Browser,
    session: Session,
    phone: Phone,
    /// Its fields: `second`, which was `first`, and `answer`.
    item: ItemSummary,
    /// Its field: `other`.
    other: ItemSummary,
}

/// What a fill let pass.
struct Recording {
    ask: SignedAsk,
    /// To the phone.
    asked: Vec<u8>,
    request: Request,
    hash: Hash,
    /// To the desktop.
    answered: Vec<u8>,
}

impl House {
    async fn start() -> Self {
        let relay = Relay::start().await;
        let desk = Desk::start(Some(&relay)).await;
        let browser = Browser::paired(&desk).await;
        let mut draft = login("Example", SITE, "first");
        draft.fields.push(FieldDraft { id: None, kind: FieldKind::Hidden, value: secret("answer") });
        let item = write(&desk, Command::Add(draft)).await;
        write(&desk, Command::Edit { item: item.id, draft: change("Example", item.fields[0].id, "second") }).await;
        let phone = Phone::paired(&desk).await;
        // One is sealed by the first pairing, and one when it is added.
        let other = write(&desk, Command::Add(login("Other", SITE, "other"))).await;
        let mut session = browser.session(&desk).await;
        let items = session.items().await;
        let item = password_first(items.into_iter().find(|found| found.id == item.id).unwrap());
        assert_eq!(desk.status(Command::Status).await.not_sealed, 0);
        Self { relay, desk, browser, session, phone, item, other }
    }

    /// A fill of the whole item through the real daemon, recorded.
    async fn fill(&mut self) -> Recording {
        let ask = self.browser.fill(&self.item, chain(&[SITE]));
        let signed = SignedAsk::make(&ask, &self.browser.keys).await.unwrap();
        self.session.call(Method::Ask { ask: signed.clone() }).await.unwrap();
        assert_eq!(self.session.progress(ask.id).await, Progress::Asked);
        let shown = self.phone.request().await;
        let answer = self.phone.answer(&shown, ask.number.get()).await;
        let answered = self.phone.envelope(&ToDesktop::Answer(answer)).await;
        self.phone.post(answered.clone()).await;
        assert_eq!(self.session.progress(ask.id).await, Progress::Approved);
        let values = self.session.released(ask.id).await;
        assert_eq!(values.iter().map(|field| field.value.expose()).collect::<Vec<_>>(), [b"second", b"answer"]);
        let asked = self.phone.envelopes.last().unwrap().clone();
        Recording { ask: signed, asked, request: shown.request, hash: shown.hash, answered }
    }

    /// The thief takes a copy and the computer; the daemon is no more.
    async fn rob(self) -> Thief {
        let Self { relay, desk, browser, phone, item, other, .. } = self;
        let loot = Loot::take(&desk).await;
        drop(desk);
        let socket = log_in(&relay.api, loot.open.log(), loot.open.keys()).await;
        Thief { relay, loot, browser, phone, item, other, socket, calls: 0 }
    }
}

/// Writes an item; returns it with its password first.
async fn write(desk: &Desk, command: Command) -> ItemSummary {
    match desk.report(command).await {
        Report::Item(item) => password_first(item),
        other => panic!("{other:?}"),
    }
}

fn password_first(mut item: ItemSummary) -> ItemSummary {
    item.fields.sort_by_key(|field| field.kind != FieldKind::Password);
    item
}

/// Another value for one field.
fn change(title: &str, field: FieldId, value: &str) -> ItemDraft {
    let mut draft = login(title, SITE, value);
    draft.fields[0].id = Some(field);
    draft
}

fn all(values: &[&str]) -> BTreeSet<Vec<u8>> {
    values.iter().map(|value| value.as_bytes().to_vec()).collect()
}

/// Admits everything, as a program does that never ran before.
struct Forgetful;

impl ReplayGuard for Forgetful {
    fn admit(&mut self, _: DeviceId, _: MessageId, _: UnixMillis) -> bool {
        true
    }
}

/// The thief, in the desktop's place; and the phone, whose user approves whatever is in order.
struct Thief {
    relay: Relay,
    loot: Loot,
    browser: Browser,
    phone: Phone,
    item: ItemSummary,
    other: ItemSummary,
    socket: Socket,
    calls: u32,
}

impl Thief {
    fn open(&self) -> &OpenStore {
        &self.loot.open
    }

    fn keys(&self) -> &NativeKeys {
        self.loot.open.keys()
    }

    fn log(&self) -> &Log {
        self.loot.open.log()
    }

    /// An ask as the stolen browser would make it.
    fn fill(&self, item: ItemId, fields: &[FieldId], site: &str) -> Ask {
        let action = Action::Fill { item, fields: fields.to_vec(), chain: chain(&[site]) };
        Ask { action, ..self.browser.fill(&self.item, chain(&[site])) }
    }

    async fn signed_by_browser(&self, ask: &Ask) -> SignedAsk {
        SignedAsk::make(ask, &self.browser.keys).await.unwrap()
    }

    async fn signed_by_desktop(&self, ask: &Ask) -> SignedAsk {
        SignedAsk::make(ask, self.keys()).await.unwrap()
    }

    async fn seal_of(&self, item: ItemId, field: FieldId) -> FieldSeal {
        self.open().seals(item, &[field]).await.unwrap().remove(0)
    }

    async fn envelope(&self, message: &[u8]) -> Vec<u8> {
        let to = &self.phone.device.keys;
        let envelope = Envelope::seal(self.keys(), self.open().account(), to, now(), 60_000, message).await;
        envelope.unwrap().as_bytes().to_vec()
    }

    /// What the relay says to a call; mail that comes meanwhile is lost.
    async fn call(&mut self, message: impl FnOnce(u32) -> ToRelay) -> FromRelay {
        self.calls += 1;
        self.socket.send(&message(self.calls)).await;
        loop {
            match self.socket.receive().await {
                FromRelay::Deliver { .. } | FromRelay::LogGrew { .. } => {}
                other => return other,
            }
        }
    }

    /// Has the relay put it into the phone's mailbox.
    async fn post(&mut self, message: &ToPhone) {
        let envelope = self.envelope(&codec::to_vec(message).unwrap()).await;
        let posted = self.call(|call| ToRelay::Send { call, envelope }).await;
        assert!(matches!(posted, FromRelay::Done { .. }), "{posted:?}");
    }

    /// Sends a request.
    async fn send(&mut self, request: Vec<u8>) -> Shown {
        self.post(&ToPhone::Request { request, computer: String::from("Desk") }).await;
        self.phone.request().await
    }

    /// The next answer: the thief reads what is addressed to the desktop.
    async fn answer(&mut self) -> SignedAnswer {
        loop {
            let FromRelay::Deliver { delivery, envelope } = self.socket.receive().await else { continue };
            self.socket.send(&ToRelay::Ack { delivery }).await;
            if let ToDesktop::Answer(answer) = self.read(&envelope).await.unwrap() {
                return answer;
            }
        }
    }

    /// Opens an envelope with the stolen keys.
    async fn read(&self, envelope: &[u8]) -> countersign_seal::Result<ToDesktop> {
        let verified = Envelope::parse(envelope)?.verify(self.log(), self.keys().public().fingerprint())?;
        let body = verified.admit(&mut Forgetful, now())?.open(self.keys()).await?;
        codec::from_slice(body.expose(), "mail", MAIL_LIMIT)
    }

    /// A whole request of the thief's own. The user types the number and approves all that the phone shows. Checks that the answer holds nothing that
    /// the screen did not name.
    async fn request(&mut self, signed: SignedAsk, seals: Vec<FieldSeal>) -> Result<(Subject, Yield), Refusal> {
        let number = signed.ask().unwrap().number.get();
        let (pending, request) = Pending::make(signed, seals, self.log().head()).unwrap();
        let shown = self.send(request.to_bytes().unwrap()).await;
        assert_eq!(shown.hash, pending.hash);
        let screen = self.phone.review(&shown, now()).await.map(|review| review.subject);
        self.phone.approve(&shown, number).await;
        let answer = self.answer().await;
        let decoded: Answer = codec::from_slice(&answer.bytes, "answer", MAIL_LIMIT).unwrap();
        let yields = pending.finish(&answer, self.log()).unwrap();
        match (screen, yields) {
            (Ok(subject), Ok(yields)) => {
                assert_is_named(&self.phone, &shown, &subject, &yields).await;
                Ok((subject, yields))
            }
            (Err(refusal), Err(answered)) => {
                assert_eq!((refusal, decoded.decision), (answered, Decision::Refused(answered)));
                Err(refusal)
            }
            other => panic!("the answer is not what the screen says: {other:?}"),
        }
    }

    /// The refusal that such a request gets.
    async fn refusal(&mut self, signed: SignedAsk, seals: Vec<FieldSeal>) -> Refusal {
        self.request(signed, seals).await.unwrap_err()
    }

    /// That the very same program gets what an honest request asks for.
    async fn assert_honest_request_works(&mut self) {
        let (item, field) = (self.item.id, self.item.fields[0].id);
        let signed = self.signed_by_browser(&self.fill(item, &[field], SITE)).await;
        let seals = vec![self.seal_of(item, field).await];
        let keys = keys_of(self.request(signed, seals).await.unwrap().1);
        let released = self.open().open_fields(item, &keys).await.unwrap();
        assert_eq!(released[0].value, secret("second"));
    }
}

fn keys_of(yields: Yield) -> Vec<(FieldId, u32, Key256)> {
    match yields {
        Yield::Keys(keys) => keys,
        other => panic!("{other:?}"),
    }
}

/// Everything in a yield comes from a seal whose meaning stood on the screen, in that order, and there is nothing else.
async fn assert_is_named(phone: &Phone, shown: &Shown, subject: &Subject, yields: &Yield) {
    let mut opened = Vec::new();
    for seal in &shown.request.seals {
        opened.push(seal.open(&phone.approver).await.unwrap());
    }
    match (subject, yields) {
        (Subject::Fill { item, title, sites, kinds, .. }, Yield::Keys(keys)) => {
            let named: Vec<_> = opened
                .into_iter()
                .map(|seal| {
                    let Meaning { address, kind, title: sealed, sites: places, .. } = seal.meaning;
                    assert_eq!((&address.item, &sealed, &places), (item, title, sites));
                    (kind, (address.field, address.version, seal.content_key))
                })
                .collect();
            assert_eq!(&named.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), kinds);
            assert_eq!(&named.into_iter().map(|(_, key)| key).collect::<Vec<_>>(), keys);
        }
        (Subject::Reseal { kinds, .. }, Yield::Seals(seals)) => assert_eq!(kinds.len(), seals.len()),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn thief_of_the_disk_and_the_passphrase_reads_metadata_and_opens_no_sealed_field() {
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
async fn thief_who_recorded_an_earlier_answer_opens_nothing_with_it() {
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
async fn thief_with_all_desktop_and_browser_keys_gets_the_approved_field_and_no_other() {
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
async fn patched_daemon_that_edits_its_store_widens_no_seal() {
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
async fn patched_daemon_that_swaps_seals_is_refused() {
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

impl Thief {
    /// A seal in the place of the item's, with another title and site, around a content key that the thief made up.
    async fn own_seal(&self, field: usize, site: &str) -> (FieldSeal, Key256) {
        let mut addresses = self.loot.values.iter().map(|value| value.address);
        let current = |address: &FieldAddress| {
            let summary = &self.item.fields[field];
            (address.item, address.field, address.version) == (self.item.id, summary.id, summary.version)
        };
        let address = addresses.find(current).unwrap();
        let sites = metadata("", site).sites;
        let kind = self.item.fields[field].kind;
        let meaning = Meaning { address, kind, title: String::from("Harmless"), sites, policy: Policy::default() };
        let key = Key256::make().unwrap();
        let approver = &self.log().approver().unwrap().key;
        (FieldSeal::make(approver, &key, &meaning).unwrap(), key)
    }
}

#[tokio::test]
async fn patched_daemon_with_a_seal_of_its_own_making_gets_its_own_key_back() {
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
async fn patched_daemon_cannot_appoint_an_approver_of_its_own() {
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

impl Thief {
    /// An entry that the desktop signs, whether or not it may.
    async fn entry(&self, action: log::Action) -> SignedEntry {
        let log = self.log();
        let entry = Entry {
            version: log::VERSION,
            account: Some(log.account()),
            sequence: u64::try_from(log.entries().len()).unwrap(),
            previous: Some(log.head()),
            time: now(),
            author: Author::Device(self.keys().public().fingerprint()),
            action,
        };
        Log::sign(&entry, self.keys()).await.unwrap()
    }

    /// The relay is asked to append it.
    async fn appended(&mut self, entry: &SignedEntry) -> Result<(), RelayFault> {
        let (head, entry) = (self.log().head(), entry.clone());
        match self.call(|call| ToRelay::LogAppend { call, head, entry }).await {
            FromRelay::Done { .. } => Ok(()),
            FromRelay::Failed { fault, .. } => Err(fault),
            other => panic!("{other:?}"),
        }
    }

    /// The relay is asked to take a whole log.
    async fn registered(&self, entries: Vec<SignedEntry>) -> RelayFault {
        let (mut socket, _) = Socket::open(&self.relay.api).await;
        socket.send(&ToRelay::Register { entries }).await;
        match socket.receive().await {
            FromRelay::Failed { fault, .. } => fault,
            other => panic!("{other:?}"),
        }
    }

    /// The phone is told of new entries by mail; returns how many it takes.
    async fn told(&mut self, new: Vec<SignedEntry>) -> countersign_seal::Result<usize> {
        let entries = [self.log().entries(), &new].concat();
        self.post(&ToPhone::Log { entries }).await;
        loop {
            if let ToPhone::Log { entries } = self.phone.next().await
                && entries.len() > self.log().entries().len()
            {
                return self.phone.log.extend(&entries);
            }
        }
    }
}

#[tokio::test]
async fn patched_daemon_that_reflects_the_phones_messages_is_not_heard() {
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
async fn patched_daemon_that_replays_a_request_gets_nothing_it_can_open() {
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
async fn patched_daemon_cannot_ask_for_a_fill_itself() {
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

#[tokio::test]
async fn first_pairing_of_a_running_daemon_leaves_no_old_bytes() {
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
