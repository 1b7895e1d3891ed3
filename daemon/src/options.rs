//! The daemon's command line and environment.

use crate::daemon::Settings;
use countersign_seal::origin::Origin;
use std::{io, path::PathBuf};

/// Holds the vault on this computer and asks the phone.
#[derive(Debug, clap::Parser)]
#[command(name = "countersign-daemon", version)]
pub struct Options {
    /// Where the vault is kept
    #[arg(long, env = "COUNTERSIGN_DATA_DIR", value_name = "DIRECTORY")]
    data_dir: Option<PathBuf>,
    /// The local socket
    #[arg(long, env = "COUNTERSIGN_SOCKET", value_name = "PATH")]
    socket: Option<PathBuf>,
    /// The relay's API origin, such as <https://relay.example>; remembered
    #[arg(long, env = "COUNTERSIGN_RELAY", value_name = "ORIGIN", value_parser = parse_origin)]
    relay: Option<Origin>,
    /// Where the phone app is served: links for phones begin with it
    #[arg(long, env = "COUNTERSIGN_PHONE", value_name = "ORIGIN", value_parser = parse_origin)]
    phone: Option<Origin>,
    /// A PEM file with certificate authorities to trust beside the web's
    #[arg(long, env = "COUNTERSIGN_EXTRA_CA", value_name = "FILE")]
    extra_ca: Option<PathBuf>,
    /// Use no keystore: set-up asks for a passphrase
    #[arg(long, env = "COUNTERSIGN_NO_KEYSTORE")]
    no_keystore: bool,
    /// Leave the terminal's session
    #[arg(long)]
    detach: bool,
}

fn parse_origin(text: &str) -> Result<Origin, countersign_seal::Error> {
    Origin::parse(text.trim_end_matches('/'))
}

impl Options {
    /// Where things are.
    ///
    /// # Errors
    /// If no data directory is given and the user has no home.
    pub fn settings(&self) -> io::Result<Settings> {
        let data_directory = match &self.data_dir {
            Some(directory) => directory.clone(),
            None => default_data_directory()?,
        };
        Ok(Settings { data_directory, phone_origin: self.phone.clone(), extra_ca: self.extra_ca.clone() })
    }

    /// The local socket.
    ///
    /// # Errors
    /// If none is given and the user has no home.
    pub fn socket(&self) -> io::Result<PathBuf> {
        self.socket.clone().map_or_else(countersign_wire::socket::path, Ok)
    }

    /// The relay to use from now on, if given.
    #[must_use]
    pub const fn relay(&self) -> Option<&Origin> {
        self.relay.as_ref()
    }

    /// Whether to leave the terminal's session.
    #[must_use]
    pub const fn detach(&self) -> bool {
        self.detach
    }

    /// Whether to do without the system's keystore.
    #[must_use]
    pub const fn no_keystore(&self) -> bool {
        self.no_keystore
    }
}

/// `countersign` in the user's data directory.
///
/// # Errors
/// If the user has no home.
pub fn default_data_directory() -> io::Result<PathBuf> {
    use etcetera::BaseStrategy as _;
    let base = etcetera::choose_base_strategy()
        .map_err(|_| io::Error::new(io::ErrorKind::NotFound, "this user has no home directory"))?;
    Ok(base.data_dir().join("countersign"))
}
