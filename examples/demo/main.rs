//! The demo: `npm start`. A login, a card and a one-time code, each filled into a real page in a real browser after an approval on the phone; on real local processes.
//!
//! With a display it opens the browser with the extension, the demo site, and the phone app in a second window, and says what to click. Without one, or with
//! `--script`, it does everything itself in headless browsers, prints a line a step with its milliseconds, saves screenshots under `target/demo/`,
//! and exits 0 only if the site received the right values.
#![allow(clippy::print_stdout, reason = "a demo speaks on its terminal")]

mod acts;
mod guided;
mod scripted;

use std::time::Instant;

use anyhow::{Result, bail};
use clap::Parser;
use countersign_harness::Kind;

/// Shows forms being filled after an approval on the phone.
#[derive(Parser)]
struct Arguments {
    /// chromium or firefox
    #[arg(long, default_value = "chromium")]
    browser: String,
    /// Do everything by script, also where there is a display
    #[arg(long)]
    script: bool,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let kind = match arguments.browser.as_str() {
        "chromium" => Kind::Chromium,
        "firefox" => Kind::Firefox,
        other => bail!("there is no browser {other}: say chromium or firefox"),
    };
    match std::env::var("DISPLAY") {
        Ok(display) if !arguments.script && !display.is_empty() => guided::run(kind, &display).await,
        _ => scripted::run(kind).await,
    }
}

/// Prints each step with what it took.
struct Steps {
    begun: Instant,
    last: Instant,
}

impl Steps {
    fn begin() -> Self {
        let now = Instant::now();
        Self { begun: now, last: now }
    }

    fn done(&mut self, what: &str) {
        println!("{:>7} ms  {what}", self.last.elapsed().as_millis());
        self.last = Instant::now();
    }

    fn end(&self) {
        println!("{:>7} ms  in all", self.begun.elapsed().as_millis());
    }
}
