//! Something to know, and what to do about it.

use leptos::prelude::*;

/// What a notice or badge is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Tone {
    /// Good to know.
    #[default]
    Neutral,
    /// It worked.
    Good,
    /// Take care.
    Warning,
    /// It did not work.
    Danger,
}

impl Tone {
    const fn class(self) -> &'static str {
        match self {
            Self::Neutral => "cs-tone-neutral",
            Self::Good => "cs-tone-good",
            Self::Warning => "cs-tone-warning",
            Self::Danger => "cs-tone-danger",
        }
    }

    /// Failures interrupt a screen reader; everything else waits its turn.
    const fn role(self) -> Option<&'static str> {
        match self {
            Self::Danger => Some("alert"),
            Self::Good => Some("status"),
            Self::Neutral | Self::Warning => None,
        }
    }
}

/// What happened, and what to do.
#[component]
pub fn Notice(
    /// What it is about.
    #[prop(optional)]
    tone: Tone,
    /// What happened, in a sentence.
    #[prop(into)]
    what: String,
    /// What to do, in a sentence or two; empty if nothing.
    #[prop(optional, into)]
    remedy: String,
    /// Buttons and the like.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class=format!("cs-notice {}", tone.class()) role=tone.role()>
            <p class="cs-notice-what">{what}</p>
            {(!remedy.is_empty()).then(|| view! { <p class="cs-notice-remedy">{remedy}</p> })}
            {children.map(|children| view! { <div class="cs-actions">{children()}</div> })}
        </div>
    }
}

/// A state in a word or two.
#[component]
pub fn Badge(
    /// What it is about.
    #[prop(optional)]
    tone: Tone,
    /// The words.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    view! { <span class=format!("cs-badge {}", tone.class())>{text}</span> }
}
