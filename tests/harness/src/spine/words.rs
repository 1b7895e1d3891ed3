//! Finding things as people do: by the words on them.

use anyhow::{Context as _, Result};
use serde_json::json;

use crate::Frame;

/// Presses the button in sight with these words.
///
/// # Errors
/// If there is none.
pub async fn press(frame: &Frame, words: &str) -> Result<()> {
    let button = format!(
        "[...document.querySelectorAll('button')]
            .find(button => button.checkVisibility() && button.textContent.trim() === {})",
        json!(words)
    );
    otherwise(frame, frame.click_element(&button).await, &format!("there is no button “{words}”")).await
}

/// Types into the field with this label, after what stands in it.
///
/// # Errors
/// If there is none.
pub async fn type_into(frame: &Frame, label: &str, text: &str) -> Result<()> {
    let clicked = frame.click_element(&labelled(label)).await;
    otherwise(frame, clicked, &format!("there is no field “{label}”")).await?;
    frame.type_text(text).await
}

/// Types into the field with this label, in place of what stands in it.
///
/// # Errors
/// If there is none.
pub async fn retype(frame: &Frame, label: &str, text: &str) -> Result<()> {
    let clicked = frame.click_element(&labelled(label)).await;
    otherwise(frame, clicked, &format!("there is no field “{label}”")).await?;
    frame.press("Ctrl+a").await?;
    frame.type_text(text).await
}

/// Waits until a text is shown.
///
/// # Errors
/// If it does not come; the error says what is shown.
pub async fn shows(frame: &Frame, text: &str) -> Result<()> {
    let found = frame.wait_for(&format!("document.body.innerText.includes({})", json!(text))).await;
    otherwise(frame, found.map(drop), &format!("“{text}” is not shown")).await
}

/// The field with a label, in JavaScript.
pub fn labelled(label: &str) -> String {
    format!(
        "[...document.querySelectorAll('label')]
            .find(label => label.checkVisibility() && label.textContent.trim() === {})?.control",
        json!(label)
    )
}

/// Adds to an error what the frame shows.
pub(super) async fn otherwise(frame: &Frame, result: Result<()>, complaint: &str) -> Result<()> {
    let Err(error) = result else { return Ok(()) };
    let shown = frame.text("document.body.innerText").await.unwrap_or_default();
    Err(error).with_context(|| format!("{complaint}; shown is:\n{shown}"))
}
