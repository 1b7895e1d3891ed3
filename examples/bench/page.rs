//! What an idle extension costs every page: script time and heap of each frame, and a storm of mutations. Side by side with no extension, and with any other
//! that is given. Chromium only: Firefox tells neither.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use countersign_harness::{Answer, Browser, Frame, Home, Kind, Options, Site, packaged_extension};
use serde_json::{Value, json};

use crate::Peer;
use crate::clock::{number, percentile};
use crate::report::{Bound, Report, Row};

/// Frames in the page that holds frames, beside its own.
const FRAMES: usize = 40;
/// How often the heap of that page is measured.
const HEAP_SAMPLES: usize = 15;
/// Storms in one trace.
const STORMS: usize = 20;
const CATEGORIES: [&str; 3] = ["devtools.timeline", "v8", "blink.user_timing"];
/// No extension at all.
const NOTHING: &str = "no extension";
/// An extension with an empty content script: what the browser itself takes for each frame as soon as there is any.
const EMPTY: &str = "empty script";
const OURS: &str = "Countersign";
/// Names that are taken.
pub(crate) const NAMES: [&str; 3] = [NOTHING, EMPTY, OURS];
const STORM_MARK: &str = "countersign-storm";

/// A browser with or without an extension.
struct Contender {
    name: String,
    browser: Browser,
    heaps: Vec<f64>,
    _home: Home,
}

impl Contender {
    async fn launch(name: &str, extension: Option<&Path>) -> Result<Self> {
        let home = Home::new()?;
        let options = extension.map_or_else(Options::default, |dir| Options::default().extension(dir));
        let browser = Browser::launch(Kind::Chromium, &home, options).await?;
        Ok(Self { name: name.to_owned(), browser, heaps: Vec::new(), _home: home })
    }
}

pub(crate) async fn measure(samples: usize, peers: &[Peer], report: &mut Report) -> Result<()> {
    let site = site().await?;
    let empty = tempfile::tempdir()?;
    write_empty_extension(empty.path())?;
    let mut contenders =
        vec![Contender::launch(NOTHING, None).await?, Contender::launch(EMPTY, Some(empty.path())).await?];
    contenders.push(Contender::launch(OURS, Some(&packaged_extension(Kind::Chromium))).await?);
    for peer in peers {
        contenders.push(Contender::launch(&peer.name, Some(&peer.dir)).await?);
    }
    report.progress("script time a frame");
    for contender in contenders.iter().filter(|contender| ![NOTHING, EMPTY].contains(&contender.name.as_str())) {
        let times = script_times(contender, &site, samples).await?;
        let bound = bound_for(contender, Bound::AtMost(1.0));
        report.add(
            Row::timed("script time a frame", &contender.name, times, bound)
                .note("from the first byte of script to idle, compiling included; the bound is held by the median"),
        );
    }
    report.progress("heap a frame");
    heaps(&mut contenders, &site, report).await?;
    report.progress("a mutation storm: 100 batches of 20 nodes");
    for contender in &contenders {
        let (script, wall) = storms(contender, &site, samples).await?;
        if contender.name != NOTHING {
            let bound = bound_for(contender, Bound::AtMost(5.0));
            report.add(
                Row::timed("mutation storm, extension's script", &contender.name, script, bound)
                    .note("with a field in focus and the icon in it"),
            );
        }
        report.add(Row::timed("mutation storm, all of it", &contender.name, wall, Bound::None));
    }
    Ok(())
}

/// Only we are held to our bounds.
fn bound_for(contender: &Contender, bound: Bound) -> Bound {
    if contender.name == OURS { bound } else { Bound::None }
}

const FORM: &str = "<form method=post action=/in><label>User name <input name=user autocomplete=username></label> \
    <label>Password <input type=password name=password autocomplete=current-password></label> <button>Sign in</button></form>";

async fn site() -> Result<Site> {
    let site = Site::start().await?;
    let page = |body: &str| {
        Answer::html(format!("<!doctype html><title>Bench</title><link rel=icon href=data:,><h1>Sign in</h1>{body}"))
    };
    site.put("/form", page(FORM));
    site.put("/frames", page(&format!("{FORM}{}", "<iframe src=/form></iframe>".repeat(FRAMES))));
    Ok(site)
}

