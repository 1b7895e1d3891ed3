//! Finding things as people do: by the words on them.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::json;
use tokio::time::timeout;

use crate::Frame;

/// How long a document may take to say whether its button was pressed; one that is gone says nothing.
const ANSWER: Duration = Duration::from_millis(700);
/// How often a button is pressed that moves away.
const TRIES: u32 = 3;

/// Presses the button in sight with these words. What was drawn anew, or moved, under the very press is pressed again, as people do.
///
/// # Errors
/// If there is none.
pub async fn press(frame: &Frame, words: &str) -> Result<()> {
    let button = format!(
        "[...document.querySelectorAll('button')]
            .find(button => button.checkVisibility() && button.textContent.trim() === {})",
        json!(words)
    );
    otherwise(frame, press_element(frame, &button).await, &format!("there is no button “{words}”")).await
}

async fn press_element(frame: &Frame, button: &str) -> Result<()> {
    for _ in 0..TRIES {
        // Noted by the element itself, before anything else hears of it.
        let noted = format!(
            "(element => element && (delete globalThis.pressed, element.addEventListener('click', () => (globalThis.pressed = true), {{ capture: true, once: true }}), element))({button})"
        );
        frame.click_element(&noted).await?;
        // Where a press leads elsewhere, there is nobody to ask.
        match timeout(ANSWER, frame.evaluate("!!globalThis.pressed")).await {
            Ok(Ok(pressed)) if pressed != true => {}
            _ => return Ok(()),
        }
    }
    bail!("every press of {TRIES} met something else")
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
