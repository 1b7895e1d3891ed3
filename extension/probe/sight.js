// Whether a person can see a field or the chooser: drawn, opaque, of a size, and with nothing over it.
//
// What lies over it is asked of the browser's own hit testing. That passes over what lets the pointer through (`pointer-events: none`, `inert`), so such things are
// made tangible for the moment of the question. Paint outside of any box (shadows, filters) cannot be found so: against it stand the number, which only the extension
// draws and only a person can carry to the phone, and the phone's own list of what it releases.

/* global FIREFOX, probe */
/* exported inSight, inPlainSight */

/** Points of a field in parts of its size, of which one must be free: there may be an icon at its end. */
const FIELD_POINTS = [
  [0.5, 0.5],
  [0.2, 0.5],
  [0.8, 0.5],
];
/** Points of the chooser, which must all be free. */
const CHOOSER_POINTS = [
  [0.5, 0.5],
  [0.1, 0.1],
  [0.9, 0.1],
  [0.1, 0.9],
  [0.9, 0.9],
  [0.5, 0.25],
  [0.5, 0.75],
];
/** The least width and height of a field in CSS pixels, and the least opacity of it and all that it is in. */
const [LEAST_SIZE, LEAST_OPACITY] = [8, 0.2];
/** What paints without a background. */
const REPLACED = /^(img|svg|canvas|video|iframe|embed|object)$/;
/** A form's properties may be its controls: what is asked of any element is asked of the prototypes. */
const { closest, getBoundingClientRect, hasAttribute, removeAttribute } = Element.prototype;
const { contains, getRootNode } = Node.prototype;
const property = (type, name, element) => Reflect.get(type.prototype, name, element);

/** What has styles of its own. */
const STYLED = [HTMLElement, SVGElement, MathMLElement];
const TOP_LAYER = ":popover-open,:modal,:fullscreen";

/** Whether a user can see a field; scrolls it into view. */
function inSight(field) {
  if (!field.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true }))
    return false;
  if (!inView(field)) field.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
  const box = field.getBoundingClientRect();
  if (Math.min(box.width, box.height) < LEAST_SIZE || opacityOf(field) < LEAST_OPACITY) return false;
  const points = pointsOf(box, FIELD_POINTS);
  return whileTangible(seeThrough(points), () => points.some(([x, y]) => isOnTop(field, x, y)));
}

/** Whether a user sees all of the chooser, in its own size. */
function inPlainSight(frame, host, width, height) {
  const box = frame.getBoundingClientRect();
  if (Math.round(box.width) !== width || Math.round(box.height) !== height || document.activeViewTransition)
    return false;
  const points = pointsOf(box, CHOOSER_POINTS);
  // Chromium tells the chooser itself whether anything covers it.
  const glass = FIREFOX ? seeThrough(points).filter((element) => isRaised(element, host)) : [];
  return whileTangible(glass, () => points.every(([x, y]) => document.elementFromPoint(x, y) === host));
}

function inView(element) {
  const box = element.getBoundingClientRect();
  return box.top >= 0 && box.left >= 0 && box.bottom <= innerHeight && box.right <= innerWidth;
}

function pointsOf(box, parts) {
  return parts.map(([x, y]) => [box.left + box.width * x, box.top + box.height * y]);
}

/** How much of an element comes through all that it is in. */
function opacityOf(element) {
  let opacity = 1;
  for (let at = element; at; at = parentOf(at)) {
    const style = getComputedStyle(at);
    opacity *= style.opacity * (/opacity\(([\d.]+)/.exec(style.filter)?.[1] ?? 1);
  }
  return opacity;
}

/** What an element is drawn in, through slots and the hosts of shadow trees. */
function parentOf(element) {
  return (
    property(Element, "assignedSlot", element) ??
    property(Node, "parentElement", element) ??
    getRootNode.call(element).host
  );
}

/** Whether a field, in whatever shadow tree, is what lies at a point. */
function isOnTop(field, x, y) {
  const mine = probe.parts.host();
  for (let tree = document; tree;) {
    const top = tree.elementsFromPoint(x, y).find((other) => other !== mine);
    if (!top || top === field || labels(field, top)) return Boolean(top);
    const inner = shadowOf(top);
    tree = inner !== tree && inner;
  }
  return false;
}

/** The words of a label that lie over its own field, as floating labels do. What the field is in does not lie over it: there the field is cut out. */
function labels(field, other) {
  const label = closest.call(other, "label");
  return Boolean(
    label && [...(field.labels ?? [])].includes(label) && !contains.call(other, field) && !isPainted(other),
  );
}

/** The shadow tree of an element, a closed one too; each browser has its own way. */
function shadowOf(element) {
  if (FIREFOX) return element.openOrClosedShadowRoot;
  return element instanceof HTMLElement ? chrome.dom.openOrClosedShadowRoot(element) : null;
}

/** All painted elements that lie at one of the points and let the pointer through, in whatever shadow tree. */
function seeThrough(points, tree = document, found = []) {
  for (const element of tree.querySelectorAll("*")) {
    const inner = shadowOf(element);
    if (inner) seeThrough(points, inner, found);
    const { left, right, top, bottom } = getBoundingClientRect.call(element);
    const isThere = ([x, y]) => left <= x && x <= right && top <= y && y <= bottom;
    if (points.some(isThere) && letsThrough(element) && isPainted(element)) found.push(element);
  }
  return found;
}

function letsThrough(element) {
  return getComputedStyle(element).pointerEvents === "none" || closest.call(element, "[inert]");
}

function isPainted(element) {
  const { backgroundColor, backgroundImage, backdropFilter } = getComputedStyle(element);
  const alpha = Number(/^rgba.*, (.*)\)|\/ (.*)\)/.exec(backgroundColor)?.slice(1).find(Boolean) ?? 1);
  const paints =
    alpha >= 0.5 || backgroundImage !== "none" || backdropFilter !== "none" || REPLACED.test(element.localName);
  return paints && opacityOf(element) >= LEAST_OPACITY;
}

/** Whether it is in something of the top layer that the chooser is not in. */
function isRaised(element, host) {
  for (let at = element; at; at = getRootNode.call(at).host) {
    const top = closest.call(at, TOP_LAYER);
    if (top) return !contains.call(top, host);
  }
  return false;
}

/** Asks while nothing lets the pointer through; what resists counts as a cover. */
function whileTangible(elements, ask) {
  const undo = elements.map(makeTangible);
  const answer = !elements.some(letsThrough) && ask();
  undo.forEach((back) => back());
  return answer;
}

function makeTangible(element) {
  const type = STYLED.find((type) => element instanceof type);
  if (!type) return () => {};
  const style = property(type, "style", element);
  const bare = !hasAttribute.call(element, "style");
  const [value, priority] = [style.getPropertyValue("pointer-events"), style.getPropertyPriority("pointer-events")];
  const inert = closest.call(element, "[inert]");
  style.setProperty("pointer-events", "auto", "important");
  if (inert) removeAttribute.call(inert, "inert");
  return () => {
    style.setProperty("pointer-events", value, priority);
    if (bare) removeAttribute.call(element, "style");
    if (inert) Element.prototype.setAttribute.call(inert, "inert", "");
  };
}
