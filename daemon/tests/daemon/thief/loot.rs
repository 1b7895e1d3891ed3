//! What a thief carries away: a copy of the data directory, opened with the stolen passphrase; and what of it can be decrypted by hand, as a program
//! of the thief's own would that knows our source and holds to none of our rules.

use crate::desk::{Desk, PASSPHRASE, secret};
use countersign_daemon::{
    store::{OpenStore, Store},
    unlock::Keystore,
};
use countersign_seal::{
    Result,
    approver::{PinParameters, WrappedSecret, derive_pin_key},
    codec, context,
    field::{FieldAddress, FieldCiphertext, FieldSeal},
    id::{AccountId, ItemId},
    keys::{Unwrap, WrappedKey},
    record::{RECORD_LIMIT, RecordCiphertext},
    secret::{Key256, SecretBytes},
};
use countersign_vault::field::{Field, Lock};
use futures_util::FutureExt as _;
use sqlx::{ConnectOptions as _, Row as _, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{
    collections::{BTreeSet, HashSet},
    fs,
    path::Path,
    thread,
};
use tempfile::TempDir;

/// A value as it lies in the store, past ones too.
#[derive(Debug, Clone)]
pub(super) struct Booty {
    pub(super) address: FieldAddress,
    pub(super) ciphertext: FieldCiphertext,
    pub(super) lock: Lock,
}

/// A copy of a data directory, and all that its passphrase opens.
pub(super) struct Loot {
    _directory: TempDir,
    /// All bytes of all files, as they were taken.
    pub(super) files: Vec<u8>,
    /// The store, opened by our own library.
    pub(super) open: OpenStore,
    /// Everything that can be decrypted with the passphrase: device keys, vault key, folder key, log head, each part of each record.
    pub(super) texts: Vec<Vec<u8>>,
    /// All values.
    pub(super) values: Vec<Booty>,
    /// The encrypted columns of all records, as they lie in the file.
    pub(super) columns: Vec<Vec<u8>>,
}

impl Loot {
    /// Copies while the daemon runs, and opens the copy.
    pub(super) async fn take(desk: &Desk) -> Self {
        let directory = tempfile::tempdir().unwrap();
        for entry in fs::read_dir(desk.data()).unwrap() {
            let entry = entry.unwrap();
            fs::copy(entry.path(), directory.path().join(entry.file_name())).unwrap();
        }
        let files = all_bytes(directory.path());
        let open = Store::open(directory.path()).await.unwrap();
        let open = open.unlock(secret(PASSPHRASE), &Keystore::absent()).await.unwrap();
        let Decrypted { texts, values, columns } = decrypt(directory.path(), open.account()).await;
        Self { _directory: directory, files, open, texts, values, columns }
    }

    /// Every 32 bytes in a row that the thief can read, decrypted or not.
    pub(super) fn keys(&self) -> HashSet<[u8; 32]> {
        windows(self.texts.iter().map(Vec::as_slice).chain([self.files.as_slice()]))
    }

    /// The values that one of these keys opens: as content key, or as the key under a seal.
    pub(super) fn opened_by(&self, keys: &HashSet<[u8; 32]>) -> BTreeSet<Vec<u8>> {
        let keys: Vec<_> = keys.iter().copied().collect();
        let workers = thread::available_parallelism().map_or(1, usize::from);
        thread::scope(|scope| {
            let chunks = keys.chunks(keys.len().div_ceil(workers).max(1));
            let workers: Vec<_> = chunks.map(|chunk| scope.spawn(|| self.try_keys(chunk))).collect();
            workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
        })
    }

    fn try_keys(&self, keys: &[[u8; 32]]) -> Vec<Vec<u8>> {
        let keys = keys.iter().copied().map(Key256::new);
        keys.flat_map(|key| self.values.iter().filter_map(move |value| value.open(&key))).collect()
    }
}

impl Booty {
    fn open(&self, key: &Key256) -> Option<Vec<u8>> {
        let open = |key: &Key256| self.ciphertext.open(key, &self.address).ok();
        let unsealed = || self.seal()?.open(&Guess(key.clone())).now_or_never()?.ok();
        open(key).or_else(|| open(&unsealed()?.content_key)).map(|value| value.expose().to_vec())
    }

    pub(super) const fn seal(&self) -> Option<&FieldSeal> {
        match &self.lock {
            Lock::Sealed { seal, .. } => Some(seal),
            Lock::Local { .. } => None,
        }
    }
}

/// Whoever claims to have unwrapped a seal's key.
struct Guess(Key256);

impl Unwrap for Guess {
    async fn unwrap_key(&self, _wrapped: &WrappedKey) -> Result<Key256> {
        Ok(self.0.clone())
    }
}

/// All bytes of all files in a directory.
pub(crate) fn all_bytes(directory: &Path) -> Vec<u8> {
    let entries = fs::read_dir(directory).unwrap();
    entries.flat_map(|entry| fs::read(entry.unwrap().path()).unwrap()).collect()
}

/// Every 32 bytes in a row.
pub(super) fn windows<'a>(texts: impl IntoIterator<Item = &'a [u8]>) -> HashSet<[u8; 32]> {
    texts.into_iter().flat_map(|text| text.windows(32).map(|window| window.try_into().unwrap())).collect()
}

