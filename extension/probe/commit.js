// The one function that writes values into a page.

/* global ELEMENT, probe, fieldByNumber, inSight */
/* exported commit */

/**
 * Writes what was approved, if every field is still the one that it was approved for, and in time; else nothing.
 *
 * @param {{until: number, steps: {field: number, signature: object, write: {text: Uint8Array} | {choice: number}}[]}} asked
 * @returns {boolean} whether all was written
 */
function commit({ until, steps }) {
  const prototypes = [HTMLInputElement, HTMLTextAreaElement, HTMLSelectElement].map((type) => type.prototype);
  const setter = (element, name) =>
    Object.getOwnPropertyDescriptor(
      prototypes.find((prototype) => prototype.isPrototypeOf(element)),
      name,
    ).set;
  const fire = (element, type, EventType = Event, more = {}) =>
    element.dispatchEvent(new EventType(type, { bubbles: true, composed: true, ...more }));

  // A page may keep its thread busy, and make the look last: the user has long been told that nothing was filled.
  const isInTime = () => Date.now() < until;
  if (!steps.length || !isInTime() || !areUnchanged(steps)) return false;
  for (const step of steps) {
    if (!isInTime()) return false;
    const element = fieldByNumber(step.field);
    element?.focus({ preventScroll: true });
    // What the page did when an earlier field was filled, or when this one got focus, may have made it another.
    if (!isSame(step, probe.takeSnapshot())) return false;
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
  return true;
}

/** Whether the fields of all steps are still what they were, and in sight. */
function areUnchanged(steps) {
  const snapshot = probe.takeSnapshot();
  const areSame = steps.every((step) => isSame(step, snapshot));
  return areSame && inSight(steps.map((step) => fieldByNumber(step.field)));
}

/** Compares with the live document, by the same eyes that saw the field first. */
function isSame({ field: number, signature }, snapshot) {
  const element = fieldByNumber(number);
  if (!element?.isConnected || element.readOnly || element.matches(":disabled")) return false;
  const live = describeField(element, snapshot);
  return (
    live &&
    ["tag", "type", "name", "htmlId"].every((name) => live[name] === signature[name]) &&
    goesTo(element, live.action, signature.action) &&
    !probe.parts.leadsElsewhere(number)
  );
}

/** Whether the form submits where it did. Without an action of its own it submits to the document's address, which may change while a page is used. */
function goesTo({ form }, live, signature) {
  const isOwn = URL.canParse(signature) && new URL(signature).origin === window.origin;
  return (
    (live ?? undefined) === (signature ?? undefined) || (isOwn && form && !ELEMENT.getAttribute.call(form, "action"))
  );
}

function describeField(element, { fields, forms }) {
  const field = fields.find(({ id }) => fieldByNumber(id) === element);
  if (!field?.visible) return undefined;
  return { ...field, action: forms[field.form]?.action };
}
