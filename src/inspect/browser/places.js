// Evaluated in the world of the extension's content scripts, after what the probe looks with: what it sees, and where each field stands among the document's controls.

(() => {
  const NATIVE = "input,select,textarea";
  const CONTROL = `${NATIVE},[role=combobox],[role=listbox],[role=textbox],[role=searchbox],[contenteditable]:not([contenteditable=false i])`;
  const { takeSnapshot, fieldByNumber } = globalThis.countersign;
  const { matches } = Element.prototype;
  const controls = [];

  const walk = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (matches.call(element, CONTROL)) controls.push(element);
      const shadow = element instanceof HTMLElement && chrome.dom.openOrClosedShadowRoot(element);
      if (shadow) walk(shadow);
    }
  };

  walk(document);
  const natives = [...document.querySelectorAll(NATIVE)];
  const snapshot = takeSnapshot();
  const elements = snapshot.fields.map(({ id }) => fieldByNumber(id));
  return JSON.stringify({
    snapshot,
    places: elements.map((element) => controls.indexOf(element)),
    indices: elements.map((element) => natives.indexOf(element)),
  });
})();
