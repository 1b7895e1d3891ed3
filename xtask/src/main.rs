//! Builds the WebAssembly modules and the browser packages, and runs the project's checks.
//!
//! `npm run build`, `npm test` and the others call this after `scripts/set-up`; `cargo xtask <command>` does the same without it.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a developer's tool speaks on its terminal")]

mod addons;
mod archive;
mod browsers;
mod cargo;
mod checks;
mod icons;
mod notices;
mod package;
#[cfg(test)]
mod permissions;
mod tests;
mod tree;
mod wasm;

#[path = "../../manifest/render.rs"]
#[allow(dead_code, reason = "the host manifests are the root package's")]
mod render;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::wasm::Part;

/// Builds, packages, checks and demonstrates Countersign.
#[derive(Parser)]
#[command(name = "xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Everything: WebAssembly, browser packages, phone app, notices, native binaries
    Build,
    /// Only the WebAssembly modules, into target/wasm
    Wasm { part: Option<Part> },
    /// Browser packages (dist/chrome, dist/firefox, dist/edge, and as one file each) and the phone app (dist/phone)
    Package { part: Option<Part> },
    /// Format, lint, licence and dependency checks
    Lint,
    /// Formats every file
    Format,
    /// Quick checks, then every test in real browsers; further arguments go to `cargo test`
    Test(Rest),
    /// Benchmarks; further arguments go to the benchmark
    Bench(Rest),
    /// The demo: what the README's first command shows
    Demo(Rest),
    /// Long fuzz, simulation and kill runs
    Soak(Rest),
    /// Sabotages the product line by line, and expects a named test to notice each (tests/mutants)
    Mutants(Rest),
}

#[derive(clap::Args)]
struct Rest {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

fn main() -> ExitCode {
    match run(Arguments::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Build => build(),
        Command::Wasm { part } => wasm::build(part).map(drop),
        Command::Package { part } => package::build(part),
        Command::Lint => checks::lint(),
        Command::Format => checks::format(),
        Command::Test(rest) => tests::run(&rest.arguments),
        Command::Bench(rest) => run_program("bench", "release", &rest.arguments),
        Command::Demo(rest) => run_program("demo", "debug", &rest.arguments),
        Command::Soak(rest) => tests::soak(&rest.arguments),
        Command::Mutants(rest) => tests::mutants(&rest.arguments),
    }
}

/// Browser packages, phone app, notices and native binaries.
fn build() -> Result<()> {
    package::build(None)?;
    notices::write()?;
    native("release", &[])
}

/// Builds what a program needs, and runs it: an example of the root package.
fn run_program(name: &str, profile: &str, arguments: &[String]) -> Result<()> {
    package::build(None)?;
    native(profile, &["--example", name])?;
    // Not by `cargo run`, which would look at the root package alone and compile for other features what is compiled now.
    let program = tree::target().join(profile).join("examples").join(name);
    cargo::run_command(std::process::Command::new(program).current_dir(tree::root()).args(arguments))
}

/// The native binaries. People install releases; what starts here and is thrown away need not be optimised.
fn native(profile: &str, more: &[&str]) -> Result<()> {
    let mut arguments = vec!["build", "--workspace", "--bins"];
    if profile == "release" {
        // This tool is no part of a release.
        arguments.extend(["--release", "--exclude", "xtask"]);
    }
    arguments.extend(more);
    cargo::run(&arguments)
}
