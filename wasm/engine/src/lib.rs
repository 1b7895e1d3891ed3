//! The extension worker's engine: all that the worker decides.
//!
//! [`Engine`] is a state machine without I/O: browsers' events go in, wishes come out. In the browser `web` carries them out, with the profile's key in WebCrypto
//! and everything else by the glue in `extension/worker.js`; in tests a script does.

mod capture;
mod chain;
mod challenge;
mod copy;
mod corrections;
mod credentials;
mod devices;
mod effect;
mod engine;
mod fill;
mod generate;
mod link;
mod menu;
mod offer;
mod pages;
mod panels;
mod press;
mod request;
mod sign_in;
mod watch;
#[cfg(target_arch = "wasm32")]
mod web;

pub use effect::{
    AuthRequired, ChallengeId, Effect, Frame, FrameId, Identity, Input, MenuEntry, Now, PanelId, Pins, PortId, ProbeId,
    ReadId, Sender, TabId,
};
pub use engine::Engine;
