//! Adding a browser by six digits, or a phone by link.

use crate::{
    asking::{Order, check_may_ask},
    clock::{self, Moment},
    daemon::{Daemon, State},
    fault::{self, Result},
    mail::RECONNECT,
    notice::{Notice, PeerId},
    requests::{Owner, Purpose},
};
use countersign_seal::{
    codec,
    id::{DeviceId, RequestId},
    keys::DeviceKeys as _,
    log::{Action as LogAction, Author, Device, DeviceKind},
    pairing::{Code, CodeReply, CodeShower, CodeStart, LIFETIME_MILLIS, Link},
    request::{Action, Ask, Number, SignedAsk},
    secret::SecretBytes,
};
use countersign_wire::local::Fault;
use std::time::Duration;

/// A code that a connection shows.
pub(crate) struct ShownCode {
    code: Code,
    deadline: Moment,
    pub(crate) peer: PeerId,
}

/// A link that a connection shows.
pub(crate) struct ShownLink {
    link: Link,
    deadline: Moment,
    pub(crate) peer: PeerId,
}

/// What the phone is to sign so that a browser is listed.
pub(crate) struct Draft {
    ask: Ask,
    bytes: Vec<u8>,
    phone: Device,
}

impl Draft {
    /// The encoded ask, for the browser to sign.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.bytes.clone()
    }
}

/// What becomes of a proven browser.
pub(crate) enum Listing {
    /// It is listed.
    Done,
    /// The phone must sign; the browser asks for it.
    Ask(Box<Draft>),
}

impl Daemon {
    /// Draws a code and shows it to this connection. One that was shown before is void, as another connection that shows it is told.
    pub(crate) async fn show_code(&self, peer: PeerId) -> Result<SecretBytes> {
        let mut state = self.state.lock().await;
        state.open()?;
        let code = Code::make().map_err(fault::internal)?;
        let digits = SecretBytes::from(code.digits().map_err(fault::internal)?.to_owned());
        if let Some(old) = state.code.take().filter(|old| old.peer != peer) {
            state.peers.tell(old.peer, Notice::PairingFailed(Fault::WrongCode));
        }
        state.code = Some(ShownCode { code, deadline: deadline(), peer });
        self.void_later(peer);
        Ok(digits)
    }

    /// A browser tries a code: whatever comes of it, the code is used up. Returns who shows it, too.
    pub(crate) async fn try_code(&self, start: &CodeStart) -> Result<(CodeShower, CodeReply, PeerId)> {
        let offer = self.code_offer().await?.ok_or(Fault::NotSetUp)?;
        let mut state = self.state.lock().await;
        state.open()?;
        let shown = state.code.take().filter(|shown| !shown.deadline.is_past()).ok_or(Fault::NoCode)?;
        match CodeShower::answer(offer, &shown.code, start) {
            Ok((shower, reply)) => Ok((shower, reply, shown.peer)),
            Err(error) => {
                state.peers.tell(shown.peer, Notice::PairingFailed(Fault::WrongCode));
                Err(fault::foreign(error))
            }
        }
    }

    /// Tells the connection that showed a code what came of it.
    pub(crate) async fn tell_shower(&self, shower: PeerId, notice: Notice) {
        self.state.lock().await.peers.tell(shower, notice);
    }

    /// Lists a proven browser: at once if there is no phone yet, else by the phone's signature.
    pub(crate) async fn list_browser(&self, browser: Device, number: Number) -> Result<Listing> {
        if browser.kind != DeviceKind::Browser || browser.check().is_err() {
            return Err(Fault::NotAllowed);
        }
        let action = LogAction::AddDevice { device: browser.clone() };
        let draft = {
            let state = self.state.lock().await;
            match state.approvers().into_iter().next() {
                None if state.has_phone() => return Err(Fault::NotAllowed),
                None => None,
                Some(phone) => Some(draft(&state, phone, action.clone(), browser.id(), number)?),
            }
        };
        match draft {
            Some(draft) => Ok(Listing::Ask(Box::new(draft))),
            None => self.sign_and_append(action).await.map(|_| Listing::Done),
        }
    }

    /// The browser signed the ask: off to the phone. [`Notice::Listed`] follows, or a progress that ends it.
    pub(crate) async fn ask_to_join(&self, peer: PeerId, draft: Draft, signed: SignedAsk) -> Result<()> {
        let mut state = self.state.lock().await;
        let owner = Owner::Browser(draft.ask.asker);
        check_may_ask(&state, owner)?;
        if signed.bytes != draft.bytes {
            return Err(Fault::Malformed);
        }
        signed.verify(state.open()?.log()).map_err(fault::foreign)?;
        let phones = vec![draft.phone];
        let (seals, seeds) = (Vec::new(), Vec::new());
        self.request(
            &mut state,
            Order { owner, peer, purpose: Purpose::Join, signed, seals, seeds, compared: None, phones },
        )
        .await
    }

