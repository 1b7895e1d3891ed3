//! The benchmarks say what is wrong with how they are called before they measure anything.
#![allow(clippy::panic, clippy::unwrap_used, reason = "test code")]

use std::{env, fs, path::Path, process::Command};

/// Runs `npm run bench`'s program with arguments that it must refuse; returns what it says.
fn refuses(arguments: &[&str]) -> String {
    let test = env::current_exe().unwrap();
    let program = test.parent().and_then(Path::parent).unwrap().join("examples/bench");
    let output = Command::new(&program).args(arguments).output().unwrap_or_else(|error| panic!("{program:?}: {error}"));
    assert!(!output.status.success() && output.stdout.is_empty(), "{arguments:?}: {output:?}");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn another_extension_has_a_name_and_a_manifest() {
    let directory = tempfile::tempdir().unwrap();
    let shown = directory.path().display().to_string();
    assert!(refuses(&["--peer", &shown]).contains("say NAME=DIR"));
    let said = refuses(&["--peer", &format!("Other={shown}")]);
    assert!(said.contains(&format!("there is no manifest.json in {shown}")), "{said}");
    fs::write(directory.path().join("manifest.json"), "{}").unwrap();
    for taken in ["", "Countersign", "no extension"] {
        let said = refuses(&["--peer", &format!("{taken}={shown}")]);
        assert!(said.contains("give it a name of its own"), "{taken:?}: {said}");
    }
}

#[test]
fn what_cannot_be_measured_is_refused() {
    let said = refuses(&["--only", "sizes,pages"]);
    assert!(said.contains("there is no pages") && said.contains("relay"), "{said}");
    assert!(refuses(&["--samples", "0"]).contains("no samples, no measure"));
}
