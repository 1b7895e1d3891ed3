//! The screens before the vault is open. Each says how it is and what to do next.

use crate::{
    message::Msg,
    pin::PinForm,
    port::Worker,
    say::{self, About, Said},
    screen::{Screen, at_code, fault_to_tell},
};
use countersign_seal::secret::SecretBytes;
use countersign_ui::{
    button::{Button, Weight},
    field::{DigitsField, TextField, focus, take},
    notice::{Notice, Tone},
    status::{Number, StatusLine},
};
use countersign_wire::{
    local::{Fault, Progress},
    panel::{FromPanel, Link, PanelKind},
};
use leptos::{ev, html, prelude::*};

/// How many digits a pairing code has.
const CODE_DIGITS: u32 = 6;

/// Shows `open` once the vault is, and `request` while one is in hand; what is in the way before.
#[component]
pub fn Gate(
    /// The port.
    worker: Worker,
    /// The request in hand.
    #[prop(into)]
    request: ViewFn,
    /// The open vault.
    #[prop(into)]
    open: ViewFn,
) -> impl IntoView {
    let shown = worker.screen();
    view! {
        {move || match shown.get() {
            Screen::Connecting => view! { <Connecting /> }.into_any(),
            Screen::Outdated => view! { <Standing what=Msg("fault_version") how=Msg("fault_version_remedy") /> }.into_any(),
            Screen::NoHost => view! { <Missing worker what=Msg("no_host") how=Msg("no_host_remedy") command="countersign install" /> }.into_any(),
            Screen::NoDaemon => view! { <Missing worker what=Msg("no_daemon") how=Msg("no_daemon_remedy") command="countersign up" /> }.into_any(),
            Screen::Unusable(fault) => view! { <Unusable worker fault /> }.into_any(),
            Screen::NotSetUp => view! { <Missing worker what=Msg("not_set_up") how=Msg("not_set_up_remedy") command="countersign unlock" /> }.into_any(),
            Screen::NotPaired => view! { <Pair worker /> }.into_any(),
            Screen::Pairing => view! { <Pairing worker /> }.into_any(),
            Screen::Shut => view! { <Standing what=Msg("shut") how=Msg("shut_remedy") /> }.into_any(),
            Screen::Locked => view! { <Unlock worker /> }.into_any(),
            Screen::Request => request.run().into_any(),
            Screen::Open => open.run().into_any(),
        }}
    }
}

/// What last went wrong, unless the screen says it anyway.
#[component]
pub fn Trouble(
    /// The port.
    worker: Worker,
) -> impl IntoView {
    let fault = worker.of(|view| view.and_then(|view| view.fault));
    let shown = worker.screen();
    move || {
        fault.get().and_then(|fault| fault_to_tell(shown.get(), fault)).map(|fault| {
            let Said { tone, what, remedy } = say::fault(fault);
            view! { <Notice tone=tone what=what.text() remedy=remedy.map(Msg::text).unwrap_or_default() /> }
        })
    }
}

/// "No phone yet", wherever that is so.
#[component]
pub fn NoPhone(
    /// The port.
    worker: Worker,
) -> impl IntoView {
    let without = worker.of(|view| view.and_then(|view| view.status.as_ref()).is_some_and(|status| !status.phone));
    move || {
        without.get().then(
            || view! { <Notice tone=Tone::Warning what=Msg("no_phone").text() remedy=Msg("no_phone_remedy").text() /> },
        )
    }
}

#[component]
fn Connecting() -> impl IntoView {
    view! { <div class="screen connecting"><StatusLine text=Signal::stored(Msg("connecting").text()) busy=Signal::stored(true) /></div> }
}

#[component]
fn Standing(what: Msg, how: Msg) -> impl IntoView {
    view! {
        <section class="screen" role="status">
            <h1>{what.text()}</h1>
            <p class="cs-muted">{how.text()}</p>
        </section>
    }
}

/// The daemon cannot open its store. It tries again whenever it is asked.
#[component]
fn Unusable(worker: Worker, fault: Fault) -> impl IntoView {
    let Said { what, remedy, .. } = say::fault(fault);
    let may_retry = worker.kind != PanelKind::Chooser;
    view! {
        <section class="screen">
            <div role="status" class="cs-stack">
                <h1>{what.text()}</h1>
                <p class="cs-muted">{remedy.map(Msg::text)}</p>
            </div>
            {may_retry.then(|| view! {
                <Button weight=Weight::Primary wide=true on_press=Callback::new(move |_| worker.retry())>{Msg("try_again").text()}</Button>
            })}
        </section>
    }
}

