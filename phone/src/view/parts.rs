//! What several screens share.

use countersign_seal::{
    field::FieldKind,
    id::UnixMillis,
    origin::{Origin, Site, SiteRule},
};
use countersign_ui::{
    field::RevealLabels,
    notice::{Notice, Tone},
};
use leptos::{html, prelude::*};

use super::hand;
use crate::{
    pin::PinFault,
    screen,
    text::{span, text, text_with},
};

/// A screen's heading. It takes the focus when the screen appears, so that screen readers and keyboards begin there.
#[component]
pub(crate) fn Heading(
    #[prop(into)] words: Signal<String>,
    #[prop(optional, into)] over: Option<String>,
) -> impl IntoView {
    let heading = NodeRef::<html::H1>::new();
    heading.on_load(|heading| {
        request_animation_frame(move || {
            // Whoever was faster keeps the focus.
            let is_free = document().active_element().is_none_or(|element| element.tag_name() != "INPUT");
            if is_free {
                // A heading that is gone already needs no focus.
                let _ = heading.focus();
                window().scroll_to_with_x_and_y(0.0, 0.0);
            }
        });
    });
    view! {
        {over.map(|over| view! { <p class="phone-over">{over}</p> })}
        <h1 node_ref=heading class="phone-title" tabindex="-1">{words}</h1>
    }
}

/// Something went wrong beside the screen's matter.
#[component]
pub(crate) fn Warnings() -> impl IntoView {
    let warning = hand().part(|view| view.warning);
    let id = |warning| match warning {
        screen::Warning::Storage => "warning-storage",
        screen::Warning::Platform => "warning-platform",
        screen::Warning::LoginRefused => "warning-login-refused",
        screen::Warning::RelayVersion => "warning-relay-version",
        screen::Warning::RelayBehind => "warning-relay-behind",
        screen::Warning::RelayGarbled => "warning-relay-garbled",
        screen::Warning::Clock => "warning-clock",
        screen::Warning::Undelivered => "warning-undelivered",
    };
    move || warning.get().map(|warning| view! { <Notice tone=Tone::Warning what=text(id(warning)) /> })
}

/// The words of the button that shows what was typed.
pub(crate) fn reveal() -> RevealLabels {
    RevealLabels { show: text("reveal-show"), hide: text("reveal-hide") }
}

/// Why a new PIN is not taken.
pub(crate) fn pin_fault(fault: PinFault) -> String {
    text(match fault {
        PinFault::TooShort => "pin-fault-short",
        PinFault::TooLong => "pin-fault-long",
        PinFault::TooSimple => "pin-fault-simple",
        PinFault::Different => "pin-fault-different",
    })
}

/// What a field is, in words.
pub(crate) fn kind(kind: FieldKind) -> String {
    text(match kind {
        FieldKind::Password => "kind-password",
        FieldKind::OneTimeCodeSeed => "kind-one-time-code",
        FieldKind::CardNumber => "kind-card-number",
        FieldKind::CardHolder => "kind-card-holder",
        FieldKind::CardExpiry => "kind-card-expiry",
        FieldKind::CardSecurityCode => "kind-card-security-code",
        FieldKind::Note => "kind-note",
        FieldKind::Hidden => "kind-hidden",
    })
}

/// Fields as a list in a sentence: "card number, card expiry and card security code".
pub(crate) fn kinds(found: &[FieldKind]) -> String {
    let mut words: Vec<String> = Vec::new();
    for word in found.iter().copied().map(kind) {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    let Some(last) = words.pop() else { return String::new() };
    let first = words
        .into_iter()
        .reduce(|first, last| text_with("kinds-list-more", &[("first", first.into()), ("last", last.into())]));
    match first {
        Some(first) => text_with("kinds-list-two", &[("first", first.into()), ("last", last.into())]),
        None => last,
    }
}

/// An origin with its host standing out: that is what people must read.
#[component]
pub(crate) fn Address(origin: Origin) -> impl IntoView {
    let text = origin.to_string();
    let (scheme, rest) = text.split_once("://").map_or(("", text.as_str()), |(scheme, rest)| (scheme, rest));
    let host = origin.host().to_owned();
    let port = rest.strip_prefix(origin.host()).unwrap_or_default().to_owned();
    view! {
        <span class="phone-address" dir="ltr">
            <span class="phone-address-rest">{format!("{scheme}://")}</span>
            <strong>{host}</strong>
            <span class="phone-address-rest">{port}</span>
        </span>
    }
}

/// A site with its rule in words.
#[component]
pub(crate) fn SiteLine(site: Site) -> impl IntoView {
    let rule = match &site.rule {
        SiteRule::Host => text("site-exact"),
        SiteRule::Domain { domain } => text_with("site-domain", &[("domain", domain.clone().into())]),
    };
    view! {
        <span class="phone-site">
            <Address origin=site.origin.clone() />
            <span class="cs-hint">{rule}</span>
        </span>
    }
}

/// How long ago a time was.
pub(crate) fn ago(time: UnixMillis, now: UnixMillis) -> String {
    match now.0.saturating_sub(time.0) {
        0..5_000 => text("ago-now"),
        passed => text_with("ago", &[("time", span(passed).into())]),
    }
}

/// `autocomplete` of every field for the PIN. A browser that kept the PIN would keep it beside the key that it wraps; this token is the one that browsers take
/// for "not a password to save" (HTML, autofill field name `one-time-code`), and the field stays one that hides what is typed.
pub(crate) const PIN_AUTOCOMPLETE: &str = "one-time-code";
