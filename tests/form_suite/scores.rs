//! Recall and precision of what the engine says, by kind of field, and the bounds that they keep.

use crate::labels::{FieldLabel, State};
use crate::pages::{self, Labelled, find, is_in};
use crate::reliability::Answers;
use countersign_forms::{Classification, ClassifiedForm, FieldId, FormKind, FormSnapshot, classify};
use std::collections::BTreeMap;

/// Right answers, false alarms, misses.
#[derive(Clone, Copy, Default)]
struct Count {
    right: usize,
    alarms: usize,
    misses: usize,
}

impl Count {
    fn recall(self) -> f64 {
        self.right as f64 / (self.right + self.misses).max(1) as f64
    }

    fn precision(self) -> f64 {
        self.right as f64 / (self.right + self.alarms).max(1) as f64
    }

    fn f1(self) -> f64 {
        2.0 * self.right as f64 / (2 * self.right + self.alarms + self.misses).max(1) as f64
    }

    fn and(self, other: Self) -> Self {
        Self { right: self.right + other.right, alarms: self.alarms + other.alarms, misses: self.misses + other.misses }
    }
}

/// Right ones of all.
#[derive(Clone, Copy, Default)]
struct Share {
    right: usize,
    all: usize,
}

impl Share {
    fn add(&mut self, right: bool) {
        self.right += usize::from(right);
        self.all += 1;
    }

    fn share(self) -> f64 {
        self.right as f64 / self.all.max(1) as f64
    }
}

/// All scores of one run.
#[derive(Default)]
pub(crate) struct Scores {
    /// By class: names to log in, passwords, codes, each card field.
    classes: BTreeMap<String, Count>,
    /// By type: the rest of what `autocomplete` can say.
    identity: BTreeMap<String, Count>,
    /// Old passwords told from new ones.
    variants: Share,
    kinds: Share,
    /// How sure the engine was of what it said of fields, of fields to leave alone, and of forms.
    pub(crate) said: Answers,
    pub(crate) left: Answers,
    pub(crate) of_forms: Answers,
    errors: Vec<String>,
}

/// The class under which a type is scored, as `countersign inspect` users would: user name and email address are one, both passwords are one.
fn class(field_type: &str) -> Option<&str> {
    match field_type {
        "username" | "email" | "username-or-email" => Some("login-id"),
        "current-password" | "new-password" => Some("password"),
        "one-time-code" => Some("one-time-code"),
        card if card.starts_with("cc-") => Some(card),
        _ => None,
    }
}

/// Types that mean the same to filling.
fn identity(field_type: &str) -> Option<&str> {
    match field_type {
        "none" | "search" => None,
        "tel-local" | "tel-local-prefix" | "tel-local-suffix" => Some("tel-national"),
        other if class(other).is_some() => None,
        other => Some(other),
    }
}

/// A kind as labels write it.
fn kind(kind: FormKind) -> &'static str {
    match kind {
        FormKind::Login => "login",
        FormKind::LoginUsername => "login-user-name",
        FormKind::LoginPassword => "login-password",
        FormKind::SignUp => "sign-up",
        FormKind::ChangePassword => "change-password",
        FormKind::Recovery => "recovery",
        FormKind::TwoFactor => "one-time-code",
        FormKind::Checkout => "checkout",
        FormKind::Search => "search",
        FormKind::Newsletter => "newsletter",
        FormKind::Other => "other",
    }
}

/// Scores all pages, with or without what `autocomplete` says.
pub(crate) fn score(pages: &[Labelled], autocomplete: bool) -> Scores {
    let mut scores = Scores::default();
    for labelled in pages {
        let mut raw = labelled.page.snapshot.clone();
        if !autocomplete {
            raw.fields.iter_mut().for_each(|field| field.autocomplete.clear());
        }
        let snapshot = FormSnapshot::parse(raw).unwrap();
        let classification = classify(&snapshot);
        for label in &labelled.labels.fields {
            scores.field(labelled, label, &snapshot, &classification);
        }
        scores.forms(labelled, &classification);
    }
    scores
}

impl Scores {
    fn field(&mut self, labelled: &Labelled, label: &FieldLabel, snapshot: &FormSnapshot, found: &Classification) {
        let id = FieldId(label.index);
        let visible = snapshot.field(id).is_some_and(|field| field.visible);
        let answer = found.field(id).map(|(_, field)| field);
        let said = answer.map_or("none", |field| field.field_type.token());
        // What cannot be seen is filled by nobody; what cannot be seen in a browser but here, by a rule that needs layout, is scored by its type.
        if label.ignore || (matches!(label.state, Some(State::Hidden | State::Honeypot)) && !visible) {
            return;
        }
        let name = if label.name.is_empty() { &label.id } else { &label.name };
        let gold = label.field_type.as_str();
        if let Some(field) = answer {
            let right = class(gold) == class(said) && identity(gold) == identity(said);
            let answers = if said == "none" { &mut self.left } else { &mut self.said };
            answers.add(field.confidence.get(), right && (gold == "search") == (said == "search"));
        }
        let place = format!("{} #{} {name}", labelled.labels.file, label.index);
        count(&mut self.classes, class(gold), class(said), &mut self.errors, &format!("{place}: {gold} <- {said}"));
        count(
            &mut self.identity,
            identity(gold),
            identity(said),
            &mut self.errors,
            &format!("  {place}: {gold} <- {said}"),
        );
        if class(gold) == Some("password") && class(said) == Some("password") {
            self.variants.add(gold == said);
            if gold != said {
                self.errors.push(format!("{place}: {gold} <- {said}"));
            }
        }
    }

