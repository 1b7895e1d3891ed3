//! Which fields belong together.

use super::captions::{self, Caption};
use super::form::FormWords;
use super::prefix::Prefix;
use super::view::View;
use crate::lexicon::{Concept, FormConcept, form_concepts};
use crate::text::fold;
use crate::{Button, Field, FormSnapshot};

/// Fields that the page's author meant to be filled in together.
pub(super) struct Group<'a> {
    /// The form's index in the snapshot; none for fields outside of every form.
    pub(super) form: Option<u32>,
    /// Whether this is only a part of that form, or of the fields outside of every form.
    pub(super) is_part: bool,
    /// The fields in document order.
    pub(super) views: Vec<View<'a>>,
    /// The buttons that belong to them.
    pub(super) buttons: Vec<&'a Button>,
}

/// A field and how many stand before it.
pub(super) type Placed<'a> = (u32, &'a Field);

/// The groups of a snapshot, in the order of their first fields.
pub(super) fn groups(snapshot: &FormSnapshot) -> Vec<Group<'_>> {
    let mut forms: Vec<(Option<u32>, Vec<Placed<'_>>)> = Vec::new();
    for placed in (0_u32..).zip(snapshot.fields()) {
        match forms.iter_mut().find(|(form, _)| *form == placed.1.form) {
            Some((_, fields)) => fields.push(placed),
            None => forms.push((placed.1.form, vec![placed])),
        }
    }
    let mut groups: Vec<Group<'_>> =
        forms.into_iter().map(|(form, fields)| Group::of(form, &fields, snapshot.buttons())).collect();
    for button in snapshot.buttons() {
        if let Some(group) = groups.iter_mut().find(|group| group.form == button.form) {
            group.buttons.push(button);
        }
    }
    groups.iter_mut().for_each(|group| group.tell_boxes(snapshot));
    groups.into_iter().flat_map(Group::parts).collect()
}

/// Fewer boxes of the type for searching than this are for searching.
const SEARCH_BOXES: usize = 3;

/// What a form that searches nothing may be for.
const PURPOSES: [FormConcept; 6] = [
    FormConcept::LogIn,
    FormConcept::SignUp,
    FormConcept::ChangePassword,
    FormConcept::Checkout,
    FormConcept::Contact,
    FormConcept::Profile,
];

impl<'a> Group<'a> {
    fn of(form: Option<u32>, fields: &[Placed<'a>], buttons: &[Button]) -> Self {
        let prefix = Prefix::of(&fields.iter().map(|(_, field)| *field).collect::<Vec<_>>());
        let captions = captions::of(fields, buttons);
        let view = |((place, field), caption): (&Placed<'a>, Caption<'_>)| View::new(field, *place, prefix, caption);
        let mut views: Vec<View<'a>> = fields.iter().zip(captions).map(view).collect();
        // Of a form that is not shown yet, as in another tab, nothing can be seen; that tells its fields apart no more.
        if form.is_some() && !views.iter().any(|view| view.visible && !view.is_tick()) {
            views.iter_mut().for_each(|view| view.visible = true);
        }
        Self { form, is_part: false, views, buttons: Vec::new() }
    }

    /// Says of which boxes the type for searching means nothing: it keeps the browser's own lists away where a whole form has it.
    fn tell_boxes(&mut self, snapshot: &FormSnapshot) {
        let boxes = self.views.iter().filter(|view| view.searches && view.visible);
        if boxes.count() < SEARCH_BOXES || self.form.is_none() {
            return;
        }
        let others = self.views.iter().any(|view| view.visible && view.is_text());
        let named = self.views.iter().any(|view| view.names(Concept::Search));
        let words = FormWords::of(snapshot, self);
        let asks = |purpose: &FormConcept| words.says(*purpose) > 0.0;
        if !others && !named && !asks(&FormConcept::Search) && PURPOSES.iter().any(asks) {
            self.views.iter_mut().for_each(|view| view.searches = false);
        }
    }

    /// Parts what only shares a `<form>` around the whole page, or has no form at all: after the button that follows a password, where another name and password
    /// come.
    fn parts(mut self) -> Vec<Self> {
        let mut parts = Vec::new();
        while let Some((views, after)) = self.boundary() {
            let rest = self.views.split_off(views);
            let (own, others): (Vec<_>, Vec<_>) = self.buttons.into_iter().partition(|button| button.after <= after);
            parts.push(Self { is_part: true, buttons: own, ..self });
            self = Self {
                form: parts.last().and_then(|part: &Self| part.form),
                is_part: true,
                views: rest,
                buttons: others,
            };
        }
        parts.push(self);
        parts
    }

    /// How many fields the first part has, and the place of the field that begins the next.
    fn boundary(&self) -> Option<(usize, u32)> {
        let password = self.views.iter().position(View::is_open_password)?;
        let next_text = |from: usize| {
            self.views.iter().skip(from).position(|view| view.is_text() && view.visible).map(|at| from + at)
        };
        let mut from = password;
        while let Some(text) = next_text(from) {
            let (before, place) = (self.views.get(..text)?, self.views.get(text)?.place);
            let last_password = before.iter().rfind(|view| view.is_open_password()).map(|view| view.place)?;
            let button = self.buttons.iter().find(|button| button.after > last_password && button.after <= place);
            let password_follows = self.views.iter().skip(text).any(View::is_open_password);
            if !password_follows {
                return None;
            }
            if let Some(button) = button {
                let views = self.views.iter().take_while(|view| view.place < button.after).count();
                return Some((views, button.after));
            }
            from = text + 1;
        }
        None
    }

    /// The button that a user presses when all is filled in: the first after the last field, one that submits if there is, but not "forgot password".
    pub(super) fn main_button(&self) -> Option<&'a Button> {
        let filled = |view: &&View<'_>| view.visible && (view.is_text() || view.is_open_password());
        let last = self.views.iter().rfind(filled).map_or(0, |view| view.place);
        let named = |button: &&&Button| !button.text.is_empty();
        let submits = |button: &&&Button| button.submit && !button.text.is_empty();
        let helps = |button: &&&Button| {
            let says = form_concepts(&fold(&button.text), false);
            says.has_form(FormConcept::Recover) || says.has_form(FormConcept::SendCode)
        };
        // "No account yet? Register" leads to another form.
        let asks = |button: &Button| button.text.contains(['?', '？', '؟']);
        let after = || self.buttons.iter().filter(|button| button.after > last);
        let sure = after().filter(submits).find(|button| !asks(button));
        let found = sure.or_else(|| after().find(submits)).or_else(|| self.buttons.iter().find(submits));
        let found = found.or_else(|| after().filter(named).find(|button| !helps(button)));
        found.or_else(|| after().find(named)).or_else(|| self.buttons.first()).copied()
    }
}
