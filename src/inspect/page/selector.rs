//! Selectors that name tags, ids, classes, attributes and places among siblings. Anything else selectors may hold (states, siblings, escapes) is not followed.

use super::dom::{Dom, Element, NodeId};

/// Parts of a selector, at most.
const PARTS: usize = 8;

/// A selector.
#[derive(Debug)]
pub(crate) struct Selector {
    /// Outermost first, each with how it stands to the next.
    parts: Vec<(Combinator, Compound)>,
}

/// How a part of a selector stands to the part after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Combinator {
    Within,
    Child,
}

#[derive(Debug, Default)]
struct Compound {
    tag: String,
    id: String,
    classes: Vec<String>,
    attributes: Vec<(String, Option<String>)>,
    /// Which of its siblings of the same tag it is, from 1.
    nth: Option<usize>,
}

impl Selector {
    /// Reads a selector; none where it needs more than names.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts: Vec<(Combinator, Compound)> = Vec::new();
        for word in words(text) {
            if word == ">" {
                parts.last_mut()?.0 = Combinator::Child;
            } else {
                parts.push((Combinator::Within, compound(&word)?));
            }
        }
        (!parts.is_empty() && parts.len() <= PARTS).then_some(Self { parts })
    }

    /// Whether it selects a node.
    pub(crate) fn matches(&self, dom: &Dom, node: NodeId) -> bool {
        let [before @ .., (_, last)] = self.parts.as_slice() else { return false };
        last.matches(dom, node) && matches_around(dom, node, before)
    }

    /// Ids before classes and attributes before tags.
    pub(crate) fn specificity(&self) -> usize {
        self.parts.iter().map(|(_, compound)| compound.specificity()).sum()
    }
}

/// Whether what is around a node fits the parts of a selector before the last. The nearest that fits is taken, as nearly always does.
fn matches_around(dom: &Dom, node: NodeId, parts: &[(Combinator, Compound)]) -> bool {
    let mut at = node;
    for (combinator, compound) in parts.iter().rev() {
        let mut up = std::iter::successors(dom.parent(at), |id| dom.parent(*id));
        let found = match combinator {
            Combinator::Child => up.next().filter(|id| compound.matches(dom, *id)),
            Combinator::Within => up.find(|id| compound.matches(dom, *id)),
        };
        match found {
            Some(found) => at = found,
            None => return false,
        }
    }
    true
}

impl Compound {
    fn matches(&self, dom: &Dom, node: NodeId) -> bool {
        let Some(element) = dom.element(node) else { return false };
        let class = |wanted: &String| element.attribute("class").split_ascii_whitespace().any(|class| class == wanted);
        let attribute = |(name, value): &(String, Option<String>)| match (element.find(name), value) {
            (Some(own), Some(value)) => own == value,
            (own, None) => own.is_some(),
            (None, Some(_)) => false,
        };
        (self.tag.is_empty() || self.tag == element.name())
            && (self.id.is_empty() || self.id == element.attribute("id"))
            && self.classes.iter().all(class)
            && self.attributes.iter().all(attribute)
            && self.nth.is_none_or(|nth| place(dom, node, element) == Some(nth))
    }

    fn specificity(&self) -> usize {
        let ids = usize::from(!self.id.is_empty());
        let classes = self.classes.len() + self.attributes.len() + usize::from(self.nth.is_some());
        ids * 10_000 + classes * 100 + usize::from(!self.tag.is_empty())
    }
}

/// Which of its siblings of the same tag an element is.
fn place(dom: &Dom, node: NodeId, element: &Element) -> Option<usize> {
    let alike = |id: &NodeId| dom.element(*id).is_some_and(|other| other.name() == element.name());
    Some(dom.children(dom.parent(node)?).filter(alike).position(|id| id == node)? + 1)
}

/// A selector's parts and combinators; blanks and `>` in brackets part nothing.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut inside = false;
    for letter in text.chars() {
        inside = (inside || letter == '[') && letter != ']';
        match letter {
            '>' if !inside => words.extend([">".to_owned(), String::new()]),
            blank if blank.is_whitespace() && !inside => words.push(String::new()),
            other => words.last_mut().into_iter().for_each(|word| word.push(other)),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn compound(text: &str) -> Option<Compound> {
    const STARTS: [char; 4] = ['.', '#', '[', ':'];
    let mut compound = Compound::default();
    let (tag, mut rest) = text.split_at(text.find(STARTS).unwrap_or(text.len()));
    compound.tag = if tag == "*" { String::new() } else { name(tag)?.to_ascii_lowercase() };
    while let Some(kind) = rest.chars().next() {
        let after = rest.get(1..)?;
        if kind == '[' {
            let (inner, next) = after.split_once(']')?;
            let (attribute, value) = match inner.split_once('=') {
                Some((attribute, value)) => (attribute, Some(value.trim_matches(['"', '\'']).to_owned())),
                None => (inner, None),
            };
            compound.attributes.push((name(attribute)?.to_ascii_lowercase(), value));
            rest = next;
            continue;
        }
        let (own, next) = after.split_at(after.find(STARTS).unwrap_or(after.len()));
        match kind {
            '#' => compound.id = name(own).filter(|own| !own.is_empty())?.to_owned(),
            '.' => compound.classes.push(name(own).filter(|own| !own.is_empty())?.to_owned()),
            _ => compound.nth = Some(own.strip_prefix("nth-of-type(")?.strip_suffix(')')?.parse().ok()?),
        }
        rest = next;
    }
    Some(compound)
}

/// A plain name.
fn name(text: &str) -> Option<&str> {
    text.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '_')).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selectors_name_elements() {
        let dom =
            Dom::parse("<div class='a b' id=x><form name='the one'></form><form></form></div><form class=c></form>")
                .unwrap();
        let found = |text: &str| {
            let selector = Selector::parse(text).unwrap();
            dom.below(Dom::root(), |_| true).filter(|node| selector.matches(&dom, *node)).count()
        };
        let counts = [
            "form",
            "div form",
            "#x > form",
            ".a.b",
            "form[name=\"the one\"]",
            "div>form:nth-of-type(2)",
            "[name]",
            "b",
        ];
        assert_eq!(counts.map(found), [3, 2, 2, 1, 1, 1, 1, 0]);
        for text in ["", "a:hover", "a + b", "a\\:b", ".", "> a"] {
            assert!(Selector::parse(text).is_none(), "{text}");
        }
    }
}