    /// Opens a slot at the relay and shows its link to this connection.
    pub(crate) async fn show_link(&self, peer: PeerId) -> Result<SecretBytes> {
        let (relay, account, me, phone_origin) = {
            let state = self.state.lock().await;
            let account = state.open()?.account();
            if state.has_phone() {
                // A second phone is added from the first one.
                return Err(Fault::NotAllowed);
            }
            let phone_origin = state.phone_origin.clone().ok_or(Fault::NoRelay)?;
            (state.relay()?, account, state.keys()?.public().fingerprint(), phone_origin)
        };
        if !relay.reach(RECONNECT).await {
            return Err(Fault::NoRelay);
        }
        let link = Link::make(relay.origin().to_string(), account, me).map_err(fault::internal)?;
        relay.open_slot(link.slot).await.map_err(|_| Fault::NoRelay)?;
        let url = format!("{phone_origin}/#{}", link.to_fragment().map_err(fault::internal)?);
        let mut state = self.state.lock().await;
        if let Some(old) = state.link.take().filter(|old| old.peer != peer) {
            state.peers.tell(old.peer, Notice::PairingFailed(Fault::WrongCode));
        }
        state.link = Some(ShownLink { link, deadline: deadline(), peer });
        self.void_later(peer);
        Ok(SecretBytes::from(url))
    }

    /// A phone opened the link: it is listed and gets the log.
    pub(crate) async fn slot_message(&self, slot: [u8; 16], message: &[u8]) {
        let shown = self.state.lock().await.link.take_if(|shown| shown.link.slot == slot);
        let Some(shown) = shown.filter(|shown| !shown.deadline.is_past()) else { return };
        let notice = match self.list_phone(&shown.link, message).await {
            Ok(phone) => Notice::Paired { name: phone.name, kind: phone.kind },
            Err(fault) => {
                tracing::warn!(?fault, "a pairing by link fails");
                Notice::PairingFailed(fault)
            }
        };
        self.state.lock().await.peers.tell(shown.peer, notice);
    }

    async fn list_phone(&self, link: &Link, message: &[u8]) -> Result<Device> {
        let phone = link.open_hello(message).map_err(|_| Fault::WrongCode)?;
        if phone.kind != DeviceKind::Phone || phone.check().is_err() {
            return Err(Fault::NotAllowed);
        }
        self.sign_and_append(LogAction::AddDevice { device: phone.clone() }).await?;
        let (relay, entries) = {
            let state = self.state.lock().await;
            (state.relay()?, state.open()?.log().entries().to_vec())
        };
        let welcome = link.welcome(phone.id(), &entries).map_err(fault::internal)?;
        relay.slot_send(link.slot, welcome);
        Ok(phone)
    }

    /// A connection shows its code or link no longer.
    pub(crate) async fn stop_showing(&self, peer: PeerId) {
        let mut state = self.state.lock().await;
        state.code.take_if(|code| code.peer == peer);
        state.link.take_if(|link| link.peer == peer);
    }

    /// Voids what is shown.
    pub(crate) fn void_pairings(&self, state: &mut State) {
        let showers = [state.code.take().map(|code| code.peer), state.link.take().map(|link| link.peer)];
        for peer in showers.into_iter().flatten() {
            state.peers.tell(peer, Notice::PairingFailed(Fault::Locked));
        }
    }

    /// Tells a connection when what it shows is out of time.
    fn void_later(&self, peer: PeerId) {
        let daemon = self.handle();
        tokio::spawn(async move {
            clock::reached(deadline()).await;
            let Some(daemon) = daemon.upgrade() else { return };
            let mut state = daemon.state.lock().await;
            let code = state.code.take_if(|code| code.peer == peer && code.deadline.is_past()).is_some();
            let link = state.link.take_if(|link| link.peer == peer && link.deadline.is_past()).is_some();
            if code || link {
                state.peers.tell(peer, Notice::PairingFailed(Fault::WrongCode));
            }
        });
    }
}

fn deadline() -> Moment {
    Moment::now() + Duration::from_millis(LIFETIME_MILLIS)
}

fn draft(state: &State, phone: Device, action: LogAction, browser: DeviceId, number: Number) -> Result<Draft> {
    let log = state.open()?.log();
    let entry = log.draft(Author::Device(phone.id()), action, clock::now()).map_err(fault::foreign)?;
    let ask = Ask {
        version: 1,
        account: log.account(),
        id: RequestId::make().map_err(fault::internal)?,
        time: clock::now(),
        asker: browser,
        action: Action::AddDevice { entry: entry.to_bytes().map_err(fault::internal)? },
        number,
    };
    let bytes = codec::to_vec(&ask).map_err(fault::internal)?;
    Ok(Draft { ask, bytes, phone })
}
