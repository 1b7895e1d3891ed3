// Submits a login once it is filled, where its item says so: with the button with which its user would.

/* global ELEMENT, probe, areUnchanged, pause, LOOK */
/* exported submit, isReady */

/** Milliseconds that a page has to submit by itself what is complete, and to enable its button. */
const [OWN, ENABLING] = [200, 2000];

/**
 * Presses the one button of the form that is called as was planned, once it is enabled; nothing, if the page is on its way already, or is not as it was approved any more.
 *
 * @param {{until: number, steps: {field: number, signature: object}[], submit: string}} asked what was written
 * @param {boolean} wasReady whether the button was enabled before that: a page that disables it since is on its way
 * @param {AbortSignal} going aborted once the page goes by itself
 */
async function submit(asked, wasReady, going) {
  const { until, steps } = asked;
  // Before anything else can happen: what a page sends by itself may be sent within a moment.
  if (wasReady && !isReady(asked)) return;
  for (let waited = 0; waited < ENABLING; waited += LOOK) {
    await pause();
    if (going.aborted || Date.now() >= until) return;
    const snapshot = probe.takeSnapshot();
    if (wasReady && !isReady(asked, snapshot)) return;
    const button = waited < OWN ? undefined : buttonOf(asked, snapshot);
    if (!button || !isEnabled(button) || document.readyState !== "complete") continue;
    if (areUnchanged(steps) && staysHere(button)) pressOnce(button);
    return;
  }
}

/** Whether the button with which the user would submit these is enabled. */
function isReady({ steps: [{ field: number }], submit: called }, { fields, buttons } = probe.takeSnapshot()) {
  const form = fields.find(({ id }) => id === number)?.form;
  return buttons.some(
    (button) => button.form === form && button.text === called && isEnabled(probe.buttons.get(button)),
  );
}

function isEnabled(button) {
  return button && !ELEMENT.matches.call(button, ":disabled,[aria-disabled=true]");
}

/** A form that is not posted puts all that is in it into the address, unless its page keeps it from that: if the page does not, or not yet, this does. */
function pressOnce(button) {
  const methods = [said(button.form, "method"), said(button, "formmethod")];
  const isPosted = (methods[1] ?? methods[0])?.toLowerCase() === "post";
  const keep = (event) => event.preventDefault();
  if (!isPosted) addEventListener("submit", keep);
  Reflect.apply(HTMLElement.prototype.click, button, []);
  removeEventListener("submit", keep);
}

function said(element, name) {
  return element ? (ELEMENT.getAttribute.call(element, name) ?? undefined) : undefined;
}

/** The button of the form that all fields are in, and in which something stands. */
function buttonOf({ steps, submit: called }, { fields, buttons }) {
  const filled = steps.map(({ field }) => fields.find(({ id }) => id === field));
  const [form] = filled.map((field) => field?.form);
  if (!filled.every((field) => field?.hasValue && field.form === form)) return undefined;
  const found = buttons.filter((button) => button.form === form && button.text === called);
  return found.length === 1 ? probe.buttons.get(found[0]) : undefined;
}

/** Whether what it submits stays on this origin; a link that leads anywhere is no button. */
function staysHere(button) {
  const ways = [said(button.form, "action"), said(button, "formaction")];
  const link = said(button, "href")?.trim() ?? "#";
  return (
    /^(#|javascript:)/i.test(link) &&
    ways.every((way) => !way || new URL(way, document.baseURI).origin === window.origin)
  );
}
