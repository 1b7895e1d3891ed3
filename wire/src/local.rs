//! Extension ⇄ daemon, inside the session. One call, one reply; events in between.

use crate::{
    capture::{CaptureSummary, Captured},
    correction::{FieldIdentity, Said, SiteSaid},
    device::DeviceSummary,
};
use countersign_seal::{
    field::FieldKind,
    id::{CaptureId, FieldId, ItemId, RequestId},
    log::DeviceKind,
    origin::{Origin, OriginChain},
    request::{Number, Refusal, SignedAsk},
    secret::SecretBytes,
};
use countersign_vault::{
    generator::Recipe,
    item::{ItemDraft, ItemSummary},
    one_time_code::{NextCode, choose_after},
};
use serde::{Deserialize, Serialize};

/// The most items in one page of a list.
pub const PAGE_LIMIT: usize = 200;

/// Extension → daemon.
#[derive(Debug, Serialize, Deserialize)]
pub struct Call {
    /// Drawn by the caller, unique in the session; the reply repeats it.
    pub call: u32,
    /// What to do.
    pub method: Method,
}

/// What an extension may ask of the daemon.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// → [`Reply::Status`].
    Status,
    /// Items that may be used on this chain → [`Reply::Items`].
    Match {
        /// Where.
        chain: OriginChain,
    },
    /// Items whose title, user name or site contains `query` → [`Reply::Items`].
    List {
        /// Empty: all.
        query: String,
        /// Items after this offset.
        offset: u32,
    },
    /// Ask for fields to be released: asks the phone, or, for fields that are not sealed, asks for [`Method::Confirm`]. → [`Reply::Done`], then [`Event::Progress`].
    Ask {
        /// The signed ask.
        ask: SignedAsk,
    },
    /// The user confirmed in the chooser (only for fields that are not sealed) → [`Reply::Done`].
    Confirm {
        /// Which request.
        request: RequestId,
    },
    /// Withdraw a request → [`Reply::Done`].
    Cancel {
        /// Which request.
        request: RequestId,
    },
    /// Add an item → [`Reply::Item`].
    Add {
        /// The item.
        draft: ItemDraft,
    },
    /// Change an item → [`Reply::Item`]. A change of what stands inside seals waits for the phone.
    Edit {
        /// Which item.
        item: ItemId,
        /// The changes.
        draft: ItemDraft,
    },
    /// Remove an item; undone by [`Method::Restore`] for 30 days → [`Reply::Done`].
    Remove {
        /// Which item.
        item: ItemId,
    },
    /// Undo a removal → [`Reply::Item`].
    Restore {
        /// Which item.
        item: ItemId,
    },
    /// Unlock with the PIN or passphrase → [`Reply::Status`].
    Unlock {
        /// The PIN.
        pin: SecretBytes,
    },
    /// Lock → [`Reply::Status`].
    Lock,
    /// → [`Reply::Devices`].
    Devices,
    /// Show a six-digit code for another browser → [`Reply::Code`], then [`Event::Paired`] or [`Event::PairingFailed`].
    PairBrowser {
        /// The PIN, once more: who lets a device in must be the user.
        pin: SecretBytes,
    },
    /// Show a link for a phone → [`Reply::Link`], then [`Event::Paired`] or [`Event::PairingFailed`].
    PairPhone {
        /// The PIN, once more: who makes a phone the approver must be the user.
        pin: SecretBytes,
    },
    /// What is shown is void → [`Reply::Done`].
    StopPairing,
    /// What the user said of fields, by site → [`Reply::Corrections`]. Asked once a session and after [`Event::Corrected`]: no page is named, so the daemon does not hear
    /// of pages that were only looked at.
    Corrections {
        /// Sites after this offset.
        offset: u32,
    },
    /// Remember what the user said of fields → [`Reply::Done`].
    Correct(Said),
    /// Forget what the user said of a site's fields → [`Reply::Done`].
    ForgetCorrections {
        /// A document's origin.
        site: Origin,
    },
    /// Undo that what was said of a field was withdrawn or forgotten since the vault was unlocked → [`Reply::Done`].
    RestoreCorrection {
        /// A document's origin.
        site: Origin,
        /// The field.
        field: FieldIdentity,
    },
    /// What the user said of a site's fields, as a report without personal data → [`Reply::Report`].
    ReportCorrections {
        /// A document's origin.
        site: Origin,
        /// Whether the report names it.
        with_site: bool,
    },
    /// A page was given a login: sealed at once, and kept until the user says whether it is saved → [`Reply::Capture`].
    Capture(Captured),
    /// The same, from a time when nobody could be told: a [`Captured`], CBOR, in a [`countersign_seal::deposit::Deposit`] → [`Reply::Capture`].
    Deliver {
        /// The encoded deposit.
        #[serde(with = "serde_bytes")]
        deposit: Vec<u8>,
    },
    /// What came of it: whether the site took it. What it did not take is forgotten, unless it was generated → [`Reply::Done`].
    CaptureEnded {
        /// Which.
        capture: CaptureId,
        /// Whether the site took it.
        accepted: bool,
    },
    /// Captures of this page's site, newest first → [`Reply::Captures`].
    Captures {
        /// Where.
        chain: OriginChain,
    },
    /// Captures of all sites, newest first, as many as fit into half a frame → [`Reply::Captures`]. The others come once some of these are saved or forgotten.
    AllCaptures,
    /// Save one → [`Reply::Item`].
    SaveCapture {
        /// Which.
        capture: CaptureId,
        /// The item whose password it becomes, one of [`CaptureSummary::updates`]; `None` makes a new one.
        item: Option<ItemId>,
        /// The user name of a new item.
        username: String,
    },
    /// Forget one → [`Reply::Done`].
    DropCapture {
        /// Which.
        capture: CaptureId,
    },
    /// Make a new secret for a page. It is stored, as a capture, before it is answered → [`Reply::Generated`].
    Generate {
        /// Where.
        chain: OriginChain,
        /// The user name that it is for, as far as the page tells.
        username: String,
        /// What it must be like.
        recipe: Recipe,
    },
    /// Whether logins of a site are captured → [`Reply::Done`].
    IgnoreSite {
        /// A document's origin.
        site: Origin,
        /// Whether they are not.
        ignored: bool,
    },
    /// The sites whose logins are not captured → [`Reply::Sites`].
    IgnoredSites,
}

