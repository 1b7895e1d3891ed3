use crate::one_time_code::SeedError;
use countersign_seal::field::FieldKind;

/// What went wrong. Nothing has changed then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The draft breaks a rule.
    #[error("invalid draft: {0}")]
    InvalidDraft(Rule),
    /// There is no such field, or no such value of it.
    #[error("there is no such field")]
    NoSuchField,
    /// The field is sealed: only the phone's answer opens it.
    #[error("the field is sealed: ask the phone")]
    Sealed,
    /// The field is not sealed: there is no seal to send.
    #[error("the field is not sealed")]
    NotSealed,
    /// The field is no counter-based seed.
    #[error("the field has no counter")]
    NoCounter,
    /// A code was made of this counter, or of a later one, before: it is not handed out again.
    #[error("the counter is spent")]
    CounterSpent,
    /// Two versions that are to be merged are not of the same item.
    #[error("these are different items")]
    DifferentItems,
    /// The other device's clock is more than [`crate::clock::MAX_DRIFT_MILLIS`] ahead of ours.
    #[error("the other device's clock is ahead: check the time of both devices")]
    ClockAhead,
    /// The cryptography refused.
    #[error(transparent)]
    Seal(#[from] countersign_seal::Error),
}

/// A rule of drafts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Rule {
    /// 1 to 200 characters, no control characters.
    #[error("a title has 1 to 200 characters, and no control characters")]
    Title,
    /// At most 200 characters, no control characters.
    #[error("a user name has at most 200 characters, and no control characters")]
    Username,
    /// At most 32.
    #[error("an item has at most 32 sites")]
    TooManySites,
    /// A domain rule names the registrable domain of its own origin.
    #[error("a site's domain is not the registrable domain of its origin")]
    Site,
    /// At most 32.
    #[error("an item has at most 32 fields")]
    TooManyFields,
    /// An item's kind never changes, nor does a field's.
    #[error("kinds do not change")]
    Kind,
    /// Items of this kind have no such field.
    #[error("items of this kind have no field of kind {0:?}")]
    ForeignField(FieldKind),
    /// Only one such field.
    #[error("an item has only one field of kind {0:?}")]
    OneOnly(FieldKind),
    /// A field that items of this kind need is missing.
    #[error("a field of kind {0:?} is missing")]
    Missing(FieldKind),
    /// A card number whose check digit is wrong: it was mistyped.
    #[error("the card number's check digit is wrong")]
    CheckDigit,
    /// The value is no seed of one-time codes.
    #[error("not a seed of one-time codes: {0}")]
    Seed(SeedError),
    /// A value of an identity, by its `autocomplete` token, cannot be.
    #[error("not a value for {0}")]
    Identity(&'static str),
    /// An identity item says nothing of anybody, or an item of another kind does.
    #[error("an identity item has at least one value, and items of other kinds have none")]
    NoIdentity,
    /// The value is empty, too long, or holds what this kind of field cannot.
    #[error("not a value for a field of kind {0:?}")]
    Value(FieldKind),
}

/// This crate's result.
pub type Result<T> = core::result::Result<T, Error>;
