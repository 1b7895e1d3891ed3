//! Requests: the queue, the screen, the answer. One is on the screen at a time.

use countersign_seal::{
    Error,
    follow_up::FollowUp,
    id::{DeviceId, Hash, RequestId, UnixMillis},
    log::{DeviceKind, Listed, Log, State},
    request::{Action, Ask, LIFETIME_MILLIS, Newer, Refusal, Request, SignedAnswer},
    review::{Change, Review, Subject},
    secret::SecretBytes,
};
use countersign_wire::mail::{ToDesktop, Withdrawal};
use futures_util::future::join;

use super::{App, Effect, Fault, GUARD_MILLIS, Later, Stage, follow_up::make_codes, lock::Try};
use crate::{
    activity::{Asked, Outcome, Past},
    platform::Platform,
    record::{self, Record, VERSION},
    screen::{AnswerFault, Approval, News},
};

/// How long a computer that is locked or asleep can still hear that requests are allowed again. After that its own mute is over.
const ALLOW_LIFETIME_MILLIS: u64 = 600_000;
/// Most requests that wait, the one on the screen included: each browser profile and the command line may have one.
const LIMIT: usize = 8;
/// How far the asker's clock may be ahead of ours, in milliseconds.
const CLOCK_SKEW: u64 = 120_000;

/// A request whose asker is verified.
pub(super) struct Waiting {
    pub(super) request: Request,
    pub(super) hash: Hash,
    pub(super) ask: Ask,
    /// The desktop that sent it and gets the answer.
    pub(super) sender: DeviceId,
    expires: UnixMillis,
    /// As delivered, to be kept until it is answered.
    envelope: Vec<u8>,
}

/// The request on the screen.
pub(super) struct Current {
    waiting: Waiting,
    review: Review,
    shown: UnixMillis,
    fault: Option<AnswerFault>,
}

impl<P: Platform> App<P> {
    /// A request arrived. [`Error::OutOfOrder`]: it counts on log entries that we do not have yet.
    pub(super) async fn take_request(
        &mut self,
        sender: DeviceId,
        bytes: &[u8],
        envelope: &[u8],
        is_last_try: bool,
        now: UnixMillis,
    ) -> Result<(), Fault> {
        let (request, hash) = match Request::from_bytes(bytes) {
            Err(Error::NewerVersion { .. }) => return self.refuse_newer(sender, bytes, now).await,
            read => read?,
        };
        let log = self.log.as_ref().ok_or(Error::UnknownDevice)?;
        let ask = request.ask.ask()?;
        if self.knows(ask.id) {
            return Ok(());
        }
        let knows_head = log.contains(request.log_head);
        if !knows_head && !is_last_try {
            return Err(Error::OutOfOrder.into());
        }
        let expires = ask.time.min(now).plus(LIFETIME_MILLIS);
        let verified = request.ask.verify(log);
        let waiting = Waiting { request, hash, ask, sender, expires, envelope: envelope.to_vec() };
        let refusal = if !knows_head {
            Some(Refusal::LogsDiffer)
        } else if verified.is_err() {
            Some(Refusal::Invalid)
        } else if expires <= now || waiting.ask.time > now.plus(CLOCK_SKEW) {
            Some(Refusal::Expired)
        } else if self.caution.turns_away(now) || (self.waiting_count() >= LIMIT && !is_comparison(&waiting.ask)) {
            Some(Refusal::Busy)
        } else {
            None
        };
        match refusal {
            Some(refusal) => self.refuse_unseen(&waiting, refusal, now).await,
            None if is_comparison(&waiting.ask) => self.compare(&waiting, now).await,
            None if self.answer_follow_up(&waiting, now).await? => Ok(()),
            None => {
                self.enqueue(waiting);
                Ok(())
            }
        }
    }

    fn knows(&self, request: RequestId) -> bool {
        self.activity.holds(request)
            || self.queue.iter().any(|waiting| waiting.ask.id == request)
            || self.current.as_ref().is_some_and(|current| current.waiting.ask.id == request)
    }

    fn waiting_count(&self) -> usize {
        self.queue.len() + usize::from(self.current.is_some())
    }

    /// It is kept for the next visit while its seals are opened, and that it came is told while the user reads.
    fn enqueue(&mut self, waiting: Waiting) {
        let (sender, request) = (waiting.sender, waiting.ask.id);
        self.queue.push_back(waiting);
        self.has_new = true;
        self.later.push(Later::SayDelivered(sender, request));
        self.effects.push(Effect::Alert);
    }

    pub(super) async fn save_waiting(&self) -> Result<(), Fault> {
        let current = self.current.iter().map(|current| &current.waiting);
        let envelopes = current.chain(&self.queue).map(|waiting| waiting.envelope.clone().into()).collect();
        self.save(Record::Waiting, &record::Waiting { version: VERSION, envelopes }).await
    }

