//! The cryptography of Countersign: pure, no I/O.
//!
//! | module | what |
//! |---|---|
//! | [`codec`] | CBOR (RFC 8949) with a size cap; the encoding of all that is signed or sealed |
//! | [`id`] | identifiers and hashes as types |
//! | [`origin`] | web origins and the rules that say where an item may be used |
//! | [`context`] | the context string that every signature and derived key starts with |
//! | [`keys`] | public keys, and the traits for private-key operations; [`native`] and [`web`] implement them |
//! | [`envelope`] | what devices say to each other through a relay |
//! | [`log`] | the device log: who belongs to an account, and who may say so |
//! | [`comparison`] | telling for a while whether two secrets are equal, without keeping them |
//! | [`compare`] | whether two values of one password are equal, asked of a phone |
//! | [`deposit`] | what a browser could not tell the daemon yet, encrypted to the daemon alone |
//! | [`field`] | a sealed field: its content key is encrypted, with its meaning, to the approver key |
//! | [`follow_up`] | the one-time code that a phone answers once without asking again, for its screen said so |
//! | [`approver`] | the approver key and how it is kept on a phone |
//! | [`record`] | what a folder key encrypts: items as stored |
//! | [`recovery`] | the recovery words and what they derive |
//! | [`request`] | what a desktop asks a phone, and what the phone answers |
//! | [`review`] | the phone's side of a request: checks, what to show, what an approval yields |
//! | [`session`] | the encrypted session between a browser profile and the daemon |
//! | [`pairing`] | adding a device by link or by six-digit code |
//!
//! Foreign bytes enter through [`envelope::Envelope::parse`], [`deposit::Deposit::from_bytes`], [`field::FieldSeal::from_bytes`], [`field::FieldCiphertext::open`],
//! [`log::Log::verify`], [`log::Entry::from_bytes`], [`request::Request::from_bytes`], [`request::SignedAsk::ask`],
//! [`request::Pending::finish`], [`session::Channel::open`], [`pairing::Link::from_fragment`], [`pairing::Link::open_hello`],
//! [`pairing::Link::open_welcome`], [`origin::Origin::parse`], [`keys::VerifyingKey::from_spki`], [`recovery::RecoveryKeys::unwrap`],
//! [`approver::WrappedSecret::open`] and [`record::RecordCiphertext::open`]; all else by [`codec::from_slice`].

pub mod approver;
mod cipher;
pub mod codec;
pub mod compare;
pub mod comparison;
pub mod context;
pub mod deposit;
pub mod envelope;
mod error;
pub mod field;
pub mod follow_up;
pub mod id;
mod kdf;
mod kem;
pub mod keys;
pub mod log;
#[cfg(feature = "native")]
pub mod native;
pub mod origin;
pub mod pairing;
pub mod record;
pub mod recovery;
pub mod request;
pub mod review;
pub mod secret;
pub mod session;
#[cfg(test)]
#[cfg(feature = "native")]
mod testing;
pub mod text;
#[cfg(test)]
#[cfg(feature = "native")]
mod vectors;
#[cfg(feature = "web")]
pub mod web;

pub use error::{Error, Result};
