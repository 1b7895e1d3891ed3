//! The lexicon's own words, to say what stands at a field without repeating it: a page's words may be about a person.

use super::{fields, forms};
use crate::text::{fold, fold_identifier};
use std::sync::OnceLock;

/// What authors call things in identifiers, beside what the lexicon has.
const TECHNICAL: [&str; 24] = [
    "box", "content", "control", "ctl", "data", "digit", "edit", "element", "entry", "field", "form", "frm", "html",
    "input", "item", "main", "mask", "modal", "page", "section", "text", "txt", "value", "widget",
];
/// The fewest letters of a known word that a longer one may be made of.
const PIECE: usize = 3;
/// Stands for words that are not known.
const UNKNOWN: &str = "?";
/// Stands for a number.
const NUMBER: &str = "#";

/// All of them, sorted.
fn words() -> &'static [String] {
    static WORDS: OnceLock<Vec<String>> = OnceLock::new();
    WORDS.get_or_init(|| {
        let patterns = fields::FIELDS.iter().flat_map(|(_, patterns)| patterns.lines());
        let patterns = patterns.chain(forms::FORMS.iter().flat_map(|(_, patterns)| patterns.lines()));
        let folded = patterns.map(|pattern| fold(pattern.trim_matches('*')));
        let mut words: Vec<String> =
            folded.flat_map(|text| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect();
        words.extend(TECHNICAL.map(str::to_owned));
        words.retain(|word| word.chars().count() > 1 && !word.bytes().all(|byte| byte.is_ascii_digit()));
        words.sort_unstable();
        words.dedup();
        words
    })
}

fn known(word: &str) -> Option<&'static str> {
    let words = words();
    let place = words.binary_search_by(|known| known.as_str().cmp(word)).ok()?;
    words.get(place).map(String::as_str)
}

/// The words of a text that the lexicon has, in their order. Of an identifier also that there is a number, or something else.
pub(crate) fn known_words(text: &str, identifier: bool) -> Vec<&'static str> {
    let folded = if identifier { fold_identifier(text) } else { fold(text) };
    let mut known: Vec<&'static str> = Vec::new();
    for token in folded.split_whitespace() {
        let number = token.bytes().all(|byte| byte.is_ascii_digit());
        let pieces = if number { vec![NUMBER] } else { pieces(token) };
        for piece in pieces {
            let shown = identifier || ![UNKNOWN, NUMBER].contains(&piece);
            if shown && known.last() != Some(&piece) {
                known.push(piece);
            }
        }
    }
    known
}

/// The known words that a word is made of.
fn pieces(token: &str) -> Vec<&'static str> {
    if let Some(word) = known(token) {
        return vec![word];
    }
    let runs_together = !token.is_ascii();
    let (mut pieces, mut rest) = (Vec::new(), token);
    while !rest.is_empty() {
        if let Some(word) = longest(rest, if runs_together { 2 } else { PIECE }) {
            pieces.push(word);
            rest = rest.get(word.len()..).unwrap_or_default();
            continue;
        }
        if pieces.last() != Some(&UNKNOWN) {
            pieces.push(UNKNOWN);
        }
        // In a word of ours that goes on with something else, what follows is not looked into.
        let next = rest.chars().next().map_or(rest.len(), char::len_utf8);
        rest = if runs_together { rest.get(next..).unwrap_or_default() } else { "" };
    }
    pieces
}

/// The longest known word that a text begins with.
fn longest(text: &str, least: usize) -> Option<&'static str> {
    let ends = text.char_indices().skip(least - 1).map(|(at, letter)| at + letter.len_utf8());
    let found = |end| known(text.get(..end)?);
    ends.collect::<Vec<_>>().into_iter().rev().find_map(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_lexicons_own_words_come_through() {
        assert_eq!(known_words("Hello Zebulon Quux, your password", false), ["your", "password"]);
        assert_eq!(known_words("ctl00$zebulon.quux@mail.example$txtPassword", true).first(), Some(&"ctl"));
        assert!(!known_words("zebulon.quux_userName7", true).iter().any(|word| word.contains("zeb")));
        assert_eq!(known_words("zebulon_userName7", true), ["?", "user", "name", "#"]);
    }

    #[test]
    fn scripts_that_run_together_are_understood() {
        let known = known_words("王小明の密码", false);
        assert_eq!(known, ["密码"]);
    }
}
