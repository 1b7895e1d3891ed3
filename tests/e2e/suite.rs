//! Pages of the form suite, filled in real browsers as their users would fill them, and submitted: every field gets what its label says, and no other field anything.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Result, ensure};
use countersign_harness::{
    Answer, Frame, Kind, Options, Site,
    demo_site::SEED,
    spine::{Desk, Unlock, chooser_closes, chooser_in, number, pick, shows},
};
use serde::Deserialize;
use tokio::time::{Instant, sleep};

use crate::{
    labels::{self, FieldLabel, Labels},
    rig::{Rig, share},
};

const LOGIN: &str = "Suite login";
const CODES: &str = "Suite codes";
const CARD: &str = "Suite card";
const PERSON: &str = "Suite person";
const USERNAME: &str = "ada@example.org";
const PASSWORD: &str = "Quay-1843";
const OTHER_PASSWORD: &str = "Pier-1901";
const NUMBER: &str = "4111111111111111";

/// How long an icon and a chooser may take. Some pages get none, and many pages are tried.
const PATIENCE: Duration = Duration::from_secs(8);

/// In a hundred pages. What the form engine takes for something else is told with its causes in `docs/accuracy.md`; pages that need their scripts to open a list or to share out a
/// code are among the others.
const LEAST_FILLED: u32 = 90;
const MOST_WRONG: u32 = 4;

/// The pages that every run fills; the long run fills all.
const SAMPLE: [&str; 9] = [
    "pages/001-six-boxes-plain.html",
    "pages/161-woo-checkout-classic.html",
    "pages/412-webforms-hospital-appointments-ro.html",
    "pages/660-bootstrap-floating-kasse-de.html",
    "pages/664-django-admin-parola-degistir-tr.html",
    "pages/669-otp-sitta-murabbaat-ar.html",
    "pages/681-saas-sign-in-passkey-en.html",
    "pages/683-inscription-association-fr.html",
    "pages/689-zmiana-hasla-w-ustawieniach-pl.html",
];

/// Whether a page's user can fill a field.
fn is_active(label: &FieldLabel) -> bool {
    label.state.is_none() && matches!(label.tag.as_str(), "input" | "select" | "textarea" | "editable")
}

/// A field as it stands in the page.
#[derive(Debug, Clone, PartialEq, Deserialize)]
struct Stands {
    tag: String,
    kind: String,
    value: String,
    /// What a list shows.
    text: String,
    name: String,
    /// Which form it is in; -1: none.
    form: i64,
    shown: bool,
    /// How many characters it takes; -1: any number.
    room: i64,
    /// What a list has, values and words.
    options: Vec<String>,
}

/// All fields that labels count, in their order.
const FIELDS: &str = r#"(() => {
  const all = "input,select,textarea,[contenteditable]:not([contenteditable='false']),[role=combobox],[role=listbox],[role=textbox],[role=searchbox]";
  const found = [];
  const walk = (root) => {
    for (const element of root.children) {
      if (["noscript", "template"].includes(element.localName) || element.matches(":popover-open:not([id]):empty")) continue;
      if (element.matches(all)) found.push(element);
      if (element.shadowRoot) walk(element.shadowRoot);
      walk(element);
    }
  };
  walk(document);
  return found;
})()"#;

fn stands() -> String {
    format!(
        r#"(() => {{
  const fields = {FIELDS};
  const forms = [...document.forms];
  return JSON.stringify(fields.map((field) => ({{
    tag: field.localName,
    kind: field.type ?? "",
    value: ["checkbox", "radio"].includes(field.type) ? String(field.checked) : String(field.value ?? field.textContent),
    text: field.selectedOptions?.[0]?.text ?? "",
    name: field.name ?? "",
    form: forms.indexOf(field.form),
    shown: field.checkVisibility({{ checkOpacity: true, checkVisibilityCSS: true }}),
    room: field.maxLength ?? -1,
    options: [...(field.options ?? [])].flatMap((option) => [option.value, option.text]),
  }})));
}})()"#
    )
}

/// What a page is filled with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum With {
    Card,
    Code,
    Login,
    UserName,
    Person,
}

