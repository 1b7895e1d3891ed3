//! What the daemon knows while it runs, and how it is unlocked and locked.
//!
//! One lock guards the state. It is never held while the relay is waited for: the relay's connection hands in mail and needs it.

use crate::{
    clock,
    fault::{self, Result},
    mute::Mute,
    notice::{Notice, PeerId, Peers},
    pairing::{ShownCode, ShownLink},
    relay::{self, Relay, Terms},
    replay::Received,
    requests::Requests,
    store::{OpenStore, Store},
    unlock::{Keystore, Opener},
};
use countersign_seal::{
    compare::Answers,
    id::DeviceId,
    keys::DeviceKeys as _,
    log::{Device, DeviceKind, Listed, Log, SignedEntry, State as Standing},
    native::NativeKeys,
    origin::Origin,
    pairing::CodeOffer,
    secret::SecretBytes,
};
use countersign_wire::{
    control::FullStatus,
    device::DeviceSummary,
    local::{Fault, Status},
    mail::Withdrawal,
};
use rustls::ClientConfig;
use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Weak},
    time::Duration,
};
use tokio::sync::{Mutex, mpsc, watch};

/// The product's version, as pages and commands are told.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// How long a clean end waits for withdrawals to reach the relay.
const FAREWELL: Duration = Duration::from_secs(2);

/// How often the daemon looks whether the vault is to be backed up. Soon after an unlock, and nobody waits for it.
const BACKUP_LOOK: Duration = Duration::from_secs(60);
/// How often what was known for long enough is forgotten.
const FORGETTING: Duration = Duration::from_secs(30);

/// Where things are.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The data directory: store and log file.
    pub data_directory: PathBuf,
    /// Where the phone app is served; links for phones begin with it.
    pub phone_origin: Option<Origin>,
    /// A PEM file with certificate authorities to trust beside the web's.
    pub extra_ca: Option<PathBuf>,
}

