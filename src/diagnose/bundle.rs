//! The bundle: a text for bug reports. It is made of what the checks found and of the last lines of the logs, word by word, and a word goes in only if
//! nothing personal can stand in it.

use super::checks::{Check, State};
use crate::{Result, text::fault_message};
use countersign_wire::{control::FullStatus, log_file::log_files};
use std::{fmt::Write as _, fs, path::Path};

/// How many of a log's last lines go in.
const LINES: usize = 500;
/// How much of a log's end is read for them.
const TAIL_BYTES: usize = 256 * 1024;
/// Longer words are keys, ids or texts of somebody's.
const WORD: usize = 24;

/// Writes the bundle, readable by its owner alone.
pub(super) fn write(path: &Path, data: &Path, status: Option<&FullStatus>, checks: &[Check]) -> Result<()> {
    let text = compose(data, status, checks);
    let mut options = fs::OpenOptions::new();
    options.create(true).write(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    std::io::Write::write_all(&mut options.open(path)?, text.as_bytes())?;
    Ok(())
}

fn compose(data: &Path, status: Option<&FullStatus>, checks: &[Check]) -> String {
    let mut text = String::new();
    // Writing into a string does not fail.
    let _ = writeln!(
        text,
        "countersign {} on {} {}",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        std::env::consts::ARCH
    );
    for check in checks {
        let state = match check.state {
            State::Works => "works",
            State::Incomplete => "incomplete",
            State::Fails => "FAILS",
        };
        let fault = check.fault.map(fault_message).unwrap_or_default();
        let _ = writeln!(text, "{}", format!("{state} {} {fault}", check.message).trim_end());
    }
    if let Some(status) = status {
        let _ = writeln!(
            text,
            "daemon {} set-up={} locked={} pin={} phone={} relay={:?} browsers={} items={} not-sealed={}",
            status.status.version,
            status.set_up,
            status.status.locked,
            status.status.pin,
            status.status.phone,
            status.status.relay,
            status.browsers,
            status.items,
            status.not_sealed
        );
    }
    let [daemon, relay] = ["daemon.log", "relay.log"].map(|name| log_files(&data.join(name)));
    for log in daemon.into_iter().chain([data.join("start.log")]).chain(relay) {
        let Ok(bytes) = fs::read(&log) else { continue };
        let name = log.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let _ = writeln!(text, "\n== {name}: {} bytes", bytes.len());
        let tail = bytes.get(bytes.len().saturating_sub(TAIL_BYTES)..).unwrap_or_default();
        let tail = String::from_utf8_lossy(tail);
        let lines: Vec<_> = tail.lines().collect();
        for line in lines.iter().skip(lines.len().saturating_sub(LINES)) {
            let _ = writeln!(text, "{}", redact(line));
        }
    }
    text
}

/// A line without the words in which something personal could stand: addresses, paths, quotations, whatever is long.
fn redact(line: &str) -> String {
    let mut quoted = false;
    let words = line.split_whitespace().map(|word| {
        let within = quoted || word.contains(['"', '“', '\'']);
        quoted ^= word.matches(['"', '“', '”']).count() % 2 == 1;
        if !within && is_plain(word) { word } else { "…" }
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Whether it is a word of ours, a number or a time.
fn is_plain(word: &str) -> bool {
    let is_time = word.len() <= 32 && word.ends_with('Z') && word.starts_with(|c: char| c.is_ascii_digit());
    let has_address = word.contains(['/', '@', '\\']) || has_host(word);
    let is_module =
        word.starts_with("countersign_") && word.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'_' | b':'));
    is_time || is_module || (word.chars().count() <= WORD && !has_address)
}

/// A dot between letters or digits, as in host names; our own module paths have none.
fn has_host(word: &str) -> bool {
    let bytes = word.as_bytes();
    bytes.windows(3).any(
        |part| matches!(part, [before, b'.', after] if before.is_ascii_alphanumeric() && after.is_ascii_alphanumeric()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_words_stay_and_everything_personal_goes() {
        assert_eq!(
            redact("2026-01-02T03:04:05.678901Z  INFO countersign_daemon: connected to the relay"),
            "2026-01-02T03:04:05.678901Z INFO countersign_daemon: connected to the relay"
        );
        let cases = [
            (
                "INFO countersign_daemon::unlock::keystore: no keystore",
                "INFO countersign_daemon::unlock::keystore: no keystore",
            ),
            ("visited https://bank.example/login today", "visited … today"),
            ("sent to ada@example.com now", "sent to … now"),
            ("file /home/ada/.local/vault.db missing", "file … missing"),
            ("host bank.example refused", "host … refused"),
            ("key 0123456789abcdef0123456789abcdef0", "key …"),
            ("title \"My Bank\" of ada", "title … … of ada"),
        ];
        for (line, redacted) in cases {
            assert_eq!(redact(line), redacted);
        }
    }

    #[test]
    fn planted_secrets_and_sites_are_not_in_it() {
        let data = tempfile::tempdir().unwrap();
        let planted = [
            "hunter2-correct-horse-battery-staple",
            "https://secret-bank.example",
            "secret-bank.example:8443",
            "ada.kern@mail.example",
        ];
        let mut log: String = (0..2000).map(|number| format!("2026-01-02T03:04:05Z  INFO line {number}\n")).collect();
        for text in planted {
            let _ = writeln!(log, "2026-01-02T03:04:05Z  WARN something about {text}");
            let _ = writeln!(log, "2026-01-02T03:04:05Z  WARN site=\"{text}\" value={text:?}");
        }
        fs::write(data.path().join("daemon.log"), &log).unwrap();
        let check = Check {
            state: State::Fails,
            message: "diagnose-directory-open",
            arguments: vec![("directory", "/home/ada".into())],
            fault: None,
        };
        let path = data.path().join("bundle.txt");
        write(&path, data.path(), None, &[check]).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        for text_of in planted.into_iter().chain(["secret-bank", "hunter2", "ada"]) {
            assert!(!text.contains(text_of), "{text_of} is in it");
        }
        assert!(text.contains("line 1999") && !text.contains("line 1000"), "the end of the log, and not all of it");
        assert!(text.contains("FAILS diagnose-directory-open"));
    }
}
