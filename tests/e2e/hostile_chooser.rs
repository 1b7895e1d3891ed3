//! Pages against the icon and the chooser: presses that no hand made, things laid over it, and eyes that count its items.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use countersign_harness::{
    Answer, Browser, Frame, Kind, Site,
    spine::{Unlock, chooser_closes, chooser_in, open_chooser, settle, shows},
};
use futures_util::future::try_join_all;
use serde_json::Value;
use tokio::time::sleep;

use crate::{
    chooser_timing,
    rig::{PASSWORD, Rig, TITLE, USERNAME, share},
};

const FIELD: &str = "[name=password]";
/// The items of the crowded site.
const CROWD: usize = 50;

async fn site() -> Result<Site> {
    let site = Site::start().await?;
    site.put("/watcher", Answer::html(include_str!("pages/watcher.html")));
    site.put("/login", Answer::html(include_str!("../harness/pages/login.html")));
    site.put("/in", Answer::html(include_str!("../harness/pages/welcome.html")));
    Ok(site)
}

async fn is_open(browser: &Browser) -> Result<bool> {
    Ok(chooser_in(browser).await?.is_some())
}

/// Events that scripts make: on fields, on the icon's host, and on what is at the icon's place.
async fn scripts_press_nothing(rig: &Rig) -> Result<()> {
    let page = rig.open(&rig.site.url("/watcher")).await?;
    let synthetic = "(() => {
        const field = document.querySelector('[name=password]');
        field.focus();
        const at = field.getBoundingClientRect(), place = { clientX: at.right - 12, clientY: at.top + at.height / 2 };
        const targets = () => [field, host(), document.elementFromPoint(place.clientX, place.clientY), document.documentElement];
        const press = () => targets().filter(Boolean).forEach(target => {
            for (const type of ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click', 'dblclick', 'contextmenu'])
                target.dispatchEvent(new MouseEvent(type, { bubbles: true, composed: true, cancelable: true, detail: 1, ...place }));
            for (const key of ['Enter', ' ', 'ArrowDown', 'L'])
                for (const type of ['keydown', 'keypress', 'keyup'])
                    target.dispatchEvent(new KeyboardEvent(type, { key, altKey: true, shiftKey: true, bubbles: true, composed: true }));
            target.click();
        });
        press();
        return new Promise(done => setTimeout(() => { field.focus(); press(); setTimeout(() => done(!!host()), 200); }, 400));
    })()";
    // Focus by a script shows the icon, which is all that it may do.
    ensure!(page.evaluate(synthetic).await? == true, "no icon: nothing was tried");
    ensure!(!is_open(&rig.browser).await?, "a script opened the chooser");
    // A hand can.
    let chooser = open_chooser(&rig.browser, &page, FIELD).await?;
    let item = "document.querySelector('main [data-key]')";
    chooser.wait_for(&format!("!!{item}")).await?;
    let forged =
        format!("(() => {{ {item}.click(); {item}.dispatchEvent(new MouseEvent('click', {{ bubbles: true }})); }})()");
    settle().await;
    chooser.evaluate(&forged).await?;
    sleep(Duration::from_millis(200)).await;
    ensure!(chooser.evaluate("!!document.querySelector('.cs-number-digits')").await? == false, "a forged press picked");
    rig.phone.title("Nothing to approve").await?;
    page.close().await
}

/// What a page does to the chooser, and whether it stays.
struct Deed {
    what: &'static str,
    script: &'static str,
    stays: bool,
}

