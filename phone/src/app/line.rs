//! The connection to the relay: login, calls, mail out, back-off.

use countersign_seal::{
    Error, codec,
    context::Context,
    envelope::Envelope,
    id::{DeviceId, UnixMillis},
    keys::Sign as _,
};
use countersign_wire::{
    RELAY_PROTOCOL,
    mail::{self, ToDesktop},
    relay::{FromRelay, LIMIT, LoginStatement, RelayFault, ToRelay},
};

use super::{App, Effect, Fault, Stage, inbox::Delivery, roster::Merged};
use crate::{
    platform::Platform,
    screen::{Connection, Warning},
};

/// The first wait before a new try, in milliseconds; each further failure doubles it.
const FIRST_WAIT: u64 = 1_000;
/// The longest wait, in milliseconds.
const LONGEST_WAIT: u64 = 60_000;
/// How long the relay may take to answer before the connection counts as dead, in milliseconds.
const PATIENCE: u64 = 10_000;
/// A difference between the relay's clock and ours that is worth a word, in milliseconds.
const CLOCK_SKEW: u64 = 60_000;
/// Most envelopes kept while the relay cannot be reached.
const OUTBOX_LIMIT: usize = 32;

/// Where the connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    /// There is none.
    #[default]
    Closed,
    /// Being opened, or waiting for the relay's challenge.
    Opening,
    /// In a pairing slot.
    Joining,
    /// The login is sent.
    LoggingIn,
    /// Logged in.
    Ready,
}

/// An envelope on its way out.
#[derive(Debug)]
struct Outgoing {
    call: u32,
    envelope: Vec<u8>,
    expires: UnixMillis,
}

/// The connection to the relay.
#[derive(Debug, Default)]
pub(super) struct Line {
    state: State,
    /// The present connection's number: events of older ones are ignored.
    number: u32,
    failures: u32,
    retry_at: Option<UnixMillis>,
    /// The relay must have said something by then.
    answer_by: Option<UnixMillis>,
    calls: u32,
    outbox: Vec<Outgoing>,
    /// The log read that is under way.
    reading: Option<u32>,
    /// Length of the log at the relay.
    log_length: u64,
    /// When the approver key was last proposed.
    pub(super) proposed: Option<UnixMillis>,
}

impl Line {
    pub(super) fn is_ready(&self) -> bool {
        self.state == State::Ready
    }

    pub(super) const fn is_reading(&self) -> bool {
        self.reading.is_some()
    }

    pub(super) fn close(&mut self) {
        self.state = State::Closed;
        self.number = self.number.wrapping_add(1);
        self.reading = None;
        self.answer_by = None;
        self.retry_at = None;
    }

    fn call(&mut self) -> u32 {
        self.calls = self.calls.wrapping_add(1);
        self.calls
    }

    /// Waits longer each time; the low bits of the clock spread phones that lost the same relay.
    fn back_off(&mut self, now: UnixMillis) {
        let wait = FIRST_WAIT.saturating_mul(1 << self.failures.min(6)).min(LONGEST_WAIT);
        self.failures = self.failures.saturating_add(1);
        self.retry_at = Some(now.plus(wait + now.0 % (wait / 2)));
    }
}

/// The effect that sends a message.
pub(super) fn transmit(message: &ToRelay) -> Result<Effect, Fault> {
    Ok(Effect::Transmit(codec::to_vec(message)?))
}

impl<P: Platform> App<P> {
    /// Whether the relay is needed now.
    pub(super) fn wants_line(&self) -> bool {
        match &self.stage {
            Stage::Joining(_) => true,
            Stage::Welcome(_) | Stage::Invited(_) | Stage::Stopped(_) | Stage::Dismissed(_) => false,
            _ => self.account.is_some(),
        }
    }

    pub(super) fn connection(&self) -> Connection {
        match self.line.state {
            _ if !self.wants_line() => Connection::None,
            State::Closed => Connection::Offline,
            State::Ready => Connection::Online,
            State::Opening | State::Joining | State::LoggingIn => Connection::Connecting,
        }
    }

    /// Begins a new connection, in place of the present one.
    pub(super) fn connect(&mut self, now: UnixMillis) {
        if self.line.state != State::Closed {
            self.effects.push(Effect::Disconnect);
        }
        self.line.close();
        let Some(relay) = self.relay() else { return };
        let url = format!("{}/v1/socket", relay.replacen("http", "ws", 1));
        self.line.state = State::Opening;
        self.line.answer_by = Some(now.plus(PATIENCE));
        self.effects.push(Effect::Connect { connection: self.line.number, url });
    }

    fn relay(&self) -> Option<&str> {
        self.joining_relay().or_else(|| self.account.as_ref().map(|account| account.relay.as_str()))
    }

    pub(super) fn line_opened(&mut self, number: u32, now: UnixMillis) {
        if number == self.line.number {
            self.line.answer_by = Some(now.plus(PATIENCE));
        }
    }

    pub(super) fn line_closed(&mut self, number: u32, now: UnixMillis) {
        if number == self.line.number && self.line.state != State::Closed {
            self.lose_line(now);
        }
    }

