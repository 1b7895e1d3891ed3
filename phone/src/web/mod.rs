//! The browser: IndexedDB, WebCrypto, WebSocket, and the loop that drives the machine.
//!
//! Nothing is written to the console, and no secret into the document but what its user must read.

mod database;
mod driver;
mod keys;
pub(crate) mod notification;
mod socket;

pub(crate) use database::erase;
pub(crate) use keys::StartFault;

use wasm_bindgen::prelude::wasm_bindgen;

/// Starts the app. The page calls it once, if no other tab runs it.
#[wasm_bindgen]
pub fn start() {
    wasm_bindgen_futures::spawn_local(driver::run());
}

/// Says that another tab runs the app: two of them would undo each other's counts of attempts and received messages.
#[wasm_bindgen]
pub fn start_elsewhere() {
    leptos::mount::mount_to_body(crate::view::ending::Elsewhere);
}
