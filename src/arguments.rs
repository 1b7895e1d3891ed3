//! The command line. Secrets are never on it.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::{net::SocketAddr, path::PathBuf};

/// A password manager with no master password: your phone countersigns every release.
#[derive(Debug, Parser)]
#[command(name = "countersign", version, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Register the native messaging host with every Chrome, Chromium, Edge, Brave, Firefox and LibreWolf of this user
    Install(Install),
    /// Start the daemon, and the relay if an earlier `up` did
    Up(Up),
    /// Stop the daemon, and the relay that `up` started
    Down,
    /// Say how everything is
    Status(Status),
    /// Put the newest backup in the place of the vault, which is kept; asks if that is not damaged
    Restore {
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
    /// Unlock the vault; the first time, set it up
    Unlock,
    /// Lock the vault
    Lock,
    /// Pair a browser profile (a code) or a phone (a link)
    Pair {
        /// What to pair
        #[arg(value_enum, default_value = "browser")]
        what: Pairable,
    },
    /// List devices
    Devices,
    /// Add, list, change and remove items
    #[command(subcommand)]
    Item(Item),
    /// List what you said of fields that were taken for something else, report it, or forget it
    Corrections(Corrections),
    /// Say what the form engine sees in saved pages
    Inspect(Inspect),
}

#[derive(Debug, Args)]
pub(crate) struct Corrections {
    /// As a report without personal data: JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Write that report into this file
    #[arg(long, value_name = "FILE")]
    pub(crate) export: Option<PathBuf>,
    /// Name the sites in the report
    #[arg(long)]
    pub(crate) with_site: bool,
    /// Forget what you said of this site's fields
    #[arg(long, value_name = "SITE", conflicts_with_all = ["json", "export", "with_site"])]
    pub(crate) forget: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Inspect {
    /// As JSON, one page a line: {"file", "fields": [{"index", "tag", "type", "id", "name", "label", "form", "confidence"}]}
    #[arg(long)]
    pub(crate) json: bool,
    /// Lay the pages out in a headless Chromium, and say what the extension's probe sees there; no script of theirs runs, and nothing is fetched
    #[arg(long)]
    pub(crate) browser: bool,
    /// Saved pages
    #[arg(value_name = "FILE.html", required = true)]
    pub(crate) files: Vec<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Status {
    /// As JSON
    #[arg(long, conflicts_with_all = ["diagnose", "bundle"])]
    pub(crate) json: bool,
    /// Look at everything, and say what to do about what does not work
    #[arg(long)]
    pub(crate) diagnose: bool,
    /// Write a text for bug reports into this file; it holds no secret, no name and no site
    #[arg(long, value_name = "FILE", requires = "diagnose")]
    pub(crate) bundle: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Install {
    /// Unregister instead, and offer to delete the vault
    #[arg(long)]
    pub(crate) uninstall: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Up {
    /// Start a relay too, and serve the phone app; remembered: the next `up` does so by itself
    #[arg(long)]
    pub(crate) with_relay: bool,
    /// End that relay, and start none from now on
    #[arg(long, conflicts_with = "with_relay")]
    pub(crate) without_relay: bool,
    /// Where that relay's API listens: as before, at first 127.0.0.1:7780
    #[arg(long, value_name = "ADDRESS", requires = "with_relay")]
    pub(crate) relay_listen: Option<SocketAddr>,
    /// Where that relay serves the phone app: as before, at first 127.0.0.1:7781
    #[arg(long, value_name = "ADDRESS", requires = "with_relay")]
    pub(crate) phone_listen: Option<SocketAddr>,
    /// Use this relay, in place of one's own; remembered
    #[arg(long, value_name = "ORIGIN", conflicts_with_all = ["with_relay", "without_relay"])]
    pub(crate) relay: Option<String>,
    /// Where the phone app is served; remembered
    #[arg(long, value_name = "ORIGIN", conflicts_with = "with_relay")]
    pub(crate) phone: Option<String>,
    /// Stay in the foreground
    #[arg(long)]
    pub(crate) foreground: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Pairable {
    /// A browser profile
    Browser,
    /// A phone
    Phone,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Item {
    /// Add an item; its secrets are asked for, or read from standard input, a line each
    Add(Add),
    /// List items
    List {
        /// What title, user name or site contain
        #[arg(default_value = "")]
        query: String,
        /// As JSON
        #[arg(long)]
        json: bool,
    },
    /// Change an item; new secrets are asked for, or read from standard input, a line each
    Edit(Edit),
    /// Remove an item; the vault page can restore it for 30 days
    Remove {
        /// Its id, the beginning of its id, or its title
        item: String,
        /// Do not ask
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Kind {
    /// User name and password
    Login,
    /// One-time codes alone
    OneTimeCode,
    /// Payment card
    Card,
    /// Who somebody is: name, address, ways to be reached
    Identity,
}

#[derive(Debug, Args)]
pub(crate) struct Add {
    /// What it is called
    pub(crate) title: String,
    /// What it is
    #[arg(long, value_enum, default_value = "login")]
    pub(crate) kind: Kind,
    /// The user name
    #[arg(long, default_value = "")]
    pub(crate) username: String,
    /// Where it may be used, such as <https://example.com>; may be repeated
    #[arg(long, value_name = "SITE")]
    pub(crate) site: Vec<String>,
    /// Those sites' whole domains, not just these hosts
    #[arg(long)]
    pub(crate) whole_domain: bool,
    /// A login has one-time codes, too
    #[arg(long)]
    pub(crate) one_time_code: bool,
    /// Submit a login's form once it is filled; the phone shows it each time
    #[arg(long)]
    pub(crate) submit_after_fill: bool,
    /// What an identity says, by its HTML autocomplete name, such as given-name=Jane; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct Edit {
    /// Its id, the beginning of its id, or its title
    pub(crate) item: String,
    /// A new title
    #[arg(long)]
    pub(crate) title: Option<String>,
    /// A new user name
    #[arg(long)]
    pub(crate) username: Option<String>,
    /// New sites in place of the old; may be repeated
    #[arg(long, value_name = "SITE")]
    pub(crate) site: Option<Vec<String>>,
    /// Those sites' whole domains, not just these hosts
    #[arg(long, requires = "site")]
    pub(crate) whole_domain: bool,
    /// Ask for a new password
    #[arg(long)]
    pub(crate) password: bool,
    /// Ask for a new seed of one-time codes
    #[arg(long)]
    pub(crate) one_time_code: bool,
    /// Whether a login's form is submitted once it is filled
    #[arg(long, value_name = "TRUE|FALSE", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub(crate) submit_after_fill: Option<bool>,
    /// What an identity says from now on, such as given-name=Jane; nothing after the sign takes it away; may be repeated
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) set: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn submit_after_fill(arguments: &[&str]) -> Option<bool> {
        let all = [&["countersign", "item", "edit"], arguments].concat();
        let Command::Item(Item::Edit(edit)) = Arguments::try_parse_from(all).unwrap().command else {
            panic!("no edit");
        };
        assert_eq!(edit.item, "Bank");
        edit.submit_after_fill
    }

    #[test]
    fn an_option_takes_no_name_for_its_value() {
        assert_eq!(submit_after_fill(&["Bank"]), None);
        assert_eq!(submit_after_fill(&["Bank", "--submit-after-fill"]), Some(true));
        assert_eq!(submit_after_fill(&["--submit-after-fill", "Bank"]), Some(true));
        assert_eq!(submit_after_fill(&["--submit-after-fill=false", "Bank"]), Some(false));
    }
}
