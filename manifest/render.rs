//! Renders the extension manifest of each browser and the native messaging host manifests.
//!
//! One source for both users: the root `build.rs` (the `countersign` command embeds the results) and `xtask` (the packages hold them).
//! Formats: <https://developer.chrome.com/docs/extensions/reference/manifest>,
//! <https://developer.mozilla.org/docs/Mozilla/Add-ons/WebExtensions/manifest.json>,
//! <https://developer.mozilla.org/docs/Mozilla/Add-ons/WebExtensions/Native_manifests>.

use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use serde_json::{Map, Value, json};

/// The browser families that get a package of their own.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Browser {
    /// Chrome, and with it Chromium and Brave.
    Chrome,
    /// Firefox.
    Firefox,
    /// Edge: Chromium, with a store and a host manifest folder of its own.
    Edge,
}

impl Browser {
    /// All of them, in the order in which they are built.
    pub(crate) const ALL: [Self; 3] = [Self::Chrome, Self::Firefox, Self::Edge];

    /// The name of the package's folder and of the overlay.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Chrome => "chrome",
            Self::Firefox => "firefox",
            Self::Edge => "edge",
        }
    }
}

/// The names under which browsers know the extension and the host: `ids.json`.
#[derive(Clone, Debug)]
pub(crate) struct Ids {
    /// Name of the native messaging host.
    pub(crate) host: String,
    /// Extension id in Firefox.
    pub(crate) gecko: String,
    /// Extension id in Chromium browsers: a hash of `chromium_key`.
    pub(crate) chromium: String,
    /// Public key (base64 of its DER) that fixes the id of an unpacked extension. Its private half was thrown away: nothing is signed with it.
    pub(crate) chromium_key: String,
}

/// Why a manifest cannot be rendered.
#[derive(Debug)]
pub(crate) enum Error {
    /// A source cannot be read.
    Read(PathBuf, io::Error),
    /// A source is not JSON, or not an object.
    Parse(PathBuf, String),
    /// `ids.json` lacks a name.
    MissingId(&'static str),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(path, error) => write!(f, "cannot read {}: {error}", path.display()),
            Self::Parse(path, error) => write!(f, "{} is not a JSON object: {error}", path.display()),
            Self::MissingId(name) => write!(f, "manifest/ids.json has no {name}"),
        }
    }
}

impl std::error::Error for Error {}

/// The sources in `manifest/`, read.
#[derive(Clone, Debug)]
pub(crate) struct Sources {
    base: Map<String, Value>,
    overlays: [(Browser, Map<String, Value>); 3],
    host: Map<String, Value>,
    ids: Ids,
}

impl Sources {
    /// Reads the sources from `dir`.
    ///
    /// # Errors
    /// If one of them is missing or is not a JSON object.
    pub(crate) fn read(dir: &Path) -> Result<Self, Error> {
        let [chrome, firefox, edge] = Browser::ALL;
        Ok(Self {
            base: read_object(&dir.join("manifest.json"))?,
            overlays: [
                (chrome, read_object(&dir.join("chrome.json"))?),
                (firefox, read_object(&dir.join("firefox.json"))?),
                (edge, read_object(&dir.join("edge.json"))?),
            ],
            host: read_object(&dir.join("host.json"))?,
            ids: read_ids(&dir.join("ids.json"))?,
        })
    }

    /// The names in force.
    pub(crate) fn ids(&self) -> &Ids {
        &self.ids
    }

    /// The extension manifest for `browser`, of the workspace's `version`.
    pub(crate) fn extension(&self, browser: Browser, version: &str) -> Value {
        let mut manifest = Value::Object(self.base.clone());
        for (owner, overlay) in &self.overlays {
            if *owner == browser {
                merge(&mut manifest, overlay);
            }
        }
        merge(&mut manifest, &self.identity(browser, version));
        manifest
    }

    /// The native messaging host manifest for `browser`, whose host binary stands at `path` (absolute).
    pub(crate) fn host(&self, browser: Browser, path: &str) -> Value {
        let mut manifest = Value::Object(self.host.clone());
        merge(&mut manifest, &object(json!({ "name": self.ids.host, "path": path })));
        let allowed = match browser {
            Browser::Firefox => json!({ "allowed_extensions": [self.ids.gecko] }),
            Browser::Chrome | Browser::Edge => {
                json!({ "allowed_origins": [format!("chrome-extension://{}/", self.ids.chromium)] })
            }
        };
        merge(&mut manifest, &object(allowed));
        manifest
    }

    fn identity(&self, browser: Browser, version: &str) -> Map<String, Value> {
        // Browsers accept only numbers here: a pre-release suffix goes to `version_name`, which only Chromium knows.
        let numbers = version.split(['-', '+']).next().unwrap_or(version);
        object(match browser {
            Browser::Firefox => {
                json!({ "version": numbers, "browser_specific_settings": { "gecko": { "id": self.ids.gecko } } })
            }
            Browser::Chrome | Browser::Edge => {
                json!({ "version": numbers, "version_name": version, "key": self.ids.chromium_key })
            }
        })
    }
}

fn read_object(path: &Path) -> Result<Map<String, Value>, Error> {
    let text = fs::read_to_string(path).map_err(|error| Error::Read(path.to_owned(), error))?;
    serde_json::from_str(&text).map_err(|error| Error::Parse(path.to_owned(), error.to_string()))
}

fn read_ids(path: &Path) -> Result<Ids, Error> {
    let source = read_object(path)?;
    let id =
        |name: &'static str| source.get(name).and_then(Value::as_str).map(str::to_owned).ok_or(Error::MissingId(name));
    Ok(Ids { host: id("host")?, gecko: id("gecko")?, chromium: id("chromium")?, chromium_key: id("chromiumKey")? })
}

/// Lays `overlay` over `base`: objects merge, anything else replaces.
fn merge(base: &mut Value, overlay: &Map<String, Value>) {
    let Value::Object(target) = base else { return };
    for (key, value) in overlay {
        match (target.get_mut(key), value) {
            (Some(existing @ Value::Object(_)), Value::Object(inner)) => merge(existing, inner),
            _ => {
                target.insert(key.clone(), value.clone());
            }
        }
    }
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}
