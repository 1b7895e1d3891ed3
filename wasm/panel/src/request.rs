//! The request in hand: the number, how far it is, how long it waits, what came of it.

use crate::{
    guard::Guard,
    message::Msg,
    port::Worker,
    say::{self, About, Said},
};
use countersign_ui::{
    button::{Button, Weight},
    clock::Left,
    notice::{Notice, Tone},
    status::{Number, StatusLine},
};
use countersign_wire::{
    local::Progress,
    panel::{FromPanel, RequestView},
};
use leptos::{ev, prelude::*};
use std::time::Duration;

/// Counts down from what the worker last said was left.
#[derive(Clone, Copy)]
pub struct Clock {
    left: RwSignal<u64>,
}

impl Clock {
    /// Counts while the page shows what uses it.
    #[must_use]
    pub fn start(worker: Worker, said: Memo<u64>) -> Self {
        let left = RwSignal::new(0);
        let update = move || {
            let now = said.get_untracked().saturating_sub(worker.age());
            // Only whole seconds are shown.
            if Left::of_millis(now) != Left::of_millis(left.get_untracked()) {
                left.set(now);
            }
        };
        Effect::new(move || {
            said.track();
            worker.track();
            update();
        });
        if let Ok(ticks) = set_interval_with_handle(update, Duration::from_millis(250)) {
            on_cleanup(move || ticks.clear());
        }
        Self { left }
    }

    /// Milliseconds left, to the second.
    #[must_use]
    pub fn left(self) -> u64 {
        self.left.get()
    }

    /// `m:ss`.
    #[must_use]
    pub fn digits(self) -> String {
        Left::of_millis(self.left()).digits()
    }
}

/// What a request is about.
#[must_use]
pub const fn about(request: &RequestView) -> About {
    match (request.edit, request.copy) {
        (true, _) => About::Edit,
        (false, true) => About::Copy,
        (false, false) => About::Fill,
    }
}

/// Whether nothing more will happen to it.
#[must_use]
pub const fn is_over(request: &RequestView) -> bool {
    say::is_over(about(request), request.progress, request.filled)
}

/// What Escape and Cancel mean for the request in hand: withdraw it, or put it away when it is over.
#[must_use]
pub const fn step_back(request: &RequestView) -> FromPanel {
    if is_over(request) { FromPanel::Dismiss } else { FromPanel::Cancel }
}

/// Everything of a request but its clock: redrawn when it moves on, not when time passes.
fn timeless(worker: Worker) -> Memo<Option<RequestView>> {
    worker.of(|view| {
        view.and_then(|view| view.request.clone()).map(|request| RequestView { remaining_millis: 0, ..request })
    })
}

/// The request in hand.
#[component]
pub fn Request(
    /// The port.
    worker: Worker,
    /// Which presses count.
    guard: Guard,
    /// Puts a finished request away.
    #[prop(into)]
    on_done: Callback<()>,
) -> impl IntoView {
    let request = timeless(worker);
    let said =
        worker.of(|view| view.and_then(|view| view.request.as_ref()).map_or(0, |request| request.remaining_millis));
    let clock = Clock::start(worker, said);
    let over = Memo::new(move |_| request.with(|request| request.as_ref().is_some_and(is_over)));
    let line = Memo::new(move |_| {
        request.with(|request| {
            request.as_ref().map(|request| say::progress(about(request), request.progress, request.filled))
        })
    });
    let busy = Memo::new(move |_| request.with(|request| request.as_ref().is_some_and(|request| !is_over(request))));
    view! {
        <section class="screen request">
            {move || request.get().map(|request| view! { <Head request=request /> })}
            <Line said=line busy=busy />
            {move || (!over.get()).then(|| view! { <p class="time-left cs-muted" role="timer">{move || Msg("time_left").with(&[&clock.digits()])}</p> })}
            {move || request.get().map(|request| view! { <Actions worker=worker guard=guard request=request on_done=on_done /> })}
        </section>
    }
}

