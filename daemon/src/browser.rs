//! A browser's connection: who is there, pairing, the handshake, and calls inside the session.

use crate::{
    connection::send,
    daemon::{Daemon, VERSION},
    extension,
    fault::{self, Result},
    notice::{Notice, PeerId},
    paging::{WHOLE_FRAME, fitting},
    pairing::{Draft, Listing},
    requests::Owner,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use countersign_seal::{
    codec,
    id::DeviceId,
    keys::DeviceKeys as _,
    log::{Device, DeviceKind},
    pairing::{CodeShower, LIFETIME_MILLIS},
    session::{self, Channel, Hello, Responder, Setting},
};
use countersign_wire::{
    LOCAL_PROTOCOL,
    local::{Answer, Call, Event, Fault, Method, Reply},
    native::{Packet, PairConfirm, PairProgress, Unlock, from_data, to_data},
    socket::Sender,
};
use std::sync::Arc;

/// How far the connection is.
enum Phase {
    /// It may ask who is here, pair, or begin a session.
    Open,
    /// It typed a code.
    Typed { shower: CodeShower, shown_by: PeerId },
    /// It is proven and signs its request to be listed.
    Signing { draft: Box<Draft>, browser: Device, shown_by: PeerId },
    /// The phone is to sign.
    Joining { browser: Device, shown_by: PeerId },
    /// It was answered and must prove itself.
    Greeted { responder: Responder, browser: Device },
    /// The session stands.
    Session { channel: Channel, browser: DeviceId },
}

/// A browser's connection.
pub(crate) struct Browser {
    daemon: Arc<Daemon>,
    peer: PeerId,
    extension: String,
    phase: Phase,
}

impl Browser {
    /// Begins with what the browser told the native messaging host.
    pub(crate) fn new(daemon: Arc<Daemon>, peer: PeerId, extension: String) -> Result<Self> {
        if !extension::is_ours(&extension) {
            return Err(Fault::NotAllowed);
        }
        Ok(Self { daemon, peer, extension, phase: Phase::Open })
    }

    /// Deals with one packet. After an error the phase is [`Phase::Open`] again.
    pub(crate) async fn heed(&mut self, packet: Packet, sender: &mut Sender) -> Result<()> {
        let phase = core::mem::replace(&mut self.phase, Phase::Open);
        match (phase, packet) {
            (phase, Packet::Who) => {
                // Asking changes nothing; but a session is not begun twice on one connection.
                self.phase = phase;
                self.offer(sender).await
            }
            (Phase::Open, Packet::PairStart { data }) => self.pair_start(&data, sender).await,
            (Phase::Typed { shower, shown_by }, Packet::PairConfirm { data }) => {
                let result = self.pair_confirm(shower, shown_by, &data, sender).await;
                self.tell_failure(shown_by, result).await
            }
            (Phase::Signing { draft, browser, shown_by }, Packet::PairAsk { data }) => {
                let result = self.pair_ask(draft, browser, shown_by, &data).await;
                self.tell_failure(shown_by, result).await
            }
            (Phase::Open, Packet::Hello { data }) => match self.greet(&data, sender).await {
                Err(Fault::Locked) => self.say_locked(None, sender).await,
                outcome => outcome,
            },
            (Phase::Open, Packet::Unlock { data }) => self.unlock(&data, sender).await,
            (Phase::Greeted { responder, browser }, Packet::Proof { data }) => {
                self.admit(responder, &browser, &data, sender).await
            }
            (Phase::Session { channel, browser }, Packet::Frame { data }) => {
                self.call(channel, browser, &data, sender).await
            }
            // Another code is tried in place of the one that led nowhere.
            (phase @ (Phase::Typed { .. } | Phase::Signing { .. }), Packet::PairStart { data }) => {
                self.abandon(phase).await;
                self.pair_start(&data, sender).await
            }
            (phase, _) => {
                self.abandon(phase).await;
                Err(Fault::Malformed)
            }
        }
    }

    /// The connection is gone.
    pub(crate) async fn gone(mut self) {
        let phase = core::mem::replace(&mut self.phase, Phase::Open);
        self.abandon(phase).await;
    }

    /// Whoever shows the code of an unfinished pairing is told that nothing comes of it.
    async fn abandon(&self, phase: Phase) {
        let (shown_by, fault) = match phase {
            Phase::Typed { shown_by, .. } => (shown_by, Fault::WrongCode),
            Phase::Signing { shown_by, .. } | Phase::Joining { shown_by, .. } => (shown_by, Fault::NotPaired),
            Phase::Open | Phase::Greeted { .. } | Phase::Session { .. } => return,
        };
        self.daemon.tell_shower(shown_by, Notice::PairingFailed(fault)).await;
    }

    async fn tell_failure(&self, shown_by: PeerId, result: Result<()>) -> Result<()> {
        if let Err(fault) = result {
            self.daemon.tell_shower(shown_by, Notice::PairingFailed(fault)).await;
        }
        result
    }

    async fn offer(&self, sender: &mut Sender) -> Result<()> {
        let offer = self.daemon.code_offer().await?;
        let data = offer.map(|offer| to_data(&offer)).transpose().map_err(fault::internal)?;
        send(sender, &Packet::Offer { protocol: LOCAL_PROTOCOL, version: VERSION.to_owned(), data }).await
    }

    async fn pair_start(&mut self, data: &str, sender: &mut Sender) -> Result<()> {
        let start = from_data(data, "pairing start").map_err(fault::foreign)?;
        let (shower, reply, shown_by) = self.daemon.try_code(&start).await?;
        self.phase = Phase::Typed { shower, shown_by };
        send(sender, &Packet::PairReply { data: to_data(&reply).map_err(fault::internal)? }).await
    }

    async fn pair_confirm(
        &mut self,
        shower: CodeShower,
        shown_by: PeerId,
        data: &str,
        sender: &mut Sender,
    ) -> Result<()> {
        let PairConfirm { confirm, number, .. } = from_data(data, "pairing confirmation").map_err(fault::foreign)?;
        let browser = shower.finish(&confirm).map_err(|_| Fault::WrongCode)?;
        match self.daemon.list_browser(browser.clone(), number).await? {
            Listing::Done => self.listed(&browser, shown_by, sender).await,
            Listing::Ask(draft) => {
                let progress = PairProgress::Sign(draft.bytes());
                self.phase = Phase::Signing { draft, browser, shown_by };
                self.progress(&progress, sender).await
            }
        }
    }

    async fn pair_ask(&mut self, draft: Box<Draft>, browser: Device, shown_by: PeerId, data: &str) -> Result<()> {
        let signed = from_data(data, "signed ask").map_err(fault::foreign)?;
        self.daemon.ask_to_join(self.peer, *draft, signed).await?;
        self.phase = Phase::Joining { browser, shown_by };
        Ok(())
    }

    async fn progress(&self, progress: &PairProgress, sender: &mut Sender) -> Result<()> {
        send(sender, &Packet::PairProgress { data: to_data(progress).map_err(fault::internal)? }).await
    }

    async fn listed(&self, browser: &Device, shown_by: PeerId, sender: &mut Sender) -> Result<()> {
        let notice = Notice::Paired { name: browser.name.clone(), kind: browser.kind };
        self.daemon.tell_shower(shown_by, notice).await;
        send(sender, &Packet::PairDone).await
    }

    /// Answers a browser that the log lists.
    async fn greet(&mut self, data: &str, sender: &mut Sender) -> Result<()> {
        let hello: Hello = from_data(data, "hello").map_err(fault::foreign)?;
        let (keys, browser) = {
            let state = self.daemon.state.lock().await;
            let keys = state.keys()?;
            let listed = state.log().ok_or(Fault::NotSetUp)?.active(hello.browser).map_err(|_| Fault::NotPaired)?;
            if listed.device.kind != DeviceKind::Browser {
                return Err(Fault::NotPaired);
            }
            (keys, listed.device.clone())
        };
        if hello.setting.protocol != LOCAL_PROTOCOL {
            return Err(Fault::Version);
        }
        let profile = hello.setting.profile.clone();
        let expected = Setting { protocol: LOCAL_PROTOCOL, extension: self.extension.clone(), profile };
        let answered = Responder::answer(hello, &expected, keys.public().fingerprint(), &*keys).await;
        let (responder, welcome) = answered.map_err(fault::foreign)?;
        self.phase = Phase::Greeted { responder, browser };
        send(sender, &Packet::Welcome { data: to_data(&welcome).map_err(fault::internal)? }).await
    }

    /// Unlocks a daemon that has no keys yet to begin a session with; all connections get an offer then.
    async fn unlock(&self, data: &str, sender: &mut Sender) -> Result<()> {
        let Unlock { pin } = from_data(data, "unlock").map_err(fault::foreign)?;
        match self.daemon.unlock(pin).await {
            Ok(()) => Ok(()),
            Err(fault) => self.say_locked(Some(fault), sender).await,
        }
    }

    async fn say_locked(&self, fault: Option<Fault>, sender: &mut Sender) -> Result<()> {
        send(sender, &Packet::Locked { status: self.daemon.status().await, fault }).await
    }

    /// Checks the proof: the session stands, and the browser is told how we are.
    async fn admit(&mut self, responder: Responder, browser: &Device, data: &str, sender: &mut Sender) -> Result<()> {
        let proof = from_data(data, "proof").map_err(fault::foreign)?;
        let channel = responder.finish(&proof, &browser.keys).map_err(|_| Fault::NotPaired)?;
        let id = browser.id();
        let status = {
            let mut state = self.daemon.state.lock().await;
            state.begin_session(self.peer, id);
            self.daemon.status_of(&state)
        };
        self.phase = Phase::Session { channel, browser: id };
        self.say(&Answer::Event(Event::Changed(status)), sender).await
    }

    async fn call(&mut self, mut channel: Channel, browser: DeviceId, data: &str, sender: &mut Sender) -> Result<()> {
        // A suspended or removed browser's session ends with its next call.
        self.check_listed(browser).await?;
        let frame = STANDARD.decode(data).map_err(|_| Fault::Malformed)?;
        let opened = channel.open(&frame).map_err(|_| Fault::Malformed)?;
        let Call { call, method } =
            codec::from_slice(opened.expose(), "call", session::FRAME_LIMIT).map_err(fault::foreign)?;
        drop(opened);
        let result = self.answer(browser, method).await;
        self.phase = Phase::Session { channel, browser };
        self.say(&Answer::Reply { call, result }, sender).await
    }

    async fn check_listed(&self, browser: DeviceId) -> Result<()> {
        let state = self.daemon.state.lock().await;
        state.log().ok_or(Fault::NotSetUp)?.active(browser).map(|_| ()).map_err(|_| Fault::NotPaired)
    }

    async fn answer(&self, browser: DeviceId, method: Method) -> Result<Reply> {
        let daemon = &self.daemon;
        match method {
            Method::Status => Ok(Reply::Status(daemon.status().await)),
            Method::Match { chain } => {
                let items = daemon.matching(&chain).await?;
                let total = u32::try_from(items.len()).unwrap_or(u32::MAX);
                Ok(Reply::Items { items: fitting(items.into_iter(), WHOLE_FRAME), total })
            }
            Method::List { query, offset } => {
                let (items, total) = daemon.list(&query, offset).await?;
                Ok(Reply::Items { items: fitting(items.into_iter(), WHOLE_FRAME), total })
            }
            Method::Ask { ask } => daemon.ask(self.peer, browser, ask).await.map(|()| Reply::Done),
            Method::Confirm { request } => daemon.confirm(self.peer, request).await.map(|()| Reply::Done),
            Method::Cancel { request } => daemon.cancel(self.peer, request).await.map(|()| Reply::Done),
            Method::Add { draft } => daemon.add(draft).await.map(Reply::Item),
            Method::Edit { item, draft } => {
                daemon.edit(self.peer, Owner::Browser(browser), item, draft).await.map(|(item, _)| Reply::Item(item))
            }
            Method::Remove { item } => daemon.remove(item).await.map(|()| Reply::Done),
            Method::Restore { item } => daemon.restore(item).await.map(Reply::Item),
            Method::Unlock { pin } => {
                daemon.unlock(pin).await?;
                Ok(Reply::Status(daemon.status().await))
            }
            Method::Lock => {
                daemon.lock().await;
                Ok(Reply::Status(daemon.status().await))
            }
            Method::Devices => daemon.devices().await.map(Reply::Devices),
            Method::PairBrowser { pin } => {
                daemon.check_pin(pin).await?;
                let digits = daemon.show_code(self.peer).await?;
                Ok(Reply::Code { digits, lifetime_millis: LIFETIME_MILLIS })
            }
            Method::PairPhone { pin } => {
                daemon.check_pin(pin).await?;
                let url = daemon.show_link(self.peer).await?;
                Ok(Reply::Link { url, lifetime_millis: LIFETIME_MILLIS })
            }
            Method::StopPairing => {
                daemon.stop_showing(self.peer).await;
                Ok(Reply::Done)
            }
            Method::Corrections { offset } => {
                let (sites, total) = daemon.said_of_sites(offset).await?;
                Ok(Reply::Corrections { sites, total })
            }
            Method::Correct(said) => daemon.correct(said).await.map(|()| Reply::Done),
            Method::ForgetCorrections { site } => daemon.forget_corrections(&site).await.map(|()| Reply::Done),
            Method::RestoreCorrection { site, field } => {
                daemon.restore_correction(&site, &field).await.map(|()| Reply::Done)
            }
            Method::ReportCorrections { site, with_site } => {
                daemon.report_corrections(&site, with_site).await.map(Reply::Report)
            }
            Method::Capture(captured) => daemon.capture(self.peer, captured).await.map(Reply::Capture),
            Method::Deliver { deposit } => daemon.take_deposit(self.peer, &deposit).await.map(Reply::Capture),
            Method::CaptureEnded { capture, accepted } => {
                daemon.end_capture(capture, accepted).await.map(|()| Reply::Done)
            }
            Method::Captures { chain } => daemon.captures(&chain).await.map(Reply::Captures),
            Method::AllCaptures => daemon.all_captures().await.map(Reply::Captures),
            Method::SaveCapture { capture, item, username } => {
                let owner = Owner::Browser(browser);
                daemon.save_capture(self.peer, owner, capture, (item, &username)).await.map(Reply::Item)
            }
            Method::DropCapture { capture } => daemon.drop_capture(capture).await.map(|()| Reply::Done),
            Method::Generate { chain, username, recipe } => daemon.generate(&chain, &username, &recipe).await,
            Method::IgnoreSite { site, ignored } => daemon.ignore_site(site, ignored).await.map(|()| Reply::Done),
            Method::IgnoredSites => daemon.ignored_sites().await.map(Reply::Sites),
        }
    }

    /// Passes on what happened.
    pub(crate) async fn pass_on(&mut self, notice: Notice, sender: &mut Sender) -> Result<()> {
        match &self.phase {
            Phase::Session { .. } => self.pass_on_in_session(notice, sender).await,
            Phase::Joining { .. } => self.pass_on_joining(notice, sender).await,
            _ if matches!(notice, Notice::Ready) => self.offer(sender).await,
            _ => Ok(()),
        }
    }

    async fn pass_on_in_session(&mut self, notice: Notice, sender: &mut Sender) -> Result<()> {
        let event = match notice {
            Notice::Progress { request, progress } => Event::Progress { request, progress },
            Notice::Number { request, item, number } => Event::Number { request, item, number },
            Notice::Released { request, values } => Event::Released { request, values },
            Notice::Changed(status) => Event::Changed(status),
            Notice::Compared { capture, left } => Event::Compared { capture, left: left.map(|left| *left) },
            Notice::Corrected => Event::Corrected,
            Notice::Paired { name, kind } => Event::Paired { name, kind },
            Notice::PairingFailed(fault) => Event::PairingFailed(fault),
            // The broadcast that follows says that items changed.
            Notice::Item(_) | Notice::Listed | Notice::Ready => return Ok(()),
        };
        self.say(&Answer::Event(event), sender).await
    }

    async fn pass_on_joining(&mut self, notice: Notice, sender: &mut Sender) -> Result<()> {
        let phase = core::mem::replace(&mut self.phase, Phase::Open);
        let Phase::Joining { browser, shown_by } = phase else { return Err(Fault::Internal) };
        match notice {
            Notice::Progress { request, progress } => {
                self.daemon.tell_shower(shown_by, Notice::Progress { request, progress }).await;
                if !progress.has_failed() {
                    self.phase = Phase::Joining { browser, shown_by };
                } else {
                    self.daemon.tell_shower(shown_by, Notice::PairingFailed(Fault::NotPaired)).await;
                }
                self.progress(&PairProgress::Phone(progress), sender).await
            }
            Notice::Listed => self.listed(&browser, shown_by, sender).await,
            _ => {
                self.phase = Phase::Joining { browser, shown_by };
                Ok(())
            }
        }
    }

    async fn say(&mut self, answer: &Answer, sender: &mut Sender) -> Result<()> {
        let Phase::Session { channel, .. } = &mut self.phase else { return Err(Fault::Internal) };
        let plaintext = countersign_seal::secret::SecretBytes::new(codec::to_vec(answer).map_err(fault::internal)?);
        let frame = channel.seal(plaintext.expose()).map_err(fault::internal)?;
        send(sender, &Packet::Frame { data: STANDARD.encode(frame) }).await
    }
}
