//! What comes from and goes to phones, in envelopes through the relay; and the device log, which the relay keeps a copy of.

use crate::{
    clock,
    daemon::{Daemon, State},
    fault::{self, Result},
    notice::Notice,
    relay,
};
use countersign_seal::{
    Error, codec,
    envelope::Envelope,
    id::{DeviceId, RequestId},
    keys::{BLOCK, DeviceKeys as _},
    log::{Action, Approver, Author, Device, DeviceKind, ENTRY_LIMIT, LOG_LIMIT, Log, SignedEntry},
    request,
    secret::SecretBytes,
};
use countersign_wire::{
    local::{Fault, Progress},
    mail::{LIMIT, ToDesktop, ToPhone, Withdrawal},
    relay::RelayFault,
};
use std::time::Duration;

/// How long a relay that is being reconnected to is waited for.
pub(crate) const RECONNECT: Duration = Duration::from_secs(5);
/// How long news that ask for nothing wait for a phone.
const NEWS_LIFETIME_MILLIS: u64 = 7 * 24 * 3600 * 1000;

impl Daemon {
    /// Takes one envelope: known sender, in time, new; only then is it opened. Returns whether it is dealt with; if not, the relay is to keep it.
    pub(crate) async fn receive(&self, bytes: &[u8]) -> bool {
        match self.open_envelope(bytes).await {
            Ok((sender, message)) => {
                // What follows may need the relay's connection, which waits for us here.
                if let Some(daemon) = self.handle().upgrade() {
                    tokio::spawn(async move { daemon.heed(sender, message).await });
                }
                true
            }
            Err(error) => {
                let keep = self.blames_us(&error).await;
                tracing::warn!(%error, keep, "an envelope is not taken");
                !keep
            }
        }
    }

    /// Whether an envelope was not taken for a reason that will pass: our clock is wrong, or nothing can be written.
    async fn blames_us(&self, error: &Error) -> bool {
        let state = self.state.lock().await;
        match error {
            Error::Expired | Error::FromFuture => state.relay.as_ref().is_some_and(relay::Relay::clock_is_off),
            Error::Replayed => state.received.has_failed(),
            _ => false,
        }
    }

    async fn open_envelope(&self, bytes: &[u8]) -> countersign_seal::Result<(DeviceId, ToDesktop)> {
        let envelope = Envelope::parse(bytes)?;
        let mut state = self.state.lock().await;
        let keys = state.keys.clone().ok_or(Error::WrongRecipient)?;
        let log = state.log().ok_or(Error::WrongRecipient)?;
        let verified = envelope.verify(log, keys.public().fingerprint())?;
        let admitted = verified.admit(&mut state.received, clock::now())?;
        let body = admitted.open(&*keys).await?;
        Ok((admitted.header().sender, codec::from_slice(body.expose(), "mail", LIMIT)?))
    }

    async fn heed(&self, sender: DeviceId, message: ToDesktop) {
        match message {
            ToDesktop::Delivered { request } => {
                let mut state = self.state.lock().await;
                if let Some(peer) = state.requests.delivered(request, sender) {
                    state.peers.tell(peer, Notice::Progress { request, progress: Progress::Delivered });
                }
            }
            ToDesktop::Answer(answer) => self.answered(sender, &answer).await,
            ToDesktop::BecomeApprover(approver) => {
                if let Err(fault) = self.become_approver(sender, approver).await {
                    tracing::warn!(?fault, "no approver was made");
                }
            }
            ToDesktop::AllowRequests => {
                let mut state = self.state.lock().await;
                if state.approvers().iter().any(|phone| phone.id() == sender) {
                    tracing::info!("a phone's owner allows requests again");
                    state.mute.lift();
                }
            }
            ToDesktop::Log { entries } => {
                if let Err(fault) = self.extend_log(&entries).await {
                    tracing::warn!(?fault, "a phone's log is not taken");
                }
            }
        }
    }

    /// The first approver: the phone has made the key, this desktop signs the entry, and everything is sealed.
    async fn become_approver(&self, phone: DeviceId, approver: Box<Approver>) -> Result<()> {
        {
            let state = self.state.lock().await;
            let listed = state.open()?.log().active(phone).map_err(fault::foreign)?;
            if listed.device.kind != DeviceKind::Phone || state.has_phone() {
                return Err(Fault::NotAllowed);
            }
        }
        self.sign_and_append(Action::MakeApprover { device: phone, approver }).await?;
        let mut state = self.state.lock().await;
        let sealed = state.open_mut()?.seal_everything().await.map_err(fault::store)?;
        tracing::info!(fields = sealed.values, backups = sealed.backups.len(), "all fields are sealed");
        self.post_log(&state, phone).await;
        self.broadcast(&mut state);
        Ok(())
    }

