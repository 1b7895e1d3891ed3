//! What is looked at.

use crate::{install, processes};
use countersign_wire::{control::FullStatus, local::Fault};
use std::path::Path;

/// How something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Works,
    /// It is not there yet: a step of the set-up is left.
    Incomplete,
    Fails,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Check {
    pub(crate) state: State,
    /// The message that says so; its `remedy` says what to do.
    pub(crate) message: &'static str,
    pub(crate) arguments: Vec<(&'static str, String)>,
    /// What the message tells of, in the words that are used for it everywhere.
    pub(crate) fault: Option<Fault>,
}

/// Below this the vault may soon not be written any more: it is rebuilt as a whole when a phone seals it.
const ROOM_BYTES: u64 = 64 * 1024 * 1024;

impl Check {
    const fn new(state: State, message: &'static str) -> Self {
        Self { state, message, arguments: Vec::new(), fault: None }
    }

    const fn of(message: &'static str, fault: Fault) -> Self {
        Self { state: State::Fails, message, arguments: Vec::new(), fault: Some(fault) }
    }

    fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.arguments.push((name, value.to_string()));
        self
    }
}

/// Everything, from the files on this computer to the phone.
pub(crate) fn all(data: &Path, status: &Result<FullStatus, Fault>) -> Vec<Check> {
    let mut checks: Vec<Check> = programs();
    checks.extend(browsers());
    checks.extend(directory(data));
    match status {
        Err(fault) if fault.is_of_store() => checks.push(Check::of("diagnose-unusable", *fault)),
        Err(_) => checks.push(Check::new(State::Fails, "diagnose-no-daemon")),
        Ok(status) => checks.extend(daemon(status)),
    }
    checks
}

fn programs() -> Vec<Check> {
    let names = ["countersign-daemon", "countersign-native-host"];
    let missing = names.into_iter().filter(|name| processes::program(name).is_err());
    let missing: Vec<_> =
        missing.map(|name| Check::new(State::Fails, "diagnose-program-missing").with("program", name)).collect();
    if missing.is_empty() { vec![Check::new(State::Works, "diagnose-programs")] } else { missing }
}

fn browsers() -> Vec<Check> {
    let found = install::registrations();
    if found.is_empty() {
        return vec![Check::new(State::Fails, "diagnose-no-browser")];
    }
    let check = |(browser, registered)| {
        let (state, message) =
            if registered { (State::Works, "diagnose-registered") } else { (State::Fails, "diagnose-not-registered") };
        Check::new(state, message).with("browser", browser)
    };
    found.into_iter().map(check).collect()
}

fn directory(data: &Path) -> Vec<Check> {
    if !data.is_dir() {
        return vec![Check::new(State::Incomplete, "diagnose-no-directory")];
    }
    let mut checks = vec![if is_private(data) {
        Check::new(State::Works, "diagnose-directory")
    } else {
        Check::new(State::Fails, "diagnose-directory-open").with("directory", data.display())
    }];
    if let Some(free) = free_bytes(data).filter(|free| *free < ROOM_BYTES) {
        checks.push(Check::new(State::Fails, "diagnose-no-room").with("megabytes", free / 1024 / 1024));
    }
    checks
}

#[cfg(unix)]
fn is_private(directory: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    directory.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o077 == 0)
}

/// The user's profile is private on Windows as it is.
#[cfg(windows)]
fn is_private(_directory: &Path) -> bool {
    true
}

#[cfg(unix)]
fn free_bytes(directory: &Path) -> Option<u64> {
    let found = rustix::fs::statvfs(directory).ok()?;
    found.f_bavail.checked_mul(found.f_frsize)
}

#[cfg(windows)]
fn free_bytes(_directory: &Path) -> Option<u64> {
    None
}

