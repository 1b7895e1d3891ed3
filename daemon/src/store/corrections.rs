//! What users say of fields, by site.
//!
//! A site is one row among the store's secrets, under the store key and a random name: without unlocking the file tells how many sites there are, and none of them.
//! While the store is open all are in memory.

use super::{Error, OpenStore, Result, database};
use countersign_seal::{
    approver::{SECRET_LIMIT, WrappedSecret},
    codec,
    origin::Origin,
    secret::{Key256, SecretBytes, random},
};
use countersign_wire::correction::{CORRECTION_LIMIT, CorrectedGuess, FieldIdentity, Said, SiteCorrections};
use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;
use std::collections::BTreeMap;

/// The most sites that corrections are kept for.
pub const SITE_LIMIT: usize = 500;
/// What the rows' names begin with.
const PREFIX: &str = "corrections/";
/// The version of a row.
const VERSION: u16 = 1;

#[derive(Serialize, Deserialize)]
struct Row {
    version: u16,
    #[serde(flatten)]
    site: SiteCorrections,
}

/// All corrections, by the site's text.
#[derive(Debug, Default)]
pub(super) struct Corrections(BTreeMap<String, Kept>);

#[derive(Debug)]
struct Kept {
    /// The row's.
    name: String,
    site: SiteCorrections,
}

impl Corrections {
    /// Reads all rows. One that is damaged is left as it is, and counts for nothing.
    pub(super) async fn read(connection: &mut SqliteConnection, store_key: &Key256) -> Result<Self> {
        let rows: Vec<(String, Vec<u8>)> = sqlx::query_as("SELECT name, data FROM secrets WHERE name LIKE ? || '%'")
            .bind(PREFIX)
            .fetch_all(connection)
            .await?;
        let mut all = Self::default();
        for (name, data) in rows {
            match read_row(store_key, &name, data) {
                Ok(site) => all.put(name, site),
                Err(error) => tracing::warn!(%error, "a site's corrections cannot be read"),
            }
        }
        Ok(all)
    }

    fn put(&mut self, name: String, site: SiteCorrections) {
        self.0.insert(site.site.to_string(), Kept { name, site });
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
    let wrapped = WrappedSecret::make(store_key, &SecretBytes::new(bytes), name.as_bytes())?;
    sqlx::query("INSERT OR REPLACE INTO secrets (name, data) VALUES (?, ?)")
        .bind(name)
        .bind(wrapped.0)
        .execute(connection)
        .await?;
    Ok(())
}

impl OpenStore {
    /// What the user said of this site's fields. No other site's is.
    #[must_use]
    pub fn corrections(&self, site: &Origin) -> &[CorrectedGuess] {
        self.corrections.0.get(&site.to_string()).map_or(&[], |kept| &kept.site.corrections)
    }

    /// All sites of whose fields the user said something, by name.
    pub fn corrected_sites(&self) -> impl ExactSizeIterator<Item = &SiteCorrections> {
        self.corrections.0.values().map(|kept| &kept.site)
    }

    /// Remembers what the user says of a site's fields.
    ///
    /// # Errors
    /// [`Error::Correction`] for what no field can be, [`Error::TooManyCorrections`], or the file's; nothing changes then.
    pub async fn correct(&mut self, said: Said) -> Result<()> {
        let mut corrections = self.corrections(&said.site).to_vec();
        let new = said.corrections.into_iter().map(|one| one.reduced().map_err(Error::Correction));
        let new: Vec<CorrectedGuess> = new.collect::<Result<_>>()?;
        let is_new = |field: &FieldIdentity| new.iter().any(|one| one.correction.field == *field);
        corrections.retain(|old| !is_new(&old.correction.field) && !said.withdrawn.contains(&old.correction.field));
        corrections.extend(new);
        if corrections.is_empty() {
            return self.forget_corrections(&said.site).await.map(drop);
        }
        let known = self.corrections.0.get(&said.site.to_string()).map(|kept| kept.name.clone());
        let is_full = known.is_none() && self.corrections.0.len() >= SITE_LIMIT;
        if is_full || corrections.len() > CORRECTION_LIMIT {
            return Err(Error::TooManyCorrections);
        }
        let name = known.map_or_else(new_name, Ok)?;
        let site = SiteCorrections { site: said.site, corrections };
        self.store.0.noted(self.write_corrections(&name, &site).await)?;
        self.corrections.put(name, site);
        Ok(())
    }

    /// Forgets what the user said of a site's fields; whether there was anything.
    ///
    /// # Errors
    /// The file's; nothing changes then.
    pub async fn forget_corrections(&mut self, site: &Origin) -> Result<bool> {
        let Some(kept) = self.corrections.0.get(&site.to_string()) else { return Ok(false) };
        self.store.0.noted(self.delete_corrections(&kept.name).await)?;
        self.corrections.0.remove(&site.to_string());
        Ok(true)
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
        let deleted = sqlx::query("DELETE FROM secrets WHERE name = ?").bind(name).execute(&mut *connection).await;
        database::end(&mut connection, deleted.map(drop).map_err(Error::from)).await
    }
}

fn new_name() -> Result<String> {
    let bytes = random::<16>()?;
    Ok(bytes.iter().fold(PREFIX.to_owned(), |name, byte| name + &format!("{byte:02x}")))
}
