//! `countersign install`: registers the native messaging host, for this user, with every browser that is there.

mod places;

use crate::{
    Outcome, Result,
    arguments::Install,
    print, processes, prompt,
    text::{Failure, Text},
};
use places::{Browser, Folders, Place, Sandbox, System};
use serde_json::Value;
use std::{fs, io, path::Path, path::PathBuf, process::Command};

const HOST: &str = env!("COUNTERSIGN_HOST_NAME");
/// The manifests, which lack the host's path.
const CHROMIUM: &str = include_str!(concat!(env!("OUT_DIR"), "/host-chrome.json"));
const FIREFOX: &str = include_str!(concat!(env!("OUT_DIR"), "/host-firefox.json"));

/// Registers, or unregisters and offers to delete the vault.
pub(crate) async fn run(text: &Text, options: &Install) -> Result {
    if options.uninstall { uninstall(text).await } else { install(text) }
}

fn install(text: &Text) -> Result {
    let host = processes::program("countersign-native-host")?;
    let folders = folders()?;
    let sandboxed = say_sandboxed(text, &folders);
    let found: Vec<_> = Browser::ALL.into_iter().filter(|browser| is_there(*browser, &folders)).collect();
    if found.is_empty() && !sandboxed {
        return Err(Failure::new("error-no-browser"));
    }
    for browser in found {
        register(browser, &place(browser, &folders), &host)?;
        print(&text.say_with("install-done", &[("browser", browser.name().into())]));
    }
    if let Some(packages) = processes::beside_sources("dist") {
        let [chromium, firefox] = ["chrome", "firefox"].map(|name| packages.join(name).display().to_string());
        print(&text.say_with("install-hint", &[("chromium", chromium.into()), ("firefox", firefox.into())]));
    }
    Ok(Outcome::Done)
}

/// Says which browsers came in a sandbox, and what that means. Whether one of them may start our host all the same.
fn say_sandboxed(text: &Text, folders: &Folders) -> bool {
    let mut works = false;
    for browser in Browser::ALL {
        for (sandbox, _) in places::sandboxes(browser, folders).into_iter().filter(|(_, settings)| settings.is_dir()) {
            // The desktop's portal starts hosts for it, and finds them where Firefox has them outside.
            let has_portal = browser == Browser::Firefox && sandbox == Sandbox::Snap;
            let message = if has_portal { "install-portal" } else { "install-sandboxed" };
            let kind = match sandbox {
                Sandbox::Snap => "snap",
                Sandbox::Flatpak => "Flatpak",
            };
            print(&text.say_with(message, &[("browser", browser.name().into()), ("kind", kind.into())]));
            works |= has_portal;
        }
    }
    works
}

