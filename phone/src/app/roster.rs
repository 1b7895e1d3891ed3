//! The device log: keeping up, noticing forks, and what this phone is in it.

use countersign_seal::{
    Error,
    id::UnixMillis,
    log::{Log, SignedEntry, State},
};

use super::{App, Effect, Fault, Stage, Standing};
use crate::{
    platform::Platform,
    record::{Entries, Record, Stop, VERSION},
    screen::{News, Warning},
};

/// What entries from elsewhere turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Merged {
    /// This many were new.
    New(usize),
    /// They do not follow what we have: the whole log is needed.
    Gap,
    /// They are not entries of this account's log.
    Garbled,
    /// They are validly signed, and another history than ours.
    Forked,
}

impl<P: Platform> App<P> {
    pub(super) async fn save_log(&self) -> Result<(), Fault> {
        let entries = self.log.as_ref().map_or_else(Vec::new, |log| log.entries().to_vec());
        self.save(Record::Log, &Entries { version: VERSION, entries }).await
    }

    /// Takes entries from the relay or a desktop.
    pub(super) async fn take_entries(&mut self, entries: &[SignedEntry], now: UnixMillis) -> Result<Merged, Fault> {
        let Some(log) = &self.log else { return Ok(Merged::New(0)) };
        let (merged, longer) = merge(log, entries);
        match merged {
            Merged::Forked => self.stop(Stop::Forked).await?,
            Merged::Garbled => self.warning = Some(Warning::RelayGarbled),
            Merged::Gap | Merged::New(0) => {}
            Merged::New(_) => {
                self.log = Some(longer);
                self.save_log().await?;
                self.settle(now).await?;
            }
        }
        Ok(merged)
    }

    /// Stops for good: a person has to look.
    pub(super) async fn stop(&mut self, stop: Stop) -> Result<(), Fault> {
        if let Some(account) = &mut self.account {
            account.stop = Some(stop);
        }
        self.stage = Stage::Stopped(stop);
        self.leave().await?;
        self.save_account().await
    }

    /// Ends the connection and drops what waits.
    async fn leave(&mut self) -> Result<(), Fault> {
        self.current = None;
        self.queue.clear();
        self.inbox.clear();
        self.line.close();
        self.effects.push(Effect::Disconnect);
        self.save_waiting().await
    }

    /// The log changed: does this phone still stand where it stood?
    async fn settle(&mut self, now: UnixMillis) -> Result<(), Fault> {
        let state = self.log.as_ref().and_then(|log| log.listed(self.me)).map_or(State::Removed, |listed| listed.state);
        if state != State::Active {
            self.stage = Stage::Dismissed(state);
            return self.leave().await;
        }
        match self.standing() {
            Standing::Foreign => self.stop(Stop::ForeignApprover).await,
            Standing::Other => {
                self.stage = Stage::OtherApprover;
                Ok(())
            }
            Standing::Ours => self.confirmed(now).await,
            Standing::NoneYet => Ok(()),
        }
    }

    /// The log names our key: the first run is complete.
    async fn confirmed(&mut self, now: UnixMillis) -> Result<(), Fault> {
        let Stage::Confirming(approver) = &mut self.stage else { return Ok(()) };
        self.stage = match approver.take() {
            Some(approver) => Stage::Open { approver, news: Some(News::Ready) },
            None => Stage::Locked { wrong: false },
        };
        self.used = now;
        Ok(())
    }

    pub(super) fn standing(&self) -> Standing {
        let Some(log) = &self.log else { return Standing::NoneYet };
        let Some(approver) = log.approver() else { return Standing::NoneYet };
        let Some(kept) = &self.key else { return Standing::Other };
        let is_listed = log.listed(self.me).is_some_and(|listed| listed.approver);
        if is_listed && kept.proposal.as_ref() == Some(approver) {
            Standing::Ours
        } else if is_listed || approver.key == kept.key {
            Standing::Foreign
        } else {
            Standing::Other
        }
    }
}

/// Compares and continues. Whatever is found, `log` itself stays.
fn merge(log: &Log, entries: &[SignedEntry]) -> (Merged, Log) {
    match try_merge(log, entries) {
        Ok((new, longer)) => (Merged::New(new), longer),
        Err(Error::Forked) => (Merged::Forked, log.clone()),
        Err(Error::OutOfOrder) => (Merged::Gap, log.clone()),
        Err(_) => (Merged::Garbled, log.clone()),
    }
}

fn try_merge(log: &Log, entries: &[SignedEntry]) -> countersign_seal::Result<(usize, Log)> {
    let Some(first) = entries.first() else { return Ok((0, log.clone())) };
    let at = usize::try_from(first.entry()?.sequence).map_err(|_| Error::OutOfOrder)?;
    let known = log.entries();
    let before = known.get(..at).ok_or(Error::OutOfOrder)?;
    let common = known.get(at..).unwrap_or_default();
    if common.iter().zip(entries).any(|(mine, other)| mine.bytes != other.bytes) {
        // A fork is only what verifies: others must not be able to stop the account with nonsense.
        let other = before.iter().chain(entries).cloned().collect();
        return Err(match Log::verify(other) {
            Ok(_) => Error::Forked,
            Err(error) => error,
        });
    }
    let new = entries.get(common.len()..).unwrap_or_default();
    let mut longer = log.clone();
    new.iter().try_for_each(|entry| longer.append(entry.clone()))?;
    Ok((new.len(), longer))
}
