//! Logins that pages were given: taken from browsers, offered again, saved. Nothing of them is logged but ids.

use crate::{
    asking::{ASK_VERSION, Order, check_may_ask},
    clock,
    daemon::{Daemon, State},
    fault::{self, Result},
    notice::PeerId,
    paging::{HALF_FRAME, fitting},
    requests::{Owner, Purpose},
    store::{CAPTURE_LIFETIME_MILLIS, Comparison},
};
use countersign_seal::{
    codec,
    deposit::{CONTENT_LIMIT, Deposit},
    id::{CaptureId, ItemId, RequestId},
    keys::DeviceKeys as _,
    origin::{Origin, OriginChain},
    request::{Action, Ask, Number, SignedAsk},
};
use countersign_vault::{generator::Recipe, item::ItemSummary};
use countersign_wire::{
    capture::{CaptureSummary, Captured},
    local::{Fault, Progress, Reply},
};
use std::time::Duration;

/// How long a phone may take to compare: a page is offered something by then.
const PATIENCE: Duration = Duration::from_secs(4);

impl Daemon {
    /// A page was given a login.
    pub(crate) async fn capture(&self, peer: PeerId, captured: Captured) -> Result<Option<CaptureSummary>> {
        let mut state = self.state.lock().await;
        let capture = state.open_mut()?.capture(captured).await.map_err(fault::store)?;
        if let Some(capture) = &capture
            && let Err(fault) = self.ask_to_compare(&mut state, peer, capture.id).await
        {
            tracing::info!(?fault, "the phone is not asked about a capture");
        }
        Ok(capture)
    }

    /// Asks the phone whether a capture is stored already, where only it can tell. Whoever captured it is told later, and till then knows what is known now; a phone that
    /// does not answer within moments is not waited for.
    async fn ask_to_compare(&self, state: &mut State, peer: PeerId, capture: CaptureId) -> Result<()> {
        let owner = Owner::Comparison;
        if !state.has_phone() || !state.relay().is_ok_and(|relay| relay.is_usable()) {
            return Ok(());
        }
        let Some(comparison) = state.open()?.comparison(capture).await.map_err(fault::store)? else { return Ok(()) };
        check_may_ask(state, owner)?;
        if !state.comparisons.take(clock::now()) {
            return Err(Fault::Busy);
        }
        let keys = state.keys()?;
        let Comparison { capture, place, seal, compared } = comparison;
        let (item, field, _) = place;
        let ask = Ask {
            version: ASK_VERSION,
            account: state.open()?.account(),
            id: RequestId::make().map_err(fault::internal)?,
            time: clock::now(),
            asker: keys.public().fingerprint(),
            action: Action::Compare { item, field },
            number: Number::make().map_err(fault::internal)?,
        };
        let signed = SignedAsk::make(&ask, &*keys).await.map_err(fault::internal)?;
        let (phones, purpose) = (state.approvers(), Purpose::Compare { capture, place });
        let (seals, compared) = (vec![seal], Some(compared));
        self.request(state, Order { owner, peer, purpose, signed, seals, seeds: Vec::new(), compared, phones }).await?;
        let (daemon, request) = (self.handle(), ask.id);
        tokio::spawn(async move {
            tokio::time::sleep(PATIENCE).await;
            if let Some(daemon) = daemon.upgrade() {
                daemon.unreachable(request, Progress::PhoneUnreachable).await;
            }
        });
        Ok(())
    }

    /// A page was given one when nobody could be told. The session's browser brings it; who made the deposit is not known, nor does it matter: what is in it is only offered.
    pub(crate) async fn take_deposit(&self, peer: PeerId, deposit: &[u8]) -> Result<Option<CaptureSummary>> {
        let keys = {
            let state = self.state.lock().await;
            state.open()?;
            state.keys()?
        };
        let deposit = Deposit::from_bytes(deposit).map_err(fault::foreign)?;
        let opened = deposit.open(&*keys).await.map_err(fault::foreign)?;
        let captured: Captured =
            codec::from_slice(opened.expose(), "deposit", CONTENT_LIMIT).map_err(fault::foreign)?;
        if captured.at.plus(CAPTURE_LIFETIME_MILLIS) < clock::now() {
            return Err(Fault::Malformed);
        }
        self.capture(peer, captured).await
    }

    /// What came of a capture.
    pub(crate) async fn end_capture(&self, capture: CaptureId, accepted: bool) -> Result<()> {
        self.state.lock().await.open_mut()?.end_capture(capture, accepted).await.map_err(fault::store)
    }

    /// Captures of a page's site.
    pub(crate) async fn captures(&self, chain: &OriginChain) -> Result<Vec<CaptureSummary>> {
        self.state.lock().await.open()?.captures(chain).map_err(fault::store)
    }

    /// Captures of all sites, newest first, as many as fit into a message.
    pub(crate) async fn all_captures(&self) -> Result<Vec<CaptureSummary>> {
        let all = self.state.lock().await.open()?.all_captures();
        Ok(fitting(all.into_iter(), HALF_FRAME))
    }

    /// Saves a capture. An item that was renamed since it was captured has a stale seal then: the phone is asked, if it can be.
    pub(crate) async fn save_capture(
        &self,
        peer: PeerId,
        owner: Owner,
        capture: CaptureId,
        (item, username): (Option<ItemId>, &str),
    ) -> Result<ItemSummary> {
        let mut state = self.state.lock().await;
        let waited =
            item.and_then(|item| state.open().ok()?.item(item).ok()).is_some_and(|item| item.waiting.is_some());
        let summary = state.open_mut()?.save_capture(capture, item, username).await.map_err(fault::store)?;
        tracing::info!(%capture, item = %summary.id, "a capture is saved");
        if summary.waiting.is_some() && !waited && check_may_ask(&state, owner).is_ok() {
            let reseal = state.open()?.reseal(summary.id).await.map_err(fault::store)?;
            if let Some(reseal) = reseal
                && let Err(fault) = self.ask_reseal(&mut state, peer, owner, reseal).await
            {
                tracing::info!(?fault, "the phone cannot be asked to seal anew");
            }
        }
        self.broadcast(&mut state);
        Ok(summary)
    }

    /// Forgets a capture.
    pub(crate) async fn drop_capture(&self, capture: CaptureId) -> Result<()> {
        self.state.lock().await.open_mut()?.drop_capture(capture).await.map_err(fault::store)
    }

    /// Makes a new secret; it is stored before it is answered.
    pub(crate) async fn generate(&self, chain: &OriginChain, username: &str, recipe: &Recipe) -> Result<Reply> {
        let mut state = self.state.lock().await;
        let made = state.open_mut()?.generate(chain, username, recipe).await;
        let (capture, value) = made.map_err(fault::store)?;
        Ok(Reply::Generated { capture, value })
    }

    /// Whether logins of a site are captured.
    pub(crate) async fn ignore_site(&self, site: Origin, ignored: bool) -> Result<()> {
        self.state.lock().await.open_mut()?.ignore_site(site, ignored).await.map_err(fault::store)
    }

    /// The sites whose logins are not.
    pub(crate) async fn ignored_sites(&self) -> Result<Vec<Origin>> {
        Ok(self.state.lock().await.open()?.ignored_sites())
    }
}
