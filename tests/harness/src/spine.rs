//! The whole product on one machine: relay, daemon, a browser with the extension, and the phone app in a browser of its own. Everything a person would do is done by
//! commands and trusted input events.

mod chooser;
mod phone;
mod relay;
mod words;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, ensure};
use tokio::time::Instant;

use crate::pauses::Pauses;
use crate::{
    Browser, Ground, Home, Keyring, Kind, Options, PATIENCE, Process, Program, Site, binary, packaged_extension, tree,
};

pub use chooser::{chooser_closes, chooser_in, confirm, number, open_chooser, pick, settle};
pub use phone::Phone;
pub use relay::Relay;
pub use words::{labelled, press, retype, shows, type_into};

/// What the user of these tests types on the desktop, without a keystore.
pub const PASSPHRASE: &str = "correct horse battery staple";
/// What the user of these tests types on the desktop, with a keystore.
pub const DESKTOP_PIN: &str = "314159";
/// What the user of these tests types on the phone.
pub const PHONE_PIN: &str = "271828";

/// How new pages and overlays are guarded against hasty taps.
const GUARD: Duration = Duration::from_millis(850);

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
    ground: Ground,
    secret: &'static str,
}

impl Desk {
    /// Starts relay and daemon, and sets the vault up.
    ///
    /// # Errors
    /// If one of them does not start.
    pub async fn start(unlock: Unlock) -> Result<Self> {
        Self::start_on(Home::new()?, Ground::default(), unlock).await
    }

    /// The same in a home and on a ground of the test's own: all but the relay stand on it.
    ///
    /// # Errors
    /// If one of them does not start.
    pub async fn start_on(home: Home, ground: Ground, unlock: Unlock) -> Result<Self> {
        let keyring = match unlock {
            Unlock::Pin => Some(Keyring::start(&home, "keyring").await?),
            Unlock::Passphrase => None,
        };
        let Relay { process: relay, api, phone_origin } = Relay::start(&home).await?;
        let mut daemon =
            Program::new(binary("countersign-daemon")?).args(["--relay", &api, "--phone", &phone_origin]).home(&home);
        daemon = match &keyring {
            Some(keyring) => daemon.envs(keyring.environment()),
            None => daemon.arg("--no-keystore"),
        };
        let secret = if keyring.is_some() { DESKTOP_PIN } else { PASSPHRASE };
        let daemon = daemon.on(&ground).spawn()?;
        let desk = Self { daemon, home, keyring, relay, phone_origin, ground, secret };
        desk.wait_for_daemon().await?;
        desk.unlock().await?;
        Ok(desk)
    }

    /// Runs `countersign` with lines on its standard input; its standard output.
    ///
    /// # Errors
    /// If it fails: with what it said.
    pub async fn command(&self, arguments: &[&str], input: &str) -> Result<String> {
        self.program("countersign")?.args(arguments).output(&format!("{input}\n"), PATIENCE).await?.success()
    }

    /// A program of ours that lives where the desk does.
    ///
    /// # Errors
    /// If it is not built.
    pub fn program(&self, name: &str) -> Result<Program> {
        Ok(Program::new(binary(name)?).home(&self.home).on(&self.ground))
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
        let (end, mut pauses) = (Instant::now() + limit, Pauses::new());
        loop {
            if let Ok(status) = self.status().await
                && fits(&status)
            {
                return Ok(());
            }
            ensure!(Instant::now() < end, "the status never said that {what}: {:?}", self.status().await);
            pauses.pause().await;
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
        let browser = self.unpaired_browser(kind, options).await?;
        self.pair_browser(&browser, phone).await?;
        Ok(browser)
    }

    /// Launches a browser with the extension.
    ///
    /// # Errors
    /// If it does not start.
    pub async fn unpaired_browser(&self, kind: Kind, options: Options) -> Result<Browser> {
        let options = options
            .envs(self.ground.environment.clone())
            .extension(packaged_extension(kind))
            .native_host(binary("countersign-native-host")?);
        Browser::launch(kind, &self.home, options).await
    }

    /// Pairs a browser's profile, typing the code into the popup.
    ///
    /// # Errors
    /// If pairing fails.
    pub async fn pair_browser(&self, browser: &Browser, phone: Option<&Phone>) -> Result<()> {
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
        let pairing = self.program("countersign")?.arg("pair").spawn()?;
        let digits = shown(&pairing, six_digits).await?;
        Ok((pairing, digits))
    }

    /// Shows a link for a phone; the process ends when one is paired.
    ///
    /// # Errors
    /// If none is shown.
    pub async fn show_link(&self) -> Result<(Process, String)> {
        let pairing = self.program("countersign")?.args(["pair", "phone"]).spawn()?;
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

    /// Adds a login with the seed of its one-time codes, in Base32 or as a URI.
    ///
    /// # Errors
    /// If the daemon refuses.
    pub async fn add_login_with_codes(
        &self,
        title: &str,
        username: &str,
        [password, seed]: [&str; 2],
        site: &str,
    ) -> Result<()> {
        let add = ["item", "add", title, "--username", username, "--site", site, "--one-time-code"];
        self.command(&add, &[password, seed].join("\n")).await.map(drop)
    }

    /// Adds a card: its number, the name on it, its expiry (`YYYY-MM`) and its security code.
    ///
    /// # Errors
    /// If the daemon refuses.
    pub async fn add_card(&self, title: &str, card: [&str; 4]) -> Result<()> {
        self.command(&["item", "add", title, "--kind", "card"], &card.join("\n")).await.map(drop)
    }

    /// Adds an identity, of what is said of it: `given-name=Ada`.
    ///
    /// # Errors
    /// If the daemon refuses.
    pub async fn add_identity(&self, title: &str, says: &[&str]) -> Result<()> {
        let mut add = vec!["item", "add", title, "--kind", "identity"];
        add.extend(says.iter().flat_map(|said| ["--set", said]));
        self.command(&add, "").await.map(drop)
    }
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
    let (end, mut pauses) = (Instant::now() + PATIENCE, Pauses::new());
    loop {
        if let Some(found) = find(&process.stdout()) {
            return Ok(found);
        }
        ensure!(Instant::now() < end, "not shown: {} {}", process.stdout(), process.stderr());
        pauses.pause().await;
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
