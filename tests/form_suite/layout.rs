//! The same pages, read and laid out: what `countersign inspect` and `countersign inspect --browser` say of a page is the same, but where only a layout can tell.
//!
//! `cargo test -p countersign --test form_suite -- --nocapture laid_out` prints both scores.

use crate::browser::{self, Browser};
use crate::page::{self, Page};
use crate::pages::{self, Labelled};
use crate::scores::score;
use countersign_forms::{Classification, Field, FieldId, FormSnapshot, RawSnapshot, classify};
use countersign_harness::{Home, Kind, Options, demo_site::DemoSite};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// As many pages as are laid out in every run; the long run takes all.
const SAMPLE: usize = 100;
// Why the two must say something else of a field.
const LOOK: &str = "its look is taken away, and with it its size";
const NOT: &str = "a rule with :not() hides it: the reader leaves out rules that it does not know";
const PADDING: &str = "it is one pixel large, and its padding and border around that: the reader adds nothing up";
const CLIPPED: &str = "what is around it has no height and cuts it off: to the probe it is large enough until something would be written into it";
const PLACED: &str = "it is moved out of sight by what is around it: only a layout tells";
/// Pages of which they do: in whether a field is seen, and for that in little else.
const DIFFERENT: [(&str, &str); 12] = [
    ("042-profile-pin-decoy.html", LOOK),
    ("044-airline-booking-decoy.html", NOT),
    ("089-th-loyalty-change.html", NOT),
    ("097-moodle-like-policy.html", NOT),
    ("145-sudo-mode-two-ways.html", PADDING),
    ("188-sepa-lastschrift.html", PLACED),
    ("194-trial-grouped-card.html", CLIPPED),
    ("195-one-page-checkout-frames.html", PADDING),
    ("198-tasas-primefaces.html", PADDING),
    ("231-rails-devise-signup.html", PADDING),
    ("258-webmail-choose-address.html", CLIPPED),
    ("268-typeform-question.html", NOT),
];

/// What is said of one field: its label and form, its index, and whether it is seen.
type Said = (String, Option<u32>, bool);

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn start() -> Browser {
    let program = browser::find().expect("no Chromium here: run scripts/set-up");
    Browser::start(&program, &folder("dist/chrome")).unwrap_or_else(|error| panic!("{error:?}"))
}

fn said(snapshot: &RawSnapshot, index: impl Fn(usize, &Field) -> Option<u32>) -> BTreeMap<u32, Said> {
    let found: Classification = classify(&FormSnapshot::parse(snapshot.clone()).unwrap());
    let of_field = |(at, field): (usize, &Field)| {
        let answer = found.field(FieldId(field.id)).map(|(form, answer)| (answer.field_type.token(), form.kind));
        (field.id, (format!("{answer:?}"), index(at, field), field.visible))
    };
    snapshot.fields.iter().enumerate().map(of_field).collect()
}

/// Looks at a page in both ways. The snapshot of the browser, and the fields of which they say something else.
fn compare(browser: &mut Browser, file: &Path, read: &Page) -> (RawSnapshot, Vec<String>) {
    let bytes = std::fs::read(file).unwrap();
    let seen =
        browser.look(file, &page::decode(&bytes)).unwrap_or_else(|error| panic!("{}: {error:?}", file.display()));
    let one = said(&read.snapshot, |_, field| read.place(field.id).and_then(|place| place.index));
    let other = said(&seen.snapshot, |at, _| seen.indices[at]);
    let ids: BTreeSet<u32> = one.keys().chain(other.keys()).copied().collect();
    let different = ids.into_iter().filter(|id| one.get(id) != other.get(id));
    let told = different.map(|id| format!("#{id}: {:?} read, {:?} laid out", one.get(&id), other.get(&id)));
    (seen.snapshot, told.collect())
}

