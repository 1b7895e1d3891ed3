//! One way to drive either browser.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::chromium::{self, Chromium};
use crate::firefox::{self, Firefox};
use crate::keys::Chord;
use crate::pauses::Pauses;
use crate::{Home, Process, host};

/// How long [`Frame::wait_for`] and its kin wait: much longer than anything takes, so that only what never comes is missed where the machine has other work.
pub const PATIENCE: Duration = Duration::from_secs(40);
/// How long an element must have stayed where it is before it is clicked.
const STILL_MILLIS: u32 = 25;

/// Which browser.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// Chromium.
    Chromium,
    /// Firefox.
    Firefox,
}

impl Kind {
    /// Both, for tests that hold in each.
    pub const ALL: [Self; 2] = [Self::Chromium, Self::Firefox];

    /// Where the program is: the variable that `npm test` sets, else the path.
    ///
    /// # Errors
    /// If it is missing. That fails a test; nothing skips it.
    pub fn program(self) -> Result<PathBuf> {
        let (variable, names) = match self {
            Self::Chromium => ("COUNTERSIGN_CHROMIUM", ["chromium", "chromium-browser"]),
            Self::Firefox => ("COUNTERSIGN_FIREFOX", ["firefox-esr", "firefox"]),
        };
        let on_path = |name: &str| {
            let path = std::env::var_os("PATH")?;
            std::env::split_paths(&path).map(|dir| dir.join(name)).find(|path| path.is_file())
        };
        std::env::var_os(variable)
            .map(PathBuf::from)
            .or_else(|| names.into_iter().find_map(on_path))
            .with_context(|| format!("no {} here: run scripts/set-up", names.join(" or ")))
    }
}

/// How to launch a browser.
#[derive(Clone, Debug)]
pub struct Options {
    pub(crate) extension: Option<PathBuf>,
    pub(crate) native_host: Option<PathBuf>,
    pub(crate) display: Option<String>,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) window: (u32, u32),
    pub(crate) profile: String,
    pub(crate) local_names: Vec<String>,
    pub(crate) any_certificate: bool,
    pub(crate) proxy: Option<Proxy>,
}

/// The one host that is reached by a proxy on loopback.
#[derive(Clone, Debug)]
pub(crate) struct Proxy {
    host: String,
    port: u16,
}

impl Proxy {
    /// A proxy auto-configuration file, as a `data:` URL.
    pub(crate) fn configuration(&self) -> String {
        let Self { host, port } = self;
        let script = format!(
            "function FindProxyForURL(url, host) {{ return host === '{host}' ? 'PROXY 127.0.0.1:{port}' : 'DIRECT'; }}"
        );
        format!("data:application/x-ns-proxy-autoconfig;base64,{}", STANDARD.encode(script))
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            extension: None,
            native_host: None,
            display: None,
            environment: Vec::new(),
            window: (1200, 900),
            profile: "profile".to_owned(),
            local_names: Vec::new(),
            any_certificate: false,
            proxy: None,
        }
    }
}

impl Options {
    /// Loads an unpacked extension; Firefox takes one that is an archive, too.
    #[must_use]
    pub fn extension(mut self, dir: impl Into<PathBuf>) -> Self {
        self.extension = Some(dir.into());
        self
    }

    /// Registers this binary as the native messaging host.
    #[must_use]
    pub fn native_host(mut self, binary: impl Into<PathBuf>) -> Self {
        self.native_host = Some(binary.into());
        self
    }

    /// Shows windows on an X display (see [`crate::Display`]) instead of running headless.
    #[must_use]
    pub fn display(mut self, name: &str) -> Self {
        self.display = Some(name.to_owned());
        self
    }

    /// Sets a variable, which the native host inherits.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets variables, which the native host inherits.
    #[must_use]
    pub fn envs(mut self, variables: impl IntoIterator<Item = (String, String)>) -> Self {
        self.environment.extend(variables);
        self
    }

    /// Sets the window's size in pixels.
    #[must_use]
    pub fn window(mut self, width: u32, height: u32) -> Self {
        self.window = (width, height);
        self
    }

