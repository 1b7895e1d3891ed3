//! Checks that read the sources and run none of them.

use std::process::Command;

use anyhow::{Result, bail};

use crate::cargo::{self, WASM_TARGET};
use crate::{addons, tree, wasm};

/// A named check.
pub(crate) type Check = (&'static str, fn() -> Result<()>);

/// Those that take seconds: `npm test` runs them too.
pub(crate) const QUICK: [Check; 4] = [
    ("rustfmt", || cargo::run(&["fmt", "--all", "--check"])),
    ("cargo deny", deny),
    ("eslint", || npm("eslint", &["--max-warnings", "0", "."])),
    ("prettier", || npm("prettier", &["--check", "--log-level", "warn", "."])),
];

const SLOW: [Check; 3] = [("clippy", clippy), ("clippy for WebAssembly", clippy_wasm), ("addons-linter", addons::lint)];

/// Those that need the packages, which `npm test` has built by then.
pub(crate) const BUILT: [Check; 1] = [("addons-linter", addons::lint_built)];

/// Runs every check, tells which failed, and fails if one did.
pub(crate) fn lint() -> Result<()> {
    let failed = QUICK.iter().chain(&SLOW).filter(|check| !passes(check)).count();
    if failed > 0 {
        bail!("{failed} checks failed");
    }
    Ok(())
}

/// Runs one check and says how it went.
pub(crate) fn passes((name, check): &Check) -> bool {
    match check() {
        Ok(()) => {
            println!("check {name} ... ok");
            true
        }
        Err(error) => {
            println!("check {name} ... FAILED\n  {error:#}");
            false
        }
    }
}

/// Formats every file.
pub(crate) fn format() -> Result<()> {
    cargo::run(&["fmt", "--all"])?;
    npm("prettier", &["--write", "--log-level", "warn", "."])
}

fn deny() -> Result<()> {
    let program = tree::root().join("target/tools/bin/cargo-deny");
    cargo::run_command(Command::new(program).current_dir(tree::root()).args([
        "--log-level",
        "error",
        "check",
        "--hide-inclusion-graph",
        "bans",
        "licenses",
        "sources",
    ]))
}

fn clippy() -> Result<()> {
    cargo::run(&["clippy", "--quiet", "--workspace", "--all-targets", "--", "--deny", "warnings"])
}

fn clippy_wasm() -> Result<()> {
    let mut arguments = vec!["clippy", "--quiet", "--target", WASM_TARGET];
    for package in wasm::packages() {
        arguments.extend(["--package", package]);
    }
    arguments.extend(["--", "--deny", "warnings"]);
    cargo::run(&arguments)
}

fn npm(program: &str, arguments: &[&str]) -> Result<()> {
    cargo::run_command(Command::new(tree::npm_program(program)).current_dir(tree::root()).args(arguments))
}
