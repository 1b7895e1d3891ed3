// Submits a login once it is filled, where its item says so: with the button with which its user would.

/* global ELEMENT, probe, areUnchanged, pause, LOOK */
/* exported submit */

/** Milliseconds that a page has to submit by itself what is complete, and to enable its button. */
const [OWN, ENABLING] = [200, 2000];

/**
 * Presses the one button of the form that is called as was planned, once it is enabled; nothing, if the page is on its way already, or is not as it was approved any more.
 *
 * @param {{until: number, steps: {field: number, signature: object}[], submit: string}} asked what was written
 * @param {AbortSignal} going aborted once the page goes by itself
 */
async function submit({ until, steps, submit: called }, going) {
  for (let waited = 0; waited < ENABLING; waited += LOOK) {
    await pause();
    if (going.aborted || Date.now() >= until) return;
    const button = waited < OWN ? undefined : buttonOf(steps, called);
    if (!button || ELEMENT.matches.call(button, ":disabled,[aria-disabled=true]")) continue;
    if (areUnchanged(steps) && staysHere(button)) Reflect.apply(HTMLElement.prototype.click, button, []);
    return;
  }
}

/** The button of the form that all fields are in, and in which something stands. */
function buttonOf(steps, called) {
  const { fields, buttons } = probe.takeSnapshot();
  const filled = steps.map(({ field }) => fields.find(({ id }) => id === field));
  const [form] = filled.map((field) => field?.form);
  if (!filled.every((field) => field?.hasValue && field.form === form)) return undefined;
  const found = buttons.filter((button) => button.form === form && button.text === called);
  return found.length === 1 ? probe.buttons.get(found[0]) : undefined;
}

/** Whether what it submits stays on this origin. */
function staysHere(button) {
  const { form } = button;
  if (!form) return true;
  const ways = [
    [form, "action"],
    [button, "formaction"],
  ].map(([element, name]) => ELEMENT.getAttribute.call(element, name));
  return ways.every((way) => !way || new URL(way, document.baseURI).origin === window.origin);
}
