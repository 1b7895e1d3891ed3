//! This computer's clocks. Lifetimes are measured by [`Moment`], which goes on while the computer sleeps. The wall clock only dates what is signed; whether
//! it can be believed is seen by a [`Comparison`] with the relay's.

use countersign_seal::{envelope::CLOCK_SKEW_MILLIS, id::UnixMillis};
use std::{
    ops::Add,
    sync::LazyLock,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use tokio::time::{MissedTickBehavior, interval, sleep};

/// How often whoever waits looks whether the computer has slept meanwhile: timers stand still then.
const LOOK: Duration = Duration::from_secs(2);
/// A look that comes this much too late was held up by more than a busy computer.
const STALL: Duration = Duration::from_secs(20);

/// The wall clock.
#[must_use]
pub(crate) fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    UnixMillis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// A point on a clock that only goes forward, and goes on while the computer sleeps; [`Instant`] does not on Linux and macOS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(Duration);

impl Moment {
    pub(crate) fn now() -> Self {
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        Self(since_boot().unwrap_or_else(|| START.elapsed()))
    }

    /// How long ago it was.
    pub(crate) fn elapsed(self) -> Duration {
        Self::now().0.saturating_sub(self.0)
    }

    /// How long it is until then; zero once it is past.
    pub(crate) fn left(self) -> Duration {
        self.0.saturating_sub(Self::now().0)
    }

    /// Whether it is past.
    pub(crate) fn is_past(self) -> bool {
        self.left().is_zero()
    }
}

impl Add<Duration> for Moment {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration))
    }
}

#[cfg(unix)]
fn since_boot() -> Option<Duration> {
    use nix::time::{ClockId, clock_gettime};
    // `std` asks for CLOCK_MONOTONIC on Linux, which stops in sleep; the same name goes on in sleep elsewhere.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    const CLOCK: ClockId = ClockId::CLOCK_BOOTTIME;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    const CLOCK: ClockId = ClockId::CLOCK_MONOTONIC;
    clock_gettime(CLOCK).ok().map(Duration::from)
}

/// There [`Instant`] goes on in sleep.
#[cfg(windows)]
fn since_boot() -> Option<Duration> {
    None
}

/// Returns once `deadline` is past; if the computer slept over it, soon after it woke up.
pub(crate) async fn reached(deadline: Moment) {
    let timer = sleep(deadline.left());
    tokio::pin!(timer);
    loop {
        tokio::select! {
            () = &mut timer => return,
            () = sleep(LOOK) => if deadline.is_past() { return },
        }
    }
}

/// Notices, while somebody waits for it, that this process stood still: the computer slept, or the process was stopped.
#[derive(Debug)]
pub(crate) struct Watch {
    looks: tokio::time::Interval,
    last: Moment,
}

impl Watch {
    pub(crate) fn start() -> Self {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { looks, last: Moment::now() }
    }

    /// Waits for the next look; returns whether the process stood still before it. Cancel-safe.
    pub(crate) async fn stood_still(&mut self) -> bool {
        self.looks.tick().await;
        let gap = self.last.elapsed();
        self.last = Moment::now();
        gap > STALL
    }
}

/// What the relay's clock said, and when. From then on it tells how far our wall clock is from the relay's, also if ours is set meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Comparison {
    relay: UnixMillis,
    at: Moment,
}

impl Comparison {
    /// The relay says that it is `time` now.
    pub(crate) fn with(time: UnixMillis) -> Self {
        Self { relay: time, at: Moment::now() }
    }

    /// How far the two clocks are apart, in milliseconds.
    pub(crate) fn difference(self) -> u64 {
        let elapsed = u64::try_from(self.at.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.relay.plus(elapsed).0.abs_diff(now().0)
    }

    /// Whether they are too far apart: what one of us sends would be out of time for the other.
    pub(crate) fn is_off(self) -> bool {
        self.difference() > CLOCK_SKEW_MILLIS
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_in_order_and_deadlines_pass() {
        let (before, after) = (Moment::now(), Moment::now());
        assert!(before <= after && before.is_past());
        let deadline = after + Duration::from_secs(60);
        assert!(!deadline.is_past() && deadline.left() <= Duration::from_secs(60));
        assert_eq!(deadline.elapsed(), Duration::ZERO);
    }

    #[test]
    fn a_day_apart_is_too_far_and_a_minute_is_not() {
        let day = 24 * 3600 * 1000;
        assert!(!Comparison::with(now()).is_off());
        assert!(!Comparison::with(now().plus(60_000)).is_off());
        assert!(Comparison::with(now().plus(day)).is_off());
        assert!(Comparison::with(UnixMillis(now().0 - day)).is_off());
    }

    #[tokio::test(start_paused = true)]
    async fn a_timer_ends_the_wait_for_a_deadline() {
        let start = tokio::time::Instant::now();
        reached(Moment::now() + Duration::from_secs(120)).await;
        let waited = start.elapsed();
        assert!((119..=121).contains(&waited.as_secs()), "{waited:?}");
    }
}
