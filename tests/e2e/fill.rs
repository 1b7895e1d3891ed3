//! A login form is filled, in real browsers with a real daemon behind a real native host.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use countersign_harness::{
    Answer, Browser, Frame, Home, Kind, Options, PATIENCE, Process, Program, Site, binary, packaged_extension,
};
use tokio::time::{Instant, sleep};

const PASSPHRASE: &str = "correct horse battery staple";
const PASSWORD: &str = "lovelace & Babbage <1843>";

/// A computer with a vault, and a browser that is paired with it. No phone yet: nothing is sealed.
struct Desk {
    browser: Browser,
    site: Site,
    daemon: Process,
    home: Home,
}

impl Desk {
    async fn set_up(kind: Kind) -> Result<Self> {
        let home = Home::new()?;
        let site = Site::start().await?;
        let daemon =
            Program::new(binary("countersign-daemon")?).home(&home).env("COUNTERSIGN_NO_KEYSTORE", "true").spawn()?;
        Self::wait_for_daemon(&home).await?;
        command(&home, &["unlock"], PASSPHRASE).await?;
        let options =
            Options::default().extension(packaged_extension(kind)).native_host(binary("countersign-native-host")?);
        let browser = Browser::launch(kind, &home, options).await?;
        println!("{}", browser.version().await?);
        let desk = Self { browser, site, daemon, home };
        desk.pair().await?;
        Ok(desk)
    }

    async fn wait_for_daemon(home: &Home) -> Result<()> {
        let until = Instant::now() + PATIENCE;
        while command(home, &["status"], "").await.is_err() {
            ensure!(Instant::now() < until, "the daemon does not answer");
            sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// Types the code that the command shows into the popup.
    async fn pair(&self) -> Result<()> {
        let mut pairing = Program::new(binary("countersign")?).arg("pair").home(&self.home).spawn()?;
        let until = Instant::now() + PATIENCE;
        let digits = loop {
            if let Some(digits) = six_digits(&pairing.stdout()) {
                break digits;
            }
            ensure!(Instant::now() < until, "no code is shown: {}", pairing.stdout());
            sleep(Duration::from_millis(20)).await;
        };
        let popup = self.browser.open(&self.browser.extension_url("popup.html")).await?;
        popup.wait_for_element("form input").await?;
        popup.fill_in("form input", &digits).await?;
        popup.click("form [type=submit]").await?;
        ensure!(pairing.wait(PATIENCE).await?.success(), "pairing failed: {}", pairing.stderr());
        popup.close().await
    }

    async fn add_login(&self) -> Result<()> {
        let site = self.site.origin();
        command(&self.home, &["item", "add", "Bank", "--username", "ada", "--site", &site], PASSWORD).await.map(drop)
    }

    /// Opens a page with a login form under a content security policy.
    async fn login_page(&self, policy: &[(&str, &str)]) -> Result<Frame> {
        let form = "<!doctype html><title>Sign in</title><link rel=icon href='data:,'><h1>Sign in</h1>
            <form method=post action=/in>
              <p><label>User name <input name=user autocomplete=username></label></p>
              <p><label>Password <input type=password name=password autocomplete=current-password></label></p>
              <button>Sign in</button>
            </form>";
        let answer = policy.iter().fold(Answer::html(form), |answer, (name, value)| answer.header(name, value));
        self.site.put("/login", answer);
        let page = self.browser.open(&self.site.url("/login")).await?;
        page.activate().await?;
        page.evaluate(
            "window.violations = []; document.addEventListener('securitypolicyviolation', event => violations.push(event.violatedDirective)); 0",
        )
        .await?;
        Ok(page)
    }

    /// Focuses the password field, presses the icon in it, and returns the chooser.
    async fn open_chooser(&self, page: &Frame) -> Result<Frame> {
        page.click("[name=password]").await?;
        // The icon is in a closed shadow root: all that the page has is its host.
        page.wait_for("document.querySelector(':popover-open')").await?;
        let middle = "(() => { const box = document.querySelector('[name=password]').getBoundingClientRect();
            return [box.right - 12, box.top + box.height / 2]; })()";
        let point = page.evaluate(middle).await?;
        let coordinate = |index: usize| point[index].as_f64().context("no coordinate");
        page.click_at(coordinate(0)?, coordinate(1)?).await?;
        self.browser.wait_for_frame("chooser.html").await
    }
}

async fn command(home: &Home, arguments: &[&str], input: &str) -> Result<String> {
    let program = Program::new(binary("countersign")?).args(arguments).home(home);
    program.output(&format!("{input}\n"), PATIENCE).await?.success()
}

fn six_digits(text: &str) -> Option<String> {
    text.lines()
        .map(|line| line.replace(' ', ""))
        .find(|line| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit()))
}