const DEEDS: [Deed; 11] = [
    Deed {
        what: "styles",
        script: "host().style.cssText = 'display: none !important; opacity: 0 !important; width: 0 !important; \
        transform: scale(0) !important; clip-path: inset(50%) !important; pointer-events: none !important; zoom: 0.1 !important'",
        stays: true,
    },
    Deed {
        what: "opacity and transform around",
        script: "document.documentElement.style.cssText = 'opacity: 0; transform: scale(0.2); filter: opacity(0)'",
        stays: true,
    },
    Deed { what: "a popover above, once", script: "cover('')", stays: true },
    Deed {
        what: "a popover above, again and again",
        script: "const over = cover(''); again(() => lift(over))",
        stays: false,
    },
    Deed {
        what: "a modal dialog",
        script: "const dialog = document.createElement('dialog'); document.body.append(dialog); dialog.showModal()",
        stays: false,
    },
    Deed { what: "zoom around", script: "document.documentElement.style.zoom = 0.3", stays: false },
    Deed { what: "no display around", script: "document.documentElement.style.display = 'none'", stays: false },
    Deed {
        what: "out of the top layer, again and again",
        script: "const held = host(); document.documentElement.style.opacity = 0; again(() => held.removeAttribute('popover'))",
        stays: false,
    },
    Deed { what: "taken out", script: "host().remove()", stays: false },
    Deed { what: "moved", script: "document.body.append(host())", stays: false },
    Deed {
        what: "a view transition",
        script: "const sheet = document.createElement('style'); \
        sheet.textContent = '::view-transition { background: #fff; pointer-events: none } ::view-transition-group(*) { animation-duration: 100s }'; \
        document.head.append(sheet); document.startViewTransition(() => {})",
        stays: false,
    },
];

/// A chooser that is hidden, shrunk or covered closes; what cannot hurt it leaves it as it is.
async fn stays_in_plain_sight(rig: &Rig) -> Result<()> {
    for Deed { what, script, stays } in share(rig.browser.kind(), DEEDS) {
        let (page, chooser) = open(rig).await?;
        chooser.evaluate("window.same = true").await?;
        page.evaluate(&format!("void (() => {{ {script} }})()")).await?;
        if stays {
            sleep(Duration::from_millis(900)).await;
            let now = chooser.evaluate("[window.same, innerWidth, innerHeight]").await.context(what)?;
            ensure!(now == serde_json::json!([true, 360, 400]), "{what}: {now}");
        } else {
            chooser_closes(&rig.browser).await.context(what)?;
        }
        page.close().await?;
    }
    Ok(())
}

async fn open(rig: &Rig) -> Result<(Frame, Frame)> {
    let page = rig.open(&rig.site.url("/watcher")).await?;
    let chooser = open_chooser(&rig.browser, &page, FIELD).await?;
    chooser.wait_for("!!document.querySelector('main [data-key]')").await?;
    Ok((page, chooser))
}

/// Covers that let presses through, by what they paint with. Chromium itself tells of all of them alike.
const COVERS: [(&str, &str); 9] = [
    (
        "a border",
        "const over = cover('background: none; border: 50vmax solid #fff; box-sizing: border-box; pointer-events: none')",
    ),
    ("an outline", "const over = cover('inset: 0 auto auto 0; width: 1px; height: 1px; outline: 200vmax solid #fff')"),
    ("a shadow", "const over = cover('inset: 0 auto auto 0; width: 1px; height: 1px; box-shadow: 0 0 0 200vmax #fff')"),
    (
        "an inner shadow",
        "const over = cover('background: none; box-shadow: inset 0 0 0 100vmax #fff; pointer-events: none')",
    ),
    (
        "text",
        "const over = cover('background: none; font: 60px/1 monospace; overflow-wrap: anywhere; color: #fff; pointer-events: none');
        over.textContent = '█'.repeat(2000)",
    ),
    (
        "generated content",
        "style('div[style]::before { content: \"\"; position: absolute; inset: 0; background: #fff }');
        const over = cover('background: none; pointer-events: none')",
    ),
    (
        "a backdrop",
        "style('div[style]::backdrop { background: #fff }');
        const over = cover('inset: auto 0 0 auto; width: 1px; height: 1px')",
    ),
    ("layers", "const over = [1, 2, 3, 4].map(() => cover('background: #fff6; pointer-events: none'))"),
    ("what is inert", "const over = cover(''); over.inert = true"),
];

