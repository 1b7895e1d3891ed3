//! A byte trie over all patterns of a lexicon.

use super::{Bits, Hits};
use crate::text::fold;
use std::borrow::Cow;

/// Where a pattern may begin and end.
#[derive(Clone, Copy, Default)]
struct Terminal {
    /// Concepts by `[begins inside a word][ends inside a word]`, flattened.
    concepts: [Bits; 4],
    /// Letters of the pattern, to know how much of a text it covers.
    letters: u16,
}

struct Node {
    byte: u8,
    first_child: u32,
    next_sibling: u32,
    terminal: u32,
}

/// No node, no terminal.
const NONE: u32 = u32::MAX;

pub(super) struct Trie {
    nodes: Vec<Node>,
    roots: [u32; 256],
    terminals: Vec<Terminal>,
}

/// A match: how many bytes, how many letters, which concepts.
struct Match {
    bytes: usize,
    letters: u16,
    concepts: Bits,
}

impl Trie {
    pub(super) fn new<'a>(lexicon: impl Iterator<Item = (usize, &'a str)>) -> Self {
        let mut trie = Self { nodes: Vec::new(), roots: [NONE; 256], terminals: Vec::new() };
        for (concept, patterns) in lexicon {
            for pattern in patterns.lines() {
                trie.insert(pattern, concept);
            }
        }
        trie
    }

    fn insert(&mut self, pattern: &str, concept: usize) {
        let bare = pattern.trim_matches('*');
        // Most patterns are written folded.
        let plain = bare.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b' '));
        let folded = if plain { Cow::Borrowed(bare) } else { Cow::Owned(fold(bare)) };
        let text = folded.trim();
        let free = runs_together(text);
        let inside = usize::from(free || pattern.starts_with('*')) * 2 + usize::from(free || pattern.ends_with('*'));
        let mut at = NONE;
        for byte in text.bytes() {
            at = self.child_or_new(at, byte);
        }
        let Some(slot) = self.terminal_of(at) else { return };
        slot.letters = u16::try_from(text.chars().count()).unwrap_or(u16::MAX);
        if let Some(concepts) = slot.concepts.get_mut(inside) {
            *concepts |= 1 << concept;
        }
    }

    fn child_or_new(&mut self, parent: u32, byte: u8) -> u32 {
        if let Some(child) = self.child(parent, byte) {
            return child;
        }
        let new = u32::try_from(self.nodes.len()).unwrap_or(NONE);
        let next_sibling = if parent == NONE { NONE } else { self.node(parent).map_or(NONE, |node| node.first_child) };
        self.nodes.push(Node { byte, first_child: NONE, next_sibling, terminal: NONE });
        if parent == NONE {
            if let Some(root) = self.roots.get_mut(usize::from(byte)) {
                *root = new;
            }
        } else if let Some(node) = usize::try_from(parent).ok().and_then(|at| self.nodes.get_mut(at)) {
            node.first_child = new;
        }
        new
    }

    fn terminal_of(&mut self, at: u32) -> Option<&mut Terminal> {
        let next = u32::try_from(self.terminals.len()).ok()?;
        let node = self.nodes.get_mut(usize::try_from(at).ok()?)?;
        if node.terminal == NONE {
            node.terminal = next;
            self.terminals.push(Terminal::default());
        }
        self.terminals.get_mut(usize::try_from(node.terminal).ok()?)
    }

    fn node(&self, at: u32) -> Option<&Node> {
        self.nodes.get(usize::try_from(at).ok()?)
    }

    fn child(&self, parent: u32, byte: u8) -> Option<u32> {
        if parent == NONE {
            return self.roots.get(usize::from(byte)).copied().filter(|root| *root != NONE);
        }
        let mut child = self.node(parent)?.first_child;
        while let Some(node) = self.node(child) {
            if node.byte == byte {
                return Some(child);
            }
            child = node.next_sibling;
        }
        None
    }

    /// The concepts in a folded text, leftmost and longest first, without overlap. In an identifier a new word may begin wherever a pattern ended.
    pub(super) fn find(&self, folded: &str, identifier: bool) -> Hits {
        let bytes = folded.as_bytes();
        let (mut hits, mut size) = (Hits::default(), None);
        let (mut at, mut word_begins) = (0, false);
        while let Some(&byte) = bytes.get(at) {
            let Some(found) = (byte != b' ').then(|| self.longest(bytes, at, word_begins)).flatten() else {
                word_begins = byte == b' ';
                at += 1;
                continue;
            };
            // Most texts match nothing: they are measured only when something is found.
            let size = size.get_or_insert_with(|| Size::of(folded, identifier));
            let letters = usize::from(found.letters);
            // Two Latin letters, or one of any script, are chance in a long text.
            let chance = letters == 1 || (found.bytes <= 2 && !identifier);
            let whole = letters >= size.letters;
            let much = whole || (!chance && (identifier || letters * 2 >= size.letters || size.words <= 2));
            hits.whole |= if whole { found.concepts } else { 0 };
            hits.strong |= if much { found.concepts } else { 0 };
            hits.all |= if much || !chance { found.concepts } else { 0 };
            at += found.bytes;
            word_begins = identifier;
        }
        hits
    }

    fn longest(&self, bytes: &[u8], start: usize, word_begins: bool) -> Option<Match> {
        let (mut node, mut at, mut best) = (NONE, start, None);
        while let Some(child) = bytes.get(at).and_then(|byte| self.child(node, *byte)) {
            node = child;
            at += 1;
            let word_ends = bytes.get(at).is_none_or(|byte| *byte == b' ');
            if let Some((letters, concepts)) = self.concepts(node, word_begins, word_ends) {
                best = Some(Match { bytes: at - start, letters, concepts });
            }
        }
        best
    }

    fn concepts(&self, at: u32, word_begins: bool, word_ends: bool) -> Option<(u16, Bits)> {
        let terminal = self.terminals.get(usize::try_from(self.node(at)?.terminal).ok()?)?;
        let [whole, stem, tail, inside] = terminal.concepts;
        let mut concepts = inside;
        if word_begins {
            concepts |= stem;
        }
        if word_ends {
            concepts |= tail;
        }
        if word_begins && word_ends {
            concepts |= whole;
        }
        (concepts != 0).then_some((terminal.letters, concepts))
    }
}

/// How much there is in a folded text. The numbers in identifiers count nothing.
struct Size {
    words: usize,
    letters: usize,
}

impl Size {
    fn of(folded: &str, identifier: bool) -> Self {
        let counts = |letter: &char| *letter != ' ' && !(identifier && letter.is_ascii_digit());
        let spaces = folded.bytes().filter(|byte| *byte == b' ').count();
        Self { words: spaces.saturating_sub(1), letters: folded.chars().filter(counts).count() }
    }
}

/// Whether words of this script run together or take prefixes and suffixes, so that a pattern may begin and end anywhere: Chinese, Japanese, Korean, Thai,
/// and Arabic and Hebrew patterns that are long enough not to be part of other words.
fn runs_together(pattern: &str) -> bool {
    let letters = pattern.chars().count();
    // What is counted stands after the number: three digits, six characters.
    pattern.chars().find(|letter| !letter.is_ascii_digit()).is_some_and(|first| match first {
        '\u{590}'..='\u{6FF}' => letters > 3,
        '\u{E00}'..='\u{E7F}'
        | '\u{1100}'..='\u{11FF}'
        | '\u{3000}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7AF}'
        | '\u{F900}'..='\u{FAFF}' => true,
        _ => false,
    })
}
