//! From focus to classified fields, in pages and an extension that are as shipped.
//!
//! Inside the content script (Chromium) that is the message with the marks. A page sees the same only later, as the icon: in Firefox there is no other way.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use countersign_harness::{Answer, Browser, Frame, Home, Kind, Options, Site, packaged_extension};
use serde_json::Value;

use crate::report::{Bound, Report, Row};

const BOUND: Bound = Bound::Tail(3.0, 15.0);
/// Samples in one call of the page: it has to answer in time.
const AT_ONCE: usize = 50;

pub(crate) async fn measure(samples: usize, report: &mut Report) -> Result<()> {
    let site = Site::start().await?;
    // Isolated from other origins, so that the page's clock is as fine as it gets.
    let page = Answer::html(include_str!("form.html"))
        .header("cross-origin-opener-policy", "same-origin")
        .header("cross-origin-embedder-policy", "require-corp");
    site.put("/form", page);
    for kind in Kind::ALL {
        let home = Home::new()?;
        let extension = packaged_extension(kind);
        let browser = launch(kind, &home, &extension).await?;
        let place = browser.version().await?;
        let page = browser.open(&site.url("/form")).await?;
        page.activate().await?;
        page.click("[name=password]").await?;
        page.wait_for("document.querySelector(':popover-open')").await.context("the icon does not show")?;
        if kind == Kind::Chromium {
            let times = looks(&page, samples).await?;
            report.add(
                Row::timed("  of which: the probe looks at the forms", &place, times, Bound::None)
                    .note("measured in the content script"),
            );
            let times = trips(&page, samples).await?;
            report.add(
                Row::timed("  of which: to the worker and back", &place, times, Bound::None).note(
                    "a port that the worker refuses at once, after the same pause; measured in the content script",
                ),
            );
            let times = many(&page, samples, true).await?;
            report.add(
                Row::timed("focus → fields classified", &place, times, BOUND)
                    .note("a new form in an open document; measured in the content script"),
            );
            let times = first(&page, &site, samples, true).await?;
            report.add(
                Row::timed("focus → fields classified, first in a document", &place, times, Bound::None)
                    .note("the port to the worker is opened, too; measured in the content script"),
            );
        }
        let times = many(&page, samples, false).await?;
        let bound = if kind == Kind::Firefox { BOUND } else { Bound::None };
        report.add(
            Row::timed("focus → icon shown", &place, times, bound)
                .note("a new form in an open document; measured in the page"),
        );
        let times = first(&page, &site, samples, false).await?;
        report.add(
            Row::timed("focus → icon shown, first in a document", &place, times, Bound::None)
                .note("the code for marks is injected on demand; measured in the page"),
        );
    }
    Ok(())
}

async fn launch(kind: Kind, home: &Home, extension: &Path) -> Result<Browser> {
    Browser::launch(kind, home, Options::default().extension(extension)).await
}

/// What the probe itself does for a snapshot.
async fn looks(page: &Frame, samples: usize) -> Result<Vec<f64>> {
    let script = format!(
        "(async () => {{ const times = []; for (let n = 0; n < {samples}; n++) {{
           document.body.append(document.createElement('p'));
           await new Promise(done => setTimeout(done, 10));
           const begun = performance.now();
           countersign.takeSnapshot();
           times.push(performance.now() - begun); }} return times; }})()"
    );
    let found = page.evaluate_in_content_script(&script).await?;
    Ok(found.as_array().into_iter().flatten().filter_map(Value::as_f64).collect())
}

/// What the browser itself takes to bring a word to the worker and back: both processes sleep before, as they do between two looks.
async fn trips(page: &Frame, samples: usize) -> Result<Vec<f64>> {
    let mut times = Vec::new();
    while times.len() < samples {
        let script = format!(
            "(async () => {{ const times = []; for (let n = 0; n < {AT_ONCE}; n++) {{
               await new Promise(done => setTimeout(done, 130));
               const begun = performance.now();
               await new Promise(done => chrome.runtime.connect({{ name: 'nobody' }}).onDisconnect.addListener(done));
               times.push(performance.now() - begun); }} return times; }})()"
        );
        let found = page.evaluate_in_content_script(&script).await?;
        times.extend(found.as_array().into_iter().flatten().filter_map(Value::as_f64));
    }
    Ok(times)
}

/// New forms in one document, a look apart.
async fn many(page: &Frame, samples: usize, inside: bool) -> Result<Vec<f64>> {
    let mut times = Vec::new();
    while times.len() < samples {
        let count = AT_ONCE.min(samples - times.len());
        let script = format!(
            "(async () => {{ const times = []; for (let n = 0; n < {count}; n++) {{
               document.querySelector('main form').outerHTML = document.querySelector('template').innerHTML;
               await new Promise(done => setTimeout(done, 130));
               times.push(await ({})()); }} return times; }})()",
            once(inside)
        );
        let found =
            if inside { page.evaluate_in_content_script(&script).await? } else { page.evaluate(&script).await? };
        times.extend(found.as_array().into_iter().flatten().filter_map(Value::as_f64));
    }
    ensure!(times.len() == samples, "{} of {samples} samples", times.len());
    Ok(times)
}

/// The first focus of fresh documents.
async fn first(page: &Frame, site: &Site, samples: usize, inside: bool) -> Result<Vec<f64>> {
    let mut times = Vec::new();
    while times.len() < samples {
        page.navigate(&site.url("/form")).await?;
        let script = format!("({})()", once(inside));
        let found =
            if inside { page.evaluate_in_content_script(&script).await? } else { page.evaluate(&script).await? };
        times.push(found.as_f64().context("no time")?);
    }
    Ok(times)
}

/// A function that focuses the password field and tells the milliseconds until it is known to be one.
fn once(inside: bool) -> &'static str {
    if inside {
        "() => new Promise(done => {
           let begun;
           const hear = message => { if (message.marks) done(performance.now() - begun); };
           const { parts, waiting } = countersign;
           const overhear = parts => {
             const { receive } = parts;
             parts.receive = message => { hear(message); receive(message); };
             return parts;
           };
           if (parts) {
             const { receive } = parts;
             parts.receive = message => { parts.receive = receive; hear(message); receive(message); };
           } else {
             // The marks may come before the code for them, or after.
             waiting.push = function (message) { hear(message); return Array.prototype.push.call(this, message); };
             let equipped;
             Object.defineProperty(countersign, 'parts', { get: () => equipped, set: parts => { equipped = overhear(parts); } });
           }
           const field = document.querySelector('[name=password]');
           begun = performance.now();
           field.focus();
         })"
    } else {
        "() => new Promise(done => {
           let begun;
           const shown = event => {
             if (event.newState !== 'open') return;
             removeEventListener('beforetoggle', shown, true);
             done(performance.now() - begun);
           };
           addEventListener('beforetoggle', shown, true);
           const field = document.querySelector('[name=password]');
           begun = performance.now();
           field.focus();
         })"
    }
}
