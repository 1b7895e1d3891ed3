//! The list of past answers: on this phone only, no secrets.

use std::collections::VecDeque;

use countersign_seal::{
    id::{RequestId, UnixMillis},
    request::Refusal,
};
use serde::{Deserialize, Serialize};

use crate::screen::is_automatic;

/// Most answers kept.
const LIMIT: usize = 50;
/// Most comparisons kept once the list is full: the app answers some each hour.
const COMPARISONS: usize = 20;

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asked {
    /// Fields of an item, to be filled.
    Fill,
    /// The one-time code of a sign-in that was approved with it: nobody was asked again.
    FollowUp,
    /// A one-time code, to be shown on the computer and copied there.
    Copy,
    /// New seals for an item.
    Reseal,
    /// A new device.
    AddDevice,
    /// Whether a password is the one that an item has: the app answered by itself.
    Compare,
    /// Something that could not be read.
    Unknown,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Approved.
    Approved,
    /// Refused, by the user or by the app.
    Refused(Refusal),
}

impl Outcome {
    const fn is_automatic(self) -> bool {
        matches!(self, Self::Refused(refusal) if is_automatic(refusal))
    }
}

/// A past answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Past {
    /// The request.
    pub request: RequestId,
    /// When it was answered.
    pub time: UnixMillis,
    /// What was asked for.
    pub asked: Asked,
    /// The item's title, or the new device's name; empty if unknown.
    pub title: String,
    /// The page's origin; empty if there is none.
    pub site: String,
    /// Who asked, by its name in the log.
    pub computer: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Whether the computer has confirmed that it received the answer.
    pub received: bool,
}

/// Past answers, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    version: u16,
    past: VecDeque<Past>,
}

impl Default for Activity {
    fn default() -> Self {
        Self { version: crate::record::VERSION, past: VecDeque::new() }
    }
}

impl Activity {
    /// Adds an answer and drops the oldest: of those that the app gave by itself, as long as there are any. A flood of requests that it turns away must not
    /// wash out what its user decided, nor what it compared; and comparisons must not wash out the rest.
    pub fn add(&mut self, past: Past) {
        if self.past.len() >= LIMIT {
            self.past.remove(self.least().unwrap_or(LIMIT - 1));
        }
        self.past.push_front(past);
    }

    /// The oldest of the answers that are told for the least.
    fn least(&self) -> Option<usize> {
        let oldest = |fits: fn(&Past) -> bool| self.past.iter().rposition(fits);
        let compared = |past: &Past| past.asked == Asked::Compare;
        let is_crowded = self.past.iter().filter(|past| compared(past)).count() >= COMPARISONS;
        oldest(|past| past.outcome.is_automatic()).or_else(|| oldest(compared).filter(|_| is_crowded))
    }

    /// The computer has the answer; says whether that is news.
    pub fn receive(&mut self, request: RequestId) -> bool {
        let news = self.past.iter_mut().find(|past| past.request == request && !past.received);
        news.map(|past| past.received = true).is_some()
    }

    /// Newest first.
    pub fn iter(&self) -> impl Iterator<Item = &Past> {
        self.past.iter()
    }

    /// Whether this request was answered already.
    #[must_use]
    pub fn holds(&self, request: RequestId) -> bool {
        self.past.iter().any(|past| past.request == request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(number: u8, outcome: Outcome) -> Past {
        Past {
            request: RequestId([number; 16]),
            time: UnixMillis(number.into()),
            asked: Asked::Fill,
            title: String::new(),
            site: String::new(),
            computer: String::new(),
            outcome,
            received: false,
        }
    }

    #[test]
    fn keeps_the_newest_fifty() {
        let mut activity = Activity::default();
        for number in 0..60_u8 {
            activity.add(past(number, Outcome::Approved));
        }
        assert_eq!(activity.iter().count(), LIMIT);
        assert_eq!(activity.iter().next().map(|past| past.request), Some(RequestId([59; 16])));
        assert!(activity.receive(RequestId([59; 16])) && !activity.receive(RequestId([59; 16])));
        assert!(!activity.receive(RequestId([0; 16])) && !activity.holds(RequestId([0; 16])));
    }

    #[test]
    fn comparisons_do_not_wash_out_the_rest_nor_each_other_at_once() {
        let mut activity = Activity::default();
        activity.add(past(0, Outcome::Refused(Refusal::NotMe)));
        for number in 1..100_u8 {
            activity.add(Past { asked: Asked::Compare, ..past(number, Outcome::Approved) });
        }
        assert_eq!(activity.iter().count(), LIMIT);
        assert!(activity.holds(RequestId([0; 16])));
        for number in 100..200_u8 {
            activity.add(past(number, Outcome::Approved));
        }
        let compared = activity.iter().filter(|past| past.asked == Asked::Compare).count();
        assert!(compared < COMPARISONS, "{compared}");
    }

    #[test]
    fn a_flood_does_not_wash_out_what_the_user_decided() {
        let mut activity = Activity::default();
        activity.add(past(0, Outcome::Approved));
        activity.add(past(1, Outcome::Refused(Refusal::NotMe)));
        for number in 2..200_u8 {
            activity.add(past(number, Outcome::Refused(Refusal::Invalid)));
        }
        assert_eq!(activity.iter().count(), LIMIT);
        assert!(activity.holds(RequestId([0; 16])) && activity.holds(RequestId([1; 16])));
        assert!(activity.holds(RequestId([199; 16])) && !activity.holds(RequestId([2; 16])));
    }
}
