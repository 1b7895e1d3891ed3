// Bundles the pages of frameworks and components, each as its users would, into target/frameworks.

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { build } from "esbuild";
import { compile } from "svelte/compiler";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

const svelte = {
  name: "svelte",
  setup(build) {
    build.onLoad({ filter: /\.svelte$/ }, async ({ path }) => ({
      contents: compile(await readFile(path, "utf8"), { filename: path, generate: "client" }).js.code,
      loader: "js",
    }));
  },
};

await build({
  entryPoints: [
    "angular.ts",
    "input-otp.jsx",
    "lit.js",
    "payment.js",
    "react-otp-input.jsx",
    "react-payment-inputs.jsx",
    "svelte.js",
    "vue3-otp-input.js",
  ].map(here),
  outdir: here("../../../../target/frameworks"),
  bundle: true,
  format: "esm",
  // Angular finds classes by their names.
  minifySyntax: true,
  minifyWhitespace: true,
  conditions: ["production", "browser"],
  define: {
    "process.env.NODE_ENV": '"production"',
    ngDevMode: "false",
  },
  jsx: "automatic",
  plugins: [svelte],
  tsconfigRaw: { compilerOptions: { experimentalDecorators: true, useDefineForClassFields: false } },
  logLevel: "warning",
});
