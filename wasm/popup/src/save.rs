//! The offer to save what a page was given: alone in its frame in the page, and in the popup above what can be filled.

use countersign_panel::{
    capture::{Capture, asked},
    guard::Guard,
    message::Msg,
    port::Worker,
};
use countersign_ui::status::StatusLine;
use leptos::prelude::*;

/// The offer in its frame.
#[component]
pub(crate) fn Offer(worker: Worker, guard: Guard) -> impl IntoView {
    let capture = worker.of(|view| view.and_then(|view| view.captures.first().cloned()));
    let saved = worker.of(|view| view.is_some_and(|view| view.saved > 0));
    // What comes into a line that was there before is read aloud; the offer itself takes no focus.
    let said = Signal::derive(move || {
        let asked = || capture.with(|capture| capture.as_ref().map(asked).unwrap_or_default());
        if saved.get() { Msg("save_done").text() } else { asked() }
    });
    view! {
        {move || capture.get().filter(|_| !saved.get()).map(|capture| view! {
            <Capture worker=worker guard=guard capture=capture />
        })}
        <div class="saved" class:saved-shown=move || saved.get()><StatusLine text=said busy=Signal::stored(false) /></div>
    }
}
