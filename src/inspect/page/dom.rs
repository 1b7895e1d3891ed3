//! A parsed document: the tree that html5ever builds, in one vector.
//!
//! A page decides how large and how deep it is. Both are bounded while it is read, so that no page takes more memory or time than that allows.

use html5ever::interface::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::tendril::{StrTendril, TendrilSink as _};
use html5ever::{Attribute, ParseOpts, QualName, local_name, ns, parse_document};
use std::borrow::Cow;
use std::cell::{Cell, Ref, RefCell};

/// Nodes, at most.
const NODES: usize = 400_000;
/// Elements inside each other, at most. Browsers stop at 512; pages that leave thousands of tags open are seldom.
const DEPTH: u32 = 2_000;
/// Bytes read before size and depth are looked at again.
const CHUNK: usize = 4_096;

/// Why a page was not read to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Excess {
    /// It has more nodes than it may.
    Nodes(usize),
    /// Its elements are nested deeper than they may be.
    Depth(u32),
}

/// A node's place in its document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct NodeId(usize);

impl NodeId {
    /// The place in a table by node.
    pub(crate) fn index(self) -> usize {
        self.0
    }
}

/// An element.
#[derive(Debug)]
pub(crate) struct Element {
    name: QualName,
    attributes: Vec<(String, String)>,
    /// What is in it, if it is a `template`.
    contents: Option<NodeId>,
    /// Its shadow root, if the page declares one.
    shadow: Option<NodeId>,
    /// The form that the parser gave it to, which need not be around it.
    form: Option<NodeId>,
}

impl Element {
    /// Its name in lower case.
    pub(crate) fn name(&self) -> &str {
        &self.name.local
    }

    /// An attribute's value, empty where it is missing.
    pub(crate) fn attribute(&self, name: &str) -> &str {
        self.find(name).unwrap_or_default()
    }

    /// An attribute's value.
    pub(crate) fn find(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// All attributes.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Its shadow root.
    pub(crate) fn shadow(&self) -> Option<NodeId> {
        self.shadow
    }

    /// The form that the parser gave it to.
    pub(crate) fn form(&self) -> Option<NodeId> {
        self.form
    }
}

#[derive(Debug)]
enum Data {
    Element(Box<Element>),
    Text(String),
    /// The document, a fragment, or what nobody sees.
    Other,
}

#[derive(Debug)]
struct Node {
    data: Data,
    depth: u32,
    parent: Option<NodeId>,
    previous: Option<NodeId>,
    next: Option<NodeId>,
    first: Option<NodeId>,
    last: Option<NodeId>,
}

/// A document.
#[derive(Debug)]
pub(crate) struct Dom {
    nodes: Vec<Node>,
    excess: Option<Excess>,
    /// What a node is called that has no name.
    nameless: QualName,
}

impl Dom {
    /// Reads a page, or the part of it that the bounds allow.
    pub(crate) fn parse(html: &str) -> Result<Self, Excess> {
        let mut parser = parse_document(Sink::new(), ParseOpts::default());
        let mut rest = html;
        while !rest.is_empty() {
            let (chunk, more) = rest.split_at(rest.floor_char_boundary(CHUNK));
            rest = more;
            parser.process(StrTendril::from_slice(chunk));
            if let Some(excess) = parser.tokenizer.sink.sink.dom.borrow().excess {
                return Err(excess);
            }
        }
        let dom = parser.finish();
        dom.excess.map_or(Ok(dom), Err)
    }

    /// The document itself.
    pub(crate) fn root() -> NodeId {
        NodeId(0)
    }

    /// How many nodes there are.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// A node as an element.
    pub(crate) fn element(&self, id: NodeId) -> Option<&Element> {
        match &self.node(id)?.data {
            Data::Element(element) => Some(element),
            Data::Text(_) | Data::Other => None,
        }
    }

    /// A node as text.
    pub(crate) fn text(&self, id: NodeId) -> Option<&str> {
        match &self.node(id)?.data {
            Data::Text(text) => Some(text),
            Data::Element(_) | Data::Other => None,
        }
    }

    /// The node around a node.
    pub(crate) fn parent(&self, id: NodeId) -> Option<NodeId> {
        self.node(id)?.parent
    }

    /// The nodes directly in a node.
    pub(crate) fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> {
        std::iter::successors(self.node(id).and_then(|node| node.first), |at| self.node(*at)?.next)
    }

    /// The nodes below a node in document order, without shadow trees; `enters` says below which.
    pub(crate) fn below(&self, id: NodeId, enters: impl Fn(NodeId) -> bool) -> impl Iterator<Item = NodeId> {
        let first = self.node(id).and_then(|node| node.first);
        std::iter::successors(first, move |at| {
            let node = self.node(*at)?;
            node.first.filter(|_| enters(*at)).or_else(|| self.after(*at, id))
        })
    }

    /// The next node after all that is below a node, within another.
    fn after(&self, id: NodeId, within: NodeId) -> Option<NodeId> {
        let mut at = id;
        while at != within {
            let node = self.node(at)?;
            if node.next.is_some() {
                return node.next;
            }
            at = node.parent?;
        }
        None
    }

