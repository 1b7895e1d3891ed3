//! A server asks for user name and password by itself (Basic, Digest): the popup offers what is saved for its very origin, the phone approves, the server receives it.
//! All else is left to the browser.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use countersign_harness::{
    Answer, AuthScheme, Frame, Guard, Kind, Knock, PATIENCE, Site,
    spine::{number, pick, picture, press, put_login_page, shows},
};
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::{
    corrections::popup_about,
    rig::{PASSWORD, Rig, TITLE, USERNAME},
};

const REALM: &str = "Reading room";
/// How long an offer that must not come is waited for.
const NONE_COMES: Duration = Duration::from_millis(1500);

/// How long a browser may take to ask about what its server has answered.
const ASKING: Duration = Duration::from_millis(300);

fn put(site: &Site, path: &str, scheme: AuthScheme, password: &str) {
    put_in(site, path, path, scheme, password);
}

fn put_in(site: &Site, room: &str, path: &str, scheme: AuthScheme, password: &str) {
    site.put(path, Answer::html("<!doctype html><title>Inside</title><link rel=icon href=data:,><p>Come in."));
    let (realm, username, password) = (format!("{REALM} {room}"), USERNAME.to_owned(), password.to_owned());
    site.guard(path, Guard { scheme, realm, username, password });
}

/// A page in front, and a popup about it. It is a tab: what browsers open by themselves does not stay while a test looks elsewhere.
async fn seat(rig: &Rig) -> Result<(Frame, Frame)> {
    let page = rig.login_page().await?;
    let popup = popup_about(rig, &page).await?;
    page.activate().await?;
    Ok((page, popup))
}

/// Goes to a guarded page, and to what the popup offers then.
async fn knock(rig: &Rig, page: &Frame, popup: &Frame, path: &str) -> Result<()> {
    leave(rig, page, &rig.site.url(path)).await?;
    shows(popup, &format!("{REALM} {path}")).await?;
    popup.activate().await
}

/// Goes to what the browser will hold back. Chromium answers no question about a tab meanwhile, so nobody may ask.
async fn leave(rig: &Rig, page: &Frame, url: &str) -> Result<()> {
    go(page, url).await?;
    if rig.browser.kind() == Kind::Chromium { page.let_go().await } else { Ok(()) }
}

/// The page that came at last.
async fn arrive(rig: &Rig, page: &Frame, path: &str) -> Result<Frame> {
    if rig.browser.kind() == Kind::Chromium {
        page.take_up().await?;
    }
    rig.browser.wait_for_frame(path).await
}

/// Whoever waits for the page to load waits for the answer.
async fn go(page: &Frame, url: &str) -> Result<()> {
    page.evaluate(&format!("(setTimeout(() => location.assign({})), 0)", json!(url))).await.map(drop)
}

/// What a path was sent: whom each request named, and whether it was let in.
fn knocks(site: &Site, path: &str) -> Vec<(Option<String>, bool)> {
    let of_path = |knock: &Knock| knock.path == path;
    site.knocks().into_iter().filter(of_path).map(|knock| (knock.username, knock.admitted)).collect()
}

