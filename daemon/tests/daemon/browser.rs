//! A browser profile: pairs, begins sessions, asks.

use crate::desk::{Desk, SITE, chain, fields, soon};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use countersign_seal::{
    codec,
    id::{RequestId, UnixMillis},
    keys::{DeviceKeys as _, PublicKeys},
    log::{Device, DeviceKind},
    native::NativeKeys,
    origin::OriginChain,
    pairing::{Code, CodeOffer, CodeTyper},
    request::{Action, Ask, Number, SignedAsk},
    session::{Channel, FRAME_LIMIT, Initiator, Setting, Welcome},
};
use countersign_vault::item::ItemSummary;
use countersign_wire::{
    LOCAL_PROTOCOL,
    control::{Command, Report},
    local::{Answer, Call, Event, Fault, Method, Progress, ReleasedField, Reply, Status},
    native::{Packet, PairConfirm, PairProgress, from_data, to_data},
    socket::{Receiver, Sender},
};
use std::{
    collections::VecDeque,
    time::{SystemTime, UNIX_EPOCH},
};

/// Our extension's id in Chromium, as in `manifest/ids.json`.
pub(crate) const EXTENSION: &str = "hfbeglofpfbackheeggcfcihpkaipenc";

pub(crate) fn now() -> UnixMillis {
    UnixMillis(u64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap())
}

/// The connection that the native messaging host makes.
pub(crate) struct Wire {
    pub(crate) receiver: Receiver,
    pub(crate) sender: Sender,
}

impl Wire {
    pub(crate) async fn open(desk: &Desk) -> Self {
        let mut wire = Self::silent(desk).await;
        wire.send(&Packet::Caller { extension: EXTENSION.to_owned() }).await;
        wire
    }

    pub(crate) async fn silent(desk: &Desk) -> Self {
        let (receiver, sender) = desk.connect().await;
        Self { receiver, sender }
    }

    pub(crate) async fn send(&mut self, packet: &Packet) {
        self.sender.send(packet).await.unwrap();
    }

    /// The next packet; `None` when the daemon has closed the connection.
    pub(crate) async fn next(&mut self) -> Option<Packet> {
        soon(self.receiver.receive()).await.ok().flatten()
    }

    /// The offer in answer to `Who`.
    pub(crate) async fn offer(&mut self) -> Option<CodeOffer> {
        self.send(&Packet::Who).await;
        match self.next().await {
            Some(Packet::Offer { protocol, data, .. }) => {
                assert_eq!(protocol, LOCAL_PROTOCOL);
                data.map(|data| from_data(&data, "offer").unwrap())
            }
            other => panic!("{other:?}"),
        }
    }
}

/// A browser profile with its keys.
pub(crate) struct Browser {
    pub(crate) keys: NativeKeys,
    pub(crate) device: Device,
    profile: String,
    offer: Option<CodeOffer>,
}

impl Browser {
    pub(crate) fn new() -> Self {
        let keys = NativeKeys::make().unwrap();
        let device = Device { keys: keys.public().clone(), kind: DeviceKind::Browser, name: String::from("Browser") };
        Self { keys, device, profile: String::from("profile-1"), offer: None }
    }

    /// Shows a code on the desk, types it, and is listed at once, as long as there is no phone.
    pub(crate) async fn paired(desk: &Desk) -> Self {
        let mut browser = Self::new();
        let mut shower = desk.command(Command::PairBrowser).await;
        let Report::Code { digits, .. } = shower.report().await else { panic!("no code") };
        let mut wire = Wire::open(desk).await;
        let last = browser.pair(&mut wire, digits.expose_str().unwrap(), Number::make().unwrap()).await;
        assert_eq!(last, Some(Packet::PairDone));
        assert!(matches!(shower.report().await, Report::Paired { kind: DeviceKind::Browser, .. }));
        browser
    }

    /// Types a code; returns the last packet that came.
    pub(crate) async fn pair(&mut self, wire: &mut Wire, digits: &str, number: Number) -> Option<Packet> {
        let offer = wire.offer().await.expect("the daemon has an account");
        self.offer = Some(offer.clone());
        let code = Code::parse(digits).unwrap();
        let (typer, start) = CodeTyper::start(offer, self.device.clone(), &code).unwrap();
        wire.send(&Packet::PairStart { data: to_data(&start).unwrap() }).await;
        let reply = match wire.next().await {
            Some(Packet::PairReply { data }) => from_data(&data, "reply").unwrap(),
            other => return other,
        };
        let Ok(confirm) = typer.finish(&reply) else { return None };
        let confirm = PairConfirm { confirm, number, profile: self.profile.clone() };
        wire.send(&Packet::PairConfirm { data: to_data(&confirm).unwrap() }).await;
        wire.next().await
    }

    /// Signs the ask to be listed, after the checks that an extension makes.
    pub(crate) async fn sign_join(&self, packet: &Packet, number: Number) -> Packet {
        let Packet::PairProgress { data } = packet else { panic!("{packet:?}") };
        let PairProgress::Sign(bytes) = from_data(data, "progress").unwrap() else { panic!("nothing to sign") };
        let ask: Ask = codec::from_slice(&bytes, "ask", FRAME_LIMIT).unwrap();
        assert_eq!((ask.asker, ask.number), (self.device.id(), number));
        let signed = SignedAsk::make(&ask, &self.keys).await.unwrap();
        assert_eq!(signed.bytes, bytes);
        Packet::PairAsk { data: to_data(&signed).unwrap() }
    }

    pub(crate) fn setting(&self) -> Setting {
        Setting { protocol: LOCAL_PROTOCOL, extension: EXTENSION.to_owned(), profile: self.profile.clone() }
    }

