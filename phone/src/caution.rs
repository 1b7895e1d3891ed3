//! Mute and back-off: a flood of requests must not wear its user down until a tap.

use countersign_seal::{compare::Answers, id::UnixMillis};
use serde::{Deserialize, Serialize};

/// Refusals in a row that cost no wait.
const FREE: u32 = 2;
/// The first wait in milliseconds; each further refusal doubles it.
const FIRST_WAIT: u64 = 15_000;
/// The longest wait in milliseconds.
const LONGEST_WAIT: u64 = 900_000;
/// A pause after which earlier refusals no longer count, in milliseconds.
const FORGET: u64 = 1_800_000;

/// Whether requests are shown now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caution {
    version: u16,
    muted: bool,
    refusals: u32,
    last: UnixMillis,
    not_before: UnixMillis,
    /// Comparisons that were answered.
    #[serde(default)]
    comparisons: Answers,
}

impl Default for Caution {
    fn default() -> Self {
        Self {
            version: crate::record::VERSION,
            muted: false,
            refusals: 0,
            last: UnixMillis(0),
            not_before: UnixMillis(0),
            comparisons: Answers::default(),
        }
    }
}

impl Caution {
    /// Whether a request that comes now is turned away unseen.
    #[must_use]
    pub fn turns_away(&self, now: UnixMillis) -> bool {
        self.muted || self.waits_until(now).is_some()
    }

    /// Whether the user said "this wasn't me" and has not allowed requests again.
    #[must_use]
    pub const fn muted(&self) -> bool {
        self.muted
    }

    /// Until when requests are turned away after refusals.
    #[must_use]
    pub fn waits_until(&self, now: UnixMillis) -> Option<UnixMillis> {
        let until = self.not_before.min(now.plus(LONGEST_WAIT));
        (until > now).then_some(until)
    }

    /// The user refused, or typed a wrong number.
    pub fn refused(&mut self, now: UnixMillis) {
        if self.last.plus(FORGET) < now {
            self.refusals = 0;
        }
        self.last = now;
        self.refusals = self.refusals.saturating_add(1);
        let doublings = self.refusals.saturating_sub(FREE);
        if doublings > 0 {
            self.not_before = now.plus(FIRST_WAIT.saturating_mul(1 << (doublings - 1).min(16)).min(LONGEST_WAIT));
        }
    }

    /// Whether one more comparison may be answered now; it counts then.
    pub fn takes_comparison(&mut self, now: UnixMillis) -> bool {
        self.comparisons.take(now)
    }

    /// The user said that somebody else asked: no request is shown until the user allows them again.
    pub fn mute(&mut self, now: UnixMillis) {
        self.refused(now);
        self.muted = true;
    }

    /// The user approved one, or allows requests again.
    pub fn clear(&mut self) {
        *self = Self { comparisons: core::mem::take(&mut self.comparisons), ..Self::default() };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixMillis = UnixMillis(10_000_000);

    #[test]
    fn refusals_in_a_row_make_requests_wait() {
        let mut caution = Caution::default();
        caution.refused(NOW);
        caution.refused(NOW);
        assert!(!caution.turns_away(NOW));
        caution.refused(NOW);
        assert_eq!(caution.waits_until(NOW), Some(NOW.plus(15_000)));
        caution.refused(NOW);
        assert_eq!(caution.waits_until(NOW), Some(NOW.plus(30_000)));
        assert!(!caution.turns_away(NOW.plus(30_000)));
        caution.refused(NOW.plus(FORGET + 1));
        assert!(!caution.turns_away(NOW.plus(FORGET + 1)));
    }

    #[test]
    fn a_mute_lasts_until_the_user_ends_it() {
        let mut caution = Caution::default();
        caution.mute(NOW);
        assert!(caution.turns_away(NOW.plus(u64::MAX)));
        caution.clear();
        assert!(!caution.turns_away(NOW));
    }
}
