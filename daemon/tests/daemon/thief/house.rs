//! The house that the thief breaks into: a computer with a phone, a browser and sealed items.

use super::{Thief, loot::Loot};
use crate::{
    browser::{Browser, Session},
    desk::{Desk, Relay, SITE, chain, login, secret},
    phone::{Phone, log_in},
};
use countersign_seal::{
    field::FieldKind,
    id::{FieldId, Hash},
    request::{Request, SignedAsk},
};
use countersign_vault::item::{FieldDraft, ItemDraft, ItemSummary};
use countersign_wire::{
    control::{Command, Report},
    local::{Method, Progress},
    mail::ToDesktop,
};
use std::collections::BTreeSet;

/// A desk with a paired browser and a phone, one item with two fields and one with one, all sealed; one password has been changed.
pub(super) struct House {
    pub(super) relay: Relay,
    pub(super) desk: Desk,
    pub(super) browser: Browser,
    pub(super) session: Session,
    pub(super) phone: Phone,
    /// Its fields: `second`, which was `first`, and `answer`.
    pub(super) item: ItemSummary,
    /// Its field: `other`.
    pub(super) other: ItemSummary,
}

/// What a fill let pass.
pub(super) struct Recording {
    pub(super) ask: SignedAsk,
    /// To the phone.
    pub(super) asked: Vec<u8>,
    pub(super) request: Request,
    pub(super) hash: Hash,
    /// To the desktop.
    pub(super) answered: Vec<u8>,
}

impl House {
    pub(super) async fn start() -> Self {
        let relay = Relay::start().await;
        let desk = Desk::start(Some(&relay)).await;
        let browser = Browser::paired(&desk).await;
        let mut draft = login("Example", SITE, "first");
        draft.fields.push(FieldDraft { id: None, kind: FieldKind::Hidden, value: secret("answer") });
        let item = write(&desk, Command::Add(draft)).await;
        write(&desk, Command::Edit { item: item.id, draft: change("Example", item.fields[0].id, "second") }).await;
        let phone = Phone::paired(&desk).await;
        // One is sealed by the first pairing, and one when it is added.
        let other = write(&desk, Command::Add(login("Other", SITE, "other"))).await;
        let mut session = browser.session(&desk).await;
        let items = session.items().await;
        let item = password_first(items.into_iter().find(|found| found.id == item.id).unwrap());
        assert_eq!(desk.status(Command::Status).await.not_sealed, 0);
        Self { relay, desk, browser, session, phone, item, other }
    }

    /// A fill of the whole item through the real daemon, recorded.
    pub(super) async fn fill(&mut self) -> Recording {
        let ask = self.browser.fill(&self.item, chain(&[SITE]));
        let signed = SignedAsk::make(&ask, &self.browser.keys).await.unwrap();
        self.session.call(Method::Ask { ask: signed.clone() }).await.unwrap();
        assert_eq!(self.session.progress(ask.id).await, Progress::Asked);
        let shown = self.phone.request().await;
        let answer = self.phone.answer(&shown, ask.number.get()).await;
        let answered = self.phone.envelope(&ToDesktop::Answer(answer)).await;
        self.phone.post(answered.clone()).await;
        assert_eq!(self.session.progress(ask.id).await, Progress::Approved);
        let values = self.session.released(ask.id).await;
        assert_eq!(values.iter().map(|field| field.value.expose()).collect::<Vec<_>>(), [b"second", b"answer"]);
        let asked = self.phone.envelopes.last().unwrap().clone();
        Recording { ask: signed, asked, request: shown.request, hash: shown.hash, answered }
    }

    /// The thief takes a copy and the computer; the daemon is no more.
    pub(super) async fn rob(self) -> Thief {
        let Self { relay, desk, browser, phone, item, other, .. } = self;
        let loot = Loot::take(&desk).await;
        drop(desk);
        let socket = log_in(&relay.api, loot.open.log(), loot.open.keys()).await;
        Thief { relay, loot, browser, phone, item, other, socket, calls: 0 }
    }
}

/// Writes an item; returns it with its password first.
pub(super) async fn write(desk: &Desk, command: Command) -> ItemSummary {
    match desk.report(command).await {
        Report::Item(item) => password_first(item),
        other => panic!("{other:?}"),
    }
}

fn password_first(mut item: ItemSummary) -> ItemSummary {
    item.fields.sort_by_key(|field| field.kind != FieldKind::Password);
    item
}

/// Another value for one field.
pub(super) fn change(title: &str, field: FieldId, value: &str) -> ItemDraft {
    let mut draft = login(title, SITE, value);
    draft.fields[0].id = Some(field);
    draft
}

pub(super) fn all(values: &[&str]) -> BTreeSet<Vec<u8>> {
    values.iter().map(|value| value.as_bytes().to_vec()).collect()
}
