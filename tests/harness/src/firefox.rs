//! Firefox over WebDriver BiDi, with no driver program.
//!
//! System access lets the connection open extension pages and, through the browser window's own realm, ask Firefox itself about the
//! extension's background page.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::browser::{ConsoleMessage, FrameInfo, Options};
use crate::keys::{Chord, Key};
use crate::rpc::Rpc;
use crate::{Home, Process, Program, host};

/// How long a navigation may take before its document is asked.
const OVERTAKEN: Duration = Duration::from_secs(10);
/// The extension's host name in this harness: Firefox draws a random one otherwise.
pub(crate) const UUID: &str = "5a3c7b1e-0d4f-4a53-9d7e-2f6c1b8a9e10";

#[derive(Debug)]
pub(crate) struct Firefox {
    rpc: Rpc,
    version: String,
    gecko_id: String,
}

/// Starts Firefox in `home` and installs the extension. Returns its process and the connection.
pub(crate) async fn launch(
    program: &Path,
    home: &Home,
    profile: &Path,
    options: &Options,
) -> Result<(Process, Firefox)> {
    fs::create_dir_all(profile)?;
    let gecko_id = extension_id(options)?;
    fs::write(profile.join("user.js"), preferences(&gecko_id, options))?;
    let mut command = Program::new(program)
        .home(home)
        .args(["--no-remote", "--remote-debugging-port", "0", "--remote-allow-system-access", "--profile"])
        .arg(profile)
        .args(["--width", &options.window.0.to_string(), "--height", &options.window.1.to_string()])
        // No crash reporter window, and no talk to a running session's accessibility bus.
        .env("MOZ_CRASHREPORTER_DISABLE", "1")
        .env("NO_AT_BRIDGE", "1");
    command = match &options.display {
        Some(display) => command.env("DISPLAY", display).env("MOZ_ENABLE_WAYLAND", "0"),
        None => command.arg("--headless"),
    };
    let mut process = command.envs(options.environment.clone()).arg("about:blank").spawn()?;
    let line = process.wait_for_line("WebDriver BiDi listening on ", Duration::from_secs(60)).await?;
    let url = line.split_whitespace().last().context("no BiDi address")?.to_owned();
    let firefox = Firefox::connect(&url, gecko_id, options.any_certificate).await?;
    if let Some(extension) = &options.extension {
        firefox.install(extension).await?;
    }
    Ok((process, firefox))
}

/// The id that the extension's own manifest names.
fn extension_id(options: &Options) -> Result<String> {
    let Some(dir) = options.extension.as_ref().filter(|path| path.is_dir()) else { return Ok(host::ids()?.gecko) };
    let path = dir.join("manifest.json");
    let manifest =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}: run `npm run build`", path.display()))?;
    let manifest: Value = serde_json::from_str(&manifest)?;
    let id = manifest["browser_specific_settings"]["gecko"]["id"].as_str();
    Ok(id.context("the manifest names no gecko id")?.to_owned())
}

