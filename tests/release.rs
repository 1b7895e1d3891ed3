//! What is released is what is tested: no feature, configuration or environment variable gives a product crate a path that only tests or only releases have,
//! so no build holds an approval that a phone did not give.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};
use cargo_metadata::{Metadata, MetadataCommand};

/// Features that product crates may have: which keys there are and whether there are sockets, never who approves.
const FEATURES: [(&str, &[&str]); 3] = [
    ("countersign-seal", &["native", "web"]),
    ("countersign-vault", &["generator"]),
    ("countersign-wire", &["socket"]),
];
/// What conditional compilation may ask.
const QUESTIONS: [&str; 8] = [
    "test",
    "unix",
    "windows",
    "target_os",
    "target_family",
    "target_arch",
    "feature = \"native\"",
    "feature = \"web\"",
];
/// More of them, which say who else is part of the program.
const MORE_QUESTIONS: [&str; 3] = ["feature = \"generator\"", "feature = \"socket\"", "not("];
/// Environment variables that products read: where files, socket, relay and phone app lie, which authorities to trust, whether there is a keystore, what is logged; and,
/// when they are compiled, names and addresses from the manifest.
const VARIABLES: [&str; 19] = [
    "PATH",
    "HOME",
    "XDG_DATA_HOME",
    "XDG_CONFIG_HOME",
    "LOCALAPPDATA",
    "APPDATA",
    "COUNTERSIGN_DATA_DIR",
    "COUNTERSIGN_SOCKET",
    "COUNTERSIGN_RELAY",
    "COUNTERSIGN_PHONE",
    "COUNTERSIGN_EXTRA_CA",
    "COUNTERSIGN_NO_KEYSTORE",
    "COUNTERSIGN_LOG",
    // Which browser `inspect` looks at pages with.
    "COUNTERSIGN_CHROMIUM",
    "PATH_VARIABLE",
    "CARGO_MANIFEST_DIR",
    "COUNTERSIGN_HOST_NAME",
    "COUNTERSIGN_CHROMIUM_ID",
    "COUNTERSIGN_GECKO_ID",
];
/// Those of them that are set when products are compiled.
const COMPILED: [&str; 3] = ["COUNTERSIGN_HOST_NAME", "COUNTERSIGN_CHROMIUM_ID", "COUNTERSIGN_GECKO_ID"];
/// Tools and tests: no part of what is released.
const NO_PRODUCTS: [&str; 3] = ["xtask", "countersign-harness", "countersign-webcrypto-test"];

fn metadata() -> Result<Metadata> {
    Ok(MetadataCommand::new().no_deps().exec()?)
}

/// The directories that hold the products' source.
fn sources(metadata: &Metadata) -> Result<Vec<PathBuf>> {
    let products =
        metadata.workspace_packages().into_iter().filter(|package| !NO_PRODUCTS.contains(&package.name.as_str()));
    products
        .map(|package| {
            let directory = package.manifest_path.parent().context("a manifest lies in a directory")?;
            Ok(directory.join("src").into_std_path_buf())
        })
        .collect()
}

