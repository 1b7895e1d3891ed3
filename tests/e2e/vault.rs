//! The vault page, used as people use it: add, search, edit, remove and undo; and an edit of what stands inside a seal, which the phone has to agree to.

use anyhow::{Context as _, Result, ensure};
use countersign_harness::{
    Answer, Browser, Frame, PATIENCE, Site,
    spine::{
        Desk, chooser_closes, confirm, labelled, number, open_chooser, pick, press, put_login_page, retype, settle,
        shows, type_into,
    },
};
use serde_json::{Value, json};

use crate::rig::{PASSWORD, Rig, TITLE, USERNAME, ask_in, value};

/// What the login is called after its edit.
const NEW_TITLE: &str = "Harbour Library, both branches";
const NEW_USERNAME: &str = "ada.kern";
const NEW_PASSWORD: &str = "note G, 25 operations";

/// An entry of the list, in JavaScript.
fn entry(title: &str) -> String {
    format!(
        "[...document.querySelectorAll('main [data-key]')].find(entry => entry.querySelector('.cs-entry-title').textContent === {})",
        json!(title)
    )
}

async fn lists(vault: &Frame, title: &str) -> Result<()> {
    vault.wait_for(&format!("!!{}", entry(title))).await.map(drop).with_context(|| format!("“{title}” is not listed"))
}

async fn lists_no_more(vault: &Frame, title: &str) -> Result<()> {
    vault.wait_for(&format!("!{}", entry(title))).await.map(drop).with_context(|| format!("“{title}” is still listed"))
}

pub(crate) async fn open_editor(vault: &Frame, title: &str) -> Result<()> {
    vault.click_element(&entry(title)).await?;
    vault.wait_for("document.querySelector('dialog[open]')").await?;
    shows(vault, &format!("Edit {title}")).await
}

pub(crate) async fn editor_closes(vault: &Frame) -> Result<()> {
    vault.wait_for("!document.querySelector('dialog[open]')").await.map(drop).context("the editor stays open")
}

/// The only item, as the daemon lists it.
async fn only_item(desk: &Desk) -> Result<Value> {
    let items: Value = serde_json::from_str(&desk.command(&["item", "list", "--json"], "").await?)?;
    ensure!(items.as_array().is_some_and(|items| items.len() == 1), "{items}");
    Ok(items[0].clone())
}

/// Plays with a browser whose vault is empty, and without a phone.
pub(crate) async fn keeps_items_before_there_is_a_phone(browser: &Browser) -> Result<()> {
    let site = Site::start().await?;
    put_login_page(&site, &[]);
    let vault = browser.open(&browser.extension_url("vault.html")).await?;
    vault.activate().await?;
    shows(&vault, "Your vault is empty").await?;

    adds_a_login_by_mouse(&vault, &site).await?;
    vault.wait_for(&format!("{}.innerText.includes('Not sealed')", entry("Harbour"))).await?;
    adds_a_card_by_keyboard(&vault).await?;
    searches(&vault).await?;
    edits_by_keyboard(&vault).await?;
    removes_and_undoes(&vault).await?;

    says_who_without_a_phone(browser, &vault, &site).await?;

    // What was typed is what is filled.
    let (page, chooser) = ask_in(browser, &site).await?;
    shows(&chooser, "Confirm here only if you asked for this").await?;
    confirm(&chooser).await?;
    page.wait_for("document.querySelector('[name=password]').value").await?;
    assert_eq!(value(&page).await?, PASSWORD);
    chooser_closes(browser).await
}

async fn adds_a_login_by_mouse(vault: &Frame, site: &Site) -> Result<()> {
    press(vault, "Add item").await?;
    press(vault, "Save").await?;
    shows(vault, "Give it a title.").await?;
    vault.wait_for(&format!("document.activeElement === {}", labelled("Title"))).await?;
    type_into(vault, "Title", "Harbour").await?;
    type_into(vault, "User name", USERNAME).await?;
    type_into(vault, "Password", PASSWORD).await?;
    type_into(vault, "Site 1", "not a site").await?;
    press(vault, "Save").await?;
    shows(vault, "This is no web address.").await?;
    retype(vault, "Site 1", &site.url("/login")).await?;
    press(vault, "Save").await?;
    shows(vault, "Saved").await?;
    editor_closes(vault).await?;
    lists(vault, "Harbour").await
}

async fn adds_a_card_by_keyboard(vault: &Frame) -> Result<()> {
    press(vault, "Add item").await?;
    vault.evaluate(&format!("{}.focus()", labelled("Kind"))).await?;
    vault.type_text("P").await?;
    vault.wait_for(&format!("!!{}", labelled("Card number"))).await.context("no card was chosen")?;
    for text in ["Blue card", "4111 1111 1111 1112"] {
        vault.press("Tab").await?;
        vault.type_text(text).await?;
    }
    vault.press("Enter").await?;
    shows(vault, "Check the number").await?;
    retype(vault, "Card number", "4111 1111 1111 1111").await?;
    vault.press("Enter").await?;
    editor_closes(vault).await?;
    lists(vault, "Blue card").await
}

