//! Items as rows: everything of them under their folder's key, and bound to its place.

use super::{Error, Result, index::Indexed, signed};
use countersign_seal::{
    approver::WrappedSecret,
    codec,
    id::{FieldId, ItemId},
    record::{RECORD_LIMIT, RecordCiphertext},
    secret::{Key256, SecretBytes, random},
};
use countersign_vault::{
    clock::Clock,
    field::Field,
    record::{Head, Item, Record},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sqlx::{Row as _, SqliteConnection, sqlite::SqliteRow};

/// A folder's random name.
pub(super) type FolderId = [u8; 16];

/// A folder with its key.
pub(super) struct Folder {
    id: FolderId,
    key: Key256,
}

/// The `head` column.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum StoredHead {
    Item(Box<Head>),
    Purged(Clock),
}

/// What the columns of one record are bound to.
struct Address {
    folder: FolderId,
    item: ItemId,
    version: u64,
}

impl Folder {
    /// Makes the account's first folder.
    pub(super) async fn make(connection: &mut SqliteConnection, vault_key: &Key256) -> Result<Self> {
        let folder = Self { id: random()?, key: Key256::make()? };
        let key = WrappedSecret::make(vault_key, &SecretBytes::new(folder.key.expose().to_vec()), &info(folder.id))?;
        sqlx::query("INSERT INTO folders (id, key) VALUES (?, ?)")
            .bind(&folder.id[..])
            .bind(key.0)
            .execute(connection)
            .await?;
        Ok(folder)
    }

    /// Reads the one folder that there is so far.
    pub(super) async fn read(connection: &mut SqliteConnection, vault_key: &Key256) -> Result<Self> {
        let row = sqlx::query("SELECT id, key FROM folders")
            .fetch_optional(connection)
            .await?
            .ok_or(Error::Corrupt("folder"))?;
        let id = row.try_get::<&[u8], _>(0)?.try_into().map_err(|_| Error::Corrupt("folder"))?;
        let key = WrappedSecret(row.try_get(1)?).open(vault_key, &info(id)).map_err(|_| Error::Corrupt("folder"))?;
        Ok(Self { id, key: key.expose().try_into().map(Key256::new).map_err(|_| Error::Corrupt("folder"))? })
    }

