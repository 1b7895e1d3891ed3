//! Requests: from a signed ask to the phone, and from its answer to the values.

use crate::{
    clock::{self, Moment},
    daemon::{Daemon, State},
    fault::{self, Result},
    notice::{Notice, PeerId},
    relay::Relay,
    requests::{Owner, Purpose, Waiting},
    store::{OpenStore, PendingRequest, Reseal},
};
use countersign_seal::{
    codec,
    compare::Compared,
    field::{FieldKind, FieldSeal},
    id::{DeviceId, FieldId, Hash, ItemId, RequestId},
    keys::DeviceKeys as _,
    log::Device,
    origin::OriginChain,
    request::{
        self, Action, Answer, Ask, Codes, Number, Pending, Refusal, SealedSeed, SignIn, SignedAnswer, SignedAsk, Yield,
    },
    secret::Key256,
};
use countersign_vault::{
    item::{Guard, ItemDraft, ItemKind, ItemSummary},
    one_time_code,
};
use countersign_wire::{
    local::{Fault, PAGE_LIMIT, Progress, ReleasedField},
    mail::{ToPhone, Withdrawal},
};

/// The version of [`Ask`] that we write.
pub(crate) const ASK_VERSION: u16 = 1;
const ANSWER_LIMIT: usize = 192 * 1024;

impl Daemon {
    /// A browser asks for fields of an item.
    pub(crate) async fn ask(&self, peer: PeerId, browser: DeviceId, signed: SignedAsk) -> Result<()> {
        let mut state = self.state.lock().await;
        let owner = Owner::Browser(browser);
        check_may_ask(&state, owner)?;
        let open = state.open()?;
        let ask = signed.verify(open.log()).map_err(fault::foreign)?;
        check_asker(&ask, browser)?;
        let (item, fields) = ask.action.fields().ok_or(Fault::NotAllowed)?;
        let summary = open.item(item).map_err(fault::store)?;
        check_use(&summary, &ask.action)?;
        if state.requests.contains(ask.id) {
            return Err(Fault::Malformed);
        }
        let purpose = |seeds| Purpose::Fill { item, fields: fields.to_vec(), seeds };
        match guard_of(&summary, fields)? {
            Guard::Sealed => {
                let (seals, seeds) = open.sealed(item, fields).await.map_err(fault::store)?;
                // Two requests for the code of one counter could both be approved.
                if seeds.iter().any(|seed| seed.counter.is_some() && state.requests.is_asked(item, seed.field)) {
                    return Err(Fault::Busy);
                }
                let (phones, purpose) = (state.approvers(), purpose(seeds.clone()));
                self.request(&mut state, Order { owner, peer, purpose, signed, seals, seeds, compared: None, phones })
                    .await
            }
            // Once there is a phone nothing is released without it, whatever the store says.
            Guard::NotSealed if state.has_phone() => Err(Fault::Internal),
            Guard::NotSealed => {
                let purpose = purpose(Vec::new());
                let waiting = Waiting { owner, peer, purpose, pending: None, phones: Vec::new(), delivered: false };
                let deadline = state.requests.insert(ask.id, waiting);
                state.peers.tell(peer, Notice::Progress { request: ask.id, progress: Progress::ConfirmHere });
                self.expire_later(ask.id, deadline);
                Ok(())
            }
        }
    }

    /// Sends a request on its way and waits for its answer.
    pub(crate) async fn request(&self, state: &mut State, order: Order) -> Result<()> {
        let Order { owner, peer, purpose, signed, seals, seeds, compared, phones } = order;
        if phones.is_empty() {
            return Err(Fault::NotAllowed);
        }
        check_clock(state)?;
        let log_head = state.open()?.log().head();
        let computer = self.store.name().await.map_err(fault::store)?.unwrap_or_default();
        let (pending, request) =
            Pending::make_with(signed, (seals, seeds, compared), log_head).map_err(fault::internal)?;
        let id = pending.id;
        let message = ToPhone::Request { request: request.to_bytes().map_err(fault::internal)?, computer };
        for phone in &phones {
            let created = clock::now();
            self.store.add_pending(PendingRequest { id, phone: phone.id(), created }).await.map_err(fault::store)?;
        }
        let ids = phones.iter().map(Device::id).collect();
        let waiting = Waiting { owner, peer, purpose, pending: Some(pending), phones: ids, delivered: false };
        tell(state, &waiting, id, Progress::Asked);
        let deadline = state.requests.insert(id, waiting);
        self.expire_later(id, deadline);
        if let Some(daemon) = self.handle().upgrade() {
            tokio::spawn(async move { daemon.deliver(id, phones, message).await });
        }
        Ok(())
    }

