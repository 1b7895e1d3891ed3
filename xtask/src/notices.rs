//! Writes the third-party notices of what ships: dist/THIRD-PARTY.md.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, PackageId};

use crate::tree;

/// Crates of ours that ship nothing.
const TOOLS: [&str; 2] = ["xtask", "countersign-harness"];
/// How licence files are called, in upper case.
const LICENCE_NAMES: [&str; 4] = ["LICENSE", "LICENCE", "COPYING", "NOTICE"];

/// Writes the notices of every crate that a shipped crate is built from.
pub(crate) fn write() -> Result<()> {
    let metadata = MetadataCommand::new().manifest_path(tree::root().join("Cargo.toml")).exec()?;
    let text = render(&shipped(&metadata))? + &data(&metadata)?;
    tree::write_if_changed(&tree::dist().join("THIRD-PARTY.md"), text.as_bytes())
}

/// The foreign packages reachable from ours through normal and build dependencies.
fn shipped(metadata: &Metadata) -> Vec<&Package> {
    let packages: BTreeMap<&PackageId, &Package> =
        metadata.packages.iter().map(|package| (&package.id, package)).collect();
    let edges: BTreeMap<&PackageId, Vec<&PackageId>> = metadata
        .resolve
        .iter()
        .flat_map(|resolve| &resolve.nodes)
        .map(|node| {
            let used = node
                .deps
                .iter()
                .filter(|dependency| dependency.dep_kinds.iter().any(|kind| kind.kind != DependencyKind::Development));
            (&node.id, used.map(|dependency| &dependency.pkg).collect())
        })
        .collect();
    let is_tool = |id: &PackageId| packages.get(id).is_some_and(|package| TOOLS.contains(&package.name.as_str()));
    let mut open: VecDeque<&PackageId> = metadata.workspace_members.iter().filter(|id| !is_tool(id)).collect();
    let mut seen: BTreeSet<&PackageId> = open.iter().copied().collect();
    while let Some(id) = open.pop_front() {
        for next in edges.get(id).into_iter().flatten() {
            if seen.insert(next) {
                open.push_back(next);
            }
        }
    }
    let mut found: Vec<&Package> = seen
        .into_iter()
        .filter_map(|id| packages.get(id).copied())
        .filter(|package| package.source.is_some())
        .collect();
    found.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
    found
}

fn render(packages: &[&Package]) -> Result<String> {
    let mut text = String::from(
        "# Third-party notices\n\nCountersign is built from these crates. Their licence texts follow the list.\n\n",
    );
    // Many crates carry the same text: print each once.
    let mut texts: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in packages {
        let name = format!("{} {}", package.name, package.version);
        writeln!(text, "- {name}: {}", package.license.as_deref().unwrap_or("see its licence text"))?;
        for licence in licence_texts(package)? {
            texts.entry(licence).or_default().push(name.clone());
        }
    }
    for (licence, names) in texts {
        writeln!(text, "\n---\n\n{}\n\n```text\n{}\n```", names.join(", "), licence.trim_end().replace("```", "'''"))?;
    }
    Ok(text)
}

/// The notices of the data that our own crates ship: what stands in a `NOTICE.md` beside their manifests.
fn data(metadata: &Metadata) -> Result<String> {
    let mut text = String::from("\n---\n\nThey also carry this data.\n");
    for package in metadata.workspace_packages() {
        let notice = package.manifest_path.with_file_name("NOTICE.md");
        if notice.exists() {
            writeln!(text, "\n{}", fs::read_to_string(notice)?.trim_end())?;
        }
    }
    Ok(text)
}

fn licence_texts(package: &Package) -> Result<Vec<String>> {
    let Some(dir) = package.manifest_path.parent() else { return Ok(Vec::new()) };
    let mut texts = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| format!("cannot list {dir}"))? {
        let path = entry?.path();
        if path.is_file() && is_licence(&path) {
            texts.push(String::from_utf8_lossy(&fs::read(&path)?).into_owned());
        }
    }
    texts.sort();
    Ok(texts)
}

fn is_licence(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().to_uppercase()).unwrap_or_default();
    LICENCE_NAMES.iter().any(|licence| name.starts_with(licence))
}
