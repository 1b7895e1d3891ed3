//! Which fields belong together.

use super::view::View;
use crate::{Button, FormSnapshot};

/// Fields that the page's author meant to be filled in together.
pub(super) struct Group<'a> {
    /// The form's index in the snapshot; none for fields outside of every form.
    pub(super) form: Option<u32>,
    /// The fields in document order.
    pub(super) views: Vec<View<'a>>,
    /// The buttons that belong to them.
    pub(super) buttons: Vec<&'a Button>,
}

/// The groups of a snapshot, in the order of their first fields. Fields outside of every form are one group, parted after a submit button where a whole login or
/// sign-up stands on both sides.
pub(super) fn groups(snapshot: &FormSnapshot) -> Vec<Group<'_>> {
    let mut groups: Vec<(usize, Group<'_>)> = Vec::new();
    for (place, field) in snapshot.fields().iter().enumerate() {
        let view = View::new(field);
        match groups.iter_mut().find(|(_, group)| group.form == field.form) {
            Some((_, group)) => group.views.push(view),
            None => groups.push((place, Group { form: field.form, views: vec![view], buttons: Vec::new() })),
        }
    }
    for button in snapshot.buttons() {
        if let Some((_, group)) = groups.iter_mut().find(|(_, group)| group.form == button.form) {
            group.buttons.push(button);
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}
