//! Private windows: what is typed there is not kept, and what is saved is filled there as elsewhere.

use anyhow::{Result, ensure};
use countersign_harness::{
    Answer,
    spine::{chooser_closes, number, open_chooser, pick},
};

use crate::{
    rig::{PASSWORD, Rig, TITLE, value},
    saving::no_offer,
};

/// Plays on a rig with one login.
pub(crate) async fn are_filled_and_nothing_is_kept_of_them(rig: &Rig) -> Result<()> {
    rig.browser.allow_private_windows().await?;
    rig.site.put("/private", Answer::html(include_str!("../harness/pages/login.html")));
    let page = rig.browser.open_private(&rig.site.url("/private")).await?;
    page.fill_in("[name=user]", "greta").await?;
    page.fill_in("[name=password]", "nobody's business").await?;
    page.click("button").await?;
    no_offer(rig).await?;
    page.close().await?;

    let page = rig.browser.open_private(&rig.site.url("/private")).await?;
    let chooser = open_chooser(&rig.browser, &page, "[name=password]").await?;
    pick(&chooser, TITLE).await?;
    let asked = number(&chooser).await?;
    rig.phone.approve(asked).await?;
    chooser_closes(&rig.browser).await?;
    ensure!(value(&page).await? == PASSWORD, "another password");
    page.close().await
}
