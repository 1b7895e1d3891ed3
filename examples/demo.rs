//! The demo: `npm start`. A login form in a real browser, an approval on the phone, a filled form; on real local processes.
//!
//! With a display it opens the browser with the extension, a login site, and the phone app in a second window, and says what to click. Without one, or with
//! `--script`, it does everything itself in headless browsers, prints a line a step with its milliseconds, saves screenshots under `target/demo/`,
//! and exits 0 only if the site received the right values.
#![allow(clippy::print_stdout, reason = "a demo speaks on its terminal")]

use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use clap::Parser;
use countersign_harness::{
    Browser, Home, Kind, Options, PATIENCE, Site, binary, packaged_extension,
    spine::{Desk, Unlock, chooser_closes, number, open_chooser, pick, picture, put_login_page},
};

/// A code or link is good for two minutes.
const CODE_TIME: Duration = Duration::from_secs(125);
/// How long somebody may take over PIN and words.
const WORDS_TIME: Duration = Duration::from_secs(1800);
/// How long somebody may look around.
const LOOK_TIME: Duration = Duration::from_secs(3600);
const TITLE: &str = "Harbour Library";
const USERNAME: &str = "ada@example.com";
const PASSWORD: &str = "lantern & Quayside <1843>";

/// Shows a login form being filled after an approval on the phone.
#[derive(Parser)]
struct Arguments {
    /// chromium or firefox
    #[arg(long, default_value = "chromium")]
    browser: String,
    /// Do everything by script, also where there is a display
    #[arg(long)]
    script: bool,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let kind = match arguments.browser.as_str() {
        "chromium" => Kind::Chromium,
        "firefox" => Kind::Firefox,
        other => bail!("there is no browser {other}: say chromium or firefox"),
    };
    match std::env::var("DISPLAY") {
        Ok(display) if !arguments.script && !display.is_empty() => guided(kind, &display).await,
        _ => scripted(kind).await,
    }
}

/// Prints each step with what it took.
struct Steps {
    begun: Instant,
    last: Instant,
}

impl Steps {
    fn begin() -> Self {
        let now = Instant::now();
        Self { begun: now, last: now }
    }

    fn done(&mut self, what: &str) {
        println!("{:>7} ms  {what}", self.last.elapsed().as_millis());
        self.last = Instant::now();
    }

    fn end(&self) {
        println!("{:>7} ms  in all", self.begun.elapsed().as_millis());
    }
}

async fn scripted(kind: Kind) -> Result<()> {
    let mut steps = Steps::begin();
    let desk = Desk::start(Unlock::Passphrase).await?;
    steps.done("relay and daemon run; the vault is set up and unlocked");
    let browser = desk.browser(kind, Options::default(), None).await?;
    steps.done(&format!("{}: the extension is loaded and paired by its six-digit code", browser.version().await?));
    let site = Site::start().await?;
    put_login_page(&site, &[]);
    desk.add_login(TITLE, USERNAME, PASSWORD, &site.origin()).await?;
    steps.done("a login is saved; it is not sealed, for there is no phone yet");
    let phone = desk.phone(Kind::Chromium).await?;
    desk.wait_for_status("every field is sealed", |status| status["not_sealed"] == 0).await?;
    phone.page.screenshot(&picture("demo", "1-phone-paired")).await?;
    steps.done("the phone is paired: PIN, twelve words, two of them typed back; the login is sealed");

    let page = browser.open(&site.url("/login")).await?;
    page.activate().await?;
    let chooser = open_chooser(&browser, &page, "[name=password]").await?;
    steps.done("the chooser is open beside the password field");
    pick(&chooser, TITLE).await?;
    let shown = number(&chooser).await?;
    page.screenshot(&picture("demo", "2-number-in-the-browser")).await?;
    steps.done(&format!("the login is picked; the browser shows {shown}"));
    phone.title("Fill password?").await?;
    phone.page.screenshot(&picture("demo", "3-phone-asks")).await?;
    steps.done("the phone asks");
    ensure!(
        page.text("document.querySelector('[name=password]').value").await?.is_empty(),
        "filled before the phone answered"
    );
    phone.approve(shown).await?;
    page.wait_for("document.querySelector('[name=password]').value").await?;
    steps.done("the number is typed and approved on the phone; the form is filled");
    page.screenshot(&picture("demo", "4-filled")).await?;
    chooser_closes(&browser).await?;
    page.click("button").await?;
    let sent = site.wait_for_submission("/in", PATIENCE).await?;
    let received = (sent.fields["user"].as_str(), sent.fields["password"].as_str());
    ensure!(received == (USERNAME, PASSWORD), "the site received other values");
    steps.done("the site received the right user name and password");
    steps.end();
    println!("screenshots: target/demo/");
    Ok(())
}

/// Opens the windows and says what to click.
async fn guided(kind: Kind, display: &str) -> Result<()> {
    let mut steps = Steps::begin();
    let desk = Desk::start(Unlock::Passphrase).await?;
    let site = Site::start().await?;
    put_login_page(&site, &[]);
    desk.add_login(TITLE, USERNAME, PASSWORD, &site.origin()).await?;
    steps.done("relay and daemon run; a login is saved");
    let options = Options::default()
        .display(display)
        .extension(packaged_extension(kind))
        .native_host(binary("countersign-native-host")?);
    let browser = Browser::launch(kind, &desk.home, options).await?;
    browser.open(&site.url("/login")).await?;
    let vault = browser.open(&browser.extension_url("vault.html")).await?;
    vault.activate().await?;
    steps.done("the browser with the extension is open");
    println!("\n1. Pair the browser: type this code into the Countersign page that it shows.\n");
    loop {
        let (mut pairing, digits) = desk.show_code().await?;
        println!("       {digits}\n");
        if pairing.wait(CODE_TIME).await.is_ok_and(|status| status.success()) {
            break;
        }
        println!("   That code is used up. Here is another one.\n");
    }
    println!("2. Pair the phone: follow its window, which opens now.\n");
    let phone_home = Home::new()?;
    let phone =
        Browser::launch(Kind::Chromium, &phone_home, Options::default().display(display).window(420, 820)).await?;
    let (mut pairing, link) = desk.show_link().await?;
    phone.open(&link).await?;
    ensure!(pairing.wait(CODE_TIME).await?.success(), "the phone was not paired within two minutes");
    desk.wait_for_status_within("a phone countersigns", WORDS_TIME, |status| status["status"]["phone"] == true).await?;
    println!(
        "3. In the tab with the login page, click into a field, click the icon in it, pick “{TITLE}”, and type the number on the phone."
    );
    println!("   The demo ends when you sign in, or with Ctrl-C.");
    tokio::select! {
        sent = site.wait_for_submission("/in", LOOK_TIME) => {
            let sent = sent?;
            ensure!(sent.fields["user"] == USERNAME && sent.fields["password"] == PASSWORD, "the site received other values");
            println!("The site received the right user name and password.");
        }
        _ = tokio::signal::ctrl_c() => {}
    }
    Ok(())
}
