//! A new password for the form: what it is to be like, and what became of it.

use crate::element::{append, append_button, does, focus_on};
use countersign_panel::{guard::Guard, message::Msg, port::Worker, request::Line, say};
use countersign_ui::button::Button;
use countersign_wire::{
    new_password::{SecretKind, Wanted},
    panel::{FromPanel, GeneratorKind, GeneratorView, MakingView},
};
use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast as _;
use web_sys::{Element, HtmlElement, HtmlInputElement, HtmlSelectElement};

/// What the page says of lengths.
fn lengths(generator: &GeneratorView) -> String {
    let text = |length: Option<u32>| length.map(|length| length.to_string());
    match (text(generator.min_length.filter(|least| *least > 1)), text(generator.max_length)) {
        (Some(least), Some(most)) if least == most => Msg("make_length_exact").with(&[&least]),
        (Some(least), Some(most)) => Msg("make_length_between").with(&[&least, &most]),
        (Some(least), None) => Msg("make_length_least").with(&[&least]),
        (None, Some(most)) => Msg("make_length_most").with(&[&most]),
        (None, None) => String::new(),
    }
}

/// What a kind is called, and what there can be more or less of.
const fn names(kind: SecretKind) -> (Msg, Msg) {
    match kind {
        SecretKind::Password => (Msg("make_password"), Msg("make_length")),
        SecretKind::Passphrase => (Msg("make_passphrase"), Msg("make_words")),
        SecretKind::Pin => (Msg("make_pin"), Msg("make_digits")),
    }
}

/// What is drawn.
#[derive(Clone)]
struct Drawn {
    kinds: Vec<GeneratorKind>,
    kind: HtmlSelectElement,
    label: Element,
    amount: HtmlInputElement,
    shown: Element,
    password: HtmlElement,
    special: HtmlInputElement,
    look_alikes: HtmlInputElement,
}

/// The button that has it made, and what it is to be like.
#[component]
pub(crate) fn Generator(
    worker: Worker,
    guard: Guard,
    generator: GeneratorView,
    on_back: Option<Callback<()>>,
) -> impl IntoView {
    guard.begin_anew();
    let section = NodeRef::<html::Section>::new();
    let drawn = StoredValue::new_local(None::<Drawn>);
    let replaces = generator.occupied;
    Effect::new(move |_| {
        if let Some(section) = section.get() {
            drawn.set_value(draw(&section, &generator, on_back.is_some()));
        }
    });
    let change = move |event: web_sys::Event| {
        drawn.with_value(|drawn| drawn.iter().for_each(|drawn| drawn.changed(&event)));
    };
    let press = move |event: ev::MouseEvent| match does(&event).as_deref() {
        Some("make") if guard.admits(event.is_trusted()) => {
            if let Some(wanted) = drawn.with_value(|drawn| drawn.as_ref().and_then(Drawn::wanted)) {
                worker.send(&FromPanel::Generate { wanted, replaces, trusted: true, in_sight: guard.is_in_sight() });
            }
        }
        Some("back") => on_back.iter().for_each(|back| back.run(())),
        _ => {}
    };
    view! { <section class="screen make" node_ref=section on:click=press on:input=change></section> }
}

fn draw(section: &Element, generator: &GeneratorView, has_way_back: bool) -> Option<Drawn> {
    let said = append(section, "div", &[("id", "make-said"), ("class", "cs-stack")], "")?;
    append::<Element>(&said, "h1", &[], &Msg("make_title").text())?;
    let note = if generator.private { Msg("make_note_private") } else { Msg("make_note") };
    append::<Element>(&said, "p", &[("class", "cs-muted")], &note.text())?;
    let notes = [
        lengths(generator),
        if generator.occupied { Msg("make_occupied").text() } else { String::new() },
        if generator.unknown { Msg("make_unknown").text() } else { String::new() },
    ];
    for note in notes.iter().filter(|note| !note.is_empty()) {
        append::<Element>(&said, "p", &[("class", "cs-hint")], note)?;
    }
    let actions = append(section, "div", &[("class", "cs-actions")], "")?;
    let action = if generator.occupied { Msg("make_replace") } else { Msg("make_fill") };
    let first = append_button(&actions, "cs-button cs-primary", "make", &action.text())?;
    // Who does not see what is said hears it when the button takes the focus.
    first.set_attribute("aria-describedby", "make-said").ok()?;
    if has_way_back {
        append_button(&actions, "cs-button cs-quiet", "back", &Msg("fields_back").text())?;
    }
    let how = append(section, "div", &[("class", "make-how")], "")?;
    let drawn = draw_how(&how, generator)?;
    drawn.choose();
    focus_on(first.dyn_ref());
    Some(drawn)
}

