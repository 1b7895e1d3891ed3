// What pages of components for React share: the form, its state, and what came of it.

import { Fragment, useState } from "react";
import { createRoot } from "react-dom/client";

import { empty, root, submit } from "./page.js";

function Page({ Fields }) {
  const [held, setHeld] = useState(empty);
  const [received, setReceived] = useState(false);
  const hold = (name) => (value) => setHeld((held) => ({ ...held, [name]: value }));

  const send = async (event) => {
    event.preventDefault();
    await submit(held);
    setReceived(true);
  };

  return (
    <>
      <form onSubmit={send}>
        <Fields held={held} hold={hold} />
        <button>Continue</button>
      </form>
      <dl data-state="">
        {Object.entries(held).map(([name, value]) => (
          <Fragment key={name}>
            <dt>{name}</dt>
            <dd data-name={name}>{value}</dd>
          </Fragment>
        ))}
      </dl>
      {received && <p data-received="">Received.</p>}
    </>
  );
}

export function show(Fields) {
  createRoot(root).render(<Page Fields={Fields} />);
}
