//! A thief with a copy of the data directory, its passphrase, and a program of their own: what they can open, and what the phone does for them.
//!
//! The thief holds to none of our daemon's rules: they sign what they like with the stolen keys, and log in at the relay as the desktop.

mod house;
mod loot;
mod patched_daemon;
mod stolen_computer;

use crate::{
    browser::{Browser, now},
    desk::{Desk, Relay, SITE, chain, metadata, secret},
    phone::{Phone, Shown, Socket},
};
use countersign_daemon::store::OpenStore;
use countersign_seal::{
    codec,
    envelope::{Envelope, ReplayGuard},
    field::{FieldAddress, FieldSeal, Meaning, Policy},
    id::{DeviceId, FieldId, ItemId, MessageId, UnixMillis},
    keys::DeviceKeys as _,
    log::{self, Author, Entry, Log, SignedEntry},
    native::NativeKeys,
    request::{Action, Answer, Ask, Decision, Pending, Refusal, SignedAnswer, SignedAsk, Yield},
    review::Subject,
    secret::Key256,
};
use countersign_vault::item::ItemSummary;
use countersign_wire::{
    mail::{LIMIT as MAIL_LIMIT, ToDesktop, ToPhone},
    relay::{FromRelay, RelayFault, ToRelay},
};
use loot::Loot;
pub(crate) use loot::all_bytes;

const OTHER_SITE: &str = "https://evil.example";

/// The encrypted columns of all records, as they lie on the disk now.
pub(crate) async fn record_bytes(desk: &Desk) -> Vec<Vec<u8>> {
    Loot::take(desk).await.columns
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
        let action =
            Action::Fill { item, fields: fields.to_vec(), chain: chain(&[site]), sign_in: None, submit: false };
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

fn keys_of(yields: Yield) -> Vec<(FieldId, u32, Key256)> {
    match yields {
        Yield::Release { keys, .. } => keys,
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
        (Subject::Fill { item, title, sites, kinds, .. }, Yield::Release { keys, codes }) => {
            assert!(codes.is_empty());
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