impl With {
    const fn item(self) -> &'static str {
        match self {
            Self::Card => CARD,
            Self::Code => CODES,
            Self::Login | Self::UserName => LOGIN,
            Self::Person => PERSON,
        }
    }

    /// Nobody is asked for what is no secret.
    const fn asks(self) -> bool {
        matches!(self, Self::Card | Self::Code | Self::Login)
    }

    fn takes(self, is: &str) -> bool {
        match self {
            Self::Card => is.starts_with("cc-"),
            Self::Code => matches!(is, "one-time-code" | "current-password") || is_name(is),
            Self::Login => is == "current-password" || is_name(is),
            Self::UserName => is_name(is),
            Self::Person => {
                !(is.starts_with("cc-")
                    || is.contains("password")
                    || is == "one-time-code"
                    || is == "username"
                    || is == "none")
            }
        }
    }
}

fn is_name(is: &str) -> bool {
    matches!(is, "username" | "email" | "username-or-email")
}

/// What came of a page.
enum Outcome {
    /// Every field has what its label says, no other has anything, and the site got just that.
    Filled,
    /// Nothing here that an item has.
    Nothing,
    /// Fields stayed empty.
    Missing(Vec<String>),
    /// A field got what does not belong there.
    Wrong(Vec<String>),
    /// No icon, no chooser, no item.
    NotOffered(String),
}

impl Outcome {
    fn said(&self) -> String {
        match self {
            Self::Filled => "filled".into(),
            Self::Nothing => "nothing to fill".into(),
            Self::Missing(fields) => format!("not filled: {}", fields.join(", ")),
            Self::Wrong(fields) => format!("filled wrongly: {}", fields.join(", ")),
            Self::NotOffered(why) => format!("not offered: {}", why.lines().next().unwrap_or_default()),
        }
    }
}

/// Which item a page is filled with, and in which field its user begins.
fn plan(labels: &Labels) -> Option<(With, usize)> {
    let first = |fits: &dyn Fn(&str) -> bool| {
        labels.fields.iter().position(|label| is_active(label) && fits(&label.field_type))
    };
    let login =
        !matches!(labels.kind.as_str(), "sign-up" | "newsletter" | "search" | "other" | "checkout" | "recovery");
    // The codes of an account that there is are not for one that there is not yet.
    let proves = login || matches!(labels.kind.as_str(), "one-time-code" | "recovery");
    let step = labels.kind == "login-user-name";
    first(&|is| is == "cc-number")
        .map(|at| (With::Card, at))
        .or_else(|| first(&|is| proves && is == "one-time-code").map(|at| (With::Code, at)))
        .or_else(|| first(&|is| login && is == "current-password").map(|at| (With::Login, at)))
        .or_else(|| first(&|is| step && is_name(is)).map(|at| (With::UserName, at)))
        .or_else(|| {
            first(&|is| matches!(is, "name" | "given-name" | "street-address" | "address-line1"))
                .map(|at| (With::Person, at))
        })
}

/// A rig for the suite alone.
async fn rig(kind: Kind) -> Result<Rig> {
    Rig::around(kind, Unlock::Passphrase, Options::default(), Site::start().await?, save).await
}

pub(crate) async fn save(desk: &Desk, site: &Site) -> Result<()> {
    desk.add_login(LOGIN, USERNAME, PASSWORD, &site.origin()).await?;
    desk.add_login_with_codes(CODES, "codes", [OTHER_PASSWORD, SEED], &site.origin()).await?;
    desk.add_card(CARD, [NUMBER, "Ada Kern", "2028-12", "737"]).await?;
    let says = [
        "given-name=Ada",
        "family-name=Kern",
        "street-address=Hafenweg 5",
        "postal-code=20457",
        "address-level2=Hamburg",
        "country=de",
        "tel=+49 40 123456",
        "email=ada@example.org",
        "bday=1990-08-17",
    ];
    desk.add_identity(PERSON, &says).await
}

/// The sample that every run fills.
pub(crate) async fn sample_is_filled(rig: &Rig) -> Result<()> {
    let all = labels::all();
    let sample = all.iter().filter(|labels| SAMPLE.contains(&labels.file.as_str()));
    for labels in share(rig.browser.kind(), sample) {
        let outcome = fill(rig, labels).await?;
        ensure!(matches!(outcome, Outcome::Filled), "{}: {}", labels.file, outcome.said());
    }
    Ok(())
}

