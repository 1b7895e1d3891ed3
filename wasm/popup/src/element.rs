//! Elements made by hand: where many are alike and nothing but their text changes, a component for each would be many times as large.

use leptos::prelude::document;
use wasm_bindgen::JsCast;
use web_sys::Element;

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