/// Daemon → extension.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// To one call.
    Reply {
        /// The call's number.
        call: u32,
        /// What came of it.
        result: Result<Reply, Fault>,
    },
    /// Unasked.
    Event(Event),
}

/// What a call yields.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reply {
    /// Nothing more to say.
    Done,
    /// How the daemon is.
    Status(Status),
    /// A page of items.
    Items {
        /// At most [`PAGE_LIMIT`].
        items: Vec<ItemSummary>,
        /// How many there are in all.
        total: u32,
    },
    /// One item, as it is now.
    Item(ItemSummary),
    /// All devices, in the order in which they joined.
    Devices(Vec<DeviceSummary>),
    /// Type these digits into the other browser's popup.
    Code {
        /// Six digits.
        digits: SecretBytes,
        /// How long it is good for.
        lifetime_millis: u64,
    },
    /// Open this link on the phone, or scan it as a QR code.
    Link {
        /// The URL; its fragment is secret.
        url: SecretBytes,
        /// How long it is good for.
        lifetime_millis: u64,
    },
    /// What the user said of fields: as many sites as fit into a frame.
    Corrections {
        /// The sites, by name.
        sites: Vec<SiteSaid>,
        /// How many there are in all.
        total: u32,
    },
    /// A report: JSON.
    Report(String),
    /// What was captured; `None` if there is nothing to ask: it is stored already, or the site is ignored.
    Capture(Option<CaptureSummary>),
    /// Captures, newest first.
    Captures(Vec<CaptureSummary>),
    /// A new secret, stored as this capture.
    Generated {
        /// The capture.
        capture: CaptureSummary,
        /// The secret.
        value: SecretBytes,
    },
    /// Sites, by name.
    Sites(Vec<Origin>),
}

/// How the daemon is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The product's version.
    pub version: String,
    /// Whether the store is open.
    pub locked: bool,
    /// Whether a PIN with a keystore (`true`) or a passphrase opens it.
    pub pin: bool,
    /// Whether an approver exists; without one fields are not sealed.
    pub phone: bool,
    /// Whether the relay can be reached now; `None` if none is set.
    pub relay: Option<bool>,
    /// Milliseconds until the next unlock attempt is accepted.
    pub retry_after_millis: u64,
    /// What stands in the way now beside all that: [`Fault::DiskFull`], [`Fault::ReadOnly`], [`Fault::Damaged`], [`Fault::LostWrites`], [`Fault::Clock`].
    #[serde(default)]
    pub faults: Vec<Fault>,
}

/// What happens unasked.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// A request moved on.
    Progress {
        /// Which request.
        request: RequestId,
        /// How far it is.
        progress: Progress,
    },
    /// Approved: the values, once. The extension binds them to one tab, frame, document and origin, for 30 s.
    Released {
        /// Which request.
        request: RequestId,
        /// The values of the fields that were asked for.
        values: Vec<ReleasedField>,
    },
    /// An edit made in this session waits for the phone: the number to type there. [`Event::Progress`] of the same request follows.
    Number {
        /// Which request.
        request: RequestId,
        /// The edited item.
        item: ItemId,
        /// What the user types on the phone.
        number: Number,
    },
    /// Items, locks or devices changed: ask again.
    Changed(Status),
    /// A phone has said whether a capture of this session is what is stored.
    Compared {
        /// Which.
        capture: CaptureId,
        /// `None`: it is, and the capture is gone. Else what is known of it now.
        left: Option<CaptureSummary>,
    },
    /// What the user said of fields changed: ask for it again.
    Corrected,
    /// The code or link that this session shows was used: the device is listed.
    Paired {
        /// Its name.
        name: String,
        /// What it is.
        kind: DeviceKind,
    },
    /// The code or link that this session shows is void, or the pairing failed.
    PairingFailed(Fault),
}