    /// Makes host names mean this machine, as a hosts file would.
    #[must_use]
    pub fn local_names(mut self, names: &[&str]) -> Self {
        self.local_names = names.iter().map(|name| (*name).to_owned()).collect();
        self
    }

    /// Takes any certificate for a good one: those of [`crate::Site::start_with_https`].
    #[must_use]
    pub fn any_certificate(mut self) -> Self {
        self.any_certificate = true;
        self
    }

    /// Reaches this host by a proxy on this port of loopback, and all others as ever.
    #[must_use]
    pub fn proxy(mut self, host: &str, port: u16) -> Self {
        self.proxy = Some(Proxy { host: host.to_owned(), port });
        self
    }

    /// Names the profile, so that one home can hold several browsers, or a profile be used again.
    #[must_use]
    pub fn profile(mut self, name: &str) -> Self {
        self.profile = name.to_owned();
        self
    }
}

#[derive(Debug)]
enum Driver {
    Chromium(Chromium),
    Firefox(Firefox),
}

/// Calls the same method of whichever browser it is.
macro_rules! drive {
    ($driver:expr, $browser:ident => $call:expr) => {
        match &*$driver {
            Driver::Chromium($browser) => $call,
            Driver::Firefox($browser) => $call,
        }
    };
}

#[derive(Clone, Debug)]
pub(crate) struct FrameInfo {
    pub(crate) id: String,
    pub(crate) url: String,
    pub(crate) parent: Option<String>,
}

/// A line in a browser's console: a message, an uncaught exception, or the browser's own complaint.
#[derive(Clone, Debug)]
pub struct ConsoleMessage {
    /// `error`, `warning`, `info`, `log`, …: as the browser calls it.
    pub level: String,
    /// What it says.
    pub text: String,
    /// Where it came from, if known.
    pub url: String,
}

/// A running browser with a profile of its own. Killed on drop, with all of its processes.
#[derive(Debug)]
pub struct Browser {
    kind: Kind,
    driver: Arc<Driver>,
    process: Process,
    extension_origin: String,
}

/// Whether the extension sees private windows.
const IS_ALLOWED: &str = "chrome.extension.isAllowedIncognitoAccess()";

impl Browser {
    /// Starts a browser that lives in `home`, and waits until its extension is loaded.
    ///
    /// # Errors
    /// If the browser is missing or does not start.
    pub async fn launch(kind: Kind, home: &Home, options: Options) -> Result<Self> {
        let program = kind.program()?;
        let profile = home.path().join(&options.profile);
        if let Some(binary) = &options.native_host {
            host::install(kind, &profile, home, binary)?;
        }
        let (process, driver, extension_origin) = match kind {
            Kind::Chromium => {
                let (process, chromium) = chromium::launch(&program, home, &profile, &options).await?;
                (process, Driver::Chromium(chromium), format!("chrome-extension://{}", host::ids()?.chromium))
            }
            Kind::Firefox => {
                let (process, firefox) = firefox::launch(&program, home, &profile, &options).await?;
                (process, Driver::Firefox(firefox), format!("moz-extension://{}", firefox::UUID))
            }
        };
        Ok(Self { kind, driver: Arc::new(driver), process, extension_origin })
    }

    /// Which browser it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Name and version.
    ///
    /// # Errors
    /// If the browser is gone.
    pub async fn version(&self) -> Result<String> {
        match &*self.driver {
            Driver::Chromium(chromium) => chromium.version().await,
            Driver::Firefox(firefox) => Ok(firefox.version()),
        }
    }

    /// The URL of an extension page, for example `popup.html`.
    pub fn extension_url(&self, path: &str) -> String {
        format!("{}/{path}", self.extension_origin)
    }

    /// Opens a URL in a new tab in front, and waits until it has loaded.
    ///
    /// # Errors
    /// If it cannot be loaded.
    pub async fn open(&self, url: &str) -> Result<Frame> {
        let id = drive!(self.driver, browser => browser.new_tab().await)?;
        let frame = Frame { driver: Arc::clone(&self.driver), id };
        frame.navigate(url).await?;
        Ok(frame)
    }

