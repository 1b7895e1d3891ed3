use super::*;
use countersign_seal::{
    field::{FieldKind, FieldSeal, Policy},
    id::{FieldId, ItemId},
    keys::PublicKeys,
    log::{Action, Approver, Author},
    native::NativeApprover,
    origin::{Site, SiteRule},
    recovery::RecoveryWords,
};
use countersign_vault::{
    Rule,
    item::{FieldDraft, Guard, ItemDraft, ItemKind, ItemSummary, MetadataDraft},
};
use countersign_wire::local::Fault;
use sqlx::Executor as _;
use std::sync::LazyLock;

mod captures;

static APPROVER: LazyLock<NativeApprover> = LazyLock::new(|| NativeApprover::make().unwrap());
static PHONE: LazyLock<NativeKeys> = LazyLock::new(|| NativeKeys::make().unwrap());
const PASSPHRASE: &str = "correct horse battery";

fn secret(text: &str) -> SecretBytes {
    SecretBytes::from(String::from(text))
}

fn origin(text: &str) -> Origin {
    Origin::parse(text).unwrap()
}

async fn new(dir: &Path) -> OpenStore {
    let store = Store::open(dir).await.unwrap();
    store.set_up(secret(PASSPHRASE), "Desk", &Keystore::absent()).await.unwrap()
}

/// Closes and opens again, as a restart does.
async fn restart(open: OpenStore, dir: &Path) -> OpenStore {
    drop(open);
    let store = Store::open(dir).await.unwrap();
    store.unlock(secret(PASSPHRASE), &Keystore::absent()).await.unwrap()
}

fn login(title: &str, host: &str, username: &str, password: &str) -> ItemDraft {
    let sites = vec![Site::exact(origin(&format!("https://{host}")))];
    let metadata = MetadataDraft { title: title.into(), sites, policy: Policy::default() };
    let field = FieldDraft { id: None, kind: FieldKind::Password, value: secret(password) };
    ItemDraft { kind: ItemKind::Login, metadata, username: username.into(), fields: vec![field], identity: None }
}

fn new_value(of: &ItemSummary, value: &str) -> ItemDraft {
    let field = FieldDraft { id: Some(of.fields[0].id), kind: of.fields[0].kind, value: secret(value) };
    let metadata = MetadataDraft { title: of.title.clone(), sites: of.sites.clone(), policy: of.policy.clone() };
    ItemDraft { kind: of.kind, metadata, username: of.username.clone(), fields: vec![field], identity: None }
}

/// Lists a phone and makes it the first approver, signed by the desktop.
async fn pair_phone(open: &mut OpenStore) {
    let keys: &PublicKeys = PHONE.public();
    let phone = Device { keys: keys.clone(), kind: DeviceKind::Phone, name: "Phone".into() };
    let recovery = RecoveryWords::make().unwrap().derive_keys().unwrap().public().unwrap();
    let recovery_wrap = recovery.wrap(&APPROVER.to_pkcs8().unwrap()).unwrap();
    let approver = Box::new(Approver { key: APPROVER.public().clone(), recovery, recovery_wrap });
    let device = phone.id();
    for action in [Action::AddDevice { device: phone }, Action::MakeApprover { device, approver }] {
        let author = Author::Device(open.keys().public().fingerprint());
        let entry = open.log().draft(author, action, now()).unwrap();
        let entry = Log::sign(&entry, open.keys()).await.unwrap();
        open.append_log(entry).await.unwrap();
    }
}

/// What the phone answers to a fill.
async fn approve(open: &OpenStore, item: ItemId, field: FieldId) -> (FieldId, u32, Key256) {
    let seal = open.seals(item, &[field]).await.unwrap().remove(0);
    let opened = seal.open(&*APPROVER).await.unwrap();
    (field, opened.meaning.address.version, opened.content_key)
}

async fn value(open: &OpenStore, item: ItemId, field: FieldId) -> SecretBytes {
    open.open_local(item, &[field]).await.unwrap().remove(0).value
}

/// All bytes of the database and of SQLite's files beside it.
fn raw(dir: &Path) -> Vec<u8> {
    let files = ["vault.db", "vault.db-wal", "vault.db-shm"];
    files.iter().flat_map(|file| std::fs::read(dir.join(file)).unwrap_or_default()).collect()
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    memchr::memmem::find(haystack, needle).is_some()
}

