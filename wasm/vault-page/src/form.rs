//! The editor's form as data: what stands in it, what is wrong with it, the draft that it makes.

use crate::{
    person::{self, PersonInput},
    secret::{self, Wrong},
    site,
};
use countersign_panel::message::Msg;
use countersign_seal::{
    field::{FieldKind, Policy},
    id::FieldId,
    origin::Site,
    secret::SecretBytes,
};
use countersign_wire::item::{FieldDraft, Identity, ItemDraft, ItemKind, ItemSummary, MetadataDraft};
use leptos::{html, prelude::*};

/// The most sites that an item may have.
const SITES_LIMIT: usize = 32;

/// A line for a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SiteLine {
    /// Tells lines apart.
    pub(crate) key: u32,
    pub(crate) address: RwSignal<String>,
    pub(crate) reach: RwSignal<String>,
    pub(crate) error: RwSignal<Option<Msg>>,
}

/// A secret's input.
#[derive(Clone, Copy)]
pub(crate) struct SecretInput {
    pub(crate) kind: FieldKind,
    pub(crate) node: NodeRef<html::Input>,
    /// The stored field that a new value replaces.
    pub(crate) stored: Option<FieldId>,
    pub(crate) error: RwSignal<Option<Msg>>,
}

/// The form.
#[derive(Clone, Copy)]
pub(crate) struct Form {
    pub(crate) kind: ItemKind,
    pub(crate) title: RwSignal<String>,
    pub(crate) title_error: RwSignal<Option<Msg>>,
    pub(crate) username: RwSignal<String>,
    pub(crate) sites: RwSignal<Vec<SiteLine>>,
    pub(crate) sites_error: RwSignal<Option<Msg>>,
    pub(crate) verify_user: RwSignal<bool>,
    pub(crate) submit_after_fill: RwSignal<bool>,
    pub(crate) secrets: StoredValue<Vec<SecretInput>>,
    /// Who somebody is; none for items of other kinds.
    pub(crate) person: StoredValue<Vec<PersonInput>>,
    next_line: StoredValue<u32>,
}

/// The secrets of a kind of item, in their order on the form.
pub(crate) const fn secrets(kind: ItemKind) -> &'static [FieldKind] {
    match kind {
        ItemKind::Login => &[FieldKind::Password, FieldKind::OneTimeCodeSeed],
        ItemKind::OneTimeCode => &[FieldKind::OneTimeCodeSeed],
        ItemKind::Card => {
            &[FieldKind::CardNumber, FieldKind::CardHolder, FieldKind::CardExpiry, FieldKind::CardSecurityCode]
        }
        ItemKind::Identity => &[],
    }
}

/// Whether a new item needs it, and what to say if it is missing.
const fn needed(item: ItemKind, field: FieldKind) -> Option<Msg> {
    match (item, field) {
        (ItemKind::OneTimeCode, FieldKind::OneTimeCodeSeed) => Some(Msg("error_seed")),
        (ItemKind::Card, FieldKind::CardNumber) => Some(Msg("error_card_number")),
        _ => None,
    }
}

const fn error(wrong: Wrong) -> Msg {
    match wrong {
        Wrong::Seed => Msg("error_seed"),
        Wrong::CardNumber => Msg("error_card_number"),
        Wrong::CardExpiry => Msg("error_card_expiry"),
        Wrong::CardCode => Msg("error_card_code"),
    }
}

/// Reads what was typed for a secret.
fn read_secret(kind: FieldKind, typed: String, title: &str, username: &str) -> Result<SecretBytes, Wrong> {
    match kind {
        FieldKind::OneTimeCodeSeed => secret::seed(&typed, title, username),
        FieldKind::CardNumber => secret::card_number(&typed),
        FieldKind::CardExpiry => secret::card_expiry(&typed),
        FieldKind::CardSecurityCode => secret::card_code(&typed),
        FieldKind::Password | FieldKind::CardHolder | FieldKind::Note | FieldKind::Hidden => {
            Ok(SecretBytes::from(typed))
        }
    }
}

impl Form {
    /// A form for a new item.
    pub(crate) fn fresh(kind: ItemKind) -> Self {
        let form = Self::with(kind, |_| None);
        form.add_site(String::new(), site::HOST);
        form
    }

    /// A form that holds an item, with an edit that waits for the phone in place of what is in force.
    pub(crate) fn of(item: &ItemSummary) -> Self {
        let stored = |kind| item.fields.iter().find(|field| field.kind == kind).map(|field| field.id);
        let form = Self::with(item.kind, stored);
        let waiting = item.waiting.as_ref();
        let sites = waiting.map_or(&item.sites, |draft| &draft.sites);
        form.title.set(waiting.map_or(&item.title, |draft| &draft.title).clone());
        form.username.set(item.username.clone());
        if let Some(identity) = &item.identity {
            form.person.set_value(person::inputs(identity));
        }
        let policy = waiting.map_or(&item.policy, |draft| &draft.policy);
        form.verify_user.set(policy.verify_user);
        form.submit_after_fill.set(policy.submit_after_fill);
        for known in sites {
            let (address, reach) = site::shown(known);
            form.add_site(address, reach);
        }
        form
    }

