//! The page: header, list, editor, what was just done.

use crate::{
    captures::NotSaved,
    corrections::Corrections,
    devices::Devices,
    editor::{Editor, Subject},
    form::Form,
    list::Items,
    status::Summary,
};
use countersign_panel::{
    gate::{Gate, NoPhone, Trouble, Troubles},
    guard::Guard,
    message::Msg,
    port::Worker,
    request::Request,
    screen::Screen,
};
use countersign_seal::id::ItemId;
use countersign_ui::{
    button::{Button, Weight},
    dialog::Dialog,
    toast::{Message, Toast},
};
use countersign_wire::{
    item::ItemSummary,
    panel::{FromPanel, PanelKind},
};
use leptos::prelude::*;

/// What was sent and has not been answered.
#[derive(Clone, Copy)]
enum Sent {
    /// A new or changed item, from this form.
    Save(Form),
    /// A removal; the title is for saying so.
    Remove(ItemId, StoredValue<String>),
    /// The undoing of one.
    Restore,
}

/// What a count of saves says about the save that was sent at another count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    /// It is on its way.
    None,
    /// It went through.
    Done,
    /// The worker began anew: nobody knows.
    Lost,
}

const fn answer(before: u32, now: u32) -> Answer {
    if now == before {
        Answer::None
    } else if now == before.wrapping_add(1) {
        Answer::Done
    } else {
        Answer::Lost
    }
}

/// The page's own state.
#[derive(Clone, Copy)]
struct Page {
    worker: Worker,
    devices: RwSignal<bool>,
    corrections: RwSignal<bool>,
    captures: RwSignal<bool>,
    open: RwSignal<bool>,
    subject: RwSignal<Subject>,
    toast: RwSignal<Option<Message>>,
    removed: RwSignal<Option<ItemId>>,
    sent: RwSignal<Option<(Sent, u32)>>,
}

impl Page {
    fn new(worker: Worker) -> Self {
        let page = Self {
            worker,
            devices: RwSignal::new(false),
            corrections: RwSignal::new(false),
            captures: RwSignal::new(false),
            open: RwSignal::new(false),
            subject: RwSignal::new(Subject::New),
            toast: RwSignal::new(None),
            removed: RwSignal::new(None),
            sent: RwSignal::new(None),
        };
        let saved = worker.of(|view| view.map(|view| view.saved));
        Effect::new(move || {
            let (Some(saved), Some((sent, before))) = (saved.get(), page.sent.get()) else { return };
            match answer(before, saved) {
                Answer::None => {}
                Answer::Done => {
                    page.sent.set(None);
                    page.went_through(sent);
                }
                Answer::Lost => {
                    page.sent.set(None);
                    page.say(Msg("interrupted").text(), false);
                }
            }
        });
        // A fault ends the wait; what was typed stays.
        let failed = worker.of(|view| view.is_some_and(|view| view.fault.is_some()));
        Effect::new(move || {
            if failed.get() {
                page.sent.set(None);
            }
        });
        page
    }

    fn has_dialog(self) -> bool {
        [self.open, self.devices, self.corrections, self.captures].iter().any(|open| open.get())
    }

    fn edit(self, subject: Subject) {
        self.subject.set(subject);
        self.open.set(true);
    }

    fn sent(self, sent: Sent) {
        let saved = self.worker.heard().with_untracked(|heard| heard.view().map_or(0, |view| view.saved));
        self.sent.set(Some((sent, saved)));
    }

    fn went_through(self, sent: Sent) {
        match sent {
            Sent::Save(form) => {
                form.forget();
                self.open.set(false);
                self.say(Msg("saved").text(), false);
            }
            Sent::Remove(item, title) => {
                self.open.set(false);
                self.removed.set(Some(item));
                self.say(Msg("removed").with(&[&title.get_value()]), true);
            }
            Sent::Restore => self.say(Msg("restored").text(), false),
        }
    }

    fn say(self, text: String, undo: bool) {
        self.toast.set(Some(Message { text, action: undo.then(|| Msg("undo").text()) }));
    }

    fn undo(self) {
        if let Some(item) = self.removed.get_untracked() {
            self.worker.send(&FromPanel::Restore { item });
            self.sent(Sent::Restore);
        }
    }
}

