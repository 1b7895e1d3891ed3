// Starts the WebAssembly module that the page names, and says so if that fails.

const modules = {
  popup: () => import("./popup/popup.js"),
  "vault-page": () => import("./vault-page/vault-page.js"),
};

async function start() {
  const name = document.documentElement.dataset.module;
  const module = await modules[name]();
  await module.default({ module_or_path: new URL(`./${name}/${name}_bg.wasm`, import.meta.url) });
}

start().catch((error) => {
  console.error(error);
  const { i18n } = globalThis.browser ?? globalThis.chrome;
  const line = document.createElement("p");
  line.setAttribute("role", "alert");
  line.className = "load-failed";
  line.textContent = i18n.getMessage("load_failed");
  document.body.append(line);
});
