//! Something was done, and can be undone.

use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};
use std::time::Duration;

/// How long a toast stays while nobody looks at it.
const SHOWN: Duration = Duration::from_secs(10);

/// What a toast says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// What was done.
    pub text: String,
    /// The words of the button that undoes it; `None` if it cannot be undone.
    pub action: Option<String>,
}

/// A message at the foot of the page. It goes by itself, but never while the pointer or the focus is on it.
#[component]
pub fn Toast(
    /// What to say; `None` shows nothing.
    message: RwSignal<Option<Message>>,
    /// Undoes it.
    #[prop(into)]
    on_action: Callback<()>,
    /// The name of the button that closes it.
    #[prop(into)]
    close_label: String,
) -> impl IntoView {
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let stop = move || {
        if let Some(running) = timer.try_update_value(Option::take).flatten() {
            running.clear();
        }
    };
    let start = move || {
        stop();
        timer.set_value(set_timeout_with_handle(move || message.set(None), SHOWN).ok());
    };
    Effect::new(move || if message.with(Option::is_some) { start() } else { stop() });
    view! {
        <div class="cs-toast-area" role="status">
            {move || {
                let close_label = close_label.clone();
                message.get().map(|Message { text, action }| view! {
                    <div
                        class="cs-toast"
                        on:mouseenter=move |_| stop()
                        on:mouseleave=move |_| start()
                        on:focusin=move |_| stop()
                        on:focusout=move |_| start()
                    >
                        <p>{text}</p>
                        {action.map(|action| view! {
                            <button type="button" class="cs-button cs-quiet" on:click=move |_| { on_action.run(()); message.set(None); }>{action}</button>
                        })}
                        <button type="button" class="cs-button cs-quiet cs-close" aria-label=close_label on:click=move |_| message.set(None)>
                            <span aria-hidden="true">"×"</span>
                        </button>
                    </div>
                })
            }}
        </div>
    }
}
