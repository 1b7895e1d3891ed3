use super::*;
use crate::{
    field::Lock,
    item::{FieldDraft, ItemDraft},
};
use countersign_seal::{
    field::{FieldKind, OpenedSeal},
    id::DeviceId,
    native::NativeApprover,
    origin::{Origin, SiteRule},
    secret::SecretBytes,
};
use proptest::prelude::*;
use std::{
    pin::pin,
    sync::LazyLock,
    task::{Context, Poll, Waker},
};

static APPROVER: LazyLock<NativeApprover> = LazyLock::new(|| NativeApprover::make().unwrap());
const ACCOUNT: AccountId = AccountId([9; 32]);

fn run<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a native future waits for nothing"),
    }
}

fn clock(millis: u64) -> Clock {
    Clock { millis, counter: 0, device: DeviceId([1; 32]) }
}

fn alone(millis: u64) -> Writer<'static> {
    Writer { account: ACCOUNT, clock: clock(millis), approver: None }
}

fn sealing(millis: u64) -> Writer<'static> {
    Writer { account: ACCOUNT, clock: clock(millis), approver: Some(APPROVER.public()) }
}

fn site(origin: &str) -> Site {
    Site::exact(Origin::parse(origin).unwrap())
}

fn secret(text: &str) -> SecretBytes {
    SecretBytes::from(String::from(text))
}

fn draft(title: &str, fields: Vec<FieldDraft>) -> CheckedDraft {
    let metadata =
        MetadataDraft { title: title.into(), sites: vec![site("https://example.com")], policy: Policy::default() };
    ItemDraft { kind: ItemKind::Login, metadata, username: "me".into(), fields, identity: None }.try_into().unwrap()
}

fn password(id: Option<FieldId>, value: &str) -> FieldDraft {
    FieldDraft { id, kind: FieldKind::Password, value: secret(value) }
}

fn login(writer: &Writer<'_>) -> Item {
    Item::make(draft("Example", vec![password(None, "first")]), writer).unwrap()
}

fn open(seal: &FieldSeal) -> OpenedSeal {
    run(seal.open(&*APPROVER)).unwrap()
}

/// What a phone does: opens each seal and seals its content key with the new meaning.
fn answer(item: &Item, reseal: &Reseal) -> Vec<(FieldId, FieldSeal)> {
    let fields = reseal.fields.iter().map(|(id, _)| item.field(*id).unwrap());
    fields
        .map(|field| {
            let OpenedSeal { content_key, mut meaning } = open(field.seal().unwrap());
            let MetadataDraft { title, sites, policy } = reseal.metadata.clone();
            (meaning.title, meaning.sites, meaning.policy) = (title, sites, policy);
            (field.id, FieldSeal::make(APPROVER.public(), &content_key, &meaning).unwrap())
        })
        .collect()
}

#[test]
fn without_a_phone_values_are_local_and_edits_apply_at_once() {
    let mut item = login(&alone(1));
    let id = item.fields[0].id;
    assert_eq!(item.field(id).unwrap().open_local(ACCOUNT, item.head.id).unwrap(), secret("first"));
    assert_eq!(item.field(id).unwrap().seal(), Err(Error::NotSealed));
    item.edit(draft("Renamed", vec![password(Some(id), "second")]), &alone(2)).unwrap();
    let summary = item.summary();
    assert_eq!((summary.title.as_str(), summary.waiting, summary.changed), ("Renamed", None, UnixMillis(2)));
    assert_eq!((summary.fields[0].version, summary.fields[0].guard), (2, Guard::NotSealed));
    assert_eq!(item.field(id).unwrap().open_local(ACCOUNT, item.head.id).unwrap(), secret("second"));
    assert_eq!(item.field(id).unwrap().history().len(), 1);
    assert_eq!((item.head.version, item.head.past_titles()[0].value.as_str()), (2, "Example"));
}