#[tokio::test]
async fn a_first_run_and_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("new").join("countersign");
    let store = Store::open(&path).await.unwrap();
    assert!(!store.is_set_up() && store.log().await.unwrap().is_none() && store.name().await.unwrap().is_none());
    assert!(matches!(store.unlock(secret("x"), &Keystore::absent()).await, Err(Error::NotSetUp)));
    let short = store.set_up(secret("eleven char"), "Desk", &Keystore::absent()).await;
    assert!(matches!(short, Err(Error::TooShort { what: "passphrase", min: 12 })));
    assert!(!store.is_set_up());
    let open = store.set_up(secret(PASSPHRASE), " Desk ", &Keystore::absent()).await.unwrap();
    assert!(matches!(store.set_up(secret(PASSPHRASE), "Desk", &Keystore::absent()).await, Err(Error::AlreadySetUp)));
    let (account, device) = (open.account(), open.keys().public().fingerprint());
    assert_eq!(store.log().await.unwrap().as_ref(), Some(open.log()));
    drop((open, store));

    let store = Store::open(&path).await.unwrap();
    assert_eq!((store.opener(), store.name().await.unwrap()), (Some(Opener::Passphrase), Some("Desk".into())));
    let open = store.unlock(secret(PASSPHRASE), &Keystore::absent()).await.unwrap();
    assert_eq!((open.account(), open.keys().public().fingerprint()), (account, device));
    assert_eq!(open.log().active(device).unwrap().device.name, "Desk");
}

#[cfg(unix)]
#[tokio::test]
async fn only_the_owner_may_read() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("countersign");
    std::fs::create_dir(&path).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut open = new(&path).await;
    open.add(login("Example", "example.com", "me", "secret")).await.unwrap();
    let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o700);
    for file in std::fs::read_dir(&path).unwrap() {
        let file = file.unwrap().path();
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[tokio::test]
async fn a_second_daemon_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    match Store::open(dir.path()).await {
        Err(Error::InUse { pid }) => assert_eq!(pid, Some(std::process::id())),
        other => panic!("{other:?}"),
    }
    drop(store);
    Store::open(dir.path()).await.unwrap();
}

#[tokio::test]
async fn wrong_tries_are_counted_across_restarts_and_back_off() {
    let dir = tempfile::tempdir().unwrap();
    drop(new(dir.path()).await);
    let wrong = async |times: usize| {
        let store = Store::open(dir.path()).await.unwrap();
        for _ in 0..times {
            let outcome = store.unlock(secret("wrong passphrase"), &Keystore::absent()).await;
            assert!(matches!(outcome, Err(Error::WrongPin)), "{outcome:?}");
        }
        store
    };
    drop(wrong(3).await);
    let store = wrong(2).await;
    let refused = |outcome| match outcome {
        Err(Error::TryLater(wait)) => assert!(wait > Duration::from_secs(20) && wait <= Duration::from_secs(30)),
        other => panic!("{other:?}"),
    };
    refused(store.unlock(secret(PASSPHRASE), &Keystore::absent()).await);
    drop(store);
    let store = Store::open(dir.path()).await.unwrap();
    assert!(!store.retry_after().is_zero());
    refused(store.unlock(secret(PASSPHRASE), &Keystore::absent()).await);
    // Half a minute later.
    store.0.connection.lock().await.execute("UPDATE unlock SET last_try = last_try - 31000").await.unwrap();
    drop(store);
    let store = Store::open(dir.path()).await.unwrap();
    store.unlock(secret(PASSPHRASE), &Keystore::absent()).await.unwrap();
    assert_eq!(store.retry_after(), Duration::ZERO);
    drop(store);
    drop(wrong(4).await);
}

