// The probe: in every frame of every page, so small and idle. Nothing is watched but focus, and whether the document is another; with the first field in focus it looks at the document's forms and
// connects to the worker. What shows comes later and only where a form was found (marks.js), and what writes when it is asked for (fill.js).
//
// It works in the extension's own JavaScript world: what pages do to their prototypes does not reach it.

/* global takeSnapshot, fieldNumber, fieldByNumber, isHost, shadowOf */

/** Milliseconds between two looks at most often, however often focus moves. */
const LOOK_PAUSE = 100;

let port;
let timer;
let lastLook = -LOOK_PAUSE;

/**
 * Shared with marks.js and fill.js, which put their functions here; until then messages wait. The worker calls `look` here: listening for it would cost every frame more
 * than all the rest.
 */
const probe = (globalThis.countersign = {
  parts: undefined,
  fill: undefined,
  waiting: [],
  field: undefined,
  look,
  post,
  summon,
  takeSnapshot: lookAt,
  fieldNumber,
  fieldByNumber,
});

// Whoever writes the document anew, as some do in frames, takes all listeners away.
new MutationObserver(listen).observe(document, { childList: true });
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
  const pause = lastLook + LOOK_PAUSE - performance.now();
  clearTimeout(timer);
  if (pause <= 0) look();
  else timer = setTimeout(look, pause);
}

function look() {
  const snapshot = lookAt();
  if (!snapshot.fields.length) return;
  const field = focusedField();
  post({ looked: { snapshot, focused: field ? fieldNumber(field) : undefined } });
}

/** Whoever looks, the next look by itself waits: what moves the focus while it writes has just looked. */
function lookAt() {
  lastLook = performance.now();
  return takeSnapshot();
}

/** A trusted event asked for the chooser. */
function summon(field, keyboard) {
  post({ summoned: { snapshot: lookAt(), field: fieldNumber(field), keyboard } });
}

/** The field in focus, in whatever shadow tree. */
function focusedField() {
  let element;
  for (let inner = document.activeElement; inner; inner = isHost(inner) ? shadowOf(inner)?.activeElement : undefined)
    element = inner;
  return /^(input|select|textarea)$/.test(element?.localName) ? element : undefined;
}

function post(message) {
  try {
    port ??= connect();
    port.postMessage(message);
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
  addEventListener("pagehide", hide, { once: true });
  return opened;
}

function hide() {
  port?.disconnect();
  forget();
}

function forget() {
  port = undefined;
  probe.waiting = [];
  probe.parts?.reset();
}

function receive(message) {
  if (probe.parts) probe.parts.receive(message);
  else probe.waiting.push(message);
}
