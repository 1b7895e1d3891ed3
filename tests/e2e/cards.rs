//! Payment cards: on a page's own form, in the shapes that its fields want, and in a payment provider's frame, where the phone shows both origins.

use anyhow::{Context as _, Result};
use countersign_harness::{
    Answer, Frame, Kind, Options, PATIENCE, Site,
    spine::{Unlock, chooser_closes, number},
};

use crate::rig::{Rig, nothing_is_filled};

const TITLE: &str = "Blue card";
const NUMBER: &str = "4111111111111111";
const HOLDER: &str = "Ada Kern";
const CODE: &str = "737";

async fn shop(kind: Kind) -> Result<Rig> {
    let site = Site::start().await?;
    site.put("/checkout", Answer::html(include_str!("../harness/pages/checkout.html")));
    site.put("/kasse", Answer::html(include_str!("../harness/pages/checkout-selects.html")));
    Rig::around(kind, Unlock::Passphrase, Options::default(), site, async |desk, site| {
        let typed = [NUMBER, HOLDER, "2029-08", CODE].join("\n");
        desk.command(&["item", "add", TITLE, "--kind", "card"], &typed).await?;
        desk.add_login("Harbour", "ada", "no card", &site.origin()).await
    })
    .await
}

/// Picks the card at a field, and approves; until then nothing stands in any of the form's fields.
async fn pay(shop: &Rig, page: &Frame, field: &str, asks: &[&str]) -> Result<()> {
    nothing_is_filled(page).await?;
    let chooser = shop.pick(page, field, TITLE).await?;
    let number = number(&chooser).await?;
    for words in [&[TITLE, "card security code"], asks].concat() {
        shop.phone.shows(words).await?;
    }
    nothing_is_filled(page).await?;
    shop.phone.approve(number).await?;
    chooser_closes(&shop.browser).await
}

async fn pays_on_the_page(kind: Kind) -> Result<()> {
    let shop = shop(kind).await?;
    let page = shop.open(&shop.site.url("/checkout")).await?;
    pay(&shop, &page, "[name=number]", &[]).await?;
    page.wait_for("document.querySelector('[name=code]').value").await?;
    page.click("main button").await?;
    let sent = shop.site.wait_for_submission("/paid", PATIENCE).await?;
    let sent: Vec<_> = ["voucher", "number", "holder", "expiry", "code"].map(|name| sent.fields[name].clone()).into();
    assert_eq!(sent, ["", NUMBER, HOLDER, "08/29", CODE]);
    page.close().await?;

    let page = shop.open(&shop.site.url("/kasse")).await?;
    pay(&shop, &page, "[name=n1]", &[]).await?;
    page.wait_for("document.querySelector('[name=pz]').value").await?;
    page.click("main button").await?;
    let sent = shop.site.wait_for_submission("/bezahlt", PATIENCE).await?;
    let names = ["n1", "n2", "n3", "n4", "inhaber", "monat", "jahr", "pz"];
    let sent: Vec<_> = names.map(|name| sent.fields[name].clone()).into();
    assert_eq!(sent, ["4111", "1111", "1111", "1111", HOLDER, "08", "2029", CODE]);
    Ok(())
}

/// A shop whose payment form is another site's, in a frame.
async fn pays_in_a_frame(kind: Kind) -> Result<()> {
    let shop = shop(kind).await?;
    let front = Site::start().await?;
    let frame = format!(
        "<!doctype html><title>Shop</title><h1>Shop</h1><iframe src={:?} width=600 height=500></iframe>",
        shop.site.url("/checkout")
    );
    front.put("/", Answer::html(&frame));
    let page = shop.browser.open(&front.url("/")).await?;
    let inner = shop.browser.wait_for_frame("/checkout").await?;
    page.activate().await?;
    // Both: whose page it is, and who gets the card.
    let (front, provider) = (front.origin(), shop.site.origin());
    let asks = [&front, &provider].map(|origin| origin.trim_start_matches("http://"));
    pay(&shop, &inner, "[name=number]", &asks).await.context("in the frame")?;
    inner.wait_for("document.querySelector('[name=code]').value").await?;
    inner.click("main button").await?;
    let sent = shop.site.wait_for_submission("/paid", PATIENCE).await?;
    assert_eq!((sent.fields["number"].as_str(), sent.fields["code"].as_str()), (NUMBER, CODE));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_filled_in_the_shapes_that_fields_want_in_chromium() -> Result<()> {
    pays_on_the_page(Kind::Chromium).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_is_filled_in_the_shapes_that_fields_want_in_firefox() -> Result<()> {
    pays_on_the_page(Kind::Firefox).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_goes_into_a_payment_frame_that_the_phone_has_shown_in_chromium() -> Result<()> {
    pays_in_a_frame(Kind::Chromium).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_goes_into_a_payment_frame_that_the_phone_has_shown_in_firefox() -> Result<()> {
    pays_in_a_frame(Kind::Firefox).await
}
