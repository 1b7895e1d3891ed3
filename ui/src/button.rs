//! Buttons.

use leptos::{ev, prelude::*};

/// How much a button stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Weight {
    /// What most people want next; one a screen.
    Primary,
    /// Any other action.
    #[default]
    Secondary,
    /// An action beside the matter, drawn as a link.
    Quiet,
    /// An action that takes something away.
    Danger,
}

impl Weight {
    const fn class(self) -> &'static str {
        match self {
            Self::Primary => "cs-button cs-primary",
            Self::Secondary => "cs-button",
            Self::Quiet => "cs-button cs-quiet",
            Self::Danger => "cs-button cs-danger",
        }
    }
}

/// A button. While `busy` it stays focusable and ignores presses, so that a keyboard user does not lose the place.
#[component]
pub fn Button(
    /// How much it stands out.
    #[prop(optional)]
    weight: Weight,
    /// Whether its action runs.
    #[prop(optional, into)]
    busy: Signal<bool>,
    /// Whether it cannot be used now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// Whether it submits its form.
    #[prop(optional)]
    submit: bool,
    /// Takes the whole line.
    #[prop(optional)]
    wide: bool,
    /// An accessible name, where the children are not enough of one.
    #[prop(optional, into)]
    label: Option<String>,
    /// What a press does; the event says whether it is trusted.
    #[prop(optional, into)]
    on_press: Option<Callback<ev::MouseEvent>>,
    /// To reach the element, for focus.
    #[prop(optional)]
    node_ref: NodeRef<leptos::html::Button>,
    /// What stands on it.
    children: Children,
) -> impl IntoView {
    let press = move |event: ev::MouseEvent| {
        if busy.get_untracked() {
            event.prevent_default();
        } else if let Some(on_press) = on_press {
            on_press.run(event);
        }
    };
    view! {
        <button
            node_ref=node_ref
            type=if submit { "submit" } else { "button" }
            class=weight.class()
            class:cs-wide=wide
            class:cs-busy=busy
            aria-busy=move || busy.get().then_some("true")
            aria-label=label
            disabled=disabled
            on:click=press
        >
            {children()}
        </button>
    }
}
