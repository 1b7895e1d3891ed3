//! The devices of the load: accounts of a desktop and a phone, each with its socket.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Result, bail, ensure};
use countersign_seal::{
    codec,
    context::Context as Signed,
    envelope::Envelope,
    id::UnixMillis,
    keys::{DeviceKeys as _, PublicKeys, Sign as _},
    log::{Action, Author, Device, DeviceKind, Log},
    native::NativeKeys,
};
use countersign_wire::relay::{FromRelay, LIMIT, LoginStatement, ToRelay};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{sleep_until, timeout};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

use crate::clock::millis;

/// Pairs of key pairs that all accounts share.
const KEY_PAIRS: usize = 8;
/// Logins under way at any time.
const LOGINS: usize = 32;
/// Bytes of a request to fill one field, and of its answer, as the daemon and the phone make them.
const REQUEST: usize = 3000;
const ANSWER: usize = 2200;
/// How long envelopes may wait.
const LIFETIME_MILLIS: u64 = 3_600_000;
/// How long the last approvals may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The keys of a desktop and of a phone.
struct Keys {
    desktop: NativeKeys,
    phone: NativeKeys,
}

struct Account {
    log: Log,
    keys: Arc<Keys>,
    /// Sealed and not yet sent: requests with their answers.
    sealed: VecDeque<(Vec<u8>, Vec<u8>)>,
    /// To the task that holds its sockets.
    line: Option<mpsc::UnboundedSender<Approval>>,
}

/// One approval to be done.
struct Approval {
    due: Instant,
    request: Vec<u8>,
    answer: Vec<u8>,
    done: oneshot::Sender<Duration>,
}

/// All accounts.
pub(crate) struct Load {
    api: String,
    accounts: Vec<Account>,
    next: usize,
}

fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    UnixMillis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

impl Load {
    /// Makes accounts; nobody is connected yet.
    pub(crate) async fn make(api: &str, count: usize) -> Result<Self> {
        let mut making = JoinSet::new();
        for _ in 0..KEY_PAIRS {
            making.spawn_blocking(|| Ok(Arc::new(Keys { desktop: NativeKeys::make()?, phone: NativeKeys::make()? })));
        }
        let keys: Vec<Arc<Keys>> = making.join_all().await.into_iter().collect::<Result<_>>()?;
        let mut accounts = Vec::new();
        let mut making = JoinSet::new();
        for number in 0..count {
            let keys = Arc::clone(keys.get(number % KEY_PAIRS).context("no keys")?);
            making.spawn(async move { account(number, keys).await });
            if making.len() >= LOGINS {
                accounts.push(making.join_next().await.context("no task")???);
            }
        }
        while let Some(made) = making.join_next().await {
            accounts.push(made??);
        }
        Ok(Self { api: api.to_owned(), accounts, next: 0 })
    }

    /// How many sockets are open.
    pub(crate) fn sockets(&self) -> usize {
        2 * self.accounts.iter().filter(|account| account.line.as_ref().is_some_and(|line| !line.is_closed())).count()
    }

    /// Registers every account, and connects its devices.
    pub(crate) async fn connect(&mut self) -> Result<()> {
        let free = Arc::new(Semaphore::new(LOGINS));
        let mut connecting = JoinSet::new();
        for (index, account) in self.accounts.iter().enumerate() {
            let (api, log, keys) = (self.api.clone(), account.log.clone(), Arc::clone(&account.keys));
            let permit = Arc::clone(&free).acquire_owned().await?;
            connecting.spawn(async move {
                let mut desktop = Socket::open(&api).await?;
                desktop.send(&ToRelay::Register { entries: log.entries().to_vec() }).await?;
                ensure!(matches!(desktop.receive().await?, FromRelay::Registered), "not registered");
                desktop.log_in(&api, &log, &keys.desktop).await?;
                let mut phone = Socket::open(&api).await?;
                phone.log_in(&api, &log, &keys.phone).await?;
                drop(permit);
                anyhow::Ok((index, desktop, phone))
            });
        }
        while let Some(connected) = connecting.join_next().await {
            let (index, desktop, phone) = connected??;
            let (line, approvals) = mpsc::unbounded_channel();
            tokio::spawn(serve(desktop, phone, approvals));
            self.accounts.get_mut(index).context("no account")?.line = Some(line);
        }
        Ok(())
    }

