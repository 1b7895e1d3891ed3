//! What is around each node of a page: forms, containers, labels, cells, and whether it is drawn.

use super::dom::{Dom, Element, NodeId};
use super::style::Styles;
use std::collections::HashMap;

/// What a node is in.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Surroundings {
    /// The shadow root: 0 for the document, else a number of its own.
    pub(crate) root: u32,
    /// The element whose shadow root that is.
    pub(crate) host: Option<NodeId>,
    /// The nearest form, through hosts.
    pub(crate) form: Option<NodeId>,
    /// The nearest dialog, popover or the like, through hosts.
    pub(crate) container: Option<NodeId>,
    /// The nearest label in the same tree.
    pub(crate) label: Option<NodeId>,
    /// The nearest table cell in the same tree.
    pub(crate) cell: Option<NodeId>,
    /// Whether it is not drawn.
    pub(crate) hidden: bool,
    /// Whether a `fieldset` disables it.
    pub(crate) disabled: bool,
    /// Whether it can be edited as text, by itself or by what is around it.
    pub(crate) editable: bool,
}

/// All nodes of a page in the order in which a user meets them, and what is around each.
pub(crate) struct Outline {
    /// Nodes in document order, shadow trees after their hosts and before the hosts' children.
    pub(crate) order: Vec<NodeId>,
    around: Vec<Surroundings>,
    /// The first element of each id, by root.
    ids: HashMap<(u32, String), NodeId>,
    /// Labels by the control that they belong to.
    labels: HashMap<NodeId, Vec<NodeId>>,
}

impl Outline {
    pub(crate) fn of(dom: &Dom) -> Self {
        let mut outline = Self {
            order: Vec::new(),
            around: vec![Surroundings::default(); dom.len()],
            ids: HashMap::new(),
            labels: HashMap::new(),
        };
        outline.walk(dom);
        outline.label(dom);
        outline
    }

    /// What is around a node, and whether it is drawn itself.
    pub(crate) fn around(&self, node: NodeId) -> Surroundings {
        self.around.get(node.index()).copied().unwrap_or_default()
    }

    /// The element of an id in a tree.
    pub(crate) fn by_id(&self, root: u32, id: &str) -> Option<NodeId> {
        self.ids.get(&(root, id.to_owned())).copied()
    }

    /// The labels of a control.
    pub(crate) fn labels(&self, control: NodeId) -> &[NodeId] {
        self.labels.get(&control).map_or(&[], Vec::as_slice)
    }

    fn walk(&mut self, dom: &Dom) {
        let styles = Styles::of(dom);
        let mut roots = 0;
        let mut waiting = vec![(Dom::root(), Surroundings::default())];
        while let Some((node, around)) = waiting.pop() {
            self.order.push(node);
            let (own, inner) = match dom.element(node) {
                Some(element) => inside(node, element, around, &styles, dom),
                None => (around, around),
            };
            if let Some(slot) = self.around.get_mut(node.index()) {
                *slot = own;
            }
            let element = dom.element(node);
            if let Some(id) = element.and_then(|element| element.find("id")).filter(|id| !id.is_empty()) {
                self.ids.entry((own.root, id.to_owned())).or_insert(node);
            }
            let children: Vec<NodeId> = dom.children(node).collect();
            waiting.extend(children.into_iter().rev().map(|child| (child, inner)));
            if let Some(shadow) = element.and_then(Element::shadow) {
                roots += 1;
                let inner = Surroundings { root: roots, host: Some(node), label: None, cell: None, ..inner };
                let children: Vec<NodeId> = dom.children(shadow).collect();
                waiting.extend(children.into_iter().rev().map(|child| (child, inner)));
            }
        }
    }

    /// Gives each label to its control: the one that it names, else the first inside it.
    fn label(&mut self, dom: &Dom) {
        let mut wrapping: HashMap<NodeId, NodeId> = HashMap::new();
        let mut pairs = Vec::new();
        for node in &self.order {
            let Some(element) = dom.element(*node) else { continue };
            let around = self.around(*node);
            if element.name() == "label" {
                if let Some(control) = element.find("for").and_then(|id| self.by_id(around.root, id)) {
                    pairs.push((control, *node));
                }
            } else if is_labelable(element)
                && let Some(label) = around.label
                && dom.element(label).is_some_and(|label| label.find("for").is_none())
                && wrapping.insert(label, *node).is_none()
            {
                pairs.push((*node, label));
            }
        }
        for (control, label) in pairs {
            self.labels.entry(control).or_default().push(label);
        }
    }
}

/// What an element's own surroundings are, and those of what is in it.
fn inside(
    node: NodeId,
    element: &Element,
    around: Surroundings,
    styles: &Styles,
    dom: &Dom,
) -> (Surroundings, Surroundings) {
    let editable = match element.find("contenteditable") {
        Some(value) => !value.eq_ignore_ascii_case("false"),
        None => around.editable,
    };
    let hidden = around.hidden || is_hidden(element) || styles.hide(dom, node);
    let own = Surroundings { hidden, editable, ..around };
    let mut inner = own;
    match element.name() {
        "form" => inner.form = Some(node),
        "label" => inner.label = Some(node),
        "td" => inner.cell = Some(node),
        "fieldset" => inner.disabled |= element.find("disabled").is_some(),
        "details" if element.find("open").is_none() => inner.hidden = true,
        // A summary is shown in what is else closed.
        "summary" => inner.hidden = around.hidden && !is_closed(dom, node),
        _ => {}
    }
    if is_container(element) {
        inner.container = Some(node);
    }
    (own, inner)
}

fn is_closed(dom: &Dom, summary: NodeId) -> bool {
    let around = dom.parent(summary).and_then(|parent| dom.element(parent));
    around.is_some_and(|around| around.name() == "details" && around.find("open").is_none())
}

fn is_labelable(element: &Element) -> bool {
    match element.name() {
        "input" => !element.attribute("type").eq_ignore_ascii_case("hidden"),
        "button" | "meter" | "output" | "progress" | "select" | "textarea" => true,
        _ => false,
    }
}

/// Whether an element holds fields together as a form does.
fn is_container(element: &Element) -> bool {
    is_dialog(element)
        || matches!(element.name(), "header" | "footer" | "nav" | "aside")
        || matches!(element.attribute("role"), "form" | "search")
        || element.find("popover").is_some()
}

pub(crate) fn is_dialog(element: &Element) -> bool {
    element.name() == "dialog" || element.attribute("role").ends_with("dialog")
}

/// Whether an element's attributes say that it is not drawn.
fn is_hidden(element: &Element) -> bool {
    element.find("hidden").is_some()
        || element.find("popover").is_some()
        || (element.name() == "dialog" && element.find("open").is_none())
}
