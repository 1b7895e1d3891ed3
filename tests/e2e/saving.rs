//! What pages are given: offered to be saved when the site took it, never after a login that failed, and lost to nobody.

use anyhow::{Context as _, Result, ensure};
use countersign_harness::{
    Answer, Frame,
    spine::{picture, press, settle, shows},
};
use std::time::Duration;
use tokio::time::sleep;

use crate::rig::{PASSWORD, Rig, TITLE, USERNAME, type_login, value};

const NEW_USER: &str = "grace";
const NEW_PASSWORD: &str = "harbour <Lights> & 7 ferries";
const CHANGED: &str = "lantern & Quayside <1844>";
const UNCERTAIN: &str = "Not known whether the site took it";
/// Longer than it takes from a page to its offer.
const NOTHING_COMES: Duration = Duration::from_secs(5);

/// Types a login into a page and submits it.
async fn sign_in(rig: &Rig, path: &str, user: &str, password: &str) -> Result<Frame> {
    let page = rig.open(&rig.site.url(path)).await?;
    type_login(&page, user, password).await?;
    page.click("button").await?;
    Ok(page)
}

pub(crate) async fn offer(rig: &Rig) -> Result<Frame> {
    let offer = rig.browser.wait_for_frame("/offer.html").await?;
    offer.wait_for("document.querySelector('h1')").await?;
    // Presses count once it was in sight for a moment.
    settle().await;
    Ok(offer)
}

pub(crate) async fn no_offer(rig: &Rig) -> Result<()> {
    sleep(NOTHING_COMES).await;
    let frames = rig.browser.frames().await?;
    ensure!(!frames.iter().any(|(_, url)| url.contains("/offer.html")), "something is offered");
    Ok(())
}

pub(crate) async fn items(rig: &Rig) -> Result<Vec<serde_json::Value>> {
    Ok(serde_json::from_str(&rig.desk.command(&["item", "list", "--json"], "").await?)?)
}

/// A login that is new: saved, sealed, and filled once the phone says so.
async fn saves_a_new_login(rig: &Rig) -> Result<()> {
    let page = sign_in(rig, "/login", NEW_USER, NEW_PASSWORD).await?;
    let panel = offer(rig).await?;
    shows(&panel, "Save this login?").await?;
    page.screenshot(&picture("screens", "offer-new")).await?;
    press(&panel, "Save").await?;
    shows(&panel, "Saved").await?;
    let saved = items(rig).await?;
    let new = saved.iter().find(|item| item["username"] == NEW_USER).context("it is not there")?;
    let title = new["title"].as_str().context("no title")?.to_owned();
    page.close().await?;
    let page = rig.login_page().await?;
    rig.fill(&page, "[name=password]", &title, &["Fill password?"]).await?;
    ensure!(value(&page).await? == NEW_PASSWORD, "another password was saved");
    // What was just released is known: nothing is asked of it.
    page.click("button").await?;
    no_offer(rig).await?;
    page.close().await
}

/// The site asks again, or says that it was wrong.
async fn offers_nothing_after_a_failure(rig: &Rig) -> Result<()> {
    let page = sign_in(rig, "/stern", "mallory", "guess").await?;
    page.wait_for("document.querySelector('[role=alert]')").await?;
    no_offer(rig).await?;
    page.close().await?;
    let page = sign_in(rig, "/single", "mallory", "wrong").await?;
    page.wait_for("document.querySelector('#said').textContent === 'Wrong password'").await?;
    no_offer(rig).await?;
    page.close().await?;
    // A word that the form gives way to says nothing yet.
    let page = sign_in(rig, "/single", "mallory", "late").await?;
    page.wait_for("document.querySelector('#said').textContent === 'Wrong password'").await?;
    no_offer(rig).await?;
    page.close().await?;
    // Who looks at what was typed and goes elsewhere has submitted nothing.
    let page = rig.open(&rig.site.url("/peek")).await?;
    type_login(&page, "mallory", "half a").await?;
    page.click("#show").await?;
    page.click("a").await?;
    page.wait_for("location.pathname === '/in'").await?;
    no_offer(rig).await?;
    // As far as anybody can tell: so it is not lost.
    page.close().await?;
    forgets_in_the_popup(rig, UNCERTAIN).await
}

/// What the popup of the site lists.
async fn forgets_in_the_popup(rig: &Rig, said: &str) -> Result<()> {
    let page = rig.login_page().await?;
    page.click("[name=user]").await?;
    let popup = crate::corrections::popup_about(rig, &page).await?;
    shows(&popup, said).await?;
    popup.screenshot(&picture("screens", "popup-capture")).await?;
    press(&popup, "Forget it").await?;
    popup.wait_for("!document.body.textContent.includes('Save this login?')").await?;
    popup.close().await?;
    page.close().await
}

