//! Makes the snapshot of a page, step by step as `extension/probe/snapshot.js` does.

use super::Place;
use super::dom::{Dom, Element, NodeId};
use super::surroundings::{Outline, Surroundings, is_dialog};
use super::text::{cut, is_silent, join, text_of};
use countersign_forms::{Button, Field, FieldOption, FieldTag, FieldTexts, Form, FormTag, RawSnapshot, limits};
use std::collections::HashMap;

/// Fields that are ticked, at most: a page of filters must not crowd out its login.
const TICKS: usize = 64;
/// Nodes walked back for the text before a field.
const STEPS_BACK: usize = 30;
/// What marks a part of a label, and what holds labels.
const MARKS: &[&str] = &["abbr", "b", "em", "font", "i", "mark", "small", "span", "strong", "sup"];
const LABELS: &[&str] = &["dt", "label", "legend", "p", "td", "th"];

/// The snapshot of a document, and where its fields are.
pub(crate) fn read(dom: &Dom) -> (RawSnapshot, Vec<Place>) {
    let outline = Outline::of(dom);
    let mut reader = Reader {
        dom,
        outline: &outline,
        snapshot: RawSnapshot::default(),
        places: Vec::new(),
        forms: HashMap::new(),
        buttons: Vec::new(),
        section: String::new(),
        above: String::new(),
        controls: 0,
        natives: 0,
        ticks: 0,
    };
    for (at, node) in outline.order.iter().enumerate() {
        if let Some(element) = dom.element(*node) {
            reader.visit(at, *node, element);
        }
    }
    reader.finish()
}

struct Reader<'a> {
    dom: &'a Dom,
    outline: &'a Outline,
    snapshot: RawSnapshot,
    places: Vec<Place>,
    forms: HashMap<NodeId, u32>,
    /// Buttons, and how many fields stand before each.
    buttons: Vec<(NodeId, usize)>,
    section: String,
    /// The last section before the form.
    above: String,
    /// How many controls of any kind were met, and how many native ones in the document itself.
    controls: u32,
    natives: u32,
    ticks: usize,
}

impl<'a> Reader<'a> {
    fn finish(mut self) -> (RawSnapshot, Vec<Place>) {
        for (node, after) in std::mem::take(&mut self.buttons) {
            if let Some(element) = self.dom.element(node) {
                self.button(node, element, after);
            }
        }
        (self.snapshot, self.places)
    }

    fn visit(&mut self, at: usize, node: NodeId, element: &'a Element) {
        let place = self.count(node, element);
        let kind = kind_of(element);
        match element.name() {
            "html" => self.snapshot.lang = cut(element.attribute("lang"), limits::IDENTIFIER),
            "title" if self.snapshot.title.is_empty() => {
                self.snapshot.title = text_of(self.dom, node, limits::LABEL);
            }
            "form" if self.section.is_empty() => {}
            "form" => self.above = std::mem::take(&mut self.section),
            _ if is_dialog(element) => self.title_of(node, element),
            name if is_heading(name, element) => self.heading(node, name),
            _ => match place.filter(|_| element.name() != "input" || !is_no_field(kind)) {
                Some(place) => self.field(at, node, element, place),
                None if is_button(element) => self.buttons.push((node, self.snapshot.fields.len())),
                None => {}
            },
        }
    }

    /// Counts an element that takes input, whether it is described or not.
    fn count(&mut self, node: NodeId, element: &Element) -> Option<Place> {
        let native = is_native(element);
        let role = matches!(element.attribute("role"), "combobox" | "listbox" | "textbox" | "searchbox");
        let edited = element.find("contenteditable").is_some_and(|value| !value.eq_ignore_ascii_case("false"));
        if !native && !role && !edited {
            return None;
        }
        let id = self.controls;
        self.controls += 1;
        let in_document = native && self.outline.around(node).root == 0;
        let index = in_document.then_some(self.natives);
        self.natives += u32::from(in_document);
        let place = Place { id, index, node };
        self.places.push(place);
        Some(place)
    }

