//! Chromium over the DevTools protocol, with no driver program.
//!
//! Every page, out-of-process frame and worker is a *target* with a flat *session*; a frame's main world is an execution context in one of
//! those sessions. The reader task keeps maps of both, so that looking one up is a matter of waiting until it is there.

mod cost;

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep, timeout};

use crate::browser::{ConsoleMessage, FrameInfo, Options};
use crate::keys::{Chord, Key, code_of};
use crate::rpc::{Event, Gone, Rpc};
use crate::{Home, Process, Program};

/// How long a frame or worker may take to appear.
const APPEARANCE: Duration = Duration::from_secs(20);

/// How long a page may take to say that it has heard a key or a press. What goes away under the very press, such as a button that
/// closes its own frame, at times never does.
const HEARING: Duration = Duration::from_secs(8);

/// How long a page may take to load.
const LOADING: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(crate) struct Chromium {
    rpc: Rpc,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// Session → what it is attached to.
    sessions: HashMap<String, Target>,
    /// Frame → its main world. A worker's stands under its target id.
    worlds: HashMap<String, World>,
    /// Frame → the world of the extension's content scripts in it.
    script_worlds: HashMap<String, World>,
    /// The stream that holds the trace which has ended.
    trace: Option<String>,
    /// Frame → loader whose load event has fired.
    loaded: HashMap<String, String>,
    /// Targets that are gone.
    destroyed: HashSet<String>,
    console: Vec<ConsoleMessage>,
}

#[derive(Clone, Debug)]
struct Target {
    id: String,
    kind: String,
    url: String,
}

#[derive(Clone, Debug)]
struct World {
    session: String,
    context: i64,
}

/// Starts Chromium in `home`. Returns its process and the connection.
pub(crate) async fn launch(
    program: &Path,
    home: &Home,
    profile: &Path,
    options: &Options,
) -> Result<(Process, Chromium)> {
    let mut command = Program::new(program).home(home).args([
        "--remote-debugging-port=0",
        "--disable-quic",
        "--no-first-run",
        "--no-default-browser-check",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-gpu",
        "--password-store=basic",
        "--use-mock-keychain",
        "--disable-background-timer-throttling",
        "--disable-backgrounding-occluded-windows",
        "--disable-renderer-backgrounding",
        // Work that no page here asks for.
        "--disable-breakpad",
        "--disable-default-apps",
        "--disable-component-extensions-with-background-pages",
        "--disable-client-side-phishing-detection",
        "--disable-domain-reliability",
        "--disable-search-engine-choice-screen",
        "--metrics-recording-only",
        "--mute-audio",
        "--no-pings",
    ]);
    keep_to_itself(profile)?;
    command = command.arg(format!("--user-data-dir={}", profile.display()));
    command = command.arg(format!("--window-size={},{}", options.window.0, options.window.1));
    if nix::unistd::geteuid().is_root() {
        // Chromium refuses to run its sandbox as root.
        command = command.arg("--no-sandbox");
    }
    if let Some(extension) = &options.extension {
        command = command.arg(format!("--load-extension={}", extension.display()));
    }
    if options.any_certificate {
        command = command.arg("--ignore-certificate-errors");
    }
    if let Some(proxy) = &options.proxy {
        command = command.arg(format!("--proxy-pac-url={}", proxy.configuration()));
    }
    // A process in store for the next page, services of the browser's maker, and https tried first for names that look like the web's.
    let without = [
        "SpareRendererForSitePerProcess",
        "MediaRouter",
        "OptimizationHints",
        "Translate",
        "HttpsUpgrades",
        "HttpsFirstBalancedModeAutoEnable",
    ];
    if !options.local_names.is_empty() {
        let rules: Vec<_> = options.local_names.iter().map(|name| format!("MAP {name} 127.0.0.1")).collect();
        command = command.arg(format!("--host-resolver-rules={}", rules.join(",")));
    }
    command = command.arg(format!("--disable-features={}", without.join(",")));
    command = match &options.display {
        Some(display) => command.env("DISPLAY", display),
        // Nobody looks, and what turns is drawn sixty times a second; Firefox is told the same.
        None => command.args(["--headless=new", "--force-prefers-reduced-motion"]),
    };
    let mut process = command.envs(options.environment.clone()).arg("about:blank").spawn()?;
    let line = process.wait_for_line("DevTools listening on ", Duration::from_secs(60)).await?;
    let url = line.split_whitespace().last().context("no DevTools address")?.to_owned();
    Ok((process, Chromium::connect(&url).await?))
}