#[tokio::test]
async fn a_try_is_counted_before_it_is_evaluated() {
    let dir = tempfile::tempdir().unwrap();
    drop(new(dir.path()).await);
    let store = Store::open(dir.path()).await.unwrap();
    store
        .0
        .connection
        .lock()
        .await
        .execute("CREATE TRIGGER full BEFORE UPDATE ON unlock BEGIN SELECT RAISE(ABORT, 'no'); END")
        .await
        .unwrap();
    // What can't be counted isn't tried: not even the right one opens.
    assert!(matches!(store.unlock(secret(PASSPHRASE), &Keystore::absent()).await, Err(Error::Database(_))));
}

#[tokio::test]
async fn a_pin_needs_the_keystore_secret() {
    let dir = tempfile::tempdir().unwrap();
    let keystore = Keystore::of(keyring_core::mock::Store::new().unwrap());
    let store = Store::open(dir.path()).await.unwrap();
    let short = store.set_up(secret("12345"), "Desk", &keystore).await;
    assert!(matches!(short, Err(Error::TooShort { what: "PIN", min: 6 })));
    drop(store.set_up(secret("123456"), "Desk", &keystore).await.unwrap());
    drop(store);
    let store = Store::open(dir.path()).await.unwrap();
    assert_eq!(store.opener(), Some(Opener::Pin));
    drop(store.unlock(secret("123456"), &keystore).await.unwrap());
    // Another keystore, or none, is an error and no wrong try.
    for other in [Keystore::absent(), Keystore::of(keyring_core::mock::Store::new().unwrap())] {
        for _ in 0..6 {
            let outcome = store.unlock(secret("123456"), &other).await;
            assert!(matches!(&outcome, Err(Error::Keystore(_))), "{outcome:?}");
            assert_eq!(outcome.unwrap_err().fault(), Fault::Keystore);
        }
    }
    assert!(matches!(store.unlock(secret("123457"), &keystore).await, Err(Error::WrongPin)));
    store.unlock(secret("123456"), &keystore).await.unwrap();
}

#[tokio::test]
async fn items_come_back_as_they_were() {
    let dir = tempfile::tempdir().unwrap();
    let mut open = new(dir.path()).await;
    let item = open.add(login("Example", "example.com", "me", "first")).await.unwrap();
    let field = item.fields[0].id;
    let edited = open.edit(item.id, new_value(&item, "second")).await.unwrap();
    assert_eq!((edited.fields[0].version, edited.fields[0].guard), (2, Guard::NotSealed));
    let mut open = restart(open, dir.path()).await;
    assert_eq!(open.item(item.id).unwrap(), edited);
    assert_eq!(value(&open, item.id, field).await, secret("second"));
    assert_eq!((open.count(), open.not_sealed()), (1, 1));

    open.remove(item.id).await.unwrap();
    assert!(matches!(open.item(item.id), Err(Error::NoSuchItem)));
    assert!(matches!(open.open_local(item.id, &[field]).await, Err(Error::NoSuchItem)));
    assert!(matches!(open.remove(item.id).await, Err(Error::NoSuchItem)));
    let mut open = restart(open, dir.path()).await;
    assert_eq!((open.count(), open.items("", 0, 10).1, open.removed().len()), (0, 0, 1));
    open.restore(item.id).await.unwrap();
    assert_eq!(value(&restart(open, dir.path()).await, item.id, field).await, secret("second"));
}

const DAY: u64 = 24 * 3600 * 1000;

/// Removes an item as if it had been removed 31 days ago.
async fn remove_long_ago(open: &mut OpenStore, item: ItemId) {
    open.remove(item).await.unwrap();
    let mut connection = open.store.0.connection.lock().await;
    let mut long_ago = open.folder.read_item(&mut connection, item).await.unwrap();
    let device = long_ago.latest().device;
    let past = countersign_vault::clock::Clock { millis: now().0 - 31 * DAY, counter: 0, device };
    let writer = countersign_vault::record::Writer { account: open.account(), clock: past, approver: None };
    long_ago.restore(&writer);
    long_ago.remove(&writer);
    open.folder.write(&mut connection, &countersign_vault::record::Record::Item(Box::new(long_ago))).await.unwrap();
}

/// Makes the store believe that it was last opened so long ago.
async fn last_seen(open: &OpenStore, days_ago: u64, doubted_days_ago: Option<u64>) {
    let mut connection = open.store.0.connection.lock().await;
    let text = [Some(days_ago), doubted_days_ago].into_iter().flatten().map(|days| (now().0 - days * DAY).to_string());
    write_setting(&mut connection, "days-seen", &text.collect::<Vec<_>>().join(" ")).await.unwrap();
}

