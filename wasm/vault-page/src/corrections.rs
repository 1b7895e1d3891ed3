//! What the user said of fields: on which site, of which field, what and when; and forgetting it.

use countersign_panel::{
    field_type,
    gate::Trouble,
    message::{Msg, Plural, day},
    place::short,
    port::Worker,
};
use countersign_seal::origin::Origin;
use countersign_ui::button::{Button, Weight};
use countersign_wire::{
    correction::{Correction, FieldIdentity, SiteSaid},
    panel::{CorrectionsView, FromPanel},
};
use leptos::{html, prelude::*};

/// A field of a site.
type Place = (Origin, FieldIdentity);

/// What was done last.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Done {
    Nothing,
    Forgot(Place),
    TookBack(Place),
}

/// Whether something is said of a field.
fn holds(view: &CorrectionsView, (site, field): &Place) -> bool {
    let of_field = |said: &Correction| said.field == *field;
    view.sites.iter().any(|kept| kept.site == *site && kept.said.iter().any(of_field))
}

/// What people know a field by. A page's words turn nothing around them.
fn name(field: &FieldIdentity) -> String {
    let name = field.name();
    if name.is_empty() { Msg("field_unnamed").text() } else { format!("\u{2068}{name}\u{2069}") }
}

/// The dialog's body.
#[component]
pub(crate) fn Corrections(worker: Worker, #[prop(into)] on_close: Callback<()>) -> impl IntoView {
    worker.send(&FromPanel::ShowCorrections { shown: true });
    on_cleanup(move || worker.send(&FromPanel::ShowCorrections { shown: false }));
    let view = worker.of(|view| view.and_then(|view| view.corrections.clone()));
    let done = RwSignal::new(Done::Nothing);
    let list = NodeRef::<html::Div>::new();
    let forget = Callback::new(move |(site, field): Place| {
        done.set(Done::Forgot((site.clone(), field.clone())));
        worker.send(&FromPanel::WithdrawCorrection { site, field });
    });
    let undo = Callback::new(move |(site, field): Place| {
        done.set(Done::TookBack((site.clone(), field.clone())));
        worker.send(&FromPanel::RestoreCorrection { site, field });
        // The button that had the focus goes.
        if let Some(list) = list.get_untracked() {
            let _ = list.focus();
        }
    });
    view! {
        <div class="cs-stack corrections">
            <p class="cs-muted">{Msg("corrections_hint").text()}</p>
            <Outcome view done undo />
            <Trouble worker />
            <div class="correction-sites" tabindex="-1" node_ref=list>
                {move || view.get().map(|view| sites(view, forget))}
            </div>
            <div class="cs-actions">
                <Button on_press=Callback::new(move |_| on_close.run(()))>{Msg("close").text()}</Button>
            </div>
        </div>
    }
}

/// Says what was done, once the daemon has done it; what was forgotten can be taken back.
#[component]
fn Outcome(view: Memo<Option<CorrectionsView>>, done: RwSignal<Done>, undo: Callback<Place>) -> impl IntoView {
    let happened = Memo::new(move |_| {
        let done = done.get();
        let holds = |place: &Place| view.with(|view| view.as_ref().map(|view| holds(view, place)));
        match &done {
            Done::Forgot(place) if holds(place) == Some(false) => done,
            Done::TookBack(place) if holds(place) == Some(true) => done,
            _ => Done::Nothing,
        }
    });
    let said = move || match happened.get() {
        Done::Nothing => String::new(),
        Done::Forgot((site, field)) => Msg("corrections_forgotten").with(&[&name(&field), &short(&site)]),
        Done::TookBack(_) => Msg("corrections_restored").text(),
    };
    let button = NodeRef::<html::Button>::new();
    // The button that was pressed is gone with its field.
    button.on_load(|button| request_animation_frame(move || drop(button.focus())));
    view! {
        <div class="correction-done">
            <p role="status">{said}</p>
            {move || match happened.get() {
                Done::Forgot(place) => Some(view! {
                    <Button node_ref=button on_press=Callback::new(move |_| undo.run(place.clone()))>{Msg("undo").text()}</Button>
                }),
                _ => None,
            }}
        </div>
    }
}

fn sites(view: CorrectionsView, forget: Callback<Place>) -> AnyView {
    if view.sites.is_empty() {
        return view! {
            <div class="empty">
                <h3>{Msg("corrections_empty").text()}</h3>
                <p class="cs-muted">{Msg("corrections_empty_remedy").text()}</p>
            </div>
        }
        .into_any();
    }
    let left_out = (view.left_out > 0).then(|| Plural("corrections_left_out").of(view.left_out, &[]));
    view! {
        {view.sites.into_iter().map(|kept| site(kept, forget)).collect_view()}
        {left_out.map(|text| view! { <p class="cs-muted">{text}</p> })}
    }
    .into_any()
}

fn site(kept: SiteSaid, forget: Callback<Place>) -> impl IntoView + use<> {
    let SiteSaid { site, said } = kept;
    let shown = short(&site);
    let rows = said.into_iter().map(move |said| row(&site, said, forget)).collect_view();
    view! {
        <section>
            <h3 dir="ltr">{shown.clone()}</h3>
            <ul class="correction-list" aria-label=shown>{rows}</ul>
        </section>
    }
}

fn row(site: &Origin, said: Correction, forget: Callback<Place>) -> impl IntoView + use<> {
    let Correction { field, said, at } = said;
    let label = Msg("corrections_forget_of").with(&[&name(&field), &short(site)]);
    let (shown, place) = (name(&field), (site.clone(), field));
    view! {
        <li class="correction">
            <span class="correction-field">{shown}</span>
            <span class="correction-said">
                {field_type::name(said).text()} {at.map(|at| view! { <span class="cs-muted">{day(at)}</span> })}
            </span>
            <Button weight=Weight::Quiet label=label on_press=Callback::new(move |_| forget.run(place.clone()))>
                {Msg("corrections_forget").text()}
            </Button>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_wire::correction::FieldType;

    #[test]
    fn a_field_is_of_its_site_alone() {
        let site = |text: &str| Origin::parse(text).unwrap();
        let field = FieldIdentity::default();
        let said = vec![Correction::new(field.clone(), FieldType::Username)];
        let sites = vec![SiteSaid { site: site("https://shop.example"), said }];
        let view = CorrectionsView { sites, left_out: 0 };
        assert!(holds(&view, &(site("https://shop.example"), field.clone())));
        assert!(!holds(&view, &(site("https://shop.example:8443"), field)));
    }
}
