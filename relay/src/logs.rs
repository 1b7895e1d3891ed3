//! Verified device logs kept in memory, so that a login does not verify a whole log again.

use countersign_seal::{id::AccountId, log::Log};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

const LOGS_LIMIT: usize = 20_000;

/// The cache. This process is the store's only writer, so what it holds is current.
#[derive(Debug, Default)]
pub(crate) struct Logs {
    logs: Mutex<HashMap<AccountId, Arc<Log>>>,
}

impl Logs {
    pub(crate) fn get(&self, account: AccountId) -> Option<Arc<Log>> {
        self.logs().get(&account).cloned()
    }

    pub(crate) fn put(&self, log: Arc<Log>) {
        let mut logs = self.logs();
        if logs.len() >= LOGS_LIMIT {
            // Any one will do: a miss costs one read.
            if let Some(account) = logs.keys().next().copied() {
                logs.remove(&account);
            }
        }
        logs.insert(log.account(), log);
    }

    fn logs(&self) -> MutexGuard<'_, HashMap<AccountId, Arc<Log>>> {
        self.logs.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
