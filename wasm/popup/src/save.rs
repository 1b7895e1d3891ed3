//! The offer to save what a page was given: alone in its frame in the page, and in the popup above what can be filled.

use countersign_panel::{guard::Guard, message::Msg, place::short, port::Worker};
use countersign_seal::id::ItemId;
use countersign_ui::{
    button::{Button, Weight},
    field::TextField,
    status::StatusLine,
};
use countersign_wire::{
    capture::{CaptureSource, CaptureSummary, CaptureTarget},
    panel::{FromPanel, PanelKind},
};
use leptos::{ev, prelude::*};

/// What is proposed first: to change the one item with this user name, else to save a new one.
fn proposed(capture: &CaptureSummary) -> Option<&CaptureTarget> {
    let mut same = capture.updates.iter().filter(|target| is_of(target, &capture.username));
    same.next().filter(|_| same.next().is_none())
}

/// A page that asks for no user name may mean any.
fn is_of(target: &CaptureTarget, username: &str) -> bool {
    username.is_empty() || target.username.eq_ignore_ascii_case(username)
}

/// What to say of it: neutrally, unless it is known.
fn question(capture: &CaptureSummary) -> (Msg, Option<Msg>) {
    match (proposed(capture), capture.source) {
        (Some(target), _) if target.differs => (Msg("save_update"), None),
        (Some(_), _) => (Msg("save_maybe"), Some(Msg("save_maybe_note"))),
        (None, CaptureSource::Generated) => (Msg("save_generated"), None),
        (None, CaptureSource::Submitted) => (Msg("save_new"), None),
    }
}

/// That in words.
fn asked(capture: &CaptureSummary) -> String {
    let title = proposed(capture).map(|target| target.title.clone()).unwrap_or_default();
    question(capture).0.with(&[&title])
}

/// The offer in its frame.
#[component]
pub(crate) fn Offer(worker: Worker, guard: Guard) -> impl IntoView {
    let capture = worker.of(|view| view.and_then(|view| view.captures.first().cloned()));
    let saved = worker.of(|view| view.is_some_and(|view| view.saved > 0));
    // What comes into a line that was there before is read aloud; the offer itself takes no focus.
    let said = Signal::derive(move || {
        let asked = || capture.with(|capture| capture.as_ref().map(asked).unwrap_or_default());
        if saved.get() { Msg("save_done").text() } else { asked() }
    });
    view! {
        {move || capture.get().filter(|_| !saved.get()).map(|capture| view! {
            <Capture worker=worker guard=guard capture=capture />
        })}
        <div class="saved" class:saved-shown=move || saved.get()><StatusLine text=said busy=Signal::stored(false) /></div>
    }
}

/// Those of the site in front, in the popup.
#[component]
pub(crate) fn Captures(worker: Worker, guard: Guard) -> impl IntoView {
    let captures = worker.of(|view| view.map(|view| view.captures.clone()).unwrap_or_default());
    view! {
        <For each=move || captures.get() key=|capture| capture.id.to_string() let:capture>
            <Capture worker=worker guard=guard capture=capture />
        </For>
    }
}

