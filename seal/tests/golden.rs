//! What version 1 of every format looks like, byte by byte: a change that cannot read it any more fails here.
//!
//! `cargo test -p countersign-seal --test golden -- --ignored` writes the file anew. Do that when a format gets a new version, under a new name;
//! never to make a test pass.
#![allow(clippy::panic, clippy::unwrap_used, reason = "test code")]

use countersign_seal::{
    approver::{PinParameters, WrappedSecret, derive_pin_key},
    codec,
    deposit::Deposit,
    envelope::{Envelope, ReplayGuard},
    field::{FieldAddress, FieldCiphertext, FieldKind, FieldSeal, Meaning, Policy},
    id::{DeviceId, FieldId, Hash, ItemId, MessageId, RequestId, UnixMillis},
    keys::DeviceKeys,
    log::{Action as Change, Approver, Author, Device, DeviceKind, Log, SignedEntry, State},
    native::{NativeApprover, NativeKeys},
    origin::{Origin, OriginChain, Site, SiteRule},
    pairing::Link,
    recovery::RecoveryWords,
    request::{Action, Answer, Ask, Number, Pending, Refusal, Request, SignedAnswer, SignedAsk},
    review::{Review, Subject},
    secret::{Key256, SecretBytes},
};
use serde_json::{Map, Value};
use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/v1.json");
const NOW: UnixMillis = UnixMillis(1_700_000_000_000);
const WORDS: &str = "legal winner thank year wave sausage worth useful legal winner thank yellow";
const CONTENT_KEY: [u8; 32] = [0x11; 32];
const PIN: &str = "246810";

fn run<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a native future waits for nothing"),
    }
}

struct Golden(Map<String, Value>);

impl Golden {
    fn read() -> Self {
        Self(serde_json::from_str(&std::fs::read_to_string(PATH).unwrap()).unwrap())
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        let text = self.0[name].as_str().unwrap();
        (0..text.len()).step_by(2).map(|index| u8::from_str_radix(&text[index..index + 2], 16).unwrap()).collect()
    }

    fn keys(&self, name: &str) -> NativeKeys {
        NativeKeys::from_secret(&SecretBytes::new(self.bytes(name))).unwrap()
    }

    fn approver(&self) -> NativeApprover {
        NativeApprover::from_pkcs8(&SecretBytes::new(self.bytes("approver"))).unwrap()
    }

    fn log(&self) -> Log {
        let entries: Vec<SignedEntry> = codec::from_slice(&self.bytes("log"), "log", 1 << 20).unwrap();
        Log::verify(entries).unwrap()
    }

    fn put(&mut self, name: &str, bytes: impl AsRef<[u8]>) {
        let hex: String = bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        self.0.insert(name.into(), hex.into());
    }
}

fn device(keys: &NativeKeys, kind: DeviceKind, name: &str) -> Device {
    Device { keys: keys.public().clone(), kind, name: name.into() }
}

fn origin(text: &str) -> Origin {
    Origin::parse(text).unwrap()
}

fn meaning(log: &Log) -> Meaning {
    let rule = SiteRule::Domain { domain: "example.com".into() };
    Meaning {
        address: FieldAddress { account: log.account(), item: ItemId([2; 16]), field: FieldId([3; 16]), version: 4 },
        kind: FieldKind::Password,
        title: "Example".into(),
        sites: vec![
            Site::exact(origin("https://example.org:8443")),
            Site { origin: origin("https://www.example.com"), rule },
        ],
        policy: Policy { verify_user: true, submit_after_fill: false },
    }
}

fn parameters() -> PinParameters {
    PinParameters { salt: [5; 16], memory_kib: 19 * 1024, passes: 2 }
}

fn pin_key() -> Key256 {
    let pin = SecretBytes::from(String::from(PIN));
    derive_pin_key(&Key256::new([6; 32]), &pin, &parameters(), "countersign/v1/approver-wrap").unwrap()
}