/// Fills a page and submits it.
async fn fill(rig: &Rig, labels: &Labels) -> Result<Outcome> {
    let Some((with, at)) = plan(labels) else { return Ok(Outcome::Nothing) };
    let html = std::fs::read_to_string(labels::directory().join(&labels.file))?;
    // Labels are of pages whose scripts do not run, and nothing is fetched.
    let policy = "default-src 'self' data: 'unsafe-inline'; script-src 'none'; form-action 'self'";
    rig.site.put("/page", Answer::html(html).header("content-security-policy", policy));
    rig.browser.close_tabs().await?;
    let page = rig.open(&rig.site.url("/page")).await?;
    let before = fields(&page).await?;
    if before.len() != labels.fields.len() {
        return Ok(Outcome::NotOffered(format!("{} fields, {} labels", before.len(), labels.fields.len())));
    }
    if !has_room_for_all(labels, with, at, &before) {
        return Ok(Outcome::Nothing);
    }
    let lacks = lacks_date(labels, with, at, &before);
    if let Err(error) = answer(rig, &page, with, at, lacks).await {
        return Ok(Outcome::NotOffered(format!("{with:?} {error:#}")));
    }
    // What a page does when its fields change may come a moment later.
    sleep(Duration::from_millis(50)).await;
    let after = fields(&page).await?;
    let outcome = judge(labels, with, at, &before, &after);
    if matches!(outcome, Outcome::Filled) { submitted(rig, &page, at, &before, &after).await } else { Ok(outcome) }
}

/// Whether the fields can take the whole of it: a code of six digits goes into no four boxes.
fn has_room_for_all(labels: &Labels, with: With, at: usize, before: &[Stands]) -> bool {
    let Some(begun) = before.get(at) else { return false };
    let boxes =
        labels.fields.iter().zip(before).filter(|(label, field)| {
            label.field_type == "one-time-code" && is_active(label) && field.form == begun.form
        });
    let rooms: Vec<i64> = boxes.map(|(_, field)| field.room).collect();
    match with {
        With::Code => match rooms.as_slice() {
            [room] => *room < 0 || *room >= 6,
            // Boxes that tell no length take a digit each.
            rooms if rooms.iter().all(|room| *room < 0) => rooms.len() == 6,
            rooms => rooms.iter().any(|room| *room >= 6) || rooms.iter().sum::<i64>() == 6,
        },
        _ => begun.value.is_empty() && labels.fields.get(at).is_some_and(|label| has_room(&label.field_type, begun)),
    }
}

/// Whether a list has no option for the date on the card: the chooser stays and says so.
fn lacks_date(labels: &Labels, with: With, at: usize, before: &[Stands]) -> bool {
    let form = before.get(at).map_or(-1, |field| field.form);
    let lacks = |(label, field): (&FieldLabel, &Stands)| {
        label.field_type.starts_with("cc-exp")
            && is_active(label)
            && field.form == form
            && !has_room(&label.field_type, field)
    };
    with == With::Card && labels.fields.iter().zip(before).any(lacks)
}

async fn fields(page: &Frame) -> Result<Vec<Stands>> {
    Ok(serde_json::from_str(&page.text(&stands()).await?)?)
}

async fn answer(rig: &Rig, page: &Frame, with: With, at: usize, lacks: bool) -> Result<()> {
    let field = format!("{FIELDS}[{at}]");
    page.evaluate(&format!("{field}.scrollIntoView({{ block: 'center' }})")).await?;
    page.click_element(&field).await?;
    let chooser = open(rig, page, &field).await?;
    pick(&chooser, with.item()).await?;
    if with.asks() {
        let number = number(&chooser).await?;
        rig.phone.approve(number).await?;
    }
    if lacks { shows(&chooser, "but not every field").await } else { chooser_closes(&rig.browser).await }
}

/// Presses the icon, wherever it is in the field or beside it.
async fn open(rig: &Rig, page: &Frame, field: &str) -> Result<Frame> {
    let icon = format!(
        r"(() => {{
  const host = document.querySelector(':popover-open:empty');
  const box = {field}.getBoundingClientRect();
  const y = box.top + box.height / 2;
  const x = host && [box.right - 12, box.left + 12, box.right + 12, box.left - 12].find((x) => document.elementFromPoint(x, y) === host);
  return x ? [x, y] : null;
}})()"
    );
    let end = Instant::now() + PATIENCE;
    loop {
        let point = page.evaluate(&icon).await?;
        if let (Some(x), Some(y)) = (point[0].as_f64(), point[1].as_f64()) {
            page.click_at(x, y).await?;
            break;
        }
        ensure!(Instant::now() < end, "no icon");
        sleep(Duration::from_millis(50)).await;
    }
    loop {
        if let Some(chooser) = chooser_in(&rig.browser).await? {
            return Ok(chooser);
        }
        ensure!(Instant::now() < end, "no chooser");
        sleep(Duration::from_millis(50)).await;
    }
}

