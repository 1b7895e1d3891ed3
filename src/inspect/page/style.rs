//! Which elements a page's own styles hide. Only what needs no layout: `display`, `visibility`, `opacity`, and places or sizes that nobody can see, in
//! `style` attributes and in rules whose selectors name tags, ids, classes and attributes. Where a rule needs more than that, it counts nothing.

use super::dom::{Dom, Element, NodeId};

/// Rules of a page, at most; what a page's style sheets say of its forms stands in far fewer.
const RULES: usize = 2_000;

/// A page's rules that hide or show.
#[derive(Debug, Default)]
pub(crate) struct Styles {
    rules: Vec<Rule>,
}

/// What one rule or attribute says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Says {
    /// Whether it draws, by `display`.
    display: Option<bool>,
    /// Whether it can be seen, by `visibility`.
    visibility: Option<bool>,
    /// By `opacity`.
    opacity: Option<bool>,
    /// Whether it stands where it can be scrolled to.
    place: Option<bool>,
    /// Whether it is larger than two pixels.
    size: Option<bool>,
}

#[derive(Debug)]
struct Rule {
    selector: Vec<(Combinator, Compound)>,
    specificity: usize,
    says: Says,
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
}

impl Styles {
    pub(crate) fn of(dom: &Dom) -> Self {
        let mut styles = Self::default();
        let is_style = |node: &NodeId| dom.element(*node).is_some_and(|element| element.name() == "style");
        for style in dom.below(Dom::root(), |_| true).filter(is_style) {
            let text: String = dom.children(style).filter_map(|child| dom.text(child)).collect();
            styles.read(&text);
        }
        styles.rules.sort_by_key(|rule| rule.specificity);
        styles
    }

    /// Whether the styles hide an element itself; not what is around it.
    pub(crate) fn hide(&self, dom: &Dom, node: NodeId) -> bool {
        let Some(element) = dom.element(node) else { return false };
        let mut says = Says::default();
        for rule in self.rules.iter().filter(|rule| rule.matches(dom, node, element)) {
            says = says.then(rule.says);
        }
        let own = element.find("style").map(declarations).unwrap_or_default();
        says.then(own).hides()
    }

    fn read(&mut self, sheet: &str) {
        let sheet = without_comments(sheet);
        let mut rest = sheet.as_str();
        while let Some((selectors, after)) = rest.split_once('{') {
            let selectors = selectors.rsplit(';').next().unwrap_or_default().trim();
            if selectors.starts_with('@') {
                rest = skip_block(after);
                continue;
            }
            let Some((block, next)) = after.split_once('}') else { return };
            rest = next;
            let says = declarations(block);
            if says == Says::default() {
                continue;
            }
            for selector in selectors.split(',').filter_map(selector) {
                if self.rules.len() >= RULES {
                    return;
                }
                let specificity = selector.iter().map(|(_, compound)| compound.specificity()).sum();
                self.rules.push(Rule { selector, specificity, says });
            }
        }
    }
}

impl Says {
    /// What is said later counts.
    fn then(self, later: Self) -> Self {
        Self {
            display: later.display.or(self.display),
            visibility: later.visibility.or(self.visibility),
            opacity: later.opacity.or(self.opacity),
            place: later.place.or(self.place),
            size: later.size.or(self.size),
        }
    }

    fn hides(self) -> bool {
        [self.display, self.visibility, self.opacity, self.place, self.size].contains(&Some(false))
    }
}

/// What declarations say.
fn declarations(block: &str) -> Says {
    let mut says = Says::default();
    for declaration in block.split(';') {
        let Some((name, value)) = declaration.split_once(':') else { continue };
        let value = value.trim().trim_end_matches("!important").trim().to_ascii_lowercase();
        match name.trim().to_ascii_lowercase().as_str() {
            "display" => says.display = Some(value != "none"),
            "visibility" => says.visibility = Some(!matches!(value.as_str(), "hidden" | "collapse")),
            "opacity" => says.opacity = Some(value.parse() != Ok(0.0_f32)),
            "left" | "top" | "right" | "bottom" | "text-indent" if pixels(&value).is_some_and(|at| at < -500.0) => {
                says.place = Some(false);
            }
            "width" | "height" if pixels(&value).is_some_and(|size| size <= 2.0) => says.size = Some(false),
            _ => {}
        }
    }
    says
}

/// A length in pixels; lengths by the font are taken as sixteen pixels each.
fn pixels(value: &str) -> Option<f32> {
    let number = |unit: &str| value.strip_suffix(unit).and_then(|number| number.parse::<f32>().ok());
    number("px").or_else(|| number("rem").or_else(|| number("em")).map(|em| em * 16.0)).or_else(|| value.parse().ok())
}