    /// Seals requests and answers, dealt out among all accounts.
    pub(crate) async fn seal(&mut self, count: usize) -> Result<()> {
        let mut sealing = JoinSet::new();
        for number in 0..count {
            let index = number % self.accounts.len();
            let account = self.accounts.get(index).context("no account")?;
            let (id, keys) = (account.log.account(), Arc::clone(&account.keys));
            sealing.spawn(async move {
                let seal = async |from: &NativeKeys, to: &PublicKeys, size: usize| {
                    let envelope = Envelope::seal(from, id, to, now(), LIFETIME_MILLIS, &vec![7; size]).await?;
                    anyhow::Ok(envelope.as_bytes().to_vec())
                };
                let request = seal(&keys.desktop, keys.phone.public(), REQUEST).await?;
                anyhow::Ok((index, request, seal(&keys.phone, keys.desktop.public(), ANSWER).await?))
            });
            if sealing.len() >= LOGINS {
                self.keep(sealing.join_next().await.context("no task")??)?;
            }
        }
        while let Some(sealed) = sealing.join_next().await {
            self.keep(sealed?)?;
        }
        Ok(())
    }

    fn keep(&mut self, sealed: Result<(usize, Vec<u8>, Vec<u8>)>) -> Result<()> {
        let (index, request, answer) = sealed?;
        self.accounts.get_mut(index).context("no account")?.sealed.push_back((request, answer));
        Ok(())
    }

    /// Begins `rate` approvals a second, whatever becomes of earlier ones. The milliseconds of each from when it was due, and how many a second there were.
    pub(crate) async fn steady(&mut self, count: usize, rate: u32) -> Result<(Vec<f64>, f64)> {
        let begun = Instant::now() + Duration::from_millis(50);
        let mut waiting = Vec::new();
        for number in 0..u32::try_from(count)? {
            let due = begun + Duration::from_secs(1) * number / rate;
            sleep_until(due.into()).await;
            waiting.push(self.begin(due)?);
        }
        let mut latencies = Vec::new();
        for done in waiting {
            latencies.push(millis(timeout(PATIENCE, done).await.context("an approval never came back")??));
        }
        let rate = crate::clock::number(count) / begun.elapsed().as_secs_f64();
        Ok((latencies, rate))
    }

    /// Does approvals as fast as they go, so many at any time.
    pub(crate) async fn rush(&mut self, count: usize, abreast: usize) -> Result<(Vec<f64>, f64)> {
        let begun = Instant::now();
        let (mut latencies, mut under_way) = (Vec::new(), JoinSet::new());
        for _ in 0..count {
            if under_way.len() >= abreast {
                latencies.push(finished(under_way.join_next().await)?);
            }
            let done = self.begin(Instant::now())?;
            under_way.spawn(timeout(PATIENCE, done));
        }
        while !under_way.is_empty() {
            latencies.push(finished(under_way.join_next().await)?);
        }
        let rate = crate::clock::number(count) / begun.elapsed().as_secs_f64();
        Ok((latencies, rate))
    }

    /// Begins an approval of the next account.
    fn begin(&mut self, due: Instant) -> Result<oneshot::Receiver<Duration>> {
        let index = self.next % self.accounts.len();
        self.next += 1;
        let account = self.accounts.get_mut(index).context("no account")?;
        let (request, answer) = account.sealed.pop_front().context("no envelope is left")?;
        let (done, wait) = oneshot::channel();
        let line = account.line.as_ref().context("not connected")?;
        line.send(Approval { due, request, answer, done }).ok().context("a device is disconnected")?;
        Ok(wait)
    }
}

type Finished = Result<Result<Duration, oneshot::error::RecvError>, tokio::time::error::Elapsed>;

fn finished(joined: Option<Result<Finished, tokio::task::JoinError>>) -> Result<f64> {
    Ok(millis(joined.context("no task")??.context("an approval never came back")??))
}