    /// The user confirmed in the chooser: releases fields that are not sealed.
    pub(crate) async fn confirm(&self, peer: PeerId, request: RequestId) -> Result<()> {
        let mut state = self.state.lock().await;
        let waits = state.requests.get(request).filter(|waiting| waiting.peer == peer && waiting.pending.is_none());
        let Some(Purpose::Fill { item, fields, .. }) = waits.map(|waiting| &waiting.purpose) else {
            return Err(Fault::NotFound);
        };
        if state.has_phone() {
            return Err(Fault::NotAllowed);
        }
        let (item, fields) = (*item, fields.clone());
        let values = state.open_mut()?.release_local(item, &fields).await.map_err(fault::store)?;
        state.requests.take(request);
        state.peers.tell(peer, Notice::Progress { request, progress: Progress::Approved });
        state.peers.tell(peer, Notice::Released { request, values });
        Ok(())
    }

    /// The asker changed its mind.
    pub(crate) async fn cancel(&self, peer: PeerId, request: RequestId) -> Result<()> {
        let mut state = self.state.lock().await;
        let waiting = state.requests.take_own(request, peer).ok_or(Fault::NotFound)?;
        self.withdraw(&mut state, request, &waiting, Withdrawal::Cancelled, Progress::Cancelled).await;
        Ok(())
    }

    pub(crate) async fn cancel_in(&self, state: &mut State, request: RequestId, reason: Withdrawal) {
        if let Some(waiting) = state.requests.take(request) {
            self.withdraw(state, request, &waiting, reason, Progress::Cancelled).await;
        }
    }

    /// Tells asker and phones that a request is over.
    async fn withdraw(
        &self,
        state: &mut State,
        request: RequestId,
        waiting: &Waiting,
        reason: Withdrawal,
        progress: Progress,
    ) {
        tell(state, waiting, request, progress);
        if waiting.pending.is_none() || !state.relay().is_ok_and(|relay| relay.is_usable()) {
            // Nobody to tell, or nobody to tell it yet: then it stays among the leftovers until the relay is there.
            return;
        }
        for phone in &waiting.phones {
            self.post(state, *phone, &ToPhone::Withdraw { request, reason }, request::LIFETIME_MILLIS).await;
        }
        if let Err(error) = self.store.remove_pending(request).await {
            fault::store(error);
        }
    }

    fn expire_later(&self, request: RequestId, deadline: Moment) {
        let daemon = self.handle();
        tokio::spawn(async move {
            clock::reached(deadline).await;
            if let Some(daemon) = daemon.upgrade() {
                daemon.expire(request).await;
            }
        });
    }

    /// Its time is over.
    async fn expire(&self, request: RequestId) {
        let mut state = self.state.lock().await;
        if let Some(waiting) = state.requests.take(request) {
            let was_shown = waiting.delivered || waiting.pending.is_none();
            let progress = if was_shown { Progress::Expired } else { Progress::PhoneUnreachable };
            self.withdraw(&mut state, request, &waiting, Withdrawal::Expired, progress).await;
        }
    }

    /// It could not be sent.
    pub(crate) async fn unreachable(&self, request: RequestId, progress: Progress) {
        let mut state = self.state.lock().await;
        if let Some(waiting) = state.requests.take(request) {
            self.withdraw(&mut state, request, &waiting, Withdrawal::Cancelled, progress).await;
        }
    }