    /// Lets the extension into private windows, as its user does in the browser's list of extensions; it starts anew.
    ///
    /// # Errors
    /// If the browser does not let it in.
    pub async fn allow_private_windows(&self) -> Result<()> {
        match &*self.driver {
            Driver::Chromium(chromium) => {
                // Whoever asks one that goes hears nothing.
                chromium.stop_worker().await?;
                let list = self.open("chrome://extensions").await?;
                // What was loaded from a folder stays away otherwise.
                list.evaluate("chrome.developerPrivate.updateProfileConfiguration({ inDeveloperMode: true })").await?;
                let change = json!({ "extensionId": host::ids()?.chromium, "incognitoAccess": true });
                list.evaluate(&format!("chrome.developerPrivate.updateExtensionConfiguration({change})")).await?;
                // Its worker starts when somebody wants something of it, once it is there again.
                let (end, mut pauses) = (Instant::now() + PATIENCE, Pauses::new());
                while let Err(error) = list.navigate(&self.extension_url("popup.html")).await {
                    ensure!(Instant::now() < end, "the extension does not come again: {error:#}");
                    pauses.pause().await;
                }
                self.evaluate_in_worker("null").await?;
                list.close().await?;
            }
            Driver::Firefox(firefox) => firefox.allow_private_windows().await?,
        }
        let (end, mut pauses) = (Instant::now() + PATIENCE, Pauses::new());
        loop {
            let allowed = self.evaluate_in_worker(IS_ALLOWED).await;
            if matches!(allowed, Ok(Value::Bool(true))) {
                return Ok(());
            }
            ensure!(Instant::now() < end, "the extension is not let into private windows: {allowed:?}");
            pauses.pause().await;
        }
    }

    /// Opens a URL in a new private window.
    ///
    /// # Errors
    /// If the extension is not let into such, or the page does not come.
    pub async fn open_private(&self, url: &str) -> Result<Frame> {
        let create = json!({ "url": url, "incognito": true });
        self.evaluate_in_worker(&format!("chrome.windows.create({create}).then(() => null)")).await?;
        let page = self.wait_for_frame(url).await?;
        // It has its URL before it has anything in it.
        page.wait_for("document.readyState === 'complete'").await?;
        Ok(page)
    }

    /// Closes every tab that shows anything.
    ///
    /// # Errors
    /// If the browser is gone.
    pub async fn close_tabs(&self) -> Result<()> {
        let found = drive!(self.driver, browser => browser.frames().await)?;
        for info in found.iter().filter(|info| info.parent.is_none() && !info.url.starts_with("about:")) {
            // One may go with another.
            let _ = drive!(self.driver, browser => browser.close(&info.id).await);
        }
        Ok(())
    }

    /// Every frame of every tab, extension iframes in closed shadow roots and popups included, with its URL.
    ///
    /// # Errors
    /// If the browser is gone.
    pub async fn frames(&self) -> Result<Vec<(Frame, String)>> {
        let found = drive!(self.driver, browser => browser.frames().await)?;
        Ok(found.into_iter().map(|info| (Frame { driver: Arc::clone(&self.driver), id: info.id }, info.url)).collect())
    }

    /// Waits for a frame whose URL contains `part`.
    ///
    /// # Errors
    /// If none appears in [`PATIENCE`]; the error lists those that are there.
    pub async fn wait_for_frame(&self, part: &str) -> Result<Frame> {
        let (end, mut pauses) = (Instant::now() + PATIENCE, Pauses::new());
        loop {
            let frames = self.frames().await?;
            if let Some((frame, _)) = frames.iter().find(|(_, url)| url.contains(part)) {
                return Ok(frame.clone());
            }
            if Instant::now() > end {
                let urls: Vec<_> = frames.into_iter().map(|(_, url)| url).collect();
                bail!("no frame with {part:?} in its URL; there are {urls:?}");
            }
            pauses.pause().await;
        }
    }