fn preferences(gecko_id: &str, options: &Options) -> String {
    let uuids = json!({ gecko_id: UUID }).to_string();
    let mut preferences: BTreeMap<&str, Value> = [
        ("extensions.webextensions.uuids", uuids.into()),
        // One that a test installs goes with the browser's end; what it stored stays, as that of a user's does.
        ("extensions.webextensions.keepStorageOnUninstall", true.into()),
        ("extensions.webextensions.keepUuidOnUninstall", true.into()),
        ("extensions.update.enabled", false.into()),
        ("extensions.getAddons.cache.enabled", false.into()),
        ("app.normandy.enabled", false.into()),
        ("app.update.enabled", false.into()),
        ("browser.aboutwelcome.enabled", false.into()),
        ("dom.security.https_first", false.into()),
        ("network.dns.localDomains", options.local_names.join(",").into()),
        ("browser.contentblocking.report.lockwise.enabled", false.into()),
        ("browser.newtabpage.enabled", false.into()),
        ("browser.safebrowsing.update.enabled", false.into()),
        ("browser.shell.checkDefaultBrowser", false.into()),
        ("browser.startup.homepage", "about:blank".into()),
        ("browser.startup.homepage_override.mstone", "ignore".into()),
        ("browser.startup.page", 0.into()),
        ("datareporting.policy.dataSubmissionEnabled", false.into()),
        ("datareporting.healthreport.uploadEnabled", false.into()),
        // BiDi logs no extension pages: `Browser::console` reads what Firefox prints.
        ("browser.dom.window.dump.enabled", true.into()),
        ("devtools.console.stdout.content", true.into()),
        ("dom.push.connection.enabled", false.into()),
        ("network.captive-portal-service.enabled", false.into()),
        ("network.connectivity-service.enabled", false.into()),
        ("privacy.reduceTimerPrecision", false.into()),
        ("remote.log.level", "Info".into()),
        ("services.settings.server", "data:,".into()),
        ("signon.rememberSignons", false.into()),
        ("termsofuse.acceptedVersion", 999.into()),
        ("termsofuse.bypassNotification", true.into()),
        ("toolkit.telemetry.reportingpolicy.firstRun", false.into()),
        ("trailhead.firstrun.didSeeAboutWelcome", true.into()),
        ("ui.prefersReducedMotion", 1.into()),
        // What `Frame::screenshot` shows unless a test asks for dark.
        ("layout.css.prefers-color-scheme.content-override", 1.into()),
    ]
    .into();
    if let Some(proxy) = &options.proxy {
        preferences.insert("network.proxy.type", 2.into());
        preferences.insert("network.proxy.autoconfig_url", proxy.configuration().into());
    }
    preferences.iter().map(|(name, value)| format!("user_pref({}, {value});\n", json!(name))).collect()
}

impl Firefox {
    async fn connect(url: &str, gecko_id: String, any_certificate: bool) -> Result<Self> {
        let rpc = Rpc::connect(&format!("{url}/session"), |_, _| {}).await?;
        let capabilities = json!({ "capabilities": { "alwaysMatch": {
            "acceptInsecureCerts": any_certificate,
            "unhandledPromptBehavior": { "default": "ignore" },
        } } });
        let session = rpc.call("", "session.new", capabilities).await?;
        let version = session["capabilities"]["browserVersion"].as_str().unwrap_or_default().to_owned();
        Ok(Self { rpc, version, gecko_id })
    }

    async fn install(&self, extension: &Path) -> Result<()> {
        let kind = if extension.is_dir() { "path" } else { "archivePath" };
        let data = json!({ "type": kind, "path": extension.canonicalize()? });
        self.rpc.call("", "webExtension.install", json!({ "extensionData": data })).await.map(drop)
    }

    pub(crate) fn version(&self) -> String {
        format!("Firefox/{}", self.version)
    }

    pub(crate) async fn new_tab(&self) -> Result<String> {
        let created = self.rpc.call("", "browsingContext.create", json!({ "type": "tab" })).await?;
        Ok(text(&created, "context"))
    }

    pub(crate) async fn navigate(&self, frame: &str, url: &str) -> Result<()> {
        let params = json!({ "context": frame, "url": url, "wait": "complete" });
        let navigating = self.rpc.call("", "browsingContext.navigate", params);
        tokio::pin!(navigating);
        loop {
            match timeout(OVERTAKEN, &mut navigating).await {
                Ok(outcome) => return outcome.map(drop),
                // No answer comes where the document before was still on its way to somewhere else.
                Err(_) if self.shows(frame, url).await => return Ok(()),
                Err(_) => {}
            }
        }
    }

    /// Whether a URL has loaded in a frame.
    async fn shows(&self, frame: &str, url: &str) -> bool {
        let shown = format!("String(document.readyState === 'complete' && location.href === {})", json!(url));
        matches!(timeout(OVERTAKEN, self.evaluate(frame, &shown)).await, Ok(Ok(shown)) if shown == "true")
    }

