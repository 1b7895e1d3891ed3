//! What may stand in names that people are shown.

use crate::{Error, Result};

/// Checks a name or title: one line of at most `limit` characters without control, direction-changing or invisible characters, which could make it
/// look like something else on the phone.
pub(crate) fn check_line(text: &str, limit: usize, what: &'static str) -> Result<()> {
    if text.chars().count() > limit || text.chars().any(is_deceiving) {
        return Err(Error::Malformed(what));
    }
    Ok(())
}

/// Whether a character could make a name look like another one: it controls, turns the direction, or cannot be seen.
#[must_use]
pub fn is_deceiving(character: char) -> bool {
    // Unicode's line and paragraph separators, and its bidirectional formatting characters (UAX #9, section 2).
    let turns =
        matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    // What takes no room (Default_Ignorable_Code_Point), or only looks like a space: two titles that differ in nothing else look alike. The joiners U+200C and
    // U+200D and the variation selectors stay: scripts and emoji need them, between letters that can be seen.
    let hides = matches!(
        character,
        '\u{ad}' | '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180e}' | '\u{200b}' | '\u{2060}'..='\u{2065}'
            | '\u{206a}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    );
    character.is_control() || turns || hides
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_lines() {
        assert!(check_line("Mum’s phone – 日本語 🔑", 64, "name").is_ok());
        assert!(check_line("نامه\u{200c}ها 👩\u{200d}💻 ✈\u{fe0f}", 64, "name").is_ok());
        assert!(check_line(&"x".repeat(64), 64, "name").is_ok());
        for text in [
            "a\nb",
            "a\u{0}",
            "\u{202e}moc.elpmaxe",
            "\u{2066}x",
            "\u{85}",
            "a\u{200f}b",
            "Bank\u{200b}",
            "Bank\u{3164}",
            "Bank\u{e0041}",
            &"x".repeat(65),
        ] {
            assert_eq!(check_line(text, 64, "name"), Err(Error::Malformed("name")), "{text:?}");
        }
    }
}
