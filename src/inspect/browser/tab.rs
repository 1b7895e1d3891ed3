//! One tab, into which pages are put.

use super::devtools::{DevTools, Message, PATIENCE, text};
use super::{BrowserError, Seen};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use countersign_forms::RawSnapshot;
use serde::Deserialize;
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;
use url::Url;

/// Where pages seem to come from: a name that no resolver knows (RFC 6761).
const ORIGIN: &str = "https://page.invalid";
/// Nothing of the page runs, and nothing is fetched but style sheets of its own.
const POLICY: &str = "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src data:; font-src data:";
const PLACES: &str = include_str!("places.js");
/// Bytes in a style sheet, at most.
const STYLE_BYTES: u64 = 4 << 20;

/// A tab's session.
pub(super) struct Tab {
    session: String,
    /// The page's own frame.
    frame: String,
    /// Where the content scripts of our extension come from.
    scripts: String,
    /// What is evaluated there: the probe's own script that looks, and what else is asked.
    look: String,
    pages: u32,
}

/// A page on its way into the tab.
struct Visit<'a> {
    /// Where it seems to lie: a folder of its own, so that no page is another's.
    url: String,
    /// The page itself, until it was asked for.
    html: Option<&'a str>,
    /// Where it really lies.
    folder: Option<PathBuf>,
    navigation: u64,
    loader: Option<String>,
    world: Option<i64>,
    loaded: bool,
}

/// What `places.js` says.
#[derive(Deserialize)]
struct Look {
    snapshot: RawSnapshot,
    places: Vec<i64>,
    indices: Vec<i64>,
}

impl Tab {
    /// Opens a tab that asks us for all that it loads. `look` is the extension's `look.js`.
    pub(super) fn open(devtools: &mut DevTools, extension: &str, look: &str) -> Result<Self, BrowserError> {
        let target = devtools.call("", "Target.createTarget", json!({ "url": "about:blank" }))?;
        let frame = text(&target["targetId"]);
        let attach = json!({ "targetId": frame, "flatten": true });
        let session = text(&devtools.call("", "Target.attachToTarget", attach)?["sessionId"]);
        devtools.call(&session, "Page.enable", json!({}))?;
        devtools.call(&session, "Page.setLifecycleEventsEnabled", json!({ "enabled": true }))?;
        devtools.call(&session, "Runtime.enable", json!({}))?;
        devtools.call(&session, "Fetch.enable", json!({ "patterns": [{ "urlPattern": "*" }] }))?;
        let scripts = format!("chrome-extension://{extension}");
        Ok(Self { session, frame, scripts, look: format!("{look}\n{PLACES}"), pages: 0 })
    }

