// Fields, and the trees that they stand in. In every frame, so nothing here names an interface of the document before it is called: making its prototype costs a frame
// more than all else of the probe.

/* global FIREFOX */
/* exported FIELD, isForm, isHost, isHtml, shadowOf */

const FIELD = "input,select,textarea,[contenteditable],[role=combobox],[role=listbox],[role=textbox],[role=searchbox]";

/** Asked of its name: what came from another document is no instance of this one's types. */
function isHtml(element) {
  return Reflect.get(Element.prototype, "namespaceURI", element).endsWith("/xhtml");
}

/** The shadow tree of an element, a closed one too; each browser has its own way. */
function shadowOf(element) {
  if (FIREFOX) return element.openOrClosedShadowRoot;
  return isHtml(element) ? chrome.dom.openOrClosedShadowRoot(element) : null;
}

function isForm(element) {
  return element instanceof HTMLFormElement;
}

/** Whether it may have a shadow tree. A form, whose properties its controls may hide, has none; nor has what is no HTML: Chromium refuses to say. */
function isHost(element) {
  return element instanceof HTMLElement && !isForm(element) && (element.shadowRoot || element.localName.includes("-"));
}
