//! The form that takes the PIN or passphrase.

use crate::{message::Msg, port::Worker, request::Clock, say, screen::at_pin};
use countersign_seal::secret::SecretBytes;
use countersign_ui::{
    button::{Button, Weight},
    field::{RevealLabels, SecretField, focus, take},
    status::StatusLine,
};
use countersign_wire::local::Fault;
use leptos::{ev, html, prelude::*};

/// Asks for the PIN or passphrase, and says when one was wrong and how long to wait.
#[component]
pub fn PinForm(
    /// The port.
    worker: Worker,
    /// What the button says.
    action: Msg,
    /// Takes what was typed.
    on_pin: Callback<SecretBytes>,
) -> impl IntoView {
    let secret = NodeRef::<html::Input>::new();
    let empty = RwSignal::new(false);
    let by_pin = worker.of(|view| view.and_then(|view| view.status.as_ref()).is_none_or(|status| status.pin));
    let fault = worker.of(|view| view.and_then(|view| view.fault).filter(|fault| at_pin(*fault)));
    let wait =
        worker.of(|view| view.and_then(|view| view.status.as_ref()).map_or(0, |status| status.retry_after_millis));
    let clock = Clock::start(worker, wait);
    let waiting = Memo::new(move |_| clock.left() > 0);
    let error = Signal::derive(move || match (empty.get(), fault.get()) {
        (true, _) => Some(Msg("unlock_empty").text()),
        (false, Some(Fault::TryLater)) if !waiting.get() => None,
        (false, fault) => fault.map(say::in_one_line),
    });
    let label =
        Signal::derive(move || if by_pin.get() { Msg("unlock_pin").text() } else { Msg("unlock_passphrase").text() });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if waiting.get_untracked() {
            return;
        }
        let typed = take(secret);
        empty.set(typed.is_empty());
        if !typed.is_empty() {
            on_pin.run(SecretBytes::from(typed));
        }
        focus(secret);
    };
    secret.on_load(move |_| request_animation_frame(move || focus(secret)));
    view! {
        <form class="cs-stack" on:submit=submit>
            <SecretField label=label node_ref=secret reveal=reveal_labels() error=error autocomplete="current-password" />
            <StatusLine text=Signal::derive(move || if waiting.get() { Msg("unlock_wait").with(&[&clock.digits()]) } else { String::new() }) />
            <Button weight=Weight::Primary submit=true wide=true disabled=waiting>{action.text()}</Button>
        </form>
    }
}

/// The words of a button that shows what was typed.
#[must_use]
pub fn reveal_labels() -> RevealLabels {
    RevealLabels { show: Msg("reveal").text(), hide: Msg("hide").text() }
}
