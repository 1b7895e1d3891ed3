//! What pages were given and nobody has saved, on all sites; and the sites that are never asked about.

use countersign_panel::{capture::Captures, gate::Trouble, guard::Guard, message::Msg, place::short, port::Worker};
use countersign_seal::{id::CaptureId, origin::Origin};
use countersign_ui::{
    button::{Button, Weight},
    status::StatusLine,
};
use countersign_wire::panel::{FromPanel, View};
use leptos::{ev, html, prelude::*};

/// What the lists hold, as far as it tells what was done.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Held {
    captures: Vec<CaptureId>,
    ignored: Vec<Origin>,
    saved: u32,
}

/// What was done between two of them.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Done {
    Saved,
    Forgot,
    Ignored(Origin),
    AsksAgain(Origin),
}

impl Held {
    /// `None` while it is not known.
    fn of(view: &View) -> Option<Self> {
        let captures = view.captures.iter().map(|capture| capture.id).collect();
        Some(Self { captures, ignored: view.ignored.clone()?, saved: view.saved })
    }

    fn since(&self, before: &Self) -> Option<Done> {
        let is_new = |site: &&Origin| !before.ignored.contains(site);
        let is_gone = |site: &&Origin| !self.ignored.contains(site);
        let ignored = self.ignored.iter().find(is_new).map(|site| Done::Ignored(site.clone()));
        let asks = || before.ignored.iter().find(is_gone).map(|site| Done::AsksAgain(site.clone()));
        let lost = || before.captures.iter().any(|id| !self.captures.contains(id)).then_some(Done::Forgot);
        let saved = || (self.saved != before.saved).then_some(Done::Saved);
        ignored.or_else(asks).or_else(saved).or_else(lost)
    }
}

impl Done {
    fn text(&self) -> String {
        match self {
            Self::Saved => Msg("save_done").text(),
            Self::Forgot => Msg("captures_forgotten").text(),
            Self::Ignored(site) => Msg("captures_ignored").with(&[&short(site)]),
            Self::AsksAgain(site) => Msg("ignored_asked").with(&[&short(site)]),
        }
    }
}

/// The dialog's body.
#[component]
pub(crate) fn NotSaved(worker: Worker, guard: Guard, #[prop(into)] on_close: Callback<()>) -> impl IntoView {
    worker.send(&FromPanel::ShowCaptures { shown: true });
    on_cleanup(move || worker.send(&FromPanel::ShowCaptures { shown: false }));
    let held = worker.of(|view| view.and_then(Held::of));
    let list = NodeRef::<html::Div>::new();
    let said = RwSignal::new(String::new());
    Effect::new(move |before: Option<Option<Held>>| {
        let held = held.get();
        let before = before.flatten();
        if let Some(done) = held.as_ref().zip(before.as_ref()).and_then(|(held, before)| held.since(before)) {
            said.set(done.text());
            keep_focus(list);
        }
        // Between two answers nothing is known; what was known before is what the next one is compared with.
        held.or(before)
    });
    let seeking = Signal::derive(move || held.with(Option::is_none));
    let status = Signal::derive(move || if seeking.get() { Msg("captures_seeking").text() } else { said.get() });
    view! {
        <div class="cs-stack captures">
            <p class="cs-muted">{Msg("captures_hint").text()}</p>
            <StatusLine text=status busy=seeking />
            <Trouble worker />
            <div class="capture-lists" tabindex="-1" node_ref=list>
                {move || (!seeking.get()).then(|| view! { <Waiting worker guard /> <Ignored worker guard /> })}
            </div>
            <div class="cs-actions">
                <Button on_press=Callback::new(move |_| on_close.run(()))>{Msg("close").text()}</Button>
            </div>
        </div>
    }
}

/// The button that had the focus may be gone with what it was about.
fn keep_focus(list: NodeRef<html::Div>) {
    request_animation_frame(move || {
        let is_lost = document().active_element().is_none_or(|element| element.tag_name() == "BODY");
        if let Some(list) = list.get_untracked().filter(|_| is_lost) {
            let _ = list.focus();
        }
    });
}

#[component]
fn Waiting(worker: Worker, guard: Guard) -> impl IntoView {
    let none = worker.of(|view| view.is_none_or(|view| view.captures.is_empty()));
    view! {
        {move || none.get().then(|| view! { <p class="empty">{Msg("captures_empty").text()}</p> })}
        <Captures worker=worker guard=guard />
    }
}

#[component]
fn Ignored(worker: Worker, guard: Guard) -> impl IntoView {
    let sites = worker.of(|view| view.and_then(|view| view.ignored.clone()).unwrap_or_default());
    let none = Memo::new(move |_| sites.with(Vec::is_empty));
    view! {
        <section class="cs-stack">
            <h3>{Msg("ignored_title").text()}</h3>
            {move || none.get().then(|| view! { <p class="cs-muted">{Msg("ignored_empty").text()}</p> })}
            {move || (!none.get()).then(|| view! {
                <ul class="ignored-list" aria-label=Msg("ignored_title").text()>
                    {sites.get().into_iter().map(|site| view! { <Site worker=worker guard=guard site=site /> }).collect_view()}
                </ul>
            })}
        </section>
    }
}

#[component]
fn Site(worker: Worker, guard: Guard, site: Origin) -> impl IntoView {
    let shown = short(&site);
    let label = Msg("ignored_again_of").with(&[&shown]);
    let again = move |event: ev::MouseEvent| {
        if guard.admits(event.is_trusted()) {
            worker.send(&FromPanel::AskAgain { site: site.clone(), trusted: true });
        }
    };
    view! {
        <li class="ignored-site">
            <bdi>{shown}</bdi>
            <Button weight=Weight::Quiet label=label on_press=Callback::new(again)>{Msg("ignored_again").text()}</Button>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_is_told_from_what_the_lists_hold() {
        let site = Origin::parse("https://shop.example").unwrap();
        let (one, other) = (CaptureId([1; 16]), CaptureId([2; 16]));
        let before = Held { captures: vec![one, other], ignored: vec![], saved: 3 };
        assert_eq!(before.since(&before), None);
        let fewer = Held { captures: vec![other], ..before.clone() };
        assert_eq!(fewer.since(&before), Some(Done::Forgot));
        assert_eq!(Held { saved: 4, ..fewer.clone() }.since(&before), Some(Done::Saved));
        let ignored = Held { ignored: vec![site.clone()], ..before.clone() };
        assert_eq!(ignored.since(&before), Some(Done::Ignored(site.clone())));
        assert_eq!(before.since(&ignored), Some(Done::AsksAgain(site)));
        assert_eq!(before.since(&fewer), None, "one that came is no deed");
    }
}