fn rust_files(directory: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if path.is_dir() {
            rust_files(&path, found)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    Ok(())
}

/// The conditions of all `cfg(…)`, `cfg!(…)` and `cfg_attr(…)` in a source.
fn conditions(source: &str) -> Vec<&str> {
    let starts = source.match_indices("cfg").filter_map(|(at, _)| {
        let rest = &source[at + 3..];
        let rest = rest.strip_prefix("_attr").or_else(|| rest.strip_prefix('!')).unwrap_or(rest);
        rest.strip_prefix('(')
    });
    starts
        .map(|rest| {
            let mut depth = 1;
            let end = rest.find(|c| {
                depth += i32::from(c == '(') - i32::from(c == ')');
                depth == 0
            });
            &rest[..end.unwrap_or(rest.len())]
        })
        .collect()
}

/// The questions of a condition, without `any`, `all` and `not`. Of `cfg_attr` only what stands before the first comma outside parentheses is a question; the
/// attribute itself is taken for one too, which at worst names a harmless one as unknown.
fn questions(condition: &str) -> Vec<String> {
    let flat = condition.replace("any(", " ").replace("all(", " ").replace("not(", " ").replace(')', " ");
    flat.split(',').map(|question| question.trim().to_owned()).filter(|question| !question.is_empty()).collect()
}

fn is_known(question: &str) -> bool {
    let known = |known: &str| question == known || question.starts_with(&format!("{known} ="));
    QUESTIONS.iter().chain(&MORE_QUESTIONS).any(|one| known(one))
}

/// Environment variables that a source reads, by their names or by what holds those.
fn variables(source: &str) -> Vec<String> {
    // The last is clap's.
    let calls = ["env::var(", "env::var_os(", "env!(", "option_env!(", "env = "];
    let mut found = Vec::new();
    for call in calls {
        for (at, _) in source.match_indices(call) {
            let rest = &source[at + call.len()..];
            let end = rest.find([')', ',']).unwrap_or(rest.len());
            found.push(rest[..end].trim_matches('"').to_owned());
        }
    }
    // Cargo's own, set at build time.
    found.retain(|name| !name.starts_with("CARGO_PKG_") && name != "OUT_DIR");
    found
}

#[test]
fn no_feature_decides_who_approves() -> Result<()> {
    let metadata = metadata()?;
    for package in metadata.workspace_packages() {
        let allowed =
            FEATURES.iter().find(|(name, _)| *name == package.name.as_str()).map_or(&[][..], |(_, features)| *features);
        let unknown: Vec<_> = package
            .features
            .keys()
            .filter(|feature| *feature != "default" && !allowed.contains(&feature.as_str()))
            .collect();
        ensure!(unknown.is_empty(), "{} has features that no one expects: {unknown:?}", package.name);
    }
    Ok(())
}

#[test]
fn no_build_has_a_path_that_another_has_not() -> Result<()> {
    let mut files = Vec::new();
    for directory in sources(&metadata()?)? {
        rust_files(&directory, &mut files)?;
    }
    ensure!(files.len() > 100, "only {} files", files.len());
    let mut faults = BTreeSet::new();
    for path in files {
        let source = fs::read_to_string(&path)?;
        if source.contains("debug_assertions") {
            faults.insert(format!("{} asks for the profile", path.display()));
        }
        for question in conditions(&source).into_iter().flat_map(questions).filter(|question| !is_known(question)) {
            faults.insert(format!("{} asks {question}", path.display()));
        }
        for name in variables(&source).into_iter().filter(|name| !VARIABLES.contains(&name.as_str())) {
            faults.insert(format!("{} reads the variable {name}", path.display()));
        }
    }
    ensure!(faults.is_empty(), "{faults:#?}");
    Ok(())
}

/// `cfg(test)` may bring in test modules and nothing else: no other item differs between a test and a release.
#[test]
fn test_code_lives_in_modules_of_its_own() -> Result<()> {
    let mut files = Vec::new();
    for directory in sources(&metadata()?)? {
        rust_files(&directory, &mut files)?;
    }
    for path in files {
        let source = fs::read_to_string(&path)?;
        let mut lines = source.lines().map(str::trim);
        while let Some(line) = lines.next() {
            if line == "#[cfg(test)]" {
                let next = lines.by_ref().find(|line| !line.starts_with("#[") && !line.starts_with("//"));
                ensure!(
                    next.is_some_and(|line| line.starts_with("mod ")),
                    "{}: #[cfg(test)] on {}",
                    path.display(),
                    next.unwrap_or_default()
                );
            }
        }
    }
    Ok(())
}

#[test]
fn every_variable_is_documented() -> Result<()> {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/settings.md"))?;
    let ours = VARIABLES.iter().filter(|name| name.starts_with("COUNTERSIGN_") && !COMPILED.contains(name));
    let ours: BTreeSet<&str> = ours.copied().collect();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `COUNTERSIGN_")?.split('`').next());
    let documented: BTreeSet<String> = rows.map(|rest| format!("COUNTERSIGN_{rest}")).collect();
    ensure!(documented.iter().map(String::as_str).eq(ours.iter().copied()), "{ours:?} in {documented:?}");
    // What nothing reads would stay in the list for ever.
    let mut files = Vec::new();
    sources(&metadata()?)?.iter().try_for_each(|directory| rust_files(directory, &mut files))?;
    let read: String = files.iter().map(fs::read_to_string).collect::<Result<_, _>>()?;
    for name in ours {
        ensure!(read.contains(&format!("\"{name}\"")), "nothing reads {name}");
    }
    Ok(())
}

#[test]
fn sabotage_is_noticed() {
    let asks = |source| conditions(source).into_iter().flat_map(questions).any(|question| !is_known(&question));
    assert!(asks("#[cfg(feature = \"approve-all\")] fn approve() {}"));
    assert!(asks("if cfg!(countersign_demo) {}"));
    assert!(asks("#[cfg(any(test, not(release)))] fn approve() {}"));
    assert!(!asks("#[cfg(all(test, feature = \"native\"))] mod tests;"));
    assert_eq!(variables("std::env::var(\"COUNTERSIGN_APPROVE\")"), ["COUNTERSIGN_APPROVE"]);
    assert_eq!(variables("let name = \"X\"; std::env::var_os(name)"), ["name"]);
}
