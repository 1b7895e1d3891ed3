//! A one-time code to copy: its digits, how long they are good, and the button.

use crate::element;
use countersign_panel::{message::Msg, port::Worker, request::Clock};
use countersign_seal::field::FieldKind;
use countersign_ui::{
    button::{Button, Weight},
    status::StatusLine,
};
use countersign_wire::panel::{CodeView, FromPanel, PanelKind};
use leptos::prelude::*;

/// The digits in groups that people can hold in mind: of three, or of four where that comes out even.
fn grouped(digits: &str) -> String {
    let size = if digits.len().is_multiple_of(4) { 4 } else { 3 };
    let mut shown = String::with_capacity(digits.len() * 2);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && place.is_multiple_of(size) {
            shown.push('\u{a0}');
        }
        shown.push(digit);
    }
    shown
}

fn digits(code: &CodeView) -> String {
    code.digits.expose_str().unwrap_or_default().to_owned()
}

/// The code. Whoever copies it presses the button.
#[component]
pub(crate) fn Code(worker: Worker, code: Memo<Option<CodeView>>) -> impl IntoView {
    let left = worker.of(|view| view.and_then(|view| view.code.as_ref()).map_or(0, |code| code.remaining_millis));
    let clock = Clock::start(worker, left);
    let copied = RwSignal::new(false);
    // Another code was not copied yet.
    Effect::new(move || {
        code.track();
        copied.set(false);
    });
    let copy = move |_| {
        let Some(digits) = code.with_untracked(|code| code.as_ref().map(digits)) else { return };
        element::copy(&digits, move || copied.set(true));
    };
    let title = move || code.with(|code| code.as_ref().map(|code| code.title.clone()).unwrap_or_default());
    let said = Signal::derive(move || if copied.get() { Msg("copy_copied").text() } else { String::new() });
    view! {
        <section class="screen request code">
            <h1>{move || Msg("copy_title").with(&[&title()])}</h1>
            <p class="cs-number-digits code-digits" role="status" dir="ltr">{move || code.with(|code| code.as_ref().map(|code| grouped(&digits(code))))}</p>
            <p class="time-left cs-muted" role="timer">{move || Msg("time_left").with(&[&clock.digits()])}</p>
            <StatusLine text=said />
            <p class="cs-hint">{Msg("copy_note").text()}</p>
            <div class="cs-actions request-actions">
                <Button weight=Weight::Primary on_press=Callback::new(copy)>{Msg("copy_button").text()}</Button>
                <Button on_press=Callback::new(move |_| worker.send(&FromPanel::Dismiss))>{Msg("done").text()}</Button>
            </div>
        </section>
    }
}

/// The popup's way to the codes of the site in front, and back.
#[component]
pub(crate) fn CopyWay(worker: Worker, shown: bool) -> impl IntoView {
    let is_of_use = worker.of(move |view| {
        view.is_some_and(|view| {
            let has_seed =
                view.items.iter().flat_map(|item| &item.fields).any(|field| field.kind == FieldKind::OneTimeCodeSeed);
            shown || has_seed || view.place.is_none()
        })
    });
    let words = if shown { Msg("fields_back") } else { Msg("menu_copy_code") };
    move || {
        (worker.kind == PanelKind::Popup && is_of_use.get()).then(|| view! {
            <div class="make-way">
                <Button weight=Weight::Quiet on_press=Callback::new(move |_| worker.send(&FromPanel::ShowCopies { shown: !shown }))>{words.text()}</Button>
            </div>
        })
    }
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn digits_stand_in_even_groups() {
        assert_eq!(grouped("123456"), "123\u{a0}456");
        assert_eq!(grouped("1234567"), "123\u{a0}456\u{a0}7");
        assert_eq!(grouped("12345678"), "1234\u{a0}5678");
        assert_eq!(grouped(""), "");
    }
}
