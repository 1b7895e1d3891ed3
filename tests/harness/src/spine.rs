//! The whole product on one machine: relay, daemon, a browser with the extension, and the phone app in a browser of its own. Everything a person would do is done by
//! commands and trusted input events.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::{
    Browser, Frame, Home, Keyring, Kind, Options, PATIENCE, Process, Program, Site, binary, free_port,
    packaged_extension, tree,
};

/// What the user of these tests types on the desktop, without a keystore.
pub const PASSPHRASE: &str = "correct horse battery staple";
/// What the user of these tests types on the desktop, with a keystore.
pub const DESKTOP_PIN: &str = "314159";
/// What the user of these tests types on the phone.
pub const PHONE_PIN: &str = "271828";

/// How new pages and overlays are guarded against hasty taps.
const GUARD: Duration = Duration::from_millis(850);
/// How often the icon is pressed.
const TRIES: u32 = 3;

/// How the vault is unlocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unlock {
    /// A PIN and a real keystore: gnome-keyring on a bus of its own.
    Pin,
    /// A passphrase, for machines without a keystore.
    Passphrase,
}

/// Relay, daemon and their home.
#[derive(Debug)]
pub struct Desk {
    /// Where they live.
    pub home: Home,
    /// The keystore, with [`Unlock::Pin`].
    pub keyring: Option<Keyring>,
    /// The relay.
    pub relay: Process,
    /// The daemon.
    pub daemon: Process,
    /// The phone app's origin.
    pub phone_origin: String,
    secret: &'static str,
}

impl Desk {
    /// Starts relay and daemon, and sets the vault up.
    ///
    /// # Errors
    /// If one of them does not start.
    pub async fn start(unlock: Unlock) -> Result<Self> {
        let home = Home::new()?;
        let keyring = match unlock {
            Unlock::Pin => Some(Keyring::start(&home, "keyring").await?),
            Unlock::Passphrase => None,
        };
        let (relay, api, phone_origin) = start_relay(&home).await?;
        let mut daemon =
            Program::new(binary("countersign-daemon")?).args(["--relay", &api, "--phone", &phone_origin]).home(&home);
        daemon = match &keyring {
            Some(keyring) => daemon.envs(keyring.environment()),
            None => daemon.arg("--no-keystore"),
        };
        let secret = if keyring.is_some() { DESKTOP_PIN } else { PASSPHRASE };
        let desk = Self { daemon: daemon.spawn()?, home, keyring, relay, phone_origin, secret };
        desk.wait_for_daemon().await?;
        desk.unlock().await?;
        Ok(desk)
    }

    /// Runs `countersign` with lines on its standard input; its standard output.
    ///
    /// # Errors
    /// If it fails: with what it said.
    pub async fn command(&self, arguments: &[&str], input: &str) -> Result<String> {
        let program = Program::new(binary("countersign")?).args(arguments).home(&self.home);
        program.output(&format!("{input}\n"), PATIENCE).await?.success()
    }

    /// Unlocks, or sets up.
    ///
    /// # Errors
    /// If the daemon refuses.
    pub async fn unlock(&self) -> Result<()> {
        self.command(&["unlock"], self.secret).await.map(drop)
    }

    /// The status as JSON.
    ///
    /// # Errors
    /// If there is no daemon.
    pub async fn status(&self) -> Result<serde_json::Value> {
        Ok(serde_json::from_str(&self.command(&["status", "--json"], "").await?)?)
    }

    /// Waits until the status fits.
    ///
    /// # Errors
    /// If it does not within [`PATIENCE`].
    pub async fn wait_for_status(&self, what: &str, fits: impl Fn(&serde_json::Value) -> bool) -> Result<()> {
        self.wait_for_status_within(what, PATIENCE, fits).await
    }