    /// The connection is gone: try again later.
    fn lose_line(&mut self, now: UnixMillis) {
        self.line.close();
        self.line.back_off(now);
        self.join_cut_off();
    }

    /// The page is back or the network is: do not wait, and find out whether an open connection is alive.
    pub(super) fn resume_line(&mut self, now: UnixMillis) -> Result<(), Fault> {
        match self.line.state {
            _ if !self.wants_line() => Ok(()),
            State::Closed => {
                self.connect(now);
                Ok(())
            }
            State::Ready => {
                self.read_log(None)?;
                self.line.answer_by = Some(now.plus(PATIENCE));
                Ok(())
            }
            State::Opening | State::Joining | State::LoggingIn => Ok(()),
        }
    }

    pub(super) fn tick_line(&mut self, now: UnixMillis) -> Result<(), Fault> {
        self.line.outbox.retain(|outgoing| outgoing.expires > now);
        if self.line.answer_by.is_some_and(|by| by <= now) {
            self.effects.push(Effect::Disconnect);
            self.lose_line(now);
        }
        if self.line.retry_at.is_some_and(|at| at <= now) && self.wants_line() {
            self.connect(now);
        }
        Ok(())
    }

    pub(super) async fn line_received(&mut self, number: u32, bytes: &[u8], now: UnixMillis) -> Result<(), Fault> {
        if number != self.line.number || self.line.state == State::Closed {
            return Ok(());
        }
        self.line.answer_by = None;
        match codec::from_slice(bytes, "relay message", LIMIT) {
            Ok(message) => self.obey(message, now).await,
            Err(_) => {
                self.drop_line(Warning::RelayGarbled, now);
                Ok(())
            }
        }
    }

    /// Closes the session: the relay does what it should not.
    fn drop_line(&mut self, warning: Warning, now: UnixMillis) {
        self.warning = Some(warning);
        self.effects.push(Effect::Disconnect);
        self.lose_line(now);
    }

    async fn obey(&mut self, message: FromRelay, now: UnixMillis) -> Result<(), Fault> {
        match (self.line.state, message) {
            (State::Opening, FromRelay::Challenge { protocol, challenge }) => {
                self.challenged(protocol, challenge, now).await
            }
            (State::Joining, FromRelay::Joined) => self.slot_joined(),
            (State::Joining, FromRelay::Slot { slot, message }) => self.slot_message(slot, &message, now).await,
            (State::LoggingIn, FromRelay::LoggedIn { log_length, time }) => self.logged_in(log_length, time, now).await,
            (State::Ready, FromRelay::Deliver { delivery, envelope }) => {
                self.inbox.push_back(Delivery::fresh(delivery, envelope));
                self.work(now).await
            }
            (State::Ready, FromRelay::Done { call, .. }) => {
                self.line.outbox.retain(|outgoing| outgoing.call != call);
                Ok(())
            }
            (State::Ready, FromRelay::Failed { call: Some(call), fault }) => self.call_failed(call, fault, now).await,
            (State::Ready, FromRelay::Log { call, entries }) => {
                if self.line.reading == Some(call) {
                    self.line.reading = None;
                    let merged = self.take_entries(&entries, now).await?;
                    self.log_read(merged, now).await?;
                }
                Ok(())
            }
            (State::Ready, FromRelay::LogGrew { length }) => {
                self.line.log_length = length;
                self.catch_up(now).await
            }
            (_, FromRelay::Failed { fault, .. }) => {
                self.refused(fault, now);
                Ok(())
            }
            _ => {
                self.drop_line(Warning::RelayGarbled, now);
                Ok(())
            }
        }
    }

    async fn challenged(&mut self, protocol: u16, challenge: [u8; 32], now: UnixMillis) -> Result<(), Fault> {
        if protocol != RELAY_PROTOCOL {
            self.refused(RelayFault::Version, now);
            return Ok(());
        }
        if matches!(self.stage, Stage::Joining(_)) {
            self.line.state = State::Joining;
            return self.join_challenged();
        }
        let Some(account) = &self.account else { return Ok(()) };
        let statement =
            LoginStatement { relay: account.relay.clone(), account: account.id, device: self.me, time: now, challenge };
        let statement = codec::to_vec(&statement)?;
        let signature = self.platform.device().sign(Context::Login, &statement).await?;
        self.line.state = State::LoggingIn;
        self.line.answer_by = Some(now.plus(PATIENCE));
        self.effects.push(transmit(&ToRelay::Login { statement, signature })?);
        Ok(())
    }

