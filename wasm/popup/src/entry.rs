//! How an item shows in the list.

use countersign_panel::{message::Msg, person, place};
use countersign_ui::{list::Entry, notice::Tone};
use countersign_wire::item::{Guard, ItemSummary};

/// What of an item its entry says beside title and user name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Marks {
    not_sealed: bool,
    waiting: bool,
}

fn marks(item: &ItemSummary) -> Marks {
    Marks {
        not_sealed: item.fields.iter().any(|field| field.guard == Guard::NotSealed),
        waiting: item.waiting.is_some(),
    }
}

/// The second line: who, else where.
fn detail(item: &ItemSummary) -> String {
    if let Some(identity) = &item.identity {
        person::who(identity)
    } else if item.username.is_empty() {
        item.sites.first().map(place::site).unwrap_or_default()
    } else {
        item.username.clone()
    }
}

/// The item's entry.
pub(crate) fn entry(item: &ItemSummary) -> Entry {
    let detail = detail(item);
    let Marks { not_sealed, waiting } = marks(item);
    let label = if detail.is_empty() {
        Msg("pick").with(&[&item.title])
    } else {
        Msg("pick_with").with(&[&item.title, &detail])
    };
    let badges = [(not_sealed, Tone::Warning, Msg("badge_not_sealed")), (waiting, Tone::Neutral, Msg("badge_waiting"))];
    let badges: Vec<(Tone, String)> =
        badges.into_iter().filter(|(shown, ..)| *shown).map(|(_, tone, words)| (tone, words.text())).collect();
    // The accessible name replaces what stands on the button, so it says the badges too.
    let label = badges.iter().fold(label, |label, (_, words)| format!("{label}, {words}"));
    Entry { key: item.id.to_string(), title: item.title.clone(), detail, label, badges }
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_seal::{
        field::{FieldKind, Policy},
        id::{FieldId, ItemId, UnixMillis},
        origin::{Origin, Site},
    };
    use countersign_wire::item::{FieldSummary, ItemKind};

    fn item(username: &str, guard: Guard) -> ItemSummary {
        ItemSummary {
            id: ItemId([1; 16]),
            kind: ItemKind::Login,
            title: "Bank".into(),
            username: username.into(),
            sites: vec![Site::exact(Origin::parse("https://bank.example").unwrap())],
            policy: Policy::default(),
            fields: vec![FieldSummary { id: FieldId([2; 16]), kind: FieldKind::Password, version: 1, guard }],
            waiting: None,
            changed: UnixMillis(0),
            identity: None,
        }
    }

    #[test]
    fn the_second_line_says_who_else_where() {
        assert_eq!(detail(&item("ada", Guard::Sealed)), "ada");
        assert_eq!(detail(&item("", Guard::Sealed)), "bank.example");
    }

    #[test]
    fn what_is_not_sealed_is_marked() {
        assert!(marks(&item("", Guard::NotSealed)).not_sealed);
        assert!(!marks(&item("", Guard::Sealed)).not_sealed);
    }
}
