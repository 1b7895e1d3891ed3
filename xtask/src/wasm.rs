//! Builds the WebAssembly modules: cargo, then wasm-bindgen (as a library), then wasm-opt, then the size budget.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use anyhow::{Context, Result, anyhow, bail};
use sha2::{Digest as _, Sha256};
use wasm_bindgen_cli_support::Bindgen;

use crate::{cargo, tree};

/// What a module belongs to.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub(crate) enum Part {
    /// The browser extension
    Extension,
    /// The phone app
    Phone,
    /// Tests that run in browsers
    Tests,
}

/// A module, and the size it may have.
pub(crate) struct Module {
    /// The crate it is built from.
    package: &'static str,
    /// The name of its folder and files: `<name>/<name>.js` and `<name>/<name>_bg.wasm`.
    pub(crate) name: &'static str,
    part: Part,
    /// Most bytes of WebAssembly, after wasm-opt, before compression.
    budget: u64,
}

/// Every module. A budget is what the module needs with some room; the reason says why it may be that large.
const MODULES: [Module; 5] = [
    // Compiled each time the worker wakes: RSA and HPKE checks, and sealing to the daemon what pages were given; form rules, compiled for speed; what a person is called, lives and is dialled at, as forms ask; what users say of fields and how such fields are known again; the rules of pages and how new passwords meet them; what servers ask. No view code.
    Module { package: "countersign-engine", name: "engine", part: Part::Extension, budget: 1_560_000 },
    // Opened by a click and must appear at once: views and strings only, the worker does the rest.
    Module { package: "countersign-popup", name: "popup", part: Part::Extension, budget: 800_000 },
    // Lists, editors, a person's fields among them, devices with their QR code; loaded once a session.
    Module { package: "countersign-vault-page", name: "vault-page", part: Part::Extension, budget: 1_000_000 },
    // Holds the approver key, so all of the cryptography, vault and views; cached by the service worker.
    Module { package: "countersign-phone", name: "phone", part: Part::Phone, budget: 1_500_000 },
    // The suite for private keys, in browsers; part of no package.
    Module { package: "countersign-webcrypto-test", name: "webcrypto-test", part: Part::Tests, budget: 900_000 },
];

/// What wasm-opt may use. Chromium rejects modules made with `--all-features`: each feature here is one that both browsers have.
const WASM_OPT_FLAGS: [&str; 9] = [
    "-Oz",
    "--enable-bulk-memory",
    "--enable-bulk-memory-opt",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
    "--strip-producers",
];

/// A module as built: a folder with its JavaScript and WebAssembly.
pub(crate) struct Built {
    /// The module's name.
    pub(crate) name: &'static str,
    /// What it belongs to.
    pub(crate) part: Part,
    /// The folder in `target/wasm`.
    pub(crate) dir: PathBuf,
}

/// The crates that become modules.
pub(crate) fn packages() -> impl Iterator<Item = &'static str> {
    MODULES.iter().map(|module| module.package)
}

/// Builds the modules of one part, or all, and holds them to their budgets.
pub(crate) fn build(part: Option<Part>) -> Result<Vec<Built>> {
    let modules: Vec<_> = MODULES.iter().filter(|module| part.is_none_or(|part| module.part == part)).collect();
    let raw = cargo::build_wasm(&modules.iter().map(|module| module.package).collect::<Vec<_>>())?;
    let built = thread::scope(|scope| {
        let jobs: Vec<_> = modules.iter().map(|module| scope.spawn(|| finish(module, &raw))).collect();
        jobs.into_iter()
            .map(|job| job.join().map_err(|_| anyhow!("a module's job panicked"))?)
            .collect::<Result<Vec<_>>>()
    })?;
    hold_budgets(&modules, &built)?;
    Ok(built)
}

/// Bindings and optimisation, unless the raw module is the one they were last made from.
fn finish(module: &Module, raw: &Path) -> Result<Built> {
    let input = raw.join(format!("{}.wasm", module.package.replace('-', "_")));
    let bytes = fs::read(&input)
        .with_context(|| format!("{} is not a `cdylib`: {} was not built", module.package, input.display()))?;
    let dir = tree::target().join("wasm").join(module.name);
    let stamp_path = dir.join(".stamp");
    let stamp = stamp(&bytes)?;
    if fs::read_to_string(&stamp_path).is_ok_and(|present| present == stamp) {
        return Ok(Built { name: module.name, part: module.part, dir });
    }
    if dir.exists() {
        fs::remove_dir_all(&dir)?;
    }
    bind(module, &input, &dir)?;
    optimise(&dir.join(format!("{}_bg.wasm", module.name)))?;
    fs::write(stamp_path, stamp)?;
    Ok(Built { name: module.name, part: module.part, dir })
}

/// Names the input and the tools: the lock files fix wasm-bindgen and wasm-opt.
fn stamp(module: &[u8]) -> Result<String> {
    let mut hash = Sha256::new();
    hash.update(module);
    hash.update(fs::read(tree::root().join("package-lock.json"))?);
    hash.update(env!("CARGO_PKG_VERSION"));
    hash.update(WASM_OPT_FLAGS.join(" "));
    Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
}

fn bind(module: &Module, input: &Path, dir: &Path) -> Result<()> {
    Bindgen::new()
        .input_path(input)
        .out_name(module.name)
        .web(true)?
        .typescript(false)
        // Pages start a module without saying where it is.
        .omit_default_module_path(false)
        .remove_name_section(true)
        .remove_producers_section(true)
        .generate(dir)
        .with_context(|| format!("wasm-bindgen refuses {}", module.package))
}

fn optimise(module: &Path) -> Result<()> {
    cargo::run_command(
        Command::new(tree::npm_program("wasm-opt")).args(WASM_OPT_FLAGS).arg(module).arg("-o").arg(module),
    )
}

fn hold_budgets(modules: &[&Module], built: &[Built]) -> Result<()> {
    let mut over = Vec::new();
    for (module, built) in modules.iter().zip(built) {
        let size = fs::metadata(built.dir.join(format!("{}_bg.wasm", module.name)))?.len();
        println!("{:>14}  {size:>9} bytes of {}", module.name, module.budget);
        if size > module.budget {
            over.push(format!("{} is {size} bytes, its budget {}", module.name, module.budget));
        }
    }
    if !over.is_empty() {
        bail!("over budget: {}", over.join("; "));
    }
    Ok(())
}
