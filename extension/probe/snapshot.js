// What a document's forms look like, as `countersign-forms` reads it (`RawSnapshot` there says what each part means). Values are never in it.
//
// A page can make anything large: every list and text is cut at the limits of the crate, and what was cut is said.

/* global ELEMENT, FIELD, NODE, isForm, isHost, probe, rootOf, shadowOf */
/* exported takeSnapshot, fieldNumber, fieldByNumber, buttons, isEntered, noteWritten */

/** The crate's `limits`, in order: fields, forms, buttons, options, headings, links, identifier, label, option, pattern, password rules, form text, action. */
const [FIELDS, FORMS, BUTTONS, OPTIONS, HEADINGS, LINKS, NAME, LABEL, OPTION, PATTERN, RULES, TEXT, ACTION] = [
  256, 64, 128, 64, 8, 8, 96, 120, 40, 120, 240, 400, 2048,
];
/** Ticked fields; a page of filters must not crowd out its login. */
const TICKS = 64;
/** Elements looked at for shadow roots, text nodes read for one text, nodes walked back for the text before a field. */
const [HOSTS, TEXT_NODES, STEPS_BACK] = [1000, 60, 30];

const HEADING = "h1,h2,h3,h4,h5,h6,legend,[role=heading],.modal-title";
const DIALOG = "dialog,[role$=dialog]";
const BUTTON = "button,[type=submit],[type=image],[type=button],[role=button],a.btn,a.button";
const CONTAINER = `${DIALOG},[role=form],[role=search],[popover],header,footer,nav,aside`;
const TICK = /^(checkbox|radio)$/;
const NO_FIELD = /^(hidden|submit|image|button|reset|file)$/;
const NO_TEXT = /^(script|style|noscript|template|select|textarea|svg|option)$/;
const NAMING =
  /^(formcontrolname|(data-)?ng-model|v-model|itemprop|data-(.*-)?(name|field|type|role|qa|cy|test|test-?id|bind|id))$/;

const { indexOf, slice } = Array.prototype;
const numbers = new WeakMap();
const elements = new Map();
/** Fields that their users wrote into, and those that were filled since. */
const [edited, written] = [new WeakSet(), new WeakSet()];
/** Whether the document was there before: then the browser puts back what stood in its fields. */
const RETURNED = performance.navigation.type > 0;
/** The elements of buttons, by their descriptions. */
const buttons = new WeakMap();
let lastNumber = 0;

/** A field's number: its own for as long as the document lives. */
function fieldNumber(element) {
  let number = numbers.get(element);
  if (!number) {
    numbers.set(element, (number = ++lastNumber));
    element.addEventListener("input", noteEdit);
    elements.set(number, new WeakRef(element));
    if (RETURNED && element.value !== (element.defaultValue ?? element.value)) edited.add(element);
    if (number % 512 === 0) elements.forEach((kept, old) => kept.deref()?.isConnected || elements.delete(old));
  }
  return number;
}

function fieldByNumber(number) {
  return elements.get(number)?.deref();
}

/** Forms hide what their controls are named after, `getAttribute` too: ask the prototype. */
function attribute(element, name) {
  return ELEMENT.getAttribute.call(element, name) ?? "";
}

