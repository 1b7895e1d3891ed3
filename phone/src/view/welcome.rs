//! Before the phone belongs to an account.

use countersign_ui::{
    button::{Button, Weight},
    field::TextField,
    notice::{Notice, Tone},
    status::{Spinner, StatusLine},
};
use leptos::{ev, prelude::*};

use super::{hand, parts::Heading};
use crate::{
    app::Input,
    screen::{PairingFault, Screen},
    text::text,
};

/// What the app is, and a field for a link.
#[component]
pub(crate) fn Welcome() -> impl IntoView {
    let hand = hand();
    let fault = hand.part(|view| match &view.screen {
        Screen::Welcome(fault) => *fault,
        _ => None,
    });
    let link = RwSignal::new(String::new());
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        hand.say(Input::LinkOpened(link.get_untracked()));
        // The link holds a secret.
        link.set(String::new());
    };
    view! {
        <Heading words=text("welcome-title") />
        <p class="phone-lead">{text("welcome-text")}</p>
        {move || fault.get().map(|fault| view! { <Fault fault=fault /> })}
        <section class="cs-card cs-stack">
            <h2>{text("welcome-how-title")}</h2>
            <ol class="phone-steps">
                <li>{text("welcome-how-1")}</li>
                <li>{text("welcome-how-2")}</li>
            </ol>
            <form class="cs-stack" on:submit=submit>
                <TextField label=text("welcome-link-label") hint=text("welcome-link-hint") value=link kind="url" limit=4096 ltr=true />
                <Button weight=Weight::Primary submit=true wide=true>{text("welcome-link-button")}</Button>
            </form>
        </section>
    }
}

#[component]
fn Fault(fault: PairingFault) -> impl IntoView {
    let (what, remedy) = match fault {
        PairingFault::NotALink => ("pairing-fault-link", "pairing-fault-link-remedy"),
        PairingFault::NewerLink => ("pairing-fault-newer", "pairing-fault-newer-remedy"),
        PairingFault::InsecureRelay => ("pairing-fault-insecure", "pairing-fault-insecure-remedy"),
        PairingFault::TooLate => ("pairing-fault-late", "pairing-fault-late-remedy"),
        PairingFault::NotProven => ("pairing-fault-proof", "pairing-fault-proof-remedy"),
        PairingFault::Unreachable => ("pairing-fault-unreachable", "pairing-fault-unreachable-remedy"),
        PairingFault::RelayVersion => ("pairing-fault-version", "pairing-fault-version-remedy"),
        PairingFault::Storage => ("pairing-fault-storage", "pairing-fault-storage-remedy"),
        PairingFault::Platform => ("pairing-fault-platform", "pairing-fault-platform-remedy"),
    };
    view! { <Notice tone=Tone::Danger what=text(what) remedy=text(remedy) /> }
}

/// Asks whether to join.
#[component]
pub(crate) fn Invited() -> impl IntoView {
    let hand = hand();
    let name = RwSignal::new(text(default_name()));
    let join = {
        let hand = hand.clone();
        move |event: ev::SubmitEvent| {
            event.prevent_default();
            let typed = name.get_untracked();
            let name = if typed.trim().is_empty() { text("pairing-name-default") } else { typed };
            hand.say(Input::Join { name });
        }
    };
    view! {
        <Heading words=text("pairing-invited-title") />
        <p class="phone-lead">{text("pairing-invited-text")}</p>
        <form class="cs-stack" on:submit=join>
            <TextField label=text("pairing-name-label") hint=text("pairing-name-hint") value=name limit=64 />
            <Button weight=Weight::Primary submit=true wide=true>{text("pairing-join")}</Button>
            <Button wide=true on_press=Callback::new(move |_| hand.say(Input::LeaveLink))>{text("pairing-cancel")}</Button>
        </form>
    }
}

/// A name to begin with, by what the browser says of its device.
fn default_name() -> &'static str {
    let agent = window().navigator().user_agent().unwrap_or_default();
    [
        ("iPhone", "pairing-name-iphone"),
        ("iPad", "pairing-name-ipad"),
        ("Android", "pairing-name-android"),
        ("Linux", "pairing-name-desktop"),
        ("Windows", "pairing-name-desktop"),
        ("Macintosh", "pairing-name-desktop"),
    ]
    .into_iter()
    .find_map(|(mark, name)| agent.contains(mark).then_some(name))
    .unwrap_or("pairing-name-default")
}

/// Joining.
#[component]
pub(crate) fn Joining() -> impl IntoView {
    let hand = hand();
    view! {
        <Heading words=text("pairing-joining-title") />
        <StatusLine text=text("pairing-joining-text") busy=true />
        <Button wide=true on_press=Callback::new(move |_| hand.say(Input::LeaveLink))>{text("pairing-cancel")}</Button>
    }
}

/// Something takes a moment.
#[component]
pub(crate) fn Working() -> impl IntoView {
    let busy = hand().busy;
    move || {
        busy.get().then(|| {
            view! {
                <p class="cs-status" role="status">
                    <Spinner />
                    {text("working")}
                </p>
            }
        })
    }
}