/// Lays pages out, prints both scores, and holds the differences to the list.
fn lay_out(sample: Vec<Labelled>) {
    let mut browser = start();
    let (mut different, mut told, mut laid_out) = (BTreeSet::new(), Vec::new(), Vec::new());
    for Labelled { labels, page: read } in pages::again(&sample) {
        let (snapshot, differences) = compare(&mut browser, &crate::labels::directory().join(&labels.file), &read);
        if !differences.is_empty() {
            different.insert(labels.file.rsplit('/').next().unwrap().to_owned());
            told.push(format!("{}: {}", labels.file, differences.join("; ")));
        }
        laid_out.push(Labelled { labels, page: Page { snapshot, ..read } });
    }
    println!("{} pages\n{}", sample.len(), told.join("\n"));
    let (read, seen) = (score(&sample, true), score(&laid_out, true));
    read.print("Read");
    seen.print("Laid out");
    let in_sample = |file: &&str| sample.iter().any(|labelled| labelled.labels.file.ends_with(*file));
    let expected: BTreeSet<String> =
        DIFFERENT.iter().map(|(file, _)| *file).filter(in_sample).map(str::to_owned).collect();
    assert_eq!(different, expected, "{}", told.join("\n"));
    assert!(seen.fields_f1() >= read.fields_f1() - 0.005, "{} laid out, {} read", seen.fields_f1(), read.fields_f1());
}

#[test]
fn a_sample_laid_out_is_what_was_read() {
    let all = pages::all();
    let step = all.len() / SAMPLE;
    let listed = |labelled: &Labelled| DIFFERENT.iter().any(|(file, _)| labelled.labels.file.ends_with(file));
    let (known, others): (Vec<_>, Vec<_>) = all.into_iter().partition(listed);
    lay_out(known.into_iter().chain(others.into_iter().step_by(step)).take(SAMPLE).collect());
}

#[test]
#[ignore = "soak: every page in a browser"]
fn soak_every_page_laid_out_is_what_was_read() {
    lay_out(pages::all());
}

/// Saves a page as a browser has it, its scripts run and its style sheets with it.
const SAVE: &str = "(() => {
    for (const { ownerNode, cssRules } of [...document.styleSheets]) {
        const textContent = [...cssRules].map(rule => rule.cssText).join(' ');
        ownerNode.replaceWith(Object.assign(document.createElement('style'), { textContent }));
    }
    return document.documentElement.outerHTML;
})()";

/// Every page of the demo site, React's and Vue's too, as somebody would save it.
async fn save_the_demo(directory: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let (site, home) = (DemoSite::start().await?, Home::new()?);
    let browser = countersign_harness::Browser::launch(Kind::Chromium, &home, Options::default()).await?;
    let paths = DemoSite::paths();
    let of_library = paths.iter().filter(|path| *path != "/").map(|path| site.library.url(path));
    let mut files = Vec::new();
    for (at, url) in of_library.chain([site.payments.url("/pay")]).enumerate() {
        let page = browser.open(&url).await?;
        page.wait_for_element("input, iframe").await?;
        let file = directory.join(format!("{at}.html"));
        std::fs::write(&file, page.text(SAVE).await?)?;
        files.push(file);
        page.close().await?;
    }
    browser.close().await?;
    Ok(files)
}

