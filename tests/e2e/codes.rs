//! One-time codes: the phone makes them; the computer never sees the seed again after it was saved.

use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, ensure};
use countersign_harness::{
    Answer, Browser, Frame, Kind, Options, PATIENCE, Site,
    spine::{Desk, Phone, Unlock, chooser_closes, number, open_chooser, pick},
};
use countersign_seal::id::UnixMillis;
use countersign_vault::one_time_code::Seed;

const TITLE: &str = "Harbour Library";
const SEED: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

struct Rig {
    desk: Desk,
    phone: Phone,
    browser: Browser,
    site: Site,
}

impl Rig {
    async fn set_up(kind: Kind) -> Result<Self> {
        let desk = Desk::start(Unlock::Passphrase).await?;
        let site = Site::start().await?;
        site.put("/code", Answer::html(include_str!("../harness/pages/code.html")));
        site.put("/boxes", Answer::html(include_str!("../harness/pages/code-boxes.html")));
        let browser = desk.browser(kind, Options::default(), None).await?;
        println!("{}", browser.version().await?);
        let options = ["item", "add", TITLE, "--username", "ada", "--site", &site.origin(), "--one-time-code"];
        desk.command(&options, &["a password", SEED].join("\n")).await?;
        let phone = desk.phone(Kind::Chromium).await?;
        desk.wait_for_status("every field is sealed", |status| status["not_sealed"] == 0).await?;
        Ok(Self { desk, phone, browser, site })
    }

    async fn fill(&self, page: &Frame, field: &str) -> Result<()> {
        page.activate().await?;
        let chooser = open_chooser(&self.browser, page, field).await?;
        pick(&chooser, TITLE).await?;
        let number = number(&chooser).await?;
        self.phone.title("Fill one-time code?").await?;
        self.phone.shows(TITLE).await?;
        let filled = "[...document.querySelectorAll('input:not([type=checkbox])')].filter(input => input.value).length";
        ensure!(page.evaluate(filled).await? == 0, "filled before the phone answered");
        self.phone.approve(number).await?;
        page.wait_for(&format!("{filled} === document.querySelectorAll('input:not([type=checkbox])').length")).await?;
        chooser_closes(&self.browser).await
    }
}

/// Whether these are the digits of some moment of the last minute, or of the next half.
fn is_current(digits: &str) -> Result<bool> {
    let seed = Seed::parse(SEED).context("a seed")?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    let moments = [-60, -30, 0, 30].map(|seconds: i64| now.as_secs().checked_add_signed(seconds).unwrap_or_default());
    Ok(moments.into_iter().any(|seconds| seed.code(UnixMillis(seconds * 1000)).digits.expose() == digits.as_bytes()))
}

async fn codes_are_filled(kind: Kind) -> Result<()> {
    let rig = Rig::set_up(kind).await?;
    let page = rig.browser.open(&rig.site.url("/code")).await?;
    rig.fill(&page, "[name=otp]").await?;
    page.click("button").await?;
    let sent = rig.site.wait_for_submission("/verified", PATIENCE).await?;
    ensure!(is_current(&sent.fields["otp"])?, "{:?}", sent.fields);
    ensure!(!sent.fields.contains_key("trust"), "nothing is ticked");
    page.close().await?;

    let page = rig.browser.open(&rig.site.url("/boxes")).await?;
    rig.fill(&page, "[name=d1]").await?;
    page.click("button").await?;
    let sent = loop {
        let sent = rig.site.wait_for_submission("/verified", PATIENCE).await?;
        if sent.fields.contains_key("d1") {
            break sent;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let digits: String = (1..=6).map(|place| sent.fields[&format!("d{place}")].clone()).collect();
    ensure!(is_current(&digits)?, "{:?}", sent.fields);

    // The seed is nowhere in what the desktop keeps.
    for entry in std::fs::read_dir(rig.desk.home.data().join("countersign"))? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            let bytes = std::fs::read(entry.path())?;
            ensure!(!bytes.windows(SEED.len()).any(|part| part == SEED.as_bytes()), "{:?}", entry.path());
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_phone_makes_the_code_in_chromium() -> Result<()> {
    codes_are_filled(Kind::Chromium).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_phone_makes_the_code_in_firefox() -> Result<()> {
    codes_are_filled(Kind::Firefox).await
}
