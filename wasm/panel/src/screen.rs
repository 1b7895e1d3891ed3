//! Which screen for which view.

use crate::{request::about, say::About};
use countersign_wire::{
    local::Fault,
    panel::{Link, PanelKind, RequestView, View},
};

/// What a panel shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Screen {
    /// The worker, or its way to the daemon, is starting.
    Connecting,
    /// Worker and page do not understand each other: one of them is older.
    Outdated,
    /// The native messaging host is not installed.
    NoHost,
    /// The daemon is not running.
    NoDaemon,
    /// The daemon runs, and cannot open its store.
    Unusable(Fault),
    /// The daemon has no account yet.
    NotSetUp,
    /// This browser profile is not paired.
    NotPaired,
    /// Pairing waits.
    Pairing,
    /// The panel may show nothing: its ticket is used up, or a page has framed it.
    Shut,
    /// A request is in hand.
    Request,
    /// The daemon is locked.
    Locked,
    /// The vault is open.
    Open,
}

/// What the worker last said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// Nothing yet.
    Nothing,
    /// Something that this page does not understand.
    Gibberish,
    /// All there is to show.
    View(Box<View>),
}

impl Heard {
    /// The view, if there is one.
    #[must_use]
    pub fn view(&self) -> Option<&View> {
        match self {
            Self::View(view) => Some(view),
            Self::Nothing | Self::Gibberish => None,
        }
    }
}

/// The screen for what the worker last said.
#[must_use]
pub fn screen(kind: PanelKind, heard: &Heard) -> Screen {
    let view = match heard {
        Heard::Nothing => return Screen::Connecting,
        Heard::Gibberish => return Screen::Outdated,
        Heard::View(view) => view,
    };
    match view.link {
        Link::Connecting => Screen::Connecting,
        Link::NoHost => Screen::NoHost,
        Link::NoDaemon => match view.fault {
            Some(fault) if fault.is_of_store() => Screen::Unusable(fault),
            _ => Screen::NoDaemon,
        },
        Link::NotSetUp => Screen::NotSetUp,
        Link::Locked => Screen::Locked,
        Link::NotPaired => Screen::NotPaired,
        Link::Pairing { .. } => Screen::Pairing,
        Link::Up => linked(kind, view),
    }
}

/// A fill that goes on in some tab does not interrupt the vault page, nor anything the offer.
fn concerns(kind: PanelKind, request: &RequestView) -> bool {
    match kind {
        PanelKind::Popup | PanelKind::Chooser => true,
        PanelKind::Vault => about(request) == About::Edit,
        PanelKind::Offer => false,
    }
}

fn linked(kind: PanelKind, view: &View) -> Screen {
    match &view.status {
        None if view.fault.is_some() => Screen::Shut,
        None => Screen::Connecting,
        // How a request ended is told even where it locked the daemon.
        Some(_) if view.request.as_ref().is_some_and(|request| concerns(kind, request)) => Screen::Request,
        Some(status) if status.locked => Screen::Locked,
        Some(_) => Screen::Open,
    }
}

/// A view with nothing in it but how the way to the daemon is.
#[must_use]
pub fn view_of(link: Link) -> View {
    View {
        link,
        status: None,
        place: None,
        realm: None,
        items: vec![],
        total: 0,
        seeking: false,
        query: String::new(),
        offset: 0,
        overwrite: None,
        generator: None,
        makes: false,
        copies: false,
        code: None,
        making: None,
        request: None,
        fault: None,
        covered: false,
        cycled: 0,
        saved: 0,
        devices: None,
        showing: None,
        has_form: false,
        form: None,
        corrections: None,
        ignored: None,
        captures: vec![],
    }
}

/// The fault to tell on a screen: not what the screen says anyway, nor what stands at a field.
#[must_use]
pub fn fault_to_tell(screen: Screen, fault: Fault) -> Option<Fault> {
    let said_already = match screen {
        Screen::NoDaemon => matches!(fault, Fault::NoDaemon),
        Screen::NotSetUp => matches!(fault, Fault::NotSetUp),
        Screen::NotPaired => matches!(fault, Fault::NotPaired) || at_code(fault),
        Screen::Locked => matches!(fault, Fault::Locked) || at_pin(fault),
        Screen::Shut | Screen::Unusable(_) => true,
        _ => false,
    };
    (!said_already).then_some(fault)
}

