//! One suite for every backend of private keys. Generic over the traits; it panics nowhere, since in a browser a panic tells nothing.

use countersign_seal::{
    Error,
    context::Context,
    deposit::Deposit,
    envelope::{Envelope, ReplayGuard},
    field::{FieldAddress, FieldCiphertext, FieldKind, FieldSeal, Meaning, Policy},
    id::{DeviceId, FieldId, ItemId, MessageId, RequestId, UnixMillis},
    keys::{DeviceKeys, PublicKeys, Signature, Unwrap, VerifyingKey, WrappedKey, WrappingKey},
    log::{Action as Change, Approver, Author, Device, DeviceKind, Log},
    origin::{Origin, OriginChain, Site},
    recovery::RecoveryWords,
    request::{Action, Ask, Number, Pending, Refusal, Request, SignedAnswer, SignedAsk, Yield},
    review::Review,
    secret::{Key256, SecretBytes},
    session::{Initiator, Responder, Setting},
};

/// A failed check says which.
pub(crate) type Outcome = Result<(), String>;

const NOW: UnixMillis = UnixMillis(1_700_000_000_000);

macro_rules! ensure {
    ($condition:expr) => {
        if !$condition {
            return Err(format!("line {}: {}", line!(), stringify!($condition)));
        }
    };
}

/// Says where a step failed.
fn at<T>(line: u32, result: Result<T, Error>) -> Result<T, String> {
    result.map_err(|error| format!("line {line}: {error}"))
}

macro_rules! ok {
    ($result:expr) => {
        at(line!(), $result)?
    };
}

/// `desktop` and `phone` are two backends or one; `approver` opens what is wrapped to `public`, whose PKCS#8 is `pkcs8`.
pub(crate) async fn run(
    desktop: &impl DeviceKeys,
    browser: &impl DeviceKeys,
    phone: &impl DeviceKeys,
    approver: (&impl Unwrap, &WrappingKey, &SecretBytes),
) -> Outcome {
    signatures(desktop, phone).await?;
    signatures(browser, desktop).await?;
    signatures(phone, browser).await?;
    wrapping(desktop).await?;
    wrapping(phone).await?;
    public_keys(phone)?;
    sealed_field(approver.0, approver.1, phone).await?;
    let log = account(desktop, browser, phone, approver).await?;
    envelopes(desktop, phone, &log).await?;
    envelopes(phone, desktop, &log).await?;
    deposits(desktop, browser).await?;
    session(browser, desktop).await?;
    fill(browser, desktop, phone, approver, &log).await?;
    add_device(browser, phone, approver.0, desktop, &log).await
}

async fn signatures(keys: &impl DeviceKeys, other: &impl DeviceKeys) -> Outcome {
    let verifying = &keys.public().verifying;
    let signature = ok!(keys.sign(Context::Envelope, b"message").await);
    ensure!(signature.0.len() == 256);
    ok!(verifying.verify(Context::Envelope, b"message", &signature, "test"));
    let bad = Err(Error::BadSignature("test"));
    ensure!(verifying.verify(Context::Login, b"message", &signature, "test") == bad);
    ensure!(verifying.verify(Context::Envelope, b"massage", &signature, "test") == bad);
    ensure!(other.public().verifying.verify(Context::Envelope, b"message", &signature, "test") == bad);
    let again = ok!(keys.sign(Context::Envelope, b"message").await);
    ensure!(again != signature);
    for spoil in [|bytes: &mut Vec<u8>| bytes[7] ^= 1, |bytes: &mut Vec<u8>| bytes.push(0), Vec::clear] {
        let mut spoiled = signature.0.clone();
        spoil(&mut spoiled);
        ensure!(verifying.verify(Context::Envelope, b"message", &Signature(spoiled), "test") == bad);
    }
    Ok(())
}

async fn wrapping(keys: &impl DeviceKeys) -> Outcome {
    let public = keys.public().wrapping.clone().ok_or("no wrapping key")?;
    let key = ok!(Key256::make());
    let wrapped = ok!(public.wrap(&key));
    ensure!(wrapped.0.len() == 256);
    ensure!(keys.unwrap_key(&wrapped).await == Ok(key.clone()));
    ensure!(ok!(public.wrap(&key)) != wrapped);
    for spoil in [|bytes: &mut Vec<u8>| bytes[7] ^= 1, |bytes: &mut Vec<u8>| bytes.push(0), Vec::clear] {
        let mut spoiled = wrapped.0.clone();
        spoil(&mut spoiled);
        ensure!(keys.unwrap_key(&WrappedKey(spoiled)).await == Err(Error::CannotOpen));
    }
    Ok(())
}

