//! The one-time code of a sign-in whose password was approved with it: answered once, without asking again.
//!
//! The right to it is in memory only. It ends with the lock, with its use, and with five minutes; and whatever differs from what the screen showed is asked as
//! usual.

use countersign_seal::{
    follow_up::FollowUp,
    id::UnixMillis,
    request::{Codes, SignedAnswer},
    review::Review,
    secret::SecretBytes,
};
use countersign_vault::one_time_code::Seed;

use super::{App, Fault, Stage, requests::Waiting};
use crate::{
    activity::{Asked, Outcome},
    platform::Platform,
    screen::News,
};

/// Most sign-ins that are under way at once.
const LIMIT: usize = 4;

/// What a seed answers.
pub(super) fn make_codes(seed: &SecretBytes, counter: Option<u64>, now: UnixMillis) -> Option<Codes> {
    Seed::parse(seed.expose_str().ok()?).ok()?.codes(counter, now)
}

impl<P: Platform> App<P> {
    /// Keeps what an approval grants.
    pub(super) fn keep_follow_up(&mut self, granted: FollowUp) {
        if self.follow_ups.len() >= LIMIT {
            self.follow_ups.remove(0);
        }
        self.follow_ups.push(granted);
    }

    /// Answers a request that was approved with the one it follows; says whether it did.
    pub(super) async fn answer_follow_up(&mut self, waiting: &Waiting, now: UnixMillis) -> Result<bool, Fault> {
        self.follow_ups.retain(|granted| !granted.is_over(now));
        let Some(at) = self.follow_ups.iter().position(|granted| granted.is_named_by(&waiting.ask)) else {
            return Ok(false);
        };
        // Spent by being named, whatever comes of it.
        let granted = self.follow_ups.remove(at);
        let (Stage::Open { approver, .. }, Some(log), true) = (&self.stage, &self.log, self.is_visible) else {
            return Ok(false);
        };
        let Waiting { request, hash, sender, .. } = waiting;
        let review = Review::check(request, *hash, log, self.me, approver, *sender, now).await;
        let Some(review) = review.ok().filter(|review| granted.grants(review, now)) else { return Ok(false) };
        let subject = review.subject.clone();
        let Ok(yields) = review.approve_follow_up(granted, now, make_codes) else { return Ok(false) };
        let answer =
            SignedAnswer::approve(request, *hash, &yields, self.me, self.platform.device(), log.head(), now).await?;
        let mut past = self.past(waiting, Some(&subject), Outcome::Approved, now);
        past.asked = Asked::FollowUp;
        self.tell(Some(News::Answered(past.clone())));
        self.send_answer(*sender, answer, past, now).await?;
        Ok(true)
    }
}