/// Whether a fault is about the typed pairing code.
#[must_use]
pub const fn at_code(fault: Fault) -> bool {
    matches!(fault, Fault::NoCode | Fault::WrongCode)
}

/// Whether a fault is about the typed PIN.
#[must_use]
pub const fn at_pin(fault: Fault) -> bool {
    matches!(fault, Fault::WrongPin | Fault::TryLater)
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_seal::{
        id::{FieldId, ItemId},
        request::{Number, Refusal},
    };
    use countersign_wire::local::{Progress, Status};

    fn up(locked: bool) -> View {
        let status = Status {
            version: "0.1.0".into(),
            locked,
            pin: true,
            phone: true,
            relay: None,
            retry_after_millis: 0,
            faults: vec![],
        };
        View { status: Some(status), ..view_of(Link::Up) }
    }

    fn shown(view: View) -> Screen {
        screen(PanelKind::Popup, &Heard::View(Box::new(view)))
    }

    fn request(progress: Progress) -> RequestView {
        let number = Number::try_from(42).unwrap();
        RequestView {
            item: ItemId([1; 16]),
            title: "Bank".into(),
            edit: true,
            copy: false,
            again: true,
            fields: vec![],
            carried: false,
            follows: false,
            number,
            progress,
            filled: None,
            remaining_millis: 1000,
        }
    }

    #[test]
    fn a_daemon_that_cannot_open_its_store_is_not_said_to_be_missing() {
        for fault in [Fault::DiskFull, Fault::ReadOnly, Fault::Damaged, Fault::NewerStore, Fault::Store] {
            let view = View { fault: Some(fault), ..view_of(Link::NoDaemon) };
            assert_eq!(shown(view), Screen::Unusable(fault));
            assert_eq!(fault_to_tell(Screen::Unusable(fault), fault), None, "the screen says it");
        }
        let view = View { fault: Some(Fault::Malformed), ..view_of(Link::NoDaemon) };
        assert_eq!(shown(view), Screen::NoDaemon);
    }

    #[test]
    fn each_link_has_its_screen() {
        assert_eq!(screen(PanelKind::Popup, &Heard::Nothing), Screen::Connecting);
        assert_eq!(screen(PanelKind::Popup, &Heard::Gibberish), Screen::Outdated);
        for (link, expected) in [
            (Link::Connecting, Screen::Connecting),
            (Link::NoHost, Screen::NoHost),
            (Link::NoDaemon, Screen::NoDaemon),
            (Link::NotSetUp, Screen::NotSetUp),
            (Link::Locked, Screen::Locked),
            (Link::NotPaired, Screen::NotPaired),
            (Link::Pairing { number: None, progress: None }, Screen::Pairing),
            (Link::Up, Screen::Connecting),
        ] {
            assert_eq!(shown(view_of(link)), expected);
        }
        assert_eq!(shown(up(true)), Screen::Locked);
        assert_eq!(shown(up(false)), Screen::Open);
    }

    #[test]
    fn how_a_request_ended_is_shown_even_when_it_locked_the_daemon() {
        let view = View { request: Some(request(Progress::Refused(Refusal::NotMe))), ..up(true) };
        assert_eq!(shown(view), Screen::Request);
    }

    #[test]
    fn the_vault_page_is_interrupted_by_edits_only() {
        let mut fill = request(Progress::Asked);
        (fill.edit, fill.fields) = (false, vec![FieldId([2; 16])]);
        let view = View { request: Some(fill), ..up(false) };
        assert_eq!(screen(PanelKind::Vault, &Heard::View(Box::new(view.clone()))), Screen::Open);
        assert_eq!(shown(view), Screen::Request);
        let edit = View { request: Some(request(Progress::Asked)), ..up(false) };
        assert_eq!(screen(PanelKind::Vault, &Heard::View(Box::new(edit))), Screen::Request);
    }

    #[test]
    fn a_panel_that_may_show_nothing_is_shut() {
        assert_eq!(shown(View { fault: Some(Fault::NotFound), ..view_of(Link::Up) }), Screen::Shut);
    }

    #[test]
    fn a_fault_is_told_once() {
        assert_eq!(fault_to_tell(Screen::Locked, Fault::WrongPin), None);
        assert_eq!(fault_to_tell(Screen::Locked, Fault::Keystore), Some(Fault::Keystore));
        assert_eq!(fault_to_tell(Screen::NotPaired, Fault::WrongCode), None);
        assert_eq!(fault_to_tell(Screen::Open, Fault::Busy), Some(Fault::Busy));
    }
}
