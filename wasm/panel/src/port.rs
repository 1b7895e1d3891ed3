//! The port to the worker. A worker dies at any time; the port is then opened anew, and what the user types next is not lost.

use crate::{
    screen::{Heard, Screen, screen},
    web_extension::{self, Port},
};
use countersign_wire::panel::{FromPanel, PanelKind, View};
use leptos::prelude::*;
use serde::Serialize as _;
use std::{cell::RefCell, time::Duration};
use wasm_bindgen::{JsValue, prelude::Closure};

/// The port's name.
const NAME: &str = "panel";
/// How long to wait before the first and the last of the attempts to reach a worker that has gone, in milliseconds.
const PATIENCE: (u64, u64) = (100, 5_000);

/// What is open now. Listeners live as long as their port.
struct Live {
    port: Port,
    _listeners: [Closure<dyn FnMut(JsValue)>; 2],
}

thread_local! {
    static LIVE: RefCell<Option<Live>> = const { RefCell::new(None) };
}

/// The page's end of the port.
#[derive(Clone, Copy)]
pub struct Worker {
    /// Which panel this is.
    pub kind: PanelKind,
    heard: RwSignal<Heard>,
    heard_at: RwSignal<f64>,
    patience: StoredValue<u64>,
}

impl Worker {
    /// Connects, and says what this panel is.
    #[must_use]
    pub fn open(kind: PanelKind) -> Self {
        let worker = Self {
            kind,
            heard: RwSignal::new(Heard::Nothing),
            heard_at: RwSignal::new(0.0),
            patience: StoredValue::new(PATIENCE.0),
        };
        worker.connect();
        worker
    }

    /// What the worker last said to show.
    #[must_use]
    pub fn heard(self) -> ReadSignal<Heard> {
        self.heard.read_only()
    }

    /// Which screen to show.
    #[must_use]
    pub fn screen(self) -> Memo<Screen> {
        Memo::new(move |_| self.heard.with(|heard| screen(self.kind, heard)))
    }

    /// A part of the view, or what stands for it while there is none.
    pub fn of<T: Send + Sync + PartialEq + 'static>(
        self,
        part: impl Fn(Option<&View>) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        Memo::new(move |_| self.heard.with(|heard| part(heard.view())))
    }

    /// Milliseconds since the worker last spoke.
    #[must_use]
    pub fn age(self) -> u64 {
        whole(now() - self.heard_at.get_untracked())
    }

    /// When the worker last spoke, to follow.
    pub fn track(self) {
        self.heard_at.track();
    }

    /// Tells the worker what the user did.
    pub fn send(self, message: &FromPanel) {
        if LIVE.with_borrow(Option::is_none) {
            self.connect();
        }
        post(message);
    }

    /// Forgets the port and opens another: the worker looks for the daemon again.
    pub fn retry(self) {
        if let Some(live) = LIVE.take() {
            live.port.disconnect();
        }
        self.heard.set(Heard::Nothing);
        self.connect();
    }

    fn connect(self) {
        let Some(port) = web_extension::connect(NAME) else { return self.connect_later() };
        let message = Closure::new(move |message| self.hear(message));
        let disconnected = Closure::new(move |_| {
            LIVE.take();
            self.connect_later();
        });
        port.on_message().add_listener(listener(&message));
        port.on_disconnect().add_listener(listener(&disconnected));
        LIVE.set(Some(Live { port, _listeners: [message, disconnected] }));
        post(&FromPanel::Open { kind: self.kind, ticket: ticket(self.kind) });
    }

    fn connect_later(self) {
        let patience = self.patience.get_value();
        self.patience.set_value((patience * 2).min(PATIENCE.1));
        set_timeout(
            move || {
                if LIVE.with_borrow(Option::is_none) {
                    self.connect();
                }
            },
            Duration::from_millis(patience),
        );
    }

    fn hear(self, message: JsValue) {
        self.patience.set_value(PATIENCE.0);
        self.heard_at.set(now());
        let heard =
            serde_wasm_bindgen::from_value(message).map_or(Heard::Gibberish, |view| Heard::View(Box::new(view)));
        self.heard.set(heard);
    }
}

fn listener(closure: &Closure<dyn FnMut(JsValue)>) -> &js_sys::Function {
    use wasm_bindgen::JsCast as _;
    closure.as_ref().unchecked_ref()
}

/// Ports carry JSON or structured clones, by browser and manifest: bytes go as arrays of numbers, which both carry.
fn post(message: &FromPanel) {
    let Ok(message) = message.serialize(&serde_wasm_bindgen::Serializer::json_compatible()) else { return };
    LIVE.with_borrow(|live| {
        if let Some(live) = live {
            // A port that closed meanwhile says so by its event.
            let _ = live.port.post_message(&message);
        }
    });
}

/// The ticket in the URL's fragment.
fn ticket(kind: PanelKind) -> Option<String> {
    let hash = window().location().hash().ok()?;
    matches!(kind, PanelKind::Chooser | PanelKind::Offer)
        .then(|| hash.trim_start_matches('#').to_owned())
        .filter(|ticket| !ticket.is_empty())
}

/// Milliseconds on a clock that never goes back.
#[must_use]
pub fn now() -> f64 {
    window().performance().map_or_else(js_sys::Date::now, |performance| performance.now())
}

/// Whole milliseconds; negative and absurd times are none.
#[must_use]
pub fn whole(millis: f64) -> u64 {
    Duration::try_from_secs_f64(millis / 1000.0)
        .map_or(0, |duration| u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_whole_and_never_negative() {
        assert_eq!(whole(1500.4), 1500);
        assert_eq!(whole(-3.0), 0);
        assert_eq!(whole(f64::NAN), 0);
    }
}
