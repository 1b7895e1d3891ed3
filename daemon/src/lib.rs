//! The desktop daemon: it holds the vault, talks to browsers and the command line over a local socket, and to phones through a relay.
//!
//! | module | what |
//! |---|---|
//! | [`server`], `connection` | the local socket, and one connection on it |
//! | [`door`] | the local socket while the store cannot be opened |
//! | `browser`, `command` | what a browser, and what the command line, may ask |
//! | [`daemon`] | the state, and how it is unlocked and locked |
//! | `asking`, `requests`, `mute` | requests: from a signed ask to the values |
//! | `pairing` | adding a browser by code, a phone by link |
//! | `mail`, `replay`, [`relay`] | envelopes, the device log's copy, the WebSocket |
//! | [`store`], [`unlock`], [`sites`] | the vault on disk, what opens it, and where an item may be used |

mod asking;
mod browser;
mod captures;
mod clock;
mod command;
mod connection;
mod corrections;
pub mod daemon;
pub mod door;
mod extension;
mod fault;
mod mail;
mod mute;
mod notice;
pub mod options;
mod paging;
mod pairing;
pub mod process;
pub mod relay;
mod replay;
mod requests;
pub mod server;
pub mod sites;
pub mod store;
pub mod unlock;
