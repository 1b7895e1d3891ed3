// Forms that Vue controls, drawn by what its compiler makes of `v-model`.

import {
  createApp,
  defineComponent,
  h,
  reactive,
  ref,
  vModelSelect,
  vModelText,
  withDirectives,
} from "/modules/vue.js";
import { empty, forms, send, shaped } from "/forms.js";

const root = document.querySelector("#app");

const App = defineComponent({
  props: { form: { type: Object, required: true } },
  setup({ form }) {
    const state = reactive(empty(form));
    const step = ref(0);
    const received = ref();
    const failure = ref("");

    const update = (field) => (value) => {
      state[field.name] = shaped(field, value);
    };

    // Boxes for single digits lead on to the next.
    const lead = (event) => {
      if (form.boxes && event.target.value) event.target.nextElementSibling?.focus();
    };

    const submit = async (event) => {
      event.preventDefault();
      if (step.value + 1 < form.steps.length) {
        step.value++;
        return;
      }
      try {
        received.value = await send(location.pathname, state);
      } catch (error) {
        failure.value = String(error.message);
      }
    };

    const draw = (field) => {
      const {
        name,
        label,
        aria,
        type = "text",
        autocomplete,
        inputMode: inputmode,
        maxLength: maxlength,
        options,
      } = field;
      const common = { id: name, key: name, name, autocomplete, "onUpdate:modelValue": update(field) };
      const control = options
        ? withDirectives(
            h("select", common, [h("option", { value: "" }, "–"), ...options.map((text) => h("option", text))]),
            [[vModelSelect, state[name]]],
          )
        : withDirectives(h("input", { ...common, type, inputmode, maxlength, "aria-label": aria, onInput: lead }), [
            [vModelText, state[name]],
          ]);
      return label ? h("div", { key: name }, [h("label", { for: name }, label), control]) : control;
    };

    const list = (title, values, attributes, role) =>
      h("section", { class: "card", role }, [
        h("h2", title),
        h(
          "dl",
          attributes,
          Object.entries(values).flatMap(([name, value]) => [h("dt", name), h("dd", { "data-name": name }, value)]),
        ),
      ]);

    return () => {
      const fields = form.steps[step.value].map(draw);
      return h("div", [
        h("div", { class: "card" }, [
          h("h1", form.title),
          h("p", { class: "intro" }, "A form that Vue controls."),
          received.value && form.welcome
            ? h("p", form.welcome)
            : h("form", { onSubmit: submit }, [
                ...(form.boxes
                  ? [h("div", { class: "boxes", role: "group", "aria-label": form.boxes }, fields)]
                  : fields),
                h("button", step.value + 1 < form.steps.length ? "Next" : form.button),
              ]),
        ]),
        list("What Vue holds", state, { "data-state": "" }),
        received.value && list("What the server received", received.value, { "data-received": "" }, "status"),
        failure.value && h("p", { class: "card", role: "alert" }, failure.value),
      ]);
    };
  },
});

createApp(App, { form: forms[root.dataset.form] }).mount(root);
