//! Modal dialogs, by the platform's own element: it keeps the focus inside and gives it back.

use crate::unique_id;
use leptos::{ev, html, prelude::*};

/// A modal dialog. Escape and its buttons close it.
#[component]
pub fn Dialog(
    /// Whether it is open.
    open: RwSignal<bool>,
    /// What it is called.
    #[prop(into)]
    title: Signal<String>,
    /// Made anew each time it opens.
    children: ChildrenFn,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    let title_id = unique_id("dialog");
    let labelled_by = title_id.clone();
    Effect::new(move || {
        let Some(dialog) = dialog.get() else { return };
        if open.get() && !dialog.open() {
            // Refused only if it is open already or not in the document.
            let _ = dialog.show_modal();
        } else if !open.get() && dialog.open() {
            dialog.close();
        }
    });
    // Escape closes as buttons do. The browser tells of a close later, perhaps when the dialog is open once more.
    let cancelled = move |event: ev::Event| {
        event.prevent_default();
        open.set(false);
    };
    let closed = move |_| {
        if dialog.get_untracked().is_none_or(|dialog| !dialog.open()) {
            open.set(false);
        }
    };
    view! {
        <dialog node_ref=dialog class="cs-dialog" aria-labelledby=labelled_by on:cancel=cancelled on:close=closed>
            <h2 class="cs-dialog-title" id=title_id>{title}</h2>
            {move || open.get().then(|| children())}
        </dialog>
    }
}
