//! A whole fill: picked in the chooser, asked on the phone, approved there, filled in the page. All of it real: relay, daemon, native host, two browsers.
//!
//! Measured are the two stretches in which a person waits for us: from the pick until the phone shows the request with its field for the number; and from the
//! press on Approve until the page's field has its value. What lies between is the person's: reading, typing, and the moment in which a new screen takes no
//! press. Clocks are the pages' own (`Date.now()`, one clock for all on one computer), read in their own events, so the driver's time is not in it.

use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use countersign_harness::{
    Browser, Frame, Kind, Options, Site,
    spine::{Desk, Phone, Unlock, chooser_closes, number, open_chooser, put_login_page, settle},
};
use serde_json::json;
use tokio::sync::Mutex;
use tokio::task::JoinSet;

use crate::report::{Bound, Report, Row};

const TITLE: &str = "Harbour Library";
const PASSWORD: &str = "lantern & Quayside <1843>";
/// Desks at work for each browser: one measures while the others wait out the moment in which a new screen takes no press.
const LANES: usize = 1;

/// What one fill took, in milliseconds.
struct Fill {
    asked: f64,
    filled: f64,
}

pub(crate) async fn measure(samples: usize, report: &mut Report) -> Result<()> {
    for kind in Kind::ALL {
        // Only one lane at a time does anything that is measured, or that takes a processor.
        let quiet = Arc::new(Mutex::new(()));
        let mut lanes = JoinSet::new();
        let share = samples.div_ceil(LANES);
        report.progress(&format!("{samples} fills in {kind:?}, {LANES} desks taking turns"));
        for _ in 0..LANES {
            let quiet = Arc::clone(&quiet);
            lanes.spawn(async move { lane(kind, share, &quiet).await });
        }
        let (mut fills, mut place) = (Vec::new(), String::new());
        while let Some(done) = lanes.join_next().await {
            let (version, made) = done??;
            place = version;
            fills.extend(made);
        }
        let all = |part: fn(&Fill) -> f64| fills.iter().map(part).collect::<Vec<f64>>();
        report.add(
            Row::timed(
                "pick → phone asked → typed → filled, less typing",
                &place,
                all(|fill| fill.asked + fill.filled),
                Bound::Median(60.0),
            )
            .note("the phone app in Chromium; the sum of the next two"),
        );
        report.add(Row::timed("  pick → the phone shows the request", &place, all(|fill| fill.asked), Bound::None));
        report.add(Row::timed(
            "  press on Approve → the page's field is filled",
            &place,
            all(|fill| fill.filled),
            Bound::None,
        ));
    }
    Ok(())
}

async fn lane(kind: Kind, samples: usize, quiet: &Mutex<()>) -> Result<(String, Vec<Fill>)> {
    let desk = Desk::start(Unlock::Passphrase).await?;
    let site = Site::start().await?;
    put_login_page(&site, &[]);
    let browser = desk.browser(kind, Options::default(), None).await?;
    desk.add_login(TITLE, "ada@example.com", PASSWORD, &site.origin()).await?;
    let phone = desk.phone(Kind::Chromium).await?;
    desk.wait_for_status("every field is sealed", |status| status["not_sealed"] == 0).await?;
    let page = browser.open(&site.url("/login")).await?;
    page.activate().await?;
    let mut fills = Vec::new();
    // The first is not counted: everything is loaded by it.
    fill(&browser, &page, &phone, quiet).await?;
    while fills.len() < samples {
        fills.push(fill(&browser, &page, &phone, quiet).await?);
    }
    Ok((browser.version().await?, fills))
}

async fn fill(browser: &Browser, page: &Frame, phone: &Phone, quiet: &Mutex<()>) -> Result<Fill> {
    let chooser = {
        let _quiet = quiet.lock().await;
        page.evaluate(WATCH_PAGE).await?;
        phone.page.evaluate(WATCH_PHONE).await?;
        let chooser = open_chooser(browser, page, "[name=password]").await?;
        chooser.wait_for(&format!("!!({})", item())).await?;
        chooser.evaluate(WATCH_CHOOSER).await?;
        chooser
    };
    settle().await;
    let (shown, picked, asked) = {
        let _quiet = quiet.lock().await;
        chooser.click_element(&item()).await?;
        let shown = number(&chooser).await?;
        (shown, moment(&chooser, "picked").await?, moment(&phone.page, "asked").await?)
    };
    phone.type_into("Number shown on your computer", &shown.to_string()).await?;
    settle().await;
    let _quiet = quiet.lock().await;
    ensure!(page.text(VALUE).await?.is_empty(), "filled before the phone answered");
    phone.press("Approve").await?;
    let filled = moment(page, "filled").await?;
    let approved = moment(&phone.page, "approved").await?;
    ensure!(page.text(VALUE).await? == PASSWORD, "filled with something else");
    chooser_closes(browser).await?;
    Ok(Fill { asked: asked - picked, filled: filled - approved })
}

const VALUE: &str = "document.querySelector('[name=password]').value";

/// The item in the chooser.
fn item() -> String {
    format!("[...document.querySelectorAll('main [data-key]')].find(item => item.innerText.includes({}))", json!(TITLE))
}

/// When something happened, once it has.
async fn moment(frame: &Frame, name: &str) -> Result<f64> {
    frame.wait_for(&format!("globalThis.bench_{name}")).await?.as_f64().context("no time")
}

const WATCH_PAGE: &str = "(() => {
  const field = document.querySelector('[name=password]');
  field.form.reset();
  field.blur();
  globalThis.bench_filled = 0;
  field.addEventListener('input', () => { globalThis.bench_filled = Date.now(); }, { once: true });
})()";

const WATCH_CHOOSER: &str = "(() => {
  globalThis.bench_picked = 0;
  addEventListener('click', () => { globalThis.bench_picked ||= Date.now(); }, true);
})()";

const WATCH_PHONE: &str = "(() => {
  globalThis.bench_asked = globalThis.bench_approved = 0;
  const asks = () => document.querySelector('h1')?.textContent === 'Fill password?' && document.querySelector('input');
  const watch = new MutationObserver(() => {
    if (asks()) {
      globalThis.bench_asked = Date.now();
      watch.disconnect();
    }
  });
  watch.observe(document, { childList: true, subtree: true, characterData: true });
  addEventListener('click', event => {
    if (event.target.closest('button')?.textContent.trim() === 'Approve') globalThis.bench_approved = Date.now();
  }, true);
})()";
