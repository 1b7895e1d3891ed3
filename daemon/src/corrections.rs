//! What users say of fields that were taken for something else: kept for a site, and reported without personal data.

use crate::{
    daemon::{Daemon, VERSION},
    fault::{self, Result},
    notice::Notice,
    paging::{HALF_FRAME, fitting},
};
use countersign_seal::origin::Origin;
use countersign_wire::{
    correction::{CorrectionReport, FieldIdentity, Said, SiteCorrections, SiteSaid},
    local::Fault,
};
use serde::Serialize;

impl Daemon {
    /// What was said: the sites after `offset`, as many as fit into a message; and how many there are in all.
    pub(crate) async fn said_of_sites(&self, offset: u32) -> Result<(Vec<SiteSaid>, u32)> {
        let state = self.state.lock().await;
        Ok(page(state.open()?.corrected_sites().map(SiteSaid::from), offset))
    }

    /// Remembers what the user says; every browser hears of it.
    pub(crate) async fn correct(&self, said: Said) -> Result<()> {
        let mut state = self.state.lock().await;
        state.open_mut()?.correct(said).await.map_err(fault::store)?;
        state.peers.tell_all(|| Notice::Corrected);
        Ok(())
    }

    /// Forgets it.
    pub(crate) async fn forget_corrections(&self, site: &Origin) -> Result<()> {
        let mut state = self.state.lock().await;
        if !state.open_mut()?.forget_corrections(site).await.map_err(fault::store)? {
            return Err(Fault::NotFound);
        }
        state.peers.tell_all(|| Notice::Corrected);
        Ok(())
    }

    /// Undoes that what was said of a field was withdrawn or forgotten.
    pub(crate) async fn restore_correction(&self, site: &Origin, field: &FieldIdentity) -> Result<()> {
        let mut state = self.state.lock().await;
        if !state.open_mut()?.restore_correction(site, field).await.map_err(fault::store)? {
            return Err(Fault::NotFound);
        }
        state.peers.tell_all(|| Notice::Corrected);
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

    /// The same as [`Self::said_of_sites`], with what was corrected.
    pub(crate) async fn corrected_sites(&self, offset: u32) -> Result<(Vec<SiteCorrections>, u32)> {
        let state = self.state.lock().await;
        Ok(page(state.open()?.corrected_sites().cloned(), offset))
    }
}

/// Those after `offset` that fit into a message, and how many there are in all.
fn page<T: Serialize>(all: impl ExactSizeIterator<Item = T>, offset: u32) -> (Vec<T>, u32) {
    let total = u32::try_from(all.len()).unwrap_or(u32::MAX);
    (fitting(all.skip(usize::try_from(offset).unwrap_or(usize::MAX)), HALF_FRAME), total)
}
