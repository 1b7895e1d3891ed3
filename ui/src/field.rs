//! Fields: a label, an input, a hint, an error. The error is announced, and tied to its input.

use crate::unique_id;
use leptos::{ev, html, prelude::*};

/// Takes what stands in an input and empties it: the page keeps no secret longer than it must.
#[must_use]
pub fn take(input: NodeRef<html::Input>) -> String {
    input.try_get_untracked().flatten().map_or_else(String::new, |element| {
        let value = element.value();
        element.set_value("");
        value
    })
}

/// Moves the focus to an input, once it is there. By the frame in which that happens its screen may be gone, and nothing happens. Nor does it if the focus is in
/// another document: a page around this one would see from its loss what this one shows.
pub fn focus(input: NodeRef<html::Input>) {
    if let Some(element) = input.try_get_untracked().flatten()
        && document().has_focus().unwrap_or(false)
    {
        // An element that cannot be focused leaves the focus where it is.
        let _ = element.focus();
    }
}

/// What ties a field's parts together.
#[derive(Clone)]
struct Ids {
    input: String,
    hint: String,
    error: String,
}

impl Ids {
    fn make() -> Self {
        let input = unique_id("field");
        Self { hint: format!("{input}-hint"), error: format!("{input}-error"), input }
    }

    fn described_by(&self, has_hint: bool, has_error: bool) -> Option<String> {
        let parts = [(has_error, &self.error), (has_hint, &self.hint)];
        let ids: Vec<&str> = parts.iter().filter(|(present, _)| *present).map(|(_, id)| id.as_str()).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }
}

/// Label, hint and error around an input.
#[component]
fn Frame(
    ids: Ids,
    label: Signal<String>,
    hint: Option<String>,
    error: Signal<Option<String>>,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="cs-field" class:cs-invalid=move || error.with(Option::is_some)>
            <label class="cs-label" for=ids.input>{label}</label>
            {children()}
            {hint.map(|hint| view! { <p class="cs-hint" id=ids.hint>{hint}</p> })}
            // Always there, so that what appears in it is announced.
            <p class="cs-error" id=ids.error aria-live="assertive">{error}</p>
        </div>
    }
}

/// One line of text, bound to a signal.
#[component]
pub fn TextField(
    /// Its label.
    #[prop(into)]
    label: String,
    /// What is typed.
    value: RwSignal<String>,
    /// What helps to fill it.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What is wrong with it.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// `type` of the input.
    #[prop(default = "text")]
    kind: &'static str,
    /// `autocomplete` of the input.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// `inputmode` of the input.
    #[prop(optional)]
    input_mode: Option<&'static str>,
    /// The most characters it takes.
    #[prop(default = 200)]
    limit: u32,
    /// Whether it must be filled.
    #[prop(optional)]
    required: bool,
    /// Whether what stands in it always runs left to right (addresses, seeds, numbers).
    #[prop(optional)]
    ltr: bool,
    /// To reach the element.
    #[prop(optional)]
    node_ref: NodeRef<html::Input>,
) -> impl IntoView {
    let ids = Ids::make();
    let described = ids.clone();
    let has_hint = hint.is_some();
    view! {
        <Frame ids=ids.clone() label=Signal::stored(label) hint=hint error=error>
            <input
                node_ref=node_ref
                class="cs-input"
                id=ids.input
                type=kind
                dir=ltr.then_some("ltr")
                autocomplete=autocomplete
                inputmode=input_mode
                spellcheck="false"
                autocapitalize="off"
                maxlength=limit.to_string()
                aria-required=required.then_some("true")
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=move || described.described_by(has_hint, error.with(Option::is_some))
                prop:value=value
                on:input=move |event| value.set(event_target_value(&event))
            />
        </Frame>
    }
}

