//! What goes into the engine and what it wants done. The engine itself does no I/O, holds no private key and reads no clock.

use countersign_seal::{
    id::{AccountId, UnixMillis},
    keys::PublicKeys,
    log::Device,
    request::{Ask, SignedAsk},
    secret::SecretBytes,
    session::{Channel, Initiator, Proof, Welcome},
};
use countersign_wire::{
    native::Packet,
    page::{FromProbe, ToProbe},
    panel::{FromPanel, PanelKind, View},
};
use serde::{Deserialize, Serialize};

/// A probe's port. Numbers are never used again while the worker lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProbeId(pub u32);

/// A panel's port. Numbers are never used again while the worker lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PanelId(pub u32);

/// A connection of the native messaging port. What an earlier one still says is not heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PortId(pub u32);

/// A reading of a tab's frame tree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReadId(pub u32);

/// A request that the browser holds back because its server asks for user name and password. Numbers are never used again while the worker lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChallengeId(pub u32);

/// A browser tab (`tabs.Tab.id`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TabId(pub i32);

/// A frame of a tab (`webNavigation` frame id; 0 is the top frame). Firefox's do not fit into 32 bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FrameId(pub i64);

/// Who connected a port, in the browser's own words (`runtime.MessageSender`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sender {
    /// The tab.
    pub tab: TabId,
    /// The frame.
    pub frame: FrameId,
    /// The document, where the browser names documents.
    pub document: Option<String>,
    /// The document's origin as serialized; `null` if it is opaque.
    pub origin: String,
    /// Whether the tab is in a private window (`tabs.Tab.incognito`).
    pub private: bool,
}

/// A frame of the tree (`webNavigation.getAllFrames`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// The frame.
    pub frame: FrameId,
    /// The frame that holds it; negative for the top frame.
    pub parent: FrameId,
    /// The origin of its URL, if that is `http` or `https`.
    pub origin: Option<String>,
    /// The document, where the browser names documents.
    pub document: Option<String>,
    /// Whether it is shown: not prerendered, not in the back-forward cache.
    pub active: bool,
}

/// What a browser says of a server that asks for user name and password (`webRequest.onAuthRequired`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthRequired {
    /// The browser's name for the request (`requestId`).
    pub request: String,
    /// The tab; negative if it is for none.
    pub tab: TabId,
    /// The frame whose document it is for, or that asks for it (`frameId`).
    pub frame: FrameId,
    /// The frame that holds that one (`parentFrameId`).
    pub parent: FrameId,
    /// What it is for (`type`): `main_frame`, `sub_frame`, `image`, ….
    pub kind: String,
    /// The origin of its URL, if that is `http` or `https`.
    pub origin: Option<String>,
    /// The origin of the document that wants it, as serialized.
    pub initiator: Option<String>,
    /// The authentication scheme.
    pub scheme: String,
    /// What the server calls the place that it guards.
    pub realm: Option<String>,
    /// Whether a proxy asks (`isProxy`).
    pub proxy: bool,
    /// Whether its tab is the one in front of its window, and it is for no document that is hidden.
    pub front: bool,
}

/// The time, twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds on a clock that only goes forward.
    pub monotonic: u64,
    /// The wall clock.
    pub unix: UnixMillis,
}

/// Who this browser profile is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Its public keys.
    pub keys: PublicKeys,
    /// Its random name.
    pub profile: String,
    /// The extension's id, as native messaging hosts are told it.
    pub extension: String,
}

/// Whom this profile is paired with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pins {
    /// Format version; 1.
    pub version: u16,
    /// The account.
    pub account: AccountId,
    /// The daemon.
    pub daemon: Device,
    /// The name under which this profile entered the account's log.
    pub name: String,
}

/// What the context menu of a field offers (`contextMenus.OnClickData.menuItemId`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MenuEntry {
    /// Choose what to fill, as with the keyboard shortcut.
    Fill,
    /// The same, and nothing is asked for before the user has picked.
    PickAnother,
    /// Make a new password.
    NewPassword,
    /// Show a one-time code in the popup, to be copied.
    CopyCode,
}

