import OtpInput from "react-otp-input";

import { show } from "./react-page.jsx";

show(({ held, hold }) => (
  <>
    <p>Enter the 6-digit code from your authenticator app.</p>
    <OtpInput
      value={held.otp}
      onChange={hold("otp")}
      numInputs={6}
      renderSeparator={<span>-</span>}
      renderInput={(props) => <input {...props} />}
      inputStyle={{ width: "3em", height: "3em" }}
    />
  </>
));