/// Some lines of text, bound to a signal.
#[component]
pub fn TextArea(
    /// Its label.
    #[prop(into)]
    label: String,
    /// What is typed.
    value: RwSignal<String>,
    /// What helps to fill it.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What is wrong with it.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// How many lines it shows.
    rows: u32,
    /// The most characters it takes.
    limit: u32,
) -> impl IntoView {
    let ids = Ids::make();
    let described = ids.clone();
    let has_hint = hint.is_some();
    view! {
        <Frame ids=ids.clone() label=Signal::stored(label) hint=hint error=error>
            <textarea
                class="cs-input"
                id=ids.input
                rows=rows.to_string()
                autocomplete="off"
                spellcheck="false"
                maxlength=limit.to_string()
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=move || described.described_by(has_hint, error.with(Option::is_some))
                prop:value=value
                on:input=move |event| value.set(event_target_value(&event))
            ></textarea>
        </Frame>
    }
}

/// The words of a [`SecretField`]'s button.
#[derive(Debug, Clone)]
pub struct RevealLabels {
    /// Shows what was typed.
    pub show: String,
    /// Hides it again.
    pub hide: String,
}

/// A secret. It is never bound to a signal: [`take`] it on submit, which empties it.
#[component]
pub fn SecretField(
    /// Its label.
    #[prop(into)]
    label: Signal<String>,
    /// To [`take`] the value.
    node_ref: NodeRef<html::Input>,
    /// The words of the button that shows what was typed.
    reveal: RevealLabels,
    /// What helps to fill it.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What is wrong with it.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// `autocomplete` of the input.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// `inputmode` of the input.
    #[prop(optional)]
    input_mode: Option<&'static str>,
    /// The most characters it takes.
    #[prop(default = 1000)]
    limit: u32,
    /// Grey text in the empty input, for example that a value is stored.
    #[prop(optional, into)]
    placeholder: Option<String>,
    /// Told that something was typed.
    #[prop(optional, into)]
    on_input: Option<Callback<()>>,
) -> impl IntoView {
    let ids = Ids::make();
    let described = ids.clone();
    let has_hint = hint.is_some();
    let shown = RwSignal::new(false);
    let RevealLabels { show, hide } = reveal;
    let input_id = ids.input.clone();
    view! {
        <Frame ids=ids.clone() label=label hint=hint error=error>
            <div class="cs-input-row">
                <input
                    node_ref=node_ref
                    class="cs-input cs-secret"
                    id=ids.input
                    type=move || if shown.get() { "text" } else { "password" }
                    dir="ltr"
                    autocomplete=autocomplete
                    inputmode=input_mode
                    spellcheck="false"
                    autocapitalize="off"
                    placeholder=placeholder
                    maxlength=limit.to_string()
                    aria-invalid=move || error.with(Option::is_some).then_some("true")
                    aria-describedby=move || described.described_by(has_hint, error.with(Option::is_some))
                    on:input=move |_| on_input.iter().for_each(|told| told.run(()))
                />
                <button
                    type="button"
                    class="cs-button cs-quiet"
                    aria-controls=input_id
                    on:click=move |_| shown.update(|shown| *shown = !*shown)
                >
                    {move || if shown.get() { hide.clone() } else { show.clone() }}
                </button>
            </div>
        </Frame>
    }
}

/// A fixed or bounded count of digits: a pairing code, the number, a PIN. Whatever else is typed or pasted is left out. [`take`] it on submit.
#[component]
pub fn DigitsField(
    /// Its label.
    #[prop(into)]
    label: String,
    /// To [`take`] the value.
    node_ref: NodeRef<html::Input>,
    /// How many digits; reaching them runs `on_complete`.
    count: u32,
    /// What helps to fill it.
    #[prop(optional, into)]
    hint: Option<String>,
    /// What is wrong with it.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// Whether the digits are drawn as dots.
    #[prop(optional)]
    hidden: bool,
    /// `autocomplete` of the input.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// Runs when the last digit is typed.
    #[prop(optional, into)]
    on_complete: Option<Callback<()>>,
) -> impl IntoView {
    let ids = Ids::make();
    let described = ids.clone();
    let has_hint = hint.is_some();
    let limit = usize::try_from(count).unwrap_or(usize::MAX);
    let tidy = move |_: ev::Event| {
        let Some(element) = node_ref.try_get_untracked().flatten() else { return };
        let typed = element.value();
        let digits = digits_of(&typed, limit);
        if digits != typed {
            element.set_value(&digits);
        }
        if digits.len() == limit {
            on_complete.iter().for_each(|complete| complete.run(()));
        }
    };
    view! {
        <Frame ids=ids.clone() label=Signal::stored(label) hint=hint error=error>
            <input
                node_ref=node_ref
                class="cs-input cs-digits"
                id=ids.input
                type=if hidden { "password" } else { "text" }
                dir="ltr"
                size=count.to_string()
                inputmode="numeric"
                autocomplete=autocomplete
                spellcheck="false"
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                aria-describedby=move || described.described_by(has_hint, error.with(Option::is_some))
                on:input=tidy
            />
        </Frame>
    }
}