#[tokio::test]
async fn a_clock_that_leapt_ahead_purges_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut open = new(dir.path()).await;
    let item = open.add(login("Example", "example.com", "me", "first")).await.unwrap();
    remove_long_ago(&mut open, item.id).await;
    // By what the store saw last, the item was removed this morning: a month has passed since, or the clock is wrong.
    last_seen(&open, 31, None).await;
    let mut open = restart(open, dir.path()).await;
    assert_eq!(open.removed().len(), 1);
    for _ in 0..12 {
        open = restart(open, dir.path()).await;
        assert_eq!(open.removed().len(), 1, "opening it often is no passing of days");
    }
    // What is written meanwhile, by the clock that may be wrong, is no witness.
    open.add(login("Other", "example.com", "me", "first")).await.unwrap();
    let open = restart(open, dir.path()).await;
    assert_eq!(open.removed().len(), 1);
    last_seen(&open, 31, Some(6)).await;
    let open = restart(open, dir.path()).await;
    assert_eq!(open.removed().len(), 1);
    // A week later the clock still says so.
    last_seen(&open, 31, Some(7)).await;
    let open = restart(open, dir.path()).await;
    assert_eq!(open.removed().len(), 0);
}

#[tokio::test]
async fn a_clock_that_was_set_back_dates_no_removal_back() {
    let dir = tempfile::tempdir().unwrap();
    let mut open = new(dir.path()).await;
    // The clock was 40 days further when the store was opened last.
    let item = open.add(login("Example", "example.com", "me", "first")).await.unwrap();
    let mut connection = open.store.0.connection.lock().await;
    write_setting(&mut connection, "days-seen", &(now().0 + 40 * DAY).to_string()).await.unwrap();
    drop(connection);
    let mut open = restart(open, dir.path()).await;
    open.remove(item.id).await.unwrap();
    let removed = open.index.get(item.id).unwrap().removed.unwrap();
    assert!(removed.0 >= now().0 + 39 * DAY, "{removed:?}");
}

#[tokio::test]
async fn what_was_removed_long_ago_is_purged() {
    let dir = tempfile::tempdir().unwrap();
    let mut open = new(dir.path()).await;
    let item = open.add(login("Example", "example.com", "me", "first")).await.unwrap();
    let damaged = open.add(login("Damaged", "example.com", "me", "first")).await.unwrap();
    for item in [&item, &damaged] {
        remove_long_ago(&mut open, item.id).await;
    }
    // Nobody is kept from unlocking by what is in the way of a purge.
    damage(&open, damaged.id).await;
    let mut open = restart(open, dir.path()).await;
    assert_eq!(open.removed().len(), 1);
    assert!(matches!(open.restore(item.id).await, Err(Error::NoSuchItem)));
    let mut connection = open.store.0.connection.lock().await;
    let left: (i64, i64) = sqlx::query_as("SELECT (SELECT count(*) FROM records), (SELECT count(*) FROM fields)")
        .fetch_one(&mut *connection)
        .await
        .unwrap();
    assert_eq!(left, (2, 1));
}

#[tokio::test]
async fn lists_are_searched_and_paged() {
    let dir = tempfile::tempdir().unwrap();
    let mut open = new(dir.path()).await;
    for title in ["beta", "Alpha", "gamma", "Ärger"] {
        open.add(login(title, &format!("{}.example", title.to_lowercase().replace('ä', "ae")), "me", "x"))
            .await
            .unwrap();
    }
    let titles =
        |(items, total): (Vec<ItemSummary>, u32)| (items.into_iter().map(|item| item.title).collect::<Vec<_>>(), total);
    assert_eq!(titles(open.items("", 0, 2)), (vec!["Alpha".into(), "beta".into()], 4));
    assert_eq!(titles(open.items("", 2, 2)), (vec!["gamma".into(), "Ärger".into()], 4));
    assert_eq!(titles(open.items("ÄRG", 0, 9)), (vec!["Ärger".into()], 1));
    assert_eq!(titles(open.items("gamma.example", 0, 9)), (vec!["gamma".into()], 1));
    assert_eq!(titles(open.items("nothing", 0, 9)), (vec![], 0));
    assert_eq!(open.items("", u32::MAX, 9).0.len(), 0);
}

