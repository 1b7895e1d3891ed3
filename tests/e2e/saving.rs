//! What pages are given: offered to be saved when the site took it, never after a login that failed, and lost to nobody.

use anyhow::{Context as _, Result, ensure};
use countersign_harness::{
    Answer, Frame,
    spine::{PHONE_PIN, chooser_closes, number, picture, press, settle, shows},
};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::time::sleep;

use crate::rig::{PASSWORD, Rig, TITLE, USERNAME, plays, type_login, value};

const NEW_USER: &str = "grace";
const NEW_PASSWORD: &str = "harbour <Lights> & 7 ferries";
const CHANGED: &str = "lantern & Quayside <1844>";
const UNCERTAIN: &str = "Not known whether the site took it";
/// What waits for a locked vault.
const KEPT: &str = "kept & sealed <until> the vault is open";
/// What a site nearby takes to answer.
const NEAR: Duration = Duration::from_millis(300);
/// Longer than it takes from a page to its offer.
const NOTHING_COMES: Duration = Duration::from_secs(5);

/// Types a login into a page and submits it.
async fn sign_in(rig: &Rig, path: &str, user: &str, password: &str) -> Result<Frame> {
    let page = rig.open(&rig.site.url(path)).await?;
    type_login(&page, user, password).await?;
    page.click("button").await?;
    Ok(page)
}

pub(crate) async fn offer<S>(rig: &Rig<S>) -> Result<Frame> {
    let offer = rig.browser.wait_for_frame("/offer.html").await?;
    offer.wait_for("document.querySelector('h1')").await?;
    // Presses count once it was in sight for a moment.
    settle().await;
    Ok(offer)
}

pub(crate) async fn no_offer<S>(rig: &Rig<S>) -> Result<()> {
    sleep(NOTHING_COMES).await;
    let frames = rig.browser.frames().await?;
    ensure!(!frames.iter().any(|(_, url)| url.contains("/offer.html")), "something is offered");
    Ok(())
}

pub(crate) async fn items<S>(rig: &Rig<S>) -> Result<Vec<serde_json::Value>> {
    Ok(serde_json::from_str(&rig.desk.command(&["item", "list", "--json"], "").await?)?)
}

