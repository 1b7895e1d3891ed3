// A plain page, whose inputs `payment` formats. It holds what events told it.

import Payment from "payment";

import { empty, root, submit } from "./page.js";

const element = (name, more, ...children) => {
  const made = Object.assign(document.createElement(name), more);
  made.append(...children);
  return made;
};

const field = (id, label, more) =>
  element("p", {}, element("label", { htmlFor: id }, label), " ", element("input", { id, ...more }));

const held = { ...empty };
const state = element("dl");
state.dataset.state = "";

function draw() {
  const rows = Object.entries(held).map(([name, value]) => {
    const row = element("dd", {}, value);
    row.dataset.name = name;
    return [element("dt", {}, name), row];
  });
  state.replaceChildren(...rows.flat());
}

const form = element(
  "form",
  {},
  field("number", "Card number", { className: "cc-num", placeholder: "•••• •••• •••• ••••" }),
  field("holder", "Name on card"),
  field("expiry", "Expiry", { className: "cc-exp", placeholder: "•• / ••" }),
  field("code", "CVC", { className: "cc-cvc", placeholder: "•••" }),
  element("button", {}, "Pay"),
);
root.append(form, state);

Payment.formatCardNumber(form.querySelector(".cc-num"));
Payment.formatCardExpiry(form.querySelector(".cc-exp"));
Payment.formatCardCVC(form.querySelector(".cc-cvc"));

const hear = ({ target }) => {
  held[target.id] = target.value;
  draw();
};
for (const event of ["input", "change"]) form.addEventListener(event, hear);
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  await submit(held);
  const received = element("p", {}, "Received.");
  received.dataset.received = "";
  root.append(received);
});
draw();