#[tokio::test]
async fn matching_goes_by_origin_and_rule() {
    let dir = tempfile::tempdir().unwrap();
    let mut open = new(dir.path()).await;
    let exact = open.add(login("Exact", "login.example.com", "me", "x")).await.unwrap();
    let mut wide = login("Wide", "www.example.com", "me", "x");
    wide.metadata.sites[0].rule = SiteRule::Domain { domain: "example.com".into() };
    open.add(wide.clone()).await.unwrap();
    let titles = |page: &str| open.matching(&origin(page)).into_iter().map(|item| item.title).collect::<Vec<_>>();
    assert_eq!(titles("https://login.example.com"), ["Exact", "Wide"]);
    assert_eq!(titles("https://example.com"), ["Wide"]);
    assert_eq!(titles("https://login.example.com:8443"), ["Wide"]);
    for page in
        ["http://login.example.com", "https://example.com.evil.example", "https://notexample.com", "https://com"]
    {
        assert!(titles(page).is_empty(), "{page}");
    }
    // What is edited, removed or restored matches accordingly.
    let mut moved = new_value(&exact, "y");
    moved.metadata.sites = vec![Site::exact(origin("https://other.example"))];
    open.edit(exact.id, moved).await.unwrap();
    assert_eq!(open.matching(&origin("https://login.example.com")).len(), 1);
    assert_eq!(open.matching(&origin("https://other.example")).len(), 1);
    open.remove(exact.id).await.unwrap();
    assert!(open.matching(&origin("https://other.example")).is_empty());

    wide.metadata.sites[0] =
        Site { origin: origin("https://a.co.uk"), rule: SiteRule::Domain { domain: "co.uk".into() } };
    let refused = open.add(wide).await.unwrap_err();
    assert!(matches!(refused, Error::Vault(countersign_vault::Error::InvalidDraft(Rule::Site))));
    assert_eq!(refused.fault(), Fault::InvalidDraft);
}

#[tokio::test]
async fn a_one_time_code_leaves_as_its_code() {
    let dir = tempfile::tempdir().unwrap();
    let mut open = new(dir.path()).await;
    let mut draft = login("Example", "example.com", "me", "x");
    draft.fields.push(FieldDraft { id: None, kind: FieldKind::OneTimeCodeSeed, value: secret("gezd gnbv gy3t qojq") });
    let item = open.add(draft).await.unwrap();
    let code = value(&open, item.id, item.fields[1].id).await;
    assert!(code.expose().len() == 6 && code.expose().iter().all(u8::is_ascii_digit));
}

#[tokio::test]
async fn a_sealed_field_opens_with_the_answer_only() {
    let dir = tempfile::tempdir().unwrap();
    let mut open = new(dir.path()).await;
    pair_phone(&mut open).await;
    let item = open.add(login("Example", "example.com", "me", "hunter2")).await.unwrap();
    let other = open.add(login("Other", "example.com", "me", "hunter3")).await.unwrap();
    let (field, other_field) = (item.fields[0].id, other.fields[0].id);
    assert_eq!((item.fields[0].guard, open.not_sealed()), (Guard::Sealed, 0));
    assert!(matches!(open.open_local(item.id, &[field]).await, Err(Error::Vault(countersign_vault::Error::Sealed))));
    let open = restart(open, dir.path()).await;
    let key = approve(&open, item.id, field).await;
    let released = open.open_fields(item.id, core::slice::from_ref(&key)).await.unwrap().remove(0);
    assert_eq!((released.field, released.kind, released.value), (field, FieldKind::Password, secret("hunter2")));
    // It fits no other field, version or item.
    let (_, version, key) = key;
    assert!(open.open_fields(other.id, &[(other_field, version, key.clone())]).await.is_err());
    assert!(open.open_fields(item.id, &[(field, version + 1, key.clone())]).await.is_err());
    assert!(open.open_fields(item.id, &[(other_field, version, key)]).await.is_err());
}

