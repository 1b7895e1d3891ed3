//! Which messages were received before.

use countersign_seal::{
    envelope::ReplayGuard,
    id::{DeviceId, MessageId, UnixMillis},
};
use serde::{Deserialize, Serialize};

/// Most messages remembered. A sender that fills this within the lifetime of its messages is refused until they expire.
const LIMIT: usize = 4096;

/// The ids of messages that have not expired yet. Only devices of the account get this far, since their signature is checked first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replay {
    version: u16,
    seen: Vec<(DeviceId, MessageId, UnixMillis)>,
}

impl Default for Replay {
    fn default() -> Self {
        Self { version: crate::record::VERSION, seen: Vec::new() }
    }
}

impl Replay {
    /// Forgets what has expired: an expired message is refused for that.
    pub fn forget(&mut self, now: UnixMillis) {
        self.seen.retain(|(_, _, expires)| *expires > now);
    }
}

impl ReplayGuard for Replay {
    fn admit(&mut self, sender: DeviceId, id: MessageId, expires: UnixMillis) -> bool {
        let known = self.seen.iter().any(|(device, message, _)| *device == sender && *message == id);
        if known || self.seen.len() >= LIMIT {
            return false;
        }
        self.seen.push((sender, id, expires));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENDER: DeviceId = DeviceId([1; 32]);

    fn message(number: usize) -> MessageId {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&number.to_be_bytes());
        MessageId(id)
    }

    #[test]
    fn a_message_is_admitted_once_until_it_expires() {
        let mut replay = Replay::default();
        assert!(replay.admit(SENDER, message(1), UnixMillis(10)));
        assert!(!replay.admit(SENDER, message(1), UnixMillis(10)));
        assert!(replay.admit(DeviceId([2; 32]), message(1), UnixMillis(10)));
        replay.forget(UnixMillis(9));
        assert!(!replay.admit(SENDER, message(1), UnixMillis(10)));
        replay.forget(UnixMillis(10));
        assert_eq!(replay, Replay::default());
    }

    #[test]
    fn a_flood_is_refused_and_not_forgotten() {
        let mut replay = Replay::default();
        (0..LIMIT).for_each(|number| assert!(replay.admit(SENDER, message(number), UnixMillis(10))));
        assert!(!replay.admit(SENDER, message(LIMIT), UnixMillis(10)));
        assert!(!replay.admit(SENDER, message(0), UnixMillis(10)));
    }
}
