//! What a number in a text counts, and whether it is the least or the most.

use super::words::{Token, Word};
use crate::password_rules::Rule;

/// No password of people is longer; larger numbers are years and examples.
const LONGEST: u32 = 512;
/// Fewer characters than this are no length: they are a count of a class.
const SHORTEST: u32 = 4;

/// What a number is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// Nothing that concerns passwords.
    Nothing,
    /// How many of a class.
    Count,
    /// A length in characters.
    Characters(Bounds),
    /// A length, though of what is not said.
    Bare(Bounds),
    /// A number of digits, which may be all there is to it.
    Digits {
        /// The bounds.
        bounds: Bounds,
        /// Whether digits are all that is spoken of: not "at least 6 digits".
        exact: bool,
    },
}

/// The least and the most.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) least: Option<u32>,
    pub(super) most: Option<u32>,
}

impl Bounds {
    pub(super) fn add(self, rules: &mut Vec<Rule>) {
        if let Some(least) = self.least {
            rules.push(Rule::MinLength(least));
        }
        if let Some(most) = self.most {
            rules.push(Rule::MaxLength(most));
        }
    }
}

/// What is counted.
enum Unit {
    Nothing,
    Characters,
    Class(Word),
}

/// What the number at a place is; `most` is the other end of a range.
pub(super) fn read(tokens: &[Token], at: usize, number: u32, most: Option<u32>) -> Length {
    let bound = bound(tokens, at);
    let (bounds, exact) = match (most, bound) {
        (Some(most), _) => (Bounds { least: Some(number), most: Some(most) }, true),
        (None, Some(Bound::Least(more))) => (Bounds { least: number.checked_add(more), most: None }, false),
        (None, Some(Bound::Most(less))) => (Bounds { least: None, most: number.checked_sub(less) }, false),
        (None, Some(Bound::Exactly)) => (Bounds { least: Some(number), most: Some(number) }, true),
        (None, None) => (Bounds { least: Some(number), most: None }, true),
    };
    let longest = most.unwrap_or(number);
    match unit(tokens, at) {
        _ if longest > LONGEST || number == 0 => Length::Nothing,
        Unit::Class(Word::Digits) if longest >= SHORTEST => {
            let most = bounds.most.or(bound.is_none().then_some(number));
            Length::Digits { bounds: Bounds { most, ..bounds }, exact }
        }
        Unit::Class(_) if longest <= SHORTEST => Length::Count,
        Unit::Class(_) | Unit::Characters if longest >= SHORTEST => Length::Characters(bounds),
        Unit::Nothing if longest >= SHORTEST && (bound.is_some() || most.is_some() || is_length(tokens, at)) => {
            Length::Bare(bounds)
        }
        _ => Length::Nothing,
    }
}

/// "Length: 8", "8 long".
fn is_length(tokens: &[Token], at: usize) -> bool {
    let near = tokens.get(at.saturating_sub(3)..tokens.len().min(at.saturating_add(3)));
    near.is_some_and(|near| near.contains(&Token::Word(Word::Long)))
}

/// What stands after a number, perhaps after "or more" and some words.
fn unit(tokens: &[Token], at: usize) -> Unit {
    for place in at.saturating_add(1)..at.saturating_add(7) {
        let next = tokens.get(place.saturating_add(1));
        match tokens.get(place) {
            // "Caracteres especiales": in many languages the adjective comes last.
            Some(Token::Word(word @ (Word::Characters | Word::Letters))) => {
                return match next {
                    Some(Token::Word(class)) if class.class().is_some() => Unit::Class(*class),
                    _ if *word == Word::Letters => Unit::Class(Word::Letters),
                    _ => Unit::Characters,
                };
            }
            Some(Token::Word(word)) if word.class().is_some() => return Unit::Class(*word),
            Some(Token::Word(Word::Must | Word::Not | Word::And)) | None => return Unit::Nothing,
            Some(token) if token.ends() => return Unit::Nothing,
            Some(_) => {}
        }
    }
    Unit::Nothing
}

/// Which side of a number is allowed, the number itself counted in, and how far off it the bound is.
#[derive(Clone, Copy)]
enum Bound {
    Least(u32),
    Most(u32),
    Exactly,
}

/// The nearest word about it: before the number, as "at least", or else after it, as "or more".
fn bound(tokens: &[Token], at: usize) -> Option<Bound> {
    let (before, after) = (tokens.get(..at)?, tokens.get(at.saturating_add(1)..)?);
    for place in (0..before.len()).rev().take(6) {
        let token = before.get(place)?;
        if token.ends() || *token == Token::Word(Word::And) {
            break;
        }
        if let Some(bound) = bound_before(before, place) {
            return Some(bound);
        }
    }
    for place in 0..after.len() {
        if after.get(place)?.ends() {
            break;
        }
        if let Some(bound) = bound_after(after, place) {
            return Some(bound);
        }
    }
    None
}

fn bound_before(tokens: &[Token], at: usize) -> Option<Bound> {
    let Some(Token::Word(word)) = tokens.get(at) else { return None };
    let than = tokens.get(at.saturating_add(1)) == Some(&Token::Word(Word::Than));
    let denied = tokens.get(at.saturating_sub(2)..at).is_some_and(|before| before.contains(&Token::Word(Word::Not)));
    match word {
        Word::Least => Some(Bound::Least(0)),
        Word::Most => Some(Bound::Most(0)),
        Word::Up if tokens.get(at.saturating_add(1)) == Some(&Token::Word(Word::To)) => Some(Bound::Most(0)),
        Word::Exactly => Some(Bound::Exactly),
        // "No more than", "not exceed", and the superlative "au plus".
        Word::More if than && !denied => Some(Bound::Least(1)),
        Word::More => Some(Bound::Most(0)),
        Word::Less if than && !denied => Some(Bound::Most(1)),
        Word::Less => Some(Bound::Least(0)),
        _ => None,
    }
}

fn bound_after(tokens: &[Token], at: usize) -> Option<Bound> {
    let word = match tokens.get(at)? {
        Token::Plus if at == 0 => return Some(Bound::Least(0)),
        Token::Word(word) => *word,
        _ => return None,
    };
    let before = at.checked_sub(1).and_then(|at| tokens.get(at)).copied();
    let (or, superlative) = (before == Some(Token::Word(Word::Or)), before == Some(Token::Word(Word::At)));
    match word {
        Word::Least => Some(Bound::Least(0)),
        Word::Most => Some(Bound::Most(0)),
        Word::Exactly => Some(Bound::Exactly),
        Word::More if or => Some(Bound::Least(0)),
        Word::More if superlative => Some(Bound::Most(0)),
        Word::Less if or => Some(Bound::Most(0)),
        Word::Less if superlative => Some(Bound::Least(0)),
        _ => None,
    }
}