/// A fresh profile offers to save neither passwords nor cards: its bubbles would lie over the page.
fn keep_to_itself(profile: &Path) -> Result<()> {
    let preferences = profile.join("Default/Preferences");
    if preferences.exists() {
        return Ok(());
    }
    std::fs::create_dir_all(profile.join("Default"))?;
    let settings = json!({ "credentials_enable_service": false, "autofill": { "credit_card_enabled": false, "profile_enabled": false } });
    Ok(std::fs::write(preferences, settings.to_string())?)
}

impl Chromium {
    async fn connect(url: &str) -> Result<Self> {
        let state: Arc<Mutex<State>> = Arc::default();
        let shared = Arc::clone(&state);
        let rpc = Rpc::connect(url, move |rpc, event| on_event(rpc, &mut locked(&shared), &event)).await?;
        rpc.call("", "Target.setDiscoverTargets", json!({ "discover": true })).await?;
        Ok(Self { rpc, state })
    }

    pub(crate) async fn version(&self) -> Result<String> {
        let version = self.rpc.call("", "Browser.getVersion", json!({})).await?;
        Ok(version["product"].as_str().unwrap_or_default().replace("HeadlessChrome", "Chrome"))
    }

    pub(crate) async fn new_tab(&self) -> Result<String> {
        let created = self.rpc.call("", "Target.createTarget", json!({ "url": "about:blank" })).await?;
        let id = text(&created, "targetId");
        self.world(&id).await?;
        Ok(id)
    }

    pub(crate) async fn navigate(&self, frame: &str, url: &str) -> Result<()> {
        let session = self.world(frame).await?.session;
        let begun = self.rpc.call(&session, "Page.navigate", json!({ "url": url, "frameId": frame })).await?;
        if let Some(error) = begun["errorText"].as_str() {
            bail!("cannot open {url}: {error}");
        }
        // Within the same document there is no loader.
        let Some(loader) = begun["loaderId"].as_str() else { return Ok(()) };
        wait_for(LOADING, || locked(&self.state).loaded.get(frame).is_some_and(|done| done == loader).then_some(()))
            .await
            .with_context(|| format!("{url} did not finish loading"))
    }

    pub(crate) async fn close(&self, frame: &str) -> Result<()> {
        self.rpc.call("", "Target.closeTarget", json!({ "targetId": frame })).await.map(drop)
    }

    /// Ends all sessions with a tab. What Chromium does not do for tabs under inspection, such as prerendering, it does for this one then.
    pub(crate) async fn detach(&self, frame: &str) -> Result<()> {
        let of_tab = |(session, target): (&String, &Target)| (target.id == frame).then(|| session.clone());
        let sessions: Vec<String> = locked(&self.state).sessions.iter().filter_map(of_tab).collect();
        for session in sessions {
            self.rpc.call("", "Target.detachFromTarget", json!({ "sessionId": session })).await?;
            detach(&mut locked(&self.state), &session);
        }
        Ok(())
    }

    /// Begins a session with a tab again.
    pub(crate) async fn attach(&self, frame: &str) -> Result<()> {
        self.rpc.call("", "Target.attachToTarget", json!({ "targetId": frame, "flatten": true })).await.map(drop)
    }