fn daemon(status: &FullStatus) -> Vec<Check> {
    let inner = &status.status;
    let mut checks = vec![if inner.version == env!("CARGO_PKG_VERSION") {
        Check::new(State::Works, "diagnose-daemon").with("version", &inner.version)
    } else {
        Check::new(State::Fails, "diagnose-daemon-version")
            .with("version", &inner.version)
            .with("own", env!("CARGO_PKG_VERSION"))
    }];
    checks.extend(inner.faults.iter().map(|fault| Check::of("diagnose-fault", *fault)));
    if !status.set_up {
        checks.push(Check::new(State::Incomplete, "diagnose-not-set-up"));
        return checks;
    }
    checks.push(if inner.locked {
        Check::new(State::Incomplete, "diagnose-locked")
    } else {
        Check::new(State::Works, "diagnose-unlocked").with("items", status.items)
    });
    checks.push(if status.browsers > 0 {
        Check::new(State::Works, "diagnose-browsers").with("browsers", status.browsers)
    } else {
        Check::new(State::Incomplete, "diagnose-no-browsers")
    });
    checks.push(match (inner.relay, inner.locked) {
        (None, _) => Check::new(State::Incomplete, "diagnose-no-relay"),
        (Some(true), _) => Check::new(State::Works, "diagnose-relay"),
        // A locked daemon has no keys to log in with.
        (Some(false), true) => Check::new(State::Incomplete, "diagnose-relay-locked"),
        (Some(false), false) => Check::new(State::Fails, "diagnose-relay-down"),
    });
    checks.push(if inner.phone {
        Check::new(State::Works, "diagnose-phone")
    } else {
        Check::new(State::Incomplete, "diagnose-no-phone")
    });
    if !status.old_backups.is_empty() {
        checks.push(Check::new(State::Fails, "diagnose-old-backups").with("count", status.old_backups.len()));
    }
    checks
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_wire::local::Status;

    fn status() -> FullStatus {
        FullStatus {
            set_up: true,
            status: Status {
                version: env!("CARGO_PKG_VERSION").into(),
                locked: false,
                pin: true,
                phone: true,
                relay: Some(true),
                retry_after_millis: 0,
                faults: Vec::new(),
            },
            relay: None,
            pid: 1,
            browsers: 1,
            items: 3,
            not_sealed: 0,
            old_backups: Vec::new(),
        }
    }

    fn states(change: impl Fn(&mut FullStatus)) -> Vec<(&'static str, State)> {
        let mut status = status();
        change(&mut status);
        daemon(&status).into_iter().map(|check| (check.message, check.state)).collect()
    }

    #[test]
    fn all_is_well_when_it_is() {
        assert!(states(|_| {}).iter().all(|(_, state)| *state == State::Works));
    }

    #[test]
    fn a_vault_that_cannot_be_opened_is_named_and_a_missing_daemon_is() {
        let data = tempfile::tempdir().unwrap();
        let last = |fault| all(data.path(), &Err(fault)).pop().unwrap();
        for fault in [Fault::Damaged, Fault::NewerStore, Fault::DiskFull, Fault::ReadOnly] {
            assert_eq!(last(fault), Check::of("diagnose-unusable", fault));
        }
        assert_eq!(last(Fault::NoDaemon).message, "diagnose-no-daemon");
    }

    #[test]
    fn what_is_amiss_is_named() {
        type Change = fn(&mut FullStatus);
        let cases: [(Change, &str, State); 8] = [
            (|status| status.status.faults.push(Fault::Clock), "diagnose-fault", State::Fails),
            (|status| status.status.version = "0.0.1".into(), "diagnose-daemon-version", State::Fails),
            (|status| status.set_up = false, "diagnose-not-set-up", State::Incomplete),
            (|status| status.status.locked = true, "diagnose-locked", State::Incomplete),
            (|status| status.browsers = 0, "diagnose-no-browsers", State::Incomplete),
            (|status| status.status.relay = Some(false), "diagnose-relay-down", State::Fails),
            (|status| status.status.phone = false, "diagnose-no-phone", State::Incomplete),
            (|status| status.old_backups.push("/x".into()), "diagnose-old-backups", State::Fails),
        ];
        for (change, message, state) in cases {
            assert!(states(change).contains(&(message, state)), "{message}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_directory_that_others_may_enter_is_named() {
        use std::os::unix::fs::PermissionsExt as _;
        let data = tempfile::tempdir().unwrap();
        let first = || directory(data.path()).first().map(|check| check.message);
        std::fs::set_permissions(data.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
        assert_eq!(first(), Some("diagnose-directory"));
        std::fs::set_permissions(data.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(first(), Some("diagnose-directory-open"));
        assert_eq!(
            directory(&data.path().join("none")).first().map(|check| check.message),
            Some("diagnose-no-directory")
        );
    }
}
