//! What crosses parts, in real browsers with real processes.

mod harness;
mod webcrypto;