    /// Waits until the status fits.
    ///
    /// # Errors
    /// If it does not within `limit`.
    pub async fn wait_for_status_within(
        &self,
        what: &str,
        limit: Duration,
        fits: impl Fn(&serde_json::Value) -> bool,
    ) -> Result<()> {
        let end = Instant::now() + limit;
        loop {
            if let Ok(status) = self.status().await
                && fits(&status)
            {
                return Ok(());
            }
            ensure!(Instant::now() < end, "the status never said that {what}: {:?}", self.status().await);
            sleep(Duration::from_millis(50)).await;
        }
    }

    async fn wait_for_daemon(&self) -> Result<()> {
        self.wait_for_status("the daemon runs", |_| true).await
    }

    /// Kills the daemon, starts it again, and unlocks.
    ///
    /// # Errors
    /// If it does not come back.
    pub async fn restart_daemon(&mut self) -> Result<()> {
        self.daemon.restart().await?;
        self.wait_for_daemon().await?;
        self.unlock().await
    }

    /// Launches a browser with the extension and pairs its profile, typing the code into the popup. With a phone, that has to approve.
    ///
    /// # Errors
    /// If pairing fails.
    pub async fn browser(&self, kind: Kind, options: Options, phone: Option<&Phone>) -> Result<Browser> {
        let options = options.extension(packaged_extension(kind)).native_host(binary("countersign-native-host")?);
        let browser = Browser::launch(kind, &self.home, options).await?;
        self.pair_browser(&browser, phone).await?;
        Ok(browser)
    }

    async fn pair_browser(&self, browser: &Browser, phone: Option<&Phone>) -> Result<()> {
        let (mut pairing, digits) = self.show_code().await?;
        let popup = browser.open(&browser.extension_url("popup.html")).await?;
        popup.wait_for_element("form input").await?;
        popup.fill_in("form input", &digits).await?;
        popup.click("form [type=submit]").await?;
        if let Some(phone) = phone {
            let number = number(&popup).await?;
            phone.title("Add this device?").await?;
            phone.approve(number).await?;
        }
        ensure!(pairing.wait(PATIENCE).await?.success(), "pairing failed: {}", pairing.stderr());
        popup.close().await
    }

    /// Shows a six-digit code for a browser; the process ends when one is paired.
    ///
    /// # Errors
    /// If none is shown.
    pub async fn show_code(&self) -> Result<(Process, String)> {
        let pairing = Program::new(binary("countersign")?).arg("pair").home(&self.home).spawn()?;
        let digits = shown(&pairing, six_digits).await?;
        Ok((pairing, digits))
    }

    /// Shows a link for a phone; the process ends when one is paired.
    ///
    /// # Errors
    /// If none is shown.
    pub async fn show_link(&self) -> Result<(Process, String)> {
        let pairing = Program::new(binary("countersign")?).args(["pair", "phone"]).home(&self.home).spawn()?;
        let is_link = |line: &&str| line.starts_with(&self.phone_origin);
        let link = shown(&pairing, |text| text.lines().map(str::trim).find(is_link).map(str::to_owned)).await?;
        Ok((pairing, link))
    }

    /// Opens the phone app in a browser of its own, pairs it, sets its PIN, types the words back, and waits until it countersigns.
    ///
    /// # Errors
    /// If a step fails.
    pub async fn phone(&self, kind: Kind) -> Result<Phone> {
        let (mut pairing, link) = self.show_link().await?;
        let phone = Phone::open(kind, &link).await?;
        phone.title("Pair with your computer?").await?;
        phone.press("Pair this phone").await?;
        ensure!(pairing.wait(PATIENCE).await?.success(), "pairing failed: {}", pairing.stderr());
        phone.first_run().await?;
        self.wait_for_status("a phone countersigns", |status| status["status"]["phone"] == true).await?;
        Ok(phone)
    }

    /// Adds a login for a site.
    ///
    /// # Errors
    /// If the daemon refuses.
    pub async fn add_login(&self, title: &str, username: &str, password: &str, site: &str) -> Result<()> {
        self.command(&["item", "add", title, "--username", username, "--site", site], password).await.map(drop)
    }
}