    pub(crate) async fn frames(&self) -> Result<Vec<FrameInfo>> {
        let sessions: Vec<String> = locked(&self.state)
            .sessions
            .iter()
            .filter(|(_, target)| matches!(target.kind.as_str(), "page" | "iframe"))
            .map(|(session, _)| session.clone())
            .collect();
        let mut found = Vec::new();
        for session in sessions {
            // A target may go while we ask.
            if let Ok(tree) = self.rpc.call(&session, "Page.getFrameTree", json!({})).await {
                add_frames(&tree["frameTree"], &mut found);
            }
        }
        Ok(found)
    }

    pub(crate) async fn evaluate(&self, frame: &str, expression: &str) -> Result<String> {
        let world = self.world(frame).await?;
        self.evaluate_in(&world, expression).await
    }

    pub(crate) async fn evaluate_in_worker(&self, expression: &str) -> Result<String> {
        let worker = wait_for(APPEARANCE, || locked(&self.state).worker().map(|(_, target)| target.id)).await?;
        let world = self.world(&worker).await?;
        self.evaluate_in(&world, expression).await
    }

    async fn evaluate_in(&self, world: &World, expression: &str) -> Result<String> {
        let params = json!({
            "expression": expression,
            "contextId": world.context,
            "awaitPromise": true,
            "returnByValue": true,
        });
        let outcome = self.rpc.call(&world.session, "Runtime.evaluate", params).await?;
        if let Some(exception) = outcome.get("exceptionDetails") {
            let description = exception["exception"]["description"].as_str().or(exception["text"].as_str());
            bail!("exception: {}", description.unwrap_or_default());
        }
        Ok(text(&outcome["result"], "value"))
    }

    /// Ends the extension's service worker, as the browser does when it has been idle.
    pub(crate) async fn stop_worker(&self) -> Result<()> {
        let Some((session, target)) = locked(&self.state).worker() else { return Ok(()) };
        self.rpc.call("", "Target.closeTarget", json!({ "targetId": target.id })).await?;
        // An attached session would keep it alive.
        let detached = self.rpc.call("", "Target.detachFromTarget", json!({ "sessionId": session })).await;
        detach(&mut locked(&self.state), &session);
        // It may have gone by itself in between.
        let _ = detached;
        wait_for(APPEARANCE, || locked(&self.state).destroyed.contains(&target.id).then_some(())).await
    }

    pub(crate) async fn click(&self, frame: &str, x: f64, y: f64) -> Result<()> {
        let (session, dx, dy) = self.offset(frame).await?;
        let at = |kind: &str, pressed: u8| {
            json!({ "type": kind, "x": x + dx, "y": y + dy, "button": if kind == "mouseMoved" { "none" } else { "left" },
                "buttons": pressed, "clickCount": if kind == "mouseMoved" { 0 } else { 1 } })
        };
        let press = [("mouseMoved", 0), ("mousePressed", 1), ("mouseReleased", 0)];
        self.inputs(&session, "Input.dispatchMouseEvent", press.map(|(kind, pressed)| at(kind, pressed))).await
    }

    /// Sends keys or presses, one after the other. Each waits its turn in the browser, heard or not; what it did shows in the page.
    /// A page that goes away under one of them was closed by it, and hears no more.
    async fn inputs(&self, session: &str, method: &str, events: impl IntoIterator<Item = Value>) -> Result<()> {
        for event in events {
            match timeout(HEARING, self.rpc.call(session, method, event)).await {
                Ok(Err(error)) if error.is::<Gone>() => return Ok(()),
                Ok(Err(error)) => return Err(error),
                Ok(Ok(_)) | Err(_) => {}
            }
        }
        Ok(())
    }