/// Added by keyboard, with what is wrong said at its field; filled with nobody's word but the pick.
async fn says_who_without_a_phone(browser: &Browser, vault: &Frame, site: &Site) -> Result<()> {
    press(vault, "Add item").await?;
    vault.evaluate(&format!("{}.focus()", labelled("Kind"))).await?;
    vault.type_text("I").await?;
    vault.wait_for(&format!("!!{}", labelled("First name"))).await.context("no identity was chosen")?;
    type_into(vault, "Title", "Me").await?;
    type_into(vault, "First name", "Jane").await?;
    type_into(vault, "E-mail address", "jane@example.org").await?;
    type_into(vault, "Birthday", "29.2.1992").await?;
    press(vault, "Save").await?;
    shows(vault, "Type year, month and day").await?;
    vault.wait_for(&format!("document.activeElement === {}", labelled("Birthday"))).await?;
    retype(vault, "Birthday", "1992-02-29").await?;
    press(vault, "Save").await?;
    editor_closes(vault).await?;
    lists(vault, "Me").await?;
    open_editor(vault, "Me").await?;
    vault.wait_for(&format!("{}.value === 'jane@example.org'", labelled("E-mail address"))).await?;
    press(vault, "Cancel").await?;
    editor_closes(vault).await?;

    site.put("/who", Answer::html(include_str!("pages/checkout-address.html")));
    let page = browser.open(&site.url("/who")).await?;
    page.activate().await?;
    let chooser = open_chooser(browser, &page, "[name=vorname]").await?;
    pick(&chooser, "Me").await?;
    page.wait_for("document.querySelector('[name=mail]').value === 'jane@example.org'").await?;
    chooser_closes(browser).await?;
    page.close().await?;
    vault.activate().await
}

async fn searches(vault: &Frame) -> Result<()> {
    vault.fill_in("input[type=search]", "blu").await?;
    lists_no_more(vault, "Harbour").await?;
    lists(vault, "Blue card").await?;
    vault.type_text("x").await?;
    shows(vault, "Nothing found").await?;
    vault.press("Ctrl+a").await?;
    vault.press("Backspace").await?;
    lists(vault, "Harbour").await?;
    lists(vault, "Blue card").await
}

async fn edits_by_keyboard(vault: &Frame) -> Result<()> {
    let has_focus = |title: &str| format!("document.activeElement === {}", entry(title));
    // From the search to the list, and in it by arrows.
    vault.press("Tab").await?;
    vault.wait_for(&has_focus("Blue card")).await?;
    vault.press("ArrowDown").await?;
    vault.wait_for(&has_focus("Harbour")).await?;
    vault.press("Enter").await?;
    shows(vault, "Edit Harbour").await?;
    // Escape changes nothing.
    type_into(vault, "Title", " Office").await?;
    vault.press("Escape").await?;
    editor_closes(vault).await?;
    lists(vault, "Harbour").await?;

    vault.wait_for(&has_focus("Harbour")).await.context("the focus is not back in the list")?;
    vault.press("Enter").await?;
    shows(vault, "Edit Harbour").await?;
    type_into(vault, "Title", " Library").await?;
    vault.press("Enter").await?;
    editor_closes(vault).await?;
    lists(vault, TITLE).await
}

async fn removes_and_undoes(vault: &Frame) -> Result<()> {
    open_editor(vault, "Blue card").await?;
    press(vault, "Remove").await?;
    shows(vault, "Removed Blue card").await?;
    lists_no_more(vault, "Blue card").await?;
    press(vault, "Undo").await?;
    shows(vault, "Restored").await?;
    lists(vault, "Blue card").await?;
    open_editor(vault, "Blue card").await?;
    press(vault, "Remove").await?;
    lists_no_more(vault, "Blue card").await
}

/// Another site, which the login is not for.
async fn other_site() -> Result<Site> {
    let site = Site::start().await?;
    put_login_page(&site, &[]);
    Ok(site)
}

