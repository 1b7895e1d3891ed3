//! One WebSocket connection: challenge, then either a device's login and its deliveries, or one side of a pairing slot.

use crate::{
    hub::{BACKLOG, Line, Signal},
    login::Claim,
    serve::Relay,
    slots::SlotName,
    writer::Posted,
};
use axum::extract::ws::{Message, WebSocket};
use countersign_seal::{
    codec,
    envelope::{CLOCK_SKEW_MILLIS, Envelope, LIFETIME_LIMIT_MILLIS},
    id::{AccountId, DeviceId, Hash, UnixMillis},
    keys::Signature,
    log::{Log, SignedEntry},
};
use countersign_wire::{
    RELAY_PROTOCOL,
    relay::{FromRelay, LIMIT, RelayFault, ToRelay},
};
use std::{ops::ControlFlow, sync::Arc, time::Duration};
use tokio::{sync::mpsc, time::Instant};

/// Who does not log in or join within this time is disconnected.
const LOGIN_TIME: Duration = Duration::from_secs(15);
/// A peer that sends nothing at all, not even the pong to our ping, for this long is gone.
const SILENCE_TIME: Duration = Duration::from_secs(70);
const PING_INTERVAL: Duration = Duration::from_secs(25);
/// How many deliveries may be on their way to a device before it acknowledges some.
const IN_FLIGHT: u32 = 32;

/// What a handler says: go on, or end the connection with a fault.
type Step = ControlFlow<Option<RelayFault>>;

/// Who is at the other end.
enum Peer {
    Stranger,
    Device { account: AccountId, device: DeviceId },
    Joiner,
}

struct Connection {
    relay: Arc<Relay>,
    socket: WebSocket,
    challenge: [u8; 32],
    peer: Peer,
    line: Line,
    /// The newest delivery sent, and the newest one acknowledged.
    delivered: u64,
    acknowledged: u64,
    in_flight: u32,
    /// Whether it has handed in a log: once is enough, and each costs many signatures to check.
    registered: bool,
}

/// Serves one connection to its end.
pub(crate) async fn serve(socket: WebSocket, relay: Arc<Relay>) {
    let Ok(challenge) = countersign_seal::secret::random() else { return };
    let (line, signals) = mpsc::channel(BACKLOG);
    let mut connection = Connection {
        relay,
        socket,
        challenge,
        peer: Peer::Stranger,
        line,
        delivered: 0,
        acknowledged: 0,
        in_flight: 0,
        registered: false,
    };
    let end = connection.run(signals).await;
    connection.leave(end).await;
}

impl Connection {
    async fn run(&mut self, mut signals: mpsc::Receiver<Signal>) -> Option<RelayFault> {
        if self.say(&FromRelay::Challenge { protocol: RELAY_PROTOCOL, challenge: self.challenge }).await.is_break() {
            return None;
        }
        let login_deadline = Instant::now() + LOGIN_TIME;
        let mut last_heard = Instant::now();
        let mut ping = tokio::time::interval(PING_INTERVAL);
        loop {
            let step = tokio::select! {
                message = self.socket.recv() => {
                    last_heard = Instant::now();
                    match message {
                        Some(Ok(message)) => self.hear(message).await,
                        _ => Step::Break(None),
                    }
                }
                Some(signal) = signals.recv() => self.heed(signal).await,
                _ = ping.tick() => {
                    if last_heard.elapsed() > SILENCE_TIME { Step::Break(None) } else { self.send(Message::Ping(Vec::new().into())).await }
                }
                () = tokio::time::sleep_until(login_deadline), if matches!(self.peer, Peer::Stranger) => Step::Break(Some(RelayFault::LoginRefused)),
            };
            if let Step::Break(fault) = step {
                return fault;
            }
        }
    }

    /// Says why, closes, and forgets the device.
    async fn leave(&mut self, fault: Option<RelayFault>) {
        if let Peer::Device { account, device } = self.peer {
            self.relay.hub.disconnect(account, device, &self.line);
        }
        if let Some(fault) = fault {
            let _ = self.say(&FromRelay::Failed { call: None, fault }).await;
        }
        let _ = self.socket.send(Message::Close(None)).await;
    }

    async fn hear(&mut self, message: Message) -> Step {
        match message {
            Message::Binary(bytes) => match codec::from_slice::<ToRelay>(&bytes, "message", LIMIT) {
                Ok(message) => self.obey(message).await,
                Err(_) => Step::Break(Some(RelayFault::Malformed)),
            },
            Message::Ping(_) | Message::Pong(_) => Step::Continue(()),
            Message::Text(_) => Step::Break(Some(RelayFault::Malformed)),
            Message::Close(_) => Step::Break(None),
        }
    }

    async fn obey(&mut self, message: ToRelay) -> Step {
        match (&self.peer, message) {
            (Peer::Stranger, ToRelay::Register { entries }) if !self.registered => self.register(entries).await,
            (Peer::Stranger, ToRelay::Login { statement, signature }) => self.login(&statement, &signature).await,
            (Peer::Stranger, ToRelay::Join { slot }) => self.join(slot).await,
            (Peer::Device { account, device }, message) => self.obey_device(*account, *device, message).await,
            (Peer::Joiner, ToRelay::SlotSend { slot, message }) => self.slot_send(slot, message),
            _ => Step::Break(Some(RelayFault::NotAllowed)),
        }
    }