    /// The public keys of the daemon that it is paired with.
    pub(crate) fn daemons_keys(&self) -> PublicKeys {
        self.offer.as_ref().expect("paired").daemon.keys.clone()
    }

    /// Begins a session.
    pub(crate) async fn session(&self, desk: &Desk) -> Session {
        let wire = Wire::open(desk).await;
        self.session_on(wire).await.unwrap()
    }

    pub(crate) async fn session_on(&self, mut wire: Wire) -> Result<Session, Option<Packet>> {
        let offer = self.offer.as_ref().expect("paired");
        let (initiator, hello) = Initiator::start(self.setting(), self.device.id(), offer.daemon.id()).unwrap();
        wire.send(&Packet::Hello { data: to_data(&hello).unwrap() }).await;
        let welcome: Welcome = match wire.next().await {
            Some(Packet::Welcome { data }) => from_data(&data, "welcome").unwrap(),
            other => return Err(other),
        };
        let (channel, proof) = initiator.finish(&welcome, &offer.daemon.keys, &self.keys).await.unwrap();
        wire.send(&Packet::Proof { data: to_data(&proof).unwrap() }).await;
        let mut session = Session { wire, channel, next: 0, events: VecDeque::new() };
        match session.event().await {
            Event::Changed(_) => Ok(session),
            other => panic!("{other:?}"),
        }
    }

    /// An ask for all fields of an item.
    pub(crate) fn fill(&self, item: &ItemSummary, chain: OriginChain) -> Ask {
        let offer = self.offer.as_ref().expect("paired");
        Ask {
            version: 1,
            account: offer.account,
            id: RequestId::make().unwrap(),
            time: now(),
            asker: self.device.id(),
            action: Action::Fill { item: item.id, fields: fields(item), chain, sign_in: None, submit: false },
            number: Number::make().unwrap(),
        }
    }

    /// Asks for all fields of an item on its site; returns the request's id and number.
    pub(crate) async fn ask(&self, session: &mut Session, item: &ItemSummary) -> Result<Ask, Fault> {
        let ask = self.fill(item, chain(&[SITE]));
        let signed = SignedAsk::make(&ask, &self.keys).await.unwrap();
        session.call(Method::Ask { ask: signed }).await.map(|reply| {
            assert!(matches!(reply, Reply::Done));
            ask
        })
    }
}

/// A session of a browser.
pub(crate) struct Session {
    pub(crate) wire: Wire,
    channel: Channel,
    next: u32,
    events: VecDeque<Event>,
}

impl Session {
    /// Calls; events that come first are kept for [`Session::event`].
    pub(crate) async fn call(&mut self, method: Method) -> Result<Reply, Fault> {
        self.next += 1;
        let call = self.next;
        self.send_plain(&codec::to_vec(&Call { call, method }).unwrap()).await;
        loop {
            match self.answer().await {
                Answer::Reply { call: number, result } => {
                    assert_eq!(number, call);
                    return result;
                }
                Answer::Event(event) => self.events.push_back(event),
            }
        }
    }

    /// Sends any plaintext in the session.
    pub(crate) async fn send_plain(&mut self, plaintext: &[u8]) {
        let frame = self.channel.seal(plaintext).unwrap();
        self.wire.send(&Packet::Frame { data: STANDARD.encode(frame) }).await;
    }

    async fn answer(&mut self) -> Answer {
        match self.wire.next().await {
            Some(Packet::Frame { data }) => {
                let opened = self.channel.open(&STANDARD.decode(data).unwrap()).unwrap();
                codec::from_slice(opened.expose(), "answer", FRAME_LIMIT).unwrap()
            }
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn event(&mut self) -> Event {
        if let Some(event) = self.events.pop_front() {
            return event;
        }
        match self.answer().await {
            Answer::Event(event) => event,
            other => panic!("{other:?}"),
        }
    }

    /// The next progress of a request, whatever else happens meanwhile. Values that come before are kept for [`Session::released`].
    pub(crate) async fn progress(&mut self, request: RequestId) -> Progress {
        let mut kept = Vec::new();
        let progress = loop {
            match self.event().await {
                Event::Progress { request: moved, progress } if moved == request => break progress,
                Event::Changed(_) | Event::Progress { .. } => {}
                released @ Event::Released { .. } => kept.push(released),
                other => panic!("{other:?}"),
            }
        };
        kept.into_iter().rev().for_each(|event| self.events.push_front(event));
        progress
    }

    /// The values of a request, which come next.
    pub(crate) async fn released(&mut self, request: RequestId) -> Vec<ReleasedField> {
        loop {
            match self.event().await {
                Event::Released { request: released, values } => {
                    assert_eq!(released, request);
                    return values;
                }
                Event::Changed(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// The values of a request, whatever it comes to before.
    pub(crate) async fn released_after(&mut self, request: RequestId) -> Vec<ReleasedField> {
        while !matches!(self.progress(request).await, Progress::Approved) {}
        self.released(request).await
    }

    /// Waits for a status that is as wanted.
    pub(crate) async fn changed(&mut self, wanted: impl Fn(&Status) -> bool) {
        loop {
            if let Event::Changed(status) = self.event().await
                && wanted(&status)
            {
                return;
            }
        }
    }

    /// All that was told so far and not awaited.
    pub(crate) async fn settle(&mut self) -> Vec<Event> {
        self.call(Method::Status).await.unwrap();
        self.events.drain(..).collect()
    }

    /// All items.
    pub(crate) async fn items(&mut self) -> Vec<ItemSummary> {
        match self.call(Method::List { query: String::new(), offset: 0 }).await.unwrap() {
            Reply::Items { items, .. } => items,
            other => panic!("{other:?}"),
        }
    }
}
