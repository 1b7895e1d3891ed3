//! The engine in the browser: carries out its wishes with WebCrypto and with what the glue offers ([`Host`]).

use crate::{
    AuthRequired, ChallengeId, Effect, Engine, Frame, FrameId, Identity, Input, MenuEntry, Now, PanelId, Pins, PortId,
    ProbeId, ReadId, Sender, TabId,
};
use core::cell::RefCell;
use countersign_seal::{
    codec,
    id::UnixMillis,
    keys::PublicKeys,
    request::{Ask, SignedAsk},
    session::{Initiator, Welcome},
    web::WebKeys,
};
use countersign_wire::{
    native::Packet,
    page::FromProbe,
    panel::{FromPanel, PanelKind},
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_bytes::ByteBuf;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

/// The largest stored pins in bytes.
const PINS_LIMIT: usize = 64 * 1024;

#[wasm_bindgen]
extern "C" {
    /// What the glue does for the engine: one method an [`Effect`], and the clocks.
    pub type Host;

    #[wasm_bindgen(method)]
    fn monotonic(this: &Host) -> u64;
    #[wasm_bindgen(method)]
    fn unix(this: &Host) -> u64;
    #[wasm_bindgen(method)]
    fn connect(this: &Host, port: u32);
    #[wasm_bindgen(method)]
    fn disconnect(this: &Host, port: u32);
    #[wasm_bindgen(method)]
    fn send(this: &Host, port: u32, packet: JsValue);
    #[wasm_bindgen(method)]
    fn pin(this: &Host, pins: Vec<u8>);
    #[wasm_bindgen(method, js_name = readFrames)]
    fn read_frames(this: &Host, read: u32, tab: i32);
    #[wasm_bindgen(method)]
    fn watch(this: &Host, tabs: Vec<i32>);
    #[wasm_bindgen(method, js_name = findTab)]
    fn find_tab(this: &Host, panel: u32);
    #[wasm_bindgen(method)]
    fn look(this: &Host, tab: i32);
    #[wasm_bindgen(method)]
    fn equip(this: &Host, probe: u32);
    #[wasm_bindgen(method, js_name = toProbe)]
    fn to_probe(this: &Host, probe: u32, message: JsValue);
    #[wasm_bindgen(method, js_name = dropProbe)]
    fn drop_probe(this: &Host, probe: u32);
    #[wasm_bindgen(method)]
    fn show(this: &Host, panel: u32, view: JsValue);
    #[wasm_bindgen(method)]
    fn judge(this: &Host, tab: i32, frame: i64);
    #[wasm_bindgen(method)]
    fn offer(this: &Host, tab: i32, ticket: &str);
    #[wasm_bindgen(method, js_name = endOffer)]
    fn end_offer(this: &Host, tab: i32);
    #[wasm_bindgen(method)]
    fn keep(this: &Host, deposits: Vec<u8>);
    #[wasm_bindgen(method, js_name = answerChallenge)]
    fn answer_challenge(this: &Host, challenge: u32, answer: JsValue);
    #[wasm_bindgen(method)]
    fn summon(this: &Host, tab: i32);
    #[wasm_bindgen(method)]
    fn unsummon(this: &Host, tab: i32);
    #[wasm_bindgen(method, js_name = openPopup)]
    fn open_popup(this: &Host);
    #[wasm_bindgen(method, js_name = openVault)]
    fn open_vault(this: &Host);
    #[wasm_bindgen(method)]
    fn wake(this: &Host, millis: u64);
    #[wasm_bindgen(method, js_name = countryNames)]
    fn country_names(this: &Host, country: &str, lang: &str) -> Vec<String>;
}

/// What the glue keeps for this profile.
#[derive(Deserialize)]
struct Kept {
    /// DER SubjectPublicKeyInfo of the signing pair.
    #[serde(with = "serde_bytes")]
    public: Vec<u8>,
    profile: String,
    extension: String,
    /// CBOR of [`Pins`].
    #[serde(with = "serde_bytes", default)]
    pins: Option<Vec<u8>>,
    /// CBOR of the deposits of [`Effect::Keep`].
    #[serde(with = "serde_bytes", default)]
    deposits: Option<Vec<u8>>,
}

/// The largest stored deposits in bytes.
const DEPOSITS_LIMIT: usize = 1024 * 1024;

/// The engine and its surroundings.
#[wasm_bindgen]
#[derive(Clone)]
pub struct Worker(Rc<Inner>);

struct Inner {
    engine: RefCell<Engine>,
    keys: WebKeys,
    host: Host,
}

#[wasm_bindgen]
impl Worker {
    /// Starts with the profile's private key (a non-extractable `CryptoKey`), what else the glue keeps for it, and the glue itself.
    ///
    /// # Errors
    /// If what is kept is damaged.
    #[wasm_bindgen(constructor)]
    pub fn new(key: web_sys::CryptoKey, kept: JsValue, host: Host) -> Result<Worker, JsError> {
        let kept: Kept = serde_wasm_bindgen::from_value(kept)?;
        let verifying = countersign_seal::keys::VerifyingKey::from_spki(&kept.public)?;
        let public = PublicKeys { verifying, wrapping: None };
        let keys = WebKeys::from_handles(public.clone(), key, None)?;
        let identity = Identity { keys: public, profile: kept.profile, extension: kept.extension };
        // Pins of a newer version are as good as none: pairing again makes new ones.
        let pins = kept.pins.and_then(|bytes| codec::from_slice_versioned::<Pins>(&bytes, "pins", PINS_LIMIT, 1).ok());
        // While the handshake runs nobody waits for this; a first focus would.
        countersign_forms::prepare();
        let deposits: Option<Vec<ByteBuf>> =
            kept.deposits.and_then(|bytes| codec::from_slice(&bytes, "deposits", DEPOSITS_LIMIT).ok());
        let deposits = deposits.unwrap_or_default().into_iter().map(ByteBuf::into_vec).collect();
        let browser = host.clone().unchecked_into::<Host>();
        let engine = Engine::new(identity, pins, now(&host))
            .with_deposits(deposits)
            .with_country_names(move |country, lang| browser.country_names(country, lang));
        Ok(Self(Rc::new(Inner { engine: RefCell::new(engine), keys, host })))
    }

    /// [`Input::ProbeConnected`]; a sender that is not in a tab closes the port.
    #[wasm_bindgen(js_name = probeConnected)]
    pub fn probe_connected(&self, probe: u32, sender: JsValue) {
        match parse::<Sender>(sender) {
            Some(sender) => self.take(Input::ProbeConnected { probe: ProbeId(probe), sender }),
            None => self.0.host.drop_probe(probe),
        }
    }

    /// [`Input::Probe`]; a malformed message closes the port.
    #[wasm_bindgen(js_name = probeSaid)]
    pub fn probe_said(&self, probe: u32, message: JsValue) {
        match parse::<FromProbe>(message) {
            Some(message) => self.take(Input::Probe { probe: ProbeId(probe), message }),
            None => {
                self.0.host.drop_probe(probe);
                self.probe_gone(probe);
            }
        }
    }

    /// [`Input::ProbeGone`].
    #[wasm_bindgen(js_name = probeGone)]
    pub fn probe_gone(&self, probe: u32) {
        self.take(Input::ProbeGone(ProbeId(probe)));
    }

    /// [`Input::PanelConnected`]. `page` is the name of a [`PanelKind`].
    #[wasm_bindgen(js_name = panelConnected)]
    pub fn panel_connected(&self, panel: u32, page: JsValue, tab: Option<i32>) {
        if let Some(page) = parse::<PanelKind>(page) {
            self.take(Input::PanelConnected { panel: PanelId(panel), page, tab: tab.map(TabId) });
        }
    }

    /// [`Input::Panel`].
    #[wasm_bindgen(js_name = panelSaid)]
    pub fn panel_said(&self, panel: u32, message: JsValue) {
        if let Some(message) = parse::<FromPanel>(message) {
            self.take(Input::Panel { panel: PanelId(panel), message });
        }
    }

    /// [`Input::PanelGone`].
    #[wasm_bindgen(js_name = panelGone)]
    pub fn panel_gone(&self, panel: u32) {
        self.take(Input::PanelGone(PanelId(panel)));
    }

    /// [`Input::Tab`].
    #[wasm_bindgen(js_name = tabFound)]
    pub fn tab_found(&self, panel: u32, tab: i32) {
        self.take(Input::Tab { panel: PanelId(panel), tab: TabId(tab) });
    }

    /// [`Input::Shortcut`].
    pub fn shortcut(&self, tab: i32) {
        self.take(Input::Shortcut { tab: TabId(tab) });
    }

    /// [`Input::Menu`]; an entry that there is not does nothing.
    pub fn menu(&self, tab: i32, frame: i64, entry: JsValue) {
        if let Some(entry) = parse::<MenuEntry>(entry) {
            self.take(Input::Menu { tab: TabId(tab), frame: FrameId(frame), entry });
        }
    }

    /// [`Input::Navigated`].
    pub fn navigated(&self, tab: i32) {
        self.take(Input::Navigated { tab: TabId(tab) });
    }

    /// [`Input::Moved`].
    pub fn moved(&self, tab: i32) {
        self.take(Input::Moved { tab: TabId(tab) });
    }

    /// [`Input::Unjudged`].
    pub fn unjudged(&self, tab: i32, frame: i64) {
        self.take(Input::Unjudged { tab: TabId(tab), frame: FrameId(frame) });
    }

    /// [`Input::Frames`].
    #[wasm_bindgen(js_name = framesRead)]
    pub fn frames_read(&self, read: u32, frames: JsValue) {
        let frames = parse::<Vec<Frame>>(frames).unwrap_or_default();
        self.take(Input::Frames { read: ReadId(read), frames });
    }

    /// [`Input::Native`]; what is no packet ends the connection.
    #[wasm_bindgen(js_name = nativeSaid)]
    pub fn native_said(&self, port: u32, packet: JsValue) {
        match parse::<Packet>(packet) {
            Some(packet) => self.take(Input::Native { port: PortId(port), packet }),
            None => {
                self.0.host.disconnect(port);
                self.native_gone(port, false);
            }
        }
    }

    /// [`Input::NativeGone`].
    #[wasm_bindgen(js_name = nativeGone)]
    pub fn native_gone(&self, port: u32, missing: bool) {
        self.take(Input::NativeGone { port: PortId(port), missing });
    }

    /// [`Input::AuthRequired`]; what is malformed is left to the browser.
    #[wasm_bindgen(js_name = authRequired)]
    pub fn auth_required(&self, challenge: u32, required: JsValue) {
        match parse::<AuthRequired>(required) {
            Some(required) => self.take(Input::AuthRequired { challenge: ChallengeId(challenge), required }),
            None => self.0.host.answer_challenge(challenge, JsValue::UNDEFINED),
        }
    }

    /// [`Input::ChallengeGone`].
    #[wasm_bindgen(js_name = challengeGone)]
    pub fn challenge_gone(&self, challenge: u32) {
        self.take(Input::ChallengeGone(ChallengeId(challenge)));
    }

    /// [`Input::Tick`].
    pub fn tick(&self) {
        self.take(Input::Tick);
    }
}

impl Worker {
    fn take(&self, input: Input) {
        let now = now(&self.0.host);
        // The borrow ends before anything is done: doing may lead back here.
        let effects = self.0.engine.borrow_mut().handle(now, input);
        effects.into_iter().for_each(|effect| self.perform(effect));
    }

    fn perform(&self, effect: Effect) {
        let host = &self.0.host;
        match effect {
            Effect::Connect(port) => host.connect(port.0),
            Effect::Disconnect(port) => host.disconnect(port.0),
            Effect::Send(port, packet) => with_value(&packet, |packet| host.send(port.0, packet)),
            Effect::Sign(ask) => self.sign(ask),
            Effect::Prove { port, initiator, welcome, daemon } => self.prove(port, initiator, welcome, daemon),
            Effect::Pin(pins) => host.pin(codec::to_vec(&*pins).unwrap_or_default()),
            Effect::ReadFrames { read, tab } => host.read_frames(read.0, tab.0),
            Effect::Watch(tabs) => host.watch(tabs.into_iter().map(|tab| tab.0).collect()),
            Effect::FindTab(panel) => host.find_tab(panel.0),
            Effect::Look(tab) => host.look(tab.0),
            Effect::Equip(probe) => host.equip(probe.0),
            Effect::ToProbe(probe, message) => with_value(&message, |message| host.to_probe(probe.0, message)),
            Effect::DropProbe(probe) => host.drop_probe(probe.0),
            Effect::Show(panel, view) => with_value(&*view, |view| host.show(panel.0, view)),
            Effect::Judge { tab, frame } => host.judge(tab.0, frame.0),
            Effect::Offer { tab, ticket } => host.offer(tab.0, &ticket),
            Effect::EndOffer(tab) => host.end_offer(tab.0),
            Effect::Keep(deposits) => {
                // As bytes: a list of numbers takes nearly twice as much.
                let deposits: Vec<_> = deposits.into_iter().map(ByteBuf::from).collect();
                host.keep(codec::to_vec(&deposits).unwrap_or_default());
            }
            Effect::AnswerChallenge { challenge, answer: None } => {
                host.answer_challenge(challenge.0, JsValue::UNDEFINED);
            }
            Effect::AnswerChallenge { challenge, answer: Some(answer) } => {
                with_value(&answer, |answer| host.answer_challenge(challenge.0, answer));
            }
            Effect::Summon(tab) => host.summon(tab.0),
            Effect::Unsummon(tab) => host.unsummon(tab.0),
            Effect::OpenPopup => host.open_popup(),
            Effect::OpenVault => host.open_vault(),
            Effect::Wake(millis) => host.wake(millis),
        }
    }

    fn sign(&self, ask: Box<Ask>) {
        let worker = self.clone();
        spawn_local(async move {
            let signed = SignedAsk::make(&ask, &worker.0.keys).await;
            worker.take(Input::Signed(signed));
        });
    }

    fn prove(&self, port: PortId, initiator: Box<Initiator>, welcome: Welcome, daemon: PublicKeys) {
        let worker = self.clone();
        spawn_local(async move {
            let result = initiator.finish(&welcome, &daemon, &worker.0.keys).await;
            worker.take(Input::Proved { port, result });
        });
    }
}

fn now(host: &Host) -> Now {
    Now { monotonic: host.monotonic(), unix: UnixMillis(host.unix()) }
}

fn parse<T: DeserializeOwned>(value: JsValue) -> Option<T> {
    serde_wasm_bindgen::from_value(value).ok()
}

/// Passes a message on as a JavaScript value. JavaScript's copies of what it holds cannot be wiped: the commit is made as late, and lives as short, as can be.
fn with_value<T: Serialize>(message: &T, pass: impl FnOnce(JsValue)) {
    if let Ok(value) = serde_wasm_bindgen::to_value(message) {
        pass(value);
    }
}