    async fn obey_device(&mut self, account: AccountId, device: DeviceId, message: ToRelay) -> Step {
        // A device that was suspended or removed is told to go; one that does not listen is not heard, either.
        match self.relay.log(account).await {
            Ok(log) if log.active(device).is_ok() => {}
            Ok(_) => return Step::Break(Some(RelayFault::NotAllowed)),
            Err(fault) => return Step::Break(Some(fault)),
        }
        match message {
            ToRelay::Send { call, envelope } => {
                let result = self.post(account, device, &envelope).await;
                self.reply(call, result).await
            }
            ToRelay::Ack { delivery } => self.acknowledge(account, device, delivery).await,
            ToRelay::LogAppend { call, head, entry } => {
                let result = self.relay.append(account, head, entry).await.map(|()| false);
                self.reply(call, result).await
            }
            ToRelay::LogRead { call, from } => match self.relay.log(account).await {
                Ok(log) => self.say(&FromRelay::Log { call, entries: page(&log, from) }).await,
                Err(fault) => self.reply(call, Err(fault)).await,
            },
            ToRelay::SlotOpen { call, slot } => {
                let result =
                    self.relay.slots.open(slot, self.line.clone()).map(|()| false).map_err(|_| RelayFault::NoSlot);
                self.reply(call, result).await
            }
            ToRelay::SlotSend { slot, message } => self.slot_send(slot, message),
            ToRelay::Register { .. } | ToRelay::Login { .. } | ToRelay::Join { .. } => {
                Step::Break(Some(RelayFault::NotAllowed))
            }
        }
    }

    async fn register(&mut self, entries: Vec<SignedEntry>) -> Step {
        self.registered = true;
        match self.relay.register(entries).await {
            Ok(()) => self.say(&FromRelay::Registered).await,
            Err(fault) => Step::Break(Some(fault)),
        }
    }

    async fn login(&mut self, statement: &[u8], signature: &Signature) -> Step {
        let now = crate::serve::now();
        let claim = match Claim::parse(statement, &self.relay.origin, &self.challenge, now) {
            Ok(claim) => claim,
            Err(fault) => return Step::Break(Some(fault)),
        };
        let Ok(log) = self.relay.log(claim.account).await else { return Step::Break(Some(RelayFault::LoginRefused)) };
        match claim.verify(&log, statement, signature) {
            Ok(device) => self.welcome(&log, device, now).await,
            Err(fault) => Step::Break(Some(fault)),
        }
    }

    async fn welcome(&mut self, log: &Log, device: DeviceId, time: UnixMillis) -> Step {
        let account = log.account();
        self.peer = Peer::Device { account, device };
        self.relay.hub.connect(account, device, self.line.clone());
        let log_length = u64::try_from(log.entries().len()).unwrap_or(u64::MAX);
        self.say(&FromRelay::LoggedIn { log_length, time }).await?;
        self.deliver(account, device).await
    }

    async fn join(&mut self, slot: SlotName) -> Step {
        if self.relay.slots.join(slot, self.line.clone()).is_err() {
            return Step::Break(Some(RelayFault::NoSlot));
        }
        self.peer = Peer::Joiner;
        self.say(&FromRelay::Joined).await
    }

    fn slot_send(&self, slot: SlotName, message: Vec<u8>) -> Step {
        match self.relay.slots.send(slot, &self.line, message) {
            Ok(()) => Step::Continue(()),
            // A device goes on without its slot; a joiner has nothing else to do here.
            Err(_) if matches!(self.peer, Peer::Device { .. }) => Step::Continue(()),
            Err(_) => Step::Break(Some(RelayFault::NoSlot)),
        }
    }

    /// Puts an envelope into a mailbox; returns whether the recipient is connected.
    async fn post(&mut self, account: AccountId, device: DeviceId, bytes: &[u8]) -> Result<bool, RelayFault> {
        let envelope = Envelope::parse(bytes).map_err(|_| RelayFault::Malformed)?;
        let header = envelope.header();
        if header.account != account || header.sender != device {
            return Err(RelayFault::NotAllowed);
        }
        // What never expires would lie here for ever.
        if header.expires > crate::serve::now().plus(LIFETIME_LIMIT_MILLIS + CLOCK_SKEW_MILLIS) {
            return Err(RelayFault::Malformed);
        }
        let recipient = header.recipient;
        let log = self.relay.log(account).await?;
        log.active(recipient).map_err(|_| RelayFault::UnknownRecipient)?;
        match self.relay.store.writer().post(envelope).await.map_err(internal)? {
            Posted::Full => Err(RelayFault::Quota),
            Posted::Known | Posted::Waiting => Ok(self.relay.hub.mail(account, recipient)),
        }
    }

