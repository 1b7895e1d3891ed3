// The worker's glue: registers every listener at once, and lets the engine decide.
//
// A listener that is added later misses the event that woke the worker, so what happens before the engine has loaded waits in a queue.

import init, { Worker } from "./engine/engine.js";
import { loadIdentity, saveDeposits, savePins } from "./worker/identity.js";

/** The name under which browsers know the native messaging host. */
const NATIVE_HOST = "dev.countersign.host";

/** What a message needs in its document that is not there for every form. */
const NEEDS = {
  open: ["sight.js"],
  watch: ["sight.js", "commit.js"],
  commit: ["sight.js", "commit.js"],
  attend: ["capture.js"],
  judge: ["capture.js"],
};

/** What does not wait in a page: it goes when that is there which takes it. */
const WAITS = new Set(["commit", "attend", "judge"]);

/** How often, and after how many milliseconds, a document is asked anew how it looks: the one that was asked may have gone on to another. */
const [ASKS, ASK_PAUSE] = [6, 900];

/** How often, and after how many milliseconds, the browser is asked anew for a document that it speaks of and does not show yet. */
const [PLACE_TRIES, PLACE_PAUSE] = [40, 50];

/** The extension's pages that open panels, and what each is. */
const PANELS = { "/popup.html": "popup", "/chooser.html": "chooser", "/vault.html": "vault", "/offer.html": "offer" };

/** The entries of a field's context menu, by the engine's names for them, and what they are called. */
const MENU = [
  ["fill", "menu_fill"],
  ["pick-another", "menu_pick_another"],
  ["new-password", "make_way"],
  ["copy-code", "menu_copy_code"],
];

const origin = new URL(chrome.runtime.getURL("")).origin;
const probes = new Map();
const panels = new Map();
const natives = new Map();
/** The requests that wait for an answer to their server: the browser's name for each, and its callback. */
const challenges = new Map();

let worker;
let waiting = [];
let numbers = 0;
let timer;
/** The tabs whose documents and window the engine hears about: only while a request waits there, or a code is shown. */
let watched = new Set();

chrome.runtime.onConnect.addListener((port) => {
  // A prerendered document, which nobody sees, has another frame number later: it may connect again then.
  if (port.sender?.id !== chrome.runtime.id || port.sender.documentLifecycle === "prerender") port.disconnect();
  else if (port.name === "probe") acceptProbe(port);
  else if (port.name === "panel") acceptPanel(port);
  else port.disconnect();
});

chrome.commands.onCommand.addListener((command, tab) => {
  if (command === "open-chooser" && tab?.id != null) tell((engine) => engine.shortcut(tab.id));
});

chrome.contextMenus.onClicked.addListener(({ menuItemId, frameId }, tab) => {
  if (tab?.id != null && frameId != null) tell((engine) => engine.menu(tab.id, BigInt(frameId), menuItemId));
});

chrome.webRequest.onAuthRequired.addListener(authRequired, { urls: ["<all_urls>"] }, ["asyncBlocking"]);

// The worker wakes, and a paired profile's tabs find it warm.
chrome.runtime.onStartup.addListener(makeMenu);
chrome.runtime.onInstalled.addListener(makeMenu);

/** Browsers keep the entries while the worker sleeps; not all of them when they quit. */
async function makeMenu() {
  await chrome.contextMenus.removeAll();
  // Firefox has a context of its own for password fields, which are not `editable` there.
  const { EDITABLE, PASSWORD } = chrome.contextMenus.ContextType;
  const where = {
    contexts: PASSWORD ? [EDITABLE, PASSWORD] : [EDITABLE],
    documentUrlPatterns: ["http://*/*", "https://*/*"],
  };
  for (const [id, title] of MENU) {
    // Both events may come at once: the entry is there then.
    chrome.contextMenus.create({ ...where, id, title: chrome.i18n.getMessage(title) }, () => chrome.runtime.lastError);
  }
}

function tell(event) {
  if (worker) event(worker);
  else waiting.push(event);
}

