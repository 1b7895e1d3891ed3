//! A value with its past: the last writer wins, and what it overwrote is kept.

use crate::clock::Clock;
use countersign_seal::codec;
use serde::{Deserialize, Serialize};

/// How many past values a register keeps.
pub const PAST_LIMIT: usize = 16;

/// A value and when it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamped<T> {
    /// When.
    pub clock: Clock,
    /// What.
    pub value: T,
}

impl<T: Serialize> Stamped<T> {
    /// What the order of two is decided by: the clock; for one clock (which only a faulty device makes twice) the bytes.
    fn rank(&self) -> (Clock, Vec<u8>) {
        (self.clock, codec::to_vec(&self.value).unwrap_or_default())
    }

    /// Takes the later of the two.
    pub fn merge(&mut self, other: Self) {
        if other.rank() > self.rank() {
            *self = other;
        }
    }
}

/// A value with its past, newest first.
///
/// Two registers merge into the newest [`PAST_LIMIT`] + 1 values of both: a join, so the order of merges does not matter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Register<T> {
    current: Stamped<T>,
    past: Vec<Stamped<T>>,
}

impl<T: Serialize + PartialEq> Register<T> {
    /// A register with its first value.
    pub const fn new(value: T, clock: Clock) -> Self {
        Self { current: Stamped { clock, value }, past: Vec::new() }
    }

    /// The value.
    pub const fn get(&self) -> &T {
        &self.current.value
    }

    /// When it was written.
    pub const fn clock(&self) -> Clock {
        self.current.clock
    }

    /// What it was before, newest first.
    pub fn past(&self) -> &[Stamped<T>] {
        &self.past
    }

    /// Writes; does nothing if that is the value already. Says whether it wrote.
    pub fn set(&mut self, value: T, clock: Clock) -> bool {
        if self.current.value == value {
            return false;
        }
        self.insert(Stamped { clock, value });
        true
    }

    /// Takes over what the other holds.
    pub fn merge(&mut self, other: Self) {
        let Self { current, past } = other;
        self.insert(current);
        past.into_iter().for_each(|value| self.insert(value));
    }

    fn insert(&mut self, mut new: Stamped<T>) {
        if new.clock >= self.current.clock {
            if new.clock == self.current.clock {
                return self.current.merge(new);
            }
            core::mem::swap(&mut self.current, &mut new);
        }
        match self.past.binary_search_by(|value| new.clock.cmp(&value.clock)) {
            Ok(place) => {
                if let Some(value) = self.past.get_mut(place) {
                    value.merge(new);
                }
            }
            Err(place) => self.past.insert(place, new),
        }
        self.past.truncate(PAST_LIMIT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_seal::id::DeviceId;
    use proptest::prelude::*;

    fn clock(millis: u64) -> Clock {
        Clock { millis, counter: 0, device: DeviceId([0; 32]) }
    }

    #[test]
    fn keeps_what_it_was() {
        let mut register = Register::new("a", clock(1));
        assert!(register.set("b", clock(2)));
        assert!(!register.set("b", clock(3)));
        register.merge(Register::new("late", clock(1_000)));
        register.merge(Register::new("early", clock(0)));
        assert_eq!(*register.get(), "late");
        assert_eq!(register.past().iter().map(|value| value.value).collect::<Vec<_>>(), ["b", "a", "early"]);
    }

    fn register() -> impl Strategy<Value = Register<u8>> {
        proptest::collection::vec((0u64..40, 0u8..4), 1..30).prop_map(|writes| {
            let mut writes = writes.into_iter();
            let (millis, value) = writes.next().unwrap();
            let mut register = Register::new(value, clock(millis));
            writes.for_each(|(millis, value)| register.merge(Register::new(value, clock(millis))));
            register
        })
    }

    fn merged(a: &Register<u8>, b: &Register<u8>) -> Register<u8> {
        let mut a = a.clone();
        a.merge(b.clone());
        a
    }

    proptest! {
        #[test]
        fn merging_is_a_join(a in register(), b in register(), c in register()) {
            prop_assert_eq!(merged(&a, &a), a.clone());
            prop_assert_eq!(merged(&a, &b), merged(&b, &a));
            prop_assert_eq!(merged(&merged(&a, &b), &c), merged(&a, &merged(&b, &c)));
        }
    }
}
