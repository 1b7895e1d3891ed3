//! What crosses parts, in real browsers with real processes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "test code")]

mod cards;
mod chooser_timing;
mod codes;
mod command;
mod corrections;
mod covers;
mod demo;
mod devices;
mod diagnose;
mod documents;
mod expiry;
mod extension;
mod fill;
mod frameworks;
mod ground;
mod harness;
mod heavy;
mod hostile_chooser;
mod hostile_fields;
mod hostile_globals;
mod hostile_sites;
mod in_turn;
mod new_passwords;
mod phone;
mod rig;
mod robust;
mod screens;
mod shortcut;
mod spine;
mod thief;
mod two_steps;
mod vault;
mod webcrypto;
