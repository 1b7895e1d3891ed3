//! The editor: a dialog for a new item or a known one.

use crate::{
    entry,
    form::{Form, SecretInput, SiteLine},
    person::{self, PersonInput},
    site,
};
use countersign_panel::{gate::Trouble, message::Msg, pin::reveal_labels, port::Worker};
use countersign_seal::{field::FieldKind, id::ItemId};
use countersign_ui::{
    button::{Button, Weight},
    field::{Check, Choice, SecretField, TextArea, TextField},
    notice::{Notice, Tone},
};
use countersign_wire::{
    item::{ItemKind, ItemSummary},
    panel::FromPanel,
};
use leptos::{ev, prelude::*};

/// What is being edited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Subject {
    /// A new item.
    New,
    /// A known one, as it was when the editor opened.
    Known(Box<ItemSummary>),
}

/// The dialog's body.
#[component]
pub(crate) fn Editor(
    worker: Worker,
    subject: Subject,
    /// Whether a save is on its way.
    busy: Signal<bool>,
    /// Told that a save was sent; takes what forgets the typed secrets once it went through.
    #[prop(into)]
    on_save: Callback<Form>,
    #[prop(into)] on_remove: Callback<(ItemId, String)>,
    #[prop(into)] on_cancel: Callback<()>,
) -> impl IntoView {
    match subject {
        Subject::New => view! { <NewItem worker busy on_save on_cancel /> }.into_any(),
        Subject::Known(item) => view! { <KnownItem worker item=*item busy on_save on_remove on_cancel /> }.into_any(),
    }
}

fn kind_of(value: &str) -> ItemKind {
    match value {
        "card" => ItemKind::Card,
        "code" => ItemKind::OneTimeCode,
        "identity" => ItemKind::Identity,
        _ => ItemKind::Login,
    }
}

#[component]
fn NewItem(worker: Worker, busy: Signal<bool>, on_save: Callback<Form>, on_cancel: Callback<()>) -> impl IntoView {
    let chosen = RwSignal::new("login".to_owned());
    let kind = Memo::new(move |_| chosen.with(|value| kind_of(value)));
    let kinds = vec![
        ("login", entry::kind(ItemKind::Login).text()),
        ("code", entry::kind(ItemKind::OneTimeCode).text()),
        ("card", entry::kind(ItemKind::Card).text()),
        ("identity", entry::kind(ItemKind::Identity).text()),
    ];
    let save = move |form: Form| {
        if let Some(draft) = form.read() {
            worker.send(&FromPanel::Add { draft });
            on_save.run(form);
        }
    };
    view! {
        <div class="cs-stack">
            <Choice label=Msg("kind").text() options=kinds value=chosen />
            {move || {
                let form = Form::fresh(kind.get());
                view! { <Fields worker form busy on_submit=Callback::new(save) on_cancel /> }
            }}
        </div>
    }
}

#[component]
fn KnownItem(
    worker: Worker,
    item: ItemSummary,
    busy: Signal<bool>,
    on_save: Callback<Form>,
    on_remove: Callback<(ItemId, String)>,
    on_cancel: Callback<()>,
) -> impl IntoView {
    let form = Form::of(&item);
    let id = item.id;
    let title = item.title.clone();
    let save = move |form: Form| {
        if let Some(draft) = form.read() {
            worker.send(&FromPanel::Edit { item: id, draft });
            on_save.run(form);
        }
    };
    let remove = move |_| {
        worker.send(&FromPanel::Remove { item: id });
        on_remove.run((id, title.clone()));
    };
    view! {
        <div class="cs-stack">
            {item.waiting.is_some().then(|| view! {
                <Notice tone=Tone::Warning what=Msg("waiting_change").text() remedy=Msg("waiting_change_remedy").text() />
            })}
            <Fields worker form busy on_submit=Callback::new(save) on_cancel on_remove=Callback::new(remove) />
        </div>
    }
}

#[component]
fn Fields(
    worker: Worker,
    form: Form,
    busy: Signal<bool>,
    on_submit: Callback<Form>,
    on_cancel: Callback<()>,
    #[prop(optional)] on_remove: Option<Callback<()>>,
) -> impl IntoView {
    let submit = move |event: ev::SubmitEvent| {
        event.prevent_default();
        if !busy.get_untracked() {
            on_submit.run(form);
            focus_first_error();
        }
    };
    let has_username = form.kind == ItemKind::Login || form.kind == ItemKind::OneTimeCode;
    view! {
        <form class="cs-stack editor" novalidate on:submit=submit>
            <TextField label=Msg("field_title").text() value=form.title required=true error=words(form.title_error) />
            {has_username.then(|| view! { <TextField label=Msg("field_username").text() value=form.username limit=300 ltr=true /> })}
            {form.secrets.get_value().into_iter().map(|input| view! { <Secret input=input /> }).collect_view()}
            {form.person.get_value().into_iter().map(|input| view! { <Person input=input /> }).collect_view()}
            {has_username.then(|| view! { <Sites form=form /> })}
            {has_username.then(|| view! {
                <Check label=Msg("submit_after_fill").text() value=form.submit_after_fill hint=Msg("submit_after_fill_hint").text() />
            })}
            // Nobody is asked for what is no secret.
            {(form.kind != ItemKind::Identity).then(|| view! {
                <Check label=Msg("verify_user").text() value=form.verify_user hint=Msg("verify_user_hint").text() />
            })}
            <Trouble worker=worker />
            <div class="cs-actions editor-actions">
                <Button weight=Weight::Primary submit=true busy=busy>{Msg("save").text()}</Button>
                <Button on_press=Callback::new(move |_| on_cancel.run(()))>{Msg("cancel").text()}</Button>
                {on_remove.map(|on_remove| view! {
                    <span class="editor-remove"><Button weight=Weight::Danger on_press=Callback::new(move |_| on_remove.run(()))>{Msg("remove").text()}</Button></span>
                })}
            </div>
        </form>
    }
}

