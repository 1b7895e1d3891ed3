//! A QR code (ISO/IEC 18004) as one path: black on white whatever the scheme, so that every camera reads it.

use leptos::prelude::*;
use qrcode::{Color, EcLevel};
use std::fmt::Write as _;

/// Modules of white around the code.
const QUIET: usize = 4;

/// The code of a text; nothing if the text is too long for one.
#[component]
pub(crate) fn QrCode(text: String, label: String) -> impl IntoView {
    drawn(&text).map(|(size, path)| {
        view! {
            <svg class="qr" role="img" aria-label=label viewBox=format!("0 0 {size} {size}") shape-rendering="crispEdges">
                <path d=path />
            </svg>
        }
    })
}

/// How many modules a side has with its quiet zone, and a unit square for each dark one.
fn drawn(text: &str) -> Option<(usize, String)> {
    let code = qrcode::QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (place, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            // Writing into a string does not fail.
            let _ = write!(path, "M{} {}h1v1h-1z", place % width + QUIET, place / width + QUIET);
        }
    }
    Some((width + 2 * QUIET, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_every_dark_module() {
        let text = "https://phone.example/#abc";
        let code = qrcode::QrCode::with_error_correction_level(text, EcLevel::L).unwrap();
        let dark = code.to_colors().into_iter().filter(|color| *color == Color::Dark).count();
        let (size, path) = drawn(text).unwrap();
        assert_eq!((size, path.matches('M').count()), (code.width() + 8, dark));
        // The first row's finder pattern begins the code.
        assert!(path.starts_with("M4 4h1v1h-1zM5 4h1v1h-1z"));
        assert_eq!(drawn(&"x".repeat(10_000)), None);
    }
}
