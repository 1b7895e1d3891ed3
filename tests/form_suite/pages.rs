//! The pages themselves: how many there are, and that the labels describe them.

use crate::labels::{self, Labels};
use crate::page::{Dom, NodeId, Page, Selector, kind_of};
use std::collections::BTreeSet;

/// As many pages as are there at least, and of the two kinds that are scarce elsewhere.
const PAGES: usize = 752;
const CODES: usize = 60;
const CHANGED_PASSWORDS: usize = 40;

/// A page that was read, with its labels.
pub(crate) struct Labelled {
    pub(crate) labels: Labels,
    pub(crate) page: Page,
}

/// Every page.
pub(crate) fn all() -> Vec<Labelled> {
    labels::all()
        .into_iter()
        .map(|labels| {
            let bytes = std::fs::read(labels::directory().join(&labels.file)).unwrap();
            let page = Page::parse(&bytes).unwrap_or_else(|error| panic!("{}: {error:?}", labels.file));
            Labelled { labels, page }
        })
        .collect()
}

/// The same pages, read again: a page is too large to be copied for nothing else.
pub(crate) fn again(pages: &[Labelled]) -> Vec<Labelled> {
    all().into_iter().filter(|one| pages.iter().any(|other| other.labels.file == one.labels.file)).collect()
}

/// The node that a selector names first, in the document or in a shadow tree.
pub(crate) fn find(dom: &Dom, selector: &str) -> Option<NodeId> {
    let selector = Selector::parse(selector)?;
    trees(dom).into_iter().flat_map(|root| dom.below(root, |_| true)).find(|node| selector.matches(dom, *node))
}

/// The document and all shadow roots.
fn trees(dom: &Dom) -> Vec<NodeId> {
    let mut trees = vec![Dom::root()];
    let mut done = 0;
    while let Some(root) = trees.get(done).copied() {
        trees.extend(dom.below(root, |_| true).filter_map(|node| dom.element(node)?.shadow()));
        done += 1;
    }
    trees
}

/// Whether a node is in another, through shadow roots.
pub(crate) fn is_in(dom: &Dom, node: NodeId, outer: NodeId) -> bool {
    let hosts: Vec<(NodeId, NodeId)> = trees(dom)
        .into_iter()
        .flat_map(|root| dom.below(root, |_| true))
        .filter_map(|host| Some((dom.element(host)?.shadow()?, host)))
        .collect();
    let host = |root: NodeId| hosts.iter().find(|(shadow, _)| *shadow == root).map(|(_, host)| *host);
    std::iter::successors(Some(node), |at| dom.parent(*at).or_else(|| host(*at))).any(|at| at == outer)
}

#[test]
fn there_are_as_many_pages_as_promised() {
    let labels = labels::all();
    let of_kind = |kind: &str| labels.iter().filter(|labels| labels.kind == kind).count();
    assert!(labels.len() >= PAGES, "{} pages", labels.len());
    let coded = |labels: &&Labels| labels.fields.iter().any(|field| field.field_type == "one-time-code");
    assert!(labels.iter().filter(coded).count() >= CODES, "{}", labels.iter().filter(coded).count());
    assert!(of_kind("change-password") >= CHANGED_PASSWORDS, "{}", of_kind("change-password"));
    let languages: BTreeSet<&str> = labels.iter().map(|labels| labels.lang.split('-').next().unwrap()).collect();
    assert!(languages.len() >= 20, "{languages:?}");
    assert!(labels.iter().all(|labels| !labels.note.is_empty()));
}

#[test]
fn every_page_has_labels_and_every_label_a_page() {
    let names = |folder: &str, end: &str| -> BTreeSet<String> {
        let files = std::fs::read_dir(labels::directory().join(folder)).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        names.map(|name| name.strip_suffix(end).unwrap_or(&name).to_owned()).collect()
    };
    assert_eq!(names("pages", ".html"), names("labels", ".json"));
}

/// Every control has its label, in order, and every selector names something.
#[test]
fn labels_describe_their_pages() {
    let mut wrong = Vec::new();
    for Labelled { labels, page } in all() {
        let found: Vec<[String; 4]> = page.places.iter().map(|place| described(&page.dom, place.node)).collect();
        let said = labels.fields.iter().map(|field| {
            let control = field.control.clone().unwrap_or_default();
            [field.tag.clone(), control, field.id.clone(), field.name.clone()]
        });
        let said: Vec<[String; 4]> = said.collect();
        let numbered = labels.fields.iter().zip(0..).all(|(field, index)| field.index == index);
        if !numbered || found != said {
            let first = found.iter().zip(&said).position(|(found, said)| found != said);
            let at = first.unwrap_or(found.len().min(said.len()));
            wrong.push(format!("{} #{at}: {:?}, labelled {:?}", labels.file, found.get(at), said.get(at)));
        }
        for form in &labels.forms {
            if find(&page.dom, &form.selector).is_none() {
                wrong.push(format!("{}: nothing is {}", labels.file, form.selector));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A control's tag, type, id and name.
fn described(dom: &Dom, node: NodeId) -> [String; 4] {
    let element = dom.element(node).unwrap();
    let (tag, control) = match element.name() {
        "input" => ("input", kind_of(element).to_owned()),
        native @ ("select" | "textarea") => (native, String::new()),
        _ if element.find("contenteditable").is_some_and(|value| value != "false") => ("editable", String::new()),
        _ => ("aria", String::new()),
    };
    [tag.to_owned(), control, element.attribute("id").to_owned(), element.attribute("name").to_owned()]
}
