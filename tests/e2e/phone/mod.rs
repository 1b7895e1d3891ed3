//! The phone app in real browsers, against the real relay: first run, requests, lock. Everything is done by trusted input events.

mod desktop;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use countersign_harness::{Browser, ConsoleMessage, Frame, Home, Kind, Options, Process, Program, binary, tree};
use countersign_seal::{
    field::Policy,
    native::NativeKeys,
    origin::{Origin, Site},
    request::{Refusal, Yield},
};
use countersign_wire::mail::Withdrawal;
use desktop::{Desktop, Item};

const PIN: &str = "271828";
const SITE: &str = "https://bank.example";

/// A relay that serves the phone app, on ports of its own.
struct Relay {
    api: String,
    phone: String,
    _process: Process,
}

async fn start_relay(home: &Home) -> Result<Relay> {
    let mut process = Program::new(binary("countersign-relay")?)
        .args(["--listen", "127.0.0.1:0", "--phone-listen", "127.0.0.1:0", "--phone-dir"])
        .arg(tree().join("dist/phone"))
        .home(home)
        .spawn()?;
    let ready = process.wait_for_line("{", Duration::from_secs(20)).await?;
    let ready: serde_json::Value = serde_json::from_str(&ready)?;
    let origin = |name: &str| ready[name].as_str().map(str::to_owned).context("the relay does not say where it is");
    Ok(Relay { api: origin("api")?, phone: origin("phone")?, _process: process })
}

/// The phone's page, and where its pictures go.
struct Phone {
    page: Frame,
    kind: Kind,
}

impl Phone {
    async fn title(&self, expected: &str) -> Result<()> {
        let found = format!("document.querySelector('h1')?.textContent === {}", serde_json::json!(expected));
        self.wait_to_see(&found, &format!("the screen “{expected}” did not come")).await
    }

    async fn shows(&self, text: &str) -> Result<()> {
        let found = format!("document.body.innerText.includes({})", serde_json::json!(text));
        self.wait_to_see(&found, &format!("“{text}” is not shown")).await
    }

    async fn wait_to_see(&self, expression: &str, otherwise: &str) -> Result<()> {
        let Err(error) = self.page.wait_for(expression).await else { return Ok(()) };
        let shown = self.page.text("document.body.innerText").await.unwrap_or_default();
        Err(error.context(format!("{otherwise}; shown is:\n{shown}")))
    }

    async fn press(&self, words: &str) -> Result<()> {
        let words = serde_json::json!(words);
        let button =
            format!("[...document.querySelectorAll('button')].find(button => button.textContent.trim() === {words})");
        self.page.click_element(&button).await
    }

    async fn type_into(&self, label: &str, text: &str) -> Result<()> {
        let label = serde_json::json!(label);
        let input =
            format!("[...document.querySelectorAll('label')].find(label => label.textContent === {label})?.control");
        self.page.click_element(&input).await?;
        self.page.type_text(text).await
    }

    /// Types the number and approves, after the time in which a new screen takes no answer.
    async fn approve(&self, number: u8) -> Result<()> {
        self.type_into("Number shown on your computer", &number.to_string()).await?;
        tokio::time::sleep(Duration::from_millis(800)).await;
        self.press("Approve").await
    }

    /// Saves what is shown, in light and dark, for people to look at.
    async fn picture(&self, browser: &Browser, name: &str) -> Result<()> {
        if self.kind != Kind::Chromium {
            return Ok(());
        }
        for (dark, scheme) in [(false, "light"), (true, "dark")] {
            browser.set_dark(dark).await?;
            let path: PathBuf = tree().join("target/screens").join(format!("phone-{name}-{scheme}.png"));
            self.page.screenshot(&path).await?;
        }
        browser.set_dark(false).await
    }
}

