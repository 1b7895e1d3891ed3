//! The unlocked app: four sections and a bar to move between them.

use countersign_seal::request::Refusal;
use countersign_ui::{
    button::Button,
    notice::{Notice, Tone},
};
use countersign_wire::mail::Withdrawal;
use leptos::prelude::*;

use super::{
    hand,
    lists::{Activity, Devices},
    parts::{Heading, pin_fault},
    settings::Settings,
};
use crate::{
    activity::{Asked, Outcome, Past},
    app::Input,
    screen::{News, Screen},
    text::{span, text, text_with},
};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Requests,
    Devices,
    Activity,
    Settings,
}

/// The sections.
#[component]
pub(crate) fn Sections() -> impl IntoView {
    let section = RwSignal::new(Section::Requests);
    let hand = hand();
    let go = Callback::new(move |target| {
        // News is read once its reader goes elsewhere.
        hand.say(Input::NewsRead);
        section.set(target);
    });
    let shown = move || match section.get() {
        Section::Requests => view! { <Requests /> }.into_any(),
        Section::Devices => view! { <Devices /> }.into_any(),
        Section::Activity => view! { <Activity /> }.into_any(),
        Section::Settings => view! { <Settings /> }.into_any(),
    };
    let tabs = [
        (Section::Requests, "nav-home"),
        (Section::Devices, "nav-devices"),
        (Section::Activity, "nav-activity"),
        (Section::Settings, "nav-settings"),
    ]
    .map(|(target, name)| {
        view! {
            <button
                type="button"
                class="phone-tab"
                aria-current=move || (section.get() == target).then_some("page")
                on:click=move |_| go.run(target)
            >
                {text(name)}
            </button>
        }
    });
    view! {
        <div class="phone-section">
            <LatestNews />
            {shown}
        </div>
        <nav class="phone-tabs" aria-label=text("nav-label")>{tabs.into_iter().collect_view()}</nav>
    }
}

/// Nothing to approve, or why nothing comes.
#[component]
fn Requests() -> impl IntoView {
    let hand = hand();
    let muted = hand.part(|view| view.muted);
    let paused = hand.part(|view| view.paused_until);
    let now = hand.now.clone();
    let allow = Callback::new(move |_| hand.say(Input::AllowRequests));
    let state = move || match (muted.get(), paused.get()) {
        (true, _) => Some(
            view! {
                <Notice tone=Tone::Danger what=text("home-muted") remedy=text("home-muted-remedy")>
                    <Button on_press=allow>{text("home-allow")}</Button>
                </Notice>
            }
            .into_any(),
        ),
        (false, Some(until)) => {
            let left = span(until.0.saturating_sub(now.get().0));
            Some(
                view! {
                    <Notice tone=Tone::Warning what=text_with("home-paused", &[("left", left.into())])>
                        <Button on_press=allow>{text("home-allow")}</Button>
                    </Notice>
                }
                .into_any(),
            )
        }
        (false, None) => None,
    };
    view! {
        {state}
        <div class="phone-empty">
            <img class="phone-empty-mark" src="icons/icon-128.png" alt="" width="72" height="72" />
            <Heading words=text("home-title") />
            <p>{text("home-text")}</p>
            <p class="cs-hint">{text("home-keep-open")}</p>
        </div>
    }
}

/// What happened last.
#[component]
fn LatestNews() -> impl IntoView {
    let hand = hand();
    let news = hand.part(|view| match &view.screen {
        Screen::Home(home) => home.news.clone(),
        _ => None,
    });
    let read = Callback::new(move |_| hand.say(Input::NewsRead));
    // Always there, so that what appears in it is announced.
    view! {
        <div role="status">
            {move || {
                news.get().map(|news| {
                    let (tone, what, remedy) = words(&news);
                    view! {
                        <Notice tone=tone what=what remedy=remedy>
                            <Button on_press=read>{text("news-dismiss")}</Button>
                        </Notice>
                    }
                })
            }}
        </div>
    }
}

fn words(news: &News) -> (Tone, String, String) {
    let plain = |tone, id| (tone, text(id), String::new());
    match news {
        News::Ready => plain(Tone::Good, "news-ready"),
        News::Answered(past) => answered(past),
        News::Withdrawn(reason) => plain(
            Tone::Neutral,
            match reason {
                Withdrawal::Cancelled => "news-withdrawn-cancelled",
                Withdrawal::AskerGone => "news-withdrawn-gone",
                Withdrawal::Restarted => "news-withdrawn-restarted",
                Withdrawal::Expired => "news-withdrawn-expired",
                Withdrawal::Locked => "news-withdrawn-locked",
            },
        ),
        News::Expired => plain(Tone::Neutral, "news-expired"),
        News::PairedAlready => (Tone::Warning, text("news-paired"), text("news-paired-remedy")),
        News::PinChanged => plain(Tone::Good, "news-pin-changed"),
        News::PinWrong => plain(Tone::Danger, "news-pin-wrong"),
        News::PinRefused(fault) => (Tone::Danger, text("news-pin-refused"), pin_fault(*fault)),
    }
}

fn answered(past: &Past) -> (Tone, String, String) {
    match past.outcome {
        Outcome::Approved => {
            let what = if past.asked == Asked::FollowUp { "news-follow-up" } else { "news-approved" };
            let sent = if past.received { "news-approved-received" } else { "news-approved-sent" };
            (
                Tone::Good,
                text_with(what, &[("title", past.title.clone().into()), ("computer", past.computer.clone().into())]),
                text_with(sent, &[("computer", past.computer.clone().into())]),
            )
        }
        Outcome::Refused(Refusal::Refused) => (Tone::Neutral, text("news-refused"), String::new()),
        Outcome::Refused(Refusal::NotMe) => (Tone::Danger, text("news-not-me"), text("news-not-me-remedy")),
        Outcome::Refused(Refusal::WrongNumber) => {
            (Tone::Danger, text("news-wrong-number"), text("news-wrong-number-remedy"))
        }
        Outcome::Refused(refusal) => {
            (Tone::Warning, text("news-automatic"), super::lists::outcome(Outcome::Refused(refusal)))
        }
    }
}