function acceptProbe(port) {
  const id = ++numbers;
  const { tab, frameId, documentId, origin } = port.sender;
  probes.set(id, { port, target: { tabId: tab?.id, frameIds: [frameId] }, scripts: new Map() });
  // The origin is the browser's word; without it nothing can be said of the page.
  const sender = {
    tab: tab?.id,
    frame: frameId,
    document: documentId,
    origin: origin ?? "null",
    private: tab?.incognito === true,
  };
  tell((engine) => engine.probeConnected(id, sender));
  // Before the engine is there: a worker that was asleep loads both at once.
  inject(id, "look.js").then((isThere) => isThere || gone(id));
  port.onMessage.addListener((message) => tell((engine) => engine.probeSaid(id, message)));
  port.onDisconnect.addListener(() => gone(id));
}

/** A probe that nothing can be brought to tries anew when its document is next used. */
function gone(id) {
  host.dropProbe(id);
  tell((engine) => engine.probeGone(id));
}

function acceptPanel(port) {
  const url = new URL(port.sender.url ?? "about:blank");
  const page = url.origin === origin ? PANELS[url.pathname] : undefined;
  if (!page) {
    port.disconnect();
    return;
  }
  const id = ++numbers;
  panels.set(id, port);
  tell((engine) => engine.panelConnected(id, page, port.sender.tab?.id));
  port.onMessage.addListener((message) => tell((engine) => engine.panelSaid(id, message)));
  port.onDisconnect.addListener(() => {
    panels.delete(id);
    tell((engine) => engine.panelGone(id));
  });
}

/**
 * A server asks for user name and password. The browser holds the request back until it has an answer, or is told that there is none. What this returns would be one: a promise
 * too.
 */
function authRequired(details, answer) {
  // Asked by what is in no tab, a worker of many pages: there is nobody to choose.
  if (details.tabId < 0) {
    answer({});
    return;
  }
  const id = ++numbers;
  challenges.set(id, { requestId: details.requestId, tabId: details.tabId, answer });
  if (challenges.size === 1) watchChallenges();
  const ask = ([tab, placed]) => {
    // It may have failed since.
    if (challenges.has(id)) tell((engine) => engine.authRequired(id, describeChallenge(placed, tab)));
  };
  Promise.all([chrome.tabs.get(details.tabId).catch(() => undefined), whenPlaced(id, details)])
    .then(ask)
    .catch(() => host.answerChallenge(id));
}

/**
 * Chromium may hold back what a document loads before it says that the document is there: it has no lifecycle then, and a frame's number that no frame of the tab has. Both are
 * known when it is.
 */
async function whenPlaced(id, details) {
  const { tabId, documentId, documentLifecycle } = details;
  if (documentLifecycle !== "") return details;
  for (let tries = 0; tries < PLACE_TRIES && challenges.has(id); tries++) {
    const frames = await chrome.webNavigation.getAllFrames({ tabId }).catch(() => null);
    const frame = frames?.find((frame) => frame.documentId === documentId);
    if (frame) {
      const { frameId, parentFrameId, documentLifecycle } = frame;
      return { ...details, frameId, parentFrameId, documentLifecycle };
    }
    await new Promise((resolve) => setTimeout(resolve, PLACE_PAUSE));
  }
  return details;
}

/** Firefox says nothing of a request that it holds back when its tab closes or goes elsewhere. */
function watchChallenges() {
  chrome.webRequest.onErrorOccurred.addListener(requestFailed, { urls: ["<all_urls>"] });
  chrome.tabs.onRemoved.addListener(tabClosed);
  chrome.webNavigation.onBeforeNavigate.addListener(tabLeaves);
}

function unwatchChallenges() {
  chrome.webRequest.onErrorOccurred.removeListener(requestFailed);
  chrome.tabs.onRemoved.removeListener(tabClosed);
  chrome.webNavigation.onBeforeNavigate.removeListener(tabLeaves);
}

function requestFailed({ requestId }) {
  endChallenges((challenge) => challenge.requestId === requestId);
}

function tabClosed(tabId) {
  endChallenges((challenge) => challenge.tabId === tabId);
}

function tabLeaves({ tabId, frameId }) {
  if (frameId === 0) tabClosed(tabId);
}

/** Nobody waits for an answer to these any more. */
function endChallenges(areOver) {
  for (const [id, challenge] of challenges) {
    if (!areOver(challenge)) continue;
    host.answerChallenge(id);
    tell((engine) => engine.challengeGone(id));
  }
}

