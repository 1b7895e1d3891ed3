//! What users say of fields that were taken for something else: kept for a site, and reported without personal data.

use crate::{
    daemon::{Daemon, VERSION},
    fault::{self, Result},
};
use countersign_seal::{codec, origin::Origin, session};
use countersign_wire::{
    correction::{Correction, CorrectionReport, Said, SiteCorrections},
    local::Fault,
};

/// How much of a message a page of sites may fill.
const PAGE_BYTES: usize = session::FRAME_LIMIT / 2;

impl Daemon {
    /// What was said of a site's fields.
    pub(crate) async fn corrections(&self, site: &Origin) -> Result<Vec<Correction>> {
        let state = self.state.lock().await;
        Ok(state.open()?.corrections(site).iter().map(|corrected| corrected.correction.clone()).collect())
    }

    /// Remembers what the user says; every browser hears that something changed.
    pub(crate) async fn correct(&self, said: Said) -> Result<()> {
        let mut state = self.state.lock().await;
        state.open_mut()?.correct(said).await.map_err(fault::store)?;
        self.broadcast(&mut state);
        Ok(())
    }

    /// Forgets it.
    pub(crate) async fn forget_corrections(&self, site: &Origin) -> Result<()> {
        let mut state = self.state.lock().await;
        if !state.open_mut()?.forget_corrections(site).await.map_err(fault::store)? {
            return Err(Fault::NotFound);
        }
        self.broadcast(&mut state);
        Ok(())
    }

    /// A site's corrections as a report.
    pub(crate) async fn report_corrections(&self, site: &Origin, with_site: bool) -> Result<String> {
        let state = self.state.lock().await;
        let mut report = CorrectionReport::new(VERSION);
        let name = site.to_string();
        report.add(with_site.then_some(name.as_str()), state.open()?.corrections(site));
        if report.is_empty() {
            return Err(Fault::NotFound);
        }
        serde_json::to_string_pretty(&report).map_err(fault::internal)
    }

    /// The sites after `offset`, as many as fit into a message; and how many there are in all.
    pub(crate) async fn corrected_sites(&self, offset: u32) -> Result<(Vec<SiteCorrections>, u32)> {
        let state = self.state.lock().await;
        let sites = state.open()?.corrected_sites();
        let total = u32::try_from(sites.len()).unwrap_or(u32::MAX);
        let mut room = PAGE_BYTES;
        let fitting = sites.skip(usize::try_from(offset).unwrap_or(usize::MAX)).take_while(|site| {
            let size = codec::to_vec(site).map_or(usize::MAX, |bytes| bytes.len());
            let fits = size <= room;
            room = room.saturating_sub(size);
            fits
        });
        Ok((fitting.cloned().collect(), total))
    }
}