#[component]
fn Capture(worker: Worker, guard: Guard, capture: CaptureSummary) -> impl IntoView {
    let (heading, note) = question(&capture);
    let first = proposed(&capture).cloned();
    let title = first.as_ref().map(|target| target.title.clone()).unwrap_or_default();
    let host = short(&capture.site);
    let username = RwSignal::new(capture.username.clone());
    let id = capture.id;
    let save = move |item: Option<ItemId>| {
        Callback::new(move |event: ev::MouseEvent| {
            if guard.admits(event.is_trusted()) {
                let username = username.get_untracked().trim().to_owned();
                worker.send(&FromPanel::SaveCapture { capture: id, item, username, trusted: true });
            }
        })
    };
    let forget = move |event: ev::MouseEvent| {
        if guard.admits(event.is_trusted()) {
            worker.send(&FromPanel::DropCapture { capture: id, trusted: true });
        }
    };
    let site = capture.site.clone();
    let never = move |event: ev::MouseEvent| {
        if guard.admits(event.is_trusted()) {
            worker.send(&FromPanel::IgnoreSite { site: site.clone(), ignored: true, trusted: true });
        }
    };
    let is_new = first.is_none();
    let others: Vec<CaptureTarget> = capture
        .updates
        .iter()
        .filter(|target| first.as_ref().is_none_or(|first| first.item != target.item))
        .cloned()
        .collect();
    let others = others.into_iter().map(|target| {
        let words = if target.username.is_empty() {
            Msg("save_into").with(&[&target.title])
        } else {
            Msg("save_into_of").with(&[&target.title, &target.username])
        };
        view! { <Button on_press=save(Some(target.item))>{words}</Button> }
    });
    let others: Vec<_> = others.collect();
    let has_more = !is_new || !others.is_empty();
    let who = (!is_new).then(|| capture.username.clone()).filter(|name| !name.is_empty());
    view! {
        <section class="screen save" aria-label=heading.with(&[&title])>
            <div class="cs-stack">
                <h1>{heading.with(&[&title])}</h1>
                <p class="cs-muted save-where"><bdi>{host}</bdi>{who.map(|name| view! { " · "<bdi>{name}</bdi> })}</p>
                {note.map(|note| view! { <p class="cs-hint">{note.text()}</p> })}
            </div>
            {is_new.then(|| view! { <TextField label=Msg("field_username").text() value=username /> })}
            <div class="cs-actions">
                <Button weight=Weight::Primary on_press=save(first.as_ref().map(|target| target.item))>
                    {if is_new { Msg("save").text() } else { Msg("save_update_button").text() }}
                </Button>
                {if worker.kind == PanelKind::Offer {
                    view! { <Button weight=Weight::Quiet on_press=Callback::new(move |_| worker.send(&FromPanel::Cancel))>{Msg("save_later").text()}</Button> }.into_any()
                } else {
                    view! { <Button weight=Weight::Quiet on_press=Callback::new(forget)>{Msg("save_forget").text()}</Button> }.into_any()
                }}
                // Nobody else has what was made here: it does not go with a word about the site.
                {(capture.source == CaptureSource::Submitted).then(|| view! {
                    <Button weight=Weight::Quiet on_press=Callback::new(never)>{Msg("save_never").text()}</Button>
                })}
            </div>
            // Below what most people want: it may be a long list.
            {has_more.then(|| view! {
                <div class="cs-actions save-more">
                    {others}
                    {(!is_new).then(|| view! { <Button on_press=save(None)>{Msg("save_as_new").text()}</Button> })}
                </div>
            })}
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_seal::{
        id::{CaptureId, UnixMillis},
        origin::Origin,
    };

    fn target(item: u8, username: &str, differs: bool) -> CaptureTarget {
        CaptureTarget { item: ItemId([item; 16]), title: "Bank".into(), username: username.into(), differs }
    }

    fn capture(username: &str, updates: Vec<CaptureTarget>) -> CaptureSummary {
        CaptureSummary {
            id: CaptureId([1; 16]),
            site: Origin::parse("https://bank.example").unwrap(),
            username: username.into(),
            source: CaptureSource::Submitted,
            at: UnixMillis(0),
            accepted: true,
            updates,
        }
    }

    #[test]
    fn what_is_not_known_is_asked_neutrally() {
        assert_eq!(question(&capture("ada", vec![])).0, Msg("save_new"));
        assert_eq!(question(&capture("ada", vec![target(1, "ada", true)])).0, Msg("save_update"));
        assert_eq!(question(&capture("ada", vec![target(1, "Ada", false)])).0, Msg("save_maybe"));
    }

    #[test]
    fn another_users_item_is_never_proposed() {
        assert_eq!(proposed(&capture("ada", vec![target(1, "bob", true)])), None);
        assert_eq!(proposed(&capture("", vec![target(1, "bob", true)])), Some(&target(1, "bob", true)));
        let two = capture("", vec![target(1, "bob", true), target(2, "ada", true)]);
        assert_eq!(proposed(&two), None);
    }
}