    /// Evaluates an expression in the extension's service worker (Chromium) or background page (Firefox); awaits promises.
    ///
    /// # Errors
    /// If there is none, or the expression throws.
    pub async fn evaluate_in_worker(&self, expression: &str) -> Result<Value> {
        let expression = wrapped(expression);
        let result = drive!(self.driver, browser => browser.evaluate_in_worker(&expression).await)?;
        Ok(serde_json::from_str(&result)?)
    }

    /// Ends the service worker or background page, as browsers do at any time. The next event starts it again.
    ///
    /// # Errors
    /// If it does not end.
    pub async fn stop_worker(&self) -> Result<()> {
        drive!(self.driver, browser => browser.stop_worker().await)
    }

    /// Begins to record what renderers do (Chromium's trace events of these categories).
    ///
    /// # Errors
    /// If a trace is being recorded, or in Firefox, which offers none.
    pub async fn begin_trace(&self, categories: &[&str]) -> Result<()> {
        match &*self.driver {
            Driver::Chromium(chromium) => chromium.begin_trace(categories).await,
            Driver::Firefox(_) => bail!("Firefox records no trace"),
        }
    }

    /// Ends the recording; the trace events, times in microseconds.
    ///
    /// # Errors
    /// If none was begun, or in Firefox.
    pub async fn end_trace(&self) -> Result<Vec<Value>> {
        match &*self.driver {
            Driver::Chromium(chromium) => chromium.end_trace().await,
            Driver::Firefox(_) => bail!("Firefox records no trace"),
        }
    }

    /// Kills the native messaging host that this browser runs.
    ///
    /// # Errors
    /// If it runs none.
    pub fn kill_native_host(&self) -> Result<()> {
        host::kill_hosts(self.process.id())
    }

    /// Shows pages in dark or light. Chromium: pages that are open now.
    ///
    /// # Errors
    /// If the browser is gone.
    pub async fn set_dark(&self, dark: bool) -> Result<()> {
        drive!(self.driver, browser => browser.set_dark(dark).await)
    }

    /// Shows every page and frame with the user's colours alone, as in high-contrast modes.
    ///
    /// # Errors
    /// If the browser refuses, or is Firefox, which can only be told for a whole profile.
    pub async fn force_colors(&self) -> Result<()> {
        match &*self.driver {
            Driver::Chromium(chromium) => chromium.emulate(&[("forced-colors", "active")]).await,
            Driver::Firefox(_) => bail!("forced colours are a setting of the profile in Firefox"),
        }
    }

    /// All that consoles have shown so far, uncaught exceptions included.
    pub fn console(&self) -> Vec<ConsoleMessage> {
        match &*self.driver {
            Driver::Chromium(chromium) => chromium.console(),
            Driver::Firefox(_) => firefox::console(&self.printed()),
        }
    }

    /// What the program has printed.
    pub fn printed(&self) -> String {
        self.process.stdout() + &self.process.stderr()
    }

    /// Ends the browser in order, so that its profile is written and can be used again.
    ///
    /// # Errors
    /// If it does not end.
    pub async fn close(mut self) -> Result<()> {
        let _ = drive!(self.driver, browser => browser.quit().await);
        self.process.wait(PATIENCE).await.map(drop)
    }
}

/// A document's place: a tab (its top frame) or a frame in one. Stays valid across navigations.
#[derive(Clone, Debug)]
pub struct Frame {
    driver: Arc<Driver>,
    id: String,
}

impl Frame {
    /// The browser's name for it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Opens a URL here, and waits until it has loaded.
    ///
    /// # Errors
    /// If it cannot be loaded.
    pub async fn navigate(&self, url: &str) -> Result<()> {
        drive!(self.driver, browser => browser.navigate(&self.id, url).await)
    }

    /// Closes the tab.
    ///
    /// # Errors
    /// If it is gone already.
    pub async fn close(self) -> Result<()> {
        drive!(self.driver, browser => browser.close(&self.id).await)
    }

    /// Lets go of the tab, so that Chromium treats it as one that nobody inspects. It cannot be driven before [`Frame::take_up`].
    ///
    /// # Errors
    /// If it is gone, or in Firefox, where it makes no difference.
    pub async fn let_go(&self) -> Result<()> {
        match &*self.driver {
            Driver::Chromium(chromium) => chromium.detach(&self.id).await,
            Driver::Firefox(_) => bail!("Firefox treats all tabs alike"),
        }
    }

