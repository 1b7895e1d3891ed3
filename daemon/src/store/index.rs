//! What lists, choosers and matching need of every item, in memory while the store is open.

use countersign_seal::{
    id::{ItemId, UnixMillis},
    origin::{Origin, SiteRule},
};
use countersign_vault::item::{Guard, ItemKind, ItemSummary};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};

/// An item's part of the index; stored encrypted beside the item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Indexed {
    pub(super) summary: ItemSummary,
    pub(super) removed: Option<UnixMillis>,
    /// Values that are not sealed, past ones too.
    pub(super) not_sealed: u64,
}

struct Entry {
    indexed: Indexed,
    /// Lowercase title, user name and hosts, a line each.
    text: String,
}

/// Sorted by lowercase title, then user name.
type Key = (String, String, ItemId);

#[derive(Default)]
pub(super) struct Index {
    entries: BTreeMap<Key, Entry>,
    keys: HashMap<ItemId, Key>,
    /// Items by the host or registrable domain of each of their sites.
    names: HashMap<String, HashSet<ItemId>>,
    /// Items that are for no site in particular: cards and identities.
    anywhere: HashSet<ItemId>,
}

impl Index {
    pub(super) fn put(&mut self, indexed: Indexed) {
        let summary = &indexed.summary;
        let id = summary.id;
        self.remove(id);
        for name in names(summary) {
            self.names.entry(name.to_owned()).or_default().insert(id);
        }
        if matches!(summary.kind, ItemKind::Card | ItemKind::Identity) && summary.sites.is_empty() {
            self.anywhere.insert(id);
        }
        let key = (summary.title.to_lowercase(), summary.username.to_lowercase(), id);
        let text =
            [key.0.as_str(), key.1.as_str()].into_iter().chain(summary.sites.iter().map(|site| site.origin.host()));
        let text = text.collect::<Vec<_>>().join("\n");
        self.keys.insert(id, key.clone());
        self.entries.insert(key, Entry { indexed, text });
    }

    pub(super) fn remove(&mut self, id: ItemId) {
        let Some(entry) = self.keys.remove(&id).and_then(|key| self.entries.remove(&key)) else { return };
        self.anywhere.remove(&id);
        for name in names(&entry.indexed.summary) {
            if let Some(items) = self.names.get_mut(name) {
                items.remove(&id);
                if items.is_empty() {
                    self.names.remove(name);
                }
            }
        }
    }

    pub(super) fn get(&self, id: ItemId) -> Option<&Indexed> {
        self.entries.get(self.keys.get(&id)?).map(|entry| &entry.indexed)
    }

    pub(super) fn search(&self, query: &str, offset: usize, limit: usize) -> (Vec<ItemSummary>, usize) {
        let query = query.trim().to_lowercase();
        let found: Vec<_> = self
            .entries
            .values()
            .filter(|entry| entry.indexed.removed.is_none() && entry.text.contains(&query))
            .collect();
        let page = found.iter().skip(offset).take(limit).map(|entry| entry.indexed.summary.clone()).collect();
        (page, found.len())
    }

    /// Items of this page's sites, and those that are for no site in particular, by title.
    pub(super) fn matching(&self, page: &Origin) -> Vec<ItemSummary> {
        let named = parents(page.host()).filter_map(|name| self.names.get(name)).flatten();
        let ids: HashSet<_> = named.chain(&self.anywhere).collect();
        let entries =
            ids.into_iter().filter_map(|id| self.keys.get(id)).filter_map(|key| self.entries.get_key_value(key));
        let mut found: Vec<_> = entries
            .filter(|(_, entry)| entry.indexed.removed.is_none())
            .filter(|(_, Entry { indexed, .. })| {
                self.anywhere.contains(&indexed.summary.id) || indexed.summary.allows(page)
            })
            .collect();
        found.sort_by_key(|(key, _)| *key);
        found.into_iter().map(|(_, entry)| entry.indexed.summary.clone()).collect()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &Indexed> {
        self.entries.values().map(|entry| &entry.indexed)
    }

    pub(super) fn count(&self) -> usize {
        self.all().filter(|indexed| indexed.removed.is_none()).count()
    }

    /// Fields whose current value is not sealed.
    pub(super) fn not_sealed(&self) -> usize {
        let items = self.all().filter(|indexed| indexed.removed.is_none());
        items.flat_map(|indexed| &indexed.summary.fields).filter(|field| field.guard == Guard::NotSealed).count()
    }
}

fn names(summary: &ItemSummary) -> impl Iterator<Item = &str> {
    summary.sites.iter().map(|site| match &site.rule {
        SiteRule::Host => site.origin.host(),
        SiteRule::Domain { domain } => domain,
    })
}

/// The host, then each domain above it.
fn parents(host: &str) -> impl Iterator<Item = &str> {
    core::iter::successors(Some(host), |name| name.split_once('.').map(|(_, parent)| parent))
}

impl core::fmt::Debug for Index {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Index({} items)", self.entries.len())
    }
}
