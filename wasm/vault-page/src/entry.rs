//! How an item shows in the vault's list.

use countersign_panel::{message::Msg, person, place};
use countersign_ui::{list::Entry, notice::Tone};
use countersign_wire::item::{Guard, ItemKind, ItemSummary};

/// The second line: who, and where.
fn detail(item: &ItemSummary) -> String {
    let first = item.sites.first().map(place::site);
    let who = item.identity.as_deref().map(person::who);
    let parts = [Some(item.username.clone()), who, first];
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}

/// The words for a kind of item.
pub(crate) const fn kind(kind: ItemKind) -> Msg {
    match kind {
        ItemKind::Login => Msg("kind_login"),
        ItemKind::OneTimeCode => Msg("kind_code"),
        ItemKind::Card => Msg("kind_card"),
        ItemKind::Identity => Msg("kind_identity"),
    }
}

/// The item's entry.
pub(crate) fn entry(item: &ItemSummary) -> Entry {
    let detail = detail(item);
    let label = if detail.is_empty() {
        Msg("edit_entry").with(&[&item.title])
    } else {
        Msg("edit_entry_with").with(&[&item.title, &detail])
    };
    let badges = [
        (item.kind != ItemKind::Login, Tone::Neutral, kind(item.kind)),
        (item.waiting.is_some(), Tone::Neutral, Msg("badge_waiting")),
        (item.fields.iter().any(|field| field.guard == Guard::NotSealed), Tone::Warning, Msg("badge_not_sealed")),
    ];
    let badges: Vec<(Tone, String)> =
        badges.into_iter().filter(|(shown, ..)| *shown).map(|(_, tone, words)| (tone, words.text())).collect();
    // The accessible name replaces what stands on the button, so it says the badges too.
    let label = badges.iter().fold(label, |label, (_, words)| format!("{label}, {words}"));
    Entry { key: item.id.to_string(), title: item.title.clone(), detail, label, badges }
}
