//! One WebSocket at a time; its events become inputs that carry the connection's number.

use futures_channel::mpsc::UnboundedSender;
use js_sys::{ArrayBuffer, Uint8Array};
use wasm_bindgen::{JsCast as _, closure::Closure};
use web_sys::{BinaryType, Event, MessageEvent, WebSocket};

use crate::app::Input;

/// An open or opening WebSocket. Its handlers live as long as it does.
pub(super) struct Socket {
    socket: WebSocket,
    _open: Closure<dyn FnMut(Event)>,
    _message: Closure<dyn FnMut(MessageEvent)>,
    _close: Closure<dyn FnMut(Event)>,
}

impl Socket {
    /// Begins to connect; `None` if the URL is refused.
    pub(super) fn open(connection: u32, url: &str, inputs: &UnboundedSender<Input>) -> Option<Self> {
        let socket = WebSocket::new(url).ok()?;
        socket.set_binary_type(BinaryType::Arraybuffer);
        let tell = |input: fn(u32) -> Input| {
            let inputs = inputs.clone();
            // The receiver lives as long as the page.
            Closure::<dyn FnMut(Event)>::new(move |_| drop(inputs.unbounded_send(input(connection))))
        };
        let (open, close) = (tell(Input::Opened), tell(Input::Closed));
        let inputs = inputs.clone();
        let message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let bytes = event.data().dyn_into::<ArrayBuffer>().map(|buffer| Uint8Array::new(&buffer).to_vec());
            // Text is nothing that the relay sends: an empty message is refused as garbled.
            let _ = inputs.unbounded_send(Input::Received(connection, bytes.unwrap_or_default()));
        });
        socket.set_onopen(Some(open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(close.as_ref().unchecked_ref()));
        Some(Self { socket, _open: open, _message: message, _close: close })
    }

    /// Sends one binary message. A connection that cannot send is about to close, which is an input of its own.
    pub(super) fn send(&self, bytes: &[u8]) {
        let _ = self.socket.send_with_u8_array(bytes);
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        let _ = self.socket.close();
    }
}
