//! Settings.

use countersign_seal::secret::SecretBytes;
use countersign_ui::{
    button::{Button, Weight},
    field::{SecretField, take},
};
use leptos::{ev, html, prelude::*};
use wasm_bindgen_futures::spawn_local;
use web_sys::NotificationPermission;

use super::{
    hand,
    parts::{Heading, PIN_AUTOCOMPLETE, reveal},
    welcome::Working,
};
use crate::{
    app::Input,
    text::{text, text_with},
    web::notification,
};

/// PIN, recovery words, notifications, about, end.
#[component]
pub(crate) fn Settings() -> impl IntoView {
    let hand = hand();
    let relay = hand.view.with_untracked(|view| view.relay.clone());
    let version = text_with("settings-about-version", &[("version", env!("CARGO_PKG_VERSION").into())]);
    view! {
        <Heading words=text("settings-title") />
        <Button wide=true on_press=Callback::new(move |_| hand.say(Input::Lock))>{text("settings-lock")}</Button>
        <ChangePin />
        <section class="cs-card cs-stack">
            <h2>{text("settings-words-title")}</h2>
            <p>{text("settings-words-text")}</p>
        </section>
        <Notifications />
        <section class="cs-card cs-stack">
            <h2>{text("settings-about-title")}</h2>
            <p>{version}</p>
            <p class="cs-hint">{text_with("settings-about-relay", &[("relay", relay.into())])}</p>
        </section>
        <Forget />
    }
}

#[component]
fn ChangePin() -> impl IntoView {
    let hand = hand();
    let busy = Signal::from(hand.busy.clone());
    let [present, pin, again] = [NodeRef::<html::Input>::new(), NodeRef::new(), NodeRef::new()];
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let [present, pin, again] = [present, pin, again].map(|field| SecretBytes::from(take(field)));
        hand.say(Input::ChangePin { present, pin, again });
    };
    view! {
        <section class="cs-card">
            <form class="cs-stack" on:submit=submit>
                <h2>{text("settings-pin-title")}</h2>
                <SecretField label=text("settings-pin-present") node_ref=present reveal=reveal() autocomplete=PIN_AUTOCOMPLETE limit=128 />
                <SecretField
                    label=text("pin-label")
                    hint=text("pin-hint")
                    node_ref=pin
                    reveal=reveal()
                    autocomplete=PIN_AUTOCOMPLETE
                    limit=128
                />
                <SecretField label=text("pin-again-label") node_ref=again reveal=reveal() autocomplete=PIN_AUTOCOMPLETE limit=128 />
                <Button submit=true wide=true busy=busy>{text("settings-pin-button")}</Button>
                <Working />
            </form>
        </section>
    }
}

#[component]
fn Notifications() -> impl IntoView {
    let Some(present) = notification::permission() else { return ().into_any() };
    let permission = RwSignal::new(present);
    let ask = Callback::new(move |_| {
        spawn_local(async move {
            if let Some(decided) = notification::ask().await {
                permission.set(decided);
            }
        });
    });
    let state = move || match permission.get() {
        NotificationPermission::Granted => view! { <p class="cs-hint">{text("settings-notify-on")}</p> }.into_any(),
        NotificationPermission::Denied => view! { <p class="cs-hint">{text("settings-notify-off")}</p> }.into_any(),
        _ => view! { <Button wide=true on_press=ask>{text("settings-notify-button")}</Button> }.into_any(),
    };
    view! {
        <section class="cs-card cs-stack">
            <h2>{text("settings-notify-title")}</h2>
            <p>{text("settings-notify-text")}</p>
            {state}
        </section>
    }
    .into_any()
}

/// Deletes everything, after asking once more.
#[component]
pub(crate) fn Forget(
    /// Deletes, where the machine that would do it does not run.
    #[prop(optional)]
    instead: Option<Callback<ev::MouseEvent>>,
) -> impl IntoView {
    let sure = RwSignal::new(false);
    let forget = instead.unwrap_or_else(|| {
        let hand = hand();
        Callback::new(move |_| hand.say(Input::Forget))
    });
    let buttons = move || {
        if sure.get() {
            view! {
                <Button weight=Weight::Danger wide=true on_press=forget>{text("settings-forget-confirm")}</Button>
                <Button wide=true on_press=Callback::new(move |_| sure.set(false))>{text("settings-forget-cancel")}</Button>
            }
            .into_any()
        } else {
            view! {
                <Button weight=Weight::Danger wide=true on_press=Callback::new(move |_| sure.set(true))>
                    {text("settings-forget-button")}
                </Button>
            }
            .into_any()
        }
    };
    view! {
        <section class="cs-card cs-stack">
            <h2>{text("settings-forget-title")}</h2>
            <p>{text("settings-forget-text")}</p>
            {buttons}
        </section>
    }
}
