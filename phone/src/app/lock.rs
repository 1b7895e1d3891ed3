//! Unlocking, locking, changing the PIN.

use countersign_seal::{
    Error,
    approver::{PinParameters, derive_pin_key},
    context::APPROVER_WRAP,
    id::UnixMillis,
    secret::{Key256, SecretBytes},
};

use super::{App, Fault, Stage};
use crate::{
    pin,
    platform::Platform,
    record::{ApproverKey, Record},
    screen::News,
};

/// What became of a try.
pub(super) enum Try {
    /// The PIN is right: the approver key's PKCS#8.
    Right(SecretBytes),
    /// It is wrong.
    Wrong,
    /// None is taken yet.
    Blocked,
}

impl<P: Platform> App<P> {
    /// The key that wraps the approver key: from the PIN, and from a secret that never leaves this device.
    pub(super) async fn pin_key(&self, pin: &SecretBytes, parameters: &PinParameters) -> Result<Key256, Fault> {
        let secret = self.platform.device_secret().await?;
        Ok(derive_pin_key(&secret, pin, parameters, APPROVER_WRAP)?)
    }

    /// Tries a PIN. The try is counted and saved first, so that ending the app does not undo it.
    pub(super) async fn try_pin(&mut self, pin: &SecretBytes, now: UnixMillis) -> Result<Try, Fault> {
        let Some(kept) = self.key.clone() else { return Ok(Try::Blocked) };
        if self.attempts.blocked_until(now).is_some() {
            return Ok(Try::Blocked);
        }
        self.attempts.count(now);
        self.save(Record::Attempts, &self.attempts).await?;
        let wrapping = self.pin_key(pin, &kept.parameters).await?;
        match kept.wrapped.open(&wrapping, APPROVER_WRAP.as_bytes()) {
            Ok(pkcs8) => {
                self.attempts.clear();
                self.save(Record::Attempts, &self.attempts).await?;
                Ok(Try::Right(pkcs8))
            }
            Err(Error::CannotOpen) => Ok(Try::Wrong),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn unlock(&mut self, pin: &SecretBytes, now: UnixMillis) -> Result<(), Fault> {
        if !matches!(self.stage, Stage::Locked { .. }) {
            return Ok(());
        }
        match self.try_pin(pin, now).await? {
            Try::Wrong => self.stage = Stage::Locked { wrong: true },
            Try::Blocked => {}
            Try::Right(pkcs8) => return self.open(pkcs8, now).await,
        }
        Ok(())
    }

    async fn open(&mut self, pkcs8: SecretBytes, now: UnixMillis) -> Result<(), Fault> {
        match &self.key {
            Some(ApproverKey { proposal: Some(_), key, .. }) => {
                let approver = self.platform.import_approver(&pkcs8, key).await?;
                drop(pkcs8);
                self.stage = Stage::Open { approver, news: None };
                self.work(now).await
            }
            _ => self.show_new_words(pkcs8),
        }
    }

    /// Drops the approver key, and what was approved with a sign-in. A request on the screen goes back into the queue.
    pub(super) fn lock(&mut self) {
        self.follow_ups.clear();
        if matches!(self.stage, Stage::Open { .. }) {
            self.stage = Stage::Locked { wrong: false };
            self.put_back();
        } else if matches!(self.stage, Stage::Words(_) | Stage::CheckWords { .. }) {
            self.stage = Stage::Locked { wrong: false };
        } else if let Stage::Confirming(approver) = &mut self.stage {
            *approver = None;
        }
    }

    pub(super) async fn change_pin(
        &mut self,
        present: &SecretBytes,
        pin: &SecretBytes,
        again: &SecretBytes,
        now: UnixMillis,
    ) -> Result<(), Fault> {
        if !matches!(self.stage, Stage::Open { .. }) {
            return Ok(());
        }
        if let Err(fault) = pin::check_new(pin, again) {
            self.tell(Some(News::PinRefused(fault)));
            return Ok(());
        }
        let told = match self.try_pin(present, now).await? {
            Try::Right(pkcs8) => {
                if let Some(ApproverKey { key, proposal, .. }) = self.key.clone() {
                    self.keep_key(pin, &pkcs8, key, proposal).await?;
                }
                News::PinChanged
            }
            Try::Wrong | Try::Blocked => News::PinWrong,
        };
        self.tell(Some(told));
        Ok(())
    }
}
