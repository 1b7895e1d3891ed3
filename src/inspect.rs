//! `countersign inspect`: what the form engine sees in saved pages.

mod browser;
mod page;

use crate::{Outcome, Result, arguments::Inspect, print, processes, text::Failure, text::Text};
use browser::{Browser, BrowserError, Seen};
use countersign_forms::{
    Classification, ClassifiedField, ClassifiedForm, Field, FieldTag, FormKind, FormSnapshot, RawSnapshot, classify,
};
use countersign_seal::text::is_deceiving;
use page::{Excess, MOST_BYTES, Page, PageError};
use serde::Serialize;
use std::{fs::File, io::Read as _, io::Write as _, path::Path};

/// Pieces of evidence shown for a field.
const EVIDENCE: usize = 4;
/// Letters of a field's name that are shown.
const NAME: usize = 32;

/// Describes every file; one that cannot be read keeps none of the others back.
pub(crate) fn run(text: &Text, options: &Inspect) -> Result {
    let mut browser = if options.browser { Some(start(text)?) } else { None };
    let mut outcome = Outcome::Done;
    for file in &options.files {
        match read(file, browser.as_mut()) {
            Ok(found) if options.json => print(&found.json(file)?),
            Ok(found) => print(&found.table(text, file)),
            Err(failure) => {
                let _ = writeln!(std::io::stderr(), "{}", text.failure(&failure));
                outcome = Outcome::Failed;
            }
        }
    }
    Ok(outcome)
}

/// A browser with the extension, to look at pages.
fn start(text: &Text) -> Result<Browser> {
    let extension = processes::chromium_extension().ok_or_else(|| Failure::new("error-no-package"))?;
    let program = browser::find().map_err(browser_failure)?;
    if browser::is_without_sandbox() {
        let _ = writeln!(std::io::stderr(), "{}", text.say("inspect-no-sandbox"));
    }
    Browser::start(&program, &extension).map_err(browser_failure)
}

/// A page and what the engine says of it.
struct Found {
    snapshot: RawSnapshot,
    /// For each field: how many `input`, `select` and `textarea` elements of the document stand before it; none for what is in a shadow tree, editable or ARIA.
    indices: Vec<Option<u32>>,
    classification: Classification,
}

fn read(file: &Path, browser: Option<&mut Browser>) -> Result<Found> {
    let bytes = bytes(file)?;
    match browser {
        Some(_) if bytes.len() > MOST_BYTES => Err(failure(file, &PageError::Bytes(bytes.len()))),
        Some(browser) => {
            let Seen { snapshot, indices } = browser.look(file, &page::decode(&bytes)).map_err(browser_failure)?;
            let checked = FormSnapshot::parse(snapshot.clone());
            let checked = checked.map_err(|error| failure(file, &PageError::Snapshot(error)))?;
            Ok(Found { snapshot, indices, classification: classify(&checked) })
        }
        None => {
            let page = Page::parse(&bytes).map_err(|error| failure(file, &error))?;
            let classification = classify(&page.checked().map_err(|error| failure(file, &error))?);
            let index = |field: &Field| page.place(field.id).and_then(|place| place.index);
            let indices = page.snapshot.fields.iter().map(index).collect();
            Ok(Found { snapshot: page.snapshot, indices, classification })
        }
    }
}

fn browser_failure(error: BrowserError) -> Failure {
    match error {
        BrowserError::System => Failure::new("error-browser-system"),
        BrowserError::Missing => Failure::new("error-browser-missing"),
        BrowserError::Ended => Failure::new("error-browser-ended"),
        BrowserError::Slow(seconds) => Failure::new("error-browser-slow").with("seconds", seconds),
        BrowserError::Refused(said) => Failure::new("error-browser-refused").with("error", said),
        BrowserError::Io(error) => error.into(),
    }
}

/// A file's bytes: as many as a page may have, and one more to know that it has too many.
fn bytes(file: &Path) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = u64::try_from(MOST_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    let read = File::open(file).and_then(|file| file.take(most).read_to_end(&mut bytes));
    read.map_err(|error| Failure::new("error-page-unreadable").with("file", file.display()).with("error", error))?;
    Ok(bytes)
}

