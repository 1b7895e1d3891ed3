//! Hybrid logical clocks (Kulkarni, Demirbas, Madappa, Avva, Leone: "Logical Physical Clocks", 2014): close to wall time, never backwards, and later than
//! everything that was seen before.

use crate::{Error, Result};
use countersign_seal::id::{DeviceId, UnixMillis};
use serde::{Deserialize, Serialize};

/// How far another device's clock may be ahead of ours.
pub const MAX_DRIFT_MILLIS: u64 = 10 * 60 * 1000;

/// When something was written. Ordered by time, then counter, then device, so that no two writes are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Clock {
    /// Milliseconds since the Unix epoch; never below what the writer had seen.
    pub millis: u64,
    /// Counts the writes within one millisecond.
    pub counter: u32,
    /// Who wrote.
    pub device: DeviceId,
}

impl Clock {
    /// The wall time of it.
    #[must_use]
    pub const fn time(&self) -> UnixMillis {
        UnixMillis(self.millis)
    }
}

/// A device's own clock.
#[derive(Debug, Clone)]
pub struct HybridClock {
    device: DeviceId,
    millis: u64,
    counter: u32,
}

impl HybridClock {
    /// A clock that has seen nothing yet.
    #[must_use]
    pub const fn new(device: DeviceId) -> Self {
        Self { device, millis: 0, counter: 0 }
    }

    /// The clock of a write that happens now.
    pub fn tick(&mut self, now: UnixMillis) -> Clock {
        if now.0 > self.millis {
            (self.millis, self.counter) = (now.0, 0);
        } else {
            self.step();
        }
        Clock { millis: self.millis, counter: self.counter, device: self.device }
    }

    /// The time of the latest write that it knows of.
    #[must_use]
    pub fn last(&self) -> Option<UnixMillis> {
        (self.millis > 0).then_some(UnixMillis(self.millis))
    }

    /// Takes note of another device's write, so that ours come after it.
    ///
    /// # Errors
    /// [`Error::ClockAhead`] if it is too far in the future; nothing is noted then.
    pub fn observe(&mut self, seen: Clock, now: UnixMillis) -> Result<()> {
        if seen.millis > now.0.saturating_add(MAX_DRIFT_MILLIS) {
            return Err(Error::ClockAhead);
        }
        self.recall(seen);
        Ok(())
    }

    /// Takes note of what this device itself has stored, whatever its wall clock says by now.
    pub fn recall(&mut self, stored: Clock) {
        if (stored.millis, stored.counter) > (self.millis, self.counter) {
            (self.millis, self.counter) = (stored.millis, stored.counter);
        }
    }

    fn step(&mut self) {
        match self.counter.checked_add(1) {
            Some(counter) => self.counter = counter,
            None => (self.millis, self.counter) = (self.millis.saturating_add(1), 0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ME: DeviceId = DeviceId([1; 32]);
    const OTHER: DeviceId = DeviceId([2; 32]);

    #[test]
    fn goes_on_when_wall_time_goes_back() {
        let mut clock = HybridClock::new(ME);
        let first = clock.tick(UnixMillis(1000));
        let second = clock.tick(UnixMillis(400));
        assert_eq!((second.millis, second.counter), (1000, 1));
        assert!(second > first);
        assert_eq!(clock.tick(UnixMillis(1001)).counter, 0);
    }

    #[test]
    fn comes_after_what_it_saw() {
        let mut clock = HybridClock::new(ME);
        let seen = Clock { millis: 5000, counter: 7, device: OTHER };
        clock.observe(seen, UnixMillis(4000)).unwrap();
        assert!(clock.tick(UnixMillis(4001)) > seen);
    }

    #[test]
    fn refuses_the_far_future() {
        let mut clock = HybridClock::new(ME);
        let ahead = Clock { millis: 1001 + MAX_DRIFT_MILLIS, counter: 0, device: OTHER };
        assert_eq!(clock.observe(ahead, UnixMillis(1000)), Err(Error::ClockAhead));
        assert_eq!(clock.tick(UnixMillis(1000)).millis, 1000);
    }

    #[test]
    fn a_full_counter_moves_time() {
        let mut clock = HybridClock::new(ME);
        clock.recall(Clock { millis: 10, counter: u32::MAX, device: ME });
        let next = clock.tick(UnixMillis(5));
        assert_eq!((next.millis, next.counter), (11, 0));
    }

    proptest! {
        #[test]
        fn never_repeats(times in proptest::collection::vec(0u64..50, 1..60)) {
            let mut clock = HybridClock::new(ME);
            let ticks: Vec<_> = times.iter().map(|time| clock.tick(UnixMillis(*time))).collect();
            prop_assert!(ticks.is_sorted_by(|a, b| a < b));
        }
    }
}
