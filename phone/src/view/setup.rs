//! The first run.

use countersign_seal::secret::SecretBytes;
use countersign_ui::{
    button::{Button, Weight},
    field::{SecretField, TextField, take},
    notice::{Notice, Tone},
    status::StatusLine,
};
use leptos::{ev, html, prelude::*};

use super::{
    hand,
    parts::{Heading, PIN_AUTOCOMPLETE, pin_fault, reveal},
    welcome::Working,
};
use crate::{
    app::Input,
    screen::Screen,
    text::{text, text_with},
};

fn step(step: u8) -> String {
    text_with("step", &[("step", step.into())])
}

/// Asks for a new PIN, twice.
#[component]
pub(crate) fn ChoosePin() -> impl IntoView {
    let hand = hand();
    let fault = hand.part(|view| match &view.screen {
        Screen::ChoosePin(fault) => *fault,
        _ => None,
    });
    let (pin, again) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    let busy = Signal::from(hand.busy.clone());
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        hand.say(Input::NewPin { pin: SecretBytes::from(take(pin)), again: SecretBytes::from(take(again)) });
    };
    view! {
        <Heading words=text("pin-title") over=step(1) />
        <p class="phone-lead">{text("pin-text")}</p>
        <form class="cs-stack" on:submit=submit>
            <SecretField
                label=text("pin-label")
                hint=text("pin-hint")
                node_ref=pin
                reveal=reveal()
                autocomplete=PIN_AUTOCOMPLETE
                error=Signal::derive(move || fault.get().map(pin_fault))
                limit=128
            />
            <SecretField label=text("pin-again-label") node_ref=again reveal=reveal() autocomplete=PIN_AUTOCOMPLETE limit=128 />
            <Button weight=Weight::Primary submit=true wide=true busy=busy>{text("pin-button")}</Button>
            <Working />
        </form>
        <p class="cs-hint">{text("pin-weaker")}</p>
    }
}

/// Shows the recovery words.
#[component]
pub(crate) fn ShowWords() -> impl IntoView {
    let hand = hand();
    let words = hand.part(|view| match &view.screen {
        Screen::Words(words) => words.0.clone(),
        _ => Vec::new(),
    });
    let list = move || {
        words.get().into_iter().map(|word| view! { <li class="phone-word" translate="no">{word}</li> }).collect_view()
    };
    view! {
        <Heading words=text("words-title") over=step(2) />
        <p class="phone-lead">{text("words-text")}</p>
        <ol class="phone-words" aria-label=text("words-list-label")>{list}</ol>
        <Notice tone=Tone::Warning what=text("words-warning") />
        <Button weight=Weight::Primary wide=true on_press=Callback::new(move |_| hand.say(Input::WordsSeen))>
            {text("words-button")}
        </Button>
    }
}

/// Asks for two of the words.
#[component]
pub(crate) fn CheckWords(positions: [usize; 2]) -> impl IntoView {
    let hand = hand();
    let wrong = hand.part(|view| matches!(&view.screen, Screen::CheckWords { wrong: true, .. }));
    let [first, second] = [RwSignal::new(String::new()), RwSignal::new(String::new())];
    let label = |position: usize| text_with("check-label", &[("position", position.into())]);
    let submit = {
        let hand = hand.clone();
        move |event: ev::SubmitEvent| {
            event.prevent_default();
            hand.say(Input::WordsTyped([first.get_untracked(), second.get_untracked()]));
        }
    };
    view! {
        <Heading words=text("check-title") over=step(3) />
        <p class="phone-lead">{text("check-text")}</p>
        <form class="cs-stack" on:submit=submit>
            <TextField label=label(positions[0]) value=first limit=32 ltr=true />
            <TextField
                label=label(positions[1])
                value=second
                limit=32
                ltr=true
                error=Signal::derive(move || wrong.get().then(|| text("check-wrong")))
            />
            <Button weight=Weight::Primary submit=true wide=true>{text("check-button")}</Button>
            <Button wide=true on_press=Callback::new(move |_| hand.say(Input::WordsAgain))>{text("check-again")}</Button>
        </form>
    }
}

/// Waits for the computer.
#[component]
pub(crate) fn Confirming() -> impl IntoView {
    view! {
        <Heading words=text("confirming-title") />
        <StatusLine text=text("confirming-text") busy=true />
    }
}
