//! Which box the present password may go into.
//!
//! The classifier says what a box most likely is, and a page may call its boxes what it likes. A present password in a box for a new one is harm that cannot be undone:
//! so where several boxes take passwords, one gets it only if nothing about them speaks against it. Where boxes contradict each other, none does.

use crate::lexicon::{Concept, Hits, field_concepts};
use crate::text::{fold, fold_identifier};
use crate::{ClassifiedField, ClassifiedForm, Field, FieldId, FieldType, FormKind, FormSnapshot};

/// A box that hides what is typed, or is called a password.
struct PasswordBox {
    id: FieldId,
    field_type: FieldType,
    /// What it says of itself.
    words: Words,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Words {
    Nothing,
    Current,
    New,
    /// The one before it once more, new or not.
    Again,
}

/// Whether this box is for the present password, whatever else the form asks.
pub(super) fn belongs(snapshot: &FormSnapshot, form: &ClassifiedForm, classified: &ClassifiedField) -> bool {
    if form.kind == FormKind::SignUp || classified.repeats.is_some() {
        return false;
    }
    let boxes: Vec<PasswordBox> =
        form.fields.iter().filter_map(|classified| password_box(snapshot, classified)).collect();
    let Some(place) = boxes.iter().position(|one| one.id == classified.id) else { return true };
    let (before, rest) = boxes.split_at(place);
    let Some((own, after)) = rest.split_first() else { return true };
    let others = || before.iter().chain(after);
    match own.words {
        // A single box may stand under any words, as "new here?", but is not called new itself.
        _ if boxes.len() == 1 => snapshot.field(own.id).is_none_or(|field| label(field) != Words::New),
        Words::New | Words::Again => false,
        Words::Current => !others().any(|other| other.words == Words::Current),
        // "Password" and "Repeat password" are a new one twice; "Password" and "New password" are not.
        Words::Nothing => {
            let follows_new = before.iter().any(|other| other.field_type == FieldType::NewPassword);
            let is_repeated = after.first().is_some_and(|next| next.words == Words::Again);
            let is_rivalled =
                others().any(|other| other.field_type == FieldType::CurrentPassword || other.words == Words::Current);
            !follows_new && !is_repeated && !is_rivalled
        }
    }
}

/// A box counts if a user can write into it.
fn password_box(snapshot: &FormSnapshot, classified: &ClassifiedField) -> Option<PasswordBox> {
    let field = snapshot.field(classified.id).filter(|field| field.is_fillable())?;
    let takes_password = field.input_type == "password" || classified.field_type.is_password();
    takes_password.then(|| PasswordBox { id: classified.id, field_type: classified.field_type, words: words(field) })
}

/// What a box is called.
fn label(field: &Field) -> Words {
    let texts = &field.texts;
    meaning(all(&[&texts.label, &texts.aria, &texts.placeholder, &texts.heading].map(|text| {
        let hits = field_concepts(&fold(text), false);
        // "Create an account or enter your password" calls nothing new.
        if hits.has(Concept::Password) { hits } else { Hits { all: hits.strong, ..hits } }
    })))
}

/// What is shown decides; identifiers speak only where it says nothing.
fn words(field: &Field) -> Words {
    let texts = &field.texts;
    let shown =
        [&texts.label, &texts.aria, &texts.placeholder, &texts.heading].map(|text| field_concepts(&fold(text), false));
    let named = [&field.name, &field.html_id].map(|text| field_concepts(&fold_identifier(text), true));
    let near = if shown.iter().all(|hits| hits.all == 0) { fold(&texts.before) } else { String::new() };
    let spoken = [all(&shown), field_concepts(&near, false), all(&named)].map(meaning);
    spoken.into_iter().find(|words| *words != Words::Nothing).unwrap_or(Words::Nothing)
}

fn all(texts: &[Hits]) -> Hits {
    texts.iter().copied().fold(Hits::default(), Hits::and)
}

fn meaning(hits: Hits) -> Words {
    if hits.has(Concept::Confirm) {
        Words::Again
    } else if hits.has(Concept::Current) {
        Words::Current
    } else if hits.has(Concept::New) {
        Words::New
    } else {
        Words::Nothing
    }
}
