//! Items, as pages and commands see them ([`ItemSummary`]) and as they are written ([`ItemDraft`]).

pub use crate::identity::Identity;

use countersign_seal::{
    field::{FieldKind, Policy},
    id::{FieldId, ItemId, UnixMillis},
    origin::{Origin, Site},
    secret::SecretBytes,
};
use serde::{Deserialize, Serialize};

/// What an item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ItemKind {
    /// A user name and a password, perhaps with one-time codes.
    Login,
    /// One-time codes alone.
    OneTimeCode,
    /// A payment card.
    Card,
    /// A person's name, address and ways to be reached: no secret.
    Identity,
}

/// Whether a field is guarded by the phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Guard {
    /// Sealed: only the phone's answer opens it.
    Sealed,
    /// Not sealed: there is no phone yet; PIN and keystore guard it.
    NotSealed,
}

/// A field without its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldSummary {
    /// The field.
    pub id: FieldId,
    /// What it is.
    pub kind: FieldKind,
    /// Counts its values from 1.
    pub version: u32,
    /// Who guards it.
    pub guard: Guard,
}

/// An item without any secret: what lists, choosers and pages get.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemSummary {
    /// The item.
    pub id: ItemId,
    /// What it is.
    pub kind: ItemKind,
    /// Its title, as in force.
    pub title: String,
    /// The user name (metadata, not sealed); empty if there is none.
    pub username: String,
    /// Where it may be used, as in force.
    pub sites: Vec<Site>,
    /// What the user decided, as in force.
    pub policy: Policy,
    /// Its secret fields.
    pub fields: Vec<FieldSummary>,
    /// An edit of title, sites or policy that waits for the phone to re-seal; until then the values above stay in force.
    pub waiting: Option<MetadataDraft>,
    /// Last change.
    pub changed: UnixMillis,
    /// What an identity item says (metadata, not sealed).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Box<Identity>>,
}

/// What of an item stands inside its seals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MetadataDraft {
    /// The title, 1 to 200 characters.
    pub title: String,
    /// Where it may be used, at most 32. In a draft a domain rule may name the origin's host: who holds the public suffix list makes it the registrable domain.
    pub sites: Vec<Site>,
    /// What the user decided.
    pub policy: Policy,
}

/// A new value for a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldDraft {
    /// The field to change; `None` adds one.
    pub id: Option<FieldId>,
    /// What it is.
    pub kind: FieldKind,
    /// Its value.
    pub value: SecretBytes,
}

/// An item to add, or what to change of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemDraft {
    /// What it is; cannot change.
    pub kind: ItemKind,
    /// Title, sites, policy.
    pub metadata: MetadataDraft,
    /// The user name; empty if there is none.
    pub username: String,
    /// Fields with new values; fields that are not named stay as they are.
    pub fields: Vec<FieldDraft>,
    /// What an identity item says; `None` leaves it as it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Box<Identity>>,
}

impl ItemSummary {
    /// Whether title, user name or a site contains `query`, whatever the case; the empty query finds everything.
    #[must_use]
    pub fn contains(&self, query: &str) -> bool {
        let query = query.trim().to_lowercase();
        let has = |text: &str| text.to_lowercase().contains(&query);
        query.is_empty()
            || has(&self.title)
            || has(&self.username)
            || self.sites.iter().any(|site| has(site.origin.host()))
    }

    /// Whether a form is submitted once it is filled: not any more, as soon as the user took that back, though the phone has not sealed it so yet.
    #[must_use]
    pub fn submits_after_fill(&self) -> bool {
        self.policy.submit_after_fill && self.waiting.as_ref().is_none_or(|wanted| wanted.policy.submit_after_fill)
    }

    /// Whether it may be used on this page.
    #[must_use]
    pub fn allows(&self, page: &Origin) -> bool {
        self.sites.iter().any(|site| site.allows(page))
    }
}
