//! What a placeholder or a label says of how a date is written: `MM/YY`, `M / JJJJ`, `TT.MM.JJJJ`, `12/2031`.

/// What part of a date stands somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DatePart {
    Day,
    Month,
    Year,
}

/// The parts of a date in their order, each with its digits, and what stands between the first two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DateHint {
    pub(super) parts: Vec<(DatePart, u8)>,
    pub(super) separator: String,
}

/// The letters for month and year that languages use together.
const MONTH_AND_YEAR: &str = "my mj ma mr må mv mé мг με hé ay kv la bt tn חש شس 月年";
/// The letters for day and month.
const DAY_AND_MONTH: &str = "dm tm jm gm ga дм ημ nh zl pk hb nt יח يش 日月";
/// Letters for a year of two digits beside day and month.
const YEAR: &str = "yjaråvéгεtnשس年";

/// Equal letters, or the digits of an example, and what stands before them.
struct Run {
    letter: char,
    length: usize,
    /// None if a letter of the same word stands before.
    gap: Option<String>,
    /// An example's digits.
    number: Option<u32>,
    /// Whether the word ends here.
    last: bool,
}

/// The first month and year, in either order.
pub(super) fn month_and_year(text: &str) -> Option<DateHint> {
    let runs = runs(text);
    runs.windows(2).find_map(|pair| {
        let [one, next] = pair else { return None };
        let separator = next.separator()?;
        let whole = one.gap.is_some() && next.last;
        // In one word, a single letter is a letter.
        let shortest = if next.gap.is_some() { 1 } else { 2 };
        let are = |month: &Run, year: &Run| {
            (shortest..=2).contains(&month.length)
                && matches!(year.length, 2 | 4)
                && month.goes_with(year, MONTH_AND_YEAR)
        };
        let parts = if are(one, next) {
            [(DatePart::Month, one.digits()), (DatePart::Year, next.digits())]
        } else if are(next, one) && (one.number.is_none() || one.length == 4) {
            [(DatePart::Year, one.digits()), (DatePart::Month, next.digits())]
        } else {
            return None;
        };
        whole.then(|| DateHint { parts: parts.to_vec(), separator })
    })
}

/// The first day, month and year, in any order.
pub(super) fn whole_date(text: &str) -> Option<DateHint> {
    let runs = runs(text);
    runs.windows(3).find_map(|three| {
        let [one, two, last] = three else { return None };
        let separator = two.separator().filter(|separator| last.separator().as_ref() == Some(separator))?;
        let whole = one.gap.is_some() && last.last;
        let year = (0..3).rev().find(|year| is_date(three, *year)).filter(|_| whole)?;
        let mut parts = Vec::new();
        let (first, second) = others(three, year)?;
        let day_first = first.is_day_before(second)?;
        for (place, run) in three.iter().enumerate() {
            let part = match (place == year, core::ptr::eq(run, first) == day_first) {
                (true, _) => DatePart::Year,
                (false, true) => DatePart::Day,
                (false, false) => DatePart::Month,
            };
            parts.push((part, run.digits()));
        }
        Some(DateHint { parts, separator })
    })
}

/// Whether a run may be the year of the three.
fn is_date(three: &[Run], year: usize) -> bool {
    let Some(run) = three.get(year) else { return false };
    let is_year = run.length == 4 || (run.length == 2 && run.number.is_none() && YEAR.contains(run.letter));
    is_year && others(three, year).is_some_and(|(first, second)| first.is_day_before(second).is_some())
}

fn others(three: &[Run], year: usize) -> Option<(&Run, &Run)> {
    let mut others = three.iter().enumerate().filter(|(place, _)| *place != year).map(|(_, run)| run);
    Some((others.next()?, others.next()?))
}

impl Run {
    fn digits(&self) -> u8 {
        u8::try_from(self.length).unwrap_or(4)
    }

    /// What stands before it, if that is short.
    fn separator(&self) -> Option<String> {
        let gap = self.gap.clone().unwrap_or_default();
        (gap.chars().count() <= 3 && !gap.contains([',', ';', '(', ')'])).then_some(gap)
    }

    /// Whether the letters are this and the next of a pair; or an example's month and year.
    fn goes_with(&self, next: &Self, pairs: &str) -> bool {
        match (self.number, next.number) {
            (Some(month), Some(year)) => {
                (1..=12).contains(&month) && if next.length == 4 { (2000..2100).contains(&year) } else { year > 12 }
            }
            (None, None) => is_pair(pairs, self.letter, next.letter),
            _ => false,
        }
    }

    /// Whether this is the day and the next one the month, or the other way about; none if neither.
    fn is_day_before(&self, next: &Self) -> Option<bool> {
        if self.length > 2 || next.length > 2 {
            return None;
        }
        match (self.number, next.number) {
            (Some(13..=31), Some(1..=12)) => Some(true),
            (Some(1..=12), Some(13..=31)) => Some(false),
            (None, None) if is_pair(DAY_AND_MONTH, self.letter, next.letter) => Some(true),
            (None, None) if is_pair(DAY_AND_MONTH, next.letter, self.letter) => Some(false),
            _ => None,
        }
    }
}

fn is_pair(pairs: &str, one: char, next: char) -> bool {
    pairs.split(' ').any(|pair| pair.chars().eq([one, next]))
}