    fn with(kind: ItemKind, stored: impl Fn(FieldKind) -> Option<FieldId>) -> Self {
        let input = |field: &FieldKind| SecretInput {
            kind: *field,
            node: NodeRef::new(),
            stored: stored(*field),
            error: RwSignal::new(None),
        };
        Self {
            kind,
            title: RwSignal::new(String::new()),
            title_error: RwSignal::new(None),
            username: RwSignal::new(String::new()),
            sites: RwSignal::new(Vec::new()),
            sites_error: RwSignal::new(None),
            verify_user: RwSignal::new(false),
            submit_after_fill: RwSignal::new(false),
            secrets: StoredValue::new(secrets(kind).iter().map(input).collect()),
            person: StoredValue::new(if kind == ItemKind::Identity {
                person::inputs(&Identity::default())
            } else {
                Vec::new()
            }),
            next_line: StoredValue::new(0),
        }
    }

    /// Adds a line for a site.
    pub(crate) fn add_site(self, address: String, reach: &str) {
        let key = self.next_line.get_value();
        self.next_line.set_value(key + 1);
        let line = SiteLine {
            key,
            address: RwSignal::new(address),
            reach: RwSignal::new(reach.to_owned()),
            error: RwSignal::new(None),
        };
        self.sites.update(|lines| lines.push(line));
    }

    /// Removes a line.
    pub(crate) fn remove_site(self, key: u32) {
        self.sites.update(|lines| lines.retain(|line| line.key != key));
    }

    /// Reads the form. `None` if something is wrong: then it stands at its field.
    pub(crate) fn read(self) -> Option<ItemDraft> {
        let title = self.title.get_untracked().trim().to_owned();
        let username = self.username.get_untracked().trim().to_owned();
        self.title_error.set(title.is_empty().then_some(Msg("error_title")));
        let sites = self.read_sites();
        let fields = self.read_secrets(&title, &username);
        let is_somebody = self.kind == ItemKind::Identity;
        let identity = if is_somebody { person::read(&self.person.get_value()) } else { None };
        let policy = Policy {
            verify_user: self.verify_user.get_untracked(),
            submit_after_fill: self.submit_after_fill.get_untracked(),
        };
        let metadata = MetadataDraft { title, sites: sites?, policy };
        let draft = ItemDraft { kind: self.kind, metadata, username, fields: fields?, identity };
        let is_complete = draft.identity.is_some() == is_somebody;
        (is_complete && self.title_error.with_untracked(Option::is_none)).then_some(draft)
    }

    /// Lines that were left empty count for nothing.
    fn read_sites(self) -> Option<Vec<Site>> {
        let lines: Vec<SiteLine> = self
            .sites
            .get_untracked()
            .into_iter()
            .filter(|line| !line.address.get_untracked().trim().is_empty())
            .collect();
        let sites: Vec<Option<Site>> = lines
            .iter()
            .map(|line| {
                let read = site::read(&line.address.get_untracked(), &line.reach.get_untracked());
                line.error.set(read.is_none().then_some(Msg("error_site")));
                read
            })
            .collect();
        let too_many = sites.len() > SITES_LIMIT;
        self.sites_error.set(too_many.then_some(Msg("error_too_many_sites")));
        if too_many { None } else { sites.into_iter().collect() }
    }

    /// Inputs that were left empty keep what is stored.
    fn read_secrets(self, title: &str, username: &str) -> Option<Vec<FieldDraft>> {
        let mut drafts = Vec::new();
        let mut sound = true;
        for input in self.secrets.get_value() {
            // Left in the input until the save went through: a fault loses nothing that was typed.
            let typed = input.node.get_untracked().map(|element| element.value()).unwrap_or_default();
            let wrong = if typed.is_empty() {
                needed(self.kind, input.kind).filter(|_| input.stored.is_none())
            } else {
                match read_secret(input.kind, typed, title, username) {
                    Ok(value) => {
                        drafts.push(FieldDraft { id: input.stored, kind: input.kind, value });
                        None
                    }
                    Err(wrong) => Some(error(wrong)),
                }
            };
            sound &= wrong.is_none();
            input.error.set(wrong);
        }
        sound.then_some(drafts)
    }

    /// Empties every secret's input.
    pub(crate) fn forget(self) {
        for input in self.secrets.get_value() {
            if let Some(element) = input.node.get_untracked() {
                element.set_value("");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_code_or_card_needs_its_secret_and_a_login_does_not() {
        assert!(needed(ItemKind::OneTimeCode, FieldKind::OneTimeCodeSeed).is_some());
        assert!(needed(ItemKind::Card, FieldKind::CardNumber).is_some());
        assert!(needed(ItemKind::Card, FieldKind::CardSecurityCode).is_none());
        assert!(secrets(ItemKind::Login).iter().all(|field| needed(ItemKind::Login, *field).is_none()));
    }

    #[test]
    fn each_secret_is_read_by_its_own_rule() {
        assert!(read_secret(FieldKind::CardNumber, "1".into(), "", "").is_err());
        let password = read_secret(FieldKind::Password, " as typed ".into(), "", "").unwrap();
        assert_eq!(password.expose(), b" as typed ");
    }
}
