//! The demo by itself, in headless browsers.

use anyhow::{Context as _, Result, ensure};
use countersign_harness::{
    Browser, Frame, Kind, Options, PATIENCE,
    demo_site::DemoSite,
    spine::{Desk, Phone, Unlock, chooser_closes, number, open_chooser, pick, picture, press},
};

use crate::{
    Steps,
    acts::{Act, acts, save},
};

/// A window in which the chooser has its place below the field.
const WINDOW: (u32, u32) = (480, 915);
/// A phone of today.
const PHONE: (u32, u32) = (412, 915);

/// What stands in the fields of a page.
const VALUES: &str =
    "[...document.querySelectorAll('main input:not([type=checkbox])')].map(field => field.value).join('')";

pub(crate) async fn run(kind: Kind) -> Result<()> {
    let mut steps = Steps::begin();
    let desk = Desk::start(Unlock::Passphrase).await?;
    steps.done("relay and daemon run; the vault is set up and unlocked");
    let browser = desk.browser(kind, Options::default(), None).await?;
    steps.done(&format!("{}: the extension is loaded and paired by its six-digit code", browser.version().await?));
    let site = DemoSite::start().await?;
    save(&desk, &site).await?;
    steps.done("a login with a one-time code and a card are saved; they are not sealed, for there is no phone yet");
    let phone = desk.phone(Kind::Chromium).await?;
    desk.wait_for_status("every field is sealed", |status| status["not_sealed"] == 0).await?;
    phone.page.set_viewport(PHONE.0, PHONE.1).await?;
    phone.page.screenshot(&picture("demo", "1-phone-paired")).await?;
    steps.done("the phone is paired: PIN, twelve words, two of them typed back; every field is sealed");
    let page = browser.open(&site.library.url("/")).await?;
    page.set_viewport(WINDOW.0, WINDOW.1).await?;
    page.activate().await?;
    let mut stage = Stage { browser, page, phone, site, steps, pictures: 2 };
    for act in &acts(kind) {
        stage.play(act).await.with_context(|| format!("the {}", act.name))?;
    }
    stage.steps.end();
    println!("screenshots: target/demo/");
    Ok(())
}

struct Stage {
    browser: Browser,
    page: Frame,
    phone: Phone,
    site: DemoSite,
    steps: Steps,
    pictures: u32,
}

impl Stage {
    async fn play(&mut self, act: &Act) -> Result<()> {
        println!();
        self.page.navigate(&self.site.library.url(act.path)).await?;
        let chooser = open_chooser(&self.browser, &self.page, act.field).await?;
        self.steps.done(&format!("{}: the chooser is open beside {}", act.name, act.called));
        pick(&chooser, act.item).await?;
        match act.asks {
            Some(question) => self.approve(act, &chooser, question).await?,
            None => self.steps.done(&format!("“{}” is picked; it was approved with the login", act.item)),
        }
        self.page.wait_for(&format!("{VALUES}.length > 0")).await?;
        self.steps.done("the form is filled");
        chooser_closes(&self.browser).await?;
        self.take_picture(self.page.clone(), act, "filled").await?;
        press(&self.page, act.button).await?;
        self.site.library.wait_for_submission(&act.receiver(), PATIENCE).await?;
        ensure!(act.is_done(&self.site.library), "the site received other values");
        self.steps.done(act.received);
        self.page.wait_for("document.querySelector('.received')").await.map(drop)
    }

    async fn approve(&mut self, act: &Act, chooser: &Frame, question: &str) -> Result<()> {
        let shown = number(chooser).await?;
        self.take_picture(self.page.clone(), act, "number").await?;
        self.steps.done(&format!("“{}” is picked; the browser shows {shown}", act.item));
        self.phone.shows(question).await?;
        self.take_picture(self.phone.page.clone(), act, "phone").await?;
        self.steps.done("the phone asks");
        ensure!(self.page.text(VALUES).await?.is_empty(), "filled before the phone answered");
        self.phone.approve(shown).await?;
        self.steps.done("the number is typed and approved on the phone");
        Ok(())
    }

    async fn take_picture(&mut self, page: Frame, act: &Act, what: &str) -> Result<()> {
        let name = format!("{}-{}-{what}", self.pictures, act.name);
        self.pictures += 1;
        page.screenshot(&picture("demo", &name)).await
    }
}
