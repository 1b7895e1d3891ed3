//! Wrong tries, and how long the next one must wait.

use crate::clock::Moment;
use std::time::Duration;

/// So many wrong tries are free.
const FREE: u32 = 5;
/// What the next one waits; doubled by each one after.
const FIRST_WAIT: Duration = Duration::from_secs(30);
const LONGEST_WAIT: Duration = Duration::from_secs(60 * 60);

/// How often it was tried since it last worked, and when the next try is accepted, by this process's own clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tries {
    count: u32,
    next: Moment,
}

impl Tries {
    /// As the disk tells: `count` tries, the last of them `ago`. A wall clock that went backwards counts as no time at all.
    pub(crate) fn recall(count: u32, ago: Option<Duration>) -> Self {
        let remaining = wait(count).saturating_sub(ago.unwrap_or_default());
        Self { count, next: Moment::now() + remaining }
    }

    /// How long until the next try is accepted.
    pub(crate) fn retry_after(&self) -> Duration {
        self.next.left()
    }

    /// One more.
    pub(crate) fn count_one(&mut self) {
        *self = Self::recall(self.count.saturating_add(1), None);
    }
}

fn wait(count: u32) -> Duration {
    let Some(doublings) = count.checked_sub(FREE) else { return Duration::ZERO };
    FIRST_WAIT.saturating_mul(2_u32.saturating_pow(doublings)).min(LONGEST_WAIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_an_hour() {
        assert_eq!([0, 1, 4].map(wait), [Duration::ZERO; 3]);
        assert_eq!([5, 6, 7, 12, 40, u32::MAX].map(|count| wait(count).as_secs()), [30, 60, 120, 3600, 3600, 3600]);
    }

    #[test]
    fn time_passes_while_the_daemon_is_off() {
        let close = |tries: Tries, seconds: u64| {
            let left = tries.retry_after();
            left <= Duration::from_secs(seconds) && left + Duration::from_secs(5) > Duration::from_secs(seconds)
        };
        assert!(close(Tries::recall(6, Some(Duration::from_secs(20))), 40));
        assert!(close(Tries::recall(6, None), 60));
        assert_eq!(Tries::recall(6, Some(Duration::from_secs(61))).retry_after(), Duration::ZERO);
        let mut tries = Tries::recall(4, None);
        assert_eq!(tries.retry_after(), Duration::ZERO);
        tries.count_one();
        assert!(close(tries, 30));
    }
}