#[tokio::test]
async fn an_edit_of_sealed_metadata_waits_for_its_seals() {
    let dir = tempfile::tempdir().unwrap();
    let mut open = new(dir.path()).await;
    pair_phone(&mut open).await;
    let item = open.add(login("Example", "example.com", "me", "hunter2")).await.unwrap();
    let mut edit = login("Renamed", "other.example", "me", "x");
    edit.fields.clear();
    let waiting = open.edit(item.id, edit).await.unwrap();
    assert_eq!((waiting.title.as_str(), waiting.waiting.is_some()), ("Example", true));
    let mut open = restart(open, dir.path()).await;
    assert!(open.matching(&origin("https://other.example")).is_empty());
    assert_eq!(open.waiting().len(), 1);
    let reseal = open.reseal(item.id).await.unwrap().unwrap();
    let seal = open.seals(item.id, &[item.fields[0].id]).await.unwrap().remove(0);
    let mut opened = seal.open(&*APPROVER).await.unwrap();
    (opened.meaning.title, opened.meaning.sites) = (reseal.metadata.title.clone(), reseal.metadata.sites.clone());
    let seal = FieldSeal::make(APPROVER.public(), &opened.content_key, &opened.meaning).unwrap();
    open.apply_reseal(&reseal, vec![(item.fields[0].id, seal)]).await.unwrap();
    let open = restart(open, dir.path()).await;
    assert_eq!(open.matching(&origin("https://other.example")).len(), 1);
    assert_eq!((open.waiting().len(), open.reseal(item.id).await.unwrap()), (0, None));
    let key = approve(&open, item.id, item.fields[0].id).await;
    assert_eq!(open.open_fields(item.id, &[key]).await.unwrap().remove(0).value, secret("hunter2"));
}

#[tokio::test]
async fn the_file_names_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut open = new(dir.path()).await;
    for sealed in [false, true] {
        if sealed {
            pair_phone(&mut open).await;
        }
        open.add(login(
            "Unmistakable title",
            "unmistakable-site.example",
            "unmistakable-user",
            "unmistakable-password",
        ))
        .await
        .unwrap();
    }
    for text in ["nmistakable", PASSPHRASE] {
        assert!(!holds(&raw(dir.path()), text.as_bytes()), "{text}");
    }
}

/// Every encrypted column of every row.
async fn blobs(open: &OpenStore) -> Vec<Vec<u8>> {
    let mut connection = open.store.0.connection.lock().await;
    let query = "SELECT head FROM records UNION ALL SELECT summary FROM records UNION ALL SELECT data FROM fields";
    sqlx::query_scalar(query).fetch_all(&mut *connection).await.unwrap()
}

#[tokio::test]
async fn the_first_pairing_leaves_no_old_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let mut open = new(dir.path()).await;
    assert!(matches!(open.seal_everything().await, Err(Error::NoApprover)));
    let mut items = Vec::new();
    for n in 0..30 {
        let item = open.add(login(&format!("Item {n}"), "example.com", "me", &format!("first {n}"))).await.unwrap();
        items.push(open.edit(item.id, new_value(&item, &format!("second {n}"))).await.unwrap());
    }
    open.remove(items[29].id).await.unwrap();
    let old = blobs(&open).await;
    let before = raw(dir.path());
    assert!(old.len() == 90 && old.iter().all(|blob| holds(&before, &blob[..32])));
    pair_phone(&mut open).await;
    let backup = dir.path().join("vault-before-version-0.db");
    std::fs::write(&backup, "old values").unwrap();
    // So does a damaged store that was put aside, and its log.
    let aside = ["vault-damaged-1.db", "vault-damaged-1.db-wal"].map(|name| dir.path().join(name));
    for path in &aside {
        std::fs::write(path, "old values").unwrap();
    }
    let sealed = open.seal_everything().await.unwrap();
    assert_eq!((sealed.values, open.not_sealed()), (60, 0));
    assert_eq!(sealed.backups, [&[backup.clone()][..], &aside].concat());
    let left = raw(dir.path());
    for blob in &old {
        for part in blob.chunks_exact(32) {
            assert!(!holds(&left, part));
        }
    }
    assert_eq!(std::fs::metadata(dir.path().join("vault.db-wal")).unwrap().len(), 0);
    assert!(blobs(&open).await.iter().all(|blob| holds(&left, &blob[..32])));
    assert_eq!(open.seal_everything().await.unwrap().values, 0);

    let mut open = restart(open, dir.path()).await;
    // A backup from before is listed until it is deleted; one that is made now is sealed and is not.
    std::fs::write(dir.path().join("vault-before-version-9.db"), "sealed values").unwrap();
    // What is put aside now holds what is sealed, and what was saved since the backup: it is nothing to be deleted.
    std::fs::write(dir.path().join("vault-damaged-2.db"), "sealed values").unwrap();
    assert_eq!(open.old_backups(), [&backup, &aside[0], &aside[1]].map(|path| path.display().to_string()));
    for path in aside.iter().chain([&backup]) {
        std::fs::remove_file(path).unwrap();
    }
    assert_eq!(open.old_backups(), Vec::<String>::new());
    open.restore(items[29].id).await.unwrap();
    for (n, item) in items.iter().enumerate() {
        let key = approve(&open, item.id, item.fields[0].id).await;
        assert_eq!(open.open_fields(item.id, &[key]).await.unwrap().remove(0).value, secret(&format!("second {n}")));
    }
}

