//! Listeners, origins and headers.
//!
//! The API, the phone app and the console are three origins: three ports here, so that a fault in one page's code cannot act as another.

use crate::{
    Error, Result,
    hub::Hub,
    logs::Logs,
    options::Options,
    slots::Slots,
    socket,
    store::Store,
    tls::{self, TlsListener},
};
use axum::{
    Router,
    extract::{State, WebSocketUpgrade},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
    serve::ListenerExt as _,
};
use countersign_seal::id::UnixMillis;
use countersign_wire::relay::LIMIT;
use serde::Serialize;
use std::{
    future::Future,
    net::SocketAddr,
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime},
};
use tokio::{net::TcpListener, sync::watch, task::JoinSet};
use tokio_rustls::TlsAcceptor;
use tower_http::{services::ServeDir, set_header::SetResponseHeaderLayer};

/// Bytes that a WebSocket reads or writes at once.
const BUFFER: usize = 4 * 1024;
const SWEEP_INTERVAL: Duration = Duration::from_secs(30);
/// How long open connections may take to end after the relay was told to stop.
const STOP_TIME: Duration = Duration::from_secs(5);

/// What all connections share.
pub(crate) struct Relay {
    /// The API's origin, as devices know it: part of what a login signs.
    pub(crate) origin: String,
    /// The origins whose pages may open the WebSocket.
    page_origins: Vec<String>,
    pub(crate) store: Store,
    pub(crate) hub: Hub,
    pub(crate) slots: Slots,
    pub(crate) logs: Logs,
    /// Held while a log is written: check and write are one step.
    pub(crate) writing: tokio::sync::Mutex<()>,
}

/// Where a started relay is reached: one line of JSON on standard output, for whoever started it.
#[derive(Debug, Clone, Serialize)]
pub struct Ready {
    /// The API's origin.
    pub api: String,
    /// The phone app's origin, if it is served here or said to be elsewhere.
    pub phone: Option<String>,
    /// The console's origin, if it is served here.
    pub console: Option<String>,
}

/// A relay that listens and does not serve yet.
pub struct Server {
    relay: Arc<Relay>,
    ready: Ready,
    sites: Vec<Site>,
    tls: Option<TlsAcceptor>,
}

struct Site {
    listener: TcpListener,
    router: Router,
}

impl Server {
    /// Opens the store and the listeners.
    pub async fn start(options: &Options) -> Result<Self> {
        let tls = match (&options.tls_cert, &options.tls_key) {
            (Some(certificate), Some(key)) => Some(tls::acceptor(certificate, key)?),
            _ => None,
        };
        let store = Store::open(&options.data_directory()).await?;
        let api = listen(options.listen).await?;
        let phone = listen_if(options.phone_dir.as_deref(), options.phone_listen).await?;
        let console = listen_if(options.console_dir.as_deref(), options.console_listen).await?;
        let scheme = if tls.is_some() { "https" } else { "http" };
        let ready = Ready {
            api: origin(options.origin.as_deref(), scheme, &api)?,
            phone: optional_origin(options.phone_origin.as_deref(), scheme, phone.as_ref())?,
            console: optional_origin(options.console_origin.as_deref(), scheme, console.as_ref())?,
        };
        let relay = Arc::new(Relay {
            origin: ready.api.clone(),
            page_origins: [&ready.phone, &ready.console].into_iter().flatten().cloned().collect(),
            store,
            hub: Hub::default(),
            slots: Slots::default(),
            logs: Logs::default(),
            writing: tokio::sync::Mutex::default(),
        });
        let mut sites = vec![Site { listener: api, router: api_router(Arc::clone(&relay)) }];
        for (listener, directory) in [(phone, &options.phone_dir), (console, &options.console_dir)] {
            if let (Some(listener), Some(directory)) = (listener, directory) {
                sites.push(Site { listener, router: page_router(directory, &ready.api)? });
            }
        }
        Ok(Self { relay, ready, sites, tls })
    }

    /// Where it is reached.
    #[must_use]
    pub const fn ready(&self) -> &Ready {
        &self.ready
    }

    /// Serves until `stop` completes; then ends all connections and closes the store.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Result<()> {
        let (stopping, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        for site in self.sites {
            let mut stopped = stopped.clone();
            let signal = async move {
                let _ = stopped.wait_for(|stopped| *stopped).await;
            };
            tasks.spawn(serve_site(site, self.tls.clone(), signal));
        }
        let sweeper = tokio::spawn(sweep_forever(self.relay.store.clone()));
        stop.await;
        sweeper.abort();
        let _ = stopping.send(true);
        // WebSockets do not end by themselves: devices reconnect, nothing is lost, so do not wait for them long.
        let _ = tokio::time::timeout(STOP_TIME, async { while tasks.join_next().await.is_some() {} }).await;
        tasks.abort_all();
        self.relay.store.close().await;
        Ok(())
    }
}