#[test]
#[ignore = "writes the golden file: only for a new version of a format"]
fn write_the_golden_file() {
    let mut golden = Golden(Map::new());
    let [desktop, browser, phone] = [(); 3].map(|()| NativeKeys::make().unwrap());
    for (name, keys) in [("desktop", &desktop), ("browser", &browser), ("phone", &phone)] {
        golden.put(name, keys.to_secret().unwrap().expose());
    }
    let approver = NativeApprover::make().unwrap();
    let pkcs8 = approver.to_pkcs8().unwrap();
    golden.put("approver", pkcs8.expose());
    golden.put("wrapped-approver", WrappedSecret::make(&pin_key(), &pkcs8, b"approver").unwrap().0);

    let recovery_keys = RecoveryWords::parse(WORDS).unwrap().derive_keys().unwrap();
    let recovery = recovery_keys.public().unwrap();
    let recovery_wrap = recovery.wrap(&pkcs8).unwrap();
    let mut log = run(Log::create(device(&desktop, DeviceKind::Desktop, "Desk"), &desktop, NOW)).unwrap();
    let (desktop_id, phone_id) = (desktop.public().fingerprint(), phone.public().fingerprint());
    let mut add = |keys: &NativeKeys, author: DeviceId, change: Change| {
        let entry = log.draft(Author::Device(author), change, NOW.plus(1)).unwrap();
        log.append(run(Log::sign(&entry, keys)).unwrap()).unwrap();
    };
    add(&desktop, desktop_id, Change::AddDevice { device: device(&browser, DeviceKind::Browser, "Firefox") });
    add(&desktop, desktop_id, Change::AddDevice { device: device(&phone, DeviceKind::Phone, "Phone") });
    let made = Box::new(Approver { key: approver.public().clone(), recovery, recovery_wrap });
    add(&desktop, desktop_id, Change::MakeApprover { device: phone_id, approver: made.clone() });
    let browser_id = browser.public().fingerprint();
    add(&desktop, desktop_id, Change::SuspendDevice { device: browser_id });
    add(&phone, phone_id, Change::ResumeDevice { device: browser_id });
    let entry = log.draft(Author::Recovery, Change::SuspendDevice { device: desktop_id }, NOW).unwrap();
    log.append(Log::sign_recovery(&entry, &recovery_keys).unwrap()).unwrap();
    let entry = log.draft(Author::Device(phone_id), Change::ResumeDevice { device: desktop_id }, NOW).unwrap();
    log.append(run(Log::sign(&entry, &phone)).unwrap()).unwrap();
    golden.put("log", codec::to_vec(&log.entries()).unwrap());

    let (meaning, key) = (meaning(&log), Key256::new(CONTENT_KEY));
    let seal = FieldSeal::make(approver.public(), &key, &meaning).unwrap();
    golden.put("seal", seal.as_bytes());
    let value = SecretBytes::from(String::from("correct horse"));
    golden.put("field", FieldCiphertext::make(&key, &meaning.address, &value).unwrap().0);
    let envelope = run(Envelope::seal(&desktop, log.account(), phone.public(), NOW, 60_000, b"a letter")).unwrap();
    golden.put("envelope", envelope.as_bytes());

    let deposit = Deposit::make(desktop.public(), &SecretBytes::from(String::from("a deposit"))).unwrap();
    golden.put("deposit", deposit.to_bytes());

    let ask = Ask {
        version: 1,
        account: log.account(),
        id: RequestId([8; 16]),
        time: NOW,
        asker: browser_id,
        action: Action::Fill {
            item: meaning.address.item,
            fields: vec![meaning.address.field],
            chain: OriginChain::new(vec![origin("https://login.example.com")]).unwrap(),
            sign_in: None,
            submit: false,
        },
        number: Number::try_from(42).unwrap(),
    };
    let signed = run(SignedAsk::make(&ask, &browser)).unwrap();
    let (_, request) = Pending::make(signed, vec![seal], log.head()).unwrap();
    let bytes = request.to_bytes().unwrap();
    let hash = Hash::of(&bytes);
    golden.put("request", bytes);
    let answer = run(SignedAnswer::refuse(&request, hash, Refusal::NotMe, phone_id, &phone, log.head(), NOW)).unwrap();
    golden.put("answer", codec::to_vec(&answer).unwrap());

    let link = Link::make("https://relay.example".into(), log.account(), desktop_id).unwrap();
    golden.put("link", link.to_fragment().unwrap());
    golden.put("link-hello", link.hello(&device(&phone, DeviceKind::Phone, "Phone")).unwrap());
    golden.put("link-welcome", link.welcome(phone_id, log.entries()).unwrap());
    std::fs::write(PATH, serde_json::to_string_pretty(&golden.0).unwrap() + "\n").unwrap();
}