    /// A phone answered.
    pub(crate) async fn answered(&self, sender: DeviceId, answer: &SignedAnswer) {
        let decoded: Answer = match codec::from_slice(&answer.bytes, "answer", ANSWER_LIMIT) {
            Ok(decoded) => decoded,
            Err(error) => return tracing::warn!(%error, "an answer is dropped"),
        };
        let request = decoded.request;
        let taken = {
            let mut state = self.state.lock().await;
            // Only a phone that was asked may end the request with its answer.
            let is_asked = |waiting: &&Waiting| {
                waiting.pending.is_some() && waiting.phones.contains(&sender) && decoded.device == sender
            };
            let is_asked = state.requests.get(request).filter(is_asked).is_some();
            is_asked.then(|| state.requests.take_answered(request)).flatten()
        };
        let Some(waiting) = taken else { return tracing::info!("an answer to no pending request is dropped") };
        if !self.knows(decoded.log_head).await
            && !matches!(waiting.purpose, Purpose::Join)
            && let Err(fault) = self.read_log().await
        {
            tracing::info!(?fault, "the phone knows more of the log, and the relay does not tell");
        }
        self.finish(request, waiting, sender, answer).await;
    }

    /// Whether our copy of the device log holds this entry.
    async fn knows(&self, head: Hash) -> bool {
        self.state.lock().await.log().is_some_and(|log| log.contains(head))
    }

    async fn finish(&self, request: RequestId, mut waiting: Waiting, sender: DeviceId, answer: &SignedAnswer) {
        let mut state = self.state.lock().await;
        let opened = match (waiting.pending.take(), state.log()) {
            (Some(pending), Some(log)) => pending.finish(answer, log),
            _ => return state.requests.settled(request),
        };
        let phones = core::mem::take(&mut waiting.phones);
        let refusal = match opened {
            // Whoever asked comes first: a person waits for that.
            Ok(Ok(yields)) => {
                // Nobody said yes to a comparison.
                if !matches!(waiting.purpose, Purpose::Compare { .. }) {
                    state.mute.approved();
                }
                self.approved(state, request, waiting, yields).await;
                return self.settle(request, sender, &phones).await;
            }
            Ok(Err(refusal)) => refusal,
            Err(error) => {
                tracing::warn!(%error, "an answer is not in order");
                Refusal::Invalid
            }
        };
        // At once: nobody asks again before it counts.
        state.mute.refused(refusal, Moment::now());
        drop(state);
        // Before what a refusal may do, which is to lock: then nothing can be sent any more.
        self.settle(request, sender, &phones).await;
        let mut state = self.state.lock().await;
        self.refused(&mut state, request, waiting, refusal).await;
    }

    /// An answered request: it is no leftover, its phone hears that the answer was received, and others that theirs is not needed.
    async fn settle(&self, request: RequestId, sender: DeviceId, phones: &[DeviceId]) {
        if let Err(error) = self.store.remove_pending(request).await {
            fault::store(error);
        }
        let mut state = self.state.lock().await;
        state.requests.settled(request);
        self.post(&state, sender, &ToPhone::Received { request }, request::LIFETIME_MILLIS).await;
        for other in phones.iter().filter(|phone| **phone != sender) {
            let message = ToPhone::Withdraw { request, reason: Withdrawal::Cancelled };
            self.post(&state, *other, &message, request::LIFETIME_MILLIS).await;
        }
    }

    async fn approved(
        &self,
        mut state: tokio::sync::MutexGuard<'_, State>,
        request: RequestId,
        waiting: Waiting,
        yields: Yield,
    ) {
        let peer = waiting.peer;
        let done = match (&waiting.purpose, yields) {
            // A browser that was removed or suspended meanwhile gets nothing.
            (Purpose::Fill { .. }, Yield::Release { .. }) if !is_listed(&state, waiting.owner) => Err(Fault::NotPaired),
            (Purpose::Fill { item, fields, seeds }, Yield::Release { keys, codes }) => {
                release(&mut state, (*item, fields, seeds), &keys, codes).await.map(|values| {
                    vec![
                        // The values first: they are what the page waits for.
                        Notice::Released { request, values },
                        Notice::Progress { request, progress: Progress::Approved },
                    ]
                })
            }
            (Purpose::Reseal(reseal), Yield::Seals(seals)) => match state.open_mut() {
                Ok(open) => open.apply_reseal(reseal, seals).await.map_err(fault::store),
                Err(fault) => Err(fault),
            }
            .map(|item| vec![Notice::Progress { request, progress: Progress::Approved }, Notice::Item(Box::new(item))]),
            (Purpose::Compare { capture, place }, Yield::Equal(equal)) => match state.open_mut() {
                Ok(open) => open.compared(*capture, *place, equal).await.map_err(fault::store),
                Err(fault) => Err(fault),
            }
            .map(|left| vec![Notice::Compared { capture: *capture, left: left.map(Box::new) }]),
            (Purpose::Join, Yield::Entry(entry)) => {
                drop(state);
                let result = self.append(entry).await;
                state = self.state.lock().await;
                result.map(|()| vec![Notice::Progress { request, progress: Progress::Approved }, Notice::Listed])
            }
            _ => Err(Fault::Malformed),
        };
        match done {
            Ok(notices) => notices.into_iter().for_each(|notice| state.peers.tell(peer, notice)),
            Err(fault) => {
                tracing::warn!(?fault, "an approval yields nothing usable");
                tell(&mut state, &waiting, request, Progress::Refused(Refusal::Invalid));
            }
        }
        if matches!(waiting.purpose, Purpose::Reseal(_)) {
            self.broadcast(&mut state);
        }
    }

