//! The devices: which there are, and letting another one in.

use crate::qr::QrCode;
use countersign_panel::{gate::Trouble, message::Msg, pin::PinForm, port::Worker, request::Clock, say};
use countersign_seal::{log::DeviceKind, secret::SecretBytes};
use countersign_ui::{
    button::{Button, Weight},
    notice::{Badge, Notice, Tone},
    status::StatusLine,
};
use countersign_wire::{
    device::{DeviceState, DeviceSummary},
    panel::{FromPanel, Showing, View},
};
use leptos::prelude::*;

/// Who is to be let in, while the PIN is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joiner {
    Browser,
    Phone,
}

/// What the dialog shows below the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Whom to let in.
    Choose,
    /// The PIN.
    Pin(Joiner),
    /// Six digits.
    Code,
    /// A link.
    Link,
    /// What came of it.
    Over,
}

fn step(asking: Option<Joiner>, view: Option<&View>) -> Step {
    match (view.and_then(|view| view.showing.as_ref()), asking) {
        (Some(Showing::Code { .. }), _) => Step::Code,
        (Some(Showing::Link { .. }), _) => Step::Link,
        (_, Some(joiner)) => Step::Pin(joiner),
        (Some(Showing::Paired { .. } | Showing::Failed(_)), None) => Step::Over,
        (None, None) => Step::Choose,
    }
}

/// What is shown for the other device, while it is.
fn shown(view: Option<&View>) -> (String, u64) {
    let (text, remaining) = match view.and_then(|view| view.showing.as_ref()) {
        Some(Showing::Code { digits: text, remaining_millis } | Showing::Link { url: text, remaining_millis }) => {
            (text, *remaining_millis)
        }
        _ => return (String::new(), 0),
    };
    (text.expose_str().unwrap_or_default().to_owned(), remaining)
}

/// The dialog's body.
#[component]
pub(crate) fn Devices(worker: Worker, #[prop(into)] on_close: Callback<()>) -> impl IntoView {
    worker.send(&FromPanel::Devices);
    on_cleanup(move || worker.send(&FromPanel::StopPairing));
    let asking = RwSignal::new(None::<Joiner>);
    let showing = worker.of(|view| view.is_some_and(|view| view.showing.is_some()));
    // The PIN was right.
    Effect::new(move || {
        if showing.get() {
            asking.set(None);
        }
    });
    let heard = worker.heard();
    let step = Memo::new(move |_| heard.with(|heard| step(asking.get(), heard.view())));
    let stop = move || {
        asking.set(None);
        worker.send(&FromPanel::StopPairing);
    };
    view! {
        <div class="cs-stack devices">
            <List worker />
            <Trouble worker />
            {move || match step.get() {
                Step::Choose => view! { <Choose worker asking /> }.into_any(),
                Step::Pin(joiner) => view! { <Pin worker joiner /> }.into_any(),
                Step::Code => view! { <Code worker /> }.into_any(),
                Step::Link => view! { <PhoneLink worker /> }.into_any(),
                Step::Over => view! { <Over worker /> }.into_any(),
            }}
            <div class="cs-actions">
                {move || if matches!(step.get(), Step::Choose) {
                    view! { <Button on_press=Callback::new(move |_| on_close.run(()))>{Msg("close").text()}</Button> }.into_any()
                } else {
                    let label = if step.get() == Step::Over { Msg("done") } else { Msg("cancel") };
                    view! { <Button on_press=Callback::new(move |_| stop())>{label.text()}</Button> }.into_any()
                }}
            </div>
        </div>
    }
}

#[component]
fn List(worker: Worker) -> impl IntoView {
    let devices = worker.of(|view| view.and_then(|view| view.devices.clone()).unwrap_or_default());
    view! {
        <ul class="device-list" aria-label=Msg("devices_title").text()>
            {move || devices.get().iter().map(device).collect_view()}
        </ul>
    }
}

fn device(device: &DeviceSummary) -> impl IntoView + use<> {
    let state = match device.state {
        DeviceState::Active => None,
        DeviceState::Suspended => Some(Msg("device_suspended")),
        DeviceState::Removed => Some(Msg("device_removed")),
    };
    view! {
        <li class="device">
            <span class="device-name">{device.name.clone()}</span>
            <span class="cs-muted">{kind(device.kind).text()}</span>
            {device.approver.then(|| view! { <Badge tone=Tone::Good text=Msg("device_approves").text() /> })}
            {state.map(|state| view! { <Badge tone=Tone::Warning text=state.text() /> })}
        </li>
    }
}

