// The forms that React and Vue draw: what they ask, and how they reshape what is typed, as single-page applications do.

const months = ["01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "11", "12"];
const years = ["2027", "2028", "2029", "2030", "2031", "2032"];

const user = { name: "user", label: "Card number or e-mail", autocomplete: "username" };
const password = { name: "password", label: "Password", type: "password", autocomplete: "current-password" };

/** By path: heading, what the button says, the steps, of which each shows its fields, and what takes the place of a form that the server took, if anything does. */
export const forms = {
  login: { title: "Sign in", button: "Sign in", steps: [[user, password]], welcome: "You are signed in." },
  "two-step": { title: "Sign in", button: "Sign in", steps: [[user], [password]] },
  "sign-up": {
    title: "Create your account",
    button: "Create account",
    welcome: "Your account is ready.",
    steps: [
      [
        { name: "email", label: "E-mail", type: "email" },
        { name: "password", label: "Password", type: "password" },
        { name: "again", label: "Repeat password", type: "password" },
      ],
    ],
  },
  "change-password": {
    title: "Change your password",
    button: "Change password",
    steps: [
      [
        { name: "current", label: "Current password", type: "password" },
        { name: "new", label: "New password", type: "password" },
        { name: "again", label: "Repeat new password", type: "password" },
      ],
    ],
  },
  checkout: {
    title: "Pay for your print",
    button: "Pay 12.40",
    steps: [
      [
        { name: "number", label: "Card number", inputMode: "numeric", maxLength: 19, shape: fours },
        { name: "holder", label: "Name on card" },
        { name: "month", label: "Expiry month", options: months },
        { name: "year", label: "Expiry year", options: years },
        { name: "code", label: "Security code", inputMode: "numeric", maxLength: 4, shape: digits },
      ],
    ],
  },
  code: {
    title: "Enter your code",
    button: "Continue",
    steps: [[{ name: "otp", label: "Authentication code", inputMode: "numeric", maxLength: 6, shape: digits }]],
  },
  "code-boxes": {
    title: "Enter your code",
    button: "Continue",
    boxes: "Authentication code",
    steps: [
      ["d1", "d2", "d3", "d4", "d5", "d6"].map((name, index) => ({
        name,
        aria: `Digit ${index + 1}`,
        inputMode: "numeric",
        maxLength: 1,
        shape: digits,
      })),
    ],
  },
};

/** What an input of this field becomes. */
export function shaped(field, text) {
  return field.shape ? field.shape(text) : text;
}

/** Every field, empty. */
export function empty(form) {
  return Object.fromEntries(form.steps.flat().map(({ name }) => [name, ""]));
}

/** Sends what the application holds, which need not be what stands in the page. @returns what the server says it received */
export async function send(path, state) {
  const response = await fetch(`${path}/received`, { method: "POST", body: new URLSearchParams(state) });
  if (response.status === 403) throw new Error("The password is wrong.");
  if (!response.ok) throw new Error(`the server answered ${response.status}`);
  return response.json();
}

function digits(text) {
  return text.replace(/\D/g, "");
}

/** A card number in groups of four. */
function fours(text) {
  return digits(text)
    .replace(/(.{4})(?=.)/g, "$1 ")
    .slice(0, 19);
}
