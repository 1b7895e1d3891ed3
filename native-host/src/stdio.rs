//! The browser's side: native messages on standard input and output, each side a thread of its own, since stdio blocks.

use countersign_wire::{
    local::Fault,
    native::{FRAME_LIMIT, Packet},
};
use std::{
    io::{Read, Write},
    thread::JoinHandle,
};
use tokio::sync::mpsc;

/// How many messages may wait in either direction; then the faster side waits.
const BACKLOG: usize = 16;

/// Packets from the browser.
#[derive(Debug)]
pub struct Incoming {
    packets: mpsc::Receiver<Packet>,
}

/// Packets to the browser; clones share the stream.
#[derive(Debug, Clone)]
pub struct Outgoing {
    packets: mpsc::Sender<Packet>,
}

/// Waits for the last packet to be written.
#[derive(Debug)]
pub struct Flush(JoinHandle<()>);

impl Incoming {
    /// The next packet; `None` when the browser closed its port or sent what is no packet (then it was told so).
    pub async fn receive(&mut self) -> Option<Packet> {
        self.packets.recv().await
    }
}

impl Outgoing {
    /// Sends a packet. That the browser is gone shows on the other side.
    pub async fn send(&self, packet: &Packet) {
        let _ = self.packets.send(packet.clone()).await;
    }
}

impl Flush {
    /// Blocks until all that was sent is written. Drop every [`Outgoing`] first.
    pub fn wait(self) {
        let _ = self.0.join();
    }
}

/// Starts both threads. The reading one may outlive everything: nothing can interrupt a blocked read.
pub fn open(input: impl Read + Send + 'static, output: impl Write + Send + 'static) -> (Incoming, Outgoing, Flush) {
    let (to_browser, sending) = mpsc::channel(BACKLOG);
    let (received, packets) = mpsc::channel(BACKLOG);
    let outgoing = Outgoing { packets: to_browser };
    let complain = outgoing.packets.clone().downgrade();
    std::thread::spawn(move || read(input, &received, &complain));
    let writer = std::thread::spawn(move || write(output, sending));
    (Incoming { packets }, outgoing, Flush(writer))
}

fn read(mut input: impl Read, received: &mpsc::Sender<Packet>, complain: &mpsc::WeakSender<Packet>) {
    loop {
        let packet = match native_messaging::host::decode_message_opt(&mut input, FRAME_LIMIT) {
            Ok(None) => return,
            Ok(Some(json)) => Packet::from_json(json.as_bytes()).filter(may_come_from_a_browser),
            // Too long, cut short, or no text.
            Err(_) => None,
        };
        let Some(packet) = packet else { return complain_to(complain) };
        if received.blocking_send(packet).is_err() {
            return;
        }
    }
}

fn complain_to(browser: &mpsc::WeakSender<Packet>) {
    if let Some(browser) = browser.upgrade() {
        let _ = browser.blocking_send(Packet::Fault(Fault::Malformed));
    }
}

/// A browser neither says who it is nor speaks as the command line.
const fn may_come_from_a_browser(packet: &Packet) -> bool {
    !matches!(packet, Packet::Caller { .. } | Packet::Command { .. } | Packet::Report { .. })
}

fn write(mut output: impl Write, mut sending: mpsc::Receiver<Packet>) {
    while let Some(packet) = sending.blocking_recv() {
        let Ok(frame) = native_messaging::encode_message(&packet) else { continue };
        if output.write_all(&frame).and_then(|()| output.flush()).is_err() {
            return;
        }
    }
}
