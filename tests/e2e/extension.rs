//! The packaged extension: every page of it opens in both browsers and complains of nothing.

use anyhow::Result;
use countersign_harness::{Browser, Home, Kind, Options, packaged_extension};

const PAGES: [&str; 3] = ["popup.html", "vault.html", "chooser.html"];

async fn every_page_opens(kind: Kind) -> Result<()> {
    let home = Home::new()?;
    let browser = Browser::launch(kind, &home, Options::default().extension(packaged_extension(kind))).await?;
    println!("{}", browser.version().await?);
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
    let errors: Vec<_> = browser
        .console()
        .into_iter()
        .filter(|message| message.level == "error" && message.url.contains("-extension://"))
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
    browser.close().await
}

async fn manifest_is_taken_as_written(kind: Kind) -> Result<()> {
    let home = Home::new()?;
    let browser = Browser::launch(kind, &home, Options::default().extension(packaged_extension(kind))).await?;
    let page = browser.open(&browser.extension_url("popup.html")).await?;
    let manifest = page.evaluate("(globalThis.browser ?? chrome).runtime.getManifest()").await?;
    assert_eq!(manifest["version"], env!("CARGO_PKG_VERSION"));
    assert!(!manifest["name"].as_str().unwrap_or_default().contains("__MSG"));
    let commands = page.evaluate("(globalThis.browser ?? chrome).commands.getAll()").await?;
    let chooser = commands.as_array().unwrap().iter().find(|command| command["name"] == "open-chooser").unwrap();
    assert_ne!(chooser["shortcut"], "", "the shortcut is taken");
    browser.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_opens_in_chromium() -> Result<()> {
    every_page_opens(Kind::Chromium).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_opens_in_firefox() -> Result<()> {
    every_page_opens(Kind::Firefox).await
}

#[tokio::test(flavor = "multi_thread")]
async fn manifest_is_taken_as_written_by_chromium() -> Result<()> {
    manifest_is_taken_as_written(Kind::Chromium).await
}

#[tokio::test(flavor = "multi_thread")]
async fn manifest_is_taken_as_written_by_firefox() -> Result<()> {
    manifest_is_taken_as_written(Kind::Firefox).await
}
