//! IndexedDB: one store of records, one of key handles.

use idb::{Database, DatabaseEvent as _, Factory, ObjectStoreParams, TransactionMode};
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast as _, JsValue};

use crate::{
    platform::StoreFault,
    record::{Record, Records},
};

const NAME: &str = "countersign";
/// The layout's version: the stores and their keys. Records carry versions of their own.
const VERSION: u32 = 1;
const RECORDS: &str = "records";
const HANDLES: &str = "handles";

impl From<idb::Error> for StoreFault {
    fn from(_: idb::Error) -> Self {
        Self
    }
}

/// The opened database.
pub(super) struct Store {
    database: Database,
}

impl Store {
    pub(super) async fn open() -> Result<Self, StoreFault> {
        let mut request = Factory::new()?.open(NAME, Some(VERSION))?;
        request.on_upgrade_needed(|event| {
            // What fails here fails the opening.
            if let Ok(database) = event.database() {
                for store in [RECORDS, HANDLES] {
                    let _ = database.create_object_store(store, ObjectStoreParams::new());
                }
            }
        });
        Ok(Self { database: request.await? })
    }

    pub(super) async fn put(&self, record: Record, bytes: &[u8]) -> Result<(), StoreFault> {
        self.write(RECORDS, record.key(), &Uint8Array::from(bytes)).await
    }

    pub(super) async fn put_handle(&self, name: &str, handle: &JsValue) -> Result<(), StoreFault> {
        self.write(HANDLES, name, handle).await
    }

    async fn write(&self, store: &str, key: &str, value: &JsValue) -> Result<(), StoreFault> {
        let transaction = self.database.transaction(&[store], TransactionMode::ReadWrite)?;
        transaction.object_store(store)?.put(value, Some(&key.into()))?.await?;
        if transaction.commit()?.await?.is_committed() { Ok(()) } else { Err(StoreFault) }
    }

    async fn read(&self, store: &str, key: &str) -> Result<Option<JsValue>, StoreFault> {
        let transaction = self.database.transaction(&[store], TransactionMode::ReadOnly)?;
        let found = transaction.object_store(store)?.get(JsValue::from(key))?.await?;
        Ok(found.filter(|value| !value.is_undefined() && !value.is_null()))
    }

    pub(super) async fn handle<T: wasm_bindgen::JsCast>(&self, name: &str) -> Result<Option<T>, StoreFault> {
        let found = self.read(HANDLES, name).await?;
        found.map(|value| value.dyn_into().map_err(|_| StoreFault)).transpose()
    }

    pub(super) async fn bytes(&self, name: &str) -> Result<Option<Vec<u8>>, StoreFault> {
        let found = self.read(HANDLES, name).await?;
        Ok(found.and_then(|value| value.dyn_into::<Uint8Array>().ok()).map(|array| array.to_vec()))
    }

    /// Reads every record.
    pub(super) async fn records(&self) -> Result<countersign_seal::Result<Records>, StoreFault> {
        let mut found = Vec::with_capacity(Record::ALL.len());
        for record in Record::ALL {
            let value = self.read(RECORDS, record.key()).await?;
            found.push((
                record,
                value.and_then(|value| value.dyn_into::<Uint8Array>().ok()).map(|array| array.to_vec()),
            ));
        }
        Ok(Records::decode(|record| {
            found.iter().find(|(name, _)| *name == record).and_then(|(_, bytes)| bytes.clone())
        }))
    }

    pub(super) async fn clear(&self) -> Result<(), StoreFault> {
        let transaction = self.database.transaction(&[RECORDS, HANDLES], TransactionMode::ReadWrite)?;
        for store in [RECORDS, HANDLES] {
            transaction.object_store(store)?.clear()?.await?;
        }
        if transaction.commit()?.await?.is_committed() { Ok(()) } else { Err(StoreFault) }
    }
}

/// Deletes the whole database, where what it holds cannot be read.
pub(crate) async fn erase() -> Result<(), StoreFault> {
    Ok(Factory::new()?.delete(NAME)?.await?)
}