/// The whole page.
pub(crate) fn vault() -> impl IntoView {
    let worker = Worker::open(PanelKind::Vault);
    let guard = Guard::watch(PanelKind::Vault);
    let page = Page::new(worker);
    let request = move || {
        view! {
            <div class="cs-card narrow"><Request worker=worker guard=guard on_done=Callback::new(move |()| worker.send(&FromPanel::Dismiss)) /></div>
        }
    };
    let open = move || view! { <Items worker=worker on_pick=Callback::new(move |item: ItemSummary| page.edit(Subject::Known(Box::new(item)))) /> };
    let gated = move || view! { <Gate worker=worker request=request open=open /> };
    let shown = worker.screen();
    let narrow = Memo::new(move |_| shown.get() != Screen::Open);
    view! {
        <header class="bar"><Bar page=page /></header>
        <main class:narrow=narrow>
            <Troubles worker=worker />
            <NoPhone worker=worker />
            {move || (!page.has_dialog()).then(|| view! { <Trouble worker=worker /> })}
            {gated}
        </main>
        <footer><Summary worker=worker /></footer>
        <EditorDialog page=page />
        <DevicesDialog page=page />
        <CorrectionsDialog page=page />
        <CapturesDialog page=page guard=guard />
        <Toast message=page.toast on_action=Callback::new(move |()| page.undo()) close_label=Msg("close").text() />
    }
}

#[component]
fn Bar(page: Page) -> impl IntoView {
    let worker = page.worker;
    let shown = worker.screen();
    let open = Memo::new(move |_| shown.get() == Screen::Open);
    view! {
        <img class="mark" src="icons/icon.svg" alt="" width="32" height="32" />
        <h1>{Msg("extension_name").text()}</h1>
        {move || open.get().then(|| view! {
            <div class="bar-actions">
                <Button weight=Weight::Primary on_press=Callback::new(move |_| page.edit(Subject::New))>{Msg("add_item").text()}</Button>
                <Button on_press=Callback::new(move |_| page.devices.set(true))>{Msg("devices").text()}</Button>
                <Button on_press=Callback::new(move |_| page.corrections.set(true))>{Msg("corrections").text()}</Button>
                <Button on_press=Callback::new(move |_| page.captures.set(true))>{Msg("captures").text()}</Button>
                <Button on_press=Callback::new(move |_| worker.send(&FromPanel::Lock))>{Msg("lock").text()}</Button>
            </div>
        })}
    }
}

#[component]
fn EditorDialog(page: Page) -> impl IntoView {
    let title = Signal::derive(move || {
        page.subject.with(|subject| match subject {
            Subject::New => Msg("add_title").text(),
            Subject::Known(item) => Msg("edit_title").with(&[&item.title]),
        })
    });
    let busy =
        Signal::derive(move || page.sent.with(|sent| matches!(sent, Some((Sent::Save(_) | Sent::Remove(..), _)))));
    view! {
        <Dialog open=page.open title=title>
            <Editor
                worker=page.worker
                subject=page.subject.get_untracked()
                busy=busy
                on_save=Callback::new(move |form| page.sent(Sent::Save(form)))
                on_remove=Callback::new(move |(item, title)| page.sent(Sent::Remove(item, StoredValue::new(title))))
                on_cancel=Callback::new(move |()| page.open.set(false))
            />
        </Dialog>
    }
}

#[component]
fn DevicesDialog(page: Page) -> impl IntoView {
    let shown = page.worker.screen();
    // Behind a dialog nobody could unlock, or see how a request stands.
    Effect::new(move || {
        if shown.get() != Screen::Open {
            page.devices.set(false);
            page.corrections.set(false);
            page.captures.set(false);
        }
    });
    view! {
        <Dialog open=page.devices title=Signal::stored(Msg("devices_title").text())>
            <Devices worker=page.worker on_close=Callback::new(move |()| page.devices.set(false)) />
        </Dialog>
    }
}

#[component]
fn CorrectionsDialog(page: Page) -> impl IntoView {
    view! {
        <Dialog open=page.corrections title=Signal::stored(Msg("corrections_title").text())>
            <Corrections worker=page.worker on_close=Callback::new(move |()| page.corrections.set(false)) />
        </Dialog>
    }
}

#[component]
fn CapturesDialog(page: Page, guard: Guard) -> impl IntoView {
    view! {
        <Dialog open=page.captures title=Signal::stored(Msg("captures_title").text())>
            <NotSaved worker=page.worker guard=guard on_close=Callback::new(move |()| page.captures.set(false)) />
        </Dialog>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_next_save_is_the_one_that_was_sent() {
        assert_eq!(answer(3, 3), Answer::None);
        assert_eq!(answer(3, 4), Answer::Done);
        assert_eq!(answer(3, 0), Answer::Lost);
        assert_eq!(answer(u32::MAX, 0), Answer::Done);
    }
}
