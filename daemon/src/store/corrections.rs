//! What users say of fields, by site.
//!
//! A site is one row among the store's secrets, under the store key and a random name: without unlocking the file tells how many sites there are, and none of them.
//! While the store is open all are in memory.

use super::{Error, OpenStore, Result, database, rows, write_secret};
use crate::clock::now;
use countersign_seal::{
    approver::{SECRET_LIMIT, WrappedSecret},
    codec,
    origin::Origin,
    secret::{Key256, SecretBytes},
};
use countersign_wire::correction::{CORRECTION_LIMIT, CorrectedGuess, FieldIdentity, Said, SiteCorrections};
use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;
use std::collections::{BTreeMap, VecDeque};

/// The most sites that corrections are kept for.
pub const SITE_LIMIT: usize = 500;
/// What the rows' names begin with.
const PREFIX: &str = "corrections/";
/// How much of what was withdrawn can come back.
const GONE_LIMIT: usize = 2 * CORRECTION_LIMIT;
/// The version of a row.
const VERSION: u16 = 1;

#[derive(Serialize, Deserialize)]
struct Row {
    version: u16,
    #[serde(flatten)]
    site: SiteCorrections,
}

/// All corrections.
#[derive(Debug, Default)]
pub(super) struct Corrections {
    /// By the site's text.
    sites: BTreeMap<String, Kept>,
    /// What was withdrawn or forgotten since the store was opened, for undoing it.
    gone: VecDeque<(Origin, CorrectedGuess)>,
}

#[derive(Debug)]
struct Kept {
    /// The row's.
    name: String,
    site: SiteCorrections,
}

impl Corrections {
    /// Reads all rows. One that is damaged is left as it is, and counts for nothing.
    pub(super) async fn read(connection: &mut SqliteConnection, store_key: &Key256) -> Result<Self> {
        let mut all = Self::default();
        for (name, data) in rows::read(connection, PREFIX).await? {
            match read_row(store_key, &name, data) {
                Ok(site) => all.put(name, site),
                Err(error) => tracing::warn!(%error, "a site's corrections cannot be read"),
            }
        }
        Ok(all)
    }

    fn note_gone(&mut self, site: &Origin, gone: Vec<CorrectedGuess>) {
        self.gone.extend(gone.into_iter().map(|one| (site.clone(), one)));
        let too_many = self.gone.len().saturating_sub(GONE_LIMIT);
        self.gone.drain(..too_many);
    }

    fn put(&mut self, name: String, site: SiteCorrections) {
        self.sites.insert(site.site.to_string(), Kept { name, site });
    }
}

fn read_row(store_key: &Key256, name: &str, data: Vec<u8>) -> Result<SiteCorrections> {
    let bytes = WrappedSecret(data).open(store_key, name.as_bytes())?;
    let row: Row = codec::from_slice_versioned(bytes.expose(), "corrections", SECRET_LIMIT, VERSION)?;
    Ok(row.site)
}

async fn write_row(
    connection: &mut SqliteConnection,
    store_key: &Key256,
    name: &str,
    site: &SiteCorrections,
) -> Result<()> {
    let bytes = codec::to_vec(&Row { version: VERSION, site: site.clone() })?;
    if bytes.len() > SECRET_LIMIT {
        return Err(Error::TooManyCorrections);
    }
    write_secret(connection, store_key, name, &SecretBytes::new(bytes)).await
}

impl OpenStore {
    /// What the user said of this site's fields. No other site's is.
    #[must_use]
    pub fn corrections(&self, site: &Origin) -> &[CorrectedGuess] {
        self.corrections.sites.get(&site.to_string()).map_or(&[], |kept| &kept.site.corrections)
    }

    /// All sites of whose fields the user said something, by name.
    pub fn corrected_sites(&self) -> impl ExactSizeIterator<Item = &SiteCorrections> {
        self.corrections.sites.values().map(|kept| &kept.site)
    }

