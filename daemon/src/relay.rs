//! The way to the relay: one WebSocket, kept open while the store is, reopened with growing pauses when it breaks.
//!
//! [`Relay`] is the handle; [`start`] runs the connection in a task of its own. What comes in goes to [`Daemon`]; what is asked for
//! is answered through the handle. Nothing here opens an envelope.

use crate::{
    clock::{Comparison, Moment, Watch},
    daemon::Daemon,
};
use countersign_seal::{
    codec,
    context::Context,
    id::{AccountId, DeviceId, Hash, UnixMillis},
    keys::{DeviceKeys as _, Sign as _},
    log::SignedEntry,
    native::NativeKeys,
    origin::{Origin, Scheme},
};
use countersign_wire::{
    RELAY_PROTOCOL,
    relay::{FromRelay, LIMIT, LoginStatement, RelayFault, ToRelay},
};
use futures_util::{SinkExt as _, StreamExt as _};
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, pem::PemObject as _};
use std::{
    collections::HashMap,
    net::IpAddr,
    path::Path,
    sync::{Arc, Weak},
    time::{Duration, UNIX_EPOCH},
};
use tokio::{
    net::TcpStream,
    sync::{Notify, mpsc, oneshot, watch},
    time::{Instant, sleep_until, timeout},
};
use tokio_tungstenite::{
    Connector, MaybeTlsStream, WebSocketStream, connect_async_tls_with_config,
    tungstenite::{Message, handshake::client::Response, protocol::WebSocketConfig},
};

/// The relay pings every 25 seconds: after this long in silence the connection is dead.
const SILENCE: Duration = Duration::from_secs(75);
/// How long connecting and logging in may take, and each call.
const PATIENCE: Duration = Duration::from_secs(10);
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// A connection that lasted this long was a good one: the next pause is short again.
const GOOD: Duration = Duration::from_secs(10);
/// After so many tries in vain nobody waits for more than one other: these have taken four seconds at least.
const LOST: u32 = 4;

/// Why the relay did not do what it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is no connection, or it broke.
    #[error("the relay cannot be reached")]
    Unreachable,
    /// It refused.
    #[error("the relay refused: {0:?}")]
    Refused(RelayFault),
    /// It does not keep to the protocol.
    #[error("the relay does not keep to the protocol")]
    Protocol,
    /// This computer's clock and the relay's are too far apart.
    #[error("this computer's clock and the relay's are too far apart")]
    Clock,
    /// What it delivered cannot be dealt with now; it is to keep it.
    #[error("what the relay delivered cannot be kept now")]
    NotNow,
}

/// Why a relay's origin or certificate cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetupError {
    /// `http` is for this very computer only.
    #[error("{0} is neither https nor on this computer")]
    Insecure(Origin),
    /// The file holds no PEM certificate.
    #[error("cannot read certificates: {0}")]
    Certificate(String),
}

type Reply<T> = oneshot::Sender<Result<T, Error>>;

enum Order {
    Send {
        envelope: Vec<u8>,
        reply: Reply<bool>,
    },
    Append {
        head: Hash,
        entry: SignedEntry,
        reply: Reply<bool>,
    },
    Read {
        from: u64,
        reply: Reply<Vec<SignedEntry>>,
    },
    OpenSlot {
        slot: [u8; 16],
        reply: Reply<bool>,
    },
    SlotSend {
        slot: [u8; 16],
        message: Vec<u8>,
    },
    /// Ends the connection once all orders before it are written and answered.
    Finish,
}

/// How the connection is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Standing {
    /// While connected: how long the relay's copy of the device log is.
    log_length: Option<u64>,
    /// How often connecting has failed since it last succeeded.
    failures: u32,
    /// What the relay's clock last said.
    clock: Option<Comparison>,
}

impl Standing {
    fn clock_is_off(&self) -> bool {
        self.clock.is_some_and(Comparison::is_off)
    }
}

