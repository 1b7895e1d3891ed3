//! Which elements a page's own styles hide. Only what needs no layout: `display`, `visibility`, `opacity`, and places or sizes that nobody can see, in
//! `style` attributes and in rules whose selectors name tags, ids, classes and attributes. Where a rule needs more than that, it counts nothing.

use super::dom::{Dom, NodeId};
use super::selector::Selector;

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
    selector: Selector,
    specificity: usize,
    says: Says,
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
        for rule in self.rules.iter().filter(|rule| rule.selector.matches(dom, node)) {
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
            for selector in selectors.split(',').filter_map(Selector::parse) {
                if self.rules.len() >= RULES {
                    return;
                }
                self.rules.push(Rule { specificity: selector.specificity(), selector, says });
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
