//! The words: every message that is named exists, every message that exists is named, and placeholders fit.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, reason = "test code")]

use serde_json::Value;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// What plural messages end in (CLDR's categories).
const CATEGORIES: [&str; 6] = ["zero", "one", "two", "few", "many", "other"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn messages() -> Value {
    let path = root().join("extension/_locales/en/messages.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The sources that name messages.
fn sources() -> Vec<String> {
    let mut open: Vec<PathBuf> = ["wasm", "extension", "manifest"].iter().map(|folder| root().join(folder)).collect();
    let mut texts = Vec::new();
    while let Some(path) = open.pop() {
        if path.ends_with("_locales") || path.ends_with("tests") {
            continue;
        }
        if path.is_dir() {
            open.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|kind| ["rs", "js", "json", "html"].iter().any(|known| kind == *known)) {
            texts.push(fs::read_to_string(path).unwrap());
        }
    }
    texts
}

/// What stands between `start` and `end`, wherever that is.
fn between(text: &str, start: &str, end: char) -> Vec<String> {
    text.split(start).skip(1).filter_map(|rest| rest.split_once(end)).map(|(name, _)| name.to_owned()).collect()
}

/// The names of single and of plural messages.
fn named() -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut single, mut plural) = (BTreeSet::new(), BTreeSet::new());
    for text in sources() {
        single.extend(between(&text, "Msg(\"", '"').into_iter().filter(|name| !name.starts_with("@@")));
        single.extend(between(&text, "getMessage(\"", '"'));
        single.extend(between(&text, "textOf(\"", '"'));
        single.extend(
            between(&text, "__MSG_", ' ').into_iter().filter_map(|rest| Some(rest.split_once("__")?.0.to_owned())),
        );
        single.extend(
            between(&text, "__MSG_", '\n').into_iter().filter_map(|rest| Some(rest.split_once("__")?.0.to_owned())),
        );
        // The entries of the context menu, in a list.
        single.extend(between(&text, ", \"menu_", '"').into_iter().map(|rest| format!("menu_{rest}")));
        plural.extend(between(&text, "Plural(\"", '"'));
    }
    (single, plural)
}

#[test]
fn every_named_message_exists() {
    let messages = messages();
    let (single, plural) = named();
    assert!(single.len() > 100 && !plural.is_empty(), "the sources were not read");
    let others = plural.iter().map(|stem| format!("{stem}_other"));
    let missing: Vec<String> =
        single.iter().cloned().chain(others).filter(|name| messages.get(name).is_none()).collect();
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn every_message_is_named() {
    let (single, plural) = named();
    let is_named = |name: &str| {
        let stem = name.rsplit_once('_').filter(|(_, category)| CATEGORIES.contains(category)).map(|(stem, _)| stem);
        single.contains(name) || stem.is_some_and(|stem| plural.contains(stem))
    };
    let messages = messages();
    let unused: Vec<&String> = messages.as_object().unwrap().keys().filter(|name| !is_named(name)).collect();
    assert_eq!(unused, Vec::<&String>::new());
}

#[test]
fn placeholders_are_defined_and_used() {
    for (name, message) in messages().as_object().unwrap() {
        let text = message["message"].as_str().unwrap();
        let used: BTreeSet<String> = text.split('$').skip(1).step_by(2).map(str::to_lowercase).collect();
        let empty = serde_json::Map::new();
        let defined = message.get("placeholders").and_then(Value::as_object).unwrap_or(&empty);
        assert_eq!(used, defined.keys().cloned().collect(), "{name}");
        assert!(!text.trim().is_empty(), "{name}");
    }
}

#[test]
fn the_description_fits_the_stores() {
    let messages = messages();
    let description = messages["extension_description"]["message"].as_str().unwrap();
    assert!(description.chars().count() <= 132, "{description}");
}
