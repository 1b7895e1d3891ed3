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
