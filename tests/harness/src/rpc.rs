//! One WebSocket with numbered commands and unasked events: the shape that CDP and WebDriver BiDi share.

use std::collections::HashMap;
use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;

/// Longest that a browser may take over one command: its start is the longest, where many start at once.
const COMMAND_LIMIT: Duration = Duration::from_secs(90);

/// Who waits for which command's result.
type Pending = Arc<Mutex<HashMap<u64, Waiting>>>;

#[derive(Debug)]
struct Waiting {
    /// The CDP session that was asked.
    session: String,
    sender: oneshot::Sender<Result<Value>>,
}

/// What was asked went away before it answered.
#[derive(Debug)]
pub(crate) struct Gone(String);

impl fmt::Display for Gone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the browser, or the page, is gone: {}", self.0)
    }
}

impl Error for Gone {}

/// Something the browser said of its own accord.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) method: String,
    pub(crate) params: Value,
    /// The CDP session it came from; empty for the browser's own and for BiDi.
    pub(crate) session: String,
}

/// The sending side; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Rpc {
    next: Arc<AtomicU64>,
    pending: Pending,
    out: mpsc::UnboundedSender<Message>,
}

impl Rpc {
    /// Connects, and calls `on_event` for each event in order, before any later reply is handed out.
    pub(crate) async fn connect(url: &str, on_event: impl Fn(&Self, Event) + Send + 'static) -> Result<Self> {
        // Screenshots are large; the peer is our own child.
        let config = WebSocketConfig::default().max_message_size(None).max_frame_size(None);
        let connecting = tokio_tungstenite::connect_async_with_config(url, Some(config), false);
        let (socket, _) =
            timeout(COMMAND_LIMIT, connecting).await?.with_context(|| format!("cannot connect to {url}"))?;
        let (mut sink, mut stream) = socket.split();
        let (out, mut outgoing) = mpsc::unbounded_channel::<Message>();
        let rpc = Self { next: Arc::default(), pending: Arc::default(), out };
        tokio::spawn(async move {
            while let Some(message) = outgoing.recv().await {
                if sink.send(message).await.is_err() {
                    return;
                }
            }
        });
        let reader = rpc.clone();
        tokio::spawn(async move {
            while let Some(Ok(message)) = stream.next().await {
                if let Message::Text(text) = message
                    && let Ok(value) = serde_json::from_str(&text)
                {
                    reader.receive(value, &on_event);
                }
            }
            reader.pending.lock().unwrap_or_else(PoisonError::into_inner).clear();
        });
        Ok(rpc)
    }

    fn receive(&self, mut value: Value, on_event: &impl Fn(&Self, Event)) {
        if let Some(id) = value.get("id").and_then(Value::as_u64) {
            let waiting = self.pending.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
            if let Some(waiting) = waiting {
                let _ = waiting.sender.send(outcome(value));
            }
        } else if let Some(method) = value.get("method").and_then(Value::as_str).map(str::to_owned) {
            let session = value.get("sessionId").and_then(Value::as_str).unwrap_or_default().to_owned();
            on_event(self, Event { method, params: value["params"].take(), session });
        }
    }

    /// Sends a command and waits for its result. `session` is a CDP session, or empty.
    pub(crate) async fn call(&self, session: &str, method: &str, params: Value) -> Result<Value> {
        let (id, message) = self.command(session, method, &params);
        let (sender, receiver) = oneshot::channel();
        self.pending
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(id, Waiting { session: session.to_owned(), sender });
        self.out.send(message).map_err(|_| anyhow!("the browser is gone"))?;
        match timeout(COMMAND_LIMIT, receiver).await {
            Ok(Ok(result)) => result.with_context(|| format!("{method} {}", short(&params))),
            Ok(Err(_)) => Err(anyhow!(Gone(method.to_owned()))),
            Err(_) => bail!("no answer to {method} {} in {COMMAND_LIMIT:?}", short(&params)),
        }
    }

    /// A session is over: what it was asked will not be answered.
    pub(crate) fn forget(&self, session: &str) {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, waiting| waiting.session != session);
    }

    /// Sends a command whose result does not matter.
    pub(crate) fn tell(&self, session: &str, method: &str, params: Value) {
        let (_, message) = self.command(session, method, &params);
        let _ = self.out.send(message);
    }

    fn command(&self, session: &str, method: &str, params: &Value) -> (u64, Message) {
        let id = self.next.fetch_add(1, Ordering::Relaxed) + 1;
        let mut command = json!({ "id": id, "method": method, "params": params });
        if !session.is_empty() {
            command["sessionId"] = session.into();
        }
        (id, Message::text(command.to_string()))
    }
}

/// CDP: `result` or `error: {message}`. BiDi: `result`, or `error: "code"` with `message`.
fn outcome(mut value: Value) -> Result<Value> {
    match value.get("error") {
        None => Ok(value["result"].take()),
        Some(Value::String(code)) => bail!("{code}: {}", value["message"].as_str().unwrap_or_default()),
        Some(error) => bail!("{}", error["message"].as_str().unwrap_or("error")),
    }
}

fn short(params: &Value) -> String {
    let text = params.to_string();
    text.chars().take(200).collect()
}
