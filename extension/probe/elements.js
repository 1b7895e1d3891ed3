// Elements as browsers have them, whatever a page has done to their properties.

/* global shadowOf */
/* exported ELEMENT, NODE, boxOf, lineOf, rootOf */

/** A form's properties may be its controls: what is asked of any element is asked of the prototypes. */
const [ELEMENT, NODE] = [Element.prototype, Node.prototype];
const rootOf = (node) => NODE.getRootNode.call(node);
const boxOf = (element) => ELEMENT.getBoundingClientRect.call(element);

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
