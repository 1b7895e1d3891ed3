//! A field that is taken for something else: the user says in the popup what it is, and the fill goes there, on that site and on no other, until it is undone.

use anyhow::{Context as _, Result, ensure};
use countersign_harness::{
    Answer, Frame, PATIENCE, Site,
    spine::{picture, press, shows},
};
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::rig::{PASSWORD, Rig, TITLE, USERNAME, values};

/// Its password is no password by any sign: the page hides what is typed by itself. The page knows its visitor.
const MISNAMED: &str = "<!doctype html><title>Harbour</title><link rel=icon href=data:,><h1>Welcome back, Zebulon Quuxley</h1>\
    <form method=post action=/in>\
    <p><label>Member<br><input name=member></label></p>\
    <p><label>Shibboleth of Zebulon<br><input name=magic7 style='-webkit-text-security: disc'></label></p>\
    <button>Enter</button></form>";

/// Whether the icon stands in a field, once the page was looked at with the focus there.
async fn has_icon(page: &Frame, field: &str, wanted: bool) -> Result<()> {
    page.click(field).await?;
    let found = "!!document.querySelector(':popover-open')";
    if wanted {
        return page.wait_for(found).await.map(drop).with_context(|| format!("no icon in {field}"));
    }
    // Marks come in some milliseconds, and those that the daemon's word changes soon after.
    let end = Instant::now() + std::time::Duration::from_millis(800);
    while Instant::now() < end {
        ensure!(page.evaluate(found).await? == false, "an icon in {field}");
        sleep(std::time::Duration::from_millis(50)).await;
    }
    Ok(())
}

/// A popup about a page. It is a tab here, and asks at its start which tab is in front.
pub(crate) async fn popup_about<S>(rig: &Rig<S>, page: &Frame) -> Result<Frame> {
    let popup = rig.browser.open(&rig.browser.extension_url("popup.html")).await?;
    page.activate().await?;
    // What is shown must be what it found after this.
    popup.evaluate("(globalThis.before = true, setTimeout(() => location.reload()))").await?;
    popup.wait_for("!globalThis.before").await?;
    shows(&popup, "Wrong field?").await?;
    popup.activate().await?;
    Ok(popup)
}

/// Says what a field is, as a person does in the list.
async fn say(popup: &Frame, words: &str, what: &str) -> Result<()> {
    let list = format!(
        "[...document.querySelectorAll('.fields-list label')].find(label => label.innerText.includes({})).querySelector('select')",
        json!(words)
    );
    let chosen = format!(
        "(list => {{ list.value = [...list.options].find(option => option.text === {}).value; return list.value }})({list})",
        json!(what)
    );
    popup.wait_for_element(".fields-list select").await?;
    ensure!(!popup.text(&chosen).await?.is_empty(), "{what} cannot be said");
    Ok(())
}

/// Plays on a rig with one login.
pub(crate) async fn fills_where_the_user_said(rig: &Rig) -> Result<()> {
    rig.site.put("/misnamed", Answer::html(MISNAMED));
    rig.site.put("/in", Answer::html("<!doctype html><title>In</title>"));
    let page = rig.open(&rig.site.url("/misnamed")).await?;
    has_icon(&page, "[name=magic7]", false).await.context("before anything is said")?;

    let popup = popup_about(rig, &page).await?;
    press(&popup, "Wrong field?").await?;
    say(&popup, "Member", "User name").await?;
    say(&popup, "Shibboleth", "Password in use").await?;
    // A script's press is none.
    popup.evaluate("document.querySelector('[data-does=save]').click()").await?;
    ensure!(rig.desk.command(&["corrections"], "").await?.contains("Nothing is remembered"));
    press(&popup, "Remember").await?;
    shows(&popup, "Remembered for").await?;
    for (dark, width, look) in [(false, 360, "light"), (true, 360, "dark"), (false, 180, "narrow")] {
        popup.set_viewport(width, 600).await?;
        rig.browser.set_dark(dark).await?;
        sleep(std::time::Duration::from_millis(250)).await;
        popup.screenshot(&picture("screens", &format!("popup-fields-{look}"))).await?;
        let wide = popup.evaluate("document.documentElement.scrollWidth <= innerWidth + 1").await?;
        ensure!(wide == true, "{look} is cut off");
    }
    rig.browser.set_dark(false).await?;
    popup.set_viewport(360, 600).await?;
    reports(rig, &popup).await?;

    page.activate().await?;
    page.navigate(&rig.site.url("/misnamed")).await?;
    has_icon(&page, "[name=magic7]", true).await.context("after a reload")?;
    rig.fill(&page, "[name=magic7]", TITLE, &["Fill password"]).await?;
    ensure!(values(&page).await? == json!([["member", USERNAME], ["magic7", PASSWORD]]), "{}", values(&page).await?);
    page.click("button").await?;
    let sent = rig.site.wait_for_submission("/in", PATIENCE).await?;
    ensure!(sent.fields["magic7"] == PASSWORD, "{:?}", sent.fields);

    // The same page elsewhere is read as ever.
    let elsewhere = Site::start().await?;
    elsewhere.put("/misnamed", Answer::html(MISNAMED));
    let other = rig.open(&elsewhere.url("/misnamed")).await?;
    has_icon(&other, "[name=magic7]", false).await.context("on another site")?;
    says_nothing_of_a_page_that_came_later(rig, &other, &elsewhere).await?;
    other.close().await?;
    is_listed_on_the_vault_page(rig).await?;

    let page = rig.open(&rig.site.url("/misnamed")).await?;
    let undo = popup_about(rig, &page).await?;
    press(&undo, "Wrong field?").await?;
    press(&undo, "Forget what you said about this site").await?;
    shows(&undo, "decides on").await?;
    page.activate().await?;
    page.navigate(&rig.site.url("/misnamed")).await?;
    has_icon(&page, "[name=magic7]", false).await.context("after it was undone")?;
    ensure!(rig.desk.command(&["corrections"], "").await?.contains("Nothing is remembered"));
    let vault = rig.browser.open(&rig.browser.extension_url("vault.html")).await?;
    vault.activate().await?;
    press(&vault, "Fields").await?;
    shows(&vault, "You said nothing of any field").await?;
    vault.screenshot(&picture("screens", "vault-fields-empty")).await?;
    vault.close().await?;
    page.close().await
}

