//! Renders `manifest/` with the workspace's version and ids, for the `countersign` command to embed.
//!
//! Into `OUT_DIR`: `manifest-<browser>.json` (extension) and `host-<browser>.json` (native messaging host; its `path` is `{path}`, to be
//! replaced at install). As compile-time variables: `COUNTERSIGN_HOST_NAME`, `COUNTERSIGN_GECKO_ID`, `COUNTERSIGN_CHROMIUM_ID`.

#[path = "manifest/render.rs"]
mod render;

use std::error::Error;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=manifest");
    let sources = render::Sources::read(Path::new("manifest"))?;
    write_manifests(&sources, Path::new(&env::var("OUT_DIR")?), &env::var("CARGO_PKG_VERSION")?)?;
    let render::Ids { host, gecko, chromium, .. } = sources.ids();
    println!("cargo::rustc-env=COUNTERSIGN_HOST_NAME={host}");
    println!("cargo::rustc-env=COUNTERSIGN_GECKO_ID={gecko}");
    println!("cargo::rustc-env=COUNTERSIGN_CHROMIUM_ID={chromium}");
    Ok(())
}

fn write_manifests(sources: &render::Sources, out: &Path, version: &str) -> Result<(), Box<dyn Error>> {
    for browser in render::Browser::ALL {
        let name = browser.name();
        fs::write(out.join(format!("manifest-{name}.json")), format!("{:#}\n", sources.extension(browser, version)))?;
        fs::write(out.join(format!("host-{name}.json")), format!("{:#}\n", sources.host(browser, "{path}")))?;
    }
    Ok(())
}