/// An account whose log names a desktop and a phone. Its name tells it from others with the same keys.
async fn account(number: usize, keys: Arc<Keys>) -> Result<Account> {
    let device = |keys: &NativeKeys, kind, name: &str| Device {
        keys: keys.public().clone(),
        kind,
        name: format!("{name} {number}"),
    };
    let phone = device(&keys.phone, DeviceKind::Phone, "Phone");
    let mut log = Log::create(device(&keys.desktop, DeviceKind::Desktop, "Desk"), &keys.desktop, now()).await?;
    let author = Author::Device(keys.desktop.public().fingerprint());
    let draft = log.draft(author, Action::AddDevice { device: phone }, now())?;
    log.append(Log::sign(&draft, &keys.desktop).await?)?;
    Ok(Account { log, keys, sealed: VecDeque::new(), line: None })
}

/// Both devices of an account, for as long as the load lasts.
async fn serve(mut desktop: Socket, mut phone: Socket, mut approvals: mpsc::UnboundedReceiver<Approval>) -> Result<()> {
    let mut under_way: VecDeque<(Instant, Vec<u8>, oneshot::Sender<Duration>)> = VecDeque::new();
    let mut answered: VecDeque<(Instant, oneshot::Sender<Duration>)> = VecDeque::new();
    loop {
        tokio::select! {
            approval = approvals.recv() => {
                let Some(Approval { due, request, answer, done }) = approval else { return Ok(()) };
                under_way.push_back((due, answer, done));
                desktop.send(&ToRelay::Send { call: 1, envelope: request }).await?;
            }
            message = phone.receive() => {
                if let FromRelay::Deliver { delivery, .. } = message? {
                    let (due, answer, done) = under_way.pop_front().context("a request that nobody sent")?;
                    answered.push_back((due, done));
                    phone.send(&ToRelay::Ack { delivery }).await?;
                    phone.send(&ToRelay::Send { call: 1, envelope: answer }).await?;
                }
            }
            message = desktop.receive() => {
                if let FromRelay::Deliver { delivery, .. } = message? {
                    let (due, done) = answered.pop_front().context("an answer that nobody sent")?;
                    let _ = done.send(due.elapsed());
                    desktop.send(&ToRelay::Ack { delivery }).await?;
                }
            }
        }
    }
}

/// A device's connection.
struct Socket {
    stream: WebSocketStream<MaybeTlsStream<TcpStream>>,
    challenge: [u8; 32],
}

impl Socket {
    async fn open(api: &str) -> Result<Self> {
        let url = format!("{}/v1/socket", api.replacen("http", "ws", 1).replacen("localhost", "127.0.0.1", 1));
        let (stream, _) = connect_async(url).await?;
        let mut socket = Self { stream, challenge: [0; 32] };
        match socket.receive().await? {
            FromRelay::Challenge { challenge, .. } => socket.challenge = challenge,
            other => bail!("no challenge: {other:?}"),
        }
        Ok(socket)
    }

    async fn log_in(&mut self, api: &str, log: &Log, keys: &NativeKeys) -> Result<()> {
        let device = keys.public().fingerprint();
        let statement = LoginStatement {
            relay: api.to_owned(),
            account: log.account(),
            device,
            time: now(),
            challenge: self.challenge,
        };
        let statement = codec::to_vec(&statement)?;
        let signature = keys.sign(Signed::Login, &statement).await?;
        self.send(&ToRelay::Login { statement, signature }).await?;
        match self.receive().await? {
            FromRelay::LoggedIn { .. } => Ok(()),
            other => bail!("not logged in: {other:?}"),
        }
    }

    async fn send(&mut self, message: &ToRelay) -> Result<()> {
        Ok(self.stream.send(Message::Binary(codec::to_vec(message)?.into())).await?)
    }

    /// The next message. May be dropped while it waits.
    async fn receive(&mut self) -> Result<FromRelay> {
        loop {
            match self.stream.next().await.context("the relay hung up")?? {
                Message::Binary(bytes) => return Ok(codec::from_slice(&bytes, "message", LIMIT)?),
                Message::Ping(_) | Message::Pong(_) => {}
                other => bail!("{other:?}"),
            }
        }
    }
}
