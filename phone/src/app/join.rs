//! Joining an account by link.

use countersign_seal::{
    Error,
    id::UnixMillis,
    keys::DeviceKeys as _,
    log::{Device, DeviceKind},
    origin::{Origin, Scheme},
    pairing::{LIFETIME_MILLIS, Link},
};
use countersign_wire::relay::{RelayFault, ToRelay};

use super::{App, Effect, Fault, Stage, line::transmit};
use crate::{
    platform::Platform,
    record::{Account, VERSION},
    screen::{News, PairingFault},
};

/// Longest name of a phone, in characters.
const NAME_LIMIT: usize = 64;

/// A link being used.
pub(super) struct Joining {
    link: Link,
    device: Device,
    /// The link is worthless from then on.
    ends: UnixMillis,
    /// Whether the relay has let us into the slot: the link is spent then.
    joined: bool,
}

impl<P: Platform> App<P> {
    pub(super) fn open_link(&mut self, text: &str) {
        match &mut self.stage {
            Stage::Welcome(_) | Stage::Invited(_) => {}
            Stage::Open { news, .. } => {
                *news = Some(News::PairedAlready);
                return;
            }
            _ => return,
        }
        self.stage = match read_link(text) {
            Ok(link) => Stage::Invited(Box::new(link)),
            Err(fault) => Stage::Welcome(Some(fault)),
        };
    }

    pub(super) fn leave_link(&mut self) {
        if matches!(self.stage, Stage::Invited(_) | Stage::Joining(_) | Stage::Welcome(_)) {
            self.stop_joining(None);
        }
    }

    pub(super) fn join(&mut self, name: String, now: UnixMillis) -> Result<(), Fault> {
        let Stage::Invited(link) = &self.stage else { return Ok(()) };
        let keys = self.platform.device().public().clone();
        let name: String = name.trim().chars().take(NAME_LIMIT).collect();
        let device = Device { keys, kind: DeviceKind::Phone, name };
        device.check()?;
        let link = Link::clone(link);
        self.stage = Stage::Joining(Box::new(Joining { link, device, ends: now.plus(LIFETIME_MILLIS), joined: false }));
        self.connect(now);
        Ok(())
    }

    pub(super) fn expire_join(&mut self, now: UnixMillis) {
        if matches!(&self.stage, Stage::Joining(joining) if joining.ends <= now) {
            self.stop_joining(Some(PairingFault::TooLate));
        }
    }

    /// The relay's API origin while joining.
    pub(super) fn joining_relay(&self) -> Option<&str> {
        match &self.stage {
            Stage::Joining(joining) => Some(&joining.link.relay),
            _ => None,
        }
    }

    pub(super) fn join_challenged(&mut self) -> Result<(), Fault> {
        let Stage::Joining(joining) = &self.stage else { return Ok(()) };
        self.effects.push(transmit(&ToRelay::Join { slot: joining.link.slot })?);
        Ok(())
    }

    pub(super) fn slot_joined(&mut self) -> Result<(), Fault> {
        let Stage::Joining(joining) = &mut self.stage else { return Ok(()) };
        joining.joined = true;
        let message = joining.link.hello(&joining.device)?;
        self.effects.push(transmit(&ToRelay::SlotSend { slot: joining.link.slot, message })?);
        Ok(())
    }

    pub(super) async fn slot_message(&mut self, slot: [u8; 16], message: &[u8], now: UnixMillis) -> Result<(), Fault> {
        let Stage::Joining(joining) = &self.stage else { return Ok(()) };
        if slot != joining.link.slot {
            return Ok(());
        }
        let log = match joining.link.open_welcome(self.me, message) {
            Ok(log) => log,
            Err(_) => {
                self.stop_joining(Some(PairingFault::NotProven));
                return Ok(());
            }
        };
        let account = make_account(&joining.link);
        self.log = Some(log);
        self.account = Some(account);
        // The log first: an account without its log is none at the next start.
        if self.save_log().await.is_err() || self.save_account().await.is_err() {
            (self.log, self.account) = (None, None);
            self.stop_joining(Some(PairingFault::Storage));
            return Ok(());
        }
        self.stage = self.first_stage();
        // A connection that joined a slot does nothing else: log in on a new one.
        self.connect(now);
        Ok(())
    }

    /// The relay refused while joining.
    pub(super) fn join_refused(&mut self, fault: RelayFault) {
        self.stop_joining(Some(match fault {
            RelayFault::NoSlot => PairingFault::TooLate,
            RelayFault::Version => PairingFault::RelayVersion,
            _ => PairingFault::Unreachable,
        }));
    }

    /// The connection ended while joining. Once the slot is joined the link is spent; before, the relay just cannot be reached.
    pub(super) fn join_cut_off(&mut self) {
        if let Stage::Joining(joining) = &self.stage {
            let fault = if joining.joined { PairingFault::TooLate } else { PairingFault::Unreachable };
            self.stop_joining(Some(fault));
        }
    }

    pub(super) fn stop_joining(&mut self, fault: Option<PairingFault>) {
        if matches!(self.stage, Stage::Joining(_)) {
            self.line.close();
            self.effects.push(Effect::Disconnect);
        }
        self.stage = Stage::Welcome(fault);
    }
}

/// Takes a whole URL or its fragment.
fn read_link(text: &str) -> Result<Link, PairingFault> {
    let text = text.trim();
    let fragment = text.split_once('#').map_or(text, |(_, fragment)| fragment);
    let link = Link::from_fragment(fragment).map_err(|error| match error {
        Error::NewerVersion { .. } => PairingFault::NewerLink,
        _ => PairingFault::NotALink,
    })?;
    let relay = Origin::parse(&link.relay).map_err(|_| PairingFault::NotALink)?;
    if is_trustworthy(&relay) { Ok(link) } else { Err(PairingFault::InsecureRelay) }
}

/// HTTPS, or this very machine (Secure Contexts, "potentially trustworthy origin").
fn is_trustworthy(relay: &Origin) -> bool {
    relay.scheme() == Scheme::Https
        || matches!(relay.host(), "localhost" | "127.0.0.1" | "[::1]")
        || relay.host().ends_with(".localhost")
}

fn make_account(link: &Link) -> Account {
    Account { version: VERSION, relay: link.relay.clone(), id: link.account, shower: link.shower, stop: None }
}
