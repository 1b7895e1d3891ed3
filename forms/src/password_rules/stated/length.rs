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
    pub(super) fn rules(self) -> impl Iterator<Item = Rule> {
        self.least.map(Rule::MinLength).into_iter().chain(self.most.map(Rule::MaxLength))
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
    let before = tokens.iter().take(at).rev().take(3);
    let after = tokens.iter().skip(at.saturating_add(1)).take(2);
    before.chain(after).any(|token| *token == Token::Word(Word::Long))
}

/// What stands after a number, perhaps after "or more" and some words.
fn unit(tokens: &[Token], at: usize) -> Unit {
    let mut after = tokens.iter().skip(at.saturating_add(1)).take(6).take_while(|token| !token.ends()).peekable();
    while let Some(token) = after.next() {
        match token {
            // "Caracteres especiales": in many languages the adjective comes last.
            Token::Word(Word::Characters | Word::Letters) => {
                let next = after.peek().copied();
                let class = next.and_then(|next| if let Token::Word(word) = next { Some(*word) } else { None });
                return match class.filter(|word| word.class().is_some()) {
                    Some(class) => Unit::Class(class),
                    None if *token == Token::Word(Word::Letters) => Unit::Class(Word::Letters),
                    None => Unit::Characters,
                };
            }
            Token::Word(word) if word.class().is_some() => return Unit::Class(*word),
            Token::Word(Word::Must | Word::Not | Word::And) => return Unit::Nothing,
            _ => {}
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
    let before = tokens.get(..at).unwrap_or_default();
    let here =
        before.iter().rev().take_while(|token| !token.ends() && **token != Token::Word(Word::And)).take(6).count();
    let before = before.get(at.saturating_sub(here)..).unwrap_or_default();
    let after = tokens.get(at.saturating_add(1)..).unwrap_or_default();
    let here = after.iter().take_while(|token| !token.ends()).count();
    let after = after.get(..here).unwrap_or_default();
    (0..before.len())
        .rev()
        .find_map(|at| bound_before(before, at))
        .or_else(|| (0..after.len()).find_map(|at| bound_after(after, at)))
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
