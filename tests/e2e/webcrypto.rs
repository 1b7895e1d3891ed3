//! Private keys in WebCrypto keep the contract that the `rsa` crate keeps, and the two understand each other, in both browsers: in a window
//! and in a worker.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};
use countersign_harness::{Answer, Browser, Site, tree};
use serde_json::Value;

/// Key generation without a JIT's help takes its time.
const LIMIT: Duration = Duration::from_secs(120);
const NAME: &str = "webcrypto-test";

const WINDOW: &str = "
    import init, { run } from './webcrypto-test.js';
    init({ module_or_path: '/webcrypto-test_bg.wasm' }).then(run).catch(error => JSON.stringify({ passed: [], failed: [String(error)] })).then(text => { window.report = text; });
";
const WORKER: &str = "
    import init, { run } from './webcrypto-test.js';
    init({ module_or_path: '/webcrypto-test_bg.wasm' }).then(run).catch(error => JSON.stringify({ passed: [], failed: [String(error)] })).then(text => postMessage(text));
";
const WORKER_PAGE: &str = "
    new Worker('/worker.js', { type: 'module' }).onmessage = event => { window.report = event.data; };
";

fn serve(site: &Site) -> Result<()> {
    let built = tree().join("target/wasm").join(NAME);
    let read = |name: String| {
        let path = built.join(name);
        fs::read(&path)
            .with_context(|| format!("{} is not built: run `cargo xtask wasm` (npm test does)", path.display()))
    };
    site.put(&format!("/{NAME}.js"), Answer::new("text/javascript", read(format!("{NAME}.js"))?));
    site.put(&format!("/{NAME}_bg.wasm"), Answer::new("application/wasm", read(format!("{NAME}_bg.wasm"))?));
    for (path, script) in [("window", WINDOW), ("worker", WORKER), ("worker-page", WORKER_PAGE)] {
        site.put(&format!("/{path}.js"), Answer::new("text/javascript", script));
        let page = format!("<!doctype html><title>{path}</title><script type=module src=/{path}.js></script>");
        site.put(&format!("/{path}"), Answer::html(page));
    }
    Ok(())
}

/// Plays in any browser.
pub(crate) async fn keeps_the_contract(browser: &Browser, path: &str) -> Result<()> {
    let site = Site::start().await?;
    serve(&site)?;
    let page = browser.open(&site.url(path)).await?;
    let report = page.wait_for_within("window.report", LIMIT).await?;
    let report: Value = serde_json::from_str(report.as_str().context("no report")?)?;
    let passed = report["passed"].as_array().map_or(0, Vec::len);
    println!("{}: {passed} WebCrypto checks passed at {path}", browser.version().await?);
    assert_eq!(report["failed"], Value::Array(vec![]), "{report:#}");
    assert_eq!(passed, 11, "{report:#}");
    page.close().await
}
