//! The demo for a person: it opens the windows and says what to click.

use std::time::Duration;

use anyhow::{Result, ensure};
use countersign_harness::{
    Browser, Frame, Home, Kind, Options, binary,
    demo_site::DemoSite,
    packaged_extension,
    spine::{Desk, Unlock, picture},
};
use tokio::time::sleep;

use crate::{
    Steps,
    acts::{Act, acts, save},
};

/// A code or link is good for two minutes.
const CODE_TIME: Duration = Duration::from_secs(125);
/// How long somebody may take over PIN and words.
const WORDS_TIME: Duration = Duration::from_secs(1800);
/// How long somebody may look around.
const LOOK_TIME: Duration = Duration::from_secs(3600);

pub(crate) async fn run(kind: Kind, display: &str) -> Result<()> {
    let mut steps = Steps::begin();
    let desk = Desk::start(Unlock::Passphrase).await?;
    let site = DemoSite::start().await?;
    save(&desk, &site).await?;
    steps.done("relay, daemon and a demo site run; a login with a one-time code and a card are saved");
    let options = Options::default()
        .display(display)
        .extension(packaged_extension(kind))
        .native_host(binary("countersign-native-host")?);
    let browser = Browser::launch(kind, &desk.home, options).await?;
    let page = browser.open(&site.library.url("/")).await?;
    steps.done("the browser with the extension is open");
    println!("\nCtrl-C ends the demo at any time.");
    tokio::select! {
        done = walk(&desk, &browser, &page, &site, (kind, display)) => done,
        _ = tokio::signal::ctrl_c() => Ok(()),
    }
}

async fn walk(
    desk: &Desk,
    browser: &Browser,
    page: &Frame,
    site: &DemoSite,
    (kind, display): (Kind, &str),
) -> Result<()> {
    pair_browser(desk, browser).await?;
    let home = Home::new()?;
    let _phone = pair_phone(desk, &home, display).await?;
    for (number, act) in (3..).zip(&acts(kind)) {
        show(page, site, number, act).await?;
    }
    println!(
        "\nThat was all; what the site received is in target/demo/. The other forms of the site stay open to be tried: Ctrl-C ends the demo."
    );
    sleep(LOOK_TIME).await;
    Ok(())
}

async fn pair_browser(desk: &Desk, browser: &Browser) -> Result<()> {
    let vault = browser.open(&browser.extension_url("vault.html")).await?;
    vault.activate().await?;
    println!("\n1. Pair the browser: type this code into the Countersign page that it shows.\n");
    loop {
        let (mut pairing, digits) = desk.show_code().await?;
        println!("       {digits}\n");
        if pairing.wait(CODE_TIME).await.is_ok_and(|status| status.success()) {
            return Ok(());
        }
        println!("   That code is used up. Here is another one.\n");
    }
}

async fn pair_phone(desk: &Desk, home: &Home, display: &str) -> Result<Browser> {
    println!("2. Pair the phone: follow its window, which opens now.");
    let options = Options::default().display(display).window(420, 820);
    let phone = Browser::launch(Kind::Chromium, home, options).await?;
    let (mut pairing, link) = desk.show_link().await?;
    phone.open(&link).await?;
    ensure!(pairing.wait(CODE_TIME).await?.success(), "the phone was not paired within two minutes");
    desk.wait_for_status_within("a phone countersigns", WORDS_TIME, |status| status["status"]["phone"] == true).await?;
    Ok(phone)
}

/// Opens the page of an act, in the same tab, and waits until somebody has sent its form.
async fn show(page: &Frame, site: &DemoSite, number: u32, act: &Act) -> Result<()> {
    page.navigate(&site.library.url(act.path)).await?;
    page.activate().await?;
    let answer =
        if act.asks.is_some() { "and type the number on the phone" } else { "which was approved with the login" };
    println!(
        "\n{number}. The {}: click into {}, click the icon in it, pick “{}”, {answer}. Then press “{}”.",
        act.name, act.called, act.item, act.button
    );
    let mut before = 0;
    while !act.is_done(&site.library) {
        sleep(Duration::from_millis(100)).await;
        let sent = site.library.submissions().iter().filter(|sent| sent.path == act.receiver()).count();
        if sent > before && !act.is_done(&site.library) {
            println!("   The site received other values. Go back and try again.");
        }
        before = sent;
    }
    page.wait_for("document.querySelector('.received')").await?;
    page.screenshot(&picture("demo", &format!("received-{}", act.name))).await?;
    println!("   Done: {}.", act.received);
    Ok(())
}