/** What the engine wants done. */
const host = {
  monotonic: () => BigInt(Math.floor(performance.now())),
  unix: () => BigInt(Date.now()),

  connect(id) {
    let port;
    try {
      port = chrome.runtime.connectNative(NATIVE_HOST);
    } catch {
      tell((engine) => engine.nativeGone(id, true));
      return;
    }
    natives.set(id, port);
    port.onMessage.addListener((packet) => tell((engine) => engine.nativeSaid(id, packet)));
    port.onDisconnect.addListener((gone) => {
      const error = chrome.runtime.lastError ?? gone.error;
      natives.delete(id);
      tell((engine) => engine.nativeGone(id, isMissing(error)));
    });
  },
  disconnect(id) {
    natives.get(id)?.disconnect();
    natives.delete(id);
  },
  send: (id, packet) => post(natives.get(id), packet),
  pin: (pins) => savePins(pins),

  async readFrames(read, tabId) {
    const frames = await chrome.webNavigation.getAllFrames({ tabId }).catch(() => null);
    tell((engine) => engine.framesRead(read, (frames ?? []).map(describeFrame)));
  },
  async findTab(panel) {
    const [tab] = await chrome.tabs.query({ active: true, lastFocusedWindow: true }).catch(() => []);
    if (tab?.id != null) tell((engine) => engine.tabFound(panel, tab.id));
  },
  watch(tabIds) {
    watched = new Set(tabIds);
    const change = watched.size ? "addListener" : "removeListener";
    chrome.webNavigation.onCommitted[change](navigated);
    chrome.tabs.onAttached[change](moved);
    chrome.tabs.onRemoved[change](closed);
  },
  async look(tabId) {
    const look = () => globalThis.countersign?.look();
    const target = { tabId, allFrames: true };
    // At once: a frame that loads for long keeps nobody waiting.
    const call = { target, files: ["look.js"], injectImmediately: true };
    await chrome.scripting.executeScript(call).catch(() => {});
    chrome.scripting.executeScript({ target, func: look }).catch(() => {});
  },
  equip: (id) => inject(id, "marks.js"),
  toProbe(id, message) {
    const probe = probes.get(id);
    if (!probe) return;
    const [name] = Object.keys(message);
    const needs = NEEDS[name]?.map((script) => inject(id, script));
    // What is said later comes later.
    probe.turn = Promise.all([probe.turn, WAITS.has(name) && Promise.all(needs)]).then(() => post(probe.port, message));
  },
  dropProbe(id) {
    probes.get(id)?.port.disconnect();
    probes.delete(id);
  },
  show: (id, view) => post(panels.get(id), view),

  async judge(tabId, frameId) {
    const target = { tabId, frameIds: [Number(frameId)] };
    for (let ask = 0; ask < ASKS; ask++) {
      try {
        await chrome.scripting.executeScript({ target, files: ["look.js", "capture.js"], injectImmediately: true });
        const [{ result }] = await chrome.scripting.executeScript({ target, func: judgeThere });
        if (result) return;
      } catch {
        // No page that scripts may be in, or not yet.
      }
      await new Promise((done) => setTimeout(done, ASK_PAUSE));
    }
    tell((engine) => engine.unjudged(tabId, frameId));
  },
  async offer(tabId, ticket) {
    const target = { tabId, frameIds: [0] };
    try {
      await chrome.scripting.executeScript({ target, files: ["offer.js"], injectImmediately: true });
      await chrome.scripting.executeScript({
        target,
        func: (key) => globalThis.countersign.offer(key),
        args: [ticket],
      });
    } catch {
      // No page that scripts may be in: the popup has it.
    }
  },
  endOffer(tabId) {
    const target = { tabId, frameIds: [0] };
    chrome.scripting.executeScript({ target, func: () => globalThis.countersign?.endOffer?.() }).catch(() => {});
  },
  keep: (deposits) => saveDeposits(deposits),

  answerChallenge(id, answer) {
    const challenge = challenges.get(id);
    challenges.delete(id);
    if (!challenges.size) unwatchChallenges();
    const [username, password] = answer ?? [];
    const authCredentials = password && { username, password: new TextDecoder().decode(password) };
    challenge?.answer(authCredentials ? { authCredentials } : {});
  },
  async summon(tabId) {
    // Where no popup opens, the mark says that there is one to open.
    chrome.action.setBadgeText({ tabId, text: "?" }).catch(() => {});
    try {
      const { windowId } = await chrome.tabs.get(tabId);
      await chrome.action.openPopup({ windowId });
    } catch {
      // The browser opens none by itself now.
    }
  },
  unsummon(tabId) {
    chrome.action.setBadgeText({ tabId, text: "" }).catch(() => {});
  },

  openPopup() {
    chrome.action.openPopup().catch(() => {});
  },
  async openVault() {
    const url = chrome.runtime.getURL("vault.html");
    const [tab] = await chrome.tabs.query({ url: `${url}*` }).catch(() => []);
    if (!tab) {
      chrome.tabs.create({ url });
      return;
    }
    chrome.tabs.update(tab.id, { active: true });
    chrome.windows?.update(tab.windowId, { focused: true });
  },
  countryNames(country, lang) {
    const name = (locale) => {
      try {
        return new Intl.DisplayNames(locale, { type: "region", fallback: "none" }).of(country);
      } catch {
        // A page may say that it is in any language, or in none.
        return undefined;
      }
    };
    return [...new Set([lang, navigator.language, "en"].map(name))].filter(Boolean);
  },
  wake(millis) {
    clearTimeout(timer);
    timer = setTimeout(() => tell((engine) => engine.tick()), Number(millis));
  },
};

