//! The native messaging host: a bridge between a browser's stdio and the daemon's local socket. It has no state and no secrets.
//!
//! The browser starts it and keeps it as long as its port is open. It outlives daemons: while there is none it says
//! [`Fault::NoDaemon`], and when one appears it asks `Who` in the extension's place (see [`countersign_wire::native`]).
//!
//! Frames are parsed both ways: only packets pass, and a browser cannot speak as the command line.

pub mod caller;
pub mod stdio;

use countersign_wire::{local::Fault, native::Packet, socket};
use std::{path::Path, time::Duration};
use stdio::{Incoming, Outgoing};

/// How often the host looks for a daemon that is not there.
const LOOK_INTERVAL: Duration = Duration::from_millis(500);

/// Why a bridge came down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The browser closed its port, or sent what is no packet.
    Browser,
    /// The daemon closed the connection.
    Daemon,
}

/// Bridges until the browser closes its port. `extension` is who the browser said had started the host.
pub async fn run(extension: String, daemon: &Path, mut incoming: Incoming, outgoing: Outgoing) {
    let mut announced = false;
    loop {
        let end = match socket::connect(daemon).await {
            Ok(connection) => {
                let asks = std::mem::take(&mut announced);
                bridge(&extension, asks, connection, &mut incoming, &outgoing).await
            }
            Err(_) if announced => wait(&mut incoming, &outgoing).await,
            Err(_) => End::Daemon,
        };
        if end == End::Browser {
            return;
        }
        if !announced {
            outgoing.send(&Packet::Fault(Fault::NoDaemon)).await;
            announced = true;
        }
    }
}

/// Answers every packet with "no daemon" until it is time to look again.
async fn wait(incoming: &mut Incoming, outgoing: &Outgoing) -> End {
    let look = tokio::time::sleep(LOOK_INTERVAL);
    tokio::pin!(look);
    loop {
        tokio::select! {
            packet = incoming.receive() => match packet {
                Some(_) => outgoing.send(&Packet::Fault(Fault::NoDaemon)).await,
                None => return End::Browser,
            },
            () = &mut look => return End::Daemon,
        }
    }
}

async fn bridge(
    extension: &str,
    asks: bool,
    (mut receiver, mut sender): (socket::Receiver, socket::Sender),
    incoming: &mut Incoming,
    outgoing: &Outgoing,
) -> End {
    let caller = Packet::Caller { extension: extension.to_owned() };
    if sender.send(&caller).await.is_err() || (asks && sender.send(&Packet::Who).await.is_err()) {
        return End::Daemon;
    }
    // Receiving is not cancel-safe, so the way back is a task of its own.
    let to_browser = outgoing.clone();
    let mut way_back = tokio::spawn(async move {
        while let Ok(Some(packet)) = receiver.receive().await {
            to_browser.send(&packet).await;
        }
    });
    let end = loop {
        tokio::select! {
            packet = incoming.receive() => match packet {
                Some(packet) => {
                    if sender.send(&packet).await.is_err() {
                        break End::Daemon;
                    }
                }
                None => break End::Browser,
            },
            _ = &mut way_back => return End::Daemon,
        }
    };
    way_back.abort();
    end
}
