//! Against clickjacking: a panel in a page's frame takes a press only from a person, only when it has been in sight for a moment, and, where the browser can
//! tell (Intersection Observer v2), only when nothing lies over it.
//!
//! The phone has the last word anyway; without a phone, this and the confirmation are the word.

use crate::port::now;
use countersign_wire::panel::PanelKind;
use js_sys::Reflect;
use leptos::prelude::*;
use wasm_bindgen::{JsCast as _, JsValue, prelude::Closure};
use web_sys::{IntersectionObserver, IntersectionObserverInit};

/// How long a panel must have been in sight, in milliseconds: longer than a double click.
pub const SETTLE_MILLIS: f64 = 500.0;

/// What becomes of a press.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// A person did it, in sight.
    Taken,
    /// A script did it, or it came too soon to be meant.
    Ignored,
    /// Something lies over the panel.
    Covered,
}

/// Since when the panel is in sight.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Sight {
    /// In milliseconds, on the page's clock.
    since: f64,
    /// Whether the browser vouches that nothing covers it; `None` if it cannot tell.
    clear: Option<bool>,
}

impl Sight {
    /// Where no page can frame the panel.
    const OF_OWN_PAGE: Self = Self { since: f64::NEG_INFINITY, clear: Some(true) };

    fn judge(self, trusted: bool, now: f64) -> Verdict {
        if !trusted {
            Verdict::Ignored
        } else if self.clear == Some(false) {
            Verdict::Covered
        } else if now - self.since < SETTLE_MILLIS {
            Verdict::Ignored
        } else {
            Verdict::Taken
        }
    }

    fn seen(self, clear: Option<bool>, now: f64) -> Self {
        let came = clear != Some(false) && self.clear == Some(false);
        Self { since: if came { now } else { self.since }, clear }
    }
}

/// Judges presses.
#[derive(Clone, Copy)]
pub struct Guard {
    sight: StoredValue<Sight>,
    covered: RwSignal<bool>,
}

impl Guard {
    /// Starts to watch. Only a chooser and an offer stand in a page.
    #[must_use]
    pub fn watch(kind: PanelKind) -> Self {
        let in_page = matches!(kind, PanelKind::Chooser | PanelKind::Offer);
        let sight = StoredValue::new(if in_page { Sight { since: now(), clear: None } } else { Sight::OF_OWN_PAGE });
        if in_page {
            // A browser that cannot watch still has the wait.
            let _ = observe(move |clear| sight.update_value(|sight| *sight = sight.seen(clear, now())));
        }
        Self { sight, covered: RwSignal::new(false) }
    }

    /// Whether a press counts.
    #[must_use]
    pub fn admits(self, trusted: bool) -> bool {
        let verdict = self.sight.get_value().judge(trusted, now());
        self.covered.set(verdict == Verdict::Covered);
        verdict == Verdict::Taken
    }

    /// Something else is shown: what was meant for the screen before does not count.
    pub fn begin_anew(self) {
        self.sight.update_value(|sight| sight.since = now());
    }

    /// Whether a press is surely made by someone who sees the panel. Browsers without Intersection Observer v2 cannot tell of a panel in a page.
    #[must_use]
    pub fn is_in_sight(self) -> bool {
        self.sight.get_value().clear == Some(true)
    }

    /// Whether the last press was refused because something covers the panel.
    #[must_use]
    pub fn covered(self) -> bool {
        self.covered.get()
    }
}

/// Watches the whole document. `trackVisibility` is not in every browser; without it `isVisible` is absent.
fn observe(told: impl Fn(Option<bool>) + 'static) -> Result<(), JsValue> {
    let body = document().body().ok_or(JsValue::NULL)?;
    let options = IntersectionObserverInit::new();
    Reflect::set(&options, &"trackVisibility".into(), &true.into())?;
    // The shortest delay that the specification allows.
    Reflect::set(&options, &"delay".into(), &100.into())?;
    let listener = Closure::<dyn FnMut(js_sys::Array)>::new(move |entries: js_sys::Array| {
        let last = entries.get(entries.length().saturating_sub(1));
        told(Reflect::get(&last, &"isVisible".into()).ok().and_then(|clear| clear.as_bool()));
    });
    let observer = IntersectionObserver::new_with_options(listener.as_ref().unchecked_ref(), &options)?;
    observer.observe(&body);
    // Both live as long as the page.
    listener.forget();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_press_counts_once_the_panel_has_been_in_sight() {
        let sight = Sight { since: 1000.0, clear: None };
        assert_eq!(sight.judge(true, 1499.0), Verdict::Ignored);
        assert_eq!(sight.judge(true, 1500.0), Verdict::Taken);
        assert_eq!(sight.judge(false, 9000.0), Verdict::Ignored);
    }

    #[test]
    fn a_page_of_its_own_is_in_sight_from_the_start() {
        assert_eq!(Sight::OF_OWN_PAGE.judge(true, 0.0), Verdict::Taken);
        assert_eq!(Sight::OF_OWN_PAGE.judge(false, 0.0), Verdict::Ignored);
        let anew = Sight { since: 1000.0, ..Sight::OF_OWN_PAGE };
        assert_eq!(anew.judge(true, 1499.0), Verdict::Ignored);
    }

    #[test]
    fn a_covered_panel_takes_nothing_and_starts_anew_when_it_is_clear() {
        let covered = Sight { since: 0.0, clear: Some(true) }.seen(Some(false), 2000.0);
        assert_eq!(covered.judge(true, 9000.0), Verdict::Covered);
        let clear = covered.seen(Some(true), 9000.0);
        assert_eq!(clear.judge(true, 9100.0), Verdict::Ignored);
        assert_eq!(clear.judge(true, 9500.0), Verdict::Taken);
    }
}
