//! Command line ⇄ daemon. Secrets come from a prompt or standard input, never from argv.

use crate::{
    correction::SiteCorrections,
    device::DeviceSummary,
    local::{Fault, Status},
};
use countersign_seal::{id::ItemId, log::DeviceKind, origin::Origin, secret::SecretBytes};
use countersign_vault::item::{ItemDraft, ItemSummary};
use serde::{Deserialize, Serialize};

/// Command line → daemon.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Command {
    /// → [`Report::Status`].
    Status,
    /// First run: make the account, its keys and its store → [`Report::Status`].
    SetUp {
        /// PIN (with a keystore: at least 6 characters) or passphrase (at least 12).
        pin: SecretBytes,
        /// This computer's name.
        name: String,
    },
    /// → [`Report::Status`].
    Unlock {
        /// The PIN or passphrase.
        pin: SecretBytes,
    },
    /// → [`Report::Status`].
    Lock,
    /// Show a six-digit code for a browser → [`Report::Code`], then [`Report::Paired`] or a fault.
    PairBrowser,
    /// Show a link for a phone → [`Report::Link`], then [`Report::Paired`] or a fault.
    PairPhone,
    /// → [`Report::Devices`].
    Devices,
    /// → [`Report::Item`].
    Add(ItemDraft),
    /// → [`Report::Items`].
    List {
        /// Empty: all.
        query: String,
    },
    /// → [`Report::Item`].
    Edit {
        /// Which item.
        item: ItemId,
        /// The changes.
        draft: ItemDraft,
    },
    /// → [`Report::Done`].
    Remove {
        /// Which item.
        item: ItemId,
    },
    /// Use this relay from now on → [`Report::Status`].
    SetRelay {
        /// Its API origin, such as `https://relay.example`; `None`: no relay.
        relay: Option<String>,
        /// Where the phone app is served; links for phones begin with it.
        phone: Option<String>,
    },
    /// End the daemon → [`Report::Done`].
    Stop,
    /// What the user said of fields, by site → [`Report::Corrections`].
    Corrections {
        /// Sites after this offset.
        offset: u32,
    },
    /// Forget what the user said of a site's fields; [`Fault::NotFound`] if nothing was → [`Report::Done`].
    ForgetCorrections {
        /// The site.
        site: Origin,
    },
}

/// Daemon → command line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Report {
    /// Done.
    Done,
    /// How the daemon is.
    Status(FullStatus),
    /// Type these digits into the browser's popup.
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
    /// A device joined.
    Paired {
        /// Its name.
        name: String,
        /// What it is.
        kind: DeviceKind,
    },
    /// The phone must approve; how far it is.
    Progress(crate::local::Progress),
    /// The number to type on the phone.
    Number(countersign_seal::request::Number),
    /// All devices.
    Devices(Vec<DeviceSummary>),
    /// Items.
    Items(Vec<ItemSummary>),
    /// One item.
    Item(ItemSummary),
    /// A page of sites with what the user said of their fields.
    Corrections {
        /// As many as fit.
        sites: Vec<SiteCorrections>,
        /// How many there are in all.
        total: u32,
    },
    /// It failed.
    Fault(Fault),
}

/// How the daemon is, in full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FullStatus {
    /// Whether an account exists.
    pub set_up: bool,
    /// What the extension is told, too.
    pub status: Status,
    /// The relay's origin, if one is set.
    pub relay: Option<String>,
    /// The daemon's process id.
    pub pid: u32,
    /// Paired browsers that are connected now.
    pub browsers: u32,
    /// How many items there are; 0 while locked.
    pub items: u32,
    /// How many fields are not sealed; 0 while locked.
    pub not_sealed: u32,
    /// Backups of the store from before a phone sealed it, to be deleted: they hold values that are not sealed. Paths.
    pub old_backups: Vec<String>,
}