/** @returns {object} a `RawSnapshot` */
function takeSnapshot() {
  const truncated = { fields: false, forms: false, buttons: false, options: false, text: false };
  const snapshot = {
    lang: short(document.documentElement, "lang"),
    title: cut(document.title, LABEL),
    headings: [],
    forms: [],
    fields: [],
    buttons: [],
    truncated,
  };
  const owners = new Map();
  const roots = [];
  const presses = [];
  let ticks = 0;
  let section = "";
  let above = "";

  collect(document, pathRoots());
  for (const [element, after] of presses) addButton(element, after);
  return snapshot;

  /** Fields, headings and buttons of one tree in document order, the trees inside it at their hosts' places. */
  function collect(root, shadows) {
    const here = [...shadows].filter(([host]) => rootOf(host) === root);
    let found = around(root.querySelectorAll(`form,${DIALOG},${HEADING},${FIELD},${BUTTON}`));
    if (here.length) {
      found = [...new Set([...found, ...here.map(([host]) => host)])];
      found.sort((one, other) => (NODE.compareDocumentPosition.call(one, other) & 4 ? -1 : 1));
    }
    const index = roots.push(root) - 1;
    for (const element of found) {
      if (shadows.has(element)) collect(shadows.get(element), shadows);
      else visit(element, index);
    }
  }

  /** Of too many elements those around the one in focus: even if all of them are fields, it is among those that are kept. */
  function around(found) {
    const most = 4 * FIELDS;
    if (found.length > most) truncated.fields = true;
    const start = found.length > most ? Math.max(0, indexOf.call(found, document.activeElement) - FIELDS / 2) : 0;
    return slice.call(found, start, start + most);
  }

  function visit(element, root) {
    if (isForm(element)) [above, section] = [section || above, ""];
    else if (element.matches(DIALOG))
      section = named(element, "aria-labelledby") || short(element, "aria-label", LABEL) || section;
    else if (element.matches(HEADING)) addHeading(element);
    else if (element.matches(FIELD) && !(element.localName === "input" && NO_FIELD.test(element.type)))
      addField(element, root);
    else if (element.matches(BUTTON)) presses.push([element, snapshot.fields.length]);
  }

  function addHeading(element) {
    const text = textOf(element);
    if (!text) return;
    section = text;
    if (/^(h[3-6]|legend)$/.test(element.localName)) return;
    if (snapshot.headings.length < HEADINGS) snapshot.headings.push(text);
    else truncated.buttons = true;
  }

  function addField(element, root) {
    const name = element.localName;
    const native = /^(input|select|textarea)$/.test(name);
    if (
      !native &&
      (element.isContentEditable ? attribute(element, "contenteditable") === "false" : !attribute(element, "role"))
    )
      return;
    const tick = name === "input" && TICK.test(element.type);
    if (snapshot.fields.length >= FIELDS || (tick && ++ticks > TICKS)) {
      truncated.fields = true;
      return;
    }
    const box = element.getBoundingClientRect();
    snapshot.fields.push({
      id: fieldNumber(element),
      tag: native ? name : element.isContentEditable ? "editable" : "aria",
      type: name === "input" ? element.type : native ? "" : short(element, "role"),
      role: short(element, "role"),
      name: short(element, "name"),
      htmlId: short(element, "id"),
      hints: cut(hints(element), NAME),
      autocomplete: short(element, "autocomplete"),
      pattern: short(element, "pattern", PATTERN),
      passwordRules: short(element, "passwordrules", RULES),
      inputMode: short(element, "inputmode"),
      minLength: length(element.minLength),
      maxLength: length(element.maxLength),
      required: element.required || attribute(element, "aria-required") === "true",
      readOnly: Boolean(element.readOnly),
      disabled: element.matches(":disabled"),
      visible: isVisible(element, box),
      hasValue: Boolean(
        tick
          ? element.checked
          : name === "select"
            ? element.selectedIndex > 0
            : element.value || (!native && element.textContent.trim()),
      ),
      typed: isTyped(element),
      box: { x: whole(box.x), y: whole(box.y), width: whole(box.width), height: whole(box.height) },
      texts: texts(element),
      options: name === "select" ? options(element) : tick ? [{ value: cut(element.value, OPTION), text: "" }] : [],
      form: owner(element),
      root,
    });
  }

  function texts(element) {
    const host = rootOf(element).host;
    const labels = [...(element.labels ?? [])].slice(0, 4).map((label) => textOf(label));
    if (host) labels.push(attribute(host, "label") || attribute(host, "aria-label"));
    return {
      label: cut(labels.join(" "), LABEL),
      aria: short(element, "aria-label", LABEL) || named(element, "aria-labelledby"),
      description: named(element, "aria-describedby"),
      placeholder: short(element, "placeholder", LABEL),
      title: short(element, "title", LABEL),
      before: textBefore(element),
      heading: columnHeading(element),
      section,
    };
  }

  function named(element, name) {
    const ids = attribute(element, name).slice(0, 512).split(/\s+/).slice(0, 4);
    const others = [...new Set(ids)].map((id) => id && rootOf(element).getElementById?.(id)).filter(Boolean);
    return cut(others.map((other) => textOf(other)).join(" "), LABEL);
  }

  /** The nearest text before a field that belongs to no other. What stands after a box to tick is that box's. */
  function textBefore(element) {
    const walker = walkerOf(rootOf(element));
    walker.currentNode = element;
    let text = "";
    for (let step = 0; step < STEPS_BACK; step++) {
      const node = walker.previousNode();
      if (!node || isForm(node) || node.matches?.("button,select,textarea")) break;
      if (node.localName === "input" && node.type !== "hidden") return TICK.test(node.type) ? "" : text;
      if (!text && node.localName === "img") text = cut(node.alt, LABEL);
      if (!text && !node.localName && /[\p{L}\p{N}]/u.test(node.data) && !NO_TEXT.test(node.parentNode.localName))
        text = wholeOf(node, element);
      if (text && step > STEPS_BACK / 2) break;
    }
    return text;
  }

  /** A mark beside its words, such as “required”, is not all that a cell or a label says. */
  function wholeOf({ data, parentNode: mark }, element) {
    const cell = /^(abbr|b|em|font|i|mark|s(mall|pan|trong|up))$/.test(mark.localName) && mark.parentNode;
    const isWhole = /^(dt|p|t[dh]|label|legend)$/.test(cell?.localName) && !cell.contains(element);
    return isWhole ? textOf(cell) : cut(data, LABEL);
  }

  function columnHeading(element) {
    const cell = element.closest("td");
    const first = cell?.closest("table")?.rows[0];
    const row = cell?.parentNode;
    const heading = first !== row && first?.cells[cell.cellIndex];
    // Old tables name no heading so: several columns have to hold fields.
    const isGrid = () => [...row.cells].filter((other) => other.querySelector(FIELD)).length > 1;
    return heading && !first.querySelector(FIELD) && (heading.localName === "th" || isGrid()) ? textOf(heading) : "";
  }

  function options(element) {
    const count = element.options.length;
    if (count > OPTIONS) truncated.options = true;
    return Array.from({ length: Math.min(count, OPTIONS) }, (_, index) => {
      const { value, text } = element.options[index];
      return { value: cut(value, OPTION), text: cut(text, OPTION) };
    });
  }

  /** The place in `forms` of the form that an element belongs to, or of the dialog or the like around it. */
  function owner(element, add = true) {
    const form = element.form ?? upwards(element, "form") ?? upwards(element, CONTAINER);
    if (!form) return undefined;
    if (!owners.has(form) && add) {
      if (snapshot.forms.length >= FORMS) truncated.forms = true;
      else owners.set(form, snapshot.forms.push(describeForm(form)) - 1);
    }
    return owners.get(form);
  }

  function describeForm(form) {
    const links = ELEMENT.querySelectorAll.call(form, "a[href]");
    if (links.length > LINKS) truncated.buttons = true;
    const heading = ELEMENT.querySelector.call(form, HEADING);
    return {
      tag: isForm(form) ? "form" : "container",
      name: short(form, "name"),
      htmlId: short(form, "id"),
      class: short(form, "class"),
      action: isForm(form) ? action(form) : "",
      method: short(form, "method"),
      role: short(form, "role"),
      heading: short(form, "aria-label", LABEL) || (heading && textOf(heading)) || section || above,
      text: textOf(form, TEXT),
      links: slice.call(links, 0, LINKS).map((link) => textOf(link)),
    };
  }

  /** Where a form submits to. Its own property may be hidden by a control of that name. */
  function action(form) {
    const written = attribute(form, "action");
    return cut(URL.parse(written, document.baseURI)?.href ?? written, ACTION);
  }

  function addButton(element, after) {
    const form = owner(element, false);
    if (form === undefined && (element.form ?? upwards(element, "form"))) return;
    if (snapshot.buttons.length >= BUTTONS) {
      truncated.buttons = true;
      return;
    }
    if (!isVisible(element, element.getBoundingClientRect())) return;
    const input = element.localName === "input";
    const names = ["aria-label", "title", "alt", "name", "id"].map((name) => short(element, name, LABEL));
    const button = {
      text: (input ? cut(element.value, LABEL) : textOf(element)) || names.find(Boolean) || "",
      form,
      after,
      submit: /^(submit|image)$/.test(element.type),
    };
    snapshot.buttons.push(button);
    buttons.set(button, element);
  }

  /** The text below a node in one line, without code, options and other fields. What is passed over counts too: a page may have any number of it. */
  function textOf(node, limit = LABEL) {
    const walker = walkerOf(node);
    let text = "";
    let at = walker.nextNode();
    for (let count = 0; at && text.length < limit * 2; count++) {
      if (count === TEXT_NODES * 4) {
        truncated.text = true;
        break;
      }
      if (!at.localName) text += `${at.data.slice(0, limit * 4).trim()} `;
      if (NO_TEXT.test(at.localName)) while (!(at = walker.nextSibling()) && walker.parentNode());
      else at = walker.nextNode();
    }
    return cut(text, limit);
  }

  function short(element, name, limit = NAME) {
    return cut(attribute(element, name), limit);
  }

  function cut(text, limit) {
    const line = String(text ?? "")
      .slice(0, limit * 8)
      .replace(/\s+/g, " ")
      .trim();
    if (line.length > limit) truncated.text = true;
    return line.slice(0, limit).trim();
  }
}

