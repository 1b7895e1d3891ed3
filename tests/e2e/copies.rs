//! A code for a page whose box for it nobody fills: the popup lists the site's codes, the phone is told that it is copied, and the popup alone shows it.

use anyhow::{Result, ensure};
use countersign_harness::{
    Kind,
    spine::{number, pick, picture, press, shows},
};

use crate::{
    codes::{TITLE, is_current},
    corrections::popup_about,
    rig::{Rig, nothing_is_filled},
};

const DIGITS: &str = "document.querySelector('.code-digits')?.textContent.replaceAll(/\\D/g, '') ?? ''";

/// Plays on the site of the codes.
pub(crate) async fn are_shown_and_copied(rig: &Rig) -> Result<()> {
    let page = rig.open(&rig.site.url("/code")).await?;
    let popup = popup_about(rig, &page).await?;
    press(&popup, "Copy code\u{2026}").await?;
    shows(&popup, "Copy a one-time code").await?;
    pick(&popup, TITLE).await?;
    let asked = number(&popup).await?;
    rig.phone.title("Show a one-time code to copy?").await?;
    for words in [TITLE, "to be copied", "Other programs there can read what is copied"] {
        rig.phone.shows(words).await?;
    }
    ensure!(popup.text(DIGITS).await?.is_empty(), "shown before the phone answered");
    rig.phone.approve(asked).await?;
    popup.wait_for_element(".code-digits").await?;
    let code = popup.text(DIGITS).await?;
    ensure!(is_current(&code)?, "{code}");
    press(&popup, "Copy").await?;
    shows(&popup, "Copied.").await?;
    if rig.browser.kind() == Kind::Chromium {
        for (look, dark) in [("light", false), ("dark", true)] {
            rig.browser.set_dark(dark).await?;
            popup.screenshot(&picture("screens", &format!("popup-code-{look}"))).await?;
        }
        rig.browser.set_dark(false).await?;
    }
    nothing_is_filled(&page).await?;

    // Whoever opens the popup again sees it while it is good.
    popup.close().await?;
    let popup = rig.browser.open(&rig.browser.extension_url("popup.html")).await?;
    page.activate().await?;
    popup.evaluate("(globalThis.before = true, setTimeout(() => location.reload()))").await?;
    popup.wait_for("!globalThis.before").await?;
    popup.wait_for_element(".code-digits").await?;
    ensure!(is_current(&popup.text(DIGITS).await?)?, "another code");
    popup.activate().await?;
    press(&popup, "Done").await?;
    popup.wait_for("!document.querySelector('.code-digits')").await?;
    popup.close().await?;
    page.close().await
}
