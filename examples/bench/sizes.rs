//! Bytes of what ships, as they lie in `dist/`.

use std::fs;

use anyhow::{Context as _, Result};
use countersign_harness::tree;

use crate::report::{Bound, Report, Row};

const KILOBYTE: u32 = 1024;

pub(crate) fn measure(report: &mut Report) -> Result<()> {
    let budgets = [
        ("probe.js", "probe, in every frame", Bound::AtMost(8.0)),
        ("look.js", "look, where a field got focus", Bound::None),
        ("marks.js", "marks, where a form was found", Bound::AtMost(12.0)),
        ("sight.js", "look for covers, where a chooser opened", Bound::AtMost(12.0)),
        ("commit.js", "commit, where a request was made", Bound::AtMost(12.0)),
        ("capture.js", "what is submitted, where a form takes a password", Bound::AtMost(12.0)),
        ("offer.js", "the offer to save", Bound::AtMost(12.0)),
    ];
    for browser in ["chrome", "firefox", "edge"] {
        for (file, what, bound) in budgets {
            report.add(Row::single(what, browser, "KB", kilobytes(&format!("dist/{browser}/{file}"))?, bound));
        }
    }
    let modules = [
        ("engine module", "dist/chrome/engine/engine_bg.wasm"),
        ("popup module", "dist/chrome/popup/popup_bg.wasm"),
        ("vault page module", "dist/chrome/vault-page/vault-page_bg.wasm"),
        ("phone module", "dist/phone/phone_bg.wasm"),
    ];
    for (what, path) in modules {
        report.add(Row::single(what, "wasm", "KB", kilobytes(path)?, Bound::None));
    }
    Ok(())
}

fn kilobytes(path: &str) -> Result<f64> {
    let bytes =
        fs::metadata(tree().join(path)).with_context(|| format!("{path} is missing: run `npm run build`"))?.len();
    Ok(f64::from(u32::try_from(bytes)?) / f64::from(KILOBYTE))
}
