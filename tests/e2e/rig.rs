//! Relay, daemon, phone, and a browser with the extension, with one sealed login for a site.

use anyhow::Result;
use countersign_harness::{
    Browser, Frame, Kind, Options, PATIENCE, Site,
    spine::{Desk, Phone, Unlock, chooser_closes, number, open_chooser, pick, put_login_page},
};

/// What the login is called.
pub(crate) const TITLE: &str = "Harbour Library";
/// Its user name.
pub(crate) const USERNAME: &str = "ada";
/// Its password.
pub(crate) const PASSWORD: &str = "lantern & Quayside <1843>";

/// The whole product.
pub(crate) struct Rig {
    pub(crate) desk: Desk,
    pub(crate) phone: Phone,
    pub(crate) browser: Browser,
    pub(crate) site: Site,
}

impl Rig {
    /// The browser pairs and the login is saved before there is a phone: the first pairing seals it.
    pub(crate) async fn set_up(kind: Kind, unlock: Unlock) -> Result<Self> {
        Self::set_up_with(kind, unlock, Options::default()).await
    }

    /// The same, with a browser of one's own wishes.
    pub(crate) async fn set_up_with(kind: Kind, unlock: Unlock, options: Options) -> Result<Self> {
        let desk = Desk::start(unlock).await?;
        let site = Site::start().await?;
        put_login_page(&site, &[]);
        let browser = desk.browser(kind, options, None).await?;
        println!("{}", browser.version().await?);
        desk.add_login(TITLE, USERNAME, PASSWORD, &site.origin()).await?;
        let phone = desk.phone(Kind::Chromium).await?;
        desk.wait_for_status("every field is sealed", |status| status["not_sealed"] == 0 && status["items"] == 1)
            .await?;
        Ok(Self { desk, phone, browser, site })
    }

    /// Opens the login page in front.
    pub(crate) async fn login_page(&self) -> Result<Frame> {
        let page = self.browser.open(&self.site.url("/login")).await?;
        page.activate().await?;
        Ok(page)
    }

    /// Picks the item on a fresh login page; the page and the chooser, which shows a number.
    pub(crate) async fn ask(&self) -> Result<(Frame, Frame)> {
        ask_in(&self.browser, &self.site).await
    }

    /// Approves what was asked, signs in, and compares what the site received.
    pub(crate) async fn approve_and_sign_in(&self, page: &Frame, chooser: &Frame) -> Result<()> {
        self.approve_and_sign_in_with(&self.browser, page, chooser).await
    }

    /// The same, in another browser.
    pub(crate) async fn approve_and_sign_in_with(
        &self,
        browser: &Browser,
        page: &Frame,
        chooser: &Frame,
    ) -> Result<()> {
        let number = number(chooser).await?;
        self.phone.title("Fill password?").await?;
        self.phone.shows(TITLE).await?;
        assert_eq!(value(page).await?, "", "nothing is filled before the phone answers");
        self.phone.approve(number).await?;
        page.wait_for("document.querySelector('[name=password]').value").await?;
        chooser_closes(browser).await?;
        page.click("button").await?;
        let sent = self.site.wait_for_submission("/in", PATIENCE).await?;
        assert_eq!((sent.fields["user"].as_str(), sent.fields["password"].as_str()), (USERNAME, PASSWORD));
        Ok(())
    }

    /// The next try works, and only then is anything filled.
    pub(crate) async fn next_try_works(&self, before: Frame) -> Result<()> {
        assert_eq!(value(&before).await?, "", "nothing was filled");
        before.close().await?;
        let (page, chooser) = self.ask().await?;
        self.approve_and_sign_in(&page, &chooser).await?;
        page.close().await
    }
}

/// Picks the item on a fresh login page of any browser.
pub(crate) async fn ask_in(browser: &Browser, site: &Site) -> Result<(Frame, Frame)> {
    let page = browser.open(&site.url("/login")).await?;
    page.activate().await?;
    let chooser = open_chooser(browser, &page, "[name=password]").await?;
    pick(&chooser, TITLE).await?;
    Ok((page, chooser))
}

/// What stands in the password field.
pub(crate) async fn value(page: &Frame) -> Result<String> {
    page.text("document.querySelector('[name=password]').value").await
}
