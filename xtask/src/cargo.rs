//! Calls cargo: the running one for this machine, and whichever can build for WebAssembly.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::tree;

/// The target of every module.
pub(crate) const WASM_TARGET: &str = "wasm32-unknown-unknown";
/// The profile of every module that ships.
pub(crate) const WASM_PROFILE: &str = "wasm-release";

/// Runs cargo in the work tree; fails if it does.
pub(crate) fn run(arguments: &[&str]) -> Result<()> {
    run_command(command().args(arguments))
}

/// Cargo, to be run in the work tree.
pub(crate) fn command() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(tree::root());
    command
}

/// Runs any command; fails with its name if it does.
pub(crate) fn run_command(command: &mut Command) -> Result<()> {
    let shown = format!("{command:?}");
    let status = command.status().with_context(|| format!("cannot start {shown}"))?;
    if !status.success() {
        bail!("failed ({status}): {shown}");
    }
    Ok(())
}

/// Builds `packages` for WebAssembly and returns the folder with the raw modules.
pub(crate) fn build_wasm(packages: &[&str]) -> Result<PathBuf> {
    let (mut command, out) = wasm_builder()?;
    command.args(["--target", WASM_TARGET, "--profile", WASM_PROFILE, "--lib"]);
    for package in packages {
        command.args(["--package", package]);
    }
    run_command(&mut command)?;
    Ok(out.join(WASM_TARGET).join(WASM_PROFILE))
}

fn wasm_builder() -> Result<(Command, PathBuf)> {
    let sysroot = sysroot()?;
    let debian = std::env::var_os("COUNTERSIGN_WASM_COMPILER").is_some_and(|which| which == "debian");
    let mut builder = if !debian && sysroot.join("lib/rustlib").join(WASM_TARGET).join("lib").is_dir() {
        let mut command = command();
        command.arg("build");
        (command, tree::target())
    } else {
        debian_builder(&sysroot)?
    };
    // Panic messages hold source paths: keep this machine's out of what ships.
    let flags = remap_flags();
    builder.0.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS", flags);
    Ok(builder)
}

/// Debian's compiler with the standard library's source, where no toolchain server offers the target (or, to try it, with
/// `COUNTERSIGN_WASM_COMPILER=debian`). It links with the rustup toolchain's
/// `rust-lld`, and needs a target folder of its own since its version differs.
fn debian_builder(sysroot: &Path) -> Result<(Command, PathBuf)> {
    let (rustc, cargo) = (Path::new("/usr/bin/rustc"), Path::new("/usr/bin/cargo"));
    if !(rustc.is_file() && cargo.is_file()) {
        bail!("the target {WASM_TARGET} is missing: run scripts/set-up");
    }
    let host = sysroot.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let triple = host.split_once('-').map_or("x86_64-unknown-linux-gnu", |(_, triple)| triple);
    let out = tree::target().join("debian");
    let mut command = Command::new(cargo);
    command
        .current_dir(tree::root())
        .args(["build", "-Z", "build-std=std,panic_abort"])
        .env("RUSTC", rustc)
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_DIR", &out)
        .env(
            "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER",
            sysroot.join("lib/rustlib").join(triple).join("bin/rust-lld"),
        );
    Ok((command, out))
}

fn sysroot() -> Result<PathBuf> {
    let output = Command::new("rustc").args(["--print", "sysroot"]).current_dir(tree::root()).output()?;
    Ok(PathBuf::from(String::from_utf8(output.stdout)?.trim()))
}

fn remap_flags() -> String {
    let home = std::env::var("CARGO_HOME")
        .or_else(|_| std::env::var("HOME").map(|home| format!("{home}/.cargo")))
        .unwrap_or_default();
    let root = tree::root().display();
    let mut flags = format!("--remap-path-prefix={root}=countersign");
    if !home.is_empty() {
        flags.push_str(&format!(" --remap-path-prefix={home}=cargo"));
    }
    flags
}
