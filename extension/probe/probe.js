// The probe: in every frame of every page, so small and idle. Nothing is watched but focus, and whether the document is another; with the first field in focus it connects to the worker, which brings
// what looks at the document's forms (look.js). What shows comes later and only where a form was found (marks.js); what looks for covers and what writes when they are asked for (sight.js, commit.js).
//
// It works in the extension's own JavaScript world: what pages do to their prototypes does not reach it.

/* global FIELD, isHost, shadowOf */

/** Milliseconds between two looks at most often, however often focus moves. */
const LOOK_PAUSE = 100;

let port;
let timer;

/**
 * Shared with the scripts that come later, which put their functions here; until then looks are owed, and messages wait. The worker calls `look` here: listening for it
 * would cost every frame more than all the rest.
 */
const probe = (globalThis.countersign = {
  takeSnapshot: undefined,
  parts: undefined,
  takes: {},
  sight: undefined,
  fill: undefined,
  owed: false,
  lastLook: -LOOK_PAUSE,
  waiting: [],
  field: undefined,
  focusedField,
  look: owe,
  post,
});

// Whoever writes the document anew takes all listeners away: a page its own, or that of a frame without an address. To watch for it costs memory, so other frames do not.
if (top === self || location.protocol === "about:") new MutationObserver(listen).observe(document, { childList: true });
listen();

function listen() {
  addEventListener("focusin", onFocus, true);
}

function onFocus() {
  const field = focusedField();
  if (field) {
    probe.field = field;
    schedule();
  }
  probe.parts?.focused(field);
}

function schedule() {
  const pause = probe.lastLook + LOOK_PAUSE - performance.now();
  clearTimeout(timer);
  if (pause <= 0) probe.look();
  else timer = setTimeout(() => probe.look(), pause);
}

/** Whoever hears of this document brings what looks. */
function owe() {
  probe.owed = true;
  probe.lastLook = performance.now();
  post();
}

/** The field in focus, in whatever shadow tree. */
function focusedField() {
  let element;
  for (let inner = document.activeElement; inner; inner = isHost(inner) ? focusedWithin(shadowOf(inner)) : undefined)
    element = inner;
  return element?.matches(FIELD) ? element : undefined;
}

/** From one field of a shadow tree to another the document hears of nothing. */
function focusedWithin(root) {
  root?.addEventListener("focusin", onFocus, true);
  return root?.activeElement;
}

/** Says something to the worker, or only that there is somebody. */
function post(message) {
  try {
    port ??= connect();
    if (message) port.postMessage(message);
  } catch {
    // The extension was updated or removed: this probe belongs to no one.
    removeEventListener("focusin", onFocus, true);
    probe.parts?.reset();
  }
}

function connect() {
  const opened = chrome.runtime.connect({ name: "probe" });
  opened.onMessage.addListener(receive);
  opened.onDisconnect.addListener(() => {
    if (port === opened) forget();
  });
  // A document that goes into the back-forward cache keeps nothing alive.
  addEventListener("pagehide", hide);
  return opened;
}

function hide({ isTrusted }) {
  if (!isTrusted) return;
  port?.disconnect();
  forget();
}

function forget() {
  port = undefined;
  probe.waiting = [];
  probe.parts?.reset();
}

function receive(message) {
  const [[name, content]] = Object.entries(message);
  if (probe.takes[name]) probe.takes[name](content);
  else if (probe.parts) probe.parts.receive(message);
  else probe.waiting.push(message);
}
