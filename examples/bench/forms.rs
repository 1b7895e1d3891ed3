//! The form engine: how many forms a second one core classifies, and what a large form costs inside the shipped module, in browsers.

use std::hint::black_box;
use std::time::Instant;

use anyhow::{Result, ensure};
use countersign_forms::{
    Button, Field, FieldBox, FieldOption, FieldTag, FieldTexts, Form, FormSnapshot, RawSnapshot, classify, prepare,
};
use countersign_harness::{Browser, Home, Kind, Options, packaged_extension};
use serde_json::Value;

use crate::clock::number;
use crate::report::{Bound, Report, Row};

/// Different forms that are classified in turn.
const FORMS: usize = 400;
/// Forms in one sample.
const AT_ONCE: usize = 100;
/// Looks in one sample: browsers' clocks are coarse.
const REPEATS: usize = 10;
/// Samples before the first that counts: browsers compile anew what is run often.
const WARM_UP: usize = 20;
/// Fields of the large form.
const LARGE: usize = 100;

pub(crate) async fn measure(samples: usize, report: &mut Report) -> Result<()> {
    native(samples, report)?;
    for kind in Kind::ALL {
        in_browser(kind, samples, report).await?;
    }
    Ok(())
}

fn native(samples: usize, report: &mut Report) -> Result<()> {
    prepare();
    let mut chance = Chance(1);
    let forms: Vec<RawSnapshot> = (0..FORMS).map(|_| some_form(&mut chance)).collect();
    let fields: usize = forms.iter().map(|form| form.fields.len()).sum();
    let mut rates = Vec::new();
    let mut next = forms.iter().cycle();
    for _ in 0..samples {
        // Copies are made outside of the measure: the probe's message is read into one anyway.
        let batch: Vec<RawSnapshot> = next.by_ref().take(AT_ONCE).cloned().collect();
        let begun = Instant::now();
        for raw in batch {
            black_box(classify(&FormSnapshot::parse(raw)?));
        }
        rates.push(number(AT_ONCE) / begun.elapsed().as_secs_f64());
    }
    let mean = number(fields) / number(FORMS);
    report.add(
        Row::new("forms classified a second, one core", "native", "/s", rates, Bound::AtLeast(2000.0))
            .note(format!("{FORMS} generated forms of {mean:.1} fields on average; checking the snapshot included")),
    );
    Ok(())
}

async fn in_browser(kind: Kind, samples: usize, report: &mut Report) -> Result<()> {
    let home = Home::new()?;
    let browser = Browser::launch(kind, &home, Options::default().extension(packaged_extension(kind))).await?;
    let place = browser.version().await?;
    let page = browser.open(&browser.extension_url("popup.html")).await?;
    let large = serde_json::to_string(&large_form())?;
    let found = page
        .evaluate(&format!(
            "(async () => {{
              const {{ default: init, Worker }} = await import(location.origin + '/engine/engine.js');
              await init({{ module_or_path: location.origin + '/engine/engine_bg.wasm' }});
              const algorithm = {{ name: 'RSA-PSS', modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' }};
              const pair = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);
              const kept = {{ public: new Uint8Array(await crypto.subtle.exportKey('spki', pair.publicKey)), profile: 'bench', extension: 'bench' }};
              let marks;
              const host = {{ monotonic: () => BigInt(Math.floor(performance.now())), unix: () => BigInt(Date.now()),
                toProbe: (id, message) => (marks = message.marks.fields.length), equip() {{}}, wake() {{}}, dropProbe() {{}} }};
              const worker = new Worker(pair.privateKey, kept, host);
              const snapshot = {large};
              // All is read of this, and then it is refused.
              const refused = {{ ...snapshot, buttons: 0 }};
              const time = (snapshot, times) => {{
                const begun = performance.now();
                for (let n = 0; n < times; n++) {{
                  worker.probeConnected(1, {{ tab: 1, frame: 0, document: 'd', origin: 'https://shop.example' }});
                  worker.probeSaid(1, {{ looked: {{ snapshot, focused: 1 }} }});
                }}
                return (performance.now() - begun) / times;
              }};
              const first = [time(snapshot, 1)];
              const found = marks;
              const [whole, reads] = [[], []];
              for (let n = 0; n < {WARM_UP} + {samples}; n++) {{
                whole.push(time(snapshot, {REPEATS}));
                marks = undefined;
                reads.push(time(refused, {REPEATS}));
                if (marks !== undefined) throw new Error('nothing was refused');
              }}
              return {{ first, whole: whole.slice({WARM_UP}), reads: reads.slice({WARM_UP}), marks: found }};
            }})()"
        ))
        .await?;
    let times =
        |name: &str| -> Vec<f64> { found[name].as_array().into_iter().flatten().filter_map(Value::as_f64).collect() };
    let (whole, reads) = (times("whole"), times("reads"));
    let classified = whole.iter().zip(&reads).map(|(whole, read)| whole - read).collect();
    ensure!(found["marks"].as_u64().is_some_and(|marks| marks > 0), "the module marks no field: {}", found["marks"]);
    report.add(
        Row::timed("classify a form of 100 fields, wasm", &place, classified, Bound::Median(1.0))
            .note("the shipped module, from the snapshot to the marks: the next row less the one after"),
    );
    report.add(
        Row::timed("  the same with the probe's message", &place, whole, Bound::None)
            .note("from the message to the marks, as the worker has it"),
    );
    report.add(
        Row::timed("  of which: the message is read", &place, reads, Bound::None)
            .note("as many fields, in a message that is refused at its end"),
    );
    report.add(
        Row::timed("  the very first, message and all", &place, times("first"), Bound::None)
            .note("in a module that has just been loaded"),
    );
    Ok(())
}