    /// Takes the tab up again after [`Frame::let_go`]. Its document may be another frame by then: [`Browser::wait_for_frame`].
    ///
    /// # Errors
    /// If it is gone, or in Firefox.
    pub async fn take_up(&self) -> Result<()> {
        match &*self.driver {
            Driver::Chromium(chromium) => chromium.attach(&self.id).await,
            Driver::Firefox(_) => bail!("Firefox treats all tabs alike"),
        }
    }

    /// Brings the tab to the front.
    ///
    /// # Errors
    /// If it is gone.
    pub async fn activate(&self) -> Result<()> {
        drive!(self.driver, browser => browser.activate(&self.id).await)
    }

    /// Evaluates a JavaScript expression in the page's own world; awaits promises; `undefined` is null. For statements, use
    /// `(() => { … })()`. A page's CSP does not hinder it.
    ///
    /// # Errors
    /// If the frame is gone or the expression throws.
    pub async fn evaluate(&self, expression: &str) -> Result<Value> {
        let expression = wrapped(expression);
        let result = drive!(self.driver, browser => browser.evaluate(&self.id, &expression).await)?;
        serde_json::from_str(&result).with_context(|| format!("not JSON: {result:?}"))
    }

    /// Evaluates an expression in the world of the extension's content scripts (Chromium).
    ///
    /// # Errors
    /// If there is none here, the expression throws, or in Firefox, which does not let anyone in.
    pub async fn evaluate_in_content_script(&self, expression: &str) -> Result<Value> {
        match &*self.driver {
            Driver::Chromium(chromium) => {
                let result = chromium.evaluate_in_content_script(&self.id, &wrapped(expression)).await?;
                Ok(serde_json::from_str(&result)?)
            }
            Driver::Firefox(_) => bail!("Firefox does not let anyone into a content script's world"),
        }
    }

    /// Bytes that live objects take in the JavaScript heap of the frame's process, after garbage was collected (Chromium).
    ///
    /// # Errors
    /// If the frame is gone, or in Firefox, which does not tell.
    pub async fn heap_bytes(&self) -> Result<f64> {
        match &*self.driver {
            Driver::Chromium(chromium) => chromium.heap_bytes(&self.id).await,
            Driver::Firefox(_) => bail!("Firefox does not tell"),
        }
    }

    /// Evaluates an expression whose value is shown as text.
    ///
    /// # Errors
    /// As [`Frame::evaluate`].
    pub async fn text(&self, expression: &str) -> Result<String> {
        Ok(match self.evaluate(expression).await? {
            Value::String(text) => text,
            other => other.to_string(),
        })
    }

    /// Evaluates an expression again and again until it is truthy, and returns its value.
    ///
    /// # Errors
    /// If it is not within [`PATIENCE`]; the error tells what it was last.
    pub async fn wait_for(&self, expression: &str) -> Result<Value> {
        self.wait_for_within(expression, PATIENCE).await
    }

    /// As [`Frame::wait_for`], with a limit of its own.
    ///
    /// # Errors
    /// If it is not truthy within `limit`.
    pub async fn wait_for_within(&self, expression: &str, limit: Duration) -> Result<Value> {
        let (end, mut pauses) = (Instant::now() + limit, Pauses::new());
        loop {
            // A document may be on its way out: its error counts only if it is the last.
            let last = self.evaluate(expression).await;
            match last {
                Ok(value) if truthy(&value) => return Ok(value),
                _ if Instant::now() < end => pauses.pause().await,
                Ok(value) => bail!("{expression} is still {value} after {limit:?}"),
                Err(error) => return Err(error.context(format!("{expression} after {limit:?}"))),
            }
        }
    }

    /// Waits for an element that matches a CSS selector.
    ///
    /// # Errors
    /// If there is none within [`PATIENCE`].
    pub async fn wait_for_element(&self, selector: &str) -> Result<()> {
        self.wait_for(&format!("!!document.querySelector({})", json!(selector))).await.map(drop)
    }

