//! `docs/errors.md` has everything that tells a user that something does not work, in the words that the user reads, and what to do about it; and nothing else.
//!
//! A message that was added or changed fails this, with the row that belongs there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "test code")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// What a message says, and what its remedy says where that is a text of its own.
type Said = (String, Option<String>);

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// Messages and attributes (`message.attribute`) of a Fluent file, each in one line.
fn fluent(path: &str) -> BTreeMap<String, String> {
    let mut messages: BTreeMap<String, String> = BTreeMap::new();
    let (mut message, mut current) = (String::new(), String::new());
    for line in read(path).lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty()) {
        let (name, text) = match line.split_once(" =") {
            Some((name, text)) if !line.starts_with(' ') => {
                message = name.to_owned();
                (Some(message.clone()), text)
            }
            Some((name, text)) if name.trim_start().starts_with('.') => {
                (Some(format!("{message}{}", name.trim_start())), text)
            }
            _ => (None, line),
        };
        current = name.unwrap_or(current);
        let entry = messages.entry(current.clone()).or_default();
        *entry = format!("{entry} {}", text.trim()).trim().to_owned();
    }
    messages.into_iter().map(|(name, text)| (name, named(&text, "{ $", " }"))).collect()
}

/// Messages of the extension.
fn extension() -> BTreeMap<String, String> {
    let file: serde_json::Value = serde_json::from_str(&read("extension/_locales/en/messages.json")).unwrap();
    let text = |entry: &serde_json::Value| named(entry["message"].as_str().unwrap(), "$", "$");
    file.as_object().unwrap().iter().map(|(name, entry)| (name.clone(), text(entry))).collect()
}

/// What is put in later, by its name.
fn named(text: &str, open: &str, close: &str) -> String {
    let mut shown = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(open) {
        let Some((name, more)) = after.split_once(close) else { break };
        shown.push_str(&format!("{before}*{}*", name.to_lowercase()));
        rest = more;
    }
    shown + rest
}

/// What the command says went wrong, beside the codes.
fn of_the_command() -> BTreeMap<String, Said> {
    let all = fluent("src/locales/en/main.ftl");
    let is_error = |name: &&String| name.starts_with("error-") && !name.contains('.') && *name != "error-remedy";
    let with_remedy = |name: &String| (name.clone(), (all[name].clone(), all.get(&format!("{name}.remedy")).cloned()));
    all.keys().filter(is_error).map(with_remedy).collect()
}

/// What the extension says, beside the codes: all that has a remedy, and what says it in one.
fn of_the_extension() -> BTreeMap<String, Said> {
    let all = extension();
    let remedy = |name: &str| all.get(&format!("{name}_remedy")).cloned();
    let in_one = ["load_failed", "refusal_refused", "request_cancelled"];
    let no_error = ["request_asked", "request_confirm_here", "vault_empty", "corrections_empty", "waiting_change"];
    let is_error = |name: &&String| {
        !name.starts_with("fault_")
            && !no_error.contains(&name.as_str())
            && (remedy(name).is_some() || name.starts_with("error_") || in_one.contains(&name.as_str()))
    };
    all.keys().filter(is_error).map(|name| (name.clone(), (all[name].clone(), remedy(name)))).collect()
}

/// What the phone app says.
fn of_the_phone() -> BTreeMap<String, Said> {
    let all = fluent("phone/locales/en/phone.ftl");
    let remedy = |name: &str| {
        let text = name.strip_suffix("-title").and_then(|name| all.get(&format!("{name}-text")).cloned());
        all.get(&format!("{name}-remedy")).cloned().or(text)
    };
    let titles = ["dismissed-", "elsewhere-title", "other-title", "stopped-"];
    let texts = ["broken-", "pairing-fault-", "pin-fault-", "request-failed", "warning-"];
    let starts = |name: &str, with: &[&str]| with.iter().any(|start| name.starts_with(start));
    let is_error = |name: &&String| {
        (starts(name, &titles) && name.ends_with("-title"))
            || (starts(name, &texts) && !name.ends_with("-remedy") && *name != "broken-title")
    };
    all.keys().filter(is_error).map(|name| (name.clone(), (all[name].clone(), remedy(name)))).collect()
}

/// The rows of a section: what is said, what to do, and the message's name.
fn rows(section: &str) -> BTreeMap<String, [String; 2]> {
    let page = read("docs/errors.md");
    let (_, rest) = page.split_once(&format!("\n## {section}\n")).unwrap_or_else(|| panic!("no section {section}"));
    let table = rest.split("\n## ").next().unwrap().lines().filter(|line| line.starts_with("| ")).skip(1);
    table
        .map(|row| {
            let cells: Vec<&str> = row.trim_matches('|').split(" | ").map(str::trim).collect();
            let [what, remedy, name] = cells[..] else { panic!("{row}") };
            (name.trim_matches('`').to_owned(), [what.to_owned(), remedy.to_owned()])
        })
        .collect()
}

fn holds(section: &str, said: &BTreeMap<String, Said>) {
    assert!(said.len() > 10, "{section}: {}", said.len());
    let rows = rows(section);
    let mut faults = Vec::new();
    for (name, (what, remedy)) in said {
        let fits = rows.get(name).is_some_and(|[shown, todo]| {
            shown == what && todo.starts_with(remedy.as_deref().unwrap_or_default()) && !todo.is_empty()
        });
        if !fits {
            faults.push(format!("| {what} | {} | `{name}` |", remedy.as_deref().unwrap_or("…")));
        }
    }
    let gone = rows.keys().filter(|name| !said.contains_key(*name)).map(|name| format!("nothing says `{name}`"));
    faults.extend(gone);
    assert!(faults.is_empty(), "docs/errors.md, {section}:\n{}", faults.join("\n"));
}

#[test]
fn the_command_is_explained() {
    holds("What the command says", &of_the_command());
}

#[test]
fn the_extension_is_explained() {
    holds("What the extension says", &of_the_extension());
}

#[test]
fn the_phone_is_explained() {
    holds("What the phone says", &of_the_phone());
}

/// Codes have the first table; the extension says each in a message that is named for it.
#[test]
fn every_code_that_the_extension_tells_has_a_row() {
    let page = read("docs/errors.md");
    let (first, _) = page.split_once("\n## ").unwrap();
    let codes: BTreeSet<&str> = first.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    let all = extension();
    let told = all.keys().filter(|name| !name.ends_with("_remedy")).filter_map(|name| name.strip_prefix("fault_"));
    let missing: Vec<_> =
        told.map(|name| name.replace('_', "-")).filter(|code| !codes.contains(code.as_str())).collect();
    assert!(missing.is_empty() && codes.len() > 20, "{missing:?}");
}

#[test]
fn what_is_put_in_later_is_shown_by_its_name() {
    assert_eq!(named("{ $file } of { $MOST } MiB", "{ $", " }"), "*file* of *most* MiB");
    assert_eq!(named("wait $TIME$, or pay $5", "$", "$"), "wait *time*, or pay $5");
}
