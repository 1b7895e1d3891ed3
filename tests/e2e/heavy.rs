//! What a page can make large: the probe looks at a bounded part around the cursor, says that it cut, and the page goes on.

use anyhow::{Context as _, Result, ensure};
use countersign_harness::{Answer, Browser, Frame, Home, Kind, Options, Site, packaged_extension};
use serde_json::{Value, json};

use crate::{
    extension, odd_forms,
    rig::{scene, share},
};

/// A login, and round it whatever makes the page large.
fn page(large: &str) -> Answer {
    Answer::html(format!(
        "<!doctype html><html lang=en><title>Sign in</title><body>
         <form id=login action=/in method=post><label>User name <input name=user autocomplete=username></label>
         <label>Password <input name=password type=password autocomplete=current-password></label><button>Sign in</button></form>
         <div id=rest></div><script>{large}</script></body></html>"
    ))
}

/// Inputs before and after the login.
const INPUTS: &str = "
  const many = () => { const rest = new DocumentFragment();
    for (let n = 0; n < 50_000; n++) { const input = document.createElement('input'); input.name = 'row' + n; rest.append(input); } return rest; };
  document.body.prepend(many());
  document.querySelector('#rest').append(many());";

/// A form of 20,000 nodes, which holds the login's fields.
const NODES: &str = "
  const form = document.querySelector('#login');
  for (let n = 0; n < 10_000; n++) { const line = document.createElement('p'); line.textContent = 'Line ' + n; form.append(line); }";

/// A label, a title, a heading and a name of a megabyte each.
const TEXTS: &str = "
  const long = 'lorem ipsum '.repeat(90_000);
  document.title = long;
  document.querySelector('label').prepend(long);
  document.querySelector('[name=password]').ariaLabel = long;
  const heading = document.createElement('h1'); heading.textContent = long; document.body.prepend(heading);
  document.querySelector('[name=user]').id = long;";

/// Options of one select.
const CHOICES: &str = "
  const select = document.createElement('select'); select.name = 'country';
  for (let n = 0; n < 20_000; n++) select.append(new Option('Country ' + n, 'c' + n));
  document.querySelector('#login').prepend(select);";

/// What no text is read of, in what names each of 256 fields.
const ICONS: &str = "
  const label = document.createElement('p'); label.id = 'x'; label.innerHTML = '<svg></svg>'.repeat(20_000); document.body.append(label);
  const form = document.querySelector('#login');
  for (let n = 0; n < 254; n++) { const input = document.createElement('input'); input.setAttribute('aria-labelledby', 'x x x x'); form.append(input); }";

/// Each page with what its snapshot must say was cut.
const PAGES: [(&str, &str, &str); 5] = [
    ("/inputs", INPUTS, "fields"),
    ("/nodes", NODES, "text"),
    ("/texts", TEXTS, "text"),
    ("/choices", CHOICES, "options"),
    ("/icons", ICONS, "text"),
];

/// The longest snapshot as JSON text: 256 fields with every text at its limit would be larger; what these pages hold is not.
const SNAPSHOT_LIMIT: usize = 512 * 1024;

async fn focus_password(page: &Frame) -> Result<()> {
    page.evaluate("document.querySelector('[name=password]').scrollIntoView({ block: 'center', behavior: 'instant' })")
        .await?;
    page.click("[name=password]").await
}

async fn icon_shows(page: &Frame) -> Result<()> {
    page.wait_for("document.querySelector(':popover-open')").await.context("the icon does not show")?;
    Ok(())
}

/// The page still draws, and its own script still runs.
async fn is_alive(page: &Frame) -> Result<()> {
    let drawn = "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done('drawn'))))";
    ensure!(page.text(drawn).await? == "drawn");
    page.type_text("quay").await?;
    page.wait_for("document.querySelector('[name=password]').value === 'quay'").await?;
    Ok(())
}

fn check(snapshot: &Value, path: &str, cut: &str) -> Result<()> {
    ensure!(snapshot["truncated"][cut] == json!(true), "{path}: nothing says that {cut} were cut");
    let fields = snapshot["fields"].as_array().context("fields")?;
    ensure!(fields.len() <= 256 && snapshot["forms"].as_array().is_some_and(|forms| forms.len() <= 64), "{path}");
    ensure!(fields.iter().any(|field| field["name"] == "password"), "{path}: the field in focus is not among them");
    let size = snapshot.to_string().len();
    ensure!(size <= SNAPSHOT_LIMIT, "{path}: a snapshot of {size} bytes");
    Ok(())
}

