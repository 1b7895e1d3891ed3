//! A web site on loopback that remembers what was sent to it.

mod doors;
mod guard;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Result, bail};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::response::Response;
use axum::serve::Listener;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use doors::Doors;
pub use guard::{AuthScheme, Guard, Knock};

/// One answer of the site.
#[derive(Clone, Debug)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    delay: Duration,
}

impl Answer {
    /// A page of HTML.
    pub fn html(body: impl Into<String>) -> Self {
        Self::new("text/html; charset=utf-8", body.into())
    }

    /// Anything else.
    pub fn new(content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self { status: 200, headers, body: body.into(), delay: Duration::ZERO }
    }

    /// Adds a header, for example a Content-Security-Policy.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Comes so much later, as from far away.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Sets the status.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }
}

/// What a page sent with POST.
#[derive(Clone, Debug)]
pub struct Submission {
    /// The path it was sent to.
    pub path: String,
    /// The fields of a form (`application/x-www-form-urlencoded`), if it is one.
    pub fields: BTreeMap<String, String>,
    /// The body as it came.
    pub body: String,
}

/// An answer that depends on what was sent.
type Reply = dyn Fn(&Submission) -> Answer + Send + Sync;

#[derive(Default)]
struct Content {
    answers: Mutex<BTreeMap<String, Answer>>,
    replies: Mutex<BTreeMap<String, Arc<Reply>>>,
    submissions: Mutex<Vec<Submission>>,
    guards: Mutex<BTreeMap<String, Guard>>,
    knocks: Mutex<Vec<Knock>>,
}

/// A running site. Each has a port, and so an origin, of its own; it listens on 127.0.0.1 only.
pub struct Site {
    port: u16,
    content: Arc<Content>,
    server: JoinHandle<()>,
}

impl Site {
    /// Starts an empty site. Paths without an answer are 404; a POST to any path is recorded and answered with a short page.
    ///
    /// # Errors
    /// If no port can be had.
    pub async fn start() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        Ok(Self::behind(listener.local_addr()?.port(), listener))
    }

    /// The same, which answers `https` on that port, too: for browsers with [`crate::Options::any_certificate`].
    ///
    /// # Errors
    /// If no port can be had.
    pub async fn start_with_https() -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        Ok(Self::behind(listener.local_addr()?.port(), Doors::open(listener)?))
    }

    fn behind<L: Listener<Addr: std::fmt::Debug>>(port: u16, listener: L) -> Self {
        let content = Arc::new(Content::default());
        let app = Router::new().fallback(answer).with_state(Arc::clone(&content));
        let server = tokio::spawn(async move {
            let _ = axum::serve(listener, app).await;
        });
        Self { port, content, server }
    }

    /// Puts an answer at a path, in place of an earlier one.
    pub fn put(&self, path: &str, answer: Answer) {
        self.content.answers.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), answer);
    }

    /// Answers what is sent to a path with POST by what was sent.
    pub fn reply(&self, path: &str, reply: impl Fn(&Submission) -> Answer + Send + Sync + 'static) {
        self.content.replies.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), Arc::new(reply));
    }

    /// Lets only those read a path who say who they are, as [`Guard`] asks.
    pub fn guard(&self, path: &str, guard: Guard) {
        self.content.guards.lock().unwrap_or_else(PoisonError::into_inner).insert(path.to_owned(), guard);
    }

    /// Every request to a guarded path so far.
    pub fn knocks(&self) -> Vec<Knock> {
        self.content.knocks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The site's port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// `http://127.0.0.1:<port>`.
    pub fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The URL of a path.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin())
    }

    /// The URL of a path on another host name of this machine, such as `localhost` or `shop.localhost`: another origin.
    pub fn url_at(&self, host: &str, path: &str) -> String {
        format!("http://{host}:{}{path}", self.port)
    }

    /// Everything sent so far.
    pub fn submissions(&self) -> Vec<Submission> {
        self.content.submissions.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until something has been sent to `path`, and returns the last of it.
    ///
    /// # Errors
    /// If nothing is sent before `limit`.
    pub async fn wait_for_submission(&self, path: &str, limit: Duration) -> Result<Submission> {
        let found = timeout(limit, async {
            loop {
                if let Some(last) = self.submissions().into_iter().rfind(|submission| submission.path == path) {
                    return last;
                }
                sleep(Duration::from_millis(10)).await;
            }
        });
        match found.await {
            Ok(submission) => Ok(submission),
            Err(_) => bail!("nothing was sent to {path} within {limit:?}; sent: {:?}", self.submissions()),
        }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn answer(State(content): State<Arc<Content>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path();
    let stored = || content.answers.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned();
    if let Some(guard) = content.guards.lock().unwrap_or_else(PoisonError::into_inner).get(path) {
        let brought = parts.headers.get(AUTHORIZATION).and_then(|brought| brought.to_str().ok());
        let knock = guard.judge(&parts.method, path, brought);
        let admitted = knock.admitted;
        content.knocks.lock().unwrap_or_else(PoisonError::into_inner).push(knock);
        if !admitted {
            return response(guard.question());
        }
    }
    if parts.method != Method::POST {
        return response(
            stored().unwrap_or_else(|| Answer::html("<!doctype html><title>Not found</title>").status(404)),
        );
    }
    let bytes = axum::body::to_bytes(body, 1 << 20).await.unwrap_or_else(|_| Bytes::new());
    let body = String::from_utf8_lossy(&bytes).into_owned();
    let submission = Submission { path: path.to_owned(), fields: form_fields(&body), body };
    content.submissions.lock().unwrap_or_else(PoisonError::into_inner).push(submission.clone());
    let reply = content.replies.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned();
    let answer = reply.map(|reply| reply(&submission)).or_else(stored);
    let answer = answer.unwrap_or_else(|| Answer::html("<!doctype html><title>Received</title><p>Received."));
    sleep(answer.delay).await;
    response(answer)
}

fn response(answer: Answer) -> Response {
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::OK);
    for (name, value) in answer.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response
}

fn form_fields(body: &str) -> BTreeMap<String, String> {
    body.split('&').filter_map(|pair| pair.split_once('=')).map(|(name, value)| (decode(name), decode(value))).collect()
}

/// Decodes `application/x-www-form-urlencoded` (WHATWG URL, section 5.1).
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits: Vec<u8> = rest.by_ref().take(2).collect();
                let hex = std::str::from_utf8(&digits).ok().and_then(|digits| u8::from_str_radix(digits, 16).ok());
                hex.unwrap_or(b'%')
            }
            other => other,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::form_fields;

    #[test]
    fn reads_form_fields() {
        let fields = form_fields("user=ada%40example.org&password=p%26%C3%A4+x%");
        assert_eq!(fields["user"], "ada@example.org");
        assert_eq!(fields["password"], "p&ä x%");
    }
}