#[test]
fn fields_of_one_draft_stand_by_what_they_are() {
    let seed = "otpauth://totp/Example?secret=JBSWY3DPEHPK3PXP";
    let seed = FieldDraft { id: None, kind: FieldKind::OneTimeCodeSeed, value: secret(seed) };
    for _ in 0..8 {
        let item = Item::make(draft("Example", vec![seed.clone(), password(None, "first")]), &alone(1)).unwrap();
        let kinds: Vec<_> = item.fields.iter().map(|field| field.kind).collect();
        assert_eq!(kinds, [FieldKind::Password, FieldKind::OneTimeCodeSeed]);
    }
}

#[test]
fn with_a_phone_values_are_sealed_at_once() {
    let item = login(&sealing(1));
    let field = &item.fields[0];
    assert_eq!(field.open_local(ACCOUNT, item.head.id), Err(Error::Sealed));
    let opened = open(field.seal().unwrap());
    assert_eq!((opened.meaning.title.as_str(), opened.meaning.kind), ("Example", FieldKind::Password));
    assert_eq!(opened.meaning.address.version, 1);
    assert_eq!(field.open(ACCOUNT, item.head.id, 1, &opened.content_key).unwrap(), secret("first"));
    assert_eq!(field.open(ACCOUNT, item.head.id, 2, &opened.content_key), Err(Error::NoSuchField));
    assert!(field.open(ACCOUNT, ItemId([0; 16]), 1, &opened.content_key).is_err());
}

#[test]
fn an_edit_of_what_stands_in_seals_waits_for_the_phone() {
    let mut item = login(&sealing(1));
    let mut edit = draft("Renamed", vec![]);
    edit.username = "you".into();
    item.edit(edit, &sealing(2)).unwrap();
    let summary = item.summary();
    assert_eq!((summary.title.as_str(), summary.username.as_str()), ("Example", "you"));
    assert_eq!(summary.waiting.as_ref().unwrap().title, "Renamed");

    // A value that is written meanwhile is sealed as what is in force.
    let id = item.fields[0].id;
    let reseal = item.reseal().unwrap();
    assert_eq!(reseal.fields, [(id, clock(1))]);
    let seals = answer(&item, &reseal);
    item.edit(draft("Renamed", vec![password(Some(id), "second")]), &sealing(3)).unwrap();
    assert_eq!(open(item.fields[0].seal().unwrap()).meaning.title, "Example");

    // So after the answer one seal is still of old metadata, and the phone is asked again.
    item.apply_reseal(&reseal, seals, &sealing(4)).unwrap();
    assert_eq!(item.summary().title, "Renamed");
    let again = item.reseal().unwrap();
    assert_eq!(again.fields, [(id, clock(3))]);
    let seals = answer(&item, &again);
    item.apply_reseal(&again, seals, &sealing(5)).unwrap();
    assert_eq!((item.summary().waiting, item.reseal()), (None, None));
    let opened = open(item.fields[0].seal().unwrap());
    assert_eq!(opened.meaning.title, "Renamed");
    assert_eq!(item.fields[0].open(ACCOUNT, item.head.id, 2, &opened.content_key).unwrap(), secret("second"));
}

const COUNTED: &str = "otpauth://hotp/Example?secret=JBSWY3DPEHPK3PXP&counter=";

fn seed(id: Option<FieldId>, counter: u64) -> FieldDraft {
    FieldDraft { id, kind: FieldKind::OneTimeCodeSeed, value: secret(&format!("{COUNTED}{counter}")) }
}

/// A login with a counter-based seed, in this order.
fn counted(writer: &Writer<'_>) -> Item {
    Item::make(draft("Example", vec![password(None, "first"), seed(None, 5)]), writer).unwrap()
}

#[test]
fn a_counter_stands_beside_the_sealed_seed_and_is_spent_once() {
    for writer in [alone, sealing] {
        let mut item = counted(&writer(1));
        let (password, id) = (item.fields[0].id, item.fields[1].id);
        let counter = |item: &Item| item.field(id).unwrap().current().counter;
        assert_eq!((counter(&item), item.fields[0].current().counter), (Some(5), None));
        item.spend(id, 5).unwrap();
        assert_eq!((counter(&item), item.head.version), (Some(6), 2));
        let before = item.clone();
        assert_eq!(item.spend(id, 5), Err(Error::CounterSpent));
        assert_eq!(item.spend(id, 0), Err(Error::CounterSpent));
        assert_eq!(item.spend(id, u64::MAX), Err(Error::CounterSpent), "there is none after it");
        assert_eq!(item.spend(password, 0), Err(Error::NoCounter));
        assert_eq!(item.spend(FieldId([0; 16]), 0), Err(Error::NoSuchField));
        assert_eq!(item, before);
        // One that another device made codes of meanwhile.
        item.spend(id, 9).unwrap();
        assert_eq!(counter(&item), Some(10));
    }
}

