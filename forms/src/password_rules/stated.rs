//! Rules that a page states in words: "8–20 characters, at least one number, no spaces".
//!
//! No grammar of any language is known here, only words for a dozen things and where they stand: a number, what it counts, and which side of it is a bound. Some
//! sentences are read wrongly that way, so what can do harm (only these characters, digits only) is taken from the field's own texts alone, and
//! what is merely required hurts nobody if it was not.

mod length;
mod words;

use super::{Characters, Rule};
use length::{Bounds, Length};
use words::{Token, Word, tokens};

/// Where a text stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// At the field: its label, its description and the like.
    Field,
    /// Somewhere in its form: it may be about other fields.
    Form,
}

/// The rules that a text states.
pub(super) fn read(text: &str, place: Place) -> Vec<Rule> {
    let tokens = tokens(text);
    let mut reader =
        Reader { tokens: &tokens, place, clause: Clause::default(), rules: vec![], pin: None, others: false };
    for at in 0..tokens.len() {
        reader.take(at);
    }
    reader.end_clause();
    reader.end()
}

/// What was said since the last full stop.
#[derive(Default)]
struct Clause {
    mentions: Vec<Mention>,
    listed: Option<(Characters, bool)>,
    /// Whether what is said now is denied.
    denied: bool,
    /// Whether anything was.
    denies: bool,
    only: bool,
    permits: bool,
    demands: bool,
    repeats: bool,
    personal: bool,
    /// A bound, or "more".
    bounds: bool,
    number: Option<u32>,
    /// The last number, until the class that it counts.
    count: Option<u32>,
    /// Whether a comma came since "not".
    comma: bool,
}

/// A class of characters that is spoken of.
struct Mention {
    class: Characters,
    count: Option<u32>,
    denied: bool,
    /// Whether a comma stands between "not" and it.
    apart: bool,
}

struct Reader<'a> {
    tokens: &'a [Token],
    place: Place,
    clause: Clause,
    rules: Vec<Rule>,
    /// So many digits are asked for: all of it, if nothing else is.
    pin: Option<Length>,
    others: bool,
}

