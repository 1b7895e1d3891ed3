//! One coverage-guided fuzz target (libFuzzer) for each parser of foreign bytes. The environment variable `TARGET` names it.
//!
//! A target fails by a panic, an overflow, a hang or excessive memory. Where a value can be encoded again, decoding that must give the same value.
//! `cargo test --test fuzz` runs each for some seconds; `npm run soak` for longer.
#![no_main]

/// The daemon's, without the daemon, which would have to be compiled whole for it.
#[path = "../../../daemon/src/store/write_ahead_log.rs"]
mod write_ahead_log;

use countersign_forms::{
    Classification, CorrectedGuess, Correction, CorrectionReport, FieldIdentity, FieldType, FillPlan, FormSnapshot,
    Identity, ItemValue, Offer, PasswordRules, RawSnapshot, apply, classify,
};
use countersign_seal::{
    codec, deposit, envelope, field, id::UnixMillis, log, origin, pairing, record::RECORD_LIMIT, recovery::RecoveryWords,
    request, session,
};
use countersign_vault::{
    card,
    draft::CheckedDraft,
    item::{ItemDraft, ItemSummary},
    one_time_code::Seed,
    record::Record,
};
use countersign_wire::{control, local, mail, native, page, panel, relay};
use libfuzzer_sys::fuzz_target;
use serde::{Serialize, de::DeserializeOwned};
use std::sync::LazyLock;

type Target = (&'static str, fn(&[u8]));

/// Every parser of foreign bytes, with the name of its target.
const TARGETS: &[Target] = &[
    ("answer", |bytes| cbor::<request::SignedAnswer>(bytes, request::REQUEST_LIMIT)),
    ("ask", signed_ask),
    ("card", |bytes| text(bytes, card_fields)),
    ("code-messages", code_messages),
    ("control", |bytes| {
        cbor::<control::Command>(bytes, native::FRAME_LIMIT);
        cbor::<control::Report>(bytes, native::FRAME_LIMIT);
    }),
    ("deposit", |bytes| {
        if let Ok(deposit) = deposit::Deposit::from_bytes(bytes) {
            assert_eq!(deposit.to_bytes(), bytes);
        }
    }),
    ("envelope", |bytes| {
        if let Ok(envelope) = envelope::Envelope::parse(bytes) {
            assert_eq!(envelope.as_bytes(), bytes);
        }
    }),
    ("extension-messages", extension_messages),
    ("field-seal", |bytes| {
        if let Ok(seal) = field::FieldSeal::from_bytes(bytes) {
            assert_eq!(seal.as_bytes(), bytes);
        }
    }),
    ("form-snapshot", form_snapshot),
    ("item-draft", item_draft),
    ("item-record", item_record),
    ("link", |bytes| text(bytes, |text| drop(pairing::Link::from_fragment(text)))),
    ("local", |bytes| {
        cbor::<local::Call>(bytes, session::FRAME_LIMIT);
        cbor::<local::Answer>(bytes, session::FRAME_LIMIT);
    }),
    ("log", device_log),
    ("mail", |bytes| {
        cbor::<mail::ToPhone>(bytes, mail::LIMIT);
        cbor::<mail::ToDesktop>(bytes, mail::LIMIT);
    }),
    ("native-packet", |bytes| drop(serde_json::from_slice::<native::Packet>(bytes))),
    ("one-time-code", |bytes| text(bytes, one_time_code)),
    ("origin", |bytes| text(bytes, web_origin)),
    ("recovery-words", |bytes| text(bytes, |text| drop(RecoveryWords::parse(text)))),
    ("relay", |bytes| {
        cbor::<relay::ToRelay>(bytes, relay::LIMIT);
        cbor::<relay::FromRelay>(bytes, relay::LIMIT);
        cbor::<relay::LoginStatement>(bytes, relay::LIMIT);
    }),
    ("request", |bytes| drop((request::Request::from_bytes(bytes), request::Newer::from_bytes(bytes)))),
    ("session", |bytes| {
        cbor::<session::Hello>(bytes, session::FRAME_LIMIT);
        cbor::<session::Welcome>(bytes, session::FRAME_LIMIT);
        cbor::<session::Proof>(bytes, session::FRAME_LIMIT);
    }),
    ("write-ahead-log", write_ahead),
];

static TARGET: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let name = std::env::var("TARGET").unwrap_or_default();
    let names = || TARGETS.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(" ");
    TARGETS.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("TARGET is one of: {}", names())).1
});

fuzz_target!(|bytes: &[u8]| TARGET(bytes));

/// Decodes; what decodes must encode and decode to the same encoding.
fn cbor<T: Serialize + DeserializeOwned>(bytes: &[u8], limit: usize) {
    if let Ok(value) = codec::from_slice::<T>(bytes, "fuzzed", limit) {
        let encoded = codec::to_vec(&value).expect("what decodes encodes");
        let again = codec::from_slice::<T>(&encoded, "fuzzed", usize::MAX).expect("what encodes decodes");
        assert_eq!(codec::to_vec(&again).expect("what decodes encodes"), encoded);
    }
}