#[test]
fn a_counter_outlives_the_first_pairing_and_another_seed_has_its_own() {
    let mut item = counted(&alone(1));
    let id = item.fields[1].id;
    item.spend(id, 5).unwrap();
    item.seal_everything(&sealing(2)).unwrap();
    let field = item.field(id).unwrap();
    assert_eq!((field.current().guard(), field.current().counter), (Guard::Sealed, Some(6)));
    item.edit(draft("Example", vec![seed(Some(id), 1)]), &sealing(3)).unwrap();
    let field = item.field(id).unwrap();
    assert_eq!((field.current().counter, field.history()[0].counter), (Some(1), Some(6)));
    let by_time = FieldDraft { value: secret("JBSWY3DPEHPK3PXP"), ..seed(Some(id), 0) };
    item.edit(draft("Example", vec![by_time]), &sealing(4)).unwrap();
    assert_eq!(item.field(id).unwrap().current().counter, None);
    assert_eq!(item.spend(id, 6), Err(Error::NoCounter));
}

#[test]
fn counters_merge_by_maximum_whoever_wrote_last() {
    let base = counted(&alone(1));
    let id = base.fields[1].id;
    let (mut a, mut b) = (base.clone(), base);
    (5..=8).for_each(|counter| a.spend(id, counter).unwrap());
    b.spend(id, 5).unwrap();
    b.edit(draft("Renamed", vec![]), &alone(9)).unwrap();
    // Sealing it later does not bring the lower counter back.
    b.seal_everything(&sealing(10)).unwrap();
    for both in [merged(&a, &b), merged(&b, &a)] {
        let value = both.field(id).unwrap().current();
        assert_eq!((value.counter, value.guard()), (Some(9), Guard::Sealed));
    }
}

#[test]
fn a_reseal_takes_all_that_was_asked_for_or_nothing() {
    let mut item = login(&sealing(1));
    item.edit(
        draft("Renamed", vec![FieldDraft { id: None, kind: FieldKind::Note, value: secret("note") }]),
        &sealing(2),
    )
    .unwrap();
    let reseal = item.reseal().unwrap();
    let seals = answer(&item, &reseal);
    let before = item.clone();
    assert_eq!(item.apply_reseal(&reseal, seals[..1].to_vec(), &sealing(3)), Err(Error::NoSuchField));
    let twice = vec![seals[0].clone(), seals[0].clone()];
    assert_eq!(item.apply_reseal(&reseal, twice, &sealing(3)), Err(Error::NoSuchField));
    assert_eq!(item, before);
    item.discard_waiting(&sealing(4));
    assert_eq!((item.summary().title.as_str(), item.summary().waiting), ("Example", None));
}

#[test]
fn undoing_an_edit_ends_the_wait() {
    let mut item = login(&sealing(1));
    item.edit(draft("Renamed", vec![]), &sealing(2)).unwrap();
    item.edit(draft("Example", vec![]), &sealing(3)).unwrap();
    assert_eq!(item.reseal(), None);
}