    fn heading(&mut self, node: NodeId, name: &str) {
        let text = text_of(self.dom, node, limits::LABEL);
        if text.is_empty() {
            return;
        }
        self.section.clone_from(&text);
        if matches!(name, "h3" | "h4" | "h5" | "h6" | "legend") {
            return;
        }
        if self.snapshot.headings.len() < limits::HEADINGS {
            self.snapshot.headings.push(text);
        } else {
            self.snapshot.truncated.buttons = true;
        }
    }

    /// What a dialog says that it is called holds for what is in it, though it be no heading.
    fn title_of(&mut self, node: NodeId, dialog: &Element) {
        let named = self.named(dialog, "aria-labelledby", self.outline.around(node).root);
        let titles = [named, cut(dialog.attribute("aria-label"), limits::LABEL)];
        if let Some(title) = titles.into_iter().find(|title| !title.is_empty()) {
            self.section = title;
        }
    }

    fn field(&mut self, at: usize, node: NodeId, element: &Element, place: Place) {
        let around = self.outline.around(node);
        let kind = kind_of(element);
        let tick = element.name() == "input" && matches!(kind, "checkbox" | "radio");
        if self.snapshot.fields.len() >= limits::FIELDS || (tick && self.ticks >= TICKS) {
            self.snapshot.truncated.fields = true;
            return;
        }
        self.ticks += usize::from(tick);
        let tag = tag_of(element, around);
        let short = |name| cut(element.attribute(name), limits::IDENTIFIER);
        let number = |name| element.attribute(name).trim().parse().ok();
        let options = match tag {
            FieldTag::Select => self.options(node),
            _ if tick => vec![ticked_option(element)],
            _ => Vec::new(),
        };
        let field = Field {
            id: place.id,
            tag,
            input_type: match tag {
                FieldTag::Input => kind.into(),
                FieldTag::Select | FieldTag::Textarea => String::new(),
                FieldTag::Editable | FieldTag::Aria => short("role"),
            },
            role: short("role"),
            // A saved page was not used.
            typed: Some(false),
            name: short("name"),
            html_id: short("id"),
            hints: self.hints(element, around),
            autocomplete: short("autocomplete"),
            pattern: cut(element.attribute("pattern"), limits::PATTERN),
            password_rules: cut(element.attribute("passwordrules"), limits::PASSWORD_RULES),
            input_mode: short("inputmode"),
            min_length: number("minlength"),
            max_length: number("maxlength"),
            required: element.find("required").is_some() || element.attribute("aria-required") == "true",
            read_only: element.find("readonly").is_some(),
            disabled: around.disabled || element.find("disabled").is_some(),
            visible: !around.hidden,
            has_value: if tick { element.find("checked").is_some() } else { !element.attribute("value").is_empty() },
            bounds: Default::default(),
            texts: self.texts(at, node, element, around),
            options,
            form: self.owner(node, true),
            root: around.root,
        };
        self.snapshot.fields.push(field);
    }

    fn texts(&self, at: usize, node: NodeId, element: &Element, around: Surroundings) -> FieldTexts {
        let text = |name| cut(element.attribute(name), limits::LABEL);
        let labels = self.outline.labels(node).iter().take(4).map(|label| text_of(self.dom, *label, limits::LABEL));
        let host = around.host.and_then(|host| self.dom.element(host));
        let host = host.map(|host| host.find("label").unwrap_or_else(|| host.attribute("aria-label")).to_owned());
        let aria = text("aria-label");
        FieldTexts {
            label: join(labels.chain(host), limits::LABEL),
            aria: if aria.is_empty() { self.named(element, "aria-labelledby", around.root) } else { aria },
            description: self.named(element, "aria-describedby", around.root),
            placeholder: text("placeholder"),
            title: text("title"),
            before: self.text_before(at, around.root),
            heading: self.column_heading(around.cell),
            section: self.section.clone(),
        }
    }