    /// Remembers what the user says of a site's fields.
    ///
    /// # Errors
    /// [`Error::Correction`] for what no field can be, [`Error::TooManyCorrections`], or the file's; nothing changes then.
    pub async fn correct(&mut self, said: Said) -> Result<()> {
        let Said { site, corrections, withdrawn } = said;
        let new = corrections.into_iter().map(|one| one.reduced().map_err(Error::Correction));
        let mut new: Vec<CorrectedGuess> = new.collect::<Result<_>>()?;
        let before = self.corrections(&site).to_vec();
        for one in &mut new {
            // Said once more with others of its form, it was said when it was said first.
            let first = before.iter().map(|old| &old.correction).find(|old| old.field == one.correction.field);
            let first = first.filter(|old| old.said == one.correction.said).and_then(|old| old.at);
            one.correction.at = first.or(Some(now().0));
        }
        let is_new = |old: &CorrectedGuess| new.iter().any(|one| one.correction.field == old.correction.field);
        let before: Vec<CorrectedGuess> = before.into_iter().filter(|old| !is_new(old)).collect();
        let (gone, mut all): (Vec<_>, Vec<_>) =
            before.into_iter().partition(|old| withdrawn.contains(&old.correction.field));
        all.extend(new);
        self.keep_corrections(&site, all).await?;
        self.corrections.note_gone(&site, gone);
        Ok(())
    }

    /// Forgets what the user said of a site's fields; whether there was anything.
    ///
    /// # Errors
    /// The file's; nothing changes then.
    pub async fn forget_corrections(&mut self, site: &Origin) -> Result<bool> {
        let gone = self.corrections(site).to_vec();
        self.keep_corrections(site, Vec::new()).await?;
        let was_there = !gone.is_empty();
        self.corrections.note_gone(site, gone);
        Ok(was_there)
    }

    /// Takes back that what was said of a field was withdrawn or forgotten since the store was opened; whether that is known, and nothing else was said since.
    ///
    /// # Errors
    /// As [`Self::correct`].
    pub async fn restore_correction(&mut self, site: &Origin, field: &FieldIdentity) -> Result<bool> {
        let mut all = self.corrections(site).to_vec();
        let is_known = all.iter().any(|one| one.correction.field == *field);
        let is_it = |(other, one): &(Origin, CorrectedGuess)| other == site && one.correction.field == *field;
        let Some((_, one)) = self.corrections.gone.iter().rfind(|gone| is_it(gone)).filter(|_| !is_known) else {
            return Ok(false);
        };
        all.push(one.clone());
        self.keep_corrections(site, all).await?;
        self.corrections.gone.retain(|gone| !is_it(gone));
        Ok(true)
    }

    /// Puts these in the place of what was kept of a site.
    async fn keep_corrections(&mut self, site: &Origin, corrections: Vec<CorrectedGuess>) -> Result<()> {
        let text = site.to_string();
        let known = self.corrections.sites.get(&text).map(|kept| kept.name.clone());
        if corrections.is_empty() {
            if let Some(name) = known {
                self.store.0.noted(self.delete_corrections(&name).await)?;
                self.corrections.sites.remove(&text);
            }
            return Ok(());
        }
        let is_full = known.is_none() && self.corrections.sites.len() >= SITE_LIMIT;
        if is_full || corrections.len() > CORRECTION_LIMIT {
            return Err(Error::TooManyCorrections);
        }
        let name = known.map_or_else(|| rows::new_name(PREFIX), Ok)?;
        let site = SiteCorrections { site: site.clone(), corrections };
        self.store.0.noted(self.write_corrections(&name, &site).await)?;
        self.corrections.put(name, site);
        Ok(())
    }

    async fn write_corrections(&self, name: &str, site: &SiteCorrections) -> Result<()> {
        let mut connection = self.store.0.connection.lock().await;
        database::begin(&mut connection).await?;
        let written = write_row(&mut connection, &self.store_key, name, site).await;
        database::end(&mut connection, written).await
    }

    async fn delete_corrections(&self, name: &str) -> Result<()> {
        let mut connection = self.store.0.connection.lock().await;
        database::begin(&mut connection).await?;
        let deleted = rows::delete(&mut connection, name).await;
        database::end(&mut connection, deleted).await
    }
}
