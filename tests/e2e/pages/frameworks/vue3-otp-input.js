import { createApp, h, reactive, ref } from "vue";
import VOtpInput from "vue3-otp-input";

import { empty, root, submit } from "./page.js";

const App = {
  setup() {
    const held = reactive(empty);
    const received = ref(false);
    const send = async (event) => {
      event.preventDefault();
      await submit(held);
      received.value = true;
    };
    const state = () =>
      Object.entries(held).map(([name, value]) => [h("dt", name), h("dd", { "data-name": name }, value)]);
    return () => [
      h("form", { onSubmit: send }, [
        h("p", "Enter the 6-digit code from your authenticator app."),
        h(VOtpInput, {
          inputClasses: "otp-input",
          separator: "-",
          inputType: "letter-numeric",
          numInputs: 6,
          value: held.otp,
          "onUpdate:value": (value) => (held.otp = value),
          shouldAutoFocus: true,
          shouldFocusOrder: true,
        }),
        h("button", "Continue"),
      ]),
      h("dl", { "data-state": "" }, state().flat()),
      received.value && h("p", { "data-received": "" }, "Received."),
    ];
  },
};

createApp(App).mount(root);
