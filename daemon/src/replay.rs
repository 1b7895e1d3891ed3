//! Which envelopes were received before. Kept on disk until they expire, so that a relay cannot show one again to a daemon that restarted.
//!
//! The file `received` in the data directory holds one record an envelope, appended: sender (32 bytes), message id (16), expiry (8, big-endian). What is out
//! of time is dropped when the daemon starts, with two days of grace: a clock that runs ahead must not make it forget what will be in time again.

use countersign_seal::{
    envelope::ReplayGuard,
    id::{DeviceId, MessageId, UnixMillis},
};
use std::{
    collections::HashMap,
    fs::{self, File, OpenOptions},
    io::{self, Write as _},
    path::Path,
};

const RECORD: usize = DeviceId::LEN + MessageId::LEN + 8;
const GRACE_MILLIS: u64 = 2 * 24 * 3600 * 1000;

/// The envelopes that were received and have not expired.
#[derive(Debug)]
pub(crate) struct Received {
    known: HashMap<(DeviceId, MessageId), UnixMillis>,
    file: File,
    /// The file's length: all of it whole records.
    length: u64,
    /// Whether the last envelope was not admitted because it could not be recorded.
    failed: bool,
}

impl Received {
    /// Reads the file in `directory` and rewrites it without what has expired by `now`.
    pub(crate) fn open(directory: &Path, now: UnixMillis) -> io::Result<Self> {
        let path = directory.join("received");
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        // A record that a crash cut off was not acted upon: it is dropped.
        let all: HashMap<_, _> = bytes.chunks_exact(RECORD).filter_map(parse).collect();
        let known: HashMap<_, _> = all.into_iter().filter(|(_, expires)| expires.plus(GRACE_MILLIS) > now).collect();
        let rewritten: Vec<u8> = known.iter().flat_map(|(key, expires)| record(*key, *expires)).collect();
        let new = directory.join("received.new");
        // On a full disk the file goes on as it is.
        let outcome = write_private(&new, &rewritten).and_then(|()| fs::rename(&new, &path));
        if let Err(error) = &outcome {
            tracing::warn!(%error, "the record of envelopes is not tidied");
            let _ = fs::remove_file(&new);
        }
        let mut options = OpenOptions::new();
        options.append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path)?;
        let whole = bytes.len() - bytes.len() % RECORD;
        let length = u64::try_from(if outcome.is_ok() { rewritten.len() } else { whole }).unwrap_or(u64::MAX);
        file.set_len(length)?;
        Ok(Self { known, file, length, failed: false })
    }

    /// Whether the last envelope was not admitted because it could not be recorded.
    pub(crate) const fn has_failed(&self) -> bool {
        self.failed
    }

    fn append(&mut self, record: &[u8]) -> io::Result<()> {
        let written = self.file.write_all(record).and_then(|()| self.file.sync_data());
        match written {
            Ok(()) => self.length = self.length.saturating_add(u64::try_from(record.len()).unwrap_or(u64::MAX)),
            // Half a record would shift all that follow.
            Err(_) => self.file.set_len(self.length)?,
        }
        written
    }
}

impl ReplayGuard for Received {
    fn admit(&mut self, sender: DeviceId, id: MessageId, expires: UnixMillis) -> bool {
        let key = (sender, id);
        if self.known.contains_key(&key) {
            self.failed = false;
            return false;
        }
        // An envelope that cannot be recorded is not admitted: better lost than taken twice.
        self.failed = false;
        if let Err(error) = self.append(&record(key, expires)) {
            tracing::error!(%error, "cannot record an envelope");
            self.failed = true;
            return false;
        }
        self.known.insert(key, expires);
        true
    }
}

fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn record((sender, id): (DeviceId, MessageId), expires: UnixMillis) -> Vec<u8> {
    [sender.as_bytes().as_slice(), id.as_bytes(), &expires.0.to_be_bytes()].concat()
}

fn parse(bytes: &[u8]) -> Option<((DeviceId, MessageId), UnixMillis)> {
    let (sender, rest) = bytes.split_at_checked(DeviceId::LEN)?;
    let (id, expires) = rest.split_at_checked(MessageId::LEN)?;
    let expires = UnixMillis(u64::from_be_bytes(expires.try_into().ok()?));
    Some(((DeviceId::from_slice(sender).ok()?, MessageId::from_slice(id).ok()?), expires))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SENDER: DeviceId = DeviceId([1; 32]);
    const ID: MessageId = MessageId([2; 16]);

    #[test]
    fn remembers_over_a_restart_until_expiry() {
        let directory = tempfile::tempdir().unwrap();
        let open = |now| Received::open(directory.path(), UnixMillis(now)).unwrap();
        assert!(open(0).admit(SENDER, ID, UnixMillis(100)));
        assert!(!open(50).admit(SENDER, ID, UnixMillis(100)));
        assert!(open(50).admit(SENDER, MessageId([3; 16]), UnixMillis(100)));
        // A clock that was a day ahead for a while makes it forget nothing.
        assert!(!open(100 + GRACE_MILLIS / 2).admit(SENDER, ID, UnixMillis(100)));
        assert!(!open(50).admit(SENDER, ID, UnixMillis(100)));
        assert!(open(100 + GRACE_MILLIS).admit(SENDER, ID, UnixMillis(200)));
    }

    #[test]
    fn a_record_cut_off_by_a_crash_is_dropped() {
        let directory = tempfile::tempdir().unwrap();
        assert!(Received::open(directory.path(), UnixMillis(0)).unwrap().admit(SENDER, ID, UnixMillis(100)));
        let path = directory.path().join("received");
        let bytes = fs::read(&path).unwrap();
        fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        assert!(Received::open(directory.path(), UnixMillis(0)).unwrap().admit(SENDER, ID, UnixMillis(100)));
    }
}
