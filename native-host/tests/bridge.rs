//! The real host process between pipes, as a browser holds them, and a socket, as the daemon serves it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub,
    reason = "test code"
)]

use countersign_wire::{
    local::Fault,
    native::{FRAME_LIMIT, Packet, SecretData},
    socket::{Listener, PATH_VARIABLE},
};
use std::{
    io::{Read, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

const CALLER: &str = "chrome-extension://abcdefgh/";

struct Host {
    child: Child,
    input: Option<ChildStdin>,
    output: ChildStdout,
}

impl Host {
    fn start(socket: &Path) -> Self {
        Self::start_by(Command::new(env!("CARGO_BIN_EXE_countersign-native-host")), socket)
    }

    fn start_by(mut command: Command, socket: &Path) -> Self {
        let mut child = command
            .arg(CALLER)
            .env(PATH_VARIABLE, socket)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) = (child.stdin.take(), child.stdout.take().unwrap());
        Self { child, input, output }
    }

    fn say(&mut self, packet: &Packet) {
        self.write(&native_messaging::encode_message(packet).unwrap());
    }

    fn write(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().unwrap();
        input.write_all(bytes).and_then(|()| input.flush()).unwrap();
    }

    /// What the browser hears next; `None` at the end.
    fn hear(&mut self) -> Option<Packet> {
        let mut length = [0; 4];
        self.output.read_exact(&mut length).ok()?;
        let mut json = vec![0; usize::try_from(u32::from_ne_bytes(length)).unwrap()];
        self.output.read_exact(&mut json).unwrap();
        Some(Packet::from_json(&json).unwrap())
    }

    fn close(&mut self) -> ExitStatus {
        drop(self.input.take());
        self.ended()
    }

    fn ended(&mut self) -> ExitStatus {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "the host goes on");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn socket() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("run/daemon.sock");
    (directory, path)
}

fn frame(data: impl Into<String>) -> Packet {
    Packet::Frame { data: data.into() }
}

fn said_by(extension: &str) -> Packet {
    Packet::Caller { extension: extension.into() }
}

#[tokio::test(flavor = "multi_thread")]
async fn it_says_who_called_and_passes_packets_both_ways() {
    let (_directory, path) = socket();
    let listener = Listener::bind(&path).await.unwrap();
    let mut host = Host::start(&path);
    let (mut receiver, mut sender) = listener.accept().await.unwrap();
    assert_eq!(receiver.receive().await.unwrap(), Some(said_by("abcdefgh")));

    // Both ways at once: neither waits for the other.
    for n in 0..50 {
        sender.send(&frame(format!("down {n}"))).await.unwrap();
    }
    for n in 0..50 {
        host.say(&frame(format!("up {n}")));
    }
    for n in 0..50 {
        assert_eq!(receiver.receive().await.unwrap(), Some(frame(format!("up {n}"))));
        assert_eq!(host.hear(), Some(frame(format!("down {n}"))));
    }

    let large = "x".repeat(FRAME_LIMIT - 100);
    sender.send(&frame(large.clone())).await.unwrap();
    assert_eq!(host.hear(), Some(frame(large)));

    assert!(host.close().success());
    assert_eq!(receiver.receive().await.unwrap(), None, "the daemon sees the end");
}

/// A PIN passes through the host while the daemon is locked. The owner of a process's `/proc` files is root once its memory may not be read (proc(5),
/// PR_SET_DUMPABLE); so the process itself must not be root's.
#[cfg(target_os = "linux")]
#[test]
fn nobody_reads_its_memory() {
    use std::os::unix::{fs::MetadataExt as _, process::CommandExt as _};
    let (directory, path) = socket();
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign-native-host"));
    if std::fs::metadata("/proc/self").unwrap().uid() == 0 {
        let nobody = 65_534;
        std::os::unix::fs::chown(directory.path(), Some(nobody), Some(nobody)).unwrap();
        // A place that others may enter, wherever the tests were built.
        let copy = directory.path().join("host");
        std::fs::copy(command.get_program(), &copy).unwrap();
        command = Command::new(copy);
        command.uid(nobody).gid(nobody);
    }
    let mut host = Host::start_by(command, &path);
    assert_eq!(host.hear(), Some(Packet::Fault(Fault::NoDaemon)), "it has started");
    let process = PathBuf::from(format!("/proc/{}", host.child.id()));
    let (owner, memory) = (process.metadata().unwrap().uid(), process.join("mem").metadata().unwrap().uid());
    let limits = std::fs::read_to_string(process.join("limits")).unwrap();
    let core = limits.lines().find(|line| line.starts_with("Max core file size")).unwrap();
    assert_eq!(core.split_whitespace().filter(|word| *word == "0").count(), 2, "{core}");
    assert_eq!(memory, 0, "its memory belongs to {memory}, the process to {owner}");
}

#[tokio::test(flavor = "multi_thread")]
async fn it_outlives_daemons() {
    let (_directory, path) = socket();
    let mut host = Host::start(&path);
    assert_eq!(host.hear(), Some(Packet::Fault(Fault::NoDaemon)));
    host.say(&Packet::Who);
    assert_eq!(host.hear(), Some(Packet::Fault(Fault::NoDaemon)), "every packet is answered");

    for _ in 0..2 {
        let listener = Listener::bind(&path).await.unwrap();
        let (mut receiver, sender) = listener.accept().await.unwrap();
        assert_eq!(receiver.receive().await.unwrap(), Some(said_by("abcdefgh")));
        assert_eq!(receiver.receive().await.unwrap(), Some(Packet::Who), "it asks in the extension's place");
        drop((listener, receiver, sender));
        assert_eq!(host.hear(), Some(Packet::Fault(Fault::NoDaemon)));
    }
    assert!(host.close().success());
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_the_daemon_said_is_flushed_before_it_ends() {
    let (_directory, path) = socket();
    let listener = Listener::bind(&path).await.unwrap();
    let mut host = Host::start(&path);
    let (mut receiver, mut sender) = listener.accept().await.unwrap();
    receiver.receive().await.unwrap();
    sender.send(&frame("first")).await.unwrap();
    assert_eq!(host.hear(), Some(frame("first")));
    sender.send(&frame("last")).await.unwrap();
    drop((listener, receiver, sender));
    assert_eq!(host.hear(), Some(frame("last")));
    assert_eq!(host.hear(), Some(Packet::Fault(Fault::NoDaemon)));
    assert!(host.close().success());
    assert_eq!(host.hear(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_bytes_end_it_and_never_reach_the_daemon() {
    let json = |text: &str| [&u32::try_from(text.len()).unwrap().to_ne_bytes(), text.as_bytes()].concat();
    let too_long = u32::try_from(FRAME_LIMIT + 1).unwrap().to_ne_bytes().to_vec();
    let command = native_messaging::encode_message(&Packet::Command { data: SecretData::default() }).unwrap();
    let caller = native_messaging::encode_message(&said_by("other")).unwrap();
    let cases = [
        json("{}"),
        json("not json"),
        json(r#"{"type":"unknown"}"#),
        json(r#"{"type":"frame"}"#),
        vec![4, 0, 0, 0, 0xff, 0xfe, 0, 0],
        too_long,
        command,
        caller,
    ];
    for bytes in cases {
        let (_directory, path) = socket();
        let listener = Listener::bind(&path).await.unwrap();
        let mut host = Host::start(&path);
        let (mut receiver, _sender) = listener.accept().await.unwrap();
        receiver.receive().await.unwrap();
        host.write(&bytes);
        assert_eq!(host.hear(), Some(Packet::Fault(Fault::Malformed)), "{bytes:?}");
        assert!(host.ended().success());
        assert_eq!(receiver.receive().await.unwrap(), None, "{bytes:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_that_speaks_nonsense_is_no_daemon() {
    let (_directory, path) = socket();
    let listener = Listener::bind(&path).await.unwrap();
    let mut host = Host::start(&path);
    let (mut receiver, mut sender) = listener.accept().await.unwrap();
    receiver.receive().await.unwrap();
    sender.send_bytes(b"nonsense").await.unwrap();
    assert_eq!(host.hear(), Some(Packet::Fault(Fault::NoDaemon)));
    assert!(host.close().success());
}

#[test]
fn it_starts_only_for_a_browser() {
    let status = Command::new(env!("CARGO_BIN_EXE_countersign-native-host")).arg("--help").status().unwrap();
    assert_eq!(status.code(), Some(2));
}
