//! The `countersign` command as people run it: on a terminal that it asks for secrets, and in scripts; what it starts, stops, registers and deletes.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use countersign_harness::{
    Browser, Home, Kind, Options, Output, PATIENCE, Process, Program, binary, free_port,
    spine::{PASSPHRASE, shows},
    tree,
};
use serde_json::Value;

use crate::{extension, rig::scene};

const DECLINED: i32 = 3;

/// A user's own home, in which `up` may start what it likes: all of it ends with the test.
struct User {
    home: Home,
    path: Option<PathBuf>,
}

impl User {
    fn new() -> Result<Self> {
        Ok(Self { home: Home::new()?, path: None })
    }

    /// A user on whose path there is no program at all.
    fn without_programs() -> Result<Self> {
        let home = Home::new()?;
        let path = home.path().join("bin");
        fs::create_dir(&path)?;
        Ok(Self { home, path: Some(path) })
    }

    fn program(&self, program: impl AsRef<std::ffi::OsStr>) -> Program {
        let program = Program::new(program).home(&self.home).env("COUNTERSIGN_NO_KEYSTORE", "true");
        match &self.path {
            Some(path) => program.env("PATH", path),
            None => program,
        }
    }

    /// Runs the command to its end, with lines on its standard input.
    async fn run(&self, arguments: &[&str], input: &str) -> Result<Output> {
        self.program(binary("countersign")?).args(arguments).output(input, PATIENCE).await
    }

    /// What it says when it succeeds.
    async fn says(&self, arguments: &[&str], input: &str) -> Result<String> {
        self.run(arguments, input).await?.success().with_context(|| format!("countersign {}", arguments.join(" ")))
    }

    /// What it says when it fails.
    async fn complains(&self, arguments: &[&str], input: &str) -> Result<String> {
        let output = self.run(arguments, input).await?;
        ensure!(output.status.code() == Some(1), "{arguments:?}: {output:?}");
        Ok(output.stderr)
    }

    /// Starts it on a terminal that shows what is typed unless a program turns that off.
    fn on_terminal(&self, arguments: &str) -> Result<Terminal> {
        let command = format!("{} {arguments}", binary("countersign")?.display());
        let script = self.program("script").args(["--quiet", "--return", "--echo", "always", "--command"]);
        Ok(Terminal(script.args([command.as_str(), "/dev/null"]).spawn()?))
    }

    /// Starts daemon and relay.
    async fn up(&self, ports: (u16, u16)) -> Result<String> {
        let (relay, phone) = (format!("127.0.0.1:{}", ports.0), format!("127.0.0.1:{}", ports.1));
        self.says(&["up", "--with-relay", "--relay-listen", &relay, "--phone-listen", &phone], "").await
    }

    async fn status(&self) -> Result<Value> {
        Ok(serde_json::from_str(&self.says(&["status", "--json"], "").await?)?)
    }

    fn data(&self) -> PathBuf {
        self.home.data().join("countersign")
    }
}

impl Drop for User {
    fn drop(&mut self) {
        if let Ok(program) = binary("countersign") {
            let _ = std::process::Command::new(program).arg("down").envs(self.home.environment()).output();
        }
    }
}

/// The command on a terminal.
struct Terminal(Process);

impl Terminal {
    /// Waits for a question and types an answer.
    async fn answer(&mut self, question: &str, answer: &str) -> Result<()> {
        self.0.wait_for_output(question, PATIENCE).await?;
        self.0.write(&format!("{answer}\n")).await
    }

