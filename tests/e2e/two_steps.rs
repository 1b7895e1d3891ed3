//! A login on two pages: the user name is no secret and needs nobody's word; the password on the next page does. What was picked for the one carries over to the
//! other: its chooser goes straight to the number.

use anyhow::{Result, ensure};
use countersign_harness::{
    Answer, Frame, PATIENCE,
    spine::{chooser_closes, number, open_chooser, pick, picture, press, settle},
};

use crate::rig::{PASSWORD, Rig, TITLE, USERNAME, value};

const OTHER: &str = "Harbour Archive";
const OTHER_PASSWORD: &str = "tide & ebb";

/// Picks the item for its user name, which needs nobody's word; the page that asks for the password.
async fn give_username(rig: &Rig) -> Result<Frame> {
    let page = rig.open(&rig.site.url("/first-step")).await?;
    rig.pick(&page, "[name=user]", TITLE).await?;
    page.wait_for(&format!("document.querySelector('[name=user]').value === '{USERNAME}'")).await?;
    chooser_closes(&rig.browser).await?;
    rig.phone.title("Nothing to approve").await?;
    page.click("button").await?;
    page.wait_for("document.querySelector('[name=password]')").await?;
    Ok(page)
}

/// Approves what the chooser asks, and signs in; what the site received as the password.
async fn approve(rig: &Rig, page: &Frame, chooser: &Frame, title: &str) -> Result<()> {
    let number = number(chooser).await?;
    rig.phone.title("Fill password?").await?;
    rig.phone.shows(title).await?;
    ensure!(value(page).await?.is_empty(), "filled too early");
    rig.phone.approve(number).await?;
    page.wait_for("document.querySelector('[name=password]').value").await?;
    chooser_closes(&rig.browser).await
}

/// Plays on a rig with one login.
pub(crate) async fn logs_in_on_two_pages(rig: &Rig) -> Result<()> {
    rig.site.put("/first-step", Answer::html(include_str!("../harness/pages/first-step.html")));
    rig.site.put("/second-step", Answer::html(include_str!("../harness/pages/second-step.html")));
    rig.desk.add_login(OTHER, "bea", OTHER_PASSWORD, &rig.site.origin()).await?;

    // With a reload in between, and a way back and forth.
    let page = give_username(rig).await?;
    page.evaluate("(window.before = true, location.reload())").await?;
    page.wait_for("!window.before && document.querySelector('[name=password]')").await?;
    page.evaluate("history.back()").await?;
    page.wait_for("document.querySelector('[name=user]')").await?;
    page.evaluate("history.forward()").await?;
    page.wait_for("document.querySelector('[name=password]')").await?;
    let chooser = open_chooser(&rig.browser, &page, "[name=password]").await?;
    approve(rig, &page, &chooser, TITLE).await?;
    page.click("button").await?;
    let sent = rig.site.wait_for_submission("/in", PATIENCE).await?;
    ensure!(sent.fields["password"] == PASSWORD, "the site received another password");
    page.close().await?;

    // Another item instead.
    let page = give_username(rig).await?;
    let chooser = open_chooser(&rig.browser, &page, "[name=password]").await?;
    number(&chooser).await?;
    settle().await;
    page.screenshot(&picture("screens", "chooser-carried")).await?;
    press(&chooser, "Another item").await?;
    pick(&chooser, OTHER).await?;
    approve(rig, &page, &chooser, OTHER).await?;
    ensure!(value(&page).await? == OTHER_PASSWORD, "another password");
    page.close().await?;

    // Another tab begins with the list.
    let first = give_username(rig).await?;
    let page = rig.open(&rig.site.url("/second-step")).await?;
    let chooser = rig.pick(&page, "[name=password]", OTHER).await?;
    number(&chooser).await?;
    press(&chooser, "Cancel").await?;
    page.close().await?;
    first.close().await
}
