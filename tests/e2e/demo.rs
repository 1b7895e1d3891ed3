//! The demo site: what its pages look like, that their policies are kept, and the demo that `npm start` runs.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use countersign_harness::{
    Browser, Frame, PATIENCE, Program, binary,
    demo_site::{DemoSite, SEED},
    spine::{Desk, chooser_closes, picture},
    tree,
};

use serde_json::json;

use crate::{
    frameworks,
    rig::{Rig, nothing_is_filled, type_login, values},
};

/// What the login is called; it has a one-time code.
pub(crate) const TITLE: &str = "Harbour Library";
/// Its user name, which is an address.
pub(crate) const USERNAME: &str = "ada@example.com";
/// Its password.
pub(crate) const PASSWORD: &str = "lantern & Quayside <1843>";
/// What the card is called.
pub(crate) const CARD: &str = "Blue card";
/// Its number.
pub(crate) const NUMBER: &str = "4111111111111111";
/// The name on it.
pub(crate) const HOLDER: &str = "Ada Kern";
/// Its security code.
pub(crate) const SECURITY_CODE: &str = "737";

/// A login of the demo site, and a card.
async fn save(desk: &Desk, site: &DemoSite) -> Result<()> {
    desk.add_login_with_codes(TITLE, USERNAME, [PASSWORD, SEED], &site.library.origin()).await?;
    desk.add_card(CARD, [NUMBER, HOLDER, "2029-08", SECURITY_CODE]).await
}

/// The phone shows whose page it is and who gets the card.
async fn pays_in_the_providers_frame(rig: &Rig<DemoSite>) -> Result<()> {
    let page = rig.open(&rig.site.library.url("/checkout-framed")).await?;
    let inner = rig.browser.wait_for_frame("/pay").await?;
    inner.wait_for_element("button").await?;
    // And stays so until the phone answers: `fill` holds that.
    nothing_is_filled(&inner).await?;
    let (library, payments) = (rig.site.library.origin(), rig.site.payments.origin());
    let asks = [&library, &payments].map(|origin| origin.trim_start_matches("http://"));
    rig.fill(&inner, "[name=number]", CARD, &asks).await?;
    let expected = json!([["number", NUMBER], ["holder", HOLDER], ["expiry", "08/29"], ["code", SECURITY_CODE]]);
    let filled = values(&inner).await?;
    ensure!(filled == expected, "filled is {filled}");
    inner.click("main button").await?;
    let sent = rig.site.payments.wait_for_submission("/pay/received", PATIENCE).await?;
    ensure!(sent.fields["number"] == NUMBER && sent.fields["code"] == SECURITY_CODE, "{:?}", sent.fields);
    page.close().await
}

/// Without a framework: the second step is a page of its own. The user name needs nobody's word.
async fn signs_in_on_two_pages(rig: &Rig<DemoSite>) -> Result<()> {
    let page = rig.open(&rig.site.library.url("/two-step")).await?;
    rig.pick(&page, "#user", TITLE).await?;
    page.wait_for(&format!("document.querySelector('#user').value === '{USERNAME}'")).await?;
    chooser_closes(&rig.browser).await?;
    page.click("main button").await?;
    page.wait_for_element("#password").await?;
    nothing_is_filled(&page).await?;
    rig.approve_what_was_picked(&page, "#password", &["Fill password", TITLE]).await?;
    page.wait_for("document.querySelector('#password').value").await?;
    // What was filled has the focus; the chooser may still say that it filled.
    page.press("Enter").await?;
    let sent = rig.site.library.wait_for_submission("/two-step/received", PATIENCE).await?;
    let sent = ["user", "password"].map(|name| sent.fields[name].as_str());
    ensure!(sent == [USERNAME, PASSWORD], "the library received {sent:?}");
    page.close().await
}

/// Goes to the demo site with a rig of any scene before.
pub(crate) async fn visit<S>(rig: Rig<S>) -> Result<Rig<DemoSite>> {
    rig.next(DemoSite::start().await?, save).await
}

