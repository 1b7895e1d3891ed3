//! When requests are muted: after refusals for a growing while, after "this wasn't me" for ten minutes; or until a phone's owner allows them again.

use crate::clock::Moment;
use countersign_seal::request::Refusal;
use std::time::Duration;

/// How long "this wasn't me" mutes all requests.
pub(crate) const NOT_ME: Duration = Duration::from_secs(600);
/// How long the first, second, … refusal in a row mutes. A single one may be a slip.
const BACK_OFF: [Duration; 5] = [
    Duration::ZERO,
    Duration::from_secs(5),
    Duration::from_secs(15),
    Duration::from_secs(60),
    Duration::from_secs(300),
];

/// Counts refusals in a row.
#[derive(Debug, Default)]
pub(crate) struct Mute {
    in_a_row: usize,
    until: Option<Moment>,
}

impl Mute {
    /// Whether requests are muted.
    pub(crate) fn is_muted(&self, now: Moment) -> bool {
        self.until.is_some_and(|until| now < until)
    }

    /// An approval ends the row.
    pub(crate) fn approved(&mut self) {
        self.in_a_row = 0;
    }

    /// The phone's owner allows requests again.
    pub(crate) fn lift(&mut self) {
        *self = Self::default();
    }

    /// Takes a refusal into account. Only what a person decided counts; a phone that was busy or out of date mutes nothing.
    pub(crate) fn refused(&mut self, refusal: Refusal, now: Moment) {
        let pause = match refusal {
            Refusal::NotMe => NOT_ME,
            Refusal::Refused | Refusal::WrongNumber => {
                let pause = BACK_OFF.get(self.in_a_row).or(BACK_OFF.last()).copied().unwrap_or_default();
                self.in_a_row = self.in_a_row.saturating_add(1);
                pause
            }
            _ => return,
        };
        self.until = self.until.max(Some(now + pause));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_in_a_row_mute_longer_and_longer() {
        let now = Moment::now();
        let mut mute = Mute::default();
        for pause in [0, 5, 15, 60, 300, 300] {
            mute.refused(Refusal::Refused, now);
            assert!(!mute.is_muted(now + Duration::from_secs(pause)));
            assert!(pause == 0 || mute.is_muted(now + Duration::from_secs(pause - 1)));
        }
    }

    #[test]
    fn an_approval_begins_anew() {
        let now = Moment::now();
        let mut mute = Mute::default();
        mute.refused(Refusal::Refused, now);
        mute.approved();
        mute.refused(Refusal::WrongNumber, now);
        assert!(!mute.is_muted(now));
    }

    #[test]
    fn not_me_mutes_at_once_and_a_later_slip_does_not_shorten_it() {
        let now = Moment::now();
        let mut mute = Mute::default();
        mute.refused(Refusal::NotMe, now);
        mute.refused(Refusal::Refused, now);
        assert!(mute.is_muted(now + (NOT_ME - Duration::from_secs(1))));
        assert!(!mute.is_muted(now + NOT_ME));
    }

    #[test]
    fn the_phones_owner_lifts_any_mute() {
        let now = Moment::now();
        let mut mute = Mute::default();
        mute.refused(Refusal::Refused, now);
        mute.refused(Refusal::NotMe, now);
        mute.lift();
        assert!(!mute.is_muted(now));
        mute.refused(Refusal::Refused, now);
        assert!(!mute.is_muted(now), "refusals are counted anew");
    }

    #[test]
    fn a_busy_phone_mutes_nothing() {
        let mut mute = Mute::default();
        mute.refused(Refusal::Busy, Moment::now());
        assert!(!mute.is_muted(Moment::now()));
    }
}