    /// The top page's session, and where the frame's viewport lies in the page's. Works for frames in closed shadow roots.
    async fn offset(&self, frame: &str) -> Result<(String, f64, f64)> {
        let frames = self.frames().await?;
        let (mut x, mut y) = (0.0, 0.0);
        let mut current = frame.to_owned();
        let mut session = self.world(&current).await?.session;
        loop {
            let info = frames.iter().find(|info| info.id == current).context("the frame is gone")?;
            let Some(parent) = info.parent.clone() else { return Ok((session, x, y)) };
            let parent_session = self.world(&parent).await?.session;
            self.rpc.call(&parent_session, "DOM.enable", json!({})).await?;
            let owner = self.rpc.call(&parent_session, "DOM.getFrameOwner", json!({ "frameId": current })).await?;
            let node = json!({ "backendNodeId": owner["backendNodeId"] });
            let model = self.rpc.call(&parent_session, "DOM.getBoxModel", node).await?;
            let quad = &model["model"]["content"];
            x += quad[0].as_f64().context("no box")?;
            y += quad[1].as_f64().context("no box")?;
            // A quad is in coordinates of its session's root frame: skip ancestors in the same session.
            current = session_root(&frames, &parent, &self.session_roots());
            session = parent_session;
        }
    }

    fn session_roots(&self) -> Vec<String> {
        locked(&self.state).sessions.values().map(|target| target.id.clone()).collect()
    }

    pub(crate) async fn press(&self, frame: &str, chord: &Chord) -> Result<()> {
        let (session, ..) = self.offset(frame).await?;
        let bits = chord.modifier_bits();
        let down = chord.modifiers.iter().map(|modifier| key_event("rawKeyDown", *modifier, bits));
        let key = ["keyDown", "keyUp"].map(|kind| key_event(kind, chord.key, bits));
        let up = chord.modifiers.iter().rev().map(|modifier| key_event("keyUp", *modifier, 0));
        self.inputs(&session, "Input.dispatchKeyEvent", down.chain(key).chain(up)).await
    }

    pub(crate) async fn type_text(&self, frame: &str, typed: &str) -> Result<()> {
        let (session, ..) = self.offset(frame).await?;
        let keys = typed
            .chars()
            .flat_map(|character| ["keyDown", "keyUp"].map(|kind| key_event(kind, Key::Char(character), 0)));
        self.inputs(&session, "Input.dispatchKeyEvent", keys).await
    }

    pub(crate) async fn activate(&self, frame: &str) -> Result<()> {
        let (session, ..) = self.offset(frame).await?;
        self.rpc.call(&session, "Page.bringToFront", json!({})).await.map(drop)
    }

    pub(crate) async fn screenshot(&self, frame: &str) -> Result<String> {
        let session = self.world(frame).await?.session;
        let shot = self
            .rpc
            .call(&session, "Page.captureScreenshot", json!({ "format": "png", "optimizeForSpeed": true }))
            .await?;
        Ok(text(&shot, "data"))
    }

    pub(crate) async fn set_viewport(&self, frame: &str, width: u32, height: u32) -> Result<()> {
        let session = self.world(frame).await?.session;
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.rpc.call(&session, "Emulation.setDeviceMetricsOverride", metrics).await.map(drop)
    }

    pub(crate) async fn set_dark(&self, dark: bool) -> Result<()> {
        self.emulate(&[("prefers-color-scheme", if dark { "dark" } else { "light" })]).await
    }

    /// Media features with their values, in every page and frame.
    pub(crate) async fn emulate(&self, features: &[(&str, &str)]) -> Result<()> {
        let features: Vec<_> = features.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect();
        let sessions: Vec<String> = locked(&self.state)
            .sessions
            .iter()
            .filter(|(_, target)| matches!(target.kind.as_str(), "page" | "iframe"))
            .map(|(session, _)| session.clone())
            .collect();
        for session in sessions {
            let media = json!({ "features": features });
            self.rpc.call(&session, "Emulation.setEmulatedMedia", media).await?;
        }
        Ok(())
    }

    pub(crate) fn console(&self) -> Vec<ConsoleMessage> {
        locked(&self.state).console.clone()
    }

    pub(crate) async fn quit(&self) -> Result<()> {
        self.rpc.call("", "Browser.close", json!({})).await.map(drop)
    }

