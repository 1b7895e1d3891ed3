use super::*;
use crate::{
    clock::Clock,
    draft::CheckedDraft,
    field::Lock,
    item::{FieldDraft, ItemDraft, ItemKind, MetadataDraft},
    record::Reseal,
};
use countersign_seal::{
    codec,
    field::{FieldSeal, OpenedSeal, Policy},
    id::{AccountId, DeviceId},
    native::NativeApprover,
    origin::{Origin, Site},
};
use proptest::prelude::*;
use std::{
    pin::pin,
    sync::LazyLock,
    task::{Context, Poll, Waker},
};

static APPROVER: LazyLock<NativeApprover> = LazyLock::new(|| NativeApprover::make().unwrap());
const ACCOUNT: AccountId = AccountId([9; 32]);

fn open(seal: &FieldSeal) -> OpenedSeal {
    match pin!(seal.open(&*APPROVER)).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(opened) => opened.unwrap(),
        Poll::Pending => panic!("a native future waits for nothing"),
    }
}

fn writer(millis: u64, sealing: bool) -> Writer<'static> {
    let clock = Clock { millis, counter: 0, device: DeviceId([1; 32]) };
    Writer { account: ACCOUNT, clock, approver: sealing.then(|| APPROVER.public()) }
}

fn secret(text: &str) -> SecretBytes {
    SecretBytes::from(String::from(text))
}

fn draft(title: &str, password: Option<(Option<FieldId>, &str)>) -> CheckedDraft {
    let sites = vec![Site::exact(Origin::parse("https://example.com").unwrap())];
    let field =
        |(id, value): (Option<FieldId>, &str)| FieldDraft { id, kind: FieldKind::Password, value: secret(value) };
    ItemDraft {
        kind: ItemKind::Login,
        metadata: MetadataDraft { title: title.into(), sites, policy: Policy::default() },
        username: "me".into(),
        fields: password.into_iter().map(field).collect(),
        identity: None,
    }
    .try_into()
    .unwrap()
}

fn login(writer: &Writer<'_>) -> Item {
    Item::make(draft("Example", Some((None, "first"))), writer).unwrap()
}

fn propose(item: &Item, value: &str, writer: &Writer<'_>) -> Proposal {
    item.propose(FieldKind::Password, &secret(value), writer).unwrap()
}

/// What the phone answers.
fn answer(item: &Item, reseal: &Reseal) -> Vec<(FieldId, FieldSeal)> {
    let MetadataDraft { title, sites, policy } = reseal.metadata.clone();
    let seal = |id: FieldId| {
        let OpenedSeal { content_key, meaning } = open(item.field(id).unwrap().seal().unwrap());
        let (title, sites, policy) = (title.clone(), sites.clone(), policy.clone());
        let meaning = countersign_seal::field::Meaning { title, sites, policy, ..meaning };
        (id, FieldSeal::make(APPROVER.public(), &content_key, &meaning).unwrap())
    };
    reseal.fields.iter().map(|(id, _)| seal(*id)).collect()
}

/// All values of the item's one field, the current one first, opened by the key that stands in the lock of each.
fn values(item: &Item) -> Vec<String> {
    let field = &item.fields[0];
    let open_one = |value: &Value| {
        let key = match &value.lock {
            Lock::Local { content_key } => content_key.clone(),
            Lock::Sealed { seal, .. } => {
                let opened = open(seal);
                assert_eq!(opened.meaning.address.version, value.version);
                opened.content_key
            }
        };
        let opened = field.open(ACCOUNT, item.head.id, value.version, &key).unwrap();
        opened.expose_str().unwrap().to_owned()
    };
    core::iter::once(field.current()).chain(field.history()).map(open_one).collect()
}

#[test]
fn what_is_proposed_changes_nothing_until_it_is_accepted() {
    for sealing in [false, true] {
        let mut item = login(&writer(1, sealing));
        let before = item.clone();
        let proposal = propose(&item, "second", &writer(2, sealing));
        assert_eq!(item, before);
        assert_eq!(proposal.guard() == Guard::Sealed, sealing);
        let bytes = codec::to_vec(&proposal).unwrap();
        let proposal: Proposal = codec::from_slice(&bytes, "proposal", bytes.len()).unwrap();
        item.accept(proposal.clone(), &writer(3, sealing)).unwrap();
        assert_eq!(values(&item), ["second", "first"]);
        assert_eq!((item.head.version, item.reseal(), item.summary().changed.0), (2, None, 3));
        assert_eq!(item.fields[0].current().version, 2);
        let mut other = login(&writer(1, sealing));
        assert_eq!(other.accept(proposal, &writer(3, sealing)), Err(Error::DifferentItems));
    }
}

