//! Sites whose logins are not captured: a row each among the store's secrets, under the store key and a random name. While the store is open all are in memory.

use super::{Error, OpenStore, Result, database, rows, write_secret};
use countersign_seal::{
    approver::WrappedSecret,
    codec,
    origin::Origin,
    secret::{Key256, SecretBytes},
};
use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;
use std::collections::BTreeMap;

/// The most sites that are ignored.
pub const IGNORED_LIMIT: usize = 500;
/// What the rows' names begin with.
const PREFIX: &str = "ignored/";
const VERSION: u16 = 1;
/// The largest row in bytes: a host has at most 253 characters.
const ROW_LIMIT: usize = 1024;

#[derive(Serialize, Deserialize)]
struct Row {
    version: u16,
    site: Origin,
}

/// By the site's text, each with its row's name.
#[derive(Debug, Default)]
pub(super) struct Ignored(BTreeMap<String, (Origin, String)>);

impl Ignored {
    /// Reads all rows. One that is damaged is left as it is, and counts for nothing.
    pub(super) async fn read(connection: &mut SqliteConnection, store_key: &Key256) -> Result<Self> {
        let mut all = BTreeMap::new();
        for (name, data) in rows::read(connection, PREFIX).await? {
            let opened = WrappedSecret(data).open(store_key, name.as_bytes());
            let row = opened.and_then(|row| codec::from_slice_versioned(row.expose(), "site", ROW_LIMIT, VERSION));
            match row {
                Ok(Row { site, .. }) => drop(all.insert(site.to_string(), (site, name))),
                Err(error) => tracing::warn!(%error, "an ignored site cannot be read"),
            }
        }
        Ok(Self(all))
    }
}

impl OpenStore {
    /// Whether logins of this site are not captured.
    #[must_use]
    pub fn is_ignored(&self, site: &Origin) -> bool {
        self.ignored.0.contains_key(&site.to_string())
    }

    /// The sites whose logins are not captured, by name.
    #[must_use]
    pub fn ignored_sites(&self) -> Vec<Origin> {
        self.ignored.0.values().map(|(site, _)| site.clone()).collect()
    }

    /// Ignores a site, or ceases to. What was captured of it stays.
    ///
    /// # Errors
    /// [`Error::TooManyCaptures`] above [`IGNORED_LIMIT`], or the file's; nothing changes then.
    pub async fn ignore_site(&mut self, site: Origin, ignored: bool) -> Result<()> {
        let text = site.to_string();
        match self.ignored.0.get(&text).map(|(_, name)| name.clone()) {
            Some(name) if !ignored => {
                self.store.0.noted(self.write_ignored(&name, None).await)?;
                self.ignored.0.remove(&text);
            }
            None if ignored => {
                if self.ignored.0.len() >= IGNORED_LIMIT {
                    return Err(Error::TooManyCaptures);
                }
                let name = rows::new_name(PREFIX)?;
                self.store.0.noted(self.write_ignored(&name, Some(&site)).await)?;
                self.ignored.0.insert(text, (site, name));
            }
            _ => {}
        }
        Ok(())
    }

    async fn write_ignored(&self, name: &str, site: Option<&Origin>) -> Result<()> {
        let row = site.map(|site| codec::to_vec(&Row { version: VERSION, site: site.clone() })).transpose()?;
        let mut connection = self.store.0.connection.lock().await;
        database::begin(&mut connection).await?;
        let written = match row.map(SecretBytes::new) {
            Some(row) => write_secret(&mut connection, &self.store_key, name, &row).await,
            None => rows::delete(&mut connection, name).await,
        };
        database::end(&mut connection, written).await
    }
}
