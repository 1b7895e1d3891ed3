//! What the classifier answers: a kind for every form, a type for every field, how sure it is, and why.

use crate::{FieldId, FieldType};
use serde::{Deserialize, Serialize};

/// How sure an answer is: the probability, between 0 and 1, that it is right.
#[derive(Clone, Copy, Debug, Default, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(from = "f32", into = "f32")]
pub struct Confidence(f32);

impl From<f32> for Confidence {
    fn from(probability: f32) -> Self {
        Self::new(probability)
    }
}

impl From<Confidence> for f32 {
    fn from(confidence: Confidence) -> Self {
        confidence.0
    }
}

impl Confidence {
    /// A confidence, brought into 0 to 1. Anything that is not a number is 0.
    #[must_use]
    pub fn new(probability: f32) -> Self {
        if probability.is_nan() { Self(0.0) } else { Self(probability.clamp(0.0, 1.0)) }
    }

    /// The probability.
    #[must_use]
    pub fn get(self) -> f32 {
        self.0
    }
}

/// What a form is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FormKind {
    /// User name and password.
    Login,
    /// The first page of a login: the user name alone.
    LoginUsername,
    /// A later page of a login, or asking again: the password alone.
    LoginPassword,
    /// Makes a new account.
    SignUp,
    /// Asks for a new password, with or without the old one.
    ChangePassword,
    /// Asks who has forgotten a password.
    Recovery,
    /// Asks for a one-time code.
    TwoFactor,
    /// Payment, with or without address.
    Checkout,
    /// Search or filter.
    Search,
    /// Subscribes an email address.
    Newsletter,
    /// Anything else.
    #[default]
    Other,
}

/// Where a piece of evidence was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EvidenceSource {
    /// The `autocomplete` attribute.
    Autocomplete,
    /// The element and its `type`.
    Type,
    /// `name`, `id` and other identifiers.
    Identifier,
    /// What the user reads as the field's label.
    Label,
    /// The placeholder.
    Placeholder,
    /// Text near the field.
    Nearby,
    /// `pattern`, `maxlength`, `inputmode`, size.
    Constraint,
    /// The options of a select.
    Options,
    /// The fields before and after.
    Neighbours,
    /// The form as a whole: its heading, buttons, address, text.
    Form,
    /// The user said so.
    User,
}

/// One reason for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// Where it was found.
    pub source: EvidenceSource,
    /// What it says: the name of a concept or rule.
    pub says: &'static str,
    /// What it counts for (or, below 0, against) the answer, in natural log-odds.
    pub weight: f32,
}

/// One of several fields that hold one value together, such as the boxes of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Part {
    /// Which part, from 0.
    pub index: u32,
    /// How many parts.
    pub count: u32,
}

/// What one field is.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClassifiedField {
    /// Which field.
    pub id: FieldId,
    /// What it is for.
    #[serde(rename = "type")]
    pub field_type: FieldType,
    /// How sure that is.
    pub confidence: Confidence,
    /// Which part of a split value it holds.
    pub part: Option<Part>,
    /// The field whose value it repeats ("confirm password").
    pub repeats: Option<FieldId>,
    /// Why.
    pub evidence: Vec<Evidence>,
}

/// What one form is, with its fields in document order.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClassifiedForm {
    /// The form's index in the snapshot; none for fields outside of every form.
    pub form: Option<u32>,
    /// What it is for.
    pub kind: FormKind,
    /// How sure that is.
    pub confidence: Confidence,
    /// Why.
    pub evidence: Vec<Evidence>,
    /// Its fields.
    pub fields: Vec<ClassifiedField>,
}

impl ClassifiedForm {
    /// The fields of one type.
    pub fn of_type(&self, field_type: FieldType) -> impl Iterator<Item = &ClassifiedField> {
        self.fields.iter().filter(move |field| field.field_type == field_type)
    }
}

/// What a snapshot's forms and fields are. Every field is in exactly one form.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Classification {
    /// The forms in the order of their first fields.
    pub forms: Vec<ClassifiedForm>,
}

impl Classification {
    /// A field and the form it is in.
    #[must_use]
    pub fn field(&self, id: FieldId) -> Option<(&ClassifiedForm, &ClassifiedField)> {
        self.forms.iter().find_map(|form| form.fields.iter().find(|field| field.id == id).map(|field| (form, field)))
    }
}