/// A handle. The connection ends when the last one is dropped.
#[derive(Debug, Clone)]
pub(crate) struct Relay {
    origin: Origin,
    orders: mpsc::UnboundedSender<Order>,
    standing: watch::Receiver<Standing>,
    wake: Arc<Notify>,
}

impl Relay {
    pub(crate) const fn origin(&self) -> &Origin {
        &self.origin
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.log_length().is_some()
    }

    /// While connected: how long the relay's copy of the device log is.
    pub(crate) fn log_length(&self) -> Option<u64> {
        self.standing.borrow().log_length
    }

    /// Whether this computer's clock and the relay's are too far apart, as far as anybody can tell.
    pub(crate) fn clock_is_off(&self) -> bool {
        self.standing.borrow().clock_is_off()
    }

    /// Whether what is sent now arrives in time.
    pub(crate) fn is_usable(&self) -> bool {
        self.is_connected() && !self.clock_is_off()
    }

    /// Waits for the connection, hurrying it up; `false` if there is none in `patience`, or, where there has been none for long, after one try.
    pub(crate) async fn reach(&self, patience: Duration) -> bool {
        let before = self.standing.borrow().failures;
        self.wake.notify_one();
        let mut standing = self.standing.clone();
        let is_settled = |now: &Standing| now.log_length.is_some() || (before >= LOST && now.failures > before);
        let _ = timeout(patience, standing.wait_for(is_settled)).await;
        self.is_connected()
    }

    /// Puts an envelope into its recipient's mailbox; returns whether the recipient is connected now.
    pub(crate) async fn send(&self, envelope: Vec<u8>) -> Result<bool, Error> {
        self.order(|reply| Order::Send { envelope, reply }).await
    }

    /// Hands an envelope over without waiting for its fate.
    pub(crate) fn post(&self, envelope: Vec<u8>) {
        let (reply, _) = oneshot::channel();
        let _ = self.orders.send(Order::Send { envelope, reply });
    }

    pub(crate) async fn append(&self, head: Hash, entry: SignedEntry) -> Result<(), Error> {
        self.order(|reply| Order::Append { head, entry, reply }).await.map(|_| ())
    }

    /// Log entries from `from` on; perhaps not all of them.
    pub(crate) async fn read_log(&self, from: u64) -> Result<Vec<SignedEntry>, Error> {
        self.order(|reply| Order::Read { from, reply }).await
    }

    pub(crate) async fn open_slot(&self, slot: [u8; 16]) -> Result<(), Error> {
        self.order(|reply| Order::OpenSlot { slot, reply }).await.map(|_| ())
    }

    pub(crate) fn slot_send(&self, slot: [u8; 16], message: Vec<u8>) {
        let _ = self.orders.send(Order::SlotSend { slot, message });
    }

    /// Ends the connection after what was ordered so far.
    pub(crate) fn finish(&self) {
        let _ = self.orders.send(Order::Finish);
    }

    /// Waits until the connection has ended, at most for `patience`.
    pub(crate) async fn ended(&self, patience: Duration) {
        let _ = timeout(patience, self.orders.closed()).await;
    }

    async fn order<T>(&self, make: impl FnOnce(Reply<T>) -> Order) -> Result<T, Error> {
        let (reply, answer) = oneshot::channel();
        self.orders.send(make(reply)).map_err(|_| Error::Unreachable)?;
        match timeout(PATIENCE, answer).await {
            Ok(Ok(result)) => result,
            _ => Err(Error::Unreachable),
        }
    }
}

/// The web's certificate authorities, and those in the PEM file `extra`.
///
/// # Errors
/// If `extra` cannot be read or holds no certificate.
pub fn tls(extra: Option<&Path>) -> Result<Arc<ClientConfig>, SetupError> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(path) = extra {
        let unusable = |error: String| SetupError::Certificate(format!("{}: {error}", path.display()));
        let certificates = CertificateDer::pem_file_iter(path).map_err(|error| unusable(error.to_string()))?;
        let before = roots.len();
        for certificate in certificates {
            let certificate = certificate.map_err(|error| unusable(error.to_string()))?;
            roots.add(certificate).map_err(|error| unusable(error.to_string()))?;
        }
        if roots.len() == before {
            return Err(unusable(String::from("no certificate in it")));
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| SetupError::Certificate(error.to_string()))?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}