    /// Puts the next request on the screen, if the app is unlocked and the screen is free. Seals are opened here, and nowhere before.
    pub(super) async fn show_next(&mut self, now: UnixMillis) -> Result<(), Fault> {
        while self.current.is_none() {
            let (Stage::Open { approver, .. }, Some(log)) = (&self.stage, &self.log) else { break };
            let Some(Waiting { request, hash, sender, .. }) = self.queue.front() else { break };
            let check = Review::check(request, *hash, log, self.me, approver, *sender, now);
            let (kept, checked) = join(self.keep_new(), check).await;
            self.kept_new(kept);
            let Some(waiting) = self.queue.pop_front() else { break };
            match checked {
                Ok(review) => {
                    self.tell(None);
                    self.current = Some(Current { waiting, review, shown: now, fault: None });
                }
                Err(refusal) => self.refuse_unseen(&waiting, refusal, now).await?,
            }
        }
        let kept = self.keep_new().await;
        self.kept_new(kept);
        Ok(())
    }

    /// Keeps what came in for the next visit: before the relay hears that it need not.
    async fn keep_new(&self) -> Result<(), Fault> {
        if self.has_new { self.save_waiting().await } else { Ok(()) }
    }

    /// A request that cannot be kept is shown all the same.
    fn kept_new(&mut self, kept: Result<(), Fault>) {
        self.has_new = false;
        if let Err(fault) = kept {
            self.warning = Some(fault.warning());
        }
    }

    /// The app locks: what is on the screen waits again.
    pub(super) fn put_back(&mut self) {
        if let Some(current) = self.current.take() {
            self.queue.push_front(current.waiting);
        }
    }

    pub(super) fn approval(&self, current: &Current) -> Approval {
        let Current { waiting, review, fault, .. } = current;
        Approval {
            request: waiting.ask.id,
            subject: review.subject.clone(),
            cautions: review.warnings.clone(),
            asker: review.asker.name.clone(),
            computer: review.computer.name.clone(),
            asked: review.time,
            expires: waiting.expires,
            verify_user: review.verify_user,
            more: self.queue.len(),
            fault: *fault,
        }
    }

    pub(super) async fn approve(
        &mut self,
        request: RequestId,
        number: &str,
        consent: bool,
        pin: Option<&SecretBytes>,
        now: UnixMillis,
    ) -> Result<(), Fault> {
        let Some(current) = self.current.as_mut().filter(|current| current.waiting.ask.id == request) else {
            return Ok(());
        };
        if now.0.saturating_sub(current.shown.0) < GUARD_MILLIS {
            return Ok(());
        }
        let Some(typed) = read_number(number) else { return self.lacks(AnswerFault::NumberMissing) };
        if needs_consent(&current.review.subject) && !consent {
            return self.lacks(AnswerFault::ConsentMissing);
        }
        // The number first: a wrong one ends the request, and costs no try of the PIN.
        if current.review.verify_user && typed == current.waiting.ask.number.get() {
            let Some(pin) = pin else { return self.lacks(AnswerFault::PinWrong) };
            match self.try_pin(pin, now).await? {
                Try::Right(_) => {}
                Try::Wrong => return self.lacks(AnswerFault::PinWrong),
                Try::Blocked => return self.lacks(AnswerFault::PinBlocked),
            }
        }
        self.yield_current(typed, now).await
    }

    fn lacks(&mut self, fault: AnswerFault) -> Result<(), Fault> {
        if let Some(current) = &mut self.current {
            current.fault = Some(fault);
        }
        Ok(())
    }

    /// The user has approved: makes what the action yields and sends it.
    async fn yield_current(&mut self, typed: u8, now: UnixMillis) -> Result<(), Fault> {
        let (Some(Current { waiting, review, .. }), Some(log)) = (self.current.take(), &self.log) else {
            return Ok(());
        };
        let subject = review.subject.clone();
        // The log may have grown while the screen was shown: a device that was suspended meanwhile gets nothing.
        if waiting.request.ask.verify(log).is_err() {
            return self.conclude(&waiting, &subject, Refusal::Invalid, now).await;
        }
        let device = self.platform.device();
        let granted = FollowUp::of(&review, now);
        let yields = match review.approve_with_codes(typed, device, now, make_codes).await {
            Ok(yields) => yields,
            Err(refusal) => return self.conclude(&waiting, &subject, refusal, now).await,
        };
        let Waiting { request, hash, .. } = &waiting;
        let answer = SignedAnswer::approve(request, *hash, &yields, self.me, device, log.head(), now).await?;
        self.caution.clear();
        self.later.push(Later::SaveCaution);
        let past = self.past(&waiting, Some(&subject), Outcome::Approved, now);
        self.tell(Some(News::Answered(past.clone())));
        self.send_answer(waiting.sender, answer, past, now).await?;
        granted.into_iter().for_each(|granted| self.keep_follow_up(granted));
        self.show_next(now).await
    }