fn failure(file: &Path, error: &PageError) -> Failure {
    let failure = match error {
        PageError::Bytes(_) => Failure::new("error-page-bytes").with("most", MOST_BYTES >> 20),
        PageError::Excess(Excess::Nodes(most)) => Failure::new("error-page-nodes").with("most", most),
        PageError::Excess(Excess::Depth(most)) => Failure::new("error-page-depth").with("most", most),
        PageError::Snapshot(error) => Failure::new("error-page-snapshot").with("error", error),
    };
    failure.with("file", file.display())
}

/// One page as JSON.
#[derive(Serialize)]
struct PageLine<'a> {
    file: String,
    fields: Vec<FieldLine<'a>>,
}

/// One field as JSON.
#[derive(Serialize)]
struct FieldLine<'a> {
    /// How many `input`, `select` and `textarea` elements of the document stand before it; none for what is in a shadow tree, editable or ARIA.
    index: Option<u32>,
    tag: FieldTag,
    #[serde(rename = "type")]
    input_type: &'a str,
    id: &'a str,
    name: &'a str,
    /// What it is for: an `autocomplete` token, `search` or `none`.
    label: &'static str,
    /// What its form is for.
    form: FormKind,
    confidence: f32,
}

/// A field with its place in the document, its form, and the answer.
type Described<'a> = (Option<u32>, &'a Field, &'a ClassifiedForm, &'a ClassifiedField);

impl Found {
    /// Every field in document order.
    fn fields(&self) -> impl Iterator<Item = Described<'_>> {
        let all = self.snapshot.fields.iter().zip(&self.indices);
        all.filter_map(|(field, index)| {
            let (form, answer) = self.classification.field(field.field_id())?;
            Some((*index, field, form, answer))
        })
    }

    fn json(&self, file: &Path) -> Result<String> {
        let line = |(index, field, form, answer): Described<'_>| {
            (index, field.clone(), form.kind, answer.field_type.token(), answer.confidence.get())
        };
        let rows: Vec<_> = self.fields().map(line).collect();
        let fields = rows.iter().map(|(index, field, form, label, confidence)| FieldLine {
            index: *index,
            tag: field.tag,
            input_type: &field.input_type,
            id: &field.html_id,
            name: &field.name,
            label,
            form: *form,
            confidence: *confidence,
        });
        let page = PageLine { file: file.display().to_string(), fields: fields.collect() };
        serde_json::to_string(&page).map_err(|error| Failure::from(std::io::Error::from(error)))
    }

    fn table(&self, text: &Text, file: &Path) -> String {
        let head = ["inspect-field", "inspect-label", "inspect-confidence", "inspect-form", "inspect-evidence"];
        let head = head.map(|column| text.say(column));
        let rows: Vec<[String; 5]> = self.fields().map(row).collect();
        let mut lines = vec![file.display().to_string()];
        if rows.is_empty() {
            lines.push(text.say("inspect-nothing"));
            return lines.join("\n");
        }
        let widths = widths(std::iter::once(&head).chain(&rows));
        lines.extend(std::iter::once(&head).chain(&rows).map(|row| aligned(row, &widths)));
        let cut = self.snapshot.truncated;
        if cut.fields || cut.forms || cut.buttons {
            lines.push(text.say("inspect-cut"));
        }
        lines.join("\n")
    }
}

fn row((index, field, form, answer): Described<'_>) -> [String; 5] {
    let number = index.map_or_else(|| "–".to_owned(), |index| index.to_string());
    let names = [&field.name, &field.html_id, &field.texts.label, &field.texts.aria, &field.texts.placeholder];
    let name: String = names
        .into_iter()
        .find(|name| !name.is_empty())
        // A page has no business with the terminal.
        .map(|name| name.chars().filter(|letter| !is_deceiving(*letter)).take(NAME).collect())
        .unwrap_or_default();
    [
        format!("{number} {name}"),
        answer.field_type.token().to_owned(),
        format!("{:.2}", answer.confidence.get()),
        kind(form.kind),
        evidence(answer),
    ]
}