    fn forms(&mut self, labelled: &Labelled, found: &Classification) {
        let labels = &labelled.labels;
        let dom = &labelled.page.dom;
        let wanted: Vec<(Vec<u32>, &str)> = if labels.forms.is_empty() {
            let telling = |field: &&FieldLabel| !matches!(field.field_type.as_str(), "none" | "search");
            let ids: Vec<u32> = labels.fields.iter().filter(telling).map(|field| field.index).collect();
            let all = || labels.fields.iter().map(|field| field.index).collect();
            vec![(if ids.is_empty() { all() } else { ids }, labels.kind.as_str())]
        } else {
            let form = |selector: &str| {
                let outer = find(dom, selector).unwrap();
                let inside = labelled.page.places.iter().filter(|place| is_in(dom, place.node, outer));
                inside.map(|place| place.id).collect()
            };
            labels.forms.iter().map(|label| (form(&label.selector), label.kind.as_str())).collect()
        };
        for (ids, gold) in wanted {
            // A form that has nothing but buttons and hidden fields is none to the engine.
            let Some(form) = most(found, &ids) else { continue };
            let said = kind(form.kind);
            self.kinds.add(said == gold);
            self.of_forms.add(form.confidence.get(), said == gold);
            if said != gold {
                self.errors.push(format!("  {} form of #{}: {gold} <- {said}", labels.file, ids.first().unwrap()));
            }
        }
    }

    fn all(&self) -> Count {
        self.classes.values().fold(Count::default(), |all, count| all.and(*count))
    }

    fn class(&self, class: &str) -> Count {
        self.classes.get(class).copied().unwrap_or_default()
    }

    /// F1 over all classes.
    pub(crate) fn fields_f1(&self) -> f64 {
        self.all().f1()
    }

    pub(crate) fn print(&self, title: &str) {
        println!("\n{title}\n");
        println!("| class | fields | recall | precision | F1 |\n| --- | ---: | ---: | ---: | ---: |");
        let all_identity = self.identity.values().fold(Count::default(), |all, count| all.and(*count));
        let rows = self.classes.iter().map(|(class, count)| (class.as_str(), *count));
        for (class, count) in
            rows.chain([("all of these", self.all()), ("names, addresses, birthdays, telephones", all_identity)])
        {
            let (recall, precision, f1) = (count.recall(), count.precision(), count.f1());
            println!("| {class} | {} | {recall:.3} | {precision:.3} | {f1:.3} |", count.right + count.misses);
        }
        let (variants, kinds) = (self.variants, self.kinds);
        println!("\nOld or new password: {:.3} ({}/{})", variants.share(), variants.right, variants.all);
        println!("Form kinds: {:.3} ({}/{})", kinds.share(), kinds.right, kinds.all);
    }
}

fn count(
    counts: &mut BTreeMap<String, Count>,
    gold: Option<&str>,
    said: Option<&str>,
    errors: &mut Vec<String>,
    error: &str,
) {
    if gold == said {
        gold.into_iter().for_each(|class| counts.entry(class.to_owned()).or_default().right += 1);
        return;
    }
    said.into_iter().for_each(|class| counts.entry(class.to_owned()).or_default().alarms += 1);
    gold.into_iter().for_each(|class| counts.entry(class.to_owned()).or_default().misses += 1);
    errors.push(error.to_owned());
}

/// The form that holds most of some fields.
fn most<'a>(found: &'a Classification, ids: &[u32]) -> Option<&'a ClassifiedForm> {
    let held = |form: &ClassifiedForm| form.fields.iter().filter(|field| ids.contains(&field.id.0)).count();
    found.forms.iter().rev().max_by_key(|form| held(form)).filter(|form| held(form) > 0)
}

/// Bounds below which a change is a step back. They follow the scores, a little below.
struct Bounds {
    all: f64,
    login_id: f64,
    password: f64,
    codes: f64,
    card: f64,
    variants: f64,
    kinds: f64,
}

const LEAST: Bounds =
    Bounds { all: 0.975, login_id: 0.96, password: 0.985, codes: 0.965, card: 0.975, variants: 0.985, kinds: 0.91 };

impl Bounds {
    fn check(&self, scores: &Scores) {
        let mut low = Vec::new();
        let mut check = |name: &str, score: f64, bound: f64| {
            if score < bound {
                low.push(format!("{name}: {score:.4} is below {bound}"));
            }
        };
        check("all fields", scores.all().f1(), self.all);
        check("login-id", scores.class("login-id").f1(), self.login_id);
        check("password", scores.class("password").f1(), self.password);
        check("one-time-code", scores.class("one-time-code").f1(), self.codes);
        // Of the others there are too few to say.
        let cards = ["cc-number", "cc-name", "cc-exp", "cc-exp-month", "cc-exp-year", "cc-csc"];
        cards.iter().for_each(|card| check(card, scores.class(card).f1(), self.card));
        check("old or new password", scores.variants.share(), self.variants);
        check("form kinds", scores.kinds.share(), self.kinds);
        assert!(low.is_empty(), "{}\n{}", low.join("\n"), scores.errors.join("\n"));
    }
}

#[test]
fn scores() {
    let scores = score(&pages::all(), true);
    scores.print("With autocomplete");
    println!("\n{}", scores.errors.join("\n"));
    LEAST.check(&scores);
}

#[test]
fn scores_without_autocomplete() {
    let scores = score(&pages::all(), false);
    scores.print("Without autocomplete");
    LEAST.check(&scores);
}
