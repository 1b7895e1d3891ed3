//! A form is submitted once it is filled where the item says so, inside its seal; and nowhere else.

use anyhow::{Context as _, Result, ensure};
use countersign_harness::{
    Answer, Frame, PATIENCE,
    spine::{labelled, number, press, shows},
};
use std::time::Duration;
use tokio::time::sleep;

use crate::{
    rig::{PASSWORD, Rig, TITLE, USERNAME, share, value},
    vault::{editor_closes, open_editor},
};

/// Longer than it takes from the last field to the button.
const NOTHING_COMES: Duration = Duration::from_millis(2500);

/// Fills a page after approval; what else the phone shows.
async fn filled(rig: &Rig, path: &str, asks: &[&str]) -> Result<Frame> {
    let page = rig.open(&rig.site.url(path)).await?;
    rig.approve(&page, "[name=password]", TITLE, &[&["Fill password?"], asks].concat()).await?;
    Ok(page)
}

/// It is filled, and whoever asked for it has to press the button.
async fn stays(rig: &Rig, path: &str, asks: &[&str]) -> Result<()> {
    let before = rig.site.submissions().len();
    let page = filled(rig, path, asks).await?;
    page.wait_for("document.querySelector('[name=password]').value").await.with_context(|| path.to_owned())?;
    sleep(NOTHING_COMES).await;
    ensure!(value(&page).await? == PASSWORD, "{path} went away");
    ensure!(rig.site.submissions().len() == before, "{path} was submitted");
    page.close().await
}

/// The site gets what was filled with nobody's press, once.
async fn goes(rig: &Rig, path: &str) -> Result<()> {
    let to = format!("{path}/in");
    let page = filled(rig, path, &["Submits the form"]).await?;
    let sent = rig.site.wait_for_submission(&to, PATIENCE).await.with_context(|| path.to_owned())?;
    ensure!((sent.fields["user"].as_str(), sent.fields["password"].as_str()) == (USERNAME, PASSWORD), "{sent:?}");
    sleep(NOTHING_COMES).await;
    let times = rig.site.submissions().iter().filter(|sent| sent.path == to).count();
    ensure!(times == 1, "{path} was submitted {times} times");
    page.close().await
}

/// On the vault page; the phone says what it means, and wants a word more.
async fn turn_on(rig: &Rig) -> Result<()> {
    let vault = rig.browser.open(&rig.browser.extension_url("vault.html")).await?;
    vault.activate().await?;
    open_editor(&vault, TITLE).await?;
    vault.click_element(&labelled("Submit the form after filling")).await?;
    press(&vault, "Save").await?;
    editor_closes(&vault).await?;
    let shown = number(&vault).await?;
    rig.phone.title("Change this item?").await?;
    rig.phone.shows("Forms are submitted by themselves once they are filled").await?;
    rig.phone.approve(shown).await?;
    rig.phone.shows("Tick the box above").await?;
    rig.phone.page.click(".phone-consent input").await?;
    rig.phone.press("Approve").await?;
    shows(&vault, "Approved. The change is in force.").await?;
    vault.close().await
}

/// Plays on a rig with one login.
pub(crate) async fn only_where_the_item_says_so(rig: &Rig) -> Result<()> {
    for (path, form) in [
        ("/plain", page("<form method=post action=/plain/in>", "<button>Sign in</button></form>")),
        // Enabled once something stands in it, as by frameworks.
        (
            "/late",
            page(
                "<form method=post action=/late/in oninput='setTimeout(() => go.disabled = false, 300)'>",
                "<button id=go disabled>Sign in</button></form>",
            ),
        ),
        // By itself, as soon as all is there.
        (
            "/eager",
            page(
                "<form method=post action=/eager/in oninput='if (password.value && user.value) setTimeout(() => this.submit())'>",
                "<button>Sign in</button></form>",
            ),
        ),
        (
            "/other",
            page(
                &format!("<form method=post action={}>", rig.site.url_at("localhost", "/other/in")),
                "<button>Sign in</button></form>",
            ),
        ),
        (
            "/turns",
            page(
                "<form method=post action=/turns/in onchange='if (password.value) go.formAction = \"http://localhost:1/\"'>",
                "<button id=go>Sign in</button></form>",
            ),
        ),
        ("/loose", page("<div>", LOOSE)),
        // What is not posted would stand in the address; a page that sends it itself keeps it from that.
        ("/gets", page("<form action=/gets/in>", "<button>Sign in</button></form>")),
        (
            "/sends",
            page(
                "<form onsubmit=\"event.preventDefault(); fetch('/sends/in', { method: 'POST', body: new URLSearchParams(new FormData(this)) })\">",
                "<button>Sign in</button></form>",
            ),
        ),
        // On its way without leaving the page.
        (
            "/fetches",
            page(
                "<form method=post action=/fetches/in oninput=\"if (!password.value || !user.value || go.disabled) return; go.disabled = true; \
                 fetch('/fetches/in', { method: 'POST', body: new URLSearchParams(new FormData(this)) }).then(() => (go.disabled = false))\">",
                "<button id=go>Sign in</button></form>",
            ),
        ),
        ("/link", page("<div>", "<a class=btn href=//localhost:1/>Sign in</a></div>")),
        (
            "/many",
            page("<div>", "<button type=button>Sign in</button> <button type=button>Sign in with a key</button></div>"),
        ),
    ] {
        rig.site.put(path, Answer::html(form));
        rig.site.put(&format!("{path}/in"), Answer::html("<!doctype html><title>Welcome</title><p>Welcome"));
    }
    stays(rig, "/plain", &[]).await?;
    turn_on(rig).await?;
    let kind = rig.browser.kind();
    for path in share(kind, ["/plain", "/late", "/loose", "/eager", "/sends", "/fetches"]) {
        goes(rig, path).await?;
    }
    for path in share(kind, ["/other", "/many", "/gets", "/link"]) {
        stays(rig, path, &[]).await?;
    }
    stays(rig, "/turns", &["Submits the form"]).await
}

fn page(before: &str, after: &str) -> String {
    format!(
        "<!doctype html><title>Sign in</title><link rel=icon href=data:,><h1>Sign in</h1>{before}\
         <p><label>User name <input name=user autocomplete=username></label>\
         <p><label>Password <input name=password type=password autocomplete=current-password></label><p>{after}"
    )
}

/// No form: the button is all that there is.
const LOOSE: &str = "<button type=button>Sign in</button></div><script>document.querySelector('button').onclick = () => {\
    const form = new URLSearchParams([...document.querySelectorAll('input')].map(({ name, value }) => [name, value]));\
    fetch('/loose/in', { method: 'POST', body: form }) }</script>";
