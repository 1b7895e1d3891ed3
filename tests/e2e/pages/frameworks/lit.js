// Forms that Lit controls, in a shadow root as its elements have them. The card's fields are formatted by Cleave.js.

import Cleave from "cleave.js";
import { LitElement, html } from "lit";
import { live } from "lit/directives/live.js";

import { empty, form, root, submit } from "./page.js";

const FORMATS = {
  number: { creditCard: true },
  expiry: { date: true, datePattern: ["m", "y"] },
  code: { blocks: [4], numericOnly: true },
};

class HarbourForm extends LitElement {
  static properties = { held: { state: true }, received: { state: true }, failure: { state: true } };

  constructor() {
    super();
    this.held = empty;
    this.received = false;
    this.failure = "";
  }

  firstUpdated() {
    if (form !== "checkout") return;
    for (const [name, format] of Object.entries(FORMATS)) {
      const onValueChanged = ({ target }) => this.hold(name, target.value);
      new Cleave(this.renderRoot.getElementById(name), { ...format, onValueChanged });
    }
  }

  hold(name, value) {
    this.held = { ...this.held, [name]: value };
  }

  async send(event) {
    event.preventDefault();
    try {
      await submit(this.held);
      this.received = true;
    } catch (error) {
      this.failure = String(error.message);
    }
  }

  input(name, label, type = "text") {
    const hear = ({ target }) => this.hold(name, target.value);
    return html`<p>
      <label for=${name}>${label}</label>
      <input id=${name} type=${type} .value=${live(this.held[name])} @input=${hear} />
    </p>`;
  }

  formatted(name, label, placeholder = "") {
    return html`<p><label for=${name}>${label}</label> <input id=${name} placeholder=${placeholder} /></p>`;
  }

  fields() {
    switch (form) {
      case "login":
        return [this.input("user", "E-mail"), this.input("password", "Password", "password")];
      case "sign-up":
        return [
          this.input("email", "E-mail", "email"),
          this.input("password", "Password", "password"),
          this.input("again", "Repeat password", "password"),
        ];
      case "change-password":
        return [
          this.input("current", "Current password", "password"),
          this.input("new", "New password", "password"),
          this.input("again", "Repeat new password", "password"),
        ];
      default:
        return [
          this.formatted("number", "Card number"),
          this.input("holder", "Name on card"),
          this.formatted("expiry", "Expiry date", "MM/YY"),
          this.formatted("code", "Security code"),
        ];
    }
  }

  render() {
    const button = { login: "Sign in", "sign-up": "Sign up", "change-password": "Save", checkout: "Pay" }[form];
    const failure = this.failure ? html`<p class="error">${this.failure}</p>` : "";
    const asks = html`<form @submit=${this.send}>${failure}${this.fields()}<button>${button}</button></form>`;
    return html`${this.received && (form === "login" || form === "sign-up") ? html`<p>You are signed in.</p>` : asks}
      <dl data-state>
        ${Object.entries(this.held).map(
          ([name, value]) =>
            html`<dt>${name}</dt>
              <dd data-name=${name}>${value}</dd>`,
        )}
      </dl>
      ${this.received ? html`<p data-received>Received.</p>` : ""}`;
  }
}

customElements.define("harbour-form", HarbourForm);
root.append(document.createElement("harbour-form"));
