//! The relay.

use anyhow::{Context as _, Result};

use crate::{Home, PATIENCE, Process, Program, binary, free_port, tree};

/// A relay that serves the phone app, on ports of its own.
#[derive(Debug)]
pub struct Relay {
    /// The relay itself.
    pub process: Process,
    /// Its API's origin.
    pub api: String,
    /// The phone app's origin.
    pub phone_origin: String,
}

impl Relay {
    /// Starts one in `home`.
    ///
    /// # Errors
    /// If it does not start.
    pub async fn start(home: &Home) -> Result<Self> {
        // Fixed ports, so that a restarted relay is the same origin.
        let (api, phone) = (free_port()?, free_port()?);
        let mut process = Program::new(binary("countersign-relay")?)
            .args(["--listen", &format!("127.0.0.1:{api}"), "--phone-listen", &format!("127.0.0.1:{phone}")])
            .arg("--phone-dir")
            .arg(tree().join("dist/phone"))
            .home(home)
            .spawn()?;
        let ready: serde_json::Value = serde_json::from_str(&process.wait_for_line("{", PATIENCE).await?)?;
        let origin = |name: &str| ready[name].as_str().map(str::to_owned).context("the relay does not say where it is");
        Ok(Self { api: origin("api")?, phone_origin: origin("phone")?, process })
    }
}
