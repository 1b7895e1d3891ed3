import { usePaymentInputs } from "react-payment-inputs";

import { show } from "./react-page.jsx";

function Fields({ held, hold }) {
  const { meta, getCardNumberProps, getExpiryDateProps, getCVCProps } = usePaymentInputs();
  const hear =
    (name) =>
    ({ target }) =>
      hold(name)(target.value);
  return (
    <>
      <p>
        <input id="holder" placeholder="Name on card" value={held.holder} onChange={hear("holder")} />
      </p>
      <p>
        <input {...getCardNumberProps({ onChange: hear("number") })} value={held.number} />
        <input {...getExpiryDateProps({ onChange: hear("expiry") })} value={held.expiry} />
        <input {...getCVCProps({ onChange: hear("code") })} value={held.code} />
      </p>
      {meta.isTouched && meta.error && <p role="alert">Error: {meta.error}</p>}
    </>
  );
}

show(Fields);