    fn node(&self, id: NodeId) -> Option<&Node> {
        self.nodes.get(id.0)
    }

    fn node_mut(&mut self, id: NodeId) -> Option<&mut Node> {
        self.nodes.get_mut(id.0)
    }

    fn add(&mut self, data: Data) -> NodeId {
        if self.nodes.len() >= NODES {
            self.excess = Some(Excess::Nodes(NODES));
        }
        let id = NodeId(self.nodes.len());
        self.nodes.push(Node { data, depth: 0, parent: None, previous: None, next: None, first: None, last: None });
        id
    }

    fn detach(&mut self, id: NodeId) {
        let Some(node) = self.node_mut(id) else { return };
        let (parent, previous, next) = (node.parent.take(), node.previous.take(), node.next.take());
        match previous.and_then(|previous| self.node_mut(previous)) {
            Some(previous) => previous.next = next,
            None => {
                if let Some(parent) = parent.and_then(|parent| self.node_mut(parent)) {
                    parent.first = next;
                }
            }
        }
        match next.and_then(|next| self.node_mut(next)) {
            Some(next) => next.previous = previous,
            None => {
                if let Some(parent) = parent.and_then(|parent| self.node_mut(parent)) {
                    parent.last = previous;
                }
            }
        }
    }

    /// Puts a node into another, before one of its children or at its end.
    fn insert(&mut self, parent: NodeId, before: Option<NodeId>, id: NodeId) {
        self.detach(id);
        let depth = self.node(parent).map_or(0, |parent| parent.depth) + 1;
        if depth > DEPTH {
            self.excess = Some(Excess::Depth(DEPTH));
        }
        let previous = match before {
            Some(before) => self.node(before).and_then(|before| before.previous),
            None => self.node(parent).and_then(|parent| parent.last),
        };
        if let Some(node) = self.node_mut(id) {
            (node.depth, node.parent, node.previous, node.next) = (depth, Some(parent), previous, before);
        }
        match previous.and_then(|previous| self.node_mut(previous)) {
            Some(previous) => previous.next = Some(id),
            None => {
                if let Some(parent) = self.node_mut(parent) {
                    parent.first = Some(id);
                }
            }
        }
        match before.and_then(|before| self.node_mut(before)) {
            Some(before) => before.previous = Some(id),
            None => {
                if let Some(parent) = self.node_mut(parent) {
                    parent.last = Some(id);
                }
            }
        }
    }

    /// Puts a node or a text into another. Texts side by side become one.
    fn put(&mut self, parent: NodeId, before: Option<NodeId>, new: NodeOrText<NodeId>) {
        let text = match new {
            NodeOrText::AppendNode(id) => return self.insert(parent, before, id),
            NodeOrText::AppendText(text) => text,
        };
        let beside = match before {
            Some(before) => self.node(before).and_then(|before| before.previous),
            None => self.node(parent).and_then(|parent| parent.last),
        };
        if let Some(Node { data: Data::Text(beside), .. }) = beside.and_then(|beside| self.node_mut(beside)) {
            beside.push_str(&text);
            return;
        }
        let id = self.add(Data::Text(text.into()));
        self.insert(parent, before, id);
    }

    fn element_mut(&mut self, id: NodeId) -> Option<&mut Element> {
        match &mut self.node_mut(id)?.data {
            Data::Element(element) => Some(element),
            Data::Text(_) | Data::Other => None,
        }
    }
}

/// Where html5ever puts what it reads.
struct Sink {
    dom: RefCell<Dom>,
    quirks: Cell<QuirksMode>,
}

impl Sink {
    fn new() -> Self {
        let nameless = QualName::new(None, ns!(), local_name!(""));
        let mut dom = Dom { nodes: Vec::new(), excess: None, nameless };
        dom.add(Data::Other);
        Self { dom: RefCell::new(dom), quirks: Cell::new(QuirksMode::NoQuirks) }
    }

    fn add(&self, data: Data) -> NodeId {
        self.dom.borrow_mut().add(data)
    }
}

fn attributes(attributes: Vec<Attribute>) -> Vec<(String, String)> {
    attributes.into_iter().map(|attribute| (attribute.name.local.to_string(), attribute.value.to_string())).collect()
}

impl TreeSink for Sink {
    type Handle = NodeId;
    type Output = Dom;
    type ElemName<'a> = Ref<'a, QualName>;

    fn finish(self) -> Dom {
        self.dom.into_inner()
    }

