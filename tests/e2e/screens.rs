//! Every screen of the extension as people with other needs have it: phone width, 200 % zoom, dark, forced colours, right to left. The pictures in
//! `target/screens/` are for people to look at; nothing may be cut off sideways.

use anyhow::{Result, ensure};
use countersign_harness::{
    Answer, Frame,
    spine::{PHONE_PIN, open_chooser, picture, press, settle, shows},
};

use crate::{
    generator,
    rig::{Rig, TITLE, USERNAME, type_login},
    saving::offer,
};

/// How a screen is looked at: what for, width, dark, forced colours, right to left. Half the width is 200 % zoom.
const LOOKS: [(&str, u32, bool, bool, bool); 5] = [
    ("light", 1000, false, false, false),
    ("dark", 1000, true, false, false),
    ("zoomed", 320, false, false, false),
    ("forced", 500, false, true, false),
    ("rtl", 500, false, false, true),
];

/// The elements that reach out of the page sideways. What is scrolled inside an element of its own does not.
const CUT_OFF: &str = "[...document.querySelectorAll('body *')].filter(element => {
    const box = element.getBoundingClientRect();
    return box.width > 0 && element.checkVisibility() && (box.right > innerWidth + 1 || box.left < -1);
}).map(element => element.outerHTML.slice(0, 120)).join('\\n')";

const LTR: &str = "document.documentElement.dir = 'ltr'";

/// Takes pictures of what `around` shows, in each look, while nothing of `frame` may be cut off. A panel has one size, and only a page of its own is resized.
async fn look(rig: &Rig, around: &Frame, frame: &Frame, name: &str) -> Result<()> {
    let is_page = around.id() == frame.id();
    for (look, width, dark, forced, rtl) in LOOKS {
        if is_page {
            frame.set_viewport(width, 800).await?;
        } else {
            // A page at 200 % has half the room for a panel.
            around
                .set_viewport(if look == "zoomed" { 500 } else { 1000 }, if look == "zoomed" { 400 } else { 800 })
                .await?;
        }
        if forced {
            rig.browser.force_colors().await?;
        } else {
            rig.browser.set_dark(dark).await?;
        }
        frame.evaluate(if rtl { "document.documentElement.dir = 'rtl'" } else { LTR }).await?;
        // Colours change over a moment.
        tokio::time::sleep(std::time::Duration::from_millis(250)).await;
        around.screenshot(&picture("screens", &format!("{name}-{look}"))).await?;
        let cut_off = frame.text(CUT_OFF).await?;
        ensure!(cut_off.is_empty(), "{name}, {look}: {cut_off}");
    }
    frame.evaluate(LTR).await?;
    rig.browser.set_dark(false).await?;
    around.set_viewport(1000, 800).await
}

/// A page with these fields: name, type, label.
fn form(heading: &str, button: &str, fields: &[(&str, &str, &str)]) -> Answer {
    let row = |(name, kind, label): &(&str, &str, &str)| {
        format!("<p><label>{label}<br><input name={name} type={kind} size=40></label></p>")
    };
    let rows: String = fields.iter().map(row).collect();
    Answer::html(format!(
        "<!doctype html><title>{heading}</title><h1>{heading}</h1><form method=post>{rows}<button>{button}</button></form>"
    ))
}

/// What the chooser says where a new password is asked for.
async fn look_at_new_passwords(rig: &Rig) -> Result<()> {
    let new = [("new", "password", "New password"), ("again", "password", "Repeat new password")];
    let user = ("user", "text", "User name");
    let current = ("current", "password", "Current password");
    let forms = [
        ("sign-up", form("Create your account", "Sign up", &[user, new[0], new[1]]), "[name=user]"),
        ("change-password", form("Change your password", "Save", &[current, new[0], new[1]]), "[name=current]"),
    ];
    for (name, answer, field) in forms {
        rig.site.put("/new", answer);
        let page = rig.open(&rig.site.url("/new")).await?;
        let chooser = open_chooser(&rig.browser, &page, field).await?;
        shows(&chooser, TITLE).await?;
        shows(&chooser, "does not put an old password").await?;
        look(rig, &page, &chooser, &format!("chooser-{name}")).await?;
        settle().await;
        press(&chooser, "New password\u{2026}").await?;
        shows(&chooser, "Fill a new password").await?;
        look(rig, &page, &chooser, &format!("chooser-generator-{name}")).await?;
        if name == "sign-up" {
            generator::choose(&chooser, generator::PIN).await?;
            shows(&chooser, "Number of digits").await?;
            look(rig, &page, &chooser, "chooser-generator-pin").await?;
        }
        page.close().await?;
    }
    Ok(())
}

/// What is offered to be saved: a new login, and another password of one that is known.
async fn look_at_offers(rig: &Rig) -> Result<()> {
    for (name, user, question) in [("new", "grace", "Save this login?"), ("update", USERNAME, TITLE)] {
        let page = rig.login_page().await?;
        type_login(&page, user, "harbour <Lights> & 7 ferries").await?;
        page.click("button").await?;
        let offer = offer(rig).await?;
        shows(&offer, question).await?;
        look(rig, &page, &offer, &format!("offer-{name}")).await?;
        settle().await;
        press(&offer, "Not now").await?;
        page.close().await?;
    }
    look_at_the_neutral_offer(rig).await
}