#[test]
fn an_edit_that_fails_changes_nothing() {
    let mut item = login(&sealing(1));
    let (before, id) = (item.clone(), item.fields[0].id);
    let note = FieldDraft { id: Some(id), kind: FieldKind::Note, value: secret("x") };
    assert_eq!(item.edit(draft("Renamed", vec![note]), &sealing(2)), Err(Error::InvalidDraft(Rule::Kind)));
    let twice = Error::InvalidDraft(Rule::OneOnly(FieldKind::Password));
    assert_eq!(item.edit(draft("Renamed", vec![password(None, "x")]), &sealing(2)), Err(twice));
    let missing = password(Some(FieldId([0; 16])), "x");
    assert_eq!(item.edit(draft("Renamed", vec![missing]), &sealing(2)), Err(Error::NoSuchField));
    let notes = |n| (0..n).map(|_| FieldDraft { id: None, kind: FieldKind::Note, value: secret("x") }).collect();
    assert_eq!(item.edit(draft("Renamed", notes(32)), &sealing(2)), Err(Error::InvalidDraft(Rule::TooManyFields)));
    let mut card = draft("Renamed", vec![]);
    card.kind = ItemKind::Card;
    assert_eq!(item.edit(card, &sealing(2)), Err(Error::InvalidDraft(Rule::Kind)));
    assert_eq!(item, before);
}

#[test]
fn the_first_pairing_seals_everything_under_fresh_keys() {
    let mut item = login(&alone(1));
    let id = item.fields[0].id;
    item.edit(draft("Renamed", vec![password(Some(id), "second")]), &alone(2)).unwrap();
    let before = item.clone();
    assert_eq!((item.not_sealed(), item.seal_everything(&alone(3)).unwrap()), (2, 0));
    assert_eq!(item.seal_everything(&sealing(3)).unwrap(), 2);
    assert_eq!((item.not_sealed(), item.seal_everything(&sealing(4)).unwrap()), (0, 0));
    let (old, new) = (&before.fields[0], &item.fields[0]);
    let values = |field: &Field| [vec![field.current().clone()], field.history().to_vec()].concat();
    for ((old, new), text) in values(old).iter().zip(values(new)).zip(["second", "first"]) {
        assert_eq!((new.version, new.written), (old.version, old.written));
        assert_ne!(new.ciphertext, old.ciphertext);
        let (Lock::Sealed { seal, .. }, Lock::Local { content_key: old_key }) = (&new.lock, &old.lock) else {
            panic!()
        };
        let opened = open(seal);
        assert_ne!(opened.content_key, *old_key);
        assert_eq!((opened.meaning.title.as_str(), opened.meaning.address.version), ("Renamed", new.version));
        assert_eq!(item.fields[0].open(ACCOUNT, item.head.id, new.version, &opened.content_key).unwrap(), secret(text));
        assert!(item.fields[0].open(ACCOUNT, item.head.id, new.version, old_key).is_err());
    }
    // From now on the seals hold the title.
    item.edit(draft("Again", vec![]), &sealing(5)).unwrap();
    assert_eq!((item.summary().title.as_str(), item.summary().waiting.is_some()), ("Renamed", true));
}

#[test]
fn a_removed_item_is_restored_or_purged() {
    let mut item = login(&alone(1));
    item.remove(&alone(1000));
    let removed = item.clone();
    assert_eq!(item.head.removed(), Some(UnixMillis(1000)));
    item.restore(&alone(2000));
    assert_eq!(item.head.removed(), None);
    let mut record = Record::Item(Box::new(item));
    assert!(!record.purge(clock(RESTORE_MILLIS * 2)));
    let mut record = Record::Item(Box::new(removed.clone()));
    assert!(!record.purge(clock(999 + RESTORE_MILLIS)));
    assert!(record.purge(clock(1000 + RESTORE_MILLIS)));
    record.merge(Record::Item(Box::new(removed.clone()))).unwrap();
    assert_eq!(record, Record::Purged { id: removed.head.id, clock: clock(1000 + RESTORE_MILLIS) });
}

#[test]
fn search_finds_titles_names_and_sites() {
    let summary = login(&alone(1)).summary();
    for query in ["", "  ", "exam", "EXAMPLE", "me", "ample.c"] {
        assert!(summary.contains(query), "{query}");
    }
    assert!(!summary.contains("other") && !summary.contains("first"));
    assert!(summary.allows(&Origin::parse("https://example.com").unwrap()));
    assert!(!summary.allows(&Origin::parse("https://www.example.com").unwrap()));
}

