//! Pairing slots: two minutes, one joiner, few and small messages. They live in memory only.

use crate::hub::{Line, Signal};
use countersign_seal::pairing::{LIFETIME_MILLIS, MESSAGE_LIMIT};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// The most slots open at once.
const SLOTS_LIMIT: usize = 10_000;
/// The most slots that one connection has open at once: nobody shall take them all from everybody else.
const OWN_LIMIT: usize = 4;
/// The most messages through one slot.
const MESSAGES_LIMIT: u8 = 8;

/// A slot's random name.
pub(crate) type SlotName = [u8; 16];

#[derive(Debug)]
struct Slot {
    opened: Instant,
    opener: Line,
    joiner: Option<Line>,
    messages: u8,
}

impl Slot {
    fn is_over(&self) -> bool {
        self.opened.elapsed() > Duration::from_millis(LIFETIME_MILLIS)
            || self.opener.is_closed()
            || self.joiner.as_ref().is_some_and(Line::is_closed)
    }
}

/// No such slot, or it was used, or its time is over, or too much was sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NoSlot;

/// All open slots.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    slots: Mutex<HashMap<SlotName, Slot>>,
}

impl Slots {
    /// Opens a slot for a logged-in device.
    pub(crate) fn open(&self, name: SlotName, opener: Line) -> Result<(), NoSlot> {
        let mut slots = self.slots();
        slots.retain(|_, slot| !slot.is_over());
        let own = slots.values().filter(|slot| slot.opener.same_channel(&opener)).count();
        if slots.len() >= SLOTS_LIMIT || own >= OWN_LIMIT || slots.contains_key(&name) {
            return Err(NoSlot);
        }
        slots.insert(name, Slot { opened: Instant::now(), opener, joiner: None, messages: 0 });
        Ok(())
    }

    /// Joins a slot; only the first one succeeds.
    pub(crate) fn join(&self, name: SlotName, joiner: Line) -> Result<(), NoSlot> {
        let mut slots = self.slots();
        let slot = slots.get_mut(&name).filter(|slot| !slot.is_over() && slot.joiner.is_none()).ok_or(NoSlot)?;
        slot.joiner = Some(joiner);
        Ok(())
    }

    /// Passes a message to the other side.
    pub(crate) fn send(&self, name: SlotName, from: &Line, message: Vec<u8>) -> Result<(), NoSlot> {
        let mut slots = self.slots();
        let slot = slots.get_mut(&name).filter(|slot| !slot.is_over()).ok_or(NoSlot)?;
        if message.len() > MESSAGE_LIMIT || slot.messages >= MESSAGES_LIMIT {
            return Err(NoSlot);
        }
        let joiner = slot.joiner.as_ref().ok_or(NoSlot)?;
        let to = if from.same_channel(&slot.opener) {
            joiner
        } else if from.same_channel(joiner) {
            &slot.opener
        } else {
            return Err(NoSlot);
        };
        to.try_send(Signal::Slot { slot: name, message }).map_err(|_| NoSlot)?;
        slot.messages = slot.messages.saturating_add(1);
        Ok(())
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<SlotName, Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::sync::mpsc;

    const NAME: SlotName = [7; 16];

    #[test]
    fn a_slot_takes_one_joiner_and_passes_messages_both_ways() {
        let slots = Slots::default();
        let (opener, mut to_opener) = mpsc::channel(4);
        let (joiner, mut to_joiner) = mpsc::channel(4);
        let (late, _to_late) = mpsc::channel(4);
        slots.open(NAME, opener.clone()).unwrap();
        assert_eq!(slots.send(NAME, &opener, vec![1]), Err(NoSlot), "nobody is there yet");
        slots.join(NAME, joiner.clone()).unwrap();
        assert_eq!(slots.join(NAME, late.clone()), Err(NoSlot));
        assert_eq!(slots.send(NAME, &late, vec![1]), Err(NoSlot));
        slots.send(NAME, &joiner, vec![2]).unwrap();
        slots.send(NAME, &opener, vec![3]).unwrap();
        assert!(matches!(to_opener.try_recv(), Ok(Signal::Slot { message, .. }) if message == [2]));
        assert!(matches!(to_joiner.try_recv(), Ok(Signal::Slot { message, .. }) if message == [3]));
    }

    #[test]
    fn a_slot_ends_with_either_side_and_caps_what_passes() {
        let slots = Slots::default();
        let (opener, _to_opener) = mpsc::channel(16);
        let (joiner, to_joiner) = mpsc::channel(16);
        slots.open(NAME, opener.clone()).unwrap();
        assert_eq!(slots.open(NAME, opener.clone()), Err(NoSlot), "a name is taken once");
        slots.join(NAME, joiner).unwrap();
        assert_eq!(slots.send(NAME, &opener, vec![0; MESSAGE_LIMIT + 1]), Err(NoSlot));
        for _ in 0..MESSAGES_LIMIT {
            slots.send(NAME, &opener, vec![0]).unwrap();
        }
        assert_eq!(slots.send(NAME, &opener, vec![0]), Err(NoSlot));
        drop(to_joiner);
        let (again, _rx) = mpsc::channel(1);
        assert_eq!(slots.join(NAME, again), Err(NoSlot), "a used slot stays used");
    }

    #[test]
    fn one_connection_cannot_take_all_slots() {
        let slots = Slots::default();
        let (greedy, to_greedy) = mpsc::channel(1);
        let (modest, _to_modest) = mpsc::channel(1);
        let name = |number: usize| [u8::try_from(number).unwrap(); 16];
        for number in 0..OWN_LIMIT {
            slots.open(name(number), greedy.clone()).unwrap();
        }
        assert_eq!(slots.open(name(OWN_LIMIT), greedy), Err(NoSlot));
        slots.open(name(OWN_LIMIT), modest.clone()).unwrap();
        drop(to_greedy);
        slots.open(name(OWN_LIMIT + 1), modest).unwrap();
    }
}
