//! `countersign corrections`: what the user said of fields, by site; as a report; and forgetting it.

use crate::{
    Outcome, Result,
    arguments::Corrections,
    daemon::Daemon,
    print,
    text::{Failure, Text},
};
use countersign_daemon::sites::{Reach, parse_site};
use countersign_wire::{
    control::Command,
    correction::{CorrectedGuess, CorrectionReport, SiteCorrections},
    local::Fault,
};
use std::{fs, io::Write as _, path::Path};

/// Lists, reports or forgets.
pub(crate) async fn run(text: &Text, options: &Corrections) -> Result {
    let mut daemon = Daemon::connect().await?;
    if let Some(site) = &options.forget {
        let parsed = parse_site(site, Reach::Host).map_err(|_| Failure::new("error-site").with("site", site))?;
        let forgotten = daemon.done(Command::ForgetCorrections { site: parsed.origin.clone() }).await;
        forgotten.map_err(|failure| match failure.fault {
            Some(Fault::NotFound) => Failure::new("error-no-corrections").with("site", &parsed.origin),
            _ => failure,
        })?;
        print(&text.say_with("corrections-forgotten", &[("site", parsed.origin.to_string().into())]));
        return Ok(Outcome::Done);
    }
    let sites = daemon.corrections().await?;
    if options.json || options.export.is_some() {
        let report = report(&sites, options.with_site)?;
        match &options.export {
            Some(path) => export(text, path, &report)?,
            None => print(&report),
        }
    } else if sites.is_empty() {
        print(&text.say("corrections-none"));
    } else {
        sites.iter().for_each(|site| list(text, site));
    }
    Ok(Outcome::Done)
}

fn report(sites: &[SiteCorrections], with_site: bool) -> Result<String> {
    let names: Vec<String> = sites.iter().map(|site| site.site.to_string()).collect();
    let mut report = CorrectionReport::new(env!("CARGO_PKG_VERSION"));
    for (site, name) in sites.iter().zip(&names) {
        report.add(with_site.then_some(name.as_str()), &site.corrections);
    }
    Ok(serde_json::to_string_pretty(&report).map_err(std::io::Error::other)?)
}

/// Writes the report, readable by its owner alone.
fn export(text: &Text, path: &Path, report: &str) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    options.create(true).write(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    writeln!(file, "{report}")?;
    print(&text.say_with("corrections-exported", &[("file", path.display().to_string().into())]));
    Ok(())
}

fn list(text: &Text, site: &SiteCorrections) {
    print(&site.site.to_string());
    for corrected in &site.corrections {
        print(&line(text, corrected));
    }
}

fn line(text: &Text, corrected: &CorrectedGuess) -> String {
    let name = corrected.correction.field.name();
    let name = if name.is_empty() { text.say("corrections-unnamed") } else { name };
    let (guessed, said) = (corrected.guess.field_type.token(), corrected.correction.said.token());
    let arguments = [("field", name.into()), ("guessed", guessed.into()), ("said", said.into())];
    text.say_with("corrections-line", &arguments)
}
