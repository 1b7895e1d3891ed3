//! Popup, chooser and vault page ⇄ worker, over a `runtime.connect` port named `panel`.
//!
//! A panel says what it is ([`FromPanel::Open`]); the worker answers with the whole [`View`] now and after every change. Panels hold no state of their own but what the user is typing.

use crate::{
    capture::CaptureSummary,
    correction::{FieldIdentity, SiteSaid},
    device::DeviceSummary,
    local::{Fault, Progress, Status},
    new_password::{SecretKind, Wanted},
};
use countersign_forms::FieldType;
use countersign_seal::{
    id::{CaptureId, FieldId, ItemId},
    log::DeviceKind,
    origin::{Origin, OriginChain},
    request::Number,
    secret::SecretBytes,
};
use countersign_vault::item::{ItemDraft, ItemSummary};
use serde::{Deserialize, Serialize};

/// Which panel speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PanelKind {
    /// The toolbar popup: about the active tab.
    Popup,
    /// The chooser in an extension iframe: about the field it was opened for.
    Chooser,
    /// The vault page.
    Vault,
    /// The offer to save what a page was given, in an extension iframe.
    Offer,
}

/// Panel → worker.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum FromPanel {
    /// First. → [`View`].
    Open {
        /// Which panel.
        kind: PanelKind,
        /// For a chooser or an offer: the one-time ticket in its URL's fragment, by which the worker knows what it was opened for.
        ticket: Option<String>,
    },
    /// Pair with the daemon: six digits from `countersign pair`.
    Pair {
        /// The digits.
        code: SecretBytes,
        /// What to call this browser.
        name: String,
    },
    /// Unlock the daemon.
    Unlock {
        /// PIN or passphrase.
        pin: SecretBytes,
    },
    /// Lock the daemon.
    Lock,
    /// The user picked an item to fill. The panel passes whether the browser called the event trusted.
    Choose {
        /// Which item.
        item: ItemId,
        /// `Event.isTrusted` of the pick.
        trusted: bool,
        /// Whether it was surely seen: no page can lie over the panel, or the browser itself vouches that none does.
        in_sight: bool,
    },
    /// What becomes of what the user typed where the item would go ([`View::overwrite`]).
    Overwrite {
        /// Which item.
        item: ItemId,
        /// Whether it stays, and the item fills only the rest.
        keep: bool,
        /// As for [`FromPanel::Choose`].
        trusted: bool,
        /// As for [`FromPanel::Choose`].
        in_sight: bool,
    },
    /// Make a new password for the form ([`View::generator`]), keep it, and fill it in.
    Generate {
        /// What the user wants it to be like; the page's rules come first.
        wanted: Wanted,
        /// Whether the user was told that it replaces what stands in the boxes ([`GeneratorView::occupied`]).
        replaces: bool,
        /// As for [`FromPanel::Choose`].
        trusted: bool,
        /// As for [`FromPanel::Choose`].
        in_sight: bool,
    },
    /// Confirm a fill of a field that is not sealed.
    Confirm {
        /// As for [`FromPanel::Choose`].
        in_sight: bool,
    },
    /// Withdraw the pending request, or close the chooser.
    Cancel,
    /// Clear a finished request from view.
    Dismiss,
    /// Vault page: search. → [`View::items`].
    List {
        /// Empty: all.
        query: String,
        /// Items after this offset.
        offset: u32,
    },
    /// Vault page: add.
    Add {
        /// The item.
        draft: ItemDraft,
    },
    /// Vault page: change.
    Edit {
        /// Which item.
        item: ItemId,
        /// The changes.
        draft: ItemDraft,
    },
    /// Vault page: remove.
    Remove {
        /// Which item.
        item: ItemId,
    },
    /// Vault page: undo a removal.
    Restore {
        /// Which item.
        item: ItemId,
    },
    /// Open the vault page in a tab.
    OpenVault,
    /// Vault page: list the devices. → [`View::devices`].
    Devices,
    /// Vault page: show a code for another browser. → [`View::showing`].
    PairBrowser {
        /// PIN or passphrase, once more.
        pin: SecretBytes,
    },
    /// Vault page: show a link for a phone. → [`View::showing`].
    PairPhone {
        /// PIN or passphrase, once more.
        pin: SecretBytes,
    },
    /// Vault page: what is shown is void.
    StopPairing,
    /// Popup: list the codes that can be copied for the page, or no more. → [`View::copies`].
    ShowCopies {
        /// Whether to list them.
        shown: bool,
    },
    /// Popup: show what the fields of the form in front are taken for, or no more. → [`View::form`].
    ShowFields {
        /// Whether to show them.
        shown: bool,
    },
    /// Popup: what the user says that fields are. The panel passes whether the browser called the event trusted. Said of a form that the popup does not show any more, it is
    /// refused with [`Fault::PageChanged`].
    Correct {
        /// [`FormView::shown`].
        shown: u32,
        /// Every field that something is said of, or nothing any more.
        fields: Vec<FieldSaid>,
        /// `Event.isTrusted` of the press.
        trusted: bool,
    },
    /// Popup: forget what was said of this site's fields.
    ForgetCorrections {
        /// [`FormView::shown`].
        shown: u32,
        /// `Event.isTrusted` of the press.
        trusted: bool,
    },
    /// Popup: make a report of what was said. → [`FormView::report`].
    ReportCorrections {
        /// [`FormView::shown`].
        shown: u32,
        /// Whether it names the site.
        with_site: bool,
    },
    /// Vault page: list all that the user said of fields, or no more. → [`View::corrections`].
    ShowCorrections {
        /// Whether to list it.
        shown: bool,
    },
    /// Vault page: forget what was said of one field.
    WithdrawCorrection {
        /// Its site.
        site: Origin,
        /// The field.
        field: FieldIdentity,
    },
    /// Vault page: undo that.
    RestoreCorrection {
        /// Its site.
        site: Origin,
        /// The field.
        field: FieldIdentity,
    },
    /// Vault page: list what pages were given and nobody has saved, and the sites that are never asked about, or no more. → [`View::captures`], [`View::ignored`].
    ShowCaptures {
        /// Whether to list it.
        shown: bool,
    },
    /// Offer, popup, vault page: save what a page was given.
    SaveCapture {
        /// Which.
        capture: CaptureId,
        /// The item whose password it becomes; `None` makes a new one.
        item: Option<ItemId>,
        /// The user name of a new item.
        username: String,
        /// `Event.isTrusted` of the press.
        trusted: bool,
    },
    /// Offer, popup, vault page: forget it.
    DropCapture {
        /// Which.
        capture: CaptureId,
        /// `Event.isTrusted` of the press.
        trusted: bool,
    },
    /// Offer, popup, vault page: capture nothing on its site any more, and forget this one.
    IgnoreSite {
        /// The capture that says which site.
        capture: CaptureId,
        /// `Event.isTrusted` of the press.
        trusted: bool,
    },
    /// Vault page: ask about a site again, one of [`View::ignored`].
    AskAgain {
        /// The site.
        site: Origin,
        /// `Event.isTrusted` of the press.
        trusted: bool,
    },
}

