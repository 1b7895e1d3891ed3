// What shows in a page where a form was found: the icon in the field that has focus, and the chooser beside it.
//
// All of it lives under one element with a closed shadow root in the top layer. Nothing is styled by markup, so no page's content security policy is touched.

/* global commit, guard, inPlainSight */

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

const STYLE = `
  :host { all: initial !important; position: fixed !important; inset: 0 auto auto 0 !important; width: 0 !important; height: 0 !important;
    margin: 0 !important; padding: 0 !important; border: 0 !important; overflow: visible !important; z-index: 2147483647 !important;
    display: block !important; background: none !important; }
  button { all: initial; position: fixed; width: ${ICON}px; height: ${ICON}px; border-radius: 5px; cursor: pointer; opacity: .85; }
  button:hover, button:focus-visible { opacity: 1; outline: 2px solid #0b6b58; outline-offset: 1px; }
  button[hidden] { display: none; }
  svg { display: block; width: 100%; height: 100%; pointer-events: none; }
  iframe { all: initial; position: fixed; width: ${WIDTH}px; height: ${HEIGHT}px; border-radius: 12px; color-scheme: light dark;
    box-shadow: 0 0 0 1px #0003, 0 8px 28px #0006; background: #fff; }
  @media (prefers-color-scheme: dark) { iframe { background: #17201d; } }
  p { position: fixed; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); }
`;

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

// A worker that has restarted loads this script again.
if (!probe.parts) {
  probe.parts = { receive, focused, reset, host: () => host };
  for (const message of probe.waiting.splice(0)) receive(message);
}

function receive(message) {
  if (message.marks) mark(message.marks.fields);
  else if (message.open) open(message.open);
  else if (message.close) close(message.close.refocus);
  else if (message.watch) guard(message.watch.fields);
  else if (message.commit) post({ committed: commit(message.commit) });
}

function post(message) {
  probe.post(message);
}

/** The worker is gone, and with it whatever was asked. */
function reset() {
  close(false);
  guard([]);
}

function mark(numbers) {
  fields = new Set(numbers);
  focused(probe.field);
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
  if (!announced) status.textContent = chrome.i18n.getMessage("icon_label");
  announced = true;
  watch();
  draw();
}

function hide() {
  marked = undefined;
  host?.remove();
  unwatch();
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
  return dialogOf(field) ?? document.documentElement;
}

/** What is outside of a modal dialog cannot be clicked. */
function dialogOf(field) {
  for (let node = field; node; node = node.getRootNode().host) {
    const dialog = node.closest("dialog:modal");
    if (dialog) return dialog;
  }
  return null;
}

function build() {
  const element = document.createElement("div");
  element.popover = "manual";
  const root = element.attachShadow({ mode: "closed" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  root.adoptedStyleSheets = [sheet];
  icon = document.createElement("button");
  icon.type = "button";
  // The shortcut is the way by keyboard; in the page's own order of fields this has no place.
  icon.tabIndex = -1;
  icon.title = chrome.i18n.getMessage("icon_label");
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
  const svg = shape("svg", { viewBox: "0 0 128 128" });
  const line = { fill: "none", "stroke-linecap": "round" };
  svg.append(
    shape("rect", { width: 128, height: 128, rx: 30, fill: "#0b6b58" }),
    shape("path", { ...line, d: "M26 60 L62 98", stroke: "#8fe0c8", "stroke-width": 15 }),
    shape("path", { ...line, d: "M46 96 L100 32", stroke: "#0b6b58", "stroke-width": 27 }),
    shape("path", { ...line, d: "M46 96 L100 32", stroke: "#fff", "stroke-width": 15 }),
  );
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
  const field = fieldByNumber(number);
  if (!field?.isConnected || !hasRoom() || (keyboard && !document.hasFocus())) {
    post({ "no-room": { ticket } });
    return;
  }
  frame?.remove();
  chosen = field;
  if (marked !== field || !host?.isConnected) place(field);
  frame = document.createElement("iframe");
  frame.title = chrome.i18n.getMessage("chooser_title");
  frame.src = `${chrome.runtime.getURL("chooser.html")}#${ticket}`;
  frame.allow = "";
  icon.getRootNode().append(frame);
  // Always, and before there is anything to show: when the page loses the focus tells it nothing then.
  frame.addEventListener("load", () => frame?.focus(), { once: true });
  icon.hidden = marked !== field;
  addEventListener("pointerdown", pressOutside, true);
  addEventListener("keydown", escape, true);
  watch();
  draw();
  covered = 0;
  clearInterval(sighting);
  sighting = setInterval(stayInSight, SIGHT_PAUSE);
}

/** A chooser that the page hides, shrinks or covers takes no more presses. */
function stayInSight() {
  if (document.hidden) return;
  const there = host.parentNode === homeOf(chosen);
  if (there && host.matches(":popover-open") && inPlainSight(frame, host, WIDTH, HEIGHT)) covered = 0;
  // A popover of the page's own may just have come up later.
  else if (there && ++covered <= RAISES) raise();
  else dismiss(false);
}

function hasRoom() {
  return innerWidth >= WIDTH + 2 * GAP && innerHeight >= HEIGHT + 2 * GAP;
}

function close(refocus) {
  if (!frame) return;
  clearInterval(sighting);
  frame.remove();
  frame = undefined;
  removeEventListener("pointerdown", pressOutside, true);
  removeEventListener("keydown", escape, true);
  const field = chosen;
  chosen = undefined;
  if (refocus && field?.isConnected) field.focus({ preventScroll: true });
  if (!marked?.isConnected) hide();
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

function watch() {
  for (const name of ["scroll", "resize"]) addEventListener(name, draw, { capture: true, passive: true });
}

function unwatch() {
  for (const name of ["scroll", "resize"]) removeEventListener(name, draw, { capture: true });
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
  const box = field.getBoundingClientRect();
  const inset = Math.max(2, (box.height - ICON) / 2);
  const rightToLeft = getComputedStyle(field).direction === "rtl";
  const left = rightToLeft ? box.left + Math.min(inset, GAP) : box.right - ICON - Math.min(inset, GAP);
  move(icon, left, box.top + (box.height - ICON) / 2);
}

function drawFrame(field) {
  const box = field.getBoundingClientRect();
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
