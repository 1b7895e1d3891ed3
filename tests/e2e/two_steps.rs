//! A login on two pages: the user name is no secret and needs nobody's word; the password on the next page does.

use anyhow::{Result, ensure};
use countersign_harness::{
    Answer, Kind, PATIENCE,
    spine::{Unlock, chooser_closes, number, open_chooser, pick},
};

use crate::rig::{PASSWORD, Rig, TITLE, USERNAME};

async fn logs_in_on_two_pages(kind: Kind) -> Result<()> {
    let rig = Rig::set_up(kind, Unlock::Passphrase).await?;
    rig.site.put("/first-step", Answer::html(include_str!("../harness/pages/first-step.html")));
    rig.site.put("/second-step", Answer::html(include_str!("../harness/pages/second-step.html")));
    let page = rig.browser.open(&rig.site.url("/first-step")).await?;
    page.activate().await?;
    let chooser = open_chooser(&rig.browser, &page, "[name=user]").await?;
    pick(&chooser, TITLE).await?;
    page.wait_for(&format!("document.querySelector('[name=user]').value === '{USERNAME}'")).await?;
    chooser_closes(&rig.browser).await?;
    rig.phone.title("Nothing to approve").await?;

    page.click("button").await?;
    page.wait_for("document.querySelector('[name=password]')").await?;
    let chooser = open_chooser(&rig.browser, &page, "[name=password]").await?;
    pick(&chooser, TITLE).await?;
    let number = number(&chooser).await?;
    rig.phone.title("Fill password?").await?;
    ensure!(page.text("document.querySelector('[name=password]').value").await?.is_empty(), "filled too early");
    rig.phone.approve(number).await?;
    page.wait_for("document.querySelector('[name=password]').value").await?;
    chooser_closes(&rig.browser).await?;
    page.click("button").await?;
    let sent = rig.site.wait_for_submission("/in", PATIENCE).await?;
    ensure!(sent.fields["password"] == PASSWORD, "the site received another password");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_on_two_pages_asks_the_phone_once_in_chromium() -> Result<()> {
    logs_in_on_two_pages(Kind::Chromium).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_on_two_pages_asks_the_phone_once_in_firefox() -> Result<()> {
    logs_in_on_two_pages(Kind::Firefox).await
}
