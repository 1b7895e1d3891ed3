//! Puts together what browsers load: one unpacked extension a browser, and the phone app.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::render::{Browser, Sources};
use crate::wasm::Built;
use crate::{icons, tree, wasm};

/// Scripts that go into pages, and the most bytes that each may have as shipped. They run in every frame of every page.
const PAGE_SCRIPTS: [(&str, usize); 1] = [("probe.js", 8 * 1024)];

/// A package in the making: path → bytes.
type Files = BTreeMap<PathBuf, Vec<u8>>;

/// Builds dist/chrome, dist/firefox, dist/edge and dist/phone.
pub(crate) fn build() -> Result<()> {
    let modules = wasm::build()?;
    let manifests = Sources::read(&tree::root().join("manifest"))?;
    let shared = extension_files(&modules)?;
    for browser in Browser::ALL {
        let mut files = shared.clone();
        let manifest = manifests.extension(browser, env!("CARGO_PKG_VERSION"));
        files.insert("manifest.json".into(), format!("{manifest:#}\n").into_bytes());
        write(&files, &tree::dist().join(browser.name()))?;
    }
    write(&phone_files(&modules)?, &tree::dist().join("phone"))
}

fn extension_files(modules: &[Built]) -> Result<Files> {
    let mut files = source_files(&tree::root().join("extension"))?;
    for module in modules.iter().filter(|module| module.name != "phone") {
        add_module(&mut files, module, Path::new(module.name))?;
    }
    for (name, png) in icons::render()? {
        files.insert(Path::new("icons").join(name), png);
    }
    for (name, budget) in PAGE_SCRIPTS {
        shrink(&mut files, name, budget)?;
    }
    Ok(files)
}

fn phone_files(modules: &[Built]) -> Result<Files> {
    let mut files = source_files(&tree::root().join("phone/static"))?;
    for module in modules.iter().filter(|module| module.name == "phone") {
        add_module(&mut files, module, Path::new(""))?;
    }
    for (name, png) in icons::render()? {
        files.insert(Path::new("icons").join(name), png);
    }
    Ok(files)
}

/// What a folder ships: not its tests, nor notes to developers.
fn source_files(dir: &Path) -> Result<Files> {
    let mut files = Files::new();
    for path in tree::files(dir)? {
        if ships(&path) {
            files.insert(path.clone(), fs::read(dir.join(&path))?);
        }
    }
    Ok(files)
}

fn ships(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    !(name.contains(".test.") || name.ends_with(".md") || name.starts_with('.') || path.starts_with("tests"))
}

/// Adds a module's JavaScript, WebAssembly and snippets.
fn add_module(files: &mut Files, module: &Built, at: &Path) -> Result<()> {
    for path in tree::files(&module.dir)?.into_iter().filter(|path| ships(path)) {
        let bytes = fs::read(module.dir.join(&path))?;
        files.insert(at.join(path), bytes);
    }
    Ok(())
}

/// Minifies a script that goes into pages, and holds it to its budget.
fn shrink(files: &mut Files, name: &str, budget: usize) -> Result<()> {
    let Some(source) = files.get(Path::new(name)) else { bail!("extension/{name} is missing") };
    let input = tree::target().join("package").join(name);
    tree::write_if_changed(&input, source)?;
    let output = Command::new(tree::npm_program("terser"))
        .arg(&input)
        .args(["--compress", "passes=2", "--mangle", "--toplevel", "--comments", "false"])
        .output()
        .context("cannot start terser: run scripts/set-up")?;
    if !output.status.success() {
        bail!("terser refuses {name}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let size = output.stdout.len();
    println!("{name:>10}  {size:>9} bytes of {budget}");
    if size > budget {
        bail!("{name} is {size} bytes as shipped, its budget {budget}");
    }
    files.insert(name.into(), output.stdout);
    Ok(())
}

/// Makes `dir` hold exactly `files`.
fn write(files: &Files, dir: &Path) -> Result<()> {
    for stale in tree::files(dir)?.into_iter().filter(|path| !files.contains_key(path)) {
        fs::remove_file(dir.join(stale))?;
    }
    for (path, bytes) in files {
        tree::write_if_changed(&dir.join(path), bytes)?;
    }
    Ok(())
}