async fn serve_site(
    site: Site,
    tls: Option<TlsAcceptor>,
    stop: impl Future<Output = ()> + Send + 'static,
) -> Result<()> {
    match tls {
        Some(acceptor) => {
            let listener = TlsListener::new(site.listener, acceptor)?;
            Ok(axum::serve(listener, site.router).with_graceful_shutdown(stop).await?)
        }
        None => {
            // Small messages in both directions: waiting to fill a segment would hold each back for 40 ms.
            let listener = site.listener.tap_io(|stream| drop(stream.set_nodelay(true)));
            Ok(axum::serve(listener, site.router).with_graceful_shutdown(stop).await?)
        }
    }
}

async fn sweep_forever(store: Store) {
    let mut interval = tokio::time::interval(SWEEP_INTERVAL);
    loop {
        interval.tick().await;
        match store.sweep(now()).await {
            Ok(0) => {}
            Ok(count) => tracing::debug!(count, "expired envelopes deleted"),
            Err(error) => tracing::error!(%error, "sweeping"),
        }
    }
}

async fn listen(address: SocketAddr) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| Error::Listen(address, error))
}

async fn listen_if(directory: Option<&Path>, address: SocketAddr) -> Result<Option<TcpListener>> {
    match directory {
        Some(_) => listen(address).await.map(Some),
        None => Ok(None),
    }
}

fn origin(given: Option<&str>, scheme: &str, listener: &TcpListener) -> Result<String> {
    match given {
        Some(origin) => Ok(countersign_seal::origin::Origin::parse(origin)?.to_string()),
        None => Ok(format!("{scheme}://{}", local_host(listener.local_addr()?))),
    }
}

fn optional_origin(given: Option<&str>, scheme: &str, listener: Option<&TcpListener>) -> Result<Option<String>> {
    match (given, listener) {
        (Some(given), _) => Ok(Some(countersign_seal::origin::Origin::parse(given)?.to_string())),
        (None, Some(listener)) => origin(None, scheme, listener).map(Some),
        (None, None) => Ok(None),
    }
}

/// A loopback address is called `localhost`: browsers hold that for a secure context everywhere.
fn local_host(address: SocketAddr) -> String {
    if address.ip().is_loopback() { format!("localhost:{}", address.port()) } else { address.to_string() }
}

fn api_router(relay: Arc<Relay>) -> Router {
    Router::new()
        .route("/v1/socket", get(open_socket))
        .route("/healthz", get(|| async { "ok\n" }))
        .layer(header_layer(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")))
        .with_state(relay)
}

async fn open_socket(State(relay): State<Arc<Relay>>, headers: HeaderMap, upgrade: WebSocketUpgrade) -> Response {
    if !may_connect(&relay, &headers) {
        return (StatusCode::FORBIDDEN, "this page's origin may not connect\n").into_response();
    }
    // Most sockets are silent most of the time, and each has buffers of its own.
    let upgrade = upgrade.read_buffer_size(BUFFER).write_buffer_size(BUFFER);
    upgrade.max_message_size(LIMIT).max_frame_size(LIMIT).on_upgrade(move |socket| socket::serve(socket, relay))
}

/// A browser names the page's origin; daemons send none. Only the phone app and the console may connect from a browser.
fn may_connect(relay: &Relay, headers: &HeaderMap) -> bool {
    match headers.get(header::ORIGIN) {
        None => true,
        Some(origin) => relay.page_origins.iter().any(|allowed| allowed.as_bytes() == origin.as_bytes()),
    }
}

/// A static page that may talk to the API and to nothing else.
fn page_router(directory: &Path, api: &str) -> Result<Router> {
    let socket = api.replacen("http", "ws", 1);
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self' {api} {socket}; manifest-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types default"
    );
    let policy = HeaderValue::from_str(&policy).map_err(|_| countersign_seal::Error::Malformed("origin"))?;
    Ok(Router::new()
        .fallback_service(ServeDir::new(directory))
        .layer(header_layer(header::CONTENT_SECURITY_POLICY, policy))
        .layer(header_layer(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")))
        .layer(header_layer(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")))
        .layer(header_layer(header::CACHE_CONTROL, HeaderValue::from_static("no-cache")))
        .layer(header_layer(
            HeaderName::from_static("cross-origin-opener-policy"),
            HeaderValue::from_static("same-origin"),
        ))
        .layer(header_layer(
            HeaderName::from_static("cross-origin-resource-policy"),
            HeaderValue::from_static("same-origin"),
        )))
}

fn header_layer(name: HeaderName, value: HeaderValue) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::overriding(name, value)
}

/// The wall clock.
pub(crate) fn now() -> UnixMillis {
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    UnixMillis(u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX))
}
