//! A relay behind TLS: its certificate must be signed by an authority that the daemon trusts.

use crate::desk::{Desk, Relay};
use std::{path::PathBuf, time::Duration};
use tempfile::TempDir;

/// A certificate for `localhost` and its key, on disk.
struct Files {
    directory: TempDir,
}

impl Files {
    fn make() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(directory.path().join("cert.pem"), made.cert.pem()).unwrap();
        std::fs::write(directory.path().join("key.pem"), made.signing_key.serialize_pem()).unwrap();
        Self { directory }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    async fn relay(&self) -> Relay {
        let (certificate, key) = (self.path("cert.pem"), self.path("key.pem"));
        let relay =
            Relay::start_with(&["--tls-cert", certificate.to_str().unwrap(), "--tls-key", key.to_str().unwrap()]).await;
        assert!(relay.api.starts_with("https://localhost:"));
        relay
    }
}

#[tokio::test]
async fn a_relay_of_ones_own_authority_is_reached_when_the_daemon_is_told_of_it() {
    let files = Files::make();
    let relay = files.relay().await;
    let desk = Desk::start_with(&relay, &["--extra-ca", files.path("cert.pem").to_str().unwrap()]).await;
    desk.wait_for(|status| status.status.relay == Some(true)).await;
}

#[tokio::test]
async fn a_relay_of_an_unknown_authority_is_not() {
    let (files, others) = (Files::make(), Files::make());
    let relay = files.relay().await;
    for more in [vec![], vec!["--extra-ca", others.path("cert.pem").to_str().unwrap()]] {
        let desk = Desk::start_with(&relay, &more).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        let status = desk.status(countersign_wire::control::Command::Status).await;
        assert_eq!(status.status.relay, Some(false));
    }
}
