//! `countersign install`: registers the native messaging host, for this user, with every browser that is there.

use crate::{
    Outcome, Result,
    arguments::Install,
    print, processes, prompt,
    text::{Failure, Text},
};
use native_messaging::{Scope, manifest_path};
use std::path::Path;

const HOST: &str = env!("COUNTERSIGN_HOST_NAME");
const DESCRIPTION: &str = "Countersign: the bridge between the browser extension and the desktop daemon";

/// What a browser is called in the `native_messaging` crate, by people, and as a program.
struct Browser {
    key: &'static str,
    name: &'static str,
    programs: &'static [&'static str],
}

const BROWSERS: [Browser; 5] = [
    Browser { key: "chrome", name: "Chrome", programs: &["google-chrome", "google-chrome-stable"] },
    Browser { key: "chromium", name: "Chromium", programs: &["chromium", "chromium-browser"] },
    Browser { key: "edge", name: "Edge", programs: &["microsoft-edge", "microsoft-edge-stable"] },
    Browser { key: "brave", name: "Brave", programs: &["brave-browser", "brave"] },
    Browser { key: "firefox", name: "Firefox", programs: &["firefox", "firefox-esr"] },
];

/// Registers, or unregisters and offers to delete the vault.
pub(crate) async fn run(text: &Text, options: &Install) -> Result {
    if options.uninstall { uninstall(text).await } else { install(text) }
}

fn install(text: &Text) -> Result {
    let host = processes::program("countersign-native-host")?;
    let found: Vec<_> = BROWSERS.iter().filter(|browser| is_there(browser)).collect();
    if found.is_empty() {
        return Err(Failure::new("error-no-browser"));
    }
    let chromium = [format!("chrome-extension://{}/", env!("COUNTERSIGN_CHROMIUM_ID"))];
    let firefox = [env!("COUNTERSIGN_GECKO_ID").to_owned()];
    for browser in found {
        native_messaging::install(HOST, DESCRIPTION, &host, &chromium, &firefox, &[browser.key], Scope::User)?;
        print(&text.say_with("install-done", &[("browser", browser.name.into())]));
    }
    if let Some(directory) = processes::beside_sources("dist") {
        print(&text.say_with("install-hint", &[("directory", directory.display().to_string().into())]));
    }
    Ok(Outcome::Done)
}

async fn uninstall(text: &Text) -> Result {
    for browser in &BROWSERS {
        let registered = manifest_path(browser.key, Scope::User, HOST).is_ok_and(|path| path.exists());
        native_messaging::remove(HOST, &[browser.key], Scope::User)?;
        if registered {
            print(&text.say_with("install-removed", &[("browser", browser.name.into())]));
        }
    }
    offer_to_delete(text, &processes::data_directory()?).await
}

async fn offer_to_delete(text: &Text, directory: &Path) -> Result {
    if !directory.exists() {
        return Ok(Outcome::Done);
    }
    let shown = directory.display().to_string();
    let question = text.say_with("confirm-delete-data", &[("directory", shown.as_str().into())]);
    if prompt::answers(&question, &text.say("answer-delete"))? {
        // A daemon that goes on would still hold what is to be gone.
        processes::stop().await?;
        std::fs::remove_dir_all(directory)?;
        print(&text.say_with("data-deleted", &[("directory", shown.into())]));
    } else {
        print(&text.say_with("data-kept", &[("directory", shown.into())]));
    }
    Ok(Outcome::Done)
}

/// Whether this user has started the browser before, or could.
fn is_there(browser: &Browser) -> bool {
    let has_settings = manifest_path(browser.key, Scope::User, HOST)
        .is_ok_and(|manifest| manifest.parent().and_then(Path::parent).is_some_and(Path::is_dir));
    has_settings || browser.programs.iter().any(|program| processes::is_on_path(program))
}

/// The browsers that are there, and whether each knows the native messaging host that stands beside this program.
pub(crate) fn registrations() -> Vec<(&'static str, bool)> {
    let host = processes::program("countersign-native-host").ok();
    let found = BROWSERS.iter().filter(|browser| is_there(browser));
    found.map(|browser| (browser.name, host.as_ref().is_some_and(|host| is_registered(browser, host)))).collect()
}

/// Whether the browser's manifest names this host and our extension.
fn is_registered(browser: &Browser, host: &Path) -> bool {
    let read = || {
        let text = std::fs::read(manifest_path(browser.key, Scope::User, HOST).ok()?).ok()?;
        serde_json::from_slice::<serde_json::Value>(&text).ok()
    };
    let Some(manifest) = read() else { return false };
    let names = |list: &str, id: &str| {
        manifest[list].as_array().is_some_and(|ids| ids.iter().any(|found| found.as_str() == Some(id)))
    };
    let origin = format!("chrome-extension://{}/", env!("COUNTERSIGN_CHROMIUM_ID"));
    let is_ours = names("allowed_origins", &origin) || names("allowed_extensions", env!("COUNTERSIGN_GECKO_ID"));
    is_ours && manifest["path"].as_str().is_some_and(|path| Path::new(path) == host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_browser_is_known_to_the_installer() {
        for browser in &BROWSERS {
            let path = manifest_path(browser.key, Scope::User, HOST).unwrap();
            assert!(path.ends_with(format!("{HOST}.json")), "{}", path.display());
            assert!(path.is_absolute());
        }
    }
}