    pub(super) async fn refuse(&mut self, request: RequestId, not_me: bool, now: UnixMillis) -> Result<(), Fault> {
        if self.current.as_ref().is_none_or(|current| current.waiting.ask.id != request) {
            return Ok(());
        }
        if !not_me {
            return self.finish(Refusal::Refused, now).await;
        }
        self.finish(Refusal::NotMe, now).await?;
        // Whatever else waits comes from the same hands.
        while let Some(waiting) = self.current.take().map(|current| current.waiting).or_else(|| self.queue.pop_front())
        {
            self.refuse_unseen(&waiting, Refusal::Busy, now).await?;
        }
        self.save_waiting().await
    }

    /// The user's decision against the request on the screen.
    async fn finish(&mut self, refusal: Refusal, now: UnixMillis) -> Result<(), Fault> {
        let Some(Current { waiting, review, .. }) = self.current.take() else { return Ok(()) };
        self.conclude(&waiting, &review.subject, refusal, now).await
    }

    /// The request on the screen ends without a yield.
    async fn conclude(
        &mut self,
        waiting: &Waiting,
        subject: &Subject,
        refusal: Refusal,
        now: UnixMillis,
    ) -> Result<(), Fault> {
        match refusal {
            Refusal::NotMe => {
                self.follow_ups.clear();
                self.caution.mute(now);
            }
            Refusal::Refused | Refusal::WrongNumber => self.caution.refused(now),
            _ => {}
        }
        self.save(Record::Caution, &self.caution).await?;
        let past = self.past(waiting, Some(subject), Outcome::Refused(refusal), now);
        self.tell(Some(News::Answered(past.clone())));
        self.send_refusal(waiting, refusal, past, now).await?;
        self.show_next(now).await
    }

    /// The app's own decision; the activity list shows it.
    pub(super) async fn refuse_unseen(
        &mut self,
        waiting: &Waiting,
        refusal: Refusal,
        now: UnixMillis,
    ) -> Result<(), Fault> {
        if refusal == Refusal::LogsDiffer {
            // So that the desktop catches up, if it is the one behind.
            let entries = self.log.as_ref().map_or_else(Vec::new, |log| log.entries().to_vec());
            // A log too long for one message is read from the relay instead.
            let _ = self.post(waiting.sender, &ToDesktop::Log { entries }, LIFETIME_MILLIS, now).await;
        }
        let past = self.past(waiting, None, Outcome::Refused(refusal), now);
        self.send_refusal(waiting, refusal, past, now).await
    }

    async fn send_refusal(
        &mut self,
        waiting: &Waiting,
        refusal: Refusal,
        past: Past,
        now: UnixMillis,
    ) -> Result<(), Fault> {
        let answer = self.refusal(waiting, refusal, now).await?;
        self.send_answer(waiting.sender, answer, past, now).await
    }

    /// A request that this app is too old to read, of a computer of ours: whoever asked is told what to do, and not left to wait.
    async fn refuse_newer(&mut self, sender: DeviceId, bytes: &[u8], now: UnixMillis) -> Result<(), Fault> {
        let newer = Newer::from_bytes(bytes)?;
        let answer = SignedAnswer::refuse_newer(newer, self.me, self.platform.device(), self.head(), now).await?;
        self.post(sender, &ToDesktop::Answer(answer), LIFETIME_MILLIS, now).await
    }

    pub(super) async fn refusal(
        &self,
        waiting: &Waiting,
        refusal: Refusal,
        now: UnixMillis,
    ) -> Result<SignedAnswer, Fault> {
        let device = self.platform.device();
        Ok(SignedAnswer::refuse(&waiting.request, waiting.hash, refusal, self.me, device, self.head(), now).await?)
    }

    fn head(&self) -> Hash {
        self.log.as_ref().map_or(Hash([0; 32]), Log::head)
    }

    pub(super) async fn send_answer(
        &mut self,
        to: DeviceId,
        answer: SignedAnswer,
        past: Past,
        now: UnixMillis,
    ) -> Result<(), Fault> {
        self.activity.add(past);
        let recorded = self.save(Record::Activity, &self.activity);
        let (recorded, envelope) =
            join(recorded, self.seal(to, &ToDesktop::Answer(answer), LIFETIME_MILLIS, now)).await;
        // Recorded before it is sent: a request that comes again after a crash is known as answered.
        recorded?;
        self.later.push(Later::SaveWaiting);
        self.send(envelope?, LIFETIME_MILLIS, now)
    }

