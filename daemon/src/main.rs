//! `countersign-daemon`. Ends with 0 when told to stop, with 1 when it cannot start, with 2 on a wrong option, with 3 when another daemon runs.

use clap::Parser as _;
use countersign_daemon::{
    daemon::{Daemon, StartError},
    log_file::LogFile,
    options::Options,
    process, server, store,
    unlock::Keystore,
};
use countersign_wire::socket::Listener;
use std::{error::Error, io, process::ExitCode, sync::Mutex};
use tracing_subscriber::{EnvFilter, fmt::writer::MakeWriterExt as _};

const FAILED: u8 = 1;
const RUNS_ALREADY: u8 = 3;

fn main() -> ExitCode {
    let options = Options::parse();
    let hardened = countersign_wire::process::harden();
    if options.detach() {
        process::detach();
    }
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Box::from)
        .and_then(|runtime| runtime.block_on(run(&options, hardened)));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "the daemon ends");
            ExitCode::from(if is_in_use(&*error) { RUNS_ALREADY } else { FAILED })
        }
    }
}

async fn run(options: &Options, hardened: io::Result<()>) -> Result<(), Box<dyn Error>> {
    let settings = options.settings()?;
    let keystore = if options.no_keystore() { Keystore::absent() } else { Keystore::system() };
    // The store makes its directory, and the log file stands in it.
    let started = Daemon::start(&settings, keystore).await;
    start_log(LogFile::open(&settings.data_directory).ok(), options.detach());
    if let Err(error) = hardened {
        tracing::warn!(%error, "the process is not hardened");
    }
    let daemon = started?;
    if let Some(relay) = options.relay() {
        daemon.set_relay(Some(relay), None).await.map_err(|_| StartError::Relay(insecure(relay)))?;
    }
    let path = options.socket()?;
    let listener = Listener::bind(&path).await?;
    tracing::info!("ready");
    tokio::select! {
        () = server::serve(daemon.clone(), listener) => {}
        signal = process::told_to_end() => signal?,
    }
    daemon.farewell().await;
    tracing::info!("stopped");
    Ok(())
}

fn insecure(relay: &countersign_seal::origin::Origin) -> countersign_daemon::relay::SetupError {
    countersign_daemon::relay::SetupError::Insecure(relay.clone())
}

fn is_in_use(error: &(dyn Error + 'static)) -> bool {
    let in_use = matches!(error.downcast_ref(), Some(StartError::Store(store::Error::InUse { .. })));
    in_use || error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::AddrInUse)
}

/// To standard error, unless nobody reads that, and to the file if there is one. Never a payload, never a site.
fn start_log(file: Option<LogFile>, detached: bool) {
    let filter = EnvFilter::try_from_env("COUNTERSIGN_LOG").unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false);
    match file {
        // What it said before stands in `start.log`, which is not rotated.
        Some(file) if detached => log.with_writer(Mutex::new(file)).init(),
        Some(file) => log.with_writer(io::stderr.and(Mutex::new(file))).init(),
        None => log.with_writer(io::stderr).init(),
    }
}
