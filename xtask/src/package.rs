//! Puts together what browsers load: an extension for each browser, unpacked and as one file, and the phone app.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use sha2::{Digest as _, Sha256};

use crate::render::{Browser, Sources};
use crate::wasm::{Built, Part};
use crate::{archive, icons, tree, wasm};

/// A script that goes into pages: one file made from several.
struct PageScript {
    name: &'static str,
    /// In `extension/`, in this order.
    sources: &'static [&'static str],
    /// The most bytes it may have as shipped.
    budget: usize,
}

const PAGE_SCRIPTS: [PageScript; 7] = [
    // Runs in every frame of every page.
    PageScript { name: "probe.js", sources: &["probe/fields.js", "probe/probe.js"], budget: 2 * 1024 },
    // Runs where a field got the focus.
    PageScript {
        name: "look.js",
        sources: &["probe/fields.js", "probe/elements.js", "probe/snapshot.js", "probe/look.js"],
        budget: 8 * 1024,
    },
    // Runs where a form was found.
    PageScript {
        name: "marks.js",
        sources: &["probe/fields.js", "probe/elements.js", "probe/guard.js", "probe/mark.js"],
        budget: 6 * 1024,
    },
    // Runs where a chooser opened or a request was made.
    PageScript {
        name: "sight.js",
        sources: &["probe/fields.js", "probe/elements.js", "probe/paint.js", "probe/sight.js"],
        budget: 12 * 1024,
    },
    // Runs where a request was made.
    PageScript {
        name: "commit.js",
        sources: &[
            "probe/fields.js",
            "probe/elements.js",
            "probe/write.js",
            "probe/commit.js",
            "probe/submit.js",
            "probe/fill.js",
        ],
        budget: 6 * 1024,
    },
    // Runs where a form takes a password.
    PageScript {
        name: "capture.js",
        sources: &["probe/fields.js", "probe/elements.js", "probe/capture.js"],
        budget: 4 * 1024,
    },
    // Runs where there is something to save.
    PageScript { name: "offer.js", sources: &["probe/offer.js"], budget: 2 * 1024 },
];

/// The look of the shared components: its source, and its name in every package with pages.
const SHARED_STYLE: (&str, &str) = ("ui/style.css", "ui.css");

/// A package in the making: path → bytes.
pub(crate) type Files = BTreeMap<PathBuf, Vec<u8>>;

/// Builds what ships of one part, or all: dist/chrome, dist/firefox and dist/edge, each with its archive beside it, and dist/phone. Modules for tests are built
/// along.
pub(crate) fn build(part: Option<Part>) -> Result<()> {
    // Two at a time would mix the files of two builds.
    let _lock = tree::lock("package.lock")?;
    let modules = wasm::build(part)?;
    let wants = |wanted| part.is_none_or(|part| part == wanted);
    if wants(Part::Extension) {
        write_extensions(&extension_files(&modules)?)?;
    }
    if wants(Part::Phone) {
        write(&phone_files(&modules)?, &tree::dist().join("phone"))?;
    }
    Ok(())
}

fn write_extensions(shared: &Files) -> Result<()> {
    let manifests = Sources::read(&tree::root().join("manifest"))?;
    let (chromium, firefox) = (with_page_scripts(shared, false)?, with_page_scripts(shared, true)?);
    for browser in Browser::ALL {
        let mut files = if browser == Browser::Firefox { firefox.clone() } else { chromium.clone() };
        let manifest = manifests.extension(browser, env!("CARGO_PKG_VERSION"));
        files.insert("manifest.json".into(), format!("{manifest:#}\n").into_bytes());
        write(&files, &tree::dist().join(browser.name()))?;
        let (name, bytes) = (archive_name(browser), archive::of(&files)?);
        println!("{name:>26}  {:>9} bytes", bytes.len());
        tree::write_if_changed(&tree::dist().join(name), &bytes)?;
    }
    Ok(())
}

/// What stores take, and what browsers install.
pub(crate) fn archive_name(browser: Browser) -> &'static str {
    match browser {
        Browser::Chrome => "countersign-chrome.zip",
        Browser::Edge => "countersign-edge.zip",
        Browser::Firefox => "countersign-firefox.xpi",
    }
}