fn runs(text: &str) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut gap = String::new();
    let mut before = None::<char>;
    for letter in text.chars().flat_map(char::to_lowercase) {
        let is_invisible = matches!(letter, '\u{200e}' | '\u{200f}' | '\u{2066}'..='\u{2069}' | '\u{307}');
        if is_invisible {
            continue;
        }
        let within = before.is_some_and(|before| joins(before, letter));
        match runs.last_mut().filter(|_| within) {
            Some(run) if continues(run, letter) => {
                run.length += 1;
                run.number = run.number.and_then(|number| number.checked_mul(10)?.checked_add(letter.to_digit(10)?));
            }
            last if letter.is_alphanumeric() => {
                if let Some(run) = last {
                    run.last = false;
                }
                let gap = (!within).then(|| core::mem::take(&mut gap));
                runs.push(Run { letter, length: 1, gap, number: letter.to_digit(10), last: true });
            }
            _ => gap.push(letter),
        }
        before = Some(letter);
    }
    runs
}

/// Whether two characters belong to one word. Ideographs and Latin letters, which Chinese and Japanese write without a space, do not.
fn joins(before: char, letter: char) -> bool {
    before.is_alphanumeric()
        && letter.is_alphanumeric()
        && (before.is_ascii() == letter.is_ascii() || u32::from(before.max(letter)) < 0x2E80)
}

fn continues(run: &Run, letter: char) -> bool {
    if run.number.is_some() { letter.is_ascii_digit() } else { run.letter == letter }
}

#[cfg(test)]
mod tests {
    use super::*;
    use DatePart::{Day, Month, Year};

    fn hint(parts: &[(DatePart, u8)], separator: &str) -> Option<DateHint> {
        Some(DateHint { parts: parts.to_vec(), separator: separator.into() })
    }

    #[test]
    fn months_and_years() {
        for (text, expected) in [
            ("MM/YY", hint(&[(Month, 2), (Year, 2)], "/")),
            ("MM / YYYY", hint(&[(Month, 2), (Year, 4)], " / ")),
            ("M / YYYY", hint(&[(Month, 1), (Year, 4)], " / ")),
            ("mmyy", hint(&[(Month, 2), (Year, 2)], "")),
            ("Enter as MMYYYY.", hint(&[(Month, 2), (Year, 4)], "")),
            ("JJ-MM", hint(&[(Year, 2), (Month, 2)], "-")),
            ("MM/AA", hint(&[(Month, 2), (Year, 2)], "/")),
            ("ММ/ГГ", hint(&[(Month, 2), (Year, 2)], "/")),
            ("HH/ÉÉ", hint(&[(Month, 2), (Year, 2)], "/")),
            ("AA/YY", hint(&[(Month, 2), (Year, 2)], "/")),
            ("KK/VV", hint(&[(Month, 2), (Year, 2)], "/")),
            ("LL/AAAA", hint(&[(Month, 2), (Year, 4)], "/")),
            ("BB/TT", hint(&[(Month, 2), (Year, 2)], "/")),
            ("有効期限MM/YY", hint(&[(Month, 2), (Year, 2)], "/")),
            ("月月/年年", hint(&[(Month, 2), (Year, 2)], "/")),
            ("Expiry date (MM/YY)", hint(&[(Month, 2), (Year, 2)], "/")),
            ("12/29", hint(&[(Month, 2), (Year, 2)], "/")),
            ("05 / 2031", hint(&[(Month, 2), (Year, 4)], " / ")),
            ("2031-05", hint(&[(Year, 4), (Month, 2)], "-")),
            ("Summer sale", None),
            ("Jimmy", None),
            ("Maa", None),
            ("commyy", None),
            ("DD/MM", None),
            ("Ab/Cd", None),
            ("12/11", None),
            ("call 24/7", None),
        ] {
            assert_eq!(month_and_year(text), expected, "{text}");
        }
    }

    #[test]
    fn whole_dates() {
        for (text, expected) in [
            ("DD/MM/YYYY", hint(&[(Day, 2), (Month, 2), (Year, 4)], "/")),
            ("mm/dd/yyyy", hint(&[(Month, 2), (Day, 2), (Year, 4)], "/")),
            ("TT.MM.JJJJ", hint(&[(Day, 2), (Month, 2), (Year, 4)], ".")),
            ("JJ/MM/AAAA", hint(&[(Day, 2), (Month, 2), (Year, 4)], "/")),
            ("GG/AA/YYYY", hint(&[(Day, 2), (Month, 2), (Year, 4)], "/")),
            ("gg/mm/aaaa", hint(&[(Day, 2), (Month, 2), (Year, 4)], "/")),
            ("ÉÉÉÉ.HH.NN", hint(&[(Year, 4), (Month, 2), (Day, 2)], ".")),
            ("HH/BB/TTTT", hint(&[(Day, 2), (Month, 2), (Year, 4)], "/")),
            ("pp.kk.vvvv", hint(&[(Day, 2), (Month, 2), (Year, 4)], ".")),
            ("ДД.ММ.ГГГГ", hint(&[(Day, 2), (Month, 2), (Year, 4)], ".")),
            ("YYYYMMDD", hint(&[(Year, 4), (Month, 2), (Day, 2)], "")),
            ("YYYY-MM-DD", hint(&[(Year, 4), (Month, 2), (Day, 2)], "-")),
            ("dd/mm/yy", hint(&[(Day, 2), (Month, 2), (Year, 2)], "/")),
            ("TT.MM.JJ", hint(&[(Day, 2), (Month, 2), (Year, 2)], ".")),
            ("D. M. YYYY", hint(&[(Day, 1), (Month, 1), (Year, 4)], ". ")),
            ("31/12/1990", hint(&[(Day, 2), (Month, 2), (Year, 4)], "/")),
            ("1990-12-31", hint(&[(Year, 4), (Month, 2), (Day, 2)], "-")),
            ("01/02/1990", None),
            ("MM/YYYY", None),
            ("Birthday", None),
        ] {
            assert_eq!(whole_date(text), expected, "{text}");
        }
    }
}