/// Opens the link, chooses a PIN, writes the words down and types two of them back.
async fn set_up(phone: &Phone, browser: &Browser, desktop: &mut Desktop, relay: &Relay) -> Result<()> {
    phone.title("Your phone has the last word").await?;
    phone.picture(browser, "welcome").await?;
    let link = desktop.link().await?;
    phone.page.navigate(&format!("{}/#{}", relay.phone, link.to_fragment()?)).await?;
    phone.title("Pair with your computer?").await?;
    assert_eq!(phone.page.text("location.hash").await?, "", "the secret stays in the address bar");
    phone.picture(browser, "invited").await?;
    phone.press("Pair this phone").await?;
    desktop.pair(&link).await?;

    phone.title("Choose a PIN").await?;
    phone.type_into("New PIN", "123456").await?;
    phone.type_into("The same PIN again", "123456").await?;
    phone.press("Continue").await?;
    phone.shows("Too easy to guess").await?;
    phone.picture(browser, "pin").await?;
    phone.type_into("New PIN", PIN).await?;
    phone.type_into("The same PIN again", PIN).await?;
    phone.press("Continue").await?;

    phone.title("Write down these twelve words").await?;
    phone.picture(browser, "words").await?;
    // An interrupted first run goes on with other words.
    let first = words(phone).await?;
    phone.page.navigate(&relay.phone).await?;
    phone.title("Locked").await?;
    phone.type_into("PIN", PIN).await?;
    phone.press("Unlock").await?;
    phone.title("Write down these twelve words").await?;
    let words = words(phone).await?;
    assert_eq!(words.len(), 12);
    assert_ne!(first, words);
    phone.press("I have written them down").await?;
    phone.title("Check your words").await?;
    phone.picture(browser, "check").await?;
    let labels = phone
        .page
        .text("[...document.querySelectorAll('.cs-label')].map(label => label.textContent).join('|')")
        .await?;
    let labels: Vec<&str> = labels.split('|').collect();
    phone.type_into(labels[0], "zebra").await?;
    phone.type_into(labels[1], "zebra").await?;
    phone.press("Continue").await?;
    phone.shows("Not the words that were shown").await?;
    phone.press("Show the words again").await?;
    phone.title("Write down these twelve words").await?;
    phone.press("I have written them down").await?;
    phone.title("Check your words").await?;
    let labels = phone
        .page
        .text("[...document.querySelectorAll('.cs-label')].map(label => label.textContent).join('|')")
        .await?;
    for label in labels.split('|') {
        let position: usize = label.rsplit(' ').next().context("no position")?.parse()?;
        phone.type_into(label, &words[position - 1]).await?;
    }
    phone.press("Continue").await?;
    phone.title("Waiting for your computer").await?;
    phone.picture(browser, "confirming").await?;
    desktop.make_approver().await?;
    phone.shows("this phone now countersigns").await?;
    phone.picture(browser, "home").await
}

async fn words(phone: &Phone) -> Result<Vec<String>> {
    let words = phone
        .page
        .text("[...document.querySelectorAll('.phone-word')].map(word => word.textContent).join(' ')")
        .await?;
    Ok(words.split(' ').map(str::to_owned).collect())
}

async fn whole_life(kind: Kind) -> Result<()> {
    let home = Home::new()?;
    let relay = start_relay(&home).await?;
    let mut desktop = Desktop::start(&relay.api).await?;
    let browser = Browser::launch(kind, &home, Options::default().window(400, 800)).await?;
    let page = browser.open(&relay.phone).await?;
    page.set_viewport(360, 740).await?;
    let phone = Phone { page, kind };
    set_up(&phone, &browser, &mut desktop, &relay).await?;

    let item = Item::new("Bank", SITE, Policy::default())?;
    approves(&phone, &browser, &mut desktop, &item).await?;
    ends_by_a_wrong_number(&phone, &mut desktop, &item).await?;
    is_withdrawn(&phone, &browser, &mut desktop, &item).await?;
    refuses_another_site(&phone, &mut desktop, &item).await?;
    reseals(&phone, &browser, &mut desktop, &item).await?;
    adds_a_device(&phone, &browser, &mut desktop).await?;
    survives_a_reload(&phone, &browser, &mut desktop, &relay, &item).await?;
    shows_the_sections(&phone, &browser).await?;
    refuses_and_mutes(&phone, &browser, &mut desktop, &item).await?;

    // The page's own: browsers also tell of their own troubles.
    let is_ours = |message: &ConsoleMessage| message.url.starts_with(&relay.phone) && message.level != "verbose";
    let errors: Vec<_> = browser.console().into_iter().filter(|message| is_ours(message)).collect();
    assert!(errors.is_empty(), "{errors:?}");
    println!("{}: the phone app's whole life", browser.version().await?);
    browser.close().await
}

async fn approves(phone: &Phone, browser: &Browser, desktop: &mut Desktop, item: &Item) -> Result<()> {
    let pending = desktop.ask(item, &[SITE], 42).await?;
    desktop.delivered(&pending).await?;
    phone.title("Fill password?").await?;
    phone.shows("bank.example").await?;
    phone.shows("Firefox on Desk").await?;
    phone.picture(browser, "approval").await?;
    // A tap on a screen that has only just come does nothing; nor does a tap without a number.
    phone.press("Approve").await?;
    phone.approve(42).await?;
    let yielded = desktop.answer(pending).await?;
    let Ok(Yield::Keys(keys)) = yielded else { anyhow::bail!("{yielded:?}") };
    assert_eq!(keys.len(), 1);
    assert_eq!(keys[0].2, item.content_key);
    phone.shows("Approved: Bank").await?;
    phone.shows("Desk has received it.").await?;
    phone.picture(browser, "approved").await
}

async fn ends_by_a_wrong_number(phone: &Phone, desktop: &mut Desktop, item: &Item) -> Result<()> {
    let pending = desktop.ask(item, &[SITE], 42).await?;
    phone.title("Fill password?").await?;
    phone.approve(43).await?;
    assert!(matches!(desktop.answer(pending).await?, Err(Refusal::WrongNumber)));
    phone.shows("The number was wrong").await
}

