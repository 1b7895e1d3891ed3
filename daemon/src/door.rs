//! The local socket while the store cannot be opened: whoever asks is told why, and each question is a reason to try again.

use crate::{
    connection,
    daemon::{Daemon, StartError},
};
use countersign_wire::{
    control::{Command, Report},
    local::Fault,
    native::{Packet, from_data, to_data},
    socket::{Listener, Receiver, Sender},
};
use futures_util::{StreamExt as _, stream::FuturesUnordered};
use std::{sync::Arc, time::Duration};
use tokio::{sync::Mutex, time::Instant};

/// The store is not tried more often than this.
const RETRY: Duration = Duration::from_millis(500);
/// The most connections at a time.
const LIMIT: usize = 64;

/// How a connection ended.
enum End {
    Gone,
    /// The daemon is told to stop.
    Stopped,
    /// The store opened: the connection goes on with the daemon.
    Opened(Arc<Daemon>, Vec<Packet>, Receiver, Sender),
    /// It cannot be opened, and that will not pass.
    Failed(StartError),
}

/// What the store was last found to be.
struct Door<F> {
    open: F,
    found: Mutex<(Fault, Instant)>,
}

impl<F: AsyncFn() -> Result<Arc<Daemon>, StartError>> Door<F> {
    /// Tries, unless that was tried just now.
    async fn knock(&self) -> Result<Arc<Daemon>, Result<Fault, StartError>> {
        let mut found = self.found.lock().await;
        if found.1.elapsed() < RETRY {
            return Err(Ok(found.0));
        }
        match (self.open)().await {
            Ok(daemon) => Ok(daemon),
            Err(error) => match error.fault() {
                Some(fault) => {
                    *found = (fault, Instant::now());
                    Err(Ok(fault))
                }
                None => Err(Err(error)),
            },
        }
    }

    /// Serves one connection until it ends or the store opens.
    async fn attend(&self, mut receiver: Receiver, mut sender: Sender) -> End {
        let mut caller = Vec::new();
        while let Ok(Some(packet)) = receiver.receive().await {
            if is_stop(&packet) {
                if let Ok(data) = to_data(&Report::Done) {
                    let _ = sender.send(&Packet::Report { data }).await;
                }
                return End::Stopped;
            }
            // The native messaging host says who calls, and waits for no answer.
            if matches!(packet, Packet::Caller { .. }) && caller.is_empty() {
                caller.push(packet);
                continue;
            }
            match self.knock().await {
                Ok(daemon) => {
                    caller.push(packet);
                    return End::Opened(daemon, caller, receiver, sender);
                }
                Err(Ok(fault)) => {
                    if sender.send(&Packet::Fault(fault)).await.is_err() {
                        return End::Gone;
                    }
                }
                Err(Err(error)) => return End::Failed(error),
            }
        }
        End::Gone
    }
}

fn is_stop(packet: &Packet) -> bool {
    let Packet::Command { data } = packet else { return false };
    matches!(from_data(data, "command"), Ok(Command::Stop))
}

/// Answers everybody with why the store cannot be opened, and tries again; returns once it could be, or `None` when told to stop.
///
/// # Errors
/// What `open` fails with, if that will not pass.
pub async fn stand_at(
    listener: &Listener,
    fault: Fault,
    open: impl AsyncFn() -> Result<Arc<Daemon>, StartError>,
) -> Result<Option<Arc<Daemon>>, StartError> {
    let door = Door { open, found: Mutex::new((fault, Instant::now())) };
    let mut connections = FuturesUnordered::new();
    loop {
        let end = tokio::select! {
            accepted = listener.accept(), if connections.len() < LIMIT => {
                match accepted {
                    Ok((receiver, sender)) => connections.push(door.attend(receiver, sender)),
                    // Out of file descriptors, perhaps: do not spin.
                    Err(_) => tokio::time::sleep(RETRY).await,
                }
                continue;
            }
            Some(end) = connections.next() => end,
        };
        match end {
            End::Gone => {}
            End::Stopped => return Ok(None),
            End::Failed(error) => return Err(error),
            End::Opened(daemon, early, receiver, sender) => {
                tokio::spawn(connection::serve(Arc::clone(&daemon), early, receiver, sender));
                return Ok(Some(daemon));
            }
        }
    }
}
