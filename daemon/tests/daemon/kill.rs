//! `kill -9` at any moment while items are written: the store opens, what was answered is there, and each item is whole. And at any moment of the first
//! pairing: whatever was sealed stays sealed, and in the end nothing plain is left on the disk.

use crate::{
    browser::now,
    chance::Chance,
    desk::{Desk, PASSPHRASE, Relay, SITE, login, secret},
    phone::Phone,
    thief::{all_bytes, record_bytes},
};
use countersign_daemon::{
    store::{OpenStore, Store},
    unlock::Keystore,
};
use countersign_seal::id::ItemId;
use countersign_vault::item::ItemDraft;
use countersign_wire::{
    control::{Command, Report},
    native::{Packet, from_data, to_data},
};
use std::{
    collections::{BTreeMap, HashSet},
    fs,
    path::Path,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::{sync::watch, time::sleep};

#[tokio::test(flavor = "multi_thread")]
async fn writes_survive_kills() {
    writes(1, Duration::from_secs(3)).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "soak: kills a writing daemon for two minutes"]
async fn soak_writes_survive_kills() {
    writes(now().0, Duration::from_secs(120)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_pairing_survives_a_kill() {
    first_pairings(2, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "soak: kills daemons during forty first pairings"]
async fn soak_the_first_pairing_survives_kills() {
    first_pairings(now().0, 40).await;
}

/// Title, user name and password of an item all carry this number, which changes with each edit: a half item would carry two.
type Stamp = u64;

/// What was answered, and the one write whose answer never came.
#[derive(Default)]
struct Model {
    items: BTreeMap<ItemId, Stamp>,
    open: Option<Write>,
    stamp: Stamp,
}

#[derive(Debug, Clone, Copy)]
enum Write {
    Add(Stamp),
    Edit(ItemId, Stamp),
    Remove(ItemId),
}

async fn writes(seed: u64, time: Duration) {
    let mut chance = Chance::from_seed(seed);
    let mut desk = Desk::start(None).await;
    let (mut model, end, mut kills, mut written) = (Model::default(), Instant::now() + time, 0, 0);
    // A kill waits for answers, and a while on top of that: on a busy machine a write may take longer than any pause that was chosen beforehand.
    while kills < 3 || written <= kills || Instant::now() < end {
        let (answered, mut answers) = watch::channel(0);
        let (wanted, pause) = (chance.below(4), Duration::from_millis(chance.below(120)));
        let pid = nix::unistd::Pid::from_raw(i32::try_from(desk.pid()).unwrap());
        let killing = async {
            answers.wait_for(|count| *count >= wanted).await.unwrap();
            sleep(pause).await;
            nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).unwrap();
        };
        tokio::join!(write_until_killed(&desk, &mut model, &mut chance, &answered), killing);
        written += *answered.borrow();
        kills += 1;
        while !desk.has_ended() {
            sleep(Duration::from_millis(2)).await;
        }
        check(&desk.data(), &mut model).await;
        desk.kill_and_restart().await;
        desk.unlock().await;
    }
}

/// Writes one thing after the other until no answer comes, and counts the answers.
async fn write_until_killed(desk: &Desk, model: &mut Model, chance: &mut Chance, answered: &watch::Sender<u64>) {
    loop {
        model.stamp += 1;
        let items: Vec<ItemId> = model.items.keys().copied().collect();
        let write = match chance.below(10) {
            0..4 => Write::Add(model.stamp),
            _ if items.is_empty() => Write::Add(model.stamp),
            4 => Write::Remove(*chance.of(&items)),
            _ => Write::Edit(*chance.of(&items), model.stamp),
        };
        model.open = Some(write);
        let Some(report) = attempt(desk, write).await else { return };
        model.open = None;
        answered.send_modify(|count| *count += 1);
        match (write, report) {
            (Write::Add(stamp), Report::Item(item)) => drop(model.items.insert(item.id, stamp)),
            (Write::Edit(item, stamp), Report::Item(_)) => drop(model.items.insert(item, stamp)),
            (Write::Remove(item), Report::Done) => drop(model.items.remove(&item)),
            other => panic!("{other:?}"),
        }
    }
}

/// The answer; `None` if the daemon is gone.
async fn attempt(desk: &Desk, write: Write) -> Option<Report> {
    let (mut receiver, mut sender) = countersign_wire::socket::connect(&desk.socket()).await.ok()?;
    let command = match write {
        Write::Add(stamp) => Command::Add(stamped(stamp)),
        Write::Edit(item, stamp) => Command::Edit { item, draft: stamped_edit(desk, item, stamp).await? },
        Write::Remove(item) => Command::Remove { item },
    };
    sender.send(&Packet::Command { data: to_data(&command).unwrap() }).await.ok()?;
    match receiver.receive().await.ok()?? {
        Packet::Report { data } => Some(from_data(&data, "report").unwrap()),
        other => panic!("{other:?}"),
    }
}

fn stamped(stamp: Stamp) -> ItemDraft {
    let mut draft = login(&format!("Item {stamp}"), SITE, &format!("value {stamp}"));
    draft.username = format!("me {stamp}");
    draft
}

/// Changes everything, with the field that the item has.
async fn stamped_edit(desk: &Desk, item: ItemId, stamp: Stamp) -> Option<ItemDraft> {
    let (mut receiver, mut sender) = countersign_wire::socket::connect(&desk.socket()).await.ok()?;
    let list = Command::List { query: String::new() };
    sender.send(&Packet::Command { data: to_data(&list).unwrap() }).await.ok()?;
    let Packet::Report { data } = receiver.receive().await.ok()?? else { panic!("no report") };
    let Report::Items(items) = from_data(&data, "report").unwrap() else { panic!("no items") };
    let mut draft = stamped(stamp);
    draft.fields[0].id = Some(items.iter().find(|found| found.id == item).unwrap().fields[0].id);
    Some(draft)
}

/// Holds the store, opened as the daemon opens it, to what was answered.
async fn check(data: &Path, model: &mut Model) {
    let (_copy, open) = open(data).await;
    let found = contents(&open).await;
    let mut expected = model.items.clone();
    match model.open.take() {
        Some(Write::Add(stamp)) => {
            if let Some((id, _)) = found.iter().find(|(id, found)| **found == stamp && !expected.contains_key(id)) {
                expected.insert(*id, stamp);
            }
        }
        Some(Write::Edit(item, stamp)) if found.get(&item) == Some(&stamp) => {
            expected.insert(item, stamp);
        }
        Some(Write::Remove(item)) if !found.contains_key(&item) => {
            expected.remove(&item);
        }
        Some(Write::Edit(..) | Write::Remove(_)) | None => {}
    }
    assert_eq!(found, expected);
    model.items = expected;
}

/// Opens a copy: the next daemon wants the store for itself.
async fn open(data: &Path) -> (TempDir, OpenStore) {
    let copy = tempfile::tempdir().unwrap();
    for entry in fs::read_dir(data).unwrap().map(Result::unwrap) {
        fs::copy(entry.path(), copy.path().join(entry.file_name())).unwrap();
    }
    let store = Store::open(copy.path()).await.unwrap();
    (copy, store.unlock(secret(PASSPHRASE), &Keystore::absent()).await.unwrap())
}

/// Every item's stamp; fails for an item that carries two.
async fn contents(open: &OpenStore) -> BTreeMap<ItemId, Stamp> {
    let mut found = BTreeMap::new();
    for item in open.items("", 0, usize::MAX).0 {
        let stamp: Stamp = item.title.strip_prefix("Item ").unwrap().parse().unwrap();
        let value = open.open_local(item.id, &[item.fields[0].id]).await.unwrap().remove(0).value;
        assert_eq!((item.username, value), (format!("me {stamp}"), secret(&format!("value {stamp}"))));
        found.insert(item.id, stamp);
    }
    found
}

const ITEMS: u32 = 30;
/// Bytes of ciphertext that do not come again by chance.
const PART: usize = 16;

async fn first_pairings(seed: u64, rounds: u32) {
    let mut chance = Chance::from_seed(seed);
    for _ in 0..rounds {
        first_pairing(Duration::from_millis(chance.below(150))).await;
    }
}

/// Pairs the first phone, and kills the daemon a while after the phone became the approver.
async fn first_pairing(pause: Duration) {
    let relay = Relay::start().await;
    let mut desk = Desk::start(Some(&relay)).await;
    for stamp in 0..ITEMS {
        assert!(matches!(desk.report(Command::Add(stamped(stamp.into()))).await, Report::Item(_)));
    }
    let plain = record_bytes(&desk).await;
    let parts: HashSet<&[u8]> = plain.iter().flat_map(|bytes| bytes.chunks_exact(PART)).collect();
    assert!(plain.len() > ITEMS.try_into().unwrap() && left(&desk, &parts) == parts.len());
    let mut phone = Phone::joined(&desk).await;
    phone.become_approver().await;
    sleep(pause).await;
    desk.kill_and_restart().await;
    desk.unlock().await;
    // What was left to do is done by the daemon itself, with nobody asking for it.
    desk.wait_for(|status| status.status.phone && status.not_sealed == 0).await;
    assert_eq!(desk.status(Command::Status).await.items, ITEMS);
    assert_eq!(left(&desk, &parts), 0, "what was written before the pairing is still there");
}

/// How many of these parts lie anywhere on the desk's disk.
fn left(desk: &Desk, parts: &HashSet<&[u8]>) -> usize {
    let bytes = all_bytes(&desk.data());
    bytes.windows(PART).filter(|part| parts.contains(part)).collect::<HashSet<_>>().len()
}
