//! Listens on the socket.

use crate::{connection, daemon::Daemon};
use countersign_wire::socket::Listener;
use std::{sync::Arc, time::Duration};
use tokio::sync::Semaphore;

/// The most connections at a time.
const LIMIT: usize = 64;

/// Serves connections until the daemon is told to stop.
pub async fn serve(daemon: Arc<Daemon>, listener: Listener) {
    let places = Arc::new(Semaphore::new(LIMIT));
    tokio::select! {
        () = accept(&daemon, &listener, &places) => {}
        () = daemon.stopped() => {}
    }
}

async fn accept(daemon: &Arc<Daemon>, listener: &Listener, places: &Arc<Semaphore>) {
    loop {
        let Ok(place) = Arc::clone(places).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((receiver, sender)) => {
                let daemon = Arc::clone(daemon);
                tokio::spawn(async move {
                    connection::serve(daemon, Vec::new(), receiver, sender).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "cannot accept");
                // Out of file descriptors, perhaps: do not spin.
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}
