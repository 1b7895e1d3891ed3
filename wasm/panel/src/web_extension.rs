//! The few WebExtension calls that pages make, in whichever namespace the browser has them.

use js_sys::{Function, Reflect};
use wasm_bindgen::prelude::*;

#[wasm_bindgen]
extern "C" {
    /// `runtime.Port`.
    #[derive(Clone)]
    pub(crate) type Port;
    #[wasm_bindgen(method, catch, js_name = postMessage)]
    pub(crate) fn post_message(this: &Port, message: &JsValue) -> Result<(), JsValue>;
    #[wasm_bindgen(method, getter, js_name = onMessage)]
    pub(crate) fn on_message(this: &Port) -> Event;
    #[wasm_bindgen(method, getter, js_name = onDisconnect)]
    pub(crate) fn on_disconnect(this: &Port) -> Event;
    #[wasm_bindgen(method)]
    pub(crate) fn disconnect(this: &Port);

    /// `events.Event`.
    pub(crate) type Event;
    #[wasm_bindgen(method, js_name = addListener)]
    pub(crate) fn add_listener(this: &Event, listener: &Function);

    type Runtime;
    #[wasm_bindgen(method, catch)]
    fn connect(this: &Runtime, info: &JsValue) -> Result<Port, JsValue>;

    #[wasm_bindgen(js_namespace = console)]
    pub(crate) fn error(text: &str);

    type I18n;
    #[wasm_bindgen(method, catch, js_name = getMessage)]
    fn get_message(this: &I18n, name: &str, substitutions: &js_sys::Array) -> Result<String, JsValue>;
    #[wasm_bindgen(method, catch, js_name = getUILanguage)]
    fn get_ui_language(this: &I18n) -> Result<String, JsValue>;
}

fn get(object: &JsValue, name: &str) -> Option<JsValue> {
    Reflect::get(object, &name.into()).ok().filter(|value| !value.is_undefined() && !value.is_null())
}

/// `browser` where there is one, else `chrome`.
fn namespace(name: &str) -> Option<JsValue> {
    let global = js_sys::global();
    ["browser", "chrome"].into_iter().find_map(|root| get(&get(&global, root)?, name))
}

/// `runtime.connect`.
pub(crate) fn connect(name: &str) -> Option<Port> {
    let info = js_sys::Object::new();
    Reflect::set(&info, &"name".into(), &name.into()).ok()?;
    namespace("runtime")?.unchecked_into::<Runtime>().connect(&info).ok()
}

/// `i18n.getMessage`; `None` if there is no such message.
pub(crate) fn message(key: &str, substitutions: &[String]) -> Option<String> {
    let substitutions = substitutions.iter().map(JsValue::from).collect();
    let text = namespace("i18n")?.unchecked_into::<I18n>().get_message(key, &substitutions).ok()?;
    (!text.is_empty()).then_some(text)
}

/// `i18n.getUILanguage`, a BCP 47 tag.
pub(crate) fn language() -> Option<String> {
    namespace("i18n")?.unchecked_into::<I18n>().get_ui_language().ok()
}
