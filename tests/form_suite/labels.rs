//! The labels, as `tests/forms/README.md` describes them.

use serde::Deserialize;
use std::path::{Path, PathBuf};

/// One page's labels.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Labels {
    pub(crate) file: String,
    pub(crate) lang: String,
    /// What the main form is for.
    pub(crate) kind: String,
    pub(crate) note: String,
    #[serde(default)]
    pub(crate) forms: Vec<FormLabel>,
    pub(crate) fields: Vec<FieldLabel>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FormLabel {
    pub(crate) selector: String,
    pub(crate) kind: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FieldLabel {
    pub(crate) index: u32,
    pub(crate) tag: String,
    pub(crate) control: Option<String>,
    #[serde(default)]
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) field_type: String,
    pub(crate) state: Option<State>,
    /// Not scored.
    #[serde(default)]
    pub(crate) ignore: bool,
}

/// Why a field must not be filled as it stands.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    Hidden,
    Honeypot,
    Readonly,
    Disabled,
    Inactive,
}

/// Where the suite is.
pub(crate) fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/forms")
}

/// All labels, by file name.
pub(crate) fn all() -> Vec<Labels> {
    let files = std::fs::read_dir(directory().join("labels")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = files.filter(|file| file.extension().is_some_and(|end| end == "json")).collect();
    files.sort();
    let parse = |file: &PathBuf| {
        let text = std::fs::read_to_string(file).unwrap();
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()))
    };
    files.iter().map(parse).collect()
}