#[test]
fn device_keys_and_the_log() {
    let (golden, log) = (Golden::read(), Golden::read().log());
    let id = |name: &str| golden.keys(name).public().fingerprint();
    assert_eq!(log.entries().len(), 8);
    assert_eq!(log.account().0, log.entries()[0].hash().0);
    for name in ["desktop", "browser", "phone"] {
        assert_eq!(log.listed(id(name)).unwrap().state, State::Active);
    }
    assert!(log.active(id("phone")).unwrap().approver);
    assert_eq!(log.active(id("browser")).unwrap().device.name, "Firefox");
    let approver = log.approver().unwrap();
    assert_eq!(approver.key, *golden.approver().public());
    let recovery = RecoveryWords::parse(WORDS).unwrap().derive_keys().unwrap();
    assert_eq!(recovery.public().unwrap(), approver.recovery);
    assert_eq!(recovery.unwrap(&approver.recovery_wrap).unwrap().expose(), golden.bytes("approver"));
}

#[test]
fn a_wrapped_approver_key() {
    let golden = Golden::read();
    let wrapped = WrappedSecret(golden.bytes("wrapped-approver"));
    assert_eq!(wrapped.open(&pin_key(), b"approver").unwrap().expose(), golden.bytes("approver"));
}

#[test]
fn a_sealed_field() {
    let golden = Golden::read();
    let opened = run(FieldSeal::from_bytes(&golden.bytes("seal")).unwrap().open(&golden.approver())).unwrap();
    assert_eq!(opened.meaning, meaning(&golden.log()));
    assert_eq!(opened.content_key.expose(), &CONTENT_KEY);
    let value = FieldCiphertext(golden.bytes("field")).open(&opened.content_key, &opened.meaning.address).unwrap();
    assert_eq!(value.expose(), b"correct horse");
}

struct NoReplays;

impl ReplayGuard for NoReplays {
    fn admit(&mut self, _sender: DeviceId, _id: MessageId, _expires: UnixMillis) -> bool {
        true
    }
}

#[test]
fn an_envelope() {
    let golden = Golden::read();
    let phone = golden.keys("phone");
    let envelope = Envelope::parse(&golden.bytes("envelope")).unwrap();
    assert_eq!((envelope.header().sent, envelope.header().expires), (NOW, NOW.plus(60_000)));
    let verified = envelope.verify(&golden.log(), phone.public().fingerprint()).unwrap();
    let body = run(verified.admit(&mut NoReplays, NOW).unwrap().open(&phone)).unwrap();
    assert_eq!(body.expose(), b"a letter");
}

#[test]
fn a_deposit() {
    let golden = Golden::read();
    let deposit = Deposit::from_bytes(&golden.bytes("deposit")).unwrap();
    assert_eq!(run(deposit.open(&golden.keys("desktop"))).unwrap().expose(), b"a deposit");
}

#[test]
fn a_request_and_its_answer() {
    let (golden, log) = (Golden::read(), Golden::read().log());
    let (request, hash) = Request::from_bytes(&golden.bytes("request")).unwrap();
    let id = |name: &str| golden.keys(name).public().fingerprint();
    let review = run(Review::check(&request, hash, &log, id("phone"), &golden.approver(), id("desktop"), NOW)).unwrap();
    assert!(review.verify_user);
    assert!(matches!(review.subject, Subject::Fill { title, .. } if title == "Example"));
    let signed: SignedAnswer = codec::from_slice(&golden.bytes("answer"), "answer", 1 << 16).unwrap();
    let answer: Answer = codec::from_slice(&signed.bytes, "answer", 1 << 16).unwrap();
    assert_eq!((answer.request, answer.request_hash, answer.device), (RequestId([8; 16]), hash, id("phone")));
    let context = countersign_seal::context::Context::Answer;
    let phone = log.active(id("phone")).unwrap();
    phone.device.keys.verifying.verify(context, &signed.bytes, &signed.signature, "answer").unwrap();
}

#[test]
fn a_pairing_link_and_its_messages() {
    let (golden, log) = (Golden::read(), Golden::read().log());
    let link = Link::from_fragment(core::str::from_utf8(&golden.bytes("link")).unwrap()).unwrap();
    let joiner = link.open_hello(&golden.bytes("link-hello")).unwrap();
    assert_eq!((joiner.name.as_str(), link.relay.as_str()), ("Phone", "https://relay.example"));
    assert_eq!(link.open_welcome(joiner.id(), &golden.bytes("link-welcome")).unwrap(), log);
}