    pub(crate) async fn close(&self, frame: &str) -> Result<()> {
        self.rpc.call("", "browsingContext.close", json!({ "context": frame })).await.map(drop)
    }

    pub(crate) async fn frames(&self) -> Result<Vec<FrameInfo>> {
        let tree = self.rpc.call("", "browsingContext.getTree", json!({})).await?;
        let mut found = Vec::new();
        for top in tree["contexts"].as_array().into_iter().flatten() {
            add_frames(top, None, &mut found);
        }
        Ok(found)
    }

    pub(crate) async fn evaluate(&self, frame: &str, expression: &str) -> Result<String> {
        let params = json!({
            "expression": expression,
            "target": { "context": frame },
            "awaitPromise": true,
            "userActivation": false,
        });
        let outcome = self.rpc.call("", "script.evaluate", params).await?;
        if let Some(exception) = outcome.get("exceptionDetails") {
            bail!("exception: {}", exception["text"].as_str().unwrap_or_default());
        }
        Ok(text(&outcome["result"], "value"))
    }

    /// Evaluates in the extension's background page, which is started if it is not running.
    ///
    /// BiDi knows no such contexts. A frame script does, and a sandbox in it is free of the page's CSP.
    pub(crate) async fn evaluate_in_worker(&self, expression: &str) -> Result<String> {
        let script = format!(
            "const sandbox = Cu.Sandbox(content, {{ sandboxPrototype: content, wantXrays: false }}); \
             Promise.resolve(Cu.evalInSandbox({}, sandbox)).then( \
               value => sendAsyncMessage('countersign:value', {{ value }}), \
               error => sendAsyncMessage('countersign:value', {{ error: String(error) }}));",
            json!(expression)
        );
        let body = format!(
            "await extension.wakeupBackground?.(); \
             const view = [...extension.views].find(view => view.viewType === 'background'); \
             const messages = view.xulBrowser.messageManager; \
             return await new Promise(done => {{ \
               const listener = {{ receiveMessage({{ data }}) {{ messages.removeMessageListener('countersign:value', listener); done(data); }} }}; \
               messages.addMessageListener('countersign:value', listener); \
               messages.loadFrameScript('data:,' + encodeURIComponent({}), false); \
             }});",
            json!(script)
        );
        let outcome: Value = serde_json::from_str(&self.in_chrome(&self.background(&body)).await?)?;
        if let Some(error) = outcome["error"].as_str() {
            bail!("exception: {error}");
        }
        Ok(text(&outcome, "value"))
    }

    /// Ends the background page, as the browser does when it has been idle.
    pub(crate) async fn stop_worker(&self) -> Result<()> {
        self.in_chrome(&self.background(
            "await extension.terminateBackground({ ignoreDevToolsAttached: true, disableResetIdleForTest: true });",
        ))
        .await
        .map(drop)
    }

    pub(crate) async fn allow_private_windows(&self) -> Result<()> {
        self.in_chrome(&self.background(
            "const { ExtensionPermissions } = ChromeUtils.importESModule('resource://gre/modules/ExtensionPermissions.sys.mjs'); \
             const { AddonManager } = ChromeUtils.importESModule('resource://gre/modules/AddonManager.sys.mjs'); \
             await ExtensionPermissions.add(extension.id, { permissions: ['internal:privateBrowsingAllowed'], origins: [] }); \
             await (await AddonManager.getAddonByID(extension.id)).reload(); \
             return null;",
        ))
        .await
        .map(drop)
    }

    fn background(&self, body: &str) -> String {
        let id = json!(self.gecko_id);
        format!(
            "(async () => {{ const extension = WebExtensionPolicy.getByID({id}).extension; return JSON.stringify(await (async () => {{ {body} }})()); }})()"
        )
    }

    /// Evaluates in the browser window itself.
    async fn in_chrome(&self, expression: &str) -> Result<String> {
        let tree = self.rpc.call("", "browsingContext.getTree", json!({ "moz:scope": "chrome" })).await?;
        let window = text(&tree["contexts"][0], "context");
        self.evaluate(&window, expression).await
    }