#[test]
fn an_item_that_changed_meanwhile_takes_it_all_the_same() {
    let mut item = login(&writer(1, true));
    let id = item.fields[0].id;
    let proposal = propose(&item, "proposed", &writer(2, true));
    item.edit(draft("Renamed", Some((Some(id), "edited"))), &writer(3, true)).unwrap();
    let reseal = item.reseal().unwrap();
    let seals = answer(&item, &reseal);
    item.apply_reseal(&reseal, seals, &writer(4, true)).unwrap();
    assert_eq!(item.reseal(), None);

    item.accept(proposal, &writer(5, true)).unwrap();
    assert_eq!(values(&item), ["proposed", "edited", "first"]);
    assert_eq!(open(item.fields[0].seal().unwrap()).meaning.title, "Example");
    // Its seal says what was in force when it was made: the phone is asked.
    let reseal = item.reseal().unwrap();
    let seals = answer(&item, &reseal);
    item.apply_reseal(&reseal, seals, &writer(6, true)).unwrap();
    assert_eq!((item.reseal(), open(item.fields[0].seal().unwrap()).meaning.title), (None, "Renamed".into()));
    assert_eq!(values(&item), ["proposed", "edited", "first"]);
}

#[test]
fn it_waits_through_the_first_pairing() {
    let mut item = login(&writer(1, false));
    let mut proposal = propose(&item, "second", &writer(2, false));
    item.seal_everything(&writer(3, true)).unwrap();
    // Not sealed, it is not taken any more.
    assert_eq!(item.clone().accept(proposal.clone(), &writer(4, true)), Err(Error::NotSealed));
    let before = codec::to_vec(&proposal).unwrap();
    assert_eq!(proposal.seal(&login(&writer(1, true)), &writer(4, true)), Err(Error::DifferentItems));
    assert_eq!(proposal.seal(&item, &writer(4, false)), Ok(false));
    assert_eq!(codec::to_vec(&proposal).unwrap(), before);
    assert_eq!(proposal.seal(&item, &writer(4, true)), Ok(true));
    assert_eq!((proposal.guard(), proposal.seal(&item, &writer(5, true))), (Guard::Sealed, Ok(false)));
    item.accept(proposal, &writer(6, true)).unwrap();
    assert_eq!((values(&item), item.reseal()), (vec!["second".into(), "first".into()], None));
}

#[test]
fn only_what_can_be_a_value_is_proposed() {
    let item = login(&writer(1, true));
    let refused = |kind, value: &str| item.propose(kind, &secret(value), &writer(2, true)).unwrap_err();
    assert_eq!(refused(FieldKind::OneTimeCodeSeed, "x"), Error::NoSuchField);
    assert!(matches!(refused(FieldKind::Password, ""), Error::InvalidDraft(_)));
    assert!(matches!(refused(FieldKind::Password, "two\nlines"), Error::InvalidDraft(_)));
    let shown = format!("{:?}", propose(&item, "hunter2", &writer(2, false)));
    assert!(!shown.contains("hunter2") && shown.contains("Key256(…)"), "{shown}");
}

/// What happens to an item while proposals for it wait.
#[derive(Debug, Clone, Copy)]
enum Step {
    Propose,
    Accept,
    Edit,
    Rename,
    Ask,
    Answer,
}

fn step() -> impl Strategy<Value = Step> {
    use Step::{Accept, Answer, Ask, Edit, Propose, Rename};
    proptest::sample::select(vec![Propose, Propose, Accept, Accept, Edit, Rename, Rename, Ask, Ask, Answer, Answer])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn no_value_is_lost(steps in proptest::collection::vec(step(), 1..14), pairs_at in 0usize..6) {
        let (mut item, mut waiting, mut asked) = (login(&writer(1, false)), Vec::new(), None);
        let mut written = vec![String::from("first")];
        for (n, step) in steps.into_iter().enumerate() {
            let now = writer(u64::try_from(n).unwrap() + 3, n >= pairs_at);
            if n == pairs_at {
                item.seal_everything(&now).unwrap();
                for (_, proposal) in &mut waiting {
                    let proposal: &mut Proposal = proposal;
                    prop_assert!(proposal.seal(&item, &now).unwrap());
                }
            }
            let value = format!("value {n}");
            match step {
                Step::Propose => waiting.push((value.clone(), propose(&item, &value, &now))),
                Step::Accept => {
                    let Some((value, proposal)) = waiting.pop() else { continue };
                    item.accept(proposal, &now).unwrap();
                    written.insert(0, value);
                }
                Step::Edit => {
                    let title = item.head.wanted().title;
                    item.edit(draft(&title, Some((Some(item.fields[0].id), &value))), &now).unwrap();
                    written.insert(0, value);
                }
                Step::Rename => item.edit(draft(&value, None), &now).unwrap(),
                Step::Ask => asked = item.reseal().map(|reseal| (answer(&item, &reseal), reseal)),
                Step::Answer => {
                    let Some((seals, reseal)) = asked.take() else { continue };
                    item.apply_reseal(&reseal, seals, &now).unwrap();
                }
            }
            prop_assert_eq!(&values(&item), &written);
        }
    }
}
