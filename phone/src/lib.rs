//! The phone app: an installable web app that holds the approver key.
//!
//! | module | what |
//! |---|---|
//! | [`app`] | the state machine: pairing, first run, lock, requests. No I/O: inputs in, effects and a [`screen::View`] out |
//! | [`platform`] | what the machine needs of the browser: keys and a store |
//! | [`record`] | what is kept between visits |
//! | [`screen`] | what is to be seen, without words |
//! | [`pin`], [`replay`], [`caution`], [`activity`] | the PIN's rules and attempts, received messages, mute and back-off, the list of past answers |
//! | [`text`] | the words, from Fluent files |
//! | [`view`] | Leptos views of [`screen`] |
//! | [`web`] | IndexedDB, WebCrypto, WebSocket and the loop that drives the machine |

pub mod activity;
pub mod app;
pub mod caution;
pub mod pin;
pub mod platform;
pub mod record;
pub mod replay;
pub mod screen;
pub mod text;
pub mod view;
pub mod web;