    /// Signs an entry as this desktop and appends it.
    pub(crate) async fn sign_and_append(&self, action: Action) -> Result<SignedEntry> {
        let (entry, keys) = {
            let state = self.state.lock().await;
            let keys = state.keys()?;
            let author = Author::Device(keys.public().fingerprint());
            (state.open()?.log().draft(author, action, clock::now()).map_err(fault::foreign)?, keys)
        };
        let signed = Log::sign(&entry, &*keys).await.map_err(fault::internal)?;
        self.append(signed.clone()).await?;
        Ok(signed)
    }

    /// Appends a signed entry: at the relay first, where it counts, then here. Without a relay here only; it gets the entry when it is reached.
    pub(crate) async fn append(&self, entry: SignedEntry) -> Result<()> {
        // All checks first: a relay would not take it back.
        self.state.lock().await.open()?.log().clone().append(entry.clone()).map_err(fault::foreign)?;
        let relay = self.state.lock().await.relay.clone().filter(relay::Relay::is_connected);
        if let Some(relay) = relay {
            self.push_log(&relay).await?;
            let head = self.state.lock().await.open()?.log().head();
            match relay.append(head, entry.clone()).await {
                Ok(()) | Err(relay::Error::Unreachable) => {}
                Err(relay::Error::Refused(RelayFault::Conflict)) => self.read_log().await?,
                Err(error) => return Err(fault::internal(error)),
            }
        }
        let mut state = self.state.lock().await;
        let open = state.open_mut()?;
        if !open.log().contains(entry.hash()) {
            open.append_log(entry).await.map_err(fault::store)?;
        }
        self.broadcast(&mut state);
        Ok(())
    }

    /// The relay was reached or lost, or its copy of the log grew.
    pub(crate) async fn relay_changed(&self) {
        let relay = {
            let mut state = self.state.lock().await;
            self.broadcast(&mut state);
            state.relay.clone()
        };
        let Some(relay) = relay.filter(relay::Relay::is_usable) else { return };
        if let Err(fault) = self.withdraw_leftovers().await {
            tracing::warn!(?fault, "earlier requests are not withdrawn");
        }
        let known = self.log_length().await;
        let reconciled = match relay.log_length() {
            Some(length) if length > known => self.read_log().await,
            Some(length) if length < known => self.push_log(&relay).await,
            _ => Ok(()),
        };
        if let Err(fault) = reconciled {
            tracing::warn!(?fault, "the relay's log and ours differ");
        }
    }

    async fn log_length(&self) -> u64 {
        self.state.lock().await.log().map_or(0, |log| count(log.entries()))
    }

    /// Hands the relay what was appended while it could not be reached.
    async fn push_log(&self, relay: &relay::Relay) -> Result<()> {
        let entries = self.log_entries().await;
        let from = relay.log_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(usize::MAX);
        let Some(missing) = entries.get(from..) else { return Ok(()) };
        let heads = entries.get(from.saturating_sub(1)..).unwrap_or_default();
        for (head, entry) in heads.iter().zip(missing) {
            match relay.append(head.hash(), entry.clone()).await {
                // Somebody was faster: another task of ours, as often as not.
                Ok(()) | Err(relay::Error::Refused(RelayFault::Conflict)) => {}
                Err(_) => return Err(Fault::NoRelay),
            }
        }
        Ok(())
    }

    /// Reads what the relay has beyond our log. The newest known entry is read again, to notice a fork: if it is another one, the whole log is read, which tells
    /// where the two part, or that nobody signed the other.
    pub(crate) async fn read_log(&self) -> Result<()> {
        loop {
            let (mut entries, relay) = {
                let state = self.state.lock().await;
                (state.open()?.log().entries().to_vec(), state.relay()?)
            };
            let newest = entries.pop();
            let read = relay.read_log(count(&entries)).await.map_err(|_| Fault::NoRelay)?;
            let differs = |mine: SignedEntry| read.first().is_some_and(|theirs| theirs.bytes != mine.bytes);
            if newest.is_some_and(differs) {
                entries = read_all(&relay).await?;
            } else {
                entries.extend(read);
            }
            if self.extend_log(&entries).await? == 0 {
                return Ok(());
            }
        }
    }

    async fn extend_log(&self, entries: &[SignedEntry]) -> Result<usize> {
        let result = {
            let mut state = self.state.lock().await;
            let result = state.open_mut()?.extend_log(entries).await.map_err(fault::store);
            if result.as_ref().is_ok_and(|new| *new > 0) {
                self.broadcast(&mut state);
            }
            result
        };
        if matches!(result, Err(Fault::Forked)) {
            self.forked().await;
        }
        result
    }