/// A login that is new: saved, sealed, and filled once the phone says so. The extension's worker sleeps when it is submitted, and the site answers as fast as sites do.
async fn saves_a_new_login(rig: &Rig) -> Result<()> {
    rig.site.reply("/in", |_| Answer::html("<!doctype html><title>Welcome</title><p>Welcome.").after(NEAR));
    let page = rig.login_page().await?;
    type_login(&page, NEW_USER, NEW_PASSWORD).await?;
    rig.browser.stop_worker().await?;
    // The page hears of that a moment later.
    sleep(NEAR).await;
    page.click("button").await?;
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

/// The popup about a page lists nothing that could be saved.
pub(crate) async fn nothing_waits<S>(rig: &Rig<S>, page: &Frame) -> Result<()> {
    let popup = crate::corrections::popup_about(rig, page).await?;
    let said = popup.text("document.body.innerText").await?;
    ensure!(!said.contains(UNCERTAIN) && !said.contains("Save this login?"), "something waits: {said}");
    popup.close().await
}

/// A login page, and the popup about it.
async fn popup_of_the_site(rig: &Rig) -> Result<(Frame, Frame)> {
    let page = rig.login_page().await?;
    page.click("[name=user]").await?;
    let popup = crate::corrections::popup_about(rig, &page).await?;
    Ok((page, popup))
}

/// What the popup of the site lists.
async fn forgets_in_the_popup(rig: &Rig, said: &str) -> Result<()> {
    let (page, popup) = popup_of_the_site(rig).await?;
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

/// The daemon is locked, the worker dies, and the browser is quit: its popup has it once the vault is open again, and what it saves is what was typed.
async fn loses_nothing(rig: Rig) -> Result<Rig> {
    rig.desk.command(&["lock"], "").await?;
    sign_in(&rig, "/login", "edith", KEPT).await?;
    sleep(NOTHING_COMES).await;
    rig.browser.stop_worker().await?;
    let rig = rig.with_browser_restarted().await?;
    nobody_reads_it(&rig)?;
    rig.desk.unlock().await?;
    let (page, popup) = popup_of_the_site(&rig).await?;
    shows(&popup, "Save this login?").await?;
    press(&popup, "Save").await?;
    popup.wait_for("!document.body.textContent.includes('Save this login?')").await?;
    popup.close().await?;
    page.close().await?;
    nobody_reads_it(&rig)?;
    is_filled(&rig, "edith", KEPT).await?;
    Ok(rig)
}

/// No file of this computer holds what was captured: neither the browser's profile nor the daemon's.
fn nobody_reads_it(rig: &Rig) -> Result<()> {
    let wide: Vec<u8> = KEPT.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let home = rig.desk.home.path();
    let found = |text: &[u8]| files_with(home, text);
    ensure!(found(KEPT.as_bytes())?.is_empty(), "in clear: {:?}", found(KEPT.as_bytes())?);
    ensure!(found(&wide)?.is_empty(), "in clear, UTF-16: {:?}", found(&wide)?);
    // The control.
    let control = home.join("control");
    std::fs::write(&control, [b"before ", KEPT.as_bytes()].concat())?;
    ensure!(found(KEPT.as_bytes())? == [control.clone()], "the search finds nothing");
    Ok(std::fs::remove_file(control)?)
}

/// The files below a directory that hold these bytes.
fn files_with(dir: &Path, bytes: &[u8]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir)? {
        let entry = entry?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        if kind.is_dir() {
            found.extend(files_with(&path, bytes)?);
        } else if kind.is_file() {
            // Browsers take files away while they are looked at.
            let held = std::fs::read(&path).unwrap_or_default();
            if memchr::memmem::find(&held, bytes).is_some() {
                found.push(path);
            }
        }
    }
    Ok(found)
}

/// The item of this user fills this password.
async fn is_filled(rig: &Rig, user: &str, password: &str) -> Result<()> {
    let saved = items(rig).await?;
    let of_user: Vec<_> = saved.iter().filter(|item| item["username"] == user).collect();
    ensure!(of_user.len() == 1, "{user} has {} items", of_user.len());
    let page = rig.login_page().await?;
    // Those that are saved here are all called after the site.
    let chooser = rig.pick(&page, "[name=password]", user).await?;
    rig.phone.approve(number(&chooser).await?).await?;
    page.wait_for("document.querySelector('[name=password]').value").await?;
    chooser_closes(&rig.browser).await?;
    ensure!(value(&page).await? == password, "another password was saved for {user}");
    page.close().await
}

/// Saves what the offer has.
async fn save(rig: &Rig) -> Result<()> {
    let panel = offer(rig).await?;
    shows(&panel, "Save this login?").await?;
    press(&panel, "Save").await?;
    shows(&panel, "Saved").await
}

/// The user name on one page, the password on the next.
async fn saves_a_login_of_two_pages(rig: &Rig) -> Result<()> {
    rig.site.put("/first-step", Answer::html(include_str!("../harness/pages/first-step.html")));
    rig.site.put("/second-step", Answer::html(include_str!("../harness/pages/second-step.html")));
    let page = rig.open(&rig.site.url("/first-step")).await?;
    page.fill_in("[name=user]", "mary").await?;
    page.click("button").await?;
    page.wait_for("document.querySelector('[name=password]')").await?;
    page.fill_in("[name=password]", "two steps & one harbour").await?;
    page.click("button").await?;
    save(rig).await?;
    page.close().await?;
    is_filled(rig, "mary", "two steps & one harbour").await
}

/// Typed by hand, twice.
async fn saves_a_sign_up(rig: &Rig) -> Result<()> {
    let rows = "<p><label>E-mail <input name=email type=email></label>\
        <p><label>Choose a password <input name=password type=password autocomplete=new-password></label>\
        <p><label>Repeat password <input name=again type=password autocomplete=new-password></label>";
    rig.site.put(
        "/enrol",
        Answer::html(format!(
            "<!doctype html><title>Enrol</title><link rel=icon href=data:,><h1>Create your account</h1>\
             <form method=post action=/in>{rows}<p><button>Create account</button></form>"
        )),
    );
    let page = rig.open(&rig.site.url("/enrol")).await?;
    for (name, text) in
        [("email", "joan@example.org"), ("password", "typed by hand, 2 x"), ("again", "typed by hand, 2 x")]
    {
        page.fill_in(&format!("[name={name}]"), text).await?;
    }
    page.click("button").await?;
    save(rig).await?;
    page.close().await?;
    is_filled(rig, "joan@example.org", "typed by hand, 2 x").await
}

/// A login in a closed shadow tree, where no event says what was pressed.
async fn saves_what_a_closed_tree_took(rig: &Rig) -> Result<()> {
    rig.site.put("/closed", Answer::html(CLOSED));
    let sign_in = async |user: &str, password: &str| {
        let page = rig.open(&rig.site.url("/closed")).await?;
        // The tree is closed to tests too: its page has put the focus into the first box.
        page.click("harbour-login").await?;
        // Beside all that is in it.
        let edge =
            "(({ left, top }) => [left + 4, top + 4])(document.querySelector('harbour-login').getBoundingClientRect())";
        let edge = page.evaluate(edge).await?;
        page.click_at(edge[0].as_f64().context("no place")?, edge[1].as_f64().context("no place")?).await?;
        page.wait_for("document.activeElement.localName === 'harbour-login'").await?;
        for text in [user, password] {
            page.type_text(text).await?;
            page.press("Tab").await?;
        }
        anyhow::Ok(page)
    };
    let page = sign_in("mallory", "wrong").await?;
    page.press("Enter").await?;
    page.wait_for("document.title === 'Refused'").await?;
    no_offer(rig).await?;
    nothing_waits(rig, &page).await?;
    page.close().await?;
    let page = sign_in("ruth", "closed & kept").await?;
    page.press("Space").await?;
    save(rig).await?;
    page.close().await?;
    is_filled(rig, "ruth", "closed & kept").await
}

/// Neither the phone nor the computer can tell whether it is the saved one: the question says so, and what is answered holds.
async fn asks_where_nobody_can_tell(rig: &Rig) -> Result<()> {
    rig.desk.command(&["lock"], "").await?;
    rig.desk.unlock().await?;
    let phone = rig.phone.page.text("location.href").await?;
    rig.phone.page.navigate("about:blank").await?;
    let page = sign_in(rig, "/single", USERNAME, PASSWORD).await?;
    let panel = offer(rig).await?;
    shows(&panel, &format!("Is this a new password for {TITLE}?")).await?;
    page.screenshot(&picture("screens", "offer-maybe")).await?;
    press(&panel, "Not now").await?;
    rig.phone.page.navigate(&phone).await?;
    rig.phone.type_into("PIN", PHONE_PIN).await?;
    rig.phone.press("Unlock").await?;
    rig.phone.title("Nothing to approve").await?;
    page.close().await
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
    asks_where_nobody_can_tell(&rig).await.context("where nobody can tell")?;
    updates_what_the_phone_finds_to_be_another(&rig).await.context("update")?;
    saves_a_new_login(&rig).await.context("a new login")?;
    if plays(rig.browser.kind(), 0) {
        saves_a_login_of_two_pages(&rig).await.context("two pages")?;
    }
    if plays(rig.browser.kind(), 1) {
        saves_a_sign_up(&rig).await.context("sign-up")?;
    }
    saves_what_a_closed_tree_took(&rig).await.context("closed tree")?;
    offers_nothing_after_a_failure(&rig).await.context("failures")?;
    asks_again_about_a_site(&rig).await.context("ignored sites")?;
    loses_nothing(rig).await.context("nothing is lost")
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

/// An element that keeps its tree to itself. It is all of the page that can be focused: password, then its button, which Space presses as Enter does.
const CLOSED: &str = "<!doctype html><title>Sign in</title><link rel=icon href=data:,><h1>Sign in</h1>\
    <harbour-login style='display: block; padding: 20px'></harbour-login>\
    <script>customElements.define('harbour-login', class extends HTMLElement { connectedCallback() {\
      const root = this.attachShadow({ mode: 'closed', delegatesFocus: true });\
      root.innerHTML = `<form><p class=form-error></p><p><label>User name <input name=user autocomplete=username></label>\
        <p><label>Password <input name=password type=password></label><p><button>Sign in</button></form>`;\
      root.querySelector('form').onsubmit = event => { event.preventDefault();\
        if (root.querySelector('[name=password]').value === 'wrong') {\
          root.querySelector('p').textContent = 'Wrong password'; document.title = 'Refused'; }\
        else setTimeout(() => { root.innerHTML = '<p>Welcome to the harbour'; }, 300); }; } })</script>";