fn words(error: RwSignal<Option<Msg>>) -> Signal<Option<String>> {
    Signal::derive(move || error.get().map(Msg::text))
}

/// The first field that something is wrong with.
fn focus_first_error() {
    use wasm_bindgen::JsCast as _;
    request_animation_frame(|| {
        let found = document().query_selector("[aria-invalid=true]").ok().flatten();
        if let Some(element) = found.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok()) {
            // An element that cannot be focused leaves the focus where it is.
            let _ = element.focus();
        }
    });
}

/// Label, hint, input mode and longest value of a secret.
const fn look(kind: FieldKind) -> (Msg, Option<Msg>, Option<&'static str>, u32) {
    match kind {
        FieldKind::OneTimeCodeSeed => (Msg("field_seed"), Some(Msg("field_seed_hint")), None, 2000),
        FieldKind::CardNumber => (Msg("field_card_number"), None, Some("numeric"), 30),
        FieldKind::CardHolder => (Msg("field_card_holder"), None, None, 200),
        FieldKind::CardExpiry => (Msg("field_card_expiry"), Some(Msg("field_card_expiry_hint")), None, 10),
        FieldKind::CardSecurityCode => (Msg("field_card_code"), None, Some("numeric"), 6),
        FieldKind::Password | FieldKind::Note | FieldKind::Hidden => (Msg("field_password"), None, None, 10_000),
    }
}

#[component]
fn Secret(input: SecretInput) -> impl IntoView {
    let (label, hint, input_mode, limit) = look(input.kind);
    let stored = input.stored.map(|_| Msg("field_stored").text()).unwrap_or_default();
    let hint = hint.map(Msg::text).unwrap_or_default();
    view! {
        <SecretField
            label=label.text()
            node_ref=input.node
            reveal=reveal_labels()
            hint=hint
            input_mode=input_mode.unwrap_or("text")
            limit=limit
            placeholder=stored
            autocomplete="off"
            error=words(input.error)
        />
    }
}

#[component]
fn Person(input: PersonInput) -> impl IntoView {
    let PersonInput { token, value, error } = input;
    let hint = person::hint(token).map(Msg::text).unwrap_or_default();
    let label = person::label(token).text();
    if token == "street-address" {
        view! { <TextArea label value hint rows=3 limit=900 error=words(error) /> }.into_any()
    } else {
        view! { <TextField label value hint input_mode=person::input_mode(token) error=words(error) /> }.into_any()
    }
}

#[component]
fn Sites(form: Form) -> impl IntoView {
    let add = move |_| form.add_site(String::new(), site::HOST);
    view! {
        <fieldset class="sites">
            <legend class="cs-label">{Msg("sites").text()}</legend>
            <p class="cs-hint">{Msg("sites_hint").text()}</p>
            <For each=move || form.sites.get().into_iter().enumerate() key=|(_, line)| line.key let((at, line))>
                <SiteRow form=form line=line number=at + 1 />
            </For>
            <p class="cs-error" aria-live="assertive">{words(form.sites_error)}</p>
            <div><Button weight=Weight::Quiet on_press=Callback::new(add)>{Msg("site_add").text()}</Button></div>
        </fieldset>
    }
}

#[component]
fn SiteRow(form: Form, line: SiteLine, number: usize) -> impl IntoView {
    let reaches = vec![(site::HOST, Msg("site_exact").text()), (site::DOMAIN, Msg("site_domain").text())];
    view! {
        <div class="site">
            <TextField label=Msg("site_address").with(&[&number]) value=line.address input_mode="url" limit=300 ltr=true error=words(line.error) />
            <Choice label=Msg("site_reach").with(&[&number]) options=reaches value=line.reach />
            <Button weight=Weight::Quiet label=Msg("site_remove").with(&[&number]) on_press=Callback::new(move |_| form.remove_site(line.key))>
                <span aria-hidden="true">"×"</span>
            </Button>
        </div>
    }
}