    async fn world(&self, frame: &str) -> Result<World> {
        wait_for(APPEARANCE, || locked(&self.state).worlds.get(frame).cloned())
            .await
            .with_context(|| format!("frame {frame} has no document"))
    }
}

impl State {
    fn worker(&self) -> Option<(String, Target)> {
        let mut workers = self
            .sessions
            .iter()
            .filter(|(_, target)| target.kind == "service_worker" && target.url.starts_with("chrome-extension://"));
        workers.next().map(|(session, target)| (session.clone(), target.clone()))
    }
}

fn on_event(rpc: &Rpc, state: &mut State, event: &Event) {
    let params = &event.params;
    match event.method.as_str() {
        "Target.targetCreated" => attach(rpc, &params["targetInfo"]),
        "Target.targetInfoChanged" => {
            let info = &params["targetInfo"];
            let id = text(info, "targetId");
            for target in state.sessions.values_mut().filter(|target| target.id == id) {
                target.url = text(info, "url");
            }
        }
        "Target.attachedToTarget" => attached(rpc, state, params),
        "Target.detachedFromTarget" => {
            let session = text(params, "sessionId");
            rpc.forget(&session);
            detach(state, &session);
        }
        "Target.targetDestroyed" => {
            state.destroyed.insert(text(params, "targetId"));
        }
        "Runtime.executionContextCreated" => add_world(state, &event.session, &params["context"]),
        "Runtime.executionContextDestroyed" => {
            let gone = params["executionContextId"].as_i64().unwrap_or_default();
            let stays = |world: &World| !(world.session == event.session && world.context == gone);
            state.worlds.retain(|_, world| stays(world));
            state.script_worlds.retain(|_, world| stays(world));
        }
        "Runtime.executionContextsCleared" => {
            state.worlds.retain(|_, world| world.session != event.session);
            state.script_worlds.retain(|_, world| world.session != event.session);
        }
        "Tracing.tracingComplete" => state.trace = Some(text(params, "stream")),
        "Page.lifecycleEvent" if params["name"] == "load" => {
            state.loaded.insert(text(params, "frameId"), text(params, "loaderId"));
        }
        "Runtime.consoleAPICalled" | "Runtime.exceptionThrown" | "Log.entryAdded" => {
            let message = console_message(state, event);
            state.console.push(message);
        }
        _ => {}
    }
}

/// Tabs and service workers are attached here; frames and dedicated workers come through their page.
fn attach(rpc: &Rpc, info: &Value) {
    if matches!(info["type"].as_str(), Some("page" | "service_worker" | "background_page")) {
        rpc.tell("", "Target.attachToTarget", json!({ "targetId": info["targetId"], "flatten": true }));
    }
}

fn attached(rpc: &Rpc, state: &mut State, params: &Value) {
    let session = text(params, "sessionId");
    let info = &params["targetInfo"];
    let target = Target { id: text(info, "targetId"), kind: text(info, "type"), url: text(info, "url") };
    if matches!(target.kind.as_str(), "page" | "iframe") {
        rpc.tell(&session, "Page.enable", json!({}));
        rpc.tell(&session, "Page.setLifecycleEventsEnabled", json!({ "enabled": true }));
        // A service worker has its one session from `attach`: a second would keep it alive when it is to stop.
        let filter = json!([{ "type": "service_worker", "exclude": true }, {}]);
        let auto = json!({ "autoAttach": true, "waitForDebuggerOnStart": false, "flatten": true, "filter": filter });
        rpc.tell(&session, "Target.setAutoAttach", auto);
    }
    state.sessions.insert(session.clone(), target);
    rpc.tell(&session, "Log.enable", json!({}));
    rpc.tell(&session, "Runtime.enable", json!({}));
}

fn detach(state: &mut State, session: &str) {
    state.sessions.remove(session);
    state.worlds.retain(|_, world| world.session != session);
    state.script_worlds.retain(|_, world| world.session != session);
}