/// The URL of a relay's socket. Without TLS only on this computer.
///
/// # Errors
/// [`SetupError::Insecure`] for `http` to anywhere else.
pub fn socket_url(origin: &Origin) -> Result<String, SetupError> {
    let authority = origin.to_string();
    let authority = authority.split_once("://").map_or("", |(_, authority)| authority);
    match origin.scheme() {
        Scheme::Https => Ok(format!("wss://{authority}/v1/socket")),
        Scheme::Http if is_loopback(origin.host()) => Ok(format!("ws://{authority}/v1/socket")),
        Scheme::Http => Err(SetupError::Insecure(origin.clone())),
    }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// What a connection needs to know.
pub(crate) struct Terms {
    pub(crate) daemon: Weak<Daemon>,
    pub(crate) origin: Origin,
    pub(crate) tls: Arc<ClientConfig>,
    pub(crate) account: AccountId,
    pub(crate) keys: Arc<NativeKeys>,
}

/// Starts connecting, and goes on until the last handle is dropped or [`Relay::finish`].
pub(crate) fn start(terms: Terms) -> Relay {
    let (orders, inbox) = mpsc::unbounded_channel();
    let (told, standing) = watch::channel(Standing::default());
    let wake = Arc::new(Notify::new());
    let relay = Relay { origin: terms.origin.clone(), orders, standing, wake: Arc::clone(&wake) };
    tokio::spawn(Runner { device: terms.keys.public().fingerprint(), terms, inbox, standing: told, wake }.run());
    relay
}

struct Runner {
    terms: Terms,
    device: DeviceId,
    inbox: mpsc::UnboundedReceiver<Order>,
    standing: watch::Sender<Standing>,
    wake: Arc<Notify>,
}

/// How a connection ended.
enum End {
    Broken,
    Finished,
}

/// How a pause between two connections ended.
enum Rest {
    Over,
    /// The computer slept, or somebody waits: the network may be another one.
    Cut,
    Finished,
}

impl Runner {
    async fn run(mut self) {
        let mut pause = FIRST_PAUSE;
        loop {
            match timeout(PATIENCE, self.connect()).await.unwrap_or(Err(Error::Unreachable)) {
                Ok((socket, log_length)) => {
                    let begun = Moment::now();
                    if matches!(self.converse(socket, log_length).await, End::Finished) {
                        return;
                    }
                    if begun.elapsed() >= GOOD {
                        pause = FIRST_PAUSE;
                    }
                }
                Err(error) => {
                    tracing::debug!(%error, "cannot connect to the relay");
                    self.standing.send_modify(|now| now.failures = now.failures.saturating_add(1));
                }
            }
            pause = match self.rest(jitter(pause)).await {
                Rest::Finished => return,
                Rest::Over => (pause * 2).min(LONGEST_PAUSE),
                Rest::Cut => FIRST_PAUSE,
            };
        }
    }

    /// Connects, hands in the log, and logs in. Returns how long the relay's copy of the log is.
    async fn connect(&self) -> Result<(Socket, u64), Error> {
        let url = socket_url(&self.terms.origin).map_err(|_| Error::Unreachable)?;
        let config = WebSocketConfig::default().max_message_size(Some(LIMIT)).max_frame_size(Some(LIMIT));
        let connector = Connector::Rustls(Arc::clone(&self.terms.tls));
        let (stream, response) =
            connect_async_tls_with_config(url, Some(config), true, Some(connector)).await.map_err(|error| {
                tracing::debug!(%error, "no connection");
                Error::Unreachable
            })?;
        if let Some(time) = date(&response) {
            self.compare(time);
        }
        if self.standing.borrow().clock_is_off() {
            // It would refuse the login.
            return Err(Error::Clock);
        }
        let mut socket = Socket { stream };
        let FromRelay::Challenge { protocol, challenge } = socket.receive().await? else { return Err(Error::Protocol) };
        if protocol != RELAY_PROTOCOL {
            return Err(Error::Refused(RelayFault::Version));
        }
        self.register(&mut socket).await?;
        self.log_in(&mut socket, challenge).await.map(|log_length| (socket, log_length))
    }

    /// Takes note of the relay's clock. It is never believed against ours: what is said in time by a wrong clock is not said at all.
    fn compare(&self, time: UnixMillis) {
        let (before, now) = (self.standing.borrow().clock_is_off(), Comparison::with(time));
        self.standing.send_modify(|standing| standing.clock = Some(now));
        if before != now.is_off() {
            let seconds = now.difference() / 1000;
            tracing::warn!(seconds, off = now.is_off(), "this computer's clock, against the relay's");
            self.tell(|daemon| async move { daemon.relay_changed().await });
        }
    }

    /// The relay takes from our log what it does not have yet.
    async fn register(&self, socket: &mut Socket) -> Result<(), Error> {
        let daemon = self.terms.daemon.upgrade().ok_or(Error::Unreachable)?;
        socket.send(&ToRelay::Register { entries: daemon.log_entries().await }).await?;
        match socket.receive().await? {
            FromRelay::Registered => Ok(()),
            FromRelay::Failed { fault, .. } => {
                if fault == RelayFault::Conflict {
                    daemon.forked().await;
                }
                Err(Error::Refused(fault))
            }
            _ => Err(Error::Protocol),
        }
    }

    async fn log_in(&self, socket: &mut Socket, challenge: [u8; 32]) -> Result<u64, Error> {
        let statement = LoginStatement {
            relay: self.terms.origin.to_string(),
            account: self.terms.account,
            device: self.device,
            time: crate::clock::now(),
            challenge,
        };
        let statement = codec::to_vec(&statement).map_err(|_| Error::Protocol)?;
        let signature = self.terms.keys.sign(Context::Login, &statement).await.map_err(|_| Error::Protocol)?;
        socket.send(&ToRelay::Login { statement, signature }).await?;
        match socket.receive().await? {
            FromRelay::LoggedIn { log_length, time } => {
                self.compare(time);
                Ok(log_length)
            }
            FromRelay::Failed { fault, .. } => Err(Error::Refused(fault)),
            _ => Err(Error::Protocol),
        }
    }

    /// Serves one connection to its end.
    async fn converse(&mut self, mut socket: Socket, log_length: u64) -> End {
        tracing::info!("connected to the relay");
        self.standing.send_modify(|now| (now.log_length, now.failures) = (Some(log_length), 0));
        self.tell(|daemon| async move { daemon.relay_changed().await });
        let mut calls = Calls::default();
        let end = self.exchange(&mut socket, &mut calls).await;
        self.standing.send_modify(|now| now.log_length = None);
        self.tell(|daemon| async move { daemon.relay_changed().await });
        tracing::info!("disconnected from the relay");
        end
    }

    async fn exchange(&mut self, socket: &mut Socket, calls: &mut Calls) -> End {
        let (mut finishing, mut watch, mut heard) = (false, Watch::start(), Moment::now());
        loop {
            if finishing && calls.is_empty() {
                return End::Finished;
            }
            let step = tokio::select! {
                message = socket.next() => {
                    heard = Moment::now();
                    match message {
                        Some(Ok(Message::Binary(bytes))) => self.hear(&bytes, socket, calls).await,
                        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(()),
                        _ => Err(Error::Unreachable),
                    }
                },
                stood_still = watch.stood_still() => self.look(stood_still, heard),
                order = self.inbox.recv(), if !finishing => match order {
                    None | Some(Order::Finish) => { finishing = true; Ok(()) }
                    Some(order) => calls.place(order, socket).await,
                },
            };
            if let Err(error) = step {
                tracing::debug!(%error, "the relay's connection ends");
                return if finishing { End::Finished } else { End::Broken };
            }
        }
    }

    /// Whether the connection is worth keeping. After a sleep the relay has given us up, and nobody may have told us.
    fn look(&self, stood_still: bool, heard: Moment) -> Result<(), Error> {
        if stood_still || heard.elapsed() > SILENCE {
            return Err(Error::Unreachable);
        }
        if self.standing.borrow().clock_is_off() { Err(Error::Clock) } else { Ok(()) }
    }

    async fn hear(&self, bytes: &[u8], socket: &mut Socket, calls: &mut Calls) -> Result<(), Error> {
        match codec::from_slice(bytes, "message", LIMIT).map_err(|_| Error::Protocol)? {
            FromRelay::Deliver { delivery, envelope } => {
                if let Some(daemon) = self.terms.daemon.upgrade()
                    && !daemon.receive(&envelope).await
                {
                    return Err(Error::NotNow);
                }
                socket.send(&ToRelay::Ack { delivery }).await
            }
            FromRelay::Done { call, online } => calls.done(call, Ok(online)),
            FromRelay::Failed { call: Some(call), fault } => calls.failed(call, fault),
            FromRelay::Failed { call: None, fault } => Err(Error::Refused(fault)),
            FromRelay::Log { call, entries } => calls.log(call, entries),
            FromRelay::LogGrew { length } => {
                self.standing.send_modify(|now| now.log_length = Some(length));
                self.tell(|daemon| async move { daemon.relay_changed().await });
                Ok(())
            }
            FromRelay::Slot { slot, message } => {
                self.tell(|daemon| async move { daemon.slot_message(slot, &message).await });
                Ok(())
            }
            FromRelay::Challenge { .. } | FromRelay::Registered | FromRelay::LoggedIn { .. } | FromRelay::Joined => {
                Err(Error::Protocol)
            }
        }
    }

    /// Tells the daemon without waiting: what it does then may need this very connection.
    fn tell<F: Future<Output = ()> + Send + 'static>(&self, what: impl FnOnce(Arc<Daemon>) -> F) {
        if let Some(daemon) = self.terms.daemon.upgrade() {
            tokio::spawn(what(daemon));
        }
    }

    /// Pauses between two connections; orders fail at once.
    async fn rest(&mut self, pause: Duration) -> Rest {
        let (until, mut watch) = (Instant::now() + pause, Watch::start());
        loop {
            tokio::select! {
                () = sleep_until(until) => return Rest::Over,
                () = self.wake.notified() => return Rest::Cut,
                stood_still = watch.stood_still() => if stood_still { return Rest::Cut },
                order = self.inbox.recv() => match order {
                    None | Some(Order::Finish) => return Rest::Finished,
                    Some(order) => order.fail(),
                },
            }
        }
    }
}