    fn named(&self, element: &Element, attribute: &str, root: u32) -> String {
        let mut ids: Vec<&str> = Vec::new();
        for id in element.attribute(attribute).split_ascii_whitespace().take(4) {
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        let others = ids.into_iter().filter_map(|id| self.outline.by_id(root, id));
        join(others.map(|other| text_of(self.dom, other, limits::LABEL)), limits::LABEL)
    }

    /// The nearest text before a field that belongs to no other. What stands after a box to tick is that box's.
    fn text_before(&self, at: usize, root: u32) -> String {
        let before = self.outline.order.iter().take(at).rev();
        let mut text = String::new();
        let same_tree = before.filter(|node| self.outline.around(**node).root == root);
        for (step, node) in same_tree.take(STEPS_BACK).enumerate() {
            match self.dom.element(*node) {
                Some(element) if matches!(element.name(), "form" | "button" | "select" | "textarea") => break,
                Some(element) if element.name() == "input" && kind_of(element) != "hidden" => {
                    return if matches!(kind_of(element), "checkbox" | "radio") { String::new() } else { text };
                }
                Some(element) if text.is_empty() && element.name() == "img" => {
                    text = cut(element.attribute("alt"), limits::LABEL)
                }
                Some(_) => {}
                None if text.is_empty() => {
                    text = self.shown(*node).map(|text| self.whole(*node, at).unwrap_or(text)).unwrap_or_default();
                }
                None => {}
            }
            if !text.is_empty() && step > STEPS_BACK / 2 {
                break;
            }
        }
        text
    }

    /// A mark beside its words, such as “required”, is not all that a cell or a label says.
    fn whole(&self, text: NodeId, field: usize) -> Option<String> {
        let mark = self.dom.parent(text)?;
        let cell = self.dom.parent(mark)?;
        let named = |node, names: &[&str]| self.dom.element(node).is_some_and(|found| names.contains(&found.name()));
        let field = *self.outline.order.get(field)?;
        let holds_field = core::iter::successors(Some(field), |node| self.dom.parent(*node)).any(|node| node == cell);
        let is_whole = named(mark, MARKS) && named(cell, LABELS) && !holds_field;
        is_whole.then(|| text_of(self.dom, cell, limits::LABEL))
    }

    /// A text that a user reads, and that says something.
    fn shown(&self, node: NodeId) -> Option<String> {
        let text = self.dom.text(node).filter(|text| text.chars().any(char::is_alphanumeric))?;
        let parent = self.dom.parent(node).and_then(|parent| self.dom.element(parent));
        (!parent.is_some_and(is_silent)).then(|| cut(text, limits::LABEL))
    }

    /// The heading of the table column that a field stands in: the cell of the table's first row, if that row holds no field. Where that is no heading by its name, as in
    /// old tables, several columns have to hold fields.
    fn column_heading(&self, cell: Option<NodeId>) -> String {
        self.heading_cell(cell).map(|heading| text_of(self.dom, heading, limits::LABEL)).unwrap_or_default()
    }

    fn heading_cell(&self, cell: Option<NodeId>) -> Option<NodeId> {
        let named = |node: NodeId, names: &[&str]| {
            self.dom.element(node).is_some_and(|element| names.contains(&element.name()))
        };
        let cells = |row| self.dom.children(row).filter(|cell| named(*cell, &["td", "th"]));
        let cell = cell?;
        let row = self.dom.parent(cell)?;
        let column = cells(row).position(|other| other == cell)?;
        let section = self.dom.parent(row)?;
        let table = if named(section, &["table"]) { section } else { self.dom.parent(section)? };
        let first = self.dom.below(table, |_| true).take(200).find(|node| named(*node, &["tr"]))?;
        let has_field = |node| self.dom.below(node, |_| true).any(|node| self.dom.element(node).is_some_and(is_native));
        let is_grid = || cells(row).filter(|cell| has_field(*cell)).nth(1).is_some();
        let heading = cells(first).nth(column).filter(|_| first != row && !has_field(first))?;
        (named(heading, &["th"]) || is_grid()).then_some(heading)
    }

    fn options(&mut self, node: NodeId) -> Vec<FieldOption> {
        let option = |node: &NodeId| self.dom.element(*node).is_some_and(|element| element.name() == "option");
        let mut all = self.dom.below(node, |_| true).filter(option);
        let options = all.by_ref().take(limits::OPTIONS).map(|option| self.option(option)).collect();
        self.snapshot.truncated.options |= all.next().is_some();
        options
    }

    fn option(&self, node: NodeId) -> FieldOption {
        let texts = self.dom.below(node, |_| true).filter_map(|node| self.dom.text(node).map(str::to_owned));
        let text = join(texts, limits::OPTION);
        let value = self.dom.element(node).and_then(|element| element.find("value"));
        FieldOption { value: value.map_or_else(|| text.clone(), |value| cut(value, limits::OPTION)), text }
    }

    /// Other attributes in which frameworks and tests name a field, and what the custom element around it is called.
    fn hints(&self, element: &Element, around: Surroundings) -> String {
        let own = element.attributes().filter(|(name, value)| is_naming(name) && value.len() < 60);
        let host = around.host.and_then(|host| self.dom.element(host));
        let host = host.map(|host| [host.name(), host.attribute("name"), host.attribute("id")]);
        let all = own.map(|(_, value)| value).chain(host.into_iter().flatten());
        cut(&all.collect::<Vec<_>>().join(" "), limits::IDENTIFIER)
    }

    /// The place of the form that a control belongs to: by its `form`, by the parser, or around it; else of the container.
    fn owner(&mut self, node: NodeId, add: bool) -> Option<u32> {
        let form = self.form_of(node).or(self.outline.around(node).container)?;
        if !self.forms.contains_key(&form) && add {
            self.describe(form);
        }
        self.forms.get(&form).copied()
    }

    fn form_of(&self, node: NodeId) -> Option<NodeId> {
        let around = self.outline.around(node);
        let element = self.dom.element(node)?;
        let is_form = |form: &NodeId| self.dom.element(*form).is_some_and(|form| form.name() == "form");
        match element.find("form").filter(|_| is_native(element) || element.name() == "button") {
            Some(id) => self.outline.by_id(around.root, id).filter(is_form),
            None => element.form().or(around.form),
        }
    }

    fn describe(&mut self, node: NodeId) {
        let Some(element) = self.dom.element(node) else { return };
        if self.snapshot.forms.len() >= limits::FORMS {
            self.snapshot.truncated.forms = true;
            return;
        }
        let form = self.description(node, element);
        if let Ok(index) = u32::try_from(self.snapshot.forms.len()) {
            self.snapshot.forms.push(form);
            self.forms.insert(node, index);
        }
    }

    fn description(&self, node: NodeId, element: &Element) -> Form {
        let is_form = element.name() == "form";
        let short = |name| cut(element.attribute(name), limits::IDENTIFIER);
        let inner = || self.dom.below(node, |_| true).filter_map(|node| Some((node, self.dom.element(node)?)));
        let heading = inner().find(|(_, element)| is_heading(element.name(), element));
        let heading = heading.map(|(heading, _)| text_of(self.dom, heading, limits::LABEL));
        let label = cut(element.attribute("aria-label"), limits::LABEL);
        let names = [label, heading.unwrap_or_default(), self.section.clone(), self.above.clone()];
        let links = inner().filter(|(_, element)| element.name() == "a" && element.find("href").is_some());
        Form {
            tag: if is_form { FormTag::Form } else { FormTag::Container },
            name: short("name"),
            html_id: short("id"),
            class: short("class"),
            action: if is_form { cut(element.attribute("action"), limits::ACTION) } else { String::new() },
            method: short("method"),
            role: short("role"),
            heading: names.into_iter().find(|name| !name.is_empty()).unwrap_or_default(),
            text: text_of(self.dom, node, limits::FORM_TEXT),
            links: links.take(limits::LINKS).map(|(link, _)| text_of(self.dom, link, limits::LABEL)).collect(),
        }
    }

    fn button(&mut self, node: NodeId, element: &Element, after: usize) {
        let form = self.owner(node, false);
        if (form.is_none() && self.form_of(node).is_some()) || self.outline.around(node).hidden {
            return;
        }
        if self.snapshot.buttons.len() >= limits::BUTTONS {
            self.snapshot.truncated.buttons = true;
            return;
        }
        let text = match element.name() {
            "input" => cut(element.attribute("value"), limits::LABEL),
            _ => text_of(self.dom, node, limits::LABEL),
        };
        let names =
            ["aria-label", "title", "alt", "name", "id"].map(|name| cut(element.attribute(name), limits::LABEL));
        let text = [text].into_iter().chain(names).find(|text| !text.is_empty()).unwrap_or_default();
        let submit = matches!(kind_of(element), "submit" | "image");
        let after = u32::try_from(after).unwrap_or(u32::MAX);
        self.snapshot.buttons.push(Button { text, form, after, submit });
    }
}

fn is_native(element: &Element) -> bool {
    matches!(element.name(), "input" | "select" | "textarea")
}

fn tag_of(element: &Element, around: Surroundings) -> FieldTag {
    match element.name() {
        "input" => FieldTag::Input,
        "select" => FieldTag::Select,
        "textarea" => FieldTag::Textarea,
        _ if around.editable => FieldTag::Editable,
        _ => FieldTag::Aria,
    }
}

/// What a box to tick stands for.
fn ticked_option(element: &Element) -> FieldOption {
    FieldOption { value: cut(element.find("value").unwrap_or("on"), limits::OPTION), text: String::new() }
}

fn is_heading(name: &str, element: &Element) -> bool {
    matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "legend")
        || element.attribute("role") == "heading"
        || has_class(element, "modal-title")
}

