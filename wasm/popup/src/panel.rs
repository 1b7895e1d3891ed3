//! The panel: where one is, what there is to fill, the request in hand.

use crate::{
    code::{Code, CopyWay},
    element::focus_on,
    entry::entry,
    fields::{Fields, WrongField},
    generator::{Generator, Making},
    save::Offer,
};
use countersign_panel::{
    capture::Captures,
    gate::{Gate, NoPhone, Trouble, Troubles},
    guard::Guard,
    message::{Msg, Plural},
    place::{Where, ends, short},
    port::Worker,
    request::{Request, is_over, step_back},
    screen::Screen,
};
use countersign_seal::id::ItemId;
use countersign_ui::{
    button::{Button, Weight},
    list::{Pick, PickList},
    notice::{Notice, Tone},
};
use countersign_wire::{
    item::ItemSummary,
    panel::{CodeView, FromPanel, OverwriteView, PanelKind, Place, PlaceKind},
};
use leptos::{ev, prelude::*};

/// The whole page.
pub(crate) fn panel(kind: PanelKind) -> impl IntoView {
    let worker = Worker::open(kind);
    let guard = Guard::watch(kind);
    // Where there is something to pick, a press leads to the new password and back: for this place, and no other that comes.
    let makes = RwSignal::new(None::<Place>);
    let escape = window_event_listener(ev::keydown, move |event| {
        if event.key() != "Escape" {
            return;
        }
        if is_making_way(worker, makes) {
            event.prevent_default();
            makes.set(None);
        } else {
            leave(worker, &event);
        }
    });
    on_cleanup(move || escape.remove());
    let request = move || view! { <Request worker=worker guard=guard on_done=Callback::new(move |()| done(worker)) /> };
    let open = move || match kind {
        PanelKind::Offer => view! { <Offer worker=worker guard=guard /> }.into_any(),
        _ => view! { <Items worker=worker guard=guard makes=makes /> }.into_any(),
    };
    let covered = worker.of(|view| view.is_some_and(|view| view.covered));
    view! {
        <header class="bar"><Bar worker=worker /></header>
        <main>
            <Trouble worker=worker />
            {move || (guard.covered() || covered.get()).then(|| view! {
                <Notice tone=Tone::Danger what=Msg("covered").text() remedy=Msg("covered_remedy").text() />
            })}
            <Gate worker=worker request=request open=open />
        </main>
        <footer><Troubles worker=worker /><NoPhone worker=worker /></footer>
    }
}

/// What becomes of what the user typed where the picked item would go.
#[component]
fn Overwrite(worker: Worker, guard: Guard, asked: OverwriteView) -> impl IntoView {
    let OverwriteView { item, title, rest, mixes } = asked;
    guard.begin_anew();
    // The list that had the focus is gone.
    let first = NodeRef::<leptos::html::Button>::new();
    Effect::new(move || focus_on(first.get().as_deref()));
    let say = move |keep: bool| {
        Callback::new(move |event: ev::MouseEvent| {
            if guard.admits(event.is_trusted()) {
                worker.send(&FromPanel::Overwrite { item, keep, trusted: true, in_sight: guard.is_in_sight() });
            }
        })
    };
    // What loses nothing comes first, unless it would give a password to another's name.
    let order = if mixes { [false, true] } else { [true, false] };
    let said = |keep: bool| if keep { Msg("overwrite_keep") } else { Msg("overwrite_replace") };
    let buttons = order.into_iter().filter(|keep| rest || !keep).enumerate().map(|(place, keep)| {
        let (weight, node) = if place == 0 { (Weight::Primary, first) } else { (Weight::Secondary, NodeRef::new()) };
        view! { <Button weight=weight node_ref=node on_press=say(keep)>{said(keep).text()}</Button> }
    });
    let buttons: Vec<_> = buttons.collect();
    view! {
        <section class="screen">
            <div role="status" class="cs-stack">
                <h1>{Msg("overwrite").text()}</h1>
                <p class="cs-muted">{Msg("overwrite_what").with(&[&title])}</p>
            </div>
            <div class="cs-actions">
                {buttons}
                <Button weight=Weight::Quiet on_press=Callback::new(move |_| worker.send(&FromPanel::Cancel))>{Msg("fields_back").text()}</Button>
            </div>
        </section>
    }
}