    async fn logged_in(&mut self, log_length: u64, time: UnixMillis, now: UnixMillis) -> Result<(), Fault> {
        self.line.state = State::Ready;
        self.line.failures = 0;
        self.line.log_length = log_length;
        // What was delivered on the last connection and not acknowledged comes again.
        self.inbox.retain(Delivery::is_kept);
        self.warning = None;
        if time.0.abs_diff(now.0) > CLOCK_SKEW {
            self.warning = Some(Warning::Clock);
        }
        if log_length < self.log_length() {
            self.warning = Some(Warning::RelayBehind);
        }
        let again: Vec<_> = self
            .line
            .outbox
            .iter()
            .map(|outgoing| transmit(&ToRelay::Send { call: outgoing.call, envelope: outgoing.envelope.clone() }))
            .collect::<Result<_, _>>()?;
        self.effects.extend(again);
        self.repeat_proposal(now).await?;
        self.catch_up(now).await
    }

    fn refused(&mut self, fault: RelayFault, now: UnixMillis) {
        if matches!(self.stage, Stage::Joining(_)) {
            self.join_refused(fault);
            return;
        }
        let warning = match fault {
            RelayFault::Version => Warning::RelayVersion,
            RelayFault::LoginRefused => Warning::LoginRefused,
            // The relay restarts, or has its own troubles: trying again is all there is to do.
            _ => return self.end_line(now),
        };
        self.drop_line(warning, now);
    }

    fn end_line(&mut self, now: UnixMillis) {
        self.effects.push(Effect::Disconnect);
        self.lose_line(now);
    }

    async fn call_failed(&mut self, call: u32, fault: RelayFault, now: UnixMillis) -> Result<(), Fault> {
        if self.line.reading == Some(call) {
            self.line.reading = None;
            return self.work(now).await;
        }
        let before = self.line.outbox.len();
        self.line.outbox.retain(|outgoing| outgoing.call != call);
        if self.line.outbox.len() < before && fault != RelayFault::Malformed {
            self.warning = Some(Warning::Undelivered);
        }
        Ok(())
    }

    fn log_length(&self) -> u64 {
        let length = self.log.as_ref().map_or(0, |log| log.entries().len());
        u64::try_from(length).unwrap_or(u64::MAX)
    }

    /// Reads what the relay has and we do not; else goes on with the mail.
    async fn catch_up(&mut self, now: UnixMillis) -> Result<(), Fault> {
        if self.line.log_length > self.log_length() { self.read_log(None) } else { self.work(now).await }
    }

    /// Asks for log entries, from our end on or from the given one.
    pub(super) fn read_log(&mut self, from: Option<u64>) -> Result<(), Fault> {
        if !self.line.is_ready() || self.line.is_reading() {
            return Ok(());
        }
        let from = from.unwrap_or_else(|| self.log_length());
        let call = self.line.call();
        self.line.reading = Some(call);
        self.effects.push(transmit(&ToRelay::LogRead { call, from })?);
        Ok(())
    }

    /// A page of the log came: go on reading, or compare the whole.
    async fn log_read(&mut self, merged: Merged, now: UnixMillis) -> Result<(), Fault> {
        match merged {
            Merged::New(0) | Merged::Garbled | Merged::Forked => self.work(now).await,
            Merged::New(_) => self.catch_up(now).await,
            Merged::Gap => self.read_log(Some(0)),
        }
    }

    /// Seals a message to a desktop and puts it into its mailbox, now or once the relay is reached.
    pub(super) async fn post(
        &mut self,
        to: DeviceId,
        message: &ToDesktop,
        lifetime_millis: u64,
        now: UnixMillis,
    ) -> Result<(), Fault> {
        let envelope = self.seal(to, message, lifetime_millis, now).await?;
        self.send(envelope, lifetime_millis, now)
    }

    /// An envelope that only `to` opens.
    pub(super) async fn seal(
        &self,
        to: DeviceId,
        message: &ToDesktop,
        lifetime_millis: u64,
        now: UnixMillis,
    ) -> Result<Vec<u8>, Fault> {
        let log = self.log.as_ref().ok_or(Error::UnknownDevice)?;
        let body = codec::to_vec(message)?;
        if body.len() > mail::LIMIT {
            return Err(Error::TooLarge { what: "message", limit: mail::LIMIT }.into());
        }
        let recipient = &log.active(to)?.device.keys;
        let device = self.platform.device();
        let envelope = Envelope::seal(device, log.account(), recipient, now, lifetime_millis, &body).await?;
        Ok(envelope.as_bytes().to_vec())
    }

    /// Sends an envelope; it goes again with the next connection until the relay has taken it.
    pub(super) fn send(&mut self, envelope: Vec<u8>, lifetime_millis: u64, now: UnixMillis) -> Result<(), Fault> {
        let call = self.line.call();
        if self.line.is_ready() {
            self.effects.push(transmit(&ToRelay::Send { call, envelope: envelope.clone() })?);
        }
        if self.line.outbox.len() >= OUTBOX_LIMIT {
            self.line.outbox.remove(0);
        }
        self.line.outbox.push(Outgoing { call, envelope, expires: now.plus(lifetime_millis) });
        Ok(())
    }

    /// Tells the relay that a delivery was dealt with.
    pub(super) fn acknowledge(&mut self, delivery: u64) -> Result<(), Fault> {
        if self.line.is_ready() {
            self.effects.push(transmit(&ToRelay::Ack { delivery })?);
        }
        Ok(())
    }
}