/** Open shadow trees near the focus by their hosts, and closed ones on the way to it. While the chooser has it, that is where it was. */
function pathRoots() {
  const shadows = new Map();
  const add = (host) => {
    const root = shadowOf(host);
    if (root) shadows.set(host, root);
    return root;
  };
  const scan = (root) => {
    // Elements alone: `SHOW_ELEMENT`.
    const walker = document.createTreeWalker(root, 1);
    for (let step = 0, at = root; at && step < HOSTS; step++, at = walker.nextNode()) {
      const inner = isHost(at) && !shadows.has(at) && shadows.size < FORMS && add(at);
      if (inner) scan(inner);
    }
  };
  const { activeElement, body } = document;
  const focus = activeElement === probe.parts?.host() ? probe.field : activeElement;
  for (let at = focus; (at = at && rootOf(at).host);) add(at);
  for (let at = focus; at && isHost(at);) at = add(at)?.activeElement;
  scan(upwards(focus ?? body, `form,${CONTAINER}`) ?? body ?? document);
  return shadows;
}

/** Elements and texts below a node: `SHOW_ELEMENT` and `SHOW_TEXT` in few bytes. */
function walkerOf(node) {
  return document.createTreeWalker(node, 5);
}

/** The nearest ancestor that matches, through the hosts of shadow trees. */
function upwards(element, selector) {
  for (let at = element; at; at = rootOf(at).host) {
    const found = ELEMENT.closest.call(at, selector);
    if (found) return found;
  }
  return undefined;
}

