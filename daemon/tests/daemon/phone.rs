//! A phone: joins by a link, becomes the approver, reviews and answers, as the phone app does, with native keys.

use crate::{
    browser::now,
    desk::{Desk, soon},
};
use countersign_seal::{
    Error, codec,
    context::Context,
    envelope::{Envelope, ReplayGuard},
    id::{DeviceId, Hash, MessageId, RequestId, UnixMillis},
    keys::{DeviceKeys as _, Sign as _},
    log::{Approver, Device, DeviceKind, Log},
    native::{NativeApprover, NativeKeys},
    pairing::Link,
    recovery::RecoveryWords,
    request::{Refusal, Request, SignedAnswer, Yield},
    review::Review,
    secret::SecretBytes,
};
use countersign_vault::one_time_code::Seed;
use countersign_wire::{
    control::{Command, Report},
    mail::{LIMIT as MAIL_LIMIT, ToDesktop, ToPhone, Withdrawal},
    relay::{FromRelay, LIMIT, LoginStatement, ToRelay},
};
use futures_util::{SinkExt as _, StreamExt as _};
use std::{
    collections::{HashSet, VecDeque},
    time::Duration,
};
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

/// A device's connection to the relay.
pub(crate) struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    /// Connects; returns the challenge too.
    pub(crate) async fn open(api: &str) -> (Self, [u8; 32]) {
        let url = format!("{}/v1/socket", api.replacen("http", "ws", 1));
        let mut socket = Self(connect_async(url).await.unwrap().0);
        match socket.receive().await {
            FromRelay::Challenge { challenge, .. } => (socket, challenge),
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn send(&mut self, message: &ToRelay) {
        self.0.send(Message::Binary(codec::to_vec(message).unwrap().into())).await.unwrap();
    }

    pub(crate) async fn receive(&mut self) -> FromRelay {
        loop {
            match soon(self.0.next()).await.unwrap().unwrap() {
                Message::Binary(bytes) => return codec::from_slice(&bytes, "message", LIMIT).unwrap(),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }
}

#[derive(Default)]
struct Seen(HashSet<(DeviceId, MessageId)>);

impl ReplayGuard for Seen {
    fn admit(&mut self, sender: DeviceId, id: MessageId, _: UnixMillis) -> bool {
        self.0.insert((sender, id))
    }
}

/// A request on the phone's screen.
pub(crate) struct Shown {
    pub(crate) request: Request,
    pub(crate) hash: Hash,
    pub(crate) id: RequestId,
}

impl Shown {
    /// A request as it came.
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let (request, hash) = Request::from_bytes(bytes).unwrap();
        let id = request.ask.ask().unwrap().id;
        Self { request, hash, id }
    }
}

/// A phone.
pub(crate) struct Phone {
    pub(crate) keys: NativeKeys,
    pub(crate) device: Device,
    pub(crate) approver: NativeApprover,
    pub(crate) log: Log,
    api: String,
    pub(crate) desktop: Device,
    socket: Socket,
    seen: Seen,
    inbox: VecDeque<ToPhone>,
    /// Every envelope that the relay delivered, as a recorder there would have it.
    pub(crate) envelopes: Vec<Vec<u8>>,
    calls: u32,
    /// Comparisons that came between requests.
    compared: Vec<RequestId>,
}

impl Phone {
    /// Opens the link that the desk shows, and is listed.
    pub(crate) async fn joined(desk: &Desk) -> Self {
        desk.wait_for(|status| status.status.relay == Some(true)).await;
        let mut shower = desk.command(Command::PairPhone).await;
        let url = match shower.report().await {
            Report::Link { url, .. } => url.expose_str().unwrap().to_owned(),
            other => panic!("{other:?}"),
        };
        let phone = Self::join(&url).await;
        assert!(matches!(shower.report().await, Report::Paired { kind: DeviceKind::Phone, .. }));
        phone
    }

    /// Opens a link.
    pub(crate) async fn join(url: &str) -> Self {
        let keys = NativeKeys::make().unwrap();
        let device = Device { keys: keys.public().clone(), kind: DeviceKind::Phone, name: String::from("Phone") };
        let link = Link::from_fragment(url.split_once("/#").unwrap().1).unwrap();
        let (mut socket, _) = Socket::open(&link.relay).await;
        socket.send(&ToRelay::Join { slot: link.slot }).await;
        assert_eq!(socket.receive().await, FromRelay::Joined);
        let message = link.hello(&device).unwrap();
        socket.send(&ToRelay::SlotSend { slot: link.slot, message }).await;
        let log = match socket.receive().await {
            FromRelay::Slot { message, .. } => link.open_welcome(device.id(), &message).unwrap(),
            other => panic!("{other:?}"),
        };
        let desktop = log.listed(link.shower).unwrap().device.clone();
        let socket = log_in(&link.relay, &log, &keys).await;
        Self {
            approver: NativeApprover::make().unwrap(),
            keys,
            device,
            log,
            api: link.relay,
            desktop,
            socket,
            seen: Seen::default(),
            inbox: VecDeque::new(),
            envelopes: Vec::new(),
            calls: 0,
            compared: Vec::new(),
        }
    }

    /// Joins and becomes the approver.
    pub(crate) async fn paired(desk: &Desk) -> Self {
        let mut phone = Self::joined(desk).await;
        phone.become_approver().await;
        desk.wait_for(|status| status.status.phone && status.not_sealed == 0).await;
        phone
    }

    /// Makes the approver key and the recovery words, and waits until the log says so.
    pub(crate) async fn become_approver(&mut self) {
        let recovery = RecoveryWords::make().unwrap().derive_keys().unwrap().public().unwrap();
        let recovery_wrap = recovery.wrap(&self.approver.to_pkcs8().unwrap()).unwrap();
        let approver = Approver { key: self.approver.public().clone(), recovery, recovery_wrap };
        self.mail(&ToDesktop::BecomeApprover(Box::new(approver))).await;
        loop {
            match self.next().await {
                ToPhone::Log { entries } => {
                    self.log.extend(&entries).unwrap();
                    if self.log.active(self.device.id()).unwrap().approver {
                        return;
                    }
                }
                other => panic!("{other:?}"),
            }
        }
    }

    /// Ends the connection; what comes then waits in the mailbox.
    pub(crate) async fn leave(&mut self) {
        let _ = self.socket.0.close(None).await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }

    /// Connects again.
    pub(crate) async fn come_back(&mut self) {
        self.socket = log_in(&self.api, &self.log, &self.keys).await;
    }

    /// Uses another relay from now on.
    pub(crate) fn move_to(&mut self, api: &str, socket: Socket) {
        self.api = api.to_owned();
        self.socket = socket;
    }

    /// Sends a message to the desktop.
    pub(crate) async fn mail(&mut self, message: &ToDesktop) {
        let envelope = self.envelope(message).await;
        self.post(envelope).await;
    }

    pub(crate) async fn envelope(&self, message: &ToDesktop) -> Vec<u8> {
        let body = codec::to_vec(message).unwrap();
        let envelope = Envelope::seal(&self.keys, self.log.account(), &self.desktop.keys, now(), 120_000, &body).await;
        envelope.unwrap().as_bytes().to_vec()
    }

    /// Puts an envelope into a mailbox.
    pub(crate) async fn post(&mut self, envelope: Vec<u8>) {
        self.calls += 1;
        let call = self.calls;
        self.socket.send(&ToRelay::Send { call, envelope }).await;
        loop {
            match self.socket.receive().await {
                FromRelay::Done { call: done, .. } => {
                    assert_eq!(done, call);
                    return;
                }
                other => self.take(other).await,
            }
        }
    }

    async fn take(&mut self, message: FromRelay) {
        match message {
            FromRelay::Deliver { delivery, envelope } => {
                match self.open(&envelope).await {
                    Ok(mail) => {
                        self.inbox.push_back(mail);
                        self.envelopes.push(envelope);
                    }
                    // A relay that did not hear of its acknowledgement delivers it again.
                    Err(Error::Replayed) => {}
                    Err(error) => panic!("{error}"),
                }
                self.socket.send(&ToRelay::Ack { delivery }).await;
            }
            FromRelay::LogGrew { .. } => {}
            other => panic!("{other:?}"),
        }
    }

    /// Checks an envelope and opens it.
    pub(crate) async fn open(&mut self, envelope: &[u8]) -> countersign_seal::Result<ToPhone> {
        let verified = Envelope::parse(envelope)?.verify(&self.log, self.device.id())?;
        let body = verified.admit(&mut self.seen, now())?.open(&self.keys).await?;
        codec::from_slice(body.expose(), "mail", MAIL_LIMIT)
    }

    /// The next message from the desktop.
    pub(crate) async fn next(&mut self) -> ToPhone {
        loop {
            if let Some(message) = self.inbox.pop_front() {
                return message;
            }
            let message = self.socket.receive().await;
            self.take(message).await;
        }
    }

    /// The next request.
    pub(crate) async fn request(&mut self) -> Shown {
        loop {
            match self.next().await {
                ToPhone::Request { request, .. } => {
                    let shown = Shown::read(&request);
                    // Of comparisons its owner sees nothing; this one's app is not open, and does not answer.
                    match shown.request.compared {
                        None => return shown,
                        Some(_) => self.compared.push(shown.id),
                    }
                }
                ToPhone::Withdraw { request, .. } if self.compared.contains(&request) => {}
                ToPhone::Log { .. } | ToPhone::Received { .. } => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// The next request to compare.
    pub(crate) async fn comparison(&mut self) -> Shown {
        loop {
            match self.next().await {
                ToPhone::Request { request, .. } => {
                    let shown = Shown::read(&request);
                    assert!(shown.request.compared.is_some(), "another request");
                    return shown;
                }
                ToPhone::Log { .. } | ToPhone::Received { .. } | ToPhone::Withdraw { .. } => {}
            }
        }
    }

    /// Compares as the app does, and answers.
    pub(crate) async fn compare(&mut self, shown: &Shown) {
        let yields = self.review(shown, now()).await.unwrap().compare(now()).unwrap();
        self.answer_with(shown, &yields).await;
    }

    /// Waits until the daemon has dealt with the answer to this request.
    pub(crate) async fn received(&mut self, request: RequestId) {
        loop {
            match self.next().await {
                ToPhone::Received { request: its } if its == request => return,
                ToPhone::Log { .. } | ToPhone::Received { .. } => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// The next withdrawal.
    pub(crate) async fn withdrawn(&mut self) -> (RequestId, Withdrawal) {
        loop {
            match self.next().await {
                ToPhone::Withdraw { request, reason } => return (request, reason),
                ToPhone::Log { .. } | ToPhone::Received { .. } => {}
                other => panic!("{other:?}"),
            }
        }
    }

    pub(crate) async fn delivered(&mut self, shown: &Shown) {
        self.mail(&ToDesktop::Delivered { request: shown.id }).await;
    }

    /// What its screen says of a request at this time.
    pub(crate) async fn review(&self, shown: &Shown, now: UnixMillis) -> Result<Review, Refusal> {
        let (me, sender) = (self.device.id(), self.desktop.id());
        Review::check(&shown.request, shown.hash, &self.log, me, &self.approver, sender, now).await
    }

    async fn try_yields(&self, shown: &Shown, typed: u8) -> Result<Yield, Refusal> {
        let codes = |seed: &SecretBytes, counter, now| Seed::parse(seed.expose_str().ok()?).ok()?.codes(counter, now);
        self.review(shown, now()).await?.approve_with_codes(typed, &self.keys, now(), codes).await
    }

    /// What an approval yields.
    pub(crate) async fn yields(&self, shown: &Shown, typed: u8) -> Yield {
        self.try_yields(shown, typed).await.unwrap()
    }

    /// Answers with this, whatever the phone's owner would have said.
    pub(crate) async fn answer_with(&mut self, shown: &Shown, yields: &Yield) {
        let (me, head) = (self.device.id(), self.log.head());
        let answer = SignedAnswer::approve(&shown.request, shown.hash, yields, me, &self.keys, head, now()).await;
        self.mail(&ToDesktop::Answer(answer.unwrap())).await;
    }

    /// Reviews, and approves if the typed number is right; else answers what the review says.
    pub(crate) async fn answer(&self, shown: &Shown, typed: u8) -> SignedAnswer {
        let me = self.device.id();
        match self.try_yields(shown, typed).await {
            Ok(yields) => {
                SignedAnswer::approve(&shown.request, shown.hash, &yields, me, &self.keys, self.log.head(), now())
                    .await
                    .unwrap()
            }
            Err(refusal) => self.refusal(shown, refusal).await,
        }
    }

    pub(crate) async fn refusal(&self, shown: &Shown, refusal: Refusal) -> SignedAnswer {
        let head = self.log.head();
        SignedAnswer::refuse(&shown.request, shown.hash, refusal, self.device.id(), &self.keys, head, now())
            .await
            .unwrap()
    }

    /// Types the number and approves.
    pub(crate) async fn approve(&mut self, shown: &Shown, typed: u8) {
        let answer = self.answer(shown, typed).await;
        self.mail(&ToDesktop::Answer(answer)).await;
    }

    pub(crate) async fn refuse(&mut self, shown: &Shown, refusal: Refusal) {
        let answer = self.refusal(shown, refusal).await;
        self.mail(&ToDesktop::Answer(answer)).await;
    }
}

/// Logs in as a device of the log.
pub(crate) async fn log_in(api: &str, log: &Log, keys: &NativeKeys) -> Socket {
    let (mut socket, challenge) = Socket::open(api).await;
    let statement = LoginStatement {
        relay: api.to_owned(),
        account: log.account(),
        device: keys.public().fingerprint(),
        time: now(),
        challenge,
    };
    let statement = codec::to_vec(&statement).unwrap();
    let signature = keys.sign(Context::Login, &statement).await.unwrap();
    socket.send(&ToRelay::Login { statement, signature }).await;
    assert!(matches!(socket.receive().await, FromRelay::LoggedIn { .. }));
    socket
}
