import { OTPInput } from "input-otp";

import { show } from "./react-page.jsx";

const Slot = ({ char, placeholderChar }) => <div className="slot">{char ?? placeholderChar}</div>;

show(({ held, hold }) => (
  <>
    <p>Enter the 6-digit code from your authenticator app.</p>
    <OTPInput
      maxLength={6}
      value={held.otp}
      onChange={hold("otp")}
      render={({ slots }) => (
        <div className="slots">
          {slots.map((slot, index) => (
            <Slot key={index} {...slot} />
          ))}
        </div>
      )}
    />
  </>
));
