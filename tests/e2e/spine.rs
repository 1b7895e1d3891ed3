//! The spine: a login form, an approval on the phone, a filled form; and every way in which nothing may be filled.

use anyhow::{Context as _, Result};
use countersign_harness::{
    Browser, Frame, Kind, Options, PATIENCE, Site,
    spine::{Desk, Phone, Unlock, chooser_closes, number, open_chooser, pick, put_login_page},
};
use serde_json::json;
use std::time::Duration;

const PASSWORD: &str = "lovelace & Babbage <1843>";

/// Everything, with one login for the site, sealed.
struct Rig {
    desk: Desk,
    phone: Phone,
    browser: Browser,
    site: Site,
}

impl Rig {
    /// The browser pairs and the login is saved before there is a phone: the first pairing seals it.
    async fn set_up(kind: Kind, unlock: Unlock) -> Result<Self> {
        let desk = Desk::start(unlock).await?;
        let site = Site::start().await?;
        put_login_page(&site, &[]);
        let browser = desk.browser(kind, Options::default(), None).await?;
        println!("{}", browser.version().await?);
        desk.add_login("Harbour Library", "ada", PASSWORD, &site.origin()).await?;
        let phone = desk.phone(Kind::Chromium).await?;
        desk.wait_for_status("every field is sealed", |status| status["not_sealed"] == 0 && status["items"] == 1)
            .await?;
        Ok(Self { desk, phone, browser, site })
    }

    /// Picks the item on a fresh login page; the page and the chooser, which shows a number.
    async fn ask(&self) -> Result<(Frame, Frame)> {
        let page = self.browser.open(&self.site.url("/login")).await?;
        page.activate().await?;
        let chooser = open_chooser(&self.browser, &page, "[name=password]").await?;
        pick(&chooser, "Harbour Library").await?;
        Ok((page, chooser))
    }

    /// Approves what was asked, signs in, and compares what the site received.
    async fn approve_and_sign_in(&self, page: &Frame, chooser: &Frame) -> Result<()> {
        let number = number(chooser).await?;
        self.phone.title("Fill password?").await?;
        self.phone.shows("Harbour Library").await?;
        assert_eq!(value(page).await?, "", "nothing is filled before the phone answers");
        self.phone.approve(number).await?;
        page.wait_for("document.querySelector('[name=password]').value").await?;
        chooser_closes(&self.browser).await?;
        page.click("button").await?;
        let sent = self.site.wait_for_submission("/in", PATIENCE).await?;
        assert_eq!((sent.fields["user"].as_str(), sent.fields["password"].as_str()), ("ada", PASSWORD));
        Ok(())
    }

    /// The next try works, and only then is anything filled.
    async fn next_try_works(&self, before: Frame) -> Result<()> {
        assert_eq!(value(&before).await?, "", "nothing was filled");
        before.close().await?;
        let (page, chooser) = self.ask().await?;
        self.approve_and_sign_in(&page, &chooser).await?;
        page.close().await
    }
}

async fn value(page: &Frame) -> Result<String> {
    page.text("document.querySelector('[name=password]').value").await
}

async fn shows(frame: &Frame, text: &str) -> Result<()> {
    frame.wait_for(&format!("document.body.innerText.includes({})", json!(text))).await.map(drop)
}

async fn fills_after_approval(kind: Kind, unlock: Unlock) -> Result<()> {
    let rig = Rig::set_up(kind, unlock).await?;
    let (page, chooser) = rig.ask().await?;
    rig.approve_and_sign_in(&page, &chooser).await
}

async fn says_no(kind: Kind) -> Result<()> {
    let rig = Rig::set_up(kind, Unlock::Passphrase).await?;

    let (page, chooser) = rig.ask().await?;
    rig.phone.title("Fill password?").await?;
    tokio::time::sleep(Duration::from_millis(850)).await;
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

async fn survives_kills(kind: Kind) -> Result<()> {
    let mut rig = Rig::set_up(kind, Unlock::Passphrase).await?;

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
    rig.desk.relay.restart().await?;
    // Devices come back by themselves; the request is still there and can be approved.
    rig.desk.wait_for_status("the relay is back", |status| status["status"]["relay"] == true).await?;
    rig.approve_and_sign_in(&page, &chooser).await
}

#[tokio::test(flavor = "multi_thread")]
async fn fills_after_approval_with_pin_and_keystore_in_chromium() -> Result<()> {
    fills_after_approval(Kind::Chromium, Unlock::Pin).await
}

#[tokio::test(flavor = "multi_thread")]
async fn fills_after_approval_with_pin_and_keystore_in_firefox() -> Result<()> {
    fills_after_approval(Kind::Firefox, Unlock::Pin).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_is_a_no_and_the_next_try_works_in_chromium() -> Result<()> {
    says_no(Kind::Chromium).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_no_is_a_no_and_the_next_try_works_in_firefox() -> Result<()> {
    says_no(Kind::Firefox).await
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_in_the_middle_fill_nothing_and_the_next_try_works_in_chromium() -> Result<()> {
    survives_kills(Kind::Chromium).await
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_in_the_middle_fill_nothing_and_the_next_try_works_in_firefox() -> Result<()> {
    survives_kills(Kind::Firefox).await
}