/// What the clock of who answered says (RFC 9110, section 6.6.1).
fn date(response: &Response) -> Option<UnixMillis> {
    let time = httpdate::parse_http_date(response.headers().get("date")?.to_str().ok()?).ok()?;
    let since = time.duration_since(UNIX_EPOCH).ok()?;
    u64::try_from(since.as_millis()).ok().map(UnixMillis)
}

/// Half of the pause, and up to another half at random: a relay that comes back is not met by everyone at once.
fn jitter(pause: Duration) -> Duration {
    let [random] = countersign_seal::secret::random::<1>().unwrap_or([128]);
    pause / 2 + pause / 2 * u32::from(random) / 255
}

impl Order {
    fn fail(self) {
        match self {
            Self::Send { reply, .. } | Self::Append { reply, .. } | Self::OpenSlot { reply, .. } => {
                let _ = reply.send(Err(Error::Unreachable));
            }
            Self::Read { reply, .. } => drop(reply.send(Err(Error::Unreachable))),
            Self::SlotSend { .. } | Self::Finish => {}
        }
    }
}

/// Calls that wait for their replies. Dropping them makes them fail.
#[derive(Default)]
struct Calls {
    next: u32,
    simple: HashMap<u32, Reply<bool>>,
    reads: HashMap<u32, Reply<Vec<SignedEntry>>>,
}

