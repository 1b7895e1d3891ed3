//! A look at SQLite's write-ahead log before SQLite itself opens it.
//!
//! SQLite takes a log up to the first frame that does not check out, and forgets the rest: right after a power failure, where the rest was never answered,
//! and wrong where bytes that were on the disk have changed since. Each commit is on the disk before the next one is written, so a log in which two commits
//! or more stand behind a bad frame is damaged.
//!
//! The format is <https://www.sqlite.org/fileformat2.html#walformat>.

const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;
/// The header's first word; the last bit says that checksums are made of big-endian words.
const MAGIC: u32 = 0x377f_0682;
/// Where `PRAGMA user_version` stands in the first page.
const USER_VERSION: usize = 60;

/// What a log holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Look {
    /// Something that was committed cannot be read any more.
    pub(super) is_damaged: bool,
    /// The `user_version` that it would give the file, if it touches the page with it.
    pub(super) version: Option<u32>,
}

/// Looks at the bytes of a `-wal` file.
pub(super) fn look(bytes: &[u8]) -> Look {
    if bytes.len() <= HEADER || bytes.iter().take(HEADER).all(|byte| *byte == 0) {
        return Look::default();
    }
    Log::read(bytes).map_or(Look { is_damaged: true, version: None }, |log| log.look())
}

/// A log whose header checks out.
struct Log<'a> {
    frames: &'a [u8],
    page: usize,
    salts: &'a [u8],
    sum: Checksum,
}

struct Frame<'a> {
    number: u32,
    is_commit: bool,
    salts: &'a [u8],
    sum: (u32, u32),
    /// What of the header goes into the checksum.
    head: &'a [u8],
    page: &'a [u8],
}

impl<'a> Log<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let (header, frames) = bytes.split_at_checked(HEADER)?;
        let magic = word(header, 0)?;
        let page = usize::try_from(word(header, 8)?).ok().filter(|page| page.is_power_of_two() && *page >= 512)?;
        let mut sum = Checksum { big_endian: magic & 1 == 1, value: (0, 0) };
        sum.add(header.get(..24)?);
        let fits = magic & !1 == MAGIC && sum.value == (word(header, 24)?, word(header, 28)?);
        fits.then_some(Self { frames, page, salts: header.get(16..24)?, sum })
    }

    fn look(&self) -> Look {
        let mut sum = self.sum;
        let (mut version, mut committed_version, mut commits_after) = (None, None, 0);
        let mut is_sound = true;
        for frame in self.frames.chunks_exact(FRAME_HEADER + self.page).filter_map(Frame::read) {
            let is_of_this_log = frame.salts == self.salts;
            sum.add(frame.head);
            sum.add(frame.page);
            is_sound &= is_of_this_log && sum.value == frame.sum;
            if !is_sound {
                commits_after += u32::from(is_of_this_log && frame.is_commit);
                continue;
            }
            if frame.number == 1 {
                version = word(frame.page, USER_VERSION);
            }
            if frame.is_commit {
                committed_version = version;
            }
        }
        Look { is_damaged: commits_after > 1, version: committed_version }
    }
}

impl<'a> Frame<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let (header, page) = bytes.split_at_checked(FRAME_HEADER)?;
        Some(Self {
            number: word(header, 0)?,
            is_commit: word(header, 4)? != 0,
            salts: header.get(8..16)?,
            sum: (word(header, 16)?, word(header, 20)?),
            head: header.get(..8)?,
            page,
        })
    }
}

/// The `user_version` in the first page of a database file.
pub(super) fn version_in_file(start: &[u8]) -> Option<u32> {
    start.starts_with(b"SQLite format 3\0").then(|| word(start, USER_VERSION)).flatten()
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|word| u32::from_be_bytes(*word))
}

/// The running checksum.
#[derive(Clone, Copy)]
struct Checksum {
    big_endian: bool,
    value: (u32, u32),
}

impl Checksum {
    fn add(&mut self, bytes: &[u8]) {
        let read = |word: [u8; 4]| if self.big_endian { u32::from_be_bytes(word) } else { u32::from_le_bytes(word) };
        let (mut first, mut second) = self.value;
        for (index, word) in bytes.as_chunks::<4>().0.iter().enumerate() {
            let value = read(*word);
            if index % 2 == 0 {
                first = first.wrapping_add(value).wrapping_add(second);
            } else {
                second = second.wrapping_add(value).wrapping_add(first);
            }
        }
        self.value = (first, second);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::{ConnectOptions as _, Connection as _, Executor as _, sqlite::SqliteConnectOptions};

    /// A real log with six commits in it, and where its frames begin.
    async fn log() -> (Vec<u8>, Vec<usize>) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("some.db");
        let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
        let mut connection = options.journal_mode(sqlx::sqlite::SqliteJournalMode::Wal).connect().await.unwrap();
        connection.execute("CREATE TABLE t (x); PRAGMA user_version = 3").await.unwrap();
        for _ in 0..4 {
            connection.execute("INSERT INTO t VALUES (randomblob(900))").await.unwrap();
        }
        let bytes = std::fs::read(dir.path().join("some.db-wal")).unwrap();
        connection.close().await.unwrap();
        let starts = (HEADER..bytes.len()).step_by(FRAME_HEADER + 4096).collect();
        (bytes, starts)
    }

    fn flipped(bytes: &[u8], at: usize) -> Look {
        let mut bytes = bytes.to_vec();
        bytes[at] ^= 0x10;
        look(&bytes)
    }

    #[tokio::test]
    async fn a_sound_log_is_sound_wherever_a_crash_cut_it() {
        let (bytes, _) = log().await;
        assert_eq!(look(&bytes), Look { is_damaged: false, version: Some(3) });
        assert_eq!(look(&[]), Look::default());
        for end in (0..bytes.len()).step_by(997) {
            assert!(!look(&bytes[..end]).is_damaged, "cut at {end}");
        }
        // What an earlier round left behind is no part of it.
        let (other, starts) = log().await;
        let both = [bytes, other[starts[0]..].to_vec()].concat();
        assert!(!look(&both).is_damaged);
    }

    #[tokio::test]
    async fn a_flipped_bit_before_the_last_commit_is_noticed_wherever_it_is() {
        let (bytes, starts) = log().await;
        let before_last = starts[starts.len() - 2];
        for at in [0, 9, 17, 25].into_iter().chain((HEADER..before_last).step_by(331)) {
            assert!(flipped(&bytes, at).is_damaged, "at {at} of {before_last}");
        }
        // In the last frame it cannot be told from a write that was cut short.
        assert!(!flipped(&bytes, starts[starts.len() - 1] + 100).is_damaged);
    }
}
