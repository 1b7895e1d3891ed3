//! Relay, daemon, phone, and a browser with the extension, with sealed items for a site.

use anyhow::{Context as _, Result, ensure};
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

/// One of several scenes that a test plays in one browser: what fails says in which.
pub(crate) async fn scene<T>(name: &str, play: impl Future<Output = Result<T>>) -> Result<T> {
    println!("scene: {name}");
    play.await.with_context(|| format!("scene: {name}"))
}

/// The parts of a long scene that a browser plays: every other one. The other browser plays the rest, and `npm run soak` (`COUNTERSIGN_WHOLE`) plays all parts in both.
pub(crate) fn share<T>(kind: Kind, parts: impl IntoIterator<Item = T>) -> impl Iterator<Item = T> {
    parts.into_iter().enumerate().filter(move |(part, _)| plays(kind, *part)).map(|(_, part)| part)
}

/// Whether a browser plays this part of a long scene, as in [`share`].
pub(crate) fn plays(kind: Kind, part: usize) -> bool {
    is_whole() || part.is_multiple_of(2) == (kind == Kind::Chromium)
}

/// Whether this run plays everything everywhere.
pub(crate) fn is_whole() -> bool {
    std::env::var_os("COUNTERSIGN_WHOLE").is_some()
}

/// The whole product, and a site.
pub(crate) struct Rig<S = Site> {
    pub(crate) desk: Desk,
    pub(crate) phone: Phone,
    pub(crate) browser: Browser,
    pub(crate) site: S,
}

impl<S> Rig<S> {
    /// The browser pairs, and what is to be saved is saved before there is a phone: the first pairing seals it.
    pub(crate) async fn around(
        kind: Kind,
        unlock: Unlock,
        options: Options,
        site: S,
        save: impl AsyncFnOnce(&Desk, &S) -> Result<()>,
    ) -> Result<Self> {
        let desk = Desk::start(unlock).await?;
        let browser = desk.browser(kind, options, None).await?;
        println!("{}", browser.version().await?);
        save(&desk, &site).await?;
        let phone = desk.phone(Kind::Chromium).await?;
        is_sealed(&desk).await?;
        Ok(Self { desk, phone, browser, site })
    }

    /// The next scene: another site, what is to be saved now, and nothing of the scenes before but the browser, the phone and the desk.
    pub(crate) async fn next<T>(self, site: T, save: impl AsyncFnOnce(&Desk, &T) -> Result<()>) -> Result<Rig<T>> {
        let Self { desk, phone, browser, .. } = self;
        browser.close_tabs().await?;
        let items: Vec<serde_json::Value> =
            serde_json::from_str(&desk.command(&["item", "list", "--json"], "").await?)?;
        for item in &items {
            desk.command(&["item", "remove", item["id"].as_str().context("no id")?, "--yes"], "").await?;
        }
        save(&desk, &site).await?;
        is_sealed(&desk).await?;
        phone.title("Nothing to approve").await?;
        Ok(Rig { desk, phone, browser, site })
    }

    /// The next scene, with a login page and its login.
    pub(crate) async fn anew(self) -> Result<Rig> {
        self.next(login_site().await?, add_login).await
    }

    /// The same after the browser was ended in order and started again with its profile.
    pub(crate) async fn with_browser_restarted(self) -> Result<Self> {
        let Self { desk, phone, browser, site } = self;
        let kind = browser.kind();
        browser.close().await?;
        let browser = desk.unpaired_browser(kind, Options::default()).await?;
        Ok(Self { desk, phone, browser, site })
    }

    /// Opens a page in front.
    pub(crate) async fn open(&self, url: &str) -> Result<Frame> {
        let page = self.browser.open(url).await?;
        page.activate().await?;
        Ok(page)
    }

    /// Picks an item at a field; the chooser.
    pub(crate) async fn pick(&self, page: &Frame, field: &str, title: &str) -> Result<Frame> {
        let chooser = open_chooser(&self.browser, page, field).await?;
        pick(&chooser, title).await?;
        Ok(chooser)
    }

