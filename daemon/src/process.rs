//! What the daemon asks of the operating system for its own process.

use std::io;

/// Leaves the terminal's session, so that closing the terminal does not end the daemon. Does nothing where the caller leads its process group already.
#[cfg(unix)]
pub fn detach() {
    let _ = rustix::process::setsid();
}

/// Nothing to leave here.
#[cfg(windows)]
pub fn detach() {}

/// Returns when the process is told to end: SIGTERM, SIGINT, SIGHUP, or Ctrl-C.
///
/// # Errors
/// If signals cannot be listened for.
#[cfg(unix)]
pub async fn told_to_end() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
        _ = hangup.recv() => {}
    }
    Ok(())
}

/// Returns when the process is told to end: Ctrl-C.
///
/// # Errors
/// If signals cannot be listened for.
#[cfg(windows)]
pub async fn told_to_end() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}