/// Compares what stands in the page with what its labels say.
fn judge(labels: &Labels, with: With, at: usize, before: &[Stands], after: &[Stands]) -> Outcome {
    let (mut wrong, mut missing) = (vec![], vec![]);
    if before.len() != after.len() {
        return Outcome::Wrong(vec![format!("{} fields were {}", after.len(), before.len())]);
    }
    let joined: BTreeMap<&str, String> =
        ["cc-number", "one-time-code"].into_iter().map(|is| (is, together(labels, is, before, after))).collect();
    let all = labels.fields.iter().zip(before.iter().zip(after)).enumerate();
    let begun = after.get(at).map_or(-1, |field| field.form);
    for (index, (label, (before, after))) in all {
        let said = || format!("#{index} {} {:?} {:?}", label.field_type, after.value, after.text);
        let changed = before.value != after.value;
        let fits =
            with.takes(&label.field_type) && fits(&label.field_type, after, joined.get(label.field_type.as_str()));
        let here = is_active(label) && before.shown && before.form == after.form && before.value.is_empty();
        if changed && !(fits && is_active(label)) && !matches!(label.field_type.as_str(), "cc-type") {
            wrong.push(said());
        } else if !changed
            && (index == at || (is_of(with, &labels.kind, label, after, begun) && here && !is_choice(after)))
        {
            missing.push(said());
        }
    }
    match (wrong.is_empty(), missing.is_empty()) {
        (false, _) => Outcome::Wrong(wrong),
        (true, false) => Outcome::Missing(missing),
        (true, true) => Outcome::Filled,
    }
}

fn is_choice(field: &Stands) -> bool {
    matches!(field.kind.as_str(), "radio" | "checkbox")
}

/// Whether a field is to be filled with the one that the user began in. An address has more fields than an identity, an item one code of several, and where
/// nobody logs in a name or an address may be another.
fn is_of(with: With, kind: &str, label: &FieldLabel, field: &Stands, begun: i64) -> bool {
    let is_beside = with == With::Code || (!kind.starts_with("login") && is_name(&label.field_type));
    !is_beside
        && with != With::Person
        && with.takes(&label.field_type)
        && field.form == begun
        && has_room(&label.field_type, field)
}

/// Whether a field can take what the items of this test have: lists of the suite are short, and so are some boxes.
fn has_room(is: &str, field: &Stands) -> bool {
    let has = |end: &str| field.options.is_empty() || field.options.iter().any(|option| digits(option).ends_with(end));
    match is {
        "cc-exp-month" => has("12") || field.options.iter().all(|option| digits(option).is_empty()),
        "cc-exp-year" => has("28"),
        "cc-exp" => field.options.is_empty() || field.options.iter().any(|option| is_expiry(option)),
        "current-password" => !(0..9).contains(&field.room),
        is if is_name(is) => !(0..15).contains(&field.room) && !matches!(field.kind.as_str(), "number" | "tel"),
        "cc-type" => false,
        _ => true,
    }
}

/// What stands in all boxes of one kind that changed, in a row.
fn together(labels: &Labels, is: &str, before: &[Stands], after: &[Stands]) -> String {
    let all = labels.fields.iter().zip(before.iter().zip(after));
    all.filter(|(label, (before, after))| label.field_type == is && before.value != after.value)
        .map(|(_, (_, after))| after.value.as_str())
        .collect()
}

fn cut<'a>(text: &'a str, field: &Stands) -> &'a str {
    usize::try_from(field.room).ok().and_then(|room| text.get(..room)).unwrap_or(text)
}

/// Whether a text says December 2028.
fn is_expiry(text: &str) -> bool {
    ["1228", "122028", "2812", "202812"].contains(&digits(text).as_str())
}

fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

