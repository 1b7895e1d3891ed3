// The one function that writes values into a page.

/* global ELEMENT, probe, fieldByNumber, write */
/* exported commit, areUnchanged */

/**
 * Writes what was approved, if every field is still the one that it was approved for, its user has not typed into it since, and in time. What is not so any more by its step ends it there: what was
 * written before stays.
 *
 * @param {{until: number, steps: {field: number, signature: object, replaces: boolean, write: object}[]}} asked what to write: see `write`
 * @returns {Promise<boolean>} whether all was written
 */
async function commit(asked) {
  const { steps } = asked;
  // A page may keep its thread busy, and make the look last: the user has long been told that nothing was filled.
  const isInTime = () => Date.now() < asked.until;
  // The chooser has the focus still, and the look goes by it: what stands in a shadow tree is seen from within.
  if (isInTime()) fieldByNumber(steps[0]?.field)?.focus({ preventScroll: true });
  if (!steps.length || !isInTime() || !areUnchanged(steps)) return false;
  for (const [at, step] of steps.entries()) {
    if (!isInTime()) return false;
    const element = fieldByNumber(step.field);
    element?.focus({ preventScroll: true });
    // What the page did when an earlier field was filled, or when this one got focus, may have made it another.
    if (!isSame(step, probe.takeSnapshot())) return false;
    const waiting = write(element, step.write, isInTime);
    probe.noteWritten(element);
    await waiting;
    // Where a list had to open, the page has had time for all that it could do before the first step.
    const rest = steps.slice(at + 1);
    if (waiting && rest.length && !areUnchanged(rest)) return false;
  }
  // Where a person would be now.
  fieldByNumber(steps.at(-1).field)?.focus({ preventScroll: true });
  return true;
}

/** Whether the fields of all steps are still what they were, and in sight. */
function areUnchanged(steps) {
  const snapshot = probe.takeSnapshot();
  const areSame = steps.every((step) => isSame(step, snapshot));
  return areSame && probe.sight.inSight(steps.map((step) => fieldByNumber(step.field)));
}

/** Compares with the live document, by the same eyes that saw the field first. */
function isSame({ field: number, signature, replaces }, snapshot) {
  const element = fieldByNumber(number);
  if (!element?.isConnected || element.readOnly || element.matches(":disabled")) return false;
  const live = describeField(element, snapshot);
  return (
    live &&
    (replaces || !live.typed || !live.hasValue) &&
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
