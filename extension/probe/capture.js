// What a page is given: loaded where a form was found that takes a password, and to see what became of it. Nothing is heard of what is typed, only when it is submitted.

/* global boxOf, isHost, lineOf, shadowOf */

const probe = globalThis.countersign;

/** Milliseconds between two looks at whether a submitted form is still there, and for how long it is looked at. */
const [LEFT_PAUSE, LEFT_PATIENCE] = [250, 30_000];
/** One press may be a press, a click and a form's event. */
const ONE_PRESS = 300;
/** A form's own event counts for so many milliseconds after its user pressed something: a page can make one too. */
const GESTURE = 2000;
/** Milliseconds that a document has to show what it has to say, once it is read. */
const SETTLING = 400;
/** Elements looked at for shadow roots, and the most of those that are read. */
const [HOSTS, ROOTS] = [5000, 64];
/** The most characters of alerts that are read, and of one of them. */
const [JUDGED, ALERT] = [2000, 300];

const BUTTON =
  "button,input[type=submit],input[type=image],input[type=button],[role=button],a:not([href]),a[href^='#'],a[href^='javascript:' i]";
const ALERTS =
  "[role=alert],[role=alertdialog],[aria-live=assertive],[class*=error i],[class*=alert i],[class*=invalid i],[class*=danger i],[class*=warn i],h1,h2";
const SUBMITS = { submit, click: press, pointerdown: wake, keydown: enter };

let fields = [];
let secrets = [];
let last = -ONE_PRESS;
let wasPress = false;
let gesture = -GESTURE;
let leaving;

// A worker that has restarted loads this script again.
if (probe && !probe.takes.attend) Object.assign(probe.takes, { attend, judge });

function attend(asked) {
  fields = asked.fields;
  secrets = asked.secrets;
  const change = fields.length ? "addEventListener" : "removeEventListener";
  for (const [name, listener] of Object.entries(SUBMITS)) window[change](name, listener, true);
}

/** A worker that sleeps is called before there is something to say: the page may be gone before it is there. */
function wake() {
  probe.post();
}

function submit({ isTrusted }) {
  if (isTrusted && performance.now() - gesture < GESTURE) say();
}

function press(event) {
  if (!event.isTrusted) return;
  gesture = performance.now();
  const button = pathOf(event).find((at) => isElement(at) && at.matches(BUTTON));
  if (button && !isOfAnother(button)) say(button);
}

/** What an event came through, from within. That of a closed shadow tree tells nobody outside. */
function pathOf(event) {
  const path = event.composedPath();
  let [at] = path;
  while (isElement(at) && isHost(at)) {
    const inner = innerOf(shadowOf(at), event);
    if (!inner) break;
    at = inner;
  }
  return at === path[0] ? path : lineOf(at);
}

function innerOf(root, { detail, clientX, clientY }) {
  // A press of the pointer says where; one of a key goes where the focus is.
  const inner = detail ? root?.elementFromPoint(clientX, clientY) : root?.activeElement;
  // Where nothing of the tree lies at that point, browsers name its host.
  return root?.contains(inner) ? inner : undefined;
}

function isElement(at) {
  return at instanceof Element;
}

/** Whether a button is of a form that has none of the fields: a search beside the login is no login. */
function isOfAnother(button) {
  const form = button.form ?? button.closest("form");
  const forms = fields.map((field) => probe.fieldByNumber(field)?.form);
  return form && forms.every((other) => other && other !== form);
}

function enter(event) {
  wake();
  if (!event.isTrusted || event.key !== "Enter" || event.isComposing) return;
  gesture = performance.now();
  const [at] = pathOf(event);
  if (fields.some((field) => probe.fieldByNumber(field) === at)) say();
}

/**
 * Before the page hears of it: what it then does to its fields is its own. A form's own event says more than the press before it, which may have been of any button.
 * @param {Element} [button] that was pressed
 */
function say(button) {
  if (performance.now() - last < ONE_PRESS && (button || !wasPress)) return;
  const values = fields.map((field) => ({ field, text: valueOf(probe.fieldByNumber(field)) }));
  const given = values.filter(({ text }) => text);
  // What a page has put there itself is nobody's login.
  if (!given.some(({ field }) => probe.isEntered(probe.fieldByNumber(field)))) return;
  last = performance.now();
  wasPress = Boolean(button);
  const encoder = new TextEncoder();
  const encoded = given.map(({ field, text }) => ({ field, text: encoder.encode(text) }));
  // A worker that has restarted knows none of the forms.
  const snapshot = probe.takeSnapshot();
  const called = button && calledIn(snapshot, button);
  // What stood there before is no answer to it.
  probe.post({ submitted: { values: encoded, snapshot, button: called, text: alerts() } });
  follow(secrets);
}

function calledIn({ buttons }, pressed) {
  return buttons.find((button) => probe.buttons.get(button) === pressed)?.text ?? "";
}

function valueOf(element) {
  return element?.isConnected && "value" in element ? String(element.value).slice(0, 4096) : "";
}

/** Whether what holds the passwords goes: a page that loads nothing anew has taken them then. */
function follow(numbers) {
  clearInterval(leaving);
  if (!numbers.length) return;
  const end = performance.now() + LEFT_PATIENCE;
  leaving = setInterval(() => {
    const isThere = numbers.some((number) => isInSight(probe.fieldByNumber(number)));
    if (!isThere) probe.post("left");
    if (!isThere || performance.now() > end) clearInterval(leaving);
  }, LEFT_PAUSE);
}

function isInSight(element) {
  return element?.isConnected && element.checkVisibility({ visibilityProperty: true }) && boxOf(element).width > 2;
}

/** How the document looks, once it is there. */
async function judge() {
  if (document.readyState === "loading")
    await new Promise((done) => addEventListener("DOMContentLoaded", done, { once: true }));
  await new Promise((done) => setTimeout(done, SETTLING));
  probe.post({ judged: { snapshot: probe.takeSnapshot(), text: alerts() } });
}

function alerts() {
  const said = [document.title.slice(0, ALERT)];
  for (const root of roots())
    for (const element of root.querySelectorAll(ALERTS)) {
      if (said.length > 40) break;
      if (isInSight(element)) said.push(textOf(element));
    }
  return said.join("\n").slice(0, JUDGED);
}

/** The document, and the shadow trees in it, closed ones too: components say in theirs what was wrong. */
function roots() {
  const found = [document];
  let left = HOSTS;
  for (const root of found) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT);
    for (let at; left > 0 && (at = walker.nextNode()); left--) {
      const inner = found.length < ROOTS && isHost(at) && shadowOf(at);
      if (inner) found.push(inner);
    }
  }
  return found;
}

function textOf(element) {
  return (element.textContent ?? "").replace(/\s+/g, " ").trim().slice(0, ALERT);
}
