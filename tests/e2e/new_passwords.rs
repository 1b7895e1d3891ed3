//! Sign-up and change of password: what is offered there, and that a password which is used already never goes into a box for a new one, whatever a page calls it.

use anyhow::{Context as _, Result, ensure};
use countersign_harness::{
    Answer, Frame, PATIENCE,
    demo_site::DemoSite,
    spine::{chooser_closes, number, open_chooser, pick, shows},
};
use serde_json::json;

use crate::{
    demo::{PASSWORD, TITLE, USERNAME},
    rig::{Rig, values},
};

/// What the chooser says of the boxes that stay empty.
const NOTE: &str = "Countersign does not put an old password";

/// A form of boxes: their labels, names, types and what they claim to be.
fn page(heading: &str, button: &str, boxes: &[(&str, &str, &str, &str)]) -> Answer {
    let row = |(label, name, kind, autocomplete): &(&str, &str, &str, &str)| {
        format!("<p><label>{label}<br><input name={name} type={kind} autocomplete={autocomplete}></label></p>")
    };
    let rows: String = boxes.iter().map(row).collect();
    Answer::html(format!(
        "<!doctype html><title>{heading}</title><link rel=icon href=data:,><h1>{heading}</h1>\
         <form method=post action=/sent>{rows}<button>{button}</button></form>"
    ))
}

/// The user name, and nobody is asked; the boxes for a password stay as they were.
async fn signs_up(rig: &Rig<DemoSite>) -> Result<()> {
    let page = rig.open(&rig.site.library.url("/sign-up")).await?;
    let chooser = open_chooser(&rig.browser, &page, "[name=email]").await?;
    shows(&chooser, NOTE).await?;
    pick(&chooser, TITLE).await?;
    chooser_closes(&rig.browser).await?;
    let expected = json!([["name", ""], ["email", USERNAME], ["password", ""], ["again", ""]]);
    ensure!(values(&page).await? == expected, "{}", values(&page).await?);
    rig.phone.title("Nothing to approve").await?;
    page.click("main button").await?;
    let sent = rig.site.library.wait_for_submission("/sign-up/received", PATIENCE).await?;
    ensure!(sent.fields["email"] == USERNAME && sent.fields["password"].is_empty(), "{:?}", sent.fields);
    page.close().await
}

/// Its second box claims to take the present password.
async fn signs_up_where_a_box_lies(rig: &Rig<DemoSite>) -> Result<()> {
    let boxes = [
        ("E-mail", "email", "email", "email"),
        ("Password", "password", "password", "off"),
        ("Confirm password", "again", "password", "current-password"),
    ];
    rig.site.library.put("/lying-sign-up", page("Create your account", "Sign up", &boxes));
    let page = rig.open(&rig.site.library.url("/lying-sign-up")).await?;
    let chooser = rig.pick(&page, "[name=email]", TITLE).await?;
    page.wait_for(&format!("document.querySelector('[name=email]').value === '{USERNAME}'")).await?;
    ensure!(!has_number(rig, &chooser).await?, "the phone is asked");
    chooser_closes(&rig.browser).await?;
    let expected = json!([["email", USERNAME], ["password", ""], ["again", ""]]);
    ensure!(values(&page).await? == expected, "{}", values(&page).await?);
    rig.phone.title("Nothing to approve").await?;
    page.close().await
}

async fn has_number(rig: &Rig<DemoSite>, chooser: &Frame) -> Result<bool> {
    // The chooser may have closed itself.
    let is_open = rig.browser.frames().await?.iter().any(|(frame, _)| frame.id() == chooser.id());
    let number = "!!document.querySelector('[data-number]')";
    Ok(is_open && chooser.evaluate(number).await.is_ok_and(|found| found == true))
}

/// Nobody has an account yet.
async fn signs_up_for_the_first_time(rig: &Rig<DemoSite>) -> Result<()> {
    let boxes = [("E-mail", "email", "email", "email"), ("Choose a password", "password", "password", "new-password")];
    rig.site.payments.put("/sign-up", page("Create your account", "Sign up", &boxes));
    let page = rig.open(&rig.site.payments.url("/sign-up")).await?;
    let chooser = open_chooser(&rig.browser, &page, "[name=email]").await?;
    shows(&chooser, "Fill a new password").await?;
    page.close().await
}

/// The present password, after approval, and only where that is asked for.
async fn changes_its_password(rig: &Rig<DemoSite>) -> Result<()> {
    let page = rig.open(&rig.site.library.url("/change-password")).await?;
    let before = values(&page).await?;
    let chooser = open_chooser(&rig.browser, &page, "[name=current]").await?;
    shows(&chooser, NOTE).await?;
    pick(&chooser, TITLE).await?;
    let number = number(&chooser).await?;
    rig.phone.shows("Fill password").await?;
    ensure!(values(&page).await? == before, "filled before the phone answered");
    rig.phone.approve(number).await?;
    chooser_closes(&rig.browser).await?;
    let expected = json!([["current", PASSWORD], ["new", ""], ["again", ""]]);
    ensure!(values(&page).await? == expected, "{}", values(&page).await?);
    page.click("main button").await?;
    let sent = rig.site.library.wait_for_submission("/change-password/received", PATIENCE).await?;
    ensure!(sent.fields["current"] == PASSWORD && sent.fields["new"].is_empty(), "{:?}", sent.fields);
    page.close().await
}

/// The box that repeats the new password claims to take the present one.
async fn changes_its_password_where_a_box_lies(rig: &Rig<DemoSite>) -> Result<()> {
    let boxes = [
        ("Current password", "current", "password", "current-password"),
        ("New password", "new", "password", "off"),
        ("Confirm new password", "again", "password", "current-password"),
    ];
    rig.site.library.put("/lying-change", page("Change your password", "Save", &boxes));
    let page = rig.open(&rig.site.library.url("/lying-change")).await?;
    rig.fill(&page, "[name=current]", TITLE, &["Fill password"]).await?;
    let expected = json!([["current", PASSWORD], ["new", ""], ["again", ""]]);
    ensure!(values(&page).await? == expected, "{}", values(&page).await?);
    page.close().await
}

/// Plays on the demo site.
pub(crate) async fn an_old_password_goes_into_no_box_for_a_new_one(rig: &Rig<DemoSite>) -> Result<()> {
    signs_up(rig).await.context("sign-up")?;
    signs_up_where_a_box_lies(rig).await.context("sign-up where a box lies")?;
    signs_up_for_the_first_time(rig).await.context("sign-up for the first time")?;
    changes_its_password(rig).await.context("change of password")?;
    changes_its_password_where_a_box_lies(rig).await.context("change of password where a box lies")
}
