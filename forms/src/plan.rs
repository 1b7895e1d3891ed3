//! Which field gets which value of the picked item, and what must still hold when it is written.
//!
//! A plan holds no secret: it is made before the phone is asked. It says which values the item has to give, and the probe writes them when they
//! come, if the live fields still match their [`FieldSignature`].

mod present_password;
#[cfg(test)]
mod tests;

use crate::formats;
use crate::{ClassifiedField, ClassifiedForm, Field, FieldId, FieldType, Form, FormKind, FormSnapshot, Part};
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
}

/// How a value is brought into the shape that a field takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "camelCase", tag = "format")]
#[non_exhaustive]
pub enum Format {
    /// As it is, up to the field's `maxlength`.
    Whole,
    /// One part of several fields: each takes `length` characters, the last the rest.
    Slice {
        /// The first character.
        start: u32,
        /// How many characters; none for all that is left.
        length: Option<u32>,
    },
    /// An expiry date as text.
    Expiry(ExpiryFormat),
    /// Two digits of the expiry month.
    Month,
    /// The expiry year with this many digits.
    Year {
        /// 2 or 4.
        digits: u8,
    },
    /// One of a select's options.
    Choose {
        /// The options by what they mean.
        choices: Vec<Choice>,
    },
}

/// How an expiry date is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExpiryFormat {
    /// Whether the year comes first.
    pub year_first: bool,
    /// Digits of the year, 2 or 4.
    pub year_digits: u8,
    /// What stands between month and year; may be empty.
    pub separator: String,
}

/// An option of a select and what it means.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Choice {
    /// What the option means: a number for a day or month, four digits for a year, `2031-05` for month and year, else what the option says.
    pub meaning: String,
    /// The option's place in the select.
    pub option: u32,
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
    /// What must still hold then.
    pub signature: FieldSignature,
}

/// The fields to write, in the order in which to write them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FillPlan {
    /// The steps.
    pub steps: Vec<FillStep>,
}

impl FillPlan {
    /// Plans a form: every field that a user could fill in and that the offer has a value for. A present password never goes into a field for a new
    /// one, nor into one of several that contradict each other; search boxes and unknown fields get nothing.
    #[must_use]
    pub fn for_form(snapshot: &FormSnapshot, form: &ClassifiedForm, offer: &Offer) -> Self {
        let steps = form.fields.iter().filter_map(|classified| step(snapshot, form, classified, offer)).collect();
        Self { steps }
    }

    /// Whether there is nothing to write.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
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
    let field = snapshot.field(classified.id).filter(|field| field.is_fillable())?;
    let value = value_for(snapshot, form, classified, offer)?;
    Some(FillStep {
        field: classified.id,
        field_type: classified.field_type,
        value,
        format: format_for(snapshot, form, classified, field),
        signature: FieldSignature::of(field, snapshot.form_of(field)),
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

fn format_for(snapshot: &FormSnapshot, form: &ClassifiedForm, classified: &ClassifiedField, field: &Field) -> Format {
    if let Some(part) = classified.part {
        return slice(snapshot, form, classified, part);
    }
    if !field.options.is_empty() {
        return Format::Choose { choices: choices(classified.field_type, field) };
    }
    match classified.field_type {
        FieldType::CcExp => Format::Expiry(formats::text_format(field)),
        FieldType::CcExpMonth => Format::Month,
        FieldType::CcExpYear => Format::Year { digits: formats::year_digits(field) },
        _ => Format::Whole,
    }
}

fn choices(field_type: FieldType, field: &Field) -> Vec<Choice> {
    match field_type {
        FieldType::CcExp => formats::dates(field),
        FieldType::CcExpMonth | FieldType::BdayMonth => formats::months(field),
        FieldType::CcExpYear | FieldType::BdayYear => formats::years(field),
        FieldType::BdayDay => formats::days(field),
        _ => formats::by_text(field),
    }
}

/// Parts take as many characters as they hold (`maxlength`, unless it is long enough for a pasted whole); without that a code's boxes hold one and a card
/// number's four.
fn slice(snapshot: &FormSnapshot, form: &ClassifiedForm, classified: &ClassifiedField, part: Part) -> Format {
    let (usual, most) = if classified.field_type == FieldType::CcNumber { (4, 6) } else { (1, 3) };
    let length = |field: &ClassifiedField| {
        snapshot.field(field.id).and_then(|field| field.max_length).filter(|length| *length <= most).unwrap_or(usual)
    };
    // A form may hold two codes: the parts of one stand together.
    let before: Vec<&ClassifiedField> =
        form.of_type(classified.field_type).take_while(|other| other.id != classified.id).collect();
    let own = usize::try_from(part.index).unwrap_or(usize::MAX);
    let start = before.iter().rev().take(own).map(|field| length(field)).fold(0_u32, u32::saturating_add);
    let last = part.index.saturating_add(1) >= part.count;
    Format::Slice { start, length: (!last).then(|| length(classified)) }
}
