//! The command line of `countersign-relay`.

use std::{net::SocketAddr, path::PathBuf};

/// Carries sealed messages between your devices.
#[derive(Debug, Clone, clap::Parser)]
#[command(name = "countersign-relay", version)]
pub struct Options {
    /// Where the API listens.
    #[arg(long, default_value = "127.0.0.1:7780")]
    pub listen: SocketAddr,
    /// Where the phone app is served, if --phone-dir is given.
    #[arg(long, default_value = "127.0.0.1:7781")]
    pub phone_listen: SocketAddr,
    /// Where the console is served, if --console-dir is given.
    #[arg(long, default_value = "127.0.0.1:7782")]
    pub console_listen: SocketAddr,
    /// The API's origin as devices reach it, behind a reverse proxy. Default: from --listen.
    #[arg(long)]
    pub origin: Option<String>,
    /// The phone app's origin as phones reach it, behind a reverse proxy or on another host. Default: from --phone-listen.
    #[arg(long)]
    pub phone_origin: Option<String>,
    /// The console's origin. Default: from --console-listen.
    #[arg(long)]
    pub console_origin: Option<String>,
    /// The phone app's static files. Without them the phone app must be hosted elsewhere.
    #[arg(long)]
    pub phone_dir: Option<PathBuf>,
    /// The console's static files.
    #[arg(long)]
    pub console_dir: Option<PathBuf>,
    /// Where the store is kept. Default: countersign-relay in the user's data directory.
    #[arg(long)]
    pub data_dir: Option<PathBuf>,
    /// The log's file; another begins when it is full, and three are kept. Default: standard error.
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// PEM certificate chain: serve TLS.
    #[arg(long, requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// PEM private key of the certificate.
    #[arg(long, requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
}

impl Options {
    /// The data directory: as given, or `countersign-relay` under `$XDG_DATA_HOME` or `$HOME/.local/share`.
    #[must_use]
    pub fn data_directory(&self) -> PathBuf {
        let user_data = || {
            std::env::var_os("XDG_DATA_HOME").map_or_else(
                || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".local/share"),
                PathBuf::from,
            )
        };
        self.data_dir.clone().unwrap_or_else(|| user_data().join("countersign-relay"))
    }
}
