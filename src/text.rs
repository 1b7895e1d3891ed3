//! What the command says: Fluent messages in `locales/`, English.

use countersign_wire::local::{Fault, Progress};
use fluent::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use std::{borrow::Cow, fmt};

/// The messages of one language.
pub(crate) struct Text {
    bundle: FluentBundle<FluentResource>,
}

/// An error as people read it: what happened, and what to do.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) message: &'static str,
    pub(crate) arguments: Vec<(&'static str, String)>,
    /// What the daemon answered, if it is that.
    pub(crate) fault: Option<Fault>,
}

impl Failure {
    pub(crate) const fn new(message: &'static str) -> Self {
        Self { message, arguments: Vec::new(), fault: None }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.arguments.push((name, value.to_string()));
        self
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Self { fault: Some(fault), ..Self::new(fault_message(fault)) }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new("error-io").with("error", error)
    }
}

impl Text {
    /// English.
    pub(crate) fn load() -> Self {
        // What does not parse is left out; a test reads the whole file.
        let resource = match FluentResource::try_new(include_str!("locales/en/main.ftl").to_owned()) {
            Ok(resource) | Err((resource, _)) => resource,
        };
        let mut bundle = FluentBundle::new(vec![unic_langid::LanguageIdentifier::default()]);
        bundle.set_use_isolating(false);
        let _ = bundle.add_resource(resource);
        Self { bundle }
    }

    /// A message without arguments.
    pub(crate) fn say(&self, message: &str) -> String {
        self.format(message, None, &FluentArgs::new())
    }

    /// A message with arguments.
    pub(crate) fn say_with(&self, message: &str, arguments: &[(&'static str, FluentValue<'_>)]) -> String {
        let mut args = FluentArgs::new();
        for (name, value) in arguments {
            args.set(*name, value.clone());
        }
        self.format(message, None, &args)
    }

    /// What to do about what a message says.
    pub(crate) fn remedy(&self, message: &str, arguments: &[(&'static str, FluentValue<'_>)]) -> String {
        let mut args = FluentArgs::new();
        for (name, value) in arguments {
            args.set(*name, value.clone());
        }
        self.format(message, Some("remedy"), &args)
    }

    /// Both parts of an error.
    pub(crate) fn failure(&self, failure: &Failure) -> String {
        let mut args = FluentArgs::new();
        for (name, value) in &failure.arguments {
            args.set(*name, value.as_str());
        }
        let what = self.format(failure.message, None, &args);
        let remedy = self.format(failure.message, Some("remedy"), &args);
        self.say_with("error-remedy", &[("what", what.into()), ("remedy", remedy.into())])
    }

    fn format(&self, message: &str, attribute: Option<&str>, arguments: &FluentArgs<'_>) -> String {
        let found = self.bundle.get_message(message);
        let pattern = found.and_then(|found| match attribute {
            Some(name) => found.get_attribute(name).map(|attribute| attribute.value()),
            None => found.value(),
        });
        let mut errors = Vec::new();
        let text = pattern.map_or(Cow::Borrowed(message), |pattern| {
            self.bundle.format_pattern(pattern, Some(arguments), &mut errors)
        });
        text.into_owned()
    }
}

/// The message that tells of a fault and its remedy.
pub(crate) const fn fault_message(fault: Fault) -> &'static str {
    match fault {
        Fault::NoDaemon => "fault-no-daemon",
        Fault::NotSetUp => "fault-not-set-up",
        Fault::Locked => "fault-locked",
        Fault::WrongPin => "fault-wrong-pin",
        Fault::TryLater => "fault-try-later",
        Fault::Keystore => "fault-keystore",
        Fault::NotPaired => "fault-not-paired",
        Fault::NoCode => "fault-no-code",
        Fault::WrongCode => "fault-wrong-code",
        Fault::Busy => "fault-busy",
        Fault::Muted => "fault-muted",
        Fault::NotFound => "fault-not-found",
        Fault::OtherSite => "fault-other-site",
        Fault::InvalidDraft => "fault-invalid-draft",
        Fault::Malformed => "fault-malformed",
        Fault::Version => "fault-version",
        Fault::Forked => "fault-forked",
        Fault::Store => "fault-store",
        Fault::DiskFull => "fault-disk-full",
        Fault::ReadOnly => "fault-read-only",
        Fault::Damaged => "fault-damaged",
        Fault::NewerStore => "fault-newer-store",
        Fault::LostWrites => "fault-lost-writes",
        Fault::Clock => "fault-clock",
        Fault::TooManyCorrections => "fault-too-many-corrections",
        Fault::TooManyCaptures => "fault-too-many-captures",
        Fault::InvalidRecipe => "fault-invalid-recipe",
        Fault::PageChanged => "fault-page-changed",
        Fault::ShortPin => "fault-too-short",
        Fault::NoRelay => "fault-no-relay",
        Fault::NotAllowed => "fault-not-allowed",
        _ => "fault-internal",
    }
}