/// Whether the generator stands where one came from a list, and nothing lies over it.
fn is_making_way(worker: Worker, makes: RwSignal<Option<Place>>) -> bool {
    worker.heard().with_untracked(|heard| {
        let is_at = |place: &Option<Place>| makes.with_untracked(|makes| makes.is_some() && makes == place);
        heard.view().is_some_and(|view| {
            let is_free = view.request.is_none() && view.making.is_none() && view.overwrite.is_none();
            is_at(&view.place) && is_free && view.form.is_none() && view.generator.is_some() && !view.items.is_empty()
        })
    })
}

/// Escape: one step back. A chooser closes by the worker's word, a popup by the browser's.
fn leave(worker: Worker, event: &web_sys::KeyboardEvent) {
    let (asks, request) = worker.heard().with_untracked(|heard| {
        heard.view().map_or((false, None), |view| (view.overwrite.is_some(), view.request.clone()))
    });
    match (request, worker.kind) {
        _ if asks => {
            event.prevent_default();
            worker.send(&FromPanel::Cancel);
        }
        (_, PanelKind::Offer) => worker.send(&FromPanel::Cancel),
        (Some(request), PanelKind::Popup) if !is_over(&request) => {
            event.prevent_default();
            worker.send(&FromPanel::Cancel);
        }
        (Some(request), PanelKind::Chooser) => {
            let over = is_over(&request);
            worker.send(&step_back(&request));
            if over {
                worker.send(&FromPanel::Cancel);
            }
        }
        (Some(_), _) => worker.send(&FromPanel::Dismiss),
        (None, PanelKind::Chooser) => worker.send(&FromPanel::Cancel),
        (None, _) => {}
    }
}

fn done(worker: Worker) {
    worker.send(&FromPanel::Dismiss);
    match worker.kind {
        // Closes the chooser: nothing is in hand any more.
        PanelKind::Chooser | PanelKind::Offer => worker.send(&FromPanel::Cancel),
        // A page that was not opened by a script stays, which is as well.
        PanelKind::Popup | PanelKind::Vault => {
            let _ = window().close();
        }
    }
}

/// The mark, where one is, and the ways out.
#[component]
fn Bar(worker: Worker) -> impl IntoView {
    let place = worker.of(|view| view.and_then(|view| view.place.clone()));
    let shown = worker.screen();
    let unlocked = Memo::new(move |_| {
        worker
            .heard()
            .with(|heard| heard.view().and_then(|view| view.status.as_ref()).is_some_and(|status| !status.locked))
    });
    view! {
        <img class="mark" src="icons/icon.svg" alt="" width="24" height="24" />
        {move || match place.get() {
            Some(place) => view! { <Where chain=place.chain /> }.into_any(),
            None => view! { <p class="place"><span class="place-host">{Msg("extension_name").text()}</span></p> }.into_any(),
        }}
        <div class="bar-actions">
            {move || (shown.get() == Screen::Open && worker.kind == PanelKind::Popup).then(|| view! {
                <Button weight=Weight::Quiet on_press=Callback::new(move |_| worker.send(&FromPanel::OpenVault))>{Msg("vault").text()}</Button>
            })}
            {move || (unlocked.get() && worker.kind == PanelKind::Popup).then(|| view! {
                <Button weight=Weight::Quiet on_press=Callback::new(move |_| worker.send(&FromPanel::Lock))>{Msg("lock").text()}</Button>
            })}
            {matches!(worker.kind, PanelKind::Chooser | PanelKind::Offer).then(|| view! {
                <Button weight=Weight::Quiet label=Msg("close").text() on_press=Callback::new(move |_| worker.send(&FromPanel::Cancel))>
                    <span aria-hidden="true">"×"</span>
                </Button>
            })}
        </div>
    }
}