/// A page that loads nothing anew. What was known of the old password went with the lock: the phone says whether it is the same, and nobody presses anything there.
async fn updates_what_the_phone_finds_to_be_another(rig: &Rig) -> Result<()> {
    rig.desk.command(&["lock"], "").await?;
    rig.desk.unlock().await?;
    let page = sign_in(rig, "/single", USERNAME, PASSWORD).await?;
    no_offer(rig).await?;
    rig.desk.command(&["lock"], "").await?;
    rig.desk.unlock().await?;
    page.close().await?;
    let page = sign_in(rig, "/single", USERNAME, CHANGED).await?;
    let panel = offer(rig).await?;
    shows(&panel, &format!("Update the password of {TITLE}?")).await?;
    rig.phone.title("Nothing to approve").await?;
    page.screenshot(&picture("screens", "offer-update")).await?;
    press(&panel, "Update").await?;
    shows(&panel, "Saved").await?;
    page.close().await?;
    let page = rig.login_page().await?;
    rig.fill(&page, "[name=password]", TITLE, &["Fill password?"]).await?;
    ensure!(value(&page).await? == CHANGED, "the old password");
    page.close().await
}

/// The daemon is locked, the worker dies, and the browser is quit: its popup has it once the vault is open again.
async fn loses_nothing(rig: Rig) -> Result<Rig> {
    rig.desk.command(&["lock"], "").await?;
    sign_in(&rig, "/login", "edith", "kept & sealed").await?;
    sleep(NOTHING_COMES).await;
    rig.browser.stop_worker().await?;
    let rig = rig.with_browser_restarted().await?;
    rig.desk.unlock().await?;
    forgets_in_the_popup(&rig, "Save this login?").await?;
    Ok(rig)
}

/// What was said of a site on its offer is taken back on the vault page.
async fn asks_again_about_a_site(rig: &Rig) -> Result<()> {
    let page = sign_in(rig, "/login", "hedy", "quiet & Quartz").await?;
    press(&offer(rig).await?, "Never for this site").await?;
    page.close().await?;
    let page = sign_in(rig, "/login", "hedy", "quiet & Quartz").await?;
    no_offer(rig).await?;
    page.close().await?;
    let vault = rig.browser.open(&rig.browser.extension_url("vault.html")).await?;
    shows(&vault, "Lock").await?;
    press(&vault, "Not saved").await?;
    shows(&vault, "Nothing waits to be saved").await?;
    vault.screenshot(&picture("screens", "vault-ignored")).await?;
    press(&vault, "Ask again").await?;
    shows(&vault, "is offered to be saved again").await?;
    vault.wait_for("document.activeElement.className === 'capture-lists'").await?;
    let page = sign_in(rig, "/login", "hedy", "quiet & Quartz").await?;
    shows(&offer(rig).await?, "Save this login?").await?;
    page.close().await?;
    forgets_on_the_vault_page(rig, &vault).await?;
    vault.close().await
}

/// The offer went with its page; the vault page lists what it was about, and asks once more before that is lost.
async fn forgets_on_the_vault_page(rig: &Rig, vault: &Frame) -> Result<()> {
    shows(vault, "The site took it").await?;
    vault.screenshot(&picture("screens", "vault-waiting")).await?;
    press(vault, "Forget it").await?;
    shows(vault, "This cannot be undone").await?;
    press(vault, "Forget for good").await?;
    shows(vault, "Nothing waits to be saved").await?;
    ensure!(!items(rig).await?.iter().any(|item| item["username"] == "hedy"), "nobody saved it");
    Ok(())
}

/// Plays on a rig with one login.
pub(crate) async fn keeps_what_pages_took(rig: Rig) -> Result<Rig> {
    rig.site.put("/stern", Answer::html(page("/stern/in", "")));
    rig.site.reply("/stern/in", |_| Answer::html(page("/stern/in", "<p role=alert>Wrong password. Try again.</p>")));
    rig.site.put("/single", Answer::html(SINGLE));
    let peek = "<p><button type=button id=show>Show password</button> <a href=/in>Look around first</a>";
    rig.site.put("/peek", Answer::html(page("/in", peek)));
    updates_what_the_phone_finds_to_be_another(&rig).await?;
    saves_a_new_login(&rig).await?;
    offers_nothing_after_a_failure(&rig).await?;
    asks_again_about_a_site(&rig).await?;
    loses_nothing(rig).await
}

fn page(action: &str, alert: &str) -> String {
    format!(
        "<!doctype html><title>Sign in</title><link rel=icon href=data:,><h1>Sign in</h1>{alert}\
         <form method=post action={action}><p><label>User name <input name=user autocomplete=username></label>\
         <p><label>Password <input name=password type=password autocomplete=current-password></label>\
         <p><button>Sign in</button></form>"
    )
}

/// It takes any password but `wrong`, after a moment, and says of `late` only a while after its form has gone that it is wrong.
const SINGLE: &str = "<!doctype html><title>Sign in</title><link rel=icon href=data:,><h1>Sign in</h1><p id=said class=form-error></p>\
    <div id=app><p><label>User name <input name=user></label><p><label>Password <input name=password type=password></label>\
    <p><button type=button>Sign in</button></div>\
    <script>document.querySelector('button').onclick = () => setTimeout(() => {\
      const { value } = document.querySelector('[name=password]');\
      const refuse = () => { said.textContent = 'Wrong password'; };\
      if (value === 'wrong') return refuse();\
      app.innerHTML = value === 'late' ? '<p>Please wait' : '<p>Welcome to the harbour</p>';\
      if (value === 'late') setTimeout(refuse, 1200); }, 300)</script>";