/// Whether a field holds what its label says.
fn fits(is: &str, field: &Stands, joined: Option<&String>) -> bool {
    let value = field.value.as_str();
    let number = |text: &str| digits(text).parse::<u32>().ok();
    match is {
        // What a box has no room for is cut off, as typing would.
        "username" | "username-or-email" | "email" => [USERNAME, "codes"].map(|name| cut(name, field)).contains(&value),
        "current-password" => value == cut(PASSWORD, field) || value == cut(OTHER_PASSWORD, field),
        "cc-number" => joined.is_some_and(|joined| digits(joined) == NUMBER),
        "cc-name" => value.eq_ignore_ascii_case("Ada Kern") || value.eq_ignore_ascii_case("Kern Ada"),
        // Which of two names comes first depends on the language.
        "cc-given-name" | "cc-family-name" => ["Ada", "Kern"].contains(&value),
        "cc-csc" => value == "737",
        "cc-exp" => is_expiry(value) || is_expiry(&field.text),
        "cc-exp-month" => {
            number(value) == Some(12) || number(&field.text) == Some(12) || digits(&field.text).is_empty()
        }
        "cc-exp-year" => [value, &field.text].iter().any(|text| digits(text).ends_with("28")),
        // An example of the page's may have a dash or a space in it.
        "one-time-code" => joined.is_some_and(|joined| {
            digits(joined).len() == 6
                && joined.chars().all(|sign| sign.is_ascii_digit() || sign.is_whitespace() || sign == '-')
        }),
        "given-name" => value == "Ada",
        "family-name" => value == "Kern",
        "name" => value == "Ada Kern" || value == "Kern Ada",
        "postal-code" => digits(value).starts_with("20457") || value.len() < 5,
        "address-level2" => value == "Hamburg",
        "address-line1" | "street-address" => value.contains("Hafenweg"),
        "country" | "country-name" => !value.is_empty(),
        _ => !value.is_empty(),
    }
}

/// Submits the form, and compares what the site got with what stands in it.
async fn submitted(rig: &Rig, page: &Frame, at: usize, before: &[Stands], after: &[Stands]) -> Result<Outcome> {
    let form = after.get(at).map_or(-1, |field| field.form);
    if form < 0 {
        return Ok(Outcome::Filled);
    }
    let path = format!("/sent/{}", rig.site.submissions().len());
    let submit = format!(
        "(() => {{ const form = document.forms[{form}]; form.noValidate = true; form.setAttribute('action', '{path}'); form.setAttribute('method', 'post'); \
         form.removeAttribute('enctype'); form.removeAttribute('target'); HTMLFormElement.prototype.requestSubmit.call(form); }})()"
    );
    page.evaluate(&submit).await?;
    let sent = rig.site.wait_for_submission(&path, PATIENCE).await?;
    let (all, mut wrong) = (after, vec![]);
    for (index, (before, after)) in before.iter().zip(after).enumerate() {
        let alone = !after.name.is_empty() && all.iter().filter(|other| other.name == after.name).count() == 1;
        if before.value != after.value
            && after.form == form
            && alone
            && !is_choice(after)
            && sent.fields.get(&after.name) != Some(&after.value)
        {
            wrong.push(format!("#{index} {} was sent as {:?}", after.name, sent.fields.get(&after.name)));
        }
    }
    Ok(if wrong.is_empty() { Outcome::Filled } else { Outcome::Wrong(wrong) })
}

/// Fills all pages, or those that `COUNTERSIGN_SUITE_PAGES` names (parts of names, with commas between), and says of each that was not filled just as its labels say what came of it.
async fn all_are_filled(kind: Kind) -> Result<()> {
    let rig = rig(kind).await?;
    let asked = std::env::var("COUNTERSIGN_SUITE_PAGES").unwrap_or_default();
    let (mut filled, mut tried, mut wrong) = (0_u32, 0_u32, 0_u32);
    let is_asked = |labels: &&Labels| asked.split(',').any(|part| labels.file.contains(part));
    for labels in labels::all().iter().filter(is_asked) {
        let outcome = fill(&rig, labels).await?;
        match outcome {
            Outcome::Nothing => continue,
            Outcome::Filled => filled += 1,
            _ => println!("{}: {}", labels.file, outcome.said()),
        }
        wrong += u32::from(matches!(outcome, Outcome::Wrong(_)));
        tried += 1;
    }
    println!(
        "{kind:?}: {filled} of {tried} pages filled and sent just as labelled; in {wrong} a field got what does not belong there"
    );
    ensure!(filled * 100 >= tried * LEAST_FILLED, "fewer than {LEAST_FILLED} in a hundred");
    ensure!(wrong * 100 <= tried * MOST_WRONG, "more than {MOST_WRONG} in a hundred");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "soak: fills every page of the form suite"]
async fn soak_every_page_of_the_suite_in_chromium() -> Result<()> {
    all_are_filled(Kind::Chromium).await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "soak: fills every page of the form suite"]
async fn soak_every_page_of_the_suite_in_firefox() -> Result<()> {
    all_are_filled(Kind::Firefox).await
}
