//! The DevTools protocol through a pipe: JSON messages, each ended by a zero byte.

use super::BrowserError;
use serde_json::{Value, json};
use std::collections::VecDeque;
use std::io::{BufRead as _, BufReader, Read, Write};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// How long an answer, or a page, may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

/// What the browser said.
#[derive(Debug)]
pub(super) enum Message {
    /// The answer to a call.
    Answer { id: u64, outcome: Result<Value, String> },
    /// Something happened in a session.
    Event { session: String, method: String, params: Value },
}

/// One end of the pipe.
pub(super) struct DevTools {
    input: Box<dyn Write>,
    incoming: Receiver<Value>,
    calls: u64,
    /// Events that came while an answer was waited for.
    waiting: VecDeque<Message>,
}

impl DevTools {
    /// Takes both pipes. A thread reads what the browser says, so that waiting for it can end.
    pub(super) fn new(input: impl Write + 'static, output: impl Read + Send + 'static) -> Self {
        let (said, incoming) = channel();
        std::thread::spawn(move || {
            for message in BufReader::new(output).split(0).map_while(Result::ok) {
                let Ok(message) = serde_json::from_slice(&message) else { continue };
                if said.send(message).is_err() {
                    return;
                }
            }
        });
        Self { input: Box::new(input), incoming, calls: 0, waiting: VecDeque::new() }
    }

    /// Calls a method, and does not wait for its answer. Its number.
    pub(super) fn send(&mut self, session: &str, method: &str, params: Value) -> Result<u64, BrowserError> {
        self.calls += 1;
        let mut call = json!({ "id": self.calls, "method": method, "params": params });
        if !session.is_empty() {
            call["sessionId"] = session.into();
        }
        let mut bytes = call.to_string().into_bytes();
        bytes.push(0);
        self.input.write_all(&bytes).and_then(|()| self.input.flush()).map_err(|_| BrowserError::Ended)?;
        Ok(self.calls)
    }

    /// Calls a method, and waits for its answer. Events that come before it wait.
    pub(super) fn call(&mut self, session: &str, method: &str, params: Value) -> Result<Value, BrowserError> {
        let call = self.send(session, method, params)?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self.receive(deadline)? {
                Message::Answer { id, outcome } if id == call => {
                    return outcome.map_err(|error| BrowserError::Refused(format!("{method}: {error}")));
                }
                // The answer to a call that nobody waits for.
                Message::Answer { .. } => {}
                event @ Message::Event { .. } => self.waiting.push_back(event),
            }
        }
    }

    /// The next message, first of those that wait.
    pub(super) fn next(&mut self, deadline: Instant) -> Result<Message, BrowserError> {
        self.waiting.pop_front().map_or_else(|| self.receive(deadline), Ok)
    }

    fn receive(&mut self, deadline: Instant) -> Result<Message, BrowserError> {
        let left = deadline.saturating_duration_since(Instant::now());
        let mut message = self.incoming.recv_timeout(left).map_err(|error| match error {
            RecvTimeoutError::Timeout => BrowserError::Slow(PATIENCE.as_secs()),
            RecvTimeoutError::Disconnected => BrowserError::Ended,
        })?;
        Ok(match message["id"].as_u64() {
            Some(id) => Message::Answer { id, outcome: outcome(&mut message) },
            None => Message::Event {
                session: text(&message["sessionId"]),
                method: text(&message["method"]),
                params: message["params"].take(),
            },
        })
    }
}

fn outcome(message: &mut Value) -> Result<Value, String> {
    match message["error"]["message"].as_str() {
        Some(error) => Err(error.to_owned()),
        None => Ok(message["result"].take()),
    }
}

/// A string, empty where there is none.
pub(super) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A browser that has said all that it will say.
    fn after(said: &'static [u8]) -> DevTools {
        DevTools::new(std::io::sink(), said)
    }

    #[test]
    fn an_answer_passes_events_which_wait() {
        let mut devtools =
            after(b"{\"method\":\"A\",\"sessionId\":\"s\",\"params\":{\"x\":1}}\0no JSON\0{\"id\":7}\0{\"id\":1,\"result\":{\"y\":2}}\0");
        assert_eq!(devtools.call("", "m", json!({})).unwrap()["y"], 2);
        let event = devtools.next(Instant::now()).unwrap();
        assert!(
            matches!(event, Message::Event { session, method, params } if session == "s" && method == "A" && params["x"] == 1)
        );
        assert!(matches!(devtools.next(Instant::now() + PATIENCE), Err(BrowserError::Ended)));
    }

    #[test]
    fn a_refusal_says_what_was_refused() {
        let error = after(b"{\"id\":1,\"error\":{\"message\":\"not so\"}}\0").call("", "A.b", json!({})).unwrap_err();
        assert!(matches!(error, BrowserError::Refused(said) if said == "A.b: not so"));
    }

    #[test]
    fn a_browser_that_ends_is_noticed() {
        assert!(matches!(after(b"").call("", "m", json!({})), Err(BrowserError::Ended)));
    }
}
