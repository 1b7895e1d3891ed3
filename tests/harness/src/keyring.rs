//! A private session bus with an unlocked keyring.

use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::{Home, PATIENCE, Process, Program};

/// A session bus that starts no service by itself: a second keyring, started because somebody asked before the first was ready, has no login collection.
const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
    "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

/// A D-Bus session bus of its own, with gnome-keyring on it as the Secret Service.
#[derive(Debug)]
pub struct Keyring {
    address: String,
    keyring: Process,
    _bus: Process,
}

impl Keyring {
    /// Starts bus and keyring in `home` and unlocks the login keyring with `password` (which makes it, the first time).
    ///
    /// # Errors
    /// If either cannot be started.
    pub async fn start(home: &Home, password: &str) -> Result<Self> {
        let config = home.path().join("bus.conf");
        std::fs::write(&config, BUS)?;
        let mut bus = Program::new("dbus-daemon")
            .args(["--nofork", "--nopidfile", "--print-address=1", "--config-file"])
            .arg(&config)
            .home(home)
            .spawn()?;
        let address = bus.wait_for_line("unix:", PATIENCE).await.context("no session bus")?;
        let keyring = start_keyring(home, &address, password).await?;
        Ok(Self { address, keyring, _bus: bus })
    }

    /// What programs that should find this keyring need in their environment.
    pub fn environment(&self) -> Vec<(String, String)> {
        vec![("DBUS_SESSION_BUS_ADDRESS".to_owned(), self.address.clone())]
    }

    /// Kills the keyring: from now on the bus has no Secret Service.
    ///
    /// # Errors
    /// If it cannot be waited for.
    pub async fn kill(&mut self) -> Result<()> {
        self.keyring.kill().await.map(drop)
    }
}

async fn start_keyring(home: &Home, address: &str, password: &str) -> Result<Process> {
    let mut keyring = Program::new("gnome-keyring-daemon")
        .args(["--foreground", "--unlock", "--components=secrets"])
        .home(home)
        .env("DBUS_SESSION_BUS_ADDRESS", address)
        .spawn()?;
    keyring.write(password).await?;
    keyring.close_input();
    wait_for_service(address).await?;
    Ok(keyring)
}

/// Waits until the Secret Service has its name on the bus and its default collection is unlocked.
async fn wait_for_service(address: &str) -> Result<()> {
    let program = Program::new("dbus-send")
        .args([
            "--session",
            "--print-reply",
            "--dest=org.freedesktop.secrets",
            "/org/freedesktop/secrets/aliases/default",
            "org.freedesktop.DBus.Properties.Get",
            "string:org.freedesktop.Secret.Collection",
            "string:Locked",
        ])
        .env("DBUS_SESSION_BUS_ADDRESS", address);
    let mut last = String::new();
    for _ in 0..100 {
        let output = program.output("", PATIENCE).await?;
        if output.stdout.contains("boolean false") {
            return Ok(());
        }
        last = output.stdout + &output.stderr;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    anyhow::bail!("the keyring is not unlocked: {last}")
}