async fn uninstall(text: &Text) -> Result {
    let folders = folders()?;
    for browser in Browser::ALL {
        if unregister(&place(browser, &folders))? {
            print(&text.say_with("install-removed", &[("browser", browser.name().into())]));
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
        fs::remove_dir_all(directory)?;
        print(&text.say_with("data-deleted", &[("directory", shown.into())]));
    } else {
        print(&text.say_with("data-kept", &[("directory", shown.into())]));
    }
    Ok(Outcome::Done)
}

/// This user's folders.
fn folders() -> Result<Folders> {
    let home = std::env::home_dir().filter(|home| home.is_absolute()).ok_or_else(|| Failure::new("error-no-home"))?;
    let or = |set: Option<std::ffi::OsString>, default: &str| {
        set.map(PathBuf::from).filter(|path| path.is_absolute()).unwrap_or_else(|| home.join(default))
    };
    Ok(Folders {
        config: or(std::env::var_os("XDG_CONFIG_HOME"), ".config"),
        local: or(std::env::var_os("LOCALAPPDATA"), "AppData\\Local"),
        roaming: or(std::env::var_os("APPDATA"), "AppData\\Roaming"),
        home,
    })
}

fn place(browser: Browser, folders: &Folders) -> Place {
    places::place(System::here(), browser, folders, HOST)
}

/// Whether this user has started the browser before, or could.
fn is_there(browser: Browser, folders: &Folders) -> bool {
    let portal = places::sandboxes(browser, folders);
    let has_portal = browser == Browser::Firefox
        && portal.iter().any(|(sandbox, settings)| *sandbox == Sandbox::Snap && settings.is_dir());
    has_portal
        || place(browser, folders).settings.iter().any(|settings| settings.is_dir())
        || browser.programs().iter().any(|program| processes::is_on_path(program))
}

/// The host's manifest for a browser.
fn manifest(browser: Browser, host: &Path) -> Result<String> {
    let mut manifest: Value = serde_json::from_str(if browser.is_firefox() { FIREFOX } else { CHROMIUM })?;
    manifest["path"] =
        host.to_str().ok_or_else(|| Failure::new("error-program-path").with("program", host.display()))?.into();
    Ok(format!("{manifest:#}\n"))
}

fn register(browser: Browser, place: &Place, host: &Path) -> Result<()> {
    let manifest = manifest(browser, host)?;
    if let Some(directory) = place.manifest.parent() {
        fs::create_dir_all(directory)?;
    }
    // A browser that reads it meanwhile finds the old one or the new one, whole.
    let new = place.manifest.with_extension("json.new");
    fs::write(&new, manifest)?;
    fs::rename(&new, &place.manifest)?;
    place.registry.iter().try_for_each(|key| reg(&add(key, &place.manifest)).map(drop))
}

/// Takes back what [`register`] did. Whether there was anything.
fn unregister(place: &Place) -> Result<bool> {
    for key in &place.registry {
        // One that is not there is gone.
        let _ = reg(&delete(key));
    }
    match fs::remove_file(&place.manifest) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Windows' own program for the registry; what it said.
fn reg(arguments: &[String]) -> Result<String> {
    let output = Command::new("reg").args(arguments).output()?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(io::Error::other(String::from_utf8_lossy(&output.stderr).trim().to_owned()).into())
    }
}

/// Sets a key's default value. As `reg add` wants it; `/f` asks nothing.
fn add(key: &str, manifest: &Path) -> Vec<String> {
    let value = manifest.display().to_string();
    ["add", key, "/ve", "/t", "REG_SZ", "/d", &value, "/f"].map(str::to_owned).into()
}

fn delete(key: &str) -> Vec<String> {
    ["delete", key, "/f"].map(str::to_owned).into()
}

fn query(key: &str) -> Vec<String> {
    ["query", key, "/ve"].map(str::to_owned).into()
}

/// The browsers that are there, and whether each knows the native messaging host that stands beside this program.
pub(crate) fn registrations() -> Vec<(&'static str, bool)> {
    let Ok(folders) = folders() else { return Vec::new() };
    let host = processes::program("countersign-native-host").ok();
    let found = Browser::ALL.into_iter().filter(|browser| is_there(*browser, &folders));
    let knows = |browser| host.as_ref().is_some_and(|host| is_registered(browser, &place(browser, &folders), host));
    found.map(|browser| (browser.name(), knows(browser))).collect()
}

/// Whether the browser finds a manifest, and it is what we would write.
fn is_registered(browser: Browser, place: &Place, host: &Path) -> bool {
    let read = || serde_json::from_slice::<Value>(&fs::read(&place.manifest).ok()?).ok();
    let wanted = || serde_json::from_str::<Value>(&manifest(browser, host).ok()?).ok();
    let is_named = |key: &String| reg(&query(key)).is_ok_and(|said| said.contains(&format!("\\{HOST}.")));
    read().is_some_and(|found| wanted().is_some_and(|wanted| found == wanted)) && place.registry.iter().all(is_named)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(directory: &Path) -> Place {
        Place { settings: Vec::new(), manifest: directory.join("a/b/host.json"), registry: Vec::new() }
    }

    #[test]
    fn what_is_registered_is_known_until_it_is_unregistered() {
        let directory = tempfile::tempdir().unwrap();
        let place = at(directory.path());
        let host = Path::new("/opt/a \"host\"");
        assert!(!is_registered(Browser::Chrome, &place, host));
        register(Browser::Chrome, &place, host).unwrap();
        assert!(is_registered(Browser::Chrome, &place, host));
        // Another program, another family, another extension.
        assert!(!is_registered(Browser::Chrome, &place, Path::new("/opt/b")));
        assert!(!is_registered(Browser::Firefox, &place, host));
        let text = fs::read_to_string(&place.manifest).unwrap().replace("chrome-extension://", "chrome-extension://a");
        fs::write(&place.manifest, text).unwrap();
        assert!(!is_registered(Browser::Chrome, &place, host));
        register(Browser::Chrome, &place, host).unwrap();
        assert!(unregister(&place).unwrap());
        assert!(!unregister(&place).unwrap());
        assert_eq!(fs::read_dir(directory.path().join("a/b")).unwrap().count(), 0);
    }

    #[test]
    fn manifests_admit_this_extension_only() {
        let read =
            |browser| serde_json::from_str::<Value>(&manifest(browser, Path::new("/opt/host")).unwrap()).unwrap();
        for browser in Browser::ALL {
            let manifest = read(browser);
            assert_eq!((&manifest["name"], &manifest["path"]), (&HOST.into(), &"/opt/host".into()));
            let (list, id) = if browser.is_firefox() {
                ("allowed_extensions", env!("COUNTERSIGN_GECKO_ID").to_owned())
            } else {
                ("allowed_origins", format!("chrome-extension://{}/", env!("COUNTERSIGN_CHROMIUM_ID")))
            };
            assert_eq!(manifest[list], serde_json::json!([id]));
        }
    }

    #[test]
    fn the_registry_is_told_what_a_shell_would_be() {
        let line = |arguments: Vec<String>| arguments.join(" ");
        assert_eq!(line(add("K\\x", Path::new("C:\\m.json"))), "add K\\x /ve /t REG_SZ /d C:\\m.json /f");
        assert_eq!(line(delete("K\\x")), "delete K\\x /f");
        assert_eq!(line(query("K\\x")), "query K\\x /ve");
    }
}
