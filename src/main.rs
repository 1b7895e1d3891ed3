//! The `countersign` command: starts the daemon, unlocks, pairs devices, keeps items, and looks at saved pages.
//!
//! Exit codes: 0 done; 1 it failed, and standard error says why and what to do; 2 the command line is wrong; 3 the user decided against it.

mod arguments;
mod command;
mod corrections;
mod daemon;
mod devices;
mod diagnose;
mod inspect;
mod install;
mod items;
mod pair;
mod processes;
mod prompt;
mod qr;
mod relay;
mod restore;
mod status;
mod text;
mod unlock;

use clap::Parser as _;
use std::{io::Write as _, process::ExitCode};
use text::{Failure, Text};

/// What a command came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Done,
    /// The user decided against it.
    Declined,
    /// Part of it failed, and standard error has said why.
    Failed,
}

/// This command's result.
type Result<T = Outcome> = std::result::Result<T, Failure>;

fn main() -> ExitCode {
    let arguments = arguments::Arguments::parse();
    let text = Text::load();
    let outcome = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(Failure::from)
        .and_then(|runtime| runtime.block_on(command::run(&text, arguments.command)));
    match outcome {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::Declined) => ExitCode::from(3),
        Ok(Outcome::Failed) => ExitCode::FAILURE,
        Err(failure) => {
            complain(&text, &failure);
            ExitCode::FAILURE
        }
    }
}

/// Says what failed, and what to do.
fn complain(text: &Text, failure: &Failure) {
    let _ = writeln!(std::io::stderr(), "{}", text.failure(failure));
}

/// Prints a line. That nobody reads it is no failure.
fn print(line: &str) {
    let mut stdout = std::io::stdout();
    let _ = writeln!(stdout, "{line}");
    let _ = stdout.flush();
}
