//! A desktop with a browser profile, as far as a phone can tell: its own keys, the real relay, the real messages.

use std::time::SystemTime;

use anyhow::{Context as _, Result, bail, ensure};
use countersign_harness::PATIENCE;
use countersign_seal::{
    codec,
    context::Context,
    envelope::{Envelope, ReplayGuard},
    field::{FieldAddress, FieldKind, FieldSeal, Meaning, Policy},
    id::{DeviceId, FieldId, ItemId, MessageId, RequestId, UnixMillis},
    keys::{DeviceKeys as _, PublicKeys, Sign as _},
    log::{Action as LogAction, Author, Device, DeviceKind, Log},
    native::NativeKeys,
    origin::{Origin, OriginChain, Site},
    pairing::Link,
    request::{Action, Ask, Number, Pending, SignedAsk},
    secret::Key256,
};
use countersign_wire::{
    mail::{self, ToDesktop, ToPhone, Withdrawal},
    relay::{FromRelay, LIMIT, LoginStatement, ToRelay},
};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

/// One login of the demo account: a password for one site.
pub(super) struct Item {
    pub(super) title: &'static str,
    pub(super) id: ItemId,
    field: FieldId,
    pub(super) content_key: Key256,
    sites: Vec<Site>,
    policy: Policy,
}

impl Item {
    pub(super) fn new(title: &'static str, site: &str, policy: Policy) -> Result<Self> {
        Ok(Self {
            title,
            id: ItemId::make()?,
            field: FieldId::make()?,
            content_key: Key256::make()?,
            sites: vec![Site::exact(Origin::parse(site)?)],
            policy,
        })
    }
}

/// Nothing is sent twice here.
struct Everything;

impl ReplayGuard for Everything {
    fn admit(&mut self, _: DeviceId, _: MessageId, _: UnixMillis) -> bool {
        true
    }
}

pub(super) struct Desktop {
    relay: String,
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    keys: NativeKeys,
    browser: NativeKeys,
    pub(super) log: Log,
    phone: Option<Device>,
    calls: u32,
}

