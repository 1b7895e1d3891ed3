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
use tokio::time::timeout;

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

/// A relay of this test's own.
pub(crate) struct Relay {
    pub(crate) api: String,
    _directory: TempDir,
}

impl Relay {
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// Starts one with more arguments.
    pub(crate) async fn start_with(more: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let mut arguments =
            vec!["countersign-relay", "--listen", "127.0.0.1:0", "--data-dir", directory.path().to_str().unwrap()];
        arguments.extend(more);
        let server = Server::start(&<Options as clap::Parser>::parse_from(arguments)).await.unwrap();
        let api = server.ready().api.clone();
        tokio::spawn(async move { server.run(core::future::pending()).await.unwrap() });
        Self { api, _directory: directory }
    }
}

/// A daemon. Killed on drop.
pub(crate) struct Desk {
    directory: TempDir,
    relay: Option<String>,
    /// `None`: it runs inside the test.
    child: Option<Child>,
}

impl Desk {
    /// Starts a daemon without any account.
    pub(crate) async fn bare(relay: Option<&Relay>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let relay = relay.map(|relay| relay.api.clone());
        let child = Some(spawn(&directory, relay.as_deref()));
        let desk = Self { directory, relay, child };
        desk.ready().await;
        desk
    }

    /// Starts a daemon with more arguments, and makes an account.
    pub(crate) async fn start_with(relay: &Relay, more: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let relay = Some(relay.api.clone());
        let child = Some(program(&directory, relay.as_deref()).args(more).spawn().unwrap());
        let desk = Self { directory, relay, child };
        desk.ready().await;
        desk.set_up().await
    }

    /// Starts a daemon and makes an account.
    pub(crate) async fn start(relay: Option<&Relay>) -> Self {
        Self::bare(relay).await.set_up().await
    }

    /// Starts a daemon inside the test, whose clock it shares, and makes an account.
    pub(crate) async fn inside(relay: &Relay) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let desk = Self { directory, relay: None, child: None };
        let phone_origin = Some(Origin::parse(PHONE_ORIGIN).unwrap());
        let settings = Settings { data_directory: desk.data(), phone_origin, extra_ca: None };
        let daemon = Daemon::start(&settings, Keystore::absent()).await.unwrap();
        daemon.set_relay(Some(&Origin::parse(&relay.api).unwrap()), None).await.unwrap();
        tokio::spawn(server::serve(daemon, Listener::bind(&desk.socket()).await.unwrap()));
        desk.set_up().await
    }

    async fn set_up(self) -> Self {
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
        let mut child = self.child.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
        self.child = Some(spawn(&self.directory, self.relay.as_deref()));
        self.ready().await;
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

fn spawn(directory: &TempDir, relay: Option<&str>) -> Child {
    program(directory, relay).spawn().unwrap()
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
