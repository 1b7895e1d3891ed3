//! Which field gets which value of the picked item, and what must still hold when it is written.
//!
//! A plan holds no secret: it is made before the phone is asked. It says which values the item has to give, and the probe writes them when they
//! come, if the live fields still match their [`FieldSignature`].

mod birthday;
mod card_brand;
mod card_number;
mod date_hint;
mod expiry;
mod format;
mod identity;
mod names;
mod options;
mod pattern;
mod present_password;
#[cfg(test)]
mod properties;
mod takes;
mod telephone;
#[cfg(test)]
mod tests;
mod write;
mod year_month;

pub use birthday::{DateFormat, DateOrder};
pub use expiry::ExpiryFormat;
pub use format::Format;
pub use identity::Identity;
pub use options::Choice;
pub use takes::Takes;
pub use write::{Misfit, Written};

use crate::{ClassifiedField, ClassifiedForm, Field, FieldId, FieldTag, FieldType, Form, FormKind, FormSnapshot};
use serde::{Deserialize, Serialize};

/// A value that an item can give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ItemValue {
    /// The user name of a login.
    Username,
    /// The user name of a login whose user name is an email address, for a form that asks for both.
    Email,
    /// The password of a login.
    Password,
    /// A password made for this form, not the login's present one.
    NewPassword,
    /// The present code of a login's second factor.
    OneTimeCode,
    /// A card's number, digits only.
    CardNumber,
    /// The name on a card.
    CardholderName,
    /// A card's month and year of expiry.
    CardExpiry,
    /// A card's security code.
    CardSecurityCode,
    /// A card's brand.
    CardType,
    /// One value of an identity: its type says which.
    Identity,
}

/// Which values the picked item has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Offer(Vec<ItemValue>);

impl Offer {
    /// An offer of these values.
    #[must_use]
    pub fn of(values: &[ItemValue]) -> Self {
        Self(values.to_vec())
    }

    /// User name, which may be an email address, and password.
    #[must_use]
    pub fn login() -> Self {
        Self::of(&[ItemValue::Username, ItemValue::Email, ItemValue::Password])
    }

    /// The same, and a code.
    #[must_use]
    pub fn sign_in() -> Self {
        Self::of(&[ItemValue::Username, ItemValue::Email, ItemValue::Password, ItemValue::OneTimeCode])
    }

    /// Whatever an identity has.
    #[must_use]
    pub fn identity() -> Self {
        Self::of(&[ItemValue::Identity])
    }

    /// A code alone.
    #[must_use]
    pub fn code() -> Self {
        Self::of(&[ItemValue::OneTimeCode])
    }

    /// Everything a card has.
    #[must_use]
    pub fn card() -> Self {
        use ItemValue::{CardExpiry, CardNumber, CardSecurityCode, CardType, CardholderName};
        Self::of(&[CardNumber, CardholderName, CardExpiry, CardSecurityCode, CardType])
    }

    /// Whether the item has this value.
    #[must_use]
    pub fn has(&self, value: ItemValue) -> bool {
        self.0.contains(&value)
    }
}

/// What identifies a field while a request is answered. The probe compares every part with the live field before it writes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FieldSignature {
    /// The element's tag, as [`Field::tag`] has it.
    pub tag: crate::FieldTag,
    /// `type`.
    #[serde(rename = "type")]
    pub input_type: String,
    /// `name`.
    pub name: String,
    /// `id` attribute.
    pub html_id: String,
    /// Where its form submits to; none for a field without a form. A form that moves to another address gets nothing.
    pub action: Option<String>,
}

impl FieldSignature {
    /// The signature of a field as the snapshot has it.
    #[must_use]
    pub fn of(field: &Field, form: Option<&Form>) -> Self {
        Self {
            tag: field.tag,
            input_type: field.input_type.clone(),
            name: field.name.clone(),
            html_id: field.html_id.clone(),
            action: form.map(|form| form.action.clone()),
        }
    }

    /// Whether a person writes into the field. What is chosen in a list is no loss: a person who picks a card picks its date.
    #[must_use]
    pub fn is_written(&self) -> bool {
        match self.tag {
            FieldTag::Input => !matches!(self.input_type.as_str(), "radio" | "checkbox"),
            FieldTag::Textarea | FieldTag::Editable => true,
            FieldTag::Aria => matches!(self.input_type.as_str(), "textbox" | "searchbox"),
            FieldTag::Select => false,
        }
    }
}

/// One field to write.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FillStep {
    /// Which field.
    pub field: FieldId,
    /// What the field is.
    #[serde(rename = "type")]
    pub field_type: FieldType,
    /// What the item has to give for it.
    pub value: ItemValue,
    /// The shape it is written in.
    pub format: Format,
    /// What the field accepts.
    pub takes: Takes,
    /// Whether something is written there that the user may have typed: it is not overwritten without asking.
    pub occupied: bool,
    /// What must still hold then.
    pub signature: FieldSignature,
}

