//! Which envelopes were received before. Kept on disk until they expire, so that a relay cannot show one again to a daemon that restarted.
//!
//! The file `received` in the data directory holds one record an envelope, appended: sender (32 bytes), message id (16), expiry (8, big-endian). What is out
//! of time is dropped when the daemon starts.

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

/// The envelopes that were received and have not expired.
#[derive(Debug)]
pub(crate) struct Received {
    known: HashMap<(DeviceId, MessageId), UnixMillis>,
    file: File,
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
        let known: HashMap<_, _> =
            bytes.chunks_exact(RECORD).filter_map(parse).filter(|(_, expires)| *expires > now).collect();
        let rewritten: Vec<u8> = known.iter().flat_map(|(key, expires)| record(*key, *expires)).collect();
        let new = directory.join("received.new");
        write_private(&new, &rewritten)?;
        fs::rename(&new, &path)?;
        Ok(Self { known, file: OpenOptions::new().append(true).open(&path)? })
    }
}

impl ReplayGuard for Received {
    fn admit(&mut self, sender: DeviceId, id: MessageId, expires: UnixMillis) -> bool {
        let key = (sender, id);
        if self.known.contains_key(&key) {
            return false;
        }
        // An envelope that cannot be recorded is not admitted: better lost than taken twice.
        let recorded = self.file.write_all(&record(key, expires)).and_then(|()| self.file.sync_data());
        if let Err(error) = recorded {
            tracing::error!(%error, "cannot record an envelope");
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
        assert!(open(100).admit(SENDER, ID, UnixMillis(200)));
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