    /// Sends a request to its phones; tells the asker if that fails.
    pub(crate) async fn deliver(&self, request: RequestId, phones: Vec<Device>, message: ToPhone) {
        if let Err(progress) = self.try_deliver(&phones, &message).await {
            return self.unreachable(request, progress).await;
        }
        let state = self.state.lock().await;
        if state.requests.contains(request) {
            return;
        }
        // It was withdrawn while it was on its way, and may have come after that. Where it was answered by now this says nothing.
        let message = ToPhone::Withdraw { request, reason: Withdrawal::Cancelled };
        for phone in &phones {
            self.post(&state, phone.id(), &message, request::LIFETIME_MILLIS).await;
        }
    }

    async fn try_deliver(&self, phones: &[Device], message: &ToPhone) -> core::result::Result<(), Progress> {
        let Ok(relay) = self.state.lock().await.relay() else { return Err(Progress::RelayUnreachable) };
        if !relay.reach(RECONNECT).await {
            return Err(Progress::RelayUnreachable);
        }
        let mut outcome = Err(Progress::RelayUnreachable);
        for phone in phones {
            match self.envelope(phone, message, request::LIFETIME_MILLIS).await {
                Ok(envelope) => match relay.send(envelope).await {
                    Ok(_) => outcome = Ok(()),
                    Err(error) => {
                        tracing::warn!(%error, "a request is not sent");
                        if matches!(error, relay::Error::Refused(_)) && outcome.is_err() {
                            outcome = Err(Progress::PhoneUnreachable);
                        }
                    }
                },
                Err(fault) => tracing::error!(?fault, "a request is not sealed"),
            }
        }
        outcome
    }

    async fn envelope(&self, phone: &Device, message: &ToPhone, lifetime_millis: u64) -> Result<Vec<u8>> {
        let (keys, account) = {
            let state = self.state.lock().await;
            (state.keys()?, state.log().ok_or(Fault::NotSetUp)?.account())
        };
        let body = SecretBytes::new(codec::to_vec(message).map_err(fault::internal)?);
        let envelope = Envelope::seal(&*keys, account, &phone.keys, clock::now(), lifetime_millis, body.expose()).await;
        Ok(envelope.map_err(fault::internal)?.as_bytes().to_vec())
    }

    /// Sends news to a phone, if the relay is there.
    pub(crate) async fn post(&self, state: &State, phone: DeviceId, message: &ToPhone, lifetime_millis: u64) {
        let (Ok(relay), Ok(keys), Some(log)) = (state.relay(), state.keys(), state.log()) else { return };
        if relay.clock_is_off() {
            return tracing::info!("a phone is not told: the clock is off");
        }
        let Some(listed) = log.listed(phone) else { return };
        let Ok(body) = codec::to_vec(message) else { return };
        match Envelope::seal(&*keys, log.account(), &listed.device.keys, clock::now(), lifetime_millis, &body).await {
            Ok(envelope) => relay.post(envelope.as_bytes().to_vec()),
            Err(error) => tracing::error!(%error, "a message is not sealed"),
        }
    }

    async fn post_log(&self, state: &State, phone: DeviceId) {
        let entries = state.log().map(|log| log.entries().to_vec()).unwrap_or_default();
        self.post(state, phone, &ToPhone::Log { entries }, NEWS_LIFETIME_MILLIS).await;
    }

    /// Withdraws what a phone may still show and nobody waits for any more: from before a restart, or ended while the relay could not be reached.
    async fn withdraw_leftovers(&self) -> Result<()> {
        for leftover in self.store.pending().await.map_err(fault::store)? {
            let state = self.state.lock().await;
            if state.requests.contains(leftover.id) {
                continue;
            }
            let age = clock::now().0.saturating_sub(leftover.created.0);
            if age < request::LIFETIME_MILLIS {
                let message = ToPhone::Withdraw { request: leftover.id, reason: Withdrawal::Restarted };
                self.post(&state, leftover.phone, &message, request::LIFETIME_MILLIS).await;
            }
            self.store.remove_pending(leftover.id).await.map_err(fault::store)?;
        }
        Ok(())
    }
}

/// A relay's whole copy of the log. It may say what it likes, so only so much is listened to.
async fn read_all(relay: &relay::Relay) -> Result<Vec<SignedEntry>> {
    let is_entry = |entry: &SignedEntry| entry.bytes.len() <= ENTRY_LIMIT && entry.signature.0.len() <= BLOCK;
    let mut entries = Vec::new();
    while entries.len() <= LOG_LIMIT {
        let read = relay.read_log(count(&entries)).await.map_err(|_| Fault::NoRelay)?;
        if read.is_empty() {
            break;
        }
        if !read.iter().all(is_entry) {
            return Err(Fault::Malformed);
        }
        entries.extend(read);
    }
    Ok(entries)
}

fn count(entries: &[SignedEntry]) -> u64 {
    u64::try_from(entries.len()).unwrap_or(u64::MAX)
}
