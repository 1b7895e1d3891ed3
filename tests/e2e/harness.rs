//! The harness itself, on an extension of its own: what other tests rely on holds in both browsers.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use countersign_harness::{Answer, Browser, Display, Home, Keyring, Kind, Options, PATIENCE, Site, tree};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use crate::rig::scene;

/// The real manifest's identity, and pages small enough to hold here, with the `commands` of a manifest.
fn fixture(home: &Home, kind: Kind, commands: &Value) -> Result<PathBuf> {
    let dir = home.path().join("extension");
    fs::create_dir_all(&dir)?;
    let package = match kind {
        Kind::Chromium => json!({ "background": { "service_worker": "worker.js", "type": "module" } }),
        Kind::Firefox => json!({
            "background": { "scripts": ["worker.js"], "type": "module" },
            "browser_specific_settings": { "gecko": { "id": id("gecko")? } },
        }),
    };
    let mut manifest = json!({
        "manifest_version": 3,
        "name": "Harness",
        "version": "1",
        "key": id("chromiumKey")?,
        "host_permissions": ["<all_urls>"],
        "permissions": ["nativeMessaging"],
        "commands": commands,
        "content_scripts": [{ "matches": ["<all_urls>"], "js": ["content.js"], "run_at": "document_end" }],
        "web_accessible_resources": [{ "resources": ["inner.html"], "matches": ["<all_urls>"] }],
    });
    if kind == Kind::Firefox {
        manifest.as_object_mut().unwrap().remove("key");
    }
    manifest.as_object_mut().unwrap().extend(package.as_object().unwrap().clone());
    let write = |name: &str, text: &str| fs::write(dir.join(name), text);
    write("manifest.json", &manifest.to_string())?;
    write("page.html", "<!doctype html><title>Page</title><script src=page.js></script><input id=field>")?;
    write(
        "page.js",
        "console.warn('page speaks');
         setTimeout(() => { throw new Error('thrown'); });
         addEventListener('load', () => setTimeout(() => { window.loaded = true; }));",
    )?;
    write(
        "inner.html",
        "<!doctype html><title>Inner</title><script src=inner.js></script><button>Press</button><input>",
    )?;
    write(
        "inner.js",
        "addEventListener('click', e => { window.clicked = [e.isTrusted, e.target.tagName]; });
         addEventListener('keydown', e => { window.keys = (window.keys ?? '') + (e.isTrusted ? e.key : '!'); });",
    )?;
    write(
        "content.js",
        "const host = document.createElement('div'); document.body.append(host);
         const frame = document.createElement('iframe'); frame.src = (globalThis.browser ?? chrome).runtime.getURL('inner.html');
         frame.style.cssText = 'margin: 37px 0 0 53px; width: 300px; height: 120px';
         host.attachShadow({ mode: 'closed' }).append(frame);",
    )?;
    write(
        "worker.js",
        "globalThis.born = Math.random();
         globalThis.commands = [];
         (globalThis.browser ?? chrome).commands?.onCommand.addListener(name => { globalThis.commands.push(name); });
         (globalThis.browser ?? chrome).runtime.onMessage.addListener((message, sender, reply) => { reply(globalThis.born); });",
    )?;
    Ok(dir)
}

fn id(name: &str) -> Result<Value> {
    let ids: Value = serde_json::from_str(&fs::read_to_string(tree().join("manifest/ids.json"))?)?;
    Ok(ids[name].clone())
}

async fn opens_extension_pages(browser: &Browser, home: &Home) -> Result<()> {
    let page = browser.open(&browser.extension_url("page.html")).await?;
    page.wait_for("window.loaded").await?;
    page.fill_in("#field", "Zoë 7").await?;
    assert_eq!(page.text("document.querySelector('#field').value").await?, "Zoë 7");
    let shown = browser.console();
    assert!(shown.iter().any(|message| message.text.contains("page speaks")), "{shown:?}");
    assert!(shown.iter().any(|message| message.level == "error" && message.text.contains("thrown")), "{shown:?}");
    browser.set_dark(true).await?;
    page.wait_for("matchMedia('(prefers-color-scheme: dark)').matches").await?;
    page.set_viewport(400, 300).await?;
    assert_eq!(page.evaluate("innerWidth").await?, 400);
    let shot = home.path().join("shot.png");
    page.screenshot(&shot).await?;
    assert!(fs::read(&shot)?.starts_with(b"\x89PNG"));
    assert!(page.evaluate("nothing.there").await.is_err());
    page.close().await
}

async fn reaches_closed_frames(browser: &Browser) -> Result<()> {
    let site = Site::start().await?;
    let form = "<!doctype html><form method=post action=/in><input name=user><button>Go</button></form>";
    site.put("/", Answer::html(form).header("content-security-policy", "default-src 'none'; form-action 'self'"));
    let page = browser.open(&site.url("/")).await?;
    let inner = browser.wait_for_frame("inner.html").await?;
    inner.click("button").await?;
    inner.wait_for("window.clicked?.join() === 'true,BUTTON'").await?;
    inner.press("Tab").await?;
    inner.press("Shift+Tab").await?;
    inner.press("Enter").await?;
    inner.press("Escape").await?;
    assert_eq!(inner.text("window.keys").await?, "TabShiftTabEnterEscape");
    page.fill_in("input", "a b&ä").await?;
    page.press("Enter").await?;
    let sent = site.wait_for_submission("/in", PATIENCE).await?;
    assert_eq!(sent.fields["user"], "a b&ä");
    page.close().await
}

