//! A person's name in one field or in several.
//!
//! Names are only put together and taken apart where that is sure: what an item does not say is not guessed.

use zeroize::Zeroizing;

/// Whether the family name comes before the given names: in Chinese, Japanese and Korean writing, in Hungarian and in Vietnamese. Japanese names in Latin letters
/// stand the other way about, as on cards.
pub(super) fn family_first(name: &str, lang: &str) -> bool {
    let primary = lang.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
    is_east_asian(name) || matches!(primary.as_str(), "hu" | "vi")
}

fn is_east_asian(name: &str) -> bool {
    name.chars()
        .any(|letter| matches!(letter, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}'))
}

/// A whole name of its parts; those that there are.
pub(super) fn join(given: &str, additional: &str, family: &str, lang: &str) -> Option<String> {
    let all = [given, additional, family];
    let written = all.concat();
    let order = if !family_first(&written, lang) {
        all
    } else {
        // Vietnamese and Hungarian middle names stand before, or are, given names.
        [family, additional, given]
    };
    let parts: Vec<&str> = order.into_iter().filter(|part| !part.is_empty()).collect();
    (!parts.is_empty()).then(|| parts.join(if is_east_asian(&written) { "" } else { " " }))
}

/// What stands before family names and belongs to them.
const PARTICLES: &[&str] = &[
    "af", "al", "ap", "av", "ben", "bin", "bint", "da", "das", "de", "degli", "dei", "del", "della", "den", "der",
    "di", "do", "dos", "du", "el", "ibn", "la", "le", "los", "mac", "st", "ten", "ter", "van", "vom", "von", "y", "zu",
    "zum", "zur",
];

/// A whole name, as on a card, as given names and family name. None for a single word, which can be either.
pub(super) fn split(name: &str, lang: &str) -> Option<(Zeroizing<String>, Zeroizing<String>)> {
    let words: Vec<&str> = name.split_whitespace().collect();
    let (given, family) = if family_first(name, lang) {
        let (family, given) = words.split_first()?;
        (given.to_vec(), vec![*family])
    } else {
        let last = words.len().checked_sub(1)?;
        let is_particle = |word: &&&str| PARTICLES.contains(&word.to_lowercase().as_str());
        let particles = words.get(..last)?.iter().skip(1).rev().take_while(is_particle).count();
        let (given, family) = words.split_at_checked(last - particles)?;
        (given.to_vec(), family.to_vec())
    };
    let text = |words: Vec<&str>| Zeroizing::new(words.join(" "));
    (!given.is_empty() && !family.is_empty()).then(|| (text(given), text(family)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_one() {
        assert_eq!(join("Jane", "", "Roe", "en").as_deref(), Some("Jane Roe"));
        assert_eq!(join("Jane", "Q.", "Roe", "").as_deref(), Some("Jane Q. Roe"));
        assert_eq!(join("János", "", "Minta", "hu-HU").as_deref(), Some("Minta János"));
        assert_eq!(join("An", "Thị", "Nguyễn", "vi").as_deref(), Some("Nguyễn Thị An"));
        assert_eq!(join("太郎", "", "見本", "en").as_deref(), Some("見本太郎"));
        assert_eq!(join("길동", "", "홍", "ko").as_deref(), Some("홍길동"));
        assert_eq!(join("Taro", "", "Mihon", "ja").as_deref(), Some("Taro Mihon"));
        assert_eq!(join("", "", "Roe", "en").as_deref(), Some("Roe"));
        assert_eq!(join("", "", "", "en"), None);
    }

    #[test]
    fn names_in_two() {
        let parts = |name, lang| split(name, lang).map(|(given, family)| (given.to_string(), family.to_string()));
        let pair = |given: &str, family: &str| Some((given.to_owned(), family.to_owned()));
        assert_eq!(parts("JANE ROE", "en"), pair("JANE", "ROE"));
        assert_eq!(parts("Jane Q. Roe", "en"), pair("Jane Q.", "Roe"));
        assert_eq!(parts("Jan van der Voorbeeld", "nl"), pair("Jan", "van der Voorbeeld"));
        assert_eq!(parts("Van Roe", "en"), pair("Van", "Roe"));
        assert_eq!(parts("MINTA JÁNOS", "hu"), pair("JÁNOS", "MINTA"));
        assert_eq!(parts("見本 太郎", "ja"), pair("太郎", "見本"));
        assert_eq!(parts("見本太郎", "ja"), None);
        assert_eq!(parts("Cher", "en"), None);
        assert_eq!(parts("", "en"), None);
    }
}