async fn is_knocked_at(site: &Site, path: &str, times: usize) -> Result<()> {
    let end = Instant::now() + PATIENCE;
    while knocks(site, path).len() < times {
        ensure!(Instant::now() < end, "{path} is not asked for {times} times: {:?}", knocks(site, path));
        sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// The mark at the button of the tab in front.
async fn badge(rig: &Rig) -> Result<String> {
    let said = rig
        .browser
        .evaluate_in_worker(
            "chrome.tabs.query({ active: true }).then(([tab]) => chrome.action.getBadgeText({ tabId: tab.id }))",
        )
        .await?;
    Ok(said.as_str().unwrap_or_default().to_owned())
}

/// Waits until the browser itself shows a popup.
pub(crate) async fn popup_opens(rig: &Rig) -> Result<()> {
    let end = Instant::now() + PATIENCE;
    while popups(rig).await? == 0 {
        ensure!(Instant::now() < end, "no popup opens; the button's mark is {:?}", badge(rig).await?);
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// How many popups the browser itself shows.
async fn popups(rig: &Rig) -> Result<u64> {
    let count = match rig.browser.kind() {
        Kind::Chromium => "chrome.runtime.getContexts({ contextTypes: ['POPUP'] }).then(contexts => contexts.length)",
        Kind::Firefox => "chrome.extension.getViews({ type: 'popup' }).length",
    };
    rig.browser.evaluate_in_worker(count).await?.as_u64().context("no number")
}

/// Nothing is offered, in the popup or by its button.
async fn nothing_is_offered(rig: &Rig, popup: &Frame) -> Result<()> {
    let end = Instant::now() + NONE_COMES;
    while Instant::now() < end {
        let said = popup.text("document.body.innerText").await?;
        ensure!(!said.contains(REALM), "offered: {said}");
        ensure!(badge(rig).await?.is_empty() && popups(rig).await? == 0, "the user is called to the popup");
        sleep(Duration::from_millis(50)).await;
    }
    Ok(())
}

/// Headless browsers show no dialog, or one that nobody answers: the request goes on without a name.
fn is_left_to_the_browser(site: &Site, path: &str) -> Result<()> {
    let knocks = knocks(site, path);
    ensure!(
        !knocks.is_empty() && knocks.iter().all(|knock| *knock == (None, false)),
        "{path} was answered: {knocks:?}"
    );
    Ok(())
}

/// Plays on a rig with one login.
pub(crate) async fn servers_are_answered_after_approval(rig: &Rig) -> Result<()> {
    // Each in a folder of its own: browsers answer for others beside it by themselves what they were once told.
    for (path, scheme) in
        [("/1/basic", AuthScheme::Basic), ("/2/md5", AuthScheme::DigestMd5), ("/3/sha", AuthScheme::DigestSha256)]
    {
        put(&rig.site, path, scheme, PASSWORD);
        let (page, popup) = seat(rig).await?;
        knock(rig, &page, &popup, path).await?;
        if scheme == AuthScheme::Basic {
            popup.screenshot(&picture("screens", "popup-http-authentication")).await?;
        }
        pick(&popup, TITLE).await?;
        let number = number(&popup).await?;
        rig.phone.title("Fill password?").await?;
        rig.phone.shows(TITLE).await?;
        is_left_to_the_browser(&rig.site, path).context("answered before the phone did")?;
        rig.phone.approve(number).await?;
        let page = arrive(rig, &page, path).await?;
        page.wait_for("document.title === 'Inside'").await.with_context(|| format!("{scheme:?}"))?;
        let knocks = knocks(&rig.site, path);
        let named: Vec<_> = knocks.iter().filter(|(username, _)| username.is_some()).collect();
        ensure!(named == [&(Some(USERNAME.into()), true)], "{knocks:?}");
        shows(&popup, "Filled").await?;
        popup.close().await?;
        page.close().await?;
    }
    Ok(())
}

/// Plays on a rig with one login: pictures and a frame of one page, which ask all at once.
pub(crate) async fn parts_of_a_page_have_one_answer(rig: &Rig) -> Result<()> {
    // Browsers answer by themselves for what is beside what they were once told of.
    let parts = ["/left/1.png", "/right/2.png", "/inner/frame"];
    for part in parts {
        put_in(&rig.site, "of parts", part, AuthScheme::Basic, PASSWORD);
    }
    let [left, right, frame] = parts;
    let hall =
        format!("<!doctype html><title>Hall</title><img src={left}><img src={right}><iframe src={frame}></iframe>");
    rig.site.put("/hall", Answer::html(hall));
    let (page, popup) = seat(rig).await?;
    leave(rig, &page, &rig.site.url("/hall")).await?;
    shows(&popup, &format!("{REALM} of parts")).await?;
    for part in parts {
        is_knocked_at(&rig.site, part, 1).await?;
    }
    sleep(ASKING).await;
    popup.activate().await?;
    pick(&popup, TITLE).await?;
    rig.phone.approve(number(&popup).await?).await?;
    shows(&popup, "Filled").await?;
    for part in parts {
        is_knocked_at(&rig.site, part, 2).await?;
        let knocks = knocks(&rig.site, part);
        ensure!(knocks == [(None, false), (Some(USERNAME.into()), true)], "{part}: {knocks:?}");
    }
    popup.close().await?;
    arrive(rig, &page, "/hall").await?.close().await
}

/// Plays on a rig with one login: what is answered in one realm is not told to another of the same origin, which asks for itself.
pub(crate) async fn realms_are_answered_one_by_one(rig: &Rig) -> Result<()> {
    let (first, second) = ("/east/1.png", "/west/2.png");
    put_in(&rig.site, "east", first, AuthScheme::Basic, PASSWORD);
    put_in(&rig.site, "west", second, AuthScheme::Basic, PASSWORD);
    let wings = "<!doctype html><title>Wings</title><img src=/east/1.png><script>
      setTimeout(() => document.body.append(Object.assign(new Image(), { src: '/west/2.png' })), 500)</script>";
    rig.site.put("/wings", Answer::html(wings));
    let (page, popup) = seat(rig).await?;
    leave(rig, &page, &rig.site.url("/wings")).await?;
    shows(&popup, &format!("{REALM} east")).await?;
    is_knocked_at(&rig.site, second, 1).await?;
    sleep(ASKING).await;
    popup.activate().await?;
    pick(&popup, TITLE).await?;
    rig.phone.approve(number(&popup).await?).await?;
    shows(&popup, "Filled").await?;
    is_knocked_at(&rig.site, first, 2).await?;
    ensure!(knocks(&rig.site, first) == [(None, false), (Some(USERNAME.into()), true)]);
    sleep(NONE_COMES).await;
    is_left_to_the_browser(&rig.site, second)?;
    popup.close().await?;
    arrive(rig, &page, "/wings").await?.close().await
}

/// A host that is reached by a proxy alone.
pub(crate) const BEHIND_PROXY: &str = "archive.example";

/// Plays in a browser that reaches [`BEHIND_PROXY`] by the rig's proxy: a proxy that asks for a name gets none, not even that of the page's own site.
pub(crate) async fn proxies_are_left_to_the_browser(rig: &Rig, proxy: &Site) -> Result<()> {
    let origin = format!("http://{BEHIND_PROXY}");
    rig.desk.add_login("Archive", USERNAME, PASSWORD, &origin).await?;
    put_login_page(proxy, &[]);
    let asks = Answer::html("<!doctype html><title>Proxy</title>").status(407);
    proxy.put("/papers", asks.header("proxy-authenticate", &format!("Basic realm=\"{REALM} proxy\"")));
    put(proxy, "/shelf", AuthScheme::Basic, PASSWORD);
    let hear = "self.refusals = 0, chrome.webRequest.onHeadersReceived.addListener(
      ({ statusCode }) => { self.refusals += statusCode === 407 ? 1 : 0; }, { urls: ['<all_urls>'] }), 0";
    rig.browser.evaluate_in_worker(hear).await?;
    let (page, popup) = seat_behind_proxy(rig).await?;
    leave(rig, &page, &format!("{origin}/papers")).await?;
    let end = Instant::now() + PATIENCE;
    while rig.browser.evaluate_in_worker("self.refusals").await? == 0 {
        ensure!(Instant::now() < end, "the proxy was not asked");
        sleep(Duration::from_millis(50)).await;
    }
    nothing_is_offered(rig, &popup).await?;
    popup.close().await?;
    page.close().await?;
    // The control: the same way by the same proxy, where the site itself asks.
    let (page, popup) = seat_behind_proxy(rig).await?;
    leave(rig, &page, &format!("{origin}/shelf")).await?;
    shows(&popup, &format!("{REALM} /shelf")).await?;
    popup.activate().await?;
    press(&popup, "Use the browser's dialog").await?;
    popup.close().await?;
    page.close().await
}

/// Who is sent there by another site is offered nothing.
async fn seat_behind_proxy(rig: &Rig) -> Result<(Frame, Frame)> {
    let page = rig.open(&format!("http://{BEHIND_PROXY}/login")).await?;
    let popup = popup_about(rig, &page).await?;
    page.activate().await?;
    Ok((page, popup))
}

/// Plays on a rig with one login.
pub(crate) async fn all_else_is_left_to_the_browser(rig: &Rig) -> Result<()> {
    // The user would rather have the browser's dialog.
    put(&rig.site, "/cancelled", AuthScheme::Basic, PASSWORD);
    let (page, popup) = seat(rig).await?;
    knock(rig, &page, &popup, "/cancelled").await?;
    press(&popup, "Use the browser's dialog").await?;
    popup.wait_for(&format!("!document.body.innerText.includes('{REALM}')")).await?;
    nothing_is_offered(rig, &popup).await?;
    is_left_to_the_browser(&rig.site, "/cancelled")?;
    popup.close().await?;
    page.close().await?;

    // The tab closes while the phone is asked.
    put(&rig.site, "/closed", AuthScheme::Basic, PASSWORD);
    let (page, popup) = seat(rig).await?;
    knock(rig, &page, &popup, "/closed").await?;
    pick(&popup, TITLE).await?;
    rig.phone.title("Fill password?").await?;
    page.close().await?;
    rig.phone.title("Nothing to approve").await?;
    shows(&popup, "The page is gone").await?;
    is_left_to_the_browser(&rig.site, "/closed")?;
    press(&popup, "Done").await?;

    // The server does not take it: it is not given it again.
    put(&rig.site, "/refused", AuthScheme::Basic, "another password");
    let (page, popup) = seat(rig).await?;
    knock(rig, &page, &popup, "/refused").await?;
    pick(&popup, TITLE).await?;
    rig.phone.approve(number(&popup).await?).await?;
    shows(&popup, "The site did not take it").await?;
    sleep(NONE_COMES).await;
    let named = knocks(&rig.site, "/refused").into_iter().filter(|(username, _)| username.is_some()).count();
    ensure!(named == 1, "the server was answered {named} times");
    press(&popup, "Done").await?;
    page.close().await?;

    // A picture and a frame of this site in another's page, and a picture in its own.
    let (picture, frame) = ("/picture.png", "/framed");
    put(&rig.site, picture, AuthScheme::Basic, PASSWORD);
    put(&rig.site, frame, AuthScheme::Basic, PASSWORD);
    let (page, popup) = seat(rig).await?;
    let shows_it = format!("<!doctype html><title>Album</title><img src={}>", rig.site.url(picture));
    let frames_it = format!("{shows_it}<iframe src={}></iframe>", rig.site.url(frame));
    rig.site.put("/frames", Answer::html(frames_it));
    rig.site.put("/album", Answer::html(shows_it));
    leave(rig, &page, &rig.site.url_at("localhost", "/frames")).await?;
    is_knocked_at(&rig.site, picture, 1).await?;
    is_knocked_at(&rig.site, frame, 1).await?;
    nothing_is_offered(rig, &popup).await?;
    is_left_to_the_browser(&rig.site, picture)?;
    is_left_to_the_browser(&rig.site, frame)?;
    let page = arrive(rig, &page, "/frames").await?;
    popup.close().await?;
    page.close().await?;
    let (page, popup) = seat(rig).await?;
    go(&page, &rig.site.url("/album")).await?;
    shows(&popup, &format!("{REALM} /picture.png")).await?;
    popup.activate().await?;
    press(&popup, "Use the browser's dialog").await?;
    popup.close().await?;
    page.close().await?;

    // Another origin, with a realm of the same name.
    let other = Site::start().await?;
    put(&other, "/other", AuthScheme::Basic, PASSWORD);
    let (page, popup) = seat(rig).await?;
    go(&page, &other.url("/other")).await?;
    is_knocked_at(&other, "/other", 1).await?;
    nothing_is_offered(rig, &popup).await?;
    is_left_to_the_browser(&other, "/other")?;
    popup.close().await?;
    page.close().await
}

/// Plays on a rig with one login.
pub(crate) async fn the_popup_opens_by_itself(rig: &Rig) -> Result<()> {
    put(&rig.site, "/opens", AuthScheme::Basic, PASSWORD);
    let page = rig.login_page().await?;
    leave(rig, &page, &rig.site.url("/opens")).await?;
    popup_opens(rig).await?;
    ensure!(badge(rig).await? == "?", "the button has no mark");
    // Whoever closes it leaves the question to the browser. Going elsewhere does it, but not without a window.
    let elsewhere = rig.open(&rig.site.url("/login")).await?;
    if rig.browser.kind() == Kind::Firefox {
        let close = "chrome.extension.getViews({ type: 'popup' }).forEach(view => view.close())";
        rig.browser.evaluate_in_worker(close).await?;
    }
    let end = Instant::now() + PATIENCE;
    while popups(rig).await? > 0 {
        ensure!(Instant::now() < end, "the popup stays");
        sleep(Duration::from_millis(50)).await;
    }
    elsewhere.close().await?;
    let page = arrive(rig, &page, "").await?;
    is_left_to_the_browser(&rig.site, "/opens")?;
    page.close().await
}