fn text(bytes: &[u8], parse: impl FnOnce(&str)) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        parse(text);
    }
}

/// The bytes of a `-wal` file; and those of one whose header checks out, so that frames are read.
fn write_ahead(bytes: &[u8]) {
    let _ = write_ahead_log::version_in_file(bytes);
    let _ = write_ahead_log::look(bytes);
    let mut log = bytes.to_vec();
    let Some(header) = log.first_chunk_mut::<32>() else { return };
    header[..4].copy_from_slice(&[0x37, 0x7f, 0x06, 0x83]);
    header[8..12].copy_from_slice(&512_u32.to_be_bytes());
    let (mut first, mut second) = (0_u32, 0_u32);
    for words in header[..24].as_chunks::<8>().0 {
        let [one, other] = [0, 4].map(|at| words[at..at + 4].iter().fold(0, |word, byte| word << 8 | u32::from(*byte)));
        first = first.wrapping_add(one).wrapping_add(second);
        second = second.wrapping_add(other).wrapping_add(first);
    }
    header[24..28].copy_from_slice(&first.to_be_bytes());
    header[28..].copy_from_slice(&second.to_be_bytes());
    // Whatever the frames hold: a log of fewer than two commits has lost none.
    let look = write_ahead_log::look(&log);
    assert!(!look.is_damaged || log.len() >= 32 + 2 * (24 + 512));
}

fn signed_ask(bytes: &[u8]) {
    cbor::<request::SignedAsk>(bytes, request::REQUEST_LIMIT);
    cbor::<request::Ask>(bytes, request::REQUEST_LIMIT);
    if let Ok(ask) = codec::from_slice::<request::SignedAsk>(bytes, "ask", request::REQUEST_LIMIT) {
        drop(ask.ask());
    }
}

fn code_messages(bytes: &[u8]) {
    cbor::<pairing::CodeOffer>(bytes, pairing::MESSAGE_LIMIT);
    cbor::<pairing::CodeStart>(bytes, pairing::MESSAGE_LIMIT);
    cbor::<pairing::CodeReply>(bytes, pairing::MESSAGE_LIMIT);
    cbor::<pairing::CodeConfirm>(bytes, pairing::MESSAGE_LIMIT);
    cbor::<native::PairConfirm>(bytes, native::FRAME_LIMIT);
    cbor::<native::PairProgress>(bytes, native::FRAME_LIMIT);
    cbor::<native::Unlock>(bytes, native::FRAME_LIMIT);
    text(bytes, |text| drop(pairing::Code::parse(text)));
}

/// What pages' probes and the extension's own pages say to the worker. The browser clones structures; JSON stands for them here.
fn extension_messages(bytes: &[u8]) {
    drop(serde_json::from_slice::<panel::FromPanel>(bytes));
    drop(serde_json::from_slice::<panel::View>(bytes));
    drop(serde_json::from_slice::<page::FromProbe>(bytes));
    drop(serde_json::from_slice::<page::ToProbe>(bytes));
}

fn device_log(bytes: &[u8]) {
    cbor::<log::Entry>(bytes, log::ENTRY_LIMIT);
    if let Ok(entries) = codec::from_slice::<Vec<log::SignedEntry>>(bytes, "log", relay::LIMIT) {
        drop(log::Log::verify(entries));
    }
}

fn web_origin(text: &str) {
    if let Ok(parsed) = origin::Origin::parse(text) {
        assert_eq!(parsed.to_string(), text, "an origin has one spelling");
        assert!(origin::Site::exact(parsed.clone()).allows(&parsed));
    }
}

/// What a card's field is stored as is its own spelling.
fn card_fields(typed: &str) {
    for spelling in [card::number, card::expiry, card::security_code] {
        if let Some(stored) = spelling(typed) {
            assert_eq!(spelling(&stored).as_ref(), Some(&stored));
        }
    }
    let _ = card::has_check_digit(typed);
}

/// A seed is stored in one spelling, from which the same codes come.
fn one_time_code(typed: &str) {
    let Ok(seed) = Seed::parse(typed) else { return };
    let uri = seed.to_uri();
    let again = Seed::parse(uri.expose_str().expect("a URI is text")).expect("what is stored is read");
    assert_eq!(again.to_uri(), uri);
    for now in [0, 59_999, 20_000_000_000_000, u64::MAX].map(UnixMillis) {
        let counter = seed.counter().map(|start| start.max(now.0));
        assert_eq!(again.codes(counter, now), seed.codes(counter, now));
    }
}

