//! Elements made by hand: where many are alike and nothing but their text changes, a component for each would be many times as large.

use leptos::prelude::{document, window};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Element, HtmlElement};

/// Appends an element with a text. The text is text: no markup in it counts.
pub(crate) fn append<T: JsCast>(parent: &Element, tag: &str, attributes: &[(&str, &str)], text: &str) -> Option<T> {
    let element = document().create_element(tag).ok()?;
    for (name, value) in attributes {
        element.set_attribute(name, value).ok()?;
    }
    element.set_text_content((!text.is_empty()).then_some(text));
    parent.append_child(&element).ok()?;
    element.dyn_into().ok()
}

/// Appends a button that does something; [`does`] tells which was pressed.
pub(crate) fn append_button(parent: &Element, class: &str, does: &str, text: &str) -> Option<Element> {
    append(parent, "button", &[("type", "button"), ("class", class), ("data-does", does)], text)
}

/// What the pressed button does.
pub(crate) fn does(event: &web_sys::Event) -> Option<String> {
    let target: Element = event.target()?.dyn_into().ok()?;
    target.closest("[data-does]").ok()??.get_attribute("data-does")
}

/// Gives an element the focus, but not out of another document: a page would see from its loss what this one shows.
pub(crate) fn focus_on(element: Option<&HtmlElement>) {
    if let (true, Some(element)) = (document().has_focus().unwrap_or(false), element) {
        // An element that cannot be focused leaves the focus where it is.
        let _ = element.focus();
    }
}

/// Copies a text, for a press: that is the gesture that the clipboard wants.
pub(crate) fn copy(text: &str, copied: impl FnOnce() + 'static) {
    let written = window().navigator().clipboard().write_text(text);
    leptos::task::spawn_local(async move {
        if JsFuture::from(written).await.is_ok() {
            copied();
        }
    });
}
