//! The spine: a login form, an approval on the phone, a filled form; and every way in which nothing may be filled.

use crate::rig::{Rig, value};
use anyhow::{Context as _, Result};
use countersign_harness::spine::{number, settle, shows};

/// Plays on a rig with one login, as all scenes here do.
pub(crate) async fn fills_after_approval(rig: &Rig) -> Result<()> {
    let (page, chooser) = rig.ask().await?;
    rig.approve_and_sign_in(&page, &chooser).await
}

/// A refusal, a wrong number, a way out: nothing is filled, and the next try works.
pub(crate) async fn says_no(rig: &Rig) -> Result<()> {
    let (page, chooser) = rig.ask().await?;
    rig.phone.title("Fill password?").await?;
    settle().await;
    rig.phone.press("Refuse").await?;
    shows(&chooser, "refused").await?;
    rig.next_try_works(page).await?;

    let (page, chooser) = rig.ask().await?;
    let right = number(&chooser).await?;
    rig.phone.title("Fill password?").await?;
    rig.phone.approve(if right == 99 { 10 } else { right + 1 }).await?;
    rig.phone.shows("The number was wrong").await?;
    rig.next_try_works(page).await?;

    let (page, chooser) = rig.ask().await?;
    rig.phone.title("Fill password?").await?;
    chooser.press("Escape").await?;
    rig.phone.title("Nothing to approve").await?;
    rig.next_try_works(page).await
}

/// What the product is made of ends in the middle.
pub(crate) async fn survives_kills(rig: &mut Rig) -> Result<()> {
    let (page, _) = rig.ask().await?;
    rig.phone.title("Fill password?").await?;
    rig.browser.stop_worker().await?;
    rig.phone.title("Nothing to approve").await.context("after the worker was stopped")?;
    rig.next_try_works(page).await.context("the next try after the worker was stopped")?;

    let (page, _) = rig.ask().await?;
    rig.phone.title("Fill password?").await?;
    rig.desk.restart_daemon().await?;
    rig.phone.title("Nothing to approve").await.context("after the daemon was killed")?;
    rig.next_try_works(page).await.context("the next try after the daemon was killed")?;

    let (page, chooser) = rig.ask().await?;
    rig.phone.title("Fill password?").await?;
    rig.browser.kill_native_host()?;
    rig.phone.title("Nothing to approve").await.context("after the native host was killed")?;
    rig.phone.shows("The page or browser that asked was closed").await?;
    // Another host runs by then: there is nothing to start.
    shows(&chooser, "The connection to Countersign broke off").await.context("after the native host was killed")?;
    assert!(!chooser.text("document.body.innerText").await?.contains("countersign up"));
    rig.next_try_works(page).await.context("the next try after the native host was killed")?;

    let (page, chooser) = rig.ask().await?;
    rig.phone.title("Fill password?").await?;
    rig.desk.relay.restart().await?;
    // Devices come back by themselves; the request is still there and can be approved.
    rig.desk.wait_for_status("the relay is back", |status| status["status"]["relay"] == true).await?;
    rig.approve_and_sign_in(&page, &chooser).await
}

/// "This wasn't me" mutes requests, locks the daemon and is written down; the way back is to allow requests on the phone and to unlock.
pub(crate) async fn was_not_me(rig: &Rig) -> Result<()> {
    let (page, chooser) = rig.ask().await?;
    rig.phone.title("Fill password?").await?;
    settle().await;
    rig.phone.press("This wasn’t me").await?;
    shows(&chooser, "Reported on your phone as not you").await?;
    rig.desk.wait_for_status("it is locked", |status| status["status"]["locked"] == true).await?;
    rig.phone.shows("Requests are muted").await?;
    assert_eq!(value(&page).await?, "", "nothing was filled");
    let log = std::fs::read_to_string(rig.desk.home.data().join("countersign/daemon.log"))?;
    assert!(log.contains("a phone's owner did not make this request"), "the daemon's log says nothing of it:\n{log}");
    rig.phone.press("Activity").await?;
    rig.phone.shows("“This wasn’t me”").await?;

    rig.phone.press("Requests").await?;
    rig.phone.press("Allow requests again").await?;
    rig.desk.unlock().await?;
    rig.next_try_works(page).await
}