fn item_draft(bytes: &[u8]) {
    cbor::<ItemDraft>(bytes, native::FRAME_LIMIT);
    if let Ok(draft) = codec::from_slice::<ItemDraft>(bytes, "draft", native::FRAME_LIMIT) {
        drop(CheckedDraft::try_from(draft));
    }
}

/// A record as another device wrote it: whatever is in it, it can be shown, merged and purged, and merging it again changes nothing.
fn item_record(bytes: &[u8]) {
    cbor::<Record>(bytes, RECORD_LIMIT);
    cbor::<ItemSummary>(bytes, RECORD_LIMIT);
    let Ok(record) = codec::from_slice::<Record>(bytes, "record", RECORD_LIMIT) else { return };
    let mut merged = record.clone();
    if merged.merge(record.clone()).is_ok() {
        let once = merged.clone();
        merged.merge(record).expect("it merged before");
        assert_eq!(merged, once);
    }
    if let Record::Item(item) = &merged {
        drop((item.summary(), item.reseal(), item.latest(), item.not_sealed()));
        merged.clone().purge(item.latest());
    }
}

/// A page as the probe tells it: whatever is in it, only what an item has is planned, only into fields that a user could fill in, and no present password into a box
/// for a new one; what a user says of a field holds; and what is read of a password's rules can be kept.
fn form_snapshot(bytes: &[u8]) {
    let Ok(raw) = serde_json::from_slice::<RawSnapshot>(bytes) else { return };
    let Ok(snapshot) = FormSnapshot::parse(raw) else { return };
    let classification = classify(&snapshot);
    plans(&snapshot, &classification);
    let identities = FieldIdentity::all(&snapshot);
    for (place, (id, identity)) in identities.iter().take(8).enumerate() {
        let said = FieldType::ALL[(place * 7 + bytes.len()) % FieldType::ALL.len()];
        let correction = Correction::new(identity.clone(), said);
        drop(identity.name());
        if let Some((_, guessed)) = classification.field(*id) {
            reported(CorrectedGuess { correction: correction.clone(), guess: guessed.guess(&snapshot) });
        }
        let corrected = apply(&snapshot, &classification, &[correction]);
        assert_eq!(corrected.forms.len(), classification.forms.len());
        let (_, field) = corrected.field(*id).expect("a field stays in its form");
        assert_eq!(field.field_type, said, "what a user says holds");
        plans(&snapshot, &corrected);
    }
    for form in &classification.forms {
        let rules = PasswordRules::for_form(&snapshot, form);
        let (least, most) = (rules.min_length.unwrap_or(0), rules.max_length.unwrap_or(u32::MAX));
        assert!(least <= most, "{least} to {most} characters");
        let required: u32 = rules.required.iter().fold(0, |all, set| all.saturating_add(set.at_least));
        assert!(required <= most, "{required} characters in at most {most}");
        let _ = rules.is_digits_only();
    }
}

/// What is kept of a correction is kept whole the next time, and can be reported.
fn reported(corrected: CorrectedGuess) {
    let Ok(reduced) = corrected.reduced() else { return };
    assert_eq!(reduced.clone().reduced().expect("what was reduced can be"), reduced);
    let mut report = CorrectionReport::new("0.0.0");
    report.add(None, [&reduced]);
    drop(serde_json::to_string(&report).expect("a report is written"));
}

/// Every kind of item, offered to every form.
fn plans(snapshot: &FormSnapshot, classification: &Classification) {
    let new = Offer::of(&[ItemValue::Username, ItemValue::Email, ItemValue::NewPassword]);
    let person = Identity {
        given_name: "Ada".into(),
        family_name: "Byron".into(),
        street_address: "1 Main Street\nFloor 2".into(),
        postal_code: "12345".into(),
        address_level2: "Springfield".into(),
        country: "GB".into(),
        country_names: vec!["United Kingdom".into()],
        tel: "+441632960000".into(),
        email: "ada@example.org".into(),
        bday: "1990-02-28".into(),
        ..Identity::default()
    };
    for form in &classification.forms {
        for offer in [Offer::login(), Offer::code(), Offer::card(), Offer::identity(), new.clone()] {
            let plan = FillPlan::for_form(snapshot, form, &offer);
            for step in &plan.steps {
                assert!(offer.has(step.value), "{:?} is not offered", step.value);
                let field = snapshot.field(step.field).expect("a step is about a field of the page");
                assert!(field.is_fillable(), "nobody could fill that in");
                assert!(
                    step.value != ItemValue::Password || step.field_type == FieldType::CurrentPassword,
                    "the present password into {:?}",
                    step.field_type
                );
                for value in ["4111111111111111", "2031-05", "123456", "correct horse"] {
                    drop(plan.write(step, value));
                }
                if step.value == ItemValue::Identity {
                    drop(plan.write_identity(step, &person));
                }
            }
            drop(plan.for_identity(&person));
        }
    }
}