    async fn refused(&self, state: &mut State, request: RequestId, waiting: Waiting, refusal: Refusal) {
        tell(state, &waiting, request, Progress::Refused(refusal));
        if let (Purpose::Reseal(reseal), Ok(open), true) = (&waiting.purpose, state.open_mut(), is_a_no(refusal)) {
            match open.discard_waiting(reseal.item).await {
                Ok(item) => state.peers.tell(waiting.peer, Notice::Item(Box::new(item))),
                Err(error) => drop(fault::store(error)),
            }
            self.broadcast(state);
        }
        if refusal == Refusal::NotMe {
            tracing::warn!("a phone's owner did not make this request: locking");
            self.close(state, Withdrawal::Locked).await;
        }
    }

    /// Changes an item; asks the phone if what stands inside seals changes. Returns the request that the change waits for, if any.
    pub(crate) async fn edit(
        &self,
        peer: PeerId,
        owner: Owner,
        item: ItemId,
        draft: ItemDraft,
    ) -> Result<(ItemSummary, Option<RequestId>)> {
        let mut state = self.state.lock().await;
        if state.has_phone() && changes_metadata(&state.open()?.item(item).map_err(fault::store)?, &draft) {
            check_may_ask(&state, owner)?;
            check_clock(&state)?;
        }
        let summary = state.open_mut()?.edit(item, draft).await.map_err(fault::store)?;
        let reseal = state.open()?.reseal(item).await.map_err(fault::store)?;
        let request = match reseal {
            Some(reseal) if !state.requests.is_busy(owner) => {
                Some(self.ask_reseal(&mut state, peer, owner, reseal).await?)
            }
            _ => None,
        };
        self.broadcast(&mut state);
        Ok((summary, request))
    }

    pub(crate) async fn ask_reseal(
        &self,
        state: &mut State,
        peer: PeerId,
        owner: Owner,
        reseal: Reseal,
    ) -> Result<RequestId> {
        let keys = state.keys()?;
        let fields: Vec<FieldId> = reseal.fields.iter().map(|(field, _)| *field).collect();
        let metadata = reseal.metadata.clone();
        let ask = Ask {
            version: ASK_VERSION,
            account: state.open()?.account(),
            id: RequestId::make().map_err(fault::internal)?,
            time: clock::now(),
            asker: keys.public().fingerprint(),
            action: Action::Reseal {
                item: reseal.item,
                fields: fields.clone(),
                title: metadata.title,
                sites: metadata.sites,
                policy: metadata.policy,
            },
            number: Number::make().map_err(fault::internal)?,
        };
        let signed = SignedAsk::make(&ask, &*keys).await.map_err(fault::internal)?;
        let seals = state.open()?.seals(reseal.item, &fields).await.map_err(fault::store)?;
        let phones = state.approvers();
        state.peers.tell(peer, Notice::Number { request: ask.id, item: reseal.item, number: ask.number });
        let purpose = Purpose::Reseal(reseal);
        let seeds = Vec::new();
        self.request(state, Order { owner, peer, purpose, signed, seals, seeds, compared: None, phones }).await?;
        Ok(ask.id)
    }

    /// Adds an item.
    pub(crate) async fn add(&self, draft: ItemDraft) -> Result<ItemSummary> {
        let mut state = self.state.lock().await;
        let item = state.open_mut()?.add(draft).await.map_err(fault::store)?;
        self.broadcast(&mut state);
        Ok(item)
    }