const fn kind(kind: DeviceKind) -> Msg {
    match kind {
        DeviceKind::Desktop => Msg("device_desktop"),
        DeviceKind::Browser => Msg("device_browser"),
        DeviceKind::Phone => Msg("device_phone"),
    }
}

#[component]
fn Choose(worker: Worker, asking: RwSignal<Option<Joiner>>) -> impl IntoView {
    // A second phone is not let in from here.
    let without_phone =
        worker.of(|view| view.and_then(|view| view.status.as_ref()).is_some_and(|status| !status.phone));
    view! {
        <div class="cs-actions">
            {move || without_phone.get().then(|| view! {
                <Button weight=Weight::Primary on_press=Callback::new(move |_| asking.set(Some(Joiner::Phone)))>{Msg("pair_phone").text()}</Button>
            })}
            <Button on_press=Callback::new(move |_| asking.set(Some(Joiner::Browser)))>{Msg("pair_browser").text()}</Button>
        </div>
    }
}

#[component]
fn Pin(worker: Worker, joiner: Joiner) -> impl IntoView {
    let on_pin = Callback::new(move |pin: SecretBytes| {
        worker.send(&match joiner {
            Joiner::Browser => FromPanel::PairBrowser { pin },
            Joiner::Phone => FromPanel::PairPhone { pin },
        });
    });
    let why = match joiner {
        Joiner::Browser => Msg("pair_browser_pin"),
        Joiner::Phone => Msg("pair_phone_pin"),
    };
    view! {
        <p>{why.text()}</p>
        <PinForm worker action=Msg("continue_action") on_pin />
    }
}

#[component]
fn Code(worker: Worker) -> impl IntoView {
    let digits = worker.of(|view| shown(view).0);
    view! {
        <p>{Msg("pair_browser_code").text()}</p>
        <p class="pairing-code" dir="ltr">{digits}</p>
        <TimeLeft worker />
    }
}

#[component]
fn PhoneLink(worker: Worker) -> impl IntoView {
    let url = worker.of(|view| shown(view).0);
    view! {
        <p>{Msg("pair_phone_link").text()}</p>
        {move || view! { <QrCode text=url.get() label=Msg("pair_phone_qr").text() /> }}
        <p class="command"><code dir="ltr">{url}</code></p>
        <TimeLeft worker />
    }
}

#[component]
fn TimeLeft(worker: Worker) -> impl IntoView {
    let clock = Clock::start(worker, worker.of(|view| shown(view).1));
    view! { <StatusLine text=Signal::derive(move || Msg("pair_time_left").with(&[&clock.digits()])) busy=Signal::stored(true) /> }
}

#[component]
fn Over(worker: Worker) -> impl IntoView {
    let outcome = worker.of(|view| view.and_then(|view| view.showing.clone()));
    move || match outcome.get() {
        Some(Showing::Paired { name, kind }) => {
            let remedy = if kind == DeviceKind::Phone { Msg("paired_phone_remedy").text() } else { String::new() };
            Some(view! { <Notice tone=Tone::Good what=Msg("paired_device").with(&[&name]) remedy=remedy /> }.into_any())
        }
        Some(Showing::Failed(fault)) => {
            let said = say::fault(fault);
            let remedy = said.remedy.map(Msg::text).unwrap_or_default();
            Some(view! { <Notice tone=said.tone what=said.what.text() remedy=remedy /> }.into_any())
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_panel::screen::view_of;
    use countersign_wire::{local::Fault, panel::Link};

    #[test]
    fn what_is_shown_goes_before_what_is_asked() {
        let mut view = view_of(Link::Up);
        assert_eq!(step(None, Some(&view)), Step::Choose);
        assert_eq!(step(Some(Joiner::Phone), Some(&view)), Step::Pin(Joiner::Phone));
        view.showing = Some(Showing::Failed(Fault::WrongCode));
        assert_eq!(step(None, Some(&view)), Step::Over);
        assert_eq!(step(Some(Joiner::Browser), Some(&view)), Step::Pin(Joiner::Browser));
        let url = SecretBytes::from(String::from("https://phone.example/#x"));
        view.showing = Some(Showing::Link { url, remaining_millis: 7 });
        assert_eq!(step(None, Some(&view)), Step::Link);
        assert_eq!(shown(Some(&view)), (String::from("https://phone.example/#x"), 7));
    }
}
