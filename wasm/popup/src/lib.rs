//! The extension's popup, chooser and offer to save: one module for all, as they show the same.
//!
//! The popup is about the active tab; the chooser stands in a page, in a frame of the extension's and of fixed size, and is about the field it was opened for.

// Leptos makes a public properties type and its builder for each component.
#![allow(
    missing_docs,
    unreachable_pub,
    reason = "what the component macro generates; hand-written items are documented"
)]

mod code;
mod element;
mod entry;
mod fields;
mod generator;
mod panel;
mod save;

use countersign_panel::{message::Msg, page};
use countersign_wire::panel::PanelKind;
use wasm_bindgen::prelude::wasm_bindgen;

/// Draws the page.
#[wasm_bindgen(start)]
pub fn start() {
    let kind = kind(leptos::prelude::window().location().pathname().unwrap_or_default().as_str());
    page::start(Msg("extension_name"), move || panel::panel(kind));
}

/// Which of the three pages this is, by its path.
fn kind(path: &str) -> PanelKind {
    if path.ends_with("/chooser.html") {
        PanelKind::Chooser
    } else if path.ends_with("/offer.html") {
        PanelKind::Offer
    } else {
        PanelKind::Popup
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_tells_which_page_it_is() {
        assert_eq!(kind("/chooser.html"), PanelKind::Chooser);
        assert_eq!(kind("/popup.html"), PanelKind::Popup);
        assert_eq!(kind("/offer.html"), PanelKind::Offer);
    }
}
