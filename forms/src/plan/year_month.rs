//! A month of a year: all of a card's expiry, and a birthday without its day.

/// A month of a year.
#[derive(Clone, Copy)]
pub(super) struct YearMonth<'a> {
    year: &'a str,
    month: &'a str,
}

impl<'a> YearMonth<'a> {
    /// Reads `YYYY-MM`.
    pub(super) fn parse(value: &'a str) -> Option<Self> {
        let (year, month) = value.split_once('-')?;
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        let whole = year.len() == 4 && month.len() == 2 && digits(year) && digits(month);
        (whole && ("01"..="12").contains(&month)).then_some(Self { year, month })
    }

    pub(super) fn month(&self, digits: u8) -> &'a str {
        unpadded(self.month, digits)
    }

    pub(super) fn year(&self, digits: u8) -> &'a str {
        if digits == 2 { self.year.get(2..).unwrap_or(self.year) } else { self.year }
    }
}

/// A number of two digits, or of one where that is enough.
pub(super) fn unpadded(number: &str, digits: u8) -> &str {
    if digits == 1 { number.trim_start_matches('0') } else { number }
}
