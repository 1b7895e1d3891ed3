//! "Wrong field?": what the fields of the form in front are taken for, and what the user says that they are.
//!
//! What stands at a field is the page's text: it is shown as text, cut, and in an isolate of its own, so that it turns nothing around it.

use crate::element::{append, append_button, copy, does};
use countersign_panel::{
    field_type::{TYPES, name},
    guard::Guard,
    message::{Msg, Plural},
    port::Worker,
};
use countersign_ui::button::{Button, Weight};
use countersign_wire::{
    correction::FieldType,
    panel::{FieldSaid, FieldView, FormView, FromPanel, PanelKind},
};
use leptos::{ev, html, prelude::*};
use web_sys::{Element, HtmlElement, HtmlInputElement, HtmlSelectElement, HtmlTextAreaElement};

/// The value of "as Countersign takes it" in a list.
const GUESS: &str = "";

/// The value of a type in a list.
fn value(said: Option<FieldType>) -> String {
    said.map_or(GUESS, FieldType::token).to_owned()
}

/// What a value of a list says.
fn said(value: &str) -> Option<FieldType> {
    TYPES.iter().map(|(known, _)| *known).find(|known| known.token() == value)
}

/// What is drawn.
#[derive(Clone)]
struct Drawn {
    /// Which form: what is said of it goes to no other.
    form: u32,
    hint: Element,
    list: Element,
    left_out: HtmlElement,
    selects: Vec<(u32, HtmlSelectElement)>,
    status: HtmlElement,
    corrected: HtmlElement,
    with_site: HtmlInputElement,
    report: HtmlTextAreaElement,
    copy: Element,
    shown: Vec<FieldView>,
    /// How many saves there were before the last press.
    before: u32,
}

/// Leads to [`Fields`], where the page in front has a form.
#[component]
pub(crate) fn WrongField(worker: Worker) -> impl IntoView {
    let has_form = worker.of(|view| view.is_some_and(|view| view.has_form));
    let show = move |_| worker.send(&FromPanel::ShowFields { shown: true });
    move || {
        (has_form.get() && worker.kind == PanelKind::Popup).then(|| {
            view! {
                <div class="wrong-field">
                    <Button weight=Weight::Quiet on_press=Callback::new(show)>{Msg("wrong_field").text()}</Button>
                </div>
            }
        })
    }
}

/// The fields, a list of what each can be, and what becomes of it.
#[component]
pub(crate) fn Fields(worker: Worker, guard: Guard) -> impl IntoView {
    let view = worker.of(|view| view.and_then(|view| Some((view.form.clone()?, view.saved))));
    let section = NodeRef::<html::Section>::new();
    let drawn = StoredValue::new_local(None::<Drawn>);
    Effect::new(move |_| {
        let (Some(section), Some((form, saved))) = (section.get(), view.get()) else { return };
        let mut known = drawn.get_value().or_else(|| draw(&section, &form, saved));
        if let Some(known) = &mut known {
            known.show(&form, saved);
        }
        drawn.set_value(known);
    });
    let press = move |event: ev::MouseEvent| {
        if let (Some(does), true) = (does(&event), guard.admits(event.is_trusted())) {
            let saved = view.with_untracked(|view| view.as_ref().map_or(0, |(_, saved)| *saved));
            drawn.update_value(|drawn| {
                if let Some(drawn) = drawn {
                    drawn.before = saved;
                    drawn.pressed(worker, &does);
                }
            });
        }
    };
    view! { <section class="screen fields" node_ref=section on:click=press></section> }
}

/// Draws what stays.
fn draw(section: &Element, form: &FormView, saved: u32) -> Option<Drawn> {
    let heading: HtmlElement = append(section, "h1", &[("tabindex", "-1")], &Msg("fields").text())?;
    let hint = append(section, "p", &[("class", "cs-muted")], "")?;
    let list = append(section, "div", &[("class", "fields-list")], "")?;
    let left_out = append(section, "p", &[("class", "cs-muted")], "")?;
    let status = append(section, "p", &[("class", "cs-status cs-tone-good"), ("role", "status")], "")?;
    let actions = append(section, "div", &[("class", "fields-actions")], "")?;
    append_button(&actions, "cs-button cs-primary", "save", &Msg("fields_save").text())?;
    append_button(&actions, "cs-button", "back", &Msg("fields_back").text())?;
    let corrected: HtmlElement = append(section, "div", &[("class", "fields-more")], "")?;
    append_button(&corrected, "cs-button cs-quiet", "forget", &Msg("fields_forget").text())?;
    let details = append(&corrected, "details", &[("class", "report")], "")?;
    append::<Element>(&details, "summary", &[("data-does", "report")], &Msg("report").text())?;
    append::<Element>(&details, "p", &[("class", "cs-muted")], &Msg("report_hint").text())?;
    let check = append(&details, "label", &[("class", "report-site")], "")?;
    let with_site = append(&check, "input", &[("type", "checkbox"), ("data-does", "report")], "")?;
    append::<Element>(&check, "span", &[], &Msg("report_with_site").text())?;
    let label = Msg("report_text").text();
    let attributes = [("class", "cs-input"), ("rows", "6"), ("readonly", ""), ("aria-label", label.as_str())];
    let report = append(&details, "textarea", &attributes, "")?;
    let copy = append_button(&details, "cs-button", "copy", &Msg("report_copy").text())?;
    // Who came by the keyboard goes on from here.
    let _ = heading.focus();
    let (selects, shown) = (Vec::new(), Vec::new());
    Some(Drawn {
        form: form.shown,
        hint,
        list,
        left_out,
        selects,
        status,
        corrected,
        with_site,
        report,
        copy,
        shown,
        before: saved,
    })
}

