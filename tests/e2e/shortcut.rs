//! The keyboard alone, by real key presses in a window: the shortcut opens the chooser, arrows and Enter pick, and after the phone's approval the form is filled.
//!
//! And the browser's own context menu, by real presses of the right button.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use countersign_harness::{
    Display, Frame, Home, Kind, Options, PATIENCE,
    demo_site::SEED,
    spine::{Unlock, chooser_closes, number, settle, shows},
};
use tokio::time::sleep;

use crate::{
    http_authentication::popup_opens,
    rig::{Rig, value},
};

/// A second login of the site, which stands before the rig's in the list.
const OTHER: &str = "Harbour Archive";
const OTHER_USERNAME: &str = "charles";
const OTHER_PASSWORD: &str = "difference engine";
const NEW_PASSWORD: &str = "New password";
/// What has the focus in the popup.
const SHOWN_IN_POPUP: &str = "chrome.extension.getViews({ type: 'popup' })[0].document.activeElement.innerText";
/// How long a popup takes at most to list its items and to take a press.
const POPUP_SETTLES: Duration = Duration::from_secs(3);
/// A third one, with one-time codes.
const CODES: &str = "Harbour codes";

async fn fills_by_keys_alone(kind: Kind, shortcut: &str, last_entries: usize) -> Result<()> {
    let home = Home::new()?;
    let display = Display::start(&home, 1280, 1000).await?;
    let rig = Rig::set_up_with(kind, Unlock::Passphrase, Options::default().display(display.name())).await?;
    rig.desk.add_login(OTHER, OTHER_USERNAME, OTHER_PASSWORD, &rig.site.origin()).await?;

    let page = rig.login_page().await?;
    display.focus_window("Sign in").await?;
    page.click("[name=user]").await?;
    page.wait_for("document.hasFocus()").await?;
    display.press("Tab").await?;
    page.wait_for("document.activeElement.name === 'password'").await?;
    // The probe looks ten times a second at most: no hand is faster.
    sleep(Duration::from_millis(150)).await;
    display.press(shortcut).await?;
    let chooser = rig.browser.wait_for_frame("chooser.html").await.context("the shortcut opens no chooser")?;
    focus_is_on(&chooser, OTHER).await?;
    settle().await;
    display.press("Down").await?;
    focus_is_on(&chooser, "Harbour Library").await?;
    display.press("Up").await?;
    focus_is_on(&chooser, OTHER).await?;
    // The shortcut again goes on, and round.
    display.press(shortcut).await?;
    focus_is_on(&chooser, "Harbour Library").await?;
    display.press(shortcut).await?;
    focus_is_on(&chooser, OTHER).await?;
    display.press("Return").await?;

    let shown = number(&chooser).await?;
    shows(&chooser, OTHER).await?;
    rig.phone.title("Fill password?").await?;
    rig.phone.shows(OTHER).await?;
    assert_eq!(value(&page).await?, "", "nothing is filled before the phone answers");
    rig.phone.approve(shown).await?;
    page.wait_for("document.querySelector('[name=password]').value").await?;
    chooser_closes(&rig.browser).await?;

    // The focus is back where it was: Enter sends the form.
    page.wait_for("document.hasFocus() && document.activeElement.name === 'password'").await?;
    display.press("Return").await?;
    let sent = rig.site.wait_for_submission("/in", PATIENCE).await?;
    assert_eq!((sent.fields["user"].as_str(), sent.fields["password"].as_str()), (OTHER_USERNAME, OTHER_PASSWORD));
    page.close().await?;
    offers_in_the_menu(&rig, &display, last_entries).await?;
    rig.browser.close().await
}

/// The menu of a field that has not got the focus: its entries open the chooser there.
async fn offers_in_the_menu(rig: &Rig, display: &Display, last_entries: usize) -> Result<()> {
    let page = rig.login_page().await?;
    display.focus_window("Sign in").await?;
    for (entry, name) in (0..).zip(["Fill", "Pick another item", NEW_PASSWORD]) {
        choose_in_menu(display, &page, last_entries, entry).await?;
        let chooser = rig.browser.wait_for_frame("chooser.html").await;
        let chooser = chooser.with_context(|| format!("“{name}” opens no chooser"))?;
        focus_is_on(&chooser, OTHER).await?;
        if name == NEW_PASSWORD {
            shows(&chooser, "This form asks for no new password.").await?;
        }
        display.press("Escape").await?;
        chooser_closes(&rig.browser).await?;
    }
    copies_from_the_menu(rig, display, &page, last_entries).await?;
    page.close().await
}

