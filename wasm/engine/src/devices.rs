//! The vault page's devices: the list, and what is shown for another one to join.

use crate::{
    effect::PanelId,
    engine::{Engine, Purpose},
};
use countersign_wire::{
    device::DeviceSummary,
    local::{Fault, Method, Reply},
    panel::{PanelKind, Showing},
};

/// What a vault page knows of devices.
#[derive(Default)]
pub(crate) struct Devices {
    /// `None` until it asks.
    pub(crate) list: Option<Vec<DeviceSummary>>,
    showing: Option<(Showing, u64)>,
}

impl Devices {
    /// What is shown, with the time that is left of it.
    pub(crate) fn showing(&self, now: u64) -> Option<Showing> {
        let (showing, until) = self.showing.as_ref()?;
        let mut showing = showing.clone();
        if let Showing::Code { remaining_millis, .. } | Showing::Link { remaining_millis, .. } = &mut showing {
            *remaining_millis = until.saturating_sub(now);
        }
        Some(showing)
    }

    /// Whether a code or link is shown that may still be used.
    const fn is_open(&self) -> bool {
        matches!(self.showing, Some((Showing::Code { .. } | Showing::Link { .. }, _)))
    }
}

impl Engine {
    pub(crate) fn list_devices(&mut self, id: PanelId) {
        if self.is_vault(id) {
            self.call(Method::Devices, Purpose::Devices(id));
        }
    }

    /// Asks for a code or link; one that another page shows is void then.
    pub(crate) fn show_to_pair(&mut self, id: PanelId, method: Method) {
        if self.is_vault(id) {
            self.pairing_over(&Showing::Failed(Fault::WrongCode));
            self.call(method, Purpose::Show(id));
        }
    }

    pub(crate) fn stop_pairing(&mut self, id: PanelId) {
        let Some(panel) = self.panels.get_mut(&id) else { return };
        if core::mem::take(&mut panel.devices.showing).is_some() && self.way.is_up() {
            self.call(Method::StopPairing, Purpose::Status);
        }
    }

    pub(crate) fn devices_came(&mut self, id: PanelId, result: Result<Reply, Fault>) {
        let Some(panel) = self.panels.get_mut(&id) else { return };
        match result {
            Ok(Reply::Devices(list)) => panel.devices.list = Some(list),
            Ok(_) => panel.fault = Some(Fault::Malformed),
            Err(fault) => panel.fault = Some(fault),
        }
    }

    pub(crate) fn shown_to_pair(&mut self, id: PanelId, result: Result<Reply, Fault>) {
        let now = self.now.monotonic;
        let Some(panel) = self.panels.get_mut(&id) else {
            // The page is gone: nobody sees it.
            return self.call(Method::StopPairing, Purpose::Status);
        };
        let (showing, lifetime) = match result {
            Ok(Reply::Code { digits, lifetime_millis }) => {
                (Showing::Code { digits, remaining_millis: lifetime_millis }, lifetime_millis)
            }
            Ok(Reply::Link { url, lifetime_millis }) => {
                (Showing::Link { url, remaining_millis: lifetime_millis }, lifetime_millis)
            }
            Ok(_) => return panel.fault = Some(Fault::Malformed),
            Err(fault) => {
                panel.fault = Some(fault);
                // How long to wait stands in the status.
                return self.call_status();
            }
        };
        panel.devices.showing = Some((showing, now.saturating_add(lifetime)));
    }

    /// What came of the code or link that this browser shows.
    pub(crate) fn pairing_over(&mut self, outcome: &Showing) {
        for panel in self.panels.values_mut().filter(|panel| panel.devices.is_open()) {
            panel.devices.showing = Some((outcome.clone(), 0));
        }
    }

    /// Whoever has asked for the list is told of changes, too.
    pub(crate) fn refresh_devices(&mut self) {
        let asked: Vec<PanelId> =
            self.panels.iter().filter(|(_, panel)| panel.devices.list.is_some()).map(|(id, _)| *id).collect();
        asked.into_iter().for_each(|id| self.list_devices(id));
    }

    /// Whether it is a vault page.
    pub(crate) fn is_vault(&self, id: PanelId) -> bool {
        self.panels.get(&id).is_some_and(|panel| panel.is(PanelKind::Vault))
    }
}