fn has_class(element: &Element, wanted: &str) -> bool {
    element.attribute("class").split_ascii_whitespace().any(|class| class == wanted)
}

fn is_button(element: &Element) -> bool {
    element.name() == "button"
        || matches!(element.attribute("type").to_ascii_lowercase().as_str(), "submit" | "image" | "button")
        || element.attribute("role") == "button"
        || (element.name() == "a" && (has_class(element, "btn") || has_class(element, "button")))
}

/// The `type` of an input or button as browsers understand it; empty for other elements.
pub(crate) fn kind_of(element: &Element) -> &'static str {
    const INPUTS: &[&str] = &[
        "hidden",
        "search",
        "tel",
        "url",
        "email",
        "password",
        "date",
        "month",
        "week",
        "time",
        "datetime-local",
        "number",
        "range",
        "color",
        "checkbox",
        "radio",
        "file",
        "submit",
        "image",
        "reset",
        "button",
    ];
    let written = element.attribute("type");
    let known = |types: &[&'static str], other| {
        types.iter().find(|known| known.eq_ignore_ascii_case(written)).copied().unwrap_or(other)
    };
    match element.name() {
        "input" => known(INPUTS, "text"),
        "button" => known(&["reset", "button"], "submit"),
        _ => "",
    }
}

fn is_no_field(kind: &str) -> bool {
    matches!(kind, "hidden" | "submit" | "image" | "button" | "reset" | "file")
}

/// Whether an attribute is one in which frameworks and tests name a field.
fn is_naming(attribute: &str) -> bool {
    const ENDS: &[&str] = &["name", "field", "type", "role", "qa", "cy", "test", "testid", "test-id", "bind", "id"];
    let end = |rest: &str| {
        ENDS.iter().any(|end| rest.strip_suffix(end).is_some_and(|start| start.is_empty() || start.ends_with('-')))
    };
    matches!(attribute, "formcontrolname" | "ng-model" | "data-ng-model" | "v-model" | "itemprop")
        || attribute.strip_prefix("data-").is_some_and(end)
}