/// A form kind as JSON has it.
fn kind(kind: FormKind) -> String {
    serde_json::to_value(kind).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// What spoke most for or against an answer.
fn evidence(answer: &ClassifiedField) -> String {
    let mut evidence = answer.evidence.clone();
    evidence.sort_by(|one, other| other.weight.abs().total_cmp(&one.weight.abs()));
    let shown = evidence.iter().take(EVIDENCE).map(|evidence| format!("{} {:+.1}", evidence.says, evidence.weight));
    shown.collect::<Vec<_>>().join(", ")
}

fn widths<'a>(rows: impl Iterator<Item = &'a [String; 5]>) -> [usize; 5] {
    rows.fold([0; 5], |mut widths, row| {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
        widths
    })
}

fn aligned(row: &[String; 5], widths: &[usize; 5]) -> String {
    let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
    format!("  {}", cells.collect::<Vec<_>>().join("  ")).trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::PathBuf;

    const LOGIN: &str = "<form action=/login><label>User name <input name=user></label><input type=password name=pw>\
        <button>Log in</button></form>";

    fn saved(name: &str, html: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join(name);
        fs::write(&file, html).unwrap();
        (directory, file)
    }

    #[test]
    fn a_page_is_one_line_of_json() {
        let (_directory, file) = saved("login.html", LOGIN.as_bytes());
        let line: serde_json::Value = serde_json::from_str(&read(&file, None).unwrap().json(&file).unwrap()).unwrap();
        assert_eq!(line["file"], file.display().to_string());
        let fields = line["fields"].as_array().unwrap();
        let labels: Vec<&str> = fields.iter().map(|field| field["label"].as_str().unwrap()).collect();
        assert_eq!(labels, ["username", "current-password"]);
        assert_eq!(
            (&fields[1]["index"], &fields[1]["tag"], &fields[1]["form"]),
            (&1.into(), &"input".into(), &"login".into())
        );
        let mut keys: Vec<&String> = fields[0].as_object().unwrap().keys().collect();
        keys.sort();
        assert_eq!(keys, ["confidence", "form", "id", "index", "label", "name", "tag", "type"]);
    }

    #[test]
    fn a_page_says_nothing_to_the_terminal() {
        let html = "<form><input name=\"a&#27;]0;owned&#7;&#x202e;b\"><input type=password name=pw></form>";
        let (_directory, file) = saved("hostile.html", html.as_bytes());
        let table = read(&file, None).unwrap().table(&Text::load(), &file);
        assert!(
            table.contains("0 a]0;ownedb") && !table.contains('\u{1b}') && !table.contains('\u{202e}'),
            "{table:?}"
        );
    }

    #[test]
    fn a_page_is_a_table_for_people() {
        let (_directory, file) = saved("login.html", LOGIN.as_bytes());
        let table = read(&file, None).unwrap().table(&Text::load(), &file);
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines.len(), 4);
        assert!(lines[2].trim_start().starts_with("0 user") && lines[2].contains("username"), "{table}");
        assert!(lines[3].contains("current-password") && lines[3].contains("type-password +4.5"), "{table}");
    }

    #[test]
    fn what_cannot_be_read_says_why_and_keeps_no_other_back() {
        let (directory, file) = saved("login.html", LOGIN.as_bytes());
        let deep = directory.path().join("deep.html");
        fs::write(&deep, "<i><div>".repeat(100_000)).unwrap();
        let missing = directory.path().join("missing.html");
        let text = Text::load();
        let said = |file: &Path| text.failure(&read(file, None).map(|_| ()).unwrap_err());
        assert!(said(&missing).contains("missing.html"), "{}", said(&missing));
        assert!(said(directory.path()).contains("cannot be read"));
        assert!(said(&deep).contains("nested"), "{}", said(&deep));
        let options = Inspect { json: true, browser: false, files: vec![missing, deep, file.clone()] };
        assert_eq!(run(&text, &options).unwrap(), Outcome::Failed);
        assert_eq!(run(&text, &Inspect { json: false, browser: false, files: vec![file] }).unwrap(), Outcome::Done);
    }

    #[test]
    fn a_file_that_is_too_large_is_refused() {
        let (_directory, file) = saved("large.html", &vec![b' '; MOST_BYTES + 2]);
        let failure = read(&file, None).map(|_| ()).unwrap_err();
        assert_eq!(failure.message, "error-page-bytes");
    }

    #[test]
    fn a_page_without_fields_says_so() {
        let (_directory, file) = saved("empty.html", b"\xFF\xFE");
        assert!(read(&file, None).unwrap().table(&Text::load(), &file).contains("No field"));
    }
}