/// Plays on a rig with one login.
pub(crate) async fn reseals_with_consent(rig: &Rig) -> Result<()> {
    let other = other_site().await?;
    let vault = rig.browser.open(&rig.browser.extension_url("vault.html")).await?;
    shows(&vault, "Sealed by your phone").await?;
    adds_and_changes_without_asking(rig, &vault).await?;

    // Refused: the old stays, and nothing waits.
    ask_to_widen(rig, &vault, &other).await?;
    assert_old_in_force(rig, &other).await?;
    settle().await;
    rig.phone.press("Refuse").await?;
    shows(&vault, "You refused on your phone").await?;
    press(&vault, "Done").await?;
    lists(&vault, TITLE).await?;
    assert!(only_item(&rig.desk).await?["waiting"].is_null(), "nothing waits after a refusal");
    offers_nothing(rig, &other).await?;

    // Approved, which takes consent: the new is in force.
    let shown = ask_to_widen(rig, &vault, &other).await?;
    rig.phone.approve(shown).await?;
    rig.phone.shows("Tick the box above").await?;
    assert_old_in_force(rig, &other).await?;
    rig.phone.page.click(".phone-consent input").await?;
    rig.phone.press("Approve").await?;
    shows(&vault, "Approved. The change is in force.").await?;
    press(&vault, "Done").await?;
    lists(&vault, NEW_TITLE).await?;
    assert!(only_item(&rig.desk).await?["waiting"].is_null(), "nothing waits after an approval");
    fills_on(rig, &other).await
}

/// What is new or stands in a field is sealed with the public key alone, so that the phone is not asked.
async fn adds_and_changes_without_asking(rig: &Rig, vault: &Frame) -> Result<()> {
    vault.activate().await?;
    press(vault, "Add item").await?;
    type_into(vault, "Title", "Lighthouse").await?;
    type_into(vault, "Password", "wick").await?;
    press(vault, "Save").await?;
    editor_closes(vault).await?;
    lists(vault, "Lighthouse").await?;
    assert!(!vault.text(&format!("{}.innerText", entry("Lighthouse"))).await?.contains("Not sealed"));
    open_editor(vault, "Lighthouse").await?;
    press(vault, "Remove").await?;
    lists_no_more(vault, "Lighthouse").await?;

    open_editor(vault, TITLE).await?;
    retype(vault, "User name", NEW_USERNAME).await?;
    type_into(vault, "Password", NEW_PASSWORD).await?;
    press(vault, "Save").await?;
    editor_closes(vault).await?;
    vault.wait_for(&format!("{}.innerText.includes({})", entry(TITLE), json!(NEW_USERNAME))).await?;
    rig.phone.title("Nothing to approve").await?;
    rig.desk.wait_for_status("all is sealed", |status| status["not_sealed"] == 0 && status["items"] == 1).await
}

/// Gives the login another title and one more site on the vault page; the phone shows both. The number that the page shows.
async fn ask_to_widen(rig: &Rig, vault: &Frame, other: &Site) -> Result<u8> {
    vault.activate().await?;
    open_editor(vault, TITLE).await?;
    retype(vault, "Title", NEW_TITLE).await?;
    press(vault, "Add a site").await?;
    type_into(vault, "Site 2", &other.origin()).await?;
    press(vault, "Save").await?;
    editor_closes(vault).await?;
    shows(vault, "Change Harbour Library").await?;
    let shown = number(vault).await?;
    rig.phone.title("Change this item?").await?;
    rig.phone.shows(TITLE).await?;
    rig.phone.shows(&format!("New title: {NEW_TITLE}")).await?;
    rig.phone.shows("New site").await?;
    rig.phone.shows(&other.port().to_string()).await?;
    rig.phone.shows("Wider").await?;
    Ok(shown)
}

/// While the edit waits the item is what it was, and is listed as waiting.
async fn assert_old_in_force(rig: &Rig, other: &Site) -> Result<()> {
    let item = only_item(&rig.desk).await?;
    assert_eq!(item["title"], TITLE);
    assert!(!item["sites"].to_string().contains(&other.port().to_string()), "{item}");
    assert_eq!(item["waiting"]["title"], NEW_TITLE);
    assert!(rig.desk.command(&["item", "list"], "").await?.contains("waits for the phone"));
    Ok(())
}

async fn offers_nothing(rig: &Rig, other: &Site) -> Result<()> {
    let page = rig.browser.open(&other.url("/login")).await?;
    page.activate().await?;
    let chooser = open_chooser(&rig.browser, &page, "[name=password]").await?;
    shows(&chooser, "Nothing saved for this site").await?;
    page.close().await
}

async fn fills_on(rig: &Rig, other: &Site) -> Result<()> {
    let page = rig.browser.open(&other.url("/login")).await?;
    page.activate().await?;
    let chooser = open_chooser(&rig.browser, &page, "[name=password]").await?;
    pick(&chooser, NEW_TITLE).await?;
    let shown = number(&chooser).await?;
    rig.phone.title("Fill password?").await?;
    rig.phone.shows(NEW_TITLE).await?;
    rig.phone.approve(shown).await?;
    page.wait_for("document.querySelector('[name=password]').value").await?;
    chooser_closes(&rig.browser).await?;
    page.click("button").await?;
    let sent = other.wait_for_submission("/in", PATIENCE).await?;
    assert_eq!((sent.fields["user"].as_str(), sent.fields["password"].as_str()), (NEW_USERNAME, NEW_PASSWORD));
    Ok(())
}
