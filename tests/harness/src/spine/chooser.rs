//! The chooser and the popup, as their users use them.

use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::{GUARD, picture, words};
use crate::pauses::Pauses;
use crate::{Browser, Frame, PATIENCE};

/// How often the icon, or what is in the chooser, is pressed.
const TRIES: u32 = 3;
/// How long a press may take to show what it did.
const ANSWER: Duration = Duration::from_millis(1500);

/// Focuses a field, presses the icon in it, and returns the chooser.
///
/// # Errors
/// If no icon or no chooser comes.
pub async fn open_chooser(browser: &Browser, page: &Frame, field: &str) -> Result<Frame> {
    page.click(field).await?;
    // The icon is in a closed shadow root: all that the page has is its host.
    page.wait_for("document.querySelector(':popover-open')").await?;
    let place = format!(
        "(() => {{ const box = document.querySelector({}).getBoundingClientRect(); return [box.right - 12, box.top + box.height / 2]; }})()",
        json!(field)
    );
    let point = page.evaluate(&place).await?;
    let coordinate = |index: usize| point[index].as_f64().context("no coordinate");
    // A click that meets the very moment in which a killed worker comes back is lost; a person clicks again.
    for _ in 0..TRIES {
        page.click_at(coordinate(0)?, coordinate(1)?).await?;
        let (end, mut pauses) = (Instant::now() + PATIENCE / TRIES, Pauses::new());
        while Instant::now() < end {
            if let Some(chooser) = chooser_in(browser).await? {
                return Ok(chooser);
            }
            pauses.pause().await;
        }
    }
    page.screenshot(&picture("failures", "no-chooser")).await?;
    bail!("no chooser opens; target/failures/no-chooser.png shows the page")
}

/// The chooser, if one is open now.
///
/// # Errors
/// If the browser does not answer.
pub async fn chooser_in(browser: &Browser) -> Result<Option<Frame>> {
    let chooser = browser.frames().await?.into_iter().find(|(_, url)| url.contains("chooser.html"));
    Ok(chooser.map(|(chooser, _)| chooser))
}

/// Waits out the time in which a new panel takes no press.
pub async fn settle() {
    sleep(GUARD).await;
}

/// Picks an item by its title, once the chooser takes picks.
///
/// # Errors
/// If it is not listed.
pub async fn pick(chooser: &Frame, title: &str) -> Result<()> {
    let item = format!(
        "[...document.querySelectorAll('main [data-key]')].find(item => item.innerText.includes({}))",
        json!(title)
    );
    let listed = chooser.wait_for(&format!("!!({item})")).await.map(drop);
    words::otherwise(chooser, listed, &format!("“{title}” is not listed")).await?;
    let picked = insist(chooser, &item).await;
    words::otherwise(chooser, picked, &format!("“{title}” is listed no longer")).await
}

/// Confirms a fill for which no phone is asked, once the chooser takes it.
///
/// # Errors
/// If there is nothing to confirm.
pub async fn confirm(chooser: &Frame) -> Result<()> {
    let button = "[...document.querySelectorAll('main button')].find(button => button.innerText === 'Confirm')";
    let asked = chooser.wait_for(&format!("!!{button}")).await.map(drop);
    words::otherwise(chooser, asked, "nothing is asked").await?;
    words::otherwise(chooser, insist(chooser, button).await, "there is nothing to confirm").await
}

/// Presses what is in a chooser; again, as a person would, if the page took too long to say that nothing covers it.
async fn insist(chooser: &Frame, element: &str) -> Result<()> {
    for _ in 0..TRIES {
        settle().await;
        chooser.click_element(element).await?;
        if !is_turned_away(chooser, element).await {
            return Ok(());
        }
    }
    bail!("no press counted")
}

async fn is_turned_away(chooser: &Frame, pressed: &str) -> bool {
    let said = format!(
        "!({pressed}) ? 'taken' : document.body.innerText.includes('Something on this page covers Countersign') ? 'away' : ''"
    );
    // What was said of the press before is taken back first.
    sleep(ANSWER / 10).await;
    let (end, mut pauses) = (Instant::now() + ANSWER, Pauses::new());
    while Instant::now() < end {
        match chooser.text(&said).await.as_deref() {
            Ok("") => pauses.pause().await,
            Ok("away") => return true,
            _ => return false,
        }
    }
    false
}

/// Waits until the chooser has closed itself, which uncovers the page.
///
/// # Errors
/// If it stays.
pub async fn chooser_closes(browser: &Browser) -> Result<()> {
    let (end, mut pauses) = (Instant::now() + PATIENCE, Pauses::new());
    while let Some(chooser) = chooser_in(browser).await? {
        if Instant::now() > end {
            return words::otherwise(
                &chooser,
                Err(anyhow!("it is there after {PATIENCE:?}")),
                "the chooser stays open",
            )
            .await;
        }
        pauses.pause().await;
    }
    Ok(())
}

/// The number that the popup or the chooser shows.
///
/// # Errors
/// If it shows none.
pub async fn number(panel: &Frame) -> Result<u8> {
    const NUMBER: &str = "document.querySelector('.cs-number-digits[data-number]')?.dataset.number";
    words::otherwise(panel, panel.wait_for(NUMBER).await.map(drop), "no number is shown").await?;
    Ok(panel.text(NUMBER).await?.parse()?)
}
