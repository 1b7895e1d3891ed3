//! How many days have passed, before anything is deleted because its time is over. The wall clock alone is no witness: one that leaps a month ahead would
//! take away what was removed yesterday.

use super::{Error, Result, write_setting};
use countersign_seal::id::UnixMillis;
use sqlx::SqliteConnection;

const DAY: u64 = 24 * 60 * 60 * 1000;
/// By how much the clock may have gone on since the store was opened last, to be believed at once: 3 days.
const LEAP: u64 = 3 * DAY;
/// For how long it must go on after a leap, to be believed then: 7 days. Few computers are used for so long with a wrong date.
const DOUBT: u64 = 7 * DAY;
/// What is further from a leap than this is another leap: 21 days.
const NEXT_LEAP: u64 = 21 * DAY;
/// Two times, in milliseconds: what is believed, and, after a leap, what the clock said first. The `unlock` table tells as much.
const SETTING: &str = "days-seen";

/// What is believed of the wall clock. Never goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Days {
    believed: UnixMillis,
    /// What the clock said when it had leapt, while that is doubted.
    doubted: Option<UnixMillis>,
}

impl Days {
    /// Until when days have passed for sure, at the least.
    pub(super) const fn believed(self) -> UnixMillis {
        self.believed
    }

    /// The store is opened while the clock says `now`.
    fn see(self, now: UnixMillis) -> Self {
        let Self { believed, doubted } = self;
        let trusted = Self { believed: believed.max(now), doubted: None };
        if now <= believed.plus(LEAP) {
            return trusted;
        }
        match doubted {
            Some(since) if now >= since.plus(DOUBT) && now <= since.plus(NEXT_LEAP) => trusted,
            Some(since) if now >= since && now < since.plus(DOUBT) => self,
            _ => Self { believed, doubted: Some(now) },
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let mut times = text.split(' ').map(|time| time.parse().map(UnixMillis));
        Some(Self { believed: times.next()?.ok()?, doubted: times.next().transpose().ok()? })
    }

    fn text(self) -> String {
        let times = [Some(self.believed), self.doubted].into_iter().flatten();
        times.map(|time| time.0.to_string()).collect::<Vec<_>>().join(" ")
    }
}

/// Notes that the store is opened now. A store that noted nothing so far believes its last write, or, if there is none, the clock.
pub(super) async fn note(
    connection: &mut SqliteConnection,
    last_write: Option<UnixMillis>,
    now: UnixMillis,
) -> Result<Days> {
    let stored: Option<String> = sqlx::query_scalar("SELECT value FROM settings WHERE name = ?")
        .bind(SETTING)
        .fetch_optional(&mut *connection)
        .await?;
    let before = match &stored {
        Some(text) => Days::parse(text).ok_or(Error::Corrupt(SETTING))?,
        None => Days { believed: last_write.unwrap_or(now), doubted: None },
    };
    let days = before.see(now);
    let text = days.text();
    if stored.as_ref() != Some(&text) {
        write_setting(connection, SETTING, &text).await?;
    }
    Ok(days)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const START: UnixMillis = UnixMillis(1000 * DAY);

    fn after(days: u64) -> UnixMillis {
        START.plus(days * DAY)
    }

    /// What is believed after the store was opened on these days, counted from the start; in days.
    fn believed(opened: &[u64]) -> u64 {
        let start = Days { believed: START, doubted: None };
        let end = opened.iter().fold(start, |days, day| days.see(after(*day)));
        (end.believed().0 - START.0) / DAY
    }

    #[test]
    fn days_pass_for_who_opens_it_now_and_then() {
        assert_eq!(believed(&[1, 2, 5, 8]), 8);
        // After a holiday: only once the clock has gone on for a week.
        assert_eq!(believed(&[30, 31, 36]), 0);
        assert_eq!(believed(&[30, 31, 37]), 37);
        assert_eq!(believed(&[10, 20, 30, 40]), 40);
    }

    #[test]
    fn a_clock_that_is_wrong_for_some_days_is_not_believed() {
        assert_eq!(believed(&[31, 32, 33, 36, 1]), 1);
        // Set right and wrong again: the week begins anew.
        assert_eq!(believed(&[31, 1, 38, 2, 40]), 2);
        assert_eq!(believed(&[60, 31, 67]), 0);
        assert_eq!(believed(&[31, 61, 91]), 0);
        // Set back it takes nothing back.
        assert_eq!(believed(&[2, 0]), 2);
    }

    #[test]
    fn it_is_read_as_it_was_written() {
        for doubted in [None, Some(after(9))] {
            let days = Days { believed: START, doubted };
            assert_eq!(Days::parse(&days.text()), Some(days));
        }
        for text in ["", "x", "1 x", "-1", "1  2"] {
            assert_eq!(Days::parse(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn it_never_goes_back_nor_ahead_of_what_the_clock_said(opened in proptest::collection::vec(0u64..200, 1..40)) {
            let mut days = Days { believed: START, doubted: None };
            for (index, day) in opened.iter().enumerate() {
                let next = days.see(after(*day));
                prop_assert!(next.believed() >= days.believed());
                prop_assert!(next.believed() <= after(opened[..=index].iter().copied().max().unwrap()));
                days = next;
            }
        }
    }
}
