//! From a delivered envelope to a message, in the only safe order: form, sender, time and replay, and only then the first private-key operation.

use countersign_seal::{
    Error, codec,
    envelope::Envelope,
    id::{DeviceId, UnixMillis},
    log::DeviceKind,
};
use countersign_wire::mail::{self, ToPhone};
use futures_util::future::join;

use super::{App, Fault, Stage};
use crate::{platform::Platform, record::Record, replay::Replay};

/// An envelope that was not dealt with yet.
#[derive(Debug)]
pub(super) struct Delivery {
    /// The relay's number; none for a request that was kept from the last visit.
    number: Option<u64>,
    envelope: Vec<u8>,
    /// Whether time and replay were checked already: the replay guard would now refuse it.
    admitted: bool,
    /// Whether the log was already read again for its sake.
    retried: bool,
}

/// What to do with an envelope that cannot be taken yet.
#[derive(Debug)]
pub(super) enum Later {
    /// It may make sense once the log is read again.
    AfterLog,
    /// It never will.
    Never,
}

impl Delivery {
    pub(super) const fn fresh(number: u64, envelope: Vec<u8>) -> Self {
        Self { number: Some(number), envelope, admitted: false, retried: false }
    }

    pub(super) fn kept(envelope: serde_bytes::ByteBuf) -> Self {
        Self { number: None, envelope: envelope.into_vec(), admitted: true, retried: false }
    }

    pub(super) const fn is_kept(&self) -> bool {
        self.number.is_none()
    }
}

impl<P: Platform> App<P> {
    /// Deals with what was delivered, in order, then puts a request on the screen if there is room.
    pub(super) async fn work(&mut self, now: UnixMillis) -> Result<(), Fault> {
        while !self.line.is_reading() && !self.is_over() {
            let Some(mut delivery) = self.inbox.pop_front() else { break };
            match self.receive(&mut delivery, now).await {
                Ok(()) => {}
                Err(Later::AfterLog) if !delivery.retried && self.line.is_ready() => {
                    delivery.retried = true;
                    self.inbox.push_front(delivery);
                    self.read_log(None)?;
                    continue;
                }
                // Nothing is answered to what cannot be verified or opened.
                Err(Later::AfterLog | Later::Never) => {}
            }
            if let Some(number) = delivery.number {
                self.acknowledge(number)?;
            }
        }
        self.show_next(now).await
    }

    const fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Stopped(_) | Stage::Dismissed(_))
    }

    async fn receive(&mut self, delivery: &mut Delivery, now: UnixMillis) -> Result<(), Later> {
        let (sender, message) = self.open_envelope(delivery, now).await?;
        let taken = self.take_message(sender, message, delivery, now).await;
        if let Err(Fault::Store) = taken {
            self.warning = Some(Fault::Store.warning());
        }
        match taken {
            Err(Fault::Seal(Error::OutOfOrder)) => Err(Later::AfterLog),
            Ok(()) => Ok(()),
            Err(_) => Err(Later::Never),
        }
    }

    async fn open_envelope(&mut self, delivery: &mut Delivery, now: UnixMillis) -> Result<(DeviceId, ToPhone), Later> {
        let Some(log) = &self.log else { return Err(Later::Never) };
        let envelope = Envelope::parse(&delivery.envelope).map_err(|_| Later::Never)?;
        let sender = envelope.header().sender;
        let verified = envelope.verify(log, self.me).map_err(|error| match error {
            Error::UnknownDevice => Later::AfterLog,
            _ => Later::Never,
        })?;
        if log.active(sender).map_err(|_| Later::Never)?.device.kind != DeviceKind::Desktop {
            return Err(Later::Never);
        }
        self.replay.forget(now);
        // What was admitted before is known to the guard: only its time is checked again.
        let mut scratch = Replay::default();
        let guard = if delivery.admitted { &mut scratch } else { &mut self.replay };
        let admitted = verified.admit(guard, now).map_err(|_| Later::Never)?;
        let remembered =
            async { if delivery.admitted { Ok(()) } else { self.save(Record::Replay, &self.replay).await } };
        // Opened meanwhile, and used only if the guard is on disk.
        let (remembered, body) = join(remembered, admitted.open(self.platform.device())).await;
        if remembered.is_err() {
            self.warning = Some(Fault::Store.warning());
            return Err(Later::Never);
        }
        delivery.admitted = true;
        let body = body.map_err(|_| Later::Never)?;
        let message = codec::from_slice(body.expose(), "message", mail::LIMIT).map_err(|_| Later::Never)?;
        Ok((sender, message))
    }

    async fn take_message(
        &mut self,
        sender: DeviceId,
        message: ToPhone,
        delivery: &Delivery,
        now: UnixMillis,
    ) -> Result<(), Fault> {
        match message {
            ToPhone::Request { request, .. } => {
                let is_last_try = delivery.retried || delivery.is_kept();
                self.take_request(sender, &request, &delivery.envelope, is_last_try, now).await
            }
            ToPhone::Withdraw { request, reason } => self.withdraw(sender, request, reason).await,
            ToPhone::Log { entries } => self.take_entries(&entries, now).await.map(drop),
            ToPhone::Received { request } => self.answer_received(request).await,
        }
    }
}
