//! The benchmarks: `npm run bench`. Real browsers and processes, release builds, packages as shipped.
//!
//! Prints a line a measure, with its bound beside it, and writes all of them as JSON to `target/bench/`. A bound that is missed is said, not failed: it ends
//! with an error only if something cannot be measured.
#![allow(clippy::print_stdout, reason = "a benchmark speaks on its terminal")]

mod clock;
mod daemon;
mod fill;
mod focus;
mod forms;
mod lookup;
mod page;
mod relay;
mod report;
mod sizes;

use std::path::PathBuf;

use anyhow::{Context as _, Result, bail, ensure};
use clap::Parser;

use crate::report::Report;

/// The samples of a timed row, at least.
const SAMPLES: usize = 200;

/// Measures what the design sets bounds for.
#[derive(Parser)]
struct Arguments {
    /// Only these: sizes, forms, page, focus, lookup, fill, daemon, relay
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Compare page cost with another unpacked extension
    #[arg(long, value_name = "NAME=DIR", value_parser = peer)]
    peer: Vec<Peer>,
    /// Samples of a timed row
    #[arg(long, default_value_t = SAMPLES)]
    samples: usize,
    /// Sockets that the relay holds open
    #[arg(long, default_value_t = 10_000)]
    sockets: usize,
}

/// An unpacked extension to compare with.
#[derive(Clone, Debug)]
struct Peer {
    name: String,
    dir: PathBuf,
}

fn peer(text: &str) -> Result<Peer> {
    let (name, dir) = text.split_once('=').context("say NAME=DIR")?;
    let dir = PathBuf::from(dir);
    ensure!(dir.join("manifest.json").is_file(), "there is no manifest.json in {}", dir.display());
    ensure!(!name.is_empty() && !page::NAMES.contains(&name), "give it a name of its own, not {name:?}");
    // A browser starts elsewhere.
    Ok(Peer { name: name.to_owned(), dir: dir.canonicalize()? })
}

/// The groups of rows, in the order they are measured.
const GROUPS: [&str; 8] = ["sizes", "forms", "page", "focus", "lookup", "fill", "daemon", "relay"];

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    if let Some(unknown) = arguments.only.iter().find(|name| !GROUPS.contains(&name.as_str())) {
        bail!("there is no {unknown}: say one of {}", GROUPS.join(", "));
    }
    ensure!(arguments.samples > 0, "no samples, no measure");
    if cfg!(debug_assertions) {
        println!("This is a debug build: its numbers mean nothing. `npm run bench` builds for release.");
    }
    let mut report = Report::begin()?;
    for group in GROUPS {
        if arguments.only.is_empty() || arguments.only.iter().any(|name| name == group) {
            report.group(group);
            measure(group, &arguments, &mut report).await.with_context(|| format!("cannot measure {group}"))?;
        }
    }
    report.end()
}

async fn measure(group: &str, arguments: &Arguments, report: &mut Report) -> Result<()> {
    let samples = arguments.samples;
    match group {
        "sizes" => sizes::measure(report),
        "forms" => forms::measure(samples, report).await,
        "page" => page::measure(samples, &arguments.peer, report).await,
        "focus" => focus::measure(samples, report).await,
        "lookup" => lookup::measure(samples, report).await,
        "fill" => fill::measure(samples, report).await,
        "daemon" => daemon::measure(samples, report).await,
        _ => relay::measure(arguments.sockets, samples, report).await,
    }
}
