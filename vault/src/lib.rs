//! Items and what happens to them. Pure, no I/O.
//!
//! | module | what |
//! |---|---|
//! | [`item`] | items as pages see them ([`item::ItemSummary`]) and as they are written ([`item::ItemDraft`]) |
//! | [`identity`] | who somebody is: what an identity item fills in |
//! | [`draft`] | the rules of a draft, checked once; values in their one spelling |
//! | [`card`] | the spellings of a payment card's fields |
//! | [`one_time_code`] | seeds of one-time codes (RFC 4226, RFC 6238) and their codes |
//! | [`clock`] | hybrid logical clocks |
//! | [`register`] | a value that remembers who wrote what when |
//! | [`field`] | a secret field: its value, its past values, and the lock of each |
//! | [`record`] | an item as stored: adding, editing, sealing, removing, and merging two versions |
//! | [`proposal`] | a value that is sealed for a field ahead of time |
//! | [`generator`] | new secrets: passwords, passphrases and PINs from a recipe |

pub mod card;
pub mod clock;
pub mod draft;
mod error;
pub mod field;
pub mod generator;
pub mod identity;
pub mod item;
pub mod one_time_code;
pub mod proposal;
pub mod record;
pub mod register;

pub use error::{Error, Result, Rule};