#[tokio::test]
async fn an_interrupted_purge_is_finished_at_the_next_start() {
    let dir = tempfile::tempdir().unwrap();
    let mut open = new(dir.path()).await;
    let item = open.add(login("Example", "example.com", "me", "x".repeat(4000).as_str())).await.unwrap();
    let old = blobs(&open).await;
    // What a crash between commit and purge leaves: new rows, a note, and the old bytes in the log.
    let mut connection = open.store.0.connection.lock().await;
    let read = open.folder.read_item(&mut connection, item.id).await.unwrap();
    open.folder.write(&mut connection, &countersign_vault::record::Record::Item(Box::new(read))).await.unwrap();
    database::demand_purge(&mut connection).await.unwrap();
    drop(connection);
    assert!(old.iter().all(|blob| holds(&raw(dir.path()), &blob[..32])));
    let open = restart(open, dir.path()).await;
    assert!(!old.iter().any(|blob| holds(&raw(dir.path()), &blob[..32])));
    assert_eq!(open.count(), 1);
}

#[tokio::test]
async fn a_full_disk_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut open = new(dir.path()).await;
    let item = open.add(login("Example", "example.com", "me", "first")).await.unwrap();
    let limit = async |open: &OpenStore, pages: i64| {
        let mut connection = open.store.0.connection.lock().await;
        let query = format!("PRAGMA max_page_count = {pages}");
        let _: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(query)).fetch_one(&mut *connection).await.unwrap();
    };
    limit(&open, 1).await;
    let error = open.edit(item.id, new_value(&item, &"x".repeat(60_000))).await.unwrap_err();
    assert!(matches!(error, Error::Full), "{error:?}");
    assert_eq!((error.fault(), open.store().faults()), (Fault::DiskFull, vec![Fault::DiskFull]));
    open.store().recheck().await;
    assert_eq!(open.store().faults(), [], "a small write has room");
    assert_eq!(open.item(item.id).unwrap(), item);
    assert_eq!(value(&open, item.id, item.fields[0].id).await, secret("first"));
    limit(&open, 1_000_000).await;
    open.edit(item.id, new_value(&item, "second")).await.unwrap();
    assert_eq!(value(&open, item.id, item.fields[0].id).await, secret("second"));
}

#[tokio::test]
async fn a_read_only_file_is_said_to_be_one() {
    let dir = tempfile::tempdir().unwrap();
    let mut open = new(dir.path()).await;
    open.store.0.connection.lock().await.execute("PRAGMA query_only = ON").await.unwrap();
    let error = open.add(login("Example", "example.com", "me", "x")).await.unwrap_err();
    assert!(matches!(error, Error::ReadOnly), "{error:?}");
    assert_eq!(open.count(), 0);
}

