//! Where nothing more can be done here.

use countersign_seal::log::State;
use countersign_ui::{
    button::{Button, Weight},
    notice::{Notice, Tone},
};
use leptos::prelude::*;

use super::{hand, lists::DeviceList, parts::Heading, settings::Forget};
use crate::{record::Stop, screen::Screen, text::text, web::StartFault};

/// Another phone approves, this one was dismissed, or the app stopped.
#[component]
pub(crate) fn Ending() -> impl IntoView {
    let ending = hand().part(|view| match &view.screen {
        Screen::Dismissed(State::Suspended) => ("dismissed-suspended-title", "dismissed-suspended-text", None),
        Screen::Dismissed(_) => ("dismissed-removed-title", "dismissed-removed-text", None),
        Screen::Stopped(Stop::Forked) => ("stopped-forked-title", "stopped-forked-text", Some("stopped-remedy")),
        Screen::Stopped(Stop::ForeignApprover) => {
            ("stopped-foreign-title", "stopped-foreign-text", Some("stopped-remedy"))
        }
        _ => ("other-title", "other-text", None),
    });
    let heading = Signal::derive(move || text(ending.get().0));
    let body = move || {
        let (_, what, remedy) = ending.get();
        let tone = if remedy.is_some() { Tone::Danger } else { Tone::Warning };
        view! {
            <Notice tone=tone what=text(what) remedy=remedy.map(text).unwrap_or_default() />
            {remedy.is_some().then(|| view! { <DeviceList /> })}
        }
    };
    view! {
        <Heading words=heading />
        {body}
        <Forget />
    }
}

/// The app runs in another tab.
#[component]
pub fn Elsewhere() -> impl IntoView {
    view! {
        <Alone title="elsewhere-title" body="elsewhere-text" />
    }
}

/// The app cannot start.
#[component]
pub(crate) fn Broken(fault: StartFault) -> impl IntoView {
    let body = match fault {
        StartFault::Storage => "broken-storage",
        StartFault::Platform => "broken-platform",
        StartFault::Newer => "broken-newer",
        StartFault::Records => "broken-records",
    };
    let forget = Callback::new(move |_| {
        wasm_bindgen_futures::spawn_local(async {
            // What cannot be deleted is as broken after the reload as before.
            let _ = crate::web::erase().await;
            let _ = window().location().reload();
        });
    });
    let way_out = (fault == StartFault::Records).then(|| view! { <Forget instead=forget /> });
    view! { <Alone title="broken-title" body=body>{way_out}</Alone> }
}

/// A page without the app behind it.
#[component]
fn Alone(title: &'static str, body: &'static str, #[prop(optional)] children: Option<Children>) -> impl IntoView {
    let reload = Callback::new(move |_| {
        let _ = window().location().reload();
    });
    view! {
        <main class="phone-app phone-main">
            <Heading words=text(title) />
            <p class="phone-lead">{text(body)}</p>
            <Button weight=Weight::Primary wide=true on_press=reload>{text("elsewhere-button")}</Button>
            {children.map(|children| children())}
        </main>
    }
}
