//! Texts of a page, cut as the probe cuts them.

use super::dom::{Dom, Element, NodeId};

/// Nodes looked at for one text.
const NODES: usize = 240;

/// The text below a node in one line, without code, options and other fields.
pub(crate) fn text_of(dom: &Dom, node: NodeId, limit: usize) -> String {
    let shown = |id: NodeId| !dom.element(id).is_some_and(is_silent);
    let mut text = String::new();
    for id in dom.below(node, shown).take(NODES) {
        if let Some(more) = dom.text(id) {
            text.extend(more.trim().chars().take(limit * 4));
            text.push(' ');
        }
        if text.len() > limit * 8 {
            break;
        }
    }
    cut(&text, limit)
}

/// Whether what stands in an element is no text to read.
pub(crate) fn is_silent(element: &Element) -> bool {
    matches!(element.name(), "script" | "style" | "noscript" | "template" | "select" | "textarea" | "svg" | "option")
}

/// Blanks collapsed, and cut to a number of UTF-16 units.
pub(crate) fn cut(text: &str, limit: usize) -> String {
    let mut cut = String::new();
    let mut units = 0;
    for letter in text.split_whitespace().flat_map(|word| word.chars().chain([' '])) {
        units += letter.len_utf16();
        if units > limit {
            break;
        }
        cut.push(letter);
    }
    cut.truncate(cut.trim_end().len());
    cut
}

/// Texts after each other, without the empty ones.
pub(crate) fn join(texts: impl IntoIterator<Item = String>, limit: usize) -> String {
    cut(&texts.into_iter().collect::<Vec<_>>().join(" "), limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_in_utf_16_units() {
        assert_eq!(cut("  a \n b ", 10), "a b");
        assert_eq!(cut("\u{1F511}\u{1F511}\u{1F511}", 5), "\u{1F511}\u{1F511}");
    }

    #[test]
    fn options_and_code_are_no_text() {
        let dom = Dom::parse("<p>Country <select><option>Chile</select><script>x</script> <b>here</b>").unwrap();
        assert_eq!(text_of(&dom, Dom::root(), 100), "Country here");
    }
}
