//! No two pages are alike: of the shingles of any two, at least 40 % differ.

use crate::page::{Dom, NodeId};
use crate::pages::{self, Labelled};
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};

/// Elements in a shingle.
const SHINGLE: usize = 4;
/// How much of two pages' shingles may be the same.
const SAME: f64 = 0.6;

/// A page's shingles: of every four elements in a row the tags, and the names of those that take input; hashed, in order, each once.
fn shingles(dom: &Dom) -> Vec<u64> {
    let named = |node: NodeId| dom.element(node).map(|element| (element.name(), element.attribute("name")));
    let elements: Vec<(&str, &str)> = dom.below(Dom::root(), |_| true).filter_map(named).collect();
    let hash = |row: &[(&str, &str)]| {
        let mut hasher = DefaultHasher::new();
        row.hash(&mut hasher);
        hasher.finish()
    };
    let mut shingles: Vec<u64> = elements.windows(SHINGLE).map(hash).collect();
    shingles.sort_unstable();
    shingles.dedup();
    shingles
}

/// How much of two pages' shingles is the same.
fn same(one: &[u64], other: &[u64]) -> f64 {
    let (mut left, mut right, mut both) = (0, 0, 0);
    while let (Some(a), Some(b)) = (one.get(left), other.get(right)) {
        both += usize::from(a == b);
        left += usize::from(a <= b);
        right += usize::from(b <= a);
    }
    both as f64 / (one.len() + other.len() - both).max(1) as f64
}

#[test]
fn no_two_pages_are_alike() {
    let pages = pages::all();
    let all: Vec<(&str, Vec<u64>)> =
        pages.iter().map(|Labelled { labels, page }| (labels.file.as_str(), shingles(&page.dom))).collect();
    let mut alike = Vec::new();
    for (place, (name, one)) in all.iter().enumerate() {
        for (other_name, other) in all.iter().skip(place + 1) {
            let same = same(one, other);
            if same > SAME {
                alike.push(format!("{name} and {other_name}: {same:.2}"));
            }
        }
    }
    assert!(alike.is_empty(), "{}", alike.join("\n"));
}

#[test]
fn copies_are_noticed() {
    let page = |html: &str| shingles(&Dom::parse(html).unwrap());
    let one = page("<form><input name=a><input name=b><p><i></i><b></b><button></button></form>");
    assert!(same(&one, &one) > 0.99);
    assert!(same(&one, &page("<table><tr><td><input name=x><td><select name=y></select></table><h1>T</h1>")) < SAME);
}
