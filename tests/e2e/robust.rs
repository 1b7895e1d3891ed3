//! The ground gives way under the whole product: five browser profiles at once, a relay that goes away, a vault whose bytes changed.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use countersign_harness::{
    Browser, Frame, Kind, Options, PATIENCE, Program, Site, binary,
    spine::{
        Desk, PASSPHRASE, Phone, Unlock, labelled, number, open_chooser, pick, press, put_login_page, settle, shows,
    },
};
use tokio::{
    time::{Instant, sleep},
    try_join,
};

use crate::rig::value;

/// The profiles: what runs them, what they are called, what is theirs.
const PROFILES: [(Kind, &str); 5] = [
    (Kind::Chromium, "Alder"),
    (Kind::Chromium, "Birch"),
    (Kind::Chromium, "Cedar"),
    (Kind::Firefox, "Damson"),
    (Kind::Firefox, "Elder"),
];

/// The field in which the phone takes the number.
const NUMBER: &str = "Number shown on your computer";

/// A browser profile with a site of its own.
struct Seat {
    title: &'static str,
    browser: Browser,
    site: Site,
}

/// A page that waits for the phone.
struct Waiting<'a> {
    seat: &'a Seat,
    page: Frame,
    chooser: Frame,
    number: u8,
}

impl Seat {
    async fn take(desk: &Desk, kind: Kind, title: &'static str) -> Result<Self> {
        let site = Site::start().await?;
        put_login_page(&site, &[]);
        let browser = desk.unpaired_browser(kind, Options::default().profile(title)).await?;
        desk.add_login(title, &format!("{title} user"), &password(title), &site.origin()).await?;
        Ok(Self { title, browser, site })
    }

    async fn choose(&self) -> Result<(Frame, Frame)> {
        let page = self.browser.open(&self.site.url("/login")).await?;
        page.activate().await?;
        let chooser = open_chooser(&self.browser, &page, "[name=password]").await?;
        pick(&chooser, self.title).await?;
        Ok((page, chooser))
    }

    async fn ask(&self) -> Result<Waiting<'_>> {
        let (page, chooser) = self.choose().await.with_context(|| format!("in {}", self.title))?;
        let number = number(&chooser).await?;
        Ok(Waiting { seat: self, page, chooser, number })
    }
}

fn password(title: &str) -> String {
    format!("{title} & <lantern>")
}