#[test]
fn debug_shows_no_value() {
    let item = login(&alone(1));
    let Lock::Local { content_key } = &item.fields[0].current().lock else { panic!() };
    let text = format!("{item:?}");
    assert!(text.contains("Key256(…)") && !text.contains("first"));
    assert!(!text.contains(&format!("{:?}", content_key.expose())));
}

// Merging. Ten writes by three devices, in any split between copies: the result is the same in whatever order copies meet.

/// A step of a device's life; small numbers, so that devices meet.
#[derive(Debug, Clone)]
enum Step {
    Title(u8),
    Sites(u8),
    Username(u8),
    Password(u8),
    Note(u8),
    Seed(u8),
    Spend(u8),
    Remove,
    Restore,
    Seal,
    Reseal,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        any::<u8>().prop_map(Step::Title),
        any::<u8>().prop_map(Step::Sites),
        any::<u8>().prop_map(Step::Username),
        any::<u8>().prop_map(Step::Password),
        any::<u8>().prop_map(Step::Note),
        any::<u8>().prop_map(Step::Seed),
        any::<u8>().prop_map(Step::Spend),
        any::<u8>().prop_map(Step::Spend),
        Just(Step::Remove),
        Just(Step::Restore),
        Just(Step::Seal),
        Just(Step::Reseal),
    ]
}

/// A seal takes long to make, and merging does not look inside: one is enough.
static SEAL: LazyLock<FieldSeal> = LazyLock::new(|| login(&sealing(1)).fields[0].seal().unwrap().clone());
static BASE: LazyLock<Item> = LazyLock::new(|| counted(&alone(1)));

fn apply(item: &mut Item, step: &Step, at: Clock) {
    let writer = Writer { account: ACCOUNT, clock: at, approver: None };
    let wanted = item.head.wanted();
    let mut edit = ItemDraft {
        kind: ItemKind::Login,
        metadata: wanted,
        username: item.summary().username,
        fields: vec![],
        identity: None,
    };
    match step {
        Step::Title(n) => edit.metadata.title = format!("title {n}"),
        Step::Sites(n) => {
            let rule = SiteRule::Domain { domain: format!("s{n}.example") };
            edit.metadata.sites.push(Site { rule, ..site(&format!("https://www.s{n}.example")) });
        }
        Step::Username(n) => edit.username = format!("user {n}"),
        Step::Password(n) => edit.fields.push(password(Some(item.fields[0].id), &format!("password {n}"))),
        Step::Note(n) => {
            edit.fields.push(FieldDraft { id: None, kind: FieldKind::Note, value: secret(&format!("note {n}")) })
        }
        Step::Seed(n) => edit.fields.push(seed(Some(item.fields[1].id), u64::from(n % 4))),
        Step::Spend(n) => {
            let field = &item.fields[1];
            let (id, stands) = (field.id, field.current().counter.unwrap());
            return item.spend(id, stands + u64::from(n % 4)).unwrap();
        }
        Step::Remove => return item.remove(&writer),
        Step::Restore => return item.restore(&writer),
        Step::Seal => return pretend_to_seal(item, at),
        Step::Reseal => {
            let Some(reseal) = item.reseal() else { return };
            let seals = reseal.fields.iter().map(|(id, _)| (*id, SEAL.clone())).collect();
            return item.apply_reseal(&reseal, seals, &writer).unwrap();
        }
    }
    // Too many sites or fields are refused, which is as good a step as any.
    if let Ok(edit) = edit.try_into() {
        drop(item.edit(edit, &writer));
    }
}

/// What [`Item::seal_everything`] leaves, without its cost.
fn pretend_to_seal(item: &mut Item, at: Clock) {
    let since = item.force().clock;
    let (id, mut fields) = (item.head.id, core::mem::take(&mut item.fields));
    for field in &mut fields {
        let place = Place { account: ACCOUNT, item: id, field: field.id, kind: field.kind, seal_with: None };
        let mut sealed = Field::make(&place, &secret("x"), None, at).unwrap().current().clone();
        sealed.written = field.current().written;
        sealed.version = field.current().version;
        sealed.lock = Lock::Sealed { seal: SEAL.clone(), metadata: since };
        let mut copy = field.clone();
        copy.replace_current(sealed);
        field.merge(copy).unwrap();
    }
    item.fields = fields;
}