    /// All that it showed, and how it ended.
    async fn end(mut self) -> Result<(String, Option<i32>)> {
        let status = self.0.wait(PATIENCE).await?;
        self.0.drain().await;
        Ok((self.0.stdout(), status.code()))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn asks_on_a_terminal_and_shows_no_secret() -> Result<()> {
    const PASSWORD: &str = "s3cret of the bank";
    let user = User::new()?;
    user.up((free_port()?, free_port()?)).await?;

    let mut terminal = user.on_terminal("unlock")?;
    terminal.answer("Choose a passphrase", PASSPHRASE).await?;
    terminal.answer("The same again:", "something else").await?;
    let (shown, code) = terminal.end().await?;
    assert!(shown.contains("The two are not the same.") && code == Some(1), "{code:?} {shown}");
    let mut terminal = user.on_terminal("unlock")?;
    terminal.answer("Choose a passphrase", PASSPHRASE).await?;
    terminal.answer("The same again:", PASSPHRASE).await?;
    let (shown, code) = terminal.end().await?;
    assert!(shown.contains("Your vault is set up and unlocked.") && code == Some(0), "{code:?} {shown}");
    assert!(!shown.contains(PASSPHRASE), "the passphrase is on the screen");

    let mut terminal = user.on_terminal("item add Bank --username ada --site https://bank.example")?;
    terminal.answer("Password:", PASSWORD).await?;
    let (shown, code) = terminal.end().await?;
    assert!(shown.contains("Added Bank") && code == Some(0), "{code:?} {shown}");
    assert!(!shown.contains(PASSWORD), "the password is on the screen");

    let mut terminal = user.on_terminal("item edit Bank --title Harbour --password")?;
    terminal.answer("Password:", "another one").await?;
    let (shown, code) = terminal.end().await?;
    assert!(shown.contains("Changed Harbour") && code == Some(0), "{code:?} {shown}");

    let mut terminal = user.on_terminal("item remove Harbour")?;
    terminal.answer("Remove Harbour? [y/N]", "n").await?;
    let (shown, code) = terminal.end().await?;
    assert!(shown.contains("Nothing was changed.") && code == Some(DECLINED), "{code:?} {shown}");
    assert!(user.says(&["item", "list"], "").await?.contains("Harbour  ada  https://bank.example"));
    let mut terminal = user.on_terminal("item remove Harbour")?;
    terminal.answer("Remove Harbour? [y/N]", "y").await?;
    let (shown, code) = terminal.end().await?;
    assert!(shown.contains("Removed Harbour.") && code == Some(0), "{code:?} {shown}");
    assert!(user.says(&["item", "list"], "").await?.contains("There are no items."));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn starts_locks_unlocks_and_stops() -> Result<()> {
    let user = User::new()?;
    let ports = (free_port()?, free_port()?);
    assert!(user.complains(&["status"], "").await?.contains("Start it with: countersign up"));

    let said = user.up(ports).await?;
    assert!(said.contains("The daemon is running.") && said.contains("Next: countersign unlock"), "{said}");
    assert!(said.contains("countersign up --without-relay"), "{said}");
    assert!(said.contains(&format!("The relay is running: http://localhost:{}", ports.0)), "{said}");
    assert!(said.contains(&format!("The phone app is at http://localhost:{}", ports.1)), "{said}");
    assert!(user.complains(&["unlock"], "short\n").await?.contains("That is too short."));
    user.says(&["unlock"], &format!("{PASSPHRASE}\n")).await?;
    let first = user.status().await?;
    user.up(ports).await?;
    assert_eq!(user.status().await?["pid"], first["pid"], "a second daemon was started");
    let status = user.says(&["status"], "").await?;
    assert!(
        status.contains("unlocked, 0 items") && status.contains(&format!("http://localhost:{}", ports.0)),
        "{status}"
    );

    user.says(&["item", "add", "Bank", "--username", "ada", "--site", "https://bank.example"], "s3cret\n").await?;
    scene("refusals", refuses_what_cannot_be(&user)).await?;
    user.says(&["lock"], "").await?;
    let status = user.says(&["status"], "").await?;
    assert!(status.contains("not connected while locked") && !status.contains("cannot be reached"), "{status}");
    assert!(user.complains(&["item", "list"], "").await?.contains("Unlock it with: countersign unlock"));
    assert!(user.complains(&["unlock"], "wrong, and long enough\n").await?.contains("not the right PIN or passphrase"));
    assert!(user.says(&["unlock"], &format!("{PASSPHRASE}\n")).await?.contains("Unlocked."));
    assert!(user.says(&["unlock"], "").await?.contains("It is unlocked already."));

    assert!(user.says(&["down"], "").await?.contains("Stopped."));
    assert!(user.complains(&["status"], "").await?.contains("The daemon is not running."));
    assert!(std::net::TcpStream::connect(("127.0.0.1", ports.0)).is_err(), "the relay still runs");
    assert!(user.says(&["down"], "").await?.contains("Nothing was running."));

    // What was kept is there the next time; so is the relay, where it was.
    let said = user.says(&["up"], "").await?;
    assert!(said.contains("Next: countersign unlock"), "{said}");
    assert!(said.contains(&format!("The relay is running: http://localhost:{}", ports.0)), "{said}");
    assert!(said.contains(&format!("The phone app is at http://localhost:{}", ports.1)), "{said}");
    assert!(std::net::TcpStream::connect(("127.0.0.1", ports.0)).is_ok(), "no relay runs");
    assert_eq!(user.status().await?["status"]["locked"], true);
    user.says(&["unlock"], &format!("{PASSPHRASE}\n")).await?;
    assert!(user.says(&["item", "list"], "").await?.contains("Bank  ada  https://bank.example  not sealed"));

    // Until it is told otherwise.
    assert!(user.says(&["up", "--without-relay"], "").await?.contains("The relay was ended"));
    assert!(std::net::TcpStream::connect(("127.0.0.1", ports.0)).is_err(), "the relay still runs");
    assert_eq!(user.status().await?["relay"], Value::Null);
    user.says(&["down"], "").await?;
    assert!(!user.says(&["up"], "").await?.contains("relay"), "the relay was started again");
    // Another relay takes its place, too; what cannot be one does not.
    user.up(ports).await?;
    for (typed, words) in [
        ("http://relay.example", "http://relay.example is neither encrypted nor on this computer."),
        ("nonsense", "nonsense is no address of a relay"),
    ] {
        let said = user.complains(&["up", "--relay", typed], "").await?;
        assert!(said.contains(words) && said.contains("https://"), "{said}");
        assert!(std::net::TcpStream::connect(("127.0.0.1", ports.0)).is_ok(), "one's own relay was ended");
        assert!(user.data().join("relay.json").is_file(), "one's own relay was forgotten");
        assert_eq!(user.status().await?["relay"], format!("http://localhost:{}", ports.0));
    }
    user.says(&["up", "--relay", "https://relay.example", "--phone", "https://phone.example"], "").await?;
    assert!(std::net::TcpStream::connect(("127.0.0.1", ports.0)).is_err(), "the relay still runs");
    assert_eq!(user.status().await?["relay"], "https://relay.example");
    Ok(())
}

/// What is mistyped, or says nothing, is refused in words of its own and changes nothing.
async fn refuses_what_cannot_be(user: &User) -> Result<()> {
    let card = ["4111 1111 1111 1112", "Ada Kern", "2029-08", "737"].join("\n");
    let said = user.complains(&["item", "add", "Card", "--kind", "card"], &card).await?;
    ensure!(said.contains("Check the number: a digit is wrong or missing."), "{said}");
    let said = user.complains(&["item", "add", "Card", "--kind", "card"], "4111111111111111\nAda\n13/29\n").await?;
    ensure!(said.contains("This is not when a card expires.") && said.contains("2029-08"), "{said}");
    let said = user.complains(&["item", "edit", "Bank"], "").await?;
    ensure!(said.contains("--title") && said.contains("--password"), "{said}");
    let said = user.complains(&["corrections", "--forget", "https://bank.example"], "").await?;
    ensure!(said.contains("Nothing is remembered of the fields of https://bank.example"), "{said}");
    ensure!(said.contains("countersign corrections") && !said.contains("item"), "{said}");
    let listed = user.says(&["item", "list"], "").await?;
    ensure!(listed.contains("Bank") && !listed.contains("Card"), "{listed}");
    let loud = user.program(binary("countersign")?).env("COUNTERSIGN_LOG", "loud");
    let said = loud.args(["up"]).output("", PATIENCE).await?;
    ensure!(said.status.code() == Some(0) && said.stderr.contains("COUNTERSIGN_LOG is no level"), "{said:?}");
    Ok(())
}

/// The vault is to be had without a relay, whatever keeps that from starting; and the remedies help.
#[tokio::test(flavor = "multi_thread")]
async fn goes_up_where_the_relay_does_not() -> Result<()> {
    let user = User::new()?;
    let taken = std::net::TcpListener::bind("127.0.0.1:0")?;
    let (address, phone) = (taken.local_addr()?.to_string(), format!("127.0.0.1:{}", free_port()?));
    let at = |address| ["up", "--with-relay", "--relay-listen", address, "--phone-listen", phone.as_str()];
    let said = user.complains(&at(&address), "").await?;
    assert!(said.contains(&format!("Your own relay did not start: cannot listen on {address}")), "{said}");
    assert!(said.contains("--relay-listen ADDRESS") && said.contains("countersign up --without-relay"), "{said}");
    assert_eq!(user.status().await?["relay"], Value::Null, "the daemon does not run");
    let elsewhere = format!("127.0.0.1:{}", free_port()?);
    assert!(user.says(&at(&elsewhere), "").await?.contains("The relay is running"));

    user.says(&["down"], "").await?;
    let store = user.data().join("relay/relay.db");
    fs::write(&store, "no store of a relay")?;
    let said = user.complains(&["up"], "").await?;
    assert!(said.contains("relay.db is damaged") && said.contains("a new one is made"), "{said}");
    assert_eq!(user.status().await?["set_up"], false, "the daemon does not run");
    let log = fs::read_to_string(user.data().join("relay.log"))?;
    assert!(log.contains("relay.db is damaged") && !log.contains('\u{1b}'), "{log}");
    assert_eq!(fs::read(&store)?, b"no store of a relay", "it was not left as it is");
    for file in fs::read_dir(user.data().join("relay"))? {
        fs::remove_file(file?.path())?;
    }
    assert!(user.says(&["up"], "").await?.contains("The relay is running"));
    Ok(())
}

/// A backup takes the place of a damaged vault, and of a sound one only when the user says so; nothing is stopped before that is settled.
#[tokio::test(flavor = "multi_thread")]
async fn restores_a_sound_vault_only_when_told_to() -> Result<()> {
    let user = User::new()?;
    let (vault, backup) = (user.data().join("vault.db"), user.data().join("vault-backup.db"));
    let said = user.complains(&["restore"], "").await?;
    assert!(said.contains("There is no vault in") && !user.data().exists(), "{said}");
    user.says(&["up"], "").await?;
    user.says(&["unlock"], &format!("{PASSPHRASE}\n")).await?;
    user.says(&["item", "add", "Bank"], "s3cret\n").await?;
    let running = user.status().await?;
    let said = user.complains(&["restore"], "").await?;
    assert!(said.contains("The vault is not damaged, and there is no backup") && !said.contains("Move"), "{said}");
    assert_eq!(user.status().await?["pid"], running["pid"], "the daemon was stopped for nothing");

    user.says(&["down"], "").await?;
    fs::copy(&vault, &backup)?;
    user.says(&["up"], "").await?;
    user.says(&["unlock"], &format!("{PASSPHRASE}\n")).await?;
    user.says(&["item", "add", "Harbour"], "s3cret\n").await?;
    let running = user.status().await?;
    for answer in ["", "n\n", "yes please\n"] {
        let said = user.run(&["restore"], answer).await?;
        assert!(said.status.code() == Some(DECLINED) && said.stdout.contains("Nothing was changed."), "{said:?}");
        assert!(said.stdout.contains("backup of less than an hour ago"), "{said:?}");
    }
    assert_eq!(user.status().await?["pid"], running["pid"], "the daemon was stopped for nothing");
    assert!(user.says(&["item", "list"], "").await?.contains("Harbour"), "a sound vault was replaced");
    let said = user.says(&["restore", "--yes"], "").await?;
    assert!(said.contains("vault-replaced-1.db") && !said.contains("damaged"), "{said}");
    user.says(&["up"], "").await?;
    user.says(&["unlock"], &format!("{PASSPHRASE}\n")).await?;
    let listed = user.says(&["item", "list"], "").await?;
    assert!(listed.contains("Bank") && !listed.contains("Harbour"), "{listed}");

    user.says(&["down"], "").await?;
    fs::write(&vault, "no vault")?;
    assert!(user.complains(&["up"], "").await?.contains("The vault's file is damaged."));
    assert!(user.says(&["restore"], "").await?.contains("vault-damaged-1.db"));
    fs::remove_file(&backup)?;
    fs::write(&vault, "no vault")?;
    user.complains(&["up"], "").await?;
    let said = user.complains(&["restore"], "").await?;
    assert!(said.contains("The vault is damaged, and there is no backup") && said.contains("set up anew"), "{said}");
    let said = user.complains(&["status"], "").await?;
    assert!(said.contains("The vault's file is damaged."), "the daemon was stopped for nothing: {said}");
    Ok(())
}

/// Where browsers keep their settings, below a home, and where below that they look for host manifests.
const BROWSERS: [(&str, &str, &str); 5] = [
    ("Chrome", ".config/google-chrome", "NativeMessagingHosts"),
    ("Chromium", ".config/chromium", "NativeMessagingHosts"),
    ("Edge", ".config/microsoft-edge", "NativeMessagingHosts"),
    ("Brave", ".config/BraveSoftware/Brave-Browser", "NativeMessagingHosts"),
    ("Firefox", ".mozilla", "native-messaging-hosts"),
];

/// The host manifests that are there, by browser.
fn registered(home: &Home) -> Result<Vec<(&'static str, Value)>> {
    let ids: Value = serde_json::from_str(&fs::read_to_string(tree().join("manifest/ids.json"))?)?;
    let name = format!("{}.json", ids["host"].as_str().context("no host name")?);
    let mut found = Vec::new();
    for (browser, settings, hosts) in BROWSERS {
        let path = home.path().join(settings).join(hosts).join(&name);
        if path.is_file() {
            found.push((browser, serde_json::from_str(&fs::read_to_string(path)?)?));
        }
    }
    Ok(found)
}

#[tokio::test(flavor = "multi_thread")]
async fn registers_the_host_with_the_browsers_of_this_user() -> Result<()> {
    let user = User::without_programs()?;
    let said = user.complains(&["install"], "").await?;
    assert!(said.contains("Start the browser once, then run this again."), "{said}");
    assert_eq!(registered(&user.home)?, []);

    for browsers in [&BROWSERS[3..], &BROWSERS[..]] {
        for (_, settings, _) in browsers {
            fs::create_dir_all(user.home.path().join(settings))?;
        }
        let said = user.says(&["install"], "").await?;
        for package in ["dist/chrome in Chrome", "dist/firefox in Firefox"] {
            assert!(said.contains(package), "what to load is not named: {said}");
        }
        let manifests = registered(&user.home)?;
        let names: Vec<&str> = manifests.iter().map(|(browser, _)| *browser).collect();
        assert_eq!(names, browsers.iter().map(|(browser, ..)| *browser).collect::<Vec<_>>());
        assert!(names.iter().all(|browser| said.contains(&format!("Registered with {browser}"))), "{said}");
        // Once more changes nothing.
        user.says(&["install"], "").await?;
        assert_eq!(registered(&user.home)?, manifests);
        for (browser, manifest) in manifests {
            let host = Path::new(manifest["path"].as_str().context("no path")?);
            assert_eq!(host.canonicalize()?, binary("countersign-native-host")?.canonicalize()?, "{browser}");
        }
    }

    let said = user.says(&["install", "--uninstall"], "").await?;
    assert!(BROWSERS.iter().all(|(browser, ..)| said.contains(&format!("Unregistered from {browser}"))), "{said}");
    assert!(!said.contains("Delete the vault"), "there is none: {said}");
    assert_eq!(registered(&user.home)?, []);
    assert!(!user.says(&["install", "--uninstall"], "").await?.contains("Unregistered"));
    Ok(())
}

/// Firefox has its profiles elsewhere since version 147, but looks for hosts where it did; what came in a sandbox can start none.
#[tokio::test(flavor = "multi_thread")]
async fn registers_where_browsers_look_and_says_where_none_can() -> Result<()> {
    let user = User::without_programs()?;
    for folder in [".config/mozilla/firefox", ".var/app/org.chromium.Chromium"] {
        fs::create_dir_all(user.home.path().join(folder))?;
    }
    let said = user.says(&["install"], "").await?;
    assert!(said.contains("Registered with Firefox") && !said.contains("Registered with Chromium"), "{said}");
    assert!(said.contains("Chromium is a Flatpak here"), "{said}");
    let found: Vec<_> = registered(&user.home)?.into_iter().map(|(browser, _)| browser).collect();
    assert_eq!(found, ["Firefox"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn deletes_the_vault_only_when_told_to() -> Result<()> {
    let user = User::new()?;
    user.up((free_port()?, free_port()?)).await?;
    user.says(&["unlock"], &format!("{PASSPHRASE}\n")).await?;
    user.says(&["item", "add", "Bank"], "s3cret\n").await?;

    for answer in ["", "y", "no"] {
        let mut terminal = user.on_terminal("install --uninstall")?;
        terminal.answer("anything else to keep it:", answer).await?;
        let (shown, _) = terminal.end().await?;
        assert!(shown.contains("Kept the vault in"), "{answer:?}: {shown}");
        assert!(user.says(&["item", "list"], "").await?.contains("Bank"));
    }
    let mut terminal = user.on_terminal("install --uninstall")?;
    terminal.answer("anything else to keep it:", "delete").await?;
    let (shown, code) = terminal.end().await?;
    assert!(shown.contains("Deleted") && code == Some(0), "{code:?} {shown}");
    assert!(!user.data().exists(), "something is left");
    assert!(user.complains(&["status"], "").await?.contains("The daemon is not running."), "it runs on nothing");
    Ok(())
}

/// What `install` writes is what browsers read: the extension, as stores get it, reaches the daemon, and can be paired.
async fn is_found_by(kind: Kind, profile: &str) -> Result<()> {
    let user = User::new()?;
    user.up((free_port()?, free_port()?)).await?;
    user.says(&["unlock"], &format!("{PASSPHRASE}\n")).await?;
    fs::create_dir_all(user.home.path().join(profile))?;
    user.says(&["install"], "").await?;
    let options = Options::default().extension(extension::archive(kind, &user.home)?).profile(profile);
    let browser = Browser::launch(kind, &user.home, options).await?;
    scene("manifest", extension::manifest_is_taken_as_written(&browser)).await?;
    let popup = browser.open(&browser.extension_url("popup.html")).await?;
    shows(&popup, "Pairing code").await?;
    browser.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_registered_host_is_found_and_the_manifest_taken_by_chromium() -> Result<()> {
    is_found_by(Kind::Chromium, ".config/chromium").await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_registered_host_is_found_and_the_manifest_taken_by_firefox() -> Result<()> {
    is_found_by(Kind::Firefox, ".mozilla/firefox/a.default").await
}

/// What the table and JSON show of a page is the same, read and laid out; without a browser it says so.
#[tokio::test(flavor = "multi_thread")]
async fn inspects_pages_in_a_browser() -> Result<()> {
    let user = User::new()?;
    let page = tree().join("tests/harness/pages/login.html").canonicalize()?.display().to_string();
    let read = user.says(&["inspect", "--json", &page], "").await?;
    let laid_out = user.says(&["inspect", "--json", "--browser", &page], "").await?;
    let labels = |line: &str| -> Result<Vec<Value>> {
        let found: Value = serde_json::from_str(line)?;
        Ok(found["fields"].as_array().context("no fields")?.iter().map(|field| field["label"].clone()).collect())
    };
    assert_eq!(labels(&read)?, ["username", "current-password"]);
    assert_eq!(labels(&laid_out)?, labels(&read)?);
    let said = user.run(&["inspect", "--browser", &page], "").await?;
    assert!(said.stdout.contains("current-password"), "{said:?}");
    let is_root = fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    assert_eq!(said.stderr.contains("without its sandbox"), is_root, "{said:?}");
    let said = user.run(&["inspect", &page], "").await?;
    assert!(said.stderr.is_empty(), "without a browser: {said:?}");
    let elsewhere = user.program(binary("countersign")?).env("COUNTERSIGN_CHROMIUM", "/nowhere");
    let said = elsewhere.args(["inspect", "--browser", &page]).output("", PATIENCE).await?;
    assert!(said.status.code() == Some(1) && said.stderr.contains("No Chromium was found"), "{said:?}");
    Ok(())
}