/// Approves what the phone shows, which must be one of these, and nothing else is filled by that.
async fn approve_next(phone: &Phone, waiting: &mut Vec<Waiting<'_>>) -> Result<()> {
    phone.title("Fill password?").await?;
    let end = Instant::now() + PATIENCE;
    let index = loop {
        let shown = phone.page.text("document.body.innerText").await?;
        if let Some(index) = waiting.iter().position(|waiting| shown.contains(waiting.seat.title)) {
            break index;
        }
        ensure!(Instant::now() < end, "the phone shows none of those that wait:\n{shown}");
        sleep(Duration::from_millis(50)).await;
    };
    let next = waiting.swap_remove(index);
    match waiting.len() {
        0 => {}
        1 => phone.shows("1 more request waits").await?,
        more => phone.shows(&format!("{more} more requests wait")).await?,
    }
    let field = format!("{}.value", labelled(NUMBER));
    assert_eq!(phone.page.text(&field).await?, "", "what was typed for another request stands there");
    phone.approve(next.number).await?;
    if let Err(error) = next.page.wait_for("document.querySelector('[name=password]').value").await {
        let chooser = next.chooser.text("document.body.innerText").await.unwrap_or_default();
        let shown = phone.page.text("document.body.innerText").await?;
        return Err(error
            .context(format!("{} is not filled; its chooser says:\n{chooser}\nthe phone:\n{shown}", next.seat.title)));
    }
    assert_eq!(value(&next.page).await?, password(next.seat.title));
    for other in waiting.iter() {
        assert_eq!(
            value(&other.page).await?,
            "",
            "{} was filled by what {} was approved for",
            other.seat.title,
            next.seat.title
        );
    }
    next.page.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn five_profiles_in_two_browsers_ask_at_once_and_the_ground_gives_way() -> Result<()> {
    let desk = Desk::start(Unlock::Passphrase).await?;
    let take = |index: usize| Seat::take(&desk, PROFILES[index].0, PROFILES[index].1);
    let (a, b, c, d, e) = try_join!(take(0), take(1), take(2), take(3), take(4))?;
    let seats = [a, b, c, d, e];
    for seat in &seats {
        desk.pair_browser(&seat.browser, None).await.with_context(|| format!("in {}", seat.title))?;
    }
    let phone = desk.phone(Kind::Chromium).await?;
    desk.wait_for_status("all is sealed, and five browsers are there", |status| {
        status["not_sealed"] == 0 && status["items"] == 5 && status["browsers"] == 5
    })
    .await?;

    // Each asks before any is answered; one a browser, and each gets its own.
    let [a, b, c, d, e] = &seats;
    let (a, b, c, d, e) = try_join!(a.ask(), b.ask(), c.ask(), d.ask(), e.ask())?;
    let mut waiting = vec![a, b, c, d, e];
    while !waiting.is_empty() {
        approve_next(&phone, &mut waiting).await?;
    }
    phone.title("Nothing to approve").await?;

    let [seat, .., other] = &seats;
    let mut desk = desk;
    relay_goes_and_comes(&mut desk, &phone, seat).await?;
    vault_is_damaged_and_restored(&mut desk, &phone, [seat, other]).await
}

/// Whoever asks while the relay is away is told so; and when it is back, asking again works.
async fn relay_goes_and_comes(desk: &mut Desk, phone: &Phone, seat: &Seat) -> Result<()> {
    desk.relay.kill().await?;
    desk.wait_for_status("the relay is away", |status| status["status"]["relay"] == false).await?;
    let (page, chooser) = seat.choose().await?;
    shows(&chooser, "The relay cannot be reached").await?;
    assert_eq!(value(&page).await?, "");
    let said = diagnose(desk).await?;
    ensure!(said.contains("FAIL  The relay cannot be reached"), "{said}");

    desk.relay.restart().await?;
    phone.page.evaluate("dispatchEvent(new Event('online'))").await?;
    settle().await;
    press(&chooser, "Ask again").await?;
    let number = number(&chooser).await?;
    approve_next(phone, &mut vec![Waiting { seat, page, chooser, number }]).await
}

/// A damaged vault is left alone, everybody is told, and a backup takes its place.
async fn vault_is_damaged_and_restored(desk: &mut Desk, phone: &Phone, seats: [&Seat; 2]) -> Result<()> {
    let data = desk.home.data().join("countersign");
    let [vault, backup] = ["vault.db", "vault-backup.db"].map(|name| data.join(name));
    desk.daemon.stop(PATIENCE).await?;
    // As the daemon's own copy, of this very moment.
    std::fs::copy(&vault, &backup)?;
    let mut bytes = std::fs::read(&vault)?;
    bytes.truncate(bytes.len() / 2);
    std::fs::write(&vault, &bytes)?;
    desk.daemon.restart().await?;

    for seat in seats {
        let popup = seat.browser.open(&seat.browser.extension_url("popup.html")).await?;
        shows(&popup, "The vault’s file is damaged.").await.with_context(|| format!("in {}", seat.title))?;
        popup.close().await?;
    }
    let refused = desk.command(&["unlock"], PASSPHRASE).await.unwrap_err().to_string();
    ensure!(refused.contains("damaged") && refused.contains("countersign restore"), "{refused}");
    let said = diagnose(desk).await?;
    ensure!(said.contains("FAIL  The daemon runs, but cannot open the vault."), "{said}");
    assert_eq!(std::fs::read(&vault)?, bytes, "the damaged file was touched");

    let restored = desk.command(&["restore"], "").await?;
    ensure!(restored.contains("vault-damaged-1.db"), "{restored}");
    assert_eq!(std::fs::read(data.join("vault-damaged-1.db"))?, bytes, "the damaged file was not kept");
    desk.restart_daemon().await?;
    let [seat, _] = seats;
    desk.wait_for_status("the relay is there", |status| status["status"]["relay"] == true).await?;
    let asked = seat.ask().await?;
    approve_next(phone, &mut vec![asked]).await
}

async fn diagnose(desk: &Desk) -> Result<String> {
    let command = Program::new(binary("countersign")?).args(["status", "--diagnose"]).home(&desk.home);
    let output = command.output("", PATIENCE).await?;
    ensure!(!output.status.success(), "nothing fails: {}", output.stdout);
    Ok(output.stdout)
}
