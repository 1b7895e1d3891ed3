//! The daemon as its neighbours see it: over the real socket, with a browser and a phone whose keys are native, through a real relay.
#![cfg(unix)]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "test code")]

mod browser;
mod captures;
mod chance;
mod codes;
mod corrections;
mod desk;
mod devices;
mod expiry;
mod hostile;
mod kill;
mod phone;
#[cfg(target_os = "linux")]
mod process;
#[cfg(target_os = "linux")]
mod robust;
mod simulation;
mod thief;
mod tls;
mod with_phone;
mod without_phone;