/// Nothing of them needs a layout. Only the page that frames the provider's has no field of its own.
fn look_the_same(browser: &mut Browser, files: impl Iterator<Item = PathBuf>, least: usize) {
    let (mut with_fields, mut without) = (0, Vec::new());
    for file in files {
        let read = Page::parse(&std::fs::read(&file).unwrap()).unwrap();
        let (_, differences) = compare(browser, &file, &read);
        assert!(differences.is_empty(), "{}: {differences:?}", file.display());
        if read.snapshot.fields.is_empty() { without.push(file) } else { with_fields += 1 }
    }
    assert!(with_fields >= least, "{with_fields} pages with fields; without: {without:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_the_demo_laid_out_are_what_was_read() {
    let directory = tempfile::tempdir().unwrap();
    let saved = save_the_demo(directory.path()).await.unwrap();
    let least = saved.len() - 1;
    look_the_same(&mut start(), saved.into_iter(), least);
}

#[test]
fn pages_of_the_other_tests_laid_out_are_what_was_read() {
    let pages = std::fs::read_dir(folder("tests/harness/pages")).unwrap().map(|entry| entry.unwrap().path());
    look_the_same(&mut start(), pages.filter(|path| path.extension().is_some_and(|end| end == "html")), 2);
}

/// What stands before fields and above forms where the text is in parts, or is no heading by its name.
#[test]
fn texts_in_parts_laid_out_are_what_was_read() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("page.html");
    let html = "<!doctype html><h2>Shop</h2><table><tr><th>Postcode<em>required</em></th><td><input></td></tr>\
        <tr><th>Name <div>in full</div></th><td><input></td></tr><tr><td>Not <em>this</em> <input></td></tr></table>\
        <p>Town <span>required</span></p><div><input></div>\
        <div role=dialog aria-labelledby=named><p id=named>Confirm it is you</p><form><input></form></div>\
        <div role=dialog aria-label=Pay><form><input></form></div>\
        <div><div class='modal-title'>Sign in</div><form><input></form></div>";
    std::fs::write(&file, html).unwrap();
    let read = Page::parse(html.as_bytes()).unwrap().snapshot;
    let seen = start().look(&file, html).unwrap_or_else(|error| panic!("{error:?}")).snapshot;
    let texts = |snapshot: &RawSnapshot| {
        let before: Vec<String> = snapshot.fields.iter().map(|field| field.texts.before.clone()).collect();
        let titles: Vec<String> = snapshot.forms.iter().map(|form| form.heading.clone()).collect();
        (before, titles)
    };
    let (before, titles) = texts(&read);
    assert_eq!(before[..4], ["Postcode required", "in full", "this", "Town required"]);
    assert_eq!(titles, ["Confirm it is you", "Pay", "Sign in"]);
    assert_eq!(texts(&seen), (before, titles));
}

/// What runs, and what is fetched, of a page that would.
#[test]
fn a_page_that_is_laid_out_runs_nothing_and_goes_nowhere() {
    let directory = tempfile::tempdir().unwrap();
    let beside = directory.path().join("page_files");
    std::fs::create_dir(&beside).unwrap();
    std::fs::write(beside.join("own.css"), ".gone { display: none }").unwrap();
    std::fs::write(directory.path().join("outside.css"), "input { display: none }").unwrap();
    let folder = directory.path().join("saved");
    std::fs::create_dir(&folder).unwrap();
    std::fs::rename(&beside, folder.join("page_files")).unwrap();
    let file = folder.join("page.html");
    let html = "<!doctype html><title>Saved</title><meta http-equiv=refresh content='0;url=https://elsewhere.example/'>\
        <link rel=stylesheet href='page_files/own.css'><link rel=stylesheet href='../outside.css'>\
        <link rel=stylesheet href='https://elsewhere.example/x.css'><script>document.title = 'ran'</script>\
        <img src=x onerror=\"document.title = 'ran'\"><svg><font-face></font-face></svg>\
        <form action=next><input name=user><input name=trap class=gone><input type=password name=password></form>\
        <div><template shadowrootmode=closed><input name=inner></template></div><iframe srcdoc='<input name=framed>'></iframe>";
    let seen = start().look(&file, html).unwrap_or_else(|error| panic!("{error:?}"));
    assert_eq!(seen.snapshot.title, "Saved");
    assert_eq!(seen.snapshot.forms[0].action, "next");
    let fields: Vec<_> = seen.snapshot.fields.iter().map(|field| (field.name.as_str(), field.visible)).collect();
    assert_eq!(fields, [("user", true), ("trap", false), ("password", true)]);
    assert_eq!(seen.indices, [Some(0), Some(1), Some(2)]);
}