pub(super) fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    memchr::memmem::find(haystack, needle).is_some()
}

#[derive(Default)]
struct Decrypted {
    texts: Vec<Vec<u8>>,
    values: Vec<Booty>,
    columns: Vec<Vec<u8>>,
}

impl Decrypted {
    fn keep(&mut self, text: &SecretBytes) {
        self.texts.push(text.expose().to_vec());
    }
}

async fn decrypt(directory: &Path, account: AccountId) -> Decrypted {
    let mut connection = SqliteConnectOptions::new().filename(directory.join("vault.db")).connect().await.unwrap();
    let mut found = Decrypted::default();
    let store_key = store_key(&mut connection).await;
    found.texts.push(store_key.expose().to_vec());
    let mut vault_key = None;
    for row in sqlx::query("SELECT name, data FROM secrets").fetch_all(&mut connection).await.unwrap() {
        let (name, data): (String, Vec<u8>) = (row.get(0), row.get(1));
        let text = WrappedSecret(data).open(&store_key, name.as_bytes()).unwrap();
        found.keep(&text);
        if name == "vault-key" {
            vault_key = Some(key(&text));
        }
    }
    let row = sqlx::query("SELECT id, key FROM folders").fetch_one(&mut connection).await.unwrap();
    let (folder, data): (Vec<u8>, Vec<u8>) = (row.get(0), row.get(1));
    let text = WrappedSecret(data).open(&vault_key.unwrap(), &[b"folder-key/", folder.as_slice()].concat()).unwrap();
    found.keep(&text);
    decrypt_records(&mut connection, &folder, &key(&text), account, &mut found).await;
    found
}

async fn store_key(connection: &mut SqliteConnection) -> Key256 {
    let row = sqlx::query("SELECT parameters, store_key FROM unlock").fetch_one(connection).await.unwrap();
    let parameters: PinParameters = codec::from_slice(row.get(0), "PIN parameters", 256).unwrap();
    // Without a keystore its secret is 32 zero bytes.
    let key_of_pin =
        derive_pin_key(&Key256::new([0; 32]), &secret(PASSPHRASE), &parameters, context::STORE_KEY).unwrap();
    key(&WrappedSecret(row.get(1)).open(&key_of_pin, b"store-key").unwrap())
}

async fn decrypt_records(
    connection: &mut SqliteConnection,
    folder: &[u8],
    key: &Key256,
    account: AccountId,
    found: &mut Decrypted,
) {
    let query =
        "SELECT r.item, r.version, r.summary, r.head, f.field, f.data FROM records r JOIN fields f ON f.item = r.item";
    for row in sqlx::query(query).fetch_all(connection).await.unwrap() {
        let item: Vec<u8> = row.get("item");
        let version = u64::try_from(row.get::<i64, _>("version")).unwrap().to_be_bytes();
        let field: Vec<u8> = row.get("field");
        let mut open = |column: &str, part: &[&[u8]]| {
            let data: Vec<u8> = row.get(column);
            found.columns.push(data.clone());
            let address = [&[folder, &item, &version], part].concat();
            let text = RecordCiphertext(data).open(key, &address).unwrap();
            found.keep(&text);
            text
        };
        open("summary", &[b"summary"]);
        open("head", &[b"head"]);
        let text = open("data", &[b"field", &field]);
        let field: Field = codec::from_slice(text.expose(), "field", RECORD_LIMIT).unwrap();
        let item = ItemId::from_slice(&item).unwrap();
        for value in core::iter::once(field.current()).chain(field.history()) {
            let address = FieldAddress { account, item, field: field.id, version: value.version };
            found.values.push(Booty { address, ciphertext: value.ciphertext.clone(), lock: value.lock.clone() });
        }
    }
}

fn key(text: &SecretBytes) -> Key256 {
    Key256::new(text.expose().try_into().unwrap())
}