    /// Picks an item at a field, sees what the phone asks and that nothing is filled before it answers, and approves.
    pub(crate) async fn fill(&self, page: &Frame, field: &str, title: &str, asks: &[&str]) -> Result<()> {
        self.approve(page, field, title, asks).await?;
        chooser_closes(&self.browser).await
    }

    /// The same for who does not wait until the chooser has shown that it filled.
    pub(crate) async fn approve(&self, page: &Frame, field: &str, title: &str, asks: &[&str]) -> Result<()> {
        let before = values(page).await?;
        let chooser = self.pick(page, field, title).await?;
        self.answer(page, &chooser, &before, &[&[title], asks].concat()).await
    }

    /// The same with the item that was picked on the step before: the chooser asks for it as it opens.
    pub(crate) async fn approve_what_was_picked(&self, page: &Frame, field: &str, asks: &[&str]) -> Result<()> {
        let before = values(page).await?;
        let chooser = open_chooser(&self.browser, page, field).await?;
        self.answer(page, &chooser, &before, asks).await
    }

    async fn answer(&self, page: &Frame, chooser: &Frame, before: &serde_json::Value, asks: &[&str]) -> Result<()> {
        let number = number(chooser).await?;
        for words in asks {
            self.phone.shows(words).await?;
        }
        let now = values(page).await?;
        ensure!(now == *before, "the page changed before the phone answered: {before} is now {now}");
        self.phone.approve(number).await
    }
}

impl Rig {
    /// With one login.
    pub(crate) async fn set_up(kind: Kind, unlock: Unlock) -> Result<Self> {
        Self::set_up_with(kind, unlock, Options::default()).await
    }

    /// The same, with a browser of one's own wishes.
    pub(crate) async fn set_up_with(kind: Kind, unlock: Unlock, options: Options) -> Result<Self> {
        Self::around(kind, unlock, options, login_site().await?, add_login).await
    }

    /// Opens the login page in front.
    pub(crate) async fn login_page(&self) -> Result<Frame> {
        self.open(&self.site.url("/login")).await
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

async fn is_sealed(desk: &Desk) -> Result<()> {
    let is_sealed =
        |status: &serde_json::Value| status["not_sealed"] == 0 && status["items"].as_u64().is_some_and(|n| n > 0);
    desk.wait_for_status("every field is sealed", is_sealed).await
}

async fn login_site() -> Result<Site> {
    let site = Site::start().await?;
    put_login_page(&site, &[]);
    Ok(site)
}

async fn add_login(desk: &Desk, site: &Site) -> Result<()> {
    desk.add_login(TITLE, USERNAME, PASSWORD, &site.origin()).await
}

/// Picks the item on a fresh login page of any browser.
pub(crate) async fn ask_in(browser: &Browser, site: &Site) -> Result<(Frame, Frame)> {
    let page = browser.open(&site.url("/login")).await?;
    page.activate().await?;
    let chooser = open_chooser(browser, &page, "[name=password]").await?;
    pick(&chooser, TITLE).await?;
    Ok((page, chooser))
}

/// Types a login into a login page.
pub(crate) async fn type_login(page: &Frame, user: &str, password: &str) -> Result<()> {
    page.fill_in("[name=user]", user).await?;
    page.fill_in("[name=password]", password).await
}

/// What stands in the password field.
pub(crate) async fn value(page: &Frame) -> Result<String> {
    page.text("document.querySelector('[name=password]').value").await
}

/// Holds that nothing stands in any field that users see.
pub(crate) async fn nothing_is_filled(page: &Frame) -> Result<()> {
    let values = values(page).await?;
    let fields = values.as_array().map(Vec::as_slice).unwrap_or_default();
    ensure!(
        !fields.is_empty() && fields.iter().all(|field| field[1] == ""),
        "filled before the phone said yes: {values}"
    );
    Ok(())
}

/// What stands in all fields that users see, in their order.
pub(crate) async fn values(page: &Frame) -> Result<serde_json::Value> {
    page.evaluate(
        "[...document.querySelectorAll('input:not([type=checkbox], [type=radio], [type=hidden], [hidden]), select')].map(field => [field.name || field.id, field.value])",
    )
    .await
}
