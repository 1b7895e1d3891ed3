//! Where browsers look for native messaging hosts, on every system.
//!
//! Nothing here asks which system this is, so that each is tested on any. Sources: <https://developer.chrome.com/docs/extensions/develop/concepts/native-messaging>,
//! <https://learn.microsoft.com/microsoft-edge/extensions/developer-guide/native-messaging>,
//! <https://developer.mozilla.org/docs/Mozilla/Add-ons/WebExtensions/Native_manifests>.

use std::path::{Path, PathBuf};

/// An operating system, by where its programs keep things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum System {
    /// Linux, and what is like it.
    Linux,
    MacOs,
    Windows,
}

impl System {
    /// The one that this program was built for.
    pub(crate) const fn here() -> Self {
        if cfg!(windows) {
            Self::Windows
        } else if cfg!(target_os = "macos") {
            Self::MacOs
        } else {
            Self::Linux
        }
    }
}

/// A browser that the extension runs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Browser {
    Chrome,
    Chromium,
    Edge,
    Brave,
    Firefox,
    LibreWolf,
}

impl Browser {
    pub(crate) const ALL: [Self; 6] =
        [Self::Chrome, Self::Chromium, Self::Edge, Self::Brave, Self::Firefox, Self::LibreWolf];

    /// What people call it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Chrome => "Chrome",
            Self::Chromium => "Chromium",
            Self::Edge => "Edge",
            Self::Brave => "Brave",
            Self::Firefox => "Firefox",
            Self::LibreWolf => "LibreWolf",
        }
    }

    /// Its programs on the path.
    pub(crate) const fn programs(self) -> &'static [&'static str] {
        match self {
            Self::Chrome => &["google-chrome", "google-chrome-stable"],
            Self::Chromium => &["chromium", "chromium-browser"],
            Self::Edge => &["microsoft-edge", "microsoft-edge-stable"],
            Self::Brave => &["brave-browser", "brave"],
            Self::Firefox => &["firefox", "firefox-esr"],
            Self::LibreWolf => &["librewolf"],
        }
    }

    /// Whether it takes Firefox's manifests, which name extensions in another way.
    pub(crate) const fn is_firefox(self) -> bool {
        matches!(self, Self::Firefox | Self::LibreWolf)
    }
}

/// A user's folders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Folders {
    pub(crate) home: PathBuf,
    /// `XDG_CONFIG_HOME`, or `.config` at home. Linux.
    pub(crate) config: PathBuf,
    /// `LOCALAPPDATA`. Windows.
    pub(crate) local: PathBuf,
    /// `APPDATA`. Windows.
    pub(crate) roaming: PathBuf,
}

/// Where one browser has what concerns us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// Folders that are there once the user has started it.
    pub(crate) settings: Vec<PathBuf>,
    /// The host's manifest.
    pub(crate) manifest: PathBuf,
    /// Keys of the registry whose default value names the manifest. Windows.
    pub(crate) registry: Vec<String>,
}

/// Where `browser` looks for the manifest of `host`.
pub(crate) fn place(system: System, browser: Browser, folders: &Folders, host: &str) -> Place {
    match system {
        System::Linux => linux(browser, folders, host),
        System::MacOs => mac_os(browser, folders, host),
        System::Windows => windows(browser, folders, host),
    }
}

fn linux(browser: Browser, folders: &Folders, host: &str) -> Place {
    let chromium = |name: &str| {
        let settings = folders.config.join(name);
        let manifest = settings.join("NativeMessagingHosts").join(format!("{host}.json"));
        Place { settings: vec![settings], manifest, registry: Vec::new() }
    };
    // Since version 147 profiles are in the second folder; manifests stay in the first.
    let firefox = |folder: &str, settings: [PathBuf; 2]| {
        let manifest = folders.home.join(folder).join("native-messaging-hosts").join(format!("{host}.json"));
        Place { settings: settings.into(), manifest, registry: Vec::new() }
    };
    match browser {
        Browser::Chrome => chromium("google-chrome"),
        Browser::Chromium => chromium("chromium"),
        Browser::Edge => chromium("microsoft-edge"),
        Browser::Brave => chromium("BraveSoftware/Brave-Browser"),
        Browser::Firefox => {
            firefox(".mozilla", [folders.home.join(".mozilla"), folders.config.join("mozilla/firefox")])
        }
        Browser::LibreWolf => {
            firefox(".librewolf", [folders.home.join(".librewolf"), folders.config.join("librewolf")])
        }
    }
}

