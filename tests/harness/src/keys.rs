//! Keys by name, as both protocols want them.

use anyhow::{Context as _, Result, bail};

/// A key press: modifiers held, then one key. Written `Ctrl+Shift+L`, `Tab`, `Shift+Tab`, `Enter`, `a`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Chord {
    pub(crate) modifiers: Vec<Key>,
    pub(crate) key: Key,
}

/// One key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Key {
    Char(char),
    Named(&'static Named),
}

/// A key that types nothing, or nothing printable.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Named {
    /// `KeyboardEvent.key` and, for all of these, `KeyboardEvent.code` (modifiers: the left one).
    pub(crate) key: &'static str,
    pub(crate) code: &'static str,
    /// Windows virtual key code, which CDP wants.
    pub(crate) virtual_code: u32,
    /// WebDriver's code point (W3C WebDriver, section 17.4.2).
    pub(crate) webdriver: char,
    /// What it types.
    pub(crate) text: Option<&'static str>,
    /// CDP's modifier bit.
    pub(crate) modifier: u32,
}

const fn plain(key: &'static str, virtual_code: u32, webdriver: char) -> Named {
    Named { key, code: key, virtual_code, webdriver, text: None, modifier: 0 }
}

static NAMED: [Named; 18] = [
    Named { key: "Enter", code: "Enter", virtual_code: 13, webdriver: '\u{E006}', text: Some("\r"), modifier: 0 },
    plain("Tab", 9, '\u{E004}'),
    plain("Escape", 27, '\u{E00C}'),
    plain("Backspace", 8, '\u{E003}'),
    plain("Delete", 46, '\u{E017}'),
    plain("ArrowLeft", 37, '\u{E012}'),
    plain("ArrowUp", 38, '\u{E013}'),
    plain("ArrowRight", 39, '\u{E014}'),
    plain("ArrowDown", 40, '\u{E015}'),
    plain("Home", 36, '\u{E011}'),
    plain("End", 35, '\u{E010}'),
    plain("PageUp", 33, '\u{E00E}'),
    plain("PageDown", 34, '\u{E00F}'),
    plain("F6", 117, '\u{E036}'),
    Named { key: "Shift", code: "ShiftLeft", virtual_code: 16, webdriver: '\u{E008}', text: None, modifier: 8 },
    Named { key: "Control", code: "ControlLeft", virtual_code: 17, webdriver: '\u{E009}', text: None, modifier: 2 },
    Named { key: "Alt", code: "AltLeft", virtual_code: 18, webdriver: '\u{E00A}', text: None, modifier: 1 },
    Named { key: "Meta", code: "MetaLeft", virtual_code: 91, webdriver: '\u{E03D}', text: None, modifier: 4 },
];

impl Chord {
    /// Reads `Ctrl+Shift+L`.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        // "+" itself is a key.
        let mut names: Vec<&str> = if text == "+" { vec!["+"] } else { text.split('+').collect() };
        let key = Key::parse(names.pop().context("no key")?)?;
        let modifiers = names.into_iter().map(Key::parse).collect::<Result<_>>()?;
        Ok(Self { modifiers, key })
    }

    /// The sum of CDP's modifier bits.
    pub(crate) fn modifier_bits(&self) -> u32 {
        self.modifiers.iter().map(|key| if let Key::Named(named) = key { named.modifier } else { 0 }).sum()
    }
}

impl Key {
    fn parse(name: &str) -> Result<Self> {
        let full = match name {
            "Ctrl" => "Control",
            "Space" => " ",
            "Esc" => "Escape",
            other => other,
        };
        if let Some(named) = NAMED.iter().find(|named| named.key == full) {
            return Ok(Self::Named(named));
        }
        let mut characters = full.chars();
        match (characters.next(), characters.next()) {
            (Some(character), None) => Ok(Self::Char(character)),
            _ => bail!("no key is called {name:?}"),
        }
    }

    /// The value for a WebDriver key action.
    pub(crate) fn webdriver(self) -> String {
        match self {
            Self::Char(character) => character.to_string(),
            Self::Named(named) => named.webdriver.to_string(),
        }
    }
}

/// `KeyboardEvent.code` of the key that types a character on a US keyboard, where there is one.
pub(crate) fn code_of(character: char) -> String {
    match character {
        'a'..='z' | 'A'..='Z' => format!("Key{}", character.to_ascii_uppercase()),
        '0'..='9' => format!("Digit{character}"),
        ' ' => "Space".to_owned(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Chord, Key};

    #[test]
    fn reads_chords() {
        let chord = Chord::parse("Ctrl+Shift+L").unwrap();
        assert_eq!(chord.modifier_bits(), 10);
        assert_eq!(chord.key, Key::Char('L'));
        assert_eq!(Chord::parse("+").unwrap().key, Key::Char('+'));
        assert!(Chord::parse("Hyper+L").is_err());
    }
}
