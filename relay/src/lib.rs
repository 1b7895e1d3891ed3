//! The relay: what a person's devices reach each other through. It sees only ciphertext, public keys, and who writes to whom.
//!
//! One process keeps everything in one SQLite file and needs no configuration. It serves the API and, when it is given their files, the phone app and
//! the console, each on a port of its own and thus on an origin of its own.
//!
//! | module | what |
//! |---|---|
//! | [`options`] | the command line |
//! | [`serve`] | listeners, TLS, origins, headers |
//! | `socket` | one WebSocket connection, from challenge to last delivery |
//! | `hub` | which devices are connected here, and open pairing slots |
//! | `store` | the SQLite file |
//! | `writer` | what is written to it for one device after the other, written together |

mod error;
mod hub;
mod login;
mod logs;
pub mod options;
pub mod serve;
mod slots;
mod socket;
mod store;
mod tls;
mod writer;

pub use error::{Error, Result};