/// An opened field.
#[derive(Debug, Serialize, Deserialize)]
pub struct ReleasedField {
    /// Which field.
    pub field: FieldId,
    /// What it is.
    pub kind: FieldKind,
    /// Its value.
    pub value: SecretBytes,
    /// Of a code by time: the one after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<NextCode>,
}

impl ReleasedField {
    /// What to fill so many milliseconds after the release; `None` if it is over by then.
    #[must_use]
    pub fn value_after(&self, elapsed_millis: u64) -> Option<&SecretBytes> {
        choose_after(&self.value, self.next.as_ref(), elapsed_millis)
    }
}

/// How far a request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Progress {
    /// The field is not sealed: the user must confirm in the chooser.
    ConfirmHere,
    /// The request is on its way to the phone.
    Asked,
    /// The phone shows it.
    Delivered,
    /// The phone said yes.
    Approved,
    /// The phone said no.
    Refused(Refusal),
    /// Nobody answered in time.
    Expired,
    /// The phone cannot be reached; the request is withdrawn.
    PhoneUnreachable,
    /// The relay cannot be reached, so the phone was not asked.
    RelayUnreachable,
    /// It was cancelled.
    Cancelled,
}

impl Progress {
    /// Whether it has failed for good: nothing follows.
    #[must_use]
    pub const fn has_failed(self) -> bool {
        match self {
            Self::ConfirmHere | Self::Asked | Self::Delivered | Self::Approved => false,
            Self::Refused(_) | Self::Expired | Self::PhoneUnreachable | Self::RelayUnreachable | Self::Cancelled => {
                true
            }
        }
    }
}

/// Why a call failed: a code with its remedy in the documentation, and whether the session goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Fault {
    /// The daemon is not running (said by the native host).
    NoDaemon,
    /// The daemon is not set up: `countersign unlock`.
    NotSetUp,
    /// The daemon is locked.
    Locked,
    /// The PIN or passphrase is wrong.
    WrongPin,
    /// Too many attempts: wait.
    TryLater,
    /// The keystore does not answer.
    Keystore,
    /// This browser profile is not paired, or was removed.
    NotPaired,
    /// No pairing code is shown: `countersign pair`.
    NoCode,
    /// The pairing code is wrong or used up: show a new one.
    WrongCode,
    /// Another request is pending: answer or cancel it first.
    Busy,
    /// After refusals or "this wasn't me", requests are muted for a while.
    Muted,
    /// There is no such item, field or request.
    NotFound,
    /// The item may not be used on this page.
    OtherSite,
    /// The draft breaks a rule (empty title, too long, no such kind).
    InvalidDraft,
    /// The message is malformed, unknown or too large.
    Malformed,
    /// The other side speaks another protocol version: update.
    Version,
    /// A PIN needs at least 6 characters, a passphrase 12.
    ShortPin,
    /// No relay is set, or it cannot be reached: `countersign up --with-relay`.
    NoRelay,
    /// Not allowed in this state: an account exists already, or the caller is no extension of ours.
    NotAllowed,
    /// The device log is forked: the account is stopped.
    Forked,
    /// The store cannot be read or written.
    Store,
    /// The disk is full: nothing can be saved.
    DiskFull,
    /// The store, or the disk that it lies on, is read-only: nothing can be saved.
    ReadOnly,
    /// The store's file is damaged. It is left as it is.
    Damaged,
    /// A newer version wrote the store. It is left as it is.
    NewerStore,
    /// The store's write-ahead log was lost: what was saved last may be missing.
    LostWrites,
    /// This computer's clock and the relay's are too far apart.
    Clock,
    /// As much is remembered of fields as can be: forget some sites' corrections.
    TooManyCorrections,
    /// What was said is of a form that is not there any more as it was shown.
    PageChanged,
    /// Too many logins wait to be saved, or too many sites are ignored: save or forget some.
    TooManyCaptures,
    /// Nothing can be made of a recipe: its rules contradict each other, or ask for too much.
    InvalidRecipe,
    /// A fault of ours.
    Internal,
}

impl Fault {
    /// Whether the daemon keeps the connection after it: the caller may try something else there.
    #[must_use]
    pub const fn keeps_connection(self) -> bool {
        matches!(
            self,
            Self::NotSetUp | Self::Locked | Self::NoCode | Self::WrongCode | Self::NotPaired | Self::Muted | Self::Busy
        )
    }

    /// Whether it is why the daemon cannot open its store: it then answers everything with it until that is mended.
    #[must_use]
    pub const fn is_of_store(self) -> bool {
        matches!(self, Self::Store | Self::DiskFull | Self::ReadOnly | Self::Damaged | Self::NewerStore)
    }
}