/// Plays on the demo site.
pub(crate) async fn every_form_is_filled(rig: &Rig<DemoSite>) -> Result<()> {
    signs_in_on_two_pages(rig).await.context("two pages")?;
    pays_in_the_providers_frame(rig).await.context("payment in a frame")?;
    frameworks::every_form(rig).await
}

/// The elements that reach out of the page sideways.
const CUT_OFF: &str = "[...document.querySelectorAll('body *:not(.skip)')].filter(element => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && element.checkVisibility() && (box.right > innerWidth + 1 || box.left < -1);
}).map(element => element.outerHTML.slice(0, 120)).join('\\n')";

/// Fields and buttons without a name for who does not see them.
const NAMELESS: &str =
    "[...document.querySelectorAll('input:not([type=hidden], [hidden]), select, button, iframe')].filter(element =>
    !(element.labels?.length || element.ariaLabel || element.title || element.textContent.trim())
).map(element => element.outerHTML).join('\\n')";

/// How a page is looked at: what for, width, dark.
const LOOKS: [(&str, u32, bool); 3] = [("light", 1000, false), ("dark", 1000, true), ("phone", 360, true)];

async fn look(browser: &Browser, page: &Frame, name: &str) -> Result<()> {
    for (look, width, dark) in LOOKS {
        browser.set_dark(dark).await?;
        page.set_viewport(width, 800).await?;
        page.screenshot(&picture("screens", &format!("demo-{name}-{look}"))).await?;
        let cut_off = page.text(CUT_OFF).await?;
        ensure!(cut_off.is_empty(), "{name}, {look}: {cut_off}");
    }
    let nameless = page.text(NAMELESS).await?;
    ensure!(nameless.is_empty(), "{name}: {nameless}");
    Ok(())
}

/// Every page draws in light, dark and at a phone's width, and breaks nothing of its own policy. In a Chromium whose console is empty so far.
pub(crate) async fn shows_well_and_keeps_its_policy(browser: &Browser) -> Result<()> {
    let site = DemoSite::start().await?;
    for path in DemoSite::paths() {
        let page = browser.open(&site.library.url(&path)).await?;
        page.wait_for_element("main h1").await?;
        if path == "/checkout-framed" {
            browser.wait_for_frame("/pay").await?.wait_for_element("button").await?;
        }
        look(browser, &page, &path.trim_matches('/').replace('/', "-")).await?;
        page.close().await?;
    }
    let page = browser.open(&site.library.url("/login")).await?;
    type_login(&page, "<b>ada</b>", "a & \"b\"").await?;
    page.press("Enter").await?;
    page.wait_for_element(".received").await?;
    let shown = page.text("[...document.querySelectorAll('dd')].map(field => field.textContent).join('|')").await?;
    ensure!(shown == "a & \"b\"|<b>ada</b>", "what was sent is shown as {shown}");
    look(browser, &page, "received").await?;
    // Chromium's advice on `autocomplete` is what some of the forms leave out on purpose: many sites do.
    let advice = |text: &String| text.starts_with("[DOM]");
    let complaints: Vec<String> =
        browser.console().into_iter().map(|message| message.text).filter(|text| !advice(text)).collect();
    ensure!(complaints.is_empty(), "the console says {complaints:?}");
    Ok(())
}

/// As `npm start` does it where there is no display.
#[tokio::test(flavor = "multi_thread")]
async fn the_demo_goes_through_login_code_and_card_by_itself() -> Result<()> {
    let demo = Program::new(binary("examples/demo")?).arg("--script");
    let said = demo.output("", Duration::from_secs(120)).await?.success()?;
    for words in ["the site received the right login", "the shop received the right card", "the site took the code"] {
        ensure!(said.contains(words), "the demo does not say “{words}”:\n{said}");
    }
    for name in ["2-login-number", "4-login-filled", "5-code-filled", "8-card-filled"] {
        ensure!(tree().join(format!("target/demo/{name}.png")).is_file(), "no screenshot {name}");
    }
    Ok(())
}
