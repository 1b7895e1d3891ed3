//! The set-up script: quiet when nothing is missing, exact when something is.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "test code")]

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::Result;
use countersign_harness::{Home, tree};

/// The programs that the script needs for itself.
const OWN: [&str; 13] =
    ["bash", "cat", "cmp", "cp", "cut", "dirname", "env", "mkdir", "node", "npm", "rm", "sed", "touch"];
/// The programs that it looks for, but for browsers.
const WANTED: [&str; 11] = [
    "cc",
    "pkg-config",
    "dbus-run-session",
    "gnome-keyring-daemon",
    "Xvfb",
    "xdotool",
    "openbox",
    "script",
    "rustc",
    "cargo",
    "rustup",
];

fn set_up() -> Command {
    let mut command = Command::new("bash");
    command.arg(tree().join("scripts/set-up"));
    command
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// A machine with everything but browsers: a folder of links, to be the whole `PATH`.
fn machine_without_browsers(home: &Home) -> Result<PathBuf> {
    let bin = home.path().join("bin");
    fs::create_dir_all(&bin)?;
    for name in OWN.into_iter().chain(WANTED) {
        symlink(find(name), bin.join(name))?;
    }
    Ok(bin)
}

fn find(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap();
    let found = std::env::split_paths(&path).map(|dir| dir.join(name)).find(|path| path.is_file());
    found.unwrap_or_else(|| panic!("no {name} here"))
}

fn script(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text)?;
    Ok(fs::set_permissions(path, Permissions::from_mode(0o755))?)
}

#[test]
fn says_nothing_when_nothing_is_missing() -> Result<()> {
    let output = set_up().output()?;
    assert_eq!((output.status.code(), said(&output)), (Some(0), String::new()));
    Ok(())
}

#[test]
fn without_apt_it_names_what_is_missing() -> Result<()> {
    let home = Home::new()?;
    let output = set_up().env("PATH", machine_without_browsers(&home)?).output()?;
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).ends_with("set-up:   chromium firefox-esr\n"), "{}", said(&output));
    Ok(())
}

#[test]
fn without_root_it_names_the_command() -> Result<()> {
    let home = Home::new()?;
    let bin = machine_without_browsers(&home)?;
    script(&bin.join("apt-get"), "#!/bin/sh\necho called >&2\n")?;
    script(&bin.join("id"), "#!/bin/sh\necho 1000\n")?;
    let output = set_up().env("PATH", bin).output()?;
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).ends_with("  sudo apt-get install chromium firefox-esr\n"), "{}", said(&output));
    assert!(!said(&output).contains("called"));
    Ok(())
}

#[test]
#[ignore = "soak: downloads a toolchain"]
fn soak_toolchain_comes_from_nothing() -> Result<()> {
    let home = Home::new()?;
    let rustup = home.path().join("rustup");
    let output = set_up().env("RUSTUP_HOME", &rustup).env_remove("RUSTUP_TOOLCHAIN").output()?;
    assert!(output.status.success(), "{}", said(&output));
    let source = home.path().join("empty.rs");
    fs::write(&source, "#[unsafe(no_mangle)]\npub extern \"C\" fn one() -> u32 { 1 }\n")?;
    let module = home.path().join("empty.wasm");
    let compiled = Command::new("rustc")
        .current_dir(tree())
        .env("RUSTUP_HOME", &rustup)
        .env_remove("RUSTUP_TOOLCHAIN")
        .args(["--target", "wasm32-unknown-unknown", "--crate-type", "cdylib", "-o"])
        .args([&module, &source])
        .output()?;
    assert!(compiled.status.success(), "{}", said(&compiled));
    assert!(fs::read(&module)?.starts_with(b"\0asm"));
    for component in [["fmt", "--version"], ["clippy", "--version"]] {
        let found = Command::new("cargo")
            .current_dir(tree())
            .env("RUSTUP_HOME", &rustup)
            .env_remove("RUSTUP_TOOLCHAIN")
            .args(component)
            .output()?;
        assert!(found.status.success(), "{}", said(&found));
    }
    Ok(())
}
