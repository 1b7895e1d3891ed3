//! What changes while one looks at it.

use crate::notice::Tone;
use leptos::prelude::*;

/// A line that says how far something is. Each change is announced.
#[component]
pub fn StatusLine(
    /// What is so now; an empty text hides the line.
    #[prop(into)]
    text: Signal<String>,
    /// What it is about.
    #[prop(optional, into)]
    tone: Signal<Tone>,
    /// Whether more is to come.
    #[prop(optional, into)]
    busy: Signal<bool>,
) -> impl IntoView {
    let class = move || match tone.get() {
        Tone::Neutral => "cs-status cs-tone-neutral",
        Tone::Good => "cs-status cs-tone-good",
        Tone::Warning => "cs-status cs-tone-warning",
        Tone::Danger => "cs-status cs-tone-danger",
    };
    view! {
        <p class=class role="status" class:cs-empty=move || text.with(String::is_empty)>
            {move || busy.get().then(|| view! { <Spinner /> })}
            <span>{text}</span>
        </p>
    }
}

/// Something runs. Says nothing by itself: the text beside it does.
#[component]
pub fn Spinner() -> impl IntoView {
    view! { <span class="cs-spinner" aria-hidden="true"></span> }
}

/// The number to type on the phone, as large as it deserves.
#[component]
pub fn Number(
    /// Ten to ninety-nine.
    number: u8,
    /// What to do with it, read out before the digits.
    #[prop(into)]
    label: String,
) -> impl IntoView {
    let label_id = crate::unique_id("number");
    let labelled_by = label_id.clone();
    view! {
        <div class="cs-number" role="group" aria-labelledby=labelled_by>
            <p class="cs-number-label" id=label_id>{label}</p>
            <p class="cs-number-digits" dir="ltr" data-number=number.to_string()>{number.to_string()}</p>
        </div>
    }
}