/// Milliseconds of the extension's script in each of at least `samples` frames that load.
async fn script_times(contender: &Contender, site: &Site, samples: usize) -> Result<Vec<f64>> {
    let page = contender.browser.open(&site.url("/form")).await?;
    // Once unmeasured: caches fill.
    page.navigate(&site.url("/frames")).await?;
    let mut times = Vec::new();
    while times.len() < samples {
        contender.browser.begin_trace(&CATEGORIES).await?;
        page.navigate(&site.url("/form")).await?;
        page.navigate(&site.url("/frames")).await?;
        rest(&page).await?;
        let frames = frame_ids(&contender.browser, &site.origin()).await?;
        let spans = extension_spans(&contender.browser.end_trace().await?);
        ensure!(frames.len() == FRAMES + 1, "there are {} frames", frames.len());
        let mut of_frame: HashMap<&str, f64> = frames.iter().map(|id| (id.as_str(), 0.0)).collect();
        for span in &spans {
            if let Some(total) = of_frame.get_mut(span.frame.as_str()) {
                *total += span.millis;
            }
        }
        times.extend(of_frame.into_values());
    }
    page.close().await?;
    ensure!(
        times.iter().any(|time| *time > 0.0),
        "{} runs no script in pages, or the trace does not show it",
        contender.name
    );
    Ok(times)
}

async fn frame_ids(browser: &Browser, origin: &str) -> Result<Vec<String>> {
    let frames = browser.frames().await?;
    Ok(frames.into_iter().filter(|(_, url)| url.starts_with(origin)).map(|(frame, _)| frame.id().to_owned()).collect())
}

/// Waits until the page has nothing to do.
async fn rest(page: &Frame) -> Result<()> {
    page.evaluate("new Promise(done => setTimeout(() => requestIdleCallback(done), 150))").await.map(drop)
}

/// A stretch of an extension's script.
struct Span {
    frame: String,
    begin: f64,
    millis: f64,
}

/// The outermost stretches of extensions' scripts: what one calls is part of it.
fn extension_spans(events: &[Value]) -> Vec<Span> {
    let mut stretches: Vec<(String, f64, f64, Option<String>)> = events
        .iter()
        .filter(|event| {
            event["ph"] == "X"
                && matches!(event["name"].as_str(), Some("EvaluateScript" | "FunctionCall" | "v8.compile"))
        })
        .filter_map(|event| {
            let data = &event["args"]["data"];
            let ours = data["url"].as_str().is_some_and(|url| url.starts_with("chrome-extension://"));
            let thread = format!("{}/{}", event["pid"], event["tid"]);
            let frame = data["frame"].as_str().unwrap_or_default().to_owned();
            Some((thread, event["ts"].as_f64()?, event["dur"].as_f64()?, ours.then_some(frame)))
        })
        .collect();
    stretches.sort_by(|one, other| one.0.cmp(&other.0).then(one.1.total_cmp(&other.1)));
    let mut spans: Vec<Span> = Vec::new();
    let (mut thread, mut end) = (String::new(), f64::NEG_INFINITY);
    for (on, begin, micros, ours) in stretches {
        if on != thread {
            (thread, end) = (on, f64::NEG_INFINITY);
        }
        let Some(frame) = ours else { continue };
        if begin >= end {
            spans.push(Span { frame, begin, millis: micros / 1000.0 });
            end = begin + micros;
        }
    }
    spans
}