fn mac_os(browser: Browser, folders: &Folders, host: &str) -> Place {
    let support = folders.home.join("Library/Application Support");
    let (settings, hosts) = match browser {
        Browser::Chrome => ("Google/Chrome", "Google/Chrome"),
        Browser::Chromium => ("Chromium", "Chromium"),
        Browser::Edge => ("Microsoft Edge", "Microsoft Edge"),
        Browser::Brave => ("BraveSoftware/Brave-Browser", "BraveSoftware/Brave-Browser"),
        Browser::Firefox => ("Firefox", "Mozilla"),
        Browser::LibreWolf => ("librewolf", "LibreWolf"),
    };
    let manifest = support.join(hosts).join("NativeMessagingHosts").join(format!("{host}.json"));
    Place { settings: vec![support.join(settings)], manifest, registry: Vec::new() }
}

fn windows(browser: Browser, folders: &Folders, host: &str) -> Place {
    // Brave has a key of its own, and reads Chrome's.
    let (settings, vendors): (PathBuf, &[&str]) = match browser {
        Browser::Chrome => (below(&folders.local, &["Google", "Chrome", "User Data"]), &["Google\\Chrome"]),
        Browser::Chromium => (below(&folders.local, &["Chromium", "User Data"]), &["Chromium"]),
        Browser::Edge => (below(&folders.local, &["Microsoft", "Edge", "User Data"]), &["Microsoft\\Edge"]),
        Browser::Brave => (
            below(&folders.local, &["BraveSoftware", "Brave-Browser", "User Data"]),
            &["BraveSoftware\\Brave-Browser", "Google\\Chrome"],
        ),
        Browser::Firefox => (below(&folders.roaming, &["Mozilla", "Firefox"]), &["Mozilla"]),
        Browser::LibreWolf => (below(&folders.roaming, &["librewolf"]), &["Mozilla"]),
    };
    let file = format!("{host}.{}.json", browser.name().to_lowercase());
    let key = |vendor: &&str| format!("HKEY_CURRENT_USER\\Software\\{vendor}\\NativeMessagingHosts\\{host}");
    Place {
        settings: vec![settings],
        manifest: below(&folders.local, &["countersign", "native-messaging", &file]),
        registry: vendors.iter().map(key).collect(),
    }
}

/// A path as Windows writes it, on whatever system.
fn below(folder: &Path, parts: &[&str]) -> PathBuf {
    let mut path = folder.as_os_str().to_owned();
    for part in parts {
        path.push("\\");
        path.push(part);
    }
    path.into()
}

/// What keeps a browser from starting programs outside of it. Linux.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sandbox {
    Snap,
    Flatpak,
}