/// What is laid over the chooser and lets presses through to it.
async fn takes_no_press_through_a_cover(rig: &Rig) -> Result<()> {
    let roots =
        ["document.body", "document.body.appendChild(document.createElement('div')).attachShadow({ mode: 'closed' })"];
    let roots = roots.map(|root| {
        let cover = format!("const over = cover('pointer-events: none'); {root}.append(over)");
        ("what lets presses through", cover)
    });
    let covers = COVERS.map(|(what, script)| (what, script.to_owned()));
    for (what, script) in roots.into_iter().chain(covers) {
        let (page, chooser) = open(rig).await?;
        page.evaluate(&format!("void (() => {{ {script}; again(() => [over].flat().forEach(lift)) }})()")).await?;
        takes_no_press(rig, &chooser).await.with_context(|| format!("covered by {what}"))?;
        rig.phone.title("Nothing to approve").await?;
        page.close().await?;
    }
    Ok(())
}

async fn takes_no_press(rig: &Rig, chooser: &Frame) -> Result<()> {
    match rig.browser.kind() {
        // It says itself whether anything covers a frame.
        Kind::Chromium => {
            settle().await;
            chooser.click_element("document.querySelector('main [data-key]')").await?;
            shows(chooser, "Something on this page covers Countersign").await
        }
        Kind::Firefox => chooser_closes(&rig.browser).await,
    }
}

/// Covers that no look by the clock finds, and what such a page does once enough was tried.
const UNSEEN: [(&str, &str); 2] = [
    (
        "a page that lets nobody look for longer than it takes to press",
        "cover('pointer-events: none');
        const { port1, port2 } = new MessageChannel();
        const work = () => { for (const end = Date.now() + 700; Date.now() < end;); };
        port1.onmessage = () => { work(); if (!window.enough) port2.postMessage(0); };
        requestAnimationFrame(() => requestAnimationFrame(() => port2.postMessage(0)))",
    ),
    (
        "what is there whenever something is painted, and at no other time",
        "const over = cover('pointer-events: none'), { port1, port2 } = new MessageChannel();
        port1.onmessage = () => over.matches(':popover-open') && over.hidePopover();
        const each = () => { requestAnimationFrame(each); lift(over); port2.postMessage(0); };
        each()",
    ),
];

/// What lies over the chooser where the page lets nobody look at the right time.
async fn takes_no_press_that_nobody_vouches_for(rig: &Rig) -> Result<()> {
    for (what, script) in UNSEEN {
        let (page, chooser) = open(rig).await?;
        settle().await;
        page.evaluate(&format!("void (() => {{ {script} }})()")).await?;
        sleep(Duration::from_millis(200)).await;
        chooser.press("Enter").await?;
        let refused = shows(&chooser, "Something on this page covers Countersign").await;
        page.evaluate("void (window.enough = true)").await?;
        refused.with_context(|| format!("covered by {what}"))?;
        rig.phone.title("Nothing to approve").await?;
        page.close().await?;
    }
    Ok(())
}

/// The extension's pages in a frame of the page's own making.
async fn shows_nothing_in_a_foreign_frame(rig: &Rig) -> Result<()> {
    let page = rig.open(&rig.site.url("/watcher")).await?;
    for name in ["chooser.html", "popup.html", "vault.html"] {
        let url = serde_json::json!(rig.browser.extension_url(name));
        let add = format!(
            "document.body.append(Object.assign(document.createElement('iframe'), {{ src: {url}, width: 400, height: 500 }}))"
        );
        page.evaluate(&format!("void {add}")).await?;
    }
    let framed = rig.browser.wait_for_frame("chooser.html").await?;
    framed.wait_for("document.body.innerText.trim()").await?;
    sleep(Duration::from_millis(300)).await;
    let own = rig.browser.extension_url("");
    for (frame, url) in rig.browser.frames().await?.into_iter().filter(|(_, url)| url.starts_with(&own)) {
        let Ok(text) = frame.text("document.body?.innerText ?? ''").await else { continue };
        ensure!(!text.contains(TITLE) && !text.contains(USERNAME), "{url} shows a page's frame what there is: {text}");
    }
    page.close().await
}