#[tokio::test]
async fn rows_that_were_moved_or_changed_are_noticed() {
    let changes = [
        "UPDATE fields SET data = (SELECT data FROM fields AS other WHERE other.item <> fields.item)",
        "UPDATE records SET head = (SELECT head FROM records AS other WHERE other.item <> records.item)",
        "UPDATE records SET version = version + 1",
        "UPDATE fields SET data = zeroblob(100)",
        "UPDATE fields SET data = x''",
    ];
    for change in changes {
        let dir = tempfile::tempdir().unwrap();
        let mut open = new(dir.path()).await;
        let item = open.add(login("One", "example.com", "me", "x")).await.unwrap();
        open.add(login("Two", "example.com", "me", "y")).await.unwrap();
        open.store.0.connection.lock().await.execute(change).await.unwrap();
        let edit = open.edit(item.id, new_value(&item, "z")).await;
        assert!(matches!(edit, Err(Error::Corrupt(_) | Error::Seal(_))), "{change}: {edit:?}");
    }
}

/// A value of this item cannot be read any more; what is listed of it can.
async fn damage(open: &OpenStore, item: ItemId) {
    let mut connection = open.store.0.connection.lock().await;
    let query = sqlx::query("UPDATE fields SET data = zeroblob(100) WHERE item = ?").bind(item.as_bytes().to_vec());
    query.execute(&mut *connection).await.unwrap();
}

#[tokio::test]
async fn a_damaged_item_keeps_the_first_pairing_from_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let mut open = new(dir.path()).await;
    let sound = open.add(login("Sound", "example.com", "me", "first")).await.unwrap();
    let damaged = open.add(login("Damaged", "example.com", "me", "second")).await.unwrap();
    damage(&open, damaged.id).await;
    pair_phone(&mut open).await;
    assert_eq!(open.seal_everything().await.unwrap().values, 1);
    assert_eq!(open.item(sound.id).unwrap().fields[0].guard, Guard::Sealed);
    assert_eq!(open.not_sealed(), 1);
}

#[tokio::test]
async fn a_cut_or_exchanged_log_is_noticed() {
    for change in
        ["DELETE FROM log WHERE sequence = 2", "DELETE FROM secrets WHERE name = 'log-head'", "DELETE FROM log"]
    {
        let dir = tempfile::tempdir().unwrap();
        let mut open = new(dir.path()).await;
        pair_phone(&mut open).await;
        open.store.0.connection.lock().await.execute(change).await.unwrap();
        drop(open);
        let store = Store::open(dir.path()).await.unwrap();
        let outcome = store.unlock(secret(PASSPHRASE), &Keystore::absent()).await;
        assert!(matches!(outcome, Err(Error::Corrupt(_))), "{change}: {outcome:?}");
    }
}

#[tokio::test]
async fn settings_and_pending_requests_stay() {
    let dir = tempfile::tempdir().unwrap();
    let open = new(dir.path()).await;
    let store = open.store().clone();
    let relay = origin("https://relay.example");
    let request = |n: u8| PendingRequest {
        id: RequestId([n; 16]),
        phone: DeviceId([n; 32]),
        created: UnixMillis(100 - u64::from(n)),
    };
    assert_eq!(store.relay().await.unwrap(), None);
    store.set_relay(Some(&relay)).await.unwrap();
    for n in [1, 2, 3] {
        store.add_pending(request(n)).await.unwrap();
    }
    store.remove_pending(RequestId([2; 16])).await.unwrap();
    drop((open, store));
    let store = Store::open(dir.path()).await.unwrap();
    assert_eq!(store.relay().await.unwrap(), Some(relay));
    assert_eq!(store.pending().await.unwrap(), [request(3), request(1)]);
    store.set_relay(None).await.unwrap();
    assert_eq!(store.relay().await.unwrap(), None);
}

#[tokio::test]
async fn debug_shows_no_secret() {
    let dir = tempfile::tempdir().unwrap();
    let mut open = new(dir.path()).await;
    open.add(login("Unmistakable", "example.com", "me", "hunter2")).await.unwrap();
    let text = format!("{open:?}");
    assert!(text.contains("Key256(…)") && text.contains("Index(1 items)"), "{text}");
    assert!(!text.contains("hunter2") && !text.contains("Unmistakable"));
}
