//! One-time codes: the phone makes them; the computer never sees the seed again after it was saved. A login may be approved with the code that its site asks for next.

use std::time::{Duration, SystemTime};

use anyhow::{Context as _, Result, ensure};
use countersign_harness::{
    Answer, Frame, Kind, PATIENCE, Site,
    demo_site::SEED,
    spine::{Desk, PHONE_PIN, chooser_closes, number, pick, picture, press, put_login_page, settle, shows},
};
use countersign_seal::{id::UnixMillis, request::Codes};
use countersign_vault::one_time_code::Seed;
use tokio::time::{Instant, sleep};

use crate::rig::{Rig, nothing_is_filled, share, values};

pub(crate) const TITLE: &str = "Harbour Library";
/// The same login with a seed by counter.
const COUNTED: &str = "Harbour Archive";
const COUNTED_SEED: &str = "otpauth://hotp/Archive?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=0";
/// Logins with longer codes.
const LONGER: [(&str, &str); 2] = [
    ("Harbour Pier", "otpauth://totp/Pier?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&digits=7"),
    ("Harbour Quay", "otpauth://totp/Quay?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&digits=8"),
];
/// RFC 4226, appendix D.
const CODES: [&str; 2] = ["755224", "287082"];

const ASKS_BOTH: &str = "Fill password, and the one-time code asked for next?";
const ASKS_CODE: &str = "Fill one-time code?";

/// A site that asks for codes.
pub(crate) async fn site() -> Result<Site> {
    let site = Site::start().await?;
    put_login_page(&site, &[]);
    // Signing in leads to the page that asks for the code, in the same tab.
    site.put("/in", Answer::html("").status(303).header("location", "/code"));
    site.put("/first-step", Answer::html(include_str!("../harness/pages/first-step.html")));
    site.put("/second-step", Answer::html(include_str!("../harness/pages/second-step.html")));
    site.put("/code", Answer::html(include_str!("../harness/pages/code.html")));
    site.put("/boxes", Answer::html(include_str!("../harness/pages/code-boxes.html")));
    for path in ["/editable", "/auto-advance"] {
        site.put(path, Answer::html(include_str!("pages/code-widgets.html")));
    }
    Ok(site)
}

/// Its logins.
pub(crate) async fn save(desk: &Desk, site: &Site) -> Result<()> {
    for (title, seed) in [(TITLE, SEED), (COUNTED, COUNTED_SEED)].into_iter().chain(LONGER) {
        desk.add_login_with_codes(title, "ada", ["a password", seed], &site.origin()).await?;
    }
    Ok(())
}

/// Whether these are the digits of some moment of the last minute, or of the next half.
pub(crate) fn is_current(digits: &str) -> Result<bool> {
    is_current_of(SEED, digits)
}

fn is_current_of(seed: &str, digits: &str) -> Result<bool> {
    let seed = Seed::parse(seed)?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    let moments = [-60, -30, 0, 30].map(|seconds: i64| now.as_secs().checked_add_signed(seconds).unwrap_or_default());
    let code = |seconds: u64| match seed.codes(None, UnixMillis(seconds * 1000)) {
        Some(Codes::Timed([current, _])) => current.digits.expose() == digits.as_bytes(),
        _ => false,
    };
    Ok(moments.into_iter().any(code))
}

/// What the site received the nth time.
async fn sent(rig: &Rig, nth: usize, name: &str) -> Result<String> {
    let end = Instant::now() + PATIENCE;
    loop {
        let verified: Vec<_> = rig.site.submissions().into_iter().filter(|sent| sent.path == "/verified").collect();
        if let Some(sent) = verified.get(nth) {
            ensure!(!sent.fields.contains_key("trust"), "nothing is ticked");
            return sent.fields.get(name).cloned().context("no such field");
        }
        ensure!(Instant::now() < end, "the site received {} codes", verified.len());
        sleep(Duration::from_millis(20)).await;
    }
}