/// Worker → panel: all there is to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// How the way to the daemon is.
    pub link: Link,
    /// How the daemon is, once linked.
    pub status: Option<Status>,
    /// Where a pick would fill: the page of the popup's tab or the chooser's field; `None` if nothing there can be filled.
    pub place: Option<Place>,
    /// What the server that asks calls the place that it guards, in its own words ([`PlaceKind::HttpAuthentication`]).
    pub realm: Option<String>,
    /// Matching items (popup, chooser), or the asked-for page of the list (vault page).
    pub items: Vec<ItemSummary>,
    /// How many there are in all.
    pub total: u32,
    /// Whether the daemon was asked for them and has not answered yet: none is no answer then.
    pub seeking: bool,
    /// The query and offset that `items` answers (vault page).
    pub query: String,
    /// See `query`.
    pub offset: u32,
    /// The question of what becomes of what the user typed, after a pick that would go over it.
    pub overwrite: Option<OverwriteView>,
    /// What can be made for the form, if it asks for a new password (popup, chooser).
    pub generator: Option<GeneratorView>,
    /// Whether it was opened to make one: it begins there (chooser).
    pub makes: bool,
    /// The new password that was asked for here, until it is put away.
    pub making: Option<MakingView>,
    /// Whether a pick asks for a code to copy (popup).
    pub copies: bool,
    /// The code to copy, while it is good (popup).
    pub code: Option<CodeView>,
    /// The request in hand, if any.
    pub request: Option<RequestView>,
    /// What last went wrong, until the next thing is tried.
    pub fault: Option<Fault>,
    /// Whether the last press did nothing because something may cover the panel (chooser).
    pub covered: bool,
    /// Counts up with every shortcut that goes to the next item (chooser).
    pub cycled: u32,
    /// Counts up with every completed add, edit, remove or restore, so that a page knows its save went through.
    pub saved: u32,
    /// The account's devices, once asked for (vault page).
    pub devices: Option<Vec<DeviceSummary>>,
    /// What is shown for a device to join (vault page).
    pub showing: Option<Showing>,
    /// Whether the page in front has a form (popup).
    pub has_form: bool,
    /// That form's fields, once asked for (popup).
    pub form: Option<FormView>,
    /// What was said of fields, once asked for (vault page).
    pub corrections: Option<CorrectionsView>,
    /// What pages were given and nobody has saved: of the site in front (popup), the one that is offered (offer), or of all sites, once asked for (vault page).
    pub captures: Vec<CaptureSummary>,
    /// The sites that are never asked about, by name, once asked for (vault page). They come after `captures`: `None` while the two are not known.
    pub ignored: Option<Vec<Origin>>,
}