/// Three copies of one item, each with a life of its own.
fn copies() -> impl Strategy<Value = [Item; 3]> {
    let life = || proptest::collection::vec((step(), 1u64..40), 0..8);
    [life(), life(), life()].prop_map(|lives| {
        let mut device = 0;
        lives.map(|life| {
            device += 1;
            let mut item = BASE.clone();
            let mut now = crate::clock::HybridClock::new(DeviceId([device; 32]));
            now.recall(item.latest());
            for (step, millis) in life {
                apply(&mut item, &step, now.tick(UnixMillis(millis)));
            }
            item
        })
    })
}

fn merged(a: &Item, b: &Item) -> Item {
    let mut a = a.clone();
    a.merge(b.clone()).unwrap();
    a
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn merging_is_a_join([a, b, c] in copies()) {
        prop_assert_eq!(merged(&a, &a), a.clone());
        prop_assert_eq!(merged(&a, &b), merged(&b, &a));
        prop_assert_eq!(merged(&merged(&a, &b), &c), merged(&a, &merged(&b, &c)));
    }

    #[test]
    fn merging_keeps_every_value([a, b, _c] in copies()) {
        let both = merged(&a, &b);
        for copy in [&a, &b] {
            for field in &copy.fields {
                let kept = both.field(field.id).unwrap();
                let written: Vec<_> = core::iter::once(kept.current()).chain(kept.history()).map(|value| value.written).collect();
                for value in core::iter::once(field.current()).chain(field.history()) {
                    prop_assert!(written.contains(&value.written));
                }
            }
            prop_assert!(both.latest() >= copy.latest());
        }
        let last = [&a, &b].map(|copy| (copy.head.title.clock(), copy.head.wanted().title)).into_iter().max().unwrap();
        prop_assert_eq!(both.head.wanted().title, last.1);
    }

    #[test]
    fn no_merge_lowers_a_counter([a, b, c] in copies()) {
        let all = merged(&merged(&a, &b), &c);
        let counters = |item: &Item| {
            let field = &item.fields[1];
            core::iter::once(field.current()).chain(field.history()).map(|value| (value.written, value.counter)).collect::<Vec<_>>()
        };
        for (written, counter) in counters(&all) {
            let of_copies = [&a, &b, &c].into_iter().flat_map(counters).filter(|(of, _)| *of == written);
            prop_assert_eq!(counter, of_copies.map(|(_, counter)| counter).max().unwrap());
        }
    }

    #[test]
    fn a_merge_never_widens_what_is_in_force([a, b, _c] in copies()) {
        let both = merged(&a, &b);
        if both.is_sealed() {
            let of = |item: &Item| item.head.in_force.clone();
            prop_assert!(of(&both) == of(&a) || of(&both) == of(&b));
        }
    }

    #[test]
    fn a_purge_wins_wherever_it_meets([a, b, c] in copies()) {
        let id = a.head.id;
        let records = [Record::Item(Box::new(a)), Record::Item(Box::new(b)), Record::Purged { id, clock: clock(50) }, Record::Item(Box::new(c))];
        let merge = |order: [usize; 4]| {
            let mut all = records[order[0]].clone();
            order[1..].iter().for_each(|n| all.merge(records[*n].clone()).unwrap());
            all
        };
        prop_assert_eq!(merge([0, 1, 2, 3]), merge([2, 3, 0, 1]));
        prop_assert_eq!(merge([3, 1, 0, 2]), Record::Purged { id, clock: clock(50) });
    }
}

#[test]
fn different_items_do_not_merge() {
    let (mut a, b) = (login(&alone(1)), login(&alone(2)));
    let before = a.clone();
    assert_eq!(a.merge(b.clone()), Err(Error::DifferentItems));
    assert_eq!(a, before);
    assert_eq!(Record::Item(Box::new(a)).merge(Record::Item(Box::new(b))), Err(Error::DifferentItems));
}

