//! The manifest asks for what the extension uses, and for nothing else; `docs/store.md` and `manifest/README.md` say why, each.

use std::collections::BTreeSet;
use std::fs;

use crate::render::{Browser, Sources};
use crate::tree;

/// What gives each permission its use: where it stands in the extension's JavaScript.
const USES: [(&str, &str); 6] = [
    ("contextMenus", "chrome.contextMenus."),
    ("nativeMessaging", "chrome.runtime.connectNative("),
    ("scripting", "chrome.scripting."),
    ("webNavigation", "chrome.webNavigation."),
    ("webRequest", "chrome.webRequest."),
    ("webRequestAuthProvider", "chrome.webRequest.onAuthRequired."),
];
/// What every extension may use.
const FREE: [&str; 7] = ["action", "commands", "dom", "i18n", "runtime", "tabs", "windows"];

fn asked() -> BTreeSet<String> {
    let sources = Sources::read(&tree::root().join("manifest")).unwrap();
    let all = Browser::ALL.map(|browser| {
        let manifest = sources.extension(browser, "1.0.0");
        assert_eq!(manifest["host_permissions"], serde_json::json!(["<all_urls>"]));
        for name in ["optional_permissions", "optional_host_permissions"] {
            assert!(manifest[name].is_null(), "{} asks for {name}", browser.name());
        }
        let asked = manifest["permissions"].as_array().unwrap().iter();
        asked.map(|permission| permission.as_str().unwrap().to_owned()).collect::<BTreeSet<_>>()
    });
    assert!(all.iter().all(|asked| *asked == all[0]), "{all:?}");
    all[0].clone()
}

fn scripts() -> String {
    let folder = tree::root().join("extension");
    let files = tree::files(&folder).unwrap().into_iter();
    let scripts = files.filter(|path| path.to_string_lossy().ends_with(".js"));
    scripts.map(|path| fs::read_to_string(folder.join(path)).unwrap()).collect::<Vec<_>>().join("\n")
}

/// What Firefox's manifest says that leaves the browser.
fn data() -> BTreeSet<String> {
    let manifest = Sources::read(&tree::root().join("manifest")).unwrap().extension(Browser::Firefox, "1.0.0");
    let data = &manifest["browser_specific_settings"]["gecko"]["data_collection_permissions"];
    assert!(data["optional"].is_null(), "{data}");
    data["required"].as_array().unwrap().iter().map(|kind| kind.as_str().unwrap().to_owned()).collect()
}

/// The permissions that a table in a document names, and whether it has a row for the access to sites.
fn explained(document: &str) -> (BTreeSet<String>, bool) {
    let first = first_column(document, "| permission |");
    (named(&first), first.iter().any(|cell| cell.ends_with("access to all sites")))
}

/// The first cells of the table that begins so.
fn first_column(document: &str, head: &str) -> Vec<String> {
    let text = fs::read_to_string(tree::root().join(document)).unwrap();
    let (_, table) = text.split_once(head).unwrap();
    let rows = table.lines().skip(1).take_while(|line| line.starts_with('|'));
    rows.filter_map(|row| Some(row.split('|').nth(1)?.trim().to_owned())).collect()
}

fn named(cells: &[String]) -> BTreeSet<String> {
    cells.iter().filter_map(|cell| cell.strip_prefix('`')?.strip_suffix('`')).map(str::to_owned).collect()
}

#[test]
fn every_permission_has_its_use() {
    let scripts = scripts();
    let used = USES.iter().filter(|(_, at)| scripts.contains(at)).map(|(name, _)| (*name).to_owned());
    assert_eq!(asked(), used.collect());
}

#[test]
fn nothing_is_used_that_was_not_asked_for() {
    let scripts = scripts();
    let word =
        |rest: &str| rest.split(|letter: char| !letter.is_ascii_alphanumeric()).next().unwrap_or_default().to_owned();
    let used: BTreeSet<String> =
        scripts.match_indices("chrome.").map(|(at, found)| word(&scripts[at + found.len()..])).collect();
    assert!(used.contains("runtime"), "{used:?}");
    let asked = asked();
    let strange: Vec<_> = used.iter().filter(|name| !FREE.contains(&name.as_str()) && !asked.contains(*name)).collect();
    assert!(strange.is_empty(), "{strange:?}");
}

#[test]
fn every_permission_is_explained() {
    for document in ["docs/store.md", "manifest/README.md"] {
        assert_eq!(explained(document), (asked(), true), "{document}");
    }
}

#[test]
fn all_data_that_leaves_the_browser_is_explained() {
    let data = data();
    assert!(!data.is_empty());
    assert_eq!(named(&first_column("docs/store.md", "| data |")), data);
}