    async fn acknowledge(&mut self, account: AccountId, device: DeviceId, delivery: u64) -> Step {
        if delivery > self.delivered {
            return Step::Break(Some(RelayFault::NotAllowed));
        }
        self.acknowledged = self.acknowledged.max(delivery);
        let was_full = self.in_flight >= IN_FLIGHT;
        if self.acknowledged == self.delivered {
            self.in_flight = 0;
        }
        match self.relay.store.writer().acknowledge(account, device, delivery).await {
            // What came while there was room was delivered at once.
            Ok(()) if !was_full => Step::Continue(()),
            Ok(()) => self.deliver(account, device).await,
            Err(error) => Step::Break(Some(internal(error))),
        }
    }

    /// Sends what waits, as far as the device keeps up.
    async fn deliver(&mut self, account: AccountId, device: DeviceId) -> Step {
        let room = IN_FLIGHT.saturating_sub(self.in_flight);
        if room > 0 {
            let now = crate::serve::now();
            let mail = match self.relay.store.mail(account, device, self.delivered, room, now).await {
                Ok(mail) => mail,
                Err(error) => return Step::Break(Some(internal(error))),
            };
            for mail in mail {
                self.delivered = mail.delivery;
                self.in_flight += 1;
                self.say(&FromRelay::Deliver { delivery: mail.delivery, envelope: mail.envelope }).await?;
            }
        }
        Step::Continue(())
    }

    async fn heed(&mut self, signal: Signal) -> Step {
        match (signal, &self.peer) {
            (Signal::Mail, Peer::Device { account, device }) => self.deliver(*account, *device).await,
            (Signal::LogGrew(length), _) => self.say(&FromRelay::LogGrew { length }).await,
            (Signal::Slot { slot, message }, _) => self.say(&FromRelay::Slot { slot, message }).await,
            (Signal::Close, _) => Step::Break(Some(RelayFault::NotAllowed)),
            (Signal::Mail, _) => Step::Continue(()),
        }
    }

    async fn reply(&mut self, call: u32, result: Result<bool, RelayFault>) -> Step {
        match result {
            Ok(online) => self.say(&FromRelay::Done { call, online }).await,
            Err(fault) => self.say(&FromRelay::Failed { call: Some(call), fault }).await,
        }
    }

    async fn say(&mut self, message: &FromRelay) -> Step {
        match codec::to_vec(message) {
            Ok(bytes) => self.send(Message::Binary(bytes.into())).await,
            Err(_) => Step::Break(Some(RelayFault::Internal)),
        }
    }

    async fn send(&mut self, message: Message) -> Step {
        match self.socket.send(message).await {
            Ok(()) => Step::Continue(()),
            Err(_) => Step::Break(None),
        }
    }
}

/// The entries from `from` on that fit into one message.
fn page(log: &Log, from: u64) -> Vec<SignedEntry> {
    let from = usize::try_from(from).unwrap_or(usize::MAX);
    let mut room = LIMIT / 2;
    log.entries()
        .iter()
        .skip(from)
        .take_while(|entry| {
            let size = entry.bytes.len() + entry.signature.0.len() + 64;
            let fits = size <= room;
            room = room.saturating_sub(size);
            fits
        })
        .cloned()
        .collect()
}

/// What a device is told of a fault of ours; what happened goes to our log.
pub(crate) fn internal(error: crate::Error) -> RelayFault {
    tracing::error!(%error, "store");
    RelayFault::Internal
}

impl Relay {
    /// An account's log, verified.
    pub(crate) async fn log(&self, account: AccountId) -> Result<Arc<Log>, RelayFault> {
        if let Some(log) = self.logs.get(account) {
            return Ok(log);
        }
        let log = Arc::new(self.store.log(account).await.map_err(internal)?.ok_or(RelayFault::LoginRefused)?);
        self.logs.put(Arc::clone(&log));
        Ok(log)
    }

    /// Creates an account, or takes the longer copy of a log that it has.
    async fn register(&self, entries: Vec<SignedEntry>) -> Result<(), RelayFault> {
        let offered = Log::verify(entries).map_err(|_| RelayFault::BadLog)?;
        let _writing = self.writing.lock().await;
        let from = match self.log(offered.account()).await {
            Err(RelayFault::LoginRefused) => 0,
            Err(fault) => return Err(fault),
            Ok(known) => {
                Log::clone(&known).extend(offered.entries()).map_err(|_| RelayFault::Conflict)?;
                known.entries().len()
            }
        };
        self.grow(&offered, from).await
    }

    /// Appends one entry if `head` is still the log's head.
    async fn append(&self, account: AccountId, head: Hash, entry: SignedEntry) -> Result<(), RelayFault> {
        let _writing = self.writing.lock().await;
        let mut log = Log::clone(&*self.log(account).await?);
        if log.head() != head {
            return Err(RelayFault::Conflict);
        }
        log.append(entry).map_err(|_| RelayFault::BadLog)?;
        let from = log.entries().len().saturating_sub(1);
        self.grow(&log, from).await
    }

    async fn grow(&self, log: &Log, from: usize) -> Result<(), RelayFault> {
        if from >= log.entries().len() {
            return Ok(());
        }
        self.store.append(log, from).await.map_err(internal)?;
        self.logs.put(Arc::new(log.clone()));
        self.hub.log_grew(log);
        Ok(())
    }
}