/// The first `limit` digits of what was typed, in ASCII: people paste `123 456`, and type with other digits than these.
fn digits_of(typed: &str, limit: usize) -> String {
    typed.chars().filter_map(ascii_digit).take(limit).collect()
}

/// Decimal digits of the scripts whose keyboards type their own (Unicode, general category Nd): Arabic-Indic, extended Arabic-Indic, Devanagari, Bengali, fullwidth.
fn ascii_digit(character: char) -> Option<char> {
    const ZEROS: [u32; 6] = [0x30, 0x660, 0x6f0, 0x966, 0x9e6, 0xff10];
    let code = u32::from(character);
    ZEROS.iter().find_map(|zero| code.checked_sub(*zero).and_then(|value| char::from_digit(value, 10)))
}

/// One of a few.
#[component]
pub fn Choice(
    /// What is chosen.
    #[prop(into)]
    label: String,
    /// Value and words of each.
    options: Vec<(&'static str, String)>,
    /// The chosen value.
    value: RwSignal<String>,
    /// What helps to choose.
    #[prop(optional, into)]
    hint: Option<String>,
) -> impl IntoView {
    let ids = Ids::make();
    let described = hint.is_some().then(|| ids.hint.clone());
    let options = options
        .into_iter()
        .map(|(option, words)| {
            view! { <option value=option selected=move || value.with(|value| value == option)>{words}</option> }
        })
        .collect_view();
    view! {
        <Frame ids=ids.clone() label=Signal::stored(label) hint=hint error=Signal::stored(None)>
            <select
                class="cs-input cs-select"
                id=ids.input
                aria-describedby=described
                on:change=move |event| value.set(event_target_value(&event))
            >
                {options}
            </select>
        </Frame>
    }
}

/// A box to tick.
#[component]
pub fn Check(
    /// What ticking it says.
    #[prop(into)]
    label: String,
    /// Whether it is ticked.
    value: RwSignal<bool>,
    /// What it means.
    #[prop(optional, into)]
    hint: Option<String>,
) -> impl IntoView {
    let id = unique_id("check");
    let hint_id = format!("{id}-hint");
    view! {
        <div class="cs-check">
            <input
                type="checkbox"
                id=id.clone()
                aria-describedby=hint.is_some().then(|| hint_id.clone())
                prop:checked=value
                on:change=move |event| value.set(event_target_checked(&event))
            />
            <div>
                <label for=id>{label}</label>
                {hint.map(|hint| view! { <p class="cs-hint" id=hint_id>{hint}</p> })}
            </div>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_kept_and_the_rest_left_out() {
        assert_eq!(digits_of("123 456", 6), "123456");
        assert_eq!(digits_of("12-34-56-78", 6), "123456");
        assert_eq!(digits_of("٤٢", 2), "42");
        assert_eq!(digits_of("１２", 2), "12");
        assert_eq!(digits_of("a½", 6), "");
    }

    #[test]
    fn an_error_is_read_before_the_hint() {
        let ids = Ids { input: "f".into(), hint: "f-hint".into(), error: "f-error".into() };
        assert_eq!(ids.described_by(true, true).as_deref(), Some("f-error f-hint"));
        assert_eq!(ids.described_by(false, false), None);
    }
}
