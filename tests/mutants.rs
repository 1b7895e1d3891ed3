//! The list of sabotages (`tests/mutants`) fits the product: every line stands where it says, and every test exists. Whether each is noticed is for
//! `npm run mutants` to say.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

use std::{collections::BTreeSet, fs, path::Path};

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mutant {
    name: String,
    what: String,
    file: String,
    line: String,
    becomes: String,
    test: Test,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Test {
    package: String,
    target: String,
    name: String,
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path))
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn mutants() -> Vec<Mutant> {
    serde_json::from_str(&read("tests/mutants/mutants.json")).unwrap()
}

#[test]
fn every_line_stands_where_the_list_says() {
    for Mutant { name, what, file, line, becomes, .. } in mutants() {
        assert_eq!(read(&file).matches(&line).count(), 1, "{name}: its line in {file}");
        assert!(line != becomes && !what.is_empty(), "{name}");
    }
}

#[test]
fn there_are_ten_and_each_is_another() {
    let mutants = mutants();
    assert!(mutants.len() >= 10);
    let names: BTreeSet<_> = mutants.iter().map(|mutant| &mutant.name).collect();
    assert_eq!(names.len(), mutants.len(), "a name stands twice");
    let tests: BTreeSet<_> = mutants.iter().map(|mutant| &mutant.test.name).collect();
    assert!(tests.len() >= 10, "one test notices too much to say what was done");
}

#[test]
fn every_test_exists() {
    for Mutant { name, test, .. } in mutants() {
        let Test { package, target, name: whole } = test;
        let (module, function) = whole.rsplit_once("::").unwrap_or(("", &whole));
        let module = module.trim_end_matches("tests").trim_end_matches("::").replace("::", "/");
        let folder = match package.strip_prefix("countersign-") {
            Some("engine") => "wasm/engine",
            Some(folder) => folder,
            None => ".",
        };
        let tests = if target == "lib" { "src".to_owned() } else { format!("tests/{target}") };
        let candidates = [
            format!("{folder}/{tests}.rs"),
            format!("{folder}/{tests}/{module}.rs"),
            format!("{folder}/{tests}/{module}/mod.rs"),
            format!("{folder}/{tests}/{module}/tests.rs"),
        ];
        let declares = |path: &String| {
            fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path))
                .is_ok_and(|source| source.contains(&format!("fn {function}(")))
        };
        assert!(candidates.iter().any(declares), "{name}: there is no test {whole} in {candidates:?}");
    }
}