/// The fields of the form that has, or last had, the focus.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormView {
    /// Names what is shown: another document or other fields have another number. What is said comes back with it.
    pub shown: u32,
    /// The host of the document that it is in.
    pub host: String,
    /// Its fields in their order, at most [`countersign_forms::CORRECTION_LIMIT`]: of a longer form those around the one that has, or last had, the focus.
    pub fields: Vec<FieldView>,
    /// How many others it has.
    pub left_out: u32,
    /// Whether its document has more fields than are read of one, see [`countersign_forms::limits`].
    pub cut: bool,
    /// Whether anything is remembered of this site's fields.
    pub corrected: bool,
    /// The report, once asked for: JSON.
    pub report: Option<String>,
}

/// What was said of fields, for its list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorrectionsView {
    /// By site; at most [`CORRECTIONS_SHOWN`] corrections in all.
    pub sites: Vec<SiteSaid>,
    /// How many sites more there are.
    pub left_out: u32,
}

/// The most corrections that are listed at once.
pub const CORRECTIONS_SHOWN: usize = 1_000;

/// A field as people see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldView {
    /// Its number.
    pub id: u32,
    /// What stands at it, in the page's words. Empty: nothing.
    pub words: String,
    /// What it is taken for by itself.
    pub guess: FieldType,
    /// What the user said that it is.
    pub said: Option<FieldType>,
}

/// What the user says of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldSaid {
    /// Its number.
    pub id: u32,
    /// What it is; `None`: what it is taken for by itself.
    pub said: Option<FieldType>,
}

/// What a vault page shows so that a device can join, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Showing {
    /// Six digits to type into the other browser's popup.
    Code {
        /// The digits.
        digits: SecretBytes,
        /// Milliseconds for which it is still good.
        remaining_millis: u64,
    },
    /// A link to open on the phone.
    Link {
        /// The URL; its fragment is secret.
        url: SecretBytes,
        /// Milliseconds for which it is still good.
        remaining_millis: u64,
    },
    /// The device is listed.
    Paired {
        /// Its name.
        name: String,
        /// What it is.
        kind: DeviceKind,
    },
    /// Nothing came of it.
    Failed(Fault),
}

/// Where a pick would fill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// From the browser's own frame tree.
    pub chain: OriginChain,
    /// What is there to fill: a login, a code, a card.
    pub kind: PlaceKind,
}

/// What can be filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlaceKind {
    /// User name, password.
    Login,
    /// A new account: the user name, and never a password that is already used.
    SignUp,
    /// A change of password: the present one, and nothing into the boxes for the new one.
    ChangePassword,
    /// Boxes for a new password and nothing else: no item gives anything.
    NewPassword,
    /// One-time code.
    OneTimeCode,
    /// Payment card.
    Card,
    /// Who somebody is: name, address, ways to be reached. No secret; nobody is asked for it.
    Identity,
    /// A one-time code to copy, whatever the page has boxes for (popup).
    CopiedCode,
    /// The browser's own question for user name and password, which a server asked (popup).
    HttpAuthentication,
}