/// What can be filled here.
#[component]
fn Items(worker: Worker, guard: Guard, makes: RwSignal<Option<Place>>) -> impl IntoView {
    let place = worker.of(|view| view.and_then(|view| view.place.clone()));
    let items = worker.of(|view| view.map(|view| view.items.clone()).unwrap_or_default());
    let some = Memo::new(move |_| items.with(|items| !items.is_empty()));
    let fields = worker.of(|view| view.is_some_and(|view| view.form.is_some()));
    let overwrite = worker.of(|view| view.and_then(|view| view.overwrite.clone()));
    let seeking = worker.of(|view| view.is_some_and(|view| view.seeking));
    // Only the first time: what is shown of a place is not taken away while its items are asked for once more.
    let waits = Memo::new(move |before: Option<&(Option<Place>, bool)>| {
        let place = place.get();
        let is_new = before.is_none_or(|(other, waits)| *waits || *other != place);
        (place, is_new && seeking.get())
    });
    let generator = worker.of(|view| view.and_then(|view| view.generator.clone()));
    let copies = worker.of(|view| view.is_some_and(|view| view.copies));
    let code =
        worker.of(|view| view.and_then(|view| view.code.clone()).map(|code| CodeView { remaining_millis: 0, ..code }));
    let making = worker.of(|view| view.and_then(|view| view.making));
    let is_making = Memo::new(move |_| making.with(Option::is_some));
    // Opened for that: once, where there is a list to go back to.
    let for_new = worker.of(|view| view.is_some_and(|view| view.makes));
    Effect::new(move |done: Option<bool>| {
        let here = place.get().filter(|_| for_new.get() && done != Some(true));
        let is_known = here.is_some();
        if is_known {
            makes.set(here);
        }
        is_known || done == Some(true)
    });
    // A chooser has a place as soon as it is known; a popup may be where none is.
    let is_known = move || worker.kind == PanelKind::Popup || place.get().is_some();
    let has_none_to_make =
        Memo::new(move |_| for_new.get() && is_known() && !seeking.get() && generator.with(Option::is_none));
    let matching = move || {
        match (place.get(), some.get()) {
        (here, true) if here.is_some() && makes.get() == here && generator.with(Option::is_some) => {
            let back = Callback::new(move |()| makes.set(None));
            generator.get().map(|generator| view! { <Generator worker=worker guard=guard generator=generator on_back=Some(back) /> }).into_any()
        }
        (Some(here), true) => view! {
            <Matches worker=worker guard=guard place=here items=items />
            {move || generator.with(Option::is_some).then(|| view! {
                <div class="make-way"><Button on_press=Callback::new(move |_| makes.set(place.get_untracked()))>{Msg("make_way").text()}</Button></div>
            })}
        }.into_any(),
        // For a moment only; that nothing is saved is said when it is known.
        (Some(_), false) if waits.get().1 => view! { <section class="screen" aria-busy="true"></section> }.into_any(),
        (Some(_), false) if generator.with(Option::is_some) => {
            generator.get().map(|generator| view! { <Generator worker=worker guard=guard generator=generator on_back=None /> }).into_any()
        }
        (place, _) => {
            let (what, how) = place.map_or((Msg("nothing_to_fill"), Msg("nothing_to_fill_remedy")), none_for);
            view! { <Nothing worker=worker what=what how=how /> }.into_any()
        }
    }
    };
    move || {
        if code.with(Option::is_some) {
            view! { <Code worker=worker code=code /> }.into_any()
        } else if copies.get() {
            view! { {matching} <CopyWay worker=worker shown=true /> }.into_any()
        } else if is_making.get() {
            view! { <Making making=making on_done=move |()| done(worker) /> }.into_any()
        } else if let Some(asked) = overwrite.get() {
            view! { <Overwrite worker=worker guard=guard asked=asked /> }.into_any()
        } else if fields.get() {
            view! { <Fields worker=worker guard=guard /> }.into_any()
        } else {
            view! { <Captures worker=worker guard=guard />
            {move || has_none_to_make.get().then(|| view! { <Notice what=Msg("make_not_here").text() /> })}
            {matching} <CopyWay worker=worker shown=false /> <WrongField worker=worker /> }
            .into_any()
        }
    }
}

/// What to say of a place that no item suits, and what to do.
fn none_for(place: Place) -> (Msg, Msg) {
    match place.kind {
        PlaceKind::SignUp => (Msg("no_items"), Msg("no_items_sign_up")),
        PlaceKind::Identity => (Msg("no_identities"), Msg("no_identities_remedy")),
        PlaceKind::NewPassword => (Msg("new_password"), Msg("new_password_remedy")),
        PlaceKind::Login
        | PlaceKind::ChangePassword
        | PlaceKind::OneTimeCode
        | PlaceKind::Card
        | PlaceKind::HttpAuthentication => (Msg("no_items"), Msg("no_items_remedy")),
        PlaceKind::CopiedCode => (Msg("copy_none"), Msg("copy_none_remedy")),
    }
}

