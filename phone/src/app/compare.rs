//! "Is this the same password?": the app answers by itself, while it is open and unlocked, yes or no, and lists that it did.
//!
//! Nobody waits for its user: a computer that is not answered asks its own. A few an hour are answered, however many computers ask, and the count is written down first.

use countersign_seal::{
    id::UnixMillis,
    request::{LIFETIME_MILLIS, Refusal, SignedAnswer},
    review::Review,
};
use countersign_wire::mail::ToDesktop;

use super::{App, Fault, Stage, requests::Waiting};
use crate::{activity::Outcome, platform::Platform, record::Record};

impl<P: Platform> App<P> {
    /// Answers a comparison now or never: it is not kept, and nothing of it is shown but in the list of answers.
    pub(super) async fn compare(&mut self, waiting: &Waiting, now: UnixMillis) -> Result<(), Fault> {
        if !self.is_visible || !matches!(self.stage, Stage::Open { .. }) {
            return self.decline(waiting, now).await;
        }
        if !self.caution.takes_comparison(now) {
            return self.refuse_unseen(waiting, Refusal::Busy, now).await;
        }
        self.save(Record::Caution, &self.caution).await?;
        let (Stage::Open { approver, .. }, Some(log)) = (&self.stage, &self.log) else { return Ok(()) };
        let Waiting { request, hash, sender, .. } = waiting;
        let reviewed = Review::check(request, *hash, log, self.me, approver, *sender, now).await;
        let answered = reviewed.and_then(|review| Ok((review.subject.clone(), review.compare(now)?)));
        let (subject, yields) = match answered {
            Ok(answered) => answered,
            Err(refusal) => return self.refuse_unseen(waiting, refusal, now).await,
        };
        let device = self.platform.device();
        let answer = SignedAnswer::approve(request, *hash, &yields, self.me, device, log.head(), now).await?;
        let past = self.past(waiting, Some(&subject), Outcome::Approved, now);
        self.send_answer(*sender, answer, past, now).await
    }

    /// Nobody is there to see it: no answer, and nothing to list. The computer asks its own user.
    async fn decline(&mut self, waiting: &Waiting, now: UnixMillis) -> Result<(), Fault> {
        let answer = self.refusal(waiting, Refusal::Busy, now).await?;
        self.post(waiting.sender, &ToDesktop::Answer(answer), LIFETIME_MILLIS, now).await
    }
}
