//! The list: search, one page of items, the pages around it.

use crate::entry::entry;
use countersign_panel::{
    message::{Msg, Plural, number},
    port::Worker,
};
use countersign_ui::{
    button::Button,
    list::{Pick, PickList},
};
use countersign_wire::{item::ItemSummary, local::PAGE_LIMIT, panel::FromPanel};
use leptos::{html, leptos_dom::helpers::TimeoutHandle, prelude::*};
use std::time::Duration;

/// How long typing must rest before a search, in milliseconds.
const REST: Duration = Duration::from_millis(150);

/// Which items of how many a page holds, counted from one; `None` if one page holds all.
fn range(offset: u32, shown: usize, total: u32) -> Option<(u32, u32)> {
    let shown = u32::try_from(shown).unwrap_or(u32::MAX);
    (shown < total && shown > 0).then(|| (offset.saturating_add(1), offset.saturating_add(shown).min(total)))
}

/// Where the pages before and after begin.
fn neighbours(offset: u32, total: u32) -> (Option<u32>, Option<u32>) {
    let step = u32::try_from(PAGE_LIMIT).unwrap_or(u32::MAX);
    let next = offset.saturating_add(step);
    ((offset > 0).then(|| offset.saturating_sub(step)), (next < total).then_some(next))
}

/// The list.
#[component]
pub(crate) fn Items(worker: Worker, #[prop(into)] on_pick: Callback<ItemSummary>) -> impl IntoView {
    let query = RwSignal::new(String::new());
    let items = worker.of(|view| view.map(|view| view.items.clone()).unwrap_or_default());
    let count = worker.of(|view| view.map_or((0, 0), |view| (view.total, view.offset)));
    let entries = Memo::new(move |_| items.with(|items| items.iter().map(entry).collect::<Vec<_>>()));
    let ask = move |offset: u32| worker.send(&FromPanel::List { query: query.get_untracked(), offset });
    let pick = move |Pick { key, .. }: Pick| {
        let found = items.with_untracked(|items| items.iter().find(|item| item.id.to_string() == key).cloned());
        found.into_iter().for_each(|item| on_pick.run(item));
    };
    let announced = move || {
        let (total, offset) = count.get();
        match range(offset, items.with(Vec::len), total) {
            Some((first, last)) => Msg("items_range").with(&[&number(first), &number(last), &number(total)]),
            None => Plural("items_total").of(total, &[]),
        }
    };
    let some = Memo::new(move |_| items.with(|items| !items.is_empty()));
    let searching = worker.of(|view| view.is_some_and(|view| !view.query.is_empty()));
    let seeking = worker.of(|view| view.is_none_or(|view| view.seeking));
    view! {
        <section class="items">
            <Search query=query on_rest=Callback::new(move |()| ask(0)) />
            <p class="count cs-muted" role="status">{announced}</p>
            {move || if some.get() {
                view! { <PickList label=Signal::stored(Msg("vault_title").text()) entries=entries on_pick=Callback::new(pick) /> }.into_any()
            } else if seeking.get() {
                // For a moment only; that nothing is there is said when it is known.
                ().into_any()
            } else if searching.get() {
                view! { <Empty what=Msg("vault_no_match") how=Msg("vault_no_match_remedy") /> }.into_any()
            } else {
                view! { <Empty what=Msg("vault_empty") how=Msg("vault_empty_remedy") /> }.into_any()
            }}
            <Pages count=count on_page=Callback::new(ask) />
        </section>
    }
}

#[component]
fn Search(query: RwSignal<String>, on_rest: Callback<()>) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let typed = move |event| {
        query.set(event_target_value(&event));
        if let Some(running) = timer.try_update_value(Option::take).flatten() {
            running.clear();
        }
        timer.set_value(set_timeout_with_handle(move || on_rest.run(()), REST).ok());
    };
    input.on_load(move |_| request_animation_frame(move || countersign_ui::field::focus(input)));
    view! {
        <div role="search" class="search">
            <input
                node_ref=input
                class="cs-input"
                type="search"
                autocomplete="off"
                spellcheck="false"
                maxlength="200"
                aria-label=Msg("search").text()
                placeholder=Msg("search_hint").text()
                on:input=typed
            />
        </div>
    }
}

#[component]
fn Empty(what: Msg, how: Msg) -> impl IntoView {
    view! {
        <div class="empty">
            <h2>{what.text()}</h2>
            <p class="cs-muted">{how.text()}</p>
        </div>
    }
}

#[component]
fn Pages(count: Memo<(u32, u32)>, on_page: Callback<u32>) -> impl IntoView {
    let neighbours = Memo::new(move |_| {
        let (total, offset) = count.get();
        neighbours(offset, total)
    });
    let go = move |to: Option<u32>| to.into_iter().for_each(|offset| on_page.run(offset));
    move || {
        (neighbours.get() != (None, None)).then(|| view! {
            <nav class="cs-actions pages">
                <Button disabled=Signal::derive(move || neighbours.get().0.is_none()) on_press=Callback::new(move |_| go(neighbours.get_untracked().0))>
                    {Msg("page_previous").text()}
                </Button>
                <Button disabled=Signal::derive(move || neighbours.get().1.is_none()) on_press=Callback::new(move |_| go(neighbours.get_untracked().1))>
                    {Msg("page_next").text()}
                </Button>
            </nav>
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_said_only_of_long_lists() {
        assert_eq!(range(0, 3, 3), None);
        assert_eq!(range(0, 200, 1240), Some((1, 200)));
        assert_eq!(range(1200, 40, 1240), Some((1201, 1240)));
        assert_eq!(range(0, 0, 10), None);
    }

    #[test]
    fn pages_lie_side_by_side() {
        assert_eq!(neighbours(0, 3), (None, None));
        assert_eq!(neighbours(0, 1240), (None, Some(200)));
        assert_eq!(neighbours(200, 1240), (Some(0), Some(400)));
        assert_eq!(neighbours(1200, 1240), (Some(1000), None));
        assert_eq!(neighbours(0, 200), (None, None));
    }
}
