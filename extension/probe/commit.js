// The one function that writes values into a page.

/* global probe, fieldByNumber */
/* exported commit */

/** Points of a field, in parts of its size, of which one must be free of anything the page has laid over it. */
const POINTS = [
  [0.5, 0.5],
  [0.2, 0.5],
  [0.8, 0.5],
];

/**
 * Writes what was approved, if every field is still the one that it was approved for; else nothing.
 *
 * @param {{commit: number, steps: {field: number, signature: object, write: {text: Uint8Array} | {choice: number}}[]}} message
 * @returns {{commit: number, outcome: "filled" | "target-changed"}}
 */
function commit({ commit: number, steps }) {
  const prototypes = [HTMLInputElement, HTMLTextAreaElement, HTMLSelectElement].map((type) => type.prototype);
  const setter = (element, name) =>
    Object.getOwnPropertyDescriptor(
      prototypes.find((prototype) => prototype.isPrototypeOf(element)),
      name,
    ).set;
  const fire = (element, type, EventType = Event, more = {}) =>
    element.dispatchEvent(new EventType(type, { bubbles: true, composed: true, ...more }));

  if (!steps.length || !steps.every(isUnchanged)) return { commit: number, outcome: "target-changed" };
  for (const step of steps) {
    const element = fieldByNumber(step.field);
    // What the page did when an earlier field was filled may have moved this one.
    if (!isSame(element, step.signature)) return { commit: number, outcome: "target-changed" };
    element.focus({ preventScroll: true });
    if (step.write.choice !== undefined) {
      setter(element, "selectedIndex").call(element, step.write.choice);
    } else {
      const bytes = step.write.text;
      const text = new TextDecoder().decode(bytes);
      bytes.fill(0);
      setter(element, "value").call(element, element.maxLength > 0 ? text.slice(0, element.maxLength) : text);
    }
    fire(element, "input", InputEvent, { inputType: "insertReplacementText" });
    fire(element, "change");
  }
  return { commit: number, outcome: "filled" };
}

/** Whether a step's field is still what it was, and in sight. */
function isUnchanged({ field, signature }) {
  const element = fieldByNumber(field);
  return isSame(element, signature) && inSight(element);
}

/** Compares with the live document, by the same eyes that saw the field first. */
function isSame(element, signature) {
  if (!element?.isConnected || element.readOnly || element.matches(":disabled")) return false;
  const live = describeField(element);
  return (
    live?.tag === signature.tag &&
    live.type === signature.type &&
    live.name === signature.name &&
    live.htmlId === signature.htmlId &&
    (live.action ?? undefined) === (signature.action ?? undefined)
  );
}

function describeField(element) {
  const { fields, forms } = probe.takeSnapshot();
  const field = fields.find(({ id }) => fieldByNumber(id) === element);
  if (!field?.visible) return undefined;
  return { ...field, action: forms[field.form]?.action };
}

/** Whether a user can see the field: drawn, not transparent, and not covered at all of its points. */
function inSight(element) {
  if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true, contentVisibilityAuto: true }))
    return false;
  if (!inView(element)) element.scrollIntoView({ block: "nearest", inline: "nearest", behavior: "instant" });
  const box = element.getBoundingClientRect();
  return POINTS.some(([x, y]) => isOnTop(element, box.left + box.width * x, box.top + box.height * y));
}

function inView(element) {
  const box = element.getBoundingClientRect();
  return box.top >= 0 && box.left >= 0 && box.bottom <= innerHeight && box.right <= innerWidth;
}

function isOnTop(element, x, y) {
  const mine = probe.parts.host();
  const top = element
    .getRootNode()
    .elementsFromPoint(x, y)
    .find((other) => other !== mine);
  return top === element || Boolean(top && labels(element, top));
}

/** A label that lies over its own field, as floating labels do. */
function labels(element, other) {
  const label = other.closest("label");
  return Boolean(label && [...(element.labels ?? [])].includes(label));
}