    /// The index's part of every item, the clock of every record, and how many items cannot be read. One damaged item keeps nobody from the others.
    pub(super) async fn read_index(
        &self,
        connection: &mut SqliteConnection,
    ) -> Result<(Vec<Indexed>, Vec<Clock>, usize)> {
        let query = "SELECT item, version, millis, counter, device, summary FROM records WHERE folder = ?";
        let rows = sqlx::query(query).bind(&self.id[..]).fetch_all(connection).await?;
        let (mut indexed, mut clocks, mut damaged) =
            (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()), 0);
        for row in &rows {
            clocks.push(read_clock(row)?);
            let Some(summary) = row.try_get::<Option<Vec<u8>>, _>("summary")? else { continue };
            match self.open(&self.address(row)?, &[b"summary"], summary) {
                Ok(summary) => indexed.push(summary),
                Err(Error::Corrupt(_)) => damaged += 1,
                Err(error) => return Err(error),
            }
        }
        if damaged > 0 {
            tracing::error!(damaged, "items cannot be read, and are left as they are");
        }
        Ok((indexed, clocks, damaged))
    }

    pub(super) async fn read_item(&self, connection: &mut SqliteConnection, id: ItemId) -> Result<Item> {
        let row = self.read_row(connection, id).await?;
        let address = self.address(&row)?;
        let StoredHead::Item(head) = self.open(&address, &[b"head"], row.try_get("head")?)? else {
            return Err(Error::NoSuchItem);
        };
        let rows = sqlx::query("SELECT field, data FROM fields WHERE item = ?")
            .bind(&id.as_bytes()[..])
            .fetch_all(connection)
            .await?;
        let fields = rows.iter().map(|row| self.read_field(&address, row)).collect::<Result<Vec<_>>>()?;
        let mut item = Item { head: *head, fields };
        item.arrange();
        Ok(item)
    }

    /// Some fields of an item, in this order.
    pub(super) async fn read_fields(
        &self,
        connection: &mut SqliteConnection,
        id: ItemId,
        fields: &[FieldId],
    ) -> Result<Vec<Field>> {
        let address = self.address(&self.read_row(connection, id).await?)?;
        let mut found = Vec::with_capacity(fields.len());
        for field in fields {
            let row = sqlx::query("SELECT field, data FROM fields WHERE item = ? AND field = ?")
                .bind(&id.as_bytes()[..])
                .bind(&field.as_bytes()[..])
                .fetch_optional(&mut *connection)
                .await?;
            let row = row.ok_or(Error::Vault(countersign_vault::Error::NoSuchField))?;
            found.push(self.read_field(&address, &row)?);
        }
        Ok(found)
    }

    async fn read_row(&self, connection: &mut SqliteConnection, id: ItemId) -> Result<SqliteRow> {
        let query = "SELECT item, version, head FROM records WHERE item = ? AND folder = ?";
        let row = sqlx::query(query).bind(&id.as_bytes()[..]).bind(&self.id[..]).fetch_optional(connection).await?;
        row.ok_or(Error::NoSuchItem)
    }

    fn read_field(&self, address: &Address, row: &SqliteRow) -> Result<Field> {
        let id: &[u8] = row.try_get("field")?;
        let field: Field = self.open(address, &[b"field", id], row.try_get("data")?)?;
        if field.id.as_bytes() == id { Ok(field) } else { Err(Error::Corrupt("field")) }
    }

    /// Writes the whole record in place of what was there.
    pub(super) async fn write(&self, connection: &mut SqliteConnection, record: &Record) -> Result<()> {
        let (version, clock, head, summary, fields) = match record {
            Record::Item(item) => {
                let head = StoredHead::Item(Box::new(item.head.clone()));
                (item.head.version, item.latest(), head, Some(indexed(item)), item.fields.as_slice())
            }
            Record::Purged { clock, .. } => (1, *clock, StoredHead::Purged(*clock), None, &[][..]),
        };
        let item = record.id();
        let address = Address { folder: self.id, item, version };
        sqlx::query("DELETE FROM records WHERE item = ?").bind(&item.as_bytes()[..]).execute(&mut *connection).await?;
        sqlx::query(
            "INSERT INTO records (item, folder, version, millis, counter, device, summary, head) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(&item.as_bytes()[..])
        .bind(&self.id[..])
        .bind(signed(version)?)
        .bind(signed(clock.millis)?)
        .bind(i64::from(clock.counter))
        .bind(&clock.device.as_bytes()[..])
        .bind(summary.map(|summary| self.seal(&address, &[b"summary"], &summary)).transpose()?)
        .bind(self.seal(&address, &[b"head"], &head)?)
        .execute(&mut *connection)
        .await?;
        for field in fields {
            let id = field.id.as_bytes();
            sqlx::query("INSERT INTO fields (item, field, data) VALUES (?, ?, ?)")
                .bind(&item.as_bytes()[..])
                .bind(&id[..])
                .bind(self.seal(&address, &[b"field", id], field)?)
                .execute(&mut *connection)
                .await?;
        }
        Ok(())
    }

    fn address(&self, row: &SqliteRow) -> Result<Address> {
        let version: i64 = row.try_get("version")?;
        Ok(Address {
            folder: self.id,
            item: ItemId::from_slice(row.try_get("item")?)?,
            version: super::unsigned(version)?,
        })
    }

    fn seal(&self, address: &Address, part: &[&[u8]], value: &impl Serialize) -> Result<Vec<u8>> {
        let plaintext = SecretBytes::new(codec::to_vec(value)?);
        Ok(address.with(part, |address| RecordCiphertext::make(&self.key, &plaintext, address))?.0)
    }

    fn open<T: DeserializeOwned>(&self, address: &Address, part: &[&[u8]], data: Vec<u8>) -> Result<T> {
        let data = RecordCiphertext(data);
        let plaintext = address.with(part, |address| data.open(&self.key, address)).map_err(damaged)?;
        codec::from_slice(plaintext.expose(), "record", RECORD_LIMIT).map_err(damaged)
    }
}

impl Address {
    fn with<T>(&self, part: &[&[u8]], act: impl FnOnce(&[&[u8]]) -> T) -> T {
        let version = self.version.to_be_bytes();
        let mut address: Vec<&[u8]> = vec![&self.folder, self.item.as_bytes(), &version];
        address.extend_from_slice(part);
        act(&address)
    }
}

/// The index's part of an item.
pub(super) fn indexed(item: &Item) -> Indexed {
    let not_sealed = u64::try_from(item.not_sealed()).unwrap_or(u64::MAX);
    Indexed { summary: item.summary(), removed: item.head.removed(), not_sealed }
}

fn info(folder: FolderId) -> Vec<u8> {
    [b"folder-key/".as_slice(), &folder].concat()
}

fn read_clock(row: &SqliteRow) -> Result<Clock> {
    let (millis, counter): (i64, i64) = (row.try_get("millis")?, row.try_get("counter")?);
    Ok(Clock {
        millis: super::unsigned(millis)?,
        counter: u32::try_from(counter).map_err(|_| Error::Corrupt("clock"))?,
        device: countersign_seal::id::DeviceId::from_slice(row.try_get("device")?)?,
    })
}

/// What does not open or parse was changed behind our back; a newer format keeps its own error.
fn damaged(error: countersign_seal::Error) -> Error {
    match error {
        countersign_seal::Error::NewerVersion { .. } => Error::Seal(error),
        _ => Error::Corrupt("a record"),
    }
}

impl core::fmt::Debug for Folder {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("Folder(…)")
    }
}
