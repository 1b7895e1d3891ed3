//! Starting a page.

use crate::{message::Msg, web_extension};
use leptos::prelude::*;

/// Names the document and its language, then draws the page in its body.
pub fn start<V: IntoView + 'static>(title: Msg, page: impl FnOnce() -> V + 'static) {
    report_faults();
    let document = document();
    document.set_title(&title.text());
    if let Some(root) = document.document_element() {
        // Predefined messages: what the browser chose from `_locales`.
        let language = web_extension::language().unwrap_or_else(|| "en".to_owned());
        let direction = Msg("@@bidi_dir").text();
        // Setting a plain attribute does not fail.
        let _ = root.set_attribute("lang", &language);
        let _ = root.set_attribute("dir", if direction == "rtl" { "rtl" } else { "ltr" });
    }
    mount_to_body(page);
}

/// A fault of ours says on the console where in the source it happened, and nothing else: what it would say could hold what the user typed.
fn report_faults() {
    std::panic::set_hook(Box::new(|fault| {
        let place = fault.location().map_or_else(String::new, ToString::to_string);
        web_extension::error(&format!("Countersign has a fault of its own at {place}"));
    }));
}
