// What shows in a page where a form was found: the icon in the field that has focus, and the chooser beside it.
//
// All of it lives under one element with a closed shadow root in the top layer. Nothing is styled by markup, so no page's content security policy is touched.

/* global ELEMENT, boxOf, guard, leadsElsewhere, lineOf */

const probe = globalThis.countersign;
const { fieldByNumber, fieldNumber } = probe;

/** The chooser's size in CSS pixels. It never changes, so that a page cannot make it show less. */
const WIDTH = 360;
const HEIGHT = 400;
const GAP = 6;
const ICON = 20;
/** Milliseconds between two looks at whether the chooser is in plain sight, and how often it is raised above what covers it before it closes. */
const SIGHT_PAUSE = 200;
const RAISES = 2;

/** `all` takes with it what pages may say of the size, place and look of any element. */
const STYLE = `:host{all:initial!important;position:fixed!important;inset:0 auto auto 0!important;width:0!important;height:0!important;\
display:block!important}\
:host::backdrop{display:none!important}\
:host::before,:host::after{content:none!important}\
button{all:initial;position:fixed;width:${ICON}px;height:${ICON}px;border-radius:5px;background:#0b6b58;cursor:pointer;opacity:.85}\
button:hover,button:focus-visible{opacity:1;outline:2px solid #0b6b58;outline-offset:1px}\
button[hidden]{display:none}\
svg{display:block;width:100%;height:100%;pointer-events:none}\
iframe{all:initial;position:fixed;width:${WIDTH}px;height:${HEIGHT}px;border-radius:12px;color-scheme:light dark;\
box-shadow:0 0 0 1px #0003,0 8px 28px #0006;background:#fff}\
@media(prefers-color-scheme:dark){iframe{background:#17201d}}\
p{position:fixed;clip-path:inset(50%)}`;

/** What moves fields, and what closes the chooser. */
const MOVES = { scroll: draw, resize: draw };
const PRESSES = { pointerdown: pressOutside, keydown: escape };

let fields = new Set();
let host;
let icon;
let status;
let frame;
/** The field that the icon is in, and the one that the chooser is for. */
let marked;
let chosen;
let announced = false;
let drawing = false;
let sighting;
let covered = 0;
/** The commit that was last asked for, and when it is through. */
let asked;
let committing = Promise.resolve();

// A worker that has restarted loads this script again.
if (!probe.parts) {
  probe.parts = { receive, focused, reset, settle, leadsElsewhere, host: () => host };
  // A commit that had to wait is none any more: another chooser may be what brought this script.
  for (const message of probe.waiting.splice(0)) message.commit ? refuse(message.commit) : receive(message);
}

function receive(message) {
  if (message.marks) mark(message.marks.fields);
  else if (message.open) open(message.open);
  else if (message.close) close(message.close.refocus);
  else if (message.vouch) vouch(message.vouch);
  // What is guarded for a commit stays guarded until it is through.
  else if (message.watch) committing.then(() => guard(message.watch.fields));
  else if (probe.fill) committing = probe.fill((asked = message.commit));
  else refuse(message.commit);
}

function post(message) {
  probe.post(message);
}

/** Values never wait in a page for what would write them. */
function refuse(asked) {
  settle(asked, "target-changed");
}

/** Whatever came of a commit, its values go. */
function settle({ commit, steps }, outcome) {
  for (const { write } of steps) for (const bytes of Object.values(write).flat()) bytes.fill?.(0);
  post({ committed: { commit, outcome } });
}

/** The worker is gone, and with it whatever was asked. */
function reset() {
  close(false);
  if (asked) asked.until = 0;
  committing.then(() => guard([]));
}

function mark(numbers) {
  fields = new Set(numbers);
  focused(probe.field);
}

function textOf(name) {
  return chrome.i18n.getMessage(name);
}

/** Shows the icon in this field, if it can be filled. */
function focused(field) {
  const fillable = field?.isConnected && fields.has(fieldNumber(field));
  if (fillable) show(field);
  else if (!frame) hide();
}

function show(field) {
  if (marked === field && host?.isConnected) return;
  marked = field;
  place(field);
  icon.hidden = false;
  if (!announced) status.textContent = textOf("icon_label");
  announced = true;
  hear(true, MOVES);
  draw();
}

function hide() {
  marked = undefined;
  host?.remove();
  hear(false, MOVES);
}

/** Puts the host into the top layer, over a modal dialog too. */
function place(field) {
  host ??= build();
  const parent = homeOf(field);
  if (host.parentNode !== parent) parent.append(host);
  raise();
}

function raise() {
  host.popover = "manual";
  if (host.matches(":popover-open")) host.hidePopover();
  host.showPopover();
}

function homeOf(field) {
  // What is outside of a modal dialog cannot be clicked.
  return lineOf(field).find((at) => ELEMENT.matches.call(at, "dialog:modal")) ?? document.documentElement;
}

