//! Private windows: what is typed there is not kept, and what is saved is filled there as elsewhere.

use anyhow::{Result, ensure};
use countersign_harness::Answer;

use crate::{
    rig::{PASSWORD, Rig, TITLE, type_login, value},
    saving::no_offer,
};

/// Plays on a rig with one login.
pub(crate) async fn are_filled_and_nothing_is_kept_of_them(rig: &Rig) -> Result<()> {
    rig.browser.allow_private_windows().await?;
    rig.site.put("/private", Answer::html(include_str!("../harness/pages/login.html")));
    let page = rig.browser.open_private(&rig.site.url("/private")).await?;
    type_login(&page, "greta", "nobody's business").await?;
    page.click("button").await?;
    no_offer(rig).await?;
    page.close().await?;

    let page = rig.browser.open_private(&rig.site.url("/private")).await?;
    rig.fill(&page, "[name=password]", TITLE, &["Fill password?"]).await?;
    ensure!(value(&page).await? == PASSWORD, "another password");
    page.close().await
}
