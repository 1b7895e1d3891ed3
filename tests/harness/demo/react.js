// Forms that React controls: a value that it does not know of is gone at the next keystroke.

import { createElement as h, useRef, useState } from "/modules/react.js";
import { createRoot } from "/modules/react-dom-client.js";
import { empty, forms, send, shaped } from "/forms.js";

const root = document.querySelector("#app");

function App({ form }) {
  const [state, setState] = useState(() => empty(form));
  const [step, setStep] = useState(0);
  const [received, setReceived] = useState();
  const [failure, setFailure] = useState("");
  const boxes = useRef([]);

  const change = (field, index) => (event) => {
    const value = shaped(field, event.target.value);
    setState((state) => ({ ...state, [field.name]: value }));
    // Boxes for single digits lead on to the next.
    if (form.boxes && value) boxes.current[index + 1]?.focus();
  };

  const submit = async (event) => {
    event.preventDefault();
    if (step + 1 < form.steps.length) return setStep(step + 1);
    try {
      setReceived(await send(location.pathname, state));
    } catch (error) {
      setFailure(String(error.message));
    }
  };

  const draw = (field, index) => {
    const { name, label, aria, type = "text", autocomplete, inputMode, maxLength, options } = field;
    const common = { id: name, value: state[name], onChange: change(field, index), autoComplete: autocomplete };
    const control = options
      ? h("select", common, h("option", { value: "" }, "–"), ...options.map((text) => h("option", { key: text }, text)))
      : h("input", {
          ...common,
          type,
          inputMode,
          maxLength,
          "aria-label": aria,
          ref: (element) => void (boxes.current[index] = element),
        });
    return label
      ? h("div", { key: name }, h("label", { htmlFor: name }, label), control)
      : h(Keyed, { key: name }, control);
  };

  const fields = form.steps[step].map(draw);
  return h(
    "div",
    null,
    h(
      "div",
      { className: "card" },
      h("h1", null, form.title),
      h("p", { className: "intro" }, "A form that React controls."),
      received && form.welcome
        ? h("p", null, form.welcome)
        : h(
            "form",
            { onSubmit: submit },
            form.boxes ? h("div", { className: "boxes", role: "group", "aria-label": form.boxes }, fields) : fields,
            h("button", null, step + 1 < form.steps.length ? "Next" : form.button),
          ),
    ),
    h(List, { title: "What React holds", values: state, mark: "data-state" }),
    received && h(List, { title: "What the server received", values: received, mark: "data-received", role: "status" }),
    failure && h("p", { className: "card", role: "alert" }, failure),
  );
}

function Keyed({ children }) {
  return children;
}

function List({ title, values, mark, role }) {
  const rows = Object.entries(values).flatMap(([name, value]) => [
    h("dt", { key: name }, name),
    h("dd", { key: `${name} value`, "data-name": name }, value),
  ]);
  return h("section", { className: "card", role }, h("h2", null, title), h("dl", { [mark]: "" }, rows));
}

createRoot(root).render(h(App, { form: forms[root.dataset.form] }));
