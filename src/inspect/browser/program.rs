//! Where a Chromium is.

use super::BrowserError;
use std::path::PathBuf;

/// Programs on the path, the most like Chromium first.
const PROGRAMS: [&str; 6] =
    ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "microsoft-edge", "brave-browser"];
/// Where macOS has them.
const APPLICATIONS: [&str; 4] = [
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "/Applications/Brave Browser.app/Contents/MacOS/Brave Browser",
];

/// The one that the user chose by a variable, or the first that is there.
///
/// # Errors
/// If there is none.
pub(crate) fn find() -> Result<PathBuf, BrowserError> {
    if let Some(chosen) = std::env::var_os("COUNTERSIGN_CHROMIUM").filter(|path| !path.is_empty()) {
        return Some(PathBuf::from(chosen)).filter(|path| path.is_file()).ok_or(BrowserError::Missing);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let on_path = PROGRAMS.iter().find_map(|name| {
        std::env::split_paths(&path).map(|directory| directory.join(name)).find(|program| program.is_file())
    });
    let installed = || APPLICATIONS.iter().map(PathBuf::from).find(|program| program.is_file());
    on_path.or_else(installed).ok_or(BrowserError::Missing)
}
