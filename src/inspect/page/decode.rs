//! A page's bytes as text.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// Bytes in which a page may name its encoding, by the HTML standard.
const SNIFFED: usize = 1024;

/// Decodes a page: by its byte order mark, else as it says itself, else as UTF-8 if it is that, else as browsers do in most of the world. Bytes that mean
/// nothing become U+FFFD.
pub(crate) fn decode(bytes: &[u8]) -> String {
    let named = || declared(bytes.get(..SNIFFED).unwrap_or(bytes));
    let encoding = if std::str::from_utf8(bytes).is_ok() { UTF_8 } else { named().unwrap_or(WINDOWS_1252) };
    encoding.decode(bytes).0.into_owned()
}

/// The encoding in `<meta charset=…>` or `<meta http-equiv=… content="…; charset=…">`. One that cannot have been read as ASCII is not true.
fn declared(start: &[u8]) -> Option<&'static Encoding> {
    let text: String = start.iter().map(|byte| char::from(*byte).to_ascii_lowercase()).collect();
    let (_, rest) = text.split_once("charset")?;
    let value = rest.trim_start().strip_prefix('=')?.trim_start().trim_start_matches(['"', '\'']);
    let label = value.split(|end: char| !(end.is_ascii_alphanumeric() || matches!(end, '-' | '_' | ':'))).next()?;
    Encoding::for_label(label.as_bytes()).map(Encoding::output_encoding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_known_by_mark_by_name_and_by_chance() {
        assert_eq!(decode("größe".as_bytes()), "größe");
        assert_eq!(decode(b"\xFF\xFEa\0b\0"), "ab");
        assert_eq!(
            decode(b"<meta charset=\"windows-1251\">\xcf\xe0\xf0\xee\xeb\xfc"),
            "<meta charset=\"windows-1251\">Пароль"
        );
        assert_eq!(decode(b"<META content='text/html; charset=Shift_JIS'>\x83p\x83X").chars().last(), Some('ス'));
        assert_eq!(decode(b"gr\xF6\xDFe"), "größe");
        assert_eq!(decode(b"<meta charset=nonsense>\xF6").chars().last(), Some('ö'));
    }

    #[test]
    fn bytes_that_mean_nothing_are_kept_apart() {
        assert_eq!(decode(b"<meta charset=utf-8>a\xFFb").chars().filter(|letter| *letter == '\u{FFFD}').count(), 1);
    }
}
