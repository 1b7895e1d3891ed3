// While a request waits for fields of this document: they must stay, and their forms must go on submitting where they did.

/* global probe, fieldByNumber */
/* exported guard, leadsElsewhere */

/** Milliseconds between two looks. Looking costs less than hearing of every change that a page makes, and reaches into closed shadow trees. */
const GUARD_PAUSE = 200;

/** Where the buttons of each field's form submitted to when the request was made, by the field's number. */
const waysOut = new Map();
let guarding;

/** Begins to guard these fields, or ends with none. */
function guard(numbers) {
  clearInterval(guarding);
  waysOut.clear();
  if (!numbers.length) return;
  for (const number of numbers) waysOut.set(number, waysOutOf(fieldByNumber(number)));
  guarding = setInterval(() => {
    if (numbers.every((number) => fieldByNumber(number)?.isConnected)) return;
    clearInterval(guarding);
    probe.post("lost");
  }, GUARD_PAUSE);
}

/** Whether a button of the field's form submits elsewhere than when the request was made. */
function leadsElsewhere(number) {
  return waysOut.has(number) && waysOut.get(number) !== waysOutOf(fieldByNumber(number));
}

/** What the buttons say for themselves: `formaction` outdoes the form's own action. */
function waysOutOf(field) {
  if (!field?.form) return "";
  const buttons = [...field.getRootNode().querySelectorAll("[formaction]")].filter(({ form }) => form === field.form);
  return buttons.map((button) => button.formAction).join(" ");
}
