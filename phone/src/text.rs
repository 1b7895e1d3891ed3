//! The words: Fluent messages in `locales/`.

use std::cell::OnceCell;

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

const ENGLISH: &str = include_str!("../locales/en/phone.ftl");

thread_local! {
    static BUNDLE: OnceCell<FluentBundle<FluentResource>> = const { OnceCell::new() };
}

/// A value for a message's placeable.
pub type Value<'a> = FluentValue<'a>;

fn make_bundle() -> FluentBundle<FluentResource> {
    let mut bundle = FluentBundle::new(vec![LanguageIdentifier::default()]);
    // Marks of isolation around each value: `dir="auto"` on the elements does that here.
    bundle.set_use_isolating(false);
    // A message that does not parse is missing: the test below finds it.
    let resource = FluentResource::try_new(ENGLISH.to_owned()).unwrap_or_else(|(resource, _)| resource);
    bundle.add_resource_overriding(resource);
    bundle
}

/// A message.
#[must_use]
pub fn text(id: &str) -> String {
    text_with(id, &[])
}

/// A message with values. An unknown message shows its id.
#[must_use]
pub fn text_with(id: &str, values: &[(&'static str, Value<'_>)]) -> String {
    BUNDLE.with(|bundle| {
        let bundle = bundle.get_or_init(make_bundle);
        let Some(pattern) = bundle.get_message(id).and_then(|message| message.value()) else { return id.to_owned() };
        let mut arguments = FluentArgs::with_capacity(values.len());
        values.iter().for_each(|(name, value)| arguments.set(*name, value.clone()));
        bundle.format_pattern(pattern, Some(&arguments), &mut Vec::new()).into_owned()
    })
}

/// A time span in its largest unit, rounded up below a minute: "2 minutes".
#[must_use]
pub fn span(millis: u64) -> String {
    let seconds = millis.div_ceil(1000);
    let (unit, count) = match seconds {
        0..60 => ("seconds", seconds),
        60..3600 => ("minutes", seconds.div_ceil(60)),
        3600..86_400 => ("hours", seconds / 3600),
        _ => ("days", seconds / 86_400),
    };
    text_with(unit, &[("count", count.into())])
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::*;

    fn ids_in_file() -> BTreeSet<String> {
        ENGLISH
            .lines()
            .filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()))
            .filter_map(|line| line.split_once(" ="))
            .map(|(id, _)| id.to_owned())
            .collect()
    }

    /// Every string literal of the sources that is a message id.
    fn literals(dir: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                literals(&path, found);
            } else {
                let source = fs::read_to_string(&path).unwrap();
                found.extend(source.split('"').skip(1).step_by(2).map(str::to_owned));
            }
        }
    }

    /// What the sources ask for: literals after `text(`, `text_with(` and `say(`.
    fn asked(dir: &Path, found: &mut BTreeSet<String>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                asked(&path, found);
                continue;
            }
            let source = fs::read_to_string(&path).unwrap();
            for call in ["text(\"", "text_with(\""] {
                found.extend(
                    source.split(call).skip(1).filter_map(|rest| rest.split_once('"')).map(|(id, _)| id.to_owned()),
                );
            }
        }
    }

    #[test]
    fn the_file_parses() {
        assert!(FluentResource::try_new(ENGLISH.to_owned()).is_ok());
    }

    #[test]
    fn what_is_asked_for_exists_and_what_exists_is_asked_for() {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        let (mut mentioned, mut wanted) = (BTreeSet::new(), BTreeSet::new());
        literals(&sources, &mut mentioned);
        asked(&sources, &mut wanted);
        wanted.retain(|id| !id.contains(['\\', '(', ' ']));
        let present = ids_in_file();
        assert_eq!(wanted.difference(&present).collect::<Vec<_>>(), Vec::<&String>::new(), "missing from the file");
        assert_eq!(present.difference(&mentioned).collect::<Vec<_>>(), Vec::<&String>::new(), "never shown");
    }

    #[test]
    fn plurals_and_values_are_filled_in() {
        assert_eq!(text_with("locked-waiting", &[("count", 1.into())]), "A request waits for your answer.");
        assert_eq!(text_with("locked-waiting", &[("count", 3.into())]), "3 requests wait for your answer.");
        assert_eq!(span(1), "1 second");
        assert_eq!(span(61_000), "2 minutes");
        assert_eq!(span(7_200_000), "2 hours");
        let unknown = "no-such-message";
        assert_eq!(text(unknown), unknown);
    }
}