async fn stops_workers(browser: &Browser) -> Result<()> {
    let page = browser.open(&browser.extension_url("page.html")).await?;
    let ask = "(globalThis.browser ?? chrome).runtime.sendMessage('who')";
    let first = page.evaluate(ask).await?;
    assert!(first.is_number(), "{first}");
    assert_eq!(page.evaluate(ask).await?, first);
    assert_eq!(browser.evaluate_in_worker("globalThis.born").await?, first);
    browser.stop_worker().await?;
    let second = page.evaluate(ask).await?;
    assert!(second.is_number());
    assert_ne!(second, first);
    page.close().await
}

async fn takes_real_keys(browser: &Browser, display: &Display) -> Result<()> {
    let page = browser.open(&browser.extension_url("page.html")).await?;
    page.click("#field").await?;
    display.focus_window("Page").await?;
    page.wait_for("document.hasFocus()").await?;
    page.click("#field").await?;
    display.type_text("typed").await?;
    page.wait_for("document.querySelector('#field').value === 'typed'").await?;
    page.close().await
}

/// The shortcut that the manifest suggests, pressed as a person would, in a page's text field: it reaches the extension, and the browser does
/// nothing else with it.
async fn shortcut_is_free(browser: &Browser, display: &Display, keys: &str) -> Result<()> {
    let site = Site::start().await?;
    site.put("/", Answer::html("<!doctype html><title>Shop</title><input value=kept>"));
    let page = browser.open(&site.url("/")).await?;
    display.focus_window("Shop").await?;
    page.click("input").await?;
    page.wait_for("document.hasFocus()").await?;
    let before = browser.frames().await?.len();
    display.press(keys).await?;
    let end = Instant::now() + PATIENCE;
    while browser.evaluate_in_worker("globalThis.commands").await? != json!(["open-chooser"]) {
        let assigned = browser.evaluate_in_worker("(globalThis.browser ?? chrome).commands.getAll()").await?;
        assert!(Instant::now() < end, "{keys} did not reach the extension; assigned: {assigned}");
        sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(page.text("document.querySelector('input').value").await?, "kept");
    assert_eq!(page.evaluate("document.activeElement.tagName").await?, "INPUT");
    assert_eq!(browser.frames().await?.len(), before, "{keys} opened something");
    page.close().await
}

/// The manifest's commands with an overlay's laid over them; `keys` must be what they suggest here.
fn commands(overlay: &str, keys: &str) -> Result<Value> {
    let read = |name: &str| -> Result<Value> {
        Ok(serde_json::from_str(&fs::read_to_string(tree().join("manifest").join(name))?)?)
    };
    let suggested = |manifest: &Value| manifest["commands"]["open-chooser"]["suggested_key"].clone();
    let (base, overlay) = (suggested(&read("manifest.json")?), suggested(&read(overlay)?));
    let suggested = if overlay.is_null() { base } else { overlay };
    assert_eq!(suggested["default"].as_str().map(str::to_lowercase).as_deref(), Some(keys));
    Ok(json!({ "open-chooser": { "description": "Open", "suggested_key": suggested } }))
}

/// Headless.
async fn drives_browsers(kind: Kind) -> Result<()> {
    let home = Home::new()?;
    let options = Options::default().extension(fixture(&home, kind, &json!({}))?);
    let browser = Browser::launch(kind, &home, options).await?;
    println!("{}", browser.version().await?);
    scene("extension pages", opens_extension_pages(&browser, &home)).await?;
    scene("closed frames", reaches_closed_frames(&browser)).await?;
    scene("workers", stops_workers(&browser)).await?;
    browser.close().await
}

/// On a screen.
async fn presses_real_keys(kind: Kind, overlay: &str, keys: &str) -> Result<()> {
    let home = Home::new()?;
    let display = Display::start(&home, 1280, 900).await?;
    let dir = fixture(&home, kind, &commands(overlay, keys)?)?;
    let browser = Browser::launch(kind, &home, Options::default().extension(dir).display(display.name())).await?;
    scene("keys", takes_real_keys(&browser, &display)).await?;
    scene("the shortcut", shortcut_is_free(&browser, &display, keys)).await?;
    browser.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn opens_pages_reaches_frames_and_stops_workers_in_chromium() -> Result<()> {
    drives_browsers(Kind::Chromium).await
}

#[tokio::test(flavor = "multi_thread")]
async fn opens_pages_reaches_frames_and_stops_workers_in_firefox() -> Result<()> {
    drives_browsers(Kind::Firefox).await
}

#[tokio::test(flavor = "multi_thread")]
async fn takes_real_keys_and_the_shortcut_is_free_in_chromium() -> Result<()> {
    presses_real_keys(Kind::Chromium, "chrome.json", "alt+shift+l").await
}

#[tokio::test(flavor = "multi_thread")]
async fn takes_real_keys_and_the_shortcut_is_free_in_firefox() -> Result<()> {
    presses_real_keys(Kind::Firefox, "firefox.json", "ctrl+shift+l").await
}

#[tokio::test(flavor = "multi_thread")]
async fn keyring_is_unlocked() -> Result<()> {
    let home = Home::new()?;
    let keyring = Keyring::start(&home, "correct horse").await?;
    assert!(keyring.environment()[0].1.starts_with("unix:"));
    Ok(())
}

#[test]
fn homes_are_removed() -> Result<()> {
    let home = Home::new()?;
    let path = home.path().to_owned();
    assert!(Path::new(&path).is_dir());
    drop(home);
    assert!(!path.exists());
    Ok(())
}
