//! What a page was given and nobody has saved: what is known of it, and saving or forgetting it.

use crate::{
    guard::Guard,
    message::{Msg, moment},
    place::short,
    port::Worker,
};
use countersign_seal::id::ItemId;
use countersign_ui::{
    button::{Button, Weight},
    field::TextField,
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
    username.is_empty() || target.is_users
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
#[must_use]
pub fn asked(capture: &CaptureSummary) -> String {
    let title = proposed(capture).map(|target| target.title.clone()).unwrap_or_default();
    question(capture).0.with(&[&title])
}

/// Where it comes from, and what came of it.
const fn origin(capture: &CaptureSummary) -> Msg {
    match (capture.source, capture.accepted) {
        (CaptureSource::Submitted, true) => Msg("save_taken"),
        (CaptureSource::Submitted, false) => Msg("save_uncertain"),
        (CaptureSource::Generated, true) => Msg("save_made_taken"),
        (CaptureSource::Generated, false) => Msg("save_made_uncertain"),
    }
}

/// In which way a capture goes unsaved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Loss {
    Forgotten,
    /// With its site's word that nothing is asked there any more.
    NeverAsked,
}

/// Whether it is the second press of a double click.
fn is_second(event: &ev::MouseEvent) -> bool {
    event.detail() > 1
}

/// Those that the worker lists: of the site in front, or of all.
#[component]
pub fn Captures(worker: Worker, guard: Guard) -> impl IntoView {
    let captures = worker.of(|view| view.map(|view| view.captures.clone()).unwrap_or_default());
    // What was meant for a line that went is not for the one that came under the pointer.
    Effect::new(move |before: Option<usize>| {
        let count = captures.with(Vec::len);
        if before.is_some_and(|before| count < before) {
            guard.begin_anew();
        }
        count
    });
    view! {
        // What a phone says of one, or its site, makes it another: it is drawn anew.
        <For each=move || captures.get() key=|capture| format!("{capture:?}") let:capture>
            <Capture worker=worker guard=guard capture=capture />
        </For>
    }
}

/// One of them, with what can become of it.
#[component]
pub fn Capture(worker: Worker, guard: Guard, capture: CaptureSummary) -> impl IntoView {
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
    let is_made = capture.source == CaptureSource::Generated;
    // Nobody else has what was made here; and a list is easily missed by a line.
    let asks = is_made || worker.kind == PanelKind::Vault;
    let asking = RwSignal::new(None);
    // Whether it was asked for before, where that is asked once more.
    let is_sure = move |loss: Loss, event: &ev::MouseEvent| {
        let sure = !asks || (asking.get_untracked() == Some(loss) && !is_second(event));
        if asks && asking.get_untracked() != Some(loss) {
            asking.set(Some(loss));
        }
        sure && guard.admits(event.is_trusted())
    };
    let forget = move |event: ev::MouseEvent| {
        if is_sure(Loss::Forgotten, &event) {
            worker.send(&FromPanel::DropCapture { capture: id, trusted: true });
        }
    };
    let never = move |event: ev::MouseEvent| {
        if is_sure(Loss::NeverAsked, &event) {
            worker.send(&FromPanel::IgnoreSite { capture: id, trusted: true });
        }
    };
    let sure = move || match asking.get() {
        None => String::new(),
        Some(Loss::NeverAsked) => Msg("save_never_sure").text(),
        Some(Loss::Forgotten) if is_made => Msg("save_forget_made").text(),
        Some(Loss::Forgotten) => Msg("save_forget_typed").text(),
    };
    let label =
        move |loss: Loss, [first, now]: [Msg; 2]| move || if asking.get() == Some(loss) { now } else { first }.text();
    let forget_label = label(Loss::Forgotten, [Msg("save_forget"), Msg("save_forget_now")]);
    let never_label = label(Loss::NeverAsked, [Msg("save_never"), Msg("save_never_now")]);
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
    // An offer comes at once, and only of what the site took.
    let state = (worker.kind != PanelKind::Offer).then(|| {
        view! { <p class="cs-muted save-state">{origin(&capture).text()}" · "{moment(capture.at.0)}</p> }
    });
    let level = (worker.kind == PanelKind::Vault).then_some("3");
    let (label, heading) = (heading.with(&[&title]), heading.with(&[&title]));
    view! {
        <section class="screen save" aria-label=label>
            <div class="cs-stack">
                <h1 attr:aria-level=level>{heading}</h1>
                <p class="cs-muted save-where"><bdi>{host}</bdi>{who.map(|name| view! { " · "<bdi>{name}</bdi> })}</p>
                {state}
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
                    view! { <Button weight=Weight::Quiet on_press=Callback::new(forget)>{forget_label}</Button> }.into_any()
                }}
                // Nobody else has what was made here: it does not go with a word about the site.
                {(!is_made).then(|| view! {
                    <Button weight=Weight::Quiet on_press=Callback::new(never)>{never_label}</Button>
                })}
            </div>
            {(worker.kind != PanelKind::Offer).then(|| view! { <p class="save-sure" role="alert">{sure}</p> })}
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
        let is_users = username.eq_ignore_ascii_case("ada");
        CaptureTarget { item: ItemId([item; 16]), title: "Bank".into(), username: username.into(), is_users, differs }
    }

    fn capture(username: &str, updates: Vec<CaptureTarget>) -> CaptureSummary {
        CaptureSummary {
            id: CaptureId([1; 16]),
            site: Origin::parse("https://bank.example").unwrap(),
            domain: "bank.example".into(),
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
    fn what_the_site_is_not_known_to_have_taken_is_not_said_to_be() {
        let typed = capture("ada", vec![]);
        assert_eq!(origin(&typed), Msg("save_taken"));
        let made = CaptureSummary { source: CaptureSource::Generated, accepted: false, ..typed };
        assert_eq!(origin(&made), Msg("save_made_uncertain"));
    }

    #[test]
    fn another_users_item_is_never_proposed() {
        assert_eq!(proposed(&capture("ada", vec![target(1, "bob", true)])), None);
        assert_eq!(proposed(&capture("", vec![target(1, "bob", true)])), Some(&target(1, "bob", true)));
        let two = capture("", vec![target(1, "bob", true), target(2, "ada", true)]);
        assert_eq!(proposed(&two), None);
    }
}