impl Drawn {
    /// Draws what changes.
    fn show(&mut self, form: &FormView, saved: u32) {
        let has_changed = self.form != form.shown;
        if has_changed || self.shown != form.fields {
            self.form = form.shown;
            self.hint.set_text_content(Some(&Msg("fields_hint").with(&[&form.host])));
            let left_out = (form.left_out > 0).then(|| Plural("fields_left_out").of(form.left_out, &[]));
            let cut = form.cut.then(|| Msg("fields_cut").text());
            let more = [left_out, cut].into_iter().flatten().collect::<Vec<_>>().join(" ");
            self.left_out.set_hidden(more.is_empty());
            self.left_out.set_text_content(Some(&more));
            self.shown.clone_from(&form.fields);
            self.list.set_text_content(None);
            self.selects = form.fields.iter().filter_map(|field| Some((field.id, row(&self.list, field)?))).collect();
        }
        if has_changed {
            // What was remembered before was of another form.
            self.before = saved;
        }
        let said = match (saved != self.before, form.corrected) {
            (false, _) if has_changed => Msg("fields_page_changed").text(),
            (false, _) => String::new(),
            (true, true) => Msg("fields_remembered").with(&[&form.host]),
            (true, false) => Msg("fields_forgotten").with(&[&form.host]),
        };
        self.say(&said);
        self.corrected.set_hidden(!form.corrected);
        self.report.set_value(form.report.as_deref().unwrap_or_default());
        let _ = self.copy.toggle_attribute_with_force("disabled", form.report.is_none());
    }

    fn say(&self, text: &str) {
        self.status.set_text_content(Some(text));
        let _ = self.status.class_list().toggle_with_force("cs-empty", text.is_empty());
    }

    fn pressed(&self, worker: Worker, does: &str) {
        // What leads here was a trusted press.
        let (trusted, shown) = (true, self.form);
        match does {
            "save" => {
                let said = |(id, select): &(u32, HtmlSelectElement)| FieldSaid { id: *id, said: said(&select.value()) };
                let fields = self.selects.iter().map(said).collect();
                worker.send(&FromPanel::Correct { shown, fields, trusted });
            }
            "forget" => worker.send(&FromPanel::ForgetCorrections { shown, trusted }),
            "back" => worker.send(&FromPanel::ShowFields { shown: false }),
            "report" => worker.send(&FromPanel::ReportCorrections { shown, with_site: self.with_site.checked() }),
            "copy" => self.copy_report(),
            _ => {}
        }
    }

    fn copy_report(&self) {
        let status = self.clone();
        copy(&self.report.value(), move || status.say(&Msg("report_copied").text()));
    }
}

/// A field's words and what it can be.
fn row(list: &Element, field: &FieldView) -> Option<HtmlSelectElement> {
    let words = if field.words.is_empty() { Msg("field_unnamed").text() } else { field.words.clone() };
    let label = append(list, "label", &[("class", "cs-field")], "")?;
    // The page's words turn nothing around them.
    append::<Element>(&label, "bdi", &[("class", "cs-label")], &words)?;
    let select: HtmlSelectElement = append(&label, "select", &[("class", "cs-input cs-select")], "")?;
    let guess = Msg("field_guess").with(&[&name(field.guess).text()]);
    append::<Element>(&select, "option", &[("value", GUESS)], &guess)?;
    for (field_type, name) in TYPES {
        append::<Element>(&select, "option", &[("value", field_type.token())], &name.text())?;
    }
    select.set_value(&value(field.said));
    Some(select)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_says_what_was_chosen_in_it() {
        for (field_type, _) in TYPES {
            assert_eq!(said(&value(Some(field_type))), Some(field_type));
        }
        assert_eq!(said(&value(None)), None);
    }
}
