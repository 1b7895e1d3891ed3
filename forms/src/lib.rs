//! Form detection and fill plans.
//!
//! The probe describes a document's forms in a [`FormSnapshot`]. [`classify`] says what each field and each form is for, how sure that is, and why; a
//! [`FillPlan`] says which fields get which values of the item that the user picked. All of it is pure: no clock, no randomness, no I/O, the same answer for
//! the same snapshot everywhere.
//!
//! ```
//! use countersign_forms::{Field, FieldType, FormSnapshot, RawSnapshot, classify};
//!
//! let password = Field { id: 1, input_type: "password".into(), visible: true, ..Field::default() };
//! let snapshot = FormSnapshot::parse(RawSnapshot { fields: vec![password], ..RawSnapshot::default() })?;
//! let classification = classify(&snapshot);
//! assert_eq!(classification.forms[0].fields[0].field_type, FieldType::CurrentPassword);
//! # Ok::<(), countersign_forms::SnapshotError>(())
//! ```

mod classification;
mod classify;
mod correction;
mod field_type;
mod lexicon;
mod months;
mod password_rules;
mod plan;
mod refusal;
mod report;
mod snapshot;
mod submitter;
mod text;

pub use classification::{
    Classification, ClassifiedField, ClassifiedForm, Confidence, Evidence, EvidenceSource, FormKind, Part,
};
pub use classify::{apply, classify, prepare};
pub use correction::{CORRECTION_LIMIT, CorrectedGuess, Correction, CorrectionError, FieldIdentity, Guess, Reason};
pub use field_type::FieldType;
pub use password_rules::{Characters, PasswordRules, RequiredCharacters, Rule, RuleEvidence, RuleSource};
pub use plan::{
    Choice, DateFormat, DateOrder, ExpiryFormat, FieldSignature, FillPlan, FillStep, Format, Identity, ItemValue,
    Misfit, Offer, Takes, Written,
};
pub use refusal::says_refusal;
pub use report::CorrectionReport;
pub use snapshot::{
    Button, Field, FieldBox, FieldId, FieldOption, FieldTag, FieldTexts, Form, FormSnapshot, FormTag, RawSnapshot,
    SnapshotError, Truncation, limits,
};
pub use submitter::{may_submit, submitter};

#[cfg(test)]
mod languages;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod written_months;
