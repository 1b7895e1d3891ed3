//! The ground gives way under the whole product: five browser profiles that ask at once, and then one failure after the other under a profile of each browser.

mod failures;

use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use countersign_harness::{
    Browser, Frame, Kind, Options, PATIENCE, Site,
    spine::{Desk, Phone, Unlock, labelled, number, open_chooser, pick, put_login_page},
};
use futures_util::future::try_join_all;
use tokio::time::{Instant, sleep};

use self::failures::House;
use crate::{
    ground::Shaky,
    rig::{is_whole, value},
};

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

/// All profiles in the soak; else two of one browser and one of the other.
fn profiles() -> Vec<(Kind, &'static str)> {
    if is_whole() { PROFILES.to_vec() } else { vec![PROFILES[0], PROFILES[1], PROFILES[4]] }
}

#[tokio::test(flavor = "multi_thread")]
async fn profiles_of_two_browsers_ask_at_once_and_the_ground_gives_way() -> Result<()> {
    let ground = Shaky::start(Unlock::Passphrase).await?;
    let desk = &ground.desk;
    let take = |(kind, title)| Seat::take(desk, kind, title);
    let seats = try_join_all(profiles().into_iter().map(take)).await?;
    let count = seats.len();
    for seat in &seats {
        desk.pair_browser(&seat.browser, None).await.with_context(|| format!("in {}", seat.title))?;
    }
    let phone = desk.phone(Kind::Chromium).await?;
    desk.wait_for_status("all is sealed, and all browsers are there", |status| {
        status["not_sealed"] == 0 && status["items"] == count && status["browsers"] == count
    })
    .await?;

    // Each asks before any is answered; one a browser, and each gets its own.
    let mut waiting = try_join_all(seats.iter().map(Seat::ask)).await?;
    while !waiting.is_empty() {
        approve_next(&phone, &mut waiting).await?;
    }
    phone.title("Nothing to approve").await?;

    let [seat, .., other] = seats.as_slice() else { bail!("too few profiles") };
    House { ground, phone, seats: [seat, other] }.shakes().await
}
