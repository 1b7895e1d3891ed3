//! A list to pick from. One entry is in the tab order; arrows, Home, End and typing its first letters move between them (WAI-ARIA, "roving tabindex").

use crate::notice::{Badge, Tone};
use leptos::{ev, html, prelude::*};

/// How long typed letters belong together, in milliseconds.
const TYPING_MILLIS: f64 = 700.0;

/// An entry of a [`PickList`].
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Entry {
    /// Tells entries apart.
    pub key: String,
    /// What it is called.
    pub title: String,
    /// A second line; may be empty.
    pub detail: String,
    /// The accessible name of its button: what a press does.
    pub label: String,
    /// States worth a word.
    pub badges: Vec<(Tone, String)>,
}

/// What was picked, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pick {
    /// The entry's key.
    pub key: String,
    /// `Event.isTrusted`: a person did it, not a script.
    pub trusted: bool,
}

/// Where a key leads from `current` among `count` entries; `None` if it is no movement.
#[must_use]
pub fn target(key: &str, current: usize, count: usize) -> Option<usize> {
    let last = count.checked_sub(1)?;
    match key {
        "ArrowDown" => Some(if current >= last { 0 } else { current + 1 }),
        "ArrowUp" => Some(if current == 0 { last } else { current.min(count) - 1 }),
        "Home" | "PageUp" => Some(0),
        "End" | "PageDown" => Some(last),
        _ => None,
    }
}

/// Letters typed in a row.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Typeahead {
    letters: String,
    last: f64,
}

impl Typeahead {
    /// Takes a typed key at `now` (milliseconds) and finds the entry it leads to. The same letter again goes on to the next entry that starts with it.
    pub fn press(&mut self, key: &str, now: f64, current: usize, titles: &[String]) -> Option<usize> {
        let mut characters = key.chars();
        let (Some(letter), None) = (characters.next(), characters.next()) else { return None };
        // A space presses the button, unless it is part of a name being typed.
        let fresh = now - self.last > TYPING_MILLIS;
        if letter.is_control() || (letter == ' ' && (fresh || self.letters.is_empty())) {
            return None;
        }
        if fresh {
            self.letters.clear();
        }
        self.last = now;
        self.letters.extend(letter.to_lowercase());
        let repeated = self.letters.chars().all(|typed| self.letters.starts_with(typed));
        let wanted: String = if repeated { letter.to_lowercase().collect() } else { self.letters.clone() };
        // While a name is being typed, the entry that fits so far stays; a fresh or repeated letter moves on.
        let start = if repeated { current + 1 } else { current };
        (0..titles.len())
            .map(|step| (start + step) % titles.len())
            .find(|index| titles.get(*index).is_some_and(|title| title.to_lowercase().starts_with(&wanted)))
    }
}

/// A list of buttons to pick one from.
#[component]
pub fn PickList(
    /// What is listed.
    #[prop(into)]
    label: Signal<String>,
    /// The entries.
    #[prop(into)]
    entries: Signal<Vec<Entry>>,
    /// Whether the first entry takes the focus when the list appears.
    #[prop(optional)]
    autofocus: bool,
    /// When this changes the focus goes to the next entry, after the last to the first; not if it is in another document.
    #[prop(optional, into)]
    next: Signal<u32>,
    /// What a pick does. A key held down picks nothing.
    #[prop(into)]
    on_pick: Callback<Pick>,
) -> impl IntoView {
    let list = NodeRef::<html::Ul>::new();
    let current = RwSignal::new(String::new());
    let typeahead = StoredValue::new(Typeahead::default());
    let is_current = move |key: &str| {
        entries.with(|entries| {
            let present = entries.iter().any(|entry| current.with(|current| entry.key == *current));
            if present {
                current.with(|current| current == key)
            } else {
                entries.first().is_some_and(|entry| entry.key == key)
            }
        })
    };
    let keydown = move |event: ev::KeyboardEvent| {
        if event.ctrl_key() || event.alt_key() || event.meta_key() || event.is_composing() {
            return;
        }
        let found = entries.with_untracked(|entries| {
            let at =
                current.with_untracked(|current| entries.iter().position(|entry| entry.key == *current)).unwrap_or(0);
            let titles: Vec<String> = entries.iter().map(|entry| entry.title.clone()).collect();
            target(&event.key(), at, entries.len()).or_else(|| {
                typeahead.try_update_value(|typed| typed.press(&event.key(), event.time_stamp(), at, &titles)).flatten()
            })
        });
        // Holding Enter since before the list appeared must not pick.
        if found.is_some() || (event.repeat() && matches!(event.key().as_str(), "Enter" | " ")) {
            event.prevent_default();
        }
        if let Some(index) = found {
            focus_entry(list, index);
        }
    };
    if autofocus {
        // A page around this document would see from the loss of its focus that there are entries.
        let take = move || {
            if document().has_focus().unwrap_or(false) {
                focus_entry(list, 0);
            }
        };
        list.on_load(move |_| request_animation_frame(take));
    }
    Effect::new(move |before: Option<u32>| {
        let now = next.get();
        if before.is_some_and(|before| before != now) && document().has_focus().unwrap_or(false) {
            let at =
                |entries: &Vec<Entry>| current.with_untracked(|key| entries.iter().position(|entry| entry.key == *key));
            let (at, count) = entries.with_untracked(|entries| (at(entries).unwrap_or(0), entries.len()));
            target("ArrowDown", at, count).into_iter().for_each(|index| focus_entry(list, index));
        }
        now
    });
    view! {
        <ul node_ref=list class="cs-list" aria-label=label on:keydown=keydown>
            <For each=move || entries.get() key=|entry| entry.clone() let(entry)>
                {
                    let Entry { key, title, detail, label, badges } = entry;
                    let (picked, focused, shown) = (key.clone(), key.clone(), key.clone());
                    view! {
                        <li>
                            <button
                                type="button"
                                class="cs-entry"
                                aria-label=label
                                data-key=key
                                tabindex=move || if is_current(&shown) { "0" } else { "-1" }
                                on:focus=move |_| current.set(focused.clone())
                                on:click=move |event| on_pick.run(Pick { key: picked.clone(), trusted: event.is_trusted() })
                            >
                                <span class="cs-monogram" aria-hidden="true">{monogram(&title)}</span>
                                <span class="cs-entry-text">
                                    <span class="cs-entry-title" dir="auto">{title}</span>
                                    {(!detail.is_empty()).then(|| view! { <span class="cs-entry-detail" dir="auto">{detail}</span> })}
                                </span>
                                {badges.into_iter().map(|(tone, text)| view! { <Badge tone=tone text=text /> }).collect_view()}
                            </button>
                        </li>
                    }
                }
            </For>
        </ul>
    }
}