/// Kilobytes of heap that each frame has more with an extension than without, all taking turns.
async fn heaps(contenders: &mut [Contender], site: &Site, report: &mut Report) -> Result<()> {
    let mut pages = Vec::new();
    for contender in contenders.iter() {
        pages.push(contender.browser.open(&site.url("/form")).await?);
    }
    for _ in 0..HEAP_SAMPLES {
        for (contender, page) in contenders.iter_mut().zip(&pages) {
            page.navigate(&site.url("/form")).await?;
            page.navigate(&site.url("/frames")).await?;
            rest(page).await?;
            contender.heaps.push(page.heap_bytes().await? / 1024.0 / number(FRAMES + 1));
        }
    }
    for page in pages {
        page.close().await?;
    }
    let heap_of = |name: &str| {
        let contender = contenders.iter().find(|contender| contender.name == name).context("no such contender")?;
        anyhow::Ok(percentile(&contender.heaps, 50))
    };
    let (without, with_any) = (heap_of(NOTHING)?, heap_of(EMPTY)?);
    let note = format!(
        "JavaScript heap after garbage collection, in {} frames of one process, without an extension {without:.1} KB a frame",
        FRAMES + 1
    );
    for contender in contenders.iter().filter(|contender| contender.name != NOTHING) {
        let more = |base: f64| contender.heaps.iter().map(|heap| heap - base).collect::<Vec<f64>>();
        report.add(
            Row::new("heap a frame, more than without an extension", &contender.name, "KB", more(without), Bound::None)
                .note(note.as_str()),
        );
        if contender.name != EMPTY {
            let bound = bound_for(contender, Bound::AtMost(30.0));
            report.add(
                Row::new("heap a frame, more than with an empty script", &contender.name, "KB", more(with_any), bound)
                    .note("the rest is the browser's own: a JavaScript context for the extension in every frame"),
            );
        }
    }
    Ok(())
}

/// The least content script: nothing, where ours is.
fn write_empty_extension(dir: &Path) -> Result<()> {
    let script = json!({ "matches": ["<all_urls>"], "js": ["empty.js"], "run_at": "document_start", "all_frames": true,
        "match_about_blank": true, "match_origin_as_fallback": true });
    let manifest = json!({ "manifest_version": 3, "name": "Empty", "version": "1", "content_scripts": [script] });
    fs::write(dir.join("manifest.json"), manifest.to_string())?;
    Ok(fs::write(dir.join("empty.js"), "")?)
}

/// Milliseconds of extension script, and of all, in each storm.
async fn storms(contender: &Contender, site: &Site, samples: usize) -> Result<(Vec<f64>, Vec<f64>)> {
    let page = contender.browser.open(&site.url("/form")).await?;
    page.activate().await?;
    page.click("[name=password]").await?;
    rest(&page).await?;
    let (mut scripts, mut walls) = (Vec::new(), Vec::new());
    while walls.len() < samples {
        contender.browser.begin_trace(&CATEGORIES).await?;
        let durations = page.evaluate(&storm_script(STORMS)).await?;
        let events = contender.browser.end_trace().await?;
        walls.extend(durations.as_array().into_iter().flatten().filter_map(Value::as_f64));
        scripts.extend(script_of_storms(&events)?);
    }
    page.close().await?;
    Ok((scripts, walls))
}

/// Batches are tasks of their own, as those of a page that loads more and more; each storm ends when the page has come to rest.
fn storm_script(storms: usize) -> String {
    format!(
        "(async () => {{
          const task = () => new Promise(done => {{ const {{ port1, port2 }} = new MessageChannel(); port1.onmessage = done; port2.postMessage(0); }});
          const durations = [];
          for (let storm = 0; storm < {storms}; storm++) {{
            const area = document.createElement('section');
            document.body.append(area);
            performance.mark('{STORM_MARK}');
            const begun = performance.now();
            for (let batch = 0; batch < 100; batch++) {{
              for (let node = 0; node < 20; node++) {{
                const added = document.createElement(node % 10 ? 'div' : 'input');
                added.className = `n${{batch}}-${{node}}`;
                area.append(added);
              }}
              await task();
            }}
            await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
            durations.push(performance.now() - begun);
            area.remove();
          }}
          return durations;
        }})()"
    )
}

fn script_of_storms(events: &[Value]) -> Result<Vec<f64>> {
    let mut begins: Vec<f64> =
        events.iter().filter(|event| event["name"] == STORM_MARK).filter_map(|event| event["ts"].as_f64()).collect();
    begins.sort_by(f64::total_cmp);
    ensure!(begins.len() == STORMS, "the trace shows {} storms of {STORMS}", begins.len());
    let spans = extension_spans(events);
    let ends = begins.iter().skip(1).copied().chain([f64::INFINITY]);
    let within = |begin: f64, end: f64| {
        spans.iter().filter(|span| span.begin >= begin && span.begin < end).fold(0.0, |sum, span| sum + span.millis)
    };
    Ok(begins.iter().zip(ends).map(|(begin, end)| within(*begin, end)).collect())
}
