// Elements as browsers have them, whatever a page has done to their properties.

/* global FIREFOX */
/* exported ELEMENT, NODE, boxOf, isHtml, lineOf, rootOf, shadowOf */

/** A form's properties may be its controls: what is asked of any element is asked of the prototypes. */
const [ELEMENT, NODE] = [Element.prototype, Node.prototype];
const rootOf = (node) => NODE.getRootNode.call(node);
const boxOf = (element) => ELEMENT.getBoundingClientRect.call(element);

/** Asked of its name: what came from another document is no instance of this one's types. */
function isHtml(element) {
  return Reflect.get(ELEMENT, "namespaceURI", element).endsWith("/xhtml");
}

/** The shadow tree of an element, a closed one too; each browser has its own way. */
function shadowOf(element) {
  if (FIREFOX) return element.openOrClosedShadowRoot;
  return isHtml(element) ? chrome.dom.openOrClosedShadowRoot(element) : null;
}

/** An element and all that it is drawn in, from within, through slots and the hosts of shadow trees. */
function lineOf(element) {
  const line = [];
  for (let at = element; at;) {
    line.push(at);
    const parent = Reflect.get(NODE, "parentElement", at);
    at = (parent ? slotOf(at, parent) : rootOf(at).host) ?? parent;
  }
  return line;
}

/** The slot that an element is drawn in; that of a closed tree does not tell the element. */
function slotOf(element, parent) {
  const slots = shadowOf(parent)?.querySelectorAll("slot") ?? [];
  return [...slots].find((slot) => slot.assignedElements().includes(element));
}