    /// No page is without errors.
    fn parse_error(&self, _: Cow<'static, str>) {}

    fn get_document(&self) -> NodeId {
        Dom::root()
    }

    fn elem_name<'a>(&'a self, target: &'a NodeId) -> Ref<'a, QualName> {
        Ref::map(self.dom.borrow(), |dom| dom.element(*target).map_or(&dom.nameless, |element| &element.name))
    }

    fn create_element(&self, name: QualName, attrs: Vec<Attribute>, flags: ElementFlags) -> NodeId {
        let contents = flags.template.then(|| self.add(Data::Other));
        let element = Element { name, attributes: attributes(attrs), contents, shadow: None, form: None };
        self.add(Data::Element(Box::new(element)))
    }

    fn create_comment(&self, _: StrTendril) -> NodeId {
        self.add(Data::Other)
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> NodeId {
        self.add(Data::Other)
    }

    fn append(&self, parent: &NodeId, child: NodeOrText<NodeId>) {
        self.dom.borrow_mut().put(*parent, None, child);
    }

    fn append_based_on_parent_node(&self, element: &NodeId, previous: &NodeId, child: NodeOrText<NodeId>) {
        let parent = self.dom.borrow().parent(*element);
        match parent {
            Some(parent) => self.dom.borrow_mut().put(parent, Some(*element), child),
            None => self.append(previous, child),
        }
    }

    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}

    fn get_template_contents(&self, target: &NodeId) -> NodeId {
        self.dom.borrow().element(*target).and_then(|element| element.contents).unwrap_or(*target)
    }

    fn same_node(&self, one: &NodeId, other: &NodeId) -> bool {
        one == other
    }

    fn set_quirks_mode(&self, mode: QuirksMode) {
        self.quirks.set(mode);
    }

    fn append_before_sibling(&self, sibling: &NodeId, new: NodeOrText<NodeId>) {
        let parent = self.dom.borrow().parent(*sibling);
        if let Some(parent) = parent {
            self.dom.borrow_mut().put(parent, Some(*sibling), new);
        }
    }

    fn add_attrs_if_missing(&self, target: &NodeId, attrs: Vec<Attribute>) {
        if let Some(element) = self.dom.borrow_mut().element_mut(*target) {
            for (name, value) in attributes(attrs) {
                if element.find(&name).is_none() {
                    element.attributes.push((name, value));
                }
            }
        }
    }

    fn associate_with_form(&self, target: &NodeId, form: &NodeId, _: (&NodeId, Option<&NodeId>)) {
        if let Some(element) = self.dom.borrow_mut().element_mut(*target) {
            element.form = Some(*form);
        }
    }

    fn remove_from_parent(&self, target: &NodeId) {
        self.dom.borrow_mut().detach(*target);
    }

    fn reparent_children(&self, node: &NodeId, new_parent: &NodeId) {
        let children: Vec<NodeId> = self.dom.borrow().children(*node).collect();
        for child in children {
            self.dom.borrow_mut().insert(*new_parent, None, child);
        }
    }

    fn attach_declarative_shadow(&self, host: &NodeId, template: &NodeId, _: &[Attribute]) -> bool {
        let mut dom = self.dom.borrow_mut();
        let contents = dom.element(*template).and_then(|template| template.contents);
        match dom.element_mut(*host) {
            Some(host) if host.shadow.is_none() => {
                host.shadow = contents;
                contents.is_some()
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(dom: &Dom) -> Vec<&str> {
        dom.below(Dom::root(), |_| true).filter_map(|id| dom.element(id)).map(Element::name).collect()
    }

    #[test]
    fn a_tree_is_walked_in_document_order() {
        let dom = Dom::parse("<p>a<b>c</b>d<p>e").unwrap();
        assert_eq!(names(&dom), ["html", "head", "body", "p", "b", "p"]);
        let text: String = dom.below(Dom::root(), |_| true).filter_map(|id| dom.text(id)).collect();
        assert_eq!(text, "acde");
    }

    #[test]
    fn a_field_between_table_rows_keeps_its_form() {
        let dom = Dom::parse("<table><form id=f><tr><td><input name=a></td></tr></form></table>").unwrap();
        let input = dom.below(Dom::root(), |_| true).find_map(|id| dom.element(id).filter(|it| it.name() == "input"));
        let form = dom.element(input.unwrap().form().unwrap()).unwrap();
        assert_eq!(form.attribute("id"), "f");
    }

    #[test]
    fn templates_are_out_of_the_tree_and_shadow_roots_beside_it() {
        let dom = Dom::parse("<template><i></i></template><x-y><template shadowrootmode=open><b></b></template></x-y>");
        let dom = dom.unwrap();
        assert_eq!(names(&dom), ["html", "head", "template", "body", "x-y"]);
        let host = dom.below(Dom::root(), |_| true).find_map(|id| dom.element(id)?.shadow()).unwrap();
        assert_eq!(dom.element(dom.children(host).next().unwrap()).unwrap().name(), "b");
    }

    #[test]
    fn endless_nesting_and_endless_pages_are_refused() {
        assert_eq!(Dom::parse(&"<div>".repeat(100_000)).unwrap_err(), Excess::Depth(DEPTH));
        assert_eq!(Dom::parse(&"<br>".repeat(NODES + 1)).unwrap_err(), Excess::Nodes(NODES));
        let tags: String = (0..3000).map(|number| format!("<b id={number}>")).collect();
        assert!(Dom::parse(&(tags + &"<p>x".repeat(10_000))).is_err());
    }
}
