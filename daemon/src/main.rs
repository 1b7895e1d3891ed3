//! `countersign-daemon`. Ends with 0 when told to stop, with 1 when it cannot start, with 2 on a wrong option, with 3 when another daemon runs.
//!
//! A store that cannot be opened does not end it: it stays, tells everybody why, and opens the store as soon as that can be done.

use clap::Parser as _;
use countersign_daemon::{
    daemon::{Daemon, StartError},
    door,
    options::Options,
    process,
    relay::SetupError,
    server, store,
    unlock::Keystore,
};
use countersign_seal::origin::Origin;
use countersign_wire::{
    local::Fault,
    log_file::{self, LogFile},
    socket::Listener,
};
use std::{error::Error, io, path::Path, process::ExitCode, sync::Mutex};
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
    let started = Daemon::start(&settings, keystore.clone()).await;
    start_log(LogFile::open(&settings.data_directory.join("daemon.log")).ok(), options.detach());
    if let Err(error) = hardened {
        tracing::warn!(%error, "the process is not hardened");
    }
    let path = options.socket()?;
    let (daemon, listener) = match started {
        Ok(daemon) => (daemon, listen(&path).await?),
        Err(error) => {
            let Some(fault) = error.fault() else { return Err(error.into()) };
            tracing::error!(%error, "the vault cannot be opened: whoever asks is told so");
            let listener = listen(&path).await?;
            let opened = door::stand_at(&listener, fault, async || Daemon::start(&settings, keystore.clone()).await);
            let daemon = tokio::select! {
                opened = opened => opened?,
                signal = process::told_to_end() => { signal?; None }
            };
            let Some(daemon) = daemon else { return Ok(()) };
            tracing::info!("the vault can be opened again");
            (daemon, listener)
        }
    };
    if let Some(relay) = options.relay() {
        use_relay(&daemon, relay).await?;
    }
    tracing::info!("ready");
    tokio::select! {
        () = server::serve(daemon.clone(), listener) => {}
        signal = process::told_to_end() => signal?,
    }
    daemon.farewell().await;
    tracing::info!("stopped");
    Ok(())
}

async fn listen(path: &Path) -> io::Result<Listener> {
    Listener::bind(path).await.map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => io::Error::new(error.kind(), "another daemon listens at this socket"),
        _ => error,
    })
}

/// Remembers the relay. That it cannot be remembered now keeps nobody from the vault.
async fn use_relay(daemon: &Daemon, relay: &Origin) -> Result<(), StartError> {
    match daemon.set_relay(Some(relay), None).await {
        Err(Fault::NotAllowed) => Err(StartError::Relay(SetupError::Insecure(relay.clone()))),
        Err(fault) => {
            tracing::error!(?fault, "the relay is not remembered");
            Ok(())
        }
        Ok(()) => Ok(()),
    }
}

fn is_in_use(error: &(dyn Error + 'static)) -> bool {
    let in_use = matches!(error.downcast_ref(), Some(StartError::Store(store::Error::InUse { .. })));
    in_use || error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::AddrInUse)
}

/// To standard error, unless nobody reads that, and to the file if there is one. Never a payload, never a site.
fn start_log(file: Option<LogFile>, detached: bool) {
    let log = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(log_file::filter())).with_ansi(false);
    // A line that cannot be written is lost. To complain of that on standard error would end the process where that cannot be written, either.
    let log = log.log_internal_errors(false);
    match file {
        // What it said before stands in `start.log`, which is not rotated.
        Some(file) if detached => log.with_writer(Mutex::new(file)).init(),
        Some(file) => log.with_writer(io::stderr.and(Mutex::new(file))).init(),
        None => log.with_writer(io::stderr).init(),
    }
}