    pub(super) fn past(&self, waiting: &Waiting, subject: Option<&Subject>, outcome: Outcome, now: UnixMillis) -> Past {
        let (asked, site) = match &waiting.ask.action {
            Action::Fill { chain, .. } => (Asked::Fill, chain.origins().last().map(ToString::to_string)),
            Action::Copy { chain, .. } => (Asked::Copy, chain.origins().last().map(ToString::to_string)),
            Action::Reseal { .. } => (Asked::Reseal, None),
            Action::AddDevice { .. } => (Asked::AddDevice, None),
            Action::Compare { .. } => (Asked::Compare, None),
            _ => (Asked::Unknown, None),
        };
        let title = match subject {
            Some(
                Subject::Fill { title, .. }
                | Subject::Copy { title, .. }
                | Subject::Reseal { title, .. }
                | Subject::Compare { title, .. },
            ) => title.clone(),
            Some(Subject::AddDevice { device }) => device.name.clone(),
            None => String::new(),
        };
        Past {
            request: waiting.ask.id,
            time: now,
            asked,
            title,
            site: site.unwrap_or_default(),
            computer: self.name_of(waiting.sender),
            outcome,
            received: false,
        }
    }

    /// Only the desktop that sent a request withdraws it.
    pub(super) async fn withdraw(
        &mut self,
        sender: DeviceId,
        request: RequestId,
        reason: Withdrawal,
    ) -> Result<(), Fault> {
        let is_it = |waiting: &Waiting| waiting.ask.id == request && waiting.sender == sender;
        self.queue.retain(|waiting| !is_it(waiting));
        if self.current.as_ref().is_some_and(|current| is_it(&current.waiting)) {
            self.current = None;
            self.tell(Some(News::Withdrawn(reason)));
        }
        self.save_waiting().await
    }

    pub(super) async fn answer_received(&mut self, request: RequestId) -> Result<(), Fault> {
        if !self.activity.receive(request) {
            return Ok(());
        }
        if let Stage::Open { news: Some(News::Answered(past)), .. } = &mut self.stage
            && past.request == request
        {
            past.received = true;
        }
        self.save(Record::Activity, &self.activity).await
    }

    pub(super) async fn expire_requests(&mut self, now: UnixMillis) -> Result<(), Fault> {
        let before = self.waiting_count();
        self.queue.retain(|waiting| waiting.expires > now);
        if self.current.as_ref().is_some_and(|current| current.waiting.expires <= now) {
            self.current = None;
            self.tell(Some(News::Expired));
        }
        if self.waiting_count() == before {
            return Ok(());
        }
        self.save_waiting().await?;
        self.show_next(now).await
    }

    /// The user allows requests again: here, and on the computers, which mute them, too.
    pub(super) async fn allow_requests(&mut self, now: UnixMillis) -> Result<(), Fault> {
        self.caution.clear();
        self.save(Record::Caution, &self.caution).await?;
        let is_desktop = |listed: &&Listed| listed.device.kind == DeviceKind::Desktop && listed.state == State::Active;
        let desktops: Vec<DeviceId> = self
            .log
            .as_ref()
            .map(|log| log.devices().iter().filter(is_desktop).map(|listed| listed.device.id()).collect())
            .unwrap_or_default();
        for desktop in desktops {
            self.post(desktop, &ToDesktop::AllowRequests, ALLOW_LIFETIME_MILLIS, now).await?;
        }
        Ok(())
    }
}

/// It waits for nobody, and is in nobody's way.
const fn is_comparison(ask: &Ask) -> bool {
    matches!(ask.action, Action::Compare { .. })
}

fn needs_consent(subject: &Subject) -> bool {
    matches!(subject, Subject::Reseal { changes, .. } if changes.iter().any(Change::needs_consent))
}

/// Exactly two digits, in any script's digits that the field lets through as ASCII.
fn read_number(typed: &str) -> Option<u8> {
    let typed = typed.trim();
    let is_two_digits = typed.len() == 2 && typed.bytes().all(|byte| byte.is_ascii_digit());
    is_two_digits.then(|| typed.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_number_is_two_digits() {
        assert_eq!(read_number("42"), Some(42));
        assert_eq!(read_number(" 07 "), Some(7));
        for typed in ["", "4", "421", "+4", "4 2", "٤٢", "4a"] {
            assert_eq!(read_number(typed), None, "{typed}");
        }
    }

    proptest! {
        #[test]
        fn reading_never_panics(typed in "\\PC{0,8}") {
            let _ = read_number(&typed);
        }
    }
}