#[component]
fn Head(request: RequestView) -> impl IntoView {
    let title = match (about(&request), request.progress) {
        (About::Edit, _) => Msg("request_edit_title").with(&[&request.title]),
        (About::Copy, _) => Msg("request_copy_title").with(&[&request.title]),
        (About::Fill, Progress::ConfirmHere) => Msg("request_confirm_title").with(&[&request.title]),
        (About::Fill, _) => Msg("request_title").with(&[&request.title]),
    };
    let on_phone = match request.progress {
        // A phone that answers by itself is faster than anyone reads a number. One that asks says so.
        Progress::Asked => !request.follows,
        progress => progress == Progress::Delivered,
    };
    let number = request.number.get();
    view! {
        <h1>{title}</h1>
        {on_phone.then(|| view! { <Number number=number label=Msg("type_number").text() /> })}
    }
}

/// How far something is. Stays through all its states, so that each is announced.
#[component]
pub fn Line(
    /// What is so now.
    said: Memo<Option<Said>>,
    /// Whether more is to come.
    busy: Memo<bool>,
) -> impl IntoView {
    let quiet = Memo::new(move |_| said.get().is_some_and(|said| said.tone == Tone::Neutral));
    let line = move || said.get().filter(|_| quiet.get()).map_or_else(String::new, |said| said.what.text());
    let remedy = move || said.get().filter(|_| quiet.get()).and_then(|said| said.remedy);
    view! {
        <div class="request-state">
            <StatusLine text=Signal::derive(line) busy=busy />
            {move || remedy().map(|remedy| view! { <p class="cs-hint">{remedy.text()}</p> })}
        </div>
        {move || said.get().filter(|_| !quiet.get()).map(|Said { tone, what, remedy }| view! {
            <Notice tone=tone what=what.text() remedy=remedy.map(Msg::text).unwrap_or_default() />
        })}
    }
}

#[component]
fn Actions(worker: Worker, guard: Guard, request: RequestView, on_done: Callback<()>) -> impl IntoView {
    let confirm = matches!(request.progress, Progress::ConfirmHere);
    let over = is_over(&request);
    let again = request.again && about(&request) != About::Edit && say::may_ask_again(request.progress, request.filled);
    let item = request.item;
    // Its pick on the page before was not a pick here.
    let other = request.carried && !over && request.progress != Progress::Approved;
    let take_other = move |event: ev::MouseEvent| {
        if guard.admits(event.is_trusted()) {
            worker.send(&FromPanel::Cancel);
            worker.send(&FromPanel::Dismiss);
        }
    };
    let ask_again = move |event: ev::MouseEvent| {
        if guard.admits(event.is_trusted()) {
            worker.send(&FromPanel::Dismiss);
            worker.send(&FromPanel::Choose { item, trusted: true, in_sight: guard.is_in_sight() });
        }
    };
    let confirmed = move |event: ev::MouseEvent| {
        if guard.admits(event.is_trusted()) {
            worker.send(&FromPanel::Confirm { in_sight: guard.is_in_sight() });
        }
    };
    view! {
        <div class="cs-actions request-actions">
            {confirm.then(|| view! { <Button weight=Weight::Primary on_press=Callback::new(confirmed)>{Msg("confirm").text()}</Button> })}
            {again.then(|| view! { <Button weight=Weight::Primary on_press=Callback::new(ask_again)>{Msg("ask_again").text()}</Button> })}
            {other.then(|| view! { <Button on_press=Callback::new(take_other)>{Msg("another_item").text()}</Button> })}
            {if over {
                view! { <Button on_press=Callback::new(move |_| on_done.run(()))>{Msg("done").text()}</Button> }.into_any()
            } else {
                view! { <Button on_press=Callback::new(move |_| worker.send(&FromPanel::Cancel))>{Msg("cancel").text()}</Button> }.into_any()
            }}
        </div>
    }
}