async fn start_relay(home: &Home) -> Result<(Process, String, String)> {
    // Fixed ports, so that a restarted relay is the same origin.
    let (api, phone) = (free_port()?, free_port()?);
    let mut relay = Program::new(binary("countersign-relay")?)
        .args(["--listen", &format!("127.0.0.1:{api}"), "--phone-listen", &format!("127.0.0.1:{phone}"), "--phone-dir"])
        .arg(tree().join("dist/phone"))
        .home(home)
        .spawn()?;
    let ready: serde_json::Value = serde_json::from_str(&relay.wait_for_line("{", PATIENCE).await?)?;
    let origin = |name: &str| ready[name].as_str().map(str::to_owned).context("the relay does not say where it is");
    Ok((relay, origin("api")?, origin("phone")?))
}

/// The phone app.
#[derive(Debug)]
pub struct Phone {
    /// The browser it runs in.
    pub browser: Browser,
    /// Its page.
    pub page: Frame,
    _home: Home,
}

impl Phone {
    /// Opens a link at a phone's size.
    ///
    /// # Errors
    /// If the browser does not start.
    pub async fn open(kind: Kind, link: &str) -> Result<Self> {
        let home = Home::new()?;
        let browser = Browser::launch(kind, &home, Options::default().window(400, 800)).await?;
        let page = browser.open(link).await?;
        page.set_viewport(360, 740).await?;
        Ok(Self { browser, page, _home: home })
    }

    /// Waits for a screen by its heading.
    ///
    /// # Errors
    /// If it does not come.
    pub async fn title(&self, expected: &str) -> Result<()> {
        let found = format!("document.querySelector('h1')?.textContent === {}", json!(expected));
        self.page
            .wait_for(&found)
            .await
            .map(drop)
            .with_context(|| format!("the phone's screen “{expected}” did not come"))
    }

    /// Waits for a text.
    ///
    /// # Errors
    /// If it is not shown.
    pub async fn shows(&self, text: &str) -> Result<()> {
        let found = format!("document.body.innerText.includes({})", json!(text));
        self.page.wait_for(&found).await.map(drop).with_context(|| format!("the phone does not show “{text}”"))
    }

    /// Presses a button by its words.
    ///
    /// # Errors
    /// If there is none.
    pub async fn press(&self, words: &str) -> Result<()> {
        let button = format!(
            "[...document.querySelectorAll('button')].find(button => button.textContent.trim() === {})",
            json!(words)
        );
        self.page.wait_for(&format!("!!{button}")).await?;
        self.page.click_element(&button).await
    }

    /// Types into a field by its label.
    ///
    /// # Errors
    /// If there is none.
    pub async fn type_into(&self, label: &str, text: &str) -> Result<()> {
        let input = format!(
            "[...document.querySelectorAll('label')].find(label => label.textContent === {})?.control",
            json!(label)
        );
        self.page.wait_for(&format!("!!({input})")).await?;
        self.page.click_element(&input).await?;
        self.page.type_text(text).await
    }

    /// Types the number and approves, once the screen takes answers.
    ///
    /// # Errors
    /// If there is no request.
    pub async fn approve(&self, number: u8) -> Result<()> {
        self.type_into("Number shown on your computer", &number.to_string()).await?;
        sleep(GUARD).await;
        self.press("Approve").await
    }

    /// PIN, words, and two of them typed back.
    async fn first_run(&self) -> Result<()> {
        self.title("Choose a PIN").await?;
        self.type_into("New PIN", PHONE_PIN).await?;
        self.type_into("The same PIN again", PHONE_PIN).await?;
        self.press("Continue").await?;
        self.title("Write down these twelve words").await?;
        let words = self
            .page
            .text("[...document.querySelectorAll('.phone-word')].map(word => word.textContent).join(' ')")
            .await?;
        let words: Vec<&str> = words.split(' ').collect();
        self.press("I have written them down").await?;
        self.title("Check your words").await?;
        let labels = self
            .page
            .text("[...document.querySelectorAll('.cs-label')].map(label => label.textContent).join('|')")
            .await?;
        for label in labels.split('|') {
            let position: usize = label.rsplit(' ').next().context("no position")?.parse()?;
            self.type_into(label, words.get(position - 1).context("no such word")?).await?;
        }
        self.press("Continue").await?;
        self.shows("this phone now countersigns").await
    }
}

