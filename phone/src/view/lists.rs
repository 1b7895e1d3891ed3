//! Devices and activity.

use countersign_seal::{
    log::{DeviceKind, State},
    request::Refusal,
};
use countersign_ui::notice::{Badge, Tone};
use leptos::prelude::*;

use super::{
    hand,
    parts::{Heading, ago},
};
use crate::{
    activity::{Asked, Outcome, Past},
    screen::DeviceRow,
    text::text,
};

/// Everything that belongs to the account.
#[component]
pub(crate) fn Devices() -> impl IntoView {
    view! {
        <Heading words=text("devices-title") />
        <p class="cs-hint">{text("devices-text")}</p>
        <DeviceList />
    }
}

/// The rows alone.
#[component]
pub(crate) fn DeviceList() -> impl IntoView {
    let devices = hand().part(|view| view.devices.clone());
    move || view! { <ul class="phone-rows">{devices.get().into_iter().map(device_row).collect_view()}</ul> }
}

/// What a device is, in words.
pub(crate) fn device_kind(kind: DeviceKind) -> String {
    text(match kind {
        DeviceKind::Desktop => "device-desktop",
        DeviceKind::Browser => "device-browser",
        DeviceKind::Phone => "device-phone",
    })
}

fn device_row(row: DeviceRow) -> impl IntoView {
    let mut badges = Vec::new();
    if row.this {
        badges.push((Tone::Neutral, text("device-this")));
    }
    if row.approver {
        badges.push((Tone::Good, text("device-approver")));
    }
    match row.state {
        State::Active => {}
        State::Suspended => badges.push((Tone::Warning, text("device-suspended"))),
        State::Removed => badges.push((Tone::Neutral, text("device-removed"))),
    }
    view! {
        <li class="phone-row">
            <span class="phone-row-title" dir="auto">{row.name}</span>
            <span class="phone-row-badges">
                {badges.into_iter().map(|(tone, text)| view! { <Badge tone=tone text=text /> }).collect_view()}
            </span>
            <span class="phone-row-detail">{device_kind(row.kind)}</span>
            <code class="phone-row-code">{row.fingerprint}</code>
        </li>
    }
}

/// Past answers.
#[component]
pub(crate) fn Activity() -> impl IntoView {
    let hand = hand();
    let past = hand.part(|view| view.activity.clone());
    let now = hand.now.get_untracked();
    let rows = move || match past.get() {
        empty if empty.is_empty() => view! { <p class="cs-hint">{text("activity-empty")}</p> }.into_any(),
        past => {
            let rows = past.into_iter().map(|past| past_row(past, now)).collect_view();
            view! { <ul class="phone-rows">{rows}</ul> }.into_any()
        }
    };
    view! {
        <Heading words=text("activity-title") />
        <p class="cs-hint">{text("activity-text")}</p>
        {rows}
    }
}

fn past_row(past: Past, now: countersign_seal::id::UnixMillis) -> impl IntoView {
    let asked = text(match past.asked {
        Asked::Fill => "activity-fill",
        Asked::FollowUp => "activity-follow-up",
        Asked::Copy => "activity-copy",
        Asked::Reseal => "activity-reseal",
        Asked::AddDevice => "activity-add-device",
        Asked::Compare => "activity-compare",
        Asked::Unknown => "activity-unknown",
    });
    let title = if past.title.is_empty() { asked.clone() } else { format!("{asked}: {}", past.title) };
    let tone = match past.outcome {
        Outcome::Approved => Tone::Good,
        Outcome::Refused(Refusal::NotMe | Refusal::WrongNumber) => Tone::Danger,
        Outcome::Refused(Refusal::Refused) => Tone::Neutral,
        Outcome::Refused(_) => Tone::Warning,
    };
    let is_automatic = matches!(past.outcome, Outcome::Refused(refusal) if crate::screen::is_automatic(refusal));
    let result = match (past.asked, past.outcome) {
        (Asked::Compare, Outcome::Approved) => text("activity-answered"),
        (_, of) => outcome(of),
    };
    view! {
        <li class="phone-row">
            <span class="phone-row-title" dir="auto">{title}</span>
            <span class="phone-row-badges">
                {(!is_automatic).then(|| view! { <Badge tone=tone text=result.clone() /> })}
            </span>
            {is_automatic.then(|| view! { <span class="phone-row-detail phone-row-automatic">{result.clone()}</span> })}
            {(!past.site.is_empty()).then(|| view! { <span class="phone-row-detail" dir="ltr">{past.site.clone()}</span> })}
            <span class="phone-row-detail">{past.computer} " · " {ago(past.time, now)}</span>
        </li>
    }
}

/// What became of a request, in words.
pub(crate) fn outcome(outcome: Outcome) -> String {
    let Outcome::Refused(refusal) = outcome else { return text("activity-approved") };
    text(match refusal {
        Refusal::Refused => "activity-refused",
        Refusal::NotMe => "activity-not-me",
        Refusal::WrongNumber => "activity-wrong-number",
        Refusal::OtherSite => "activity-other-site",
        Refusal::Expired => "activity-expired",
        Refusal::Unsupported => "activity-unsupported",
        Refusal::Busy => "activity-busy",
        Refusal::LogsDiffer => "activity-logs-differ",
        _ => "activity-invalid",
    })
}
