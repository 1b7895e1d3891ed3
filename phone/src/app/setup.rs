//! The first run: PIN, approver key, recovery words. Nothing is sealed to the key until the user has typed two of the words back and the log names it.

use countersign_seal::{
    approver::{PinParameters, WrappedSecret},
    context::APPROVER_WRAP,
    id::UnixMillis,
    keys::WrappingKey,
    log::Approver,
    recovery::RecoveryWords,
    secret::{SecretBytes, random},
};
use countersign_wire::mail::ToDesktop;

use super::{App, Fault, NewWords, Stage};
use crate::{
    pin,
    platform::Platform,
    record::{ApproverKey, Record, VERSION},
};

/// How many recovery words there are.
const WORDS: usize = 12;
/// How often the approver key is proposed until the log names it, in milliseconds; also how long a proposal waits in the mailbox.
const REPEAT_MILLIS: u64 = 30_000;

impl<P: Platform> App<P> {
    pub(super) async fn choose_pin(&mut self, pin: &SecretBytes, again: &SecretBytes) -> Result<(), Fault> {
        let Stage::ChoosePin(fault) = &mut self.stage else { return Ok(()) };
        *fault = pin::check_new(pin, again).err();
        if fault.is_some() {
            return Ok(());
        }
        let (pkcs8, key) = self.platform.make_approver().await?;
        self.keep_key(pin, &pkcs8, key, None).await?;
        self.show_new_words(pkcs8)
    }

    /// Wraps the approver key under a PIN and keeps it.
    pub(super) async fn keep_key(
        &mut self,
        pin: &SecretBytes,
        pkcs8: &SecretBytes,
        key: WrappingKey,
        proposal: Option<Approver>,
    ) -> Result<(), Fault> {
        let parameters = PinParameters::make_phone()?;
        let wrapping = self.pin_key(pin, &parameters).await?;
        let wrapped = WrappedSecret::make(&wrapping, pkcs8, APPROVER_WRAP.as_bytes())?;
        let kept = ApproverKey { version: VERSION, key, parameters, wrapped, proposal };
        self.save(Record::Approver, &kept).await?;
        self.key = Some(kept);
        Ok(())
    }

    /// Words are made anew each time: those of an interrupted first run are worth nothing.
    pub(super) fn show_new_words(&mut self, pkcs8: SecretBytes) -> Result<(), Fault> {
        self.stage = Stage::Words(Box::new(NewWords { words: RecoveryWords::make()?, pkcs8 }));
        Ok(())
    }

    pub(super) fn ask_words(&mut self) -> Result<(), Fault> {
        if !matches!(self.stage, Stage::Words(_)) {
            return Ok(());
        }
        let positions = draw_positions()?;
        self.replace_words(|words| Stage::CheckWords { words, positions, wrong: false });
        Ok(())
    }

    pub(super) fn show_words_again(&mut self) {
        self.replace_words(Stage::Words);
    }

    fn replace_words(&mut self, next: impl FnOnce(Box<NewWords>) -> Stage<P::Approver>) {
        let stage = core::mem::replace(&mut self.stage, Stage::ChoosePin(None));
        self.stage = match stage {
            Stage::Words(words) | Stage::CheckWords { words, .. } => next(words),
            other => other,
        };
    }

    pub(super) async fn check_words(&mut self, typed: [String; 2], now: UnixMillis) -> Result<(), Fault> {
        let Stage::CheckWords { words, positions, wrong } = &mut self.stage else { return Ok(()) };
        let all = words.words.words()?;
        let is_right = positions
            .iter()
            .zip(&typed)
            .all(|(position, typed)| all.get(*position).is_some_and(|word| word.eq_ignore_ascii_case(typed.trim())));
        *wrong = !is_right;
        if !is_right {
            return Ok(());
        }
        self.propose(now).await
    }

    /// The words are confirmed: seals the approver key to them, keeps the proposal and sends it.
    async fn propose(&mut self, now: UnixMillis) -> Result<(), Fault> {
        let (Stage::CheckWords { words, .. }, Some(kept)) = (&self.stage, &self.key) else { return Ok(()) };
        let recovery = words.words.derive_keys()?.public()?;
        let recovery_wrap = recovery.wrap(&words.pkcs8)?;
        let approver = self.platform.import_approver(&words.pkcs8, &kept.key).await?;
        let mut kept = kept.clone();
        kept.proposal = Some(Approver { key: kept.key.clone(), recovery, recovery_wrap });
        self.save(Record::Approver, &kept).await?;
        self.key = Some(kept);
        self.stage = Stage::Confirming(Some(approver));
        self.send_proposal(now).await
    }

    /// Sends the proposal to the desktop that showed the link.
    pub(super) async fn send_proposal(&mut self, now: UnixMillis) -> Result<(), Fault> {
        let (Stage::Confirming(_), Some(account)) = (&self.stage, &self.account) else { return Ok(()) };
        let Some(proposal) = self.key.as_ref().and_then(|key| key.proposal.clone()) else { return Ok(()) };
        let shower = account.shower;
        self.line.proposed = Some(now);
        self.post(shower, &ToDesktop::BecomeApprover(Box::new(proposal)), REPEAT_MILLIS, now).await
    }

    /// Sends it again while the computer has not taken it.
    pub(super) async fn repeat_proposal(&mut self, now: UnixMillis) -> Result<(), Fault> {
        let is_due = self.line.proposed.is_none_or(|last| last.plus(REPEAT_MILLIS) <= now);
        if matches!(self.stage, Stage::Confirming(_)) && is_due && self.line.is_ready() {
            self.send_proposal(now).await?;
        }
        Ok(())
    }
}

/// Two different positions of words, uniformly.
fn draw_positions() -> countersign_seal::Result<[usize; 2]> {
    loop {
        // The low four bits of two bytes: values above the number of words are drawn again.
        let [first, second] = random::<2>()?.map(|byte| usize::from(byte & 0x0f));
        if first < second && second < WORDS {
            return Ok([first, second]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_differ_and_are_in_order() {
        for _ in 0..500 {
            let [first, second] = draw_positions().unwrap();
            assert!(first < second && second < WORDS);
        }
    }
}
