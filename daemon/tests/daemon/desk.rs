//! A running daemon with a data directory and a socket of its own; and a relay.

use countersign_daemon::{
    daemon::{Daemon, Settings},
    server,
    unlock::Keystore,
};
use countersign_relay::{options::Options, serve::Server};
use countersign_seal::{
    field::{FieldKind, Policy},
    id::FieldId,
    origin::{Origin, OriginChain, Site},
    secret::SecretBytes,
};
use countersign_vault::item::{FieldDraft, ItemDraft, ItemKind, ItemSummary, MetadataDraft};
use countersign_wire::{
    control::{Command, FullStatus, Report},
    local::Fault,
    native::{Packet, from_data, to_data},
    socket::{self, Listener, Receiver, Sender},
};
use std::{
    path::PathBuf,
    process::{Child, Command as Program, Stdio},
    time::Duration,
};
use tempfile::TempDir;
use tokio::{runtime::Runtime, time::timeout};

/// How long anything may take on a loaded computer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
pub(crate) const PASSPHRASE: &str = "correct horse battery";
pub(crate) const SITE: &str = "https://login.example.com";
pub(crate) const PHONE_ORIGIN: &str = "http://localhost:7781";

pub(crate) fn secret(text: &str) -> SecretBytes {
    SecretBytes::from(text.to_owned())
}

pub(crate) async fn soon<T>(future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.expect("it takes too long")
}

/// A relay of this test's own. It has a runtime of its own: with that goes all that it is.
pub(crate) struct Relay {
    pub(crate) api: String,
    directory: TempDir,
    runtime: Option<Runtime>,
}

impl Relay {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts one with more arguments.
    pub(crate) async fn start_with(more: &[&str]) -> Self {
        let mut relay = Self { api: String::new(), directory: tempfile::tempdir().unwrap(), runtime: None };
        relay.listen("127.0.0.1:0", more).await;
        relay
    }

    async fn listen(&mut self, address: &str, more: &[&str]) {
        let data = self.directory.path().to_str().unwrap();
        let arguments = [&["countersign-relay", "--listen", address, "--data-dir", data], more].concat();
        let options = <Options as clap::Parser>::parse_from(arguments);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let (line, ready) = tokio::sync::oneshot::channel();
        runtime.spawn(async move {
            let server = Server::start(&options).await.unwrap();
            line.send(server.ready().api.clone()).unwrap();
            server.run(core::future::pending()).await.unwrap();
        });
        self.api = ready.await.unwrap();
        self.runtime = Some(runtime);
    }

    /// Ends it at once, with all its connections.
    pub(crate) async fn stop(&mut self) {
        let runtime = self.runtime.take().unwrap();
        tokio::task::spawn_blocking(move || runtime.shutdown_timeout(Duration::from_secs(5))).await.unwrap();
    }

    /// Starts it again where it was, with what it had.
    pub(crate) async fn start_again(&mut self) {
        let api = self.api.clone();
        self.listen(&format!("127.0.0.1:{}", self.port()), &[]).await;
        assert_eq!(self.api, api);
    }

