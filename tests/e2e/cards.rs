//! Payment cards: on a page's own form, in the shapes that its fields want, and in a payment provider's frame, where the phone shows both origins.

use anyhow::{Context as _, Result, ensure};
use countersign_harness::{
    Answer, Frame, Kind, PATIENCE, Site,
    spine::{chooser_closes, number, press, settle, shows},
};
use serde_json::json;

use crate::rig::{Rig, nothing_is_filled};

pub(crate) const TITLE: &str = "Blue card";
pub(crate) const NUMBER: &str = "4111111111111111";
pub(crate) const HOLDER: &str = "Ada Kern";
pub(crate) const CODE: &str = "737";
/// Who the shop delivers to.
pub(crate) const PERSON: &str = "Ada at home";

/// A shop on a rig of any scene before.
pub(crate) async fn shop(rig: Rig) -> Result<Rig> {
    let site = Site::start().await?;
    site.put("/checkout", Answer::html(include_str!("../harness/pages/checkout.html")));
    site.put("/widgets", Answer::html(include_str!("pages/checkout-widgets.html")));
    site.put("/bestellen", Answer::html(include_str!("pages/checkout-address.html")));
    site.put("/kasse", Answer::html(include_str!("../harness/pages/checkout-selects.html")));
    rig.next(site, async |desk, site| {
        desk.add_card(TITLE, [NUMBER, HOLDER, "2029-08", CODE]).await?;
        let says = [
            "given-name=Ada",
            "family-name=Kern",
            "street-address=Hafenstraße 5",
            "postal-code=20457",
            "address-level2=Hamburg",
            "country=de",
            "tel=+49 40 123456",
            "email=ada@example.org",
            "bday=1990-08-17",
        ];
        desk.add_identity(PERSON, &says).await?;
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

async fn pays_on_the_page(shop: &Rig) -> Result<()> {
    let page = shop.open(&shop.site.url("/checkout")).await?;
    pay(shop, &page, "[name=number]", &[]).await?;
    page.wait_for("document.querySelector('[name=code]').value").await?;
    page.click("main button").await?;
    let sent = shop.site.wait_for_submission("/paid", PATIENCE).await?;
    let sent: Vec<_> = ["voucher", "number", "holder", "expiry", "code"].map(|name| sent.fields[name].clone()).into();
    assert_eq!(sent, ["", NUMBER, HOLDER, "08/29", CODE]);
    page.close().await?;

    let page = shop.open(&shop.site.url("/kasse")).await?;
    pay(shop, &page, "[name=n1]", &[]).await?;
    page.wait_for("document.querySelector('[name=pz]').value").await?;
    page.click("main button").await?;
    let sent = shop.site.wait_for_submission("/bezahlt", PATIENCE).await?;
    let names = ["n1", "n2", "n3", "n4", "inhaber", "monat", "jahr", "pz"];
    let sent: Vec<_> = names.map(|name| sent.fields[name].clone()).into();
    assert_eq!(sent, ["4111", "1111", "1111", "1111", HOLDER, "08", "2029", CODE]);
    page.close().await
}

/// Card and address in one form, each of its own item: who somebody is goes in on the pick, the card after the phone has said yes.
async fn pays_and_says_who(shop: &Rig) -> Result<()> {
    let page = shop.open(&shop.site.url("/bestellen")).await?;
    shop.pick(&page, "[name=vorname]", PERSON).await?;
    page.wait_for("document.querySelector('[name=telefon]').value").await?;
    chooser_closes(&shop.browser).await?;
    shop.phone.title("Nothing to approve").await?;
    ensure!(page.text("document.querySelector('[name=karte]').value").await?.is_empty(), "a card that nobody picked");
    shop.fill(&page, "[name=karte]", TITLE, &["card security code"]).await?;
    page.click("main button").await?;
    let sent = shop.site.wait_for_submission("/bestellt", PATIENCE).await?;
    let names = ["vorname", "nachname", "strasse", "plz", "ort", "land", "mail", "karte", "bis", "pz"];
    let sent: Vec<_> = names.map(|name| sent.fields[name].clone()).into();
    let expected = ["Ada", "Kern", "Hafenstraße 5", "20457", "Hamburg", "49", "ada@example.org", NUMBER, "08/29", CODE];
    assert_eq!(sent, expected);
    page.close().await
}

/// A list that opens when it is pressed, boxes to tick, a mask; what the page hears is what it hears when a person types, and the browser undoes it.
async fn pays_by_widgets(shop: &Rig) -> Result<()> {
    let page = shop.open(&shop.site.url("/widgets")).await?;
    pay(shop, &page, "[name=number]", &[]).await?;
    page.wait_for("document.querySelector('[name=code]').value").await?;
    let heard = page.evaluate("heard").await?;
    let mut typed = vec!["focus", "keydown", "beforeinput", "input", "keyup", "change", "blur"];
    // Chromium announces no edit that a script has it make.
    typed.retain(|event| shop.browser.kind() == Kind::Firefox || *event != "beforeinput");
    ensure!(heard["holder"] == json!(typed), "heard: {heard}");
    // Chromium undoes a document's newest edit, wherever the focus is.
    page.click("#code").await?;
    page.press("Control+z").await?;
    page.wait_for("document.querySelector('#code').value === ''").await.context("undone")?;
    page.press("Control+Shift+z").await?;
    page.wait_for(&format!("document.querySelector('#code').value === '{CODE}'")).await.context("done again")?;
    page.click("main button").await?;
    let sent = shop.site.wait_for_submission("/paid-by-widgets", PATIENCE).await?;
    let names = ["type", "number", "holder", "month", "year", "code"];
    let sent: Vec<_> = names.map(|name| sent.fields[name].clone()).into();
    assert_eq!(sent, ["visa", "4111 1111 1111 1111", HOLDER, "August", "2029", CODE]);
    page.close().await
}

/// What is typed after the pick, while the phone is asked, is not written over either: whoever asks again is asked what becomes of it.
async fn keeps_what_is_typed_meanwhile(shop: &Rig, page: &Frame) -> Result<()> {
    let (holder, secret) =
        ("document.querySelector('[name=holder]').value", "document.querySelector('[name=code]').value");
    page.evaluate("document.querySelector('[name=code]').value = ''").await?;
    let chooser = shop.pick(page, "[name=number]", TITLE).await?;
    let asked = number(&chooser).await?;
    // As the Tab key would: whoever presses elsewhere takes back what they asked for.
    page.evaluate("document.querySelector('[name=holder]').select()").await?;
    page.type_text("Jo Meanwhile").await?;
    shop.phone.approve(asked).await?;
    shows(&chooser, "you typed in it, while you approved").await?;
    ensure!(page.text(holder).await? == "Jo Meanwhile" && page.text(secret).await?.is_empty(), "something was written");
    // The chooser came up anew with the box that was written to.
    settle().await;
    press(&chooser, "Ask again").await?;
    shows(&chooser, "Replace what is there?").await?;
    settle().await;
    press(&chooser, "Replace it").await?;
    let asked = number(&chooser).await?;
    shop.phone.approve(asked).await?;
    chooser_closes(&shop.browser).await.context("asked again")?;
    ensure!(page.text(holder).await? == HOLDER && page.text(secret).await? == CODE, "not replaced");
    Ok(())
}

/// What the browser puts back was typed, too. Firefox does so after a reload; Chromium where its user goes back, and here the document itself was not kept.
async fn asks_about_what_came_back(shop: &Rig) -> Result<()> {
    let page = shop.open(&shop.site.url("/checkout")).await?;
    page.fill_in("[name=holder]", "Jo Typist").await?;
    page.evaluate("window.isOld = true, addEventListener('unload', () => {}), 0").await?;
    if shop.browser.kind() == Kind::Firefox {
        page.evaluate("location.reload()").await?;
    } else {
        page.navigate(&shop.site.url("/bestellen")).await?;
        page.evaluate("history.back()").await?;
    }
    page.wait_for("!window.isOld && document.querySelector('[name=holder]')?.value === 'Jo Typist'").await?;
    let chooser = shop.pick(&page, "[name=number]", TITLE).await?;
    shows(&chooser, "Replace what is there?").await?;
    shop.phone.title("Nothing to approve").await?;
    page.close().await
}

/// What was typed is written over only when its user says so; what was filled is no such thing.
async fn asks_before_it_writes_over(shop: &Rig) -> Result<()> {
    let holder = "document.querySelector('[name=holder]').value";
    let page = shop.open(&shop.site.url("/checkout")).await?;
    page.fill_in("[name=holder]", "Jo Typist").await?;
    for (said, stands) in [("Keep it, fill the rest", "Jo Typist"), ("Replace it", HOLDER)] {
        let chooser = shop.pick(&page, "[name=number]", TITLE).await?;
        shows(&chooser, "Replace what is there?").await?;
        shop.phone.title("Nothing to approve").await?;
        // The second press of a double click means nothing here.
        settle().await;
        // The first button has the focus.
        if stands == HOLDER {
            press(&chooser, said).await?
        } else {
            chooser.press("Enter").await?
        }
        let number = number(&chooser).await?;
        shop.phone.approve(number).await?;
        chooser_closes(&shop.browser).await.context(said)?;
        let now = page.text(holder).await?;
        ensure!(now == stands, "{said}: {now:?}");
        ensure!(page.text("document.querySelector('[name=number]').value").await? == NUMBER, "{said}");
    }
    keeps_what_is_typed_meanwhile(shop, &page).await?;
    // The control: all that stands there now was filled.
    let chooser = shop.pick(&page, "[name=number]", TITLE).await?;
    number(&chooser).await?;
    chooser.press("Escape").await?;
    shop.phone.title("Nothing to approve").await?;
    page.close().await
}

/// After a no there is nothing in any field, and nothing was sent.
async fn is_refused(shop: &Rig) -> Result<()> {
    let page = shop.open(&shop.site.url("/checkout")).await?;
    let chooser = shop.pick(&page, "[name=number]", TITLE).await?;
    number(&chooser).await?;
    shop.phone.press("Refuse").await?;
    shows(&chooser, "You refused on your phone").await?;
    press(&chooser, "Done").await?;
    chooser_closes(&shop.browser).await?;
    nothing_is_filled(&page).await?;
    ensure!(shop.site.submissions().is_empty());
    shop.phone.title("Nothing to approve").await?;
    page.close().await
}

/// Picked on the page, a card goes into no frame on it, though that asks for one as well.
async fn stays_out_of_a_frame(shop: &Rig) -> Result<()> {
    let front = Site::start().await?;
    let form = include_str!("../harness/pages/checkout.html");
    shop.site.put("/beside", Answer::html(form));
    let frame = format!("<iframe src={:?} width=600 height=500></iframe>", shop.site.url("/beside"));
    front.put("/", Answer::html(form.replace("</main>", &format!("</main>{frame}"))));
    let page = shop.browser.open(&front.url("/")).await?;
    let inner = shop.browser.wait_for_frame("/beside").await?;
    inner.wait_for_element("main button").await?;
    page.activate().await?;
    pay(shop, &page, "[name=number]", &[]).await?;
    page.wait_for("document.querySelector('[name=code]').value").await?;
    nothing_is_filled(&inner).await.context("in the frame")?;
    page.close().await
}

/// A shop whose payment form is another site's, in a frame.
async fn pays_in_a_frame(shop: &Rig) -> Result<()> {
    let front = Site::start().await?;
    let form = include_str!("../harness/pages/checkout.html").replace("/paid", "/paid-in-frame");
    shop.site.put("/frame", Answer::html(form));
    let frame = format!(
        "<!doctype html><title>Shop</title><h1>Shop</h1><iframe src={:?} width=600 height=500></iframe>",
        shop.site.url("/frame")
    );
    front.put("/", Answer::html(&frame));
    let page = shop.browser.open(&front.url("/")).await?;
    let inner = shop.browser.wait_for_frame("/frame").await?;
    inner.wait_for_element("main button").await?;
    page.activate().await?;
    // Both: whose page it is, and who gets the card.
    let (front, provider) = (front.origin(), shop.site.origin());
    let asks = [&front, &provider].map(|origin| origin.trim_start_matches("http://"));
    pay(shop, &inner, "[name=number]", &asks).await?;
    inner.wait_for("document.querySelector('[name=code]').value").await?;
    inner.click("main button").await?;
    let sent = shop.site.wait_for_submission("/paid-in-frame", PATIENCE).await?;
    assert_eq!((sent.fields["number"].as_str(), sent.fields["code"].as_str()), (NUMBER, CODE));
    Ok(())
}

/// Plays in a shop.
pub(crate) async fn pays(shop: &Rig) -> Result<()> {
    is_refused(shop).await.context("refused")?;
    pays_on_the_page(shop).await.context("on the page")?;
    pays_and_says_who(shop).await.context("with an address")?;
    pays_by_widgets(shop).await.context("by widgets")?;
    asks_before_it_writes_over(shop).await.context("over what was typed")?;
    asks_about_what_came_back(shop).await.context("over what came back")?;
    stays_out_of_a_frame(shop).await.context("beside a frame")?;
    pays_in_a_frame(shop).await.context("in a frame")
}
