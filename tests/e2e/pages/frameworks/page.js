// What these pages share: which form is asked for, and where its state goes.

import { send } from "../../../harness/demo/forms.js";

export const root = document.querySelector("#app");
export const form = root.dataset.form;

/** What the form asks, empty. */
export const empty = {
  login: { user: "", password: "" },
  "sign-up": { email: "", password: "", again: "" },
  "change-password": { current: "", new: "", again: "" },
  checkout: { number: "", holder: "", expiry: "", code: "" },
  code: { otp: "" },
}[form];

/** Sends what the application holds, which need not be what stands in the page. */
export function submit(state) {
  return send(location.pathname, state);
}
