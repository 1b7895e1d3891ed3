// Lints for the JavaScript that browsers load. Rules name the mistakes that would matter here; style is prettier's.

import globals from "globals";

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

// One file writes into pages: `probe/write.js`, which `commit` alone calls. All the ways in which a script can put a value into a form, or make a page believe that a
// user did, are refused elsewhere.
const elsewhere = (selector) => ({ selector, message: "Only commit() writes into a page." });
const pageWrites = [
  elsewhere(
    "AssignmentExpression[left.property.name=/^(value|valueAsNumber|valueAsDate|checked|selected|selectedIndex)$/]",
  ),
  elsewhere(
    "CallExpression[callee.property.name=/^(getOwnPropertyDescriptors?|setRangeText|execCommand|dispatchEvent|requestSubmit|submit)$/]",
  ),
  elsewhere("CallExpression[callee.name='write']:not(FunctionDeclaration[id.name='commit'] *)"),
  elsewhere("CallExpression[callee.property.name='setAttribute'][arguments.0.value=/^(value|checked|selected)$/]"),
];

export default [
  { ignores: ["dist/", "target/", "node_modules/"] },
  {
    files: ["**/*.js", "**/*.mjs"],
    languageOptions: {
      ecmaVersion: 2023,
      sourceType: "module",
      globals: { ...globals.browser, ...globals.webextensions },
    },
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
      "no-redeclare": ["error", { builtinGlobals: false }],
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
    files: ["extension/probe/write.js"],
    rules: { "no-restricted-syntax": ["error", ...injection] },
  },
  {
    files: ["*.config.js", "**/*.test.js", "scripts/**/*.mjs"],
    languageOptions: { globals: globals.node },
  },
];
