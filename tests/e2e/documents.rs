//! What a request is for can go while the phone is asked: the document, the form in it, the frame, the tab's window, the tab. Each ends the request everywhere, and
//! nothing is filled. An address that changes under the same form does not: addresses change while people type.

use anyhow::{Context as _, Result, ensure};
use countersign_harness::{
    Answer, Frame, PATIENCE,
    spine::{chooser_closes, number, open_chooser, pick, press, put_login_page, settle, shows},
};
use serde_json::json;

use crate::rig::{PASSWORD, Rig, TITLE, USERNAME, value};

const PASSWORD_FIELD: &str = "[name=password]";

/// The login page, with a script before its form.
fn login_with(script: &str) -> String {
    include_str!("../harness/pages/login.html").replace("<body>", &format!("<body><script>{script}</script>"))
}

fn put_pages(rig: &Rig) {
    rig.site.put("/elsewhere", Answer::html("<!doctype html><title>Elsewhere</title><p>Elsewhere"));
    rig.site.put(
        "/swallows",
        Answer::html(login_with(
            "for (const name of ['pagehide', 'visibilitychange', 'freeze'])
               addEventListener(name, event => event.stopImmediatePropagation(), true);",
        )),
    );
    let frame = "<!doctype html><title>Around</title><iframe src=/login width=700 height=500></iframe>";
    rig.site.put("/around", Answer::html(frame));
}

/// Picks the item at a path of the site; the phone asks.
async fn ask_at(rig: &Rig, path: &str) -> Result<(Frame, Frame)> {
    let page = rig.open(&rig.site.url(path)).await?;
    let chooser = ask_in(rig, &page).await?;
    Ok((page, chooser))
}

async fn ask_in(rig: &Rig, page: &Frame) -> Result<Frame> {
    let chooser = open_chooser(&rig.browser, page, PASSWORD_FIELD).await?;
    pick(&chooser, TITLE).await?;
    number(&chooser).await?;
    rig.phone.title("Fill password?").await?;
    Ok(chooser)
}

/// Runs a statement in the page a moment later, when this call has returned.
async fn soon(page: &Frame, statement: &str) -> Result<()> {
    page.evaluate(&format!("void setTimeout(() => {{ {statement} }}, 10)")).await.map(drop)
}

async fn is_cleared(rig: &Rig, why: &str) -> Result<()> {
    rig.phone.title("Nothing to approve").await.with_context(|| format!("after {why}"))
}

/// Plays on a rig with one login. The documents that go: each request is itself the next try after the one before.
pub(crate) async fn ends_with_its_document(rig: &Rig) -> Result<()> {
    put_pages(rig);
    let (page, _) = ask_at(rig, "/login").await?;
    soon(&page, "location.reload()").await?;
    is_cleared(rig, "a reload").await?;
    page.wait_for_element(PASSWORD_FIELD).await?;
    ensure!(value(&page).await?.is_empty());
    page.close().await?;

    for path in ["/login", "/swallows"] {
        let (page, _) = ask_at(rig, path).await?;
        // With its frame in the page Chromium would not keep the page. A request outlives its chooser: the popup shows it.
        page.click("h1").await?;
        chooser_closes(&rig.browser).await?;
        rig.phone.title("Fill password?").await?;
        page.evaluate("window.kept = true").await?;
        soon(&page, "location.href = '/elsewhere'").await?;
        is_cleared(rig, &format!("{path} went into the back-forward cache")).await?;
        rig.phone.shows("The request was cancelled on your computer").await?;
        soon(&page, "history.back()").await?;
        page.wait_for("document.querySelector('[name=password]')").await?;
        ensure!(page.evaluate("window.kept").await? == true, "{path} was loaded anew: no back-forward cache was seen");
        ensure!(value(&page).await?.is_empty(), "{path} was filled after it came back");
        page.close().await?;
    }

    let (page, _) = ask_at(rig, "/login").await?;
    page.close().await?;
    is_cleared(rig, "the tab was closed").await?;

    for (what, statement) in [
        ("the frame was removed", "document.querySelector('iframe').remove()"),
        ("the frame went elsewhere", "document.querySelector('iframe').src = '/elsewhere'"),
    ] {
        let page = rig.open(&rig.site.url("/around")).await?;
        let inner = rig.browser.wait_for_frame("/login").await?;
        ask_in(rig, &inner).await?;
        soon(&page, statement).await?;
        is_cleared(rig, what).await?;
        page.close().await?;
    }

    comes_too_late(rig).await?;
    let (page, chooser) = ask_at(rig, "/login").await?;
    rig.approve_and_sign_in(&page, &chooser).await
}

