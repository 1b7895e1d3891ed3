// Makes nodes of the view library's static templates. It would set them as HTML; the build puts this in that place, so that no page of ours has a way from
// text to markup, and the browser forbids any (Trusted Types without a policy).
//
// The templates are known elements with attributes that neither run nor load anything; all other markup is refused.

const ELEMENTS = new Set(
  (
    "a b bdi br button code dialog div em fieldset footer form h1 h2 h3 header img input label legend li main nav ol option p path section select small " +
    "span strong svg ul"
  ).split(" "),
);
/** Elements that hold nothing, so that no tag ends them. */
const VOID = new Set(["br", "img", "input"]);
const ATTRIBUTES =
  /^(alt|autocomplete|class|d|dir|fill|for|height|hidden|id|inputmode|maxlength|name|placeholder|role|size|spellcheck|stroke(-[a-z]+)?|tabindex|title|type|value|viewBox|width|aria-[a-z]+|data-[a-z]+)$/;
const TOKEN = /<!(?:--([^<>]*)--)?>|<\/([a-z0-9]+)>|<([a-z0-9]+)((?:\s+[a-zA-Z-]+(?:="[^"<>]*")?)*)\s*(\/?)>|([^<]+)/y;
const ATTRIBUTE = /([a-zA-Z-]+)(?:="([^"]*)")?/g;
const REFERENCES = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#x27;": "'" };

const HTML = "http://www.w3.org/1999/xhtml";
const SVG = "http://www.w3.org/2000/svg";

/**
 * Reads a template.
 *
 * @returns {(string | {comment: string} | {name: string, attributes: [string, string][], children: object[]})[]}
 * @throws {TypeError} if it is anything but a plain one
 */
export function read(markup) {
  const open = [{ children: [] }];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < markup.length) {
    const token = TOKEN.exec(markup);
    if (token === null) throw notOurs();
    const [, comment, closed, opened, attributes, ended, text] = token;
    const { children } = open.at(-1);
    if (text !== undefined) {
      children.push(plainText(text));
    } else if (opened !== undefined) {
      const element = { name: known(opened), attributes: plainAttributes(attributes), children: [] };
      children.push(element);
      if (!ended && !VOID.has(opened)) open.push(element);
    } else if (closed !== undefined) {
      if (open.pop().name !== closed) throw notOurs();
    } else {
      children.push({ comment: comment ?? "" });
    }
  }
  if (open.length !== 1) throw notOurs();
  return open[0].children;
}

function notOurs() {
  return new TypeError("markup that is not the page's own");
}

function known(name) {
  if (!ELEMENTS.has(name)) throw notOurs();
  return name;
}

function plainAttributes(written) {
  return [...written.matchAll(ATTRIBUTE)].map(([, name, value = ""]) => {
    if (!ATTRIBUTES.test(name) && !(name === "src" && /^icons\/[a-z0-9.-]+$/.test(value))) throw notOurs();
    return [name, plainText(value)];
  });
}

function plainText(written) {
  return written.replace(/&[^;\s]*;?/g, (reference) => {
    if (!Object.hasOwn(REFERENCES, reference)) throw notOurs();
    return REFERENCES[reference];
  });
}

/** Makes a template the content of an element. */
export function setMarkup(element, markup) {
  const nodes = read(markup).map((node) => build(node, element.namespaceURI));
  (element.content ?? element).replaceChildren(...nodes);
}

function build(node, namespace) {
  if (typeof node === "string") return document.createTextNode(node);
  if (node.comment !== undefined) return document.createComment(node.comment);
  const own = node.name === "svg" ? SVG : namespace;
  const element = document.createElementNS(own ?? HTML, node.name);
  for (const [name, value] of node.attributes) element.setAttribute(name, value);
  element.append(...node.children.map((child) => build(child, own)));
  return element;
}