/// Plays on the site. Its seeds were saved before there was a phone.
pub(crate) async fn are_filled(rig: &Rig) -> Result<()> {
    let page = rig.open(&rig.site.url("/code")).await?;
    rig.fill(&page, "[name=otp]", TITLE, &[ASKS_CODE]).await?;
    page.wait_for("document.querySelector('[name=otp]').value").await?;
    page.click("button").await?;
    let code = sent(rig, 0, "otp").await?;
    ensure!(is_current(&code)?, "{code}");
    page.close().await?;

    let page = rig.open(&rig.site.url("/boxes")).await?;
    rig.fill(&page, "[name=d1]", TITLE, &[ASKS_CODE]).await?;
    page.wait_for("document.querySelector('[name=d6]').value").await?;
    page.click("button").await?;
    let mut digits = String::new();
    for place in 1..=6 {
        digits += &sent(rig, 1, &format!("d{place}")).await?;
    }
    ensure!(is_current(&digits)?, "{digits}");
    page.close().await?;

    // What takes text without being a field, and boxes that move the focus by themselves.
    for (nth, (path, field)) in [("/editable", "#editable"), ("/auto-advance", "#box-0")].into_iter().enumerate() {
        let page = rig.open(&rig.site.url(path)).await?;
        rig.fill(&page, field, TITLE, &[ASKS_CODE]).await.context(path)?;
        page.wait_for("document.querySelector('[name=otp]').value.length === 6").await.context(path)?;
        if path == "/editable" {
            is_undone(&page, field).await.context("undo")?;
        }
        page.click("button").await?;
        let code = sent(rig, 2 + nth, "otp").await?;
        ensure!(is_current(&code)?, "{path}: {code}");
        page.close().await?;
    }

    split_as_their_boxes_are(rig).await?;

    // By counter: each code once.
    for (nth, expected) in CODES.into_iter().enumerate() {
        let page = rig.open(&rig.site.url("/code")).await?;
        rig.fill(&page, "[name=otp]", COUNTED, &[ASKS_CODE]).await?;
        page.wait_for("document.querySelector('[name=otp]').value").await?;
        page.click("button").await?;
        let code = sent(rig, 4 + nth, "otp").await?;
        ensure!(code == expected, "{code} in place of {expected}");
        page.close().await?;
    }

    // The seed is nowhere in what the desktop keeps.
    for entry in std::fs::read_dir(rig.desk.home.data().join("countersign"))? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            let bytes = std::fs::read(entry.path())?;
            for needle in [SEED.as_bytes(), b"12345678901234567890"] {
                ensure!(!bytes.windows(needle.len()).any(|part| part == needle), "{:?}", entry.path());
            }
        }
    }
    Ok(())
}

/// The browser takes it back, and puts it there again.
async fn is_undone(page: &Frame, field: &str) -> Result<()> {
    page.click(field).await?;
    page.press("Control+z").await?;
    page.wait_for("document.querySelector('[name=otp]').value === ''").await?;
    page.press("Control+Shift+z").await?;
    page.wait_for("document.querySelector('[name=otp]').value.length === 6").await.map(drop)
}

/// A page with so many boxes, each of which takes so many digits.
fn put_boxes(rig: &Rig, path: &str, boxes: usize, room: usize) {
    let row = |place: usize| {
        format!(
            "<input name=d{place} aria-label='Part {place} of {boxes}' maxlength={room} size={room} inputmode=numeric required minlength={room}>"
        )
    };
    let rows: String = (1..=boxes).map(row).collect();
    rig.site.put(
        path,
        Answer::html(format!(
            "<!doctype html><title>Code</title><link rel=icon href=data:,><h1>Enter your code</h1><p>It is in your authenticator app.\
             <form method=post action={path}/sent><div role=group aria-label='Authentication code'>{rows}</div><p><button>Continue</button></form>"
        )),
    );
}

