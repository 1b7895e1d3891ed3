//! Which devices are connected to this process, and what can be said to them.

use countersign_seal::{
    id::{AccountId, DeviceId},
    log::Log,
};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};
use tokio::sync::mpsc;

/// How many signals may wait for one connection. One that falls further behind is closed and reconnects.
pub(crate) const BACKLOG: usize = 64;

/// What a connection's task is told by others.
#[derive(Debug)]
pub(crate) enum Signal {
    /// There is mail.
    Mail,
    /// The account's log has this length now.
    LogGrew(u64),
    /// A message through a pairing slot.
    Slot {
        /// The slot's name.
        slot: [u8; 16],
        /// The message.
        message: Vec<u8>,
    },
    /// Close: the device connected anew, or left the account.
    Close,
}

/// The sending end for one connection's signals.
pub(crate) type Line = mpsc::Sender<Signal>;

/// The connected devices.
#[derive(Debug, Default)]
pub(crate) struct Hub {
    devices: Mutex<HashMap<(AccountId, DeviceId), Line>>,
}

impl Hub {
    /// Registers a device's connection; an older one of the same device is closed.
    pub(crate) fn connect(&self, account: AccountId, device: DeviceId, line: Line) {
        if let Some(older) = self.devices().insert((account, device), line) {
            let _ = older.try_send(Signal::Close);
        }
    }

    /// Forgets a connection, unless the device has connected anew since.
    pub(crate) fn disconnect(&self, account: AccountId, device: DeviceId, line: &Line) {
        let mut devices = self.devices();
        if devices.get(&(account, device)).is_some_and(|current| current.same_channel(line)) {
            devices.remove(&(account, device));
        }
    }

    /// Tells a device that it has mail; returns whether it is connected here.
    pub(crate) fn mail(&self, account: AccountId, device: DeviceId) -> bool {
        match self.devices().get(&(account, device)) {
            // A full line already holds signals that make its task look at the mailbox.
            Some(line) => !matches!(line.try_send(Signal::Mail), Err(mpsc::error::TrySendError::Closed(_))),
            None => false,
        }
    }

    /// Tells all of an account's devices that its log grew, and closes those that may act no more.
    pub(crate) fn log_grew(&self, log: &Log) {
        let length = u64::try_from(log.entries().len()).unwrap_or(u64::MAX);
        for ((account, device), line) in self.devices().iter() {
            if *account == log.account() {
                let signal = if log.active(*device).is_ok() { Signal::LogGrew(length) } else { Signal::Close };
                let _ = line.try_send(signal);
            }
        }
    }

    fn devices(&self) -> MutexGuard<'_, HashMap<(AccountId, DeviceId), Line>> {
        self.devices.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