fn add_world(state: &mut State, session: &str, context: &Value) {
    let world = World { session: session.to_owned(), context: context["id"].as_i64().unwrap_or_default() };
    let data = &context["auxData"];
    if let Some(frame) = data["frameId"].as_str() {
        if data["isDefault"] == true {
            state.worlds.insert(frame.to_owned(), world);
        } else if context["origin"].as_str().is_some_and(|origin| origin.starts_with("chrome-extension://")) {
            state.script_worlds.insert(frame.to_owned(), world);
        }
    } else if let Some(target) = state.sessions.get(session) {
        state.worlds.insert(target.id.clone(), world);
    }
}

fn console_message(state: &State, event: &Event) -> ConsoleMessage {
    let params = &event.params;
    let url = state.sessions.get(&event.session).map(|target| target.url.clone()).unwrap_or_default();
    let (level, text) = match event.method.as_str() {
        "Runtime.exceptionThrown" => {
            let details = &params["exceptionDetails"];
            let description = details["exception"]["description"].as_str().or(details["text"].as_str());
            ("error".to_owned(), description.unwrap_or_default().to_owned())
        }
        "Log.entryAdded" => (text(&params["entry"], "level"), text(&params["entry"], "text")),
        _ => (text(params, "type"), arguments(&params["args"])),
    };
    ConsoleMessage { level, text, url }
}

fn arguments(arguments: &Value) -> String {
    let shown = arguments.as_array().into_iter().flatten().map(|argument| match &argument["value"] {
        Value::String(text) => text.clone(),
        Value::Null => text(argument, "description"),
        other => other.to_string(),
    });
    shown.collect::<Vec<_>>().join(" ")
}

fn add_frames(tree: &Value, found: &mut Vec<FrameInfo>) {
    let frame = &tree["frame"];
    let parent = frame["parentId"].as_str().map(str::to_owned);
    found.push(FrameInfo { id: text(frame, "id"), url: text(frame, "url"), parent });
    for child in tree["childFrames"].as_array().into_iter().flatten() {
        add_frames(child, found);
    }
}

/// The nearest ancestor (or `frame` itself) that is the root of a session.
fn session_root(frames: &[FrameInfo], frame: &str, roots: &[String]) -> String {
    let mut current = frame.to_owned();
    while !roots.contains(&current) {
        let Some(parent) = frames.iter().find(|info| info.id == current).and_then(|info| info.parent.clone()) else {
            break;
        };
        current = parent;
    }
    current
}

fn key_event(kind: &str, key: Key, modifiers: u32) -> Value {
    match key {
        Key::Named(named) => {
            let mut event = json!({ "type": kind, "key": named.key, "code": named.code, "modifiers": modifiers,
                "windowsVirtualKeyCode": named.virtual_code });
            match named.text {
                Some(text) if kind == "keyDown" => event["text"] = text.into(),
                _ if kind == "keyDown" => event["type"] = "rawKeyDown".into(),
                _ => {}
            }
            event
        }
        Key::Char(character) => {
            let upper = character.to_uppercase().next().unwrap_or(character);
            let virtual_code = if upper.is_ascii_alphanumeric() || upper == ' ' { u32::from(upper) } else { 0 };
            let mut event = json!({ "type": kind, "key": character.to_string(), "code": code_of(character),
                "modifiers": modifiers, "windowsVirtualKeyCode": virtual_code });
            // With Ctrl, Alt or Meta held a key types nothing.
            if kind == "keyDown" && modifiers & 7 == 0 {
                event["text"] = character.to_string().into();
            }
            event
        }
    }
}

async fn wait_for<T>(limit: Duration, mut ready: impl FnMut() -> Option<T>) -> Result<T> {
    let end = Instant::now() + limit;
    loop {
        if let Some(value) = ready() {
            return Ok(value);
        }
        if Instant::now() > end {
            bail!("not within {limit:?}");
        }
        sleep(Duration::from_millis(5)).await;
    }
}

fn text(value: &Value, name: &str) -> String {
    value[name].as_str().unwrap_or_default().to_owned()
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
