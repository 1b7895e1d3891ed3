//! The messages of every hop, one module a hop, and their versions.
//!
//! | module | hop | encoding |
//! |---|---|---|
//! | [`native`] | extension ⇄ native host ⇄ daemon, outside the session | JSON, one native message or length-delimited frame each |
//! | [`local`] | extension ⇄ daemon, inside the session | CBOR |
//! | [`control`] | command line ⇄ daemon | CBOR inside a [`native`] packet |
//! | [`mail`] | daemon ⇄ phone, inside an envelope | CBOR |
//! | [`relay`] | any device ⇄ relay | CBOR, one WebSocket binary message each |
//! | [`page`] | probe ⇄ worker | structured clone |
//! | [`panel`] | popup, chooser, vault page ⇄ worker | structured clone |
//!
//! [`new_password`] and [`identity`] hold no messages: they turn what a page demands into what the daemon makes, and an item into what the form engine takes.
//!
//! A message that is unknown, too large or malformed gets a typed error and closes that session.

pub mod capture;
pub mod control;
pub mod correction;
pub mod device;
pub mod identity;
pub mod local;
#[cfg(feature = "socket")]
pub mod log_file;
pub mod mail;
pub mod native;
pub mod new_password;
pub mod page;
pub mod panel;
#[cfg(feature = "socket")]
pub mod process;
pub mod relay;
#[cfg(feature = "socket")]
pub mod socket;

pub use countersign_vault::{card, item, one_time_code::NextCode};

/// The version of the local protocol ([`native`], [`local`], [`control`]).
pub const LOCAL_PROTOCOL: u16 = 1;
/// The version of the relay protocol ([`relay`]).
pub const RELAY_PROTOCOL: u16 = 1;