/// The fields to write, in the order in which to write them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FillPlan {
    /// `lang` of the document: names and dates are written in its order.
    pub lang: String,
    /// The steps.
    pub steps: Vec<FillStep>,
}

impl FillPlan {
    /// Plans a form: every field that a user could fill in and that the offer has a value for. A present password never goes into a field for a new
    /// one, nor into one of several that contradict each other; search boxes and unknown fields get nothing.
    #[must_use]
    pub fn for_form(snapshot: &FormSnapshot, form: &ClassifiedForm, offer: &Offer) -> Self {
        let steps = form.fields.iter().filter_map(|classified| step(snapshot, form, classified, offer)).collect();
        Self { lang: snapshot.lang().to_owned(), steps }
    }

    /// Leaves one of several codes that a form asks for, in one field or in boxes: the one in whose field the user began, else the first. The others come
    /// by mail or message: no item has them.
    #[must_use]
    pub fn with_one_code(mut self, begun: FieldId) -> Self {
        let codes = self.steps.iter().filter(|step| step.value == ItemValue::OneTimeCode);
        let codes: Vec<(FieldId, usize)> = codes
            .scan(0, |count, step| {
                *count += usize::from(step.format.begins_value());
                Some((step.field, *count))
            })
            .collect();
        let code_of = |field| codes.iter().find(|(other, _)| *other == field).map(|(_, code)| *code);
        let kept = code_of(begun).or_else(|| codes.first().map(|(_, code)| *code));
        self.steps.retain(|step| step.value != ItemValue::OneTimeCode || code_of(step.field) == kept);
        self
    }

    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Whether something is written in one of the fields that the user may have typed.
    #[must_use]
    pub fn is_occupied(&self) -> bool {
        self.steps.iter().any(|step| step.occupied)
    }

    /// The values that the item has to give, each once.
    #[must_use]
    pub fn values(&self) -> Vec<ItemValue> {
        let mut values: Vec<ItemValue> = self.steps.iter().map(|step| step.value).collect();
        values.sort_unstable();
        values.dedup();
        values
    }
}

fn step(
    snapshot: &FormSnapshot,
    form: &ClassifiedForm,
    classified: &ClassifiedField,
    offer: &Offer,
) -> Option<FillStep> {
    let value = value_for(snapshot, form, classified, offer)?;
    let field = snapshot.field(classified.id).filter(|field| field.is_fillable())?;
    let signature = FieldSignature::of(field, snapshot.form_of(field));
    Some(FillStep {
        field: classified.id,
        field_type: classified.field_type,
        value,
        format: Format::of(snapshot, form, classified, field)?,
        takes: Takes::of(field),
        occupied: is_occupied(field, &signature),
        signature,
    })
}

fn value_for(
    snapshot: &FormSnapshot,
    form: &ClassifiedForm,
    field: &ClassifiedField,
    offer: &Offer,
) -> Option<ItemValue> {
    let wanted = match field.field_type {
        FieldType::Username => ItemValue::Username,
        FieldType::Email if takes_username(form.kind) && offer.has(ItemValue::Username) => {
            if asks_for_both(snapshot, form) { ItemValue::Email } else { ItemValue::Username }
        }
        FieldType::CurrentPassword if !present_password::belongs(snapshot, form, field) => return None,
        FieldType::CurrentPassword => ItemValue::Password,
        FieldType::NewPassword => ItemValue::NewPassword,
        FieldType::OneTimeCode => ItemValue::OneTimeCode,
        FieldType::CcNumber => ItemValue::CardNumber,
        FieldType::CcName | FieldType::CcGivenName | FieldType::CcFamilyName => ItemValue::CardholderName,
        FieldType::CcExp | FieldType::CcExpMonth | FieldType::CcExpYear => ItemValue::CardExpiry,
        FieldType::CcCsc => ItemValue::CardSecurityCode,
        FieldType::CcType => ItemValue::CardType,
        other if other.is_identity() => ItemValue::Identity,
        _ => return None,
    };
    offer.has(wanted).then_some(wanted)
}

const fn takes_username(kind: FormKind) -> bool {
    !matches!(kind, FormKind::Search | FormKind::Newsletter | FormKind::Checkout | FormKind::Other)
}

/// Whether a form asks for a user name and for an email address: then they are two things.
fn asks_for_both(snapshot: &FormSnapshot, form: &ClassifiedForm) -> bool {
    form.of_type(FieldType::Username).any(|field| snapshot.field(field.id).is_some_and(Field::is_fillable))
}

/// Whether a user may have written into a field.
fn is_occupied(field: &Field, signature: &FieldSignature) -> bool {
    signature.is_written() && field.has_value && field.typed.unwrap_or(true)
}