impl Calls {
    fn is_empty(&self) -> bool {
        self.simple.is_empty() && self.reads.is_empty()
    }

    async fn place(&mut self, order: Order, socket: &mut Socket) -> Result<(), Error> {
        self.next = self.next.wrapping_add(1);
        let call = self.next;
        let message = match order {
            Order::Send { envelope, reply } => {
                self.simple.insert(call, reply);
                ToRelay::Send { call, envelope }
            }
            Order::Append { head, entry, reply } => {
                self.simple.insert(call, reply);
                ToRelay::LogAppend { call, head, entry }
            }
            Order::OpenSlot { slot, reply } => {
                self.simple.insert(call, reply);
                ToRelay::SlotOpen { call, slot }
            }
            Order::Read { from, reply } => {
                self.reads.insert(call, reply);
                ToRelay::LogRead { call, from }
            }
            Order::SlotSend { slot, message } => ToRelay::SlotSend { slot, message },
            Order::Finish => return Ok(()),
        };
        socket.send(&message).await
    }

    fn done(&mut self, call: u32, result: Result<bool, Error>) -> Result<(), Error> {
        let reply = self.simple.remove(&call).ok_or(Error::Protocol)?;
        let _ = reply.send(result);
        Ok(())
    }

    fn failed(&mut self, call: u32, fault: RelayFault) -> Result<(), Error> {
        match self.reads.remove(&call) {
            Some(reply) => {
                let _ = reply.send(Err(Error::Refused(fault)));
                Ok(())
            }
            None => self.done(call, Err(Error::Refused(fault))),
        }
    }