/** Drawn, not transparent, larger than two pixels, and not outside of where a user can scroll to. */
function isVisible(element, box) {
  return (
    box.width > 2 &&
    box.height > 2 &&
    box.right + scrollX > 0 &&
    box.bottom + scrollY > 0 &&
    element.checkVisibility({ opacityProperty: true, visibilityProperty: true })
  );
}

/** Whether its user wrote into it: heard since it was first seen, or told by the browser, which knows once the focus has left. */
function isTyped(element) {
  return isEdited(element) && !isGiven(element);
}

/** Whether what stands in it is its user's, the browser's or ours, and not the page's own. */
function isEntered(element) {
  return isEdited(element) || isGiven(element);
}

function isGiven(element) {
  return written.has(element) || element.matches(":autofill");
}

function isEdited(element) {
  return edited.has(element) || element.matches(":user-valid,:user-invalid");
}

function noteEdit({ isTrusted, currentTarget }) {
  if (!isTrusted) return;
  edited.add(currentTarget);
  written.delete(currentTarget);
}

/** What stands in it is ours until its user edits it. */
function noteWritten(element) {
  written.add(element);
}

function length(number) {
  return number >= 0 ? number : undefined;
}

function whole(number) {
  return Math.max(-1e6, Math.min(1e6, Math.round(number) || 0));
}

/** Other attributes in which frameworks and tests name a field, and what the custom element around it is called. */
function hints(element) {
  const own = [...element.attributes].slice(0, 40).filter(({ name, value }) => NAMING.test(name) && value.length < 60);
  const host = rootOf(element).host;
  const around = host ? [host.localName, attribute(host, "name"), host.id] : [];
  return [...own.map(({ value }) => value), ...around].join(" ");
}