/// What a pick does, and what it leaves undone.
const fn offer(kind: PlaceKind) -> (Msg, Option<Msg>) {
    match kind {
        PlaceKind::Login => (Msg("fill_login"), None),
        PlaceKind::SignUp => (Msg("fill_sign_up"), Some(Msg("fill_sign_up_note"))),
        PlaceKind::ChangePassword => (Msg("fill_change_password"), Some(Msg("fill_change_password_note"))),
        PlaceKind::NewPassword => (Msg("new_password"), Some(Msg("new_password_remedy"))),
        PlaceKind::OneTimeCode => (Msg("fill_code"), None),
        PlaceKind::CopiedCode => (Msg("copy_code"), Some(Msg("copy_note"))),
        PlaceKind::Card => (Msg("fill_card"), None),
        PlaceKind::Identity => (Msg("fill_identity"), None),
        PlaceKind::HttpAuthentication => (Msg("fill_http"), Some(Msg("fill_http_note"))),
    }
}

#[component]
fn Matches(worker: Worker, guard: Guard, place: Place, items: Memo<Vec<ItemSummary>>) -> impl IntoView {
    let (heading, note) = offer(place.kind);
    // The popup opened by itself, while its user did something else: what was meant for that picks nothing.
    let is_unasked = place.kind == PlaceKind::HttpAuthentication;
    if is_unasked {
        guard.begin_anew();
    }
    let heading = heading.text();
    let note = note.map(|note| note.text());
    // Who does not see the note hears it when the list takes the focus.
    let label = note.iter().fold(heading.clone(), |label, note| format!("{label}. {note}"));
    let host = ends(&place.chain).0.map(short).unwrap_or_default();
    let total = worker.of(|view| view.map_or(0, |view| view.total));
    let next = worker.of(|view| view.map_or(0, |view| view.cycled));
    let entries = Memo::new(move |_| items.with(|items| items.iter().map(entry).collect::<Vec<_>>()));
    let pick = move |Pick { key, trusted }: Pick| {
        if let (true, Ok(item)) = (guard.admits(trusted), ItemId::from_hex(&key)) {
            worker.send(&FromPanel::Choose { item, trusted, in_sight: guard.is_in_sight() });
        }
    };
    view! {
        <section class="items">
            <h1>{heading}</h1>
            <p class="cs-visually-hidden" role="status">{move || Plural("items_found").of(total.get(), &[&host])}</p>
            <PickList label=Signal::stored(label) entries=entries autofocus=!is_unasked next=next on_pick=Callback::new(pick) />
            {note.map(|note| view! { <p class="items-note">{note}</p> })}
            {(place.kind == PlaceKind::HttpAuthentication).then(|| view! { <Realm worker=worker /> })}
        </section>
    }
}

/// What a server calls the place that it guards, and the way to the browser's own question.
#[component]
fn Realm(worker: Worker) -> impl IntoView {
    let realm = worker.of(|view| view.and_then(|view| view.realm.clone()).filter(|realm| !realm.is_empty()));
    view! {
        {move || realm.get().map(|realm| view! { <p class="realm">{Msg("fill_http_realm").text()}" "<bdi>{realm}</bdi></p> })}
        <div class="cs-actions realm-actions">
            <Button weight=Weight::Quiet on_press=Callback::new(move |_| worker.send(&FromPanel::Cancel))>{Msg("fill_http_browser").text()}</Button>
        </div>
    }
}

/// Nothing to pick, and what to do about it.
#[component]
fn Nothing(worker: Worker, what: Msg, how: Msg) -> impl IntoView {
    view! {
        <section class="screen nothing">
            <div role="status" class="cs-stack">
                <h1>{what.text()}</h1>
                <p class="cs-muted">{how.text()}</p>
            </div>
            <Button on_press=Callback::new(move |_| worker.send(&FromPanel::OpenVault))>{Msg("open_vault").text()}</Button>
        </section>
    }
}