/// The popup opens by itself with the codes of the site. Nobody drives what a browser opens by itself, so its number is not read: what the popup shows then is told in
/// [`crate::copies`].
async fn copies_from_the_menu(rig: &Rig, display: &Display, page: &Frame, last_entries: usize) -> Result<()> {
    rig.desk.add_login_with_codes(CODES, "ada", [OTHER_PASSWORD, SEED], &rig.site.origin()).await?;
    choose_in_menu(display, page, last_entries, 3).await?;
    popup_opens(rig).await.context("“Copy code”")?;
    // It finds its items, and takes no press before it was in sight for a moment.
    sleep(POPUP_SETTLES).await;
    if rig.browser.kind() == Kind::Firefox {
        // No key of this display reaches a panel there.
        let shown = rig.browser.evaluate_in_worker(SHOWN_IN_POPUP).await?;
        ensure!(shown.as_str().is_some_and(|shown| shown.contains(CODES)), "the popup has the focus on {shown}");
        return Ok(());
    }
    display.press("Return").await?;
    rig.phone.title("Show a one-time code to copy?").await?;
    rig.phone.shows(CODES).await?;
    settle().await;
    rig.phone.press("Refuse").await?;
    rig.phone.title("Nothing to approve").await?;
    ensure!(value(page).await?.is_empty(), "the page got something");
    Ok(())
}

/// Presses the right button on the password box, which the focus follows, and chooses one of our entries with the keyboard. Ours stand above the browser's last ones.
async fn choose_in_menu(display: &Display, page: &Frame, last_entries: usize, entry: usize) -> Result<()> {
    page.evaluate("document.activeElement.blur()").await?;
    let at = page.evaluate(MIDDLE).await?;
    let at = |index: usize| at[index].as_i64().map(|at| at.to_string()).context("no place");
    display.xdotool(&["mousemove", &at(0)?, &at(1)?, "click", "3"]).await?;
    page.wait_for("document.activeElement.name === 'password'").await.context("the right button moves no focus")?;
    // Nothing tells when a browser's menu is open.
    sleep(Duration::from_millis(600)).await;
    let keys = vec!["Up"; last_entries + 1].into_iter().chain(["Right"]).chain(vec!["Down"; entry]).chain(["Return"]);
    for key in keys {
        display.press(key).await?;
        sleep(Duration::from_millis(60)).await;
    }
    Ok(())
}

/// The middle of the password box on the screen.
const MIDDLE: &str = "(() => {
  const { x, y, width, height } = document.querySelector('[name=password]').getBoundingClientRect();
  const left = globalThis.mozInnerScreenX ?? screenX + (outerWidth - innerWidth) / 2;
  const top = globalThis.mozInnerScreenY ?? screenY + outerHeight - innerHeight;
  return [Math.round(left + x + width / 2), Math.round(top + y + height / 2)];
})()";

/// Waits until the entry with this title has the focus, in the chooser as in the page around it.
async fn focus_is_on(chooser: &Frame, title: &str) -> Result<()> {
    let found = format!(
        "document.hasFocus() && document.activeElement.matches('[data-key]') && document.activeElement.innerText.includes({})",
        serde_json::json!(title)
    );
    chooser.wait_for(&found).await.map(drop).with_context(|| format!("“{title}” has not got the focus"))
}

#[tokio::test(flavor = "multi_thread")]
async fn fills_by_keys_alone_in_chromium() -> Result<()> {
    fills_by_keys_alone(Kind::Chromium, "alt+shift+l", 1).await
}

#[tokio::test(flavor = "multi_thread")]
async fn fills_by_keys_alone_in_firefox() -> Result<()> {
    fills_by_keys_alone(Kind::Firefox, "ctrl+shift+l", 0).await
}