/// What does not work while the vault is open.
#[component]
pub fn Troubles(
    /// The port.
    worker: Worker,
) -> impl IntoView {
    let faults = worker
        .of(|view| view.and_then(|view| view.status.as_ref()).map(|status| status.faults.clone()).unwrap_or_default());
    move || {
        let notices = faults.get().into_iter().map(|fault| {
            let Said { tone, what, remedy } = say::fault(fault);
            view! { <Notice tone=tone what=what.text() remedy=remedy.map(Msg::text).unwrap_or_default() /> }
        });
        notices.collect_view()
    }
}

/// A part is missing; a command brings it.
#[component]
fn Missing(worker: Worker, what: Msg, how: Msg, command: &'static str) -> impl IntoView {
    // A chooser's ticket is good for one port.
    let may_retry = worker.kind != PanelKind::Chooser;
    view! {
        <section class="screen">
            <div role="status" class="cs-stack">
                <h1>{what.text()}</h1>
                <p class="cs-muted">{how.text()}</p>
            </div>
            <p class="command"><code>{command}</code></p>
            {may_retry.then(|| view! {
                <Button weight=Weight::Primary wide=true on_press=Callback::new(move |_| worker.retry())>{Msg("try_again").text()}</Button>
            })}
        </section>
    }
}

#[component]
fn Pair(worker: Worker) -> impl IntoView {
    let code = NodeRef::<html::Input>::new();
    let name = RwSignal::new(Msg("pair_default_name").text());
    let incomplete = RwSignal::new(false);
    let fault = worker.of(|view| view.and_then(|view| view.fault).filter(|fault| at_code(*fault)));
    let error = Signal::derive(move || {
        if incomplete.get() { Some(Msg("pair_code_incomplete").text()) } else { fault.get().map(say::in_one_line) }
    });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let complete = code
            .get_untracked()
            .is_some_and(|input| input.value().len() == usize::try_from(CODE_DIGITS).unwrap_or_default());
        incomplete.set(!complete);
        if complete {
            worker.send(&FromPanel::Pair {
                code: SecretBytes::from(take(code)),
                name: name.get_untracked().trim().to_owned(),
            });
        }
        focus(code);
    };
    code.on_load(move |_| request_animation_frame(move || focus(code)));
    view! {
        <form class="screen" on:submit=submit>
            <h1>{Msg("pair_title").text()}</h1>
            <p class="cs-muted">{Msg("pair_explanation").text()}</p>
            <p class="command"><code>"countersign pair"</code></p>
            <DigitsField label=Msg("pair_code").text() node_ref=code count=CODE_DIGITS error=error autocomplete="one-time-code" />
            <TextField label=Msg("pair_name").text() value=name hint=Msg("pair_name_hint").text() limit=60 />
            <Button weight=Weight::Primary submit=true wide=true>{Msg("pair_action").text()}</Button>
        </form>
    }
}

#[component]
fn Pairing(worker: Worker) -> impl IntoView {
    let state = worker.of(|view| match view.map(|view| view.link) {
        Some(Link::Pairing { number, progress }) => (number.map(|number| number.get()), progress),
        _ => (None, None),
    });
    // Once the phone has approved the session begins, and this screen goes.
    let failed = Memo::new(move |_| {
        state.get().1.filter(|progress| *progress != Progress::Approved && say::is_over(About::Edit, *progress, None))
    });
    let title = move || if failed.get().is_some() { Msg("pairing_failed") } else { Msg("pairing_title") }.text();
    let status = Signal::derive(move || match state.get() {
        _ if failed.get().is_some() => String::new(),
        (_, Some(progress)) => say::progress(About::Edit, progress, None).what.text(),
        (Some(_), None) => Msg("pairing_waiting").text(),
        (None, None) => Msg("pairing_checking").text(),
    });
    let leave = move || if failed.get().is_some() { Msg("try_again") } else { Msg("cancel") }.text();
    view! {
        <section class="screen">
            <h1>{title}</h1>
            {move || state.get().0.map(|number| view! { <Number number=number label=Msg("type_number").text() /> })}
            <StatusLine text=status busy=Signal::derive(move || failed.get().is_none()) />
            {move || failed.get().map(|progress| view! {
                <Notice tone=Tone::Danger what=say::progress(About::Edit, progress, None).what.text() remedy=Msg("pairing_failed_remedy").text() />
            })}
            <Button wide=true on_press=Callback::new(move |_| worker.send(&FromPanel::Cancel))>{leave}</Button>
        </section>
    }
}

#[component]
fn Unlock(worker: Worker) -> impl IntoView {
    let unlock = Callback::new(move |pin| worker.send(&FromPanel::Unlock { pin }));
    view! {
        <section class="screen">
            <h1>{Msg("unlock_title").text()}</h1>
            <PinForm worker action=Msg("unlock_action") on_pin=unlock />
        </section>
    }
}
