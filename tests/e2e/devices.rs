//! The vault page lets devices in: a phone by link, another browser by code; and a daemon that has just started is unlocked where the user is.

use crate::rig::{Rig, ask_in};
use anyhow::{Result, ensure};
use countersign_harness::{
    Browser, Frame, Kind, Options, PATIENCE, Process,
    spine::{Desk, Phone, Unlock, number, picture, press, retype, settle, shows, type_into},
};

const PASSPHRASE: &str = countersign_harness::spine::PASSPHRASE;

async fn type_pin(page: &Frame, pin: &str, action: &str) -> Result<()> {
    page.wait_for_element("input[type=password]").await?;
    page.fill_in("input[type=password]", pin).await?;
    press(page, action).await
}

async fn pictures(browser: &Browser, page: &Frame, name: &str) -> Result<()> {
    let kind = browser.kind();
    for (dark, width, which) in [(false, 1100, "light"), (true, 1100, "dark"), (false, 390, "narrow")] {
        page.set_viewport(width, 900).await?;
        if kind == Kind::Chromium {
            browser.set_dark(dark).await?;
        }
        page.screenshot(&picture("pictures", &format!("{name}-{which}-{kind:?}").to_lowercase())).await?;
    }
    page.set_viewport(1100, 900).await
}

async fn lets_devices_in(kind: Kind) -> Result<()> {
    let desk = Desk::start(Unlock::Passphrase).await?;
    let browser = desk.browser(kind, Options::default(), None).await?;
    let vault = browser.open(&browser.extension_url("vault.html")).await?;

    press(&vault, "Devices").await?;
    press(&vault, "Pair your phone").await?;
    type_pin(&vault, "not the passphrase", "Continue").await?;
    shows(&vault, "not right").await?;
    type_pin(&vault, PASSPHRASE, "Continue").await?;
    vault.wait_for_element("svg.qr path").await?;
    pictures(&browser, &vault, "devices-link").await?;
    let link = vault.text("document.querySelector('dialog code').textContent").await?;
    ensure!(link.starts_with(&desk.phone_origin), "{link}");

    let phone = Phone::open(kind, &link).await?;
    phone.title("Pair with your computer?").await?;
    phone.press("Pair this phone").await?;
    shows(&vault, "is paired.").await?;
    phone.first_run().await?;
    desk.wait_for_status("a phone countersigns", |status| status["status"]["phone"] == true).await?;
    press(&vault, "Done").await?;
    shows(&vault, "Countersigns").await?;
    pictures(&browser, &vault, "devices").await?;

    press(&vault, "Pair another browser").await?;
    type_pin(&vault, PASSPHRASE, "Continue").await?;
    vault.wait_for_element(".pairing-code").await?;
    pictures(&browser, &vault, "devices-code").await?;
    let digits = vault.text("document.querySelector('.pairing-code').textContent").await?;
    let second = desk.unpaired_browser(kind, Options::default().profile("second")).await?;
    let popup = second.open(&second.extension_url("popup.html")).await?;
    popup.wait_for_element("form input").await?;
    popup.fill_in("form input", &digits).await?;
    popup.click("form [type=submit]").await?;
    let number = countersign_harness::spine::number(&popup).await?;
    phone.title("Add this device?").await?;
    phone.approve(number).await?;
    shows(&vault, "is paired.").await?;
    vault.wait_for("document.querySelectorAll('.device').length === 4").await?;
    Ok(())
}

/// Types a code that the command line shows into the popup.
async fn ask_to_join(desk: &Desk, popup: &Frame) -> Result<Process> {
    let (pairing, digits) = desk.show_code().await?;
    type_into(popup, "Pairing code", &digits).await?;
    retype(popup, "Name of this browser", "Second profile").await?;
    press(popup, "Pair").await?;
    Ok(pairing)
}

/// Plays on a rig with one login and one browser.
pub(crate) async fn a_second_profile_joins_and_fills(rig: &Rig) -> Result<()> {
    let second = rig.desk.unpaired_browser(rig.browser.kind(), Options::default().profile("second")).await?;

    let popup = second.open(&second.extension_url("popup.html")).await?;

    let mut pairing = ask_to_join(&rig.desk, &popup).await?;
    number(&popup).await?;
    rig.phone.title("Add this device?").await?;
    settle().await;
    rig.phone.press("Refuse").await?;
    ensure!(!pairing.wait(PATIENCE).await?.success(), "the command says that it is paired: {}", pairing.stdout());
    shows(&popup, "This browser was not paired").await?;
    shows(&popup, "You refused on your phone").await?;
    assert_eq!(devices(&rig.desk).await?, 3, "a refused browser is listed");
    press(&popup, "Try again").await?;
    shows(&popup, "Pairing code").await?;

    let mut pairing = ask_to_join(&rig.desk, &popup).await?;
    let shown = number(&popup).await?;
    rig.phone.title("Add this device?").await?;
    rig.phone.shows("Second profile").await?;
    rig.phone.shows("Browser").await?;
    rig.phone.approve(shown).await?;
    ensure!(pairing.wait(PATIENCE).await?.success(), "pairing failed: {}", pairing.stderr());
    assert_eq!(devices(&rig.desk).await?, 4);

    let (page, chooser) = ask_in(&second, &rig.site).await?;
    rig.approve_and_sign_in_with(&second, &page, &chooser).await?;
    // Each profile has a session of its own: the first still fills, too.
    let (page, chooser) = rig.ask().await?;
    rig.approve_and_sign_in(&page, &chooser).await
}

/// How many devices the command line lists.
async fn devices(desk: &Desk) -> Result<usize> {
    Ok(desk.command(&["devices"], "").await?.lines().count())
}

/// Plays without a phone.
pub(crate) async fn unlocks_where_the_user_is(desk: &mut Desk, browser: &Browser) -> Result<()> {
    let popup = browser.open(&browser.extension_url("popup.html")).await?;
    shows(&popup, "Nothing to fill on this page").await?;
    desk.command(&["lock"], "").await?;
    type_pin(&popup, PASSPHRASE, "Unlock").await?;
    desk.wait_for_status("the vault is open", |status| status["status"]["locked"] == false).await?;
    shows(&popup, "Nothing to fill on this page").await?;

    desk.daemon.restart().await?;
    type_pin(&popup, "not the passphrase", "Unlock").await?;
    shows(&popup, "not right").await?;
    type_pin(&popup, PASSPHRASE, "Unlock").await?;
    desk.wait_for_status("the vault is open", |status| status["status"]["locked"] == false).await?;
    popup.wait_for("!document.querySelector('input[type=password]')").await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_vault_page_lets_devices_in_in_chromium() -> Result<()> {
    lets_devices_in(Kind::Chromium).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_vault_page_lets_devices_in_in_firefox() -> Result<()> {
    lets_devices_in(Kind::Firefox).await
}
