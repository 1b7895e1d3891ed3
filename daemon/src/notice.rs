//! What the daemon tells a connection unasked.

use countersign_seal::{
    id::{CaptureId, ItemId, RequestId},
    log::DeviceKind,
    request::Number,
};
use countersign_vault::item::ItemSummary;
use countersign_wire::{
    capture::CaptureSummary,
    local::{Fault, Progress, ReleasedField, Status},
};
use std::collections::HashMap;
use tokio::sync::mpsc;

/// A connection, for as long as it lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct PeerId(u64);

/// What a connection is told.
#[derive(Debug)]
pub(crate) enum Notice {
    /// A request moved on.
    Progress { request: RequestId, progress: Progress },
    /// An edit waits for the phone.
    Number { request: RequestId, item: ItemId, number: Number },
    /// Values, once.
    Released { request: RequestId, values: Vec<ReleasedField> },
    /// An edit that waited is in force, or was dropped.
    Item(Box<ItemSummary>),
    /// The device that this connection pairs is listed now.
    Listed,
    /// The code or link that this connection shows was used.
    Paired { name: String, kind: DeviceKind },
    /// The code or link that this connection shows is void, or the pairing that it waits for has failed.
    PairingFailed(Fault),
    /// Items, lock or devices changed.
    Changed(Status),
    /// A phone has said whether a capture is stored already; what is left of it, if it is not.
    Compared { capture: CaptureId, left: Option<Box<CaptureSummary>> },
    /// What the user said of fields changed.
    Corrected,
    /// The account was made or unlocked: who has no session may begin one.
    Ready,
}

/// A connection that does not read this many notices is cut off.
const BACKLOG: usize = 64;

/// All connections.
#[derive(Debug, Default)]
pub(crate) struct Peers {
    next: u64,
    lines: HashMap<PeerId, mpsc::Sender<Notice>>,
}

impl Peers {
    pub(crate) fn join(&mut self) -> (PeerId, mpsc::Receiver<Notice>) {
        let (line, notices) = mpsc::channel(BACKLOG);
        let peer = PeerId(self.next);
        self.next = self.next.wrapping_add(1);
        self.lines.insert(peer, line);
        (peer, notices)
    }

    pub(crate) fn leave(&mut self, peer: PeerId) {
        self.lines.remove(&peer);
    }

    /// Tells one connection. Its line is dropped when it does not listen, which ends it.
    pub(crate) fn tell(&mut self, peer: PeerId, notice: Notice) {
        if self.lines.get(&peer).is_some_and(|line| line.try_send(notice).is_err()) {
            self.lines.remove(&peer);
        }
    }

    /// Tells all connections.
    pub(crate) fn tell_all(&mut self, make: impl Fn() -> Notice) {
        self.lines.retain(|_, line| line.try_send(make()).is_ok());
    }
}
