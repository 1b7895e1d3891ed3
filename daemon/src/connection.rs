//! One connection to the daemon's socket, a browser's or the command line's, from its first packet to its last.

use crate::{browser::Browser, command::CommandLine, daemon::Daemon, fault::Result, notice::Notice};
use countersign_wire::{
    local::Fault,
    native::Packet,
    socket::{self, Receiver, Sender},
};
use std::sync::Arc;
use tokio::{sync::mpsc, task::JoinHandle};

/// Packets that were read and not yet dealt with: while it is full the other side has to wait.
const BACKLOG: usize = 8;

/// Who is at the other end.
enum Caller {
    Browser(Box<Browser>),
    CommandLine(CommandLine),
}

/// Serves one connection to its end. `early`: packets that were read before.
pub(crate) async fn serve(daemon: Arc<Daemon>, early: Vec<Packet>, receiver: Receiver, mut sender: Sender) {
    let (mut packets, reader) = read(early, receiver);
    let (peer, mut notices) = daemon.join().await;
    let mut caller = None;
    loop {
        let (outcome, goes_on) = tokio::select! {
            packet = packets.recv() => match packet {
                Some(Ok(packet)) => heed(&daemon, &mut caller, peer, packet, &mut sender).await,
                Some(Err(fault)) => (Err(fault), false),
                None => break,
            },
            notice = notices.recv() => match notice {
                Some(notice) => (pass_on(caller.as_mut(), notice, &mut sender).await, false),
                // It did not read what it was told.
                None => break,
            },
        };
        if let Err(fault) = outcome {
            let is_said = sender.send(&Packet::Fault(fault)).await.is_ok();
            if !(is_said && goes_on && fault.keeps_connection()) {
                break;
            }
        }
    }
    daemon.leave(peer).await;
    if let Some(Caller::Browser(browser)) = caller {
        browser.gone().await;
    }
    reader.abort();
}

/// Reads in a task of its own, because reading a frame must not be cut short.
fn read(early: Vec<Packet>, mut receiver: Receiver) -> (mpsc::Receiver<Result<Packet>>, JoinHandle<()>) {
    let (line, packets) = mpsc::channel(BACKLOG);
    let reader = tokio::spawn(async move {
        for packet in early {
            if line.send(Ok(packet)).await.is_err() {
                return;
            }
        }
        loop {
            let packet = match receiver.receive().await {
                Ok(Some(packet)) => Ok(packet),
                Ok(None) | Err(socket::Error::Io(_)) => return,
                Err(_) => Err(Fault::Malformed),
            };
            let is_last = packet.is_err();
            if line.send(packet).await.is_err() || is_last {
                return;
            }
        }
    });
    (packets, reader)
}

/// Deals with one packet. The second value: whether the connection may outlive a fault.
async fn heed(
    daemon: &Arc<Daemon>,
    caller: &mut Option<Caller>,
    peer: crate::notice::PeerId,
    packet: Packet,
    sender: &mut Sender,
) -> (Result<()>, bool) {
    match (caller.as_mut(), packet) {
        (None, Packet::Caller { extension }) => match Browser::new(Arc::clone(daemon), peer, extension) {
            Ok(browser) => {
                *caller = Some(Caller::Browser(Box::new(browser)));
                (Ok(()), true)
            }
            Err(fault) => (Err(fault), false),
        },
        (Some(Caller::Browser(browser)), packet) => (browser.heed(packet, sender).await, true),
        (None, packet @ Packet::Command { .. }) => {
            let mut command_line = CommandLine::new(Arc::clone(daemon), peer);
            let outcome = command_line.heed(packet, sender).await;
            *caller = Some(Caller::CommandLine(command_line));
            (outcome, false)
        }
        (Some(Caller::CommandLine(command_line)), packet) => (command_line.heed(packet, sender).await, false),
        (None, _) => (Err(Fault::Malformed), false),
    }
}

async fn pass_on(caller: Option<&mut Caller>, notice: Notice, sender: &mut Sender) -> Result<()> {
    match caller {
        Some(Caller::Browser(browser)) => browser.pass_on(notice, sender).await,
        Some(Caller::CommandLine(command_line)) => command_line.pass_on(notice, sender).await,
        None => Ok(()),
    }
}

/// Sends a packet; a connection that breaks ends by itself.
pub(crate) async fn send(sender: &mut Sender, packet: &Packet) -> Result<()> {
    sender.send(packet).await.map_err(|error| {
        tracing::debug!(%error, "cannot send");
        Fault::Internal
    })
}