impl Rule {
    fn matches(&self, dom: &Dom, node: NodeId, element: &Element) -> bool {
        let [before @ .., (_, last)] = self.selector.as_slice() else { return false };
        last.matches(element) && matches_around(dom, node, before)
    }
}

/// Whether what is around a node fits the parts of a selector before the last. The nearest that fits is taken, as nearly always does.
fn matches_around(dom: &Dom, node: NodeId, parts: &[(Combinator, Compound)]) -> bool {
    let mut at = node;
    for (combinator, compound) in parts.iter().rev() {
        let fits = |id: NodeId| dom.element(id).is_some_and(|element| compound.matches(element));
        let mut up = std::iter::successors(dom.parent(at), |id| dom.parent(*id));
        let found = match combinator {
            Combinator::Child => up.next().filter(|id| fits(*id)),
            Combinator::Within => up.find(|id| fits(*id)),
        };
        match found {
            Some(found) => at = found,
            None => return false,
        }
    }
    true
}

impl Compound {
    fn matches(&self, element: &Element) -> bool {
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
    }

    /// Ids before classes and attributes before tags.
    fn specificity(&self) -> usize {
        let ids = usize::from(!self.id.is_empty());
        ids * 10_000 + (self.classes.len() + self.attributes.len()) * 100 + usize::from(!self.tag.is_empty())
    }
}

/// A selector's parts, outermost first, each with how it stands to the next; none where it needs more than names.
fn selector(text: &str) -> Option<Vec<(Combinator, Compound)>> {
    let spaced = text.replace('>', " > ");
    let mut parts: Vec<(Combinator, Compound)> = Vec::new();
    for word in spaced.split_whitespace() {
        if word == ">" {
            parts.last_mut()?.0 = Combinator::Child;
        } else {
            parts.push((Combinator::Within, compound(word)?));
        }
    }
    (!parts.is_empty() && parts.len() <= 6).then_some(parts)
}

fn compound(text: &str) -> Option<Compound> {
    let mut compound = Compound::default();
    let end = text.find(['.', '#', '[']).unwrap_or(text.len());
    let (tag, mut rest) = text.split_at(end);
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
        let end = after.find(['.', '#', '[']).unwrap_or(after.len());
        let (own, next) = after.split_at(end);
        match (kind, name(own)?) {
            (_, "") => return None,
            ('#', own) => compound.id = own.to_owned(),
            (_, own) => compound.classes.push(own.to_owned()),
        }
        rest = next;
    }
    Some(compound)
}

/// A plain name; what else selectors may hold (states, siblings, escapes) is not followed.
fn name(text: &str) -> Option<&str> {
    text.chars().all(|letter| letter.is_alphanumeric() || matches!(letter, '-' | '_')).then_some(text)
}

fn without_comments(sheet: &str) -> String {
    let mut plain = String::new();
    let mut rest = sheet;
    while let Some((before, after)) = rest.split_once("/*") {
        plain.push_str(before);
        rest = after.split_once("*/").map_or("", |(_, after)| after);
    }
    plain + rest
}

/// What follows a block with blocks in it, such as `@media`.
fn skip_block(text: &str) -> &str {
    let mut open = 1_usize;
    for (at, letter) in text.char_indices() {
        match letter {
            '{' => open += 1,
            '}' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return text.get(at + 1..).unwrap_or_default();
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(html: &str) -> Vec<String> {
        let dom = Dom::parse(html).unwrap();
        let styles = Styles::of(&dom);
        let hides = |node: &NodeId| styles.hide(&dom, *node);
        let all: Vec<NodeId> = dom.below(Dom::root(), |_| true).filter(hides).collect();
        all.into_iter().filter_map(|node| Some(dom.element(node)?.attribute("id").to_owned())).collect()
    }

    #[test]
    fn rules_and_attributes_hide() {
        let html = "<style>/* a */ @media print { #p { display: none } } .trap, .x > b { position: absolute; left: -9999px }\
            .step { display: none } .step.on { display: block } input[name=url] { opacity: 0 }</style>\
            <p id=p></p><i id=t class='a trap'></i><u class=x><b id=b></b><s><b id=far></b></s></u><div id=s class=step></div>\
            <div id=on class='step on'></div><input id=u name=url><em id=e style='DISPLAY: none !important'></em>\
            <em id=v style='visibility:hidden'></em><em id=w style='width:1px;height:1px'></em><em id=z style='top:-4px'></em>";
        assert_eq!(hidden(html), ["t", "b", "s", "u", "e", "v", "w"]);
    }

    #[test]
    fn what_is_not_understood_counts_nothing() {
        assert_eq!(
            hidden("<style>a:hover{display:none} a+b{display:none} {} b{display:none</style><a id=a></a><b id=b></b>"),
            Vec::<String>::new()
        );
    }
}
