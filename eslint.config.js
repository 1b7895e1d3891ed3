// Lints for the JavaScript that browsers load. Rules name the mistakes that would matter here; style is prettier's.

const browserGlobals = Object.fromEntries(
  [
    "browser",
    "chrome",
    "clearTimeout",
    "console",
    "crypto",
    "CSSStyleSheet",
    "customElements",
    "document",
    "Element",
    "Event",
    "fetch",
    "globalThis",
    "HTMLElement",
    "HTMLInputElement",
    "HTMLIFrameElement",
    "InputEvent",
    "IntersectionObserver",
    "location",
    "matchMedia",
    "MessageChannel",
    "MutationObserver",
    "navigator",
    "Node",
    "performance",
    "queueMicrotask",
    "requestAnimationFrame",
    "requestIdleCallback",
    "ResizeObserver",
    "self",
    "setTimeout",
    "ShadowRoot",
    "structuredClone",
    "TextDecoder",
    "TextEncoder",
    "URL",
    "WebAssembly",
    "window",
    "caches",
    "clients",
    "indexedDB",
    "Response",
    "Request",
  ].map((name) => [name, "readonly"]),
);

// Markup from strings, and code from strings: neither is ever needed, and both are how pages get in.
const injection = [
  {
    selector: "AssignmentExpression[left.property.name=/^(innerHTML|outerHTML)$/]",
    message: "Build nodes; never markup from strings.",
  },
  {
    selector: "CallExpression[callee.property.name='insertAdjacentHTML']",
    message: "Build nodes; never markup from strings.",
  },
  { selector: "CallExpression[callee.property.name='write'][callee.object.name='document']", message: "Build nodes." },
];

// One function writes values into pages: the one named `commit` in the file that has it.
const pageWrites = [
  {
    selector:
      ":not(FunctionDeclaration[id.name='commit'] *) AssignmentExpression[left.property.name=/^(value|checked|selectedIndex)$/]",
    message: "Only commit() writes into a page.",
  },
];

export default [
  { ignores: ["dist/", "target/", "node_modules/"] },
  {
    files: ["**/*.js", "**/*.mjs"],
    languageOptions: { ecmaVersion: 2023, sourceType: "module", globals: browserGlobals },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "no-undef": "error",
      "no-unused-vars": "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-alert": "error",
      "no-var": "error",
      "prefer-const": "error",
      eqeqeq: ["error", "always", { null: "ignore" }],
      "no-fallthrough": "error",
      "no-unreachable": "error",
      "no-self-assign": "error",
      "no-redeclare": "error",
      "no-dupe-keys": "error",
      "no-dupe-args": "error",
      "no-cond-assign": "error",
      "no-constant-condition": ["error", { checkLoops: false }],
      "no-unsafe-finally": "error",
      "require-yield": "error",
      "use-isnan": "error",
      "valid-typeof": "error",
      "no-restricted-syntax": ["error", ...injection],
    },
  },
  {
    // Scripts that run in pages.
    files: ["extension/probe/**/*.js"],
    languageOptions: { sourceType: "script" },
    rules: { "no-restricted-syntax": ["error", ...injection, ...pageWrites] },
  },
  {
    files: ["*.config.js", "**/*.test.js", "scripts/**/*.mjs"],
    languageOptions: { globals: { process: "readonly", Buffer: "readonly" } },
  },
];