/// What the browsers have in common.
fn extension_files(modules: &[Built]) -> Result<Files> {
    let mut files = source_files(&tree::root().join("extension"))?;
    for module in modules.iter().filter(|module| module.part == Part::Extension) {
        add_module(&mut files, module, Path::new(module.name))?;
        build_nodes(&mut files, module)?;
    }
    for (name, png) in icons::render(icons::EXTENSION)? {
        files.insert(Path::new("icons").join(name), png);
    }
    add_shared_style(&mut files)?;
    Ok(files)
}

/// Puts each script for pages in the place of its sources.
fn with_page_scripts(shared: &Files, firefox: bool) -> Result<Files> {
    let mut files = shared.clone();
    for script in &PAGE_SCRIPTS {
        shrink(&mut files, script, firefox)?;
    }
    files.retain(|path, _| !path.starts_with("probe"));
    Ok(files)
}

fn phone_files(modules: &[Built]) -> Result<Files> {
    let mut files = source_files(&tree::root().join("phone/static"))?;
    for module in modules.iter().filter(|module| module.part == Part::Phone) {
        add_module(&mut files, module, Path::new(""))?;
    }
    for (name, png) in icons::render(icons::PHONE)? {
        files.insert(Path::new("icons").join(name), png);
    }
    add_shared_style(&mut files)?;
    list_files(&mut files)?;
    Ok(files)
}

/// Writes into the phone app's service worker which files it keeps, and a hash of them: another build is another cache.
fn list_files(files: &mut Files) -> Result<()> {
    const WORKER: &str = "service-worker.js";
    let mut hash = Sha256::new();
    // The page itself is kept under the name that it is opened by.
    let mut names = vec!["./".to_owned()];
    for (path, bytes) in files.iter().filter(|(path, _)| path != &Path::new(WORKER)) {
        let name = path.display().to_string();
        hash.update(name.as_bytes());
        hash.update(Sha256::digest(bytes));
        if name != "index.html" {
            names.push(name);
        }
    }
    let version: String = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let Some(worker) = files.get_mut(Path::new(WORKER)) else { bail!("phone/static/{WORKER} is missing") };
    let text = std::str::from_utf8(worker)?.replace("@VERSION@", &version).replace("@FILES@", &names.join("\", \""));
    *worker = text.into_bytes();
    Ok(())
}

