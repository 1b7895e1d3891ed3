//! Mozilla's checks of the Firefox package: what `web-ext lint` and addons.mozilla.org run.

use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::package::{self, archive_name};
use crate::render::Browser;
use crate::tree;
use crate::wasm::Part;

/// What the linter may say: code, file and message, each with its reason in docs/store.md. One that it no longer says is a fault, too.
const KNOWN: [(&str, &str, &str); 0] = [];

/// Builds the extension, and has the file that Firefox installs looked at. No network is used.
pub(crate) fn lint() -> Result<()> {
    package::build(Some(Part::Extension))?;
    lint_built()
}

/// The same for what is built.
pub(crate) fn lint_built() -> Result<()> {
    let output = Command::new(tree::npm_program("addons-linter"))
        .current_dir(tree::root())
        .args(["--output", "json"])
        .arg(tree::dist().join(archive_name(Browser::Firefox)))
        .output()
        .context("cannot start addons-linter: run scripts/set-up")?;
    let answer: Value = serde_json::from_slice(&output.stdout)
        .with_context(|| format!("addons-linter failed: {}", String::from_utf8_lossy(&output.stderr)))?;
    let faults = faults(&answer, &KNOWN)?;
    if !faults.is_empty() {
        bail!("{}", faults.join("\n  "));
    }
    Ok(())
}

/// What was said and is not known, and what is known and was not said.
fn faults(answer: &Value, known: &[(&str, &str, &str)]) -> Result<Vec<String>> {
    let mut said = Vec::new();
    for list in ["errors", "warnings", "notices"] {
        let entries = answer[list].as_array().with_context(|| format!("addons-linter lists no {list}"))?;
        said.extend(
            entries
                .iter()
                .map(|entry| ["code", "file", "message"].map(|part| entry[part].as_str().unwrap_or_default())),
        );
    }
    let is_known = |[code, file, message]: &[&str; 3]| known.contains(&(*code, *file, *message));
    let new =
        said.iter().filter(|entry| !is_known(entry)).map(|[code, file, message]| format!("{file}: {message} ({code})"));
    let gone = known.iter().filter(|(code, file, message)| !said.contains(&[*code, *file, *message]));
    let gone = gone.map(|(code, file, _)| format!("{file}: {code} is said no more: take it off the list"));
    Ok(new.chain(gone).collect())
}

#[cfg(test)]
mod test {
    use serde_json::json;

    use super::faults;

    #[test]
    fn only_what_is_known_passes() {
        let entry = json!({ "code": "UNSAFE", "file": "a.js", "message": "Unsafe" });
        let answer = json!({ "errors": [], "warnings": [entry], "notices": [] });
        assert_eq!(faults(&answer, &[]).unwrap(), ["a.js: Unsafe (UNSAFE)"]);
        assert!(faults(&answer, &[("UNSAFE", "a.js", "Unsafe")]).unwrap().is_empty());
        assert_eq!(faults(&answer, &[("UNSAFE", "b.js", "Unsafe")]).unwrap().len(), 2);
        assert!(faults(&json!({ "errors": [] }), &[]).is_err());
    }
}