/// Numbers that look random and are the same in every run.
struct Chance(u64);

impl Chance {
    /// A number below `end`.
    fn below(&mut self, end: usize) -> usize {
        // Knuth's MMIX generator; its high bits are good.
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or_default() % end.max(1)
    }

    fn of<T: Copy>(&mut self, choices: &[T], otherwise: T) -> T {
        choices.get(self.below(choices.len())).copied().unwrap_or(otherwise)
    }
}

/// A kind of field: label, `name`, `type`, `autocomplete` where its author thought of it.
type Kinds = [(&'static str, &'static str, &'static str, &'static str)];

const LOGIN: &Kinds =
    &[("E-mail or user name", "user", "text", "username"), ("Password", "password", "password", "current-password")];
const SIGN_UP: &Kinds = &[
    ("Vorname", "vorname", "text", "given-name"),
    ("Nachname", "nachname", "text", "family-name"),
    ("E-Mail-Adresse", "email", "email", "email"),
    ("Passwort wählen", "pw1", "password", "new-password"),
    ("Passwort wiederholen", "pw2", "password", "new-password"),
    ("Ich stimme den Bedingungen zu", "agb", "checkbox", ""),
];
const CHECKOUT: &Kinds = &[
    ("Nom complet", "nom", "text", "name"),
    ("Adresse", "adresse", "text", "street-address"),
    ("Code postal", "cp", "text", "postal-code"),
    ("Ville", "ville", "text", "address-level2"),
    ("Téléphone", "tel", "tel", "tel"),
    ("Numéro de carte", "cardnumber", "text", "cc-number"),
    ("Date d’expiration (MM/AA)", "exp", "text", "cc-exp"),
    ("Cryptogramme", "cvc", "text", "cc-csc"),
];
const CODE: &Kinds = &[("Verification code", "otp", "text", "one-time-code")];
const SEARCH: &Kinds = &[("Search", "q", "search", "")];
const SURVEY: &Kinds = &[
    ("How did you hear of us?", "q1", "text", ""),
    ("Comments", "comments", "text", ""),
    ("Company", "company", "text", "organization"),
    ("Newsletter", "letter", "checkbox", ""),
];

/// A page with one form of some kind, and often a search box.
fn some_form(chance: &mut Chance) -> RawSnapshot {
    let kinds = chance.of(&[LOGIN, LOGIN, SIGN_UP, CHECKOUT, CODE, SURVEY], LOGIN);
    let mut raw = RawSnapshot { lang: "en".into(), title: "Harbour Library".into(), ..RawSnapshot::default() };
    raw.headings = vec!["Harbour Library".into()];
    if chance.below(2) == 0 {
        add_form(&mut raw, SEARCH, "Search", chance);
    }
    add_form(&mut raw, kinds, chance.of(&["Continue", "Sign in", "Envoyer", "Absenden"], "Continue"), chance);
    raw
}

fn large_form() -> RawSnapshot {
    let mut chance = Chance(2);
    let mut raw = RawSnapshot { lang: "en".into(), title: "Application".into(), ..RawSnapshot::default() };
    let all: Vec<_> = [CHECKOUT, SIGN_UP, SURVEY, LOGIN].concat();
    let kinds: Vec<_> = all.iter().copied().cycle().take(LARGE).collect();
    add_form(&mut raw, &kinds, "Send", &mut chance);
    raw
}

fn add_form(raw: &mut RawSnapshot, kinds: &Kinds, button: &str, chance: &mut Chance) {
    let form = u32::try_from(raw.forms.len()).unwrap_or_default();
    let words: Vec<_> = kinds.iter().map(|kind| kind.0).collect();
    raw.forms.push(Form {
        html_id: format!("form-{form}"),
        class: "form stacked".into(),
        action: "https://shop.example/send".into(),
        method: "post".into(),
        text: words.join(" ").chars().take(400).collect(),
        ..Form::default()
    });
    for (label, name, input_type, autocomplete) in kinds {
        let id = u32::try_from(raw.fields.len()).unwrap_or_default() + 1;
        let top = i32::try_from(raw.fields.len()).unwrap_or_default() * 48;
        // Half of all authors say what a field is for in a way made for machines.
        let says = chance.below(2) == 0;
        let in_placeholder = chance.below(3) == 0;
        raw.fields.push(Field {
            id,
            tag: FieldTag::Input,
            input_type: (*input_type).into(),
            name: if chance.below(3) == 0 { format!("field{id}") } else { (*name).into() },
            html_id: format!("{name}-{id}"),
            autocomplete: if says { (*autocomplete).into() } else { String::new() },
            visible: true,
            bounds: FieldBox { x: 40, y: top, width: 320, height: 36 },
            texts: FieldTexts {
                label: if in_placeholder { String::new() } else { (*label).into() },
                placeholder: if in_placeholder { (*label).into() } else { String::new() },
                before: (*label).into(),
                ..FieldTexts::default()
            },
            form: Some(form),
            ..Field::default()
        });
    }
    if kinds.len() > 5 {
        let years =
            (26..38).map(|year| FieldOption { value: format!("20{year}"), text: format!("20{year}") }).collect();
        let id = u32::try_from(raw.fields.len()).unwrap_or_default() + 1;
        let texts = FieldTexts { label: "Year".into(), ..FieldTexts::default() };
        let tag = FieldTag::Select;
        raw.fields.push(Field {
            id,
            tag,
            name: "year".into(),
            visible: true,
            options: years,
            texts,
            form: Some(form),
            ..Field::default()
        });
    }
    let after = u32::try_from(raw.fields.len()).unwrap_or_default();
    raw.buttons.push(Button { text: button.into(), form: Some(form), after, submit: true });
}