fn add_shared_style(files: &mut Files) -> Result<()> {
    let (source, name) = SHARED_STYLE;
    files.insert(name.into(), fs::read(tree::root().join(source)).with_context(|| format!("cannot read {source}"))?);
    Ok(())
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

/// Has the view library's templates made by `extension/markup.js`, node by node, where wasm-bindgen would set them as HTML.
fn build_nodes(files: &mut Files, module: &Built) -> Result<()> {
    const SET: &str = "arg0.innerHTML = getStringFromWasm0(arg1, arg2);";
    const BUILD: &str = "setMarkup(arg0, getStringFromWasm0(arg1, arg2));";
    const IMPORT: &str = "import { setMarkup } from \"../markup.js\";\n";
    let path = Path::new(module.name).join(format!("{}.js", module.name));
    let Some(script) = files.get_mut(&path) else { bail!("{} was not built", path.display()) };
    let text = std::str::from_utf8(script)?;
    let built = text.replace(SET, BUILD);
    // The binding is told by its name, too: one that is written in another way must not slip through.
    if built.contains("innerHTML =") || (text.contains("set_innerHTML") && !text.contains(SET)) {
        bail!("{} sets HTML in a way that the build does not know", path.display());
    }
    if text.contains(SET) {
        *script = (IMPORT.to_owned() + &built).into_bytes();
    }
    Ok(())
}

/// Makes one minified script that goes into pages, for Firefox or for Chromium, and holds it to its budget.
fn shrink(files: &mut Files, script: &PageScript, firefox: bool) -> Result<()> {
    let PageScript { name, sources, budget } = script;
    let mut inputs = Vec::new();
    for source in *sources {
        let Some(text) = files.get(Path::new(source)) else { bail!("extension/{source} is missing") };
        let input = tree::target().join("package").join(source);
        tree::write_if_changed(&input, text)?;
        inputs.push(input);
    }
    // The constant decides at once what the sources ask of it: neither browser gets what is the other's.
    let define = format!("FIREFOX={firefox}");
    // One scope around all of it: scripts of one extension share their global scope in a page.
    let output = Command::new(tree::npm_program("terser"))
        .args(&inputs)
        .args(["--enclose", "--ecma", "2022", "--define", &define])
        .args(["--compress", "passes=3,pure_getters,keep_fargs=false,unsafe_arrows"])
        .args(["--mangle", "--toplevel", "--comments", "false"])
        .output()
        .context("cannot start terser: run scripts/set-up")?;
    if !output.status.success() {
        bail!("terser refuses {name}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let size = output.stdout.len();
    println!("{name:>14}  {size:>9} bytes of {budget}, for {}", if firefox { "Firefox" } else { "Chromium" });
    if size > *budget {
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

#[cfg(test)]
mod test {
    use serde_json::Value;
    use sha2::{Digest as _, Sha256};

    use super::{Browser, Sources, tree};

    fn sources() -> Sources {
        Sources::read(&tree::root().join("manifest")).unwrap()
    }

    #[test]
    fn chromium_id_belongs_to_the_key() {
        let ids = sources().ids().clone();
        let der = decode(&ids.chromium_key);
        let digits = Sha256::digest(der).iter().take(16).flat_map(|byte| [byte >> 4, byte & 15]).collect::<Vec<u8>>();
        let id: String = digits.into_iter().map(|digit| char::from(b'a' + digit)).collect();
        assert_eq!(id, ids.chromium);
    }

    /// Base64 (RFC 4648, section 4).
    fn decode(text: &str) -> Vec<u8> {
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let digits = text.bytes().filter(|byte| *byte != b'=');
        let (mut bits, mut held, mut bytes) = (0_u32, 0, Vec::new());
        for digit in digits {
            let value = alphabet.iter().position(|letter| *letter == digit).unwrap();
            bits = (bits << 6) | u32::try_from(value).unwrap();
            held += 6;
            if held >= 8 {
                held -= 8;
                bytes.push(u8::try_from((bits >> held) & 255).unwrap());
            }
        }
        bytes
    }

    #[test]
    fn each_browser_gets_its_own_keys_only() {
        let manifest = |browser| sources().extension(browser, "1.2.3-rc.1");
        for browser in Browser::ALL {
            assert_eq!(manifest(browser)["version"], "1.2.3");
            assert_eq!(manifest(browser)["manifest_version"], 3);
        }
        let chrome = manifest(Browser::Chrome);
        assert_eq!(chrome["background"]["service_worker"], "worker.js");
        assert_eq!(chrome["version_name"], "1.2.3-rc.1");
        assert_eq!(chrome["browser_specific_settings"], Value::Null);
        let firefox = manifest(Browser::Firefox);
        assert_eq!(firefox["background"]["scripts"][0], "worker.js");
        assert_eq!(firefox["key"], Value::Null);
        assert_eq!(firefox["browser_specific_settings"]["gecko"]["strict_min_version"], "142.0");
        assert_eq!(firefox["browser_specific_settings"]["gecko"]["id"], sources().ids().gecko);
        // An overlay replaces what it names and keeps the rest.
        assert_eq!(firefox["commands"]["open-chooser"]["suggested_key"]["default"], "Ctrl+Shift+L");
        assert_eq!(firefox["commands"]["open-chooser"]["description"], "__MSG_command_open_chooser__");
    }

    #[test]
    fn hosts_admit_this_extension_only() {
        let sources = sources();
        let chrome = sources.host(Browser::Chrome, "/opt/host");
        assert_eq!(chrome["allowed_origins"].as_array().unwrap().len(), 1);
        assert_eq!(chrome["allowed_origins"][0], format!("chrome-extension://{}/", sources.ids().chromium));
        assert_eq!(chrome["path"], "/opt/host");
        let firefox = sources.host(Browser::Firefox, "/opt/host");
        assert_eq!(firefox["allowed_extensions"][0], sources.ids().gecko);
        assert_eq!(firefox["allowed_origins"], Value::Null);
    }
}
