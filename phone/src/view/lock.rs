//! The lock screen.

use countersign_seal::secret::SecretBytes;
use countersign_ui::{
    button::{Button, Weight},
    field::{SecretField, take},
    notice::{Notice, Tone},
};
use leptos::{ev, html, prelude::*};

use super::{
    hand,
    parts::{Heading, PIN_AUTOCOMPLETE, reveal},
    welcome::Working,
};
use crate::{
    app::Input,
    screen::{Locked, Screen},
    text::{span, text, text_with},
};

/// Asks for the PIN.
#[component]
pub(crate) fn Lock() -> impl IntoView {
    let hand = hand();
    let locked = hand.part(|view| match &view.screen {
        Screen::Locked(locked) => *locked,
        _ => Locked { waiting: 0, wrong: false, blocked_until: None, resumes_setup: false },
    });
    let (now, busy) = (hand.now.clone(), Signal::from(hand.busy.clone()));
    let pin = NodeRef::<html::Input>::new();
    let error = Signal::derive(move || match locked.get() {
        Locked { blocked_until: Some(until), .. } => {
            let left = span(until.0.saturating_sub(now.get().0));
            Some(text_with("locked-blocked", &[("left", left.into())]))
        }
        Locked { wrong: true, .. } => Some(text("locked-wrong")),
        _ => None,
    });
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        let typed = take(pin);
        if !typed.is_empty() {
            hand.say(Input::Unlock(SecretBytes::from(typed)));
        }
    };
    let waiting = move || match locked.get().waiting {
        0 => None,
        count => {
            Some(view! { <Notice what=text_with("locked-waiting", &[("count", count.into())]) tone=Tone::Warning /> })
        }
    };
    let lead = move || text(if locked.get().resumes_setup { "locked-resume" } else { "locked-text" });
    view! {
        <Heading words=text("locked-title") />
        <p class="phone-lead">{lead}</p>
        {waiting}
        <form class="cs-stack" on:submit=submit>
            <SecretField
                label=text("locked-label")
                node_ref=pin
                reveal=reveal()
                autocomplete=PIN_AUTOCOMPLETE
                error=error
                limit=128
            />
            <Button
                weight=Weight::Primary
                submit=true
                wide=true
                busy=busy
                disabled=Signal::derive(move || locked.get().blocked_until.is_some())
            >
                {text("locked-button")}
            </Button>
            <Working />
        </form>
    }
}