    fn log(&mut self, call: u32, entries: Vec<SignedEntry>) -> Result<(), Error> {
        let reply = self.reads.remove(&call).ok_or(Error::Protocol)?;
        let _ = reply.send(Ok(entries));
        Ok(())
    }
}

struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Socket {
    async fn next(&mut self) -> Option<Result<Message, tokio_tungstenite::tungstenite::Error>> {
        self.stream.next().await
    }

    async fn receive(&mut self) -> Result<FromRelay, Error> {
        loop {
            match self.next().await {
                Some(Ok(Message::Binary(bytes))) => {
                    return codec::from_slice(&bytes, "message", LIMIT).map_err(|_| Error::Protocol);
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                _ => return Err(Error::Unreachable),
            }
        }
    }

    async fn send(&mut self, message: &ToRelay) -> Result<(), Error> {
        let bytes = codec::to_vec(message).map_err(|_| Error::Protocol)?;
        self.stream.send(Message::Binary(bytes.into())).await.map_err(|_| Error::Unreachable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_tls_only_on_this_computer() {
        let url = |origin: &str| socket_url(&Origin::parse(origin).unwrap());
        assert_eq!(url("https://relay.example").unwrap(), "wss://relay.example/v1/socket");
        assert_eq!(url("https://relay.example:8443").unwrap(), "wss://relay.example:8443/v1/socket");
        assert_eq!(url("http://localhost:7780").unwrap(), "ws://localhost:7780/v1/socket");
        assert_eq!(url("http://127.0.0.1:7780").unwrap(), "ws://127.0.0.1:7780/v1/socket");
        assert_eq!(url("http://[::1]:7780").unwrap(), "ws://[::1]:7780/v1/socket");
        for insecure in ["http://relay.example", "http://192.168.1.2", "http://localhost.relay.example"] {
            assert!(matches!(url(insecure), Err(SetupError::Insecure(_))), "{insecure}");
        }
    }

    #[test]
    fn a_file_without_certificates_is_an_error() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(matches!(tls(Some(file.path())), Err(SetupError::Certificate(_))));
        assert!(tls(None).is_ok());
    }

    #[test]
    fn pauses_vary_within_bounds() {
        for _ in 0..100 {
            let pause = jitter(Duration::from_secs(10));
            assert!((Duration::from_secs(5)..=Duration::from_secs(10)).contains(&pause));
        }
    }
}
