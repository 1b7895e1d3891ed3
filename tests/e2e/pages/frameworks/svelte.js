import { mount } from "svelte";

import { root } from "./page.js";
import App from "./svelte.svelte";

mount(App, { target: root });