    /// Removes an item.
    pub(crate) async fn remove(&self, item: ItemId) -> Result<()> {
        let mut state = self.state.lock().await;
        state.open_mut()?.remove(item).await.map_err(fault::store)?;
        self.broadcast(&mut state);
        Ok(())
    }

    /// Undoes a removal.
    pub(crate) async fn restore(&self, item: ItemId) -> Result<ItemSummary> {
        let mut state = self.state.lock().await;
        let item = state.open_mut()?.restore(item).await.map_err(fault::store)?;
        self.broadcast(&mut state);
        Ok(item)
    }

    /// A page of the items that `query` finds.
    pub(crate) async fn list(&self, query: &str, offset: u32) -> Result<(Vec<ItemSummary>, u32)> {
        Ok(self.state.lock().await.open()?.items(query, offset, PAGE_LIMIT))
    }

    /// Items that may be used on this chain.
    pub(crate) async fn matching(&self, chain: &OriginChain) -> Result<Vec<ItemSummary>> {
        let state = self.state.lock().await;
        let open: &OpenStore = state.open()?;
        let Some(top) = chain.origins().first() else { return Err(Fault::Malformed) };
        let mut items = open.matching(top);
        items.retain(|item| may_be_used(item, chain));
        Ok(items)
    }
}

/// All that a request is made of.
pub(crate) struct Order {
    pub(crate) owner: Owner,
    pub(crate) peer: PeerId,
    pub(crate) purpose: Purpose,
    pub(crate) signed: SignedAsk,
    pub(crate) seals: Vec<FieldSeal>,
    pub(crate) seeds: Vec<SealedSeed>,
    pub(crate) compared: Option<Compared>,
    pub(crate) phones: Vec<Device>,
}

pub(crate) fn check_may_ask(state: &State, owner: Owner) -> Result<()> {
    state.open()?;
    if state.forked {
        return Err(Fault::Forked);
    }
    if state.mute.is_muted(Moment::now()) {
        return Err(Fault::Muted);
    }
    if state.requests.is_busy(owner) {
        return Err(Fault::Busy);
    }
    Ok(())
}

/// Tells whoever waits for a request how far it is.
fn tell(state: &mut State, waiting: &Waiting, request: RequestId, progress: Progress) {
    if waiting.purpose.is_followed() {
        state.peers.tell(waiting.peer, Notice::Progress { request, progress });
    }
}

/// The phone would take nothing that is dated by a clock that is this far off.
fn check_clock(state: &State) -> Result<()> {
    if state.relay.as_ref().is_some_and(Relay::clock_is_off) { Err(Fault::Clock) } else { Ok(()) }
}

/// Whether the asker may still have what it asked for.
fn is_listed(state: &State, owner: Owner) -> bool {
    match owner {
        Owner::Browser(browser) => state.log().is_some_and(|log| log.active(browser).is_ok()),
        Owner::CommandLine | Owner::Comparison => true,
    }
}

/// What a phone's answer opens of the fields that were asked for, each of which is answered once. Counters that codes were made of are stored as spent first.
async fn release(
    state: &mut State,
    (item, fields, seeds): (ItemId, &[FieldId], &[SealedSeed]),
    keys: &[(FieldId, u32, Key256)],
    codes: Vec<(FieldId, Codes)>,
) -> Result<Vec<ReleasedField>> {
    let mut answered: Vec<FieldId> =
        keys.iter().map(|(field, ..)| *field).chain(codes.iter().map(|(field, _)| *field)).collect();
    answered.sort_unstable();
    let mut asked = fields.to_vec();
    asked.sort_unstable();
    if answered != asked {
        return Err(Fault::Malformed);
    }
    let open = state.open_mut()?;
    check_codes(open, item, seeds, &codes).await?;
    let mut values = open.release_fields(item, keys).await.map_err(fault::store)?;
    let counters: Vec<_> = codes.iter().filter_map(|(field, codes)| Some((*field, counter_of(codes)?))).collect();
    open.spend(item, &counters).await.map_err(fault::store)?;
    values.extend(codes.into_iter().map(|(field, codes)| {
        let kind = FieldKind::OneTimeCodeSeed;
        let (value, next) = one_time_code::choose(codes);
        ReleasedField { field, kind, value, next }
    }));
    Ok(values)
}