    /// Clicks the middle of the element that matches a CSS selector, with trusted pointer events, once it is there.
    ///
    /// # Errors
    /// If there is none within [`PATIENCE`].
    pub async fn click(&self, selector: &str) -> Result<()> {
        self.click_element(&format!("document.querySelector({})", json!(selector))).await
    }

    /// As [`Frame::click`], for the element that a JavaScript expression gives (for open shadow roots).
    ///
    /// # Errors
    /// If there is none within [`PATIENCE`].
    pub async fn click_element(&self, expression: &str) -> Result<()> {
        // What comes in above it a moment later moves it away from under the pointer.
        let centre = format!(
            "(async () => {{ const find = () => {{ const element = {expression}; if (!element) return null; \
             element.scrollIntoView({{ block: 'nearest', inline: 'nearest', behavior: 'instant' }}); \
             const box = element.getBoundingClientRect(); \
             return box.width && box.height ? [box.x + box.width / 2, box.y + box.height / 2] : null; }}; \
             const first = find(); if (!first) return null; \
             await new Promise(done => setTimeout(done, {STILL_MILLIS})); \
             const second = find(); \
             return second && first.every((at, index) => at === second[index]) ? second : null; }})()"
        );
        let centre = self.wait_for(&centre).await.with_context(|| format!("cannot click {expression}"))?;
        let coordinate = |index: usize| centre[index].as_f64().ok_or_else(|| anyhow!("no position"));
        self.click_at(coordinate(0)?, coordinate(1)?).await
    }

    /// Clicks at a point of this frame's viewport (CSS pixels), with trusted pointer events: whatever lies there gets them, another
    /// frame's document included.
    ///
    /// # Errors
    /// If the frame is gone.
    pub async fn click_at(&self, x: f64, y: f64) -> Result<()> {
        drive!(self.driver, browser => browser.click(&self.id, x, y).await)
    }

    /// Presses keys, with trusted events that go to whatever has the focus: `Enter`, `Tab`, `Shift+Tab`, `Escape`, `ArrowDown`,
    /// `Ctrl+a`. Shortcuts of the browser itself need a [`crate::Display`].
    ///
    /// # Errors
    /// If a key is unknown or the frame is gone.
    pub async fn press(&self, keys: &str) -> Result<()> {
        let chord = Chord::parse(keys)?;
        drive!(self.driver, browser => browser.press(&self.id, &chord).await)
    }

    /// Types text key by key, with trusted events that go to whatever has the focus.
    ///
    /// # Errors
    /// If the frame is gone.
    pub async fn type_text(&self, text: &str) -> Result<()> {
        drive!(self.driver, browser => browser.type_text(&self.id, text).await)
    }

    /// Clicks an element and types into it.
    ///
    /// # Errors
    /// As [`Frame::click`].
    pub async fn fill_in(&self, selector: &str, text: &str) -> Result<()> {
        self.click(selector).await?;
        self.type_text(text).await
    }

    /// Sets the tab's viewport in CSS pixels.
    ///
    /// # Errors
    /// If the frame is gone.
    pub async fn set_viewport(&self, width: u32, height: u32) -> Result<()> {
        drive!(self.driver, browser => browser.set_viewport(&self.id, width, height).await)
    }

    /// Saves what the tab shows as a PNG.
    ///
    /// # Errors
    /// If it cannot be written.
    pub async fn screenshot(&self, path: &Path) -> Result<()> {
        let encoded = drive!(self.driver, browser => browser.screenshot(&self.id).await)?;
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        Ok(fs::write(path, STANDARD.decode(encoded)?)?)
    }
}

/// Both protocols hand over a string well; JSON makes one of any value.
fn wrapped(expression: &str) -> String {
    format!("(async () => JSON.stringify((await ({expression})) ?? null))()")
}

fn truthy(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(flag) => *flag,
        Value::String(text) => !text.is_empty(),
        Value::Number(number) => number.as_f64() != Some(0.0),
        Value::Array(_) | Value::Object(_) => true,
    }
}