/// What happened.
pub enum Input {
    /// Time passed ([`Effect::Wake`]).
    Tick,
    /// A probe's port opened.
    ProbeConnected {
        /// Its number.
        probe: ProbeId,
        /// Who it is.
        sender: Sender,
    },
    /// A probe spoke.
    Probe {
        /// Which.
        probe: ProbeId,
        /// What it said.
        message: FromProbe,
    },
    /// A probe's port closed: its document is gone.
    ProbeGone(ProbeId),
    /// A panel's port opened.
    PanelConnected {
        /// Its number.
        panel: PanelId,
        /// Which page it is, by the browser's word.
        page: PanelKind,
        /// The tab that it is in, if it is in one.
        tab: Option<TabId>,
    },
    /// A panel spoke.
    Panel {
        /// Which.
        panel: PanelId,
        /// What it said.
        message: FromPanel,
    },
    /// A panel's port closed.
    PanelGone(PanelId),
    /// The tab that the popup is about ([`Effect::FindTab`]).
    Tab {
        /// For which panel.
        panel: PanelId,
        /// The tab.
        tab: TabId,
    },
    /// The keyboard shortcut.
    Shortcut {
        /// The active tab.
        tab: TabId,
    },
    /// An entry of the context menu of a field.
    Menu {
        /// The tab.
        tab: TabId,
        /// The frame that the field is in.
        frame: FrameId,
        /// Which entry.
        entry: MenuEntry,
    },
    /// A document was committed in a frame of a tab, or the tab was closed ([`Effect::Watch`]).
    Navigated {
        /// The tab.
        tab: TabId,
    },
    /// A tab was moved to another window ([`Effect::Watch`]).
    Moved {
        /// The tab.
        tab: TabId,
    },
    /// No document came that can say how it looks ([`Effect::Judge`]).
    Unjudged {
        /// The tab.
        tab: TabId,
        /// The frame.
        frame: FrameId,
    },
    /// A frame tree ([`Effect::ReadFrames`]); empty if the tab is gone.
    Frames {
        /// Which reading.
        read: ReadId,
        /// All frames of the tab.
        frames: Vec<Frame>,
    },
    /// The native host spoke.
    Native {
        /// On which connection.
        port: PortId,
        /// What it said.
        packet: Packet,
    },
    /// The native port closed.
    NativeGone {
        /// Which connection.
        port: PortId,
        /// Whether the browser found no such host.
        missing: bool,
    },
    /// An ask was signed, or could not be ([`Effect::Sign`]).
    Signed(Result<SignedAsk, countersign_seal::Error>),
    /// The session's handshake ended ([`Effect::Prove`]).
    Proved {
        /// On which connection.
        port: PortId,
        /// The channel, and the proof that opens it on the other side.
        result: Result<(Channel, Proof), countersign_seal::Error>,
    },
    /// A server asks for user name and password → [`Effect::AnswerChallenge`].
    AuthRequired {
        /// Its number.
        challenge: ChallengeId,
        /// What the browser says of it.
        required: AuthRequired,
    },
    /// The request is over without an answer.
    ChallengeGone(ChallengeId),
}

/// What is to be done, in this order.
pub enum Effect {
    /// Open the native port.
    Connect(PortId),
    /// Close the native port.
    Disconnect(PortId),
    /// Say something on the native port.
    Send(PortId, Packet),
    /// Sign an ask with the profile's key → [`Input::Signed`].
    Sign(Box<Ask>),
    /// Finish the handshake with the profile's key → [`Input::Proved`].
    Prove {
        /// On which connection.
        port: PortId,
        /// Our half.
        initiator: Box<Initiator>,
        /// The daemon's half.
        welcome: Welcome,
        /// The pinned daemon.
        daemon: PublicKeys,
    },
    /// Remember whom this profile is paired with.
    Pin(Box<Pins>),
    /// Read a tab's frame tree → [`Input::Frames`].
    ReadFrames {
        /// Which reading.
        read: ReadId,
        /// The tab.
        tab: TabId,
    },
    /// Tell of the documents and the window of these tabs and of no other → [`Input::Navigated`], [`Input::Moved`].
    Watch(Vec<TabId>),
    /// Find the tab that the popup is about → [`Input::Tab`].
    FindTab(PanelId),
    /// Ask all probes of a tab to look, so that they connect.
    Look(TabId),
    /// Load the code for icon and chooser into a probe's document, if it is not there.
    Equip(ProbeId),
    /// Say something to a probe.
    ToProbe(ProbeId, ToProbe),
    /// Close a probe's port.
    DropProbe(ProbeId),
    /// Show something.
    Show(PanelId, Box<View>),
    /// Ask a frame's document, whichever is there, how it looks now ([`countersign_wire::page::FromProbe::Judged`]).
    Judge {
        /// The tab.
        tab: TabId,
        /// The frame.
        frame: FrameId,
    },
    /// Show the offer in a tab's top document.
    Offer {
        /// The tab.
        tab: TabId,
        /// For the fragment of the offer's URL; good once.
        ticket: String,
    },
    /// Remove the offer.
    EndOffer(TabId),
    /// Remember these deposits, and no others, until the daemon has taken them.
    Keep(Vec<Vec<u8>>),
    /// Answer a server that asked ([`Input::AuthRequired`]), once.
    AnswerChallenge {
        /// Which request.
        challenge: ChallengeId,
        /// User name and password; `None` leaves it to the browser's own dialog.
        answer: Option<(String, SecretBytes)>,
    },
    /// Open the popup about a tab, and mark the button there: something is asked.
    Summon(TabId),
    /// Remove that mark.
    Unsummon(TabId),
    /// Open the popup.
    OpenPopup,
    /// Open the vault page.
    OpenVault,
    /// Call [`Input::Tick`] after this many milliseconds; replaces an earlier wish.
    Wake(u64),
}
