//! What may stand in names that people are shown.

use crate::{Error, Result};

/// Checks a name or title: one line of at most `limit` characters without control or direction-changing characters, which could make it
/// look like something else on the phone.
pub(crate) fn check_line(text: &str, limit: usize, what: &'static str) -> Result<()> {
    if text.chars().count() > limit || text.chars().any(is_deceiving) {
        return Err(Error::Malformed(what));
    }
    Ok(())
}

fn is_deceiving(character: char) -> bool {
    // Unicode's line and paragraph separators, and its explicit bidirectional formatting characters (UAX #9, section 2).
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_lines() {
        assert!(check_line("Mum’s phone – 日本語 🔑", 64, "name").is_ok());
        assert!(check_line(&"x".repeat(64), 64, "name").is_ok());
        for text in ["a\nb", "a\u{0}", "\u{202e}moc.elpmaxe", "\u{2066}x", "\u{85}", &"x".repeat(65)] {
            assert_eq!(check_line(text, 64, "name"), Err(Error::Malformed("name")), "{text:?}");
        }
    }
}
