//! The list of past answers: on this phone only, no secrets.

use std::collections::VecDeque;

use countersign_seal::{
    id::{RequestId, UnixMillis},
    request::Refusal,
};
use serde::{Deserialize, Serialize};

/// Most answers kept.
const LIMIT: usize = 50;

/// What was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Asked {
    /// Fields of an item, to be filled.
    Fill,
    /// New seals for an item.
    Reseal,
    /// A new device.
    AddDevice,
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
    /// Adds an answer and drops the oldest.
    pub fn add(&mut self, past: Past) {
        self.past.push_front(past);
        self.past.truncate(LIMIT);
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

    #[test]
    fn keeps_the_newest_fifty() {
        let mut activity = Activity::default();
        for number in 0..60_u8 {
            activity.add(Past {
                request: RequestId([number; 16]),
                time: UnixMillis(number.into()),
                asked: Asked::Fill,
                title: String::new(),
                site: String::new(),
                computer: String::new(),
                outcome: Outcome::Approved,
                received: false,
            });
        }
        assert_eq!(activity.iter().count(), LIMIT);
        assert_eq!(activity.iter().next().map(|past| past.request), Some(RequestId([59; 16])));
        assert!(activity.receive(RequestId([59; 16])) && !activity.receive(RequestId([59; 16])));
        assert!(!activity.receive(RequestId([0; 16])) && !activity.holds(RequestId([0; 16])));
    }
}
