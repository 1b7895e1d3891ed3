//! The phone app, as its user uses it.

use anyhow::{Context as _, Result, ensure};
use serde_json::json;
use tokio::time::sleep;

use super::{GUARD, PHONE_PIN, words};
use crate::{Browser, Frame, Home, Kind, Options};

/// The phone app.
#[derive(Debug)]
pub struct Phone {
    /// The browser it runs in.
    pub browser: Browser,
    /// Its page.
    pub page: Frame,
    _home: Home,
}

impl Phone {
    /// Opens a link at a phone's size.
    ///
    /// # Errors
    /// If the browser does not start.
    pub async fn open(kind: Kind, link: &str) -> Result<Self> {
        let home = Home::new()?;
        let browser = Browser::launch(kind, &home, Options::default().window(400, 800)).await?;
        Self::open_in(browser, home, link).await
    }

    /// The same in a browser that runs already, and its home.
    ///
    /// # Errors
    /// If the browser is gone.
    pub async fn open_in(browser: Browser, home: Home, link: &str) -> Result<Self> {
        let page = browser.open(link).await?;
        page.set_viewport(360, 740).await?;
        Ok(Self { browser, page, _home: home })
    }

    /// Waits for a screen by its heading.
    ///
    /// # Errors
    /// If it does not come.
    pub async fn title(&self, expected: &str) -> Result<()> {
        let found = format!("document.querySelector('h1')?.textContent === {}", json!(expected));
        let found = self.page.wait_for(&found).await.map(drop);
        words::otherwise(&self.page, found, &format!("the phone's screen “{expected}” did not come")).await
    }

    /// Waits for a text.
    ///
    /// # Errors
    /// If it is not shown.
    pub async fn shows(&self, text: &str) -> Result<()> {
        words::shows(&self.page, text).await.context("on the phone")
    }

    /// Presses a button by its words.
    ///
    /// # Errors
    /// If there is none.
    pub async fn press(&self, words: &str) -> Result<()> {
        words::press(&self.page, words).await.context("on the phone")
    }

    /// Types into a field by its label.
    ///
    /// # Errors
    /// If there is none.
    pub async fn type_into(&self, label: &str, text: &str) -> Result<()> {
        words::type_into(&self.page, label, text).await.context("on the phone")
    }

    /// Types the number and approves, once the screen takes answers.
    ///
    /// # Errors
    /// If there is no request.
    pub async fn approve(&self, number: u8) -> Result<()> {
        self.type_into("Number shown on your computer", &number.to_string()).await?;
        sleep(GUARD).await;
        self.press("Approve").await
    }

    /// The recovery words on the screen.
    ///
    /// # Errors
    /// If the page is gone.
    pub async fn words(&self) -> Result<Vec<String>> {
        let words = self
            .page
            .text("[...document.querySelectorAll('.phone-word')].map(word => word.textContent).join(' ')")
            .await?;
        Ok(words.split(' ').map(str::to_owned).collect())
    }

    /// The positions of the words to be typed back, with their labels.
    ///
    /// # Errors
    /// If the screen asks for none.
    pub async fn asked_words(&self) -> Result<Vec<(usize, String)>> {
        let labels = self
            .page
            .text("[...document.querySelectorAll('.cs-label')].map(label => label.textContent).join('|')")
            .await?;
        let position = |label: &str| label.rsplit(' ').next().context("no position")?.parse().context(label.to_owned());
        labels.split('|').map(|label| Ok((position(label)?, label.to_owned()))).collect()
    }

    /// Types the right words back.
    ///
    /// # Errors
    /// If the screen asks for none.
    pub async fn type_words_back(&self, words: &[String]) -> Result<()> {
        self.title("Check your words").await?;
        for (position, label) in self.asked_words().await? {
            self.type_into(&label, words.get(position - 1).context("no such word")?).await?;
        }
        self.press("Continue").await
    }

    /// PIN, words, and two of them typed back.
    pub async fn first_run(&self) -> Result<()> {
        self.title("Choose a PIN").await?;
        // A token by which browsers know that there is no password to save: they would keep the PIN beside the key that it wraps.
        let kept = "[...document.querySelectorAll('[type=password]')].filter(input => input.getAttribute('autocomplete') !== 'one-time-code').length";
        ensure!(self.page.evaluate(kept).await? == 0, "the browser would offer to keep the PIN");
        self.type_into("New PIN", PHONE_PIN).await?;
        self.type_into("The same PIN again", PHONE_PIN).await?;
        self.press("Continue").await?;
        self.title("Write down these twelve words").await?;
        let words = self.words().await?;
        self.press("I have written them down").await?;
        self.type_words_back(&words).await?;
        self.shows("this phone now countersigns").await
    }
}
