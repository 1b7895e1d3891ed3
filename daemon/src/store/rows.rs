//! What the store keeps any number of: a row each among its secrets, under the store key and a random name that begins with what it is.

use super::{Result, hex};
use countersign_seal::secret::random;
use sqlx::SqliteConnection;

/// A name that no other row has.
pub(super) fn new_name(prefix: &str) -> Result<String> {
    Ok(format!("{prefix}{}", hex(&random::<16>()?)))
}

/// All rows of one kind: their names, and what they hold as it is stored.
pub(super) async fn read(connection: &mut SqliteConnection, prefix: &str) -> Result<Vec<(String, Vec<u8>)>> {
    let query = sqlx::query_as("SELECT name, data FROM secrets WHERE name LIKE ? || '%'");
    Ok(query.bind(prefix).fetch_all(connection).await?)
}

pub(super) async fn delete(connection: &mut SqliteConnection, name: &str) -> Result<()> {
    sqlx::query("DELETE FROM secrets WHERE name = ?").bind(name).execute(connection).await?;
    Ok(())
}