fn public_keys(keys: &impl DeviceKeys) -> Outcome {
    let PublicKeys { verifying, wrapping } = keys.public();
    ensure!(VerifyingKey::from_spki(verifying.as_spki()).as_ref() == Ok(verifying));
    let wrapping = wrapping.clone().ok_or("no wrapping key")?;
    ensure!(WrappingKey::from_spki(wrapping.as_spki()) == Ok(wrapping));
    Ok(())
}

fn meaning(log: Option<&Log>) -> Result<Meaning, String> {
    let account = log.map_or(countersign_seal::id::AccountId([7; 32]), Log::account);
    Ok(Meaning {
        address: FieldAddress { account, item: ok!(ItemId::make()), field: ok!(FieldId::make()), version: 1 },
        kind: FieldKind::Password,
        title: "Example".into(),
        sites: vec![Site::exact(ok!(Origin::parse("https://example.com")))],
        policy: Policy { verify_user: true, submit_after_fill: true },
    })
}

async fn sealed_field(approver: &impl Unwrap, public: &WrappingKey, stranger: &impl Unwrap) -> Outcome {
    let (meaning, key) = (meaning(None)?, ok!(Key256::make()));
    let value = SecretBytes::from(String::from("correct horse"));
    let ciphertext = ok!(FieldCiphertext::make(&key, &meaning.address, &value));
    let seal = ok!(FieldSeal::from_bytes(ok!(FieldSeal::make(public, &key, &meaning)).as_bytes()));
    ensure!(seal.approver() == public.approver_id());
    let opened = ok!(seal.open(approver).await);
    ensure!(opened.meaning == meaning);
    ensure!(ok!(ciphertext.open(&opened.content_key, &opened.meaning.address)) == value);
    ensure!(seal.open(stranger).await.is_err_and(|error| error == Error::CannotOpen));
    Ok(())
}

fn device(keys: &impl DeviceKeys, kind: DeviceKind) -> Device {
    Device { keys: keys.public().clone(), kind, name: format!("{kind:?}") }
}

async fn account(
    desktop: &impl DeviceKeys,
    browser: &impl DeviceKeys,
    phone: &impl DeviceKeys,
    (_, public, pkcs8): (&impl Unwrap, &WrappingKey, &SecretBytes),
) -> Result<Log, String> {
    let mut log = ok!(Log::create(device(desktop, DeviceKind::Desktop), desktop, NOW).await);
    let recovery_keys = ok!(ok!(RecoveryWords::make()).derive_keys());
    let recovery = ok!(recovery_keys.public());
    let recovery_wrap = ok!(recovery.wrap(pkcs8));
    if ok!(recovery_keys.unwrap(&recovery_wrap)) != *pkcs8 {
        return Err("the recovery key opens something else".into());
    }
    let approver = Approver { key: public.clone(), recovery, recovery_wrap };
    let author = Author::Device(desktop.public().fingerprint());
    let phone_id = phone.public().fingerprint();
    for change in [
        Change::AddDevice { device: device(browser, DeviceKind::Browser) },
        Change::AddDevice { device: device(phone, DeviceKind::Phone) },
        Change::MakeApprover { device: phone_id, approver: Box::new(approver) },
    ] {
        let entry = ok!(log.draft(author, change, NOW));
        ok!(log.append(ok!(Log::sign(&entry, desktop).await)));
    }
    Ok(ok!(Log::verify(log.entries().to_vec())))
}

/// Admits everything.
struct NoReplays;

impl ReplayGuard for NoReplays {
    fn admit(&mut self, _sender: DeviceId, _id: MessageId, _expires: UnixMillis) -> bool {
        true
    }
}

async fn envelopes(sender: &impl DeviceKeys, recipient: &impl DeviceKeys, log: &Log) -> Outcome {
    let me = recipient.public().fingerprint();
    for size in [0, 1, 1020, 1021, 70_000] {
        let body = vec![0x2a; size];
        let sealed = ok!(Envelope::seal(sender, log.account(), recipient.public(), NOW, 1000, &body).await);
        let received = ok!(Envelope::parse(sealed.as_bytes()));
        let admitted = ok!(ok!(received.verify(log, me)).admit(&mut NoReplays, NOW));
        ensure!(ok!(admitted.open(recipient).await).expose() == body);
        ensure!(admitted.open(sender).await == Err(Error::CannotOpen));
    }
    Ok(())
}

/// What one backend deposits for a device, the device's own opens.
async fn deposits(desktop: &impl DeviceKeys, browser: &impl DeviceKeys) -> Outcome {
    let content = SecretBytes::from(String::from("a deposit"));
    let deposit = ok!(Deposit::make(desktop.public(), &content));
    let deposit = ok!(Deposit::from_bytes(&deposit.to_bytes()));
    ensure!(ok!(deposit.open(desktop).await) == content);
    ensure!(deposit.open(browser).await == Err(Error::WrongRecipient));
    Ok(())
}