pub(super) fn now() -> UnixMillis {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    UnixMillis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

impl Desktop {
    /// Makes the account with a desktop and a browser profile, registers it and logs in.
    pub(super) async fn start(relay: &str) -> Result<Self> {
        let (keys, browser) = (NativeKeys::make()?, NativeKeys::make()?);
        let device = Device { keys: keys.public().clone(), kind: DeviceKind::Desktop, name: "Desk".into() };
        let log = Log::create(device, &keys, now()).await?;
        let (socket, _) = connect_async(format!("{}/v1/socket", relay.replacen("http", "ws", 1))).await?;
        let mut desktop = Self { relay: relay.to_owned(), socket, keys, browser, log, phone: None, calls: 0 };
        let verifying = desktop.browser.public().verifying.clone();
        let profile = Device {
            keys: PublicKeys { verifying, wrapping: None },
            kind: DeviceKind::Browser,
            name: "Firefox".into(),
        };
        desktop.append(LogAction::AddDevice { device: profile }).await?;
        desktop.log_in().await?;
        Ok(desktop)
    }

    /// Signs an entry; the relay gets it with the registration or by a call of its own.
    async fn append(&mut self, action: LogAction) -> Result<()> {
        let author = Author::Device(self.keys.public().fingerprint());
        let entry = self.log.draft(author, action, now())?;
        self.log.append(Log::sign(&entry, &self.keys).await?)?;
        Ok(())
    }

    async fn publish(&mut self, action: LogAction) -> Result<()> {
        let head = self.log.head();
        self.append(action).await?;
        let entry = self.log.entries().last().context("no entry")?.clone();
        let call = self.call();
        self.send(&ToRelay::LogAppend { call, head, entry }).await?;
        self.wait(|message| matches!(message, FromRelay::Done { .. }).then_some(())).await
    }

    async fn log_in(&mut self) -> Result<()> {
        let challenge = self
            .wait(|message| match message {
                FromRelay::Challenge { challenge, .. } => Some(challenge),
                _ => None,
            })
            .await?;
        self.send(&ToRelay::Register { entries: self.log.entries().to_vec() }).await?;
        self.wait(|message| matches!(message, FromRelay::Registered).then_some(())).await?;
        let statement = LoginStatement {
            relay: self.relay.clone(),
            account: self.log.account(),
            device: self.keys.public().fingerprint(),
            time: now(),
            challenge,
        };
        let statement = codec::to_vec(&statement)?;
        let signature = self.keys.sign(Context::Login, &statement).await?;
        self.send(&ToRelay::Login { statement, signature }).await?;
        self.wait(|message| matches!(message, FromRelay::LoggedIn { .. }).then_some(())).await
    }

    /// Opens a slot and makes the link that a phone opens.
    pub(super) async fn link(&mut self) -> Result<Link> {
        let link = Link::make(self.relay.clone(), self.log.account(), self.keys.public().fingerprint())?;
        let call = self.call();
        self.send(&ToRelay::SlotOpen { call, slot: link.slot }).await?;
        self.wait(|message| matches!(message, FromRelay::Done { .. }).then_some(())).await?;
        Ok(link)
    }

    /// Waits for the phone's hello and takes it into the account.
    pub(super) async fn pair(&mut self, link: &Link) -> Result<()> {
        let hello = self
            .wait(|message| match message {
                FromRelay::Slot { message, .. } => Some(message),
                _ => None,
            })
            .await?;
        let phone = link.open_hello(&hello)?;
        ensure!(phone.kind == DeviceKind::Phone, "not a phone");
        self.publish(LogAction::AddDevice { device: phone.clone() }).await?;
        let message = link.welcome(phone.id(), self.log.entries())?;
        self.send(&ToRelay::SlotSend { slot: link.slot, message }).await?;
        self.phone = Some(phone);
        Ok(())
    }

    /// Waits for the phone's approver key and writes it into the log.
    pub(super) async fn make_approver(&mut self) -> Result<()> {
        let approver = self
            .mail(|message| match message {
                ToDesktop::BecomeApprover(approver) => Some(approver),
                _ => None,
            })
            .await?;
        let device = self.phone()?.id();
        self.publish(LogAction::MakeApprover { device, approver }).await
    }

    fn phone(&self) -> Result<&Device> {
        self.phone.as_ref().context("no phone is paired")
    }

    /// The browser asks for the item's password on a page.
    pub(super) async fn ask(&mut self, item: &Item, chain: &[&str], number: u8) -> Result<Pending> {
        let origins = chain.iter().map(|origin| Origin::parse(origin)).collect::<Result<_, _>>()?;
        let action = Action::Fill {
            item: item.id,
            fields: vec![item.field],
            chain: OriginChain::new(origins)?,
            sign_in: None,
            submit: false,
        };
        self.ask_for(item, action, number).await
    }

    /// The browser asks for new seals with other sites.
    pub(super) async fn ask_reseal(
        &mut self,
        item: &Item,
        title: &str,
        sites: Vec<Site>,
        number: u8,
    ) -> Result<Pending> {
        let action = Action::Reseal {
            item: item.id,
            fields: vec![item.field],
            title: title.to_owned(),
            sites,
            policy: item.policy.clone(),
        };
        self.ask_for(item, action, number).await
    }

    async fn ask_for(&mut self, item: &Item, action: Action, number: u8) -> Result<Pending> {
        let approver = self.log.approver().context("no approver")?.key.clone();
        let ask = Ask {
            version: 1,
            account: self.log.account(),
            id: RequestId::make()?,
            time: now(),
            asker: self.profile(),
            action,
            number: Number::try_from(number)?,
        };
        let meaning = Meaning {
            address: FieldAddress { account: self.log.account(), item: item.id, field: item.field, version: 1 },
            kind: FieldKind::Password,
            title: item.title.to_owned(),
            sites: item.sites.clone(),
            policy: item.policy.clone(),
        };
        let seal = FieldSeal::make(&approver, &item.content_key, &meaning)?;
        let ask = SignedAsk::make(&ask, &self.browser).await?;
        let (pending, request) = Pending::make(ask, vec![seal], self.log.head())?;
        self.post(&ToPhone::Request { request: request.to_bytes()?, computer: "Desk".into() }).await?;
        Ok(pending)
    }

    /// A new browser profile asks to be added.
    pub(super) async fn ask_to_add(&mut self, newcomer: &NativeKeys, name: &str, number: u8) -> Result<Pending> {
        let keys = PublicKeys { verifying: newcomer.public().verifying.clone(), wrapping: None };
        let device = Device { keys, kind: DeviceKind::Browser, name: name.to_owned() };
        let asker = device.id();
        let author = Author::Device(self.phone()?.id());
        let entry = self.log.draft(author, LogAction::AddDevice { device }, now())?.to_bytes()?;
        let ask = Ask {
            version: 1,
            account: self.log.account(),
            id: RequestId::make()?,
            time: now(),
            asker,
            action: Action::AddDevice { entry },
            number: Number::try_from(number)?,
        };
        let ask = SignedAsk::make(&ask, newcomer).await?;
        let (pending, request) = Pending::make(ask, vec![], self.log.head())?;
        self.post(&ToPhone::Request { request: request.to_bytes()?, computer: "Desk".into() }).await?;
        Ok(pending)
    }

    fn profile(&self) -> DeviceId {
        PublicKeys { verifying: self.browser.public().verifying.clone(), wrapping: None }.fingerprint()
    }

    pub(super) async fn delivered(&mut self, pending: &Pending) -> Result<()> {
        let id = pending.id;
        self.mail(|message| matches!(message, ToDesktop::Delivered { request } if request == id).then_some(())).await
    }

    /// Waits for the answer to a request, confirms it and opens it.
    pub(super) async fn answer(
        &mut self,
        pending: Pending,
    ) -> Result<std::result::Result<countersign_seal::request::Yield, countersign_seal::request::Refusal>> {
        let answer = self
            .mail(|message| match message {
                ToDesktop::Answer(answer) => Some(answer),
                _ => None,
            })
            .await?;
        self.post(&ToPhone::Received { request: pending.id }).await?;
        Ok(pending.finish(&answer, &self.log)?)
    }

    pub(super) async fn withdraw(&mut self, pending: &Pending, reason: Withdrawal) -> Result<()> {
        self.post(&ToPhone::Withdraw { request: pending.id, reason }).await
    }

    async fn post(&mut self, message: &ToPhone) -> Result<()> {
        let body = codec::to_vec(message)?;
        let phone = self.phone()?.keys.clone();
        let envelope = Envelope::seal(&self.keys, self.log.account(), &phone, now(), 120_000, &body).await?;
        let call = self.call();
        self.send(&ToRelay::Send { call, envelope: envelope.as_bytes().to_vec() }).await
    }

    /// Waits for mail that fits; other mail is dropped.
    async fn mail<T>(&mut self, mut fits: impl FnMut(ToDesktop) -> Option<T>) -> Result<T> {
        loop {
            let (delivery, bytes) = self
                .wait(|message| match message {
                    FromRelay::Deliver { delivery, envelope } => Some((delivery, envelope)),
                    _ => None,
                })
                .await?;
            self.send(&ToRelay::Ack { delivery }).await?;
            let me = self.keys.public().fingerprint();
            let admitted = Envelope::parse(&bytes)?.verify(&self.log, me)?.admit(&mut Everything, now())?;
            let body = admitted.open(&self.keys).await?;
            if let Some(found) = fits(codec::from_slice(body.expose(), "mail", mail::LIMIT)?) {
                return Ok(found);
            }
        }
    }

    fn call(&mut self) -> u32 {
        self.calls += 1;
        self.calls
    }

    async fn send(&mut self, message: &ToRelay) -> Result<()> {
        Ok(self.socket.send(Message::Binary(codec::to_vec(message)?.into())).await?)
    }

    /// Waits for a message that fits; others are dropped.
    async fn wait<T>(&mut self, mut fits: impl FnMut(FromRelay) -> Option<T>) -> Result<T> {
        let found = async {
            while let Some(message) = self.socket.next().await {
                let Message::Binary(bytes) = message? else { continue };
                let message: FromRelay = codec::from_slice(&bytes, "relay message", LIMIT)?;
                if let FromRelay::Failed { fault, .. } = &message {
                    bail!("the relay says {fault:?}");
                }
                if let Some(found) = fits(message) {
                    return Ok(found);
                }
            }
            bail!("the relay closed the connection")
        };
        tokio::time::timeout(PATIENCE, found).await.context("the relay said nothing of that")?
    }
}
