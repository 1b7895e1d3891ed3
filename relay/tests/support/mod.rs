//! A relay process of its own, and a client that speaks its protocol.

use countersign_seal::{
    codec,
    context::Context,
    id::{AccountId, DeviceId, UnixMillis},
    keys::{DeviceKeys, Sign},
    log::{Action, Author, Device, DeviceKind, Log},
    native::NativeKeys,
};
use countersign_wire::relay::{FromRelay, LIMIT, LoginStatement, RelayFault, ToRelay};
use futures_util::{SinkExt, StreamExt};
use std::{
    io::{BufRead, BufReader, Read},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, SystemTime},
};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream,
    tungstenite::{Message, client::IntoClientRequest},
};

pub fn now() -> UnixMillis {
    UnixMillis(u64::try_from(SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis()).unwrap())
}

/// A device with its private keys.
pub struct Member {
    pub id: DeviceId,
    pub keys: NativeKeys,
    kind: DeviceKind,
    name: &'static str,
}

impl Member {
    pub fn make(kind: DeviceKind, name: &'static str) -> Self {
        let keys = NativeKeys::make().unwrap();
        Self { id: keys.public().fingerprint(), keys, kind, name }
    }

    pub fn device(&self) -> Device {
        Device { keys: self.keys.public().clone(), kind: self.kind, name: self.name.into() }
    }
}

/// A fresh account with a desktop and a phone.
pub async fn account() -> (Log, Member, Member) {
    let desktop = Member::make(DeviceKind::Desktop, "Desk");
    let phone = Member::make(DeviceKind::Phone, "Phone");
    let mut log = Log::create(desktop.device(), &desktop.keys, now()).await.unwrap();
    let draft = log.draft(Author::Device(desktop.id), Action::AddDevice { device: phone.device() }, now()).unwrap();
    log.append(Log::sign(&draft, &desktop.keys).await.unwrap()).unwrap();
    (log, desktop, phone)
}

/// What is done to the program before it is started.
pub type Wrap = Box<dyn Fn(Command) -> Command + Send + Sync>;

/// A `countersign-relay` process with its own data directory, on a free loopback port; killed when dropped.
pub struct RelayProcess {
    child: Child,
    directory: TempDir,
    wrap: Wrap,
    pub api: String,
    pub phone: Option<String>,
}

impl RelayProcess {
    pub async fn start() -> Self {
        Self::start_with(&[]).await
    }

    pub async fn start_with(arguments: &[&str]) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), arguments, Box::new(|program| program)).await
    }

    /// Starts one whose data is in `data` in this directory.
    pub async fn start_in(directory: TempDir, arguments: &[&str], wrap: Wrap) -> Self {
        let mut child =
            wrap(Self::command(&directory, "127.0.0.1:0", arguments)).stdout(Stdio::piped()).spawn().unwrap();
        let (api, phone) = read_ready(&mut child);
        Self { child, directory, wrap, api, phone }
    }

    /// Where its data is.
    #[allow(dead_code, reason = "not every test file looks there")]
    pub fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// Kills it.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// What it says when it does not start again.
    #[allow(dead_code, reason = "not every test file damages it")]
    pub fn refuses_to_start_again(&self) -> String {
        let output = Self::command(&self.directory, "127.0.0.1:0", &[]).output().unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    }

    /// Kills it and starts it again on the same port and data.
    pub async fn restart(&mut self) {
        self.kill();
        let address = format!("127.0.0.1:{}", self.port());
        self.child = (self.wrap)(Self::command(&self.directory, &address, &[])).stdout(Stdio::piped()).spawn().unwrap();
        let (api, _) = read_ready(&mut self.child);
        assert_eq!(api, self.api);
    }

    pub fn fails_to_start(arguments: &[&str]) -> String {
        let data = tempfile::tempdir().unwrap();
        let output = Self::command(&data, "127.0.0.1:0", arguments).output().unwrap();
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    }

    pub async fn handshake_from(&self, origin: Option<&str>) -> bool {
        let mut request = self.socket_url().into_client_request().unwrap();
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", origin.parse().unwrap());
        }
        tokio_tungstenite::connect_async(request).await.is_ok()
    }

    pub async fn raw_connection(&self) -> TcpStream {
        TcpStream::connect(("127.0.0.1", self.port())).await.unwrap()
    }

    fn command(directory: &TempDir, listen: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_countersign-relay"));
        command.args(["--listen", listen, "--data-dir"]).arg(directory.path().join("data")).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn port(&self) -> u16 {
        self.api.rsplit(':').next().unwrap().parse().unwrap()
    }

    fn socket_url(&self) -> String {
        format!("{}/v1/socket", self.api.replacen("http", "ws", 1))
    }
}

impl Drop for RelayProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_ready(child: &mut Child) -> (String, Option<String>) {
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    if line.is_empty() {
        let mut error = String::new();
        child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
        panic!("the relay did not start: {error}");
    }
    let ready: serde_json::Value = serde_json::from_str(&line).unwrap();
    let text = |key: &str| ready[key].as_str().map(str::to_owned);
    (text("api").unwrap(), text("phone"))
}

/// One WebSocket to a relay.
pub struct Client {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    relay: String,
    challenge: [u8; 32],
    calls: u32,
}

