//! Drives real browsers, servers and processes for tests.
//!
//! Chromium is driven over the DevTools protocol and Firefox over WebDriver BiDi, with no driver program in between. Everything lives in a
//! [`Home`] of its own, is bounded in time, and ends with its test.
//!
//! A test that opens an extension page in both browsers, and one that fills in a form of a site:
//!
//! ```no_run
//! use countersign_harness::{Answer, Browser, Home, Kind, Options, PATIENCE, Site, packaged_extension};
//!
//! # async fn example() -> anyhow::Result<()> {
//! for kind in Kind::ALL {
//!     let home = Home::new()?;
//!     let site = Site::start().await?;
//!     site.put("/login", Answer::html("<form method=post action=/in><input name=user><button>Go</button></form>")
//!         .header("content-security-policy", "default-src 'none'; form-action 'self'"));
//!
//!     let options = Options::default().extension(packaged_extension(kind));
//!     let browser = Browser::launch(kind, &home, options).await?;
//!     let popup = browser.open(&browser.extension_url("popup.html")).await?;
//!     popup.wait_for("document.title").await?;
//!
//!     let page = browser.open(&site.url("/login")).await?;
//!     page.fill_in("input[name=user]", "ada").await?;
//!     page.press("Enter").await?;
//!     let sent = site.wait_for_submission("/in", PATIENCE).await?;
//!     assert_eq!(sent.fields["user"], "ada");
//!
//!     // The chooser is an iframe of the extension in a closed shadow root: it is a frame like any other.
//!     let chooser = browser.wait_for_frame("chooser.html").await?;
//!     chooser.click("button").await?;
//!     browser.stop_worker().await?;
//!     popup.screenshot(std::path::Path::new("target/popup.png")).await?;
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Tests need `#[tokio::test(flavor = "multi_thread")]`: dropping a [`Process`] waits for it.
//!
//! Processes: `Program::new(binary("countersign")?).args(["up"]).home(&home).envs(keyring.environment()).spawn()?`, then
//! [`Process::wait_for_line`], [`Process::kill`], [`Process::restart`]. A [`Keyring`] is a private session bus with an unlocked
//! gnome-keyring; a [`Display`] is an Xvfb screen for real keys (`xdotool`).
#![allow(clippy::missing_panics_doc, reason = "test code")]

mod archive;
mod browser;
mod chromium;
pub mod demo_site;
mod display;
mod firefox;
mod home;
mod host;
mod keyring;
mod keys;
mod pauses;
mod ports;
mod process;
mod rpc;
mod site;
pub mod spine;

#[path = "../../../manifest/render.rs"]
#[allow(dead_code, reason = "the extension manifest is the package's")]
mod render;

pub use archive::{packaged_archive, read_archive, unpack};
pub use browser::{Browser, ConsoleMessage, Frame, Kind, Options, PATIENCE};
pub use display::Display;
pub use home::Home;
pub use host::{binary, packaged_extension, tree};
pub use keyring::Keyring;
pub use ports::free_port;
pub use process::{Ground, Output, Process, Program, was_killed};
pub use site::{Answer, AuthScheme, Guard, Knock, Site, Submission};