/// Where a browser that came in a sandbox has its settings.
pub(crate) fn sandboxes(browser: Browser, folders: &Folders) -> Vec<(Sandbox, PathBuf)> {
    let (snap, flatpak) = match browser {
        Browser::Chrome => (None, "com.google.Chrome"),
        Browser::Chromium => (Some("chromium"), "org.chromium.Chromium"),
        Browser::Edge => (None, "com.microsoft.Edge"),
        Browser::Brave => (Some("brave"), "com.brave.Browser"),
        Browser::Firefox => (Some("firefox"), "org.mozilla.firefox"),
        Browser::LibreWolf => (None, "io.gitlab.librewolf-community"),
    };
    let snap = snap.map(|name| (Sandbox::Snap, folders.home.join("snap").join(name).join("common")));
    snap.into_iter().chain([(Sandbox::Flatpak, folders.home.join(".var/app").join(flatpak))]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "dev.example.host";

    fn folders(system: System) -> Folders {
        let home = if system == System::Windows { "C:\\Users\\u" } else { "/home/u" };
        Folders {
            home: home.into(),
            config: "/home/u/.config".into(),
            local: "C:\\Users\\u\\AppData\\Local".into(),
            roaming: "C:\\Users\\u\\AppData\\Roaming".into(),
        }
    }

    /// Settings, manifest and keys of every browser.
    fn all(system: System) -> Vec<(Vec<String>, String, Vec<String>)> {
        let shown = |path: &PathBuf| path.display().to_string();
        let of = |browser| {
            let place = place(system, browser, &folders(system), HOST);
            (place.settings.iter().map(shown).collect(), shown(&place.manifest), place.registry)
        };
        Browser::ALL.into_iter().map(of).collect()
    }

    #[test]
    fn linux_has_folders_of_each_browser() {
        let expected = [
            ("google-chrome", "/home/u/.config/google-chrome/NativeMessagingHosts/dev.example.host.json"),
            ("chromium", "/home/u/.config/chromium/NativeMessagingHosts/dev.example.host.json"),
            ("microsoft-edge", "/home/u/.config/microsoft-edge/NativeMessagingHosts/dev.example.host.json"),
            (
                "BraveSoftware/Brave-Browser",
                "/home/u/.config/BraveSoftware/Brave-Browser/NativeMessagingHosts/dev.example.host.json",
            ),
            ("mozilla/firefox", "/home/u/.mozilla/native-messaging-hosts/dev.example.host.json"),
            ("librewolf", "/home/u/.librewolf/native-messaging-hosts/dev.example.host.json"),
        ];
        for ((settings, manifest, registry), (folder, file)) in all(System::Linux).iter().zip(expected) {
            assert_eq!(settings.last().unwrap(), &format!("/home/u/.config/{folder}"));
            assert_eq!(manifest, file);
            assert!(registry.is_empty());
        }
        assert_eq!(all(System::Linux)[4].0[0], "/home/u/.mozilla");
    }

    #[test]
    fn mac_os_has_them_in_application_support() {
        let expected = [
            ("Google/Chrome", "Google/Chrome"),
            ("Chromium", "Chromium"),
            ("Microsoft Edge", "Microsoft Edge"),
            ("BraveSoftware/Brave-Browser", "BraveSoftware/Brave-Browser"),
            ("Firefox", "Mozilla"),
            ("librewolf", "LibreWolf"),
        ];
        let support = "/home/u/Library/Application Support";
        for ((settings, manifest, registry), (folder, hosts)) in all(System::MacOs).iter().zip(expected) {
            assert_eq!(settings, &[format!("{support}/{folder}")]);
            assert_eq!(manifest, &format!("{support}/{hosts}/NativeMessagingHosts/dev.example.host.json"));
            assert!(registry.is_empty());
        }
    }

    #[test]
    fn windows_has_keys_that_name_a_file() {
        let local = "C:\\Users\\u\\AppData\\Local";
        let roaming = "C:\\Users\\u\\AppData\\Roaming";
        let expected: [(String, &[&str]); 6] = [
            (format!("{local}\\Google\\Chrome\\User Data"), &["Google\\Chrome"]),
            (format!("{local}\\Chromium\\User Data"), &["Chromium"]),
            (format!("{local}\\Microsoft\\Edge\\User Data"), &["Microsoft\\Edge"]),
            (
                format!("{local}\\BraveSoftware\\Brave-Browser\\User Data"),
                &["BraveSoftware\\Brave-Browser", "Google\\Chrome"],
            ),
            (format!("{roaming}\\Mozilla\\Firefox"), &["Mozilla"]),
            (format!("{roaming}\\librewolf"), &["Mozilla"]),
        ];
        let names = ["chrome", "chromium", "edge", "brave", "firefox", "librewolf"];
        for (((settings, manifest, registry), (folder, vendors)), name) in
            all(System::Windows).iter().zip(expected).zip(names)
        {
            assert_eq!(settings, &[folder]);
            assert_eq!(manifest, &format!("{local}\\countersign\\native-messaging\\dev.example.host.{name}.json"));
            let keys = vendors
                .iter()
                .map(|vendor| format!("HKEY_CURRENT_USER\\Software\\{vendor}\\NativeMessagingHosts\\dev.example.host"));
            assert_eq!(registry, &keys.collect::<Vec<_>>());
        }
    }

    #[test]
    fn sandboxes_have_settings_of_their_own() {
        let folders = folders(System::Linux);
        let shown = |browser| {
            let found = sandboxes(browser, &folders);
            found.into_iter().map(|(_, path)| path.display().to_string()).collect::<Vec<_>>()
        };
        assert_eq!(shown(Browser::Firefox), ["/home/u/snap/firefox/common", "/home/u/.var/app/org.mozilla.firefox"]);
        assert_eq!(shown(Browser::Chrome), ["/home/u/.var/app/com.google.Chrome"]);
        assert!(Browser::ALL.into_iter().all(|browser| !sandboxes(browser, &folders).is_empty()));
    }
}