impl Client {
    pub async fn connect(relay: &RelayProcess) -> Self {
        let (socket, _) = tokio_tungstenite::connect_async(relay.socket_url()).await.unwrap();
        Self::challenged(socket, relay).await
    }

    pub async fn connect_tls(relay: &RelayProcess, certificate: &[u8]) -> Self {
        use tokio_tungstenite::{Connector, connect_async_tls_with_config};
        let mut roots = tokio_rustls::rustls::RootCertStore::empty();
        roots.add(certificate.to_vec().into()).unwrap();
        let provider = std::sync::Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
        let config = tokio_rustls::rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let connector = Connector::Rustls(std::sync::Arc::new(config));
        let (socket, _) =
            connect_async_tls_with_config(relay.socket_url(), None, false, Some(connector)).await.unwrap();
        Self::challenged(socket, relay).await
    }

    async fn challenged(socket: WebSocketStream<MaybeTlsStream<TcpStream>>, relay: &RelayProcess) -> Self {
        let mut client = Self { socket, relay: relay.api.clone(), challenge: [0; 32], calls: 100 };
        let Some(FromRelay::Challenge { challenge, .. }) = client.next().await else { panic!("no challenge") };
        client.challenge = challenge;
        client
    }

    pub async fn login(relay: &RelayProcess, account: AccountId, member: &Member) -> Result<Self, RelayFault> {
        let mut client = Self::connect(relay).await;
        let statement = client.statement(account, member);
        client.login_with(&statement, member).await?;
        Ok(client)
    }

    pub async fn register_and_login(relay: &RelayProcess, log: &Log, member: &Member) -> Result<Self, RelayFault> {
        let mut client = Self::connect(relay).await;
        client.tell(&ToRelay::Register { entries: log.entries().to_vec() }).await;
        assert_eq!(client.next().await, Some(FromRelay::Registered));
        let statement = client.statement(log.account(), member);
        client.login_with(&statement, member).await?;
        Ok(client)
    }

    pub fn statement(&self, account: AccountId, member: &Member) -> LoginStatement {
        LoginStatement { relay: self.relay.clone(), account, device: member.id, time: now(), challenge: self.challenge }
    }

    pub async fn login_with(&mut self, statement: &LoginStatement, signer: &Member) -> Result<(), RelayFault> {
        let statement = codec::to_vec(statement).unwrap();
        let signature = signer.keys.sign(Context::Login, &statement).await.unwrap();
        self.tell(&ToRelay::Login { statement, signature }).await;
        match self.next().await {
            Some(FromRelay::LoggedIn { .. }) => Ok(()),
            Some(FromRelay::Failed { call: None, fault }) => Err(fault),
            other => panic!("{other:?}"),
        }
    }

    pub async fn send(&mut self, envelope: &[u8]) -> Result<bool, RelayFault> {
        self.calls += 1;
        self.tell(&ToRelay::Send { call: self.calls, envelope: envelope.to_vec() }).await;
        self.done(self.calls).await
    }

    pub async fn done(&mut self, expected: u32) -> Result<bool, RelayFault> {
        match self.next_but(|message| matches!(message, FromRelay::LogGrew { .. })).await {
            FromRelay::Done { call, online } if call == expected => Ok(online),
            FromRelay::Failed { call: Some(call), fault } if call == expected => Err(fault),
            other => panic!("{other:?}"),
        }
    }

    pub async fn delivery(&mut self) -> (u64, Vec<u8>) {
        match self.next().await {
            Some(FromRelay::Deliver { delivery, envelope }) => (delivery, envelope),
            other => panic!("{other:?}"),
        }
    }

    /// Waits until the relay has dealt with all that was said before.
    pub async fn settle(&mut self) {
        self.tell(&ToRelay::LogRead { call: 0, from: u64::MAX }).await;
        self.next_but(|message| !matches!(message, FromRelay::Log { .. })).await;
    }

    /// Whether nothing comes for a while: a ping is answered, and nothing else.
    pub async fn is_silent(&mut self) -> bool {
        tokio::time::timeout(Duration::from_millis(300), self.next()).await.is_err()
    }

    pub async fn tell(&mut self, message: &ToRelay) {
        self.send_bytes(codec::to_vec(message).unwrap()).await;
    }

    pub async fn send_bytes(&mut self, bytes: Vec<u8>) {
        let _ = self.socket.send(Message::Binary(bytes.into())).await;
    }

    /// The next message that `skip` does not skip.
    pub async fn next_but(&mut self, skip: impl Fn(&FromRelay) -> bool) -> FromRelay {
        loop {
            let message = self.next().await.expect("the relay closed");
            if !skip(&message) {
                return message;
            }
        }
    }

    pub async fn next(&mut self) -> Option<FromRelay> {
        let next = async {
            loop {
                match self.socket.next().await {
                    Some(Ok(Message::Binary(bytes))) => {
                        return Some(codec::from_slice(&bytes, "message", LIMIT).unwrap());
                    }
                    Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                    _ => return None,
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), next).await.expect("the relay said nothing for 20 s")
    }
}

/// A plain HTTP GET; the raw answer.
pub async fn http_get(origin: &str, path: &str) -> String {
    let host = origin.split("://").nth(1).unwrap();
    let port: u16 = host.rsplit(':').next().unwrap().parse().unwrap();
    let mut stream = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    stream
        .write_all(format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").as_bytes())
        .await
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}
