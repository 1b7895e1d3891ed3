// Elements as browsers have them, whatever a page has done to their properties.

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
    at = Reflect.get(ELEMENT, "assignedSlot", at) ?? Reflect.get(NODE, "parentElement", at) ?? rootOf(at).host;
  }
  return line;
}