    /// Loads a page, and asks the probe.
    pub(super) fn look(&mut self, devtools: &mut DevTools, file: &Path, html: &str) -> Result<Seen, BrowserError> {
        self.pages += 1;
        let url = format!("{ORIGIN}/{}/", self.pages);
        let navigation = devtools.send(&self.session, "Page.navigate", json!({ "url": url }))?;
        let folder = file
            .parent()
            .and_then(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder }.canonicalize().ok());
        let mut visit = Visit { url, html: Some(html), folder, navigation, loader: None, world: None, loaded: false };
        let world = self.load(devtools, &mut visit)?;
        let answer = self.ask(devtools, &mut visit, world)?;
        if let Some(thrown) = answer["exceptionDetails"]["exception"]["description"].as_str() {
            return Err(BrowserError::Refused(thrown.to_owned()));
        }
        let look = serde_json::from_str::<Look>(answer["result"]["value"].as_str().unwrap_or_default());
        Ok(look.map_err(|error| BrowserError::Refused(error.to_string()))?.seen(&visit.url))
    }

    /// Waits until the page is laid out. The world in which the probe is.
    fn load(&self, devtools: &mut DevTools, visit: &mut Visit<'_>) -> Result<i64, BrowserError> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(world) = visit.world.filter(|_| visit.loaded) {
                return Ok(world);
            }
            let message = devtools.next(deadline)?;
            self.follow(devtools, visit, message)?;
        }
    }

    /// Looks. What the page still asks for is answered meanwhile: while a request waits, the browser lets nobody in.
    fn ask(&self, devtools: &mut DevTools, visit: &mut Visit<'_>, world: i64) -> Result<Value, BrowserError> {
        let evaluate = json!({ "expression": self.look, "contextId": world, "returnByValue": true });
        let call = devtools.send(&self.session, "Runtime.evaluate", evaluate)?;
        let deadline = Instant::now() + PATIENCE;
        loop {
            match devtools.next(deadline)? {
                Message::Answer { id, outcome } if id == call => return outcome.map_err(BrowserError::Refused),
                message => self.follow(devtools, visit, message)?,
            }
        }
    }

    fn follow(&self, devtools: &mut DevTools, visit: &mut Visit<'_>, message: Message) -> Result<(), BrowserError> {
        match message {
            Message::Answer { id, outcome } if id == visit.navigation => {
                let begun = outcome.map_err(BrowserError::Refused)?;
                if let Some(error) = begun["errorText"].as_str() {
                    return Err(BrowserError::Refused(error.to_owned()));
                }
                visit.loader = Some(text(&begun["loaderId"]));
            }
            Message::Event { session, method, params } if session == self.session => match method.as_str() {
                "Fetch.requestPaused" => self.answer(devtools, visit, &params)?,
                "Runtime.executionContextsCleared" => visit.world = None,
                "Runtime.executionContextCreated" => self.note_world(visit, &params["context"]),
                "Page.lifecycleEvent" if visit.loader.as_deref().is_some_and(|own| params["loaderId"] == own) => {
                    visit.loaded |= params["name"] == "load";
                }
                "Inspector.targetCrashed" => return Err(BrowserError::Ended),
                _ => {}
            },
            _ => {}
        }
        Ok(())
    }

    /// The world in which the probe of the page's own frame runs.
    fn note_world(&self, visit: &mut Visit<'_>, context: &Value) {
        let ours = context["origin"] == self.scripts.as_str() && context["auxData"]["frameId"] == self.frame.as_str();
        if ours && context["auxData"]["type"] == "isolated" {
            visit.world = context["id"].as_i64();
        }
    }

    /// Gives what is the page's own, and nothing else.
    fn answer(&self, devtools: &mut DevTools, visit: &mut Visit<'_>, params: &Value) -> Result<(), BrowserError> {
        let url = params["request"]["url"].as_str().unwrap_or_default();
        let own = if params["resourceType"] == "Document" && url == visit.url { visit.html.take() } else { None };
        let style = || (params["resourceType"] == "Stylesheet").then(|| visit.style(url)).flatten();
        let body = match own {
            // Saved pages often name the encoding that they had before: the browser gets what was read.
            Some(html) => Some(("text/html; charset=utf-8", html.as_bytes().to_vec())),
            None => style().map(|bytes| ("text/css", bytes)),
        };
        let id = &params["requestId"];
        let (method, answer) = match body {
            Some((kind, bytes)) => (
                "Fetch.fulfillRequest",
                json!({ "requestId": id, "responseCode": 200, "body": STANDARD.encode(bytes), "responseHeaders": [
                    { "name": "Content-Type", "value": kind }, { "name": "Content-Security-Policy", "value": POLICY } ] }),
            ),
            // A page that would go elsewhere stays: to a document without content no browser goes.
            None if params["resourceType"] == "Document" => {
                ("Fetch.fulfillRequest", json!({ "requestId": id, "responseCode": 204 }))
            }
            None => ("Fetch.failRequest", json!({ "requestId": id, "errorReason": "BlockedByClient" })),
        };
        devtools.send(&self.session, method, answer).map(drop)
    }
}

impl Visit<'_> {
    /// A style sheet in the page's folder, or below it.
    fn style(&self, url: &str) -> Option<Vec<u8>> {
        let folder = self.folder.as_ref()?;
        let relative = url.strip_prefix(&self.url)?.split(['?', '#']).next()?;
        let file = Url::from_directory_path(folder).ok()?.join(&format!("./{relative}")).ok()?.to_file_path().ok()?;
        let file = file.canonicalize().ok().filter(|file| file.starts_with(folder))?;
        fs::metadata(&file).ok().filter(|found| found.is_file() && found.len() <= STYLE_BYTES)?;
        fs::read(file).ok()
    }
}

impl Look {
    /// Numbers fields by their places, and takes the page's seeming address out of where its forms lead.
    fn seen(mut self, url: &str) -> Seen {
        for (field, place) in self.snapshot.fields.iter_mut().zip(&self.places) {
            field.id = u32::try_from(*place).unwrap_or(u32::MAX);
        }
        for form in &mut self.snapshot.forms {
            let relative = form.action.strip_prefix(url).or_else(|| form.action.strip_prefix(ORIGIN));
            if let Some(relative) = relative.map(str::to_owned) {
                form.action = relative;
            }
        }
        Seen {
            snapshot: self.snapshot,
            indices: self.indices.into_iter().map(|index| u32::try_from(index).ok()).collect(),
        }
    }
}
