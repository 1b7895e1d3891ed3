//! The store with a real Secret Service: gnome-keyring on a session bus of its own. Each test starts this test program once more under
//! `dbus-run-session`, so that nothing of the machine's own session is touched.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "test code")]
#![cfg(target_os = "linux")]

use countersign_daemon::{
    store::{Error, Store},
    unlock::{Keystore, Opener},
};
use countersign_seal::secret::SecretBytes;
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

const HOME: &str = "COUNTERSIGN_TEST_HOME";

/// Runs one of the ignored tests below in a home and a session of its own. `start` is a shell command that runs before it on the same bus.
fn in_session(test: &str, start: &str) {
    let home = tempfile::Builder::new().prefix("cs-").tempdir().unwrap();
    let of = |name: &str| {
        let path = home.path().join(name);
        std::fs::create_dir_all(&path).unwrap();
        path
    };
    std::fs::set_permissions(of("run"), std::os::unix::fs::PermissionsExt::from_mode(0o700)).unwrap();
    let run = format!("{start}\nexec \"$0\" --exact {test} --ignored --nocapture --test-threads=1");
    let output = Command::new("dbus-run-session")
        .args(["--", "sh", "-c", &run])
        .arg(std::env::current_exe().unwrap())
        .env_remove("DBUS_SESSION_BUS_ADDRESS")
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env("HOME", home.path())
        .env("XDG_RUNTIME_DIR", of("run"))
        .env("XDG_DATA_HOME", of("data"))
        .env("XDG_CONFIG_HOME", of("config"))
        .env("XDG_CACHE_HOME", of("cache"))
        .env(HOME, home.path())
        .stdin(Stdio::null())
        .output()
        .expect("dbus-run-session must be installed (Debian: dbus)");
    let text = format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

/// Starts gnome-keyring with an unlocked login keyring, which it makes if there is none.
const UNLOCKED: &str = "printf 'test password' | gnome-keyring-daemon --unlock --components=secrets >&2 || exit 3";

fn home() -> PathBuf {
    std::env::var_os(HOME).expect("run by the test of the same name").into()
}

fn data() -> PathBuf {
    home().join("data/countersign")
}

fn pin(text: &str) -> SecretBytes {
    SecretBytes::from(String::from(text))
}

async fn open(dir: &Path) -> Store {
    Store::open(dir).await.unwrap()
}

#[test]
fn a_pin_and_the_keyring_open_the_store() {
    in_session("with_an_unlocked_keyring", UNLOCKED);
}

#[tokio::test]
#[ignore = "run by a_pin_and_the_keyring_open_the_store"]
async fn with_an_unlocked_keyring() {
    let keystore = Keystore::system();
    let store = open(&data()).await;
    assert_eq!(keystore.opener().await.unwrap(), Opener::Pin);
    let account = store.set_up(pin("246810"), "Desk", &keystore).await.unwrap().account();
    drop(store);
    let store = open(&data()).await;
    assert_eq!(store.opener(), Some(Opener::Pin));
    assert!(matches!(store.unlock(pin("246811"), &keystore).await, Err(Error::WrongPin)));
    assert_eq!(store.unlock(pin("246810"), &keystore).await.unwrap().account(), account);
    drop(store);

    // A copy of the file, without the keystore's secret, opens with no PIN. SQLite closes the file a moment later: until then a part of it is in the log.
    let closed = async {
        while data().join("vault.db-wal").exists() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), closed).await.unwrap();
    let copy = home().join("copy");
    std::fs::create_dir(&copy).unwrap();
    std::fs::copy(data().join("vault.db"), copy.join("vault.db")).unwrap();
    let copied = open(&copy).await;
    assert!(matches!(copied.unlock(pin("246810"), &Keystore::absent()).await, Err(Error::Keystore(_))));

    // The keyring goes away: an error, and no downgrade to a passphrase.
    let killed = Command::new("sh")
        .args([
            "-c",
            "kill $(dbus-send --session --print-reply=literal --dest=org.freedesktop.DBus / \
        org.freedesktop.DBus.GetConnectionUnixProcessID string:org.freedesktop.secrets | sed 's/.* //')",
        ])
        .status()
        .unwrap();
    assert!(killed.success());
    let store = open(&data()).await;
    let gone = Keystore::system().with_patience(Duration::from_secs(5));
    let outcome = store.unlock(pin("246810"), &gone).await;
    assert!(matches!(outcome, Err(Error::Keystore(_))), "{outcome:?}");
    assert_eq!(store.retry_after(), Duration::ZERO);
}