async fn is_withdrawn(phone: &Phone, browser: &Browser, desktop: &mut Desktop, item: &Item) -> Result<()> {
    let pending = desktop.ask(item, &[SITE], 42).await?;
    phone.title("Fill password?").await?;
    desktop.withdraw(&pending, Withdrawal::Cancelled).await?;
    phone.title("Nothing to approve").await?;
    phone.shows("cancelled on your computer").await?;
    phone.picture(browser, "withdrawn").await
}

async fn refuses_another_site(phone: &Phone, desktop: &mut Desktop, item: &Item) -> Result<()> {
    let pending = desktop.ask(item, &["https://evil.example"], 42).await?;
    assert!(matches!(desktop.answer(pending).await?, Err(Refusal::OtherSite)));
    let pending = desktop.ask(item, &["https://evil.example", SITE], 42).await?;
    assert!(matches!(desktop.answer(pending).await?, Err(Refusal::OtherSite)));
    phone.title("Nothing to approve").await
}

async fn reseals(phone: &Phone, browser: &Browser, desktop: &mut Desktop, item: &Item) -> Result<()> {
    let sites = vec![Site::exact(Origin::parse(SITE)?), Site::exact(Origin::parse("https://xn--bnk-6ya.example")?)];
    let pending = desktop.ask_reseal(item, "My bank", sites, 77).await?;
    phone.title("Change this item?").await?;
    phone.picture(browser, "reseal").await?;
    phone.approve(77).await?;
    phone.shows("Tick the box above").await?;
    phone.page.click(".phone-consent input").await?;
    phone.press("Approve").await?;
    let yielded = desktop.answer(pending).await?;
    assert!(matches!(&yielded, Ok(Yield::Seals(seals)) if seals.len() == 1), "{yielded:?}");
    Ok(())
}

async fn adds_a_device(phone: &Phone, browser: &Browser, desktop: &mut Desktop) -> Result<()> {
    let newcomer = NativeKeys::make()?;
    let pending = desktop.ask_to_add(&newcomer, "Chromium", 55).await?;
    phone.title("Add this device?").await?;
    phone.picture(browser, "device").await?;
    phone.approve(55).await?;
    let yielded = desktop.answer(pending).await?;
    let Ok(Yield::Entry(entry)) = yielded else { anyhow::bail!("{yielded:?}") };
    desktop.log.clone().append(entry)?;
    Ok(())
}

/// The app is locked after a reload; a request that was not answered is still there, also without the relay sending it again.
async fn survives_a_reload(
    phone: &Phone,
    browser: &Browser,
    desktop: &mut Desktop,
    relay: &Relay,
    item: &Item,
) -> Result<()> {
    let pending = desktop.ask(item, &[SITE], 31).await?;
    phone.title("Fill password?").await?;
    phone.page.navigate(&relay.phone).await?;
    phone.title("Locked").await?;
    phone.shows("A request waits").await?;
    phone.picture(browser, "locked").await?;
    phone.type_into("PIN", "000000").await?;
    phone.press("Unlock").await?;
    phone.shows("Wrong PIN").await?;
    phone.type_into("PIN", PIN).await?;
    phone.page.press("Enter").await?;
    phone.title("Fill password?").await?;
    phone.approve(31).await?;
    assert!(matches!(desktop.answer(pending).await?, Ok(Yield::Keys(_))));
    phone.shows("Desk has received it.").await
}

async fn shows_the_sections(phone: &Phone, browser: &Browser) -> Result<()> {
    for (tab, name) in [("Devices", "devices"), ("Activity", "activity"), ("Settings", "settings")] {
        phone.press(tab).await?;
        phone.title(tab).await?;
        phone.picture(browser, name).await?;
    }
    phone.press("Requests").await?;
    phone.title("Nothing to approve").await
}

async fn refuses_and_mutes(phone: &Phone, browser: &Browser, desktop: &mut Desktop, item: &Item) -> Result<()> {
    let pending = desktop.ask(item, &[SITE], 42).await?;
    phone.title("Fill password?").await?;
    phone.press("Refuse").await?;
    assert!(matches!(desktop.answer(pending).await?, Err(Refusal::Refused)));
    let pending = desktop.ask(item, &[SITE], 42).await?;
    phone.title("Fill password?").await?;
    phone.press("This wasn’t me").await?;
    assert!(matches!(desktop.answer(pending).await?, Err(Refusal::NotMe)));
    phone.shows("Requests are muted").await?;
    phone.picture(browser, "muted").await?;
    let pending = desktop.ask(item, &[SITE], 42).await?;
    assert!(matches!(desktop.answer(pending).await?, Err(Refusal::Busy)));
    phone.press("Allow requests again").await?;
    let pending = desktop.ask(item, &[SITE], 42).await?;
    phone.title("Fill password?").await?;
    desktop.withdraw(&pending, Withdrawal::AskerGone).await?;
    phone.title("Nothing to approve").await
}

#[tokio::test(flavor = "multi_thread")]
async fn in_chromium() -> Result<()> {
    whole_life(Kind::Chromium).await
}

#[tokio::test(flavor = "multi_thread")]
async fn in_firefox() -> Result<()> {
    whole_life(Kind::Firefox).await
}
