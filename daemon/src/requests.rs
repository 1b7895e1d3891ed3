//! Requests that wait for an answer: at most one an owner.

use crate::{clock::Moment, notice::PeerId, store::Reseal};
use countersign_seal::{
    id::{CaptureId, DeviceId, FieldId, ItemId, RequestId},
    request::{LIFETIME_MILLIS, Pending, SealedSeed},
};
use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

/// On whose behalf a request was made. Each may have one at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Owner {
    /// A paired browser, or one that is being paired.
    Browser(DeviceId),
    /// The command line.
    CommandLine,
    /// The daemon itself, which asks a phone about a capture: in nobody's way.
    Comparison,
}

/// What to do with the answer.
#[derive(Debug)]
pub(crate) enum Purpose {
    /// Release these fields. A code counts only for the seed, and at the counter, that the phone was sent.
    Fill { item: ItemId, fields: Vec<FieldId>, seeds: Vec<SealedSeed> },
    /// Put new seals in place.
    Reseal(Reseal),
    /// Note whether a capture is the value there.
    Compare { capture: CaptureId, place: (ItemId, FieldId, u32) },
    /// Append the signed entry, which lists this browser.
    Join,
}

impl Purpose {
    /// Whether somebody waits for it and is told how far it is.
    pub(crate) const fn is_followed(&self) -> bool {
        !matches!(self, Self::Compare { .. })
    }
}

/// A request that waits.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) owner: Owner,
    /// The connection that is told.
    pub(crate) peer: PeerId,
    pub(crate) purpose: Purpose,
    /// What opens the answer; `None` while the user is asked to confirm in the chooser.
    pub(crate) pending: Option<Pending>,
    /// The phones that were asked.
    pub(crate) phones: Vec<DeviceId>,
    /// Whether one of them has it.
    pub(crate) delivered: bool,
}

/// All requests that wait.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    waiting: HashMap<RequestId, Waiting>,
    deadlines: HashMap<RequestId, Moment>,
    /// Those whose answer is being dealt with.
    answered: HashSet<RequestId>,
}

impl Requests {
    pub(crate) fn is_busy(&self, owner: Owner) -> bool {
        self.waiting.values().any(|waiting| waiting.owner == owner)
    }

    /// Whether some request asks for this field.
    pub(crate) fn is_asked(&self, item: ItemId, field: FieldId) -> bool {
        let asks = |waiting: &Waiting| matches!(&waiting.purpose, Purpose::Fill { item: asked, fields, .. } if *asked == item && fields.contains(&field));
        self.waiting.values().any(asks)
    }

    /// Whether it waits, or its answer is being dealt with.
    pub(crate) fn contains(&self, request: RequestId) -> bool {
        self.waiting.contains_key(&request) || self.answered.contains(&request)
    }

    /// Lets it wait; returns until when.
    pub(crate) fn insert(&mut self, request: RequestId, waiting: Waiting) -> Moment {
        let deadline = Moment::now() + Duration::from_millis(LIFETIME_MILLIS);
        self.waiting.insert(request, waiting);
        self.deadlines.insert(request, deadline);
        deadline
    }

    /// One that is still in time. The computer may have slept over its end, with its timer not yet awake.
    pub(crate) fn get(&self, request: RequestId) -> Option<&Waiting> {
        let in_time = self.deadlines.get(&request).is_some_and(|deadline| !deadline.is_past());
        self.waiting.get(&request).filter(|_| in_time)
    }

    /// Notes that `phone` shows the request; returns whom to tell, the first time.
    pub(crate) fn delivered(&mut self, request: RequestId, phone: DeviceId) -> Option<PeerId> {
        let waiting =
            self.waiting.get_mut(&request).filter(|waiting| waiting.phones.contains(&phone) && !waiting.delivered)?;
        waiting.delivered = true;
        Some(waiting.peer)
    }

    pub(crate) fn take(&mut self, request: RequestId) -> Option<Waiting> {
        self.deadlines.remove(&request);
        self.waiting.remove(&request)
    }

    /// Takes it because it was answered: until it is [`Requests::settled`] it is no leftover.
    pub(crate) fn take_answered(&mut self, request: RequestId) -> Option<Waiting> {
        let waiting = self.take(request)?;
        self.answered.insert(request);
        Some(waiting)
    }

    /// Its answer is dealt with.
    pub(crate) fn settled(&mut self, request: RequestId) {
        self.answered.remove(&request);
    }

    /// Takes it only for the connection that made it.
    pub(crate) fn take_own(&mut self, request: RequestId, peer: PeerId) -> Option<Waiting> {
        self.waiting.get(&request).filter(|waiting| waiting.peer == peer)?;
        self.take(request)
    }

    /// The requests of one connection.
    pub(crate) fn of(&self, peer: PeerId) -> Vec<RequestId> {
        self.waiting.iter().filter(|(_, waiting)| waiting.peer == peer).map(|(request, _)| *request).collect()
    }

    pub(crate) fn all(&self) -> Vec<RequestId> {
        self.waiting.keys().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notice::Peers;

    fn waiting(owner: Owner, peer: PeerId, phones: Vec<DeviceId>) -> Waiting {
        Waiting { owner, peer, purpose: Purpose::Join, pending: None, phones, delivered: false }
    }

    #[test]
    fn one_at_a_time_for_each_owner() {
        let mut peers = Peers::default();
        let (peer, _notices) = peers.join();
        let (a, b) = (Owner::Browser(DeviceId([1; 32])), Owner::Browser(DeviceId([2; 32])));
        let mut requests = Requests::default();
        requests.insert(RequestId([1; 16]), waiting(a, peer, vec![]));
        assert!(requests.is_busy(a));
        assert!(!requests.is_busy(b));
        assert!(!requests.is_busy(Owner::CommandLine));
        requests.take(RequestId([1; 16]));
        assert!(!requests.is_busy(a));
    }

    #[test]
    fn an_answered_request_is_known_until_it_is_settled_and_keeps_nobody_busy() {
        let mut peers = Peers::default();
        let (peer, _notices) = peers.join();
        let mut requests = Requests::default();
        let id = RequestId([1; 16]);
        requests.insert(id, waiting(Owner::CommandLine, peer, vec![]));
        assert!(requests.take_answered(id).is_some());
        assert!(requests.contains(id) && !requests.is_busy(Owner::CommandLine));
        assert!(requests.get(id).is_none() && requests.take(id).is_none() && requests.take_answered(id).is_none());
        requests.settled(id);
        assert!(!requests.contains(id));
    }

    #[test]
    fn nobody_takes_anothers_request() {
        let mut peers = Peers::default();
        let ((peer, _n), (other, _m)) = (peers.join(), peers.join());
        let mut requests = Requests::default();
        let id = RequestId([1; 16]);
        requests.insert(id, waiting(Owner::CommandLine, peer, vec![]));
        assert!(requests.take_own(id, other).is_none());
        assert!(requests.take_own(id, peer).is_some());
        assert!(requests.take_own(id, peer).is_none());
    }

    #[test]
    fn only_an_asked_phone_delivers_and_only_once() {
        let mut peers = Peers::default();
        let (peer, _notices) = peers.join();
        let (asked, other) = (DeviceId([1; 32]), DeviceId([2; 32]));
        let mut requests = Requests::default();
        let id = RequestId([1; 16]);
        requests.insert(id, waiting(Owner::CommandLine, peer, vec![asked]));
        assert_eq!(requests.delivered(id, other), None);
        assert_eq!(requests.delivered(id, asked), Some(peer));
        assert_eq!(requests.delivered(id, asked), None);
    }
}