async fn session(browser: &impl DeviceKeys, daemon: &impl DeviceKeys) -> Outcome {
    let setting = Setting { protocol: 1, extension: "extension".into(), profile: "profile".into() };
    let (browser_id, daemon_id) = (browser.public().fingerprint(), daemon.public().fingerprint());
    let (initiator, hello) = ok!(Initiator::start(setting.clone(), browser_id, daemon_id));
    let (responder, welcome) = ok!(Responder::answer(hello, &setting, daemon_id, daemon).await);
    let (mut left, proof) = ok!(initiator.finish(&welcome, daemon.public(), browser).await);
    let mut right = ok!(responder.finish(&proof, browser.public()));
    for text in [&b"one"[..], b"", b"three"] {
        ensure!(ok!(right.open(&ok!(left.seal(text)))).expose() == text);
        ensure!(ok!(left.open(&ok!(right.seal(text)))).expose() == text);
    }
    Ok(())
}

async fn fill(
    browser: &impl DeviceKeys,
    desktop: &impl DeviceKeys,
    phone: &impl DeviceKeys,
    (approver, public, _): (&impl Unwrap, &WrappingKey, &SecretBytes),
    log: &Log,
) -> Outcome {
    let (meaning, key) = (meaning(Some(log))?, ok!(Key256::make()));
    let ask = Ask {
        version: 1,
        account: log.account(),
        id: ok!(RequestId::make()),
        time: NOW,
        asker: browser.public().fingerprint(),
        action: Action::Fill {
            item: meaning.address.item,
            fields: vec![meaning.address.field],
            chain: ok!(OriginChain::new(vec![ok!(Origin::parse("https://example.com"))])),
            sign_in: None,
            submit: false,
        },
        number: ok!(Number::make()),
    };
    let signed = ok!(SignedAsk::make(&ask, browser).await);
    let seal = ok!(FieldSeal::make(public, &key, &meaning));
    let (pending, request) = ok!(Pending::make(signed, vec![seal], log.head()));
    let (request, hash) = ok!(Request::from_bytes(&ok!(request.to_bytes())));
    let (me, sender) = (phone.public().fingerprint(), desktop.public().fingerprint());
    let review = Review::check(&request, hash, log, me, approver, sender, NOW).await;
    let review = review.map_err(|refusal| format!("line {}: {refusal:?}", line!()))?;
    let yields = review.approve(ask.number.get(), phone, NOW).await;
    let yields = yields.map_err(|refusal| format!("line {}: {refusal:?}", line!()))?;
    let answer = ok!(SignedAnswer::approve(&request, hash, &yields, me, phone, log.head(), NOW).await);
    match ok!(pending.finish(&answer, log)) {
        Ok(Yield::Release { keys, .. }) => ensure!(keys == vec![(meaning.address.field, 1, key)]),
        other => return Err(format!("line {}: {other:?}", line!())),
    }
    Ok(())
}

/// A listed device cannot join again; a phone refuses what another than the new device signed.
async fn add_device(
    browser: &impl DeviceKeys,
    phone: &impl DeviceKeys,
    approver: &impl Unwrap,
    desktop: &impl DeviceKeys,
    log: &Log,
) -> Outcome {
    let me = phone.public().fingerprint();
    let device = device(browser, DeviceKind::Browser);
    let drafted = log.draft(Author::Device(me), Change::AddDevice { device: device.clone() }, NOW);
    ensure!(drafted == Err(Error::NotAllowed("these keys were listed before")));
    let mut entry = ok!(log.entries().get(1).ok_or(Error::OutOfOrder).and_then(|entry| entry.entry()));
    entry.author = Author::Device(me);
    let ask = Ask {
        version: 1,
        account: log.account(),
        id: ok!(RequestId::make()),
        time: NOW,
        asker: device.id(),
        action: Action::AddDevice { entry: ok!(entry.to_bytes()) },
        number: ok!(Number::make()),
    };
    for (signer_is_new, signed) in
        [(true, ok!(SignedAsk::make(&ask, browser).await)), (false, ok!(SignedAsk::make(&ask, phone).await))]
    {
        ensure!(signed.verify(log).is_ok() == signer_is_new);
        let (_, request) = ok!(Pending::make(signed, vec![], log.head()));
        let (request, hash) = ok!(Request::from_bytes(&ok!(request.to_bytes())));
        let sender = desktop.public().fingerprint();
        let review = Review::check(&request, hash, log, me, approver, sender, NOW).await;
        ensure!(review.is_err_and(|refusal| refusal == Refusal::Invalid));
    }
    Ok(())
}