fn draw_how(how: &Element, generator: &GeneratorView) -> Option<Drawn> {
    let kinds = generator.kinds.clone();
    let row: HtmlElement = append(how, "label", &[("class", "cs-field")], "")?;
    row.set_hidden(kinds.len() < 2);
    append::<Element>(&row, "span", &[("class", "cs-label")], &Msg("make_kind").text())?;
    let kind: HtmlSelectElement = append(&row, "select", &[("class", "cs-input cs-select")], "")?;
    for (at, known) in kinds.iter().enumerate() {
        append::<Element>(&kind, "option", &[("value", &at.to_string())], &names(known.kind).0.text())?;
    }
    let row = append(how, "label", &[("class", "cs-field make-amount")], "")?;
    let label = append(&row, "span", &[("class", "cs-label")], "")?;
    let amount = append(&row, "input", &[("type", "range")], "")?;
    // The slider says its value itself.
    let shown = append(&row, "span", &[("class", "make-shown"), ("aria-hidden", "true")], "")?;
    let password: HtmlElement = append(how, "div", &[("class", "cs-stack")], "")?;
    let special = append_check(&password, Msg("make_signs"), generator.special)?;
    let look_alikes = append_check(&password, Msg("make_look_alikes"), true)?;
    Some(Drawn { kinds, kind, label, amount, shown, password, special, look_alikes })
}

fn append_check(parent: &Element, words: Msg, shown: bool) -> Option<HtmlInputElement> {
    let row: HtmlElement = append(parent, "label", &[("class", "cs-check")], "")?;
    row.set_hidden(!shown);
    let check: HtmlInputElement = append(&row, "input", &[("type", "checkbox")], "")?;
    check.set_checked(true);
    append::<Element>(&row, "span", &[], &words.text())?;
    Some(check)
}

impl Drawn {
    fn chosen(&self) -> Option<GeneratorKind> {
        let at: usize = self.kind.value().parse().unwrap_or(0);
        self.kinds.get(at).copied()
    }

    /// Another kind has other bounds.
    fn choose(&self) {
        let Some(chosen) = self.chosen() else { return };
        self.label.set_text_content(Some(&names(chosen.kind).1.text()));
        self.amount.set_min(&chosen.least.to_string());
        self.amount.set_max(&chosen.most.to_string());
        self.amount.set_value(&chosen.amount.to_string());
        self.password.set_hidden(chosen.kind != SecretKind::Password);
        self.show();
    }

    fn show(&self) {
        self.shown.set_text_content(Some(&self.amount.value()));
    }

    fn changed(&self, event: &web_sys::Event) {
        let is_kind = event.target().is_some_and(|target| target == *AsRef::<web_sys::EventTarget>::as_ref(&self.kind));
        if is_kind { self.choose() } else { self.show() }
    }

    fn wanted(&self) -> Option<Wanted> {
        let chosen = self.chosen()?;
        let amount = self.amount.value().parse().unwrap_or(chosen.amount).clamp(chosen.least, chosen.most);
        let (special, look_alikes) = (self.special.checked(), self.look_alikes.checked());
        Some(Wanted { kind: chosen.kind, amount, special, look_alikes })
    }
}

/// How far it is, and what came of it.
#[component]
pub(crate) fn Making(making: Memo<Option<MakingView>>, #[prop(into)] on_done: Callback<()>) -> impl IntoView {
    let said = Memo::new(move |_| making.get().map(|making| say::made(making.kept, making.filled)));
    let busy = Memo::new(move |_| making.get().is_some_and(|making| making.filled.is_none()));
    let done = NodeRef::<html::Button>::new();
    // What had the focus is gone.
    Effect::new(move || focus_on(done.get().as_deref()));
    view! {
        <section class="screen make">
            <h1>{Msg("make_title").text()}</h1>
            <Line said=said busy=busy />
            {move || (!busy.get()).then(|| view! {
                <div class="cs-actions"><Button node_ref=done on_press=Callback::new(move |_| on_done.run(()))>{Msg("done").text()}</Button></div>
            })}
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_called_something_else() {
        let kinds = [SecretKind::Password, SecretKind::Passphrase, SecretKind::Pin];
        let said: std::collections::BTreeSet<_> = kinds.map(|kind| (names(kind).0.0, names(kind).1.0)).into();
        assert_eq!(said.len(), kinds.len());
    }
}