async fn a_large_page_goes_on(browser: &Browser) -> Result<()> {
    let kind = browser.kind();
    let site = Site::start().await?;
    for (path, large, cut) in share(kind, PAGES) {
        site.put(path, page(large));
        let page = browser.open(&site.url(path)).await?;
        page.activate().await?;
        focus_password(&page).await?;
        icon_shows(&page).await.with_context(|| path.to_owned())?;
        is_alive(&page).await.with_context(|| path.to_owned())?;
        if kind == Kind::Chromium {
            check(&page.evaluate_in_content_script("countersign.takeSnapshot()").await?, path, cut)?;
        }
        page.close().await?;
    }
    // The control: of an ordinary page nothing is cut.
    site.put("/small", page(""));
    let page = browser.open(&site.url("/small")).await?;
    page.activate().await?;
    focus_password(&page).await?;
    icon_shows(&page).await?;
    if kind == Kind::Chromium {
        let snapshot = page.evaluate_in_content_script("countersign.takeSnapshot()").await?;
        let cut = snapshot["truncated"].as_object().context("truncated")?;
        ensure!(cut.values().all(|cut| cut == &json!(false)), "{cut:?}");
    }
    page.close().await
}

/// Ten thousand nodes come and go in a second while a field has focus: the probe is not woken once.
async fn a_storm_wakes_nobody(browser: &Browser) -> Result<()> {
    let site = Site::start().await?;
    site.put("/login", page(""));
    let page = browser.open(&site.url("/login")).await?;
    page.activate().await?;
    focus_password(&page).await?;
    icon_shows(&page).await?;
    // The icon is drawn in the frame after it shows.
    page.evaluate_in_content_script(
        "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))",
    )
    .await?;
    page.evaluate_in_content_script(
        "(() => { globalThis.looks = 0; const { post } = countersign;
          countersign.post = message => { if (message.looked) looks++; post(message); };
          const { getBoundingClientRect } = Element.prototype; globalThis.measured = 0;
          Element.prototype.getBoundingClientRect = function () { measured++; return getBoundingClientRect.call(this); }; })()",
    )
    .await?;
    let storm = "(async () => { const rest = document.querySelector('#rest');
      for (let batch = 0; batch < 100; batch++) {
        for (let n = 0; n < 100; n++) { const line = document.createElement('input'); line.name = 'n' + n; rest.append(line); if (n % 2) rest.firstChild.remove(); }
        await new Promise(done => setTimeout(done, 5)); }
      return rest.childNodes.length; })()";
    ensure!(page.evaluate(storm).await? == json!(5_000));
    let counts = page.evaluate_in_content_script("[looks, measured]").await?;
    ensure!(counts == json!([0, 0]), "looks and measures during the storm: {counts}");
    // The control: the next focus is looked at.
    page.click("[name=user]").await?;
    icon_shows(&page).await?;
    let looks = page.evaluate_in_content_script("measured").await?;
    ensure!(looks.as_f64().is_some_and(|looks| looks > 0.0), "nothing is counted");
    page.close().await
}

/// The extension by itself: there is no daemon.
async fn alone(kind: Kind) -> Result<()> {
    let home = Home::new()?;
    let browser = Browser::launch(kind, &home, Options::default().extension(packaged_extension(kind))).await?;
    println!("{}", browser.version().await?);
    scene("every page", extension::every_page_opens(&browser)).await?;
    scene("odd forms", odd_forms::are_found(&browser)).await?;
    scene("large pages", a_large_page_goes_on(&browser)).await?;
    // Firefox lets nobody see what a content script does.
    if kind == Kind::Chromium {
        scene("a storm of mutations", a_storm_wakes_nobody(&browser)).await?;
    }
    browser.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_opens_large_pages_go_on_and_storms_wake_nobody_in_chromium() -> Result<()> {
    alone(Kind::Chromium).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_page_opens_large_pages_go_on_and_storms_wake_nobody_in_firefox() -> Result<()> {
    alone(Kind::Firefox).await
}
