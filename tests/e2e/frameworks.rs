//! Forms that React and Vue control: what is filled must be what the application holds and sends, not only what stands in the page.

use anyhow::{Context as _, Result, ensure};
use countersign_harness::{
    Frame, PATIENCE, Submission,
    demo_site::{DemoSite, takes_code},
    spine::chooser_closes,
};
use serde_json::{Value, json};

use crate::{
    demo::{CARD, HOLDER, NUMBER, PASSWORD, SECURITY_CODE, TITLE, USERNAME},
    rig::Rig,
};

/// What the application holds, by name and sorted by it: it is drawn from its state alone.
const STATE: &str = "Object.fromEntries([...document.querySelectorAll('[data-state] dd')]
    .map(value => [value.dataset.name, value.textContent]).sort(([one], [other]) => one < other ? -1 : 1))";

/// The forms of one framework.
struct App<'a> {
    rig: &'a Rig<DemoSite>,
    framework: &'static str,
}

impl App<'_> {
    async fn open(&self, form: &str) -> Result<Frame> {
        let page = self.rig.open(&self.rig.site.library.url(&self.path(form))).await?;
        page.wait_for_element("form").await?;
        Ok(page)
    }

    fn path(&self, form: &str) -> String {
        format!("/{}/{form}", self.framework)
    }

    /// Waits until the application holds this.
    async fn holds(&self, page: &Frame, expected: &Value) -> Result<()> {
        let held = page.wait_for(&format!("JSON.stringify({STATE}) === JSON.stringify({expected})")).await;
        let state = page.evaluate(STATE).await?;
        held.map(drop).with_context(|| format!("{} holds {state} and not {expected}", self.framework))
    }

    /// Sends the form; what the server received.
    async fn send(&self, page: Frame, form: &str) -> Result<Submission> {
        // The last field that was filled has the focus; the chooser may still say that it filled.
        page.press("Enter").await?;
        page.wait_for_element("[data-received]").await?;
        let sent =
            self.rig.site.library.wait_for_submission(&format!("{}/received", self.path(form)), PATIENCE).await?;
        page.close().await?;
        Ok(sent)
    }

    /// Opens a form, fills it at a field after approval, and sends it: page, state and server agree.
    async fn fills(&self, form: &str, field: &str, title: &str, expected: Value) -> Result<()> {
        let page = self.open(form).await?;
        self.rig.approve(&page, field, title, &[]).await?;
        self.holds(&page, &expected).await?;
        self.received(self.send(page, form).await?, &expected)
    }

    fn received(&self, sent: Submission, expected: &Value) -> Result<()> {
        ensure!(json!(sent.fields) == *expected, "{}: the server received {:?}", self.framework, sent.fields);
        Ok(())
    }

    async fn login(&self) -> Result<()> {
        self.fills("login", "#password", TITLE, json!({ "user": USERNAME, "password": PASSWORD })).await
    }

    /// The user name needs nobody's word; the second step is drawn by the application in the same document.
    async fn two_steps(&self) -> Result<()> {
        let page = self.open("two-step").await?;
        self.rig.pick(&page, "#user", TITLE).await?;
        self.holds(&page, &json!({ "user": USERNAME, "password": "" })).await?;
        chooser_closes(&self.rig.browser).await?;
        page.click("form button").await?;
        page.wait_for_element("#password").await?;
        self.rig.approve_what_was_picked(&page, "#password", &["Fill password", TITLE]).await?;
        let expected = json!({ "user": USERNAME, "password": PASSWORD });
        self.holds(&page, &expected).await?;
        self.received(self.send(page, "two-step").await?, &expected)
    }

    async fn sign_up(&self) -> Result<()> {
        let page = self.open("sign-up").await?;
        self.rig.pick(&page, "#email", TITLE).await?;
        let expected = json!({ "email": USERNAME, "password": "", "again": "" });
        self.holds(&page, &expected).await?;
        self.received(self.send(page, "sign-up").await?, &expected)
    }

    async fn change_password(&self) -> Result<()> {
        let expected = json!({ "current": PASSWORD, "new": "", "again": "" });
        self.fills("change-password", "#current", TITLE, expected).await
    }

    /// The application writes the number in groups of four, as it would if somebody typed it.
    async fn checkout(&self) -> Result<()> {
        let grouped = NUMBER.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join(" ");
        let expected =
            json!({ "number": grouped, "holder": HOLDER, "month": "08", "year": "2029", "code": SECURITY_CODE });
        self.fills("checkout", "#number", CARD, expected).await
    }

    async fn code(&self, form: &str, field: &str) -> Result<()> {
        let page = self.open(form).await?;
        self.rig.approve(&page, field, TITLE, &["Fill one-time code?"]).await?;
        page.wait_for(&format!("Object.values({STATE}).join('').length === 6")).await?;
        let state = page.evaluate(STATE).await?;
        let sent = self.send(page, form).await?;
        ensure!(json!(sent.fields) == state, "the server received {:?}, and {state} was shown", sent.fields);
        let digits: String = sent.fields.into_values().collect();
        ensure!(takes_code(&digits), "{digits} is no code of this minute");
        Ok(())
    }
}

async fn every_form_of(framework: &'static str, rig: &Rig<DemoSite>) -> Result<()> {
    let app = App { rig, framework };
    app.login().await.context("login")?;
    app.two_steps().await.context("login in two steps")?;
    app.sign_up().await.context("sign-up")?;
    app.change_password().await.context("change of password")?;
    app.checkout().await.context("checkout")?;
    app.code("code", "#otp").await.context("code")?;
    app.code("code-boxes", "#d1").await.context("code in boxes")
}

/// Fills every form of both frameworks.
pub(crate) async fn every_form(rig: &Rig<DemoSite>) -> Result<()> {
    for framework in ["react", "vue"] {
        every_form_of(framework, rig).await.context(framework)?;
    }
    Ok(())
}
