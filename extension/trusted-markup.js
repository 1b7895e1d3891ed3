// The one Trusted Types policy. The pages' own templates are known elements with attributes that neither run nor load anything; all other markup is refused.

const ELEMENTS = new Set(
  (
    "a b bdi br button code dialog div em fieldset footer form h1 h2 h3 header img input label legend li main nav ol option p path section select small " +
    "span strong svg ul"
  ).split(" "),
);
const ATTRIBUTES =
  /^(alt|autocomplete|class|d|dir|fill|for|height|hidden|id|inputmode|maxlength|name|placeholder|role|size|spellcheck|stroke(-[a-z]+)?|tabindex|title|type|value|viewBox|width|aria-[a-z]+|data-[a-z]+)$/;
const TOKEN = /<!--[^<>]*-->|<!>|<\/([a-z0-9]+)>|<([a-z0-9]+)((?:\s+[a-zA-Z-]+(?:="[^"<>]*")?)*)\s*\/?>|[^<]+/y;
const ATTRIBUTE = /([a-zA-Z-]+)(?:="([^"]*)")?/g;

function isPlainAttribute([, name, value]) {
  return ATTRIBUTES.test(name) || (name === "src" && /^icons\/[a-z0-9.-]+$/.test(value));
}

/** Whether markup is no more than that. */
export function isPlain(markup) {
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < markup.length) {
    const token = TOKEN.exec(markup);
    if (token === null) return false;
    const [, closed, opened, attributes = ""] = token;
    const element = opened ?? closed;
    if (element !== undefined && !ELEMENTS.has(element)) return false;
    if (![...attributes.matchAll(ATTRIBUTE)].every(isPlainAttribute)) return false;
  }
  return true;
}

/** Makes it the default policy, where the browser has Trusted Types. */
export function guardMarkup() {
  globalThis.trustedTypes?.createPolicy("default", {
    createHTML(markup) {
      if (isPlain(markup)) return markup;
      throw new TypeError("markup that is not the page's own");
    },
  });
}
