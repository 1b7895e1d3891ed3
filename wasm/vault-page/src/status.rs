//! How the vault is guarded, in a few words.

use countersign_panel::{message::Msg, port::Worker};
use countersign_ui::notice::{Badge, Tone};
use countersign_wire::local::Status;
use leptos::prelude::*;

/// What there is to say.
fn lines(status: &Status) -> [(Tone, Msg); 2] {
    let phone =
        if status.phone { (Tone::Good, Msg("status_sealed")) } else { (Tone::Warning, Msg("status_not_sealed")) };
    let relay = match status.relay {
        Some(true) => (Tone::Good, Msg("status_relay_up")),
        Some(false) => (Tone::Danger, Msg("status_relay_down")),
        None => (Tone::Neutral, Msg("status_relay_none")),
    };
    [phone, relay]
}

/// The status summary.
#[component]
pub(crate) fn Summary(worker: Worker) -> impl IntoView {
    let status = worker.of(|view| view.and_then(|view| view.status.clone()));
    view! {
        <section class="summary" aria-label=Msg("status_title").text()>
            {move || status.get().map(|status| {
                let badges = lines(&status).map(|(tone, words)| view! { <li><Badge tone=tone text=words.text() /></li> });
                view! {
                    <ul class="summary-list">{badges.into_iter().collect_view()}</ul>
                    <p class="cs-muted">{Msg("status_version").with(&[&status.version])}</p>
                }
            })}
        </section>
    }
}