/// The approval is on its way while the document goes. The relay is stopped for a moment, so that the withdrawal cannot reach the phone first.
async fn comes_too_late(rig: &Rig) -> Result<()> {
    let (page, chooser) = ask_at(rig, "/login").await?;
    let right = number(&chooser).await?;
    rig.phone.type_into("Number shown on your computer", &right.to_string()).await?;
    settle().await;
    rig.desk.relay.pause()?;
    page.navigate(&rig.site.url("/login")).await?;
    rig.phone.press("Approve").await?;
    rig.desk.relay.resume()?;
    is_cleared(rig, "an approval that came too late").await?;
    rig.desk.wait_for_status("the relay is back", |status| status["status"]["relay"] == true).await?;
    ensure!(value(&page).await?.is_empty(), "an approval was used for another document");
    ensure!(rig.site.submissions().is_empty());
    page.close().await
}

const SWAP: &str = "history.pushState(null, '', '/account');
    const before = document.querySelector('form'), after = before.cloneNode(true);
    before.replaceWith(after);";

/// Plays on a rig with one login. The form goes or stays while its document stays; the tab and its window.
pub(crate) async fn ends_with_its_form_or_window(rig: &Rig) -> Result<()> {
    put_pages(rig);
    let (page, chooser) = ask_at(rig, "/login").await?;
    page.evaluate(&format!("(() => {{ {SWAP} }})()")).await?;
    is_cleared(rig, "the page swapped its form").await?;
    shows(&chooser, "The form is not there any more").await?;
    ensure!(value(&page).await?.is_empty());
    page.close().await?;

    let (page, chooser) = ask_at(rig, "/login").await?;
    in_worker(rig, "chrome.windows.create({ tabId: tab.id })").await?;
    is_cleared(rig, "the tab was moved to another window").await?;
    shows(&chooser, "The tab was moved to another window").await?;
    ensure!(value(&page).await?.is_empty());
    settle().await;
    press(&chooser, "Ask again").await?;
    rig.approve_and_sign_in(&page, &chooser).await.context("in the new window")?;
    page.close().await?;

    let url = json!(rig.site.url("/login?window"));
    rig.browser.evaluate_in_worker(&format!("chrome.windows.create({{ url: {url} }}).then(() => 0)")).await?;
    let page = rig.browser.wait_for_frame("?window").await?;
    page.activate().await?;
    page.wait_for_element(PASSWORD_FIELD).await?;
    ask_in(rig, &page).await?;
    in_worker(rig, "chrome.windows.remove(tab.windowId)").await?;
    is_cleared(rig, "the window was closed").await?;

    keeps_its_form(rig).await
}

/// The same form under another address. The form says nothing of where it submits, so that moves along.
async fn keeps_its_form(rig: &Rig) -> Result<()> {
    let page = rig.open(&rig.site.url("/login")).await?;
    page.evaluate("document.querySelector('form').removeAttribute('action')").await?;
    let chooser = ask_in(rig, &page).await?;
    page.evaluate("history.pushState(null, '', '/account?step=2')").await?;
    let number = number(&chooser).await?;
    rig.phone.approve(number).await?;
    page.wait_for("document.querySelector('[name=password]').value").await?;
    chooser_closes(&rig.browser).await?;
    page.click("button").await?;
    let sent = rig.site.wait_for_submission("/account", PATIENCE).await?;
    ensure!((sent.fields["user"].as_str(), sent.fields["password"].as_str()) == (USERNAME, PASSWORD));
    put_login_page(&rig.site, &[]);
    Ok(())
}

/// Does something with the tab in front.
async fn in_worker(rig: &Rig, action: &str) -> Result<()> {
    let act = format!(
        "chrome.tabs.query({{ active: true, lastFocusedWindow: true }}).then(([tab]) => {action}).then(() => 0)"
    );
    rig.browser.evaluate_in_worker(&act).await.map(drop)
}
