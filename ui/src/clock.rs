//! Time that runs out.

/// A time left, as people read it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// None.
    Over,
    /// Under a minute: seconds, 1 to 59.
    Seconds(u64),
    /// A minute or more: minutes, and seconds of 0 to 59.
    Minutes(u64, u64),
}

impl Left {
    /// Rounds up, so that "1 second" is said until it is over.
    #[must_use]
    pub const fn of_millis(millis: u64) -> Self {
        let seconds = millis.div_ceil(1000);
        match (seconds / 60, seconds % 60) {
            (0, 0) => Self::Over,
            (0, seconds) => Self::Seconds(seconds),
            (minutes, seconds) => Self::Minutes(minutes, seconds),
        }
    }

    /// `m:ss`, for a clock beside words.
    #[must_use]
    pub fn digits(self) -> String {
        match self {
            Self::Over => "0:00".to_owned(),
            Self::Seconds(seconds) => format!("0:{seconds:02}"),
            Self::Minutes(minutes, seconds) => format!("{minutes}:{seconds:02}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_up_to_whole_seconds() {
        for (millis, left, digits) in [
            (0, Left::Over, "0:00"),
            (1, Left::Seconds(1), "0:01"),
            (1000, Left::Seconds(1), "0:01"),
            (59_000, Left::Seconds(59), "0:59"),
            (59_001, Left::Minutes(1, 0), "1:00"),
            (120_000, Left::Minutes(2, 0), "2:00"),
            (61_000, Left::Minutes(1, 1), "1:01"),
        ] {
            assert_eq!(Left::of_millis(millis), left, "{millis}");
            assert_eq!(left.digits(), digits);
        }
        assert!(matches!(Left::of_millis(u64::MAX), Left::Minutes(..)));
    }
}