#[test]
fn two_values_of_one_version_both_open() {
    let base = login(&sealing(1));
    let id = base.fields[0].id;
    let (mut a, mut b) = (base.clone(), base);
    a.edit(draft("Example", vec![password(Some(id), "a")]), &sealing(2)).unwrap();
    b.edit(draft("Example", vec![password(Some(id), "b")]), &sealing(3)).unwrap();
    let both = merged(&a, &b);
    let field = both.field(id).unwrap();
    for (copy, text) in [(&a, "a"), (&b, "b")] {
        let key = open(copy.fields[0].seal().unwrap()).content_key;
        assert_eq!(field.open(ACCOUNT, both.head.id, 2, &key).unwrap(), secret(text));
    }
    assert_eq!((field.summary().version, field.history().len()), (2, 2));
    assert_eq!(field.seal(), b.fields[0].seal());
}

#[test]
fn a_new_seal_is_put_on_the_value_that_it_was_made_for() {
    let base = login(&sealing(1));
    let id = base.fields[0].id;
    let (mut a, mut b) = (base.clone(), base);
    a.edit(draft("Renamed", vec![password(Some(id), "a")]), &sealing(2)).unwrap();
    let reseal = a.reseal().unwrap();
    let seals = answer(&a, &reseal);
    b.edit(draft("Example", vec![password(Some(id), "b")]), &sealing(3)).unwrap();
    // Now another value of the same version is the current one.
    let mut both = merged(&a, &b);
    both.apply_reseal(&reseal, seals, &sealing(4)).unwrap();
    let field = both.field(id).unwrap();
    let key = |seal: &FieldSeal| open(seal).content_key;
    assert_eq!(field.open(ACCOUNT, both.head.id, 2, &key(field.seal().unwrap())).unwrap(), secret("b"));
    let Lock::Sealed { seal, .. } = &field.history()[0].lock else { panic!() };
    assert_eq!(open(seal).meaning.title, "Renamed");
    assert_eq!(field.open(ACCOUNT, both.head.id, 2, &key(seal)).unwrap(), secret("a"));
}

fn identity(given_name: &str) -> Item {
    let metadata = MetadataDraft { title: "Me".into(), sites: vec![], policy: Policy::default() };
    Item::make(renamed(metadata, given_name), &sealing(1)).unwrap()
}

fn renamed(metadata: MetadataDraft, given_name: &str) -> CheckedDraft {
    let identity = Identity { given_name: given_name.into(), ..Identity::default() };
    let identity = Some(Box::new(identity));
    ItemDraft { kind: ItemKind::Identity, metadata, username: String::new(), fields: vec![], identity }
        .try_into()
        .unwrap()
}

#[test]
fn an_identity_is_metadata_and_the_last_writer_wins() {
    let name = |item: &Item| item.summary().identity.unwrap().given_name;
    let mut item = identity("Jane");
    assert_eq!((name(&item).as_str(), item.is_sealed(), item.reseal()), ("Jane", false, None));
    let mut other = item.clone();
    item.edit(renamed(item.head.wanted(), "Janet"), &sealing(3)).unwrap();
    other.edit(renamed(item.head.wanted(), "Joan"), &sealing(2)).unwrap();
    assert_eq!(item.summary().changed, UnixMillis(3));
    assert_eq!(item.latest(), clock(3));
    let mut merged = other.clone();
    merged.merge(item.clone()).unwrap();
    item.merge(other).unwrap();
    assert_eq!((name(&merged).as_str(), &merged), ("Janet", &item));
    let again = renamed(merged.head.wanted(), "x");
    merged.edit(CheckedDraft { identity: None, ..again }, &sealing(4)).unwrap();
    assert_eq!(name(&merged), "Janet", "what is not named stays");
}

#[test]
fn records_from_before_identities_are_read() {
    let item = login(&alone(1));
    let bytes = countersign_seal::codec::to_vec(&item).unwrap();
    assert!(!bytes.windows(8).any(|window| window == b"identity"));
    let again: Item = countersign_seal::codec::from_slice(&bytes, "item", 100_000).unwrap();
    assert_eq!(again, item);
}