impl Reader<'_> {
    fn take(&mut self, at: usize) {
        let before = at.checked_sub(1).and_then(|at| self.tokens.get(at));
        match self.tokens.get(at) {
            Some(Token::Break) => self.end_clause(),
            Some(Token::Comma) => self.clause.comma = true,
            Some(Token::Number(number)) => self.number(at, *number, None),
            Some(Token::Range(least, most)) => self.number(at, *least, Some(*most)),
            Some(Token::Listed(listed)) => {
                let clause = &mut self.clause;
                clause.listed = Some((*listed, clause.denied));
            }
            Some(Token::Word(word)) => self.word(*word, before),
            Some(Token::Other | Token::Dash | Token::Plus) | None => {}
        }
    }

    fn word(&mut self, word: Word, before: Option<&Token>) {
        let clause = &mut self.clause;
        let follows_not = before == Some(&Token::Word(Word::Not));
        match word {
            Word::Not => (clause.denied, clause.denies, clause.comma) = (true, true, false),
            // "Non-alphanumeric" is what is neither letter nor digit.
            Word::Alphanumeric if follows_not => {
                clause.denied = false;
                self.mention(Characters::SPECIAL);
            }
            Word::Must if !follows_not => (clause.denied, clause.demands) = (false, true),
            Word::Contain => clause.demands = true,
            Word::Least | Word::Most => {
                (clause.bounds, clause.demands, clause.denied) = (true, true, false);
            }
            Word::More | Word::Less => clause.bounds = true,
            Word::Only => clause.only = true,
            Word::Allowed => clause.permits = true,
            Word::Repeat => clause.repeats = true,
            Word::Personal => clause.personal = true,
            // "Capital letters" are no other letters.
            Word::Letters if matches!(before, Some(Token::Word(Word::Upper | Word::Lower | Word::Case))) => {}
            _ => {
                if let Some(class) = word.class() {
                    self.mention(class);
                }
            }
        }
    }

    fn mention(&mut self, class: Characters) {
        let clause = &mut self.clause;
        let (count, denied, apart) = (clause.count.take(), clause.denied, clause.comma);
        clause.mentions.push(Mention { class, count, denied, apart });
    }

    fn number(&mut self, at: usize, number: u32, most: Option<u32>) {
        self.clause.number = Some(number);
        let found = length::read(self.tokens, at, number, most);
        if matches!(found, Length::Count) {
            (self.clause.count, self.clause.denied) = (Some(number), false);
            return;
        }
        if self.clause.repeats || self.repeats_after(at) {
            return;
        }
        // A length is no news about what comes after it.
        self.clause.denied = false;
        match found {
            Length::Digits { .. } if self.place == Place::Field => self.pin = Some(found),
            Length::Bare(bounds) if self.place == Place::Field => bounds.add(&mut self.rules),
            // So short a limit is another field's.
            Length::Characters(bounds) if self.place == Place::Field || bounds.most.is_none_or(|most| most >= 8) => {
                bounds.add(&mut self.rules);
            }
            _ => {}
        }
    }

    /// "No more than 2 identical characters": the number counts repetitions.
    fn repeats_after(&self, at: usize) -> bool {
        let after = self.tokens.iter().skip(at.saturating_add(1)).take(4);
        after.take_while(|token| !token.ends()).any(|token| *token == Token::Word(Word::Repeat))
    }

    fn end_clause(&mut self) {
        let clause = core::mem::take(&mut self.clause);
        self.others |= clause.mentions.iter().any(|mention| mention.class != Characters::DIGITS && !mention.denied);
        if clause.repeats {
            if let Some(rule) = repetition(&clause) {
                self.rules.push(rule);
            }
            return;
        }
        let listed = clause.listed.map(|(listed, _)| listed);
        match clause.listed {
            Some((listed, true)) => self.rules.push(Rule::Forbidden(listed)),
            Some((listed, false)) => self.rules.push(Rule::Allowed(Characters::ALPHANUMERIC.or(listed))),
            None if clause.only => {
                self.only(&clause);
                return;
            }
            None => {}
        }
        for mention in &clause.mentions {
            if let Some(rule) = rule(mention, &clause, listed, self.place) {
                self.rules.push(rule);
            }
        }
    }

    fn only(&mut self, clause: &Clause) {
        let mut allowed = Characters::NONE;
        for mention in clause.mentions.iter().filter(|mention| !mention.denied) {
            allowed = allowed.or(mention.class);
        }
        // "Only special characters" are meant to go with others.
        if self.place == Place::Field && !allowed.and(Characters::ALPHANUMERIC).is_empty() {
            self.rules.push(Rule::Allowed(allowed));
        }
    }

    fn end(mut self) -> Vec<Rule> {
        match self.pin {
            Some(Length::Digits { bounds, exact }) if !self.others && (exact || self.is_pin()) => {
                self.rules.retain(|rule| !matches!(rule, Rule::Required { .. }));
                bounds.add(&mut self.rules);
                self.rules.push(Rule::Allowed(Characters::DIGITS));
            }
            Some(Length::Digits { bounds, .. }) => Bounds { most: None, ..bounds }.add(&mut self.rules),
            _ => {}
        }
        self.rules
    }
}

impl Reader<'_> {
    fn is_pin(&self) -> bool {
        self.tokens.contains(&Token::Word(Word::Pin))
    }
}

/// "No more than 2 identical characters in a row", "no 3 consecutive identical characters", "no repeated characters".
fn repetition(clause: &Clause) -> Option<Rule> {
    let often = clause.number.filter(|number| (1..=16).contains(number));
    match often {
        _ if clause.personal || !(clause.denies || clause.bounds) => None,
        Some(often) if clause.bounds => Some(Rule::MaxConsecutive(often)),
        Some(often) => Some(Rule::MaxConsecutive(often.saturating_sub(1).max(1))),
        None => Some(Rule::MaxConsecutive(1)),
    }
}

fn rule(mention: &Mention, clause: &Clause, listed: Option<Characters>, place: Place) -> Option<Rule> {
    let denied = mention.denied || (clause.permits && clause.denies);
    let is_special = mention.class.and(Characters::ALPHANUMERIC).is_empty();
    if denied {
        // Letters and digits are hardly ever forbidden: after a comma they are no longer meant.
        let meant = !clause.personal && (is_special || (place == Place::Field && !mention.apart));
        return (meant && listed.is_none()).then_some(Rule::Forbidden(mention.class));
    }
    if mention.class == Characters::SPACE || clause.permits {
        return None;
    }
    if mention.class == Characters::ALPHANUMERIC {
        return (place == Place::Field).then_some(Rule::Allowed(mention.class));
    }
    let said = place == Place::Field || clause.demands || mention.count.is_some();
    let listed = listed.map(|listed| listed.and(Characters::SPECIAL)).filter(|listed| is_special && !listed.is_empty());
    let characters = listed.unwrap_or(mention.class).without(Characters::SPACE);
    said.then_some(Rule::Required { characters, at_least: mention.count.unwrap_or(1) })
}

#[cfg(test)]
mod tests;
