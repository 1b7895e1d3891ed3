//! Who may log in: an active device of the account, which signs this relay's challenge.

use countersign_seal::{
    codec,
    context::Context,
    id::{AccountId, DeviceId, UnixMillis},
    keys::Signature,
    log::{DeviceKind, Log},
};
use countersign_wire::relay::{LoginStatement, RelayFault};

/// How far a device's clock may be off.
const CLOCK_SLACK_MILLIS: u64 = 120_000;
const STATEMENT_LIMIT: usize = 1024;

/// A statement whose form, relay, challenge and time are right; its signature is not checked yet.
#[derive(Debug)]
pub(crate) struct Claim {
    pub(crate) account: AccountId,
    device: DeviceId,
}

impl Claim {
    /// Parses a login statement made for this relay and this connection.
    pub(crate) fn parse(
        statement: &[u8],
        origin: &str,
        challenge: &[u8; 32],
        now: UnixMillis,
    ) -> Result<Self, RelayFault> {
        let statement: LoginStatement =
            codec::from_slice(statement, "login statement", STATEMENT_LIMIT).map_err(|_| RelayFault::Malformed)?;
        let in_time = statement.time.0.abs_diff(now.0) <= CLOCK_SLACK_MILLIS;
        if statement.relay != origin || statement.challenge != *challenge || !in_time {
            return Err(RelayFault::LoginRefused);
        }
        Ok(Self { account: statement.account, device: statement.device })
    }

    /// Verifies the signature with the device's key from the account's log. Browsers have no business here.
    pub(crate) fn verify(&self, log: &Log, statement: &[u8], signature: &Signature) -> Result<DeviceId, RelayFault> {
        let listed = log.active(self.device).map_err(|_| RelayFault::LoginRefused)?;
        if listed.device.kind == DeviceKind::Browser {
            return Err(RelayFault::LoginRefused);
        }
        listed
            .device
            .keys
            .verifying
            .verify(Context::Login, statement, signature, "login")
            .map_err(|_| RelayFault::LoginRefused)?;
        Ok(self.device)
    }
}