/// Why the daemon cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The store.
    #[error("{0}")]
    Store(#[from] crate::store::Error),
    /// TLS settings or the relay's origin.
    #[error("{0}")]
    Relay(#[from] relay::SetupError),
    /// A file in the data directory.
    #[error("cannot read or write the data directory: {0}")]
    File(#[from] std::io::Error),
}

impl StartError {
    /// What to tell whoever asks, if it is the store that cannot be opened and that may pass: room is made, a backup put back.
    #[must_use]
    pub fn fault(&self) -> Option<Fault> {
        let fault = match self {
            Self::Store(crate::store::Error::InUse { .. }) | Self::Relay(_) => return None,
            Self::Store(error) => error.fault(),
            Self::File(error) => match error.kind() {
                std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Fault::DiskFull,
                std::io::ErrorKind::ReadOnlyFilesystem | std::io::ErrorKind::PermissionDenied => Fault::ReadOnly,
                _ => Fault::Store,
            },
        };
        fault.is_of_store().then_some(fault)
    }
}

/// The daemon.
pub struct Daemon {
    pub(crate) store: Store,
    keystore: Keystore,
    tls: Arc<ClientConfig>,
    pub(crate) state: Mutex<State>,
    stop: watch::Sender<bool>,
    me: Weak<Self>,
}

/// What changes while it runs.
pub(crate) struct State {
    pub(crate) open: Option<OpenStore>,
    /// Once the store was open these stay until the process ends, so that a paired browser can begin a session and unlock from there. They open no field and no
    /// metadata.
    pub(crate) keys: Option<Arc<NativeKeys>>,
    /// The device log as last known; while the store is open, it has the newest.
    log: Option<Log>,
    pub(crate) peers: Peers,
    /// Sessions by connection.
    sessions: HashMap<PeerId, DeviceId>,
    pub(crate) requests: Requests,
    pub(crate) mute: Mute,
    /// Comparisons that a phone was asked for.
    pub(crate) comparisons: Answers,
    pub(crate) code: Option<ShownCode>,
    pub(crate) link: Option<ShownLink>,
    pub(crate) relay: Option<Relay>,
    pub(crate) received: Received,
    relay_origin: Option<Origin>,
    pub(crate) phone_origin: Option<Origin>,
    pub(crate) forked: bool,
}

impl State {
    /// The open store.
    pub(crate) fn open(&self) -> Result<&OpenStore> {
        self.open.as_ref().ok_or(if self.log.is_some() { Fault::Locked } else { Fault::NotSetUp })
    }

    /// The open store, to be changed.
    pub(crate) fn open_mut(&mut self) -> Result<&mut OpenStore> {
        let closed = if self.log.is_some() { Fault::Locked } else { Fault::NotSetUp };
        self.open.as_mut().ok_or(closed)
    }

    /// The device log.
    pub(crate) fn log(&self) -> Option<&Log> {
        self.open.as_ref().map(OpenStore::log).or(self.log.as_ref())
    }

    pub(crate) fn keys(&self) -> Result<Arc<NativeKeys>> {
        self.keys.clone().ok_or(if self.log.is_some() { Fault::Locked } else { Fault::NotSetUp })
    }

    /// The relay, if it is connected or soon may be.
    pub(crate) fn relay(&self) -> Result<Relay> {
        self.relay.clone().ok_or(Fault::NoRelay)
    }

    /// Whether an approver exists.
    pub(crate) fn has_phone(&self) -> bool {
        self.log().is_some_and(|log| log.approver().is_some())
    }

    /// The phones that may answer now.
    pub(crate) fn approvers(&self) -> Vec<Device> {
        let may = |listed: &&Listed| listed.approver && listed.state == Standing::Active;
        self.log()
            .map(|log| log.devices().iter().filter(may).map(|listed| listed.device.clone()).collect())
            .unwrap_or_default()
    }

    /// Notes that a connection has a session now.
    pub(crate) fn begin_session(&mut self, peer: PeerId, browser: DeviceId) {
        self.sessions.insert(peer, browser);
    }
}

impl Daemon {
    /// Opens the data directory. Everything stays locked until [`Daemon::unlock`].
    ///
    /// # Errors
    /// If another daemon has it, a newer version wrote it, or it cannot be read or written.
    pub async fn start(settings: &Settings, keystore: Keystore) -> core::result::Result<Arc<Self>, StartError> {
        let tls = relay::tls(settings.extra_ca.as_deref())?;
        let store = Store::open(&settings.data_directory).await?;
        let state = State {
            open: None,
            keys: None,
            log: store.log().await?,
            peers: Peers::default(),
            sessions: HashMap::new(),
            requests: Requests::default(),
            mute: Mute::default(),
            comparisons: Answers::default(),
            code: None,
            link: None,
            relay: None,
            received: Received::open(&settings.data_directory, clock::now())?,
            relay_origin: store.relay().await?,
            phone_origin: match &settings.phone_origin {
                Some(phone) => Some(phone.clone()),
                None => store.phone_origin().await?,
            },
            forked: false,
        };
        let stop = watch::Sender::new(false);
        let daemon =
            Arc::new_cyclic(|me| Self { store, keystore, tls, state: Mutex::new(state), stop, me: me.clone() });
        tokio::spawn(back_up_daily(daemon.handle()));
        tokio::spawn(forget_known(daemon.handle()));
        Ok(daemon)
    }

    /// A handle for a task of its own.
    pub(crate) fn handle(&self) -> Weak<Self> {
        self.me.clone()
    }

    /// Sets the relay and where the phone app is; `None` for the relay: none. Connects at once if the store is open.
    ///
    /// # Errors
    /// [`Fault::NotAllowed`] for a relay without TLS on another computer.
    pub async fn set_relay(&self, relay: Option<&Origin>, phone: Option<Origin>) -> Result<()> {
        if let Some(origin) = relay {
            relay::socket_url(origin).map_err(|_| Fault::NotAllowed)?;
        }
        let mut state = self.state.lock().await;
        self.store.set_relay(relay).await.map_err(fault::store)?;
        state.relay_origin = relay.cloned();
        if phone.is_some() {
            self.store.set_phone_origin(phone.as_ref()).await.map_err(fault::store)?;
            state.phone_origin = phone;
        }
        self.connect(&mut state);
        self.broadcast(&mut state);
        Ok(())
    }

    /// Connects to the relay in force, if the store is open; leaves any other.
    fn connect(&self, state: &mut State) {
        let wanted = state.relay_origin.clone().filter(|_| state.open.is_some() && !state.forked);
        if state.relay.as_ref().map(Relay::origin) == wanted.as_ref() {
            return;
        }
        if let Some(relay) = state.relay.take() {
            relay.finish();
        }
        if let (Some(origin), Some(keys), Some(log)) = (wanted, state.keys.clone(), state.log()) {
            let account = log.account();
            state.relay = Some(relay::start(Terms {
                daemon: self.me.clone(),
                origin,
                tls: Arc::clone(&self.tls),
                account,
                keys,
            }));
        }
    }

    /// Copies the store if it is time, and if all that is in it is sealed and sound.
    async fn back_up(&self) {
        let is_due = {
            let state = self.state.lock().await;
            state.has_phone() && state.open.as_ref().is_some_and(|open| open.is_sealed() && open.damaged() == 0)
        };
        match if is_due { self.store.back_up_daily().await } else { Ok(false) } {
            Ok(true) => tracing::info!("the vault is backed up"),
            Ok(false) => {}
            Err(error) => tracing::warn!(%error, "the vault is not backed up"),
        }
    }

    /// First run: makes the account.
    pub(crate) async fn set_up(&self, pin: SecretBytes, name: &str) -> Result<()> {
        let mut state = self.state.lock().await;
        if self.store.is_set_up() {
            return Err(Fault::NotAllowed);
        }
        let open = self.store.set_up(pin, name, &self.keystore).await.map_err(fault::store)?;
        self.opened(&mut state, open).await
    }

    /// Opens the store.
    pub(crate) async fn unlock(&self, pin: SecretBytes) -> Result<()> {
        let mut state = self.state.lock().await;
        if !self.store.is_set_up() {
            return Err(Fault::NotSetUp);
        }
        if state.open.is_some() {
            return self.store.check_pin(pin, &self.keystore).await.map_err(fault::store);
        }
        let open = self.store.unlock(pin, &self.keystore).await.map_err(fault::store)?;
        self.opened(&mut state, open).await
    }

    /// Whether this is the PIN of the open store. Wrong ones count as they do when it is locked.
    pub(crate) async fn check_pin(&self, pin: SecretBytes) -> Result<()> {
        let state = self.state.lock().await;
        state.open()?;
        self.store.check_pin(pin, &self.keystore).await.map_err(fault::store)
    }

    async fn opened(&self, state: &mut State, mut open: OpenStore) -> Result<()> {
        if open.log().approver().is_some() && !open.is_sealed() {
            // The first pairing was interrupted: finish it.
            open.seal_everything().await.map_err(fault::store)?;
        }
        let keys =
            open.keys().to_secret().and_then(|secret| NativeKeys::from_secret(&secret)).map_err(fault::internal)?;
        state.keys = Some(Arc::new(keys));
        state.log = Some(open.log().clone());
        state.open = Some(open);
        self.connect(state);
        self.broadcast(state);
        state.peers.tell_all(|| Notice::Ready);
        Ok(())
    }

    /// Locks: withdraws what is pending, forgets keys and metadata, leaves the relay.
    pub(crate) async fn lock(&self) {
        let mut state = self.state.lock().await;
        self.close(&mut state, Withdrawal::Locked).await;
    }

    pub(crate) async fn close(&self, state: &mut State, reason: Withdrawal) {
        for request in state.requests.all() {
            self.cancel_in(state, request, reason).await;
        }
        self.void_pairings(state);
        if let Some(open) = state.open.take() {
            state.log = Some(open.log().clone());
        }
        if let Some(relay) = state.relay.take() {
            relay.finish();
        }
        self.broadcast(state);
    }

    /// The relay's log is not a copy of ours: the account stops until a person looks.
    pub(crate) async fn forked(&self) {
        let mut state = self.state.lock().await;
        tracing::error!("the device log is forked: the account is stopped");
        state.forked = true;
        for request in state.requests.all() {
            self.cancel_in(&mut state, request, Withdrawal::Cancelled).await;
        }
        if let Some(relay) = state.relay.take() {
            relay.finish();
        }
        self.broadcast(&mut state);
    }

    /// Ends the daemon: [`Daemon::stopped`] returns.
    pub fn stop(&self) {
        self.stop.send_replace(true);
    }

    /// Returns once the daemon is to end.
    pub async fn stopped(&self) {
        let _ = self.stop.subscribe().wait_for(|stop| *stop).await;
    }

    /// The last thing to do: withdraws what is pending and waits a moment until the relay has it.
    pub async fn farewell(&self) {
        let relay = {
            let mut state = self.state.lock().await;
            let relay = state.relay.clone();
            self.close(&mut state, Withdrawal::Restarted).await;
            relay
        };
        if let Some(relay) = relay {
            relay.ended(FAREWELL).await;
        }
        self.store.settle().await;
    }

    /// A connection begins.
    pub(crate) async fn join(&self) -> (PeerId, mpsc::Receiver<Notice>) {
        self.state.lock().await.peers.join()
    }

    /// A connection is gone: its requests are withdrawn, what it shows is void.
    pub(crate) async fn leave(&self, peer: PeerId) {
        let mut state = self.state.lock().await;
        state.peers.leave(peer);
        state.sessions.remove(&peer);
        for request in state.requests.of(peer) {
            self.cancel_in(&mut state, request, Withdrawal::AskerGone).await;
        }
        drop(state);
        self.stop_showing(peer).await;
    }

    /// Tells every session that something changed.
    pub(crate) fn broadcast(&self, state: &mut State) {
        let status = self.status_of(state);
        state.peers.tell_all(|| Notice::Changed(status.clone()));
    }

    pub(crate) async fn status(&self) -> Status {
        self.store.recheck().await;
        self.status_of(&*self.state.lock().await)
    }

    pub(crate) fn status_of(&self, state: &State) -> Status {
        Status {
            version: VERSION.to_owned(),
            locked: state.open.is_none(),
            pin: self.store.opener() == Some(Opener::Pin),
            phone: state.has_phone(),
            relay: state.relay_origin.as_ref().map(|_| state.relay.as_ref().is_some_and(Relay::is_connected)),
            retry_after_millis: u64::try_from(self.store.retry_after().as_millis()).unwrap_or(u64::MAX),
            faults: self.faults(state),
        }
    }

    /// What stands in the way now.
    fn faults(&self, state: &State) -> Vec<Fault> {
        let mut faults = self.store.faults();
        if state.open.as_ref().is_some_and(|open| open.damaged() > 0) {
            faults.push(Fault::Damaged);
        }
        if state.relay.as_ref().is_some_and(Relay::clock_is_off) {
            faults.push(Fault::Clock);
        }
        faults
    }

    pub(crate) async fn full_status(&self) -> FullStatus {
        self.store.recheck().await;
        let state = self.state.lock().await;
        let mut status = self.status_of(&state);
        if !self.store.is_set_up() {
            // Nothing is chosen yet: what set-up will ask for.
            status.pin = self.keystore.opener().await.is_ok_and(|opener| opener == Opener::Pin);
        }
        FullStatus {
            set_up: self.store.is_set_up(),
            status,
            relay: state.relay_origin.as_ref().map(Origin::to_string),
            pid: std::process::id(),
            browsers: u32::try_from(state.sessions.len()).unwrap_or(u32::MAX),
            items: state.open.as_ref().map_or(0, OpenStore::count),
            not_sealed: state.open.as_ref().map_or(0, OpenStore::not_sealed),
            old_backups: state.open.as_ref().map(OpenStore::old_backups).unwrap_or_default(),
        }
    }

    pub(crate) async fn devices(&self) -> Result<Vec<DeviceSummary>> {
        let state = self.state.lock().await;
        let log = state.log().ok_or(Fault::NotSetUp)?;
        let summary = |listed: &Listed| DeviceSummary {
            id: listed.device.id(),
            name: listed.device.name.clone(),
            kind: listed.device.kind,
            state: listed.state.into(),
            approver: listed.approver,
        };
        Ok(log.devices().iter().map(summary).collect())
    }

    /// Who a browser would be paired with; `None` before set-up.
    pub(crate) async fn code_offer(&self) -> Result<Option<CodeOffer>> {
        let state = self.state.lock().await;
        let Some(log) = state.log() else { return Ok(None) };
        // The desktop that this store belongs to: by its keys, or, locked since the start, the first desktop.
        let me = state.keys.as_ref().map(|keys| keys.public().fingerprint());
        let mine = |listed: &&Listed| {
            listed.device.kind == DeviceKind::Desktop && me.is_none_or(|me| listed.device.id() == me)
        };
        let daemon = log.devices().iter().find(mine).map(|listed| listed.device.clone());
        Ok(Some(CodeOffer { account: log.account(), daemon: daemon.ok_or(Fault::Internal)? }))
    }

    /// The device log's entries.
    pub(crate) async fn log_entries(&self) -> Vec<SignedEntry> {
        self.state.lock().await.log().map(|log| log.entries().to_vec()).unwrap_or_default()
    }
}

/// Looks now and then whether a backup is due, as long as the daemon is there.
async fn back_up_daily(daemon: Weak<Daemon>) {
    loop {
        tokio::time::sleep(BACKUP_LOOK).await;
        let Some(daemon) = daemon.upgrade() else { return };
        daemon.back_up().await;
    }
}

/// Ends what is known of released values by time, and not only when the next one is noted.
async fn forget_known(daemon: Weak<Daemon>) {
    loop {
        tokio::time::sleep(FORGETTING).await;
        let Some(daemon) = daemon.upgrade() else { return };
        if let Ok(open) = daemon.state.lock().await.open_mut() {
            open.forget_known();
        }
    }
}
