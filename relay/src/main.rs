//! `countersign-relay`: see [`countersign_relay`].

use clap::Parser;
use countersign_relay::{Error, Result, options::Options, serve::Server};
use countersign_wire::log_file::{self, LogFile};
use std::{
    io::{self, Write},
    process::ExitCode,
    sync::Mutex,
};
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let options = Options::parse();
    let outcome = match start_log(&options) {
        Ok(()) => run(&options).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            if options.log.is_some() {
                // Whoever started it is told, too.
                let _ = writeln!(io::stderr(), "{error}");
            }
            ExitCode::FAILURE
        }
    }
}

/// Into the file that is named, or to standard error.
fn start_log(options: &Options) -> Result<()> {
    let log = tracing_subscriber::fmt().with_env_filter(EnvFilter::new(log_file::filter())).with_ansi(false);
    // To complain of a line that cannot be written, where it cannot be written, would end the process.
    let log = log.log_internal_errors(false);
    match &options.log {
        Some(path) => {
            let file = LogFile::open(path).map_err(|error| Error::Log(path.clone(), error))?;
            log.with_writer(Mutex::new(file)).init();
        }
        None => log.with_writer(io::stderr).init(),
    }
    Ok(())
}

async fn run(options: &Options) -> Result<()> {
    let server = Server::start(options).await?;
    let ready = serde_json::to_string(server.ready()).map_err(std::io::Error::other)?;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{ready}")?;
    stdout.flush()?;
    server.run(stop_signal()).await
}

/// Ends by Ctrl-C or, on Unix, SIGTERM.
async fn stop_signal() {
    let interrupt = tokio::signal::ctrl_c();
    #[cfg(unix)]
    if let Ok(mut terminate) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            _ = interrupt => {}
            _ = terminate.recv() => {}
        }
        return;
    }
    let _ = interrupt.await;
}