async fn fills_after_confirmation(kind: Kind) -> Result<()> {
    let desk = Desk::set_up(kind).await?;
    desk.add_login().await?;
    let page = desk.login_page(&[]).await?;
    let chooser = desk.open_chooser(&page).await?;
    chooser.wait_for("document.body.innerText.includes('Bank')").await?;
    assert_eq!(
        page.text("document.querySelector('[name=password]').value").await?,
        "",
        "nothing is filled before the pick"
    );
    pick(&chooser).await?;
    confirm(&chooser).await?;
    page.wait_for("document.querySelector('[name=password]').value").await?;
    page.click("button").await?;
    let sent = desk.site.wait_for_submission("/in", PATIENCE).await?;
    assert_eq!((sent.fields["user"].as_str(), sent.fields["password"].as_str()), ("ada", PASSWORD));
    desk.close().await
}

/// Presses the item.
async fn pick(chooser: &Frame) -> Result<()> {
    chooser.wait_for_element("main [data-key]").await?;
    chooser.click("main [data-key]").await
}

/// Presses the first of the two buttons under the question.
async fn confirm(chooser: &Frame) -> Result<()> {
    let button = "[...document.querySelectorAll('main button')].find(button => button.innerText === 'Confirm')";
    chooser.wait_for(button).await?;
    chooser.click_element(button).await
}

async fn fills_under_strict_policies(kind: Kind) -> Result<()> {
    let desk = Desk::set_up(kind).await?;
    desk.add_login().await?;
    let policies: [&[(&str, &str)]; 4] = [
        &[("content-security-policy", "default-src 'none'; img-src data:; form-action 'self'")],
        &[(
            "content-security-policy",
            "default-src 'none'; img-src data:; script-src 'self'; style-src 'self'; form-action 'self'",
        )],
        &[(
            "content-security-policy",
            "default-src 'self'; img-src data:; require-trusted-types-for 'script'; trusted-types 'none'",
        )],
        &[("cross-origin-embedder-policy", "require-corp"), ("cross-origin-opener-policy", "same-origin")],
    ];
    for policy in policies {
        let page = desk.login_page(policy).await?;
        let chooser = desk.open_chooser(&page).await?;
        chooser.wait_for("document.body.innerText.includes('Bank')").await?;
        pick(&chooser).await?;
        confirm(&chooser).await?;
        page.wait_for("document.querySelector('[name=password]').value")
            .await
            .with_context(|| format!("under {policy:?}"))?;
        assert_eq!(page.text("document.querySelector('[name=password]').value").await?, PASSWORD);
        assert_eq!(page.text("window.violations.join()").await?, "", "under {policy:?}");
        page.close().await?;
    }
    desk.close().await
}

async fn cancels_and_fills_at_the_next_try(kind: Kind) -> Result<()> {
    let desk = Desk::set_up(kind).await?;
    desk.add_login().await?;
    let page = desk.login_page(&[]).await?;
    let chooser = desk.open_chooser(&page).await?;
    chooser.wait_for("document.body.innerText.includes('Bank')").await?;
    // The worker is stopped in the middle: the chooser goes, nothing is filled.
    pick(&chooser).await?;
    desk.browser.stop_worker().await?;
    sleep(Duration::from_millis(500)).await;
    assert_eq!(page.text("document.querySelector('[name=password]').value").await?, "");
    page.click("h1").await?;
    let chooser = desk.open_chooser(&page).await?;
    chooser.wait_for("document.body.innerText.includes('Bank')").await?;
    pick(&chooser).await?;
    confirm(&chooser).await?;
    page.wait_for("document.querySelector('[name=password]').value").await?;
    desk.close().await
}

impl Desk {
    async fn close(mut self) -> Result<()> {
        self.browser.close().await?;
        self.daemon.stop(PATIENCE).await.map(drop)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fills_after_confirmation_in_chromium() -> Result<()> {
    fills_after_confirmation(Kind::Chromium).await
}

#[tokio::test(flavor = "multi_thread")]
async fn fills_after_confirmation_in_firefox() -> Result<()> {
    fills_after_confirmation(Kind::Firefox).await
}

#[tokio::test(flavor = "multi_thread")]
async fn fills_under_strict_policies_in_chromium() -> Result<()> {
    fills_under_strict_policies(Kind::Chromium).await
}

#[tokio::test(flavor = "multi_thread")]
async fn fills_under_strict_policies_in_firefox() -> Result<()> {
    fills_under_strict_policies(Kind::Firefox).await
}

#[tokio::test(flavor = "multi_thread")]
async fn fills_after_the_worker_was_stopped_in_chromium() -> Result<()> {
    cancels_and_fills_at_the_next_try(Kind::Chromium).await
}
