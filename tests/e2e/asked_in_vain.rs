//! What nobody answers: two minutes later it is over everywhere, nothing was filled, and the next try works.
//!
//! The two minutes are real, so they are waited for once, by both browsers at the same time and by all else that ends with them.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use countersign_harness::{
    Frame, Kind, Options, PATIENCE,
    spine::{Unlock, press, settle, shows},
};
use tokio::time::{Instant, sleep_until};

use crate::rig::{Rig, ask_in, value};

/// How long requests live.
const LIFETIME: Duration = Duration::from_millis(countersign_seal::request::LIFETIME_MILLIS);

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_answers_expires_in_chromium_and_firefox() -> Result<()> {
    let rig = Rig::set_up(Kind::Chromium, Unlock::Passphrase).await?;
    let firefox = rig.desk.browser(Kind::Firefox, Options::default().profile("second"), Some(&rig.phone)).await?;
    println!("{}", firefox.version().await?);

    let before = Instant::now();
    let (chromium_page, chromium_chooser) = rig.ask().await?;
    rig.phone.title("Fill password?").await?;
    let (firefox_page, firefox_chooser) = ask_in(&firefox, &rig.site).await?;
    rig.phone.shows("1 more request waits").await?;
    let (mut pairing, _) = rig.desk.show_code().await?;
    let after = Instant::now();

    // They do not end early either.
    sleep_until(before + LIFETIME - Duration::from_secs(2)).await;
    for chooser in [&chromium_chooser, &firefox_chooser] {
        shows(chooser, "Your phone shows the request").await?;
    }
    rig.phone.title("Fill password?").await?;
    ensure!(pairing.is_running(), "the code ended early: {}", pairing.stderr());

    sleep_until(after + LIFETIME).await;
    expires(&chromium_chooser).await.context("in Chromium")?;
    expires(&firefox_chooser).await.context("in Firefox")?;
    rig.phone.title("Nothing to approve").await?;
    rig.phone.shows("The request ran out of time").await?;
    ensure!(!pairing.wait(PATIENCE).await?.success(), "a code outlived its time");
    assert_eq!(value(&chromium_page).await?, "");
    assert_eq!(value(&firefox_page).await?, "");

    settle().await;
    press(&chromium_chooser, "Ask again").await?;
    rig.approve_and_sign_in(&chromium_page, &chromium_chooser).await?;
    firefox_page.close().await?;
    let (page, chooser) = ask_in(&firefox, &rig.site).await?;
    rig.approve_and_sign_in_with(&firefox, &page, &chooser).await
}

async fn expires(chooser: &Frame) -> Result<()> {
    let found = "document.body.innerText.includes('Nobody answered in time')";
    chooser.wait_for(found).await.map(drop)
}
