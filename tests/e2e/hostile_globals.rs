//! Pages that replace what the language and the browser bring along, to listen to whoever uses it, and forms whose controls hide what forms are asked. What is approved
//! is filled all the same, and nothing is said to the page but the values in its fields.

use anyhow::{Context as _, Result, ensure};
use countersign_harness::{
    Answer, PATIENCE,
    spine::{chooser_closes, number},
};
use serde_json::json;

use crate::rig::{PASSWORD, Rig, TITLE, USERNAME};

const FIELD: &str = "[name=password]";

/// `when` the page has replaced everything: before there was a form, or with the chooser open.
async fn fills_and_says_nothing(rig: &Rig, when: &str) -> Result<()> {
    let page = rig.open(&rig.site.url(&format!("/polluted?{when}"))).await?;
    // What hears nothing would pass: the page's own code is heard.
    if when == "before" {
        ensure!(
            page.evaluate("(count => (leaks.length = 0, count > 0))(leaks.length)").await? == true,
            "the page hears nobody, not even itself"
        );
    }
    let chooser = rig.pick(&page, FIELD, TITLE).await?;
    let number = number(&chooser).await?;
    rig.phone.title("Fill password?").await?;
    if when == "after" {
        page.evaluate("(pollute(), leaks.length = 0)").await?;
    }
    ensure!(page.evaluate("early").await? == json!([]), "something was written before the phone answered");
    page.evaluate("void (released = true)").await?;
    rig.phone.approve(number).await?;
    chooser_closes(&rig.browser).await?;
    // Asked before anything else is: what the tests read goes through the page's ears as well.
    ensure!(page.evaluate("leaks").await? == json!([]), "{}", page.text("leaks.join('\\n')").await?);
    ensure!(page.evaluate("typeof globalThis.countersign").await? == "undefined", "the page sees the probe");
    page.click("button").await?;
    let sent = rig.site.wait_for_submission("/in", PATIENCE).await?;
    ensure!((sent.fields["user"].as_str(), sent.fields["password"].as_str()) == (USERNAME, PASSWORD));
    page.close().await
}

/// Plays on a rig with one login.
pub(crate) async fn pages_that_replace_everything_hear_nothing(rig: &Rig) -> Result<()> {
    rig.site.put("/polluted", Answer::html(include_str!("pages/polluted.html")));
    for when in ["before", "after"] {
        fills_and_says_nothing(rig, when).await.with_context(|| format!("polluted {when}"))?;
    }
    Ok(())
}
