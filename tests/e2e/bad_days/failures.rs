//! What the user of each browser sees of a failure: words that say what happened and what to do, and nothing in the page. Once the cause is gone, both are filled
//! again, and nothing was lost.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use countersign_harness::{
    Frame, PATIENCE,
    spine::{PASSPHRASE, Phone, number, open_chooser, press, settle, shows},
};
use serde_json::json;
use tokio::try_join;

use super::{Seat, Waiting, approve_next};
use crate::{ground::Shaky, rig::value};

/// What happened, and what to do.
type Words = [&'static str; 2];

const NO_RELAY: Words = ["The relay cannot be reached", "Check this computer’s network, and ask again."];
const EXPIRED: Words = ["Nobody answered in time", "Have your phone at hand and ask again."];
const CLOCK: Words = ["This computer’s clock is wrong.", "Set its date and time, then try again. Nothing is lost."];
const DISK_FULL: Words = ["The disk is full: nothing can be saved.", "Make room, and try again."];
const READ_ONLY: Words =
    ["The vault can be read, but not written.", "Make its folder, or the disk that it is on, writable."];
const NEWER: Words = ["A newer version of Countersign wrote the vault.", "Update Countersign on this computer."];
const DAMAGED: Words = ["The vault’s file is damaged.", "Run countersign status to see what to do."];

const DAY_MILLIS: i64 = 24 * 3600 * 1000;
/// Where SQLite's header holds the version that the program gave the store (its file format, section 1.3), most significant byte first.
const USER_VERSION: usize = 60;

/// A desk, its phone, and a profile of each browser.
pub(super) struct House<'a> {
    pub(super) ground: Shaky,
    pub(super) phone: Phone,
    pub(super) seats: [&'a Seat; 2],
}

impl House<'_> {
    /// One failure after the other.
    pub(super) async fn shakes(mut self) -> Result<()> {
        self.relay_goes_and_comes().await.context("no relay")?;
        self.a_second_daemon_changes_nothing().await.context("two daemons")?;
        self.computer_sleeps().await.context("sleep")?;
        self.clock_is_a_day_off().await.context("clock")?;
        self.disk_is_full().await.context("full disk")?;
        self.disk_is_read_only().await.context("read-only disk")?;
        self.store_is_newer().await.context("newer store")?;
        self.store_is_damaged_and_restored().await.context("damaged store")
    }

    /// Whoever asks while the relay is away is told so; when it is back, asking again works, from where one was.
    async fn relay_goes_and_comes(&mut self) -> Result<()> {
        self.ground.desk.relay.kill().await?;
        self.ground.desk.wait_for_status("the relay is away", |status| status["status"]["relay"] == false).await?;
        let [one, other] = self.seats;
        let chosen = try_join!(one.choose(), other.choose())?;
        for (page, chooser) in [&chosen.0, &chosen.1] {
            self.says_and_fills_nothing(page, chooser, NO_RELAY).await?;
        }
        let said = self.diagnosis().await?;
        ensure!(said.contains("FAIL  The relay cannot be reached"), "{said}");

        self.ground.desk.relay.restart().await?;
        self.phone.page.evaluate("dispatchEvent(new Event('online'))").await?;
        settle().await;
        let mut waiting = Vec::new();
        for (seat, (page, chooser)) in self.seats.into_iter().zip([chosen.0, chosen.1]) {
            press(&chooser, "Ask again").await?;
            waiting.push(Waiting { seat, number: number(&chooser).await?, page, chooser });
        }
        self.approve(waiting).await
    }

    /// It says so and ends. Nobody at a browser sees any of it: what follows finds the first as it was.
    async fn a_second_daemon_changes_nothing(&self) -> Result<()> {
        let ended = self.ground.desk.program("countersign-daemon")?.arg("--no-keystore").output("", PATIENCE).await?;
        ensure!(ended.status.code() == Some(3), "the second daemon: {}", ended.status);
        ensure!(ended.stderr.contains("another daemon"), "{}", ended.stderr);
        Ok(())
    }

    /// What was asked before is over on wake.
    async fn computer_sleeps(&self) -> Result<()> {
        let [one, other] = self.seats;
        let asked = try_join!(one.ask(), other.ask())?;
        self.phone.title("Fill password?").await?;
        self.ground.clock.sleep(Duration::from_secs(3600));
        for Waiting { page, chooser, .. } in [asked.0, asked.1] {
            for words in EXPIRED {
                shows(&chooser, words).await?;
            }
            assert_eq!(value(&page).await?, "");
            page.close().await?;
        }
        self.works().await
    }

    /// Ahead, then back. Browsers and daemon have the same clock, as they do on a computer.
    async fn clock_is_a_day_off(&self) -> Result<()> {
        for off in [DAY_MILLIS, -DAY_MILLIS] {
            self.ground.clock.set_wall(off);
            self.refuses(CLOCK).await.with_context(|| format!("{off} ms off"))?;
        }
        self.ground.clock.set_wall(0);
        self.works().await
    }

    /// Where no file system may be mounted, the disk's own word says that this is skipped.
    async fn disk_is_full(&self) -> Result<()> {
        let Some(disk) = &self.ground.disk else { return Ok(()) };
        disk.fill();
        self.refuses(DISK_FULL).await?;
        disk.make_room();
        self.works().await
    }

    async fn disk_is_read_only(&mut self) -> Result<()> {
        if self.ground.disk.is_none() {
            return Ok(());
        }
        self.ground.desk.daemon.stop(PATIENCE).await?;
        self.remount("ro");
        self.ground.desk.daemon.restart().await?;
        self.is_shut(READ_ONLY).await?;
        // The daemon sees by itself that it may write again.
        self.remount("rw");
        self.opens().await
    }

    fn remount(&self, options: &str) {
        self.ground.disk.iter().for_each(|disk| disk.remount(options));
    }

    async fn store_is_newer(&mut self) -> Result<()> {
        let (vault, whole) = self.stopped_vault().await?;
        let mut newer = whole.clone();
        newer[USER_VERSION..][..4].copy_from_slice(&9999_u32.to_be_bytes());
        self.starts_shut(&vault, &newer, NEWER).await?;
        self.ground.desk.daemon.stop(PATIENCE).await?;
        std::fs::write(&vault, &whole)?;
        self.ground.desk.daemon.restart().await?;
        self.opens().await
    }

    /// The damaged file is kept, and a backup takes its place.
    async fn store_is_damaged_and_restored(&mut self) -> Result<()> {
        let (vault, whole) = self.stopped_vault().await?;
        // As the daemon's own copy, of this very moment.
        std::fs::write(vault.with_file_name("vault-backup.db"), &whole)?;
        let half = &whole[..whole.len() / 2];
        self.starts_shut(&vault, half, DAMAGED).await?;
        let refused = self.ground.desk.command(&["unlock"], PASSPHRASE).await.unwrap_err().to_string();
        ensure!(refused.contains("damaged") && refused.contains("countersign restore"), "{refused}");
        let said = self.diagnosis().await?;
        ensure!(said.contains("FAIL  The daemon runs, but cannot open the vault."), "{said}");

        let restored = self.ground.desk.command(&["restore"], "").await?;
        ensure!(restored.contains("vault-damaged-1.db"), "{restored}");
        let kept = std::fs::read(vault.with_file_name("vault-damaged-1.db"))?;
        ensure!(kept == half, "the damaged file was not kept");
        self.ground.desk.daemon.restart().await?;
        self.opens().await
    }

    /// Stops the daemon; its vault, and what is in that.
    async fn stopped_vault(&mut self) -> Result<(PathBuf, Vec<u8>)> {
        self.ground.desk.daemon.stop(PATIENCE).await?;
        let vault = self.ground.data().join("vault.db");
        let bytes = std::fs::read(&vault)?;
        Ok((vault, bytes))
    }

    /// Starts the daemon on a vault that it leaves alone.
    async fn starts_shut(&mut self, vault: &Path, bytes: &[u8], words: Words) -> Result<()> {
        std::fs::write(vault, bytes)?;
        self.ground.desk.daemon.restart().await?;
        self.is_shut(words).await?;
        ensure!(std::fs::read(vault)? == bytes, "the file was touched");
        Ok(())
    }

    /// The vault is open, and nobody is asked: popup and chooser say why, and nothing is filled.
    async fn refuses(&self, words: Words) -> Result<()> {
        let [one, other] = self.seats;
        let chosen = try_join!(one.choose(), other.choose())?;
        for (seat, (page, chooser)) in self.seats.into_iter().zip([chosen.0, chosen.1]) {
            self.says_and_fills_nothing(&page, &chooser, words).await.with_context(|| format!("in {}", seat.title))?;
            page.close().await?;
        }
        self.phone.title("Nothing to approve").await?;
        self.popups_say(words).await
    }

    async fn says_and_fills_nothing(&self, page: &Frame, chooser: &Frame, words: Words) -> Result<()> {
        for words in words {
            shows(chooser, words).await?;
        }
        ensure!(chooser.evaluate("!document.querySelector('.cs-number-digits')").await? == true, "a number is shown");
        assert_eq!(value(page).await?, "");
        Ok(())
    }

    /// The vault cannot be opened: that is all that popup and chooser say.
    async fn is_shut(&self, words: Words) -> Result<()> {
        self.popups_say(words).await?;
        for seat in self.seats {
            let page = seat.browser.open(&seat.site.url("/login")).await?;
            page.activate().await?;
            let chooser = open_chooser(&seat.browser, &page, "[name=password]").await?;
            self.says_and_fills_nothing(&page, &chooser, words).await.with_context(|| format!("in {}", seat.title))?;
            let items = chooser.evaluate("document.querySelectorAll('[data-key]').length").await?;
            ensure!(items == 0, "{} items are offered", items);
            page.close().await?;
        }
        Ok(())
    }

    async fn popups_say(&self, words: Words) -> Result<()> {
        for seat in self.seats {
            let popup = seat.browser.open(&seat.browser.extension_url("popup.html")).await?;
            for words in words {
                shows(&popup, words).await.with_context(|| format!("in {}’s popup", seat.title))?;
            }
            popup.close().await?;
        }
        Ok(())
    }

    /// The vault can be unlocked, and all works.
    async fn opens(&self) -> Result<()> {
        let desk = &self.ground.desk;
        desk.wait_for_status("the vault can be opened", |status| status["set_up"] == true).await?;
        desk.unlock().await?;
        desk.wait_for_status("the relay is there", |status| status["status"]["relay"] == true).await?;
        self.works().await
    }

    /// Both are filled, and nothing was lost.
    async fn works(&self) -> Result<()> {
        let [one, other] = self.seats;
        let (one, other) = try_join!(one.ask(), other.ask())?;
        self.approve(vec![one, other]).await
    }

    async fn approve(&self, mut waiting: Vec<Waiting<'_>>) -> Result<()> {
        while !waiting.is_empty() {
            approve_next(&self.phone, &mut waiting).await?;
        }
        let is_whole = |status: &serde_json::Value| {
            status["items"] == super::profiles().len()
                && status["not_sealed"] == 0
                && status["status"]["faults"] == json!([])
        };
        self.ground.desk.wait_for_status("nothing was lost, and nothing is wrong", is_whole).await
    }

    async fn diagnosis(&self) -> Result<String> {
        let output =
            self.ground.desk.program("countersign")?.args(["status", "--diagnose"]).output("", PATIENCE).await?;
        ensure!(!output.status.success(), "nothing fails: {}", output.stdout);
        Ok(output.stdout)
    }
}