#[test]
fn a_keyring_that_waits_for_its_user_is_given_up_on() {
    in_session("with_a_locked_keyring", UNLOCKED);
}

#[tokio::test]
#[ignore = "run by a_keyring_that_waits_for_its_user_is_given_up_on"]
async fn with_a_locked_keyring() {
    let store = open(&data()).await;
    drop(store.set_up(pin("246810"), "Desk", &Keystore::system()).await.unwrap());
    let locked = Command::new("dbus-send")
        .args(["--session", "--print-reply", "--dest=org.freedesktop.secrets", "/org/freedesktop/secrets"])
        .args(["org.freedesktop.Secret.Service.Lock", "array:objpath:/org/freedesktop/secrets/collection/login"])
        .status()
        .unwrap();
    assert!(locked.success());
    let patience = Duration::from_secs(3);
    let begun = Instant::now();
    let outcome = store.unlock(pin("246810"), &Keystore::system().with_patience(patience)).await;
    assert!(matches!(outcome, Err(Error::Keystore(_))), "{outcome:?}");
    assert!(begun.elapsed() < patience * 4);
    assert_eq!(store.retry_after(), Duration::ZERO);
}

#[test]
fn a_keyring_that_never_answers_is_given_up_on() {
    in_session("with_a_frozen_keyring", UNLOCKED);
}

#[tokio::test]
#[ignore = "run by a_keyring_that_never_answers_is_given_up_on"]
async fn with_a_frozen_keyring() {
    let store = open(&data()).await;
    drop(store.set_up(pin("246810"), "Desk", &Keystore::system()).await.unwrap());
    let signal = |name: &str| {
        let command = format!(
            "kill -{name} $(dbus-send --session --print-reply=literal --dest=org.freedesktop.DBus / \
            org.freedesktop.DBus.GetConnectionUnixProcessID string:org.freedesktop.secrets | sed 's/.* //')"
        );
        assert!(Command::new("sh").args(["-c", &command]).status().unwrap().success());
    };
    signal("STOP");
    let patience = Duration::from_secs(2);
    let begun = Instant::now();
    let frozen = Keystore::system().with_patience(patience);
    let outcome = store.unlock(pin("246810"), &frozen).await;
    assert!(matches!(outcome, Err(Error::Keystore(_))), "{outcome:?}");
    assert!(begun.elapsed() >= patience && begun.elapsed() < patience * 4);
    // Set-up must not take a silent keystore for none.
    assert!(matches!(frozen.opener().await, Err(Error::Keystore(_))));
    signal("CONT");
    store.unlock(pin("246810"), &Keystore::system()).await.unwrap();
}

#[test]
fn without_a_keyring_a_passphrase_takes_the_pins_place() {
    in_session("with_no_keyring", "unset DBUS_SESSION_BUS_ADDRESS");
}

#[tokio::test]
#[ignore = "run by without_a_keyring_a_passphrase_takes_the_pins_place"]
async fn with_no_keyring() {
    let keystore = Keystore::system();
    assert_eq!(keystore.opener().await.unwrap(), Opener::Passphrase);
    let store = open(&data()).await;
    assert!(matches!(store.set_up(pin("246810"), "Desk", &keystore).await, Err(Error::TooShort { min: 12, .. })));
    drop(store.set_up(pin("a long passphrase"), "Desk", &keystore).await.unwrap());
    assert_eq!(store.opener(), Some(Opener::Passphrase));
    drop(store.unlock(pin("a long passphrase"), &keystore).await.unwrap());
}