/// What is chosen while one page is there is not said of the next, even if that is the same to look at.
async fn says_nothing_of_a_page_that_came_later(rig: &Rig, page: &Frame, site: &Site) -> Result<()> {
    let popup = popup_about(rig, page).await?;
    press(&popup, "Wrong field?").await?;
    say(&popup, "Shibboleth", "Password in use").await?;
    page.activate().await?;
    page.navigate(&site.url("/misnamed")).await?;
    page.click("[name=magic7]").await?;
    popup.wait_for("[...document.querySelectorAll('.fields-list select')].every(list => !list.value)").await?;
    popup.wait_for_element(".fields-list select").await?;
    popup.activate().await?;
    press(&popup, "Remember").await?;
    shows(&popup, "decides on").await?;
    let listed = rig.desk.command(&["corrections"], "").await?;
    ensure!(!listed.contains(&site.origin()), "{listed}");
    popup.close().await
}

/// Where single fields are forgotten, and that is undone.
async fn is_listed_on_the_vault_page(rig: &Rig) -> Result<()> {
    let vault = rig.browser.open(&rig.browser.extension_url("vault.html")).await?;
    vault.activate().await?;
    press(&vault, "Fields").await?;
    shows(&vault, "What you said of fields").await?;
    let rows = "[...document.querySelectorAll('.correction')].map(row => row.innerText.replace(/\\s+/g, ' '))";
    let both = format!(
        "(rows => rows.length === 2 && rows[0].includes('member') && rows[0].includes('User name') && rows[1].includes('Password in use') && rows[1].includes(String(new Date().getFullYear())))({rows})"
    );
    vault.wait_for(&both).await.context("not both are listed")?;
    let origin = rig.site.origin();
    shows(&vault, origin.trim_start_matches("https://")).await?;
    for (dark, width, look) in [(false, 1100, "light"), (true, 1100, "dark"), (false, 360, "narrow")] {
        vault.set_viewport(width, 800).await?;
        rig.browser.set_dark(dark).await?;
        sleep(std::time::Duration::from_millis(250)).await;
        vault.screenshot(&picture("screens", &format!("vault-fields-{look}"))).await?;
        let wide = "document.documentElement.scrollWidth <= innerWidth + 1 \
            && (box => box.scrollWidth <= box.clientWidth + 1)(document.querySelector('dialog[open]'))";
        ensure!(vault.evaluate(wide).await? == true, "{look} is cut off");
    }
    rig.browser.set_dark(false).await?;
    vault.set_viewport(1100, 800).await?;

    // By the keyboard alone: each button says of which field, and the focus is never lost.
    let label = "document.activeElement.getAttribute('aria-label')";
    vault.evaluate("document.querySelectorAll('.correction button')[1].focus()").await?;
    let spoken = vault.text(label).await?;
    ensure!(spoken.starts_with("Forget what you said of") && spoken.contains("magic"), "{spoken}");
    vault.press("Enter").await?;
    shows(&vault, "Forgotten:").await?;
    vault.wait_for("document.activeElement.textContent.trim() === 'Undo'").await.context("the focus was lost")?;
    ensure!(!rig.desk.command(&["corrections"], "").await?.contains("current-password"));
    vault.press("Enter").await?;
    shows(&vault, "It holds again.").await?;
    vault.wait_for(&both).await.context("it did not come back")?;
    vault.wait_for("document.querySelector('dialog[open]').contains(document.activeElement)").await?;
    vault.press("Escape").await?;
    vault.wait_for("!document.querySelector('dialog[open]')").await?;
    vault.close().await
}

/// In the popup, and by the command.
async fn reports(rig: &Rig, popup: &Frame) -> Result<()> {
    popup.click(".report summary").await?;
    let text = "document.querySelector('.report textarea').value";
    popup.wait_for(&format!("{text}.includes('current-password')")).await?;
    let shown = popup.text(text).await?;
    let origin = rig.site.origin();
    let listed = rig.desk.command(&["corrections"], "").await?;
    ensure!(listed.contains(&origin) && listed.contains("said to be current-password"), "{listed}");
    let file = rig.desk.home.path().join("report.json");
    let name = file.to_str().context("no path")?;
    rig.desk.command(&["corrections", "--export", name], "").await?;
    let exported = std::fs::read_to_string(&file)?;
    let printed = rig.desk.command(&["corrections", "--json"], "").await?;
    for report in [&shown, &exported, &printed] {
        let parsed: serde_json::Value = serde_json::from_str(report)?;
        ensure!(parsed["corrections"][1]["said"] == "current-password", "{report}");
        for personal in ["Zebulon", "zebulon", "Quuxley", "Shibboleth", "magic", "127.0.0.1", "localhost", USERNAME] {
            ensure!(!report.contains(personal), "{personal} stands in {report}");
        }
    }
    let named = rig.desk.command(&["corrections", "--json", "--with-site"], "").await?;
    ensure!(named.contains(&origin), "{named}");
    popup.click(".report input").await?;
    popup.wait_for(&format!("{text}.includes({})", json!(origin))).await.map(drop)
}