/// What a page can tell of a chooser that has come up.
async fn told(rig: &Rig, site: &Site, items: usize) -> Result<Value> {
    let page = rig.open(&site.url("/watcher")).await?;
    // How a document loads, gets the focus and its icon has no order of its own; none of it knows of items.
    page.click(FIELD).await?;
    page.wait_for("document.hasFocus() && document.readyState === 'complete' && !!host()").await?;
    page.evaluate("new Promise(done => setTimeout(done, 100)).then(() => (heard.length = 0))").await?;
    let chooser = open_chooser(&rig.browser, &page, FIELD).await?;
    let count = "document.querySelectorAll('main [data-key]').length";
    chooser.wait_for(&format!("!document.querySelector('.connecting') && {count} === {items}")).await?;
    settle().await;
    let open = page.evaluate("known()").await?;
    page.click("h1").await?;
    chooser_closes(&rig.browser).await?;
    sleep(Duration::from_millis(200)).await;
    let closed = page.evaluate("known()").await?;
    page.close().await?;
    let told = serde_json::to_string(&[open, closed])?.replace(&site.port().to_string(), "port");
    Ok(serde_json::from_str(&told)?)
}

async fn cannot_be_counted(rig: &Rig, empty: &Site, crowded: &Site) -> Result<()> {
    let of_one = told(rig, &rig.site, 1).await?;
    ensure!(of_one[0]["heard"].as_array().is_some_and(|heard| heard.len() > 3), "the page heard nothing: {of_one}");
    ensure!(!of_one.to_string().contains("extension://"), "the page reads the chooser's address: {of_one}");
    ensure!(of_one[0]["frames"] == 0 && of_one[0]["tree"] == "null" && of_one[0]["children"] == 0, "{of_one}");
    for (site, items) in [(empty, 0), (crowded, CROWD)] {
        let told = told(rig, site, items).await?;
        ensure!(told == of_one, "of {items} items a page hears\n{told}\nand of one\n{of_one}");
    }
    Ok(())
}

/// The sites of these scenes.
pub(crate) struct Sites {
    empty: Site,
    crowded: Site,
}

impl Sites {
    /// Goes there with a rig of any scene before.
    pub(crate) async fn visit(rig: Rig) -> Result<(Self, Rig)> {
        let sites = Self { empty: site().await?, crowded: site().await? };
        let rig = rig.next(site().await?, async |desk, site| {
            desk.add_login(TITLE, USERNAME, PASSWORD, &site.origin()).await?;
            let crowded = sites.crowded.origin();
            let titles: Vec<_> = (0..CROWD).map(|number| format!("Login {number}")).collect();
            for batch in titles.chunks(10) {
                try_join_all(batch.iter().map(|title| desk.add_login(title, title, PASSWORD, &crowded))).await?;
            }
            Ok(())
        });
        let rig = rig.await?;
        Ok((sites, rig))
    }
}

/// Pages with a stopwatch, on a computer that does nothing else.
async fn soak_a_stopwatch(kind: Kind) -> Result<()> {
    let (Sites { empty, crowded }, rig) = Sites::visit(Rig::set_up(kind, Unlock::Passphrase).await?).await?;
    chooser_timing::a_stopwatch_tells_nothing(&rig, &empty, &crowded, CROWD).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "soak: measures times, which a busy computer would spoil"]
async fn soak_a_stopwatch_tells_nothing_in_chromium() -> Result<()> {
    soak_a_stopwatch(Kind::Chromium).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "soak: measures times, which a busy computer would spoil"]
async fn soak_a_stopwatch_tells_nothing_in_firefox() -> Result<()> {
    soak_a_stopwatch(Kind::Firefox).await
}

/// Plays on these sites.
pub(crate) async fn pages_cannot_press_cover_or_count_the_chooser(rig: &Rig, sites: &Sites) -> Result<()> {
    let Sites { empty, crowded } = sites;
    scripts_press_nothing(rig).await?;
    cannot_be_counted(rig, empty, crowded).await?;
    chooser_timing::the_page_hears_nothing_of_items(rig, crowded, CROWD).await?;
    takes_no_press_through_a_cover(rig).await?;
    takes_no_press_that_nobody_vouches_for(rig).await?;
    stays_in_plain_sight(rig).await?;
    shows_nothing_in_a_foreign_frame(rig).await?;
    let (page, chooser) = rig.ask().await?;
    rig.approve_and_sign_in(&page, &chooser).await
}
