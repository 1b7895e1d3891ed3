//! The PIN: what counts as one, and how wrong ones are slowed down.
//!
//! The PIN is one half of the key that wraps the approver key; the other never leaves this device. Whoever copies the device's storage *and* can use its
//! keys may try PINs at the speed of Argon2id: a PIN is weaker than the platform's own user verification (WebAuthn PRF).

use countersign_seal::{id::UnixMillis, secret::SecretBytes};
use serde::{Deserialize, Serialize};

/// Fewest characters of a PIN.
pub const SHORTEST: usize = 6;
/// Most characters of a PIN.
pub const LONGEST: usize = 128;
/// Wrong PINs in a row that cost no wait.
const FREE: u32 = 4;
/// The first wait in milliseconds; each further wrong PIN doubles it.
const FIRST_WAIT: u64 = 30_000;
/// The longest wait in milliseconds.
const LONGEST_WAIT: u64 = 3_600_000;

/// Why a new PIN is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PinFault {
    /// Fewer than [`SHORTEST`] characters.
    TooShort,
    /// More than [`LONGEST`] characters.
    TooLong,
    /// One character repeated, or a run such as 123456.
    TooSimple,
    /// The two entries differ.
    Different,
}

/// Checks a new PIN against its repetition.
pub fn check_new(pin: &SecretBytes, again: &SecretBytes) -> Result<(), PinFault> {
    let text = pin.expose_str().map_err(|_| PinFault::TooSimple)?;
    match text.chars().count() {
        ..SHORTEST => Err(PinFault::TooShort),
        count if count > LONGEST => Err(PinFault::TooLong),
        _ if is_simple(text) => Err(PinFault::TooSimple),
        _ if pin != again => Err(PinFault::Different),
        _ => Ok(()),
    }
}

/// One character repeated, or each the last one's neighbour.
fn is_simple(text: &str) -> bool {
    let steps =
        || text.chars().zip(text.chars().skip(1)).map(|(a, b)| i64::from(u32::from(b)) - i64::from(u32::from(a)));
    [0, 1, -1].iter().any(|step| steps().all(|found| found == *step))
}

/// Wrong PINs in a row. Counted *before* a try and cleared after a right one, so that ending the app does not save a try.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempts {
    version: u16,
    failures: u32,
    not_before: UnixMillis,
}

impl Default for Attempts {
    fn default() -> Self {
        Self { version: crate::record::VERSION, failures: 0, not_before: UnixMillis(0) }
    }
}

impl Attempts {
    /// When the next try is allowed, if that is not now.
    #[must_use]
    pub fn blocked_until(&self, now: UnixMillis) -> Option<UnixMillis> {
        // A clock set back must not lock for longer than the longest wait.
        let until = self.not_before.min(now.plus(LONGEST_WAIT));
        (until > now).then_some(until)
    }

    /// Counts a try as wrong; the right one is cleared by [`Attempts::clear`].
    pub fn count(&mut self, now: UnixMillis) {
        self.failures = self.failures.saturating_add(1);
        let doublings = self.failures.saturating_sub(FREE);
        self.not_before = match doublings {
            0 => UnixMillis(0),
            _ => now.plus(FIRST_WAIT.saturating_mul(1 << (doublings - 1).min(16)).min(LONGEST_WAIT)),
        };
    }

    /// The PIN was right.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// How many wrong ones in a row.
    #[must_use]
    pub const fn failures(&self) -> u32 {
        self.failures
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(pin: &str, again: &str) -> Result<(), PinFault> {
        check_new(&SecretBytes::from(String::from(pin)), &SecretBytes::from(String::from(again)))
    }

    #[test]
    fn a_new_pin_is_long_not_a_run_and_typed_twice() {
        assert_eq!(check("271828", "271828"), Ok(()));
        assert_eq!(check("27182", "27182"), Err(PinFault::TooShort));
        assert_eq!(check("271828", "271829"), Err(PinFault::Different));
        for simple in ["000000", "123456", "987654", "abcdef", "äääääää"] {
            assert_eq!(check(simple, simple), Err(PinFault::TooSimple), "{simple}");
        }
        assert_eq!(check(&"ab".repeat(65), ""), Err(PinFault::TooLong));
        assert_eq!(check("äöüäöü", "äöüäöü"), Ok(()));
    }

    #[test]
    fn wrong_pins_wait_longer_and_longer() {
        let mut attempts = Attempts::default();
        let now = UnixMillis(1_000_000);
        for _ in 0..FREE {
            attempts.count(now);
            assert_eq!(attempts.blocked_until(now), None);
        }
        attempts.count(now);
        assert_eq!(attempts.blocked_until(now), Some(now.plus(30_000)));
        attempts.count(now);
        assert_eq!(attempts.blocked_until(now), Some(now.plus(60_000)));
        assert_eq!(attempts.blocked_until(now.plus(60_000)), None);
        attempts.clear();
        assert_eq!(attempts, Attempts::default());
    }

    proptest! {
        #[test]
        fn a_wait_never_exceeds_an_hour(tries in 0_u32..200, now in any::<u64>(), later in any::<u64>()) {
            let mut attempts = Attempts::default();
            (0..tries).for_each(|_| attempts.count(UnixMillis(now)));
            let later = UnixMillis(later);
            prop_assert!(attempts.blocked_until(later).is_none_or(|until| until <= later.plus(LONGEST_WAIT)));
        }
    }
}
