//! Who started the host, as browsers say on its command line.
//!
//! Chromium passes the extension's origin as the first argument (<https://developer.chrome.com/docs/extensions/develop/concepts/native-messaging>);
//! Firefox passes the path of the host manifest and then the add-on's id
//! (<https://developer.mozilla.org/docs/Mozilla/Add-ons/WebExtensions/Native_messaging>).

/// The extension's id; `None` if the command line is not a browser's.
///
/// Whether that id may speak is for the daemon to say.
pub fn extension(arguments: impl IntoIterator<Item = String>) -> Option<String> {
    let mut arguments = arguments.into_iter();
    let first = arguments.next()?;
    let id = match first.strip_prefix("chrome-extension://") {
        Some(origin) => origin.strip_suffix('/')?.to_owned(),
        None => arguments.next()?,
    };
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"@._{}-".contains(&byte);
    (!id.is_empty() && id.len() <= 128 && id.bytes().all(is_plain)).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::extension;

    fn of(arguments: &[&str]) -> Option<String> {
        extension(arguments.iter().map(|argument| (*argument).to_owned()))
    }

    #[test]
    fn reads_both_browsers_command_lines() {
        assert_eq!(of(&["chrome-extension://abcdefgh/"]).as_deref(), Some("abcdefgh"));
        assert_eq!(of(&["chrome-extension://abcdefgh/", "--parent-window=12"]).as_deref(), Some("abcdefgh"));
        assert_eq!(of(&["/home/ada/host.json", "add-on@example.test"]).as_deref(), Some("add-on@example.test"));
    }

    #[test]
    fn refuses_what_no_browser_says() {
        for arguments in [
            &[][..],
            &["--help"],
            &["chrome-extension://"],
            &["chrome-extension:///"],
            &["chrome-extension://abc"],
            &["chrome-extension://a/b/"],
            &["manifest.json", ""],
            &["manifest.json", "a b"],
            &["manifest.json", "a\nb"],
        ] {
            assert_eq!(of(arguments), None, "{arguments:?}");
        }
        assert_eq!(of(&["manifest.json", &"a".repeat(129)]), None);
    }
}