/// The message that tells how far a request is.
pub(crate) const fn progress_message(progress: Progress) -> &'static str {
    match progress {
        Progress::ConfirmHere => "progress-confirm",
        Progress::Asked => "progress-asked",
        Progress::Delivered => "progress-delivered",
        Progress::Approved => "progress-approved",
        Progress::Refused(_) => "progress-refused",
        Progress::Expired => "progress-expired",
        Progress::PhoneUnreachable => "progress-unreachable",
        Progress::RelayUnreachable => "progress-no-relay",
        Progress::Cancelled => "progress-cancelled",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_file_parses_and_every_failure_has_a_remedy() {
        let source = include_str!("locales/en/main.ftl");
        FluentResource::try_new(source.to_owned()).unwrap();
        let text = Text::load();
        for line in source.lines().filter(|line| {
            line.starts_with("fault-") || (line.starts_with("error-") && !line.starts_with("error-remedy"))
        }) {
            let message = line.split(' ').next().unwrap();
            let found = text.bundle.get_message(message).unwrap();
            assert!(found.value().is_some() && found.get_attribute("remedy").is_some(), "{message}");
        }
    }

    #[test]
    fn every_message_that_the_source_names_exists() {
        let text = Text::load();
        let sources = [
            include_str!("command.rs"),
            include_str!("corrections.rs"),
            include_str!("devices.rs"),
            include_str!("diagnose.rs"),
            include_str!("diagnose/checks.rs"),
            include_str!("inspect.rs"),
            include_str!("install.rs"),
            include_str!("items.rs"),
            include_str!("pair.rs"),
            include_str!("processes.rs"),
            include_str!("prompt.rs"),
            include_str!("relay.rs"),
            include_str!("restore.rs"),
            include_str!("status.rs"),
            include_str!("unlock.rs"),
        ];
        let prefixes = [
            "answer-",
            "confirm-",
            "corrections-",
            "data-",
            "device-",
            "diagnose-",
            "down-",
            "error-",
            "fault-",
            "inspect-",
            "install-",
            "item-",
            "lock-",
            "pair-",
            "progress-",
            "prompt-",
            "restore-",
            "set-up-",
            "status-",
            "unlock-",
            "up-",
        ];
        let mut seen = 0;
        for quoted in sources.iter().flat_map(|source| source.split('"').skip(1).step_by(2)) {
            if prefixes.iter().any(|prefix| quoted.starts_with(prefix))
                && quoted.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
            {
                assert!(text.bundle.get_message(quoted).is_some(), "{quoted}");
                seen += 1;
            }
        }
        assert!(seen > 40, "{seen}");
    }

    #[test]
    fn every_fault_stands_in_the_documentation_under_its_code() {
        let page = include_str!("../docs/errors.md");
        let faults = include_str!("../wire/src/local.rs");
        let (_, faults) = faults.split_once("pub enum Fault {").unwrap();
        let names = faults
            .lines()
            .map_while(|line| (line != "}").then(|| line.trim()))
            .filter_map(|line| line.strip_suffix(','));
        let mut seen = 0;
        for name in names {
            let code: String = name
                .char_indices()
                .map(|(at, c)| {
                    if c.is_ascii_uppercase() && at > 0 {
                        format!("-{}", c.to_ascii_lowercase())
                    } else {
                        c.to_ascii_lowercase().to_string()
                    }
                })
                .collect();
            assert!(page.contains(&format!("| `{code}` |")), "{code}");
            seen += 1;
        }
        assert_eq!(page.lines().filter(|line| line.starts_with("| `") && line.matches('|').count() == 4).count(), seen);
    }

    #[test]
    fn an_error_says_what_happened_and_what_to_do() {
        let text = Text::load();
        assert_eq!(
            text.failure(&Fault::Locked.into()),
            "error: The vault is locked.\nUnlock it with: countersign unlock"
        );
    }
}