/// The way to the daemon.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Link {
    /// Not tried yet, or trying.
    Connecting,
    /// The native messaging host is not installed: `countersign install`.
    NoHost,
    /// The daemon is not running: `countersign up`.
    NoDaemon,
    /// The daemon has no account yet: `countersign unlock`.
    NotSetUp,
    /// The daemon has started and was not unlocked yet: there is no session before it is.
    Locked,
    /// This browser profile is not paired: `countersign pair`.
    NotPaired,
    /// Pairing: the phone must sign; type this number there.
    Pairing {
        /// The number, once drawn.
        number: Option<Number>,
        /// How far the phone is.
        progress: Option<Progress>,
    },
    /// Session established.
    Up,
}

/// What the user typed stands where a picked item would go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverwriteView {
    /// Which item was picked.
    pub item: ItemId,
    /// Its title.
    pub title: String,
    /// Whether there are other fields that it fills.
    pub rest: bool,
    /// Whether that would put its password beside a user name that may be another's.
    pub mixes: bool,
}

/// What can be made for a form that asks for a new password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GeneratorView {
    /// The kinds that surely meet the page's rules, the one that is proposed first.
    pub kinds: Vec<GeneratorKind>,
    /// The least length that the page takes, in characters.
    pub min_length: Option<u32>,
    /// The greatest one.
    pub max_length: Option<u32>,
    /// Whether the page takes special characters.
    pub special: bool,
    /// Whether the page has a rule that is not understood or cannot be met: it may refuse what is made.
    pub unknown: bool,
    /// Whether it is in a private window: what is made is kept there too, and nobody is asked to save it.
    pub private: bool,
    /// Whether something stands in the boxes that the user may have typed: it is replaced.
    pub occupied: bool,
}

/// A kind of new password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct GeneratorKind {
    /// Which.
    pub kind: SecretKind,
    /// The least characters, words or digits.
    pub least: u16,
    /// The most.
    pub most: u16,
    /// How many are proposed.
    pub amount: u16,
}

/// A new password on its way into the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct MakingView {
    /// Whether it is kept, as one of [`View::captures`] of its site.
    pub kept: bool,
    /// What came of writing it into the page.
    pub filled: Option<FillOutcome>,
}

/// A code to copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeView {
    /// Its item's title.
    pub title: String,
    /// The digits.
    pub digits: SecretBytes,
    /// Milliseconds until the next one takes its place, or nothing does.
    pub remaining_millis: u64,
}

/// A request as shown where it was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestView {
    /// Which item.
    pub item: ItemId,
    /// Its title.
    pub title: String,
    /// Whether it changes the item; else it fills.
    pub edit: bool,
    /// Whether it is for a code to copy.
    pub copy: bool,
    /// Whether what it is for is still there, if it has to be asked again.
    pub again: bool,
    /// The secret fields to fill. None: a user name and who somebody is are no secrets, and nobody is asked for them.
    pub fields: Vec<FieldId>,
    /// Whether the item was picked on the page before, where it gave its user name: another one can still be taken.
    pub carried: bool,
    /// Whether it is a code that was approved with its password: the phone answers it without a number, unless it asks after all.
    pub follows: bool,
    /// What the user types on the phone.
    pub number: Number,
    /// How far it is.
    pub progress: Progress,
    /// What came of the fill once approved.
    pub filled: Option<FillOutcome>,
    /// Milliseconds until it expires.
    pub remaining_millis: u64,
}

/// What came of writing into the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FillOutcome {
    /// Every planned field was filled.
    Filled,
    /// The same, but for secrets that their fields have no room or no option for.
    FilledInPart,
    /// No field has room for what was released: nothing was written.
    NoRoom,
    /// The server asked again for what it was just given.
    NotAccepted,
    /// The form changed between plan and commit: nothing was written.
    TargetChanged,
    /// The page is gone.
    PageGone,
    /// The page was moved to another window while the request waited.
    Moved,
    /// The connection to the daemon broke off before anything was released.
    Interrupted,
}
