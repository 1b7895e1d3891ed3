//! Tells a browser of the test where the native messaging host is.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::render::{self, Sources};
use crate::{Home, Kind};

/// The root of the work tree.
pub fn tree() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The unpacked extension for a browser, as built: `dist/<browser>`.
pub fn packaged_extension(kind: Kind) -> PathBuf {
    tree().join("dist").join(match kind {
        Kind::Chromium => "chrome",
        Kind::Firefox => "firefox",
    })
}

/// A binary of the workspace in the target folder that this test was built in, for example `countersign-native-host`.
///
/// # Errors
/// If it is not built.
pub fn binary(name: &str) -> Result<PathBuf> {
    // target/debug/deps/<test> → target/debug
    let test = std::env::current_exe()?;
    let found = test.ancestors().skip(1).take(2).map(|dir| dir.join(name)).find(|path| path.is_file());
    found.ok_or_else(|| anyhow::anyhow!("{name} is not built: run `cargo build --workspace --bins` (npm test does)"))
}

/// The names under which browsers know the extension and the host.
pub(crate) fn ids() -> Result<render::Ids> {
    Ok(Sources::read(&tree().join("manifest"))?.ids().clone())
}

/// Writes the host manifest to where a browser with this profile and home looks for it.
pub(crate) fn install(kind: Kind, profile: &Path, home: &Home, host: &Path) -> Result<()> {
    let sources = Sources::read(&tree().join("manifest"))?;
    let (dir, browser) = match kind {
        Kind::Chromium => (profile.join("NativeMessagingHosts"), render::Browser::Chrome),
        Kind::Firefox => (home.path().join(".mozilla/native-messaging-hosts"), render::Browser::Firefox),
    };
    fs::create_dir_all(&dir)?;
    let manifest = sources.host(browser, &host.canonicalize()?.display().to_string());
    fs::write(dir.join(format!("{}.json", sources.ids().host)), manifest.to_string())?;
    Ok(())
}