/// Focuses a field, presses the icon in it, and returns the chooser.
///
/// # Errors
/// If no icon or no chooser comes.
pub async fn open_chooser(browser: &Browser, page: &Frame, field: &str) -> Result<Frame> {
    page.click(field).await?;
    // The icon is in a closed shadow root: all that the page has is its host.
    page.wait_for("document.querySelector(':popover-open')").await?;
    let place = format!(
        "(() => {{ const box = document.querySelector({}).getBoundingClientRect(); return [box.right - 12, box.top + box.height / 2]; }})()",
        json!(field)
    );
    let point = page.evaluate(&place).await?;
    let coordinate = |index: usize| point[index].as_f64().context("no coordinate");
    // A click that meets the very moment in which a killed worker comes back is lost; a person clicks again.
    for _ in 0..TRIES {
        page.click_at(coordinate(0)?, coordinate(1)?).await?;
        let end = Instant::now() + PATIENCE / TRIES;
        while Instant::now() < end {
            if let Some((chooser, _)) =
                browser.frames().await?.into_iter().find(|(_, url)| url.contains("chooser.html"))
            {
                return Ok(chooser);
            }
            sleep(Duration::from_millis(20)).await;
        }
    }
    page.screenshot(&picture("failures", "no-chooser")).await?;
    bail!("no chooser opens; target/failures/no-chooser.png shows the page")
}

/// Waits out the time in which a new panel takes no press.
pub async fn settle() {
    sleep(GUARD).await;
}

/// Picks an item by its title, once the chooser takes picks.
///
/// # Errors
/// If it is not listed.
pub async fn pick(chooser: &Frame, title: &str) -> Result<()> {
    let item = format!(
        "[...document.querySelectorAll('main [data-key]')].find(item => item.innerText.includes({}))",
        json!(title)
    );
    chooser.wait_for(&format!("!!({item})")).await?;
    settle().await;
    chooser.click_element(&item).await
}

/// Waits until the chooser has closed itself, which uncovers the page.
///
/// # Errors
/// If it stays.
pub async fn chooser_closes(browser: &Browser) -> Result<()> {
    let end = Instant::now() + PATIENCE;
    while browser.frames().await?.iter().any(|(_, url)| url.contains("chooser.html")) {
        ensure!(Instant::now() < end, "the chooser stays open");
        sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// The number that the popup or the chooser shows.
///
/// # Errors
/// If it shows none.
pub async fn number(panel: &Frame) -> Result<u8> {
    let shown = panel.wait_for("document.querySelector('.cs-number-digits[data-number]')?.dataset.number").await?;
    Ok(shown.as_str().context("no number")?.parse()?)
}

/// A login page of a site; what it posts goes to `/in`.
pub fn put_login_page(site: &Site, headers: &[(&str, &str)]) {
    let page = include_str!("../pages/login.html");
    let answer = headers.iter().fold(crate::Answer::html(page), |answer, (name, value)| answer.header(name, value));
    site.put("/login", answer);
    site.put("/in", crate::Answer::html(include_str!("../pages/welcome.html")));
}

/// Waits for what a command shows.
async fn shown(process: &Process, find: impl Fn(&str) -> Option<String>) -> Result<String> {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = find(&process.stdout()) {
            return Ok(found);
        }
        ensure!(Instant::now() < end, "not shown: {} {}", process.stdout(), process.stderr());
        sleep(Duration::from_millis(20)).await;
    }
}

fn six_digits(text: &str) -> Option<String> {
    text.lines()
        .map(|line| line.replace(' ', ""))
        .find(|line| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A place for pictures that people look at.
pub fn picture(folder: &str, name: &str) -> PathBuf {
    let path: &Path = &tree().join("target").join(folder);
    let _ = std::fs::create_dir_all(path);
    path.join(format!("{name}.png"))
}
