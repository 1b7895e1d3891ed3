//! What crosses parts, in real browsers with real processes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "test code")]

// Tests start in the order of their names, so the longest are in these three: at the end there is little to wait for.
mod asked_in_vain;
mod bad_days;
mod by_turns;

mod cards;
mod chooser_timing;
mod codes;
mod command;
mod copies;
mod corrections;
mod covers;
mod demo;
mod devices;
mod diagnose;
mod documents;
mod extension;
mod fill;
mod formats;
mod frameworks;
mod generator;
mod ground;
mod harness;
mod heavy;
mod hostile_chooser;
mod hostile_fields;
mod hostile_globals;
mod hostile_sites;
mod http_authentication;
#[allow(dead_code, reason = "the form suite uses more of it")]
#[path = "../form_suite/labels.rs"]
mod labels;
mod new_passwords;
mod odd_forms;
mod phone;
mod private;
mod rig;
mod saving;
mod screens;
mod shortcut;
mod spine;
mod submit;
mod suite;
mod thief;
mod two_steps;
mod vault;
mod webcrypto;
