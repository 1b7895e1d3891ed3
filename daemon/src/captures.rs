//! Logins that pages were given: taken from browsers, offered again, saved. Nothing of them is logged but ids.

use crate::{
    asking::check_may_ask,
    clock,
    daemon::Daemon,
    fault::{self, Result},
    notice::PeerId,
    requests::Owner,
    store::CAPTURE_LIFETIME_MILLIS,
};
use countersign_seal::{
    codec,
    deposit::{CONTENT_LIMIT, Deposit},
    id::{CaptureId, ItemId},
    origin::{Origin, OriginChain},
};
use countersign_vault::{generator::Recipe, item::ItemSummary};
use countersign_wire::{
    capture::{CaptureSummary, Captured},
    local::{Fault, Reply},
};

impl Daemon {
    /// A page was given a login.
    pub(crate) async fn capture(&self, captured: Captured) -> Result<Option<CaptureSummary>> {
        let mut state = self.state.lock().await;
        state.open_mut()?.capture(captured).await.map_err(fault::store)
    }

    /// A page was given one when nobody could be told. The session's browser brings it; who made the deposit is not known, nor does it matter: what is in it is only offered.
    pub(crate) async fn take_deposit(&self, deposit: &[u8]) -> Result<Option<CaptureSummary>> {
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
        self.capture(captured).await
    }

    /// What came of a capture.
    pub(crate) async fn end_capture(&self, capture: CaptureId, accepted: bool) -> Result<()> {
        self.state.lock().await.open_mut()?.end_capture(capture, accepted).await.map_err(fault::store)
    }

    /// Captures of a page's site.
    pub(crate) async fn captures(&self, chain: &OriginChain) -> Result<Vec<CaptureSummary>> {
        self.state.lock().await.open()?.captures(chain).map_err(fault::store)
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