    pub(crate) fn port(&self) -> u16 {
        self.api.rsplit(':').next().unwrap().parse().unwrap()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// What is done to the program before it is started: an environment, a wrapper.
pub(crate) type Dress = Box<dyn Fn(Program) -> Program + Send + Sync>;

/// A daemon. Killed on drop.
pub(crate) struct Desk {
    directory: TempDir,
    relay: Option<String>,
    dress: Dress,
    /// `None`: it runs inside the test.
    child: Option<Child>,
}

impl Desk {
    /// Starts a daemon without any account.
    pub(crate) async fn bare(relay: Option<&Relay>) -> Self {
        Self::bare_in(tempfile::tempdir().unwrap(), relay.map(|relay| relay.api.clone()), Box::new(|program| program))
            .await
    }

    /// Starts a daemon in a directory, dressed as the test wants it.
    pub(crate) async fn bare_in(directory: TempDir, relay: Option<String>, dress: Dress) -> Self {
        let mut desk = Self { directory, relay, dress, child: None };
        desk.spawn().await;
        desk
    }

    /// Starts a daemon with more arguments, and makes an account.
    pub(crate) async fn start_with(relay: &Relay, more: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let relay = Some(relay.api.clone());
        let more: Vec<String> = more.iter().map(ToString::to_string).collect();
        let dress = Box::new(move |mut program: Program| {
            program.args(&more);
            program
        });
        Self::bare_in(directory, relay, dress).await.set_up().await
    }

    /// Starts a daemon and makes an account.
    pub(crate) async fn start(relay: Option<&Relay>) -> Self {
        Self::bare(relay).await.set_up().await
    }

    /// Starts a daemon inside the test, whose clock it shares, and makes an account.
    pub(crate) async fn inside(relay: &Relay) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let desk = Self { directory, relay: None, dress: Box::new(|program| program), child: None };
        let phone_origin = Some(Origin::parse(PHONE_ORIGIN).unwrap());
        let settings = Settings { data_directory: desk.data(), phone_origin, extra_ca: None };
        let daemon = Daemon::start(&settings, Keystore::absent()).await.unwrap();
        daemon.set_relay(Some(&Origin::parse(&relay.api).unwrap()), None).await.unwrap();
        tokio::spawn(server::serve(daemon, Listener::bind(&desk.socket()).await.unwrap()));
        desk.set_up().await
    }

    /// Makes an account.
    pub(crate) async fn set_up(self) -> Self {
        let desk = self;
        let name = String::from("Desk");
        let status = desk.status(Command::SetUp { pin: secret(PASSPHRASE), name }).await;
        assert!(status.set_up && !status.status.locked && !status.status.pin && !status.status.phone);
        desk
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.directory.path().join("run").join("daemon.sock")
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    async fn ready(&self) {
        soon(async {
            while socket::connect(&self.socket()).await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await;
    }

    /// `kill -9`, and start again; the store is locked then.
    pub(crate) async fn kill_and_restart(&mut self) {
        self.kill();
        self.spawn().await;
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Starts it and waits until it listens.
    pub(crate) async fn spawn(&mut self) {
        let program = program(&self.directory, self.relay.as_deref());
        self.child = Some((self.dress)(program).spawn().unwrap());
        self.ready().await;
    }

    /// Tells it to end, and waits until it has.
    pub(crate) async fn stop(&mut self) {
        assert!(matches!(self.report(Command::Stop).await, Report::Done));
        let mut child = self.child.take().unwrap();
        let status = tokio::task::spawn_blocking(move || child.wait().unwrap()).await.unwrap();
        assert!(status.success(), "{status}");
    }

    /// Whether the process has ended by itself.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.as_mut().unwrap().try_wait().unwrap().is_some()
    }

    /// The process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    pub(crate) async fn connect(&self) -> (Receiver, Sender) {
        socket::connect(&self.socket()).await.unwrap()
    }

    /// Sends a command and returns its connection, for what follows.
    pub(crate) async fn command(&self, command: Command) -> CommandLine {
        let (receiver, mut sender) = self.connect().await;
        sender.send(&Packet::Command { data: to_data(&command).unwrap() }).await.unwrap();
        CommandLine { receiver, _sender: sender }
    }

    /// Sends a command and returns its first report.
    pub(crate) async fn report(&self, command: Command) -> Report {
        self.command(command).await.report().await
    }

    pub(crate) async fn status(&self, command: Command) -> FullStatus {
        match self.report(command).await {
            Report::Status(status) => status,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn fault(&self, command: Command) -> Fault {
        match self.report(command).await {
            Report::Fault(fault) => fault,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) async fn unlock(&self) {
        let status = self.status(Command::Unlock { pin: secret(PASSPHRASE) }).await;
        assert!(!status.status.locked);
    }

    /// Adds a login for [`SITE`].
    pub(crate) async fn add_login(&self, password: &str) -> ItemSummary {
        match self.report(Command::Add(login("Example", SITE, password))).await {
            Report::Item(item) => item,
            other => panic!("{other:?}"),
        }
    }

    /// Waits until the status is as wanted.
    pub(crate) async fn wait_for(&self, wanted: impl Fn(&FullStatus) -> bool) -> FullStatus {
        soon(async {
            loop {
                let status = self.status(Command::Status).await;
                if wanted(&status) {
                    return status;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The daemon as a program with its own directories.
pub(crate) fn program(directory: &TempDir, relay: Option<&str>) -> Program {
    let mut program = Program::new(env!("CARGO_BIN_EXE_countersign-daemon"));
    program
        .arg("--no-keystore")
        .arg("--data-dir")
        .arg(directory.path().join("data"))
        .arg("--socket")
        .arg(directory.path().join("run").join("daemon.sock"))
        .args(["--phone", PHONE_ORIGIN])
        .stdin(Stdio::null());
    if let Some(relay) = relay {
        program.args(["--relay", relay]);
    }
    program
}

/// The connection of a command.
pub(crate) struct CommandLine {
    receiver: Receiver,
    _sender: Sender,
}

impl CommandLine {
    pub(crate) async fn report(&mut self) -> Report {
        match soon(self.receiver.receive()).await.unwrap() {
            Some(Packet::Report { data }) => from_data(&data, "report").unwrap(),
            // It cannot open its store.
            Some(Packet::Fault(fault)) => Report::Fault(fault),
            other => panic!("{other:?}"),
        }
    }
}

pub(crate) fn login(title: &str, site: &str, password: &str) -> ItemDraft {
    ItemDraft {
        kind: ItemKind::Login,
        metadata: metadata(title, site),
        username: String::from("me@example.com"),
        fields: vec![FieldDraft { id: None, kind: FieldKind::Password, value: secret(password) }],
        identity: None,
    }
}

pub(crate) fn metadata(title: &str, site: &str) -> MetadataDraft {
    let sites = vec![Site::exact(Origin::parse(site).unwrap())];
    MetadataDraft { title: title.to_owned(), sites, policy: Policy::default() }
}

pub(crate) fn chain(origins: &[&str]) -> OriginChain {
    OriginChain::new(origins.iter().map(|origin| Origin::parse(origin).unwrap()).collect()).unwrap()
}

pub(crate) fn fields(item: &ItemSummary) -> Vec<FieldId> {
    item.fields.iter().map(|field| field.id).collect()
}
