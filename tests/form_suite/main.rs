//! The form suite: what the engine says of the pages in `tests/forms`, against their labels.
//!
//! `cargo test -p countersign --test form_suite -- --nocapture scores` prints the scores of `docs/accuracy.md`, with every error.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "test code"
)]

/// The browser that `countersign inspect --browser` uses.
#[allow(dead_code, reason = "inspect says what its errors hold")]
#[path = "../../src/inspect/browser/mod.rs"]
mod browser;
mod labels;
mod layout;
mod names;
/// The reader that `countersign inspect` uses.
#[allow(dead_code, reason = "inspect uses more of it")]
#[path = "../../src/inspect/page/mod.rs"]
mod page;
mod pages;
mod reliability;
mod scores;
mod shingles;