/** Loads a script into a probe's document, once; whether it is there. */
async function inject(id, script) {
  const { target, scripts } = probes.get(id) ?? {};
  if (!target) return false;
  const call = { target, files: [script], injectImmediately: true };
  try {
    if (!scripts.has(script)) scripts.set(script, chrome.scripting.executeScript(call));
    await scripts.get(script);
    return true;
  } catch {
    // The document is gone, or not ready; the next look tries again.
    scripts.delete(script);
    return false;
  }
}

/** Runs in a page: whether there is somebody to ask. Not every browser tells when a function throws there. */
function judgeThere() {
  const judge = globalThis.countersign?.takes.judge;
  judge?.();
  return Boolean(judge);
}

function navigated({ tabId }) {
  if (watched.has(tabId)) tell((engine) => engine.navigated(tabId));
}

/** Its frame tree is empty from now on. */
function closed(tabId) {
  navigated({ tabId });
}

function moved(tabId) {
  if (watched.has(tabId)) tell((engine) => engine.moved(tabId));
}

/** A port may close between the engine's decision and this call; the engine hears of it. */
function post(port, message) {
  try {
    port?.postMessage(message);
  } catch {
    // Closed.
  }
}

/** Whether the browser says that no such native messaging host is installed, in Chromium's words or in Firefox's. */
function isMissing(error) {
  return /host not found|no such native application|forbidden/i.test(error?.message ?? "");
}

function describeFrame({ frameId, parentFrameId, url, documentId, documentLifecycle }) {
  return {
    frame: frameId,
    parent: parentFrameId,
    origin: originOf(url),
    document: documentId,
    active: (documentLifecycle ?? "active") === "active",
  };
}

/** Firefox calls the document that wants something by its URL, Chromium by its origin. */
function describeChallenge(details, tab) {
  const { requestId, tabId, frameId, parentFrameId, type, url, documentLifecycle } = details;
  const initiator = details.initiator ?? details.originUrl;
  return {
    request: requestId,
    tab: tabId,
    frame: frameId,
    parent: parentFrameId,
    kind: type,
    origin: originOf(url),
    // Nobody's, what the user typed or keeps as a bookmark; else an origin, or `null` for all that has none.
    initiator: initiator ? (originOf(initiator) ?? "null") : undefined,
    scheme: details.scheme ?? "",
    realm: details.realm,
    proxy: details.isProxy ?? true,
    front: Boolean(tab?.active) && (documentLifecycle ?? "active") === "active",
  };
}

function originOf(url) {
  const parsed = URL.parse?.(url) ?? undefined;
  return parsed && /^https?:$/.test(parsed.protocol) ? parsed.origin : undefined;
}

async function start() {
  const [identity] = await Promise.all([
    loadIdentity(),
    init({ module_or_path: chrome.runtime.getURL("engine/engine_bg.wasm") }),
  ]);
  const { key, ...kept } = identity;
  worker = new Worker(key, { ...kept, extension: chrome.runtime.id }, host);
  const events = waiting;
  waiting = [];
  for (const event of events) event(worker);
}

start();