/// What is asked where neither phone nor computer can tell whether it is the saved one, of an item whose title is written from right to left.
async fn look_at_the_neutral_offer(rig: &Rig) -> Result<()> {
    let title = "ספריית הנמל (2)";
    rig.desk.add_login(title, "noa", "another & password", &rig.site.origin()).await?;
    rig.desk.command(&["lock"], "").await?;
    rig.desk.unlock().await?;
    let phone = rig.phone.page.text("location.href").await?;
    rig.phone.page.navigate("about:blank").await?;
    let page = rig.login_page().await?;
    type_login(&page, "noa", "harbour <Lights> & 7 ferries").await?;
    page.click("button").await?;
    let offer = offer(rig).await?;
    shows(&offer, "Is this a new password for").await?;
    look(rig, &page, &offer, "offer-maybe").await?;
    settle().await;
    press(&offer, "Not now").await?;
    page.close().await?;
    rig.phone.page.navigate(&phone).await?;
    rig.phone.type_into("PIN", PHONE_PIN).await?;
    rig.phone.press("Unlock").await?;
    rig.phone.title("Nothing to approve").await
}

/// Who somebody is, on a form that asks.
async fn look_at_identities(rig: &Rig) -> Result<()> {
    let says =
        ["given-name=Ada", "family-name=Kern", "email=ada@example.com", "street-address=1 Quay Street", "country=PT"];
    rig.desk.add_identity("At home", &says).await?;
    let fields = [
        ("given-name", "text", "First name"),
        ("family-name", "text", "Last name"),
        ("email", "email", "E-mail"),
        ("street", "text", "Street and number"),
    ];
    rig.site.put("/address", form("Where do we deliver?", "Go on", &fields));
    let page = rig.open(&rig.site.url("/address")).await?;
    let chooser = open_chooser(&rig.browser, &page, "[name=given-name]").await?;
    shows(&chooser, "At home").await?;
    look(rig, &page, &chooser, "chooser-identities").await?;
    page.close().await
}

/// Plays on a rig with one login, in Chromium, and leaves the vault locked.
pub(crate) async fn nothing_is_cut_off(rig: &Rig) -> Result<()> {
    let vault = rig.browser.open(&rig.browser.extension_url("vault.html")).await?;
    shows(&vault, TITLE).await?;
    look(rig, &vault, &vault, "vault").await?;
    press(&vault, "Add item").await?;
    shows(&vault, "Save").await?;
    look(rig, &vault, &vault, "vault-editor").await?;
    press(&vault, "Cancel").await?;
    press(&vault, "Not saved").await?;
    shows(&vault, "Sites that are never asked about").await?;
    look(rig, &vault, &vault, "vault-captures").await?;
    press(&vault, "Close").await?;
    press(&vault, "Devices").await?;
    shows(&vault, "Countersigns").await?;
    look(rig, &vault, &vault, "vault-devices").await?;
    press(&vault, "Pair another browser").await?;
    shows(&vault, "First, is it you?").await?;
    look(rig, &vault, &vault, "vault-devices-pin").await?;
    vault.close().await?;

    look_at_new_passwords(rig).await?;
    look_at_offers(rig).await?;
    look_at_identities(rig).await?;
    let page = rig.login_page().await?;
    let chooser = open_chooser(&rig.browser, &page, "[name=password]").await?;
    look(rig, &page, &chooser, "chooser-items").await?;
    countersign_harness::spine::pick(&chooser, TITLE).await?;
    countersign_harness::spine::number(&chooser).await?;
    look(rig, &page, &chooser, "chooser-number").await?;
    press(&chooser, "Cancel").await?;
    page.fill_in("[name=user]", "typed").await?;
    let chooser = open_chooser(&rig.browser, &page, "[name=password]").await?;
    countersign_harness::spine::pick(&chooser, TITLE).await?;
    shows(&chooser, "Replace what is there?").await?;
    look(rig, &page, &chooser, "chooser-overwrite").await?;
    settle().await;
    press(&chooser, "Replace it").await?;
    countersign_harness::spine::number(&chooser).await?;

    // The request is in hand everywhere.
    let popup = rig.browser.open(&rig.browser.extension_url("popup.html")).await?;
    shows(&popup, "Type this number").await?;
    look(rig, &popup, &popup, "popup-number").await?;
    press(&popup, "Cancel").await?;
    press(&popup, "Done").await?;
    // Where the browser lets it, "Done" has closed it.
    let _ = popup.close().await;
    rig.desk.command(&["lock"], "").await?;
    let popup = rig.browser.open(&rig.browser.extension_url("popup.html")).await?;
    shows(&popup, "Unlock").await?;
    look(rig, &popup, &popup, "popup-locked").await
}
