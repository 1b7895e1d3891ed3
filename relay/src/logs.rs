//! Verified device logs kept in memory, so that a login does not verify a whole log again.

use countersign_seal::{id::AccountId, log::Log};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The most bytes of all logs together: anyone may register an account, and its log may be long.
const BYTES_LIMIT: usize = 128 * 1024 * 1024;

/// The cache. This process is the store's only writer, so what it holds is current.
#[derive(Debug)]
pub(crate) struct Logs {
    logs: Mutex<Kept>,
    limit: usize,
}

impl Default for Logs {
    fn default() -> Self {
        Self::with_limit(BYTES_LIMIT)
    }
}

#[derive(Debug, Default)]
struct Kept {
    logs: HashMap<AccountId, Arc<Log>>,
    /// How large they are together.
    bytes: usize,
}

impl Kept {
    fn remove(&mut self, account: AccountId) {
        if let Some(log) = self.logs.remove(&account) {
            self.bytes = self.bytes.saturating_sub(size(&log));
        }
    }
}

fn size(log: &Log) -> usize {
    log.entries().iter().map(|entry| entry.bytes.len() + entry.signature.0.len()).sum()
}

impl Logs {
    fn with_limit(limit: usize) -> Self {
        Self { logs: Mutex::default(), limit }
    }

    pub(crate) fn get(&self, account: AccountId) -> Option<Arc<Log>> {
        self.kept().logs.get(&account).cloned()
    }

    pub(crate) fn put(&self, log: Arc<Log>) {
        let mut kept = self.kept();
        kept.remove(log.account());
        kept.bytes = kept.bytes.saturating_add(size(&log));
        while kept.bytes > self.limit {
            // Any one will do: a miss costs one read.
            let Some(account) = kept.logs.keys().next().copied() else { break };
            kept.remove(account);
        }
        kept.logs.insert(log.account(), log);
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.logs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_seal::{
        id::UnixMillis,
        keys::DeviceKeys as _,
        log::{Action, Author, Device, DeviceKind},
        native::NativeKeys,
    };

    const NOW: UnixMillis = UnixMillis(1_700_000_000_000);

    /// Logs of one entry, and one of `length`.
    async fn logs(count: usize, length: usize) -> (Vec<Arc<Log>>, Arc<Log>) {
        let keys = NativeKeys::make().unwrap();
        let device = Device { keys: keys.public().clone(), kind: DeviceKind::Desktop, name: "Desk".into() };
        let mut short = Vec::new();
        for _ in 0..count {
            short.push(Arc::new(Log::create(device.clone(), &keys, NOW).await.unwrap()));
        }
        let mut long = Log::create(device.clone(), &keys, NOW).await.unwrap();
        let other = NativeKeys::make().unwrap();
        let added = Device { keys: other.public().clone(), kind: DeviceKind::Desktop, name: "Other".into() };
        let actions = core::iter::once(Action::AddDevice { device: added.clone() }).chain((0..).map(|number| {
            let device = added.id();
            if number % 2 == 0 { Action::SuspendDevice { device } } else { Action::ResumeDevice { device } }
        }));
        for action in actions.take(length - 1) {
            let entry = long.draft(Author::Device(device.id()), action, NOW).unwrap();
            long.append(Log::sign(&entry, &keys).await.unwrap()).unwrap();
        }
        (short, Arc::new(long))
    }

    #[tokio::test]
    async fn many_or_long_logs_do_not_fill_the_memory() {
        let (short, long) = logs(5, 6).await;
        let one = short.first().map_or(0, |log| size(log));
        let kept = Logs::with_limit(5 * one);
        for log in &short {
            kept.put(Arc::clone(log));
        }
        assert!(short.iter().all(|log| kept.get(log.account()).is_some()));
        kept.put(Arc::clone(&long));
        assert!(kept.get(long.account()).is_some());
        let left = short.iter().filter(|log| kept.get(log.account()).is_some()).count();
        assert_eq!(left, (5 * one).saturating_sub(size(&long)) / one, "what the long one leaves room for");
        assert!(left < 4, "{left}");
        // The same log again takes no more room.
        kept.put(Arc::clone(&long));
        assert_eq!(short.iter().filter(|log| kept.get(log.account()).is_some()).count(), left);
    }
}
