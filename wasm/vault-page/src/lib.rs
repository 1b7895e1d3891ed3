//! The extension's vault page: find, add, change and remove items. It never gets a stored secret: values leave only by approval.

// Leptos makes a public properties type and its builder for each component.
#![allow(
    missing_docs,
    unreachable_pub,
    reason = "what the component macro generates; hand-written items are documented"
)]

mod captures;
mod corrections;
mod devices;
mod editor;
mod entry;
mod form;
mod list;
mod person;
mod qr;
mod secret;
mod site;
mod status;
mod vault;

use countersign_panel::{message::Msg, page};
use wasm_bindgen::prelude::wasm_bindgen;

/// Draws the page.
#[wasm_bindgen(start)]
pub fn start() {
    page::start(Msg("vault_title"), vault::vault);
}
