//! Which fields of a document hold a login that its user may submit, and what stands in them.

use crate::fill::Look;
use countersign_forms::{ClassifiedForm, Field, FieldId, FieldType, FormKind, may_submit};
use countersign_seal::secret::SecretBytes;
use countersign_wire::page::Entered;

/// What a form was given.
pub(crate) struct Credentials {
    pub(crate) kind: FormKind,
    /// Empty if the form has no box for it, or nothing stands in it.
    pub(crate) username: String,
    /// The password; where one is made or changed, the new one. `None` on the first page of a login.
    pub(crate) password: Option<SecretBytes>,
    /// The present password beside a new one.
    pub(crate) present: Option<SecretBytes>,
    /// Whether that was submitted, as far as anybody can tell: else a button was pressed that does something else.
    pub(crate) sent: bool,
}

/// What names a user, best first.
const NAMES: [FieldType; 3] = [FieldType::Username, FieldType::Email, FieldType::Tel];

impl Look {
    /// The numbers of the fields of which to hear when they are submitted, and those of them that hold passwords.
    pub(crate) fn attended(&self) -> (Vec<u32>, Vec<u32>) {
        let forms = || self.classification.forms.iter().filter(|form| takes_login(form));
        let numbers = |wanted: fn(FieldType) -> bool| {
            forms().flat_map(|form| &form.fields).filter(move |field| wanted(field.field_type)).map(|field| field.id.0)
        };
        let secrets = numbers(is_password).collect();
        (numbers(|kind| is_password(kind) || NAMES.contains(&kind)).collect(), secrets)
    }

    /// What was given to the form of these fields, and with which button; `None` if it is no login, or its new password was not repeated as it was.
    pub(crate) fn credentials(&self, values: &[Entered], button: Option<&str>) -> Option<Credentials> {
        let given = |id: FieldId| values.iter().find(|value| value.field == id.0 && !value.text.expose().is_empty());
        // Where several forms hold something, the one with a password was submitted.
        let rank = |form: &&ClassifiedForm| {
            let given = |wanted: fn(FieldType) -> bool| {
                form.fields.iter().filter(|field| wanted(field.field_type) && given(field.id).is_some()).count()
            };
            (given(is_password), given(|kind| NAMES.contains(&kind)))
        };
        let form = self.classification.forms.iter().filter(|form| takes_login(form)).max_by_key(rank)?;
        let of = |kind: FieldType| form.of_type(kind).filter_map(|field| given(field.id)).map(|value| &value.text);
        let username = NAMES.into_iter().find_map(|kind| of(kind).find_map(|text| text.expose_str().ok()));
        let username = username.unwrap_or_default().trim().to_owned();
        let (present, new) = (of(FieldType::CurrentPassword).next(), of(FieldType::NewPassword).next());
        if of(FieldType::NewPassword).any(|other| Some(other.expose()) != new.map(SecretBytes::expose)) {
            return None;
        }
        let (password, present) = if new.is_some() { (new, present) } else { (present, None) };
        let some = password.is_some() || !username.is_empty();
        let sent = button.is_none_or(|button| may_submit(&self.snapshot, form, button));
        let (password, present) = (password.cloned(), present.cloned());
        some.then(|| Credentials { kind: form.kind, username, password, present, sent })
    }

    /// Whether a document asks once more for what it was given: it did not take it.
    pub(crate) fn asks_again(&self, kind: FormKind) -> bool {
        let shows = |form: &ClassifiedForm, wanted: fn(FieldType) -> bool| {
            let is_fillable = |id| self.snapshot.field(id).is_some_and(Field::is_fillable);
            form.fields.iter().any(|field| wanted(field.field_type) && is_fillable(field.id))
        };
        self.classification.forms.iter().any(|form| match kind {
            FormKind::Login | FormKind::LoginPassword | FormKind::LoginUsername => {
                is_login(form.kind) && shows(form, |kind| kind == FieldType::CurrentPassword || NAMES.contains(&kind))
            }
            // Settings show the same form again when they have taken it; what they have not taken they say.
            FormKind::ChangePassword => false,
            _ => form.kind == kind && shows(form, |kind| kind == FieldType::NewPassword),
        })
    }

    /// Whether a document has a form of this kind.
    pub(crate) fn has_form(&self, kind: FormKind) -> bool {
        self.classification.forms.iter().any(|form| form.kind == kind)
    }
}

const fn is_login(kind: FormKind) -> bool {
    matches!(kind, FormKind::Login | FormKind::LoginUsername | FormKind::LoginPassword)
}

/// Whether what it is given may be saved: a login, or a password for one.
fn takes_login(form: &ClassifiedForm) -> bool {
    let has_password = form.fields.iter().any(|field| is_password(field.field_type));
    has_password || form.kind == FormKind::LoginUsername
}

const fn is_password(kind: FieldType) -> bool {
    matches!(kind, FieldType::CurrentPassword | FieldType::NewPassword)
}
