//! Notifications, where the browser has them: some have none outside installed apps.

use js_sys::Reflect;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Notification, NotificationOptions, NotificationPermission};

use crate::text::text;

/// Whether the user allows notifications; `None` where there are none.
pub(crate) fn permission() -> Option<NotificationPermission> {
    let has = Reflect::has(&js_sys::global(), &"Notification".into());
    has.unwrap_or_default().then(Notification::permission)
}

/// Asks the user, and says what was decided.
pub(crate) async fn ask() -> Option<NotificationPermission> {
    permission()?;
    let asked = Notification::request_permission().ok()?;
    // Whatever was decided can be read now.
    let _ = JsFuture::from(asked).await;
    permission()
}

/// Tells that a request waits, and nothing about it: lock screens show notifications.
pub(super) fn tell() {
    if permission() != Some(NotificationPermission::Granted) {
        return;
    }
    let options = NotificationOptions::new();
    options.set_body(&text("notification-body"));
    options.set_tag("request");
    options.set_icon("icons/icon-192.png");
    // Some browsers notify from service workers only.
    let _ = Notification::new_with_options(&text("notification-title"), &options);
}
