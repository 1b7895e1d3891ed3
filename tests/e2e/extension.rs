//! The packaged extension, unpacked and as one file: every page of it opens in both browsers and complains of nothing.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use countersign_harness::{Browser, Home, Kind, packaged_archive, read_archive, tree, unpack};

const PAGES: [&str; 3] = ["popup.html", "vault.html", "chooser.html"];

/// Plays in a browser with the extension, whose console is empty so far.
pub(crate) async fn every_page_opens(browser: &Browser) -> Result<()> {
    for name in PAGES {
        let page = browser.open(&browser.extension_url(name)).await?;
        page.wait_for("document.body.innerText.trim()").await?;
        let title = page.text("document.title").await?;
        assert!(!title.is_empty() && !title.contains("__MSG"), "{name} is titled {title:?}");
        assert!(!page.text("document.documentElement.lang").await?.is_empty(), "{name} names no language");
        let attempt = "document.createElement('p').innerHTML = '<a href=x>x</a>'";
        let markup = format!("(() => {{ try {{ {attempt}; return 'taken' }} catch {{ return 'refused' }} }})()");
        assert_eq!(page.text(&markup).await?, "refused", "{name} takes markup that is not its own");
    }
    let console = browser.console();
    let of_ours = console.iter().filter(|message| message.level == "error" && message.url.contains("-extension://"));
    // Chromium says so of each attempt, and may say so of nothing else.
    let (refused, errors): (Vec<_>, Vec<_>) = of_ours.partition(|message| message.text.contains("'TrustedHTML'"));
    assert_eq!(refused.len(), if browser.kind() == Kind::Chromium { PAGES.len() } else { 0 }, "{refused:?}");
    assert!(errors.is_empty(), "{errors:?}");
    browser.close_tabs().await
}

/// As stores get it: Firefox installs the file, Chromium loads what is in it.
pub(crate) fn archive(kind: Kind, home: &Home) -> Result<PathBuf> {
    let archive = packaged_archive(kind);
    if kind == Kind::Firefox {
        return Ok(archive);
    }
    let unpacked = home.path().join("extension");
    unpack(&archive, &unpacked)?;
    Ok(unpacked)
}

/// Plays in a browser with the extension.
pub(crate) async fn manifest_is_taken_as_written(browser: &Browser) -> Result<()> {
    let page = browser.open(&browser.extension_url("popup.html")).await?;
    page.wait_for("document.body.innerText.trim()").await?;
    let manifest = page.evaluate("(globalThis.browser ?? chrome).runtime.getManifest()").await?;
    assert_eq!(manifest["version"], env!("CARGO_PKG_VERSION"));
    assert!(!manifest["name"].as_str().unwrap_or_default().contains("__MSG"));
    let commands = page.evaluate("(globalThis.browser ?? chrome).commands.getAll()").await?;
    let chooser = commands.as_array().unwrap().iter().find(|command| command["name"] == "open-chooser").unwrap();
    assert_ne!(chooser["shortcut"], "", "the shortcut is taken");
    page.close().await
}

/// The files below a directory.
fn files(directory: &Path) -> Result<BTreeMap<PathBuf, Vec<u8>>> {
    let (mut found, mut open) = (BTreeMap::new(), vec![directory.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.insert(path.strip_prefix(directory)?.to_owned(), fs::read(&path)?);
            }
        }
    }
    Ok(found)
}

#[test]
fn every_archive_holds_what_its_folder_holds() -> Result<()> {
    for (name, archive) in [("chrome", "chrome.zip"), ("edge", "edge.zip"), ("firefox", "firefox.xpi")] {
        let unpacked = files(&tree().join("dist").join(name))?;
        assert!(unpacked.contains_key(Path::new("manifest.json")), "{name}");
        let archived = read_archive(&tree().join(format!("dist/countersign-{archive}")))?;
        assert_eq!(archived.keys().collect::<Vec<_>>(), unpacked.keys().collect::<Vec<_>>(), "{name}");
        let differing: Vec<_> = unpacked.iter().filter(|(path, bytes)| archived.get(*path) != Some(*bytes)).collect();
        assert!(differing.is_empty(), "{name}: {:?}", differing.iter().map(|(path, _)| path).collect::<Vec<_>>());
    }
    Ok(())
}
