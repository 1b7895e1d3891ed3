// How a value gets into a field: as near as can be to how a person brings it there, so that the page hears all that it listens to, and the browser can undo it.

/* global ELEMENT, rootOf */
/* exported write, pause, LOOK */

/** Milliseconds that a list has to open after it was pressed, and between two looks at it. */
const [OPENING, LOOK] = [800, 20];
/** Letters and digits; what has fewer is compared whole. */
const TELLING = 3;

const attributeOf = (element, name) => ELEMENT.getAttribute.call(element, name) ?? "";

/**
 * Writes into a field that was just given the focus, and takes the focus away, if the page did not. The bytes are wiped.
 *
 * @param {Element} element
 * @param {{text: Uint8Array} | {insert: Uint8Array} | {choice: number} | {pick: Uint8Array[]} | "tick"} what
 * @param {() => boolean} isWanted whether it still is
 * @returns {Promise<void> | undefined} where a list may have to open and to close
 */
function write(element, what, isWanted) {
  if (what.pick) return pick(element, what.pick.map(read).map(fold), isWanted);
  if (what === "tick") element.click();
  else if (what.choice === undefined) type(element, read(what.text ?? what.insert));
  else set(element, "selectedIndex", what.choice);
  element.blur();
  return undefined;
}

function read(bytes) {
  const text = new TextDecoder().decode(bytes);
  bytes.fill(0);
  return text;
}

function fire(element, name, EventType = Event, more = {}) {
  element.dispatchEvent(new EventType(name, { bubbles: true, composed: true, cancelable: true, ...more }));
}

function type(element, text) {
  const isBox = "value" in element;
  const held = () => (isBox ? element.value : element.textContent);
  const before = held();
  fire(element, "keydown", KeyboardEvent);
  if (isBox) element.select();
  else document.execCommand("selectAll");
  // An edit as if by hand: the browser can undo it, its events are the browser's, and it keeps to `maxlength`.
  if (rootOf(element).activeElement === element) document.execCommand("insertText", false, text);
  const most = element.maxLength > 0 ? element.maxLength : text.length;
  if (held() === before && before !== text) set(element, isBox ? "value" : "textContent", text.slice(0, most));
  fire(element, "keyup", KeyboardEvent);
}

/** Sets what no edit could, by the browser's own property: frameworks put others in front of it. */
function set(element, name, value) {
  let prototype = element;
  while (!Object.getOwnPropertyDescriptor(prototype, name)?.set) prototype = Object.getPrototypeOf(prototype);
  Reflect.set(prototype, name, value, element);
  fire(element, "input", InputEvent, { inputType: "insertReplacementText" });
  fire(element, "change");
}

/**
 * Presses the option that is called one of these; first the list, where it is not open. What no option is called is not chosen: the field is left as it is. Returns when the
 * list is gone, as it lies over what is written next.
 */
async function pick(element, wanted, isWanted) {
  const others = new Set(optionsIn(rootOf(element)));
  const found = () => {
    const named = optionsOf(element);
    // Some lists are named nowhere: then what came up when this one was pressed.
    return bestOf(named.length ? named : optionsIn(rootOf(element)).filter((option) => !others.has(option)), wanted);
  };
  let option = found();
  const opens = !option;
  if (opens) press(element);
  for (let waited = 0; !option && waited < OPENING && isWanted(); waited += LOOK) {
    await pause();
    option = found();
  }
  if (!isWanted()) return;
  if (option) press(option);
  else if (attributeOf(element, "aria-expanded") === "true") fire(element, "keydown", KeyboardEvent, { key: "Escape" });
  for (let waited = 0; opens && waited < OPENING && option?.isConnected && option.checkVisibility(); waited += LOOK)
    await pause();
  element.blur();
}

function pause() {
  return new Promise((done) => setTimeout(done, LOOK));
}

/** The options of the lists that it names, or of its own. */
function optionsOf(element) {
  const root = rootOf(element);
  const ids = ["aria-controls", "aria-owns"].flatMap((name) => attributeOf(element, name).split(" "));
  const lists = ids.map((id) => id && root.getElementById(id)).filter(Boolean);
  if (attributeOf(element, "role") === "listbox") lists.push(element);
  return lists.flatMap(optionsIn);
}

function optionsIn(list) {
  return [...list.querySelectorAll("[role=option]")].filter((option) => option.checkVisibility());
}

function bestOf(options, wanted) {
  const named = options.map((option) => [
    option,
    [option.textContent, ...["data-value", "value"].map((name) => attributeOf(option, name))].map(fold),
  ]);
  const first = (fits) => {
    for (const one of wanted)
      for (const [option, names] of named) if (names.some((name) => fits(name, one))) return option;
    return undefined;
  };
  return first((name, one) => name === one) ?? first((name, one) => one.length >= TELLING && name.startsWith(one));
}

/** Case, accents and signs do not count. */
function fold(text) {
  return text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, "");
}

/** Lists open at whichever of these their makers thought of. */
function press(element) {
  const more = { button: 0, buttons: 1, detail: 1, pointerType: "mouse", isPrimary: true, view: window };
  for (const name of ["pointerdown", "mousedown", "pointerup", "mouseup"])
    fire(element, name, name[0] === "p" ? PointerEvent : MouseEvent, more);
  element.click();
}
