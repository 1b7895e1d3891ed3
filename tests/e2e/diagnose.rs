//! What works, what does not, and what to do; and a bundle for bug reports in which nothing personal stands.

use anyhow::{Context as _, Result, ensure};
use countersign_harness::{PATIENCE, Program, binary, spine::PASSPHRASE};

use crate::rig::{PASSWORD, Rig, TITLE, USERNAME};

/// Plays on a rig with one login, and leaves it without its daemon.
pub(crate) async fn a_bundle_tells_nothing_of_its_owner(rig: &mut Rig) -> Result<()> {
    let (page, chooser) = rig.ask().await?;
    rig.approve_and_sign_in(&page, &chooser).await?;

    let file = rig.desk.home.path().join("bundle.txt");
    let file = file.to_str().context("a path")?;
    let diagnose =
        Program::new(binary("countersign")?).args(["status", "--diagnose", "--bundle", file]).home(&rig.desk.home);
    let said = diagnose.output("", PATIENCE).await?;
    // In this home no browser was told of the host by `countersign install`: the harness did that for its own profile.
    for line in ["ok    The relay is connected.", "ok    A phone countersigns.", "ok    A paired browser is connected."]
    {
        ensure!(said.stdout.contains(line), "{line}: {}", said.stdout);
    }
    let bundle = std::fs::read_to_string(file)?;
    ensure!(bundle.contains("works diagnose-phone") && bundle.contains("daemon.log"), "{bundle}");
    let site = rig.site.origin();
    let (_, host) = site.split_once("://").context("an origin")?;
    for personal in [PASSWORD, USERNAME, TITLE, PASSPHRASE, "Harbour", "lantern", host, "127.0.0.1"] {
        ensure!(!bundle.contains(personal), "{personal} is in it:\n{bundle}");
    }

    rig.desk.daemon.kill().await?;
    let said = diagnose.output("", PATIENCE).await?;
    ensure!(!said.status.success() && said.stdout.contains("FAIL  The daemon is not running."), "{}", said.stdout);
    ensure!(said.stdout.contains("countersign up"), "{}", said.stdout);
    Ok(())
}