function build() {
  const element = document.createElement("div");
  const root = element.attachShadow({ mode: "closed" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  icon = document.createElement("button");
  icon.type = "button";
  // The shortcut is the way by keyboard; in the page's own order of fields this has no place.
  icon.tabIndex = -1;
  icon.title = textOf("icon_label");
  icon.ariaLabel = icon.title;
  icon.append(drawIcon());
  icon.addEventListener("pointerdown", keepFocus);
  icon.addEventListener("mousedown", keepFocus);
  icon.addEventListener("click", press);
  status = document.createElement("p");
  status.role = "status";
  root.append(icon, status);
  return element;
}

function drawIcon() {
  const svg = shape("svg", { viewBox: "0 0 128 128", fill: "none", "stroke-linecap": "round" });
  for (const [d, stroke, width] of [
    ["M26 60 62 98", "#8fe0c8", 15],
    ["M46 96 100 32", "#0b6b58", 27],
    ["M46 96 100 32", "#fff", 15],
  ])
    svg.append(shape("path", { d, stroke, "stroke-width": width }));
  return svg;
}

function shape(name, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function keepFocus(event) {
  event.preventDefault();
  event.stopPropagation();
}

function press(event) {
  event.stopPropagation();
  if (!event.isTrusted || !marked) return;
  if (frame && chosen === marked) dismiss(true);
  else probe.summon(marked, event.detail === 0);
}

function open({ ticket, field: number, keyboard }) {
  // The shortcut opens on what was seen when the field got the focus: its user may have typed since.
  if (keyboard) probe.look();
  const field = fieldByNumber(number);
  if (!field?.isConnected || !hasRoom() || (keyboard && !document.hasFocus())) {
    post({ "no-room": { ticket } });
    return;
  }
  frame?.remove();
  chosen = field;
  if (marked !== field || !host?.isConnected) place(field);
  frame = document.createElement("iframe");
  frame.title = textOf("chooser_title");
  frame.src = `${chrome.runtime.getURL("chooser.html")}#${ticket}`;
  frame.allow = "";
  icon.getRootNode().append(frame);
  // Always, and before there is anything to show: when the page loses the focus tells it nothing then.
  frame.addEventListener("load", () => frame?.focus(), { once: true });
  icon.hidden = marked !== field;
  hear(true, PRESSES);
  hear(true, MOVES);
  draw();
  covered = 0;
  clearInterval(sighting);
  sighting = setInterval(stayInSight, SIGHT_PAUSE);
}

/** A chooser that the page hides, shrinks or covers takes no more presses. */
function stayInSight() {
  if (document.hidden) return;
  if (isInSight()) covered = 0;
  // A popover of the page's own may just have come up later.
  else if (isInPlace() && ++covered <= RAISES) raise();
  else dismiss(false);
}

/**
 * Something was pressed where the browser does not tell whether anything lies over it: the look of the timer may be long ago. What a page lets come and go with each
 * frame is there when a frame is about to be painted.
 */
function vouch({ press }) {
  const answer = (inSight) => post({ vouched: { press, inSight } });
  if (!isInSight()) {
    answer(false);
    return;
  }
  const painted = new ResizeObserver(() => {
    painted.disconnect();
    answer(isInSight());
  });
  painted.observe(frame);
}

/** Whether a user sees all of the chooser. Where a page makes the look fail, none does. */
function isInSight() {
  try {
    return isInPlace() && host.matches(":popover-open") && probe.sight.inPlainSight(frame, host, WIDTH, HEIGHT);
  } catch {
    return false;
  }
}

function isInPlace() {
  return host.parentNode === homeOf(chosen);
}

function hasRoom() {
  return innerWidth >= WIDTH + 2 * GAP && innerHeight >= HEIGHT + 2 * GAP;
}

function close(refocus) {
  if (!frame) return;
  clearInterval(sighting);
  frame.remove();
  frame = undefined;
  hear(false, PRESSES);
  const field = chosen;
  chosen = undefined;
  if (refocus && field?.isConnected) field.focus({ preventScroll: true });
  if (!marked?.isConnected) hide();
}

/** Begins or ends to hear events of the window before the page does. */
function hear(isBegun, listeners) {
  const change = isBegun ? "addEventListener" : "removeEventListener";
  for (const [name, listener] of Object.entries(listeners)) window[change](name, listener, true);
}

/** The user closes the chooser from the page. */
function dismiss(refocus) {
  close(refocus);
  post("closed");
}

function pressOutside(event) {
  if (event.isTrusted && event.composedPath()[0] !== host) dismiss(false);
}

function escape(event) {
  if (!event.isTrusted || event.key !== "Escape") return;
  // The page's own dialog shall not close as well.
  event.preventDefault();
  event.stopImmediatePropagation();
  dismiss(true);
}

/** Keeps icon and chooser beside their fields, once a frame. */
function draw() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    if (marked) drawMark(marked);
    if (frame) drawFrame(chosen);
  });
}

function drawMark(field) {
  if (!field.isConnected) {
    if (!frame) hide();
    return;
  }
  const box = boxOf(field);
  const inset = Math.max(2, (box.height - ICON) / 2);
  const rightToLeft = getComputedStyle(field).direction === "rtl";
  const left = rightToLeft ? box.left + Math.min(inset, GAP) : box.right - ICON - Math.min(inset, GAP);
  move(icon, left, box.top + (box.height - ICON) / 2);
}

function drawFrame(field) {
  const box = boxOf(field);
  const below = box.bottom + GAP;
  const top = below + HEIGHT <= innerHeight ? below : box.top - GAP - HEIGHT;
  move(frame, clamp(box.left, innerWidth - WIDTH - GAP), clamp(top, innerHeight - HEIGHT - GAP));
}

function clamp(value, most) {
  return Math.max(GAP, Math.min(value, most));
}

function move(element, left, top) {
  element.style.left = `${Math.round(left)}px`;
  element.style.top = `${Math.round(top)}px`;
}
