//! A thief's own program against a real data directory, the real keystore's secret and the right PIN.

use anyhow::{Result, ensure};
use countersign_harness::{
    Kind, Output, PATIENCE, Program, binary,
    spine::{DESKTOP_PIN, Desk, Unlock},
};
use tempfile::TempDir;

const PASSWORD: &str = "lantern & Quayside <1843>";

/// Runs the thief's program on a copy of the desk's data.
async fn steal(desk: &Desk, environment: Vec<(String, String)>, pin: &str) -> Result<Output> {
    let copy = TempDir::new()?;
    for entry in std::fs::read_dir(desk.home.data().join("countersign"))? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            std::fs::copy(entry.path(), copy.path().join(entry.file_name()))?;
        }
    }
    let directory = copy.path().display().to_string();
    let thief = Program::new(binary("examples/thief")?).arg(&directory).home(&desk.home).envs(environment);
    thief.output(&format!("{pin}\n"), PATIENCE).await
}

#[tokio::test(flavor = "multi_thread")]
async fn disk_keystore_and_pin_open_nothing_that_the_phone_has_sealed() -> Result<()> {
    let desk = Desk::start(Unlock::Pin).await?;
    let keystore = || desk.keyring.as_ref().map(countersign_harness::Keyring::environment).unwrap_or_default();
    desk.add_login("Harbour Library", "ada", PASSWORD, "https://library.example").await?;

    // Before there is a phone, PIN and keystore are all that guards it; each of them alone opens nothing.
    let opened = steal(&desk, keystore(), DESKTOP_PIN).await?.success()?;
    ensure!(opened.contains(&format!("opened\tHarbour Library\tPassword\t{PASSWORD}")), "{opened}");
    ensure!(steal(&desk, keystore(), "141421").await?.success().is_err(), "a wrong PIN opened the store");
    ensure!(
        steal(&desk, Vec::new(), DESKTOP_PIN).await?.success().is_err(),
        "a PIN without its keystore opened the store"
    );

    let _phone = desk.phone(Kind::Chromium).await?;
    desk.wait_for_status("every field is sealed", |status| status["not_sealed"] == 0).await?;
    desk.add_login("Second", "ada", PASSWORD, "https://second.example").await?;
    let tried = steal(&desk, keystore(), DESKTOP_PIN).await?.success()?;
    ensure!(tried.lines().count() == 2 && tried.lines().all(|line| line.starts_with("shut\t")), "{tried}");
    ensure!(!tried.contains(PASSWORD), "{tried}");
    Ok(())
}