/// Codes of six, seven and eight digits in boxes that have room for just those, and nothing where they have none.
async fn split_as_their_boxes_are(rig: &Rig) -> Result<()> {
    let [(pier, seven), (quay, eight)] = LONGER;
    let kind = rig.browser.kind();
    let splits = [(2, 3, TITLE, SEED), (7, 1, pier, seven), (8, 1, quay, eight), (4, 2, quay, eight)];
    for (boxes, room, title, seed) in share(kind, splits) {
        let path = format!("/{boxes}-boxes");
        put_boxes(rig, &path, boxes, room);
        let page = rig.open(&rig.site.url(&path)).await?;
        rig.fill(&page, "[name=d1]", title, &[ASKS_CODE]).await.context(path.clone())?;
        page.click("button").await?;
        let sent = rig.site.wait_for_submission(&format!("{path}/sent"), PATIENCE).await.context(path.clone())?;
        let code: String = (1..=boxes).map(|place| sent.fields[&format!("d{place}")].as_str()).collect();
        ensure!(is_current_of(seed, &code)?, "{path}: {code}");
        page.close().await?;
    }
    for boxes in share(kind, [4, 5]) {
        let path = format!("/{boxes}-boxes");
        put_boxes(rig, &path, boxes, 1);
        let page = rig.open(&rig.site.url(&path)).await?;
        let chooser = rig.pick(&page, "[name=d1]", TITLE).await.context(path)?;
        let number = number(&chooser).await?;
        rig.phone.approve(number).await?;
        shows(&chooser, "It does not fit into this form").await?;
        nothing_is_filled(&page).await?;
        page.close().await?;
    }
    Ok(())
}

/// Signs in on a page of its own with a password that is approved together with the code; the page that asks for the code.
async fn sign_in(rig: &Rig) -> Result<Frame> {
    let page = rig.open(&rig.site.url("/login")).await?;
    let chooser = rig.pick(&page, "[name=password]", TITLE).await?;
    let number = number(&chooser).await?;
    rig.phone.title(ASKS_BOTH).await?;
    rig.phone.shows("within 5 minutes").await?;
    rig.phone.page.screenshot(&picture("screens", "phone-login-and-code")).await?;
    rig.phone.approve(number).await?;
    chooser_closes(&rig.browser).await?;
    page.wait_for("document.querySelector('[name=password]').value").await?;
    page.click("button").await?;
    page.wait_for("document.querySelector('[name=otp]')").await?;
    Ok(page)
}

/// The same with a page for the user name, reloads, and a way back and forth.
async fn sign_in_on_three_pages(rig: &Rig) -> Result<Frame> {
    let page = rig.open(&rig.site.url("/first-step")).await?;
    rig.pick(&page, "[name=user]", TITLE).await?;
    page.wait_for("document.querySelector('[name=user]').value === 'ada'").await?;
    chooser_closes(&rig.browser).await?;
    page.click("button").await?;
    page.wait_for("document.querySelector('[name=password]')").await?;
    page.evaluate("history.back()").await?;
    page.wait_for("document.querySelector('[name=user]')").await?;
    page.evaluate("history.forward()").await?;
    page.wait_for("document.querySelector('[name=password]')").await?;
    page.evaluate("(window.before = true, location.reload())").await?;
    page.wait_for("!window.before && document.querySelector('[name=password]')").await?;
    rig.approve_what_was_picked(&page, "[name=password]", &[ASKS_BOTH]).await?;
    chooser_closes(&rig.browser).await?;
    page.wait_for("document.querySelector('[name=password]').value").await?;
    page.click("button").await?;
    page.wait_for("document.querySelector('[name=otp]')").await?;
    // The same before the third.
    page.evaluate("history.back()").await?;
    page.wait_for("document.querySelector('[name=password]')").await?;
    page.evaluate("history.forward()").await?;
    page.wait_for("document.querySelector('[name=otp]')").await?;
    page.evaluate("(window.before = true, location.reload())").await?;
    page.wait_for("!window.before && document.querySelector('[name=otp]')").await?;
    Ok(page)
}

