//! What crosses parts, in real browsers with real processes.

mod extension;
mod fill;
mod harness;
mod phone;
mod spine;
mod webcrypto;
