//! Domain separation: every signature and every derived key starts with one of these strings.

/// What a signature is for. The signed bytes are `context string · 0x00 · message`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Context {
    /// An envelope between devices.
    Envelope,
    /// A login at a relay.
    Login,
    /// A device-log entry.
    Log,
    /// What a browser or the command line asks for.
    Request,
    /// A phone's answer.
    Answer,
    /// A record of the vault's record log.
    Record,
    /// A local session between browser and daemon.
    Session,
    /// Pairing.
    Pairing,
}

impl Context {
    /// The context string.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Envelope => "countersign/v1/envelope",
            Self::Login => "countersign/v1/login",
            Self::Log => "countersign/v1/log",
            Self::Request => "countersign/v1/request",
            Self::Answer => "countersign/v1/answer",
            Self::Record => "countersign/v1/record",
            Self::Session => "countersign/v1/session",
            Self::Pairing => "countersign/v1/pairing",
        }
    }

    /// The bytes to sign for `message` in this context.
    #[must_use]
    pub fn message(self, message: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.as_str().len() + 1 + message.len());
        bytes.extend_from_slice(self.as_str().as_bytes());
        bytes.push(0);
        bytes.extend_from_slice(message);
        bytes
    }
}

/// What a device's fingerprint starts with.
pub const DEVICE_FINGERPRINT: &str = "countersign/v1/device";
/// Starts the additional data of a field's ciphertext.
pub const FIELD: &str = "countersign/v1/field";
/// Starts the additional data of a part of a stored record.
pub const RECORD: &str = "countersign/v1/stored-record";
/// Starts what is authenticated to compare secrets.
pub const COMPARISON: &str = "countersign/v1/comparison";
/// Starts the additional data of a deposit.
pub const DEPOSIT: &str = "countersign/v1/deposit";
/// Starts the additional data of a wrapped secret.
pub const WRAPPED_SECRET: &str = "countersign/v1/wrapped-secret";
/// Starts the HPKE info of what an approval yields; the request's hash and the phone's fingerprint follow.
pub const YIELD: &str = "countersign/v1/yield";
/// HPKE info of what is sealed to the recovery key.
pub const RECOVERY_SEAL: &str = "countersign/v1/recovery/seal";
/// HKDF info: the recovery words' Ed25519 key.
pub const RECOVERY_SIGN: &str = "countersign/v1/recovery/ed25519";
/// HKDF info: the recovery words' X-Wing key.
pub const RECOVERY_UNWRAP: &str = "countersign/v1/recovery/x-wing";
/// HKDF info: the recovery words' age identity.
pub const RECOVERY_AGE: &str = "countersign/v1/recovery/age";
/// HKDF info: the session key for what the browser sends.
pub const SESSION_FROM_BROWSER: &str = "countersign/v1/session/from-browser";
/// HKDF info: the session key for what the daemon sends.
pub const SESSION_FROM_DAEMON: &str = "countersign/v1/session/from-daemon";
/// HKDF info: encrypts a pairing link's first message.
pub const LINK_HELLO: &str = "countersign/v1/pairing/link/hello";
/// HKDF info: encrypts a pairing link's second message.
pub const LINK_WELCOME: &str = "countersign/v1/pairing/link/welcome";
/// HKDF info: authenticates both identities of a pairing by link.
pub const LINK_MAC: &str = "countersign/v1/pairing/link/mac";
/// HKDF info: the key confirmation of the side that showed the code.
pub const CODE_SHOWER: &str = "countersign/v1/pairing/code/shower";
/// HKDF info: the key confirmation of the side that typed the code.
pub const CODE_TYPER: &str = "countersign/v1/pairing/code/typer";
/// [`crate::approver::derive_pin_key`]'s info for the key that wraps an approver key on a phone.
pub const APPROVER_WRAP: &str = "countersign/v1/approver-wrap";
/// [`crate::approver::derive_pin_key`]'s info for the key of a desktop's local store.
pub const STORE_KEY: &str = "countersign/v1/store";