/// Picks the item for its code; nobody types a number. Where the browser cannot vouch that nothing covers a chooser, that takes the popup.
async fn code_follows(rig: &Rig, page: &Frame) -> Result<()> {
    match rig.browser.kind() {
        Kind::Chromium => drop(rig.pick(page, "[name=otp]", TITLE).await?),
        Kind::Firefox => {
            let chooser = rig.pick(page, "[name=otp]", TITLE).await?;
            number(&chooser).await?;
            rig.phone.title(ASKS_CODE).await?;
            press(&chooser, "Cancel").await?;
            rig.phone.title("Nothing to approve").await?;
            press(&chooser, "Done").await?;
            chooser_closes(&rig.browser).await?;
            let popup = popup_about(rig, page).await?;
            pick(&popup, TITLE).await?;
            page.wait_for("document.querySelector('[name=otp]').value").await?;
            popup.close().await?;
            page.activate().await?;
        }
    }
    page.wait_for("document.querySelector('[name=otp]').value").await?;
    rig.phone.shows("One-time code for Harbour Library given to").await?;
    rig.phone.title("Nothing to approve").await?;
    rig.phone.page.screenshot(&picture("screens", "phone-code-given")).await?;
    chooser_closes(&rig.browser).await
}

/// A popup about a page. It is a tab here, and asks at its start which tab is in front.
async fn popup_about(rig: &Rig, page: &Frame) -> Result<Frame> {
    let popup = rig.browser.open(&rig.browser.extension_url("popup.html")).await?;
    page.activate().await?;
    // What is shown must be what it found after this.
    popup.evaluate("(globalThis.before = true, setTimeout(() => location.reload()))").await?;
    popup.wait_for("!globalThis.before").await?;
    shows(&popup, TITLE).await?;
    popup.activate().await?;
    Ok(popup)
}

/// Picks the item for its code; the phone asks.
async fn code_is_asked_for(rig: &Rig, page: &Frame) -> Result<()> {
    rig.fill(page, "[name=otp]", TITLE, &[ASKS_CODE]).await?;
    page.wait_for("document.querySelector('[name=otp]').value").await.map(drop)
}

/// Plays on the site: one approval for a login and its code.
pub(crate) async fn follow_their_login(rig: &Rig) -> Result<()> {
    let page = sign_in(rig).await?;
    code_follows(rig, &page).await.context("the code of a login")?;
    page.click("button").await?;
    let code = sent(rig, 0, "otp").await?;
    ensure!(is_current(&code)?, "{code}");

    // Once: another code in the same tab is asked for.
    page.navigate(&rig.site.url("/code")).await?;
    page.wait_for("document.querySelector('[name=otp]')").await?;
    code_is_asked_for(rig, &page).await.context("another code in the same tab")?;
    page.close().await?;

    // In another tab the same code is asked for; in its own it still follows. Here the user name has a page of its own.
    let page = sign_in_on_three_pages(rig).await.context("on three pages")?;
    let other = rig.open(&rig.site.url("/code")).await?;
    code_is_asked_for(rig, &other).await.context("the code in another tab")?;
    other.close().await?;
    page.activate().await?;
    code_follows(rig, &page).await.context("the code in its own tab")?;
    page.close().await?;

    a_locked_phone_asks(rig).await.context("a locked phone")
}

/// It asks, and goes on asking after it was unlocked.
async fn a_locked_phone_asks(rig: &Rig) -> Result<()> {
    let page = sign_in(rig).await?;
    rig.phone.press("Settings").await?;
    rig.phone.press("Lock now").await?;
    let chooser = rig.pick(&page, "[name=otp]", TITLE).await?;
    let number = number(&chooser).await?;
    // Which makes room for itself above what is typed and pressed next.
    rig.phone.shows("A request waits for your answer").await?;
    ensure!(values(&page).await?[0][1] == "", "a locked phone answered");
    rig.phone.type_into("PIN", PHONE_PIN).await?;
    rig.phone.press("Unlock").await?;
    rig.phone.title(ASKS_CODE).await?;
    ensure!(values(&page).await?[0][1] == "", "unlocking answered");
    // By the keyboard, this time.
    rig.phone.type_into("Number shown on your computer", &number.to_string()).await?;
    settle().await;
    rig.phone.page.press("Enter").await?;
    page.wait_for("document.querySelector('[name=otp]').value").await?;
    chooser_closes(&rig.browser).await
}
