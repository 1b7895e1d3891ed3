//! Feeds the machine one input after the other and does what it says.

use std::time::Duration;

use countersign_seal::id::UnixMillis;
use futures_channel::mpsc::{self, UnboundedReceiver, UnboundedSender};
use futures_util::StreamExt as _;
use leptos::prelude::*;
use wasm_bindgen::{JsCast as _, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Document, Event, EventTarget, Window};

use super::{
    keys::{Browser, StartFault},
    socket::Socket,
};
use crate::{
    app::{App, Effect, Input},
    record::Records,
    screen::Screen,
    text::text,
    view::{Hand, Phone, ending::Broken},
};

/// How often the machine is told that time passes.
const TICK: Duration = Duration::from_millis(500);
/// Long enough for a frame that says "one moment".
const PAINT: Duration = Duration::from_millis(40);
/// Touches closer together than this count as one.
const USE_MILLIS: u64 = 5_000;

/// Runs the app as long as the page lives.
pub(super) async fn run() {
    let link = take_fragment();
    let (inputs, received) = mpsc::unbounded();
    let app = match open().await {
        Ok(app) => app,
        Err(fault) => {
            clear_body();
            return mount_to_body(move || view! { <Broken fault=fault /> });
        }
    };
    let hand = Hand {
        view: ArcRwSignal::new(app.view(now())),
        busy: ArcRwSignal::new(false),
        now: ArcRwSignal::new(now()),
        inputs: inputs.clone(),
    };
    let shown = hand.clone();
    clear_body();
    mount_to_body(move || view! { <Phone hand=shown /> });
    listen(&inputs);
    let _ = inputs.unbounded_send(Input::Started);
    if let Some(link) = link {
        let _ = inputs.unbounded_send(Input::LinkOpened(link));
    }
    drive(app, hand, received).await;
}

async fn open() -> Result<App<Browser>, StartFault> {
    let (browser, records): (Browser, Records) = Browser::open().await?;
    App::new(browser, records, now()).map_err(|_| StartFault::Records)
}

async fn drive(mut app: App<Browser>, hand: Hand, mut received: UnboundedReceiver<Input>) {
    let mut socket: Option<Socket> = None;
    let mut asked_to_persist = false;
    while let Some(input) = received.next().await {
        if input.is_slow() {
            hand.busy.set(true);
            pause(PAINT).await;
        }
        for effect in app.handle(input, now()).await {
            obey(effect, &mut socket, &hand.inputs);
        }
        show(&app, &hand);
        // Lets the screen be drawn.
        leptos::task::tick().await;
        for effect in app.wind_up(now()).await {
            obey(effect, &mut socket, &hand.inputs);
        }
        show(&app, &hand);
        if !asked_to_persist && matches!(hand.view.read_untracked().screen, Screen::ChoosePin(_) | Screen::Locked(_)) {
            asked_to_persist = true;
            persist();
        }
    }
}

/// Publishes what is to be seen; signals tell their readers only of changes.
fn show(app: &App<Browser>, hand: &Hand) {
    let now = now();
    let view = app.view(now);
    if *hand.view.read_untracked() != view {
        set_title(&view.screen);
        hand.view.set(view);
    }
    if hand.now.get_untracked().0 / 500 != now.0 / 500 {
        hand.now.set(now);
    }
    if hand.busy.get_untracked() {
        hand.busy.set(false);
    }
}

fn obey(effect: Effect, socket: &mut Option<Socket>, inputs: &UnboundedSender<Input>) {
    match effect {
        Effect::Connect { connection, url } => {
            *socket = Socket::open(connection, &url, inputs);
            if socket.is_none() {
                let _ = inputs.unbounded_send(Input::Closed(connection));
            }
        }
        Effect::Transmit(bytes) => {
            if let Some(socket) = socket {
                socket.send(&bytes);
            }
        }
        Effect::Disconnect => *socket = None,
        Effect::Alert => alert(),
        Effect::Restart => {
            let _ = window().location().reload();
        }
    }
}

/// Tells of a request while the page is hidden.
fn alert() {
    if document().hidden() {
        super::notification::tell();
    }
}

fn set_title(screen: &Screen) {
    let name = text("app-name");
    let title = match screen {
        Screen::Approval(_) => format!("(1) {name}"),
        Screen::Locked(locked) if locked.waiting > 0 => format!("({}) {name}", locked.waiting),
        _ => name,
    };
    document().set_title(&title);
}

/// Turns what happens around the app into inputs.
fn listen(inputs: &UnboundedSender<Input>) {
    let ticks = inputs.clone();
    set_interval(move || drop(ticks.unbounded_send(Input::Tick)), TICK);
    let (window, document): (Window, Document) = (window(), document());
    on(&window, "online", inputs, || Some(Input::Resumed));
    on(&window, "hashchange", inputs, || take_fragment().map(Input::LinkOpened));
    let is_hidden = || leptos::prelude::document().hidden();
    on(&document, "visibilitychange", inputs, move || Some(Input::Visible(!is_hidden())));
    if is_hidden() {
        let _ = inputs.unbounded_send(Input::Visible(false));
    }
    for touch in ["pointerdown", "keydown"] {
        let mut last = UnixMillis(0);
        on(&document, touch, inputs, move || {
            let now = now();
            let is_new = now.0.saturating_sub(last.0) >= USE_MILLIS;
            if is_new {
                last = now;
            }
            is_new.then_some(Input::Used)
        });
    }
}

fn on(
    target: &EventTarget,
    name: &str,
    inputs: &UnboundedSender<Input>,
    mut make: impl FnMut() -> Option<Input> + 'static,
) {
    let inputs = inputs.clone();
    let handler = Closure::<dyn FnMut(Event)>::new(move |_| {
        if let Some(input) = make() {
            let _ = inputs.unbounded_send(input);
        }
    });
    let _ = target.add_event_listener_with_callback(name, handler.as_ref().unchecked_ref());
    // Listened to as long as the page lives.
    handler.forget();
}

/// Takes a pairing link's fragment out of the address bar and the history at once: it is secret.
fn take_fragment() -> Option<String> {
    let location = window().location();
    let fragment = location.hash().ok().filter(|hash| hash.len() > 1)?;
    let path = location.pathname().unwrap_or_default();
    let history = window().history().ok()?;
    history.replace_state_with_url(&JsValue::NULL, "", Some(&path)).ok()?;
    Some(fragment)
}

/// Asks that the browser never clears what is stored; it decides by itself whether to ask its user.
fn persist() {
    let Ok(promise) = window().navigator().storage().persist() else { return };
    wasm_bindgen_futures::spawn_local(async move {
        // Refused or not, the app works.
        let _ = JsFuture::from(promise).await;
    });
}

fn clear_body() {
    if let Some(body) = document().body() {
        body.set_text_content(None);
    }
}

async fn pause(time: Duration) {
    let (sender, receiver) = futures_channel::oneshot::channel::<()>();
    set_timeout(move || drop(sender), time);
    let _ = receiver.await;
}

/// The wall clock.
pub(crate) fn now() -> UnixMillis {
    let since_epoch = Duration::try_from_secs_f64(js_sys::Date::now() / 1000.0).unwrap_or_default();
    UnixMillis(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX))
}
