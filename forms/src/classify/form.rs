//! What the words around a form say.

use super::group::Group;
use crate::lexicon::{Bits, Concept, FormConcept, Hits, field_concepts, form_concepts};
use crate::text::{fold, fold_identifier};
use crate::{Evidence, EvidenceSource, Form, FormSnapshot};

/// How much the form's words speak for each purpose.
pub(super) struct FormWords<'a> {
    counts: [f32; FormConcept::COUNT],
    links: Bits,
    /// The texts that say most: button, title, heading.
    texts: [&'a str; 3],
    /// Whether there is no button.
    silent: bool,
}

/// What a word counts by where it stands: much of the text, only part of it.
const HEADING: (f32, f32) = (2.0, 1.4);
const BUTTON: (f32, f32) = (2.6, 1.9);
const OTHER_BUTTON: (f32, f32) = (0.7, 0.5);
const IDENTIFIER: (f32, f32) = (1.5, 1.5);
const NAMESPACE: (f32, f32) = (1.0, 1.0);
const ACTION: (f32, f32) = (1.2, 1.2);
const TITLE: (f32, f32) = (1.2, 0.9);
const TEXT: (f32, f32) = (0.5, 0.5);
const HIDDEN_TEXT: (f32, f32) = (1.6, 1.6);

impl<'a> FormWords<'a> {
    pub(super) fn of(snapshot: &'a FormSnapshot, group: &Group<'a>) -> Self {
        let main = group.main_button();
        let texts = [main.map_or("", |button| &button.text), snapshot.title(), heading(snapshot, group)];
        let mut words = Self { counts: [0.0; FormConcept::COUNT], links: 0, texts, silent: group.buttons.is_empty() };
        words.add(BUTTON, main.map(|button| shown(&button.text)));
        let others = group.buttons.iter().filter(|button| main.is_none_or(|main| !std::ptr::eq(**button, main)));
        let others: Vec<Hits> = others.take(6).map(|button| shown(&button.text)).collect();
        if main.is_none_or(|main| shown(&main.text).all == 0) {
            words.add(OTHER_BUTTON, others.iter().copied().take(2));
        }
        words.add(NAMESPACE, group.views.iter().take(8).map(|view| named(view.namespace())));
        words.add(TITLE, [shown(snapshot.title())]);
        let sends = main.map(|button| shown(&button.text).all & (1 << FormConcept::SendCode.index()));
        words.links = sends.unwrap_or_default() | others.iter().fold(0, |all, hits| all | hits.all);
        let form = group.form.and_then(|index| snapshot.forms().get(usize::try_from(index).ok()?));
        match form {
            Some(form) if !group.is_part => words.add_form(form),
            _ => words.add(HEADING, [shown(section(group))]),
        }
        if form.is_none() && !group.is_part {
            words.add(TITLE, snapshot.headings().iter().take(2).map(|heading| shown(heading)));
        }
        words
    }

    fn add_form(&mut self, form: &Form) {
        self.add(HEADING, [shown(&form.heading)]);
        self.add(IDENTIFIER, [named(&form.name), named(&form.html_id), named(&form.class)]);
        self.add(ACTION, [named(path(&form.action))]);
        let links = form.links.iter().map(|link| shown(link).all).fold(0, |one, other| one | other);
        // What only a link says is about another form; but "send the code again" is about this one.
        let links = links & !(1 << FormConcept::TwoFactor.index());
        let text = shown(&form.text);
        // A form that is not shown yet has no buttons to be seen.
        let weights = if self.silent { HIDDEN_TEXT } else { TEXT };
        self.add(weights, [Hits { whole: 0, strong: text.strong & !links, all: text.all & !links }]);
        self.links |= links;
    }

    /// Whether nothing around the form says what it is for.
    pub(super) fn are_silent(&self) -> bool {
        self.counts.iter().all(|count| *count == 0.0)
    }

    fn add(&mut self, (strong, weak): (f32, f32), hits: impl IntoIterator<Item = Hits>) {
        let all = hits.into_iter().fold(Hits::default(), Hits::and);
        for (concept, count) in self.counts.iter_mut().enumerate() {
            let bit = 1 << concept;
            *count += if all.strong & bit != 0 {
                strong
            } else if all.all & bit != 0 {
                weak
            } else {
                0.0
            };
        }
    }

    /// Whether a button or a heading has any text, as nothing has in a frame around one field.
    pub(super) fn name_the_form(&self) -> bool {
        let [button, _, heading] = self.texts;
        !button.is_empty() || !heading.is_empty()
    }

    /// Whether button, title or heading speak of what a field may be about.
    pub(super) fn speak_of(&self, concept: Concept) -> bool {
        self.texts.into_iter().any(|text| field_concepts(&fold(text), false).has(concept))
    }

    /// Whether the button, and whether the heading, speaks of somebody else than the user: "join your colleagues" asks for the own.
    pub(super) fn invite(&self) -> [bool; 2] {
        let [button, _, heading] = self.texts;
        if joins(button) { [false; 2] } else { [button, heading].map(speaks_of_other_person) }
    }

    /// How much the words speak for a purpose.
    pub(super) fn says(&self, concept: FormConcept) -> f32 {
        self.counts.get(concept.index()).copied().unwrap_or_default()
    }

    /// Whether a link in the form leads to that purpose, which is therefore not this form's.
    pub(super) fn links_to(&self, concept: FormConcept) -> bool {
        self.links & (1 << concept.index()) != 0
    }

    /// The evidence that a purpose has.
    pub(super) fn evidence(&self, concept: FormConcept, says: &'static str) -> Option<Evidence> {
        let weight = self.says(concept);
        (weight > 0.0).then_some(Evidence { source: EvidenceSource::Form, says, weight })
    }
}

/// The heading above the first field that is filled in.
fn section<'a>(group: &Group<'a>) -> &'a str {
    let first = group.views.iter().find(|view| view.is_open_password() || (view.is_text() && view.visible));
    first.map(|view| view.field.texts.section.as_str()).unwrap_or_default()
}

/// The heading of a form, or of its first field.
fn heading<'a>(snapshot: &'a FormSnapshot, group: &Group<'a>) -> &'a str {
    let form = group.form.and_then(|index| snapshot.forms().get(usize::try_from(index).ok()?));
    form.filter(|form| !group.is_part && !form.heading.is_empty()).map_or_else(|| section(group), |form| &form.heading)
}

/// Whether a text speaks of somebody else than the user, who does not join them by it.
pub(super) fn speaks_of_other_person(text: &str) -> bool {
    field_concepts(&fold(text), false).has(Concept::OtherPerson) && !joins(text)
}

fn joins(text: &str) -> bool {
    let says = shown(text);
    says.has_form(FormConcept::SignUp) || says.has_form(FormConcept::LogIn)
}

fn shown(text: &str) -> Hits {
    form_concepts(&fold(text), false)
}

fn named(identifier: &str) -> Hits {
    form_concepts(&fold_identifier(identifier), true)
}

/// A URL without scheme and host (a host's name says nothing about one form) and without its query; of the page itself only what follows the `#`.
fn path(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest.split_once('/').map_or("", |(_, path)| path));
    let (path, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let path = path.split('?').next().unwrap_or_default();
    if path.trim_matches('/').is_empty() { fragment } else { path }
}