    pub(crate) async fn click(&self, frame: &str, x: f64, y: f64) -> Result<()> {
        let actions = json!([
            { "type": "pointerMove", "x": x, "y": y },
            { "type": "pointerDown", "button": 0 },
            { "type": "pointerUp", "button": 0 },
        ]);
        let source =
            json!({ "type": "pointer", "id": "mouse", "parameters": { "pointerType": "mouse" }, "actions": actions });
        self.rpc.call("", "input.performActions", json!({ "context": frame, "actions": [source] })).await.map(drop)
    }

    pub(crate) async fn press(&self, frame: &str, chord: &Chord) -> Result<()> {
        let mut actions = Vec::new();
        for key in chord.modifiers.iter().chain([&chord.key]) {
            actions.push(json!({ "type": "keyDown", "value": key.webdriver() }));
        }
        for key in [&chord.key].into_iter().chain(chord.modifiers.iter().rev()) {
            actions.push(json!({ "type": "keyUp", "value": key.webdriver() }));
        }
        self.keys(frame, actions).await
    }

    pub(crate) async fn type_text(&self, frame: &str, typed: &str) -> Result<()> {
        let actions = typed.chars().flat_map(|character| {
            ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": Key::Char(character).webdriver() }))
        });
        self.keys(frame, actions.collect()).await
    }

    async fn keys(&self, frame: &str, actions: Vec<Value>) -> Result<()> {
        let source = json!({ "type": "key", "id": "keyboard", "actions": actions });
        self.rpc.call("", "input.performActions", json!({ "context": frame, "actions": [source] })).await.map(drop)
    }

    pub(crate) async fn activate(&self, frame: &str) -> Result<()> {
        self.rpc.call("", "browsingContext.activate", json!({ "context": frame })).await.map(drop)
    }

    pub(crate) async fn screenshot(&self, frame: &str) -> Result<String> {
        let shot = self.rpc.call("", "browsingContext.captureScreenshot", json!({ "context": frame })).await?;
        Ok(text(&shot, "data"))
    }

    pub(crate) async fn set_viewport(&self, frame: &str, width: u32, height: u32) -> Result<()> {
        let params = json!({ "context": frame, "viewport": { "width": width, "height": height } });
        self.rpc.call("", "browsingContext.setViewport", params).await.map(drop)
    }

    pub(crate) async fn set_dark(&self, dark: bool) -> Result<()> {
        let value = if dark { 0 } else { 1 };
        let set =
            format!("Services.prefs.setIntPref('layout.css.prefers-color-scheme.content-override', {value}), 'ok'");
        self.in_chrome(&set).await.map(drop)
    }

    pub(crate) async fn quit(&self) -> Result<()> {
        self.rpc.call("", "browser.close", json!({})).await.map(drop)
    }
}

fn add_frames(tree: &Value, parent: Option<&str>, found: &mut Vec<FrameInfo>) {
    let id = text(tree, "context");
    found.push(FrameInfo { id: id.clone(), url: text(tree, "url"), parent: parent.map(str::to_owned) });
    for child in tree["children"].as_array().into_iter().flatten() {
        add_frames(child, Some(&id), found);
    }
}

/// The console, from what Firefox prints: BiDi's log leaves out extension pages.
pub(crate) fn console(printed: &str) -> Vec<ConsoleMessage> {
    printed.lines().filter_map(console_message).collect()
}

/// `console.warn: "text"`, or `JavaScript error: <url>, line 1: Error: text`.
fn console_message(line: &str) -> Option<ConsoleMessage> {
    if let Some(error) = line.strip_prefix("JavaScript error: ") {
        let (url, text) = error.split_once(", line ").unwrap_or(("", error));
        return Some(ConsoleMessage { level: "error".to_owned(), text: text.to_owned(), url: url.to_owned() });
    }
    let (level, text) = line.strip_prefix("console.")?.split_once(": ")?;
    Some(ConsoleMessage { level: level.to_owned(), text: text.to_owned(), url: String::new() })
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}
