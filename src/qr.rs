//! A QR code (ISO/IEC 18004) in a terminal: two modules a character, black on white whatever the terminal's colours.

use qrcode::{Color, EcLevel, QrCode};

/// Modules of white around the code.
const QUIET: usize = 4;

/// The lines to print; none if the text is too long for a code or standard output is no terminal.
pub(crate) fn draw(text: &str) -> Vec<String> {
    use std::io::IsTerminal as _;
    if !std::io::stdout().is_terminal() {
        return Vec::new();
    }
    QrCode::with_error_correction_level(text, EcLevel::L).map_or_else(|_| Vec::new(), |code| lines(&code))
}

fn lines(code: &QrCode) -> Vec<String> {
    let width = code.width();
    let colors = code.to_colors();
    let is_dark = |x: usize, y: usize| {
        let inside = x.checked_sub(QUIET).zip(y.checked_sub(QUIET)).filter(|(x, y)| *x < width && *y < width);
        inside.and_then(|(x, y)| colors.get(y * width + x)).is_some_and(|color| *color == Color::Dark)
    };
    let size = width + 2 * QUIET;
    (0..size)
        .step_by(2)
        .map(|y| {
            let row: String = (0..size).map(|x| half_block(is_dark(x, y), is_dark(x, y + 1))).collect();
            format!("\x1b[30;107m{row}\x1b[0m")
        })
        .collect()
}

/// Dark is the foreground.
const fn half_block(top: bool, bottom: bool) -> char {
    match (top, bottom) {
        (true, true) => '█',
        (true, false) => '▀',
        (false, true) => '▄',
        (false, false) => ' ',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_every_module_with_its_quiet_zone() {
        let code = QrCode::with_error_correction_level("https://phone.example/#abc", EcLevel::L).unwrap();
        let lines = lines(&code);
        let size = code.width() + 2 * QUIET;
        assert_eq!(lines.len(), size.div_ceil(2));
        let dark: usize = lines
            .concat()
            .chars()
            .map(|c| match c {
                '█' => 2,
                '▀' | '▄' => 1,
                _ => 0,
            })
            .sum();
        assert_eq!(dark, code.to_colors().iter().filter(|color| **color == Color::Dark).count());
    }
}