fn focus_entry(list: NodeRef<html::Ul>, index: usize) {
    use web_sys::wasm_bindgen::JsCast as _;
    let Some(list) = list.try_get_untracked().flatten() else { return };
    let Ok(entries) = list.query_selector_all(".cs-entry") else { return };
    let entry = u32::try_from(index).ok().and_then(|index| entries.item(index));
    if let Some(entry) = entry.and_then(|entry| entry.dyn_into::<web_sys::HtmlElement>().ok()) {
        // An element that cannot be focused leaves the focus where it is.
        let _ = entry.focus();
    }
}

/// The letter that stands for a title.
#[must_use]
pub fn monogram(title: &str) -> String {
    title
        .chars()
        .find(|character| character.is_alphanumeric())
        .map(|first| first.to_uppercase().collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titles() -> Vec<String> {
        ["Bank", "Blog", "Éclair", "Shop one", "Shop two"].map(str::to_owned).to_vec()
    }

    #[test]
    fn arrows_go_round_and_ends_are_reached() {
        assert_eq!(target("ArrowDown", 0, 3), Some(1));
        assert_eq!(target("ArrowDown", 2, 3), Some(0));
        assert_eq!(target("ArrowUp", 0, 3), Some(2));
        assert_eq!(target("Home", 2, 3), Some(0));
        assert_eq!(target("End", 0, 3), Some(2));
        assert_eq!(target("Enter", 0, 3), None);
        assert_eq!(target("ArrowDown", 0, 0), None);
        assert_eq!(target("ArrowUp", 7, 3), Some(2), "an entry that has gone");
    }

    #[test]
    fn a_letter_leads_on_and_a_repeated_one_further() {
        let mut typed = Typeahead::default();
        assert_eq!(typed.press("b", 1000.0, 0, &titles()), Some(1));
        assert_eq!(typed.press("b", 1100.0, 1, &titles()), Some(0));
        assert_eq!(typed.press("B", 1200.0, 0, &titles()), Some(1));
    }

    #[test]
    fn letters_in_a_row_spell_a_name() {
        let mut typed = Typeahead::default();
        assert_eq!(typed.press("s", 1000.0, 0, &titles()), Some(3));
        for (index, letter) in ["h", "o", "p", " ", "t"].into_iter().enumerate() {
            let at = if index < 5 { 3 } else { 4 };
            typed.press(letter, 1100.0, at, &titles());
        }
        assert_eq!(typed.press("w", 1200.0, 3, &titles()), Some(4));
        assert_eq!(typed.press("é", 3000.0, 4, &titles()), Some(2));
    }

    #[test]
    fn keys_that_are_no_letters_are_left_alone() {
        let mut typed = Typeahead::default();
        for key in ["Enter", "Tab", " ", "Escape", "Shift"] {
            assert_eq!(typed.press(key, 1000.0, 0, &titles()), None, "{key}");
        }
        assert_eq!(typed.press("x", 1000.0, 0, &titles()), None);
        assert_eq!(typed.press("a", 5000.0, 0, &[]), None);
    }

    #[test]
    fn a_monogram_is_the_first_letter() {
        assert_eq!(monogram("example.com"), "E");
        assert_eq!(monogram("  (ß)"), "SS");
        assert_eq!(monogram("…"), "");
    }
}
