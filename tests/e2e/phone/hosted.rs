//! The phone app's files on a host that sends no headers of its own: they keep their policy, and let nobody frame them.

use anyhow::Result;
use countersign_harness::{Answer, Browser, Site, tree};
use std::{fs, path::Path, time::Duration};

fn content_type(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript",
        Some("css") => "text/css",
        Some("wasm") => "application/wasm",
        _ => "application/octet-stream",
    }
}

async fn host() -> Result<Site> {
    let site = Site::start().await?;
    let directory = tree().join("dist/phone");
    for entry in fs::read_dir(&directory)?.collect::<Result<Vec<_>, _>>()? {
        let path = entry.path();
        if path.is_file() {
            let name = entry.file_name().into_string().unwrap();
            let answer = Answer::new(content_type(&path), fs::read(&path)?);
            site.put(&format!("/{}", if name == "index.html" { "" } else { &name }), answer);
        }
    }
    site.put("/framing", Answer::html("<!doctype html><title>Framing</title><iframe src='/'></iframe>"));
    Ok(site)
}

/// Plays in any browser.
pub(crate) async fn keeps_its_policy(browser: &Browser) -> Result<()> {
    let site = host().await?;
    let framing = browser.open(&site.url("/framing")).await?;
    let framed = "document.querySelector('iframe').contentDocument";
    framing
        .wait_for(&format!(
            "{framed}?.querySelector('.phone-splash') !== undefined && {framed}.readyState === 'complete'"
        ))
        .await?;
    // Unframed, it takes a fraction of that to say something.
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(framing.text(&format!("{framed}.body.innerText.trim()")).await?, "", "it runs in a frame");

    let page = browser.open(&site.url("/")).await?;
    page.wait_for("document.querySelector('h1')").await?;
    for (what, attempt) in [
        ("foreign markup", "document.createElement('p').innerHTML = '<a href=x>x</a>'"),
        ("a foreign script", "document.createElement('script').src = 'https://evil.example/x.js'"),
    ] {
        let tried = format!("(() => {{ try {{ {attempt}; return 'taken' }} catch {{ return 'refused' }} }})()");
        assert_eq!(page.text(&tried).await?, "refused", "{what}");
    }
    framing.close().await?;
    page.close().await
}
