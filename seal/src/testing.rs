//! What tests share: a few key pairs, made once, and an account with a desktop, a browser and a phone.

use crate::{
    field::{FieldAddress, FieldKind, FieldSeal, Meaning, Policy},
    id::{AccountId, FieldId, ItemId, UnixMillis},
    keys::{DeviceKeys, PublicKeys},
    log::{Action, Approver, Author, Device, DeviceKind, Log},
    native::{NativeApprover, NativeKeys},
    origin::{Origin, Site},
    recovery::{RecoveryKeys, RecoveryWords},
    secret::Key256,
};
use std::{
    pin::pin,
    sync::LazyLock,
    task::{Context, Poll, Waker},
};

pub(crate) static DESKTOP: LazyLock<NativeKeys> = LazyLock::new(|| NativeKeys::make().unwrap());
pub(crate) static BROWSER: LazyLock<NativeKeys> = LazyLock::new(|| NativeKeys::make().unwrap());
pub(crate) static PHONE: LazyLock<NativeKeys> = LazyLock::new(|| NativeKeys::make().unwrap());
pub(crate) static STRANGER: LazyLock<NativeKeys> = LazyLock::new(|| NativeKeys::make().unwrap());
pub(crate) static APPROVER: LazyLock<NativeApprover> = LazyLock::new(|| NativeApprover::make().unwrap());
pub(crate) static OTHER_APPROVER: LazyLock<NativeApprover> = LazyLock::new(|| NativeApprover::make().unwrap());

pub(crate) const NOW: UnixMillis = UnixMillis(1_700_000_000_000);

/// Runs a future that never waits: the native backend's.
pub(crate) fn run<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("a native future waits for nothing"),
    }
}

pub(crate) fn recovery_keys() -> RecoveryKeys {
    let words = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
    RecoveryWords::parse(words).unwrap().derive_keys().unwrap()
}

pub(crate) fn device(keys: &NativeKeys, kind: DeviceKind, name: &str) -> Device {
    let wrapping = keys.public().wrapping.clone().filter(|_| kind != DeviceKind::Browser);
    Device { keys: PublicKeys { verifying: keys.public().verifying.clone(), wrapping }, kind, name: name.into() }
}

pub(crate) fn desktop() -> Device {
    device(&DESKTOP, DeviceKind::Desktop, "Desk")
}

pub(crate) fn browser() -> Device {
    device(&BROWSER, DeviceKind::Browser, "Firefox")
}

pub(crate) fn phone() -> Device {
    device(&PHONE, DeviceKind::Phone, "Phone")
}

pub(crate) fn approver() -> Approver {
    approver_of(&APPROVER)
}

pub(crate) fn approver_of(approver: &NativeApprover) -> Approver {
    let recovery = recovery_keys().public().unwrap();
    let recovery_wrap = recovery.wrap(&approver.to_pkcs8().unwrap()).unwrap();
    Approver { key: approver.public().clone(), recovery, recovery_wrap }
}

/// An account with its first desktop only.
pub(crate) fn new_log() -> Log {
    run(Log::create(desktop(), &*DESKTOP, NOW)).unwrap()
}

/// Drafts, signs and appends.
pub(crate) fn extend(log: &mut Log, keys: &NativeKeys, author: &Device, action: Action) {
    let entry = log.draft(Author::Device(author.id()), action, NOW).unwrap();
    log.append(run(Log::sign(&entry, keys)).unwrap()).unwrap();
}

/// An account with a desktop, a browser, and a phone that is no approver.
pub(crate) fn log_without_approver() -> Log {
    let mut log = new_log();
    extend(&mut log, &DESKTOP, &desktop(), Action::AddDevice { device: browser() });
    extend(&mut log, &DESKTOP, &desktop(), Action::AddDevice { device: phone() });
    log
}

/// An account with a desktop, a browser, and a phone that approves.
pub(crate) fn log() -> Log {
    let mut log = log_without_approver();
    let action = Action::MakeApprover { device: phone().id(), approver: Box::new(approver()) };
    extend(&mut log, &DESKTOP, &desktop(), action);
    log
}

pub(crate) fn origin(text: &str) -> Origin {
    Origin::parse(text).unwrap()
}

pub(crate) fn meaning(account: AccountId, item: ItemId, field: FieldId, kind: FieldKind) -> Meaning {
    Meaning {
        address: FieldAddress { account, item, field, version: 3 },
        kind,
        title: "Example".into(),
        sites: vec![Site::exact(origin("https://login.example.com"))],
        policy: Policy::default(),
    }
}

pub(crate) fn seal(meaning: &Meaning, content_key: &Key256) -> FieldSeal {
    FieldSeal::make(APPROVER.public(), content_key, meaning).unwrap()
}