/// A code is of the seed that the phone was sent, at the counter at which that stood; and that is still the seed. Else the code of a seed that was replaced
/// meanwhile would be released, and a counter of the new one spent.
async fn check_codes(open: &OpenStore, item: ItemId, sent: &[SealedSeed], codes: &[(FieldId, Codes)]) -> Result<()> {
    let is_of_one = |(field, codes): &(FieldId, Codes)| {
        sent.iter().any(|seed| seed.field == *field && seed.counter == counter_of(codes))
    };
    if !codes.iter().all(is_of_one) {
        return Err(Fault::Malformed);
    }
    if sent.is_empty() {
        return Ok(());
    }
    let fields: Vec<FieldId> = sent.iter().map(|seed| seed.field).collect();
    let (_, seeds) = open.sealed(item, &fields).await.map_err(fault::store)?;
    if seeds == sent { Ok(()) } else { Err(Fault::Malformed) }
}

const fn counter_of(codes: &Codes) -> Option<u64> {
    match codes {
        Codes::Timed(_) => None,
        Codes::Counted { counter, .. } => Some(*counter),
    }
}

/// What a browser may use an item for: a fill, or a code to copy, on the item's own sites.
fn check_use(item: &ItemSummary, action: &Action) -> Result<()> {
    let (Action::Fill { chain, .. } | Action::Copy { chain, .. }) = action else { return Err(Fault::NotAllowed) };
    if !may_be_used(item, chain) {
        return Err(Fault::OtherSite);
    }
    match action {
        Action::Fill { fields, sign_in, submit, .. } => {
            check_sign_in(item, fields, *sign_in)?;
            // The seal says it too, where there is one.
            if *submit && !item.submits_after_fill() { Err(Fault::NotAllowed) } else { Ok(()) }
        }
        Action::Copy { field, .. } if !is_seed(item, *field) => Err(Fault::NotAllowed),
        _ => Ok(()),
    }
}

fn is_seed(item: &ItemSummary, id: FieldId) -> bool {
    item.fields.iter().any(|field| field.id == id && field.kind == FieldKind::OneTimeCodeSeed)
}

/// What a fill says of its sign-in must be so: the code that comes next, or that it is, is one of this item. Whether nobody is asked for it again is the phone's to decide.
fn check_sign_in(item: &ItemSummary, fields: &[FieldId], sign_in: Option<SignIn>) -> Result<()> {
    let is_so = match sign_in {
        None => true,
        Some(SignIn::Begins { code }) => is_seed(item, code),
        Some(SignIn::Follows { .. }) => fields.iter().all(|field| is_seed(item, *field)),
    };
    if is_so { Ok(()) } else { Err(Fault::Malformed) }
}

/// A browser asks for itself, now.
fn check_asker(ask: &Ask, browser: DeviceId) -> Result<()> {
    let is_recent = ask.time.0.abs_diff(clock::now().0) <= request::LIFETIME_MILLIS;
    if ask.asker == browser && is_recent { Ok(()) } else { Err(Fault::NotAllowed) }
}

/// The rule that the phone keeps too.
fn may_be_used(item: &ItemSummary, chain: &OriginChain) -> bool {
    match item.kind {
        ItemKind::Card => chain.allows_card(&item.sites),
        ItemKind::Identity => chain.allows_identity(),
        ItemKind::Login | ItemKind::OneTimeCode => chain.allows_login(&item.sites),
    }
}

/// Who guards these fields. One that is sealed makes the phone answer for all.
fn guard_of(item: &ItemSummary, fields: &[FieldId]) -> Result<Guard> {
    let mut guard = Guard::NotSealed;
    for id in fields {
        let field = item.fields.iter().find(|field| field.id == *id).ok_or(Fault::NotFound)?;
        if field.guard == Guard::Sealed {
            guard = Guard::Sealed;
        }
    }
    Ok(guard)
}

fn changes_metadata(item: &ItemSummary, draft: &ItemDraft) -> bool {
    let new = &draft.metadata;
    item.title != new.title || item.sites != new.sites || item.policy != new.policy
}

/// Whether the phone's owner decided against it, or never will be able to agree.
const fn is_a_no(refusal: Refusal) -> bool {
    matches!(refusal, Refusal::Refused | Refusal::NotMe | Refusal::WrongNumber)
}
