//! Dependencies between our crates point down only, as ARCHITECTURE.md draws them, and every crate takes the workspace's lints.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context as _, Result};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// Who may use whom. A crate that is not here may not exist.
const ARROWS: [(&str, &[&str]); 18] = [
    ("countersign-forms", &[]),
    ("countersign-seal", &[]),
    ("countersign-vault", &["countersign-seal"]),
    ("countersign-transfer", &["countersign-vault"]),
    ("countersign-wire", &["countersign-forms", "countersign-seal", "countersign-vault"]),
    ("countersign-ui", &[]),
    ("countersign-engine", &["countersign-forms", "countersign-seal", "countersign-wire"]),
    // What the popup and the vault page share.
    ("countersign-panel", &["countersign-seal", "countersign-wire", "countersign-ui"]),
    ("countersign-popup", &["countersign-seal", "countersign-wire", "countersign-ui", "countersign-panel"]),
    ("countersign-vault-page", &["countersign-seal", "countersign-wire", "countersign-ui", "countersign-panel"]),
    ("countersign-native-host", &["countersign-wire"]),
    ("countersign-daemon", &["countersign-seal", "countersign-vault", "countersign-transfer", "countersign-wire"]),
    ("countersign-relay", &["countersign-seal", "countersign-wire"]),
    (
        "countersign-phone",
        &["countersign-seal", "countersign-vault", "countersign-transfer", "countersign-wire", "countersign-ui"],
    ),
    ("countersign-console", &["countersign-wire", "countersign-ui"]),
    ("countersign-agent", &["countersign-seal", "countersign-wire"]),
    // A test as a module for browsers.
    ("countersign-webcrypto-test", &["countersign-seal"]),
    // A tool: nothing of ours may use it, and it uses nothing of ours.
    ("xtask", &[]),
];

/// These may use everything, and only tests may use them.
const ABOVE_ALL: [&str; 2] = ["countersign", "countersign-harness"];

/// An arrow between two of our crates.
type Arrow = (String, String);

/// What is wrong with a set of crates and the arrows between them.
fn faults(crates: &BTreeSet<String>, arrows: &[Arrow]) -> Vec<String> {
    let allowed: BTreeMap<&str, &[&str]> = ARROWS.into_iter().collect();
    let unknown = crates
        .iter()
        .filter(|name| !allowed.contains_key(name.as_str()) && !ABOVE_ALL.contains(&name.as_str()))
        .map(|name| format!("{name} is not in the house"));
    let undrawn = arrows
        .iter()
        .filter(|(from, to)| {
            let may = allowed.get(from.as_str()).is_some_and(|targets| targets.contains(&to.as_str()));
            let above = ABOVE_ALL.contains(&from.as_str()) && !ABOVE_ALL.contains(&to.as_str());
            !may && !above
        })
        .map(|(from, to)| format!("{from} may not use {to}"));
    unknown.chain(undrawn).collect()
}

/// Our crates, and what they are built from. What only a crate's own tests use does not count.
fn house(metadata: &Metadata) -> (BTreeSet<String>, Vec<Arrow>) {
    let crates: BTreeSet<String> =
        metadata.workspace_packages().iter().map(|package| package.name.to_string()).collect();
    let arrows = metadata
        .workspace_packages()
        .into_iter()
        .flat_map(|package| {
            let used = package.dependencies.iter().filter(|dependency| dependency.kind != DependencyKind::Development);
            used.map(|dependency| (package.name.to_string(), dependency.name.clone())).collect::<Vec<_>>()
        })
        .filter(|(_, to)| crates.contains(to))
        .collect();
    (crates, arrows)
}

fn takes_workspace_lints(package: &Package) -> Result<bool> {
    let manifest = fs::read_to_string(&package.manifest_path).with_context(|| package.manifest_path.to_string())?;
    Ok(inherits_lints(&manifest))
}

/// Whether a Cargo.toml holds `[lints]` with `workspace = true` next.
fn inherits_lints(manifest: &str) -> bool {
    let mut lines = manifest.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.any(|line| line == "[lints]") && lines.next() == Some("workspace = true")
}

fn metadata() -> Result<Metadata> {
    Ok(MetadataCommand::new().manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).exec()?)
}

#[test]
fn arrows_point_down() -> Result<()> {
    let (crates, arrows) = house(&metadata()?);
    assert!(arrows.iter().any(|(from, to)| from == "countersign-wire" && to == "countersign-seal"), "{arrows:?}");
    assert_eq!(faults(&crates, &arrows), Vec::<String>::new());
    Ok(())
}

#[test]
fn every_crate_takes_the_lints() -> Result<()> {
    for package in metadata()?.workspace_packages() {
        assert!(takes_workspace_lints(package)?, "{} lacks `[lints] workspace = true`", package.name);
    }
    Ok(())
}

#[test]
fn an_arrow_upwards_is_a_fault() {
    let crates = ["countersign-seal", "countersign-vault"].map(str::to_owned).into();
    let arrow = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    assert_eq!(faults(&crates, &[arrow("countersign-vault", "countersign-seal")]), Vec::<String>::new());
    assert_eq!(
        faults(&crates, &[arrow("countersign-seal", "countersign-vault")]),
        ["countersign-seal may not use countersign-vault"]
    );
}

#[test]
fn a_crate_outside_the_house_is_a_fault() {
    let crates = ["countersign-utils"].map(str::to_owned).into();
    assert_eq!(faults(&crates, &[]), ["countersign-utils is not in the house"]);
}

#[test]
fn only_tests_may_use_the_harness() {
    let crates = ["countersign", "countersign-harness"].map(str::to_owned).into();
    let arrow = ("countersign".to_owned(), "countersign-harness".to_owned());
    assert_eq!(faults(&crates, &[arrow]), ["countersign may not use countersign-harness"]);
}

#[test]
fn missing_lints_are_noticed() {
    assert!(inherits_lints("[package]\nname = \"x\"\n\n[lints]\nworkspace = true\n"));
    assert!(!inherits_lints("[package]\nname = \"x\"\n"));
    assert!(!inherits_lints("[lints.rust]\nunsafe_code = \"allow\"\n"));
    assert!(!inherits_lints("[lints]\n\n[dependencies]\n"));
}
